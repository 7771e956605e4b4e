//! Eyelid's tray app: the icon, the window, the hotkeys and notifications, and the agent that it starts.
//!
//! It decides nothing about recording. Everything that it shows is derived from the agent's snapshot.

mod accessibility;
mod acknowledgements;
mod agent;
mod autostart;
mod command;
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
use review::Review;
use single::Start;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, RunEvent, WindowEvent, async_runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

const USAGE: &str =
    "Usage: eyelid [--background]\n\n  --background  do not open the window, unless consent is still to be given";

/// What takes longer is told of.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
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
    display_answers()?;
    let runtime = paths.socket.parent().context("the socket has no directory")?.to_owned();
    let first = match single::start(&runtime, !background)? {
        Start::First(first) => first,
        Start::Second => return Ok(()),
    };
    // Threads of the runtime last as long as the process; the agent is bound to the life of the one that starts it.
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    async_runtime::set(threads.handle().clone());
    serve(background, paths, first)
}

/// Where no display answers, the toolkit would end without a word that helps.
fn display_answers() -> anyhow::Result<()> {
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    match x11rb::connect(None) {
        Ok(_) => Ok(()),
        Err(_) if wayland => Ok(()),
        Err(error) => Err(error)
            .context("No display answers. Start Eyelid from a desktop session, or set DISPLAY to a running X server"),
    }
}

fn serve(background: bool, paths: Paths, first: single::First) -> anyhow::Result<()> {
    let (link, orders) = Link::new();
    let faults = Faults::new(Arc::clone(&link));
    let (clicks, clicked) = mpsc::unbounded_channel();
    let (signs, signed) = mpsc::unbounded_channel();

    let (pictures, closed) = (Arc::clone(&link), Arc::clone(&link));
    let review = Arc::new(Review::default());
    let (past, looked) = (Arc::clone(&review), Arc::clone(&review));
    let app = tauri::Builder::default()
        .manage(Arc::clone(&link))
        .manage(review)
        .invoke_handler(tauri::generate_handler![command::request, command::mirror, command::review])
        .register_uri_scheme_protocol(mirror::SCHEME, move |_, request| pictures.mirror().serve(request.uri().path()))
        .register_asynchronous_uri_scheme_protocol(review::SCHEME, move |_, request, responder| {
            let past = Arc::clone(&past);
            async_runtime::spawn(async move { responder.respond(past.picture(request.uri().path()).await) });
        })
        .on_window_event(move |_, event| {
            if let WindowEvent::Destroyed = event {
                mirror::stop(&closed);
                looked.close();
                let (review, link) = (Arc::clone(&looked), Arc::clone(&closed));
                async_runtime::spawn(async move { review.window_gone(&link).await });
            }
        })
        .build(tauri::generate_context!())
        .context("The window system cannot be used")?;
    let handle = app.handle().clone();

    let shows = clicks.clone();
    first.serve(move || drop(shows.send(Action::Open))).context("a thread cannot be started")?;
    let config = paths.config.parent().map(std::path::Path::to_owned).unwrap_or_default();
    async_runtime::spawn(watching::run(Arc::clone(&link), signs.clone(), signed));
    async_runtime::spawn(window::forward(handle.clone(), Arc::clone(&link)));
    async_runtime::spawn(tray::run(Arc::clone(&link), Arc::clone(&faults), clicks.clone()));
    async_runtime::spawn(notifier::run(Arc::clone(&link), Arc::clone(&faults), Notices::new(background)));
    async_runtime::spawn(hotkeys::follow(Arc::clone(&link), Arc::clone(&faults)));
    async_runtime::spawn(keyring::watch(Arc::clone(&link)));
    async_runtime::spawn(rotation::follow(Arc::clone(&link)));
    async_runtime::spawn(autostart::follow(link.view(), Arc::clone(&faults), config));
    async_runtime::spawn(ended_by_signal(clicks.clone()));
    async_runtime::spawn(act(handle.clone(), Arc::clone(&link), paths.socket.clone(), clicked, signs));
    async_runtime::spawn(first_window(background, clicks, link.view()));
    async_runtime::spawn(agent::supervise(link, faults, paths, orders));

    app.run(|_, event| {
        if let RunEvent::ExitRequested { api, code: None, .. } = event {
            // The last window was closed; the tray stays.
            api.prevent_exit();
        }
    });
    Ok(())
}

/// Does what was clicked, in its order.
async fn act(
    app: AppHandle,
    link: Arc<Link>,
    socket: PathBuf,
    mut clicked: mpsc::UnboundedReceiver<Action>,
    signs: mpsc::UnboundedSender<Sign>,
) {
    while let Some(action) = clicked.recv().await {
        if let Some(request) = action.request() {
            let _ = signs.send(Sign::Clicked);
            async_runtime::spawn(ask(Arc::clone(&link), request));
            continue;
        }
        match action {
            Action::Open => window::open(&app),
            Action::Quit => {
                link.stop().await;
                // One that is left behind tells that nobody ended Eyelid.
                let _ = std::fs::remove_file(&socket);
                app.exit(0);
            }
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
