//! Forgetting one app or one picture. Whole ranges are the agent's, which needs no key for them.

use crate::args::Selection;
use crate::failure::Failure;
use crate::report::{self, Opening, reading};
use crate::{harden, keys, time};
use serde_json::{Value, json};
use std::path::Path;
use vault::Pick;

/// Forgets a selection.
///
/// # Errors
/// See [`Failure`]; nothing is forgotten then.
pub fn forget(dir: &Path, asked: &Selection) -> Result<Value, Failure> {
    let range = asked.range.ordered()?;
    let pick = asked.app.clone().map_or(Pick::Pictures, Pick::App);
    let Opening { mut opener, rolled_back } = report::open(dir)?;
    let entry = reading(&opener, &asked.range.program, "forget", range)?;
    let mut session = opener.begin(time::now(), &entry)?;
    keys::keep_head(dir, session.head(), rolled_back);
    harden::close_door(&[dir]);
    let done = session.forget(range, &pick, time::now())?;
    Ok(json!({"events": done.events, "pictures": done.pictures, "unreadable": done.unreadable,
        "emptied": done.emptied, "rolled_back": rolled_back}))
}
