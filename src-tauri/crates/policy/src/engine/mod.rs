//! The policy itself: inputs in, holds and clearances out.
//!
//! One call runs in three steps: the timers due by `now` act; the input acts; timers that the input made due act.
//! So a hold always acts in the call that brought it, and a late call finds everything that should have happened.

mod clearing;
mod clock;
mod focus;
mod pauses;
mod saved;
mod sensors;
mod windows;

pub use pauses::Ending;
pub use saved::{Saved, SavedOptOut, SavedPause, UnknownVersion, Version};

use crate::history::Track;
use crate::rules::{RuleSet, Treatment, Verdict};
use crate::schedule::{Occurrence, Recurring};
use crate::{
    Boot, Focus, Held, Hold, Input, KeyLevel, Now, Presence, Recipient, State, Stream, Streams, VaultState, WindowId,
};
use clock::Clock;
use jiff::tz::TimeZone;
use pauses::{Begun, Timed};
use sensors::Sensors;
use windows::Windows;

/// Why a hold stands. Most holds have one cause; three have a second one that comes and goes on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The hold's own.
    Hold(Hold),
    /// `SensorSilent`, because the accessibility bus is silent while text is recorded.
    AccessSilent,
    /// `SessionLocked`, because something locks the screen without a word.
    Locker,
    /// `OptOut`, because there is a schedule, but it is not known what time it is here.
    TimeUnknown,
}

impl Reason {
    const COUNT: usize = Hold::ALL.len() + 3;

    fn index(self) -> usize {
        match self {
            Reason::Hold(hold) => hold as usize,
            Reason::AccessSilent => Hold::ALL.len(),
            Reason::TimeUnknown => Hold::ALL.len() + 1,
            Reason::Locker => Hold::ALL.len() + 2,
        }
    }

    /// All reasons of a hold.
    fn of(hold: Hold) -> impl Iterator<Item = Reason> {
        let second = match hold {
            Hold::SensorSilent => Some(Reason::AccessSilent),
            Hold::OptOut => Some(Reason::TimeUnknown),
            Hold::SessionLocked => Some(Reason::Locker),
            Hold::NotConsented
            | Hold::NoIndicator
            | Hold::UserPause
            | Hold::SensitiveApp
            | Hold::SensitiveSite
            | Hold::PrivateWindow
            | Hold::SecretField
            | Hold::KeyShown
            | Hold::FocusUnknown
            | Hold::ClockUncertain
            | Hold::VaultUnavailable
            | Hold::RecipientUnverified
            | Hold::TraySilent
            | Hold::ConfigInvalid
            | Hold::ShuttingDown => None,
        };
        std::iter::once(Reason::Hold(hold)).chain(second)
    }
}

/// What may be recorded, now and at each instant that a candidate can still carry.
#[derive(Debug)]
pub struct Policy {
    hold_back: u64,
    /// The latest time seen. Boot time never goes back.
    now: Now,
    /// When each reason stood.
    reasons: [Track; Reason::COUNT],
    /// When each stream was not consented to, in the order of [`Stream::ALL`].
    off: [Track; Stream::ALL.len()],
    streams: Streams,
    presence: Presence,
    clock: Clock,
    sensors: Sensors,
    rules: RuleSet,
    windows: Windows,
    /// Never `Grabbed`: a grab moves no focus.
    focus: Focus,
    grabbed: bool,
    pause: Option<Timed>,
    begun: Option<Begun>,
    schedule: Vec<Recurring>,
    zone: Option<TimeZone>,
    plan: pauses::Plan,
    /// Occurrences that the person has released; they do not begin again.
    released: Vec<Occurrence>,
    /// When history was last pruned.
    pruned: Boot,
}

impl Policy {
    /// A policy that records nothing until inputs say otherwise: every hold that knowledge can release stands.
    /// `hold_back` is the time in milliseconds that each candidate waits; `saved` is what was last saved, `None`
    /// on the very first start. A saved state that cannot be read is reported with `ConfigValid(false)`.
    ///
    /// The built-in rules are in force until [`Input::Rules`] comes.
    #[must_use]
    pub fn new(hold_back: u64, saved: Option<Saved>, now: Now) -> Policy {
        let mut policy = Policy {
            hold_back,
            now,
            reasons: std::array::from_fn(|_| Track::default()),
            off: std::array::from_fn(|_| Track::default()),
            streams: Streams::default(),
            presence: Presence::Locked,
            clock: Clock::new(now),
            sensors: Sensors::default(),
            rules: RuleSet::built_in(),
            windows: Windows::default(),
            focus: Focus::Unknown,
            grabbed: false,
            pause: None,
            begun: None,
            schedule: Vec::new(),
            zone: None,
            plan: pauses::Plan::default(),
            released: Vec::new(),
            pruned: now.boot,
        };
        for hold in [
            Hold::NotConsented,
            Hold::NoIndicator,
            Hold::FocusUnknown,
            Hold::VaultUnavailable,
            Hold::RecipientUnverified,
            Hold::SensorSilent,
            Hold::TraySilent,
            Hold::SessionLocked,
        ] {
            policy.hold(Reason::Hold(hold), now.boot);
        }
        for off in &mut policy.off {
            off.begin(now.boot);
        }
        if let Some(saved) = saved {
            policy.load(saved);
        }
        policy
    }

    /// Takes in what happened at `at` (by the sensor's clock; an instant after `now` counts as `now`).
    ///
    /// A hold counts from `at`. Its release counts from `at` too, but from `now` if `at` lies before the hold
    /// began, and if a person loosens.
    pub fn handle(&mut self, at: Boot, input: Input, now: Now) {
        if says_away(&input) {
            // Before the timers: a pause whose time came while nobody looked goes on.
            self.forget_reminders();
        }
        self.advance(now);
        let at = at.min(self.now.boot);
        match input {
            Input::Consent(streams) => self.consent(at, streams.unwrap_or_default()),
            Input::Pause(length) => self.pause(at, length),
            Input::Extend(minutes) => self.extend(at, minutes),
            Input::StayPaused => self.stay_paused(at),
            Input::Resume => self.resume(at),
            Input::Schedule(schedule) => {
                self.schedule = schedule;
                self.replan();
            }
            Input::Zone(zone) => {
                self.zone = Some(zone);
                self.replan();
            }
            Input::Rules(rules) => {
                self.rules = rules;
                self.windows.judge_anew(&self.rules, self.hold_back, at, self.now.boot);
                self.refocus(at);
            }
            Input::ConfigValid(valid) => self.set(Hold::ConfigInvalid, !valid, at),
            Input::Window { id, kind, identity, text } => {
                self.windows.changed(id, kind, identity, text, &self.rules, at, self.now.boot);
                self.refocus(at);
            }
            Input::WindowGone(id) => {
                self.windows.gone(id, at, self.now.boot);
                self.refocus(at);
            }
            Input::Focus(focus) => self.focused(at, focus),
            Input::SecretField(secret) => self.set(Hold::SecretField, secret, at),
            Input::KeyShown(shown) => self.set(Hold::KeyShown, shown, at),
            Input::Pill(visible) => self.set(Hold::NoIndicator, !visible, at),
            Input::Presence(presence) => self.present(at, presence),
            Input::Locker(locks) => self.set_reason(Reason::Locker, locks, at),
            Input::Woke => self.present(at, Presence::Locked),
            Input::Asked(sensor) => self.sensors.get_mut(sensor).asked(at),
            Input::UpTo(sensor, time) => self.up_to(at, sensor, time),
            Input::Lost(sensor) => self.lost(at, sensor),
            Input::Vault(vault) => {
                let held = match vault {
                    VaultState::Ready => false,
                    VaultState::Unavailable => true,
                };
                self.set(Hold::VaultUnavailable, held, at);
            }
            Input::Recipient(recipient) => {
                let held = match recipient {
                    Recipient::None | Recipient::Unchecked | Recipient::Mismatch => true,
                    Recipient::Locked | Recipient::Verified => false,
                };
                self.set(Hold::RecipientUnverified, held, at);
            }
            Input::ReminderShown => self.reminder_shown(),
            Input::ClockConfirmed => self.clock_confirmed(at),
            Input::ShuttingDown => self.set(Hold::ShuttingDown, true, at),
        }
        self.due(self.now.boot);
    }

    /// Lets timers act that are due by `now`.
    pub fn handle_timeout(&mut self, now: Now) {
        self.advance(now);
    }

    /// Changes the time in milliseconds that each candidate waits.
    pub fn set_hold_back(&mut self, hold_back: u64) {
        self.hold_back = hold_back;
    }

    /// When [`Policy::handle_timeout`] must be called next; the earliest of all expiries and deadlines.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Boot> {
        self.sensors.deadline().into_iter().chain(self.pause_timeouts()).min()
    }

    /// Recording, or what holds it, in the order of [`crate::Hold::ALL`].
    #[must_use]
    pub fn state(&self) -> State {
        let held: Vec<Held> = Hold::ALL
            .into_iter()
            .filter_map(|hold| {
                let since = Reason::of(hold).filter_map(|reason| self.since(reason)).min()?;
                Some(Held { hold, since, until: self.until(hold), category: self.category(hold) })
            })
            .collect();
        if held.is_empty() { State::Recording } else { State::Held(held) }
    }

    /// How a window may be recorded, from now on: what the screen shows of it, what events name it.
    #[must_use]
    pub fn treatment(&self, window: WindowId) -> Treatment {
        self.windows.treatment(window)
    }

    /// The whole verdict on a window, for people to see; `None` for a window not known.
    /// A popup has its owner's.
    #[must_use]
    pub fn verdict(&self, window: WindowId) -> Option<&Verdict> {
        self.windows.verdict(window)
    }

    /// How much of a key pressed in the present focus may be kept.
    #[must_use]
    pub fn key_level(&self) -> KeyLevel {
        self.streams.keys.min(self.focus_level())
    }

    /// The same, had the person consented to keys at the level `most`.
    #[must_use]
    pub fn key_level_at_most(&self, most: KeyLevel) -> KeyLevel {
        most.min(self.focus_level())
    }

    fn consent(&mut self, at: Boot, streams: Streams) {
        let text_withdrawn = self.streams.keys > streams.keys;
        self.streams = streams;
        for (stream, off) in Stream::ALL.into_iter().zip(&mut self.off) {
            if !streams.has(stream) {
                off.begin(at);
            } else {
                // Keys at a higher level may be in memory still: as good as off for a moment.
                if stream == Stream::Keys && text_withdrawn {
                    off.begin(at);
                }
                off.end(self.now.boot);
            }
        }
        if Stream::ALL.into_iter().any(|stream| streams.has(stream)) {
            self.release(Reason::Hold(Hold::NotConsented), self.now.boot);
        } else {
            self.hold(Reason::Hold(Hold::NotConsented), at);
        }
        self.watch_access(at);
    }

    fn present(&mut self, at: Boot, presence: Presence) {
        match presence {
            Presence::Here => {
                // Said of a time before it was locked, it says nothing of now.
                if self.since(Reason::Hold(Hold::SessionLocked)).is_none_or(|since| since <= at) {
                    self.presence = Presence::Here;
                    self.release(Reason::Hold(Hold::SessionLocked), at);
                }
            }
            Presence::Idle => {
                // Only *here* is positive knowledge that nobody else sits at a session that was locked.
                if self.presence == Presence::Here {
                    self.presence = Presence::Idle;
                }
            }
            Presence::Locked => {
                self.presence = Presence::Locked;
                self.hold(Reason::Hold(Hold::SessionLocked), at);
            }
        }
    }

    /// Whether the person is at the screen, and nothing keeps them out.
    fn here(&self) -> bool {
        self.presence == Presence::Here && self.since(Reason::Locker).is_none()
    }

    fn advance(&mut self, now: Now) {
        let before = self.now.boot;
        if now.boot >= before {
            self.now = now;
        }
        self.check_clock();
        self.due(before);
        if self.now.boot.since(self.pruned) >= 1000 {
            self.pruned = self.now.boot;
            self.prune();
        }
    }

    /// Lets everything act that is due; `before` is the latest time at which that was done last.
    fn due(&mut self, before: Boot) {
        self.sensors_due();
        self.pauses_due(before);
    }

    fn set(&mut self, hold: Hold, stands: bool, at: Boot) {
        self.set_reason(Reason::Hold(hold), stands, at);
    }

    fn set_reason(&mut self, reason: Reason, stands: bool, at: Boot) {
        if stands {
            self.hold(reason, at);
        } else {
            self.release(reason, at);
        }
    }

    fn hold(&mut self, reason: Reason, at: Boot) {
        self.reasons[reason.index()].begin(at);
    }

    fn release(&mut self, reason: Reason, at: Boot) {
        let to = if self.since(reason).is_some_and(|since| at < since) { self.now.boot } else { at };
        self.reasons[reason.index()].end(to);
    }

    fn since(&self, reason: Reason) -> Option<Boot> {
        self.reasons[reason.index()].since()
    }
}

fn says_away(input: &Input) -> bool {
    match input {
        Input::Woke | Input::Locker(true) | Input::Presence(Presence::Idle | Presence::Locked) => true,
        Input::Presence(Presence::Here)
        | Input::Locker(false)
        | Input::Consent(_)
        | Input::Pause(_)
        | Input::Extend(_)
        | Input::StayPaused
        | Input::Resume
        | Input::Schedule(_)
        | Input::Zone(_)
        | Input::Rules(_)
        | Input::ConfigValid(_)
        | Input::Window { .. }
        | Input::WindowGone(_)
        | Input::Focus(_)
        | Input::SecretField(_)
        | Input::KeyShown(_)
        | Input::Pill(_)
        | Input::Asked(_)
        | Input::UpTo(..)
        | Input::Lost(_)
        | Input::Vault(_)
        | Input::Recipient(_)
        | Input::ReminderShown
        | Input::ClockConfirmed
        | Input::ShuttingDown => false,
    }
}
