//! Windows' surfaces: what is painted in them, and their pixmaps.
//!
//! A window that has still to pass the gate reports every rectangle that is painted. One that passed,
//! or is not shown, reports once that something changed, and not again until it was looked at: a busy
//! window then costs one event for each frame. Where it painted is asked just before it is looked at; what is
//! painted after that question counts for the frame after this one, whether or not it is in this one already.

use std::collections::HashSet;

use x11rb::connection::{Connection, SequenceNumber};
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::damage::{self, ConnectionExt as _, ReportLevel};
use x11rb::protocol::xfixes::{ConnectionExt as _, FetchRegionReply};
use x11rb::protocol::xproto::{ConnectionExt as _, Rectangle};

use crate::Lost;
use crate::clock::boot_now;
use crate::region::{Rect, Region};

use super::Display;
use super::ask::seq_of;
use super::compose::Item;

/// So long after a reset every rectangle is reported in any case.
const EAGER: u64 = 2000;

/// More pieces of stale surface than this count as one.
const PIECES: usize = 32;

/// What a window in the last frame painted since it was fetched.
pub(super) enum Stale {
    /// That is not known.
    All,
    /// Relative to the window.
    Part(Region),
}

pub(super) struct Damage {
    pub(super) id: u32,
    born: SequenceNumber,
    quiet: bool,
    /// It reported, and will not again until told to.
    spent: bool,
}

pub(super) struct Pixmap {
    pub(super) id: u32,
    width: i32,
    height: i32,
}

impl Display {
    /// From now on, hears of what is painted in this window.
    pub(super) fn watch_damage(&mut self, id: u32) {
        if !self.screen.active {
            return;
        }
        if self.is_own(id) {
            self.watch_telltale(id);
            return;
        }
        let Some(size) = self.stack.get(id).map(|t| t.rect) else { return };
        if let Some(born) = self.make_damage(id, false) {
            self.screen.gate.reset(id, size.width, size.height, Some(born), boot_now().0);
        }
    }

    /// The server reports damage of all windows at once when a compositor ends or the screen changes its size. Nobody but
    /// us paints the pill: damage there tells of it, should nothing else do so.
    fn watch_telltale(&mut self, id: u32) {
        if id == self.marker || self.screen.telltales.contains_key(&id) {
            return;
        }
        let Ok(damage) = self.conn.generate_id() else { return };
        if let Ok(created) = self.conn.damage_create(damage, id, ReportLevel::RAW_RECTANGLES) {
            created.ignore_error();
            self.screen.telltales.insert(id, damage);
        }
    }

    fn make_damage(&mut self, window: u32, quiet: bool) -> Option<SequenceNumber> {
        let id = self.conn.generate_id().ok()?;
        let level = if quiet { ReportLevel::NON_EMPTY } else { ReportLevel::RAW_RECTANGLES };
        let created = self.conn.damage_create(id, window, level).ok()?;
        let born = created.sequence_number();
        created.ignore_error();
        if quiet {
            // Its first report, of the whole window, means nothing.
            self.conn.damage_subtract(id, x11rb::NONE, x11rb::NONE).ok()?.ignore_error();
        }
        if let Some(old) = self.screen.damages.insert(window, Damage { id, born, quiet, spent: false }) {
            self.conn.damage_destroy(old.id).ok()?.ignore_error();
        }
        // What the old one was told and the new one was not is not known.
        self.all_stale(window);
        Some(born)
    }

    /// Nothing that is kept of this window counts any more.
    pub(super) fn all_stale(&mut self, window: u32) {
        if self.screen.shown.contains(&window) {
            self.screen.stale.insert(window, Stale::All);
            self.screen.touched = true;
        }
    }

    fn part_stale(&mut self, window: u32, areas: impl IntoIterator<Item = Rect>) {
        if !self.screen.shown.contains(&window) {
            return;
        }
        match self.screen.stale.entry(window).or_insert_with(|| Stale::Part(Region::default())) {
            Stale::All => {}
            Stale::Part(part) => {
                areas.into_iter().for_each(|area| part.add(area));
                *part = std::mem::take(part).within_pieces(PIECES);
            }
        }
    }

    /// Every rectangle of those that have still to pass, a mere sign of the others.
    pub(super) fn tune_damage(&mut self, now: u64) {
        let change: Vec<(u32, bool)> = self
            .stack
            .tops
            .iter()
            .filter_map(|top| {
                let damage = self.screen.damages.get(&top.id)?;
                let calm = top.mapped && self.screen.gate.age(top.id, now) >= EAGER;
                let quiet = calm && !self.screen.waiting.contains(&top.id);
                (quiet != damage.quiet).then_some((top.id, quiet))
            })
            .collect();
        for (window, quiet) in change {
            if let Some(born) = self.make_damage(window, quiet) {
                self.screen.gate.reborn(window, born);
            }
        }
    }

    /// Before these windows are looked at: asks where those painted of which a picture is `kept`, and makes them report their next change again.
    pub(super) fn collect_damage(&mut self, items: &[Item], kept: &HashSet<u32>) -> Result<(), Lost> {
        let mut asked = Vec::new();
        for top in items.iter().filter(|i| i.part.is_some()).map(|i| i.top) {
            let Some(damage) = self.screen.damages.get_mut(&top).filter(|d| d.quiet && d.spent) else { continue };
            damage.spent = false;
            let id = damage.id;
            if kept.contains(&top) {
                self.conn.damage_subtract(id, x11rb::NONE, self.screen.region).map_err(|_| Lost)?.ignore_error();
                asked.push((top, seq_of(self.conn.xfixes_fetch_region(self.screen.region))));
            } else {
                self.conn.damage_subtract(id, x11rb::NONE, x11rb::NONE).map_err(|_| Lost)?.ignore_error();
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        self.sync()?;
        for (top, seq) in asked {
            match seq.and_then(|seq| self.answer::<FetchRegionReply>(seq)) {
                Some(reply) => self.part_stale(top, reply.rectangles.iter().map(rect)),
                None => self.all_stale(top),
            }
        }
        Ok(())
    }

    pub(super) fn surface_reset(&mut self, id: u32) {
        if !self.screen.active || self.is_own(id) {
            return;
        }
        self.drop_pixmap(id);
        self.all_stale(id);
        let Some(size) = self.stack.get(id).map(|t| t.rect) else { return };
        let quiet = self.screen.damages.get(&id).is_none_or(|d| d.quiet);
        let born = if quiet { self.make_damage(id, false) } else { None };
        self.screen.gate.reset(id, size.width, size.height, born, boot_now().0);
    }

    pub(super) fn forget_surface(&mut self, id: u32) {
        // The server has destroyed its damage object with it.
        self.screen.telltales.remove(&id);
        self.drop_pixmap(id);
        self.screen.gate.forget(id);
        if let Some(damage) = self.screen.damages.remove(&id)
            && let Ok(destroyed) = self.conn.damage_destroy(damage.id)
        {
            destroyed.ignore_error();
        }
    }

    /// Something was moved, mapped or the like, of which the server's own damage reports may follow:
    /// anywhere, or within one top-level window.
    pub(super) fn gate_changed(&mut self, within: Option<u32>) {
        if self.screen.active {
            self.screen.gate.changed(within);
        }
    }

    /// After others moved: from here on damage is a window's own again.
    pub(super) fn mark_gate(&mut self) -> Result<(), Lost> {
        if self.screen.active && self.screen.gate.wants_confirmation() {
            self.mark()?;
            self.screen.gate.asked(self.marked);
        }
        if self.screen.active && self.screen.gate.wants_marker() {
            let cookie = self.conn.no_operation().map_err(|_| Lost)?;
            self.screen.gate.marked(cookie.sequence_number());
            cookie.ignore_error();
        }
        Ok(())
    }

    /// Everything that the server had told up to this request has been taken.
    pub(super) fn heard_through(&mut self, seq: SequenceNumber) {
        for window in self.screen.gate.heard(seq) {
            self.screen_changed |= self.screen.waiting.contains(&window);
        }
    }

    pub(super) fn on_damage(&mut self, e: &damage::NotifyEvent, seq: SequenceNumber) {
        if self.screen.telltales.contains_key(&e.drawable) {
            self.gate_changed(None);
            return;
        }
        let damage = self.screen.damages.get_mut(&e.drawable).filter(|d| d.id == e.damage && seq > d.born);
        let Some(damage) = damage else { return };
        if damage.quiet {
            damage.spent = true;
        } else {
            let area = rect(&e.area);
            self.screen.gate.damage(e.drawable, seq, area);
            self.part_stale(e.drawable, [area]);
        }
        if self.screen.shown.contains(&e.drawable) {
            self.screen.touched = true;
            self.screen_changed = true;
        }
    }

    pub(super) fn drop_pixmap(&mut self, id: u32) {
        if let Some(pixmap) = self.screen.pixmaps.remove(&id)
            && let Ok(freed) = self.conn.free_pixmap(pixmap.id)
        {
            freed.ignore_error();
        }
    }

    /// The window's surface, kept until it is resized or unmapped.
    pub(super) fn pixmap(&mut self, window: u32, rect: Rect) -> Option<u32> {
        let size = (rect.width, rect.height);
        if let Some(p) = self.screen.pixmaps.get(&window)
            && (p.width, p.height) == size
        {
            return Some(p.id);
        }
        self.drop_pixmap(window);
        let id = self.conn.generate_id().ok()?;
        self.conn.composite_name_window_pixmap(window, id).ok()?.ignore_error();
        self.screen.pixmaps.insert(window, Pixmap { id, width: size.0, height: size.1 });
        Some(id)
    }
}

fn rect(r: &Rectangle) -> Rect {
    Rect::new(r.x.into(), r.y.into(), r.width.into(), r.height.into())
}
