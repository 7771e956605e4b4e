//! Titles of windows, and of the documents in browsers.

use std::borrow::Cow;
use std::collections::HashMap;

/// Longer titles lose their middle: products write their names at the ends.
const LONGEST: usize = 8 * 1024;

/// A title without invisible characters (Edge writes one into its own name) and with plain spaces.
pub(super) fn normal(title: &str) -> Cow<'_, str> {
    let title = cut(title);
    let odd = |c: char| is_invisible(c) || is_odd_space(c);
    if !title.contains(odd) {
        return title;
    }
    Cow::Owned(title.chars().filter(|c| !is_invisible(*c)).map(|c| if is_odd_space(c) { ' ' } else { c }).collect())
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn is_odd_space(c: char) -> bool {
    c != ' ' && c.is_whitespace()
}

fn cut(title: &str) -> Cow<'_, str> {
    if title.len() <= LONGEST {
        return Cow::Borrowed(title);
    }
    let mut head = LONGEST / 2;
    while !title.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = title.len() - LONGEST / 2;
    while !title.is_char_boundary(tail) {
        tail += 1;
    }
    Cow::Owned(format!("{} {}", &title[..head], &title[tail..]))
}

/// The document's title in a browser window's: without the browser's name behind it and the unread mark before it.
pub(super) fn page<'a>(title: &'a str, brands: &[String]) -> Page<'a> {
    let (page, brand) = without_brand(title, brands).map_or((title, None), |(page, brand)| (page, Some(brand)));
    // Edge writes the profile behind the document: `Inbox - Work - Microsoft Edge`.
    let without_profile = brand.filter(|b| b.starts_with("Microsoft Edge")).and_then(|_| page.rsplit_once(" - "));
    Page { title: unread(page), without_profile: without_profile.map(|(page, _)| unread(page)) }
}

/// What may be a document's title.
pub(super) struct Page<'a> {
    pub title: &'a str,
    pub without_profile: Option<&'a str>,
}

fn without_brand<'a, 'b>(title: &'a str, brands: &'b [String]) -> Option<(&'a str, &'b str)> {
    brands.iter().find_map(|brand| {
        let rest = title.strip_suffix(brand.as_str())?.trim_end_matches(' ');
        let rest = rest.strip_suffix(['-', '–', '—'])?;
        Some((rest.strip_suffix(' ')?, brand.as_str()))
    })
}

/// Takes off what products put before a title when something is unread: `(3) `, `* `, `• `.
fn unread(title: &str) -> &str {
    let mut rest = title.trim();
    loop {
        let next = match rest.strip_prefix(['*', '•', '●', '!', '🔴', '🔔']) {
            Some(after) => after,
            None => match rest.strip_prefix(['(', '[']).and_then(|r| r.split_once([')', ']'])) {
                Some((count, after)) if is_count(count) => after,
                Some(_) | None => return rest,
            },
        };
        rest = next.trim_start();
    }
}

fn is_count(text: &str) -> bool {
    (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b',' | b'.' | b'*'))
}

/// The regular expression for the end of a browser window's title: `{family}` stands for the names of a family,
/// `{chromium-kin}` for those of Chromium and all built on it, `{mark}` for the entry's mark.
pub(super) fn window_pattern(pattern: &str, mark: &str, brands: &HashMap<&str, Vec<&str>>) -> String {
    const KIN: [&str; 5] = ["chromium", "edge", "brave", "vivaldi", "opera"];
    let any = |names: &[&str]| {
        let names = names.iter().map(|n| regex::escape(n)).collect::<Vec<_>>();
        format!("(?:{})", names.join("|"))
    };
    let kin: Vec<&str> = KIN.iter().filter_map(|f| brands.get(f)).flatten().copied().collect();
    let mut out = joined(pattern).replace("{chromium-kin}", &any(&kin)).replace("{mark}", &in_brackets(mark));
    for (family, names) in brands {
        out = out.replace(&format!("{{{family}}}"), &any(names));
    }
    format!("(?i)^(?:.* [-–—] ?)?(?:{out})$")
}

/// The regular expression for the mark at the end of what only screen readers are told.
pub(super) fn mark_pattern(mark: &str) -> String {
    format!("(?i){}$", in_brackets(mark))
}

fn in_brackets(mark: &str) -> String {
    format!(r"[(（\[](?:{mark})[)）\]]")
}

/// The lines of a pattern, joined without their indentation.
pub(super) fn joined(pattern: &str) -> String {
    pattern.lines().map(str::trim_start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_is_too_long_loses_its_middle_and_no_half_letters() {
        let longest = "x".repeat(8192);
        assert_eq!(normal(&longest), longest);
        let title = format!("a{}b", "é".repeat(5000));
        let half = "é".repeat(2047);
        assert_eq!(normal(&title), format!("a{half} {half}b"));
    }

    #[test]
    fn odd_spaces_are_plain_and_invisible_letters_are_gone() {
        assert_eq!(normal("a\u{a0}b\u{2003}c\u{200b}d"), "a b cd");
    }

    #[test]
    fn only_a_count_is_taken_off_before_a_title() {
        for marked in ["(3) Inbox", "[99+] Inbox", "(1,204) Inbox", "* (2) Inbox", "• Inbox"] {
            assert_eq!(unread(marked), "Inbox", "{marked}");
        }
        for title in ["(draft) Plan", "() Plan", "(1234567) Plan", "(12a) Plan", "Plan (2)"] {
            assert_eq!(unread(title), title);
        }
    }
}
