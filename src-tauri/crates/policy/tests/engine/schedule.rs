//! Recurring opt-outs: local time, midnight, and the two nights in which the clocks change.

use crate::bare::{BERLIN, Bare, NEW_YORK, wall, zone};
use crate::ops::{DAY, HOUR, MINUTE, recurring, time};
use jiff::Timestamp;
use jiff::civil::Weekday;
use policy::schedule::{Day, Occurrence, Recurring, TimeOfDay, occurrences};
use policy::{Hold, Input, PauseFor, Presence, Wall};
use proptest::prelude::*;

const ALL_DAYS: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

fn scheduled(at: &str, posix: &str, schedule: &[Recurring]) -> Bare {
    let mut desk = Bare::recording(at, posix);
    desk.say(Input::Schedule(schedule.to_vec()));
    desk
}

/// Whether it runs, checked through the policy's own clock at each of these instants.
fn runs(desk: &mut Bare, instants: &[(&str, bool)]) {
    for (at, expected) in instants {
        desk.wait_until(at);
        if !expected {
            desk.remind_if_ending();
        }
        assert_eq!(desk.holds(Hold::OptOut), *expected, "{at}");
    }
}

impl Bare {
    /// An end that is due, seen by the person. A minute late.
    fn remind_if_ending(&mut self) {
        if self.policy.ending().is_some() {
            self.remind();
        }
    }
}

#[test]
fn an_opt_out_begins_by_itself_and_ends_after_its_reminder() {
    let mut desk = scheduled("2026-06-01T08:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    assert_eq!(desk.policy.poll_timeout().map(|due| desk.now.wall_of(due)), Some(wall("2026-06-01T09:00:00+02:00")));
    desk.wait_until("2026-06-01T08:59:59.999+02:00");
    assert!(desk.held().is_empty());
    desk.wait(1);
    assert_eq!((desk.held(), desk.until(Hold::OptOut)), (vec![Hold::OptOut], Some(wall("2026-06-01T12:00:00+02:00"))));
    desk.wait_until("2026-06-01T11:59:00+02:00");
    desk.say(Input::ReminderShown);
    desk.wait(MINUTE - 1);
    assert_eq!(desk.held(), [Hold::OptOut]);
    desk.wait(1);
    assert!(desk.held().is_empty());
}

#[test]
fn it_runs_across_midnight_into_a_day_that_has_none() {
    let mut desk = scheduled("2026-06-05T21:00:00+02:00", BERLIN, &[recurring(&[Day::Fri], "22:00", "06:00")]);
    runs(
        &mut desk,
        &[
            ("2026-06-05T22:00:00+02:00", true),
            ("2026-06-06T05:59:59+02:00", true),
            ("2026-06-06T06:00:00+02:00", false),
            ("2026-06-06T22:30:00+02:00", false),
            ("2026-06-12T22:00:00+02:00", true),
        ],
    );
}

#[test]
fn a_schedule_saved_in_the_middle_of_its_time_holds_at_once() {
    let desk = scheduled("2026-06-06T02:00:00+02:00", BERLIN, &[recurring(&[Day::Fri], "22:00", "06:00")]);
    assert_eq!(desk.held(), [Hold::OptOut]);
}

#[test]
fn whole_days_and_the_end_of_the_day() {
    let zone = zone(BERLIN);
    let of = |from: &str, to: &str| {
        let found = occurrences(
            &[recurring(&[Day::Mon], from, to)],
            &zone,
            wall("2026-06-01T00:00:00+02:00"),
            wall("2026-06-03T00:00:00+02:00"),
        )
        .expect("a calendar");
        assert_eq!(found.len(), 1);
        found[0]
    };
    let monday = wall("2026-06-01T00:00:00+02:00");
    let tuesday = Wall(monday.0 + DAY as i64);
    assert_eq!(of("00:00", "24:00"), Occurrence { from: monday, to: tuesday });
    assert_eq!(of("00:00", "00:00"), Occurrence { from: monday, to: tuesday });
    assert_eq!(of("24:00", "01:00"), Occurrence { from: tuesday, to: Wall(tuesday.0 + HOUR as i64) });
    assert_eq!(of("24:00", "24:00"), Occurrence { from: tuesday, to: Wall(tuesday.0 + DAY as i64) });
}

#[test]
fn only_what_runs_between_the_two_instants_is_found() {
    let schedule = [
        recurring(&[Day::Mon], "08:00", "10:00"),
        recurring(&[Day::Mon], "09:00", "10:01"),
        recurring(&[Day::Mon], "10:15", "10:45"),
        recurring(&[Day::Mon], "11:00", "12:00"),
        recurring(&[Day::Mon], "11:01", "12:00"),
        recurring(&[Day::Sun], "22:00", "10:00"),
    ];
    let at = |time: &str| wall(&format!("2026-06-01T{time}:00+02:00"));
    let found = occurrences(&schedule, &zone(BERLIN), at("10:00"), at("11:00"));
    let expected = [("09:00", "10:01"), ("10:15", "10:45"), ("11:00", "12:00")];
    assert_eq!(found, Some(expected.map(|(from, to)| Occurrence { from: at(from), to: at(to) }).to_vec()));
}

#[test]
fn the_longest_occurrence_is_found_until_its_end_though_its_day_has_twenty_five_hours() {
    let (from, to) = (wall("2026-10-25T00:00:00+02:00"), wall("2026-10-26T00:00:00+01:00"));
    let found = occurrences(&[recurring(&[Day::Sat], "24:00", "24:00")], &zone(BERLIN), Wall(to.0 - 1), to);
    assert_eq!(found, Some(vec![Occurrence { from, to }]));
}

#[test]
fn the_night_the_clocks_go_forward_in_berlin() {
    let night = [recurring(&[Day::Sat], "22:00", "06:00")];
    let mut desk = scheduled("2026-03-28T21:00:00+01:00", BERLIN, &night);
    runs(
        &mut desk,
        &[
            ("2026-03-28T22:00:00+01:00", true),
            ("2026-03-29T03:00:00+02:00", true),
            ("2026-03-29T05:59:59+02:00", true),
            ("2026-03-29T06:00:00+02:00", false),
        ],
    );
}

#[test]
fn the_night_the_clocks_go_back_in_new_york() {
    let night = [recurring(&[Day::Sat], "22:00", "06:00")];
    let mut desk = scheduled("2026-10-31T21:00:00-04:00", NEW_YORK, &night);
    runs(
        &mut desk,
        &[
            ("2026-10-31T22:00:00-04:00", true),
            ("2026-11-01T01:30:00-04:00", true),
            ("2026-11-01T01:30:00-05:00", true),
            ("2026-11-01T05:59:59-05:00", true),
            ("2026-11-01T06:00:00-05:00", false),
        ],
    );
}

#[test]
fn ends_that_do_not_exist_move_outwards_and_ends_that_exist_twice_take_the_outer_one() {
    let cases = [
        // 02:00 to 03:00 does not exist.
        (BERLIN, "2026-03-29", "02:15", "02:45", "2026-03-29T01:15:00+01:00", "2026-03-29T03:45:00+02:00"),
        (BERLIN, "2026-03-29", "01:00", "02:30", "2026-03-29T01:00:00+01:00", "2026-03-29T03:30:00+02:00"),
        (BERLIN, "2026-03-29", "02:30", "04:00", "2026-03-29T01:30:00+01:00", "2026-03-29T04:00:00+02:00"),
        // 02:00 to 03:00 comes twice.
        (BERLIN, "2026-10-25", "02:15", "02:45", "2026-10-25T02:15:00+02:00", "2026-10-25T02:45:00+01:00"),
        (BERLIN, "2026-10-25", "01:00", "02:30", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+01:00"),
        (BERLIN, "2026-10-25", "02:30", "04:00", "2026-10-25T02:30:00+02:00", "2026-10-25T04:00:00+01:00"),
        (NEW_YORK, "2026-03-08", "02:30", "02:40", "2026-03-08T01:30:00-05:00", "2026-03-08T03:40:00-04:00"),
        (NEW_YORK, "2026-11-01", "01:30", "01:40", "2026-11-01T01:30:00-04:00", "2026-11-01T01:40:00-05:00"),
    ];
    for (posix, date, from, to, begins, ends) in cases {
        let noon = wall(&format!("{date}T12:00:00Z"));
        let around = (Wall(noon.0 - 12 * HOUR as i64), noon);
        let found = occurrences(&[recurring(&[Day::Sun], from, to)], &zone(posix), around.0, around.1);
        assert_eq!(found, Some(vec![Occurrence { from: wall(begins), to: wall(ends) }]), "{date} {from} {to}");
    }
}

#[test]
fn one_that_begins_as_another_ends_goes_on_from_it_without_a_reminder_in_between() {
    let schedule = [recurring(&[Day::Mon], "09:00", "12:00"), recurring(&[Day::Mon], "12:00", "13:00")];
    let mut desk = scheduled("2026-06-01T08:00:00+02:00", BERLIN, &schedule);
    desk.wait_until("2026-06-01T10:00:00+02:00");
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-01T13:00:00+02:00")));
    desk.wait_until("2026-06-01T11:59:30+02:00");
    assert_eq!(desk.policy.ending(), None);
}

#[test]
fn a_release_is_for_what_has_begun_and_the_next_one_begins() {
    let schedule = [recurring(&[Day::Mon], "09:00", "12:00"), recurring(&[Day::Mon], "12:00", "13:00")];
    let mut desk = scheduled("2026-06-01T09:30:00+02:00", BERLIN, &schedule);
    desk.say(Input::Resume);
    assert!(desk.held().is_empty());
    // Saving the same schedule again, or another that contains it, does not begin it again.
    desk.say(Input::Schedule(schedule.to_vec()));
    desk.wait_until("2026-06-01T11:59:59+02:00");
    assert!(desk.held().is_empty());
    desk.wait_until("2026-06-01T12:00:00+02:00");
    assert_eq!(desk.held(), [Hold::OptOut]);
}

#[test]
fn a_resume_before_an_opt_out_does_not_release_it() {
    let mut desk = scheduled("2026-06-01T08:59:59+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.say(Input::Resume);
    desk.wait(1000);
    assert_eq!(desk.held(), [Hold::OptOut]);
    desk.wait(1);
    desk.say_late(2, Input::Resume);
    assert_eq!(desk.held(), [Hold::OptOut]);
}

#[test]
fn no_jump_of_the_wall_clock_shortens_a_begun_opt_out() {
    for jump in [-26, -3, -1, 1, 3, 26, 24 * 365] {
        let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
        desk.wait(HOUR);
        desk.jump(jump * HOUR as i64);
        desk.say(Input::ClockConfirmed);
        for _ in 0..120 {
            assert!(desk.holds(Hold::OptOut), "{jump}");
            desk.say(Input::ReminderShown);
            desk.wait(MINUTE);
        }
        // Put back, it goes on until the local time agrees.
        if jump < 0 {
            assert!(desk.holds(Hold::OptOut), "{jump}");
        }
    }
}

#[test]
fn a_small_step_back_at_the_end_keeps_it_until_the_local_time_agrees() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.wait(HOUR);
    desk.jump(-4 * MINUTE as i64);
    desk.wait(2 * HOUR);
    desk.remind();
    assert_eq!(desk.held(), [Hold::OptOut]);
    desk.wait_until("2026-06-01T11:59:00+02:00");
    desk.remind();
    assert!(desk.held().is_empty());
}

#[test]
fn a_suspend_over_the_end_waits_for_the_person() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.wait(HOUR);
    desk.pass(5 * HOUR);
    desk.say(Input::Woke);
    desk.say(Input::Presence(Presence::Here));
    assert_eq!(desk.held(), [Hold::OptOut]);
    desk.remind();
    assert!(desk.held().is_empty());
}

#[test]
fn a_suspend_over_the_beginning_begins_it_on_waking() {
    let mut desk = scheduled("2026-06-01T08:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.pass(2 * HOUR);
    assert_eq!(desk.held(), [Hold::OptOut]);
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-01T12:00:00+02:00")));
}

#[test]
fn a_suspend_of_weeks_begins_what_runs_on_waking() {
    let mut desk = scheduled("2026-06-01T08:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.pass(28 * DAY + 2 * HOUR);
    assert_eq!(desk.held(), [Hold::OptOut]);
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-29T12:00:00+02:00")));
}

#[test]
fn what_was_released_does_not_lengthen_what_begins_while_it_would_have_run() {
    let schedule = [recurring(&[Day::Mon], "09:00", "12:00"), recurring(&[Day::Mon], "10:00", "10:30")];
    let mut desk = scheduled("2026-06-01T09:30:00+02:00", BERLIN, &schedule);
    desk.say(Input::Resume);
    desk.wait_until("2026-06-01T10:00:00+02:00");
    assert_eq!((desk.held(), desk.until(Hold::OptOut)), (vec![Hold::OptOut], Some(wall("2026-06-01T10:30:00+02:00"))));
}

#[test]
fn an_opt_out_that_has_begun_is_lengthened_at_once_by_a_longer_entry() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.wait(HOUR);
    desk.say(Input::Schedule(vec![recurring(&[Day::Mon], "09:00", "14:00")]));
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-01T14:00:00+02:00")));
}

#[test]
fn a_wall_clock_put_back_and_right_again_lengthens_no_opt_out() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.wait(HOUR);
    desk.jump(-4 * MINUTE as i64);
    desk.jump(4 * MINUTE as i64);
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-01T12:00:00+02:00")));
}

#[test]
fn taking_the_entry_out_does_not_end_what_it_has_begun() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.say(Input::Schedule(vec![]));
    desk.wait(2 * HOUR);
    assert_eq!(desk.held(), [Hold::OptOut]);
    desk.say(Input::Resume);
    assert!(desk.held().is_empty());
}

#[test]
fn travelling_west_keeps_the_day_until_the_evening_there() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "17:00")]);
    desk.wait(3 * HOUR);
    desk.say(Input::Zone(zone(NEW_YORK)));
    desk.wait_until("2026-06-01T17:00:00+02:00");
    desk.remind();
    assert_eq!((desk.held(), desk.until(Hold::OptOut)), (vec![Hold::OptOut], Some(wall("2026-06-01T17:00:00-04:00"))));
}

#[test]
fn a_schedule_with_no_zone_to_read_it_in_holds() {
    let mut desk = Bare::load(None, policy::Now { boot: policy::Boot(1), wall: wall("2026-06-01T20:00:00Z") });
    desk.say(Input::Schedule(vec![recurring(&[Day::Mon], "09:00", "12:00")]));
    desk.say(Input::Resume);
    assert!(desk.holds(Hold::OptOut));
    desk.settle(BERLIN);
    assert!(desk.held().is_empty());
}

#[test]
fn staying_paused_keeps_a_pause_after_the_opt_out() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.say(Input::StayPaused);
    assert_eq!(desk.held(), [Hold::UserPause, Hold::OptOut]);
    desk.wait_until("2026-06-01T11:59:00+02:00");
    desk.remind();
    assert_eq!(desk.held(), [Hold::UserPause]);
}

#[test]
fn fifteen_minutes_more_of_an_opt_out() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.wait_until("2026-06-01T11:59:00+02:00");
    desk.say(Input::Extend(15));
    assert_eq!(desk.until(Hold::OptOut), Some(wall("2026-06-01T12:15:00+02:00")));
    desk.remind();
    assert_eq!(desk.held(), [Hold::OptOut]);
}

#[test]
fn a_pause_and_an_opt_out_end_each_on_its_own() {
    let mut desk = scheduled("2026-06-01T09:00:00+02:00", BERLIN, &[recurring(&[Day::Mon], "09:00", "12:00")]);
    desk.say(Input::Pause(PauseFor::Minutes(30)));
    desk.wait(29 * MINUTE);
    assert_eq!(desk.policy.ending().map(|e| e.hold), Some(Hold::UserPause));
    desk.remind();
    assert_eq!(desk.held(), [Hold::OptOut]);
}

fn weekday(day: Weekday) -> Day {
    ALL_DAYS[usize::try_from(day.to_monday_zero_offset()).expect("a day")]
}

/// Whether the local time at this instant lies in the window, told by the calendar on the wall alone.
fn civil(recurring: &Recurring, posix: &str, at: Wall) -> bool {
    let local = zone(posix).to_datetime(Timestamp::from_millisecond(at.0).expect("an instant"));
    let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
    (0..3).any(|ago: i32| {
        let mut date = local.date();
        for _ in 0..ago {
            date = date.yesterday().expect("a day before");
        }
        let from = i32::from(recurring.from.minutes());
        let to = i32::from(recurring.to.minutes());
        let to = if to <= from { to + 1440 } else { to };
        let minutes = minutes + ago * 1440;
        recurring.days.contains(&weekday(date.weekday())) && from <= minutes && minutes < to
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_instant_whose_local_time_lies_in_a_window_is_covered(
        days in proptest::sample::subsequence(ALL_DAYS.to_vec(), 1..7),
        from in 0..=1440u16, to in 0..=1440u16,
        posix in prop_oneof![Just(BERLIN), Just(NEW_YORK), Just("<+0545>-5:45"), Just("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")],
        night in prop_oneof![Just("2026-03-08"), Just("2026-03-29"), Just("2026-04-05"), Just("2026-10-04"), Just("2026-10-25"), Just("2026-11-01")],
    ) {
        let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let recurring = Recurring { days, from: time(&text(from)), to: time(&text(to)) };
        let noon = wall(&format!("{night}T12:00:00Z")).0;
        let (first, last) = (noon - 2 * DAY as i64, noon + 2 * DAY as i64);
        let found = occurrences(std::slice::from_ref(&recurring), &zone(posix), Wall(first), Wall(last)).expect("a calendar");
        let mut at = first;
        while at < last {
            let covered = found.iter().any(|o| o.covers(Wall(at)));
            let should = civil(&recurring, posix, Wall(at));
            prop_assert!(covered || !should, "{at} is not covered by {found:?}");
            // More than the civil time only around a change of the clocks.
            let offset = |at: i64| zone(posix).to_offset(Timestamp::from_millisecond(at).expect("an instant"));
            prop_assert!(!covered || should || offset(at - 3 * HOUR as i64) != offset(at + 3 * HOUR as i64), "{at}");
            at += MINUTE as i64;
        }
    }

    #[test]
    fn a_time_of_day_is_written_as_it_is_read(minutes in 0..=1440u16) {
        let text = format!("{:02}:{:02}", minutes / 60, minutes % 60);
        prop_assert_eq!(String::from(TimeOfDay::try_from(text.clone()).expect("a time")), text);
    }
}

#[test]
fn what_is_no_time_of_day_is_refused() {
    for text in ["", "9:00", "24:01", "12:60", "12", "12:00:00", "ab:cd", "-1:00", "+1:+1", "99:99"] {
        assert!(TimeOfDay::try_from(text.to_owned()).is_err(), "{text}");
    }
}
