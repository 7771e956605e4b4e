//! Where keys go.
//!
//! XI2 focus events are selected on every top-level and every application's window. They travel on
//! the same connection as raw keys, so a key belongs to the window that the last of them named; and,
//! unlike core focus events, they bear the server's time. After each new selection the focus is asked
//! for once: it may have got there before we listened.

use std::collections::HashMap;

use x11rb::connection::SequenceNumber;
use x11rb::protocol::xinput::{ConnectionExt as _, EnterEvent, NotifyDetail, NotifyMode, XIGetFocusReply};
use x11rb::protocol::xproto::{ConnectionExt as _, InputFocus, QueryTreeReply};

use crate::types::{Event, Focus, Millis, WindowId};

use super::Display;
use super::ask::{Ask, seq_of};

#[derive(Default)]
pub(super) struct FocusNow {
    under_grab: Focus,
    /// A client has grabbed the keyboard.
    grabbed: bool,
    reported: Option<Focus>,
    /// A focus left its window and the event of where it went may be next.
    held_back: Option<Millis>,
    /// Counts focus events, so that a slow answer does not undo one.
    turn: u64,
    /// Inner windows seen focused, and who then gets the keys.
    inner: HashMap<u32, Focus>,
}

impl FocusNow {
    pub(super) fn get(&self) -> Focus {
        if self.grabbed { Focus::Grabbed } else { self.under_grab }
    }
}

impl Display {
    pub(super) fn on_focus(&mut self, e: &EnterEvent, got: bool) {
        let at = self.stamp(e.time);
        if [NotifyDetail::POINTER, NotifyDetail::POINTER_ROOT, NotifyDetail::NONE].contains(&e.detail) {
            return;
        }
        self.focus.turn += 1;
        // Each event says whether a grab was on, whatever was heard of its beginning and its end: it begins unheard when
        // nobody has the focus, or the window that grabs.
        self.focus.grabbed = [NotifyMode::GRAB, NotifyMode::PASSIVE_GRAB, NotifyMode::WHILE_GRABBED].contains(&e.mode);
        if e.mode == NotifyMode::GRAB || e.mode == NotifyMode::PASSIVE_GRAB {
            self.report_focus(at);
            return;
        }
        if e.mode == NotifyMode::UNGRAB || e.mode == NotifyMode::PASSIVE_UNGRAB {
            // The grab may have hidden a change.
            self.ask_focus();
            self.report_focus(at);
            return;
        }
        let within = [NotifyDetail::VIRTUAL, NotifyDetail::NONLINEAR_VIRTUAL].contains(&e.detail);
        if self.is_frame(e.event) && (within || !got) {
            // Of what comes and goes within a frame, the window within tells.
            return;
        }
        let Some(keys) = self.keys_of(e.event) else { return };
        if got || e.detail == NotifyDetail::INFERIOR {
            self.focus.held_back = None;
            self.focus.under_grab = keys;
            self.report_focus(at);
        } else if self.focus.under_grab == keys {
            self.focus.under_grab = Focus::Nothing;
            self.focus.held_back = Some(at);
        }
    }

    /// Reports that nothing has the focus, unless a window got it in the very next event.
    pub(super) fn flush_focus(&mut self) {
        if let Some(at) = self.focus.held_back.take() {
            self.report_focus(at);
            // It may have gone to where no window hears of it: to whatever is under the pointer.
            self.ask_focus();
        }
    }

    fn report_focus(&mut self, at: Millis) {
        let focus = self.focus.get();
        if self.focus.reported != Some(focus) {
            self.focus.reported = Some(focus);
            self.keys.focus_changed();
            self.out.push_back(Event::Focus(at, focus));
        }
    }

    fn is_frame(&self, window: u32) -> bool {
        self.stack.get(window).is_some_and(|top| !top.clients.is_empty())
    }

    /// Who gets the keys when this window has the focus. A frame's are the window manager's: it has the focus when the
    /// window within was hidden and the focus fell back to what is around it.
    fn keys_of(&self, window: u32) -> Option<Focus> {
        if self.is_frame(window) {
            return Some(Focus::Nothing);
        }
        let known = self.stack.get(window).is_some() || self.subjects.top_of(window).is_some();
        known.then_some(Focus::Window(WindowId(window.into())))
    }

    pub(super) fn focus_lost_window(&mut self, id: u32) {
        let gone = Focus::Window(WindowId(id.into()));
        self.focus.inner.retain(|inner, keys| *inner != id && *keys != gone);
        if self.focus.under_grab == gone {
            self.focus.under_grab = Focus::Unknown;
            let at = self.wire_time;
            self.report_focus(at);
            self.ask_focus();
        }
    }

    pub(super) fn ask_focus(&mut self) {
        if let Some(seq) = seq_of(self.conn.xinput_xi_get_focus(self.seat.keyboard)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::Focus { seq });
        }
    }

    pub(super) fn learn_focus(&mut self, seq: SequenceNumber) {
        let at = self.wire_time;
        let Some(reply) = self.answer::<XIGetFocusReply>(seq) else {
            self.focus.under_grab = Focus::Unknown;
            self.report_focus(at);
            return;
        };
        self.focus.held_back = None;
        let window = reply.focus;
        if window == u32::from(InputFocus::POINTER_ROOT) {
            // Keys go to the window under the pointer, whichever that is.
            self.focus.under_grab = Focus::Unknown;
        } else if window == u32::from(InputFocus::NONE) || window == self.root {
            self.focus.under_grab = Focus::Nothing;
        } else if let Some(keys) = self.keys_of(window).or(self.focus.inner.get(&window).copied()) {
            self.focus.under_grab = keys;
        } else {
            self.focus.under_grab = Focus::Unknown;
            self.climb(window, window, 0);
        }
        self.report_focus(at);
    }

    fn climb(&mut self, from: u32, window: u32, steps: u32) {
        if let Some(seq) = seq_of(self.conn.query_tree(window)) {
            let (cause, turn) = (self.wire_time, self.focus.turn);
            self.asks.push(seq, cause, Ask::FocusClimb { from, steps, turn, seq });
        }
    }

    pub(super) fn learn_focus_climb(&mut self, from: u32, steps: u32, turn: u64, seq: SequenceNumber) {
        let reply = self.answer::<QueryTreeReply>(seq);
        if self.focus.under_grab != Focus::Unknown {
            return;
        }
        if turn != self.focus.turn {
            // It moved meanwhile, and is still not known.
            self.ask_focus();
            return;
        }
        let Some(parent) = reply.map(|r| r.parent).filter(|p| *p != 0 && *p != self.root) else { return };
        if let Some(keys) = self.keys_of(parent) {
            if self.focus.inner.len() > 256 {
                self.focus.inner.clear();
            }
            self.focus.inner.insert(from, keys);
            self.focus.under_grab = keys;
            let at = self.wire_time;
            self.report_focus(at);
        } else if steps < 8 {
            self.climb(from, parent, steps + 1);
        }
    }
}
