//! From consent to recording and back to the person.

use crate::scene::{ALL, everything, now_ms, recorded, text_in, wait_stored};
use eyelid_tests::{Desktop, Result};

#[test]
fn what_was_typed_and_shown_is_found_again_exactly_with_its_window() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let entry = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = recorded(&desktop, ALL)?;
    let begun = now_ms();
    desktop.activate(&desktop.window_by_title("Diary")?)?;
    wait_stored(&eyelid, "focus", begun)?;
    let begun = now_ms();
    desktop.input().type_text("Dear diary, it works.")?;
    entry.wait_text("Dear diary, it works.")?;
    wait_stored(&eyelid, "keys", begun)?;
    wait_stored(&eyelid, "screen", begun)?;
    let export = everything(&eyelid)?;
    assert_eq!(text_in(&export, "Diary"), "Dear diary, it works.");
    let frame = export.frames.iter().rev().find(|f| f["windows"].as_array().is_some_and(|w| !w.is_empty()));
    let frame = frame.expect("a picture with a window");
    assert_eq!(frame["windows"][0]["title"], "Diary");
    assert_eq!(export.picture(frame)?.width, 1280);
    Ok(())
}
