//! What the looks found in one window, and what of it is news.

use super::{Millis, Site};

/// What the last look found, and when that look began.
#[derive(Default)]
pub(super) struct Known {
    site: Option<Site>,
    confirmed: Millis,
    /// Something was told of the window.
    told: bool,
    /// A look has found the page that bears the present title.
    met: bool,
    /// A title went that no look had met: where the window was is not known.
    missed: bool,
}

impl Known {
    /// The window has another title.
    pub fn retitled(&mut self) {
        self.missed |= !std::mem::replace(&mut self.met, false);
    }

    /// Whether there was an address that a look finds no more.
    pub fn lacks(&self, found: Option<&Site>) -> bool {
        self.site.is_some() && found.is_none()
    }

    /// What a look found that began then. Comes back with what is to be told, dated: the first finding, whatever it is,
    /// and each change.
    pub fn found(&mut self, site: Option<Site>, began: Millis) -> Vec<(Millis, Option<Site>)> {
        let at = if self.site.is_some() { self.confirmed } else { began };
        self.confirmed = began;
        self.met |= site.is_some();
        // What lay between may be any page, even if the same one is there again.
        let between = site.is_some() && std::mem::take(&mut self.missed) && self.site.is_some();
        let mut news = Vec::new();
        if between {
            news.push((at, None));
        }
        if between || !std::mem::replace(&mut self.told, true) || site != self.site {
            news.push((at, site.clone()));
        }
        self.site = site;
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> Option<Site> {
        Some(Site { url: url.into(), spoken: url.into() })
    }

    fn at(url: &str) -> Known {
        let mut known = Known::default();
        known.found(site(url), Millis(10));
        known
    }

    #[test]
    fn the_first_finding_is_told_even_if_it_is_none() {
        let mut known = Known::default();
        assert_eq!(known.found(None, Millis(10)), [(Millis(10), None)]);
        assert_eq!(known.found(None, Millis(20)), []);
        assert_eq!(known.found(site("a"), Millis(30)), [(Millis(30), site("a"))]);
        assert_eq!(known.found(site("a"), Millis(40)), []);
    }

    #[test]
    fn a_change_may_have_come_right_after_the_last_look() {
        assert_eq!(at("a").found(site("b"), Millis(20)), [(Millis(10), site("b"))]);
        assert!(at("a").lacks(None));
        assert_eq!(at("a").found(None, Millis(20)), [(Millis(10), None)]);
    }

    #[test]
    fn a_page_passed_through_between_two_looks_is_no_page() {
        let mut known = at("a");
        known.retitled();
        known.retitled();
        assert_eq!(known.found(site("c"), Millis(20)), [(Millis(10), None), (Millis(10), site("c"))]);
        assert_eq!(known.found(site("c"), Millis(30)), []);
        // There and back again.
        known.retitled();
        known.retitled();
        assert_eq!(known.found(site("c"), Millis(40)), [(Millis(30), None), (Millis(30), site("c"))]);
    }

    #[test]
    fn pages_whose_titles_were_all_met_follow_each_other() {
        let mut known = at("a");
        known.retitled();
        // The title may be there before the page, for some looks that count for nothing.
        assert!(known.lacks(None));
        assert_eq!(known.found(site("b"), Millis(20)), [(Millis(10), site("b"))]);
        known.retitled();
        assert_eq!(known.found(site("b"), Millis(30)), []);
        known.retitled();
        assert_eq!(known.found(site("c"), Millis(40)), [(Millis(30), site("c"))]);
    }

    #[test]
    fn what_was_missed_while_no_address_was_known_is_no_news() {
        let mut known = Known::default();
        known.found(None, Millis(10));
        known.retitled();
        known.retitled();
        assert_eq!(known.found(site("a"), Millis(20)), [(Millis(20), site("a"))]);
        assert_eq!(known.found(site("b"), Millis(30)), [(Millis(20), site("b"))]);
    }
}
