//! The link to the agent, as the rest of the tray app sees it: the state to draw, requests, and what only the tray app
//! may tell.

use crate::mirror::Mirror;
use protocol::client::Client;
use protocol::private::{HotkeyId, PresenceReport, ToAgent};
use protocol::{ErrorCode, Event, Failure, Fault, Request, Response, Snapshot};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// What is known of the agent.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// It was started and has not spoken yet.
    Starting,
    /// It is not there: why.
    Gone(String),
    /// Its state.
    Running(Box<Snapshot>),
}

/// A pause is answered within this time, or the agent is ended.
const PAUSED_WITHIN: Duration = Duration::from_secs(5);

/// What the supervisor of the agent is told to do.
#[derive(Debug)]
pub enum Order {
    /// The desktop says that a chord was pressed: pass it on and watch for the acknowledgement.
    Pressed(HotkeyId),
    /// A request to pause was not answered: end the agent.
    Unanswered,
    /// Compare the keys again.
    CheckRecipient,
    /// End the agent for good; answered when it has ended.
    Stop(oneshot::Sender<()>),
}

/// What the agent hears from the tray app, kept for an agent that is started later.
struct Private {
    sender: Option<mpsc::UnboundedSender<ToAgent>>,
    presence: PresenceReport,
    faults: Vec<Fault>,
    window: Option<u32>,
}

/// Shared by all parts of the tray app.
pub struct Link {
    view: watch::Sender<View>,
    events: broadcast::Sender<Event>,
    client: Mutex<Option<Client>>,
    private: Mutex<Private>,
    orders: mpsc::UnboundedSender<Order>,
    mirror: Mirror,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    /// A link without an agent, and the orders for its supervisor.
    pub fn new() -> (Arc<Link>, mpsc::UnboundedReceiver<Order>) {
        let (orders, received) = mpsc::unbounded_channel();
        // Not known to be there is away: no pause ends, nothing is recorded.
        let private = Private { sender: None, presence: PresenceReport::Locked, faults: Vec::new(), window: None };
        let link = Link {
            view: watch::Sender::new(View::Starting),
            events: broadcast::Sender::new(256),
            client: Mutex::new(None),
            private: Mutex::new(private),
            orders,
            mirror: Mirror::default(),
        };
        (Arc::new(link), received)
    }

    /// The state to draw, now and whenever it changes.
    pub fn view(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    /// What the agent tells every client.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Asks the agent. One that does not answer a pause is ended, so that nothing is recorded either.
    ///
    /// # Errors
    /// The agent's refusal, or `NotRunning`.
    pub async fn request(&self, request: Request) -> Result<Response, Failure> {
        let pauses = matches!(request, Request::Pause(_));
        let client = lock(&self.client).clone();
        match client {
            Some(client) if pauses => {
                let answer = tokio::time::timeout(PAUSED_WITHIN, client.request(request)).await;
                answer.unwrap_or_else(|_| {
                    self.order(Order::Unanswered);
                    Err(Failure::new(
                        ErrorCode::NotRunning,
                        "Eyelid's recorder did not answer and is ended; nothing is recorded.",
                        "Wait a moment: it is started again by itself, paused.",
                    ))
                })
            }
            Some(client) => client.request(request).await,
            None => Err(Failure::new(
                ErrorCode::NotRunning,
                "Eyelid's recorder is not running; nothing is recorded.",
                "Wait a moment: it is started again by itself.",
            )),
        }
    }

    /// Tells the agent something on the private channel, if it is there.
    pub fn tell(&self, message: ToAgent) {
        let _ = self.tells(message);
    }

    /// The same; whether it is there.
    pub fn tells(&self, message: ToAgent) -> bool {
        lock(&self.private).sender.as_ref().is_some_and(|sender| sender.send(message).is_ok())
    }

    /// What the window's mirror shows.
    pub fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// Whether the person is there; a later agent is told too.
    pub fn presence(&self, report: PresenceReport) {
        let mut private = lock(&self.private);
        private.presence = report;
        if let Some(sender) = &private.sender {
            let _ = sender.send(ToAgent::Presence(report));
        }
    }

    /// What is wrong on the tray app's side, as a whole; a later agent is told too.
    pub fn faults(&self, faults: Vec<Fault>) {
        let mut private = lock(&self.private);
        private.faults = faults;
        if let Some(sender) = &private.sender {
            let _ = sender.send(ToAgent::Faults(private.faults.clone()));
        }
    }

    /// The process of the window, while there is one; a later agent is told too.
    pub fn window(&self, pid: Option<u32>) {
        let mut private = lock(&self.private);
        private.window = pid;
        if let Some(sender) = &private.sender {
            let _ = sender.send(ToAgent::Window(pid));
        }
    }

    /// For the supervisor.
    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    /// Something for the person to read, whatever the settings say.
    pub fn say(&self, title: &str, body: &str) {
        self.publish(Event::Notice { title: title.into(), body: body.into(), always: true });
    }

    /// Ends the agent and waits until it has ended.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        self.order(Order::Stop(done));
        let _ = ended.await;
    }

    /// A new agent listens on the private channel.
    pub(crate) fn opened(&self, sender: mpsc::UnboundedSender<ToAgent>) {
        let mut private = lock(&self.private);
        let _ = sender.send(ToAgent::Presence(private.presence));
        let _ = sender.send(ToAgent::Faults(private.faults.clone()));
        let _ = sender.send(ToAgent::Window(private.window));
        private.sender = Some(sender);
    }

    /// The agent takes requests.
    pub(crate) fn connected(&self, client: Client, snapshot: Snapshot) {
        *lock(&self.client) = Some(client);
        self.publish(Event::Snapshot(Box::new(snapshot)));
    }

    /// The agent is gone.
    pub(crate) fn closed(&self, why: &str) {
        self.disconnect();
        self.publish(Event::Gone(why.into()));
    }

    /// The agent ends or is ended: shown at once; [`Link::closed`] tells the details when they are known, except where
    /// the person ends Eyelid, which is no news to them.
    pub(crate) fn ending(&self) {
        self.disconnect();
        self.view.send_replace(View::Gone("Eyelid's recorder is ending.".into()));
    }

    fn disconnect(&self) {
        *lock(&self.client) = None;
        lock(&self.private).sender = None;
        self.mirror.clear();
    }

    /// An event: the state follows it, then everyone hears it.
    pub(crate) fn publish(&self, event: Event) {
        match &event {
            Event::Snapshot(snapshot) => {
                self.view.send_replace(View::Running(snapshot.clone()));
            }
            Event::Changes(changes) => {
                self.view.send_if_modified(|view| match view {
                    View::Running(snapshot) => {
                        changes.iter().for_each(|change| snapshot.apply(change.clone()));
                        true
                    }
                    View::Starting | View::Gone(_) => false,
                });
            }
            Event::Gone(why) => {
                self.view.send_replace(View::Gone(why.clone()));
            }
            Event::Notice { .. } => {}
        }
        let _ = self.events.send(event);
    }
}
