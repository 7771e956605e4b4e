//! The pill as its user sees it, and what [`Display`](crate::Display) is told.

use std::collections::HashMap;

/// How to open the display.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Name of the display; `None` takes it from the environment, which then must not be a Wayland session's.
    pub display: Option<String>,
    /// Where the person put the pill, by monitor, relative to the monitor.
    pub pill_places: HashMap<String, (i32, i32)>,
}

/// Which sensors run. None of a stream that is off does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamSwitches {
    /// Pictures of windows.
    pub screen: bool,
    /// Keys.
    pub keys: bool,
    /// The pointer.
    pub pointer: bool,
    /// Titles of windows. The focus itself is always known: the holds need it.
    pub focus_titles: bool,
}

/// The eye on the pill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PillShape {
    /// Recording.
    Open,
    /// Recording, with something withheld.
    Half,
    /// Paused.
    Closed,
    /// Off, or a fault.
    #[default]
    Crossed,
    /// Sensors run for the mirror of the first run; nothing is recorded.
    Dashed,
}

/// What the pill looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PillFace {
    /// The eye.
    pub shape: PillShape,
    /// A word or two, such as `Recording` or `Paused 14:03`.
    pub text: String,
    /// Only the eye.
    pub small: bool,
    /// Paler, for when nothing is recorded.
    pub fade: bool,
    /// For a light desktop: dark on light.
    pub light: bool,
}

/// Why the pill does not count as seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// Other windows lie over it.
    Covered,
    /// It was unmapped or destroyed.
    Unmapped,
    /// It was made see-through.
    Transparent,
    /// Its shape was cut.
    Shaped,
    /// It was moved off its monitor.
    OffScreen,
    /// There is no monitor.
    NoMonitor,
}

/// How much of the pill is seen on one monitor.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorPill {
    /// Monitor's name.
    pub monitor: String,
    /// 0 to 1.
    pub fraction: f32,
}

/// Whether the pill is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct PillVisible {
    /// By monitor.
    pub monitors: Vec<MonitorPill>,
    /// At least half of it is seen on each monitor, and there is one.
    pub ok: bool,
    /// Why not.
    pub reason: Option<Hidden>,
}
