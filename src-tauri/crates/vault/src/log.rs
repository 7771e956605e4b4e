//! The log: append-only, hash-chained, in the clear. It says that something was read, allowed or forgotten, and
//! holds nothing of what was recorded.

use crate::chain::{self, Hash, START};
use policy::Wall;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How something was forgotten that went by age or size.
pub(crate) const RETENTION: &str = "retention";

/// What is worth an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// A person consented. [`crate::Vault::put_consent`] writes this by itself.
    Consent {
        /// SHA-256 of the receipt, in hex.
        receipt: String,
    },
    /// They withdrew it. [`crate::Vault::withdraw_consent`] writes this by itself.
    ConsentWithdrawn,
    /// Something is recorded now that was not before. Name no title here.
    Loosened {
        /// What became looser.
        what: String,
        /// The program that asked for it.
        client: String,
    },
    /// A program is about to read.
    Reading {
        /// Its name.
        program: String,
        /// What for.
        purpose: String,
        /// From when, wall-clock milliseconds.
        from: i64,
        /// Until when.
        to: i64,
        /// How many records lie in that range.
        items: u64,
    },
    /// A program is about to write recorded data out in the clear.
    Export {
        /// Its name.
        program: String,
        /// From when, wall-clock milliseconds.
        from: i64,
        /// Until when.
        to: i64,
        /// How many records lie in that range.
        items: u64,
    },
    /// Something was forgotten. [`crate::Vault::forget`] and [`crate::Vault::erase_everything`] write this by themselves.
    Forgotten {
        /// From when, wall-clock milliseconds.
        from: i64,
        /// Until when.
        to: i64,
        /// How: by hotkey, menu, retention…
        how: String,
    },
    /// The master key was replaced, which put what was forgotten before out of reach of every earlier copy.
    Rotated,
    /// How the key is kept is about to change.
    Key {
        /// In what way.
        what: KeyChange,
        /// The program that does it.
        program: String,
    },
}

/// How the keeping of the key changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChange {
    /// It is put under a passphrase, or under another one.
    PassphraseSet,
    /// It is taken out of its passphrase.
    PassphraseRemoved,
    /// A recovery key was made, and a copy of the key sealed to it.
    RecoveryMade,
    /// A recovery key opened that copy, and the key goes back into the keyring.
    RecoveryUsed,
    /// The copy went with the key that it held, which was replaced.
    RecoveryVoided,
}

/// An entry as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// Its number, from 1.
    pub number: i64,
    /// When it was written.
    pub at: Wall,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Where the log ends. Kept outside the vault, it makes a rolled-back vault show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries there are.
    pub count: i64,
    /// Hash of the last, in hex.
    pub hash: String,
}

/// The whole log, and whether its chain holds.
#[derive(Clone, Debug, Serialize)]
pub struct Log {
    /// Its entries, oldest first; those that could not be understood are missing here and break the chain.
    pub entries: Vec<Logged>,
    /// Whether every entry follows from the one before and none is missing.
    pub chain_holds: bool,
    /// Number of the first entry that does not fit, if there is one.
    pub broken_at: Option<i64>,
    /// Where it ends.
    pub head: Head,
}

fn last(db: &Connection) -> Result<(i64, Hash), rusqlite::Error> {
    let row = db
        .query_row("SELECT number, hash FROM log ORDER BY number DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(row.unwrap_or((0, START)))
}

/// Appends an entry; call it within a transaction that holds the write lock.
pub(crate) fn append(db: &Connection, at: Wall, entry: &Entry) -> Result<Head, rusqlite::Error> {
    let (number, previous) = last(db)?;
    let logged = Logged { number: number + 1, at, entry: entry.clone() };
    let text = canonical(&logged);
    let hash = chain::entry_hash(&previous, &text);
    db.execute("INSERT INTO log VALUES (?1, ?2, ?3)", params![logged.number, text, hash])?;
    Ok(Head { count: logged.number, hash: chain::hex(&hash) })
}

/// Keys sorted, no spaces. An entry is flat; the B-tree sorts it whatever map `serde_json` was built with.
fn canonical(logged: &Logged) -> String {
    let value = serde_json::to_value(logged).expect("plain data becomes JSON");
    let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_value(value).expect("an entry is an object");
    serde_json::to_string(&sorted).expect("JSON becomes text")
}

/// Reads the whole log and checks its chain.
pub(crate) fn read(db: &Connection) -> Result<Log, rusqlite::Error> {
    let mut statement = db.prepare("SELECT number, entry, hash FROM log ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut log = Log {
        entries: Vec::new(),
        chain_holds: true,
        broken_at: None,
        head: Head { count: 0, hash: chain::hex(&START) },
    };
    let mut previous = START;
    let mut expected = 1;
    while let Some(row) = rows.next()? {
        let (number, text): (i64, String) = (row.get(0)?, row.get(1)?);
        let hash: Option<Hash> = row.get(2).ok();
        let logged: Option<Logged> = serde_json::from_str(&text).ok();
        let fits = number == expected
            && hash == Some(chain::entry_hash(&previous, &text))
            && logged.as_ref().is_some_and(|l| l.number == number);
        if !fits {
            log.chain_holds = false;
            log.broken_at.get_or_insert(number.min(expected));
        }
        log.entries.extend(logged);
        previous = hash.unwrap_or(START);
        expected = number + 1;
        log.head = Head { count: number, hash: chain::hex(&previous) };
    }
    Ok(log)
}

/// Whether a person forgot something since the master was replaced the last time; what goes by age or size does not
/// count. What cannot be understood does.
pub(crate) fn forgotten_by_a_person(db: &Connection) -> Result<bool, rusqlite::Error> {
    let mut statement = db.prepare("SELECT entry FROM log ORDER BY number DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match serde_json::from_str::<Logged>(&row.get::<_, String>(0)?).map(|logged| logged.entry) {
            Ok(Entry::Rotated) => return Ok(false),
            Ok(Entry::Forgotten { how, .. }) if how == RETENTION => {}
            Ok(Entry::Forgotten { .. }) | Err(_) => return Ok(true),
            Ok(
                Entry::Consent { .. }
                | Entry::ConsentWithdrawn
                | Entry::Loosened { .. }
                | Entry::Reading { .. }
                | Entry::Export { .. }
                | Entry::Key { .. },
            ) => {}
        }
    }
    Ok(false)
}

/// Whether the log still holds the entry that `head` names: if not, the vault was rolled back or cut short.
pub(crate) fn holds(db: &Connection, head: &Head) -> Result<bool, rusqlite::Error> {
    if head.count == 0 {
        return Ok(true);
    }
    let hash: Option<Hash> =
        db.query_row("SELECT hash FROM log WHERE number = ?1", [head.count], |row| row.get(0)).optional()?;
    Ok(hash.is_some_and(|hash| chain::hex(&hash) == head.hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn with_log(entries: usize) -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let db = schema::create(dir.path(), 1).unwrap();
        for i in 0..entries {
            append(&db, Wall(i as i64), &Entry::Loosened { what: format!("thing {i}"), client: "test".into() })
                .unwrap();
        }
        (dir, db)
    }

    #[test]
    fn an_untouched_log_holds() {
        let (_dir, db) = with_log(5);
        let log = read(&db).unwrap();
        assert!(log.chain_holds);
        assert_eq!(log.entries.len(), 5);
        assert_eq!(log.head.count, 5);
        assert!(holds(&db, &log.head).unwrap());
    }

    #[test]
    fn an_altered_a_removed_and_an_inserted_entry_show() {
        for (damage, at) in [
            ("UPDATE log SET entry = replace(entry, 'thing 2', 'thing 9') WHERE number = 3", 3),
            ("DELETE FROM log WHERE number = 2", 2),
            ("DELETE FROM log WHERE number = 1", 1),
            ("INSERT INTO log SELECT 6, entry, hash FROM log WHERE number = 5", 6),
        ] {
            let (_dir, db) = with_log(5);
            db.execute(damage, []).unwrap();
            let log = read(&db).unwrap();
            assert!(!log.chain_holds, "{damage}");
            assert_eq!(log.broken_at, Some(at), "{damage}");
        }
    }

    #[test]
    fn a_log_cut_short_shows_against_the_head_kept_elsewhere() {
        let (_dir, db) = with_log(5);
        let head = read(&db).unwrap().head;
        db.execute("DELETE FROM log WHERE number = 5", []).unwrap();
        assert!(read(&db).unwrap().chain_holds, "the chain alone cannot tell");
        assert!(!holds(&db, &head).unwrap());
        append(&db, Wall(9), &Entry::ConsentWithdrawn).unwrap();
        assert!(!holds(&db, &head).unwrap());
    }

    #[test]
    fn entries_are_canonical_json() {
        let (_dir, db) = with_log(1);
        let text: String = db.query_row("SELECT entry FROM log", [], |row| row.get(0)).unwrap();
        assert_eq!(text, r#"{"at":0,"client":"test","kind":"loosened","number":1,"what":"thing 0"}"#);
    }
}
