//! Changing how the key is kept: under a passphrase or plain. The key itself stays the same.
//!
//! The new form is stored beside the old one and read back; then it takes the old one's place; then its own entry is
//! removed. Whatever step is the last before a crash, the key is there in at least one form, and [`settle`] finds the
//! trace and goes on.

use crate::failure::Failure;
use crate::keyring::{self, Ask};
use crate::keys::{self, Changing};
use crate::passphrase::{self, Source};
use crate::time;
use serde_json::{Value, json};
use std::path::Path;
use vault::log::{Entry, KeyChange};
use vault::{Kept, Locked};

/// Puts the key under a passphrase, or under another one.
///
/// # Errors
/// See [`Failure`]; the key is kept as before.
pub fn set_passphrase(dir: &Path, from: Option<Source>, change: bool, program: &str) -> Result<Value, Failure> {
    let _changing = Changing::begin(dir, keys::PATIENCE)?;
    settle(dir, Ask::Nobody)?;
    let kept = keys::belonging(dir, Ask::Nobody)?;
    // Two lines must not be taken for one, nor one for two.
    match (from, &kept, change) {
        (Some(Source::Input), Kept::Locked(_), false) => return Err(Failure::Passphrase),
        (Some(Source::Input), Kept::Plain(_), true) => {
            return Err(Failure::Typed("The key is under no passphrase.".into()));
        }
        (Some(Source::Input | Source::Terminal) | None, Kept::Locked(_) | Kept::Plain(_), _) => {}
    }
    let master = keys::opened(kept, || passphrase::present(from))?;
    let passphrase = passphrase::new(from)?;
    let locked = Locked::seal(&master, &passphrase)?;
    // Nothing is given up for a form that does not open.
    locked.open(&passphrase)?;
    enter_and_do(dir, KeyChange::PassphraseSet, program, &Kept::Locked(locked))
}

/// Takes the key out of its passphrase.
///
/// # Errors
/// See [`Failure`]; the key is kept as before.
pub fn remove_passphrase(dir: &Path, from: Option<Source>, program: &str) -> Result<Value, Failure> {
    let _changing = Changing::begin(dir, keys::PATIENCE)?;
    settle(dir, Ask::Nobody)?;
    let master = match keys::belonging(dir, Ask::Nobody)? {
        Kept::Plain(_) => return Err(Failure::Typed("The key is under no passphrase.".into())),
        Kept::Locked(locked) => locked.open(&passphrase::present(from)?)?,
    };
    enter_and_do(dir, KeyChange::PassphraseRemoved, program, &Kept::Plain(master))
}

/// Enters it in the log, then does it.
fn enter_and_do(dir: &Path, what: KeyChange, program: &str, kept: &Kept) -> Result<Value, Failure> {
    let rolled_back = keys::rolled_back(dir);
    let head = vault::log_entry(dir, time::now(), &Entry::Key { what, program: program.into() })?;
    keys::keep_head(dir, &head, rolled_back);
    replace(&vault::vault_id(dir)?, kept, Ask::Nobody)?;
    Ok(json!({"key": kept.public(), "passphrase": matches!(kept, Kept::Locked(_))}))
}

/// Keeps the key in this form and in no other.
pub fn replace(id: &str, kept: &Kept, ask: Ask) -> Result<(), Failure> {
    let (text, beside) = (kept.text(), keys::next_account(id));
    keyring::store(&beside, &text, ask)?;
    keyring::store(id, &text, ask)?;
    keyring::delete(&beside)
}

/// Completes a change that was cut short. What a rotation left beside the key is left to it, as long as that is another
/// key.
///
/// # Errors
/// When the keyring or the vault cannot be read.
pub fn settle(dir: &Path, ask: Ask) -> Result<(), Failure> {
    let id = vault::vault_id(dir)?;
    let beside = keys::next_account(&id);
    let Some(next) = keys::kept(&beside, ask)? else { return Ok(()) };
    let belongs = match keys::kept(&id, ask)? {
        Some(current) => current.public() == next.public(),
        None => vault::recipient(dir)?.is_some_and(|recipient| recipient == next.public()),
    };
    if belongs {
        keyring::store(&id, &next.text(), ask)?;
        keyring::delete(&beside)?;
    }
    Ok(())
}
