//! Reading again and again what the log says is read: for a window through which a person looks at their recording.

use crate::error::ReadError;
use crate::line::FrameRead;
use crate::log::{self, Entry, Head};
use crate::minutes::{Sealed, open_records, without_pixels};
use crate::opener::{Damage, EpochRow, Found, Frame, Opened, Opener, Session, range_of};
use crate::queue::within;
use crate::schema;
use crate::seal::EpochKey;
use crate::strips::Strips;
use policy::Wall;
use rusqlite::params;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A reading that was entered in the log: the right to read its range, for as long as the log holds the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    range: (Wall, Wall),
    head: Head,
}

impl Entered {
    /// The range that was entered, both ends included.
    #[must_use]
    pub fn range(&self) -> (Wall, Wall) {
        self.range
    }

    /// Where the log ended with it; to be kept beside the master.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether a range lies within what was entered.
    #[must_use]
    pub fn covers(&self, range: (Wall, Wall)) -> bool {
        self.range.0 <= range.0 && range.1 <= self.range.1
    }
}

/// Which file a vault was opened from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    path: PathBuf,
    file: Option<(u64, u64)>,
}

impl Place {
    pub(crate) fn of(dir: &Path) -> Place {
        let path = schema::file(dir);
        let file = std::fs::metadata(&path).ok().map(|m| (m.dev(), m.ino()));
        Place { path, file }
    }
}
/// An epoch as it stands: another value means that it holds something else now.
#[derive(Clone, PartialEq, Eq)]
pub struct EpochMark {
    /// Its number, used once.
    pub id: i64,
    /// When it begins.
    pub first: Wall,
    recipient: String,
    count: i64,
    pub(crate) last: i64,
    /// The digest of its last record, which changes with every other.
    head: Option<Vec<u8>>,
    /// Records that are left of one from which some were forgotten.
    left: Option<i64>,
}

impl std::fmt::Debug for EpochMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EpochMark {{ id: {}, .. }}", self.id)
    }
}

/// When something was recorded: first and last time of every epoch, ascending. Needs no key and opens nothing.
///
/// # Errors
/// See [`ReadError`].
pub fn stretches(dir: &Path) -> Result<Vec<(Wall, Wall)>, ReadError> {
    let db = schema::open(dir)?;
    let mut statement = db.prepare(
        "SELECT first, last FROM epoch WHERE kind = 'minute' AND first IS NOT NULL AND last IS NOT NULL ORDER BY first",
    )?;
    let rows = statement.query_map([], |row| Ok((Wall(row.get(0)?), Wall(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Opener {
    /// Enters a reading in the log, durably. What it allows is had by [`Opener::again`].
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn enter(&mut self, at: Wall, reading: &Entry) -> Result<Entered, ReadError> {
        Ok(Entered { range: range_of(reading), head: self.append(at, reading)? })
    }

    /// Goes on with a reading that was entered before.
    ///
    /// # Errors
    /// [`ReadError::NotEntered`] if the log does not hold the entry any more: enter it anew.
    pub fn again(&mut self, entered: &Entered) -> Result<Session<'_>, ReadError> {
        if !log::holds(&self.db, &entered.head)? {
            return Err(ReadError::NotEntered);
        }
        Ok(Session { opener: self, head: entered.head.clone(), range: entered.range })
    }

    /// Whether the vault still is the file that was opened.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        let dir = self.place.path.parent().unwrap_or(Path::new(""));
        self.place.file.is_some() && Place::of(dir) == self.place
    }

    /// Whether the master still is the one that the vault is sealed to.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn has_its_master(&self) -> Result<bool, ReadError> {
        Ok(schema::meta(&self.db, "recipient")?.as_deref() == Some(self.master.public().as_str()))
    }

    /// # Errors
    /// [`ReadError::Replaced`] if it is not any more.
    pub(crate) fn keeps_its_master(&self) -> Result<(), ReadError> {
        if self.has_its_master()? { Ok(()) } else { Err(ReadError::Replaced) }
    }

    /// Epochs that overlap a range, as they stand. Opens nothing.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn epoch_marks(&self, range: (Wall, Wall)) -> Result<Vec<EpochMark>, ReadError> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, first, recipient, count, last, head, CASE WHEN cut = 0 THEN NULL ELSE
                 (SELECT count(*) FROM record WHERE epoch = epoch.id AND kind <> 'gone') END
             FROM epoch WHERE kind = 'minute' AND first BETWEEN ?1 AND ?2 AND last >= ?3 ORDER BY first, id",
        )?;
        let from = range.0.0.saturating_sub(schema::EPOCH_SPAN);
        let rows = statement.query_map([from, range.1.0, range.0.0], |row| {
            Ok(EpochMark {
                id: row.get(0)?,
                first: Wall(row.get(1)?),
                recipient: row.get(2)?,
                count: row.get(3)?,
                last: row.get(4)?,
                head: row.get(5)?,
                left: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many entries the log has: it grows with every forgetting.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn log_length(&self) -> Result<i64, ReadError> {
        Ok(self.db.query_row("SELECT coalesce(max(number), 0) FROM log", [], |row| row.get(0))?)
    }
}
impl Session<'_> {
    pub(crate) fn allowed(&self, range: (Wall, Wall)) -> Result<(), ReadError> {
        let within = self.range.0 <= range.0 && range.1 <= self.range.1;
        if within { Ok(()) } else { Err(ReadError::NotEntered) }
    }
    /// What is not a picture in a range, ascending, the newest `limit` of it; and whether there is more.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn events(&self, range: (Wall, Wall), limit: usize) -> Result<(Vec<Opened>, bool), ReadError> {
        self.allowed(range)?;
        let mut events = Vec::new();
        let mut statement = self.opener.db.prepare_cached(
            "SELECT kind, sealed FROM record
             WHERE epoch = ?1 AND kind = 'events' AND first <= ?3 AND last >= ?2 ORDER BY seq",
        )?;
        // The newest first: it is they that are wanted.
        for epoch in self.opener.epochs(range)?.into_iter().rev() {
            if events.len() > limit {
                break;
            }
            let Ok(key) = self.opener.master.open_key(&epoch.key) else { continue };
            let rows =
                statement.query_map(params![epoch.id, range.0.0, range.1.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let sealed: Vec<Sealed> = rows.collect::<Result<_, _>>()?;
            events.extend(open_records(&key, &sealed).0.into_iter().filter(|found| within(found.at().wall, range)));
        }
        events.sort_by_key(|found| found.at().wall);
        let older = events.len().saturating_sub(limit);
        events.drain(..older);
        let event = |found| match found {
            Found::Event(opened, _) => Some(opened),
            Found::Frame(_) => None,
        };
        Ok((events.into_iter().filter_map(event).collect(), older > 0))
    }

    /// The newest picture in a range that opens, without its pixels.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn newest_picture(&self, range: (Wall, Wall)) -> Result<Option<Frame>, ReadError> {
        self.allowed(range)?;
        let mut newest: Option<FrameRead> = None;
        for epoch in self.opener.epochs(range)? {
            if let Some((_, frame)) = self.picture_in(&epoch, range)?
                && newest.as_ref().is_none_or(|newest| newest.at.wall <= frame.at.wall)
            {
                newest = Some(frame);
            }
        }
        Ok(newest.map(without_pixels))
    }

    /// The picture of exactly this time. What was opened for it is kept in `strips`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn picture(&self, at: Wall, strips: &mut Strips) -> Result<Option<Result<Frame, Damage>>, ReadError> {
        self.allowed((at, at))?;
        for epoch in self.opener.epochs((at, at))? {
            if let Some((key, frame)) = self.picture_in(&epoch, (at, at))? {
                return Ok(Some(strips.rebuild(&self.opener.db, epoch.id, &key, frame, true)?));
            }
        }
        Ok(None)
    }

    fn picture_in(&self, epoch: &EpochRow, range: (Wall, Wall)) -> Result<Option<(EpochKey, FrameRead)>, ReadError> {
        let mut statement = self.opener.db.prepare_cached(
            "SELECT sealed FROM record WHERE epoch = ?1 AND kind = 'frame' AND first BETWEEN ?2 AND ?3
             ORDER BY first DESC",
        )?;
        let mut rows = statement.query(params![epoch.id, range.0.0, range.1.0])?;
        let mut key = None;
        while let Some(row) = rows.next()? {
            let key = match &key {
                Some(key) => key,
                None => match self.opener.master.open_key(&epoch.key) {
                    Ok(opened) => key.insert(opened),
                    Err(_) => return Ok(None),
                },
            };
            let frame = key.open_packed(&row.get::<_, Vec<u8>>(0)?).ok();
            let frame = frame.and_then(|plain| serde_json::from_slice::<FrameRead>(&plain).ok());
            if let Some(frame) = frame.filter(|frame| within(frame.at.wall, range)) {
                drop(rows);
                return Ok(Some((self.opener.master.open_key(&epoch.key)?, frame)));
            }
        }
        Ok(None)
    }
}
