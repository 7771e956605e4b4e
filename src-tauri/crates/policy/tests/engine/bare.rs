//! A policy and its clocks without the oracle, for examples that need more than operations can say.

use crate::cast::Who;
use crate::ops;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use policy::{
    Boot, Candidate, Clear, Focus, Hold, Input, KeyLevel, Now, Policy, Presence, Recipient, Saved, Sensor, State,
    Stream, VaultState, Wall, WindowId, WindowKind, Withheld,
};

pub const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
pub const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
pub const EDITOR: WindowId = WindowId(0);

pub struct Bare {
    pub policy: Policy,
    pub now: Now,
}

pub fn zone(posix: &str) -> TimeZone {
    TimeZone::posix(posix).expect("a zone")
}

/// An instant, as `2026-03-28T22:00:00+01:00`.
pub fn wall(text: &str) -> Wall {
    Wall(text.parse::<Timestamp>().expect("an instant").as_millisecond())
}

/// What policy answers about a datum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Cleared,
    Wait(Boot),
    Dropped(Withheld),
}

impl Bare {
    /// Recording, at this instant, in this zone.
    pub fn recording(at: &str, posix: &str) -> Bare {
        let mut bare = Bare::load(None, Now { boot: Boot(1_000_000), wall: wall(at) });
        bare.settle(posix);
        assert_eq!(bare.policy.state(), State::Recording);
        bare
    }

    pub fn load(saved: Option<Saved>, now: Now) -> Bare {
        Bare { policy: Policy::new(3000, saved, now), now }
    }

    pub fn settle(&mut self, posix: &str) {
        for input in [
            Input::Zone(zone(posix)),
            Input::Consent(Some(ops::all_streams(KeyLevel::Text))),
            Input::Pill(true),
            Input::Presence(Presence::Here),
            Input::Vault(VaultState::Ready),
            Input::Recipient(Recipient::Verified),
        ] {
            self.say(input);
        }
        self.window(EDITOR, Who::Editor);
        self.say(Input::Focus(Focus::Window(EDITOR)));
        self.drain();
    }

    pub fn say(&mut self, input: Input) {
        self.policy.handle(self.now.boot, input, self.now);
    }

    pub fn say_late(&mut self, ago: u64, input: Input) {
        self.policy.handle(self.now.boot.minus(ago), input, self.now);
    }

    pub fn window(&mut self, id: WindowId, who: Who) {
        self.say(Input::Window { id, kind: WindowKind::Normal, identity: who.identity(), text: true });
    }

    pub fn drain(&mut self) {
        for sensor in [Sensor::Display, Sensor::Access, Sensor::Sites, Sensor::Tray] {
            self.say(Input::UpTo(sensor, self.now.boot));
        }
    }

    /// Time passes, and timers act when policy wants them to.
    pub fn wait(&mut self, ms: u64) {
        let end = self.now.boot.plus(ms);
        while let Some(due) = self.policy.poll_timeout().filter(|due| *due <= end) {
            self.pass(due.since(self.now.boot));
        }
        self.pass(end.since(self.now.boot));
    }

    /// Time passes, and timers act only then.
    pub fn pass(&mut self, ms: u64) {
        self.now.boot = self.now.boot.plus(ms);
        self.now.wall.0 += ms as i64;
        self.policy.handle_timeout(self.now);
    }

    pub fn wait_until(&mut self, at: &str) {
        let ms = wall(at).0 - self.now.wall.0;
        self.wait(u64::try_from(ms).expect("later"));
    }

    pub fn jump(&mut self, ms: i64) {
        self.now.wall.0 += ms;
        self.policy.handle_timeout(self.now);
    }

    /// The person is here, is reminded, and a minute goes by.
    pub fn remind(&mut self) {
        self.say(Input::ReminderShown);
        self.wait(ops::MINUTE);
    }

    pub fn held(&self) -> Vec<Hold> {
        match self.policy.state() {
            State::Recording => vec![],
            State::Held(held) => held.into_iter().map(|held| held.hold).collect(),
        }
    }

    pub fn holds(&self, hold: Hold) -> bool {
        self.held().contains(&hold)
    }

    pub fn until(&self, hold: Hold) -> Option<Wall> {
        let State::Held(held) = self.policy.state() else { return None };
        held.iter().find(|h| h.hold == hold)?.until.map(|until| self.now.wall_of(until))
    }

    pub fn ask(&mut self, stream: Stream, at: Boot, windows: &[WindowId]) -> Answer {
        self.ask_of(stream, (at, at), windows)
    }

    /// Likewise, of one that was not taken in one instant.
    pub fn ask_of(&mut self, stream: Stream, (at, until): (Boot, Boot), windows: &[WindowId]) -> Answer {
        let candidate = Candidate { stream, at, until, windows: windows.to_vec(), payload: () };
        match self.policy.clear(candidate, self.now) {
            Clear::Cleared(_) => Answer::Cleared,
            Clear::Wait(_, until) => Answer::Wait(until),
            Clear::Dropped(why) => Answer::Dropped(why),
        }
    }

    /// What becomes of a frame of these windows once everything about it is known.
    pub fn frame(&mut self, at: Boot, windows: &[WindowId]) -> Answer {
        let ripe = at.plus(3001);
        if ripe > self.now.boot {
            self.wait(ripe.since(self.now.boot));
        }
        self.drain();
        self.ask(Stream::Screen, at, windows)
    }
}
