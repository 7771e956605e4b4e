//! Whole minutes of recording: what they hold in a few numbers, and all of many of them on several threads.

use crate::error::ReadError;
use crate::line::{EventRead, FrameRead, Summary};
use crate::opener::{EpochRow, Found, Frame, Opened, Session, event};
use crate::queue::within;
use crate::review::EpochMark;
use crate::seal::{EpochKey, Master};
use policy::Wall;
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

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
/// A sealed record and what kind it says it is.
pub(crate) type Sealed = (String, Vec<u8>);

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
pub(crate) fn open_records(key: &EpochKey, sealed: &[Sealed]) -> (Vec<Found>, bool) {
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
pub(crate) fn without_pixels(frame: FrameRead) -> Frame {
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
