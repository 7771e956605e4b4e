//! A composed picture of the allowed windows.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

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

/// A picture made of allowed windows' own surfaces. Its pixels are shared with the display, which draws the next
/// picture into them once this one is gone; cleared when the last of both lets go.
pub struct Frame {
    /// By then its pixels had been read. Whatever the picture shows was in its windows between
    /// `since` and this.
    pub at: Millis,
    /// What was read before then had not been painted over by then.
    pub since: Millis,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Blue, green, red, unused; row by row, no padding.
    pub pixels: Arc<Zeroizing<Vec<u8>>>,
    /// What may differ from the frame before it from the same display.
    pub changed: Changed,
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

/// Which parts of a picture may differ from the one before it, by square cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    columns: usize,
    cells: Vec<bool>,
}

impl Changed {
    /// Edge of a cell in pixels.
    pub(crate) const CELL: usize = 64;

    fn of(width: usize, height: usize, cell: bool) -> Changed {
        let (columns, rows) = (width.div_ceil(Changed::CELL), height.div_ceil(Changed::CELL));
        Changed { columns, cells: vec![cell; columns * rows] }
    }

    pub(crate) fn all(width: usize, height: usize) -> Changed {
        Changed::of(width, height, true)
    }

    pub(crate) fn none(width: usize, height: usize) -> Changed {
        Changed::of(width, height, false)
    }

    pub(crate) fn any(&self) -> bool {
        self.cells.contains(&true)
    }

    pub(crate) fn mark(&mut self, x: usize, y: usize) {
        let at = y / Changed::CELL * self.columns + x / Changed::CELL;
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = true;
        }
    }

    /// Whether anything in a rectangle of the picture may differ.
    #[must_use]
    pub fn within(&self, x: usize, y: usize, width: usize, height: usize) -> bool {
        let columns = x / Changed::CELL..(x + width).div_ceil(Changed::CELL).min(self.columns);
        let rows = y / Changed::CELL..(y + height).div_ceil(Changed::CELL);
        rows.into_iter().any(|row| {
            let (from, to) = (row * self.columns + columns.start, row * self.columns + columns.end);
            self.cells.get(from..to).is_some_and(|cells| cells.contains(&true))
        })
    }
}
