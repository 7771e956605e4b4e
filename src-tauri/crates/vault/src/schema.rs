//! The vault's format, and how to open it without Eyelid.
//!
//! A vault is a folder (0700) with one SQLite database, `vault.db` (0600, WAL). Every record in it is one complete
//! [age](https://age-encryption.org/v1) file, sealed to the key of its *epoch*, and every epoch's private key is itself
//! an age file, sealed to the *master*, whose private half is in the keyring of the vault's owner (service
//! `eyelid`, account = the vault's `id`).
//!
//! # Opening a record with stock tools
//!
//! With the master's secret (`AGE-SECRET-KEY-1…`) in `master.txt`, the id of a record in `$ID`, and SQLite's and age's
//! own command line tools, this prints the record:
//!
//! ```sh
//! sqlite3 vault.db "SELECT writefile('epoch.age', key), writefile('record.age', sealed) FROM record JOIN epoch ON epoch.id = record.epoch WHERE record.id = $ID"
//! age --decrypt -i <(age --decrypt -i master.txt epoch.age) record.age | zstd --decompress
//! ```
//!
//! `SELECT id, kind, first, last FROM record` lists what there is. Kind `events` and `frame` are lines of JSON, kind
//! `tiles` is a PPM picture. `shred -u` what you no longer need: those files are not sealed.
//!
//! # Tables
//!
//! All times in columns are wall-clock milliseconds since 1970, UTC. Nothing here says what was recorded, only when.
//!
//! `meta(name, value)`: `id` (random, names the vault in the keyring), `created`, `recipient` (the master's public half;
//! absent until consent), `rotation_due` (`1` after forgetting, until the master is rotated), `synced` (a counter; each change
//! of it brought all that was committed before safely onto the disk), `recovery` (the master as an age file in its text
//! form, sealed to the printed recovery key), `recovery_since`, `recovery_voided` (when that was made, or taken away by a
//! rotation).
//!
//! `epoch`: at most a minute of recording under one key (`kind = 'minute'`), or the totals of one day (`kind = 'day'`,
//! `day` = its local date). `key`: age file to the master, holding the epoch's private key. `recipient`: its public
//! half. `count`, `head`: how many records there are and the digest of the last. `closed`: 1 when no more will be added.
//! `cut`: 1 when something in it was forgotten; the next rotation seals what is left of it afresh.
//!
//! `record`: `seq` counts from 1 within an epoch. `digest` is SHA-256 over the previous record's digest (32 zero
//! bytes before the first), then `epoch`, `seq`, `first`, `last` as 8 bytes each, big-endian, the kind and a zero
//! byte, and `sealed`. A forgotten record leaves `kind = 'gone'`, its place and its digest, so that the chain still holds; its
//! times and its sealed bytes are removed. Kinds:
//!
//! - `events`: zstd of JSON lines, one per datum: `{"stream": "keys" | "pointer" | "focus", "at": {"boot", "wall"}, …}`.
//! - `tiles`: zstd of a binary PPM (P6) picture, 64 pixels wide: the tiles that a frame showed and that were
//!   new in the epoch, one below the other, from number 0. Tiles over the edge of a frame are padded with black.
//! - `frame`: zstd of one JSON line: `{"at", "width", "height", "tiles": [[n, seq, from], …], "windows": […]}`. Tiles go row
//!   by row; each entry stands for `n` tiles in a row, taken from number `from` on in the `tiles` record `seq`.
//! - `summary`: zstd of one JSON line: apps, counts and seconds of a closed epoch.
//! - `withheld`: zstd of one JSON line, in a `day` epoch: seconds withheld per category.
//!
//! `stream`: the time of the last stored datum of each stream.
//!
//! `log`: `hash` is SHA-256 over the previous entry's hash (32 zero bytes before the first) and `entry`, which is canonical
//! JSON (keys sorted, no spaces) and holds its own number and time.
//!
//! `consent`: receipts, with ISO/IEC TS 27560 field names.

use crate::error::OpenError;
use crate::seal;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The newest schema this code knows.
pub const VERSION: i64 = 1;

/// Marks the file as a vault (`application_id`): "EYLD".
const APPLICATION: i64 = 0x4559_4c44;

/// How long a statement waits for another connection's transaction.
pub(crate) const BUSY: Duration = Duration::from_secs(3);

/// No epoch spans more than this many wall-clock milliseconds; queries by time rely on it.
pub(crate) const EPOCH_SPAN: i64 = 60_000;

const V1: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE epoch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('minute', 'day')),
    day TEXT,
    recipient TEXT NOT NULL,
    key BLOB NOT NULL,
    first INTEGER,
    last INTEGER,
    count INTEGER NOT NULL DEFAULT 0,
    head BLOB NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    cut INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX epoch_first ON epoch (kind, first);
CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('events', 'tiles', 'frame', 'summary', 'withheld', 'gone')),
    first INTEGER,
    last INTEGER,
    digest BLOB NOT NULL,
    sealed BLOB,
    UNIQUE (epoch, seq)
) STRICT;
CREATE TABLE stream (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE log (number INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE consent (id INTEGER PRIMARY KEY, given INTEGER NOT NULL, withdrawn INTEGER, receipt TEXT NOT NULL) STRICT;
";

/// The database file in a vault folder.
pub(crate) fn file(dir: &Path) -> PathBuf {
    dir.join("vault.db")
}

/// The write-ahead log in a vault folder.
pub(crate) fn wal(dir: &Path) -> PathBuf {
    dir.join("vault.db-wal")
}

/// Opens the vault in `dir`, making or migrating it as needed.
pub(crate) fn create(dir: &Path, wall: i64) -> Result<Connection, OpenError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    std::fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    let path = file(dir);
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let mut db = connect(&path)?;
    if version(&db)? == 0 && application(&db)? == 0 && is_empty(&db)? {
        db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        make(&mut db, wall)?;
    }
    check(&db)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    settle(&db)?;
    Ok(db)
}

/// Opens an existing vault; never creates one.
pub(crate) fn open(dir: &Path) -> Result<Connection, OpenError> {
    let path = file(dir);
    if !path.exists() {
        return Err(OpenError::Absent);
    }
    let db = connect(&path)?;
    check(&db)?;
    settle(&db)?;
    Ok(db)
}

fn connect(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    Ok(db)
}

fn settle(db: &Connection) -> Result<(), OpenError> {
    db.execute_batch(
        "PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;
         PRAGMA synchronous = NORMAL;",
    )?;
    Ok(())
}

fn version(db: &Connection) -> Result<i64, OpenError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn application(db: &Connection) -> Result<i64, OpenError> {
    Ok(db.pragma_query_value(None, "application_id", |row| row.get(0))?)
}

fn is_empty(db: &Connection) -> Result<bool, OpenError> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
}

/// All of the first schema in one transaction: a kill leaves either nothing or a vault.
fn make(db: &mut Connection, wall: i64) -> Result<(), OpenError> {
    let id = seal::random::<16>().map_err(|_| std::io::Error::other("no randomness"))?;
    let id: String = id.iter().map(|b| format!("{b:02x}")).collect();
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if done == 0 {
        tx.execute_batch(V1)?;
        tx.execute("INSERT INTO meta VALUES ('id', ?1), ('created', ?2)", params![id, wall.to_string()])?;
        tx.pragma_update(None, "application_id", APPLICATION)?;
        tx.pragma_update(None, "user_version", VERSION)?;
    }
    tx.commit()?;
    Ok(())
}

/// Refuses what is not a vault of a known schema. Migrations, when there are any, go here, one step per version.
fn check(db: &Connection) -> Result<(), OpenError> {
    let found = version(db)?;
    if application(db)? != APPLICATION {
        return Err(OpenError::NotAVault);
    }
    if found > VERSION {
        return Err(OpenError::Newer { found, known: VERSION });
    }
    for table in ["meta", "epoch", "record", "stream", "log", "consent"] {
        let known: Option<i64> = db
            .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", [table], |row| row.get(0))
            .optional()?;
        if known.is_none() {
            return Err(OpenError::Damaged(format!("the table {table} is missing")));
        }
    }
    if meta(db, "id")?.is_none() {
        return Err(OpenError::Damaged("it has lost its id".into()));
    }
    Ok(())
}

/// One value of `meta`.
pub(crate) fn meta(db: &Connection, name: &str) -> Result<Option<String>, rusqlite::Error> {
    db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
}

/// Sets one value of `meta`.
pub(crate) fn set_meta(db: &Connection, name: &str, value: &str) -> Result<(), rusqlite::Error> {
    db.execute("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", [name, value])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_vault_is_private_and_opens_again() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("vault");
        let id = meta(&create(&dir, 1).unwrap(), "id").unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        for file in std::fs::read_dir(&dir).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(meta(&create(&dir, 2).unwrap(), "id").unwrap(), id);
        assert_eq!(meta(&open(&dir).unwrap(), "id").unwrap(), id);
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_untouched() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path(), 1).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
        let before = std::fs::read(file(dir.path())).unwrap();
        assert!(matches!(create(dir.path(), 1), Err(OpenError::Newer { found: 2, known: 1 })));
        assert_eq!(std::fs::read(file(dir.path())).unwrap(), before);
    }

    #[test]
    fn someone_elses_database_is_refused_and_left_untouched() {
        let dir = tempfile::tempdir().unwrap();
        Connection::open(file(dir.path())).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
        assert!(matches!(create(dir.path(), 1), Err(OpenError::NotAVault)));
        std::fs::write(file(dir.path()), b"not a database at all, but long enough to be read as one").unwrap();
        assert!(matches!(create(dir.path(), 1), Err(OpenError::NotAVault)));
    }

    #[test]
    fn a_vault_that_lost_a_table_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path(), 1).unwrap().execute_batch("DROP TABLE log").unwrap();
        assert!(matches!(create(dir.path(), 1), Err(OpenError::Damaged(_))));
    }

    #[test]
    fn the_reader_makes_no_vault() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(open(dir.path()), Err(OpenError::Absent)));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
