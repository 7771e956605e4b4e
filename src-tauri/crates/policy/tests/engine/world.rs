//! Applies operations to a policy and to the oracle, and verifies after each what must always be true.
//!
//! Hand-written examples and arbitrary histories alike go through here.

use crate::cast::{self, Who};
use crate::ops::{self, Op, Said};
use crate::oracle::{How, Oracle};
use crate::tables::{linger, may_release, must_hold};
use jiff::tz::TimeZone;
use policy::rules::RuleSet;
use policy::{
    Boot, Candidate, Clear, Focus, Hold, Input, KeyLevel, Now, PauseFor, Policy, Presence, Recipient, Saved, Sensor,
    State, Stream, VaultState, Wall, WindowId, WindowKind, Withheld,
};
use std::collections::{BTreeMap, BTreeSet};

pub const HOLD_BACK: u64 = 3000;
/// Monday, 1 June 2026, 07:30 UTC.
pub const MONDAY: i64 = 1_780_299_000_000;

/// When timers get to act while time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Only afterwards: the loop was busy.
    Late,
    /// Whenever policy asks for it, as the agent does.
    OnTime,
    /// Also at many other times.
    Eager,
}

/// A datum that policy cleared.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub stream: Stream,
    pub at: u64,
    pub windows: Vec<u64>,
    cleared: u64,
    text: bool,
}

pub struct World {
    pub policy: Policy,
    pub oracle: Oracle,
    pub now: Now,
    pub hold_back: u64,
    /// When policy was made.
    started: u64,
    pace: Pace,
    pub pending: Vec<Candidate<()>>,
    pub recorded: Vec<Recorded>,
    pub dropped: Vec<Withheld>,
    /// Each sensor tells things in order, and nothing before what it said was delivered.
    told: BTreeMap<Sensor, u64>,
    /// Since when each stream has been consented to.
    consented: BTreeMap<Stream, u64>,
    /// Times at which a reminder came up that the person has not turned away from since.
    reminders: Vec<u64>,
    here: bool,
    schedule: usize,
    zone: Option<usize>,
    rules: bool,
    /// How often recording began again.
    pub resumed: usize,
    pub cleared: usize,
}

impl World {
    pub fn new(pace: Pace) -> World {
        World::with(pace, HOLD_BACK)
    }

    pub fn with(pace: Pace, hold_back: u64) -> World {
        let now = Now { boot: Boot(10_000_000), wall: Wall(MONDAY) };
        World {
            policy: Policy::new(hold_back, None, now),
            oracle: Oracle::new(now),
            now,
            hold_back,
            started: now.boot.0,
            pace,
            pending: Vec::new(),
            recorded: Vec::new(),
            dropped: Vec::new(),
            told: BTreeMap::new(),
            consented: BTreeMap::new(),
            reminders: Vec::new(),
            here: false,
            schedule: 0,
            zone: None,
            rules: false,
            resumed: 0,
            cleared: 0,
        }
    }

    /// A world in which everything is as recording wants it.
    pub fn recording() -> World {
        let mut world = World::new(Pace::OnTime);
        world.apply(&Op::Settle);
        assert_eq!(world.policy.state(), State::Recording);
        world
    }

    pub fn run(&mut self, history: &[Op]) {
        for op in history {
            self.apply(op);
        }
        self.verify_recorded();
    }

    pub fn apply(&mut self, op: &Op) {
        let before = self.held();
        match op {
            Op::Wait(ms) => self.wait(*ms),
            Op::Suspend(ms, told) => {
                self.pass(*ms);
                if *told {
                    self.say(&Said::Woke, 0);
                } else {
                    self.timeout();
                }
            }
            Op::WallJump(ms) => {
                self.now.wall.0 += ms;
                self.timeout();
            }
            Op::Restart(off) => self.restart(*off),
            Op::Say(said, late) => self.say(said, *late),
            Op::Drain => self.drain(),
            Op::Remind => {
                self.say(&Said::Presence(Presence::Here), 0);
                self.remind();
            }
            Op::Settle => self.settle(),
            Op::Calm => {
                self.wait(self.hold_back + 100);
                self.drain();
            }
            Op::Datum(stream, windows, late) => self.pending.push(Candidate {
                stream: *stream,
                at: self.now.boot.minus(*late),
                until: self.now.boot.minus(*late),
                windows: windows.iter().map(|id| WindowId(*id)).collect(),
                payload: (),
            }),
        }
        self.verify();
        self.sweep();
        if !before.is_empty() && self.held().is_empty() {
            self.resumed += 1;
        }
    }

    pub fn held(&self) -> BTreeSet<Hold> {
        match self.policy.state() {
            State::Recording => BTreeSet::new(),
            State::Held(held) => held.into_iter().map(|held| held.hold).collect(),
        }
    }

    pub fn say(&mut self, said: &Said, late: u64) {
        let before = self.held();
        let at = self.date(said, late);
        let input = self.input(said, at);
        match said {
            Said::Presence(Presence::Here) => self.here = true,
            Said::Presence(Presence::Idle | Presence::Locked) | Said::Woke => {
                self.here = false;
                self.reminders.clear();
            }
            Said::ReminderShown => self.reminders.push(self.now.boot.0),
            Said::Schedule(n) => self.schedule = *n,
            Said::Zone(n) => self.zone = Some(*n),
            Said::Rules(on) => self.rules = *on,
            Said::Consent(_) => {
                let (was, will) = (self.oracle.streams, said_streams(said));
                for stream in Stream::ALL {
                    let lowered = stream == Stream::Keys && will.keys < was.keys;
                    if !will.has(stream) {
                        self.consented.remove(&stream);
                    } else if !was.has(stream) || lowered {
                        self.consented.insert(stream, self.now.boot.0);
                    }
                }
            }
            _ => {}
        }
        self.policy.handle(Boot(at), input, self.now);
        self.oracle.say(said, at, self.now);
        let after = self.held();
        for hold in before.difference(&after) {
            let timer = matches!(hold, Hold::UserPause | Hold::OptOut) && self.may_expire();
            assert!(timer || may_release(said, *hold), "{said:?} released {hold:?}");
        }
        if let Some(hold) = must_hold(said) {
            assert!(after.contains(&hold), "{said:?} did not hold {hold:?} in the same call");
            assert!(self.ask_dated(at).is_some(), "{said:?} left a datum of its own instant");
        }
        self.verify();
    }

    /// What policy says at once of a datum without content, dated then.
    pub fn ask_dated(&mut self, at: u64) -> Option<Withheld> {
        let candidate =
            Candidate { stream: Stream::Pointer, at: Boot(at), until: Boot(at), windows: vec![], payload: () };
        match self.policy.clear(candidate, self.now) {
            Clear::Dropped(why) => Some(why),
            Clear::Wait(..) => None,
            Clear::Cleared(_) => panic!("a datum was cleared that nobody kept waiting"),
        }
    }

    pub fn drain(&mut self) {
        for sensor in [Sensor::Display, Sensor::Access, Sensor::Sites, Sensor::Tray] {
            self.say(&Said::UpTo(sensor), 0);
        }
    }

    /// Lets the person be reminded and a pause end.
    pub fn remind(&mut self) {
        self.say(&Said::ReminderShown, 0);
        self.wait(ops::MINUTE);
    }

    fn settle(&mut self) {
        for said in [
            Said::Consent(Some(ops::all_streams(KeyLevel::Text))),
            Said::Pill(true),
            Said::Presence(Presence::Here),
            Said::ConfigValid(true),
            Said::Vault(VaultState::Ready),
            Said::Recipient(Recipient::Verified),
            Said::Rules(false),
            Said::Window(0, WindowKind::Normal, Who::Editor, true),
            Said::Focus(Focus::Window(WindowId(0))),
            Said::SecretField(false),
            Said::KeyShown(false),
            Said::Zone(self.zone.unwrap_or(0)),
        ] {
            self.say(&said, 0);
        }
        self.drain();
    }

    fn pass(&mut self, ms: u64) {
        self.now.boot.0 += ms;
        self.now.wall.0 += ms as i64;
    }

    fn timeout(&mut self) {
        let before = self.held();
        self.policy.handle_timeout(self.now);
        self.oracle.advance(self.now);
        for hold in before.difference(&self.held()) {
            let timer = matches!(hold, Hold::UserPause | Hold::OptOut) && self.may_expire();
            assert!(timer, "time alone released {hold:?}");
        }
        self.verify();
    }

    fn wait(&mut self, ms: u64) {
        let end = self.now.boot.0 + ms;
        let mut steps = 0;
        while self.pace != Pace::Late && self.now.boot.0 < end {
            let due = self.policy.poll_timeout().filter(|due| due.0 <= end);
            let next = match (self.pace, due) {
                (Pace::Eager, due) => due.map_or(end, |due| due.0).min(self.now.boot.0 + ms / 7 + 1),
                (_, Some(due)) => due.0,
                (_, None) => break,
            };
            steps += 1;
            assert!(steps < 1000, "the timers do not come to rest");
            self.pass(next - self.now.boot.0);
            if due.is_none_or(|due| due.0 > next) {
                self.early();
            } else {
                self.timeout();
            }
        }
        self.pass(end - self.now.boot.0);
        self.timeout();
    }

    /// Before its time, a timeout changes nothing.
    fn early(&mut self) {
        let before = (self.held(), self.policy.ending(), self.policy.poll_timeout());
        self.timeout();
        assert_eq!(before, (self.held(), self.policy.ending(), self.policy.poll_timeout()), "too early for a change");
    }

    fn restart(&mut self, off: u64) {
        self.verify_recorded();
        self.recorded.clear();
        self.pending.clear();
        self.told.clear();
        self.consented.clear();
        self.reminders.clear();
        self.here = false;
        let saved = serde_json::to_string(&self.policy.save(self.now)).expect("saved");
        let saved: Saved = serde_json::from_str(&saved).expect("loaded");
        let before = self.held();
        self.now = Now { boot: Boot(20_000), wall: Wall(self.now.wall.0 + off as i64) };
        self.started = self.now.boot.0;
        self.policy = Policy::new(self.hold_back, Some(saved), self.now);
        let streams = self.oracle.streams;
        self.oracle = self.oracle.restarted(self.now);
        for hold in [Hold::UserPause, Hold::OptOut, Hold::ClockUncertain] {
            // Only a schedule with no zone holds without being saved; it holds again when it is known again.
            let told_again = hold == Hold::OptOut && self.zone.is_none();
            assert!(!before.contains(&hold) || told_again || self.held().contains(&hold), "{hold:?} was lost");
        }
        self.say(&Said::Rules(self.rules), 0);
        if let Some(zone) = self.zone {
            self.say(&Said::Zone(zone), 0);
        }
        self.say(&Said::Schedule(self.schedule), 0);
        self.say(&Said::Consent(Some(streams)), 0);
    }

    fn may_expire(&self) -> bool {
        self.here && self.reminders.iter().any(|shown| shown + ops::MINUTE <= self.now.boot.0)
    }

    /// When it happened: what one sensor tells is told in order.
    fn date(&mut self, said: &Said, late: u64) -> u64 {
        let sensor = match said {
            Said::Window(..) | Said::Gone(_) | Said::Focus(_) | Said::Pill(_) => Sensor::Display,
            // The hotkey.
            Said::PauseOpen => Sensor::Display,
            Said::SecretField(_) => Sensor::Access,
            Said::Presence(_) | Said::Woke => Sensor::Tray,
            Said::UpTo(sensor) | Said::Asked(sensor) => *sensor,
            _ => return self.now.boot.0,
        };
        let at = self.now.boot.minus(late).0.max(self.started);
        if matches!(said, Said::Asked(_)) {
            return at;
        }
        let told = self.told.entry(sensor).or_insert(self.started);
        *told = at.max(*told);
        *told
    }

    fn input(&self, said: &Said, at: u64) -> Input {
        match said {
            Said::Consent(streams) => Input::Consent(*streams),
            Said::PauseMinutes(minutes) => Input::Pause(PauseFor::Minutes(*minutes)),
            Said::PauseUntil(ms) => Input::Pause(PauseFor::Until(Wall(self.now.wall.0 + ms))),
            Said::PauseTomorrow => Input::Pause(PauseFor::Tomorrow),
            Said::PauseOpen => Input::Pause(PauseFor::Resumed),
            Said::Extend(minutes) => Input::Extend(*minutes),
            Said::StayPaused => Input::StayPaused,
            Said::Resume => Input::Resume,
            Said::Schedule(n) => Input::Schedule(ops::schedules()[*n].clone()),
            Said::Zone(n) => Input::Zone(TimeZone::posix(ops::ZONES[*n]).expect("a zone")),
            Said::Rules(false) => Input::Rules(RuleSet::built_in()),
            Said::Rules(true) => Input::Rules(cast::editor_held()),
            Said::ConfigValid(valid) => Input::ConfigValid(*valid),
            Said::Window(id, kind, who, text) => {
                Input::Window { id: WindowId(*id), kind: *kind, identity: who.identity(), text: *text }
            }
            Said::Gone(id) => Input::WindowGone(WindowId(*id)),
            Said::Focus(focus) => Input::Focus(*focus),
            Said::SecretField(secret) => Input::SecretField(*secret),
            Said::KeyShown(shown) => Input::KeyShown(*shown),
            Said::Pill(visible) => Input::Pill(*visible),
            Said::Presence(presence) => Input::Presence(*presence),
            Said::Woke => Input::Woke,
            Said::Asked(sensor) => Input::Asked(*sensor),
            Said::UpTo(sensor) => Input::UpTo(*sensor, Boot(at)),
            Said::Lost(sensor) => Input::Lost(*sensor),
            Said::Vault(state) => Input::Vault(*state),
            Said::Recipient(recipient) => Input::Recipient(*recipient),
            Said::ReminderShown => Input::ReminderShown,
            Said::ClockConfirmed => Input::ClockConfirmed,
            Said::ShuttingDown => Input::ShuttingDown,
        }
    }

    fn verify(&self) {
        assert_eq!(self.held(), self.oracle.held(), "held, and what should be held");
        assert_eq!(self.policy.key_level(), self.oracle.key_level(), "key level");
        let due = self.policy.poll_timeout();
        assert!(due.is_none_or(|due| due > self.now.boot), "{due:?} was due before {:?}", self.now.boot);
        if let State::Held(held) = self.policy.state() {
            let order: Vec<usize> = held.iter().map(|h| Hold::ALL.iter().position(|a| *a == h.hold).unwrap()).collect();
            assert!(order.is_sorted() && held.iter().all(|h| h.since <= self.now.boot));
        }
    }

    pub fn sweep(&mut self) {
        if !self.held().is_empty() {
            assert!(self.ask_dated(self.now.boot.0).is_some(), "a datum of a held instant was not dropped at once");
        }
        let pending = std::mem::take(&mut self.pending);
        for candidate in pending {
            let (stream, at) = (candidate.stream, candidate.at.0);
            let windows: Vec<u64> = candidate.windows.iter().map(|w| w.0).collect();
            match self.policy.clear(candidate, self.now) {
                Clear::Wait(candidate, until) => {
                    assert!(until > self.now.boot, "ask again at once, and again");
                    self.pending.push(candidate);
                }
                Clear::Dropped(why) => self.dropped.push(why),
                Clear::Cleared(cleared) => {
                    assert_eq!(cleared.into_candidate().at.0, at);
                    self.cleared += 1;
                    self.verify_cleared(stream, at, &windows);
                    self.recorded.push(Recorded {
                        stream,
                        at,
                        windows,
                        cleared: self.now.boot.0,
                        text: self.oracle.streams.keys == KeyLevel::Text,
                    });
                }
            }
        }
    }

    fn verify_cleared(&self, stream: Stream, at: u64, windows: &[u64]) {
        assert!(!self.oracle.must_wait(at, windows, self.hold_back), "cleared while a sensor was silent about it");
        assert!(self.consented.get(&stream).is_some_and(|since| *since <= at), "cleared without consent to {stream:?}");
        for interval in &self.oracle.intervals {
            let from = interval.from.saturating_sub(interval.hold.margin(self.hold_back));
            let to = interval.to.map(|to| to + linger(interval.hold));
            let touched = at >= from && to.is_none_or(|to| at <= to);
            assert!(!touched, "a datum of {at} was cleared although {interval:?}");
        }
        self.verify_windows(at, windows);
    }

    fn verify_windows(&self, at: u64, windows: &[u64]) {
        for window in windows {
            assert_eq!(self.oracle.how(*window, at, 4), How::Recordable, "window {window} at {at}");
            let around = at.saturating_sub(100)..=at + 1500;
            let denied = |t: &u64| self.oracle.how(*window, *t, 4) == How::Denied;
            assert_eq!(around.into_iter().find(denied), None, "window {window} was shown at {at}");
        }
    }

    /// Looks back on everything recorded, with what became known only later.
    pub fn verify_recorded(&self) {
        for recorded in &self.recorded {
            for interval in &self.oracle.intervals {
                // What became known in the same millisecond, but after the clearing, was judged by `verify_cleared` as far as it stood.
                let known = interval.known < recorded.cleared;
                // Without text nobody waits for the accessibility bus.
                if interval.hold == Hold::SecretField && !recorded.text && !known {
                    continue;
                }
                let margin = interval.hold.margin(self.hold_back);
                let margin = if known || margin < self.hold_back { margin } else { 0 };
                let from = interval.from.saturating_sub(margin);
                let to = interval.to.map(|to| to + linger(interval.hold));
                let touched = recorded.at >= from && to.is_none_or(|to| recorded.at <= to);
                assert!(!touched, "{recorded:?} although {interval:?}");
            }
            self.verify_windows(recorded.at, &recorded.windows);
        }
    }
}

fn said_streams(said: &Said) -> policy::Streams {
    match said {
        Said::Consent(streams) => streams.unwrap_or_default(),
        _ => policy::Streams::default(),
    }
}
