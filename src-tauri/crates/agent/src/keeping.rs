//! The vault and the state file: what is stored, what becomes durable, what is forgotten.

use crate::agent::Agent;
use crate::deferred::{Deferred, Then};
use policy::{Boot, Candidate, Hold, Input, Now, PauseFor, Saved, Sensor, State, Stream, VaultState, Wall};
use protocol::private::ToTray;
use protocol::{Acknowledgement, ErrorCode, Failure, Fault, FaultCode, LastStored, MirrorAnswer, Outcome, Response};
use serde::{Deserialize, Serialize};
use vault::{Item, Note, Ticket, Vault};

/// Sweeps are at least so far apart, milliseconds, unless something asks for one: fewer wake-ups.
const SWEEP_EVERY: u64 = 500;
/// While a pause runs out, what is left of it is saved so often: after a power cut it is at most so much longer.
const SAVE_EVERY: u64 = 10_000;
/// That something was left out stands so long after the last of it, milliseconds.
const LEFT_OUT_STANDS: u64 = 60_000;

/// What `state.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Pauses, opt-outs and clocks.
    pub policy: Saved,
    /// The consent was withdrawn, whether or not the vault could take note of it.
    pub withdrawn: bool,
    /// When the person was told that what is over the limits goes by itself.
    #[serde(default)]
    pub purge_told: Option<Wall>,
}

/// When each stream's last stored datum is dated.
pub fn last_stored(vault: &Vault) -> Vec<LastStored> {
    Stream::ALL.into_iter().map(|stream| LastStored { stream, at: vault.last_stored(stream) }).collect()
}

impl Agent {
    /// Takes a candidate into the hold-back.
    pub(crate) fn hold_back(&mut self, candidate: Candidate<Item>, now: Now) {
        let due = candidate.at.plus(self.hold_back_ms() + SWEEP_EVERY);
        self.holdback.push(self.mirror.numbered(&candidate), candidate, now.boot);
        self.sweep_by(due.max(now.boot));
        self.tell_left_out(now);
    }

    fn sweep_by(&mut self, due: Boot) {
        self.sensors.sweep_at = Some(self.sensors.sweep_at.map_or(due, |at| at.min(due)));
    }

    /// Says that something was left out for want of memory, as long as that is news.
    fn tell_left_out(&mut self, now: Now) {
        let Some(at) = self.holdback.left_out else { return };
        let over = at.plus(LEFT_OUT_STANDS);
        if over <= now.boot {
            self.holdback.left_out = None;
            self.faults.retain(|f| f.code != FaultCode::Memory);
            return;
        }
        self.sweep_by(over);
        if self.faults.iter().all(|f| f.code != FaultCode::Memory) {
            self.faults.push(Fault {
                code: FaultCode::Memory,
                message: "More comes in than may wait in memory, so some of it is not recorded.".into(),
                cure: "Hold back for a shorter time (Settings), or show less that moves all over the screen.".into(),
            });
        }
    }

    pub(crate) fn hold_back_ms(&self) -> u64 {
        u64::from(self.config.settings.hold_back_seconds) * 1000
    }

    /// Stores what is cleared, drops what is not, and asks the sensors where only their word is missing.
    pub(crate) fn sweep(&mut self, now: Now) -> Result<(), platform::Lost> {
        self.sensors.sweep_at = None;
        self.sensors.waits = false;
        if let Some(oldest) = self.holdback.sweep(&mut self.policy, &mut self.vault, now) {
            let due = oldest.plus(self.hold_back_ms());
            if due <= now.boot {
                // It waited its time, so only the word of a sensor is missing. Their answers sweep again.
                self.sensors.waits = true;
                self.ask_sensors(now)?;
            }
            self.sensors.sweep_at = Some(due.max(now.boot).plus(SWEEP_EVERY));
        }
        self.tell_left_out(now);
        // A hold lingers, and so does what a window was: the first picture after it falls too. A screen on which nothing
        // moves shows no other by itself.
        if std::mem::take(&mut self.holdback.lost_picture) {
            self.screen.changed = true;
            if let Some(display) = self.display.as_mut() {
                display.renew();
            }
        }
        Ok(())
    }

    fn ask_sensors(&mut self, now: Now) -> Result<(), platform::Lost> {
        if !self.sensors.display_asked
            && let Some(display) = self.display.as_mut()
        {
            display.probe()?;
            self.sensors.display_asked = true;
            self.tell(now.boot, Input::Asked(Sensor::Display), now);
        }
        self.ask_access(now);
        if self.sensors.sites_there && !self.sensors.sites_asked {
            self.sensors.sites_asked = true;
            self.sites.ping = true;
            self.tell(now.boot, Input::Asked(Sensor::Sites), now);
        }
        if self.sensors.tray_asked.is_empty() {
            self.ping_tray(now);
        }
        Ok(())
    }

    pub(crate) fn ask_access(&mut self, now: Now) {
        if self.sensors.access_there && !self.sensors.access_asked {
            self.sensors.access_asked = true;
            self.sensors.access_wanted = Some(now.boot);
            self.tell(now.boot, Input::Asked(Sensor::Access), now);
        }
    }

    /// The first question to every sensor: their answers release what stands at the start.
    pub fn greet_sensors(&mut self, now: Now) -> Result<(), platform::Lost> {
        self.ask_sensors(now)
    }

    /// Pauses. Acts at once, is made durable, then acknowledged.
    pub(crate) fn pause(
        &mut self,
        at: Boot,
        pause: PauseFor,
        how: &str,
        client: Option<(crate::server::ClientId, u32)>,
        now: Now,
    ) {
        let was_paused = self.holds().contains(&policy::Hold::UserPause);
        self.tell(at, Input::Pause(pause), now);
        // What is still in memory goes now, not at the next turn.
        self.holdback.sweep(&mut self.policy, &mut self.vault, now);
        self.forget_picture();
        let state = self.save(now);
        let synced = self.with_vault(|vault, ticket| vault.sync(ticket));
        self.defer(Some(state), synced, Then::Paused { client, asked: now.wall_of(at) });
        if !was_paused {
            self.tell_clients(protocol::Event::Notice {
                title: "Recording is paused".into(),
                body: format!("You paused it with {}.", crate::words::client(how)),
                always: false,
            });
        }
    }

    /// Releases the pause and the begun opt-out.
    pub(crate) fn resume(&mut self, how: &str, now: Now) -> (u64, Option<Ticket>) {
        self.tell(now.boot, Input::Resume, now);
        self.acknowledged = None;
        let logged = self.loosened("The pause was ended.", how);
        (self.save(now), logged)
    }

    /// Forgets the minutes before an instant and all that is dated later, which the wall clock may have been set back
    /// from.
    pub(crate) fn forget_last(&mut self, minutes: u32, before: Wall, how: &str, then: Then) {
        let from = Wall(before.0.saturating_sub(i64::from(minutes) * 60_000));
        self.forget_range(from, Wall(i64::MAX), how, then);
    }

    /// Forgets a range of time: what waits, what is on its way to the disk, what is stored.
    pub(crate) fn forget_range(&mut self, from: Wall, to: Wall, how: &str, then: Then) {
        self.terminals.forget(from, to);
        self.forget_picture();
        self.holdback.forget(from, to);
        let ticket = self.with_vault(|vault, ticket| vault.forget((from, to), how, ticket));
        self.defer(None, ticket, then);
    }

    /// Ends: what waits is dropped, what was cleared is brought to the disk.
    pub fn end(&mut self) {
        let now = crate::clock::now();
        self.count_withheld(true, now);
        self.tell(now.boot, Input::ShuttingDown, now);
        self.holdback.sweep(&mut self.policy, &mut self.vault, now);
        self.save(now);
        drop(self.vault.take());
    }

    /// When what is left of a running pause is to be saved again.
    pub(crate) fn next_save(&self) -> Option<Boot> {
        let State::Held(held) = self.policy.state() else { return None };
        let runs_out = |h: &policy::Held| matches!(h.hold, Hold::UserPause | Hold::OptOut) && h.until.is_some();
        held.iter().any(runs_out).then(|| self.saved_at.plus(SAVE_EVERY))
    }

    /// The holds that outlive a restart.
    fn lasting(&self) -> Vec<Hold> {
        let lasts = |h: &Hold| matches!(h, Hold::UserPause | Hold::OptOut | Hold::ClockUncertain);
        self.holds().into_iter().filter(lasts).collect()
    }

    /// Saves what came and went by itself, and what is left of a pause.
    pub(crate) fn save_what_changed(&mut self, now: Now) {
        if self.lasting() != self.saved_holds || self.next_save().is_some_and(|due| due <= now.boot) {
            self.save(now);
        }
    }

    /// Queues a save of what must outlive a restart.
    pub(crate) fn save(&mut self, now: Now) -> u64 {
        self.saved_at = now.boot;
        self.saved_holds = self.lasting();
        let kept = Kept { policy: self.policy.save(now), withdrawn: self.withdrawn, purge_told: self.purge_told };
        let text = serde_json::to_string(&kept).unwrap_or_default();
        self.saver.save(text)
    }

    /// A save is durable, or failed. Lower numbers are done with it.
    pub fn saved(&mut self, number: u64, written: bool) {
        self.faults.retain(|f| f.code != FaultCode::State);
        if !written {
            self.faults.push(Fault {
                code: FaultCode::State,
                message: "The pause could not be written to disk; it holds, but would not outlive a restart.".into(),
                cure: "Check the free space and the permissions of Eyelid's state folder.".into(),
            });
        }
        if !written {
            let lost = |d: &Deferred| d.state.is_some_and(|waits| waits <= number);
            let failure = Failure::new(
                ErrorCode::VaultUnavailable,
                "It is in force, but could not be written to disk and would not outlive a restart.",
                "Check the free space and the permissions of Eyelid's state folder.",
            );
            self.fail(lost, &failure);
        }
        for deferred in &mut self.deferred {
            if deferred.state.is_some_and(|waits| waits <= number) {
                deferred.state = None;
            }
        }
    }

    /// The vault spoke.
    pub fn noted(&mut self, note: Note, now: Now) {
        match note {
            Note::Stored { stream, last } => {
                self.stored.retain(|s| s.stream != stream);
                self.stored.push(LastStored { stream, at: Some(last.wall) });
                self.stored.sort_by_key(|s| s.stream);
            }
            Note::Unavailable(trouble) => {
                use vault::{Cure, Trouble};
                if trouble == Trouble::RecipientChanged && self.rotates {
                    // As announced. What is on its way waits until the new key is compared and adopted.
                    self.tray.send(ToTray::CheckRecipient);
                    self.tell(now.boot, Input::Vault(VaultState::Unavailable), now);
                    return;
                }
                self.faults.retain(|f| f.code != FaultCode::Vault);
                self.faults.push(Fault {
                    code: FaultCode::Vault,
                    message: capital(&trouble.to_string()),
                    cure: trouble.cure().into(),
                });
                if trouble == Trouble::RecipientChanged {
                    self.recipient = policy::Recipient::Mismatch;
                    self.tell(now.boot, Input::Recipient(policy::Recipient::Mismatch), now);
                    self.tray.send(ToTray::CheckRecipient);
                }
                self.tell(now.boot, Input::Vault(VaultState::Unavailable), now);
            }
            Note::Recovered => {
                self.faults.retain(|f| f.code != FaultCode::Vault);
                self.vault_state(now);
            }
            Note::Done(ticket) => {
                for deferred in &mut self.deferred {
                    if deferred.vault == Some(ticket) {
                        deferred.vault = None;
                    }
                }
                // What was forgotten is no longer the last that was stored.
                if let Some(vault) = &self.vault {
                    self.stored = last_stored(vault);
                    if let Some(acknowledged) = &mut self.acknowledged {
                        acknowledged.stored.clone_from(&self.stored);
                    }
                }
                self.vault_state(now);
            }
            Note::Failed(ticket, trouble) => self.failed(ticket, &trouble),
        }
    }

    /// The vault takes records only once it knows whom to seal to.
    pub(crate) fn vault_state(&mut self, now: Now) {
        let trouble = self.faults.iter().any(|f| f.code == FaultCode::Vault);
        let ready = !trouble && self.vault.as_ref().is_some_and(|v| v.recipient().is_some());
        self.tell(now.boot, Input::Vault(if ready { VaultState::Ready } else { VaultState::Unavailable }), now);
    }

    fn failed(&mut self, ticket: Ticket, trouble: &vault::Trouble) {
        use vault::Cure;
        let failure = Failure::new(ErrorCode::VaultUnavailable, capital(&trouble.to_string()), trouble.cure());
        self.fail(|d| d.vault == Some(ticket), &failure);
    }

    /// What waited in vain is refused.
    fn fail(&mut self, lost: impl Fn(&Deferred) -> bool, failure: &Failure) {
        let (lost, waiting) = std::mem::take(&mut self.deferred).into_iter().partition(lost);
        self.deferred = waiting;
        for deferred in lost {
            let client = match deferred.then {
                Then::Answer { client, id, .. } => Some((client, id)),
                Then::Paused { client, .. } => client,
                Then::Mirrored { ticket } => {
                    self.answer_mirror(ticket, Err(failure.clone()), None);
                    None
                }
                Then::Nothing => None,
            };
            if let Some((client, id)) = client {
                self.answer(client, id, Outcome::Failed(failure.clone()));
            }
        }
    }

    /// Answers whatever has become durable.
    pub(crate) fn finish_deferred(&mut self, now: Now) {
        let (ready, waiting) = std::mem::take(&mut self.deferred).into_iter().partition(|d| d.ready());
        self.deferred = waiting;
        for deferred in ready {
            match deferred.then {
                Then::Nothing => {}
                Then::Answer { client, id, response } => self.answer(client, id, Outcome::Ok(response)),
                Then::Mirrored { ticket } => {
                    self.answer_mirror(ticket, Ok(MirrorAnswer::Dropped { stored: true }), None);
                }
                Then::Paused { client, asked } => {
                    let acknowledgement = Acknowledgement { asked, held: now.wall, stored: self.stored.clone() };
                    if self.holds().contains(&policy::Hold::UserPause) {
                        self.acknowledged = Some(acknowledgement.clone());
                    }
                    if let Some((client, id)) = client {
                        self.answer(client, id, Outcome::Ok(Response::Paused(acknowledgement)));
                    }
                }
            }
        }
    }
}

/// A sentence.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
