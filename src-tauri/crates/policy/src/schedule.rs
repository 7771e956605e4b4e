//! Recurring opt-outs in local time.

use crate::{Now, Wall};
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A time of day, local. Written `HH:MM`, `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

/// Not a time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time of day; write HH:MM, from 00:00 to 24:00")]
pub struct NotATime(pub String);

impl TimeOfDay {
    /// Minutes since midnight, 0 to 1440.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.minutes
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        let parse = || {
            let (hours, minutes) = text.split_once(':')?;
            let digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
            let two = |s: &str| digits(s).then(|| s.parse::<u16>().ok()).flatten();
            let (hours, minutes) = (two(hours)?, two(minutes)?);
            let total = hours * 60 + minutes;
            (minutes < 60 && total <= 24 * 60).then_some(TimeOfDay { minutes: total })
        };
        parse().ok_or(NotATime(text.clone()))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> String {
        format!("{:02}:{:02}", time.minutes / 60, time.minutes % 60)
    }
}

/// One recurring opt-out: on these days, from then, until then. `to` at or before `from` means the next day.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Recurring {
    /// The days on which it begins; at least one.
    pub days: Vec<Day>,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends.
    pub to: TimeOfDay,
}

/// One time that a recurring opt-out runs.
///
/// It covers every instant whose local time lies in it. Where the clock is put forward over one of its ends, that
/// end moves outwards by what was skipped; where it is put back over one, the earlier beginning and the later end
/// count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    /// When it begins.
    pub from: Wall,
    /// When it ends.
    pub to: Wall,
}

impl Occurrence {
    /// Whether it runs at this instant.
    #[must_use]
    pub fn covers(&self, at: Wall) -> bool {
        self.from <= at && at < self.to
    }
}

/// Everything that runs at any time between two instants, sorted by beginning. `None` if these instants lie beyond
/// the years that a calendar can tell.
#[must_use]
pub fn occurrences(schedule: &[Recurring], zone: &TimeZone, from: Wall, to: Wall) -> Option<Vec<Occurrence>> {
    // An occurrence is at most two days long: from 24:00 until 24:00.
    let first = local(zone, Wall(from.0.checked_sub(3 * DAY)?))?.date();
    let last = local(zone, to)?.date();
    let mut found = Vec::new();
    let mut date = first;
    while date <= last {
        for recurring in schedule.iter().filter(|r| r.days.contains(&day_of(date))) {
            let occurrence = recurring.on(date, zone)?;
            if occurrence.from <= to && occurrence.to > from {
                found.push(occurrence);
            }
        }
        date = date.tomorrow().ok()?;
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// The first 06:00, local time, that is at least six hours away. With no zone known, later than in any zone.
#[must_use]
pub fn tomorrow(now: Now, zone: Option<&TimeZone>) -> Wall {
    let earliest = Wall(now.wall.0.saturating_add(6 * HOUR));
    zone.and_then(|zone| {
        let mut date = local(zone, earliest)?.date();
        loop {
            let six = instant(zone.to_ambiguous_timestamp(date.to_datetime(Time::constant(6, 0, 0, 0))).later())?;
            if six >= earliest {
                return Some(six);
            }
            date = date.tomorrow().ok()?;
        }
    })
    .unwrap_or(Wall(now.wall.0.saturating_add(31 * HOUR)))
}

impl Recurring {
    fn on(&self, date: Date, zone: &TimeZone) -> Option<Occurrence> {
        let next = if self.to <= self.from { date.tomorrow().ok()? } else { date };
        Some(Occurrence {
            from: instant(zone.to_ambiguous_timestamp(self.from.on(date)?).earlier())?,
            to: instant(zone.to_ambiguous_timestamp(self.to.on(next)?).later())?,
        })
    }
}

impl TimeOfDay {
    fn on(self, date: Date) -> Option<DateTime> {
        date.to_datetime(Time::midnight()).checked_add(i64::from(self.minutes).minutes()).ok()
    }
}

fn local(zone: &TimeZone, at: Wall) -> Option<DateTime> {
    Timestamp::from_millisecond(at.0).ok().map(|at| zone.to_datetime(at))
}

fn instant(timestamp: Result<Timestamp, jiff::Error>) -> Option<Wall> {
    timestamp.ok().map(|timestamp| Wall(timestamp.as_millisecond()))
}

fn day_of(date: Date) -> Day {
    match date.weekday() {
        Weekday::Monday => Day::Mon,
        Weekday::Tuesday => Day::Tue,
        Weekday::Wednesday => Day::Wed,
        Weekday::Thursday => Day::Thu,
        Weekday::Friday => Day::Fri,
        Weekday::Saturday => Day::Sat,
        Weekday::Sunday => Day::Sun,
    }
}
