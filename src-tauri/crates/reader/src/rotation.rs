//! Replacing the master, so that earlier copies of the vault open nothing that was forgotten since.
//!
//! Whatever step is the last before a crash, the next run finds its traces and goes on:
//!
//! 1. the next master is stored beside the current one and read back;
//! 2. one transaction of the vault seals all keys to it and makes it the recipient, and the write-ahead log is emptied;
//! 3. it takes the current one's place, which is thereby dropped;
//! 4. its own entry is removed.

use crate::failure::Failure;
use crate::keyring::{self, Ask};
use crate::{keys, time};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use vault::{Master, ReadError};

/// How long to wait for another program that reads the vault.
const PATIENCE: Duration = Duration::from_secs(20);

/// Rotates, or completes a rotation.
///
/// # Errors
/// See [`Failure`]; the next call goes on.
pub fn forget_rotate(dir: &Path) -> Result<Value, Failure> {
    let Some(recipient) = vault::recipient(dir)? else { return Err(ReadError::NoRecipient.into()) };
    let id = vault::vault_id(dir)?;
    let Some(current) = keys::kept(&id, Ask::Nobody)? else { return Err(Failure::Missing) };
    let next_account = keys::next_account(&id);
    let next = match keys::kept(&next_account, Ask::Nobody)? {
        // Step 4 was all that was missing of the rotation before: begin a new one with a key of its own.
        Some(next) if next.public() != current.public() => next,
        Some(_) | None => {
            if current.public() != recipient {
                return Err(Failure::Mismatch);
            }
            let next = Master::generate();
            keyring::store(&next_account, &next.secret(), Ask::Nobody)?;
            next
        }
    };
    let rotated = vault::rotate(dir, &current, &next, time::now(), PATIENCE)?;
    keyring::store(&id, &next.secret(), Ask::Nobody)?;
    keyring::delete(&next_account)?;
    Ok(json!({"key": next.public(), "rewrapped": rotated.rewrapped, "resealed": rotated.resealed,
        "unreadable": rotated.unreadable}))
}
