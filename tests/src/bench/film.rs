//! A window that is painted anew, all of it, 25 times a second, as a film is.

use std::time::{Duration, Instant};

use anyhow::Result;
use x11rb::connection::Connection;
use x11rb::properties::{WmSizeHints, WmSizeHintsSpecification};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateGCAux, CreateWindowAux, ImageFormat, PropMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::stage::film_place;

/// Its title.
pub const TITLE: &str = "Tide.mkv";
/// Pictures a second.
const RATE: u32 = 25;
/// So many different ones, over and over; the server keeps them.
const PICTURES: u32 = 10;

/// Shows it until it is killed.
pub fn run() -> Result<()> {
    let (conn, screen) = RustConnection::connect(None)?;
    let screen = &conn.setup().roots[screen];
    let place = film_place(screen.width_in_pixels.into(), screen.height_in_pixels.into());
    let (x, y) = (i16::try_from(place.x)?, i16::try_from(place.y)?);
    let (w, h) = (u16::try_from(place.w)?, u16::try_from(place.h)?);
    let (window, gc) = (conn.generate_id()?, conn.generate_id()?);
    let (kind, aux) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
    conn.create_window(screen.root_depth, window, screen.root, x, y, w, h, 0, kind, 0, &aux)?.check()?;
    conn.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
    conn.change_property8(PropMode::REPLACE, window, AtomEnum::WM_CLASS, AtomEnum::STRING, b"player\0Player\0")?;
    conn.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, TITLE.as_bytes())?;
    let mut hints = WmSizeHints::new();
    hints.position = Some((WmSizeHintsSpecification::UserSpecified, place.x, place.y));
    hints.set_normal_hints(&conn, window)?;
    let mut pictures = Vec::new();
    for n in 0..PICTURES {
        let pixmap = conn.generate_id()?;
        conn.create_pixmap(screen.root_depth, pixmap, window, w, h)?;
        // In bands, for the server takes no request of any size.
        for top in (0..h).step_by(128) {
            let rows = (h - top).min(128);
            let band = picture(n, w, top..top + rows);
            let at = i16::try_from(top)?;
            conn.put_image(ImageFormat::Z_PIXMAP, pixmap, gc, w, rows, 0, at, 0, screen.root_depth, &band)?.check()?;
        }
        pictures.push(pixmap);
    }
    conn.map_window(window)?;
    let begun = Instant::now();
    for n in 0_u32.. {
        std::thread::sleep((Duration::from_secs(1) * n / RATE).saturating_sub(begun.elapsed()));
        conn.copy_area(pictures[(n % PICTURES) as usize], window, gc, 0, 0, 0, 0, w, h)?;
        conn.flush()?;
        while conn.poll_for_event()?.is_some() {}
    }
    Ok(())
}

/// Waves and grain. Green is never as dark as in the private window.
fn picture(n: u32, width: u16, rows: std::ops::Range<u16>) -> Vec<u8> {
    let mut grain = 0x9e37_79b9_u32 ^ (n << 16 | u32::from(rows.start) | 1);
    let mut pixels = Vec::with_capacity(usize::from(width) * rows.len() * 4);
    for y in rows.map(u32::from) {
        for x in 0..u32::from(width) {
            grain ^= grain << 13;
            grain ^= grain >> 17;
            grain ^= grain << 5;
            let wave = ((x + n * 24) / 3 % 128).abs_diff(64) + (y + n * 8) / 4 % 64;
            let light = u8::try_from(80 + (wave + (grain & 7)).min(160)).unwrap_or(u8::MAX);
            pixels.extend_from_slice(&[light, light - 10, light / 2, 0]);
        }
    }
    pixels
}
