//! Locked, covered or another's screen: held for as long as one who may say so says so.

use eyelid_tests::scene::{ALL, bring, holds, recorded, recording, text_in, wait_text};
use eyelid_tests::{Desktop, Result};

/// Types before, during and after what `locks`, into a window that has the keyboard all the while: no locker takes it.
fn typed_around(desktop: &Desktop, locks: impl Fn(bool) -> Result<()>) -> Result<()> {
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(desktop, ALL)?;
    bring(desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("before")?;
    // A lock takes what is still in memory.
    wait_text(&eyelid, "Diary", "before")?;
    locks(true)?;
    eyelid.wait_status("the lock", |s| holds(s, "session-locked"))?;
    desktop.input().type_text("meanwhile")?;
    entry.wait_text("beforemeanwhile")?;
    assert!(holds(&eyelid.status()?, "session-locked"));
    locks(false)?;
    eyelid.wait_status("recording", recording)?;
    desktop.input().type_text("after")?;
    entry.wait_text("beforemeanwhileafter")?;
    assert_eq!(text_in(&wait_text(&eyelid, "Diary", "after")?, "Diary"), "beforeafter");
    Ok(())
}

#[test]
fn it_holds_from_logind_s_signal_to_lock_until_its_signal_to_unlock() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    typed_around(&desktop, |locked| desktop.with_logind(|logind| logind.ask_to_lock(locked)))
}

#[test]
fn it_holds_while_the_session_s_hint_says_locked() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    typed_around(&desktop, |locked| desktop.with_logind(|logind| logind.set_locked_hint(locked)))
}

#[test]
fn it_holds_while_another_session_is_on_the_screen() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    typed_around(&desktop, |away| desktop.with_logind(|logind| logind.set_active(!away)))
}

const SAVER: &str = "org.xfce.ScreenSaver";
const SAVER_PATH: &str = "/org/xfce/ScreenSaver";

/// A screen saver that covers nothing, and says so or not.
struct Saver(bool);

#[zbus::interface(name = "org.xfce.ScreenSaver")]
impl Saver {
    fn get_active(&self) -> bool {
        self.0
    }
}

/// It answers for as long as the runtime that comes back stands.
fn serve(bus: &zbus::blocking::Connection, saver: Saver) -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    {
        let _here = runtime.enter();
        bus.object_server().at(SAVER_PATH, saver)?;
        bus.request_name(SAVER)?;
    }
    Ok(runtime)
}

#[test]
fn it_holds_while_a_screen_saver_says_that_it_covers_the_screen() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let bus = desktop.bus()?;
    let _serving = serve(&bus, Saver(false))?;
    typed_around(&desktop, |active| {
        Ok(bus.emit_signal(None::<&str>, SAVER_PATH, SAVER, "ActiveChanged", &(active,))?)
    })
}

#[test]
fn a_screen_saver_that_comes_up_is_asked_and_when_it_is_gone_the_session_s_hint_tells() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let bus = desktop.bus()?;
    let _serving = serve(&bus, Saver(true))?;
    eyelid.wait_status("the lock", |s| holds(s, "session-locked"))?;
    bus.release_name(SAVER)?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}
