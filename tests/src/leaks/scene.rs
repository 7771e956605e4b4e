//! What happens on the desktop: bursts of operations as fast as the server takes them, and dwells between them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask,
    InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, StackMode,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::cast::{CAST, Role, TITLE_AFTER_MS, managed, programs, those};
use super::clock;
use crate::Result;
use crate::desktop::Desktop;
use crate::dice::Dice;
use crate::eyelid::{Binaries, Eyelid};
use crate::input::Stroke;
use crate::process::{Dialogue, Proc};
use crate::scene::holds;
use crate::wait::{LONG, wait_for};

/// The same letter is not typed again within so many milliseconds, so that time and letter tell a key.
pub const APART_MS: i64 = 60;
const PAUSE: &str = "ctrl+alt+p";
/// Above this lie the marks of the recorder, and no window.
const TOP: u64 = 80;

/// A stretch of time in which nothing but typing and ticking went on. Milliseconds of the run, as all times here.
#[derive(Clone, Copy, Debug)]
pub struct Dwell {
    /// From.
    pub from: i64,
    /// To.
    pub to: i64,
    /// Who had the keyboard.
    pub focus: Option<usize>,
}

/// What was done, and when.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Operations that brought a window to the front or the keyboard to it.
    pub switches: u32,
    /// All operations.
    pub operations: u32,
    /// The calm stretches.
    pub dwells: Vec<Dwell>,
    /// From the pause key's press to its next.
    pub pauses: Vec<(i64, i64)>,
    /// When the pointer was set somewhere, which is where it clicked at once.
    pub warps: Vec<i64>,
    /// How often a locker covered all.
    pub locks: u32,
    /// Menus, tooltips and toasts that appeared.
    pub popups: u32,
    /// Windows that appeared over a private one before they painted.
    pub ghosts: u32,
    /// When which program was stopped.
    pub stops: Vec<(&'static str, i64, i64)>,
}

/// The farm, and the hand that moves its windows.
pub struct Scene<'a> {
    desktop: &'a Desktop,
    conn: RustConnection,
    root: u32,
    active: u32,
    farm: HashMap<&'static str, (Proc, Dialogue)>,
    /// Window ids by index of the cast.
    pub ids: Vec<u32>,
    /// Keys by letter.
    pub keys: HashMap<u8, u8>,
    rounds: Dice,
    dice: Dice,
    typed: HashMap<u8, i64>,
    hidden: Vec<usize>,
    popups: Vec<usize>,
    stopped: Option<(&'static str, i64)>,
    page: (bool, Option<Instant>),
    /// What was done.
    pub log: Log,
}

impl<'a> Scene<'a> {
    /// Starts the farm.
    pub fn set(desktop: &'a Desktop, seed: u64) -> Result<Scene<'a>> {
        let (conn, screen) = RustConnection::connect(Some(desktop.display_name()))?;
        let root = conn.setup().roots[screen].root;
        let active = conn.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
        let program = Binaries::find()?.program("eyelid-leaks")?;
        let mut rounds = Dice::new(seed);
        let mut farm = HashMap::new();
        let mut ids = vec![0; CAST.len()];
        for name in programs() {
            let mut command = desktop.command(desktop.copy_program(&program, name)?);
            command.args(["--farm", name, &rounds.fork().between(0, u64::MAX).to_string()]);
            let (process, dialogue) = Proc::start_talking(command, desktop.log_path(name))?;
            dialogue
                .hear("whether it is ready", LONG, |line| (line == "ready").then_some(()))
                .with_context(|| process.output_text())?;
            for line in dialogue.lines() {
                if let ["window", index, id] = line.split(' ').collect::<Vec<_>>()[..] {
                    ids[index.parse::<usize>()?] = id.parse()?;
                }
            }
            farm.insert(name, (process, dialogue));
        }
        let keys = letters(&conn)?;
        Ok(Scene {
            desktop,
            conn,
            root,
            active,
            farm,
            ids,
            keys,
            dice: rounds.fork(),
            rounds,
            typed: HashMap::new(),
            hidden: Vec::new(),
            popups: Vec::new(),
            stopped: None,
            page: (false, None),
            log: Log::default(),
        })
    }

    /// All that the farm has reported.
    pub fn reports(&self) -> Vec<String> {
        self.farm.values().flat_map(|(_, dialogue)| dialogue.lines()).collect()
    }

    /// Plays until so many switches have been made.
    pub fn play(&mut self, eyelid: &Eyelid<'_>, switches: u32) -> Result<()> {
        let mut round = 0;
        while self.log.switches < switches {
            // How far chance was asked in one round depends on this machine's pace; the next one does not.
            self.dice = self.rounds.fork();
            self.unpaused(eyelid)?;
            let operations = self.dice.between(3, 15);
            let press = self.dice.between(0, operations);
            let press = self.dice.percent(10).then_some(press);
            let mut pressed = None;
            for n in 0..operations {
                if press == Some(n) {
                    pressed = Some(self.desktop.input().key(PAUSE)?);
                }
                self.operation()?;
            }
            if round % 20 == 9 {
                self.lock()?;
            }
            // Mostly something allowed is in front while others stay in sight.
            if self.dice.percent(80) {
                let calm = those(|m| !m.private && managed(m) && m.role != Role::Shy);
                let index = self.dice.of(&calm);
                self.show(index)?;
                self.activate(index)?;
            }
            if let Some(pressed) = pressed {
                self.end_pause(eyelid, pressed)?;
            }
            self.dwell()?;
            self.go_on()?;
            round += 1;
        }
        self.unwind()
    }

    fn operation(&mut self) -> Result<()> {
        let dice = self.dice.between(0, 100);
        let any = those(managed);
        let index = self.dice.of(&any);
        match dice {
            0..25 => self.switch(Scene::activate)?,
            25..30 => self.ghost()?,
            30..40 => self.switch(Scene::click)?,
            40..47 => self.switch(Scene::set_focus)?,
            47..62 => {
                let index = self.pick(40);
                self.show(index)?;
                self.conn.configure_window(self.ids[index], &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
                self.log.switches += 1;
            }
            62..70 => self.popup()?,
            70..73 => {
                if let Some(index) = self.popups.pop() {
                    self.conn.unmap_window(self.ids[index])?;
                }
            }
            73..77 => {
                self.conn.configure_window(self.ids[index], &ConfigureWindowAux::new().stack_mode(StackMode::BELOW))?;
            }
            77..88 => self.move_to(index)?,
            88..92 => {
                let (w, h) = CAST[index].size;
                let (w, h) = (u32::from(w), u32::from(h));
                let w = w - u32::try_from(self.dice.between(0, 120))?;
                let h = h - u32::try_from(self.dice.between(0, 60))?;
                self.conn.configure_window(self.ids[index], &ConfigureWindowAux::new().width(w).height(h))?;
            }
            // The browser's two windows stay: what may be shown of its popups depends on both.
            92..94 if CAST[index].program != "firefox" && self.hidden.len() < 4 => {
                self.conn.unmap_window(self.ids[index])?;
                self.hidden.push(index);
            }
            94..96 => {
                let name = self.dice.of(&["ledger", "sketch", "slack"]);
                self.stop(name)?;
            }
            96..100 => self.turn_page()?,
            _ => {}
        }
        self.log.operations += 1;
        self.sync()
    }

    /// One of the windows a window manager looks after, an allowed one so many times in a hundred.
    fn pick(&mut self, allowed: u64) -> usize {
        let private = !self.dice.percent(allowed);
        let some = those(|m| managed(m) && m.private == private);
        self.dice.of(&some)
    }

    /// Brings a window to the front in some way, and types into it before it can be there.
    fn switch(&mut self, how: fn(&mut Self, usize) -> Result<()>) -> Result<()> {
        let index = self.pick(70);
        self.show(index)?;
        how(self, index)?;
        self.log.switches += 1;
        for _ in 0..self.dice.between(0, 3) {
            self.type_for(index)?;
        }
        Ok(())
    }

    fn show(&mut self, index: usize) -> Result<()> {
        if let Some(at) = self.hidden.iter().position(|h| *h == index) {
            self.hidden.swap_remove(at);
            self.conn.map_window(self.ids[index])?;
        }
        Ok(())
    }

    fn activate(&mut self, index: usize) -> Result<()> {
        let message = ClientMessageEvent::new(32, self.ids[index], self.active, [2, 0, 0, 0, 0]);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.conn.send_event(false, self.root, mask, message)?;
        Ok(())
    }

    fn set_focus(&mut self, index: usize) -> Result<()> {
        if CAST[index].role == Role::Shy {
            return self.activate(index);
        }
        self.conn.set_input_focus(InputFocus::PARENT, self.ids[index], x11rb::CURRENT_TIME)?;
        Ok(())
    }

    fn click(&mut self, index: usize) -> Result<()> {
        if self.press(index)? { Ok(()) } else { self.activate(index) }
    }

    /// Clicks where a window is, if something of the farm is in sight there; whether it is.
    fn press(&mut self, index: usize) -> Result<bool> {
        let Ok(place) = self.conn.translate_coordinates(self.ids[index], self.root, 30, 30)?.reply() else {
            return Ok(false);
        };
        let (w, h) = self.desktop.size();
        let inside = u32::try_from(place.dst_x).is_ok_and(|x| x < w)
            && u32::try_from(place.dst_y).is_ok_and(|y| u64::from(y) > TOP && y < h);
        if !inside || !self.shows_cast(place.dst_x, place.dst_y)? {
            return Ok(false);
        }
        self.log.warps.push(clock::now());
        let fake = |kind, detail| {
            self.conn.xtest_fake_input(kind, detail, 0, self.root, place.dst_x, place.dst_y, 0).map(drop)
        };
        fake(MOTION_NOTIFY_EVENT, 0)?;
        fake(BUTTON_PRESS_EVENT, 1)?;
        fake(BUTTON_RELEASE_EVENT, 1)?;
        Ok(true)
    }

    /// Whether a click there reaches a window of the cast, and not a frame's close button or Eyelid's own window.
    fn shows_cast(&self, x: i16, y: i16) -> Result<bool> {
        let mut window = self.root;
        loop {
            // Windows come and go meanwhile.
            let Ok(there) = self.conn.translate_coordinates(self.root, window, x, y)?.reply() else {
                return Ok(false);
            };
            if there.child == x11rb::NONE {
                return Ok(self.ids.contains(&window));
            }
            window = there.child;
        }
    }

    fn somewhere(&mut self, index: usize) -> Result<(i32, i32)> {
        let (width, height) = self.desktop.size();
        let (w, h) = CAST[index].size;
        let x = self.dice.between(0, u64::from(width.saturating_sub(u32::from(w))).max(1));
        let y = self.dice.between(TOP, u64::from(height.saturating_sub(u32::from(h))).max(TOP + 1));
        Ok((i32::try_from(x)?, i32::try_from(y)?))
    }

    fn move_to(&mut self, index: usize) -> Result<()> {
        let (x, y) = self.somewhere(index)?;
        self.conn.configure_window(self.ids[index], &ConfigureWindowAux::new().x(x).y(y))?;
        Ok(())
    }

    fn popup(&mut self) -> Result<()> {
        let some = those(|m| matches!(m.role, Role::Popup(_) | Role::Toast));
        let index = self.dice.of(&some);
        let (x, y) = self.somewhere(index)?;
        let place = ConfigureWindowAux::new().x(x).y(y).stack_mode(StackMode::ABOVE);
        self.conn.configure_window(self.ids[index], &place)?;
        self.conn.map_window(self.ids[index])?;
        self.popups.push(index);
        self.log.popups += 1;
        self.log.switches += 1;
        Ok(())
    }

    /// A window without background appears over a private one; until it paints, its surface holds what was there. Its
    /// process may be one that does not answer.
    fn ghost(&mut self) -> Result<()> {
        let below = self.pick(0);
        self.show(below)?;
        self.conn.configure_window(self.ids[below], &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
        self.sync()?;
        let bare = those(|m| m.bare && !m.private);
        let index = self.dice.of(&bare);
        if self.dice.percent(60) && matches!(CAST[index].program, "ledger" | "sketch") {
            self.stop(CAST[index].program)?;
        }
        let place = self.conn.translate_coordinates(self.ids[below], self.root, 0, 0)?.reply();
        let place = place.with_context(|| {
            let (title, program) = (CAST[below].title, CAST[below].program);
            format!("{title:?} is gone; its process said: {}", self.farm[program].0.output_text())
        })?;
        let (x, y) = (i32::from(place.dst_x) + 10, i32::from(place.dst_y) + 10);
        self.conn.unmap_window(self.ids[index])?;
        self.sync()?;
        let place = ConfigureWindowAux::new().x(x).y(y).stack_mode(StackMode::ABOVE);
        self.conn.configure_window(self.ids[index], &place)?;
        self.conn.map_window(self.ids[index])?;
        self.hidden.retain(|hidden| *hidden != index);
        if !managed(&CAST[index]) {
            self.popups.push(index);
        }
        self.log.ghosts += 1;
        self.log.switches += 1;
        Ok(())
    }

    fn stop(&mut self, name: &'static str) -> Result<()> {
        if self.stopped.is_none() {
            self.farm[name].0.stop()?;
            self.stopped = Some((name, clock::now()));
        }
        Ok(())
    }

    fn go_on(&mut self) -> Result<()> {
        if let Some((name, since)) = self.stopped.take() {
            self.farm[name].0.cont()?;
            self.log.stops.push((name, since, clock::now()));
        }
        Ok(())
    }

    fn turn_page(&mut self) -> Result<()> {
        let after = self.dice.between(0, TITLE_AFTER_MS);
        // The title has to have followed, or the page would have been private without a word.
        let (private, last) = self.page;
        if last.is_some_and(|at| at.elapsed() < Duration::from_millis(2 * TITLE_AFTER_MS)) {
            return Ok(());
        }
        let index = those(|m| m.role == Role::Browser)[0];
        self.farm["firefox"].1.say(&format!("page {index} {} {after}", u8::from(!private)))?;
        self.page = (!private, Some(Instant::now()));
        Ok(())
    }

    fn lock(&mut self) -> Result<()> {
        let index = those(|m| m.role == Role::Lock)[0];
        self.farm["locker"].1.say(&format!("lock {index}"))?;
        for _ in 0..self.dice.between(2, 5) {
            self.type_for(index)?;
            let wait = self.dice.between(20, 200);
            self.sleep(wait);
        }
        self.farm["locker"].1.say(&format!("unlock {index}"))?;
        self.log.locks += 1;
        self.log.switches += 1;
        Ok(())
    }

    /// Takes the panel away. It may lie over all that changes in an allowed window, and then no further picture comes.
    pub fn without_panel(&self) -> Result<()> {
        for index in those(|m| m.role == Role::Dock) {
            self.conn.unmap_window(self.ids[index])?;
        }
        self.sync()
    }

    /// A click on a window may have gone to Eyelid's own above it, which has buttons that pause.
    fn unpaused(&self, eyelid: &Eyelid<'_>) -> Result<()> {
        if holds(&eyelid.status()?, "user-pause") {
            eyelid.ctl_ok(&["resume"])?;
            eyelid.wait_status("the end of the pause", |s| !holds(s, "user-pause"))?;
        }
        Ok(())
    }

    /// Ends the pause that began with this press, while windows went on being switched.
    fn end_pause(&mut self, eyelid: &Eyelid<'_>, from: Stroke) -> Result<()> {
        let wait = self.dice.between(100, 900);
        eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
        self.sleep(wait);
        let to = self.desktop.input().key(PAUSE)?;
        self.log.pauses.push((clock::of_boot(from.done), clock::of_boot(to.asked)));
        eyelid.wait_status("the end of the pause", |s| !holds(s, "user-pause"))?;
        Ok(())
    }

    fn dwell(&mut self) -> Result<()> {
        // What was asked for last has to have happened; the window manager is another program.
        self.sleep(60);
        // A click that the pointer does not go on from. It may raise its window, so the calm is from after it.
        if self.dice.percent(40)
            && let Some(index) = self.focused()?
        {
            self.press(index)?;
            self.sync()?;
            self.sleep(60);
        }
        let (from, begun) = (clock::now(), Instant::now());
        let focus = self.focused()?;
        let long = Duration::from_millis(self.dice.dwell_ms(200.0, 6000.0));
        while begun.elapsed() < long {
            if let Some(index) = focus.filter(|_| self.dice.percent(60)) {
                self.type_for(index)?;
                self.sync()?;
            }
            let pause = self.dice.between(40, 300);
            self.sleep(pause.min(u64::try_from(long.saturating_sub(begun.elapsed()).as_millis())?));
        }
        // Only when it stayed so was it calm.
        let focus = focus.filter(|index| self.focused().ok().flatten() == Some(*index));
        self.log.dwells.push(Dwell { from, to: clock::now(), focus });
        Ok(())
    }

    fn focused(&self) -> Result<Option<usize>> {
        let focus = self.conn.get_input_focus()?.reply()?.focus;
        Ok(self.ids.iter().position(|id| *id == focus))
    }

    /// Types one of the window's letters, wherever the keyboard may be.
    fn type_for(&mut self, index: usize) -> Result<()> {
        let letters = CAST[index].letters;
        if letters.is_empty() {
            return Ok(());
        }
        let letter = self.dice.of(letters);
        let delay = u32::try_from(self.dice.between(0, 10))?;
        let now = clock::now();
        if self.typed.get(&letter).is_some_and(|at| now - at < APART_MS) {
            return Ok(());
        }
        self.typed.insert(letter, now);
        let code = self.keys[&letter];
        self.conn.xtest_fake_input(KEY_PRESS_EVENT, code, delay, self.root, 0, 0, 0)?;
        self.conn.xtest_fake_input(KEY_RELEASE_EVENT, code, 0, self.root, 0, 0, 0)?;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.conn.get_input_focus()?.reply()?;
        // Errors among them: a window may be gone or hidden by now.
        while self.conn.poll_for_event_with_sequence()?.is_some() {}
        Ok(())
    }

    fn sleep(&self, ms: u64) {
        let _ = self.conn.flush();
        std::thread::sleep(Duration::from_millis(ms));
    }

    /// Everybody runs and is there again.
    fn unwind(&mut self) -> Result<()> {
        self.go_on()?;
        for index in std::mem::take(&mut self.popups) {
            self.conn.unmap_window(self.ids[index])?;
        }
        self.hidden.clear();
        // A window manager that was just letting go of a window may not have heard that it was wanted again.
        wait_for("all windows to be in sight", LONG, || {
            let ids: Vec<u32> = those(managed).iter().map(|index| self.ids[*index]).collect();
            let mapped: Result<Vec<bool>> = ids.iter().map(|id| self.remap(*id)).collect();
            mapped.ok()?.into_iter().all(|viewable| viewable).then_some(())
        })
    }

    /// Wants a window in sight; whether it is.
    fn remap(&self, id: u32) -> Result<bool> {
        self.conn.map_window(id)?;
        Ok(self.conn.get_window_attributes(id)?.reply()?.map_state == MapState::VIEWABLE)
    }
}

/// Which key makes which letter.
fn letters(conn: &RustConnection) -> Result<HashMap<u8, u8>> {
    let setup = conn.setup();
    let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
    let reply = conn.get_keyboard_mapping(first, count)?.reply()?;
    let per_key = usize::from(reply.keysyms_per_keycode);
    let mut map = HashMap::new();
    for (row, code) in reply.keysyms.chunks_exact(per_key).zip(first..=u8::MAX) {
        if let Some(letter) = row.first().and_then(|k| u8::try_from(*k).ok()).filter(u8::is_ascii_alphanumeric) {
            map.entry(letter).or_insert(code);
        }
    }
    Ok(map)
}
