//! A recovery key on the terminal: shown once, while nothing is recorded.

use crate::commands::{connect, done};
use crate::key::touched;
use crate::reader::Making;
use protocol::{ErrorCode, Failure, Request};
use rustix::termios::{QueueSelector, isatty, tcflush};
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// The alternate screen, which no terminal keeps lines of, emptied.
const OPEN: &str = "\x1b[?1049h\x1b[2J\x1b[H";
/// It is emptied, with what a terminal without one has kept, and left.
const CLOSE: &str = "\x1b[2J\x1b[3J\x1b[H\x1b[?1049l\x1b[3J";
/// An Eyelid that was not there is looked for so often. What it might have recorded meanwhile is younger than its
/// hold-back of two seconds or more, and goes with the hold.
const AGAIN: Duration = Duration::from_millis(300);
/// Groups of a line.
const LINE: usize = 5;

/// Makes one and shows it until the person has it.
pub async fn new(json: bool) -> Result<ExitCode, Failure> {
    if !isatty(std::io::stdin()) || !isatty(std::io::stdout()) {
        return Err(Failure::new(
            ErrorCode::InvalidInput,
            "A recovery key is shown on a terminal only, and this is none.",
            "Run it in a terminal, or use Eyelid's window.",
        ));
    }
    let hold = Hold::begin().await?;
    let kept = show().await;
    hold.end().await;
    kept?;
    touched().await;
    done(
        json,
        "The recovery key is good until you next forget something. Empty your terminal's history if it keeps one.",
    )
}

/// Shows it; whether the person has it, and it is kept, or why not.
async fn show() -> Result<(), Failure> {
    let making = aside(Making::start).await??;
    let mut lines = String::with_capacity(1024);
    if let Some((first, rest)) = making.groups.split_first() {
        lines.push_str(&format!("    {first}\r\n"));
        for line in rest.chunks(LINE) {
            lines.push_str(&format!("    {}\r\n", line.join(" ")));
        }
    }
    let lines = zeroize::Zeroizing::new(lines);
    let text = zeroize::Zeroizing::new(format!(
        "{OPEN}Your recovery key. It opens your recording without your keyring and without your passphrase:\r\n\
         keep it on paper, where only you find it.\r\n\r\n{}\r\n\
         It is shown this once and kept nowhere. Nothing is recorded while it stands here.\r\n\
         Press Enter when you have it: only then it counts. Ctrl+C: it never will.\r\n",
        *lines
    ));
    // What was typed before is no answer.
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
    write(&text)?;
    let has = confirmed().await;
    write(CLOSE)?;
    if has? {
        return aside(move || making.keep()).await?;
    }
    Err(Failure::new(ErrorCode::InvalidInput, "The new recovery key opens nothing.", "Run it again when you want one."))
}

/// Whether Enter was pressed, and not Ctrl+C.
async fn confirmed() -> Result<bool, Failure> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let [Ok(mut interrupt), Ok(mut terminate)] = kinds else { return Err(internal("Signals cannot be listened to.")) };
    let entered = aside(|| matches!(std::io::stdin().lock().read_line(&mut String::new()), Ok(1..)));
    tokio::select! {
        entered = entered => entered,
        _ = interrupt.recv() => Ok(false),
        _ = terminate.recv() => Ok(false),
    }
}

fn write(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|_| internal("The terminal is gone."))
}

fn internal(message: &str) -> Failure {
    Failure::new(ErrorCode::Internal, message, "Try again.")
}

/// What waits for a person runs on a thread that nobody has to wait for.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let (sender, answer) = oneshot::channel();
    std::thread::spawn(move || drop(sender.send(work())));
    answer.await.map_err(|_| internal("eyelidctl cannot go on."))
}

/// Holds the recording while it lives, also of an Eyelid that is started or started again meanwhile.
struct Hold {
    over: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl Hold {
    /// Comes back once it is in force, or once it is known that there is nothing to hold.
    async fn begin() -> Result<Hold, Failure> {
        let (over, asked) = oneshot::channel();
        let (ends, ended) = oneshot::channel();
        let (first, mut begun) = watch::channel(None);
        tokio::spawn(async move {
            tokio::select! {
                () = follow(&first) => {}
                client = released(asked, &first) => drop(client),
            }
            let _ = ends.send(());
        });
        let _ = begun.wait_for(Option::is_some).await;
        let failure = match &*begun.borrow() {
            Some(State::Refused(failure)) => Some(failure.clone()),
            Some(State::Held(_) | State::Absent) | None => None,
        };
        failure.map_or(Ok(Hold { over, ended }), Err)
    }

    async fn end(self) {
        let _ = self.over.send(());
        let _ = self.ended.await;
    }
}

/// How the agent stands to it.
enum State {
    Held(protocol::client::Client),
    Absent,
    Refused(Failure),
}

/// Asks each agent that comes; ends never.
async fn follow(state: &watch::Sender<Option<State>>) {
    loop {
        match hold().await {
            Ok((client, mut events)) => {
                state.send_replace(Some(State::Held(client)));
                // The stream ends with the agent.
                while let Some(event) = events.recv().await {
                    if matches!(event, protocol::Event::Gone(_)) {
                        break;
                    }
                }
                state.send_replace(Some(State::Absent));
            }
            Err(failure) if failure.code == ErrorCode::NotRunning => {
                state.send_replace(Some(State::Absent));
            }
            Err(failure) => {
                state.send_replace(Some(State::Refused(failure)));
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

type Held = (protocol::client::Client, tokio::sync::mpsc::UnboundedReceiver<protocol::Event>);

async fn hold() -> Result<Held, Failure> {
    let (client, _, events) = connect().await?;
    client.request(Request::KeyShown(true)).await?;
    Ok((client, events))
}

/// It is over: the agent that holds is told so, and its connection stays until it has answered.
async fn released(
    asked: oneshot::Receiver<()>,
    state: &watch::Sender<Option<State>>,
) -> Option<protocol::client::Client> {
    let _ = asked.await;
    let client = match &*state.borrow() {
        Some(State::Held(client)) => Some(client.clone()),
        Some(State::Absent | State::Refused(_)) | None => None,
    };
    if let Some(client) = &client {
        let _ = client.request(Request::KeyShown(false)).await;
    }
    client
}
