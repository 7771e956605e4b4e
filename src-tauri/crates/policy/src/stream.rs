//! The four streams a person can consent to, and how much of each.

use serde::{Deserialize, Serialize};

/// One kind of recording; each is consented to on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Pictures of allowed windows.
    Screen,
    /// The keyboard, at a [`KeyLevel`].
    Keys,
    /// Pointer moves, clicks and scrolls.
    Pointer,
    /// Which window has the focus, with its title.
    Focus,
}

impl Stream {
    /// All streams, in the order people see them.
    pub const ALL: [Stream; 4] = [Stream::Screen, Stream::Keys, Stream::Pointer, Stream::Focus];
}

/// How much of the keyboard is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum KeyLevel {
    /// Nothing.
    #[default]
    None,
    /// That a key was pressed, and shortcuts; never the text.
    Activity,
    /// The text typed.
    Text,
}

/// What a person consented to. The default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Streams {
    /// Pictures of allowed windows.
    pub screen: bool,
    /// The keyboard, and how much of it.
    pub keys: KeyLevel,
    /// Pointer moves, clicks and scrolls.
    pub pointer: bool,
    /// Focused window and its title.
    pub focus: bool,
}

impl Streams {
    /// Whether this stream is consented to at all.
    #[must_use]
    pub fn has(self, stream: Stream) -> bool {
        match stream {
            Stream::Screen => self.screen,
            Stream::Keys => self.keys != KeyLevel::None,
            Stream::Pointer => self.pointer,
            Stream::Focus => self.focus,
        }
    }

    /// Whether `self` records something that `before` did not.
    #[must_use]
    pub fn loosens(self, before: Streams) -> bool {
        self.screen && !before.screen
            || self.keys > before.keys
            || self.pointer && !before.pointer
            || self.focus && !before.focus
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Streams = Streams { screen: false, keys: KeyLevel::None, pointer: false, focus: false };
    const EVERYTHING: Streams = Streams { screen: true, keys: KeyLevel::Text, pointer: true, focus: true };

    #[test]
    fn whatever_is_recorded_more_loosens_and_nothing_else_does() {
        let steps = [
            (NOTHING, Streams { screen: true, ..NOTHING }),
            (NOTHING, Streams { keys: KeyLevel::Activity, ..NOTHING }),
            (Streams { keys: KeyLevel::Activity, ..NOTHING }, Streams { keys: KeyLevel::Text, ..NOTHING }),
            (NOTHING, Streams { pointer: true, ..NOTHING }),
            (NOTHING, Streams { focus: true, ..NOTHING }),
        ];
        for (less, more) in steps {
            assert!(more.loosens(less), "{less:?} to {more:?}");
            assert!(!less.loosens(more), "{more:?} to {less:?}");
            assert!(!more.loosens(more), "{more:?}");
        }
        assert!(!NOTHING.loosens(NOTHING));
        assert!(!EVERYTHING.loosens(EVERYTHING));
    }

    #[test]
    fn what_is_recorded_less_does_not_make_up_for_what_is_recorded_more() {
        let screen = Streams { screen: true, ..NOTHING };
        for other in [
            Streams { keys: KeyLevel::Activity, ..NOTHING },
            Streams { pointer: true, ..NOTHING },
            Streams { focus: true, ..NOTHING },
        ] {
            assert!(other.loosens(screen), "{other:?}");
            assert!(screen.loosens(other), "{other:?}");
        }
    }
}
