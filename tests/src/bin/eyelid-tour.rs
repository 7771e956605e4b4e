//! The guided tour: a virtual desktop, the real app, real windows and real typing; a picture of each step.

use anyhow::Context;
use eyelid_tests::scene::{all_text, bring, calm, everything, holds, now_ms, recording, wait_stored};
use eyelid_tests::{Cost, Desktop, Eyelid, EyelidOptions, Rect, Result, TestWindowOptions, Used};
use std::path::PathBuf;

const EDITOR: Rect = Rect { x: 60, y: 120, w: 560, h: 260 };
const CHAT: Rect = Rect { x: 660, y: 240, w: 520, h: 380 };

struct Tour<'a> {
    desktop: &'a Desktop,
    eyelid: &'a Eyelid<'a>,
    folder: PathBuf,
    step: u32,
}

impl Tour<'_> {
    /// Says what is seen, and keeps a picture of it.
    fn show(&mut self, name: &str, words: &str) -> Result<()> {
        calm(self.desktop, self.eyelid)?;
        self.step += 1;
        let file = self.folder.join(format!("{:02}-{name}.png", self.step));
        self.desktop.screenshot(&file)?;
        println!("{:>2}. {words}", self.step);
        Ok(())
    }
}

fn main() -> Result<()> {
    let folder = std::env::current_dir()?.join("target/tour");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    println!("No display here, so this is the guided tour, on a virtual desktop of its own.\n");
    let desktop = Desktop::builder().size(1280, 800).full().start()?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    let mut tour = Tour { desktop: &desktop, eyelid: &eyelid, folder: folder.clone(), step: 0 };
    let window = eyelid.driver()?;
    let id = |name: &str| format!("[data-testid={name}]");
    window.wait_for(&id("setup"))?;
    tour.show("first-run", "The first run. Nothing is recorded, and the mark at the top says so.")?;
    while window.find(&id("stream-screen"))?.is_none() {
        window.wait_for(&id("next"))?.click()?;
    }
    for choice in ["stream-screen", "keys-text", "stream-pointer", "stream-focus"] {
        window.wait_for(&id(choice))?.click()?;
    }
    tour.show("streams", "One switch for each stream; all are off until you turn them on.")?;
    while window.find(&id("grant"))?.is_none() {
        window.wait_for(&id("next"))?.click()?;
    }
    tour.show("consent", "What you agree to, and who can read it: nobody but you.")?;
    // The button stands below the whole text.
    window.execute("document.querySelector('[data-testid=grant]').scrollIntoView()", &[])?;
    window.wait_for(&id("grant"))?.click()?;
    eyelid.wait_status("recording", recording)?;
    if let Some(open) = window.find(&id("setup-open"))? {
        open.click()?;
    }
    window.wait_for(&id("pause-15"))?;
    tour.show("recording", "Recording, and seen to be: the mark, the tray icon, the window.")?;

    let pid = |name: &str| eyelid.pid_of(name).with_context(|| format!("{name} is not there"));
    let programs = [("eyelid-agent", pid("eyelid-agent")?), ("eyelid", pid("eyelid")?)];
    let start = std::time::Instant::now();
    let at_start: Vec<_> = programs.iter().map(|(_, pid)| Used::by(*pid)).collect::<Result<_>>()?;

    let editor = desktop.gtk_entry_with(&eyelid_tests::EntryOptions {
        title: "Letter",
        class: "Editor",
        place: EDITOR,
        ..eyelid_tests::EntryOptions::default()
    })?;
    let begun = now_ms();
    bring(&desktop, &eyelid, "Letter")?;
    desktop.input().set_gap_ms(25);
    desktop.input().type_text("Dear Ada, this is recorded. ")?;
    desktop.input().click_at(desktop.window_by_title("Letter")?.rect.centre(), 1)?;
    wait_stored(&eyelid, "keys", begun)?;
    tour.show("typing", "Typing into an editor: recorded.")?;

    let chat = desktop.test_window(&TestWindowOptions {
        title: "general - Acme - Slack",
        class: "Slack",
        executable: Some("slack"),
        text: "a private conversation",
        colour: 0xe9_dcec,
        place: CHAT,
        ..TestWindowOptions::default()
    })?;
    desktop.activate(&desktop.window_by_title("general - Acme - Slack")?)?;
    eyelid.wait_status("the chat's hold", |s| holds(s, "sensitive-app"))?;
    desktop.input().type_text("not for the record")?;
    tour.show("chat", "A chat in front: paused by itself.")?;

    desktop.activate(&desktop.window_by_title("Letter")?)?;
    eyelid.wait_status("recording", recording)?;
    let pressed = now_ms();
    desktop.input().key("ctrl+alt+p")?;
    let status = eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
    let unrecorded = "also not for the record";
    desktop.input().type_text(unrecorded)?;
    let held = status["acknowledged"]["held"].as_i64().context("an instant")?;
    tour.show("hotkey", &format!("The hotkey: paused, and durable {} ms after the press.", held - pressed))?;
    // What still stood there would be seen in the next picture, as it should.
    for _ in unrecorded.chars() {
        desktop.input().key("BackSpace")?;
    }
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("recording", recording)?;

    eyelid.ctl_ok(&["pause", "1m"])?;
    let reminder = desktop.wait_notification("ends")?;
    desktop.show_notification(&reminder)?;
    tour.show("reminder", "A timed opt-out, and the reminder before it ends.")?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    desktop.input().type_text("And on it goes.")?;
    wait_stored(&eyelid, "keys", begun)?;
    let withheld = eyelid.status()?["withheld"].clone();
    let before = everything(&eyelid)?;
    drop(chat);
    desktop.activate(&desktop.window_by_title("Eyelid")?)?;
    window.click(&id("nav-timeline"))?;
    window.wait_for(&id("past-picture"))?;
    tour.show("timeline", "What was recorded, by the minute: yours to look at, to search and to take back.")?;
    window.click(&id("nav-log"))?;
    window.wait_for(&id("log-entry"))?;
    tour.show("access-log", "Who looked at it, and when: this look is in it, too.")?;
    window.click(&id("nav-now"))?;
    eyelid.ctl_ok(&["forget", "60m"])?;
    tour.show("forgotten", "The last hour is forgotten.")?;
    let after = everything(&eyelid)?;

    let seconds = start.elapsed().as_secs_f64();
    println!(
        "\n{:<34}{:>10}{:>14}{:>14}",
        format!("cost over {seconds:.0} s of this"),
        "CPU %",
        "wake-ups/s",
        "PSS MB"
    );
    for ((name, pid), before) in programs.iter().zip(&at_start) {
        let Cost { cpu, wakes, pss } = before.until(&Used::by(*pid)?);
        println!("{name:<34}{cpu:>10.2}{wakes:>14.1}{pss:>14.1}");
    }
    println!("\n{:<34}{:>10}{:>18}", "", "recorded", "after forgetting");
    let count = |export: &eyelid_tests::Export, kinds: &[&str]| {
        kinds.iter().map(|kind| export.events_of(kind).len()).sum::<usize>()
    };
    let row = |name: &str, a: usize, b: usize| println!("{name:<34}{a:>10}{b:>18}");
    row("pictures", before.frames.len(), after.frames.len());
    for (name, kinds) in [
        ("keys", &["text", "key", "shortcut"][..]),
        ("pointer", &["move", "click", "scroll"][..]),
        ("windows in front", &["focus"][..]),
    ] {
        row(name, count(&before, kinds), count(&after, kinds));
    }
    println!("\n{:<34}{:>10}", "withheld by", "data");
    for entry in withheld.as_array().into_iter().flatten() {
        println!(
            "{:<34}{:>10}",
            entry["hold"].as_str().unwrap_or("a window that may not be shown"),
            entry["dropped"].to_string()
        );
    }
    let typed = all_text(&before);
    println!("\nThe text that was recorded: {typed:?}");
    println!("The text that was typed into the editor: {:?}", editor.text()?);
    anyhow::ensure!(!typed.contains("not for the record"), "something was recorded that should not have been");
    println!("\nPictures of each step are in target/tour/.");
    Ok(())
}
