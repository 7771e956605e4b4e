//! Whether the person is there: a pure account of the signs that [`crate::logind`], [`crate::screensaver`] and
//! [`crate::idle`] bring.

use protocol::private::{PresenceReport, ToAgent};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// A locker may need so long to cover the screen; *unlocked* that is said before is of the time before the lock.
const LOCKER_NEEDS: Duration = Duration::from_millis(1500);
/// A jump of the time suspended by more is a suspend: half of what the agent goes by, so that it notices none alone.
const SUSPEND: Duration = Duration::from_millis(500);

/// One sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// logind asks the session to lock (`true`) or unlock.
    LockAsked(bool),
    /// logind's `LockedHint`; `None` when logind is gone or knows no session of ours.
    LockedHint(Option<bool>),
    /// Whether our session is the one on the screen.
    SessionActive(bool),
    /// The machine is about to sleep.
    FallsAsleep,
    /// It has resumed.
    Woke,
    /// A screen saver says whether it covers the screen; `None` when it is gone.
    Saver(&'static str, Option<bool>),
    /// No input for the time in the settings (`true`), or input again.
    Idle(bool),
    /// The person moved or typed.
    Input,
    /// The person clicked something of Eyelid's, which nobody can behind a lock.
    Clicked,
}

/// What the signs add up to. Anything that says *locked* wins; after a resume *unlocked* has to be said anew.
#[derive(Debug)]
pub struct Presence {
    lock_asked: bool,
    locked_hint: Option<bool>,
    savers: BTreeMap<&'static str, bool>,
    session_active: bool,
    asleep: bool,
    unlocked_known: bool,
    /// A locker may be on its way until then.
    doubts_until: Option<Instant>,
    /// One that said *locked* is gone without saying more.
    left_locked: bool,
    idle: bool,
    suspended: Option<Duration>,
}

impl Default for Presence {
    fn default() -> Presence {
        Presence {
            lock_asked: false,
            locked_hint: None,
            savers: BTreeMap::new(),
            session_active: true,
            asleep: false,
            // At the start too, somebody has to say so.
            unlocked_known: false,
            doubts_until: None,
            left_locked: false,
            idle: false,
            suspended: None,
        }
    }
}

impl Presence {
    /// Takes a sign in; what the agent has to hear at once, besides [`Presence::report`].
    pub fn sign(&mut self, sign: Sign, now: Instant) -> Option<ToAgent> {
        match sign {
            Sign::LockAsked(asked) => {
                self.lock_asked = asked;
                self.unlocked_known |= !asked;
                self.doubts_until = asked.then(|| now + LOCKER_NEEDS);
            }
            Sign::LockedHint(hint) => {
                if hint.is_none() {
                    // Nor is anybody left to say that the machine has woken.
                    self.left_locked |= self.locked_hint == Some(true) || !self.session_active || self.asleep;
                    self.session_active = true;
                    self.asleep = false;
                }
                self.locked_hint = hint;
                if hint == Some(false) {
                    self.unlocked();
                }
            }
            Sign::SessionActive(active) => self.session_active = active,
            Sign::FallsAsleep => {
                self.asleep = true;
                self.unlocked_known = false;
            }
            Sign::Woke => {
                self.asleep = false;
                self.unlocked_known = false;
                self.doubts_until = Some(now + LOCKER_NEEDS);
                // Nobody touched anything while the machine slept, so this is not known to be past.
                return Some(ToAgent::Woke);
            }
            Sign::Saver(name, Some(active)) => {
                self.savers.insert(name, active);
                if !active {
                    self.unlocked();
                }
            }
            Sign::Saver(name, None) => {
                self.left_locked |= self.savers.remove(name) == Some(true);
            }
            Sign::Idle(idle) => self.idle = idle,
            Sign::Input => {
                self.idle = false;
                self.unlocked_known |= !self.has_locker() && !self.asleep;
            }
            Sign::Clicked => {
                self.lock_asked = false;
                self.left_locked = false;
                self.unlocked_known |= !self.asleep;
                self.doubts_until = None;
            }
        }
        None
    }

    /// A locker says *unlocked*.
    fn unlocked(&mut self) {
        if self.asleep || self.doubts_until.is_some() {
            // To be said once more when it can be believed.
            self.unlocked_known = false;
            return;
        }
        self.unlocked_known = true;
        if !self.locked_hint.unwrap_or(false) && !self.savers.values().any(|active| *active) {
            self.lock_asked = false;
            self.left_locked = false;
        }
    }

    /// `suspended` is how long the machine has been so since its start, by its own clocks: they tell of a suspend that
    /// logind does not announce.
    pub fn slept(&mut self, suspended: Duration) -> Option<Sign> {
        let before = self.suspended.replace(suspended);
        let jumped = before.is_some_and(|before| suspended > before + SUSPEND);
        // One that logind announced is over by logind's word.
        (jumped && !self.asleep).then_some(Sign::Woke)
    }

    /// Until when no locker's *unlocked* is believed; [`Presence::believe`] is due then.
    pub fn doubts_until(&self) -> Option<Instant> {
        self.doubts_until
    }

    /// What the lockers say from now on counts.
    pub fn believe(&mut self) {
        self.doubts_until = None;
    }

    fn has_locker(&self) -> bool {
        self.locked_hint.is_some() || !self.savers.is_empty()
    }

    /// Whether input is the only thing that can tell that the person is back.
    pub fn waits_for_input(&self) -> bool {
        !self.unlocked_known && !self.asleep && !self.has_locker()
    }

    /// Whether the locks have to be asked anew: something is not known that they may know.
    pub fn waits_for_lock(&self) -> bool {
        (!self.unlocked_known || self.left_locked) && !self.asleep && self.has_locker()
    }

    /// For the agent.
    pub fn report(&self) -> PresenceReport {
        let locked = self.lock_asked
            || self.locked_hint == Some(true)
            || self.savers.values().any(|active| *active)
            || !self.session_active
            || self.asleep
            || self.left_locked
            || !self.unlocked_known;
        match (locked, self.idle) {
            (true, _) => PresenceReport::Locked,
            (false, true) => PresenceReport::Idle,
            (false, false) => PresenceReport::Here,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PresenceReport::{Here, Idle, Locked};

    /// After signs that come long after each other.
    fn after(signs: &[Sign]) -> Presence {
        let mut presence = Presence::default();
        for sign in signs {
            presence.sign(*sign, Instant::now());
            presence.believe();
        }
        presence
    }

    fn report(signs: &[Sign]) -> PresenceReport {
        after(signs).report()
    }

    const UNLOCKED: Sign = Sign::LockedHint(Some(false));

    #[test]
    fn nobody_is_there_until_somebody_says_so() {
        assert_eq!(report(&[]), Locked);
        assert_eq!(report(&[UNLOCKED]), Here);
        assert_eq!(report(&[Sign::Saver("gnome", Some(false))]), Here);
        assert_eq!(report(&[Sign::Input]), Here);
    }

    #[test]
    fn idle_is_told_from_locked() {
        assert_eq!(report(&[UNLOCKED, Sign::Idle(true)]), Idle);
        assert_eq!(report(&[UNLOCKED, Sign::Idle(true), Sign::Input]), Here);
        assert_eq!(report(&[UNLOCKED, Sign::Idle(true), Sign::LockedHint(Some(true))]), Locked);
    }

    #[test]
    fn one_locker_that_says_locked_is_enough() {
        assert_eq!(report(&[UNLOCKED, Sign::Saver("xfce", Some(true))]), Locked);
        assert_eq!(report(&[Sign::LockedHint(Some(true)), Sign::Saver("xfce", Some(false))]), Locked);
        assert_eq!(report(&[UNLOCKED, Sign::SessionActive(false)]), Locked);
        assert_eq!(report(&[UNLOCKED, Sign::LockAsked(true)]), Locked);
    }

    #[test]
    fn a_lock_that_logind_asked_for_ends_with_any_word_of_unlocking() {
        let asked = [UNLOCKED, Sign::LockAsked(true)];
        for end in [Sign::LockAsked(false), UNLOCKED, Sign::Saver("xfce", Some(false)), Sign::Clicked] {
            assert_eq!(report(&[&asked[..], &[end]].concat()), Here, "{end:?}");
        }
        assert_eq!(report(&[&asked[..], &[Sign::Input]].concat()), Locked);
        assert_eq!(
            report(&[&asked[..], &[Sign::LockedHint(Some(true)), Sign::Saver("xfce", Some(false))]].concat()),
            Locked
        );
    }

    #[test]
    fn after_a_resume_the_person_is_away_until_unlocked_is_said_anew() {
        let mut presence = after(&[UNLOCKED, Sign::FallsAsleep]);
        assert_eq!(presence.report(), Locked);
        let now = Instant::now();
        assert!(matches!(presence.sign(Sign::Woke, now), Some(ToAgent::Woke)));
        assert_eq!(presence.report(), Locked);
        presence.sign(Sign::Input, now);
        assert_eq!(presence.report(), Locked);
        assert!(presence.waits_for_lock());
        presence.believe();
        presence.sign(UNLOCKED, now);
        assert_eq!(presence.report(), Here);
    }

    #[test]
    fn what_is_said_before_the_machine_sleeps_does_not_count_after_it() {
        assert_eq!(report(&[UNLOCKED, Sign::FallsAsleep, UNLOCKED, Sign::Input, Sign::Woke]), Locked);
    }

    #[test]
    fn what_a_locker_says_before_it_had_its_time_is_not_believed() {
        let now = Instant::now();
        for begin in [Sign::Woke, Sign::LockAsked(true)] {
            for word in [UNLOCKED, Sign::Saver("xfce", Some(false))] {
                let mut presence = after(&[UNLOCKED]);
                presence.sign(begin, now);
                presence.sign(word, now);
                assert_eq!(presence.report(), Locked, "{begin:?} {word:?}");
                assert_eq!(presence.doubts_until(), Some(now + LOCKER_NEEDS));
                // It may be the last one that it says by itself.
                assert!(presence.waits_for_lock(), "{begin:?} {word:?}");
                presence.believe();
                assert_eq!(presence.report(), Locked, "{begin:?} {word:?}");
                presence.sign(word, now);
                assert_eq!(presence.report(), Here, "{begin:?} {word:?}");
            }
        }
    }

    #[test]
    fn an_unlocking_by_logind_or_a_click_needs_no_locker_and_counts_at_once() {
        for begin in [Sign::Woke, Sign::LockAsked(true)] {
            for word in [Sign::LockAsked(false), Sign::Clicked] {
                let mut presence = after(&[UNLOCKED]);
                presence.sign(begin, Instant::now());
                presence.sign(word, Instant::now());
                assert_eq!(presence.report(), Here, "{begin:?} {word:?}");
                assert_eq!(presence.doubts_until(), None);
            }
        }
    }

    #[test]
    fn each_resume_and_each_lock_gives_the_locker_its_time_anew() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let mut presence = after(&[UNLOCKED]);
        presence.sign(Sign::Woke, now);
        presence.sign(Sign::LockAsked(true), later);
        assert_eq!(presence.doubts_until(), Some(later + LOCKER_NEEDS));
    }

    #[test]
    fn a_lock_that_no_locker_speaks_of_is_not_asked_away() {
        // The hint of a locker that sets none is false all the time.
        assert!(!after(&[UNLOCKED, Sign::LockAsked(true)]).waits_for_lock());
    }

    #[test]
    fn a_suspend_that_nobody_announced_is_a_resume_by_the_clocks() {
        let hour = Duration::from_secs(3600);
        let mut presence = after(&[UNLOCKED]);
        // What was before Eyelid started is none.
        assert_eq!(presence.slept(hour), None);
        assert_eq!(presence.slept(hour + SUSPEND), None);
        assert_eq!(presence.slept(2 * hour), Some(Sign::Woke));
        presence.sign(Sign::Woke, Instant::now());
        assert_eq!(presence.report(), Locked);
        assert_eq!(presence.slept(2 * hour), None);
        // One that was announced is not over by the clocks.
        presence.sign(Sign::FallsAsleep, Instant::now());
        assert_eq!(presence.slept(3 * hour), None);
        presence.sign(Sign::Woke, Instant::now());
        assert_eq!(presence.slept(3 * hour), None);
    }

    #[test]
    fn without_any_locker_the_first_input_after_a_resume_tells() {
        let mut presence = after(&[Sign::Input, Sign::FallsAsleep, Sign::Woke]);
        assert!(presence.waits_for_input());
        assert_eq!(presence.report(), Locked);
        presence.sign(Sign::Input, Instant::now());
        assert!(!presence.waits_for_input());
        assert_eq!(presence.report(), Here);
    }

    #[test]
    fn one_that_is_gone_after_it_said_locked_leaves_it_locked_until_another_word() {
        let gone = [
            [UNLOCKED, Sign::Saver("mate", Some(true)), Sign::Saver("mate", None)],
            [Sign::Input, Sign::LockedHint(Some(true)), Sign::LockedHint(None)],
            [UNLOCKED, Sign::SessionActive(false), Sign::LockedHint(None)],
            [UNLOCKED, Sign::FallsAsleep, Sign::LockedHint(None)],
        ];
        for gone in gone {
            assert_eq!(report(&gone), Locked, "{gone:?}");
            // Whoever types may be typing into the lock.
            assert_eq!(report(&[&gone[..], &[Sign::Input]].concat()), Locked, "{gone:?}");
            for word in [UNLOCKED, Sign::Saver("xfce", Some(false)), Sign::Clicked] {
                assert_eq!(report(&[&gone[..], &[word]].concat()), Here, "{gone:?} {word:?}");
            }
        }
        // One that had said nothing of the kind takes nothing with it.
        assert_eq!(report(&[UNLOCKED, Sign::Saver("mate", Some(false)), Sign::Saver("mate", None)]), Here);
    }
}
