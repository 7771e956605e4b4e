//! Control chords such as `Ctrl+Alt+P`.

use std::fmt;
use std::str::FromStr;

/// Names one chord among those set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChordId(pub u32);

/// Modifiers and one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    pub(crate) ctrl: bool,
    pub(crate) alt: bool,
    pub(crate) shift: bool,
    pub(crate) super_: bool,
    /// X keysym name, as written in keysym tables: `p`, `F9`, `Pause`.
    pub(crate) key: String,
}

/// A chord that cannot be read.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum ChordError {
    /// No key besides modifiers.
    #[error("a chord needs a key, as in Ctrl+Alt+P")]
    NoKey,
    /// Two keys.
    #[error("a chord has one key besides Ctrl, Alt, Shift and Super")]
    TwoKeys,
    /// A letter alone would fire while typing.
    #[error("a letter, digit or sign needs Ctrl, Alt or Super beside it")]
    NoModifier,
    /// Not a key.
    #[error("there is no key named {0}")]
    UnknownKey(String),
}

const NAMED: &[(&str, &str)] = &[
    ("space", "space"),
    ("tab", "Tab"),
    ("enter", "Return"),
    ("return", "Return"),
    ("escape", "Escape"),
    ("esc", "Escape"),
    ("backspace", "BackSpace"),
    ("delete", "Delete"),
    ("del", "Delete"),
    ("insert", "Insert"),
    ("home", "Home"),
    ("end", "End"),
    ("pageup", "Prior"),
    ("pagedown", "Next"),
    ("up", "Up"),
    ("down", "Down"),
    ("left", "Left"),
    ("right", "Right"),
    ("arrowup", "Up"),
    ("arrowdown", "Down"),
    ("arrowleft", "Left"),
    ("arrowright", "Right"),
    ("pause", "Pause"),
    ("scrolllock", "Scroll_Lock"),
    ("printscreen", "Print"),
    ("menu", "Menu"),
    ("minus", "minus"),
    ("-", "minus"),
    ("equal", "equal"),
    ("=", "equal"),
    ("comma", "comma"),
    (",", "comma"),
    ("period", "period"),
    (".", "period"),
    ("slash", "slash"),
    ("/", "slash"),
    ("backslash", "backslash"),
    ("\\", "backslash"),
    ("semicolon", "semicolon"),
    (";", "semicolon"),
    ("quote", "apostrophe"),
    ("'", "apostrophe"),
    ("backquote", "grave"),
    ("`", "grave"),
    ("bracketleft", "bracketleft"),
    ("[", "bracketleft"),
    ("bracketright", "bracketright"),
    ("]", "bracketright"),
];

fn key_name(part: &str) -> Option<String> {
    let lower = part.to_ascii_lowercase();
    let bare = lower.strip_prefix("key").or_else(|| lower.strip_prefix("digit")).unwrap_or(&lower);
    let mut chars = bare.chars();
    if let (Some(c), None) = (chars.next(), chars.next())
        && c.is_ascii_alphanumeric()
    {
        return Some(c.to_string());
    }
    if let Some(n) = lower.strip_prefix('f').and_then(|n| n.parse::<u32>().ok())
        && (1..=24).contains(&n)
    {
        return Some(format!("F{n}"));
    }
    NAMED.iter().find(|(name, _)| *name == lower).map(|(_, key)| (*key).to_owned())
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Chord, ChordError> {
        let (mut ctrl, mut alt, mut shift, mut super_) = (false, false, false, false);
        let mut key: Option<String> = None;
        for part in text.split('+').map(str::trim).filter(|p| !p.is_empty()) {
            match part.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "commandorcontrol" | "cmdorctrl" => ctrl = true,
                "alt" | "option" => alt = true,
                "shift" => shift = true,
                "super" | "meta" | "win" | "cmd" | "command" => super_ = true,
                _ => {
                    let name = key_name(part).ok_or_else(|| ChordError::UnknownKey(part.to_owned()))?;
                    if key.replace(name).is_some() {
                        return Err(ChordError::TwoKeys);
                    }
                }
            }
        }
        let key = key.ok_or(ChordError::NoKey)?;
        let function = key.starts_with('F') && key.len() > 1;
        let types = !function && !matches!(key.as_str(), "Pause" | "Scroll_Lock" | "Print" | "Menu" | "Insert");
        if types && !(ctrl || alt || super_) {
            return Err(ChordError::NoModifier);
        }
        Ok(Chord { ctrl, alt, shift, super_, key })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (on, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+"), (self.super_, "Super+")] {
            if on {
                f.write_str(name)?;
            }
        }
        if self.key.len() == 1 { f.write_str(&self.key.to_uppercase()) } else { f.write_str(&self.key) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_reads_back_what_it_prints() {
        for text in ["Ctrl+Alt+P", "Ctrl+Shift+F9", "Super+Escape", "Pause", "Ctrl+Alt+Shift+Super+0"] {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.to_string(), text);
            assert_eq!(chord.to_string().parse::<Chord>().unwrap(), chord);
        }
        assert_eq!("control + alt + KeyP".parse::<Chord>().unwrap().to_string(), "Ctrl+Alt+P");
    }

    #[test]
    fn what_would_fire_while_typing_is_refused() {
        assert_eq!("P".parse::<Chord>(), Err(ChordError::NoModifier));
        assert_eq!("Shift+P".parse::<Chord>(), Err(ChordError::NoModifier));
        assert_eq!("Ctrl+".parse::<Chord>(), Err(ChordError::NoKey));
        assert_eq!("Ctrl+A+B".parse::<Chord>(), Err(ChordError::TwoKeys));
        assert_eq!("Ctrl+Flurb".parse::<Chord>(), Err(ChordError::UnknownKey("Flurb".into())));
    }
}
