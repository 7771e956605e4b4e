//! What is told about a vault without writing its content out.

use crate::args::Range;
use crate::failure::Failure;
use crate::keyring::Ask;
use crate::passphrase::{self, Source};
use crate::{harden, keys, time};
use policy::Wall;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use vault::item::KeyKind;
use vault::log::Entry;
use vault::{Damage, Opened, Opener};
use zeroize::Zeroizing;

/// A vault with its key, and whether its log was rolled back since the last reading.
pub struct Opening {
    /// The vault.
    pub opener: Opener,
    /// Nothing if it cannot be told.
    pub rolled_back: Option<bool>,
}

/// Opens a vault; reads nothing of it yet.
///
/// # Errors
/// See [`Failure`].
pub fn open(dir: &Path, from: Option<Source>) -> Result<Opening, Failure> {
    let mut given = None;
    let opener = keys::between_changes(dir, || {
        let kept = keys::belonging(dir, Ask::Nobody)?;
        let master = keys::opened(kept, || match &given {
            Some(passphrase) => Ok(Zeroizing::clone(passphrase)),
            None => Ok(given.insert(passphrase::present(from)?).clone()),
        })?;
        Ok(Opener::open(dir, master)?)
    })?;
    Ok(Opening { opener, rolled_back: keys::rolled_back(dir) })
}

/// The entry for a reading.
pub fn reading(opener: &Opener, program: &str, purpose: &str, range: (Wall, Wall)) -> Result<Entry, Failure> {
    Ok(Entry::Reading {
        program: program.into(),
        purpose: purpose.into(),
        from: range.0.0,
        to: range.1.0,
        items: opener.count(range)?,
    })
}

/// The answer of a reading, and its code: damage does not stop it, yet is told.
pub fn answered(mut value: Value, damage: &[Damage], rolled_back: Option<bool>) -> (Value, u8) {
    value["damage"] = json!(damage);
    value["rolled_back"] = json!(rolled_back);
    if damage.is_empty() {
        return (value, 0);
    }
    let epochs: std::collections::BTreeSet<i64> = damage.iter().map(|damage| damage.epoch).collect();
    let failure = Failure::Damaged(format!("{} places in {} epochs cannot be opened", damage.len(), epochs.len()));
    value["message"] = json!(failure.to_string());
    value["cure"] = json!(failure.cure());
    (value, failure.code())
}

/// The log, and whether it is whole. Needs no key.
///
/// # Errors
/// When the vault cannot be read.
pub fn log(dir: &Path) -> Result<(Value, u8), Failure> {
    let mut value = json!(vault::read_log(dir)?);
    value["rolled_back"] = json!(keys::rolled_back(dir));
    Ok((value, 0))
}

/// Opens and checks everything.
///
/// # Errors
/// See [`Failure`].
pub fn verify(dir: &Path, program: &str, from: Option<Source>) -> Result<(Value, u8), Failure> {
    let Opening { mut opener, rolled_back } = open(dir, from)?;
    let entry = reading(&opener, program, "verify", (Wall(i64::MIN), Wall(i64::MAX)))?;
    let session = opener.begin(time::now(), &entry)?;
    keys::keep_head(dir, session.head(), rolled_back);
    harden::close_door(&[dir]);
    let verified = session.verify()?;
    let clean = verified.is_clean() && rolled_back != Some(true);
    let (mut value, code) = answered(json!(verified), &verified.damage, rolled_back);
    value["clean"] = json!(clean);
    if clean || code != 0 {
        return Ok((value, code));
    }
    let what = if rolled_back == Some(true) { "an older copy of it was put back" } else { "its log is broken" };
    let failure = Failure::Damaged(what.into());
    value["message"] = json!(failure.to_string());
    value["cure"] = json!(failure.cure());
    Ok((value, failure.code()))
}

/// How often an app appears, per stream.
#[derive(Default, Serialize)]
struct Counts {
    frames: u64,
    /// Keys pressed, as far as their number is known.
    keys: u64,
    pointer: u64,
    focus: u64,
}

/// Counts what was recorded in a range.
///
/// # Errors
/// See [`Failure`].
pub fn summary(dir: &Path, asked: &Range, from: Option<Source>) -> Result<(Value, u8), Failure> {
    let range = (asked.from, asked.to);
    let Opening { mut opener, rolled_back } = open(dir, from)?;
    let entry = reading(&opener, &asked.program, "summary", range)?;
    let session = opener.begin(time::now(), &entry)?;
    keys::keep_head(dir, session.head(), rolled_back);
    harden::close_door(&[dir]);
    let (mut streams, mut apps) = (Counts::default(), BTreeMap::<String, Counts>::new());
    let mut damage = Vec::new();
    session.visit(range, false, |opened| {
        match &opened {
            Opened::Frame(frame) => {
                streams.frames += 1;
                for window in &frame.windows {
                    apps.entry(window.app.clone()).or_default().frames += 1;
                }
            }
            Opened::Key(key) => {
                let n = match &key.kind {
                    KeyKind::Text(text) => text.chars().count() as u64,
                    KeyKind::Count(n) => u64::from(*n),
                    KeyKind::Shortcut(_) => 1,
                };
                streams.keys += n;
                apps.entry(key.app.clone()).or_default().keys += n;
            }
            Opened::Pointer(pointer) => {
                streams.pointer += 1;
                if let Some(app) = &pointer.app {
                    apps.entry(app.clone()).or_default().pointer += 1;
                }
            }
            Opened::Focus(focus) => {
                streams.focus += 1;
                apps.entry(focus.app.clone()).or_default().focus += 1;
            }
            Opened::Damaged(damaged) => damage.push(damaged.clone()),
        }
        Ok::<_, Failure>(())
    })?;
    let mut withheld = BTreeMap::<String, BTreeMap<String, u64>>::new();
    for day in session.withheld()? {
        for (category, seconds) in day.seconds {
            *withheld.entry(day.day.clone()).or_default().entry(category).or_default() += seconds;
        }
    }
    let value = json!({"from": time::rfc3339(range.0), "to": time::rfc3339(range.1), "streams": streams, "apps": apps,
        "withheld_seconds": withheld});
    Ok(answered(value, &damage, rolled_back))
}
