//! End-to-end tests: the real programs on a virtual desktop, one module per theme.

mod harness;
mod recording;
mod scene;
