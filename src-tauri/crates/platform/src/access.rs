//! The accessibility bus: is the focus in a password field, and which applications answer there?
//!
//! One task reads the bus in wire order. A ping goes to the bus itself, so that its answer comes
//! behind everything that applications said before; and a role that was asked for is awaited before
//! the next message is looked at.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use zbus::export::ordered_stream::OrderedStreamExt as _;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Address, Connection, MatchRule, Message, MessageStream};

use crate::clock::boot_now;
use crate::types::Millis;

/// How long anyone on the bus has for an answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the bus has to come up: right after a login everything else does, too. One that is not installed says so at
/// once.
const START: Duration = Duration::from_secs(20);
/// One that is not up yet, or is just going, is asked again.
const AGAIN: Duration = Duration::from_millis(500);
/// No field lies deeper in a window or a page.
const DEEPEST: u32 = 200;
/// So many password fields are remembered; with more, whatever has the focus counts as one.
const MOST_PASSWORDS: usize = 10_000;
pub(crate) const BUS: &str = "org.freedesktop.DBus";
pub(crate) const BUS_PATH: &str = "/org/freedesktop/DBus";
pub(crate) const REGISTRY: &str = "org.a11y.atspi.Registry";
pub(crate) const ROOT: &str = "/org/a11y/atspi/accessible/root";
const OBJECT_EVENTS: &str = "org.a11y.atspi.Event.Object";

/// What the accessibility bus says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessEvent {
    /// An application put its focus into a password field, or out of one; of another's it says nothing. A field whose role
    /// cannot be found out counts as one, and so does one that was a password's and now shows it. While there is one, the focus of every other application is told, too.
    SecretField {
        /// When this was heard.
        at: Millis,
        /// The number of the application.
        app: u64,
        /// Into one.
        in_secret: bool,
        /// The process in whose window the field is, once that is known: a page's is the browser. `None` if it is not, or
        /// if the focus went nowhere else.
        home: Option<u32>,
    },
    /// Whether the application with this process answers on the bus.
    Answers {
        /// Its process.
        pid: u32,
        /// It does.
        yes: bool,
    },
    /// All that was said on the bus before this instant has been delivered.
    UpTo(Millis),
    /// The bus answered, but took more than a second: it does not take its clients in their order then, so what was said
    /// meanwhile may come after the answer, and is dated too late.
    Late,
}

/// There is no accessibility bus.
#[derive(Debug, thiserror::Error)]
#[error("the accessibility bus does not answer. Install at-spi2-core and log in anew.")]
pub struct AccessError(#[source] pub(crate) zbus::Error);

impl AccessError {
    /// What the bus, or the lack of it, said.
    #[must_use]
    pub fn cause(&self) -> &dyn std::error::Error {
        &self.0
    }
}

/// The accessibility bus, listened to by a task of its own.
#[derive(Debug)]
pub struct Access {
    events: mpsc::UnboundedReceiver<AccessEvent>,
    pings: mpsc::UnboundedSender<Millis>,
    answering: HashSet<u32>,
}

impl Access {
    /// Finds the bus and listens. Needs a tokio runtime.
    pub async fn connect() -> Result<Access, AccessError> {
        let mut last = None;
        let coming_up = async {
            let session = Connection::session().await.map_err(AccessError)?;
            loop {
                match listening(&session).await {
                    Err(error) if !absent(&error) => last = Some(error),
                    Err(error) => return Err(AccessError(error)),
                    Ok(both) => return Ok(both),
                }
                tokio::time::sleep(AGAIN).await;
            }
        };
        let (bus, stream) = match timeout(START, coming_up).await {
            Ok(both) => both?,
            Err(_) => {
                return Err(AccessError(last.unwrap_or_else(|| zbus::Error::Failure("no answer in time".into()))));
            }
        };
        let (tell, events) = mpsc::unbounded_channel();
        let (pings, asked) = mpsc::unbounded_channel();
        let task = Task {
            bus,
            tell,
            pids: HashMap::new(),
            apps: HashMap::new(),
            numbered: 0,
            focused: HashMap::new(),
            secrets: HashMap::new(),
            passwords: HashSet::new(),
            waiting: HashMap::new(),
        };
        tokio::spawn(task.run(stream, asked));
        Ok(Access { events, pings, answering: HashSet::new() })
    }

    /// The next event; `None` when the bus is gone. May be dropped and called anew without loss.
    pub async fn next(&mut self) -> Option<AccessEvent> {
        let event = self.events.recv().await?;
        if let AccessEvent::Answers { pid, yes } = event {
            if yes {
                self.answering.insert(pid);
            } else {
                self.answering.remove(&pid);
            }
        }
        Some(event)
    }

    /// Asks the bus for a sign of life, which arrives as [`AccessEvent::UpTo`] with the present time, or else as
    /// [`AccessEvent::Late`].
    pub fn ping(&mut self) {
        // A task that ended shows in `next`.
        let _ = self.pings.send(boot_now());
    }

    /// Whether the application with this process answers on the bus, as far as `next` has told.
    #[must_use]
    pub fn answers(&self, pid: u32) -> bool {
        self.answering.contains(&pid)
    }
}

/// A connection that listens.
async fn listening(session: &Connection) -> zbus::Result<(Connection, MessageStream)> {
    let bus = bus_of(session).await?;
    // Before the first signal may come.
    let stream = MessageStream::from(&bus);
    listen(&bus).await?;
    Ok((bus, stream))
}

/// Whether there is no such bus, as opposed to one that does not answer yet.
fn absent(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::MethodError(name, ..) if name.as_str() == "org.freedesktop.DBus.Error.ServiceUnknown")
}

/// A connection of its own to the accessibility bus.
pub(crate) async fn open_bus() -> zbus::Result<Connection> {
    bus_of(&Connection::session().await?).await
}

async fn bus_of(session: &Connection) -> zbus::Result<Connection> {
    let reply =
        session.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &()).await?;
    let address: String = reply.body().deserialize()?;
    let address: Address = address.parse()?;
    zbus::connection::Builder::address(address)?.max_queued(4096).build().await
}

async fn listen(bus: &Connection) -> zbus::Result<()> {
    let rules = [
        MatchRule::builder()
            .msg_type(Type::Signal)
            .interface(OBJECT_EVENTS)?
            .member("StateChanged")?
            .arg(0, "focused")?
            .build(),
        MatchRule::builder()
            .msg_type(Type::Signal)
            .interface(OBJECT_EVENTS)?
            .member("PropertyChange")?
            .arg(0, "accessible-role")?
            .build(),
        MatchRule::builder().msg_type(Type::Signal).sender(BUS)?.member("NameOwnerChanged")?.build(),
    ];
    for rule in rules {
        bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &rule.to_string()).await?;
    }
    for event in ["object:state-changed:focused", "object:property-change:accessible-role"] {
        let path = "/org/a11y/atspi/registry";
        bus.call_method(Some(REGISTRY), path, Some(REGISTRY), "RegisterEvent", &event).await?;
    }
    Ok(())
}

struct Task {
    bus: Connection,
    tell: mpsc::UnboundedSender<AccessEvent>,
    /// Processes of applications, by their names on the bus.
    pids: HashMap<OwnedUniqueName, u32>,
    /// Numbers of applications that told of a focus.
    apps: HashMap<OwnedUniqueName, u64>,
    numbered: u64,
    /// What has its application's focus.
    focused: HashMap<OwnedUniqueName, OwnedObjectPath>,
    /// The password fields that have their application's focus.
    secrets: HashMap<OwnedUniqueName, OwnedObjectPath>,
    /// What has ever been a password field: it is one still when it shows what is typed.
    passwords: HashSet<(OwnedUniqueName, OwnedObjectPath)>,
    /// Pings under way, by the number of their message.
    waiting: HashMap<u32, Millis>,
}

impl Task {
    async fn run(mut self, mut stream: MessageStream, mut asked: mpsc::UnboundedReceiver<Millis>) {
        loop {
            let alive = tokio::select! {
                biased;
                ping = asked.recv() => match ping {
                    Some(at) => self.send_ping(at).await.is_ok(),
                    None => false,
                },
                message = stream.next() => match message {
                    Some(Ok(message)) => { self.heard(&message).await; true }
                    Some(Err(_)) | None => false,
                },
            };
            if !alive || self.tell.is_closed() {
                return;
            }
        }
    }

    async fn send_ping(&mut self, at: Millis) -> zbus::Result<()> {
        let ping = Message::method_call(BUS_PATH, "Ping")?
            .destination(BUS)?
            .interface("org.freedesktop.DBus.Peer")?
            .build(&())?;
        self.waiting.insert(ping.primary_header().serial_num().get(), at);
        self.bus.send(&ping).await
    }

    async fn heard(&mut self, message: &Message) {
        let header = message.header();
        match message.message_type() {
            Type::MethodReturn => {
                if let Some(at) = header.reply_serial().and_then(|n| self.waiting.remove(&n.get())) {
                    let in_time = u128::from(boot_now().0.saturating_sub(at.0)) <= PATIENCE.as_millis();
                    let _ = self.tell.send(if in_time { AccessEvent::UpTo(at) } else { AccessEvent::Late });
                }
            }
            Type::Signal => {
                let body = message.body();
                let Ok(body) = body.deserialize::<Structure<'_>>() else { return };
                let sender = header.sender().map(|s| OwnedUniqueName::from(s.to_owned()));
                match header.member().map(|m| m.as_str()) {
                    Some(member @ ("StateChanged" | "PropertyChange")) => {
                        let path = header.path().map(|p| OwnedObjectPath::from(p.to_owned()));
                        let (Some(sender), Some(path)) = (sender, path) else { return };
                        if member == "StateChanged" {
                            let focused = matches!(body.fields().get(1), Some(Value::I32(n)) if *n != 0);
                            self.focused(sender, path, focused).await;
                        } else if self.focused.get(&sender) == Some(&path) {
                            // A field that hides from now on what is typed, or no longer does.
                            self.focused(sender, path, true).await;
                        }
                    }
                    Some("NameOwnerChanged") => self.name_changed(&body),
                    Some(_) | None => {}
                }
            }
            Type::MethodCall | Type::Error => {}
        }
    }

    async fn focused(&mut self, sender: OwnedUniqueName, path: OwnedObjectPath, focused: bool) {
        let at = boot_now();
        if !focused {
            if self.focused.get(&sender) == Some(&path) {
                self.focused.remove(&sender);
            }
            if self.secrets.get(&sender) == Some(&path) {
                self.left(at, &sender);
            }
            return;
        }
        self.focused.insert(sender.clone(), path.clone());
        let interface = Some("org.a11y.atspi.Accessible");
        let call = self.bus.call_method(Some(sender.as_str()), path.as_ref(), interface, "GetRole", &());
        let role = match timeout(PATIENCE, call).await {
            Ok(Ok(reply)) => reply.body().deserialize::<u32>().ok(),
            Ok(Err(_)) | Err(_) => None,
        };
        let app = self.number(&sender);
        let field = (sender.clone(), path.clone());
        let hides = role == Some(atspi::Role::PasswordText as u32);
        if hides && self.passwords.len() < MOST_PASSWORDS {
            self.passwords.insert(field.clone());
        }
        let was = self.passwords.contains(&field) || self.passwords.len() >= MOST_PASSWORDS;
        if hides || was || role.is_none() {
            self.secrets.insert(sender.clone(), path.clone());
            let home = timeout(PATIENCE, self.home(&sender, path)).await.ok().flatten();
            let _ = self.tell.send(AccessEvent::SecretField { at, app, in_secret: true, home });
        } else if !self.secrets.is_empty() {
            self.secrets.remove(&sender);
            let home = timeout(PATIENCE, self.pid(&sender)).await.ok().flatten();
            let _ = self.tell.send(AccessEvent::SecretField { at, app, in_secret: false, home });
        }
        self.answers(sender).await;
    }

    fn number(&mut self, name: &OwnedUniqueName) -> u64 {
        *self.apps.entry(name.clone()).or_insert_with(|| {
            self.numbered += 1;
            self.numbered
        })
    }

    /// An application's password field has lost the focus.
    fn left(&mut self, at: Millis, name: &OwnedUniqueName) {
        if self.secrets.remove(name).is_some() {
            let app = self.number(name);
            let _ = self.tell.send(AccessEvent::SecretField { at, app, in_secret: false, home: None });
        }
    }

    /// The process in whose window a field is: that of the application at the top of the tree. A page's own process hangs
    /// below the browser's.
    async fn home(&self, name: &OwnedUniqueName, path: OwnedObjectPath) -> Option<u32> {
        let (mut name, mut path) = (name.to_string(), path);
        for _ in 0..DEEPEST {
            let interface = Some("org.freedesktop.DBus.Properties");
            let asked = ("org.a11y.atspi.Accessible", "Parent");
            let reply =
                self.bus.call_method(Some(name.as_str()), path.as_ref(), interface, "Get", &asked).await.ok()?;
            let parent: OwnedValue = reply.body().deserialize().ok()?;
            let (above, place): (String, OwnedObjectPath) = parent.try_into().ok()?;
            // The root of another is the desktop's: nothing is above the application.
            if above != name && place.as_str() == ROOT {
                return self.pid(&name).await;
            }
            (name, path) = (above, place);
        }
        None
    }

    async fn pid(&self, name: &str) -> Option<u32> {
        let call = self.bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetConnectionUnixProcessID", &name);
        call.await.ok()?.body().deserialize().ok()
    }

    /// Notes that an application answers, and which process it is. It does from the first field on that it tells the focus
    /// of: which one had it before we listened is not known, and it may have been a password's.
    async fn answers(&mut self, name: OwnedUniqueName) {
        if self.pids.contains_key(&name) {
            return;
        }
        if let Ok(Some(pid)) = timeout(PATIENCE, self.pid(&name)).await {
            self.pids.insert(name, pid);
            let _ = self.tell.send(AccessEvent::Answers { pid, yes: true });
        }
    }

    /// An application that left the bus answers no more, and its password field is gone.
    fn name_changed(&mut self, body: &Structure<'_>) {
        let [Value::Str(name), _, Value::Str(new)] = body.fields() else { return };
        if !new.is_empty() {
            return;
        }
        self.focused.retain(|app, _| app.as_str() != name.as_str());
        self.passwords.retain(|(app, _)| app.as_str() != name.as_str());
        if let Some(gone) = self.apps.keys().find(|app| app.as_str() == name.as_str()).cloned() {
            self.left(boot_now(), &gone);
            self.apps.remove(&gone);
        }
        let gone: Vec<OwnedUniqueName> = self.pids.keys().filter(|n| n.as_str() == name.as_str()).cloned().collect();
        for name in gone {
            if let Some(pid) = self.pids.remove(&name)
                && !self.pids.values().any(|p| *p == pid)
            {
                let _ = self.tell.send(AccessEvent::Answers { pid, yes: false });
            }
        }
    }
}
