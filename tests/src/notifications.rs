//! Notifications, as sent over the bus and as seen on the screen.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use zbus::blocking::fdo::MonitoringProxy;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::{Message, Type};
use zbus::zvariant::OwnedValue;

use crate::Result;
use crate::desktop::{Desktop, Part};
use crate::process::{Proc, lock};
use crate::wait::{LONG, wait_for};

/// A button of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What its sender is told.
    pub key: String,
    /// What the person reads.
    pub label: String,
}

/// A notification and what became of it.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The daemon's number for it; 0 until the daemon has answered.
    pub id: u32,
    /// Who says to have sent it.
    pub app: String,
    /// Its title.
    pub summary: String,
    /// Its text.
    pub body: String,
    /// Its buttons.
    pub actions: Vec<Action>,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: u8,
    /// Milliseconds after which it goes; 0 is never, -1 the daemon's choice.
    pub expire_ms: i32,
    /// The number it replaces, or 0.
    pub replaces: u32,
    /// The key of the action that was chosen.
    pub invoked: Option<String>,
    /// Whether it has gone.
    pub closed: bool,
}

impl Notification {
    /// Whether it is on the screen.
    pub fn is_open(&self) -> bool {
        self.id != 0 && !self.closed
    }
}

/// Listens to all that is said about notifications on a bus.
#[derive(Debug)]
pub(crate) struct Listener {
    heard: Arc<Mutex<Log>>,
    bus: Connection,
}

#[derive(Debug, Default)]
struct Log {
    all: Vec<Notification>,
    asked: HashMap<(String, u32), usize>,
}

impl Listener {
    pub(crate) fn start(address: &str) -> Result<Listener> {
        let bus = crate::bus::connect(address)?;
        let messages = MessageIterator::from(bus.clone());
        let rules = [
            "type='method_call',interface='org.freedesktop.Notifications',member='Notify'",
            "type='signal',interface='org.freedesktop.Notifications'",
            // Answers carry no interface; only the daemon's own matter.
            "type='method_return',sender='org.freedesktop.Notifications'",
        ];
        let rules = rules.into_iter().map(zbus::MatchRule::try_from).collect::<zbus::Result<Vec<_>>>()?;
        MonitoringProxy::new(&bus)?.become_monitor(&rules, 0)?;
        let heard = Arc::new(Mutex::new(Log::default()));
        let log = Arc::clone(&heard);
        std::thread::spawn(move || {
            for message in messages {
                let Ok(message) = message else { break };
                lock(&log).note(&message);
            }
        });
        Ok(Listener { heard, bus })
    }

    fn all(&self) -> Vec<Notification> {
        lock(&self.heard).all.clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.bus.clone().close();
    }
}

/// The arguments of the one call that makes a notification.
type Notify = (String, u32, String, String, String, Vec<String>, HashMap<String, OwnedValue>, i32);

impl Log {
    /// Messages that are not understood are none of ours.
    fn note(&mut self, message: &Message) -> Option<()> {
        let header = message.header();
        match header.message_type() {
            Type::MethodCall => {
                let (app, replaces, _icon, summary, body, actions, hints, expire_ms): Notify =
                    message.body().deserialize().ok()?;
                let actions =
                    actions.chunks_exact(2).map(|pair| Action { key: pair[0].clone(), label: pair[1].clone() });
                let urgency = hints.get("urgency").and_then(|u| u8::try_from(u).ok());
                self.all.push(Notification {
                    id: 0,
                    app,
                    summary,
                    body,
                    actions: actions.collect(),
                    urgency: urgency.unwrap_or(1),
                    expire_ms,
                    replaces,
                    invoked: None,
                    closed: false,
                });
                let question = (header.sender()?.to_string(), header.primary().serial_num().get());
                self.asked.insert(question, self.all.len() - 1);
            }
            Type::MethodReturn => {
                let question = (header.destination()?.to_string(), header.reply_serial()?.get());
                let index = self.asked.remove(&question)?;
                let id: u32 = message.body().deserialize().ok()?;
                // A replaced one is no longer on the screen, and no signal says so.
                for earlier in self.all.iter_mut().filter(|n| n.id == id) {
                    earlier.closed = true;
                }
                self.all[index].id = id;
            }
            Type::Signal => match header.member()?.as_str() {
                "ActionInvoked" => {
                    let (id, key): (u32, String) = message.body().deserialize().ok()?;
                    self.newest(id)?.invoked = Some(key);
                }
                "NotificationClosed" => {
                    let (id, _reason): (u32, u32) = message.body().deserialize().ok()?;
                    self.newest(id)?.closed = true;
                }
                _ => {}
            },
            Type::Error => {}
        }
        Some(())
    }

    fn newest(&mut self, id: u32) -> Option<&mut Notification> {
        self.all.iter_mut().rev().find(|n| n.id == id)
    }
}

impl Desktop {
    pub(crate) fn launch_dunst(&self) -> Result<Proc> {
        // More than one action, and dunst asks a menu program: this one takes the label that the test has
        // written down, and nothing else.
        let chooser = self.path("bin/choose-action");
        fs::write(&chooser, format!("#!/bin/sh\nexec grep -F -m 1 -f '{}'\n", self.path("choice").display()))?;
        fs::set_permissions(&chooser, fs::Permissions::from_mode(0o755))?;
        let config = self.path("config/dunst/dunstrc");
        fs::create_dir_all(self.path("config/dunst"))?;
        // One at a time, so that the place of a notification is never in doubt.
        fs::write(
            &config,
            format!(
                "[global]\n\
                 font = DejaVu Sans 11\n\
                 origin = bottom-right\n\
                 offset = 20x60\n\
                 width = 380\n\
                 notification_limit = 1\n\
                 sort = no\n\
                 indicate_hidden = no\n\
                 idle_threshold = 0\n\
                 dmenu = {} \n\
                 mouse_left_click = close_current\n\
                 mouse_middle_click = do_action\n\
                 mouse_right_click = close_all\n",
                chooser.display()
            ),
        )?;
        let mut command = self.command("dunst");
        command.arg("-conf").arg(&config);
        Proc::start(command, self.log_path("dunst"))
    }

    /// All notifications since the daemon started, in their order.
    pub fn notifications(&self) -> Result<Vec<Notification>> {
        self.with_notifications(|listener| Ok(listener.all()))
    }

    /// Waits for an open notification whose summary or body contains `text`.
    pub fn wait_notification(&self, text: &str) -> Result<Notification> {
        wait_for(&format!("a notification about {text:?}"), LONG, || {
            let all = self.notifications().ok()?;
            let mut open = all.into_iter().rev().filter(Notification::is_open);
            open.find(|n| n.summary.contains(text) || n.body.contains(text))
        })
        .with_context(|| format!("{:?}; {}", self.notifications(), self.log_of(Part::Dunst)))
    }

    /// Where the notification on the screen is. Only one is shown at a time.
    pub fn notification_place(&self) -> Result<crate::Rect> {
        let window = self.wait_window("a notification on the screen", |window| {
            window.class == "Dunst" && window.override_redirect
        })?;
        Ok(window.rect)
    }

    /// Dismisses whatever came before this notification, until it is the one on the screen.
    pub fn show_notification(&self, notification: &Notification) -> Result<()> {
        wait_for("the notification on the screen", LONG, || {
            let first = self.first_notification()?;
            if first == notification.id {
                return Some(());
            }
            let place = self.notification_place().ok()?;
            // One that has gone by itself meanwhile has left its place to the next.
            if self.first_notification()? != first {
                return None;
            }
            self.input().click_at(place.centre(), 1).ok()?;
            // It is gone before the next is judged.
            let gone = || self.notifications().ok()?.iter().any(|n| n.id == first && !n.is_open()).then_some(());
            wait_for("the end of a notification", LONG, gone).ok().and(None)
        })
    }

    /// The one that is shown: one at a time, in the order they came.
    fn first_notification(&self) -> Option<u32> {
        self.notifications().ok()?.into_iter().find(Notification::is_open).map(|first| first.id)
    }

    /// Chooses an action with the mouse: a middle click on the notification, and its label in the menu that follows.
    pub fn click_notification(&self, notification: &Notification, label: &str) -> Result<()> {
        let action = notification.actions.iter().find(|a| a.label == label);
        let key = &action.with_context(|| format!("no action {label:?} in {notification:?}"))?.key;
        fs::write(self.path("choice"), format!("{label}\n"))?;
        let place = wait_for("the notification's place", LONG, || {
            self.show_notification(notification).ok()?;
            let place = self.notification_place().ok()?;
            (self.first_notification()? == notification.id).then_some(place)
        })?;
        self.input().click_at(place.centre(), 2)?;
        wait_for("the action to be heard of", LONG, || {
            self.notifications()
                .ok()?
                .iter()
                .any(|n| n.id == notification.id && n.invoked.as_ref() == Some(key))
                .then_some(())
        })
        .with_context(|| self.log_of(Part::Dunst))
    }

    /// What the daemon itself counts: `displayed`, `waiting` or `history`.
    pub fn dunst_count(&self, which: &str) -> Result<u32> {
        let mut command = self.command("dunstctl");
        command.args(["count", which]);
        let output = self.run(command)?;
        String::from_utf8(output.stdout)?
            .trim()
            .parse()
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
