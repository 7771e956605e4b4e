//! Sites in a real browser: rules hold by the page's address, and what has none is not shown.

use anyhow::Context;
use eyelid_tests::scene::{bring, everything, holds, now_ms, recorded, recorded_by, recording, stored, wait_stored};
use eyelid_tests::{Desktop, Export, Eyelid, EyelidOptions, LONG, Rect, Result, TestWindow, Web, wait_for};
use rustix::process::{Pid, Signal, kill_process};

/// No text: then nothing hangs on password fields.
const STREAMS: &str = "screen,pointer,focus";
/// A chat's address. Those of the great ones are reached by encrypted ways only.
const TALK: &str = "mattermost.office.example/channels/T1";
/// Colours of pages; a picture that shows one has thousands of its pixels.
const SNOW: u32 = 0x20_a0_60;
const CHAT: u32 = 0xc0_20_80;
const WORD: u32 = 0x30_50_d0;

fn page(host: &str, title: &str, colour: u32) -> String {
    format!("http://{host}?title={title}&colour={colour:06x}")
}

fn shows(export: &Export, colour: u32) -> Result<usize> {
    let mut shown = 0;
    for frame in &export.frames {
        shown += usize::from(export.picture(frame)?.count(colour) > 2000);
    }
    Ok(shown)
}

/// Waits until the page's colour is in a stored picture.
fn wait_shown(eyelid: &Eyelid<'_>, colour: u32) -> Result<()> {
    wait_for("a picture of the page", 4 * LONG, || {
        let export = everything(eyelid).ok()?;
        (shows(&export, colour).ok()? > 0).then_some(())
    })
    .with_context(|| {
        let mut status = eyelid.status().unwrap_or_default();
        status["rules"] = serde_json::Value::Null;
        format!("{status}\n{}", eyelid.log())
    })
}

/// Another window comes to the front; what is stored once that is has all that may be stored of what was before it.
fn all_so_far(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<Export> {
    let window = desktop.plain_window("Other", "Other", WORD, Rect::new(1000, 500, 200, 200))?;
    desktop.activate_id(window.id)?;
    eyelid.wait_status("recording", recording)?;
    bring(desktop, eyelid, "Other")?;
    let begun = now_ms();
    window.set_colour(WORD ^ 1)?;
    wait_stored(eyelid, "screen", begun)?;
    everything(eyelid)
}

/// Waits until the page is on the screen itself.
fn wait_painted(desktop: &Desktop, colour: u32) -> Result<()> {
    wait_for("the page on the screen", 4 * LONG, || (desktop.screen().ok()?.count(colour) > 50_000).then_some(()))
}

#[test]
fn a_site_holds_by_its_address_and_a_word_in_a_title_does_not() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let _browser = desktop.chromium(&web, &page("news.example/snow", "Snow", SNOW), false)?;
    wait_painted(&desktop, SNOW)?;
    wait_shown(&eyelid, SNOW)?;
    web.go(&page(TALK, "Harmless", CHAT));
    wait_painted(&desktop, CHAT)?;
    eyelid.wait_status("the hold", |s| holds(s, "sensitive-site"))?;
    web.go(&page("news.example/word", "Slack", WORD));
    wait_painted(&desktop, WORD)?;
    eyelid.wait_status("recording", recording)?;
    wait_shown(&eyelid, WORD)?;
    let titled = |export: &Export, title: &str| export.events.iter().any(|e| e["window"]["title"] == title);
    let export = wait_for("the title", 2 * LONG, || {
        everything(&eyelid).ok().filter(|export| titled(export, "Slack - Chromium"))
    })?;
    assert_eq!(shows(&export, CHAT)?, 0);
    assert!(!titled(&export, "Harmless - Chromium"));
    // The addresses themselves are nowhere in the log.
    for word in ["news.example", "mattermost", "/channels/T1"] {
        assert!(!eyelid.log().contains(word));
    }
    Ok(())
}

#[test]
fn a_page_that_changes_its_address_unannounced_is_not_stored_under_the_old_one() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let rules = desktop.path("config").join("eyelid");
    std::fs::create_dir_all(&rules)?;
    let own = "[[rule]]\nid = \"private\"\nverdict = \"hold\"\nsite = \"news.example/private\"\n";
    std::fs::write(rules.join("rules.toml"), own)?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let address = format!("{}&push=/private&then={CHAT:06x}", page("news.example/snow", "Snow", SNOW));
    let _browser = desktop.chromium(&web, &address, false)?;
    wait_painted(&desktop, SNOW)?;
    wait_shown(&eyelid, SNOW)?;
    web.go("/private");
    wait_painted(&desktop, CHAT)?;
    eyelid.wait_status("the hold", |s| holds(s, "sensitive-site") || holds(s, "sensitive-app"))?;
    assert_eq!(shows(&all_so_far(&desktop, &eyelid)?, CHAT)?, 0);
    Ok(())
}

#[test]
fn a_browser_that_tells_no_address_is_grey_until_one_click_allows_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    // Started before anybody listened, it tells nothing.
    let _browser = desktop.chromium(&web, &page("news.example/snow", "Snow", SNOW), false)?;
    wait_painted(&desktop, SNOW)?;
    let notes = desktop.plain_window("Notes", "Notes", WORD, Rect::new(1000, 500, 200, 200))?;
    let eyelid = recorded_by(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() }, STREAMS)?;
    bring(&desktop, &eyelid, "Snow - Chromium")?;
    eyelid.wait_status("a window left out", |s| s["status"]["phase"] == "filtered")?;
    // The browser came up over it.
    notes.raise()?;
    repaint(&eyelid, &notes)?;
    wait_shown(&eyelid, WORD)?;
    let export = everything(&eyelid)?;
    assert_eq!(shows(&export, SNOW)?, 0);
    assert!(shows(&export, WORD)? > 0);
    let seen = export.events.iter().filter(|e| e["window"]["app"] == "Chromium").collect::<Vec<_>>();
    assert!(!seen.is_empty() && seen.iter().all(|e| e["window"]["title"].is_null()), "{seen:?}");
    let window = eyelid.driver()?;
    window.click("[data-app=Chromium]")?;
    window.wait_for_text("[data-testid=mirror-chosen]", "Chromium, left out: the site is not known")?;
    window.wait_for_text("[data-testid=mirror-loosens]", "a private window may be recorded")?;
    let allow = window.wait_for("[data-testid=mirror-allow]")?;
    assert_eq!(allow.accessible_name()?, "Record pages of this browser whose site is unknown");
    window.click("[data-testid=mirror-allow]")?;
    window.wait_for_text("[data-testid=mirror-done]", "whose site is unknown are recorded")?;
    let own = eyelid.status()?["rules"]["own"].take();
    assert_eq!(own.as_array().map(Vec::len), Some(1), "{own}");
    assert_eq!((own[0]["verdict"].as_str(), own[0]["exe"].as_str()), (Some("record"), Some("chromium")), "{own}");
    wait_shown(&eyelid, SNOW)
}

#[test]
fn an_incognito_window_is_private_on_every_page() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let _browser = desktop.chromium(&web, &page("news.example/snow", "Snow", SNOW), true)?;
    wait_painted(&desktop, SNOW)?;
    // Its title tells nothing of it.
    desktop.window_by_title("Snow - Chromium")?;
    eyelid.wait_status("the hold", |s| holds(s, "private-window"))?;
    assert_eq!(shows(&all_so_far(&desktop, &eyelid)?, SNOW)?, 0);
    Ok(())
}

#[test]
fn firefox_tells_its_addresses_too() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let _browser = desktop.firefox(&web, &page("news.example/snow", "Snow", SNOW), false)?;
    wait_painted(&desktop, SNOW)?;
    wait_shown(&eyelid, SNOW)?;
    bring(&desktop, &eyelid, "Snow \u{2014} Mozilla Firefox")?;
    web.go(&page(TALK, "Harmless", CHAT));
    wait_painted(&desktop, CHAT)?;
    eyelid.wait_status("the hold", |s| holds(s, "sensitive-site"))?;
    let export = all_so_far(&desktop, &eyelid)?;
    assert_eq!(shows(&export, CHAT)?, 0);
    let titled = |title: &str| export.events.iter().any(|e| e["window"]["title"] == title);
    assert!(titled("Snow \u{2014} Mozilla Firefox"));
    assert!(!titled("Harmless \u{2014} Mozilla Firefox"));
    Ok(())
}

#[test]
fn a_private_window_of_firefox_is_held_on_every_page() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let _browser = desktop.firefox(&web, &page("news.example/snow", "Snow", SNOW), true)?;
    wait_painted(&desktop, SNOW)?;
    eyelid.wait_status("the hold", |s| holds(s, "private-window"))?;
    assert_eq!(shows(&all_so_far(&desktop, &eyelid)?, SNOW)?, 0);
    Ok(())
}

/// Paints beside the browser until a stored picture does not show the page any more. What moves on the screen leads to
/// pictures, and these to the question for the address.
fn wait_grey(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<TestWindow> {
    let window = desktop.plain_window("Other", "Other", WORD, Rect::new(1000, 500, 200, 200))?;
    wait_for("the page to be grey", 4 * LONG, || {
        repaint(eyelid, &window).ok()?;
        let export = everything(eyelid).ok()?;
        let last = export.picture(export.frames.last()?).ok()?;
        (last.count(SNOW) == 0).then_some(())
    })?;
    Ok(window)
}

/// Paints, and waits for a picture of it.
fn repaint(eyelid: &Eyelid<'_>, window: &TestWindow) -> Result<()> {
    let begun = now_ms();
    window.set_colour(CHAT ^ u32::from(begun % 2 == 0))?;
    window.set_colour(WORD)?;
    wait_stored(eyelid, "screen", begun)
}

#[test]
fn a_browser_that_does_not_answer_has_no_address_any_more() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let browser = desktop.chromium(&web, &page("news.example/snow", "Snow", SNOW), false)?;
    wait_painted(&desktop, SNOW)?;
    wait_shown(&eyelid, SNOW)?;
    browser.stop()?;
    wait_grey(&desktop, &eyelid)?;
    browser.cont()
}

/// The daemon of the accessibility bus; the program that started it is another.
pub(crate) fn bus_of(desktop: &Desktop) -> Result<Pid> {
    let is_bus = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.starts_with("/usr/bin/dbus-daemon") && line.contains("accessibility")
    };
    desktop.processes().into_iter().find(is_bus).and_then(Pid::from_raw).context("a bus")
}

#[test]
fn while_the_accessibility_bus_is_stalled_nothing_of_a_browser_is_stored() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let web = Web::start()?;
    let eyelid = recorded(&desktop, STREAMS)?;
    let _browser = desktop.chromium(&web, &page("news.example/snow", "Snow", SNOW), false)?;
    wait_painted(&desktop, SNOW)?;
    wait_shown(&eyelid, SNOW)?;
    let window = desktop.plain_window("Other", "Other", WORD, Rect::new(1000, 500, 200, 200))?;
    let bus = bus_of(&desktop)?;
    kill_process(bus, Signal::STOP)?;
    let stalled = now_ms();
    // What moves on the screen leads to pictures, and these to questions that nobody answers: for longer than hold-back
    // and vault would take together.
    for _ in 0..50 {
        window.set_colour(CHAT)?;
        window.set_colour(WORD)?;
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    let later = |frame: &&serde_json::Value| {
        let at = frame["time"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
        at.is_none_or(|at| at.as_millisecond() > stalled)
    };
    let export = everything(&eyelid)?;
    let late =
        export.frames.iter().filter(later).map(|f| Ok(export.picture(f)?.count(SNOW))).collect::<Result<Vec<_>>>()?;
    assert!(late.iter().all(|pixels| *pixels == 0), "{late:?}");
    kill_process(bus, Signal::CONT)?;
    // It was the bus: pictures go on with it.
    wait_for("pictures again", 2 * LONG, || {
        window.set_colour(CHAT).and_then(|()| window.set_colour(WORD)).ok()?;
        eyelid.status().ok().filter(|s| stored(s, "screen").is_some_and(|at| at > stalled))
    })?;
    Ok(())
}
