//! What becomes of a datum.

use crate::bare::{Answer, BERLIN, Bare, EDITOR};
use crate::cast::{self, Who};
use crate::ops::all_streams;
use policy::rules::RuleSet;
use policy::{Boot, Focus, Hold, Input, KeyLevel, PauseFor, Presence, Sensor, Stream, WindowId, WindowKind, Withheld};

const OTHER: WindowId = WindowId(7);
const MENU: WindowId = WindowId(8);

fn desk() -> Bare {
    let mut desk = Bare::recording("2026-06-01T09:30:00+02:00", BERLIN);
    desk.wait(10_000);
    desk.drain();
    desk
}

fn held(hold: Hold) -> Answer {
    Answer::Dropped(Withheld::Hold(hold))
}

#[test]
fn a_datum_waits_out_the_hold_back_although_everything_is_known() {
    let mut desk = desk();
    let at = desk.now.boot;
    desk.wait(2999);
    desk.drain();
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Wait(at.plus(3000)));
    desk.wait(1);
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Cleared);
}

#[test]
fn a_picture_that_took_its_time_is_judged_from_its_first_pixel_to_its_last() {
    let answer = |from: u64, to: u64, what: fn(&mut Bare)| {
        let mut desk = desk();
        let at = desk.now.boot;
        for (ms, change) in [(from, Some(what)), (to, None)] {
            desk.wait(at.plus(ms).since(desk.now.boot));
            match change {
                Some(change) => change(&mut desk),
                None => desk.settle(BERLIN),
            }
        }
        desk.wait(at.plus(4001).since(desk.now.boot));
        desk.drain();
        desk.ask_of(Stream::Screen, (at, at.plus(1000)), &[EDITOR])
    };
    let hidden: fn(&mut Bare) = |desk| desk.say(Input::Pill(false));
    let renamed: fn(&mut Bare) = |desk| desk.window(EDITOR, Who::Chat);
    // While it was taken, and within the margin after its last pixel.
    for from in [1, 400, 1000, 1100] {
        assert_eq!(answer(from, from + 1, hidden), held(Hold::NoIndicator), "{from}");
    }
    assert_eq!(answer(1101, 1102, hidden), Answer::Cleared);
    for from in [1, 1600, 2500] {
        assert_ne!(answer(from, from + 1, renamed), Answer::Cleared, "{from}");
    }
    // Its end waits as its beginning does.
    let mut desk = desk();
    let at = desk.now.boot;
    desk.wait(3500);
    desk.drain();
    assert_eq!(desk.ask_of(Stream::Screen, (at, at.plus(1000)), &[EDITOR]), Answer::Wait(at.plus(4000)));
}

#[test]
fn while_any_sensor_is_silent_nothing_is_cleared_and_in_the_end_it_is_dropped() {
    for silent in [Sensor::Display, Sensor::Access, Sensor::Tray] {
        let mut desk = desk();
        let at = desk.now.boot;
        for _ in 0..80 {
            desk.wait(100);
            for sensor in [Sensor::Display, Sensor::Access, Sensor::Tray] {
                if sensor != silent {
                    desk.say(Input::UpTo(sensor, desk.now.boot));
                }
            }
            let answer = desk.ask(Stream::Keys, at, &[EDITOR]);
            assert!(matches!(answer, Answer::Wait(until) if until > desk.now.boot), "{silent:?}: {answer:?}");
        }
        desk.wait(1);
        desk.drain();
        assert_eq!(desk.ask(Stream::Keys, at, &[EDITOR]), held(Hold::SensorSilent), "{silent:?}");
    }
}

#[test]
fn a_sensor_must_have_told_everything_up_to_the_datum_and_its_margin() {
    for (sensor, margin) in [(Sensor::Display, 1500), (Sensor::Access, 1100), (Sensor::Tray, 0)] {
        let mut desk = desk();
        let at = desk.now.boot;
        desk.wait(4000);
        for other in [Sensor::Display, Sensor::Access, Sensor::Tray] {
            let up_to = if other == sensor { at.plus(margin) } else { desk.now.boot };
            desk.say(Input::UpTo(other, up_to));
        }
        assert!(matches!(desk.ask(Stream::Screen, at, &[]), Answer::Wait(_)), "{sensor:?}");
        desk.say(Input::UpTo(sensor, at.plus(margin + 1)));
        assert_eq!(desk.ask(Stream::Screen, at, &[]), Answer::Cleared, "{sensor:?}");
    }
}

/// Four seconds, in which every sensor tells that nothing happened, but for that of addresses.
fn wait_without_addresses(desk: &mut Bare) {
    for _ in 0..40 {
        desk.wait(100);
        for sensor in [Sensor::Display, Sensor::Access, Sensor::Tray] {
            desk.say(Input::UpTo(sensor, desk.now.boot));
        }
    }
}

#[test]
fn a_browser_whose_address_is_known_waits_for_the_word_of_addresses_and_others_do_not() {
    let mut desk = desk();
    desk.say(Input::Window { id: OTHER, kind: WindowKind::Normal, identity: Who::Wiki.identity(), text: false });
    let at = desk.now.boot;
    wait_without_addresses(&mut desk);
    assert!(matches!(desk.ask(Stream::Screen, at, &[EDITOR, OTHER]), Answer::Wait(_)));
    desk.say(Input::UpTo(Sensor::Sites, at.plus(1500)));
    assert!(matches!(desk.ask(Stream::Screen, at, &[OTHER]), Answer::Wait(_)));
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Cleared);
    desk.say(Input::UpTo(Sensor::Sites, at.plus(1501)));
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR, OTHER]), Answer::Cleared);
    // Gone or no longer known, it still does: its last page is what it showed.
    let at = desk.now.boot;
    desk.say(Input::WindowGone(OTHER));
    wait_without_addresses(&mut desk);
    assert!(!matches!(desk.ask(Stream::Screen, at.minus(1), &[OTHER]), Answer::Cleared));
}

#[test]
fn a_window_waits_for_the_word_of_addresses_from_its_first_address_on() {
    let mut desk = desk();
    for who in [Who::Editor, Who::Wiki] {
        desk.say(Input::Window { id: OTHER, kind: WindowKind::Normal, identity: who.identity(), text: false });
    }
    desk.wait(2000);
    let at = desk.now.boot;
    wait_without_addresses(&mut desk);
    assert!(matches!(desk.ask(Stream::Screen, at, &[OTHER]), Answer::Wait(_)));
    desk.say(Input::UpTo(Sensor::Sites, at.plus(1501)));
    assert_eq!(desk.ask(Stream::Screen, at, &[OTHER]), Answer::Cleared);
}

#[test]
fn silence_of_addresses_holds_nothing() {
    let mut desk = desk();
    desk.say(Input::Asked(Sensor::Sites));
    desk.wait(5000);
    desk.say(Input::Lost(Sensor::Sites));
    assert_eq!(desk.policy.state(), policy::State::Recording);
}

#[test]
fn a_sensor_that_claims_to_know_the_future_is_not_believed() {
    let mut desk = desk();
    let at = desk.now.boot;
    for sensor in [Sensor::Display, Sensor::Access, Sensor::Tray] {
        desk.say(Input::UpTo(sensor, at.plus(60_000)));
    }
    desk.wait(3000);
    assert!(matches!(desk.ask(Stream::Screen, at, &[]), Answer::Wait(_)));
}

#[test]
fn nobody_waits_for_the_accessibility_bus_while_no_text_is_recorded() {
    let mut desk = desk();
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Activity))));
    desk.say(Input::Lost(Sensor::Access));
    desk.wait(10);
    let at = desk.now.boot;
    desk.wait(3000);
    desk.say(Input::UpTo(Sensor::Display, desk.now.boot));
    desk.say(Input::UpTo(Sensor::Tray, desk.now.boot));
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Cleared);
}

#[test]
fn a_pause_takes_everything_that_is_still_in_the_hold_back_and_leaves_what_is_older() {
    let mut desk = desk();
    let older = desk.now.boot;
    desk.wait(3001);
    let pressed = desk.now.boot;
    desk.wait(20);
    desk.say_late(20, Input::Pause(PauseFor::Resumed));
    for at in [older.plus(1), pressed.minus(1), pressed, pressed.plus(1), desk.now.boot] {
        assert_eq!(desk.ask(Stream::Pointer, at, &[]), held(Hold::UserPause));
    }
    desk.drain();
    assert_eq!(desk.ask(Stream::Pointer, older, &[]), Answer::Cleared);
}

#[test]
fn each_hold_reaches_back_by_its_own_margin() {
    let cases: [(Input, Hold, u64); 7] = [
        (Input::Pill(false), Hold::NoIndicator, 100),
        (Input::SecretField(true), Hold::SecretField, 1100),
        (Input::Focus(Focus::Unknown), Hold::FocusUnknown, 100),
        (Input::Focus(Focus::Window(OTHER)), Hold::SensitiveSite, 1500),
        (Input::Presence(Presence::Locked), Hold::SessionLocked, 3000),
        (Input::Lost(Sensor::Tray), Hold::TraySilent, 100),
        (Input::ShuttingDown, Hold::ShuttingDown, 3000),
    ];
    for (input, hold, margin) in cases {
        let mut desk = desk();
        desk.window(OTHER, Who::Bank);
        desk.wait(3500);
        desk.drain();
        let began = desk.now.boot;
        desk.say(input);
        assert_eq!(desk.ask(Stream::Pointer, began.minus(margin), &[]), held(hold), "{hold:?}");
        assert!(matches!(desk.ask(Stream::Pointer, began.minus(margin + 1), &[]), Answer::Wait(_) | Answer::Cleared));
    }
}

#[test]
fn the_old_windows_pixels_count_for_a_tenth_of_a_second_after_the_focus_has_left_it() {
    let mut desk = desk();
    desk.window(OTHER, Who::Chat);
    desk.say(Input::Focus(Focus::Window(OTHER)));
    desk.wait(1000);
    desk.say(Input::Focus(Focus::Window(EDITOR)));
    let left = desk.now.boot;
    assert_eq!(desk.frame(left.plus(100), &[EDITOR]), held(Hold::SensitiveApp));
    assert_eq!(desk.frame(left.plus(101), &[EDITOR]), Answer::Cleared);
}

#[test]
fn what_a_page_showed_before_its_title_changed_is_not_stored() {
    let mut desk = desk();
    desk.window(OTHER, Who::Wiki);
    desk.wait(1000);
    let shown = desk.now.boot;
    desk.wait(1500);
    // Beside the editor, never in focus: only the window counts.
    desk.window(OTHER, Who::Bank);
    assert_eq!(desk.frame(shown, &[EDITOR, OTHER]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(shown, &[EDITOR]), Answer::Cleared);
    assert_eq!(desk.frame(shown.minus(1), &[EDITOR, OTHER]), Answer::Cleared);
}

#[test]
fn a_window_that_became_harmless_lingers_for_a_tenth_of_a_second() {
    let mut desk = desk();
    desk.window(OTHER, Who::Bank);
    desk.wait(1000);
    desk.window(OTHER, Who::Wiki);
    let left = desk.now.boot;
    assert_eq!(desk.frame(left.plus(100), &[OTHER]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(left.plus(101), &[OTHER]), Answer::Cleared);
}

#[test]
fn a_window_that_is_not_known_is_not_shown() {
    let mut desk = desk();
    let at = desk.now.boot;
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR, OTHER]), Answer::Dropped(Withheld::Window));
    desk.wait(500);
    desk.window(OTHER, Who::Wiki);
    assert_eq!(desk.frame(at.plus(499), &[OTHER]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(at.plus(500), &[OTHER]), Answer::Cleared);
}

#[test]
fn metadata_only_means_no_datum_that_shows_the_window() {
    let mut desk = desk();
    desk.window(OTHER, Who::UnknownSite);
    desk.wait(1000);
    let at = desk.now.boot;
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(at, &[]), Answer::Cleared);
}

#[test]
fn a_closed_window_was_what_it_was() {
    let mut desk = desk();
    desk.window(OTHER, Who::Wiki);
    desk.wait(1000);
    let at = desk.now.boot;
    desk.wait(10);
    desk.say(Input::WindowGone(OTHER));
    let gone = desk.now.boot;
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Cleared);
    assert_eq!(desk.frame(gone, &[OTHER]), Answer::Dropped(Withheld::Window));
}

#[test]
fn a_window_number_used_again_does_not_vouch_for_its_predecessor() {
    let mut desk = desk();
    desk.window(OTHER, Who::Bank);
    desk.wait(1000);
    let at = desk.now.boot;
    desk.wait(10);
    desk.say(Input::WindowGone(OTHER));
    desk.window(OTHER, Who::Wiki);
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Dropped(Withheld::Window));
}

#[test]
fn a_popup_is_what_its_owner_is() {
    for (owner, answer) in [(Who::Editor, Answer::Cleared), (Who::Chat, Answer::Dropped(Withheld::Window))] {
        let mut desk = desk();
        desk.window(OTHER, owner);
        let kind = WindowKind::Popup { owner: Some(OTHER) };
        desk.say(Input::Window { id: MENU, kind, identity: Who::Wiki.identity(), text: false });
        desk.wait(1000);
        let at = desk.now.boot;
        assert_eq!(desk.frame(at, &[MENU]), answer);
    }
}

#[test]
fn popups_that_own_each_other_end_nowhere() {
    let mut desk = desk();
    for (id, owner) in [(OTHER, MENU), (MENU, OTHER)] {
        let kind = WindowKind::Popup { owner: Some(owner) };
        desk.say(Input::Window { id, kind, identity: Who::Wiki.identity(), text: true });
    }
    desk.wait(1000);
    assert_eq!(desk.ask(Stream::Screen, desk.now.boot, &[MENU]), Answer::Dropped(Withheld::Window));
    desk.say(Input::Focus(Focus::Window(MENU)));
    assert_eq!(desk.held(), [Hold::FocusUnknown]);
}

#[test]
fn eyelids_own_windows_and_the_shell_are_never_shown() {
    for kind in [WindowKind::Own, WindowKind::Shell, WindowKind::Popup { owner: None }] {
        let mut desk = desk();
        desk.say(Input::Window { id: OTHER, kind, identity: Who::Editor.identity(), text: true });
        assert_eq!(desk.ask(Stream::Screen, desk.now.boot, &[OTHER]), Answer::Dropped(Withheld::Window));
    }
}

#[test]
fn news_of_a_window_that_comes_late_counts_from_when_it_was_so() {
    let mut desk = desk();
    desk.window(OTHER, Who::Wiki);
    desk.wait(2000);
    desk.window(OTHER, Who::Editor);
    desk.wait(2000);
    let at = desk.now.boot;
    desk.wait(500);
    let bank = |text| Input::Window { id: OTHER, kind: WindowKind::Normal, identity: Who::Bank.identity(), text };
    desk.say_late(2600, bank(true));
    assert_eq!(desk.frame(at.minus(2000), &[OTHER]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Dropped(Withheld::Window));
}

#[test]
fn late_news_that_permits_does_not_speak_for_the_past() {
    let mut desk = desk();
    desk.window(OTHER, Who::Bank);
    desk.wait(2000);
    let at = desk.now.boot;
    let wiki = Input::Window { id: OTHER, kind: WindowKind::Normal, identity: Who::Wiki.identity(), text: true };
    desk.say_late(3000, wiki);
    assert_eq!(desk.frame(at.minus(10), &[OTHER]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(at.plus(200), &[OTHER]), Answer::Cleared);
}

#[test]
fn late_news_that_withholds_counts_although_the_window_was_believed_harmless_since() {
    let mut desk = desk();
    for who in [Who::Wiki, Who::Bank, Who::Wiki] {
        desk.window(OTHER, who);
        desk.wait(500);
    }
    desk.wait(4000);
    let at = desk.now.boot.minus(2000);
    let chat = Input::Window { id: OTHER, kind: WindowKind::Normal, identity: Who::Chat.identity(), text: true };
    desk.say_late(5300, chat);
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Dropped(Withheld::Window));
}

#[test]
fn word_of_a_window_from_before_the_rules_permits_from_the_rules_on_and_not_before() {
    for before in [None, Some(Who::Chat)] {
        let mut desk = desk();
        desk.window(EDITOR, Who::Wiki);
        desk.say(Input::Rules(cast::editor_held()));
        if let Some(who) = before {
            desk.window(OTHER, who);
        }
        desk.wait(2000);
        let at = desk.now.boot;
        desk.say(Input::Rules(RuleSet::built_in()));
        desk.say_late(
            1000,
            Input::Window { id: OTHER, kind: WindowKind::Normal, identity: Who::Editor.identity(), text: true },
        );
        assert_eq!(desk.ask(Stream::Screen, at.minus(500), &[OTHER]), Answer::Dropped(Withheld::Window), "{before:?}");
        assert_eq!(desk.frame(at.plus(150), &[OTHER]), Answer::Cleared, "{before:?}");
    }
}

#[test]
fn a_rule_takes_what_waits_of_its_window_and_nothing_else() {
    let mut desk = desk();
    desk.window(OTHER, Who::Wiki);
    desk.wait(4000);
    let at = desk.now.boot.minus(2500);
    desk.say(Input::Rules(cast::editor_held()));
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Dropped(Withheld::Window));
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Cleared);
}

#[test]
fn a_rule_taken_back_permits_nothing_from_before() {
    let mut desk = desk();
    desk.say(Input::Rules(cast::editor_held()));
    assert_eq!(desk.held(), [Hold::SensitiveApp]);
    desk.wait(2000);
    let at = desk.now.boot;
    desk.say(Input::Rules(RuleSet::built_in()));
    // Word of the window, dated before the rules changed.
    desk.say_late(
        1000,
        Input::Window { id: OTHER, kind: WindowKind::Normal, identity: Who::Editor.identity(), text: true },
    );
    assert_eq!(desk.ask(Stream::Screen, at.minus(500), &[OTHER]), held(Hold::SensitiveApp));
    desk.wait(200);
    assert_eq!(desk.frame(at.plus(150), &[OTHER, EDITOR]), Answer::Cleared);
}

#[test]
fn a_stream_without_consent_is_dropped_and_a_withdrawal_takes_what_is_in_memory() {
    let mut desk = desk();
    let at = desk.now.boot;
    desk.wait(4000);
    let mut streams = all_streams(KeyLevel::Text);
    streams.pointer = false;
    desk.say(Input::Consent(Some(streams)));
    assert_eq!(desk.ask(Stream::Pointer, at, &[]), Answer::Dropped(Withheld::Stream));
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Text))));
    desk.drain();
    assert_eq!(desk.ask(Stream::Pointer, at, &[]), Answer::Dropped(Withheld::Stream));
    assert_eq!(desk.ask(Stream::Focus, at, &[]), Answer::Cleared);
}

#[test]
fn keys_at_a_level_that_was_withdrawn_are_dropped() {
    let mut desk = desk();
    let at = desk.now.boot;
    desk.wait(3500);
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Activity))));
    desk.drain();
    assert_eq!(desk.ask(Stream::Keys, at, &[EDITOR]), Answer::Dropped(Withheld::Stream));
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Cleared);
}

#[test]
fn a_datum_from_before_the_consent_is_not_stored() {
    let mut desk = desk();
    desk.say(Input::Consent(None));
    desk.wait(5000);
    let at = desk.now.boot;
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Text))));
    assert_eq!(desk.frame(at, &[EDITOR]), Answer::Dropped(Withheld::Stream));
    assert_eq!(desk.frame(at.plus(1), &[EDITOR]), Answer::Cleared);
}

#[test]
fn a_datum_of_the_future_waits() {
    let mut desk = desk();
    let at = desk.now.boot.plus(1_000_000);
    assert_eq!(desk.ask(Stream::Screen, at, &[]), Answer::Wait(at.plus(3000)));
    assert!(matches!(desk.ask(Stream::Screen, Boot(u64::MAX), &[]), Answer::Wait(_)));
}

#[test]
fn clearing_lets_timers_act_that_are_due() {
    let mut desk = desk();
    let at = desk.now.boot;
    desk.say(Input::Asked(Sensor::Display));
    desk.now.boot = desk.now.boot.plus(1000);
    desk.now.wall.0 += 1000;
    assert_eq!(desk.ask(Stream::Screen, at, &[]), held(Hold::SensorSilent));
}

#[test]
fn a_thousand_changes_of_a_window_are_remembered_as_withheld() {
    let mut desk = desk();
    desk.wait(500);
    let start = desk.now.boot;
    for _ in 0..500 {
        desk.window(OTHER, Who::Bank);
        desk.wait(1);
        desk.window(OTHER, Who::Wiki);
        desk.wait(1);
    }
    for ago in [0, 1, 99, 500, 999] {
        let at = start.plus(1000 - ago);
        assert_eq!(desk.ask(Stream::Screen, at, &[OTHER]), Answer::Dropped(Withheld::Window), "{ago}");
    }
    let at = desk.now.boot.plus(200);
    assert_eq!(desk.frame(at, &[OTHER]), Answer::Cleared);
}

#[test]
fn changes_of_a_window_that_are_long_past_do_not_count_among_those_that_are_kept() {
    let mut desk = desk();
    desk.window(OTHER, Who::Bank);
    for round in 0..70 {
        desk.wait(10_000);
        desk.window(OTHER, Who::Wiki);
        desk.wait(10_000);
        let at = desk.now.boot.minus(2000);
        desk.window(OTHER, Who::Bank);
        assert_eq!(desk.frame(at, &[OTHER]), Answer::Cleared, "{round}");
    }
}

#[test]
fn a_locker_that_tells_nobody_locks_until_it_is_gone_whatever_else_says_so() {
    let mut desk = desk();
    let before = desk.now.boot;
    desk.wait(1000);
    desk.say(Input::Locker(true));
    // All that is still in memory goes, as with any lock.
    assert_eq!(desk.ask(Stream::Screen, before, &[EDITOR]), held(Hold::SessionLocked));
    desk.say(Input::Presence(Presence::Here));
    assert!(matches!(desk.policy.state(), policy::State::Held(held) if held[0].hold == Hold::SessionLocked));
    // And the other way round: a lock that somebody told of outlasts it.
    desk.say(Input::Presence(Presence::Locked));
    desk.say(Input::Locker(false));
    assert!(matches!(desk.policy.state(), policy::State::Held(held) if held[0].hold == Hold::SessionLocked));
    desk.say(Input::Presence(Presence::Here));
    assert_eq!(desk.policy.state(), policy::State::Recording);
}

#[test]
fn no_pause_ends_behind_a_locker() {
    let mut desk = desk();
    desk.say(Input::Pause(PauseFor::Minutes(1)));
    desk.say(Input::ReminderShown);
    desk.say(Input::Locker(true));
    desk.wait(180_000);
    desk.drain();
    desk.say(Input::Locker(false));
    assert!(matches!(desk.policy.state(), policy::State::Held(held) if held.iter().any(|h| h.hold == Hold::UserPause)));
}

#[test]
fn a_hold_back_that_is_changed_counts_for_what_waits_already() {
    let mut desk = desk();
    let at = desk.now.boot;
    desk.policy.set_hold_back(5000);
    desk.wait(4999);
    desk.drain();
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Wait(at.plus(5000)));
    desk.wait(1);
    assert_eq!(desk.ask(Stream::Screen, at, &[EDITOR]), Answer::Cleared);
}

#[test]
fn the_same_consent_given_again_withdraws_nothing() {
    let mut desk = desk();
    let at = desk.now.boot;
    desk.wait(3500);
    desk.say(Input::Consent(Some(all_streams(KeyLevel::Text))));
    desk.drain();
    assert_eq!(desk.ask(Stream::Keys, at, &[EDITOR]), Answer::Cleared);
}

#[test]
fn a_release_counts_from_its_own_instant_and_if_that_lies_before_the_hold_from_when_it_was_known() {
    for (released, answer) in
        [(-1, held(Hold::NoIndicator)), (0, Answer::Cleared), (1, Answer::Cleared), (500, held(Hold::NoIndicator))]
    {
        let mut desk = desk();
        desk.say(Input::Pill(false));
        let at = desk.now.boot.plus(300);
        desk.wait(500);
        desk.say_late(u64::try_from(500 - released).expect("a time"), Input::Pill(true));
        assert_eq!(desk.frame(at, &[EDITOR]), answer, "{released}");
    }
}

#[test]
fn a_window_number_used_again_long_after_a_browser_does_not_wait_for_addresses() {
    let mut desk = desk();
    desk.window(OTHER, Who::Wiki);
    desk.wait(100);
    desk.say(Input::WindowGone(OTHER));
    for _ in 0..20 {
        desk.wait(1000);
    }
    desk.window(OTHER, Who::Editor);
    desk.wait(1000);
    let at = desk.now.boot;
    desk.wait(4000);
    for sensor in [Sensor::Display, Sensor::Access, Sensor::Tray] {
        desk.say(Input::UpTo(sensor, desk.now.boot));
    }
    assert_eq!(desk.ask(Stream::Screen, at, &[OTHER]), Answer::Cleared);
}
