//! Where every datum waits, in memory, until policy clears or drops it.

use policy::{Boot, Candidate, Clear, Hold, Now, Policy, Stream, Wall, Withheld};
use std::collections::{BTreeMap, VecDeque};
use vault::item::{FrameItem, KeyItem};
use vault::{Item, Vault};

/// More than this is never held back; the oldest goes first, unstored.
const MAX_BYTES: usize = 96 << 20;

/// The candidates, oldest first, and a count of what was withheld.
#[derive(Default)]
pub struct HoldBack {
    pending: VecDeque<Waiting>,
    bytes: usize,
    /// By hold; none: by a window that may not be recorded.
    withheld: BTreeMap<Option<Hold>, u64>,
    /// The newest picture that came in, and what became of it.
    newest: Option<(u64, Fate)>,
    /// A hold or a window took a picture that waited, and no other was asked for yet.
    pub lost_picture: bool,
}

struct Waiting {
    number: u64,
    candidate: Candidate<Item>,
}

/// What has become of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is here.
    Waits,
    /// It was cleared and handed to the vault.
    Stored,
    /// It is gone.
    Dropped,
}

impl HoldBack {
    /// Takes a candidate in; each has a number of its own.
    pub fn push(&mut self, number: u64, candidate: Candidate<Item>) {
        self.bytes += candidate.payload.size();
        if candidate.stream == Stream::Screen {
            self.newest = Some((number, Fate::Waits));
        }
        self.pending.push_back(Waiting { number, candidate });
        while self.bytes > MAX_BYTES {
            if let Some(oldest) = self.pending.pop_front() {
                self.bytes -= oldest.candidate.payload.size();
                self.became(oldest.number, Fate::Dropped);
            }
        }
    }

    /// Asks policy about each candidate; stores what is cleared, drops what is not. Comes back with the date of the
    /// oldest that still waits.
    pub fn sweep(&mut self, policy: &mut Policy, vault: &mut Option<Vault>, now: Now) -> Option<Boot> {
        let mut oldest: Option<Boot> = None;
        for _ in 0..self.pending.len() {
            let Some(Waiting { number, candidate }) = self.pending.pop_front() else { break };
            let size = candidate.payload.size();
            let picture = candidate.stream == Stream::Screen;
            match policy.clear(candidate, now) {
                Clear::Cleared(cleared) => {
                    self.bytes -= size;
                    self.became(number, Fate::Stored);
                    // The vault tells of its own trouble by itself; what it does not take is gone.
                    if let Some(vault) = vault {
                        let _ = vault.append(cleared);
                    }
                }
                Clear::Wait(candidate, _) => {
                    oldest = Some(oldest.map_or(candidate.at, |at| at.min(candidate.at)));
                    self.pending.push_back(Waiting { number, candidate });
                }
                Clear::Dropped(why) => {
                    self.bytes -= size;
                    self.lost_picture |= picture && why != Withheld::Stream;
                    self.became(number, Fate::Dropped);
                    self.count(why);
                }
            }
        }
        oldest
    }

    /// Drops everything dated in this range, both ends included.
    pub fn forget(&mut self, from: Wall, to: Wall) {
        self.remove(|waiting| {
            let at = waiting.candidate.payload.at().wall;
            from <= at && at <= to
        });
    }

    /// The number and fate of the newest picture that came in.
    pub fn newest(&self) -> Option<(u64, Fate)> {
        self.newest
    }

    /// A picture that waits.
    pub fn picture(&self, number: u64) -> Option<&FrameItem> {
        self.pending.iter().find(|w| w.number == number).and_then(|w| match &w.candidate.payload {
            Item::Frame(frame) => Some(frame),
            Item::Key(_) | Item::Pointer(_) | Item::Focus(_) => None,
        })
    }

    /// The keys that wait, oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyItem> {
        self.pending.iter().filter_map(|w| match &w.candidate.payload {
            Item::Key(key) => Some(key),
            Item::Frame(_) | Item::Pointer(_) | Item::Focus(_) => None,
        })
    }

    /// Drops a picture; whether it was here.
    pub fn drop_picture(&mut self, number: u64) -> bool {
        self.remove(|waiting| waiting.number == number) > 0
    }

    /// Drops the keys dated in this range, both ends included; how many there were.
    pub fn drop_keys(&mut self, from: Wall, to: Wall) -> usize {
        self.remove(|waiting| {
            let at = waiting.candidate.payload.at().wall;
            waiting.candidate.stream == Stream::Keys && from <= at && at <= to
        })
    }

    /// Drops what is named, which wipes it.
    fn remove(&mut self, gone: impl Fn(&Waiting) -> bool) -> usize {
        let before = self.pending.len();
        let mut newest = self.newest;
        self.pending.retain(|waiting| {
            let goes = gone(waiting);
            if goes && newest.is_some_and(|(number, _)| number == waiting.number) {
                newest = Some((waiting.number, Fate::Dropped));
            }
            !goes
        });
        self.newest = newest;
        self.bytes = self.pending.iter().map(|w| w.candidate.payload.size()).sum();
        before - self.pending.len()
    }

    fn became(&mut self, number: u64, fate: Fate) {
        if self.newest.is_some_and(|(newest, _)| newest == number) {
            self.newest = Some((number, fate));
        }
    }

    /// Counts a datum that was not even taken in, because of a hold.
    pub fn withheld(&mut self, hold: Hold) {
        self.add(Some(hold));
    }

    fn add(&mut self, why: Option<Hold>) {
        *self.withheld.entry(why).or_default() += 1;
    }

    /// How many data each hold withheld, and windows without one.
    pub fn counts(&self) -> impl Iterator<Item = (Option<Hold>, u64)> {
        self.withheld.iter().map(|(h, n)| (*h, *n))
    }

    fn count(&mut self, why: Withheld) {
        match why {
            Withheld::Hold(hold) => self.add(Some(hold)),
            Withheld::Window => self.add(None),
            Withheld::Stream => self.add(Some(Hold::NotConsented)),
        }
    }
}
