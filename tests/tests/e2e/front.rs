//! What a person clicks: the window, the tray's menu, a notification.

use anyhow::Context;
use eyelid_tests::scene::{ALL, holds, recorded, recorded_by, recording};
use eyelid_tests::{Desktop, Eyelid, EyelidOptions, LONG, Result, wait_for};

/// Finds an element by its test id.
fn id(name: &str) -> String {
    format!("[data-testid={name}]")
}

#[test]
fn the_first_run_leads_to_recording_and_now_pauses_and_resumes() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    let window = eyelid.driver()?;
    window.wait_for(&id("setup"))?;
    // Nothing is chosen beforehand, and every step can be gone back.
    let on = |name: &str| -> Result<bool> {
        Ok(window.wait_for(&id(name))?.attribute("aria-checked")?.as_deref() == Some("true"))
    };
    while window.find(&id("stream-screen"))?.is_none() {
        window.click(&id("next"))?;
    }
    assert!(!on("stream-screen")? && !on("stream-pointer")? && !on("stream-focus")?);
    window.click(&id("stream-screen"))?;
    window.click(&id("stream-focus"))?;
    while window.find(&id("grant"))?.is_none() {
        assert!(eyelid.status()?["consent"].is_null());
        window.click(&id("next"))?;
    }
    assert!(eyelid.status()?["consent"].is_null());
    window.wait_until(&id("grant"), |e| e.is_enabled().unwrap_or(false))?;
    window.click(&id("grant"))?;
    let status = eyelid.wait_status("consent", |s| !s["consent"].is_null())?;
    assert_eq!(status["consent"]["streams"]["screen"], true);
    assert_eq!(status["consent"]["streams"]["keys"], "none");
    eyelid.wait_status("recording", recording)?;
    if let Some(open) = window.find(&id("setup-open"))? {
        open.click()?;
    }
    window.click(&id("pause-15"))?;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    window.wait_for_text(&id("acknowledged"), ":")?;
    window.click(&id("resume"))?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn the_trays_menu_pauses_for_a_time_and_resumes() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let item = desktop.wait_tray_item("eyelid")?;
    let menu = item.menu()?;
    for entry in ["Pause", "Forget"] {
        assert!(menu.outline().contains(entry), "{}", menu.outline());
    }
    let before = item.icon_pixmaps()?;
    desktop.click_tray_menu(&["Pause 15 min"]).with_context(|| menu.outline())?;
    let status = eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    let hold = &status["status"]["holds"][0];
    let minutes = (hold["until"].as_i64().context("an end")? - hold["since"].as_i64().context("a begin")?) / 60_000;
    assert!((14..=15).contains(&minutes), "{hold}");
    wait_for("another icon", LONG, || item.icon_pixmaps().ok().filter(|icon| *icon != before))?;
    desktop.click_tray_menu(&["Resume"]).with_context(|| menu.outline())?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn the_reminder_before_the_end_offers_more_time() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    // A pause of a minute is reminded of at once.
    eyelid.ctl_ok(&["pause", "1m"])?;
    let reminder = desktop.wait_notification("ends")?;
    desktop.show_notification(&reminder)?;
    desktop.click_notification(&reminder, "15 min more")?;
    let status = eyelid.wait_status("more time", |s| {
        let hold = s["status"]["holds"].as_array().and_then(|h| h.iter().find(|h| h["hold"] == "user-pause"));
        hold.is_some_and(|h| match (h["until"].as_i64(), h["since"].as_i64()) {
            (Some(until), Some(since)) => until - since > 10 * 60_000,
            (None, _) | (_, None) => false,
        })
    })?;
    assert!(holds(&status, "user-pause"));
    Ok(())
}

#[test]
fn notifications_go_with_what_they_say_and_never_pile_up() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let gone = |title: &str| {
        wait_for(&format!("the end of {title:?}"), LONG, || {
            desktop.notifications().ok()?.iter().all(|n| !n.is_open() || n.summary != title).then_some(())
        })
        .with_context(|| format!("{:?}", desktop.notifications()))
    };
    // The pause ends early.
    eyelid.ctl_ok(&["pause", "1m"])?;
    desktop.wait_notification("Pause ends")?;
    eyelid.ctl_ok(&["resume"])?;
    gone("Pause ends in 1 min")?;
    gone("Recording is paused")?;
    // The pause is made longer.
    eyelid.ctl_ok(&["pause", "1m"])?;
    desktop.wait_notification("Pause ends")?;
    eyelid.ctl_ok(&["pause", "30m"])?;
    gone("Pause ends in 1 min")?;
    assert!(desktop.notifications()?.iter().all(|n| n.invoked.is_none()) && holds(&eyelid.status()?, "user-pause"));
    // Each is told, in one place.
    for _ in 0..5 {
        eyelid.ctl_ok(&["resume"])?;
        eyelid.ctl_ok(&["pause", "30m"])?;
    }
    let all = wait_for("all of them", LONG, || {
        let all = desktop.notifications().ok()?;
        (all.iter().filter(|n| n.summary == "Eyelid records more" && n.id != 0).count() > 6).then_some(all)
    })?;
    for title in ["Eyelid records more", "Recording is paused"] {
        let open: Vec<_> = all.iter().filter(|n| n.is_open() && n.summary == title).collect();
        assert!(open.len() <= 1, "{open:?}");
    }
    Ok(())
}

#[test]
fn a_second_start_brings_the_first_window_to_the_front() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded_by(&desktop, &EyelidOptions::default(), ALL)?;
    let first = desktop.window_by_title("Eyelid")?;
    desktop.close(&first)?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && !w.override_redirect)?;
    let program = eyelid_tests::Binaries::find()?.program("eyelid")?;
    // One that is late to answer is asked again, as a person does.
    wait_for("a second start", 3 * LONG, || {
        desktop.run(desktop.command(&program)).ok()?.status.success().then_some(())
    })?;
    desktop.window_by_title("Eyelid")?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}
