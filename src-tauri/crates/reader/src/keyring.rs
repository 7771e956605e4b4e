//! The keyring: where the master's secret is, and nothing else of Eyelid is.

use crate::failure::Failure;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use std::collections::HashMap;
use std::sync::mpsc;
use std::time::Duration;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::OwnedObjectPath;
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

/// The name under which the keyring lists what is Eyelid's.
const SERVICE: &str = "eyelid";

/// A keyring that is asked for nothing but an answer gives it within this time.
const ANSWER: Duration = Duration::from_secs(10);

/// A person has this long to unlock it.
const UNLOCK: Duration = Duration::from_secs(120);

/// gnome-keyring reads its own file anew after writing it, and then says for an instant that it is locked, or that what
/// was asked for does not exist. One that is being started is not there for an instant. So none of this is believed
/// before it was said once more than there are waits here.
const WAITS: [u64; 4] = [50, 100, 200, 400];

/// Whether an entry can be had without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is there.
    Open,
    /// It is there, or may be, behind a lock.
    Locked,
    /// It is not there, and there is an open keyring to put it into.
    Absent,
}

/// Whether the keyring may put up a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// It may: a person waits for it.
    Person,
    /// It may not.
    Nobody,
}

/// Runs what may block for good on a thread of its own.
fn within<T: Send + 'static>(
    time: Duration,
    late: Failure,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    answer.recv_timeout(time).unwrap_or(Err(late))
}

/// Does something again while the answer is one that may be true for an instant only.
fn settled<T>(
    mut work: impl FnMut() -> Result<T, Failure>,
    passing: impl Fn(&Result<T, Failure>) -> bool,
) -> Result<T, Failure> {
    for milliseconds in WAITS {
        let result = work();
        if !passing(&result) {
            return result;
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
    work()
}

/// Where an entry is, by questions of the Secret Service that never put up a prompt.
fn place(account: &str) -> Result<Place, Failure> {
    let account = account.to_owned();
    let late = Failure::NoKeyring("it did not answer in time".into());
    within(ANSWER, late, move || {
        settled(|| place_now(&account), |place| matches!(place, Ok(Place::Locked)) || refused(place))
    })
}

fn place_now(account: &str) -> Result<Place, Failure> {
    let bus =
        Connection::session().map_err(|error| Failure::NoKeyring(format!("there is no session bus ({error})")))?;
    let absent =
        |error| Failure::NoKeyring(format!("there is no Secret Service on the session bus, or it refuses ({error})"));
    let to = "org.freedesktop.secrets";
    let service = Proxy::new(&bus, to, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").map_err(absent)?;
    let attributes = HashMap::from([("service", SERVICE), ("username", account)]);
    let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        service.call("SearchItems", &(attributes,)).map_err(absent)?;
    if !open.is_empty() {
        return Ok(Place::Open);
    }
    if !locked.is_empty() {
        return Ok(Place::Locked);
    }
    let default: OwnedObjectPath = service.call("ReadAlias", &("default",)).map_err(absent)?;
    if default.as_str() == "/" {
        // Making the first keyring asks for its password.
        return Ok(Place::Locked);
    }
    let collection = Proxy::new(&bus, to, default, "org.freedesktop.Secret.Collection").map_err(absent)?;
    let locked: bool = collection.get_property("Locked").map_err(absent)?;
    Ok(if locked { Place::Locked } else { Place::Absent })
}

/// By a connection of its own each time: a keyring that was started anew is found again.
fn entry(account: &str) -> Result<Entry, Failure> {
    let store = Store::new().map_err(failure)?;
    store.build(SERVICE, account, None).map_err(failure)
}

fn refused<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::NoKeyring(_)))
}

fn failure(error: Error) -> Failure {
    match error {
        Error::NoEntry => Failure::Missing,
        Error::NoStorageAccess(_) => Failure::Locked,
        Error::PlatformFailure(error) => Failure::NoKeyring(format!("it refuses ({error})")),
        Error::Ambiguous(_) => Failure::Other("The keyring holds more than one key for this vault.".into()),
        // The others carry data, or cannot happen with an account and a text of ours.
        _ => Failure::Other("The keyring gave an answer that makes no sense.".into()),
    }
}

/// What is kept under an account; nothing if there is no such entry.
///
/// # Errors
/// Locked, or no keyring.
pub fn read(account: &str, ask: Ask) -> Result<Option<Zeroizing<String>>, Failure> {
    match (place(account)?, ask) {
        (Place::Absent, Ask::Person | Ask::Nobody) => return Ok(None),
        (Place::Locked, Ask::Nobody) => return Err(Failure::Locked),
        (Place::Locked, Ask::Person) | (Place::Open, Ask::Person | Ask::Nobody) => {}
    }
    let account = account.to_owned();
    let read = within(time(ask), Failure::Locked, move || {
        settled(|| Ok(Zeroizing::new(entry(&account)?.get_password().map_err(failure)?)), refused)
    });
    match read {
        Ok(secret) => Ok(Some(secret)),
        Err(Failure::Missing) => Ok(None),
        Err(other) => Err(other),
    }
}

fn time(ask: Ask) -> Duration {
    match ask {
        Ask::Person => UNLOCK,
        Ask::Nobody => ANSWER,
    }
}

/// Keeps something under an account, and reads it back.
///
/// # Errors
/// Locked, no keyring, or [`Failure::NotKept`].
pub fn store(account: &str, secret: &Zeroizing<String>, ask: Ask) -> Result<(), Failure> {
    if place(account)? == Place::Locked && ask == Ask::Nobody {
        return Err(Failure::Locked);
    }
    let (name, secret) = (account.to_owned(), secret.clone());
    within(time(ask), Failure::Locked, move || {
        let write_and_read = || {
            let entry = entry(&name)?;
            entry.set_password(&secret).map_err(failure)?;
            let back = Zeroizing::new(entry.get_password().map_err(failure)?);
            if *back == *secret { Ok(()) } else { Err(Failure::NotKept) }
        };
        settled(write_and_read, refused)
    })
}

/// Drops what is kept under an account.
///
/// # Errors
/// Locked, or no keyring.
pub fn delete(account: &str) -> Result<(), Failure> {
    let name = account.to_owned();
    within(ANSWER, Failure::Locked, move || {
        let delete = || match entry(&name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failure(error)),
        };
        settled(delete, refused)
    })
}
