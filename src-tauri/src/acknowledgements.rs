//! Whether the agent took in each chord that the desktop reported.
//!
//! The agent matches chords in the raw keys itself, so its word is often there before the desktop's.

use protocol::private::HotkeyId;
use std::time::Duration;
use tokio::time::Instant;

/// How long the agent may take.
const WITHIN: Duration = Duration::from_millis(500);
/// How long before the desktop's own event the agent's word still belongs to it: as long as the agent remembers.
const BEFORE: Duration = Duration::from_secs(2);

/// Presses that wait, and words that nobody waited for yet.
#[derive(Default)]
pub struct Acknowledgements {
    waiting: Vec<(HotkeyId, Instant)>,
    early: Vec<(HotkeyId, Instant)>,
}

impl Acknowledgements {
    /// The desktop reported a press.
    pub fn pressed(&mut self, id: HotkeyId, now: Instant) {
        self.early.retain(|(_, at)| now.saturating_duration_since(*at) < BEFORE);
        match self.early.iter().position(|(early, _)| *early == id) {
            Some(found) => drop(self.early.remove(found)),
            None => self.waiting.push((id, now + WITHIN)),
        }
    }

    /// The agent took one in.
    pub fn taken(&mut self, id: HotkeyId, now: Instant) {
        match self.waiting.iter().position(|(waits, _)| *waits == id) {
            Some(found) => drop(self.waiting.remove(found)),
            None => self.early.push((id, now)),
        }
    }

    /// When the agent has taken too long.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|(_, deadline)| *deadline).min()
    }

    /// The chord for which it has.
    pub fn overdue(&self, now: Instant) -> Option<HotkeyId> {
        self.waiting.iter().find(|(_, deadline)| *deadline <= now).map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HotkeyId::{Panic, Pause};

    #[test]
    fn a_press_without_an_answer_is_overdue_after_half_a_second() {
        let (mut acknowledgements, now) = (Acknowledgements::default(), Instant::now());
        acknowledgements.pressed(Pause, now);
        acknowledgements.taken(Panic, now);
        assert_eq!(acknowledgements.deadline(), Some(now + WITHIN));
        assert_eq!(acknowledgements.overdue(now + WITHIN / 2), None);
        assert_eq!(acknowledgements.overdue(now + WITHIN), Some(Pause));
    }

    #[test]
    fn an_answer_before_or_after_the_desktops_event_will_do() {
        let (mut acknowledgements, now) = (Acknowledgements::default(), Instant::now());
        acknowledgements.taken(Pause, now);
        acknowledgements.pressed(Pause, now + WITHIN);
        assert_eq!(acknowledgements.deadline(), None);
        acknowledgements.pressed(Pause, now + WITHIN);
        acknowledgements.taken(Pause, now + WITHIN);
        assert_eq!(acknowledgements.deadline(), None);
    }

    #[test]
    fn an_old_answer_does_not_serve_for_a_new_press() {
        let (mut acknowledgements, now) = (Acknowledgements::default(), Instant::now());
        acknowledgements.taken(Pause, now);
        acknowledgements.pressed(Pause, now + BEFORE);
        assert_eq!(acknowledgements.deadline(), Some(now + BEFORE + WITHIN));
    }
}
