//! The mirror: it shows the very data that would be stored, to nobody but the window.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::Context;
use eyelid_tests::scene::{ALL, dropped_late, everything, holds, now_ms, recording, stored, wait_stored};
use eyelid_tests::{
    Desktop, Export, Eyelid, EyelidOptions, Keyring, LONG, Rect, Result, Screenshot, TestWindow, TestWindowOptions,
    WebDriver, wait_for,
};
use serde_json::{Value, json};

/// What stands in the place of a window that is left out.
const GREY: u32 = 0x70_70_70;
const NOTES: u32 = 0x20_90_c0;
const CHAT: u32 = 0xe0_10_20;
/// The middles of the two windows of the scene.
const ON_NOTES: (i32, i32) = (1300, 280);
const ON_CHAT: (i32, i32) = (1700, 280);

fn id(name: &str) -> String {
    format!("[data-testid={name}]")
}

/// A wide desktop with Eyelid's window at the left and, beside it, a window to be recorded and a chat.
struct Scene<'a> {
    notes: TestWindow,
    _chat: TestWindow,
    eyelid: Eyelid<'a>,
}

fn wide() -> Result<Desktop> {
    Desktop::builder().full().size(1920, 1080).start()
}

impl<'a> Scene<'a> {
    fn start(desktop: &'a Desktop, driven: bool) -> Result<Scene<'a>> {
        let eyelid = Eyelid::start_with(desktop, &EyelidOptions { driven, ..EyelidOptions::default() })?;
        let own = desktop.window_by_title("Eyelid")?;
        let chat = desktop.test_window(&TestWindowOptions {
            title: "general | Acme",
            class: "Slack",
            executable: Some("slack"),
            colour: CHAT,
            place: Rect::new(1550, 150, 300, 260),
            ..TestWindowOptions::default()
        })?;
        let notes = desktop.plain_window("Diary", "Notes", NOTES, Rect::new(1150, 150, 300, 260))?;
        // Wherever the window manager put Eyelid's own window, the two lie above it, and it has the keyboard.
        desktop.activate(&own)?;
        chat.raise()?;
        notes.raise()?;
        desktop.wait_pixel(ON_CHAT.0, ON_CHAT.1, CHAT)?;
        desktop.wait_pixel(ON_NOTES.0, ON_NOTES.1, NOTES)?;
        Ok(Scene { notes, _chat: chat, eyelid })
    }

    fn recorded(desktop: &'a Desktop, driven: bool, streams: &str) -> Result<Scene<'a>> {
        let scene = Scene::start(desktop, driven)?;
        scene.eyelid.consent(streams)?;
        scene.eyelid.wait_status("recording", recording)?;
        Ok(scene)
    }

    /// What the mirror shows, once `fits`.
    fn glass(&self, desktop: &Desktop, what: &str, fits: impl Fn(&Glass) -> bool) -> Result<Glass> {
        let driver = self.eyelid.driver()?;
        wait_for(what, 2 * LONG, || Glass::look(driver, desktop).ok().flatten().filter(&fits))
            .with_context(|| format!("{}\n{}", driver.source().unwrap_or_default(), self.eyelid.log()))
    }
}

/// The mirror's picture as it is on the page.
struct Glass {
    page: Screenshot,
    number: u64,
    at: i64,
    /// Where the picture is on the page.
    place: [f64; 4],
    size: [f64; 2],
    /// The windows in it: what a screen reader says of each, and whether it is shown.
    windows: Vec<(String, bool)>,
}

impl Glass {
    fn look(driver: &WebDriver, desktop: &Desktop) -> Result<Option<Glass>> {
        let script = "const img = document.querySelector('[data-testid=mirror-picture]');
            if (img === null || !img.complete || img.naturalWidth === 0) return null;
            img.scrollIntoView({block: 'center'});
            const at = img.getBoundingClientRect();
            const windows = [...document.querySelectorAll('.window')]
                .map((w) => [w.getAttribute('aria-label'), w.dataset.shown === 'true']);
            return {number: +img.dataset.number, at: +img.dataset.at, place: [at.left, at.top, at.width, at.height],
                size: [img.naturalWidth, img.naturalHeight], windows};";
        let before = driver.execute(script, &[])?;
        if before.is_null() {
            return Ok(None);
        }
        let file = desktop.path("tmp").join("mirror.png");
        driver.screenshot(&file)?;
        // Nothing moved meanwhile, so the screenshot is of this picture.
        if driver.execute(script, &[])? != before {
            return Ok(None);
        }
        let numbers = |value: &Value| serde_json::from_value::<Vec<f64>>(value.clone());
        Ok(Some(Glass {
            page: Screenshot::read(&file)?,
            number: before["number"].as_u64().context("a number")?,
            at: before["at"].as_i64().context("a time")?,
            place: numbers(&before["place"])?.try_into().ok().context("a place")?,
            size: numbers(&before["size"])?.try_into().ok().context("a size")?,
            windows: serde_json::from_value(before["windows"].clone())?,
        }))
    }

    /// The colour at a place of the screen.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn pixel(&self, (x, y): (i32, i32)) -> u32 {
        let [left, top, width, height] = self.place;
        let x = left + (f64::from(x) + 0.5) * width / self.size[0];
        let y = top + (f64::from(y) + 0.5) * height / self.size[1];
        self.page.pixel(x as u32, y as u32)
    }
}

/// The stored picture taken at this time, if there is one.
fn stored_at(export: &Export, at: i64) -> Option<&Value> {
    let time = |frame: &&Value| {
        let text = frame["time"].as_str().unwrap_or_default();
        text.parse::<jiff::Timestamp>().is_ok_and(|t| t.as_millisecond() == at)
    };
    export.frames.iter().find(time)
}

/// Whether the picture is of one colour around a place, wider than a scaled pixel is blurred.
fn is_flat(picture: &Screenshot, (x, y): (u32, u32)) -> bool {
    let colour = picture.pixel(x, y);
    (x - 8..=x + 8).all(|x| (y - 8..=y + 8).all(|y| picture.pixel(x, y) == colour))
}

#[test]
fn what_the_mirror_shows_is_what_is_stored_and_a_chat_in_it_is_grey() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::recorded(&desktop, true, ALL)?;
    let mut round = 0;
    let (glass, export) = loop {
        round += 1;
        let before = dropped_late(&scene.eyelid.status()?);
        let both = |g: &Glass| g.pixel(ON_NOTES) == NOTES && g.pixel(ON_CHAT) == GREY;
        let glass = scene.glass(&desktop, "both windows", both)?;
        wait_stored(&scene.eyelid, "screen", glass.at)?;
        let export = everything(&scene.eyelid)?;
        // One that was dropped for want of an answer is rightly not there.
        let taken = dropped_late(&scene.eyelid.status()?) > before;
        if stored_at(&export, glass.at).is_some() || !taken || round == 5 {
            break (glass, export);
        }
    };
    assert!(glass.windows.contains(&("Notes – Diary".into(), true)), "{:?}", glass.windows);
    assert!(glass.windows.iter().any(|(label, shown)| label.starts_with("Slack, left out") && !shown));
    let frame = stored_at(&export, glass.at).context("the very picture")?;
    let filed: Vec<String> = frame["windows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|w| format!("{} – {}", w["app"].as_str().unwrap_or_default(), w["title"].as_str().unwrap_or_default()))
        .collect();
    let shown: Vec<&String> = glass.windows.iter().filter(|(_, shown)| *shown).map(|(label, _)| label).collect();
    assert_eq!(shown, filed.iter().collect::<Vec<_>>());
    let picture = export.picture(frame)?;
    let mut compared = 0;
    for x in (16..1904).step_by(16) {
        for y in (16..1064).step_by(16) {
            if is_flat(&picture, (x, y)) {
                let place = (x.cast_signed(), y.cast_signed());
                assert_eq!(glass.pixel(place), picture.pixel(x, y), "at {place:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 2000, "{compared}");
    assert_eq!(picture.count(CHAT), 0);
    Ok(())
}

#[test]
fn keys_are_shown_at_their_level_and_where_they_are_filed() -> Result<()> {
    for streams in ["keys:text,focus", "keys:activity,focus"] {
        let desktop = wide()?;
        let entry = desktop.gtk_entry_with(&eyelid_tests::EntryOptions {
            title: "Letter",
            class: "Notes",
            place: Rect::new(1150, 500, 480, 160),
            ..eyelid_tests::EntryOptions::default()
        })?;
        let scene = Scene::recorded(&desktop, true, streams)?;
        desktop.activate(&entry.window)?;
        scene.eyelid.wait_status("recording", recording)?;
        let window = scene.eyelid.driver()?;
        // Typed again and again: what is shown leaves the mirror when it is stored.
        let found = wait_for("the keys", 2 * LONG, || {
            desktop.input().type_text("mirrored").ok()?;
            let found = window.find(&id("mirror-keys")).ok()??.text().ok()?;
            found.contains(if streams.contains("text") { "mirrored" } else { "keys" }).then_some(found)
        })
        .with_context(|| window.source().unwrap_or_default())?;
        assert!(found.contains("Notes – Letter"), "{found}");
        assert_eq!(found.contains("mirrored"), streams.contains("text"), "{found}");
    }
    Ok(())
}

#[test]
fn what_is_dropped_in_the_mirror_is_not_in_the_vault() -> Result<()> {
    const DROPPED: u32 = 0x7b_2d_e1;
    const AFTER: u32 = 0x18_a0_58;
    // Without notifications: one that goes makes a newer picture, and that would be dropped instead.
    let desktop = Desktop::builder().keyring(Keyring::Unlocked).logind(true).size(1920, 1080).start()?;
    // Time enough to drop a picture before it is stored.
    std::fs::create_dir_all(desktop.path("config/eyelid"))?;
    std::fs::write(desktop.path("config/eyelid/config.toml"), "hold_back_seconds = 12\n")?;
    let scene = Scene::recorded(&desktop, true, "screen,focus")?;
    let window = scene.eyelid.driver()?;
    scene.glass(&desktop, "the window", |g| g.pixel(ON_NOTES) == NOTES)?;
    scene.notes.set_colour(DROPPED)?;
    let dropped = scene.glass(&desktop, "the picture to drop", |g| g.pixel(ON_NOTES) == DROPPED)?;
    window.click(&id("mirror-drop"))?;
    window.wait_for_text(&id("mirror-done"), "Dropped")?;
    assert!(window.find(&id("mirror-picture"))?.is_none());
    // What comes after it is stored, so the dropped one would be by then.
    let after = now_ms();
    scene.notes.set_colour(AFTER)?;
    wait_stored(&scene.eyelid, "screen", after)?;
    let export = everything(&scene.eyelid)?;
    assert!(stored_at(&export, dropped.at).is_none());
    assert!(export.frames.len() > 1);

    // One that has been stored already is deleted.
    let late = scene.glass(&desktop, "a later picture", |g| g.pixel(ON_NOTES) == AFTER)?;
    window.wait_for_text(&id("mirror-standing"), "· stored")?;
    assert!(stored_at(&everything(&scene.eyelid)?, late.at).is_some());
    window.click(&id("mirror-drop"))?;
    window.wait_for_text(&id("mirror-done"), "is deleted")?;
    assert!(stored_at(&everything(&scene.eyelid)?, late.at).is_none());
    assert_ne!(dropped.number, late.number);
    Ok(())
}

#[test]
fn the_public_socket_has_no_mirror() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::recorded(&desktop, false, ALL)?;
    let socket = desktop.path("run").join("eyelid.sock");
    let streams = json!({"screen": true, "keys": "text", "pointer": true, "focus": true});
    let look = json!({"kind": "look", "value": streams});
    let hello = json!({"protocol": protocol::PROTOCOL_VERSION, "build": protocol::BUILD, "client": "tray"});
    for request in [
        json!({"id": 1, "request": look}),
        json!({"id": 1, "request": {"kind": "mirror", "value": look}}),
        json!({"id": 1, "request": {"kind": "mirror", "value": {"ticket": 1, "ask": look, "have": 0}}}),
        json!({"kind": "mirror", "value": {"ticket": 1, "ask": look, "have": 0}}),
        json!({"id": 1, "request": {"kind": "drop", "value": 1}}),
    ] {
        let mut stream = UnixStream::connect(&socket)?;
        let mut bytes = protocol::framing::encode(&hello);
        bytes.extend(protocol::framing::encode(&request));
        stream.write_all(&bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains("bad-message"), "{request}");
        assert!(!answer.contains("Diary"), "{request}");
    }
    scene.eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn once_nobody_looks_no_picture_is_sent() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::recorded(&desktop, true, "screen,focus")?;
    let window = scene.eyelid.driver()?;
    let sent = || -> Result<i64> { scene.eyelid.status()?["cost"]["mirrored"].as_i64().context("a count") };
    // An answer may still be on its way when nobody looks any more.
    let silent = || -> Result<i64> {
        let (mut last, mut since) = (sent()?, Instant::now());
        wait_for("the mirror to fall silent", LONG, || {
            let now = sent().ok()?;
            if now != last {
                (last, since) = (now, Instant::now());
            }
            (since.elapsed() > Duration::from_secs(3)).then_some(now)
        })
    };
    // Something changes on the screen, and it is stored: had the mirror been looked at, it would have been sent.
    let changes = |colours: [u32; 2]| -> Result<()> {
        for colour in colours {
            let begun = now_ms();
            scene.notes.set_colour(colour)?;
            wait_stored(&scene.eyelid, "screen", begun)?;
        }
        Ok(())
    };
    let first = scene.glass(&desktop, "a picture", |g| g.pixel(ON_NOTES) == NOTES)?;
    assert!(sent()? > 0);
    // Another view of the same window.
    window.click(&id("nav-rules"))?;
    window.wait_for("[aria-current=page][data-testid=nav-rules]")?;
    let before = silent()?;
    changes([0x11_22_33, 0x44_55_66])?;
    assert_eq!(sent()?, before);
    // Nor does the tray app keep it, nor the webview.
    let fetch = "const done = arguments[arguments.length - 1]; const img = new Image();
        img.onload = () => done('shown'); img.onerror = () => done('gone');
        img.src = `mirror://localhost/${arguments[0]}`;";
    for address in [format!("{}?anew", first.number), first.number.to_string()] {
        assert_eq!(window.execute_async(fetch, &[json!(address)])?, "gone", "{address}");
    }
    window.click(&id("nav-now"))?;
    wait_for("another picture", LONG, || sent().ok().filter(|now| *now > before))?;
    // The window is closed.
    let own = desktop.window_by_title("Eyelid")?;
    desktop.close(&own)?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && !w.override_redirect)?;
    let before = silent()?;
    changes([0x22_33_44, 0x55_66_77])?;
    assert_eq!(sent()?, before);
    Ok(())
}

#[test]
fn one_click_makes_the_rule_and_the_mirror_greys_the_window() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::recorded(&desktop, true, "screen,focus")?;
    let window = scene.eyelid.driver()?;
    scene.glass(&desktop, "the window", |g| g.pixel(ON_NOTES) == NOTES)?;
    window.click("[data-app=Notes]")?;
    let never = window.wait_for(&id("mirror-never"))?;
    assert_eq!(never.accessible_name()?, "Never record “Notes”");
    window.click(&id("mirror-never"))?;
    window.wait_for_text(&id("mirror-done"), "Notes")?;
    let ruled = |(label, shown): &(String, bool)| label == "Notes, left out: your own rule" && !shown;
    scene.glass(&desktop, "the grey window", |g| g.pixel(ON_NOTES) == GREY && g.windows.iter().any(ruled))?;
    let status = scene.eyelid.status()?;
    assert_eq!(status["rules"]["own"].as_array().map(Vec::len), Some(1), "{}", status["rules"]["own"]);
    Ok(())
}

#[test]
fn what_holds_the_recording_darkens_the_mirror() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::recorded(&desktop, true, ALL)?;
    let window = scene.eyelid.driver()?;
    let first = scene.glass(&desktop, "the window", |g| g.pixel(ON_NOTES) == NOTES)?;
    scene.eyelid.ctl_ok(&["pause"])?;
    window.wait_for("[data-testid=mirror][data-state=held]")?;
    assert!(window.find(&id("mirror-picture"))?.is_none() && window.find(&id("mirror-keys"))?.is_none());
    scene.eyelid.ctl_ok(&["resume"])?;
    let second = scene.glass(&desktop, "the window again", |g| g.pixel(ON_NOTES) == NOTES)?;
    assert_ne!(first.number, second.number);
    // A chat that comes to the front holds too.
    desktop.activate(&desktop.window_by_title("general | Acme")?)?;
    scene.eyelid.wait_status("the hold", |s| holds(s, "sensitive-app"))?;
    window.wait_for("[data-testid=mirror][data-state=held]")?;
    assert!(window.find(&id("mirror-picture"))?.is_none());
    Ok(())
}

/// Every file below a folder with its content.
fn files(folder: &std::path::Path) -> Result<Vec<(std::path::PathBuf, Vec<u8>)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push((path.clone(), std::fs::read(&path)?));
        }
    }
    all.sort();
    Ok(all)
}

/// Goes to the step where streams are chosen, and switches two of them on.
fn choose(window: &WebDriver) -> Result<()> {
    while window.find(&id("stream-screen"))?.is_none() {
        window.click(&id("next"))?;
    }
    assert!(window.find(&id("mirror"))?.is_none());
    window.click(&id("stream-screen"))?;
    window.click(&id("keys-activity"))
}

#[test]
fn the_first_run_shows_the_mirror_and_stores_not_one_byte() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::start(&desktop, true)?;
    let window = scene.eyelid.driver()?;
    let vault = desktop.path("data").join("eyelid/vault");
    scene.eyelid.wait_status("no key", |s| s["recipient"] == "none")?;
    let before = files(&vault)?;
    assert!(!before.is_empty());
    assert_eq!(scene.eyelid.status()?["system"]["preview"], false);
    choose(window)?;
    let preview = scene.glass(&desktop, "both windows", |g| g.pixel(ON_NOTES) == NOTES && g.pixel(ON_CHAT) == GREY)?;
    window.wait_for_text(&id("mirror-standing"), "stored nowhere")?;
    assert!(window.find(&id("mirror-drop"))?.is_none());
    let status = scene.eyelid.wait_status("the preview", |s| s["system"]["preview"] == true)?;
    assert!(status["consent"].is_null() && holds(&status, "not-consented"));
    // Long enough for more than one picture and for all that would be stored of them.
    for colour in [0x11_22_33, 0x44_55_66, 0x77_88_99] {
        scene.notes.set_colour(colour)?;
        scene.glass(&desktop, "the change", |g| g.pixel(ON_NOTES) == colour)?;
    }
    let waited = now_ms();
    scene.glass(&desktop, "a later picture", |g| g.number > preview.number && now_ms() - waited > 10_000)?;
    assert!(files(&vault)? == before, "the vault has changed");
    // A hidden mark and a pause darken it as they stop a recording.
    scene.eyelid.ctl_ok(&["pause"])?;
    window.wait_for("[data-testid=mirror][data-state=held]")?;
    assert!(window.find(&id("mirror-picture"))?.is_none());
    scene.eyelid.ctl_ok(&["resume"])?;
    scene.glass(&desktop, "the preview again", |g| g.pixel(ON_NOTES) == 0x77_88_99)?;
    let cover = desktop.test_window(&TestWindowOptions {
        title: "Cover",
        place: Rect::new(0, 0, 1920, 1080),
        override_redirect: true,
        ..TestWindowOptions::default()
    })?;
    wait_for("the hold", LONG, || {
        let _ = cover.raise();
        let held = holds(&scene.eyelid.status().ok()?, "no-indicator");
        (held && window.find("[data-testid=mirror][data-state=held]").ok()?.is_some()).then_some(())
    })?;
    drop(cover);
    // Off the page, the sensors stop; and there is nothing.
    window.click(&id("next"))?;
    let status = scene.eyelid.wait_status("the end of the preview", |s| s["system"]["preview"] == false)?;
    assert!(status["stored"].as_array().is_some_and(|s| s.iter().all(|s| s["at"].is_null())));
    // The log says who ended the pause; records there are none.
    assert_eq!(rows(&vault)?, 0);
    Ok(())
}

/// How many records and epochs the vault has, asked of the stock tool.
fn rows(vault: &std::path::Path) -> Result<i64> {
    let sql = "select (select count(*) from record) + (select count(*) from epoch)";
    let output = std::process::Command::new("sqlite3").arg(vault.join("vault.db")).arg(sql).output()?;
    let text = String::from_utf8(output.stdout)?;
    text.trim().parse().with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn after_a_withdrawal_the_preview_stores_nothing_either() -> Result<()> {
    let desktop = wide()?;
    let scene = Scene::recorded(&desktop, true, "screen,focus")?;
    let window = scene.eyelid.driver()?;
    wait_stored(&scene.eyelid, "screen", 0)?;
    scene.eyelid.ctl_ok(&["consent", "withdraw"])?;
    let withdrawn = now_ms();
    let before = everything(&scene.eyelid)?.frames.len();
    choose(window)?;
    for colour in [0x11_22_33, 0x44_55_66, 0x77_88_99] {
        scene.notes.set_colour(colour)?;
        scene.glass(&desktop, "the change", |g| g.pixel(ON_NOTES) == colour)?;
    }
    // Consent again: what is recorded from here on shows that nothing before it was.
    let agreed = now_ms();
    scene.eyelid.consent("screen,focus")?;
    let begun = now_ms();
    scene.notes.set_colour(0xaa_bb_cc)?;
    wait_stored(&scene.eyelid, "screen", begun)?;
    let export = everything(&scene.eyelid)?;
    let between = export.frames.iter().filter(|frame| {
        let time = frame["time"].as_str().unwrap_or_default().parse::<jiff::Timestamp>();
        time.is_ok_and(|t| (withdrawn..agreed).contains(&t.as_millisecond()))
    });
    assert_eq!(between.count(), 0);
    assert!(export.frames.len() > before);
    assert!(stored(&scene.eyelid.status()?, "keys").is_none());
    Ok(())
}
