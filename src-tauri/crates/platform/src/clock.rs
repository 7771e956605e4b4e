//! Boot time, and how the display server's time lies to it.

use rustix::time::{ClockId, clock_gettime};

use crate::types::Millis;

fn millis(clock: ClockId) -> u64 {
    let t = clock_gettime(clock);
    let s = u64::try_from(t.tv_sec).unwrap_or(0);
    let ms = u64::try_from(t.tv_nsec / 1_000_000).unwrap_or(0);
    s * 1000 + ms
}

/// Boot time now.
#[must_use]
pub fn boot_now() -> Millis {
    Millis(millis(ClockId::Boottime))
}

/// Low 32 bits of monotonic time: what a local X server counts in.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn mono_now32() -> u32 {
    millis(ClockId::Monotonic) as u32
}

/// Maps 32-bit server time to boot time, modulo 2³².
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerClock {
    /// The server counts this machine's monotonic time, so both clocks can be read at any moment.
    local: bool,
    anchor_server: u32,
    anchor_boot: u64,
}

impl ServerClock {
    /// From one reading: the server said `server` between the two instants, in each clock.
    pub(crate) fn measured(server: u32, before: (u64, u32), after: (u64, u32)) -> ServerClock {
        let slack = 2;
        let early = server.wrapping_sub(before.1.wrapping_sub(slack)).cast_signed();
        let late = after.1.wrapping_add(slack).wrapping_sub(server).cast_signed();
        ServerClock { local: early >= 0 && late >= 0, anchor_server: server, anchor_boot: before.0.midpoint(after.0) }
    }

    pub(crate) fn to_boot(self, server: u32) -> Millis {
        let boot = boot_now().0;
        let server_now = if self.local { mono_now32() } else { self.server_at(boot) };
        Millis(boot.saturating_add_signed(i64::from(server.wrapping_sub(server_now).cast_signed())))
    }

    #[allow(clippy::cast_possible_truncation)]
    fn server_at(self, boot: u64) -> u32 {
        self.anchor_server.wrapping_add(boot.wrapping_sub(self.anchor_boot) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_clock_maps_across_its_wrap() {
        let boot = boot_now().0;
        // The server is another machine whose counter wraps 100 ms from now.
        let clock = ServerClock::measured(u32::MAX - 99, (boot, 5), (boot, 5));
        assert!(!clock.local);
        let before = clock.to_boot(u32::MAX - 99).0;
        let after = clock.to_boot(50).0;
        assert!(before.abs_diff(boot) <= 20);
        assert!(after.abs_diff(before + 150) <= 20);
    }

    #[test]
    fn the_local_clock_is_recognised_across_its_wrap() {
        let clock = ServerClock::measured(3, (10, u32::MAX - 1), (12, 4));
        assert!(clock.local);
        assert!(clock.to_boot(mono_now32()).0.abs_diff(boot_now().0) <= 20);
    }
}
