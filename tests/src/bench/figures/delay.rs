//! How long it takes from a change to what follows from it.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use policy::Hold;
use protocol::client::Client;
use protocol::{Change, Event};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as ServerEvent;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};

use crate::apps::TestWindowOptions;
use crate::bench::contestant::resident;
use crate::bench::parts;
use crate::bench::stage::{CHAT, Hand};
use crate::bench::stats::{Delays, delays};
use crate::desktop::Desktop;
use crate::scene::recording;
use crate::wait::LONG;
use crate::{Dice, Rect, Result};

/// Ctrl, Alt, p.
const PAUSE: [u32; 3] = [0xffe3, 0xffe9, 0x70];
/// The desktop's own report of a hotkey comes so much later at most, and must not be taken for the next press.
const APART: Duration = Duration::from_millis(120);

/// What a client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Whether a sensitive app holds.
    Sensitive(bool),
    /// Whether a pause is acknowledged.
    Paused(bool),
}

/// Measures each so many times: bare listener, hold, pause.
pub fn measure(count: usize) -> Result<[Option<Delays>; 3]> {
    let desktop = Desktop::builder().size(1920, 1080).full().start()?;
    let diary = desktop.gtk_entry("Diary", "Notes")?;
    let chat = desktop.test_window(&TestWindowOptions {
        title: CHAT,
        class: "Slack",
        executable: Some("slack"),
        place: Rect::new(700, 300, 500, 400),
        ..TestWindowOptions::default()
    })?;
    desktop.activate_id(diary.window.id)?;
    let eyelid = resident(&desktop)?;
    let (hand, mut dice) = (Hand::connect(&desktop)?, Dice::new(5));
    let active = active_windows(desktop.display_name())?;
    let told = told(&desktop)?;
    let (mut listener, mut hold, mut pause) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        // Out of step with whatever comes at regular times.
        std::thread::sleep(Duration::from_millis(dice.between(20, 70)));
        let asked = Instant::now();
        hand.activate(chat.id)?;
        listener.push(ms(asked, until(&active, chat.id)?));
        hold.push(ms(asked, until(&told, Told::Sensitive(true))?));
        hand.activate(diary.window.id)?;
        until(&active, diary.window.id)?;
        until(&told, Told::Sensitive(false))?;
    }
    eyelid.wait_status("recording", recording)?;
    for _ in 0..count {
        std::thread::sleep(APART + Duration::from_millis(dice.between(0, 50)));
        let asked = Instant::now();
        hand.chord(&PAUSE)?;
        pause.push(ms(asked, until(&told, Told::Paused(true))?));
        std::thread::sleep(APART);
        hand.chord(&PAUSE)?;
        until(&told, Told::Paused(false))?;
    }
    Ok([listener, hold, pause].map(delays))
}

/// When this was told, of what was told since the last question.
fn until<T: PartialEq + std::fmt::Debug>(told: &Receiver<(Instant, T)>, what: T) -> Result<Instant> {
    loop {
        let (at, next) = told.recv_timeout(LONG).map_err(|_| anyhow::anyhow!("waited in vain for {what:?}"))?;
        if next == what {
            return Ok(at);
        }
    }
}

fn ms(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1000.0
}

/// A bare listener: which window is active, told as soon as the server has said that another one is.
fn active_windows(display: &str) -> Result<Receiver<(Instant, u32)>> {
    let (conn, root) = parts::listener(Some(display))?;
    let name = conn.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
    let (sender, received) = channel();
    std::thread::spawn(move || -> Result<()> {
        loop {
            if let ServerEvent::PropertyNotify(e) = conn.wait_for_event()?
                && e.atom == name
            {
                let at = Instant::now();
                let reply = conn.get_property(false, root, name, AtomEnum::WINDOW, 0, 1)?.reply()?;
                let id = reply.value32().and_then(|mut ids| ids.next()).unwrap_or_default();
                sender.send((at, id))?;
            }
        }
    });
    Ok(received)
}

/// A client of the agent.
fn told(desktop: &Desktop) -> Result<Receiver<(Instant, Told)>> {
    let socket = desktop.path("run").join("eyelid.sock");
    let (sender, received) = channel();
    let (ready, connected) = channel();
    std::thread::spawn(move || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (_client, _, mut events) =
                Client::connect(&socket, "bench").await.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            ready.send(())?;
            loop {
                let changes = match events.recv().await {
                    Some(Event::Changes(changes)) => changes,
                    Some(Event::Snapshot(_) | Event::Notice { .. }) => continue,
                    Some(Event::Gone(_)) | None => return Ok(()),
                };
                let at = Instant::now();
                for change in changes {
                    match change {
                        Change::Status(status) => {
                            let held = status.holds.iter().any(|h| h.hold == Hold::SensitiveApp);
                            sender.send((at, Told::Sensitive(held)))?;
                        }
                        Change::Acknowledged(pause) => sender.send((at, Told::Paused(pause.is_some())))?,
                        _ => {}
                    }
                }
            }
        })
    });
    connected.recv_timeout(LONG)?;
    Ok(received)
}
