//! Looking for words in titles and typed text.

use super::index::{Index, Minute, Run, small, small_letter};
use super::{Refusal, Review};
use crate::failure::Failure;
use policy::Wall;
use protocol::review::{Hit, ReadAnswer};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use vault::{OpenError, ReadError};

/// No more are told.
const MOST: usize = 200;

/// An excerpt has so many characters, at most so many of them before what was found.
const EXCERPT: usize = 160;
const BEFORE: usize = 60;

/// A title that was away for less, milliseconds, was there all the time.
const AWAY: i64 = 60_000;

impl Review {
    pub(super) fn search(&mut self, text: &str, range: (Wall, Wall)) -> Result<ReadAnswer, Refusal> {
        let wanted = small(text.trim());
        if wanted.is_empty() {
            return Ok(ReadAnswer::Found { hits: Vec::new(), more: false });
        }
        let entered = self.enter("search", range)?;
        for _ in 0..super::TRIES {
            self.vault()?;
            let Some(vault) = &mut self.vault else { continue };
            let marks = vault.epoch_marks(range).map_err(Failure::from)?;
            self.index.keep_only(range, &marks);
            let missing = self.index.missing(&marks);
            if !missing.is_empty() {
                let session = vault.again(&entered).map_err(Failure::from)?;
                let read = session.each_epoch(&missing, Minute::new);
                if !vault.is_in_place() || !vault.has_its_master().map_err(Failure::from)? {
                    continue;
                }
                self.index.add(read.map_err(Failure::from)?);
            }
            let (hits, more) = find(&self.index, &wanted, range);
            return Ok(ReadAnswer::Found { hits, more });
        }
        Err(Failure::from(ReadError::Open(OpenError::Busy)).into())
    }
}

/// Where something was found, before it is told.
enum Place<'a> {
    /// In a run, from here to there in its small letters.
    Text(&'a Run, usize, std::ops::Range<usize>),
    /// In a title.
    Title(&'a super::index::Window),
}

fn find(index: &Index, wanted: &str, (Wall(from), Wall(to)): (Wall, Wall)) -> (Vec<Hit>, bool) {
    let mut places = Vec::new();
    for run in index.runs().iter().rev() {
        if places.len() > MOST {
            break;
        }
        // Of a run only what was typed in the range.
        let first = run.marks.partition_point(|(_, _, at)| *at < from);
        let end = run.marks.partition_point(|(_, _, at)| *at <= to);
        if first >= end {
            continue;
        }
        let start = run.marks[first].0;
        let stop = run.marks.get(end).map_or(run.small.len(), |mark| mark.0);
        let mut at = start;
        while let Some(found) = run.small[at..stop].find(wanted) {
            at += found;
            // The moment in which the last of it was typed: what led up to it has it whole.
            let last = at + wanted.len() - 1;
            let mark = run.marks.partition_point(|(small, _, _)| *small <= last) - 1;
            places.push((run.marks[mark].2, Place::Text(run, at, start..stop)));
            // What stands in the same excerpt is not told again.
            at = forward(&run.small, at + wanted.len(), EXCERPT - BEFORE).min(stop);
        }
    }
    places.extend(titles(index, wanted, (from, to)));
    places.sort_by_key(|(at, _)| Reverse(*at));
    let more = places.len() > MOST;
    places.truncate(MOST);
    let hit = |(at, place): (i64, Place<'_>)| {
        let (window, text) = match place {
            Place::Text(run, found, within) => (&*run.window, Some(excerpt(run, found, within, wanted))),
            Place::Title(window) => (window, None),
        };
        Hit { at: Wall(at), app: window.app.clone(), title: window.title.clone(), text }
    };
    (places.into_iter().map(hit).collect(), more)
}

/// When each window whose title contains it appeared: in the first picture of it, if there is one in that minute.
fn titles<'a>(index: &'a Index, wanted: &str, (from, to): (i64, i64)) -> Vec<(i64, Place<'a>)> {
    let matching: HashSet<_> =
        index.windows().filter(|window| window.small.contains(wanted)).map(Arc::as_ptr).collect();
    let (mut found, mut last) = (Vec::new(), HashMap::new());
    if matching.is_empty() {
        return found;
    }
    for minute in index.minutes() {
        for seen in &minute.seen {
            let window = &minute.windows[seen.window];
            let (first, end) = (seen.span.0.max(from), seen.span.1.min(to));
            if first > end || !matching.contains(&Arc::as_ptr(window)) {
                continue;
            }
            let before = last.insert(Arc::as_ptr(window), end);
            if before.is_none_or(|before: i64| first.saturating_sub(before) >= AWAY) {
                let pictured = seen.pictured.filter(|at| (first..=end).contains(at));
                found.push((pictured.unwrap_or(first), Place::Title(window)));
            }
        }
    }
    found
}

/// So many characters on.
fn forward(text: &str, from: usize, characters: usize) -> usize {
    text[from..].char_indices().nth(characters).map_or(text.len(), |(at, _)| from + at)
}

/// So many characters back, or fewer.
fn back(text: &str, from: usize, characters: usize) -> usize {
    text[..from].char_indices().rev().take(characters).last().map_or(from, |(at, _)| at)
}

/// The text around what was found, no more of it than lies in the range.
fn excerpt(run: &Run, found: usize, within: std::ops::Range<usize>, wanted: &str) -> String {
    let place = |small: usize| {
        let mark = run.marks.partition_point(|(at, _, _)| *at <= small).max(1) - 1;
        let (mut small_at, mut text_at, _) = run.marks[mark];
        for letter in run.text[text_at..].chars() {
            if small_at >= small {
                break;
            }
            small_at += small_letter(letter).map(char::len_utf8).sum::<usize>();
            text_at += letter.len_utf8();
        }
        text_at
    };
    let (start, stop) = (place(within.start), place(within.end));
    let found = place(found);
    let room = EXCERPT.saturating_sub(wanted.chars().count()).min(BEFORE);
    let from = back(&run.text, found, room).max(start);
    let to = forward(&run.text, from, EXCERPT).min(stop);
    run.text[from..to].to_owned()
}
