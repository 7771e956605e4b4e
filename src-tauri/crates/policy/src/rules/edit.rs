//! Changes a person's `rules.toml` as text, so that their comments and their order stay.

use super::error::{RulesError, RulesErrorKind as Kind, quoted};
use super::pack::PACKS;
use super::{Mode, OwnRule, RuleSet, Treatment, app, parse};
use crate::Identity;
use serde::{Deserialize, Serialize};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, RawString, Table, Value};

/// A change to the rules.
///
/// `Debug` prints no rule's content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Switches a category.
    SetCategory {
        /// The category.
        id: String,
        /// On: its entries hold.
        on: bool,
    },
    /// Switches an entry.
    SetEntry {
        /// `category/entry`.
        id: String,
        /// On: it holds while its category is on.
        on: bool,
    },
    /// Adds a rule at the end.
    Add(OwnRule),
    /// Takes one of the person's own rules out.
    Remove {
        /// Its id.
        id: String,
    },
    /// Sets what is recorded when no rule says otherwise.
    SetMode(Mode),
    /// Adds a rule that holds an application, known by whichever of these is surest.
    NeverRecord {
        /// The executable.
        #[serde(default)]
        exe: Option<String>,
        /// `WM_CLASS`, class part.
        #[serde(default)]
        class: Option<String>,
        /// The application id.
        #[serde(default)]
        app_id: Option<String>,
    },
}

impl Edit {
    /// *Never record this app*, for the application a window belongs to; `None` when nothing names it.
    #[must_use]
    pub fn never_record(id: &Identity) -> Option<Edit> {
        never_rule(id.exe.as_deref(), id.class.as_deref(), id.app_id.as_deref())?;
        Some(Edit::NeverRecord { exe: id.exe.clone(), class: id.class.clone(), app_id: id.app_id.clone() })
    }

    /// Whether this change can let more be recorded than `rules` do.
    #[must_use]
    pub fn loosens(&self, rules: &RuleSet) -> bool {
        match self {
            Edit::SetCategory { on, .. } | Edit::SetEntry { on, .. } => !on,
            Edit::Add(rule) => rule.verdict == Treatment::Record,
            Edit::Remove { id } => rules.own().iter().any(|r| r.id == *id && r.verdict > Treatment::Record),
            Edit::SetMode(mode) => *mode == Mode::AllButSensitive && rules.mode() == Mode::OnlyListed,
            Edit::NeverRecord { .. } => false,
        }
    }
}

/// Makes a change to the text of a `rules.toml`. The text returned is one that [`RuleSet::parse`] takes.
///
/// # Errors
///
/// What is wrong with the text as it is, or with the change.
pub fn edit(text: &str, change: Edit) -> Result<String, RulesError> {
    let rules = RuleSet::parse(text)?;
    let mut document =
        text.parse::<DocumentMut>().map_err(|e| refuse(text, Kind::Syntax, e.message(), "Correct it."))?;
    let unchanged = document.to_string();
    match change {
        Edit::SetCategory { id, on } => {
            if PACKS.category(&id).is_none() {
                let (message, cure) = parse::unknown_id(id.split('/').next().unwrap_or_default());
                return Err(refuse(text, Kind::UnknownId, message, cure));
            }
            switch(&mut document, &id, on);
        }
        Edit::SetEntry { id, on } => {
            if PACKS.entry(&id).is_none() {
                let (message, cure) = parse::unknown_id(&id);
                return Err(refuse(text, Kind::UnknownId, message, cure));
            }
            switch(&mut document, &id, on);
        }
        Edit::Add(rule) => add(&mut document, &rule),
        Edit::Remove { id } => {
            let Some(at) = rules.own().iter().position(|r| r.id == id) else {
                let cure = "It may be gone already; read the rules again.";
                return Err(refuse(text, Kind::NoSuchRule, format!("no rule {}", quoted(&id)), cure));
            };
            remove(&mut document, at);
        }
        Edit::SetMode(mode) => {
            if mode != rules.mode() {
                let name = match mode {
                    Mode::AllButSensitive => "all-but-sensitive",
                    Mode::OnlyListed => "only-listed",
                };
                set(&mut document, "mode", name.into());
            }
        }
        Edit::NeverRecord { exe, class, app_id } => {
            let Some(rule) = never_rule(exe.as_deref(), class.as_deref(), app_id.as_deref()) else {
                let cure = "Write a rule by title or site instead.";
                return Err(refuse(text, Kind::EmptyRule, "nothing names this app", cure));
            };
            if !rules.own().iter().any(|r| same_matter(r, &rule)) {
                add(&mut document, &named(rule, rules.own()));
            }
        }
    }
    let new = document.to_string();
    if new == unchanged {
        return Ok(text.to_owned());
    }
    RuleSet::parse(&new)?;
    Ok(new)
}

fn refuse(text: &str, kind: Kind, message: impl Into<String>, cure: impl Into<String>) -> RulesError {
    RulesError::at(text, None, kind, message, cure)
}

/// Sets a value at the top level; the comments around an earlier one stay.
fn set(document: &mut DocumentMut, key: &str, mut value: Value) {
    match document.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(_) | None => {
            document.insert(key, Item::Value(value));
        }
    }
}

/// Takes an id out of the list `off`, or puts it in.
fn switch(document: &mut DocumentMut, id: &str, on: bool) {
    if !document.contains_key("off") {
        if on {
            return;
        }
        document.insert("off", Item::Value(Array::new().into()));
    }
    let Some(list) = document.get_mut("off").and_then(Item::as_array_mut) else { return };
    let is = |v: &Value| v.as_str() == Some(id);
    if on {
        for at in (0..list.len()).rev() {
            if list.get(at).is_some_and(is) {
                take_out(list, at);
            }
        }
    } else if !list.iter().any(is) {
        put_in(list, id);
    }
}

fn raw(text: Option<&RawString>) -> String {
    text.and_then(RawString::as_str).unwrap_or_default().to_owned()
}

/// Removes an element; the comments before it and behind it stay.
fn take_out(list: &mut Array, at: usize) {
    let removed = list.remove(at);
    let before = raw(removed.decor().prefix());
    let behind = raw(removed.decor().suffix());
    let comments: Vec<&str> =
        [&before, &behind].into_iter().map(|t| t.trim_end()).filter(|t| t.contains('#')).collect();
    let kept = comments.into_iter().fold(String::new(), |all, next| joined(&all, next));
    match list.get_mut(at) {
        Some(next) => {
            let after = raw(next.decor().prefix());
            if !kept.is_empty() {
                next.decor_mut().set_prefix(joined(&kept, &after));
            } else if at == 0 && !after.contains('#') {
                next.decor_mut().set_prefix(before);
            }
        }
        None if kept.is_empty() => {}
        None => {
            let after = raw(Some(list.trailing()));
            list.set_trailing(joined(&kept, if after.trim().is_empty() { "\n" } else { &after }));
        }
    }
}

/// Appends an element. Comments after the last one stay with it.
fn put_in(list: &mut Array, id: &str) {
    let mut value = Value::from(id);
    let lines = list.iter().any(|v| raw(v.decor().prefix()).contains('\n'));
    let last = list.len().checked_sub(1).and_then(|at| list.get_mut(at)).map(Value::decor_mut);
    let behind = last.map(|decor| (raw(decor.suffix()), decor)).filter(|(suffix, _)| suffix.contains('#'));
    let behind = behind.map_or_else(String::new, |(suffix, decor)| {
        decor.set_suffix("");
        suffix
    });
    let comments = joined(behind.trim_end(), raw(Some(list.trailing())).trim_end());
    if comments.contains('#') {
        value.decor_mut().set_prefix(joined(&comments, "\n    "));
        list.set_trailing("\n");
        list.set_trailing_comma(true);
        list.push_formatted(value);
    } else if lines {
        value.decor_mut().set_prefix("\n    ");
        list.push_formatted(value);
    } else {
        list.push(value);
    }
}

/// Two stretches of blanks and comments; a comment ends with its line.
fn joined(before: &str, after: &str) -> String {
    let ends = before.rsplit('\n').next().is_none_or(|last| !last.contains('#'));
    if ends || after.starts_with(['\n', '\r']) { format!("{before}{after}") } else { format!("{before}\n{after}") }
}

fn add(document: &mut DocumentMut, rule: &OwnRule) {
    let verdict = match rule.verdict {
        Treatment::Record => "record",
        Treatment::Metadata => "metadata",
        Treatment::Hold => "hold",
    };
    let attributes = [
        ("id", Some(rule.id.as_str())),
        ("verdict", Some(verdict)),
        ("exe", rule.exe.as_deref()),
        ("class", rule.class.as_deref()),
        ("app_id", rule.app_id.as_deref()),
        ("title", rule.title.as_deref()),
        ("site", rule.site.as_deref()),
    ];
    let given = attributes.into_iter().filter_map(|(key, value)| Some((key, value?)));
    if let Some(list) = document.get_mut("rule").and_then(Item::as_array_mut) {
        list.push(given.collect::<InlineTable>());
        return;
    }
    let mut table = Table::new();
    table.extend(given.map(|(key, value)| (key, Item::from(Value::from(value)))));
    if !document.is_empty() {
        table.decor_mut().set_prefix("\n");
    }
    let kept = raw(Some(document.trailing()));
    if kept.contains('#') {
        // Comments at the end of the file stay where they are, before what is appended.
        table.decor_mut().set_prefix(joined(&kept, "\n"));
        document.set_trailing("");
    }
    let tables = document.entry("rule").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    if let Some(tables) = tables.as_array_of_tables_mut() {
        tables.push(table);
    }
}

/// Takes a rule out; the comments above it stay.
fn remove(document: &mut DocumentMut, at: usize) {
    if let Some(list) = document.get_mut("rule").and_then(Item::as_array_mut) {
        take_out(list, at);
        return;
    }
    let Some(tables) = document.get_mut("rule").and_then(Item::as_array_of_tables_mut) else { return };
    let kept = tables.get(at).map(|t| raw(t.decor().prefix())).unwrap_or_default();
    tables.remove(at);
    let empty = tables.is_empty();
    let next = tables.get_mut(at);
    if kept.contains('#') {
        match next {
            Some(next) => {
                let after = raw(next.decor().prefix());
                next.decor_mut().set_prefix(joined(&kept, &after));
            }
            None => {
                let after = raw(Some(document.trailing()));
                document.set_trailing(joined(&kept, &after));
            }
        }
    }
    if empty {
        document.remove("rule");
    }
}

/// The rule behind *never record this app*; its id is still to be made unique.
///
/// The class is always there on X11 and covers every way an application is packaged, so it comes first, unless
/// it names a program that runs others; then the executable has to match too, as far as it tells anything.
fn never_rule(exe: Option<&str>, class: Option<&str>, app_id: Option<&str>) -> Option<OwnRule> {
    let known = |t: Option<&str>| t.map(str::trim).filter(|t| !t.is_empty() && t.len() <= 1000).map(str::to_owned);
    let (exe, class, app_id) = (known(exe), known(class), known(app_id));
    let telling = |t: &Option<String>| t.clone().filter(|t| !app::is_generic(t));
    let file = exe.map(|e| e.trim_end_matches(" (deleted)").rsplit('/').next().unwrap_or_default().to_owned());
    let file = file.filter(|f| !f.is_empty());
    let mut rule = OwnRule {
        id: String::new(),
        verdict: Treatment::Hold,
        exe: None,
        class: None,
        app_id: None,
        title: None,
        site: None,
    };
    if let Some(class) = telling(&class) {
        rule.class = Some(class);
    } else if let Some(app_id) = telling(&app_id) {
        rule.app_id = Some(app_id);
    } else if let Some(exe) = telling(&file) {
        rule.exe = Some(exe);
    } else if class.is_some() || file.is_some() {
        rule.class = class;
        rule.exe = file;
    } else {
        return None;
    }
    Some(rule)
}

fn same_matter(a: &OwnRule, b: &OwnRule) -> bool {
    let matter =
        |r: &OwnRule| (r.verdict, r.exe.clone(), r.class.clone(), r.app_id.clone(), r.title.clone(), r.site.clone());
    matter(a) == matter(b)
}

/// Gives a rule an id that no other has.
fn named(rule: OwnRule, others: &[OwnRule]) -> OwnRule {
    let name = [&rule.class, &rule.app_id, &rule.exe].into_iter().flatten().next().map_or("app", String::as_str);
    let slug: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let base = format!("never-{}", slug.trim_matches('-'));
    let taken = |id: &str| others.iter().any(|r| r.id == id);
    let id =
        std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}-{n}"))).find(|id| !taken(id)).unwrap_or(base);
    OwnRule { id, ..rule }
}
