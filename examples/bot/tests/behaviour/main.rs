//! The bot: its clients, the time of its users' turns, and the program as a command.

mod clients;
mod program;
mod turns;
