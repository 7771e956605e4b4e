//! The access log, page by page. Needs no key.

use super::{Refusal, Review, fit};
use crate::failure::Failure;
use policy::Wall;
use protocol::review::{KeyChange, LogEntry, LogLine, LogPage, Span};
use vault::log::{self, Entry, Logged};
use vault::{OpenError, ReadError};

/// Entries of a page.
const PAGE: usize = 200;

impl Review {
    pub(super) fn log(&mut self, before: Option<i64>) -> Result<LogPage, Refusal> {
        let log = match vault::read_log(&self.dir) {
            Ok(log) => log,
            Err(ReadError::Open(OpenError::Absent)) => {
                let (entries, rolled_back) = (Vec::new(), Some(false));
                return Ok(LogPage { entries, more: false, chain_holds: true, broken_at: None, rolled_back });
            }
            Err(error) => return Err(Failure::from(error).into()),
        };
        let rolled_back = self.keeper.rolled_back();
        let mut lines = log.entries.into_iter().rev().filter(|entry| before.is_none_or(|before| entry.number < before));
        let entries = lines.by_ref().take(PAGE).map(line).collect();
        let more = lines.next().is_some();
        Ok(LogPage { entries, more, chain_holds: log.chain_holds, broken_at: log.broken_at, rolled_back })
    }
}

fn change(what: log::KeyChange) -> KeyChange {
    match what {
        log::KeyChange::PassphraseSet => KeyChange::PassphraseSet,
        log::KeyChange::PassphraseRemoved => KeyChange::PassphraseRemoved,
        log::KeyChange::RecoveryMade => KeyChange::RecoveryMade,
        log::KeyChange::RecoveryUsed => KeyChange::RecoveryUsed,
        log::KeyChange::RecoveryVoided => KeyChange::RecoveryVoided,
    }
}

fn line(logged: Logged) -> LogLine {
    let span = |from, to| Span { from: Wall(from), to: Wall(to) };
    let entry = match logged.entry {
        Entry::Consent { receipt: _ } => LogEntry::Consent,
        Entry::ConsentWithdrawn => LogEntry::ConsentWithdrawn,
        Entry::Loosened { what, client } => LogEntry::Loosened { what: fit::title(&what), client: fit::title(&client) },
        Entry::Reading { program, purpose, from, to, items } => LogEntry::Reading {
            program: fit::title(&program),
            purpose: fit::title(&purpose),
            span: span(from, to),
            items,
        },
        Entry::Export { program, from, to, items } => {
            LogEntry::Export { program: fit::title(&program), span: span(from, to), items }
        }
        Entry::Forgotten { from: i64::MIN, to: i64::MAX, how } => {
            LogEntry::Forgotten { span: None, how: fit::title(&how) }
        }
        Entry::Forgotten { from, to, how } => LogEntry::Forgotten { span: Some(span(from, to)), how: fit::title(&how) },
        Entry::Rotated => LogEntry::Rotated,
        Entry::Key { what, program } => LogEntry::Key { what: change(what), program: fit::title(&program) },
    };
    LogLine { number: logged.number, at: logged.at, entry }
}
