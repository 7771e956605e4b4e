//! The children of the root in stacking order: place, shape, opacity, and whose they are.

use x11rb::connection::{Connection, SequenceNumber};
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::xinput::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    self, CirculateNotifyEvent, ConfigureNotifyEvent, ConnectionExt as _, CreateNotifyEvent, EventMask, Place,
    ReparentNotifyEvent, WindowClass,
};

use crate::clock::boot_now;
use crate::region::{Rect, Region};
use crate::types::Millis;

use super::Display;
use super::ask::{Ask, seq_of};

/// A child of the root.
pub(super) struct Top {
    pub(super) id: u32,
    /// Without its border.
    pub(super) rect: Rect,
    pub(super) border: i32,
    pub(super) mapped: bool,
    pub(super) unmanaged: bool,
    /// `None`: not known yet.
    pub(super) input_only: Option<bool>,
    pub(super) depth: u8,
    /// Bounding shape, relative to `rect`; `None`: not known yet.
    pub(super) shape: Option<Region>,
    pub(super) opacity: u32,
    /// Applications' windows within it, if it is a frame.
    pub(super) clients: Vec<u32>,
    pub(super) own: bool,
    /// Made by the server itself: a compositor's overlay.
    pub(super) servers: bool,
}

impl Top {
    /// What it covers on the screen, whether or not its shape is known yet. How opaque it says it is does not count:
    /// without a compositor that is a word only.
    pub(super) fn covers(&self) -> Region {
        if !self.mapped || self.input_only == Some(true) || self.servers {
            return Region::default();
        }
        match &self.shape {
            Some(shape) => shape.moved(self.rect.x, self.rect.y),
            None => Region::of(self.outer()),
        }
    }

    pub(super) fn outer(&self) -> Rect {
        let b = self.border;
        Rect::new(self.rect.x - b, self.rect.y - b, self.rect.width + 2 * b, self.rect.height + 2 * b)
    }

    /// The window that people would name: the application's, or itself.
    pub(super) fn subject(&self) -> u32 {
        self.clients.first().copied().unwrap_or(self.id)
    }
}

/// Bottom to top.
#[derive(Default)]
pub(super) struct Stack {
    pub(super) tops: Vec<Top>,
    /// The server's screen saver, which does cover.
    pub(super) saver: u32,
}

impl Stack {
    fn index(&self, id: u32) -> Option<usize> {
        self.tops.iter().position(|t| t.id == id)
    }

    pub(super) fn get(&self, id: u32) -> Option<&Top> {
        self.tops.iter().find(|t| t.id == id)
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Top> {
        self.tops.iter_mut().find(|t| t.id == id)
    }

    fn remove(&mut self, id: u32) -> Option<Top> {
        self.index(id).map(|i| self.tops.remove(i))
    }

    /// Puts `id` just above `below`; 0 = at the bottom.
    fn restack(&mut self, id: u32, below: u32) {
        let Some(top) = self.remove(id) else { return };
        let at = if below == 0 { 0 } else { self.index(below).map_or(self.tops.len(), |i| i + 1) };
        self.tops.insert(at, top);
    }

    /// The windows in sight at this pixel, by their outlines, bottom to top.
    pub(super) fn at(&self, pixel: Rect) -> impl DoubleEndedIterator<Item = u32> {
        let here = move |t: &&Top| t.mapped && !t.servers && !t.outer().intersect(pixel).is_empty();
        self.tops.iter().filter(here).map(|t| t.id)
    }

    /// The windows in sight and their outlines, bottom to top.
    pub(super) fn outlines(&self) -> Vec<(u32, Rect)> {
        self.tops.iter().filter(|t| t.mapped && !t.servers).map(|t| (t.id, t.outer())).collect()
    }

    /// What lies over `id`, clipped to `within`.
    pub(super) fn above(&self, id: u32, within: Rect) -> Region {
        let mut region = Region::default();
        let Some(i) = self.index(id) else { return region };
        for top in self.tops.iter().skip(i + 1).filter(|t| !t.outer().intersect(within).is_empty()) {
            for r in top.covers().clipped(within).rects() {
                region.add(*r);
            }
        }
        region
    }
}

impl Display {
    /// Adds a child of the root at the top of the stack, and asks what it is.
    pub(super) fn add_top(&mut self, id: u32, rect: Rect, border: i32, unmanaged: bool) {
        if self.stack.get(id).is_some() {
            return;
        }
        let bits = self.conn.setup().resource_id_mask.count_ones();
        self.stack.tops.push(Top {
            id,
            rect,
            border,
            mapped: false,
            unmanaged,
            input_only: None,
            depth: 0,
            shape: None,
            opacity: u32::MAX,
            clients: Vec::new(),
            own: self.is_own(id),
            servers: id >> bits == 0 && id != self.stack.saver,
        });
        self.select_on(id);
        let cause = self.wire_time;
        let attributes = seq_of(self.conn.get_window_attributes(id));
        let geometry = seq_of(self.conn.get_geometry(id));
        if let (Some(attributes), Some(geometry)) = (attributes, geometry) {
            self.asks.push(geometry, cause, Ask::Top { id, attributes, geometry });
        }
        self.ask_shape(id, cause);
        self.ask_opacity(id, cause);
        self.ask_focus();
        self.watch_damage(id);
    }

    /// The pill, or the marker.
    pub(super) fn is_own(&self, id: u32) -> bool {
        id == self.marker || self.pill.owns(id)
    }

    /// Hears of a window's properties, structure, shape and focus.
    pub(super) fn select_on(&mut self, id: u32) {
        if self.is_own(id) {
            return;
        }
        let mask = EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_NOTIFY;
        let _ = self.conn.change_window_attributes(id, &xproto::ChangeWindowAttributesAux::new().event_mask(mask));
        let focus = xinput::XIEventMask::FOCUS_IN | xinput::XIEventMask::FOCUS_OUT;
        let masks = [xinput::EventMask { deviceid: self.seat.keyboard, mask: vec![focus] }];
        let _ = self.conn.xinput_xi_select_events(id, &masks);
        let _ = self.conn.shape_select_input(id, true);
    }

    fn ask_shape(&mut self, id: u32, cause: Millis) {
        if let Some(seq) = seq_of(self.conn.shape_get_rectangles(id, shape::SK::BOUNDING)) {
            self.asks.push(seq, cause, Ask::Shape { id, seq });
        }
    }

    pub(super) fn ask_opacity(&mut self, id: u32, cause: Millis) {
        let atom = self.atoms._NET_WM_WINDOW_OPACITY;
        if let Some(seq) = seq_of(self.conn.get_property(false, id, atom, xproto::AtomEnum::CARDINAL, 0, 1)) {
            self.asks.push(seq, cause, Ask::Opacity { id, seq });
        }
    }

    pub(super) fn learn_top(&mut self, id: u32, attributes: SequenceNumber, geometry: SequenceNumber) {
        let attributes: Option<xproto::GetWindowAttributesReply> = self.answer(attributes);
        let geometry: Option<xproto::GetGeometryReply> = self.answer(geometry);
        let Some(top) = self.stack.get_mut(id) else { return };
        if let Some(a) = attributes {
            top.input_only = Some(a.class == WindowClass::INPUT_ONLY);
        }
        if let Some(g) = geometry {
            top.depth = g.depth;
        }
        let rect = top.outer();
        self.pill_may_have_changed(rect);
        self.screen_changed = true;
    }

    pub(super) fn learn_shape(&mut self, id: u32, seq: SequenceNumber, cause: Millis) {
        let reply: Option<shape::GetRectanglesReply> = self.answer(seq);
        let Some(top) = self.stack.get_mut(id) else { return };
        let Some(reply) = reply else { return };
        let rects = reply.rectangles.iter().map(|r| Rect::new(r.x.into(), r.y.into(), r.width.into(), r.height.into()));
        top.shape = Some(Region::from_rects(rects));
        let rect = top.outer();
        self.screen_changed = true;
        self.pill_changed_since(rect, cause);
    }

    pub(super) fn learn_opacity(&mut self, id: u32, seq: SequenceNumber, cause: Millis) {
        let reply: Option<xproto::GetPropertyReply> = self.answer(seq);
        let opacity = reply.and_then(|r| r.value32().and_then(|mut v| v.next())).unwrap_or(u32::MAX);
        let Some(top) = self.stack.get_mut(id) else { return };
        top.opacity = opacity;
        let rect = top.outer();
        self.pill_changed_since(rect, cause);
    }

    pub(super) fn on_create(&mut self, e: &CreateNotifyEvent) {
        if e.parent != self.root {
            return;
        }
        let b = i32::from(e.border_width);
        let rect = Rect::new(i32::from(e.x) + b, i32::from(e.y) + b, e.width.into(), e.height.into());
        self.add_top(e.window, rect, b, e.override_redirect);
        self.subject_appeared(e.window, e.window);
    }

    pub(super) fn on_destroy(&mut self, event: u32, window: u32) {
        self.changed_within(event);
        self.subject_gone(window);
        if event == self.root
            && let Some(top) = self.stack.remove(window)
        {
            for client in &top.clients {
                self.subject_gone(*client);
            }
            self.forget_surface(window);
            self.stack_changed(top.outer());
            self.pill_window_gone(window);
        }
    }

    pub(super) fn on_map(&mut self, event: u32, window: u32, unmanaged: bool) {
        if event != self.root {
            self.changed_within(event);
            return;
        }
        let Some(top) = self.stack.get_mut(window) else { return };
        top.mapped = true;
        top.unmanaged = unmanaged;
        let (rect, subject) = (top.outer(), top.subject());
        self.stack_changed(rect);
        self.surface_reset(window);
        self.subject_mapped(subject);
        self.ask_focus();
    }

    pub(super) fn on_unmap(&mut self, event: u32, window: u32) {
        if event != self.root {
            self.changed_within(event);
            return;
        }
        let Some(top) = self.stack.get_mut(window) else { return };
        top.mapped = false;
        let rect = top.outer();
        self.drop_pixmap(window);
        self.stack_changed(rect);
    }

    pub(super) fn on_configure(&mut self, e: &ConfigureNotifyEvent) {
        if e.window == self.root {
            self.screen_size_changed(e.width, e.height);
            return;
        }
        if e.event != self.root {
            // What a window manager only tells its client changes nothing.
            if e.response_type & 0x80 == 0 {
                self.changed_within(e.event);
                self.client_moved(e.window, Rect::new(e.x.into(), e.y.into(), e.width.into(), e.height.into()));
            }
            return;
        }
        let b = i32::from(e.border_width);
        let rect = Rect::new(i32::from(e.x) + b, i32::from(e.y) + b, e.width.into(), e.height.into());
        let Some(top) = self.stack.get_mut(e.window) else { return };
        let old = top.outer();
        let resized = (top.rect.width, top.rect.height, top.border) != (rect.width, rect.height, b);
        top.rect = rect;
        top.border = b;
        top.unmanaged = e.override_redirect;
        let new = top.outer();
        self.stack.restack(e.window, e.above_sibling);
        self.all_stale(e.window);
        self.stack_changed(old);
        self.pill_may_have_changed(new);
        if resized {
            // Without an own shape its bounding shape is its size.
            let cause = self.wire_time;
            if let Some(top) = self.stack.get_mut(e.window) {
                top.shape = None;
            }
            self.ask_shape(e.window, cause);
            self.surface_reset(e.window);
        }
        self.report_cover(e.window);
    }

    pub(super) fn on_circulate(&mut self, e: &CirculateNotifyEvent) {
        if e.event != self.root {
            self.changed_within(e.event);
            return;
        }
        let Some(top) = self.stack.remove(e.window) else { return };
        let rect = top.outer();
        if e.place == Place::ON_TOP {
            self.stack.tops.push(top)
        } else {
            self.stack.tops.insert(0, top)
        }
        self.all_stale(e.window);
        self.stack_changed(rect);
    }

    pub(super) fn on_gravity(&mut self, event: u32, window: u32, x: i16, y: i16) {
        if event != self.root {
            self.changed_within(event);
            return;
        }
        let Some(top) = self.stack.get_mut(window) else { return };
        let old = top.outer();
        top.rect.x = i32::from(x) + top.border;
        top.rect.y = i32::from(y) + top.border;
        let new = top.outer();
        self.all_stale(window);
        self.stack_changed(old);
        self.pill_may_have_changed(new);
    }

    pub(super) fn on_reparent(&mut self, e: &ReparentNotifyEvent) {
        if e.event != self.root && e.event != e.window {
            self.changed_within(e.event);
            return;
        }
        if e.parent == self.root {
            self.detach_client(e.window);
            let rect = self.subjects.size_of(e.window).unwrap_or(Rect::new(0, 0, 1, 1));
            self.add_top(e.window, Rect { x: e.x.into(), y: e.y.into(), ..rect }, 0, e.override_redirect);
            self.subject_appeared(e.window, e.window);
            let rect = self.stack.get(e.window).map(Top::outer).unwrap_or_default();
            self.stack_changed(rect);
            return;
        }
        if let Some(top) = self.stack.remove(e.window) {
            self.forget_surface(e.window);
            self.stack_changed(top.outer());
        }
        self.detach_client(e.window);
        if self.stack.get(e.parent).is_some() {
            self.attach_client(e.window, e.parent, true);
        } else if let Some(seq) = seq_of(self.conn.query_tree(e.parent)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::ReparentClimb { client: e.window, steps: 0, seq });
        }
    }

    pub(super) fn learn_reparent(&mut self, client: u32, steps: u32, seq: SequenceNumber) {
        let Some(reply) = self.answer::<xproto::QueryTreeReply>(seq) else { return };
        let up = reply.parent;
        // Inside another application's window it is a part of that one (a plug, a tray icon).
        if up == 0 || up == self.root || self.subjects.is_client(up) || steps > 4 {
            return;
        }
        if self.stack.get(up).is_some() {
            self.attach_client(client, up, false);
        } else if let Some(seq) = seq_of(self.conn.query_tree(up)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::ReparentClimb { client, steps: steps + 1, seq });
        }
    }

    pub(super) fn on_shape(&mut self, e: &shape::NotifyEvent) {
        if e.shape_kind != shape::SK::BOUNDING || self.stack.get(e.affected_window).is_none() {
            return;
        }
        let cause = self.stamp(e.server_time);
        if let Some(top) = self.stack.get_mut(e.affected_window) {
            top.shape = None;
        }
        self.stack_changed(Rect::default());
        self.ask_shape(e.affected_window, cause);
        // What was drawn while a part was cut away is reported by its hull, as if it had been drawn there too.
        self.surface_reset(e.affected_window);
    }

    /// Something at this place was stacked, moved, mapped or unmapped.
    fn stack_changed(&mut self, rect: Rect) {
        self.screen_changed = true;
        self.gate_changed(None);
        self.pill_may_have_changed(rect);
    }

    /// An inner window of `window`'s, or itself inside its frame, changed.
    fn changed_within(&mut self, window: u32) {
        let top = self.subjects.top_of(window).unwrap_or(window);
        if window != self.root {
            self.all_stale(top);
            self.gate_changed(Some(top));
        }
    }

    /// The present, for good news without a time of its own.
    pub(super) fn now(&self) -> Millis {
        boot_now()
    }
}
