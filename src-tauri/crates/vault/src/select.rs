//! Forgetting by what was recorded instead of by when: one app, or pictures. Needs the master, so the reader does it.
//!
//! What is not of the selection stays, exactly as it was. What cannot be told goes: a record of the range that does not
//! open may hold what is to be forgotten.

use crate::chain::{Hash, Link, Rechain};
use crate::epoch::count;
use crate::error::ReadError;
use crate::line::{self, EventRead, FrameRead, Summary};
use crate::log::{self, Entry};
use crate::opener::Session;
use crate::queue::within;
use crate::schema;
use crate::seal::EpochKey;
use crate::secret::SecretBuf;
use crate::store::stream_name;
use crate::tiles::{self, TILE};
use crate::{rotate, seal};
use policy::{Now, Stream, Wall};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// How long to wait for another program that reads the vault.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be forgotten of a range. `Debug` names no app.
pub enum Pick {
    /// What belongs to an app, as it was filed: its events, and every picture that shows a window of it.
    App(String),
    /// Pictures, whatever they show.
    Pictures,
}

impl fmt::Debug for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pick::App(_) => "App(..)",
            Pick::Pictures => "Pictures",
        })
    }
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// How many epochs held something of it.
    pub epochs: u64,
    /// How many events.
    pub events: u64,
    /// How many pictures.
    pub pictures: u64,
    /// How much could not be read, and was forgotten with it.
    pub unreadable: u64,
    /// Whether the write-ahead log is empty. If not, the rotation that is due empties it.
    pub emptied: bool,
}

impl Selected {
    fn is_nothing(&self) -> bool {
        self.events + self.pictures + self.unreadable == 0
    }
}

impl Session<'_> {
    /// Forgets a selection of a range (both ends included), in one transaction, and enters it in the log without
    /// saying what it was. It is deleted then, and gone from earlier copies after the rotation that is due.
    ///
    /// # Errors
    /// [`ReadError::Unfinished`] if an epoch that may lie in the range is not closed, [`ReadError::Replaced`] if
    /// the key was replaced since. Nothing is changed then.
    pub fn forget(&mut self, range: (Wall, Wall), pick: &Pick, at: Wall) -> Result<Selected, ReadError> {
        let db = &self.opener.db;
        let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
        self.opener.keeps_its_master()?;
        if is_being_written(&tx, range, at)? {
            return Err(ReadError::Unfinished);
        }
        let mut all = Forgetting { tx: &tx, range, pick, done: Selected::default(), ended: HashSet::new() };
        let streams = last_stored(&tx)?;
        for epoch in self.opener.epochs(range)? {
            // A key that does not open today does not open with the next master either.
            let Ok(key) = self.opener.master.open_key(&epoch.key) else { continue };
            all.epoch(epoch.id, &key, &streams)?;
        }
        let Forgetting { mut done, ended, .. } = all;
        for stream in ended {
            tx.execute("DELETE FROM stream WHERE name = ?1", [stream_name(stream)])?;
        }
        if !done.is_nothing() {
            schema::set_meta(&tx, "rotation_due", "1")?;
        }
        let how = match pick {
            Pick::App(_) => "one app",
            Pick::Pictures if range.0 == range.1 => "one picture",
            Pick::Pictures => "pictures",
        };
        log::append(&tx, at, &Entry::Forgotten { from: range.0.0, to: range.1.0, how: how.into() })?;
        tx.commit()?;
        done.emptied = match rotate::empty_wal(db, PATIENCE) {
            Ok(()) => true,
            Err(ReadError::Busy) => false,
            Err(error) => return Err(error),
        };
        Ok(done)
    }
}

/// Whether an epoch that gets more data may reach into a range. One with nothing in it yet began less than an epoch ago.
fn is_being_written(tx: &Transaction<'_>, range: (Wall, Wall), at: Wall) -> Result<bool, rusqlite::Error> {
    tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM epoch WHERE kind = 'minute' AND NOT closed AND coalesce(first, ?2) <= ?1)",
        [range.1.0, at.0.saturating_sub(schema::EPOCH_SPAN)],
        |row| row.get(0),
    )
}

fn last_stored(db: &Connection) -> Result<Vec<(Stream, i64)>, rusqlite::Error> {
    let mut last = Vec::new();
    for stream in Stream::ALL {
        let mut statement = db.prepare_cached("SELECT last FROM stream WHERE name = ?1")?;
        let mut rows = statement.query([stream_name(stream)])?;
        if let Some(row) = rows.next()? {
            last.push((stream, row.get(0)?));
        }
    }
    Ok(last)
}

/// A forgetting under way.
struct Forgetting<'a> {
    tx: &'a Transaction<'a>,
    range: (Wall, Wall),
    pick: &'a Pick,
    done: Selected,
    /// Streams whose newest datum was forgotten.
    ended: HashSet<Stream>,
}

struct Record {
    id: i64,
    seq: i64,
    kind: String,
    first: i64,
    last: i64,
    digest: Option<Hash>,
    sealed: Vec<u8>,
    fate: Fate,
}

enum Fate {
    Stays,
    Goes,
    /// Sealed afresh, with the times of what is left in it.
    Becomes {
        sealed: Vec<u8>,
        first: i64,
        last: i64,
    },
}

/// What is left of an epoch.
#[derive(Default)]
struct Rest {
    summary: Summary,
    span: Option<(i64, i64)>,
    /// Tiles that pictures which stay refer to, by their record.
    used: HashMap<i64, Used>,
}

struct Used {
    tiles: HashSet<u64>,
    first: i64,
}

impl Rest {
    fn note(&mut self, wall: Wall) {
        let (from, to) = self.span.unwrap_or((wall.0, wall.0));
        self.span = Some((from.min(wall.0), to.max(wall.0)));
    }

    fn event(&mut self, event: &EventRead) {
        let (at, app) = at_and_app(event);
        self.note(at.wall);
        match event {
            EventRead::Keys(_) => self.summary.keys += 1,
            EventRead::Pointer(_) => self.summary.pointer += 1,
            EventRead::Focus(_) => self.summary.focus += 1,
        }
        if let Some(app) = app {
            count(&mut self.summary, app);
        }
    }

    fn frame(&mut self, frame: &FrameRead) {
        self.note(frame.at.wall);
        self.summary.frames += 1;
        for window in &frame.windows {
            count(&mut self.summary, &window.app);
        }
        let (columns, rows) = tiles::grid(frame.width, frame.height);
        let named: u64 = frame.tiles.iter().map(|run| u64::from(run.n)).sum();
        if named != (columns * rows) as u64 {
            return;
        }
        for run in &frame.tiles {
            let wall = frame.at.wall.0;
            let used = self.used.entry(run.seq).or_insert_with(|| Used { tiles: HashSet::new(), first: wall });
            used.first = used.first.min(wall);
            used.tiles.extend(u64::from(run.from)..u64::from(run.from) + u64::from(run.n));
        }
    }
}

fn at_and_app(event: &EventRead) -> (Now, Option<&str>) {
    match event {
        EventRead::Keys(key) => (key.at, Some(&key.app)),
        EventRead::Pointer(pointer) => (pointer.at, pointer.app.as_deref()),
        EventRead::Focus(focus) => (focus.at, Some(&focus.app)),
    }
}

fn stream_of(event: &EventRead) -> Stream {
    match event {
        EventRead::Keys(_) => Stream::Keys,
        EventRead::Pointer(_) => Stream::Pointer,
        EventRead::Focus(_) => Stream::Focus,
    }
}

impl Forgetting<'_> {
    fn epoch(&mut self, epoch: i64, key: &EpochKey, streams: &[(Stream, i64)]) -> Result<(), ReadError> {
        let mut records = self.records(epoch)?;
        let before = self.done;
        let mut rest = Rest::default();
        for record in &mut records {
            match record.kind.as_str() {
                "events" => record.fate = self.events(record, key, &mut rest, streams)?,
                "frame" => record.fate = self.frame(record, key, &mut rest, streams),
                _ => {}
            }
        }
        if (before.events, before.pictures, before.unreadable)
            == (self.done.events, self.done.pictures, self.done.unreadable)
        {
            return Ok(());
        }
        self.done.epochs += 1;
        for record in &mut records {
            match record.kind.as_str() {
                "tiles" => record.fate = tiles_left(record, key, &rest)?,
                "summary" => record.fate = summary_left(key, &rest)?,
                _ => {}
            }
        }
        self.write(epoch, &records)
    }

    /// All that is not forgotten of an epoch.
    fn records(&self, epoch: i64) -> Result<Vec<Record>, ReadError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT id, seq, kind, first, last, digest, sealed FROM record WHERE epoch = ?1 ORDER BY seq",
        )?;
        let rows = statement.query_map([epoch], |row| {
            Ok(Record {
                id: row.get(0)?,
                seq: row.get(1)?,
                kind: row.get(2)?,
                first: row.get::<_, Option<i64>>(3)?.unwrap_or_default(),
                last: row.get::<_, Option<i64>>(4)?.unwrap_or_default(),
                digest: row.get(5).ok(),
                sealed: row.get::<_, Option<Vec<u8>>>(6)?.unwrap_or_default(),
                fate: Fate::Stays,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn overlaps(&self, record: &Record) -> bool {
        record.first <= self.range.1.0 && record.last >= self.range.0.0
    }

    fn ended(&mut self, stream: Stream, at: Now, streams: &[(Stream, i64)]) {
        if streams.contains(&(stream, at.wall.0)) {
            self.ended.insert(stream);
        }
    }

    fn events(
        &mut self,
        record: &Record,
        key: &EpochKey,
        rest: &mut Rest,
        streams: &[(Stream, i64)],
    ) -> Result<Fate, ReadError> {
        let app = match self.pick {
            Pick::App(app) if self.overlaps(record) => Some(app),
            Pick::App(_) | Pick::Pictures => None,
        };
        let Ok(plain) = key.open_packed(&record.sealed) else {
            if app.is_none() {
                return Ok(Fate::Stays);
            }
            self.done.unreadable += 1;
            return Ok(Fate::Goes);
        };
        let mut left = SecretBuf::with_capacity(plain.len());
        let (mut first, mut last, mut changed) = (i64::MAX, i64::MIN, false);
        for line in plain.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice::<EventRead>(line) {
                Ok(event) => {
                    let (at, of) = at_and_app(&event);
                    if app.is_some_and(|app| of == Some(app)) && within(at.wall, self.range) {
                        self.done.events += 1;
                        self.ended(stream_of(&event), at, streams);
                        changed = true;
                        continue;
                    }
                    rest.event(&event);
                    (first, last) = (first.min(at.wall.0), last.max(at.wall.0));
                }
                Err(_) if app.is_some() => {
                    self.done.unreadable += 1;
                    changed = true;
                    continue;
                }
                Err(_) => {}
            }
            left.extend(line);
            left.extend(b"\n");
        }
        match changed {
            false => Ok(Fate::Stays),
            true if first > last => Ok(Fate::Goes),
            true => Ok(Fate::Becomes { sealed: key.public().seal_packed(left.as_slice())?, first, last }),
        }
    }

    fn frame(&mut self, record: &Record, key: &EpochKey, rest: &mut Rest, streams: &[(Stream, i64)]) -> Fate {
        let plain = key.open_packed(&record.sealed).ok();
        let frame = plain.and_then(|plain| serde_json::from_slice::<FrameRead>(&plain).ok());
        let Some(frame) = frame else {
            if !self.overlaps(record) {
                return Fate::Stays;
            }
            self.done.unreadable += 1;
            return Fate::Goes;
        };
        let picked = match self.pick {
            Pick::App(app) => frame.windows.iter().any(|window| window.app == *app),
            Pick::Pictures => true,
        };
        if !picked || !within(frame.at.wall, self.range) {
            rest.frame(&frame);
            return Fate::Stays;
        }
        self.done.pictures += 1;
        self.ended(Stream::Screen, frame.at, streams);
        Fate::Goes
    }

    fn write(&self, epoch: i64, records: &[Record]) -> Result<(), ReadError> {
        let data = |record: &&Record| ["events", "frame"].contains(&record.kind.as_str());
        if records.iter().filter(data).all(|record| matches!(record.fate, Fate::Goes)) {
            self.tx.execute("DELETE FROM epoch WHERE id = ?1", [epoch])?;
            return Ok(());
        }
        let mut chain = Rechain::new();
        for record in records {
            let Record { id, seq, kind, first, last, digest, sealed, fate } = record;
            let was = Link { epoch, seq: *seq, kind, first: *first, last: *last, sealed };
            let is = match fate {
                _ if kind == "gone" => {
                    chain.gone(*digest);
                    continue;
                }
                Fate::Goes => {
                    chain.gone(*digest);
                    self.tx.execute(
                        "UPDATE record SET kind = 'gone', first = NULL, last = NULL, sealed = NULL WHERE id = ?1",
                        [id],
                    )?;
                    continue;
                }
                Fate::Stays => was,
                Fate::Becomes { sealed, first, last } => Link { first: *first, last: *last, sealed, ..was },
            };
            let digest = chain.next(*digest, &was, &is);
            self.tx.execute(
                "UPDATE record SET first = ?2, last = ?3, sealed = ?4, digest = coalesce(?5, digest) WHERE id = ?1",
                params![id, is.first, is.last, is.sealed, digest],
            )?;
        }
        let head: Option<Hash> =
            self.tx.query_row("SELECT head FROM epoch WHERE id = ?1", [epoch], |row| Ok(row.get(0).ok()))?;
        self.tx.execute(
            "UPDATE epoch SET cut = 1, head = coalesce(?2, head),
             first = (SELECT min(first) FROM record WHERE epoch = ?1),
             last = (SELECT max(last) FROM record WHERE epoch = ?1) WHERE id = ?1",
            params![epoch, chain.head(head)],
        )?;
        Ok(())
    }
}

/// Of the tiles that a record holds, those that no picture which stays refers to become grey.
fn tiles_left(record: &Record, key: &EpochKey, rest: &Rest) -> Result<Fate, ReadError> {
    let Some(used) = rest.used.get(&record.seq) else { return Ok(Fate::Goes) };
    // What does not open stays damaged, and does not outlive its epoch's key.
    let Ok(mut ppm) = key.open_packed(&record.sealed) else { return Ok(Fate::Stays) };
    let Some(number) = tiles::tiles_of(&ppm).map(|body| body.len() / TILE) else { return Ok(Fate::Stays) };
    let unused: Vec<usize> = (0..number).filter(|index| !used.tiles.contains(&(*index as u64))).collect();
    if unused.is_empty() {
        return Ok(Fate::Stays);
    }
    let body = ppm.len() - number * TILE;
    for index in unused {
        ppm[body + index * TILE..][..TILE].fill(tiles::GREY);
    }
    Ok(Fate::Becomes { sealed: key.public().seal_packed(&ppm)?, first: used.first, last: used.first })
}

fn summary_left(key: &EpochKey, rest: &Rest) -> Result<Fate, ReadError> {
    let Some((from, to)) = rest.span else { return Ok(Fate::Goes) };
    let summary = rest.summary.clone().over(from, to);
    let mut line = SecretBuf::with_capacity(1024);
    line::write(&mut line, &summary).map_err(|_| seal::SealError)?;
    Ok(Fate::Becomes { sealed: key.public().seal_packed(line.as_slice())?, first: from, last: to })
}
