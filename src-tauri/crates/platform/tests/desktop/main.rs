//! The sensors and the pill on a real X server (Xvfb) with a window manager (openbox).
#![cfg(target_os = "linux")]

mod access;
mod client;
mod farm;
mod frames;
mod input;
mod keeping;
mod pill;
mod pointer;
mod server;
mod watch;
