//! Opening the display: what must be there, and taking stock.

use std::collections::VecDeque;
use std::ffi::CString;

use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::res::ConnectionExt as _;
use x11rb::protocol::screensaver::ConnectionExt as _;
use x11rb::protocol::shape::ConnectionExt as _;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xinput::ConnectionExt as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, CreateWindowAux, EventMask, ImageOrder, MapState,
    WindowClass,
};
use x11rb::protocol::{composite, damage, res, screensaver, shape, shm, xfixes, xinput, xkb};
use x11rb::xcb_ffi::XCBConnection;

use crate::clock::{ServerClock, boot_now};
use crate::face::StreamSwitches;
use crate::region::Rect;
use crate::{OpenError, OpenOptions};

use super::Display;
use super::ask::Asks;
use super::atoms::Atoms;
use super::compose::Screen;
use super::focus::FocusNow;
use super::keys::Keys;
use super::pill::Pill;
use super::pointer::Pointer;
use super::seat::Seat;
use super::stack::Stack;
use super::subject::Subjects;

fn broken(e: impl std::fmt::Display) -> OpenError {
    OpenError::NoServer { message: e.to_string() }
}

fn env_says_wayland() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_some_and(|v| !v.is_empty())
        || std::env::var_os("XDG_SESSION_TYPE").is_some_and(|v| v == "wayland")
}

pub(super) fn open(options: OpenOptions) -> Result<Display, OpenError> {
    if options.display.is_none() && env_says_wayland() {
        return Err(OpenError::XwaylandUnsupported);
    }
    let name = options.display.map(CString::new).transpose().map_err(broken)?;
    let (conn, screen) = XCBConnection::connect(name.as_deref()).map_err(broken)?;
    let root = conn.setup().roots.get(screen).cloned().ok_or_else(|| broken("it has no screen"))?;
    check_extensions(&conn)?;
    let formats = &conn.setup().pixmap_formats;
    let plain = root.root_depth == 24 && formats.iter().any(|f| f.depth == 24 && f.bits_per_pixel == 32);
    if !plain || conn.setup().image_byte_order != ImageOrder::LSB_FIRST {
        return Err(OpenError::Unsupported { system: "X servers without 24-bit colour" });
    }
    let atoms = Atoms::new(&conn).map_err(broken)?.reply().map_err(broken)?;
    let marker = conn.generate_id().map_err(broken)?;
    let aux = CreateWindowAux::new().override_redirect(1).event_mask(EventMask::PROPERTY_CHANGE);
    conn.create_window(0, marker, root.root, -10, -10, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux).map_err(broken)?;
    let seat = Seat::first(&conn).map_err(broken)?.ok_or_else(|| broken("it has no keyboard and pointer"))?;
    let keys = Keys::new(&conn)?;
    let saver = conn.screensaver_query_info(root.root).ok().and_then(|c| c.reply().ok()).map_or(0, |r| r.saver_window);
    let scale = scale(&conn, root.root);
    let now = boot_now();
    let mut display = Display {
        conn,
        root: root.root,
        atoms,
        clock: ServerClock::measured(0, (now.0, 1), (now.0, 1)),
        seat,
        marker,
        marked: 0,
        wire_time: now,
        out: VecDeque::new(),
        asks: Asks::default(),
        streams: StreamSwitches::default(),
        stack: Stack { saver, ..Stack::default() },
        subjects: Subjects::default(),
        focus: FocusNow::default(),
        keys,
        pointer: Pointer::default(),
        pill: Pill::new(options.pill_places, scale),
        screen: Screen::new(root.width_in_pixels.into(), root.height_in_pixels.into()),
        screen_changed: false,
    };
    display.remap_clock().map_err(broken)?;
    display.out.clear();
    take_stock(&mut display)?;
    Ok(display)
}

fn check_extensions(conn: &XCBConnection) -> Result<(), OpenError> {
    let has = |name: &'static str| conn.extension_information(name).map(|e| e.is_some()).map_err(broken);
    if has("XWAYLAND")? {
        return Err(OpenError::XwaylandUnsupported);
    }
    for (name, shown) in [
        (composite::X11_EXTENSION_NAME, "Composite"),
        (damage::X11_EXTENSION_NAME, "DAMAGE"),
        (xfixes::X11_EXTENSION_NAME, "XFIXES"),
        (shape::X11_EXTENSION_NAME, "SHAPE"),
        (shm::X11_EXTENSION_NAME, "MIT-SHM"),
        (randr::X11_EXTENSION_NAME, "RANDR"),
        (res::X11_EXTENSION_NAME, "X-Resource"),
        (xinput::X11_EXTENSION_NAME, "XInputExtension"),
        (xkb::X11_EXTENSION_NAME, "XKEYBOARD"),
    ] {
        if !has(name)? {
            return Err(OpenError::MissingExtension { name: shown });
        }
    }
    let _ = has(screensaver::X11_EXTENSION_NAME)?;
    let too_old = |name: &'static str| OpenError::MissingExtension { name };
    let v = conn.composite_query_version(0, 4).map_err(broken)?.reply().map_err(broken)?;
    if (v.major_version, v.minor_version) < (0, 2) {
        return Err(too_old("Composite 0.2"));
    }
    conn.damage_query_version(1, 1).map_err(broken)?.reply().map_err(broken)?;
    let v = conn.xfixes_query_version(2, 0).map_err(broken)?.reply().map_err(broken)?;
    if v.major_version < 2 {
        return Err(too_old("XFIXES 2"));
    }
    conn.shape_query_version().map_err(broken)?.reply().map_err(broken)?;
    let v = conn.shm_query_version().map_err(broken)?.reply().map_err(broken)?;
    if (v.major_version, v.minor_version) < (1, 2) {
        return Err(too_old("MIT-SHM 1.2"));
    }
    let v = conn.randr_query_version(1, 5).map_err(broken)?.reply().map_err(broken)?;
    if (v.major_version, v.minor_version) < (1, 5) {
        return Err(too_old("RANDR 1.5"));
    }
    let v = conn.res_query_version(1, 2).map_err(broken)?.reply().map_err(broken)?;
    if (v.server_major, v.server_minor) < (1, 2) {
        return Err(too_old("X-Resource 1.2"));
    }
    let v = conn.xinput_xi_query_version(2, 2).map_err(broken)?.reply().map_err(broken)?;
    if (v.major_version, v.minor_version) < (2, 1) {
        return Err(too_old("XInputExtension 2.1"));
    }
    Ok(())
}

/// Pixels per design pixel, from the person's own setting.
fn scale(conn: &XCBConnection, root: u32) -> f32 {
    let reply = conn
        .get_property(false, root, AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING, 0, 64 * 1024)
        .ok()
        .and_then(|c| c.reply().ok());
    let dpi = reply.and_then(|r| {
        let text = String::from_utf8_lossy(&r.value).into_owned();
        text.lines().find_map(|l| l.strip_prefix("Xft.dpi:").and_then(|v| v.trim().parse::<f32>().ok()))
    });
    dpi.map_or(1.0, |d| (d / 96.0).clamp(1.0, 4.0))
}

/// Listens, then looks: what happens in between arrives as events.
fn take_stock(d: &mut Display) -> Result<(), OpenError> {
    let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::STRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE;
    d.conn.change_window_attributes(d.root, &ChangeWindowAttributesAux::new().event_mask(mask)).map_err(broken)?;
    let randr = randr::NotifyMask::SCREEN_CHANGE | randr::NotifyMask::CRTC_CHANGE | randr::NotifyMask::OUTPUT_CHANGE;
    d.conn.randr_select_input(d.root, randr).map_err(broken)?;
    let tree = d.conn.query_tree(d.root).map_err(broken)?;
    let seq = tree.sequence_number();
    let tree = tree.reply().map_err(broken)?;
    // What the tree shows already need not be told again. An event bears the number of the last request before it: with
    // the tree's own number it came after the tree.
    let mut later = Vec::new();
    while let Some((event, s)) = d.conn.poll_for_event_with_sequence().map_err(broken)? {
        if s >= seq {
            later.push((event, s));
        }
    }
    for id in tree.children {
        stock_top(d, id);
    }
    d.ask_wm();
    d.ask_clients();
    d.ask_workarea();
    d.ask_monitors();
    for (event, s) in later {
        d.take(event, s);
    }
    d.settle().map_err(broken)
}

fn stock_top(d: &mut Display, id: u32) -> Option<()> {
    let attributes = d.conn.get_window_attributes(id).ok()?;
    let geometry = d.conn.get_geometry(id).ok()?;
    let (attributes, g) = (attributes.reply().ok()?, geometry.reply().ok()?);
    let b = i32::from(g.border_width);
    let rect = Rect::new(i32::from(g.x) + b, i32::from(g.y) + b, g.width.into(), g.height.into());
    d.add_top(id, rect, b, attributes.override_redirect);
    d.subject_appeared(id, id);
    if attributes.map_state != MapState::UNMAPPED
        && let Some(top) = d.stack.get_mut(id)
    {
        top.mapped = true;
    }
    for (client, parent) in clients_below(d, id) {
        if client != id {
            d.attach_client(client, id, parent == id);
        }
    }
    if d.stack.get(id)?.mapped {
        d.subject_mapped(id);
    }
    Some(())
}

/// Applications' windows at or below a child of the root, with their parents.
fn clients_below(d: &Display, top: u32) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut level = vec![(top, 0)];
    for _ in 0..4 {
        let mut next = Vec::new();
        for (id, parent) in level.iter().take(64) {
            let state = d.conn.get_property(false, *id, d.atoms.WM_STATE, AtomEnum::ANY, 0, 1);
            if state.ok().and_then(|c| c.reply().ok()).is_some_and(|r| r.type_ != 0) {
                found.push((*id, *parent));
                continue;
            }
            if let Some(tree) = d.conn.query_tree(*id).ok().and_then(|c| c.reply().ok()) {
                next.extend(tree.children.into_iter().map(|c| (c, *id)));
            }
        }
        if !found.is_empty() {
            break;
        }
        level = next;
    }
    found
}
