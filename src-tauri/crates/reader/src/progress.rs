//! How far an export is, and whether it is still wanted.

use crate::failure::Failure;
use serde_json::json;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No two lines come closer together than this.
const APART: Duration = Duration::from_millis(200);

/// Tells how far it is, on standard error.
pub struct Progress {
    of: u64,
    told: Option<Instant>,
}

impl Progress {
    /// Of so many records.
    pub fn new(of: u64) -> Progress {
        Progress { of, told: None }
    }

    /// Tells it, unless it was told just now. `done` is asked only then.
    ///
    /// # Errors
    /// See `done`.
    pub fn tell<E>(&mut self, done: impl FnOnce() -> Result<u64, E>) -> Result<(), E> {
        if self.told.is_none_or(|told| told.elapsed() >= APART) {
            self.told = Some(Instant::now());
            eprintln!("{}", json!({"done": done()?.min(self.of), "of": self.of}));
        }
        Ok(())
    }
}

/// Whether whoever asked still holds standard input open.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// Always.
    pub fn always() -> Wanted {
        Wanted::default()
    }

    /// Until standard input closes.
    pub fn until_closed() -> Wanted {
        let wanted = Wanted::default();
        let closed = Arc::clone(&wanted.0);
        std::thread::spawn(move || {
            let mut ignored = [0; 256];
            while std::io::stdin().read(&mut ignored).is_ok_and(|read| read > 0) {}
            closed.store(true, Ordering::Release);
        });
        wanted
    }

    /// Goes on only while it is wanted.
    ///
    /// # Errors
    /// [`Failure::Cancelled`].
    pub fn check(&self) -> Result<(), Failure> {
        if self.0.load(Ordering::Acquire) { Err(Failure::Cancelled) } else { Ok(()) }
    }
}
