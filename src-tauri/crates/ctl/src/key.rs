//! The key: how it is kept. What has to be typed, the reader asks for itself on the terminal; it never passes through
//! here.

use crate::args::{KeyCommand, PassphraseCommand, RecoveryCommand};
use crate::commands::{connect, done};
use crate::reader;
use crate::{recovery, time};
use protocol::{ErrorCode, Failure, KeyInfo, Recovery, Request};
use serde::Deserialize;
use std::process::ExitCode;

/// Does it.
pub async fn key(command: KeyCommand, json: bool) -> Result<ExitCode, Failure> {
    match command {
        KeyCommand::Status => status(json),
        KeyCommand::Replace => {
            // One that does not run has nothing to be told.
            if let Ok((client, _, _)) = connect().await {
                client.request(Request::KeyRotates).await?;
            }
            let replaced = reader::answer(&["forget-rotate", "--passphrase", "terminal"]);
            touched().await;
            replaced?;
            done(json, "The key is replaced. What you deleted is gone.")
        }
        KeyCommand::Passphrase(PassphraseCommand::Set) => {
            change("passphrase-set")?;
            touched().await;
            done(json, "The key is under your passphrase. Nobody can open your recording without it, you included.")
        }
        KeyCommand::Recovery(RecoveryCommand::New) => recovery::new(json).await,
        KeyCommand::Recovery(RecoveryCommand::Use) => {
            change("recovery-use")?;
            touched().await;
            done(json, "The key is back in your keyring, under no passphrase. The recovery key stays good.")
        }
        KeyCommand::Passphrase(PassphraseCommand::Remove) => {
            change("passphrase-remove")?;
            touched().await;
            done(json, "The key is in your keyring, under no passphrase.")
        }
    }
}

/// A running Eyelid shows how the key is kept.
pub async fn touched() {
    if let Ok((client, _, _)) = connect().await {
        let _ = client.request(Request::KeyTouched).await;
    }
}

fn change(command: &str) -> Result<(), Failure> {
    reader::answer(&["keys", command, "--program", "eyelidctl", "--passphrase", "terminal"]).map(|_| ())
}

#[derive(Deserialize)]
struct Kept {
    recipient: String,
    #[serde(flatten)]
    kept: KeyInfo,
}

fn status(json: bool) -> Result<ExitCode, Failure> {
    let value = reader::answer(&["keys", "verify"])?;
    if json {
        println!("{value}");
        return Ok(ExitCode::SUCCESS);
    }
    let kept: Kept = serde_json::from_value(value.clone()).map_err(|_| {
        Failure::new(ErrorCode::Internal, "eyelid-reader gave no answer.", "Install Eyelid again, whole.")
    })?;
    if kept.recipient == "none" {
        println!("There is no key yet: it is made when you agree to recording.");
        return Ok(ExitCode::SUCCESS);
    }
    let under = if kept.kept.passphrase { "under a passphrase" } else { "under no passphrase" };
    match (kept.recipient.as_str(), value.get("message").and_then(|message| message.as_str())) {
        (_, Some(message)) => println!("{message}"),
        (_, None) => println!("The key of your recording is in your keyring, {under}."),
    }
    match kept.kept.recovery {
        Recovery::None => println!("There is no recovery key: eyelidctl key recovery new makes one."),
        Recovery::Valid(since) => println!("A recovery key is good since {}.", time::rfc3339(since)),
        Recovery::Voided(on) => println!(
            "The recovery key was voided by a forgetting at {}: eyelidctl key recovery new makes another.",
            time::rfc3339(on)
        ),
    }
    Ok(ExitCode::SUCCESS)
}
