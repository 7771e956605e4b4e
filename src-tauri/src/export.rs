//! Writing recorded data out for the person: the reader does it, this watches.

use crate::reader;
use protocol::review::{ExportState, Span};
use protocol::{ErrorCode, Failure};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// The reader's exit code for an export that was cancelled.
const CANCELLED: i32 = 8;

/// The one export there may be at a time.
#[derive(Default)]
pub struct Export {
    state: Arc<Mutex<State>>,
}

struct State {
    shown: ExportState,
    /// Dropped, it cancels.
    cancel: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
}

impl Default for State {
    fn default() -> State {
        State { shown: ExportState::None, cancel: None, ended: None }
    }
}

#[derive(Deserialize)]
struct Progress {
    done: u32,
    of: u32,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Export {
    /// Begins one, into a new folder.
    ///
    /// # Errors
    /// When one is under way, or there is no folder to write to.
    pub fn begin(&self, span: Span, typed: Option<Zeroizing<String>>) -> Result<ExportState, Failure> {
        let mut state = lock(&self.state);
        if matches!(state.shown, ExportState::Running { .. }) {
            return Err(failure("Another export is under way.", "Wait for it, or cancel it first."));
        }
        let folder =
            folder(span).ok_or_else(|| failure("Your home folder is not known.", "Set HOME and try again."))?;
        let child = start(span, &folder, typed.is_some()).map_err(|error| {
            failure(
                &format!("The export could not be started: {error}."),
                "Install Eyelid again; eyelid-reader belongs to it.",
            )
        })?;
        let (cancel, cancelled) = oneshot::channel();
        let (ends, ended) = oneshot::channel();
        *state = State { shown: ExportState::Running { done: 0, of: 0 }, cancel: Some(cancel), ended: Some(ended) };
        let shared = Arc::clone(&self.state);
        tokio::spawn(async move {
            let shown = watch(child, typed, &folder, &shared, cancelled).await;
            lock(&shared).shown = shown;
            let _ = ends.send(());
        });
        Ok(state.shown.clone())
    }

    /// How far it is.
    pub fn state(&self) -> ExportState {
        lock(&self.state).shown.clone()
    }

    /// Ends it, and waits until nothing of it is left.
    pub async fn cancel(&self) -> ExportState {
        let ended = {
            let mut state = lock(&self.state);
            state.cancel = None;
            state.ended.take()
        };
        if let Some(ended) = ended {
            let _ = ended.await;
        }
        self.state()
    }
}

fn failure(message: &str, cure: &str) -> Failure {
    Failure::new(ErrorCode::InvalidInput, message, cure)
}

/// In the person's download folder, if they have one, or their home.
fn folder(span: Span) -> Option<PathBuf> {
    let within = dirs::download_dir().filter(|folder| folder.is_dir()).or_else(dirs::home_dir)?;
    let from = jiff::Timestamp::from_millisecond(span.from.0).ok()?.to_zoned(jiff::tz::TimeZone::system());
    let name = format!("Eyelid export {}", from.strftime("%Y-%m-%d %H.%M"));
    let numbered = |n: u32| within.join(if n == 1 { name.clone() } else { format!("{name} ({n})") });
    (1..1000).map(numbered).find(|folder| !folder.exists())
}

fn start(span: Span, folder: &Path, typed: bool) -> anyhow::Result<Child> {
    let time = |wall: policy::Wall| Ok::<_, jiff::Error>(jiff::Timestamp::from_millisecond(wall.0)?.to_string());
    let mut command = Command::new(reader::program()?);
    command.args(["export", "--from", &time(span.from)?, "--to", &time(span.to)?, "--program", "Eyelid"]);
    if typed {
        command.args(["--passphrase", "input"]);
    }
    command.args(["--progress", "--until-closed"]).arg(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command.spawn()?)
}

async fn watch(
    mut child: Child,
    typed: Option<Zeroizing<String>>,
    folder: &Path,
    state: &Mutex<State>,
    mut cancelled: oneshot::Receiver<()>,
) -> ExportState {
    let mut input = child.stdin.take();
    if let (Some(typed), Some(input)) = (typed, &mut input) {
        // One that refuses before it reads says why.
        let _ = input.write_all(typed.as_bytes()).await;
    }
    let progress = child.stderr.take().map(|from| BufReader::new(from).lines());
    let mut said = Vec::new();
    let mut output = child.stdout.take();
    let follow = async {
        let Some(mut lines) = progress else { return };
        while let Ok(Some(line)) = lines.next_line().await {
            match serde_json::from_str::<Progress>(&line) {
                Ok(Progress { done, of }) => lock(state).shown = ExportState::Running { done, of },
                Err(_) => eprintln!("{line}"),
            }
        }
    };
    let answer = async {
        if let Some(output) = &mut output {
            let _ = output.read_to_end(&mut said).await;
        }
    };
    let cancel = async {
        let _ = (&mut cancelled).await;
        drop(input.take());
        // Its end is what the others wait for.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = async { tokio::join!(follow, answer) } => {}
        () = cancel => {}
    }
    match child.wait().await.ok().and_then(|status| status.code()) {
        Some(0) => ExportState::Done { folder: folder.display().to_string() },
        Some(CANCELLED) => ExportState::Cancelled,
        code => ExportState::Failed(reader::refusal(code, &said)),
    }
}
