//! Where a report goes: the person's folder for downloads, or their home.

use super::Refusal;
use protocol::{ErrorCode, Failure};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// So many reports of one day are told apart.
const MOST: u32 = 1_000;

/// The folder, as the desktop names it (`user-dirs.dirs`).
pub fn folder(lookup: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| lookup(name).filter(|path| path.is_absolute());
    let home = absolute("HOME")?;
    let config = absolute("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    let named = std::fs::read_to_string(config.join("user-dirs.dirs")).ok();
    let named = named.and_then(|text| text.lines().rev().find_map(|line| downloads(line, &home)));
    let usual = Some(home.join("Downloads"));
    [named, usual].into_iter().flatten().find(|path| path.is_dir()).or(Some(home))
}

/// The value of `XDG_DOWNLOAD_DIR="$HOME/…"` or of one with an absolute path.
fn downloads(line: &str, home: &Path) -> Option<PathBuf> {
    let value = line.trim().strip_prefix("XDG_DOWNLOAD_DIR=")?.trim().strip_prefix('"')?.strip_suffix('"')?;
    let value = value.replace('\\', "");
    match value.strip_prefix("$HOME") {
        Some(rest) => Some(home.join(rest.trim_start_matches('/'))),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

/// Writes a page under a name that is free; its path.
pub fn write(folder: &Path, day: &str, page: &str) -> Result<String, Refusal> {
    for number in 1..=MOST {
        let name = match number {
            1 => format!("Eyelid report {day}.html"),
            _ => format!("Eyelid report {day} ({number}).html"),
        };
        let path = folder.join(name);
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(unwritten(&error)),
        };
        if let Err(error) = file.write_all(page.as_bytes()).and_then(|()| file.sync_all()) {
            // What is half there is worth nothing; if it cannot be removed either, there is no more to do.
            let _ = std::fs::remove_file(&path);
            return Err(unwritten(&error));
        }
        return Ok(OsString::from(path).to_string_lossy().into_owned());
    }
    Err(unwritten(&std::io::ErrorKind::AlreadyExists.into()))
}

fn unwritten(error: &std::io::Error) -> Refusal {
    Failure::new(
        ErrorCode::InvalidInput,
        format!("The report cannot be written: {}.", error.kind()),
        "Check that your downloads folder belongs to you and that its disk is not full or read-only.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_that_the_desktop_names_if_it_is_there() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| (name == "HOME").then(|| home.path().to_owned());
        assert_eq!(folder(at).unwrap(), home.path());
        std::fs::create_dir(home.path().join("Downloads")).unwrap();
        assert_eq!(folder(at).unwrap(), home.path().join("Downloads"));
        std::fs::create_dir(home.path().join(".config")).unwrap();
        std::fs::write(
            home.path().join(".config/user-dirs.dirs"),
            "# XDG_DOWNLOAD_DIR=\"$HOME/no\"\nXDG_DESKTOP_DIR=\"$HOME/x\"\nXDG_DOWNLOAD_DIR=\"$HOME/Geladen\"\n",
        )
        .unwrap();
        assert_eq!(folder(at).unwrap(), home.path().join("Downloads"), "it is named and not there");
        std::fs::create_dir(home.path().join("Geladen")).unwrap();
        assert_eq!(folder(at).unwrap(), home.path().join("Geladen"));
        assert_eq!(folder(|_| None), None);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..3).map(|_| write(folder.path(), "2026-11-24", "page").unwrap()).collect();
        assert!(names[0].ends_with("/Eyelid report 2026-11-24.html"), "{names:?}");
        assert!(names[2].ends_with("/Eyelid report 2026-11-24 (3).html"), "{names:?}");
    }
}
