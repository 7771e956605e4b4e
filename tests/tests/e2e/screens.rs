//! Screen lockers that tell nobody, and screens of several monitors.

use eyelid_tests::scene::{
    ALL, bring, everything, holds, now_ms, recorded, recording, text_in, wait_stored, wait_text,
};
use eyelid_tests::{Desktop, LONG, Rect, Result, TestWindowOptions, wait_for};

#[test]
fn a_window_over_everything_that_keeps_the_keyboard_locks_until_it_is_gone() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let locker = desktop.test_window(&TestWindowOptions {
        title: "",
        class: "i3lock",
        executable: Some("i3lock"),
        place: Rect::new(0, 0, 100, 100),
        override_redirect: true,
        colour: 0x77_33_11,
        ..TestWindowOptions::default()
    })?;
    locker.grab_keyboard()?;
    // It covers everything only now.
    locker.resize(1280, 800)?;
    eyelid.wait_status("the lock", |s| holds(s, "session-locked"))?;
    desktop.input().type_text("opensesame")?;
    // What only this program gives back is no unlocking while it still covers the screen.
    locker.ungrab_keyboard()?;
    desktop.with_logind(|logind| logind.unlock())?;
    desktop.input().type_text("opensesame")?;
    assert!(holds(&eyelid.status()?, "session-locked"));
    drop(locker);
    eyelid.wait_status("recording", recording)?;
    wait_for("the last key", LONG, || entry.text().ok()?.ends_with("opensesame").then_some(()))?;
    entry.clear()?;
    let begun = now_ms();
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("afterwards")?;
    entry.wait_text("afterwards")?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = wait_text(&eyelid, "Diary", "afterwards")?;
    assert_eq!(text_in(&export, "Diary"), "afterwards");
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(0x77_33_11), 0);
    }
    Ok(())
}

/// Another program changes the monitors: `xrandr`, as a person or a desktop would.
fn xrandr(desktop: &Desktop, arguments: &[&str]) -> Result<()> {
    let mut command = desktop.command("xrandr");
    command.args(arguments);
    let output = desktop.run(command)?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn pills(desktop: &Desktop) -> Vec<Rect> {
    let fits = |w: &eyelid_tests::Window| w.override_redirect && w.visible && w.rect.h < 60 && w.title == "Eyelid";
    desktop.toplevels().unwrap_or_default().into_iter().filter(fits).map(|w| w.rect).collect()
}

#[test]
fn a_monitor_that_is_plugged_in_gets_its_pill_and_a_window_across_two_is_shown_whole() -> Result<()> {
    let halves = [Rect::new(0, 0, 640, 800), Rect::new(640, 0, 640, 800)];
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    assert_eq!(pills(&desktop).len(), 1);
    xrandr(&desktop, &["--setmonitor", "left", "640/200x800/250+0+0", "screen"])?;
    xrandr(&desktop, &["--setmonitor", "right", "640/200x800/250+640+0", "none"])?;
    wait_for("a pill on each monitor", LONG, || {
        let pills = pills(&desktop);
        let on_each = halves.iter().all(|half| pills.iter().any(|p| half.contains(p.centre().0, p.centre().1)));
        (pills.len() == 2 && on_each).then_some(())
    })?;
    eyelid.wait_status("recording", recording)?;
    let across = Rect::new(440, 200, 400, 300);
    let window = desktop.plain_window("Across", "Notes", 0x10_90_c0, across)?;
    desktop.activate_id(window.id)?;
    wait_for("the whole window in a picture", 3 * LONG, || {
        let export = everything(&eyelid).ok()?;
        let frame = export.picture(export.frames.last()?).ok()?;
        (frame.count(0x10_90_c0) > 110_000).then_some(())
    })?;
    // The right one covered alone is enough to stop.
    let cover = desktop.test_window(&TestWindowOptions {
        title: "Cover",
        place: halves[1],
        override_redirect: true,
        ..TestWindowOptions::default()
    })?;
    wait_for("the hold", LONG, || {
        let _ = cover.raise();
        eyelid.status().ok().filter(|s| holds(s, "no-indicator"))
    })?;
    xrandr(&desktop, &["--delmonitor", "right"])?;
    wait_for("one pill", LONG, || (pills(&desktop).len() == 1).then_some(()))?;
    eyelid.wait_status("recording on what is left", recording)?;
    Ok(())
}

#[test]
fn a_switch_of_the_virtual_desktop_is_a_switch_of_what_is_in_front() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let wmctrl = |arguments: &[&str]| -> Result<()> {
        let mut command = desktop.command("wmctrl");
        command.args(arguments);
        desktop.run(command).map(drop)
    };
    let notes = desktop.plain_window("Notes", "Notes", 0x10_90_c0, Rect::new(300, 200, 400, 300))?;
    let chat = desktop.test_window(&TestWindowOptions {
        title: "general",
        class: "Slack",
        executable: Some("slack"),
        colour: 0xc0_20_80,
        place: Rect::new(300, 200, 400, 300),
        ..TestWindowOptions::default()
    })?;
    wmctrl(&["-i", "-r", &chat.id.to_string(), "-t", "1"])?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.activate_id(notes.id)?;
    for _ in 0..4 {
        wmctrl(&["-s", "1"])?;
        eyelid.wait_status("the hold", |s| holds(s, "sensitive-app"))?;
        wmctrl(&["-s", "0"])?;
        eyelid.wait_status("recording", recording)?;
    }
    let begun = now_ms();
    notes.set_colour(0x10_90_c1)?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = everything(&eyelid)?;
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(0xc0_20_80), 0);
    }
    Ok(())
}
