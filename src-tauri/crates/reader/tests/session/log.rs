//! Who reads is on record; the keyring, rotation and what is put back under a session.

use super::{HOUR, Talk, empty, entries, shown, span};
use crate::desk::{Desk, Recorder, T0, focus, typed};
use policy::Wall;
use protocol::ErrorCode;
use protocol::review::{LogEntry, ReadAnswer, ReadAsk};
use std::io::Write;
use vault::Master;

/// Purposes and ranges of the readings on record, oldest first.
fn readings(desk: &Desk) -> Vec<(String, i64, i64)> {
    let of = |entry: serde_json::Value| {
        assert_eq!((&entry["kind"], &entry["program"]), (&"reading".into(), &"Eyelid".into()));
        let number = |name: &str| entry[name].as_i64().unwrap();
        (entry["purpose"].as_str().unwrap().to_owned(), number("from"), number("to"))
    };
    entries(desk).into_iter().map(of).collect()
}

#[test]
fn a_timeline_is_entered_once_for_its_range_and_everything_else_each_time() {
    let desk = Desk::new();
    desk.recorded();
    let mut talk = Talk::new(&desk);
    for _ in 0..2 {
        talk.overview(span(HOUR.0, HOUR.1));
        talk.overview(span(0, 5_000));
        talk.moment(span(1, 5));
        talk.ask(&ReadAsk::Picture(Wall(T0 + 4)));
    }
    let (from, to) = (T0 + HOUR.0, T0 + HOUR.1);
    assert_eq!(readings(&desk), [("timeline".to_owned(), from, to)]);
    talk.moment(span(HOUR.1 + 1, HOUR.1 + 2));
    talk.ask(&ReadAsk::Picture(Wall(to + 5_000)));
    talk.find("grüße", span(HOUR.0, HOUR.1));
    talk.find("grüße", span(HOUR.0, HOUR.1));
    talk.find("  ", span(HOUR.0, HOUR.1));
    talk.ask(&ReadAsk::Report(span(0, 1)));
    talk.ask(&ReadAsk::Verify);
    talk.ask(&ReadAsk::Hours);
    let purposes: Vec<String> = readings(&desk).into_iter().map(|(purpose, _, _)| purpose).collect();
    assert_eq!(purposes, ["timeline", "timeline", "timeline", "search", "search", "report", "verify"]);
    assert_eq!(readings(&desk)[1], ("timeline".to_owned(), to + 2 - 60_000, to + 2), "with the minute before it");
    let page = talk.log(Some(2));
    assert_eq!((page.entries.len(), page.more, page.rolled_back), (1, false, Some(false)));
    let LogEntry::Reading { program, purpose, items, .. } = &page.entries[0].entry else { panic!("a reading") };
    assert_eq!((program.as_str(), purpose.as_str()), ("Eyelid", "timeline"));
    assert!(*items >= 3, "{items}");
    assert_eq!(talk.close(), (Some(0), String::new()));
}

#[test]
fn what_cannot_be_entered_in_the_log_is_not_read() {
    let desk = Desk::new();
    desk.recorded();
    let mut talk = Talk::new(&desk);
    // Another program that keeps the write lock: reading goes on, writing does not.
    let mut other = desk.talk("sqlite3", &[desk.vault().join("vault.db").to_str().unwrap()]);
    let to_other = other.stdin.as_mut().unwrap();
    to_other.write_all(b"BEGIN IMMEDIATE; SELECT 'locked';\n").unwrap();
    std::io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut [0; 7]).unwrap();
    let day = span(HOUR.0, HOUR.1);
    for ask in [
        ReadAsk::Overview(day),
        ReadAsk::Moment(day),
        ReadAsk::Picture(Wall(T0 + 4)),
        ReadAsk::Search { text: "grüße".into(), span: day },
        ReadAsk::Report(day),
        ReadAsk::Verify,
    ] {
        assert_eq!(talk.refused(&ask).code, ErrorCode::VaultUnavailable);
    }
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(entries(&desk).is_empty());
    assert_eq!(talk.overview(day).pictures.len(), 2, "afterwards it goes on by itself");
}

#[test]
fn a_locked_a_missing_and_another_key_are_told_and_a_later_question_tries_again() {
    let desk = Desk::new();
    let master = desk.recorded();
    let ask = ReadAsk::Overview(span(HOUR.0, HOUR.1));
    let mut talk = Talk::new(&desk);
    desk.lock();
    let failure = talk.refused(&ask);
    assert_eq!((failure.code, failure.message.as_str()), (ErrorCode::Keyring, "The keyring is locked."));
    assert!(failure.cure.contains("Unlock"), "{}", failure.cure);
    desk.unlock();
    desk.drop_kept("");
    let failure = talk.refused(&ask);
    assert!(failure.code == ErrorCode::Keyring && failure.message.contains("not in the keyring"), "{failure}");
    desk.keep("", &Master::generate().secret());
    let failure = talk.refused(&ask);
    assert!(failure.code == ErrorCode::Keyring && failure.message.contains("not the one"), "{failure}");
    assert!(entries(&desk).is_empty(), "nothing was read, so nothing is on record");
    desk.keep("", &master.secret());
    assert!(matches!(talk.ask(&ask), ReadAnswer::Overview(_)));
    assert_eq!(talk.close(), (Some(0), String::new()));
}

#[test]
fn the_key_is_replaced_under_a_session_and_it_goes_on() {
    let desk = Desk::new();
    desk.recorded();
    let mut talk = Talk::new(&desk);
    let day = span(HOUR.0, HOUR.1);
    assert_eq!(talk.overview(day).pictures.len(), 2);
    assert_eq!(talk.find("grüße", day).0.len(), 1);
    for round in 0..2 {
        desk.read(&["forget-rotate"], 0);
        let moment = talk.moment(day);
        assert_eq!((moment.events.len(), moment.moves, moment.scrolls), (5, 1, 1), "{round}");
        assert!(matches!(talk.ask(&ReadAsk::Picture(Wall(T0 + 7))), ReadAnswer::Picture(60_054)));
        assert_eq!(talk.find("GRÜSSE", day).0.len(), 0);
        assert_eq!(talk.find("GRÜßE", day).0.len(), 1);
    }
    let kinds: Vec<_> = entries(&desk).iter().map(|entry| entry["purpose"].as_str().map(str::to_owned)).collect();
    let timelines = kinds.iter().filter(|kind| kind.as_deref() == Some("timeline")).count();
    assert_eq!(timelines, 1, "{kinds:?}");
    assert_eq!(talk.close(), (Some(0), String::new()));
}

#[test]
fn an_older_copy_put_back_under_a_session_shows_and_goes_on_to_show() {
    let desk = Desk::new();
    desk.recorded();
    let copy = desk.copy_vault();
    let mut talk = Talk::new(&desk);
    talk.overview(span(HOUR.0, HOUR.1));
    talk.find("grüße", span(HOUR.0, HOUR.1));
    assert_eq!(talk.log(None).rolled_back, Some(false));
    desk.put_back_the_file(&copy);
    for _ in 0..2 {
        assert_eq!(talk.log(None).rolled_back, Some(true));
        assert_eq!(talk.overview(span(HOUR.0, HOUR.1)).pictures.len(), 2);
    }
    assert_eq!(readings(&desk).len(), 1, "the vault that was put back has its own entry");
    let ReadAnswer::Verified(verified) = talk.ask(&ReadAsk::Verify) else { panic!("it should be checked") };
    assert!(verified.damage[0].contains("put back"), "{verified:?}");
    assert_eq!(talk.close(), (Some(0), String::new()));
    assert_eq!(desk.read(&["log"], 0)["rolled_back"], true, "for other programs, too");
}

#[test]
fn a_session_whose_folder_is_replaced_ends_and_the_next_one_tells_what_happened() {
    let desk = Desk::new();
    desk.recorded();
    let copy = desk.copy_vault();
    let mut talk = Talk::new(&desk);
    talk.overview(span(HOUR.0, HOUR.1));
    assert_eq!(talk.log(None).rolled_back, Some(false));
    desk.put_back(&copy);
    let failure = talk.refused(&ReadAsk::Overview(span(HOUR.0, HOUR.1)));
    assert!(failure.code == ErrorCode::VaultUnavailable && failure.message.contains("folder"), "{failure}");
    assert_eq!(talk.ended(), (Some(0), String::new()), "by itself");
    let mut talk = Talk::new(&desk);
    assert_eq!(talk.log(None).rolled_back, Some(true));
    assert_eq!(talk.overview(span(HOUR.0, HOUR.1)).pictures.len(), 2);
}

#[test]
fn a_broken_log_shows_and_pages_go_back_to_its_beginning() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for _ in 0..230 {
        recorder.forget(0, 1);
    }
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let page = talk.log(None);
    assert_eq!((page.entries.len(), page.entries[0].number, page.more), (200, 230, true));
    let rest = talk.log(Some(page.entries[199].number));
    assert_eq!((rest.entries.len(), rest.entries[29].number, rest.more), (30, 1, false));
    desk.sql("UPDATE log SET entry = replace(entry, 'test', 'tost') WHERE number = 7");
    let page = talk.log(None);
    assert_eq!((page.chain_holds, page.broken_at), (false, Some(7)));
}

#[test]
fn what_opens_records_cannot_open_sockets_and_what_can_dies_with_it() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    recorder.record(focus(0, "editor", "a"));
    recorder.record(typed(1, "word"));
    drop(recorder);
    let mut talk = Talk::new(&desk);
    talk.overview(span(HOUR.0, HOUR.1));
    let pid = talk.pid();
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
    let keeper = read(format!("/proc/{pid}/task/{pid}/children")).trim().to_owned();
    assert!(read(format!("/proc/{pid}/status")).contains("Seccomp:\t2"), "the door is closed");
    assert!(read(format!("/proc/{keeper}/cmdline")).contains("keeper"), "{keeper}");
    talk.kill();
    // Ended, or no more than its entry in the table of processes.
    let gone = || matches!(read(format!("/proc/{keeper}/stat")).split(' ').nth(2), None | Some("Z"));
    for _ in 0..600 {
        if gone() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the keeper outlives the session");
}

#[test]
fn a_keyring_that_comes_later_is_found() {
    let desk = Desk::new();
    desk.recorded();
    let mut talk = Talk::new(&desk);
    desk.end_keyring();
    assert_eq!(talk.refused(&ReadAsk::Overview(span(0, 1))).code, ErrorCode::Keyring);
    desk.start_keyring("--unlock", b"pw");
    desk.unlock();
    let answer = talk.ask(&ReadAsk::Overview(span(0, 1)));
    assert!(matches!(answer, ReadAnswer::Overview(_)), "{}", shown(&answer));
}
