//! What to notify the person of, decided from states and events; showing it is [`crate::notifier`]'s work.

use crate::link::View;
use policy::{Hold, Wall};
use protocol::{Event, Fault, Phase, Recovery};
use std::time::{Duration, Instant};

/// Faults are shown at most once in this time.
const FAULTS_APART: Duration = Duration::from_secs(600);
/// The end of a pause is computed anew with each state; so near, it is the same end.
const SAME_END_MS: i64 = 2_000;

/// The title of a pause's end.
pub const REMINDER: &str = "Pause ends in 1 min";
/// The title of the agent's notice of a pause.
const PAUSED: &str = "Recording is paused";
/// The title of what becomes of a recovery key after a forgetting.
const VOIDED: &str = "Your recovery key no longer opens anything";
const FAULTS: &str = "Eyelid needs your attention";

/// Something to show, or to take away. Of each title there is at most one notification on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// Words.
    Plain {
        /// One line.
        title: String,
        /// What happened.
        body: String,
        /// Whether what an open one of this title says is still to be read.
        keeps: bool,
    },
    /// A pause is about to end: with actions, and the agent wants to know whether it was shown.
    Reminder,
    /// A pause is about to end, and the person wants no notifications: the pill has to say it.
    ReminderByPill,
    /// What the notification of this title says is no longer so.
    Close(&'static str),
}

/// What was shown already.
pub struct Notices {
    at_login: bool,
    first_state_seen: bool,
    enabled: bool,
    reminded: Option<Wall>,
    paused: bool,
    told: Vec<Fault>,
    waiting: Vec<Fault>,
    last_fault: Option<Instant>,
    last_said: String,
    /// Whether the recovery key opens, as last told.
    recovery: Option<bool>,
}

impl Notices {
    /// Nothing shown yet; `at_login` when started by the desktop.
    pub fn new(at_login: bool) -> Notices {
        Notices {
            at_login,
            first_state_seen: false,
            enabled: true,
            reminded: None,
            paused: false,
            told: Vec::new(),
            waiting: Vec::new(),
            last_fault: None,
            last_said: String::new(),
            recovery: None,
        }
    }

    /// The state is now this.
    pub fn state(&mut self, view: &View, now: Instant) -> Vec<Show> {
        let snapshot = match view {
            View::Running(snapshot) => snapshot,
            // The next agent has to be told anew that the reminder was shown.
            View::Starting | View::Gone(_) => return self.no_reminder(),
        };
        let mut show = Vec::new();
        self.enabled = snapshot.settings.notifications;
        if !self.first_state_seen {
            self.first_state_seen = true;
            // Consent given in this run is no news to the person.
            self.at_login &= snapshot.consent.is_some();
        }
        if self.at_login && matches!(snapshot.status.phase, Phase::Recording | Phase::Filtered) {
            self.at_login = false;
            if self.enabled {
                show.push(plain(
                    "Eyelid is recording",
                    "It does so by your consent. The mark on the screen shows it; a click on the mark pauses it.",
                ));
            }
        }
        match snapshot.ending {
            None => show.extend(self.no_reminder()),
            Some(ending) if ending.shown => self.reminded = Some(ending.at),
            Some(ending) => {
                let same = self.reminded.is_some_and(|at| (at.0 - ending.at.0).abs() < SAME_END_MS);
                if !same {
                    self.reminded = Some(ending.at);
                    show.push(if self.enabled { Show::Reminder } else { Show::ReminderByPill });
                }
            }
        }
        match snapshot.key.recovery {
            Recovery::Valid(_) => {
                if self.recovery.replace(true) == Some(false) {
                    show.push(Show::Close(VOIDED));
                }
            }
            Recovery::Voided(_) => {
                if self.recovery.replace(false) == Some(true) && self.enabled {
                    show.push(plain(
                        VOIDED,
                        "What you deleted would have stayed within its reach. Make another one in Settings, under Key.",
                    ));
                }
            }
            // As it also is while that cannot be told.
            Recovery::None => {}
        }
        let paused = snapshot.status.holds.iter().any(|info| info.hold == Hold::UserPause);
        if std::mem::replace(&mut self.paused, paused) && !paused {
            show.push(Show::Close(PAUSED));
        }
        let told = !self.told.is_empty();
        self.told.retain(|fault| snapshot.faults.contains(fault));
        if told && self.told.is_empty() {
            show.push(Show::Close(FAULTS));
        }
        self.waiting = snapshot.faults.iter().filter(|fault| !self.told.contains(fault)).cloned().collect();
        show.extend(self.timeout(now));
        show
    }

    /// The agent said something to every client.
    pub fn event(&mut self, event: &Event, now: Instant) -> Vec<Show> {
        match event {
            Event::Notice { title, body, always } if *always || self.enabled => {
                self.last_said.clone_from(body);
                vec![Show::Plain { title: title.clone(), body: body.clone(), keeps: *always }]
            }
            // What was just said needs no second notice.
            Event::Gone(why) if self.may_tell(now) && !self.last_said.starts_with(why.as_str()) => {
                self.last_fault = Some(now);
                vec![plain("Nothing is recorded", why)]
            }
            Event::Notice { .. } | Event::Gone(_) | Event::Snapshot(_) | Event::Changes(_) => Vec::new(),
        }
    }

    fn no_reminder(&mut self) -> Vec<Show> {
        self.reminded.take().map(|_| Show::Close(REMINDER)).into_iter().collect()
    }

    /// When to call [`Notices::timeout`], if faults wait.
    pub fn next(&self) -> Option<Instant> {
        if self.waiting.is_empty() { None } else { self.last_fault.map(|last| last + FAULTS_APART) }
    }

    /// Faults that waited for their turn.
    pub fn timeout(&mut self, now: Instant) -> Vec<Show> {
        if self.waiting.is_empty() || !self.may_tell(now) {
            return Vec::new();
        }
        self.last_fault = Some(now);
        self.told.append(&mut self.waiting);
        let body = self.told.iter().map(|f| format!("{} {}", f.message, f.cure)).collect::<Vec<_>>().join("\n");
        vec![plain(FAULTS, &body)]
    }

    fn may_tell(&self, now: Instant) -> bool {
        self.last_fault.is_none_or(|last| now.saturating_duration_since(last) >= FAULTS_APART)
    }
}

fn plain(title: &str, body: &str) -> Show {
    Show::Plain { title: title.into(), body: body.into(), keeps: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, AT_14_03};
    use protocol::{EndingInfo, FaultCode, Snapshot};

    fn view(snapshot: &Snapshot) -> View {
        View::Running(Box::new(snapshot.clone()))
    }

    fn fault(message: &str) -> Fault {
        Fault { code: FaultCode::Hotkey, message: message.into(), cure: "Cure.".into() }
    }

    #[test]
    fn a_pause_about_to_end_is_announced_once_and_again_when_it_was_made_longer() {
        let (mut notices, now) = (Notices::new(false), Instant::now());
        let mut snapshot = testing::recording();
        let mut ending = |at: i64, shown, notices: &mut Notices| {
            snapshot.ending = Some(EndingInfo { at: Wall(at), shown });
            notices.state(&view(&snapshot), now)
        };
        assert_eq!(ending(AT_14_03.0, false, &mut notices), [Show::Reminder]);
        assert_eq!(ending(AT_14_03.0 + 3, false, &mut notices), []);
        assert_eq!(ending(AT_14_03.0, true, &mut notices), []);
        assert_eq!(ending(AT_14_03.0 + 900_000, false, &mut notices), [Show::Reminder]);
    }

    #[test]
    fn the_reminder_goes_with_its_pause_or_with_the_agent_and_comes_again_for_the_next_agent() {
        let (mut notices, now) = (Notices::new(false), Instant::now());
        let mut snapshot = testing::recording();
        assert_eq!(notices.state(&view(&snapshot), now), []);
        snapshot.ending = Some(EndingInfo { at: AT_14_03, shown: false });
        assert_eq!(notices.state(&view(&snapshot), now), [Show::Reminder]);
        assert_eq!(notices.state(&View::Gone(String::new()), now), [Show::Close(REMINDER)]);
        assert_eq!(notices.state(&view(&snapshot), now), [Show::Reminder]);
        snapshot.ending = None;
        assert_eq!(notices.state(&view(&snapshot), now), [Show::Close(REMINDER)]);
        assert_eq!(notices.state(&view(&snapshot), now), []);
    }

    #[test]
    fn the_notice_of_a_pause_goes_with_the_pause_but_not_before_it_was_seen_to_begin() {
        let (mut notices, now) = (Notices::new(false), Instant::now());
        let mut snapshot = testing::recording();
        let notice = Event::Notice { title: PAUSED.into(), body: "B".into(), always: false };
        assert_eq!(notices.event(&notice, now), [plain(PAUSED, "B")]);
        assert_eq!(notices.state(&view(&snapshot), now), []);
        snapshot.status.holds = vec![testing::hold(Hold::UserPause, "You paused.")];
        assert_eq!(notices.state(&view(&snapshot), now), []);
        snapshot.status.holds.clear();
        assert_eq!(notices.state(&view(&snapshot), now), [Show::Close(PAUSED)]);
    }

    #[test]
    fn without_notifications_the_pill_reminds_and_loosenings_are_still_shown() {
        let (mut notices, now) = (Notices::new(true), Instant::now());
        let mut snapshot = testing::recording();
        snapshot.settings.notifications = false;
        snapshot.ending = Some(EndingInfo { at: AT_14_03, shown: false });
        assert_eq!(notices.state(&view(&snapshot), now), [Show::ReminderByPill]);
        let notice = |always| Event::Notice { title: "T".into(), body: "B".into(), always };
        assert_eq!(notices.event(&notice(false), now), []);
        let kept = Show::Plain { title: "T".into(), body: "B".into(), keeps: true };
        assert_eq!(notices.event(&notice(true), now), [kept]);
    }

    #[test]
    fn faults_come_together_at_most_once_in_ten_minutes_and_only_if_they_still_stand() {
        let (mut notices, start) = (Notices::new(false), Instant::now());
        let mut snapshot = testing::recording();
        snapshot.faults = vec![fault("One."), fault("Two.")];
        let both = plain(FAULTS, "One. Cure.\nTwo. Cure.");
        assert_eq!(notices.state(&view(&snapshot), start), [both]);
        assert_eq!(notices.state(&view(&snapshot), start), []);

        snapshot.faults.push(fault("Three."));
        assert_eq!(notices.state(&view(&snapshot), start), []);
        assert_eq!(notices.event(&Event::Gone("why".into()), start), []);
        let due = notices.next().unwrap();
        assert_eq!(due, start + FAULTS_APART);
        // It takes the place of the first, which may not have been read.
        assert_eq!(notices.timeout(due), [plain(FAULTS, "One. Cure.\nTwo. Cure.\nThree. Cure.")]);

        snapshot.faults.push(fault("Four."));
        assert_eq!(notices.state(&view(&snapshot), due), []);
        snapshot.faults.pop();
        assert_eq!(notices.state(&view(&snapshot), due), []);
        assert_eq!(notices.next(), None);
        snapshot.faults.clear();
        assert_eq!(notices.state(&view(&snapshot), due), [Show::Close(FAULTS)]);
    }

    #[test]
    fn an_agent_that_is_gone_is_told_unless_it_was_just_said() {
        let (mut notices, now) = (Notices::new(false), Instant::now());
        let said = Event::Notice { title: "T".into(), body: "It was ended. Again.".into(), always: true };
        assert_eq!(notices.event(&said, now).len(), 1);
        assert_eq!(notices.event(&Event::Gone("It was ended.".into()), now), []);
        let gone = plain("Nothing is recorded", "It died.");
        assert_eq!(notices.event(&Event::Gone("It died.".into()), now), [gone]);
        assert_eq!(notices.event(&Event::Gone("It died.".into()), now), []);
    }

    #[test]
    fn a_recovery_key_that_a_forgetting_voids_is_told_of_once() {
        let (mut notices, now) = (Notices::new(false), Instant::now());
        let mut snapshot = testing::recording();
        let mut recovery = |recovery, notices: &mut Notices| {
            snapshot.key.recovery = recovery;
            notices.state(&view(&snapshot), now)
        };
        // One that was voided before this run is no news.
        assert_eq!(recovery(Recovery::Voided(AT_14_03), &mut notices), []);
        assert_eq!(recovery(Recovery::Valid(AT_14_03), &mut notices), [Show::Close(VOIDED)]);
        assert_eq!(recovery(Recovery::None, &mut notices), []);
        let told = recovery(Recovery::Voided(AT_14_03), &mut notices);
        assert!(matches!(&told[..], [Show::Plain { title, .. }] if title == VOIDED), "{told:?}");
        assert_eq!(recovery(Recovery::Voided(AT_14_03), &mut notices), []);
    }

    #[test]
    fn a_recording_that_starts_at_login_is_announced_once() {
        let (mut notices, now) = (Notices::new(true), Instant::now());
        let mut snapshot = testing::recording();
        snapshot.status.phase = Phase::Off;
        assert_eq!(notices.state(&view(&snapshot), now), []);
        snapshot.status.phase = Phase::Recording;
        assert_eq!(notices.state(&view(&snapshot), now).len(), 1);
        assert_eq!(notices.state(&view(&snapshot), now), []);
        assert_eq!(Notices::new(false).state(&view(&snapshot), now), []);
    }

    #[test]
    fn consent_given_in_this_run_is_not_announced_as_a_recording_at_login() {
        let (mut notices, now) = (Notices::new(true), Instant::now());
        let mut snapshot = testing::recording();
        snapshot.consent = None;
        snapshot.status.phase = Phase::Off;
        assert_eq!(notices.state(&view(&snapshot), now), []);
        assert_eq!(notices.state(&view(&testing::recording()), now), []);
    }
}
