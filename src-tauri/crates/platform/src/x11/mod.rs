//! X11: one connection for focus, keys, pointer, windows, pill and pictures, read in wire order.
//!
//! Nothing in [`Display::drain`] waits for the server. Questions are sent and queued (`ask`), followed
//! by a *marker*, a change of a property on a window of ours. Its event comes back behind all the
//! answers, so by then they can be taken without waiting; and it carries the server's time.

mod ask;
mod atoms;
mod compose;
mod focus;
mod keys;
mod nudge;
mod open;
mod pill;
mod pill_watch;
mod pointer;
mod seat;
mod shm;
mod stack;
mod subject;
mod surfaces;

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};

use x11rb::connection::{Connection, RequestConnection, SequenceNumber};
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xproto::PropMode;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::xcb_ffi::XCBConnection;

use crate::clock::{ServerClock, boot_now, mono_now32};
use crate::face::StreamSwitches;
use crate::types::{Event, Millis};
use crate::{Lost, OpenError, OpenOptions};

use ask::Asks;
use atoms::Atoms;
use compose::Screen;
use focus::FocusNow;
use keys::Keys;
use pill::Pill;
use pointer::Pointer;
use seat::Seat;
use stack::Stack;
use subject::Subjects;

/// The display: sensors and pill.
///
/// Call [`drain`](Self::drain) when [`as_fd`](Self::as_fd) is readable; best also after each other call,
/// which may have taken in events.
pub struct Display {
    conn: XCBConnection,
    root: u32,
    atoms: Atoms,
    clock: ServerClock,
    seat: Seat,
    /// The window whose property serves as marker.
    marker: u32,
    marked: SequenceNumber,
    /// The last server time seen on the wire.
    wire_time: Millis,
    out: VecDeque<Event>,
    asks: Asks,
    streams: StreamSwitches,
    stack: Stack,
    subjects: Subjects,
    focus: FocusNow,
    keys: Keys,
    pointer: Pointer,
    pill: Pill,
    screen: Screen,
    /// A [`Event::ScreenChanged`] is due at the end of the batch.
    screen_changed: bool,
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Display").finish_non_exhaustive()
    }
}

/// So many events are taken in one go.
const MOST_AT_ONCE: usize = 4096;

impl Display {
    /// Opens the display, takes stock of its windows and starts no sensor but that of the focus.
    pub fn open(options: OpenOptions) -> Result<Display, OpenError> {
        open::open(options)
    }

    /// Something to wait on: readable when the server sent something.
    #[must_use]
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.conn.as_fd()
    }

    /// Delivers everything that is readable now. Never waits.
    pub fn drain(&mut self, sink: &mut dyn FnMut(Event)) -> Result<(), Lost> {
        // Sending may read too, and what was read then makes no descriptor readable: only a pass that found nothing,
        // and so had nothing to send, is the last. A flood is broken off; whoever sees events comes back for more.
        let mut taken = 0;
        loop {
            let mut found = false;
            while taken < MOST_AT_ONCE
                && let Some((event, seq)) = self.conn.poll_for_event_with_sequence().map_err(|_| Lost)?
            {
                found = true;
                taken += 1;
                self.take(event, seq);
                if self.out.len() > 256 {
                    self.out.drain(..).for_each(&mut *sink);
                }
            }
            self.end_of_batch()?;
            self.out.drain(..).for_each(&mut *sink);
            if !found {
                return Ok(());
            }
        }
    }

    /// Asks the server for a sign of life, which arrives as [`Event::UpTo`].
    pub fn probe(&mut self) -> Result<(), Lost> {
        self.mark()?;
        self.conn.flush().map_err(|_| Lost)
    }

    /// Measures anew how server time and boot time lie to each other.
    pub fn remap_clock(&mut self) -> Result<(), Lost> {
        let mut best = None;
        for _ in 0..3 {
            let before = (boot_now().0, mono_now32());
            let server = self.sync()?;
            let after = (boot_now().0, mono_now32());
            let trip = after.0 - before.0;
            if best.is_none_or(|(t, _)| trip < t) {
                best = Some((trip, ServerClock::measured(server, before, after)));
            }
        }
        if let Some((_, clock)) = best {
            self.clock = clock;
        }
        self.wire_time = boot_now();
        self.leave()
    }

    /// Starts and stops sensors.
    pub fn set_streams(&mut self, streams: StreamSwitches) -> Result<(), Lost> {
        let before = std::mem::replace(&mut self.streams, streams);
        self.select_raw()?;
        if before.screen && !streams.screen {
            self.release_screen();
        }
        if before.focus_titles != streams.focus_titles {
            self.forget_or_ask_titles();
        }
        self.leave()
    }

    /// Sends the marker. Its event comes back behind all answers asked for so far.
    fn mark(&mut self) -> Result<(), Lost> {
        let cookie = self
            .conn
            .change_property8(PropMode::REPLACE, self.marker, self.atoms.EYELID_MARK, self.atoms.STRING, &[])
            .map_err(|_| Lost)?;
        self.marked = cookie.sequence_number();
        // Errors are of no use here, and libxcb would be asked for each again and again.
        cookie.ignore_error();
        Ok(())
    }

    /// Waits until the server has answered everything asked so far. Events go to `out`.
    fn sync(&mut self) -> Result<u32, Lost> {
        self.mark()?;
        let mark = self.marked;
        self.conn.flush().map_err(|_| Lost)?;
        loop {
            let (event, seq) = self.conn.wait_for_event_with_sequence().map_err(|_| Lost)?;
            let time = match &event {
                XEvent::PropertyNotify(e) if e.window == self.marker && seq >= mark => Some(e.time),
                _ => None,
            };
            self.take(event, seq);
            if let Some(time) = time {
                return Ok(time);
            }
        }
    }

    /// Like [`sync`](Self::sync), until no question is open that an event raised meanwhile.
    fn settle(&mut self) -> Result<(), Lost> {
        for _ in 0..3 {
            self.sync()?;
            self.end_of_batch()?;
            if self.asks.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// After a call that may have taken in events: makes [`as_fd`](Self::as_fd) readable once more, so
    /// that a caller who only waits for that drains them.
    fn leave(&mut self) -> Result<(), Lost> {
        self.end_of_batch()?;
        if !self.out.is_empty() {
            self.probe()?;
        }
        Ok(())
    }

    fn end_of_batch(&mut self) -> Result<(), Lost> {
        self.ask_dirty();
        self.ask_pointer()?;
        self.mark_gate()?;
        self.flush_focus();
        if std::mem::take(&mut self.screen_changed) && self.streams.screen {
            self.out.push_back(Event::ScreenChanged(boot_now()));
        }
        if self.asks.last() > self.marked {
            self.mark()?;
        }
        self.conn.flush().map_err(|_| Lost)
    }

    /// Server time as boot time.
    fn stamp(&mut self, server: u32) -> Millis {
        if server == 0 {
            return self.wire_time;
        }
        let at = self.clock.to_boot(server);
        self.wire_time = self.wire_time.max(at);
        at
    }

    fn take(&mut self, event: XEvent, seq: SequenceNumber) {
        if matches!(event, XEvent::Error(_)) {
            // Windows come and go between a question and its answer.
            return;
        }
        self.answer_through(seq);
        self.heard_through(seq);
        if !matches!(event, XEvent::XinputFocusIn(_) | XEvent::XinputFocusOut(_)) {
            self.flush_focus();
        }
        match event {
            XEvent::PropertyNotify(e) if e.window == self.marker => {
                let at = self.stamp(e.time);
                let at = self.oldest_unanswered().map_or(at, |t| at.min(t));
                self.out.push_back(Event::UpTo(at));
            }
            XEvent::CreateNotify(e) => self.on_create(&e),
            XEvent::DestroyNotify(e) => self.on_destroy(e.event, e.window),
            XEvent::MapNotify(e) => self.on_map(e.event, e.window, e.override_redirect),
            XEvent::UnmapNotify(e) => self.on_unmap(e.event, e.window),
            XEvent::ReparentNotify(e) => self.on_reparent(&e),
            XEvent::ConfigureNotify(e) => self.on_configure(&e),
            XEvent::CirculateNotify(e) => self.on_circulate(&e),
            XEvent::GravityNotify(e) => self.on_gravity(e.event, e.window, e.x, e.y),
            XEvent::PropertyNotify(e) => self.on_property(&e),
            XEvent::ShapeNotify(e) => self.on_shape(&e),
            XEvent::XinputFocusIn(e) => self.on_focus(&e, true),
            XEvent::XinputFocusOut(e) => self.on_focus(&e, false),
            XEvent::XinputRawKeyPress(e) => self.on_raw_key(&e),
            XEvent::XinputRawButtonPress(e) => self.on_raw_button(&e),
            XEvent::XinputRawMotion(e) => self.on_raw_motion(e.time),
            XEvent::XkbStateNotify(e) => self.keys.on_state(&e),
            XEvent::XkbMapNotify(_) | XEvent::XkbNewKeyboardNotify(_) => self.keys.keymap_changed(),
            XEvent::DamageNotify(e) => self.on_damage(&e, seq),
            XEvent::ButtonPress(e) => self.on_pill_press(&e),
            XEvent::ButtonRelease(e) => self.on_pill_release(&e),
            XEvent::MotionNotify(e) => self.on_pill_drag(&e),
            XEvent::RandrScreenChangeNotify(_) | XEvent::RandrNotify(_) => self.ask_monitors(),
            _ => {}
        }
    }

    /// Takes one answer; `None` for an error.
    fn answer<R: x11rb::x11_utils::TryParse>(&self, seq: SequenceNumber) -> Option<R> {
        match self.conn.wait_for_reply_or_raw_error(seq) {
            Ok(x11rb::connection::ReplyOrError::Reply(buf)) => R::try_parse(buf.as_ref()).ok().map(|(r, _)| r),
            Ok(x11rb::connection::ReplyOrError::Error(_)) | Err(_) => None,
        }
    }
}
