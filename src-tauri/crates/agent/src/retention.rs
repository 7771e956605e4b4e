//! How long and how much is kept: what is older or more goes by itself, the oldest first, and never without a day's
//! notice before the first time.

use crate::agent::Agent;
use crate::deferred::Then;
use policy::{Boot, Hold, Now, Wall};

/// What is over is looked for so often, milliseconds of boot time: it is kept at most so much longer.
const LOOK_EVERY: u64 = 3_600_000;
/// So long before the first time the person is told, wall-clock milliseconds.
const DAY: i64 = 86_400_000;

impl Agent {
    /// When to look again.
    pub(crate) fn next_retention(&self) -> Option<Boot> {
        self.retained_at.map(|at| at.plus(LOOK_EVERY))
    }

    /// Looks whether something is over, if it is time to.
    pub(crate) fn retain(&mut self, now: Now) {
        if self.next_retention().is_some_and(|due| due > now.boot) {
            return;
        }
        self.retained_at = Some(now.boot);
        // By a clock in doubt nothing is old. Once it is confirmed it is looked again.
        if self.holds().contains(&Hold::ClockUncertain) {
            return;
        }
        let settings = &self.config.settings;
        let (days, gigabytes) = (settings.keep_days, settings.keep_gigabytes);
        let Some(vault) = &self.vault else { return };
        let Some(oldest) = vault.oldest() else { return };
        let before = Wall(now.wall.0.saturating_sub(i64::from(days) * DAY));
        let most = u64::from(gigabytes) << 30;
        let size = vault.size_bytes();
        match self.purge_told {
            None if oldest.0 < before.0.saturating_add(DAY) || size > most / 10 * 9 => {
                self.purge_told = Some(now.wall);
                self.save(now);
                self.tell_clients(protocol::Event::Notice {
                    title: "What is old will go".into(),
                    body: format!(
                        "Eyelid keeps {days} days and {gigabytes} GB. From tomorrow on, what is over that is deleted \
                         by itself, the oldest first. Settings say how much is kept."
                    ),
                    always: true,
                });
            }
            Some(told) if now.wall.0.saturating_sub(told.0) >= DAY && (oldest < before || size > most) => {
                let ticket = self.with_vault(|vault, ticket| vault.retain(before, most, ticket));
                self.defer(None, ticket, Then::Nothing);
            }
            None | Some(_) => {}
        }
    }
}
