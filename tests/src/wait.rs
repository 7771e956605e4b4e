//! Waiting for something to become true, with an end.

use std::time::{Duration, Instant};

/// The deadline for what should take a moment, on a machine that is busy with other tests.
pub const LONG: Duration = Duration::from_secs(20);

/// Calls `probe` until it gives a value, and gives up after `deadline`, naming `what` it waited for.
pub fn wait_for<T>(what: &str, deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> crate::Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(value) = probe() {
            return Ok(value);
        }
        if begun.elapsed() >= deadline {
            anyhow::bail!("waited {deadline:?} in vain for {what}");
        }
        pause();
    }
}

/// The one sleep of the harness: the pace at which it asks again.
fn pause() {
    std::thread::sleep(Duration::from_millis(15));
}
