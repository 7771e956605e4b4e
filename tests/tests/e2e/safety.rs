//! What goes wrong, and the safe state it leads to.

use eyelid_tests::scene::{ALL, bring, holds, now_ms, recorded, recording, wait_stored};
use eyelid_tests::{Desktop, LONG, Rect, Result, TestWindowOptions, wait_for};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, PropMode};
use x11rb::wrapper::ConnectionExt as _;

#[test]
fn a_covered_pill_holds_and_says_so() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    // Over everything, and above every other unmanaged window.
    let cover = desktop.test_window(&TestWindowOptions {
        title: "Cover",
        place: Rect { x: 0, y: 0, w: 1280, h: 800 },
        override_redirect: true,
        ..TestWindowOptions::default()
    })?;
    // The pill comes up once by itself; whoever covers it again within ten seconds stops the recording.
    wait_for("the hold", LONG, || {
        let _ = cover.raise();
        eyelid.status().ok().filter(|s| holds(s, "no-indicator"))
    })?;
    drop(cover);
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_stopped_tray_app_holds_and_a_killed_one_ends_the_agent() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.process().stop()?;
    desktop.input().type_text("who watches")?;
    eyelid.wait_status("the hold", |s| holds(s, "tray-silent"))?;
    eyelid.process().cont()?;
    eyelid.wait_status("recording", recording)?;
    eyelid.process().kill9()?;
    wait_for("the agent to end", LONG, || eyelid.pid_of("eyelid-agent").is_none().then_some(()))
}

#[test]
fn a_killed_panel_changes_nothing_but_is_told() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.kill(eyelid_tests::Part::Panel)?;
    let fault =
        |s: &serde_json::Value| s["faults"].as_array().is_some_and(|f| f.iter().any(|f| f["code"] == "tray-host"));
    let status = eyelid.wait_status("the fault", fault)?;
    assert!(recording(&status));
    Ok(())
}

#[test]
fn a_broken_file_holds_names_its_line_and_is_taken_up_when_mended() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    for (file, text, place) in [
        ("config.toml", "autostart = false\nhold_back_seconds = 0\n", "config.toml, line 2"),
        ("config.toml", "colour = 1\n", "config.toml, line 1"),
        (
            "rules.toml",
            "mode = \"all-but-sensitive\"\n[[rule]]\nid = \"x\"\nverdict = \"hold\"\ntitle = \"(\"\n",
            "rules.toml, line 5",
        ),
    ] {
        let path = desktop.path("config").join("eyelid").join(file);
        std::fs::write(&path, text)?;
        let status = eyelid.wait_status("the hold", |s| holds(s, "config-invalid"))?;
        let fault = &status["faults"][0];
        assert!(fault["message"].as_str().is_some_and(|m| m.starts_with(place)), "{fault}");
        assert!(fault["cure"].as_str().is_some_and(|c| !c.is_empty()));
        assert_eq!(std::fs::read_to_string(&path)?, text);
        std::fs::remove_file(&path)?;
        eyelid.wait_status("recording", recording)?;
    }
    Ok(())
}

#[test]
fn garbage_on_the_socket_gets_a_typed_error_and_harms_nobody() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let socket = desktop.path("run").join("eyelid.sock");
    for (bytes, code) in [
        (b"\xff\xff\xff\xff".to_vec(), "too-large"),
        (b"\x05\x00\x00\x00hello".to_vec(), "bad-message"),
        (b"\x02\x00\x00\x00{}".to_vec(), "bad-message"),
    ] {
        let mut stream = UnixStream::connect(&socket)?;
        stream.write_all(&bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        assert!(String::from_utf8_lossy(&answer).contains(code), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(recording(&eyelid.status()?));
    Ok(())
}

#[test]
fn what_was_typed_and_shown_is_in_no_file() -> Result<()> {
    const MARKER: &str = "xylophonequartz";
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary of xylophonequartz", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary of xylophonequartz")?;
    desktop.input().set_gap_ms(30);
    let begun = now_ms();
    desktop.input().type_text(MARKER)?;
    entry.wait_text(MARKER)?;
    wait_stored(&eyelid, "keys", begun)?;
    let export = eyelid.export("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z")?;
    // The search can find: the export has it.
    assert!(holds_marker(&export.folder, MARKER)?);
    std::fs::remove_dir_all(&export.folder)?;
    for folder in ["home", "config", "data", "cache", "state", "run", "tmp", "logs"] {
        assert!(!holds_marker(&desktop.path(folder), MARKER)?, "the marker is below {folder}");
    }
    Ok(())
}

/// Whether any file below a folder has these bytes in it.
pub fn holds_marker(folder: &std::path::Path, marker: &str) -> Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let kind = std::fs::symlink_metadata(&path)?.file_type();
        if kind.is_dir() && holds_marker(&path, marker)? {
            return Ok(true);
        }
        if kind.is_file() && std::fs::read(&path)?.windows(marker.len()).any(|w| w == marker.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[test]
fn a_pill_that_was_unmapped_or_made_transparent_holds() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    // It may be made anew, with another number.
    let pill = || -> Option<u32> {
        let fits = |w: &eyelid_tests::Window| w.override_redirect && w.rect.h < 60 && w.title == "Eyelid";
        desktop.toplevels().ok()?.into_iter().find(fits).map(|w| w.id)
    };
    // Another program on the same display, as any may.
    let (other, _) = x11rb::connect(Some(desktop.display_name()))?;
    let opacity = other.intern_atom(false, b"_NET_WM_WINDOW_OPACITY")?.reply()?.atom;
    // It mends itself, at most once in ten seconds; whoever does it again stops the recording.
    wait_for("the hold", LONG, || {
        other.change_property32(PropMode::REPLACE, pill()?, opacity, AtomEnum::CARDINAL, &[0]).ok()?.check().ok()?;
        eyelid.status().ok().filter(|s| holds(s, "no-indicator"))
    })?;
    eyelid.wait_status("recording", recording)?;
    wait_for("the hold", LONG, || {
        other.unmap_window(pill()?).ok()?.check().ok()?;
        eyelid.status().ok().filter(|s| holds(s, "no-indicator"))
    })?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_click_on_the_pill_pauses() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let pill = desktop
        .wait_window("the pill", |w| w.override_redirect && w.visible && w.rect.h < 60 && w.title.contains("Eyelid"))?;
    desktop.input().click_at(pill.rect.centre(), 1)?;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
    Ok(())
}

#[test]
fn without_a_keyring_consent_is_refused_with_its_cure() -> Result<()> {
    let desktop = Desktop::builder().full().keyring(eyelid_tests::Keyring::None).start()?;
    let eyelid = eyelid_tests::Eyelid::start(&desktop)?;
    let mut terminal = eyelid.ctl_terminal(&["consent", "grant", "--streams", ALL])?;
    terminal.expect("to agree: ", LONG)?;
    terminal.send_line("record")?;
    assert_eq!(terminal.wait_exit(LONG)?.code(), Some(4), "{}", terminal.text());
    assert!(terminal.text().to_lowercase().contains("keyring"), "{}", terminal.text());
    assert!(eyelid.status()?["consent"].is_null());
    Ok(())
}

#[test]
fn with_the_keyring_locked_recording_goes_on_and_says_that_the_key_is_not_verified() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    eyelid.quit()?;
    desktop.lock_keyring()?;
    let eyelid = eyelid_tests::Eyelid::start(&desktop)?;
    let status = eyelid.wait_status("recording", |s| recording(s) && s["recipient"] == "locked")?;
    assert_eq!(status["recipient"], "locked");
    bring(&desktop, &eyelid, "Diary")?;
    let log = eyelid.ctl(&["log", "--json"])?;
    assert!(log.status.success(), "the log needs no key");
    Ok(())
}

#[test]
fn the_recorder_opens_no_socket_and_starts_and_writes_nothing_elsewhere() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let sandbox = &eyelid.status()?["system"]["sandbox"];
    assert_eq!(*sandbox, serde_json::json!({ "landlock": true, "seccomp": true, "undumpable": true }));
    // The kernel's own word, for every thread.
    let agent = eyelid.pid_of("eyelid-agent").expect("an agent");
    for task in std::fs::read_dir(format!("/proc/{agent}/task"))? {
        let status = std::fs::read_to_string(task?.path().join("status"))?;
        assert!(status.lines().any(|line| line == "Seccomp:\t2"), "{status}");
    }
    Ok(())
}

#[test]
fn another_user_is_told_nothing_and_finds_no_file_open() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.ctl_ok(&["pause", "30m"])?;
    let socket = desktop.path("run").join("eyelid.sock");
    let mode = |path: &std::path::Path| -> Result<u32> { Ok(std::fs::metadata(path)?.permissions().mode() & 0o777) };
    assert_eq!(mode(&socket)?, 0o600);
    for folder in ["config/eyelid", "state/eyelid", "data/eyelid/vault"] {
        assert_eq!(mode(&desktop.path(folder))?, 0o700, "{folder}");
    }
    assert_eq!(mode(&desktop.path("state").join("eyelid/state.json"))?, 0o600);
    // Even with every door opened by mistake, the agent looks at who comes.
    for path in socket.ancestors().take_while(|p| p.parent().is_some()) {
        let mode = if path == socket { 0o666 } else { 0o755 };
        if std::fs::metadata(path)?.permissions().mode() & 0o005 != 0o005 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        }
    }
    let script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
                  h=b'{\"protocol\":1,\"build\":\"0.1.0\",\"client\":\"x\"}'\n\
                  s.sendall(len(h).to_bytes(4,'little')+h)\nprint(len(s.recv(100)))";
    let ask = |user: &str| -> Result<String> {
        let mut command = desktop.command("setpriv");
        command
            .args(["--reuid", user, "--regid", user, "--clear-groups", "/usr/bin/python3", "-c", script])
            .arg(&socket);
        let output = desktop.run(command)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // The owner is answered; so the question itself is right.
    assert_eq!(ask("0")?, "100");
    assert_ne!(ask("65534")?, "100");
    Ok(())
}

#[test]
fn without_notifications_the_pill_reminds() -> Result<()> {
    let desktop = Desktop::builder().full().dunst(false).start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.ctl_ok(&["pause", "1m"])?;
    let told = |s: &serde_json::Value| {
        let fault = s["faults"].as_array().is_some_and(|f| f.iter().any(|f| f["code"] == "notifications"));
        fault && s["ending"]["shown"] == true
    };
    eyelid.wait_status("the reminder", told)?;
    Ok(())
}
