//! What a person agrees to: one text for the window and the terminal.

use crate::Paragraph;
use policy::{KeyLevel, Streams};

/// The version of the text below. A new version lapses every consent to an older one.
pub const VERSION: &str = "2026-11-24.3";

/// The word that a person types to agree.
pub const WORD: &str = "record";

/// What each stream means, in the order to read it.
#[must_use]
pub fn paragraphs(streams: Streams) -> Vec<Paragraph> {
    let mut text: Vec<(&str, &str)> = Vec::new();
    if streams.screen {
        text.push((
            "Screen",
            "Pictures of the windows you allow, at most one a second and up to four around clicks, with the names of their apps. Windows of sensitive apps are grey boxes.",
        ));
    }
    match streams.keys {
        KeyLevel::None => {}
        KeyLevel::Activity => {
            text.push(("Keys", "That keys were pressed, shortcuts, and in which app. Never what you typed."));
        }
        KeyLevel::Text => text.push((
            "Keys",
            "The text you type into allowed windows, shortcuts, and in which app. Not what you type into password fields, as far as apps announce them.",
        )),
    }
    if streams.pointer {
        text.push(("Pointer", "Moves, clicks and scrolls in allowed windows, and in which app."));
    }
    if streams.focus {
        text.push((
            "Focus",
            "Which allowed window is in front. Only with this are titles of windows kept, in any of the others too.",
        ));
    }
    text.push((
        "Who can read it",
        "Nobody but you. It stays on this computer, sealed to a key in your keyring; Eyelid's recorder itself cannot read it back.",
    ));
    text.push((
        "For how long",
        "For 14 days and up to 5 GB, unless you set otherwise; then the oldest is deleted by itself. Of what was left out, only how long in a day and for what kind of reason.",
    ));
    text.push((
        "What always runs",
        "To see its own key chords, Eyelid matches every key press against them and keeps nothing else of it.",
    ));
    text.push((
        "You stay in control",
        "A mark on each screen shows while Eyelid records. A key, a click or a timer stops it. Withdraw at any time; you can erase everything.",
    ));
    text.push((
        "What Eyelid cannot see",
        "Eyelid controls only its own recording. Other programs may record this computer all the same.",
    ));
    text.into_iter().map(|(heading, body)| Paragraph { heading: heading.into(), body: body.into() }).collect()
}
