//! Reads a person's `rules.toml`, and says of every mistake where it is and how to mend it.

use super::error::{RulesError, RulesErrorKind as Kind, quoted};
use super::own::Own;
use super::pack::PACKS;
use super::site::SitePattern;
use super::{Mode, OwnRule, RuleSet, Treatment, UnknownSites};
use regex::{Regex, RegexBuilder};
use std::collections::HashMap;
use std::ops::Range;
use toml_edit::{Document, Item, Key, TableLike};

/// The longest file, in bytes.
const FILE: usize = 256 * 1024;
/// The most rules of the person's own: each is asked for every window.
const RULES: usize = 500;
/// The longest value, in bytes.
const VALUE: usize = 1000;
/// The longest id.
const ID: usize = 64;
/// The most memory one compiled title pattern may take, in bytes.
const PATTERN: usize = 256 * 1024;

const KEYS: [&str; 4] = ["mode", "off", "unknown_sites", "rule"];
const RULE_KEYS: [&str; 7] = ["id", "verdict", "exe", "class", "app_id", "title", "site"];

/// The text, for places.
struct Reader<'a> {
    text: &'a str,
}

pub(super) fn parse(text: &str) -> Result<RuleSet, RulesError> {
    let reader = Reader { text };
    if text.len() > FILE {
        let cure = format!("Keep the file below {} KiB.", FILE / 1024);
        return Err(reader.err(None, Kind::TooLong, "the file is too long", cure));
    }
    let document = Document::parse(text).map_err(|e| {
        let cure = "Correct the line; strings stand in \"quotes\", a rule begins with [[rule]].";
        // Some of TOML's messages have several lines.
        let message = e.message().lines().next().unwrap_or("this is not TOML").trim_end_matches('.').to_owned();
        reader.err(e.span(), Kind::Syntax, message, cure)
    })?;
    let root = document.as_table();
    for (key, _) in root.iter() {
        reader.known_key(root, key, &KEYS)?;
    }
    let mut rules = RuleSet::default();
    if let Some(item) = root.get("mode") {
        rules.mode = reader.choice(
            item,
            "mode",
            &[("all-but-sensitive", Mode::AllButSensitive), ("only-listed", Mode::OnlyListed)],
        )?;
    }
    if let Some(item) = root.get("unknown_sites") {
        let choices = [("metadata", UnknownSites::Metadata), ("record", UnknownSites::Record)];
        rules.unknown_sites = reader.choice(item, "unknown_sites", &choices)?;
    }
    if let Some(item) = root.get("off") {
        reader.off(item, &mut rules)?;
    }
    if let Some(item) = root.get("rule") {
        reader.rules(item, &mut rules)?;
    }
    Ok(rules)
}

impl Reader<'_> {
    fn err(
        &self,
        span: Option<Range<usize>>,
        kind: Kind,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) -> RulesError {
        RulesError::at(self.text, span, kind, message, cure)
    }

    fn known_key(&self, table: &dyn TableLike, key: &str, known: &[&str]) -> Result<(), RulesError> {
        if known.contains(&key) {
            return Ok(());
        }
        let span = table.key(key).and_then(Key::span);
        let cure = match key {
            "rules" if known == KEYS => "Begin each rule with [[rule]].".to_owned(),
            _ if known == KEYS && RULE_KEYS.contains(&key) => {
                format!("Put {} below a line [[rule]].", quoted(key))
            }
            _ => format!("Take it out, or use one of {}.", known.join(", ")),
        };
        Err(self.err(span, Kind::UnknownKey, format!("unknown key {}", quoted(key)), cure))
    }

    fn string<'i>(&self, item: &'i Item, key: &str) -> Result<&'i str, RulesError> {
        let Some(text) = item.as_str() else {
            let cure = format!("Write {key} = \"...\" with a text in quotes.");
            return Err(self.err(item.span(), Kind::WrongType, format!("`{key}` must be a text"), cure));
        };
        if text.len() > VALUE {
            let cure = format!("Keep it below {VALUE} bytes.");
            return Err(self.err(item.span(), Kind::TooLong, format!("`{key}` is too long"), cure));
        }
        Ok(text)
    }

    fn choice<T: Copy>(&self, item: &Item, key: &str, choices: &[(&str, T)]) -> Result<T, RulesError> {
        let text = self.string(item, key)?;
        choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
            let names = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(" or ");
            let message = format!("`{key}` cannot be {}", quoted(text));
            self.err(item.span(), Kind::UnknownValue, message, format!("Write {names}."))
        })
    }

    fn off(&self, item: &Item, rules: &mut RuleSet) -> Result<(), RulesError> {
        let Some(list) = item.as_array() else {
            let cure = "Write off = [\"mail\", \"chat/slack\"], or off = [].";
            return Err(self.err(item.span(), Kind::WrongType, "`off` must be a list", cure));
        };
        for value in list {
            let Some(id) = value.as_str() else {
                let cure = "Put each category or category/entry in quotes.";
                return Err(self.err(value.span(), Kind::WrongType, "`off` must list texts", cure));
            };
            if let Some(category) = PACKS.category(id) {
                rules.off_categories.insert(category);
            } else if let Some(entry) = PACKS.entry(id) {
                rules.off_entries.insert(entry);
            } else {
                let (message, cure) = unknown_id(id);
                return Err(self.err(value.span(), Kind::UnknownId, message, cure));
            }
        }
        Ok(())
    }

    fn rules(&self, item: &Item, rules: &mut RuleSet) -> Result<(), RulesError> {
        let tables: Vec<(&dyn TableLike, Option<Range<usize>>)> = if let Some(tables) = item.as_array_of_tables() {
            tables.iter().map(|t| (t as &dyn TableLike, t.span())).collect()
        } else if let Some(list) = item.as_array().filter(|l| l.iter().all(toml_edit::Value::is_inline_table)) {
            list.iter().filter_map(|v| Some((v.as_inline_table()? as &dyn TableLike, v.span()))).collect()
        } else {
            let cure = "Begin each rule with [[rule]], in doubled brackets.";
            return Err(self.err(item.span(), Kind::WrongType, "`rule` must be a list of rules", cure));
        };
        if let Some((_, span)) = tables.get(RULES) {
            let cure = format!("Keep to {RULES}; one title pattern can join several rules with |.");
            return Err(self.err(span.clone(), Kind::TooLong, "too many rules", cure));
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (number, (table, span)) in tables.into_iter().enumerate() {
            let (rule, compiled) = self.rule(table, span)?;
            if let Some(first) = seen.insert(rule.id.clone(), number + 1) {
                let message = format!("rule {} has the id of rule {first}, {}", number + 1, quoted(&rule.id));
                let place = table.get("id").and_then(Item::span);
                return Err(self.err(place, Kind::DuplicateId, message, "Give one of the two another id."));
            }
            rules.own.push(rule);
            rules.compiled.push(compiled);
        }
        Ok(())
    }

    fn rule(&self, table: &dyn TableLike, span: Option<Range<usize>>) -> Result<(OwnRule, Own), RulesError> {
        for (key, _) in table.iter() {
            self.known_key(table, key, &RULE_KEYS)?;
        }
        let need = |key: &str, cure: &str| {
            table
                .get(key)
                .ok_or_else(|| self.err(span.clone(), Kind::MissingKey, format!("a rule without `{key}`"), cure))
        };
        let id = need("id", "Add id = \"...\", a name of your choice.")?;
        let verdict = need("verdict", "Add verdict = \"hold\", \"metadata\" or \"record\".")?;
        let choices = [("hold", Treatment::Hold), ("metadata", Treatment::Metadata), ("record", Treatment::Record)];
        let attribute = |key: &str| table.get(key).map(|item| self.attribute(item, key)).transpose();
        let rule = OwnRule {
            id: self.id(id)?,
            verdict: self.choice(verdict, "verdict", &choices)?,
            exe: attribute("exe")?,
            class: attribute("class")?,
            app_id: attribute("app_id")?,
            title: attribute("title")?,
            site: attribute("site")?,
        };
        let attributes = [&rule.exe, &rule.class, &rule.app_id, &rule.title, &rule.site];
        if attributes.iter().all(|a| a.is_none()) {
            let cure = "Add one or more of exe, class, app_id, title, site; a rule for everything is a pause.";
            return Err(self.err(span, Kind::EmptyRule, "a rule that names nothing", cure));
        }
        let place = |key: &str| table.get(key).and_then(Item::span);
        let title = rule.title.as_deref().map(|p| self.pattern(p, place("title"))).transpose()?;
        let site = rule
            .site
            .as_deref()
            .map(|s| {
                SitePattern::parse(s).ok_or_else(|| {
                    let cure = "Write a host such as \"example.org\", if wanted with the start of a path.";
                    self.err(place("site"), Kind::BadSite, "`site` is not a site", cure)
                })
            })
            .transpose()?;
        let compiled = Own::new(&rule, title, site);
        Ok((rule, compiled))
    }

    fn id(&self, item: &Item) -> Result<String, RulesError> {
        let id = self.string(item, "id")?;
        if id.len() > ID {
            let cure = format!("Keep it to {ID} letters.");
            return Err(self.err(item.span(), Kind::TooLong, "`id` is too long", cure));
        }
        if !is_id(id) {
            let cure = "Use letters, digits, - _ and . only.";
            return Err(self.err(item.span(), Kind::BadId, format!("`id` cannot be {}", quoted(id)), cure));
        }
        Ok(id.to_owned())
    }

    fn attribute(&self, item: &Item, key: &str) -> Result<String, RulesError> {
        let text = self.string(item, key)?;
        if text.trim().is_empty() {
            let cure = format!("Fill it in, or take `{key}` out.");
            return Err(self.err(item.span(), Kind::EmptyRule, format!("`{key}` is empty"), cure));
        }
        Ok(text.to_owned())
    }

    fn pattern(&self, pattern: &str, span: Option<Range<usize>>) -> Result<Regex, RulesError> {
        RegexBuilder::new(pattern).size_limit(PATTERN).build().map_err(|e| {
            let (kind, message, cure) = match e {
                regex::Error::CompiledTooBig(_) => {
                    (Kind::TooLong, "the title pattern is too costly", "Use smaller counts in { } and fewer alternatives.")
                }
                // The engine's own text would repeat the pattern. The enum is not ours: new variants are syntax to us.
                _ => (
                    Kind::BadPattern,
                    "the title pattern is no regular expression",
                    "Close every ( [ {, put \\ before a sign meant literally, and write the pattern in 'single quotes'.",
                ),
            };
            self.err(span, kind, message, cure)
        })
    }
}

/// Whether a text can name a rule.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Message and cure for a category or entry that no pack has.
pub(super) fn unknown_id(id: &str) -> (String, String) {
    let packs = &*PACKS;
    let (category, entry) = id.split_once('/').unwrap_or((id, ""));
    if entry.is_empty() || packs.category(category).is_none() {
        let names = packs.categories.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(", ");
        return (format!("no category {}", quoted(category)), format!("Take one of {names}, or category/entry."));
    }
    let message = format!("category {} has no entry {}", quoted(category), quoted(entry));
    (message, format!("See the list with `eyelidctl rules list`, or switch off all of {}.", quoted(category)))
}
