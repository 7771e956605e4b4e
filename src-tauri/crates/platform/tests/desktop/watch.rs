//! Waiting, and a display with everything it said.

use std::time::{Duration, Instant};

use platform::{Display, Event, Focus, Frame, OpenOptions, StreamSwitches, WindowId};

use crate::server::Server;

/// Looks again until there is an answer.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        pause();
    }
}

/// The only sleep of these tests: between two looks.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(3));
}

/// Does this again and again for so many milliseconds, at least once.
pub fn dwell(ms: u64, mut act: impl FnMut()) {
    let end = Instant::now() + Duration::from_millis(ms);
    until("a dwell", || {
        act();
        (Instant::now() >= end).then_some(())
    });
}

pub const ALL: StreamSwitches = StreamSwitches { screen: true, keys: true, pointer: true, focus_titles: true };

/// A display under test.
pub struct Watch {
    pub display: Display,
    pub events: Vec<Event>,
}

impl Watch {
    pub fn open(server: &Server, streams: StreamSwitches) -> Watch {
        let options = OpenOptions { display: Some(server.display.clone()), ..OpenOptions::default() };
        let mut display = Display::open(options).unwrap();
        display.set_streams(streams).unwrap();
        Watch { display, events: Vec::new() }
    }

    pub fn drain(&mut self) {
        let events = &mut self.events;
        self.display.drain(&mut |e| events.push(e)).unwrap();
    }

    /// Waits for an event among all so far.
    pub fn wait<T>(&mut self, what: &str, mut look: impl FnMut(&[Event]) -> Option<T>) -> T {
        until(what, || {
            self.drain();
            look(&self.events)
        })
    }

    /// Probes, and waits until the server has answered.
    pub fn settle(&mut self) {
        for _ in 0..3 {
            let before = self.marks();
            self.display.probe().unwrap();
            self.wait("a sign of life", |e| {
                (e.iter().filter(|e| matches!(e, Event::UpTo(_))).count() > before).then_some(())
            });
        }
    }

    fn marks(&self) -> usize {
        self.events.iter().filter(|e| matches!(e, Event::UpTo(_))).count()
    }

    pub fn focus(&self) -> Focus {
        self.events
            .iter()
            .rev()
            .find_map(|e| if let Event::Focus(_, f) = e { Some(*f) } else { None })
            .unwrap_or_default()
    }

    pub fn wait_focus(&mut self, window: u32) {
        let wanted = Focus::Window(WindowId(window.into()));
        until("focus", || {
            self.drain();
            (self.focus() == wanted).then_some(())
        });
    }

    /// Composes until a frame satisfies.
    pub fn frame<T>(
        &mut self,
        what: &str,
        allow: &dyn Fn(WindowId) -> bool,
        mut look: impl FnMut(&Frame) -> Option<T>,
    ) -> T {
        until(what, || {
            let frame = self.display.compose(allow).unwrap();
            self.drain();
            frame.as_ref().and_then(&mut look)
        })
    }
}

/// How many pixels of exactly this colour there are.
pub fn count(frame: &Frame, rgb: u32) -> usize {
    let [b, g, r, _] = rgb.to_le_bytes();
    frame.pixels.chunks_exact(4).filter(|p| p[..3] == [b, g, r]).count()
}
