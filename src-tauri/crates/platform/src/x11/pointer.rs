//! The pointer: raw events say that something happened, a question says where.

use x11rb::connection::SequenceNumber;
use x11rb::protocol::xinput::{ConnectionExt as _, Fp1616, RawButtonPressEvent, XIQueryPointerReply};

use crate::clock::boot_now;
use crate::types::{Event, Millis, PointerEvent, PointerKind, WindowId};
use crate::{Lost, Rect};

use super::Display;
use super::ask::{Ask, seq_of};

/// A pointer that moves is looked at so often, in milliseconds. A mouse tells of up to a thousand moves a second, each of
/// which would wake this process.
const PACE: u64 = 100;
/// Then it waits so much longer, in milliseconds, for something else that wakes this process.
const PATIENCE: u64 = 50;

/// A click whose place becomes known later than this, in milliseconds, is nobody's: the pointer may have moved on.
const LATE: u64 = 250;

/// How it is found out that the pointer moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Watch {
    /// The server tells of the next move.
    #[default]
    Told,
    /// It moves: it is looked at, and the server tells nothing.
    Looks,
    /// It was still at the last look: the server tells again, and it is looked at once more, lest it moved in between.
    Settles,
}

#[derive(Default)]
pub(super) struct Pointer {
    watch: Watch,
    /// A move that was told of.
    moved: Option<Millis>,
    /// When it was last looked at.
    looked: u64,
    /// Where it was then, on the screen.
    place: Option<(i32, i32)>,
}

impl Pointer {
    pub(super) fn forget(&mut self) {
        *self = Pointer::default();
    }

    pub(super) fn waiting_since(&self) -> Option<Millis> {
        self.moved
    }

    /// Whether the server is to tell of moves.
    pub(super) fn wants_moves(&self) -> bool {
        self.watch != Watch::Looks
    }

    /// From when on it is looked at.
    fn due(&self) -> Option<Millis> {
        (self.watch != Watch::Told).then_some(Millis(self.looked + PACE))
    }
}

/// The pixel that a place lies in: the server gives sixteen bits of fraction.
fn whole(place: Fp1616) -> i32 {
    place >> 16
}

impl Display {
    pub(super) fn on_raw_motion(&mut self, time: u32) {
        let at = self.stamp(time);
        if self.streams.pointer && self.pointer.watch == Watch::Told {
            self.pointer.moved = Some(at);
        }
    }

    pub(super) fn on_raw_button(&mut self, e: &RawButtonPressEvent) {
        let at = self.stamp(e.time);
        let kind = match e.detail {
            4 => PointerKind::Scroll { dx: 0, dy: -1 },
            5 => PointerKind::Scroll { dx: 0, dy: 1 },
            6 => PointerKind::Scroll { dx: -1, dy: 0 },
            7 => PointerKind::Scroll { dx: 1, dy: 0 },
            other => PointerKind::Button(u8::try_from(other).unwrap_or(0)),
        };
        if self.streams.pointer {
            self.ask_where(kind, at);
        }
    }

    /// When [`drain`](Self::drain) should be called although nothing is readable: the pointer moves and is looked at.
    #[must_use]
    pub fn look_due(&self) -> Option<Millis> {
        self.pointer.due().map(|due| Millis(due.0 + PATIENCE))
    }

    /// Looks where the pointer is, if it is time.
    pub(super) fn ask_pointer(&mut self) -> Result<(), Lost> {
        let now = boot_now();
        if let Some(at) = self.pointer.moved.take() {
            self.pointer.watch = Watch::Looks;
            self.select_raw()?;
            self.look(at, now);
        } else if self.pointer.due().is_some_and(|due| due <= now) {
            self.look(now, now);
        }
        Ok(())
    }

    fn look(&mut self, at: Millis, now: Millis) {
        self.pointer.looked = now.0;
        self.ask_where(PointerKind::Move, at);
    }

    /// Whether the pointer is elsewhere than at the last look; what is to be done to hear of its next move.
    fn has_moved(&mut self, place: (i32, i32)) -> bool {
        let moved = self.pointer.place.replace(place) != Some(place);
        match (self.pointer.watch, moved) {
            (Watch::Looks, false) => {
                self.pointer.watch = Watch::Settles;
                // Only when the connection is lost, which the next call finds.
                let _ = self.select_raw();
                let now = boot_now();
                self.look(now, now);
            }
            (Watch::Settles, false) => self.pointer.watch = Watch::Told,
            (Watch::Settles, true) => {
                self.pointer.watch = Watch::Looks;
                let _ = self.select_raw();
            }
            (Watch::Told | Watch::Looks, true) | (Watch::Told, false) => {}
        }
        moved
    }

    fn ask_where(&mut self, kind: PointerKind, at: Millis) {
        let then = if kind == PointerKind::Move { Vec::new() } else { self.stack.outlines() };
        if let Some(seq) = seq_of(self.conn.xinput_xi_query_pointer(self.root, self.seat.pointer)) {
            self.asks.push(seq, at, Ask::Pointer { kind, at, then, seq });
        }
    }

    /// Whether the window that is now on top at this pixel was so before, too. What lay above it then still has to: that
    /// lets the pointer through. Else it took the click, and may have gone with it, as a toast does.
    fn was_on_top(&self, id: u32, then: &[(u32, Rect)], pixel: Rect) -> bool {
        let mut before = then.iter().filter(|(_, outline)| !outline.intersect(pixel).is_empty()).map(|(top, _)| *top);
        let above: Vec<u32> = self.stack.at(pixel).rev().take_while(|top| *top != id).collect();
        before.any(|top| top == id) && before.all(|top| above.contains(&top))
    }

    pub(super) fn learn_pointer(&mut self, kind: PointerKind, at: Millis, then: &[(u32, Rect)], seq: SequenceNumber) {
        let Some(reply) = self.answer::<XIQueryPointerReply>(seq) else { return };
        let (x, y) = (whole(reply.root_x), whole(reply.root_y));
        if !self.streams.pointer {
            return;
        }
        if kind == PointerKind::Move && !self.has_moved((x, y)) {
            return;
        }
        let pixel = Rect::new(x, y, 1, 1);
        let timely = || boot_now().0.saturating_sub(at.0) <= LATE;
        let sure = kind == PointerKind::Move || (timely() && self.was_on_top(reply.child, then, pixel));
        let top = self.stack.get(reply.child).filter(|t| !t.own && sure);
        let event = match top {
            Some(top) => PointerEvent {
                window: Some(WindowId(top.subject().into())),
                kind,
                x: x - top.rect.x,
                y: y - top.rect.y,
            },
            None => PointerEvent { window: None, kind, x: 0, y: 0 },
        };
        self.out.push_back(Event::Pointer(at, event));
    }
}
