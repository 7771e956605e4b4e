//! `config.toml` and `rules.toml`: read, watched, and written on the person's behalf.

use policy::rules::{self, Edit, RuleSet};
use protocol::paths::Paths;
use protocol::{ErrorCode, Failure, Fault, FaultCode, Settings};
use rustix::fs::inotify;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use tokio::io::unix::AsyncFd;

/// A longer file is no settings; and what clients are told of it has to fit a message.
const MOST_BYTES: usize = 256 << 10;

/// Both files as they stand on disk.
pub struct Config {
    paths: Paths,
    /// The settings in force: those of the last readable file.
    pub settings: Settings,
    /// The rules in force: those of the last readable file.
    pub rules: RuleSet,
    /// The text that those rules were read from.
    pub rules_text: String,
    /// The text that the settings were read from.
    config_text: String,
    /// What cannot be read; recording is held while this is not empty.
    pub faults: Vec<Fault>,
}

impl Config {
    /// Reads both files. A file that is not there means the defaults.
    pub fn load(paths: Paths) -> Config {
        let mut config = Config {
            paths,
            settings: Settings::default(),
            rules: RuleSet::built_in(),
            rules_text: String::new(),
            config_text: String::new(),
            faults: Vec::new(),
        };
        config.reload();
        config
    }

    /// Reads both files again. What cannot be read leaves what was in force, and a fault.
    pub fn reload(&mut self) {
        self.faults.clear();
        match read(&self.paths.config_file(), FaultCode::Config).and_then(|text| Ok((settings(&text)?, text))) {
            Ok((settings, text)) => (self.settings, self.config_text) = (settings, text),
            Err(fault) => self.faults.push(fault),
        }
        match read(&self.paths.rules_file(), FaultCode::Rules).and_then(|text| Ok((rules(&text)?, text))) {
            Ok((rules, text)) => (self.rules, self.rules_text) = (rules, text),
            Err(fault) => self.faults.push(fault),
        }
    }

    /// Changes `rules.toml`, keeping the person's comments.
    pub fn edit_rules(&mut self, edit: Edit) -> Result<(), Failure> {
        self.refuse_if_broken(FaultCode::Rules)?;
        let file = self.paths.rules_file();
        let text = read(&file, FaultCode::Rules).map_err(broken)?;
        unchanged(&file, &text, &self.rules_text)?;
        let text = rules::edit(&text, edit).map_err(|e| {
            Failure::new(ErrorCode::InvalidInput, format!("The rule cannot be taken: {}", e.message), e.cure)
        })?;
        let rules = rules(&text).map_err(broken)?;
        write(&file, &text)?;
        (self.rules, self.rules_text) = (rules, text);
        Ok(())
    }

    /// Replaces `config.toml`.
    pub fn set(&mut self, settings: Settings) -> Result<(), Failure> {
        self.refuse_if_broken(FaultCode::Config)?;
        check(&settings).map_err(|wrong| {
            Failure::new(ErrorCode::InvalidInput, format!("{}: {}", wrong.key, wrong.message), wrong.cure)
        })?;
        let text = toml::to_string_pretty(&settings).map_err(|e| {
            Failure::new(ErrorCode::Internal, format!("Settings cannot be written: {e}"), "Report this.")
        })?;
        let file = self.paths.config_file();
        unchanged(&file, &read(&file, FaultCode::Config).map_err(broken)?, &self.config_text)?;
        write(&file, &text)?;
        (self.settings, self.config_text) = (settings, text);
        Ok(())
    }

    fn refuse_if_broken(&self, code: FaultCode) -> Result<(), Failure> {
        match self.faults.iter().find(|f| f.code == code) {
            Some(fault) => Err(broken(fault.clone())),
            None => Ok(()),
        }
    }
}

/// What an editor wrote a moment ago is taken up and told before anything is written over it.
fn unchanged(file: &Path, there: &str, known: &str) -> Result<(), Failure> {
    if there == known {
        return Ok(());
    }
    Err(Failure::new(
        ErrorCode::ConfigInvalid,
        format!("{} was changed by another program just now.", name(file)),
        "It is taken up at once. Look at it, then ask again.",
    ))
}

fn broken(fault: Fault) -> Failure {
    Failure::new(ErrorCode::ConfigInvalid, fault.message, fault.cure)
}

fn read(file: &Path, code: FaultCode) -> Result<String, Fault> {
    match std::fs::read(file) {
        Ok(bytes) if bytes.len() > MOST_BYTES => Err(Fault {
            code,
            message: format!("{} is larger than {} KiB.", name(file), MOST_BYTES >> 10),
            cure: "Make it shorter, or move it away to go back to the defaults.".into(),
        }),
        Ok(bytes) => String::from_utf8(bytes).map_err(|e| Fault {
            code,
            message: format!("{} is not text (byte {}).", name(file), e.utf8_error().valid_up_to()),
            cure: "Save it as UTF-8, or move it away to go back to the defaults.".into(),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(Fault {
            code,
            message: format!("{} cannot be read: {e}.", name(file)),
            cure: "Make it readable for your user, or move it away.".into(),
        }),
    }
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// In one line, with its full stop: the cure follows.
fn sentence(message: &str) -> String {
    let words: Vec<&str> = message.trim().trim_end_matches('.').split_whitespace().collect();
    format!("{}.", words.join(" "))
}

fn settings(text: &str) -> Result<Settings, Fault> {
    let fault = |line: usize, message: &str, cure: &str| Fault {
        code: FaultCode::Config,
        message: format!("config.toml, line {line}: {}", sentence(message)),
        cure: cure.into(),
    };
    let settings: Settings = toml::from_str(text).map_err(|e| {
        let line = line_of(text, e.span().map_or(0, |s| s.start));
        fault(line, e.message(), "Mend this line; it is taken up at once. Nothing is recorded until then.")
    })?;
    check(&settings).map_err(|wrong| {
        let line = text.lines().position(|l| l.trim_start().starts_with(wrong.key)).map_or(1, |n| n + 1);
        fault(line, &wrong.message, wrong.cure)
    })?;
    Ok(settings)
}

struct Wrong {
    key: &'static str,
    message: String,
    cure: &'static str,
}

fn check(settings: &Settings) -> Result<(), Wrong> {
    let between = |key, value: u32, low, high, cure| {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(Wrong { key, message: format!("{value} is not between {low} and {high}"), cure })
        }
    };
    between("hold_back_seconds", settings.hold_back_seconds, 2, 60, "Use a number of seconds from 2 to 60.")?;
    between("idle_minutes", settings.idle_minutes, 1, 60, "Use a number of minutes from 1 to 60.")?;
    between("keep_days", settings.keep_days, 1, 3650, "Use a number of days from 1 to 3650.")?;
    between("keep_gigabytes", settings.keep_gigabytes, 1, 1000, "Use a number of gigabytes from 1 to 1000.")?;
    for (key, chord) in [("pause", &settings.hotkeys.pause), ("panic", &settings.hotkeys.panic)] {
        if let Err(e) = chord.parse::<platform::Chord>() {
            return Err(Wrong {
                key,
                message: format!("\"{chord}\" is not a key chord: {e}"),
                cure: "Write it as in Ctrl+Alt+P.",
            });
        }
    }
    if settings.hotkeys.pause.eq_ignore_ascii_case(&settings.hotkeys.panic) {
        return Err(Wrong {
            key: "panic",
            message: "both hotkeys are the same chord".into(),
            cure: "Choose another chord for one of them.",
        });
    }
    if let Some(window) = settings.schedule.iter().find(|w| w.days.is_empty() || w.from == w.to) {
        return Err(Wrong {
            key: "[[schedule]]",
            message: if window.days.is_empty() {
                "an opt-out without a day".into()
            } else {
                "an opt-out that ends when it begins".into()
            },
            cure: "Name at least one day, and an end that differs from the beginning.",
        });
    }
    Ok(())
}

fn rules(text: &str) -> Result<RuleSet, Fault> {
    RuleSet::parse(text).map_err(|e| Fault {
        code: FaultCode::Rules,
        message: format!("rules.toml, line {}: {}", e.line, sentence(&e.message)),
        cure: e.cure,
    })
}

/// Writes the whole file beside the old one and puts it in its place, so that a crash leaves one or the other.
pub fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let place = || -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        own_folder(folder)?;
        let beside = file.with_extension("new");
        let mut new = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&beside, file)?;
        std::fs::File::open(folder)?.sync_all()
    };
    place().map_err(|e| {
        Failure::new(
            ErrorCode::ConfigInvalid,
            format!("{} cannot be written: {e}.", name(file)),
            "Check the free space and the permissions of its folder.",
        )
    })
}

/// Makes a folder that only its owner enters: rules and pauses tell much about a person.
pub fn own_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Tells when a file of the configuration folder changes.
pub struct Watch {
    fd: AsyncFd<OwnedFd>,
}

impl Watch {
    /// Watches the folder (made if it is not there), since editors replace files.
    pub fn start(paths: &Paths) -> std::io::Result<Watch> {
        own_folder(&paths.config)?;
        let fd = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
        let events = inotify::WatchFlags::CLOSE_WRITE
            | inotify::WatchFlags::MOVED_TO
            | inotify::WatchFlags::MOVED_FROM
            | inotify::WatchFlags::DELETE;
        inotify::add_watch(&fd, &paths.config, events)?;
        Ok(Watch { fd: crate::fd::watched(fd)? })
    }

    /// Comes back after a change; several at once count as one. Safe to cancel.
    pub async fn changed(&self) {
        loop {
            let Ok(mut ready) = self.fd.readable().await else { return std::future::pending().await };
            let mut buffer = [0; 4096];
            match ready.try_io(|fd| Ok(rustix::io::read(fd, &mut buffer)?)) {
                Ok(Ok(_)) => return,
                Ok(Err(_)) => return std::future::pending().await,
                Err(_would_block) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Paths) {
        let folder = tempfile::tempdir().expect("folder");
        let paths = Paths {
            config: folder.path().into(),
            vault: folder.path().join("vault"),
            state: folder.path().join("state"),
            socket: folder.path().join("socket"),
        };
        (folder, paths)
    }

    fn message(text: &str) -> String {
        settings(text).expect_err("must be refused").message
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        assert_eq!(settings("").expect("defaults"), Settings::default());
    }

    #[test]
    fn every_mistake_is_refused_with_its_line() {
        assert!(message("autostart = true\nhold_back_seconds = = 3\n").starts_with("config.toml, line 2:"));
        assert!(message("autostart = true\n\ncolour = \"red\"\n").starts_with("config.toml, line 3:"));
        assert!(message("idle_minutes = 5\nhold_back_seconds = 1\n").contains("line 2: 1 is not between 2 and 60"));
        assert!(message("[hotkeys]\npause = \"P+Q+R\"\n").contains("line 2: \"P+Q+R\" is not a key chord"));
        assert!(message("[hotkeys]\npanic = \"ctrl+alt+p\"\n").contains("line 2: both hotkeys"));
        assert!(message("[[schedule]]\ndays = [\"mon\"]\nfrom = \"9:00\"\nto = \"10:00\"\n").contains("line 3"));
        assert!(message("[[schedule]]\ndays = []\nfrom = \"09:00\"\nto = \"10:00\"\n").contains("without a day"));
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let mut changed = Settings { autostart: true, ..Settings::default() };
        changed.text_apps.push("foot".into());
        let text = toml::to_string_pretty(&changed).expect("plain data");
        assert_eq!(settings(&text).expect("own output"), changed);
    }

    #[test]
    fn a_broken_file_is_never_overwritten() {
        let (_folder, paths) = folder();
        std::fs::write(paths.config_file(), "broken = ").expect("written");
        let mut config = Config::load(paths.clone());
        assert_eq!(config.faults.len(), 1);
        assert!(config.set(Settings::default()).is_err());
        assert_eq!(std::fs::read_to_string(paths.config_file()).expect("still there"), "broken = ");
        std::fs::write(paths.config_file(), "autostart = true").expect("mended");
        config.reload();
        assert!(config.faults.is_empty() && config.settings.autostart);
    }

    #[test]
    fn what_another_program_wrote_just_now_is_not_written_over() {
        let (_folder, paths) = folder();
        let mut config = Config::load(paths.clone());
        for text in ["idle_minutes = 7", "broken = "] {
            std::fs::write(paths.config_file(), text).expect("written");
            let failure = config.set(Settings::default()).expect_err("must be refused");
            assert!(failure.message.contains("config.toml was changed"), "{}", failure.message);
            assert_eq!(std::fs::read_to_string(paths.config_file()).expect("still there"), text);
            config.reload();
        }
        std::fs::write(paths.rules_file(), "mode = \"listed\"").expect("written");
        let edit = policy::rules::Edit::never_record(&policy::Identity {
            exe: Some("/usr/bin/foot".into()),
            ..policy::Identity::default()
        });
        assert!(config.edit_rules(edit.expect("an edit")).is_err());
    }

    #[test]
    fn a_file_too_large_for_a_message_is_a_fault() {
        let (_folder, paths) = folder();
        std::fs::write(paths.rules_file(), "#".repeat(MOST_BYTES + 1)).expect("written");
        let config = Config::load(paths);
        assert!(config.faults.iter().any(|f| f.message.contains("rules.toml is larger than 256 KiB")));
    }
}
