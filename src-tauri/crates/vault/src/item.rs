//! What the agent hands in: one recorded datum each, wiped from memory when dropped.
//!
//! `Debug` of every type here prints its kind and time, never its content.

use crate::bands::Bands;
use policy::{Boot, Now, Stream, Wall};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A recorded datum of any stream.
#[derive(Debug)]
pub enum Item {
    /// A picture composed of allowed windows.
    Frame(FrameItem),
    /// The keyboard.
    Key(KeyItem),
    /// The pointer.
    Pointer(PointerItem),
    /// The focus went to a window.
    Focus(FocusItem),
}

/// A picture. Only allowed windows are in it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct FrameItem {
    /// When it was captured.
    #[zeroize(skip)]
    pub at: Now,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its pixels, `width` times `height`; a [`Packer`](crate::bands::Packer) packs them.
    #[zeroize(skip)] // Bands wipe themselves when the last picture that shares them goes.
    pub pixels: Bands,
    /// The allowed windows in it, bottom to top.
    pub shown: Vec<ShownWindow>,
}

/// An allowed window in a picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct ShownWindow {
    /// The app, as rules name it.
    pub app: String,
    /// Its title, if titles are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it is in the picture: x, y, width, height.
    pub rect: (i32, i32, u32, u32),
}

/// What the keyboard did, as far as its level allows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct KeyItem {
    /// When.
    #[zeroize(skip)]
    pub at: Now,
    /// The app that got it.
    pub app: String,
    /// The title of the window that got it, if titles are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was pressed.
    pub kind: KeyKind,
}

/// What was pressed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// Text as it was typed.
    Text(String),
    /// That so many keys were pressed, not which.
    Count(u32),
    /// A shortcut, such as `Ctrl+S`.
    Shortcut(String),
}

/// What the pointer did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct PointerItem {
    /// When.
    #[zeroize(skip)]
    pub at: Now,
    /// The app below it, if that is an allowed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Title of the window below it, if titles are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it did.
    pub kind: PointerKind,
    /// Where, from the window's left edge.
    pub x: i32,
    /// Where, from the window's top edge.
    pub y: i32,
}

/// What the pointer did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "kebab-case")]
pub enum PointerKind {
    /// It moved along these points (window-relative), the last of which is the item's own.
    Move(Vec<(i32, i32)>),
    /// A button was pressed.
    Click {
        /// Its number, 1 being the main one.
        button: u8,
    },
    /// The wheel was turned.
    Scroll {
        /// To the right.
        dx: i32,
        /// Downwards.
        dy: i32,
    },
}

/// The focus went to a window.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct FocusItem {
    /// When.
    #[zeroize(skip)]
    pub at: Now,
    /// The app.
    pub app: String,
    /// Its title, if titles are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Item {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Now {
        match self {
            Item::Frame(i) => i.at,
            Item::Key(i) => i.at,
            Item::Pointer(i) => i.at,
            Item::Focus(i) => i.at,
        }
    }

    /// The stream it belongs to.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Item::Frame(_) => Stream::Screen,
            Item::Key(_) => Stream::Keys,
            Item::Pointer(_) => Stream::Pointer,
            Item::Focus(_) => Stream::Focus,
        }
    }

    /// About how many bytes of memory it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        let title = |t: &Option<String>| t.as_ref().map_or(0, String::len);
        128 + match self {
            Item::Frame(i) => {
                i.pixels.bytes() + i.shown.iter().map(|w| 64 + w.app.len() + title(&w.title)).sum::<usize>()
            }
            Item::Key(i) => {
                let kind = match &i.kind {
                    KeyKind::Text(s) | KeyKind::Shortcut(s) => s.len(),
                    KeyKind::Count(_) => 0,
                };
                i.app.len() + title(&i.title) + kind
            }
            Item::Pointer(i) => {
                let kind = match &i.kind {
                    PointerKind::Move(path) => 8 * path.len(),
                    PointerKind::Click { .. } | PointerKind::Scroll { .. } => 0,
                };
                i.app.as_ref().map_or(0, String::len) + title(&i.title) + kind
            }
            Item::Focus(i) => i.app.len() + title(&i.title),
        }
    }
}

fn kind_and_time(f: &mut fmt::Formatter<'_>, kind: &str, at: Now) -> fmt::Result {
    let Now { boot: Boot(boot), wall: Wall(_) } = at;
    write!(f, "{kind} {{ boot: {boot}, .. }}")
}

macro_rules! debug_without_content {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                kind_and_time(f, stringify!($name), self.at)
            }
        }
    )*};
}
debug_without_content!(FrameItem, KeyItem, PointerItem, FocusItem);

impl fmt::Debug for ShownWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownWindow { .. }")
    }
}

impl fmt::Debug for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyKind::Text(_) => "Text(..)",
            KeyKind::Count(_) => "Count(..)",
            KeyKind::Shortcut(_) => "Shortcut(..)",
        })
    }
}

impl fmt::Debug for PointerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PointerKind::Move(_) => "Move(..)",
            PointerKind::Click { .. } => "Click { .. }",
            PointerKind::Scroll { .. } => "Scroll { .. }",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_content() {
        let at = Now { boot: Boot(7), wall: Wall(8) };
        let items = [
            Item::Key(KeyItem {
                at,
                app: "marker-a".into(),
                title: Some("marker-b".into()),
                kind: KeyKind::Text("marker-c".into()),
            }),
            Item::Focus(FocusItem { at, app: "marker-a".into(), title: Some("marker-b".into()) }),
            Item::Pointer(PointerItem {
                at,
                app: Some("marker-a".into()),
                title: None,
                kind: PointerKind::Move(vec![(1, 2)]),
                x: 1,
                y: 2,
            }),
            Item::Frame(FrameItem {
                at,
                width: 1,
                height: 1,
                pixels: Bands::pack(&[1; 4], (1, 1)).unwrap(),
                shown: vec![ShownWindow { app: "marker-a".into(), title: None, rect: (0, 0, 1, 1) }],
            }),
        ];
        for item in &items {
            assert!(!format!("{item:?}").contains("marker"));
        }
    }
}
