//! Every product of every pack is known by every identity it has.

use crate::support::{Product, chrome_titled, each_product, firefox, firefox_titled, holds, packs, window};
use policy::Identity;
use policy::rules::{Cause, RuleSet};
use std::collections::{HashMap, HashSet};

#[test]
fn the_packs_know_at_least_a_hundred_products_each_once() {
    let categories = RuleSet::built_in().categories();
    let mut seen = HashSet::new();
    for category in &categories {
        assert!(category.on && !category.title.is_empty());
        assert!(seen.insert(category.id.clone()), "{}", category.id);
        for entry in &category.entries {
            assert!(entry.on && !entry.title.is_empty());
            assert!(seen.insert(format!("{}/{}", category.id, entry.id)), "{}/{}", category.id, entry.id);
        }
    }
    let ids: Vec<&str> = categories.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["chat", "hr", "passwords", "banking", "health", "mail", "video", "private"]);
    assert!(categories.iter().map(|c| c.entries.len()).sum::<usize>() >= 100);
}

#[test]
fn no_identity_belongs_to_two_products_and_every_product_has_one() {
    let mut owner: HashMap<String, String> = HashMap::new();
    each_product(|_, full, product| {
        let mut own = HashSet::new();
        own.extend(product.exes().map(|k| format!("exe {}", k.to_lowercase())));
        own.extend(product.classes().map(|k| format!("class {}", k.to_lowercase())));
        own.extend(product.crx.iter().map(|k| format!("crx {k}")));
        own.extend(product.snap.iter().map(|k| format!("snap {k}")));
        own.extend(product.site.iter().map(|k| format!("site {k}")));
        own.extend(product.page.iter().chain(&product.terminal).cloned());
        own.extend(product.window.iter().map(|pattern| pattern.replace("{mark}", &product.mark)));
        assert!(!own.is_empty(), "{full}");
        for key in own {
            let other = owner.insert(key.clone(), full.to_owned());
            assert_eq!(other, None, "{key} of {full}");
        }
    });
}

#[test]
fn no_product_is_known_by_a_program_that_runs_others_or_by_a_single_letter() {
    each_product(|_, full, product| {
        for key in product.exes().chain(product.classes()) {
            assert!(key.len() > 1, "{full}: {key}");
            assert!(
                !["electron", "java", "python3", "node", "wine", "bwrap", "sh", "bash", "mail"].contains(&key.as_str())
            );
        }
    });
}

#[test]
fn a_product_is_known_by_its_executable_wherever_it_is_installed() {
    each_product(|_, full, product| {
        for name in product.exes() {
            for path in [
                format!("/usr/bin/{name}"),
                format!("/opt/Product/{name}"),
                format!("/app/bin/{name}"),
                format!("/tmp/.mount_ProducAbCdEf/{name}"),
                format!("/home/someone/Apps/{name}"),
                format!("/opt/Product/{name} (deleted)"),
                name.clone(),
            ] {
                holds(&window(&path, "Whatever"), full);
                holds(&Identity { exe: Some(path), ..Identity::default() }, full);
            }
        }
    });
}

#[test]
fn a_product_is_known_by_class_instance_and_application_id_in_any_case_under_electron() {
    each_product(|_, full, product| {
        for name in product.classes() {
            let electron = "/usr/lib/electron28/electron";
            holds(&window(electron, name), full);
            holds(&window(electron, &name.to_uppercase()), full);
            holds(&Identity { instance: Some(name.clone()), ..window(electron, "Electron") }, full);
            holds(&Identity { app_id: Some(name.clone()), ..window(electron, "Electron") }, full);
            holds(&Identity { app_id: Some(format!("{name}.desktop")), ..window(electron, "Electron") }, full);
            holds(&Identity { class: Some(name.clone()), ..Identity::default() }, full);
        }
    });
}

#[test]
fn a_product_is_known_as_flatpak_snap_and_installed_web_app() {
    each_product(|_, full, product| {
        for id in product.class.iter().filter(|c| c.matches('.').count() >= 2 && !c.contains(' ')) {
            for root in ["/var/lib/flatpak", "/home/someone/.local/share/flatpak"] {
                let path = format!("{root}/app/{id}/x86_64/stable/0123abcd/files/lib/main");
                holds(&window(&path, "Whatever"), full);
            }
        }
        for name in &product.snap {
            holds(&window(&format!("/snap/{name}/42/usr/lib/main"), "Whatever"), full);
            holds(&window(&format!("/var/lib/snapd/snap/{name}/42/main"), "Whatever"), full);
            for id in [format!("{name}_{name}"), format!("snap.{name}.{name}"), format!("{name}_{name}.desktop")] {
                holds(&Identity { app_id: Some(id), ..window("/usr/bin/env", "Whatever") }, full);
            }
        }
        for id in &product.crx {
            let chrome = chrome_titled("Untitled");
            holds(&Identity { instance: Some(format!("crx_{id}")), ..chrome.clone() }, full);
            holds(&Identity { class: Some(format!("crx_{id}")), ..chrome.clone() }, full);
            for id in [format!("chrome-{id}-Default"), format!("msedge-{id}-Profile_2.desktop")] {
                holds(&Identity { app_id: Some(id), ..chrome.clone() }, full);
            }
        }
    });
}

#[test]
fn a_site_is_known_however_its_address_is_written() {
    each_product(|_, full, product| {
        for site in product.hosts() {
            let (host, path) =
                site.split_once('/').map_or((site.as_str(), String::new()), |(h, p)| (h, format!("/{p}")));
            for url in [
                format!("https://{host}{path}"),
                format!("https://{host}{path}/"),
                format!("http://{host}:8443{path}/x?y=z#w"),
                format!("https://www.{host}{path}"),
                format!("https://a.b.{host}{path}/c"),
                format!("HTTPS://{}{}", host.to_uppercase(), path.to_uppercase()),
                format!("https://{host}.{path}"),
                format!("https://someone:secret@{host}{path}"),
                format!("https://news.example.org@{host}{path}"),
                format!("https://{host}/x/..//{}", path.trim_start_matches('/')),
                format!("view-source:https://{host}{path}"),
                format!("{host}{path}"),
            ] {
                // A path given twice as strong may name another product of the same host, never none.
                let verdict = crate::support::verdict(&firefox(&url));
                assert_eq!(verdict.rule.as_deref(), Some(full), "{url}");
                assert_eq!(verdict.cause, Some(Cause::Site), "{url}");
            }
        }
        for page in product.site.iter().filter(|s| s.contains(':')) {
            holds(&firefox(page), full);
            holds(&firefox(&format!("{page}?x=y")), full);
        }
    });
}

#[test]
fn what_people_host_themselves_is_known_by_first_label_or_path() {
    let cases = [
        ("mail/roundcube", "https://webmail.example.org/?_task=mail"),
        ("mail/roundcube", "https://example.org/roundcube/"),
        ("mail/outlook", "https://mail.example.org/owa/#path=/mail"),
        ("mail/nextcloud-mail", "https://cloud.example.org/index.php/apps/mail/box/1"),
        ("passwords/nextcloud-passwords", "https://cloud.example.org/apps/passwords"),
        ("passwords/bitwarden", "https://vaultwarden.example.org/#/vault"),
        ("chat/nextcloud-talk", "https://cloud.example.org/apps/spreed/"),
        ("chat/mattermost", "https://mattermost.example.org/acme/channels/town-square"),
        ("video/bigbluebutton", "https://bbb.uni.example.org/b/ada-abc"),
        ("video/bigbluebutton", "https://meeting.example.org/html5client/join?x=y"),
        ("video/jitsi", "https://jitsi.example.org/weekly"),
        ("health/mychart", "https://hospital.example.org/MyChart/Home"),
        ("health/mychart", "https://mychart.hospital.example/"),
    ];
    for (rule, url) in cases {
        holds(&firefox(url), rule);
    }
    each_product(|_, full, product| {
        for site in product.site.iter().filter(|s| s.contains('*')) {
            let url = match (site.strip_prefix('*'), site.strip_suffix(".*")) {
                (Some(path), _) => format!("https://host.example.org{path}/x"),
                (None, Some(label)) => format!("https://www.{}.example.org/", label.to_uppercase()),
                (None, None) => panic!("{full}: {site}"),
            };
            holds(&firefox(&url), full);
        }
    });
}

/// Titles of documents as the products write them.
const PAGES: &[(&str, &[&str])] = &[
    (
        "chat/slack",
        &[
            "Slack | general | Acme",
            "(3) Slack | general | Acme",
            "! general (Channel) - Acme - 1 new item - Slack",
            "general - Slack",
            "general | Acme | Slack",
        ],
    ),
    ("chat/discord", &["Discord", "• Discord | #general | Acme", "(12) Discord | Friends"]),
    ("chat/teams", &["Chat | Ada Example | Microsoft Teams", "(2) Activity | Microsoft Teams", "Microsoft Teams"]),
    ("chat/skype", &["Skype", "(1) Skype"]),
    ("chat/telegram", &["Telegram", "Telegram Web", "(5) Telegram Web A", "Telegram WebK"]),
    ("chat/whatsapp", &["WhatsApp", "(4) WhatsApp", "WhatsApp Web", "(1) WhatsApp Business"]),
    ("chat/element", &["Element", "Element | Home", "Element [3] | Ada Example", "Element [*] | Room"]),
    ("chat/mattermost", &["Town Square - Acme Mattermost", "(2) Ada - Acme Mattermost"]),
    ("chat/zulip", &["(3) #general > hello - Acme - Zulip"]),
    ("chat/messenger", &["Messenger", "(1) Messenger | Facebook"]),
    ("chat/google-chat", &["Ada Example - Chat", "Google Chat"]),
    ("chat/google-messages", &["Messages for web", "Google Messages for web", "(1) Google Messages"]),
    ("chat/google-voice", &["Voice - Messages", "Google Voice"]),
    ("chat/linkedin-messages", &["(2) Messaging | LinkedIn"]),
    ("chat/irccloud", &["#channel | IRCCloud"]),
    ("hr/workday", &["My Pay - Workday", "Workday"]),
    ("hr/bamboohr", &["My Info - BambooHR"]),
    ("hr/personio", &["Ada Example | Personio", "Absences - Personio"]),
    ("hr/successfactors", &["SuccessFactors: Home", "Home - SuccessFactors"]),
    ("passwords/keeweb", &["KeeWeb"]),
    ("passwords/bitwarden", &["Vaults | Bitwarden Web vault", "Bitwarden Web Vault"]),
    ("passwords/proton-pass", &["Proton Pass"]),
    ("passwords/lastpass", &["My Vault - LastPass"]),
    ("health/mychart", &["MyChart - Test Results"]),
    ("mail/proton-mail", &["Inbox | ada@proton.me | Proton Mail", "(1) Inbox | ada@proton.me | Proton Mail"]),
    ("mail/gmail", &["Inbox (3) - ada@gmail.com - Gmail", "Gmail", "Inbox - ada@example.org - Acme Mail"]),
    ("mail/outlook", &["Mail - Ada Example - Outlook", "(7) Inbox - Outlook", "Outlook"]),
    ("mail/yahoo-mail", &["(2 unread) - ada@yahoo.com - Yahoo Mail"]),
    ("mail/icloud-mail", &["iCloud Mail"]),
    ("mail/fastmail", &["Inbox | Fastmail"]),
    ("mail/zoho-mail", &["Zoho Mail", "Zoho Mail (ada@example.org)"]),
    (
        "mail/roundcube",
        &["Roundcube Webmail :: Inbox", "Inbox :: Roundcube Webmail", "Zimbra: Inbox (2)", "INBOX - SnappyMail"],
    ),
    ("video/zoom", &["Zoom", "Launch Meeting - Zoom", "Zoom Meeting"]),
    ("video/google-meet", &["Meet - abc-defg-hij", "Meet – Weekly", "Google Meet"]),
    ("video/jitsi", &["Weekly | Jitsi Meet", "Jitsi Meet"]),
    ("video/webex", &["Weekly - Webex", "Webex"]),
    ("video/whereby", &["weekly | Whereby", "Rooms - Whereby"]),
    ("video/bigbluebutton", &["Weekly - BigBlueButton"]),
];

#[test]
fn a_site_whose_address_is_not_known_is_known_by_its_own_title() {
    for (rule, titles) in PAGES {
        for title in *titles {
            for ending in [
                " — Mozilla Firefox",
                " – Mozilla Firefox",
                " - Google Chrome",
                " - Chromium",
                " - Brave",
                " — LibreWolf",
                "",
            ] {
                holds(&firefox_titled(&format!("{title}{ending}")), rule);
                holds(&chrome_titled(&format!("{title}{ending}")), rule);
            }
            holds(&chrome_titled(&format!("{title} - Work - Microsoft\u{200b} Edge")), rule);
        }
    }
    let listed: HashSet<&str> = PAGES.iter().map(|(rule, _)| *rule).collect();
    each_product(|_, full, product: &Product| {
        assert_eq!(
            !product.page.is_empty(),
            listed.contains(full),
            "{full} has titles above and in its pack, or in neither"
        );
    });
}

#[test]
fn every_title_pattern_of_a_pack_is_hit_by_an_example() {
    let pages: Vec<String> = PAGES.iter().flat_map(|(_, t)| t.iter()).map(|t| (*t).to_owned()).collect();
    each_product(|_, full, product| {
        for pattern in &product.page {
            let whole = regex::Regex::new(&format!("(?:^|[)!•] ){pattern}$")).expect("a pattern");
            assert!(pages.iter().any(|t| whole.is_match(t)), "{full}: {pattern}");
        }
    });
}

#[test]
fn programs_in_a_terminal_are_known_by_the_title_they_set() {
    let cases = [
        ("chat/weechat", "WeeChat 4.1.2"),
        ("chat/weechat", "weechat"),
        ("chat/irssi", "irssi v1.4.5"),
        ("chat/iamb", "iamb"),
        ("chat/iamb", "gomuks"),
        ("chat/profanity", "profanity"),
        ("chat/qtox", "toxic"),
        ("mail/mutt", "mutt"),
        ("mail/mutt", "neomutt"),
        ("mail/mutt", "NeoMutt with 42 messages, 3 new"),
        ("mail/terminal-mail", "aerc"),
        ("mail/terminal-mail", "alpine"),
    ];
    for (rule, title) in cases {
        for (exe, class) in [
            ("/usr/bin/kitty", "kitty"),
            ("/usr/libexec/gnome-terminal-server", "Gnome-terminal"),
            ("/usr/bin/xterm", "XTerm"),
        ] {
            holds(&Identity { title: Some(title.into()), ..window(exe, class) }, rule);
        }
    }
}

#[test]
fn no_product_is_known_by_title_alone() {
    let bare: Vec<String> = packs()
        .iter()
        .flat_map(|pack| pack.entry.iter().map(move |e| (pack, e)))
        .filter(|(_, e)| {
            let lists = [&e.name, &e.exe, &e.class, &e.crx, &e.snap, &e.site, &e.terminal, &e.window];
            lists.iter().all(|l| l.is_empty())
        })
        .map(|(pack, e)| format!("{}/{}", pack.id, e.id))
        .collect();
    assert!(bare.is_empty(), "known by title alone: {bare:?}");
}
