//! What is on the screen: windows and pixels.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, ImageFormat, InputFocus, MapState,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::Result;
use crate::wait::{LONG, wait_for};

x11rb::atom_manager! {
    /// The names this module uses.
    pub(crate) Atoms: AtomsCookie {
        _NET_ACTIVE_WINDOW,
        _NET_CLIENT_LIST,
        _NET_CLIENT_LIST_STACKING,
        _NET_CLOSE_WINDOW,
        _NET_SUPPORTING_WM_CHECK,
        _NET_WM_NAME,
        _NET_WM_PID,
        UTF8_STRING,
        WM_STATE,
    }
}

/// A place on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// From the left edge of the screen.
    pub x: i32,
    /// From its upper edge.
    pub y: i32,
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

impl Rect {
    /// A rectangle of that place and size.
    pub const fn new(x: i32, y: i32, w: u32, h: u32) -> Rect {
        Rect { x, y, w, h }
    }

    /// Its middle.
    pub fn centre(&self) -> (i32, i32) {
        (self.x + self.w.cast_signed() / 2, self.y + self.h.cast_signed() / 2)
    }

    /// Whether the point lies in it.
    pub fn contains(&self, x: i32, y: i32) -> bool {
        (self.x..self.x + self.w.cast_signed()).contains(&x) && (self.y..self.y + self.h.cast_signed()).contains(&y)
    }
}

/// A window as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its X11 id.
    pub id: u32,
    /// Its title.
    pub title: String,
    /// The class of WM_CLASS.
    pub class: String,
    /// The instance of WM_CLASS.
    pub instance: String,
    /// The process it claims to belong to.
    pub pid: Option<u32>,
    /// Its contents' place on the screen, without the frame.
    pub rect: Rect,
    /// Whether it is mapped, with all it lies in.
    pub visible: bool,
    /// Whether it asked the window manager to keep out.
    pub override_redirect: bool,
}

/// A picture of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screenshot {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Red, green and blue, a byte each, row by row.
    pub rgb: Vec<u8>,
}

impl Screenshot {
    /// The colour at a place, as 0xRRGGBB.
    pub fn pixel(&self, x: u32, y: u32) -> u32 {
        let at = ((y * self.width + x) * 3) as usize;
        self.rgb[at..at + 3].iter().fold(0, |colour, part| colour << 8 | u32::from(*part))
    }

    /// How many pixels have just this colour.
    pub fn count(&self, colour: u32) -> usize {
        let [_, r, g, b] = colour.to_be_bytes();
        self.rgb.chunks_exact(3).filter(|pixel| *pixel == [r, g, b]).count()
    }

    /// Reads a PNG file; transparency is dropped.
    pub fn read(path: &Path) -> Result<Screenshot> {
        let file = std::io::BufReader::new(std::fs::File::open(path).with_context(|| path.display().to_string())?);
        let mut decoder = png::Decoder::new(file);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().context("the picture's size")?;
        let mut raw = vec![0; size];
        let info = reader.next_frame(&mut raw)?;
        raw.truncate(info.buffer_size());
        let rgb = match info.color_type {
            png::ColorType::Rgb => raw,
            png::ColorType::Rgba => raw.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect(),
            png::ColorType::Grayscale => raw.iter().flat_map(|g| [*g; 3]).collect(),
            png::ColorType::GrayscaleAlpha => raw.chunks_exact(2).flat_map(|p| [p[0]; 3]).collect(),
            png::ColorType::Indexed => anyhow::bail!("the palette was not resolved"),
        };
        Ok(Screenshot { width: info.width, height: info.height, rgb })
    }

    /// Writes a PNG file.
    pub fn save(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = std::io::BufWriter::new(std::fs::File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }
}

/// The harness's own view of the display.
pub(crate) struct Display {
    conn: RustConnection,
    root: u32,
    atoms: Atoms,
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Display").field("root", &self.root).finish()
    }
}

impl Display {
    pub(crate) fn connect(name: &str) -> Result<Display> {
        let (conn, screen) = RustConnection::connect(Some(name))?;
        let root = conn.setup().roots[screen].root;
        let atoms = Atoms::new(&conn)?.reply()?;
        Ok(Display { conn, root, atoms })
    }

    /// Splits the screen into these monitors.
    pub(crate) fn set_monitors(&self, monitors: &[Rect]) -> Result<()> {
        self.conn.randr_query_version(1, 5)?.reply()?;
        let outputs = self.conn.randr_get_screen_resources_current(self.root)?.reply()?.outputs;
        for (index, place) in monitors.iter().enumerate() {
            let name = format!("monitor-{index}");
            let name = self.conn.intern_atom(false, name.as_bytes())?.reply()?.atom;
            self.conn
                .randr_set_monitor(
                    self.root,
                    MonitorInfo {
                        name,
                        primary: index == 0,
                        automatic: false,
                        x: i16::try_from(place.x)?,
                        y: i16::try_from(place.y)?,
                        width: u16::try_from(place.w)?,
                        height: u16::try_from(place.h)?,
                        width_in_millimeters: place.w * 254 / 960,
                        height_in_millimeters: place.h * 254 / 960,
                        // The one real output goes to the first, so that the automatic monitor disappears.
                        outputs: if index == 0 { outputs.clone() } else { vec![] },
                    },
                )?
                .check()?;
        }
        Ok(())
    }

    /// Whether a window manager is in charge.
    pub(crate) fn has_manager(&self) -> bool {
        let check = self.cardinals(self.root, self.atoms._NET_SUPPORTING_WM_CHECK);
        // The property may be left over; the window it names must exist and name itself.
        check.first().is_some_and(|window| self.cardinals(*window, self.atoms._NET_SUPPORTING_WM_CHECK) == [*window])
    }

    /// Waits until the window manager really manages. It announces itself before it listens (seen with xfwm4), and
    /// what is mapped in between stays unmapped for good; so a window of our own is mapped until it is noticed.
    pub(crate) fn wait_manager(&self) -> Result<()> {
        wait_for("a window manager", LONG, || self.has_manager().then_some(()))?;
        let probe = self.conn.generate_id()?;
        let (class, aux) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        self.conn.create_window(0, probe, self.root, 0, 0, 9, 9, 0, class, 0, &aux)?.check()?;
        let listed = || self.cardinals(self.root, self.atoms._NET_CLIENT_LIST).contains(&probe);
        wait_for("the window manager to manage", LONG, || {
            self.conn.map_window(probe).ok()?.check().ok()?;
            listed().then_some(())
        })?;
        self.conn.destroy_window(probe)?.check()?;
        wait_for("the window manager to let go", LONG, || (!listed()).then_some(()))
    }

    /// Managed windows, the lowest first; without a window manager all windows.
    pub(crate) fn windows(&self) -> Result<Vec<Window>> {
        let mut ids = self.cardinals(self.root, self.atoms._NET_CLIENT_LIST_STACKING);
        if ids.is_empty() {
            ids = self.cardinals(self.root, self.atoms._NET_CLIENT_LIST);
        }
        if ids.is_empty() && !self.has_manager() {
            return self.toplevels();
        }
        Ok(ids.into_iter().filter_map(|id| self.window(id)).collect())
    }

    /// The children of the root window, the lowest first: frames, menus, toasts, the pill.
    pub(crate) fn toplevels(&self) -> Result<Vec<Window>> {
        let children = self.conn.query_tree(self.root)?.reply()?.children;
        Ok(children.into_iter().filter_map(|id| self.window(id)).collect())
    }

    /// All that lies in a window, at whatever depth.
    pub(crate) fn descendants(&self, id: u32) -> Vec<Window> {
        let tree = self.conn.query_tree(id).ok().map(|cookie| cookie.reply());
        let Some(Ok(tree)) = tree else {
            return Vec::new();
        };
        let below = |child: u32| {
            let inner = self.descendants(child);
            self.window(child).into_iter().chain(inner)
        };
        tree.children.into_iter().flat_map(below).collect()
    }

    /// One window, unless it is gone.
    pub(crate) fn window(&self, id: u32) -> Option<Window> {
        let attributes = self.conn.get_window_attributes(id).ok()?;
        let geometry = self.conn.get_geometry(id).ok()?;
        let origin = self.conn.translate_coordinates(id, self.root, 0, 0).ok()?;
        let (attributes, geometry, origin) = (attributes.reply().ok()?, geometry.reply().ok()?, origin.reply().ok()?);
        let class = self.bytes(id, AtomEnum::WM_CLASS.into());
        let mut class = class.split(|b| *b == 0).map(|part| String::from_utf8_lossy(part).into_owned());
        let mut title = self.bytes(id, self.atoms._NET_WM_NAME);
        if title.is_empty() {
            title = self.bytes(id, AtomEnum::WM_NAME.into());
        }
        Some(Window {
            id,
            title: String::from_utf8_lossy(&title).into_owned(),
            instance: class.next().unwrap_or_default(),
            class: class.next().unwrap_or_default(),
            pid: self.cardinals(id, self.atoms._NET_WM_PID).first().copied(),
            rect: Rect::new(origin.dst_x.into(), origin.dst_y.into(), geometry.width.into(), geometry.height.into()),
            visible: attributes.map_state == MapState::VIEWABLE,
            override_redirect: attributes.override_redirect,
        })
    }

    /// The window the window manager calls active.
    pub(crate) fn active(&self) -> Option<Window> {
        let id = *self.cardinals(self.root, self.atoms._NET_ACTIVE_WINDOW).first()?;
        (id != 0).then(|| self.window(id)).flatten()
    }

    /// The window that gets the keys: the server's word, not the window manager's.
    pub(crate) fn focus(&self) -> Result<u32> {
        Ok(self.conn.get_input_focus()?.reply()?.focus)
    }

    /// Asks for a window to be active as a task list does, and waits until keys go there. Another window that opens
    /// meanwhile may take them; whoever clicks then clicks again.
    pub(crate) fn activate(&self, id: u32) -> Result<()> {
        const AGAIN: Duration = Duration::from_secs(2);
        let managed = self.has_manager();
        let ask = || -> Result<()> {
            if managed {
                self.tell_manager(id, self.atoms._NET_ACTIVE_WINDOW, [2, 0, 0, 0, 0])
            } else {
                Ok(self.conn.set_input_focus(InputFocus::PARENT, id, x11rb::CURRENT_TIME)?.check()?)
            }
        };
        ask()?;
        let mut asked = Instant::now();
        wait_for("the window to be active", LONG, || {
            if asked.elapsed() > AGAIN {
                ask().ok()?;
                asked = Instant::now();
            }
            let focus = self.focus().ok()?;
            let focused = focus == id || self.lies_in(focus, id);
            let active = !managed || self.active().is_some_and(|window| window.id == id);
            (focused && active).then_some(())
        })
    }

    pub(crate) fn unfocus(&self) -> Result<()> {
        self.conn.set_input_focus(InputFocus::NONE, InputFocus::NONE, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    pub(crate) fn seize_focus(&self, id: u32) -> Result<()> {
        self.conn.set_input_focus(InputFocus::PARENT, id, x11rb::CURRENT_TIME)?.check()?;
        wait_for("the window to have the keyboard", LONG, || {
            let focus = self.focus().ok()?;
            (focus == id || self.lies_in(focus, id)).then_some(())
        })
    }

    /// Asks a window to close as its close button does.
    pub(crate) fn close(&self, id: u32) -> Result<()> {
        self.tell_manager(id, self.atoms._NET_CLOSE_WINDOW, [0, 2, 0, 0, 0])
    }

    fn tell_manager(&self, id: u32, message: u32, data: [u32; 5]) -> Result<()> {
        self.conn
            .send_event(
                false,
                self.root,
                EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY,
                ClientMessageEvent::new(32, id, message, data),
            )?
            .check()?;
        Ok(())
    }

    fn lies_in(&self, mut window: u32, outer: u32) -> bool {
        while window > 1 && window != self.root {
            if window == outer {
                return true;
            }
            let tree = self.conn.query_tree(window).ok().map(|c| c.reply());
            let Some(Ok(tree)) = tree else { return false };
            window = tree.parent;
        }
        false
    }

    pub(crate) fn screenshot(&self) -> Result<Screenshot> {
        let size = self.conn.get_geometry(self.root)?.reply()?;
        self.grab(Rect::new(0, 0, size.width.into(), size.height.into()))
    }

    pub(crate) fn grab(&self, place: Rect) -> Result<Screenshot> {
        let image = self
            .conn
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.root,
                i16::try_from(place.x)?,
                i16::try_from(place.y)?,
                u16::try_from(place.w)?,
                u16::try_from(place.h)?,
                !0,
            )?
            .reply()?;
        anyhow::ensure!(image.depth == 24, "a screen of depth {}", image.depth);
        let rgb = image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        Ok(Screenshot { width: place.w, height: place.h, rgb })
    }

    fn cardinals(&self, window: u32, property: u32) -> Vec<u32> {
        let reply = self
            .conn
            .get_property(false, window, property, AtomEnum::ANY, 0, 1 << 16)
            .ok()
            .and_then(|cookie| cookie.reply().ok());
        reply.and_then(|reply| reply.value32().map(Iterator::collect)).unwrap_or_default()
    }

    fn bytes(&self, window: u32, property: u32) -> Vec<u8> {
        self.conn
            .get_property(false, window, property, AtomEnum::ANY, 0, 1 << 16)
            .ok()
            .and_then(|cookie| cookie.reply().ok())
            .map(|reply| reply.value)
            .unwrap_or_default()
    }
}
