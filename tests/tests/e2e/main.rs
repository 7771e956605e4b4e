//! End-to-end tests: the real programs on a virtual desktop, one module per theme.

mod commands;
mod consent;
mod endings;
mod figures;
mod front;
mod harness;
mod optout;
mod pausing;
mod recording;
mod safety;
mod sealed;
mod suspend;
mod views;
