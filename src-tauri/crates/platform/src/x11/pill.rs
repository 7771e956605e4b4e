//! The pill: one small window on each monitor.

use std::collections::HashMap;

use x11rb::connection::{Connection, SequenceNumber};
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    AtomEnum, ButtonPressEvent, ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux,
    EventMask, GetPropertyReply, ImageFormat, MotionNotifyEvent, PropMode, Rectangle, StackMode, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use crate::Lost;
use crate::clock::boot_now;
use crate::face::{PillFace, PillVisible};
use crate::pill_draw::{self, Drawn};
use crate::region::{Rect, Region};
use crate::types::{Event, Millis};

use super::Display;
use super::ask::{Ask, seq_of};

const RAISE_PACE: u64 = 10_000;
/// The pointer has to move this far for a drag.
const SLACK: i32 = 4;
const MARGIN: i32 = 6;

pub(super) struct PillWindow {
    pub(super) id: u32,
    pub(super) monitor: Monitor,
    pub(super) drawn: Region,
    width: i32,
    height: i32,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Monitor {
    pub(super) name: String,
    pub(super) rect: Rect,
}

struct Drag {
    window: u32,
    pressed: Millis,
    from: (i32, i32),
    origin: (i32, i32),
    moving: bool,
}

pub(super) struct Pill {
    pub(super) windows: Vec<PillWindow>,
    monitors: Vec<Monitor>,
    /// Rows from here on are free of panels, by the window manager's word.
    workarea: Option<Rect>,
    /// The middle of its upper edge, by monitor, relative to it.
    places: HashMap<String, (i32, i32)>,
    face: Option<PillFace>,
    drag: Option<Drag>,
    raised: Option<u64>,
    scale: f32,
    pub(super) last: Option<PillVisible>,
    /// It is being changed by ourselves: judged when done.
    pub(super) busy: bool,
}

impl Pill {
    pub(super) fn new(places: HashMap<String, (i32, i32)>, scale: f32) -> Pill {
        Pill {
            windows: Vec::new(),
            monitors: Vec::new(),
            workarea: None,
            places,
            face: None,
            drag: None,
            raised: None,
            scale,
            last: None,
            busy: false,
        }
    }

    pub(super) fn owns(&self, id: u32) -> bool {
        self.windows.iter().any(|w| w.id == id)
    }

    pub(super) fn monitors(&self) -> impl Iterator<Item = Rect> {
        self.monitors.iter().map(|m| m.rect)
    }

    pub(super) fn shown(&self) -> bool {
        self.face.is_some()
    }

    fn place(&self, monitor: &Monitor, width: i32, height: i32) -> (i32, i32) {
        let m = monitor.rect;
        #[allow(clippy::cast_possible_truncation)]
        let margin = (MARGIN as f32 * self.scale) as i32;
        let (middle, y) = self.places.get(&monitor.name).copied().unwrap_or_else(|| {
            // Below a panel at the top, if there is one on this monitor.
            let free = self.workarea.map(|w| w.intersect(m)).filter(|r| !r.is_empty()).map_or(0, |r| r.y - m.y);
            (m.width / 2, free + margin)
        });
        let x = (m.x + middle - width / 2).clamp(m.x, (m.right() - width).max(m.x));
        let y = (m.y + y).clamp(m.y, (m.bottom() - height).max(m.y));
        (x, y)
    }
}

impl Display {
    /// Shows the pill, or changes its face.
    pub fn set_pill(&mut self, face: PillFace) -> Result<(), Lost> {
        if self.pill.face.as_ref() == Some(&face) {
            return Ok(());
        }
        self.pill.face = Some(face);
        self.pill.busy = true;
        self.refresh_pill();
        let settled = self.settle();
        self.pill.busy = false;
        settled?;
        let cause = self.wire_time;
        self.judge_pill(cause);
        self.leave()
    }

    /// Maps and raises the pill, at most once in 10 s; whether it did.
    pub fn raise_pill(&mut self) -> bool {
        let now = boot_now().0;
        if self.pill.raised.is_some_and(|t| now < t + RAISE_PACE) {
            return false;
        }
        self.pill.raised = Some(now);
        self.refresh_pill();
        for w in &self.pill.windows {
            // Whoever hid it is not fought with every new face, only here.
            let _ = self.conn.map_window(w.id);
            let _ = self.conn.delete_property(w.id, self.atoms._NET_WM_WINDOW_OPACITY);
            let _ = self.conn.configure_window(w.id, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE));
        }
        let _ = self.conn.flush();
        true
    }

    /// Makes each monitor's pill what it should be.
    fn refresh_pill(&mut self) {
        let Some(face) = &self.pill.face else { return };
        let Some(drawn) = pill_draw::draw(face, self.pill.scale) else { return };
        let monitors = self.pill.monitors.clone();
        let mut old = std::mem::take(&mut self.pill.windows);
        for monitor in monitors {
            let known = old.iter().position(|w| w.monitor.name == monitor.name).map(|i| old.swap_remove(i));
            let new = known.is_none();
            let id = match known {
                Some(w) => w.id,
                None => match self.make_pill_window() {
                    Some(id) => id,
                    None => continue,
                },
            };
            let (width, height) = (i32::from(drawn.width), i32::from(drawn.height));
            let place = self.pill.place(&monitor, width, height);
            self.pill.windows.push(PillWindow { id, monitor, drawn: drawn.shape.clone(), width, height });
            self.dress_pill_window(id, &drawn, place);
            if new {
                let _ = self.conn.map_window(id);
            }
        }
        for w in old {
            let _ = self.conn.destroy_window(w.id);
        }
    }

    fn make_pill_window(&self) -> Option<u32> {
        let id = self.conn.generate_id().ok()?;
        let mask = EventMask::BUTTON_PRESS
            | EventMask::BUTTON_RELEASE
            | EventMask::BUTTON1_MOTION
            | EventMask::PROPERTY_CHANGE;
        let aux = CreateWindowAux::new().override_redirect(1).event_mask(mask).border_pixel(0);
        self.conn.create_window(0, id, self.root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &aux).ok()?;
        let class = b"eyelid\0Eyelid\0";
        let _ = self.conn.change_property8(PropMode::REPLACE, id, self.atoms.WM_CLASS, self.atoms.STRING, class);
        let utf8 = self.atoms.UTF8_STRING;
        let _ = self.conn.change_property8(PropMode::REPLACE, id, self.atoms._NET_WM_NAME, utf8, b"Eyelid");
        let _ = self.conn.shape_select_input(id, true);
        Some(id)
    }

    /// The picture becomes the window's background, so that the server keeps it on the screen by itself.
    fn dress_pill_window(&self, id: u32, drawn: &Drawn, (x, y): (i32, i32)) -> Option<()> {
        let pixmap = self.conn.generate_id().ok()?;
        let gc = self.conn.generate_id().ok()?;
        self.conn.create_pixmap(24, pixmap, self.root, drawn.width, drawn.height).ok()?;
        self.conn.create_gc(gc, pixmap, &CreateGCAux::new()).ok()?;
        self.conn
            .put_image(ImageFormat::Z_PIXMAP, pixmap, gc, drawn.width, drawn.height, 0, 0, 0, 24, &drawn.pixels)
            .ok()?;
        let aux = x11rb::protocol::xproto::ChangeWindowAttributesAux::new().background_pixmap(pixmap);
        self.conn.change_window_attributes(id, &aux).ok()?;
        let rects: Vec<Rectangle> = drawn
            .shape
            .rects()
            .iter()
            .filter_map(|r| {
                Some(Rectangle {
                    x: r.x.try_into().ok()?,
                    y: r.y.try_into().ok()?,
                    width: r.width.try_into().ok()?,
                    height: r.height.try_into().ok()?,
                })
            })
            .collect();
        let (set, bounding) = (shape::SO::SET, shape::SK::BOUNDING);
        self.conn.shape_rectangles(set, bounding, ClipOrdering::UNSORTED, id, 0, 0, &rects).ok()?;
        let size = ConfigureWindowAux::new().x(x).y(y).width(u32::from(drawn.width)).height(u32::from(drawn.height));
        self.conn.configure_window(id, &size).ok()?;
        self.conn.clear_area(false, id, 0, 0, 0, 0).ok()?;
        self.conn.free_gc(gc).ok()?;
        self.conn.free_pixmap(pixmap).ok()?;
        Some(())
    }

    pub(super) fn pill_window_gone(&mut self, id: u32) {
        if self.pill.owns(id) {
            self.pill.windows.retain(|w| w.id != id);
            let cause = self.wire_time;
            self.judge_pill(cause);
        }
    }

    pub(super) fn ask_monitors(&mut self) {
        if let Some(seq) = seq_of(self.conn.randr_get_monitors(self.root, true)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::Monitors { seq });
        }
    }

    pub(super) fn learn_monitors(&mut self, seq: SequenceNumber) {
        let Some(reply) = self.answer::<randr::GetMonitorsReply>(seq) else { return };
        let monitors: Vec<Monitor> = reply
            .monitors
            .iter()
            .map(|m| Monitor {
                // Names are numbers here; they hold as long as the server runs.
                name: self.atom_name(m.name),
                rect: Rect::new(m.x.into(), m.y.into(), m.width.into(), m.height.into()),
            })
            .filter(|m| !m.rect.is_empty())
            .collect();
        if monitors != self.pill.monitors {
            self.pill.monitors = monitors;
            self.refresh_pill();
            let cause = self.wire_time;
            self.judge_pill(cause);
            for id in self.stack.tops.iter().map(|top| top.id).collect::<Vec<_>>() {
                self.report_cover(id);
            }
            self.screen_changed = true;
        }
    }

    /// Monitors come and go seldom, and their names never change: here we do wait for the server.
    fn atom_name(&self, atom: u32) -> String {
        let reply = self.conn.get_atom_name(atom).ok().and_then(|c| c.reply().ok());
        reply.map(|r| String::from_utf8_lossy(&r.name).into_owned()).unwrap_or_default()
    }

    pub(super) fn screen_size_changed(&mut self, width: u16, height: u16) {
        let size = (i32::from(width), i32::from(height));
        if size != (self.screen.width, self.screen.height) {
            (self.screen.width, self.screen.height) = size;
            self.screen_changed = true;
        }
        self.gate_changed(None);
        self.ask_monitors();
    }

    pub(super) fn ask_workarea(&mut self) {
        let atom = self.atoms._NET_WORKAREA;
        if let Some(seq) = seq_of(self.conn.get_property(false, self.root, atom, AtomEnum::CARDINAL, 0, 4)) {
            let cause = self.wire_time;
            self.asks.push(seq, cause, Ask::Workarea { seq });
        }
    }

    pub(super) fn learn_workarea(&mut self, seq: SequenceNumber) {
        let reply: Option<GetPropertyReply> = self.answer(seq);
        let words: Vec<i32> = reply
            .and_then(|r| r.value32().map(|v| v.filter_map(|n| i32::try_from(n).ok()).collect()))
            .unwrap_or_default();
        let area = if let [x, y, w, h] = words[..] { Some(Rect::new(x, y, w, h)) } else { None };
        if area != self.pill.workarea {
            self.pill.workarea = area;
            self.refresh_pill();
        }
    }

    pub(super) fn on_pill_press(&mut self, e: &ButtonPressEvent) {
        let pressed = self.stamp(e.time);
        if e.detail != 1 || !self.pill.owns(e.event) {
            return;
        }
        let Some(top) = self.stack.get(e.event) else { return };
        self.pill.drag = Some(Drag {
            window: e.event,
            pressed,
            from: (e.root_x.into(), e.root_y.into()),
            origin: (top.rect.x, top.rect.y),
            moving: false,
        });
    }

    pub(super) fn on_pill_drag(&mut self, e: &MotionNotifyEvent) {
        self.stamp(e.time);
        let Some(drag) = &mut self.pill.drag else { return };
        let (dx, dy) = (i32::from(e.root_x) - drag.from.0, i32::from(e.root_y) - drag.from.1);
        drag.moving |= dx.abs().max(dy.abs()) > SLACK;
        if drag.moving
            && let Some(w) = self.pill.windows.iter().find(|w| w.id == drag.window)
        {
            let m = w.monitor.rect;
            let x = (drag.origin.0 + dx).clamp(m.x, (m.right() - w.width).max(m.x));
            let y = (drag.origin.1 + dy).clamp(m.y, (m.bottom() - w.height).max(m.y));
            self.pill.places.insert(w.monitor.name.clone(), (x + w.width / 2 - m.x, y - m.y));
            let _ = self.conn.configure_window(w.id, &ConfigureWindowAux::new().x(x).y(y));
        }
    }

    pub(super) fn on_pill_release(&mut self, e: &ButtonPressEvent) {
        self.stamp(e.time);
        if e.detail != 1 {
            return;
        }
        let Some(drag) = self.pill.drag.take() else { return };
        if !drag.moving {
            self.out.push_back(Event::PillClicked(drag.pressed));
            return;
        }
        let monitor = self.pill.windows.iter().find(|w| w.id == drag.window).map(|w| w.monitor.name.clone());
        if let Some(monitor) = monitor
            && let Some((x, y)) = self.pill.places.get(&monitor).copied()
        {
            self.out.push_back(Event::PillMoved { monitor, x, y });
        }
    }
}
