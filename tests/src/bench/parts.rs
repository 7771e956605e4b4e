//! The programs that the bench starts besides Eyelid: a bare listener, and a recorder that grabs the whole screen.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use x11rb::connection::Connection as _;
use x11rb::protocol::xinput::{self, ConnectionExt as _, XIEventMask};
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// Hears raw keys and pointer moves, and that another window is active; drops them all.
pub fn listen() -> Result<()> {
    let conn = listener(None)?.0;
    loop {
        conn.wait_for_event()?;
    }
}

/// A connection that hears all that a recorder has to hear, and the root window.
pub fn listener(display: Option<&str>) -> Result<(RustConnection, u32)> {
    let (conn, screen) = RustConnection::connect(display)?;
    let root = conn.setup().roots[screen].root;
    conn.xinput_xi_query_version(2, 2)?.reply()?;
    let mask = XIEventMask::RAW_KEY_PRESS
        | XIEventMask::RAW_KEY_RELEASE
        | XIEventMask::RAW_BUTTON_PRESS
        | XIEventMask::RAW_BUTTON_RELEASE
        | XIEventMask::RAW_MOTION;
    let device = xinput::Device::ALL_MASTER.into();
    conn.xinput_xi_select_events(root, &[xinput::EventMask { deviceid: device, mask: vec![mask] }])?.check()?;
    let mask = EventMask::PROPERTY_CHANGE | EventMask::FOCUS_CHANGE;
    conn.change_window_attributes(root, &ChangeWindowAttributesAux::new().event_mask(mask))?.check()?;
    Ok((conn, root))
}

/// Once a second a picture of the whole screen, as PNG. It does what programs with the crate `xcap` (0.8) do: a new
/// connection for each picture, GetImage through the socket, pixel by pixel to RGBA, the crate `png` with its fast
/// compression and adaptive filter, a file each. The crate itself would bring PipeWire and Wayland into the build.
pub fn grab(folder: &Path) -> Result<()> {
    let begun = Instant::now();
    for n in 0.. {
        std::thread::sleep(Duration::from_secs(n).saturating_sub(begun.elapsed()));
        let (conn, screen) = RustConnection::connect(None)?;
        let screen = &conn.setup().roots[screen];
        let (w, h) = (screen.width_in_pixels, screen.height_in_pixels);
        let image = conn.get_image(ImageFormat::Z_PIXMAP, screen.root, 0, 0, w, h, !0)?.reply()?;
        let rgba = rgba(&image.data);
        let mut encoder =
            png::Encoder::new(BufWriter::new(File::create(folder.join(format!("{n}.png")))?), w.into(), h.into());
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Adaptive);
        encoder.write_header()?.write_image_data(&rgba)?;
    }
    Ok(())
}

fn rgba(bgrx: &[u8]) -> Vec<u8> {
    let mut rgba = vec![0; bgrx.len()];
    for (to, from) in rgba.chunks_exact_mut(4).zip(bgrx.chunks_exact(4)) {
        to.copy_from_slice(&[from[2], from[1], from[0], 255]);
    }
    rgba
}

#[cfg(test)]
mod tests {
    #[test]
    fn red_and_blue_change_places() {
        assert_eq!(super::rgba(&[1, 2, 3, 0, 4, 5, 6, 0]), [3, 2, 1, 255, 6, 5, 4, 255]);
    }
}
