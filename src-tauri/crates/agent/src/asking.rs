//! What clients ask for. Tightening acts at once; every loosening is shown and logged.

use crate::agent::{Agent, Member};
use crate::clock;
use crate::deferred::Then;
use crate::receipt;
use crate::server::{ClientId, FromClient};
use policy::rules::Edit;
use policy::{Identity, Input, Now, PauseFor, Recipient, Streams, Wall};
use protocol::private::ToTray;
use protocol::review::Span;
use protocol::{AppIdentity, ConsentInfo, Cost, ErrorCode, Failure, Outcome, Request, Response, Settings};

/// A consent that was given, until it is in force.
pub struct Grant {
    name: String,
    streams: Streams,
    done: Then,
}

/// What becomes of a request.
enum Reply {
    /// Answered now.
    Now(Response),
    /// Answered once durable.
    Later,
}

impl Agent {
    /// A client spoke.
    pub fn asked(&mut self, message: FromClient) -> Result<(), platform::Lost> {
        let now = clock::now();
        match message {
            FromClient::Joined { client, name, outbox } => {
                let snapshot = self.snapshot(now);
                if outbox.send_snapshot(&snapshot) {
                    self.clients.insert(client, Member { name, outbox, offered: None });
                }
            }
            FromClient::Left { client } => {
                self.clients.remove(&client);
                self.left_showing_key(client, now);
                // Who left no longer agrees to anything.
                self.grants.retain(|g| !matches!(g.done, Then::Answer { client: who, .. } if who == client));
            }
            FromClient::Asked { client, id, request } => {
                let Some(name) = self.clients.get(&client).map(|m| m.name.clone()) else { return Ok(()) };
                match self.request(client, id, &name, request, now) {
                    Ok(Reply::Now(response)) => self.answer(client, id, Outcome::Ok(response)),
                    Ok(Reply::Later) => {}
                    Err(failure) => self.answer(client, id, Outcome::Failed(failure)),
                }
                self.switch_sensors()?;
            }
        }
        Ok(())
    }

    fn request(&mut self, client: ClientId, id: u32, name: &str, request: Request, now: Now) -> Result<Reply, Failure> {
        let done = Then::Answer { client, id, response: Response::Done };
        match request {
            Request::Status => {
                self.sandbox = crate::sandbox::in_force();
                let mut snapshot = self.snapshot(now);
                snapshot.cost = self.cost();
                Ok(Reply::Now(Response::Snapshot(Box::new(snapshot))))
            }
            Request::Pause(pause) => {
                check_pause(pause, now)?;
                self.pause(now.boot, pause, name, Some((client, id)), now);
                Ok(Reply::Later)
            }
            Request::Resume => {
                let (state, logged) = self.resume(name, now);
                self.defer(Some(state), logged, done);
                Ok(Reply::Later)
            }
            Request::Extend(minutes) => {
                if minutes == 0 {
                    return Err(invalid("A pause is not made longer by no minutes.", "Use 1 or more."));
                }
                self.tell(now.boot, Input::Extend(minutes), now);
                self.when_saved(done, now)
            }
            Request::StayPaused => {
                self.tell(now.boot, Input::StayPaused, now);
                self.when_saved(done, now)
            }
            Request::Forget(minutes) => {
                if minutes == 0 {
                    return Err(invalid("There is nothing in no minutes.", "Use 1 or more."));
                }
                let reached = self.vault.is_some();
                self.forget_last(minutes, now.wall, name, if reached { done } else { Then::Nothing });
                if reached { Ok(Reply::Later) } else { Err(unreached("Nothing that is stored could be forgotten.")) }
            }
            Request::ForgetSpan(Span { from, to }) => {
                if from > to {
                    return Err(invalid("The range ends before it begins.", "Name the earlier time first."));
                }
                let reached = self.vault.is_some();
                self.forget_range(from, to, name, if reached { done } else { Then::Nothing });
                if reached { Ok(Reply::Later) } else { Err(unreached("Nothing that is stored could be forgotten.")) }
            }
            Request::Settle => {
                let everything = (Wall(i64::MIN), Wall(i64::MAX));
                self.terminals.forget(everything.0, everything.1);
                self.holdback.forget(everything.0, everything.1);
                let settled = self.with_vault(vault::Vault::settle);
                if settled.is_none() {
                    return Err(unreached("Nothing that is stored can be taken apart."));
                }
                self.defer(None, settled, done);
                Ok(Reply::Later)
            }
            Request::ConsentOffer(streams) => {
                if streams == Streams::default() {
                    return Err(invalid(
                        "No stream was chosen.",
                        "Choose at least one of screen, keys, pointer, focus.",
                    ));
                }
                if let Some(member) = self.clients.get_mut(&client) {
                    member.offered = Some(streams);
                }
                let paragraphs = protocol::consent::paragraphs(streams);
                Ok(Reply::Now(Response::Offer { paragraphs, word: protocol::consent::WORD.into() }))
            }
            Request::ConsentGrant(word) => self.grant(client, name, &word, done, now),
            Request::ConsentWithdraw(erase) => {
                self.withdraw(now);
                // The state file remembers it too, whatever becomes of the vault.
                let state = self.save(now);
                let mut ticket = self.with_vault(|vault, ticket| vault.withdraw_consent(ticket));
                if erase {
                    self.stored.clear();
                    // The vault works in order: with this, the withdrawal is done too.
                    ticket = self.with_vault(|vault, ticket| vault.erase_everything(ticket));
                }
                if ticket.is_some() {
                    self.defer(Some(state), ticket, done);
                    Ok(Reply::Later)
                } else {
                    Err(unreached("Your consent is withdrawn and nothing is recorded. Nothing was erased."))
                }
            }
            Request::ConsentShow => {
                let receipt = self.vault.as_ref().and_then(|v| v.current_consent().map(str::to_owned));
                Ok(Reply::Now(Response::Receipt(receipt)))
            }
            Request::RulesEdit(edit) => self.edit_rules(edit, name, done, now),
            Request::NeverRecordLastApp => {
                let edit = self.last_app.as_ref().and_then(|(_, identity)| Edit::never_record(identity));
                let Some(edit) = edit else {
                    return Err(invalid("No app was in front yet.", "Bring the app to the front first."));
                };
                self.edit_rules(edit, name, done, now)
            }
            Request::RulesCheck(identity) => {
                Ok(Reply::Now(Response::Verdict(self.config.rules.verdict(&of_client(identity)))))
            }
            Request::ScheduleSet(schedule) => {
                let before = self.config.settings.clone();
                self.config.set(Settings { schedule, ..before.clone() })?;
                self.tell_config(now);
                let looser = looser(&before, &self.config.settings);
                let logged =
                    if looser { self.loosened("A recurring opt-out was removed or changed.", name) } else { None };
                self.defer(None, logged, done);
                Ok(Reply::Later)
            }
            Request::SettingsSet(settings) => {
                let before = self.config.settings.clone();
                self.config.set(Settings { schedule: before.schedule.clone(), ..settings })?;
                self.settings_changed(now);
                let looser = looser(&before, &self.config.settings);
                let logged =
                    if looser { self.loosened("Text typed into one more app is recorded.", name) } else { None };
                self.defer(None, logged, done);
                Ok(Reply::Later)
            }
            Request::ClockConfirm => {
                self.tell(now.boot, Input::ClockConfirmed, now);
                self.retained_at = None;
                let logged = self.loosened("The clock was confirmed.", name);
                let state = self.save(now);
                self.defer(Some(state), logged, done);
                Ok(Reply::Later)
            }
            Request::KeyShown(shown) => {
                if shown {
                    self.showing_key.insert(client);
                } else {
                    self.showing_key.remove(&client);
                }
                self.tell_key_shown(now);
                Ok(Reply::Now(Response::Done))
            }
            Request::KeyRotates => {
                self.rotates = true;
                Ok(Reply::Now(Response::Done))
            }
            Request::KeyTouched => {
                self.tray.send(ToTray::CheckRecipient);
                Ok(Reply::Now(Response::Done))
            }
            Request::Cost => Ok(Reply::Now(Response::Cost(self.cost()))),
        }
    }

    /// The consent ends, and with it those that were about to begin.
    fn withdraw(&mut self, now: Now) {
        self.consent = None;
        self.withdrawn = true;
        self.tell(now.boot, Input::Consent(None), now);
        self.holdback.sweep(&mut self.policy, &mut self.vault, now);
        for grant in std::mem::take(&mut self.grants) {
            if let Then::Answer { client, id, .. } = grant.done {
                let failure = Failure::new(
                    ErrorCode::ConsentRefused,
                    "It was withdrawn meanwhile.",
                    "Agree again if you want to.",
                );
                self.answer(client, id, Outcome::Failed(failure));
            }
        }
    }

    fn tell_key_shown(&mut self, now: Now) {
        self.tell(now.boot, Input::KeyShown(!self.showing_key.is_empty()), now);
        // What is still in memory goes now, not at the next turn.
        self.holdback.sweep(&mut self.policy, &mut self.vault, now);
    }

    /// A client that ends without having said that the key is gone from the screen may have left it there. Only the
    /// person can tell: it is a pause that they end.
    fn left_showing_key(&mut self, client: ClientId, now: Now) {
        if !self.showing_key.remove(&client) {
            return;
        }
        self.tell(now.boot, Input::Pause(PauseFor::Resumed), now);
        self.tell_key_shown(now);
        let state = self.save(now);
        let synced = self.with_vault(|vault, ticket| vault.sync(ticket));
        self.defer(Some(state), synced, Then::Paused { client: None, asked: now.wall });
        self.tell_clients(protocol::Event::Notice {
            title: "A recovery key may still be on the screen".into(),
            body: "The program that showed it has ended. Close that window, then resume.".into(),
            always: true,
        });
    }

    fn when_saved(&mut self, then: Then, now: Now) -> Result<Reply, Failure> {
        let state = self.save(now);
        self.defer(Some(state), None, then);
        Ok(Reply::Later)
    }

    fn grant(&mut self, client: ClientId, name: &str, word: &str, done: Then, now: Now) -> Result<Reply, Failure> {
        let refused = |message: &str, cure: &str| Failure::new(ErrorCode::ConsentRefused, message, cure);
        let offered = self.clients.get_mut(&client).and_then(|m| m.offered.take());
        let Some(streams) = offered else {
            return Err(refused("Nothing was offered on this connection.", "Ask for the offer first, and read it."));
        };
        if word.trim() != protocol::consent::WORD {
            return Err(refused("That is not the word.", "Ask again, and type the word as it stands there."));
        }
        if self.vault.is_none() {
            return Err(Failure::new(
                ErrorCode::VaultUnavailable,
                "There is no vault to record into.",
                "See the fault that Eyelid shows, and mend it first.",
            ));
        }
        let grant = Grant { name: name.to_owned(), streams, done };
        if self.recipient == Recipient::Verified {
            self.granted(grant, now);
        } else {
            // The key was perhaps made a moment ago: it is compared first, and `judge_grants` goes on.
            self.grants.push(grant);
            self.tray.send(ToTray::CheckRecipient);
        }
        Ok(Reply::Later)
    }

    /// After the keys were compared: what waited for it.
    pub(crate) fn judge_grants(&mut self, now: Now) {
        for grant in std::mem::take(&mut self.grants) {
            let refusal = match self.recipient {
                Recipient::Verified => None,
                Recipient::None | Recipient::Unchecked => Some((
                    ErrorCode::NoKey,
                    "There is no key to seal with yet.",
                    "Make one first: eyelid-reader keys ensure. Eyelid's own windows and eyelidctl do.",
                )),
                Recipient::Locked => Some((
                    ErrorCode::Keyring,
                    "The keyring is locked or absent, so the key cannot be verified.",
                    "Unlock your keyring, then agree again.",
                )),
                Recipient::Mismatch => Some((
                    ErrorCode::Keyring,
                    "The key in the keyring is not the one of this vault.",
                    "Restore the keyring that belongs to it, or move the vault away.",
                )),
            };
            match (refusal, grant.done) {
                (None, done) => self.granted(Grant { name: grant.name, streams: grant.streams, done }, now),
                (Some((code, message, cure)), Then::Answer { client, id, .. }) => {
                    self.answer(client, id, Outcome::Failed(Failure::new(code, message, cure)));
                }
                (Some(_), Then::Paused { .. } | Then::Mirrored { .. } | Then::Nothing) => {}
            }
        }
    }

    fn granted(&mut self, grant: Grant, now: Now) {
        let Grant { name, streams, done } = grant;
        let receipt = receipt::given(streams, &name, now).to_string();
        let before = self.streams();
        self.consent = Some(ConsentInfo { given: now.wall, version: protocol::consent::VERSION.into(), streams });
        self.withdrawn = false;
        self.tell(now.boot, Input::Consent(Some(streams)), now);
        self.screen.changed = true;
        let state = self.save(now);
        let stored = self.with_vault(|vault, ticket| vault.put_consent(receipt, ticket));
        if streams.loosens(before) {
            self.loosened("You agreed to recording.", &name);
        }
        self.defer(Some(state), stored, done);
    }

    fn edit_rules(&mut self, edit: Edit, name: &str, done: Then, now: Now) -> Result<Reply, Failure> {
        let looser = edit.loosens(&self.config.rules);
        self.config.edit_rules(edit)?;
        self.tell_config(now);
        let logged = if looser { self.loosened("A rule was loosened.", name) } else { None };
        self.defer(None, logged, done);
        Ok(Reply::Later)
    }

    /// Something in `config.toml` changed, by a client or by an editor.
    pub fn settings_changed(&mut self, now: Now) {
        self.tell_config(now);
        // How much is kept may have changed.
        self.retained_at = None;
        self.policy.set_hold_back(self.hold_back_ms());
        // A lost display ends the agent at the next turn.
        let _ = self.set_chords();
    }

    /// An editor changed a file.
    pub fn files_changed(&mut self) {
        let now = clock::now();
        let rules_before = self.config.rules_text.clone();
        let before = self.config.settings.clone();
        self.config.reload();
        self.settings_changed(now);
        // Which way an editor moved the rules is not told apart: both are shown. A file that was broken in between
        // hides nothing, since what was in force is what counts.
        if rules_before != self.config.rules_text {
            self.loosened("rules.toml was changed.", "an editor");
        }
        if looser(&before, &self.config.settings) {
            self.loosened("config.toml was changed: an opt-out removed, or more text recorded.", "an editor");
        }
    }

    fn cost(&self) -> Cost {
        let pid = sysinfo::Pid::from_u32(std::process::id());
        let mut system = sysinfo::System::new();
        system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), false);
        let disk_bytes = self.vault.as_ref().map_or(0, vault::Vault::size_bytes);
        let mirrored = self.mirror.given();
        let Some(process) = system.process(pid) else { return Cost { disk_bytes, mirrored, ..Cost::default() } };
        #[allow(clippy::cast_precision_loss)] // Milliseconds and seconds of a process's life.
        let (cpu_seconds, uptime_seconds) =
            (process.accumulated_cpu_time() as f64 / 1000.0, process.run_time().max(1) as f64);
        Cost {
            cpu_seconds,
            cpu_percent: 100.0 * cpu_seconds / uptime_seconds,
            memory_bytes: process.memory(),
            disk_bytes,
            uptime_seconds,
            mirrored,
        }
    }
}

/// Whether these settings let more be recorded.
fn looser(before: &Settings, after: &Settings) -> bool {
    before.schedule.iter().any(|window| !after.schedule.contains(window))
        || after.text_apps.iter().any(|app| !before.text_apps.contains(app))
}

fn invalid(message: &str, cure: &str) -> Failure {
    Failure::new(ErrorCode::InvalidInput, message, cure)
}

/// There is no vault to ask.
fn unreached(message: &str) -> Failure {
    Failure::new(
        ErrorCode::VaultUnavailable,
        message,
        "See the fault of the vault that Eyelid shows, mend it, ask again.",
    )
}

fn check_pause(pause: PauseFor, now: Now) -> Result<(), Failure> {
    match pause {
        PauseFor::Minutes(0) => Err(invalid("A pause of no minutes pauses nothing.", "Use 1 minute or more.")),
        PauseFor::Until(then) if then <= now.wall => {
            Err(invalid("That time has passed.", "Name a time that is still to come."))
        }
        PauseFor::Minutes(_) | PauseFor::Until(_) | PauseFor::Tomorrow | PauseFor::Resumed => Ok(()),
    }
}

fn of_client(identity: AppIdentity) -> Identity {
    Identity {
        exe: identity.exe,
        instance: identity.class.clone(),
        class: identity.class,
        app_id: identity.app_id,
        title: identity.title,
        spoken: None,
        url: identity.url,
    }
}
