//! The window: made when opened, destroyed when closed, so that a tray alone costs no webview.

use crate::link::Link;
use std::sync::Arc;
use tauri::webview::PlatformWebview;
use tauri::window::Color;
use tauri::{AppHandle, Emitter, Manager, Runtime, Theme, WebviewUrl, WebviewWindowBuilder};
use tokio::sync::broadcast::error::RecvError;

const LABEL: &str = "main";
const EVENT: &str = "eyelid";

/// Opens the window, or brings it to the front.
pub fn open<R: Runtime>(app: &AppHandle<R>) {
    let on_main = app.clone();
    let asked = app.run_on_main_thread(move || {
        if let Err(error) = open_here(&on_main) {
            tracing::error!("the window cannot be opened: {error}");
        }
    });
    if let Err(error) = asked {
        tracing::error!("the window cannot be opened: {error}");
    }
}

fn open_here<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.unminimize()?;
        window.show()?;
        return window.set_focus();
    }
    let mut window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Eyelid")
        .inner_size(960.0, 680.0)
        .min_inner_size(820.0, 600.0)
        .visible(false)
        .incognito(true)
        .devtools(false);
    // WebKitWebDriver can only drive a lasting context. The variable comes from whoever started Eyelid, so it gives no
    // program a power over the person's window that it did not have; it opens no way around the typed word of consent.
    if std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true") {
        window = window.incognito(false);
        if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR") {
            window = window.data_directory(std::path::Path::new(&runtime).join("eyelid-webview"));
        }
    }
    let window = window.build()?;
    // Until the page is there, its own ground: a white sheet in a dark room is no welcome.
    let ground = match window.theme() {
        Ok(Theme::Dark) => Color(0x19, 0x19, 0x1c, 0xff),
        _ => Color(0xf8, 0xf8, 0xf9, 0xff),
    };
    let _ = window.set_background_color(Some(ground));
    window.with_webview(|webview| keep_nothing(&webview))?;
    window.show()
}

/// A picture of the mirror is gone from the webview, too, once it is off the page.
#[cfg(target_os = "linux")]
fn keep_nothing(webview: &PlatformWebview) {
    use webkit2gtk::{CacheModel, WebContextExt, WebViewExt};
    if let Some(context) = webview.inner().context() {
        context.set_cache_model(CacheModel::DocumentViewer);
    }
}

#[cfg(not(target_os = "linux"))]
fn keep_nothing(_: &PlatformWebview) {}

/// Passes every event of the agent on to the window, if there is one.
pub async fn forward<R: Runtime>(app: AppHandle<R>, link: Arc<Link>) {
    let mut events = link.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // The window asks for the whole state when it has missed something.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if app.get_webview_window(LABEL).is_some() {
            let _ = app.emit(EVENT, event);
        }
    }
}
