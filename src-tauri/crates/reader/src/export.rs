//! Writing a person's own data out, readable. That is plaintext on purpose; nothing else of Eyelid's is anywhere.

use crate::args::Range;
use crate::failure::Failure;
use crate::report::{self, Opening, answered, reading};
use crate::{harden, keys, time};
use policy::Now;
use serde_json::{Value, json};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use vault::item::{FocusItem, KeyItem, KeyKind, PointerItem, PointerKind, ShownWindow};
use vault::log::Entry;
use vault::{Frame, Opened};

/// What the lines look like; written beside them.
const SCHEMA: &str = include_str!("../schema/export.schema.json");

/// A folder being filled; removed again unless it is finished.
struct Folder {
    path: PathBuf,
    made: bool,
    finished: bool,
    frames: BufWriter<File>,
    events: BufWriter<File>,
    frame_count: u64,
    event_count: u64,
}

fn new_file(path: &Path) -> std::io::Result<BufWriter<File>> {
    Ok(BufWriter::new(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?))
}

impl Folder {
    fn new(path: &Path) -> Result<Folder, Failure> {
        let made = !path.exists();
        if !made {
            let empty = path.is_dir() && std::fs::read_dir(path)?.next().is_none();
            if !empty {
                return Err(Failure::Usage("The folder to write to is not an empty folder. Name a new one.".into()));
            }
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(path.join("frames"))?;
        Ok(Folder {
            path: path.to_owned(),
            made,
            finished: false,
            frames: new_file(&path.join("frames.jsonl"))?,
            events: new_file(&path.join("events.jsonl"))?,
            frame_count: 0,
            event_count: 0,
        })
    }

    fn frame(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.frame_count += 1;
        let name = format!("frames/{:06}.png", self.frame_count);
        let mut file = new_file(&self.path.join(&name))?;
        let mut png = png::Encoder::new(&mut file, frame.width, frame.height);
        png.set_color(png::ColorType::Rgb);
        png.set_depth(png::BitDepth::Eight);
        png.set_compression(png::Compression::Fast);
        let write = |error| match error {
            png::EncodingError::IoError(error) => Failure::from(error),
            png::EncodingError::Format(_) | png::EncodingError::Parameter(_) | png::EncodingError::LimitsExceeded => {
                Failure::Other("A picture cannot be written as PNG.".into())
            }
        };
        png.write_header().map_err(write)?.write_image_data(&frame.rgb).map_err(write)?;
        file.flush()?;
        let windows: Vec<Value> = frame.windows.iter().map(shown).collect();
        let mut line = json!({"time": time::rfc3339(frame.at.wall), "file": name, "width": frame.width,
            "height": frame.height, "windows": windows});
        if frame.holes > 0 {
            line["forgotten_tiles"] = json!(frame.holes);
        }
        writeln!(self.frames, "{line}")?;
        Ok(())
    }

    fn event(&mut self, line: &Value) -> Result<(), Failure> {
        self.event_count += 1;
        writeln!(self.events, "{line}")?;
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        let mut schema = new_file(&self.path.join("export.schema.json"))?;
        schema.write_all(SCHEMA.as_bytes())?;
        schema.flush()?;
        self.frames.flush()?;
        self.events.flush()?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        for name in ["frames.jsonl", "events.jsonl", "export.schema.json"] {
            // What was not made need not be removed.
            let _ = std::fs::remove_file(self.path.join(name));
        }
        let _ = std::fs::remove_dir_all(self.path.join("frames"));
        if self.made {
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// Exports a range.
///
/// # Errors
/// See [`Failure`]; nothing half-written stays.
pub fn export(dir: &Path, asked: &Range, folder: &Path) -> Result<(Value, u8), Failure> {
    let range = (asked.from, asked.to);
    if asked.from > asked.to {
        return Err(Failure::Usage("The range ends before it begins.".into()));
    }
    let Opening { mut opener, rolled_back } = report::open(dir)?;
    let mut folder = Folder::new(folder)?;
    let entry = reading(&opener, &asked.program, "export", range)?;
    let written =
        Entry::Export { program: asked.program.clone(), from: range.0.0, to: range.1.0, items: opener.count(range)? };
    drop(opener.begin(time::now(), &entry)?);
    let session = opener.begin(time::now(), &written)?;
    keys::keep_head(dir, session.head(), rolled_back);
    harden::close_door(&[dir, &folder.path]);
    let mut damage = Vec::new();
    session.visit(range, true, |opened| match opened {
        Opened::Frame(frame) => folder.frame(&frame),
        Opened::Key(key) => folder.event(&key_line(&key)),
        Opened::Pointer(pointer) => folder.event(&pointer_line(&pointer)),
        Opened::Focus(focus) => folder.event(&focus_line(&focus)),
        Opened::Damaged(damaged) => {
            damage.push(damaged);
            Ok(())
        }
    })?;
    let value = json!({"from": time::rfc3339(range.0), "to": time::rfc3339(range.1),
        "frames": folder.frame_count, "events": folder.event_count});
    folder.finish()?;
    Ok(answered(value, &damage, rolled_back))
}

fn shown(window: &ShownWindow) -> Value {
    let (x, y, width, height) = window.rect;
    json!({"app": window.app, "title": window.title, "rect": [x, y, width, height]})
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
