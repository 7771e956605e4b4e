//! The windows on the desktop and the programs behind them, from the sensors' facts to the policy's identities.

use platform::sites::{Browser, Site};
use platform::{Facts, Kind};
use policy::rules::Shows;
use policy::{Boot, Identity, WindowId, WindowKind};
use std::collections::HashMap;

/// A popup's owner may itself be a popup, so many times.
const DEEPEST: u8 = 8;

/// What is known of the desktop.
pub struct World {
    windows: HashMap<WindowId, Facts>,
    programs: HashMap<u32, Program>,
    /// The processes whose windows are Eyelid's own: the tray app, and that of the window while it is open.
    own: (u32, Option<u32>),
    sites: HashMap<WindowId, Known>,
    /// All addresses were asked for since.
    confirmed: Boot,
}

/// What a browser said of a window.
struct Known {
    site: Site,
    /// The address counts from then on; what it replaced may still be on the screen before.
    from: Option<Boot>,
}

/// The program behind a process.
enum Program {
    Asked,
    Known(Option<String>),
}

/// A process whose program must be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask(pub u32);

impl World {
    /// An empty desktop; windows of the process `tray` are Eyelid's own.
    pub fn new(tray: u32) -> World {
        World {
            windows: HashMap::new(),
            programs: HashMap::new(),
            own: (tray, None),
            sites: HashMap::new(),
            confirmed: Boot(0),
        }
    }

    /// A window appeared or changed.
    pub fn window(&mut self, facts: Facts) -> Option<Ask> {
        let pid = facts.pid;
        self.windows.insert(id(facts.id), facts);
        let pid = pid?;
        if self.programs.contains_key(&pid) {
            return None;
        }
        self.programs.insert(pid, Program::Asked);
        Some(Ask(pid))
    }

    /// A window is gone; its process is forgotten with its last window, since numbers are used again.
    pub fn gone(&mut self, window: WindowId) {
        let Some(facts) = self.windows.remove(&window) else { return };
        if let Some(pid) = facts.pid
            && !self.windows.values().any(|f| f.pid == Some(pid))
        {
            self.programs.remove(&pid);
        }
    }

    /// The answer to an [`Ask`]; comes back with the windows it concerns.
    pub fn program(&mut self, pid: u32, exe: Option<String>) -> Vec<WindowId> {
        match self.programs.get_mut(&pid) {
            Some(program) => *program = Program::Known(exe),
            None => return Vec::new(),
        }
        self.of_process(pid)
    }

    /// From now on windows of this process are Eyelid's own, and those of the one named before no longer; comes back with
    /// the windows it concerns.
    pub fn own_window(&mut self, pid: Option<u32>) -> Vec<WindowId> {
        let before = std::mem::replace(&mut self.own.1, pid);
        if before == pid {
            return Vec::new();
        }
        [before, pid].into_iter().flatten().flat_map(|pid| self.of_process(pid)).collect()
    }

    /// The windows of a process.
    pub fn of_process(&self, pid: u32) -> Vec<WindowId> {
        self.windows.iter().filter(|(_, f)| f.pid == Some(pid)).map(|(w, _)| *w).collect()
    }

    /// What is in a window now, by what its browser says; whether there is such a window.
    pub fn sited(&mut self, window: WindowId, site: Option<Site>) -> bool {
        let there = self.windows.contains_key(&window);
        match site.filter(|_| there) {
            Some(site) => drop(self.sites.insert(window, Known { site, from: None })),
            None => drop(self.sites.remove(&window)),
        }
        there
    }

    /// The address in this window counts only from then on.
    pub fn settles(&mut self, window: WindowId, from: Boot) {
        if let Some(known) = self.sites.get_mut(&window) {
            known.from = Some(from);
        }
    }

    /// The windows whose address counts by now.
    pub fn settled(&mut self, now: Boot) -> Vec<WindowId> {
        let mut settled = Vec::new();
        for (window, known) in &mut self.sites {
            if known.from.is_some_and(|from| from <= now) {
                known.from = None;
                settled.push(*window);
            }
        }
        settled
    }

    /// When the next address counts.
    pub fn next_settled(&self) -> Option<Boot> {
        self.sites.values().filter_map(|known| known.from).min()
    }

    /// Every address was asked for after this.
    pub fn confirmed(&mut self, at: Boot) {
        self.confirmed = self.confirmed.max(at);
    }

    /// A window goes: what it showed since the addresses were last asked for is not known. Comes back with that time if
    /// it had one.
    pub fn last_known(&mut self, window: WindowId) -> Option<Boot> {
        self.sites.remove(&window).map(|_| self.confirmed)
    }

    /// The browsers' windows, as far as they have a process.
    pub fn browsers(&self) -> Vec<Browser> {
        let browser = |(window, facts): (&WindowId, &Facts)| {
            let (kind, identity) = self.identity(*window)?;
            let shows = (kind == WindowKind::Normal).then(|| policy::rules::shows(&identity)).flatten();
            (shows == Some(Shows::Sites)).then_some(())?;
            Some(Browser { window: facts.id, pid: facts.pid?, title: facts.title.clone() })
        };
        let mut browsers: Vec<Browser> = self.windows.iter().filter_map(browser).collect();
        browsers.sort_unstable_by_key(|b| b.window);
        browsers
    }

    /// Whether a window of an unknown owner covers a whole screen: unmanaged, of a process that has no other windows.
    pub fn covered(&self) -> bool {
        self.windows.values().any(|facts| {
            // Window managers keep such windows of their own, below all others.
            let unmanaged = facts.kind == Kind::Popup { owner: None };
            let has_others = |f: &Facts| f.pid.is_some() && f.pid == facts.pid && f.kind == Kind::Normal;
            facts.fullscreen && unmanaged && !self.windows.values().any(has_others)
        })
    }

    /// All windows.
    pub fn all(&self) -> Vec<WindowId> {
        self.windows.keys().copied().collect()
    }

    /// The process of a window.
    pub fn pid(&self, window: WindowId) -> Option<u32> {
        self.windows.get(&window)?.pid
    }

    /// The window that stands for this one: itself, or the owner of a popup.
    pub fn principal(&self, window: WindowId) -> WindowId {
        match self.windows.get(&window).map(|f| f.kind) {
            Some(Kind::Popup { owner: Some(owner) }) => id(owner),
            Some(Kind::Popup { owner: None } | Kind::Normal | Kind::Shell | Kind::Own) | None => window,
        }
    }

    /// All windows that have to be permitted for this one to be shown: itself, or a popup's owner, or for a popup that
    /// names none every ordinary window of its process.
    pub fn principals(&self, window: WindowId) -> Vec<WindowId> {
        let mut at = window;
        for _ in 0..DEEPEST {
            let Some(facts) = self.windows.get(&at) else { break };
            match facts.kind {
                Kind::Popup { owner: Some(owner) } => at = id(owner),
                Kind::Popup { owner: None } => {
                    let ordinary = |f: &Facts| f.kind == Kind::Normal && f.pid.is_some() && f.pid == facts.pid;
                    let mut all: Vec<_> = self.windows.iter().filter(|(_, f)| ordinary(f)).map(|(w, _)| *w).collect();
                    all.sort_unstable();
                    // One without any is nobody's, and policy says so of it.
                    return if all.is_empty() { vec![at] } else { all };
                }
                Kind::Normal | Kind::Shell | Kind::Own => return vec![at],
            }
        }
        vec![window]
    }

    /// Who a window is, as policy asks.
    pub fn identity(&self, window: WindowId) -> Option<(WindowKind, Identity)> {
        let facts = self.windows.get(&window)?;
        let own = facts.pid.is_some_and(|pid| pid == self.own.0 || Some(pid) == self.own.1);
        let kind = match facts.kind {
            _ if own => WindowKind::Own,
            Kind::Normal => WindowKind::Normal,
            Kind::Popup { owner } => WindowKind::Popup { owner: owner.map(id) },
            Kind::Shell => WindowKind::Shell,
            Kind::Own => WindowKind::Own,
        };
        let exe = match facts.pid.and_then(|pid| self.programs.get(&pid)) {
            Some(Program::Known(exe)) => exe.clone(),
            Some(Program::Asked) | None => None,
        };
        let known = self.sites.get(&window);
        let identity = Identity {
            exe,
            class: facts.class.clone(),
            instance: facts.instance.clone(),
            app_id: facts.app_id.clone(),
            title: facts.title.clone(),
            spoken: known.map(|known| known.site.spoken.clone()),
            url: known.filter(|known| known.from.is_none()).map(|known| known.site.url.clone()),
        };
        Some((kind, identity))
    }
}

/// Policy's name for a window.
pub fn id(window: platform::WindowId) -> WindowId {
    WindowId(window.0)
}

/// Policy's name for an instant.
pub fn at(millis: platform::Millis) -> Boot {
    Boot(millis.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(windows: &[(u64, Kind, u32)]) -> World {
        let mut world = World::new(1);
        for (n, kind, pid) in windows {
            let facts = Facts {
                id: platform::WindowId(*n),
                kind: *kind,
                pid: Some(*pid),
                class: None,
                instance: None,
                app_id: None,
                title: None,
                fullscreen: false,
            };
            world.window(facts);
        }
        world
    }

    #[test]
    fn a_popup_that_names_no_owner_belongs_to_every_ordinary_window_of_its_process() {
        let none = Kind::Popup { owner: None };
        let world = world(&[(5, none, 7), (2, Kind::Normal, 7), (1, Kind::Normal, 7), (3, Kind::Normal, 8)]);
        assert_eq!(world.principals(WindowId(5)), [WindowId(1), WindowId(2)]);
    }

    #[test]
    fn windows_of_the_process_that_the_tray_app_names_are_its_own_for_as_long_as_it_says() {
        let mut world = world(&[(5, Kind::Normal, 7), (4, Kind::Popup { owner: None }, 7), (3, Kind::Normal, 8)]);
        let own = |world: &World, n| world.identity(WindowId(n)).map(|(kind, _)| kind == WindowKind::Own);
        assert_eq!(own(&world, 5), Some(false));
        let mut concerned = world.own_window(Some(7));
        concerned.sort_unstable();
        assert_eq!(concerned, [WindowId(4), WindowId(5)]);
        assert_eq!([5, 4, 3].map(|n| own(&world, n)), [Some(true), Some(true), Some(false)]);
        assert!(world.own_window(Some(7)).is_empty());
        assert_eq!(world.own_window(None).len(), 2);
        assert_eq!(own(&world, 5), Some(false));
    }

    #[test]
    fn a_popup_of_a_popup_belongs_to_the_last_owner() {
        let of = |n| Kind::Popup { owner: Some(platform::WindowId(n)) };
        let world = world(&[(5, of(4), 7), (4, of(1), 7), (1, Kind::Normal, 7), (2, Kind::Normal, 7)]);
        assert_eq!(world.principals(WindowId(5)), [WindowId(1)]);
    }

    #[test]
    fn a_popup_of_nobody_and_a_circle_of_owners_are_on_their_own() {
        let of = |n| Kind::Popup { owner: Some(platform::WindowId(n)) };
        let world = world(&[(5, Kind::Popup { owner: None }, 7), (8, of(9), 8), (9, of(8), 8), (3, Kind::Shell, 7)]);
        assert_eq!(world.principals(WindowId(5)), [WindowId(5)]);
        assert_eq!(world.principals(WindowId(8)), [WindowId(8)]);
        assert_eq!(world.principals(WindowId(3)), [WindowId(3)]);
    }
}
