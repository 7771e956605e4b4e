//! The writer's handle, for the agent's loop: nothing here waits for the disk, except opening and closing.

use crate::error::{AppendError, OpenError, Trouble};
use crate::item::Item;
use crate::log::Entry;
use crate::queue::{Command, Queue};
use crate::schema;
use crate::seal::PublicKey;
use crate::store::Store;
use crate::writer::{Limits, Shared, Writer};
use policy::{Candidate, Cleared, Now, Stream, Wall};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

/// Names a request, so that its completion can be told. Chosen by the caller; the vault only hands it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What the writer thread reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Data of this stream are committed up to and including this instant.
    Stored {
        /// The stream.
        stream: Stream,
        /// Time of its newest committed datum.
        last: Now,
    },
    /// Nothing can be stored at present; nothing committed is lost. Said once, until [`Note::Recovered`]; the writer
    /// keeps trying, requests wait, further items are refused.
    Unavailable(Trouble),
    /// Storing goes on.
    Recovered,
    /// The request is done and on the disk.
    Done(Ticket),
    /// The request cannot be done and will not be tried again.
    Failed(Ticket, Trouble),
}

/// The sealed storage, as seen by the process that writes it. It holds public keys only and opens nothing.
#[derive(Debug)]
pub struct Vault {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    limits: Limits,
    consent: Option<String>,
    thread: Option<JoinHandle<()>>,
}

fn clock() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Vault {
    /// Opens the vault in `dir`, making it if there is none, and starts the writer thread. `notify` is called from that
    /// thread and must not block; a `tokio` unbounded sender does.
    ///
    /// # Errors
    /// See [`OpenError`]; the vault is left untouched.
    pub fn open(dir: &Path, now: Now, notify: impl Fn(Note) + Send + 'static) -> Result<Vault, OpenError> {
        Vault::with_limits(dir, now, Limits::default(), notify)
    }

    pub(crate) fn with_limits(
        dir: &Path,
        now: Now,
        limits: Limits,
        notify: impl Fn(Note) + Send + 'static,
    ) -> Result<Vault, OpenError> {
        let mut store = Store::new(schema::create(dir, now.wall.0)?, dir);
        let unusable = |trouble: Trouble| OpenError::Io(std::io::Error::other(trouble));
        store.close_left_open().map_err(unusable)?;
        let master = store.recipient().map_err(unusable)?;
        let master = match master {
            None => None,
            Some(text) => {
                let damaged = || OpenError::Damaged("its recipient is not an age recipient".into());
                Some(PublicKey::parse(&text).ok_or_else(damaged)?)
            }
        };
        let consent = store.consent().map_err(unusable)?;
        let shared = Arc::new(Shared::new(&store, master.as_ref()).map_err(unusable)?);
        let queue = Arc::new(Queue::default());
        let writer = Writer::new(store, master, limits, Arc::clone(&shared), Arc::clone(&queue), Box::new(notify));
        let thread = std::thread::Builder::new().name("vault-writer".into()).spawn(move || writer.run())?;
        Ok(Vault { shared, queue, limits, consent, thread: Some(thread) })
    }

    /// Takes a cleared datum, to be sealed and committed within five seconds.
    ///
    /// # Errors
    /// See [`AppendError`]; the datum is wiped.
    pub fn append(&mut self, cleared: Cleared<'_, Item>) -> Result<(), AppendError> {
        self.append_candidate(cleared.into_candidate())
    }

    pub(crate) fn append_candidate(&mut self, candidate: Candidate<Item>) -> Result<(), AppendError> {
        if self.recipient().is_none() {
            return Err(AppendError::NoRecipient);
        }
        if self.shared.down.load(Ordering::Acquire) {
            return Err(AppendError::Unavailable);
        }
        let taken = self.queue.push_item(candidate.payload, self.limits.queue_bytes);
        if taken { Ok(()) } else { Err(AppendError::Overloaded) }
    }

    /// The master's public key to which epochs are sealed; nothing before consent.
    #[must_use]
    pub fn recipient(&self) -> Option<String> {
        self.shared.recipient()
    }

    /// Takes the recipient on disk for the one to seal to, provided it is exactly `recipient`: to be called with what
    /// the reader has verified against the keyring, at first consent, after a rotation, and after
    /// [`Trouble::RecipientChanged`]. Answered by [`Note::Done`] once storing goes on, or [`Note::Failed`] if the disk says otherwise.
    pub fn adopt_recipient(&mut self, recipient: impl Into<String>, ticket: Ticket) {
        self.queue.push(Command::Adopt { recipient: recipient.into(), ticket });
    }

    /// Seals and commits all that was taken so far, and brings it safely onto the disk.
    pub fn sync(&mut self, ticket: Ticket) {
        self.queue.push(Command::Sync(ticket));
    }

    /// Forgets what lies in a range (both ends included), whether it is stored or still waits; enters it in the log
    /// (`how`: a word or two, such as `panic hotkey`). Done when the write-ahead log holds no trace either. An item
    /// handed in later is not affected, whatever its time.
    pub fn forget(&mut self, range: (Wall, Wall), how: impl Into<String>, ticket: Ticket) {
        self.queue.purge(range);
        self.queue.push(Command::Forget { range, how: how.into(), at: clock(), ticket });
    }

    /// Forgets everything that was recorded. The log and the consent receipts stay.
    pub fn erase_everything(&mut self, ticket: Ticket) {
        self.queue.purge((Wall(i64::MIN), Wall(i64::MAX)));
        self.queue.push(Command::Erase { at: clock(), ticket });
    }

    /// Deletes the oldest minutes: those that ended before a time, and as many more as it takes for the rest to fit into
    /// `most` bytes. What goes is entered in the log as `retention`; where nothing goes, nothing is entered.
    pub fn retain(&mut self, before: Wall, most: u64, ticket: Ticket) {
        self.queue.push(Command::Retain { before, most, at: clock(), ticket });
    }

    /// Ends the minute being written, so that the reader can take it apart, and looks anew at what the reader changed.
    pub fn settle(&mut self, ticket: Ticket) {
        self.queue.push(Command::Settle(ticket));
    }

    /// When the oldest minute that is kept began; nothing if there is none.
    #[must_use]
    pub fn oldest(&self) -> Option<Wall> {
        let oldest = self.shared.oldest.load(Ordering::Acquire);
        (oldest != i64::MAX).then_some(Wall(oldest))
    }

    /// Appends an entry to the log. Consents and forgettings enter themselves.
    pub fn log(&mut self, entry: Entry, ticket: Ticket) {
        self.queue.push(Command::Log { at: clock(), entry, ticket });
    }

    /// Stores a consent receipt (JSON, ISO/IEC TS 27560 field names) and its log entry. Any earlier consent ends.
    pub fn put_consent(&mut self, receipt: impl Into<String>, ticket: Ticket) {
        let receipt = receipt.into();
        self.consent = Some(receipt.clone());
        self.queue.push(Command::PutConsent { at: clock(), receipt, ticket });
    }

    /// Withdraws the consent that stands and enters it in the log.
    pub fn withdraw_consent(&mut self, ticket: Ticket) {
        self.consent = None;
        self.queue.push(Command::WithdrawConsent { at: clock(), ticket });
    }

    /// The receipt that stands, as last put here; act on it only once its ticket is done.
    #[must_use]
    pub fn current_consent(&self) -> Option<&str> {
        self.consent.as_deref()
    }

    /// Adds seconds withheld on account of a category (a pack's name, never an app's) on a local date, `YYYY-MM-DD`. Kept
    /// as one total per day, sealed.
    pub fn note_withheld(&mut self, day: &str, category: &str, seconds: u64) {
        self.queue.push(Command::Withheld { day: day.to_owned(), category: category.to_owned(), seconds });
    }

    /// Time of the newest stored datum of a stream, of earlier runs too; nothing if there is none or it was forgotten.
    #[must_use]
    pub fn last_stored(&self, stream: Stream) -> Option<Wall> {
        self.shared.last_stored(stream)
    }

    /// Bytes on disk, as of the last commit.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.shared.size.load(Ordering::Acquire)
    }

    /// Whether something was forgotten that the next rotation of the master will put out of reach of earlier copies.
    #[must_use]
    pub fn rotation_due(&self) -> bool {
        self.shared.rotation_due.load(Ordering::Acquire)
    }

    /// Commits what waits, ends the epoch and the thread. Dropping does the same.
    pub fn close(self) {
        drop(self);
    }

    #[cfg(test)]
    pub(crate) fn exec(&self, sql: &str) {
        self.queue.push(Command::Exec(sql.into()));
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.queue.push(Command::Close);
        if let Some(thread) = self.thread.take() {
            // A panic over there has already been reported; there is nothing left to save.
            let _ = thread.join();
        }
    }
}
