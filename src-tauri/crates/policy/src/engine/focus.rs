//! What the focus holds, and what it leaves of the keys.

use super::windows::{Behind, Window};
use super::{Policy, Reason};
use crate::rules::{Cause, Treatment};
use crate::{Boot, Focus, Hold, KeyLevel};

/// The holds that come from the window in focus.
const FOCUS_HOLDS: [Hold; 4] = [Hold::SensitiveApp, Hold::SensitiveSite, Hold::PrivateWindow, Hold::FocusUnknown];

impl Policy {
    pub(super) fn focused(&mut self, at: Boot, focus: Focus) {
        match focus {
            // A grab withholds keys. It moves no focus: what was in front still is, and holds if it held.
            Focus::Grabbed => self.grabbed = true,
            Focus::Window(_) | Focus::Nothing | Focus::Unknown => {
                self.grabbed = false;
                self.focus = focus;
            }
        }
        self.refocus(at);
    }

    /// Brings the focus's holds up to date with what is known since `at`.
    pub(super) fn refocus(&mut self, at: Boot) {
        let (by_rule, unknown) = match self.behind_focus() {
            Behind::App(window) => (hold_of(window), is_unknown(window)),
            Behind::Nobody => (None, false),
            Behind::Unknown => (None, true),
        };
        for hold in FOCUS_HOLDS {
            let stands = by_rule == Some(hold) || (unknown && hold == Hold::FocusUnknown);
            self.set_reason(Reason::Hold(hold), stands, at);
        }
    }

    /// The most that the focus leaves of a key.
    pub(super) fn focus_level(&self) -> KeyLevel {
        if self.since(Reason::Hold(Hold::SecretField)).is_some() {
            return KeyLevel::None;
        }
        match self.behind_focus() {
            Behind::App(window) if is_unknown(window) => KeyLevel::None,
            Behind::App(window) => match window.verdict.treatment {
                Treatment::Record if window.text && !self.grabbed => KeyLevel::Text,
                Treatment::Record | Treatment::Metadata => KeyLevel::Activity,
                Treatment::Hold => KeyLevel::None,
            },
            Behind::Nobody | Behind::Unknown => KeyLevel::None,
        }
    }

    /// The category of the rule that holds for the window in focus.
    pub(super) fn category(&self, hold: Hold) -> Option<String> {
        match self.behind_focus() {
            Behind::App(window) if hold_of(window) == Some(hold) => window.verdict.category.clone(),
            Behind::App(_) | Behind::Nobody | Behind::Unknown => None,
        }
    }

    fn behind_focus(&self) -> Behind<'_> {
        match self.focus {
            Focus::Window(id) => self.windows.behind(id),
            Focus::Nothing => Behind::Nobody,
            Focus::Grabbed | Focus::Unknown => Behind::Unknown,
        }
    }
}

fn is_unknown(window: &Window) -> bool {
    window.identity.exe.as_deref().is_none_or(|exe| exe.trim().is_empty())
}

fn hold_of(window: &Window) -> Option<Hold> {
    match window.verdict.treatment {
        Treatment::Hold => Some(match window.verdict.cause {
            Some(Cause::Site | Cause::UnknownSite) => Hold::SensitiveSite,
            Some(Cause::PrivateWindow) => Hold::PrivateWindow,
            Some(Cause::UnknownApp) => Hold::FocusUnknown,
            Some(Cause::App | Cause::NotListed | Cause::Own) | None => Hold::SensitiveApp,
        }),
        Treatment::Record | Treatment::Metadata => None,
    }
}
