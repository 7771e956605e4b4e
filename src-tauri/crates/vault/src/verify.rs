//! Checking everything: every record opens, every chain holds, every tile exists.

use crate::chain::{Hash, Link, START};
use crate::error::ReadError;
use crate::line::{EventRead, FrameRead, Summary, WithheldDay};
use crate::log;
use crate::opener::{Damage, Session};
use crate::seal::EpochKey;
use crate::strips::Strips;
use crate::tiles;
use policy::Wall;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

/// What a check of the whole vault found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many epochs there are.
    pub epochs: u64,
    /// How many records open, those that were forgotten not counted.
    pub records: u64,
    /// How many records were forgotten and keep their place only.
    pub gone: u64,
    /// Whether the log's chain holds.
    pub log_holds: bool,
    /// What is damaged, by epoch; the rest stays readable.
    pub damage: Vec<Damage>,
}

impl Verified {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.damage.is_empty() && self.log_holds
    }
}

struct Row {
    seq: i64,
    kind: String,
    first: Option<i64>,
    last: Option<i64>,
    digest: Option<Hash>,
    sealed: Option<Vec<u8>>,
}

impl Session<'_> {
    /// Opens and checks everything. Damage is told, not repaired.
    ///
    /// # Errors
    /// When the database itself cannot be read.
    pub fn verify(&self) -> Result<Verified, ReadError> {
        let db = &self.opener.db;
        // One moment's view, so that a writer at work does not look like damage.
        let view = db.unchecked_transaction()?;
        self.opener.keeps_its_master()?;
        let mut verified = Verified { log_holds: log::read(db)?.chain_holds, ..Verified::default() };
        let mut epochs = db.prepare("SELECT id, key, count, head, cut FROM epoch ORDER BY id")?;
        let mut rows = epochs.query([])?;
        while let Some(row) = rows.next()? {
            let (id, key): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let (count, head): (i64, Option<Hash>) = (row.get(2)?, row.get(3).ok());
            verified.epochs += 1;
            let key = match self.opener.master.open_key(&key) {
                Ok(key) => Some(key),
                Err(error) => {
                    verified.damage.push(Damage { epoch: id, seq: None, what: error.to_string() });
                    None
                }
            };
            self.verify_epoch(id, key.as_ref(), count, head, &mut verified)?;
        }
        drop(rows);
        drop(epochs);
        view.finish()?;
        Ok(verified)
    }

    /// When an epoch begins, if it is there and says so: most are a minute of recording.
    ///
    /// # Errors
    /// When the database itself cannot be read.
    pub fn begins(&self, epoch: i64) -> Result<Option<Wall>, ReadError> {
        let sql = "SELECT first FROM epoch WHERE id = ?1";
        let first = self.opener.db.query_row(sql, [epoch], |row| row.get::<_, Option<i64>>(0)).optional()?;
        Ok(first.flatten().map(Wall))
    }

    fn verify_epoch(
        &self,
        epoch: i64,
        key: Option<&EpochKey>,
        count: i64,
        head: Option<Hash>,
        verified: &mut Verified,
    ) -> Result<(), ReadError> {
        let mut statement = self.opener.db.prepare_cached(
            "SELECT seq, kind, first, last, digest, sealed FROM record WHERE epoch = ?1 ORDER BY seq",
        )?;
        let mut rows = statement.query([epoch])?;
        let (mut previous, mut expected) = (START, 1);
        let mut strips = Strips::default();
        while let Some(row) = rows.next()? {
            let row = Row {
                seq: row.get(0)?,
                kind: row.get(1)?,
                first: row.get(2)?,
                last: row.get(3)?,
                digest: row.get(4).ok(),
                sealed: row.get(5)?,
            };
            let mut damaged =
                |what: &str| verified.damage.push(Damage { epoch, seq: Some(row.seq), what: what.to_owned() });
            if row.seq != expected {
                damaged("a record before it is missing");
            }
            expected = row.seq + 1;
            if row.kind == "gone" {
                verified.gone += 1;
            } else {
                let (Some(first), Some(last), Some(sealed)) = (row.first, row.last, &row.sealed) else {
                    damaged("it is incomplete");
                    continue;
                };
                let link = Link { epoch, seq: row.seq, kind: &row.kind, first, last, sealed };
                if row.digest != Some(link.digest(&previous)) {
                    damaged("its digest does not follow from the one before");
                }
                if let Some(key) = key {
                    match wrong_with(&self.opener.db, epoch, key, &row.kind, sealed, &mut strips)? {
                        Some(what) => damaged(&what),
                        None => verified.records += 1,
                    }
                }
            }
            previous = row.digest.unwrap_or(START);
        }
        if expected != count + 1 {
            verified.damage.push(Damage { epoch, seq: None, what: "records at its end are missing".into() });
        } else if head != Some(previous) {
            verified.damage.push(Damage { epoch, seq: None, what: "its head is not its last record's digest".into() });
        }
        Ok(())
    }
}

/// What is wrong with one record, if it does not open to what its kind says.
fn wrong_with(
    db: &Connection,
    epoch: i64,
    key: &EpochKey,
    kind: &str,
    sealed: &[u8],
    strips: &mut Strips,
) -> Result<Option<String>, ReadError> {
    let plain = match key.open_packed(sealed) {
        Ok(plain) => plain,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let lines = || plain.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let fine = match kind {
        "events" => lines().all(|line| serde_json::from_slice::<EventRead>(line).is_ok()),
        "tiles" => tiles::tiles_of(&plain).is_some(),
        "summary" => serde_json::from_slice::<Summary>(&plain).is_ok(),
        "withheld" => serde_json::from_slice::<WithheldDay>(&plain).is_ok(),
        "frame" => match serde_json::from_slice::<FrameRead>(&plain) {
            Ok(frame) => return Ok(strips.rebuild(db, epoch, key, frame, true)?.err().map(|damage| damage.what)),
            Err(_) => false,
        },
        _ => false,
    };
    Ok((!fine).then(|| "it is not what its kind says".into()))
}
