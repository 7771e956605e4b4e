//! How long was recorded and withheld: from summaries, without content and without the name of any app.

use super::{Refusal, Review, fit, html, overview, save};
use crate::time;
use policy::Wall;
use protocol::review::{Report, ReportHour, WithheldOn};
use protocol::{ErrorCode, Failure};
use std::collections::BTreeMap;
use vault::{Minutes, WithheldDay};

fn count(minutes: &Minutes, withheld: Vec<WithheldDay>, (from, to): (Wall, Wall)) -> Report {
    let mut hours = BTreeMap::<i64, (i64, ReportHour)>::new();
    for minute in &minutes.minutes {
        let summary = &minute.summary;
        let stretch = (Wall(summary.from).max(from), Wall(summary.to).min(to));
        for (n, (at, ms)) in overview::by_hour(stretch).enumerate() {
            let (recorded, hour) = hours.entry(at).or_default();
            *recorded += ms;
            if n > 0 {
                continue;
            }
            // A minute's data count for the hour in which it began.
            let add = |sum: &mut u32, n: u64| *sum = sum.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
            add(&mut hour.frames, summary.frames);
            add(&mut hour.keys, summary.keys);
            add(&mut hour.pointer, summary.pointer);
            add(&mut hour.focus, summary.focus);
        }
    }
    let hour = |(at, (ms, hour))| ReportHour { at: Wall(at), seconds: overview::seconds(ms), ..hour };
    let hours = hours.into_iter().map(hour).collect();
    let mut sums = BTreeMap::<(String, String), u64>::new();
    for WithheldDay { day, seconds } in withheld {
        for (category, seconds) in seconds {
            *sums.entry((day.clone(), fit::title(&category))).or_default() += seconds;
        }
    }
    let withheld = |((day, category), seconds)| WithheldOn { day, category, seconds };
    Report { hours, withheld: sums.into_iter().map(withheld).collect() }
}

impl Review {
    pub(super) fn report(&mut self, range: (Wall, Wall)) -> Result<Report, Refusal> {
        let entered = self.enter("report", range)?;
        let (first, last) = (time::day(range.0), time::day(range.1));
        let (minutes, withheld) =
            self.read(&entered, |session, _| Ok((session.minutes(range)?, session.withheld_on(&first, &last)?)))?;
        let report = count(&minutes, withheld, range);
        if fit::report_fits(&report) {
            return Ok(report);
        }
        Err(Failure::new(ErrorCode::TooLarge, "The range is too long for one report.", "Choose a shorter one."))
    }

    /// Writes it as one page; its path.
    pub(super) fn report_save(&mut self, range: (Wall, Wall)) -> Result<String, Refusal> {
        let Some(folder) = self.folder.clone() else {
            let cure = "Set HOME, or start Eyelid from your desktop session.";
            return Err(Failure::new(ErrorCode::InvalidInput, "Your own folder is not known.", cure));
        };
        let report = self.report(range)?;
        // What is still to come was neither recorded nor withheld.
        let range = (range.0, range.1.min(time::now()).max(range.0));
        save::write(&folder, &time::day(range.1), &html::page(&report, range))
    }
}
