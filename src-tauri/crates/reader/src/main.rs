//! `eyelid-reader`: the only program that opens the keyring and the vault. It lives for one request, or for as long as
//! the window looks at what was recorded: see [`review`].
//!
//! It prints one JSON document on standard output and ends with a code: 0 done, 2 usage, 3 keyring locked, 4 no
//! keyring, 5 key missing or another one, 6 vault damaged, 7 anything else, 8 an export that was no longer wanted, 9 a
//! time that is still being written, 10 a passphrase. Whatever is not 0 comes with a `message` and a `cure`.
//!
//! Every reading is entered in the vault's log before the first byte is opened; [`vault::Opener`] gives nothing out
//! otherwise. Before that byte, this program also closes its own door: see [`harden`].

mod args;
mod export;
mod failure;
mod folder;
mod forget;
mod harden;
mod keeping;
mod keyring;
mod keys;
mod passphrase;
mod progress;
mod recovery;
mod report;
mod review;
mod rotation;
mod time;

use clap::Parser;
use failure::Failure;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Err(error) = harden::close_memory() {
        return say(
            &Failure::Other(format!("The system does not let this program close its memory: {error}.")).json(),
            7,
        );
    }
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) if !error.use_stderr() => {
            // --help and --version
            print!("{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            // Its kind and its usage line only: what was typed may hold a path.
            let usage = json!({"message": format!("The command line is not understood ({:?}).", error.kind()),
                "cure": "See eyelid-reader --help."});
            return say(&usage, 2);
        }
    };
    match &args.command {
        args::Command::Review { program } => return talk(&args, |dir| review::review(dir, program)),
        args::Command::Keeper => {
            return talk(&args, |dir| {
                review::keeper::serve(dir);
                Ok(())
            });
        }
        args::Command::Keys { .. }
        | args::Command::Export(_)
        | args::Command::Forget(_)
        | args::Command::Summary { .. }
        | args::Command::Log { .. }
        | args::Command::Verify { .. }
        | args::Command::ForgetRotate => {}
    }
    match run(&args) {
        Ok((value, code)) => say(&value, code),
        Err(failure) => say(&failure.json(), failure.code()),
    }
}

fn run(args: &args::Args) -> Result<(Value, u8), Failure> {
    let dir = args.vault_dir()?;
    let from = args.passphrase;
    match &args.command {
        args::Command::Keys { command: args::Keys::Ensure } => keys::ensure(&dir).map(|value| (value, 0)),
        args::Command::Keys { command: args::Keys::Verify } => keys::verify(&dir),
        args::Command::Keys { command: args::Keys::PassphraseSet { change, program } } => {
            keeping::set_passphrase(&dir, from, *change, program).map(|value| (value, 0))
        }
        args::Command::Keys { command: args::Keys::PassphraseRemove { program } } => {
            keeping::remove_passphrase(&dir, from, program).map(|value| (value, 0))
        }
        args::Command::Keys { command: args::Keys::RecoveryNew { program } } => {
            recovery::new(&dir, from, program).map(|value| (value, 0))
        }
        args::Command::Keys { command: args::Keys::RecoveryUse { program } } => {
            recovery::put_back(&dir, from, program).map(|value| (value, 0))
        }
        args::Command::Export(asked) => export::export(&dir, asked, from),
        args::Command::Forget(asked) => forget::forget(&dir, asked, from).map(|value| (value, 0)),
        args::Command::Summary { range } => report::summary(&dir, range, from),
        args::Command::Log { .. } => report::log(&dir),
        args::Command::Verify { program, .. } => report::verify(&dir, program, from),
        args::Command::ForgetRotate => rotation::forget_rotate(&dir, from).map(|value| (value, 0)),
        args::Command::Review { .. } | args::Command::Keeper => Err(Failure::Usage("These print no document.".into())),
    }
}

/// Standard output is the wire; what goes wrong is told on standard error.
fn talk(args: &args::Args, session: impl FnOnce(&Path) -> Result<(), Failure>) -> ExitCode {
    match args.vault_dir().and_then(|dir| session(&dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("eyelid-reader: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn say(value: &Value, code: u8) -> ExitCode {
    println!("{value}");
    ExitCode::from(code)
}
