//! The accessibility bus: what is focused, and where named things are on the screen.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::Result;
use crate::clock::boot_ms;
use crate::desktop::Desktop;
use crate::display::Rect;
use crate::process::Proc;
use crate::wait::{LONG, wait_for};

const REGISTRY: &str = "org.a11y.atspi.Registry";
const ROOT: &str = "/org/a11y/atspi/accessible/root";
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";

/// Something on the screen that tells assistive programs about itself.
#[derive(Clone, Debug)]
pub struct Accessible {
    bus: Connection,
    /// Its application's name on the accessibility bus.
    pub owner: String,
    /// Its object path there.
    pub path: String,
}

impl Accessible {
    /// Its name.
    pub fn name(&self) -> Result<String> {
        Ok(self.proxy(ACCESSIBLE)?.get_property("Name")?)
    }

    /// Its role, by the numbers of AT-SPI (40 is a password field).
    pub fn role(&self) -> Result<u32> {
        Ok(self.proxy(ACCESSIBLE)?.call("GetRole", &())?)
    }

    /// Its role in words, such as `menu item`.
    pub fn role_name(&self) -> Result<String> {
        Ok(self.proxy(ACCESSIBLE)?.call("GetRoleName", &())?)
    }

    /// What lies in it.
    pub fn children(&self) -> Result<Vec<Accessible>> {
        let children: Vec<(String, OwnedObjectPath)> = self.proxy(ACCESSIBLE)?.call("GetChildren", &())?;
        Ok(children
            .into_iter()
            .map(|(owner, path)| Accessible { bus: self.bus.clone(), owner, path: path.to_string() })
            .collect())
    }

    /// Its place on the screen.
    pub fn place(&self) -> Result<Rect> {
        let ((x, y, w, h),): ((i32, i32, i32, i32),) =
            self.proxy("org.a11y.atspi.Component")?.call("GetExtents", &(0_u32,))?;
        Ok(Rect::new(x, y, u32::try_from(w)?, u32::try_from(h)?))
    }

    /// Itself and all below it that `fits`, of programs that answer.
    pub fn find_all(&self, fits: &mut dyn FnMut(&Accessible) -> bool) -> Vec<Accessible> {
        let mut found = Vec::new();
        if fits(self) {
            found.push(self.clone());
        }
        for child in self.children().unwrap_or_default() {
            found.extend(child.find_all(fits));
        }
        found
    }

    /// All that lies in it, a line each, indented by depth: for messages.
    pub fn outline(&self) -> String {
        fn write(item: &Accessible, depth: usize, out: &mut String) {
            let name = item.name().unwrap_or_default();
            let role = item.role_name().unwrap_or_default();
            let place = item.place().ok();
            out.push_str(&format!("{}{role} {name:?} {place:?}\n", "  ".repeat(depth)));
            for child in item.children().unwrap_or_default() {
                write(&child, depth + 1, out);
            }
        }
        let mut out = String::new();
        write(self, 0, &mut out);
        out
    }

    fn proxy(&self, interface: &'static str) -> Result<Proxy<'static>> {
        let proxy = zbus::blocking::proxy::Builder::<Proxy<'static>>::new(&self.bus)
            .destination(self.owner.clone())?
            .path(self.path.clone())?
            .interface(interface)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?;
        Ok(proxy)
    }
}

/// A widget that got the keyboard.
#[derive(Clone, Debug)]
pub struct FocusEvent {
    /// The widget.
    pub widget: Accessible,
    /// Its role when it was heard of.
    pub role: u32,
    /// Its name when it was heard of.
    pub name: String,
    /// Milliseconds since boot when it was heard of.
    pub boot_ms: u64,
}

impl FocusEvent {
    /// Whether it is a field for a secret.
    pub fn is_password(&self) -> bool {
        self.role == 40
    }
}

/// The widgets that get the keyboard, in their order.
#[derive(Debug)]
pub struct FocusEvents {
    events: Receiver<FocusEvent>,
    bus: Connection,
}

impl FocusEvents {
    /// Waits for the next that `fits`.
    pub fn wait(&self, what: &str, deadline: Duration, fits: impl Fn(&FocusEvent) -> bool) -> Result<FocusEvent> {
        let end = Instant::now() + deadline;
        while let Ok(event) = self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if fits(&event) {
                return Ok(event);
            }
        }
        anyhow::bail!("waited {deadline:?} in vain for the focus of {what}")
    }
}

impl Drop for FocusEvents {
    fn drop(&mut self) {
        let _ = self.bus.clone().close();
    }
}

impl Desktop {
    pub(crate) fn launch_a11y(&self) -> Result<Proc> {
        let mut command = self.command("/usr/libexec/at-spi-bus-launcher");
        command.arg("--launch-immediately");
        Proc::start(command, self.log_path("a11y"))
    }

    /// The address of the accessibility bus, once it answers.
    pub(crate) fn a11y_address(&self) -> Result<String> {
        let bus = self.bus()?;
        let status = Proxy::new(&bus, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus")?;
        wait_for("the accessibility bus", LONG, || {
            let address: String = status.call("GetAddress", &()).ok()?;
            (!address.is_empty()).then_some(address)
        })
    }

    /// The root of all that is accessible: its children are the applications.
    pub fn accessible_root(&self) -> Result<Accessible> {
        Ok(Accessible { bus: crate::bus::connect(&self.a11y_address()?)?, owner: REGISTRY.into(), path: ROOT.into() })
    }

    /// Starts to listen for the widgets that get the keyboard.
    pub fn focus_events(&self) -> Result<FocusEvents> {
        let bus = crate::bus::connect(&self.a11y_address()?)?;
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .interface("org.a11y.atspi.Event.Object")?
            .member("StateChanged")?
            .build();
        let signals = MessageIterator::for_match_rule(rule, &bus, Some(1024))?;
        // Applications send events only once somebody has said that they listen.
        Proxy::new(&bus, REGISTRY, "/org/a11y/atspi/registry", REGISTRY)?
            .call::<_, _, ()>("RegisterEvent", &("object:state-changed:focused",))?;
        let (sender, events) = channel();
        let asking = bus.clone();
        std::thread::spawn(move || {
            for signal in signals {
                let Ok(signal) = signal else { break };
                let now = boot_ms();
                let Some(widget) = focused(&signal, &asking) else { continue };
                let event = FocusEvent {
                    role: widget.role().unwrap_or(0),
                    name: widget.name().unwrap_or_default(),
                    widget,
                    boot_ms: now,
                };
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        Ok(FocusEvents { events, bus })
    }
}

fn focused(signal: &zbus::Message, bus: &Connection) -> Option<Accessible> {
    let body = signal.body();
    // (siiva{sv}) from GTK 3, (siiv(so)) from Qt: the three first are what matters.
    let (state, on): (String, i32) = {
        let value: zbus::zvariant::Structure<'_> = body.deserialize().ok()?;
        let fields = value.fields();
        let state = OwnedValue::try_from(fields.first()?).ok()?;
        let on = OwnedValue::try_from(fields.get(1)?).ok()?;
        (String::try_from(state).ok()?, i32::try_from(&on).ok()?)
    };
    let header = signal.header();
    (state == "focused" && on == 1).then_some(())?;
    Some(Accessible { bus: bus.clone(), owner: header.sender()?.to_string(), path: header.path()?.to_string() })
}
