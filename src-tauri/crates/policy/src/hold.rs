//! The reasons for which nothing is recorded.

use crate::Boot;
use serde::{Deserialize, Serialize};

/// A sensor must answer a question within this time, milliseconds.
pub(crate) const ANSWER_WITHIN: u64 = 1000;

/// One reason to record nothing. Several may stand at once; each is released on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// Nobody consented, or the consent was withdrawn or lapsed.
    NotConsented,
    /// The pill is not visible on every monitor.
    NoIndicator,
    /// The person paused.
    UserPause,
    /// A recurring opt-out of the person's schedule is running.
    OptOut,
    /// An app that a rule holds for has the focus.
    SensitiveApp,
    /// A site that a rule holds for is in the focused window.
    SensitiveSite,
    /// A private browsing window has the focus.
    PrivateWindow,
    /// A password field has the focus.
    SecretField,
    /// A recovery key is on the screen, as one of Eyelid's own programs says that shows it.
    KeyShown,
    /// It is not known which app has the focus.
    FocusUnknown,
    /// The session is locked, or not known to be unlocked after a resume.
    SessionLocked,
    /// The wall clock moved by more than five minutes against boot time, or stands behind the last save.
    ClockUncertain,
    /// The vault cannot be written.
    VaultUnavailable,
    /// The key that seals is not the one in the owner's keyring.
    RecipientUnverified,
    /// A sensor has not answered in time, or this system has none.
    SensorSilent,
    /// The tray app has not answered in time.
    TraySilent,
    /// `config.toml`, `rules.toml` or the saved state cannot be read.
    ConfigInvalid,
    /// The agent is ending.
    ShuttingDown,
}

impl Hold {
    /// Every hold, in the order people see them.
    pub const ALL: [Hold; 18] = [
        Hold::NotConsented,
        Hold::UserPause,
        Hold::OptOut,
        Hold::SensitiveApp,
        Hold::SensitiveSite,
        Hold::PrivateWindow,
        Hold::SecretField,
        Hold::KeyShown,
        Hold::SessionLocked,
        Hold::NoIndicator,
        Hold::FocusUnknown,
        Hold::ConfigInvalid,
        Hold::VaultUnavailable,
        Hold::RecipientUnverified,
        Hold::ClockUncertain,
        Hold::SensorSilent,
        Hold::TraySilent,
        Hold::ShuttingDown,
    ];

    /// How long before its first sign, in milliseconds, a hold already counts; `hold_back` is the time that
    /// every candidate waits in memory.
    #[must_use]
    pub fn margin(self, hold_back: u64) -> u64 {
        match self {
            // The person's own word: everything that is still in memory goes.
            Hold::UserPause
            | Hold::OptOut
            | Hold::NotConsented
            | Hold::SessionLocked
            | Hold::KeyShown
            | Hold::ShuttingDown => hold_back,
            // A page is painted before its title and address change.
            Hold::SensitiveSite | Hold::PrivateWindow => 1500,
            // The accessibility bus is asked at each key, and reports a password field a little after its answer at most.
            Hold::SecretField => ANSWER_WITHIN + 100,
            // A window's pixels are readable before its focus event.
            Hold::SensitiveApp
            | Hold::FocusUnknown
            | Hold::NoIndicator
            | Hold::ClockUncertain
            | Hold::VaultUnavailable
            | Hold::RecipientUnverified
            | Hold::SensorSilent
            | Hold::TraySilent
            | Hold::ConfigInvalid => 100,
        }
    }
}

/// What people see: recording, or what holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing holds.
    Recording,
    /// At least one hold stands.
    Held(Vec<Held>),
}

/// A hold that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub hold: Hold,
    /// Since when.
    pub since: Boot,
    /// When it will end by itself, if that is known.
    pub until: Option<Boot>,
    /// The category of the rule (`chat`, `hr`, …), for holds that come from one.
    pub category: Option<String>,
}
