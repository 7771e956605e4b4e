//! Everything that opens the vault is done by `eyelid-reader`, which logs it first.

use protocol::{ErrorCode, Failure, paths};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use zeroize::Zeroizing;

/// A recovery key is told in a line of fewer bytes, so that growing leaves no copies of it behind.
const LINE: usize = 1024;

fn program() -> Result<PathBuf, Failure> {
    paths::program("eyelid-reader")
        .ok()
        .filter(|path| path.exists())
        .ok_or_else(|| Failure::new(ErrorCode::Internal, "eyelid-reader is missing.", "Install Eyelid again, whole."))
}

fn started(error: &std::io::Error) -> Failure {
    Failure::new(ErrorCode::Internal, format!("eyelid-reader cannot be started: {error}."), "Install Eyelid again.")
}

/// Runs the reader to its end; its answer, or its refusal as a failure.
pub fn answer(args: &[&str]) -> Result<serde_json::Value, Failure> {
    let output = Command::new(program()?).args(args).stderr(Stdio::inherit()).output().map_err(|e| started(&e))?;
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if output.status.success() { Ok(value) } else { Err(refusal(output.status.code(), &value)) }
}

fn silent() -> Failure {
    Failure::new(ErrorCode::Internal, "eyelid-reader ended without an answer.", "Try again; if it stays, report it.")
}

/// What the reader refused, by its code and its words.
fn refusal(code: Option<i32>, value: &serde_json::Value) -> Failure {
    let code = match code {
        Some(2) => ErrorCode::InvalidInput,
        Some(3..=5) => ErrorCode::Keyring,
        Some(6) => ErrorCode::VaultUnavailable,
        Some(10) => ErrorCode::Passphrase,
        Some(_) | None => ErrorCode::Internal,
    };
    let text = |key: &str, other: &str| value.get(key).and_then(|v| v.as_str()).unwrap_or(other).to_owned();
    let Failure { message, cure, .. } = silent();
    Failure::new(code, text("message", &message), text("cure", &cure))
}

/// A recovery key that the reader has made and is not to keep yet.
pub struct Making {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The key, in groups.
    pub groups: Zeroizing<Vec<String>>,
}

#[derive(Deserialize)]
struct Made {
    recovery_key: Vec<String>,
}

impl Making {
    /// Has one made. The reader asks for a passphrase itself.
    pub fn start() -> Result<Making, Failure> {
        let mut command = Command::new(program()?);
        command.args(["keys", "recovery-new", "--program", "eyelidctl", "--passphrase", "terminal"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| started(&e))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else { return Err(silent()) };
        let mut output = BufReader::new(output);
        let mut line = Zeroizing::new(String::with_capacity(LINE));
        output.read_line(&mut line).map_err(|_| silent())?;
        match serde_json::from_str::<Made>(&line) {
            Ok(Made { recovery_key }) => Ok(Making { child, input, output, groups: Zeroizing::new(recovery_key) }),
            Err(_) => {
                let code = child.wait().ok().and_then(|status| status.code());
                Err(refusal(code, &serde_json::from_str(&line).unwrap_or_default()))
            }
        }
    }

    /// The person has it.
    pub fn keep(mut self) -> Result<(), Failure> {
        let told = self.input.write_all(b"kept\n").and_then(|()| self.input.flush());
        told.map_err(|_| silent())?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|_| silent())?;
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(refusal(status.code(), &serde_json::from_str(&line).unwrap_or_default())),
            Err(_) => Err(silent()),
        }
    }
}

/// Makes the key at the first consent, or compares it later.
pub fn ensure_keys() -> Result<(), Failure> {
    answer(&["keys", "ensure"]).map(|_| ())
}

/// Writes the person's own data, readable.
pub fn export(from: &str, to: &str, folder: &Path, json: bool) -> Result<ExitCode, Failure> {
    let folder_text = folder.to_string_lossy();
    let value = answer(&[
        "export",
        "--from",
        from,
        "--to",
        to,
        "--program",
        "eyelidctl",
        "--passphrase",
        "terminal",
        &folder_text,
    ])?;
    if json {
        println!("{value}");
    } else {
        println!("Written to {folder_text}. It is not sealed any more: keep it where only you can read it.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The log, in the reader's own words.
pub fn log(json: bool) -> Result<ExitCode, Failure> {
    let value = answer(&["log"])?;
    if json {
        println!("{value}");
        return Ok(ExitCode::SUCCESS);
    }
    crate::print::log(&value);
    Ok(ExitCode::SUCCESS)
}

/// Every record, checked.
pub fn verify(json: bool) -> Result<ExitCode, Failure> {
    let value = answer(&["verify", "--program", "eyelidctl", "--passphrase", "terminal"])?;
    if json {
        println!("{value}");
    } else {
        println!("{}", serde_json::to_string_pretty(&value).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}
