//! Looking at what was recorded, in the window, as a person does.

use anyhow::Context;
use eyelid_tests::scene::{ALL, STORED, bring, everything, now_ms, recorded_by, text_in, wait_stored};
use eyelid_tests::{Desktop, Export, Eyelid, EyelidOptions, LONG, Result, WebDriver, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::path::Path;

/// Markup, and a mark that turns the text behind it around.
const HOSTILE: &str = "<script>document.title='owned'</script><b>Diary</b>\u{202e}txet";
/// What of it is shown.
const SHOWN: &str = "<script>document.title='owned'</script><b>Diary</b>\u{fffd}txet";
const HOME: &str = "\u{e011}";
const SHIFT_END: &str = "\u{e008}\u{e010}";

fn id(name: &str) -> String {
    format!("[data-testid={name}]")
}

/// Something typed into a window with a hostile title, stored, and then a pause, so that nothing is added to it.
fn written(desktop: &Desktop) -> Result<Eyelid<'_>> {
    let _diary = desktop.gtk_entry(HOSTILE, "Notes")?;
    let eyelid = recorded_by(desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() }, ALL)?;
    bring(desktop, &eyelid, HOSTILE)?;
    let begun = now_ms();
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("pancakes")?;
    // Typed text is stored in pieces, the last of them once the next thing happened.
    wait_stored(&eyelid, "keys", begun)?;
    wait_stored(&eyelid, "screen", begun)?;
    wait_for("the whole text", STORED, || {
        let export = everything(&eyelid).ok()?;
        (text_in(&export, HOSTILE) == "pancakes").then_some(())
    })?;
    eyelid.ctl_ok(&["pause"])?;
    Ok(eyelid)
}

/// Looks for a text over all that was recorded, and waits for what is said of it.
fn search(window: &WebDriver, text: &str, said: &str) -> Result<()> {
    let field = window.wait_for(&id("search"))?;
    field.clear()?;
    field.type_text(&format!("{text}\u{e007}"))?;
    window.wait_for_text(&id("found-said"), said)?;
    Ok(())
}

#[test]
fn the_timeline_shows_what_was_recorded_and_a_hostile_title_as_text() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = written(&desktop)?;
    let window = eyelid.driver()?;
    window.click(&id("nav-timeline"))?;
    window.wait_for(&id("lane"))?;
    assert!(!window.find_all(".recorded")?.is_empty());

    // The moment shows what led up to what was found, and no more: at the end of the day it was all of it.
    window.wait_for_text(&id("event"), "pancakes")?;
    search(window, "panca", "One found")?;
    window.click(&id("hit"))?;
    window.wait_until(&format!("{} .text", id("event")), |typed| typed.text().is_ok_and(|text| text == "panca"))?;
    search(window, "pancakes", "One found")?;
    window.click(&id("hit"))?;
    window.wait_for_text(&id("event"), "pancakes")?;
    window.wait_for_text(&id("event"), SHOWN)?;
    window.wait_for_text(&id("past-window"), SHOWN)?;
    // The picture of that moment has arrived, by the one scheme that there is for it.
    let arrived = "const picture = document.querySelector('[data-testid=past-picture]');
        return picture !== null && picture.complete && picture.naturalWidth > 0 && picture.currentSrc === picture.src";
    wait_for("the picture", LONG, || (window.execute(arrived, &[]).ok()? == true).then_some(()))
        .with_context(|| format!("{}\n{}", window.source().unwrap_or_default(), eyelid.log()))?;
    let source = window.find(&id("past-picture"))?.context("it is there")?.attribute("src")?.unwrap_or_default();
    assert!(source.starts_with("past://localhost/"), "{source}");

    // Nothing of the title came to life, here or where it was found.
    search(window, "document.title", "found")?;
    window.wait_for_text(&id("hit"), SHOWN)?;
    assert_eq!(window.title()?, "Eyelid");
    assert!(window.find("main script, main b")?.is_none());
    // Nothing is left behind in the webview.
    let kept = window.execute("return localStorage.length + sessionStorage.length", &[])?;
    assert_eq!(kept, 0);
    Ok(())
}

#[test]
fn a_range_is_forgotten_from_the_timeline_and_the_access_log_says_so() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = written(&desktop)?;
    let window = eyelid.driver()?;
    window.click(&id("nav-timeline"))?;
    window.wait_for(&id("lane"))?;
    search(window, "pancakes", "One found")?;
    window.click(&id("found-close"))?;

    let playhead = window.wait_for(&id("playhead"))?;
    playhead.type_text(HOME)?;
    playhead.type_text(SHIFT_END)?;
    window.wait_for_text(&id("subject"), "selected")?;
    window.click(&id("forget"))?;
    window.wait_for_text(&id("forget-words"), "It cannot be brought back")?;
    // Not before it is confirmed.
    window.click(&id("forget-cancel"))?;
    search(window, "pancakes", "One found")?;
    window.click(&id("found-close"))?;
    window.click(&id("forget"))?;
    window.click(&id("forget-confirm"))?;
    window.wait_for_text(&id("forgotten"), "Gone")?;
    window.wait_until(&id("forgotten"), |said| said.text().is_ok_and(|text| text == "Gone."))?;
    assert_eq!(eyelid.status()?["rotation_due"], false);
    let export = everything(&eyelid)?;
    assert_eq!(text_in(&export, HOSTILE), "");

    window.click(&id("nav-log"))?;
    window.wait_for_text(&id("log-entry"), "The window looked at your timeline")?;
    window.wait_for_text(&id("log-entry"), "The window searched your recording")?;
    window.wait_for_text(&id("log-entry"), "A part was forgotten")?;
    window.wait_for_text(&id("log-entry"), "The key was replaced")?;
    let standing = window.wait_for(&id("log-standing"))?;
    assert_eq!(standing.attribute("data-fault")?.as_deref(), Some("false"));
    // What the page says is what the log says.
    let log: Value = serde_json::from_str(&eyelid.ctl_ok(&["log", "--json"])?)?;
    let purposes: Vec<&str> =
        log["entries"].as_array().into_iter().flatten().filter_map(|e| e["purpose"].as_str()).collect();
    assert!(purposes.contains(&"timeline") && purposes.contains(&"search"), "{purposes:?}");
    window.click(&id("verify"))?;
    window.wait_for_text(&id("verified"), "nothing is missing")?;
    Ok(())
}

#[test]
fn one_app_is_forgotten_from_the_timeline_and_the_others_stay_and_are_exported() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let diary = desktop.gtk_entry("Diary", "Notes")?;
    let _books = desktop.gtk_entry("Books", "Ledger")?;
    let eyelid = recorded_by(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() }, ALL)?;
    desktop.input().set_gap_ms(30);
    let text = |title: &str| Ok::<_, anyhow::Error>(text_in(&everything(&eyelid)?, title));
    for (title, words) in [("Diary", "pancakes"), ("Books", "waffles")] {
        bring(&desktop, &eyelid, title)?;
        desktop.input().type_text(words)?;
        wait_for("the text in the vault", STORED, || text(title).ok().filter(|t| t == words))?;
    }
    // In sight, it would be recorded again after it was forgotten.
    drop(diary);
    let window = eyelid.driver()?;
    window.click(&id("nav-timeline"))?;
    window.wait_for(&id("lane"))?;
    window.click(&id("forget"))?;
    window.click(&id("forget-what-app"))?;
    window.wait_for(&id("forget-app"))?;
    let choose = "const list = document.querySelector('[data-testid=forget-app]');
        list.value = 'Notes'; list.dispatchEvent(new Event('change'))";
    window.execute(choose, &[])?;
    window.wait_for_text(&id("forget-words"), "Notes")?;
    window.click(&id("forget-confirm"))?;
    window.wait_until(&id("forgotten"), |said| said.text().is_ok_and(|text| text == "Gone."))?;
    assert_eq!(eyelid.status()?["rotation_due"], false);
    assert_eq!((text("Diary")?, text("Books")?), (String::new(), "waffles".to_owned()));
    let shows = |export: &Export| export.frames.iter().any(|frame| frame["windows"].to_string().contains("Notes"));
    assert!(!shows(&everything(&eyelid)?));
    // The log says that, and not which.
    let log = eyelid.ctl_ok(&["log", "--json"])?;
    assert!(log.contains("one app") && !log.contains("Notes"), "{log}");
    assert!(log.contains("\"rotated\""), "{log}");

    window.click(&id("export-open"))?;
    window.click(&id("export-begin"))?;
    window.wait_until(&id("export"), |e| e.attribute("data-state").is_ok_and(|s| s.as_deref() == Some("done")))?;
    let said = window.wait_for(".folder")?.text()?;
    let export = Export::read(Path::new(&said))?;
    assert_eq!(text_in(&export, "Books"), "waffles");
    assert!(!export.frames.is_empty());
    Ok(())
}

/// The names of what lies in a person's home or download folder and belongs to an export.
fn exported(desktop: &Desktop) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in [desktop.home(), desktop.home().join("Downloads")] {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    names.retain(|name| name.contains("Eyelid export"));
    Ok(names)
}

/// The process that exports.
fn exporting(desktop: &Desktop) -> Option<Pid> {
    let exports = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        words.next().is_some_and(|program| program.ends_with(b"eyelid-reader")) && words.next() == Some(b"export")
    };
    desktop.processes().into_iter().find(exports).and_then(Pid::from_raw)
}

#[test]
fn an_export_is_cancelled_from_the_window_and_nothing_of_it_stays() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = written(&desktop)?;
    let window = eyelid.driver()?;
    window.click(&id("nav-timeline"))?;
    let state = |wanted: &'static str| -> Result<()> {
        window.wait_until(&id("export"), |e| e.attribute("data-state").is_ok_and(|s| s.as_deref() == Some(wanted)))?;
        Ok(())
    };
    window.click(&id("export-open"))?;
    window.wait_for(&id("export-begin"))?;
    // What is to be in the log before anything is read has to wait for another's change of the vault. It would not wait
    // long.
    let vault = rusqlite::Connection::open(desktop.path("data").join("eyelid/vault/vault.db"))?;
    vault.busy_timeout(LONG)?;
    vault.execute_batch("BEGIN IMMEDIATE")?;
    window.click(&id("export-begin"))?;
    let export = wait_for("the export", LONG, || exporting(&desktop))?;
    kill_process(export, Signal::STOP)?;
    vault.execute_batch("ROLLBACK")?;
    state("running")?;
    window.click(&id("export-cancel"))?;
    kill_process(export, Signal::CONT)?;
    state("cancelled")?;
    window.wait_for_text(&id("export"), "nothing of it is left")?;
    assert_eq!(exported(&desktop)?, [""; 0]);

    // Another one goes to its end.
    window.click(&id("export-open"))?;
    window.click(&id("export-begin"))?;
    state("done")?;
    assert_eq!(exported(&desktop)?.len(), 1);
    Ok(())
}
