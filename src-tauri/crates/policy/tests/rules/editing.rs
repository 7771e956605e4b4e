//! Changes to a `rules.toml` keep what the person wrote.

use crate::support::{editor, window};
use policy::Identity;
use policy::rules::{Edit, Mode, OwnRule, RuleSet, RulesErrorKind, Treatment, edit};

const FILE: &str = "\
# My rules. Do not lose this line.

mode = \"all-but-sensitive\" # for now
off = [
    \"mail\", # I want my mail
    \"chat/slack\", # and Slack
]

# Notes are mine.
[[rule]]
id = \"my-notes\" # a name
verdict = \"hold\"
class = \"Obsidian\"

# Drafts too.
[[rule]]
id = \"drafts\"
verdict = \"metadata\"
title = '^Draft' # as I name them

# The end.
";

fn comments(text: &str) -> Vec<String> {
    let mut all: Vec<String> =
        text.lines().filter_map(|l| l.split_once('#').map(|(_, c)| c.trim().to_owned())).collect();
    all.sort();
    all
}

#[track_caller]
fn changed(text: &str, change: Edit) -> (String, RuleSet) {
    let new = edit(text, change.clone()).unwrap_or_else(|e| panic!("{change:?}: {e}\n{text}"));
    let rules = RuleSet::parse(&new).unwrap_or_else(|e| panic!("{change:?}: {e}\n{new}"));
    (new, rules)
}

fn own(id: &str) -> OwnRule {
    OwnRule {
        id: id.into(),
        verdict: Treatment::Hold,
        exe: Some("gedit".into()),
        class: None,
        app_id: None,
        title: Some("a \"quoted\" \\d+ 'title'".into()),
        site: None,
    }
}

fn category(id: &str, on: bool) -> Edit {
    Edit::SetCategory { id: id.into(), on }
}

fn entry(id: &str, on: bool) -> Edit {
    Edit::SetEntry { id: id.into(), on }
}

#[test]
fn every_change_keeps_every_comment() {
    let changes = [
        category("video", false),
        category("mail", true),
        entry("chat/discord", false),
        entry("chat/slack", true),
        Edit::Add(own("new")),
        Edit::SetMode(Mode::OnlyListed),
        Edit::NeverRecord { exe: None, class: Some("Gimp".into()), app_id: None },
    ];
    for change in changes {
        let (new, _) = changed(FILE, change.clone());
        assert_eq!(comments(&new), comments(FILE), "{change:?}\n{new}");
        assert_ne!(new, FILE, "{change:?}");
    }
    // Of a rule taken out, the comments above it and after it stay, those within it go with it.
    for (id, gone) in [("my-notes", "a name"), ("drafts", "as I name them")] {
        let (new, _) = changed(FILE, Edit::Remove { id: id.into() });
        let mut want = comments(FILE);
        want.retain(|c| c != gone);
        assert_eq!(comments(&new), want, "{new}");
    }
}

#[test]
fn a_comment_behind_an_element_stays_behind_it() {
    let (new, _) = changed(FILE, category("video", false));
    assert!(new.contains("\"mail\", # I want my mail\n"), "{new}");
    assert!(new.contains("\"chat/slack\", # and Slack\n"), "{new}");
    assert!(new.contains("\n    \"video\",\n]"), "{new}");
}

#[test]
fn switches_are_set_and_taken_back() {
    for text in
        ["", FILE, "off = []\n", "off = [\"video\"] # x", "[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclass = \"A\"\n"]
    {
        for id in ["video", "hr"] {
            let (off, rules) = changed(text, category(id, false));
            assert!(rules.categories().iter().any(|c| c.id == id && !c.on), "{off}");
            assert_eq!(changed(&off, category(id, false)).0, off, "twice is once");
            let (_, rules) = changed(&off, category(id, true));
            assert!(rules.categories().iter().any(|c| c.id == id && c.on));
        }
        let (off, rules) = changed(text, entry("chat/discord", false));
        assert_ne!(rules.verdict(&window("/usr/bin/discord", "discord")).treatment, Treatment::Hold);
        let (_, rules) = changed(&off, entry("chat/discord", true));
        assert_eq!(rules.verdict(&window("/usr/bin/discord", "discord")).treatment, Treatment::Hold);
    }
}

#[test]
fn switching_what_is_as_wanted_changes_nothing() {
    for (text, change) in [
        (FILE, category("mail", false)),
        (FILE, category("hr", true)),
        (FILE, Edit::SetMode(Mode::AllButSensitive)),
        ("", category("hr", true)),
        ("", Edit::SetMode(Mode::AllButSensitive)),
        ("off = [ \"mail\" ]", entry("chat/slack", true)),
    ] {
        assert_eq!(changed(text, change).0, text);
    }
}

#[test]
fn an_id_listed_twice_is_switched_on_by_one_change() {
    let (new, rules) = changed("off = [\"hr\", \"mail\", \"hr\"]", category("hr", true));
    assert!(rules.categories().iter().all(|c| c.on == (c.id != "mail")), "{new}");
}

#[test]
fn a_rule_added_comes_back_as_it_was() {
    for text in [
        "",
        "# only a comment",
        FILE,
        "rule = [{ id = \"a\", verdict = \"hold\", class = \"A\" }]\n",
        "mode = \"only-listed\"",
    ] {
        let (new, rules) = changed(text, Edit::Add(own("new")));
        assert_eq!(rules.own().last(), Some(&own("new")), "{new}");
        assert_eq!(comments(&new), comments(text));
        let (_, rules) = changed(&new, Edit::Remove { id: "new".into() });
        assert!(rules.own().iter().all(|r| r.id != "new"));
        assert_eq!(rules.own().len(), RuleSet::parse(text).expect("rules").own().len());
    }
}

#[test]
fn the_mode_is_set_in_place() {
    let (new, rules) = changed(FILE, Edit::SetMode(Mode::OnlyListed));
    assert_eq!(rules.mode(), Mode::OnlyListed);
    assert!(new.contains("mode = \"only-listed\" # for now"), "{new}");
    let (_, rules) = changed(&new, Edit::SetMode(Mode::AllButSensitive));
    assert_eq!(rules.mode(), Mode::AllButSensitive);
}

#[test]
fn never_record_holds_the_app_it_was_asked_for_and_no_other() {
    let cases = [
        window("/usr/bin/gimp-2.10", "Gimp-2.10"),
        Identity { class: None, instance: None, ..window("/usr/bin/gimp-2.10", "") },
        Identity { class: None, instance: None, app_id: Some("org.gimp.GIMP".into()), ..window("/usr/bin/gimp", "") },
        window("/usr/bin/python3.12", "Tryton"),
        window("/usr/lib/electron28/electron", "Notes-App"),
        window("/usr/bin/java", "java"),
    ];
    for id in cases {
        let change = Edit::never_record(&id).expect("an app");
        let (text, rules) = changed(FILE, change.clone());
        assert_eq!(rules.verdict(&id).treatment, Treatment::Hold, "{id:?}\n{text}");
        assert_eq!(rules.verdict(&editor("x")).treatment, Treatment::Record, "{text}");
        assert_ne!(rules.verdict(&window("/usr/bin/python3.12", "Other")).treatment, Treatment::Hold, "{text}");
        assert_eq!(changed(&text, change).0, text, "asked twice, written once");
    }
    assert_eq!(Edit::never_record(&Identity { title: Some("x".into()), ..Identity::default() }), None);
    let nothing = Edit::NeverRecord { exe: Some(" ".into()), class: None, app_id: None };
    assert_eq!(edit("", nothing).map_err(|e| e.kind), Err(RulesErrorKind::EmptyRule));
}

#[test]
fn never_record_finds_an_id_of_its_own() {
    let text = "[[rule]]\nid = \"never-gimp\"\nverdict = \"metadata\"\nexe = \"x\"\n";
    let (_, rules) = changed(text, Edit::NeverRecord { exe: None, class: Some("Gimp".into()), app_id: None });
    let ids: Vec<&str> = rules.own().iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["never-gimp", "never-gimp-2"]);
    let (_, rules) = changed("", Edit::NeverRecord { exe: None, class: Some("微信".into()), app_id: None });
    assert_eq!(rules.own().len(), 1);
}

#[test]
fn a_change_that_cannot_be_made_says_so() {
    let kind = |text: &str, change: Edit| edit(text, change).map_err(|e| e.kind);
    assert_eq!(kind(FILE, category("chess", true)), Err(RulesErrorKind::UnknownId));
    assert_eq!(kind(FILE, category("chat/slack", false)), Err(RulesErrorKind::UnknownId));
    assert_eq!(kind(FILE, entry("chat/slick", false)), Err(RulesErrorKind::UnknownId));
    assert_eq!(kind(FILE, entry("chat", false)), Err(RulesErrorKind::UnknownId));
    assert_eq!(kind(FILE, Edit::Remove { id: "other".into() }), Err(RulesErrorKind::NoSuchRule));
    assert_eq!(kind(FILE, Edit::Add(own("drafts"))), Err(RulesErrorKind::DuplicateId));
    assert_eq!(kind(FILE, Edit::Add(own("a/b"))), Err(RulesErrorKind::BadId));
    assert_eq!(kind(FILE, Edit::Add(OwnRule { title: Some("(".into()), ..own("a") })), Err(RulesErrorKind::BadPattern));
    assert_eq!(kind("mode = ", category("mail", true)), Err(RulesErrorKind::Syntax));
    assert_eq!(kind("moed = 1", Edit::Add(own("a"))), Err(RulesErrorKind::UnknownKey));
}

#[test]
fn a_change_tells_whether_it_can_let_more_be_recorded() {
    let rules = RuleSet::parse(FILE).expect("rules");
    let listed = RuleSet::parse("mode = \"only-listed\"").expect("rules");
    for loose in [
        category("hr", false),
        entry("hr/workday", false),
        Edit::Remove { id: "my-notes".into() },
        Edit::Remove { id: "drafts".into() },
        Edit::Add(OwnRule { verdict: Treatment::Record, ..own("a") }),
    ] {
        assert!(loose.loosens(&rules), "{loose:?}");
    }
    assert!(Edit::SetMode(Mode::AllButSensitive).loosens(&listed));
    for tight in [
        category("hr", true),
        entry("hr/workday", true),
        Edit::Add(own("a")),
        Edit::SetMode(Mode::OnlyListed),
        Edit::SetMode(Mode::AllButSensitive),
        Edit::NeverRecord { exe: None, class: Some("Gimp".into()), app_id: None },
    ] {
        assert!(!tight.loosens(&rules), "{tight:?}");
    }
}

#[test]
fn taking_a_rule_out_loosens_if_that_very_rule_withheld_something() {
    let rules = "[[rule]]\nid = \"gimp\"\nverdict = \"record\"\nclass = \"Gimp\"\n\
                 [[rule]]\nid = \"notes\"\nverdict = \"metadata\"\nclass = \"Notes\"\n";
    let rules = RuleSet::parse(rules).expect("rules");
    let loosens = |id: &str| Edit::Remove { id: id.into() }.loosens(&rules);
    assert_eq!(["gimp", "notes", "nobody"].map(loosens), [false, true, false]);
}

#[test]
fn a_rule_added_stands_apart_from_what_is_before_it() {
    assert!(changed("", Edit::Add(own("a"))).0.starts_with("[[rule]]\n"));
    let (new, _) = changed("mode = \"only-listed\"\n", Edit::Add(own("a")));
    assert!(new.starts_with("mode = \"only-listed\"\n\n[[rule]]\n"), "{new}");
}

#[test]
fn what_names_nothing_or_is_too_long_to_be_a_name_is_left_out_of_a_rule() {
    let long = "x".repeat(1001);
    for class in [" ", long.as_str()] {
        let exe = Some("/usr/bin/gimp".into());
        let (_, rules) = changed("", Edit::NeverRecord { exe, class: Some(class.into()), app_id: None });
        assert_eq!((rules.own()[0].exe.as_deref(), rules.own()[0].class.as_deref()), (Some("gimp"), None));
    }
}

#[test]
fn a_program_that_runs_others_is_named_by_all_that_is_known_of_it() {
    for (exe, class) in [(None, Some("java")), (Some("/usr/bin/python3"), None), (Some("/usr/bin/java"), Some("java"))]
    {
        let change = Edit::NeverRecord { exe: exe.map(str::to_owned), class: class.map(str::to_owned), app_id: None };
        let (_, rules) = changed("", change);
        let file = exe.and_then(|exe| exe.rsplit('/').next());
        assert_eq!((rules.own()[0].exe.as_deref(), rules.own()[0].class.as_deref()), (file, class));
    }
}

#[test]
fn an_element_taken_out_leaves_the_list_as_a_person_would() {
    for (before, after) in [
        ("off = [\"hr\", \"mail\"]\n", "off = [\"mail\"]\n"),
        ("off = [\"mail\", \"hr\"]\n", "off = [\"mail\"]\n"),
        ("off = [\"video\", \"hr\", \"mail\"]\n", "off = [\"video\", \"mail\"]\n"),
        ("off = [\"hr\"]\n", "off = []\n"),
    ] {
        assert_eq!(changed(before, category("hr", true)).0, after);
    }
}

#[test]
fn changes_travel_as_json() {
    for change in
        [category("hr", false), Edit::Add(own("a")), Edit::SetMode(Mode::OnlyListed), Edit::Remove { id: "a".into() }]
    {
        let json = serde_json::to_string(&change).expect("json");
        assert_eq!(serde_json::from_str::<Edit>(&json).expect("json"), change, "{json}");
    }
}
