//! Guarded clients against services that fall ill. The breakers' time is set by hand; of real
//! time there is as much as a request takes.

mod assistant;
mod functions;
mod layer;
mod order;

mod rejection;
mod retries;
mod server;
