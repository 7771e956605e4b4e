//! The windows of the scene. Each has its own colours and letters, so that a single pixel or key tells whose it is.

/// What a window is, besides its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An ordinary window.
    Plain,
    /// Cut to an outline that is no rectangle.
    Shaped,
    /// Takes no keyboard.
    Shy,
    /// A popup that the window manager does not see; it may name its owner, an index of [`CAST`].
    Popup(Option<usize>),
    /// A popup that calls itself a notification.
    Toast,
    /// A panel, with the titles of other windows in it.
    Dock,
    /// Covers all, and takes the whole keyboard.
    Lock,
    /// Shows a private page from time to time; its title then follows later.
    Browser,
}

/// One window.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The name of its executable.
    pub program: &'static str,
    /// The class of its `WM_CLASS`.
    pub class: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Whether a rule keeps it out.
    pub private: bool,
    /// What it is.
    pub role: Role,
    /// Without a background the server leaves in it what was on the screen there; it paints late.
    pub bare: bool,
    /// Paints a part of itself anew all the time.
    pub ticks: bool,
    /// The letters typed into it.
    pub letters: &'static [u8],
    /// Width and height.
    pub size: (u16, u16),
}

/// Whether what one window gets is to be filed under another: under itself, or a popup's under the window that it belongs
/// to, which is any of its program if it names none.
pub fn filed(window: usize, under: usize) -> bool {
    match CAST[window].role {
        Role::Popup(Some(owner)) => owner == under,
        Role::Popup(None) => CAST[window].program == CAST[under].program,
        Role::Plain | Role::Shaped | Role::Shy | Role::Toast | Role::Dock | Role::Lock | Role::Browser => {
            window == under
        }
    }
}

/// The title of the browser's private page.
pub const PRIVATE_TITLE: &str = "Home - BambooHR \u{2014} Mozilla Firefox";
/// A private page's title follows its content by less than this; the person's own rules count on it.
pub const TITLE_AFTER_MS: u64 = 1300;

const BASE: Member = Member {
    program: "notes",
    class: "Notes",
    title: "",
    private: false,
    role: Role::Plain,
    bare: false,
    ticks: false,
    letters: b"",
    size: (420, 300),
};

/// All windows.
pub const CAST: [Member; 22] = [
    Member { title: "Meadow", ticks: true, letters: b"ab", size: (560, 420), ..BASE },
    Member { title: "Harbour", letters: b"cd", ..BASE },
    Member { program: "sketch", class: "Sketch", title: "Canvas", bare: true, letters: b"ef", ..BASE },
    Member {
        program: "sketch",
        class: "Sketch",
        title: "Outline",
        role: Role::Shaped,
        bare: true,
        letters: b"gh",
        ..BASE
    },
    Member { program: "ledger", class: "Ledger", title: "Figures", bare: true, letters: b"ij", ..BASE },
    Member { program: "ledger", class: "Ledger", title: "Totals", letters: b"kl", ticks: true, ..BASE },
    Member { program: "gauge", class: "Gauge", title: "Gauge", role: Role::Shy, ticks: true, size: (260, 160), ..BASE },
    Member {
        program: "firefox",
        class: "firefox",
        title: "Recipes \u{2014} Mozilla Firefox",
        role: Role::Browser,
        letters: b"mn",
        size: (520, 360),
        ..BASE
    },
    Member { title: "menu of Meadow", role: Role::Popup(Some(0)), size: (160, 200), ..BASE },
    Member { title: "tooltip of Notes", role: Role::Popup(None), bare: true, size: (180, 60), ..BASE },
    Member {
        program: "slack",
        class: "Slack",
        title: "general - Acme - Slack",
        private: true,
        letters: b"oq",
        size: (520, 380),
        ..BASE
    },
    Member {
        program: "slack",
        class: "Slack",
        title: "Ada (DM) - Acme - Slack",
        private: true,
        bare: true,
        letters: b"rs",
        ..BASE
    },
    Member {
        program: "keepassxc",
        class: "KeePassXC",
        title: "Passwords - KeePassXC",
        private: true,
        letters: b"tu",
        ..BASE
    },
    Member {
        program: "telegram-desktop",
        class: "TelegramDesktop",
        title: "Telegram",
        private: true,
        role: Role::Shy,
        ticks: true,
        letters: b"12",
        ..BASE
    },
    Member {
        program: "firefox",
        class: "firefox",
        title: "Leave - BambooHR \u{2014} Mozilla Firefox",
        private: true,
        letters: b"vw",
        ..BASE
    },
    Member {
        program: "signal-desktop",
        class: "Signal",
        title: "Signal",
        private: true,
        role: Role::Shaped,
        letters: b"xy",
        ..BASE
    },
    Member {
        program: "slack",
        class: "Slack",
        title: "menu of Slack",
        private: true,
        role: Role::Popup(Some(10)),
        size: (160, 200),
        ..BASE
    },
    Member {
        program: "slack",
        class: "Slack",
        title: "Ada wrote",
        private: true,
        role: Role::Toast,
        size: (300, 80),
        ..BASE
    },
    Member {
        program: "toaster",
        class: "Toaster",
        title: "Your appointment",
        private: true,
        role: Role::Popup(None),
        size: (300, 80),
        ..BASE
    },
    Member {
        program: "firefox",
        class: "firefox",
        title: "tooltip of the browser",
        private: true,
        role: Role::Popup(None),
        size: (200, 50),
        ..BASE
    },
    Member {
        program: "locker",
        class: "Locker",
        title: "",
        private: true,
        role: Role::Lock,
        letters: b"z0",
        size: (4000, 4000),
        ..BASE
    },
    Member {
        program: "panel",
        class: "Panel",
        title: "Ada wrote, and two windows more",
        private: true,
        role: Role::Dock,
        ticks: true,
        size: (320, 90),
        ..BASE
    },
];

/// The programs, each once.
pub fn programs() -> Vec<&'static str> {
    let mut names: Vec<_> = CAST.iter().map(|m| m.program).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The indices of the windows that fit.
pub fn those(fits: impl Fn(&Member) -> bool) -> Vec<usize> {
    CAST.iter().enumerate().filter(|(_, m)| fits(m)).map(|(i, _)| i).collect()
}

/// Whether the window manager looks after it.
pub fn managed(member: &Member) -> bool {
    !matches!(member.role, Role::Popup(_) | Role::Toast | Role::Lock)
}

/// A colour of a window: its ground (0) or its ink (1), when what it shows is private or not.
pub fn colour(index: usize, private: bool, ink: u32) -> u32 {
    let base = if private { 0xe0_1800 } else { 0x20_b000 };
    let own = u32::try_from(index).unwrap_or_default() * 8 + 0x10;
    base | ink << 8 | own
}

/// Whose a pixel is, and whether it is private.
#[inline]
pub fn owner(r: u8, g: u8, b: u8) -> Option<(usize, bool)> {
    let private = match (r, g & 0xfe) {
        (0xe0, 0x18) => true,
        (0x20, 0xb0) => false,
        _ => return None,
    };
    let own = b.checked_sub(0x10)?;
    let index = usize::from(own / 8);
    (own % 8 == 0 && index < CAST.len()).then_some((index, private))
}

/// Whose window a title is; the browser's private page has none of its own.
pub fn titled(title: &str) -> Option<usize> {
    CAST.iter().position(|m| !m.title.is_empty() && m.title == title)
}

/// Programs, and titles, that only private windows have, in lower case.
pub fn private_words() -> Vec<String> {
    let allowed = |program: &str| CAST.iter().any(|m| m.program == program && !m.private);
    let private = || CAST.iter().filter(|m| m.private);
    let programs = private().map(|m| m.program).filter(|program| !allowed(program));
    let titles = private().map(|m| m.title).filter(|title| !title.is_empty());
    let mut words: Vec<String> = programs.chain(titles).chain([PRIVATE_TITLE]).map(str::to_lowercase).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether text that was stored says anything of a private window.
pub fn tells(app: &str, title: &str) -> bool {
    if title == PRIVATE_TITLE {
        return true;
    }
    let of_app = |m: &&Member| m.program.eq_ignore_ascii_case(app) || m.class.eq_ignore_ascii_case(app);
    let mut of_app = CAST.iter().filter(of_app).peekable();
    let only_private = of_app.peek().is_some() && of_app.all(|m| m.private);
    only_private || CAST.iter().any(|m| m.private && !m.title.is_empty() && m.title == title)
}
