//! To whom a window belongs, and whether it may be shown. Everything that is not clear is denied.

use crate::types::{Kind, WindowId};

/// What the window says of its purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An ordinary window, or none given.
    #[default]
    Ordinary,
    /// Desktop, dock, notification or splash.
    Shell,
}

/// What decides a window's [`Kind`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) own: bool,
    pub(crate) purpose: Purpose,
    /// No window manager looks after it.
    pub(crate) unmanaged: bool,
    pub(crate) pid: Option<u32>,
    pub(crate) wm_pid: Option<u32>,
    pub(crate) self_pid: u32,
    /// The window it names as its owner, and that one's process.
    pub(crate) transient: Option<(WindowId, Option<u32>)>,
    /// The frame holds several applications' windows.
    pub(crate) shared_frame: bool,
}

pub(crate) fn kind(o: &Origin) -> Kind {
    let Some(pid) = o.pid else { return if o.own { Kind::Own } else { Kind::Shell } };
    if o.own || pid == o.self_pid {
        return Kind::Own;
    }
    if o.purpose == Purpose::Shell || o.wm_pid == Some(pid) || o.shared_frame {
        return Kind::Shell;
    }
    if !o.unmanaged {
        return Kind::Normal;
    }
    // What a window says of its owner is believed only within one process.
    let owner = o.transient.filter(|(_, p)| *p == Some(pid)).map(|(w, _)| w);
    Kind::Popup { owner }
}

/// One window among all that are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) id: WindowId,
    pub(crate) kind: Kind,
    pub(crate) pid: Option<u32>,
}

/// Whether `window` may be shown when `allow` names the applications' windows that may.
pub(crate) fn may_show(window: Known, all: &[Known], allow: &dyn Fn(WindowId) -> bool) -> bool {
    let mut at = window;
    for _ in 0..8 {
        match at.kind {
            Kind::Normal => return allow(at.id),
            Kind::Shell | Kind::Own => return false,
            Kind::Popup { owner: Some(owner) } => {
                let Some(next) = all.iter().find(|k| k.id == owner) else { return false };
                at = *next;
            }
            Kind::Popup { owner: None } => {
                let mut some = false;
                for k in all.iter().filter(|k| k.pid.is_some() && k.pid == at.pid) {
                    match k.kind {
                        Kind::Normal => {
                            if !allow(k.id) {
                                return false;
                            }
                            some = true;
                        }
                        Kind::Shell => return false,
                        Kind::Popup { .. } | Kind::Own => {}
                    }
                }
                return some;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: u64, kind: Kind, pid: u32) -> Known {
        Known { id: WindowId(id), kind, pid: Some(pid) }
    }

    fn origin() -> Origin {
        Origin { pid: Some(7), wm_pid: Some(3), self_pid: 1, ..Origin::default() }
    }

    #[test]
    fn a_popup_without_an_owner_needs_every_window_of_its_process_allowed() {
        let popup = known(9, Kind::Popup { owner: None }, 7);
        let all = [popup, known(1, Kind::Normal, 7), known(2, Kind::Normal, 7), known(3, Kind::Normal, 8)];
        assert!(may_show(popup, &all, &|w| w.0 == 1 || w.0 == 2));
        assert!(!may_show(popup, &all, &|w| w.0 == 1));
    }

    #[test]
    fn a_popup_of_a_process_without_windows_is_denied() {
        let toast = known(9, Kind::Popup { owner: None }, 7);
        assert!(!may_show(toast, &[toast], &|_| true));
    }

    #[test]
    fn a_submenu_follows_its_chain_of_owners() {
        let sub = known(9, Kind::Popup { owner: Some(WindowId(8)) }, 7);
        let menu = known(8, Kind::Popup { owner: Some(WindowId(1)) }, 7);
        let all = [sub, menu, known(1, Kind::Normal, 7), known(2, Kind::Normal, 7)];
        assert!(may_show(sub, &all, &|w| w.0 == 1));
        assert!(!may_show(sub, &all, &|w| w.0 == 2));
    }

    #[test]
    fn a_circle_of_owners_is_denied() {
        let a = known(1, Kind::Popup { owner: Some(WindowId(2)) }, 7);
        let b = known(2, Kind::Popup { owner: Some(WindowId(1)) }, 7);
        assert!(!may_show(a, &[a, b], &|_| true));
    }

    #[test]
    fn an_owner_of_another_process_is_not_believed() {
        let o = Origin { unmanaged: true, transient: Some((WindowId(1), Some(8))), ..origin() };
        assert_eq!(kind(&o), Kind::Popup { owner: None });
    }

    #[test]
    fn docks_toasts_switchers_and_the_unattributable_are_shell() {
        assert_eq!(kind(&Origin { purpose: Purpose::Shell, ..origin() }), Kind::Shell);
        assert_eq!(kind(&Origin { pid: Some(3), unmanaged: true, ..origin() }), Kind::Shell);
        assert_eq!(kind(&Origin { pid: None, ..origin() }), Kind::Shell);
        assert_eq!(kind(&Origin { shared_frame: true, ..origin() }), Kind::Shell);
        assert_eq!(kind(&Origin { own: true, ..origin() }), Kind::Own);
    }
}
