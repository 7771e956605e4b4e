//! Where every datum waits, in memory, until policy clears or drops it.

use policy::{Boot, Candidate, Clear, Hold, Now, Policy, Stream, Wall, Withheld};
use std::collections::{BTreeMap, VecDeque};
use vault::item::{FrameItem, KeyItem};
use vault::{AppendError, Item, Vault};

/// Bytes of pictures that wait at most.
const MOST_PICTURES: usize = 96 << 20;
/// Bytes of all else that waits at most. A person does not type so much within a minute; a program may.
const MOST_EVENTS: usize = 8 << 20;

/// The candidates, oldest first, and a count of what was withheld.
#[derive(Default)]
pub struct HoldBack {
    pending: VecDeque<Waiting>,
    /// Bytes of what waits, pictures not counted: what one takes depends on the one before.
    events: usize,
    /// When something was left out for want of memory, last.
    pub left_out: Option<Boot>,
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

impl Waiting {
    fn picture(&self) -> Option<&FrameItem> {
        match &self.candidate.payload {
            Item::Frame(frame) => Some(frame),
            Item::Key(_) | Item::Pointer(_) | Item::Focus(_) => None,
        }
    }

    /// Its part of [`HoldBack::events`].
    fn event_bytes(&self) -> usize {
        if self.picture().is_some() { 0 } else { self.candidate.payload.size() }
    }
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
    /// Takes a candidate in, if there is memory for it; each has a number of its own.
    pub fn push(&mut self, number: u64, candidate: Candidate<Item>, now: Boot) {
        let waiting = Waiting { number, candidate };
        let bytes = waiting.event_bytes();
        if self.events + bytes > MOST_EVENTS {
            self.left_out = Some(now);
            return;
        }
        self.events += bytes;
        let picture = waiting.picture().is_some();
        self.pending.push_back(waiting);
        if picture {
            self.newest = Some((number, Fate::Waits));
            self.make_room(now);
        }
    }

    /// Drops pictures until the rest fit, first those just before the newest, which is what is on the screen. The oldest
    /// stays: if it went, none would ever have waited its time.
    fn make_room(&mut self, now: Boot) {
        while self.picture_bytes() > MOST_PICTURES {
            let pictures: Vec<usize> =
                (0..self.pending.len()).filter(|n| self.pending[*n].picture().is_some()).collect();
            let ([_, .., gone, _] | [.., gone]) = pictures[..] else { return };
            let Some(gone) = self.pending.remove(gone) else { return };
            self.became(gone.number, Fate::Dropped);
            self.left_out = Some(now);
        }
    }

    /// A band that did not change is in one picture after the other, and in memory once; so each is counted beside the one
    /// that waits before it, whichever that is by now.
    fn picture_bytes(&self) -> usize {
        let mut before = None;
        let waiting = self.pending.iter().filter_map(|w| Some((w.picture()?, w.candidate.payload.size())));
        waiting
            .map(|(frame, size)| {
                let before = before.replace(&frame.pixels);
                size - frame.pixels.bytes() + frame.pixels.bytes_beside(before)
            })
            .sum()
    }

    /// Asks policy about each candidate; stores what is cleared, drops what is not. Comes back with the date of the
    /// oldest that still waits.
    pub fn sweep(&mut self, policy: &mut Policy, vault: &mut Option<Vault>, now: Now) -> Option<Boot> {
        let mut oldest: Option<Boot> = None;
        for _ in 0..self.pending.len() {
            let Some(waiting) = self.pending.pop_front() else { break };
            let bytes = waiting.event_bytes();
            let Waiting { number, candidate } = waiting;
            let picture = candidate.stream == Stream::Screen;
            match policy.clear(candidate, now) {
                Clear::Cleared(cleared) => {
                    self.events -= bytes;
                    self.became(number, Fate::Stored);
                    // What the vault does not take is gone. It tells of its other troubles by itself.
                    if let Some(vault) = vault
                        && vault.append(cleared) == Err(AppendError::Overloaded)
                    {
                        self.left_out = Some(now.boot);
                    }
                }
                Clear::Wait(candidate, _) => {
                    oldest = Some(oldest.map_or(candidate.at, |at| at.min(candidate.at)));
                    self.pending.push_back(Waiting { number, candidate });
                }
                Clear::Dropped(why) => {
                    self.events -= bytes;
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
        self.pending.iter().find(|w| w.number == number).and_then(Waiting::picture)
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
        self.events = self.pending.iter().map(Waiting::event_bytes).sum();
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

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Focus, Input, KeyLevel, Presence, Recipient, Sensor, Streams, VaultState};
    use vault::bands::Packer;
    use vault::item::KeyKind;

    const HOLD_BACK: u64 = 3000;
    /// Of noise, which takes what it takes.
    const PICTURE: (u32, u32) = (2048, 1024);
    const PICTURE_BYTES: usize = 8 << 20;
    /// More of them than may wait.
    const MANY: usize = MOST_PICTURES / PICTURE_BYTES + 8;

    /// A hold-back while everything is recorded.
    struct Bench {
        holdback: HoldBack,
        policy: Policy,
        packer: Packer,
        noise: Vec<u8>,
        number: u64,
        now: Now,
    }

    fn bench() -> Bench {
        let now = Now { boot: Boot(1_000_000), wall: Wall(1_795_500_000_000) };
        let mut policy = Policy::new(HOLD_BACK, None, now);
        let streams = Streams { screen: true, keys: KeyLevel::Text, pointer: true, focus: true };
        for input in [
            Input::Zone(jiff::tz::TimeZone::UTC),
            Input::Consent(Some(streams)),
            Input::Pill(true),
            Input::Presence(Presence::Here),
            Input::Vault(VaultState::Ready),
            Input::Recipient(Recipient::Verified),
            Input::Focus(Focus::Nothing),
        ] {
            policy.handle(now.boot, input, now);
        }
        let mut seed = 1_u64;
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 56) as u8
        });
        let noise = noise.take(PICTURE_BYTES).collect();
        let packer = Packer::new().expect("a packer");
        let mut bench = Bench { holdback: HoldBack::default(), policy, packer, noise, number: 0, now };
        // The sensors' first word ends their silence, which lingers.
        bench.wait(0);
        bench.wait(10_000);
        assert_eq!(bench.policy.state(), policy::State::Recording);
        bench
    }

    impl Bench {
        fn push(&mut self, payload: Item) -> u64 {
            self.number += 1;
            let at = self.now.boot;
            let candidate = Candidate { stream: payload.stream(), at, until: at, windows: Vec::new(), payload };
            self.holdback.push(self.number, candidate, at);
            self.number
        }

        /// A picture of which all has changed, or nothing.
        fn picture(&mut self, changed: bool) -> u64 {
            let pixels = self.packer.pack(&self.noise, PICTURE, &|_, _, _, _| changed).expect("packed");
            let (width, height) = PICTURE;
            self.push(Item::Frame(FrameItem { at: self.now, width, height, pixels, shown: Vec::new() }))
        }

        fn pictures(&mut self, changed: bool) -> Vec<u64> {
            (0..MANY).map(|_| self.picture(changed)).collect()
        }

        fn key(&mut self, bytes: usize) {
            let kind = KeyKind::Text("x".repeat(bytes));
            self.push(Item::Key(KeyItem { at: self.now, app: "Notes".into(), title: None, kind }));
        }

        fn waits(&self, number: u64) -> bool {
            self.holdback.picture(number).is_some()
        }

        /// Bytes of pictures that have nothing in common.
        fn bytes(&self) -> usize {
            self.holdback.pending.iter().filter_map(Waiting::picture).map(|frame| frame.pixels.bytes()).sum()
        }

        fn all(&self) -> usize {
            self.holdback.pending.len()
        }

        /// So much time passes, and every sensor has told all of it.
        fn wait(&mut self, ms: u64) {
            self.now.boot = self.now.boot.plus(ms);
            self.now.wall.0 += i64::try_from(ms).expect("not long");
            self.policy.handle_timeout(self.now);
            for sensor in [Sensor::Display, Sensor::Access, Sensor::Sites, Sensor::Tray] {
                self.policy.handle(self.now.boot, Input::UpTo(sensor, self.now.boot), self.now);
            }
            self.holdback.sweep(&mut self.policy, &mut None, self.now);
        }
    }

    #[test]
    fn a_picture_that_stays_the_same_waits_as_often_as_it_is_taken() {
        let mut bench = bench();
        let numbers = bench.pictures(false);
        assert!(numbers.iter().all(|number| bench.waits(*number)));
        assert_eq!(bench.holdback.left_out, None);
    }

    #[test]
    fn pictures_that_differ_take_no_more_than_they_may_and_the_oldest_and_the_newest_are_among_them() {
        let mut bench = bench();
        let numbers = bench.pictures(true);
        let bytes = bench.bytes();
        assert!(bytes <= MOST_PICTURES && bytes + 2 * PICTURE_BYTES > MOST_PICTURES, "{bytes}");
        assert!(bench.waits(numbers[0]) && bench.waits(numbers[MANY - 1]) && !bench.waits(numbers[MANY - 2]));
        assert_eq!(bench.holdback.left_out, Some(bench.now.boot));
        assert_eq!(bench.holdback.newest(), Some((numbers[MANY - 1], Fate::Waits)));
    }

    #[test]
    fn what_a_picture_shared_with_one_that_left_is_its_own_to_answer_for() {
        let mut bench = bench();
        let first = bench.picture(true);
        bench.picture(false);
        assert!(bench.holdback.drop_picture(first));
        bench.pictures(true);
        assert!(bench.bytes() <= MOST_PICTURES, "{}", bench.bytes());
    }

    #[test]
    fn a_picture_larger_than_all_that_may_wait_is_left_out() {
        let mut bench = bench();
        bench.key(1);
        let (width, height) = (PICTURE.0 * 4, PICTURE.1 * 4);
        let pixels = bench.packer.pack(&bench.noise.repeat(16), (width, height), &|_, _, _, _| true).expect("packed");
        let frame = FrameItem { at: bench.now, width, height, pixels, shown: Vec::new() };
        let number = bench.push(Item::Frame(frame));
        assert_eq!(bench.holdback.newest(), Some((number, Fate::Dropped)));
        assert_eq!((bench.all(), bench.holdback.left_out), (1, Some(bench.now.boot)));
    }

    #[test]
    fn no_picture_crowds_out_what_was_typed() {
        let mut bench = bench();
        for _ in 0..2 {
            bench.key(1000);
            bench.pictures(true);
        }
        assert_eq!(bench.holdback.keys().count(), 2);
    }

    #[test]
    fn what_a_flood_of_keys_brings_on_top_is_left_out_and_no_picture_for_it() {
        let mut bench = bench();
        let picture = bench.picture(true);
        (0..MANY).for_each(|_| bench.key(MOST_EVENTS / 4));
        assert_eq!((bench.holdback.keys().count(), bench.waits(picture)), (3, true));
        assert_eq!(bench.holdback.left_out, Some(bench.now.boot));
        // What has left makes room again, however it left.
        assert_eq!(bench.holdback.drop_keys(bench.now.wall, bench.now.wall), 3);
        bench.key(MOST_EVENTS / 2);
        bench.wait(HOLD_BACK);
        bench.key(MOST_EVENTS / 2);
        assert_eq!(bench.holdback.keys().count(), 1);
    }

    #[test]
    fn want_of_memory_makes_nothing_be_stored_before_its_time() {
        let mut bench = bench();
        bench.key(1);
        let numbers = bench.pictures(true);
        let waiting = bench.all();
        bench.wait(HOLD_BACK - 1);
        assert_eq!(bench.all(), waiting);
        bench.wait(1);
        assert_eq!((bench.all(), bench.holdback.newest()), (0, Some((numbers[MANY - 1], Fate::Stored))));
        assert_eq!(bench.holdback.counts().count(), 0);
    }
}
