//! The state of the agent as clients see it, and the one function that keeps it up to date.

use crate::Settings;
use policy::rules::{Category, Mode, OwnRule};
use policy::{Hold, Recipient, Stream, Streams, Wall};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the eye shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Recording everything consented to: open eye.
    Recording,
    /// Recording, with a window on screen or in focus that is left out: half-open eye.
    Filtered,
    /// Held by the person, their schedule or a rule: closed eye.
    Paused,
    /// No consent, or a fault: crossed eye.
    Off,
}

/// A hold that stands, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HoldInfo {
    /// Which.
    pub hold: Hold,
    /// Since when.
    pub since: Wall,
    /// When it ends by itself, if that is known.
    pub until: Option<Wall>,
    /// The category of the rule it comes from.
    pub category: Option<String>,
    /// One sentence for people: what holds and, for faults, what to do.
    pub message: String,
}

/// Recording or held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Status {
    /// What the eye shows.
    pub phase: Phase,
    /// Since when.
    pub since: Wall,
    /// Empty while recording.
    pub holds: Vec<HoldInfo>,
}

/// The instant of the last stored datum of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LastStored {
    /// Which stream.
    pub stream: Stream,
    /// When the last datum in the vault is dated; `None` if there is none.
    pub at: Option<Wall>,
}

/// The answer to a pause: nothing dated later will ever be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Acknowledgement {
    /// When the person pressed, clicked or asked.
    pub asked: Wall,
    /// When the hold was in force and durable.
    pub held: Wall,
    /// The last stored datum of each stream.
    pub stored: Vec<LastStored>,
}

/// The consent in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConsentInfo {
    /// When it was given.
    pub given: Wall,
    /// The version of the text agreed to.
    pub version: String,
    /// To what.
    pub streams: Streams,
}

/// A pause or opt-out that ends within a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndingInfo {
    /// When.
    pub at: Wall,
    /// Whether the person has seen the reminder.
    pub shown: bool,
}

/// The rules in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RulesInfo {
    /// All but sensitive, or only what is listed.
    pub mode: Mode,
    /// The built-in packs.
    pub categories: Vec<Category>,
    /// The person's own rules.
    pub own: Vec<OwnRule>,
}

/// How the key that opens the recording is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct KeyInfo {
    /// In the keyring it is under a passphrase.
    pub passphrase: bool,
    /// Whether a printed recovery key opens it.
    pub recovery: Recovery,
}

/// Whether a printed recovery key opens the recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "state", content = "at")]
pub enum Recovery {
    /// None was made.
    #[default]
    None,
    /// One was made at this time, and opens it.
    Valid(Wall),
    /// One was made; a forgetting voided it at this time.
    Voided(Wall),
}

/// What is wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FaultCode {
    /// `config.toml`, `rules.toml` or the saved state cannot be read.
    Config,
    /// The rules file cannot be read.
    Rules,
    /// What was saved at the last end cannot be read.
    State,
    /// No display server that Eyelid can watch.
    Display,
    /// The accessibility bus is not there.
    Access,
    /// The vault cannot be written.
    Vault,
    /// The keyring is absent, locked, or holds another key.
    Keyring,
    /// No panel shows tray icons.
    TrayHost,
    /// No notification daemon answers.
    Notifications,
    /// A hotkey is taken by another program.
    Hotkey,
    /// The file that starts Eyelid at login cannot be changed.
    Autostart,
    /// The sandbox is not, or not wholly, in force.
    Sandbox,
    /// More comes in than may wait in memory; some of it is not recorded.
    Memory,
}

/// Something is wrong; some faults hold, others are only shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Fault {
    /// For programs.
    pub code: FaultCode,
    /// What and where (file and line, if it is a file).
    pub message: String,
    /// What to do.
    pub cure: String,
}

/// What the sandbox of the agent does, read from the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sandbox {
    /// It can write to its own files alone (Landlock). A kernel before 6.2 lets it empty others; then there is a fault.
    pub landlock: bool,
    /// A seccomp filter is in force on every thread.
    pub seccomp: bool,
    /// Other programs of the same user can neither read its memory nor get a core file.
    pub undumpable: bool,
    /// Its memory is never written to swap space.
    pub locked: bool,
}

/// What this system offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SystemInfo {
    /// The display system (`x11`), or why there is none.
    pub display: String,
    /// The agent's sandbox.
    pub sandbox: Sandbox,
    /// Whether the pill is visible on every monitor.
    pub pill_visible: bool,
    /// Sensors run for the mirror of the first run; nothing of it is stored.
    pub preview: bool,
}

/// What the agent has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Cost {
    /// CPU time of the agent since its start, seconds.
    pub cpu_seconds: f64,
    /// Its share of one core since its start, percent.
    pub cpu_percent: f64,
    /// Its resident memory, bytes.
    #[ts(type = "number")]
    pub memory_bytes: u64,
    /// The vault on disk, bytes.
    #[ts(type = "number")]
    pub disk_bytes: u64,
    /// Since its start, seconds.
    pub uptime_seconds: f64,
    /// Pictures given to the window's mirror since its start.
    #[ts(type = "number")]
    pub mirrored: u64,
}

/// How many data were withheld for one reason since the agent's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Withheld {
    /// Which hold; none: no hold stood, but a window in the datum may not be recorded.
    pub hold: Option<Hold>,
    /// How many data it kept from being stored.
    #[ts(type = "number")]
    pub dropped: u64,
}

/// Everything a client needs to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Recording or held.
    pub status: Status,
    /// The consent in force, if there is one.
    pub consent: Option<ConsentInfo>,
    /// The version of the consent text of this build.
    pub consent_version: String,
    /// The last stored datum of each stream.
    pub stored: Vec<LastStored>,
    /// The last pause, as acknowledged; `None` after a resume.
    pub acknowledged: Option<Acknowledgement>,
    /// A pause that ends within a minute.
    pub ending: Option<EndingInfo>,
    /// The name of the app last in focus, for *Never record*.
    pub last_app: Option<String>,
    /// The rules.
    pub rules: RulesInfo,
    /// The settings, recurring opt-outs included.
    pub settings: Settings,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// The sealing key.
    pub recipient: Recipient,
    /// How the key that opens is kept, when last compared.
    pub key: KeyInfo,
    /// This system.
    pub system: SystemInfo,
    /// What the agent has used, when last asked.
    pub cost: Cost,
    /// What was withheld, by hold, since the agent's start.
    pub withheld: Vec<Withheld>,
    /// Something was deleted that the present key would still open in a copy made before; gone once the key is replaced.
    pub rotation_due: bool,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $variant:ident => $field:ident : $kind:ty),+ $(,)?) => {
        /// One section of the snapshot with its new value.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case", tag = "section", content = "value")]
        pub enum Change { $($(#[$doc])* $variant($kind)),+ }

        impl Snapshot {
            /// Takes a change in. The only way a client's state changes.
            pub fn apply(&mut self, change: Change) {
                match change { $(Change::$variant(value) => self.$field = value),+ }
            }

            /// What turns `self` into `new`.
            #[must_use]
            pub fn changes(&self, new: &Snapshot) -> Vec<Change> {
                let mut changes = Vec::new();
                $(if self.$field != new.$field { changes.push(Change::$variant(new.$field.clone())); })+
                changes
            }
        }
    };
}

// The serialized section name is the field's name: the window's `apply` relies on it.
sections! {
    /// Recording or held.
    Status => status: Status,
    /// The consent.
    Consent => consent: Option<ConsentInfo>,
    /// The version of the consent text.
    ConsentVersion => consent_version: String,
    /// Last stored.
    Stored => stored: Vec<LastStored>,
    /// Last pause.
    Acknowledged => acknowledged: Option<Acknowledgement>,
    /// Reminder.
    Ending => ending: Option<EndingInfo>,
    /// Last app in focus.
    LastApp => last_app: Option<String>,
    /// Rules.
    Rules => rules: RulesInfo,
    /// Settings.
    Settings => settings: Settings,
    /// Faults.
    Faults => faults: Vec<Fault>,
    /// Sealing key.
    Recipient => recipient: Recipient,
    /// How the key is kept.
    Key => key: KeyInfo,
    /// System.
    System => system: SystemInfo,
    /// Cost.
    Cost => cost: Cost,
    /// Withheld.
    Withheld => withheld: Vec<Withheld>,
    /// Deleted, not gone yet.
    RotationDue => rotation_due: bool,
}
