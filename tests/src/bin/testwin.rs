//! A window that looks and calls itself as it is told, and does what it is told line by line.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::mpsc::channel;

use anyhow::{Context, Result, bail};
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::properties::WmSizeHints;
use x11rb::protocol::Event;
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeGCAux, ClientMessageEvent, ClipOrdering, ColormapAlloc, ConfigureWindowAux, ConnectionExt as _,
    CreateGCAux, CreateWindowAux, EventMask, GrabMode, GrabStatus, PropMode, Rectangle, StackMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

fn main() -> Result<()> {
    let options = Options::read(std::env::args().skip(1));
    let (conn, screen) = RustConnection::connect(None)?;
    let window = TestWindow::create(&conn, screen, &options)?;

    let (sender, lines) = channel();
    let me = window.id;
    let waker = RustConnection::connect(None)?.0;
    let wake = intern(&waker, "EYELID_TESTWIN_WAKE")?;
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
            // Only an event ends the main thread's wait.
            let event = ClientMessageEvent::new(32, me, wake, [0; 5]);
            let sent = waker.send_event(false, me, EventMask::NO_EVENT, event);
            if sent.map(|cookie| cookie.check()).is_err() {
                break;
            }
        }
        // The harness is gone.
        std::process::exit(0);
    });

    if options.flag("hidden") {
        println!("ready {}", window.id);
    } else {
        conn.map_window(window.id)?;
        conn.flush()?;
    }
    let mut announced = options.flag("hidden");
    loop {
        match conn.wait_for_event()? {
            Event::Expose(e) if e.count == 0 => {
                window.paint()?;
                conn.sync()?;
                if !announced {
                    println!("ready {}", window.id);
                    announced = true;
                }
            }
            // A window that is covered from the start gets no Expose.
            Event::MapNotify(_) if !announced => {
                window.paint()?;
                conn.sync()?;
                println!("ready {}", window.id);
                announced = true;
            }
            Event::KeyPress(e) => println!("key {} {}", e.time, e.detail),
            Event::ButtonPress(e) => println!("button {} {}", e.time, e.detail),
            Event::ClientMessage(e) if e.type_ == wake => {
                while let Ok(line) = lines.try_recv() {
                    if line == "quit" {
                        return Ok(());
                    }
                    match window.obey(&line) {
                        Ok(()) => println!("ok"),
                        Err(error) => println!("error {error:#}"),
                    }
                }
            }
            Event::ClientMessage(_) => return Ok(()),
            _ => {}
        }
    }
}

struct Options(HashMap<String, String>);

impl Options {
    fn read(arguments: impl Iterator<Item = String>) -> Options {
        Options(
            arguments
                .map(|argument| {
                    let word = argument.trim_start_matches("--");
                    let (name, value) = word.split_once('=').unwrap_or((word, ""));
                    (name.to_owned(), value.to_owned())
                })
                .collect(),
        )
    }

    fn flag(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn numbers(&self, name: &str) -> Result<Option<[i32; 4]>> {
        let Some(text) = self.0.get(name) else {
            return Ok(None);
        };
        let numbers = text.split(',').map(str::parse).collect::<Result<Vec<i32>, _>>()?;
        Ok(Some(numbers.try_into().ok().context("four numbers")?))
    }
}

struct TestWindow<'a> {
    conn: &'a RustConnection,
    id: u32,
    gc: u32,
    colour: std::cell::Cell<u32>,
    alpha: Option<u8>,
    text: String,
    paints: bool,
}

impl<'a> TestWindow<'a> {
    fn create(conn: &'a RustConnection, screen: usize, options: &Options) -> Result<Self> {
        let screen = &conn.setup().roots[screen];
        let [x, y, w, h] = options.numbers("place")?.unwrap_or([0, 0, 200, 200]);
        let (x, y) = (i16::try_from(x)?, i16::try_from(y)?);
        let (w, h) = (u16::try_from(w)?, u16::try_from(h)?);
        let colour = u32::from_str_radix(options.text("colour"), 16).unwrap_or(0xff_ff_ff);
        let alpha: Option<u8> = match options.text("alpha") {
            "" => None,
            text => Some(text.parse()?),
        };
        let id = conn.generate_id()?;
        let mut aux = CreateWindowAux::new()
            .border_pixel(0)
            .override_redirect(u32::from(options.flag("override-redirect")))
            .event_mask(
                EventMask::EXPOSURE | EventMask::KEY_PRESS | EventMask::BUTTON_PRESS | EventMask::STRUCTURE_NOTIFY,
            );
        if !options.flag("no-background") {
            aux = aux.background_pixel(with_alpha(colour, alpha));
        }
        let (depth, visual) = if alpha.is_some() {
            let deep = screen.allowed_depths.iter().find(|d| d.depth == 32);
            let visual = deep.and_then(|d| d.visuals.first()).context("depth 32")?.visual_id;
            let map = conn.generate_id()?;
            conn.create_colormap(ColormapAlloc::NONE, map, screen.root, visual)?;
            aux = aux.colormap(map);
            (32, visual)
        } else {
            (COPY_DEPTH_FROM_PARENT, 0)
        };
        conn.create_window(depth, id, screen.root, x, y, w, h, 0, WindowClass::INPUT_OUTPUT, visual, &aux)?.check()?;

        let gc = conn.generate_id()?;
        let mut look = CreateGCAux::new();
        let font = conn.generate_id()?;
        // The only font a bare server has.
        if conn.open_font(font, b"fixed")?.check().is_ok() {
            look = look.font(font);
        }
        conn.create_gc(gc, id, &look)?;
        let window = TestWindow {
            conn,
            id,
            gc,
            colour: colour.into(),
            alpha,
            text: options.text("text").to_owned(),
            paints: !options.flag("no-paint"),
        };
        window.describe(options, (x, y, w, h))?;
        Ok(window)
    }

    fn describe(&self, options: &Options, (x, y, w, h): (i16, i16, u16, u16)) -> Result<()> {
        let conn = self.conn;
        let class = format!("{}\0{}\0", options.text("instance"), options.text("class"));
        let (wm_class, string) = (AtomEnum::WM_CLASS, AtomEnum::STRING);
        conn.change_property8(PropMode::REPLACE, self.id, wm_class, string, class.as_bytes())?;
        self.set_title(options.text("title"))?;
        let pid = match options.text("pid") {
            "" => std::process::id(),
            text => text.parse()?,
        };
        self.set_cardinal("_NET_WM_PID", pid)?;
        let delete = intern(conn, "WM_DELETE_WINDOW")?;
        let protocols = intern(conn, "WM_PROTOCOLS")?;
        let atom = AtomEnum::ATOM;
        conn.change_property32(PropMode::REPLACE, self.id, protocols, atom, &[delete])?;
        let mut hints = WmSizeHints::new();
        let by_user = x11rb::properties::WmSizeHintsSpecification::UserSpecified;
        hints.position = Some((by_user, x.into(), y.into()));
        hints.size = Some((by_user, w.into(), h.into()));
        hints.set_normal_hints(conn, self.id)?;
        if options.flag("opacity") {
            self.obey(&format!("opacity {}", options.text("opacity")))?;
        }
        if options.flag("kind") {
            let kind = format!("_NET_WM_WINDOW_TYPE_{}", options.text("kind"));
            let kind = intern(conn, &kind)?;
            let property = intern(conn, "_NET_WM_WINDOW_TYPE")?;
            conn.change_property32(PropMode::REPLACE, self.id, property, atom, &[kind])?;
        }
        if let Some([x, y, w, h]) = options.numbers("shape")? {
            let part = rectangle(x, y, w, h)?;
            conn.shape_rectangles(SO::SET, SK::BOUNDING, ClipOrdering::UNSORTED, self.id, 0, 0, &[part])?.check()?;
        }
        Ok(())
    }

    fn paint(&self) -> Result<()> {
        if !self.paints {
            return Ok(());
        }
        let size = self.conn.get_geometry(self.id)?.reply()?;
        let colour = with_alpha(self.colour.get(), self.alpha);
        self.conn.change_gc(self.gc, &ChangeGCAux::new().foreground(colour))?;
        let all = rectangle(0, 0, size.width.into(), size.height.into())?;
        self.conn.poly_fill_rectangle(self.id, self.gc, &[all])?;
        if !self.text.is_empty() {
            let ink = ChangeGCAux::new().foreground(with_alpha(0, Some(255))).background(colour);
            self.conn.change_gc(self.gc, &ink)?;
            let bytes = &self.text.as_bytes()[..self.text.len().min(255)];
            self.conn.image_text8(self.id, self.gc, 12, 24, bytes)?;
        }
        Ok(())
    }

    fn obey(&self, line: &str) -> Result<()> {
        let conn = self.conn;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let numbers = || rest.split(' ').map(str::parse).collect::<Result<Vec<i32>, _>>();
        let mut place = ConfigureWindowAux::new();
        match word {
            "title" => self.set_title(rest)?,
            "colour" => {
                self.colour.set(u32::from_str_radix(rest, 16)?);
                self.paint()?;
            }
            "raise" => place = place.stack_mode(StackMode::ABOVE),
            "lower" => place = place.stack_mode(StackMode::BELOW),
            "move" => {
                let [x, y] = numbers()?[..] else { bail!("move X Y") };
                place = place.x(x).y(y);
            }
            "resize" => {
                let [w, h] = numbers()?[..] else { bail!("resize W H") };
                place = place.width(w.cast_unsigned()).height(h.cast_unsigned());
            }
            "map" => conn.map_window(self.id)?.check()?,
            "unmap" => conn.unmap_window(self.id)?.check()?,
            "opacity" => {
                let opacity: f64 = rest.parse()?;
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let scaled = (opacity * f64::from(u32::MAX)) as u32;
                self.set_cardinal("_NET_WM_WINDOW_OPACITY", scaled)?;
            }
            "grab" => {
                let grab = conn
                    .grab_keyboard(false, self.id, x11rb::CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC)?
                    .reply()?;
                if grab.status != GrabStatus::SUCCESS {
                    bail!("the keyboard was not to be had");
                }
            }
            "ungrab" => conn.ungrab_keyboard(x11rb::CURRENT_TIME)?.check()?,
            other => bail!("what is {other:?}?"),
        }
        conn.configure_window(self.id, &place)?.check()?;
        conn.sync()?;
        Ok(())
    }

    fn set_title(&self, title: &str) -> Result<()> {
        let (conn, bytes) = (self.conn, title.as_bytes());
        let (name, utf8) = (intern(conn, "_NET_WM_NAME")?, intern(conn, "UTF8_STRING")?);
        conn.change_property8(PropMode::REPLACE, self.id, name, utf8, bytes)?;
        conn.change_property8(PropMode::REPLACE, self.id, AtomEnum::WM_NAME, AtomEnum::STRING, bytes)?;
        Ok(())
    }

    fn set_cardinal(&self, name: &str, value: u32) -> Result<()> {
        let name = intern(self.conn, name)?;
        let kind = AtomEnum::CARDINAL;
        self.conn.change_property32(PropMode::REPLACE, self.id, name, kind, &[value])?;
        Ok(())
    }
}

fn with_alpha(colour: u32, alpha: Option<u8>) -> u32 {
    colour | u32::from(alpha.unwrap_or(0)) << 24
}

fn rectangle(x: i32, y: i32, w: i32, h: i32) -> Result<Rectangle> {
    Ok(Rectangle { x: x.try_into()?, y: y.try_into()?, width: w.try_into()?, height: h.try_into()? })
}

fn intern(conn: &RustConnection, name: &str) -> Result<u32> {
    Ok(conn.intern_atom(false, name.as_bytes())?.reply()?.atom)
}
