//! Everything killed at once, again and again, at moments nobody chose. What was old enough, and what was said to be
//! stored, is there; consent and pauses stand as before; the vault verifies.

use anyhow::Context;
use eyelid_tests::scene::{
    ALL, STORED, all_text, dropped_late, everything, holds, now_ms, stored, typable, wait_stored, wall_of,
};
use eyelid_tests::{Desktop, Dice, EntryOptions, Export, Eyelid, EyelidOptions, LONG, Rect, Result, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// So many kills unless `EYELID_KILLS` says another number; 30 for a full run.
const KILLS: u64 = 8;
/// A life ends at any moment up to this, milliseconds.
const LONGEST: u64 = 16_000;
/// What is older than the hold-back and ten seconds more when everything is killed is never lost.
const OLD_ENOUGH: i64 = 3_000 + 10_000;
/// A picture is at most a second late.
const PICTURE: i64 = 1_500;
/// Two clocks, each read in milliseconds.
const READING: i64 = 5;
const STREAMS: [&str; 4] = ["screen", "keys", "pointer", "focus"];
const COLOUR: u32 = 0x10_6000;
const TITLE: &str = "Diary";

/// One life of the app, from the moment at which it recorded text.
#[derive(Default)]
struct Life {
    /// What was typed, and when its last letter was, Unix milliseconds.
    words: Vec<(String, i64)>,
    /// The colour that was shown, and since when.
    shown: (u32, i64),
    /// When it was killed.
    killed: i64,
    /// The last datum of each stream that had been told to be stored by then.
    told: Vec<(&'static str, i64)>,
    /// How many data were rightly lost in it, for want of an answer.
    late: usize,
}

/// A number from the environment, or this one.
fn asked_for(variable: &str, otherwise: u64) -> Result<u64> {
    match std::env::var(variable) {
        Ok(number) => number.parse().with_context(|| format!("{variable} is no number: {number:?}")),
        Err(_) => Ok(otherwise),
    }
}

/// Kills all of Eyelid's programs, in an order left to chance, and waits until they are gone.
fn kill_all(eyelid: &Eyelid<'_>, dice: &mut Dice) -> Result<i64> {
    let mut programs = ["eyelid", "eyelid-agent", "eyelid-reader"];
    let first = dice.of(&[0, 1, 2]);
    programs.swap(0, first);
    let pids: Vec<_> = programs.iter().filter_map(|program| Pid::from_raw(eyelid.pid_of(program)?)).collect();
    for pid in pids {
        // It may have ended with the one before it.
        let _ = kill_process(pid, Signal::KILL);
    }
    let killed = now_ms();
    for program in programs {
        wait_for(&format!("the end of {program}"), LONG, || eyelid.pid_of(program).is_none().then_some(()))?;
    }
    Ok(killed)
}

/// Types numbered words until everything is killed, at a moment left to chance.
fn lived(desktop: &Desktop, eyelid: &Eyelid<'_>, dice: &mut Dice, number: &mut u32, reads: bool) -> Result<Life> {
    let mut life = Life::default();
    let moment = Duration::from_millis(dice.between(500, LONGEST));
    let over = AtomicBool::new(false);
    let before = dropped_late(&eyelid.status()?);
    std::thread::scope(|scope| -> Result<()> {
        let killer = scope.spawn(|| -> Result<_> {
            std::thread::sleep(moment);
            // A reading that is under way dies as well.
            let folder = desktop.path("tmp").join("unread").display().to_string();
            let reader = if reads {
                let range = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];
                let mut command = desktop.command(eyelid_tests::Binaries::find()?.program("eyelidctl")?);
                command.arg("export").args(range).arg(&folder);
                let reading = desktop.spawn(command)?;
                wait_for("the reader", LONG, || {
                    (eyelid.pid_of("eyelid-reader").is_some() || !reading.is_running()).then_some(())
                })?;
                Some(reading)
            } else {
                None
            };
            let status = eyelid.status();
            let killed = kill_all(eyelid, dice);
            over.store(true, Ordering::Relaxed);
            drop(reader);
            let status = status?;
            let told = STREAMS.into_iter().filter_map(|stream| Some((stream, stored(&status, stream)?))).collect();
            let late = usize::try_from(dropped_late(&status).saturating_sub(before))?;
            Ok::<(i64, Vec<_>, usize), anyhow::Error>((killed?, told, late))
        });
        while !over.load(Ordering::Relaxed) {
            *number += 1;
            let word = format!("k{number:04} ");
            let strokes = desktop.input().type_text(&word)?;
            let done = strokes.last().context("a letter")?.done;
            life.words.push((word, wall_of(done)));
        }
        (life.killed, life.told, life.late) = killer.join().map_err(|_| anyhow::anyhow!("the killer died"))??;
        Ok(())
    })?;
    Ok(life)
}

/// The numbered words in what was recorded, in its order.
fn words_in(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let whole = |part: &[char]| part[0] == 'k' && part[1..5].iter().all(char::is_ascii_digit) && part[5] == ' ';
    letters.windows(6).filter(|part| whole(part)).map(|part| part.iter().collect()).collect()
}

/// When each line of a stream is dated.
fn times(export: &Export, stream: &str) -> Vec<i64> {
    let of_stream = |line: &&Value| match line["kind"].as_str() {
        None => stream == "screen",
        Some("key" | "text" | "shortcut") => stream == "keys",
        Some("focus") => stream == "focus",
        Some(_) => stream == "pointer",
    };
    let time = |line: &Value| Some(line["time"].as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond());
    export.frames.iter().chain(&export.events).filter(of_stream).filter_map(time).collect()
}

#[test]
fn everything_killed_at_random_moments_loses_nothing_that_was_old_enough_or_said_to_be_stored() -> Result<()> {
    let kills = asked_for("EYELID_KILLS", KILLS)?;
    let seed = asked_for("EYELID_SEED", now_ms().unsigned_abs() % 1_000_000)?;
    println!("again: EYELID_KILLS={kills} EYELID_SEED={seed}");
    let mut dice = Dice::new(seed);
    let desktop = Desktop::builder().full().start()?;
    let options = EntryOptions { title: TITLE, password: true, ..EntryOptions::default() };
    let entry = desktop.gtk_entry_with(&options)?;
    let place = Rect::new(600, 300, 400, 300);
    let picture = desktop.plain_window("Picture", "Picture", COLOUR, place)?;
    let background = EyelidOptions { arguments: &["--background"], ..EyelidOptions::default() };
    let mut eyelid = Eyelid::start_with(&desktop, &background)?;
    eyelid.consent(ALL)?;
    // Without consent the window opens; it is in the way here.
    desktop.close(&desktop.window_by_title("Eyelid")?)?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && !w.override_redirect)?;
    desktop.activate(&desktop.window_by_title(TITLE)?)?;
    desktop.input().set_gap_ms(25);
    let consent = eyelid.status()?["consent"].clone();

    let (mut lives, mut number) = (Vec::new(), 0);
    for kill in 0..kills {
        let colour = COLOUR + 1 + u32::try_from(kill)?;
        typable(&desktop, &eyelid, &entry)?;
        picture.set_colour(colour)?;
        let shown = now_ms();
        let paused = dice.percent(25).then(|| eyelid.ctl_ok(&["pause", "30m"])).transpose()?.is_some();
        let mut life = if paused {
            // What is typed in a pause is no word of a life.
            desktop.input().type_text("n9999 ")?;
            let killed = kill_all(&eyelid, &mut dice)?;
            Life { killed, ..Life::default() }
        } else {
            let reads = dice.percent(25);
            lived(&desktop, &eyelid, &mut dice, &mut number, reads)?
        };
        life.shown = (colour, shown);
        lives.push(life);
        drop(eyelid);
        eyelid = Eyelid::start_with(&desktop, &background)?;
        let status = eyelid.wait_status("the state as before", |s| !holds(s, "tray-silent"))?;
        assert_eq!(status["consent"], consent, "after kill {kill}");
        assert_eq!(holds(&status, "user-pause"), paused, "after kill {kill}: {status}");
        if paused {
            desktop.input().type_text("n9999 ")?;
            eyelid.ctl_ok(&["resume"])?;
        }
        let verified: Value = serde_json::from_str(&eyelid.ctl_ok(&["verify", "--json"])?)?;
        assert_eq!(verified["clean"], true, "after kill {kill}: {verified}");
    }
    // And on it goes.
    typable(&desktop, &eyelid, &entry)?;
    let begun = now_ms();
    desktop.input().type_text("k0000 ")?;
    wait_stored(&eyelid, "keys", begun)?;
    let export = wait_for("the last word in the vault", STORED, || {
        let export = everything(&eyelid).ok()?;
        let text = all_text(&export);
        text.ends_with("k0000 ").then_some(export)
    })?;

    let text = all_text(&export);
    assert!(!text.contains('n'), "a pause was not kept: {text}");
    let found = words_in(&text);
    let of_words = found.iter().filter(|word| *word != "k0000 ");
    assert!(of_words.is_sorted_by(|a, b| a < b), "out of order, or twice: {text}");
    let (mut typed, mut oldest_lost) = (0, 0);
    for (kill, life) in lives.iter().enumerate() {
        let told = |stream: &str| life.told.iter().find(|(of, _)| *of == stream).map(|(_, at)| *at);
        let mut missing = Vec::new();
        for (word, at) in &life.words {
            typed += 1;
            let (kept, age) = (found.contains(word), life.killed - at);
            let must = age > OLD_ENOUGH || told("keys").is_some_and(|last| last > at + READING);
            if !kept {
                oldest_lost = oldest_lost.max(age);
                missing.extend(must.then(|| format!("{word:?} was {age} ms old")));
            }
        }
        let (few, keys) = (missing.len() <= life.late, told("keys"));
        assert!(few, "kill {kill}: {missing:?}, told {keys:?}, {} dropped late: {text}", life.late);
        for (stream, last) in &life.told {
            let there = times(&export, stream).iter().any(|at| (at - last).abs() <= READING);
            assert!(there, "kill {kill}: the {stream} told to be stored at {last} is not there");
        }
        let (colour, since) = life.shown;
        if !life.words.is_empty() && life.late == 0 && life.killed - since > OLD_ENOUGH + PICTURE {
            let mut pictures = export.frames.iter().filter_map(|frame| export.picture(frame).ok());
            assert!(pictures.any(|p| p.count(colour) > 100_000), "kill {kill}: no picture of {colour:06x}");
        }
    }
    let lived: Vec<i64> = lives.iter().filter_map(|l| Some(l.killed - l.words.first()?.1)).collect();
    println!(
        "{kills} kills, lives of {:?} to {:?} ms; {typed} words typed, {} kept; the oldest that was lost was {oldest_lost} ms old",
        lived.iter().min(),
        lived.iter().max(),
        found.len() - 1
    );
    Ok(())
}
