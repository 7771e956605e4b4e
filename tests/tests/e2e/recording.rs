//! From consent to recording and back to the person.

use eyelid_tests::scene::{ALL, bring, everything, now_ms, recorded, text_in, wait_stored};
use eyelid_tests::{Desktop, Result};

#[test]
fn what_was_typed_and_shown_is_found_again_exactly_with_its_window() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    desktop.input().type_text("Dear diary, it works.")?;
    entry.wait_text("Dear diary, it works.")?;
    wait_stored(&eyelid, "keys", begun)?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = everything(&eyelid)?;
    assert_eq!(text_in(&export, "Diary"), "Dear diary, it works.");
    let frame = export.frames.iter().rev().find(|f| f["windows"].as_array().is_some_and(|w| !w.is_empty()));
    let frame = frame.expect("a picture with a window");
    assert_eq!(frame["windows"][0]["title"], "Diary");
    assert_eq!(export.picture(frame)?.width, 1280);
    Ok(())
}

#[test]
fn clicks_are_found_again_where_they_fell_in_their_window() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, "pointer,focus")?;
    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    let place = desktop.window_by_title("Diary")?.rect;
    desktop.input().click_at((place.x + 50, place.y + 40), 1)?;
    wait_stored(&eyelid, "pointer", begun)?;
    let export = everything(&eyelid)?;
    let clicks = export.events_of("click");
    assert_eq!(clicks.len(), 1);
    assert_eq!(clicks[0]["window"]["title"], "Diary");
    // Counted from the frame's corner: the frame is a few pixels wide, its title bar a few more high.
    let at = |name: &str| clicks[0][name].as_i64().unwrap_or(-1);
    assert!((50..70).contains(&at("x")) && (40..80).contains(&at("y")), "{}", clicks[0]);
    Ok(())
}

#[test]
fn what_is_forgotten_is_not_found_again_and_its_reading_is_on_record() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    assert!(!everything(&eyelid)?.events.is_empty());
    eyelid.ctl_ok(&["pause"])?;
    eyelid.ctl_ok(&["forget", "10m"])?;
    let export = everything(&eyelid)?;
    assert!(export.events.is_empty() && export.frames.is_empty());
    let log: serde_json::Value = serde_json::from_str(&eyelid.ctl_ok(&["log", "--json"])?)?;
    assert_eq!(log["chain_holds"], true);
    let kinds: Vec<&str> = log["entries"].as_array().into_iter().flatten().filter_map(|e| e["kind"].as_str()).collect();
    for kind in ["consent", "loosened", "reading", "export", "forgotten"] {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
    Ok(())
}
