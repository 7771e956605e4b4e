//! The pointer: raw events say that something happened, a question says where.

use x11rb::connection::SequenceNumber;
use x11rb::protocol::xinput::RawButtonPressEvent;
use x11rb::protocol::xproto::{ConnectionExt as _, QueryPointerReply};

use crate::clock::boot_now;
use crate::types::{Event, Millis, PointerEvent, PointerKind, WindowId};

use super::Display;
use super::ask::{Ask, seq_of};

/// Moves are asked for at most this often.
const PACE: u64 = 50;

#[derive(Default)]
pub(super) struct Pointer {
    moved: Option<Millis>,
    asked: u64,
}

impl Pointer {
    pub(super) fn forget(&mut self) {
        self.moved = None;
    }

    pub(super) fn waiting_since(&self) -> Option<Millis> {
        self.moved
    }
}

impl Display {
    pub(super) fn on_raw_motion(&mut self, time: u32) {
        let at = self.stamp(time);
        if self.streams.pointer {
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

    /// The last move of a batch, not too often.
    pub(super) fn ask_pointer(&mut self) {
        let now = boot_now().0;
        if now.saturating_sub(self.pointer.asked) >= PACE
            && let Some(at) = self.pointer.moved.take()
        {
            self.pointer.asked = now;
            self.ask_where(PointerKind::Move, at);
        }
    }

    fn ask_where(&mut self, kind: PointerKind, at: Millis) {
        if let Some(seq) = seq_of(self.conn.query_pointer(self.root)) {
            self.asks.push(seq, at, Ask::Pointer { kind, at, seq });
        }
    }

    pub(super) fn learn_pointer(&mut self, kind: PointerKind, at: Millis, seq: SequenceNumber) {
        let Some(reply) = self.answer::<QueryPointerReply>(seq) else { return };
        if !self.streams.pointer {
            return;
        }
        let top = self.stack.get(reply.child).filter(|t| !t.own);
        let event = match top {
            Some(top) => PointerEvent {
                window: Some(WindowId(top.subject().into())),
                kind,
                x: i32::from(reply.root_x) - top.rect.x,
                y: i32::from(reply.root_y) - top.rect.y,
            },
            None => PointerEvent { window: None, kind, x: 0, y: 0 },
        };
        self.out.push_back(Event::Pointer(at, event));
    }
}
