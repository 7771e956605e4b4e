//! Systems without sensors: the display does not open, and says so.

#[cfg(unix)]
use std::os::fd::BorrowedFd;

use crate::{
    Chord, ChordId, Event, Frame, Lost, Millis, OpenError, OpenOptions, PillFace, PillVisible, StreamSwitches, WindowId,
};

/// Milliseconds since this process first asked.
#[must_use]
pub fn boot_now() -> Millis {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let since = START.get_or_init(std::time::Instant::now).elapsed().as_millis();
    Millis(u64::try_from(since).unwrap_or(u64::MAX))
}

/// The display. It never opens on this system, so none of its methods ever runs.
#[derive(Debug)]
pub struct Display(std::convert::Infallible);

impl Display {
    /// Always says that this system is not supported.
    pub fn open(_: OpenOptions) -> Result<Display, OpenError> {
        Err(OpenError::Unsupported { system: std::env::consts::OS })
    }

    /// Something to wait on: readable when the server sent something.
    #[cfg(unix)]
    #[must_use]
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        match self.0 {}
    }

    /// Delivers everything that is readable now. Never waits.
    pub fn drain(&mut self, _: &mut dyn FnMut(Event)) -> Result<(), Lost> {
        match self.0 {}
    }

    /// Asks the server for a sign of life, which arrives as [`Event::UpTo`].
    pub fn probe(&mut self) -> Result<(), Lost> {
        match self.0 {}
    }

    /// Measures anew how server time and boot time lie to each other.
    pub fn remap_clock(&mut self) -> Result<(), Lost> {
        match self.0 {}
    }

    /// Starts and stops sensors.
    pub fn set_streams(&mut self, _: StreamSwitches) -> Result<(), Lost> {
        match self.0 {}
    }

    /// Sets the control chords.
    pub fn set_chords(&mut self, _: &[(ChordId, Chord)]) -> Result<(), Lost> {
        match self.0 {}
    }

    /// A picture of the windows that `allow` names.
    pub fn compose(&mut self, _: &dyn Fn(WindowId) -> bool) -> Result<Option<Frame>, Lost> {
        match self.0 {}
    }

    /// When [`compose`](Self::compose) should be called although nothing changed.
    #[must_use]
    pub fn compose_due(&self) -> Option<Millis> {
        match self.0 {}
    }

    /// When [`drain`](Self::drain) should be called although nothing is readable.
    #[must_use]
    pub fn look_due(&self) -> Option<Millis> {
        match self.0 {}
    }

    /// The next picture is due even if nothing changes.
    pub fn renew(&mut self) {
        match self.0 {}
    }

    /// Wipes the kept picture.
    pub fn forget_picture(&mut self) {
        match self.0 {}
    }

    /// Gives the screen back until the next [`compose`](Self::compose).
    pub fn release_screen(&mut self) {
        match self.0 {}
    }

    /// Shows the pill, or changes its face.
    pub fn set_pill(&mut self, _: PillFace) -> Result<(), Lost> {
        match self.0 {}
    }

    /// How much of the pill is seen now.
    pub fn pill_visible(&mut self) -> Result<PillVisible, Lost> {
        match self.0 {}
    }

    /// Maps and raises the pill, at most once in 10 s; whether it did.
    pub fn raise_pill(&mut self) -> bool {
        match self.0 {}
    }
}
