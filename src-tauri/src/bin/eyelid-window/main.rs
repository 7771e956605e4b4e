//! Eyelid's window: a webview that shows the pages of `ui/`, started by the tray app when the window is opened. It
//! decides nothing and reads nothing by itself; whatever the page asks goes to the tray app over the channel that this
//! process inherits as its standard input. When that closes, it ends.

mod commands;
mod pictures;
mod tray;

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use tauri::webview::PlatformWebview;
use tauri::window::Color;
use tauri::{App, AppHandle, Emitter, Manager, RunEvent, Theme, WebviewUrl, WebviewWindowBuilder, async_runtime};
use tray::Tray;

const LABEL: &str = "main";
const EVENT: &str = "eyelid";

fn main() -> ExitCode {
    let Some(channel) = channel() else {
        eprintln!(
            "eyelid-window is started by Eyelid's tray app when its window is opened. Start Eyelid instead: eyelid"
        );
        return ExitCode::FAILURE;
    };
    match run(channel) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Eyelid's window: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The standard input, if it is a socket. Whoever starts this program in place of the tray app gets a page that knows
/// only what he tells it.
fn channel() -> Option<UnixStream> {
    let input = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
    rustix::net::sockopt::socket_type(&input).ok()?;
    // A window that hangs or is stopped would go on to show a state that nobody vouches for any more.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).ok()?;
    Some(UnixStream::from(input))
}

fn run(channel: UnixStream) -> tauri::Result<()> {
    channel.set_nonblocking(true)?;
    // By its class the window belongs to the entry of Eyelid in the desktop's menus.
    #[cfg(target_os = "linux")]
    webkit2gtk::glib::set_prgname(Some("eyelid"));
    let (tray, queued) = Tray::new();
    let (mirror, past) = (tray.clone(), tray.clone());
    let app = tauri::Builder::default()
        .manage(tray.clone())
        .invoke_handler(tauri::generate_handler![commands::request, commands::mirror, commands::review])
        .register_asynchronous_uri_scheme_protocol(pictures::MIRROR, move |_, request, responder| {
            pictures::serve(&mirror, pictures::mirror(request.uri().path()), responder);
        })
        .register_asynchronous_uri_scheme_protocol(pictures::PAST, move |_, request, responder| {
            pictures::serve(&past, pictures::past(request.uri().path()), responder);
        })
        .build(tauri::generate_context!())?;
    let handle = app.handle().clone();
    async_runtime::spawn(tray.serve(channel, queued, handle));
    open(&app)?;
    app.run(|_, event| {
        if let RunEvent::Exit = event {
            // WebKit's own threads are not waited for.
            std::process::exit(0);
        }
    });
    Ok(())
}

fn open(app: &App) -> tauri::Result<()> {
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

/// Brings the window to the front.
fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        eprintln!("Eyelid's window cannot come to the front: {error}");
    }
}

/// Tells the page.
fn tell(app: &AppHandle, event: protocol::Event) {
    let _ = app.emit(EVENT, event);
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
