//! Sealing and opening: age files around zstd blocks. The only place that touches cryptography.

use crate::error::ReadError;
use age::secrecy::ExposeSecret;
use age::x25519;
use std::fmt;
use std::io::Read;
use std::str::FromStr;
use zeroize::{Zeroize, Zeroizing};

/// Level for records; they are small, and written a few times a minute.
const LEVEL: i32 = 3;

/// No further than this beyond what it returns does the compressor write: the most that it takes in one piece.
const BLOCK: usize = 2 * 128 * 1024;

/// No honest record unpacks to more than this; a forged one must not take all memory.
pub(crate) const LARGEST_RECORD: u64 = 512 * 1024 * 1024;

/// A public key to seal to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey(x25519::Recipient);

impl PublicKey {
    pub(crate) fn parse(text: &str) -> Option<PublicKey> {
        x25519::Recipient::from_str(text.trim()).ok().map(PublicKey)
    }

    /// One complete age file.
    pub(crate) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        age::encrypt(&self.0, plain).map_err(|_| SealError)
    }

    /// One complete age file around one zstd block.
    pub(crate) fn seal_packed(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut packed = vec![0; zstd::zstd_safe::compress_bound(plain.len())];
        let length = zstd::bulk::compress_to_buffer(plain, &mut packed[..], LEVEL).ok();
        let sealed = length.map_or(Err(SealError), |length| self.seal(&packed[..length]));
        // The room for the worst is seldom used, and memory that was never touched costs nothing.
        let touched = length.map_or(packed.len(), |length| packed.len().min(length + BLOCK));
        packed[..touched].zeroize();
        sealed
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Sealing failed: the system gave no memory or no randomness.
#[derive(Debug, thiserror::Error)]
#[error("sealing failed")]
pub(crate) struct SealError;

/// Makes a fresh key pair for an epoch; returns its public half and the private half sealed to `master`. The
/// private half exists in no other form once this returns.
pub(crate) fn fresh_key(master: &PublicKey) -> Result<(PublicKey, Vec<u8>), SealError> {
    let identity = x25519::Identity::generate();
    let public = PublicKey(identity.to_public());
    let sealed = seal_identity(&identity, master)?;
    Ok((public, sealed))
}

/// The line `age -i` accepts, sealed.
pub(crate) fn seal_identity(identity: &x25519::Identity, to: &PublicKey) -> Result<Vec<u8>, SealError> {
    let secret = identity.to_string();
    let mut line = Zeroizing::new(Vec::with_capacity(secret.expose_secret().len() + 1));
    line.extend_from_slice(secret.expose_secret().as_bytes());
    line.push(b'\n');
    to.seal(&line)
}

/// The private key that opens a vault. Held by the reader alone, for as long as it reads.
pub struct Master(x25519::Identity);

impl Master {
    /// Makes a new one.
    #[must_use]
    pub fn generate() -> Master {
        Master(x25519::Identity::generate())
    }

    /// Reads the text form, `AGE-SECRET-KEY-1…`.
    ///
    /// # Errors
    /// [`ReadError::NotAKey`].
    pub fn parse(secret: &str) -> Result<Master, ReadError> {
        x25519::Identity::from_str(secret.trim()).map(Master).map_err(|_| ReadError::NotAKey)
    }

    /// The text form, to be kept in a keyring.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    /// The public half, `age1…`: the recipient that a vault seals to.
    #[must_use]
    pub fn public(&self) -> String {
        self.0.to_public().to_string()
    }

    /// The same, to seal to.
    pub(crate) fn recipient(&self) -> PublicKey {
        PublicKey(self.0.to_public())
    }

    /// As an age file in its text form that the owner of `to` opens.
    pub(crate) fn seal_to(&self, to: &PublicKey) -> Result<String, SealError> {
        age::encrypt_and_armor(&to.0, self.secret().as_bytes()).map_err(|_| SealError)
    }

    /// The other way round.
    pub(crate) fn open_from(sealed: &str, by: &Master) -> Result<Master, ReadError> {
        let text = open(&by.0, sealed.as_bytes())?;
        Master::parse(std::str::from_utf8(&text).map_err(|_| ReadError::NotAKey)?)
    }

    /// Opens an epoch's key.
    pub(crate) fn open_key(&self, sealed: &[u8]) -> Result<EpochKey, ReadError> {
        let line = open(&self.0, sealed)?;
        let text = std::str::from_utf8(&line).map_err(|_| ReadError::NotAKey)?;
        x25519::Identity::from_str(text.trim()).map(EpochKey).map_err(|_| ReadError::NotAKey)
    }
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Master { .. }")
    }
}

/// The private key of one epoch.
pub(crate) struct EpochKey(x25519::Identity);

impl EpochKey {
    pub(crate) fn generate() -> EpochKey {
        EpochKey(x25519::Identity::generate())
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.0.to_public())
    }

    pub(crate) fn seal_to(&self, to: &PublicKey) -> Result<Vec<u8>, SealError> {
        seal_identity(&self.0, to)
    }

    /// Opens a record and leaves it packed.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        open(&self.0, sealed)
    }

    /// Opens and unpacks a record.
    pub(crate) fn open_packed(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        unpack(&self.open(sealed)?, LARGEST_RECORD)
    }
}

fn open(identity: &x25519::Identity, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    age::decrypt(identity, sealed).map(Zeroizing::new).map_err(|e| {
        ReadError::Sealed(match e {
            age::DecryptError::NoMatchingKeys => "it is sealed to another key",
            age::DecryptError::InvalidHeader | age::DecryptError::InvalidMac => "its header is damaged",
            _ => "its bytes are damaged",
        })
    })
}

/// Unpacks a zstd block of at most `limit` bytes.
pub(crate) fn unpack(packed: &[u8], limit: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let bad = |_| ReadError::Sealed("its packing is damaged");
    let hint = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    if hint.is_some_and(|size| size > limit) {
        return Err(ReadError::Sealed("it claims to be absurdly large"));
    }
    if let Some(size) = hint {
        let size = usize::try_from(size).map_err(|_| ReadError::Sealed("it claims to be absurdly large"))?;
        return zstd::bulk::decompress(packed, size).map(Zeroizing::new).map_err(bad);
    }
    let mut plain = Zeroizing::new(Vec::new());
    let decoder = zstd::Decoder::new(packed).map_err(bad)?;
    decoder.take(limit).read_to_end(&mut plain).map_err(bad)?;
    Ok(plain)
}

/// `N` random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SealError)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compressor_writes_no_further_than_what_is_wiped() {
        let noise = random::<4096>().unwrap().repeat(1000);
        let mut mixed = noise.clone();
        mixed.chunks_mut(700_000).step_by(2).for_each(|part| part.fill(9));
        for plain in [vec![0; 8 << 20], noise, mixed, b"a line, and another one\n".repeat(200_000), vec![1; 5]] {
            let mut packed = vec![0xA5; zstd::zstd_safe::compress_bound(plain.len())];
            let length = zstd::bulk::compress_to_buffer(&plain, &mut packed[..], LEVEL).unwrap();
            let touched = packed.len().min(length + BLOCK);
            assert!(packed[touched..].iter().all(|byte| *byte == 0xA5), "{} bytes", plain.len());
        }
    }

    #[test]
    fn what_is_sealed_to_an_epoch_opens_through_the_master_only() {
        let master = Master::generate();
        let (public, sealed_key) = fresh_key(&PublicKey::parse(&master.public()).unwrap()).unwrap();
        let sealed = public.seal_packed(b"hello").unwrap();
        let key = master.open_key(&sealed_key).unwrap();
        assert_eq!(key.open_packed(&sealed).unwrap().as_slice(), b"hello");
        assert!(Master::generate().open_key(&sealed_key).is_err());
    }

    #[test]
    fn a_flipped_bit_is_refused() {
        let key = EpochKey::generate();
        let sealed = key.public().seal_packed(b"hello").unwrap();
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert!(key.open_packed(&broken).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_record_that_claims_to_be_absurdly_large_is_refused() {
        let packed = zstd::bulk::compress(&vec![0; 1 << 20], 3).unwrap();
        assert!(unpack(&packed, 1 << 10).is_err());
    }

    #[test]
    fn the_master_survives_its_text_form() {
        let master = Master::generate();
        assert_eq!(Master::parse(&master.secret()).unwrap().public(), master.public());
        assert!(Master::parse("nonsense").is_err());
    }
}
