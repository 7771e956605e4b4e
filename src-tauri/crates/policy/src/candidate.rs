//! A datum between capture and storage. Only this crate can clear one.

use crate::{Boot, Hold, Policy, Stream, WindowId};
use std::marker::PhantomData;

/// A captured datum that nobody has cleared yet. It lives in memory only.
#[derive(Debug)]
pub struct Candidate<T> {
    /// The stream it belongs to.
    pub stream: Stream,
    /// When it happened, by the sensor's clock mapped to boot time.
    pub at: Boot,
    /// When the last of it was taken; `at` itself if all of it was in one instant, as is all but a picture.
    pub until: Boot,
    /// Every window whose content it carries; empty if it carries none.
    pub windows: Vec<WindowId>,
    /// The datum.
    pub payload: T,
}

/// A candidate that policy has cleared. It owns its datum, only [`Policy::clear`] makes one, and it borrows
/// the policy: it cannot outlive the next input. The vault accepts nothing else.
///
/// A clearance kept across the next input does not compile:
/// ```compile_fail,E0499
/// # use policy::*;
/// fn keep(policy: &mut Policy, candidate: Candidate<u8>, now: Now) {
///     let cleared = policy.clear(candidate, now);
///     policy.handle_timeout(now);
///     drop(cleared);
/// }
/// ```
/// and nobody else can make one:
/// ```compile_fail,E0451
/// # use policy::*;
/// fn forge(candidate: Candidate<u8>) -> Cleared<'static, u8> {
///     Cleared { candidate, policy: std::marker::PhantomData }
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Cleared<'p, T> {
    candidate: Candidate<T>,
    policy: PhantomData<&'p Policy>,
}

impl<T> Cleared<'_, T> {
    /// Gives up the clearance and takes the datum out; for the vault.
    #[must_use]
    pub fn into_candidate(self) -> Candidate<T> {
        self.candidate
    }

    pub(crate) fn new(candidate: Candidate<T>) -> Self {
        Cleared { candidate, policy: PhantomData }
    }
}

/// What policy says of a candidate.
#[derive(Debug)]
#[must_use]
pub enum Clear<'p, T> {
    /// It may be stored now.
    Cleared(Cleared<'p, T>),
    /// Too early to say; ask again at this time, or after the next input.
    Wait(Candidate<T>, Boot),
    /// It must not be stored and has been dropped.
    Dropped(Withheld),
}

/// Why a candidate was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Withheld {
    /// A hold touches its instant.
    Hold(Hold),
    /// A window it shows is, or within the margin became, one that may not be recorded.
    Window,
    /// The stream is not consented to.
    Stream,
}
