//! The windows that appear in the tests, and what the rules say of each.

use policy::rules::{RuleSet, Treatment};
use policy::{Hold, Identity, WindowId, WindowKind};

/// Who a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Editor,
    Chat,
    Wiki,
    UnknownSite,
    Bank,
    Private,
    Nameless,
}

impl Who {
    pub const ALL: [Who; 7] =
        [Who::Editor, Who::Chat, Who::Wiki, Who::UnknownSite, Who::Bank, Who::Private, Who::Nameless];

    pub fn identity(self) -> Identity {
        let id = |exe: Option<&str>, class: &str, title: &str, url: Option<&str>| Identity {
            exe: exe.map(str::to_owned),
            class: Some(class.to_owned()),
            instance: None,
            app_id: None,
            title: Some(title.to_owned()),
            url: url.map(str::to_owned),
            spoken: None,
        };
        let firefox = Some("/usr/lib/firefox/firefox");
        match self {
            Who::Editor => id(Some("/usr/bin/gedit"), "Gedit", "notes.txt", None),
            Who::Chat => id(Some("/usr/lib/slack/slack"), "Slack", "general", None),
            Who::Wiki => id(firefox, "firefox", "Snow - Wikipedia", Some("https://en.wikipedia.org/wiki/Snow")),
            Who::UnknownSite => id(firefox, "firefox", "Some page", None),
            Who::Bank => id(firefox, "firefox", "Accounts", Some("https://www.paypal.com/myaccount")),
            Who::Private => {
                id(firefox, "firefox", "Mozilla Firefox (Private Browsing)", Some("https://en.wikipedia.org/"))
            }
            Who::Nameless => id(None, "Nobody", "?", None),
        }
    }

    /// What the built-in rules say, told without asking them.
    pub fn treatment(self) -> Treatment {
        match self {
            Who::Editor | Who::Wiki => Treatment::Record,
            Who::UnknownSite | Who::Nameless => Treatment::Metadata,
            Who::Chat | Who::Bank | Who::Private => Treatment::Hold,
        }
    }

    /// What it holds when it has the focus.
    pub fn hold(self) -> Option<Hold> {
        match self {
            Who::Editor | Who::Wiki | Who::UnknownSite => None,
            Who::Nameless => Some(Hold::FocusUnknown),
            Who::Chat => Some(Hold::SensitiveApp),
            Who::Bank => Some(Hold::SensitiveSite),
            Who::Private => Some(Hold::PrivateWindow),
        }
    }
}

/// The person's own rule: the editor is private too.
pub fn editor_held() -> RuleSet {
    RuleSet::parse("[[rule]]\nid = \"editor\"\nverdict = \"hold\"\nclass = \"Gedit\"\n").expect("rules")
}

/// The kinds of window that appear.
pub fn kinds() -> [WindowKind; 5] {
    [
        WindowKind::Normal,
        WindowKind::Popup { owner: Some(WindowId(0)) },
        WindowKind::Popup { owner: None },
        WindowKind::Shell,
        WindowKind::Own,
    ]
}

#[test]
fn the_rules_say_of_the_cast_what_the_tests_believe() {
    let rules = RuleSet::built_in();
    for who in Who::ALL {
        assert_eq!(rules.verdict(&who.identity()).treatment, who.treatment(), "{who:?}");
    }
    assert_eq!(editor_held().verdict(&Who::Editor.identity()).treatment, Treatment::Hold);
    assert_eq!(editor_held().verdict(&Who::Wiki.identity()).treatment, Treatment::Record);
}
