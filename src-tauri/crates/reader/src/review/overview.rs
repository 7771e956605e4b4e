//! A range at a glance.

use super::{Refusal, Review};
use crate::failure::Failure;
use crate::time;
use policy::Wall;
use protocol::review::{Hour, Lane, Overview, Span};
use std::collections::BTreeMap;
use std::path::Path;
use vault::{Minutes, OpenError, ReadError};

/// Stretches less than this apart are told as one.
pub const GAP: i64 = 60_000;

const HOUR: i64 = 3_600_000;

/// Milliseconds of a stretch, by the hour that they lie in of the clock on the person's wall.
pub fn by_hour(stretch: (Wall, Wall)) -> impl Iterator<Item = (i64, i64)> {
    by_hour_of(stretch, time::offset)
}

/// The same by a clock that is so many milliseconds ahead of UTC: not everywhere whole hours.
fn by_hour_of((Wall(from), Wall(to)): (Wall, Wall), ahead: impl Fn(Wall) -> i64) -> impl Iterator<Item = (i64, i64)> {
    let mut next = Some(from);
    std::iter::from_fn(move || {
        let at = next?;
        let ahead = ahead(Wall(at));
        let hour = at.saturating_add(ahead).div_euclid(HOUR) * HOUR - ahead;
        next = hour.checked_add(HOUR).filter(|next| *next <= to);
        Some((hour, to.min(hour.saturating_add(HOUR)) - at))
    })
}

/// Whole seconds, rounded up; an hour has no more than it has.
pub fn seconds(ms: i64) -> u32 {
    u32::try_from(ms.clamp(1, HOUR)).map_or(0, |ms| ms.div_ceil(1000))
}

/// When anything was recorded. Opens nothing and needs no key.
pub fn hours(dir: &Path) -> Result<Vec<Hour>, Refusal> {
    let stretches = match vault::stretches(dir) {
        Ok(stretches) => stretches,
        Err(ReadError::Open(OpenError::Absent)) => return Ok(Vec::new()),
        Err(error) => return Err(Failure::from(error).into()),
    };
    let mut hours = BTreeMap::<i64, i64>::new();
    for stretch in stretches {
        for (hour, ms) in by_hour(stretch) {
            *hours.entry(hour).or_default() += ms;
        }
    }
    Ok(hours.into_iter().map(|(at, ms)| Hour { at: Wall(at), seconds: seconds(ms) }).collect())
}

/// Adds a stretch to ascending ones, joining it to the last if that is near.
fn extend(spans: &mut Vec<Span>, next: Span) {
    match spans.last_mut() {
        Some(last) if next.from.0.saturating_sub(last.to.0) < GAP => last.to = last.to.max(next.to),
        Some(_) | None => spans.push(next),
    }
}

/// What minutes of recording look like from afar.
pub fn draw(minutes: &Minutes, (from, to): (Wall, Wall)) -> Overview {
    let mut told = Overview { damaged: minutes.damaged, ..Overview::default() };
    let mut lanes = BTreeMap::<&str, (u64, Vec<Span>)>::new();
    for minute in &minutes.minutes {
        let span = Span { from: Wall(minute.summary.from).max(from), to: Wall(minute.summary.to).min(to) };
        if span.from > span.to {
            continue;
        }
        extend(&mut told.recorded, span);
        told.pictures.extend(&minute.pictures);
        for (app, times) in &minute.summary.apps {
            let (seen, spans) = lanes.entry(app).or_default();
            *seen += times;
            extend(spans, span);
        }
    }
    told.pictures.sort_unstable();
    let mut lanes: Vec<_> = lanes.into_iter().collect();
    lanes.sort_by_key(|(_, (seen, _))| std::cmp::Reverse(*seen));
    told.lanes = lanes.into_iter().map(|(app, (_, spans))| Lane { app: super::fit::title(app), spans }).collect();
    told
}

impl Review {
    pub(super) fn overview(&mut self, range: (Wall, Wall)) -> Result<Overview, Refusal> {
        let entered = self.timeline(range)?;
        Ok(draw(&self.read(&entered, |session, _| session.minutes(range))?, range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_told_by_the_hour() {
        let told = |stretch, ahead: i64| by_hour_of(stretch, |_| ahead).collect::<Vec<_>>();
        let stretch = (Wall(HOUR - 1500), Wall(2 * HOUR + 500));
        assert_eq!(told(stretch, 0), [(0, 1500), (HOUR, HOUR), (2 * HOUR, 500)]);
        assert_eq!(told(stretch, -5 * HOUR), told(stretch, 0));
        let half = HOUR / 2;
        assert_eq!(told(stretch, 11 * half), [(half, half + 1500), (HOUR + half, half + 500)]);
        assert_eq!(told((Wall(7), Wall(7)), 0), [(0, 0)]);
        assert_eq!(told((Wall(HOUR - 1), Wall(HOUR)), 0), [(0, 1), (HOUR, 0)]);
        assert_eq!((seconds(0), seconds(1001), seconds(i64::MAX)), (1, 2, 3600));
    }

    #[test]
    fn stretches_less_than_a_minute_apart_are_one() {
        let span = |from, to| Span { from: Wall(from), to: Wall(to) };
        let mut spans = Vec::new();
        for (from, to) in [(0, 10), (GAP + 9, GAP + 20), (2 * GAP + 20, 2 * GAP + 30)] {
            extend(&mut spans, span(from, to));
        }
        assert_eq!(spans, [span(0, GAP + 20), span(2 * GAP + 20, 2 * GAP + 30)]);
    }
}
