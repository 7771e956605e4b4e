//! What can go wrong, each with its cure.

/// What a person can do about an error, in one sentence.
pub trait Cure {
    /// The sentence.
    fn cure(&self) -> &'static str;
}

/// The vault could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the database in it cannot be created or read.
    #[error("the vault cannot be opened: {0}")]
    Io(#[from] std::io::Error),
    /// The database was made by a newer Eyelid; it is left untouched.
    #[error("the vault was written by a newer version (schema {found}, this program knows up to {known})")]
    Newer {
        /// Schema version found.
        found: i64,
        /// Newest schema version known here.
        known: i64,
    },
    /// There is a database, but it is not a vault; it is left untouched.
    #[error("the file vault.db is not an Eyelid vault")]
    NotAVault,
    /// The database is damaged; it is left untouched.
    #[error("the vault database is damaged: {0}")]
    Damaged(String),
    /// Another program keeps the database locked.
    #[error("the vault is in use by another program")]
    Busy,
    /// There is no vault here. Only the reader, which does not create one, says this.
    #[error("there is no vault here yet")]
    Absent,
    /// The database engine failed otherwise.
    #[error("the vault database cannot be used: {0}")]
    Database(rusqlite::Error),
}

impl Cure for OpenError {
    fn cure(&self) -> &'static str {
        match self {
            OpenError::Io(_) => {
                "Check that the vault folder exists, belongs to you and that its disk is not full or read-only."
            }
            OpenError::Newer { .. } => "Update Eyelid; nothing was changed.",
            OpenError::NotAVault => "Move that file away or choose another vault folder; nothing was changed.",
            OpenError::Damaged(_) => {
                "Move the vault folder away (what is intact in it can still be read with `eyelid-reader verify`) and start again."
            }
            OpenError::Busy => "Close the other program that uses the vault and try again.",
            OpenError::Absent => "Grant consent first; that makes the vault.",
            OpenError::Database(_) => "Try again; if it stays, move the vault folder away and report the message.",
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        use rusqlite::ErrorCode as C;
        match error.sqlite_error_code() {
            Some(C::NotADatabase) => OpenError::NotAVault,
            Some(C::DatabaseCorrupt) => OpenError::Damaged("its pages do not fit together".into()),
            Some(C::DatabaseBusy | C::DatabaseLocked) => OpenError::Busy,
            _ => OpenError::Database(error),
        }
    }
}

/// A datum was not taken. It has been wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// There is no adopted recipient to seal to.
    #[error("the vault has no recipient to seal to")]
    NoRecipient,
    /// The disk does not take anything at present; see the last [`crate::Note::Unavailable`].
    #[error("the vault is unavailable")]
    Unavailable,
    /// More is waiting for the disk than may be held in memory.
    #[error("the vault cannot keep up")]
    Overloaded,
}

impl Cure for AppendError {
    fn cure(&self) -> &'static str {
        match self {
            AppendError::NoRecipient => "Grant consent; that makes the key.",
            AppendError::Unavailable => {
                "Free disk space or make the vault folder writable; recording goes on by itself."
            }
            AppendError::Overloaded => "Nothing to do; recording goes on when the disk has caught up.",
        }
    }
}

/// Why nothing can be stored at present. Nothing that was committed is lost; the writer keeps trying.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The disk is full.
    #[error("the disk that holds the vault is full")]
    DiskFull,
    /// The file system or the file has become read-only.
    #[error("the vault cannot be written to")]
    ReadOnly,
    /// The database file was deleted or replaced while in use.
    #[error("the vault database was deleted or replaced while in use")]
    Replaced,
    /// Another program keeps the database locked.
    #[error("another program keeps the vault locked")]
    Busy,
    /// The database is damaged.
    #[error("the vault database is damaged")]
    Damaged,
    /// The recipient on disk is not the one that was adopted. See [`crate::Vault::adopt_recipient`].
    #[error("the recipient in the vault is not the one that was verified")]
    RecipientChanged,
    /// Anything else, by the engine's own words (which carry no content and no path).
    #[error("the vault cannot store: {0}")]
    Other(String),
}

impl Cure for Trouble {
    fn cure(&self) -> &'static str {
        match self {
            Trouble::DiskFull => "Free disk space; recording goes on by itself.",
            Trouble::ReadOnly => "Make the vault folder writable; recording goes on by itself.",
            Trouble::Replaced => "Put the database back, or restart Eyelid to begin with the new one.",
            Trouble::Busy => "Close the other program that uses the vault; recording goes on by itself.",
            Trouble::Damaged => "Move the vault folder away and restart Eyelid.",
            Trouble::RecipientChanged => "Verify the key again; if you did not change it, someone else did.",
            Trouble::Other(_) => "Restart Eyelid; if it stays, report the message.",
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        use rusqlite::ErrorCode as C;
        match error.sqlite_error_code() {
            Some(C::DiskFull) => Trouble::DiskFull,
            Some(C::ReadOnly | C::PermissionDenied | C::CannotOpen) => Trouble::ReadOnly,
            Some(C::DatabaseBusy | C::DatabaseLocked) => Trouble::Busy,
            Some(C::DatabaseCorrupt | C::NotADatabase) => Trouble::Damaged,
            Some(code) => Trouble::Other(format!("{code:?}")),
            None => Trouble::Other("the statement failed".into()),
        }
    }
}

/// Something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The vault cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed while reading.
    #[error("the vault database cannot be read: {0}")]
    Database(#[from] rusqlite::Error),
    /// The vault has no recipient yet: nothing was ever recorded.
    #[error("the vault has no key yet")]
    NoRecipient,
    /// The key does not belong to this vault.
    #[error("the key does not belong to this vault")]
    WrongKey,
    /// The vault was sealed to another key while it was being read.
    #[error("the key of the vault was replaced while it was being read")]
    Replaced,
    /// A stored secret is not an age identity.
    #[error("the key is not an age identity")]
    NotAKey,
    /// Another program keeps reading the vault, so that the write-ahead log cannot be emptied.
    #[error("another program keeps reading the vault")]
    Busy,
    /// Eyelid has not ended the minute that is asked for.
    #[error("the recording of that time is still being written")]
    Unfinished,
    /// The passphrase is not the one that the key is under.
    #[error("the passphrase is not the right one")]
    WrongPassphrase,
    /// No copy of the key is sealed to a recovery key, or this is another recovery key.
    #[error("this recovery key opens nothing here")]
    NotRecovered,
    /// A sealed record does not open.
    #[error("a sealed record does not open: {0}")]
    Sealed(&'static str),
    /// A range was to be read that the log does not say is read.
    #[error("the log has no entry for this reading")]
    NotEntered,
    /// The caller's own work with an item failed; iteration stopped.
    #[error("{0}")]
    Caller(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Cure for ReadError {
    fn cure(&self) -> &'static str {
        match self {
            ReadError::Open(e) => e.cure(),
            ReadError::Database(_) => "Try again; if it stays, run `eyelid-reader verify`.",
            ReadError::NoRecipient => "Grant consent first; that makes the key.",
            ReadError::WrongKey | ReadError::NotAKey => {
                "Restore the keyring that belongs to this vault; without its key the vault cannot be opened by anyone."
            }
            ReadError::Replaced => "Try again.",
            ReadError::WrongPassphrase => "Type it again; capitals and blanks count.",
            ReadError::NotRecovered => {
                "Look whether it is the newest one: each forgetting voids it, and so does making another."
            }
            ReadError::Busy => "Close the other program that reads the vault and try again.",
            ReadError::Unfinished => "Try again in a minute; if Eyelid is not running, start it once.",
            ReadError::Sealed(_) => "Run `eyelid-reader verify`; what is intact stays readable.",
            ReadError::NotEntered => "Try again; if it stays, look at the access log.",
            ReadError::Caller(_) => "See the message.",
        }
    }
}
