//! The command line.

use crate::failure::Failure;
use crate::passphrase::Source;
use clap::{Parser, Subcommand};
use policy::Wall;
use std::path::PathBuf;

/// Opens what Eyelid recorded, for its owner; every reading is entered in the log first.
#[derive(Debug, Parser)]
#[command(name = "eyelid-reader", version, disable_help_subcommand = true)]
pub struct Args {
    /// The vault's folder; by default `eyelid/vault` in the XDG data directory.
    #[arg(long, global = true, value_name = "DIR")]
    vault: Option<PathBuf>,
    /// Where a passphrase comes from, if the key is under one or is put under one; without this nobody is asked.
    #[arg(long, global = true, value_name = "FROM")]
    pub passphrase: Option<Source>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The key in the keyring.
    Keys {
        /// What about it.
        #[command(subcommand)]
        command: Keys,
    },
    /// Writes pictures and events of a range into a folder, readable. Until it is whole it is hidden beside it.
    Export(Export),
    /// Forgets one app, or single pictures, of a range; whole ranges are forgotten by `eyelidctl forget`.
    Forget(Selection),
    /// Counts what was recorded in a range, per stream and per app.
    Summary {
        /// Which range, for whom.
        #[command(flatten)]
        range: Range,
    },
    /// The log: consents, loosenings, readings, forgettings; and whether its chain holds.
    Log {
        /// The answer is JSON in any case.
        #[arg(long)]
        json: bool,
    },
    /// Opens and checks everything.
    Verify {
        /// The answer is JSON in any case.
        #[arg(long)]
        json: bool,
        /// The program that asks, for the log.
        #[arg(long, default_value = "eyelid-reader")]
        program: String,
    },
    /// Answers the window's questions on standard input and output until the input closes.
    #[command(hide = true)]
    Review {
        /// The program that asks, for the log.
        #[arg(long, default_value = "eyelid-reader")]
        program: String,
    },
    /// Asks the keyring for `review`, which cannot.
    #[command(hide = true)]
    Keeper,
    /// Replaces the master key, so that earlier copies of the vault do not open what was forgotten since.
    ForgetRotate,
}

/// About the key.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Makes the key if there is none; compares it otherwise. May ask to unlock the keyring.
    Ensure,
    /// Compares the key in the keyring with the vault's recipient. Asks nobody.
    Verify,
    /// Puts the key under a passphrase, or under another one.
    PassphraseSet {
        /// It is under one already, whose passphrase comes first; without this it must be under none, unless a terminal asks.
        #[arg(long)]
        change: bool,
        /// The program that asks, for the log.
        #[arg(long, default_value = "eyelid-reader")]
        program: String,
    },
    /// Takes the key out of its passphrase.
    PassphraseRemove {
        /// The program that asks, for the log.
        #[arg(long, default_value = "eyelid-reader")]
        program: String,
    },
    /// Makes a recovery key and prints it once, as a line of JSON. It counts once `kept` is read on standard input.
    RecoveryNew {
        /// The program that asks, for the log.
        #[arg(long, default_value = "eyelid-reader")]
        program: String,
    },
    /// Puts the key back into the keyring, under no passphrase, by a recovery key that is typed where a passphrase would be.
    RecoveryUse {
        /// The program that asks, for the log.
        #[arg(long, default_value = "eyelid-reader")]
        program: String,
    },
}

/// What to write out, and where to.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Which range, for whom.
    #[command(flatten)]
    pub range: Range,
    /// Must not exist, or be empty.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Tell how many records are done, as lines of JSON on standard error, at most five times a second.
    #[arg(long)]
    pub progress: bool,
    /// Stop when standard input closes, remove what was written, and end with code 8.
    #[arg(long)]
    pub until_closed: bool,
}

/// What to forget of a range.
#[derive(clap::Args)]
#[group(id = "what", required = true, multiple = false, args = ["app", "app_from_input", "picture"])]
pub struct Selection {
    /// Which range, for whom.
    #[command(flatten)]
    pub range: Range,
    /// What belongs to this app, as it was filed: its text, its clicks, and every picture that shows a window of it.
    #[arg(long)]
    pub app: Option<String>,
    /// The same, its name read from standard input: a command line is open to every user of the machine.
    #[arg(long)]
    pub app_from_input: bool,
    /// The pictures of the range and nothing else. Where it begins and ends at the same instant, that picture.
    #[arg(long)]
    pub picture: bool,
}

impl std::fmt::Debug for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Selection { .. }")
    }
}

/// A range of time, and who asks.
#[derive(Debug, clap::Args)]
pub struct Range {
    /// From when (RFC 3339), included.
    #[arg(long, value_parser = crate::time::parse)]
    pub from: Wall,
    /// Until when (RFC 3339), included.
    #[arg(long, value_parser = crate::time::parse)]
    pub to: Wall,
    /// The program that asks, for the log.
    #[arg(long, default_value = "eyelid-reader")]
    pub program: String,
}

impl Range {
    /// Its bounds.
    ///
    /// # Errors
    /// When it ends before it begins.
    pub fn ordered(&self) -> Result<(Wall, Wall), Failure> {
        if self.from > self.to {
            return Err(Failure::Usage("The range ends before it begins.".into()));
        }
        Ok((self.from, self.to))
    }
}

impl Args {
    /// The vault's folder.
    ///
    /// # Errors
    /// When neither the command line nor the environment tells it.
    pub fn vault_dir(&self) -> Result<PathBuf, Failure> {
        let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = || set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
        let default = || Some(data()?.join("eyelid/vault"));
        self.vault.clone().or_else(default).ok_or_else(|| {
            Failure::Usage("Neither XDG_DATA_HOME nor HOME is set, so the vault cannot be found.".into())
        })
    }
}
