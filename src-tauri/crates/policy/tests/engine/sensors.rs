//! Silence is not permission.

use crate::bare::{BERLIN, Bare};
use crate::ops::all_streams;
use policy::{Boot, Hold, Input, KeyLevel, Now, Policy, Sensor, State, Wall};

const ALL: [(Sensor, Hold); 3] =
    [(Sensor::Display, Hold::SensorSilent), (Sensor::Access, Hold::SensorSilent), (Sensor::Tray, Hold::TraySilent)];

fn desk() -> Bare {
    Bare::recording("2026-06-01T09:30:00+02:00", BERLIN)
}

fn since(desk: &Bare, hold: Hold) -> Option<Boot> {
    let State::Held(held) = desk.policy.state() else { return None };
    held.iter().find(|h| h.hold == hold).map(|h| h.since)
}

#[test]
fn at_the_start_everything_holds_that_knowledge_can_release() {
    let policy = Policy::new(3000, None, Now { boot: Boot(5000), wall: Wall(0) });
    let State::Held(held) = policy.state() else { panic!("recording") };
    let holds: Vec<Hold> = held.iter().map(|h| h.hold).collect();
    assert_eq!(
        holds,
        [
            Hold::NotConsented,
            Hold::SessionLocked,
            Hold::NoIndicator,
            Hold::FocusUnknown,
            Hold::VaultUnavailable,
            Hold::RecipientUnverified,
            Hold::SensorSilent,
            Hold::TraySilent,
        ]
    );
    assert!(held.iter().all(|h| h.since == Boot(5000)));
}

#[test]
fn a_question_not_answered_within_a_second_holds_from_when_it_was_asked() {
    for (sensor, hold) in ALL {
        let mut desk = desk();
        let asked = desk.now.boot;
        desk.say(Input::Asked(sensor));
        assert_eq!(desk.policy.poll_timeout(), Some(asked.plus(1000)));
        desk.wait(999);
        assert!(desk.held().is_empty(), "{sensor:?}");
        desk.wait(1);
        assert_eq!(desk.held(), [hold], "{sensor:?}");
        assert_eq!(since(&desk, hold), Some(asked));
        desk.say(Input::UpTo(sensor, asked.minus(1)));
        assert_eq!(desk.held(), [hold], "an answer to another question, {sensor:?}");
        desk.say(Input::UpTo(sensor, asked));
        assert!(desk.held().is_empty(), "{sensor:?}");
    }
}

#[test]
fn each_question_is_answered_on_its_own() {
    let mut desk = desk();
    let first = desk.now.boot;
    desk.say(Input::Asked(Sensor::Display));
    desk.wait(600);
    desk.say(Input::Asked(Sensor::Display));
    desk.say(Input::UpTo(Sensor::Display, first));
    assert_eq!(desk.policy.poll_timeout(), Some(first.plus(1600)));
    desk.wait(1000);
    assert_eq!(since(&desk, Hold::SensorSilent), Some(first.plus(600)));
}

#[test]
fn a_sensor_that_is_lost_holds_at_once_until_it_delivers_again() {
    for (sensor, hold) in ALL {
        let mut desk = desk();
        desk.wait(100);
        desk.say(Input::Lost(sensor));
        assert_eq!(desk.held(), [hold], "{sensor:?}");
        desk.say(Input::UpTo(sensor, desk.now.boot.minus(1)));
        assert_eq!(desk.held(), [hold], "an old word, {sensor:?}");
        desk.wait(50);
        desk.say(Input::UpTo(sensor, desk.now.boot));
        assert!(desk.held().is_empty(), "{sensor:?}");
    }
}

#[test]
fn the_accessibility_bus_is_needed_while_text_is_recorded_and_not_otherwise() {
    let mut desk = desk();
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Activity))));
    desk.say(Input::Lost(Sensor::Access));
    assert!(desk.held().is_empty());
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Text))));
    assert_eq!(desk.held(), [Hold::SensorSilent]);
    desk.say(Input::Consent(Some(all_streams(KeyLevel::None))));
    assert!(desk.held().is_empty());
}

#[test]
fn a_bus_that_was_silent_before_text_was_recorded_holds_from_the_text_on() {
    let mut desk = desk();
    desk.say(Input::Consent(Some(all_streams(KeyLevel::None))));
    desk.say(Input::Asked(Sensor::Access));
    desk.wait(5000);
    assert!(desk.held().is_empty());
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Text))));
    assert_eq!(since(&desk, Hold::SensorSilent), Some(desk.now.boot));
}

#[test]
fn one_silent_sensor_is_enough_and_the_other_does_not_speak_for_it() {
    let mut desk = desk();
    desk.say(Input::Lost(Sensor::Access));
    desk.say(Input::Lost(Sensor::Display));
    desk.say(Input::UpTo(Sensor::Display, desk.now.boot));
    assert_eq!(desk.held(), [Hold::SensorSilent]);
}

#[test]
fn ten_thousand_questions_that_nobody_answers_cost_little_and_hold() {
    let mut desk = desk();
    for _ in 0..10_000 {
        desk.say(Input::Asked(Sensor::Display));
    }
    desk.wait(500);
    desk.say(Input::Asked(Sensor::Display));
    desk.say(Input::UpTo(Sensor::Display, desk.now.boot.minus(1)));
    desk.wait(1000);
    assert_eq!(desk.held(), [Hold::SensorSilent]);
    desk.say(Input::UpTo(Sensor::Display, desk.now.boot));
    assert!(desk.held().is_empty());
}

#[test]
fn more_questions_than_are_kept_apart_make_only_the_last_answer_harder() {
    let mut desk = desk();
    let first = desk.now.boot;
    for _ in 0..100 {
        desk.say(Input::Asked(Sensor::Display));
        desk.wait(1);
    }
    desk.say(Input::UpTo(Sensor::Display, first));
    assert_eq!(desk.policy.poll_timeout(), Some(first.plus(1001)));
}
