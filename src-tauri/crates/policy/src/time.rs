//! Time as a value. Nothing here reads a clock.

use serde::{Deserialize, Serialize};

/// Milliseconds of boot time: monotonic, counts suspend (`CLOCK_BOOTTIME` on Linux).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Boot(pub u64);

impl Boot {
    /// This instant and `ms` milliseconds; saturates at the end of time.
    #[must_use]
    pub fn plus(self, ms: u64) -> Boot {
        Boot(self.0.saturating_add(ms))
    }

    /// This instant less `ms` milliseconds; saturates at boot.
    #[must_use]
    pub fn minus(self, ms: u64) -> Boot {
        Boot(self.0.saturating_sub(ms))
    }

    /// Milliseconds since `earlier`; 0 when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Boot) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Milliseconds since the Unix epoch, UTC, by the wall clock, which people and daemons move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Wall(#[cfg_attr(feature = "ts", ts(type = "number"))] pub i64);

/// Both clocks, read together, once per turn of the caller's loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Boot time.
    pub boot: Boot,
    /// Wall-clock time.
    pub wall: Wall,
}

impl Now {
    /// The wall-clock time of a boot instant, by the present relation of the two clocks.
    #[must_use]
    pub fn wall_of(self, boot: Boot) -> Wall {
        let delta = i128::from(boot.0) - i128::from(self.boot.0);
        let wall = i128::from(self.wall.0) + delta;
        Wall(i64::try_from(wall).unwrap_or(if wall < 0 { i64::MIN } else { i64::MAX }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_time_beyond_either_end_of_time_is_that_end() {
        let now = Now { boot: Boot(1000), wall: Wall(500) };
        assert_eq!([0, 1000, 1200].map(|boot| now.wall_of(Boot(boot))), [Wall(-500), Wall(500), Wall(700)]);
        assert_eq!(Now { wall: Wall(i64::MAX), ..now }.wall_of(Boot(1001)), Wall(i64::MAX));
        assert_eq!(Now { wall: Wall(i64::MIN), ..now }.wall_of(Boot(999)), Wall(i64::MIN));
    }
}
