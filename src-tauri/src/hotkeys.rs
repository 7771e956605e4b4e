//! The global chords: registered with the desktop, so that no other program gets them and a conflict shows.
//!
//! The agent matches the same chords in the raw keys. Which of the two hears a press first does not matter: each press
//! is passed on, and the agent takes both as one.

use crate::faults::Faults;
use crate::link::{Link, Order, View};
use global_hotkey::hotkey::HotKey;
use global_hotkey::{GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState};
use protocol::private::HotkeyId;
use protocol::{Fault, FaultCode, Hotkeys};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The other program may give the chord up.
const TRY_AGAIN: Duration = Duration::from_secs(60);

type Registered = Vec<(HotkeyId, HotKey)>;

/// Registers what the settings say, whenever they change. The manager asks a thread of its own and waits for it, so
/// this is a blocking thread's work.
pub async fn follow(link: Arc<Link>, faults: Arc<Faults>) {
    let registered: Arc<Mutex<Registered>> = Arc::default();
    listen(&link, &registered);
    // Without an X server the manager reports success and does nothing.
    let manager = x11rb::connect(None).ok().and_then(|_| manager());
    let Some(manager) = manager.map(Arc::new) else {
        let cure = "Use the tray menu or the mark on the screen; start Eyelid in an X11 session for hotkeys.";
        return faults.raise(FaultCode::Hotkey, "Hotkeys do not work without an X11 display.", cure);
    };
    let mut view = link.view();
    let mut in_force: Option<Hotkeys> = None;
    loop {
        let wanted = match &*view.borrow_and_update() {
            View::Running(snapshot) => Some(snapshot.settings.hotkeys.clone()),
            View::Starting | View::Gone(_) => None,
        };
        let mut conflict = false;
        if let Some(wanted) = wanted.or_else(|| in_force.clone()) {
            conflict = faulty(&registered);
            if in_force.as_ref() != Some(&wanted) || conflict {
                let (manager, registered, chords) = (Arc::clone(&manager), Arc::clone(&registered), wanted.clone());
                let found = tokio::task::spawn_blocking(move || register(&manager, &registered, &chords)).await;
                let found = found.unwrap_or_default();
                conflict = !found.is_empty();
                faults.set(FaultCode::Hotkey, found);
                in_force = Some(wanted);
            }
        }
        tokio::select! {
            changed = view.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(TRY_AGAIN), if conflict => {}
        }
    }
}

/// Its thread, which looks for keys twenty times a second, takes the name of the one that starts it: so what that costs
/// can be told apart from what is Eyelid's own.
fn manager() -> Option<GlobalHotKeyManager> {
    let started = std::thread::Builder::new().name("hotkeys".into()).spawn(|| GlobalHotKeyManager::new().ok());
    started.ok()?.join().ok()?
}

/// Whether one of the two chords is not registered.
fn faulty(registered: &Mutex<Registered>) -> bool {
    registered.lock().unwrap_or_else(PoisonError::into_inner).len() < 2
}

fn listen(link: &Arc<Link>, registered: &Arc<Mutex<Registered>>) {
    let (link, registered) = (Arc::clone(link), Arc::clone(registered));
    GlobalHotKeyEvent::set_event_handler(Some(move |event: GlobalHotKeyEvent| {
        match event.state {
            HotKeyState::Released => return,
            HotKeyState::Pressed => {}
        }
        let registered = registered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((id, _)) = registered.iter().find(|(_, key)| key.id() == event.id) {
            link.order(Order::Pressed(*id));
        }
    }));
}

/// Registers both chords in place of what was registered; what is wrong with them.
fn register(manager: &GlobalHotKeyManager, registered: &Mutex<Registered>, chords: &Hotkeys) -> Vec<Fault> {
    let old = std::mem::take(&mut *registered.lock().unwrap_or_else(PoisonError::into_inner));
    for (_, key) in old {
        let _ = manager.unregister(key);
    }
    let mut faults = Vec::new();
    for (id, chord) in [(HotkeyId::Pause, &chords.pause), (HotkeyId::Panic, &chords.panic)] {
        let outcome = match parsed(chord) {
            Some(key) => manager.register(key).map(|()| key).map_err(|error| why(&error)),
            None => Err("cannot be used as a hotkey on this desktop"),
        };
        match outcome {
            Ok(key) => registered.lock().unwrap_or_else(PoisonError::into_inner).push((id, key)),
            Err(why) => faults.push(fault(id, chord, why)),
        }
    }
    faults
}

fn why(error: &global_hotkey::Error) -> &'static str {
    match error {
        global_hotkey::Error::AlreadyRegistered(_) => "is taken by another program",
        _ => "could not be registered with the desktop",
    }
}

fn fault(id: HotkeyId, chord: &str, why: &str) -> Fault {
    let what = match id {
        HotkeyId::Pause => "pause",
        HotkeyId::Panic => "pause and forget",
    };
    Fault {
        code: FaultCode::Hotkey,
        message: format!("The hotkey {chord} ({what}) {why}."),
        cure: "Choose another one in Eyelid's settings, or free it in the other program.".into(),
    }
}

/// The settings allow any order and more names than the registry of chords knows.
fn parsed(chord: &str) -> Option<HotKey> {
    let (mut modifiers, mut keys) = (Vec::new(), Vec::new());
    for part in chord.split('+').map(str::trim).filter(|part| !part.is_empty()) {
        match part.to_ascii_lowercase().as_str() {
            "ctrl" | "control" | "commandorcontrol" | "cmdorctrl" => modifiers.push("Ctrl"),
            "alt" | "option" => modifiers.push("Alt"),
            "shift" => modifiers.push("Shift"),
            "super" | "meta" | "win" | "cmd" | "command" => modifiers.push("Super"),
            "return" => keys.push("Enter"),
            "esc" => keys.push("Escape"),
            "del" => keys.push("Delete"),
            _ => keys.push(part),
        }
    }
    modifiers.extend(keys);
    modifiers.join("+").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read_in_any_order_and_by_any_of_their_names() {
        let expected: HotKey = "Ctrl+Alt+P".parse().unwrap();
        for text in ["Ctrl+Alt+P", "alt + control + KeyP", "P+Ctrl+Option"] {
            assert_eq!(parsed(text).unwrap().id(), expected.id(), "{text}");
        }
        assert_eq!(parsed("Meta+Esc").unwrap().id(), "Super+Escape".parse::<HotKey>().unwrap().id());
        assert!(parsed("Ctrl+Flurb").is_none());
    }

    #[test]
    fn a_conflict_names_the_chord_and_a_cure() {
        let fault = fault(HotkeyId::Pause, "Ctrl+Alt+P", "is taken by another program");
        assert_eq!(fault.message, "The hotkey Ctrl+Alt+P (pause) is taken by another program.");
        assert!(!fault.cure.is_empty());
    }
}
