//! Five windows, and the hand that works with them: what all contestants are measured at.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConnectionExt as _, EventMask, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::Phase;
use crate::apps::{TestWindow, TestWindowOptions};
use crate::browser::Web;
use crate::desktop::Desktop;
use crate::display::{Rect, Window};
use crate::eyelid::Binaries;
use crate::process::{Dialogue, Proc};
use crate::wait::{LONG, wait_for};
use crate::{Dice, Result};

/// The ground of the private window: of no pixel of any other.
pub const PRIVATE: u32 = 0xd0_20_a0;
/// The title of the private window.
pub const CHAT: &str = "general - Acme - Slack";

const EDITOR: &str = include_str!("../../apps/editor.py");
/// Pointer moves a second; every other one comes with a key.
const MOVES: u32 = 20;
/// How many of these go by before another window comes to the front.
const SWITCH: u32 = 2 * MOVES;
const TYPED: &[u8] = b"the quick brown fox jumps over the lazy dog and then some\n";

const RETURN: u32 = 0xff0d;

/// The windows on a desktop.
pub struct Stage<'a> {
    desktop: &'a Desktop,
    /// What moves them.
    pub hand: Hand,
    /// In the order in which they come to the front.
    pub windows: [Window; 5],
    editor: usize,
    _processes: Vec<(Proc, Option<Dialogue>)>,
    _chat: TestWindow,
}

impl<'a> Stage<'a> {
    /// Opens them all, as large as the screen; an allowed one is in front.
    pub fn set(desktop: &'a Desktop) -> Result<Stage<'a>> {
        let hand = Hand::connect(desktop)?;
        let text = desktop.home().join("text");
        fs::write(&text, prose(600))?;
        let mut processes = Vec::new();
        for title in ["Build", "Notes on the server"] {
            let mut xterm = desktop.command("xterm");
            xterm.args(["-T", title, "-fa", "DejaVu Sans Mono", "-fs", "10", "-e", "sh", "-c"]);
            xterm.arg(format!("head -n 200 '{}'; exec cat", text.display()));
            processes.push((desktop.spawn(xterm)?, None));
        }
        let (editor, script) = ("quarter.txt - Notes", desktop.path("bin/editor.py"));
        fs::write(&script, EDITOR)?;
        let mut command = desktop.command("/usr/bin/python3");
        command.arg(script).arg(editor).arg(&text);
        let (process, dialogue) = Proc::start_talking(command, desktop.log_path("editor"))?;
        processes.push((process, Some(dialogue)));
        let web = Web::start()?;
        let address = "http://paper.example/news?title=The+Daily+Paper&text=60";
        processes.push((desktop.chromium(&web, address, false)?, None));
        let chat = desktop.test_window(&TestWindowOptions {
            title: CHAT,
            class: "Slack",
            executable: Some("slack"),
            colour: PRIVATE,
            text: "between you and me",
            ..TestWindowOptions::default()
        })?;
        let find = |title: &str| {
            let logs = || processes.iter().map(|(process, _)| process.output_text()).collect::<String>();
            desktop.wait_window(title, |w| w.title.starts_with(title) && !w.override_redirect).with_context(logs)
        };
        let windows = ["Build", editor, "The Daily Paper", "Notes on the server", CHAT];
        let windows = windows.map(find).into_iter().collect::<Result<Vec<_>>>()?;
        for window in &windows {
            hand.maximize(window.id)?;
            let large = || desktop.window(window.id).filter(|w| w.rect.w * 10 > desktop.size().0 * 9);
            wait_for("a window as large as the screen", LONG, large)?;
            desktop.activate(window)?;
        }
        let windows = windows.try_into().ok().context("five windows")?;
        let stage = Stage { desktop, hand, windows, editor: 1, _processes: processes, _chat: chat };
        stage.calm()?;
        Ok(stage)
    }

    /// Lets all be still, with an allowed window in front.
    pub fn calm(&self) -> Result<()> {
        self.desktop.activate(&self.windows[0])
    }

    /// What a phase needs besides the five windows: a film, which stands still until it is let go on.
    pub fn prepare(&self, phase: Phase) -> Result<Option<Proc>> {
        match phase {
            Phase::Work | Phase::Idle => self.calm().map(|()| None),
            Phase::Scroll => {
                let (w, h) = self.desktop.size();
                let mut film = self.desktop.command(Binaries::find()?.program("eyelid-bench")?);
                film.args(["--part", "film"]);
                let film = self.desktop.spawn(film)?;
                self.desktop.window_by_title(super::film::TITLE).with_context(|| film.output_text())?;
                self.desktop.activate(&self.windows[self.editor])?;
                // Without the keyboard, but above the editor.
                self.hand.raise(self.desktop.window_by_title(super::film::TITLE)?.id)?;
                self.hand.fake(MOTION_NOTIFY_EVENT, 0, (w / 5, h / 2))?;
                film.stop()?;
                Ok(Some(film))
            }
        }
    }

    /// Plays a phase for so long. `each` is called once a second.
    pub fn play(&self, phase: Phase, long: Duration, mut each: impl FnMut()) -> Result<()> {
        let begun = Instant::now();
        let step = Duration::from_secs(1) / MOVES;
        let mut dice = Dice::new(7);
        for n in 0.. {
            let at = step * n;
            if at >= long {
                break;
            }
            std::thread::sleep(at.saturating_sub(begun.elapsed()));
            match phase {
                Phase::Work => self.work(n, &mut dice)?,
                Phase::Scroll if n % 2 == 0 => self.hand.click(if n / 200 % 2 == 0 { 5 } else { 4 })?,
                Phase::Scroll | Phase::Idle => {}
            }
            if n % MOVES == MOVES / 2 {
                each();
            }
        }
        self.hand.sync()?;
        std::thread::sleep(long.saturating_sub(begun.elapsed()));
        Ok(())
    }

    fn work(&self, n: u32, dice: &mut Dice) -> Result<()> {
        if n.is_multiple_of(SWITCH) {
            let next = usize::try_from(n / SWITCH)? % self.windows.len();
            self.hand.activate(self.windows[next].id)?;
        }
        let (w, h) = self.desktop.size();
        // A slow way over the middle of the screen, with a tremble.
        let x = w / 4 + (n * 13) % (w / 2) + u32::try_from(dice.between(0, 6))?;
        let y = h / 3 + (n * 5) % (h / 3) + u32::try_from(dice.between(0, 6))?;
        self.hand.fake(MOTION_NOTIFY_EVENT, 0, (x, y))?;
        if n.is_multiple_of(2) {
            let letter = TYPED[usize::try_from(n / 2)? % TYPED.len()];
            self.hand.press(letter)?;
        }
        self.hand.sync()
    }
}

/// A keyboard and a mouse that ask the server as little as they can.
pub struct Hand {
    conn: RustConnection,
    root: u32,
    keys: HashMap<u32, u8>,
    names: Names,
}

x11rb::atom_manager! {
    Names: NamesCookie {
        _NET_ACTIVE_WINDOW,
        _NET_RESTACK_WINDOW,
        _NET_WM_STATE,
        _NET_WM_STATE_MAXIMIZED_HORZ,
        _NET_WM_STATE_MAXIMIZED_VERT,
    }
}

impl Hand {
    /// Of this desktop.
    pub fn connect(desktop: &Desktop) -> Result<Hand> {
        let (conn, screen) = RustConnection::connect(Some(desktop.display_name()))?;
        let root = conn.setup().roots[screen].root;
        let (first, last) = (conn.setup().min_keycode, conn.setup().max_keycode);
        let map = conn.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let rows = map.keysyms.chunks_exact(map.keysyms_per_keycode.into()).zip(first..=u8::MAX);
        let mut keys = HashMap::new();
        for (row, code) in rows {
            row.first().map(|keysym| keys.entry(*keysym).or_insert(code));
        }
        let names = Names::new(&conn)?.reply()?;
        Ok(Hand { conn, root, keys, names })
    }

    fn fake(&self, kind: u8, detail: u8, (x, y): (u32, u32)) -> Result<()> {
        self.conn.xtest_fake_input(kind, detail, 0, self.root, i16::try_from(x)?, i16::try_from(y)?, 0)?;
        Ok(self.conn.flush()?)
    }

    fn press(&self, letter: u8) -> Result<()> {
        self.chord(&[if letter == b'\n' { RETURN } else { letter.into() }])
    }

    /// Presses these keys, named by their keysyms, one after the other, and lets go of them.
    pub fn chord(&self, keysyms: &[u32]) -> Result<()> {
        let code = |keysym: &u32| self.keys.get(keysym).copied().with_context(|| format!("no key for {keysym:x}"));
        let codes = keysyms.iter().map(code).collect::<Result<Vec<u8>>>()?;
        for code in &codes {
            self.fake(KEY_PRESS_EVENT, *code, (0, 0))?;
        }
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code, (0, 0))?;
        }
        Ok(())
    }

    fn click(&self, button: u8) -> Result<()> {
        self.fake(BUTTON_PRESS_EVENT, button, (0, 0))?;
        self.fake(BUTTON_RELEASE_EVENT, button, (0, 0))
    }

    /// Asks for a window to be in front, as a task list does.
    pub fn activate(&self, window: u32) -> Result<()> {
        self.ask(window, self.names._NET_ACTIVE_WINDOW, [2, 0, 0, 0, 0])
    }

    fn raise(&self, window: u32) -> Result<()> {
        self.ask(window, self.names._NET_RESTACK_WINDOW, [2, 0, 0, 0, 0])
    }

    fn maximize(&self, window: u32) -> Result<()> {
        let both = [self.names._NET_WM_STATE_MAXIMIZED_HORZ, self.names._NET_WM_STATE_MAXIMIZED_VERT];
        self.ask(window, self.names._NET_WM_STATE, [1, both[0], both[1], 2, 0])
    }

    fn ask(&self, window: u32, what: u32, data: [u32; 5]) -> Result<()> {
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.conn.send_event(false, self.root, mask, ClientMessageEvent::new(32, window, what, data))?;
        Ok(self.conn.flush()?)
    }

    fn sync(&self) -> Result<()> {
        self.conn.get_input_focus()?.reply()?;
        Ok(())
    }
}

/// So many lines of text.
pub fn prose(lines: u32) -> String {
    const WORDS: [&str; 24] = [
        "meadow", "the", "harbour", "of", "let", "server", "was", "in", "fn", "quarter", "and", "a", "letter", "for",
        "return", "tide", "with", "window", "is", "number", "on", "paper", "to", "winter",
    ];
    let mut dice = Dice::new(11);
    let line = |n| {
        let words: Vec<_> = (0..dice.between(2, 15)).map(|_| dice.of(&WORDS)).collect();
        format!("{n:>4} {}{}\n", " ".repeat(usize::try_from(n % 3 * 4).unwrap_or(0)), words.join(" "))
    };
    (1..=lines).map(line).collect()
}

/// The place of the film on a screen of that size.
pub fn film_place(w: u32, h: u32) -> Rect {
    Rect::new((w / 2).cast_signed(), 60, w / 2 - 40, h / 2)
}
