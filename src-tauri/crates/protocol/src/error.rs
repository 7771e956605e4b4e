//! Refusals, with a code for programs, a message and a cure for people.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a request was refused. Codes are stable; `eyelidctl` turns them into exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// Not a message of this protocol.
    BadMessage,
    /// A message of more than [`crate::framing::MAX_MESSAGE`] bytes.
    TooLarge,
    /// The other side is of another version.
    VersionMismatch,
    /// The request cannot be taken as it is: the message says which part.
    InvalidInput,
    /// There is no consent, and this needs one.
    NotConsented,
    /// There is no sealing key yet.
    NoKey,
    /// The keyring is locked, absent or refused.
    Keyring,
    /// The key is under a passphrase, and none or a wrong one was given.
    Passphrase,
    /// A configuration file is broken; nothing is written to it until it is mended.
    ConfigInvalid,
    /// The vault cannot be written.
    VaultUnavailable,
    /// The agent is not there.
    NotRunning,
    /// The consent word was wrong, or the offer has lapsed.
    ConsentRefused,
    /// Something that should not happen; the message says where.
    Internal,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message} {cure}")]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// What is wrong and where, as a sentence.
    pub message: String,
    /// What to do about it, as a sentence.
    pub cure: String,
}

impl Failure {
    /// A refusal with its cure.
    pub fn new(code: ErrorCode, message: impl Into<String>, cure: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), cure: cure.into() }
    }
}
