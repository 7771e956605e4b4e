//! The virtual desktop keeps its own promises, on which the other tests rely.

use std::collections::HashSet;
use std::time::Duration;

use eyelid_tests::{
    Binaries, Desktop, EntryOptions, Keyring, LONG, Part, Pty, Rect, Result, Screenshot, TestWindowOptions, WebDriver,
    Wm, boot_ms, wait_for,
};

#[test]
fn two_desktops_share_nothing() -> Result<()> {
    let (one, two) = (Desktop::builder().start()?, Desktop::builder().start()?);
    assert_ne!(one.display_name(), two.display_name());
    let values = |desktop: &Desktop| -> HashSet<String> {
        let own = |(key, _): &(&str, String)| key.starts_with("DBUS") || key.ends_with("HOME") || key.ends_with("DIR");
        desktop.environment().into_iter().filter(own).map(|(_, value)| value).collect()
    };
    assert_eq!(values(&one).len(), 9);
    assert!(values(&one).is_disjoint(&values(&two)));

    let first = one.gtk_entry("Letter", "Notes")?;
    let second = two.gtk_entry("Letter", "Notes")?;
    one.input().type_text("only here")?;
    first.wait_text("only here")?;
    assert_eq!(second.text()?, "");
    one.bus()?.request_name("org.example.OnlyHere")?;
    let processes: HashSet<i32> = one.processes().into_iter().collect();
    assert!(two.processes().iter().all(|pid| !processes.contains(pid)));
    Ok(())
}

#[test]
fn a_thousand_letters_typed_fast_arrive_exactly() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let entry = desktop.gtk_entry("Letter", "Notes")?;
    let words = "The quick brown Fox: {jumps} over 13 lazy dogs & \"more\"; grüße! ";
    let text: String = words.chars().cycle().take(1000).collect();
    let strokes = desktop.input().type_text(&text)?;
    entry.wait_text(&text)?;
    assert_eq!(strokes.len(), 1000);
    // What the harness says about its keys is what the program saw.
    let seen: HashSet<u32> = entry.keys()?.iter().map(|key| key.server_ms).collect();
    assert!(strokes.iter().all(|stroke| seen.contains(&stroke.server_ms)));
    assert!(strokes.iter().all(|stroke| stroke.asked <= stroke.done && stroke.done <= boot_ms()));
    Ok(())
}

#[test]
fn chords_and_the_mouse_do_what_they_do() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let entry = desktop.gtk_entry_with(&EntryOptions { password: true, ..EntryOptions::default() })?;
    let input = desktop.input();
    input.type_text("wrong")?;
    input.key("ctrl+a")?;
    input.key("BackSpace")?;
    input.type_text("right\tsecret")?;
    entry.wait_text("right")?;
    entry.wait_password("secret")?;

    let window = desktop.plain_window("Target", "Target", 0x11_22_33, Rect::new(700, 300, 300, 200))?;
    let stroke = input.click_at((800, 400), 1)?;
    let click = wait_for("the click", LONG, || window.clicks().first().copied())?;
    assert_eq!(click, (stroke.server_ms, 1));
    Ok(())
}

#[test]
fn windows_are_seen_with_their_names_and_places() -> Result<()> {
    for wm in [Wm::Openbox, Wm::Xfwm4 { compositor: false }, Wm::Xfwm4 { compositor: true }, Wm::None] {
        let desktop = Desktop::builder().wm(wm).start()?;
        let slack = desktop.test_window(&TestWindowOptions {
            title: "general | Acme",
            class: "Slack",
            executable: Some("slack"),
            colour: 0xe0_10_20,
            place: Rect::new(300, 200, 400, 300),
            ..TestWindowOptions::default()
        })?;
        let notes = desktop.plain_window("Notes", "Notes", 0x10_c0_40, Rect::new(100, 100, 300, 300))?;
        let seen = desktop.window_by_title("general | Acme")?;
        assert_eq!((seen.class.as_str(), seen.instance.as_str()), ("Slack", "slack"), "{wm:?}");
        assert_eq!(seen.pid, Some(slack.process.pid().cast_unsigned()), "{wm:?}");
        let program = std::fs::read_link(format!("/proc/{}/exe", slack.process.pid()))?;
        assert!(program.ends_with("bin/slack"), "{program:?}");

        desktop.activate_id(slack.id)?;
        slack.raise()?;
        let (x, y) = seen.rect.centre();
        desktop.wait_pixel(x, y, 0xe0_10_20)?;
        desktop.activate_id(notes.id)?;
        if wm != Wm::None {
            assert_eq!(desktop.active_window().map(|window| window.id), Some(notes.id), "{wm:?}");
        }
        slack.set_colour(0x12_34_56)?;
        desktop.wait_pixel(x + 100, y + 60, 0x12_34_56)?;
        slack.set_title("direct message")?;
        assert_eq!(desktop.window_by_title("direct message")?.id, slack.id);
        slack.unmap()?;
        desktop.wait_no_window("the chat", |window| window.id == slack.id)?;
    }
    Ok(())
}

#[test]
fn a_screenshot_is_what_is_on_the_screen() -> Result<()> {
    let desktop = Desktop::builder().size(640, 480).start()?;
    let place = Rect::new(50, 60, 100, 80);
    let _window = desktop.test_window(&TestWindowOptions {
        colour: 0xab_cd_ef,
        place,
        override_redirect: true,
        ..TestWindowOptions::default()
    })?;
    let file = desktop.path("tmp/screen.png");
    desktop.screenshot(&file)?;
    let screen = Screenshot::read(&file)?;
    assert_eq!((screen.width, screen.height), (640, 480));
    assert_eq!(screen.count(0xab_cd_ef), 8000);
    assert_eq!(screen.pixel(50, 60), 0xab_cd_ef);
    Ok(())
}

#[test]
fn a_password_field_is_known_by_its_role() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let focus = desktop.focus_events()?;
    let entry = desktop.gtk_entry_with(&EntryOptions { password: true, ..EntryOptions::default() })?;
    // A program that has just started may not have heard yet that somebody listens.
    wait_for("the first word of the program", LONG, || {
        entry.focus("password").ok()?;
        entry.focus("text").ok()?;
        focus.wait("the text field", Duration::from_millis(200), |event| event.name == "text").ok()
    })?;
    desktop.input().key("Tab")?;
    let secret = focus.wait("the password field", LONG, |event| event.name == "password")?;
    assert!(secret.is_password());
    desktop.input().key("Tab")?;
    let plain = focus.wait("the text field", LONG, |event| event.name == "text")?;
    assert!(!plain.is_password());
    desktop.input().key("Tab")?;
    desktop.input().type_text("hush")?;
    entry.wait_password("hush")?;
    Ok(())
}

#[test]
fn without_accessibility_programs_run_and_tell_nothing() -> Result<()> {
    let desktop = Desktop::builder().a11y(false).start()?;
    let entry = desktop.gtk_entry("Letter", "Notes")?;
    desktop.input().type_text("still works")?;
    entry.wait_text("still works")?;
    let bus = desktop.bus()?;
    let names = zbus::blocking::fdo::DBusProxy::new(&bus)?.list_activatable_names()?;
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    assert!(!names.contains(&"org.a11y.Bus"), "{names:?}");
    Ok(())
}

#[test]
fn the_panel_hosts_a_tray() -> Result<()> {
    let desktop = Desktop::builder().panel(true).start()?;
    assert!(desktop.has_tray_host()?);
    assert!(desktop.tray_items()?.is_empty());
    desktop.kill(Part::Panel)?;
    wait_for("the host to be gone", LONG, || (!desktop.has_tray_host().ok()?).then_some(()))?;
    desktop.start(Part::Panel)?;
    assert!(desktop.has_tray_host()?);
    Ok(())
}

#[test]
fn a_tray_icon_is_read_and_clicked() -> Result<()> {
    let desktop = Desktop::builder().panel(true).start()?;
    let program = Binaries::find()?.program("eyelid-testtray")?;
    let tray = desktop.spawn(desktop.command(program))?;
    let item = desktop.wait_tray_item("testtray")?;
    assert_eq!(item.title()?, "Test tray");
    assert_eq!(item.status()?, "Active");
    assert_eq!(item.tooltip()?, ("A test".into(), "of the tray".into()));
    assert_eq!(item.icon_pixmaps()?[0].2.len(), 22 * 22 * 4);
    let menu = item.menu()?;
    assert!(menu.find("Nothing to do").is_some_and(|entry| !entry.enabled));
    assert_eq!(menu.find("Ticked").and_then(|entry| entry.ticked), Some(true));
    assert!(menu.outline().contains("Pause\n  15 minutes\n  1 hour\n"), "{}", menu.outline());

    let heard = |word: &str| wait_for(word, LONG, || tray.output_text().contains(word).then_some(()));
    desktop.click_tray(1)?;
    heard("activated")?;
    desktop.click_tray_menu(&["Open"])?;
    heard("chosen Open")?;
    desktop.click_tray_menu(&["Pause", "1 hour"])?;
    heard("chosen 1 hour")?;
    Ok(())
}

#[test]
fn a_notification_is_seen_and_its_action_clicked() -> Result<()> {
    let desktop = Desktop::builder().dunst(true).start()?;
    let mut send = desktop.command("notify-send");
    send.args(["--wait", "--app-name=Test", "--action=stay=Stay paused", "--action=more=15 min more"])
        .args(["Resuming soon", "In a minute."]);
    let sender = desktop.spawn(send)?;
    let note = desktop.wait_notification("Resuming soon")?;
    assert_eq!(note.body, "In a minute.");
    let labels: Vec<&str> = note.actions.iter().map(|action| action.label.as_str()).collect();
    assert_eq!(labels, ["Stay paused", "15 min more"]);
    assert_eq!(desktop.dunst_count("displayed")?, 1);
    desktop.click_notification(&note, "15 min more")?;
    sender.wait_exit(LONG)?;
    assert_eq!(sender.output_text().trim(), "more");
    Ok(())
}

#[test]
fn the_keyring_keeps_a_secret_until_it_is_locked() -> Result<()> {
    let desktop = Desktop::builder().keyring(Keyring::Unlocked).start()?;
    // The daemon may crash now and then, and be coming up again.
    wait_for("the secret to be stored", LONG, || {
        let mut store = desktop.command("sh");
        store.args(["-c", "printf hush | secret-tool store --label=Test kind test"]);
        desktop.run(store).ok()?.status.success().then_some(())
    })?;
    let look_up = || -> Result<String> {
        let mut command = desktop.command("secret-tool");
        command.args(["lookup", "kind", "test"]);
        Ok(String::from_utf8(desktop.run(command)?.stdout)?)
    };
    let hush = |what: &str| wait_for(what, LONG, || look_up().ok().filter(|secret| secret == "hush"));
    hush("the secret")?;
    desktop.lock_keyring()?;
    wait_for("a locked keyring", LONG, || (desktop.keyring_locked().ok()? == Some(true)).then_some(()))?;
    desktop.unlock_keyring()?;
    hush("the secret once it is unlocked")?;

    // As after a crash of its own.
    rustix::process::kill_process(desktop.keyring_pid()?, rustix::process::Signal::TRAP)?;
    hush("the keyring again")?;
    desktop.kill(Part::Keyring)?;
    wait_for("the end of the keyring", LONG, || desktop.keyring_locked().ok()?.is_none().then_some(()))?;
    assert_eq!(desktop.keyring_locked()?, None, "one that is killed with all it started stays away");
    Ok(())
}

#[test]
fn a_locked_keyring_asks_a_person_for_its_password() -> Result<()> {
    let desktop = Desktop::builder().keyring(Keyring::Locked).start()?;
    assert_eq!(desktop.keyring_locked()?, Some(true));
    let mut store = desktop.command("sh");
    store.args(["-c", "printf hush | secret-tool store --label=Test kind test"]);
    let store = desktop.spawn(store)?;
    desktop.unlock_by_hand()?;
    assert!(store.wait_exit(LONG)?.success(), "{}", store.output_text());
    assert_eq!(desktop.keyring_locked()?, Some(false));
    Ok(())
}

#[test]
fn without_a_keyring_none_comes_up_by_itself() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let mut command = desktop.command("secret-tool");
    command.args(["lookup", "kind", "test"]);
    let output = desktop.run(command)?;
    assert!(!output.status.success());
    assert_eq!(desktop.keyring_locked()?, None);
    Ok(())
}

#[test]
fn the_login_manager_says_what_it_is_told_to() -> Result<()> {
    let desktop = Desktop::builder().logind(true).start()?;
    let mut listen = desktop.command("gdbus");
    listen.args(["monitor", "--system", "--dest", "org.freedesktop.login1"]);
    let listener = desktop.spawn(listen)?;
    wait_for("the listener", LONG, || listener.output_text().contains("is owned by").then_some(()))?;
    desktop.with_logind(|logind| {
        logind.lock()?;
        logind.prepare_for_sleep(true)?;
        logind.prepare_for_sleep(false)?;
        logind.unlock()
    })?;
    wait_for("all signals", LONG, || {
        let text = listener.output_text();
        let all = ["Session.Lock ()", "'LockedHint': <true>", "PrepareForSleep (true,)"];
        let then = ["PrepareForSleep (false,)", "Session.Unlock ()", "'LockedHint': <false>"];
        all.iter().chain(&then).all(|word| text.contains(word)).then_some(())
    })
    .map_err(|error| error.context(listener.output_text()))?;
    Ok(())
}

#[test]
fn a_wall_clock_is_moved_while_a_program_runs_and_boot_time_is_not() -> Result<()> {
    let desktop = Desktop::builder().a11y(false).start()?;
    let clock = desktop.fake_clock()?;
    let script = "import select, time\nwhile True:\n print(int(time.time()), int(time.clock_gettime(time.CLOCK_BOOTTIME)), int(time.monotonic()), flush=True)\n select.select([], [], [], 0.01)";
    let mut command = desktop.command("/usr/bin/python3");
    command.args(["-c", script]);
    clock.apply(&mut command)?;
    let program = desktop.spawn(command)?;
    let last = || -> Option<[i64; 3]> {
        let text = program.output_text();
        let line = text.lines().rev().nth(1)?;
        let numbers: Vec<i64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        numbers.try_into().ok()
    };
    let day = 86_400;
    let [wall, boot, monotonic] = wait_for("the time", LONG, last)?;
    clock.set_offset_secs(2 * day)?;
    let later = wait_for("the moved time", LONG, || last().filter(|now| now[0] > wall + day))?;
    assert!(later[0] - wall < 3 * day);
    assert!(later[1] - boot < day && later[2] - monotonic < day);
    clock.set("2026-03-29 01:59:50")?;
    wait_for("the set time", LONG, || {
        // 29 March 2026, 01:59:50 UTC, the zone of these programs.
        last().filter(|now| (1_774_749_590..1_774_749_690).contains(&now[0]))
    })?;
    Ok(())
}

#[test]
fn a_terminal_has_a_person_at_it() -> Result<()> {
    let desktop = Desktop::builder().wm(Wm::None).a11y(false).start()?;
    let mut shell = desktop.command("sh");
    shell.args(["-c", "test -t 0 && printf 'Type \"yes\": ' && read a </dev/tty && echo got $a"]);
    let mut terminal = Pty::spawn(shell)?;
    terminal.expect("Type \"yes\": ", LONG)?;
    terminal.send_line("yes")?;
    terminal.expect("got yes", LONG)?;
    assert!(terminal.wait_exit(LONG)?.success());
    Ok(())
}

#[test]
fn a_webview_is_driven() -> Result<()> {
    let browser = std::fs::read_dir("/usr/lib")?
        .flatten()
        .map(|folder| folder.path().join("webkit2gtk-4.1/MiniBrowser"))
        .find(|path| path.exists());
    let Some(browser) = browser else {
        anyhow::bail!("no MiniBrowser, which is part of the webview's own package");
    };
    let desktop = Desktop::builder().start()?;
    let driver = WebDriver::start(&desktop, &browser, &["--automation"])?;
    driver.open(
        "data:text/html,<title>T</title><input id=i><button onclick=\"this.textContent='pressed '+i.value\">B</button>",
    )?;
    assert_eq!(driver.title()?, "T");
    driver.wait_for("#i")?.type_text("hello")?;
    driver.wait_for("button")?.click()?;
    driver.wait_for_text("button", "pressed hello")?;
    assert_eq!(driver.execute("return 6 * arguments[0]", &[7.into()])?, 42);
    let file = desktop.path("tmp/page.png");
    driver.screenshot(&file)?;
    assert!(Screenshot::read(&file)?.width > 100);
    Ok(())
}

#[test]
fn nothing_outlives_a_desktop() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Letter", "Notes")?;
    let mut orphan = desktop.command("sh");
    orphan.args(["-c", "setsid sleep 1000 & setsid sleep 1000 & exit 0"]);
    desktop.spawn(orphan)?.wait_exit(LONG)?;
    let root = desktop.path("home");
    let before = desktop.processes();
    assert!(before.len() > 10, "{before:?}");
    drop(entry);
    drop(desktop);
    let alive = |pid: &&i32| {
        std::fs::read_to_string(format!("/proc/{pid}/environ"))
            .is_ok_and(|env| env.contains(&root.display().to_string()))
    };
    let left: Vec<&i32> = before.iter().filter(alive).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!root.exists());
    Ok(())
}

#[test]
fn a_frozen_program_is_there_and_does_nothing() -> Result<()> {
    let desktop = Desktop::builder().start()?;
    let entry = desktop.gtk_entry("Letter", "Notes")?;
    entry.process.stop()?;
    desktop.input().type_text("later")?;
    assert!(entry.process.is_running());
    entry.process.cont()?;
    entry.wait_text("later")?;
    entry.process.kill9()?;
    assert!(!entry.process.is_running());
    Ok(())
}
