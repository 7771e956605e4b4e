//! What policy promises, by sentence-named examples and over arbitrary histories.

mod bare;
mod cast;
mod clearing;
mod clock;
mod focus;
mod invariants;
mod ops;
mod oracle;
mod pauses;
mod restart;
mod schedule;
mod sensors;
mod stop;
mod tables;
mod world;
