//! Figures, not judgements: run with `--release -- --ignored --nocapture figures`, best with `TMPDIR` in memory.

use super::{Talk, empty, span};
use crate::desk::{Desk, Recorder, at};
use protocol::review::{ReadAnswer, ReadAsk, Span};
use std::time::{Duration, Instant};
use vault::Item;
use vault::item::{FocusItem, KeyItem, KeyKind, PointerItem, PointerKind};

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

/// A working day of so many events, sealed every so many milliseconds.
fn work(recorder: &mut Recorder, day: i64, events: i64, seal: i64) {
    let mut dice = Dice(day.unsigned_abs() + 1);
    let (mut at_window, mut sealed) = (window(&mut dice), 0);
    for n in 0..events {
        let ms = n * WORKDAY / events;
        if ms >= sealed + seal {
            recorder.sync();
            sealed = ms;
        }
        if dice.below(40) == 0 {
            at_window = window(&mut dice);
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
    work(&mut recorder, 0, 10_000, 20_000);
    let (first, later) = glance(&desk, 0);
    println!("day 1, alone: first {first}; later {later}");
    work(&mut recorder, 364, 10_000, 20_000);
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
