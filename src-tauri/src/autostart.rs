//! Starting at login: one file in the autostart directory, there or not as the settings say.

use crate::faults::Faults;
use crate::link::View;
use policy::Hold;
use protocol::FaultCode;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// The same name as that of the file in the menus, and of the icon.
const FILE: &str = "eyelid.desktop";

/// Whether the file should be there; `None` while the settings are not known for sure.
pub fn wanted(view: &View) -> Option<bool> {
    match view {
        View::Starting | View::Gone(_) => None,
        View::Running(snapshot) => {
            // Settings that cannot be read are shown as defaults, which are nobody's choice.
            let unreadable = snapshot.status.holds.iter().any(|info| info.hold == Hold::ConfigInvalid);
            (!unreadable).then_some(snapshot.settings.autostart)
        }
    }
}

/// The file's text. It outlives the program, and then does nothing.
pub fn text(program: &Path) -> Option<String> {
    let program = program.to_str()?;
    let (start, there) = (quoted(program)?, program.replace('\\', "\\\\"));
    Some(format!(
        "[Desktop Entry]\nType=Application\nName=Eyelid\nComment=Control the recording of your own computer\nTryExec={there}\nExec={start} --background\nIcon=eyelid\nTerminal=false\nX-GNOME-Autostart-enabled=true\n"
    ))
}

/// An argument of `Exec`, by the Desktop Entry Specification: quoted, then escaped once more as a value of the file.
fn quoted(argument: &str) -> Option<String> {
    let mut quoted = String::from("\"");
    for c in argument.chars() {
        match c {
            '"' | '`' | '$' => quoted.extend(['\\', '\\', c]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            c if c.is_control() => return None,
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Some(quoted)
}

/// Writes or removes the file.
pub fn apply(wanted: bool, directory: &Path, program: &Path) -> std::io::Result<()> {
    let file = directory.join(FILE);
    if !wanted {
        return match std::fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        };
    }
    let text = text(program).ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, "unusual program path"))?;
    if std::fs::read_to_string(&file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    std::fs::create_dir_all(directory)?;
    std::fs::write(file, text)
}

/// Follows the settings. `config` is the directory that holds `autostart/`.
pub async fn follow(mut view: watch::Receiver<View>, faults: Arc<Faults>, config: PathBuf) {
    let Ok(program) = std::env::current_exe() else { return };
    let mut done = None;
    loop {
        let now = wanted(&view.borrow_and_update());
        if let Some(wanted) = now
            && done != now
        {
            match apply(wanted, &config.join("autostart"), &program) {
                Ok(()) => {
                    done = now;
                    faults.clear(FaultCode::Autostart);
                }
                Err(error) => {
                    let what = if wanted { "does not start at login" } else { "still starts at login" };
                    let cure = "Make the folder autostart, beside Eyelid's settings folder, writable for you.";
                    faults.raise(FaultCode::Autostart, format!("Eyelid {what}: {}.", error.kind()), cure);
                }
            }
        }
        if view.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_file_starts_this_very_program_in_the_background() {
        let text = text(Path::new("/opt/my apps/100%/eye\"lid")).unwrap();
        assert!(text.starts_with("[Desktop Entry]\nType=Application\nName=Eyelid\n"));
        assert!(text.contains("\nExec=\"/opt/my apps/100%%/eye\\\\\"lid\" --background\n"), "{text}");
        assert!(text.contains("\nTryExec=/opt/my apps/100%/eye\"lid\n"), "{text}");
    }

    #[test]
    fn the_file_is_there_exactly_while_the_setting_is_on() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("autostart");
        let program = Path::new("/usr/bin/eyelid");
        apply(false, &directory, program).unwrap();
        apply(true, &directory, program).unwrap();
        assert_eq!(std::fs::read_to_string(directory.join(FILE)).unwrap(), text(program).unwrap());
        apply(false, &directory, program).unwrap();
        assert!(!directory.join(FILE).exists());
    }

    #[test]
    fn settings_that_cannot_be_read_change_nothing() {
        let mut snapshot = testing::recording();
        snapshot.settings.autostart = true;
        assert_eq!(wanted(&View::Running(Box::new(snapshot.clone()))), Some(true));
        snapshot.status.holds = vec![testing::hold(Hold::ConfigInvalid, "A file of your settings cannot be read.")];
        assert_eq!(wanted(&View::Running(Box::new(snapshot))), None);
        assert_eq!(wanted(&View::Gone(String::new())), None);
    }
}
