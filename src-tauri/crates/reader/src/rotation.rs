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
use crate::keys::{self, Changing};
use crate::passphrase::{self, Source};
use crate::{keeping, time};
use serde_json::{Value, json};
use std::path::Path;
use vault::{Kept, Locked, Master, ReadError};

/// Rotates, or completes a rotation.
///
/// # Errors
/// See [`Failure`]; the next call goes on.
pub fn forget_rotate(dir: &Path, from: Option<Source>) -> Result<Value, Failure> {
    let _changing = Changing::begin(dir, keys::PATIENCE)?;
    // The key must not lose its passphrase to a change that was cut short.
    keeping::settle(dir, Ask::Nobody)?;
    let Some(recipient) = vault::recipient(dir)? else { return Err(ReadError::NoRecipient.into()) };
    let id = vault::vault_id(dir)?;
    let Some(current) = keys::kept(&id, Ask::Nobody)? else { return Err(Failure::Missing) };
    let under = match &current {
        Kept::Plain(_) => None,
        Kept::Locked(_) => Some(passphrase::present(from)?),
    };
    let passphrase = || under.clone().ok_or(Failure::Passphrase);
    let current = keys::opened(current, passphrase)?;
    let next_account = keys::next_account(&id);
    let (next, kept) = match keys::kept(&next_account, Ask::Nobody)? {
        // It was stored before under the same passphrase; that cannot be changed while it is there.
        Some(kept) if kept.public() != current.public() => {
            let text = kept.text();
            (keys::opened(kept, passphrase)?, text)
        }
        Some(_) | None => {
            if current.public() != recipient {
                return Err(Failure::Mismatch);
            }
            let next = Master::generate();
            let kept = match &under {
                None => Kept::Plain(Master::parse(&next.secret())?),
                Some(passphrase) => Kept::Locked(Locked::seal(&next, passphrase)?),
            };
            keyring::store(&next_account, &kept.text(), Ask::Nobody)?;
            (next, kept.text())
        }
    };
    let rolled_back = keys::rolled_back(dir);
    let rotated = vault::rotate(dir, &current, &next, time::now(), keys::PATIENCE)?;
    keys::keep_head(dir, &vault::read_log(dir)?.head, rolled_back);
    keyring::store(&id, &kept, Ask::Nobody)?;
    keyring::delete(&next_account)?;
    Ok(json!({"key": next.public(), "rewrapped": rotated.rewrapped, "resealed": rotated.resealed,
        "unreadable": rotated.unreadable}))
}
