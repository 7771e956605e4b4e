//! One look at everything that could grow.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

use crate::Result;
use crate::cost::Used;
use crate::desktop::Desktop;
use crate::eyelid::Eyelid;

/// A process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    /// Its memory, shared pages shared out, MiB.
    pub pss: f64,
    /// Open file descriptors.
    pub files: f64,
    /// Its threads.
    pub threads: f64,
}

/// Everything at one time.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Since the beginning.
    pub at: Duration,
    /// The agent.
    pub agent: Process,
    /// The tray app, without the processes of its window.
    pub tray: Process,
    /// The X server.
    pub server: Process,
    /// What the agent keeps at the X server: windows, pixmaps, damage objects and so on.
    pub resources: f64,
    /// The agent's pixmaps there, MB.
    pub pixmaps: f64,
    /// All files of the vault, MB.
    pub vault: f64,
    /// How many windows of others are open.
    pub live: f64,
}

/// Takes samples.
pub(super) struct Reader {
    conn: RustConnection,
    agent: i32,
    tray: i32,
    server: i32,
    vault: PathBuf,
}

#[allow(clippy::cast_precision_loss)]
fn entries(folder: &str) -> Result<f64> {
    Ok(fs::read_dir(folder).context("the process is gone")?.count() as f64)
}

fn process(pid: i32) -> Result<Process> {
    Ok(Process {
        pss: Used::by(pid)?.pss,
        files: entries(&format!("/proc/{pid}/fd"))?,
        threads: entries(&format!("/proc/{pid}/task"))?,
    })
}

/// All files below, bytes.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size(&entry.path()),
        // One that went meanwhile has none.
        data => data.map_or(0, |data| data.len()),
    });
    sizes.sum()
}

impl Reader {
    pub(super) fn new(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<Reader> {
        let (conn, _) = RustConnection::connect(Some(desktop.display_name()))?;
        conn.res_query_version(1, 2)?.reply()?;
        let server = desktop.pid_of(crate::desktop::Part::Display)?;
        Ok(Reader {
            agent: eyelid.pid_of("eyelid-agent").context("there is no agent")?,
            tray: eyelid.pid_of("eyelid").context("there is no tray app")?,
            server,
            vault: desktop.path("data/eyelid/vault"),
            conn,
        })
    }

    pub(super) fn read(&mut self, at: Duration, live: usize) -> Result<Sample> {
        let (resources, pixmaps) = self.kept()?;
        #[allow(clippy::cast_precision_loss)]
        let (vault, live) = (size(&self.vault) as f64 / 1e6, live as f64);
        let (agent, tray, server) = (process(self.agent)?, process(self.tray)?, process(self.server)?);
        Ok(Sample { at, agent, tray, server, resources, pixmaps, vault, live })
    }

    /// What the agent keeps at the X server: how many resources, and its pixmaps in MB.
    #[allow(clippy::cast_precision_loss)]
    fn kept(&self) -> Result<(f64, f64)> {
        let spec = ClientIdSpec { client: 0, mask: ClientIdMask::LOCAL_CLIENT_PID };
        let clients = self.conn.res_query_client_ids(&[spec])?.reply()?;
        let (mut count, mut bytes) = (0, 0);
        let mine =
            clients.ids.iter().filter(|id| id.value.first().is_some_and(|pid| i32::try_from(*pid) == Ok(self.agent)));
        for id in mine {
            let resources = self.conn.res_query_client_resources(id.spec.client)?.reply()?;
            count += resources.types.iter().map(|kind| u64::from(kind.count)).sum::<u64>();
            let pixmaps = self.conn.res_query_client_pixmap_bytes(id.spec.client)?.reply()?;
            bytes += u64::from(pixmaps.bytes) + (u64::from(pixmaps.bytes_overflow) << 32);
        }
        anyhow::ensure!(count > 0, "the agent keeps nothing at the X server: it was not found there");
        Ok((count as f64, bytes as f64 / 1e6))
    }
}
