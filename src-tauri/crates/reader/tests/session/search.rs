//! Search.

use super::{Talk, empty, span};
use crate::desk::{Recorder, T0, focus, frame, key, typed};
use protocol::review::{ReviewEvent, What};
use vault::item::KeyKind;

#[test]
fn a_word_typed_in_pieces_is_found_across_records_and_minutes() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    recorder.record(typed(0, "Dear "));
    for (n, piece) in ["Pro", "fessor Ma", "cGon", "agall"].iter().enumerate() {
        recorder.sync();
        // The third lies beyond the minute.
        recorder.record(typed(45_000 + 8_000 * n as i64, piece));
        recorder.record(key(45_001 + 8_000 * n as i64, KeyKind::Shortcut("Ctrl+B".into())));
    }
    recorder.record(typed(100_000, "gall"));
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let (hits, more) = talk.find("professor mcgon", span(0, 200_000));
    assert!(hits.is_empty() && !more);
    for wanted in ["PROFESSOR MACGONAGALL", "macg", "  nag "] {
        let (hits, _) = talk.find(wanted, span(0, 200_000));
        assert_eq!(hits.len(), 1, "{wanted}");
        assert_eq!(hits[0].text.as_deref(), Some("Professor MacGonagall"), "typed too late to belong to the first");
        assert_eq!((hits[0].app.as_str(), hits[0].title.as_deref()), ("editor", Some("notes.txt")));
    }
    assert_eq!(talk.find("cgon", span(0, 200_000)).0[0].at.0, T0 + 61_000);
    let (hits, _) = talk.find("gall", span(0, 200_000));
    assert_eq!(hits.iter().map(|hit| hit.at.0 - T0).collect::<Vec<_>>(), [100_000, 69_000], "newest first");
    assert!(talk.find("professor", span(50_000, 200_000)).0.is_empty(), "it was typed before the range");
    assert_eq!(talk.find("fessor", span(50_000, 61_000)).0[0].text.as_deref(), Some("fessor MacGon"));
}

#[test]
fn a_word_is_dated_by_its_last_letter_so_that_the_moment_shows_it_whole() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for (n, letter) in "so pancakes it is".chars().enumerate() {
        recorder.record(typed(100 * n as i64, &letter.to_string()));
    }
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let hit = talk.find("pancakes", span(0, 200_000)).0.remove(0);
    assert_eq!(hit.at.0 - T0, 1_000);
    let text = |event: &ReviewEvent| match &event.what {
        What::Text(text) => Some(text.clone()),
        What::Keys(_) | What::Shortcut(_) | What::Focus | What::Click(_) => None,
    };
    let moment = talk.moment(span(0, hit.at.0 - T0));
    assert_eq!(moment.events.iter().filter_map(text).collect::<String>(), "so pancakes");
}

#[test]
fn titles_are_found_and_told_once_while_they_last() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for ms in [0, 20_000, 40_000, 70_000, 90_000, 400_000] {
        recorder.record(focus(ms, "browser", "Straße der Ölsardinen — ΟΔΟΣ"));
        recorder.record(focus(ms + 1, "mail", "Inbox"));
    }
    drop(recorder);
    let mut talk = Talk::new(&desk);
    for wanted in ["ÖLSARD", "straße DER", "οδος", "οδοσ"] {
        let (hits, _) = talk.find(wanted, span(0, 500_000));
        assert_eq!(hits.iter().map(|hit| hit.at.0 - T0).collect::<Vec<_>>(), [400_000, 0], "{wanted}");
        assert!(hits.iter().all(|hit| hit.text.is_none() && hit.app == "browser"));
    }
}

#[test]
fn a_title_is_dated_by_its_first_picture_where_that_minute_has_one() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    recorder.record(focus(0, "editor", "notes.txt"));
    recorder.record(frame(2_000, 1));
    recorder.record(frame(9_000, 2));
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let at = |talk: &mut Talk, range| talk.find("notes", range).0.iter().map(|hit| hit.at.0 - T0).collect::<Vec<_>>();
    assert_eq!(at(&mut talk, span(0, 100_000)), [2_000]);
    assert_eq!(talk.moment(span(0, 2_000)).picture.unwrap().at.0 - T0, 2_000);
    assert_eq!(at(&mut talk, span(0, 1_000)), [0], "the picture is later than the range");
}

#[test]
fn what_is_recorded_while_a_session_lasts_is_found_and_what_is_forgotten_is_not() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    let range = span(0, 900_000);
    let mut talk = Talk::new(&desk);
    recorder.record(typed(0, "marker one"));
    recorder.sync();
    assert_eq!(talk.find("marker", range).0.len(), 1);
    // The same minute grows.
    recorder.record(typed(500, " and marker two"));
    recorder.sync();
    recorder.record(typed(30_000, "marker three"));
    recorder.record(focus(200_000, "browser", "marker four"));
    recorder.record(typed(300_000, "marker five"));
    recorder.sync();
    let texts = |talk: &mut Talk| -> Vec<_> {
        let (hits, _) = talk.find("marker", range);
        hits.into_iter().map(|hit| hit.text.or(hit.title).unwrap()).collect()
    };
    assert_eq!(texts(&mut talk), ["marker five", "marker four", "marker three", "marker one and marker two"]);
    // A part of a minute, a whole one, and again a part of the first.
    recorder.forget(500, 600);
    assert_eq!(texts(&mut talk), ["marker five", "marker four", "marker three", "marker one"]);
    recorder.forget(190_000, 210_000);
    assert_eq!(texts(&mut talk), ["marker five", "marker three", "marker one"]);
    recorder.forget(29_000, 31_000);
    assert_eq!(texts(&mut talk), ["marker five", "marker one"]);
    drop(recorder);
    desk.read(&["forget-rotate"], 0);
    assert_eq!(texts(&mut talk), ["marker five", "marker one"]);
}

#[test]
fn two_hundred_are_told_and_each_with_the_text_around_it() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for n in 0..250 {
        recorder.record(typed(n * 11_000, "needle"));
    }
    let hay = "straw ".repeat(100);
    recorder.record(typed(3_000_000, &format!("{hay}Nadel{hay}")));
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let (hits, more) = talk.find("needle", span(0, 9_000_000));
    assert_eq!((hits.len(), more), (200, true));
    assert_eq!((hits[0].at.0 - T0, hits[199].at.0 - T0), (249 * 11_000, 50 * 11_000));
    let (hits, more) = talk.find("nadel", span(0, 9_000_000));
    let text = hits[0].text.as_deref().unwrap();
    assert_eq!((hits.len(), more, text.chars().count()), (1, false, 160));
    assert!(text.contains("straw Nadelstraw"), "{text}");
}
