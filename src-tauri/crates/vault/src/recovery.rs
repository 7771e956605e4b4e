//! The recovery key: an age identity that a person keeps on paper. The vault keeps a copy of the master that it opens,
//! and nothing that opens the copy.
//!
//! The copy holds the master of its time. Where that is replaced after a forgetting, the copy goes in the same
//! transaction, and the paper is void: whoever forgets something has a reason to destroy it, since with it an earlier
//! copy of the files opens what it opened then.

use crate::error::ReadError;
use crate::log::{self, Entry, Head, KeyChange};
use crate::schema;
use crate::seal::{Master, PublicKey};
use policy::Wall;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use zeroize::Zeroizing;

/// Whether a printed recovery key opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// None was made.
    None,
    /// One was made at this time, and opens.
    Valid(Wall),
    /// One was made; the key that it opened was replaced at this time.
    Voided(Wall),
}

/// The program that the log names where the vault itself acts.
const ROTATION: &str = "rotation";

/// Whether a recovery key opens anything. Needs no key.
///
/// # Errors
/// See [`ReadError`].
pub fn recovery(dir: &Path) -> Result<Recovery, ReadError> {
    let db = schema::open(dir)?;
    let time = |name| Ok::<_, ReadError>(schema::meta(&db, name)?.and_then(|text| text.parse().ok()).map(Wall));
    Ok(match (schema::meta(&db, "recovery")?, time("recovery_since")?, time("recovery_voided")?) {
        (Some(_), since, _) => Recovery::Valid(since.unwrap_or(Wall(0))),
        (None, _, Some(voided)) => Recovery::Voided(voided),
        (None, _, None) => Recovery::None,
    })
}

/// Keeps a copy of the master that `key` opens, in the place of one made before, and enters it in the log.
///
/// # Errors
/// [`ReadError::WrongKey`] if the vault is sealed to another master by now.
pub fn keep_recovery(dir: &Path, master: &Master, key: &Master, at: Wall, program: &str) -> Result<Head, ReadError> {
    let to = key.recipient();
    let copy = master.seal_to(&to)?;
    // Nothing is given up for a copy that does not open.
    Master::open_from(&copy, key)?;
    let mut db = schema::open(dir)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if schema::meta(&tx, "recipient")?.as_deref() != Some(master.public().as_str()) {
        return Err(ReadError::WrongKey);
    }
    schema::set_meta(&tx, "recovery", &copy)?;
    schema::set_meta(&tx, "recovery_to", &vouched(&to, master))?;
    schema::set_meta(&tx, "recovery_since", &at.0.to_string())?;
    tx.execute("DELETE FROM meta WHERE name = 'recovery_voided'", [])?;
    let head = log::append(&tx, at, &Entry::Key { what: KeyChange::RecoveryMade, program: program.into() })?;
    tx.commit()?;
    Ok(head)
}

/// The master out of the copy that `key` opens.
///
/// # Errors
/// [`ReadError::NotRecovered`] if it opens none, or one of another master than the vault is sealed to.
pub fn recover(dir: &Path, key: &Master) -> Result<Master, ReadError> {
    let db = schema::open(dir)?;
    let copy = schema::meta(&db, "recovery")?.ok_or(ReadError::NotRecovered)?;
    let master = Master::open_from(&copy, key).map_err(|_| ReadError::NotRecovered)?;
    if schema::meta(&db, "recipient")?.as_deref() == Some(master.public().as_str()) {
        Ok(master)
    } else {
        Err(ReadError::NotRecovered)
    }
}

/// The master is replaced. The copy goes with the one that it held; but where nothing went since the last time but by
/// age or size, one of the new master takes its place, and the paper is as good as before.
pub(crate) fn replaced(tx: &Connection, at: Wall, old: &Master, new: &Master) -> Result<(), ReadError> {
    if schema::meta(tx, "recovery")?.is_none() {
        return Ok(());
    }
    let to = schema::meta(tx, "recovery_to")?.and_then(|text| believed(&text, old));
    match to {
        Some(to) if !log::forgotten_by_a_person(tx)? => {
            schema::set_meta(tx, "recovery", &new.seal_to(&to)?)?;
            schema::set_meta(tx, "recovery_to", &vouched(&to, new))?;
        }
        Some(_) | None => void(tx, at)?,
    }
    Ok(())
}

/// To whom a copy is sealed, with a mark that takes the master to make: whoever can write the file must not have the
/// next master sealed to a key of theirs.
fn vouched(to: &PublicKey, master: &Master) -> String {
    format!("{to} {}", mark(&to.to_string(), master))
}

fn believed(text: &str, master: &Master) -> Option<PublicKey> {
    let (to, said) = text.split_once(' ')?;
    // The hash's own comparison takes the same time wherever the two differ.
    (blake3::Hash::from_hex(said).ok()? == mark(to, master)).then(|| PublicKey::parse(to))?
}

fn mark(to: &str, master: &Master) -> blake3::Hash {
    let key = Zeroizing::new(blake3::derive_key(
        "eyelid 2026-11 whom the recovery copy is sealed to",
        master.secret().as_bytes(),
    ));
    blake3::keyed_hash(&key, to.as_bytes())
}

fn void(tx: &Connection, at: Wall) -> Result<(), rusqlite::Error> {
    tx.execute("DELETE FROM meta WHERE name IN ('recovery', 'recovery_to', 'recovery_since')", [])?;
    schema::set_meta(tx, "recovery_voided", &at.0.to_string())?;
    log::append(tx, at, &Entry::Key { what: KeyChange::RecoveryVoided, program: ROTATION.into() })?;
    Ok(())
}
