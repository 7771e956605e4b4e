//! The times tests compare with, and a wall clock that can be moved.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

/// Milliseconds since boot, suspended time included.
pub fn boot_ms() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000
}

/// Milliseconds since 1970 by the real wall clock.
pub fn unix_ms() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A wall clock for chosen programs, moved while they run. Boot time and monotonic time stay true.
#[derive(Debug)]
pub struct FakeClock {
    file: PathBuf,
}

impl FakeClock {
    /// A clock read from `file`, at first showing the true time. The programs must be able to read the file
    /// at any time: a sandboxed one only where its sandbox lets it.
    pub fn new(file: &Path) -> crate::Result<FakeClock> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let clock = FakeClock { file: file.to_owned() };
        clock.set_offset_secs(0)?;
        Ok(clock)
    }

    /// Makes the program that `command` starts, and its children, live by this clock.
    pub fn apply(&self, command: &mut Command) -> crate::Result<()> {
        for (key, value) in self.environment()? {
            command.env(key, value);
        }
        Ok(())
    }

    /// The variables that make a program live by this clock.
    pub fn environment(&self) -> crate::Result<Vec<(&'static str, String)>> {
        let library = library().context("libfaketime.so.1 (Debian package: libfaketime)")?;
        Ok(vec![
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("FAKETIME_DONT_RESET", "1".into()),
            ("FAKETIME_FLSHM", "0".into()),
        ])
    }

    /// Shows the true time plus `seconds` from now on.
    pub fn set_offset_secs(&self, seconds: i64) -> crate::Result<()> {
        self.write(&format!("{seconds:+}\n"))
    }

    /// Shows a local time such as `2026-03-29 01:59:50` now, running on from there.
    pub fn set(&self, local_time: &str) -> crate::Result<()> {
        self.write(&format!("@{local_time}\n"))
    }

    /// The control file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn write(&self, content: &str) -> crate::Result<()> {
        // Replaced as a whole: a half-written file would be read as some other time.
        let fresh = self.file.with_extension("new");
        fs::write(&fresh, content)?;
        fs::rename(&fresh, &self.file)?;
        Ok(())
    }
}

fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .chain([PathBuf::from("/usr/lib/faketime/libfaketime.so.1")])
        .find(|path| path.exists())
}
