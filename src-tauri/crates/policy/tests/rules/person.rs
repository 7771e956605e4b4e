//! A person's own rules and switches.

use crate::support::{chrome_titled, each_product, editor, firefox, firefox_titled, window};
use policy::Identity;
use policy::rules::{Cause, Mode, OwnRule, RuleSet, Treatment};

fn rules(text: &str) -> RuleSet {
    RuleSet::parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// A rule of this verdict with these lines.
fn rule(verdict: &str, lines: &str) -> RuleSet {
    rules(&format!("[[rule]]\nid = \"mine\"\nverdict = \"{verdict}\"\n{lines}\n"))
}

fn treatment(rules: &RuleSet, id: &Identity) -> Treatment {
    rules.verdict(id).treatment
}

#[test]
fn the_documented_example_is_taken_and_does_what_it_says() {
    let source = include_str!("../../src/rules/mod.rs");
    let examples: Vec<String> = source
        .split("//! ```toml\n")
        .skip(1)
        .map(|rest| rest.split("//! ```").next().unwrap_or_default())
        .map(|block| block.lines().map(|l| l.trim_start_matches("//!").trim_start()).collect::<Vec<_>>().join("\n"))
        .collect();
    assert_eq!(examples.len(), 1);
    for example in &examples {
        let rules = rules(example);
        assert_eq!(rules.mode(), Mode::AllButSensitive);
        let ids: Vec<&str> = rules.own().iter().map(|r| r.id.as_str()).collect();
        assert_eq!(ids, ["my-notes", "drafts", "wiki", "game"]);
        assert_eq!(treatment(&rules, &window("/opt/Obsidian/obsidian", "obsidian")), Treatment::Hold);
        assert_eq!(treatment(&rules, &window("/usr/bin/slack", "Slack")), Treatment::Record);
        assert_eq!(treatment(&rules, &firefox("https://mail.google.com/")), Treatment::Record);
        assert_eq!(treatment(&rules, &firefox("https://discord.com/")), Treatment::Hold);
        let mut draft = window("/usr/lib/libreoffice/program/soffice.bin", "libreoffice-writer");
        assert_eq!(treatment(&rules, &draft), Treatment::Record);
        draft.title = Some("Draft of a letter".into());
        assert_eq!(treatment(&rules, &draft), Treatment::Metadata);
        let game = Identity { app_id: Some("org.example.Game.desktop".into()), ..window("/usr/bin/game", "Game") };
        assert_eq!(treatment(&rules, &game), Treatment::Hold);
    }
}

#[test]
fn an_empty_file_is_the_packs_alone() {
    for text in ["", "\n", "# nothing yet\n", "off = []\n", "rule = []\n"] {
        let rules = rules(text);
        assert_eq!(rules.categories(), RuleSet::built_in().categories());
        assert!(rules.own().is_empty());
    }
}

#[test]
fn switching_a_category_off_lets_its_products_through_and_no_others() {
    let categories = RuleSet::built_in().categories();
    for category in &categories {
        let rules = rules(&format!("off = [\"{}\"]", category.id));
        for other in rules.categories() {
            assert_eq!(other.on, other.id != category.id);
            assert!(other.entries.iter().all(|e| e.on), "an entry keeps its own switch");
        }
        each_product(|pack, full, product| {
            for class in product.classes() {
                let verdict = rules.verdict(&window("/usr/bin/something", class));
                assert_eq!(verdict.treatment == Treatment::Hold, pack != category.id, "{full} {class} {verdict:?}");
            }
        });
    }
}

#[test]
fn switching_an_entry_off_lets_it_through_and_no_other() {
    let mut all = Vec::new();
    each_product(|_, full, product| all.push((full.to_owned(), product.classes().cloned().collect::<Vec<_>>())));
    let with_class: Vec<_> = all.iter().filter(|(_, classes)| !classes.is_empty()).collect();
    for (off, _) in &with_class {
        let rules = rules(&format!("off = [\"{off}\"]"));
        for (full, classes) in &with_class {
            for class in classes.iter().take(1) {
                let verdict = rules.verdict(&window("/usr/bin/something", class));
                assert_eq!(verdict.treatment == Treatment::Hold, full != off, "{full} {class}");
            }
        }
    }
}

#[test]
fn with_an_entry_off_another_that_knows_the_window_still_holds() {
    let chat = firefox("https://mail.google.com/chat/u/0/");
    assert_eq!(rules("").verdict(&chat).rule.as_deref(), Some("chat/google-chat"));
    assert_eq!(rules("off = [\"chat\"]").verdict(&chat).rule.as_deref(), Some("mail/gmail"));
    assert_eq!(treatment(&rules("off = [\"chat/google-chat\", \"mail/gmail\"]"), &chat), Treatment::Record);
}

#[test]
fn switching_private_browsing_off_leaves_the_other_rules_of_browsers() {
    let rules = rules("off = [\"private\"]");
    let private = firefox_titled("A page — Mozilla Firefox Private Browsing");
    assert_eq!(rules.verdict(&private).cause, Some(Cause::UnknownSite));
    let slack = Identity { url: Some("https://app.slack.com/".into()), ..private };
    assert_eq!(treatment(&rules, &slack), Treatment::Hold);
}

#[test]
fn hold_wins_over_metadata_and_record_in_any_order() {
    let verdicts = ["hold", "metadata", "record"];
    for first in verdicts {
        for second in verdicts {
            let rules = rules(&format!(
                "[[rule]]\nid = \"a\"\nverdict = \"{first}\"\nclass = \"Gedit\"\n\
                 [[rule]]\nid = \"b\"\nverdict = \"{second}\"\nexe = \"gedit\"\n"
            ));
            let verdict = rules.verdict(&editor("x"));
            let strict = [first, second].into_iter().min_by_key(|v| verdicts.iter().position(|x| x == v));
            let got = match verdict.treatment {
                Treatment::Hold => "hold",
                Treatment::Metadata => "metadata",
                Treatment::Record => "record",
            };
            assert_eq!(Some(got), strict, "{first} {second}");
            assert_eq!(verdict.cause, Some(Cause::Own));
            assert_eq!(verdict.category, None);
        }
    }
}

#[test]
fn a_record_rule_does_not_open_what_a_pack_holds() {
    let slack = window("/usr/bin/slack", "Slack");
    let rules = rule("record", "class = \"Slack\"");
    assert_eq!(rules.verdict(&slack).rule.as_deref(), Some("chat/slack"));
    let rules = rule("record", "site = \"slack.com\"");
    assert_eq!(treatment(&rules, &firefox("https://app.slack.com/")), Treatment::Hold);
}

#[test]
fn a_record_rule_allows_a_browser_whose_site_is_not_known_and_holds_stay() {
    let rules = rule("record", "class = \"firefox-esr\"");
    assert_eq!(treatment(&rules, &firefox_titled("Something — Mozilla Firefox")), Treatment::Record);
    assert_eq!(treatment(&rules, &chrome_titled("Something - Google Chrome")), Treatment::Metadata);
    assert_eq!(treatment(&rules, &firefox_titled("Slack | general | Acme — Mozilla Firefox")), Treatment::Hold);
    assert_eq!(treatment(&rules, &firefox_titled("x — Mozilla Firefox Private Browsing")), Treatment::Hold);
}

#[test]
fn unknown_sites_can_be_recorded_by_a_setting() {
    let rules = rules("unknown_sites = \"record\"");
    assert_eq!(treatment(&rules, &firefox_titled("Something — Mozilla Firefox")), Treatment::Record);
    assert_eq!(treatment(&rules, &firefox_titled("Discord — Mozilla Firefox")), Treatment::Hold);
    assert_eq!(treatment(&rules, &Identity { exe: None, ..firefox_titled("Something") }), Treatment::Metadata);
}

#[test]
fn only_listed_records_what_is_listed_and_still_holds_what_is_sensitive() {
    let text = "mode = \"only-listed\"\n\
                [[rule]]\nid = \"editor\"\nverdict = \"record\"\nexe = \"gedit\"\n\
                [[rule]]\nid = \"wiki\"\nverdict = \"record\"\nsite = \"wiki.example.org\"\n\
                [[rule]]\nid = \"slack\"\nverdict = \"record\"\nclass = \"Slack\"\n\
                [[rule]]\nid = \"secret\"\nverdict = \"hold\"\ntitle = \"secret\"\n";
    let rules = rules(text);
    assert_eq!(rules.mode(), Mode::OnlyListed);
    assert_eq!(treatment(&rules, &editor("x")), Treatment::Record);
    assert_eq!(treatment(&rules, &editor("secret.txt")), Treatment::Hold);
    assert_eq!(rules.verdict(&window("/usr/bin/gimp", "Gimp")).cause, Some(Cause::NotListed));
    assert_eq!(treatment(&rules, &window("/usr/bin/gimp", "Gimp")), Treatment::Metadata);
    assert_eq!(treatment(&rules, &firefox("https://wiki.example.org/x")), Treatment::Record);
    assert_eq!(treatment(&rules, &firefox("https://example.org/x")), Treatment::Metadata);
    assert_eq!(treatment(&rules, &firefox_titled("wiki.example.org")), Treatment::Metadata);
    assert_eq!(treatment(&rules, &window("/usr/bin/slack", "Slack")), Treatment::Hold);
    assert_eq!(rules.verdict(&Identity { exe: None, ..editor("x") }).cause, Some(Cause::UnknownApp));
}

#[test]
fn every_attribute_of_a_rule_matches_as_documented() {
    let snap = Identity { app_id: Some("org.example.Notes".into()), ..window("/opt/Notes/notes-bin", "Notes") };
    let flatpak = window("/var/lib/flatpak/app/org.example.Notes/current/active/files/bin/n", "N");
    let telegram_like = Identity { app_id: Some("org.example.desktop".into()), ..window("/usr/bin/n", "N") };
    let page = firefox("https://user@Sub.Example.ORG.:8443/team//Notes/x?y#z");
    let hit: &[(&str, &Identity)] = &[
        ("exe = \"notes-bin\"", &snap),
        ("exe = \"Notes-Bin\"", &snap),
        ("exe = \"/opt/Notes/notes-bin\"", &snap),
        ("class = \"notes\"", &snap),
        ("class = \"NOTES\"\nexe = \"notes-bin\"", &snap),
        ("app_id = \"org.example.notes\"", &snap),
        ("app_id = \"org.example.Notes.desktop\"", &snap),
        ("app_id = \"org.example.Notes\"", &flatpak),
        ("app_id = \"org.example.desktop\"", &telegram_like),
        ("title = '^Unt'", &snap),
        ("site = \"example.org\"", &page),
        ("site = \"https://www.example.org/team/\"", &page),
        ("site = \"*.example.org\"", &page),
        ("site = \"sub.example.org/team/notes\"", &page),
    ];
    for (lines, id) in hit {
        assert_eq!(treatment(&rule("hold", lines), id), Treatment::Hold, "{lines}");
    }
    let miss: &[(&str, &Identity)] = &[
        ("exe = \"notes\"", &snap),
        ("exe = \"/usr/bin/notes-bin\"", &snap),
        ("class = \"note\"", &snap),
        ("class = \"Notes\"\nexe = \"other\"", &snap),
        ("app_id = \"org.example\"", &snap),
        ("title = '^ntitled'", &snap),
        ("site = \"example.org\"", &snap),
        ("site = \"ample.org\"", &page),
        ("site = \"example.org/tea\"", &page),
        ("site = \"example.org/notes\"", &page),
    ];
    for (lines, id) in miss {
        assert_eq!(treatment(&rule("hold", lines), id), Treatment::Record, "{lines}");
    }
}

#[test]
fn a_hold_by_title_keeps_content_out_until_the_title_is_known() {
    let rules = rule("hold", "class = \"Gedit\"\ntitle = \"secret\"");
    let mut id = editor("x");
    assert_eq!(treatment(&rules, &id), Treatment::Record);
    id.title = None;
    assert_eq!(rules.verdict(&id).treatment, Treatment::Metadata);
    assert_eq!(rules.verdict(&id).rule.as_deref(), Some("mine"));
    assert_eq!(treatment(&rules, &Identity { title: None, ..window("/usr/bin/gimp", "Gimp") }), Treatment::Record);
    // A rule that would record gives no leave on what it cannot see.
    let rules = RuleSet::parse("mode = \"only-listed\"\n[[rule]]\nid = \"a\"\nverdict = \"record\"\ntitle = \"x\"")
        .expect("rules");
    assert_eq!(treatment(&rules, &id), Treatment::Metadata);
}

#[test]
fn rules_can_be_written_in_one_line() {
    let rules = rules("rule = [{ id = \"a\", verdict = \"hold\", class = \"Gedit\" }]");
    assert_eq!(treatment(&rules, &editor("x")), Treatment::Hold);
}

#[test]
fn debug_output_carries_no_pattern_and_no_site() {
    let rules = rule("hold", "title = \"divorce\"\nsite = \"lawyer.example\"");
    let own: &OwnRule = &rules.own()[0];
    for text in [format!("{rules:?}"), format!("{own:?}")] {
        assert!(!text.contains("divorce") && !text.contains("lawyer"), "{text}");
    }
}

#[test]
fn names_in_json_are_the_ones_of_the_file() {
    let verdict = RuleSet::built_in().verdict(&window("/usr/bin/slack", "Slack"));
    let json = serde_json::to_value(&verdict).expect("json");
    assert_eq!(
        json,
        serde_json::json!({"treatment": "hold", "category": "chat", "rule": "chat/slack", "cause": "app"})
    );
    assert_eq!(serde_json::to_value(Mode::OnlyListed).expect("json"), "only-listed");
    assert_eq!(serde_json::to_value(Cause::PrivateWindow).expect("json"), "private-window");
    assert!(Treatment::Hold > Treatment::Metadata && Treatment::Metadata > Treatment::Record);
}

#[test]
fn of_two_rules_as_strict_the_first_is_named() {
    let two = "[[rule]]\nid = \"a\"\nverdict = \"hold\"\nclass = \"Game\"\n\
               [[rule]]\nid = \"b\"\nverdict = \"hold\"\nexe = \"game\"\n";
    assert_eq!(rules(two).verdict(&window("/usr/bin/game", "Game")).rule.as_deref(), Some("a"));
}

#[test]
fn a_rule_that_records_a_title_keeps_nothing_out_whose_title_is_not_known() {
    let rules = rule("record", "title = '^Draft'");
    let id = Identity { title: None, ..window("/usr/bin/game", "Game") };
    assert_eq!(treatment(&rules, &id), Treatment::Record);
}
