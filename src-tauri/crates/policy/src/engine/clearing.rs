//! The decision over a candidate.

use super::Policy;
use crate::{Boot, Candidate, Clear, Cleared, Hold, Now, Sensor, Stream, WindowId, Withheld};

/// A page, a title or a class changes so long after the content it belongs to, at most.
const TITLE: u64 = 1500;
/// The old window's pixels stay so long after the focus, the window or its title has changed, at most.
const LINGER: u64 = 100;
/// A terminal or a page has painted over a recovery key so long after it was told to, at most.
const REPAINT: u64 = 1500;
/// When only an input can help, ask again after so long.
const AGAIN: u64 = 50;

enum Judgement {
    Clear,
    Wait(Boot),
    Drop(Withheld),
}

impl Policy {
    /// Decides over a candidate.
    ///
    /// It is dropped as soon as something touches it. It is cleared only when nothing can come any more that would:
    /// every sensor concerned has delivered everything up to the end of the candidate's time and the margin.
    pub fn clear<T>(&mut self, candidate: Candidate<T>, now: Now) -> Clear<'_, T> {
        self.advance(now);
        match self.judge(candidate.stream, (candidate.at, candidate.until), &candidate.windows) {
            Judgement::Clear => Clear::Cleared(Cleared::new(candidate)),
            Judgement::Wait(until) => Clear::Wait(candidate, until),
            Judgement::Drop(why) => Clear::Dropped(why),
        }
    }

    pub(super) fn prune(&mut self) {
        let horizon = self.horizon().minus(LINGER.max(REPAINT));
        for track in self.reasons.iter_mut().chain(&mut self.off) {
            track.prune(horizon);
        }
        self.windows.prune(horizon);
    }

    fn judge(&self, stream: Stream, taken @ (at, until): (Boot, Boot), windows: &[WindowId]) -> Judgement {
        // A withdrawn consent takes everything with it that is still in memory.
        if self.off[stream as usize].touches(taken, u64::MAX, 0) {
            return Judgement::Drop(Withheld::Stream);
        }
        if let Some(hold) = self.touched_by(taken) {
            return Judgement::Drop(Withheld::Hold(hold));
        }
        // Some sensor has kept it waiting for so long that what held at its time is forgotten.
        if at < self.horizon() {
            return Judgement::Drop(Withheld::Hold(Hold::SensorSilent));
        }
        if !windows.iter().all(|window| self.windows.permitted(*window, taken, LINGER, TITLE)) {
            return Judgement::Drop(Withheld::Window);
        }
        self.ripe(until, windows)
    }

    fn touched_by(&self, taken: (Boot, Boot)) -> Option<Hold> {
        Hold::ALL.into_iter().find(|hold| {
            let (before, after) = (hold.margin(self.hold_back), linger(*hold));
            super::Reason::of(*hold).any(|reason| self.reasons[reason.index()].touches(taken, before, after))
        })
    }

    /// Whether everything is known that can still touch this instant.
    fn ripe(&self, at: Boot, windows: &[WindowId]) -> Judgement {
        let needs = [
            (Sensor::Display, TITLE, true),
            (Sensor::Access, Hold::SecretField.margin(self.hold_back), self.needs_access()),
            (Sensor::Sites, TITLE, windows.iter().any(|window| self.windows.by_site(*window))),
            (Sensor::Tray, 0, true),
        ];
        let unknown = |(sensor, margin, concerned): &(Sensor, u64, bool)| {
            *concerned && !self.sensors.get(*sensor).knows(at.plus(*margin))
        };
        let kept = at.plus(self.hold_back);
        let mut until = None;
        if kept > self.now.boot {
            until = Some(kept);
        }
        for (_, margin, _) in needs.iter().filter(|need| unknown(need)) {
            // Known at the earliest one instant later, and only by an input.
            until = until.max(Some(at.plus(*margin).plus(1).max(self.now.boot.plus(AGAIN))));
        }
        until.map_or(Judgement::Clear, Judgement::Wait)
    }

    /// Candidates dated before this are dropped: what held then may be forgotten.
    fn horizon(&self) -> Boot {
        self.now.boot.minus(self.hold_back.saturating_mul(2).saturating_add(2000))
    }
}

/// How long after its end a hold still counts.
fn linger(hold: Hold) -> u64 {
    match hold {
        Hold::SensitiveApp
        | Hold::SensitiveSite
        | Hold::PrivateWindow
        | Hold::SecretField
        | Hold::FocusUnknown
        | Hold::NoIndicator => LINGER,
        Hold::KeyShown => REPAINT,
        Hold::NotConsented
        | Hold::UserPause
        | Hold::OptOut
        | Hold::SessionLocked
        | Hold::ClockUncertain
        | Hold::VaultUnavailable
        | Hold::RecipientUnverified
        | Hold::SensorSilent
        | Hold::TraySilent
        | Hold::ConfigInvalid
        | Hold::ShuttingDown => 0,
    }
}
