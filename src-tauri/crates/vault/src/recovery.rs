//! The recovery key: an age identity that a person keeps on paper. The vault keeps a copy of the master that it opens,
//! and nothing that opens the copy.
//!
//! The copy holds the master of its time. Where that is replaced, the copy goes in the same transaction: otherwise it
//! would keep open in earlier files what was forgotten since.

use crate::error::ReadError;
use crate::log::{self, Entry, Head, KeyChange};
use crate::schema;
use crate::seal::Master;
use policy::Wall;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

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
    let copy = master.seal_to(key)?;
    // Nothing is given up for a copy that does not open.
    Master::open_from(&copy, key)?;
    let mut db = schema::open(dir)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if schema::meta(&tx, "recipient")?.as_deref() != Some(master.public().as_str()) {
        return Err(ReadError::WrongKey);
    }
    schema::set_meta(&tx, "recovery", &copy)?;
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

/// The master is replaced: the copy goes.
pub(crate) fn void(tx: &Connection, at: Wall) -> Result<(), rusqlite::Error> {
    if tx.execute("DELETE FROM meta WHERE name = 'recovery'", [])? == 0 {
        return Ok(());
    }
    tx.execute("DELETE FROM meta WHERE name = 'recovery_since'", [])?;
    schema::set_meta(tx, "recovery_voided", &at.0.to_string())?;
    log::append(tx, at, &Entry::Key { what: KeyChange::RecoveryVoided, program: ROTATION.into() })?;
    Ok(())
}
