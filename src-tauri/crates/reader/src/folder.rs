//! The folder of an export: hidden until it is whole, so that nothing half-written ever has its name.

use crate::failure::Failure;
use crate::time;
use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use vault::Frame;
use vault::item::ShownWindow;

/// What the lines look like; written beside them.
const SCHEMA: &str = include_str!("../schema/export.schema.json");

/// A folder being filled, beside its name; removed unless it is finished.
pub struct Folder {
    name: PathBuf,
    partial: PathBuf,
    finished: bool,
    frames: BufWriter<File>,
    events: BufWriter<File>,
    /// Pictures written.
    pub frame_count: u64,
    /// Events written.
    pub event_count: u64,
    /// Locked for as long as it is being filled, so that nobody takes it for a leftover.
    _lock: File,
}

fn new_file(path: &Path) -> std::io::Result<BufWriter<File>> {
    Ok(BufWriter::new(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?))
}

/// Where an export named `name` is filled: `.NAME.partial`, beside it.
fn partial(name: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let name = std::path::absolute(name)?;
    let (Some(parent), Some(last)) = (name.parent(), name.file_name()) else {
        return Err(Failure::Usage("The folder to write to has no name. Name a new one.".into()));
    };
    let mut hidden = OsString::from(".");
    hidden.push(last);
    hidden.push(".partial");
    let partial = parent.join(hidden);
    Ok((name, partial))
}

fn lock(folder: &Path) -> Result<File, Failure> {
    let file = File::open(folder)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        Failure::Usage("An export of that name is under way. Wait for it, or name another folder.".into())
    })?;
    Ok(file)
}

impl Folder {
    /// Makes one, and removes what a killed export of the same name left behind.
    ///
    /// # Errors
    /// When its name is taken, or it cannot be made.
    pub fn new(name: &Path) -> Result<Folder, Failure> {
        let (name, partial) = partial(name)?;
        if name.symlink_metadata().is_ok() {
            let empty = name.is_dir() && std::fs::read_dir(&name)?.next().is_none();
            if !empty {
                return Err(Failure::Usage("The folder to write to is not an empty folder. Name a new one.".into()));
            }
        }
        if let Some(parent) = partial.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        if partial.symlink_metadata().is_ok() {
            let left = lock(&partial)?;
            std::fs::remove_dir_all(&partial)?;
            drop(left);
        }
        DirBuilder::new().mode(0o700).create(&partial)?;
        let lock = lock(&partial)?;
        DirBuilder::new().mode(0o700).create(partial.join("frames"))?;
        Ok(Folder {
            name,
            finished: false,
            frames: new_file(&partial.join("frames.jsonl"))?,
            events: new_file(&partial.join("events.jsonl"))?,
            partial,
            frame_count: 0,
            event_count: 0,
            _lock: lock,
        })
    }

    /// Where it is filled.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Writes a picture and its line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.frame_count += 1;
        let name = format!("frames/{:06}.png", self.frame_count);
        let mut file = new_file(&self.partial.join(&name))?;
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

    /// Writes the line of an event.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn event(&mut self, line: &Value) -> Result<(), Failure> {
        self.event_count += 1;
        writeln!(self.events, "{line}")?;
        Ok(())
    }

    /// It is whole: gives it its name.
    ///
    /// # Errors
    /// When it cannot be written, or its name was taken meanwhile.
    pub fn finish(mut self) -> Result<(), Failure> {
        let mut schema = new_file(&self.partial.join("export.schema.json"))?;
        schema.write_all(SCHEMA.as_bytes())?;
        schema.flush()?;
        self.frames.flush()?;
        self.events.flush()?;
        // Takes the place of an empty folder, and of nothing else.
        std::fs::rename(&self.partial, &self.name)?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be removed is hidden, and removed by the next export of its name.
            let _ = std::fs::remove_dir_all(&self.partial);
        }
    }
}

fn shown(window: &ShownWindow) -> Value {
    let (x, y, width, height) = window.rect;
    json!({"app": window.app, "title": window.title, "rect": [x, y, width, height]})
}
