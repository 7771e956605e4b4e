//! Timed and recurring opt-outs against moved clocks, suspends and restarts.

use anyhow::Context;
use eyelid_tests::scene::{ALL, holds, now_ms, recorded, recording};
use eyelid_tests::{Desktop, Eyelid, EyelidOptions, Result};
use serde_json::Value;

fn pause_of(status: &Value) -> Option<&Value> {
    status["status"]["holds"].as_array()?.iter().find(|h| h["hold"] == "user-pause")
}

#[test]
fn a_pause_goes_on_after_a_restart_with_the_time_it_had_left() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.ctl_ok(&["pause", "30m"])?;
    let before = eyelid.wait_status("the pause", |s| pause_of(s).is_some())?;
    let end = pause_of(&before).and_then(|h| h["until"].as_i64()).context("an end")?;
    eyelid.quit()?;
    let eyelid = Eyelid::start(&desktop)?;
    let after = eyelid.wait_status("the pause", |s| pause_of(s).is_some())?;
    let again = pause_of(&after).and_then(|h| h["until"].as_i64()).context("an end")?;
    assert!(again >= end - 1000, "it ended at {end}, and now at {again}");
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}

#[test]
fn a_pause_survives_the_agents_violent_death() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    eyelid.ctl_ok(&["pause"])?;
    let agent = eyelid.pid_of("eyelid-agent").context("an agent")?;
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(agent).context("a process")?,
        rustix::process::Signal::KILL,
    )?;
    let other = |pid: i32| pid != agent;
    eyelid_tests::wait_for("another agent", eyelid_tests::LONG, || {
        eyelid.pid_of("eyelid-agent").filter(|p| other(*p))
    })?;
    eyelid.wait_status("the pause", |s| pause_of(s).is_some())?;
    Ok(())
}

#[test]
fn after_a_power_cut_a_pause_has_about_what_it_had_left() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let begun = now_ms();
    eyelid.ctl_ok(&["pause", "30m"])?;
    eyelid.wait_status("the pause", |s| pause_of(s).is_some())?;
    std::thread::sleep(std::time::Duration::from_secs(35));
    let agent = eyelid.pid_of("eyelid-agent").and_then(rustix::process::Pid::from_raw).context("an agent")?;
    rustix::process::kill_process(agent, rustix::process::Signal::KILL)?;
    eyelid.process().kill9()?;
    drop(eyelid);
    let cut = now_ms();
    let eyelid = Eyelid::start(&desktop)?;
    let after = eyelid.wait_status("the pause", |s| pause_of(s).is_some())?;
    let pause = pause_of(&after).context("the pause")?;
    let since = pause["since"].as_i64().context("a begin")?;
    assert!(since >= cut, "restored at {since}, cut at {cut}");
    let left = pause["until"].as_i64().context("an end")? - since;
    // 35 s had passed, of which the last 10 may be lost; never less than there was.
    assert!(left < (30 * 60 - 20) * 1000, "{left} ms are left");
    assert!(left >= 30 * 60 * 1000 - (cut - begun) - 1000, "{left} ms are left");
    Ok(())
}

#[test]
fn a_moved_wall_clock_shortens_no_pause_and_holds_until_it_is_confirmed() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let clock = desktop.fake_clock()?;
    let eyelid = Eyelid::start_with(&desktop, &EyelidOptions { clock: Some(&clock), ..EyelidOptions::default() })?;
    eyelid.consent(ALL)?;
    eyelid.wait_status("recording", recording)?;
    eyelid.ctl_ok(&["pause", "15m"])?;
    clock.set_offset_secs(3600)?;
    // The agent looks at its clocks when something happens.
    let status = eyelid.wait_status("the doubt", |s| holds(s, "clock-uncertain"))?;
    assert!(pause_of(&status).is_some());
    eyelid.ctl_ok(&["resume"])?;
    let status = eyelid.wait_status("the pause's end", |s| !holds(s, "user-pause"))?;
    assert!(holds(&status, "clock-uncertain"));
    eyelid.ctl_ok(&["confirm-clock"])?;
    eyelid.wait_status("recording", recording)?;
    clock.set_offset_secs(-3600)?;
    eyelid.wait_status("the doubt", |s| holds(s, "clock-uncertain"))?;
    Ok(())
}

#[test]
fn a_recurring_opt_out_holds_in_its_window_and_can_be_ended_by_hand() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let eyelid = recorded(&desktop, ALL)?;
    let file = desktop.path("config").join("eyelid/config.toml");
    std::fs::write(
        file,
        "[[schedule]]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\nfrom = \"00:00\"\nto = \"24:00\"\n",
    )?;
    eyelid.wait_status("the opt-out", |s| holds(s, "opt-out") && s["status"]["phase"] == "paused")?;
    eyelid.ctl_ok(&["resume"])?;
    eyelid.wait_status("recording", recording)?;
    Ok(())
}
