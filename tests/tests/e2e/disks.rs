//! What happens to disks and to files, seen from outside: each trouble is told in its own words wherever the person looks,
//! holds, and ends by itself as soon as its cause does.

use crate::faults::{fault, told};
use crate::settings::{driven, id};
use anyhow::Context;
use eyelid_tests::scene::{ALL, STORED, bring, everything, holds, now_ms, recorded, recording, text_in, typable};
use eyelid_tests::{Desktop, Entry, EntryOptions, Eyelid, EyelidOptions, Mount, Result, alone, wait_for};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn vault(desktop: &Desktop) -> PathBuf {
    desktop.path("data").join("eyelid/vault")
}

/// A diary to type into.
fn diary(desktop: &Desktop) -> Result<Entry> {
    let options = EntryOptions { title: "Diary", password: true, ..EntryOptions::default() };
    desktop.gtk_entry_with(&options)
}

/// Types into the diary, and waits until it is stored.
fn stored(desktop: &Desktop, eyelid: &Eyelid<'_>, entry: &Entry, words: &str) -> Result<()> {
    desktop.input().set_gap_ms(30);
    typable(desktop, eyelid, entry)?;
    desktop.input().type_text(words)?;
    wait_for("the text in the vault", STORED, || {
        text_in(&everything(eyelid).ok()?, "Diary").contains(words).then_some(())
    })
    .with_context(|| format!("{words:?} in {:?}", everything(eyelid).map(|export| text_in(&export, "Diary"))))
}

/// Holds, and says why and what to do: over the socket, in the terminal, in the tray, in the window.
fn held(desktop: &Desktop, eyelid: &Eyelid<'_>, words: &str) -> Result<()> {
    let status = told(desktop, eyelid, "vault", words)?;
    assert!(holds(&status, "vault-unavailable"), "{status}");
    eyelid.driver()?.wait_for_text(&id("fault-vault"), words)?;
    Ok(())
}

/// Records again, and nothing is said any more.
fn cured(eyelid: &Eyelid<'_>) -> Result<()> {
    let status = eyelid.wait_status("recording again", recording)?;
    assert_eq!(fault(&status, "vault"), None);
    let window = eyelid.driver()?;
    wait_for("the window to say no more of it", eyelid_tests::LONG, || {
        window.find(&id("fault-vault")).ok()?.is_none().then_some(())
    })
}

fn clean(eyelid: &Eyelid<'_>) -> Result<()> {
    let verified: Value = serde_json::from_str(&eyelid.ctl_ok(&["verify", "--json"])?)?;
    assert_eq!(verified["clean"], true, "{verified}");
    Ok(())
}

#[test]
fn a_full_disk_holds_is_told_still_takes_a_pause_and_ends_with_room_for_more() -> Result<()> {
    alone("disks::a_full_disk_holds_is_told_still_takes_a_pause_and_ends_with_room_for_more", || {
        let desktop = Desktop::builder().full().start()?;
        let diary = diary(&desktop)?;
        let disk = Mount::memory(&vault(&desktop), "8m")?;
        let eyelid = driven(&desktop, ALL)?;
        stored(&desktop, &eyelid, &diary, "before ")?;
        let filler = disk.fill()?;
        // Something to write.
        desktop.input().type_text("perhaps ")?;
        held(&desktop, &eyelid, "The disk that holds the vault is full.")?;
        desktop.input().type_text("never ")?;
        // A pause does not wait for the disk to come back, nor does its end.
        let said = eyelid.ctl_ok(&["pause"])?;
        assert!(said.contains("Paused."), "{said}");
        eyelid.ctl(&["resume"])?;
        std::fs::remove_file(filler)?;
        cured(&eyelid)?;
        stored(&desktop, &eyelid, &diary, "after")?;
        let text = text_in(&everything(&eyelid)?, "Diary");
        assert!(text.contains("before ") && text.ends_with("after") && !text.contains("never"), "{text}");
        clean(&eyelid)
    })
}

#[test]
fn a_file_system_that_turns_read_only_holds_and_is_told_and_loses_nothing_that_was_stored() -> Result<()> {
    alone("disks::a_file_system_that_turns_read_only_holds_and_is_told_and_loses_nothing_that_was_stored", || {
        let desktop = Desktop::builder().full().start()?;
        let diary = diary(&desktop)?;
        let image = desktop.path("tmp/image");
        Mount::make_image(&image, 64)?;
        let disk = Mount::image(&image, &vault(&desktop))?;
        let eyelid = driven(&desktop, ALL)?;
        stored(&desktop, &eyelid, &diary, "before ")?;
        disk.abort()?;
        desktop.input().type_text("lost ")?;
        held(&desktop, &eyelid, "The vault cannot be written to.")?;
        eyelid.quit()?;
        // It can be written again only once it is mounted anew.
        drop(disk);
        let disk = Mount::image(&image, &vault(&desktop))?;
        let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
        cured(&eyelid)?;
        stored(&desktop, &eyelid, &diary, "after")?;
        let text = text_in(&everything(&eyelid)?, "Diary");
        assert!(text.contains("before ") && text.ends_with("after"), "{text}");
        clean(&eyelid)?;
        eyelid.quit()?;
        drop(disk);
        Ok(())
    })
}

/// `sqlite3`, with a transaction open until it is dropped.
struct Locker(std::process::Child);

impl Locker {
    fn begin(vault: &Path, begin: &str) -> Result<Locker> {
        let mut other =
            Command::new("sqlite3").arg(vault.join("vault.db")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let script = format!(".timeout 10000\n{begin};\n.print locked\n");
        other.stdin.as_mut().context("its input")?.write_all(script.as_bytes())?;
        let mut said = String::new();
        BufReader::new(other.stdout.as_mut().context("its output")?).read_line(&mut said)?;
        anyhow::ensure!(said == "locked\n", "{said}");
        Ok(Locker(other))
    }
}

impl Drop for Locker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_vault_that_another_program_locks_or_replaces_holds_and_is_told_until_it_is_as_before() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let diary = diary(&desktop)?;
    let eyelid = driven(&desktop, ALL)?;
    stored(&desktop, &eyelid, &diary, "before ")?;
    let locker = Locker::begin(&vault(&desktop), "BEGIN IMMEDIATE")?;
    desktop.input().type_text("locked ")?;
    held(&desktop, &eyelid, "Another program keeps the vault locked.")?;
    desktop.input().type_text("never ")?;
    drop(locker);
    cured(&eyelid)?;
    stored(&desktop, &eyelid, &diary, "between ")?;

    let file = vault(&desktop).join("vault.db");
    let (aside, other) = (desktop.path("tmp/aside"), b"another file of that name".repeat(400));
    std::fs::rename(&file, &aside)?;
    std::fs::write(&file, &other)?;
    desktop.input().type_text("replaced ")?;
    held(&desktop, &eyelid, "The vault database was deleted or replaced while in use.")?;
    desktop.input().type_text("never ")?;
    assert!(std::fs::read(&file)? == other, "the other file was written to");
    std::fs::rename(&aside, &file)?;
    cured(&eyelid)?;
    stored(&desktop, &eyelid, &diary, "after")?;
    let text = text_in(&everything(&eyelid)?, "Diary");
    assert!(text.contains("before ") && text.contains("between ") && !text.contains("never"), "{text}");
    clean(&eyelid)
}

/// A vault as the next start may find it, with its words; what makes it and what mends it.
struct Spoiled {
    words: &'static str,
    cure: &'static str,
    spoil: fn(&Path) -> Result<Option<Locker>>,
}

fn sql(file: &Path, statement: &str) -> Result<()> {
    let db = rusqlite::Connection::open(file)?;
    Ok(db.execute_batch(statement)?)
}

const SPOILED: [Spoiled; 4] = [
    Spoiled {
        words: "The vault was written by a newer version (schema 999,",
        cure: "Update Eyelid; nothing was changed.",
        spoil: |file| sql(file, "PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE)").map(|()| None),
    },
    Spoiled {
        words: "The file vault.db is not an Eyelid vault.",
        cure: "Move that file away",
        spoil: |file| {
            std::fs::write(file, "a letter to a friend\n".repeat(1000))?;
            Ok(None)
        },
    },
    Spoiled {
        words: "The vault database is damaged:",
        cure: "Move the vault folder away",
        spoil: |file| {
            // The head of the first page says that it is a vault; all the rest is noise.
            let mut bytes = std::fs::read(file)?;
            for (at, byte) in bytes.iter_mut().enumerate().skip(100) {
                *byte ^= u8::try_from(at % 251)? | 1;
            }
            std::fs::write(file, bytes)?;
            Ok(None)
        },
    },
    Spoiled {
        words: "The vault is in use by another program.",
        cure: "Close the other program",
        spoil: |file| {
            sql(file, "PRAGMA journal_mode = DELETE")?;
            Locker::begin(file.parent().context("a folder")?, "BEGIN EXCLUSIVE").map(Some)
        },
    },
];

#[test]
fn a_vault_that_cannot_be_opened_is_told_left_alone_and_taken_up_without_a_restart() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let diary = diary(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    stored(&desktop, &eyelid, &diary, "before ")?;
    eyelid.quit()?;
    let (folder, file) = (vault(&desktop), vault(&desktop).join("vault.db"));
    sql(&file, "PRAGMA wal_checkpoint(TRUNCATE)")?;
    for (round, Spoiled { words, cure, spoil }) in SPOILED.into_iter().enumerate() {
        let whole = std::fs::read(&file)?;
        let locker = spoil(&file)?;
        let spoiled = std::fs::read(&file)?;
        let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
        held(&desktop, &eyelid, words)?;
        let said = fault(&eyelid.status()?, "vault").context("the fault")?;
        assert!(said.contains(cure), "{said}");
        assert!(std::fs::read(&file)? == spoiled, "{words} and yet it was written to");
        if locker.is_none() {
            // As a person puts a file back: whole, in one step.
            let fresh = folder.join("vault.new");
            std::fs::write(&fresh, &whole)?;
            std::fs::rename(&fresh, &file)?;
        }
        drop(locker);
        cured(&eyelid)?;
        stored(&desktop, &eyelid, &diary, &format!("round {round} "))?;
        clean(&eyelid)?;
        eyelid.quit()?;
        sql(&file, "PRAGMA wal_checkpoint(TRUNCATE)")?;
    }
    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("recording", recording)?;
    let text = text_in(&everything(&eyelid)?, "Diary");
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, ["before", "round", "0", "round", "1", "round", "2", "round", "3"]);
    Ok(())
}

#[test]
fn flipped_bits_and_an_older_copy_show_in_the_access_log_and_what_is_whole_stays_readable() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let diary = diary(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    stored(&desktop, &eyelid, &diary, "early ")?;
    eyelid.quit()?;
    let (file, older) = (vault(&desktop).join("vault.db"), desktop.path("tmp/older"));
    sql(&file, "PRAGMA wal_checkpoint(TRUNCATE)")?;
    std::fs::copy(&file, &older)?;

    let eyelid = Eyelid::start(&desktop)?;
    eyelid.wait_status("recording", recording)?;
    stored(&desktop, &eyelid, &diary, "late ")?;
    eyelid.quit()?;
    // A bit of the last record that holds text.
    let db = rusqlite::Connection::open(&file)?;
    let (number, mut sealed): (i64, Vec<u8>) =
        db.query_row("SELECT id, sealed FROM record WHERE kind = 'events' ORDER BY id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    *sealed.last_mut().context("a sealed record")? ^= 1;
    db.execute("UPDATE record SET sealed = ?1 WHERE id = ?2", (&sealed, number))?;
    drop(db);
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    // The rest is as good as ever, and recording goes on.
    eyelid.wait_status("recording", recording)?;
    let window = eyelid.driver()?;
    window.click(&id("nav-log"))?;
    // The button moves when the log has come.
    window.wait_for(&id("log-entry"))?;
    window.click(&id("verify"))?;
    window.wait_for_text(&id("damage"), "Not everything is as it was written.")?;
    let output = eyelid.ctl(&["verify"])?;
    assert_eq!(output.status.code(), Some(6));
    assert!(text_in(&partial(&eyelid, &desktop)?, "Diary").contains("early "));
    eyelid.quit()?;

    // The whole file as it was before; the keyring remembers that there was more.
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
    std::fs::copy(&older, &file)?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() })?;
    let window = eyelid.driver()?;
    window.click(&id("nav-log"))?;
    window.wait_for_text(&id("log-standing"), "An older copy of the recording was put back.")?;
    let log = eyelid.ctl(&["log"])?;
    let log = String::from_utf8_lossy(&log.stdout).into_owned();
    assert!(log.contains("AN OLDER COPY OF THE RECORDING WAS PUT BACK"), "{log}");
    let output = eyelid.ctl(&["verify"])?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.code() == Some(6) && said.contains("older copy"), "{said}");
    Ok(())
}

/// What an export of a damaged vault still has; it says so by its exit code.
fn partial(eyelid: &Eyelid<'_>, desktop: &Desktop) -> Result<eyelid_tests::Export> {
    let folder = desktop.path("tmp").join(format!("partial-{}", now_ms()));
    let path = folder.display().to_string();
    let range = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];
    let output = eyelid.ctl(&[&["export"][..], &range, &[&path]].concat())?;
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
    eyelid_tests::Export::read(&folder)
}

#[test]
fn a_pause_that_cannot_be_written_down_holds_and_says_that_it_would_not_outlive_a_restart() -> Result<()> {
    alone("disks::a_pause_that_cannot_be_written_down_holds_and_says_that_it_would_not_outlive_a_restart", || {
        let desktop = Desktop::builder().full().start()?;
        let disk = Mount::memory(&desktop.path("state").join("eyelid"), "1m")?;
        let eyelid = driven(&desktop, ALL)?;
        let filler = disk.fill()?;
        let output = eyelid.ctl(&["pause", "30m"])?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("would not outlive a restart"), "{said}");
        let status = told(&desktop, &eyelid, "state", "The pause could not be written to disk")?;
        assert!(holds(&status, "user-pause"));
        eyelid.driver()?.wait_for_text(&id("fault-state"), "would not outlive a restart")?;
        std::fs::remove_file(filler)?;
        // What is left of it is written again in any case.
        eyelid.wait_status("it written down", |s| fault(s, "state").is_none() && holds(s, "user-pause"))?;
        eyelid.quit()?;
        let eyelid = Eyelid::start(&desktop)?;
        eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
        eyelid.ctl_ok(&["resume"])?;
        let _diary = diary(&desktop)?;
        bring(&desktop, &eyelid, "Diary")
    })
}
