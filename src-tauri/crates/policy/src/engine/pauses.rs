//! What the person has stopped themselves: pauses and the recurring opt-out, and how they end.
//!
//! No pause ends unseen: past its deadline it goes on until the person is here and the reminder has been in front
//! of them for a minute. Away means: start again.

use super::{Policy, Reason};
use crate::schedule::{self, Occurrence};
use crate::{Boot, Hold, Now, PauseFor, Wall};

const MINUTE: u64 = 60 * 1000;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// The reminder stands for so long before a pause ends.
const REMINDER: u64 = MINUTE;
/// An end that is noticed so much later was slept through, and nobody saw the reminder.
const NOTICED: u64 = 2000;
/// So many released occurrences are remembered. One forgotten begins again.
const MOST_RELEASED: usize = 16;

/// A pause or begun opt-out that is about to end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which: `UserPause` or `OptOut`.
    pub hold: Hold,
    /// When it will end, if the person is there and was reminded.
    pub at: Boot,
    /// Whether the reminder is in front of the person.
    pub shown: bool,
}

/// When something ends; both must have passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    pub boot: Boot,
    pub wall: Option<Wall>,
}

impl Deadline {
    fn until(wall: Wall, now: Now) -> Deadline {
        Deadline { boot: boot_of(wall, now), wall: Some(wall) }
    }

    fn later(self, other: Deadline) -> Deadline {
        Deadline { boot: self.boot.max(other.boot), wall: self.wall.max(other.wall) }
    }

    fn extended(self, ms: u64, now: Now) -> Deadline {
        let by = i64::try_from(ms).unwrap_or(i64::MAX);
        Deadline {
            boot: self.boot.max(now.boot).plus(ms),
            wall: self.wall.map(|wall| Wall(wall.max(now.wall).0.saturating_add(by))),
        }
    }

    /// The boot time at which both will have passed, as the clocks stand now.
    fn at(self, now: Now) -> Boot {
        let ahead = self.wall.filter(|wall| *wall > now.wall);
        ahead.map_or(self.boot, |wall| self.boot.max(boot_of(wall, now)))
    }
}

/// The boot time of a wall-clock time to come, as the clocks stand now; `now` for one that has passed.
fn boot_of(wall: Wall, now: Now) -> Boot {
    let ahead = i128::from(wall.0) - i128::from(now.wall.0);
    now.boot.plus(u64::try_from(ahead.max(0)).unwrap_or(u64::MAX))
}

/// Something that may end by itself.
#[derive(Debug)]
pub(super) struct Timed {
    /// `None`: only the person ends it.
    pub end: Option<Deadline>,
    /// Since when the reminder has been in front of the person without a break.
    shown: Option<Boot>,
}

impl Timed {
    pub(super) fn new(end: Option<Deadline>) -> Timed {
        Timed { end, shown: None }
    }

    /// It ends when it would have, or then, whichever is later.
    fn lengthen(&mut self, by: Option<Deadline>, now: Now) {
        let Some(end) = self.end else { return };
        let longer = by.map(|by| end.later(by));
        if longer.is_none_or(|longer| longer.at(now) > end.at(now)) {
            self.shown = None;
        }
        self.end = longer;
    }

    fn extend(&mut self, ms: u64, now: Now) {
        if let Some(end) = self.end {
            *self = Timed::new(Some(end.extended(ms, now)));
        }
    }

    /// When it ends, once its last minute has begun.
    fn ending(&self, now: Now) -> Option<Boot> {
        let end = self.end?.at(now);
        (now.boot >= end.minus(REMINDER)).then(|| self.seen_off(now).unwrap_or(end))
    }

    fn until(&self, now: Now) -> Option<Boot> {
        self.seen_off(now).or(self.end.map(|end| end.at(now)).filter(|end| *end > now.boot))
    }

    /// When it may end, the reminder being in front of the person.
    fn seen_off(&self, now: Now) -> Option<Boot> {
        Some(self.end?.at(now).max(self.shown?.plus(REMINDER)))
    }

    /// Whether the reminder that was shown no longer counts: the wall clock went back, and this is not the last
    /// minute after all; or the end came while nothing ran.
    fn is_stale(&self, now: Now) -> bool {
        self.ending(now).is_none() || self.seen_off(now).is_some_and(|end| now.boot > end.plus(NOTICED))
    }

    fn may_end(&self, now: Now, here: bool) -> bool {
        here && self.seen_off(now).is_some_and(|end| end <= now.boot)
    }

    fn timeout(&self, now: Now, here: bool) -> Option<Boot> {
        let end = self.end?.at(now);
        let reminder = end.minus(REMINDER);
        if now.boot < reminder {
            Some(reminder)
        } else {
            self.seen_off(now).filter(|_| here).or((end > now.boot).then_some(end))
        }
    }
}

/// A recurring opt-out that has begun. One that begins before another has ended joins it.
#[derive(Debug)]
pub(super) struct Begun {
    pub timed: Timed,
    /// The occurrences that have begun.
    pub joined: Vec<Occurrence>,
}

/// The occurrences around some instant.
#[derive(Debug, Default)]
pub(super) struct Plan {
    around: Option<Wall>,
    occurrences: Vec<Occurrence>,
}

impl Policy {
    pub(super) fn pause(&mut self, at: Boot, length: PauseFor) {
        let now = self.now;
        let end = match length {
            PauseFor::Minutes(minutes) => {
                Some(Deadline { boot: now.boot.plus(u64::from(minutes) * MINUTE), wall: None })
            }
            PauseFor::Until(wall) => Some(Deadline::until(wall, now)),
            PauseFor::Tomorrow => Some(Deadline::until(schedule::tomorrow(now, self.zone.as_ref()), now)),
            PauseFor::Resumed => None,
        };
        match &mut self.pause {
            Some(pause) => pause.lengthen(end, now),
            None => self.pause = Some(Timed::new(end)),
        }
        self.hold(Reason::Hold(Hold::UserPause), at);
    }

    /// So many minutes more for whatever runs and would end by itself. If nothing runs, it has just ended, and the
    /// person meant it to go on.
    pub(super) fn extend(&mut self, at: Boot, minutes: u32) {
        if self.pause.is_none() && self.begun.is_none() {
            return self.pause(at, PauseFor::Minutes(minutes));
        }
        let now = self.now;
        for timed in self.timed() {
            timed.extend(u64::from(minutes) * MINUTE, now);
        }
    }

    /// From now on only the person ends it. An opt-out ends when it ends; a pause goes on after it.
    pub(super) fn stay_paused(&mut self, at: Boot) {
        self.pause(at, PauseFor::Resumed);
    }

    pub(super) fn resume(&mut self, at: Boot) {
        // Said before it began, it was not meant.
        let meant = |since: Option<Boot>| since.is_some_and(|since| since <= at);
        let pause = Reason::Hold(Hold::UserPause);
        if meant(self.since(pause)) {
            self.pause = None;
            self.release(pause, self.now.boot);
        }
        let opt_out = Reason::Hold(Hold::OptOut);
        if meant(self.since(opt_out))
            && let Some(begun) = self.begun.take()
        {
            self.released.extend(begun.joined);
            let surplus = self.released.len().saturating_sub(MOST_RELEASED);
            self.released.drain(..surplus);
            self.release(opt_out, self.now.boot);
        }
    }

    pub(super) fn reminder_shown(&mut self) {
        let now = self.now;
        if self.here() {
            for timed in self.timed() {
                if timed.ending(now).is_some() {
                    timed.shown.get_or_insert(now.boot);
                }
            }
        }
    }

    pub(super) fn forget_reminders(&mut self) {
        for timed in self.timed() {
            timed.shown = None;
        }
    }

    /// The pause or begun opt-out that is in its last minute, or past its deadline; for the reminder. `None` while
    /// the person is away: a reminder would count for nothing, and nothing ends.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        if !self.here() {
            return None;
        }
        let pause = self.pause.iter().map(|timed| (Hold::UserPause, timed));
        let begun = self.begun.iter().map(|begun| (Hold::OptOut, &begun.timed));
        pause
            .chain(begun)
            .filter_map(|(hold, timed)| {
                Some(Ending { hold, at: timed.ending(self.now)?, shown: timed.shown.is_some() })
            })
            .min_by_key(|ending| (ending.shown, ending.at))
    }

    pub(super) fn until(&self, hold: Hold) -> Option<Boot> {
        match hold {
            Hold::UserPause => self.pause.as_ref()?.until(self.now),
            Hold::OptOut => self.begun.as_ref()?.timed.until(self.now),
            Hold::NotConsented
            | Hold::NoIndicator
            | Hold::SensitiveApp
            | Hold::SensitiveSite
            | Hold::PrivateWindow
            | Hold::SecretField
            | Hold::KeyShown
            | Hold::FocusUnknown
            | Hold::SessionLocked
            | Hold::ClockUncertain
            | Hold::VaultUnavailable
            | Hold::RecipientUnverified
            | Hold::SensorSilent
            | Hold::TraySilent
            | Hold::ConfigInvalid
            | Hold::ShuttingDown => None,
        }
    }

    pub(super) fn pause_timeouts(&self) -> impl Iterator<Item = Boot> {
        let (now, here) = (self.now, self.here());
        let pause = self.pause.as_ref().and_then(|timed| timed.timeout(now, here));
        let begun = self.begun.as_ref().and_then(|begun| begun.timed.timeout(now, here));
        let edge = self.plan.occurrences.iter().map(|o| o.from).find(|from| *from > now.wall);
        pause.into_iter().chain(begun).chain(edge.map(|edge| boot_of(edge, now)))
    }

    /// The schedule or the zone changed.
    pub(super) fn replan(&mut self) {
        self.plan.around = None;
    }

    /// Begins and ends what is due. `before` is when that was last done: nothing begins earlier.
    pub(super) fn pauses_due(&mut self, before: Boot) {
        let (now, here) = (self.now, self.here());
        self.plan_ahead();
        self.begin_opt_out(before);
        for timed in self.timed() {
            if timed.is_stale(now) {
                timed.shown = None;
            }
        }
        if self.pause.as_ref().is_some_and(|timed| timed.may_end(now, here)) {
            self.pause = None;
            self.release(Reason::Hold(Hold::UserPause), now.boot);
        }
        if self.begun.as_ref().is_some_and(|begun| begun.timed.may_end(now, here)) {
            self.begun = None;
            self.release(Reason::Hold(Hold::OptOut), now.boot);
        }
    }

    /// Everything that runs and may end by itself.
    fn timed(&mut self) -> impl Iterator<Item = &mut Timed> {
        self.pause.iter_mut().chain(self.begun.iter_mut().map(|begun| &mut begun.timed))
    }

    fn plan_ahead(&mut self) {
        let (now, wall) = (self.now.boot, self.now.wall);
        if self.plan.around.is_some_and(|around| (i128::from(around.0) - i128::from(wall.0)).abs() <= i128::from(DAY)) {
            return;
        }
        let reach = |days: i64| Wall(wall.0.saturating_add(days * DAY));
        let occurrences = match &self.zone {
            Some(zone) => schedule::occurrences(&self.schedule, zone, reach(-3), reach(10)),
            None => None,
        };
        let unknown = occurrences.is_none() && !self.schedule.is_empty();
        self.plan = Plan { around: Some(wall), occurrences: occurrences.unwrap_or_default() };
        self.set_reason(Reason::TimeUnknown, unknown, now);
    }

    fn begin_opt_out(&mut self, before: Boot) {
        let now = self.now;
        let planned = &self.plan.occurrences;
        let runs = |o: &&Occurrence| o.covers(now.wall) && !self.released.contains(o);
        let Some(first) = planned.iter().find(runs) else { return };
        // What begins by the time that another ends goes on from it.
        let mut to = first.to;
        for next in planned.iter().filter(|o| o.to > now.wall && !self.released.contains(o)) {
            if next.from <= to {
                to = to.max(next.to);
            }
        }
        let end = Deadline::until(to, now);
        let begun = self.begun.get_or_insert_with(|| Begun { timed: Timed::new(Some(end)), joined: Vec::new() });
        if begun.timed.end.is_none_or(|known| known.wall < end.wall) {
            begun.timed.lengthen(Some(end), now);
        }
        for running in planned.iter().filter(runs) {
            if !begun.joined.contains(running) {
                begun.joined.push(*running);
            }
        }
        let ago = u64::try_from(i128::from(now.wall.0) - i128::from(first.from.0)).unwrap_or(0);
        self.hold(Reason::Hold(Hold::OptOut), now.boot.minus(ago).max(before));
    }
}
