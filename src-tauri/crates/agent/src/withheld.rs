//! For how long what was withheld: a total per day and category, and nothing of when.

use crate::agent::Agent;
use policy::{Boot, Held, Hold, Now, State, Wall};
use std::collections::BTreeMap;

/// Totals are handed to the vault so often, milliseconds: a power cut costs no more of them.
const HAND_OVER_EVERY: u64 = 300_000;

/// What has not been handed to the vault.
#[derive(Default)]
pub struct WithheldTime {
    /// What withholds now, and since when it has not been counted.
    running: Option<(String, Boot)>,
    /// Milliseconds by local date and category.
    counted: BTreeMap<(String, String), u64>,
    handed_over: Boot,
}

impl WithheldTime {
    /// From now on this withholds. What withheld until now is counted.
    fn goes_on(&mut self, category: Option<String>, now: Now) {
        if let Some((category, since)) = self.running.take() {
            for (day, ms) in by_day(now.wall_of(since), now.wall) {
                *self.counted.entry((day, category.clone())).or_default() += ms;
            }
        }
        self.running = category.map(|category| (category, now.boot));
    }

    /// Whole seconds by date and category; what is left of a second stays.
    fn take(&mut self) -> Vec<(String, String, u64)> {
        let mut whole = Vec::new();
        for ((day, category), ms) in &mut self.counted {
            if *ms >= 1000 {
                whole.push((day.clone(), category.clone(), *ms / 1000));
                *ms %= 1000;
            }
        }
        whole
    }
}

impl Agent {
    /// Counts what withholds; hands the totals over if it is time to, or at the end.
    pub(crate) fn count_withheld(&mut self, at_the_end: bool, now: Now) {
        let category = match self.policy.state() {
            State::Recording => None,
            State::Held(held) => category(&held),
        };
        let same = self.withheld_time.running.as_ref().map(|(category, _)| category) == category.as_ref();
        let due = now.boot.since(self.withheld_time.handed_over) >= HAND_OVER_EVERY;
        if same && !due && !at_the_end {
            return;
        }
        self.withheld_time.goes_on(category, now);
        if due || at_the_end {
            self.withheld_time.handed_over = now.boot;
            let Some(vault) = self.vault.as_mut() else { return };
            for (day, category, seconds) in self.withheld_time.take() {
                vault.note_withheld(&day, &category, seconds);
            }
        }
    }
}

/// Under what it is counted: the category of the rule, or the hold's own name. Before consent there is nothing to
/// withhold, and of a locked session nobody is there to be recorded.
fn category(held: &[Held]) -> Option<String> {
    if held.iter().any(|h| matches!(h.hold, Hold::NotConsented | Hold::SessionLocked | Hold::ShuttingDown)) {
        return None;
    }
    let first = held.first()?;
    first.category.clone().or_else(|| Some(serde_json::to_value(first.hold).ok()?.as_str()?.to_owned()))
}

/// A stretch of time by local date.
fn by_day(from: Wall, to: Wall) -> Vec<(String, u64)> {
    let ms = |from: i64, to: i64| to.saturating_sub(from).max(0).unsigned_abs();
    let local =
        |wall: Wall| Some(jiff::Timestamp::from_millisecond(wall.0).ok()?.to_zoned(jiff::tz::TimeZone::system()));
    let (Some(first), Some(last)) = (local(from), local(to)) else { return Vec::new() };
    let midnight = last.start_of_day().map_or(from.0, |day| day.timestamp().as_millisecond());
    if midnight <= from.0 {
        return vec![(first.date().to_string(), ms(from.0, to.0))];
    }
    // It is counted at least once an hour, so it is never more than two days.
    vec![(first.date().to_string(), ms(from.0, midnight)), (last.date().to_string(), ms(midnight, to.0))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(ms: u64) -> Now {
        Now { boot: Boot(ms), wall: Wall(1_795_500_000_000 + i64::try_from(ms).unwrap()) }
    }

    fn held(hold: Hold, category: Option<&str>) -> Held {
        Held { hold, since: Boot(0), until: None, category: category.map(str::to_owned) }
    }

    #[test]
    fn each_stretch_is_counted_once_under_what_withheld_it() {
        let mut time = WithheldTime::default();
        time.goes_on(Some("chat".into()), now(0));
        time.goes_on(Some("user-pause".into()), now(2500));
        time.goes_on(None, now(4000));
        time.goes_on(Some("chat".into()), now(9000));
        time.goes_on(None, now(9600));
        let whole: Vec<_> = time.take().into_iter().map(|(_, category, seconds)| (category, seconds)).collect();
        assert_eq!(whole, [("chat".to_owned(), 3), ("user-pause".to_owned(), 1)]);
        assert_eq!(time.take(), []);
        assert_eq!(time.counted.values().sum::<u64>(), 100 + 500);
    }

    #[test]
    fn midnight_parts_a_stretch() {
        let midnight = jiff::civil::date(2026, 11, 25).to_zoned(jiff::tz::TimeZone::system()).unwrap();
        let at = |ms: i64| Wall(midnight.timestamp().as_millisecond() + ms);
        assert_eq!(by_day(at(-3000), at(-1000)), [("2026-11-24".to_owned(), 2000)]);
        assert_eq!(by_day(at(-3000), at(1000)), [("2026-11-24".to_owned(), 3000), ("2026-11-25".to_owned(), 1000)]);
    }

    #[test]
    fn a_category_names_the_rule_or_the_hold_and_no_locked_session_counts() {
        assert_eq!(category(&[]), None);
        assert_eq!(category(&[held(Hold::SensitiveApp, Some("chat"))]).as_deref(), Some("chat"));
        assert_eq!(category(&[held(Hold::UserPause, None)]).as_deref(), Some("user-pause"));
        for absent in [Hold::NotConsented, Hold::SessionLocked, Hold::ShuttingDown] {
            assert_eq!(category(&[held(Hold::UserPause, None), held(absent, None)]), None);
        }
    }
}
