//! The window's other views, driven as a person drives them: what is changed there stands in the file, and is in force.

use eyelid_tests::scene::{ALL, bring, holds, now_ms, recorded_by, recording, stored, wait_stored};
use eyelid_tests::{Desktop, Eyelid, EyelidOptions, LONG, Rect, Result, TestWindowOptions, WebDriver, wait_for};
use serde_json::Value;

/// Finds an element by its test id.
fn id(name: &str) -> String {
    format!("[data-testid={name}]")
}

/// Recording, with its window under the test's control and consented to.
fn driven(desktop: &Desktop) -> Result<Eyelid<'_>> {
    recorded_by(desktop, &EyelidOptions { driven: true, ..EyelidOptions::default() }, ALL)
}

fn file(desktop: &Desktop, name: &str) -> String {
    std::fs::read_to_string(desktop.path("config").join("eyelid").join(name)).unwrap_or_default()
}

/// Clicks an element, which the page may be drawing anew just then.
fn click(window: &WebDriver, name: &str) -> Result<()> {
    let clicked = || window.wait_for(&id(name)).and_then(|element| element.click());
    wait_for(&format!("{name} to be clicked"), LONG, || clicked().ok())
}

/// Waits until a file says it.
fn wait_file(desktop: &Desktop, name: &str, says: impl Fn(&str) -> bool) -> Result<()> {
    wait_for(&format!("{name} to say it"), LONG, || says(&file(desktop, name)).then_some(()))
}

fn category<'a>(status: &'a Value, id: &str) -> Option<&'a Value> {
    status["rules"]["categories"].as_array()?.iter().find(|c| c["id"] == id)
}

#[test]
fn in_rules_a_category_is_switched_off_and_on() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = driven(&desktop)?;
    let window = eyelid.driver()?;
    let chat = TestWindowOptions {
        title: "general - Acme - Slack",
        class: "Slack",
        executable: Some("slack"),
        place: Rect::new(600, 300, 400, 300),
        ..TestWindowOptions::default()
    };
    let _chat = desktop.test_window(&chat)?;
    let to_front = || desktop.activate(&desktop.window_by_title(chat.title)?);
    to_front()?;
    eyelid.wait_status("the chat's hold", |s| holds(s, "sensitive-app"))?;

    click(window, "nav-rules")?;
    let switch = |on: &str| -> Result<()> {
        window.wait_until(&id("category-chat"), |e| {
            e.attribute("aria-checked").is_ok_and(|a| a.as_deref() == Some(on))
        })?;
        Ok(())
    };
    switch("true")?;
    click(window, "category-chat")?;
    switch("false")?;
    let status =
        eyelid.wait_status("no chat among the rules", |s| category(s, "chat").is_some_and(|c| c["on"] == false))?;
    assert!(category(&status, "mail").is_some_and(|c| c["on"] == true));
    wait_file(&desktop, "rules.toml", |text| text.contains("chat"))?;
    to_front()?;
    eyelid.wait_status("recording over the chat", recording)?;

    click(window, "category-chat")?;
    switch("true")?;
    wait_file(&desktop, "rules.toml", |text| !text.contains("chat"))?;
    to_front()?;
    eyelid.wait_status("the chat's hold again", |s| holds(s, "sensitive-app"))?;
    Ok(())
}

#[test]
fn in_rules_an_own_rule_is_added_and_removed() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = driven(&desktop)?;
    let window = eyelid.driver()?;
    let ledger = TestWindowOptions {
        title: "Books",
        class: "Books",
        executable: Some("ledger"),
        place: Rect::new(600, 300, 400, 300),
        ..TestWindowOptions::default()
    };
    let _ledger = desktop.test_window(&ledger)?;
    let to_front = || desktop.activate(&desktop.window_by_title(ledger.title)?);
    to_front()?;
    eyelid.wait_status("recording", recording)?;

    click(window, "nav-rules")?;
    // Saying nothing of a window makes no rule.
    click(window, "add-rule")?;
    window.wait_for_text("[role=alert]", "which windows")?;
    assert_eq!(eyelid.status()?["rules"]["own"], serde_json::json!([]));
    window.wait_for(&id("add-value-0"))?.type_text("ledger")?;
    click(window, "add-rule")?;
    let own = |s: &Value| s["rules"]["own"].as_array().is_some_and(|own| own.len() == 1);
    let status = eyelid.wait_status("the rule", own)?;
    let rule = &status["rules"]["own"][0];
    assert_eq!((&rule["verdict"], &rule["exe"]), (&Value::from("hold"), &Value::from("ledger")));
    let name = rule["id"].as_str().unwrap_or_default();
    wait_file(&desktop, "rules.toml", |text| text.contains("[[rule]]") && text.contains("ledger"))?;
    to_front()?;
    eyelid.wait_status("the rule's hold", |s| holds(s, "sensitive-app"))?;

    click(window, &format!("rule-remove-{name}"))?;
    eyelid.wait_status("no rule", |s| s["rules"]["own"] == serde_json::json!([]))?;
    wait_file(&desktop, "rules.toml", |text| !text.contains("ledger"))?;
    to_front()?;
    eyelid.wait_status("recording again", recording)?;
    Ok(())
}

#[test]
fn in_schedule_a_time_is_added_and_removed() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = driven(&desktop)?;
    let window = eyelid.driver()?;
    click(window, "nav-schedule")?;
    window.wait_for(&id("schedule-empty"))?;
    click(window, "window-add")?;
    for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
        click(window, &format!("day-{day}"))?;
    }
    window.wait_for(&id("from"))?.type_text("00:00")?;
    // Not whole yet: nothing is saved.
    click(window, "window-save")?;
    window.wait_for_text(&format!("{} strong", id("window-words")), "Write the end")?;
    assert_eq!(eyelid.status()?["settings"]["schedule"], serde_json::json!([]));
    window.wait_for(&id("to"))?.type_text("24:00")?;
    click(window, "window-save")?;
    let status = eyelid.wait_status("the opt-out", |s| holds(s, "opt-out"))?;
    let saved = &status["settings"]["schedule"][0];
    assert_eq!(saved["days"].as_array().map(Vec::len), Some(7), "{saved}");
    wait_file(&desktop, "config.toml", |text| text.contains("[[schedule]]") && text.contains("24:00"))?;

    click(window, "window-remove-0")?;
    eyelid.wait_status("no schedule", |s| s["settings"]["schedule"] == serde_json::json!([]))?;
    wait_file(&desktop, "config.toml", |text| !text.contains("[[schedule]]"))?;
    Ok(())
}

#[test]
fn in_settings_a_longer_hold_back_is_saved_and_kept() -> Result<()> {
    const SECONDS: i64 = 12;
    let desktop = Desktop::builder().full().start()?;
    let _diary = desktop.gtk_entry("Diary", "Notes")?;
    let eyelid = driven(&desktop)?;
    let window = eyelid.driver()?;
    click(window, "nav-settings")?;
    let type_number = |text: &str| -> Result<()> {
        // Back over what stands there, and on with Tab, which takes it.
        window.wait_for(&id("hold-back"))?.type_text(&format!("\u{e010}\u{e003}\u{e003}\u{e003}{text}\u{e004}"))
    };
    // What the agent would not take is not sent.
    type_number("1")?;
    window.wait_for_text("[role=alert]", "from 2 to 60")?;
    assert_eq!(eyelid.status()?["settings"]["hold_back_seconds"], 3);
    type_number(&SECONDS.to_string())?;
    eyelid.wait_status("the setting", |s| s["settings"]["hold_back_seconds"] == SECONDS)?;
    wait_file(&desktop, "config.toml", |text| text.contains(&format!("hold_back_seconds = {SECONDS}")))?;

    bring(&desktop, &eyelid, "Diary")?;
    let begun = now_ms();
    desktop.input().type_text("x")?;
    wait_stored(&eyelid, "keys", begun)?;
    let at = stored(&eyelid.status()?, "keys").unwrap_or(i64::MAX);
    assert!(now_ms() - at >= SECONDS * 1000, "stored {} ms after it was typed", now_ms() - at);
    Ok(())
}
