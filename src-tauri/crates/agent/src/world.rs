//! The windows on the desktop and the programs behind them, from the sensors' facts to the policy's identities.

use platform::sites::{Browser, Site};
use platform::{Facts, Kind};
use policy::rules::Shows;
use policy::{Boot, Identity, WindowId, WindowKind};
use std::collections::HashMap;

/// What is known of the desktop.
pub struct World {
    windows: HashMap<WindowId, Facts>,
    programs: HashMap<u32, Program>,
    tray: u32,
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
        World { windows: HashMap::new(), programs: HashMap::new(), tray, sites: HashMap::new(), confirmed: Boot(0) }
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

    /// Who a window is, as policy asks.
    pub fn identity(&self, window: WindowId) -> Option<(WindowKind, Identity)> {
        let facts = self.windows.get(&window)?;
        let own = facts.pid == Some(self.tray);
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
