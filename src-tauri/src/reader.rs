//! `eyelid-reader`, the only program that opens the keyring: compared keys, and a key made before consent.

use anyhow::{Context, bail};
use policy::Recipient;
use protocol::review::Span;
use protocol::{ErrorCode, Failure, KeyInfo, Secret, paths};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use zeroize::Zeroizing;

/// A comparison asks nobody.
const VERIFY_WITHIN: Duration = Duration::from_secs(30);
/// Every key of the vault is sealed anew.
const ROTATE_WITHIN: Duration = Duration::from_secs(120);
/// What is forgotten is taken out of its minutes, and these are sealed afresh.
const FORGET_WITHIN: Duration = Duration::from_secs(120);
/// Making a key may wait for the person to unlock the keyring.
const ENSURE_WITHIN: Duration = Duration::from_secs(180);

/// The reader's exit code where the passphrase is wanted, or was wrong.
pub const PASSPHRASE: i32 = 10;

/// What was typed, as the reader takes it.
pub fn lines(typed: &[&Secret]) -> Zeroizing<String> {
    let length = typed.iter().map(|line| line.as_str().len() + 1).sum();
    // All at once, so that growing leaves no copies behind.
    let mut lines = Zeroizing::new(String::with_capacity(length));
    for line in typed {
        lines.push_str(line.as_str());
        lines.push('\n');
    }
    lines
}

/// Has the reader do something.
///
/// # Errors
/// What it refused, and why.
pub async fn done(arguments: &[&str], input: Option<&str>, within: Duration) -> Result<(), Failure> {
    match run_with(arguments, input, within).await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(refusal(output.status.code(), &output.stdout)),
        Err(error) => Err(Failure::new(
            ErrorCode::Internal,
            format!("The key could not be changed: {error:#}."),
            "Install Eyelid again; eyelid-reader belongs to it.",
        )),
    }
}

/// The program.
pub fn program() -> anyhow::Result<PathBuf> {
    paths::program("eyelid-reader").context("this program's own place is not known")
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compared {
    Verified,
    Locked,
    NoKeyring,
    Missing,
    Mismatch,
    None,
}

#[derive(Deserialize)]
struct VerifyAnswer {
    recipient: Compared,
    /// The public key that the keyring's own key derives to.
    #[serde(default)]
    key: Option<String>,
    #[serde(flatten)]
    kept: KeyInfo,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
    cure: String,
}

/// How the key in the keyring compares with the vault's.
pub struct Comparison {
    /// The comparison.
    pub state: Recipient,
    /// The public key to seal to when it is the same.
    pub key: Option<String>,
    /// How the keyring keeps it.
    pub kept: KeyInfo,
    /// What is wrong, and what to do.
    pub fault: Option<(&'static str, &'static str)>,
}

/// Compares the keys. Nobody is asked for a password.
///
/// # Errors
/// When the reader could not be run or its answer not be read.
pub async fn verify() -> anyhow::Result<Comparison> {
    let output = run(&["keys", "verify"], VERIFY_WITHIN).await?;
    match serde_json::from_slice::<VerifyAnswer>(&output.stdout) {
        Ok(VerifyAnswer { recipient: compared, key, kept }) => {
            Ok(Comparison { fault: fault(&compared), state: recipient(compared), key, kept })
        }
        Err(_) => bail!("eyelid-reader gave no answer ({})", output.status),
    }
}

fn fault(compared: &Compared) -> Option<(&'static str, &'static str)> {
    match compared {
        Compared::Verified | Compared::None => None,
        Compared::Locked => Some((
            "Your keyring is locked, so the key that seals your recording is not verified.",
            "Unlock it; logging in with your password usually does.",
        )),
        Compared::NoKeyring => Some((
            "No keyring answers, so the key that seals your recording is not verified.",
            "Start a Secret Service, such as gnome-keyring or KWallet.",
        )),
        Compared::Missing => Some((
            "The key of your recording is not in your keyring.",
            "Restore the keyring that belongs to it. Without its key nobody can open the recording.",
        )),
        Compared::Mismatch => Some((
            "The key in your keyring is not the one that your recording is sealed to.",
            "Restore the keyring that belongs to it. Without its key nobody can open the recording.",
        )),
    }
}

fn recipient(compared: Compared) -> Recipient {
    match compared {
        Compared::Verified => Recipient::Verified,
        Compared::Locked | Compared::NoKeyring => Recipient::Locked,
        Compared::Missing | Compared::Mismatch => Recipient::Mismatch,
        Compared::None => Recipient::None,
    }
}

/// Makes the key if there is none.
///
/// # Errors
/// `Keyring` when it is locked, absent or holds another key.
pub async fn ensure() -> Result<(), Failure> {
    match run(&["keys", "ensure"], ENSURE_WITHIN).await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(refusal(output.status.code(), &output.stdout)),
        Err(error) => Err(Failure::new(
            ErrorCode::Keyring,
            format!("The key for your recording could not be made: {error:#}."),
            "Install Eyelid again; eyelid-reader belongs to it.",
        )),
    }
}

/// Replaces the key after something was forgotten. Asks nobody.
///
/// # Errors
/// `Keyring` when it is locked, absent or holds another key, or the vault is busy; the next call goes on.
pub async fn rotate(passphrase: Option<&Secret>) -> Result<(), Failure> {
    let typed = passphrase.map(|passphrase| lines(&[passphrase]));
    let arguments: &[&str] =
        if typed.is_some() { &["forget-rotate", "--passphrase", "input"] } else { &["forget-rotate"] };
    match run_with(arguments, typed.as_ref().map(|typed| typed.as_str()), ROTATE_WITHIN).await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(refusal(output.status.code(), &output.stdout)),
        Err(error) => Err(Failure::new(
            ErrorCode::Keyring,
            format!("The key could not be replaced: {error:#}."),
            "It is tried again by itself.",
        )),
    }
}

/// Forgets what lies in a range and belongs to an app, or the one picture of its time. The app's name goes through the
/// standard input: a command line is open to every user.
///
/// # Errors
/// `Keyring` when it is locked, absent or holds another key, or why else it was not done.
pub async fn forget(span: Span, app: Option<&str>, passphrase: Option<&Secret>) -> Result<(), Failure> {
    let time = |wall: policy::Wall| Ok::<_, jiff::Error>(jiff::Timestamp::from_millisecond(wall.0)?.to_string());
    let asked = async {
        let (from, to) = (time(span.from)?, time(span.to)?);
        let what = if app.is_some() { "--app-from-input" } else { "--picture" };
        let mut arguments = vec!["forget", "--from", &from, "--to", &to, what, "--program", "Eyelid"];
        let mut input = passphrase.map_or_else(Zeroizing::default, |passphrase| lines(&[passphrase]));
        if passphrase.is_some() {
            arguments.extend(["--passphrase", "input"]);
        }
        if let Some(app) = app {
            input = Zeroizing::new([input.as_str(), app].concat());
        }
        run_with(&arguments, Some(&input), FORGET_WITHIN).await
    };
    match asked.await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(refusal(output.status.code(), &output.stdout)),
        Err(error) => Err(Failure::new(
            ErrorCode::VaultUnavailable,
            format!("It could not be forgotten: {error:#}."),
            "Try again, or forget the whole range: that needs no key.",
        )),
    }
}

/// What the reader said, or words for its code.
pub fn refusal(code: Option<i32>, stdout: &[u8]) -> Failure {
    if let Ok(Refusal { message, cure }) = serde_json::from_slice(stdout) {
        let kind = if code == Some(PASSPHRASE) { ErrorCode::Passphrase } else { ErrorCode::Keyring };
        return Failure::new(kind, message, cure);
    }
    let (message, cure) = match code {
        Some(3) => ("Your keyring is locked.", "Unlock it and try again."),
        Some(4) => ("There is no keyring.", "Start a Secret Service, such as gnome-keyring or KWallet, and try again."),
        Some(PASSPHRASE) => {
            let (message, cure) = ("The key of your recording is under a passphrase.", "Give it and try again.");
            return Failure::new(ErrorCode::Passphrase, message, cure);
        }
        Some(5) => (
            "The key in your keyring is not the one that your recording is sealed to.",
            "Restore the keyring, or erase the recording and begin anew.",
        ),
        Some(_) | None => ("The key for your recording could not be made.", "See Eyelid's log for the reason."),
    };
    Failure::new(ErrorCode::Keyring, message, cure)
}

async fn run(arguments: &[&str], within: Duration) -> anyhow::Result<Output> {
    run_with(arguments, None, within).await
}

async fn run_with(arguments: &[&str], input: Option<&str>, within: Duration) -> anyhow::Result<Output> {
    let mut command = Command::new(program()?);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().context("eyelid-reader could not be started")?;
    if let (Some(input), Some(mut to)) = (input, child.stdin.take()) {
        // One that refuses before it reads has closed it, and says why.
        let _ = to.write_all(input.as_bytes()).await;
    }
    let output = tokio::time::timeout(within, child.wait_with_output()).await;
    output.context("eyelid-reader did not answer in time")?.context("eyelid-reader cannot be waited for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_of_the_reader_is_understood() {
        let expected = [
            ("verified", Recipient::Verified),
            ("locked", Recipient::Locked),
            ("no-keyring", Recipient::Locked),
            ("missing", Recipient::Mismatch),
            ("mismatch", Recipient::Mismatch),
            ("none", Recipient::None),
        ];
        for (word, meaning) in expected {
            let answer: VerifyAnswer = serde_json::from_str(&format!("{{\"recipient\":\"{word}\"}}")).unwrap();
            let wrong = !matches!(meaning, Recipient::Verified | Recipient::None);
            assert_eq!(fault(&answer.recipient).is_some(), wrong, "{word}");
            assert_eq!(recipient(answer.recipient), meaning, "{word}");
        }
    }

    #[test]
    fn a_refusal_without_words_still_has_a_message_and_a_cure() {
        for code in [Some(1), Some(3), Some(4), Some(5), None] {
            let failure = refusal(code, b"");
            assert_eq!(failure.code, ErrorCode::Keyring);
            assert!(!failure.message.is_empty() && !failure.cure.is_empty());
        }
        let failure = refusal(Some(3), br#"{"message":"Locked.","cure":"Unlock."}"#);
        assert_eq!((failure.message.as_str(), failure.cure.as_str()), ("Locked.", "Unlock."));
    }
}
