//! Why a request was not done: a message, a cure and a code.

use protocol::ErrorCode;
use serde_json::{Value, json};
use vault::{Cure, OpenError, ReadError};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request itself is wrong.
    #[error("{0}")]
    Usage(String),
    /// What was typed, or was to be, cannot be taken.
    #[error("{0}")]
    Typed(String),
    /// The key is under a passphrase, and nobody was to be asked for it.
    #[error("The key of your recording is under a passphrase.")]
    Passphrase,
    /// It is under another passphrase than the one that was given.
    #[error("That is not the passphrase of your recording.")]
    WrongPassphrase,
    /// Another program changes the key.
    #[error("Another program is changing the key.")]
    KeyBusy,
    /// The keyring is locked, and nobody unlocked it.
    #[error("The keyring is locked.")]
    Locked,
    /// There is no keyring that answers.
    #[error("No keyring answers: {0}.")]
    NoKeyring(String),
    /// The keyring has no key for this vault.
    #[error("The key of this vault is not in the keyring.")]
    Missing,
    /// The keyring's key is not the one that the vault is sealed to.
    #[error("The key in the keyring is not the one that this vault is sealed to.")]
    Mismatch,
    /// What was stored in the keyring did not come back the same.
    #[error("The keyring did not give back what was put into it.")]
    NotKept,
    /// The vault is damaged.
    #[error("The vault is damaged: {0}.")]
    Damaged(String),
    /// The vault cannot be read.
    #[error("{}", sentence(.0))]
    Vault(ReadError),
    /// A file of an export cannot be written.
    #[error("What was to be written out cannot be written: {0}.")]
    Write(std::io::ErrorKind),
    /// Whoever asked for an export wants it no more.
    #[error("The export was cancelled; nothing of it is left.")]
    Cancelled,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn sentence(error: &ReadError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        match error {
            ReadError::WrongKey => Failure::Mismatch,
            ReadError::WrongPassphrase => Failure::WrongPassphrase,
            ReadError::Open(OpenError::Damaged(what)) => Failure::Damaged(what),
            ReadError::Caller(source) => match source.downcast::<Failure>() {
                Ok(failure) => *failure,
                Err(other) => Failure::Other(other.to_string()),
            },
            ReadError::Open(_)
            | ReadError::Database(_)
            | ReadError::NoRecipient
            | ReadError::NotAKey
            | ReadError::Busy
            | ReadError::Replaced
            | ReadError::Unfinished
            | ReadError::NotEntered
            | ReadError::NotRecovered
            | ReadError::Sealed(_) => Failure::Vault(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        // The kind only: an error's own words may hold a path.
        Failure::Write(error.kind())
    }
}

impl From<Failure> for protocol::Failure {
    fn from(failure: Failure) -> protocol::Failure {
        let cure = match &failure {
            Failure::Usage(_) => "Choose another range.",
            Failure::NoKeyring(_)
            | Failure::Locked
            | Failure::Missing
            | Failure::Mismatch
            | Failure::NotKept
            | Failure::Damaged(_)
            | Failure::Vault(_)
            | Failure::Write(_)
            | Failure::Cancelled
            | Failure::Typed(_)
            | Failure::Passphrase
            | Failure::WrongPassphrase
            | Failure::KeyBusy
            | Failure::Other(_) => failure.cure(),
        };
        protocol::Failure::new(failure.kind(), failure.to_string(), cure)
    }
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Usage(_) | Failure::Typed(_) => 2,
            Failure::Locked => 3,
            Failure::NoKeyring(_) => 4,
            Failure::Missing
            | Failure::Mismatch
            | Failure::NotKept
            | Failure::Vault(ReadError::NotAKey | ReadError::NotRecovered) => 5,
            Failure::Damaged(_) | Failure::Vault(ReadError::Sealed(_)) => 6,
            Failure::Vault(
                ReadError::Open(_)
                | ReadError::Database(_)
                | ReadError::NoRecipient
                | ReadError::WrongKey
                | ReadError::WrongPassphrase
                | ReadError::Replaced
                | ReadError::Busy
                | ReadError::NotEntered
                | ReadError::Caller(_),
            )
            | Failure::Write(_)
            | Failure::KeyBusy
            | Failure::Other(_) => 7,
            Failure::Cancelled => 8,
            Failure::Vault(ReadError::Unfinished) => 9,
            Failure::Passphrase | Failure::WrongPassphrase => 10,
        }
    }

    /// What can be done about it.
    pub fn cure(&self) -> &'static str {
        match self {
            Failure::Usage(_) => "See eyelid-reader --help.",
            Failure::Typed(_) => "Try again.",
            Failure::Passphrase => {
                "Give your passphrase: in a terminal with --passphrase terminal, or in Eyelid's window."
            }
            Failure::WrongPassphrase => "Type it again; capitals and blanks count. A recovery key opens it, too.",
            Failure::KeyBusy => "Wait a moment, then try again.",
            Failure::Locked => "Unlock your keyring (logging in with your password usually does), then try again.",
            Failure::NoKeyring(_) => "Start a Secret Service, such as gnome-keyring or KWallet, then try again.",
            Failure::Missing | Failure::Mismatch => {
                "Restore the keyring that belongs to this vault. Without its key nobody can open the recording; it can \
                 only be erased to begin anew."
            }
            Failure::NotKept => "Check that the keyring's own disk is not full or read-only, then try again.",
            Failure::Damaged(_) => "What is intact stays readable; export it, then move the vault's folder away.",
            Failure::Vault(error) => error.cure(),
            Failure::Write(_) => "Check that the folder belongs to you and that its disk is not full or read-only.",
            Failure::Cancelled => "Export again whenever you like.",
            Failure::Other(_) => "Try again; if it stays, report the message.",
        }
    }

    /// As the tray app and the window know it.
    fn kind(&self) -> ErrorCode {
        match self {
            Failure::Usage(_) | Failure::Typed(_) => ErrorCode::InvalidInput,
            Failure::Passphrase | Failure::WrongPassphrase | Failure::Vault(ReadError::WrongPassphrase) => {
                ErrorCode::Passphrase
            }
            Failure::Locked
            | Failure::NoKeyring(_)
            | Failure::Missing
            | Failure::Mismatch
            | Failure::NotKept
            | Failure::Vault(ReadError::NotAKey | ReadError::WrongKey | ReadError::NotRecovered) => ErrorCode::Keyring,
            Failure::Vault(ReadError::NoRecipient | ReadError::Open(OpenError::Absent)) => ErrorCode::NoKey,
            Failure::Damaged(_)
            | Failure::KeyBusy
            | Failure::Vault(
                ReadError::Open(_)
                | ReadError::Database(_)
                | ReadError::Busy
                | ReadError::Replaced
                | ReadError::Unfinished
                | ReadError::Sealed(_),
            ) => ErrorCode::VaultUnavailable,
            Failure::Vault(ReadError::NotEntered | ReadError::Caller(_))
            | Failure::Write(_)
            | Failure::Cancelled
            | Failure::Other(_) => ErrorCode::Internal,
        }
    }

    /// As it is printed.
    pub fn json(&self) -> Value {
        json!({"message": self.to_string(), "cure": self.cure()})
    }
}
