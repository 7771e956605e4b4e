//! Figures, not judgements: run with `--release -- --ignored --nocapture figures`, best with `TMPDIR` in memory.

use super::{Talk, empty, span};
use crate::desk::{Desk, Recorder, at, key};
use protocol::review::{ReadAnswer, ReadAsk, Span};
use std::time::{Duration, Instant};
use vault::Item;
use vault::bands::Bands;
use vault::item::{FocusItem, FrameItem, KeyItem, KeyKind, PointerItem, PointerKind, ShownWindow};

const DAY: i64 = 86_400_000;
const WORKDAY: i64 = 8 * 3_600_000;

/// Repeatable chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// A screen with text: lines of short strokes on white.
fn screen() -> Vec<u8> {
    let (width, mut dice) = (1920_usize, Dice(9));
    let mut pixels = vec![0xFF; width * 1080 * 4];
    for line in 0..1080 / 18 {
        for x in 0..width {
            let stroke = dice.below(16) as usize;
            if stroke < 6 {
                for y in line * 18 + 4..line * 18 + 5 + stroke {
                    pixels[(y * width + x) * 4..][..3].fill(0x20);
                }
            }
        }
    }
    pixels
}

/// One line of it is written anew.
fn change(pixels: &mut [u8], dice: &mut Dice) {
    let top = dice.below(59) as usize * 18 + 4;
    let left = dice.below(1500) as usize;
    for x in left..left + 300 {
        for y in top..top + 8 {
            pixels[(y * 1920 + x) * 4..][..3].fill(if dice.below(3) == 0 { 0x20 } else { 0xFF });
        }
    }
}

fn window(dice: &mut Dice) -> (String, Option<String>) {
    let n = dice.below(40);
    (format!("app-{}", n % 8), Some(format!("Document {n} of the quarter — Editor {}", n % 8)))
}

/// An event, as they come on a working day.
fn event(ms: i64, window: &(String, Option<String>), dice: &mut Dice) -> Item {
    let (app, title) = window.clone();
    match dice.below(20) {
        0..12 => {
            let letters = (0..2 + dice.below(3)).map(|_| b"etaoinshrdlucmfwyp  "[dice.below(20) as usize] as char);
            Item::Key(KeyItem { at: at(ms), app, title, kind: KeyKind::Text(letters.collect()) })
        }
        12..14 => Item::Key(KeyItem { at: at(ms), app, title, kind: KeyKind::Count(3) }),
        14..18 => {
            let kind = PointerKind::Move((0..6).map(|_| (dice.below(1900) as i32, dice.below(1000) as i32)).collect());
            Item::Pointer(PointerItem { at: at(ms), app: Some(app), title, kind, x: 5, y: 6 })
        }
        18 => {
            let kind = PointerKind::Click { button: 1 };
            Item::Pointer(PointerItem { at: at(ms), app: Some(app), title, kind, x: 5, y: 6 })
        }
        _ => Item::Focus(FocusItem { at: at(ms), app, title }),
    }
}

/// A working day of so many events and pictures; sealed every five seconds, as when it is recorded.
fn work(recorder: &mut Recorder, day: i64, events: i64, frames: i64, seal: i64) {
    let mut dice = Dice(day.unsigned_abs() + 1);
    let mut pixels = if frames > 0 { screen() } else { Vec::new() };
    let (mut at_window, mut sealed, mut taken) = (window(&mut dice), 0, 0);
    for n in 0..events {
        let ms = n * WORKDAY / events;
        if ms >= sealed + seal {
            recorder.sync();
            sealed = ms;
        }
        if dice.below(40) == 0 {
            at_window = window(&mut dice);
        }
        if taken < frames && ms >= taken * WORKDAY / frames {
            change(&mut pixels, &mut dice);
            let shown = (0..6).map(|i| {
                let (app, title) = if i == 5 { at_window.clone() } else { window(&mut dice) };
                ShownWindow { app, title, rect: (i * 10, i * 10, 800, 600) }
            });
            let (shown, packed) = (shown.collect(), Bands::pack(&pixels, (1920, 1080)).unwrap());
            let frame = FrameItem { at: at(day * DAY + ms), width: 1920, height: 1080, pixels: packed, shown };
            recorder.record(Item::Frame(frame));
            taken += 1;
        }
        recorder.record(event(day * DAY + ms, &at_window, &mut dice));
    }
    recorder.sync();
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Half took no longer than this, and all but one in a hundred no longer than that; and the longest.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    format!("p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100))
}

fn day(n: i64) -> Span {
    span(n * DAY, n * DAY + DAY - 1)
}

fn memory(pid: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = |name| status.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    line("VmRSS") + ", " + &line("VmHWM")
}

#[test]
#[ignore = "prints figures"]
fn figures_of_a_day_and_of_a_search_over_two_weeks() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    let ((), built) = timed(|| {
        for n in 0..13 {
            work(&mut recorder, n, 100_000, 0, 5_000);
        }
        work(&mut recorder, 13, 100_000, 2_000, 5_000);
    });
    drop(recorder);
    println!("13 days of 100,000 events and one with 2,000 pictures, written in {built:?}");
    println!("{} MB", std::fs::metadata(desk.vault().join("vault.db")).unwrap().len() >> 20);

    for round in 0..3 {
        let (mut talk, started) = timed(|| Talk::new(&desk));
        let (overview, first) = timed(|| talk.overview(day(13)));
        assert_eq!(overview.pictures.len(), 2_000);
        let (_, again) = timed(|| talk.overview(day(13)));
        println!("round {round}: spawned {started:?}; first overview {first:?}, once more {again:?}");
    }
    let mut talk = Talk::new(&desk);
    let overview = talk.overview(day(13));
    let mut dice = Dice(77);
    let (mut moments, mut pictures, mut near) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..300 {
        let ms = 13 * DAY + dice.below(WORKDAY as u64) as i64;
        let (moment, took) = timed(|| talk.moment(span(ms - 10_000, ms)));
        moments.push(took);
        let Some(picture) = moment.picture else { continue };
        let (shown, took) = timed(|| talk.ask(&ReadAsk::Picture(picture.at)));
        assert!(matches!(shown, ReadAnswer::Picture(6_220_854)));
        pictures.push(took);
    }
    for at in &overview.pictures[700..900] {
        near.push(timed(|| talk.ask(&ReadAsk::Picture(*at))).1);
    }
    println!("moment: {}", spread(moments));
    println!("picture: {}", spread(pictures));
    println!("picture after picture: {}", spread(near));
    println!("memory after that: {}", memory(talk.pid()));
    drop(talk);

    let mut talk = Talk::new(&desk);
    let fortnight = span(0, 14 * DAY);
    let (_, first) = timed(|| talk.find("zzzz", fortnight));
    println!("search over 14 days, first: {first:?}; {}", memory(talk.pid()));
    let mut later = Vec::new();
    for wanted in ["eta", "quarter", "document 17", "zzzz", "shrdlu", " t ", "e", "nothing of the kind"] {
        for _ in 0..5 {
            let ((hits, more), took) = timed(|| talk.find(wanted, fortnight));
            later.push(took);
            if later.len() % 5 == 0 {
                println!("  {wanted:?}: {took:?}, {} hits, more: {more}", hits.len());
            }
        }
    }
    println!("search over 14 days, later: {}", spread(later));
    let mut recorder = Recorder::new(&desk);
    recorder.record(key(14 * DAY, KeyKind::Text("zzzz".into())));
    recorder.sync();
    let ((hits, _), took) = timed(|| talk.find("zzzz", span(0, 15 * DAY)));
    println!("with a new minute: {took:?}, {} hit", hits.len());
    recorder.forget(5 * DAY + 1_000_000, 5 * DAY + 1_900_000);
    let (_, took) = timed(|| talk.find("zzzz", fortnight));
    println!("after a quarter of an hour in the middle was forgotten: {took:?}");
}

/// How long one day's overview takes: in a new session, and in one that has the key.
fn glance(desk: &Desk, n: i64) -> (String, String) {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let mut talk = Talk::new(desk);
        first.push(timed(|| talk.overview(day(n))).1);
        for _ in 0..5 {
            let (overview, took) = timed(|| talk.overview(day(n)));
            assert!(overview.recorded.last().unwrap().to.0 - overview.recorded[0].from.0 > WORKDAY - 600_000);
            later.push(took);
        }
    }
    (spread(first), spread(later))
}

#[test]
#[ignore = "prints figures"]
fn figures_of_one_day_among_a_year_of_them() {
    let desk = empty();
    let mut recorder = Recorder::new(&desk);
    work(&mut recorder, 0, 10_000, 0, 20_000);
    let (first, later) = glance(&desk, 0);
    println!("day 1, alone: first {first}; later {later}");
    work(&mut recorder, 364, 10_000, 0, 20_000);
    drop(recorder);
    // The days between are copies of the first with other dates: what is asked for never lies in them.
    let (_, built) = timed(|| {
        desk.sql(&format!(
            "BEGIN;
             CREATE TEMP TABLE days AS WITH RECURSIVE d(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM d WHERE n < 363)
                 SELECT n FROM d;
             CREATE TEMP TABLE one AS SELECT * FROM epoch WHERE kind = 'minute' AND last < {until};
             CREATE TEMP TABLE its AS SELECT * FROM record WHERE epoch IN (SELECT id FROM one);
             INSERT INTO epoch SELECT id + n * 100000, kind, day, recipient, key, first + n * {DAY}, last + n * {DAY},
                 count, head, closed, cut FROM days, one;
             INSERT INTO record (epoch, seq, kind, first, last, digest, sealed) SELECT epoch + n * 100000, seq, kind,
                 first + n * {DAY}, last + n * {DAY}, digest, sealed FROM days, its;
             COMMIT",
            until = crate::desk::T0 + DAY
        ));
    });
    println!("a year, {} MB, in {built:?}", std::fs::metadata(desk.vault().join("vault.db")).unwrap().len() >> 20);
    for n in [0, 364, 0, 364] {
        let (first, later) = glance(&desk, n);
        println!("day {}: first {first}; later {later}", n + 1);
    }
    let mut talk = Talk::new(&desk);
    let (hours, took) = timed(|| talk.ask(&ReadAsk::Hours));
    let ReadAnswer::Hours(hours) = hours else { panic!("hours") };
    println!("hours of the year: {took:?}, {} of them", hours.len());
}
