//! Who a window is, as far as the sensors could tell.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A top-level window, by the display server's own number. Never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WindowId(pub u64);

/// What role a window plays on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WindowKind {
    /// An application's window or dialog, managed by the window manager.
    Normal,
    /// A menu, tooltip or other unmanaged window; `owner` is the managed window it belongs to, if that is known.
    Popup {
        /// The managed window it belongs to.
        owner: Option<WindowId>,
    },
    /// A panel, dock, desktop, toast, switcher or splash: never recorded.
    Shell,
    /// One of Eyelid's own (the pill, the window): never recorded.
    Own,
}

/// Everything known about a window that a rule can ask for. `None` is *not known*, which never permits.
///
/// `Debug` prints no title and no site.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The executable's absolute path, or the name of the program as far as it is known.
    pub exe: Option<String>,
    /// `WM_CLASS`, class part.
    pub class: Option<String>,
    /// `WM_CLASS`, instance part (web apps carry their address here).
    pub instance: Option<String>,
    /// Application id: desktop file name, Flatpak or Snap id.
    pub app_id: Option<String>,
    /// The window's title.
    pub title: Option<String>,
    /// What it is called for people who cannot see it: browsers mark private windows there, if nowhere else.
    pub spoken: Option<String>,
    /// The address of the document shown, in a browser.
    pub url: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("exe", &self.exe)
            .field("class", &self.class)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}
