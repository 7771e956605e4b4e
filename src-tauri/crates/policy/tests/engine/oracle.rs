//! What policy must say, told in another way: raw facts, nothing forgotten, everything worked out anew each time.
//!
//! It knows no calendar: the zones here are fixed offsets, and days are counted.

use crate::cast::Who;
use crate::ops::{self, DAY, HOUR, MINUTE, Said};
use crate::stop::Stop;
use policy::rules::Treatment;
use policy::{
    Focus, Hold, KeyLevel, Now, Presence, Recipient, Sensor, Stream, Streams, VaultState, WindowId, WindowKind,
};
use std::collections::{BTreeMap, BTreeSet};

/// A hold stood from then until then; policy could know it from `known` on.
#[derive(Clone, Debug)]
pub struct Interval {
    pub hold: Hold,
    pub from: u64,
    pub to: Option<u64>,
    pub known: u64,
}

#[derive(Clone, Copy, Debug)]
enum Seen {
    Is(u64, WindowKind, Who),
    Gone(u64),
    Rules(bool),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    Recordable,
    Denied,
    Absent,
}

#[derive(Clone, Debug)]
pub struct Oracle {
    pub now: Now,
    pub streams: Streams,
    /// Since when text is recorded, and the accessibility bus must answer.
    text_since: Option<u64>,
    pill: bool,
    secret: bool,
    key_shown: bool,
    pub presence: Presence,
    vault: bool,
    recipient: bool,
    config: bool,
    ending: bool,
    focus: Focus,
    grabbed: bool,
    rules: bool,
    seen: Vec<(u64, Seen)>,
    texts: BTreeMap<u64, bool>,
    unanswered: Vec<(Sensor, u64)>,
    lost: BTreeMap<Sensor, u64>,
    pub claimed: BTreeMap<Sensor, u64>,
    reference: i64,
    clock_uncertain: bool,
    pub pause: Option<Stop>,
    pub begun: Option<Stop>,
    schedule: usize,
    zone: Option<usize>,
    released: Vec<(i64, i64)>,
    pub intervals: Vec<Interval>,
}

impl Oracle {
    pub fn new(now: Now) -> Oracle {
        let mut oracle = Oracle {
            now,
            streams: Streams::default(),
            text_since: None,
            pill: false,
            secret: false,
            key_shown: false,
            presence: Presence::Locked,
            vault: false,
            recipient: false,
            config: true,
            ending: false,
            focus: Focus::Unknown,
            grabbed: false,
            rules: false,
            seen: Vec::new(),
            texts: BTreeMap::new(),
            unanswered: Vec::new(),
            lost: BTreeMap::from([(Sensor::Display, 0), (Sensor::Access, 0), (Sensor::Sites, 0), (Sensor::Tray, 0)]),
            claimed: BTreeMap::new(),
            reference: now.wall.0 - now.boot.0 as i64,
            clock_uncertain: false,
            pause: None,
            begun: None,
            schedule: 0,
            zone: None,
            released: Vec::new(),
            intervals: Vec::new(),
        };
        oracle.note(now.boot.0);
        oracle
    }

    pub fn restarted(&self, now: Now) -> Oracle {
        let mut after = Oracle::new(now);
        after.pause = self.pause.clone();
        after.begun = self.begun.clone();
        for stop in after.pause.iter_mut().chain(&mut after.begun) {
            stop.restarted(self.now.boot.0, now.boot.0);
        }
        after.released = self.released.clone();
        after.clock_uncertain = self.clock_uncertain;
        let ahead = self.now.wall.0 - self.now.boot.0 as i64 - self.reference;
        after.reference -= ahead;
        after.note(now.boot.0);
        after
    }

    pub fn held(&self) -> BTreeSet<Hold> {
        let (app, unknown) = self.focus_holds();
        let text = self.streams.keys == KeyLevel::Text;
        let facts = [
            (Hold::NotConsented, !Stream::ALL.into_iter().any(|s| self.streams.has(s))),
            (Hold::NoIndicator, !self.pill),
            (Hold::UserPause, self.pause.is_some()),
            (Hold::OptOut, self.begun.is_some() || (self.zone.is_none() && self.schedule != 0)),
            (Hold::SecretField, self.secret),
            (Hold::KeyShown, self.key_shown),
            (Hold::FocusUnknown, unknown),
            (Hold::SessionLocked, self.presence == Presence::Locked),
            (Hold::ClockUncertain, self.clock_uncertain),
            (Hold::VaultUnavailable, !self.vault),
            (Hold::RecipientUnverified, !self.recipient),
            (Hold::SensorSilent, self.silent(Sensor::Display) || (text && self.silent(Sensor::Access))),
            (Hold::TraySilent, self.silent(Sensor::Tray)),
            (Hold::ConfigInvalid, !self.config),
            (Hold::ShuttingDown, self.ending),
        ];
        facts.into_iter().filter(|(_, stands)| *stands).map(|(hold, _)| hold).chain(app).collect()
    }

    pub fn key_level(&self) -> KeyLevel {
        let Focus::Window(WindowId(id)) = self.focus else { return KeyLevel::None };
        if self.secret {
            return KeyLevel::None;
        }
        let most = match self.last(id, 4) {
            Some((_, WindowKind::Normal, who)) if who != Who::Nameless => match self.judged(who, self.rules) {
                Treatment::Hold => KeyLevel::None,
                Treatment::Metadata => KeyLevel::Activity,
                Treatment::Record => {
                    let owner = self.last(id, 4).map_or(id, |(id, _, _)| id);
                    if self.grabbed || !self.texts[&owner] { KeyLevel::Activity } else { KeyLevel::Text }
                }
            },
            _ => KeyLevel::None,
        };
        most.min(self.streams.keys)
    }

    /// Whether something about an instant may still become known; `None` if all is known.
    pub fn must_wait(&self, at: u64, windows: &[u64], hold_back: u64) -> bool {
        let behind = |sensor, margin| self.claimed.get(&sensor).is_none_or(|claimed| *claimed <= at + margin);
        self.now.boot.0 < at + hold_back
            || behind(Sensor::Display, 1500)
            || behind(Sensor::Tray, 0)
            || (self.streams.keys == KeyLevel::Text && behind(Sensor::Access, 1100))
            || (windows.iter().any(|id| self.by_site(*id)) && behind(Sensor::Sites, 1500))
    }

    /// Whether the address of a page was ever known in this window.
    fn by_site(&self, id: u64) -> bool {
        self.seen.iter().fold(false, |known, (_, seen)| match *seen {
            Seen::Is(other, _, who) if other == id => known || who.identity().url.is_some(),
            Seen::Gone(other) if other == id => false,
            Seen::Is(..) | Seen::Gone(_) | Seen::Rules(_) => known,
        })
    }

    /// How a window was at an instant, by everything said of it until now.
    pub fn how(&self, id: u64, at: u64, depth: u8) -> How {
        let mut state = How::Absent;
        let mut is = None;
        let mut rules = false;
        for (when, seen) in &self.seen {
            if *when > at {
                continue;
            }
            match *seen {
                Seen::Is(other, kind, who) if other == id => is = Some((kind, who)),
                Seen::Gone(other) if other == id => is = None,
                Seen::Rules(on) => rules = on,
                Seen::Is(..) | Seen::Gone(_) => {}
            }
        }
        if let Some((kind, who)) = is {
            state = match kind {
                WindowKind::Normal if self.judged(who, rules) == Treatment::Record => How::Recordable,
                WindowKind::Popup { owner: Some(WindowId(owner)) } if depth > 0 => self.how(owner, at, depth - 1),
                WindowKind::Normal | WindowKind::Popup { .. } | WindowKind::Shell | WindowKind::Own => How::Denied,
            };
        }
        state
    }

    pub fn advance(&mut self, now: Now) {
        self.now = now;
        if (now.wall.0 - now.boot.0 as i64 - self.reference).abs() > 5 * MINUTE as i64 {
            self.clock_uncertain = true;
        }
        self.settle(now.boot.0);
    }

    pub fn say(&mut self, said: &Said, at: u64, now: Now) {
        if matches!(said, Said::Woke | Said::Presence(Presence::Idle | Presence::Locked)) {
            for stop in self.pause.iter_mut().chain(&mut self.begun) {
                stop.shown = None;
            }
        }
        self.advance(now);
        let since = |hold| self.intervals.iter().rfind(|i| i.hold == hold && i.to.is_none()).map(|i| i.from);
        match said {
            Said::Consent(streams) => {
                self.streams = streams.unwrap_or_default();
                let text = self.streams.keys == KeyLevel::Text;
                self.text_since = text.then(|| self.text_since.unwrap_or(now.boot.0));
            }
            Said::PauseMinutes(m) => self.paused(at, Some((now.boot.0 + u64::from(*m) * MINUTE, None))),
            Said::PauseUntil(ms) => self.paused_until(at, now.wall.0 + ms),
            Said::PauseTomorrow => {
                let six = self.zone.map_or(now.wall.0 + 31 * HOUR as i64, |zone| {
                    let (day, hour) = (DAY as i64, HOUR as i64);
                    let local = now.wall.0 + offset(zone) + 6 * hour;
                    let today = local.div_euclid(day) * day + 6 * hour;
                    (if today >= local { today } else { today + day }) - offset(zone)
                });
                self.paused_until(at, six);
            }
            Said::PauseOpen | Said::StayPaused => self.paused(at, None),
            Said::Extend(m) => {
                let ms = u64::from(*m) * MINUTE;
                if self.pause.is_none() && self.begun.is_none() {
                    self.paused(at, Some((now.boot.0 + ms, None)));
                } else {
                    for stop in self.pause.iter_mut().chain(&mut self.begun) {
                        if stop.at(now).is_some() {
                            stop.extend(ms, now);
                        }
                    }
                }
            }
            Said::Resume => {
                let (pause, opt_out) = (since(Hold::UserPause), since(Hold::OptOut));
                if pause.is_some_and(|since| since <= at) {
                    self.pause = None;
                }
                if opt_out.is_some_and(|since| since <= at)
                    && let Some(begun) = self.begun.take()
                {
                    self.released.extend(begun.joined);
                }
            }
            Said::Schedule(n) => self.schedule = *n,
            Said::Zone(n) => self.zone = Some(*n),
            Said::Rules(on) => {
                self.rules = *on;
                self.seen.push((at, Seen::Rules(*on)));
            }
            Said::ConfigValid(valid) => self.config = *valid,
            Said::Window(id, kind, who, text) => {
                self.seen.push((at, Seen::Is(*id, *kind, *who)));
                self.texts.insert(*id, *text);
            }
            Said::Gone(id) => self.seen.push((at, Seen::Gone(*id))),
            Said::Focus(Focus::Grabbed) => self.grabbed = true,
            Said::Focus(focus) => {
                self.grabbed = false;
                self.focus = *focus;
            }
            Said::SecretField(secret) => self.secret = *secret,
            Said::KeyShown(shown) => self.key_shown = *shown,
            Said::Pill(visible) => self.pill = *visible,
            Said::Presence(Presence::Here) => {
                if since(Hold::SessionLocked).is_none_or(|since| since <= at) {
                    self.presence = Presence::Here;
                }
            }
            Said::Presence(Presence::Idle) => {
                if self.presence == Presence::Here {
                    self.presence = Presence::Idle;
                }
            }
            Said::Presence(Presence::Locked) | Said::Woke => self.presence = Presence::Locked,
            Said::Asked(sensor) => self.unanswered.push((*sensor, at)),
            Said::UpTo(sensor) => {
                self.unanswered.retain(|(s, asked)| s != sensor || *asked > at);
                if self.lost.get(sensor).is_some_and(|lost| *lost <= at) {
                    self.lost.remove(sensor);
                }
                let claimed = self.claimed.entry(*sensor).or_default();
                *claimed = at.max(*claimed);
            }
            Said::Lost(sensor) => {
                let lost = self.lost.entry(*sensor).or_default();
                *lost = at.max(*lost);
            }
            Said::Vault(state) => self.vault = *state == VaultState::Ready,
            Said::Recipient(recipient) => {
                self.recipient = matches!(recipient, Recipient::Locked | Recipient::Verified);
            }
            Said::ReminderShown => {
                if self.presence == Presence::Here {
                    for stop in self.pause.iter_mut().chain(&mut self.begun) {
                        if stop.last_minute(now) && stop.shown.is_none() {
                            stop.shown = Some(now.boot.0);
                        }
                    }
                }
            }
            Said::ClockConfirmed => {
                if since(Hold::ClockUncertain).is_none_or(|since| since <= at) {
                    self.clock_uncertain = false;
                    self.reference = now.wall.0 - now.boot.0 as i64;
                }
            }
            Said::ShuttingDown => self.ending = true,
        }
        self.settle(at);
    }

    fn paused(&mut self, at: u64, end: Option<(u64, Option<i64>)>) {
        // Said again, it counts from the earlier instant.
        for open in self.intervals.iter_mut().filter(|i| i.hold == Hold::UserPause && i.to.is_none()) {
            open.from = open.from.min(at);
        }
        match &mut self.pause {
            Some(pause) => pause.add(end, self.now),
            None => self.pause = Some(Stop::new(end)),
        }
    }

    fn paused_until(&mut self, at: u64, wall: i64) {
        let left = (wall - self.now.wall.0).max(0) as u64;
        self.paused(at, Some((self.now.boot.0 + left, Some(wall))));
    }

    fn settle(&mut self, at: u64) {
        let now = self.now;
        self.join();
        for stop in self.pause.iter_mut().chain(&mut self.begun) {
            let slept_through = stop.over(now) && {
                let due = stop.at(now).max(stop.shown.map(|shown| shown + MINUTE)).unwrap_or(0);
                due + 2000 < now.boot.0
            };
            if !stop.last_minute(now) || slept_through {
                stop.shown = None;
            }
        }
        if self.presence == Presence::Here {
            self.pause = self.pause.take().filter(|stop| !stop.over(now));
            self.begun = self.begun.take().filter(|stop| !stop.over(now));
        }
        self.note(at);
    }

    /// Occurrences that are not released and end after `wall`, by counting days.
    fn to_come(&self, wall: i64) -> BTreeSet<(i64, i64)> {
        let Some(zone) = self.zone else { return BTreeSet::new() };
        let (day, minute) = (DAY as i64, MINUTE as i64);
        let today = (wall + offset(zone)).div_euclid(day);
        let mut found = BTreeSet::new();
        for recurring in &ops::schedules()[self.schedule] {
            for date in today - 3..today + 9 {
                // The first day of the epoch was a Thursday.
                let weekday = (date + 3).rem_euclid(7);
                if recurring.days.iter().any(|d| *d as i64 == weekday) {
                    let from = date * day + i64::from(recurring.from.minutes()) * minute;
                    let to = date * day + i64::from(recurring.to.minutes()) * minute;
                    let to = if to <= from { to + day } else { to };
                    let occurrence = (from - offset(zone), to - offset(zone));
                    if occurrence.1 > wall && !self.released.contains(&occurrence) {
                        found.insert(occurrence);
                    }
                }
            }
        }
        found
    }

    fn join(&mut self) {
        let now = self.now;
        let wall = now.wall.0;
        let to_come = self.to_come(wall);
        let running: BTreeSet<_> = to_come.iter().copied().filter(|(from, _)| *from <= wall).collect();
        if running.is_empty() {
            return;
        }
        let mut end = wall;
        loop {
            let further = to_come.iter().filter(|(from, _)| *from <= end).map(|(_, to)| *to).max().unwrap_or(end);
            if further == end {
                break;
            }
            end = further;
        }
        let until = Some((now.boot.0 + (end - wall) as u64, Some(end)));
        let begun = self.begun.get_or_insert_with(|| Stop::new(until));
        if begun.wall() < Some(end) {
            begun.add(until, now);
        }
        begun.joined.extend(running);
    }

    fn silent(&self, sensor: Sensor) -> bool {
        self.lost.contains_key(&sensor) || self.overdue(sensor).is_some()
    }

    fn overdue(&self, sensor: Sensor) -> Option<u64> {
        let now = self.now.boot.0;
        self.unanswered.iter().filter(|(s, asked)| *s == sensor && asked + 1000 <= now).map(|(_, asked)| *asked).min()
    }

    /// A question to the accessibility bus whose time ran out before text was recorded counts from the text on.
    fn access_overdue(&self) -> Option<u64> {
        let (asked, text) = (self.overdue(Sensor::Access)?, self.text_since?);
        Some(if asked + 1000 <= text { text } else { asked })
    }

    /// The last word on a window, popups followed: the window it comes down to.
    fn last(&self, id: u64, depth: u8) -> Option<(u64, WindowKind, Who)> {
        let mut is = None;
        for (_, seen) in &self.seen {
            match *seen {
                Seen::Is(other, kind, who) if other == id => is = Some((id, kind, who)),
                Seen::Gone(other) if other == id => is = None,
                Seen::Is(..) | Seen::Gone(_) | Seen::Rules(_) => {}
            }
        }
        match is {
            Some((_, WindowKind::Popup { owner: Some(WindowId(owner)) }, _)) if depth > 0 => {
                self.last(owner, depth - 1)
            }
            Some((_, WindowKind::Popup { .. }, _)) | None => None,
            Some(known) => Some(known),
        }
    }

    fn judged(&self, who: Who, editor_held: bool) -> Treatment {
        if who == Who::Editor && editor_held { Treatment::Hold } else { who.treatment() }
    }

    fn focus_holds(&self) -> (Option<Hold>, bool) {
        let Focus::Window(WindowId(id)) = self.focus else { return (None, self.focus == Focus::Unknown) };
        match self.last(id, 4) {
            None => (None, true),
            Some((_, WindowKind::Normal, who)) if who == Who::Editor && self.rules => (Some(Hold::SensitiveApp), false),
            Some((_, WindowKind::Normal, who)) => {
                (who.hold().filter(|h| *h != Hold::FocusUnknown), who == Who::Nameless)
            }
            Some(_) => (None, false),
        }
    }

    /// Notes what begins and ends.
    fn note(&mut self, at: u64) {
        let held = self.held();
        let now = self.now.boot.0;
        for interval in self.intervals.iter_mut().filter(|i| i.to.is_none() && !held.contains(&i.hold)) {
            interval.to = Some(at.max(interval.from));
        }
        for hold in held {
            let asked = match hold {
                Hold::SensorSilent => self.overdue(Sensor::Display).into_iter().chain(self.access_overdue()).min(),
                Hold::TraySilent => self.overdue(Sensor::Tray),
                _ => None,
            };
            let from = asked.map_or(at, |asked| asked.min(at));
            if !self.intervals.iter().any(|i| i.hold == hold && i.to.is_none()) {
                self.intervals.push(Interval { hold, from, to: None, known: now });
            }
        }
    }
}

fn offset(zone: usize) -> i64 {
    [0, 2 * HOUR as i64, 5 * HOUR as i64 + 45 * MINUTE as i64][zone]
}
