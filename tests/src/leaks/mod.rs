//! The instrument that would show a leak.
//!
//! A virtual desktop, the real programs, and a farm of windows, allowed and private ones, each with its own colours
//! and letters. They are switched, raised, moved and typed into, as fast as the server takes it, then left alone for a
//! while, again and again. Afterwards everything in the vault is searched for private colours, letters and names, and
//! every key is held against the window that really got it. Two naive recorders run beside ours and must leak.

mod cast;
mod clock;
pub mod farm;
mod judge;
mod naive;
mod report;
mod scene;
mod watch;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::time::Duration;

use anyhow::Context;

pub use judge::{Delays, Shown, Tally};
pub use report::Report;

use crate::Result;
use crate::desktop::{Desktop, Wm};
use crate::display::Rect;
use crate::eyelid::{Binaries, Eyelid, EyelidOptions};
use crate::scene::{ALL, STORED, everything, now_ms, recorded_by, recording, stored, wait_stored};
use crate::wait::{LONG, wait_for};
use policy::Hold;
use x11rb::protocol::xproto::ConnectionExt as _;

/// The window managers of a run.
pub const DESKTOPS: [(&str, Wm, bool); 4] = [
    ("openbox", Wm::Openbox, false),
    ("xfwm4", Wm::Xfwm4 { compositor: false }, false),
    ("xfwm4-compositor", Wm::Xfwm4 { compositor: true }, false),
    ("picom", Wm::Openbox, true),
];

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Determines everything that chance decides.
    pub seed: u64,
    /// How many switches.
    pub switches: u32,
    /// One of [`DESKTOPS`].
    pub wm: &'static str,
}

/// Plays the scene and judges what was stored.
pub fn run(plan: Plan) -> Result<Report> {
    let desk = DESKTOPS.iter().find(|(name, ..)| *name == plan.wm);
    let (_, wm, picom) = *desk.ok_or_else(|| anyhow::anyhow!("there is no {}", plan.wm))?;
    let halves = [Rect::new(0, 0, 960, 900), Rect::new(960, 0, 640, 900)];
    let desktop = Desktop::builder().size(1600, 900).monitors(&halves).wm(wm).full().panel(false).start()?;
    let _picom = if picom { Some(compose(&desktop)?) } else { None };
    settings(&desktop)?;
    let walls = clock::walls();
    let mut scene = scene::Scene::set(&desktop, plan.seed)?;
    let eyelid = recorded_by(&desktop, &EyelidOptions::default(), ALL)?;
    // Its own window shows the mirror, in which the farm's colours stand once more.
    desktop.close(&desktop.window_by_title("Eyelid")?)?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && !w.override_redirect)?;
    typing_is_stored(&desktop, &eyelid)?;

    let (from, display) = (clock::now(), desktop.display_name());
    let told = watch::watch(desktop.path("run").join("eyelid.sock"));
    let grabbing = naive::grab_then_ask(display, &scene.ids);
    let flagging = naive::flag_and_loop(display, &scene.ids);
    let samples = naive::samples(display);
    scene.play(&eyelid, plan.switches)?;
    let to = clock::now();
    let (samples, grabbing, flagging) = (samples.end()?, grabbing.end()?, flagging.end()?);
    scene.without_panel()?;
    typing_is_stored(&desktop, &eyelid)?;
    wait_stored(&eyelid, "screen", now_ms())?;
    let told = told.end().with_context(|| eyelid.log())?;
    let walls = walls.end()?;

    let withheld = eyelid.status()?["withheld"].clone();
    let withheld = withheld.as_array().into_iter().flatten().filter_map(|entry| {
        let why = entry["hold"].as_str().or_else(|| entry["why"].as_str()).unwrap_or("a window");
        Some((why.to_owned(), entry["dropped"].as_u64()?))
    });
    let withheld = withheld.collect();
    let export = everything(&eyelid)?;
    let truth = judge::Truth::of(&scene.reports(), &scene.keys)?;
    let (ours, shown) = judge::stored(&export, &truth, &scene.log, &walls)?;
    if std::env::var_os("EYELID_TESTS_KEEP").is_none() {
        fs::remove_dir_all(&export.folder)?;
    }
    let held = watch::held(&told, to, |_| true);
    let expected = judge::expected(&scene.log, &truth);
    let mut by: Vec<(String, i64)> = Hold::ALL
        .into_iter()
        .map(|hold| {
            let spans = watch::held(&told, to, |h| h == hold);
            (format!("{hold:?}"), expected.iter().map(|(a, b)| spans.within(*a, *b)).sum())
        })
        .filter(|(_, ms)| *ms > 0)
        .collect();
    by.sort_by_key(|(_, ms)| -ms);
    // While a process is stopped, what its windows show may be copies of others' pixels, which nobody can show.
    let stopped = |at: i64| scene.log.stops.iter().any(|(_, a, b)| (*a..b + 1000).contains(&at));
    let free = |at: i64| (from..to).contains(&at) && !held.touch(at, at) && !stopped(at);
    let calm = |at: i64| {
        let dwells = scene.log.dwells.iter().any(|d| d.from + 2000 <= at && at < d.to);
        dwells && !held.touch(at - 2000, at) && !stopped(at)
    };
    let delays = judge::delays(&truth, &told, &scene.log);
    Ok(Report {
        plan,
        switches: scene.log.switches,
        operations: scene.log.operations,
        pauses: scene.log.pauses.len(),
        run_ms: to - from,
        permitted_ms: to - from - held.within(from, to),
        expected_ms: expected.iter().map(|(a, b)| b - a).sum(),
        expected_held_ms: expected.iter().map(|(a, b)| held.within(*a, *b)).sum(),
        expected_held_by: by,
        free_keys: truth.free_keys(&held),
        private_pages: truth.private_pages(),
        late_titles: truth.late_titles(),
        shown: judge::shown(&samples, &shown, free),
        shown_calm: judge::shown(&samples, &shown, calm),
        grabbing: judge::naive(&grabbing, &truth, &scene.keys),
        flagging: judge::naive(&flagging, &truth, &scene.keys),
        withheld,
        ours,
        delays,
        locks: scene.log.locks,
        stops: scene.log.stops.len(),
        popups: scene.log.popups,
        ghosts: scene.log.ghosts,
        clock_set: walls.set(),
        named: named(&eyelid, &desktop)?,
    })
}

/// Private windows' names in all of the vault that is neither picture nor event.
fn named(eyelid: &Eyelid<'_>, desktop: &Desktop) -> Result<Vec<String>> {
    let mut reader = desktop.command(Binaries::find()?.program("eyelid-reader")?);
    reader.args(["summary", "--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"]);
    let summary = String::from_utf8(desktop.run(reader)?.stdout)?.to_lowercase();
    let log = eyelid.ctl_ok(&["log", "--json"])?.to_lowercase();
    anyhow::ensure!(summary.contains("notes"), "an allowed app is to be named: {summary}");
    let words = cast::private_words();
    let texts = [("a summary", summary), ("the log", log)];
    let named = texts.iter().flat_map(|(name, text)| {
        words.iter().filter(|word| text.contains(*word)).map(move |word| format!("{name} names {word:?}"))
    });
    Ok(named.collect())
}

/// Types into a window in front until that is in the vault: then everything from before is, as far as it ever will be.
fn typing_is_stored(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<()> {
    desktop.activate(&desktop.window_by_title(cast::CAST[0].title)?)?;
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    wait_for("typing to be stored", STORED, || {
        desktop.input().type_text("a").ok()?;
        // One key at a time, so that time and letter tell which it was.
        std::thread::sleep(Duration::from_millis(scene::APART_MS.unsigned_abs()));
        stored(&eyelid.status().ok()?, "keys").filter(|at| *at >= begun)
    })?;
    Ok(())
}

/// Rules and settings under which nothing but the rules protects the private windows.
fn settings(desktop: &Desktop) -> Result<()> {
    let folder = desktop.path("config").join("eyelid");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let write = |name: &str, text: &str| -> Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name))?;
        Ok(file.write_all(text.as_bytes())?)
    };
    // Text of all these programs, though none answers on the accessibility bus; pages of unknown sites too.
    write("config.toml", &format!("text_apps = {:?}\n", cast::programs()))?;
    write("rules.toml", "unknown_sites = \"record\"\n")
}

/// A compositor beside the window manager.
fn compose(desktop: &Desktop) -> Result<crate::process::Proc> {
    let mut command = desktop.command("picom");
    command.args(["--config", "/dev/null", "--backend", "xrender"]);
    let picom = desktop.spawn(command)?;
    let (conn, _) = x11rb::connect(Some(desktop.display_name()))?;
    let name = conn.intern_atom(false, b"_NET_WM_CM_S0")?.reply()?.atom;
    wait_for("the compositor", LONG, || {
        let owner = conn.get_selection_owner(name).ok()?.reply().ok()?.owner;
        (owner != 0).then_some(())
    })?;
    Ok(picom)
}
