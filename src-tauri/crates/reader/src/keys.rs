//! The master key: made once, compared ever after.
//!
//! It is kept under the vault's own id, so that two vaults of one person do not share it. While a rotation is under way
//! the next one is kept beside it; whichever the vault is sealed to is the right one.

use crate::failure::Failure;
use crate::keeping;
use crate::keyring::{self, Ask};
use protocol::Recovery;
use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};
use vault::log::Head;
use vault::{Kept, Master, OpenError, ReadError};
use zeroize::Zeroizing;

/// How long to wait for another program that changes the key.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The account of the master that a rotation is about to put in force.
pub fn next_account(id: &str) -> String {
    format!("{id}.next")
}

/// The account of the log's head, as of the last reading.
fn head_account(id: &str) -> String {
    format!("{id}.log")
}

/// Held by whoever changes the key, so that no other does meanwhile: a rotation that knows nothing of a passphrase
/// must not put a plain key in the place of one that has just got one.
pub struct Changing(#[expect(dead_code, reason = "it is let go of when dropped")] File);

impl Changing {
    /// Waits for whoever changes it at present.
    ///
    /// # Errors
    /// [`Failure::KeyBusy`] if that takes longer than `patience`.
    pub fn begin(dir: &Path, patience: Duration) -> Result<Changing, Failure> {
        locked(dir, FlockOperation::NonBlockingLockExclusive, patience).map(Changing)
    }
}

fn locked(dir: &Path, how: FlockOperation, patience: Duration) -> Result<File, Failure> {
    let folder = File::open(dir).map_err(|error| ReadError::Open(OpenError::Io(error)))?;
    let until = Instant::now() + patience;
    while flock(&folder, how).is_err() {
        if Instant::now() >= until {
            return Err(Failure::KeyBusy);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(folder)
}

/// Does what needs vault and keyring to agree. While the key is being changed they may be seen on two sides of it; if
/// they seem not to agree, that is waited for, and `look` looks again while nobody can change it. Not for whoever
/// changes it: see [`Changing`].
///
/// # Errors
/// Those of `look`; [`Failure::KeyBusy`] if the change takes longer than [`PATIENCE`].
pub fn between_changes<T>(dir: &Path, mut look: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    match look() {
        Err(Failure::Mismatch | Failure::Missing) => {
            let _unchanging = locked(dir, FlockOperation::NonBlockingLockShared, PATIENCE)?;
            look()
        }
        looked => looked,
    }
}

/// A master kept under an account, if there is one.
///
/// # Errors
/// See [`Failure`].
pub fn kept(account: &str, ask: Ask) -> Result<Option<Kept>, Failure> {
    let text = keyring::read(account, ask)?;
    Ok(text.map(|text| Kept::parse(&text)).transpose()?)
}

/// The master that a vault's recipient belongs to, as it is kept.
///
/// # Errors
/// [`Failure::Missing`] if the keyring has none for this vault, [`Failure::Mismatch`] if only others.
pub fn belonging(dir: &Path, ask: Ask) -> Result<Kept, Failure> {
    let Some(recipient) = vault::recipient(dir)? else { return Err(ReadError::NoRecipient.into()) };
    let id = vault::vault_id(dir)?;
    let others = match kept(&id, ask)? {
        Some(current) if current.public() == recipient => return Ok(current),
        current => current.is_some(),
    };
    match kept(&next_account(&id), ask)? {
        Some(next) if next.public() == recipient => Ok(next),
        Some(_) => Err(Failure::Mismatch),
        None if others => Err(Failure::Mismatch),
        None => Err(Failure::Missing),
    }
}

/// Takes a master out of the form in which it is kept.
///
/// # Errors
/// When there is no passphrase, or a wrong one.
pub fn opened(kept: Kept, passphrase: impl FnOnce() -> Result<Zeroizing<String>, Failure>) -> Result<Master, Failure> {
    match kept {
        Kept::Plain(master) => Ok(master),
        Kept::Locked(locked) => Ok(locked.open(&passphrase()?)?),
    }
}

/// The master that a vault's recipient belongs to.
///
/// # Errors
/// As [`belonging`] and [`opened`].
pub fn master(
    dir: &Path,
    ask: Ask,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, Failure>,
) -> Result<Master, Failure> {
    opened(between_changes(dir, || belonging(dir, ask))?, passphrase)
}

/// Makes the master and gives the vault its recipient; if it has one, compares.
///
/// # Errors
/// See [`Failure`]. Whatever step fails, the next call goes on from there.
pub fn ensure(dir: &Path) -> Result<Value, Failure> {
    if vault::recipient(dir)?.is_none() {
        let _changing = Changing::begin(dir, PATIENCE)?;
        let id = vault::vault_id(dir)?;
        let master = match kept(&id, Ask::Person)? {
            // Kept by a call that did not get as far as the vault.
            Some(master) => master,
            None => {
                let master = Kept::Plain(Master::generate());
                keyring::store(&id, &master.text(), Ask::Person)?;
                master
            }
        };
        vault::set_first_recipient(dir, &master.public())?;
    }
    Ok(verified(&between_changes(dir, || belonging(dir, Ask::Person))?, recovery(dir)?))
}

fn verified(kept: &Kept, recovery: Recovery) -> Value {
    json!({"recipient": "verified", "key": kept.public(), "passphrase": matches!(kept, Kept::Locked(_)),
        "recovery": recovery})
}

/// Whether a recovery key opens anything.
///
/// # Errors
/// When the vault cannot be read.
pub fn recovery(dir: &Path) -> Result<Recovery, Failure> {
    Ok(match vault::recovery(dir)? {
        vault::Recovery::None => Recovery::None,
        vault::Recovery::Valid(since) => Recovery::Valid(since),
        vault::Recovery::Voided(on) => Recovery::Voided(on),
    })
}

/// Compares without asking anybody. A key that cannot be compared is an answer here, not a failure.
///
/// # Errors
/// When the vault itself cannot be read.
pub fn verify(dir: &Path) -> Result<(Value, u8), Failure> {
    let none = json!({"recipient": "none"});
    match vault::recipient(dir) {
        Ok(Some(_)) => {}
        Ok(None) | Err(ReadError::Open(OpenError::Absent)) => return Ok((none, 0)),
        Err(error) => return Err(error.into()),
    }
    // Whoever changes it just now completes it by themselves.
    if let Ok(_changing) = Changing::begin(dir, Duration::ZERO) {
        let _ = keeping::settle(dir, Ask::Nobody);
    }
    let recovery = recovery(dir)?;
    let failure = match between_changes(dir, || belonging(dir, Ask::Nobody)) {
        Ok(kept) => return Ok((verified(&kept, recovery), 0)),
        Err(failure) => failure,
    };
    let word = match &failure {
        Failure::Locked => "locked",
        Failure::NoKeyring(_) => "no-keyring",
        Failure::Missing => "missing",
        Failure::Mismatch => "mismatch",
        // A stored text that is no key is not this vault's key.
        Failure::Vault(ReadError::NotAKey) => "mismatch",
        Failure::Usage(_)
        | Failure::Typed(_)
        | Failure::Passphrase
        | Failure::WrongPassphrase
        | Failure::KeyBusy
        | Failure::NotKept
        | Failure::Damaged(_)
        | Failure::Vault(_)
        | Failure::Write(_)
        | Failure::Cancelled
        | Failure::Other(_) => return Err(failure),
    };
    let value = json!({"recipient": word, "message": failure.to_string(), "cure": failure.cure(),
        "recovery": recovery});
    Ok((value, failure.code()))
}

/// A head is stored so often until it, or a further one, is read back.
const HEAD_TRIES: usize = 5;

/// Whether the vault's log still holds the head that the last reading kept in the keyring. Nothing if that cannot be told.
pub fn rolled_back(dir: &Path) -> Option<bool> {
    let id = vault::vault_id(dir).ok()?;
    let kept = keyring::read(&head_account(&id), Ask::Nobody).ok()?;
    let Some(kept) = kept else { return Some(false) };
    let head: Head = serde_json::from_str(&kept).ok()?;
    vault::log_holds(dir, &head).ok().map(|holds| !holds)
}

/// Keeps the log's head beside the master. A rolled-back log is left as it is, so that it goes on to show.
pub fn keep_head(dir: &Path, head: &Head, rolled_back: Option<bool>) {
    if rolled_back == Some(false) && keep_furthest(dir, head).is_err() {
        eprintln!("eyelid-reader: the log's head could not be kept in the keyring");
    }
}

/// Two readings may end at the same time: of their heads the further one stays, whoever is the last to keep one.
fn keep_furthest(dir: &Path, head: &Head) -> Result<(), Failure> {
    let account = head_account(&vault::vault_id(dir)?);
    let text = Zeroizing::new(serde_json::to_string(head).map_err(|error| Failure::Other(error.to_string()))?);
    for _ in 0..HEAD_TRIES {
        let kept = keyring::read(&account, Ask::Nobody)?.and_then(|kept| serde_json::from_str::<Head>(&kept).ok());
        if let Some(kept) = kept
            && kept.count >= head.count
            && vault::log_holds(dir, &kept)?
        {
            return Ok(());
        }
        match keyring::store(&account, &text, Ask::Nobody) {
            // The other's was read back.
            Ok(()) | Err(Failure::NotKept) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::NotKept)
}
