//! A key under a passphrase, opened for one session.

use super::{HOUR, Talk, entries, span};
use crate::desk::Desk;
use protocol::review::{ReadAnswer, ReadAsk};
use protocol::{ErrorCode, Secret};

const PASSPHRASE: &str = "correct horse battery";

fn unlock(passphrase: &str) -> ReadAsk {
    ReadAsk::Unlock(Secret::from(passphrase.to_owned()))
}

#[test]
fn a_session_opens_nothing_before_it_has_the_passphrase_and_keeps_it_through_a_rotation() {
    let desk = Desk::new();
    desk.recorded();
    desk.read_typed(&[PASSPHRASE], &["keys", "passphrase-set"], 0);
    let hour = span(HOUR.0, HOUR.1);
    let mut talk = Talk::new(&desk);
    assert!(matches!(talk.ask(&ReadAsk::Hours), ReadAnswer::Hours(hours) if hours.len() == 1), "that needs no key");
    let refused = talk.refused(&ReadAsk::Overview(hour));
    assert_eq!(refused.code, ErrorCode::Passphrase);
    assert!(!entries(&desk).iter().any(|entry| entry["kind"] == "reading"), "nothing was read");
    let wrong = talk.refused(&unlock("correct horse batterz"));
    assert_eq!((wrong.code, wrong.message.contains("batterz")), (ErrorCode::Passphrase, false));
    assert_eq!(talk.refused(&ReadAsk::Overview(hour)).code, ErrorCode::Passphrase);
    assert_eq!(talk.ask(&unlock(PASSPHRASE)), ReadAnswer::Unlocked);
    assert_eq!(talk.overview(hour).pictures.len(), 2);
    desk.read_typed(&[PASSPHRASE], &["forget-rotate"], 0);
    let moment = talk.moment(hour);
    assert_eq!((moment.events.len(), moment.moves, moment.scrolls), (5, 1, 1));
    assert_eq!(talk.close(), (Some(0), String::new()));
    // The next one is asked anew.
    assert_eq!(Talk::new(&desk).refused(&ReadAsk::Overview(hour)).code, ErrorCode::Passphrase);
}
