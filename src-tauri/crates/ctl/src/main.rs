//! `eyelidctl`: Eyelid's controls from a terminal.

mod args;
mod commands;
mod consent;
mod key;
#[cfg(test)]
mod pages;
mod print;
mod reader;
mod recovery;
mod time;

use args::{Args, Command, ConsentCommand, RulesCommand};
use clap::Parser;
use protocol::{ErrorCode, Failure};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let json = args.json;
    match run(args) {
        Ok(code) => code,
        Err(failure) => {
            if json {
                println!("{}", serde_json::json!({ "error": failure }));
            } else {
                eprintln!("{}\n{}", failure.message, failure.cure);
            }
            ExitCode::from(exit_code(failure.code))
        }
    }
}

/// Documented by [`args::EXIT_CODES`].
fn exit_code(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::InvalidInput | ErrorCode::BadMessage | ErrorCode::TooLarge => 2,
        ErrorCode::NotRunning => 3,
        ErrorCode::Keyring | ErrorCode::NoKey => 4,
        ErrorCode::ConfigInvalid => 5,
        ErrorCode::VaultUnavailable => 6,
        ErrorCode::ConsentRefused | ErrorCode::NotConsented => 7,
        ErrorCode::VersionMismatch => 8,
        ErrorCode::Internal => 9,
        ErrorCode::Passphrase => 10,
    }
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    // These only read, and work while Eyelid does not run.
    match &args.command {
        Command::Export { from, to, folder } => return reader::export(from, to, folder, args.json),
        Command::Log => return reader::log(args.json),
        Command::Verify => return reader::verify(args.json),
        Command::Status { .. }
        | Command::Pause { .. }
        | Command::Resume
        | Command::Forget { .. }
        | Command::Consent(_)
        | Command::Rules(_)
        | Command::Key(_)
        | Command::ConfirmClock => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(ErrorCode::Internal, format!("eyelidctl cannot start: {e}."), "Try again."))?;
    runtime.block_on(async {
        match args.command {
            Command::Status { watch } => commands::status(args.json, watch).await,
            Command::Pause { duration, until } => commands::pause(args.json, duration, until).await,
            Command::Resume => commands::resume(args.json).await,
            Command::Forget { duration: Some(duration), .. } => commands::forget(args.json, &duration).await,
            Command::Forget { duration: None, from, to } => {
                commands::forget_range(args.json, &from.unwrap_or_default(), &to.unwrap_or_default()).await
            }
            Command::ConfirmClock => commands::confirm_clock(args.json).await,
            Command::Consent(ConsentCommand::Show) => consent::show(args.json).await,
            Command::Consent(ConsentCommand::Grant { streams }) => consent::grant(&streams, args.json).await,
            Command::Consent(ConsentCommand::Withdraw { erase }) => consent::withdraw(erase, args.json).await,
            Command::Rules(RulesCommand::List) => commands::rules_list(args.json).await,
            Command::Rules(RulesCommand::Check(identity)) => commands::rules_check(identity, args.json).await,
            Command::Key(command) => key::key(command, args.json).await,
            Command::Export { .. } | Command::Log | Command::Verify => Ok(ExitCode::SUCCESS),
        }
    })
}
