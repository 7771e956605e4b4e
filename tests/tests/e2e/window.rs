//! The window is a process of its own: it comes and goes, and nothing else does with it.

use anyhow::{Context, bail};
use eyelid_tests::scene::{ALL, bring, everything, now_ms, recorded, recorded_by, recording, wait_stored};
use eyelid_tests::{Binaries, Desktop, Eyelid, EyelidOptions, LONG, Rect, Result, wait_for};
use rustix::process::{Pid, Signal, kill_process};

const PROGRAM: &str = "eyelid-window";
const MEADOW: u32 = 0x30_80_d0;

fn pid(eyelid: &Eyelid<'_>, program: &str) -> Result<Pid> {
    wait_for(program, LONG, || eyelid.pid_of(program).and_then(Pid::from_raw))
}

fn wait_gone(eyelid: &Eyelid<'_>, program: &str) -> Result<()> {
    wait_for(&format!("{program} to be gone"), LONG, || eyelid.pid_of(program).is_none().then_some(()))
}

/// Opens the window as another start of the program does.
fn open(desktop: &Desktop) -> Result<()> {
    let program = Binaries::find()?.program("eyelid")?;
    wait_for("a second start", 3 * LONG, || {
        desktop.run(desktop.command(&program)).ok()?.status.success().then_some(())
    })?;
    desktop.window_by_title("Eyelid").map(drop)
}

/// The libraries that a program has loaded.
fn libraries(pid: Pid) -> Result<String> {
    Ok(std::fs::read_to_string(format!("/proc/{}/maps", pid.as_raw_nonzero()))?)
}

#[test]
fn a_tray_app_alone_has_no_webview_and_a_closed_window_leaves_none_behind() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let tray = pid(&eyelid, "eyelid")?;
    let open_files =
        || -> Result<usize> { Ok(std::fs::read_dir(format!("/proc/{}/fd", tray.as_raw_nonzero()))?.count()) };
    let mut before = None;
    for _ in 0..3 {
        open(&desktop)?;
        assert!(libraries(pid(&eyelid, PROGRAM)?)?.contains("libwebkit2gtk"));
        assert!(!libraries(tray)?.contains("libwebkit2gtk"));
        assert!(!libraries(tray)?.contains("libgtk"));
        desktop.close(&desktop.window_by_title("Eyelid")?)?;
        wait_gone(&eyelid, PROGRAM)?;
        for helper in ["WebKitWebProcess", "WebKitNetworkProcess"] {
            wait_gone(&eyelid, helper)?;
        }
        // The first one may have led to something that stays, such as a connection to the bus.
        let first = *before.get_or_insert(open_files()?);
        wait_for("no more open files than after the first one", LONG, || {
            open_files().ok().filter(|count| *count <= first)
        })
        .with_context(|| format!("{first} before, {:?} now", open_files()))?;
    }
    Ok(())
}

#[test]
fn a_window_that_is_killed_or_stopped_takes_nothing_along() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded_by(&desktop, &EyelidOptions::default(), ALL)?;
    let (tray, agent) = (pid(&eyelid, "eyelid")?, pid(&eyelid, "eyelid-agent")?);
    let picture = desktop.plain_window("Meadow", "Meadow", MEADOW, Rect::new(700, 400, 300, 200))?;

    // Stopped: the icon's menu still works, and recording goes on.
    kill_process(pid(&eyelid, PROGRAM)?, Signal::STOP)?;
    let begun = now_ms();
    picture.set_colour(MEADOW + 1)?;
    wait_stored(&eyelid, "screen", begun)?;
    desktop.click_tray_menu(&["Pause 15 min"])?;
    eyelid.wait_status("the pause", |s| eyelid_tests::scene::holds(s, "user-pause"))?;
    desktop.click_tray_menu(&["Resume"])?;
    eyelid.wait_status("recording", recording)?;

    // Killed: the person is told, and gets another one.
    kill_process(pid(&eyelid, PROGRAM)?, Signal::KILL)?;
    desktop.wait_notification("Eyelid's window has ended")?;
    open(&desktop)?;
    let begun = now_ms();
    picture.set_colour(MEADOW + 2)?;
    wait_stored(&eyelid, "screen", begun)?;
    assert_eq!((pid(&eyelid, "eyelid")?, pid(&eyelid, "eyelid-agent")?), (tray, agent));
    Ok(())
}

#[test]
fn a_window_that_hangs_gives_way_to_another_when_it_is_opened_again() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded_by(&desktop, &EyelidOptions::default(), ALL)?;
    let hung = pid(&eyelid, PROGRAM)?;
    // One that answers comes to the front and stays.
    open(&desktop)?;
    kill_process(hung, Signal::STOP)?;
    open(&desktop)?;
    wait_for("another window", 4 * LONG, || eyelid.pid_of(PROGRAM).and_then(Pid::from_raw).filter(|pid| *pid != hung))?;
    desktop.window_by_title("Eyelid")?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn no_window_outlives_the_tray_app_even_one_that_is_stopped() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded_by(&desktop, &EyelidOptions::default(), ALL)?;
    kill_process(pid(&eyelid, PROGRAM)?, Signal::STOP)?;
    kill_process(pid(&eyelid, "eyelid")?, Signal::KILL)?;
    wait_gone(&eyelid, PROGRAM)?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && w.visible)?;
    wait_gone(&eyelid, "eyelid-agent")
}

#[test]
fn eyelids_own_window_is_not_recorded_by_the_recorder_that_saw_it_come_nor_by_the_next() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _meadow = desktop.plain_window("Meadow", "Meadow", MEADOW, Rect::new(0, 500, 200, 200))?;
    let eyelid = recorded_by(&desktop, &EyelidOptions::default(), "screen,focus")?;
    let own = desktop.window_by_title("Eyelid")?;
    let come = |begun: i64| -> Result<()> {
        desktop.activate(&desktop.window_by_title("Meadow")?)?;
        desktop.activate(&own)?;
        bring(&desktop, &eyelid, "Meadow")?;
        wait_stored(&eyelid, "screen", begun)
    };
    come(now_ms())?;
    let first = pid(&eyelid, "eyelid-agent")?;
    kill_process(first, Signal::KILL)?;
    let begun = now_ms();
    wait_for("another recorder", 3 * LONG, || {
        eyelid.pid_of("eyelid-agent").and_then(Pid::from_raw).filter(|pid| *pid != first)
    })?;
    eyelid.wait_status_for("recording", 3 * LONG, recording)?;
    come(begun)?;
    let export = everything(&eyelid)?;
    assert!(!export.frames.is_empty());
    for line in export.frames.iter().chain(&export.events) {
        let said = line.to_string();
        assert!(said.contains("Meadow") || !said.contains("Eyelid"), "{said}");
        let apps: Vec<&serde_json::Value> = line["windows"].as_array().into_iter().flatten().collect();
        assert!(apps.iter().all(|window| window["title"] != "Eyelid"), "{said}");
    }
    for frame in &export.frames {
        // Grey where it lies: one colour, and not the page's.
        let (picture, (x, y)) = (export.picture(frame)?, own.rect.centre());
        let (x, y) = (x.cast_unsigned(), y.cast_unsigned());
        let colours = [(x, y), (x - 400, y - 250), (x + 400, y + 250)].map(|(x, y)| picture.pixel(x, y));
        if colours.iter().any(|colour| *colour != colours[0]) {
            bail!("{colours:x?} in {frame}");
        }
    }
    Ok(())
}

#[test]
fn started_by_hand_it_says_what_to_start_instead() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let output = desktop.run(desktop.command(Binaries::find()?.program(PROGRAM)?))?;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("Start Eyelid instead: eyelid"), "{output:?}");
    Ok(())
}
