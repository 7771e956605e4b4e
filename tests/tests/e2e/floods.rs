//! Floods cost, and change nothing: what is private stays out, a pause in the middle is acknowledged, memory is bounded,
//! and afterwards recording goes on.

use anyhow::Context;
use eyelid_tests::scene::{ALL, bring, holds, now_ms, recorded, recording, text_in, wait_stored, wait_text};
use eyelid_tests::{Desktop, Eyelid, LONG, Rect, Result, TestWindow, TestWindowOptions, Used, wait_for};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use x11rb::connection::Connection as _;
use x11rb::properties::{WmSizeHints, WmSizeHintsSpecification};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, PropMode, WindowClass};
use x11rb::wrapper::ConnectionExt as _;

const CHAT: u32 = 0xc0_20_80;
/// A recorder that takes less than this in all, MiB, has not been filled by a flood.
const BOUND: f64 = 200.0;

fn chat(desktop: &Desktop) -> Result<TestWindow> {
    desktop.test_window(&TestWindowOptions {
        title: "general - Acme - Slack",
        class: "Slack",
        executable: Some("slack"),
        colour: CHAT,
        place: Rect::new(700, 300, 400, 300),
        ..TestWindowOptions::default()
    })
}

fn memory(eyelid: &Eyelid<'_>) -> Result<f64> {
    Ok(Used::by(eyelid.pid_of("eyelid-agent").context("an agent")?)?.pss)
}

/// Pauses by the key and by the terminal, and resumes: all while it is flooded.
fn controls(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<()> {
    let said = eyelid.ctl_ok(&["pause"])?;
    assert!(said.contains("Paused."), "{said}");
    eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("no pause", |s| !holds(s, "user-pause"))?;
    desktop.input().key("ctrl+alt+p")?;
    eyelid.wait_status("the pause", |s| holds(s, "user-pause") && !s["acknowledged"].is_null())?;
    desktop.input().type_text("never ")?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("no pause", |s| !holds(s, "user-pause")).map(drop)
}

/// After a flood: it is the same agent, it took no more memory than it may, it records, and nothing private is stored.
fn afterwards(desktop: &Desktop, eyelid: &Eyelid<'_>, agent: Option<i32>, before: f64) -> Result<()> {
    assert_eq!(eyelid.pid_of("eyelid-agent"), agent, "{}", eyelid.log());
    let after = memory(eyelid)?;
    println!("the recorder's memory: {before:.1} MiB before, {after:.1} MiB after");
    assert!(after < BOUND, "{before} MiB before, {after} MiB after");
    // The window manager may still be at work, and nobody may have the focus.
    wait_for("the window manager", 6 * LONG, || desktop.activate(&desktop.window_by_title("Diary").ok()?).ok())?;
    eyelid.wait_status("recording", recording)?;
    bring(desktop, eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    let begun = now_ms();
    desktop.input().type_text("after")?;
    wait_stored(eyelid, "screen", begun)?;
    let export = wait_text(eyelid, "Diary", "after")?;
    let text = text_in(&export, "Diary");
    assert!(text.starts_with("before ") && !text.contains("never"), "{text}");
    for frame in &export.frames {
        assert_eq!(export.picture(frame)?.count(CHAT), 0, "{frame}");
    }
    Ok(())
}

/// A diary with something in it, recorded, and a chat beside it.
fn scene<'a>(desktop: &'a Desktop) -> Result<(Eyelid<'a>, eyelid_tests::Entry, TestWindow)> {
    let diary = desktop.gtk_entry("Diary", "Notes")?;
    let chat = chat(desktop)?;
    let eyelid = recorded(desktop, ALL)?;
    bring(desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("before ")?;
    wait_text(&eyelid, "Diary", "before ")?;
    Ok((eyelid, diary, chat))
}

#[test]
fn five_hundred_windows_change_nothing_but_the_cost() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let (eyelid, _diary, _chat) = scene(&desktop)?;
    let (agent, before) = (eyelid.pid_of("eyelid-agent"), memory(&eyelid)?);
    let (other, screen) = x11rb::connect(Some(desktop.display_name()))?;
    let root = other.setup().roots[screen].root;
    let mut windows = Vec::new();
    for number in 0..500_i16 {
        let id = other.generate_id()?;
        let (x, y) = (number % 40 * 30, number / 40 * 55);
        let aux = CreateWindowAux::new().background_pixel(0x30_4050 + u32::try_from(number)?);
        let class = WindowClass::INPUT_OUTPUT;
        other.create_window(24, id, root, x, y, 160, 120, 0, class, 0, &aux)?;
        let name = format!("Window {number}");
        other.change_property8(PropMode::REPLACE, id, AtomEnum::WM_NAME, AtomEnum::STRING, name.as_bytes())?;
        other.change_property8(PropMode::REPLACE, id, AtomEnum::WM_CLASS, AtomEnum::STRING, b"many\0Many\0")?;
        // The window manager looks for no place for them, which would take it longer with each.
        let mut hints = WmSizeHints::new();
        hints.position = Some((WmSizeHintsSpecification::UserSpecified, x.into(), y.into()));
        hints.set_normal_hints(&other, id)?;
        other.map_window(id)?;
        windows.push(id);
        if number == 250 {
            other.flush()?;
            controls(&desktop, &eyelid)?;
        }
    }
    other.sync()?;
    wait_for("all of them to be managed", 3 * LONG, || {
        let all = desktop.windows().ok()?;
        (all.iter().filter(|w| w.class == "Many").count() == 500).then_some(())
    })?;
    controls(&desktop, &eyelid)?;
    for id in windows {
        other.destroy_window(id)?;
    }
    other.sync()?;
    wait_for("all of them to be gone", 3 * LONG, || {
        (!desktop.windows().ok()?.iter().any(|w| w.class == "Many")).then_some(())
    })?;
    afterwards(&desktop, &eyelid, agent, before)
}

#[test]
fn ten_thousand_titles_a_second_change_nothing_but_the_cost() -> Result<()> {
    const A_SECOND: u32 = 10_000;
    let desktop = Desktop::builder().full().start()?;
    let (eyelid, diary, chat) = scene(&desktop)?;
    let noisy = desktop.plain_window("Noisy", "Noisy", 0x20_6040, Rect::new(300, 450, 300, 200))?;
    desktop.activate(&desktop.window_by_title("Diary")?)?;
    let (agent, before) = (eyelid.pid_of("eyelid-agent"), memory(&eyelid)?);
    let (over, changed) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| -> Result<()> {
        let flood = scope.spawn(|| -> Result<()> {
            let (other, _) = x11rb::connect(Some(desktop.display_name()))?;
            let (name, utf8) = (other.intern_atom(false, b"_NET_WM_NAME")?, other.intern_atom(false, b"UTF8_STRING")?);
            let (name, utf8) = (name.reply()?.atom, utf8.reply()?.atom);
            let begun = std::time::Instant::now();
            let mut number: u64 = 0;
            while !over.load(Ordering::Relaxed) {
                // As many as are due by now, so that a pause of the machine is made up for.
                let due = u64::from(A_SECOND) * u64::try_from(begun.elapsed().as_millis())? / 1000;
                while number < due {
                    number += 1;
                    let title = format!("Noisy {number}");
                    other.change_property8(PropMode::REPLACE, noisy.id, name, utf8, title.as_bytes())?;
                }
                other.sync()?;
                changed.store(number, Ordering::Relaxed);
                std::thread::yield_now();
            }
            Ok(())
        });
        let done = (|| {
            while changed.load(Ordering::Relaxed) <= u64::from(A_SECOND) && !flood.is_finished() {
                controls(&desktop, &eyelid)?;
            }
            // A chat in front is told from it all the same. The window manager does not keep up with such a flood.
            desktop.seize_focus(chat.id)?;
            eyelid.wait_status("the chat's hold", |s| holds(s, "sensitive-app"))?;
            desktop.input().type_text("never ")?;
            desktop.seize_focus(diary.window.id)?;
            eyelid.wait_status("no hold of the chat's", |s| !holds(s, "sensitive-app")).map(drop)
        })();
        over.store(true, Ordering::Relaxed);
        flood.join().map_err(|_| anyhow::anyhow!("the flood died"))??;
        done
    })?;
    println!("{} titles", changed.load(Ordering::Relaxed));
    afterwards(&desktop, &eyelid, agent, before)
}

#[test]
fn a_thousand_clients_on_the_socket_keep_nobody_from_pausing() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let (eyelid, _diary, _chat) = scene(&desktop)?;
    let (agent, before) = (eyelid.pid_of("eyelid-agent"), memory(&eyelid)?);
    let socket = desktop.path("run").join("eyelid.sock");
    let hello = serde_json::json!({ "protocol": protocol::PROTOCOL_VERSION, "build": protocol::BUILD, "client": "x" });
    let hello = hello.to_string();
    let greeting = [&u32::try_from(hello.len())?.to_le_bytes()[..], hello.as_bytes()].concat();
    let mut clients = Vec::new();
    for number in 0..1000 {
        let mut client = UnixStream::connect(&socket)?;
        // They say who they are, and then nothing, and read nothing.
        if number % 10 != 9 {
            // One that was let go meanwhile has nobody to greet.
            let _ = client.write_all(&greeting);
        }
        clients.push(client);
        if number == 500 {
            controls(&desktop, &eyelid)?;
        }
    }
    controls(&desktop, &eyelid)?;
    drop(clients);
    afterwards(&desktop, &eyelid, agent, before)
}
