//! A pause or an opt-out, as the oracle sees it: every end that was ever asked for.

use crate::ops::MINUTE;
use policy::Now;
use std::collections::BTreeSet;

/// Something that ends when every one of these has passed, the person is here, and was reminded.
#[derive(Clone, Debug)]
pub struct Stop {
    ends: Vec<Option<(u64, Option<i64>)>>,
    pub shown: Option<u64>,
    pub joined: BTreeSet<(i64, i64)>,
}

impl Stop {
    pub fn new(end: Option<(u64, Option<i64>)>) -> Stop {
        Stop { ends: vec![end], shown: None, joined: BTreeSet::new() }
    }

    pub fn boot(&self) -> u64 {
        self.ends.iter().flatten().map(|e| e.0).max().unwrap_or(0)
    }

    pub fn wall(&self) -> Option<i64> {
        self.ends.iter().flatten().filter_map(|e| e.1).max()
    }

    pub fn at(&self, now: Now) -> Option<u64> {
        if self.ends.iter().any(Option::is_none) {
            return None;
        }
        let left = self.wall().map_or(0, |wall| wall - now.wall.0);
        Some(if left > 0 { self.boot().max(now.boot.0 + left as u64) } else { self.boot() })
    }

    pub fn add(&mut self, end: Option<(u64, Option<i64>)>, now: Now) {
        let before = self.at(now);
        self.ends.push(end);
        if self.at(now) != before {
            self.shown = None;
        }
    }

    pub fn extend(&mut self, ms: u64, now: Now) {
        let boot = self.boot().max(now.boot.0) + ms;
        let wall = self.wall().map(|wall| wall.max(now.wall.0) + ms as i64);
        self.ends.push(Some((boot, wall)));
        self.shown = None;
    }

    pub fn last_minute(&self, now: Now) -> bool {
        self.at(now).is_some_and(|at| now.boot.0 + MINUTE >= at)
    }

    pub fn over(&self, now: Now) -> bool {
        self.at(now).is_some_and(|at| at <= now.boot.0) && self.shown.is_some_and(|shown| shown + MINUTE <= now.boot.0)
    }

    pub fn restarted(&mut self, before: u64, after: u64) {
        for end in self.ends.iter_mut().flatten() {
            end.0 = after + end.0.saturating_sub(before);
        }
        self.shown = None;
    }
}
