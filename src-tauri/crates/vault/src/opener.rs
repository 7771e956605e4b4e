//! Opening what was sealed. Needs the master; used by the reader alone.

use crate::error::ReadError;
use crate::item::{FocusItem, KeyItem, PointerItem, ShownWindow};
use crate::line::{EventRead, FrameRead, Summary, WithheldDay};
use crate::log::{self, Entry, Head, Log};
use crate::review::Place;
use crate::schema;
use crate::seal::{EpochKey, Master};
use crate::strips::Strips;
use policy::{Now, Wall};
use rusqlite::{Connection, TransactionBehavior, params};
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// A vault and the key that opens it.
pub struct Opener {
    pub(crate) db: Connection,
    pub(crate) master: Master,
    pub(crate) place: Place,
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener { .. }")
    }
}

/// A picture, opened. Wiped when dropped.
pub struct Frame {
    /// When it was captured.
    pub at: Now,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// R, G, B, row by row. A tile that is gone is neutral grey.
    pub rgb: Zeroizing<Vec<u8>>,
    /// Tiles that were first shown by a picture that has been forgotten, and are gone with it.
    pub holes: u32,
    /// The windows in it, bottom to top.
    pub windows: Vec<ShownWindow>,
}

/// A datum, opened.
pub enum Opened {
    /// A picture.
    Frame(Frame),
    /// The keyboard.
    Key(KeyItem),
    /// The pointer.
    Pointer(PointerItem),
    /// The focus went to a window.
    Focus(FocusItem),
    /// Something that cannot be opened; the rest goes on.
    Damaged(Damage),
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opened::Frame(frame) => write!(f, "Frame {{ {}x{}, .. }}", frame.width, frame.height),
            Opened::Key(item) => write!(f, "{item:?}"),
            Opened::Pointer(item) => write!(f, "{item:?}"),
            Opened::Focus(item) => write!(f, "{item:?}"),
            Opened::Damaged(damage) => write!(f, "{damage:?}"),
        }
    }
}

/// Something in the vault that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Damage {
    /// The epoch it belongs to.
    pub epoch: i64,
    /// The record within it; nothing if the epoch itself is damaged.
    pub seq: Option<i64>,
    /// What is wrong.
    pub what: String,
}

/// The name under which a vault's master is kept in the keyring.
///
/// # Errors
/// See [`ReadError`].
pub fn vault_id(dir: &Path) -> Result<String, ReadError> {
    let id = schema::meta(&schema::open(dir)?, "id")?;
    Ok(id.expect("an opened vault has an id"))
}

/// The recipient that stands in a vault, if any. It is not to be believed before it was compared with the keyring.
///
/// # Errors
/// See [`ReadError`].
pub fn recipient(dir: &Path) -> Result<Option<String>, ReadError> {
    Ok(schema::meta(&schema::open(dir)?, "recipient")?)
}

/// Gives a vault its first recipient.
///
/// # Errors
/// [`ReadError::WrongKey`] if it has another one already.
pub fn set_first_recipient(dir: &Path, recipient: &str) -> Result<(), ReadError> {
    let mut db = schema::open(dir)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match schema::meta(&tx, "recipient")? {
        None => schema::set_meta(&tx, "recipient", recipient)?,
        Some(other) if other == recipient => {}
        Some(_) => return Err(ReadError::WrongKey),
    }
    tx.commit()?;
    Ok(())
}

/// The whole log. Needs no key.
///
/// # Errors
/// See [`ReadError`].
pub fn read_log(dir: &Path) -> Result<Log, ReadError> {
    Ok(log::read(&schema::open(dir)?)?)
}

/// Enters something other than a reading in the log, durably.
///
/// # Errors
/// See [`ReadError`].
pub fn log_entry(dir: &Path, at: Wall, entry: &Entry) -> Result<Head, ReadError> {
    let mut db = schema::open(dir)?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let head = log::append(&tx, at, entry)?;
    tx.commit()?;
    Ok(head)
}

/// Whether the log still holds the entry that `head` names; if not, the vault was rolled back or cut short.
///
/// # Errors
/// See [`ReadError`].
pub fn log_holds(dir: &Path, head: &Head) -> Result<bool, ReadError> {
    Ok(log::holds(&schema::open(dir)?, head)?)
}

impl Opener {
    /// Opens an existing vault, without reading anything yet.
    ///
    /// # Errors
    /// [`ReadError::WrongKey`] if the vault is sealed to another key, [`ReadError::NoRecipient`] if to none.
    pub fn open(dir: &Path, master: Master) -> Result<Opener, ReadError> {
        let db = schema::open(dir)?;
        match schema::meta(&db, "recipient")? {
            None => Err(ReadError::NoRecipient),
            Some(recipient) if recipient == master.public() => Ok(Opener { db, master, place: Place::of(dir) }),
            Some(_) => Err(ReadError::WrongKey),
        }
    }

    /// Number of records that overlap a range, both ends included.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn count(&self, range: (Wall, Wall)) -> Result<u64, ReadError> {
        let mut total = 0_u64;
        // An epoch in the middle tells the number itself; rows are counted at the ends only.
        let mut epochs = self.db.prepare_cached(
            "SELECT id, count, first >= ?2 AND last <= ?3 AND cut = 0 FROM epoch
             WHERE kind = 'minute' AND first BETWEEN ?1 AND ?3 AND last >= ?2",
        )?;
        let mut within =
            self.db.prepare_cached("SELECT count(*) FROM record WHERE epoch = ?1 AND first <= ?3 AND last >= ?2")?;
        let from = range.0.0.saturating_sub(schema::EPOCH_SPAN);
        let mut rows = epochs.query([from, range.0.0, range.1.0])?;
        while let Some(row) = rows.next()? {
            let (id, count, whole): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let records: i64 =
                if whole { count } else { within.query_row([id, range.0.0, range.1.0], |row| row.get(0))? };
            total += records.unsigned_abs();
        }
        Ok(total)
    }

    /// Enters a reading in the log, durably, and only then gives access.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn begin(&mut self, at: Wall, reading: &Entry) -> Result<Session<'_>, ReadError> {
        let head = self.append(at, reading)?;
        Ok(Session { opener: self, head, range: range_of(reading) })
    }

    pub(crate) fn append(&mut self, at: Wall, reading: &Entry) -> Result<Head, ReadError> {
        self.db.execute_batch("PRAGMA synchronous = FULL")?;
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let head = log::append(&tx, at, reading)?;
        tx.commit()?;
        Ok(head)
    }

    pub(crate) fn epochs(&self, range: (Wall, Wall)) -> Result<Vec<EpochRow>, ReadError> {
        let mut statement = self.db.prepare(
            "SELECT id, key FROM epoch WHERE kind = 'minute' AND first BETWEEN ?1 AND ?2 AND last >= ?3 ORDER BY first, id",
        )?;
        let from = range.0.0.saturating_sub(schema::EPOCH_SPAN);
        let rows = statement
            .query_map([from, range.1.0, range.0.0], |row| Ok(EpochRow { id: row.get(0)?, key: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(crate) struct EpochRow {
    pub id: i64,
    pub key: Vec<u8>,
}

/// Access to what was recorded, after its entry in the log.
#[derive(Debug)]
pub struct Session<'a> {
    pub(crate) opener: &'a mut Opener,
    pub(crate) head: Head,
    /// What was entered; reviewing goes no further.
    pub(crate) range: (Wall, Wall),
}

/// What an entry says is going to be read.
pub(crate) fn range_of(entry: &Entry) -> (Wall, Wall) {
    match entry {
        Entry::Reading { from, to, .. } | Entry::Export { from, to, .. } => (Wall(*from), Wall(*to)),
        Entry::Consent { .. }
        | Entry::ConsentWithdrawn
        | Entry::Loosened { .. }
        | Entry::Forgotten { .. }
        | Entry::Rotated
        | Entry::Key { .. } => (Wall(i64::MAX), Wall(i64::MIN)),
    }
}

/// A datum of an epoch before its pixels are put together.
pub(crate) enum Found {
    Event(Opened, Now),
    Frame(FrameRead),
}

impl Found {
    pub(crate) fn at(&self) -> Now {
        match self {
            Found::Event(_, at) => *at,
            Found::Frame(frame) => frame.at,
        }
    }
}

impl Session<'_> {
    /// Where the log ends, this reading included; to be kept beside the master.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Number of records of a range up to a moment of it: how far a visit has come.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn count_until(&self, range: (Wall, Wall), reached: Wall) -> Result<u64, ReadError> {
        self.opener.count((range.0, reached.min(range.1)))
    }

    /// Hands every datum in a range (both ends included) to `each`, in the order of time within an epoch, and the
    /// epochs in theirs. Damage is handed over, too, and does not stop the rest.
    ///
    /// # Errors
    /// See [`ReadError`]; an error of `each` comes back as [`ReadError::Caller`]. [`ReadError::Replaced`] if
    /// something does not open and the key was replaced since.
    pub fn visit<E: std::error::Error + Send + Sync + 'static>(
        &self,
        range: (Wall, Wall),
        pixels: bool,
        mut each: impl FnMut(Opened) -> Result<(), E>,
    ) -> Result<(), ReadError> {
        let mut each = |opened| {
            if let Opened::Damaged(_) = &opened {
                self.opener.keeps_its_master()?;
            }
            each(opened).map_err(|e| ReadError::Caller(Box::new(e)))
        };
        for epoch in self.opener.epochs(range)? {
            let key = match self.opener.master.open_key(&epoch.key) {
                Ok(key) => key,
                Err(error) => {
                    each(Opened::Damaged(Damage { epoch: epoch.id, seq: None, what: error.to_string() }))?;
                    continue;
                }
            };
            let (mut found, damage) = self.records(epoch.id, &key, range)?;
            for damage in damage {
                each(Opened::Damaged(damage))?;
            }
            found.sort_by_key(|found| (found.at().boot, found.at().wall));
            let mut strips = Strips::default();
            for found in found {
                match found {
                    Found::Event(opened, _) => each(opened)?,
                    Found::Frame(frame) => match strips.rebuild(&self.opener.db, epoch.id, &key, frame, pixels)? {
                        Ok(frame) => each(Opened::Frame(frame))?,
                        Err(damage) => each(Opened::Damaged(damage))?,
                    },
                }
            }
        }
        Ok(())
    }

    fn records(&self, epoch: i64, key: &EpochKey, range: (Wall, Wall)) -> Result<(Vec<Found>, Vec<Damage>), ReadError> {
        let (mut found, mut damage) = (Vec::new(), Vec::new());
        let mut statement = self.opener.db.prepare_cached(
            "SELECT seq, kind, sealed FROM record
             WHERE epoch = ?1 AND kind IN ('events', 'frame') AND first <= ?3 AND last >= ?2 ORDER BY seq",
        )?;
        let mut rows = statement.query(params![epoch, range.0.0, range.1.0])?;
        while let Some(row) = rows.next()? {
            let (seq, kind, sealed): (i64, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let mut broken = |what: &str| damage.push(Damage { epoch, seq: Some(seq), what: what.to_owned() });
            let plain = match key.open_packed(&sealed) {
                Ok(plain) => plain,
                Err(error) => {
                    broken(&error.to_string());
                    continue;
                }
            };
            for line in plain.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let parsed = if kind == "frame" {
                    serde_json::from_slice(line).map(Found::Frame)
                } else {
                    serde_json::from_slice(line).map(event)
                };
                match parsed {
                    Ok(datum) if crate::queue::within(datum.at().wall, range) => found.push(datum),
                    Ok(_) => {}
                    Err(_) => broken("a line of it is not what it should be"),
                }
            }
        }
        Ok((found, damage))
    }

    /// The summaries of the closed epochs that overlap a range. An epoch that was cut short or partly forgotten has none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn summaries(&self, range: (Wall, Wall)) -> Result<Vec<Summary>, ReadError> {
        let mut summaries = Vec::new();
        let mut statement =
            self.opener.db.prepare_cached("SELECT sealed FROM record WHERE epoch = ?1 AND kind = 'summary'")?;
        for epoch in self.opener.epochs(range)? {
            let Ok(key) = self.opener.master.open_key(&epoch.key) else {
                self.opener.keeps_its_master()?;
                continue;
            };
            let mut rows = statement.query([epoch.id])?;
            while let Some(row) = rows.next()? {
                let sealed: Vec<u8> = row.get(0)?;
                summaries.extend(key.open_packed(&sealed).ok().and_then(|plain| serde_json::from_slice(&plain).ok()));
            }
        }
        Ok(summaries)
    }

    /// Seconds withheld, per day. A day may come more than once; its seconds add up.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn withheld(&self) -> Result<Vec<WithheldDay>, ReadError> {
        self.withheld_on("", "~")
    }

    /// The same for local dates, `YYYY-MM-DD`, both included.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn withheld_on(&self, from: &str, to: &str) -> Result<Vec<WithheldDay>, ReadError> {
        let mut statement = self.opener.db.prepare(
            "SELECT epoch.key, record.sealed FROM epoch JOIN record ON record.epoch = epoch.id
             WHERE epoch.kind = 'day' AND epoch.day BETWEEN ?1 AND ?2 AND record.kind = 'withheld'
             ORDER BY epoch.day",
        )?;
        let mut days = Vec::new();
        let mut rows = statement.query([from, to])?;
        while let Some(row) = rows.next()? {
            let (key, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let plain = self.opener.master.open_key(&key).and_then(|key| key.open_packed(&sealed));
            if plain.is_err() {
                self.opener.keeps_its_master()?;
            }
            days.extend(plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok()));
        }
        Ok(days)
    }
}

pub(crate) fn event(line: EventRead) -> Found {
    match line {
        EventRead::Keys(item) => {
            let at = item.at;
            Found::Event(Opened::Key(item), at)
        }
        EventRead::Pointer(item) => {
            let at = item.at;
            Found::Event(Opened::Pointer(item), at)
        }
        EventRead::Focus(item) => {
            let at = item.at;
            Found::Event(Opened::Focus(item), at)
        }
    }
}
