//! What happens to the policy: everything comes in as one of these, with its time.

use crate::rules::RuleSet;
use crate::schedule::Recurring;
use crate::{Boot, Identity, Streams, WindowId, WindowKind};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// How long a pause lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum PauseFor {
    /// So many minutes; 1 or more, no upper limit.
    Minutes(u32),
    /// Until this wall-clock time.
    Until(crate::Wall),
    /// Until the first 06:00, local time, that is at least six hours away.
    Tomorrow,
    /// Until the person resumes.
    Resumed,
}

/// A source of knowledge whose silence holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensor {
    /// The display server: windows, focus, keys, the pill's visibility.
    Display,
    /// The accessibility bus: password fields. Concerned only while text is recorded.
    Access,
    /// What browsers say of their pages' addresses. Concerned only where a browser whose address is known is shown.
    Sites,
    /// The tray app: session lock, idle, executables behind processes.
    Tray,
}

/// Which window has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// This one.
    Window(WindowId),
    /// Known to be none: the desktop itself.
    Nothing,
    /// A program grabbed the keyboard (every menu does): keys have no content, the screen goes on.
    Grabbed,
    /// Not known.
    Unknown,
}

/// Whether the person is at the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Unlocked and not idle.
    Here,
    /// Unlocked, no input for a while: no pause ends now.
    Idle,
    /// Locked, asleep, another user, or just resumed and not yet known to be unlocked.
    Locked,
}

/// Where the vault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultState {
    /// It takes records.
    Ready,
    /// It does not (disk full, damaged, no key yet).
    Unavailable,
}

/// Whether the sealing key was compared with the one in the owner's keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// There is no key yet.
    None,
    /// Not compared yet in this run: held until it was tried.
    Unchecked,
    /// The keyring is locked or absent; recording goes on, shown as *key not verified*.
    Locked,
    /// Same key.
    Verified,
    /// Another key, or the keyring has lost it: held.
    Mismatch,
}

/// Something that happened. [`crate::Policy::handle`] takes each with the instant it happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The streams consented to; `None` when consent is absent or withdrawn.
    Consent(Option<Streams>),
    /// Pause. A second pause replaces the first one only if it ends later; see [`Input::Resume`].
    Pause(PauseFor),
    /// So many minutes more for the running pause or begun opt-out.
    Extend(u32),
    /// The running pause or begun opt-out no longer ends by itself.
    StayPaused,
    /// The person's explicit release of `UserPause` and of the begun `OptOut` occurrence. Nothing else.
    Resume,
    /// The recurring opt-outs.
    Schedule(Vec<Recurring>),
    /// The local time zone.
    Zone(TimeZone),
    /// The rules now in force.
    Rules(RuleSet),
    /// Whether configuration, rules and saved state can be read.
    ConfigValid(bool),
    /// A window appeared or changed.
    Window {
        /// Which.
        id: WindowId,
        /// Its role.
        kind: WindowKind,
        /// What rules can ask for. `exe: None` while it is not known yet.
        identity: Identity,
        /// Whether key text may be kept for it: its app answers on the accessibility bus, or the person allowed it.
        text: bool,
    },
    /// A window is gone.
    WindowGone(WindowId),
    /// The keyboard focus moved.
    Focus(Focus),
    /// Whether the focus is in a password field.
    SecretField(bool),
    /// Whether a recovery key is on the screen, or about to be.
    KeyShown(bool),
    /// Whether the pill is visible on every monitor.
    Pill(bool),
    /// Whether the person is there.
    Presence(Presence),
    /// Whether something covers a whole screen and keeps the keyboard, as screen lockers do that tell nobody else.
    Locker(bool),
    /// The machine has resumed from suspend: away until [`Presence::Here`] comes after it.
    Woke,
    /// A question went out to a sensor; an answer is due within its deadline.
    Asked(Sensor),
    /// A sensor has delivered everything that happened before this instant.
    UpTo(Sensor, Boot),
    /// This system has no such sensor, or it is lost.
    Lost(Sensor),
    /// The vault's state.
    Vault(VaultState),
    /// The sealing key's state.
    Recipient(Recipient),
    /// The reminder that a pause ends is in front of the person (notification or pill).
    ReminderShown,
    /// The person confirmed the clock.
    ClockConfirmed,
    /// The agent ends.
    ShuttingDown,
}
