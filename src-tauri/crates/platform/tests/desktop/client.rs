//! An X client of the tests' own: windows of one colour, input, and whatever else others may do.

use std::sync::atomic::{AtomicU32, Ordering};

use x11rb::connection::Connection;
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ClipOrdering, ColormapAlloc, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, EventMask, InputFocus, PropMode, Rectangle, StackMode, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

pub struct Client {
    pub conn: RustConnection,
    pub root: u32,
}

/// How a window comes to be.
#[derive(Clone, Copy)]
pub struct Make {
    pub at: (i16, i16),
    pub size: (u16, u16),
    /// `None`: no background, as toolkits do.
    pub colour: Option<u32>,
    pub unmanaged: bool,
    pub transient: u32,
    pub purpose: Option<&'static str>,
    /// Its colours have an alpha channel.
    pub alpha: bool,
}

pub const MAKE: Make = Make {
    at: (100, 100),
    size: (300, 200),
    colour: None,
    unmanaged: false,
    transient: 0,
    purpose: None,
    alpha: false,
};

impl Client {
    pub fn new(display: &str) -> Client {
        let (conn, screen) = RustConnection::connect(Some(display)).unwrap();
        let root = conn.setup().roots[screen].root;
        Client { conn, root }
    }

    pub fn atom(&self, name: &str) -> u32 {
        self.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    /// Whether a window manager looks after this window.
    pub fn is_managed(&self, id: u32) -> bool {
        let atom = self.atom("WM_STATE");
        let reply = self.conn.get_property(false, id, atom, AtomEnum::ANY, 0, 1).unwrap().reply().unwrap();
        reply.type_ != 0
    }

    /// Maps it again: a window manager that was just starting may have missed it.
    pub fn remap(&self, id: u32) {
        self.conn.unmap_window(id).unwrap();
        self.conn.map_window(id).unwrap();
        self.sync();
    }

    pub fn make(&self, title: &str, make: Make) -> u32 {
        static NTH: AtomicU32 = AtomicU32::new(0);
        let nth = NTH.fetch_add(1, Ordering::Relaxed);
        let id = self.conn.generate_id().unwrap();
        let mut aux = CreateWindowAux::new()
            .event_mask(EventMask::EXPOSURE | EventMask::KEY_PRESS | EventMask::STRUCTURE_NOTIFY)
            .override_redirect(u32::from(make.unmanaged));
        if let Some(colour) = make.colour {
            aux = aux.background_pixel(colour);
        }
        let ((x, y), (w, h)) = (make.at, make.size);
        let (mut depth, mut visual) = (0, 0);
        if make.alpha {
            (depth, visual) = (32, self.visual(32));
            let colours = self.conn.generate_id().unwrap();
            self.conn.create_colormap(ColormapAlloc::NONE, colours, self.root, visual).unwrap();
            aux = aux.colormap(colours).border_pixel(0);
        }
        self.conn.create_window(depth, id, self.root, x, y, w, h, 0, WindowClass::INPUT_OUTPUT, visual, &aux).unwrap();
        let class = format!("test{nth}\0Test{nth}\0");
        let (replace, string) = (PropMode::REPLACE, AtomEnum::STRING);
        self.conn.change_property8(replace, id, AtomEnum::WM_CLASS, string, class.as_bytes()).unwrap();
        self.title(id, title);
        // Where we put it, and that it takes the focus.
        let hints = [1 | 4, 0, u32::from(x.cast_unsigned()), u32::from(y.cast_unsigned()), 0];
        let hints: Vec<u32> = hints.into_iter().chain(std::iter::repeat_n(0, 13)).collect();
        self.conn.change_property32(replace, id, AtomEnum::WM_NORMAL_HINTS, AtomEnum::WM_SIZE_HINTS, &hints).unwrap();
        if make.transient != 0 {
            self.conn
                .change_property32(replace, id, AtomEnum::WM_TRANSIENT_FOR, AtomEnum::WINDOW, &[make.transient])
                .unwrap();
        }
        if let Some(purpose) = make.purpose {
            let (kind, value) = (self.atom("_NET_WM_WINDOW_TYPE"), self.atom(purpose));
            self.conn.change_property32(replace, id, kind, AtomEnum::ATOM, &[value]).unwrap();
        }
        self.conn.map_window(id).unwrap();
        self.sync();
        id
    }

    fn visual(&self, depth: u8) -> u32 {
        let mut depths = self.conn.setup().roots[0].allowed_depths.iter();
        depths.find(|d| d.depth == depth).and_then(|d| d.visuals.first()).unwrap().visual_id
    }

    /// A window within another one.
    pub fn inner(&self, parent: u32, at: (i16, i16), size: (u16, u16), colour: u32) -> u32 {
        let id = self.conn.generate_id().unwrap();
        let aux = CreateWindowAux::new().background_pixel(colour);
        let class = WindowClass::INPUT_OUTPUT;
        self.conn.create_window(0, id, parent, at.0, at.1, size.0, size.1, 0, class, 0, &aux).unwrap();
        self.conn.map_window(id).unwrap();
        self.sync();
        id
    }

    /// A small window that no window manager looks after.
    pub fn appear(&self) -> u32 {
        let id = self.conn.generate_id().unwrap();
        let aux = CreateWindowAux::new().override_redirect(1);
        self.conn.create_window(0, id, self.root, 0, 0, 9, 9, 0, WindowClass::INPUT_OUTPUT, 0, &aux).unwrap();
        self.conn.map_window(id).unwrap();
        self.sync();
        id
    }

    pub fn title(&self, id: u32, title: &str) {
        self.conn
            .change_property8(
                PropMode::REPLACE,
                id,
                self.atom("_NET_WM_NAME"),
                self.atom("UTF8_STRING"),
                title.as_bytes(),
            )
            .unwrap();
        self.sync();
    }

    pub fn fill(&self, id: u32, colour: u32, r: Rectangle) {
        let gc = self.conn.generate_id().unwrap();
        self.conn.create_gc(gc, id, &CreateGCAux::new().foreground(colour)).unwrap();
        self.conn.poly_fill_rectangle(id, gc, &[r]).unwrap();
        self.conn.free_gc(gc).unwrap();
        self.sync();
    }

    pub fn sync(&self) {
        self.conn.get_input_focus().unwrap().reply().unwrap();
    }

    pub fn focus(&self, id: u32) {
        self.conn.set_input_focus(InputFocus::POINTER_ROOT, id, x11rb::CURRENT_TIME).unwrap();
        self.sync();
    }

    pub fn activate(&self, id: u32) {
        let message =
            ClientMessageEvent::new(32, id, self.atom("_NET_ACTIVE_WINDOW"), [2, x11rb::CURRENT_TIME, 0, 0, 0]);
        let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_REDIRECT;
        self.conn.send_event(false, self.root, mask, message).unwrap();
        self.sync();
    }

    pub fn raise(&self, id: u32) {
        self.conn.configure_window(id, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE)).unwrap();
        self.sync();
    }

    pub fn lower(&self, id: u32) {
        self.conn.configure_window(id, &ConfigureWindowAux::new().stack_mode(StackMode::BELOW)).unwrap();
        self.sync();
    }

    /// What a person sees at this place.
    pub fn pixel(&self, x: i16, y: i16) -> u32 {
        let format = x11rb::protocol::xproto::ImageFormat::Z_PIXMAP;
        let reply = self.conn.get_image(format, self.root, x, y, 1, 1, !0).unwrap().reply().unwrap();
        u32::from_le_bytes(reply.data[..4].try_into().unwrap()) & 0xff_ffff
    }

    pub fn place(&self, id: u32, x: i32, y: i32) {
        self.conn.configure_window(id, &ConfigureWindowAux::new().x(x).y(y)).unwrap();
        self.sync();
    }

    pub fn resize(&self, id: u32, w: u32, h: u32) {
        self.conn.configure_window(id, &ConfigureWindowAux::new().width(w).height(h)).unwrap();
        self.sync();
    }

    pub fn shape(&self, id: u32, rects: &[Rectangle]) {
        let (set, kind) = (shape::SO::SET, shape::SK::BOUNDING);
        self.conn.shape_rectangles(set, kind, ClipOrdering::UNSORTED, id, 0, 0, rects).unwrap();
        self.sync();
    }

    /// Presses and releases a key.
    pub fn key(&self, keycode: u8) {
        self.fake(2, keycode);
        self.fake(3, keycode);
    }

    pub fn fake(&self, kind: u8, detail: u8) {
        self.conn.xtest_fake_input(kind, detail, 0, self.root, 0, 0, 0).unwrap();
        self.sync();
    }

    pub fn point(&self, x: i16, y: i16) {
        self.conn.xtest_fake_input(6, 0, 0, self.root, x, y, 0).unwrap();
        self.sync();
    }

    /// The key that types this symbol in the present layout.
    pub fn keycode(&self, keysym: u32) -> u8 {
        let setup = self.conn.setup();
        let (min, max) = (setup.min_keycode, setup.max_keycode);
        let map = self.conn.get_keyboard_mapping(min, max - min + 1).unwrap().reply().unwrap();
        let per = usize::from(map.keysyms_per_keycode);
        let at = map.keysyms.chunks(per).position(|syms| syms.first() == Some(&keysym)).unwrap();
        min + u8::try_from(at).unwrap()
    }

    /// Where a window is on the screen, and how big.
    pub fn rect(&self, id: u32) -> (i16, i16, u16, u16) {
        let g = self.conn.get_geometry(id).unwrap().reply().unwrap();
        let t = self.conn.translate_coordinates(id, self.root, 0, 0).unwrap().reply().unwrap();
        (t.dst_x, t.dst_y, g.width, g.height)
    }

    /// The pill's windows, found as any program would find them.
    pub fn pills(&self) -> Vec<u32> {
        let tree = self.conn.query_tree(self.root).unwrap().reply().unwrap();
        let class = |id: &u32| {
            let reply =
                self.conn.get_property(false, *id, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64).unwrap().reply();
            reply.is_ok_and(|r| r.value.starts_with(b"eyelid\0"))
        };
        tree.children.into_iter().filter(class).collect()
    }
}
