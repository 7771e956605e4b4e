//! The key, as the window changes it: the reader does it. What was typed goes to its standard input and is wiped.

use crate::link::{Link, Order, View};
use crate::reader;
use protocol::{ErrorCode, Failure, KeyAnswer, KeyAsk, Request, Secret};
use serde::Deserialize;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// A passphrase is work on purpose, and the keyring may ask to be unlocked.
const CHANGES_WITHIN: Duration = Duration::from_secs(180);

/// The recovery key that is on the screen, if there is one.
#[derive(Default)]
pub struct Key {
    shown: Mutex<Option<Shown>>,
}

/// A reader that has made a recovery key and waits for whether it counts.
struct Shown {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    holds: JoinHandle<()>,
}

#[derive(Deserialize)]
struct Made {
    recovery_key: Vec<Secret>,
}

/// Answers the window.
///
/// # Errors
/// Why it was not done; `Passphrase` where that is wanted.
pub async fn ask(key: &Key, link: &Arc<Link>, ask: KeyAsk, passphrase: Option<&Secret>) -> Result<KeyAnswer, Failure> {
    let present = passphrase.into_iter();
    let done = match &ask {
        KeyAsk::PassphraseSet(new) if passphrase.is_some() => {
            change(&["passphrase-set", "--change"], &present.chain([new]).collect::<Vec<_>>()).await
        }
        KeyAsk::PassphraseSet(new) => change(&["passphrase-set"], &[new]).await,
        KeyAsk::PassphraseRemove => match passphrase {
            Some(passphrase) => change(&["passphrase-remove"], &[passphrase]).await,
            None => Err(reader::refusal(Some(reader::PASSPHRASE), b"")),
        },
        KeyAsk::RecoveryUse(typed) => change(&["recovery-use"], &[typed]).await,
        KeyAsk::RecoveryNew => return key.show(link, passphrase).await.map(KeyAnswer::Recovery),
        KeyAsk::RecoveryKept => key.end(link, true).await,
        KeyAsk::RecoveryDropped => key.end(link, false).await,
    };
    link.order(Order::CheckRecipient);
    done.map(|()| KeyAnswer::Done)
}

async fn change(command: &[&str], typed: &[&Secret]) -> Result<(), Failure> {
    let arguments = [&["keys"][..], command, &["--program", "Eyelid", "--passphrase", "input"]].concat();
    reader::done(&arguments, Some(&reader::lines(typed)), CHANGES_WITHIN).await
}

impl Key {
    /// Makes one to be shown. Recording is held before the reader has even begun.
    async fn show(&self, link: &Arc<Link>, passphrase: Option<&Secret>) -> Result<Vec<Secret>, Failure> {
        let mut shown = self.shown.lock().await;
        close(shown.take(), link).await;
        hold(link).await?;
        let holds = tokio::spawn(hold_the_next(Arc::clone(link)));
        match start(passphrase, holds).await {
            Ok((made, groups)) => {
                *shown = Some(made);
                Ok(groups)
            }
            Err(failure) => {
                release(link).await;
                Err(failure)
            }
        }
    }

    /// It is gone from the screen.
    async fn end(&self, link: &Arc<Link>, counts: bool) -> Result<(), Failure> {
        let Some(mut shown) = self.shown.lock().await.take() else {
            return if counts { Err(unanswered()) } else { Ok(()) };
        };
        let kept = if counts { shown.keep().await } else { Ok(()) };
        close(Some(shown), link).await;
        kept
    }

    /// The window is gone, and with it what it showed.
    pub async fn window_gone(&self, link: &Arc<Link>) {
        close(self.shown.lock().await.take(), link).await;
    }
}

impl Shown {
    async fn keep(&mut self) -> Result<(), Failure> {
        self.input.write_all(b"kept\n").await.map_err(|_| unanswered())?;
        let mut said = String::new();
        let answered = timeout(CHANGES_WITHIN, self.output.read_line(&mut said)).await;
        if !matches!(answered, Ok(Ok(1..))) {
            return Err(unanswered());
        }
        match self.child.wait().await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(reader::refusal(status.code(), said.as_bytes())),
            Err(_) => Err(unanswered()),
        }
    }
}

fn unanswered() -> Failure {
    Failure::new(ErrorCode::Internal, "The part of Eyelid that makes recovery keys has ended.", "Try again.")
}

async fn start(passphrase: Option<&Secret>, holds: JoinHandle<()>) -> Result<(Shown, Vec<Secret>), Failure> {
    let made = async {
        let mut command = Command::new(reader::program().map_err(|_| unanswered())?);
        command.args(["keys", "recovery-new", "--program", "Eyelid"]);
        if passphrase.is_some() {
            command.args(["--passphrase", "input"]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|_| unanswered())?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(mut input), Some(output)) = (input, output) else { return Err(unanswered()) };
        if let Some(passphrase) = passphrase {
            input.write_all(reader::lines(&[passphrase]).as_bytes()).await.map_err(|_| unanswered())?;
        }
        let mut output = BufReader::new(output);
        let mut line = Zeroizing::new(String::with_capacity(1024));
        let answered = timeout(CHANGES_WITHIN, output.read_line(&mut line)).await;
        if !matches!(answered, Ok(Ok(1..))) {
            return Err(unanswered());
        }
        match serde_json::from_str::<Made>(&line) {
            Ok(Made { recovery_key }) => Ok((child, input, output, recovery_key)),
            Err(_) => {
                let code = child.wait().await.ok().and_then(|status| status.code());
                Err(reader::refusal(code, line.as_bytes()))
            }
        }
    };
    match made.await {
        Ok((child, input, output, groups)) => Ok((Shown { child, input, output, holds }, groups)),
        Err(failure) => {
            holds.abort();
            Err(failure)
        }
    }
}

/// Ends the reader, then the hold.
async fn close(shown: Option<Shown>, link: &Arc<Link>) {
    let Some(Shown { mut child, input, output: _, holds }) = shown else { return };
    drop(input);
    let _ = timeout(Duration::from_secs(2), child.wait()).await;
    holds.abort();
    release(link).await;
}

/// Where no agent runs, nothing is recorded.
async fn hold(link: &Arc<Link>) -> Result<(), Failure> {
    match link.request(Request::KeyShown(true)).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.code == ErrorCode::NotRunning => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// An agent that is started meanwhile is told at once: what it took in before is younger than its hold-back, and goes.
async fn hold_the_next(link: Arc<Link>) {
    let mut view = link.view();
    loop {
        if view.wait_for(|view| !matches!(view, View::Running(_))).await.is_err() {
            return;
        }
        if view.wait_for(|view| matches!(view, View::Running(_))).await.is_err() {
            return;
        }
        if let Err(failure) = hold(&link).await {
            tracing::warn!("the new recorder was not told that a recovery key is shown: {failure}");
        }
    }
}

async fn release(link: &Arc<Link>) {
    if let Err(failure) = link.request(Request::KeyShown(false)).await {
        tracing::debug!("the recorder was not told that the recovery key is gone: {failure}");
    }
}
