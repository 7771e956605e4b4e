//! What came out: as a table, and as data.

use std::fmt;

use serde::Serialize;

use super::bounds::{self, Bound};
use super::contestant::Who;
use super::figures::{Figures, State};
use super::machine::Machine;
use super::stats::{Delays, Middle, middle};
use super::{Cost, Measured, PHASES, Phase, Plan, SCREENS};

/// A column of the table: its key, its title, decimals, and where its number is.
type Column = (&'static str, &'static str, usize, fn(&Cost) -> Option<f64>);

/// All of them.
const COLUMNS: [Column; 12] = [
    ("cpu_percent", "CPU %", 2, |c| Some(c.cpu)),
    ("server_cpu_percent", "X CPU %", 2, |c| c.server),
    ("others_cpu_percent", "others %", 2, |c| c.others),
    ("peak_rss_mb", "RSS MB", 1, |c| Some(c.rss)),
    ("peak_pss_mb", "PSS MB", 1, |c| c.pss),
    ("wakeups_per_second", "wakes/s", 1, |c| Some(c.wakes)),
    ("hotkey_polling_per_second", "polling/s", 1, |c| Some(c.polling)),
    ("hotkey_polling_cpu_percent", "polling %", 2, |c| Some(c.polling_cpu)),
    ("stored_mb_per_minute", "MB/min", 2, |c| c.stored),
    ("written_mb_per_minute", "disk MB/min", 2, |c| c.written),
    ("pictures_per_second", "pictures/s", 2, |c| c.frames),
    ("private_pictures", "private", 0, |c| c.private),
];

/// Who, or which part of whom, in one phase on one screen.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The screen.
    pub screen: &'static str,
    /// The phase.
    pub phase: Phase,
    /// Who.
    pub who: &'static str,
    /// Each time, with the number of the round.
    pub costs: Vec<(usize, Cost)>,
}

/// The outcome of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The machine.
    pub machine: Machine,
    /// How long each phase lasted.
    pub seconds: u64,
    /// How often.
    pub repeats: usize,
    /// The table. CPU of the server and of others: of `nothing` all of it, of the rest what there was beyond that.
    pub rows: Vec<Row>,
    /// The figures beside it.
    pub figures: Option<Figures>,
    /// What one has to know.
    pub notes: Vec<String>,
}

impl Report {
    /// Of what was measured; the machine's load is that of the minute before.
    pub fn new(
        machine: Machine,
        plan: &Plan,
        measured: Vec<Measured>,
        figures: Option<Figures>,
        notes: Vec<String>,
    ) -> Report {
        let mut rows: Vec<Row> = Vec::new();
        for Measured { screen, phase, row: who, repeat, cost } in measured {
            match rows.iter_mut().find(|r| (r.screen, r.phase, r.who) == (screen, phase, who)) {
                Some(row) => row.costs.push((repeat, cost)),
                None => rows.push(Row { screen, phase, who, costs: vec![(repeat, cost)] }),
            }
        }
        let bare: Vec<Row> = rows.iter().filter(|row| row.who == Who::Nothing.name()).cloned().collect();
        for row in rows.iter_mut().filter(|row| row.who != Who::Nothing.name()) {
            let nothing = bare.iter().find(|b| (b.screen, b.phase) == (row.screen, row.phase));
            for (repeat, cost) in &mut row.costs {
                let same = nothing.and_then(|b| b.costs.iter().find(|(n, _)| n == repeat));
                let nothing = same.map(|(_, cost)| cost);
                cost.server = cost.server.zip(nothing.and_then(|n| n.server)).map(|(a, b)| a - b);
                cost.others = cost.others.zip(nothing.and_then(|n| n.others)).map(|(a, b)| a - b);
            }
        }
        rows.sort_by_key(|row| (SCREENS.iter().position(|(name, _)| *name == row.screen), row.phase));
        Report { machine, seconds: plan.seconds, repeats: plan.repeats, rows, figures, notes }
    }

    /// The middle of a figure over the repeats.
    pub fn middle(&self, screen: &str, phase: Phase, who: &str, of: fn(&Cost) -> Option<f64>) -> Option<Middle> {
        let row = self.rows.iter().find(|r| (r.screen, r.phase, r.who) == (screen, phase, who))?;
        row.middle(of)
    }

    /// Whether there is anything to tell.
    pub fn measured(&self) -> bool {
        !self.rows.is_empty() || self.figures.is_some()
    }

    /// The bounds that are asked for, as far as they were measured.
    pub fn bounds(&self) -> Vec<Bound> {
        bounds::of(self)
    }

    /// All of it, medians and bounds too, as JSON.
    pub fn json(&self) -> serde_json::Value {
        let rows = self.rows.iter().map(|row| {
            let columns = COLUMNS.iter().map(|(key, _, _, of)| ((*key).to_owned(), serde_json::json!(row.middle(*of))));
            let columns: serde_json::Map<String, serde_json::Value> = columns.collect();
            serde_json::json!({
                "screen": row.screen, "phase": row.phase, "who": row.who.trim(), "over_repeats": columns,
                "each": row.costs,
            })
        });
        serde_json::json!({
            "machine": self.machine, "seconds": self.seconds, "repeats": self.repeats, "notes": self.notes,
            "rows": rows.collect::<Vec<_>>(), "figures": self.figures, "bounds": self.bounds(),
        })
    }

    /// As a picture.
    pub fn svg(&self) -> String {
        super::plot::draw(self)
    }
}

impl Row {
    fn middle(&self, of: fn(&Cost) -> Option<f64>) -> Option<Middle> {
        middle(self.costs.iter().filter_map(|(_, cost)| of(cost)).collect())
    }
}

/// The median, and half of what lies between the least and the most.
fn cell(middle: Option<Middle>, decimals: usize, spread: bool) -> String {
    let Some(Middle { median, low, high }) = middle else { return "-".to_owned() };
    // Nobody is helped by a negative nothing.
    let shown = |value: f64| format!("{:.decimals$}", if value.abs() < 1e-9 { 0.0 } else { value });
    if spread { format!("{} ±{}", shown(median), shown((high - low) / 2.0)) } else { shown(median) }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { machine, seconds, repeats, .. } = self;
        writeln!(f, "{machine}")?;
        writeln!(f, "{seconds} s a phase, {repeats} times: median ± half the spread; a core is 100 %")?;
        writeln!(f, "X and others: of `nothing` all of it, of the rest what there was beyond that")?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        let (wide, spread) = (if self.repeats > 1 { 15 } else { 12 }, self.repeats > 1);
        for (screen, _) in SCREENS {
            for (name, phase) in PHASES {
                let mut rows = self.rows.iter().filter(|r| r.screen == screen && r.phase == phase).peekable();
                if rows.peek().is_none() {
                    continue;
                }
                write!(f, "\n{:<30}", format!("{screen}, {name}"))?;
                COLUMNS.iter().try_for_each(|(_, title, ..)| write!(f, "{title:>wide$}"))?;
                writeln!(f)?;
                for row in rows {
                    write!(f, "{:<30}", row.who)?;
                    for (_, _, decimals, of) in COLUMNS {
                        write!(f, "{:>wide$}", cell(row.middle(of), decimals, spread))?;
                    }
                    writeln!(f)?;
                }
            }
        }
        if let Some(figures) = &self.figures {
            writeln!(f, "\n{figures}")?;
        }
        writeln!(f, "{}", bounds::line(&self.bounds()))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
        let delay = |f: &mut fmt::Formatter<'_>, name: &str, of: Option<Delays>| {
            let Some(Delays { p50, p95, p99, max, count }) = of else { return writeln!(f, "{name:<58}-") };
            writeln!(f, "{name:<58}p50 {p50:.2}, p95 {p95:.2}, p99 {p99:.2}, max {max:.2} (of {count})")
        };
        delay(f, "window asked for to a bare listener told of it, ms", self.listener)?;
        delay(f, "window asked for to a client told of the hold, ms", self.hold)?;
        delay(f, "pause key to a client told that it is in force, ms", self.pause)?;
        if let Some(rest) = &self.rest {
            writeln!(f, "{:<58}PSS {} MB", "an empty Tauri app", ms(rest.empty))?;
            for State { state, program, pss, cpu, wakes } in &rest.states {
                let what = format!("{program}, {state}");
                writeln!(f, "{what:<58}PSS {} MB, CPU {cpu:.3} %, {wakes:.1} wake-ups/s", ms(*pss))?;
            }
        }
        for p in &self.pictures {
            writeln!(
                f,
                "{:<58}compose {}, pack {}, seal and write {}; bare shared-memory grab {}, with copy {}",
                format!("one picture, {}, ms", p.screen),
                ms(p.compose),
                ms(p.pack),
                ms(p.seal),
                ms(p.grab),
                ms(p.grab_copy)
            )?;
        }
        let Some(p) = &self.past else { return Ok(()) };
        writeln!(f, "14 days of {} events, the last with pictures: {:.0} MB", p.events, p.size)?;
        writeln!(f, "{:<58}first {}, again {}", "a day opened, ms", ms(p.open), ms(p.again))?;
        delay(f, "a moment of it, ms", p.moments)?;
        delay(f, "its picture, ms", p.pictures)?;
        writeln!(f, "{:<58}{}", "14 days searched for the first time, ms", ms(p.search))?;
        delay(f, "14 days searched after that, ms", p.searches)?;
        let (grown, cut) = (ms(Some(p.search_grown)), ms(Some(p.search_forgotten)));
        writeln!(f, "{:<58}{grown}; after a quarter of an hour was forgotten {cut}", "after another minute, ms")?;
        writeln!(f, "{:<58}{}", "the reader's most memory, MB", ms(p.memory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(repeat: usize, row: &'static str, server: f64) -> Measured {
        let cost = Cost { server: Some(server), ..Cost::default() };
        Measured { screen: "1080p", phase: Phase::Work, row, repeat, cost }
    }

    #[test]
    fn what_the_desktop_costs_by_itself_is_taken_off_in_the_same_round() {
        let (nothing, grab) = (Who::Nothing.name(), Who::Grab.name());
        // The second round begins with another one, on a machine that had become busier; the first one lost a row.
        let all = [
            measured(0, nothing, 1.0),
            measured(1, grab, 14.0),
            measured(1, nothing, 11.0),
            measured(2, nothing, 1.0),
            measured(2, grab, 3.0),
        ];
        let plan = Plan {
            seconds: 60,
            repeats: 3,
            delays: 1,
            events: 1,
            screens: vec!["1080p"],
            phases: vec!["work"],
            who: Vec::new(),
            figures: false,
        };
        let report = Report::new(Machine::here(), &plan, all.to_vec(), None, Vec::new());
        let server = |who| report.middle("1080p", Phase::Work, who, |c| c.server).unwrap();
        assert_eq!(server(grab), Middle { median: 2.5, low: 2.0, high: 3.0 });
        assert_eq!(server(nothing), Middle { median: 1.0, low: 1.0, high: 11.0 });
        assert_eq!(report.middle("4k", Phase::Work, grab, |c| c.server), None);
    }

    #[test]
    fn a_cell_tells_the_spread_and_no_negative_nothing() {
        let middle = Some(Middle { median: -0.0, low: -1.0, high: 3.0 });
        assert_eq!(cell(middle, 1, true), "0.0 ±2.0");
        assert_eq!(cell(middle, 0, false), "0");
        assert_eq!(cell(None, 1, true), "-");
    }
}
