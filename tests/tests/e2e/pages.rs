//! Every page in the real webview, light and dark, on a small screen and on a large one: nothing is cut off, all of it
//! can be read, the accent means recording, and the keyboard's place is seen. Their pictures are kept for people in
//! `target/screenshots/`.

use crate::settings::{id, view};
use eyelid_tests::scene::{bring, calm, now_ms, recording, wait_stored};
use eyelid_tests::{Desktop, Eyelid, EyelidOptions, LONG, Rect, Result, TestWindowOptions, WebDriver, wait_for};
use serde_json::Value;
use std::path::{Path, PathBuf};

const AUDIT: &str = include_str!("../../apps/audit.js");
const FOCUS: &str = include_str!("../../apps/focus.js");
const TAB: &str = "\u{e004}";
/// No page has more to tab through before it begins again.
const MOST_STOPS: usize = 60;

struct Tour<'a> {
    desktop: &'a Desktop,
    eyelid: &'a Eyelid<'a>,
    folder: PathBuf,
    number: u32,
    complaints: Vec<String>,
}

impl Tour<'_> {
    fn window(&self) -> Result<&WebDriver> {
        self.eyelid.driver()
    }

    /// Looks the page over, and keeps a picture of it, of the upper end and of the lower if it is longer than the window.
    fn look(&mut self, name: &str) -> Result<()> {
        self.number += 1;
        // The page may be about to follow a change.
        let mut found = Err(anyhow::anyhow!("it was not looked over"));
        let _ = wait_for("nothing to complain of", LONG, || {
            found = self.complaints();
            found.as_ref().is_ok_and(Vec::is_empty).then_some(())
        });
        self.complaints.extend(found?.iter().map(|complaint| format!("{name}: {complaint}")));
        self.picture(name, "")?;
        let more = "const root = document.documentElement; scrollTo(0, root.scrollHeight); return root.scrollTop";
        if self.window()?.execute(more, &[])?.as_f64().unwrap_or_default() > 40.0 {
            self.picture(name, "-below")?;
        }
        self.window()?.execute("scrollTo(0, 0)", &[])?;
        Ok(())
    }

    fn complaints(&self) -> Result<Vec<String>> {
        let records = recording(&self.eyelid.status()?);
        let found = self.window()?.execute(AUDIT, &[records.into()])?;
        Ok(serde_json::from_value(found)?)
    }

    fn picture(&self, name: &str, part: &str) -> Result<()> {
        calm(self.desktop, self.eyelid)?;
        let number = self.number;
        self.desktop.screenshot(&self.folder.join(format!("{number:02}-{name}{part}.png")))
    }

    /// Where the keyboard is, once the page has scrolled there.
    fn keyboard(&self) -> Result<Value> {
        let mut at = Value::Null;
        let _ = wait_for("the keyboard's place to be seen", LONG, || {
            at = self.window().ok()?.execute(FOCUS, &[]).ok()?;
            at["wrong"].is_null().then_some(())
        });
        Ok(at)
    }

    /// Goes through the page by the keyboard alone.
    fn tab_through(&mut self, name: &str) -> Result<()> {
        self.window()?.execute("document.activeElement?.blur(); scrollTo(0, 0)", &[])?;
        let mut stops = 0;
        let mut first = String::new();
        for _ in 0..MOST_STOPS {
            self.window()?.press(TAB)?;
            let at = self.keyboard()?;
            let stop = at["name"].as_str().unwrap_or_default().to_owned();
            if at["page"] == true || stop == first {
                break;
            }
            if stops == 0 {
                first.clone_from(&stop);
            }
            stops += 1;
            if let Some(wrong) = at["wrong"].as_str() {
                self.complaints.push(format!("{name}, by keyboard: {stop} {wrong}"));
            }
        }
        anyhow::ensure!(stops > 0, "{name} cannot be reached by keyboard");
        self.window()?.execute("document.activeElement?.blur(); scrollTo(0, 0)", &[])?;
        Ok(())
    }

    fn page(&mut self, name: &str, there: &str) -> Result<()> {
        view(self.window()?, name)?;
        self.window()?.wait_for(&id(there))?;
        self.look(name)?;
        self.tab_through(name)
    }
}

/// As a person sets it in their desktop.
fn set_scheme(desktop: &Desktop, dark: bool) -> Result<()> {
    let folder = desktop.path("config/gtk-3.0");
    std::fs::create_dir_all(&folder)?;
    // A caret that blinks never stands still.
    let text = format!("[Settings]\ngtk-application-prefer-dark-theme={}\ngtk-cursor-blink=0\n", u8::from(dark));
    Ok(std::fs::write(folder.join("settings.ini"), text)?)
}

/// All pages, in a window of the least size there is, or one that fills the screen.
fn all_pages(size: (u32, u32), dark: bool, fills: bool) -> Result<()> {
    let desktop = Desktop::builder().size(size.0, size.1).full().start()?;
    set_scheme(&desktop, dark)?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let _chat = desktop.test_window(&TestWindowOptions {
        title: "general - Acme - Slack",
        class: "Slack",
        executable: Some("slack"),
        place: Rect::new(620, 300, 400, 300),
        ..TestWindowOptions::default()
    })?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    let window = eyelid.driver()?;
    let page = window.wait_for(&id("setup"))?;
    let place = desktop.window_by_title("Eyelid")?;
    let mut shape = desktop.command("wmctrl");
    shape.args(["-i", "-r", &place.id.to_string()]);
    shape.args(if fills { ["-b", "add,maximized_vert,maximized_horz"] } else { ["-e", "0,230,80,820,600"] });
    desktop.run(shape)?;
    let fits = |w: &eyelid_tests::Window| if fills { w.rect.w > size.0 - 20 } else { w.rect.w == 820 };
    wait_for("the window's size", LONG, || desktop.window(place.id).filter(|w| fits(w)))?;
    let scheme = window.execute("return matchMedia('(prefers-color-scheme: dark)').matches", &[])?;
    assert_eq!(scheme, Value::Bool(dark), "the desktop's scheme is not the page's");
    drop(page);

    let name = format!("{}-{}x{}", if dark { "dark" } else { "light" }, size.0, size.1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let mut tour = Tour { desktop: &desktop, eyelid: &eyelid, folder, number: 0, complaints: Vec::new() };

    // The first run, step by step.
    tour.look("first-run")?;
    tour.tab_through("first-run")?;
    while window.find(&id("stream-screen"))?.is_none() {
        window.click(&id("next"))?;
    }
    for choice in ["stream-screen", "keys-text", "stream-pointer", "stream-focus"] {
        window.click(&id(choice))?;
    }
    // A window that fills the screen leaves no other one in sight.
    let preview = if fills { "mirror-glass" } else { "mirror-picture" };
    wait_for("the preview", LONG, || window.find(&id(preview)).ok()?.map(drop))?;
    tour.look("streams")?;
    tour.tab_through("streams")?;
    window.click(&id("next"))?;
    tour.look("apps")?;
    tour.tab_through("apps")?;
    while window.find(&id("grant"))?.is_none() {
        window.click(&id("next"))?;
    }
    window.wait_until(&id("grant"), |e| e.is_enabled().unwrap_or(false))?;
    tour.look("agree")?;
    tour.tab_through("agree")?;
    window.click(&id("grant"))?;
    eyelid.wait_status("recording", |s| !s["consent"].is_null() && recording(s))?;

    // Something to look back at.
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    let begun = now_ms();
    desktop.input().type_text("Dear diary, this is recorded. ")?;
    wait_stored(&eyelid, "keys", begun)?;
    wait_stored(&eyelid, "screen", begun)?;
    desktop.activate(&desktop.window_by_title("Eyelid")?)?;
    wait_for("the mirror", LONG, || window.find(&id("mirror-picture")).ok()?.map(drop))?;
    tour.look("now")?;
    tour.tab_through("now")?;
    eyelid.ctl_ok(&["pause", "30m"])?;
    window.wait_for(&id("acknowledged"))?;
    tour.look("paused")?;
    window.click(&id("resume"))?;
    eyelid.wait_status("recording", recording)?;
    tour.page("timeline", "past-picture")?;
    tour.page("rules", "category-chat")?;
    tour.page("schedule", "schedule-empty")?;
    window.click(&id("window-add"))?;
    tour.look("schedule-editor")?;
    tour.page("log", "log-entry")?;
    tour.page("settings", "system")?;
    window.click(&id("passphrase-set"))?;
    window.wait_for(&id("passphrase-first"))?;
    tour.look("passphrase")?;
    window.click(&id("passphrase-set-cancel"))?;
    window.click(&id("recovery-new"))?;
    window.wait_for(&id("recovery-key"))?;
    tour.look("recovery-key")?;
    window.click(&id("recovery-dropped"))?;
    eyelid.wait_status("recording", recording)?;
    window.click(&id("nav-now"))?;
    window.click(&id("forget-15"))?;
    window.wait_for(&id("forget-confirm"))?;
    tour.look("forget")?;
    window.click(&id("forget-cancel"))?;
    // What a fault looks like.
    std::fs::write(desktop.path("config").join("eyelid/rules.toml"), "[[rule]]\nid = \"x\"\ntitle = \"(\"\n")?;
    window.wait_for(&id("fault-rules"))?;
    tour.look("fault")?;
    assert!(tour.complaints.is_empty(), "{}", tour.complaints.join("\n"));
    Ok(())
}

#[test]
fn every_page_on_a_small_screen_is_whole_and_readable_by_day() -> Result<()> {
    all_pages((1280, 800), false, false)
}

#[test]
fn every_page_on_a_small_screen_is_whole_and_readable_by_night() -> Result<()> {
    all_pages((1280, 800), true, false)
}

#[test]
fn every_page_on_a_large_screen_is_whole_and_readable_by_day() -> Result<()> {
    all_pages((1920, 1080), false, true)
}

#[test]
fn every_page_on_a_large_screen_is_whole_and_readable_by_night() -> Result<()> {
    all_pages((1920, 1080), true, true)
}
