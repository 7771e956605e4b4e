//! Forgetting one app or one picture. Whole ranges are the agent's, which needs no key for them.

use crate::args::Selection;
use crate::failure::Failure;
use crate::passphrase::Source;
use crate::report::{self, Opening, reading};
use crate::{harden, keys, time};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;
use vault::Pick;

/// No app has a longer name.
const LONGEST: u64 = 4096;

/// The app's name from standard input.
fn given() -> Result<String, Failure> {
    let mut name = String::new();
    match std::io::stdin().take(LONGEST).read_to_string(&mut name) {
        Ok(1..) => Ok(name),
        Ok(0) | Err(_) => Err(Failure::Usage("No app was named on standard input.".into())),
    }
}

/// Forgets a selection.
///
/// # Errors
/// See [`Failure`]; nothing is forgotten then.
pub fn forget(dir: &Path, asked: &Selection, from: Option<Source>) -> Result<Value, Failure> {
    let range = asked.range.ordered()?;
    // On standard input the passphrase comes first.
    let Opening { mut opener, rolled_back } = report::open(dir, from)?;
    let app = if asked.app_from_input { Some(given()?) } else { asked.app.clone() };
    let pick = app.map_or(Pick::Pictures, Pick::App);
    let entry = reading(&opener, &asked.range.program, "forget", range)?;
    let mut session = opener.begin(time::now(), &entry)?;
    keys::keep_head(dir, session.head(), rolled_back);
    harden::close_door(&[dir]);
    let done = session.forget(range, &pick, time::now())?;
    Ok(json!({"events": done.events, "pictures": done.pictures, "unreadable": done.unreadable,
        "emptied": done.emptied, "rolled_back": rolled_back}))
}
