//! The command line.

use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;

/// What each exit code says. 2 is bad input for clap, too.
pub const EXIT_CODES: [(u8, &str); 10] = [
    (0, "done"),
    (2, "bad input"),
    (3, "Eyelid is not running"),
    (4, "keyring"),
    (5, "broken settings"),
    (6, "vault"),
    (7, "consent"),
    (8, "another version is running"),
    (9, "internal"),
    (10, "passphrase"),
];

fn exit_codes() -> String {
    let codes: Vec<String> = EXIT_CODES.iter().map(|(code, meaning)| format!("{code} {meaning}")).collect();
    format!("Exit codes: {}.", codes.join("; "))
}

/// Controls Eyelid's recording of this computer.
#[derive(Parser)]
#[command(name = "eyelidctl", version, after_help = exit_codes())]
pub struct Args {
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// What is happening, since when and why
    Status {
        /// Go on printing whenever it changes
        #[arg(long)]
        watch: bool,
    },
    /// Stop recording at once
    Pause {
        /// For how long: 15m, 2h, 1h30m. Without it: until you resume
        duration: Option<String>,
        /// Until this time: 18:00 (today or tomorrow), "tomorrow" (06:00, at least 6 h away), or RFC 3339
        #[arg(long, conflicts_with = "duration")]
        until: Option<String>,
    },
    /// End your pause
    Resume,
    /// Erase what was recorded in the last minutes, or in a range
    Forget {
        /// How far back: 10m, 1h
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        duration: Option<String>,
        /// From when, RFC 3339: 2026-11-24T09:00:00+01:00
        #[arg(long, requires = "to")]
        from: Option<String>,
        /// Until when, RFC 3339
        #[arg(long, requires = "from")]
        to: Option<String>,
    },
    /// What you agreed to
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// What is never recorded
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Confirm that the clock is right after it jumped
    ConfirmClock,
    /// Write your recording, readable, into a folder (this is logged)
    Export {
        /// From when, RFC 3339: 2026-11-24T09:00:00+01:00
        #[arg(long)]
        from: String,
        /// Until when, RFC 3339
        #[arg(long)]
        to: String,
        /// A folder that does not exist yet, or is empty
        folder: PathBuf,
    },
    /// Who read, allowed or erased what, and when
    Log,
    /// Check that every record opens
    Verify,
    /// The key that opens your recording
    #[command(subcommand)]
    Key(KeyCommand),
}

/// The key.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// How it is kept
    Status,
    /// Replace it, so that what you deleted is gone. Eyelid does so by itself, except under a passphrase
    Replace,
    /// A passphrase on top of the keyring
    #[command(subcommand)]
    Passphrase(PassphraseCommand),
    /// A key on paper, for when the keyring or the passphrase is lost
    #[command(subcommand)]
    Recovery(RecoveryCommand),
}

/// The recovery key.
#[derive(Subcommand)]
pub enum RecoveryCommand {
    /// Make one and show it once, on a terminal; nothing is recorded meanwhile. It voids the one before
    New,
    /// Put the key back into the keyring, under no passphrase. Asks for the recovery key on a terminal
    Use,
}

/// The passphrase.
#[derive(Subcommand)]
pub enum PassphraseCommand {
    /// Put the key under a passphrase, or under another one. Asks for it on a terminal
    Set,
    /// Take the key out of its passphrase. Asks for it on a terminal
    Remove,
}

/// Consent.
#[derive(Subcommand)]
pub enum ConsentCommand {
    /// The consent in force
    Show,
    /// Agree to recording. Shows what that means and asks for a typed word, on a terminal
    Grant {
        /// screen, keys:text or keys:activity, pointer, focus; separated by commas
        #[arg(long)]
        streams: String,
    },
    /// Withdraw: stops everything at once
    Withdraw {
        /// Also erase everything recorded
        #[arg(long)]
        erase: bool,
    },
}

/// Rules.
#[derive(Subcommand)]
pub enum RulesCommand {
    /// Categories and your own rules
    List,
    /// What the rules say of an app
    Check(Identity),
}

/// An app, as rules see it.
#[derive(ClapArgs)]
pub struct Identity {
    /// Executable
    #[arg(long)]
    pub exe: Option<String>,
    /// WM_CLASS
    #[arg(long)]
    pub class: Option<String>,
    /// Application id
    #[arg(long)]
    pub app_id: Option<String>,
    /// Title
    #[arg(long)]
    pub title: Option<String>,
    /// Address of the document in a browser
    #[arg(long)]
    pub url: Option<String>,
}
