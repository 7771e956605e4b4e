//! Browsers: private windows, sites that are not known, web apps.

use crate::support::{chrome_titled, firefox, firefox_titled, holds, records, verdict, window};
use policy::Identity;
use policy::rules::{Cause, RuleSet, Shows, Treatment, shows};

/// Executable, class, name in titles.
const FIREFOXES: &[(&str, &str, &str)] = &[
    ("/usr/lib/firefox/firefox", "firefox", "Mozilla Firefox"),
    ("/usr/lib/firefox-esr/firefox-esr", "firefox-esr", "Mozilla Firefox"),
    ("/snap/firefox/3836/usr/lib/firefox/firefox", "firefox", "Mozilla Firefox"),
    ("/app/lib/firefox/firefox-bin", "org.mozilla.firefox", "Mozilla Firefox"),
    ("/opt/firefox-dev/firefox", "firefox-aurora", "Firefox Developer Edition"),
    ("/opt/nightly/firefox", "firefox-nightly", "Firefox Nightly"),
    ("/usr/share/librewolf/librewolf", "librewolf", "LibreWolf"),
    ("/opt/zen/zen", "zen", "Zen Browser"),
    ("/opt/waterfox/waterfox", "waterfox-default", "Waterfox"),
    ("/opt/floorp/floorp", "floorp", "Floorp"),
];

const CHROMIUMS: &[(&str, &str, &str)] = &[
    ("/opt/google/chrome/chrome", "Google-chrome", "Google Chrome"),
    ("/opt/google/chrome-beta/chrome", "Google-chrome-beta", "Google Chrome Beta"),
    ("/usr/lib/chromium/chromium", "Chromium", "Chromium"),
    ("/snap/chromium/2890/usr/lib/chromium-browser/chrome", "Chromium-browser", "Chromium"),
    ("/opt/microsoft/msedge/msedge", "Microsoft-edge", "Microsoft\u{200b} Edge"),
    ("/opt/brave.com/brave/brave", "Brave-browser", "Brave"),
    ("/opt/vivaldi/vivaldi-bin", "Vivaldi-stable", "Vivaldi"),
    ("/usr/lib/x86_64-linux-gnu/opera/opera", "Opera", "Opera"),
];

const OTHERS: &[(&str, &str)] = &[
    ("/usr/bin/epiphany-browser", "Epiphany"),
    ("/usr/bin/epiphany", "org.gnome.Epiphany"),
    ("/usr/bin/falkon", "falkon"),
    ("/usr/bin/python3.12", "qutebrowser"),
    ("/usr/bin/konqueror", "konqueror"),
    // Built on Gecko, unheard of: the instance says so.
    ("/opt/somefox/somefox", "Navigator"),
    ("/usr/lib/firefox/firefox", "WebApp-Notes1234"),
    ("/usr/lib/firefox/firefox", "FFPWA-01H4V3X"),
];

fn titled(exe: &str, class: &str, title: String) -> Identity {
    Identity { title: Some(title), ..window(exe, class) }
}

#[track_caller]
fn is_private(id: &Identity) {
    let verdict = verdict(id);
    assert_eq!(verdict.treatment, Treatment::Hold, "{:?}", id.title);
    assert_eq!(verdict.category.as_deref(), Some("private"), "{:?}", id.title);
    assert_eq!(verdict.cause, Some(Cause::PrivateWindow), "{:?}", id.title);
}

#[test]
fn a_browser_whose_site_is_not_known_gives_metadata_only() {
    let all = FIREFOXES.iter().chain(CHROMIUMS).map(|(exe, class, _)| (*exe, *class)).chain(OTHERS.iter().copied());
    for (exe, class) in all {
        for url in
            [None, Some(""), Some("about:blank"), Some("data:text/html,x"), Some("search words"), Some("javascript:1")]
        {
            let id = Identity { url: url.map(str::to_owned), ..titled(exe, class, "Something".into()) };
            let verdict = verdict(&id);
            assert_eq!(verdict.treatment, Treatment::Metadata, "{exe} {class} {url:?}");
            assert_eq!(verdict.cause, Some(Cause::UnknownSite), "{exe} {class} {url:?}");
        }
        records(&Identity { url: Some("https://news.example.org/".into()), ..titled(exe, class, "Something".into()) });
    }
}

#[test]
fn private_windows_of_firefox_and_its_kin_are_held_in_every_language() {
    let words = [
        "Private Browsing",
        "Privater Modus",
        "Navegación privada",
        "Navigazione anonima",
        "Navegação privada",
        "Tryb prywatny",
        "Gizli Gezinti",
        "Privat surfning",
        "Privat browsing",
        "Privat nettlesing",
        "プライベートブラウジング",
        "隐私浏览",
        "隱私瀏覽模式",
        "사생활 보호 모드",
        "Приватный просмотр",
        "Anonymní prohlížení",
    ];
    for (exe, class, name) in FIREFOXES {
        for word in words {
            for title in [
                format!("{name} {word}"),
                format!("A page — {name} {word}"),
                format!("A page – {name} {word}"),
                format!("A page — {name} ({word})"),
                format!("A page - Blog — {name} — {word}"),
            ] {
                is_private(&titled(exe, class, title.clone()));
                is_private(&Identity { url: Some("https://news.example.org/".into()), ..titled(exe, class, title) });
            }
        }
        for title in [
            format!("Une page — Navigation privée de {name}"),
            format!("Страница — Приватный просмотр {name}"),
            format!("Een pagina — {name}-privénavigatie"),
            format!("Strona — {name} — tryb prywatny"),
            format!("Uma página — {name} — navegação privativa"),
        ] {
            is_private(&titled(exe, class, title));
        }
    }
}

#[test]
fn private_windows_of_chromium_and_its_kin_are_held_where_their_title_tells() {
    let tags = [
        "(Incognito)",
        "(anonym)",
        "(Navigation privée)",
        "(incógnito)",
        "(In incognito)",
        "(Modo anônimo)",
        "(Navegação anónima)",
        "(инкогнито)",
        "（无痕）",
        "(無痕模式)",
        "（シークレット モード）",
        "(시크릿 모드)",
        "(Gizli mod)",
        "(Inkognito)",
    ];
    let pages = [
        "New Incognito Tab",
        "New Incognito tab",
        "Neuer Inkognitotab",
        "Nouvel onglet de navigation privée",
        "Nueva pestaña de Incógnito",
        "Nuova scheda Incognito",
        "Nova guia anônima",
        "Nieuw incognitotabblad",
        "Nowa karta incognito",
        "Новая вкладка инкогнито",
        "新的无痕式标签页",
        "新しいシークレット タブ",
        "새 시크릿 탭",
        "Yeni Gizli Sekme",
    ];
    for (exe, class, name) in CHROMIUMS {
        for tag in tags {
            is_private(&titled(exe, class, format!("A page - {name} {tag}")));
            is_private(&titled(exe, class, format!("A page - {name}{tag}")));
        }
        for page in pages {
            is_private(&titled(exe, class, format!("{page} - {name}")));
        }
        is_private(&titled(exe, class, format!("A page - {name} (Guest)")));
        is_private(&titled(exe, class, format!("Eine Seite - {name} (Gast)")));
    }
    let (edge, brave) = (CHROMIUMS[4], CHROMIUMS[5]);
    for title in [
        "A page - [InPrivate] - Microsoft\u{200b} Edge",
        "New InPrivate tab - [InPrivate] - Microsoft Edge",
        "A page - Microsoft Edge [InPrivate]",
        "A page - InPrivate - Microsoft\u{200b} Edge",
    ] {
        is_private(&titled(edge.0, edge.1, title.into()));
    }
    for title in ["New Private Tab - Brave", "A page - Brave (Private)", "New Private Tab with Tor - Brave"] {
        is_private(&titled(brave.0, brave.1, title.into()));
    }
    is_private(&titled(CHROMIUMS[6].0, CHROMIUMS[6].1, "A page - Private Window - Vivaldi".into()));
    is_private(&titled(CHROMIUMS[7].0, CHROMIUMS[7].1, "Private browsing - Opera".into()));
}

#[test]
fn tor_browser_and_mullvad_browser_are_always_private() {
    for (exe, class) in [
        ("/home/someone/tor-browser/Browser/firefox.real", "Tor Browser"),
        ("/home/someone/tor-browser/Browser/firefox.real", "tor-browser"),
        ("/opt/mullvad-browser/Browser/mullvadbrowser.real", "Mullvad Browser"),
        ("/usr/bin/mullvad-browser", "mullvadbrowser"),
    ] {
        is_private(&Identity { url: Some("https://news.example.org/".into()), ..titled(exe, class, "A page".into()) });
    }
}

#[test]
fn an_article_about_private_browsing_is_no_private_window() {
    for (id, title) in [
        (firefox_titled(""), "How Private Browsing works — Mozilla Firefox"),
        (firefox_titled(""), "Private Browsing — Mozilla Firefox"),
        (firefox_titled(""), "Mozilla Firefox Private Browsing explained — Mozilla Firefox"),
        (chrome_titled(""), "What is (Incognito) - Google Chrome"),
        (chrome_titled(""), "Google Chrome (Incognito) explained - Google Chrome"),
        (chrome_titled(""), "InPrivate browsing - Google Chrome"),
    ] {
        let id = Identity { title: Some(title.into()), ..id };
        assert_eq!(verdict(&id).treatment, Treatment::Metadata, "{title}");
        records(&Identity { url: Some("https://news.example.org/".into()), ..id });
    }
}

#[test]
fn a_web_app_window_is_known_by_the_address_in_its_instance() {
    for (instance, rule) in [
        ("app.slack.com__client_T012_C034", "chat/slack"),
        ("app.slack.com", "chat/slack"),
        ("mail.google.com__mail_u_0", "mail/gmail"),
        ("mail.google.com__chat_u_0", "chat/google-chat"),
        ("www.linkedin.com__messaging_thread_x", "chat/linkedin-messages"),
        ("Meet.Google.com__abc-defg-hij", "video/google-meet"),
    ] {
        holds(&Identity { instance: Some(instance.into()), ..chrome_titled("Untitled") }, rule);
    }
    for instance in
        ["news.example.org__article", "notslack.com", "slack.com.evil.example__client", "www.linkedin.com__feed"]
    {
        // An instance is a claim; it permits nothing.
        let id = Identity { instance: Some(instance.into()), ..chrome_titled("Untitled") };
        assert_eq!(verdict(&id).cause, Some(Cause::UnknownSite), "{instance}");
    }
}

#[test]
fn nativefier_apps_are_known_by_the_name_before_their_number() {
    holds(&window("/opt/whatsapp/WhatsApp-x", "whatsapp-nativefier-d40211"), "chat/whatsapp");
    records(&window("/opt/notes/Notes", "notes-nativefier-d40211"));
    records(&window("/opt/notes/Notes", "slack-nativefier-theme"));
}

#[test]
fn a_site_is_held_in_any_program_that_tells_its_address() {
    let mut id = window("/usr/bin/unheard-of", "Unheard-Of");
    records(&id);
    id.url = Some("https://app.slack.com/client".into());
    holds(&id, "chat/slack");
}

#[test]
fn passwords_kept_by_the_browser_are_held() {
    for url in [
        "about:logins",
        "about:logins?filter=x",
        "chrome://password-manager/passwords",
        "chrome://settings/passwords",
        "edge://wallet/passwords",
        "https://passwords.google.com/",
    ] {
        holds(&firefox(url), "passwords/browser-passwords");
    }
    records(&firefox("about:config"));
    records(&firefox("chrome://settings/appearance"));
}

#[test]
fn what_is_not_known_never_permits() {
    let unknown = |id: Identity| {
        let verdict = verdict(&id);
        assert_eq!((verdict.treatment, verdict.cause), (Treatment::Metadata, Some(Cause::UnknownApp)), "{id:?}");
    };
    unknown(Identity::default());
    unknown(Identity { title: Some("Untitled".into()), ..Identity::default() });
    unknown(Identity { class: Some("Gedit".into()), ..Identity::default() });
    unknown(Identity { app_id: Some("org.gnome.gedit".into()), ..Identity::default() });
    unknown(Identity { exe: Some(String::new()), class: Some("  ".into()), ..Identity::default() });
    unknown(Identity { exe: Some("/usr/lib/electron28/electron".into()), ..Identity::default() });
    unknown(Identity { exe: Some("/usr/bin/python3.12".into()), ..Identity::default() });
    records(&Identity { exe: Some("/usr/bin/gedit".into()), ..Identity::default() });
    // A person's leave does not reach what nobody knows.
    let rules = RuleSet::parse("[[rule]]\nid = \"all\"\nverdict = \"record\"\ntitle = \"\"\n");
    assert!(rules.is_err());
    let rules = RuleSet::parse("[[rule]]\nid = \"all\"\nverdict = \"record\"\ntitle = \".\"\n").expect("rules");
    let id = Identity { class: Some("Gedit".into()), title: Some("x".into()), ..Identity::default() };
    assert_eq!(rules.verdict(&id).cause, Some(Cause::UnknownApp));
}

#[test]
fn a_private_window_that_says_so_only_to_screen_readers_is_private() {
    for (exe, class, spoken) in [
        ("/usr/lib/chromium/chromium", "Chromium", "A page - Chromium (Incognito)"),
        ("/opt/google/chrome/chrome", "Google-chrome", "A page - Google Chrome (Inkognito)"),
        ("/opt/google/chrome/chrome", "Google-chrome", "Une page - Google Chrome (Navigation privée)"),
        ("/usr/lib/chromium/chromium", "Chromium", "ページ - Chromium (シークレット モード)"),
    ] {
        let page = Identity { url: Some("https://news.example.org/".into()), ..titled(exe, class, "A page".into()) };
        records(&page);
        is_private(&Identity { spoken: Some(spoken.into()), ..page });
    }
    // The mark of another program is none.
    let editor = Identity { spoken: Some("A page - Chromium (Incognito)".into()), ..window("/usr/bin/gedit", "Gedit") };
    records(&editor);
}

#[test]
fn the_mark_for_screen_readers_is_known_whatever_the_browser_calls_itself() {
    for (exe, class, title, spoken) in [
        // A window of a web app bears no name of a browser.
        ("/usr/lib/chromium/chromium", "Chromium", "A page", "A page (Incognito)"),
        ("/usr/lib/chromium/chromium", "Chromium", "A page", "A page（シークレット モード）"),
        ("/opt/google/chrome/chrome", "Google-chrome", "A page", "A page (Gast)"),
        ("/usr/lib/chromium/chromium", "Chromium", "A page", "A page - Audio playing (Incognito)"),
        ("/usr/lib/chromium/chromium", "Chromium", "On (Incognito)", "On (Incognito) (Incognito)"),
        ("/opt/brave.com/brave/brave", "Brave-browser", "A page", "A page (Private with Tor)"),
        ("/opt/microsoft/msedge/msedge", "Microsoft-edge", "A page", "A page - [InPrivate]"),
        ("/opt/naver/whale/whale", "Whale", "A page - Whale", "A page - Whale (Incognito)"),
        ("/opt/slimjet/slimjet", "Slimjet", "A page - Slimjet", "A page - Slimjet (Incognito)"),
        ("/opt/cromite/chrome", "Cromite", "A page - Cromite", "A page - Audio playing - Cromite (Incognito)"),
        ("/usr/bin/thorium-browser", "Thorium", "A page - Unheard Of", "A page - Playing - Unheard Of (Incognito)"),
    ] {
        let page = Identity { url: Some("https://news.example.org/".into()), ..titled(exe, class, title.into()) };
        records(&page);
        is_private(&Identity { spoken: Some(spoken.into()), ..page });
    }
}

#[test]
fn a_page_whose_title_ends_like_the_mark_is_no_private_window() {
    for (title, spoken) in [
        ("Notes (Incognito)", "Notes (Incognito)"),
        ("Notes (Guest)", "Notes (Guest) - Audio playing"),
        ("Notes (Incognito) - Whale", "Notes (Incognito) - Whale"),
        ("Notes (Private) - Whale", "Notes (Private) - Audio playing - Whale"),
    ] {
        let id = titled("/opt/naver/whale/whale", "Whale", title.into());
        records(&Identity { url: Some("https://news.example.org/".into()), spoken: Some(spoken.into()), ..id });
    }
}

#[test]
fn private_windows_of_a_browser_that_is_switched_off_are_not_held_for_the_mark_of_another() {
    let rules = RuleSet::parse("off = [\"private/vivaldi\"]").expect("rules");
    let id = Identity {
        url: Some("https://news.example.org/".into()),
        spoken: Some("A page - Vivaldi (Private)".into()),
        ..titled("/opt/vivaldi/vivaldi-bin", "Vivaldi-stable", "A page - Vivaldi".into())
    };
    assert_eq!(rules.verdict(&id).treatment, Treatment::Record);
    is_private(&id);
}

#[test]
fn a_page_in_the_reader_is_judged_by_the_site_it_is_from() {
    holds(&firefox("about:reader?url=https%3A%2F%2Fapp.slack.com%2Fclient"), "chat/slack");
    holds(&firefox("about:neterror?e=netTimeout&u=https%3A//app.slack.com/client&c=UTF-8"), "chat/slack");
    records(&firefox("about:reader?url=https%3A%2F%2Fnews.example.org%2F"));
    assert_eq!(verdict(&firefox("about:reader")).cause, Some(Cause::UnknownSite));
    // What the page of the browser is itself holds as ever.
    holds(&firefox("about:logins?url=https%3A%2F%2Fnews.example.org%2F"), "passwords/browser-passwords");
}

#[test]
fn a_rule_for_a_page_of_the_browser_holds_what_it_stands_for_and_permits_nothing() {
    let asleep = |of: &str| firefox(&format!("moz-extension://abc/asleep.html#uri={of}"));
    let rule = |verdict: &str, site: &str| {
        let text = format!("[[rule]]\nid = \"own\"\nverdict = \"{verdict}\"\nsite = \"{site}\"\n");
        RuleSet::parse(&text).expect("rules")
    };
    let treatment = |rules: &RuleSet, of: &str| rules.verdict(&asleep(of)).treatment;
    let by_page = rule("hold", "moz-extension://abc");
    assert_eq!(treatment(&by_page, "https://news.example.org/"), Treatment::Hold);
    let by_site = rule("hold", "news.example.org");
    assert_eq!(treatment(&by_site, "https://news.example.org/"), Treatment::Hold);
    assert_eq!(treatment(&by_site, "https://else.example.org/"), Treatment::Record);
    let permitted = rule("record", "moz-extension://abc");
    assert_eq!(treatment(&permitted, "nowhere"), Treatment::Metadata);
}

#[test]
fn a_browser_is_known_by_the_package_it_comes_in() {
    for exe in [
        "/var/lib/flatpak/app/org.mozilla.firefox/x86_64/stable/active/files/bin/launcher",
        "/snap/firefox/4793/usr/lib/launcher",
    ] {
        let id = Identity { exe: Some(exe.into()), ..Identity::default() };
        assert_eq!(shows(&id), Some(Shows::Sites), "{exe}");
    }
    let by_name = |exe: &str| shows(&Identity { exe: Some(exe.into()), ..Identity::default() });
    assert_eq!(by_name("/opt/google/chrome/chrome"), Some(Shows::Sites));
    assert_eq!(by_name("/usr/bin/xterm"), Some(Shows::Programs));
    assert_eq!(by_name("/snap/gedit/12/usr/bin/gedit"), None);
}

#[test]
fn a_browser_shows_sites_a_terminal_programs_and_an_editor_only_itself() {
    let terminal = window("/usr/libexec/gnome-terminal-server", "Gnome-terminal");
    assert_eq!(shows(&firefox("https://example.org/")), Some(Shows::Sites));
    assert_eq!(shows(&chrome_titled("Some page")), Some(Shows::Sites));
    assert_eq!(shows(&terminal), Some(Shows::Programs));
    assert_eq!(shows(&window("/usr/bin/gedit", "Gedit")), None);
}

#[test]
fn a_window_onto_another_machine_shows_programs_whose_passwords_nobody_announces() {
    for (exe, class) in [
        ("/usr/bin/putty", "Putty"),
        ("/usr/bin/remmina", "org.remmina.Remmina"),
        ("/usr/bin/virt-viewer", "Virt-viewer"),
        ("/usr/lib/virtualbox/VirtualBoxVM", "VirtualBox Machine"),
        ("/usr/bin/qemu-system-x86_64", "Qemu-system-x86_64"),
        ("/usr/bin/xfreerdp3", "xfreerdp"),
    ] {
        assert_eq!(shows(&window(exe, class)), Some(Shows::Programs), "{exe}");
    }
}
