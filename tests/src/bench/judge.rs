//! Looks for the private window in what was stored.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

use super::stage::PRIVATE;
use crate::display::Screenshot;
use crate::eyelid::Eyelid;
use crate::scene::everything;
use crate::{Export, Result};

/// What was kept of a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Pictures.
    pub frames: u32,
    /// Those of them that show the private window.
    pub private: u32,
}

impl Kept {
    fn add(&mut self, private: bool) {
        self.frames += 1;
        self.private += u32::from(private);
    }
}

/// How far a channel may be off in what was not stored exactly.
const OFF: u8 = 12;
/// Of so many pixels one has to be of the private colour, in what was not stored exactly.
const ONE_IN: usize = 200;

/// Searches a folder of PNG files, each pixel of them.
pub fn pictures(folder: &Path) -> Result<Kept> {
    let mut kept = Kept::default();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // The last one may have been cut off when its writer was ended.
        if let Ok(picture) = Screenshot::read(&path) {
            kept.add(picture.count(PRIVATE) > 0);
        }
        fs::remove_file(path)?;
    }
    Ok(kept)
}

/// Searches a film.
pub fn film(file: &Path, (w, h): (u32, u32)) -> Result<Kept> {
    let mut decoder = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i"])
        .arg(file)
        .args(["-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stream = decoder.stdout.take().context("its output")?;
    let mut kept = Kept::default();
    let mut rgb = vec![0; usize::try_from(w * h * 3)?];
    while stream.read_exact(&mut rgb).is_ok() {
        kept.add(near(&rgb) > rgb.len() / 3 / ONE_IN);
    }
    anyhow::ensure!(decoder.wait()?.success(), "the film cannot be read");
    Ok(kept)
}

/// Searches what Eyelid stored in these stretches of time (Unix milliseconds), each pixel of it.
pub fn vault(eyelid: &Eyelid<'_>, spans: &[(i64, i64)]) -> Result<Vec<Kept>> {
    let export = everything(eyelid)?;
    let mut kept = vec![Kept::default(); spans.len()];
    for frame in &export.frames {
        let at = time(frame).context("a picture without a time")?;
        if let Some(n) = spans.iter().position(|(from, to)| (*from..*to).contains(&at)) {
            kept[n].add(private(&export, frame)?);
        }
    }
    if let Some(to) = std::env::var_os("DEBUG_PICS") {
        let _ = Command::new("cp").arg("-r").arg(&export.folder).arg(to).status();
    }
    fs::remove_dir_all(&export.folder)?;
    Ok(kept)
}

fn private(export: &Export, frame: &serde_json::Value) -> Result<bool> {
    Ok(export.picture(frame)?.count(PRIVATE) > 0)
}

fn time(frame: &serde_json::Value) -> Option<i64> {
    Some(frame["time"].as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// How many pixels are nearly of the private colour.
fn near(rgb: &[u8]) -> usize {
    let [_, r, g, b] = PRIVATE.to_be_bytes();
    let close = |p: &&[u8]| p[0].abs_diff(r) <= OFF && p[1].abs_diff(g) <= OFF && p[2].abs_diff(b) <= OFF;
    rgb.chunks_exact(3).filter(close).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_a_codec_bent_is_still_found_and_another_is_not() {
        assert_eq!(near(&[0xd0, 0x20, 0xa0, 0xd8, 0x18, 0xa8, 0xd0, 0x40, 0xa0, 0xff, 0xff, 0xff]), 2);
    }

    #[test]
    fn a_folder_of_pictures_tells_how_many_show_the_private_window() {
        let folder = tempfile::tempdir().unwrap();
        let save = |name: &str, colours: &[u32]| {
            let rgb = colours.iter().flat_map(|c| c.to_be_bytes()[1..].to_vec()).collect();
            Screenshot { width: 2, height: 1, rgb }.save(&folder.path().join(name)).unwrap();
        };
        save("1.png", &[0xff_ff_ff, PRIVATE]);
        save("2.png", &[0xff_ff_ff, PRIVATE ^ 1]);
        fs::write(folder.path().join("3.png"), b"cut off").unwrap();
        assert_eq!(pictures(folder.path()).unwrap(), Kept { frames: 2, private: 1 });
    }
}
