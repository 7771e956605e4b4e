//! Whatever a window says of itself or a file contains, nothing panics, and changes keep a file readable.

use policy::Identity;
use policy::rules::{Edit, Mode, OwnRule, RuleSet, Treatment, edit};
use proptest::prelude::*;

/// Pieces that come near to what rules look for, and noise.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,40}",
        proptest::collection::vec(
            prop_oneof![
                Just("slack".to_owned()),
                Just("https://".to_owned()),
                Just(".com".to_owned()),
                Just("/snap/".to_owned()),
                Just("@".to_owned()),
                Just("%".to_owned()),
                Just("%2".to_owned()),
                Just("%C3".to_owned()),
                Just("%2F".to_owned()),
                Just("/".to_owned()),
                Just(":".to_owned()),
                Just("_".to_owned()),
                Just("é".to_owned()),
                Just(" - ".to_owned()),
                Just("(3".to_owned()),
                Just(") ".to_owned()),
                Just("Mozilla Firefox".to_owned()),
                Just("view-source:".to_owned()),
                Just("[::1]".to_owned()),
                Just(".desktop".to_owned()),
                Just("crx_".to_owned()),
                Just("flatpak/app/".to_owned()),
                Just(" (deleted)".to_owned()),
                Just("\u{200b}".to_owned()),
                "[a-p]{32}",
                "-nativefier-[0-9a-f]{0,6}",
            ],
            0..8
        )
        .prop_map(|v| v.concat()),
    ]
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

prop_compose! {
    fn identity()(exe in maybe(), class in maybe(), instance in maybe(), app_id in maybe(), title in maybe(), spoken in maybe(), url in maybe()) -> Identity {
        Identity { exe, class, instance, app_id, title, spoken, url }
    }
}

prop_compose! {
    fn own()(id in "[a-z]{1,2}", verdict in treatment(), exe in maybe(), class in maybe(), app_id in maybe(), title in maybe(), site in maybe()) -> OwnRule {
        OwnRule { id, verdict, exe, class, app_id, title, site }
    }
}

fn treatment() -> impl Strategy<Value = Treatment> {
    prop_oneof![Just(Treatment::Record), Just(Treatment::Metadata), Just(Treatment::Hold)]
}

fn change() -> impl Strategy<Value = Edit> {
    let category = prop_oneof![Just("chat"), Just("mail"), Just("hr"), Just("chess")];
    let entry = prop_oneof![Just("chat/slack"), Just("mail/gmail"), Just("chat/slick")];
    prop_oneof![
        (category, any::<bool>()).prop_map(|(id, on)| Edit::SetCategory { id: id.into(), on }),
        (entry, any::<bool>()).prop_map(|(id, on)| Edit::SetEntry { id: id.into(), on }),
        own().prop_map(Edit::Add),
        "[a-z]{1,2}".prop_map(|id| Edit::Remove { id }),
        any::<bool>().prop_map(|b| Edit::SetMode(if b { Mode::OnlyListed } else { Mode::AllButSensitive })),
        (maybe(), maybe(), maybe()).prop_map(|(exe, class, app_id)| Edit::NeverRecord { exe, class, app_id }),
    ]
}

const START: [&str; 4] = [
    "",
    "# a\nmode = \"only-listed\" # b\noff = [ # c\n  \"chat\", # d\n  \"mail\" # e\n  # f\n] # g\n# h\n[[rule]] # i\n# j\nid = \"zz\" # k\nverdict = \"hold\"\nclass = \"Z\"\n# l",
    "off = [\"chat\" , \"mail/gmail\",]\nrule = [ # a\n {id=\"zz\",verdict=\"hold\",class=\"Z\"}, # b\n]",
    "\r\n# a\r\noff=[]\r\n[[rule]]\r\nid='zz'\r\nverdict='record'\r\nexe='z'\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_verdict_never_panics_and_never_permits_an_unknown_app(id in identity()) {
        let rules = RuleSet::built_in();
        let verdict = rules.verdict(&id);
        if id.exe.is_none() {
            prop_assert!(verdict.treatment > Treatment::Record);
        }
        prop_assert_eq!(verdict.treatment == Treatment::Hold, verdict.rule.is_some());
        prop_assert_eq!(rules.verdict(&id), verdict);
    }

    #[test]
    fn what_holds_holds_whatever_else_is_known(mut id in identity()) {
        id.class = Some("Slack".into());
        prop_assert_eq!(RuleSet::built_in().verdict(&id).treatment, Treatment::Hold);
        id.class = None;
        id.url = Some("https://app.slack.com/client".into());
        prop_assert_eq!(RuleSet::built_in().verdict(&id).treatment, Treatment::Hold);
    }

    #[test]
    fn a_stricter_rule_never_loosens(id in identity(), a in own(), b in own()) {
        let b = OwnRule { id: "other".into(), ..b };
        if let Ok(one) = edit("", Edit::Add(a)) && let Ok(two) = edit(&one, Edit::Add(b.clone())) {
            let (one, two) = (RuleSet::parse(&one).expect("rules"), RuleSet::parse(&two).expect("rules"));
            if b.verdict > Treatment::Record {
                prop_assert!(two.verdict(&id).treatment >= one.verdict(&id).treatment);
            }
        }
    }

    #[test]
    fn any_text_is_taken_or_refused_with_a_place_in_it(text in any::<String>()) {
        if let Err(e) = RuleSet::parse(&text) {
            prop_assert!(e.line >= 1 && e.line <= text.matches('\n').count() + 1);
            prop_assert!(e.column >= 1);
            prop_assert!(!e.cure.is_empty() && !e.message.is_empty());
        }
    }

    #[test]
    fn what_an_edit_returns_can_be_read_and_keeps_the_comments(start in 0..START.len(), changes in proptest::collection::vec(change(), 1..6)) {
        let mut text = START[start].to_owned();
        let kept = |text: &str| "abcdefghl".chars().filter(|c| text.contains(&format!("# {c}"))).count();
        for change in changes {
            let before = RuleSet::parse(&text).expect("readable before");
            let removes = matches!(&change, Edit::Remove { .. });
            if let Ok(new) = edit(&text, change.clone()) {
                let after = RuleSet::parse(&new);
                prop_assert!(after.is_ok(), "{change:?}\n{new}");
                if !removes {
                    prop_assert_eq!(kept(&new), kept(&text), "{:?}\n{}\n{}", change, text, new);
                }
                if !change.loosens(&before) {
                    let holds = |rules: &RuleSet| rules.categories().iter().map(|c| {
                        usize::from(c.on) + c.entries.iter().filter(|e| e.on).count()
                    }).sum::<usize>();
                    prop_assert!(holds(&after.expect("readable")) >= holds(&before));
                }
                text = new;
            }
        }
    }
}
