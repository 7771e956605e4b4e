//! Figures for people to read; `npm run bench` prints them. Nothing here is a bound.

use eyelid_tests::scene::{ALL, recorded};
use eyelid_tests::{Desktop, Rect, Result, TestWindowOptions, boot_ms};
use protocol::client::Client;
use protocol::{Change, Event};

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
