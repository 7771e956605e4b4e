//! The icon in the panel (StatusNotifierItem).

use crate::faults::Faults;
use crate::icons::Icons;
use crate::link::Link;
use crate::model::{self, Action, Face, MenuItem};
use jiff::tz::TimeZone;
use ksni::menu::{StandardItem, SubMenu};
use ksni::{Handle, OfflineReason, ToolTip, TrayMethods};
use protocol::FaultCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Without a session bus there is no tray; one may come.
const TRY_AGAIN: Duration = Duration::from_secs(30);

struct Tray {
    face: Face,
    icons: Arc<Icons>,
    clicks: mpsc::UnboundedSender<Action>,
    faults: Arc<Faults>,
}

impl Tray {
    fn entry(item: &MenuItem) -> ksni::MenuItem<Tray> {
        match item {
            MenuItem::Label(words) => {
                StandardItem { label: escaped(words), enabled: false, ..Default::default() }.into()
            }
            MenuItem::Separator => ksni::MenuItem::Separator,
            MenuItem::Click(words, action) => {
                let action = action.clone();
                let activate = Box::new(move |tray: &mut Tray| drop(tray.clicks.send(action.clone())));
                StandardItem { label: escaped(words), activate, ..Default::default() }.into()
            }
            MenuItem::More(words, items) => {
                let submenu = items.iter().map(Tray::entry).collect();
                SubMenu { label: escaped(words), submenu, ..Default::default() }.into()
            }
        }
    }
}

impl ksni::Tray for Tray {
    fn id(&self) -> String {
        "eyelid".into()
    }

    fn title(&self) -> String {
        "Eyelid".into()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.icons.of(self.face.shape)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: "Eyelid".into(), description: self.face.tooltip.clone(), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        let _ = self.clicks.send(Action::Open);
    }

    fn menu(&self) -> Vec<ksni::MenuItem<Tray>> {
        self.face.menu.iter().map(Tray::entry).collect()
    }

    fn watcher_online(&self) {
        self.faults.clear(FaultCode::TrayHost);
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        no_host(&self.faults);
        true
    }
}

fn no_host(faults: &Faults) {
    faults.raise(
        FaultCode::TrayHost,
        "No panel shows tray icons, so Eyelid's is not seen.",
        "Add a status tray to your panel, or an AppIndicator extension. Until then the mark on the screen shows the \
         state, and starting Eyelid again opens its window.",
    );
}

/// In menus of the bus an underscore marks the next letter.
fn escaped(words: &str) -> String {
    words.replace('_', "__")
}

/// Shows the icon and keeps it up to date.
pub async fn run(link: Arc<Link>, faults: Arc<Faults>, clicks: mpsc::UnboundedSender<Action>) {
    let icons = Arc::new(Icons::decode());
    let mut view = link.view();
    let mut face = model::face(&view.borrow_and_update(), &TimeZone::system());
    loop {
        let tray =
            Tray { face: face.clone(), icons: Arc::clone(&icons), clicks: clicks.clone(), faults: Arc::clone(&faults) };
        // A panel that comes later is waited for.
        match tray.assume_sni_available(true).spawn().await {
            Ok(handle) => loop {
                if view.changed().await.is_err() {
                    return;
                }
                let now = model::face(&view.borrow_and_update(), &TimeZone::system());
                if now != face {
                    face = now;
                    if !show(&handle, &face).await {
                        break;
                    }
                }
            },
            Err(error) => tracing::warn!("no tray icon: {error}"),
        }
        no_host(&faults);
        tokio::time::sleep(TRY_AGAIN).await;
        face = model::face(&view.borrow_and_update(), &TimeZone::system());
    }
}

/// Whether the icon is still there.
async fn show(handle: &Handle<Tray>, face: &Face) -> bool {
    handle.update(|tray| tray.face = face.clone()).await.is_some()
}
