//! Addresses of pages: which windows are asked about, and from when what they say counts.

use crate::agent::Agent;
use crate::{clock, world};
use platform::sites::{Browser, SiteEvent, Sites};
use policy::rules::Treatment;
use policy::{Input, Now, Sensor, Stream, WindowId};
use protocol::private::ToTray;

/// The page before may be on the screen so long after the address has changed.
const SETTLES: u64 = 1500;
/// What is older than this was stored or dropped long ago, whatever becomes known of it.
const OLDEST: u64 = 20_000;

/// What the sensor of addresses is to be told.
#[derive(Default)]
pub struct Orders {
    /// A window came, changed or went.
    pub stale: bool,
    /// It is asked for a sign of life.
    pub ping: bool,
    watched: Vec<Browser>,
}

impl Orders {
    /// From now on these are watched. Comes back with those that were and are no longer, if anything changed.
    fn watches(&mut self, browsers: &[Browser]) -> Option<Vec<WindowId>> {
        if browsers == self.watched {
            return None;
        }
        let before = std::mem::replace(&mut self.watched, browsers.to_vec());
        let left = before.iter().filter(|b| !browsers.iter().any(|now| now.window == b.window));
        Some(left.map(|b| world::id(b.window)).collect())
    }
}

impl Agent {
    /// Tells the sensor what is new to it. Without consent it watches nothing, and what is not watched has no address.
    pub fn order_sites(&mut self, sites: &mut Sites) {
        if std::mem::take(&mut self.sites.stale) {
            let consented = Stream::ALL.into_iter().any(|stream| self.streams().has(stream));
            let browsers = if consented { self.world.browsers() } else { Vec::new() };
            if let Some(left) = self.sites.watches(&browsers) {
                sites.watch(browsers);
                let now = clock::now();
                for window in left {
                    if let Some(confirmed) = self.world.last_known(window) {
                        self.describe(window, confirmed, now);
                    }
                }
            }
        }
        if std::mem::take(&mut self.sites.ping) {
            sites.ping();
        }
    }

    /// After a change of consent: applications speak on the accessibility bus only when somebody says that he listens.
    pub(crate) fn listen(&mut self) {
        self.sites.stale = true;
        let wanted = self.streams().screen || self.streams().keys == policy::KeyLevel::Text;
        if wanted && !std::mem::replace(&mut self.sensors.announced, wanted) {
            self.tray.send(ToTray::Listening);
        }
    }

    /// A browser told of a page.
    pub fn sited(&mut self, event: SiteEvent) {
        let now = clock::now();
        match event {
            SiteEvent::Site { at, window, site } => {
                let window = world::id(window);
                let before = self.policy.treatment(window);
                let known = self.world.identity(window);
                if !self.world.sited(window, site) {
                    return;
                }
                let permits = |agent: &Agent| {
                    let identity = agent.world.identity(window).map(|(_, identity)| identity);
                    identity.is_some_and(|id| agent.config.rules.verdict(&id).treatment == Treatment::Record)
                };
                if before != Treatment::Record && permits(self) {
                    self.world.settles(window, now.boot.plus(SETTLES));
                }
                // The first finding may be that nothing is known, still.
                if self.world.identity(window) != known {
                    let at = world::at(at).max(now.boot.minus(OLDEST));
                    self.describe(window, at, now);
                }
            }
            SiteEvent::UpTo(at) => {
                self.sensors.sites_asked = false;
                self.world.confirmed(world::at(at));
                self.tell(now.boot, Input::UpTo(Sensor::Sites, world::at(at)), now);
                self.answered(now);
            }
        }
    }

    /// Addresses that were new count when they have stood for a while.
    pub(crate) fn settle_sites(&mut self, now: Now) {
        for window in self.world.settled(now.boot) {
            self.describe(window, now.boot, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Browser, OLDEST, Orders, SETTLES, WindowId};

    #[test]
    fn what_is_watched_no_longer_loses_its_address_and_another_title_is_no_loss() {
        let browser = |n, title: &str| Browser { window: platform::WindowId(n), pid: 7, title: Some(title.into()) };
        let mut orders = Orders::default();
        assert_eq!(orders.watches(&[browser(1, "a"), browser(2, "b")]), Some(Vec::new()));
        assert_eq!(orders.watches(&[browser(1, "a"), browser(2, "b")]), None);
        assert_eq!(orders.watches(&[browser(1, "c"), browser(2, "b")]), Some(Vec::new()));
        assert_eq!(orders.watches(&[browser(2, "b")]), Some(vec![WindowId(1)]));
        assert_eq!(orders.watches(&[]), Some(vec![WindowId(2)]));
    }

    #[test]
    fn an_address_counts_as_late_as_the_margin_of_its_hold() {
        assert_eq!(policy::Hold::SensitiveSite.margin(3000), SETTLES);
        const { assert!(OLDEST > 2 * 3000 + 2000 + SETTLES) };
    }
}
