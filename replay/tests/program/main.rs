//! The program on small logs, whose figures are worked out by hand.

mod broken;
mod figures;
mod operator;
mod order;
mod properties;
mod reading;
mod report;
mod tunings;
mod world;
