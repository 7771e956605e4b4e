//! Each question has its answer.

use super::{HOUR, Talk, empty, shown, span};
use crate::desk::{self, Desk, Recorder, T0, focus, frame, pointer, typed};
use policy::Wall;
use protocol::ErrorCode;
use protocol::review::{Hour, ReadAnswer, ReadAsk, Span, What};
use std::os::unix::fs::PermissionsExt;
use vault::item::PointerKind;

#[test]
fn hours_and_the_log_need_no_key_and_no_vault() {
    let desk = Desk::new();
    let mut talk = Talk::new(&desk);
    assert_eq!(shown(&talk.ask(&ReadAsk::Hours)), r#"{"kind":"hours","value":[]}"#);
    assert!(talk.log(None).entries.is_empty());
    assert_eq!(talk.refused(&ReadAsk::Overview(span(0, 1))).code, ErrorCode::NoKey);
    desk.recorded();
    desk.lock();
    let ReadAnswer::Hours(hours) = talk.ask(&ReadAsk::Hours) else { panic!("they need no key") };
    let at = Wall(T0.div_euclid(3_600_000) * 3_600_000);
    assert_eq!(hours, [Hour { at, seconds: 1 }]);
    assert!(talk.log(None).chain_holds);
    assert_eq!(talk.log(None).rolled_back, None, "it cannot be told while the keyring is locked");
    assert_eq!(talk.close(), (Some(0), String::new()));
}

#[test]
fn a_range_is_told_at_a_glance_and_a_moment_exactly() {
    let desk = Desk::new();
    desk.recorded();
    let mut talk = Talk::new(&desk);
    let overview = talk.overview(span(HOUR.0, HOUR.1));
    assert_eq!(overview.recorded, [span(0, 8)]);
    assert_eq!(overview.pictures, [Wall(T0 + 4), Wall(T0 + 7)]);
    assert_eq!((overview.lanes.len(), overview.lanes[0].app.as_str(), overview.damaged), (1, "editor", 0));
    assert_eq!(overview.lanes[0].spans, [span(0, 8)]);

    let moment = talk.moment(span(1, 5));
    assert!(!moment.more);
    let told: Vec<_> = moment.events.iter().map(|event| (event.at.0 - T0, &event.what)).collect();
    let expected = [
        (1, What::Text("grüße \u{202e} <b>".into())),
        (2, What::Keys(3)),
        (3, What::Shortcut("Ctrl+S".into())),
        (5, What::Click(1)),
    ];
    assert!(told.iter().map(|(at, what)| (*at, *what)).eq(expected.iter().map(|(at, what)| (*at, what))));
    assert!(moment.events.iter().all(|event| event.title.as_deref() == Some("notes.txt")));
    let picture = moment.picture.expect("one was taken");
    assert_eq!((picture.at.0 - T0, picture.width, picture.height), (4, 200, 100));
    assert_eq!(picture.windows[0].rect, (1, 2, 30, 40));
    assert_eq!(talk.moment(span(8, 59_000)).picture.unwrap().at, Wall(T0 + 7), "it still was on the screen");
    assert_eq!(talk.moment(span(60_008, 60_010)).picture, None, "a minute later it is not told");

    let (answer, bmp) = talk.ask_for(&ReadAsk::Picture(Wall(T0 + 4)));
    assert!(matches!(answer, ReadAnswer::Picture(60_054)), "{}", shown(&answer));
    assert_eq!((&bmp[..2], &bmp[18..26]), (&b"BM"[..], &[200, 0, 0, 0, 100, 0, 0, 0][..]));
    let expected: Vec<u8> = desk::picture(1).chunks_exact(800).rev().flatten().copied().collect();
    let expected: Vec<u8> = expected.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    assert_eq!(bmp[54..], expected);
    let (answer, bmp) = talk.ask_for(&ReadAsk::Picture(Wall(T0 + 5)));
    assert!(matches!(answer, ReadAnswer::Picture(0)) && bmp.is_empty());
    assert_eq!(talk.refused(&ReadAsk::Overview(span(2, 1))).code, ErrorCode::InvalidInput);
    let ReadAnswer::Verified(verified) = talk.ask(&ReadAsk::Verify) else { panic!("it should be checked") };
    assert!(verified.records > 5 && verified.damage.is_empty(), "{verified:?}");
    assert_eq!(talk.close(), (Some(0), String::new()));
}

#[test]
fn of_a_busy_minute_the_newest_is_told_and_the_pointers_ways_are_counted() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for n in 0..600 {
        recorder.record(typed(n, "a"));
        recorder.record(pointer(1_000 + n, PointerKind::Move(vec![(5, 6)])));
        recorder.record(pointer(2_000 + n, PointerKind::Scroll { dx: 0, dy: 1 }));
    }
    recorder.record(typed(500, "b"));
    recorder.record(pointer(3_000, PointerKind::Click { button: 1 }));
    drop(recorder);
    let moment = Talk::new(&desk).moment(span(0, 4_000));
    assert_eq!((moment.moves, moment.scrolls, moment.events.len(), moment.more), (600, 600, 500, true));
    assert_eq!(moment.events.first().unwrap().at, Wall(T0 + 102));
    assert_eq!(moment.events.last().unwrap().what, What::Click(1));
}

#[test]
fn minutes_without_a_summary_are_told_from_their_records_and_near_ones_as_one() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for minute in 0..4 {
        recorder.record(focus(minute * 70_000, "editor", "a"));
        recorder.record(frame(minute * 70_000 + 1_000, 1));
    }
    recorder.record(focus(600_000, "mail", "b"));
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let expected = [span(0, 211_000), span(600_000, 600_000)];
    assert_eq!(
        talk.overview(span(0, 700_000)).recorded,
        [span(0, 1_000), span(70_000, 71_000), span(140_000, 141_000), span(210_000, 211_000), expected[1]]
    );
    // Cut short, as by a kill: no summary.
    desk.sql("DELETE FROM record WHERE kind = 'summary'; UPDATE epoch SET count = count - 1");
    let told = talk.overview(span(0, 700_000));
    assert_eq!(told.recorded.len(), 5);
    assert_eq!(told.pictures.len(), 4);
    assert_eq!(
        told.lanes.iter().map(|lane| (lane.app.as_str(), lane.spans.len())).collect::<Vec<_>>(),
        [("editor", 4), ("mail", 1)]
    );
    // Partly forgotten.
    let mut recorder = Recorder::new(&desk);
    recorder.forget(900, 1_100);
    drop(recorder);
    let told = talk.overview(span(0, 700_000));
    assert_eq!((told.recorded[0], told.pictures.len(), told.damaged), (span(0, 0), 3, 0));
}

#[test]
fn damage_is_counted_and_the_rest_is_told() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    for minute in 0..3 {
        recorder.record(focus(minute * 70_000, "editor", "a"));
        recorder.record(typed(minute * 70_000 + 1, "word"));
    }
    drop(recorder);
    let mut talk = Talk::new(&desk);
    let ReadAnswer::Verified(whole) = talk.ask(&ReadAsk::Verify) else { panic!("it should be checked") };
    desk.sql("UPDATE record SET sealed = zeroblob(length(sealed)) WHERE epoch = 2");
    let overview = talk.overview(span(0, 300_000));
    assert_eq!((overview.recorded.len(), overview.damaged), (2, 1));
    assert_eq!(talk.moment(span(0, 300_000)).events.len(), 4);
    assert_eq!(talk.find("word", span(0, 300_000)).0.len(), 2);
    let ReadAnswer::Verified(verified) = talk.ask(&ReadAsk::Verify) else { panic!("it should be checked") };
    let place = jiff::Timestamp::from_millisecond(T0 + 70_000).unwrap().to_zoned(jiff::tz::TimeZone::system());
    let place = place.strftime("%Y-%m-%d, the minute from %H:%M:%S, record 1: ").to_string();
    assert!(verified.damage.iter().any(|damage| damage.starts_with(&place)), "{verified:?}");
    assert_eq!(3 * verified.records, 2 * whole.records, "those that do not open are not counted");
}

#[test]
fn a_report_counts_and_names_no_app_and_is_saved_for_the_person_alone() {
    let desk = Desk::new();
    desk.recorded();
    std::fs::create_dir(desk.home().join("Downloads")).unwrap();
    let mut talk = Talk::new(&desk);
    let day = Span { from: Wall(1_795_478_400_000), to: Wall(1_795_564_799_999) };
    let answer = talk.ask(&ReadAsk::Report(day));
    let text = shown(&answer);
    let ReadAnswer::Report(report) = answer else { panic!("{text}") };
    assert!(!text.contains("editor") && !text.contains("notes"), "{text}");
    let hour = report.hours[0];
    assert_eq!((hour.seconds, hour.frames, hour.keys, hour.pointer, hour.focus), (1, 2, 3, 3, 1));
    assert_eq!((report.withheld[0].category.as_str(), report.withheld[0].seconds), ("chat", 12));
    let before = Span { from: Wall(day.from.0 - 86_400_000), to: Wall(day.from.0 - 1) };
    let ReadAnswer::Report(earlier) = talk.ask(&ReadAsk::Report(before)) else { panic!("it should be a report") };
    assert!(earlier.hours.is_empty() && earlier.withheld.is_empty(), "another day's is not in it");

    for (number, name) in ["Eyelid report 2026-11-24.html", "Eyelid report 2026-11-24 (2).html"].iter().enumerate() {
        let ReadAnswer::Saved(path) = talk.ask(&ReadAsk::ReportSave(day)) else { panic!("it should be saved") };
        let expected = desk.home().join("Downloads").join(name);
        assert_eq!(path, expected.to_str().unwrap(), "{number}");
        assert_eq!(std::fs::metadata(&expected).unwrap().permissions().mode() & 0o777, 0o600);
        let page = std::fs::read_to_string(&expected).unwrap();
        assert!(page.contains("<h1>Eyelid privacy report</h1>") && page.ends_with("</html>\n"));
        assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
        assert!(!page.contains("editor") && !page.contains("notes.txt"));
    }
}
