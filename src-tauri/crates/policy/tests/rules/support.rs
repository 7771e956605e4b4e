//! Windows to ask about, and the packs as data.

use policy::Identity;
use policy::rules::{RuleSet, Treatment, Verdict};
use serde::Deserialize;

/// A pack, as far as tests generate windows from it.
#[derive(Deserialize)]
pub struct Pack {
    pub id: String,
    pub entry: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "lowercase")]
#[derive(Default)]
pub struct Product {
    pub id: String,
    pub title: String,
    pub name: Vec<String>,
    pub exe: Vec<String>,
    pub class: Vec<String>,
    pub crx: Vec<String>,
    pub snap: Vec<String>,
    pub site: Vec<String>,
    pub page: Vec<String>,
    pub mark: String,
    pub window: Vec<String>,
    pub terminal: Vec<String>,
}

impl Product {
    /// Everything that is compared with an executable's file name.
    pub fn exes(&self) -> impl Iterator<Item = &String> {
        self.name.iter().chain(&self.exe)
    }

    /// Everything that is compared with class, instance and application id.
    pub fn classes(&self) -> impl Iterator<Item = &String> {
        self.name.iter().chain(&self.class)
    }

    /// Sites on the web with a host of their own; neither pages of the browser itself nor what is hosted anywhere.
    pub fn hosts(&self) -> impl Iterator<Item = &String> {
        self.site.iter().filter(|s| !s.contains([':', '*']))
    }
}

pub fn packs() -> Vec<Pack> {
    [
        include_str!("../../packs/chat.toml"),
        include_str!("../../packs/hr.toml"),
        include_str!("../../packs/passwords.toml"),
        include_str!("../../packs/banking.toml"),
        include_str!("../../packs/health.toml"),
        include_str!("../../packs/mail.toml"),
        include_str!("../../packs/video.toml"),
        include_str!("../../packs/private.toml"),
    ]
    .into_iter()
    .map(|text| toml::from_str(text).expect("a pack"))
    .collect()
}

/// Calls `f` with the category and the `category/entry` of every product.
pub fn each_product(mut f: impl FnMut(&str, &str, &Product)) {
    for pack in packs() {
        for product in &pack.entry {
            f(&pack.id, &format!("{}/{}", pack.id, product.id), product);
        }
    }
}

pub fn window(exe: &str, class: &str) -> Identity {
    Identity {
        exe: Some(exe.into()),
        class: Some(class.into()),
        instance: Some(class.to_lowercase()),
        title: Some("Untitled".into()),
        ..Identity::default()
    }
}

/// A plain Firefox window that shows this address.
pub fn firefox(url: &str) -> Identity {
    Identity {
        instance: Some("Navigator".into()),
        title: Some("A page — Mozilla Firefox".into()),
        url: Some(url.into()),
        ..window("/usr/lib/firefox-esr/firefox-esr", "firefox-esr")
    }
}

/// A Firefox window of which only the title is known.
pub fn firefox_titled(title: &str) -> Identity {
    Identity { url: None, title: Some(title.into()), ..firefox("") }
}

/// A Chrome window of which only the title is known.
pub fn chrome_titled(title: &str) -> Identity {
    Identity { title: Some(title.into()), ..window("/opt/google/chrome/chrome", "Google-chrome") }
}

/// An editor with a file of this name.
pub fn editor(file: &str) -> Identity {
    Identity { title: Some(format!("{file} - gedit")), ..window("/usr/bin/gedit", "Gedit") }
}

pub fn verdict(id: &Identity) -> Verdict {
    RuleSet::built_in().verdict(id)
}

#[track_caller]
pub fn holds(id: &Identity, rule: &str) {
    let verdict = verdict(id);
    assert_eq!(
        (verdict.treatment, verdict.rule.as_deref(), verdict.category.as_deref()),
        (Treatment::Hold, Some(rule), rule.split('/').next()),
        "{id:?}, title {:?}, url {:?}",
        id.title,
        id.url
    );
}

#[track_caller]
pub fn records(id: &Identity) {
    let verdict = verdict(id);
    assert_eq!(verdict.treatment, Treatment::Record, "{verdict:?}, {id:?}, title {:?}, url {:?}", id.title, id.url);
}
