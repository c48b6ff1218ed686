//! The bot: its clients, the time of its users' turns, and the program as it is run.

mod clients;
mod program;
mod turns;
