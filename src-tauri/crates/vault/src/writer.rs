//! The writer thread: seals, commits, forgets. It alone waits for the disk.

use crate::epoch::{Batch, Day, Epoch};
use crate::error::Trouble;
use crate::item::Item;
use crate::queue::{Command, Queue, within};
use crate::seal::PublicKey;
use crate::store::Store;
use crate::vault::{Note, Ticket};
use policy::{Stream, Wall};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long and how much may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Events wait at most this long to be sealed.
    pub flush: Duration,
    /// An epoch ends at the latest after this long.
    pub epoch: Duration,
    /// After trouble, try again after this long.
    pub retry: Duration,
    /// A checkpoint that was busy is tried again after this long.
    pub truncate: Duration,
    /// At most this many bytes of items wait for the thread.
    pub queue_bytes: usize,
    /// At most this many bytes of items wait for the disk to come back.
    pub stalled_bytes: usize,
    /// Events are sealed at once when they reach this many bytes.
    pub event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            flush: Duration::from_secs(5),
            epoch: Duration::from_secs(60),
            retry: Duration::from_secs(2),
            truncate: Duration::from_millis(100),
            queue_bytes: 64 << 20,
            stalled_bytes: 8 << 20,
            event_bytes: 256 << 10,
        }
    }
}

/// What both threads see.
pub(crate) struct Shared {
    pub down: AtomicBool,
    pub size: AtomicU64,
    pub rotation_due: AtomicBool,
    /// Wall-clock milliseconds; `i64::MAX` while there is nothing.
    pub oldest: AtomicI64,
    recipient: Mutex<Option<String>>,
    last: Mutex<[Option<Wall>; 4]>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared { .. }")
    }
}

fn slot(stream: Stream) -> usize {
    match stream {
        Stream::Screen => 0,
        Stream::Keys => 1,
        Stream::Pointer => 2,
        Stream::Focus => 3,
    }
}

impl Shared {
    pub(crate) fn new(store: &Store, master: Option<&PublicKey>) -> Result<Shared, Trouble> {
        let shared = Shared {
            down: AtomicBool::new(false),
            size: AtomicU64::new(store.size()),
            rotation_due: AtomicBool::new(store.rotation_due()?),
            oldest: AtomicI64::new(i64::MAX),
            recipient: Mutex::new(master.map(PublicKey::to_string)),
            last: Mutex::new([None; 4]),
        };
        shared.read_last(store)?;
        Ok(shared)
    }

    fn read_last(&self, store: &Store) -> Result<(), Trouble> {
        for stream in Stream::ALL {
            let last = store.last_stored(stream)?;
            self.last.lock().unwrap_or_else(PoisonError::into_inner)[slot(stream)] = last;
        }
        self.oldest.store(store.oldest()?.map_or(i64::MAX, |Wall(at)| at), Ordering::Release);
        Ok(())
    }

    pub(crate) fn recipient(&self) -> Option<String> {
        self.recipient.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn last_stored(&self, stream: Stream) -> Option<Wall> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)[slot(stream)]
    }
}

pub(crate) struct Writer {
    store: Store,
    master: Option<PublicKey>,
    limits: Limits,
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    notify: Box<dyn Fn(Note) + Send>,
    epoch: Option<Epoch>,
    day: Option<Day>,
    /// Sealed, but the disk did not take it.
    unsaved: Option<Batch>,
    /// Not even sealed: there was no epoch to seal it to.
    stalled: VecDeque<Item>,
    stalled_bytes: usize,
    /// Requests not done yet, oldest first.
    requests: VecDeque<Command>,
    syncs: Vec<Ticket>,
    /// Forgettings that wait for the write-ahead log to be emptied.
    emptying: Vec<Ticket>,
    down: bool,
    flush_at: Option<Instant>,
    epoch_ends_at: Option<Instant>,
    retry_at: Option<Instant>,
    truncate_at: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(
        store: Store,
        master: Option<PublicKey>,
        limits: Limits,
        shared: Arc<Shared>,
        queue: Arc<Queue>,
        notify: Box<dyn Fn(Note) + Send>,
    ) -> Writer {
        Writer {
            store,
            master,
            limits,
            shared,
            queue,
            notify,
            epoch: None,
            day: None,
            unsaved: None,
            stalled: VecDeque::new(),
            stalled_bytes: 0,
            requests: VecDeque::new(),
            syncs: Vec::new(),
            emptying: Vec::new(),
            down: false,
            flush_at: None,
            epoch_ends_at: None,
            retry_at: None,
            // What an earlier run forgot may still stand in the write-ahead log.
            truncate_at: Some(Instant::now()),
        }
    }

    pub(crate) fn run(mut self) {
        loop {
            let deadline = if self.down {
                self.retry_at
            } else {
                [self.flush_at, self.epoch_ends_at, self.truncate_at].into_iter().flatten().min()
            };
            match self.queue.pop(deadline) {
                Some(Command::Close) => return self.close(),
                Some(command) => self.command(command),
                None => {}
            }
            let due = self.retry_at.is_none_or(|at| at <= Instant::now());
            if !self.down || due {
                self.turn();
            }
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Item(item) => self.item(item),
            Command::Withheld { day, category, seconds } => self.withheld(day, category, seconds),
            Command::Sync(ticket) => self.syncs.push(ticket),
            Command::Adopt { recipient, ticket } => self.adopt(&recipient, ticket),
            Command::Forget { range, .. } => {
                self.wipe(range);
                self.requests.push_back(command);
                self.retry_at = None;
            }
            Command::Erase { .. } => {
                self.wipe((Wall(i64::MIN), Wall(i64::MAX)));
                self.requests.push_back(command);
                self.retry_at = None;
            }
            Command::Log { .. }
            | Command::PutConsent { .. }
            | Command::WithdrawConsent { .. }
            | Command::Retain { .. }
            | Command::Settle(_) => {
                self.requests.push_back(command);
            }
            Command::Close => {}
            #[cfg(test)]
            Command::Exec(sql) => self.store.exec(&sql),
        }
    }

    fn turn(&mut self) {
        match self.work() {
            Ok(()) => self.retry_at = None,
            Err(trouble) => self.trouble(trouble),
        }
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.retry_at = Some(Instant::now() + self.limits.retry);
        if !self.down {
            self.down = true;
            self.shared.down.store(true, Ordering::Release);
            (self.notify)(Note::Unavailable(self.store.cause(trouble)));
        }
    }

    /// All that is due, in the order in which it must happen.
    fn work(&mut self) -> Result<(), Trouble> {
        while let Some(request) = self.requests.pop_front() {
            if let Err(trouble) = self.request(&request) {
                self.requests.push_front(request);
                return Err(trouble);
            }
        }
        self.drain()?;
        if self.down {
            // Nothing failed so far, but perhaps nothing was written either.
            self.store.make_durable()?;
            self.down = false;
            self.shared.down.store(false, Ordering::Release);
            (self.notify)(Note::Recovered);
        }
        let now = Instant::now();
        if self.epoch_ends_at.is_some_and(|at| at <= now) {
            self.end_epoch()?;
        }
        if !self.syncs.is_empty() || self.flush_at.is_some_and(|at| at <= now) {
            self.flush()?;
            self.store_day()?;
            self.store.make_durable()?;
            self.flush_at = None;
            for ticket in std::mem::take(&mut self.syncs) {
                (self.notify)(Note::Done(ticket));
            }
        }
        if self.truncate_at.is_some_and(|at| at <= now) {
            self.truncate()?;
        }
        Ok(())
    }

    fn truncate(&mut self) -> Result<(), Trouble> {
        if !self.store.truncate()? {
            self.truncate_at = Some(Instant::now() + self.limits.truncate);
            return Ok(());
        }
        self.truncate_at = None;
        self.shared.size.store(self.store.size(), Ordering::Release);
        for ticket in std::mem::take(&mut self.emptying) {
            (self.notify)(Note::Done(ticket));
        }
        Ok(())
    }

    /// Commits what the disk refused before.
    fn drain(&mut self) -> Result<(), Trouble> {
        self.save()?;
        while let Some(item) = self.stalled.pop_front() {
            self.stalled_bytes -= item.size();
            self.store_item(item)?;
        }
        Ok(())
    }

    fn save(&mut self) -> Result<(), Trouble> {
        let (Some(batch), Some(epoch)) = (&mut self.unsaved, &mut self.epoch) else {
            self.unsaved = None;
            return Ok(());
        };
        let stored: Vec<_> = batch.stored.iter().map(|(stream, at)| (*stream, at.wall)).collect();
        let tip = match self.store.commit(epoch.tip, &batch.rows, &stored, batch.close) {
            Ok(tip) => tip,
            Err(Trouble::Other(_)) if !self.store.exists(epoch.tip.epoch)? => {
                tracing::warn!("the epoch being written was deleted by another program; a new one begins");
                self.epoch = None;
                self.unsaved = None;
                self.epoch_ends_at = None;
                return Ok(());
            }
            Err(trouble) => return Err(trouble),
        };
        epoch.committed(tip, batch.cut.take());
        let closed = batch.close;
        for (stream, last) in std::mem::take(&mut batch.stored) {
            self.shared.oldest.fetch_min(last.wall.0, Ordering::AcqRel);
            self.shared.last.lock().unwrap_or_else(PoisonError::into_inner)[slot(stream)] = Some(last.wall);
            (self.notify)(Note::Stored { stream, last });
        }
        self.unsaved = None;
        if closed {
            self.epoch = None;
            self.epoch_ends_at = None;
        }
        self.shared.size.store(self.store.size(), Ordering::Release);
        self.flush_at.get_or_insert_with(|| Instant::now() + self.limits.flush);
        Ok(())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), Trouble> {
        if batch.rows.is_empty() && !batch.close {
            return Ok(());
        }
        self.unsaved = Some(batch);
        self.save()
    }

    fn flush(&mut self) -> Result<(), Trouble> {
        let batch = match &mut self.epoch {
            Some(epoch) if epoch.has_events() => epoch.seal_events()?,
            Some(_) | None => return Ok(()),
        };
        self.commit(batch)
    }

    fn end_epoch(&mut self) -> Result<(), Trouble> {
        self.epoch_ends_at = None;
        let Some(epoch) = &mut self.epoch else { return Ok(()) };
        let batch = epoch.seal_end()?;
        self.commit(batch)?;
        self.store_day()
    }

    fn item(&mut self, item: Item) {
        if self.down {
            self.stall(item);
        } else if let Err(trouble) = self.store_item(item) {
            self.trouble(trouble);
        }
    }

    fn stall(&mut self, item: Item) {
        if self.stalled_bytes + item.size() <= self.limits.stalled_bytes {
            self.stalled_bytes += item.size();
            self.stalled.push_back(item);
        }
    }

    /// An item that does not get as far as an epoch is stalled, at the front: it is the oldest.
    fn store_item(&mut self, item: Item) -> Result<(), Trouble> {
        let Some(master) = self.master.clone() else { return Ok(()) };
        let at = item.at();
        let ended = match &self.epoch {
            Some(epoch) if !epoch.takes(at) => self.end_epoch(),
            Some(_) | None => Ok(()),
        };
        let begun = ended.and_then(|()| match self.epoch.take() {
            Some(epoch) => Ok(epoch),
            None => {
                let epoch = Epoch::begin(&mut self.store, &master, at)?;
                self.epoch_ends_at = Some(Instant::now() + self.limits.epoch);
                Ok(epoch)
            }
        });
        let epoch = match begun {
            Ok(epoch) => self.epoch.insert(epoch),
            Err(trouble) => {
                self.stalled_bytes += item.size();
                self.stalled.push_front(item);
                return Err(trouble);
            }
        };
        let batch = epoch.take(item)?;
        let full = epoch.waiting_bytes() >= self.limits.event_bytes;
        self.flush_at.get_or_insert_with(|| Instant::now() + self.limits.flush);
        match batch {
            Some(batch) => self.commit(batch),
            None if full => self.flush(),
            None => Ok(()),
        }
    }

    fn withheld(&mut self, day: String, category: String, seconds: u64) {
        if self.day.as_ref().is_some_and(|d| d.day() != day) {
            if let Err(trouble) = self.store_day() {
                self.trouble(trouble);
            }
            self.day = None;
        }
        self.day.get_or_insert_with(|| Day::new(day)).add(category, seconds);
        self.flush_at.get_or_insert_with(|| Instant::now() + self.limits.flush);
    }

    fn store_day(&mut self) -> Result<(), Trouble> {
        match (&mut self.day, &self.master) {
            (Some(day), Some(master)) => day.store(&mut self.store, master),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    fn adopt(&mut self, expected: &str, ticket: Ticket) {
        let adopted = self.store.recipient().and_then(|found| match PublicKey::parse(expected) {
            Some(key) if found.as_deref() == Some(expected.trim()) => Ok(key),
            Some(_) | None => Err(Trouble::RecipientChanged),
        });
        match adopted {
            Ok(key) => {
                if self.master.as_ref() != Some(&key) && self.epoch.is_some() {
                    self.epoch_ends_at = Some(Instant::now());
                }
                *self.shared.recipient.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.to_string());
                self.master = Some(key);
                self.retry_at = None;
                if let Ok(due) = self.store.rotation_due() {
                    self.shared.rotation_due.store(due, Ordering::Release);
                }
                // Done when storing goes on, so that what is handed in after that is taken.
                self.syncs.push(ticket);
            }
            Err(trouble) => (self.notify)(Note::Failed(ticket, trouble)),
        }
    }

    /// Wipes what lies in a range and has not been stored. The current epoch ends if it is touched.
    fn wipe(&mut self, range: (Wall, Wall)) {
        self.stalled.retain(|item| !within(item.at().wall, range));
        if let Some(mut epoch) = self.epoch.take_if(|epoch| epoch.overlaps(range)) {
            self.unsaved = None;
            self.epoch_ends_at = None;
            for item in epoch.give_up_events(range).into_iter().rev() {
                self.stalled.push_front(item);
            }
        }
        self.stalled_bytes = self.stalled.iter().map(Item::size).sum();
    }

    fn request(&mut self, request: &Command) -> Result<(), Trouble> {
        match request {
            Command::Forget { range, how, at, ticket } => {
                self.store.forget(*range, how, *at)?;
                self.forgotten(*ticket)
            }
            Command::Erase { at, ticket } => {
                self.store.erase(*at)?;
                self.forgotten(*ticket)
            }
            Command::Retain { before, most, at, ticket } => {
                // One that has not ended and is all from before, as after a moved clock, ends now.
                if self.epoch.as_ref().is_some_and(|epoch| !epoch.overlaps((*before, Wall(i64::MAX)))) {
                    self.drain()?;
                    self.end_epoch()?;
                }
                if self.store.retain(*before, *most, *at)? {
                    return self.forgotten(*ticket);
                }
                (self.notify)(Note::Done(*ticket));
                Ok(())
            }
            Command::Settle(ticket) => {
                self.drain()?;
                self.end_epoch()?;
                self.refresh()?;
                self.syncs.push(*ticket);
                Ok(())
            }
            Command::Log { at, entry, ticket } => {
                self.store.log(*at, entry)?;
                (self.notify)(Note::Done(*ticket));
                Ok(())
            }
            Command::PutConsent { at, receipt, ticket } => {
                self.store.put_consent(*at, receipt)?;
                (self.notify)(Note::Done(*ticket));
                Ok(())
            }
            Command::WithdrawConsent { at, ticket } => {
                self.store.withdraw_consent(*at)?;
                (self.notify)(Note::Done(*ticket));
                Ok(())
            }
            Command::Item(_) | Command::Withheld { .. } | Command::Sync(_) | Command::Adopt { .. } => Ok(()),
            Command::Close => Ok(()),
            #[cfg(test)]
            Command::Exec(_) => Ok(()),
        }
    }

    /// Rows are gone; the write-ahead log is emptied next.
    fn forgotten(&mut self, ticket: Ticket) -> Result<(), Trouble> {
        if let Some(epoch) = self.day.as_ref().and_then(Day::epoch)
            && !self.store.exists(epoch)?
        {
            self.day = None;
        }
        self.refresh()?;
        self.emptying.push(ticket);
        self.truncate_at = Some(Instant::now());
        Ok(())
    }

    /// What stands in the database may be another program's word by now.
    fn refresh(&mut self) -> Result<(), Trouble> {
        self.shared.read_last(&self.store)?;
        self.shared.rotation_due.store(self.store.rotation_due()?, Ordering::Release);
        Ok(())
    }

    fn close(mut self) {
        if let Err(trouble) = self.work().and_then(|()| self.end_epoch()).and_then(|()| self.store_day()) {
            (self.notify)(Note::Unavailable(trouble));
            return;
        }
        if let Err(trouble) = self.store.make_durable() {
            (self.notify)(Note::Unavailable(trouble));
        }
    }
}
