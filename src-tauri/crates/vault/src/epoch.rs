//! The epoch being written: at most a minute of recording under one key, whose private half is already forgotten.

use crate::error::Trouble;
use crate::item::{FrameItem, Item};
use crate::line::{self, EventLine, FrameLine, Summary, WithheldDay};
use crate::queue::within;
use crate::schema::EPOCH_SPAN;
use crate::seal::{self, PublicKey, SealError};
use crate::secret::SecretBuf;
use crate::store::{Row, Store, Tip};
use crate::tiles::{Cut, Known, LARGEST_FRAME};
use policy::{Boot, Now, Stream, Wall};

/// Records that are to be committed together.
#[derive(Default)]
pub(crate) struct Batch {
    pub rows: Vec<Row>,
    /// The newest datum of each stream in it.
    pub stored: Vec<(Stream, Now)>,
    /// What the tile look-up learns once it is committed.
    pub cut: Option<Cut>,
    /// The epoch ends with it.
    pub close: bool,
}

/// The epoch being written.
pub(crate) struct Epoch {
    pub tip: Tip,
    public: PublicKey,
    known: Known,
    started: Boot,
    span: Option<(Wall, Wall)>,
    events: Vec<Item>,
    bytes: usize,
    summary: Summary,
}

impl From<SealError> for Trouble {
    fn from(error: SealError) -> Trouble {
        Trouble::Other(error.to_string())
    }
}

impl Epoch {
    /// Makes a key pair, stores its private half sealed to `master` and forgets it.
    pub(crate) fn begin(store: &mut Store, master: &PublicKey, at: Now) -> Result<Epoch, Trouble> {
        let (public, sealed_key) = seal::fresh_key(master)?;
        let tip = store.begin_epoch(master, None, &public, &sealed_key)?;
        Ok(Epoch {
            tip,
            public,
            known: Known::new()?,
            started: at.boot,
            span: None,
            events: Vec::new(),
            bytes: 0,
            summary: Summary::default(),
        })
    }

    /// Whether a datum of this time still belongs to this epoch.
    pub(crate) fn takes(&self, at: Now) -> bool {
        let (from, to) = self.span.unwrap_or((at.wall, at.wall));
        let span = to.0.max(at.wall.0).saturating_sub(from.0.min(at.wall.0));
        at.boot.since(self.started) < EPOCH_SPAN.unsigned_abs() && span < EPOCH_SPAN
    }

    /// Whether anything of this epoch, stored or not, lies in a range.
    pub(crate) fn overlaps(&self, range: (Wall, Wall)) -> bool {
        self.span.is_some_and(|(from, to)| from <= range.1 && to >= range.0)
    }

    /// Whether events wait to be sealed.
    pub(crate) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// Bytes of the events that wait.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.bytes
    }

    /// Gives up the events that wait and do not lie in `range`; wipes the others.
    pub(crate) fn give_up_events(&mut self, range: (Wall, Wall)) -> Vec<Item> {
        self.bytes = 0;
        let mut events = std::mem::take(&mut self.events);
        events.retain(|item| !within(item.at().wall, range));
        events
    }

    fn note(&mut self, item: &Item) {
        let wall = item.at().wall;
        let (from, to) = self.span.unwrap_or((wall, wall));
        self.span = Some((from.min(wall), to.max(wall)));
        match item {
            Item::Frame(frame) => {
                self.summary.frames += 1;
                for window in &frame.shown {
                    count(&mut self.summary, &window.app);
                }
            }
            Item::Key(key) => {
                self.summary.keys += 1;
                count(&mut self.summary, &key.app);
            }
            Item::Pointer(pointer) => {
                self.summary.pointer += 1;
                if let Some(app) = &pointer.app {
                    count(&mut self.summary, app);
                }
            }
            Item::Focus(focus) => {
                self.summary.focus += 1;
                count(&mut self.summary, &focus.app);
            }
        }
    }

    /// Takes a datum. A frame comes back as a batch to be committed now; an event waits for [`Epoch::seal_events`].
    pub(crate) fn take(&mut self, item: Item) -> Result<Option<Batch>, Trouble> {
        if let Item::Frame(frame) = &item {
            let Some(batch) = self.seal_frame(frame)? else { return Ok(None) };
            self.note(&item);
            return Ok(Some(batch));
        }
        self.note(&item);
        self.bytes += item.size();
        self.events.push(item);
        Ok(None)
    }

    /// Nothing for a frame that is not what it says; it is dropped.
    fn seal_frame(&self, frame: &FrameItem) -> Result<Option<Batch>, Trouble> {
        let pixels = u64::from(frame.width) * u64::from(frame.height);
        if pixels == 0 || pixels > LARGEST_FRAME {
            tracing::warn!("a frame of an impossible size was dropped");
            return Ok(None);
        }
        let cut = match self.known.cut(&frame.pixels, self.tip.count + 1) {
            Ok(cut) if frame.pixels.size() == (frame.width, frame.height) => Some(cut),
            Ok(_) | Err(_) => None,
        };
        let Some(mut cut) = cut else {
            tracing::warn!("a frame that does not unpack to its size was dropped");
            return Ok(None);
        };
        let wall = frame.at.wall.0;
        let mut rows = Vec::with_capacity(2);
        if let Some(fresh) = cut.fresh.take() {
            let sealed = self.public.seal_packed(&fresh)?;
            rows.push(Row { kind: "tiles", first: wall, last: wall, sealed });
        }
        let mut line = SecretBuf::with_capacity(1024);
        line::write(&mut line, &FrameLine::new(frame, &cut.runs)).map_err(unwritable)?;
        let sealed = self.public.seal_packed(line.as_slice())?;
        rows.push(Row { kind: "frame", first: wall, last: wall, sealed });
        Ok(Some(Batch { rows, stored: vec![(Stream::Screen, frame.at)], cut: Some(cut), close: false }))
    }

    /// Seals the events that wait as one record.
    pub(crate) fn seal_events(&mut self) -> Result<Batch, Trouble> {
        let mut batch = Batch::default();
        if self.events.is_empty() {
            return Ok(batch);
        }
        let mut lines = SecretBuf::with_capacity(2 * self.bytes);
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        for item in &self.events {
            let at = item.at();
            first = first.min(at.wall.0);
            last = last.max(at.wall.0);
            let event = match item {
                Item::Key(key) => EventLine::Keys(key),
                Item::Pointer(pointer) => EventLine::Pointer(pointer),
                Item::Focus(focus) => EventLine::Focus(focus),
                Item::Frame(_) => continue,
            };
            line::write(&mut lines, &event).map_err(unwritable)?;
            newest(&mut batch.stored, item.stream(), at);
        }
        let sealed = self.public.seal_packed(lines.as_slice())?;
        batch.rows.push(Row { kind: "events", first, last, sealed });
        self.events.clear();
        self.bytes = 0;
        Ok(batch)
    }

    /// Seals what waits and the summary: the last batch of this epoch.
    pub(crate) fn seal_end(&mut self) -> Result<Batch, Trouble> {
        let mut batch = self.seal_events()?;
        batch.close = true;
        let Some((Wall(from), Wall(to))) = self.span else { return Ok(batch) };
        let summary = self.summary.clone().over(from, to);
        let mut line = SecretBuf::with_capacity(1024);
        line::write(&mut line, &summary).map_err(unwritable)?;
        let sealed = self.public.seal_packed(line.as_slice())?;
        batch.rows.push(Row { kind: "summary", first: from, last: to, sealed });
        Ok(batch)
    }

    /// The batch has been committed.
    pub(crate) fn committed(&mut self, tip: Tip, cut: Option<Cut>) {
        self.tip = tip;
        if let Some(cut) = cut {
            self.known.learn(cut);
        }
    }
}

fn unwritable(_: serde_json::Error) -> Trouble {
    Trouble::Other("a record cannot be written as JSON".into())
}

/// One more datum of an app.
pub(crate) fn count(summary: &mut Summary, app: &str) {
    if let Some(n) = summary.apps.get_mut(app) {
        *n += 1;
    } else {
        summary.apps.insert(app.to_owned(), 1);
    }
}

fn newest(stored: &mut Vec<(Stream, Now)>, stream: Stream, at: Now) {
    match stored.iter_mut().find(|(s, _)| *s == stream) {
        Some((_, last)) if last.boot >= at.boot => {}
        Some((_, last)) => *last = at,
        None => stored.push((stream, at)),
    }
}

/// Seconds withheld today: one sealed record that each newer total replaces, so that no finer times remain.
pub(crate) struct Day {
    totals: WithheldDay,
    sealed_to: Option<(Tip, PublicKey)>,
    dirty: bool,
}

impl Day {
    pub(crate) fn new(day: String) -> Day {
        Day { totals: WithheldDay { day, ..WithheldDay::default() }, sealed_to: None, dirty: false }
    }

    pub(crate) fn day(&self) -> &str {
        &self.totals.day
    }

    pub(crate) fn epoch(&self) -> Option<i64> {
        self.sealed_to.as_ref().map(|(tip, _)| tip.epoch)
    }

    pub(crate) fn add(&mut self, category: String, seconds: u64) {
        *self.totals.seconds.entry(category).or_default() += seconds;
        self.dirty = true;
    }

    /// Stores the totals if they have changed.
    pub(crate) fn store(&mut self, store: &mut Store, master: &PublicKey) -> Result<(), Trouble> {
        let Some((first, last)) = bounds(&self.totals.day).filter(|_| self.dirty) else { return Ok(()) };
        let (tip, public) = match &self.sealed_to {
            Some(sealed_to) => sealed_to,
            None => {
                let (public, sealed_key) = seal::fresh_key(master)?;
                let tip = store.begin_epoch(master, Some(&self.totals.day), &public, &sealed_key)?;
                self.sealed_to.insert((tip, public))
            }
        };
        let mut line = SecretBuf::with_capacity(1024);
        line::write(&mut line, &self.totals).map_err(unwritable)?;
        let sealed = public.seal_packed(line.as_slice())?;
        store.put_day(*tip, &Row { kind: "withheld", first, last, sealed })?;
        self.dirty = false;
        Ok(())
    }
}

/// First and last millisecond of a date `YYYY-MM-DD`, as if it were UTC's: when it was is not told more exactly.
pub(crate) fn bounds(day: &str) -> Option<(i64, i64)> {
    let mut parts = day.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    // Days since 1970 by Howard Hinnant's `days_from_civil`.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let of_era = year.rem_euclid(400) * 365 + year.rem_euclid(400) / 4 - year.rem_euclid(400) / 100 + of_year;
    let days = year.div_euclid(400) * 146_097 + of_era - 719_468;
    Some((days * 86_400_000, (days + 1) * 86_400_000 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_bounds() {
        assert_eq!(bounds("1970-01-01"), Some((0, 86_399_999)));
        assert_eq!(bounds("2024-02-29").unwrap().0, 1_709_164_800_000);
        assert_eq!(bounds("2026-11-24").unwrap().0, 1_795_478_400_000);
        for bad in ["", "2026", "2026-13-01", "x-y-z", "2026-01-00"] {
            assert_eq!(bounds(bad), None, "{bad}");
        }
    }
}
