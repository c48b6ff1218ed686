//! One state of each `breakerbox` breaker for all instances of a service, through Redis.

mod redis;
mod store;
