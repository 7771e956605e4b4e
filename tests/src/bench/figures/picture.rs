//! What one picture costs, part by part, beside a bare grab of the screen through shared memory.

use std::time::{Duration, Instant};

use anyhow::Context;
use platform::{Display, OpenOptions, StreamSwitches};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use serde::Serialize;
use vault::Item;
use vault::bands::Packer;
use vault::item::{FrameItem, ShownWindow};
use x11rb::connection::Connection as _;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xproto::ImageFormat;
use x11rb::rust_connection::RustConnection;

use super::recorder::{Recorder, at};
use crate::Result;
use crate::bench::stage::Stage;
use crate::bench::stats::middle;
use crate::desktop::Desktop;
use crate::wait::{LONG, wait_for};

/// So many pictures, of one window after the other.
const PICTURES: usize = 40;
/// An application has so long to paint.
const PAINTED: Duration = Duration::from_millis(250);

/// The median of each part, milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// The screen.
    pub screen: &'static str,
    /// The list of windows, their surfaces, and the picture made of them.
    pub compose: Option<f64>,
    /// Compressed, to be held back in memory.
    pub pack: Option<f64>,
    /// Cut into tiles, compared with those that are there, sealed and written.
    pub seal: Option<f64>,
    /// The whole screen as it is, into shared memory: what nobody needs who may show everything.
    pub grab: Option<f64>,
    /// The same, and a copy of it.
    pub grab_copy: Option<f64>,
}

/// Measures them on a screen of this size.
pub fn measure(screen: &'static str, (w, h): (u32, u32)) -> Result<Picture> {
    let desktop = Desktop::builder().size(w, h).full().start()?;
    let stage = Stage::set(&desktop)?;
    let mut recorder = Recorder::fresh(&desktop)?;
    let mut display = open(&desktop)?;
    let bare = Bare::open(&desktop, (w, h))?;
    let mut times: [Vec<f64>; 5] = Default::default();
    let [compose, pack, seal, grab, copy] = &mut times;
    let mut packer = Packer::new()?;
    for n in 0..PICTURES {
        // The last one is the private one.
        stage.hand.activate(stage.windows[n % (stage.windows.len() - 1)].id)?;
        std::thread::sleep(PAINTED);
        let (frame, took) = wait_for("a picture", LONG, || {
            display.drain(&mut |_| {}).ok()?;
            let begun = Instant::now();
            let frame = display.compose(&|_| true).ok()??;
            Some((frame, ms(begun)))
        })?;
        let begun = Instant::now();
        let changed = |x, y, width, height| frame.changed.within(x, y, width, height);
        let pixels = packer.pack(&frame.pixels, (frame.width, frame.height), &changed)?;
        pack.push(ms(begun));
        let shown = vec![ShownWindow { app: "editor".into(), title: None, rect: (0, 0, w, h) }];
        let when = at(i64::try_from(n)? * 1000);
        recorder.record(Item::Frame(FrameItem {
            at: when,
            width: frame.width,
            height: frame.height,
            pixels,
            shown,
        }))?;
        let begun = Instant::now();
        recorder.sync()?;
        seal.push(ms(begun));
        compose.push(took);
        let begun = Instant::now();
        bare.grab()?;
        grab.push(ms(begun));
        bare.copy()?;
        copy.push(ms(begun));
    }
    let [compose, pack, seal, grab, grab_copy] = times.map(|times| middle(times).map(|m| m.median));
    Ok(Picture { screen, compose, pack, seal, grab, grab_copy })
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

/// The display as the agent has it, with the windows in it.
fn open(desktop: &Desktop) -> Result<Display> {
    let options = OpenOptions { display: Some(desktop.display_name().to_owned()), ..OpenOptions::default() };
    let mut display = Display::open(options)?;
    let lost = |_| anyhow::anyhow!("the display is lost");
    display.set_streams(StreamSwitches { screen: true, ..StreamSwitches::default() }).map_err(lost)?;
    Ok(display)
}

/// Memory that the X server writes the screen into.
struct Bare {
    conn: RustConnection,
    root: u32,
    segment: u32,
    memory: rustix::fd::OwnedFd,
    size: (u16, u16),
}

impl Bare {
    fn open(desktop: &Desktop, (w, h): (u32, u32)) -> Result<Bare> {
        let (conn, screen) = RustConnection::connect(Some(desktop.display_name()))?;
        let root = conn.setup().roots[screen].root;
        let memory = memfd_create("bare", MemfdFlags::CLOEXEC)?;
        ftruncate(&memory, u64::from(w * h * 4))?;
        let segment = conn.generate_id()?;
        conn.shm_attach_fd(segment, memory.try_clone()?, false)?.check().context("shared memory")?;
        Ok(Bare { conn, root, segment, memory, size: (u16::try_from(w)?, u16::try_from(h)?) })
    }

    fn grab(&self) -> Result<()> {
        let ((w, h), kind) = (self.size, ImageFormat::Z_PIXMAP.into());
        self.conn.shm_get_image(self.root, 0, 0, w, h, !0, kind, self.segment, 0)?.reply()?;
        Ok(())
    }

    fn copy(&self) -> Result<()> {
        let mut copy = vec![0; usize::from(self.size.0) * usize::from(self.size.1) * 4];
        let read = rustix::io::pread(&self.memory, &mut copy, 0)?;
        anyhow::ensure!(read == copy.len(), "{read} of {} bytes", copy.len());
        Ok(())
    }
}
