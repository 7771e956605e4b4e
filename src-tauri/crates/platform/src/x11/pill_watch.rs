//! Watches the pill: is it seen?

use crate::Lost;
use crate::face::{Hidden, PillVisible};
use crate::region::{Rect, Region};
use crate::types::{Event, Millis};
use crate::visibility::{self, PillNow};

use super::Display;

impl Display {
    /// How much of the pill is seen now, after everything that happened so far.
    pub fn pill_visible(&mut self) -> Result<PillVisible, Lost> {
        self.settle()?;
        self.leave()?;
        Ok(self.look_at_pill())
    }

    fn look_at_pill(&self) -> PillVisible {
        let pills: Vec<PillNow<'_>> = self
            .pill
            .windows
            .iter()
            .map(|w| {
                let top = self.stack.get(w.id);
                let rect = top.map(|t| t.rect).unwrap_or_default();
                PillNow {
                    monitor: &w.monitor.name,
                    monitor_rect: w.monitor.rect,
                    mapped: top.is_some_and(|t| t.mapped),
                    opacity: top.map_or(0, |t| t.opacity),
                    rect,
                    drawn: &w.drawn,
                    shape: top.and_then(|t| t.shape.as_ref()),
                    above: top.map_or(Region::default(), |_| self.stack.above(w.id, rect)),
                }
            })
            .collect();
        let mut seen = visibility::visible(&pills);
        if pills.len() < self.pill.monitors().count() {
            // A monitor has none: another program destroyed it.
            seen.ok = false;
            seen.reason = Some(Hidden::Unmapped);
        }
        seen
    }

    /// Something happened at this place; if that concerns the pill, it is judged anew.
    pub(super) fn pill_may_have_changed(&mut self, rect: Rect) {
        let cause = self.wire_time;
        self.pill_changed_since(rect, cause);
    }

    pub(super) fn pill_changed_since(&mut self, rect: Rect, cause: Millis) {
        let concerned =
            self.pill.windows.iter().any(|w| {
                self.stack.get(w.id).is_none_or(|t| t.outer() == rect || !t.outer().intersect(rect).is_empty())
            });
        if concerned {
            self.judge_pill(cause);
        }
    }

    /// Bad news is dated back to its cause, good news is not.
    pub(super) fn judge_pill(&mut self, cause: Millis) {
        if self.pill.busy || !self.pill.shown() {
            return;
        }
        let seen = self.look_at_pill();
        if self.pill.last.as_ref() == Some(&seen) {
            return;
        }
        let at = if seen.ok { self.now() } else { cause };
        self.pill.last = Some(seen.clone());
        self.out.push_back(Event::PillVisibility(at, seen));
    }
}
