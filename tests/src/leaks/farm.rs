//! The owner of some windows: a process for each program of the cast. It paints, reports what reaches it, and does the
//! few things that only an owner can. All the rest is done to its windows from outside.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use x11rb::connection::Connection;
use x11rb::properties::{WmHints, WmSizeHints, WmSizeHintsSpecification};
use x11rb::protocol::Event;
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeGCAux, ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux,
    EventMask, GrabMode, NotifyMode, PropMode, Rectangle, StackMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::cast::{CAST, Member, PRIVATE_TITLE, Role, colour, managed};
use super::clock;
use crate::dice::Dice;

/// How often a window that ticks paints.
const TICK: Duration = Duration::from_millis(350);
/// A window without background paints at most so long after it was asked to.
const LATE_MS: u64 = 240;

struct Owner {
    conn: RustConnection,
    gc: u32,
    /// Window ids by index of the cast.
    ids: HashMap<usize, u32>,
    /// What is to be done, and when.
    due: Vec<(Instant, Due)>,
    /// Windows that show a private page now.
    page: HashMap<usize, bool>,
    ink: u32,
    dice: Dice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Paint(usize),
    Title(usize, bool),
    Tick,
}

/// Runs the windows of one program until its input ends.
pub fn run(program: &str, seed: u64) -> Result<()> {
    let mut owner = Owner::create(program, seed)?;
    let mut pending = Vec::new();
    loop {
        while let Some(event) = owner.conn.poll_for_event()? {
            owner.heed(&event)?;
        }
        owner.catch_up()?;
        owner.conn.flush()?;
        let wait = owner.due.iter().map(|(at, _)| at.saturating_duration_since(Instant::now())).min();
        let timeout = wait.map(|w| Timespec { tv_sec: w.as_secs().cast_signed(), tv_nsec: w.subsec_nanos().into() });
        let stdin = std::io::stdin();
        let (server, orders) = (owner.conn.stream().as_fd(), stdin.as_fd());
        let mut fds =
            [PollFd::from_borrowed_fd(server, PollFlags::IN), PollFd::from_borrowed_fd(orders, PollFlags::IN)];
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, timeout.as_ref());
        if !fds[1].revents().is_empty() {
            let mut some = [0; 1024];
            let count = rustix::io::read(orders, &mut some)?;
            if count == 0 {
                return Ok(());
            }
            pending.extend_from_slice(&some[..count]);
            while let Some(end) = pending.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                owner.obey(String::from_utf8_lossy(&line).trim())?;
            }
        }
    }
}

impl Owner {
    fn create(program: &str, seed: u64) -> Result<Owner> {
        let (conn, screen) = RustConnection::connect(None)?;
        let root = conn.setup().roots[screen].root;
        let gc = conn.generate_id()?;
        conn.create_gc(gc, root, &CreateGCAux::new())?;
        let mut owner = Owner {
            conn,
            gc,
            ids: HashMap::new(),
            due: Vec::new(),
            page: HashMap::new(),
            ink: 0,
            dice: Dice::new(seed),
        };
        let mine: Vec<(usize, &Member)> = CAST.iter().enumerate().filter(|(_, m)| m.program == program).collect();
        for (index, member) in &mine {
            let id = owner.make(root, *index, member)?;
            owner.ids.insert(*index, id);
            println!("window {index} {id}");
        }
        if mine.iter().any(|(_, m)| m.ticks) {
            owner.due.push((Instant::now() + TICK, Due::Tick));
        }
        owner.conn.sync()?;
        println!("ready");
        Ok(owner)
    }

    fn make(&self, root: u32, index: usize, member: &Member) -> Result<u32> {
        let conn = &self.conn;
        let id = conn.generate_id()?;
        let (w, h) = member.size;
        let number = i16::try_from(index)?;
        let (x, y) = (40 + 45 * number, 90 + 20 * number);
        let mut aux = CreateWindowAux::new()
            .override_redirect(u32::from(!managed(member)))
            .event_mask(EventMask::EXPOSURE | EventMask::KEY_PRESS | EventMask::BUTTON_PRESS | EventMask::FOCUS_CHANGE);
        if !member.bare {
            aux = aux.background_pixel(colour(index, member.private, 0));
        }
        conn.create_window(x11rb::COPY_DEPTH_FROM_PARENT, id, root, x, y, w, h, 0, WindowClass::INPUT_OUTPUT, 0, &aux)?
            .check()?;
        let class = format!("{}\0{}\0", member.class.to_lowercase(), member.class);
        conn.change_property8(PropMode::REPLACE, id, AtomEnum::WM_CLASS, AtomEnum::STRING, class.as_bytes())?;
        self.title(id, member.title)?;
        // It takes no notice; without it the window manager would end the process for a click on a close button.
        let (name, delete) = (self.atom("WM_PROTOCOLS")?, self.atom("WM_DELETE_WINDOW")?);
        conn.change_property32(PropMode::REPLACE, id, name, AtomEnum::ATOM, &[delete])?;
        let mut hints = WmSizeHints::new();
        hints.position = Some((WmSizeHintsSpecification::UserSpecified, x.into(), y.into()));
        hints.set_normal_hints(conn, id)?;
        WmHints { input: Some(member.role != Role::Shy), ..WmHints::new() }.set(conn, id)?;
        match member.role {
            Role::Shaped => {
                let (w, h) = (w / 2, h / 2);
                let parts = [
                    Rectangle { x: 0, y: 0, width: w, height: 2 * h },
                    Rectangle { x: 0, y: h.cast_signed(), width: 2 * w, height: h },
                ];
                conn.shape_rectangles(SO::SET, SK::BOUNDING, ClipOrdering::UNSORTED, id, 0, 0, &parts)?.check()?;
            }
            Role::Popup(Some(owner)) => {
                let owner = self.ids.get(&owner).copied().unwrap_or_default();
                let (name, kind) = (AtomEnum::WM_TRANSIENT_FOR, AtomEnum::WINDOW);
                conn.change_property32(PropMode::REPLACE, id, name, kind, &[owner])?;
            }
            Role::Toast | Role::Dock => {
                let kind = if member.role == Role::Dock { "DOCK" } else { "NOTIFICATION" };
                let (name, kind) =
                    (self.atom("_NET_WM_WINDOW_TYPE")?, self.atom(&format!("_NET_WM_WINDOW_TYPE_{kind}"))?);
                conn.change_property32(PropMode::REPLACE, id, name, AtomEnum::ATOM, &[kind])?;
            }
            Role::Plain | Role::Shy | Role::Popup(None) | Role::Lock | Role::Browser => {}
        }
        if managed(member) {
            conn.map_window(id)?;
        }
        Ok(id)
    }

    fn atom(&self, name: &str) -> Result<u32> {
        Ok(self.conn.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    fn title(&self, id: u32, title: &str) -> Result<()> {
        let (name, utf8) = (self.atom("_NET_WM_NAME")?, self.atom("UTF8_STRING")?);
        self.conn.change_property8(PropMode::REPLACE, id, name, utf8, title.as_bytes())?;
        Ok(())
    }

    fn index_of(&self, id: u32) -> Option<usize> {
        self.ids.iter().find(|(_, known)| **known == id).map(|(index, _)| *index)
    }

    fn heed(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Expose(e) if e.count == 0 => {
                let Some(index) = self.index_of(e.window) else { return Ok(()) };
                if CAST[index].bare {
                    let late = self.dice.between(0, LATE_MS);
                    self.later(late, Due::Paint(index));
                } else {
                    self.paint(index)?;
                }
            }
            Event::KeyPress(e) => {
                if let Some(index) = self.index_of(e.event) {
                    println!("key {index} {} {}", e.time, e.detail);
                }
            }
            Event::ButtonPress(e) => {
                if let Some(index) = self.index_of(e.event) {
                    println!("button {index} {}", e.time);
                }
            }
            Event::FocusIn(e) if matches!(e.mode, NotifyMode::NORMAL | NotifyMode::WHILE_GRABBED) => {
                if let Some(index) = self.index_of(e.event) {
                    println!("focus {index} {}", clock::now());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn later(&mut self, ms: u64, what: Due) {
        if !self.due.iter().any(|(_, due)| *due == what) {
            self.due.push((Instant::now() + Duration::from_millis(ms), what));
        }
    }

    fn catch_up(&mut self) -> Result<()> {
        let now = Instant::now();
        let (ripe, rest) = std::mem::take(&mut self.due).into_iter().partition(|(at, _)| *at <= now);
        self.due = rest;
        let ripe: Vec<(Instant, Due)> = ripe;
        for (_, what) in ripe {
            match what {
                Due::Paint(index) => self.paint(index)?,
                Due::Title(index, private) => {
                    let title = if private { PRIVATE_TITLE } else { CAST[index].title };
                    self.title(self.ids[&index], title)?;
                    println!("title {index} {} {}", clock::now(), u8::from(private));
                }
                Due::Tick => {
                    self.ink ^= 1;
                    for (index, id) in &self.ids {
                        if CAST[*index].ticks {
                            let part = Rectangle { x: 20, y: 20, width: 60, height: 40 };
                            self.fill(*id, colour(*index, self.is_private(*index), self.ink), part)?;
                        }
                    }
                    self.due.push((now + TICK, Due::Tick));
                }
            }
        }
        Ok(())
    }

    fn is_private(&self, index: usize) -> bool {
        CAST[index].private || self.page.get(&index).copied().unwrap_or(false)
    }

    fn paint(&self, index: usize) -> Result<()> {
        let all = Rectangle { x: 0, y: 0, width: 4000, height: 4000 };
        self.fill(self.ids[&index], colour(index, self.is_private(index), 0), all)
    }

    fn fill(&self, id: u32, colour: u32, part: Rectangle) -> Result<()> {
        self.conn.change_gc(self.gc, &ChangeGCAux::new().foreground(colour))?;
        self.conn.poly_fill_rectangle(id, self.gc, &[part])?;
        Ok(())
    }

    fn obey(&mut self, line: &str) -> Result<()> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["page", index, private, after] => {
                let (index, private) = (index.parse()?, private == "1");
                self.page.insert(index, private);
                // Said before it is done: a key that comes between counts as private.
                println!("page {index} {} {}", clock::now(), u8::from(private));
                self.paint(index)?;
                self.later(after.parse()?, Due::Title(index, private));
            }
            ["lock", index] => {
                let id = self.ids[&index.parse()?];
                self.conn.map_window(id)?;
                self.conn.configure_window(id, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
                let (now, free) = (x11rb::CURRENT_TIME, GrabMode::ASYNC);
                let status = self.conn.grab_keyboard(false, id, now, free, free)?.reply()?.status;
                println!("locked {index} {} {status:?}", clock::now());
            }
            ["unlock", index] => {
                self.conn.ungrab_keyboard(x11rb::CURRENT_TIME)?;
                self.conn.unmap_window(self.ids[&index.parse()?])?;
                println!("unlocked {index} {}", clock::now());
            }
            _ => anyhow::bail!("what is {line:?}?"),
        }
        Ok(())
    }
}
