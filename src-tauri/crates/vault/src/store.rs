//! The statements of the writer. Each public function is one transaction, or says why not.

use crate::chain::{Hash, Link, START};
use crate::error::Trouble;
use crate::log::{self, Entry};
use crate::seal::PublicKey;
use crate::{consent, schema};
use policy::{Stream, Wall};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A sealed record that is to be stored.
pub(crate) struct Row {
    pub kind: &'static str,
    pub first: i64,
    pub last: i64,
    pub sealed: Vec<u8>,
}

/// How far the chain of an epoch goes.
#[derive(Clone, Copy)]
pub(crate) struct Tip {
    pub epoch: i64,
    pub count: i64,
    pub head: Hash,
}

pub(crate) struct Store {
    db: Connection,
    dir: PathBuf,
    file: (u64, u64),
}

fn file_of(dir: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(schema::file(dir)).ok().map(|m| (m.dev(), m.ino()))
}

/// The name of a stream in the database.
pub(crate) fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Screen => "screen",
        Stream::Keys => "keys",
        Stream::Pointer => "pointer",
        Stream::Focus => "focus",
    }
}

impl Store {
    pub(crate) fn new(db: Connection, dir: &Path) -> Store {
        Store { db, dir: dir.to_owned(), file: file_of(dir).unwrap_or_default() }
    }

    fn begin(&mut self) -> Result<Transaction<'_>, Trouble> {
        if file_of(&self.dir) != Some(self.file) {
            return Err(Trouble::Replaced);
        }
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// What a crash left open is closed: no more will be added to it.
    pub(crate) fn close_left_open(&mut self) -> Result<(), Trouble> {
        let tx = self.begin()?;
        tx.execute("DELETE FROM epoch WHERE count = 0", [])?;
        tx.execute("UPDATE epoch SET closed = 1 WHERE closed = 0", [])?;
        Ok(tx.commit()?)
    }

    pub(crate) fn recipient(&self) -> Result<Option<String>, Trouble> {
        Ok(schema::meta(&self.db, "recipient")?)
    }

    pub(crate) fn rotation_due(&self) -> Result<bool, Trouble> {
        Ok(schema::meta(&self.db, "rotation_due")?.is_some())
    }

    pub(crate) fn consent(&self) -> Result<Option<String>, Trouble> {
        Ok(consent::current(&self.db)?)
    }

    pub(crate) fn last_stored(&self, stream: Stream) -> Result<Option<Wall>, Trouble> {
        let last = self
            .db
            .query_row("SELECT last FROM stream WHERE name = ?1", [stream_name(stream)], |row| row.get(0))
            .optional()?;
        Ok(last.map(Wall))
    }

    /// Bytes on disk.
    pub(crate) fn size(&self) -> u64 {
        let length = |path| std::fs::metadata(path).map_or(0, |m| m.len());
        length(schema::file(&self.dir)) + length(schema::wal(&self.dir))
    }

    /// Stores a new epoch, provided that the recipient on disk still is `master`.
    pub(crate) fn begin_epoch(
        &mut self,
        master: &PublicKey,
        day: Option<&str>,
        public: &PublicKey,
        sealed_key: &[u8],
    ) -> Result<Tip, Trouble> {
        let tx = self.begin()?;
        if schema::meta(&tx, "recipient")?.as_deref() != Some(master.to_string().as_str()) {
            return Err(Trouble::RecipientChanged);
        }
        let kind = if day.is_some() { "day" } else { "minute" };
        // There is one writer: the epoch before this one, if forgetting ended it, gets nothing more.
        tx.execute("UPDATE epoch SET closed = 1 WHERE closed = 0 AND kind = ?1", [kind])?;
        tx.execute(
            "INSERT INTO epoch (kind, day, recipient, key, head) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![kind, day, public.to_string(), sealed_key, START],
        )?;
        let epoch = tx.last_insert_rowid();
        tx.commit()?;
        Ok(Tip { epoch, count: 0, head: START })
    }

    /// Stores records of an epoch, closing it if told to.
    pub(crate) fn commit(
        &mut self,
        tip: Tip,
        rows: &[Row],
        stored: &[(Stream, Wall)],
        close: bool,
    ) -> Result<Tip, Trouble> {
        let tx = self.begin()?;
        let mut tip = tip;
        for row in rows {
            tip.count += 1;
            let Row { kind, first, last, sealed } = row;
            let link = Link { epoch: tip.epoch, seq: tip.count, kind, first: *first, last: *last, sealed };
            tip.head = link.digest(&tip.head);
            tx.prepare_cached(
                "INSERT INTO record (epoch, seq, kind, first, last, digest, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![tip.epoch, tip.count, kind, first, last, tip.head, sealed])?;
        }
        let first = rows.iter().map(|row| row.first).min();
        let last = rows.iter().map(|row| row.last).max();
        tx.prepare_cached(
            "UPDATE epoch SET count = ?2, head = ?3, closed = ?4,
             first = coalesce(min(first, ?5), ?5, first), last = coalesce(max(last, ?6), ?6, last) WHERE id = ?1",
        )?
        .execute(params![tip.epoch, tip.count, tip.head, close, first, last])?;
        for (stream, at) in stored {
            tx.prepare_cached("INSERT INTO stream VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET last = ?2")?
                .execute(params![stream_name(*stream), at.0])?;
        }
        tx.commit()?;
        Ok(tip)
    }

    /// Puts a day's totals in the place of the earlier ones.
    pub(crate) fn put_day(&mut self, tip: Tip, row: &Row) -> Result<(), Trouble> {
        let tx = self.begin()?;
        let Row { kind, first, last, sealed } = row;
        let link = Link { epoch: tip.epoch, seq: 1, kind, first: *first, last: *last, sealed };
        let head = link.digest(&START);
        tx.execute(
            "INSERT INTO record (epoch, seq, kind, first, last, digest, sealed) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (epoch, seq) DO UPDATE SET digest = ?5, sealed = ?6",
            params![tip.epoch, kind, first, last, head, sealed],
        )?;
        tx.execute(
            "UPDATE epoch SET count = 1, head = ?2, first = ?3, last = ?4 WHERE id = ?1",
            params![tip.epoch, head, first, last],
        )?;
        Ok(tx.commit()?)
    }

    /// What the disk itself says where the engine says only that it failed.
    pub(crate) fn cause(&self, trouble: Trouble) -> Trouble {
        let Trouble::Other(_) = &trouble else { return trouble };
        let probe = self.dir.join("vault.db-probe");
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&probe);
        let written = file.and_then(|mut file| file.write_all(&[0; 4096]));
        // It is empty of anything, wherever it stays.
        let _ = std::fs::remove_file(probe);
        match written.err().map(|error| error.kind()) {
            Some(ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => Trouble::ReadOnly,
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => Trouble::DiskFull,
            Some(_) | None => trouble,
        }
    }

    pub(crate) fn exists(&self, epoch: i64) -> Result<bool, Trouble> {
        Ok(self.db.query_row("SELECT 1 FROM epoch WHERE id = ?1", [epoch], |_| Ok(())).optional()?.is_some())
    }

    /// Brings all that was committed, and nothing more, safely onto the disk.
    pub(crate) fn make_durable(&mut self) -> Result<(), Trouble> {
        self.durably(|_| Ok(()))
    }

    /// One transaction that is on the disk when this returns, with all that were committed before it.
    fn durably(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<(), rusqlite::Error>) -> Result<(), Trouble> {
        self.db.execute_batch("PRAGMA synchronous = FULL")?;
        let result = self.begin().and_then(|tx| {
            // Without a changed page there is no commit, and so no fsync; and a value that stays the same changes none.
            tx.execute(
                "INSERT INTO meta VALUES ('synced', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1",
                [],
            )?;
            work(&tx)?;
            Ok(tx.commit()?)
        });
        self.db.execute_batch("PRAGMA synchronous = NORMAL")?;
        result
    }

    pub(crate) fn log(&mut self, at: Wall, entry: &Entry) -> Result<(), Trouble> {
        self.durably(|tx| log::append(tx, at, entry).map(drop))
    }

    pub(crate) fn put_consent(&mut self, at: Wall, receipt: &str) -> Result<(), Trouble> {
        self.durably(|tx| consent::put(tx, at, receipt))
    }

    pub(crate) fn withdraw_consent(&mut self, at: Wall) -> Result<(), Trouble> {
        self.durably(|tx| consent::withdraw(tx, at))
    }

    /// Deletes keys and records of a range, both ends included. An epoch it touches ends.
    pub(crate) fn forget(&mut self, range: (Wall, Wall), how: &str, at: Wall) -> Result<(), Trouble> {
        let (Wall(from), Wall(to)) = range;
        self.durably(|tx| {
            let gone = tx.execute("DELETE FROM epoch WHERE first >= ?1 AND last <= ?2", [from, to])?;
            let cut = forget_within(tx, from, to)?;
            tx.execute("DELETE FROM stream WHERE last BETWEEN ?1 AND ?2", [from, to])?;
            if gone + cut > 0 {
                schema::set_meta(tx, "rotation_due", "1")?;
            }
            log::append(tx, at, &Entry::Forgotten { from, to, how: how.to_owned() }).map(drop)
        })
    }

    /// Deletes all that was recorded; the log and the receipts stay.
    pub(crate) fn erase(&mut self, at: Wall) -> Result<(), Trouble> {
        self.durably(|tx| {
            tx.execute("DELETE FROM record", [])?;
            tx.execute("DELETE FROM epoch", [])?;
            tx.execute("DELETE FROM stream", [])?;
            schema::set_meta(tx, "rotation_due", "1")?;
            let everything = Entry::Forgotten { from: i64::MIN, to: i64::MAX, how: "everything".into() };
            log::append(tx, at, &everything).map(drop)
        })
    }

    /// When the oldest minute that is kept began.
    pub(crate) fn oldest(&self) -> Result<Option<Wall>, Trouble> {
        let oldest: Option<i64> =
            self.db.query_row("SELECT min(first) FROM epoch WHERE kind = 'minute'", [], |row| row.get(0))?;
        Ok(oldest.map(Wall))
    }

    /// Deletes whole epochs, the oldest first: those that ended before a time, and as many more as it takes for the
    /// rest to fit into `most` bytes with a twentieth to spare. The one being written stays. Whether anything went.
    pub(crate) fn retain(&mut self, before: Wall, most: u64, at: Wall) -> Result<bool, Trouble> {
        let pragma = |name| self.db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let used = (pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut excess = if used > most { used - most / 20 * 19 } else { 0 };
        let mut gone: Option<(i64, i64)> = None;
        self.durably(|tx| {
            let mut epochs = tx.prepare(
                "SELECT id, first, last, kind = 'minute',
                 (SELECT sum(length(sealed) + 200) FROM record WHERE epoch = epoch.id) FROM epoch
                 WHERE last IS NOT NULL AND (closed OR kind = 'day') ORDER BY first, id",
            )?;
            let mut rows = epochs.query([])?;
            while let Some(row) = rows.next()? {
                let (id, first, last): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let minute: bool = row.get(3)?;
                if last >= before.0 && (excess <= 0 || !minute) {
                    continue;
                }
                excess -= row.get::<_, Option<i64>>(4)?.unwrap_or(0);
                tx.execute("DELETE FROM epoch WHERE id = ?1", [id])?;
                gone = Some(gone.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
            }
            let Some((from, to)) = gone else { return Ok(()) };
            schema::set_meta(tx, "rotation_due", "1")?;
            log::append(tx, at, &Entry::Forgotten { from, to, how: log::RETENTION.into() }).map(drop)
        })?;
        Ok(gone.is_some())
    }

    /// Gives free pages back and empties the write-ahead log; `false` if a reader is in the way.
    pub(crate) fn truncate(&mut self) -> Result<bool, Trouble> {
        {
            // One step per page.
            let mut vacuum = self.db.prepare("PRAGMA incremental_vacuum")?;
            let mut pages = vacuum.query([])?;
            while pages.next()?.is_some() {}
        }
        Ok(truncate(&self.db)?)
    }

    #[cfg(test)]
    pub(crate) fn exec(&self, sql: &str) {
        self.db.execute_batch(sql).unwrap();
    }
}

/// Empties the write-ahead log; `false` if another connection is in the way.
pub(crate) fn truncate(db: &Connection) -> Result<bool, rusqlite::Error> {
    db.busy_timeout(std::time::Duration::from_millis(200))?;
    let busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    db.busy_timeout(schema::BUSY)?;
    match busy {
        Ok(busy) => Ok(busy == 0),
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(false),
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseLocked) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Turns the records of partly covered epochs that overlap a range into `gone`.
fn forget_within(tx: &Transaction<'_>, from: i64, to: i64) -> Result<usize, rusqlite::Error> {
    let mut epochs =
        tx.prepare("SELECT id FROM epoch WHERE kind = 'minute' AND first BETWEEN ?1 AND ?2 AND last >= ?3")?;
    let epochs: Vec<i64> = epochs
        .query_map([from.saturating_sub(schema::EPOCH_SPAN), to, from], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut total = 0;
    for epoch in epochs {
        let cut = tx.execute(
            "UPDATE record SET kind = 'gone', first = NULL, last = NULL, sealed = NULL
             WHERE epoch = ?1 AND kind <> 'gone' AND first <= ?3 AND last >= ?2",
            [epoch, from, to],
        )?;
        if cut == 0 {
            continue;
        }
        total += cut;
        tx.execute(
            "UPDATE epoch SET cut = 1, closed = 1, first = (SELECT min(first) FROM record WHERE epoch = ?1),
             last = (SELECT max(last) FROM record WHERE epoch = ?1) WHERE id = ?1",
            [epoch],
        )?;
        tx.execute("DELETE FROM epoch WHERE id = ?1 AND first IS NULL", [epoch])?;
    }
    Ok(total)
}
