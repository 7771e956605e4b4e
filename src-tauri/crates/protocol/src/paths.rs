//! Where Eyelid's files are (XDG Base Directory Specification).

use std::path::PathBuf;

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
