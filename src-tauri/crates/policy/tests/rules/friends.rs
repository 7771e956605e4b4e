//! What only looks like a sensitive product is recorded.

use crate::support::{chrome_titled, each_product, editor, firefox, firefox_titled, records, verdict, window};
use policy::Identity;
use policy::rules::{Cause, Treatment};
use std::collections::HashSet;

#[test]
fn a_file_named_after_a_product_in_an_editor_is_recorded() {
    each_product(|_, _, product| {
        for name in product.exes().chain(product.classes()).chain([&product.title, &product.id]) {
            for file in
                [format!("{name}-notes.txt"), name.clone(), format!("notes on {name}.md"), format!("{name} | general")]
            {
                records(&editor(&file));
            }
            let beside = Identity { exe: Some(format!("/home/someone/{name}/gedit")), ..editor("notes.txt") };
            records(&beside);
        }
    });
}

#[test]
fn an_address_in_a_title_or_a_file_name_is_no_site() {
    each_product(|_, _, product| {
        for site in product.hosts() {
            records(&editor(&format!("https://{site}/")));
            records(&firefox(&format!("https://news.example.org/{site}")));
        }
    });
}

#[test]
fn a_class_with_letters_before_or_after_is_another_program() {
    let mut all = HashSet::new();
    each_product(|_, _, p| all.extend(p.exes().chain(p.classes()).map(|k| k.to_lowercase())));
    let known = |key: &str| all.contains(&key.to_lowercase());
    each_product(|_, full, product| {
        for name in product.exes().chain(product.classes()) {
            for other in [
                format!("{name}x"),
                format!("x{name}"),
                format!("{name}-notes"),
                format!("not{name}"),
                format!("{name} 2"),
            ] {
                if known(&other) {
                    continue;
                }
                for id in [
                    window("/usr/bin/something", &other),
                    window(&format!("/usr/bin/{other}"), "Something"),
                    Identity { app_id: Some(other.clone()), ..window("/usr/bin/something", "Something") },
                ] {
                    let verdict = verdict(&id);
                    assert_ne!(verdict.treatment, Treatment::Hold, "{full}: {id:?} {verdict:?}");
                }
            }
        }
    });
}

#[test]
fn a_site_whose_name_only_contains_a_product_is_recorded() {
    let mut hosts = HashSet::new();
    each_product(|_, _, p| hosts.extend(p.hosts().map(|s| s.split('/').next().unwrap_or_default().to_owned())));
    let mut labels = HashSet::new();
    each_product(|_, _, p| labels.extend(p.site.iter().filter_map(|s| s.strip_suffix(".*")).map(str::to_owned)));
    let below_another = |host: &str| {
        std::iter::successors(Some(host), |h| h.split_once('.').map(|(_, rest)| rest)).any(|h| hosts.contains(h))
    };
    each_product(|_, _, product| {
        for site in product.hosts() {
            let (host, path) = site.split_once('/').map_or((site.as_str(), ""), |(h, p)| (h, p));
            for url in [
                format!("https://evil.example/{site}"),
                format!("https://evil.example/?to=https://{site}"),
                format!("https://evil.example/#{site}"),
                format!("https://{host}@evil.example/{path}"),
                format!("https://{}/{path}", host.replace('.', "-")),
                format!("https://{host}x/{path}"),
            ] {
                records(&firefox(&url));
            }
            if !labels.contains(host.split('.').next().unwrap_or_default()) {
                records(&firefox(&format!("https://{host}.evil.example/{path}")));
            }
            let not = format!("not{host}");
            if !below_another(&not) {
                records(&firefox(&format!("https://{not}/{path}")));
            }
            if !path.is_empty() && !below_another(host.split_once('.').map_or("", |(_, rest)| rest)) {
                for url in [
                    format!("https://{host}/"),
                    format!("https://{host}/{path}-guide"),
                    format!("https://{host}/x/{path}"),
                ] {
                    let verdict = verdict(&firefox(&url));
                    let own_path = verdict.rule.as_deref().is_some_and(|r| r.ends_with(&product.id));
                    assert!(!own_path, "{url} {verdict:?}");
                }
            }
        }
    });
}

#[test]
fn what_only_resembles_a_product_hosted_anywhere_is_recorded() {
    for url in [
        "https://example.org/owable",
        "https://example.org/x/owa",
        "https://example.org/?/owa",
        "https://webmailer.example.org/",
        "https://a.webmail.example.org/",
        "https://webmail.org/",
        "https://example.org/apps",
        "https://cloud.example.org/apps/files",
        "https://bbbb.example.org/",
    ] {
        records(&firefox(url));
    }
}

#[test]
fn an_article_about_a_product_is_recorded_when_its_site_is_known_and_no_more_than_grey_when_not() {
    each_product(|_, full, product| {
        let name = &product.title;
        for title in [
            format!("How {name} grew - Blog"),
            format!("{name}: a review - Example News"),
            format!("The word {name} | Example Dictionary"),
            format!("{name} - Wikipedia"),
        ] {
            for whole in [format!("{title} — Mozilla Firefox"), format!("{title} - Google Chrome")] {
                let url = Some("https://news.example.org/2026/article".to_owned());
                records(&Identity { url: url.clone(), ..firefox_titled(&whole) });
                records(&Identity { url, ..chrome_titled(&whole) });
                for id in [firefox_titled(&whole), chrome_titled(&whole)] {
                    let verdict = verdict(&id);
                    assert_eq!(verdict.treatment, Treatment::Metadata, "{full}: {whole}");
                    assert_eq!(verdict.cause, Some(Cause::UnknownSite), "{full}: {whole}");
                }
            }
        }
    });
}

#[test]
fn the_title_of_a_product_on_another_site_is_recorded() {
    for title in ["Slack | general | Acme", "Inbox - ada@gmail.com - Gmail", "Discord", "Meet - abc", "Weekly - Webex"]
    {
        records(&Identity {
            url: Some("https://news.example.org/".into()),
            ..firefox_titled(&format!("{title} — Mozilla Firefox"))
        });
    }
}

#[test]
fn the_title_of_a_product_outside_browsers_is_recorded() {
    for title in [
        "Slack | general | Acme",
        "general - Slack",
        "Gmail",
        "Mozilla Firefox Private Browsing",
        "WhatsApp",
        "mutt",
        "irssi",
    ] {
        records(&Identity { title: Some(title.into()), ..window("/usr/bin/gimp", "Gimp") });
    }
}

#[test]
fn a_file_or_a_manual_about_a_terminal_program_is_recorded() {
    for title in
        ["vim mutt.txt", "man mutt", "mutt.txt - VIM", "~/src/weechat", "ada@host: ~/irssi", "aerc.conf", "less alpine"]
    {
        records(&Identity { title: Some(title.into()), ..window("/usr/bin/kitty", "kitty") });
    }
}

#[test]
fn the_cases_the_documentation_names() {
    records(&editor("slack-notes.txt"));
    records(&firefox("https://notslack.com/"));
    records(&firefox("https://slack.com.evil.example/"));
    records(&Identity {
        title: Some("How Slack grew - Blog - Mozilla Firefox".into()),
        ..firefox("https://blog.example.org/slack")
    });
    assert_ne!(verdict(&firefox_titled("How Slack grew - Blog - Mozilla Firefox")).treatment, Treatment::Hold);
    // Letters of another alphabet that look like slack.com.
    records(&firefox("https://ѕlack.com/"));
    records(&firefox("https://xn--lack-s4d.com/"));
    records(&firefox("file:///home/someone/slack.com/index.html"));
    records(&firefox("https://docs.google.com/document/d/1"));
    records(&firefox("https://github.com/slackhq/slack"));
    records(&firefox("https://www.linkedin.com/feed/"));
    records(&firefox("https://www.facebook.com/"));
    records(&firefox("http://127.0.0.1:8080/slack.com"));
    records(&firefox("http://[::1]:8080/"));
}
