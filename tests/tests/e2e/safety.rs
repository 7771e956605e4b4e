//! What goes wrong, and the safe state it leads to.

use crate::sealed::{Sought, each_file, unsealed_below};
use eyelid_tests::scene::{
    ALL, bring, everything, holds, now_ms, recorded, recording, text_in, wait_stored, wait_text,
};
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
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let picture = desktop.plain_window("Picture", "Picture", 0x0010_a040, Rect::new(600, 300, 400, 300))?;
    let eyelid = recorded(&desktop, ALL)?;
    // Out from under Eyelid's own window.
    desktop.activate(&desktop.window_by_title("Picture")?)?;
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("before ")?;
    wait_text(&eyelid, "Diary", "before ")?;
    eyelid.process().stop()?;
    // From here on nobody watches: neither what comes before the hold is noticed, nor what comes after.
    picture.set_colour(0x00ff_00ff)?;
    desktop.input().type_text("unseen ")?;
    eyelid.wait_status("the hold", |s| holds(s, "tray-silent"))?;
    desktop.input().type_text("unseen ")?;
    picture.set_colour(0x0010_a040)?;
    eyelid.process().cont()?;
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    desktop.input().type_text("after")?;
    entry.wait_text("before unseen unseen after")?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = wait_text(&eyelid, "Diary", "after")?;
    assert_eq!(text_in(&export, "Diary"), "before after");
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(0x00ff_00ff), 0, "{frame}");
    }
    let last = export.frames.last().expect("a picture");
    assert_eq!(export.picture(last)?.count(0x0010_a040), 400 * 300);
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
    eyelid.wait_status("the fault, recording", |s| fault(s) && recording(s))?;
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

/// A message of the protocol: its length, then JSON.
fn framed(json: &str) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes()[..], json.as_bytes()].concat()
}

/// Reads one message; nothing when the other side has closed.
fn next_message(stream: &mut UnixStream) -> Result<Option<serde_json::Value>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let mut body = vec![0; usize::try_from(u32::from_le_bytes(length))?];
    stream.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

#[test]
fn garbage_on_the_socket_gets_a_typed_error_and_harms_nobody() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let agent = eyelid.pid_of("eyelid-agent");
    let socket = desktop.path("run").join("eyelid.sock");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (other, _, _events) = runtime.block_on(protocol::client::Client::connect(&socket, "other"))?;
    desktop.input().set_gap_ms(30);
    let begun = now_ms();
    desktop.input().type_text("all ")?;
    for (bytes, code) in [
        (b"\xff\xff\xff\xff".to_vec(), "too-large"),
        (framed("hello"), "bad-message"),
        (framed("{}"), "bad-message"),
        (framed(r#"{"protocol":"one","build":"0.1.0","client":"x"}"#), "bad-message"),
        (framed(r#"{"protocol":999,"build":"0.1.0","client":"x"}"#), "version-mismatch"),
    ] {
        let mut stream = UnixStream::connect(&socket)?;
        stream.write_all(&bytes)?;
        let answer = next_message(&mut stream)?.expect("an answer");
        assert_eq!(answer["value"]["outcome"]["value"]["code"], code, "{answer}");
        assert!(next_message(&mut stream)?.is_none());
    }
    desktop.input().type_text("of ")?;
    let hello = serde_json::json!({ "protocol": protocol::PROTOCOL_VERSION, "build": protocol::BUILD, "client": "x" });
    for (bytes, code) in [
        (b"\x01\x00\x10\x00".to_vec(), "too-large"),
        (framed(r#"{"id":1,"request":{"kind":"record-everything"}}"#), "bad-message"),
        (framed(r#"{"id":"one","request":{"kind":"status"}}"#), "bad-message"),
        (framed(r#"{"id":1,"request":{"kind":"forget","value":-5}}"#), "bad-message"),
        (framed(r#"{"id":1,"request":{"kind":"pause","value":"a-while"}}"#), "bad-message"),
        (framed(r#"{"id":1,"request":{"kind":"settings-set","value":{"hold_back_seconds":"3"}}}"#), "bad-message"),
        (framed(r#"{"id":1,"request":{"kind":"status"},"force":true}"#), "bad-message"),
        (framed(r#"{"id":1,"requ"#), "bad-message"),
        (framed(&"[".repeat(100_000)), "bad-message"),
        ([&framed("xx")[..4], b"\xff\xfe"].concat(), "bad-message"),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        let mut stream = UnixStream::connect(&socket)?;
        stream.write_all(&framed(&hello.to_string()))?;
        let first = next_message(&mut stream)?.expect("the state");
        assert_eq!(first["value"]["kind"], "snapshot", "{first}");
        stream.write_all(&bytes)?;
        let answer = loop {
            let message = next_message(&mut stream)?.expect("an answer");
            if message["kind"] == "answer" {
                break message;
            }
        };
        assert_eq!(answer["value"]["outcome"]["value"]["code"], code, "{shown}: {answer}");
        // What comes after it, a pause for instance, is not read any more.
        let _ = stream.write_all(&framed(r#"{"id":2,"request":{"kind":"consent-withdraw","value":true}}"#));
        while let Some(message) = next_message(&mut stream).ok().flatten() {
            assert_eq!(message["kind"], "event", "{shown}: {message}");
        }
    }
    // Half a message, from somebody who stays and says no more.
    let mut silent = UnixStream::connect(&socket)?;
    silent.write_all(&framed(&hello.to_string()))?;
    silent.write_all(b"\x40\x00\x00\x00{\"id\"")?;
    desktop.input().type_text("it")?;
    entry.wait_text("all of it")?;
    // The other client is on the same connection still, the agent the same one, and the recording has no gap.
    wait_for("the other client's answer", LONG, || {
        let answer = runtime.block_on(other.request(protocol::Request::Status)).ok()?;
        let records = |s: &protocol::Snapshot| s.status.holds.is_empty() && s.consent.is_some();
        matches!(answer, protocol::Response::Snapshot(s) if records(&s)).then_some(())
    })?;
    assert_eq!(eyelid.pid_of("eyelid-agent"), agent);
    assert!(eyelid.process().is_running());
    wait_stored(&eyelid, "keys", begun)?;
    let text = wait_for("the text in the vault", eyelid_tests::scene::STORED, || {
        everything(&eyelid).ok().map(|export| text_in(&export, "Diary")).filter(|text| text.len() >= 9)
    })?;
    assert_eq!(text, "all of it");
    Ok(())
}

#[test]
fn what_was_typed_and_shown_is_in_no_file() -> Result<()> {
    let begun = std::time::SystemTime::now();
    let sought = Sought::new(0x00b1_6e37)?;
    let desktop = Desktop::builder().full().start()?;
    // The word is in a title, in an app's name and in a text, the colour on the screen.
    let title = format!("Diary of {}", sought.word);
    let entry = desktop.gtk_entry(&title, &format!("Notes-{}", sought.word))?;
    let _picture = desktop.plain_window(&sought.word, &sought.word, sought.colour, Rect::new(600, 300, 400, 300))?;
    let eyelid = recorded(&desktop, ALL)?;
    // Out from under Eyelid's own window.
    desktop.activate(&desktop.window_by_title(&sought.word)?)?;
    bring(&desktop, &eyelid, &title)?;
    desktop.input().set_gap_ms(30);
    let typed = now_ms();
    desktop.input().type_text(&sought.word)?;
    entry.wait_text(&sought.word)?;
    wait_stored(&eyelid, "keys", typed)?;
    wait_stored(&eyelid, "screen", typed)?;
    let own = desktop.path("");
    let searched = |when: &str| -> Result<()> {
        let mut found = unsealed_below(&desktop.path("data").join("eyelid"))?;
        for folder in ["config/eyelid", "state/eyelid"] {
            found.extend(unsealed_below(&desktop.path(folder))?);
        }
        // The programs themselves were told the word by the test.
        found.extend(sought.below(&own, &[own.join("bin")])?);
        found.extend(sought.in_the_systems_folders(begun, &own)?);
        assert!(found.is_empty(), "{when}:\n{}", found.join("\n"));
        Ok(())
    };
    searched("while it is recorded")?;
    // It is in the vault, and the search can find it: the export has it.
    let export = wait_text(&eyelid, &title, &sought.word)?;
    assert_eq!(text_in(&export, &title), sought.word);
    let found = sought.below(&export.folder, &[])?.join("\n");
    assert!(found.contains("events.jsonl: the word") && found.contains(".png: the picture"), "{found}");
    std::fs::remove_dir_all(&export.folder)?;
    searched("after it was read")?;
    eyelid.quit()?;
    searched("after the end")
}

/// Whether any file below a folder has these bytes in it.
pub fn holds_marker(folder: &std::path::Path, marker: &str) -> Result<bool> {
    let mut found = false;
    each_file(folder, &|_| true, &mut |_, bytes| {
        found |= bytes.windows(marker.len()).any(|w| w == marker.as_bytes());
    })?;
    Ok(found)
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
fn the_recorders_sandbox_is_in_force_on_every_thread() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let sandbox = &eyelid.status()?["system"]["sandbox"];
    // The kernel's own word.
    let agent = eyelid.pid_of("eyelid-agent").expect("an agent");
    let status = std::fs::read_to_string(format!("/proc/{agent}/status"))?;
    let locked = status.lines().any(|line| line.starts_with("VmLck:") && !line.ends_with("\t       0 kB"));
    assert_eq!(
        *sandbox,
        serde_json::json!({ "landlock": true, "seccomp": true, "undumpable": true, "locked": locked })
    );
    // And for every thread.
    for task in std::fs::read_dir(format!("/proc/{agent}/task"))? {
        let task = task?.path();
        match std::fs::read_to_string(task.join("status")) {
            Ok(status) => assert!(status.lines().any(|line| line == "Seccomp:\t2"), "{status}"),
            // It may have ended meanwhile.
            Err(error) => anyhow::ensure!(!task.exists(), "{}: {error}", task.display()),
        }
    }
    assert_eq!(eyelid.pid_of("eyelid-agent"), Some(agent));
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
    let script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nprint('in')\n\
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
    assert_eq!(ask("0")?, "in\n100");
    // The other comes in, and that is all.
    let other = ask("65534")?;
    assert!(other.starts_with("in") && !other.contains("100"), "{other}");
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
