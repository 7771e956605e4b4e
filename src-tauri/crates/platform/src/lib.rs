//! Sensors and pill, per system.
//!
//! This crate knows no rules. It reports facts (which window has the focus, which keys were pressed,
//! what an allowed window shows) and does what it is told. Which windows may be shown is asked of its
//! caller; every answer that it cannot find out counts as *no*.
//!
//! Start at [`Display`]: [`Display::open`], then [`Display::drain`] whenever [`Display::as_fd`] is
//! readable (best also after each other call on it, which may have taken in events).

mod chord;
mod error;
mod face;
mod frame;
mod owner;
mod paint_gate;
mod region;
mod types;
mod visibility;

pub use chord::{Chord, ChordError, ChordId};
pub use error::{Lost, OpenError};
pub use face::{Hidden, MonitorPill, OpenOptions, PillFace, PillShape, PillVisible, StreamSwitches};
pub use frame::{Changed, Frame, Shown};
pub use region::Rect;
pub use types::{Event, Facts, Focus, KeyEvent, Kind, Millis, PointerEvent, PointerKind, WindowId, Zeroizing};

#[cfg(target_os = "linux")]
pub mod access;
#[cfg(target_os = "linux")]
mod canvas;
#[cfg(target_os = "linux")]
mod clock;
#[cfg(target_os = "linux")]
mod pill_draw;
#[cfg(target_os = "linux")]
pub mod sites;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
pub use clock::boot_now;
#[cfg(target_os = "linux")]
pub use x11::Display;

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
pub use unsupported::{Display, boot_now};
