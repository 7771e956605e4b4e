//! A virtual desktop for end-to-end tests.
//!
//! A [`Desktop`] is a display, a session bus, a window manager and, if asked for, a panel with a tray,
//! a notification daemon, a keyring and a login manager: the programs people really run, on a screen
//! nobody sees. Every test starts its own. Nothing is shared between two desktops or with the
//! desktop the tests were started from, and when a `Desktop` is dropped, every process that was
//! born on it is gone.
//!
//! Input is real: keys and clicks go through the X server's XTest extension and take the
//! same way as those of a keyboard.

mod a11y;
mod apps;
pub mod bench;
mod browser;
mod bus;
mod clock;
mod cost;
mod desktop;
mod dice;
mod display;
mod eyelid;
mod input;
mod keyring;
pub mod leaks;
mod logind;
mod mount;
mod notifications;
mod panel;
mod process;
mod pty;
pub mod scene;
pub mod soak;
mod spawn;
mod sweep;
mod wait;
mod webdriver;

pub use a11y::{Accessible, FocusEvent, FocusEvents};
pub use apps::{Entry, EntryOptions, KeySeen, TestWindow, TestWindowOptions};
pub use browser::Web;
pub use clock::{FakeClock, boot_ms, unix_ms};
pub use cost::{Cost, Used};
pub use desktop::{Builder, Desktop, Keyring, Part, Wm};
pub use dice::Dice;
pub use display::{Rect, Screenshot, Window};
pub use eyelid::{Binaries, Export, Eyelid, EyelidOptions};
pub use input::{Input, Stroke};
pub use logind::Logind;
pub use mount::{Mount, alone};
pub use notifications::{Action, Notification};
pub use panel::{MenuItem, TrayItem};
pub use process::Proc;
pub use pty::Pty;
pub use wait::{LONG, wait_for};
pub use webdriver::{Element, WebDriver};

/// What every fallible function of the harness returns.
pub type Result<T> = anyhow::Result<T>;
