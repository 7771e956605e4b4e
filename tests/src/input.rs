//! Keys and clicks, the way a keyboard and a mouse make them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, XIEventMask};
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::Result;
use crate::clock::boot_ms;
use crate::process::lock;
use crate::wait::{LONG, wait_for};

/// Letters a US keyboard lacks, put on keys that are otherwise unused.
const EXTRA_LETTERS: &str = "äöüÄÖÜßéèñçø€λЖ中";

/// The moment at which a key or button went down or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// The X server's own time stamp, as every client gets it.
    pub server_ms: u32,
    /// Milliseconds since boot when it was asked for: it did not happen before.
    pub asked: u64,
    /// Milliseconds since boot when the server had done it: it did not happen later.
    pub done: u64,
}

/// A keyboard and a mouse.
pub struct Input {
    conn: RustConnection,
    root: u32,
    gap_ms: AtomicU32,
    turn: Mutex<()>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").finish_non_exhaustive()
    }
}

impl Input {
    pub(crate) fn connect(display: &str) -> Result<Input> {
        let (conn, screen) = RustConnection::connect(Some(display))?;
        let root = conn.setup().roots[screen].root;
        // Raw events go past grabs from version 2.1 on.
        conn.xinput_xi_query_version(2, 2)?.reply()?;
        conn.xtest_get_version(2, 2)?.reply()?;
        conn.xinput_xi_select_events(
            root,
            &[xinput::EventMask {
                deviceid: xinput::Device::ALL_MASTER.into(),
                mask: vec![
                    XIEventMask::RAW_KEY_PRESS
                        | XIEventMask::RAW_KEY_RELEASE
                        | XIEventMask::RAW_BUTTON_PRESS
                        | XIEventMask::RAW_BUTTON_RELEASE
                        | XIEventMask::RAW_MOTION,
                ],
            }],
        )?
        .check()?;
        let input = Input { conn, root, gap_ms: AtomicU32::new(1), turn: Mutex::new(()) };
        input.add_letters()?;
        Ok(input)
    }

    /// The pause before each key of [`Input::type_text`]; one millisecond unless set.
    pub fn set_gap_ms(&self, gap: u32) {
        self.gap_ms.store(gap, Ordering::Relaxed);
    }

    /// Types `text`, one stroke (the press) per letter. `\n` is Return, `\t` is Tab.
    pub fn type_text(&self, text: &str) -> Result<Vec<Stroke>> {
        let _turn = lock(&self.turn);
        let map = self.keymap()?;
        let gap = self.gap_ms.load(Ordering::Relaxed);
        let mut strokes = Vec::with_capacity(text.len());
        for letter in text.chars() {
            let (code, shift) = *map.get(&keysym_of(letter)).with_context(|| format!("no key for {letter:?}"))?;
            let shift = if shift { Some(keycode(&map, "shift")?) } else { None };
            let asked = boot_ms();
            if let Some(shift) = shift {
                self.fake(KEY_PRESS_EVENT, shift, gap)?;
            }
            self.fake(KEY_PRESS_EVENT, code, if shift.is_some() { 0 } else { gap })?;
            self.fake(KEY_RELEASE_EVENT, code, 0)?;
            if let Some(shift) = shift {
                self.fake(KEY_RELEASE_EVENT, shift, 0)?;
            }
            strokes.push(self.stroke(asked, Raw::KeyPress, code)?);
        }
        Ok(strokes)
    }

    /// Presses and releases a key or chord such as `a`, `Return`, `ctrl+alt+p`; the stroke is the last key's press.
    pub fn key(&self, chord: &str) -> Result<Stroke> {
        let stroke = self.key_down(chord)?;
        self.key_up(chord)?;
        Ok(stroke)
    }

    /// Presses a key or chord and keeps it down.
    pub fn key_down(&self, chord: &str) -> Result<Stroke> {
        let _turn = lock(&self.turn);
        let codes = self.codes(chord)?;
        let asked = boot_ms();
        for code in &codes {
            self.fake(KEY_PRESS_EVENT, *code, 0)?;
        }
        self.stroke(asked, Raw::KeyPress, *codes.last().context("an empty chord")?)
    }

    /// Releases a key or chord; the stroke is the release of its last key.
    pub fn key_up(&self, chord: &str) -> Result<Stroke> {
        let _turn = lock(&self.turn);
        let codes = self.codes(chord)?;
        let asked = boot_ms();
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code, 0)?;
        }
        self.stroke(asked, Raw::KeyRelease, *codes.last().context("an empty chord")?)
    }

    /// Moves the mouse to a place on the screen.
    pub fn move_to(&self, x: i32, y: i32) -> Result<()> {
        let _turn = lock(&self.turn);
        let (x, y) = (i16::try_from(x)?, i16::try_from(y)?);
        self.conn.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, self.root, x, y, 0)?;
        self.sync()
    }

    /// Presses and releases a mouse button (1 left, 2 middle, 3 right, 4 and 5 the wheel); the stroke is the press.
    pub fn click(&self, button: u8) -> Result<Stroke> {
        let stroke = self.button_down(button)?;
        self.button_up(button)?;
        Ok(stroke)
    }

    /// Moves the mouse to a place and clicks there.
    pub fn click_at(&self, (x, y): (i32, i32), button: u8) -> Result<Stroke> {
        // From elsewhere: some widgets wait for the pointer to enter them.
        self.move_to(x - 1, y)?;
        self.move_to(x, y)?;
        self.click(button)
    }

    /// Presses a mouse button and keeps it down.
    pub fn button_down(&self, button: u8) -> Result<Stroke> {
        self.button(BUTTON_PRESS_EVENT, Raw::ButtonPress, button)
    }

    /// Releases a mouse button.
    pub fn button_up(&self, button: u8) -> Result<Stroke> {
        self.button(BUTTON_RELEASE_EVENT, Raw::ButtonRelease, button)
    }

    fn button(&self, event: u8, raw: Raw, button: u8) -> Result<Stroke> {
        let _turn = lock(&self.turn);
        let asked = boot_ms();
        self.fake(event, button, 0)?;
        self.stroke(asked, raw, button)
    }

    /// The delay passes in the server, which lets this connection wait.
    fn fake(&self, event: u8, detail: u8, delay_ms: u32) -> Result<()> {
        self.conn.xtest_fake_input(event, detail, delay_ms, self.root, 0, 0, 0)?;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.conn.get_input_focus()?.reply()?;
        while self.conn.poll_for_event()?.is_some() {}
        Ok(())
    }

    /// Waits for the server to have done what was asked, and takes the time of the last such event. Mostly that is at
    /// once; a program that holds the device by a synchronous grab (a window manager on a click) makes it later.
    fn stroke(&self, asked: u64, kind: Raw, detail: u8) -> Result<Stroke> {
        self.conn.get_input_focus()?.reply()?;
        let server_ms =
            wait_for("the server to show the key it was sent", LONG, || self.newest(kind, detail).transpose())??;
        Ok(Stroke { server_ms, asked, done: boot_ms() })
    }

    /// The time of the newest such event among those that have arrived.
    fn newest(&self, kind: Raw, detail: u8) -> Result<Option<u32>> {
        let mut time = None;
        while let Some(event) = self.conn.poll_for_event()? {
            let (seen, code, at) = match event {
                Event::XinputRawKeyPress(e) => (Raw::KeyPress, e.detail, e.time),
                Event::XinputRawKeyRelease(e) => (Raw::KeyRelease, e.detail, e.time),
                Event::XinputRawButtonPress(e) => (Raw::ButtonPress, e.detail, e.time),
                Event::XinputRawButtonRelease(e) => (Raw::ButtonRelease, e.detail, e.time),
                _ => continue,
            };
            if seen == kind && code == u32::from(detail) {
                time = Some(at);
            }
        }
        Ok(time)
    }

    fn codes(&self, chord: &str) -> Result<Vec<u8>> {
        let map = self.keymap()?;
        chord.split('+').map(|name| keycode(&map, name)).collect::<Result<Vec<u8>>>()
    }

    /// Which key, and whether with Shift, makes which keysym. Asked anew each time: a test may have changed the layout.
    fn keymap(&self) -> Result<HashMap<u32, (u8, bool)>> {
        let setup = self.conn.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let reply = self.conn.get_keyboard_mapping(first, count)?.reply()?;
        let per_key = usize::from(reply.keysyms_per_keycode);
        let mut map = HashMap::new();
        for (row, code) in reply.keysyms.chunks_exact(per_key).zip(first..=u8::MAX) {
            for (shift, keysym) in [false, true].into_iter().zip(row) {
                // The first key wins, and plain before shifted; 0 is no symbol.
                if *keysym != 0 && map.get(keysym).is_none_or(|(_, shifted)| *shifted && !shift) {
                    map.insert(*keysym, (code, shift));
                }
            }
        }
        Ok(map)
    }

    fn add_letters(&self) -> Result<()> {
        let setup = self.conn.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let reply = self.conn.get_keyboard_mapping(first, count)?.reply()?;
        let per_key = usize::from(reply.keysyms_per_keycode);
        let unused = reply
            .keysyms
            .chunks_exact(per_key)
            .zip(first..=u8::MAX)
            .filter(|(row, _)| row.iter().all(|keysym| *keysym == 0))
            .map(|(_, code)| code);
        for (letter, code) in EXTRA_LETTERS.chars().zip(unused) {
            let keysym = keysym_of(letter);
            self.conn.change_keyboard_mapping(1, code, 2, &[keysym, keysym])?.check()?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Raw {
    KeyPress,
    KeyRelease,
    ButtonPress,
    ButtonRelease,
}

fn keycode(map: &HashMap<u32, (u8, bool)>, name: &str) -> Result<u8> {
    let keysym = named_keysym(name).with_context(|| format!("no key is named {name:?}"))?;
    let (code, _) = map.get(&keysym).with_context(|| format!("no key for {name:?}"))?;
    Ok(*code)
}

fn keysym_of(letter: char) -> u32 {
    match letter {
        '\n' | '\r' => 0xff0d,
        '\t' => 0xff09,
        '\u{8}' => 0xff08,
        '\u{1b}' => 0xff1b,
        // The only extra letters that have a keysym from before Unicode.
        '€' => 0x20ac,
        'λ' => 0x7eb,
        'Ж' => 0x6f6,
        ' '..='~' | '\u{a0}'..='ÿ' => u32::from(letter),
        other => 0x0100_0000 | u32::from(other),
    }
}

fn named_keysym(name: &str) -> Option<u32> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(keysym_of(letter));
    }
    Some(match name.to_ascii_lowercase().as_str() {
        "ctrl" | "control" => 0xffe3,
        "alt" => 0xffe9,
        "shift" => 0xffe1,
        "super" | "win" | "meta" => 0xffeb,
        "return" | "enter" => 0xff0d,
        "tab" => 0xff09,
        "escape" | "esc" => 0xff1b,
        "backspace" => 0xff08,
        "delete" => 0xffff,
        "space" => 0x20,
        "plus" => 0x2b,
        "home" => 0xff50,
        "left" => 0xff51,
        "up" => 0xff52,
        "right" => 0xff53,
        "down" => 0xff54,
        "pageup" => 0xff55,
        "pagedown" => 0xff56,
        "end" => 0xff57,
        "menu" => 0xff67,
        "pause" => 0xff13,
        other => {
            let number: u32 = other.strip_prefix('f')?.parse().ok()?;
            if !(1..=12).contains(&number) {
                return None;
            }
            0xffbd + number
        }
    })
}
