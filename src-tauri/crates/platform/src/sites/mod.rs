//! The address of the page that a browser's window shows, asked of the browser over the accessibility bus.
//!
//! Nothing tells reliably that an address changed: an event of a loaded page, another title, and every ping lead
//! to a *look*, in which the browsers are asked anew. What was known at one look and is not at the next may have
//! ended right after the first: that is how it is dated. Where a title came and went between two looks, the address
//! was not known. A browser that does not answer has no address.

mod known;
mod pairing;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use zbus::export::ordered_stream::OrderedStreamExt as _;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, MessageStream};

use crate::access::{AccessError, BUS, BUS_PATH, REGISTRY, ROOT, open_bus};
use crate::clock::boot_now;
use crate::types::{Millis, WindowId};
use known::Known;
use pairing::Frame;

/// How long one browser has for all its answers in one look.
const PATIENCE: Duration = Duration::from_millis(700);
/// After an event, more of them usually follow at once.
const SOON: Duration = Duration::from_millis(20);
/// A window that had an address and has none is looked at again, so often and after so long, before that counts:
/// between two pages titles and pages do not fit together for a moment.
const DOUBTS: u32 = 4;
const DOUBT: Duration = Duration::from_millis(60);
/// Windows without an address are looked at again after so long, doubled each time; a browser begins to tell of its
/// pages only when it was asked once.
const AGAIN: Duration = Duration::from_millis(100);
const AGAIN_TIMES: u32 = 6;
/// *Embeds*: from a window to the page it shows.
const EMBEDS: u32 = 13;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const DOCUMENT: &str = "org.a11y.atspi.Document";
const DOCUMENT_EVENTS: &str = "org.a11y.atspi.Event.Document";

/// What a browser says of one of its windows. Neither appears in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Site {
    /// The address of the page.
    pub url: String,
    /// The window's name for screen readers.
    pub spoken: String,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

/// A window to look at.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser {
    /// The window.
    pub window: WindowId,
    /// The process behind it.
    pub pid: u32,
    /// Its title, as the display server has it.
    pub title: Option<String>,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("window", &self.window).field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// What is told of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteEvent {
    /// The address in a window was looked for first, changed, became known or is known no longer.
    Site {
        /// When, at the earliest.
        at: Millis,
        /// Where.
        window: WindowId,
        /// What it is now.
        site: Option<Site>,
    },
    /// All changes before this instant have been delivered.
    UpTo(Millis),
}

enum Order {
    Watch(Vec<Browser>),
    Ping(Millis),
}

/// The sensor; a task of its own, with a connection of its own.
#[derive(Debug)]
pub struct Sites {
    events: mpsc::UnboundedReceiver<SiteEvent>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Sites {
    /// Finds the bus. Needs a tokio runtime. Asks nobody before [`Sites::watch`] names a window.
    pub async fn connect() -> Result<Sites, AccessError> {
        let listening = async {
            let bus = open_bus().await?;
            let rule = MatchRule::builder().msg_type(Type::Signal).interface(DOCUMENT_EVENTS)?.build();
            let signals = MessageStream::for_match_rule(rule, &bus, Some(1024)).await?;
            let path = "/org/a11y/atspi/registry";
            bus.call_method(Some(REGISTRY), path, Some(REGISTRY), "RegisterEvent", &"document:load-complete").await?;
            Ok((bus, signals))
        };
        let (bus, signals) = match timeout(Duration::from_secs(5), listening).await {
            Ok(opened) => opened.map_err(AccessError)?,
            Err(_) => return Err(AccessError(zbus::Error::Failure("no answer in time".into()))),
        };
        let (tell, events) = mpsc::unbounded_channel();
        let (orders, told) = mpsc::unbounded_channel();
        let task = Task {
            bus,
            tell,
            watched: Vec::new(),
            known: HashMap::new(),
            names: HashMap::new(),
            pings: Vec::new(),
            look_at: None,
            doubts: 0,
            again: 0,
        };
        tokio::spawn(task.run(signals, told));
        Ok(Sites { events, orders })
    }

    /// The next event; `None` when the bus is gone. May be dropped and called anew without loss.
    pub async fn next(&mut self) -> Option<SiteEvent> {
        self.events.recv().await
    }

    /// The windows to look at, from now on; looks at them.
    pub fn watch(&mut self, browsers: Vec<Browser>) {
        let _ = self.orders.send(Order::Watch(browsers));
    }

    /// Looks at all windows, and says so with [`SiteEvent::UpTo`].
    pub fn ping(&mut self) {
        let _ = self.orders.send(Order::Ping(boot_now()));
    }
}

struct Task {
    bus: Connection,
    tell: mpsc::UnboundedSender<SiteEvent>,
    watched: Vec<Browser>,
    known: HashMap<WindowId, Known>,
    /// Names on the bus, by process.
    names: HashMap<u32, OwnedUniqueName>,
    /// Pings that no look has answered yet.
    pings: Vec<Millis>,
    look_at: Option<Instant>,
    doubts: u32,
    again: u32,
}

impl Task {
    async fn run(mut self, mut signals: MessageStream, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.told(order),
                    None => return,
                },
                () = due(self.look_at) => self.look().await,
                signal = signals.next() => match signal {
                    Some(Ok(_)) => {
                        self.again = 0;
                        self.look_within(SOON);
                    }
                    Some(Err(_)) | None => return,
                },
            }
        }
    }

    fn told(&mut self, order: Order) {
        match order {
            Order::Watch(browsers) => {
                self.known.retain(|window, _| browsers.iter().any(|b| b.window == *window));
                for before in &self.watched {
                    let retitled = |b: &Browser| b.window == before.window && b.title != before.title;
                    if browsers.iter().any(retitled)
                        && let Some(known) = self.known.get_mut(&before.window)
                    {
                        known.retitled();
                    }
                }
                self.watched = browsers;
                self.again = 0;
                self.look_within(Duration::ZERO);
            }
            Order::Ping(at) => {
                self.pings.push(at);
                self.look_within(Duration::ZERO);
            }
        }
    }

    fn look_within(&mut self, time: Duration) {
        let at = Instant::now() + time;
        self.look_at = Some(self.look_at.map_or(at, |before| before.min(at)));
    }

    async fn look(&mut self) {
        self.look_at = None;
        let began = boot_now();
        let mut found = self.ask().await;
        let mut doubtful = false;
        let mut missing = false;
        for browser in &self.watched {
            let site = found.remove(&browser.window);
            let known = self.known.entry(browser.window).or_default();
            if known.lacks(site.as_ref()) && self.doubts < DOUBTS {
                doubtful = true;
                continue;
            }
            missing |= site.is_none();
            for (at, site) in known.found(site, began) {
                let _ = self.tell.send(SiteEvent::Site { at, window: browser.window, site });
            }
        }
        if doubtful {
            self.doubts += 1;
            self.look_within(DOUBT);
            return;
        }
        self.doubts = 0;
        if let Some(at) = self.pings.iter().copied().filter(|at| *at <= began).max() {
            self.pings.retain(|ping| *ping > began);
            let _ = self.tell.send(SiteEvent::UpTo(at));
        }
        if missing && self.again < AGAIN_TIMES {
            self.look_within(AGAIN * 2_u32.pow(self.again));
            self.again += 1;
        }
    }

    /// Asks every browser once.
    async fn ask(&mut self) -> HashMap<WindowId, Site> {
        let mut found = HashMap::new();
        let mut pids: Vec<u32> = self.watched.iter().map(|b| b.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        for pid in pids {
            let frames = match timeout(PATIENCE, self.frames(pid)).await {
                Ok(Ok(frames)) => frames,
                Ok(Err(_)) => {
                    // It may have another name by now.
                    self.names.remove(&pid);
                    continue;
                }
                Err(_) => continue,
            };
            let windows: Vec<&Browser> = self.watched.iter().filter(|b| b.pid == pid).collect();
            found.extend(pairing::pair(&windows, &frames));
        }
        found
    }

    /// The windows of a browser, by its own account.
    async fn frames(&mut self, pid: u32) -> zbus::Result<Vec<Frame>> {
        let Some(name) = self.name_of(pid).await? else { return Ok(Vec::new()) };
        let mut frames = Vec::new();
        for (_, path) in children(&self.bus, name.as_str()).await? {
            let spoken = self.spoken(&name, &path).await?;
            // Bubbles and lists of suggestions have none.
            if !spoken.is_empty() {
                let url = self.address(&name, &path).await?;
                frames.push(Frame { spoken, url });
            }
        }
        Ok(frames)
    }

    async fn name_of(&mut self, pid: u32) -> zbus::Result<Option<OwnedUniqueName>> {
        if !self.names.contains_key(&pid) {
            self.names.clear();
            for (name, _) in children(&self.bus, REGISTRY).await? {
                let Ok(name) = OwnedUniqueName::try_from(name) else { continue };
                let text = name.as_str();
                let call =
                    self.bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetConnectionUnixProcessID", &text).await;
                if let Ok(pid) = call.and_then(|reply| reply.body().deserialize::<u32>()) {
                    self.names.insert(pid, name);
                }
            }
        }
        Ok(self.names.get(&pid).cloned())
    }

    async fn spoken(&self, name: &OwnedUniqueName, path: &OwnedObjectPath) -> zbus::Result<String> {
        let properties = Some("org.freedesktop.DBus.Properties");
        let reply = self.bus.call_method(Some(name.as_str()), path, properties, "Get", &(ACCESSIBLE, "Name")).await?;
        let value: OwnedValue = reply.body().deserialize()?;
        Ok(String::try_from(value)?)
    }

    /// The address of the page in a window, if there is one page.
    async fn address(&self, name: &OwnedUniqueName, path: &OwnedObjectPath) -> zbus::Result<Option<String>> {
        let to = Some(name.as_str());
        let reply = self.bus.call_method(to, path, Some(ACCESSIBLE), "GetRelationSet", &()).await?;
        let relations: Vec<(u32, Vec<(String, OwnedObjectPath)>)> = reply.body().deserialize()?;
        let mut pages = relations.into_iter().filter(|(kind, _)| *kind == EMBEDS).flat_map(|(_, pages)| pages);
        let (Some((owner, page)), None) = (pages.next(), pages.next()) else { return Ok(None) };
        // What is embedded is told of by another program: not what was asked for.
        if owner != name.as_str() {
            return Ok(None);
        }
        let reply = self.bus.call_method(to, &page, Some(DOCUMENT), "GetAttributes", &()).await?;
        let mut attributes: HashMap<String, String> = reply.body().deserialize()?;
        let url = ["DocURL", "URI"].into_iter().find_map(|key| attributes.remove(key));
        Ok(url.filter(|url| !url.is_empty()))
    }
}

async fn children(bus: &Connection, name: &str) -> zbus::Result<Vec<(String, OwnedObjectPath)>> {
    bus.call_method(Some(name), ROOT, Some(ACCESSIBLE), "GetChildren", &()).await?.body().deserialize()
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
