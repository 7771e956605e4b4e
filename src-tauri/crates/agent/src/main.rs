//! `eyelid-agent`: captures, decides and seals. Started by the tray app; ends with it.

mod agent;
mod asking;
mod capture;
mod clock;
mod config;
mod deferred;
mod fd;
mod holdback;
mod keeping;
mod mirror;
mod receipt;
mod reopening;
mod retention;
mod sandbox;
mod secrets;
mod sensing;
mod server;
mod setup;
mod showing;
mod sites;
mod terminals;
mod tray_link;
mod withheld;
mod words;
mod world;

use platform::access::Access;
use platform::sites::Sites;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// The tray app does not start the agent again after this one: something has to be mended by a person first.
const EXIT_SETUP: u8 = 3;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    if let Err(e) = sandbox::close_memory() {
        eprintln!("Eyelid's recorder cannot protect its memory: {e}.");
        return ExitCode::from(EXIT_SETUP);
    }
    sandbox::lock_memory();
    return_large_memory();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("Eyelid's recorder cannot start: {e}.");
            return ExitCode::from(EXIT_SETUP);
        }
    };
    runtime.block_on(async {
        let ready = match setup::start().await {
            Ok(ready) => ready,
            Err(e) => {
                eprintln!("{e:#}");
                return ExitCode::from(EXIT_SETUP);
            }
        };
        match Box::pin(run(ready)).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                // The tray app starts a new one, with new connections.
                eprintln!("{e:#}");
                ExitCode::FAILURE
            }
        }
    })
}

/// Buffers of a mebibyte or more go back to the system when they are free. By itself the GNU allocator keeps as much as
/// ever was in use at once, as soon as one such buffer was freed (`mallopt(3)`, "dynamic mmap threshold").
#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
fn return_large_memory() {
    // SAFETY: it sets a number of the allocator, before there is any other thread.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20) };
}

#[cfg(not(target_env = "gnu"))]
fn return_large_memory() {}

/// One turn after another until the tray app is gone or a sensor is lost.
async fn run(ready: setup::Ready) -> anyhow::Result<()> {
    let setup::Ready { mut agent, requests, notes, saves, watch, access, sites, end } = ready;
    let ended = turns(&mut agent, requests, notes, saves, watch, (access, sites), end).await;
    // A lost display ends it too, and what stands is saved all the same.
    agent.end();
    ended
}

/// So many turns at most for what the display says, before everyone else has one.
const PASSES: u32 = 8;

async fn turns(
    agent: &mut agent::Agent,
    mut requests: mpsc::Receiver<server::FromClient>,
    mut notes: mpsc::UnboundedReceiver<vault::Note>,
    mut saves: mpsc::UnboundedReceiver<(u64, bool)>,
    watch: config::Watch,
    (mut access, mut sites): (Option<Access>, Option<Sites>),
    mut end: setup::End,
) -> anyhow::Result<()> {
    let mut passes = 0;
    let display_fd = match &agent.display {
        Some(display) => Some(fd::watched(display.as_fd().try_clone_to_owned()?)?),
        None => None,
    };
    loop {
        let now = clock::now();
        let next = agent.act(now)?;
        // Whatever was sent may have read too, and then nothing wakes this loop for what was read.
        let more = agent.drain_display()?;
        passes = if more { passes + 1 } else { 0 };
        if more && passes < PASSES {
            continue;
        }
        if agent.pings_access(now)
            && let Some(access) = access.as_mut()
        {
            access.ping();
        }
        let mut wait = next.map_or(Duration::from_secs(3600), |next| clock::until(next, now));
        if more {
            // A flood of events keeps nobody from being heard.
            passes = 0;
            wait = Duration::ZERO;
            tokio::task::yield_now().await;
        }
        if let Some(sites) = sites.as_mut() {
            agent.order_sites(sites);
        }
        tokio::select! {
            // Order matters where several are ready: the end, then what holds, then what asks.
            biased;
            () = end.asked() => break,
            message = agent.tray.from_tray.recv() => match message {
                Some(message) => agent.told_by_tray(message)?,
                None => break,
            },
            readable = readable(display_fd.as_ref()) => {
                readable?;
                agent.drain_display()?;
            }
            event = next_access(&mut access) => match event {
                Some(event) => agent.accessed(event),
                None => anyhow::bail!("The accessibility bus is gone."),
            },
            event = next_site(&mut sites) => match event {
                Some(event) => agent.sited(event),
                None => anyhow::bail!("The accessibility bus is gone."),
            },
            Some(request) = requests.recv() => agent.asked(request)?,
            opened = agent.reopening.tried() => agent.tried(opened)?,
            Some(note) = notes.recv() => {
                agent.noted(note, clock::now());
                // Those that come with one commit are one piece of news.
                while let Ok(note) = notes.try_recv() {
                    agent.noted(note, clock::now());
                }
            }
            Some((number, written)) = saves.recv() => agent.saved(number, written),
            () = watch.changed() => agent.files_changed(),
            () = tokio::time::sleep(wait) => {}
        }
    }
    Ok(())
}

async fn readable(fd: Option<&AsyncFd<std::os::fd::OwnedFd>>) -> std::io::Result<()> {
    match fd {
        Some(fd) => {
            fd.readable().await?.clear_ready();
            Ok(())
        }
        None => std::future::pending().await,
    }
}

async fn next_site(sites: &mut Option<Sites>) -> Option<platform::sites::SiteEvent> {
    match sites {
        Some(sites) => sites.next().await,
        None => std::future::pending().await,
    }
}

async fn next_access(access: &mut Option<Access>) -> Option<platform::access::AccessEvent> {
    match access {
        Some(access) => access.next().await,
        None => std::future::pending().await,
    }
}
