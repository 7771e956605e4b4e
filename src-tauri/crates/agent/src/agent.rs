//! The agent: joins sensors, policy, vault and clients. One turn of the loop takes in what happened, then acts on it.

use crate::config::Config;
use crate::deferred::{Deferred, Saver, Then};
use crate::holdback::HoldBack;
use crate::mirror::Mirror;
use crate::server::{ClientId, Outbox};
use crate::tray_link::TrayLink;
use crate::world::{self, World};
use platform::{Display, PillFace};
use policy::{Boot, Hold, Input, Now, Policy, Recipient, State, Streams, Wall, WindowId};
use protocol::private::ToTray;
use protocol::{Acknowledgement, ConsentInfo, Fault, LastStored, Outcome, ServerMessage, Snapshot};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use vault::{Ticket, Vault};

/// A client that shook hands.
pub struct Member {
    pub name: String,
    pub outbox: Outbox,
    /// The streams last offered on this connection.
    pub offered: Option<Streams>,
}

/// Everything the agent knows. Its files: `sensing` (what sensors and tray app report), `sites`, `terminals` (addresses
/// of pages, keys in terminals), `asking` (requests of clients), `keeping` (vault and state file), `reopening`, `retention`, `withheld`, `showing` (pill and
/// snapshot), `mirror` (what the window's mirror shows).
pub struct Agent {
    pub(crate) policy: Policy,
    pub(crate) config: Config,
    pub(crate) display: Option<Display>,
    pub(crate) vault: Option<Vault>,
    pub(crate) reopening: crate::reopening::Reopening,
    pub(crate) tray: TrayLink,
    pub(crate) saver: Saver,
    pub(crate) world: World,
    pub(crate) holdback: HoldBack,
    pub(crate) mirror: Mirror,
    pub(crate) clients: HashMap<ClientId, Member>,
    pub(crate) deferred: Vec<Deferred>,
    /// When the state was last given out to be saved, and the holds that outlive a restart as they stood then.
    pub(crate) saved_at: Boot,
    pub(crate) saved_holds: Vec<Hold>,
    pub(crate) tickets: u64,
    /// When it was last looked for what is over the limits of what is kept.
    pub(crate) retained_at: Option<Boot>,
    /// When the person was told that what is over goes by itself.
    pub(crate) purge_told: Option<Wall>,
    pub(crate) withheld_time: crate::withheld::WithheldTime,
    /// Consents that wait for the key to be compared.
    pub(crate) grants: Vec<crate::asking::Grant>,

    /// The consent in force.
    pub(crate) consent: Option<ConsentInfo>,
    /// It was withdrawn; a receipt in the vault that says otherwise is old.
    pub(crate) withdrawn: bool,
    pub(crate) stored: Vec<LastStored>,
    pub(crate) acknowledged: Option<Acknowledgement>,
    pub(crate) recipient: Recipient,
    /// Clients that show a recovery key.
    pub(crate) showing_key: HashSet<ClientId>,
    /// How the key that opens is kept.
    pub(crate) key: protocol::KeyInfo,
    /// The key is being replaced at the moment.
    pub(crate) rotates: bool,
    pub(crate) focus: Option<WindowId>,
    /// Where keys go, as last heard.
    pub(crate) keyboard: platform::Focus,
    /// Something locks the screen without a word.
    pub(crate) locker: bool,
    /// The app in focus, Eyelid's own windows not counted.
    pub(crate) last_app: Option<(String, policy::Identity)>,
    pub(crate) answers_access: std::collections::HashSet<u32>,
    /// Password fields that have their application's focus.
    pub(crate) secrets: crate::secrets::Secrets,

    pub(crate) faults: Vec<Fault>,
    pub(crate) tray_faults: Vec<Fault>,
    pub(crate) sandbox: protocol::Sandbox,
    pub(crate) display_name: String,

    pub(crate) screen: Screen,
    pub(crate) packer: vault::bands::Packer,
    pub(crate) sensors: Sensors,
    pub(crate) pill: PillState,
    pub(crate) hotkeys: Echoes,
    pub(crate) sites: crate::sites::Orders,
    pub(crate) terminals: crate::terminals::Typed,

    pub(crate) shown: Option<Snapshot>,
    /// The text of the rules in it.
    pub(crate) shown_rules: String,
    pub(crate) phase_since: Option<(protocol::Phase, Wall)>,
    pub(crate) holds_before: Vec<Hold>,
}

/// When the next picture is due.
#[derive(Default)]
pub struct Screen {
    /// Something changed since the last picture.
    pub changed: bool,
    /// A click wants a picture soon.
    pub soon: bool,
    /// When the last picture was composed.
    pub last: Option<Boot>,
    /// Windows in the last picture were grey.
    pub greyed: bool,
    /// Since when nothing may be composed; redirection is given back when that lasts.
    pub held_since: Option<Boot>,
    /// Redirection has been given back.
    pub released: bool,
    /// Something of the last picture is kept, to draw the next one from.
    pub kept: bool,
}

/// Questions to the sensors that are under way.
#[derive(Default)]
pub struct Sensors {
    /// A probe of the display is under way.
    pub display_asked: bool,
    /// A ping of the accessibility bus is under way, or wanted.
    pub access_asked: bool,
    /// When the accessibility bus is to be pinged; the loop does it.
    pub access_wanted: Option<Boot>,
    /// When it was pinged last.
    pub access_pinged: Boot,
    /// The accessibility bus has told of everything up to this instant.
    pub access_up_to: Boot,
    /// The accessibility bus is connected.
    pub access_there: bool,
    /// Addresses of pages can be asked for.
    pub sites_there: bool,
    /// A ping for addresses is under way, or wanted.
    pub sites_asked: bool,
    /// The desktop was told that somebody listens.
    pub announced: bool,
    /// Pings of the tray app: number and time.
    pub tray_asked: BTreeMap<u64, Boot>,
    pub tray_number: u64,
    /// Something has waited its time and lacks only a sensor's word: each answer sweeps.
    pub waits: bool,
    /// When the hold-back is to be swept again.
    pub sweep_at: Option<Boot>,
    /// Suspended time at the last look, milliseconds.
    pub suspended: u64,
    /// When the time zone was last read.
    pub zone_at: Option<Boot>,
}

/// The pill as last drawn and seen.
#[derive(Default)]
pub struct PillState {
    pub face: Option<PillFace>,
    pub visible: bool,
    pub why_not: Option<&'static str>,
    /// When the present hold began, for fading.
    pub raise_at: Option<Boot>,
    /// No notification daemon answered: the pill reminds.
    pub reminds: bool,
}

/// The desktop reports a hotkey as well as the raw keys do; each press must count once.
#[derive(Default)]
pub struct Echoes {
    /// How many presses seen in raw keys the desktop has not reported yet. Its report may come late, as when the tray
    /// app was stopped: it never counts as another press.
    pub unreported: HashMap<protocol::private::HotkeyId, u32>,
}

impl Agent {
    /// Hands an input to the policy.
    pub(crate) fn tell(&mut self, at: Boot, input: Input, now: Now) {
        self.policy.handle(at, input, now);
    }

    /// The streams consented to.
    pub(crate) fn streams(&self) -> Streams {
        self.consent.as_ref().map(|c| c.streams).unwrap_or_default()
    }

    /// The holds that stand.
    pub(crate) fn holds(&self) -> Vec<Hold> {
        match self.policy.state() {
            State::Recording => Vec::new(),
            State::Held(held) => held.into_iter().map(|h| h.hold).collect(),
        }
    }

    /// Acts on what was taken in: timers, hold-back, picture, pill, clients. Comes back with the time of the next turn.
    pub fn act(&mut self, now: Now) -> Result<Option<Boot>, platform::Lost> {
        if self.display.as_ref().and_then(Display::look_due).is_some_and(|due| world::at(due) <= now.boot) {
            self.drain_display()?;
        }
        self.notice_suspend(now)?;
        self.notice_zone(now);
        self.policy.handle_timeout(now);
        self.tend_mirror(now)?;
        self.settle_sites(now);
        self.settle_typed(now)?;
        let holds = self.holds();
        if holds != self.holds_before {
            // A hold drops what it touches in the same turn.
            self.sensors.sweep_at = Some(now.boot);
            self.holds_before.clone_from(&holds);
            // A pause that has ended, by whatever, is acknowledged no longer.
            self.acknowledged.take_if(|_| !holds.contains(&Hold::UserPause));
        }
        // The eye is open before the first picture is taken.
        self.show_pill(&holds, now)?;
        self.take_picture(&holds, now)?;
        if self.sensors.sweep_at.is_some_and(|at| at <= now.boot) {
            self.sweep(now)?;
        }
        self.count_withheld(false, now);
        self.retain(now);
        self.save_what_changed(now);
        self.give_up_on_the_disk(now);
        self.finish_deferred(now);
        self.reopen(now);
        self.publish(now);
        let timers = [
            self.policy.poll_timeout(),
            self.sensors.sweep_at,
            self.next_picture(&holds),
            self.pill.raise_at,
            self.next_save(),
            self.next_retention(),
            self.next_giving_up(),
            self.reopening.due(),
            self.mirror.until(),
            self.world.next_settled(),
            self.terminals.due(),
            // One that is due now follows this.
            self.sensors.access_wanted.filter(|at| *at > now.boot),
            self.display.as_ref().and_then(Display::look_due).map(world::at),
        ];
        Ok(timers.into_iter().flatten().min())
    }

    /// Whether the accessibility bus is to be pinged now.
    pub fn pings_access(&mut self, now: Now) -> bool {
        let due = self.sensors.access_wanted.take_if(|at| *at <= now.boot).is_some();
        if due {
            self.sensors.access_pinged = now.boot;
        }
        due
    }

    /// Sends a message to one client; a client that does not keep up is forgotten.
    pub(crate) fn answer(&mut self, client: ClientId, id: u32, outcome: Outcome) {
        let bytes = Arc::new(protocol::framing::encode(&ServerMessage::Answer { id, outcome }));
        if let Some(member) = self.clients.get(&client)
            && !member.outbox.send(bytes)
        {
            self.clients.remove(&client);
        }
    }

    /// Sends an event to all clients.
    pub(crate) fn tell_clients(&mut self, event: protocol::Event) {
        let bytes = Arc::new(protocol::framing::encode(&ServerMessage::Event(event)));
        self.clients.retain(|_, member| member.outbox.send(Arc::clone(&bytes)));
    }

    /// Tells everyone of a loosening, and logs it.
    pub(crate) fn loosened(&mut self, what: &str, client: &str) -> Option<Ticket> {
        self.tell_clients(protocol::Event::Notice {
            title: "Eyelid records more".into(),
            body: format!("{what} ({})", crate::words::client(client)),
            always: true,
        });
        let entry = vault::log::Entry::Loosened { what: what.into(), client: client.into() };
        self.with_vault(|vault, ticket| vault.log(entry, ticket))
    }

    /// Asks something of the vault; the ticket tells when it is done.
    pub(crate) fn with_vault(&mut self, ask: impl FnOnce(&mut Vault, Ticket)) -> Option<Ticket> {
        let vault = self.vault.as_mut()?;
        self.tickets += 1;
        ask(vault, Ticket(self.tickets));
        Some(Ticket(self.tickets))
    }

    /// The tray app is asked; its answer moves candidates on.
    pub(crate) fn ping_tray(&mut self, now: Now) {
        self.sensors.tray_number += 1;
        self.sensors.tray_asked.insert(self.sensors.tray_number, now.boot);
        self.tray.send(ToTray::Ping(self.sensors.tray_number));
        self.tell(now.boot, Input::Asked(policy::Sensor::Tray), now);
    }

    /// Queues something to be done once durable.
    pub(crate) fn defer(&mut self, state: Option<u64>, vault: Option<Ticket>, then: Then) {
        self.deferred.push(Deferred { state, vault, then, since: crate::clock::now().boot });
    }
}
