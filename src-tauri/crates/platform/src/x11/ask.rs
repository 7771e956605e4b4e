//! Questions to the server, answered in order and without waiting.

use std::collections::VecDeque;

use x11rb::connection::SequenceNumber;
use x11rb::cookie::Cookie;
use x11rb::errors::ConnectionError;
use x11rb::protocol::res::{self, ConnectionExt as _};
use x11rb::xcb_ffi::XCBConnection;

use crate::region::Rect;
use crate::types::{Millis, PointerKind};

use super::Display;
use super::subject::SubjectSeqs;

/// A question, with the sequence numbers of its requests.
pub(super) enum Ask {
    /// What sort of window a new child of the root is.
    Top {
        id: u32,
        attributes: SequenceNumber,
        geometry: SequenceNumber,
    },
    Shape {
        id: u32,
        seq: SequenceNumber,
    },
    Opacity {
        id: u32,
        seq: SequenceNumber,
    },
    Subject {
        id: u32,
        seqs: Box<SubjectSeqs>,
    },
    /// Where the focus is, after a window was selected on.
    Focus {
        seq: SequenceNumber,
    },
    /// To which window a focused inner window belongs.
    FocusClimb {
        from: u32,
        steps: u32,
        turn: u64,
        seq: SequenceNumber,
    },
    /// Into which top-level window an application's window was put.
    ReparentClimb {
        client: u32,
        steps: u32,
        seq: SequenceNumber,
    },
    Pointer {
        kind: PointerKind,
        at: Millis,
        /// The windows in sight when that happened, and their outlines, bottom to top.
        then: Vec<(u32, Rect)>,
        seq: SequenceNumber,
    },
    Monitors {
        seq: SequenceNumber,
    },
    Workarea {
        seq: SequenceNumber,
    },
    /// Which applications' windows the window manager looks after.
    Clients {
        seq: SequenceNumber,
    },
    /// Which process the window manager is.
    WmCheck {
        seq: SequenceNumber,
    },
    WmPid {
        seq: SequenceNumber,
    },
}

struct Asked {
    last: SequenceNumber,
    /// When what raised the question happened, at the earliest.
    cause: Millis,
    ask: Ask,
}

#[derive(Default)]
pub(super) struct Asks {
    queue: VecDeque<Asked>,
}

impl Asks {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Sequence number of the last request of the last question.
    pub(super) fn last(&self) -> SequenceNumber {
        self.queue.back().map_or(0, |a| a.last)
    }

    pub(super) fn push(&mut self, last: SequenceNumber, cause: Millis, ask: Ask) {
        self.queue.push_back(Asked { last, cause, ask });
    }
}

/// Keeps the number of a request and lets go of its cookie, leaving the reply to be fetched.
pub(super) fn seq_of<R: x11rb::x11_utils::TryParse>(
    cookie: Result<Cookie<'_, XCBConnection, R>, ConnectionError>,
) -> Option<SequenceNumber> {
    let cookie = cookie.ok()?;
    let seq = cookie.sequence_number();
    std::mem::forget(cookie);
    Some(seq)
}

impl Display {
    /// Takes the answers of all questions whose requests the server had handled by `seq`.
    pub(super) fn answer_through(&mut self, seq: SequenceNumber) {
        while self.asks.queue.front().is_some_and(|a| a.last <= seq) {
            let Some(asked) = self.asks.queue.pop_front() else { return };
            let cause = asked.cause;
            match asked.ask {
                Ask::Top { id, attributes, geometry } => self.learn_top(id, attributes, geometry),
                Ask::Shape { id, seq } => self.learn_shape(id, seq, cause),
                Ask::Opacity { id, seq } => self.learn_opacity(id, seq, cause),
                Ask::Subject { id, seqs } => self.learn_subject(id, &seqs, cause),
                Ask::Focus { seq } => self.learn_focus(seq),
                Ask::FocusClimb { from, steps, turn, seq } => self.learn_focus_climb(from, steps, turn, seq),
                Ask::ReparentClimb { client, steps, seq } => self.learn_reparent(client, steps, seq),
                Ask::Pointer { kind, at, then, seq } => self.learn_pointer(kind, at, &then, seq),
                Ask::Monitors { seq } => self.learn_monitors(seq),
                Ask::Workarea { seq } => self.learn_workarea(seq),
                Ask::Clients { seq } => self.learn_clients(seq),
                Ask::WmCheck { seq } => self.learn_wm_check(seq),
                Ask::WmPid { seq } => self.learn_wm_pid(seq),
            }
        }
    }

    /// The time before which nothing is owed any more.
    pub(super) fn oldest_unanswered(&self) -> Option<Millis> {
        let asked = self.asks.queue.iter().map(|a| a.cause).min();
        let dirty = self.subjects.oldest_dirty();
        let moved = self.pointer.waiting_since();
        [asked, dirty, moved].into_iter().flatten().min()
    }

    pub(super) fn ask_pid(&self, window: u32) -> Option<SequenceNumber> {
        let spec = res::ClientIdSpec { client: window, mask: res::ClientIdMask::LOCAL_CLIENT_PID };
        seq_of(self.conn.res_query_client_ids(&[spec]))
    }

    /// The process behind a window, by the server's own knowledge.
    pub(super) fn answer_pid(&self, seq: Option<SequenceNumber>) -> Option<u32> {
        let reply: res::QueryClientIdsReply = self.answer(seq?)?;
        reply
            .ids
            .iter()
            .filter(|id| u32::from(id.spec.mask) & u32::from(res::ClientIdMask::LOCAL_CLIENT_PID) != 0)
            .find_map(|id| id.value.first().copied())
            .filter(|pid| *pid != 0)
    }
}
