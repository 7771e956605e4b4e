//! Whether the wall clock can be believed.
//!
//! Boot time is the truth. The wall clock less boot time is compared with what it was at the start, or when the
//! person last confirmed it: more than five minutes off, in one step or in several, is `ClockUncertain`. So that
//! the seconds of correction that add up over months do not end there, the reference follows once an hour, by two
//! seconds at most. Deadlines do not depend on this: each that has a wall-clock time has one in boot time too.

use super::{Policy, Reason};
use crate::{Boot, Hold, Now};

const STEP: i128 = 5 * 60 * 1000;
const FOLLOW_EVERY: u64 = 60 * 60 * 1000;
const FOLLOW_BY: i128 = 2000;

/// The relation of the two clocks that is believed.
#[derive(Debug)]
pub(super) struct Clock {
    /// Wall clock less boot time.
    reference: i128,
    followed: Boot,
}

impl Clock {
    pub(super) fn new(now: Now) -> Clock {
        Clock { reference: relation(now), followed: now.boot }
    }

    /// Whether the wall clock is further off than can be believed.
    pub(super) fn stepped(&self, now: Now) -> bool {
        self.off_by(now) > STEP
    }

    /// How far the wall clock is ahead of where it is believed to be.
    pub(super) fn ahead(&self, now: Now) -> i128 {
        relation(now) - self.reference
    }

    /// Believes what was believed before a restart: that the wall clock is ahead by so much.
    pub(super) fn set_ahead(&mut self, ahead: i64, now: Now) {
        self.reference = relation(now) - i128::from(ahead);
    }

    fn off_by(&self, now: Now) -> i128 {
        self.ahead(now).abs()
    }
}

fn relation(now: Now) -> i128 {
    i128::from(now.wall.0) - i128::from(now.boot.0)
}

impl Policy {
    pub(super) fn check_clock(&mut self) {
        if self.clock.stepped(self.now) {
            self.hold(Reason::Hold(Hold::ClockUncertain), self.now.boot);
        } else if self.clock.off_by(self.now) <= FOLLOW_BY && self.now.boot.since(self.clock.followed) >= FOLLOW_EVERY {
            self.clock = Clock::new(self.now);
        }
    }

    /// The person says that the clock is right. Said before it moved, it says nothing.
    pub(super) fn clock_confirmed(&mut self, at: Boot) {
        let reason = Reason::Hold(Hold::ClockUncertain);
        if self.since(reason).is_none_or(|since| since <= at) {
            self.clock = Clock::new(self.now);
            self.release(reason, self.now.boot);
        }
    }
}
