//! Reading again and again what the log says is read: for a window through which a person looks at their recording.

use crate::error::ReadError;
use crate::line::{EventRead, FrameRead, Summary};
use crate::log::{self, Entry, Head};
use crate::opener::{Damage, EpochRow, Found, Frame, Opened, Opener, Session, event, range_of};
use crate::queue::within;
use crate::schema;
use crate::seal::{EpochKey, Master};
use crate::strips::Strips;
use policy::Wall;
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;
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

/// What a minute of recording holds, in a few numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Apps and counts.
    pub summary: Summary,
    /// The time of every picture, ascending.
    pub pictures: Vec<Wall>,
}

/// Minutes, and what of them could not be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// Those that could, in the order of time.
    pub minutes: Vec<Minute>,
    /// How many could not, wholly or partly.
    pub damaged: u32,
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
    last: i64,
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

    /// Epochs that overlap a range, as they stand. Opens nothing.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn epoch_marks(&self, range: (Wall, Wall)) -> Result<Vec<EpochMark>, ReadError> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, first, recipient, count, last, CASE WHEN cut = 0 THEN NULL ELSE
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
                left: row.get(5)?,
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

/// A sealed record and what kind it says it is.
type Sealed = (String, Vec<u8>);

/// Work is handed to threads in portions of so many epochs.
const PORTION: usize = 64;

/// Does the same with every element, on as many threads as there are processors; the order stays.
fn in_parallel<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let portion = all.len().div_ceil(threads).max(1);
    if threads == 1 || all.len() < 2 * threads {
        return all.iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let portions: Vec<_> =
            all.chunks(portion).map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>())).collect();
        portions.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    })
}

/// What the records of an epoch say; whether any of them does not open.
fn open_records(key: &EpochKey, sealed: &[Sealed]) -> (Vec<Found>, bool) {
    let (mut found, mut damaged) = (Vec::new(), false);
    for (kind, sealed) in sealed {
        let Ok(plain) = key.open_packed(sealed) else {
            damaged = true;
            continue;
        };
        for line in plain.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let parsed = if kind == "frame" {
                serde_json::from_slice::<FrameRead>(line).map(Found::Frame)
            } else {
                serde_json::from_slice::<EventRead>(line).map(event)
            };
            match parsed {
                Ok(datum) => found.push(datum),
                Err(_) => damaged = true,
            }
        }
    }
    found.sort_by_key(|found| (found.at().boot, found.at().wall));
    (found, damaged)
}

/// A picture without its pixels.
fn without_pixels(frame: FrameRead) -> Frame {
    let FrameRead { at, width, height, windows, .. } = frame;
    Frame { at, width, height, rgb: Default::default(), holes: 0, windows }
}

/// A summary of what is there, for an epoch that has none.
fn summed_up(found: &[Found]) -> Summary {
    let (mut summary, mut apps) = (Summary { from: i64::MAX, to: i64::MIN, ..Summary::default() }, BTreeMap::new());
    for datum in found {
        let wall = datum.at().wall.0;
        summary.from = summary.from.min(wall);
        summary.to = summary.to.max(wall);
        let mut seen = |app: &str| *apps.entry(app.to_owned()).or_default() += 1;
        match datum {
            Found::Frame(frame) => {
                summary.frames += 1;
                frame.windows.iter().for_each(|window| seen(&window.app));
            }
            Found::Event(Opened::Key(key), _) => {
                summary.keys += 1;
                seen(&key.app);
            }
            Found::Event(Opened::Pointer(pointer), _) => {
                summary.pointer += 1;
                pointer.app.iter().for_each(|app| seen(app));
            }
            Found::Event(Opened::Focus(focus), _) => {
                summary.focus += 1;
                seen(&focus.app);
            }
            Found::Event(Opened::Frame(_) | Opened::Damaged(_), _) => {}
        }
    }
    summary.seconds = summary.to.saturating_sub(summary.from).unsigned_abs().div_ceil(1000).max(1);
    summary.apps = apps;
    summary
}

/// An epoch as it is in the database, before anything of it is opened.
struct Closed {
    key: Vec<u8>,
    summary: Option<Vec<u8>>,
    /// Only of an epoch without a summary.
    records: Vec<Sealed>,
    pictures: Vec<Wall>,
}

impl Session<'_> {
    fn allowed(&self, range: (Wall, Wall)) -> Result<(), ReadError> {
        let within = self.range.0 <= range.0 && range.1 <= self.range.1;
        if within { Ok(()) } else { Err(ReadError::NotEntered) }
    }

    /// Every minute that overlaps a range, from its summary; from its records where it was cut short or partly
    /// forgotten, and has none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn minutes(&self, range: (Wall, Wall)) -> Result<Minutes, ReadError> {
        self.allowed(range)?;
        let (mut told, master) = (Minutes::default(), &self.opener.master);
        for portion in self.opener.epochs(range)?.chunks(PORTION * 8) {
            let closed: Vec<Closed> =
                portion.iter().map(|epoch| self.closed(epoch, range)).collect::<Result<_, _>>()?;
            for (minute, damaged) in in_parallel(&closed, |closed| minute(master, closed)) {
                told.damaged += u32::from(damaged);
                told.minutes.extend(minute);
            }
        }
        Ok(told)
    }

    fn closed(&self, epoch: &EpochRow, range: (Wall, Wall)) -> Result<Closed, ReadError> {
        let mut closed = Closed { key: epoch.key.clone(), summary: None, records: Vec::new(), pictures: Vec::new() };
        let mut statement = self.opener.db.prepare_cached(
            "SELECT kind, first, CASE WHEN kind = 'summary' THEN sealed END FROM record
             WHERE epoch = ?1 AND kind IN ('frame', 'summary') ORDER BY seq",
        )?;
        let mut rows = statement.query([epoch.id])?;
        while let Some(row) = rows.next()? {
            match row.get(2)? {
                Some(summary) => closed.summary = Some(summary),
                None => closed.pictures.push(Wall(row.get(1)?)),
            }
        }
        closed.pictures.retain(|at| within(*at, range));
        closed.pictures.sort_unstable();
        if closed.summary.is_none() {
            closed.records = self.sealed(epoch.id, "kind IN ('events', 'frame')")?;
        }
        Ok(closed)
    }

    fn sealed(&self, epoch: i64, which: &str) -> Result<Vec<Sealed>, ReadError> {
        let sql = format!("SELECT kind, sealed FROM record WHERE epoch = ?1 AND {which} ORDER BY seq");
        let mut statement = self.opener.db.prepare_cached(&sql)?;
        let rows = statement.query_map([epoch], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is not a picture in a range, ascending, at most `limit`; and whether there is more.
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
        for epoch in self.opener.epochs(range)? {
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
        let more = events.len() > limit;
        events.truncate(limit);
        let event = |found| match found {
            Found::Event(opened, _) => Some(opened),
            Found::Frame(_) => None,
        };
        Ok((events.into_iter().filter_map(event).collect(), more))
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

    /// Hands all of some epochs, pictures without their pixels, to `work`, on several threads; the order stays.
    ///
    /// # Errors
    /// See [`ReadError`]. [`ReadError::NotEntered`] if one of them has nothing in the range that was entered.
    pub fn each_epoch<R: Send>(
        &self,
        epochs: &[EpochMark],
        work: impl Fn(&EpochMark, Vec<Opened>) -> R + Sync,
    ) -> Result<Vec<R>, ReadError> {
        let mut results = Vec::new();
        let mut key = self.opener.db.prepare_cached("SELECT key FROM epoch WHERE id = ?1")?;
        let master = &self.opener.master;
        for portion in epochs.chunks(PORTION) {
            let mut sealed = Vec::new();
            for mark in portion {
                if mark.first > self.range.1 || mark.last < self.range.0.0 {
                    return Err(ReadError::NotEntered);
                }
                // Forgotten a moment ago: nothing is left of it.
                let key: Option<Vec<u8>> = key.query_row([mark.id], |row| row.get(0)).optional()?;
                sealed.push((mark, key.unwrap_or_default(), self.sealed(mark.id, "kind IN ('events', 'frame')")?));
            }
            results.extend(in_parallel(&sealed, |(mark, key, sealed)| {
                let found = match master.open_key(key) {
                    Ok(key) => open_records(&key, sealed).0,
                    Err(_) => Vec::new(),
                };
                let opened = found.into_iter().map(|found| match found {
                    Found::Event(opened, _) => opened,
                    Found::Frame(frame) => Opened::Frame(without_pixels(frame)),
                });
                work(mark, opened.collect())
            }));
        }
        Ok(results)
    }
}

/// What one epoch tells of itself, and whether some of it does not open.
fn minute(master: &Master, closed: &Closed) -> (Option<Minute>, bool) {
    let Ok(key) = master.open_key(&closed.key) else { return (None, true) };
    let pictures = closed.pictures.clone();
    let Some(sealed) = &closed.summary else {
        let (found, damaged) = open_records(&key, &closed.records);
        let minute = (!found.is_empty()).then(|| Minute { summary: summed_up(&found), pictures });
        return (minute, damaged);
    };
    let plain = key.open_packed(sealed);
    let summary = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
    let damaged = summary.is_none();
    (summary.map(|summary| Minute { summary, pictures }), damaged)
}
