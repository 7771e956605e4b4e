//! What most scenes begin with, and what they ask.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use crate::Result;
use crate::apps::Entry;
use crate::clock::{FakeClock, boot_ms, unix_ms};
use crate::desktop::Desktop;
use crate::eyelid::{Export, Eyelid, EyelidOptions};
use crate::wait::{LONG, wait_for};

/// Every stream, text included.
pub const ALL: &str = "screen,keys:text,pointer,focus";
/// Longer than the hold-back, the sweep and the vault's buffer together.
pub const STORED: Duration = Duration::from_secs(30);

/// What has not changed for so long stands still.
const STILL: Duration = Duration::from_millis(800);
/// A change of the focus that was not dropped is mostly stored by then.
const AGAIN: Duration = Duration::from_secs(8);
/// Keys near a change of the focus are dropped.
const AWAY: Duration = Duration::from_secs(2);

/// Whether nothing holds.
pub fn recording(status: &Value) -> bool {
    status["status"]["holds"].as_array().is_some_and(Vec::is_empty)
}

/// Whether this hold stands.
pub fn holds(status: &Value, hold: &str) -> bool {
    status["status"]["holds"].as_array().is_some_and(|holds| holds.iter().any(|h| h["hold"] == hold))
}

/// Waits until Eyelid's own window, which has to be driven, has drawn all that is on its page and stands still.
pub fn calm(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<()> {
    let window = eyelid.driver()?;
    let loaded = "return [...document.images].every((i) => i.complete && i.naturalWidth > 0)";
    wait_for("the page's pictures", LONG, || (window.execute(loaded, &[]).ok()? == true).then_some(()))?;
    // The second begins when the first one's drawing is done.
    window.execute_async("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))", &[])?;
    let (mut before, mut since) = (Vec::new(), Instant::now());
    let place = desktop.window_by_title("Eyelid")?.rect;
    wait_for("the page to stand still", LONG, || {
        let part = desktop.screen_part(place).ok()?;
        let blank = part.rgb.chunks_exact(3).all(|p| p == &part.rgb[..3]);
        if blank || part.rgb != before {
            since = Instant::now();
        }
        before = part.rgb;
        (since.elapsed() >= STILL).then_some(())
    })
}

/// When the last datum of a stream is dated, Unix milliseconds.
pub fn stored(status: &Value, stream: &str) -> Option<i64> {
    status["stored"].as_array()?.iter().find(|s| s["stream"] == stream)?["at"].as_i64()
}

/// How many data the recorder has dropped since its start because somebody answered it late, be it that the hold was
/// over before it told of it.
pub fn dropped_late(status: &Value) -> u64 {
    let late = |reason: &&Value| reason["hold"] == "sensor-silent" || reason["hold"] == "tray-silent";
    let reasons = status["withheld"].as_array().into_iter().flatten().filter(late);
    reasons.filter_map(|reason| reason["dropped"].as_u64()).sum()
}

/// Now, Unix milliseconds.
pub fn now_ms() -> i64 {
    i64::try_from(unix_ms()).unwrap_or(i64::MAX)
}

/// The wall-clock time of a boot instant.
pub fn wall_of(boot: u64) -> i64 {
    now_ms() - i64::try_from(boot_ms() - boot).unwrap_or_default()
}

/// Waits until a datum of the stream dated at this time or later is in the vault.
pub fn wait_stored(eyelid: &Eyelid<'_>, stream: &str, from: i64) -> Result<()> {
    // What was dropped for want of an answer, and taken again, comes later.
    wait_for("a datum in the vault", 2 * STORED, || {
        eyelid.status().ok().filter(|status| stored(status, stream).is_some_and(|at| at >= from))
    })
    .map(|_| ())
    .with_context(|| format!("{stream} from {from}: {:?}\n{}", eyelid.status().map(brief), eyelid.log()))
}

/// Without what fills pages.
fn brief(mut status: Value) -> Value {
    status["rules"] = Value::Null;
    status
}

/// All that is in the vault.
pub fn everything(eyelid: &Eyelid<'_>) -> Result<Export> {
    eyelid.export("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
}

/// The text typed into a window, as it is recorded.
pub fn text_in(export: &Export, title: &str) -> String {
    let of_window = export.events.iter().filter(|e| e["window"]["title"] == title);
    of_window.filter_map(|e| e["text"].as_str()).collect()
}

/// All text that was typed, of whatever window.
pub fn all_text(export: &Export) -> String {
    export.events.iter().filter_map(|e| e["text"].as_str()).collect()
}

/// Waits until the text typed into a window ends so in the vault: it is stored in pieces.
pub fn wait_text(eyelid: &Eyelid<'_>, title: &str, end: &str) -> Result<Export> {
    wait_for("the text in the vault", 2 * STORED, || {
        let export = everything(eyelid).ok()?;
        if text_in(&export, title).ends_with(end) {
            return Some(export);
        }
        // A test that looks for what is written somewhere must not find what nobody has asked for.
        let _ = std::fs::remove_dir_all(export.folder);
        None
    })
    .with_context(|| format!("{end:?} in {:?}", everything(eyelid).map(|export| text_in(&export, title))))
}

/// Eyelid, recording after a person's consent, who has closed its window.
pub fn recorded<'a>(desktop: &'a Desktop, streams: &str) -> Result<Eyelid<'a>> {
    let eyelid = recorded_by(desktop, &EyelidOptions::default(), streams)?;
    desktop.close(&desktop.window_by_title("Eyelid")?)?;
    desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && !w.override_redirect)?;
    Ok(eyelid)
}

/// As [`recorded`], started in a way of its own; its window stays open.
pub fn recorded_by<'a>(desktop: &'a Desktop, options: &EyelidOptions<'_>, streams: &str) -> Result<Eyelid<'a>> {
    let eyelid = Eyelid::start_with(desktop, options)?;
    eyelid.consent(streams)?;
    eyelid.wait_status("recording", recording)?;
    Ok(eyelid)
}

/// Brings the window of this title to the front, and waits until that it is there has been recorded: from then on
/// keys are.
pub fn bring(desktop: &Desktop, eyelid: &Eyelid<'_>, title: &str) -> Result<()> {
    let begun = now_ms();
    let window = desktop.window_by_title(title)?;
    let in_front = || desktop.active_window().is_some_and(|active| active.id == window.id);
    let come = || -> Result<Instant> {
        if in_front() {
            // What was in front before has not come there.
            desktop.unfocus()?;
        }
        desktop.activate(&window)?;
        Ok(Instant::now())
    };
    let mut came = come()?;
    wait_for("it to be in front, in the vault", 2 * STORED, || {
        let there = stored(&eyelid.status().ok()?, "focus").is_some_and(|at| at >= begun);
        // Another window may have opened since then, and what comes while a sensor is silent is dropped.
        if !in_front() || (!there && came.elapsed() > AGAIN) {
            came = come().ok()?;
        }
        (there && came.elapsed() > AWAY).then_some(())
    })
    .with_context(|| format!("from {begun}: {:?}\n{}", eyelid.status().map(brief), eyelid.log()))
}

/// Has text recorded that is typed into this window, which has the keyboard: a program that ran before Eyelid is asked
/// for none until it has told of a field. It needs a password field for that.
pub fn typable(desktop: &Desktop, eyelid: &Eyelid<'_>, entry: &Entry) -> Result<()> {
    eyelid.wait_status("recording", recording)?;
    desktop.activate_id(entry.window.id)?;
    wait_for("the field to be told of", LONG, || {
        entry.focus("text").ok()?;
        entry.focus("password").ok()?;
        eyelid.status().ok().filter(|s| holds(s, "secret-field"))
    })?;
    entry.focus("text")?;
    eyelid.wait_status("recording", recording)?;
    // What is typed within a tenth of a second after a password field counts as typed into it.
    desktop.input().type_text("        ")?;
    Ok(())
}

/// Moves the wall clock, and waits until that was noticed and a person has said that it is right.
pub fn moved(eyelid: &Eyelid<'_>, clock: &FakeClock, seconds: i64) -> Result<()> {
    clock.set_offset_secs(seconds)?;
    eyelid.wait_status("the doubt", |s| holds(s, "clock-uncertain"))?;
    eyelid.ctl_ok(&["confirm-clock"])?;
    eyelid.wait_status("no doubt", |s| !holds(s, "clock-uncertain"))?;
    Ok(())
}
