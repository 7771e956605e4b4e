//! What the programs hold in memory and use while nothing happens, beside an empty app of the same toolkit.

use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use crate::bench::contestant::resident;
use crate::bench::proc::{Meter, Used, tree};
use crate::desktop::Desktop;
use crate::eyelid::{Binaries, Eyelid};
use crate::wait::{LONG, wait_for};
use crate::{Rect, Result};

/// Until then what a start needs is given back.
const SETTLE: Duration = Duration::from_secs(15);

/// What there is at rest.
#[derive(Clone, Debug, Serialize)]
pub struct Rest {
    /// Memory of an app of the same toolkit and the same build that does nothing; MB, shared pages shared out.
    pub empty: Option<f64>,
    /// The programs, state by state.
    pub states: Vec<State>,
}

/// A program in a state.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct State {
    /// The state.
    pub state: &'static str,
    /// The program.
    pub program: &'static str,
    /// MB, shared pages shared out.
    pub pss: Option<f64>,
    /// Percent of a core.
    pub cpu: f64,
    /// Wake-ups a second, but for the polling of the hotkeys.
    pub wakes: f64,
}

/// Recording, with no window of Eyelid's since its start.
pub const RECORDING: &str = "recording, nothing happens";
/// The tray app, as a row calls it.
pub const TRAY: &str = "tray app";

/// Measures each state for so many seconds. The empty app is gone before Eyelid comes: they share pages.
pub fn measure(seconds: u64) -> Result<Rest> {
    let desktop = Desktop::builder().size(1920, 1080).full().start()?;
    let _window = desktop.plain_window("Meadow", "Notes", 0x30_80_d0, Rect::new(100, 100, 800, 600))?;
    let empty = desktop.spawn(desktop.command(Binaries::find()?.program("examples/empty")?))?;
    wait_for("the empty app", LONG, || empty.output_text().contains("ready").then_some(()))
        .with_context(|| empty.output_text())?;
    std::thread::sleep(SETTLE);
    let mut meter = Meter::default();
    meter.look(&tree(empty.pid(), None), true);
    drop(empty);
    let eyelid = resident(&desktop)?;
    let mut states = Vec::from(state(&eyelid, RECORDING, seconds)?);
    eyelid.ctl_ok(&["pause"])?;
    states.extend(state(&eyelid, "paused", seconds)?);
    // A second one has the first open its window.
    desktop.spawn(desktop.command(Binaries::find()?.program("eyelid")?))?.wait_exit(LONG)?;
    let window = desktop.window_by_title("Eyelid")?;
    states.extend(state(&eyelid, "paused, its window open", seconds)?);
    desktop.close(&window)?;
    desktop.wait_no_window("Eyelid's window", |w| w.id == window.id)?;
    states.extend(state(&eyelid, "paused, its window closed again", seconds)?);
    Ok(Rest { empty: meter.used().pss, states })
}

fn state(eyelid: &Eyelid<'_>, state: &'static str, seconds: u64) -> Result<[State; 2]> {
    std::thread::sleep(SETTLE);
    let agent = eyelid.pid_of("eyelid-agent").context("the agent")?;
    let tray = eyelid.process().pid();
    let mut meters = [("agent", Meter::default()), (TRAY, Meter::default())];
    let mut look = |memory| {
        for (pids, (_, meter)) in [tree(agent, None), tree(tray, Some(agent))].iter().zip(&mut meters) {
            meter.look(pids, memory);
        }
        meters.each_ref().map(|(_, meter)| meter.used())
    };
    let before = look(false);
    for _ in 0..seconds {
        std::thread::sleep(Duration::from_secs(1));
        look(false);
    }
    let after = look(true);
    #[allow(clippy::cast_precision_loss)]
    let took = seconds as f64;
    let of = |program, before: Used, after: Used| State {
        state,
        program,
        pss: after.pss,
        cpu: 100.0 * (after.cpu - before.cpu) / took,
        wakes: ((after.wakes - after.polling) - (before.wakes - before.polling)) / took,
    };
    Ok([of("agent", before[0], after[0]), of(TRAY, before[1], after[1])])
}

impl Rest {
    /// The tray app's memory while recording, without a window.
    pub fn tray(&self) -> Option<f64> {
        self.states.iter().find(|s| s.state == RECORDING && s.program == TRAY)?.pss
    }
}
