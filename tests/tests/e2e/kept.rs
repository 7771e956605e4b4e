//! What is kept for how long, and the totals of what was withheld.

use eyelid_tests::scene::{ALL, bring, everything, holds, moved, recorded, recorded_by, recording, text_in};
use eyelid_tests::{Binaries, Desktop, Eyelid, EyelidOptions, LONG, Rect, Result, TestWindowOptions, wait_for};
use serde_json::Value;
use std::time::Duration;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How often something was deleted because of its age.
fn purges(eyelid: &Eyelid<'_>) -> Result<usize> {
    let log: Value = serde_json::from_str(&eyelid.ctl_ok(&["log", "--json"])?)?;
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    Ok(entries.iter().filter(|e| e["kind"] == "forgotten" && e["how"] == "retention").count())
}

#[test]
fn what_is_old_goes_by_itself_and_not_before_a_days_notice() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let clock = desktop.fake_clock()?;
    let eyelid = recorded_by(&desktop, &EyelidOptions { clock: Some(&clock), ..EyelidOptions::default() }, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("pancakes")?;
    let typed = || Ok::<_, anyhow::Error>(text_in(&everything(&eyelid)?, "Diary"));
    wait_for("the text in the vault", eyelid_tests::scene::STORED, || typed().ok().filter(|t| t == "pancakes"))?;

    // Far too old by now, and nobody was told: it stays.
    moved(&eyelid, &clock, 20 * DAY)?;
    desktop.wait_notification("From tomorrow on")?;
    moved(&eyelid, &clock, 21 * DAY - HOUR)?;
    assert_eq!(typed()?, "pancakes");
    assert_eq!(purges(&eyelid)?, 0);

    moved(&eyelid, &clock, 21 * DAY + HOUR)?;
    wait_for("it to be gone", LONG, || typed().ok().filter(String::is_empty))?;
    assert_eq!(purges(&eyelid)?, 1);
    // It is out of reach of earlier copies, too.
    wait_for("the key replaced", 4 * LONG, || {
        eyelid.ctl_ok(&["log", "--json"]).ok()?.contains("\"rotated\"").then_some(())
    })?;
    eyelid.wait_status_for("it to be known", 4 * LONG, |s| s["rotation_due"] == false)?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn time_withheld_is_kept_by_day_and_category() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let chat = desktop.test_window(&TestWindowOptions {
        title: "General",
        class: "Slack",
        place: Rect { x: 600, y: 300, w: 400, h: 300 },
        ..TestWindowOptions::default()
    })?;
    desktop.activate(&desktop.window_by_title("General")?)?;
    eyelid.wait_status("the hold", |s| holds(s, "sensitive-app"))?;
    std::thread::sleep(Duration::from_secs(2));
    drop(chat);
    eyelid.wait_status("recording", recording)?;
    eyelid.ctl_ok(&["pause"])?;
    std::thread::sleep(Duration::from_secs(2));
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    eyelid.quit()?;

    let mut reader = desktop.command(Binaries::find()?.program("eyelid-reader")?);
    reader.args(["summary", "--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"]);
    let output = desktop.run(reader)?;
    let summary: Value = serde_json::from_slice(&output.stdout)?;
    let seconds = |category: &str| -> u64 {
        let days = summary["withheld_seconds"].as_object();
        days.map_or(0, |days| days.values().filter_map(|day| day[category].as_u64()).sum())
    };
    assert!(seconds("chat") >= 2, "{summary}");
    assert!(seconds("user-pause") >= 2, "{summary}");
    assert_eq!(seconds("not-consented"), 0, "{summary}");
    Ok(())
}
