//! What outlives the process. What is loaded is never more permissive than what was saved.

use super::pauses::{Begun, Deadline, Timed};
use super::{Policy, Reason};
use crate::schedule::Occurrence;
use crate::{Boot, Hold, Now, Wall};
use serde::{Deserialize, Serialize};

/// What outlives the process: pauses, the begun opt-out and both clocks at the time of saving.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The version of this format.
    pub version: Version,
    /// The wall clock when it was saved.
    pub wall: Wall,
    /// Boot time when it was saved.
    pub boot: Boot,
    /// By how many milliseconds the wall clock was ahead of where it was believed to be.
    pub ahead: i64,
    /// Whether the clock was uncertain.
    pub clock_uncertain: bool,
    /// The person's pause.
    pub pause: Option<SavedPause>,
    /// The opt-out that had begun.
    pub opt_out: Option<SavedOptOut>,
    /// Occurrences that the person has released.
    pub released: Vec<Occurrence>,
}

/// The only version of [`Saved`] there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Version;

/// A saved state of a version that this build does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this state was saved in version {0}; this build of Eyelid knows version 1")]
pub struct UnknownVersion(pub u32);

impl TryFrom<u32> for Version {
    type Error = UnknownVersion;

    fn try_from(version: u32) -> Result<Version, UnknownVersion> {
        if version == 1 { Ok(Version) } else { Err(UnknownVersion(version)) }
    }
}

impl From<Version> for u32 {
    fn from(_: Version) -> u32 {
        1
    }
}

/// A pause when it was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum SavedPause {
    /// Only the person ends it.
    Open,
    /// It ends by itself.
    Timed {
        /// The milliseconds it had left.
        left: u64,
        /// The wall-clock time that must have passed too.
        until: Option<Wall>,
    },
}

/// A begun opt-out when it was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOptOut {
    /// The milliseconds it had left.
    pub left: u64,
    /// The wall-clock time that must have passed too.
    pub until: Wall,
    /// The occurrences that had begun.
    pub joined: Vec<Occurrence>,
}

impl Policy {
    /// What to write to disk so that a restart is never more permissive. To be written anew whenever a pause,
    /// an opt-out or the clock's standing changes, and every so often for the time they have left.
    #[must_use]
    pub fn save(&self, now: Now) -> Saved {
        let boot = now.boot.max(self.now.boot);
        let opt_out = self.begun.as_ref().and_then(|begun| {
            let end = begun.timed.end?;
            Some(SavedOptOut { left: end.boot.since(boot), until: end.wall?, joined: begun.joined.clone() })
        });
        let pause = self.pause.as_ref().map(|pause| match pause.end {
            None => SavedPause::Open,
            Some(end) => SavedPause::Timed { left: end.boot.since(boot), until: end.wall },
        });
        Saved {
            version: Version,
            wall: now.wall,
            boot,
            ahead: i64::try_from(self.clock.ahead(now)).unwrap_or(0),
            clock_uncertain: self.since(Reason::Hold(Hold::ClockUncertain)).is_some() || self.clock.stepped(now),
            pause,
            opt_out,
            released: self.released.clone(),
        }
    }

    pub(super) fn load(&mut self, saved: Saved) {
        let now = self.now.boot;
        if let Some(pause) = saved.pause {
            let end = match pause {
                SavedPause::Open => None,
                SavedPause::Timed { left, until } => Some(Deadline { boot: now.plus(left), wall: until }),
            };
            self.pause = Some(Timed::new(end));
            self.hold(Reason::Hold(Hold::UserPause), now);
        }
        if let Some(SavedOptOut { left, until, joined }) = saved.opt_out {
            let end = Deadline { boot: now.plus(left), wall: Some(until) };
            self.begun = Some(Begun { timed: Timed::new(Some(end)), joined });
            self.hold(Reason::Hold(Hold::OptOut), now);
        }
        self.released = saved.released;
        self.clock.set_ahead(saved.ahead, self.now);
        if saved.clock_uncertain || self.now.wall < saved.wall {
            self.hold(Reason::Hold(Hold::ClockUncertain), now);
        }
    }
}
