//! What the sensors report.

use std::fmt;

use crate::chord::ChordId;
use crate::face::PillVisible;

pub use zeroize::Zeroizing;

/// Milliseconds of boot time (suspend included).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

/// A window as people understand it: the application's own (client) window, or a top-level
/// window that no window manager looks after (menu, tooltip, toast).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowId(pub u64);

/// What sort of window it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An application's window.
    Normal,
    /// A menu, tooltip or the like.
    Popup {
        /// The window it belongs to, where it says so and both are of one process. Without one it
        /// belongs to *every* window of its process.
        owner: Option<WindowId>,
    },
    /// Dock, desktop, notification, splash, switcher, a window manager's own, or one that cannot be
    /// attributed. Never shown.
    Shell,
    /// Eyelid's own pill.
    Own,
}

/// What is known of a window. Titles do not appear in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Facts {
    /// The window.
    pub id: WindowId,
    /// What sort of window it is.
    pub kind: Kind,
    /// Process that owns it, told by the display server, not by the window.
    pub pid: Option<u32>,
    /// Class (`WM_CLASS`, second part).
    pub class: Option<String>,
    /// Instance (`WM_CLASS`, first part).
    pub instance: Option<String>,
    /// Application id or desktop file, where the window names one.
    pub app_id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Covers a whole monitor.
    pub fullscreen: bool,
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("pid", &self.pid)
            .field("class", &self.class)
            .field("fullscreen", &self.fullscreen)
            .finish_non_exhaustive()
    }
}

/// Where keys go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// To this window. It may not have been described by [`Event::Window`] yet: then treat it as unknown.
    Window(WindowId),
    /// To no window.
    Nothing,
    /// To a program that grabbed the keyboard: a menu, a locker, a password prompt.
    Grabbed,
    /// Not known (yet).
    #[default]
    Unknown,
}

/// One key press. Text and shortcut do not appear in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyEvent {
    /// The window that got it.
    pub focus: Focus,
    /// Key code.
    pub keycode: u32,
    /// Text it typed; `None` unless a window is known to have got it.
    pub text: Option<Zeroizing<String>>,
    /// The shortcut, such as `Ctrl+S`, when it was one; `None` unless a window is known to have got it.
    pub shortcut: Option<String>,
    /// Made by the keyboard's repetition.
    pub repeat: bool,
}

impl fmt::Debug for KeyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEvent").field("focus", &self.focus).field("repeat", &self.repeat).finish_non_exhaustive()
    }
}

/// What the pointer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerKind {
    /// It moved.
    Move,
    /// A button was pressed (1 = left, 2 = middle, 3 = right, 8 and 9 = back and forward).
    Button(u8),
    /// The wheel turned: steps to the right and down.
    Scroll {
        /// Steps to the right.
        dx: i32,
        /// Steps down.
        dy: i32,
    },
}

/// Something the pointer did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointerEvent {
    /// The window under it, unless unknown.
    pub window: Option<WindowId>,
    /// What it did.
    pub kind: PointerKind,
    /// Column, counted from the left of the window's rectangle on the screen (the one in
    /// [`Shown`](crate::Shown), frame included); 0 without a window.
    pub x: i32,
    /// Row, counted likewise from the top.
    pub y: i32,
}

/// What happened, in the order in which the display server did it.
///
/// Times are the server's where it gives one (keys, pointer, focus, titles, clicks). Where it gives
/// none (a window appears, the pill is covered), bad news bears the last time seen before it and
/// good news the present.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A window appeared or changed.
    Window(Millis, Facts),
    /// A window went.
    WindowGone(Millis, WindowId),
    /// Keys go elsewhere now.
    Focus(Millis, Focus),
    /// A key was pressed.
    Key(Millis, KeyEvent),
    /// The pointer did something.
    Pointer(Millis, PointerEvent),
    /// A control chord was pressed.
    Chord(Millis, ChordId),
    /// The pill was clicked (the time is that of the press).
    PillClicked(Millis),
    /// The pill was moved by the person; the place is relative to its monitor.
    PillMoved {
        /// Monitor's name.
        monitor: String,
        /// Column.
        x: i32,
        /// Row.
        y: i32,
    },
    /// The pill's visibility changed.
    PillVisibility(Millis, PillVisible),
    /// Something on the screen changed: a frame may be due.
    ScreenChanged(Millis),
    /// All that happened before this instant has been delivered.
    UpTo(Millis),
}
