//! Rules files that nobody wrote on purpose.

use super::spoil::{Input, corpus, hunt, spoiled};
use policy::Identity;
use policy::rules::{Edit, RuleSet, Treatment, edit};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

fn files() -> Vec<(String, Vec<u8>)> {
    corpus(env!("CARGO_MANIFEST_DIR"), "rules")
}

/// Taken or refused with a place; what is taken answers for any window, and stays readable when it is changed.
fn try_rules(input: Input) -> TestCaseResult {
    let text = String::from_utf8_lossy(&input.0).into_owned();
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

#[test]
fn every_rules_file_of_the_corpus_is_taken_or_refused_as_its_name_says() {
    for (name, bytes) in files() {
        try_rules(Input(bytes.clone())).unwrap_or_else(|finding| panic!("{name}: {finding}"));
        let taken = RuleSet::parse(&String::from_utf8_lossy(&bytes)).is_ok();
        assert_eq!(taken, name.starts_with("good"), "{name}");
    }
}

#[test]
fn spoiled_rules_files_are_taken_or_refused_with_a_place() {
    hunt(300, spoiled(files()), try_rules);
}
