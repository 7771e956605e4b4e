//! Which of a browser's windows on the display is which of those it tells of. Nothing names both: titles must do.

use std::collections::HashMap;

use crate::types::WindowId;

use super::{Browser, Site};

/// A window by the browser's own account.
pub(super) struct Frame {
    pub spoken: String,
    pub url: Option<String>,
}

/// The windows whose address is beyond doubt: all that could be meant say the same.
pub(super) fn pair(windows: &[&Browser], frames: &[Frame]) -> HashMap<WindowId, Site> {
    let mut pairs = HashMap::new();
    for browser in windows {
        let Some(title) = browser.title.as_deref().filter(|t| !t.is_empty()) else { continue };
        let mut fits: Vec<&Frame> = frames.iter().filter(|f| is_marked(&f.spoken, title)).collect();
        if fits.is_empty() {
            fits = frames.iter().filter(|f| has_more(&f.spoken, title)).collect();
        }
        let like_it = windows.iter().filter(|b| b.title.as_deref() == Some(title)).count();
        let Some(first) = fits.first().filter(|_| fits.len() >= like_it) else { continue };
        let agree = fits.iter().all(|f| f.url == first.url && f.spoken == first.spoken);
        if let Some(url) = first.url.clone().filter(|_| agree) {
            pairs.insert(browser.window, Site { url, spoken: first.spoken.clone() });
        }
    }
    pairs
}

/// The title itself, or with something behind it that only screen readers are told: `(Incognito)`, a profile.
fn is_marked(spoken: &str, title: &str) -> bool {
    spoken.strip_prefix(title).is_some_and(|rest| {
        rest.is_empty() || [" (", "（", " - ", " – ", " — "].iter().any(|mark| rest.starts_with(mark))
    })
}

/// Something was put between the page's title and the browser's name: `Audio playing`.
fn has_more(spoken: &str, title: &str) -> bool {
    title.rsplit_once(" - ").is_some_and(|(page, brand)| {
        !page.is_empty()
            && spoken.strip_prefix(page).is_some_and(|rest| rest.starts_with(" - ") && rest.contains(brand))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browser(id: u64, title: &str) -> Browser {
        Browser { window: WindowId(id), pid: 1, title: Some(title.into()) }
    }

    fn frame(spoken: &str, url: &str) -> Frame {
        Frame { spoken: spoken.into(), url: Some(url.into()) }
    }

    fn urls(windows: &[Browser], frames: &[Frame]) -> Vec<Option<String>> {
        let pairs = pair(&windows.iter().collect::<Vec<_>>(), frames);
        windows.iter().map(|w| pairs.get(&w.window).map(|s| s.url.clone())).collect()
    }

    #[test]
    fn a_window_has_the_address_of_the_frame_of_its_name() {
        let windows = [browser(1, "Snow - Chromium"), browser(2, "Chat - Chromium")];
        let frames = [frame("Chat - Chromium", "c"), frame("Snow - Chromium", "s")];
        assert_eq!(urls(&windows, &frames), [Some("s".into()), Some("c".into())]);
        assert_eq!(urls(&[browser(1, "")], &[frame("", "x")]), [None]);
        assert_eq!(urls(&[browser(1, "Snow - Chromium")], &[]), [None]);
    }

    #[test]
    fn two_windows_of_one_name_have_an_address_only_if_both_have_the_same() {
        let windows = [browser(1, "New - Chromium"), browser(2, "New - Chromium")];
        assert_eq!(urls(&windows, &[frame("New - Chromium", "a"), frame("New - Chromium", "b")]), [None, None]);
        let same = [frame("New - Chromium", "a"), frame("New - Chromium", "a")];
        assert_eq!(urls(&windows, &same), [Some("a".into()), Some("a".into())]);
        // One of them tells nothing.
        assert_eq!(urls(&windows, &[frame("New - Chromium", "a")]), [None, None]);
    }

    #[test]
    fn a_private_window_is_not_taken_for_its_public_twin() {
        let windows = [browser(1, "New - Chromium"), browser(2, "New - Chromium")];
        let twins = [frame("New - Chromium", "a"), frame("New - Chromium (Incognito)", "a")];
        assert_eq!(urls(&windows, &twins), [None, None]);
        let alone = pair(&[&windows[0]], &twins[1..]);
        assert_eq!(alone[&WindowId(1)].spoken, "New - Chromium (Incognito)");
    }

    #[test]
    fn what_is_told_to_screen_readers_alone_does_not_part_a_window_from_its_frame() {
        let playing = [frame("Song - Audio playing - Chromium", "a"), frame("Son - Chromium", "b")];
        assert_eq!(urls(&[browser(1, "Song - Chromium")], &playing), [Some("a".into())]);
        let longer = [frame("Song - Chromium", "a"), frame("Song - Live - Chromium", "b")];
        assert_eq!(urls(&[browser(1, "Song - Chromium")], &longer), [Some("a".into())]);
        assert_eq!(urls(&[browser(1, "Song - Chromium")], &[frame("Songs - Chromium", "b")]), [None]);
    }
}
