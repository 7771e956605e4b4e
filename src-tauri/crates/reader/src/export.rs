//! Writing a person's own data out, readable. That is plaintext on purpose; nothing else of Eyelid's is anywhere.

use crate::args::Export;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::passphrase::Source;
use crate::progress::{Progress, Wanted};
use crate::report::{self, Opening, answered, reading};
use crate::{harden, keys, time};
use policy::{Now, Wall};
use serde_json::{Value, json};
use std::path::Path;
use vault::Opened;
use vault::item::{FocusItem, KeyItem, KeyKind, PointerItem, PointerKind};
use vault::log::Entry;

/// Exports a range.
///
/// # Errors
/// See [`Failure`]; nothing half-written stays.
pub fn export(dir: &Path, asked: &Export, from: Option<Source>) -> Result<(Value, u8), Failure> {
    let range = asked.range.ordered()?;
    // Standard input may have the passphrase in front, so the key comes first.
    let Opening { mut opener, rolled_back } = report::open(dir, from)?;
    let wanted = if asked.until_closed { Wanted::until_closed() } else { Wanted::always() };
    let mut folder = Folder::new(&asked.folder)?;
    let program = &asked.range.program;
    let entry = reading(&opener, program, "export", range)?;
    let items = opener.count(range)?;
    let written = Entry::Export { program: program.clone(), from: range.0.0, to: range.1.0, items };
    drop(opener.begin(time::now(), &entry)?);
    let session = opener.begin(time::now(), &written)?;
    keys::keep_head(dir, session.head(), rolled_back);
    harden::close_door_but_rename(&[dir, folder.partial()], folder.partial().parent());
    let mut damage = Vec::new();
    let mut progress = asked.progress.then(|| Progress::new(items));
    let mut reached = range.0;
    session.visit(range, true, |opened| {
        wanted.check()?;
        if let Some(progress) = &mut progress {
            if let Some(at) = at(&opened) {
                reached = reached.max(at);
            }
            progress.tell(|| session.count_until(range, reached))?;
        }
        match opened {
            Opened::Frame(frame) => folder.frame(&frame),
            Opened::Key(key) => folder.event(&key_line(&key)),
            Opened::Pointer(pointer) => folder.event(&pointer_line(&pointer)),
            Opened::Focus(focus) => folder.event(&focus_line(&focus)),
            Opened::Damaged(damaged) => {
                damage.push(damaged);
                Ok(())
            }
        }
    })?;
    wanted.check()?;
    let value = json!({"from": time::rfc3339(range.0), "to": time::rfc3339(range.1),
        "frames": folder.frame_count, "events": folder.event_count});
    folder.finish()?;
    Ok(answered(value, &damage, rolled_back))
}

fn at(opened: &Opened) -> Option<Wall> {
    match opened {
        Opened::Frame(frame) => Some(frame.at.wall),
        Opened::Key(key) => Some(key.at.wall),
        Opened::Pointer(pointer) => Some(pointer.at.wall),
        Opened::Focus(focus) => Some(focus.at.wall),
        Opened::Damaged(_) => None,
    }
}

fn line(at: Now, kind: &str, window: Value) -> Value {
    json!({"time": time::rfc3339(at.wall), "kind": kind, "window": window})
}

fn key_line(key: &KeyItem) -> Value {
    let window = json!({"app": key.app, "title": key.title});
    match &key.kind {
        KeyKind::Text(text) => {
            let mut line = line(key.at, "text", window);
            line["text"] = json!(text);
            line
        }
        KeyKind::Count(count) => {
            let mut line = line(key.at, "key", window);
            line["count"] = json!(count);
            line
        }
        KeyKind::Shortcut(keys) => {
            let mut line = line(key.at, "shortcut", window);
            line["keys"] = json!(keys);
            line
        }
    }
}

fn pointer_line(pointer: &PointerItem) -> Value {
    let window = pointer.app.as_ref().map(|app| json!({"app": app, "title": pointer.title}));
    let kind = match &pointer.kind {
        PointerKind::Move(_) => "move",
        PointerKind::Click { .. } => "click",
        PointerKind::Scroll { .. } => "scroll",
    };
    let mut line = line(pointer.at, kind, json!(window));
    line["x"] = json!(pointer.x);
    line["y"] = json!(pointer.y);
    match &pointer.kind {
        PointerKind::Move(path) => line["path"] = json!(path),
        PointerKind::Click { button } => line["button"] = json!(button),
        PointerKind::Scroll { dx, dy } => {
            line["dx"] = json!(dx);
            line["dy"] = json!(dy);
        }
    }
    line
}

fn focus_line(focus: &FocusItem) -> Value {
    line(focus.at, "focus", json!({"app": focus.app, "title": focus.title}))
}
