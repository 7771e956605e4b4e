//! Rules: what may be recorded of a window, by who it is.
//!
//! Built-in packs name sensitive products by category. A person's `rules.toml` comes on top:
//!
//! ```toml
//! mode = "all-but-sensitive"      # or "only-listed": nothing but what a `record` rule names
//! off = ["mail", "chat/slack"]    # whole categories, or single entries, switched off
//! unknown_sites = "metadata"      # a browser whose site is not known; or "record"
//!
//! [[rule]]
//! id = "my-notes"
//! verdict = "hold"                # or "metadata", or "record"
//! class = "Obsidian"              # one or more of exe, class, app_id, title, site; all given must match
//!
//! [[rule]]
//! id = "drafts"
//! verdict = "metadata"
//! exe = "soffice.bin"             # the file name, or the whole path
//! title = "^Draft "               # a regular expression, searched for in the title
//!
//! [[rule]]
//! id = "wiki"
//! verdict = "record"
//! site = "wiki.example.org/team"  # a host and those below it; if wanted, the start of a path
//!
//! [[rule]]
//! id = "game"
//! verdict = "hold"
//! app_id = "org.example.Game"     # the application id, with or without `.desktop`
//! ```
//!
//! The strictest matching rule wins: hold, then metadata, then record. Only switching a category or an entry
//! off takes its holds away; a `record` rule does not. What a `record` rule can do is allow a browser whose site
//! is not known, and list things in the mode `only-listed`. A window whose executable is not known gets
//! metadata at most, whatever the rules.

mod app;
mod edit;
mod error;
mod matcher;
mod own;
mod pack;
mod parse;
mod site;
mod title;
mod types;

pub use edit::{Edit, edit};
pub use error::{RulesError, RulesErrorKind};
pub use types::{Category, Cause, Entry, Mode, OwnRule, Treatment, Verdict};

use crate::Identity;
use own::Own;
use pack::{PACKS, Packs};
use std::collections::HashSet;
use std::fmt;

/// What to do with a browser whose site is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum UnknownSites {
    #[default]
    Metadata,
    Record,
}

/// The packs and a person's own rules, compiled.
///
/// `Debug` prints no rule's content.
#[derive(Clone, Default)]
pub struct RuleSet {
    mode: Mode,
    unknown_sites: UnknownSites,
    /// Categories switched off, by number.
    off_categories: HashSet<usize>,
    /// Entries switched off, by number.
    off_entries: HashSet<usize>,
    own: Vec<OwnRule>,
    /// The same, in the same order, ready to be asked.
    compiled: Vec<Own>,
}

/// What a window shows that is not its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// A browser: sites.
    Sites,
    /// A terminal: programs that run in it.
    Programs,
}

/// Whether the window is a browser's or a terminal's.
#[must_use]
pub fn shows(id: &Identity) -> Option<Shows> {
    matcher::shows(id)
}

impl RuleSet {
    /// The packs alone, everything on.
    #[must_use]
    pub fn built_in() -> RuleSet {
        RuleSet::default()
    }

    /// The packs, and on top of them a person's `rules.toml`.
    ///
    /// # Errors
    ///
    /// The first mistake in the text, with its place and its cure.
    pub fn parse(user_rules_toml: &str) -> Result<RuleSet, RulesError> {
        parse::parse(user_rules_toml)
    }

    /// What may be kept of this window, and why.
    #[must_use]
    pub fn verdict(&self, id: &Identity) -> Verdict {
        matcher::verdict(self, id)
    }

    /// What is recorded when no rule says otherwise.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// All categories of the packs, with their switches.
    #[must_use]
    pub fn categories(&self) -> Vec<Category> {
        let packs = &*PACKS;
        let entry = |at: usize| Entry {
            id: packs.entries[at].id.clone(),
            title: packs.entries[at].title.clone(),
            on: !self.off_entries.contains(&at),
        };
        let category = |(number, category): (usize, &pack::PackCategory)| Category {
            id: category.id.clone(),
            title: category.title.clone(),
            on: !self.off_categories.contains(&number),
            entries: category.entries.clone().map(entry).collect(),
        };
        packs.categories.iter().enumerate().map(category).collect()
    }

    /// The person's own rules, in the order of the file.
    #[must_use]
    pub fn own(&self) -> &[OwnRule] {
        &self.own
    }

    fn in_force(&self, packs: &Packs, entry: usize) -> bool {
        !self.off_entries.contains(&entry) && !self.off_categories.contains(&packs.entries[entry].category)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet")
            .field("mode", &self.mode)
            .field("categories_off", &self.off_categories.len())
            .field("entries_off", &self.off_entries.len())
            .field("own", &self.own.len())
            .finish_non_exhaustive()
    }
}
