//! What looking back costs: a day is opened, and two weeks are searched.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

use anyhow::Context;
use policy::Wall;
use protocol::framing;
use protocol::review::{ReadAnswer, ReadAsk, Span};
use serde::Serialize;
use vault::Item;
use vault::bands::Bands;
use vault::item::{FocusItem, FrameItem, KeyItem, KeyKind, PointerItem, PointerKind, ShownWindow};

use super::recorder::{Recorder, T0, at};
use crate::bench::proc::Meter;
use crate::bench::stats::{Delays, delays, middle};
use crate::desktop::Desktop;
use crate::eyelid::Binaries;
use crate::spawn::{Leads, spawn};
use crate::{Dice, Result};

const DAY: i64 = 86_400_000;
const WORKDAY: i64 = 8 * 3_600_000;
/// What was recorded is sealed so often, as when it is recorded.
const SEAL: i64 = 5_000;
const DAYS: i64 = 14;
/// The last day has so many pictures for each thousand events.
const PICTURES: i64 = 20;

/// Milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Past {
    /// Events on each of the fourteen days.
    pub events: i64,
    /// The vault, MB.
    pub size: f64,
    /// From starting the reader to a day on the screen.
    pub open: Option<f64>,
    /// The same day again.
    pub again: Option<f64>,
    /// A moment of it.
    pub moments: Option<Delays>,
    /// Its picture.
    pub pictures: Option<Delays>,
    /// The first search, which makes the index.
    pub search: Option<f64>,
    /// Those after it.
    pub searches: Option<Delays>,
    /// One after another minute was recorded.
    pub search_grown: f64,
    /// One after a quarter of an hour in the middle was forgotten.
    pub search_forgotten: f64,
    /// The reader's memory after that, MB.
    pub memory: Option<f64>,
}

/// Measures it, with so many events on each day.
pub fn measure(events: i64) -> Result<Past> {
    let desktop = Desktop::builder().full().start()?;
    let mut recorder = Recorder::fresh(&desktop)?;
    for day in 0..DAYS {
        let pictures = if day + 1 == DAYS { events * PICTURES / 1000 } else { 0 };
        work(&mut recorder, day, events, pictures)?;
    }
    let file = desktop.path("data").join("eyelid/vault/vault.db");
    #[allow(clippy::cast_precision_loss)]
    let size = std::fs::metadata(file)?.len() as f64 / 1e6;
    let last = span((DAYS - 1) * DAY, DAYS * DAY - 1);
    let (mut open, mut again) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let begun = Instant::now();
        let mut talk = Talk::start(&desktop)?;
        talk.ask(&ReadAsk::Overview(last))?;
        open.push(ms(begun));
        again.push(talk.timed(&ReadAsk::Overview(last))?.1);
    }
    let mut talk = Talk::start(&desktop)?;
    talk.ask(&ReadAsk::Overview(last))?;
    let (mut moments, mut pictures, mut dice) = (Vec::new(), Vec::new(), Dice::new(77));
    for _ in 0..300 {
        let until = (DAYS - 1) * DAY + i64::try_from(dice.between(60_000, WORKDAY.unsigned_abs()))?;
        let (answer, took) = talk.timed(&ReadAsk::Moment(span(until - 10_000, until)))?;
        moments.push(took);
        if let ReadAnswer::Moment(moment) = answer
            && let Some(picture) = moment.picture
        {
            pictures.push(talk.timed(&ReadAsk::Picture(picture.at))?.1);
        }
    }
    let mut talk = Talk::start(&desktop)?;
    let fortnight = span(0, DAYS * DAY);
    let search = |text: &str| ReadAsk::Search { text: text.into(), span: fortnight };
    let first = talk.timed(&search("zzzz"))?.1;
    let mut searches = Vec::new();
    for wanted in ["eta", "quarter", "document 17", "zzzz", "shrdlu", " t ", "e", "nothing of the kind"] {
        for _ in 0..5 {
            searches.push(talk.timed(&search(wanted))?.1);
        }
    }
    recorder.record(event(DAYS * DAY, &window(&mut dice), &mut dice))?;
    recorder.sync()?;
    let search_grown = talk.timed(&search("zzzz"))?.1;
    recorder.forget(5 * DAY + 1_000_000, 5 * DAY + 1_900_000)?;
    let search_forgotten = talk.timed(&search("zzzz"))?.1;
    let memory = talk.memory();
    let (open, again) = (middle(open).map(|m| m.median), middle(again).map(|m| m.median));
    let (moments, pictures, searches) = (delays(moments), delays(pictures), delays(searches));
    let search = Some(first);
    Ok(Past { events, size, open, again, moments, pictures, search, searches, search_grown, search_forgotten, memory })
}

fn span(from: i64, to: i64) -> Span {
    Span { from: Wall(T0 + from), to: Wall(T0 + to) }
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

/// A reader that is asked, as the window has it asked.
struct Talk {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Talk {
    fn start(desktop: &Desktop) -> Result<Talk> {
        let mut reader = desktop.command(Binaries::find()?.program("eyelid-reader")?);
        reader.args(["review", "--program", "Eyelid"]);
        reader.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = spawn(reader, Leads::Group)?;
        let (to, from) = (child.stdin.take().context("its input")?, child.stdout.take().context("its output")?);
        Ok(Talk { child, to, from })
    }

    fn timed(&mut self, ask: &ReadAsk) -> Result<(ReadAnswer, f64)> {
        let begun = Instant::now();
        let answer = self.ask(ask)?;
        Ok((answer, ms(begun)))
    }

    /// A picture that follows the answer is read, too.
    fn ask(&mut self, ask: &ReadAsk) -> Result<ReadAnswer> {
        self.to.write_all(&framing::encode(ask))?;
        let mut length = [0; 4];
        self.from.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length))?];
        self.from.read_exact(&mut bytes)?;
        let answer = serde_json::from_slice(&bytes)?;
        match &answer {
            ReadAnswer::Picture(length) => self.from.read_exact(&mut vec![0; usize::try_from(*length)?])?,
            ReadAnswer::Failed(failure) => anyhow::bail!("the reader refuses: {failure:?}"),
            _ => {}
        }
        Ok(answer)
    }

    /// The most that it has had, MB.
    fn memory(&self) -> Option<f64> {
        let mut meter = Meter::default();
        meter.look(&[i32::try_from(self.child.id()).ok()?], false);
        Some(meter.used().rss)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A working day of so many events and pictures.
fn work(recorder: &mut Recorder, day: i64, events: i64, pictures: i64) -> Result<()> {
    let mut dice = Dice::new(day.unsigned_abs() + 1);
    let mut pixels = if pictures > 0 { text_screen() } else { Vec::new() };
    let (mut window, mut sealed, mut taken) = (window(&mut dice), 0, 0);
    for n in 0..events {
        let ms = n * WORKDAY / events;
        if ms >= sealed + SEAL {
            recorder.sync()?;
            sealed = ms;
        }
        if dice.between(0, 40) == 0 {
            window = self::window(&mut dice);
        }
        if taken < pictures && ms >= taken * WORKDAY / pictures {
            change(&mut pixels, &mut dice);
            let shown = (0..6).map(|i| {
                let (app, title) = if i == 5 { window.clone() } else { self::window(&mut dice) };
                ShownWindow { app, title: Some(title), rect: (i * 10, i * 10, 800, 600) }
            });
            let shown = shown.collect();
            let (at, packed) = (at(day * DAY + ms), Bands::pack(&pixels, (1920, 1080))?);
            recorder.record(Item::Frame(FrameItem { at, width: 1920, height: 1080, pixels: packed, shown }))?;
            taken += 1;
        }
        recorder.record(event(day * DAY + ms, &window, &mut dice))?;
    }
    recorder.sync()
}

fn window(dice: &mut Dice) -> (String, String) {
    let n = dice.between(0, 40);
    (format!("app-{}", n % 8), format!("Document {n} of the quarter — Editor {}", n % 8))
}

/// An event, as they come on a working day.
fn event(ms: i64, (app, title): &(String, String), dice: &mut Dice) -> Item {
    let (at, app, title) = (at(ms), app.clone(), Some(title.clone()));
    let pointer = |app, title, kind| Item::Pointer(PointerItem { at, app: Some(app), title, kind, x: 5, y: 6 });
    match dice.between(0, 20) {
        0..12 => {
            let letters: String =
                (0..dice.between(2, 5)).map(|_| char::from(dice.of(b"etaoinshrdlucmfwyp  "))).collect();
            Item::Key(KeyItem { at, app, title, kind: KeyKind::Text(letters) })
        }
        12..14 => Item::Key(KeyItem { at, app, title, kind: KeyKind::Count(3) }),
        14..18 => {
            let mut to = |most| i32::try_from(dice.between(0, most)).unwrap_or_default();
            let path = (0..6).map(|_| (to(1900), to(1000))).collect();
            pointer(app, title, PointerKind::Move(path))
        }
        18 => pointer(app, title, PointerKind::Click { button: 1 }),
        _ => Item::Focus(FocusItem { at, app, title }),
    }
}

/// A screen with text: lines of short strokes on white.
fn text_screen() -> Vec<u8> {
    let (width, mut dice) = (1920, Dice::new(9));
    let mut pixels = vec![0xff; width * 1080 * 4];
    for line in 0..1080 / 18 {
        for x in 0..width {
            let stroke = usize::try_from(dice.between(0, 16)).unwrap_or_default();
            if stroke < 6 {
                for y in line * 18 + 4..line * 18 + 5 + stroke {
                    pixels[(y * width + x) * 4..][..3].fill(0x20);
                }
            }
        }
    }
    pixels
}

/// A part of a line is written anew.
fn change(pixels: &mut [u8], dice: &mut Dice) {
    let mut below = |most| usize::try_from(dice.between(0, most)).unwrap_or_default();
    let (top, left) = (below(59) * 18 + 4, below(1500));
    for x in left..left + 300 {
        for y in top..top + 8 {
            pixels[(y * 1920 + x) * 4..][..3].fill(if below(3) == 0 { 0x20 } else { 0xff });
        }
    }
}
