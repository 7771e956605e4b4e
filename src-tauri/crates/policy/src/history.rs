//! What stood when: kept as long as a candidate may still ask for it.

use crate::Boot;
use std::collections::VecDeque;

/// So many closed spans a track keeps. What is more is joined, gaps included, which only withholds more.
const MOST_SPANS: usize = 256;

/// From when until when something stood, both ends included.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Boot,
    to: Boot,
}

/// The spans in which one thing stood, the present one included.
#[derive(Debug, Default)]
pub(crate) struct Track {
    past: VecDeque<Span>,
    open: Option<Boot>,
}

impl Track {
    /// It stands, from this instant on. When it stood already, an earlier instant counts.
    pub fn begin(&mut self, from: Boot) {
        self.open = Some(self.open.map_or(from, |open| open.min(from)));
    }

    /// It stands no longer, from this instant on.
    pub fn end(&mut self, at: Boot) {
        let Some(from) = self.open.take() else { return };
        if self.past.len() >= MOST_SPANS
            && let Some(first) = self.past.pop_front()
            && let Some(second) = self.past.front_mut()
        {
            second.from = second.from.min(first.from);
            second.to = second.to.max(first.to);
        }
        self.past.push_back(Span { from, to: at.max(from) });
    }

    /// Since when it stands; `None` when it does not.
    pub fn since(&self) -> Option<Boot> {
        self.open
    }

    /// Whether it stood between these instants, or began within `before` after them, or ended within `after` before them.
    pub fn touches(&self, (at, until): (Boot, Boot), before: u64, after: u64) -> bool {
        self.open.is_some_and(|from| until >= from.minus(before))
            || self.past.iter().any(|span| until >= span.from.minus(before) && at <= span.to.plus(after))
    }

    /// Forgets what ended before this instant.
    pub fn prune(&mut self, horizon: Boot) {
        self.past.retain(|span| span.to >= horizon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_touches_its_ends_and_margins_and_nothing_beyond() {
        let mut track = Track::default();
        track.begin(Boot(1000));
        track.end(Boot(2000));
        let touched = |at| track.touches((Boot(at), Boot(at)), 100, 50);
        assert_eq!([899, 900, 2050, 2051].map(touched), [false, true, true, false]);
        let between = |at, until| track.touches((Boot(at), Boot(until)), 100, 50);
        assert!(between(0, 900) && between(0, 9000) && between(2050, 9000));
        assert!(!between(0, 899) && !between(2051, 9000));
    }

    #[test]
    fn more_spans_than_are_kept_are_joined_and_never_forgotten() {
        let mut track = Track::default();
        for n in 0..1000 {
            track.begin(Boot(n * 10));
            track.end(Boot(n * 10 + 1));
        }
        assert!(track.past.len() <= MOST_SPANS);
        assert!((0..1000).all(|n| track.touches((Boot(n * 10), Boot(n * 10)), 0, 0)));
    }

    #[test]
    fn pruning_keeps_what_reaches_the_horizon() {
        let mut track = Track::default();
        for n in 0..10 {
            track.begin(Boot(n * 100));
            track.end(Boot(n * 100 + 50));
        }
        track.prune(Boot(450));
        assert!(!track.touches((Boot(300), Boot(300)), 0, 0));
        assert!(track.touches((Boot(420), Boot(420)), 0, 0));
    }
}
