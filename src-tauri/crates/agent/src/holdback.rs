//! Where every datum waits, in memory, until policy clears or drops it.

use policy::{Boot, Candidate, Clear, Hold, Now, Policy, Wall, Withheld};
use std::collections::{BTreeMap, VecDeque};
use vault::{Item, Vault};

/// More than this is never held back; the oldest goes first, unstored.
const MAX_BYTES: usize = 96 << 20;

/// The candidates, oldest first, and a count of what was withheld.
#[derive(Default)]
pub struct HoldBack {
    pending: VecDeque<Candidate<Item>>,
    bytes: usize,
    /// By hold; none: by a window that may not be recorded.
    withheld: BTreeMap<Option<Hold>, u64>,
}

impl HoldBack {
    /// Takes a candidate in.
    pub fn push(&mut self, candidate: Candidate<Item>) {
        self.bytes += candidate.payload.size();
        self.pending.push_back(candidate);
        while self.bytes > MAX_BYTES {
            if let Some(oldest) = self.pending.pop_front() {
                self.bytes -= oldest.payload.size();
            }
        }
    }

    /// Asks policy about each candidate; stores what is cleared, drops what is not. Comes back with the date of the
    /// oldest that still waits.
    pub fn sweep(&mut self, policy: &mut Policy, vault: &mut Option<Vault>, now: Now) -> Option<Boot> {
        let mut oldest: Option<Boot> = None;
        for _ in 0..self.pending.len() {
            let Some(candidate) = self.pending.pop_front() else { break };
            let size = candidate.payload.size();
            match policy.clear(candidate, now) {
                Clear::Cleared(cleared) => {
                    self.bytes -= size;
                    // The vault tells of its own trouble by itself; what it does not take is gone.
                    if let Some(vault) = vault {
                        let _ = vault.append(cleared);
                    }
                }
                Clear::Wait(candidate, _) => {
                    oldest = Some(oldest.map_or(candidate.at, |at| at.min(candidate.at)));
                    self.pending.push_back(candidate);
                }
                Clear::Dropped(why) => {
                    self.bytes -= size;
                    self.count(why);
                }
            }
        }
        oldest
    }

    /// Drops everything dated in this range, both ends included.
    pub fn forget(&mut self, from: Wall, to: Wall) {
        self.pending.retain(|c| {
            let at = c.payload.at().wall;
            at < from || at > to
        });
        self.bytes = self.pending.iter().map(|c| c.payload.size()).sum();
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
