//! The built-in packs: their files, and the index made of them once.

use super::{app, site::SitePattern, title};
use regex::RegexSet;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The category packs, in the order people see them.
const FILES: [&str; 8] = [
    include_str!("../../packs/chat.toml"),
    include_str!("../../packs/hr.toml"),
    include_str!("../../packs/passwords.toml"),
    include_str!("../../packs/banking.toml"),
    include_str!("../../packs/health.toml"),
    include_str!("../../packs/mail.toml"),
    include_str!("../../packs/video.toml"),
    include_str!("../../packs/private.toml"),
];

/// Browsers and terminals: programs that show what belongs to others.
const PROGRAMS: &str = include_str!("../../packs/programs.toml");

/// The packs, read once.
pub(super) static PACKS: LazyLock<Packs> = LazyLock::new(Packs::load);

/// The category whose entries are private windows, and whose cause says so.
pub(super) const PRIVATE: &str = "private";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    id: String,
    title: String,
    entry: Vec<EntryFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    id: String,
    title: String,
    /// Goes for executable, class, instance and application id alike.
    #[serde(default)]
    name: Vec<String>,
    /// File names of executables.
    #[serde(default)]
    exe: Vec<String>,
    /// Classes and instances; also compared with the application id.
    #[serde(default)]
    class: Vec<String>,
    /// Ids of web apps installed in Chromium's family.
    #[serde(default)]
    crx: Vec<String>,
    #[serde(default)]
    snap: Vec<String>,
    /// Hosts with the start of a path. What people host themselves is known by the first label of the host
    /// (`webmail.*`) or by the path alone (`*/owa`).
    #[serde(default)]
    site: Vec<String>,
    /// Whole titles of documents, asked only in browsers whose site is not known.
    #[serde(default)]
    page: Vec<String>,
    /// Words in brackets that close what a browser tells screen readers alone, whatever it is called.
    #[serde(default)]
    mark: String,
    /// Ends of titles of windows, asked in every browser in any case of letters; see [`title::window_pattern`].
    #[serde(default)]
    window: Vec<String>,
    /// Whole titles in terminals.
    #[serde(default)]
    terminal: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramsFile {
    browser: Vec<BrowserFile>,
    terminal: TerminalFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrowserFile {
    family: String,
    /// What it calls itself in titles.
    #[serde(default)]
    brand: Vec<String>,
    #[serde(default)]
    name: Vec<String>,
    #[serde(default)]
    class: Vec<String>,
    /// How its web apps' classes begin.
    #[serde(default)]
    class_prefix: Vec<String>,
    #[serde(default)]
    snap: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalFile {
    name: Vec<String>,
}

/// A category's constant part.
pub(super) struct PackCategory {
    pub id: String,
    pub title: String,
    pub entries: std::ops::Range<usize>,
}

/// An entry's constant part.
pub(super) struct PackEntry {
    pub id: String,
    pub title: String,
    /// `category/entry`.
    pub full: String,
    pub category: usize,
}

/// Entries by a key.
type Index = HashMap<String, Vec<usize>>;

/// Regular expressions, each of an entry.
pub(super) struct Titles {
    set: RegexSet,
    owner: Vec<usize>,
}

impl Titles {
    pub(super) fn matches<'a>(&'a self, title: &str) -> impl Iterator<Item = usize> + use<'a> {
        self.set.matches(title).into_iter().map(|i| self.owner[i])
    }
}

/// All packs, indexed by what a window may tell.
pub(super) struct Packs {
    pub categories: Vec<PackCategory>,
    pub entries: Vec<PackEntry>,
    pub exe: Index,
    /// Class, instance and application id.
    pub class: Index,
    pub snap: Index,
    /// By host; each with a path, mostly empty.
    pub site: HashMap<String, Vec<(String, usize)>>,
    /// By the first label of a host that has three or more.
    pub first_label: Index,
    /// By path alone.
    pub any_host: Vec<(String, usize)>,
    pub page: Titles,
    pub window: Titles,
    pub mark: Titles,
    pub terminal: Titles,
    pub browsers: Programs,
    pub terminals: Programs,
    /// What browsers call themselves at the end of titles, the longest first.
    pub brands: Vec<String>,
}

/// Programs of one sort.
#[derive(Default)]
pub(super) struct Programs {
    names: HashSet<String>,
    classes: HashSet<String>,
    prefixes: Vec<String>,
    snaps: HashSet<String>,
}

impl Programs {
    pub(super) fn has_exe(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.names.contains(class)
            || self.classes.contains(class)
            || self.prefixes.iter().any(|p| class.starts_with(p.as_str()))
    }

    pub(super) fn has_snap(&self, snap: &str) -> bool {
        self.snaps.contains(snap)
    }
}

impl Packs {
    /// The packs are part of the program: a mistake in them is one of ours, and every test finds it.
    fn load() -> Packs {
        let programs: ProgramsFile = toml::from_str(PROGRAMS).expect("packs/programs.toml is well formed");
        let mut packs = Packs::of_programs(&programs);
        let (mut page, mut window, mut marks, mut terminal) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for text in FILES {
            let file: PackFile = toml::from_str(text).expect("a pack is well formed");
            let category = packs.categories.len();
            let start = packs.entries.len();
            for entry in file.entry {
                let at = packs.entries.len();
                for name in &entry.name {
                    packs.exe.entry(name.to_lowercase()).or_default().push(at);
                    packs.class.entry(name.to_lowercase()).or_default().push(at);
                }
                for exe in &entry.exe {
                    packs.exe.entry(exe.to_lowercase()).or_default().push(at);
                }
                for class in &entry.class {
                    packs.class.entry(app::class(class)).or_default().push(at);
                }
                for id in &entry.crx {
                    packs.class.entry(app::crx(id)).or_default().push(at);
                }
                for snap in &entry.snap {
                    packs.snap.entry(snap.clone()).or_default().push(at);
                }
                for site in &entry.site {
                    if let Some(path) = site.strip_prefix('*') {
                        packs.any_host.push((path.to_owned(), at));
                    } else if let Some(label) = site.strip_suffix(".*") {
                        packs.first_label.entry(label.to_owned()).or_default().push(at);
                    } else {
                        let pattern = SitePattern::parse(site).expect("a pack's site is one");
                        packs.site.entry(pattern.host).or_default().push((pattern.path, at));
                    }
                }
                page.extend(entry.page.iter().map(|p| (format!("^(?:{p})$"), at)));
                terminal.extend(entry.terminal.iter().map(|p| (format!("^(?:{p})$"), at)));
                let mark = title::joined(&entry.mark);
                let brands = brands_of(&programs);
                window.extend(entry.window.iter().map(|p| (title::window_pattern(p, &mark, &brands), at)));
                marks.extend((!mark.is_empty()).then(|| (title::mark_pattern(&mark), at)));
                packs.entries.push(PackEntry {
                    full: format!("{}/{}", file.id, entry.id),
                    id: entry.id,
                    title: entry.title,
                    category,
                });
            }
            packs.categories.push(PackCategory { id: file.id, title: file.title, entries: start..packs.entries.len() });
        }
        // The closest path decides which entry a page is named after.
        for pages in packs.site.values_mut() {
            pages.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        }
        packs.page = titles(page);
        packs.window = titles(window);
        packs.mark = titles(marks);
        packs.terminal = titles(terminal);
        packs
    }

    fn of_programs(file: &ProgramsFile) -> Packs {
        let mut browsers = Programs::default();
        let mut brands = Vec::new();
        for browser in &file.browser {
            browsers.names.extend(browser.name.iter().map(|n| n.to_lowercase()));
            browsers.classes.extend(browser.class.iter().map(|n| n.to_lowercase()));
            browsers.prefixes.extend(browser.class_prefix.iter().map(|n| n.to_lowercase()));
            browsers.snaps.extend(browser.snap.iter().cloned());
            brands.extend(browser.brand.iter().cloned());
        }
        brands.sort_by_key(|b| std::cmp::Reverse(b.len()));
        let terminals =
            Programs { names: file.terminal.name.iter().map(|n| n.to_lowercase()).collect(), ..Programs::default() };
        Packs {
            categories: Vec::new(),
            entries: Vec::new(),
            exe: Index::new(),
            class: Index::new(),
            snap: Index::new(),
            site: HashMap::new(),
            first_label: Index::new(),
            any_host: Vec::new(),
            page: titles(Vec::new()),
            window: titles(Vec::new()),
            mark: titles(Vec::new()),
            terminal: titles(Vec::new()),
            browsers,
            terminals,
            brands,
        }
    }

    /// The category with this id, by its number.
    pub(super) fn category(&self, id: &str) -> Option<usize> {
        self.categories.iter().position(|c| c.id == id)
    }

    /// The entry with this `category/entry`, by its number.
    pub(super) fn entry(&self, full: &str) -> Option<usize> {
        self.entries.iter().position(|e| e.full == full)
    }
}

/// The brands of each family of browsers.
fn brands_of(file: &ProgramsFile) -> HashMap<&str, Vec<&str>> {
    let mut out: HashMap<&str, Vec<&str>> = HashMap::new();
    for browser in &file.browser {
        out.entry(&browser.family).or_default().extend(browser.brand.iter().map(String::as_str));
    }
    out
}

fn titles(patterns: Vec<(String, usize)>) -> Titles {
    let (patterns, owner): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
    let set = RegexSet::new(patterns).expect("a pack's title patterns are regular expressions");
    Titles { set, owner }
}
