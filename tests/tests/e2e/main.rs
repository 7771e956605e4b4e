//! End-to-end tests: the real programs on a virtual desktop, one module per theme.

mod consent;
mod figures;
mod front;
mod harness;
mod optout;
mod pausing;
mod recording;
mod safety;
mod screens;
mod sites;
mod terminals;
