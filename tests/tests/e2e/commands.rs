//! What `eyelidctl` answers, in words, in JSON and by its exit code; and what is said where Eyelid cannot record.

use anyhow::Context;
use eyelid_tests::scene::{ALL, bring, everything, holds, now_ms, recorded, wait_stored};
use eyelid_tests::{Desktop, Eyelid, EyelidOptions, LONG, Result, wait_for};
use serde_json::{Value, json};
use std::path::PathBuf;

fn json_of(eyelid: &Eyelid<'_>, arguments: &[&str]) -> Result<(Value, Option<i32>)> {
    let output = eyelid.ctl(arguments)?;
    let value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stdout)))?;
    Ok((value, output.status.code()))
}

#[test]
fn rules_check_tells_sensitive_windows_from_their_false_friends() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = Eyelid::start(&desktop)?;
    let path = desktop.path("config").join("eyelid/rules.toml");
    std::fs::write(path, "[[rule]]\nid = \"ledger\"\nverdict = \"hold\"\nexe = \"ledger\"\ntitle = \"^Books\"\n")?;
    eyelid.wait_status("the rule", |s| s["rules"]["own"].as_array().is_some_and(|own| own.len() == 1))?;
    let firefox = ["--exe", "/usr/bin/firefox", "--class", "firefox"];
    let browser = |more: &[&'static str]| [&firefox[..], more].concat();
    let chat = ("hold", Some("chat"), Some("chat/slack"));
    let nothing = ("record", None, None);
    for (window, (verdict, category, rule)) in [
        (vec!["--exe", "/usr/bin/slack", "--class", "Slack", "--title", "general - Acme - Slack"], chat),
        (vec!["--exe", "/usr/bin/x", "--class", "com.slack.Slack"], chat),
        (browser(&["--url", "https://app.slack.com/client/T1"]), chat),
        (
            vec!["--exe", "/usr/bin/keepassxc", "--class", "KeePassXC"],
            ("hold", Some("passwords"), Some("passwords/keepassxc")),
        ),
        (vec!["--exe", "/opt/ledger", "--title", "Books of May"], ("hold", None, Some("ledger"))),
        // What only looks like it.
        (vec!["--exe", "/usr/bin/gedit", "--class", "Gedit", "--title", "slack-notes.txt - gedit"], nothing),
        (vec!["--exe", "/usr/bin/slack-notes", "--class", "SlackNotes"], nothing),
        (browser(&["--url", "https://notslack.com/"]), nothing),
        (browser(&["--url", "https://slack.com.evil.example/"]), nothing),
        (browser(&["--url", "https://news.example/slack.com"]), nothing),
        (browser(&["--url", "https://en.wikipedia.org/wiki/Slack", "--title", "Slack - Wikipedia"]), nothing),
        (vec!["--exe", "/opt/ledger", "--title", "My Books"], nothing),
    ] {
        let (answer, code) = json_of(&eyelid, &[&["rules", "check", "--json"], &window[..]].concat())?;
        let wanted = json!({ "verdict": verdict, "category": category, "rule": rule });
        assert_eq!((&answer, code), (&wanted, Some(0)), "{window:?}");
        let words = eyelid.ctl_ok(&[&["rules", "check"], &window[..]].concat())?;
        let wanted = rule.map_or_else(|| verdict.to_owned(), |rule| format!("{verdict} ({rule})"));
        assert_eq!(words.trim(), wanted, "{window:?}");
    }
    // A browser whose page is not known, and a private window.
    let (unknown, _) = json_of(&eyelid, &[&["rules", "check", "--json"], &firefox[..]].concat())?;
    assert_eq!(unknown["verdict"], "metadata");
    let private = browser(&["--title", "Example — Mozilla Firefox Private Browsing"]);
    let (private, _) = json_of(&eyelid, &[&["rules", "check", "--json"], &private[..]].concat())?;
    assert_eq!(private["verdict"], "hold");

    // The list shows what is in force.
    let (list, code) = json_of(&eyelid, &["rules", "list", "--json"])?;
    assert_eq!(code, Some(0));
    assert_eq!(list["mode"], "all-but-sensitive");
    assert_eq!(list["own"][0]["id"], "ledger");
    let chat = list["categories"].as_array().into_iter().flatten().find(|c| c["id"] == "chat").context("chat")?;
    assert_eq!(chat["on"], true);
    assert!(chat["entries"].as_array().is_some_and(|all| all.iter().any(|e| e["id"] == "slack" && e["on"] == true)));
    let words = eyelid.ctl_ok(&["rules", "list"])?;
    for part in ["chat", "passwords", "ledger", "your own rule: hold"] {
        assert!(words.contains(part), "{words}");
    }
    Ok(())
}

#[test]
fn bad_input_and_an_app_that_does_not_run_have_their_exit_codes() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    for wrong in [
        &["pause", "soon"][..],
        &["pause", "0m"],
        &["pause", "--until", "2020-01-01T00:00:00Z"],
        &["forget", "x"],
        &["rules", "check", "--colour", "red"],
        &["fly"],
        &["export", "--from", "yesterday", "--to", "2100-01-01T00:00:00Z", "out"],
        &["export", "--from", "2100-01-01T00:00:00Z", "--to", "2020-01-01T00:00:00Z", "out"],
    ] {
        let output = eyelid.ctl(wrong)?;
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!output.stderr.is_empty(), "{wrong:?}");
    }
    let (failure, code) = json_of(&eyelid, &["--json", "pause", "soon"])?;
    assert_eq!((failure["error"]["code"].as_str(), code), (Some("invalid-input"), Some(2)));
    assert!(failure["error"]["cure"].as_str().is_some_and(|cure| !cure.is_empty()));
    assert!(!holds(&eyelid.status()?, "user-pause"));

    // Without Eyelid the controls say so; what only reads goes on.
    let ctl = Asks { desktop: &desktop, program: eyelid_tests::Binaries::find()?.program("eyelidctl")? };
    eyelid.quit()?;
    for control in [&["status"][..], &["pause"], &["resume"], &["rules", "list"], &["consent", "show"]] {
        let output = ctl.ask(control)?;
        assert_eq!(output.status.code(), Some(3), "{control:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("not running"), "{control:?}");
    }
    for reading in [&["log"][..], &["verify"]] {
        assert_eq!(ctl.ask(reading)?.status.code(), Some(0), "{reading:?}");
    }
    desktop.lock_keyring()?;
    assert_eq!(ctl.ask(&["verify"])?.status.code(), Some(4));
    assert_eq!(ctl.ask(&["log"])?.status.code(), Some(0));
    Ok(())
}

/// `eyelidctl` without an Eyelid.
struct Asks<'a> {
    desktop: &'a Desktop,
    program: PathBuf,
}

impl Asks<'_> {
    fn ask(&self, arguments: &[&str]) -> Result<std::process::Output> {
        let mut command = self.desktop.command(&self.program);
        command.args(arguments);
        self.desktop.run(command)
    }
}

#[test]
fn verify_and_log_tell_a_whole_vault_from_a_damaged_one() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    desktop.input().type_text("words")?;
    wait_stored(&eyelid, "keys", begun)?;
    let (whole, code) = json_of(&eyelid, &["verify", "--json"])?;
    assert_eq!((whole["clean"].as_bool(), code), (Some(true), Some(0)), "{whole}");
    assert_eq!(whole["damage"], json!([]));
    drop(everything(&eyelid)?);
    let (log, code) = json_of(&eyelid, &["log", "--json"])?;
    assert_eq!((log["chain_holds"].as_bool(), code), (Some(true), Some(0)));
    let entries = log["entries"].as_array().context("entries")?;
    let of = |kind: &str| entries.iter().filter(|e| e["kind"] == kind).collect::<Vec<_>>();
    let purposes: Vec<&Value> = of("reading").into_iter().map(|e| &e["purpose"]).collect();
    assert_eq!(purposes, ["verify", "export"], "{log}");
    assert_eq!(of("consent").len(), 1, "{log}");
    assert!(of("export").iter().all(|e| e["program"] == "eyelidctl"), "{log}");
    assert!(eyelid.ctl_ok(&["log"])?.contains("The chain holds"));

    // One bit of one record, and one letter of one entry.
    eyelid.quit()?;
    let ctl = Asks { desktop: &desktop, program: eyelid_tests::Binaries::find()?.program("eyelidctl")? };
    let vault = desktop.path("data").join("eyelid/vault/vault.db");
    let db = rusqlite::Connection::open(&vault)?;
    db.busy_timeout(LONG)?;
    let (id, mut sealed): (i64, Vec<u8>) =
        db.query_row("SELECT id, sealed FROM record WHERE kind = 'events' ORDER BY id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    *sealed.last_mut().context("a sealed record")? ^= 1;
    assert_eq!(db.execute("UPDATE record SET sealed = ?1 WHERE id = ?2", (&sealed, id))?, 1);
    let damaged = ctl.ask(&["verify", "--json"])?;
    let told: Value = serde_json::from_slice(&damaged.stdout)?;
    assert_eq!(damaged.status.code(), Some(6), "{told}");
    let said = told.to_string();
    assert!(said.contains("cannot be opened") && !said.contains("words"), "{said}");
    db.execute("UPDATE log SET entry = replace(entry, 'export', 'EXPORT')", [])?;
    let broken = ctl.ask(&["log"])?;
    assert!(String::from_utf8_lossy(&broken.stdout).contains("THE CHAIN IS BROKEN"));
    Ok(())
}

#[test]
fn in_a_wayland_session_nothing_is_recorded_and_the_reason_is_shown() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let diary = desktop.gtk_entry("Diary", "Notes")?;
    // An X server answers, as Xwayland does; it shows only part of the screen.
    let variables = [("WAYLAND_DISPLAY", "wayland-0"), ("XDG_SESSION_TYPE", "wayland")];
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { variables: &variables, ..EyelidOptions::default() })?;
    eyelid.consent(ALL)?;
    let status = eyelid.wait_status("the consent", |s| !s["consent"].is_null() && !holds(s, "not-consented"))?;
    let held = status["status"]["holds"].as_array().context("holds")?;
    assert!(held.iter().any(|h| h["hold"] == "sensor-silent"), "{held:?}");
    let fault = status["faults"].as_array().into_iter().flatten().find(|f| f["code"] == "display");
    let fault = fault.context("the fault")?;
    assert!(fault["message"].as_str().is_some_and(|m| m.starts_with("This is a Wayland session")), "{fault}");
    assert!(fault["cure"].as_str().is_some_and(|c| c.contains("X11")), "{fault}");
    // The person is told without asking, and where they ask.
    desktop.wait_notification("This is a Wayland session")?;
    assert!(eyelid.ctl_ok(&["status"])?.contains("This is a Wayland session"));
    desktop.activate(&diary.window)?;
    desktop.input().type_text("unrecorded")?;
    diary.wait_text("unrecorded")?;
    let typed = now_ms();
    // By then it is out of the hold-back, which the pause drops; what is on its way to the disk it brings there.
    wait_for("what would be stored by now", LONG, || (now_ms() > typed + 9000).then_some(()))?;
    eyelid.ctl_ok(&["pause"])?;
    eyelid.ctl_ok(&["resume"])?;
    let status = eyelid.status()?;
    assert!(holds(&status, "sensor-silent"));
    assert!(status["stored"].as_array().is_some_and(|s| s.iter().all(|s| s["at"].is_null())), "{}", status["stored"]);
    let export = everything(&eyelid)?;
    assert!(export.frames.is_empty() && export.events.is_empty());
    Ok(())
}

#[test]
fn without_an_x_server_it_ends_with_the_reason_and_its_cure() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let program = eyelid_tests::Binaries::find()?.program("eyelid")?;
    for display in [None, Some(":31999")] {
        let mut command = desktop.command(&program);
        command.env_remove("DISPLAY");
        command.envs(display.map(|name| ("DISPLAY", name)));
        let output = desktop.run(command)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        assert!(said.contains("No display answers") && said.contains("set DISPLAY"), "{said}");
        assert!(desktop.processes().iter().all(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            !String::from_utf8_lossy(&line).contains("eyelid-agent")
        }));
    }
    Ok(())
}
