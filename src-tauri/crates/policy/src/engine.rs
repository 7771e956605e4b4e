//! The policy itself: inputs in, holds and clearances out.

use crate::rules::{Treatment, Verdict};
use crate::{Boot, Candidate, Clear, Input, KeyLevel, Now, State, Stream, Wall, WindowId};
use serde::{Deserialize, Serialize};

/// What may be recorded, now and at each instant that a candidate can still carry.
#[derive(Debug)]
pub struct Policy {
    hold_back: u64,
}

/// What outlives the process: pauses, the begun opt-out and both clocks at the time of saving.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// Placeholder until the engine is filled in.
    pub wall: Wall,
}

/// A pause or begun opt-out that is about to end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When it will end, if the person is there and was reminded.
    pub at: Boot,
    /// Whether the reminder is in front of the person.
    pub shown: bool,
}

impl Policy {
    /// A policy that records nothing until inputs say otherwise: every hold that knowledge can release stands.
    /// `hold_back` is the time in milliseconds that each candidate waits; `saved` is what was last saved, `None`
    /// on the very first start. A saved state that cannot be read is reported with `ConfigValid(false)`.
    #[must_use]
    pub fn new(hold_back: u64, saved: Option<Saved>, now: Now) -> Policy {
        let _ = (saved, now);
        Policy { hold_back }
    }

    /// Takes in what happened at `at` (by the sensor's clock; an instant after `now` counts as `now`).
    pub fn handle(&mut self, at: Boot, input: Input, now: Now) {
        let _ = (at, input, now);
    }

    /// Lets timers act that are due by `now`.
    pub fn handle_timeout(&mut self, now: Now) {
        let _ = now;
    }

    /// When [`Policy::handle_timeout`] must be called next; the earliest of all expiries and deadlines.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Boot> {
        None
    }

    /// Recording, or what holds it, in the order of [`crate::Hold::ALL`].
    #[must_use]
    pub fn state(&self) -> State {
        State::Held(Vec::new())
    }

    /// Decides over a candidate.
    pub fn clear<T>(&mut self, candidate: Candidate<T>, now: Now) -> Clear<'_, T> {
        Clear::Wait(candidate, now.boot.plus(self.hold_back))
    }

    /// How a window may be recorded, from now on: what the screen shows of it, what events name it.
    #[must_use]
    pub fn treatment(&self, window: WindowId) -> Treatment {
        let _ = window;
        Treatment::Hold
    }

    /// The whole verdict on a window, for people to see; `None` for a window not known.
    #[must_use]
    pub fn verdict(&self, window: WindowId) -> Option<&Verdict> {
        let _ = window;
        None
    }

    /// How much of a key pressed in the present focus may be kept.
    #[must_use]
    pub fn key_level(&self) -> KeyLevel {
        KeyLevel::None
    }

    /// Whether this stream's sensor has any reason to run: consented to.
    #[must_use]
    pub fn consented(&self, stream: Stream) -> bool {
        let _ = stream;
        false
    }

    /// The pause or begun opt-out that ends within the next minute, for the reminder.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        None
    }

    /// What to write to disk so that a restart is never more permissive.
    #[must_use]
    pub fn save(&self, now: Now) -> Saved {
        Saved { wall: now.wall }
    }
}
