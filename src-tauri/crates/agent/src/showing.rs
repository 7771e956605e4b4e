//! What people see: the picture's timing, the pill, and the snapshot that clients draw.

use crate::agent::Agent;
use crate::capture;
use crate::words;
use platform::{PillFace, PillShape};
use policy::rules::Treatment;
use policy::{Boot, Hold, Input, KeyLevel, Now, State, WindowKind};
use protocol::{Change, EndingInfo, Event, HoldInfo, Phase, RulesInfo, Snapshot, Status, SystemInfo, Withheld};

/// At most one picture in so many milliseconds.
const PICTURE_EVERY: u64 = 1000;
/// One around a click may come so soon after another.
const PICTURE_SOON: u64 = 250;
/// Redirection is given back after so long without a picture.
const RELEASE_AFTER: u64 = 30_000;
/// What is kept of the last picture, to draw the next one from, is wiped when the focus is unknown for so long.
const KEEP_PICTURE: u64 = 1000;
/// A covered pill is raised again after so long.
const RAISE_EVERY: u64 = 10_000;

impl Agent {
    fn picture_possible(&self, holds: &[Hold]) -> bool {
        self.taking_in(holds).is_some_and(|streams| streams.screen) && self.display.is_some()
    }

    /// When the next picture is due, or the redirection to be given back.
    pub(crate) fn next_picture(&self, holds: &[Hold]) -> Option<Boot> {
        if self.picture_possible(holds) {
            let wait = if self.screen.soon { PICTURE_SOON } else { PICTURE_EVERY };
            let earliest = self.screen.last.map_or(Boot(0), |last| last.plus(wait));
            if self.screen.changed || self.screen.soon {
                return Some(earliest);
            }
            // A window that had not painted, or only just, may be shown by now.
            let due = self.display.as_ref().and_then(platform::Display::compose_due)?;
            return Some(earliest.max(crate::world::at(due)));
        }
        let since = self.screen.held_since?;
        if self.screen.kept {
            return Some(since.plus(KEEP_PICTURE));
        }
        if self.screen.released { None } else { Some(since.plus(RELEASE_AFTER)) }
    }

    /// Wipes what is kept of the last picture; the next one is drawn and packed from nothing.
    pub(crate) fn forget_picture(&mut self) {
        self.packer.forget();
        if let Some(display) = self.display.as_mut() {
            display.forget_picture();
        }
        self.screen.kept = false;
    }

    pub(crate) fn take_picture(&mut self, holds: &[Hold], now: Now) -> Result<(), platform::Lost> {
        if !self.picture_possible(holds) {
            let since = *self.screen.held_since.get_or_insert(now.boot);
            // Between two windows the focus is unknown for a moment; every other hold wipes at once.
            let moment = holds.iter().all(|hold| *hold == Hold::FocusUnknown);
            if self.screen.kept && (!moment || now.boot.since(since) >= KEEP_PICTURE) {
                self.forget_picture();
            }
            if !self.screen.released && now.boot.since(since) >= RELEASE_AFTER {
                if let Some(display) = self.display.as_mut() {
                    display.release_screen();
                }
                self.screen.released = true;
            }
            return Ok(());
        }
        if self.screen.held_since.take().is_some() {
            self.screen.released = false;
            self.screen.changed = true;
        }
        if self.next_picture(holds).is_none_or(|due| due > now.boot) {
            return Ok(());
        }
        let Some(streams) = self.taking_in(holds) else { return Ok(()) };
        let Some(display) = self.display.as_mut() else { return Ok(()) };
        let (policy, world) = (&self.policy, &self.world);
        let allow = |window: platform::WindowId| policy.treatment(crate::world::id(window)) == Treatment::Record;
        let frame = display.compose(&allow)?;
        self.screen.kept = true;
        self.screen.changed = false;
        self.screen.soon = false;
        self.screen.last = Some(now.boot);
        let Some(frame) = frame else { return Ok(()) };
        // Panels, toasts and Eyelid's own window are never recorded; nobody misses them.
        let missed = |w: &platform::Shown| {
            world.identity(crate::world::id(w.id)).is_some_and(|(kind, _)| matches!(kind, WindowKind::Normal))
        };
        self.screen.greyed = frame.greyed.iter().any(missed);
        let name = |window| {
            let principals = world.principals(window);
            let identity = world.identity(*principals.first()?)?.1;
            Some((principals, identity))
        };
        let changed = |x, y, width, height| frame.changed.within(x, y, width, height);
        let packed = self.packer.pack(&frame.pixels, (frame.width, frame.height), &changed).ok();
        let candidate = packed.and_then(|pixels| capture::frame(&frame, pixels, streams, name, now));
        if let Some(candidate) = candidate {
            self.mirror.composed(&frame);
            self.take_in(candidate, now);
        } else {
            self.packer.forget();
        }
        // Composing waits for replies, and events came in with them.
        self.drain_display().map(|_| ())
    }

    fn phase(&self, holds: &[Hold]) -> Phase {
        if holds.is_empty() {
            let left_out = self.focus.is_some_and(|w| self.policy.treatment(w) == Treatment::Metadata);
            return if left_out || self.screen.greyed { Phase::Filtered } else { Phase::Recording };
        }
        let by_choice = |hold: &Hold| match hold {
            Hold::UserPause
            | Hold::OptOut
            | Hold::SensitiveApp
            | Hold::SensitiveSite
            | Hold::PrivateWindow
            | Hold::SecretField
            | Hold::KeyShown
            | Hold::SessionLocked => true,
            Hold::NotConsented
            | Hold::NoIndicator
            | Hold::FocusUnknown
            | Hold::ClockUncertain
            | Hold::VaultUnavailable
            | Hold::RecipientUnverified
            | Hold::SensorSilent
            | Hold::TraySilent
            | Hold::ConfigInvalid
            | Hold::ShuttingDown => false,
        };
        // Between two windows the focus is unknown for a moment; that is no fault to alarm anyone with.
        let alarming = holds.iter().any(|h| !by_choice(h) && *h != Hold::FocusUnknown);
        if alarming { Phase::Off } else { Phase::Paused }
    }

    pub(crate) fn show_pill(&mut self, holds: &[Hold], now: Now) -> Result<(), platform::Lost> {
        let phase = self.phase(holds);
        // While something else holds too, nothing is taken in, and it looks as it does without a preview.
        let preview = !holds.is_empty() && self.taking_in(holds).is_some();
        let shape = match phase {
            Phase::Off if preview => PillShape::Dashed,
            Phase::Recording => PillShape::Open,
            Phase::Filtered => PillShape::Half,
            Phase::Paused => PillShape::Closed,
            Phase::Off => PillShape::Crossed,
        };
        let ending = self.policy.ending();
        let text = match holds.first() {
            _ if self.pill.reminds && ending.is_some() => "Recording soon".into(),
            None => "Recording".into(),
            Some(Hold::NotConsented) if preview => "Preview".into(),
            Some(hold) => words::on_pill(*hold).to_owned(),
        };
        if ending.is_none() {
            self.pill.reminds = false;
        }
        let face = PillFace { shape, text, small: false, fade: !holds.is_empty() && !preview, light: false };
        let Some(display) = self.display.as_mut() else { return Ok(()) };
        if self.pill.face.as_ref() != Some(&face) {
            display.set_pill(face.clone())?;
            self.pill.face = Some(face);
            self.drain_display()?;
        }
        if self.pill.visible {
            self.pill.raise_at = None;
        } else if self.consent.is_some() || self.mirror.preview().is_some() {
            let due = *self.pill.raise_at.get_or_insert(now.boot);
            if due <= now.boot {
                if let Some(display) = self.display.as_mut() {
                    display.raise_pill();
                }
                self.pill.raise_at = Some(now.boot.plus(RAISE_EVERY));
                self.drain_display()?;
            }
        }
        Ok(())
    }

    fn rules_info(&self) -> RulesInfo {
        let rules = &self.config.rules;
        RulesInfo { mode: rules.mode(), categories: rules.categories(), own: rules.own().to_vec() }
    }

    /// The whole state, as clients see it.
    pub(crate) fn snapshot(&mut self, now: Now) -> Snapshot {
        let rules = self.rules_info();
        self.snapshot_with(rules, now)
    }

    fn snapshot_with(&mut self, rules: RulesInfo, now: Now) -> Snapshot {
        let holds = self.holds();
        let phase = self.phase(&holds);
        let since = match self.phase_since {
            Some((before, since)) if before == phase => since,
            Some(_) | None => now.wall,
        };
        self.phase_since = Some((phase, since));
        let held = match self.policy.state() {
            State::Recording => Vec::new(),
            State::Held(held) => held,
        };
        let info = |h: policy::Held| HoldInfo {
            hold: h.hold,
            since: now.wall_of(h.since),
            until: h.until.map(|until| now.wall_of(until)),
            message: words::of_hold(&h, self.pill.why_not),
            category: h.category,
        };
        let mut faults = self.config.faults.clone();
        faults.extend(self.faults.iter().cloned());
        faults.extend(self.tray_faults.iter().cloned());
        Snapshot {
            status: Status { phase, since, holds: held.into_iter().map(info).collect() },
            consent: self.consent.clone(),
            consent_version: protocol::consent::VERSION.into(),
            stored: self.stored.clone(),
            acknowledged: self.acknowledged.clone(),
            ending: self.policy.ending().map(|e| EndingInfo { at: now.wall_of(e.at), shown: e.shown }),
            last_app: self.last_app.as_ref().map(|(name, _)| name.clone()),
            rules,
            settings: self.config.settings.clone(),
            faults,
            recipient: self.recipient,
            key: self.key,
            system: SystemInfo {
                display: self.display_name.clone(),
                sandbox: self.sandbox.clone(),
                pill_visible: self.pill.visible,
                preview: self.mirror.preview().is_some(),
            },
            cost: self.shown.as_ref().map(|s| s.cost).unwrap_or_default(),
            withheld: self.holdback.counts().map(|(hold, dropped)| Withheld { hold, dropped }).collect(),
            rotation_due: self.vault.as_ref().is_some_and(vault::Vault::rotation_due),
        }
    }

    /// Tells clients what changed.
    pub(crate) fn publish(&mut self, now: Now) {
        // The rules are many and change with their text only: otherwise both sides leave them out.
        let same = self.shown.is_some() && self.shown_rules == self.config.rules_text;
        let left_out = RulesInfo { mode: self.config.rules.mode(), categories: Vec::new(), own: Vec::new() };
        let kept = self.shown.as_mut().filter(|_| same).map(|s| std::mem::replace(&mut s.rules, left_out.clone()));
        let rules = if same { left_out } else { self.rules_info() };
        let mut new = self.snapshot_with(rules, now);
        let changes: Vec<Change> = match &self.shown {
            Some(old) => old.changes(&new).into_iter().filter(worth_telling).collect(),
            None => Vec::new(),
        };
        if !changes.is_empty() {
            self.tell_clients(Event::Changes(changes));
        }
        match kept {
            Some(rules) => new.rules = rules,
            None => self.shown_rules.clone_from(&self.config.rules_text),
        }
        self.shown = Some(new);
    }

    /// What the consent lets run: no sensor of a stream that nobody agreed to. Before consent, what the person looks at
    /// in the mirror.
    pub(crate) fn switch_sensors(&mut self) -> Result<(), platform::Lost> {
        let streams = self.mirror.preview().unwrap_or_else(|| self.streams());
        self.listen();
        if !streams.screen {
            self.packer.forget();
        }
        if let Some(display) = self.display.as_mut() {
            display.set_streams(platform::StreamSwitches {
                screen: streams.screen,
                keys: streams.keys != KeyLevel::None,
                pointer: streams.pointer,
                // Rules ask for titles; whether they are recorded is the consent's word.
                focus_titles: true,
            })?;
        }
        Ok(())
    }

    /// The chords of the settings.
    pub(crate) fn set_chords(&mut self) -> Result<(), platform::Lost> {
        let hotkeys = &self.config.settings.hotkeys;
        let chords: Vec<_> = [&hotkeys.pause, &hotkeys.panic]
            .into_iter()
            .enumerate()
            .filter_map(|(n, text)| Some((platform::ChordId(u32::try_from(n).ok()?), text.parse().ok()?)))
            .collect();
        if let Some(display) = self.display.as_mut() {
            display.set_chords(&chords)?;
        }
        Ok(())
    }

    /// The policy's inputs that come from files.
    pub(crate) fn tell_config(&mut self, now: Now) {
        self.tell(now.boot, Input::Rules(self.config.rules.clone()), now);
        self.tell(now.boot, Input::Schedule(self.config.settings.schedule.clone()), now);
        self.tell(now.boot, Input::ConfigValid(self.config.faults.is_empty()), now);
        self.describe_all(now);
        // Any window may be shown now that was not, and the other way round.
        self.screen.changed = true;
        self.sensors.sweep_at = Some(now.boot);
    }
}

/// Counts of withheld data change with every key; clients see them when something else changes.
fn worth_telling(change: &Change) -> bool {
    !matches!(change, Change::Withheld(_))
}
