//! The wall clock is not believed when it jumps.

use crate::bare::{BERLIN, Bare};
use crate::ops::{DAY, HOUR, MINUTE};
use policy::{Hold, Input, State};

fn desk() -> Bare {
    Bare::recording("2026-06-01T09:30:00+02:00", BERLIN)
}

#[test]
fn a_step_of_more_than_five_minutes_holds_until_it_is_confirmed() {
    for direction in [1, -1] {
        let mut desk = desk();
        desk.jump(direction * 5 * MINUTE as i64);
        assert!(desk.held().is_empty());
        desk.jump(direction);
        assert_eq!(desk.held(), [Hold::ClockUncertain]);
        desk.wait(DAY);
        desk.say(Input::Resume);
        assert_eq!(desk.held(), [Hold::ClockUncertain]);
        desk.say(Input::ClockConfirmed);
        assert!(desk.held().is_empty());
        desk.jump(direction * 5 * MINUTE as i64);
        assert!(desk.held().is_empty(), "counted from the confirmation");
    }
}

#[test]
fn a_clock_that_went_back_by_itself_is_still_uncertain() {
    let mut desk = desk();
    desk.jump(HOUR as i64);
    desk.jump(-(HOUR as i64));
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
}

#[test]
fn steps_that_add_up_to_more_than_five_minutes_hold() {
    let mut desk = desk();
    for _ in 0..5 {
        desk.wait(3 * HOUR);
        desk.jump(MINUTE as i64);
        assert!(desk.held().is_empty());
    }
    desk.wait(3 * HOUR);
    desk.jump(1000);
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
}

#[test]
fn seconds_of_correction_over_weeks_do_not_hold() {
    let mut desk = desk();
    for _ in 0..500 {
        desk.wait(HOUR);
        desk.jump(1500);
        desk.wait(1000);
    }
    assert_eq!(desk.policy.state(), State::Recording);
}

#[test]
fn a_suspend_moves_both_clocks_and_is_no_step() {
    let mut desk = desk();
    desk.pass(3 * DAY);
    assert!(desk.held().is_empty());
}

#[test]
fn a_confirmation_from_before_the_step_confirms_nothing() {
    let mut desk = desk();
    desk.wait(100);
    desk.jump(HOUR as i64);
    desk.say_late(1, Input::ClockConfirmed);
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
}

#[test]
fn boot_time_that_goes_back_is_ignored() {
    let mut desk = desk();
    desk.say(Input::Pause(policy::PauseFor::Minutes(1)));
    let before = desk.policy.poll_timeout();
    let earlier = policy::Now { boot: policy::Boot(0), wall: policy::Wall(0) };
    desk.policy.handle_timeout(earlier);
    assert_eq!((desk.held(), desk.policy.poll_timeout()), (vec![Hold::UserPause], before));
}

#[test]
fn seconds_of_correction_that_come_faster_than_two_an_hour_add_up() {
    let mut desk = desk();
    for _ in 0..200 {
        desk.wait(20 * MINUTE);
        desk.jump(1500);
        assert!(desk.held().is_empty());
    }
    desk.wait(20 * MINUTE);
    desk.jump(1500);
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
}
