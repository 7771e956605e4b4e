//! What was recorded, and what is asked, may be anything.

use super::{Talk, empty, span};
use crate::desk::{Recorder, at, focus, typed};
use protocol::framing;
use protocol::review::{ReadAsk, What};
use std::io::Read;
use vault::Item;
use vault::bands::Bands;
use vault::item::{FrameItem, ShownWindow};

#[test]
fn hostile_titles_and_texts_are_passed_on_as_they_are_but_never_too_long() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    let odd = "</title><script>\u{202e}\u{0}\u{7}\u{1b}[31m\"\\ 💥 ";
    let long = odd.repeat((1 << 20) / odd.len());
    for ms in 0..3 {
        recorder.record(focus(ms, "browser", &long));
        recorder.record(typed(ms, &long));
        let shown = vec![ShownWindow { app: long.clone(), title: Some(long.clone()), rect: (0, 0, 1, 1) }];
        let pixels = Bands::pack(&[7; 4], (1, 1)).unwrap();
        recorder.record(Item::Frame(FrameItem { at: at(ms), width: 1, height: 1, pixels, shown }));
    }
    let bell = "\u{7}".repeat(4_100);
    for ms in 0..450 {
        recorder.record(typed(100 + ms, &bell));
    }
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let day = span(0, 10_000);
    let overview = talk.overview(day);
    assert_eq!(overview.lanes.iter().filter(|lane| lane.app.starts_with(odd)).count(), 1);
    let moment = talk.moment(span(0, 50));
    assert_eq!(moment.events.len(), 6);
    let expected: String = long.chars().take(1_000).collect();
    assert_eq!(moment.events.iter().find_map(|event| event.title.clone()).as_ref(), Some(&expected));
    let What::Text(text) = moment.events.iter().map(|event| &event.what).find(|what| **what != What::Focus).unwrap()
    else {
        panic!("text was typed")
    };
    assert!(text.starts_with(odd) && text.chars().count() == 4_000);
    assert_eq!(moment.picture.unwrap().windows[0].title.as_ref(), Some(&expected));
    // 450 texts that take six bytes a character are more than a message holds.
    let moment = talk.moment(day);
    assert!(moment.more && !moment.events.is_empty());
    let (hits, _) = talk.find("</TITLE><script>\u{202e}\u{0}", day);
    assert!(hits.iter().any(|hit| hit.text.as_ref().is_some_and(|text| text.chars().count() == 160)));
    assert!(hits.iter().all(|hit| hit.title.as_ref().is_none_or(|title| title.chars().count() <= 1_000)));
    assert_eq!(talk.close(), (Some(0), String::new()));
}

#[test]
fn a_question_that_is_none_ends_the_session_and_is_not_repeated() {
    let desk = empty();
    for garbage in [
        &b"\x10\x00\x00\x00{\"marker\":\"secr\"}"[..],
        b"\xff\xff\xff\xffmarker",
        b"\x04\x00\x00\x00nope",
        b"\x40\x00\x00\x00cut short: marker",
        &framing::encode(&serde_json::json!({"kind": "overview", "value": "marker"})),
        &framing::encode(&serde_json::json!({"kind": "search", "value": {"text": 7, "span": "marker"}})),
        &framing::encode(&serde_json::json!({"kind": "picture", "value": 1e30})),
    ] {
        let mut talk = Talk::new(&desk);
        talk.send(garbage);
        let (code, said) = talk.close();
        assert_eq!(code, Some(2), "{said}");
        assert_eq!(said, "eyelid-reader: A question was not understood.\n");
    }
    let mut talk = Talk::new(&desk);
    talk.send(&framing::encode(&ReadAsk::Hours)[..3]);
    let mut rest = Vec::new();
    talk.to = None;
    talk.from.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}
