//! End-to-end tests: the real programs on a virtual desktop, one module per theme.

mod commands;
mod consent;
mod endings;
mod faults;
mod figures;
mod forgetting;
mod front;
mod harness;
mod kept;
mod leaks;
mod mirror;
mod optout;
mod pausing;
mod recording;
mod review;
mod safety;
mod screens;
mod sealed;
mod settings;
mod sites;
mod stubborn;
mod suspend;
mod terminals;
mod views;
