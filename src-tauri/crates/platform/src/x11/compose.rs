//! Frames: pictures made of the allowed windows' own surfaces.

use std::collections::{HashMap, HashSet};

use x11rb::connection::{Connection, SequenceNumber};
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, GetGeometryReply, ImageFormat};

use crate::Lost;
use crate::clock::boot_now;
use crate::frame::{Frame, Shown};
use crate::owner::{self, Known};
use crate::paint_gate::Gate;
use crate::region::{Rect, Region};
use crate::types::{Millis, WindowId};

use super::Display;
use super::ask::seq_of;
use super::shm::Shm;
use super::surfaces::{Damage, Pixmap};

/// Where no window is: neutral dark grey, as blue, green, red, unused.
const ROOT: [u8; 4] = [0x2a, 0x2a, 0x2a, 0];
/// A window that is not shown.
const GREY: [u8; 4] = [0x70, 0x70, 0x70, 0];

pub(super) struct Screen {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) active: bool,
    pub(super) gate: Gate,
    pub(super) damages: HashMap<u32, Damage>,
    pub(super) pixmaps: HashMap<u32, Pixmap>,
    shm: Option<Shm>,
    /// What the last frame was made of.
    last: Option<Vec<(u32, Option<Region>, Region)>>,
    /// A window in the last frame painted since.
    pub(super) touched: bool,
    /// Windows in the last frame.
    pub(super) shown: HashSet<u32>,
    /// Windows that are allowed and not painted yet.
    pub(super) waiting: Vec<u32>,
}

/// One window of a frame to be.
struct Item {
    top: u32,
    subject: u32,
    rect: Rect,
    border: i32,
    alpha: bool,
    /// Which part is drawn, relative to the window; `None`: a grey box.
    part: Option<Region>,
    /// What is seen of it, on the screen.
    seen: Region,
}

/// A picture asked for.
struct Fetch {
    item: usize,
    geometry: SequenceNumber,
    image: SequenceNumber,
    /// On the screen.
    area: Rect,
    offset: usize,
}

impl Screen {
    pub(super) fn new(width: i32, height: i32) -> Screen {
        Screen {
            width,
            height,
            active: false,
            gate: Gate::default(),
            damages: HashMap::new(),
            pixmaps: HashMap::new(),
            shm: None,
            last: None,
            touched: false,
            shown: HashSet::new(),
            waiting: Vec::new(),
        }
    }
}

impl Display {
    /// A picture of the windows that `allow` names, and of popups whose owners it names. `None` when
    /// nothing changed since the last, or nothing may be shown yet.
    pub fn compose(&mut self, allow: &dyn Fn(WindowId) -> bool) -> Result<Option<Frame>, Lost> {
        if !self.streams.screen {
            return Ok(None);
        }
        if !self.screen.active {
            self.acquire_screen()?;
        }
        self.settle()?;
        let since = boot_now();
        let known = self.known();
        let mut items = self.plan(&known, allow, since);
        self.tune_damage(since.0);
        let waiting = std::mem::take(&mut self.screen.waiting);
        for window in &waiting {
            if let Some(nudge) = self.screen.gate.nudge(*window, since.0) {
                self.nudge(nudge, since.0);
            }
        }
        self.screen.waiting = waiting;
        let signature: Vec<_> = items.iter().map(|i| (i.top, i.part.clone(), i.seen.clone())).collect();
        let same = self.screen.last.as_ref() == Some(&signature);
        let blank = items.iter().all(|i| i.part.is_none());
        if same && !self.screen.touched || blank && self.screen.last.is_none() {
            self.leave()?;
            return Ok(None);
        }
        self.screen.touched = false;
        self.rearm_damage(items.iter().filter(|i| i.part.is_some()).map(|i| i.top));
        let (fetches, used) = self.fetch(&items);
        // The answers, and whatever happened meanwhile: resets are heeded before a pixel is taken over.
        self.sync()?;
        let at = boot_now();
        let known = self.known();
        let mut good: HashMap<usize, &Fetch> = HashMap::new();
        for f in &fetches {
            let geometry: Option<GetGeometryReply> = self.answer(f.geometry);
            let image: Option<shm::GetImageReply> = self.answer(f.image);
            let Some(item) = items.get(f.item) else { continue };
            let fits = geometry.is_some_and(|g| {
                (i32::from(g.width), i32::from(g.height))
                    == (item.rect.width + 2 * item.border, item.rect.height + 2 * item.border)
            });
            if !fits || image.is_none() {
                self.drop_pixmap(item.top);
            } else if self.still_good(item, &known, allow, since) {
                good.insert(f.item, f);
            }
        }
        for (i, item) in items.iter_mut().enumerate() {
            if !good.contains_key(&i) {
                item.part = None;
            }
        }
        let frame = self.paint(&items, &good, since, at);
        if let Some(shm) = &mut self.screen.shm {
            shm.clear(used);
        }
        self.screen.shown = items.iter().filter(|i| i.part.is_some()).map(|i| i.top).collect();
        self.screen.last = Some(items.into_iter().map(|i| (i.top, i.part, i.seen)).collect());
        self.leave()?;
        Ok(Some(frame))
    }

    /// When [`compose`](Self::compose) should be called although nothing changed: a window's hold ends,
    /// or it is to be asked to paint.
    #[must_use]
    pub fn compose_due(&self) -> Option<Millis> {
        let now = boot_now().0;
        self.screen.waiting.iter().filter_map(|w| self.screen.gate.due(*w, now)).min().map(Millis)
    }

    /// The next picture is due even if nothing changes: someone wants to see how it would be.
    pub fn renew(&mut self) {
        self.screen.touched = true;
    }

    /// Gives the screen back until the next [`compose`](Self::compose).
    pub fn release_screen(&mut self) {
        if !self.screen.active {
            return;
        }
        for damage in self.screen.damages.values() {
            let _ = self.conn.damage_destroy(damage.id);
        }
        for pixmap in self.screen.pixmaps.values() {
            let _ = self.conn.free_pixmap(pixmap.id);
        }
        if let Some(shm) = self.screen.shm.take() {
            shm.detach(&self.conn);
        }
        let _ = self.conn.composite_unredirect_subwindows(self.root, Redirect::AUTOMATIC);
        let _ = self.conn.flush();
        self.screen = Screen::new(self.screen.width, self.screen.height);
    }

    fn acquire_screen(&mut self) -> Result<(), Lost> {
        self.conn.composite_redirect_subwindows(self.root, Redirect::AUTOMATIC).map_err(|_| Lost)?;
        self.screen.active = true;
        let ids: Vec<u32> = self.stack.tops.iter().map(|t| t.id).collect();
        for id in ids {
            self.watch_damage(id);
            // It was us who took its surface away, so there is nothing to wait for.
            self.screen.gate.hurry(id);
        }
        Ok(())
    }

    fn allowed(&self, subject: u32, known: &[Known], allow: &dyn Fn(WindowId) -> bool) -> bool {
        let id = WindowId(subject.into());
        known.iter().find(|k| k.id == id).is_some_and(|k| owner::may_show(*k, known, allow))
    }

    /// Which windows are seen, bottom to top, and which part of each may be drawn.
    fn plan(&mut self, known: &[Known], allow: &dyn Fn(WindowId) -> bool, now: Millis) -> Vec<Item> {
        let screen = Rect::new(0, 0, self.screen.width, self.screen.height);
        let mut hidden = Region::default();
        let mut items = Vec::new();
        let mut waiting = Vec::new();
        for top in self.stack.tops.iter().rev().filter(|t| !t.own) {
            let covers = top.covers().clipped(screen);
            let mut seen = covers.clone();
            seen.cut_all(&hidden);
            if seen.is_empty() {
                continue;
            }
            let subject = top.subject();
            let alpha = top.depth == 32;
            let may = top.clients.len() <= 1
                && (top.depth == 24 || alpha)
                && top.shape.is_some()
                && self.allowed(subject, known, allow);
            let part = if may { self.paintable(top.id, now) } else { None };
            if may && part.is_none() {
                waiting.push(top.id);
            }
            if part.is_none() || !alpha {
                for r in covers.rects() {
                    hidden.add(*r);
                }
            }
            items.push(Item { top: top.id, subject, rect: top.rect, border: top.border, alpha, part, seen });
        }
        self.screen.waiting = waiting;
        items.reverse();
        items
    }

    /// What of a window its owner has painted: all of it, or at least the application's part of a frame.
    fn paintable(&self, id: u32, now: Millis) -> Option<Region> {
        let top = self.stack.get(id)?;
        let whole = Rect::new(0, 0, top.rect.width, top.rect.height);
        let shape = top.shape.as_ref()?.clipped(whole);
        if self.screen.gate.painted(id, &shape, now.0) {
            return Some(shape);
        }
        let place = self.subjects.place_of(*top.clients.first()?)?;
        let inner = shape.clipped(place);
        (!inner.is_empty() && self.screen.gate.painted(id, &inner, now.0)).then_some(inner)
    }

    /// Whether what was planned still holds after the answers came.
    fn still_good(&self, item: &Item, known: &[Known], allow: &dyn Fn(WindowId) -> bool, since: Millis) -> bool {
        let Some(top) = self.stack.get(item.top) else { return false };
        let Some(part) = &item.part else { return false };
        let size = (top.rect.width, top.rect.height);
        top.mapped
            && top.clients.len() <= 1
            && top.subject() == item.subject
            && size == (item.rect.width, item.rect.height)
            && self.allowed(item.subject, known, allow)
            && self.screen.gate.painted(item.top, part, since.0)
    }

    fn fetch(&mut self, items: &[Item]) -> (Vec<Fetch>, usize) {
        let mut wanted = Vec::new();
        let mut offset = 0;
        for (i, item) in items.iter().enumerate() {
            let Some(part) = &item.part else { continue };
            let drawn = part.moved(item.rect.x, item.rect.y).intersect(&item.seen);
            let area = drawn.bounds();
            if area.area() > 0 {
                wanted.push((i, area, offset));
                offset += usize::try_from(area.area()).unwrap_or(0) * 4;
            }
        }
        if !self.room(offset) {
            return (Vec::new(), 0);
        }
        let mut fetches = Vec::new();
        for (i, area, offset) in wanted {
            let item = &items[i];
            let Some(pixmap) = self.pixmap(item.top, item.rect) else { continue };
            let Some(segment) = self.screen.shm.as_ref().map(|s| s.segment) else { continue };
            let x = area.x - item.rect.x + item.border;
            let y = area.y - item.rect.y + item.border;
            let image = seq_of(self.conn.shm_get_image(
                pixmap,
                i16::try_from(x).unwrap_or(i16::MAX),
                i16::try_from(y).unwrap_or(i16::MAX),
                u16::try_from(area.width).unwrap_or(0),
                u16::try_from(area.height).unwrap_or(0),
                !0,
                ImageFormat::Z_PIXMAP.into(),
                segment,
                u32::try_from(offset).unwrap_or(u32::MAX),
            ));
            let geometry = seq_of(self.conn.get_geometry(pixmap));
            if let (Some(image), Some(geometry)) = (image, geometry) {
                fetches.push(Fetch { item: i, geometry, image, area, offset });
            }
        }
        (fetches, offset)
    }

    fn room(&mut self, size: usize) -> bool {
        const MOST: usize = 512 << 20;
        if size > MOST {
            return false;
        }
        if self.screen.shm.as_ref().is_none_or(|s| s.len() < size) {
            if let Some(old) = self.screen.shm.take() {
                old.detach(&self.conn);
            }
            let screen = usize::try_from(self.screen.width * self.screen.height * 4).unwrap_or(0);
            self.screen.shm = Shm::new(&self.conn, size.max(screen).next_multiple_of(4096));
        }
        self.screen.shm.is_some()
    }

    fn paint(&self, items: &[Item], good: &HashMap<usize, &Fetch>, since: Millis, at: Millis) -> Frame {
        let (width, height) = (self.screen.width, self.screen.height);
        let mut canvas = Canvas::new(width, height);
        let mut shown = Vec::new();
        let mut greyed = Vec::new();
        let bytes = self.screen.shm.as_ref().map_or(&[][..], Shm::bytes);
        for (i, item) in items.iter().enumerate() {
            if item.part.is_none() || !item.alpha {
                canvas.fill(&item.seen, GREY);
            }
            let window = Shown { id: WindowId(item.subject.into()), rect: item.rect };
            match (good.get(&i), &item.part) {
                (Some(f), Some(part)) => {
                    let drawn = part.moved(item.rect.x, item.rect.y).intersect(&item.seen);
                    let source = bytes.get(f.offset..).unwrap_or_default();
                    canvas.copy(&drawn, source, f.area, item.alpha);
                    shown.push(window);
                }
                _ => greyed.push(window),
            }
        }
        Frame {
            at,
            since,
            width: width.unsigned_abs(),
            height: height.unsigned_abs(),
            pixels: canvas.pixels,
            shown,
            greyed,
            order: items.iter().map(|item| WindowId(item.subject.into())).collect(),
        }
    }
}

struct Canvas {
    width: usize,
    pixels: Vec<u8>,
    bounds: Rect,
}

fn index(n: i32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

impl Canvas {
    fn new(width: i32, height: i32) -> Canvas {
        Canvas {
            width: index(width),
            pixels: ROOT.repeat(index(width) * index(height)),
            bounds: Rect::new(0, 0, width, height),
        }
    }

    /// One row of a rectangle.
    fn row(&mut self, r: Rect, y: i32) -> &mut [u8] {
        let start = (index(y) * self.width + index(r.x)) * 4;
        self.pixels.get_mut(start..start + index(r.width) * 4).unwrap_or_default()
    }

    fn fill(&mut self, region: &Region, colour: [u8; 4]) {
        for r in region.clipped(self.bounds).rects() {
            for y in r.y..r.bottom() {
                for p in self.row(*r, y).chunks_exact_mut(4) {
                    p.copy_from_slice(&colour);
                }
            }
        }
    }

    /// Copies from a picture of `area`; with `alpha`, over what is there.
    fn copy(&mut self, region: &Region, source: &[u8], area: Rect, alpha: bool) {
        for r in region.clipped(self.bounds).clipped(area).rects() {
            for y in r.y..r.bottom() {
                let start = (index(y - area.y) * index(area.width) + index(r.x - area.x)) * 4;
                let from = source.get(start..start + index(r.width) * 4).unwrap_or_default();
                let to = self.row(*r, y);
                if alpha {
                    for (t, f) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
                        let keep = 255 - u16::from(f[3]);
                        for c in 0..3 {
                            let under = u16::from(t[c]) * keep / 255;
                            t[c] = u8::try_from(u16::from(f[c]) + under).unwrap_or(u8::MAX);
                        }
                    }
                } else if to.len() == from.len() {
                    to.copy_from_slice(from);
                }
            }
        }
    }
}
