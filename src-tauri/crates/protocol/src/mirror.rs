//! What the mirror shows: the newest picture and keys that wait to be stored. It travels on the private channel only;
//! the public socket has no request for it.
//!
//! `Debug` of these types prints no title and no text.

use policy::rules::{Cause, Edit};
use policy::{Streams, Wall};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// What the window asks of the mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum MirrorAsk {
    /// Show what would be stored now. Before consent: what would be with these streams; their sensors run only for the
    /// mirror, and only while this is asked again and again. Answer: `View`.
    Look(Streams),
    /// The picture of this number must not be in the vault. Answer: `Dropped`.
    Drop(#[ts(type = "number")] u64),
    /// The mirror is no longer looked at. Answer: `Stopped`.
    Stop,
}

/// The answer to a [`MirrorAsk`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum MirrorAnswer {
    /// What would be stored.
    View(MirrorView),
    /// It is not in the vault and will not be.
    Dropped {
        /// It had just been stored, and was deleted.
        stored: bool,
    },
    /// The mirror is dark.
    Stopped,
}

/// Where the mirror stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum MirrorState {
    /// What is shown will be stored, unless something drops it.
    Recording,
    /// Before consent: what is shown is stored nowhere.
    Preview,
    /// Something holds; nothing is taken in and nothing shown.
    Held,
}

/// What would be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MirrorView {
    /// Where the mirror stands.
    pub state: MirrorState,
    /// The newest picture, if there is one to show.
    pub picture: Option<MirrorPicture>,
    /// The keys that wait, in the order in which they were pressed, by the window that got them.
    pub keys: Vec<MirrorKeys>,
}

impl MirrorView {
    /// Nothing to show.
    #[must_use]
    pub fn dark(state: MirrorState) -> MirrorView {
        MirrorView { state, picture: None, keys: Vec::new() }
    }
}

/// What has become of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum MirrorFate {
    /// It waits in memory.
    Waits,
    /// It has been stored.
    Stored,
}

/// A picture. Its pixels travel apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MirrorPicture {
    /// Names it among all pictures of this run; the pixels are fetched by it.
    #[ts(type = "number")]
    pub number: u64,
    /// When it was taken.
    pub at: Wall,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What has become of it.
    pub fate: MirrorFate,
    /// The windows in it that belong to apps, bottom to top, grey ones too.
    pub windows: Vec<MirrorWindow>,
}

/// A window in a picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MirrorWindow {
    /// Tells windows apart.
    #[ts(type = "number")]
    pub id: u64,
    /// The app, as it would be filed.
    pub app: String,
    /// Its title, as it would be filed; never of a grey window.
    pub title: Option<String>,
    /// Where it is in the picture: x, y, width, height.
    pub rect: (i32, i32, u32, u32),
    /// Its content is in the picture; otherwise it is a grey box.
    pub shown: bool,
    /// Why it is left out by the rules, if it is.
    pub cause: Option<Cause>,
    /// The category of the rule that leaves it out.
    pub category: Option<String>,
    /// The change to the rules that never records this app again.
    pub never: Option<Edit>,
    /// The change to the rules that records the site in it, where only that is missing.
    pub allow_site: Option<Edit>,
}

impl fmt::Debug for MirrorWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorWindow").field("id", &self.id).field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// Keys that one window got, one after the other.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MirrorKeys {
    /// The app, as it would be filed.
    pub app: String,
    /// The window's title, as it would be filed.
    pub title: Option<String>,
    /// What was typed, where text is recorded.
    pub text: String,
    /// Shortcuts, such as `Ctrl+S`.
    pub shortcuts: Vec<String>,
    /// So many keys more, without which.
    pub count: u32,
}

impl fmt::Debug for MirrorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorKeys").field("count", &self.count).finish_non_exhaustive()
    }
}
