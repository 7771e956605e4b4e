//! What each thing said may do, as tables.

use crate::ops::Said;
use policy::{Focus, Hold, Presence, Recipient, Sensor, VaultState};

/// How long after its end a hold still counts.
pub fn linger(hold: Hold) -> u64 {
    let like_focus = [
        Hold::SensitiveApp,
        Hold::SensitiveSite,
        Hold::PrivateWindow,
        Hold::SecretField,
        Hold::FocusUnknown,
        Hold::NoIndicator,
    ];
    match hold {
        Hold::KeyShown => 1500,
        hold if like_focus.contains(&hold) => 100,
        _ => 0,
    }
}

/// Which holds a thing said may release; all others must stay.
pub fn may_release(said: &Said, hold: Hold) -> bool {
    use Hold::*;
    match said {
        Said::Consent(_) => matches!(hold, NotConsented | SensorSilent),
        Said::Resume => matches!(hold, UserPause | OptOut),
        Said::Zone(_) | Said::Schedule(_) => hold == OptOut,
        Said::Rules(_) | Said::Window(..) | Said::Gone(_) | Said::Focus(_) => {
            matches!(hold, SensitiveApp | SensitiveSite | PrivateWindow | FocusUnknown)
        }
        Said::ConfigValid(valid) => *valid && hold == ConfigInvalid,
        Said::SecretField(secret) => !secret && hold == SecretField,
        Said::KeyShown(shown) => !shown && hold == KeyShown,
        Said::Pill(visible) => *visible && hold == NoIndicator,
        Said::Presence(presence) => *presence == Presence::Here && hold == SessionLocked,
        Said::UpTo(Sensor::Tray) => hold == TraySilent,
        Said::UpTo(Sensor::Display | Sensor::Access) => hold == SensorSilent,
        Said::UpTo(Sensor::Sites) => false,
        Said::Vault(state) => *state == VaultState::Ready && hold == VaultUnavailable,
        Said::Recipient(_) => hold == RecipientUnverified,
        Said::ClockConfirmed => hold == ClockUncertain,
        Said::PauseMinutes(_)
        | Said::PauseUntil(_)
        | Said::PauseTomorrow
        | Said::PauseOpen
        | Said::Extend(_)
        | Said::StayPaused
        | Said::Woke
        | Said::Asked(_)
        | Said::Lost(_)
        | Said::ReminderShown
        | Said::ShuttingDown => false,
    }
}

/// Which hold a thing said must bring in the same call.
pub fn must_hold(said: &Said) -> Option<Hold> {
    match said {
        Said::Consent(None) => Some(Hold::NotConsented),
        Said::PauseMinutes(_) | Said::PauseUntil(_) | Said::PauseTomorrow | Said::PauseOpen | Said::StayPaused => {
            Some(Hold::UserPause)
        }
        Said::ConfigValid(false) => Some(Hold::ConfigInvalid),
        Said::Focus(Focus::Unknown) => Some(Hold::FocusUnknown),
        Said::SecretField(true) => Some(Hold::SecretField),
        Said::KeyShown(true) => Some(Hold::KeyShown),
        Said::Pill(false) => Some(Hold::NoIndicator),
        Said::Presence(Presence::Locked) | Said::Woke => Some(Hold::SessionLocked),
        Said::Lost(Sensor::Display) => Some(Hold::SensorSilent),
        Said::Lost(Sensor::Tray) => Some(Hold::TraySilent),
        Said::Vault(VaultState::Unavailable) => Some(Hold::VaultUnavailable),
        Said::Recipient(Recipient::None | Recipient::Unchecked | Recipient::Mismatch) => {
            Some(Hold::RecipientUnverified)
        }
        Said::ShuttingDown => Some(Hold::ShuttingDown),
        _ => None,
    }
}
