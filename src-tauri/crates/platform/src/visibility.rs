//! How much of the pill is seen.

use crate::face::{Hidden, MonitorPill, PillVisible};
use crate::region::{Rect, Region};

/// Opacity (of 0xffff_ffff) below which the pill counts as see-through.
const SOLID: u32 = 0xe000_0000;

/// The pill on one monitor, as it should be and as it is.
pub(crate) struct PillNow<'a> {
    pub(crate) monitor: &'a str,
    pub(crate) monitor_rect: Rect,
    pub(crate) mapped: bool,
    pub(crate) opacity: u32,
    /// Its place on the screen.
    pub(crate) rect: Rect,
    /// What it should show, relative to its place.
    pub(crate) drawn: &'a Region,
    /// Its bounding shape as the server has it, relative to its place; `None` = not yet known.
    pub(crate) shape: Option<&'a Region>,
    /// Whatever lies above it, on the screen.
    pub(crate) above: Region,
}

#[allow(clippy::cast_precision_loss)]
fn share(part: i64, whole: i64) -> f32 {
    if whole <= 0 { 0.0 } else { part as f32 / whole as f32 }
}

fn one(pill: &PillNow<'_>) -> (f32, Option<Hidden>) {
    if !pill.mapped {
        return (0.0, Some(Hidden::Unmapped));
    }
    if pill.opacity < SOLID {
        return (0.0, Some(Hidden::Transparent));
    }
    let whole = pill.drawn.area();
    let shaped = match pill.shape {
        Some(shape) => pill.drawn.intersect(shape),
        None => Region::default(),
    };
    let on_screen = shaped.moved(pill.rect.x, pill.rect.y).clipped(pill.monitor_rect);
    let mut seen = on_screen.clone();
    seen.cut_all(&pill.above);
    let fraction = share(seen.area(), whole);
    if fraction >= 0.5 {
        return (fraction, None);
    }
    let reason = if share(shaped.area(), whole) < 0.5 {
        Hidden::Shaped
    } else if share(on_screen.area(), whole) < 0.5 {
        Hidden::OffScreen
    } else {
        Hidden::Covered
    };
    (fraction, Some(reason))
}

pub(crate) fn visible(pills: &[PillNow<'_>]) -> PillVisible {
    let mut out = PillVisible { monitors: Vec::new(), ok: !pills.is_empty(), reason: None };
    if pills.is_empty() {
        out.reason = Some(Hidden::NoMonitor);
    }
    for pill in pills {
        let (fraction, reason) = one(pill);
        out.monitors.push(MonitorPill { monitor: pill.monitor.to_owned(), fraction });
        out.ok &= reason.is_none();
        out.reason = out.reason.or(reason);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONITOR: Rect = Rect { x: 0, y: 0, width: 1000, height: 500 };

    fn pill<'a>(drawn: &'a Region, rect: Rect, above: Region) -> PillNow<'a> {
        PillNow {
            monitor: "one",
            monitor_rect: MONITOR,
            mapped: true,
            opacity: u32::MAX,
            rect,
            drawn,
            shape: Some(drawn),
            above,
        }
    }

    #[test]
    fn half_covered_counts_as_seen_and_more_does_not() {
        let drawn = Region::of(Rect::new(0, 0, 100, 30));
        let at = Rect::new(400, 10, 100, 30);
        for (cover, ok) in [(0, true), (50, true), (51, false), (100, false)] {
            let v = visible(&[pill(&drawn, at, Region::of(Rect::new(400, 0, cover, 100)))]);
            assert_eq!(v.ok, ok, "{cover}");
            assert_eq!(v.reason, (!ok).then_some(Hidden::Covered));
        }
    }

    #[test]
    fn one_hidden_pill_of_two_is_hidden() {
        let drawn = Region::of(Rect::new(0, 0, 100, 30));
        let a = pill(&drawn, Rect::new(0, 0, 100, 30), Region::default());
        let b = PillNow { monitor: "two", mapped: false, ..pill(&drawn, Rect::default(), Region::default()) };
        let v = visible(&[a, b]);
        assert!(!v.ok);
        assert_eq!(v.reason, Some(Hidden::Unmapped));
        assert_eq!(v.monitors.len(), 2);
    }

    #[test]
    fn every_way_of_hiding_has_its_name() {
        let drawn = Region::of(Rect::new(0, 0, 100, 30));
        let cut = Region::of(Rect::new(0, 0, 40, 30));
        let at = Rect::new(0, 0, 100, 30);
        let reason = |p: PillNow<'_>| visible(&[p]).reason;
        assert_eq!(
            reason(PillNow { opacity: 0x4000_0000, ..pill(&drawn, at, Region::default()) }),
            Some(Hidden::Transparent)
        );
        assert_eq!(reason(PillNow { shape: Some(&cut), ..pill(&drawn, at, Region::default()) }), Some(Hidden::Shaped));
        assert_eq!(reason(PillNow { shape: None, ..pill(&drawn, at, Region::default()) }), Some(Hidden::Shaped));
        assert_eq!(reason(pill(&drawn, Rect::new(-60, 0, 100, 30), Region::default())), Some(Hidden::OffScreen));
        assert_eq!(visible(&[]).reason, Some(Hidden::NoMonitor));
    }
}
