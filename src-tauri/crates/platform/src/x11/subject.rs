//! Applications' windows: what they say of themselves and to whom they belong.

use std::collections::{BTreeMap, HashMap};

use x11rb::connection::SequenceNumber;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, GetGeometryReply, GetPropertyReply, PropertyNotifyEvent, TranslateCoordinatesReply,
};

use crate::owner::{self, Known, Origin, Purpose};
use crate::region::Rect;
use crate::types::{Event, Facts, Kind, Millis, WindowId};

use super::Display;
use super::ask::{Ask, seq_of};

/// What was read of a window.
#[derive(Default)]
struct Read {
    pid: Option<u32>,
    class: Option<String>,
    instance: Option<String>,
    app_id: Option<String>,
    title: Option<String>,
    purpose: Purpose,
    transient: u32,
    fullscreen: bool,
}

/// An application's window, or a top-level window that no window manager looks after.
struct Subject {
    top: u32,
    /// Its frame is its parent.
    direct: bool,
    /// Within the top-level window, where known.
    place: Option<Rect>,
    size: Rect,
    /// It was asked what it is.
    asked: bool,
    read: Option<Read>,
    reported: Option<Facts>,
}

/// The requests of one [`Ask::Subject`].
#[derive(Default)]
pub(super) struct SubjectSeqs {
    pid: Option<SequenceNumber>,
    class: Option<SequenceNumber>,
    net_name: Option<SequenceNumber>,
    name: Option<SequenceNumber>,
    kind: Option<SequenceNumber>,
    transient: Option<SequenceNumber>,
    state: Option<SequenceNumber>,
    app_ids: [Option<SequenceNumber>; 3],
    geometry: Option<SequenceNumber>,
    offset: Option<SequenceNumber>,
    titles_only: bool,
}

#[derive(Default)]
pub(super) struct Subjects {
    map: HashMap<u32, Subject>,
    /// To be asked anew, since when, and whether only for the title.
    dirty: BTreeMap<u32, (Millis, bool)>,
    pub(super) wm_pid: Option<u32>,
}

impl Subjects {
    pub(super) fn oldest_dirty(&self) -> Option<Millis> {
        self.dirty.values().map(|(at, _)| *at).min()
    }

    pub(super) fn size_of(&self, id: u32) -> Option<Rect> {
        self.map.get(&id).map(|s| s.size)
    }

    /// Whether it is an application's window inside a frame.
    pub(super) fn is_client(&self, id: u32) -> bool {
        self.map.get(&id).is_some_and(|s| s.top != id)
    }

    /// Whether it is known to be a window in its own right, or its answers are still to come. A frame has no name of its
    /// own, and is the window manager's; mostly it is not even asked, as it takes its window in before it is mapped.
    fn is_no_frame(&self, id: u32) -> bool {
        let Some(subject) = self.map.get(&id).filter(|s| s.asked) else { return false };
        subject.read.as_ref().is_none_or(|read| {
            read.class.is_some()
                || read.app_id.is_some()
                || read.purpose == Purpose::Shell
                || self.wm_pid.is_some_and(|wm| read.pid != Some(wm))
        })
    }

    pub(super) fn top_of(&self, id: u32) -> Option<u32> {
        self.map.get(&id).map(|s| s.top)
    }

    /// Its place within its frame.
    pub(super) fn place_of(&self, id: u32) -> Option<Rect> {
        self.map.get(&id).and_then(|s| s.place)
    }

    fn mark_dirty(&mut self, id: u32, since: Millis, titles_only: bool) {
        let entry = self.dirty.entry(id).or_insert((since, titles_only));
        entry.0 = entry.0.min(since);
        entry.1 &= titles_only;
    }
}

fn text(reply: Option<GetPropertyReply>) -> Option<String> {
    let value = reply?.value;
    (!value.is_empty()).then(|| String::from_utf8_lossy(&value).into_owned())
}

fn latin1(reply: Option<GetPropertyReply>) -> Option<String> {
    let value = reply?.value;
    (!value.is_empty()).then(|| match String::from_utf8(value) {
        Ok(s) => s,
        Err(e) => e.into_bytes().iter().map(|b| char::from(*b)).collect(),
    })
}

impl Display {
    /// A window that may become an application's.
    pub(super) fn subject_appeared(&mut self, id: u32, top: u32) {
        if self.is_own(id) {
            return;
        }
        let size = self.stack.get(top).map(|t| t.rect).unwrap_or_default();
        let subject = self.subjects.map.entry(id).or_insert(Subject {
            top,
            direct: false,
            place: None,
            size: Rect { x: 0, y: 0, ..size },
            asked: false,
            read: None,
            reported: None,
        });
        subject.top = top;
    }

    pub(super) fn subject_mapped(&mut self, id: u32) {
        if self.subjects.map.contains_key(&id) {
            let since = self.wire_time;
            self.subjects.mark_dirty(id, since, false);
        }
    }

    pub(super) fn subject_gone(&mut self, id: u32) {
        self.subjects.dirty.remove(&id);
        for top in &mut self.stack.tops {
            top.clients.retain(|c| *c != id);
        }
        self.focus_lost_window(id);
        if let Some(subject) = self.subjects.map.remove(&id)
            && subject.reported.is_some()
        {
            let at = self.now();
            self.out.push_back(Event::WindowGone(at, WindowId(id.into())));
        }
    }

    pub(super) fn client_moved(&mut self, id: u32, rect: Rect) {
        let since = self.wire_time;
        let Some(subject) = self.subjects.map.get_mut(&id) else { return };
        subject.size = Rect { x: 0, y: 0, ..rect };
        if subject.top == id {
            return;
        }
        if subject.direct {
            subject.place = Some(rect);
        } else {
            subject.place = None;
            self.subjects.mark_dirty(id, since, false);
        }
    }

    /// A window manager put an application's window into a frame. Something else that takes a window in, as a panel takes
    /// icons, stays what it is.
    pub(super) fn attach_client(&mut self, client: u32, frame: u32, direct: bool) {
        if self.is_own(client) || self.subjects.is_no_frame(frame) {
            return;
        }
        if !self.subjects.map.contains_key(&client) {
            self.subject_appeared(client, frame);
            self.select_on(client);
        }
        let Some(top) = self.stack.get_mut(frame) else { return };
        if !top.clients.contains(&client) {
            top.clients.push(client);
        }
        if let Some(subject) = self.subjects.map.get_mut(&client) {
            subject.top = frame;
            subject.direct = direct;
            subject.place = None;
        }
        // The frame is not a window of its own any more.
        self.subjects.dirty.remove(&frame);
        if self.subjects.map.remove(&frame).is_some_and(|s| s.reported.is_some()) {
            let at = self.now();
            self.out.push_back(Event::WindowGone(at, WindowId(frame.into())));
        }
        let since = self.wire_time;
        self.subjects.mark_dirty(client, since, false);
        self.ask_focus();
        self.screen_changed = true;
    }

    /// It was taken out of its frame.
    pub(super) fn detach_client(&mut self, client: u32) {
        for top in &mut self.stack.tops {
            top.clients.retain(|c| *c != client);
        }
        if let Some(subject) = self.subjects.map.get_mut(&client) {
            subject.top = client;
            subject.place = None;
        }
    }

    pub(super) fn on_property(&mut self, e: &PropertyNotifyEvent) {
        let since = self.stamp(e.time);
        if e.window == self.root {
            if e.atom == self.atoms._NET_SUPPORTING_WM_CHECK {
                self.ask_wm();
            } else if e.atom == self.atoms._NET_CLIENT_LIST {
                self.ask_clients();
            } else if e.atom == self.atoms._NET_WORKAREA {
                self.ask_workarea();
            }
            return;
        }
        if e.atom == self.atoms._NET_WM_WINDOW_OPACITY {
            self.ask_opacity(e.window, since);
            return;
        }
        if self.subjects.map.get(&e.window).is_none_or(|s| !s.asked) {
            // Asked for when it is mapped.
            return;
        }
        let a = &self.atoms;
        if e.atom == a._NET_WM_NAME || e.atom == a.WM_NAME {
            if self.streams.focus_titles {
                self.subjects.mark_dirty(e.window, since, true);
            }
        } else if [
            a.WM_CLASS,
            a.WM_TRANSIENT_FOR,
            a._NET_WM_STATE,
            a._NET_WM_WINDOW_TYPE,
            a._GTK_APPLICATION_ID,
            a._KDE_NET_WM_DESKTOP_FILE,
            a._BAMF_DESKTOP_FILE,
        ]
        .contains(&e.atom)
        {
            self.subjects.mark_dirty(e.window, since, false);
        }
    }

    /// Titles are wanted, or no longer.
    pub(super) fn forget_or_ask_titles(&mut self) {
        let since = self.wire_time;
        let ids: Vec<u32> = self.subjects.map.keys().copied().collect();
        for id in ids {
            if self.streams.focus_titles {
                self.subjects.mark_dirty(id, since, true);
            } else if let Some(s) = self.subjects.map.get_mut(&id) {
                if let Some(read) = &mut s.read {
                    read.title = None;
                }
                if let Some(facts) = &mut s.reported {
                    facts.title = None;
                }
            }
        }
    }

    pub(super) fn ask_dirty(&mut self) {
        for (id, (since, titles_only)) in std::mem::take(&mut self.subjects.dirty) {
            let Some(subject) = self.subjects.map.get_mut(&id) else { continue };
            let titles_only = titles_only && subject.read.is_some();
            subject.asked = true;
            let top = subject.top;
            let a = &self.atoms;
            let get = |atom: u32, words: u32| seq_of(self.conn.get_property(false, id, atom, AtomEnum::ANY, 0, words));
            let mut seqs = SubjectSeqs { titles_only, ..SubjectSeqs::default() };
            if self.streams.focus_titles {
                seqs.net_name = get(a._NET_WM_NAME, 1024);
                seqs.name = get(a.WM_NAME, 1024);
            }
            if !titles_only {
                seqs.pid = self.ask_pid(id);
                seqs.class = get(a.WM_CLASS, 256);
                seqs.kind = get(a._NET_WM_WINDOW_TYPE, 32);
                seqs.transient = get(a.WM_TRANSIENT_FOR, 1);
                seqs.state = get(a._NET_WM_STATE, 64);
                seqs.app_ids = [
                    get(a._GTK_APPLICATION_ID, 256),
                    get(a._KDE_NET_WM_DESKTOP_FILE, 256),
                    get(a._BAMF_DESKTOP_FILE, 256),
                ];
            }
            if !titles_only && top != id {
                seqs.geometry = seq_of(self.conn.get_geometry(id));
                seqs.offset = seq_of(self.conn.translate_coordinates(id, top, 0, 0));
            }
            let last = seqs.last();
            if last > 0 {
                self.asks.push(last, since, Ask::Subject { id, seqs: Box::new(seqs) });
            }
        }
    }

    pub(super) fn learn_subject(&mut self, id: u32, seqs: &SubjectSeqs, since: Millis) {
        let property = |seq: Option<SequenceNumber>| seq.and_then(|s| self.answer::<GetPropertyReply>(s));
        let title = text(property(seqs.net_name));
        let title = title.or(latin1(property(seqs.name)));
        let read = if seqs.titles_only {
            None
        } else {
            let class = latin1(property(seqs.class)).unwrap_or_default();
            let mut parts = class.split('\0').map(|s| (!s.is_empty()).then(|| s.to_owned()));
            let instance = parts.next().flatten();
            let class = parts.next().flatten();
            let atoms = |seq| -> Vec<u32> {
                property(seq).and_then(|r| r.value32().map(Iterator::collect)).unwrap_or_default()
            };
            let a = &self.atoms;
            let shell = [
                a._NET_WM_WINDOW_TYPE_DESKTOP,
                a._NET_WM_WINDOW_TYPE_DOCK,
                a._NET_WM_WINDOW_TYPE_NOTIFICATION,
                a._NET_WM_WINDOW_TYPE_SPLASH,
            ];
            let purpose =
                if atoms(seqs.kind).iter().any(|t| shell.contains(t)) { Purpose::Shell } else { Purpose::Ordinary };
            Some(Read {
                pid: self.answer_pid(seqs.pid),
                class,
                instance,
                app_id: seqs.app_ids.iter().map(|s| text(property(*s))).fold(None, Option::or),
                title: None,
                purpose,
                transient: atoms(seqs.transient).first().copied().unwrap_or(0),
                fullscreen: atoms(seqs.state).contains(&a._NET_WM_STATE_FULLSCREEN),
            })
        };
        let geometry: Option<GetGeometryReply> = seqs.geometry.and_then(|s| self.answer(s));
        let offset: Option<TranslateCoordinatesReply> = seqs.offset.and_then(|s| self.answer(s));
        let Some(subject) = self.subjects.map.get_mut(&id) else { return };
        if let (Some(g), Some(o)) = (geometry, offset)
            && subject.top != id
        {
            subject.size = Rect::new(0, 0, g.width.into(), g.height.into());
            subject.place = Some(subject.size.moved(o.dst_x.into(), o.dst_y.into()));
            self.screen_changed = true;
        }
        let before = subject.read.as_ref().map(|r| (r.pid, r.purpose, r.transient));
        if let Some(read) = read {
            subject.read = Some(read);
        }
        if let Some(read) = &mut subject.read {
            read.title = if self.streams.focus_titles { title } else { None };
        }
        if before != subject.read.as_ref().map(|r| (r.pid, r.purpose, r.transient)) {
            self.screen_changed = true;
        }
        self.report(id, since);
    }

    /// A window that no window manager looks after covers a monitor now, or no longer, if it was given another place or the
    /// monitor was.
    pub(super) fn report_cover(&mut self, id: u32) {
        if self.stack.get(id).is_some_and(|top| top.unmanaged) {
            let since = self.wire_time;
            self.report(id, since);
        }
    }

    fn report(&mut self, id: u32, since: Millis) {
        let Some(facts) = self.facts(id) else { return };
        let Some(subject) = self.subjects.map.get_mut(&id) else { return };
        if subject.reported.as_ref() != Some(&facts) {
            subject.reported = Some(facts.clone());
            self.out.push_back(Event::Window(since, facts));
        }
    }

    fn subject_of_window(&self, window: u32) -> Option<u32> {
        if self.subjects.map.contains_key(&window) {
            return Some(window);
        }
        self.stack.get(window).map(super::stack::Top::subject).filter(|s| self.subjects.map.contains_key(s))
    }

    fn kind_of(&self, subject: &Subject, read: &Read) -> Kind {
        let top = self.stack.get(subject.top);
        let framed = top.is_some_and(|t| !t.clients.is_empty());
        let transient = self.subject_of_window(read.transient).map(|id| {
            let pid = self.subjects.map.get(&id).and_then(|s| s.read.as_ref()).and_then(|r| r.pid);
            (WindowId(id.into()), pid)
        });
        owner::kind(&Origin {
            own: false,
            purpose: read.purpose,
            unmanaged: !framed && top.is_none_or(|t| t.unmanaged),
            pid: read.pid,
            wm_pid: self.subjects.wm_pid,
            self_pid: std::process::id(),
            transient,
            shared_frame: top.is_some_and(|t| t.clients.len() > 1),
        })
    }

    fn facts(&self, id: u32) -> Option<Facts> {
        let subject = self.subjects.map.get(&id)?;
        let read = subject.read.as_ref()?;
        let top = self.stack.get(subject.top);
        let covers_monitor = top.is_some_and(|t| {
            t.unmanaged && t.clients.is_empty() && self.pill.monitors().any(|m| m.intersect(t.outer()) == m)
        });
        Some(Facts {
            id: WindowId(id.into()),
            kind: self.kind_of(subject, read),
            pid: read.pid,
            class: read.class.clone(),
            instance: read.instance.clone(),
            app_id: read.app_id.clone(),
            title: read.title.clone(),
            fullscreen: read.fullscreen || covers_monitor,
        })
    }

    /// All windows that are known, for deciding on popups.
    pub(super) fn known(&self) -> Vec<Known> {
        let mut known: Vec<Known> = self
            .subjects
            .map
            .iter()
            .filter_map(|(id, s)| {
                let read = s.read.as_ref()?;
                Some(Known { id: WindowId((*id).into()), kind: self.kind_of(s, read), pid: read.pid })
            })
            .collect();
        known.sort_unstable_by_key(|k| k.id);
        known
    }

    pub(super) fn ask_clients(&mut self) {
        let atom = self.atoms._NET_CLIENT_LIST;
        if let Some(seq) = seq_of(self.conn.get_property(false, self.root, atom, AtomEnum::WINDOW, 0, 4096)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::Clients { seq });
        }
    }

    /// A window that was being framed when stock was taken is known by this list only: its frame had come before, and
    /// what marks it as an application's came after.
    pub(super) fn learn_clients(&mut self, seq: SequenceNumber) {
        let reply: Option<GetPropertyReply> = self.answer(seq);
        let listed: Vec<u32> = reply.and_then(|r| r.value32().map(Iterator::collect)).unwrap_or_default();
        for client in listed {
            if self.stack.get(client).is_none()
                && !self.subjects.is_client(client)
                && let Some(seq) = seq_of(self.conn.query_tree(client))
            {
                let cause = self.wire_time;
                self.asks.push(seq, cause, Ask::ReparentClimb { client, steps: 0, seq });
            }
        }
    }

    pub(super) fn ask_wm(&mut self) {
        let atom = self.atoms._NET_SUPPORTING_WM_CHECK;
        if let Some(seq) = seq_of(self.conn.get_property(false, self.root, atom, AtomEnum::WINDOW, 0, 1)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::WmCheck { seq });
        }
    }

    pub(super) fn learn_wm_check(&mut self, seq: SequenceNumber) {
        let reply: Option<GetPropertyReply> = self.answer(seq);
        let window = reply.and_then(|r| r.value32().and_then(|mut v| v.next())).unwrap_or(0);
        self.subjects.wm_pid = None;
        if window != 0
            && let Some(seq) = self.ask_pid(window)
        {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::WmPid { seq });
        }
    }

    pub(super) fn learn_wm_pid(&mut self, seq: SequenceNumber) {
        self.subjects.wm_pid = self.answer_pid(Some(seq));
        let since = self.wire_time;
        let ids: Vec<u32> = self.subjects.map.keys().copied().collect();
        for id in ids {
            self.report(id, since);
        }
        self.screen_changed = true;
    }
}

impl SubjectSeqs {
    fn last(&self) -> SequenceNumber {
        let all = [self.pid, self.class, self.net_name, self.name, self.kind, self.transient, self.state];
        all.into_iter().chain(self.app_ids).chain([self.geometry, self.offset]).flatten().max().unwrap_or(0)
    }
}
