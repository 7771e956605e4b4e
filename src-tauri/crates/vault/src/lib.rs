//! Sealed storage. What is recorded is sealed so that the recorder cannot read it back.
//!
//! This crate knows no screens, no keyboards and no rules: it takes what [`policy`] has cleared and nothing
//! else. It has two halves that share a schema and no secret:
//!
//! - [`Vault`], the writer, holds public keys only. Every minute of recording (an *epoch*) gets a fresh key pair;
//!   the private half is sealed to the master recipient and forgotten at once, so that even the minute being written
//!   cannot be opened by the process that writes it.
//! - [`Opener`], used by the reader alone, holds the [`Master`] identity. It gives out nothing before the
//!   reading has been entered in the log.
//!
//! The file format, with the commands that open it without Eyelid, is described in [`schema`].
//!
//! Invariants:
//!
//! - No plaintext of a recorded datum reaches the disk; SQLite's temporary files stay in memory.
//! - [`Vault::append`] never waits for the disk, and takes a [`policy::Cleared`] datum only.
//! - The recipient on disk is not believed: an epoch begins only while it equals the one that was adopted.
//! - No path, title or recorded text appears in an error, a log line or a `Debug` output.

pub mod bands;
mod chain;
mod consent;
mod epoch;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod item;
mod kept;
mod line;
pub mod log;
mod minutes;
mod opener;
mod queue;
mod recovery;
mod review;
mod rotate;
pub mod schema;
mod seal;
mod secret;
mod select;
mod store;
mod strips;
mod tiles;
mod vault;
mod verify;
mod writer;

pub use error::{AppendError, Cure, OpenError, ReadError, Trouble};
pub use item::Item;
pub use kept::{Kept, Locked};
pub use line::{Summary, WithheldDay};
pub use minutes::{Minute, Minutes};
pub use opener::{
    Damage, Frame, Opened, Opener, Session, log_entry, log_holds, read_log, recipient, set_first_recipient, vault_id,
};
pub use recovery::{Recovery, keep_recovery, recover, recovery};
pub use review::{Entered, EpochMark, stretches};
pub use rotate::{Rotated, rotate};
pub use seal::Master;
pub use select::{Pick, Selected};
pub use strips::Strips;
pub use vault::{Note, Ticket, Vault};
pub use verify::Verified;

#[cfg(test)]
mod tests;
