//! The digests that make a removed, inserted or altered record show.

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub(crate) type Hash = [u8; 32];

/// What stands before the first.
pub(crate) const START: Hash = [0; 32];

/// The columns of a record that its digest covers.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    pub epoch: i64,
    pub seq: i64,
    pub kind: &'a str,
    pub first: i64,
    pub last: i64,
    pub sealed: &'a [u8],
}

impl Link<'_> {
    /// The digest of this record after `previous`.
    pub(crate) fn digest(&self, previous: &Hash) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(previous);
        for number in [self.epoch, self.seq, self.first, self.last] {
            hasher.update(number.to_be_bytes());
        }
        hasher.update(self.kind.as_bytes());
        hasher.update([0]);
        hasher.update(self.sealed);
        hasher.finalize().into()
    }
}

/// Chains the records of an epoch anew after some of them were changed. What did not fit before does not fit afterwards
/// either: damage is never healed unseen.
pub(crate) struct Rechain {
    was: Hash,
    is: Hash,
}

impl Rechain {
    pub(crate) fn new() -> Rechain {
        Rechain { was: START, is: START }
    }

    /// The next record is forgotten: it keeps its place and its digest.
    pub(crate) fn gone(&mut self, stored: Option<Hash>) {
        self.was = stored.unwrap_or(START);
        self.is = self.was;
    }

    /// The next record was one thing and is another, or the same. Its new digest; nothing if the stored one is to stay.
    pub(crate) fn next(&mut self, stored: Option<Hash>, was: &Link<'_>, is: &Link<'_>) -> Option<Hash> {
        if stored != Some(was.digest(&self.was)) {
            self.gone(stored);
            return None;
        }
        self.was = stored.unwrap_or(START);
        self.is = is.digest(&self.is);
        Some(self.is)
    }

    /// What the epoch's head becomes; nothing if the stored one is to stay.
    pub(crate) fn head(&self, stored: Option<Hash>) -> Option<Hash> {
        (stored == Some(self.was)).then_some(self.is)
    }
}

/// The hash of a log entry after `previous`.
pub(crate) fn entry_hash(previous: &Hash, entry: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(entry.as_bytes());
    hasher.finalize().into()
}

/// SHA-256 of some text, in hex.
pub(crate) fn hex_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()).into())
}

/// A hash in hex.
pub(crate) fn hex(hash: &Hash) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}
