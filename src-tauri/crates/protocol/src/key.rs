//! The key, as the window's Settings change it, by way of the tray app and its reader.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;
use zeroize::ZeroizeOnDrop;

/// Something that was typed or is shown, and is in no log. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What the window asks about the key. Where that takes the present passphrase, see
/// [`crate::review::ReviewAsk::WithPassphrase`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum KeyAsk {
    /// Put it under this passphrase.
    PassphraseSet(Secret),
    /// Take it out of its passphrase.
    PassphraseRemove,
    /// Make a recovery key, to be shown; recording is held from here on. Answer: `Recovery`.
    RecoveryNew,
    /// The person has it, and it is gone from the screen: it counts, and recording goes on.
    RecoveryKept,
    /// It is gone from the screen, and does not count.
    RecoveryDropped,
    /// Put the key back into the keyring by this recovery key.
    RecoveryUse(Secret),
}

/// The answer to a [`KeyAsk`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum KeyAnswer {
    /// Done.
    Done,
    /// A recovery key, in groups.
    Recovery(Vec<Secret>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_secret() {
        let asked = KeyAsk::PassphraseSet(Secret::from("marker-a".to_owned()));
        let shown = KeyAnswer::Recovery(vec![Secret::from("marker-b".to_owned())]);
        assert!(!format!("{asked:?} {shown:?}").contains("marker"));
    }
}
