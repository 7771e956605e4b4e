//! What must hold of any rules file. Shared by the tests and the fuzzer.

use policy::Identity;
use policy::rules::{Edit, RuleSet, Treatment, edit};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// Taken or refused with a place; what is taken answers for any window, and stays readable when it is changed.
pub fn try_rules(file: &[u8]) -> TestCaseResult {
    let text = String::from_utf8_lossy(file).into_owned();
    let id = Identity {
        exe: Some("/usr/bin/slack".into()),
        title: Some(text.chars().take(300).collect()),
        url: Some(text.chars().filter(|c| !c.is_whitespace()).take(300).collect()),
        ..Identity::default()
    };
    match RuleSet::parse(&text) {
        Ok(rules) => {
            let verdict = rules.verdict(&id);
            prop_assert_eq!(verdict.treatment == Treatment::Hold, verdict.rule.is_some());
            prop_assert!(rules.verdict(&Identity::default()).treatment > Treatment::Record);
            if let Ok(changed) = edit(&text, Edit::SetCategory { id: "chat".into(), on: true }) {
                prop_assert!(RuleSet::parse(&changed).is_ok(), "{}", changed);
            }
        }
        Err(error) => {
            prop_assert!(error.line >= 1 && error.line <= text.matches('\n').count() + 1);
            prop_assert!(error.column >= 1 && !error.message.is_empty() && !error.cure.is_empty());
            let changed = edit(&text, Edit::SetCategory { id: "chat".into(), on: true });
            prop_assert!(changed.is_err(), "what cannot be read is not written over");
        }
    }
    Ok(())
}
