//! What a person sets, and what becomes of it.

use anyhow::Context;
use eyelid_tests::scene::{ALL, bring, everything, holds, now_ms, recording, text_in, wait_stored, wait_text};
use eyelid_tests::{Binaries, Desktop, Eyelid, EyelidOptions, LONG, Rect, Result, WebDriver, boot_ms, wait_for};
use std::path::Path;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, ModMask};
use x11rb::rust_connection::RustConnection;

/// Finds an element by its test id.
pub(crate) fn id(name: &str) -> String {
    format!("[data-testid={name}]")
}

/// Eyelid with a window that can be driven, recording after a person's consent.
pub(crate) fn driven<'a>(desktop: &'a Desktop, streams: &str) -> Result<Eyelid<'a>> {
    let eyelid = Eyelid::start_with(desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    eyelid.consent(streams)?;
    eyelid.wait_status("recording", recording)?;
    Ok(eyelid)
}

pub(crate) fn view(window: &WebDriver, name: &str) -> Result<()> {
    window.click(&id(&format!("nav-{name}")))
}

fn is_on(window: &WebDriver, switch: &str, on: bool) -> Result<()> {
    let wanted = if on { "true" } else { "false" };
    let fits =
        |e: &eyelid_tests::Element<'_>| e.attribute("aria-checked").is_ok_and(|is| is.as_deref() == Some(wanted));
    window.wait_until(&id(switch), fits).map(|_| ())
}

#[test]
fn starting_at_login_is_one_file_that_really_starts_eyelid() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = driven(&desktop, ALL)?;
    let window = eyelid.driver()?;
    let folder = desktop.path("config/autostart");
    let file = folder.join("eyelid.desktop");
    // What cannot be written is told, where it was asked for.
    std::fs::write(&folder, "in the way")?;
    view(window, "settings")?;
    window.click(&id("autostart"))?;
    let fault = window.wait_for_text(&id("fault-autostart"), "does not start at login")?.text()?;
    assert!(fault.contains("does not start at login") && fault.contains("autostart"), "{fault}");
    window.click(&id("autostart"))?;
    is_on(window, "autostart", false)?;
    std::fs::remove_file(&folder)?;

    window.click(&id("autostart"))?;
    wait_for("the file", LONG, || file.exists().then_some(()))?;
    wait_for("the end of the fault", LONG, || window.find(&id("fault-autostart")).ok()?.is_none().then_some(()))?;
    let mut check = desktop.command("desktop-file-validate");
    check.arg(&file);
    let said = desktop.run(check)?;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    is_on(window, "autostart", true)?;
    window.click(&id("autostart"))?;
    wait_for("the end of the file", LONG, || (!file.exists()).then_some(()))?;

    is_on(window, "autostart", false)?;
    window.click(&id("autostart"))?;
    wait_for("the file", LONG, || file.exists().then_some(()))?;
    eyelid.quit()?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid")?;
    let mut login = desktop.command("gio");
    login.arg("launch").arg(&file);
    assert!(desktop.run(login)?.status.success());
    let program = Binaries::find()?.program("eyelidctl")?;
    let status = wait_for("Eyelid to answer", LONG, || {
        let mut command = desktop.command(&program);
        command.args(["status", "--json"]);
        let said: serde_json::Value = serde_json::from_slice(&desktop.run(command).ok()?.stdout).ok()?;
        recording(&said).then_some(said)
    })?;
    assert_eq!(status["settings"]["autostart"], true);
    // In the background: the mark is there, the window is not, and no program that is about to open one.
    assert!(!desktop.windows()?.iter().any(|w| w.title == "Eyelid" && !w.override_redirect));
    assert!(std::fs::read_to_string(&file)?.contains("--background"));
    assert!(desktop.processes().iter().all(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        !line.split(|byte| *byte == 0).next().unwrap_or_default().ends_with(b"eyelid-window")
    }));
    Ok(())
}

#[test]
fn the_icon_the_entry_of_the_menu_and_the_window_go_by_one_name() -> Result<()> {
    const SCRIPT: &str = "import sys, gi\n\
        gi.require_version('Gtk', '3.0')\n\
        from gi.repository import Gtk, GLib\n\
        file = GLib.KeyFile()\n\
        file.load_from_file(sys.argv[1], GLib.KeyFileFlags.NONE)\n\
        get = lambda key: file.get_string('Desktop Entry', key)\n\
        theme = Gtk.IconTheme.get_default()\n\
        for size in (16, 22, 24, 32, 48, 64, 128, 256, 512):\n\
        \x20   found = theme.lookup_icon(get('Icon'), size, Gtk.IconLookupFlags.NO_SVG)\n\
        \x20   print(size, found and found.get_base_size(), found and found.get_filename())\n\
        print(get('StartupWMClass'))\n";
    let desktop = Desktop::builder().full().start()?;
    let icons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../icons");
    // As a package installs them.
    let (theme, entries) = (desktop.path("data/icons"), desktop.path("data/applications"));
    for folder in [&theme, &entries] {
        std::fs::create_dir_all(folder)?;
    }
    let mut copy = desktop.command("cp");
    copy.arg("-r").arg(icons.join("hicolor")).arg(&theme);
    assert!(desktop.run(copy)?.status.success());
    let entry = entries.join("eyelid.desktop");
    std::fs::copy(icons.join("eyelid.desktop"), &entry)?;
    let mut check = desktop.command("desktop-file-validate");
    check.arg(&entry);
    let said = desktop.run(check)?;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    let mut python = desktop.command("/usr/bin/python3");
    python.args(["-c", SCRIPT]).arg(&entry);
    let said = desktop.run(python)?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut lines: Vec<&str> = said.lines().collect();
    let class = lines.pop().context("a class")?;
    assert_eq!(lines.len(), 9, "{said}");
    for line in lines {
        let parts: Vec<&str> = line.split(' ').collect();
        assert!(parts[0] == parts[1] && parts[2].starts_with(&theme.display().to_string()), "{said}");
    }
    let _eyelid = Eyelid::start(&desktop)?;
    assert_eq!(desktop.window_by_title("Eyelid")?.class, class);
    Ok(())
}

/// Presses a chord in the field of Settings that is listened to.
fn choose(desktop: &Desktop, window: &WebDriver, chord: &str) -> Result<()> {
    view(window, "settings")?;
    window.click(&id("hotkey-pause"))?;
    window.wait_until(&id("hotkey-pause"), |e| e.text().is_ok_and(|t| t.contains("Listening")))?;
    desktop.activate(&desktop.window_by_title("Eyelid")?)?;
    desktop.input().key(chord).map(|_| ())
}

/// Ctrl, Alt and a letter, as another program may have them for itself.
struct Chord {
    other: RustConnection,
    root: u32,
    key: u8,
}

impl Chord {
    fn of(desktop: &Desktop, letter: u8) -> Result<Chord> {
        let (other, screen) = x11rb::connect(Some(desktop.display_name()))?;
        let setup = x11rb::connection::Connection::setup(&other);
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let root = setup.roots[screen].root;
        let keys = other.get_keyboard_mapping(first, count)?.reply()?;
        let mut rows = keys.keysyms.chunks(usize::from(keys.keysyms_per_keycode));
        let row = rows.position(|row| row[0] == u32::from(letter)).context("a key for it")?;
        Ok(Chord { other, root, key: first + u8::try_from(row)? })
    }

    /// Takes it, unless somebody has it.
    fn take(&self) -> Result<()> {
        let modifiers = ModMask::CONTROL | ModMask::M1;
        let (pointer, keyboard) = (GrabMode::ASYNC, GrabMode::ASYNC);
        Ok(self.other.grab_key(false, self.root, modifiers, self.key, pointer, keyboard)?.check()?)
    }

    fn give_back(&self) -> Result<()> {
        Ok(self.other.ungrab_key(self.key, self.root, ModMask::CONTROL | ModMask::M1)?.check()?)
    }
}

#[test]
fn a_hotkey_that_was_changed_pauses_and_the_old_one_does_not_with_and_without_the_tray_app() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = driven(&desktop, ALL)?;
    choose(&desktop, eyelid.driver()?, "ctrl+alt+k")?;
    eyelid.wait_status("the new chord", |s| s["settings"]["hotkeys"]["pause"] == "Ctrl+Alt+K")?;
    // The tray app still has the old one when the recorder already goes by the new one.
    let old = Chord::of(&desktop, b'p')?;
    wait_for("the old chord to be free", LONG, || old.take().ok())?;
    old.give_back()?;
    // Had the old one paused, the new one would resume.
    desktop.input().key("ctrl+alt+p")?;
    desktop.input().key("ctrl+alt+k")?;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    desktop.input().key("ctrl+alt+k")?;
    eyelid.wait_status("recording", recording)?;

    // While the tray app hangs, the recorder's own eyes are all there is.
    let tray = eyelid.pid_of("eyelid").context("the tray app")?.to_string();
    let signal = |name: &str| -> Result<()> {
        let mut kill = desktop.command("kill");
        kill.args([name, &tray]);
        anyhow::ensure!(desktop.run(kill)?.status.success(), "no signal");
        Ok(())
    };
    signal("-STOP")?;
    desktop.input().key("ctrl+alt+p")?;
    let pressed = desktop.input().key("ctrl+alt+k")?.done;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    // Its late word of that press is no press: what pauses does not resume by itself.
    wait_for("a late word", LONG, || (boot_ms() > pressed + 3000).then_some(()))?;
    signal("-CONT")?;
    let told = desktop.wait_notification("You paused it with the hotkey.").map(|_| boot_ms())?;
    wait_for("its late word", LONG, || (boot_ms() > told + 1500).then_some(()))?;
    assert!(holds(&eyelid.status()?, "user-pause"));
    desktop.input().key("ctrl+alt+k")?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_hotkey_that_another_program_has_is_told_everywhere_until_another_is_chosen() -> Result<()> {
    const WORDS: &str = "The hotkey Ctrl+Alt+P (pause) is taken by another program.";
    let desktop = Desktop::builder().full().start()?;
    let chord = Chord::of(&desktop, b'p')?;
    chord.take()?;

    let eyelid = driven(&desktop, ALL)?;
    let notification = desktop.wait_notification(WORDS)?;
    assert!(notification.body.contains("Choose another one"), "{notification:?}");
    wait_for("the terminal to say it", LONG, || eyelid.ctl_ok(&["status"]).ok()?.contains(WORDS).then_some(()))?;
    let item = desktop.wait_tray_item("eyelid")?;
    wait_for("the menu to say it", LONG, || item.menu().ok()?.outline().contains(WORDS).then_some(()))?;
    let window = eyelid.driver()?;
    window.wait_for_text(&id("fault-hotkey"), WORDS)?;
    view(window, "settings")?;
    window.wait_for_text(&id("fault-hotkey"), WORDS)?;

    choose(&desktop, window, "ctrl+alt+k")?;
    eyelid.wait_status("no fault", |s| s["faults"].as_array().is_some_and(Vec::is_empty))?;
    wait_for("the end of it", LONG, || window.find(&id("fault-hotkey")).ok()?.is_none().then_some(()))?;
    wait_for("the end of the notification", LONG, || {
        desktop.notifications().ok()?.iter().all(|n| !n.is_open() || !n.body.contains(WORDS)).then_some(())
    })?;
    Ok(())
}

#[test]
fn one_click_withdraws_the_consent_and_a_second_erases_everything() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = driven(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    desktop.input().type_text("soon gone")?;
    entry.wait_text("soon gone")?;
    wait_stored(&eyelid, "keys", begun)?;
    let window = eyelid.driver()?;
    view(window, "settings")?;
    window.click(&id("withdraw"))?;
    // Stopped before the question is answered.
    eyelid.wait_status("no consent", |s| s["consent"].is_null() && holds(s, "not-consented"))?;
    window.click(&id("withdraw-keep"))?;
    assert!(!everything(&eyelid)?.events.is_empty());
    // Kept for now, and still to be erased.
    window.click(&id("erase"))?;
    window.click(&id("withdraw-erase"))?;
    window.wait_for_text(&id("erased"), "deleted")?;
    let export = everything(&eyelid)?;
    assert!(export.frames.is_empty() && export.events.is_empty());
    let mut sqlite = desktop.command("sqlite3");
    sqlite.arg(desktop.path("data/eyelid/vault/vault.db"));
    sqlite.arg("SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM epoch), (SELECT count(*) FROM stream)");
    let counted = desktop.run(sqlite)?;
    assert_eq!(String::from_utf8_lossy(&counted.stdout).trim(), "0|0|0");
    desktop.activate(&entry.window)?;
    desktop.input().type_text("nor this")?;
    entry.wait_text("soon gonenor this")?;
    // What is recorded under another consent comes after all that could have been stored of it.
    eyelid.wait_status_for("the key replaced", 4 * LONG, |s| s["rotation_due"] == false)?;
    eyelid.consent(ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("marker")?;
    assert_eq!(text_in(&wait_text(&eyelid, "Diary", "marker")?, "Diary"), "marker");
    Ok(())
}

#[test]
fn never_record_from_the_trays_menu_holds_for_that_app_until_it_is_undone_in_rules() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let place = |title, class, executable, x| eyelid_tests::EntryOptions {
        title,
        class,
        executable: Some(executable),
        place: Rect::new(x, 100, 400, 300),
        ..eyelid_tests::EntryOptions::default()
    };
    let diary = desktop.gtk_entry_with(&place("Diary", "Journal", "journal", 60))?;
    let letter = desktop.gtk_entry_with(&place("Letter", "Writer", "writer", 700))?;
    let eyelid = driven(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Letter")?;
    bring(&desktop, &eyelid, "Diary")?;
    eyelid.wait_status("the app", |s| s["last_app"] == "Journal")?;
    desktop.click_tray_menu(&["Never record “Journal”"])?;
    let status = eyelid.wait_status("the rule", |s| s["rules"]["own"].as_array().is_some_and(|own| own.len() == 1))?;
    let begun = now_ms();
    let rule = status["rules"]["own"][0].clone();
    assert_eq!((&rule["verdict"], &rule["class"]), (&"hold".into(), &"Journal".into()), "{rule}");
    let text = std::fs::read_to_string(desktop.path("config/eyelid/rules.toml"))?;
    assert!(text.contains("\"hold\"") && text.contains("\"Journal\""), "{text}");

    // In front it holds; behind, it is a grey box without a name.
    desktop.activate(&diary.window)?;
    eyelid.wait_status("the hold", |s| holds(s, "sensitive-app"))?;
    desktop.input().type_text("never")?;
    diary.wait_text("never")?;
    bring(&desktop, &eyelid, "Letter")?;
    desktop.input().type_text("as ever")?;
    letter.wait_text("as ever")?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = wait_text(&eyelid, "Letter", "as ever")?;
    let later = |line: &&serde_json::Value| -> bool {
        let time = line["time"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
        time.is_some_and(|t| t.as_millisecond() > begun)
    };
    let (frames, events): (Vec<_>, Vec<_>) =
        (export.frames.iter().filter(later).collect(), export.events.iter().filter(later).collect());
    assert!(!frames.is_empty() && !events.is_empty());
    for line in frames.iter().chain(&events) {
        assert!(!line.to_string().contains("Diary") && !line.to_string().contains("Journal"), "{line}");
    }
    let typed: String = events.iter().filter_map(|e| e["text"].as_str()).collect();
    assert_eq!(typed, "as ever");
    let at = desktop.window(diary.window.id).context("the diary")?.rect.centre();
    for frame in &frames {
        let picture = export.picture(frame)?;
        let there = (0..80)
            .map(|x| picture.pixel((at.0 - 40 + x).cast_unsigned(), at.1.cast_unsigned()))
            .collect::<std::collections::HashSet<_>>();
        assert_eq!(there.len(), 1, "not a plain box: {there:?}");
    }

    let window = eyelid.driver()?;
    view(window, "rules")?;
    let rule = rule["id"].as_str().context("its id")?;
    window.click(&id(&format!("rule-remove-{rule}")))?;
    desktop.wait_notification("A rule was loosened. (Eyelid's own menu or window)")?;
    eyelid.wait_status("no rule", |s| s["rules"]["own"].as_array().is_some_and(Vec::is_empty))?;
    bring(&desktop, &eyelid, "Diary")
}
