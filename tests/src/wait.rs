//! Waiting for something to become true, with an end.

use std::time::{Duration, Instant};

/// The deadline for what should take a moment, on a machine that is busy with other tests.
pub const LONG: Duration = Duration::from_secs(40);

/// The harness asks again after this long at the soonest, and at the latest; in between, after so many times what asking
/// took: whoever waits leaves the machine to what is waited for.
const SOONEST: Duration = Duration::from_millis(15);
const LATEST: Duration = Duration::from_millis(500);
const SHARE: u32 = 6;

/// Calls `probe` until it gives a value, and gives up after `deadline`, naming `what` it waited for.
pub fn wait_for<T>(what: &str, deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> crate::Result<T> {
    let begun = Instant::now();
    loop {
        let asked = Instant::now();
        if let Some(value) = probe() {
            return Ok(value);
        }
        if begun.elapsed() >= deadline {
            anyhow::bail!("waited {deadline:?} in vain for {what}");
        }
        // The one sleep of the harness.
        std::thread::sleep((asked.elapsed() * SHARE).clamp(SOONEST, LATEST));
    }
}
