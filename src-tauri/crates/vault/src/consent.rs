//! Consent receipts: kept whole, never altered, withdrawn by date.

use crate::chain;
use crate::log::{self, Entry};
use policy::Wall;
use rusqlite::{Connection, OptionalExtension, params};

/// Stores a receipt and its log entry; an earlier one that still stood is superseded.
pub(crate) fn put(db: &Connection, at: Wall, receipt: &str) -> Result<(), rusqlite::Error> {
    db.execute("UPDATE consent SET withdrawn = ?1 WHERE withdrawn IS NULL", [at.0])?;
    db.execute("INSERT INTO consent (given, receipt) VALUES (?1, ?2)", params![at.0, receipt])?;
    log::append(db, at, &Entry::Consent { receipt: chain::hex_of(receipt) })?;
    Ok(())
}

/// Withdraws what stands, and logs it even if nothing did.
pub(crate) fn withdraw(db: &Connection, at: Wall) -> Result<(), rusqlite::Error> {
    db.execute("UPDATE consent SET withdrawn = ?1 WHERE withdrawn IS NULL", [at.0])?;
    log::append(db, at, &Entry::ConsentWithdrawn)?;
    Ok(())
}

/// The receipt that stands.
pub(crate) fn current(db: &Connection) -> Result<Option<String>, rusqlite::Error> {
    db.query_row("SELECT receipt FROM consent WHERE withdrawn IS NULL ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
        .optional()
}
