//! The data that rules give and take.

use serde::{Deserialize, Serialize};

/// What may be kept of a window. Ordered: the later, the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Treatment {
    /// Everything the person consented to.
    Record,
    /// That the application was in front, and for how long; no title, no pixels, no keys.
    Metadata,
    /// Nothing.
    Hold,
}

/// What is recorded when no rule says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Everything but what the packs and the person's own rules keep out.
    #[default]
    AllButSensitive,
    /// Only what the person's own `record` rules name.
    OnlyListed,
}

/// Why a window is not recorded in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A sensitive application.
    App,
    /// A sensitive site in a browser.
    Site,
    /// A private window of a browser.
    PrivateWindow,
    /// A browser whose site is not known.
    UnknownSite,
    /// A window whose application is not known for certain.
    UnknownApp,
    /// The mode is [`Mode::OnlyListed`], and no rule lists it.
    NotListed,
    /// One of the person's own rules.
    Own,
}

/// What the rules say of one window.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Verdict {
    /// What may be kept.
    pub treatment: Treatment,
    /// The category of the rule that decided, for rules of the packs.
    pub category: Option<String>,
    /// The rule that decided: `category/entry` of a pack, or the id of one of the person's own.
    pub rule: Option<String>,
    /// Why; `None` when the window is recorded and no rule had to say so.
    pub cause: Option<Cause>,
}

/// A category of sensitive things, as a person sees and switches it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Category {
    /// Its name in `rules.toml`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Whether it is in force.
    pub on: bool,
    /// What it covers, by title.
    pub entries: Vec<Entry>,
}

/// One product of a category.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Entry {
    /// Its name within the category; `category/entry` in `rules.toml`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Its own switch; in force only while its category is on too.
    pub on: bool,
}

/// A rule of the person's own. All the attributes given must match.
///
/// `Debug` prints no title and no site.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct OwnRule {
    /// Its name, unique among the person's own rules.
    pub id: String,
    /// What may be kept of the windows it matches.
    pub verdict: Treatment,
    /// The executable: its file name, or its whole path when this starts with `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub exe: Option<String>,
    /// `WM_CLASS`, either part, whole, in any case of letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub class: Option<String>,
    /// The application id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub app_id: Option<String>,
    /// A regular expression searched for in the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub title: Option<String>,
    /// A site: a host, which covers the hosts below it, and if wanted the start of a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub site: Option<String>,
}

impl std::fmt::Debug for OwnRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnRule").field("id", &self.id).field("verdict", &self.verdict).finish_non_exhaustive()
    }
}
