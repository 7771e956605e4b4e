//! Rules files that nobody wrote on purpose.

use super::spoil::{corpus, hunt, spoiled};
use super::tries::try_rules;
use policy::rules::RuleSet;

fn files() -> Vec<(String, Vec<u8>)> {
    corpus(env!("CARGO_MANIFEST_DIR"), "rules")
}

#[test]
fn every_rules_file_of_the_corpus_is_taken_or_refused_as_its_name_says() {
    for (name, bytes) in files() {
        try_rules(&bytes).unwrap_or_else(|finding| panic!("{name}: {finding}"));
        let taken = RuleSet::parse(&String::from_utf8_lossy(&bytes)).is_ok();
        assert_eq!(taken, name.starts_with("good"), "{name}");
    }
}

#[test]
fn spoiled_rules_files_are_taken_or_refused_with_a_place() {
    hunt(300, spoiled(files()), |input| try_rules(&input.0));
}
