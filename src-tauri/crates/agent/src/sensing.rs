//! What the sensors and the tray app report.

use crate::agent::Agent;
use crate::capture::{self, Named};
use crate::deferred::Then;
use crate::world;
use crate::{clock, words};
use platform::Event;
use policy::{Boot, Focus, Hold, Identity, Input, Now, PauseFor, Presence, Recipient, Sensor, WindowId, WindowKind};
use protocol::private::{HotkeyId, PresenceReport, ToAgent, ToTray};

/// Panic forgets so many minutes.
const PANIC_MINUTES: u32 = 5;
/// A switch of the focus holds for a moment; that a window came to the front is dated when it is there for good.
const SETTLED: u64 = 101;
/// The time zone is read again so often while anything happens, milliseconds.
const ZONE_EVERY: u64 = 60_000;
/// The tray app's later answers are those of one that was away.
const TRAY_ANSWERS_WITHIN: u64 = 1000;

impl Agent {
    /// Takes in everything the display has to say; whether it said anything.
    pub fn drain_display(&mut self) -> Result<bool, platform::Lost> {
        let mut events = Vec::new();
        let Some(display) = self.display.as_mut() else { return Ok(false) };
        display.drain(&mut |event| events.push(event))?;
        let now = clock::now();
        let any = !events.is_empty();
        for event in events {
            self.sensed(event, now);
        }
        Ok(any)
    }

    fn sensed(&mut self, event: Event, now: Now) {
        match event {
            Event::Window(at, facts) => {
                let window = world::id(facts.id);
                if let Some(ask) = self.world.window(facts) {
                    self.tray.send(ToTray::WhoIs(ask.0));
                }
                self.describe(window, world::at(at), now);
                self.sites.stale = true;
                self.judge_locker(world::at(at), now);
            }
            Event::WindowGone(at, window) => {
                let window = world::id(window);
                if let Some(confirmed) = self.world.last_known(window) {
                    self.describe(window, confirmed, now);
                }
                self.world.gone(window);
                self.sites.stale = true;
                self.tell(world::at(at), Input::WindowGone(window), now);
                self.judge_locker(world::at(at), now);
            }
            Event::Focus(at, focus) => {
                self.focused(world::at(at), focus, now);
                self.judge_locker(world::at(at), now);
            }
            Event::Key(at, key) => self.typed(world::at(at), &key, now),
            Event::Pointer(at, event) => {
                let at = world::at(at);
                if matches!(event.kind, platform::PointerKind::Button(_)) {
                    self.screen.soon = true;
                }
                self.captured(now, |agent, streams| {
                    let (window, identity) = agent.name(world::id(event.window?))?;
                    capture::pointer(&agent.policy, streams, at, Named { window, identity: &identity }, &event, now)
                });
            }
            Event::Chord(at, chord) => {
                let at = world::at(at);
                if let Some(id) = chord_id(chord) {
                    *self.hotkeys.unreported.entry(id).or_default() += 1;
                    self.hotkey(id, at, now);
                }
            }
            Event::PillClicked(at) => self.pause(world::at(at), PauseFor::Resumed, "the mark on the screen", None, now),
            Event::PillMoved { monitor, x, y } => {
                let mut settings = self.config.settings.clone();
                settings.pill.retain(|place| place.monitor != monitor);
                settings.pill.push(protocol::PillPlace { monitor, x, y });
                // Where it stands now is what counts; a broken file keeps its content, and the place is asked for again.
                let _ = self.config.set(settings);
            }
            Event::PillVisibility(at, visible) => {
                self.pill.visible = visible.ok;
                self.pill.why_not = visible.reason.map(why_hidden);
                self.tell(world::at(at), Input::Pill(visible.ok), now);
            }
            Event::ScreenChanged(_) => self.screen.changed = true,
            Event::UpTo(at) => {
                self.sensors.display_asked = false;
                self.tell(now.boot, Input::UpTo(Sensor::Display, world::at(at)), now);
                self.terminals.seen_up_to(world::at(at));
                self.answered(now);
            }
        }
    }

    /// A sensor has spoken for a time: what waited for that alone is looked at again.
    pub(crate) fn answered(&mut self, now: Now) {
        if self.sensors.waits {
            self.sensors.sweep_at = Some(now.boot);
        }
    }

    /// Takes a candidate in, or counts what a hold kept out.
    pub(crate) fn captured(
        &mut self,
        now: Now,
        candidate: impl FnOnce(&Agent, policy::Streams) -> Option<policy::Candidate<vault::Item>>,
    ) {
        let holds = self.holds();
        let Some(streams) = self.taking_in(&holds) else {
            if let Some(hold) = holds.first() {
                self.holdback.withheld(*hold);
            }
            return;
        };
        if let Some(candidate) = candidate(self, streams) {
            self.take_in(candidate, now);
        }
    }

    /// Who a window is, popups by their owner.
    pub(crate) fn name(&self, window: WindowId) -> Option<(WindowId, Identity)> {
        let principal = self.world.principal(window);
        let (_, identity) = self.world.identity(principal)?;
        Some((principal, identity))
    }

    fn focused(&mut self, at: Boot, focus: platform::Focus, now: Now) {
        self.keyboard = focus;
        let focus = match focus {
            platform::Focus::Window(window) => Focus::Window(world::id(window)),
            platform::Focus::Nothing => Focus::Nothing,
            platform::Focus::Grabbed => Focus::Grabbed,
            platform::Focus::Unknown => Focus::Unknown,
        };
        self.tell(at, Input::Focus(focus), now);
        match focus {
            Focus::Window(window) => {
                let changed = self.focus != Some(window);
                self.focus = Some(window);
                if changed {
                    self.note_focus(at, now);
                }
            }
            // A menu takes the keyboard for a moment; the window stays in front.
            Focus::Grabbed => {}
            Focus::Nothing | Focus::Unknown => self.focus = None,
        }
        self.judge_secrets(at, now);
    }

    /// Tells policy whether a password field has the keyboard.
    fn judge_secrets(&mut self, at: Boot, now: Now) {
        let front = self.focus.and_then(|window| self.world.pid(window));
        let stands = self.secrets.stand(front, |pid| !self.world.of_process(pid).is_empty());
        self.tell(at, Input::SecretField(stands), now);
    }

    /// A screen locker that tells nobody: it covers the screen and has the keyboard. It locks until it is gone and keys
    /// go to a window again, or to none by the server's own word; that somebody else locked it too is the tray app's word.
    fn judge_locker(&mut self, at: Boot, now: Now) {
        let taken = matches!(self.keyboard, platform::Focus::Grabbed | platform::Focus::Unknown);
        let locks = if self.locker { taken || self.world.covered() } else { taken && self.world.covered() };
        if locks != std::mem::replace(&mut self.locker, locks) {
            self.tell(at, Input::Locker(locks), now);
            if !locks {
                // Nothing counts as unlocked before the tray app has spoken once more.
                self.ping_tray(now);
            }
        }
    }

    /// Records that the focused window is in front, once it has a name.
    fn note_focus(&mut self, at: Boot, now: Now) {
        let Some(window) = self.focus else { return };
        // Without its program it has no name yet; `describe` comes back here when it has.
        let Some((window, identity)) = self.name(window).filter(|(_, identity)| identity.exe.is_some()) else { return };
        let kind = self.world.identity(window).map(|(kind, _)| kind);
        if matches!(kind, Some(WindowKind::Own | WindowKind::Shell)) {
            return;
        }
        if let Some(name) = words::app_name(&identity) {
            self.last_app = Some((name, identity.clone()));
        }
        let at = at.plus(SETTLED);
        self.captured(now, |agent, streams| {
            capture::focus(&agent.policy, streams, at, Named { window, identity: &identity }, now)
        });
    }

    /// Tells policy who a window is, as far as is known.
    pub(crate) fn describe(&mut self, window: WindowId, at: Boot, now: Now) {
        let Some((kind, identity)) = self.world.identity(window) else { return };
        let program = identity.exe.as_deref().and_then(|exe| exe.rsplit('/').next()).unwrap_or_default();
        let answers = self.world.pid(window).is_some_and(|pid| self.answers_access.contains(&pid));
        // Whatever a terminal answers, it knows no password fields.
        let answers = answers && policy::rules::shows(&identity) != Some(policy::rules::Shows::Programs);
        let text = answers || self.config.settings.text_apps.iter().any(|app| app == program);
        let before = self.policy.treatment(window);
        self.tell(at, Input::Window { id: window, kind, identity, text }, now);
        if self.policy.treatment(window) != before {
            self.screen.changed = true;
            // What waits of it goes now.
            self.sensors.sweep_at = Some(now.boot);
        }
        if self.focus == Some(window) {
            self.judge_secrets(at, now);
            self.note_focus(now.boot, now);
        }
    }

    /// Tells policy of every window again: a setting or the rules changed.
    pub(crate) fn describe_all(&mut self, now: Now) {
        for window in self.world.all() {
            self.describe(window, now.boot, now);
        }
    }

    /// The accessibility bus spoke.
    pub fn accessed(&mut self, event: platform::access::AccessEvent) {
        use platform::access::AccessEvent;
        let now = clock::now();
        match event {
            AccessEvent::SecretField { at, app, in_secret, home } => {
                self.secrets.heard(app, in_secret, home);
                self.judge_secrets(world::at(at), now);
            }
            AccessEvent::Answers { pid, yes } => {
                let changed = if yes { self.answers_access.insert(pid) } else { self.answers_access.remove(&pid) };
                if changed {
                    for window in self.world.of_process(pid) {
                        self.describe(window, now.boot, now);
                    }
                }
            }
            AccessEvent::UpTo(at) => {
                self.sensors.access_asked = false;
                self.sensors.access_up_to = self.sensors.access_up_to.max(world::at(at));
                self.tell(now.boot, Input::UpTo(Sensor::Access, world::at(at)), now);
                self.answered(now);
            }
            AccessEvent::Late => {
                // A password field that had the focus meanwhile is told of too late for what was typed into it: nothing
                // counts since its last timely word. It is asked anew.
                self.sensors.access_asked = false;
                self.tell(now.boot, Input::Lost(Sensor::Access), now);
                self.ask_access(now);
                self.sensors.sweep_at = Some(now.boot);
            }
        }
    }

    /// The tray app spoke.
    pub fn told_by_tray(&mut self, message: ToAgent) -> Result<(), platform::Lost> {
        let now = clock::now();
        match message {
            ToAgent::Pong(number) => {
                if let Some(asked) = self.sensors.tray_asked.remove(&number) {
                    self.sensors.tray_asked.retain(|n, _| *n > number);
                    if now.boot.since(asked) < TRAY_ANSWERS_WITHIN {
                        self.tell(now.boot, Input::UpTo(Sensor::Tray, asked), now);
                    } else {
                        // It was away, and a lock that it slept through may be told after this answer: what happened
                        // since its last timely word stays unknown. It is asked anew.
                        self.tell(now.boot, Input::Lost(Sensor::Tray), now);
                        self.ping_tray(now);
                    }
                    self.sensors.sweep_at = Some(now.boot);
                }
            }
            ToAgent::Process { pid, exe } => {
                for window in self.world.program(pid, exe) {
                    self.describe(window, now.boot, now);
                }
                self.sites.stale = true;
            }
            ToAgent::Window(pid) => {
                for window in self.world.own_window(pid) {
                    self.describe(window, now.boot, now);
                }
                self.sites.stale = true;
            }
            ToAgent::Terminals { number, found, looked } => self.terminals.found(number, found, Boot(looked)),
            ToAgent::Presence(report) => {
                let presence = match report {
                    PresenceReport::Here => Presence::Here,
                    PresenceReport::Idle => Presence::Idle,
                    PresenceReport::Locked => Presence::Locked,
                };
                self.tell(now.boot, Input::Presence(presence), now);
            }
            ToAgent::Woke => self.woke(now)?,
            ToAgent::Recipient { state, key, kept } => {
                self.key = kept;
                self.compared(state, key, now)?;
            }
            ToAgent::Rotates => self.rotates = true,
            ToAgent::VaultTouched => {
                let settled = self.with_vault(vault::Vault::settle);
                self.defer(None, settled, crate::deferred::Then::Nothing);
            }
            ToAgent::ReminderShown => {
                self.pill.reminds = false;
                self.tell(now.boot, Input::ReminderShown, now);
            }
            ToAgent::ReminderFailed => {
                self.pill.reminds = true;
                if self.pill.visible {
                    self.tell(now.boot, Input::ReminderShown, now);
                }
            }
            ToAgent::Hotkey(id) => {
                // What the display has seen by now comes first, so that a press is not taken for two.
                self.drain_display()?;
                let seen = self.hotkeys.unreported.entry(id).or_default();
                let echo = *seen > 0;
                *seen = seen.saturating_sub(1);
                let resumes = id == HotkeyId::Pause && self.holds().contains(&Hold::UserPause);
                if !echo && resumes && self.display.is_some() {
                    // The display shows every press. One that it did not show may pause, and never resumes.
                    self.tray.send(ToTray::HotkeyTaken(id, now.wall));
                } else if !echo {
                    self.hotkey(id, now.boot, now);
                }
            }
            ToAgent::Faults(faults) => self.tray_faults = faults,
            ToAgent::Mirror { ticket, ask, have } => self.mirror_asked(ticket, ask, have, now)?,
        }
        Ok(())
    }

    fn compared(&mut self, recipient: Recipient, key: Option<String>, now: Now) -> Result<(), platform::Lost> {
        self.recipient = recipient;
        self.tell(now.boot, Input::Recipient(recipient), now);
        if let Some(key) = key
            && recipient == Recipient::Verified
        {
            self.rotates = false;
            // The writer refuses it when the vault on disk says otherwise.
            let adopted = self.with_vault(|vault, ticket| vault.adopt_recipient(key, ticket));
            self.defer(None, adopted, Then::Nothing);
        }
        self.judge_grants(now);
        // A stream agreed to just now wants its sensor.
        self.switch_sensors()
    }

    /// A chord was pressed at `at`.
    fn hotkey(&mut self, id: HotkeyId, at: Boot, now: Now) {
        match id {
            HotkeyId::Pause => {
                // During an opt-out the key means what it says: pause. Pressed again, it ends both.
                if self.holds().contains(&Hold::UserPause) {
                    self.resume("the hotkey", now);
                } else {
                    self.pause(at, PauseFor::Resumed, "the hotkey", None, now);
                }
            }
            HotkeyId::Panic => {
                self.pause(at, PauseFor::Resumed, "the panic hotkey", None, now);
                self.forget_last(PANIC_MINUTES, now.wall_of(at), "panic hotkey", Then::Nothing);
            }
        }
        self.tray.send(ToTray::HotkeyTaken(id, now.wall_of(at)));
    }

    /// A jump of boot time against the time that stands still in a suspend is a suspend, whoever else may say so.
    pub(crate) fn notice_suspend(&mut self, now: Now) -> Result<(), platform::Lost> {
        let before = std::mem::replace(&mut self.sensors.suspended, clock::suspended());
        if self.sensors.suspended > before + 1000 { self.woke(now) } else { Ok(()) }
    }

    /// Opt-outs are in local time. A zone that cannot be read holds them; one that changed, as on a journey, is followed.
    pub(crate) fn notice_zone(&mut self, now: Now) {
        if self.sensors.zone_at.is_some_and(|at| now.boot.since(at) < ZONE_EVERY) {
            return;
        }
        self.sensors.zone_at = Some(now.boot);
        match jiff::tz::TimeZone::try_system() {
            Ok(zone) => self.tell(now.boot, Input::Zone(zone), now),
            Err(e) => tracing::warn!("the time zone cannot be read: {e}"),
        }
    }

    fn woke(&mut self, now: Now) -> Result<(), platform::Lost> {
        // One that the tray app told of first must not be noticed after it has told, too, that the person is there.
        self.sensors.suspended = clock::suspended();
        if let Some(display) = self.display.as_mut() {
            display.remap_clock()?;
        }
        self.tell(now.boot, Input::Woke, now);
        Ok(())
    }
}

/// Chord 0 pauses, chord 1 panics: the order in which they are set.
fn chord_id(chord: platform::ChordId) -> Option<HotkeyId> {
    match chord.0 {
        0 => Some(HotkeyId::Pause),
        1 => Some(HotkeyId::Panic),
        _ => None,
    }
}

fn why_hidden(hidden: platform::Hidden) -> &'static str {
    match hidden {
        platform::Hidden::Covered => "it is covered",
        platform::Hidden::Unmapped => "another program hid it",
        platform::Hidden::Transparent => "another program made it transparent",
        platform::Hidden::Shaped => "another program cut it",
        platform::Hidden::OffScreen => "it is off the screen",
        platform::Hidden::NoMonitor => "there is no monitor",
    }
}
