//! Starts `eyelid-agent`, keeps it running, and ends it when it does not answer a hotkey.

use crate::faults::Faults;
use crate::link::{Link, Order};
use crate::session::{End, Session};
use protocol::paths::Paths;
use protocol::private::HotkeyId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// An agent that ran so long was well; the next failure is a new one.
const WELL_AFTER: Duration = Duration::from_secs(60);

/// Runs until told to stop.
pub async fn supervise(link: Arc<Link>, faults: Arc<Faults>, paths: Paths, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut pause = FIRST_PAUSE;
    // A chord pressed while there was no agent to take it: the next one begins paused.
    let mut owed = None;
    loop {
        let started = Instant::now();
        let end = match Session::start(&link, &faults) {
            Ok(session) => session.run(&paths, &mut orders, &mut owed).await,
            Err(error) => End::Died(format!("Eyelid's recorder could not be started: {error:#}.")),
        };
        let restarts = match end {
            End::Stopped(done) => {
                let _ = done.map(|done| done.send(()));
                return;
            }
            End::Refused(why) => {
                tracing::error!("{why}");
                link.closed(&why);
                false
            }
            End::Died(why) => {
                tracing::warn!("{why}");
                link.closed(&why);
                true
            }
            End::Unanswered(id) => {
                owed = graver(owed, id);
                let why = "Eyelid's recorder did not acknowledge the pause in time, so it was ended.";
                tracing::error!("{why}");
                link.say("Recording was ended", &format!("{why} It starts again, paused."));
                link.closed(why);
                true
            }
        };
        if started.elapsed() > WELL_AFTER {
            pause = FIRST_PAUSE;
        }
        let until = restarts.then(|| Instant::now() + pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
        if let Rested::Stopped(done) = rest(until, &mut orders, &mut owed).await {
            let _ = done.map(|done| done.send(()));
            return;
        }
    }
}

enum Rested {
    Enough,
    Stopped(Option<oneshot::Sender<()>>),
}

/// Waits until this time (`None`: for good), or until told to stop.
async fn rest(
    until: Option<Instant>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    owed: &mut Option<HotkeyId>,
) -> Rested {
    loop {
        let woken = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = woken => return Rested::Enough,
            order = orders.recv() => match order {
                Some(Order::Stop(done)) => return Rested::Stopped(Some(done)),
                Some(Order::Pressed(id)) => *owed = graver(*owed, id),
                Some(Order::Unanswered) => *owed = graver(*owed, HotkeyId::Pause),
                Some(Order::CheckRecipient) => {}
                None => return Rested::Stopped(None),
            },
        }
    }
}

/// Of two chords the one that asks for more.
pub(crate) fn graver(first: Option<HotkeyId>, second: HotkeyId) -> Option<HotkeyId> {
    Some(if first == Some(HotkeyId::Panic) { HotkeyId::Panic } else { second })
}
