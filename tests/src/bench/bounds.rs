//! The bounds that Eyelid is meant to keep. They are said, not asserted: a busy machine is no fault of the program.

use serde::Serialize;

use super::contestant::Who;
use super::report::Report;
use super::{AGENT, Cost, PHASES, Phase};

/// A bound, and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// What is bounded.
    pub what: &'static str,
    /// What was measured.
    pub measured: Option<f64>,
    /// The most that it should be.
    pub at_most: f64,
}

impl Bound {
    /// Whether it holds, if it was measured.
    pub fn holds(&self) -> Option<bool> {
        self.measured.map(|measured| measured <= self.at_most)
    }
}

/// All of them.
pub fn of(report: &Report) -> Vec<Bound> {
    type Of = fn(&Cost) -> Option<f64>;
    let median = |screen: &str, phase, who: &str, of: Of| report.middle(screen, phase, who, of).map(|m| m.median);
    let eyelid = |screen: &str, phase, of: Of| median(screen, phase, Who::Eyelid.name(), of);
    let (hd, uhd) = ("1080p", "4k");
    let of_grab = |of: Of| ratio(eyelid(hd, Phase::Work, of), median(hd, Phase::Work, Who::Grab.name(), of));
    let most = |values: Vec<Option<f64>>| values.into_iter().flatten().reduce(f64::max);
    let figures = report.figures.as_ref();
    let rest = figures.and_then(|f| f.rest.as_ref());
    let agent = PHASES.map(|(_, phase)| median(hd, phase, AGENT, |c| c.pss));
    let private = [hd, uhd].map(|s| PHASES.map(|(_, phase)| eyelid(s, phase, |c| c.private)));
    // A phase may begin and end with a picture.
    #[allow(clippy::cast_precision_loss)]
    let rate = 1.0 + 1.0 / report.seconds.max(1) as f64;
    let bound = |what, measured, at_most| Bound { what, measured, at_most };
    vec![
        bound("work: CPU / root grab's", of_grab(|c| Some(c.cpu)), 0.2),
        bound("work: extra X CPU / root grab's", of_grab(|c| c.server), 0.5),
        bound("work: MB stored a minute", eyelid(hd, Phase::Work, |c| c.stored), 2.5),
        bound("idle: CPU but for the polling, %", eyelid(hd, Phase::Idle, |c| Some(c.cpu - c.polling_cpu)), 0.1),
        bound("idle: wake-ups a second", eyelid(hd, Phase::Idle, |c| Some(c.wakes)), 2.0),
        bound("agent: PSS, MB", most(agent.to_vec()), 40.0),
        bound("tray app: PSS / empty app's", rest.and_then(|r| ratio(r.tray(), r.empty)), 1.2),
        bound(
            "focus to hold: p99 / bare listener's",
            figures.and_then(|f| ratio(f.hold.map(|d| d.p99), f.listener.map(|d| d.p99))),
            3.0,
        ),
        bound("4K, work: pictures a second", eyelid(uhd, Phase::Work, |c| c.frames), rate),
        bound("film: pictures a second", eyelid(hd, Phase::Scroll, |c| c.frames), rate),
        bound("private pictures stored", most(private.concat()), 0.0),
    ]
}

/// Of nothing, or less, there is no ratio.
fn ratio(of: Option<f64>, by: Option<f64>) -> Option<f64> {
    of.zip(by.filter(|by| *by > 0.0)).map(|(of, by)| of / by)
}

/// One line that says which hold.
pub fn line(bounds: &[Bound]) -> String {
    let some = |wanted: Option<bool>, show: fn(&Bound) -> String| {
        let some: Vec<String> = bounds.iter().filter(|b| b.holds() == wanted).map(show).collect();
        if some.is_empty() { "none".to_owned() } else { some.join("; ") }
    };
    format!(
        "bounds that hold: {}. Missed: {}. Not measured: {}.",
        some(Some(true), figure_of),
        some(Some(false), figure_of),
        some(None, |b| b.what.to_owned())
    )
}

fn figure_of(bound: &Bound) -> String {
    let measured = bound.measured.unwrap_or_default();
    format!("{} {measured:.2} (at most {})", bound.what, short(bound.at_most))
}

/// With as many decimals as it needs, two at most.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_what_is_missed_and_by_how_much() {
        let bound = |what, measured, at_most| Bound { what, measured, at_most };
        let line = line(&[bound("a", Some(0.1), 0.2), bound("b", Some(3.456), 3.0), bound("c", None, 1.0)]);
        assert_eq!(line, "bounds that hold: a 0.10 (at most 0.2). Missed: b 3.46 (at most 3). Not measured: c.");
    }

    #[test]
    fn a_bound_is_kept_by_what_reaches_it_and_by_no_more() {
        let bound = |measured| Bound { what: "a", measured: Some(measured), at_most: 2.0 };
        assert_eq!((bound(2.0).holds(), bound(2.01).holds()), (Some(true), Some(false)));
    }

    #[test]
    fn of_nothing_there_is_no_ratio() {
        assert_eq!(ratio(Some(1.0), Some(4.0)), Some(0.25));
        assert_eq!(
            (ratio(Some(1.0), Some(0.0)), ratio(Some(1.0), Some(-2.0)), ratio(None, Some(1.0))),
            (None, None, None)
        );
    }
}
