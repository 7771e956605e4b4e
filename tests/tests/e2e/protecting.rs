//! The key: under a passphrase, and on paper.

use crate::settings::{driven, id, view};
use eyelid_tests::scene::{ALL, STORED, bring, everything, holds, now_ms, recorded, recording, stored, text_in};
use eyelid_tests::{Desktop, Export, Eyelid, LONG, Pty, Result, wait_for};
use std::process::Command;
use std::time::Duration;

const PASSPHRASE: &str = "correct horse battery";
/// What was typed is stored within this time, unless something held it.
const SETTLED: Duration = Duration::from_secs(15);

/// Types a word over and over, until it is stored: while a sensor is silent, what is typed is rightly dropped.
fn type_and_wait(desktop: &Desktop, eyelid: &Eyelid<'_>, text: &str) -> Result<()> {
    desktop.input().set_gap_ms(30);
    wait_for("the word in the vault", 2 * STORED, || {
        desktop.input().type_text(&format!("{text} ")).ok()?;
        let after = now_ms();
        desktop.input().type_text(" ").ok()?;
        let whole = || stored(&eyelid.status().ok()?, "keys").filter(|at| *at >= after);
        wait_for("all of it", SETTLED, whole).ok().map(drop)
    })
}

/// Something typed into the diary, and stored.
fn diary<'a>(desktop: &'a Desktop, eyelid: &Eyelid<'a>) -> Result<()> {
    bring(desktop, eyelid, "Diary")?;
    type_and_wait(desktop, eyelid, "pancakes")
}

/// What the keyring keeps for the vault.
fn kept(desktop: &Desktop) -> Result<String> {
    let mut look = desktop.command("secret-tool");
    look.args(["search", "--all", "service", "eyelid"]);
    Ok(String::from_utf8(desktop.run(look)?.stdout)?)
}

fn empty_the_keyring(desktop: &Desktop) -> Result<()> {
    let mut clear = desktop.command("secret-tool");
    clear.args(["clear", "service", "eyelid"]);
    desktop.run(clear)?;
    wait_for("an empty keyring", LONG, || kept(desktop).ok().filter(|kept| !kept.contains("username")).map(drop))
}

/// Answers the questions of a terminal, in their order.
fn answer(mut terminal: Pty, answers: &[(&str, &str)]) -> Result<(i32, String)> {
    for (question, typed) in answers {
        terminal.expect(question, LONG)?;
        terminal.send_line(typed)?;
    }
    let code = terminal.wait_exit(3 * LONG)?.code().unwrap_or(-1);
    let text = terminal.text();
    for (_, typed) in answers {
        assert!(!text.contains(typed), "{typed} is shown: {text}");
    }
    Ok((code, text))
}

fn set_passphrase(eyelid: &Eyelid<'_>) -> Result<()> {
    let terminal = eyelid.ctl_terminal(&["key", "passphrase", "set"])?;
    let (code, text) = answer(terminal, &[("New passphrase: ", PASSPHRASE), ("The same again: ", PASSPHRASE)])?;
    assert_eq!(code, 0, "{text}");
    Ok(())
}

/// The whole recording, by the passphrase or without one.
fn export_typed(desktop: &Desktop, eyelid: &Eyelid<'_>, passphrase: &str) -> Result<(i32, Option<Export>)> {
    let folder = desktop.path("tmp").join(format!("typed-{}", now_ms()));
    let path = folder.display().to_string();
    let range = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];
    let terminal = eyelid.ctl_terminal(&[&["export"], &range[..], &[path.as_str()]].concat())?;
    let (code, _) = answer(terminal, &[("Passphrase of your recording: ", passphrase)])?;
    Ok((code, if code == 0 { Some(Export::read(&folder)?) } else { None }))
}

#[test]
fn a_passphrase_is_typed_unseen_and_nothing_is_read_or_replaced_without_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    diary(&desktop, &eyelid)?;
    assert_eq!(eyelid.ctl(&["key", "passphrase", "set"])?.status.code(), Some(2), "no terminal, no passphrase");
    set_passphrase(&eyelid)?;
    let shown = kept(&desktop)?;
    assert!(!shown.contains("AGE-SECRET-KEY") && shown.contains("AGE ENCRYPTED FILE"), "{shown}");

    // Recording goes on, its key compared all the same.
    let passphrase = |s: &serde_json::Value| s["key"]["passphrase"] == true && s["recipient"] == "verified";
    eyelid.wait_status("the passphrase, recording", |s| passphrase(s) && recording(s))?;
    assert!(eyelid.ctl_ok(&["key", "status"])?.contains("under a passphrase"));

    assert_eq!(eyelid.ctl(&["verify"])?.status.code(), Some(2), "no terminal to ask on");
    assert_eq!(export_typed(&desktop, &eyelid, "correct horse batterz")?.0, 10);
    let (_, export) = export_typed(&desktop, &eyelid, PASSPHRASE)?;
    assert!(export.is_some_and(|export| text_in(&export, "Diary").contains("pancakes")));

    // What is forgotten waits for it.
    eyelid.ctl_ok(&["forget", "10m"])?;
    eyelid.wait_status("the deletion", |s| s["rotation_due"] == true)?;
    let said = eyelid.ctl_ok(&["status"])?;
    assert!(said.contains("gone for good once you give your passphrase"), "{said}");
    let (code, text) =
        answer(eyelid.ctl_terminal(&["key", "replace"])?, &[("Passphrase of your recording: ", PASSPHRASE)])?;
    assert_eq!(code, 0, "{text}");
    let status = eyelid.wait_status("the key replaced", |s| s["rotation_due"] == false && recording(s))?;
    assert_eq!((&status["key"]["passphrase"], &status["recipient"]), (&true.into(), &"verified".into()));
    assert!(!kept(&desktop)?.contains("AGE-SECRET-KEY"));
    type_and_wait(&desktop, &eyelid, "waffles")?;
    let (_, export) = export_typed(&desktop, &eyelid, PASSPHRASE)?;
    let text = export.map(|export| text_in(&export, "Diary")).unwrap_or_default();
    assert!(text.contains("waffles"), "{text}");

    let log = eyelid.ctl_ok(&["log"])?;
    assert!(log.contains("what=passphrase-set") && log.contains("The chain holds"), "{log}");
    Ok(())
}

/// A recovery key on the screen of a terminal that outlives the program that shows it.
fn shown<'a>(eyelid: &Eyelid<'a>, desktop: &'a Desktop) -> Result<(Pty, String)> {
    let program = eyelid_tests::Binaries::find()?.program("eyelidctl")?;
    let mut shell: Command = desktop.command("sh");
    shell.args(["-c", "trap : INT; \"$0\" key recovery new; echo ended with $?; read rest"]).arg(program);
    let mut terminal = Pty::spawn(shell)?;
    terminal.expect("\u{1b}[?1049h", 3 * LONG)?;
    let text = terminal.expect("Press Enter", LONG)?;
    let groups = text.lines().filter_map(|line| line.strip_prefix("    "));
    let key: String = groups.map(|line| line.trim().replace(' ', "")).collect();
    assert!(key.starts_with("AGE-SECRET-KEY-1") && key.len() == 74, "{key}");
    let status = eyelid.status()?;
    assert!(holds(&status, "key-shown"), "held before it is shown: {status}");
    Ok((terminal, key))
}

fn made<'a>(eyelid: &Eyelid<'a>, desktop: &'a Desktop) -> Result<String> {
    let (mut terminal, key) = shown(eyelid, desktop)?;
    terminal.send("\r")?;
    terminal.expect("\u{1b}[3J", LONG)?;
    terminal.expect("ended with 0", LONG)?;
    eyelid.wait_status("the recovery key", |s| s["key"]["recovery"]["state"] == "valid")?;
    Ok(key)
}

#[test]
fn a_recovery_key_brings_back_the_key_that_the_keyring_lost_and_a_forgetting_voids_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    diary(&desktop, &eyelid)?;
    let key = made(&eyelid, &desktop)?;
    eyelid.wait_status("recording", recording)?;

    empty_the_keyring(&desktop)?;
    assert_eq!(eyelid.ctl(&["verify"])?.status.code(), Some(4));
    let (code, text) = answer(eyelid.ctl_terminal(&["key", "recovery", "use"])?, &[("Recovery key: ", &key)])?;
    assert_eq!(code, 0, "{text}");
    assert!(text_in(&everything(&eyelid)?, "Diary").contains("pancakes"));

    eyelid.ctl_ok(&["forget", "10m"])?;
    let voided = |s: &serde_json::Value| s["rotation_due"] == false && s["key"]["recovery"]["state"] == "voided";
    eyelid.wait_status_for("the key replaced, and the recovery key voided", 4 * LONG, voided)?;
    desktop.wait_notification("Your recovery key no longer opens anything")?;
    let (code, text) = answer(eyelid.ctl_terminal(&["key", "recovery", "use"])?, &[("Recovery key: ", &key)])?;
    assert_eq!(code, 4, "{text}");
    let log = eyelid.ctl_ok(&["log"])?;
    for what in ["recovery-made", "recovery-used", "recovery-voided"] {
        assert!(log.contains(&format!("what={what}")), "{what}: {log}");
    }
    Ok(())
}

#[test]
fn while_a_recovery_key_is_shown_nothing_typed_is_stored_and_afterwards_it_is_again() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    diary(&desktop, &eyelid)?;
    let (mut terminal, _) = shown(&eyelid, &desktop)?;
    bring_held(&desktop)?;
    desktop.input().type_text("hush")?;
    terminal.send("\u{3}")?;
    terminal.expect("ended with 2", LONG)?;
    let status = eyelid.wait_status("recording again", recording)?;
    assert_eq!(status["key"]["recovery"]["state"], "none", "what was not confirmed opens nothing");
    type_and_wait(&desktop, &eyelid, "waffles")?;
    let text = text_in(&everything(&eyelid)?, "Diary");
    assert!(text.contains("pancakes") && text.contains("waffles") && !text.contains("hush"), "{text}");
    Ok(())
}

/// Brings the diary to the front while something holds.
fn bring_held(desktop: &Desktop) -> Result<()> {
    desktop.activate(&desktop.window_by_title("Diary")?)
}

#[test]
fn a_recovery_key_left_on_the_screen_by_a_killed_program_holds_until_the_person_resumes() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    diary(&desktop, &eyelid)?;
    let (mut terminal, key) = shown(&eyelid, &desktop)?;
    let pid = eyelid.pid_of("eyelidctl").and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.expect("it shows the key"), rustix::process::Signal::KILL)?;
    terminal.expect("ended with 137", LONG)?;
    let status = eyelid.wait_status("a pause instead", |s| holds(s, "user-pause") && !holds(s, "key-shown"))?;
    assert!(status["status"]["holds"][0]["until"].is_null(), "{status}");
    desktop.wait_notification("A recovery key may still be on the screen")?;
    bring_held(&desktop)?;
    desktop.input().type_text("hush")?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    type_and_wait(&desktop, &eyelid, "waffles")?;
    let text = text_in(&everything(&eyelid)?, "Diary");
    assert!(text.contains("waffles") && !text.contains("hush"), "{text}");
    let (code, _) = answer(eyelid.ctl_terminal(&["key", "recovery", "use"])?, &[("Recovery key: ", &key)])?;
    assert_eq!(code, 4, "nobody confirmed it");
    Ok(())
}

/// Types into a field of the window that shows nothing of it.
fn type_secret(eyelid: &Eyelid<'_>, field: &str, text: &str) -> Result<()> {
    let field = eyelid.driver()?.wait_for(&id(field))?;
    assert_eq!(field.attribute("type")?.as_deref(), Some("password"));
    field.type_text(text)
}

#[test]
fn the_window_asks_for_the_passphrase_when_it_is_wanted_and_does_what_waited_for_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = driven(&desktop, ALL)?;
    diary(&desktop, &eyelid)?;
    let window = eyelid.driver()?;
    view(window, "settings")?;
    window.wait_for_text(&id("key-passphrase"), "None.")?;
    window.click(&id("passphrase-set"))?;
    type_secret(&eyelid, "passphrase-first", PASSPHRASE)?;
    type_secret(&eyelid, "passphrase-again", "correct horse batterz")?;
    assert!(!window.wait_for(&id("passphrase-put"))?.is_enabled()?, "the two are not the same");
    let again = window.wait_for(&id("passphrase-again"))?;
    again.clear()?;
    again.type_text(PASSPHRASE)?;
    window.click(&id("passphrase-put"))?;
    window.wait_for_text(&id("key-passphrase"), "Set.")?;
    assert!(!kept(&desktop)?.contains("AGE-SECRET-KEY"));
    eyelid.ctl_ok(&["forget", "10m"])?;
    eyelid.wait_status("the deletion", |s| s["rotation_due"] == true && s["key"]["passphrase"] == true)?;
    let forgotten = format!("{} dd", id("system-forgotten"));
    window.wait_for_text(&forgotten, "deleted; gone once you give your passphrase")?;
    bring(&desktop, &eyelid, "Diary")?;
    type_and_wait(&desktop, &eyelid, "waffles")?;

    view(window, "timeline")?;
    type_secret(&eyelid, "passphrase", "correct horse batterz")?;
    window.click(&id("passphrase-give"))?;
    window.wait_for("[data-testid=passphrase-dialog] [data-code=passphrase]")?;
    type_secret(&eyelid, "passphrase", PASSPHRASE)?;
    window.click(&id("passphrase-give"))?;
    window.wait_for(&id("lane"))?;
    // What was forgotten waited for it.
    let gone = |s: &serde_json::Value| s["rotation_due"] == false && s["key"]["passphrase"] == true && recording(s);
    eyelid.wait_status_for("the key replaced", 4 * LONG, gone)?;
    assert!(!kept(&desktop)?.contains("AGE-SECRET-KEY"));

    let log = eyelid.log();
    assert!(!log.contains(PASSPHRASE) && !log.contains("batterz"), "{log}");
    view(window, "log")?;
    window.wait_for_text("main", "The key was put under a passphrase")?;
    view(window, "settings")?;
    window.click(&id("passphrase-set"))?;
    window.click(&id("passphrase-remove"))?;
    type_secret(&eyelid, "passphrase", PASSPHRASE)?;
    window.click(&id("passphrase-give"))?;
    window.wait_for_text(&id("key-passphrase"), "None.")?;
    assert!(text_in(&everything(&eyelid)?, "Diary").contains("waffles"));
    Ok(())
}

#[test]
fn a_recovery_key_in_the_window_holds_the_recording_and_counts_once_the_person_has_it() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = driven(&desktop, ALL)?;
    diary(&desktop, &eyelid)?;
    let window = eyelid.driver()?;
    view(window, "settings")?;
    window.click(&id("recovery-new"))?;
    let shown = window.wait_for(&id("recovery-key"))?.text()?;
    assert!(holds(&eyelid.status()?, "key-shown"));
    bring_held(&desktop)?;
    desktop.input().type_text("hush")?;
    let key: String = shown.split_whitespace().collect();
    assert!(key.starts_with("AGE-SECRET-KEY-1") && key.len() == 74, "{key}");
    window.click(&id("recovery-kept"))?;
    window.wait_for_text(&id("key-recovery"), "Good since")?;
    assert!(window.find(&id("recovery-key"))?.is_none() && !window.source()?.contains("AGE-SECRET"));
    eyelid.wait_status("recording", recording)?;
    type_and_wait(&desktop, &eyelid, "waffles")?;
    let text = text_in(&everything(&eyelid)?, "Diary");
    assert!(text.contains("waffles") && !text.contains("hush"), "{text}");

    empty_the_keyring(&desktop)?;
    window.click(&id("recovery-use"))?;
    type_secret(&eyelid, "recovery-typed", &key)?;
    window.click(&id("recovery-put"))?;
    wait_for("the key again", LONG, || kept(&desktop).ok().filter(|kept| kept.contains("AGE-SECRET-KEY")).map(drop))?;
    assert!(text_in(&everything(&eyelid)?, "Diary").contains("waffles"));
    eyelid.ctl_ok(&["forget", "10m"])?;
    window.wait_for_text(&id("key-recovery"), "Voided by a forgetting")?;
    Ok(())
}
