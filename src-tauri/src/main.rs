//! Eyelid's tray app: the icon, the hotkeys and notifications, and the agent and the window that it starts.
//!
//! It decides nothing about recording. Everything that it shows is derived from the agent's snapshot.

mod accessibility;
mod acknowledgements;
mod agent;
mod autostart;
mod export;
mod faults;
mod hotkeys;
mod icons;
mod idle;
mod key;
mod keyring;
mod link;
mod logind;
mod mirror;
mod model;
mod notices;
mod notifier;
mod presence;
mod programs;
mod reader;
mod review;
mod rotation;
mod screensaver;
mod session;
mod single;
mod terminals;
#[cfg(test)]
mod testing;
mod tray;
mod watching;
mod window;

use anyhow::{Context, bail};
use faults::Faults;
use link::{Link, View};
use model::Action;
use notices::Notices;
use presence::Sign;
use protocol::Request;
use protocol::paths::Paths;
use single::Start;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use x11rb::connection::Connection;
use x11rb::rust_connection::RustConnection;

const USAGE: &str =
    "Usage: eyelid [--background]\n\n  --background  do not open the window, unless consent is still to be given";

/// What takes longer is told of.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// A picture that was passed on to the window goes back to the system when it is free. By itself the GNU allocator keeps
/// such buffers, apart for each of its threads, as soon as one was freed (`mallopt(3)`).
#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
fn return_large_memory() {
    // SAFETY: they set numbers of the allocator, before there is any other thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
    }
}

#[cfg(not(target_env = "gnu"))]
fn return_large_memory() {}

fn main() -> ExitCode {
    return_large_memory();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter()).without_time().init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn filter() -> tracing_subscriber::EnvFilter {
    tracing_subscriber::EnvFilter::try_from_env("EYELID_LOG").unwrap_or_else(|_| "eyelid=info,warn".into())
}

fn run() -> anyhow::Result<()> {
    let background = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [only] if only == "--background" => true,
        [only] if only == "--help" || only == "-h" => {
            println!("{USAGE}");
            return Ok(());
        }
        [only] if only == "--version" => {
            println!("eyelid {}", protocol::BUILD);
            return Ok(());
        }
        _ => bail!("{USAGE}"),
    };
    let paths = Paths::from_env()?;
    let display = display()?;
    let runtime = paths.socket.parent().context("the socket has no directory")?.to_owned();
    let first = match single::start(&runtime, !background)? {
        Start::First(first) => first,
        Start::Second => return Ok(()),
    };
    // The agent is bound to the life of the thread that starts it: this one. More threads would wake each other.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(serve(background, paths, first, display));
    runtime.shutdown_background();
    served
}

/// The display that Eyelid was started on. Without one there is nothing to control, and no way to do it.
fn display() -> anyhow::Result<Option<RustConnection>> {
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    match x11rb::connect(None) {
        Ok((display, _)) => Ok(Some(display)),
        Err(_) if wayland => Ok(None),
        Err(error) => Err(error)
            .context("No display answers. Start Eyelid from a desktop session, or set DISPLAY to a running X server"),
    }
}

/// Tells when the display has ended: the next one is the next session's, which starts its own Eyelid.
fn end_of(display: RustConnection) -> std::io::Result<oneshot::Receiver<()>> {
    let (ends, ended) = oneshot::channel();
    std::thread::Builder::new().name("display".into()).spawn(move || {
        while display.wait_for_event().is_ok() {}
        let _ = ends.send(());
    })?;
    Ok(ended)
}

async fn gone(ended: Option<oneshot::Receiver<()>>) {
    match ended {
        Some(ended) => drop(ended.await),
        None => std::future::pending().await,
    }
}

/// Runs until the person quits.
async fn serve(
    background: bool,
    paths: Paths,
    first: single::First,
    display: Option<RustConnection>,
) -> anyhow::Result<()> {
    let (link, orders) = Link::new();
    let faults = Faults::new(Arc::clone(&link));
    let (clicks, clicked) = mpsc::unbounded_channel();
    let (signs, signed) = mpsc::unbounded_channel();
    let (opens, opened) = mpsc::unbounded_channel();

    let shows = clicks.clone();
    first.serve(move || drop(shows.send(Action::Open))).context("a thread cannot be started")?;
    let display_ended = display.map(end_of).transpose().context("a thread cannot be started")?;
    let config = paths.config.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let socket = paths.socket.clone();
    tokio::spawn(watching::run(Arc::clone(&link), signs.clone(), signed));
    tokio::spawn(window::run(Arc::clone(&link), Arc::default(), opened));
    tokio::spawn(tray::run(Arc::clone(&link), Arc::clone(&faults), clicks.clone()));
    tokio::spawn(notifier::run(Arc::clone(&link), Arc::clone(&faults), Notices::new(background)));
    tokio::spawn(hotkeys::follow(Arc::clone(&link), Arc::clone(&faults)));
    tokio::spawn(keyring::watch(Arc::clone(&link)));
    tokio::spawn(rotation::follow(Arc::clone(&link)));
    tokio::spawn(autostart::follow(link.view(), Arc::clone(&faults), config));
    tokio::spawn(ended_by_signal(clicks.clone()));
    tokio::spawn(first_window(background, clicks, link.view()));
    tokio::spawn(agent::supervise(Arc::clone(&link), faults, paths, orders));
    tokio::select! {
        () = act(&link, clicked, &opens, &signs) => {
            link.stop().await;
            let _ = std::fs::remove_file(&socket);
            Ok(())
        }
        // The socket that is left behind tells that nobody ended Eyelid.
        () = gone(display_ended) => {
            link.stop().await;
            bail!("The display has ended, and Eyelid with it")
        }
    }
}

/// Does what was clicked, in its order, until that is to quit.
async fn act(
    link: &Arc<Link>,
    mut clicked: mpsc::UnboundedReceiver<Action>,
    opens: &mpsc::UnboundedSender<()>,
    signs: &mpsc::UnboundedSender<Sign>,
) {
    while let Some(action) = clicked.recv().await {
        if let Some(request) = action.request() {
            let _ = signs.send(Sign::Clicked);
            tokio::spawn(ask(Arc::clone(link), request));
            continue;
        }
        match action {
            Action::Open => drop(opens.send(())),
            Action::Quit => return,
            Action::Pause(_) | Action::Resume | Action::Forget(_) | Action::NeverRecordLastApp => {}
        }
    }
}

/// Asks the agent on the menu's behalf.
async fn ask(link: Arc<Link>, request: Request) {
    match tokio::time::timeout(ANSWERED_WITHIN, link.request(request)).await {
        Ok(Ok(_)) => {}
        Ok(Err(failure)) => link.say("That did not work", &failure.to_string()),
        Err(_) => link.say("That takes long", "Eyelid's recorder has not answered yet."),
    }
}

/// The window opens at the start, in the background only if consent is still to be given.
async fn first_window(
    background: bool,
    clicks: mpsc::UnboundedSender<Action>,
    mut view: tokio::sync::watch::Receiver<View>,
) {
    let wanted = !background
        || view
            .wait_for(|view| matches!(view, View::Running(_)))
            .await
            .is_ok_and(|view| matches!(&*view, View::Running(snapshot) if snapshot.consent.is_none()));
    if wanted {
        let _ = clicks.send(Action::Open);
    }
}

async fn ended_by_signal(clicks: mpsc::UnboundedSender<Action>) {
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else {
        return tracing::warn!("signals cannot be listened to");
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    let _ = clicks.send(Action::Quit);
}
