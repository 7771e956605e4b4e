//! What can be searched: typed text and titles of the epochs that were searched before, in the memory of this process
//! only, wiped when it goes.

use super::fit;
use policy::Wall;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use vault::item::KeyKind;
use vault::{EpochMark, Opened};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Text typed into the same window with no longer gap, milliseconds, belongs together.
const GAP: i64 = 10_000;

/// Small letters, one by one, so that the same letters come out wherever in a word they stand.
pub fn small(text: &str) -> Zeroizing<String> {
    let letters = || text.chars().flat_map(small_letter);
    let mut small = Zeroizing::new(String::with_capacity(letters().map(char::len_utf8).sum()));
    letters().for_each(|letter| small.push(letter));
    small
}

/// The small letter; the sigma at the end of a word is as any other.
pub fn small_letter(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

/// A window: an app and its title.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Window {
    /// The app.
    pub app: String,
    /// Its title.
    pub title: Option<String>,
    /// The same in small letters.
    pub small: Zeroizing<String>,
}

impl Window {
    fn new(app: &str, title: Option<&str>) -> Window {
        Window { app: app.to_owned(), small: small(title.unwrap_or_default()), title: title.map(str::to_owned) }
    }
}

impl PartialEq for Window {
    fn eq(&self, other: &Window) -> bool {
        (&self.app, &self.title) == (&other.app, &other.title)
    }
}

impl Eq for Window {}

impl Hash for Window {
    fn hash<H: Hasher>(&self, to: &mut H) {
        (&self.app, &self.title).hash(to);
    }
}

/// A few letters typed at a time.
struct Piece {
    at: i64,
    window: usize,
    /// Where they are in the text of the epoch.
    text: std::ops::Range<usize>,
}

/// A stretch in which a window was there.
pub struct Seen {
    /// Which, by its place in [`Minute::windows`].
    pub window: usize,
    /// First and last time.
    pub span: (i64, i64),
    /// The first picture that shows it.
    pub pictured: Option<i64>,
}

/// An epoch, as it is searched.
pub struct Minute {
    mark: EpochMark,
    text: Zeroizing<String>,
    pieces: Vec<Piece>,
    /// The windows in it.
    pub windows: Vec<Arc<Window>>,
    /// When they were there.
    pub seen: Vec<Seen>,
}

impl Minute {
    /// What was opened of an epoch.
    pub fn new(mark: &EpochMark, opened: Vec<Opened>) -> Minute {
        let typed = |opened: &Opened| match opened {
            Opened::Key(key) => match &key.kind {
                KeyKind::Text(text) => text.len(),
                KeyKind::Count(_) | KeyKind::Shortcut(_) => 0,
            },
            Opened::Frame(_) | Opened::Pointer(_) | Opened::Focus(_) | Opened::Damaged(_) => 0,
        };
        let text = Zeroizing::new(String::with_capacity(opened.iter().map(typed).sum()));
        let (pieces, windows, seen) = (Vec::new(), Vec::new(), Vec::new());
        let mut minute = Minute { mark: mark.clone(), text, pieces, windows, seen };
        for opened in &opened {
            match opened {
                Opened::Key(key) => {
                    let window = minute.see(key.at.wall, &key.app, key.title.as_deref());
                    if let KeyKind::Text(text) = &key.kind {
                        let from = minute.text.len();
                        minute.text.push_str(text);
                        minute.pieces.push(Piece { at: key.at.wall.0, window, text: from..minute.text.len() });
                    }
                }
                Opened::Pointer(pointer) => {
                    if let Some(app) = &pointer.app {
                        minute.see(pointer.at.wall, app, pointer.title.as_deref());
                    }
                }
                Opened::Focus(focus) => {
                    minute.see(focus.at.wall, &focus.app, focus.title.as_deref());
                }
                Opened::Frame(frame) => {
                    for window in &frame.windows {
                        let window = minute.see(frame.at.wall, &window.app, window.title.as_deref());
                        minute.pictured(frame.at.wall, window);
                    }
                }
                Opened::Damaged(_) => {}
            }
        }
        minute
    }

    fn see(&mut self, Wall(at): Wall, app: &str, title: Option<&str>) -> usize {
        let (app, title) = (fit::short(app), title.map(fit::short));
        let known = self.windows.iter().rposition(|window| window.app == app && window.title.as_deref() == title);
        let window = known.unwrap_or_else(|| {
            self.windows.push(Arc::new(Window::new(app, title)));
            self.windows.len() - 1
        });
        // One stretch a minute is as exact as a title needs.
        match self.seen.iter_mut().find(|seen| seen.window == window) {
            Some(seen) => seen.span = (seen.span.0.min(at), seen.span.1.max(at)),
            None => self.seen.push(Seen { window, span: (at, at), pictured: None }),
        }
        window
    }

    fn pictured(&mut self, Wall(at): Wall, window: usize) {
        if let Some(seen) = self.seen.iter_mut().find(|seen| seen.window == window) {
            seen.pictured = Some(seen.pictured.map_or(at, |first| first.min(at)));
        }
    }
}

/// Text typed into one window in one go.
pub struct Run {
    /// The window.
    pub window: Arc<Window>,
    /// The text.
    pub text: Zeroizing<String>,
    /// The same in small letters.
    pub small: Zeroizing<String>,
    /// Where in the small text and in the text each piece begins, and when it was typed.
    pub marks: Vec<(usize, usize, i64)>,
    /// The first piece: its epoch and its place there.
    begins: (Key, usize),
    /// The epoch of the last.
    ends: Key,
}

/// Epochs in the order of time.
type Key = (i64, i64);

/// All that can be searched.
#[derive(Default)]
pub struct Index {
    minutes: BTreeMap<Key, Minute>,
    windows: HashSet<Arc<Window>>,
    runs: Vec<Run>,
}

fn key(mark: &EpochMark) -> Key {
    (mark.first.0, mark.id)
}

impl Index {
    /// The range that its epochs begin in; nothing if it is empty.
    pub fn range(&self) -> Option<(Wall, Wall)> {
        let ((first, _), _) = self.minutes.first_key_value()?;
        let ((last, _), _) = self.minutes.last_key_value()?;
        Some((Wall(*first), Wall(*last)))
    }

    /// Text runs, oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Epochs, oldest first.
    pub fn minutes(&self) -> impl Iterator<Item = &Minute> {
        self.minutes.values()
    }

    /// Every window there is.
    pub fn windows(&self) -> impl Iterator<Item = &Arc<Window>> {
        self.windows.iter()
    }

    /// Those that are not in the index as they stand now.
    pub fn missing(&self, marks: &[EpochMark]) -> Vec<EpochMark> {
        let known = |mark: &&EpochMark| self.minutes.get(&key(mark)).is_none_or(|minute| minute.mark != **mark);
        marks.iter().filter(known).cloned().collect()
    }

    /// Lets go of the epochs that begin in a range and do not stand there as they did.
    pub fn keep_only(&mut self, (from, to): (Wall, Wall), marks: &[EpochMark]) {
        let marks: BTreeMap<Key, &EpochMark> = marks.iter().map(|mark| (key(mark), mark)).collect();
        let gone: Vec<Key> = self
            .minutes
            .range((from.0, i64::MIN)..=(to.0, i64::MAX))
            .filter(|(key, minute)| marks.get(key).is_none_or(|mark| **mark != minute.mark))
            .map(|(key, _)| *key)
            .collect();
        for key in &gone {
            self.minutes.remove(key);
        }
        if let Some(first) = gone.first() {
            self.join_from(*first);
            self.windows.retain(|window| Arc::strong_count(window) > 1);
        }
    }

    /// Takes epochs in.
    pub fn add(&mut self, minutes: Vec<Minute>) {
        let mut first = None::<Key>;
        for mut minute in minutes {
            for window in &mut minute.windows {
                match self.windows.get(window) {
                    Some(known) => *window = Arc::clone(known),
                    None => drop(self.windows.insert(Arc::clone(window))),
                }
            }
            let key = key(&minute.mark);
            first = Some(first.map_or(key, |first| first.min(key)));
            self.minutes.insert(key, minute);
        }
        if let Some(first) = first {
            self.join_from(first);
        }
    }

    /// Joins pieces to runs, from an epoch on; those before it stay, but for the last.
    fn join_from(&mut self, first: Key) {
        let mut from = (first, 0);
        while let Some(run) = self.runs.pop_if(|run| run.ends >= first) {
            from = from.min(run.begins);
        }
        if let Some(run) = self.runs.pop() {
            from = from.min(run.begins);
        }
        let mut open = Vec::new();
        for (key, minute) in self.minutes.range(from.0..) {
            let skip = if *key == from.0 { from.1 } else { 0 };
            for (place, piece) in minute.pieces.iter().enumerate().skip(skip) {
                let follows = open.last().is_none_or(|(_, before, _): &(Key, &Minute, usize)| {
                    let (_, last_minute, last) = open[open.len() - 1];
                    let last = &last_minute.pieces[last];
                    piece.at.saturating_sub(last.at) < GAP
                        && Arc::ptr_eq(&before.windows[last.window], &minute.windows[piece.window])
                });
                if !follows {
                    self.runs.extend(run(&open));
                    open.clear();
                }
                open.push((*key, minute, place));
            }
        }
        self.runs.extend(run(&open));
    }
}

/// Joins pieces.
fn run(pieces: &[(Key, &Minute, usize)]) -> Option<Run> {
    let ((begins, minute, place), (ends, _, _)) = (pieces.first()?, pieces.last()?);
    let of = |minute: &Minute, place: usize| minute.pieces[place].text.clone();
    let mut text = Zeroizing::new(String::with_capacity(pieces.iter().map(|(_, m, p)| of(m, *p).len()).sum()));
    for (_, minute, place) in pieces {
        text.push_str(&minute.text[of(minute, *place)]);
    }
    let (mut marks, mut small_at, mut text_at) = (Vec::with_capacity(pieces.len()), 0, 0);
    for (_, minute, place) in pieces {
        marks.push((small_at, text_at, minute.pieces[*place].at));
        let piece = &minute.text[of(minute, *place)];
        text_at += piece.len();
        small_at += piece.chars().flat_map(small_letter).map(char::len_utf8).sum::<usize>();
    }
    Some(Run {
        window: Arc::clone(&minute.windows[minute.pieces[*place].window]),
        small: small(&text),
        text,
        marks,
        begins: (*begins, *place),
        ends: *ends,
    })
}
