//! What can be wrong with a `rules.toml`, where, and how to mend it.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A `rules.toml` that cannot be taken: where, why, and what to do about it.
///
/// The texts name keys, ids and positions; never a title pattern, a site or a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[error("line {line}, column {column}: {message}. {cure}")]
pub struct RulesError {
    /// What sort of mistake.
    pub kind: RulesErrorKind,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do, a whole sentence.
    pub cure: String,
}

/// The sorts of mistake a `rules.toml` can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum RulesErrorKind {
    /// Not TOML.
    Syntax,
    /// A key that means nothing here.
    UnknownKey,
    /// A key that must be there is not.
    MissingKey,
    /// A value of the wrong type.
    WrongType,
    /// A value that is none of those allowed.
    UnknownValue,
    /// A category or entry that no pack has.
    UnknownId,
    /// An id that cannot be one.
    BadId,
    /// Two rules with one id.
    DuplicateId,
    /// A rule without an attribute, or with an empty one.
    EmptyRule,
    /// A title pattern that is no regular expression, or too costly a one.
    BadPattern,
    /// A site that is no host with an optional path.
    BadSite,
    /// Too long or too many.
    TooLong,
    /// An edit that names a rule the file does not have.
    NoSuchRule,
}

impl RulesError {
    /// An error at a byte range of the text it was found in.
    pub(super) fn at(
        text: &str,
        span: Option<Range<usize>>,
        kind: RulesErrorKind,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) -> RulesError {
        let (line, column) = position(text, span.map_or(0, |s| s.start));
        RulesError { kind, line, column, message: message.into(), cure: cure.into() }
    }
}

/// Line and column, from 1, of a byte offset; offsets within a character count as its start.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A word from the file, fit for a message: short and without control characters.
pub(super) fn quoted(word: &str) -> String {
    let mut out: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
    if word.chars().count() > 40 {
        out.push('…');
    }
    format!("`{out}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_within_a_letter_is_that_of_the_letter() {
        assert_eq!(position("a\nbü", 4), (2, 2));
        assert_eq!(position("a\nbü", 99), (2, 3));
    }

    #[test]
    fn a_word_is_quoted_short_and_without_control_characters() {
        assert_eq!(quoted("a\u{7}\nb"), "`ab`");
        let forty = "x".repeat(40);
        assert_eq!(quoted(&forty), format!("`{forty}`"));
        assert_eq!(quoted(&format!("{forty}x")), format!("`{forty}…`"));
    }
}
