//! One state of each `breakerbox` breaker for all instances of a service, through Redis.

mod brain;
mod link;
mod redis;
mod shared;
mod store;
