//! An app of the same toolkit that does nothing: no window, no tray, no thread of its own. What Eyelid's tray app has in
//! memory is held against it.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().build(tauri::generate_context!())?.run(|_, event| match event {
        tauri::RunEvent::Ready => println!("ready"),
        tauri::RunEvent::ExitRequested { api, .. } => api.prevent_exit(),
        _ => {}
    });
    Ok(())
}
