//! The master key: made once, compared ever after.
//!
//! It is kept under the vault's own id, so that two vaults of one person do not share it. While a rotation is under way
//! the next one is kept beside it; whichever the vault is sealed to is the right one.

use crate::failure::Failure;
use crate::keyring::{self, Ask};
use serde_json::{Value, json};
use std::path::Path;
use vault::log::Head;
use vault::{Master, OpenError, ReadError};
use zeroize::Zeroizing;

/// The account of the master that a rotation is about to put in force.
pub fn next_account(id: &str) -> String {
    format!("{id}.next")
}

/// The account of the log's head, as of the last reading.
fn head_account(id: &str) -> String {
    format!("{id}.log")
}

/// A master kept under an account, if there is one.
///
/// # Errors
/// See [`Failure`].
pub fn kept(account: &str, ask: Ask) -> Result<Option<Master>, Failure> {
    let secret = keyring::read(account, ask)?;
    Ok(secret.map(|secret| Master::parse(&secret)).transpose()?)
}

/// The master that a vault's recipient belongs to.
///
/// # Errors
/// [`Failure::Missing`] if the keyring has none for this vault, [`Failure::Mismatch`] if only others.
pub fn master(dir: &Path, ask: Ask) -> Result<Master, Failure> {
    let Some(recipient) = vault::recipient(dir)? else { return Err(ReadError::NoRecipient.into()) };
    let id = vault::vault_id(dir)?;
    let current = kept(&id, ask)?;
    if let Some(master) = current.as_ref().filter(|master| master.public() == recipient) {
        return Ok(Master::parse(&master.secret())?);
    }
    match kept(&next_account(&id), ask)? {
        Some(next) if next.public() == recipient => Ok(next),
        Some(_) => Err(Failure::Mismatch),
        None if current.is_some() => Err(Failure::Mismatch),
        None => Err(Failure::Missing),
    }
}

/// Makes the master and gives the vault its recipient; if it has one, compares.
///
/// # Errors
/// See [`Failure`]. Whatever step fails, the next call goes on from there.
pub fn ensure(dir: &Path) -> Result<Value, Failure> {
    if vault::recipient(dir)?.is_none() {
        let id = vault::vault_id(dir)?;
        let master = match kept(&id, Ask::Person)? {
            // Kept by a call that did not get as far as the vault.
            Some(master) => master,
            None => {
                let master = Master::generate();
                keyring::store(&id, &master.secret(), Ask::Person)?;
                master
            }
        };
        vault::set_first_recipient(dir, &master.public())?;
    }
    let master = master(dir, Ask::Person)?;
    Ok(json!({"recipient": "verified", "key": master.public()}))
}

/// Compares without asking anybody. A key that cannot be compared is an answer here, not a failure.
///
/// # Errors
/// When the vault itself cannot be read.
pub fn verify(dir: &Path) -> Result<(Value, u8), Failure> {
    let none = json!({"recipient": "none"});
    match vault::recipient(dir) {
        Ok(Some(_)) => {}
        Ok(None) | Err(ReadError::Open(OpenError::Absent)) => return Ok((none, 0)),
        Err(error) => return Err(error.into()),
    }
    let failure = match master(dir, Ask::Nobody) {
        Ok(master) => return Ok((json!({"recipient": "verified", "key": master.public()}), 0)),
        Err(failure) => failure,
    };
    let word = match &failure {
        Failure::Locked => "locked",
        Failure::NoKeyring(_) => "no-keyring",
        Failure::Missing => "missing",
        Failure::Mismatch => "mismatch",
        // A stored text that is no key is not this vault's key.
        Failure::Vault(ReadError::NotAKey) => "mismatch",
        Failure::Usage(_)
        | Failure::NotKept
        | Failure::Damaged(_)
        | Failure::Vault(_)
        | Failure::Write(_)
        | Failure::Cancelled
        | Failure::Other(_) => return Err(failure),
    };
    let value = json!({"recipient": word, "message": failure.to_string(), "cure": failure.cure()});
    Ok((value, failure.code()))
}

/// Whether the vault's log still holds the head that the last reading kept in the keyring. Nothing if that cannot be told.
pub fn rolled_back(dir: &Path) -> Option<bool> {
    let id = vault::vault_id(dir).ok()?;
    let kept = keyring::read(&head_account(&id), Ask::Nobody).ok()?;
    let Some(kept) = kept else { return Some(false) };
    let head: Head = serde_json::from_str(&kept).ok()?;
    vault::log_holds(dir, &head).ok().map(|holds| !holds)
}

/// Keeps the log's head beside the master. A rolled-back log is left as it is, so that it goes on to show.
pub fn keep_head(dir: &Path, head: &Head, rolled_back: Option<bool>) {
    let kept = || -> Option<()> {
        let id = vault::vault_id(dir).ok()?;
        let text = Zeroizing::new(serde_json::to_string(head).ok()?);
        keyring::store(&head_account(&id), &text, Ask::Nobody).ok()
    };
    if rolled_back == Some(false) && kept().is_none() {
        eprintln!("eyelid-reader: the log's head could not be kept in the keyring");
    }
}
