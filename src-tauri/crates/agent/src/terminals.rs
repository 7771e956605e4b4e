//! Text typed where a terminal may be: it is let go on only when the tray app has looked at the terminals below the
//! application after the key, and before the line ended. A program that reads a line without showing it does so until
//! the line ends, so this misses none that a person types a line into.

use crate::agent::Agent;
use crate::capture::{self, Named};
use crate::world;
use platform::KeyEvent;
use policy::rules::Shows;
use policy::{Boot, Candidate, Input, Now, Sensor, Wall};
use protocol::private::{Terminals, ToTray};
use std::collections::{HashMap, VecDeque};
use vault::Item;
use vault::item::{KeyItem, KeyKind};

/// One ping of the accessibility bus answers for the keys of so many milliseconds. Each key's question runs from the key.
const PING_EVERY: u64 = 300;
/// Without an answer for so long, no text.
const PATIENCE: u64 = 1000;
/// An application without terminals is looked at again after so long at the earliest: none is opened, asked for a secret
/// and closed again within such a time.
const AGAIN: u64 = 400;
/// The display server's clock is known to about so many milliseconds.
const BLUR: u64 = 3;

/// Text that waits, oldest first.
#[derive(Default)]
pub struct Typed {
    waiting: VecDeque<Waiting>,
    /// Questions under way: by process, their number and when they were asked.
    asked: HashMap<u32, (u64, Boot)>,
    /// Processes below which there was no terminal, and when that was seen.
    without: HashMap<u32, Boot>,
    numbers: u64,
    /// Everything the display did before this is known.
    up_to: Boot,
    /// An answer came that only the display's word completes.
    probe: bool,
}

struct Waiting {
    candidate: Candidate<Item>,
    pid: u32,
    terminal: bool,
    /// The first question asked after the key.
    question: u64,
    /// When the line ended.
    ended: Option<Boot>,
    found: Option<(Terminals, Boot)>,
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Wait,
    Text,
    /// Only that there was one.
    Count,
    Nothing,
}

impl Typed {
    /// When something is to be done without an answer.
    pub fn due(&self) -> Option<Boot> {
        let patience = self.waiting.front().map(|first| first.candidate.at.plus(PATIENCE));
        let open = self.waiting.iter().filter(|w| w.found.is_none() && !self.asked.contains_key(&w.pid));
        let questions = open.filter_map(|w| self.without.get(&w.pid)).map(|seen| seen.plus(AGAIN));
        patience.into_iter().chain(questions).min()
    }

    /// The display has delivered everything before this instant.
    pub fn seen_up_to(&mut self, at: Boot) {
        self.up_to = self.up_to.max(at);
    }

    /// The tray app has looked.
    pub fn found(&mut self, number: u64, found: Terminals, looked: Boot) {
        let Some(pid) = self.asked.iter().find(|(_, (n, _))| *n == number).map(|(pid, _)| *pid) else { return };
        self.asked.remove(&pid);
        match found {
            Terminals::Absent => self.without.insert(pid, looked),
            Terminals::Plain | Terminals::Secret | Terminals::Unknown => self.without.remove(&pid),
        };
        let open = |w: &&mut Waiting| w.pid == pid && w.question <= number && w.found.is_none();
        for waiting in self.waiting.iter_mut().filter(open) {
            waiting.found = Some((found, looked));
            self.probe |= found == Terminals::Plain;
        }
    }

    /// Drops everything dated in this range, both ends included.
    pub fn forget(&mut self, from: Wall, to: Wall) {
        self.waiting.retain(|w| {
            let at = w.candidate.payload.at().wall;
            at < from || at > to
        });
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    fn push(&mut self, candidate: Candidate<Item>, pid: u32, terminal: bool) {
        // An answer under way may be of before the key.
        let question = self.numbers + 1;
        self.waiting.push_back(Waiting { candidate, pid, terminal, question, ended: None, found: None });
    }

    /// A line ended in this process.
    fn ended(&mut self, pid: u32, at: Boot) {
        for waiting in self.waiting.iter_mut().filter(|w| w.pid == pid && w.ended.is_none()) {
            waiting.ended = Some(at);
        }
    }

    /// The processes to be asked about now, with the numbers of the questions.
    fn questions(&mut self, now: Boot) -> Vec<(u64, u32)> {
        self.asked.retain(|_, (_, at)| now.since(*at) < PATIENCE);
        self.without.retain(|_, seen| now.since(*seen) < AGAIN);
        let mut pids: Vec<u32> = self.waiting.iter().filter(|w| w.found.is_none()).map(|w| w.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        pids.retain(|pid| !self.asked.contains_key(pid) && !self.without.contains_key(pid));
        let mut questions = Vec::new();
        for pid in pids {
            self.numbers += 1;
            self.asked.insert(pid, (self.numbers, now));
            questions.push((self.numbers, pid));
        }
        questions
    }

    /// Takes out the first if its fate is known.
    fn next(&mut self, now: Boot) -> Option<(Candidate<Item>, Fate)> {
        let first = self.waiting.front()?;
        let fate = match first.fate(self.up_to) {
            Fate::Wait if now.since(first.candidate.at) >= PATIENCE => Fate::Count,
            Fate::Wait => return None,
            fate @ (Fate::Text | Fate::Count | Fate::Nothing) => fate,
        };
        self.waiting.pop_front().map(|first| (first.candidate, fate))
    }
}

impl Waiting {
    fn fate(&self, up_to: Boot) -> Fate {
        let Some((found, looked)) = self.found else { return Fate::Wait };
        match found {
            Terminals::Secret => Fate::Nothing,
            Terminals::Unknown => Fate::Count,
            // A terminal without anything in it cannot be judged.
            Terminals::Absent => {
                if self.terminal {
                    Fate::Count
                } else {
                    Fate::Text
                }
            }
            Terminals::Plain if self.ended.is_some_and(|ended| ended <= looked.plus(BLUR)) => Fate::Count,
            Terminals::Plain if up_to <= looked.plus(BLUR) => Fate::Wait,
            Terminals::Plain => Fate::Text,
        }
    }
}

impl Agent {
    /// A key was pressed.
    pub(crate) fn typed(&mut self, at: Boot, key: &KeyEvent, now: Now) {
        let platform::Focus::Window(window) = key.focus else { return };
        let Some((window, identity)) = self.name(world::id(window)) else { return };
        let pid = self.world.pid(window);
        let ends_line = key.shortcut.is_some() || key.text.as_ref().is_some_and(|t| t.as_str() == "\n");
        if ends_line && let Some(pid) = pid {
            self.terminals.ended(pid, at);
        }
        let holds = self.holds();
        let Some(streams) = self.taking_in(&holds) else {
            if let Some(hold) = holds.first() {
                self.holdback.withheld(*hold);
            }
            return;
        };
        let named = Named { window, identity: &identity };
        let Some(candidate) = capture::key(&self.policy, streams, at, named, key, now) else { return };
        self.doubt_field(&candidate, now);
        let shows = policy::rules::shows(&identity);
        // In a terminal a shortcut may edit a line that is read unshown.
        let looked_at = match &candidate.payload {
            Item::Key(KeyItem { kind: KeyKind::Text(_), .. }) => shows != Some(Shows::Sites),
            Item::Key(KeyItem { kind: KeyKind::Shortcut(_), .. }) => shows == Some(Shows::Programs),
            Item::Key(_) | Item::Frame(_) | Item::Pointer(_) | Item::Focus(_) => false,
        };
        match pid {
            Some(pid) if looked_at => self.terminals.push(candidate, pid, shows == Some(Shows::Programs)),
            _ => self.take_in(candidate, now),
        }
    }

    /// Asks the accessibility bus about each key that carries something, and counts its answer from the key: one that told of
    /// a password field later than the margin of that hold reaches would not answer in time either.
    fn doubt_field(&mut self, candidate: &Candidate<Item>, now: Now) {
        let carries = matches!(&candidate.payload, Item::Key(key) if !matches!(key.kind, KeyKind::Count(_)));
        if carries && self.sensors.access_there {
            self.sensors.access_asked = true;
            self.sensors.access_wanted.get_or_insert(self.sensors.access_pinged.plus(PING_EVERY).max(now.boot));
            self.tell(candidate.at, Input::Asked(Sensor::Access), now);
        }
    }

    /// Lets go on what is known to be no secret.
    pub(crate) fn settle_typed(&mut self, now: Now) -> Result<(), platform::Lost> {
        for (number, pid) in self.terminals.questions(now.boot) {
            self.tray.send(ToTray::Terminals { number, pid });
        }
        while let Some((mut candidate, fate)) = self.terminals.next(now.boot) {
            if fate == Fate::Count
                && let Item::Key(item) = &mut candidate.payload
            {
                item.kind = KeyKind::Count(1);
            }
            if fate != Fate::Nothing {
                self.take_in(candidate, now);
            }
        }
        if std::mem::take(&mut self.terminals.probe)
            && !self.terminals.waiting.is_empty()
            && let Some(display) = self.display.as_mut()
        {
            display.probe()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::Stream;

    fn typed_at(typed: &mut Typed, at: u64) {
        let now = Now { boot: Boot(at), wall: Wall(0) };
        let item = KeyItem { at: now, app: "a".into(), title: None, kind: KeyKind::Text("x".into()) };
        let candidate = Candidate {
            stream: Stream::Keys,
            at: Boot(at),
            until: Boot(at),
            windows: vec![],
            payload: Item::Key(item),
        };
        typed.push(candidate, 7, false);
    }

    fn fate(typed: &mut Typed, now: u64) -> Option<Fate> {
        typed.next(Boot(now)).map(|(_, fate)| fate)
    }

    #[test]
    fn where_there_was_no_terminal_the_keys_of_a_moment_wait_for_one_look() {
        let mut typed = Typed::default();
        typed_at(&mut typed, 1000);
        assert_eq!(typed.questions(Boot(1000)), [(1, 7)]);
        typed.found(1, Terminals::Absent, Boot(1002));
        assert_eq!(fate(&mut typed, 1002), Some(Fate::Text));
        for at in [1100, 1200, 1300] {
            typed_at(&mut typed, at);
            assert_eq!(typed.questions(Boot(at)), []);
            assert_eq!(fate(&mut typed, at), None);
        }
        assert_eq!(typed.due(), Some(Boot(1402)));
        assert_eq!(typed.questions(Boot(1402)), [(2, 7)]);
        // One was opened meanwhile, and asks for a password.
        typed.found(2, Terminals::Secret, Boot(1403));
        for _ in 0..3 {
            assert_eq!(fate(&mut typed, 1403), Some(Fate::Nothing));
        }
    }

    #[test]
    fn where_there_is_a_terminal_each_key_is_followed_by_a_look() {
        for found in [Terminals::Plain, Terminals::Secret, Terminals::Unknown] {
            let mut typed = Typed::default();
            typed_at(&mut typed, 1000);
            assert_eq!(typed.questions(Boot(1000)), [(1, 7)]);
            typed.found(1, found, Boot(1002));
            typed_at(&mut typed, 1003);
            assert_eq!(typed.questions(Boot(1003)), [(2, 7)], "{found:?}");
        }
    }

    #[test]
    fn a_key_that_nobody_looks_after_is_counted() {
        let mut typed = Typed::default();
        typed_at(&mut typed, 1000);
        typed.found(1, Terminals::Absent, Boot(900));
        assert_eq!(fate(&mut typed, 1999), None);
        assert_eq!(fate(&mut typed, 2000), Some(Fate::Count));
    }
}
