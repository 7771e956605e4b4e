//! Every mistake in a `rules.toml` is named with its place and its cure.

use policy::rules::RulesErrorKind::{self, *};
use policy::rules::{RuleSet, RulesError};

#[track_caller]
fn mistake(text: &str) -> RulesError {
    match RuleSet::parse(text) {
        Ok(_) => panic!("taken: {text}"),
        Err(e) => e,
    }
}

#[test]
fn every_mistake_names_its_kind_line_column_and_cure() {
    let ok = "[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclass = \"A\"\n";
    let cases: &[(&str, RulesErrorKind, usize, usize, &str)] = &[
        ("mode = \n", Syntax, 1, 8, "Correct the line"),
        ("mode = \"only-listed\"\noff = [\"mail\"\n[[rule]]\n", Syntax, 3, 1, "Correct the line"),
        ("# ü\nmode only-listed", Syntax, 2, 6, "Correct the line"),
        ("off = []\noff = []", Syntax, 2, 1, "Correct the line"),
        ("\nmoed = \"only-listed\"", UnknownKey, 2, 1, "mode, off, unknown_sites, rule"),
        ("rules = []", UnknownKey, 1, 1, "[[rule]]"),
        ("class = \"A\"", UnknownKey, 1, 1, "below a line [[rule]]"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclas = \"A\"", UnknownKey, 4, 1, "exe, class, app_id"),
        ("mode = \"some\"", UnknownValue, 1, 8, "\"all-but-sensitive\" or \"only-listed\""),
        ("unknown_sites = \"hold\"", UnknownValue, 1, 17, "\"metadata\" or \"record\""),
        (
            "[[rule]]\nid = \"a\"\nverdict = \"block\"\nclass = \"A\"",
            UnknownValue,
            3,
            11,
            "\"hold\" or \"metadata\" or \"record\"",
        ),
        ("mode = 3", WrongType, 1, 8, "text in quotes"),
        ("off = \"mail\"", WrongType, 1, 7, "off = ["),
        ("off = [\"mail\", 3]", WrongType, 1, 16, "in quotes"),
        ("rule = 3", WrongType, 1, 8, "[[rule]]"),
        ("[rule]\nid = \"a\"", WrongType, 1, 1, "[[rule]]"),
        ("rule = [3]", WrongType, 1, 8, "[[rule]]"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclass = [\"A\"]", WrongType, 4, 9, "class = "),
        ("off = [\"mail\", \"chess\"]", UnknownId, 1, 16, "chat, hr, passwords"),
        ("off = [\"chess/slack\"]", UnknownId, 1, 8, "chat, hr, passwords"),
        ("off = [\n  \"chat/slack\",\n  \"chat/slick\",\n]", UnknownId, 3, 3, "eyelidctl rules list"),
        ("[[rule]]\nverdict = \"hold\"\nclass = \"A\"", MissingKey, 1, 1, "id = "),
        ("\n[[rule]]\nid = \"a\"\nclass = \"A\"", MissingKey, 2, 1, "verdict = "),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"", EmptyRule, 1, 1, "one or more of exe"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclass = \" \"", EmptyRule, 4, 9, "take `class` out"),
        ("[[rule]]\nid = \"\"\nverdict = \"hold\"\nclass = \"A\"", BadId, 2, 6, "letters, digits"),
        ("[[rule]]\nid = \"a/b\"\nverdict = \"hold\"\nclass = \"A\"", BadId, 2, 6, "letters, digits"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\ntitle = \"(\"", BadPattern, 4, 9, "'single quotes'"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\ntitle = '(?:a{1000}){1000}'", TooLong, 4, 9, "smaller counts"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nsite = \"no site\"", BadSite, 4, 8, "example.org"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nsite = \"/path\"", BadSite, 4, 8, "example.org"),
        ("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nsite = \"com\"", BadSite, 4, 8, "example.org"),
    ];
    for (text, kind, line, column, cure) in cases {
        let e = mistake(text);
        assert_eq!((e.kind, e.line, e.column), (*kind, *line, *column), "{text}\n{e}");
        assert!(e.cure.contains(cure), "{text}\n{e}");
        assert!(e.cure.ends_with('.') && !e.message.ends_with('.') && !e.message.is_empty(), "{e}");
        let shown = e.to_string();
        assert!(shown.starts_with(&format!("line {line}, column {column}: ")), "{shown}");
        assert!(!shown.contains('\n'), "{shown}");
        let json = serde_json::to_string(&e).expect("json");
        assert_eq!(serde_json::from_str::<RulesError>(&json).expect("json"), e);
    }
    let e = mistake(&format!("{ok}{ok}"));
    assert_eq!((e.kind, e.line, e.column), (DuplicateId, 6, 6), "{e}");
}

#[test]
fn what_is_too_long_is_refused() {
    assert_eq!(mistake(&format!("# {}", "x".repeat(256 * 1024))).kind, TooLong);
    let e = mistake(&format!("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclass = \"{}\"", "x".repeat(1001)));
    assert_eq!((e.kind, e.line), (TooLong, 4));
    let e = mistake(&format!("[[rule]]\nid = \"{}\"\nverdict = \"hold\"\nclass = \"A\"", "x".repeat(65)));
    assert_eq!((e.kind, e.line), (TooLong, 2));
    let many: String =
        (0..501).map(|n| format!("[[rule]]\nid = \"r{n}\"\nverdict = \"hold\"\nclass = \"A\"\n")).collect();
    let e = mistake(&many);
    assert_eq!((e.kind, e.line), (TooLong, 2001));
    assert!(RuleSet::parse(&many.replace("[[rule]]\nid = \"r500\"\nverdict = \"hold\"\nclass = \"A\"\n", "")).is_ok());
}

#[test]
fn nesting_without_end_is_a_mistake_and_no_crash() {
    for text in ["off = ".to_owned() + &"[".repeat(100_000), "rule = ".to_owned() + &"[{a=".repeat(50_000)] {
        assert_eq!(mistake(&text).kind, Syntax);
    }
}

#[test]
fn a_message_repeats_no_pattern_and_no_site() {
    for text in [
        "[[rule]]\nid = \"a\"\nverdict = \"hold\"\ntitle = \"divorce(\"",
        "[[rule]]\nid = \"a\"\nverdict = \"hold\"\nsite = \"divorce lawyer\"",
        "[[rule]]\nid = \"a\"\nverdict = \"hold\"\ntitle = \"divorce",
    ] {
        let e = mistake(text);
        assert!(!e.to_string().contains("divorce"), "{e}");
    }
}

#[test]
fn what_is_just_short_enough_is_taken() {
    let rule = |id: usize, class: usize| {
        format!("[[rule]]\nid = \"{}\"\nverdict = \"hold\"\nclass = \"{}\"\n", "x".repeat(id), "x".repeat(class))
    };
    RuleSet::parse(&rule(64, 1000)).expect("an id and a class as long as they may be");
    assert_eq!((mistake(&rule(65, 1)).kind, mistake(&rule(1, 1001)).kind), (TooLong, TooLong));
    let text = format!("#{}", "x".repeat(256 * 1024 - 1));
    RuleSet::parse(&text).expect("a file as long as it may be");
    assert_eq!(mistake(&format!("{text}x")).kind, TooLong);
}

#[test]
fn of_two_rules_with_one_id_both_are_named() {
    let rule = |id: &str| format!("[[rule]]\nid = \"{id}\"\nverdict = \"hold\"\nclass = \"A\"\n");
    let e = mistake(&[rule("a"), rule("b"), rule("c"), rule("b")].concat());
    assert!(e.message.contains("rule 4 has the id of rule 2"), "{e}");
}

#[test]
fn a_key_that_means_nothing_in_a_rule_is_not_taken_for_one_of_the_file() {
    let e = mistake("[[rule]]\nid = \"a\"\nverdict = \"hold\"\nrules = 1\n");
    assert!(e.cure.starts_with("Take it out"), "{e}");
    assert!(mistake("rules = []").cure.starts_with("Begin each rule"), "{e}");
}
