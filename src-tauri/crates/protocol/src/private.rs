//! The channel between the tray app and the agent it started: a socket pair that the agent inherits as its standard
//! input. No other program can speak on it. When it closes, the agent ends.

use policy::{Recipient, Wall};
use serde::{Deserialize, Serialize};

/// From the tray app to the agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ToAgent {
    /// The answer to a ping.
    Pong(u64),
    /// The program behind a process; `exe` is `None` if it is gone or not ours to see.
    Process {
        /// Which.
        pid: u32,
        /// Absolute path of its executable.
        exe: Option<String>,
        /// When it started, seconds since the Unix epoch.
        started: u64,
    },
    /// The terminals below a process, as they were when this was looked for.
    Terminals {
        /// The question's number.
        number: u64,
        /// What was found.
        found: Terminals,
        /// When the last of them was looked at, milliseconds of boot time.
        looked: u64,
    },
    /// Whether the person is there.
    Presence(PresenceReport),
    /// The machine has resumed from suspend.
    Woke,
    /// How the key in the keyring compares with the vault's.
    Recipient {
        /// The comparison.
        state: Recipient,
        /// The public key that the keyring's own key derives to, when it is `Verified`: the one to seal to.
        key: Option<String>,
    },
    /// The reminder of a pause's end is in front of the person.
    ReminderShown,
    /// No notification daemon answered; the pill must say it.
    ReminderFailed,
    /// A hotkey was pressed, as far as the desktop's own registration tells; the agent has usually seen the chord itself.
    Hotkey(HotkeyId),
    /// What is wrong on the tray app's side, as a whole; replaces the last report.
    Faults(Vec<crate::Fault>),
}

/// What the terminals below a process do with what is typed into them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Terminals {
    /// There are none.
    Absent,
    /// They show it, or leave it to their programs to do so.
    Plain,
    /// One of them reads a line without showing it: a password.
    Secret,
    /// It cannot be told: one of them leads elsewhere, or cannot be looked at.
    Unknown,
}

/// Whether the person is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceReport {
    /// Unlocked and not idle.
    Here,
    /// Unlocked, no input for a while.
    Idle,
    /// Locked, asleep or another user's session.
    Locked,
}

/// One of the two chords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HotkeyId {
    /// Pause, or resume.
    Pause,
    /// Pause and forget the last five minutes.
    Panic,
}

/// From the agent to the tray app.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ToTray {
    /// The socket is open and takes clients.
    Ready,
    /// Answer at once.
    Ping(u64),
    /// Which program is this?
    WhoIs(u32),
    /// What do the terminals below this process do?
    Terminals {
        /// To be named in the answer.
        number: u64,
        /// The process.
        pid: u32,
    },
    /// Somebody listens on the accessibility bus: tell the desktop, so that applications speak there.
    Listening,
    /// Compare the keys again: the vault has a new recipient, or the keyring was unlocked.
    CheckRecipient,
    /// A hotkey was taken in at this time; the tray app ends the agent if none comes within 500 ms of the desktop's own event.
    HotkeyTaken(HotkeyId, Wall),
}
