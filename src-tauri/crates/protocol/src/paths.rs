//! Where Eyelid's files are (XDG Base Directory Specification), and its programs.

use std::path::{Path, PathBuf};

/// One of Eyelid's programs, as the one that is running finds it.
///
/// # Errors
/// When the running program's own place is not known. Whether the other one is there is not looked at.
pub fn program(name: &str) -> std::io::Result<PathBuf> {
    Ok(program_of(&std::env::current_exe()?, name))
}

/// Beside its own, where it is built; from `bin` in `libexec/eyelid`, where those are installed that a person has no use
/// for alone.
fn program_of(own: &Path, name: &str) -> PathBuf {
    let beside = own.with_file_name(name);
    let above = own.parent().and_then(Path::parent);
    match above.map(|above| above.join("libexec/eyelid").join(name)) {
        Some(installed) if !beside.exists() && installed.exists() => installed,
        Some(_) | None => beside,
    }
}

/// The places, resolved once from the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `eyelid/` in the configuration directory: `config.toml`, `rules.toml`.
    pub config: PathBuf,
    /// `eyelid/vault/` in the data directory.
    pub vault: PathBuf,
    /// `eyelid/` in the state directory: what outlives a restart (pauses).
    pub state: PathBuf,
    /// `eyelid.sock` in the runtime directory.
    pub socket: PathBuf,
}

/// A place could not be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not set to an absolute path. Set it, or start Eyelid from your desktop session.")]
pub struct NoPlace(pub &'static str);

impl Paths {
    /// From the process's environment.
    ///
    /// # Errors
    /// [`NoPlace`] when neither the XDG variable nor `HOME` tells a place, or there is no runtime directory.
    pub fn from_env() -> Result<Paths, NoPlace> {
        Paths::from(|name| std::env::var_os(name).map(PathBuf::from))
    }

    /// From any lookup of variables.
    ///
    /// # Errors
    /// See [`Paths::from_env`].
    pub fn from(lookup: impl Fn(&str) -> Option<PathBuf>) -> Result<Paths, NoPlace> {
        let absolute = |name: &'static str| lookup(name).filter(|p| p.is_absolute());
        let base = |xdg: &'static str, below_home: &str| {
            absolute(xdg).or_else(|| Some(absolute("HOME")?.join(below_home))).ok_or(NoPlace("HOME"))
        };
        Ok(Paths {
            config: base("XDG_CONFIG_HOME", ".config")?.join("eyelid"),
            vault: base("XDG_DATA_HOME", ".local/share")?.join("eyelid/vault"),
            state: base("XDG_STATE_HOME", ".local/state")?.join("eyelid"),
            socket: absolute("XDG_RUNTIME_DIR").ok_or(NoPlace("XDG_RUNTIME_DIR"))?.join("eyelid.sock"),
        })
    }

    /// `config.toml`.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// `rules.toml`.
    #[must_use]
    pub fn rules_file(&self) -> PathBuf {
        self.config.join("rules.toml")
    }

    /// `state.json`.
    #[must_use]
    pub fn state_file(&self) -> PathBuf {
        self.state.join("state.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_beside_the_running_one_and_else_where_packages_put_it() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        let make = |path: &str| {
            std::fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            std::fs::write(at(path), "").unwrap();
        };
        make("bin/eyelid");
        // What is nowhere is missed where it would be built.
        assert_eq!(program_of(&at("bin/eyelid"), "eyelid-agent"), at("bin/eyelid-agent"));
        make("libexec/eyelid/eyelid-agent");
        assert_eq!(program_of(&at("bin/eyelid"), "eyelid-agent"), at("libexec/eyelid/eyelid-agent"));
        make("bin/eyelid-agent");
        assert_eq!(program_of(&at("bin/eyelid"), "eyelid-agent"), at("bin/eyelid-agent"));
    }
}
