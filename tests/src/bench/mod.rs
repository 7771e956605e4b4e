//! What Eyelid costs, beside others: `npm run bench`.
//!
//! Each contestant has a fresh desktop with the same five windows, on which the same is done. What its processes use is
//! read from `/proc`; what it makes others use, from the same desktop without it. Nothing here passes or fails by a time.

mod bounds;
mod contestant;
mod figures;
pub mod film;
mod judge;
mod machine;
pub mod parts;
mod plot;
mod proc;
mod report;
pub(crate) mod stage;
mod stats;

use std::time::{Duration, Instant};

use serde::Serialize;

use self::contestant::Contestant;
use self::machine::Machine;
use self::proc::{Meter, Used, forget_peaks, tree};
use self::stage::Stage;
use crate::Result;
use crate::desktop::{Desktop, Part};
use crate::process::Proc;

pub use self::contestant::Who;
pub use self::report::Report;

/// What happens on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Another window every two seconds, ten keys and twenty pointer moves a second.
    Work,
    /// Nothing.
    Idle,
    /// Text is scrolled beside a window that is painted anew 25 times a second.
    Scroll,
}

/// The phases, in their order.
pub const PHASES: [(&str, Phase); 3] = [("work", Phase::Work), ("idle", Phase::Idle), ("scroll", Phase::Scroll)];

/// The screens.
pub const SCREENS: [(&str, (u32, u32)); 2] = [("1080p", (1920, 1080)), ("4k", (3840, 2160))];

/// The contestants.
pub const WHO: [(&str, Who); 5] = [
    ("nothing", Who::Nothing),
    ("listener", Who::Listener),
    ("grab", Who::Grab),
    ("ffmpeg", Who::Ffmpeg),
    ("eyelid", Who::Eyelid),
];

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How long each phase lasts.
    pub seconds: u64,
    /// How often all of it is done.
    pub repeats: usize,
    /// How many times each delay is measured.
    pub delays: usize,
    /// How many events a day of the past has.
    pub events: i64,
    /// Names of [`SCREENS`].
    pub screens: Vec<&'static str>,
    /// Names of [`PHASES`].
    pub phases: Vec<&'static str>,
    /// Names of [`WHO`].
    pub who: Vec<&'static str>,
    /// Whether the figures beside the phases are wanted.
    pub figures: bool,
}

/// What one contestant, or a part of it, cost in one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// CPU of its processes, percent of a core.
    pub cpu: f64,
    /// CPU of the X server, percent of a core.
    pub server: Option<f64>,
    /// CPU of all other programs of the desktop, percent of a core.
    pub others: Option<f64>,
    /// Peak memory, MB.
    pub rss: f64,
    /// Memory with shared pages shared out, the most of what was seen every five seconds, MB.
    pub pss: Option<f64>,
    /// Wake-ups a second, but for the polling of the hotkeys.
    pub wakes: f64,
    /// Wake-ups a second of the polling of the hotkeys.
    pub polling: f64,
    /// CPU of the polling of the hotkeys, percent of a core; it is part of `cpu`.
    pub polling_cpu: f64,
    /// Stored, MB a minute.
    pub stored: Option<f64>,
    /// Written towards a disk, MB a minute.
    pub written: Option<f64>,
    /// Pictures stored, a second.
    pub frames: Option<f64>,
    /// Stored pictures that show the private window.
    pub private: Option<f64>,
}

/// A row of the table, as it was measured once.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The screen.
    pub screen: &'static str,
    /// The phase.
    pub phase: Phase,
    /// Who, or which part of whom.
    pub row: &'static str,
    /// In which round.
    pub repeat: usize,
    /// What it cost.
    pub cost: Cost,
}

/// The rows of Eyelid's two programs.
const AGENT: &str = "  its agent";
const TRAY: &str = "  its tray app";

/// Measures. What is going on is printed as it goes.
pub fn run(plan: &Plan) -> Result<Report> {
    let machine = Machine::here();
    let mut who: Vec<Who> = WHO.iter().filter(|(name, _)| plan.who.contains(name)).map(|(_, who)| *who).collect();
    let mut notes = vec![
        "root grab: what xcap 0.8 does, without the crate".to_owned(),
        "RSS: the kernel's own peak; PSS: looked at every five seconds, so a buffer of a moment is missed".to_owned(),
    ];
    if std::process::Command::new("ffmpeg").arg("-version").output().is_err() {
        who.retain(|who| *who != Who::Ffmpeg);
        notes.push("ffmpeg is not installed and was left out".to_owned());
    }
    let mut measured = Vec::new();
    for repeat in 0..plan.repeats {
        for (screen, size) in SCREENS.iter().filter(|(name, _)| plan.screens.contains(name)) {
            // Each time another one begins.
            let (turn, count) = (repeat % who.len(), who.len());
            for who in who.iter().cycle().skip(turn).take(count).filter(|_| !plan.phases.is_empty()) {
                let what = format!("{} of {}: {screen}, {}", repeat + 1, plan.repeats, who.name());
                let rows = tried(&what, &mut notes, || contest(plan, *size, *who));
                let rows = rows.into_iter().flatten();
                measured.extend(rows.map(|(phase, row, cost)| Measured { screen, phase, row, repeat, cost }));
            }
        }
    }
    let figures = plan.figures.then(|| figures::measure(plan, &mut notes));
    Ok(Report::new(machine, plan, measured, figures, notes))
}

/// Says what comes now, and does it; a second time if the first one fails, for a run lasts too long to be lost to one
/// failure. What fails twice is left out, and said to be.
fn tried<T>(what: &str, notes: &mut Vec<String>, work: impl Fn() -> Result<T>) -> Option<T> {
    eprintln!("{what}");
    let again = |error: anyhow::Error| {
        eprintln!("{what}, again: {error:#}");
        work()
    };
    work().or_else(again).inspect_err(|error| notes.push(format!("left out: {what}: {error:#}"))).ok()
}

/// Has one contestant go through all phases on a desktop of its own.
fn contest(plan: &Plan, (w, h): (u32, u32), who: Who) -> Result<Vec<(Phase, &'static str, Cost)>> {
    let desktop = Desktop::builder().size(w, h).full().start()?;
    let stage = Stage::set(&desktop)?;
    let mut contestant = Contestant::start(&desktop, who)?;
    let mut measured = Vec::new();
    for (_, phase) in PHASES.iter().filter(|(name, _)| plan.phases.contains(name)) {
        for (row, cost) in measure(&desktop, &stage, &mut contestant, *phase, plan.seconds)? {
            measured.push((*phase, row, cost));
        }
    }
    // What Eyelid stored can be looked through only by reading it, which is a cost of its own.
    let phases = PHASES.iter().filter(|(name, _)| plan.phases.contains(name));
    for ((_, phase), kept) in phases.zip(contestant.kept()?) {
        for (_, _, cost) in measured.iter_mut().filter(|(p, row, _)| p == phase && *row == who.name()) {
            cost.frames = Some(f64::from(kept.frames) / seconds(plan.seconds));
            cost.private = Some(f64::from(kept.private));
        }
    }
    Ok(measured)
}

/// The groups of processes that are told apart.
#[derive(Default)]
struct Meters {
    main: Meter,
    agent: Meter,
    server: Meter,
    others: Meter,
}

impl Meters {
    fn look(&mut self, desktop: &Desktop, contestant: &Contestant<'_>, memory: bool, all: bool) -> Result<()> {
        let [main, agent] = programs(contestant);
        let server = desktop.pid_of(Part::Display)?;
        self.main.look(&main, memory);
        self.agent.look(&agent, memory);
        self.server.look(&[server], false);
        if all {
            let others = desktop.processes().into_iter();
            let others = others.filter(|pid| *pid != server && !main.contains(pid) && !agent.contains(pid));
            self.others.look(&others.collect::<Vec<_>>(), false);
        }
        Ok(())
    }

    fn used(&self) -> [Used; 4] {
        [&self.main, &self.agent, &self.server, &self.others].map(Meter::used)
    }
}

/// The processes of a contestant, and those of its recorder if that is one of its own.
fn programs(contestant: &Contestant<'_>) -> [Vec<i32>; 2] {
    let (root, agent) = (contestant.root(), contestant.agent());
    let main = root.map(|root| tree(root, agent)).unwrap_or_default();
    [main, agent.map(|agent| tree(agent, None)).unwrap_or_default()]
}

fn measure(
    desktop: &Desktop,
    stage: &Stage<'_>,
    contestant: &mut Contestant<'_>,
    phase: Phase,
    long: u64,
) -> Result<Vec<(&'static str, Cost)>> {
    let film = stage.prepare(phase)?;
    contestant.begin(phase)?;
    film.as_ref().map_or(Ok(()), Proc::cont)?;
    programs(contestant).iter().for_each(|pids| forget_peaks(pids));
    let mut meters = Meters::default();
    meters.look(desktop, contestant, true, true)?;
    let (before, begun) = (meters.used(), Instant::now());
    let (mut looked, mut second) = (Ok(()), 0);
    stage.play(phase, Duration::from_secs(long), || {
        second += 1;
        // Asking for the memory takes a process's own lock for a moment.
        let look = meters.look(desktop, contestant, second % 5 == 0, false);
        looked = std::mem::replace(&mut looked, Ok(())).and(look);
    })?;
    looked?;
    meters.look(desktop, contestant, true, true)?;
    let (during, took) = (meters.used(), begun.elapsed().as_secs_f64());
    film.as_ref().map_or(Ok(()), Proc::stop)?;
    let stored = contestant.finish(phase)?;
    meters.look(desktop, contestant, false, true)?;
    let after = meters.used();
    let kept = contestant.end()?;
    drop(film);
    let a_minute = |bytes: f64| bytes / 1e6 * 60.0 / took;
    let cpu = |n: usize, end: &[Used; 4]| 100.0 * (end[n].cpu - before[n].cpu) / took;
    let per = |n: usize| {
        let written = after[n].written.zip(before[n].written);
        let polling = (during[n].polling - before[n].polling) / took;
        Cost {
            // What is still to be stored when the phase ends belongs to it.
            cpu: cpu(n, &after),
            rss: during[n].rss,
            pss: during[n].pss,
            wakes: (during[n].wakes - before[n].wakes) / took - polling,
            polling,
            polling_cpu: 100.0 * (during[n].polling_cpu - before[n].polling_cpu) / took,
            written: written.map(|(after, before)| a_minute(after - before)),
            ..Cost::default()
        }
    };
    #[allow(clippy::cast_precision_loss)]
    let stored = a_minute(stored as f64);
    let all = |parts: Cost| Cost {
        server: Some(cpu(2, &during)),
        others: Some(cpu(3, &during)),
        stored: Some(stored),
        frames: Some(f64::from(kept.frames) / took),
        private: Some(kept.private.into()),
        ..parts
    };
    let (main, agent) = (per(0), per(1));
    if contestant.who != Who::Eyelid {
        return Ok(vec![(contestant.who.name(), all(main))]);
    }
    let both = Cost {
        cpu: main.cpu + agent.cpu,
        rss: main.rss + agent.rss,
        pss: main.pss.zip(agent.pss).map(|(a, b)| a + b),
        wakes: main.wakes + agent.wakes,
        written: main.written.zip(agent.written).map(|(a, b)| a + b),
        ..main
    };
    Ok(vec![(contestant.who.name(), all(both)), (AGENT, agent), (TRAY, main)])
}

#[allow(clippy::cast_precision_loss)]
fn seconds(n: u64) -> f64 {
    n as f64
}
