//! Replacing the master, so that earlier copies of the files open nothing that was forgotten since.
//!
//! This is the middle of a longer procedure whose keyring half is the reader's: the new master is stored and read back
//! first; the old one is dropped only after [`rotate`] has returned.

use crate::chain::{Hash, Link, Rechain};
use crate::error::ReadError;
use crate::log::{self, Entry};
use crate::seal::{EpochKey, Master, PublicKey, SealError};
use crate::{recovery, schema, store};
use policy::Wall;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::path::Path;
use std::time::Duration;

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// How many epoch keys were sealed to the new master.
    pub rewrapped: u64,
    /// How many partly forgotten epochs were sealed afresh under a new key.
    pub resealed: u64,
    /// How many epochs did not open with the old master and were left as they are.
    pub unreadable: u64,
}

impl From<SealError> for ReadError {
    fn from(_: SealError) -> ReadError {
        ReadError::Sealed("the system gave no memory or no randomness")
    }
}

/// Seals every epoch's key to `new` and makes it the recipient, in one transaction; then empties the write-ahead log.
/// A vault that already has the new recipient is only brought to the end: this may be repeated after a crash.
///
/// # Errors
/// [`ReadError::WrongKey`] if the vault belongs to neither key. [`ReadError::Busy`] if the write-ahead log could not be
/// emptied within `patience`, because another program kept reading: call again before dropping the old master.
pub fn rotate(dir: &Path, old: &Master, new: &Master, at: Wall, patience: Duration) -> Result<Rotated, ReadError> {
    let mut db = schema::open(dir)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let mut rotated = Rotated { rewrapped: 0, resealed: 0, unreadable: 0 };
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let recipient = schema::meta(&tx, "recipient")?;
    if recipient.as_deref() == Some(old.public().as_str()) {
        rotated = rewrap_all(&tx, old, new)?;
        schema::set_meta(&tx, "recipient", &new.public())?;
        tx.execute("DELETE FROM meta WHERE name = 'rotation_due'", [])?;
        recovery::replaced(&tx, at, old, new)?;
        log::append(&tx, at, &Entry::Rotated)?;
        tx.commit()?;
    } else if recipient.as_deref() == Some(new.public().as_str()) {
        drop(tx);
    } else {
        return Err(ReadError::WrongKey);
    }
    empty_wal(&db, patience)?;
    Ok(rotated)
}

/// Empties the write-ahead log.
///
/// # Errors
/// [`ReadError::Busy`] if another program kept reading for so long.
pub(crate) fn empty_wal(db: &Connection, patience: Duration) -> Result<(), ReadError> {
    let until = std::time::Instant::now() + patience;
    // Each attempt waits for the other program a while by itself.
    while !store::truncate(db)? {
        if std::time::Instant::now() >= until {
            return Err(ReadError::Busy);
        }
    }
    Ok(())
}

fn rewrap_all(tx: &Transaction<'_>, old: &Master, new: &Master) -> Result<Rotated, ReadError> {
    let to = PublicKey::parse(&new.public()).ok_or(ReadError::NotAKey)?;
    let mut rotated = Rotated { rewrapped: 0, resealed: 0, unreadable: 0 };
    let mut epochs = tx.prepare("SELECT id, key, cut AND closed FROM epoch ORDER BY id")?;
    let epochs: Vec<(i64, Vec<u8>, bool)> =
        epochs.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    for (epoch, key, afresh) in epochs {
        let Ok(key) = old.open_key(&key) else {
            rotated.unreadable += 1;
            continue;
        };
        if afresh {
            reseal(tx, epoch, &key, &to)?;
            rotated.resealed += 1;
        } else {
            tx.execute("UPDATE epoch SET key = ?2 WHERE id = ?1", params![epoch, key.seal_to(&to)?])?;
            rotated.rewrapped += 1;
        }
    }
    Ok(rotated)
}

/// Seals what is left of an epoch under a new key. What is damaged stays as it is, to be told by `verify`.
fn reseal(tx: &Transaction<'_>, epoch: i64, old: &EpochKey, master: &PublicKey) -> Result<(), ReadError> {
    let fresh = EpochKey::generate();
    let mut records =
        tx.prepare("SELECT id, seq, kind, first, last, digest, sealed FROM record WHERE epoch = ?1 ORDER BY seq")?;
    let mut rows = records.query([epoch])?;
    let mut chain = Rechain::new();
    while let Some(row) = rows.next()? {
        let (id, seq, kind): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let stored: Option<Hash> = row.get(5).ok();
        if kind == "gone" {
            chain.gone(stored);
            continue;
        }
        let (first, last): (i64, i64) = (row.get(3)?, row.get(4)?);
        let before: Vec<u8> = row.get(6)?;
        let after = match old.open(&before) {
            Ok(packed) => fresh.public().seal(&packed)?,
            Err(_) => before.clone(),
        };
        let was = Link { epoch, seq, kind: &kind, first, last, sealed: &before };
        let digest = chain.next(stored, &was, &Link { sealed: &after, ..was });
        tx.execute(
            "UPDATE record SET sealed = ?2, digest = coalesce(?3, digest) WHERE id = ?1",
            params![id, after, digest],
        )?;
    }
    let stored: Option<Hash> =
        tx.query_row("SELECT head FROM epoch WHERE id = ?1", [epoch], |row| Ok(row.get(0).ok()))?;
    tx.execute(
        "UPDATE epoch SET key = ?2, recipient = ?3, head = coalesce(?4, head), cut = 0 WHERE id = ?1",
        params![epoch, fresh.seal_to(master)?, fresh.public().to_string(), chain.head(stored)],
    )?;
    Ok(())
}
