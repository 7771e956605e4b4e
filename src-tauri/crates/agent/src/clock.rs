//! The only place of the agent that reads clocks.

use policy::{Boot, Now, Wall};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Both clocks, read together.
pub fn now() -> Now {
    let boot = clock_gettime(ClockId::Boottime);
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now {
        boot: Boot(boot.tv_sec.unsigned_abs() * 1000 + boot.tv_nsec.unsigned_abs() / 1_000_000),
        wall: Wall(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)),
    }
}

/// How far boot time has run ahead of the time that does not count suspend; a jump is a suspend.
pub fn suspended() -> u64 {
    let ms = |t: rustix::time::Timespec| t.tv_sec.unsigned_abs() * 1000 + t.tv_nsec.unsigned_abs() / 1_000_000;
    ms(clock_gettime(ClockId::Boottime)).saturating_sub(ms(clock_gettime(ClockId::Monotonic)))
}

/// How long from `now` until `then`; nothing if it has passed.
pub fn until(then: Boot, now: Now) -> Duration {
    Duration::from_millis(then.since(now.boot))
}
