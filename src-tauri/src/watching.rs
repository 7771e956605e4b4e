//! Runs the sources of [`Sign`]s and tells the agent what they add up to.

use crate::idle::{self, Ask};
use crate::link::{Link, View};
use crate::presence::{Presence, Sign};
use crate::{logind, screensaver};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// After a resume a locker may need a moment to cover the screen; what is said before that is not believed.
const LOCKER_NEEDS: Duration = Duration::from_millis(1500);
/// Afterwards the locks are asked so often until they tell.
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
    loop {
        let asks = presence.waits_for_lock();
        tokio::select! {
            sign = signs.recv() => {
                let Some(sign) = sign else { return };
                if let Some(message) = presence.sign(sign) {
                    link.tell(message);
                    let ask_locks = ask_locks.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(LOCKER_NEEDS).await;
                        let _ = ask_locks.send(());
                    });
                }
                if presence.waits_for_input() {
                    idle.ask(Ask::Input);
                }
            }
            changed = view.changed() => {
                if changed.is_err() {
                    return;
                }
                if let Some(now) = idle_minutes(&view.borrow_and_update()) && now != minutes {
                    minutes = now;
                    idle.ask(Ask::Minutes(minutes));
                }
            }
            () = tokio::time::sleep(ASK_AGAIN), if asks => {
                let _ = ask_locks.send(());
            }
        }
        let report = presence.report();
        if report != told {
            told = report;
            tracing::info!("the person is {report:?}");
            link.presence(report);
        }
    }
}

fn idle_minutes(view: &View) -> Option<u32> {
    match view {
        View::Running(snapshot) => Some(snapshot.settings.idle_minutes),
        View::Starting | View::Gone(_) => None,
    }
}
