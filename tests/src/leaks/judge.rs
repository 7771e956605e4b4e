//! Looks for private colours, letters and names in all that was stored, and holds it against what the farm saw.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use policy::Hold;

use super::cast::{CAST, TITLE_AFTER_MS, filed, owner, tells, titled};
use super::clock::{self, Walls};
use super::naive::{Naive, Sample, grid};
use super::scene::{APART_MS, Log};
use super::watch::{Spans, Told};
use crate::Result;
use crate::eyelid::Export;

/// How far a stored key's time may be from what the window was told: clocks are mapped by the millisecond.
const NEAR_MS: i64 = 25;
/// The place of a click is known at most so much later, or the click is nobody's.
const PLACED_MS: i64 = 250;
/// A pause takes what is dated so long before its key, too: the hold-back, but for what clocks may differ by.
const TAKEN_MS: i64 = 3000 - 100;
/// A title may follow its content so late; the rule on it is not promised to help with more.
const TITLE_PROMISED: i64 = 1400;

/// A key as the window that got it reported it.
#[derive(Clone, Copy, Debug)]
struct Key {
    at: i64,
    letter: u8,
    window: usize,
    private: bool,
}

/// A click, or a key that makes no letter, as the window that got it reported it.
#[derive(Clone, Copy, Debug)]
struct Stroke {
    at: i64,
    window: usize,
    private: bool,
}

/// What the farm reported.
#[derive(Debug, Default)]
pub struct Truth {
    keys: HashMap<u8, Vec<Key>>,
    others: Vec<Stroke>,
    clicks: Vec<Stroke>,
    /// When a window got the keyboard.
    pub focus: Vec<(i64, usize)>,
    /// The browser's content, from when on it is private or not.
    pages: Vec<(i64, bool)>,
    titles: Vec<(i64, bool)>,
    /// When a locker took the keyboard (true), and when it gave it back.
    locks: Vec<(i64, bool)>,
}

/// What a recorder did.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Pictures stored.
    pub frames: u64,
    /// Keys stored with their content.
    pub keys: u64,
    /// Pictures with private pixels.
    pub leaked_frames: u64,
    /// Private pixels.
    pub leaked_pixels: u64,
    /// Keys typed into private windows.
    pub leaked_keys: u64,
    /// Keys filed under a window that did not get them.
    pub misattributed: u64,
    /// Clicks stored under a window.
    pub clicks: u64,
    /// Clicks, and counts of keys, that private windows got.
    pub leaked_strokes: u64,
    /// The same, under a window that did not get them.
    pub misattributed_strokes: u64,
    /// Clicks under a window that the pointer was sent to sooner than any place of a click is promised to be known.
    pub overtaken: u64,
    /// Data that name a private window.
    pub leaked_names: u64,
    /// Data dated within a pause.
    pub in_pause: u64,
    /// Pictures of a page whose title came later than any rule on titles promises to catch.
    pub unpromised_frames: u64,
    /// Keys typed into such a page.
    pub unpromised_keys: u64,
    /// What was found, for whoever looks for the cause.
    pub findings: Vec<String>,
}

impl Tally {
    /// Whether anything was stored that should not have been.
    pub fn leaks(&self) -> bool {
        let strokes = self.leaked_strokes + self.misattributed_strokes;
        self.leaked_frames + self.leaked_keys + self.misattributed + strokes + self.leaked_names + self.in_pause > 0
    }

    fn find(&mut self, what: String) {
        if self.findings.len() < 40 {
            self.findings.push(what);
        }
    }
}

impl Truth {
    /// From the farm's reports.
    pub fn of(reports: &[String], letters: &HashMap<u8, u8>) -> Result<Truth> {
        let letter_of: HashMap<u8, u8> = letters.iter().map(|(letter, code)| (*code, *letter)).collect();
        let mut truth = Truth::default();
        let (mut keys, mut others, mut clicks) = (Vec::new(), Vec::new(), Vec::new());
        for line in reports {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["key", window, time, code] => {
                    let (at, window) = (clock::of_server(time.parse()?), window.parse()?);
                    match letter_of.get(&code.parse()?) {
                        Some(letter) => keys.push(Key { at, letter: *letter, window, private: false }),
                        None => others.push(Stroke { at, window, private: false }),
                    }
                }
                ["button", window, time] => {
                    let (at, window) = (clock::of_server(time.parse()?), window.parse()?);
                    clicks.push(Stroke { at, window, private: false });
                }
                ["focus", window, at] => truth.focus.push((at.parse()?, window.parse()?)),
                ["page", _, at, private] => truth.pages.push((at.parse()?, private == "1")),
                ["title", _, at, private] => truth.titles.push((at.parse()?, private == "1")),
                ["locked", _, at, _] => truth.locks.push((at.parse()?, true)),
                ["unlocked", _, at] => truth.locks.push((at.parse()?, false)),
                _ => {}
            }
        }
        truth.locks.sort_unstable();
        truth.focus.sort_unstable();
        truth.pages.sort_unstable();
        truth.titles.sort_unstable();
        for mut key in keys {
            key.private = truth.private(key.window, key.at);
            truth.keys.entry(key.letter).or_default().push(key);
        }
        for strokes in [&mut others, &mut clicks] {
            for stroke in strokes.iter_mut() {
                stroke.private = truth.private(stroke.window, stroke.at);
            }
        }
        (truth.others, truth.clicks) = (others, clicks);
        Ok(truth)
    }

    fn private(&self, window: usize, at: i64) -> bool {
        CAST[window].private || (CAST[window].program == "firefox" && self.private_page(at))
    }

    /// Whether a locker had the keyboard: the focus then moves beneath it, and nobody is told.
    fn locked(&self, at: i64) -> bool {
        self.locks.iter().rfind(|(from, _)| *from <= at).is_some_and(|(_, locked)| *locked)
    }

    fn private_page(&self, at: i64) -> bool {
        // A key that came with the change may have come before it.
        let last = |at: i64| self.pages.iter().rfind(|(from, _)| *from <= at).is_some_and(|(_, private)| *private);
        last(at) && last(at - 5)
    }

    /// From when a page was private until its title said so.
    fn untitled(&self) -> impl Iterator<Item = (i64, i64)> {
        let title = |from: i64| self.titles.iter().find(|(t, private)| *private && *t >= from);
        self.pages.iter().filter(|(_, private)| *private).filter_map(move |(from, _)| Some((*from, title(*from)?.0)))
    }

    /// Whether a page was private and its title came later than any rule on titles promises to catch: this machine's
    /// doing.
    fn title_too_late(&self, at: i64) -> bool {
        self.untitled().any(|(from, title)| title - from > TITLE_PROMISED && (from..=title).contains(&at))
    }

    /// How late the titles were that came too late to be promised anything, milliseconds.
    pub fn late_titles(&self) -> Vec<i64> {
        self.untitled().map(|(from, title)| title - from).filter(|late| *late > TITLE_PROMISED).collect()
    }

    /// How many pages turned private.
    pub fn private_pages(&self) -> usize {
        self.untitled().count()
    }

    /// Files one stored key. Where its date stands for two times, it is right if it is at one of them.
    fn file(&self, tally: &mut Tally, times: &[i64], letter: u8, window: Option<usize>) {
        tally.keys += 1;
        let at = times[0];
        let near = |key: &&Key| apart(key.at, times) <= NEAR_MS.min(APART_MS / 2);
        let got: Vec<&Key> = self.keys.get(&letter).into_iter().flatten().filter(near).collect();
        let said = window.map_or("nobody known", |index| CAST[index].title);
        if got.iter().any(|key| Some(key.window) == window && !key.private) {
            return;
        }
        if let Some(key) = got.iter().find(|key| key.private) {
            if !CAST[key.window].private && self.title_too_late(key.at) {
                tally.unpromised_keys += 1;
                return;
            }
            tally.leaked_keys += 1;
            tally.find(format!("{at}: a key of {:?} is stored under {said:?}", CAST[key.window].title));
        } else {
            tally.misattributed += 1;
            let who = match got.first() {
                Some(key) => format!("{:?}", CAST[key.window].title),
                None => format!("nobody ({})", self.nearest(at, letter)),
            };
            tally.find(format!("{at}: a key {:?} that {who} got is stored under {said:?}", char::from(letter)));
        }
    }

    /// Files a stored click, or a stored count of keys, under a window. What no window of the farm got went to a frame.
    fn file_stroke(&self, tally: &mut Tally, times: &[i64], what: &str, window: usize, log: &Log) {
        let click = what == "click";
        tally.clicks += u64::from(click);
        let all = if click { &self.clicks } else { &self.others };
        let near: Vec<&Stroke> = all.iter().filter(|stroke| apart(stroke.at, times) <= NEAR_MS).collect();
        let Some(nearest) = near.iter().min_by_key(|stroke| apart(stroke.at, times)) else { return };
        if near.iter().any(|stroke| filed(stroke.window, window) && !stroke.private) {
            return;
        }
        let private = near.iter().find(|stroke| stroke.private);
        if private.is_some_and(|got| !CAST[got.window].private && self.title_too_late(got.at)) {
            return;
        }
        // Its own way there is one of them.
        let at = nearest.at;
        let ways = log.warps.iter().filter(|warp| (at - 4 * NEAR_MS..=at + PLACED_MS + NEAR_MS).contains(warp)).count();
        if click && ways > 1 {
            tally.overtaken += 1;
            return;
        }
        let got = private.unwrap_or(nearest);
        *(if got.private { &mut tally.leaked_strokes } else { &mut tally.misattributed_strokes }) += 1;
        let (got, said) = (CAST[got.window].title, CAST[window].title);
        tally.find(format!("{at}: a {what} that {got:?} got is stored under {said:?}"));
    }

    /// When this letter was got next to this time, for whoever looks for the cause.
    fn nearest(&self, at: i64, letter: u8) -> String {
        let keys = self.keys.get(&letter).into_iter().flatten();
        keys.min_by_key(|key| (key.at - at).abs()).map_or("never".to_owned(), |key| {
            format!("the nearest went to {:?}, {} ms from it", CAST[key.window].title, key.at - at)
        })
    }

    /// How many keys allowed windows got at instants that no hold touches.
    pub fn free_keys(&self, held: &Spans) -> u64 {
        let keys = self.keys.values().flatten().filter(|key| !key.private && !held.touch(key.at, key.at));
        keys.count() as u64
    }
}

/// A naive recorder's tally.
pub fn naive(naive: &Naive, truth: &Truth, letters: &HashMap<u8, u8>) -> Tally {
    let letter_of: HashMap<u8, u8> = letters.iter().map(|(letter, code)| (*code, *letter)).collect();
    let mut tally = Tally {
        frames: naive.frames,
        leaked_frames: naive.leaked_frames,
        leaked_pixels: naive.leaked_pixels,
        ..Tally::default()
    };
    for (time, code, window) in &naive.keys {
        if let Some(letter) = letter_of.get(code) {
            truth.file(&mut tally, &[clock::of_server(*time)], *letter, Some(*window));
        }
    }
    tally.findings.clear();
    tally
}

/// When a line of the export was, by each reading of its date.
fn times_of(line: &serde_json::Value, walls: &Walls) -> Result<Vec<i64>> {
    let time: jiff::Timestamp = line["time"].as_str().context("a line without a time")?.parse()?;
    Ok(walls.times(time.as_millisecond()))
}

/// How far that is from the nearest of these times.
fn apart(at: i64, times: &[i64]) -> i64 {
    times.iter().map(|time| (time - at).abs()).min().unwrap_or(i64::MAX)
}

/// Everything in the vault. Comes back with the grids of its pictures, in order of time.
pub fn stored(export: &Export, truth: &Truth, log: &Log, walls: &Walls) -> Result<(Tally, Vec<Sample>)> {
    let mut tally = Tally::default();
    let mut grids = Vec::new();
    let within = |at: i64| log.pauses.iter().any(|(from, to)| *from - TAKEN_MS < at && at < *to);
    let paused = |times: &[i64]| times.iter().all(|at| within(*at));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for frame in &export.frames {
        let times = times_of(frame, walls)?;
        let at = times[0];
        let picture = export.picture(frame)?;
        tally.frames += 1;
        let mut by_window: HashMap<usize, u64> = HashMap::new();
        for pixel in picture.rgb.chunks_exact(3) {
            if let Some((index, true)) = owner(pixel[0], pixel[1], pixel[2]) {
                *by_window.entry(index).or_default() += 1;
            }
        }
        if times.iter().any(|at| truth.title_too_late(*at)) {
            let all = by_window.len();
            by_window.retain(|index, _| CAST[*index].private);
            tally.unpromised_frames += u64::from(by_window.len() < all);
        }
        let pixels: u64 = by_window.values().sum();
        if pixels > 0 {
            tally.leaked_frames += 1;
            tally.leaked_pixels += pixels;
            for (index, count) in &by_window {
                tally.find(format!("{at}: {} shows {count} pixels of {:?}", frame["file"], CAST[*index].title));
            }
        }
        for window in frame["windows"].as_array().into_iter().flatten() {
            if tells(&text(&window["app"]), &text(&window["title"])) {
                tally.leaked_names += 1;
                tally.find(format!("{at}: a picture names {:?} {:?}", window["app"], window["title"]));
            }
        }
        if paused(&times) {
            tally.in_pause += 1;
            tally.find(format!("{at}: a picture in a pause"));
        }
        let pixel = |n: usize| picture.rgb.get(n * 3..n * 3 + 3).map_or([0; 3], |p| [p[0], p[1], p[2]]);
        grids.push(Sample { at, grid: grid(picture.width as usize, picture.height as usize, pixel) });
    }
    grids.sort_by_key(|sample| sample.at);
    for event in &export.events {
        let times = times_of(event, walls)?;
        let at = times[0];
        let (app, title) = (text(&event["window"]["app"]), text(&event["window"]["title"]));
        if tells(&app, &title) {
            tally.leaked_names += 1;
            tally.find(format!("{at}: a {} names {app:?} {title:?}", event["kind"]));
        }
        if paused(&times) {
            tally.in_pause += 1;
            tally.find(format!("{at}: a {} in a pause", event["kind"]));
        }
        let kind = text(&event["kind"]);
        if let Some(window) = titled(&title).filter(|_| kind == "click" || kind == "key") {
            truth.file_stroke(&mut tally, &times, &kind, window, log);
        }
        for letter in text(&event["text"]).bytes() {
            truth.file(&mut tally, &times, letter, titled(&title));
        }
    }
    Ok((tally, grids))
}

/// How much of the allowed area the stored pictures showed.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// How many instants were looked at.
    pub instants: usize,
    all: u64,
    shown: u64,
    /// What was missing, by window: in how many instants, and how much.
    missing: BTreeMap<u8, (usize, u64)>,
}

impl Shown {
    /// The share, if there was anything to be shown.
    #[allow(clippy::cast_precision_loss)]
    pub fn share(&self) -> Option<f64> {
        (self.all > 0).then(|| self.shown as f64 / self.all as f64)
    }

    /// The windows that most was missing of, and in how many instants.
    pub fn missing(&self) -> Vec<(&'static str, usize, u64)> {
        let mut missing: Vec<_> = self
            .missing
            .iter()
            .map(|(mark, (instants, cells))| (CAST[usize::from(*mark) - 1].title, *instants, *cells))
            .collect();
        missing.sort_by_key(|(.., cells)| std::cmp::Reverse(*cells));
        missing
    }
}

/// How much of the allowed area the newest stored picture showed, over the samples that count.
pub fn shown(samples: &[Sample], stored: &[Sample], counts: impl Fn(i64) -> bool) -> Shown {
    let mut shown = Shown::default();
    for sample in samples.iter().filter(|sample| counts(sample.at)) {
        let newest = stored.partition_point(|frame| frame.at <= sample.at).checked_sub(1).map(|n| &stored[n]);
        shown.instants += 1;
        let mut missing: BTreeMap<u8, u64> = BTreeMap::new();
        for (n, mark) in sample.grid.iter().enumerate().filter(|(_, mark)| **mark != 0) {
            shown.all += 1;
            if newest.is_some_and(|frame| frame.grid.get(n) == Some(mark)) {
                shown.shown += 1;
            } else {
                *missing.entry(*mark).or_default() += 1;
            }
        }
        for (mark, cells) in missing {
            let sum = shown.missing.entry(mark).or_default();
            *sum = (sum.0 + 1, sum.1 + cells);
        }
    }
    shown
}

/// How soon the recorder said that it held, after private windows got the keyboard.
#[derive(Clone, Debug, Default)]
pub struct Delays {
    /// To a client's being told, milliseconds, sorted.
    pub ms: Vec<i64>,
    /// The keyboard had gone on before it was told, or it never was.
    pub never: usize,
}

/// From a private window's getting the keyboard to a client's being told of the hold.
pub fn delays(truth: &Truth, told: &[Told], log: &Log) -> Delays {
    let by_focus = |now: &Told| {
        now.holds.iter().any(|(hold, _)| {
            matches!(hold, Hold::SensitiveApp | Hold::SensitiveSite | Hold::PrivateWindow | Hold::FocusUnknown)
        })
    };
    let mut delays = Delays::default();
    for (n, (at, window)) in truth.focus.iter().enumerate() {
        // A stopped program reports its focus late.
        let stopped =
            log.stops.iter().any(|(name, from, to)| *name == CAST[*window].program && (*from..=*to + 100).contains(at));
        if !CAST[*window].private || stopped || truth.locked(*at) {
            continue;
        }
        if told.iter().rfind(|now| now.at < at - 30).is_some_and(by_focus) {
            continue;
        }
        let next = truth.focus.get(n + 1).map_or(i64::MAX, |(at, _)| *at);
        let hold = told.iter().find(|now| now.at >= at - 30 && by_focus(now));
        match hold.filter(|hold| hold.at < next) {
            Some(hold) => delays.ms.push((hold.at - at).max(0)),
            None => delays.never += 1,
        }
    }
    delays.ms.sort_unstable();
    delays
}

/// Calm time, by the log of operations alone, in which an allowed window had the keyboard and nobody paused: what the
/// recorder has to be recording, whatever it says of itself.
pub fn expected(log: &Log, truth: &Truth) -> Vec<(i64, i64)> {
    // After a switch a hold lingers; after a pause everything from before is dropped too.
    const AFTER: i64 = 400;
    let browser_private = |from: i64, to: i64| {
        let slack = i64::try_from(TITLE_AFTER_MS).unwrap_or_default() + 1600;
        truth.pages.iter().any(|(at, _)| (from - slack..=to + slack).contains(at)) || truth.private_page(from)
    };
    let calm = log.dwells.iter().filter(|dwell| {
        dwell.focus.is_some_and(|index| {
            !CAST[index].private && (CAST[index].program != "firefox" || !browser_private(dwell.from, dwell.to))
        })
    });
    calm.map(|dwell| (dwell.from + AFTER, dwell.to - AFTER))
        .filter(|(from, to)| from < to)
        .filter(|(from, to)| !log.pauses.iter().any(|(a, b)| *a <= to + 3500 && *from <= b + 500))
        .collect()
}
