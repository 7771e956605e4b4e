//! From consent to recording and back to the person.

use eyelid_tests::scene::{ALL, STORED, bring, everything, now_ms, recorded, text_in, wait_stored, wait_text};
use eyelid_tests::{Desktop, Rect, Result, wait_for};

#[test]
fn what_was_typed_and_shown_is_found_again_exactly_with_its_window() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    desktop.input().type_text("Dear diary, it works.")?;
    entry.wait_text("Dear diary, it works.")?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = wait_text(&eyelid, "Diary", "it works.")?;
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

#[test]
fn a_window_that_a_rule_lets_in_again_is_shown_though_nothing_moves() -> Result<()> {
    // Neither a clock nor a message moves here.
    let desktop = Desktop::builder().full().dunst(false).panel(false).start()?;
    let (diary, board) = (0x20_a0_60, 0xc0_20_80);
    let rules = desktop.path("config/eyelid/rules.toml");
    std::fs::create_dir_all(desktop.path("config/eyelid"))?;
    std::fs::write(&rules, "[[rule]]\nid = \"board\"\nverdict = \"metadata\"\nclass = \"Board\"\n")?;
    let _board = desktop.plain_window("Board", "Board", board, Rect::new(700, 200, 400, 300))?;
    let _diary = desktop.plain_window("Diary", "Notes", diary, Rect::new(100, 200, 400, 300))?;
    let eyelid = recorded(&desktop, "screen,focus")?;
    bring(&desktop, &eyelid, "Diary")?;
    let shown = |colour: u32| {
        let export = everything(&eyelid).ok()?;
        let picture = export.picture(export.frames.last()?).ok()?;
        (picture.count(colour) > 100_000).then_some(())
    };
    wait_for("a picture of the diary", STORED, || shown(diary))?;
    assert!(shown(board).is_none());
    std::fs::write(&rules, "")?;
    wait_for("a picture of the board", STORED, || shown(board))
}
