//! What the mirror shows: the newest picture and keys that wait to be stored. It travels on the private channel only;
//! the public socket has no request for it.
//!
//! `Debug` of these types prints no title and no text.

use crate::framing::MAX_MESSAGE;
use crate::review::encoded_len;
use policy::rules::{Cause, Edit};
use policy::{Streams, Wall};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What one answer holds at most, so that it stays a short message whatever windows call themselves.
const MOST_WINDOWS: usize = 200;
const MOST_KEYS: usize = 100;
const WINDOWS_BYTES: usize = MAX_MESSAGE / 2;
const KEYS_BYTES: usize = MAX_MESSAGE / 4;

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

/// What would be stored. Wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, Zeroize, ZeroizeOnDrop)]
pub struct MirrorView {
    /// Where the mirror stands.
    #[zeroize(skip)]
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

    /// Leaves out what one message has no room for: the lowest windows and the oldest keys.
    pub fn fit(&mut self) {
        if let Some(picture) = &mut self.picture {
            picture.windows.drain(..surplus(&picture.windows, MOST_WINDOWS, WINDOWS_BYTES));
        }
        for mut keys in self.keys.drain(..surplus(&self.keys, MOST_KEYS, KEYS_BYTES)) {
            keys.zeroize();
        }
    }
}

/// How many have to go, from the first on, for the others to be so few and so short.
fn surplus<T: Serialize>(all: &[T], most: usize, bytes: usize) -> usize {
    let mut room = bytes;
    let stay = all.iter().rev().take(most).take_while(|one| {
        let left = room.checked_sub(encoded_len(one) + 1);
        room = left.unwrap_or_default();
        left.is_some()
    });
    all.len() - stay.count()
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, Zeroize)]
pub struct MirrorPicture {
    /// Names it among all pictures of this run; the pixels are fetched by it.
    #[ts(type = "number")]
    pub number: u64,
    /// When it was taken.
    #[zeroize(skip)]
    pub at: Wall,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What has become of it.
    #[zeroize(skip)]
    pub fate: MirrorFate,
    /// The windows in it that belong to apps, bottom to top, grey ones too.
    pub windows: Vec<MirrorWindow>,
}

/// A window in a picture. Wiped when dropped, but for the rules.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS, Zeroize, ZeroizeOnDrop)]
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
    #[zeroize(skip)]
    pub cause: Option<Cause>,
    /// The category of the rule that leaves it out.
    pub category: Option<String>,
    /// The change to the rules that never records this app again.
    #[zeroize(skip)]
    pub never: Option<Edit>,
    /// The change to the rules that records the site in it, where only that is missing. If the site is not known: that
    /// records all such pages of this browser.
    #[zeroize(skip)]
    pub allow_site: Option<Edit>,
}

impl fmt::Debug for MirrorWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorWindow").field("id", &self.id).field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// Keys that one window got, one after the other. Wiped with its [`MirrorView`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, Zeroize)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing;
    use crate::private::ToTray;

    fn window(id: u64, name: &str) -> MirrorWindow {
        let own = || Some(name.to_owned());
        MirrorWindow {
            id,
            app: name.into(),
            title: own(),
            rect: (1, 2, 3, 4),
            shown: true,
            cause: None,
            category: own(),
            never: Some(Edit::NeverRecord { exe: own(), class: own(), app_id: own() }),
            allow_site: None,
        }
    }

    fn keys(name: &str) -> MirrorKeys {
        let shortcuts = vec![name.into(); 3];
        MirrorKeys { app: name.into(), title: Some(name.into()), text: name.into(), shortcuts, count: 1 }
    }

    fn view(windows: Vec<MirrorWindow>, keys: Vec<MirrorKeys>) -> MirrorView {
        let (at, fate) = (Wall(i64::MAX), MirrorFate::Waits);
        let picture = MirrorPicture { number: u64::MAX, at, width: 1, height: 1, fate, windows };
        MirrorView { state: MirrorState::Recording, picture: Some(picture), keys }
    }

    #[test]
    fn an_answer_for_many_hostile_windows_is_one_message_and_has_the_topmost() {
        // Each of these letters takes six bytes on its way.
        let name = "\u{1}".repeat(300);
        let named = |id| if id < 150 { "Notes" } else { name.as_str() };
        let mut view = view((0..300).map(|id| window(id, named(id))).collect(), vec![keys(&name); 300]);
        view.keys.push(keys("last"));
        view.fit();
        let windows = &view.picture.as_ref().unwrap().windows;
        assert_eq!(windows.last().unwrap().id, 299);
        assert!(windows.len() > 40 && view.keys.len() > 20, "{} {}", windows.len(), view.keys.len());
        assert_eq!(view.keys.last(), Some(&keys("last")));
        let message = ToTray::Mirror { ticket: u64::MAX, answer: Ok(MirrorAnswer::View(view)), pixels: u32::MAX };
        assert!(framing::encode(&message).len() <= MAX_MESSAGE);
    }

    #[test]
    fn of_ordinary_windows_and_keys_the_count_alone_is_bounded() {
        let mut view = view((0..201).map(|id| window(id, "Notes")).collect(), vec![keys("Notes"); 101]);
        view.fit();
        assert_eq!((view.picture.as_ref().unwrap().windows.len(), view.keys.len()), (MOST_WINDOWS, MOST_KEYS));
        let before = view.clone();
        view.fit();
        assert_eq!(view, before);
    }

    #[test]
    fn names_titles_and_text_are_wiped_when_a_view_is_dropped() {
        fn wipes_itself<T: ZeroizeOnDrop>(_: &T) {}
        let mut view = view(vec![window(1, "Notes")], vec![keys("Notes")]);
        wipes_itself(&view);
        view.zeroize();
        assert_eq!(view, MirrorView::dark(MirrorState::Recording));
        let mut window = window(1, "Notes");
        wipes_itself(&window);
        window.zeroize();
        assert_eq!((window.app.as_str(), &window.title, &window.category), ("", &None, &None));
        let mut keys = keys("Notes");
        keys.zeroize();
        assert_eq!(keys, MirrorKeys::default());
    }
}
