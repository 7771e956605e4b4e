//! Everything that opens the vault is done by `eyelid-reader`, which logs it first.

use protocol::{ErrorCode, Failure, paths};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

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
fn answer(args: &[&str]) -> Result<serde_json::Value, Failure> {
    let output = Command::new(program()?).args(args).stderr(Stdio::inherit()).output().map_err(|e| started(&e))?;
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if output.status.success() {
        return Ok(value);
    }
    let code = match output.status.code() {
        Some(2) => ErrorCode::InvalidInput,
        Some(3..=5) => ErrorCode::Keyring,
        Some(6) => ErrorCode::VaultUnavailable,
        Some(_) | None => ErrorCode::Internal,
    };
    let text = |key: &str, other: &str| value.get(key).and_then(|v| v.as_str()).unwrap_or(other).to_owned();
    Err(Failure::new(
        code,
        text("message", "eyelid-reader ended without an answer."),
        text("cure", "Try again; if it stays, report it."),
    ))
}

/// Makes the key at the first consent, or compares it later.
pub fn ensure_keys() -> Result<(), Failure> {
    answer(&["keys", "ensure"]).map(|_| ())
}

/// Writes the person's own data, readable.
pub fn export(from: &str, to: &str, folder: &Path, json: bool) -> Result<ExitCode, Failure> {
    let folder_text = folder.to_string_lossy();
    let value = answer(&["export", "--from", from, "--to", to, "--program", "eyelidctl", &folder_text])?;
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
    let value = answer(&["verify"])?;
    if json {
        println!("{value}");
    } else {
        println!("{}", serde_json::to_string_pretty(&value).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}
