//! Leaks that happened to others. Each has a test here or where it is decided; the scene with hundreds of switches
//! covers many of them at once.
//!
//! | Leak | Test |
//! |---|---|
//! | 1. Capture, then check | [`three_hundred_switches_leak_nothing_and_the_naive_recorders_beside_do`]; policy `clearing::each_hold_reaches_back_by_its_own_margin` |
//! | 2. Ignored, yet in the picture | [`a_chat_beside_the_editor_is_a_grey_box_in_every_picture`] |
//! | 3. Stale focus for keys | [`keys_typed_into_a_chat_are_under_no_window`]; platform `input::keys_belong_to_the_window_that_got_them_over_two_hundred_switches` |
//! | 4. Unknown focus means record | policy `focus::a_program_not_yet_known_holds_until_it_is`, `focus::a_window_nobody_described_or_that_is_gone_is_unknown` |
//! | 5. Visible, not focused | [`a_chat_beside_the_editor_is_a_grey_box_in_every_picture`] |
//! | 6. Raised without focus, takes none | [`a_chat_that_is_raised_without_focus_is_in_no_picture`] |
//! | 7. Stale list of windows | [`a_chat_that_opens_while_recording_is_in_no_picture`] |
//! | 8. No list, so nothing is masked | policy `clearing::a_window_that_is_not_known_is_not_shown`; platform `frames::random_changes_leak_nothing_and_afterwards_all_is_shown` |
//! | 9. Toasts, menus, task lists | [`a_toast_is_in_no_picture`]; platform `frames::menus_of_allowed_apps_are_shown_and_toasts_are_not`, `frames::what_the_desktop_shows_of_itself_is_not_shown_though_its_program_is_allowed`, `frames::a_panel_that_takes_in_an_allowed_programs_icon_stays_a_panel` |
//! | 10. A surface with another's pixels | [`a_window_that_has_not_painted_shows_nothing_of_the_chat_below`]; platform `frames::a_stopped_process_leaks_nothing_and_is_not_blanked_and_shows_again_when_it_goes_on`, `frames::a_compositor_that_ends_paints_no_window` |
//! | 11. Text masked, pixels not; saved, then filtered | `pausing::a_chat_window_in_front_pauses_and_does_not_cancel_the_persons_own_pause`, `safety::what_was_typed_and_shown_is_in_no_file` |
//! | 12. Buffers that cross a pause | `pausing::nothing_after_the_hotkey_is_ever_stored_even_while_typing`; policy `clearing::a_pause_takes_everything_that_is_still_in_the_hold_back_and_leaves_what_is_older` |
//! | 13. The gap's label | [`no_word_of_the_app_that_held_is_stored`] |
//! | 14. The call that stops is gone | `pausing::nothing_after_the_hotkey_is_ever_stored_even_while_typing`, `front::the_trays_menu_pauses_for_a_time_and_resumes` |
//! | 15. Title after content | [`a_page_that_turns_private_before_its_title_does_is_in_no_picture`] |
//! | 16. A setting nobody reads | [`a_setting_and_a_rule_are_heeded_as_soon_as_they_are_saved`] |
//! | 17. Password keys before their event | [`a_password_typed_right_after_tab_is_not_stored`], [`a_password_field_holds_whatever_another_program_says_of_its_focus`]; `outages::a_password_that_the_accessibility_bus_tells_of_late_is_not_stored` |
//! | 18. A terminal's password prompt | [`a_terminal_gives_no_text`]; `terminals::an_allowed_terminal_gives_no_text_while_a_line_is_read_unshown` |
//! | 19. Logs and core files | `safety::what_was_typed_and_shown_is_in_no_file`, `safety::the_recorders_sandbox_is_in_force_on_every_thread`; agent `behind_the_closed_door_nothing_new_is_reached_from_any_thread` |
//! | 20. Clock jumps and suspends | `optout::a_moved_wall_clock_shortens_no_pause_and_holds_until_it_is_confirmed`, `suspend::after_a_suspend_it_stays_held_while_the_session_says_locked`, `suspend::after_a_suspend_that_no_locker_noticed_it_stays_held_until_unlocked_is_said_anew` |

use std::time::Duration;

use eyelid_tests::leaks::{Plan, run};
use eyelid_tests::scene::{
    ALL, all_text, bring, everything, holds, now_ms, recorded, recording, stored, text_in, wait_stored, wait_text,
};
use eyelid_tests::{
    Desktop, EntryOptions, Export, Eyelid, LONG, Rect, Result, TestWindow, TestWindowOptions, wait_for,
};

const SECRET: u32 = 0xff_00ff;
const PLAIN: u32 = 0x30_80d0;
const EDITOR: Rect = Rect { x: 60, y: 120, w: 560, h: 260 };
const BESIDE: Rect = Rect { x: 700, y: 300, w: 400, h: 300 };
const CHAT: &str = "general - Acme - Slack";
/// A title that follows its page later than this, milliseconds, is promised nothing.
const PROMISED: i64 = 1400;

/// A desktop with a diary to type into, at rest.
fn desk() -> Result<(Desktop, eyelid_tests::Entry)> {
    let desktop = Desktop::builder().full().start()?;
    let options = EntryOptions { title: "Diary", password: true, place: EDITOR, ..EntryOptions::default() };
    let entry = desktop.gtk_entry_with(&options)?;
    Ok((desktop, entry))
}

fn chat(desktop: &Desktop) -> Result<TestWindow> {
    desktop.test_window(&TestWindowOptions {
        title: CHAT,
        class: "Slack",
        executable: Some("slack"),
        colour: SECRET,
        place: BESIDE,
        ..TestWindowOptions::default()
    })
}

/// Brings a window to the front, and types into it until that is recorded.
fn ready(desktop: &Desktop, eyelid: &Eyelid<'_>, title: &str) -> Result<()> {
    desktop.activate(&desktop.window_by_title(title)?)?;
    eyelid.wait_status("recording", recording)?;
    let begun = now_ms();
    wait_for("typing to be recorded", 2 * LONG, || {
        desktop.input().type_text("z").ok()?;
        stored(&eyelid.status().ok()?, "keys").filter(|at| *at >= begun)
    })?;
    Ok(())
}

/// Waits until a picture from now on is stored, typing so that there is one to take.
fn pictured(desktop: &Desktop, eyelid: &Eyelid<'_>) -> Result<()> {
    let begun = now_ms();
    desktop.input().type_text("xx")?;
    wait_stored(eyelid, "screen", begun)
}

/// How many stored pixels have just this colour, and in how many pictures.
fn pixels(export: &Export, colour: u32) -> Result<(usize, usize)> {
    let mut found = (0, 0);
    for frame in &export.frames {
        let count = export.picture(frame)?.count(colour);
        found = (found.0 + count, found.1 + usize::from(count > 0));
    }
    Ok(found)
}

/// Nothing of the chat is stored, though much else is.
fn assert_no_chat(export: &Export) -> Result<()> {
    assert!(!export.frames.is_empty(), "nothing was stored, so nothing is proved");
    assert_eq!(pixels(export, SECRET)?, (0, 0));
    let lines = serde_json::to_string(&export.frames)? + &serde_json::to_string(&export.events)?;
    assert!(!lines.to_lowercase().contains("slack"));
    Ok(())
}

#[test]
fn each_of_the_twenty_leaks_names_tests_that_exist() -> Result<()> {
    let rows: Vec<&str> = include_str!("leaks.rs").lines().filter(|line| line.starts_with("//! | ")).collect();
    let rows = rows.strip_prefix(&["//! | Leak | Test |"]).expect("the head of the table");
    assert_eq!(rows.len(), 20);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    let mut sources = String::new();
    let mut folders = vec![root.join("tests/tests"), root.join("src-tauri/crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                sources += &std::fs::read_to_string(path)?;
            }
        }
    }
    for (n, row) in rows.iter().enumerate() {
        let (_, tests) = row.split_once(&format!(" {}. ", n + 1)).expect("the leaks in their order");
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            let name = name.rsplit("::").next().unwrap_or(name);
            assert!(sources.contains(&format!("#[test]\nfn {name}(")), "there is no test {name}");
        }
    }
    Ok(())
}

#[test]
fn three_hundred_switches_leak_nothing_and_the_naive_recorders_beside_do() -> Result<()> {
    let plan = Plan { seed: 3, switches: 300, wm: "openbox" };
    let mut report = run(plan)?;
    for _ in 0..3 {
        let failures = report.failures();
        if failures.is_empty() || report.ours.leaks() {
            break;
        }
        println!("{report}\nplayed again, as it proves nothing: {}", failures.join("; "));
        report = run(plan)?;
    }
    println!("{report}");
    assert_eq!(report.failures(), Vec::<String>::new(), "{report}");
    assert!(report.grabbing.leaked_pixels > 0 && report.flagging.leaked_pixels > 0, "{report}");
    Ok(())
}

#[test]
fn a_chat_beside_the_editor_is_a_grey_box_in_every_picture() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let _chat = chat(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    pictured(&desktop, &eyelid)?;
    let (x, y) = BESIDE.centre();
    assert_eq!(desktop.pixel(x, y)?, SECRET, "the chat is to be in sight");
    let export = everything(&eyelid)?;
    assert_no_chat(&export)?;
    let last = export.frames.last().expect("a picture");
    assert_eq!(export.picture(last)?.pixel(x.unsigned_abs(), y.unsigned_abs()), 0x70_7070);
    Ok(())
}

#[test]
fn a_chat_that_is_raised_without_focus_is_in_no_picture() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let chat = chat(&desktop)?;
    chat.move_to(EDITOR.x + 200, EDITOR.y + 60)?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    let focus = desktop.focused_id()?;
    for _ in 0..10 {
        chat.raise()?;
        pictured(&desktop, &eyelid)?;
        assert_eq!(desktop.focused_id()?, focus, "the diary is to keep the keyboard");
        chat.lower()?;
    }
    assert_no_chat(&everything(&eyelid)?)
}

#[test]
fn a_chat_that_opens_while_recording_is_in_no_picture() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    for _ in 0..5 {
        let _chat = chat(&desktop)?;
        desktop.activate(&desktop.window_by_title("Diary")?)?;
        eyelid.wait_status("recording", recording)?;
        pictured(&desktop, &eyelid)?;
    }
    assert_no_chat(&everything(&eyelid)?)
}

#[test]
fn a_toast_is_in_no_picture() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let toast = |kind| TestWindowOptions {
        title: "Ada wrote",
        class: "Toaster",
        executable: Some("toaster"),
        colour: SECRET,
        place: Rect { x: 150, y: 200, w: 300, h: 80 },
        override_redirect: true,
        kind,
        ..TestWindowOptions::default()
    };
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    for kind in [None, Some("NOTIFICATION"), Some("TOOLTIP")] {
        let toast = desktop.test_window(&toast(kind))?;
        toast.raise()?;
        desktop.wait_pixel(300, 240, SECRET)?;
        pictured(&desktop, &eyelid)?;
    }
    let export = everything(&eyelid)?;
    assert!(!export.frames.is_empty());
    assert_eq!(pixels(&export, SECRET)?, (0, 0));
    Ok(())
}

#[test]
fn a_window_that_has_not_painted_shows_nothing_of_the_chat_below() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let _chat = chat(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    for _ in 0..3 {
        let sheet = desktop.test_window(&TestWindowOptions {
            title: "Sheet",
            class: "Sheet",
            executable: Some("sheet"),
            place: BESIDE,
            no_background: true,
            no_paint: true,
            ..TestWindowOptions::default()
        })?;
        sheet.raise()?;
        desktop.activate(&desktop.window_by_title("Diary")?)?;
        eyelid.wait_status("recording", recording)?;
        pictured(&desktop, &eyelid)?;
        drop(sheet);
    }
    assert_no_chat(&everything(&eyelid)?)
}

#[test]
fn keys_typed_into_a_chat_are_under_no_window() -> Result<()> {
    let (desktop, entry) = desk()?;
    let folder = desktop.path("config").join("eyelid");
    std::fs::create_dir(&folder)?;
    // Only the rule keeps its text out.
    std::fs::write(folder.join("config.toml"), "text_apps = [\"slack\"]\n")?;
    let _chat = chat(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    desktop.input().type_text("!")?;
    wait_for("the last key", LONG, || entry.text().ok()?.ends_with('!').then_some(()))?;
    entry.clear()?;
    desktop.input().set_gap_ms(2);
    let (diary, slack) = (desktop.window_by_title("Diary")?.id, desktop.window_by_title(CHAT)?.id);
    for _ in 0..20 {
        desktop.input().type_text("ab")?;
        desktop.activate_id(slack)?;
        desktop.input().type_text("789")?;
        desktop.activate_id(diary)?;
    }
    entry.wait_text(&"ab".repeat(20))?;
    eyelid.wait_status("recording", recording)?;
    // Away from the last switch, whose margin takes keys near it.
    ready(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("cdefgh")?;
    let export = wait_text(&eyelid, "Diary", "cdefgh")?;
    let text = all_text(&export);
    assert!(text.ends_with("cdefgh") && !text.contains(['7', '8', '9']), "{text}");
    assert_no_chat(&export)
}

#[test]
fn no_word_of_the_app_that_held_is_stored() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let folder = desktop.path("config").join("eyelid");
    std::fs::create_dir(&folder)?;
    // Only the rule keeps its text out.
    std::fs::write(folder.join("config.toml"), "text_apps = [\"slack\"]\n")?;
    let _chat = chat(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    for _ in 0..3 {
        desktop.activate(&desktop.window_by_title(CHAT)?)?;
        eyelid.wait_status("the hold", |s| holds(s, "sensitive-app"))?;
        desktop.input().type_text("hush")?;
        desktop.input().click_at(BESIDE.centre(), 1)?;
        desktop.activate(&desktop.window_by_title("Diary")?)?;
        eyelid.wait_status("recording", recording)?;
        pictured(&desktop, &eyelid)?;
    }
    bring(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("last")?;
    let export = wait_text(&eyelid, "Diary", "last")?;
    assert_no_chat(&export)?;
    assert!(!all_text(&export).contains("hush"));
    let log = eyelid.ctl_ok(&["log", "--json"])?;
    assert!(!log.to_lowercase().contains("slack"), "{log}");
    // The one that was written here, above.
    std::fs::remove_file(desktop.path("config").join("eyelid/config.toml"))?;
    for folder in ["state", "config", "logs"] {
        for word in ["Slack", "slack"] {
            assert!(!crate::safety::holds_marker(&desktop.path(folder), word)?, "{word:?} is in a file below {folder}");
        }
    }
    Ok(())
}

#[test]
fn a_page_that_turns_private_before_its_title_does_is_in_no_picture() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let folder = desktop.path("config").join("eyelid");
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("rules.toml"), "unknown_sites = \"record\"\n")?;
    let browser = desktop.test_window(&TestWindowOptions {
        title: "Recipes \u{2014} Mozilla Firefox",
        class: "firefox",
        executable: Some("firefox"),
        colour: PLAIN,
        place: BESIDE,
        ..TestWindowOptions::default()
    })?;
    let eyelid = recorded(&desktop, ALL)?;
    let id = desktop.window_by_title("Recipes \u{2014} Mozilla Firefox")?.id;
    let (mut in_time, mut late) = (0, Vec::new());
    while in_time < 5 {
        anyhow::ensure!(late.len() < 20, "this machine is too slow to tell");
        desktop.activate_id(id)?;
        eyelid.wait_status("recording", recording)?;
        let begun = now_ms();
        wait_for("a picture of the page before", 2 * LONG, || {
            browser.set_colour(PLAIN).ok()?;
            let status = eyelid.status().ok()?;
            stored(&status, "screen").filter(|at| *at >= begun)
        })?;
        let turned = now_ms();
        browser.set_colour(SECRET)?;
        // The time a page takes to tell its name: a little more than one picture takes to be made.
        std::thread::sleep(Duration::from_millis(1100));
        browser.set_title("Home - BambooHR \u{2014} Mozilla Firefox")?;
        let told = now_ms();
        if told - turned > PROMISED {
            // A picture is dated by its oldest pixel.
            late.push(turned - 1000..=told);
        } else {
            in_time += 1;
        }
        eyelid.wait_status("the hold", |s| !recording(s))?;
        browser.set_colour(PLAIN)?;
        browser.set_title("Recipes \u{2014} Mozilla Firefox")?;
        eyelid.wait_status("recording", recording)?;
    }
    // What comes after the last of them is stored after all that could have been stored of it.
    bring(&desktop, &eyelid, "Recipes \u{2014} Mozilla Firefox")?;
    let begun = now_ms();
    browser.set_colour(PLAIN ^ 1)?;
    wait_stored(&eyelid, "screen", begun)?;
    let mut export = everything(&eyelid)?;
    assert!(pixels(&export, PLAIN)?.1 > 0, "the page before is to be stored");
    export.frames.retain(|frame| {
        let at = frame["time"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
        at.is_none_or(|at| !late.iter().any(|span| span.contains(&at.as_millisecond())))
    });
    assert_eq!(pixels(&export, SECRET)?, (0, 0));
    assert!(!serde_json::to_string(&export.events)?.contains("BambooHR"));
    Ok(())
}

#[test]
fn a_setting_and_a_rule_are_heeded_as_soon_as_they_are_saved() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let _pad = desktop.test_window(&TestWindowOptions {
        title: "Pad",
        class: "Pad",
        executable: Some("pad"),
        colour: PLAIN,
        place: BESIDE,
        ..TestWindowOptions::default()
    })?;
    let eyelid = recorded(&desktop, ALL)?;
    desktop.input().set_gap_ms(30);
    let typed = |text: &str| -> Result<()> {
        bring(&desktop, &eyelid, "Pad")?;
        let begun = now_ms();
        desktop.input().type_text(text)?;
        wait_stored(&eyelid, "keys", begun)?;
        bring(&desktop, &eyelid, "Diary")
    };
    // It does not answer on the accessibility bus, and nobody has allowed it.
    typed("before")?;
    assert_eq!(text_in(&everything(&eyelid)?, "Pad"), "");
    let folder = desktop.path("config").join("eyelid");
    std::fs::write(folder.join("config.toml"), "text_apps = [\"pad\"]\n")?;
    eyelid.wait_status("the setting", |s| s["settings"]["text_apps"][0] == "pad")?;
    typed("allowed")?;
    assert_eq!(text_in(&everything(&eyelid)?, "Pad"), "allowed");
    let rule = "[[rule]]\nid = \"pad\"\nverdict = \"hold\"\nexe = \"pad\"\n";
    std::fs::write(folder.join("rules.toml"), rule)?;
    eyelid.wait_status("the rule", |s| s["rules"]["own"].as_array().is_some_and(|own| !own.is_empty()))?;
    desktop.activate(&desktop.window_by_title("Pad")?)?;
    eyelid.wait_status("the hold", |s| holds(s, "sensitive-app"))?;
    let since = now_ms();
    desktop.input().type_text("again")?;
    bring(&desktop, &eyelid, "Diary")?;
    pictured(&desktop, &eyelid)?;
    let export = everything(&eyelid)?;
    assert_eq!(text_in(&export, "Pad"), "allowed");
    for frame in &export.frames {
        let at: jiff::Timestamp = frame["time"].as_str().unwrap_or_default().parse()?;
        if at.as_millisecond() >= since {
            assert_eq!(export.picture(frame)?.count(PLAIN), 0);
        }
    }
    Ok(())
}

#[test]
fn a_password_typed_right_after_tab_is_not_stored() -> Result<()> {
    let (desktop, entry) = desk()?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(2);
    for password in ["789", "897", "978"].into_iter().cycle().take(18) {
        entry.focus("text")?;
        eyelid.wait_status("recording", recording)?;
        // No wait between Tab and the first letter: the accessibility bus hears of it later.
        desktop.input().type_text(&format!("\t{password}"))?;
        entry.wait_password(password)?;
        eyelid.wait_status("the hold", |s| holds(s, "secret-field"))?;
    }
    entry.focus("text")?;
    eyelid.wait_status("recording", recording)?;
    ready(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("abcdef")?;
    let text = text_in(&wait_text(&eyelid, "Diary", "abcdef")?, "Diary");
    assert!(text.ends_with("abcdef") && !text.contains(['7', '8', '9']), "{text}");
    Ok(())
}

#[test]
fn a_password_field_holds_whatever_another_program_says_of_its_focus() -> Result<()> {
    let (desktop, entry) = desk()?;
    let options = EntryOptions { title: "Books", class: "Ledger", password: true, ..EntryOptions::default() };
    let books = desktop.gtk_entry_with(&options)?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Books")?;
    ready(&desktop, &eyelid, "Diary")?;
    desktop.input().set_gap_ms(30);
    entry.focus("password")?;
    eyelid.wait_status("the hold", |s| holds(s, "secret-field"))?;
    for (n, field) in ["text", "password", "text"].into_iter().enumerate() {
        books.announce(field)?;
        desktop.input().type_text("789")?;
        entry.wait_password(&"789".repeat(n + 1))?;
        assert!(holds(&eyelid.status()?, "secret-field"), "{field}");
    }
    // It is about the window that has the keyboard.
    desktop.activate(&books.window)?;
    eyelid.wait_status("recording", recording)?;
    desktop.activate(&entry.window)?;
    eyelid.wait_status("the hold", |s| holds(s, "secret-field"))?;
    desktop.input().type_text("987")?;
    entry.focus("text")?;
    eyelid.wait_status("recording", recording)?;
    ready(&desktop, &eyelid, "Diary")?;
    desktop.input().type_text("abcdef")?;
    let text = text_in(&wait_text(&eyelid, "Diary", "abcdef")?, "Diary");
    assert!(text.ends_with("abcdef") && !text.contains(['7', '8', '9']), "{text}");
    Ok(())
}

#[test]
fn a_terminal_gives_no_text() -> Result<()> {
    let (desktop, _diary) = desk()?;
    let mut xterm = desktop.command("xterm");
    // It asks for a password as sudo does.
    xterm.args(["-T", "Terminal", "-e", "sh", "-c", "stty -echo; read line; stty echo; echo done; sleep 1000"]);
    let _xterm = desktop.spawn(xterm)?;
    desktop.window_by_title("Terminal")?;
    let eyelid = recorded(&desktop, ALL)?;
    ready(&desktop, &eyelid, "Terminal")?;
    desktop.input().set_gap_ms(30);
    desktop.input().type_text("hunter2")?;
    let after = now_ms();
    desktop.input().type_text("\n")?;
    wait_stored(&eyelid, "keys", after)?;
    let export = everything(&eyelid)?;
    // That there was typing is recorded.
    let counted: u64 = export.events_of("key").iter().filter_map(|e| e["count"].as_u64()).sum();
    assert!(counted >= 8, "{counted} keys");
    assert_eq!(export.events.iter().filter(|e| e["text"].is_string()).count(), 0);
    Ok(())
}
