//! From nothing to a running loop: open everything, close the door, then take clients.

use crate::agent::{Agent, Echoes, PillState, Screen, Sensors};
use crate::config::{Config, Watch};
use crate::deferred::Saver;
use crate::holdback::HoldBack;
use crate::keeping::{Kept, last_stored};
use crate::mirror::Mirror;
use crate::reopening::{self, Reopening};
use crate::server::{self, FromClient};
use crate::tray_link::TrayLink;
use crate::world::World;
use crate::{clock, receipt, sandbox};
use anyhow::Context;
use platform::access::Access;
use platform::sites::Sites;
use platform::{Display, OpenError, OpenOptions};
use policy::{Input, Now, PauseFor, Policy, Recipient, Sensor};
use protocol::paths::Paths;
use protocol::private::ToTray;
use protocol::{ConsentInfo, Fault, FaultCode};
use std::collections::{HashMap, HashSet};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use vault::{Note, Vault};

/// Everything the loop needs.
pub struct Ready {
    pub agent: Agent,
    pub requests: mpsc::Receiver<FromClient>,
    pub notes: mpsc::UnboundedReceiver<Note>,
    pub saves: mpsc::UnboundedReceiver<(u64, bool)>,
    pub watch: Watch,
    pub access: Option<Access>,
    pub sites: Option<Sites>,
    pub end: End,
}

/// The signals that end the agent.
pub struct End {
    term: Signal,
    int: Signal,
}

impl End {
    /// Comes back when the agent is asked to end.
    pub async fn asked(&mut self) {
        tokio::select! { _ = self.term.recv() => {}, _ = self.int.recv() => {} }
    }
}

/// Opens everything.
pub async fn start() -> anyhow::Result<Ready> {
    let tray_pid = rustix::process::getppid().map_or(0, |p| p.as_raw_nonzero().get().unsigned_abs());
    // If the tray app dies without closing the channel, the kernel ends this process.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let tray = TrayLink::inherit()?;
    let paths = Paths::from_env()?;
    let config = Config::load(paths.clone());
    let mut faults = Vec::new();

    let (display, display_name) = open_display(&config, &mut faults)?;
    let access = Access::connect().await;
    if let Err(error) = &access {
        tracing::warn!("{error} ({})", error.cause());
        faults.push(Fault {
            code: FaultCode::Access,
            message: "The accessibility bus does not answer, so password fields cannot be told.".into(),
            cure: "Install at-spi2-core and start Eyelid again. Until then text is not recorded.".into(),
        });
    }
    let mut access = access.ok();
    let sites = if access.is_some() { Sites::connect().await.ok() } else { None };
    let listener = server::bind(&paths.socket)?;
    for folder in [&paths.vault, &paths.config, &paths.state] {
        crate::config::own_folder(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let watch = Watch::start(&paths).context("The settings cannot be watched")?;
    let end = End { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? };

    // Every connection is there; from here on nothing new can be reached.
    sandbox::no_inet_socket()?;
    faults.extend(sandbox::close_door(&[&paths.vault, &paths.config, &paths.state]));
    let door = sandbox::in_force();
    if !door.seccomp && !door.landlock {
        anyhow::bail!(
            "This kernel closes nothing: neither Landlock nor seccomp is in force, so nothing is recorded.\n\
             Use a kernel that has one of them (every Debian and Ubuntu kernel has both)."
        );
    }

    let now = clock::now();
    let (notes_in, notes) = mpsc::unbounded_channel();
    let vault = match reopening::open(&paths.vault, now, &notes_in) {
        Ok(vault) => Some(vault),
        Err(e) => {
            faults.push(reopening::fault(&e));
            None
        }
    };
    let reopening = Reopening::new(paths.vault.clone(), notes_in, vault.is_none(), now);
    let (saves_in, saves) = mpsc::unbounded_channel();
    let saver = Saver::start(paths.state_file(), move |number, written| {
        let _ = saves_in.send((number, written));
    })?;
    let kept = read_state(&paths, &mut faults);
    let doubtful = faults.iter().any(|f| f.code == FaultCode::State);
    let stored = vault.as_ref().map(last_stored).unwrap_or_default();
    let purge_told = kept.as_ref().and_then(|kept| kept.purge_told);
    let (withdrawn, saved) = kept.map_or((false, None), |kept| (kept.withdrawn, Some(kept.policy)));
    let consent = vault.as_ref().and_then(standing_consent).filter(|_| !withdrawn);
    let sensors = Sensors {
        access_there: access.is_some(),
        sites_there: sites.is_some(),
        suspended: clock::suspended(),
        ..Sensors::default()
    };
    let hold_back = u64::from(config.settings.hold_back_seconds) * 1000;
    let agent = Agent {
        policy: Policy::new(hold_back, saved, now),
        config,
        display,
        vault,
        reopening,
        tray,
        saver,
        world: World::new(tray_pid),
        holdback: HoldBack::default(),
        mirror: Mirror::default(),
        clients: HashMap::new(),
        deferred: Vec::new(),
        saved_at: now.boot,
        saved_holds: Vec::new(),
        tickets: 0,
        retained_at: None,
        purge_told,
        withheld_time: crate::withheld::WithheldTime::default(),
        grants: Vec::new(),
        consent,
        withdrawn,
        stored,
        acknowledged: None,
        recipient: Recipient::Unchecked,
        showing_key: HashSet::new(),
        key: protocol::KeyInfo::default(),
        rotates: false,
        focus: None,
        keyboard: platform::Focus::Unknown,
        locker: false,
        last_app: None,
        answers_access: HashSet::new(),
        secrets: crate::secrets::Secrets::default(),
        faults,
        tray_faults: Vec::new(),
        sandbox: sandbox::in_force(),
        display_name,
        screen: Screen::default(),
        packer: vault::bands::Packer::new()?,
        sensors,
        pill: PillState::default(),
        hotkeys: Echoes::default(),
        sites: crate::sites::Orders::default(),
        terminals: crate::terminals::Typed::default(),
        shown: None,
        shown_rules: String::new(),
        phase_since: None,
        holds_before: Vec::new(),
    };
    let mut ready = Ready { agent, requests: serve(listener), notes, saves, watch, access: access.take(), sites, end };
    begin(&mut ready.agent, doubtful, now)?;
    Ok(ready)
}

fn serve(listener: tokio::net::UnixListener) -> mpsc::Receiver<FromClient> {
    let (to_loop, requests) = mpsc::channel(64);
    tokio::spawn(server::serve(listener, to_loop));
    requests
}

/// The policy's first inputs, and the first words to the tray app.
fn begin(agent: &mut Agent, doubtful: bool, now: Now) -> anyhow::Result<()> {
    agent.notice_zone(now);
    agent.tell_config(now);
    let consent = agent.consent.as_ref().map(|c| c.streams);
    agent.tell(now.boot, Input::Consent(consent), now);
    agent.vault_state(now);
    if doubtful {
        // What was saved may have been a pause: it is taken for one without end.
        agent.tell(now.boot, Input::Pause(PauseFor::Resumed), now);
    }
    if agent.display.is_none() {
        agent.tell(now.boot, Input::Lost(Sensor::Display), now);
    }
    if !agent.sensors.access_there {
        agent.tell(now.boot, Input::Lost(Sensor::Access), now);
    }
    agent.set_chords()?;
    agent.switch_sensors()?;
    agent.drain_display()?;
    agent.greet_sensors(now)?;
    agent.tray.send(ToTray::Ready);
    agent.tray.send(ToTray::CheckRecipient);
    Ok(())
}

fn open_display(config: &Config, faults: &mut Vec<Fault>) -> anyhow::Result<(Option<Display>, String)> {
    let pill_places = config.settings.pill.iter().map(|p| (p.monitor.clone(), (p.x, p.y))).collect();
    match Display::open(OpenOptions { pill_places, ..OpenOptions::default() }) {
        Ok(display) => Ok((Some(display), "x11".into())),
        Err(e @ (OpenError::XwaylandUnsupported | OpenError::Unsupported { .. })) => {
            // Not an error of the set-up: the app runs, holds, and says why.
            let message = crate::keeping::capital(&e.to_string());
            let cure = "Log in with an X11 (Xorg) session.".into();
            faults.push(Fault { code: FaultCode::Display, message: message.clone(), cure });
            Ok((None, message))
        }
        Err(e @ (OpenError::NoServer { .. } | OpenError::MissingExtension { .. })) => {
            Err(anyhow::anyhow!(crate::keeping::capital(&e.to_string())))
        }
    }
}

fn read_state(paths: &Paths, faults: &mut Vec<Fault>) -> Option<Kept> {
    let fault = |message: String| Fault {
        code: FaultCode::State,
        message,
        cure: "In doubt, Eyelid is paused. Resume when you want it to record.".into(),
    };
    match std::fs::read_to_string(paths.state_file()) {
        Ok(text) => match serde_json::from_str(&text) {
            Ok(saved) => Some(saved),
            Err(e) => {
                faults.push(fault(format!("state.json, line {}: what was saved cannot be read.", e.line())));
                None
            }
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => {
            faults.push(fault(format!("state.json cannot be read: {e}.")));
            None
        }
    }
}

/// The consent in the vault, if it was given to the text of this build.
pub(crate) fn standing_consent(vault: &Vault) -> Option<ConsentInfo> {
    let (streams, version, given) = receipt::read(vault.current_consent()?)?;
    (version == protocol::consent::VERSION).then_some(ConsentInfo { given, version, streams })
}
