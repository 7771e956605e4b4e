//! Runs the sources of [`Sign`]s and tells the agent what they add up to.

use crate::idle::{self, Ask};
use crate::link::{Link, View};
use crate::presence::{Presence, Sign};
use crate::{logind, screensaver};
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// The locks are asked so often until they tell.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Runs for good. `signs` also takes what other parts of the tray app see.
pub async fn run(link: Arc<Link>, sender: mpsc::UnboundedSender<Sign>, mut signs: mpsc::UnboundedReceiver<Sign>) {
    let (ask_locks, locks_asked) = watch::channel(());
    tokio::spawn(logind::watch(sender.clone(), locks_asked.clone(), Arc::clone(&link)));
    for saver in screensaver::ALL {
        tokio::spawn(screensaver::watch(saver, sender.clone(), locks_asked.clone()));
    }
    let view = link.view();
    let mut minutes = idle_minutes(&view.borrow()).unwrap_or(5);
    let idle = idle::start(sender, minutes);
    let mut view = view;
    let mut presence = Presence::default();
    let mut told = presence.report();
    idle.ask(Ask::Input);
    // However often something else happens meanwhile.
    let mut ask_again: Option<Instant> = None;
    loop {
        ask_again = ask_again.filter(|_| presence.waits_for_lock());
        if presence.waits_for_lock() {
            ask_again.get_or_insert_with(|| Instant::now() + ASK_AGAIN);
        }
        let doubts = presence.doubts_until();
        let sign = tokio::select! {
            sign = signs.recv() => {
                let Some(sign) = sign else { return };
                Some(sign)
            }
            changed = view.changed() => {
                if changed.is_err() {
                    return;
                }
                if let Some(now) = idle_minutes(&view.borrow_and_update()) && now != minutes {
                    minutes = now;
                    idle.ask(Ask::Minutes(minutes));
                }
                None
            }
            () = sleep_until(doubts.unwrap_or_else(Instant::now)), if doubts.is_some() => {
                presence.believe();
                if presence.waits_for_lock() {
                    let _ = ask_locks.send(());
                }
                None
            }
            () = sleep_until(ask_again.unwrap_or_else(Instant::now)), if ask_again.is_some() => {
                ask_again = None;
                let _ = ask_locks.send(());
                None
            }
        };
        // The agent notices a suspend by itself, too, and that it holds then comes as a change of the view.
        for sign in presence.slept(suspended()).into_iter().chain(sign) {
            if let Some(message) = presence.sign(sign, Instant::now()) {
                link.tell(message);
            }
            if presence.waits_for_input() {
                idle.ask(Ask::Input);
            }
            // After each: the agent has to hear that somebody is here again, too.
            let report = presence.report();
            if report != told {
                told = report;
                tracing::info!("the person is {report:?}");
                link.presence(report);
            }
        }
    }
}

/// How far boot time has run ahead of the time that stands still in a suspend.
fn suspended() -> Duration {
    let time = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
    time(ClockId::Boottime).saturating_sub(time(ClockId::Monotonic))
}

fn idle_minutes(view: &View) -> Option<u32> {
    match view {
        View::Running(snapshot) => Some(snapshot.settings.idle_minutes),
        View::Starting | View::Gone(_) => None,
    }
}
