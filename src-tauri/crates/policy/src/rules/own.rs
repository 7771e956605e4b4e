//! A rule of the person's own, made ready.

use super::matcher::Facts;
use super::site::SitePattern;
use super::{OwnRule, Treatment, app};
use regex::Regex;

/// Whether a rule matches a window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// It would, if what is not known of the window were so.
    Unknown,
}

/// A rule of the person's own, compiled.
#[derive(Clone)]
pub(super) struct Own {
    pub id: String,
    pub verdict: Treatment,
    exe: Option<String>,
    class: Option<String>,
    app_id: Option<Vec<String>>,
    title: Option<Regex>,
    site: Option<SitePattern>,
}

impl Own {
    /// The pattern and the site are those of the rule, already read.
    pub(super) fn new(rule: &OwnRule, title: Option<Regex>, site: Option<SitePattern>) -> Own {
        Own {
            exe: rule.exe.as_deref().map(|e| e.trim().to_lowercase()),
            class: rule.class.as_deref().map(app::class),
            app_id: rule.app_id.as_deref().map(app::app_ids),
            id: rule.id.clone(),
            verdict: rule.verdict,
            title,
            site,
        }
    }

    pub(super) fn fit(&self, facts: &Facts<'_>) -> Fit {
        let app = self.exe.as_ref().is_none_or(|want| exe_fits(want, facts))
            && self.class.as_ref().is_none_or(|want| facts.classes.contains(want))
            && self.app_id.as_ref().is_none_or(|want| app_id_fits(want, facts))
            && self.site.as_ref().is_none_or(|want| facts.address.as_ref().is_some_and(|a| want.matches(a)));
        match (app, &self.title, facts.raw_title) {
            (false, _, _) => Fit::No,
            (true, None, _) => Fit::Yes,
            (true, Some(_), None) => Fit::Unknown,
            (true, Some(pattern), Some(title)) => {
                if pattern.is_match(title) {
                    Fit::Yes
                } else {
                    Fit::No
                }
            }
        }
    }
}

fn exe_fits(want: &str, facts: &Facts<'_>) -> bool {
    facts.exe.as_ref().is_some_and(|exe| if want.starts_with('/') { exe.path == want } else { exe.name == want })
}

fn app_id_fits(want: &[String], facts: &Facts<'_>) -> bool {
    let flatpak = facts.exe.as_ref().and_then(|e| e.flatpak.as_ref());
    facts.app_ids.iter().chain(flatpak).any(|id| want.contains(id))
}
