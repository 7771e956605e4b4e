//! The time of a run: monotonic milliseconds, in which a local server counts, too. Only what is stored is dated by the
//! wall clock, which somebody may set meanwhile.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::naive::Watcher;
use crate::Result;
use crate::clock::boot_ms;
use crate::scene::now_ms;

/// The wall clock is looked at this often.
const LOOK: Duration = Duration::from_millis(5);
/// A datum from before the clock was set may be dated after it was, so late.
const BEFORE_MS: i64 = 150;
/// What the clock is looked at too late by.
const AFTER_MS: i64 = 20;
/// Clocks that differ by more did not only drift.
const SET_MS: i64 = 10;

/// Now.
pub fn now() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

/// Of the server's time, which counts in 32 bits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn of_server(server: u32) -> i64 {
    let now = now();
    now - i64::from((now as u32).wrapping_sub(server))
}

/// Of a boot time that is past.
pub fn of_boot(boot: u64) -> i64 {
    now() - i64::try_from(boot_ms() - boot).unwrap_or_default()
}

/// Of a wall-clock time by the wall clock as it stands.
pub fn of_wall(wall: i64) -> i64 {
    now() - (now_ms() - wall)
}

/// How far the wall clock was ahead, and since when.
#[derive(Clone, Debug, Default)]
pub struct Walls(Vec<(i64, i64)>);

/// Looks at the wall clock until told to end.
pub fn walls() -> Watcher<Walls> {
    Watcher::start(|stop| -> Result<Walls> {
        let mut walls = Walls::default();
        while walls.0.is_empty() || !stop.load(Ordering::Relaxed) {
            let (before, wall, after) = (now(), now_ms(), now());
            if after - before <= 1 {
                walls.look(after, wall - after);
            }
            std::thread::sleep(LOOK);
        }
        Ok(walls)
    })
}

impl Walls {
    fn look(&mut self, at: i64, ahead: i64) {
        if self.0.last().is_none_or(|(_, last)| (last - ahead).abs() > 2) {
            self.0.push((at, ahead));
        }
    }

    /// When that may have been: once, but twice within a stretch that the clock was set back by.
    pub fn times(&self, wall: i64) -> Vec<i64> {
        let mut times = Vec::new();
        for (n, (since, ahead)) in self.0.iter().enumerate() {
            let from = if n == 0 { i64::MIN } else { since - BEFORE_MS };
            let to = self.0.get(n + 1).map_or(i64::MAX, |(next, _)| next + AFTER_MS);
            let at = wall - ahead;
            // What only drifted was once.
            if (from..to).contains(&at) && times.iter().all(|time: &i64| (time - at).abs() > SET_MS) {
                times.push(at);
            }
        }
        if times.is_empty() {
            times.extend(self.0.iter().map(|(_, ahead)| wall - ahead).next_back());
        }
        times
    }

    /// By how much it was set each time, milliseconds.
    pub fn set(&self) -> Vec<i64> {
        let steps = self.0.windows(2).map(|pair| pair[1].1 - pair[0].1);
        steps.filter(|step| step.abs() > SET_MS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_forward_dates_each_instant_once() {
        let walls = Walls(vec![(1000, 50_000), (9000, 50_488)]);
        assert_eq!(walls.times(52_000), [2000]);
        assert_eq!(walls.times(58_990), [8990]);
        assert_eq!(walls.times(59_488), [9000]);
        assert_eq!(walls.times(62_488), [12_000]);
        // Dated anew, as it was taken up late.
        assert_eq!(walls.times(59_400), [8912]);
        assert_eq!(walls.set(), [488]);
    }

    #[test]
    fn a_clock_that_is_set_back_dates_some_instants_twice() {
        let walls = Walls(vec![(1000, 50_000), (9000, 49_512)]);
        assert_eq!(walls.times(52_000), [2000]);
        assert_eq!(walls.times(58_800), [8800, 9288]);
        assert_eq!(walls.times(59_512), [10_000]);
        assert_eq!(walls.set(), [-488]);
    }

    #[test]
    fn a_clock_that_drifts_was_not_set() {
        let mut walls = Walls::default();
        for at in 0..1000 {
            walls.look(at * 10, 50_000 + at / 50);
        }
        assert!(walls.0.len() > 2, "{walls:?}");
        assert!(walls.set().is_empty());
        let times = walls.times(50_000 + 5000 + 10);
        assert!(matches!(times[..], [at] if (at - 5000).abs() <= 3), "{times:?}");
    }
}
