//! What is loaded is never more permissive than what was saved.

use crate::bare::{BERLIN, Bare, wall};
use crate::ops::{DAY, HOUR, MINUTE, recurring};
use policy::schedule::Day;
use policy::{Boot, Hold, Input, Now, PauseFor, Saved, Wall};

const WEEKDAYS: [Day; 5] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

fn desk() -> Bare {
    Bare::recording("2026-06-01T09:30:00+02:00", BERLIN)
}

/// The machine is off for so long.
fn restarted(desk: &Bare, off: i64) -> Bare {
    let text = serde_json::to_string(&desk.policy.save(desk.now)).expect("saved");
    let saved: Saved = serde_json::from_str(&text).expect("loaded");
    Bare::load(Some(saved), Now { boot: Boot(9000), wall: Wall(desk.now.wall.0 + off) })
}

#[test]
fn a_timed_pause_goes_on_with_the_time_it_had_left() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Minutes(60)));
    desk.wait(20 * MINUTE);
    let mut desk = restarted(&desk, 10 * HOUR as i64);
    desk.settle(BERLIN);
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.wait(39 * MINUTE);
    assert!(desk.policy.ending().is_some());
    desk.remind();
    assert!(desk.held().is_empty());
}

#[test]
fn a_pause_until_a_time_keeps_that_time_too() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Until(wall("2026-06-01T12:00:00+02:00"))));
    // The clock is wrong after the restart, but not by so much that it shows.
    let mut desk = restarted(&desk, 0);
    desk.jump(-4 * MINUTE as i64);
    desk.settle(BERLIN);
    desk.wait(151 * MINUTE);
    desk.remind();
    assert!(desk.holds(Hold::UserPause));
}

#[test]
fn an_open_pause_is_open_after_a_restart() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Resumed));
    let mut desk = restarted(&desk, 100 * DAY as i64);
    desk.settle(BERLIN);
    desk.wait(30 * DAY);
    desk.remind();
    assert_eq!(desk.held(), [Hold::UserPause]);
}

#[test]
fn a_reminder_seen_before_the_restart_does_not_count_after_it() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Minutes(1)));
    desk.say(Input::ReminderShown);
    desk.wait(59_000);
    let mut desk = restarted(&desk, 0);
    desk.settle(BERLIN);
    desk.wait(HOUR);
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.remind();
    assert!(desk.held().is_empty());
}

#[test]
fn a_begun_opt_out_goes_on_before_the_schedule_is_known_again() {
    let mut desk = desk();
    desk.say(Input::Schedule(vec![recurring(&WEEKDAYS, "09:00", "12:00")]));
    let desk = restarted(&desk, MINUTE as i64);
    assert!(desk.holds(Hold::OptOut));
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-01T12:01:00+02:00")));
}

#[test]
fn a_released_occurrence_stays_released_and_the_next_one_begins() {
    let mut desk = desk();
    let schedule = Input::Schedule(vec![recurring(&WEEKDAYS, "09:00", "12:00")]);
    desk.say(schedule.clone());
    desk.say(Input::Resume);
    let mut desk = restarted(&desk, MINUTE as i64);
    desk.settle(BERLIN);
    desk.say(schedule);
    assert!(desk.held().is_empty());
    desk.wait_until("2026-06-02T09:00:00+02:00");
    assert_eq!(desk.held(), [Hold::OptOut]);
}

#[test]
fn a_clock_behind_the_last_save_is_uncertain() {
    let mut desk = restarted(&desk(), -1);
    desk.settle(BERLIN);
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
    assert!(restarted(&desk, 0).holds(Hold::ClockUncertain), "still, after another restart");
}

#[test]
fn an_uncertain_clock_is_uncertain_after_a_restart_even_if_nobody_had_noticed() {
    let mut desk = desk();
    // Saved in the same turn of the loop as the step.
    desk.now.wall.0 += HOUR as i64;
    let saved = desk.policy.save(desk.now);
    assert!(saved.clock_uncertain);
    assert!(restarted(&desk, 0).holds(Hold::ClockUncertain));
}

#[test]
fn half_a_step_before_the_restart_and_half_after_it_are_a_step() {
    let mut desk = desk();
    desk.jump(3 * MINUTE as i64);
    let mut desk = restarted(&desk, HOUR as i64);
    desk.settle(BERLIN);
    assert!(desk.held().is_empty());
    desk.jump(3 * MINUTE as i64);
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
}

#[test]
fn what_is_not_understood_is_not_loaded() {
    let text = serde_json::to_value(desk().policy.save(desk().now)).expect("saved");
    let load = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut value = text.clone();
        change(value.as_object_mut().expect("an object"));
        serde_json::from_value::<Saved>(value)
    };
    assert!(load(&|_| ()).is_ok());
    assert!(load(&|saved| drop(saved.insert("more".into(), true.into()))).is_err());
    assert!(load(&|saved| drop(saved.remove("clock_uncertain"))).is_err());
    let version = load(&|saved| drop(saved.insert("version".into(), 2.into())));
    assert!(version.is_err_and(|e| e.to_string().contains("version 2")));
}

#[test]
fn the_very_first_start_is_held_and_has_nothing_to_go_on_with() {
    let mut desk = Bare::load(None, Now { boot: Boot(1), wall: wall("2026-06-01T09:30:00Z") });
    desk.settle(BERLIN);
    assert!(desk.held().is_empty());
    assert_eq!(Saved { wall: desk.now.wall, boot: desk.now.boot, ..Saved::default() }, desk.policy.save(desk.now));
}
