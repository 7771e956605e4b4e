//! Two recorders as others build them, beside ours: they must be seen to leak, or the scene proved nothing. They keep
//! counts, and which key they believe went where; not a pixel.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, XIEventMask};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

use super::cast::{CAST, owner};
use super::clock;
use crate::Result;

/// They take a picture this often.
const EVERY: Duration = Duration::from_millis(500);
/// The watcher looks this often.
const LOOK: Duration = Duration::from_millis(250);
/// Every so many pixels, in both directions, one is compared.
pub const GRID: usize = 8;

/// Whose pixels lie where on the screen, by a coarse grid: 0 for nobody that is allowed, else the index and one.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Milliseconds of the run.
    pub at: i64,
    /// Row by row.
    pub grid: Vec<u8>,
}

/// What a naive recorder would have stored.
#[derive(Clone, Debug, Default)]
pub struct Naive {
    /// Pictures.
    pub frames: u64,
    /// Pictures with private pixels.
    pub leaked_frames: u64,
    /// Private pixels.
    pub leaked_pixels: u64,
    /// Keys: server time, key, and the window they were filed under.
    pub keys: Vec<(u32, u8, usize)>,
}

struct Eye {
    conn: RustConnection,
    root: u32,
    size: (u16, u16),
    active: u32,
    ids: Vec<u32>,
}

impl Eye {
    fn open(display: &str, ids: Vec<u32>, keys: bool) -> Result<Eye> {
        let (conn, screen) = RustConnection::connect(Some(display))?;
        let root = conn.setup().roots[screen].root;
        let size = conn.get_geometry(root)?.reply()?;
        let active = conn.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
        if keys {
            conn.xinput_xi_query_version(2, 2)?.reply()?;
            let mask = vec![XIEventMask::RAW_KEY_PRESS];
            let device = xinput::Device::ALL_MASTER.into();
            conn.xinput_xi_select_events(root, &[xinput::EventMask { deviceid: device, mask }])?.check()?;
        }
        Ok(Eye { conn, root, size: (size.width, size.height), active, ids })
    }

    /// The window the window manager calls active.
    fn active(&self) -> Result<Option<usize>> {
        let active = self.conn.get_property(false, self.root, self.active, AtomEnum::WINDOW, 0, 1)?.reply()?;
        let id = active.value32().and_then(|mut ids| ids.next());
        Ok(self.ids.iter().position(|known| Some(*known) == id))
    }

    fn grab(&self) -> Result<Vec<u8>> {
        let (w, h) = self.size;
        Ok(self.conn.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, w, h, !0)?.reply()?.data)
    }

    /// The raw keys that come in until then.
    fn keys_until(&self, then: Instant, mut key: impl FnMut(u32, u8) -> Result<()>) -> Result<()> {
        loop {
            while let Some(event) = self.conn.poll_for_event()? {
                if let Event::XinputRawKeyPress(e) = event {
                    key(e.time, u8::try_from(e.detail)?)?;
                }
            }
            let left = then.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let left = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
            let _ = poll(&mut [PollFd::from_borrowed_fd(self.conn.stream().as_fd(), PollFlags::IN)], Some(&left));
        }
    }
}

/// The window of which a recorder says: this is on the list, not recorded.
fn on_the_list(window: Option<usize>) -> bool {
    window.is_some_and(|index| CAST[index].private)
}

impl Naive {
    fn store(&mut self, picture: &[u8]) {
        let private = picture.chunks_exact(4).filter(|p| owner(p[2], p[1], p[0]).is_some_and(|(_, private)| private));
        let private = private.count() as u64;
        self.frames += 1;
        self.leaked_pixels += private;
        self.leaked_frames += u64::from(private > 0);
    }
}

/// A thread that ends when told to.
pub struct Watcher<T> {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<T>>,
}

impl<T: Send + 'static> Watcher<T> {
    /// Starts it; it looks at the flag and ends when that is set.
    pub fn start(run: impl FnOnce(&AtomicBool) -> Result<T> + Send + 'static) -> Watcher<T> {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        Watcher { stop, thread: std::thread::spawn(move || run(&flag)) }
    }

    /// Ends it.
    pub fn end(self) -> Result<T> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("a watching thread has panicked"))?
    }
}

/// Grabs the whole screen, then asks who is in front; asks at each key.
pub fn grab_then_ask(display: &str, ids: &[u32]) -> Watcher<Naive> {
    let (display, ids) = (display.to_owned(), ids.to_owned());
    Watcher::start(move |stop| {
        let eye = Eye::open(&display, ids, true)?;
        let mut naive = Naive::default();
        let mut next = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            next += EVERY;
            let picture = eye.grab()?;
            if !on_the_list(eye.active()?) {
                naive.store(&picture);
            }
            eye.keys_until(next, |time, code| {
                let front = eye.active()?;
                if let Some(index) = front.filter(|_| !on_the_list(front)) {
                    naive.keys.push((time, code, index));
                }
                Ok(())
            })?;
        }
        Ok(naive)
    })
}

/// One thread looks who is in front and raises a flag, another heeds the flag.
pub fn flag_and_loop(display: &str, ids: &[u32]) -> Watcher<Naive> {
    let (display, ids) = (display.to_owned(), ids.to_owned());
    Watcher::start(move |stop| {
        let flag = Arc::new(AtomicU32::new(u32::MAX));
        let (seen, looking) = (Arc::clone(&flag), Eye::open(&display, ids.clone(), false)?);
        let watcher = Watcher::start(move |stop| {
            while !stop.load(Ordering::Relaxed) {
                let front = looking.active()?.and_then(|index| u32::try_from(index).ok());
                seen.store(front.unwrap_or(u32::MAX), Ordering::Relaxed);
                std::thread::sleep(LOOK);
            }
            Ok(())
        });
        let front = || usize::try_from(flag.load(Ordering::Relaxed)).ok().filter(|index| *index < CAST.len());
        let eye = Eye::open(&display, ids, true)?;
        let mut naive = Naive::default();
        let mut next = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            next += EVERY;
            if !on_the_list(front()) {
                naive.store(&eye.grab()?);
            }
            eye.keys_until(next, |time, code| {
                if let Some(index) = front().filter(|_| !on_the_list(front())) {
                    naive.keys.push((time, code, index));
                }
                Ok(())
            })?;
        }
        watcher.end()?;
        Ok(naive)
    })
}

/// What is on the screen, again and again: not a recorder, but what the recorder's share is measured against.
pub fn samples(display: &str) -> Watcher<Vec<Sample>> {
    let display = display.to_owned();
    Watcher::start(move |stop| {
        let eye = Eye::open(&display, Vec::new(), false)?;
        let mut samples = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let at = clock::now();
            let picture = eye.grab()?;
            let pixels = |at: usize| picture.get(at * 4..at * 4 + 3).map_or([0; 3], |p| [p[2], p[1], p[0]]);
            samples.push(Sample { at, grid: grid(usize::from(eye.size.0), usize::from(eye.size.1), pixels) });
            std::thread::sleep(EVERY);
        }
        Ok(samples)
    })
}

/// The coarse grid of a picture.
pub fn grid(width: usize, height: usize, pixel: impl Fn(usize) -> [u8; 3]) -> Vec<u8> {
    let mut grid = Vec::with_capacity((width / GRID + 1) * (height / GRID + 1));
    for y in (0..height).step_by(GRID) {
        for x in (0..width).step_by(GRID) {
            let [r, g, b] = pixel(y * width + x);
            let allowed = owner(r, g, b).filter(|(_, private)| !private);
            grid.push(allowed.and_then(|(index, _)| u8::try_from(index + 1).ok()).unwrap_or_default());
        }
    }
    grid
}
