//! Frames: pictures made of the allowed windows' own surfaces.
//!
//! The last picture is kept. Of the next one only that is fetched and drawn which is not surely the same: what a
//! window painted since it was fetched (`surfaces`), and what is seen now and was not, or was of another window
//! (`dirty`). What may no longer be seen is drawn over at once.

use std::collections::{HashMap, HashSet};

use x11rb::connection::{Connection, SequenceNumber};
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GetGeometryReply, ImageFormat};

use crate::Lost;
use crate::canvas::{Canvas, Ink, Stroke};
use crate::clock::boot_now;
use crate::frame::{Frame, Shown};
use crate::owner::{self, Known};
use crate::paint_gate::Gate;
use crate::region::{Rect, Region};
use crate::types::{Millis, WindowId};

use super::Display;
use super::ask::seq_of;
use super::shm::Shm;
use super::surfaces::{Damage, Pixmap, Stale};

/// A window that is not shown.
const GREY: [u8; 4] = [0x70, 0x70, 0x70, 0];
/// More pieces of a window than this are fetched as one.
const PIECES: usize = 16;
/// No window is nudged when a picture has taken longer than this, milliseconds.
const NUDGES_MS: u64 = 50;

pub(super) struct Screen {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) active: bool,
    pub(super) gate: Gate,
    pub(super) damages: HashMap<u32, Damage>,
    /// Damage objects of the pill's windows.
    pub(super) telltales: HashMap<u32, u32>,
    pub(super) pixmaps: HashMap<u32, Pixmap>,
    /// A region of the server's, through which damage is read.
    pub(super) region: u32,
    shm: Option<Shm>,
    /// The kept picture.
    canvas: Option<Canvas>,
    /// What the last frame was made of.
    last: Option<Vec<Item>>,
    /// What windows in the last frame painted since.
    pub(super) stale: HashMap<u32, Stale>,
    /// A window in the last frame painted since.
    pub(super) touched: bool,
    /// The next frame is wanted even if nothing changes.
    wanted: bool,
    /// Windows in the last frame.
    pub(super) shown: HashSet<u32>,
    /// Windows that are allowed and not painted yet.
    pub(super) waiting: Vec<u32>,
}

/// One window of a frame.
#[derive(Clone, PartialEq)]
pub(super) struct Item {
    pub(super) top: u32,
    subject: u32,
    rect: Rect,
    border: i32,
    alpha: bool,
    /// Which part is drawn, relative to the window; `None`: a grey box.
    pub(super) part: Option<Region>,
    /// What is seen of it, on the screen.
    seen: Region,
}

/// A piece of a window's surface that was asked for.
struct Piece {
    image: SequenceNumber,
    /// On the screen.
    area: Rect,
    offset: usize,
}

/// What was asked for of one window.
struct Fetch {
    geometry: SequenceNumber,
    pieces: Vec<Piece>,
}

impl Item {
    /// What is drawn of it, on the screen.
    fn drawn(&self) -> Region {
        match &self.part {
            Some(part) => part.moved(self.rect.x, self.rect.y).intersect(&self.seen),
            None => Region::default(),
        }
    }

    /// The same surface at the same place, whatever covers it.
    fn same_place(&self, other: &Item) -> bool {
        (self.top, self.subject, self.rect, self.border, self.alpha)
            == (other.top, other.subject, other.rect, other.border, other.alpha)
            && self.part == other.part
    }
}

impl Screen {
    pub(super) fn new(width: i32, height: i32) -> Screen {
        Screen {
            width,
            height,
            active: false,
            gate: Gate::default(),
            damages: HashMap::new(),
            telltales: HashMap::new(),
            pixmaps: HashMap::new(),
            region: 0,
            shm: None,
            canvas: None,
            last: None,
            stale: HashMap::new(),
            touched: false,
            wanted: false,
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
            // Each asks the server a few times over: what is left waits for the next picture, a pause does not wait for it.
            if boot_now().0 > since.0 + NUDGES_MS {
                break;
            }
            if let Some(nudge) = self.screen.gate.nudge(*window, since.0) {
                self.nudge(nudge, since.0);
            }
        }
        self.screen.waiting = waiting;
        let same = self.screen.last.as_ref() == Some(&items);
        let blank = items.iter().all(|i| i.part.is_none());
        if same && !self.screen.touched && !self.screen.wanted || blank && self.screen.last.is_none() {
            self.leave()?;
            return Ok(None);
        }
        self.screen.touched = false;
        // What a window paints from here on, it paints after it was looked at.
        let kept = self.screen.shown.clone();
        self.screen.shown.extend(items.iter().filter(|i| i.part.is_some()).map(|i| i.top));
        self.collect_damage(&items, &kept)?;
        let mut dirty = self.dirty(&items);
        let (fetches, used) = self.fetch(&items, &dirty);
        // The answers, and whatever happened meanwhile: resets are heeded before a pixel is taken over.
        self.sync()?;
        let at = boot_now();
        let known = self.known();
        let mut bad = Vec::new();
        for (i, item) in items.iter().enumerate().filter(|(_, item)| item.part.is_some()) {
            let came = fetches.get(&i).map(|fetch| self.came(item, fetch));
            if came == Some(false) {
                self.drop_pixmap(item.top);
            }
            let drawn = item.drawn();
            // Nothing of it to be seen, or asked for in vain.
            let without = drawn.is_empty() || came.is_none() && dirty.overlaps(&drawn);
            if came == Some(false) || without || !self.still_good(item, &known, allow, since) {
                bad.push(i);
            }
        }
        grey(&mut items, bad, &mut dirty);
        let changed = self.draw(&items, &fetches, &dirty);
        if let Some(shm) = &mut self.screen.shm {
            shm.clear(used);
        }
        self.screen.shown = items.iter().filter(|i| i.part.is_some()).map(|i| i.top).collect();
        let still = self.screen.last.as_ref() == Some(&items) && !changed;
        self.screen.last = Some(items);
        let wanted = std::mem::take(&mut self.screen.wanted);
        let frame = if still && !wanted { None } else { self.frame(since, at) };
        self.leave()?;
        Ok(frame)
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
        self.screen.wanted = true;
    }

    /// Wipes the kept picture; the next one is drawn from nothing.
    pub fn forget_picture(&mut self) {
        self.screen.canvas = None;
    }

    /// Gives the screen back until the next [`compose`](Self::compose).
    pub fn release_screen(&mut self) {
        if !self.screen.active {
            return;
        }
        let damages = self.screen.damages.values().map(|damage| damage.id);
        for damage in damages.chain(self.screen.telltales.values().copied()) {
            let _ = self.conn.damage_destroy(damage);
        }
        for pixmap in self.screen.pixmaps.values() {
            let _ = self.conn.free_pixmap(pixmap.id);
        }
        if let Some(shm) = self.screen.shm.take() {
            shm.detach(&self.conn);
        }
        let _ = self.conn.xfixes_destroy_region(self.screen.region);
        let _ = self.conn.composite_unredirect_subwindows(self.root, Redirect::AUTOMATIC);
        let _ = self.conn.flush();
        self.screen = Screen::new(self.screen.width, self.screen.height);
    }

    fn acquire_screen(&mut self) -> Result<(), Lost> {
        self.conn.composite_redirect_subwindows(self.root, Redirect::AUTOMATIC).map_err(|_| Lost)?;
        self.screen.region = self.conn.generate_id().map_err(|_| Lost)?;
        self.conn.xfixes_create_region(self.screen.region, &[]).map_err(|_| Lost)?;
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

    /// Where the kept picture is not surely what a new one would be.
    fn dirty(&mut self, items: &[Item]) -> Region {
        let stale = std::mem::take(&mut self.screen.stale);
        let screen = Rect::new(0, 0, self.screen.width, self.screen.height);
        let kept = self.screen.canvas.as_ref().is_some_and(|c| c.bounds() == screen);
        let Some(last) = self.screen.last.as_ref().filter(|_| kept) else { return Region::of(screen) };
        let order = |of: &[Item], with: &[Item]| -> Vec<u32> {
            of.iter().map(|i| i.top).filter(|top| with.iter().any(|i| i.top == *top)).collect()
        };
        let reordered = order(items, last) != order(last, items);
        let mut dirty = Region::default();
        for item in items {
            match last.iter().find(|old| old.top == item.top) {
                // What lets through depends on what is below it.
                Some(old) if old.same_place(item) && !(item.alpha && reordered) => {
                    dirty.add_all(&item.seen.without(&old.seen));
                    dirty.add_all(&old.seen.without(&item.seen));
                    match stale.get(&item.top) {
                        Some(Stale::All) => dirty.add_all(&item.drawn()),
                        Some(Stale::Part(part)) => {
                            dirty.add_all(&part.moved(item.rect.x, item.rect.y).intersect(&item.drawn()));
                        }
                        None => {}
                    }
                }
                old => {
                    dirty.add_all(&item.seen);
                    old.into_iter().for_each(|old| dirty.add_all(&old.seen));
                }
            }
        }
        for old in last.iter().filter(|old| items.iter().all(|item| item.top != old.top)) {
            dirty.add_all(&old.seen);
        }
        dirty
    }

    /// Asks for what is dirty of each window; also says how much memory the answers take.
    fn fetch(&mut self, items: &[Item], dirty: &Region) -> (HashMap<usize, Fetch>, usize) {
        let mut wanted = Vec::new();
        let mut used = 0;
        for (i, item) in items.iter().enumerate() {
            let need = dirty.intersect(&item.drawn());
            if need.is_empty() {
                continue;
            }
            let sparse = 2 * need.area() < need.bounds().area();
            let pieces = need.within_pieces(if sparse { PIECES } else { 1 });
            let mut areas = Vec::new();
            for area in pieces.rects() {
                areas.push((*area, used));
                used += usize::try_from(area.area()).unwrap_or(0) * 4;
            }
            wanted.push((i, areas));
        }
        if wanted.is_empty() || !self.room(used) {
            return (HashMap::new(), 0);
        }
        let mut fetches = HashMap::new();
        for (i, areas) in wanted {
            let item = &items[i];
            let Some(pixmap) = self.pixmap(item.top, item.rect) else { continue };
            let Some(segment) = self.screen.shm.as_ref().map(|s| s.segment) else { continue };
            let mut pieces = Vec::new();
            for (area, offset) in &areas {
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
                    u32::try_from(*offset).unwrap_or(u32::MAX),
                ));
                pieces.extend(image.map(|image| Piece { image, area: *area, offset: *offset }));
            }
            let geometry = seq_of(self.conn.get_geometry(pixmap));
            // One that could not even be asked for in full is not asked for.
            if let Some(geometry) = geometry.filter(|_| pieces.len() == areas.len()) {
                fetches.insert(i, Fetch { geometry, pieces });
            }
        }
        (fetches, used)
    }

    /// Whether all that was asked for of a window came, from a surface of the size that it was taken for.
    fn came(&self, item: &Item, fetch: &Fetch) -> bool {
        let geometry: Option<GetGeometryReply> = self.answer(fetch.geometry);
        let mut all = true;
        for piece in &fetch.pieces {
            all &= self.answer::<shm::GetImageReply>(piece.image).is_some();
        }
        all && geometry.is_some_and(|g| {
            (i32::from(g.width), i32::from(g.height))
                == (item.rect.width + 2 * item.border, item.rect.height + 2 * item.border)
        })
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

    /// Draws what is dirty; whether the picture is another one now.
    fn draw(&mut self, items: &[Item], fetches: &HashMap<usize, Fetch>, dirty: &Region) -> bool {
        let (width, height) = (self.screen.width, self.screen.height);
        let bytes = self.screen.shm.as_ref().map_or(&[][..], Shm::bytes);
        let mut strokes = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let drawn = dirty.intersect(&item.drawn());
            let mut flat = dirty.intersect(&item.seen);
            if item.part.is_some() {
                // Through one with alpha the windows below are seen; around the part of another that is drawn, nothing is.
                flat = if item.alpha { Region::default() } else { flat.without(&drawn) };
            }
            strokes.extend(flat.rects().iter().map(|rect| Stroke { rect: *rect, ink: Ink::Flat(GREY) }));
            for piece in fetches.get(&i).iter().flat_map(|f| &f.pieces) {
                let source = bytes.get(piece.offset..).unwrap_or_default();
                let area = piece.area;
                let ink = if item.alpha { Ink::Blend { source, area } } else { Ink::Copy { source, area } };
                strokes.extend(drawn.clipped(area).rects().iter().map(|rect| Stroke { rect: *rect, ink }));
            }
        }
        let canvas = match self.screen.canvas.take() {
            Some(canvas) if (canvas.bounds().width, canvas.bounds().height) == (width, height) => canvas,
            Some(_) | None => Canvas::new(width, height),
        };
        let canvas = self.screen.canvas.insert(canvas);
        canvas.paint(dirty, &strokes);
        canvas.is_changed()
    }

    /// The picture as it is drawn now.
    fn frame(&mut self, since: Millis, at: Millis) -> Option<Frame> {
        let (canvas, items) = (self.screen.canvas.as_mut()?, self.screen.last.as_ref()?);
        let window = |item: &Item| Shown { id: WindowId(item.subject.into()), rect: item.rect };
        let bounds = canvas.bounds();
        Some(Frame {
            at,
            since,
            width: bounds.width.unsigned_abs(),
            height: bounds.height.unsigned_abs(),
            changed: canvas.take_changed(),
            pixels: canvas.pixels(),
            shown: items.iter().filter(|i| i.part.is_some()).map(window).collect(),
            greyed: items.iter().filter(|i| i.part.is_none()).map(window).collect(),
            order: items.iter().map(|item| WindowId(item.subject.into())).collect(),
        })
    }
}

/// These windows turn grey, wherever they are seen, and with them what they would be seen through: of that only a part
/// was fetched.
fn grey(items: &mut [Item], mut bad: Vec<usize>, dirty: &mut Region) {
    while let Some(i) = bad.pop() {
        items[i].part = None;
        let seen = items[i].seen.clone();
        dirty.add_all(&seen);
        let through = |item: &Item| item.alpha && item.part.is_some() && item.seen.overlaps(&seen);
        bad.extend(items.iter().enumerate().filter(|(_, item)| through(item)).map(|(i, _)| i));
    }
}
