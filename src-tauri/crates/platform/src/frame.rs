//! A composed picture of the allowed windows.

use std::fmt;

use zeroize::Zeroize;

use crate::region::Rect;
use crate::types::{Millis, WindowId};

/// One window in a [`Frame`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The window: for a popup, itself, not its owner.
    pub id: WindowId,
    /// Its place on the screen.
    pub rect: Rect,
}

/// A picture made of allowed windows' own surfaces. Cleared when dropped.
pub struct Frame {
    /// By then its pixels had been read. Whatever the picture shows was on the screen between
    /// `since` and this.
    pub at: Millis,
    /// Before then none of its pixels had been read.
    pub since: Millis,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Blue, green, red, unused; row by row, no padding.
    pub pixels: Vec<u8>,
    /// What it shows, bottom to top.
    pub shown: Vec<Shown>,
    /// Which windows are grey boxes, bottom to top: denied, or not yet painted by their owners.
    pub greyed: Vec<Shown>,
    /// All windows, shown or grey, bottom to top.
    pub order: Vec<WindowId>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("at", &self.at)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("shown", &self.shown.len())
            .field("greyed", &self.greyed.len())
            .finish_non_exhaustive()
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.pixels.zeroize();
    }
}
