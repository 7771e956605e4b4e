//! The master as it is kept outside the vault: plain, under a passphrase, or sealed to a printed recovery key.
//!
//! Plain, it is the line `AGE-SECRET-KEY-1…`. Under a passphrase it is two things in one text, which `age` opens by
//! itself once the first line is taken off:
//!
//! ```text
//! # public key: age1…
//! -----BEGIN AGE ENCRYPTED FILE-----
//! …
//! ```
//!
//! The public half stands beside it, so that the recipient in the vault can be compared without the passphrase. It is
//! believed no more than that: [`Locked::open`] refuses a secret that belongs to another.

use crate::error::ReadError;
use crate::seal::{Master, PublicKey, SealError};
use age::secrecy::SecretString;
use std::fmt;
use zeroize::Zeroizing;

/// Work of the passphrase's own function, as `age` has it: N = 2^18, about a second and 256 MB.
const WORK: u8 = 18;
/// More than this no honest text asks for.
const MOST_WORK: u8 = 20;

const PUBLIC: &str = "# public key: ";

/// The master as it is kept.
#[derive(Debug)]
pub enum Kept {
    /// As it is.
    Plain(Master),
    /// Under a passphrase.
    Locked(Locked),
}

impl Kept {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`ReadError::NotAKey`].
    pub fn parse(text: &str) -> Result<Kept, ReadError> {
        let Some(rest) = text.trim().strip_prefix(PUBLIC) else { return Master::parse(text).map(Kept::Plain) };
        let (public, sealed) = rest.split_once('\n').ok_or(ReadError::NotAKey)?;
        let public = PublicKey::parse(public).ok_or(ReadError::NotAKey)?.to_string();
        Ok(Kept::Locked(Locked { public, sealed: sealed.trim().to_owned() }))
    }

    /// The text form.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        match self {
            Kept::Plain(master) => master.secret(),
            Kept::Locked(locked) => Zeroizing::new(format!("{PUBLIC}{}\n{}\n", locked.public, locked.sealed)),
        }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> String {
        match self {
            Kept::Plain(master) => master.public(),
            Kept::Locked(locked) => locked.public.clone(),
        }
    }
}

/// A master under a passphrase, with its public half beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct Locked {
    public: String,
    /// One age file, in its text form.
    sealed: String,
}

impl fmt::Debug for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Locked { .. }")
    }
}

impl Locked {
    /// Puts a master under a passphrase.
    ///
    /// # Errors
    /// When the system gives no memory or no randomness.
    pub fn seal(master: &Master, passphrase: &str) -> Result<Locked, ReadError> {
        let mut to = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
        to.set_work_factor(WORK);
        let sealed = age::encrypt_and_armor(&to, master.secret().as_bytes()).map_err(|_| SealError)?;
        Ok(Locked { public: master.public(), sealed: sealed.trim().to_owned() })
    }

    /// Takes it out.
    ///
    /// # Errors
    /// [`ReadError::WrongPassphrase`]; [`ReadError::NotAKey`] if what comes out is not what stood beside it.
    pub fn open(&self, passphrase: &str) -> Result<Master, ReadError> {
        let mut with = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
        with.set_max_work_factor(MOST_WORK);
        let opened = age::decrypt(&with, self.sealed.as_bytes()).map(Zeroizing::new).map_err(|error| match error {
            age::DecryptError::KeyDecryptionFailed | age::DecryptError::DecryptionFailed => ReadError::WrongPassphrase,
            _ => ReadError::NotAKey,
        })?;
        let master = Master::parse(std::str::from_utf8(&opened).map_err(|_| ReadError::NotAKey)?)?;
        if master.public() == self.public { Ok(master) } else { Err(ReadError::NotAKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::armor::{ArmoredWriter, Format};
    use std::io::Write;

    #[test]
    fn a_master_under_a_passphrase_comes_back_with_it_and_with_no_other() {
        let master = Master::generate();
        let kept = Kept::Locked(Locked::seal(&master, "correct horse").unwrap());
        assert!(!kept.text().contains("AGE-SECRET-KEY"));
        let Kept::Locked(locked) = Kept::parse(&kept.text()).unwrap() else { panic!("it is under a passphrase") };
        assert_eq!(Kept::Locked(locked.clone()).public(), master.public());
        assert_eq!(*locked.open("correct horse").unwrap().secret(), *master.secret());
        assert!(matches!(locked.open("correct horsf"), Err(ReadError::WrongPassphrase)));
    }

    #[test]
    fn a_secret_beside_the_wrong_public_half_is_refused() {
        let mut locked = Locked::seal(&Master::generate(), "p").unwrap();
        locked.public = Master::generate().public();
        assert!(matches!(locked.open("p"), Err(ReadError::NotAKey)));
    }

    #[test]
    fn a_text_that_asks_for_absurdly_much_work_is_refused_before_any_is_done() {
        let mut to = age::scrypt::Recipient::new(SecretString::from("p".to_owned()));
        to.set_work_factor(12);
        let mut sealed = age::encrypt(&to, b"x").unwrap();
        let asks = sealed.windows(4).position(|w| w == b" 12\n").expect("it names its work");
        sealed[asks + 1..asks + 3].copy_from_slice(b"40");
        let mut text = Vec::new();
        let mut armor = ArmoredWriter::wrap_output(&mut text, Format::AsciiArmor).unwrap();
        armor.write_all(&sealed).unwrap();
        armor.finish().unwrap();
        // 2^40 would take days; a wrong passphrase would be told as such.
        let locked = Locked { public: Master::generate().public(), sealed: String::from_utf8(text).unwrap() };
        assert!(matches!(locked.open("p"), Err(ReadError::NotAKey)));
    }

    #[test]
    fn a_plain_master_and_nonsense_are_told_apart() {
        let master = Master::generate();
        let Kept::Plain(back) = Kept::parse(&master.secret()).unwrap() else { panic!("it is plain") };
        assert_eq!(back.public(), master.public());
        for text in ["", "nonsense", "# public key: ", "# public key: nonsense\nmore", "# public key: age1"] {
            assert!(matches!(Kept::parse(text), Err(ReadError::NotAKey)), "{text}");
        }
    }

    #[test]
    fn debug_prints_no_secret() {
        let master = Master::generate();
        let locked = Locked { public: master.public(), sealed: "marker".into() };
        assert!(!format!("{:?} {:?}", Kept::Locked(locked), Kept::Plain(master)).contains("marker"));
    }
}
