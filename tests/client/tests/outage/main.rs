//! The guarded client against a service that falls ill. The breakers' time is set
//! by hand; of real time there is as much as a request takes.

mod assistant;
mod functions;
mod server;
