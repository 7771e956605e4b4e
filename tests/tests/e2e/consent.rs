//! Consent: nothing without it, no stream beyond it, and no way around the question.

use eyelid_tests::scene::{ALL, all_text, bring, everything, holds, now_ms, recorded, stored, wait_text};
use eyelid_tests::{Desktop, Export, Eyelid, LONG, Rect, Result, wait_for};

#[test]
fn without_consent_nothing_is_recorded_and_no_script_gives_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("no consent", |s| holds(s, "not-consented"))?;
    let refused = eyelid.ctl(&["consent", "grant", "--streams", ALL])?;
    assert_eq!(refused.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not a terminal"));
    // At a terminal, another word is no consent either.
    let mut terminal = eyelid.ctl_terminal(&["consent", "grant", "--streams", ALL])?;
    terminal.expect("to agree: ", LONG)?;
    terminal.send_line("yes")?;
    assert_eq!(terminal.wait_exit(LONG)?.code(), Some(7));
    desktop.activate(&diary.window)?;
    desktop.input().type_text("unrecorded")?;
    diary.wait_text("unrecorded")?;
    let status = eyelid.wait_status("no key", |s| s["recipient"] == "none")?;
    assert!(status["consent"].is_null());
    assert!(status["stored"].as_array().is_some_and(|s| s.iter().all(|s| s["at"].is_null())));
    // What is recorded once there is consent comes after all that could have been stored before.
    eyelid.consent(ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text(" later")?;
    assert_eq!(all_text(&wait_text(&eyelid, "Diary", "later")?).trim(), "later");
    Ok(())
}

/// What a person did and what of it was recorded.
struct Recorded {
    export: Export,
    /// The lines of the export as they stand in its files.
    lines: String,
    /// How many pictures are in its folder.
    pictures: usize,
}

const TITLE: &str = "Diary of nobody";

/// Types, moves, clicks and shows something under a consent to these streams only, and exports all that was stored.
fn recorded_with(streams: &str, granted: &[&str]) -> Result<Recorded> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry(TITLE, "Notes")?;
    let picture = desktop.plain_window("Picture of nobody", "Picture", 0x0010_a040, Rect::new(700, 300, 300, 200))?;
    let eyelid = recorded(&desktop, streams)?;
    let begun = now_ms();
    let window = desktop.window_by_title(TITLE)?;
    let place = window.rect;
    desktop.activate(&desktop.window_by_title("Picture of nobody")?)?;
    desktop.activate(&window)?;
    desktop.input().set_gap_ms(30);
    // Over and over until all that may be stored is: what is stored first must not decide what is looked at.
    let mut typed = String::new();
    wait_for("each granted stream in the vault", eyelid_tests::scene::STORED, || {
        // It is typed, whatever fails after that.
        desktop.input().type_text("word ").ok()?;
        typed.push_str("word ");
        let act = || -> Result<serde_json::Value> {
            desktop.input().key("ctrl+b")?;
            desktop.input().click_at((place.x + 50, place.y + 130), 1)?;
            desktop.input().move_to(place.x + 90, place.y + 60)?;
            desktop.input().click(5)?;
            picture.set_colour(0x0010_a040 + u32::try_from(typed.len())?)?;
            eyelid.status()
        };
        let status = act().ok()?;
        granted.iter().all(|stream| stored(&status, stream).is_some_and(|at| at >= begun)).then_some(())?;
        // Keys may be shortcuts alone.
        let text = || Some(all_text(&everything(&eyelid).ok()?).contains("word"));
        (!streams.contains("keys:text") || text()?).then_some(())
    })?;
    entry.wait_text(&typed)?;
    // Whatever else waits in memory is on the disk after this.
    eyelid.ctl_ok(&["pause"])?;
    let status = eyelid.status()?;
    for stream in ["screen", "keys", "pointer", "focus"] {
        let kept = stored(&status, stream).is_some();
        assert_eq!(kept, granted.contains(&stream), "{stream}: {}", status["stored"]);
    }
    let export = everything(&eyelid)?;
    let read = |name: &str| std::fs::read_to_string(export.folder.join(name));
    let lines = format!("{}{}", read("frames.jsonl")?, read("events.jsonl")?);
    let frames = export.folder.join("frames");
    let pictures = if frames.exists() { std::fs::read_dir(frames)?.count() } else { 0 };
    Ok(Recorded { export, lines, pictures })
}

impl Recorded {
    /// How many events are of these kinds.
    fn count(&self, kinds: &[&str]) -> usize {
        kinds.iter().map(|kind| self.export.events_of(kind).len()).sum()
    }

    /// The text that is in it, if any.
    fn text(&self) -> String {
        all_text(&self.export)
    }
}

const KEYS: [&str; 3] = ["key", "text", "shortcut"];
const POINTER: [&str; 3] = ["move", "click", "scroll"];

#[test]
fn with_the_screen_refused_there_is_no_picture() -> Result<()> {
    let all = recorded_with("keys:text,pointer,focus", &["keys", "pointer", "focus"])?;
    assert_eq!((all.export.frames.len(), all.pictures), (0, 0));
    assert!(all.text().contains("word") && all.count(&POINTER) > 0 && all.count(&["focus"]) > 0);
    Ok(())
}

#[test]
fn with_the_keys_refused_there_is_no_key() -> Result<()> {
    let all = recorded_with("screen,pointer,focus", &["screen", "pointer", "focus"])?;
    assert_eq!(all.count(&KEYS), 0, "{}", all.lines);
    assert!(!all.lines.contains("word") && !all.lines.contains("Ctrl"));
    assert!(all.pictures > 0 && all.count(&POINTER) > 0 && all.count(&["focus"]) > 0);
    Ok(())
}

#[test]
fn with_keys_as_activity_there_is_no_letter() -> Result<()> {
    let all = recorded_with("screen,keys:activity,pointer,focus", &["screen", "keys", "pointer", "focus"])?;
    assert!(all.export.events.iter().all(|e| e["text"].is_null()));
    assert_eq!(all.count(&["text"]), 0);
    assert!(!all.lines.contains("word"), "{}", all.lines);
    assert!(all.count(&["key"]) > 0 && all.pictures > 0);
    for key in all.export.events_of("key") {
        let names: Vec<&String> = key.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
        assert!(names.iter().all(|name| ["time", "kind", "window", "count"].contains(&name.as_str())), "{key}");
    }
    Ok(())
}

#[test]
fn with_the_pointer_refused_there_is_no_place_of_it() -> Result<()> {
    let all = recorded_with("screen,keys:text,focus", &["screen", "keys", "focus"])?;
    assert_eq!(all.count(&POINTER), 0, "{}", all.lines);
    assert!(all.export.events.iter().all(|e| e["x"].is_null() && e["path"].is_null() && e["button"].is_null()));
    assert!(all.text().contains("word") && all.pictures > 0);
    Ok(())
}

#[test]
fn with_the_focus_refused_there_is_no_title_in_any_stream() -> Result<()> {
    let all = recorded_with("screen,keys:text,pointer", &["screen", "keys", "pointer"])?;
    assert_eq!(all.count(&["focus"]), 0, "{}", all.lines);
    assert!(!all.lines.contains("of nobody"), "{}", all.lines);
    let windows = all.export.events.iter().map(|e| &e["window"]);
    let shown = all.export.frames.iter().filter_map(|f| f["windows"].as_array()).flatten();
    assert!(windows.chain(shown).all(|window| window["title"].is_null()));
    assert!(all.text().contains("word") && all.pictures > 0 && all.count(&POINTER) > 0);
    Ok(())
}

#[test]
fn withdrawing_stops_at_once_and_can_erase_everything() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let receipt: serde_json::Value = serde_json::from_str(&eyelid.ctl_ok(&["consent", "show", "--json"])?)?;
    assert_eq!(receipt["schema_version"], "ISO/IEC TS 27560:2023");
    eyelid.ctl_ok(&["consent", "withdraw", "--erase"])?;
    eyelid.wait_status("no consent", |s| holds(s, "not-consented"))?;
    let export = everything(&eyelid)?;
    assert!(export.frames.is_empty() && export.events.is_empty());
    Ok(())
}
