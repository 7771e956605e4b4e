//! Those that are measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use rustix::process::Signal;
use serde::Serialize;

use super::Phase;
use super::judge::{self, Kept};
use crate::Result;
use crate::desktop::Desktop;
use crate::eyelid::{Binaries, Eyelid, EyelidOptions};
use crate::process::Proc;
use crate::scene::{ALL, now_ms, recorded_by, recording};
use crate::wait::LONG;

/// One of those that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Nobody: the desktop alone.
    Nothing,
    /// A client of the X server that listens to keys, pointer and focus and does nothing with them.
    Listener,
    /// Takes the whole screen once a second and writes it as PNG.
    Grab,
    /// Takes the whole screen once a second and writes it as H.264.
    Ffmpeg,
    /// Eyelid.
    Eyelid,
}

impl Who {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Who::Nothing => "nothing",
            Who::Listener => "bare listener",
            Who::Grab => "root grab + PNG, 1 fps",
            Who::Ffmpeg => "ffmpeg x11grab + x264, 1 fps",
            Who::Eyelid => "Eyelid",
        }
    }
}

/// A program that runs for one phase has so long to get going before that is measured.
const SETTLE: Duration = Duration::from_millis(300);
/// The hold-back, the seal that comes every few seconds, and the write.
const STORED: Duration = Duration::from_secs(10);

/// A contestant on its desktop.
pub struct Contestant<'a> {
    desktop: &'a Desktop,
    /// Which it is.
    pub who: Who,
    eyelid: Option<Eyelid<'a>>,
    /// Runs for one phase.
    process: Option<Proc>,
    folder: PathBuf,
    /// Of each phase: when it was, and how large the vault was when it began.
    phases: Vec<(Phase, i64, i64, u64)>,
}

impl<'a> Contestant<'a> {
    /// Has it started, if it is one that lasts: Eyelid, with a person's consent.
    pub fn start(desktop: &'a Desktop, who: Who) -> Result<Contestant<'a>> {
        let eyelid = match who {
            Who::Eyelid => Some(resident(desktop)?),
            Who::Nothing | Who::Listener | Who::Grab | Who::Ffmpeg => None,
        };
        Ok(Contestant { desktop, who, eyelid, process: None, folder: desktop.path("tmp"), phases: Vec::new() })
    }

    /// Gets it going, and lets it settle.
    pub fn begin(&mut self, phase: Phase) -> Result<()> {
        self.folder = self.desktop.path("tmp").join(format!("{phase:?}"));
        fs::create_dir_all(&self.folder)?;
        let part = |name: &str| -> Result<_> {
            let mut command = self.desktop.command(Binaries::find()?.program("eyelid-bench")?);
            command.args(["--part", name]);
            Ok(command)
        };
        let command = match self.who {
            Who::Nothing | Who::Eyelid => None,
            Who::Listener => Some(part("listen")?),
            Who::Grab => Some({
                let mut command = part("grab")?;
                command.arg(&self.folder);
                command
            }),
            Who::Ffmpeg => Some({
                let (w, h) = self.desktop.size();
                let mut command = self.desktop.command("ffmpeg");
                command.args(["-nostdin", "-loglevel", "error", "-f", "x11grab", "-framerate", "1"]);
                command.args(["-video_size", &format!("{w}x{h}"), "-i", self.desktop.display_name()]);
                command.args(["-c:v", "libx264", "-pix_fmt", "yuv420p"]).arg(self.folder.join("screen.mkv"));
                command
            }),
        };
        self.process = command.map(|command| self.desktop.spawn(command)).transpose()?;
        std::thread::sleep(if self.eyelid.is_some() { STORED } else { SETTLE });
        let size = self.vault_size()?;
        self.phases.push((phase, now_ms(), i64::MAX, size));
        Ok(())
    }

    /// Its processes.
    pub fn root(&self) -> Option<i32> {
        self.eyelid.as_ref().map(Eyelid::process).or(self.process.as_ref()).map(Proc::pid)
    }

    /// The recorder apart, if it has one.
    pub fn agent(&self) -> Option<i32> {
        self.eyelid.as_ref()?.pid_of("eyelid-agent")
    }

    /// Waits until what was taken in the phase is stored; what that costs is its cost. Bytes stored since it began.
    pub fn finish(&mut self, phase: Phase) -> Result<u64> {
        let last = self.phases.last_mut().context("a phase that was begun")?;
        last.2 = now_ms();
        let before = last.3;
        match self.who {
            Who::Nothing | Who::Listener => Ok(0),
            Who::Grab => {
                self.running()?;
                size_of(&self.folder)
            }
            Who::Ffmpeg => {
                let process = self.running()?;
                // It holds frames back until it knows those that follow.
                process.signal(Signal::INT)?;
                process.wait_ended(10 * LONG)?;
                size_of(&self.folder)
            }
            Who::Eyelid => {
                if phase != Phase::Idle {
                    std::thread::sleep(STORED);
                }
                Ok(self.vault_size()?.saturating_sub(before))
            }
        }
    }

    /// Ends what runs for one phase, and looks through what it wrote.
    pub fn end(&mut self) -> Result<Kept> {
        drop(self.process.take());
        match self.who {
            Who::Nothing | Who::Listener | Who::Eyelid => Ok(Kept::default()),
            Who::Grab => judge::pictures(&self.folder),
            Who::Ffmpeg => judge::film(&self.folder.join("screen.mkv"), self.desktop.size()),
        }
    }

    /// What Eyelid has kept, phase by phase; it is asked for at the very end.
    pub fn kept(&self) -> Result<Vec<Kept>> {
        let spans: Vec<_> = self.phases.iter().map(|(_, from, to, _)| (*from, *to)).collect();
        self.eyelid.as_ref().map_or(Ok(Vec::new()), |eyelid| judge::vault(eyelid, &spans))
    }

    /// An ended recorder would be a cheap one.
    fn running(&self) -> Result<&Proc> {
        let process = self.process.as_ref().context("a process")?;
        anyhow::ensure!(process.is_running(), "{} has ended: {}", self.who.name(), process.output_text());
        Ok(process)
    }

    /// The pages of the database that are in use, the log before it included.
    fn vault_size(&self) -> Result<u64> {
        if self.eyelid.is_none() {
            return Ok(0);
        }
        let file = self.desktop.path("data").join("eyelid/vault/vault.db");
        let vault = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let pragma = |name: &str| vault.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let pages = pragma("page_count")? - pragma("freelist_count")?;
        Ok(u64::try_from(pages * pragma("page_size")?)?)
    }
}

/// Eyelid as it is on any day after the one on which a person agreed: started with the session, recording, and without a
/// window since its start. An allowed window has to be in front.
pub fn resident(desktop: &Desktop) -> Result<Eyelid<'_>> {
    let options = EyelidOptions { arguments: &["--background"], ..EyelidOptions::default() };
    // As long as it was not agreed to, its window opens by itself.
    let first = recorded_by(desktop, &options, ALL)?;
    first.quit()?;
    let eyelid = Eyelid::start_with(desktop, &options)?;
    eyelid.wait_status("recording", recording)?;
    Ok(eyelid)
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}
