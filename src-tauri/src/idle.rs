//! Idle time, from the display server's own counter: alarms, not polling.

use crate::presence::Sign;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::mpsc::UnboundedSender;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::sync::{self, ChangeAlarmAux, ConnectionExt as _, CreateAlarmAux, Int64, TESTTYPE, VALUETYPE};
use x11rb::rust_connection::RustConnection;

/// What to watch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// This many minutes without input.
    Minutes(u32),
    /// The next input, once.
    Input,
}

/// The thread that watches.
pub struct Idle {
    asks: Sender<Ask>,
    wake: UnixStream,
}

impl Idle {
    /// Asks for something more.
    pub fn ask(&self, ask: Ask) {
        if self.asks.send(ask).is_ok() {
            // Full is as good as woken.
            let _ = std::io::Write::write(&mut &self.wake, &[1]);
        }
    }
}

/// Starts watching. Without a display or its counter the person counts as idle, so that no pause ends unseen.
pub fn start(signs: UnboundedSender<Sign>, minutes: u32) -> Idle {
    let (asks, asked) = channel();
    // A pair that cannot be made fails at the first read, and with it the watch.
    let (wake, woken) = UnixStream::pair().expect("a socket pair can be made");
    let _ = wake.set_nonblocking(true);
    let _ = woken.set_nonblocking(true);
    let spawned = std::thread::Builder::new().name("idle".into()).spawn(move || {
        if let Err(error) = watch(&signs, &asked, woken, minutes) {
            tracing::warn!("idle time is not known: {error:#}");
            let _ = signs.send(Sign::Idle(true));
        }
    });
    if let Err(error) = spawned {
        tracing::warn!("idle time is not known: {error}");
    }
    Idle { asks, wake }
}

/// The alarms on the idle counter.
struct Alarms<'c> {
    display: &'c RustConnection,
    /// Rings when the person has been away so long.
    away: sync::Alarm,
    /// Rings at the next input.
    input: sync::Alarm,
}

/// Input within this time of the last one, in milliseconds, is no return.
const RETURNS: u32 = 100;

impl<'c> Alarms<'c> {
    fn new(display: &'c RustConnection, minutes: u32) -> anyhow::Result<Alarms<'c>> {
        display.sync_initialize(3, 1)?.reply()?;
        let counters = display.sync_list_system_counters()?.reply()?.counters;
        let counter = counters.iter().find(|counter| counter.name == b"IDLETIME");
        let counter = counter.ok_or_else(|| anyhow::anyhow!("the display has no idle counter"))?.counter;
        let alarms = Alarms { display, away: display.generate_id()?, input: display.generate_id()? };
        // A transition with no step rings every time, and never by itself again.
        let alarm =
            CreateAlarmAux::new().counter(counter).value_type(VALUETYPE::ABSOLUTE).delta(Int64 { hi: 0, lo: 0 });
        let away = alarm.value(away_after(minutes)).test_type(TESTTYPE::POSITIVE_TRANSITION).events(1);
        display.sync_create_alarm(alarms.away, &away)?.check()?;
        let input = alarm.value(Int64 { hi: 0, lo: RETURNS }).test_type(TESTTYPE::NEGATIVE_TRANSITION).events(0);
        display.sync_create_alarm(alarms.input, &input)?.check()?;
        Ok(alarms)
    }

    fn set_away(&self, minutes: u32) -> anyhow::Result<()> {
        let change = ChangeAlarmAux::new().value(away_after(minutes));
        Ok(self.display.sync_change_alarm(self.away, &change)?.check()?)
    }

    fn set_input(&self, rings: bool) -> anyhow::Result<()> {
        let change = ChangeAlarmAux::new().events(u32::from(rings));
        Ok(self.display.sync_change_alarm(self.input, &change)?.check()?)
    }
}

fn away_after(minutes: u32) -> Int64 {
    let milliseconds = u64::from(minutes) * 60_000;
    // Both halves fit: an hour of milliseconds is far below 2⁶³.
    Int64 { hi: (milliseconds >> 32) as i32, lo: (milliseconds & 0xffff_ffff) as u32 }
}

fn watch(
    signs: &UnboundedSender<Sign>,
    asked: &Receiver<Ask>,
    mut woken: UnixStream,
    minutes: u32,
) -> anyhow::Result<()> {
    let (display, _) = x11rb::connect(None)?;
    let alarms = Alarms::new(&display, minutes)?;
    loop {
        while let Ok(ask) = asked.try_recv() {
            match ask {
                Ask::Minutes(minutes) => alarms.set_away(minutes)?,
                Ask::Input => alarms.set_input(true)?,
            }
        }
        // After the last exchange with the display: what came with its replies waits in memory, not in the socket.
        while let Some(event) = display.poll_for_event()? {
            let Event::SyncAlarmNotify(alarm) = event else { continue };
            if alarm.state != sync::ALARMSTATE::ACTIVE {
                continue;
            }
            if alarm.alarm == alarms.away {
                signs.send(Sign::Idle(true))?;
                alarms.set_input(true)?;
            } else if alarm.alarm == alarms.input {
                signs.send(Sign::Input)?;
                alarms.set_input(false)?;
            }
        }
        let mut ready = [
            rustix::event::PollFd::new(display.stream(), rustix::event::PollFlags::IN),
            rustix::event::PollFd::from_borrowed_fd(woken.as_fd(), rustix::event::PollFlags::IN),
        ];
        match rustix::event::poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut bytes = [0; 64];
        if let Ok(0) = woken.read(&mut bytes) {
            return Ok(());
        }
    }
}
