//! The person's settings: `config.toml`.

use policy::schedule::Recurring;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `config.toml`. A missing file, and a missing key, mean the default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long each datum waits in memory before it may be stored, in seconds; 2 to 60.
    pub hold_back_seconds: u32,
    /// Start Eyelid at login.
    pub autostart: bool,
    /// Show notifications (a fault and a loosening are always shown).
    pub notifications: bool,
    /// After so many minutes without input the person counts as away, and no pause ends; 1 to 60.
    pub idle_minutes: u32,
    /// What is older than so many days is deleted by itself; 1 to 3650.
    pub keep_days: u32,
    /// While the recording takes more than so many gigabytes (2^30 bytes), its oldest minutes are deleted; 1 to 1000.
    pub keep_gigabytes: u32,
    /// Apps that do not answer on the accessibility bus and may be recorded as text all the same: executable names.
    pub text_apps: Vec<String>,
    /// The key chords.
    pub hotkeys: Hotkeys,
    /// Where the pill stands, by monitor.
    pub pill: Vec<PillPlace>,
    /// Recurring opt-outs.
    pub schedule: Vec<Recurring>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            hold_back_seconds: 3,
            autostart: false,
            notifications: true,
            idle_minutes: 5,
            keep_days: 14,
            keep_gigabytes: 5,
            text_apps: Vec::new(),
            hotkeys: Hotkeys::default(),
            pill: Vec::new(),
            schedule: Vec::new(),
        }
    }
}

/// The global key chords, as text: `Ctrl+Alt+P`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct Hotkeys {
    /// Pause, or resume.
    pub pause: String,
    /// Pause and forget the last five minutes.
    pub panic: String,
}

impl Default for Hotkeys {
    fn default() -> Hotkeys {
        Hotkeys { pause: "Ctrl+Alt+P".into(), panic: "Ctrl+Alt+Shift+P".into() }
    }
}

/// Where the pill stands on one monitor, in pixels from the monitor's top left corner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PillPlace {
    /// The monitor's name.
    pub monitor: String,
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}
