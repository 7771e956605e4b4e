//! What the window in front holds.

use crate::bare::{Answer, BERLIN, Bare, EDITOR};
use crate::cast::{self, Who};
use crate::ops::all_streams;
use policy::rules::{Cause, Treatment};
use policy::{Focus, Hold, Input, KeyLevel, State, Stream, Streams, WindowId, WindowKind};

const OTHER: WindowId = WindowId(7);
const MENU: WindowId = WindowId(8);

fn desk() -> Bare {
    Bare::recording("2026-06-01T09:30:00+02:00", BERLIN)
}

fn focus(desk: &mut Bare, who: Who) {
    desk.window(OTHER, who);
    desk.say(Input::Focus(Focus::Window(OTHER)));
}

fn window(id: WindowId, kind: WindowKind, who: Who, text: bool) -> Input {
    Input::Window { id, kind, identity: who.identity(), text }
}

#[test]
fn a_chat_in_front_holds_with_its_category_and_recording_goes_on_when_it_has_left() {
    let mut desk = desk();
    focus(&mut desk, Who::Chat);
    let State::Held(held) = desk.policy.state() else { panic!("recording a chat") };
    assert_eq!((held[0].hold, held[0].category.as_deref()), (Hold::SensitiveApp, Some("chat")));
    assert_eq!((held[0].since, held[0].until), (desk.now.boot, None));
    desk.wait(1000);
    desk.say(Input::Focus(Focus::Window(EDITOR)));
    assert_eq!(desk.policy.state(), State::Recording);
}

#[test]
fn each_cause_has_its_hold() {
    let cases = [
        (Who::Chat, vec![Hold::SensitiveApp]),
        (Who::Bank, vec![Hold::SensitiveSite]),
        (Who::Private, vec![Hold::PrivateWindow]),
        (Who::Nameless, vec![Hold::FocusUnknown]),
        (Who::UnknownSite, vec![]),
        (Who::Wiki, vec![]),
    ];
    for (who, holds) in cases {
        let mut desk = desk();
        focus(&mut desk, who);
        assert_eq!(desk.held(), holds, "{who:?}");
    }
}

#[test]
fn a_persons_own_rule_holds_at_once_for_the_window_in_front() {
    let mut desk = desk();
    desk.say(Input::Rules(cast::editor_held()));
    assert_eq!(desk.held(), [Hold::SensitiveApp]);
    assert_eq!(desk.policy.treatment(EDITOR), Treatment::Hold);
    assert_eq!(desk.policy.verdict(EDITOR).and_then(|v| v.cause), Some(Cause::Own));
}

#[test]
fn a_page_that_changes_in_front_holds_from_its_own_instant() {
    let mut desk = desk();
    focus(&mut desk, Who::Wiki);
    desk.wait(500);
    desk.say_late(200, window(OTHER, WindowKind::Normal, Who::Bank, true));
    let State::Held(held) = desk.policy.state() else { panic!("recording a bank") };
    assert_eq!((held[0].hold, held[0].since), (Hold::SensitiveSite, desk.now.boot.minus(200)));
}

#[test]
fn a_program_not_yet_known_holds_until_it_is() {
    let mut desk = desk();
    focus(&mut desk, Who::Nameless);
    assert_eq!(desk.policy.key_level(), KeyLevel::None);
    desk.window(OTHER, Who::Editor);
    assert!(desk.held().is_empty());
}

#[test]
fn a_chat_whose_program_is_not_known_holds_twice() {
    let mut desk = desk();
    let mut identity = Who::Chat.identity();
    identity.exe = None;
    desk.say(Input::Window { id: OTHER, kind: WindowKind::Normal, identity, text: true });
    desk.say(Input::Focus(Focus::Window(OTHER)));
    assert_eq!(desk.held(), [Hold::SensitiveApp, Hold::FocusUnknown]);
}

#[test]
fn a_window_nobody_described_or_that_is_gone_is_unknown() {
    let mut desk = desk();
    desk.say(Input::Focus(Focus::Window(WindowId(99))));
    assert_eq!(desk.held(), [Hold::FocusUnknown]);
    desk.say(Input::Focus(Focus::Window(EDITOR)));
    desk.say(Input::WindowGone(EDITOR));
    assert_eq!(desk.held(), [Hold::FocusUnknown]);
    assert_eq!((desk.policy.treatment(EDITOR), desk.policy.verdict(EDITOR)), (Treatment::Hold, None));
    desk.say(Input::Focus(Focus::Nothing));
    assert!(desk.held().is_empty());
}

#[test]
fn the_desktop_and_eyelids_own_window_hold_nothing_and_take_no_keys() {
    for kind in [WindowKind::Own, WindowKind::Shell] {
        let mut desk = desk();
        desk.say(window(OTHER, kind, Who::Editor, true));
        desk.say(Input::Focus(Focus::Window(OTHER)));
        assert_eq!((desk.held(), desk.policy.key_level()), (vec![], KeyLevel::None), "{kind:?}");
        assert_eq!(desk.policy.treatment(OTHER), Treatment::Hold);
    }
    let mut desk = desk();
    desk.say(Input::Focus(Focus::Nothing));
    assert_eq!((desk.held(), desk.policy.key_level()), (vec![], KeyLevel::None));
}

#[test]
fn a_grab_withholds_the_text_and_leaves_the_screen() {
    let mut desk = desk();
    desk.say(Input::Focus(Focus::Grabbed));
    assert_eq!((desk.held(), desk.policy.key_level()), (vec![], KeyLevel::Activity));
    desk.say(Input::Focus(Focus::Window(EDITOR)));
    assert_eq!(desk.policy.key_level(), KeyLevel::Text);
}

#[test]
fn a_menu_of_a_chat_does_not_end_what_the_chat_holds() {
    let mut desk = desk();
    focus(&mut desk, Who::Chat);
    desk.say(Input::Focus(Focus::Grabbed));
    assert_eq!((desk.held(), desk.policy.key_level()), (vec![Hold::SensitiveApp], KeyLevel::None));
    desk.say(Input::Focus(Focus::Unknown));
    desk.say(Input::Focus(Focus::Grabbed));
    assert_eq!(desk.held(), [Hold::FocusUnknown]);
}

#[test]
fn a_popup_in_focus_is_its_owner() {
    let mut desk = desk();
    desk.window(OTHER, Who::Chat);
    desk.say(window(MENU, WindowKind::Popup { owner: Some(OTHER) }, Who::Editor, true));
    desk.say(Input::Focus(Focus::Window(MENU)));
    assert_eq!(desk.held(), [Hold::SensitiveApp]);
    assert_eq!(desk.policy.verdict(MENU), desk.policy.verdict(OTHER));
    desk.window(OTHER, Who::Editor);
    assert!(desk.held().is_empty());
    assert_eq!((desk.policy.treatment(MENU), desk.policy.key_level()), (Treatment::Record, KeyLevel::Text));
    desk.say(window(MENU, WindowKind::Popup { owner: None }, Who::Editor, true));
    assert_eq!((desk.held(), desk.policy.treatment(MENU)), (vec![Hold::FocusUnknown], Treatment::Hold));
}

#[test]
fn keys_are_kept_at_the_lowest_level_that_anything_asks_for() {
    use KeyLevel::{Activity, None, Text};
    let cases = [
        (Text, Who::Editor, true, Text),
        (Text, Who::Editor, false, Activity),
        (Activity, Who::Editor, true, Activity),
        (None, Who::Editor, true, None),
        (Text, Who::UnknownSite, true, Activity),
        (Text, Who::Chat, true, None),
        (Text, Who::Nameless, true, None),
    ];
    for (consented, who, text, level) in cases {
        let mut desk = desk();
        desk.say(Input::Consent(Some(all_streams(consented))));
        desk.say(window(OTHER, WindowKind::Normal, who, text));
        desk.say(Input::Focus(Focus::Window(OTHER)));
        assert_eq!(desk.policy.key_level(), level, "{consented:?} {who:?} {text}");
        desk.say(Input::SecretField(true));
        assert_eq!(desk.policy.key_level(), None);
    }
}

#[test]
fn one_hold_released_leaves_the_others() {
    let mut desk = desk();
    focus(&mut desk, Who::Chat);
    desk.say(Input::SecretField(true));
    desk.say(Input::Pause(policy::PauseFor::Resumed));
    assert_eq!(desk.held(), [Hold::UserPause, Hold::SensitiveApp, Hold::SecretField]);
    desk.say(Input::Focus(Focus::Window(EDITOR)));
    assert_eq!(desk.held(), [Hold::UserPause, Hold::SecretField]);
    desk.say(Input::SecretField(false));
    assert_eq!(desk.held(), [Hold::UserPause]);
    desk.say(Input::Resume);
    assert!(desk.held().is_empty());
}

#[test]
fn shutting_down_is_final() {
    let mut desk = desk();
    desk.say(Input::ShuttingDown);
    desk.say(Input::Resume);
    desk.settle(BERLIN);
    assert_eq!(desk.held(), [Hold::ShuttingDown]);
}

#[test]
fn consent_to_no_stream_is_no_consent() {
    let mut desk = desk();
    desk.say(Input::Consent(Some(Streams::default())));
    assert_eq!(desk.held(), [Hold::NotConsented]);
}

#[test]
fn only_the_hold_that_comes_from_the_rule_has_its_category() {
    let mut desk = desk();
    focus(&mut desk, Who::Chat);
    desk.say(Input::SecretField(true));
    desk.say(Input::Pause(policy::PauseFor::Resumed));
    let State::Held(held) = desk.policy.state() else { panic!("recording a chat") };
    let categories: Vec<_> = held.iter().map(|held| (held.hold, held.category.as_deref())).collect();
    assert_eq!(categories, [(Hold::UserPause, None), (Hold::SensitiveApp, Some("chat")), (Hold::SecretField, None)]);
}

#[test]
fn a_level_of_keys_that_is_asked_about_is_the_most_whatever_is_consented_to() {
    use KeyLevel::{Activity, None, Text};
    for (who, left) in [(Who::Editor, [None, Activity, Text]), (Who::UnknownSite, [None, Activity, Activity])] {
        let mut desk = desk();
        desk.say(Input::Consent(Option::None));
        focus(&mut desk, who);
        assert_eq!([None, Activity, Text].map(|most| desk.policy.key_level_at_most(most)), left, "{who:?}");
        desk.say(Input::SecretField(true));
        assert_eq!(desk.policy.key_level_at_most(Text), None, "{who:?}");
    }
}

#[test]
fn each_stream_is_consented_to_on_its_own() {
    let nothing = Streams::default();
    let cases = [
        (Stream::Screen, Streams { screen: true, ..nothing }),
        (Stream::Keys, Streams { keys: KeyLevel::Activity, ..nothing }),
        (Stream::Pointer, Streams { pointer: true, ..nothing }),
        (Stream::Focus, Streams { focus: true, ..nothing }),
    ];
    for (only, streams) in cases {
        let mut desk = desk();
        desk.say(Input::Consent(Some(streams)));
        desk.wait(10_000);
        let at = desk.now.boot;
        desk.wait(3001);
        desk.drain();
        let cleared = |stream: &Stream| desk.ask(*stream, at, &[]) == Answer::Cleared;
        assert_eq!(Stream::ALL.into_iter().filter(cleared).collect::<Vec<_>>(), [only]);
    }
}
