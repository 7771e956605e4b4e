//! The writer and the opener together, on real files.

mod crash;
mod disk;
mod forgetting;
mod garbage;
mod properties;
mod recovery;
mod retention;
mod rotation;
mod selecting;
mod stock_tools;
mod trouble;
mod writing;

use crate::bands::Bands;
use crate::item::{FocusItem, FrameItem, KeyItem, KeyKind, PointerItem, PointerKind, ShownWindow};
use crate::log::Entry;
use crate::writer::Limits;
use crate::{AppendError, Frame, Item, Master, Note, Opened, Opener, Ticket, Vault, Verified, schema};
use policy::{Boot, Candidate, Now, Wall};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// A wall-clock time to count from.
pub(crate) const T0: i64 = 1_795_500_000_000;

/// All of time.
pub(crate) const ALWAYS: (Wall, Wall) = (Wall(i64::MIN), Wall(i64::MAX));

/// `ms` milliseconds after the start.
pub(crate) fn at(ms: i64) -> Now {
    Now { boot: Boot(1_000_000 + ms.unsigned_abs()), wall: Wall(T0 + ms) }
}

/// A range of wall-clock time from the start.
pub(crate) fn range(from: i64, to: i64) -> (Wall, Wall) {
    (Wall(T0 + from), Wall(T0 + to))
}

/// Short waits before trying again; nothing is sealed by time, so that each test says when.
pub(crate) fn limits() -> Limits {
    Limits {
        flush: Duration::from_secs(3600),
        epoch: Duration::from_secs(3600),
        retry: Duration::from_millis(20),
        truncate: Duration::from_millis(5),
        ..Limits::default()
    }
}

/// A vault in a folder of its own, with its key.
pub(crate) struct Bench {
    pub home: TempDir,
    pub secret: String,
    pub vault: Option<Vault>,
    pub notes: Receiver<Note>,
    next: u64,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench::with(limits())
    }

    pub(crate) fn with(limits: Limits) -> Bench {
        Bench::within(tempfile::tempdir().unwrap(), limits)
    }

    pub(crate) fn within(home: TempDir, limits: Limits) -> Bench {
        let master = Master::generate();
        let dir = home.path().join("vault");
        drop(schema::create(&dir, T0).unwrap());
        crate::set_first_recipient(&dir, &master.public()).unwrap();
        let (sender, notes) = channel();
        let vault = Vault::with_limits(&dir, at(0), limits, move |note| drop(sender.send(note))).unwrap();
        Bench { home, secret: master.secret().to_string(), vault: Some(vault), notes, next: 0 }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("vault")
    }

    pub(crate) fn vault(&mut self) -> &mut Vault {
        self.vault.as_mut().unwrap()
    }

    pub(crate) fn append(&mut self, item: Item) -> Result<(), AppendError> {
        self.vault().append_candidate(candidate(item))
    }

    pub(crate) fn ticket(&mut self) -> Ticket {
        self.next += 1;
        Ticket(self.next)
    }

    /// Waits for this note; whatever comes before it comes back.
    pub(crate) fn wait(&self, wanted: &Note) -> Vec<Note> {
        let mut before = Vec::new();
        loop {
            let note = self.notes.recv_timeout(Duration::from_secs(60));
            let note = note.unwrap_or_else(|_| panic!("{wanted:?} should have come, after {before:?}"));
            if note == *wanted {
                return before;
            }
            before.push(note);
        }
    }

    pub(crate) fn sync(&mut self) -> Vec<Note> {
        let ticket = self.ticket();
        self.vault().sync(ticket);
        self.wait(&Note::Done(ticket))
    }

    pub(crate) fn forget(&mut self, range: (Wall, Wall)) {
        let ticket = self.ticket();
        self.vault().forget(range, "test", ticket);
        self.wait(&Note::Done(ticket));
    }

    pub(crate) fn settle(&mut self) {
        let ticket = self.ticket();
        self.vault().settle(ticket);
        self.wait(&Note::Done(ticket));
    }

    pub(crate) fn retain(&mut self, before: Wall, most: u64) {
        let ticket = self.ticket();
        self.vault().retain(before, most, ticket);
        self.wait(&Note::Done(ticket));
    }

    pub(crate) fn opener(&self) -> Opener {
        Opener::open(&self.dir(), Master::parse(&self.secret).unwrap()).unwrap()
    }

    pub(crate) fn read(&self) -> Vec<Opened> {
        read(&mut self.opener(), ALWAYS)
    }

    pub(crate) fn verify(&self) -> Verified {
        self.opener().begin(Wall(T0), &reading()).unwrap().verify().unwrap()
    }

    /// All text typed that can be read, in order.
    pub(crate) fn text(&self) -> String {
        self.read().iter().filter_map(text_of).collect()
    }

    pub(crate) fn frames(&self) -> Vec<Frame> {
        let frame = |opened| match opened {
            Opened::Frame(frame) => Some(frame),
            Opened::Damaged(damage) => panic!("{damage:?}"),
            Opened::Key(_) | Opened::Pointer(_) | Opened::Focus(_) => None,
        };
        self.read().into_iter().filter_map(frame).collect()
    }

    pub(crate) fn files(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(self.dir()).unwrap() {
            bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        bytes
    }

    /// One value of the database.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        schema::open(&self.dir()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

pub(crate) fn reading() -> Entry {
    Entry::Reading { program: "test".into(), purpose: "test".into(), from: 0, to: 0, items: 0 }
}

pub(crate) fn read(opener: &mut Opener, range: (Wall, Wall)) -> Vec<Opened> {
    let mut all = Vec::new();
    let session = opener.begin(Wall(T0), &reading()).unwrap();
    session
        .visit(range, true, |opened| {
            all.push(opened);
            Ok::<_, Infallible>(())
        })
        .unwrap();
    all
}

pub(crate) fn open_at(dir: &Path, secret: &str) -> Opener {
    Opener::open(dir, Master::parse(secret).unwrap()).unwrap()
}

pub(crate) fn text_of(opened: &Opened) -> Option<String> {
    match opened {
        Opened::Key(key) => match &key.kind {
            KeyKind::Text(text) => Some(text.clone()),
            KeyKind::Count(_) | KeyKind::Shortcut(_) => None,
        },
        Opened::Frame(_) | Opened::Pointer(_) | Opened::Focus(_) => None,
        Opened::Damaged(damage) => panic!("{damage:?}"),
    }
}

pub(crate) fn candidate(item: Item) -> Candidate<Item> {
    let at = item.at().boot;
    Candidate { stream: item.stream(), at, until: at, windows: Vec::new(), payload: item }
}

pub(crate) fn typed(ms: i64, text: &str) -> Item {
    let kind = KeyKind::Text(text.into());
    Item::Key(KeyItem { at: at(ms), app: "editor".into(), title: Some("notes.txt".into()), kind })
}

pub(crate) fn focus(ms: i64) -> Item {
    Item::Focus(FocusItem { at: at(ms), app: "editor".into(), title: None })
}

pub(crate) fn click(ms: i64) -> Item {
    let kind = PointerKind::Click { button: 1 };
    Item::Pointer(PointerItem { at: at(ms), app: Some("browser".into()), title: None, kind, x: 3, y: 4 })
}

/// Pixels that differ in every tile and do not pack well.
pub(crate) fn noise(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..width * height * 4).map(|_| next()).collect()
}

pub(crate) fn frame(ms: i64, width: u32, height: u32, pixels: &[u8]) -> Item {
    let shown = vec![ShownWindow { app: "editor".into(), title: Some("notes.txt".into()), rect: (1, 2, 30, 40) }];
    Item::Frame(FrameItem { at: at(ms), width, height, pixels: Bands::pack(pixels, (width, height)).unwrap(), shown })
}

pub(crate) fn rgb(pixels: &[u8]) -> Vec<u8> {
    pixels.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]).collect()
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
