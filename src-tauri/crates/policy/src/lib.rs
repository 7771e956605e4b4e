//! What may be recorded, and when: holds, rules, opt-outs and the clearing of candidates.
//!
//! This crate is pure. It knows no clock, no operating system, no runtime and does no I/O: time comes in
//! as a value ([`Now`]), what happened comes in as an [`Input`], and the caller owns the loop.
//!
//! There is no on/off flag. Recording is what remains when no [`Hold`] stands, so that the end of one
//! hold can never cancel another.

mod candidate;
mod engine;
mod history;
mod hold;
mod identity;
mod input;
pub mod rules;
pub mod schedule;
mod stream;
mod time;

pub use candidate::{Candidate, Clear, Cleared, Withheld};
pub use engine::{Ending, Policy, Saved, SavedOptOut, SavedPause, UnknownVersion, Version};
pub use hold::{Held, Hold, State};
pub use identity::{Identity, WindowId, WindowKind};
pub use input::{Focus, Input, PauseFor, Presence, Recipient, Sensor, VaultState};
pub use stream::{KeyLevel, Stream, Streams};
pub use time::{Boot, Now, Wall};
