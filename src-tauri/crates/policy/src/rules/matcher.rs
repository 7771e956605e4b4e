//! What the rules say of a window.

use super::own::{Fit, Own};
use super::pack::{PACKS, PRIVATE, Packs};
use super::site::{self, Address, Location};
use super::{Cause, Mode, RuleSet, Shows, Treatment, UnknownSites, Verdict, app, title};
use crate::Identity;
use std::borrow::Cow;

/// A window's identity, brought to the form that rules are kept in.
pub(super) struct Facts<'a> {
    pub exe: Option<app::Exe>,
    /// Class and instance.
    pub classes: Vec<String>,
    /// The forms of the application id.
    pub app_ids: Vec<String>,
    /// As it is, for the person's own patterns.
    pub raw_title: Option<&'a str>,
    title: Option<Cow<'a, str>>,
    spoken: Option<Cow<'a, str>>,
    pub address: Option<Address>,
    /// The browser's own page, if that stands for the one at the address: good enough to hold, not to permit.
    around: Option<Address>,
    /// Where a web app's window claims to come from: good enough to hold, not to permit.
    claimed: Option<Address>,
    is_browser: bool,
    is_terminal: bool,
}

impl<'a> Facts<'a> {
    fn of(id: &'a Identity, packs: &Packs) -> Facts<'a> {
        let exe = known(&id.exe).map(app::exe);
        let classes: Vec<String> =
            [&id.class, &id.instance].into_iter().filter_map(|c| known(c)).map(app::class).collect();
        let app_ids = known(&id.app_id).map(app::app_ids).unwrap_or_default();
        let (address, around) = match id.url.as_deref().map(site::locate) {
            Some(Location::Known(address)) => (Some(address), None),
            Some(Location::StandIn { page, of }) => (of, Some(page)),
            Some(Location::Unknown) | None => (None, None),
        };
        let is = |programs: &super::pack::Programs| {
            exe.as_ref().is_some_and(|e| {
                programs.has_exe(&e.name)
                    || e.flatpak.as_ref().is_some_and(|f| programs.has_class(f))
                    || e.snap.as_ref().is_some_and(|s| programs.has_snap(s))
            }) || classes.iter().chain(&app_ids).any(|c| programs.has_class(c))
                || app_ids.iter().filter_map(|id| app::snap_of(id)).any(|s| programs.has_snap(s))
        };
        let claimed = known(&id.instance).and_then(|i| site::from_instance(&i.to_lowercase()));
        Facts {
            is_browser: is(&packs.browsers),
            is_terminal: is(&packs.terminals),
            claimed,
            raw_title: id.title.as_deref(),
            title: id.title.as_deref().map(title::normal),
            spoken: id.spoken.as_deref().map(title::normal),
            exe,
            classes,
            app_ids,
            address,
            around,
        }
    }

    /// How the person's rules fit; to a page that stands for another those that permit do not.
    fn fits<'r>(&mut self, rules: &'r [Own]) -> Vec<(&'r Own, Fit)> {
        let mut fits: Vec<_> = rules.iter().map(|own| (own, own.fit(self))).collect();
        if self.around.is_some() {
            std::mem::swap(&mut self.address, &mut self.around);
            let strict = rules.iter().filter(|own| own.verdict > Treatment::Record);
            fits.extend(strict.map(|own| (own, own.fit(self))));
            std::mem::swap(&mut self.address, &mut self.around);
        }
        fits
    }

    /// What is told to screen readers alone: what a window is called there, without the title that it begins with.
    fn unseen(&self) -> Option<&str> {
        let spoken = self.spoken.as_deref()?;
        Some(self.title.as_deref().and_then(|title| spoken.strip_prefix(title)).unwrap_or(spoken))
    }

    /// Whether it is certain which application this is. A program that runs others is none.
    fn app_is_known(&self) -> bool {
        self.exe.as_ref().is_some_and(|e| {
            !e.name.is_empty() && (!app::is_generic(&e.name) || !self.classes.is_empty() || !self.app_ids.is_empty())
        })
    }
}

/// Whether the window shows what belongs to others.
pub(super) fn shows(id: &Identity) -> Option<Shows> {
    let facts = Facts::of(id, &PACKS);
    if facts.is_browser {
        Some(Shows::Sites)
    } else if facts.is_terminal {
        Some(Shows::Programs)
    } else {
        None
    }
}

/// A text that says something; blank is as good as not known.
fn known(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|t| !t.trim().is_empty())
}

pub(super) fn verdict(rules: &RuleSet, id: &Identity) -> Verdict {
    let packs = &*PACKS;
    let mut facts = Facts::of(id, packs);
    if let Some((entry, cause)) = sensitive(rules, packs, &facts) {
        let entry = &packs.entries[entry];
        let category = &packs.categories[entry.category].id;
        return Verdict {
            treatment: Treatment::Hold,
            category: Some(category.clone()),
            rule: Some(entry.full.clone()),
            cause: Some(if category == PRIVATE { Cause::PrivateWindow } else { cause }),
        };
    }
    let mut strictest: Option<&Own> = None;
    let mut doubtful: Option<&Own> = None;
    for (own, fit) in facts.fits(&rules.compiled) {
        match fit {
            Fit::Yes => {
                if strictest.is_none_or(|s| s.verdict < own.verdict) {
                    strictest = Some(own);
                }
            }
            // Unknown never permits: what would be kept out if its title were known is kept out of the content.
            Fit::Unknown if own.verdict > Treatment::Record => doubtful = doubtful.or(Some(own)),
            Fit::Unknown | Fit::No => {}
        }
    }
    if let Some(own) = strictest.filter(|s| s.verdict > Treatment::Record) {
        return by_own(own, own.verdict);
    }
    if let Some(own) = doubtful {
        return by_own(own, Treatment::Metadata);
    }
    if !facts.app_is_known() {
        return metadata(Cause::UnknownApp);
    }
    if let Some(own) = strictest {
        return by_own(own, Treatment::Record);
    }
    match rules.mode {
        Mode::OnlyListed => return metadata(Cause::NotListed),
        Mode::AllButSensitive => {}
    }
    match rules.unknown_sites {
        UnknownSites::Metadata if facts.is_browser && facts.address.is_none() => metadata(Cause::UnknownSite),
        UnknownSites::Metadata | UnknownSites::Record => {
            Verdict { treatment: Treatment::Record, category: None, rule: None, cause: None }
        }
    }
}

fn by_own(own: &Own, treatment: Treatment) -> Verdict {
    Verdict { treatment, category: None, rule: Some(own.id.clone()), cause: Some(Cause::Own) }
}

fn metadata(cause: Cause) -> Verdict {
    Verdict { treatment: Treatment::Metadata, category: None, rule: None, cause: Some(cause) }
}

/// The first entry in force that knows the window: by application, by private window, by site, by title.
fn sensitive(rules: &RuleSet, packs: &Packs, facts: &Facts<'_>) -> Option<(usize, Cause)> {
    let in_force = |at: &usize| rules.in_force(packs, *at);
    let app = by_app(packs, facts).find(in_force).map(|at| (at, Cause::App));
    let title = facts.title.as_deref();
    let private = || {
        let names = [title, facts.spoken.as_deref()].into_iter().flatten().filter(|_| facts.is_browser);
        let mut named = names.flat_map(|t| packs.window.matches(t)).peekable();
        // A browser that is known by its name is judged by that.
        let unseen = facts.unseen().filter(|_| facts.is_browser && named.peek().is_none());
        let marked = unseen.into_iter().flat_map(|t| packs.mark.matches(t));
        named.chain(marked).find(in_force).map(|at| (at, Cause::PrivateWindow))
    };
    let site = || {
        let known = facts.address.iter().flat_map(|a| by_site(packs, a));
        let claimed = facts.around.iter().chain(&facts.claimed).flat_map(|a| by_site(packs, a));
        known.chain(claimed).find(in_force).map(|at| (at, Cause::Site))
    };
    let page = || {
        let title = title.filter(|_| facts.is_browser && facts.address.is_none())?;
        let page = title::page(title, &packs.brands);
        let mut hits = packs.page.matches(page.title).collect::<Vec<_>>();
        hits.extend(page.without_profile.into_iter().flat_map(|p| packs.page.matches(p)));
        hits.into_iter().find(in_force).map(|at| (at, Cause::Site))
    };
    let terminal = || {
        title
            .filter(|_| facts.is_terminal)
            .and_then(|t| packs.terminal.matches(t).find(in_force))
            .map(|at| (at, Cause::App))
    };
    app.or_else(private).or_else(site).or_else(page).or_else(terminal)
}

fn by_app<'a>(packs: &'a Packs, facts: &'a Facts<'_>) -> impl Iterator<Item = usize> + 'a {
    let exe = facts.exe.iter();
    let exe_names = exe.clone().filter_map(|e| packs.exe.get(&e.name));
    let flatpaks = exe.clone().filter_map(|e| packs.class.get(e.flatpak.as_ref()?));
    let snaps = exe.filter_map(|e| packs.snap.get(e.snap.as_ref()?));
    let classes = facts.classes.iter().chain(&facts.app_ids).filter_map(|c| packs.class.get(c));
    let snap_ids = facts.app_ids.iter().filter_map(|id| packs.snap.get(app::snap_of(id)?));
    classes.chain(exe_names).chain(flatpaks).chain(snaps).chain(snap_ids).flatten().copied()
}

fn by_site<'a>(packs: &'a Packs, address: &'a Address) -> impl Iterator<Item = usize> + 'a {
    let named = site::suffixes(&address.host).filter_map(|host| packs.site.get(host)).flatten();
    // Pages of the browser itself have no host.
    let any_host = packs.any_host.iter().filter(|_| !address.host.ends_with(':'));
    let label = site::first_label(&address.host).and_then(|label| packs.first_label.get(label));
    let by_path = named.chain(any_host).filter(|(path, _)| site::path_covers(path, &address.path)).map(|(_, at)| at);
    by_path.chain(label.into_iter().flatten()).copied()
}
