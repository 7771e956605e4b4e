//! Which windows there are, how each may be recorded, and how that was at each instant a candidate can carry.

use crate::rules::{RuleSet, Treatment, Verdict};
use crate::{Boot, Identity, WindowId, WindowKind};
use std::collections::{HashMap, VecDeque};

/// So many changes are kept per window. With more, it was not to be recorded in all that time.
const MOST_CHANGES: usize = 128;
/// So many windows that are gone are remembered.
const MOST_GONE: usize = 4096;
/// A popup's owner may itself be a popup, so many times.
const DEEPEST: u8 = 8;

/// How a window may be recorded, from some instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    Record,
    /// Its content not.
    Withhold,
    /// Like this window.
    LikeOwner(WindowId),
    Gone,
}

/// One window.
#[derive(Debug)]
pub(super) struct Window {
    pub kind: WindowKind,
    pub identity: Identity,
    /// Whether key text may be kept for it.
    pub text: bool,
    pub verdict: Verdict,
    /// The address of its page was known at some time: it may change at any other.
    by_site: bool,
    /// By the instant from which each holds; never empty.
    facts: VecDeque<(Boot, Fact)>,
}

/// The windows known, those gone included as long as candidates may show them.
#[derive(Debug, Default)]
pub(super) struct Windows {
    map: HashMap<WindowId, Window>,
    gone: VecDeque<(WindowId, Boot)>,
    /// Since when the present rules are in force.
    ruled: Boot,
}

/// Whose window has the focus, popups followed to their owner.
pub(super) enum Behind<'a> {
    /// An application's.
    App(&'a Window),
    /// The desktop's or Eyelid's own: nobody's content.
    Nobody,
    /// Not known.
    Unknown,
}

impl Window {
    fn is_gone(&self) -> bool {
        self.facts.back().is_some_and(|(_, fact)| *fact == Fact::Gone)
    }

    fn fact(&self) -> Fact {
        match self.kind {
            WindowKind::Normal => match self.verdict.treatment {
                Treatment::Record => Fact::Record,
                Treatment::Metadata | Treatment::Hold => Fact::Withhold,
            },
            WindowKind::Popup { owner: Some(owner) } => Fact::LikeOwner(owner),
            WindowKind::Popup { owner: None } | WindowKind::Shell | WindowKind::Own => Fact::Withhold,
        }
    }

    /// Notes how it is from `at` on by rules in force since `ruled`. They do not permit what was before them.
    fn note_judged(&mut self, at: Boot, ruled: Boot, now: Boot) {
        let fact = self.fact();
        if fact != Fact::Record || at >= ruled {
            self.note(at, fact, now);
        } else if self.facts.back().is_none_or(|(_, before)| *before != fact) {
            self.note(at, Fact::Withhold, now);
            self.note(ruled, fact, now);
        }
    }

    /// Notes how it is from `at` on.
    fn note(&mut self, at: Boot, fact: Fact, now: Boot) {
        let Some(&(latest, before)) = self.facts.back() else {
            self.facts.push_back((at, fact));
            return;
        };
        if at >= latest {
            if before != fact {
                self.facts.push_back((at, fact));
            }
        } else if fact == Fact::Record {
            // Late news that would permit does not speak for the past.
            if before != fact {
                self.facts.push_back((now, fact));
            }
        } else {
            // Late news that withholds does, whatever was believed meanwhile.
            while self.facts.back().is_some_and(|(from, _)| *from >= at) {
                self.facts.pop_back();
            }
            self.facts.push_back((at, Fact::Withhold));
            self.facts.push_back((now, fact));
        }
        if self.facts.len() > MOST_CHANGES
            && let Some(&(first, _)) = self.facts.front()
            && let Some(last) = self.facts.pop_back()
        {
            self.facts.clear();
            self.facts.push_back((first, Fact::Withhold));
            self.facts.push_back(last);
        }
    }
}

impl Windows {
    /// A window appeared or changed.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn changed(
        &mut self,
        id: WindowId,
        kind: WindowKind,
        identity: Identity,
        text: bool,
        rules: &RuleSet,
        at: Boot,
        now: Boot,
    ) {
        let ruled = self.ruled;
        let by_site = identity.url.is_some();
        if let Some(window) = self.map.get_mut(&id) {
            if window.kind != kind || window.identity != identity {
                window.verdict = judge(kind, &identity, rules);
                window.kind = kind;
                window.identity = identity;
            }
            window.text = text;
            window.by_site |= by_site;
            window.note_judged(at, ruled, now);
        } else {
            let verdict = judge(kind, &identity, rules);
            let mut window = Window { kind, identity, text, verdict, by_site, facts: VecDeque::new() };
            window.note_judged(at, ruled, now);
            self.map.insert(id, window);
        }
    }

    pub(super) fn gone(&mut self, id: WindowId, at: Boot, now: Boot) {
        if let Some(window) = self.map.get_mut(&id).filter(|window| !window.is_gone()) {
            // Its number may be another's soon: whoever that is starts from nothing.
            window.identity = Identity::default();
            window.kind = WindowKind::Popup { owner: None };
            window.text = false;
            window.verdict = withheld();
            let at = window.facts.back().map_or(at, |(latest, _)| at.max(*latest));
            window.note(at, Fact::Gone, now);
            self.gone.push_back((id, now));
        }
        while self.gone.len() > MOST_GONE {
            self.forget_oldest();
        }
    }

    /// The rules changed. What they withhold from now on is withheld in the hold-back, too: a person who sees something
    /// and says never to record it means that.
    pub(super) fn judge_anew(&mut self, rules: &RuleSet, hold_back: u64, at: Boot, now: Boot) {
        self.ruled = self.ruled.max(at);
        for window in self.map.values_mut().filter(|window| !window.is_gone()) {
            let before = window.fact();
            window.verdict = judge(window.kind, &window.identity, rules);
            let fact = window.fact();
            let from = if before == Fact::Record && fact == Fact::Withhold { at.minus(hold_back) } else { at };
            window.note(from, fact, now);
        }
    }

    pub(super) fn treatment(&self, id: WindowId) -> Treatment {
        match self.owner(id) {
            Some(window) if window.kind == WindowKind::Normal => window.verdict.treatment,
            Some(_) | None => Treatment::Hold,
        }
    }

    /// Whether what may be recorded of it hangs on the address of its page.
    pub(super) fn by_site(&self, id: WindowId) -> bool {
        self.map.get(&id).is_some_and(|window| window.by_site) || self.owner(id).is_some_and(|window| window.by_site)
    }

    pub(super) fn verdict(&self, id: WindowId) -> Option<&Verdict> {
        let own = self.known(id)?;
        Some(&self.owner(id).unwrap_or(own).verdict)
    }

    pub(super) fn behind(&self, id: WindowId) -> Behind<'_> {
        match self.owner(id) {
            None => Behind::Unknown,
            Some(window) => match window.kind {
                WindowKind::Normal => Behind::App(window),
                WindowKind::Popup { owner: _ } => Behind::Unknown,
                WindowKind::Shell | WindowKind::Own => Behind::Nobody,
            },
        }
    }

    /// Whether its content might be recorded at `at`, and nothing from `before` before that until `after` after `until`
    /// says otherwise.
    pub(super) fn permitted(&self, id: WindowId, (at, until): (Boot, Boot), before: u64, after: u64) -> bool {
        self.permits(id, at.minus(before), Some(at), until.plus(after), DEEPEST)
    }

    /// Forgets what no candidate dated at or after the horizon can ask for.
    pub(super) fn prune(&mut self, horizon: Boot) {
        for window in self.map.values_mut() {
            while window.facts.get(1).is_some_and(|(from, _)| *from < horizon) {
                window.facts.pop_front();
            }
        }
        while self.gone.front().is_some_and(|(_, at)| *at < horizon) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((id, _)) = self.gone.pop_front()
            && self.map.get(&id).is_some_and(Window::is_gone)
        {
            self.map.remove(&id);
        }
    }

    fn known(&self, id: WindowId) -> Option<&Window> {
        self.map.get(&id).filter(|window| !window.is_gone())
    }

    /// The window itself, or for a popup the window that it belongs to in the end; a popup without owner is its own.
    fn owner(&self, id: WindowId) -> Option<&Window> {
        let mut window = self.known(id)?;
        for _ in 0..DEEPEST {
            match window.kind {
                WindowKind::Popup { owner: Some(owner) } => window = self.known(owner)?,
                WindowKind::Popup { owner: None } | WindowKind::Normal | WindowKind::Shell | WindowKind::Own => {
                    return Some(window);
                }
            }
        }
        None
    }

    fn permits(&self, id: WindowId, low: Boot, at: Option<Boot>, high: Boot, depth: u8) -> bool {
        let Some(window) = self.map.get(&id).filter(|_| depth > 0) else { return false };
        let mut stood = at.is_none();
        for (n, &(from, fact)) in window.facts.iter().enumerate() {
            // Up to and including the instant at which the next fact took over.
            let to = window.facts.get(n + 1).map_or(Boot(u64::MAX), |(next, _)| *next);
            if from > high || to < low {
                continue;
            }
            let here = at.filter(|at| from <= *at && *at < to);
            stood |= here.is_some();
            let fine = match fact {
                Fact::Record => true,
                Fact::Withhold => false,
                Fact::Gone => here.is_none(),
                Fact::LikeOwner(owner) => self.permits(owner, low.max(from), here, high.min(to), depth - 1),
            };
            if !fine {
                return false;
            }
        }
        stood
    }
}

fn judge(kind: WindowKind, identity: &Identity, rules: &RuleSet) -> Verdict {
    match kind {
        WindowKind::Normal => rules.verdict(identity),
        WindowKind::Popup { owner: _ } | WindowKind::Shell | WindowKind::Own => withheld(),
    }
}

fn withheld() -> Verdict {
    Verdict { treatment: Treatment::Hold, category: None, rule: None, cause: None }
}
