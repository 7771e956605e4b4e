//! A working day in a tenth of its time: whether Eyelid grows.
//!
//! Windows of many programs are opened, used and closed again, for as long as the run lasts; now and then a person
//! pauses, forgets and looks into Eyelid's window. Every ten seconds memory, open files, threads, what is kept at the X
//! server and the size of the vault are read.

mod day;
mod plot;
mod sample;

use std::fmt;
use std::time::{Duration, Instant};

pub use plot::svg;
pub use sample::Sample;

use crate::Result;
use crate::desktop::Desktop;
use crate::scene::{ALL, recorded};

/// What was seen.
#[derive(Clone, Debug)]
pub struct Soak {
    /// In the order they were taken.
    pub samples: Vec<Sample>,
    /// Windows opened over the run.
    pub opened: u32,
    /// Switches made.
    pub switches: u32,
}

/// A figure that is watched: its name, its unit, where it is, and how much more of it is no growth (a share, and so
/// much besides).
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) of: fn(&Sample) -> f64,
    share: f64,
    besides: f64,
}

/// Windows come and go, so none of these is the same at any two times.
pub(crate) const FIGURES: [Figure; 9] = [
    Figure { name: "agent, memory", unit: "MB", of: |s| s.agent.pss, share: 0.1, besides: 2.0 },
    Figure { name: "tray app, memory", unit: "MB", of: |s| s.tray.pss, share: 0.1, besides: 4.0 },
    Figure { name: "X server, memory", unit: "MB", of: |s| s.server.pss, share: 0.1, besides: 4.0 },
    Figure { name: "agent, open files", unit: "", of: |s| s.agent.files, share: 0.0, besides: 4.0 },
    Figure { name: "tray app, open files", unit: "", of: |s| s.tray.files, share: 0.0, besides: 4.0 },
    Figure { name: "agent, threads", unit: "", of: |s| s.agent.threads, share: 0.0, besides: 1.0 },
    Figure { name: "tray app, threads", unit: "", of: |s| s.tray.threads, share: 0.0, besides: 2.0 },
    Figure { name: "agent, kept at the X server", unit: "", of: |s| s.resources, share: 0.15, besides: 10.0 },
    Figure { name: "agent, pixmaps at the X server", unit: "MB", of: |s| s.pixmaps, share: 0.25, besides: 4.0 },
];

/// Plays for so long.
pub fn run(length: Duration, seed: u64) -> Result<Soak> {
    let desktop = Desktop::builder().size(1600, 900).full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let mut day = day::Day::begin(&desktop, &eyelid, seed)?;
    let mut reader = sample::Reader::new(&desktop, &eyelid)?;
    let begun = Instant::now();
    let mut samples = Vec::new();
    while begun.elapsed() < length {
        day.go_on()?;
        if samples.len() < usize::try_from(begun.elapsed().as_secs() / 10)? {
            samples.push(reader.read(begun.elapsed(), day.live())?);
        }
    }
    Ok(Soak { samples, opened: day.opened, switches: day.switches })
}

fn median(samples: &[Sample], of: fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Soak {
    /// The first fifth is for warming up; of the rest, the first quarter and the last.
    fn ends(&self) -> (&[Sample], &[Sample]) {
        let warm = &self.samples[self.samples.len() / 5..];
        let quarter = warm.len() / 4;
        (&warm[..quarter], &warm[warm.len() - quarter..])
    }

    /// Vault, kilobytes a minute, over these samples; what was forgotten counts as nothing.
    fn growth(samples: &[Sample]) -> f64 {
        let grown: f64 = samples.windows(2).map(|two| (two[1].vault - two[0].vault).max(0.0)).sum();
        let minutes = match samples {
            [first, .., last] => (last.at - first.at).as_secs_f64() / 60.0,
            _ => 1.0,
        };
        1000.0 * grown / minutes
    }

    /// What grew, in words.
    pub fn failures(&self) -> Vec<String> {
        let (first, last) = self.ends();
        if first.len() < 4 {
            return vec!["too short to tell: four minutes at the least".to_owned()];
        }
        let mut failures: Vec<String> = FIGURES
            .iter()
            .filter_map(|figure| {
                let (a, b) = (median(first, figure.of), median(last, figure.of));
                let most = a * (1.0 + figure.share) + figure.besides;
                (b > most).then(|| format!("{} grew from {a:.1} to {b:.1} {}", figure.name, figure.unit))
            })
            .collect();
        let (a, b) = (Soak::growth(first), Soak::growth(last));
        if b > 1.5 * a {
            failures.push(format!("the vault grew by {a:.0} kB a minute at first and by {b:.0} in the end"));
        }
        if a <= 0.0 || b <= 0.0 {
            failures.push("nothing was stored: that proves nothing".to_owned());
        }
        failures
    }
}

impl fmt::Display for Soak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.ends();
        let length = self.samples.last().map_or(0, |s| s.at.as_secs());
        writeln!(f, "{length} s, {} switches, {} windows opened", self.switches, self.opened)?;
        writeln!(f, "{:<34}{:>12}{:>12}{:>12}", "", "first", "last", "most")?;
        for figure in &FIGURES {
            let most = self.samples.iter().map(figure.of).fold(0.0, f64::max);
            let (a, b) = (median(first, figure.of), median(last, figure.of));
            writeln!(f, "{:<34}{a:>12.1}{b:>12.1}{most:>12.1} {}", figure.name, figure.unit)?;
        }
        let (a, b) = (Soak::growth(first), Soak::growth(last));
        writeln!(f, "{:<34}{a:>12.0}{b:>12.0}{:>12} kB a minute", "vault, growth", "")?;
        let live = |samples: &[Sample]| median(samples, |s| s.live);
        write!(f, "{:<34}{:>12.0}{:>12.0}", "windows open", live(first), live(last))
    }
}
