//! A person's own pauses, and how they end.

use crate::bare::{BERLIN, Bare, EDITOR, NEW_YORK, wall};
use crate::ops::{DAY, HOUR, MINUTE};
use policy::{Ending, Focus, Hold, Input, PauseFor, Presence, State};

fn desk() -> Bare {
    Bare::recording("2026-06-01T09:30:00+02:00", BERLIN)
}

fn paused(minutes: u32) -> Bare {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Minutes(minutes)));
    desk
}

#[test]
fn a_timed_pause_ends_when_its_time_is_up_and_the_person_was_reminded() {
    let mut desk = paused(15);
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-01T09:45:00+02:00")));
    let end = desk.now.boot.plus(15 * MINUTE);
    assert_eq!(desk.policy.poll_timeout(), Some(end.minus(MINUTE)));
    desk.wait(14 * MINUTE - 1);
    assert_eq!(desk.policy.ending(), None);
    desk.wait(1);
    assert_eq!(desk.policy.ending(), Some(Ending { hold: Hold::UserPause, at: end, shown: false }));
    desk.say(Input::ReminderShown);
    assert_eq!(desk.policy.ending(), Some(Ending { hold: Hold::UserPause, at: end, shown: true }));
    desk.wait(MINUTE - 1);
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.wait(1);
    assert_eq!((desk.policy.state(), desk.policy.ending()), (State::Recording, None));
}

#[test]
fn a_pause_does_not_end_without_a_reminder() {
    let mut desk = paused(15);
    desk.wait(3 * HOUR);
    assert_eq!((desk.held(), desk.until(Hold::UserPause)), (vec![Hold::UserPause], None));
    desk.say(Input::ReminderShown);
    desk.wait(MINUTE - 1);
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.wait(1);
    assert!(desk.held().is_empty());
}

#[test]
fn a_reminder_before_the_last_minute_is_none() {
    let mut desk = paused(15);
    desk.wait(13 * MINUTE);
    desk.say(Input::ReminderShown);
    desk.wait(10 * MINUTE);
    assert_eq!(desk.held(), [Hold::UserPause]);
}

#[test]
fn no_pause_ends_while_the_person_is_away() {
    for away in [Input::Presence(Presence::Idle), Input::Presence(Presence::Locked), Input::Woke] {
        let mut desk = paused(15);
        desk.wait(14 * MINUTE + 30_000);
        desk.say(Input::ReminderShown);
        desk.say(away.clone());
        assert_eq!(desk.policy.ending(), None);
        desk.wait(2 * HOUR);
        desk.say(Input::ReminderShown);
        desk.wait(HOUR);
        assert!(desk.holds(Hold::UserPause), "{away:?}");
        desk.say(Input::Presence(Presence::Here));
        assert_eq!(desk.policy.ending().map(|e| e.shown), Some(false));
        desk.wait(HOUR);
        assert!(desk.holds(Hold::UserPause), "{away:?}");
        desk.remind();
        assert!(desk.held().is_empty(), "{away:?}");
    }
}

#[test]
fn a_pause_whose_end_was_slept_through_goes_on() {
    for told in [true, false] {
        let mut desk = paused(1);
        desk.say(Input::ReminderShown);
        desk.wait(10_000);
        desk.now.boot = desk.now.boot.plus(HOUR);
        desk.now.wall.0 += HOUR as i64;
        if told {
            desk.say(Input::Woke);
            desk.say(Input::Presence(Presence::Here));
        } else {
            desk.policy.handle_timeout(desk.now);
        }
        assert_eq!(desk.held(), [Hold::UserPause]);
        desk.remind();
        assert!(desk.held().is_empty());
    }
}

#[test]
fn idle_after_locked_is_still_locked() {
    let mut desk = desk();
    desk.say(Input::Woke);
    desk.say(Input::Presence(Presence::Idle));
    assert_eq!(desk.held(), [Hold::SessionLocked]);
    desk.wait(10);
    desk.say_late(11, Input::Presence(Presence::Here));
    assert_eq!(desk.held(), [Hold::SessionLocked], "said of a time before the resume");
    desk.say(Input::Presence(Presence::Here));
    assert!(desk.held().is_empty());
}

#[test]
fn a_second_pause_never_shortens_the_first() {
    let mut desk = paused(60);
    let until = desk.until(Hold::UserPause);
    desk.say(Input::Pause(PauseFor::Minutes(15)));
    assert_eq!(desk.until(Hold::UserPause), until);
    desk.say(Input::Pause(PauseFor::Until(wall("2026-06-01T11:00:00+02:00"))));
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-01T11:00:00+02:00")));
    desk.say(Input::Pause(PauseFor::Resumed));
    desk.say(Input::Pause(PauseFor::Minutes(5)));
    assert_eq!(desk.until(Hold::UserPause), None);
    desk.wait(30 * DAY);
    desk.remind();
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.say(Input::Resume);
    assert!(desk.held().is_empty());
}

#[test]
fn a_longer_pause_asks_for_a_new_reminder() {
    let mut desk = paused(1);
    desk.say(Input::ReminderShown);
    desk.wait(30_000);
    desk.say(Input::Pause(PauseFor::Minutes(1)));
    assert_eq!(desk.policy.ending().map(|e| e.shown), Some(false));
    desk.wait(10 * MINUTE);
    assert_eq!(desk.held(), [Hold::UserPause]);
}

#[test]
fn fifteen_minutes_more_count_from_the_end_or_if_that_has_passed_from_now() {
    let mut desk = paused(15);
    desk.wait(14 * MINUTE);
    desk.say(Input::Extend(15));
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-01T10:00:00+02:00")));
    desk.wait(HOUR);
    desk.say(Input::Extend(15));
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-01T10:59:00+02:00")));
}

#[test]
fn stay_paused_makes_it_open_ended() {
    let mut desk = paused(1);
    desk.say(Input::StayPaused);
    desk.say(Input::ReminderShown);
    desk.wait(DAY);
    assert_eq!((desk.held(), desk.until(Hold::UserPause)), (vec![Hold::UserPause], None));
}

#[test]
fn stay_paused_and_more_said_a_moment_too_late_pause_again() {
    let mut desk = desk();
    desk.say(Input::Extend(15));
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-01T09:45:00+02:00")));
    desk.say(Input::StayPaused);
    assert_eq!((desk.held(), desk.until(Hold::UserPause)), (vec![Hold::UserPause], None));
}

#[test]
fn a_resume_said_before_the_pause_does_not_release_it() {
    let mut desk = desk();
    desk.wait(100);
    desk.say(Input::Pause(PauseFor::Resumed));
    desk.say_late(1, Input::Resume);
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.say(Input::Resume);
    assert!(desk.held().is_empty());
}

#[test]
fn resuming_releases_nothing_but_the_persons_own() {
    let mut desk = paused(15);
    desk.say(Input::Pill(false));
    desk.say(Input::SecretField(true));
    desk.say(Input::Resume);
    assert_eq!(desk.held(), [Hold::SecretField, Hold::NoIndicator]);
}

#[test]
fn until_a_time_that_has_passed_pauses_at_once_and_ends_with_a_reminder() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Until(wall("2026-06-01T08:00:00+02:00"))));
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.remind();
    assert!(desk.held().is_empty());
}

#[test]
fn tomorrow_is_the_first_six_oclock_at_least_six_hours_away() {
    let cases = [
        (BERLIN, "2026-06-01T09:30:00+02:00", "2026-06-02T06:00:00+02:00"),
        (BERLIN, "2026-06-01T00:00:00+02:00", "2026-06-01T06:00:00+02:00"),
        (BERLIN, "2026-06-01T00:00:00.001+02:00", "2026-06-02T06:00:00+02:00"),
        (BERLIN, "2026-06-01T23:59:59+02:00", "2026-06-02T06:00:00+02:00"),
        // The clocks go forward at two: midnight is only five hours away from six.
        (BERLIN, "2026-03-29T00:00:00+01:00", "2026-03-30T06:00:00+02:00"),
        (BERLIN, "2026-03-28T23:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        (BERLIN, "2026-03-28T23:00:00.001+01:00", "2026-03-30T06:00:00+02:00"),
        // And back at three: seven.
        (BERLIN, "2026-10-25T00:59:00+02:00", "2026-10-25T06:00:00+01:00"),
        (NEW_YORK, "2026-03-08T00:30:00-05:00", "2026-03-09T06:00:00-04:00"),
        (NEW_YORK, "2026-11-01T00:59:00-04:00", "2026-11-01T06:00:00-05:00"),
    ];
    for (zone, at, six) in cases {
        let mut desk = Bare::recording(at, zone);
        desk.say(Input::Pause(PauseFor::Tomorrow));
        assert_eq!(desk.until(Hold::UserPause), Some(wall(six)), "{at}");
    }
}

#[test]
fn with_no_zone_known_tomorrow_comes_later_than_anywhere() {
    let mut desk = Bare::load(None, policy::Now { boot: policy::Boot(1), wall: wall("2026-06-01T09:30:00Z") });
    desk.say(Input::Pause(PauseFor::Tomorrow));
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-02T16:30:00Z")));
}

#[test]
fn a_wall_clock_put_forward_shortens_no_pause() {
    for pause in [PauseFor::Minutes(90), PauseFor::Until(wall("2026-06-01T11:00:00+02:00")), PauseFor::Tomorrow] {
        let mut desk = desk();
        desk.say(Input::Pause(pause));
        let length = desk.until(Hold::UserPause).expect("an end").0 - desk.now.wall.0;
        desk.wait(MINUTE);
        desk.jump(365 * DAY as i64);
        desk.wait(length as u64 - 2 * MINUTE - 1);
        desk.say(Input::ReminderShown);
        desk.wait(MINUTE);
        assert!(desk.holds(Hold::UserPause), "{pause:?}");
        desk.wait(1);
        desk.remind();
        assert_eq!(desk.held(), [Hold::ClockUncertain], "{pause:?}");
    }
}

#[test]
fn a_wall_clock_put_back_shortens_no_pause() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Until(wall("2026-06-01T10:00:00+02:00"))));
    desk.jump(-2 * HOUR as i64);
    desk.wait(HOUR);
    desk.remind();
    assert!(desk.holds(Hold::UserPause));
    desk.wait(90 * MINUTE);
    desk.remind();
    assert_eq!(desk.held(), [Hold::ClockUncertain]);
}

#[test]
fn a_reminder_for_an_end_that_moved_away_does_not_count() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Until(wall("2026-06-01T10:00:00+02:00"))));
    desk.wait(29 * MINUTE + 30_000);
    desk.say(Input::ReminderShown);
    desk.jump(-4 * MINUTE as i64);
    assert_eq!(desk.policy.ending(), None);
    desk.wait(20 * MINUTE);
    assert_eq!(desk.held(), [Hold::UserPause]);
}

#[test]
fn a_year_of_pause_is_a_year() {
    let mut desk = paused(365 * 24 * 60);
    desk.wait(364 * DAY);
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.wait(2 * DAY);
    desk.remind();
    assert!(desk.held().is_empty());
}

#[test]
fn a_reminder_the_person_turned_away_from_for_a_moment_does_not_count() {
    for (away, back) in [
        (Input::Presence(Presence::Idle), Input::Presence(Presence::Here)),
        (Input::Presence(Presence::Locked), Input::Presence(Presence::Here)),
        (Input::Woke, Input::Presence(Presence::Here)),
        (Input::Locker(true), Input::Locker(false)),
    ] {
        let mut desk = paused(15);
        desk.wait(14 * MINUTE);
        desk.say(Input::ReminderShown);
        desk.wait(10_000);
        desk.say(away.clone());
        desk.wait(1000);
        desk.say(back);
        assert_eq!(desk.policy.ending().map(|e| e.shown), Some(false), "{away:?}");
        desk.wait(MINUTE);
        assert_eq!(desk.held(), [Hold::UserPause], "{away:?}");
    }
}

#[test]
fn a_reminder_counts_although_other_things_happen_in_front_of_it() {
    let mut desk = paused(15);
    desk.wait(14 * MINUTE);
    desk.say(Input::ReminderShown);
    desk.wait(10_000);
    desk.say(Input::Presence(Presence::Here));
    desk.say(Input::Locker(false));
    desk.say(Input::Focus(Focus::Window(EDITOR)));
    desk.drain();
    assert_eq!(desk.policy.ending().map(|e| e.shown), Some(true));
    desk.wait(50_000);
    assert!(desk.held().is_empty());
}

#[test]
fn a_second_pause_that_ends_no_later_leaves_the_reminder_in_force() {
    for second in [PauseFor::Minutes(1), PauseFor::Until(wall("2026-06-01T09:00:00+02:00"))] {
        let mut desk = paused(1);
        desk.say(Input::ReminderShown);
        desk.say(Input::Pause(second));
        assert_eq!(desk.policy.ending().map(|e| e.shown), Some(true), "{second:?}");
        desk.wait(MINUTE);
        assert!(desk.held().is_empty(), "{second:?}");
    }
}

#[test]
fn from_the_instant_of_its_end_on_nobody_knows_until_when_a_pause_goes_on() {
    let mut desk = paused(15);
    desk.wait(15 * MINUTE - 1);
    assert_eq!(desk.until(Hold::UserPause), Some(wall("2026-06-01T09:45:00+02:00")));
    desk.wait(1);
    assert_eq!((desk.held(), desk.until(Hold::UserPause)), (vec![Hold::UserPause], None));
}

#[test]
fn an_end_noticed_two_seconds_late_was_seen_and_one_noticed_later_was_slept_through() {
    for (late, held) in [(2000, vec![]), (2001, vec![Hold::UserPause])] {
        let mut desk = paused(1);
        desk.say(Input::ReminderShown);
        desk.pass(MINUTE + late);
        assert_eq!(desk.held(), held, "{late}");
    }
}
