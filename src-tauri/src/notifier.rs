//! Shows notifications. Everything here may hang with a notification daemon that hangs, so it has tasks of its own and
//! gives up in time.

use crate::faults::Faults;
use crate::link::{Link, View};
use crate::notices::{Notices, REMINDER, Show};
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse, Urgency};
use protocol::private::ToAgent;
use protocol::{FaultCode, Request};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};

/// A daemon that takes longer does not answer.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// So many lines of one title are kept together; older ones give way.
const LINES: usize = 6;
const MORE: &str = "more";
const STAY: &str = "stay";

/// Notifies of states and events until the link is gone.
pub async fn run(link: Arc<Link>, faults: Arc<Faults>, mut notices: Notices) {
    let (mut view, mut events): (watch::Receiver<View>, broadcast::Receiver<_>) = (link.view(), link.events());
    let mut places = Places { link, faults, all: HashMap::new() };
    places.put(notices.state(&view.borrow_and_update(), Instant::now()));
    loop {
        let next = notices.next();
        let show = tokio::select! {
            changed = view.changed() => match changed {
                Ok(()) => notices.state(&view.borrow_and_update(), Instant::now()),
                Err(_) => return,
            },
            event = events.recv() => match event {
                Ok(event) => notices.event(&event, Instant::now()),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            () = until(next) => notices.timeout(Instant::now()),
        };
        places.put(show);
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// One place for each title: what comes there takes the place of what was there.
struct Places {
    link: Arc<Link>,
    faults: Arc<Faults>,
    all: HashMap<String, mpsc::UnboundedSender<Show>>,
}

impl Places {
    fn put(&mut self, all: Vec<Show>) {
        for show in all {
            let title = match &show {
                Show::Plain { title, .. } => title.as_str(),
                Show::Reminder => REMINDER,
                Show::Close(title) => title,
                Show::ReminderByPill => {
                    self.link.tell(ToAgent::ReminderFailed);
                    continue;
                }
            };
            // A bus that went away may have taken the place with it.
            let place = match self.all.get(title).filter(|place| !place.is_closed()) {
                Some(place) => place.clone(),
                None => {
                    let (sender, shows) = mpsc::unbounded_channel();
                    tokio::spawn(place(shows, Arc::clone(&self.link), Arc::clone(&self.faults)));
                    self.all.insert(title.to_owned(), sender.clone());
                    sender
                }
            };
            let _ = place.send(show);
        }
    }
}

/// A notification on the screen. Some desktops take it away with the connection that sent it, so that is kept.
struct Open {
    handle: NotificationHandle,
    lines: Vec<String>,
}

async fn place(mut shows: mpsc::UnboundedReceiver<Show>, link: Arc<Link>, faults: Arc<Faults>) {
    let mut open: Option<Open> = None;
    loop {
        let show = match &open {
            None => shows.recv().await,
            Some(there) => tokio::select! {
                show = shows.recv() => show,
                request = answered(&there.handle) => {
                    open = None;
                    if let Some(request) = request && let Err(failure) = link.request(request).await {
                        link.say("That did not work", &failure.to_string());
                    }
                    continue;
                }
            },
        };
        let before = open.take();
        open = match show {
            None => return,
            Some(Show::Close(_) | Show::ReminderByPill) => {
                close(before).await;
                None
            }
            Some(Show::Reminder) => {
                let mut notification = titled(REMINDER, "Recording goes on after that.");
                notification.action(MORE, "15 min more").action(STAY, "Stay paused").urgency(Urgency::Critical);
                let shown = shown(notification, Vec::new(), before, &faults).await;
                link.tell(if shown.is_some() { ToAgent::ReminderShown } else { ToAgent::ReminderFailed });
                shown
            }
            Some(Show::Plain { title, body, keeps }) => {
                let kept = before.as_ref().filter(|_| keeps).map(|before| before.lines.clone());
                let mut lines = kept.unwrap_or_default();
                lines.push(body);
                lines.drain(..lines.len().saturating_sub(LINES));
                shown(titled(&title, &escaped(&lines.join("\n"))), lines, before, &faults).await
            }
        };
    }
}

fn titled(title: &str, body: &str) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Eyelid").icon("eyelid").hint(Hint::DesktopEntry("eyelid".into())).summary(title).body(body);
    notification
}

/// Shows it, in place of the one before.
async fn shown(
    mut notification: Notification,
    lines: Vec<String>,
    before: Option<Open>,
    faults: &Faults,
) -> Option<Open> {
    let replaced = before.as_ref().map(|open| open.handle.id());
    if let Some(id) = replaced {
        notification.id(id);
    }
    match tokio::time::timeout(SHOWN_WITHIN, notification.show_async()).await {
        Ok(Ok(handle)) => {
            faults.clear(FaultCode::Notifications);
            // A daemon that does not replace shows both.
            if replaced != Some(handle.id()) {
                close(before).await;
            }
            Some(Open { handle, lines })
        }
        Ok(Err(_)) | Err(_) => {
            faults.raise(
                FaultCode::Notifications,
                "No notification daemon answers, so Eyelid cannot notify you.",
                "Start one, for example dunst or your desktop's own; the mark on the screen reminds you until then.",
            );
            None
        }
    }
}

async fn close(open: Option<Open>) {
    if let Some(Open { handle, .. }) = open {
        let _ = tokio::time::timeout(SHOWN_WITHIN, handle.close_async()).await;
    }
}

/// Waits until it is gone from the screen; what was asked for with its buttons.
async fn answered(handle: &NotificationHandle) -> Option<Request> {
    let mut pressed = None;
    handle
        .wait_for_action_async(|response| {
            if let NotificationResponse::Action(action) = response {
                pressed = Some(action.clone());
            }
        })
        .await;
    match pressed.as_deref() {
        Some(MORE) => Some(Request::Extend(15)),
        Some(STAY) => Some(Request::StayPaused),
        Some(_) | None => None,
    }
}

/// Daemons read the body as markup.
fn escaped(body: &str) -> String {
    body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
