//! The panel, its tray, and the icons and menus in it.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

use crate::Result;
use crate::desktop::{Desktop, Part};
use crate::display::{Rect, Window};
use crate::process::Proc;
use crate::wait::{LONG, wait_for};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
/// What the panel has not changed for so long stays so.
const STILL: Duration = Duration::from_millis(300);

/// Only what tests need: a task list (which shows window titles, as real ones do) and the tray.
const PANEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="icon-size" type="uint" value="24"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
"#;

/// An icon in the tray, as its program describes it.
#[derive(Clone, Debug)]
pub struct TrayItem {
    bus: Connection,
    service: String,
    path: String,
}

/// An entry of a tray icon's menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuItem {
    /// Its number.
    pub id: i32,
    /// Its words, without the marks for access keys.
    pub label: String,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// Whether it is there at all.
    pub visible: bool,
    /// Whether it is a line between others.
    pub separator: bool,
    /// Whether it is ticked, if it can be.
    pub ticked: Option<bool>,
    /// The entries below it.
    pub children: Vec<MenuItem>,
}

impl MenuItem {
    /// The first entry, itself or below, whose label contains `text`.
    pub fn find(&self, text: &str) -> Option<&MenuItem> {
        if self.label.contains(text) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(text))
    }

    fn is(&self, text: &str) -> bool {
        !self.separator && self.label.contains(text)
    }

    /// Whether an entry of that label can be chosen in it.
    fn offers(&self, label: &str) -> bool {
        self.children.iter().any(|item| item.visible && item.enabled && item.is(label))
    }

    /// The menu to which these entries lead.
    fn below(self, path: &[&str]) -> Option<MenuItem> {
        path.iter().try_fold(self, |menu, label| menu.children.into_iter().find(|item| item.visible && item.is(label)))
    }

    /// All labels, indented by depth: for messages and snapshots.
    pub fn outline(&self) -> String {
        fn write(item: &MenuItem, depth: usize, out: &mut String) {
            for child in item.children.iter().filter(|c| c.visible) {
                let label = if child.separator { "---" } else { &child.label };
                let off = if child.enabled { "" } else { " (off)" };
                out.push_str(&format!("{}{label}{off}\n", "  ".repeat(depth)));
                write(child, depth + 1, out);
            }
        }
        let mut out = String::new();
        write(self, 0, &mut out);
        out
    }
}

impl TrayItem {
    /// The program's name for it.
    pub fn id(&self) -> Result<String> {
        self.string("Id")
    }

    /// Its title.
    pub fn title(&self) -> Result<String> {
        self.string("Title")
    }

    /// `Active`, `Passive` or `NeedsAttention`.
    pub fn status(&self) -> Result<String> {
        self.string("Status")
    }

    /// The name of its icon, if it uses names.
    pub fn icon_name(&self) -> Result<String> {
        self.string("IconName")
    }

    /// Its pictures: width, height, ARGB bytes.
    pub fn icon_pixmaps(&self) -> Result<Vec<(i32, i32, Vec<u8>)>> {
        Ok(self.proxy(ITEM, &self.path)?.get_property("IconPixmap")?)
    }

    /// Its tooltip: title and text.
    pub fn tooltip(&self) -> Result<(String, String)> {
        type Tip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let tip: OwnedValue = self.proxy(ITEM, &self.path)?.get_property("ToolTip")?;
        let (_, _, title, text) = Tip::try_from(tip)?;
        Ok((title, text))
    }

    /// Its menu as it is now.
    pub fn menu(&self) -> Result<MenuItem> {
        let path = self.menu_path()?;
        let menu = self.proxy(MENU, &path)?;
        // Some programs fill their menu only when asked to show it.
        let _: zbus::Result<bool> = menu.call("AboutToShow", &(0_i32,));
        type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let (_, (id, properties, children)): (u32, Layout) =
            menu.call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()))?;
        menu_item(id, properties, children)
    }

    /// Tells the program over the bus that an entry was chosen. For the real thing, see [`Desktop::click_tray_menu`].
    pub fn choose(&self, entry: &MenuItem) -> Result<()> {
        let path = self.menu_path()?;
        self.proxy(MENU, &path)?.call::<_, _, ()>("Event", &(entry.id, "clicked", Value::from(0_i32), 0_u32))?;
        Ok(())
    }

    fn menu_path(&self) -> Result<String> {
        let path: OwnedObjectPath = self.proxy(ITEM, &self.path)?.get_property("Menu")?;
        Ok(path.to_string())
    }

    fn string(&self, property: &str) -> Result<String> {
        Ok(self.proxy(ITEM, &self.path)?.get_property(property)?)
    }

    fn proxy(&self, interface: &'static str, path: &str) -> Result<Proxy<'static>> {
        Ok(zbus::blocking::proxy::Builder::<Proxy<'static>>::new(&self.bus)
            .destination(self.service.clone())?
            .path(path.to_owned())?
            .interface(interface)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?)
    }
}

fn menu_item(id: i32, mut properties: HashMap<String, OwnedValue>, children: Vec<OwnedValue>) -> Result<MenuItem> {
    let mut text = |name: &str| -> String {
        properties.remove(name).and_then(|value| String::try_from(value).ok()).unwrap_or_default()
    };
    let label = text("label").replace("__", "\0").replace('_', "").replace('\0', "_");
    let separator = text("type") == "separator";
    let tickable = !text("toggle-type").is_empty();
    let truth = |name: &str| properties.get(name).and_then(|value| bool::try_from(value).ok()).unwrap_or(true);
    let state = properties.get("toggle-state").and_then(|value| i32::try_from(value).ok());
    Ok(MenuItem {
        id,
        label,
        separator,
        enabled: truth("enabled"),
        visible: truth("visible"),
        ticked: tickable.then_some(state == Some(1)),
        children: children
            .into_iter()
            .map(|child| {
                let child = Structure::try_from(Value::from(child))?;
                let signature = "an entry of a menu";
                let (id, properties, children) =
                    <(i32, HashMap<String, OwnedValue>, Vec<OwnedValue>)>::try_from(child).context(signature)?;
                menu_item(id, properties, children)
            })
            .collect::<Result<Vec<MenuItem>>>()?,
    })
}

impl Desktop {
    pub(crate) fn launch_panel(&self) -> Result<Proc> {
        let folder = self.path("config/xfce4/xfconf/xfce-perchannel-xml");
        let file = folder.join("xfce4-panel.xml");
        if !file.exists() {
            fs::create_dir_all(folder)?;
            fs::write(file, PANEL)?;
        }
        let mut command = self.command("xfce4-panel");
        command.arg("--disable-wm-check");
        Proc::start(command, self.log_path("panel"))
    }

    pub(crate) fn wait_panel(&self) -> Result<()> {
        let bus = self.bus()?;
        wait_for("a host for tray icons", 2 * LONG, || self.has_tray_host_on(&bus).then_some(()))
            .with_context(|| self.log_of(Part::Panel))
    }

    /// Whether somebody says to show tray icons.
    pub fn has_tray_host(&self) -> Result<bool> {
        Ok(self.has_tray_host_on(&self.bus()?))
    }

    fn has_tray_host_on(&self, bus: &Connection) -> bool {
        crate::bus::is_owned(bus, WATCHER)
            && watcher(bus).and_then(|w| Ok(w.get_property("IsStatusNotifierHostRegistered")?)).unwrap_or(false)
    }

    /// The icons in the tray.
    pub fn tray_items(&self) -> Result<Vec<TrayItem>> {
        let bus = self.bus()?;
        let names: Vec<String> = watcher(&bus)?.get_property("RegisteredStatusNotifierItems")?;
        let items = names.into_iter().map(|name| {
            let (service, path) = match name.find('/') {
                Some(at) => (name[..at].to_owned(), name[at..].to_owned()),
                None => (name, "/StatusNotifierItem".to_owned()),
            };
            TrayItem { bus: bus.clone(), service, path }
        });
        Ok(items.collect())
    }

    /// Waits for the icon whose id or title contains `name`, in whatever case.
    pub fn wait_tray_item(&self, name: &str) -> Result<TrayItem> {
        let name = name.to_lowercase();
        wait_for(&format!("the tray icon of {name}"), LONG, || {
            self.tray_items().ok()?.into_iter().find(|item| {
                let is = |text: Result<String>| text.is_ok_and(|t| t.to_lowercase().contains(&name));
                is(item.id()) || is(item.title())
            })
        })
    }

    /// Where the panel's tray is on the screen.
    pub fn tray_place(&self) -> Result<Rect> {
        wait_for("the tray on the panel", LONG, || {
            let panels = self.toplevels().ok()?.into_iter().filter(|w| w.visible);
            panels
                .filter(|panel| panel.rect.w > 1)
                .flat_map(|panel| self.windows_within(panel.id))
                // The tray is a process of its own, whose window is embedded.
                .find(|w| w.class == "Wrapper-2.0" && w.visible && w.rect.w > 1)
                .map(|window| window.rect)
        })
    }

    /// Where the icon of the given number, from the left, is on the screen.
    pub fn tray_icon_place(&self, number: usize) -> Result<Rect> {
        let count = u32::try_from(self.tray_items()?.len().max(1))?;
        let tray = self.tray_place()?;
        let width = tray.w / count;
        let x = tray.x + (width * u32::try_from(number)?).cast_signed();
        Ok(Rect::new(x, tray.y, width, tray.h))
    }

    /// Clicks the one tray icon with the mouse.
    pub fn click_tray(&self, button: u8) -> Result<crate::Stroke> {
        let place = settled("the one tray icon", || {
            let one = self.tray_items().ok()?.len() == 1;
            one.then(|| self.tray_icon_place(0).ok()).flatten()
        })?;
        self.input().click_at(place.centre(), button)
    }

    /// Opens the menu of the one tray icon with a right click, and chooses entries with the mouse: `path` names
    /// a submenu first, if need be. Labels need only be contained.
    pub fn click_tray_menu(&self, path: &[&str]) -> Result<crate::Stroke> {
        let item = wait_for("a tray icon", LONG, || self.tray_items().ok()?.into_iter().next())?;
        // The program may be about to change it.
        let menu = |depth: usize| item.menu().ok()?.below(&path[..depth]);
        if let Some(label) = path.first() {
            wait_for(&format!("{label:?} in the menu"), LONG, || menu(0)?.offers(label).then_some(()))?;
        }
        let mut before = self.menu_windows()?;
        let mut stroke = self.click_tray(3)?;
        for (depth, label) in path.iter().enumerate() {
            let (window, level) = settled(&format!("the menu with {label:?}"), || {
                let level = menu(depth)?;
                let fits = |w: &Window| menu_fits(&level, w.rect.h) && before.iter().all(|b| b.id != w.id);
                let window = self.menu_windows().ok()?.into_iter().find(fits)?;
                level.offers(label).then_some((window, level))
            })?;
            let row = menu_row(&level, window.rect, label)?;
            before = self.menu_windows()?;
            stroke = self.input().click_at(row, 1)?;
        }
        Ok(stroke)
    }

    fn menu_windows(&self) -> Result<Vec<Window>> {
        let open = |w: &Window| w.class == "Wrapper-2.0" && w.override_redirect && w.visible && w.rect.w > 1;
        Ok(self.toplevels()?.into_iter().filter(open).collect())
    }
}

/// Waits until the same is found for a while: a panel moves and resizes what it has just put there.
fn settled<T: PartialEq>(what: &str, mut find: impl FnMut() -> Option<T>) -> Result<T> {
    let mut before: Option<(T, Instant)> = None;
    wait_for(what, LONG, || {
        let now = find()?;
        match &before {
            Some((same, since)) if *same == now => (since.elapsed() >= STILL).then_some(now),
            Some(_) | None => {
                before = Some((now, Instant::now()));
                None
            }
        }
    })
}

/// The rows and lines of a menu as GTK's own theme draws it.
const MENU_EDGE: u32 = 4;
const MENU_LINE: u32 = 1;

/// Whether a window of that height can be this menu: a tooltip is lower.
fn menu_fits(menu: &MenuItem, height: u32) -> bool {
    (18..45).contains(&menu_row_height(menu, height))
}

fn menu_row_height(menu: &MenuItem, height: u32) -> u32 {
    let visible = || menu.children.iter().filter(|item| item.visible);
    let lines = u32::try_from(visible().filter(|item| item.separator).count()).unwrap_or(0);
    let rows = u32::try_from(visible().filter(|item| !item.separator).count()).unwrap_or(0);
    height.saturating_sub(2 * MENU_EDGE + lines * MENU_LINE) / rows.max(1)
}

/// The middle of an entry. The panel tells assistive programs nothing about its menus, so that it is computed from
/// the window's height, which spreads what little a theme may differ evenly.
fn menu_row(menu: &MenuItem, window: Rect, label: &str) -> Result<(i32, i32)> {
    let height = menu_row_height(menu, window.h);
    let mut y = MENU_EDGE;
    for item in menu.children.iter().filter(|item| item.visible) {
        if item.separator {
            y += MENU_LINE;
        } else if item.is(label) {
            anyhow::ensure!(item.enabled, "{label:?} cannot be chosen");
            return Ok((window.centre().0, window.y + (y + height / 2).cast_signed()));
        } else {
            y += height;
        }
    }
    anyhow::bail!("no entry {label:?} in\n{}", menu.outline())
}

fn watcher(bus: &Connection) -> Result<Proxy<'static>> {
    Ok(zbus::blocking::proxy::Builder::<Proxy<'static>>::new(bus)
        .destination(WATCHER)?
        .path("/StatusNotifierWatcher")?
        .interface(WATCHER)?
        .cache_properties(zbus::proxy::CacheProperties::No)
        .build()?)
}
