//! What people read: one sentence per hold, names of apps.

use policy::{Held, Hold, Identity};

/// The sentence for a hold.
pub fn of_hold(held: &Held, pill: Option<&str>) -> String {
    let category = held.category.as_deref().map(category);
    match held.hold {
        Hold::NotConsented => "You have not agreed to any recording.".into(),
        Hold::NoIndicator => match pill {
            Some(why) => format!("The mark that shows recording is not visible: {why}. Move what covers it."),
            None => "The mark that shows recording is not visible. Move what covers it.".into(),
        },
        Hold::UserPause => "You paused.".into(),
        Hold::OptOut => "Your schedule opts out now.".into(),
        Hold::SensitiveApp => match category {
            Some(category) => format!("{category} is in front."),
            None => "An app that you excluded is in front.".into(),
        },
        Hold::SensitiveSite => match category {
            Some(category) => format!("{category} is open in the browser in front."),
            None => "A site that you excluded is in front.".into(),
        },
        Hold::PrivateWindow => "A private window is in front.".into(),
        Hold::SecretField => "A password field has the keyboard.".into(),
        Hold::FocusUnknown => "Eyelid cannot tell which app is in front.".into(),
        Hold::KeyShown => "A recovery key is on the screen.".into(),
        Hold::SessionLocked => "The session is locked, or not yet known to be unlocked.".into(),
        Hold::ClockUncertain => "The clock has jumped. Confirm that it is right to go on.".into(),
        Hold::VaultUnavailable => "Nothing can be stored.".into(),
        Hold::RecipientUnverified => {
            "The key that seals your recording does not match your keyring, or is not checked yet.".into()
        }
        Hold::SensorSilent => "The display or the accessibility bus does not answer.".into(),
        Hold::TraySilent => "Eyelid's tray app does not answer.".into(),
        Hold::ConfigInvalid => "A file of your settings cannot be read.".into(),
        Hold::ShuttingDown => "Eyelid is ending.".into(),
    }
}

fn category(id: &str) -> String {
    match id {
        "chat" => "A chat".into(),
        "hr" => "An HR tool".into(),
        "passwords" => "A password manager".into(),
        "banking" => "A bank".into(),
        "health" => "A health service".into(),
        "mail" => "Mail".into(),
        "video" => "A video call".into(),
        other => format!("“{other}”"),
    }
}

/// Who asked for something, by what a person knows of it. The log keeps the name that the client gave itself.
pub fn client(name: &str) -> &str {
    match name {
        "tray" => "Eyelid's own menu or window",
        other => other,
    }
}

/// Two or three words for the pill.
pub fn on_pill(hold: Hold) -> &'static str {
    match hold {
        Hold::NotConsented => "Off",
        Hold::UserPause => "Paused",
        Hold::OptOut => "Opted out",
        Hold::SensitiveApp | Hold::SensitiveSite | Hold::PrivateWindow => "Paused: private",
        Hold::SecretField => "Paused: password",
        Hold::KeyShown => "Paused: key shown",
        Hold::SessionLocked => "Locked",
        Hold::NoIndicator => "Held: covered",
        Hold::FocusUnknown => "Held",
        Hold::ConfigInvalid => "Held: settings",
        Hold::VaultUnavailable => "Held: storage",
        Hold::RecipientUnverified => "Held: key",
        Hold::ClockUncertain => "Held: clock",
        Hold::SensorSilent | Hold::TraySilent => "Held: no answer",
        Hold::ShuttingDown => "Ending",
    }
}

/// The name people and rules know an app by: its class, else its program's file name.
pub fn app_name(identity: &Identity) -> Option<String> {
    let class = identity.class.clone().filter(|c| !c.is_empty());
    class.or_else(|| identity.exe.as_deref().and_then(|exe| exe.rsplit('/').next()).map(str::to_owned))
}
