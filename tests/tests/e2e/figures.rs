//! Figures for people to read; `npm run bench` prints them. Nothing here is a bound.

use eyelid_tests::scene::{ALL, bring, recorded, recording};
use eyelid_tests::{Cost, Desktop, Eyelid, Rect, Result, TestWindowOptions, Used, boot_ms};
use protocol::client::Client;
use protocol::{Change, Event};
use std::time::Duration;

#[test]
#[ignore = "measures"]
fn figures_of_the_way_from_a_change_of_focus_to_the_hold() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    let _chat = desktop.test_window(&TestWindowOptions {
        title: "general - Acme - Slack",
        class: "Slack",
        executable: Some("slack"),
        place: Rect { x: 600, y: 300, w: 400, h: 300 },
        ..TestWindowOptions::default()
    })?;
    let (diary, chat) = (desktop.window_by_title("Diary")?.id, desktop.window_by_title("general - Acme - Slack")?.id);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let socket = desktop.path("run").join("eyelid.sock");
    let (_client, _, mut events) = runtime.block_on(Client::connect(&socket, "figures"))?;
    let mut held_when = |held: bool| {
        runtime.block_on(async {
            loop {
                match events.recv().await {
                    Some(Event::Changes(changes)) => {
                        let is = |c: &Change| matches!(c, Change::Status(s) if s.holds.iter().any(|h| h.hold == policy::Hold::SensitiveApp) == held);
                        if changes.iter().any(is) {
                            return boot_ms();
                        }
                    }
                    Some(Event::Snapshot(_) | Event::Notice { .. }) => {}
                    Some(Event::Gone(_)) | None => return 0,
                }
            }
        })
    };
    let mut took = Vec::new();
    for _ in 0..200 {
        desktop.activate_id(diary)?;
        held_when(false);
        let asked = boot_ms();
        desktop.activate_id(chat)?;
        took.push(held_when(true).saturating_sub(asked));
    }
    took.sort_unstable();
    println!(
        "request to activate a chat, window manager included, to a client told of the hold, ms: p50 {}, p99 {}, max {}",
        took[100], took[197], took[199]
    );
    drop(eyelid);
    Ok(())
}

/// Prints what agent and tray app use while `act` runs.
fn cost(eyelid: &Eyelid<'_>, what: &str, act: impl FnOnce() -> Result<()>) -> Result<()> {
    let programs: Vec<_> =
        ["eyelid-agent", "eyelid"].into_iter().filter_map(|p| Some((p, eyelid.pid_of(p)?))).collect();
    let before = programs.iter().map(|(_, pid)| Used::by(*pid)).collect::<Result<Vec<_>>>()?;
    act()?;
    for ((name, pid), before) in programs.iter().zip(&before) {
        let Cost { cpu, wakes, pss } = before.until(&Used::by(*pid)?);
        println!("{what:<28}{name:<14}{cpu:>8.2} % of a core{wakes:>8.1} wake-ups/s{pss:>8.1} MiB");
    }
    Ok(())
}

#[test]
#[ignore = "measures"]
fn figures_of_what_agent_and_tray_app_cost() -> Result<()> {
    const CALM: Duration = Duration::from_secs(40);
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let still = || {
        std::thread::sleep(CALM);
        Ok(())
    };
    let eyelid = Eyelid::start(&desktop)?;
    std::thread::sleep(Duration::from_secs(10));
    cost(&eyelid, "not agreed to", still)?;
    eyelid.consent(ALL)?;
    eyelid.wait_status("recording", recording)?;
    bring(&desktop, &eyelid, "Diary")?;
    std::thread::sleep(Duration::from_secs(10));
    cost(&eyelid, "recording, nothing happens", still)?;
    cost(&eyelid, "recording, 5 keys a second", || {
        let begun = std::time::Instant::now();
        while begun.elapsed() < CALM {
            desktop.input().type_text("e")?;
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    })?;
    eyelid.ctl_ok(&["pause"])?;
    std::thread::sleep(Duration::from_secs(15));
    cost(&eyelid, "paused", still)
}
