//! Shows notifications. Everything here may hang with a notification daemon that hangs, so it has tasks of its own and
//! gives up in time.

use crate::faults::Faults;
use crate::link::{Link, View};
use crate::notices::{Notices, Show};
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse, Urgency};
use protocol::private::ToAgent;
use protocol::{FaultCode, Request};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

/// A daemon that takes longer does not answer.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// How long a notification's buttons are listened to; the connection that showed it lives as long.
const ACTIONS_FOR: Duration = Duration::from_secs(900);
const MORE: &str = "more";
const STAY: &str = "stay";

/// Notifies of states and events until the link is gone.
pub async fn run(link: Arc<Link>, faults: Arc<Faults>, mut notices: Notices) {
    let (mut view, mut events): (watch::Receiver<View>, broadcast::Receiver<_>) = (link.view(), link.events());
    let first = notices.state(&view.borrow_and_update().clone(), Instant::now());
    show_all(first, &link, &faults);
    loop {
        let next = notices.next();
        let show = tokio::select! {
            changed = view.changed() => match changed {
                Ok(()) => notices.state(&view.borrow_and_update().clone(), Instant::now()),
                Err(_) => return,
            },
            event = events.recv() => match event {
                Ok(event) => notices.event(&event, Instant::now()),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            () = until(next) => notices.timeout(Instant::now()),
        };
        show_all(show, &link, &faults);
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

fn show_all(all: Vec<Show>, link: &Arc<Link>, faults: &Arc<Faults>) {
    for show in all {
        tokio::spawn(one(show, Arc::clone(link), Arc::clone(faults)));
    }
}

async fn one(show: Show, link: Arc<Link>, faults: Arc<Faults>) {
    let mut notification = Notification::new();
    notification.appname("Eyelid").icon("eyelid").hint(Hint::DesktopEntry("eyelid".into()));
    let reminds = match show {
        Show::Plain { title, body } => {
            notification.summary(&title).body(&escaped(&body));
            false
        }
        Show::Reminder => {
            notification.summary("Pause ends in 1 min").body("Recording goes on after that.");
            notification.action(MORE, "15 min more").action(STAY, "Stay paused").urgency(Urgency::Critical);
            true
        }
        Show::ReminderByPill => return link.tell(ToAgent::ReminderFailed),
    };
    match tokio::time::timeout(SHOWN_WITHIN, notification.show_async()).await {
        Ok(Ok(handle)) => {
            faults.clear(FaultCode::Notifications);
            if reminds {
                link.tell(ToAgent::ReminderShown);
            }
            let _ = tokio::time::timeout(ACTIONS_FOR, answered(handle, link)).await;
        }
        Ok(Err(_)) | Err(_) => {
            faults.raise(
                FaultCode::Notifications,
                "No notification daemon answers, so Eyelid cannot notify you.",
                "Start one, for example dunst or your desktop's own; the mark on the screen reminds you until then.",
            );
            if reminds {
                link.tell(ToAgent::ReminderFailed);
            }
        }
    }
}

/// Waits for a button. The handle is kept until then: some desktops take a notification away with its sender.
async fn answered(handle: NotificationHandle, link: Arc<Link>) {
    let mut pressed = None;
    handle
        .wait_for_action_async(|response| {
            if let NotificationResponse::Action(action) = response {
                pressed = Some(action.clone());
            }
        })
        .await;
    let request = match pressed.as_deref() {
        Some(MORE) => Request::Extend(15),
        Some(STAY) => Request::StayPaused,
        Some(_) | None => return,
    };
    if let Err(failure) = link.request(request).await {
        link.say("That did not work", &failure.to_string());
    }
}

/// Daemons read the body as markup.
fn escaped(body: &str) -> String {
    body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
