//! The paint gate: a window counts only once it has painted all of itself.
//!
//! A display server fills every new window surface (mapped, resized, first redirected) with what is
//! on the screen there: a neighbour's pixels. The window owns them until it paints. So a window is
//! *unpainted* after each of these, until damage has covered all of its shape. Damage counts as
//! painting only if nothing else explains it:
//!
//! - the first report of a damage object covers the whole window and means nothing;
//! - when a window moves, is mapped, unmapped or destroyed, the server reports damage on what it
//!   uncovers; and when a frame and what is in it are resized, it copies what is there and reports that.
//!   So after each such change a marker request is sent, and damage from before the server has handled
//!   it (a lower sequence number) is not believed;
//! - of some changes the server tells after that damage (a shape, the size of the screen), of some only by it (a compositor
//!   that ends). So damage counts only once a marker sent after it has come back, and nothing that changes was told of
//!   before that.
//!
//! Pure: no connection, no clock. Times are milliseconds, sequence numbers the connection's.

use std::collections::HashMap;

use crate::region::{Rect, Region};

/// A surface is shown at the earliest this long after it was reset.
pub(crate) const HOLD: u64 = 250;
/// An unpainted window is asked to paint this long after it was reset, and again.
pub(crate) const NUDGE: u64 = 150;
/// How often a window is asked between two changes, each time after twice as long: for over a minute, which a machine that
/// swaps may need.
const NUDGES: u32 = 10;
/// More pieces than this are replaced by their hull: more is missing then, never less.
const PIECES: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Barrier {
    /// Damage with at least this sequence number is believed.
    From(u64),
    /// The marker has not been sent yet.
    Open,
}

#[derive(Debug)]
struct Surface {
    width: i32,
    height: i32,
    /// What its owner has not painted since the reset, relative to the window.
    missing: Region,
    /// What was said to be painted, until that is confirmed; with the sequence numbers, in their order.
    said: Vec<(u64, Rect)>,
    reset_at: u64,
    nudged_at: u64,
    nudges: u32,
    nudge_seq: u64,
    answered: bool,
    barrier: Barrier,
    /// Sequence number of the request that made its damage object.
    born: u64,
}

/// What to do about a window that has not painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nudge {
    pub(crate) window: u32,
    /// It answered the last one by painting something, so it lives: its background may be painted too.
    pub(crate) lives: bool,
}

/// Which windows have painted all of themselves.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    surfaces: HashMap<u32, Surface>,
    /// Something was said since the last confirmation was asked for.
    unasked: bool,
    /// The marker that confirms what was said before it.
    asked: Option<u64>,
}

impl Gate {
    /// The window has a new surface, of this size. `born` is the sequence number of the request
    /// that made its damage object, if that is new too.
    pub(crate) fn reset(&mut self, window: u32, width: i32, height: i32, born: Option<u64>, now: u64) {
        let old = self.surfaces.get(&window);
        let surface = Surface {
            width,
            height,
            missing: Region::of(Rect::new(0, 0, width, height)),
            said: Vec::new(),
            reset_at: now,
            nudged_at: now,
            nudges: 0,
            nudge_seq: u64::MAX,
            answered: false,
            barrier: old.map_or(Barrier::From(0), |s| s.barrier),
            born: born.or(old.map(|s| s.born)).unwrap_or(u64::MAX),
        };
        self.surfaces.insert(window, surface);
    }

    /// The window has a new damage object, made by this request; what was painted stays painted.
    pub(crate) fn reborn(&mut self, window: u32, born: u64) {
        if let Some(s) = self.surfaces.get_mut(&window) {
            s.born = born;
        }
    }

    /// How long ago the window was reset.
    pub(crate) fn age(&self, window: u32, now: u64) -> u64 {
        self.surfaces.get(&window).map_or(0, |s| now.saturating_sub(s.reset_at))
    }

    /// The window is gone.
    pub(crate) fn forget(&mut self, window: u32) {
        self.surfaces.remove(&window);
    }

    /// Windows were moved, resized, mapped or the like: damage is not believed until
    /// [`marked`](Self::marked), anywhere or in the one window in which it happened.
    pub(crate) fn changed(&mut self, within: Option<u32>) {
        for (window, s) in &mut self.surfaces {
            if within.is_none_or(|w| w == *window) {
                s.barrier = Barrier::Open;
                s.said.clear();
                s.nudges = 0;
            }
        }
    }

    /// Whether a marker must be sent.
    pub(crate) fn wants_marker(&self) -> bool {
        self.surfaces.values().any(|s| s.barrier == Barrier::Open)
    }

    /// The marker was sent, with this sequence number.
    pub(crate) fn marked(&mut self, seq: u64) {
        for s in self.surfaces.values_mut() {
            if s.barrier == Barrier::Open {
                s.barrier = Barrier::From(seq);
            }
        }
    }

    /// Whether what was said to be painted waits for a marker that comes back.
    pub(crate) fn wants_confirmation(&self) -> bool {
        self.unasked && self.asked.is_none()
    }

    /// Such a marker was sent, with this sequence number.
    pub(crate) fn asked(&mut self, seq: u64) {
        self.unasked = false;
        self.asked = Some(seq);
    }

    /// Everything that the server had told up to this request has been heard. Says which windows painted.
    pub(crate) fn heard(&mut self, seq: u64) -> Vec<u32> {
        let Some(marker) = self.asked.filter(|marker| *marker <= seq) else { return Vec::new() };
        self.asked = None;
        let mut painted = Vec::new();
        for (window, s) in &mut self.surfaces {
            // What was said behind the marker is for the next one.
            let confirmed = s.said.partition_point(|(seq, _)| *seq < marker);
            if confirmed == 0 {
                continue;
            }
            for (seq, area) in s.said.drain(..confirmed) {
                s.answered |= seq >= s.nudge_seq;
                s.missing.cut(area);
            }
            if s.missing.rects().len() > PIECES {
                s.missing = Region::of(s.missing.bounds());
            }
            painted.push(*window);
        }
        painted
    }

    /// The server reported damage.
    pub(crate) fn damage(&mut self, window: u32, seq: u64, area: Rect) {
        let Some(s) = self.surfaces.get_mut(&window) else { return };
        if s.missing.is_empty() || seq <= s.born {
            return;
        }
        match s.barrier {
            Barrier::Open => return,
            Barrier::From(from) if seq < from => return,
            Barrier::From(_) => {}
        }
        s.said.push((seq, area));
        self.unasked = true;
    }

    /// Whether all of `part` (relative to the window) was painted by the window's owner, long enough ago.
    pub(crate) fn painted(&self, window: u32, part: &Region, now: u64) -> bool {
        let Some(s) = self.surfaces.get(&window) else { return false };
        let whole = Rect::new(0, 0, s.width, s.height);
        now >= s.reset_at.saturating_add(HOLD) && !part.clipped(whole).overlaps(&s.missing)
    }

    /// What is still missing of `window`.
    pub(crate) fn missing(&self, window: u32) -> Option<&Region> {
        self.surfaces.get(&window).map(|s| &s.missing).filter(|m| !m.is_empty())
    }

    /// Asks a window to paint at once: it was us who reset it.
    pub(crate) fn hurry(&mut self, window: u32) {
        if let Some(s) = self.surfaces.get_mut(&window) {
            s.nudged_at = s.nudged_at.saturating_sub(NUDGE);
        }
    }

    /// Whether `window` should be asked to paint now.
    pub(crate) fn nudge(&self, window: u32, now: u64) -> Option<Nudge> {
        let s = self.surfaces.get(&window)?;
        let due = !s.missing.is_empty() && s.nudges < NUDGES && now >= s.nudge_at();
        due.then_some(Nudge { window, lives: s.answered })
    }

    /// It was asked, by requests from this sequence number on.
    pub(crate) fn nudged(&mut self, window: u32, seq: u64, now: u64) {
        if let Some(s) = self.surfaces.get_mut(&window) {
            s.nudged_at = now;
            s.nudges += 1;
            s.nudge_seq = seq;
            s.answered = false;
        }
    }

    /// When something about `window` is due: the end of its hold, or the next nudge.
    pub(crate) fn due(&self, window: u32, now: u64) -> Option<u64> {
        let s = self.surfaces.get(&window)?;
        let hold = Some(s.reset_at.saturating_add(HOLD)).filter(|t| *t > now);
        let nudge = (!s.missing.is_empty() && s.nudges < NUDGES).then(|| s.nudge_at());
        match (hold, nudge) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

impl Surface {
    /// Once soon, then ever more slowly: a stopped process finds few requests waiting.
    fn nudge_at(&self) -> u64 {
        self.nudged_at.saturating_add(NUDGE << self.nudges.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Rect = Rect { x: 0, y: 0, width: 100, height: 80 };

    fn gate() -> Gate {
        let mut gate = Gate::default();
        gate.reset(1, 100, 80, Some(10), 1000);
        gate
    }

    fn whole() -> Region {
        Region::of(WHOLE)
    }

    /// Damage, and the confirmation of it.
    fn paint(g: &mut Gate, seq: u64, area: Rect) {
        g.damage(1, seq, area);
        confirm(g, seq + 1);
    }

    fn confirm(g: &mut Gate, marker: u64) {
        if g.wants_confirmation() {
            g.asked(marker);
            g.heard(marker);
        }
    }

    #[test]
    fn what_was_said_to_be_painted_counts_when_its_marker_has_come_back() {
        let mut g = gate();
        g.damage(1, 11, WHOLE);
        assert!(g.wants_confirmation() && !g.painted(1, &whole(), 2000));
        g.asked(20);
        assert!(!g.wants_confirmation());
        assert_eq!(g.heard(19), []);
        assert!(!g.painted(1, &whole(), 2000));
        assert_eq!(g.heard(20), [1]);
        assert!(g.painted(1, &whole(), 2000));
    }

    #[test]
    fn what_changed_before_the_marker_came_back_explains_the_damage_before_it() {
        for within in [None, Some(1)] {
            let mut g = gate();
            g.damage(1, 11, WHOLE);
            g.asked(20);
            g.changed(within);
            g.marked(21);
            assert_eq!(g.heard(20), []);
            assert!(!g.painted(1, &whole(), 2000));
            paint(&mut g, 21, WHOLE);
            assert!(g.painted(1, &whole(), 2000));
        }
    }

    #[test]
    fn what_is_said_behind_a_marker_waits_for_the_next_one() {
        let mut g = gate();
        g.damage(1, 11, Rect::new(0, 0, 100, 40));
        g.asked(20);
        g.damage(1, 20, Rect::new(0, 40, 100, 40));
        assert_eq!(g.heard(20), [1]);
        assert!(g.painted(1, &Region::of(Rect::new(0, 0, 100, 40)), 2000) && !g.painted(1, &whole(), 2000));
        assert!(g.wants_confirmation());
        g.asked(30);
        assert_eq!(g.heard(31), [1]);
        assert!(g.painted(1, &whole(), 2000));
    }

    #[test]
    fn a_window_counts_once_it_has_painted_all_of_itself() {
        let mut g = gate();
        paint(&mut g, 11, Rect::new(0, 0, 100, 79));
        assert!(!g.painted(1, &whole(), 2000));
        paint(&mut g, 12, Rect::new(0, 79, 100, 1));
        assert!(g.painted(1, &whole(), 2000));
    }

    #[test]
    fn the_first_report_of_a_damage_object_means_nothing() {
        let mut g = gate();
        paint(&mut g, 10, WHOLE);
        assert!(!g.painted(1, &whole(), 2000));
    }

    #[test]
    fn a_new_damage_object_keeps_what_was_painted_and_its_first_report_means_nothing() {
        let mut g = gate();
        paint(&mut g, 11, Rect::new(0, 0, 100, 40));
        g.reborn(1, 20);
        paint(&mut g, 20, WHOLE);
        assert!(!g.painted(1, &whole(), 2000));
        paint(&mut g, 21, Rect::new(0, 40, 100, 40));
        assert!(g.painted(1, &whole(), 2000));
        assert_eq!(g.age(1, 3000), 2000);
    }

    #[test]
    fn damage_that_a_neighbour_explains_is_not_believed() {
        let mut g = gate();
        g.changed(None);
        g.damage(1, 20, WHOLE);
        assert!(g.wants_marker());
        g.marked(25);
        paint(&mut g, 24, WHOLE);
        assert!(!g.painted(1, &whole(), 2000));
        paint(&mut g, 25, WHOLE);
        assert!(g.painted(1, &whole(), 2000));
    }

    #[test]
    fn a_change_within_one_window_leaves_the_others_believed() {
        let mut g = gate();
        g.changed(Some(2));
        paint(&mut g, 11, WHOLE);
        assert!(g.painted(1, &whole(), 2000));
    }

    #[test]
    fn a_reset_forgets_what_was_painted_and_keeps_the_barrier() {
        let mut g = gate();
        g.damage(1, 11, WHOLE);
        g.changed(None);
        g.reset(1, 100, 80, None, 3000);
        paint(&mut g, 12, WHOLE);
        assert!(!g.painted(1, &whole(), 9000));
    }

    #[test]
    fn a_window_that_nobody_announced_never_counts() {
        let mut g = Gate::default();
        paint(&mut g, 11, WHOLE);
        assert!(!g.painted(1, &whole(), 9000));
        // Announced, but without a damage object.
        g.reset(1, 100, 80, None, 0);
        paint(&mut g, 11, WHOLE);
        assert!(!g.painted(1, &whole(), 9000));
    }

    #[test]
    fn painting_outside_the_shape_is_not_asked_for() {
        let mut g = gate();
        paint(&mut g, 11, Rect::new(0, 0, 50, 80));
        assert!(g.painted(1, &Region::of(Rect::new(10, 10, 40, 70)), 2000));
        assert!(!g.painted(1, &Region::of(Rect::new(10, 10, 41, 70)), 2000));
    }

    #[test]
    fn nothing_is_shown_within_the_hold() {
        let mut g = gate();
        paint(&mut g, 11, WHOLE);
        assert!(!g.painted(1, &whole(), 1000 + HOLD - 1));
        assert_eq!(g.due(1, 1000), Some(1000 + HOLD));
        assert!(g.painted(1, &whole(), 1000 + HOLD));
    }

    #[test]
    fn a_thousand_crumbs_of_paint_never_make_a_whole() {
        let mut g = gate();
        for x in 0..50 {
            for y in 0..40 {
                paint(&mut g, 11, Rect::new(x * 2, y * 2, 1, 1));
            }
        }
        assert!(!g.painted(1, &whole(), 2000));
        paint(&mut g, 11, WHOLE);
        assert!(g.painted(1, &whole(), 2000));
    }

    #[test]
    fn only_a_window_that_answered_is_said_to_live() {
        let mut g = gate();
        assert_eq!(g.nudge(1, 1000 + NUDGE - 1), None);
        assert_eq!(g.nudge(1, 1000 + NUDGE), Some(Nudge { window: 1, lives: false }));
        g.nudged(1, 50, 1400);
        paint(&mut g, 49, Rect::new(0, 0, 5, 5));
        assert_eq!(g.nudge(1, 1800), Some(Nudge { window: 1, lives: false }));
        paint(&mut g, 51, Rect::new(5, 0, 5, 5));
        assert_eq!(g.nudge(1, 1800), Some(Nudge { window: 1, lives: true }));
        for i in 0..10 {
            g.nudged(1, 60, 1800 + i);
        }
        assert_eq!(g.nudge(1, u64::MAX), None);
    }
}
