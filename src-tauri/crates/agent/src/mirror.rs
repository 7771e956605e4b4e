//! The mirror: what would be stored, for the person to see in the window. It is asked for on the private channel and
//! answered there; an agent that is not asked does nothing for it. What it shows are the candidates themselves.
//!
//! Before consent the sensors of the streams that the person is about to choose run for the mirror alone. What they
//! bring is kept here, apart from the hold-back, and wiped when nobody looks any more.

use crate::agent::Agent;
use crate::deferred::Then;
use crate::holdback::Fate;
use crate::{words, world};
use policy::rules::{Cause, Edit, OwnRule, Treatment};
use policy::{Boot, Candidate, Hold, Identity, Now, Stream, Streams, Wall, WindowId, WindowKind};
use protocol::private::{Pixels, ToTray};
use protocol::{
    ErrorCode, Failure, MirrorAnswer, MirrorAsk, MirrorFate, MirrorKeys, MirrorPicture, MirrorState, MirrorView,
    MirrorWindow,
};
use std::collections::VecDeque;
use vault::Item;
use vault::item::{FrameItem, KeyItem, KeyKind, ShownWindow};

/// Not asked again within so many milliseconds, the mirror is dark. The window asks once a second.
const LOOKS: u64 = 3000;
/// What one answer holds at most, so that it stays a short message.
const MOST_WINDOWS: usize = 200;
const MOST_KEYS: usize = 100;
const MOST_LETTERS: usize = 300;
/// So many pictures can still be dropped by their number.
const MOST_PICTURES: usize = 64;

/// What the mirror needs to know between two looks.
#[derive(Default)]
pub struct Mirror {
    /// When it goes dark.
    until: Option<Boot>,
    preview: Option<Preview>,
    /// Numbers for candidates.
    numbers: u64,
    /// The windows of the picture composed last, bottom to top: place, and whether shown or grey.
    composed: Vec<(platform::Shown, bool)>,
    /// The newest pictures and when they were taken.
    taken: VecDeque<(u64, Wall)>,
    /// The picture shown last.
    shown: Option<MirrorPicture>,
    /// The keys shown last: the first, the last, and how many.
    keys: Option<(Wall, Wall, usize)>,
    given: u64,
}

/// What the sensors brought before consent: the newest picture, and the keys of the last seconds.
struct Preview {
    streams: Streams,
    picture: Option<(u64, Candidate<Item>)>,
    keys: VecDeque<Candidate<Item>>,
}

impl Mirror {
    /// A number for a candidate that comes in.
    pub fn numbered(&mut self, candidate: &Candidate<Item>) -> u64 {
        self.numbers += 1;
        if candidate.stream == Stream::Screen {
            self.taken.push_back((self.numbers, candidate.payload.at().wall));
            if self.taken.len() > MOST_PICTURES {
                self.taken.pop_front();
            }
        }
        self.numbers
    }

    /// A picture was composed: where its windows are.
    pub fn composed(&mut self, frame: &platform::Frame) {
        let of = |id: &platform::WindowId| {
            let shown = frame.shown.iter().find(|w| w.id == *id).map(|w| (*w, true));
            shown.or_else(|| frame.greyed.iter().find(|w| w.id == *id).map(|w| (*w, false)))
        };
        self.composed = frame.order.iter().filter_map(of).collect();
    }

    /// When it goes dark by itself.
    pub fn until(&self) -> Option<Boot> {
        self.until
    }

    /// The streams whose sensors run for the mirror alone.
    pub fn preview(&self) -> Option<Streams> {
        self.preview.as_ref().map(|preview| preview.streams)
    }

    /// So many pictures were given to the window.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Forgets what it showed; pictures and keys of a preview are wiped.
    fn darken(&mut self) {
        self.shown = None;
        self.keys = None;
        if let Some(preview) = &mut self.preview {
            preview.picture = None;
            preview.keys.clear();
        }
    }
}

impl Agent {
    /// The streams that may be taken in now: those consented to while nothing holds; before consent those of the
    /// preview, while nothing holds but that there is no consent yet.
    pub(crate) fn taking_in(&self, holds: &[Hold]) -> Option<Streams> {
        if holds.is_empty() {
            return Some(self.streams());
        }
        let preview = self.mirror.preview()?;
        (self.consent.is_none() && holds.iter().all(|hold| stands_before_consent(*hold))).then_some(preview)
    }

    /// Takes a candidate in. Before consent it goes no further than the mirror.
    pub(crate) fn take_in(&mut self, candidate: Candidate<Item>, now: Now) {
        if self.consent.is_some() {
            return self.hold_back(candidate, now);
        }
        let kept = self.hold_back_ms();
        let number = self.mirror.numbered(&candidate);
        let Some(preview) = &mut self.mirror.preview else { return };
        match candidate.stream {
            Stream::Screen => preview.picture = Some((number, candidate)),
            Stream::Keys => {
                preview.keys.retain(|key| now.boot.since(key.at) <= kept);
                preview.keys.push_back(candidate);
            }
            Stream::Pointer | Stream::Focus => {}
        }
    }

    /// Goes dark when nobody looks, and shows nothing that a hold forbids.
    pub(crate) fn tend_mirror(&mut self, now: Now) -> Result<(), platform::Lost> {
        if self.mirror.until.is_some_and(|until| until <= now.boot) {
            return self.stop_mirror();
        }
        if self.mirror.preview.is_some() && self.consent.is_some() {
            self.end_preview()?;
        }
        if self.mirror.until.is_some() && self.taking_in(&self.holds()).is_none() {
            self.mirror.darken();
        }
        Ok(())
    }

    fn stop_mirror(&mut self) -> Result<(), platform::Lost> {
        self.mirror.until = None;
        self.mirror.darken();
        if self.mirror.preview.is_some() { self.end_preview() } else { Ok(()) }
    }

    fn end_preview(&mut self) -> Result<(), platform::Lost> {
        self.mirror.darken();
        self.mirror.preview = None;
        self.terminals.clear();
        self.forget_picture();
        if let Some(display) = self.display.as_mut() {
            // What the preview has seen was not recorded.
            display.renew();
        }
        self.switch_sensors()
    }

    /// The window asks.
    pub(crate) fn mirror_asked(
        &mut self,
        ticket: u64,
        ask: MirrorAsk,
        have: u64,
        now: Now,
    ) -> Result<(), platform::Lost> {
        match ask {
            MirrorAsk::Look(streams) => {
                self.look(streams, now)?;
                let (view, pixels) = self.view(have);
                self.answer_mirror(ticket, Ok(MirrorAnswer::View(view)), pixels);
            }
            MirrorAsk::Drop(number) => self.drop_shown(ticket, number),
            MirrorAsk::Stop => {
                self.stop_mirror()?;
                self.answer_mirror(ticket, Ok(MirrorAnswer::Stopped), None);
            }
        }
        Ok(())
    }

    pub(crate) fn answer_mirror(&mut self, ticket: u64, answer: Result<MirrorAnswer, Failure>, pixels: Option<Pixels>) {
        let length = pixels.as_ref().map_or(0, |pixels| u32::try_from(pixels.len()).unwrap_or(u32::MAX));
        if length > 0 {
            self.mirror.given += 1;
        }
        self.tray.send_with(ToTray::Mirror { ticket, answer, pixels: length }, pixels);
    }

    /// Brings everything up to date that the view is made of.
    fn look(&mut self, streams: Streams, now: Now) -> Result<(), platform::Lost> {
        self.mirror.until = Some(now.boot.plus(LOOKS));
        if self.consent.is_none() && streams != Streams::default() {
            if self.mirror.preview() != Some(streams) {
                // What was seen with other streams is not what these would bring.
                self.mirror.darken();
                self.mirror.preview = Some(Preview { streams, picture: None, keys: VecDeque::new() });
                self.screen.changed = true;
                self.switch_sensors()?;
            }
        } else if self.mirror.preview.is_some() {
            self.end_preview()?;
        }
        let kept = self.hold_back_ms();
        if let Some(preview) = &mut self.mirror.preview {
            preview.keys.retain(|key| now.boot.since(key.at) <= kept);
        }
        self.policy.handle_timeout(now);
        // What no longer may be stored is not shown either.
        self.sweep(now)?;
        self.ask_access(now);
        Ok(())
    }

    fn view(&mut self, have: u64) -> (MirrorView, Option<Pixels>) {
        let Some(streams) = self.taking_in(&self.holds()) else {
            self.mirror.darken();
            return (MirrorView::dark(MirrorState::Held), None);
        };
        let state = if self.consent.is_some() { MirrorState::Recording } else { MirrorState::Preview };
        let (picture, pixels) = if streams.screen { self.picture(have) } else { (None, None) };
        if streams.screen && have == 0 && pixels.is_none() {
            // Someone who has just begun to look wants to see the screen as it is.
            if let Some(display) = self.display.as_mut() {
                display.renew();
            }
            self.screen.changed = true;
        }
        self.mirror.shown.clone_from(&picture);
        let keys = self.keys();
        (MirrorView { state, picture, keys }, pixels)
    }

    /// The newest picture; its pixels too unless the tray app has them.
    fn picture(&self, have: u64) -> (Option<MirrorPicture>, Option<Pixels>) {
        let (number, frame) = match &self.mirror.preview {
            Some(preview) => {
                let Some((number, candidate)) = &preview.picture else { return (None, None) };
                let may = |w: &WindowId| self.policy.treatment(*w) == Treatment::Record;
                let Item::Frame(frame) = &candidate.payload else { return (None, None) };
                if !candidate.windows.iter().all(may) {
                    return (None, None);
                }
                (*number, frame)
            }
            None => match self.holdback.newest() {
                Some((number, Fate::Waits)) => {
                    let Some(frame) = self.holdback.picture(number) else { return (None, None) };
                    (number, frame)
                }
                Some((number, Fate::Stored)) if number == have => {
                    let shown = self.mirror.shown.clone().filter(|shown| shown.number == number);
                    return (shown.map(|shown| MirrorPicture { fate: MirrorFate::Stored, ..shown }), None);
                }
                Some((_, Fate::Stored | Fate::Dropped)) | None => return (None, None),
            },
        };
        let picture = MirrorPicture {
            number,
            at: frame.at.wall,
            width: frame.width,
            height: frame.height,
            fate: MirrorFate::Waits,
            windows: self.windows_of(frame),
        };
        (Some(picture), (number != have).then(|| frame.pixels.joined().ok()).flatten())
    }

    fn windows_of(&self, frame: &FrameItem) -> Vec<MirrorWindow> {
        let mut filed = frame.shown.iter();
        let mut windows = Vec::new();
        for (place, shown) in &self.mirror.composed {
            let as_filed = if *shown { filed.next() } else { None };
            if let Some(window) = self.mirror_window(place, *shown, as_filed)
                && windows.len() < MOST_WINDOWS
            {
                windows.push(window);
            }
        }
        windows
    }

    fn mirror_window(&self, place: &platform::Shown, shown: bool, filed: Option<&ShownWindow>) -> Option<MirrorWindow> {
        let principal = self.world.principal(world::id(place.id));
        let (kind, identity) = self.world.identity(principal)?;
        // Panels, toasts and Eyelid's own window are nobody's to make a rule for.
        if kind != WindowKind::Normal {
            return None;
        }
        let verdict = self.policy.verdict(principal)?;
        let left_out = verdict.treatment != Treatment::Record;
        let never = if verdict.treatment == Treatment::Hold { None } else { Edit::never_record(&identity) };
        let rect = place.rect;
        Some(MirrorWindow {
            id: place.id.0,
            app: short(&filed.map_or_else(|| words::app_name(&identity).unwrap_or_default(), |f| f.app.clone())),
            title: filed.and_then(|f| f.title.as_deref()).map(short),
            rect: (rect.x, rect.y, rect.width.unsigned_abs(), rect.height.unsigned_abs()),
            shown,
            cause: verdict.cause.filter(|_| left_out),
            category: verdict.category.clone().filter(|_| left_out),
            never,
            allow_site: verdict.cause.filter(|_| left_out).and_then(|cause| allow_site(&identity, cause)),
        })
    }

    /// The keys that wait, those of one window one after the other together.
    fn keys(&mut self) -> Vec<MirrorKeys> {
        let told = self.sensors.access_up_to.minus(Hold::SecretField.margin(self.hold_back_ms()));
        let mut groups: Vec<MirrorKeys> = Vec::new();
        let mut range: Option<(Wall, Wall, usize)> = None;
        let mut take = |key: &KeyItem| {
            // Until the bus has told whether it was a password field, a letter is not shown.
            if matches!(key.kind, KeyKind::Text(_)) && key.at.boot > told {
                return;
            }
            let (from, to, count) = range.unwrap_or((key.at.wall, key.at.wall, 0));
            range = Some((from.min(key.at.wall), to.max(key.at.wall), count + 1));
            add_key(&mut groups, key);
        };
        match &self.mirror.preview {
            Some(preview) => preview.keys.iter().for_each(|candidate| {
                if let Item::Key(key) = &candidate.payload {
                    take(key);
                }
            }),
            None => self.holdback.keys().for_each(&mut take),
        }
        self.mirror.keys = range;
        for group in &mut groups {
            group.app = short(&group.app);
            group.title = group.title.as_deref().map(short);
            group.text = short_end(&group.text);
            group.shortcuts.truncate(MOST_KEYS);
        }
        let most = groups.len().saturating_sub(MOST_KEYS);
        groups.split_off(most)
    }

    /// What was shown must not be in the vault: the picture of this number and the keys beside it.
    fn drop_shown(&mut self, ticket: u64, number: u64) {
        self.forget_picture();
        if let Some(preview) = &mut self.mirror.preview {
            preview.picture = None;
            preview.keys.clear();
            return self.answer_mirror(ticket, Ok(MirrorAnswer::Dropped { stored: false }), None);
        }
        let mut stored = Vec::new();
        if number != 0 && !self.holdback.drop_picture(number) {
            let Some((_, at)) = self.mirror.taken.iter().find(|(taken, _)| *taken == number) else {
                let cure = "Forget the last minutes instead.";
                let failure = Failure::new(ErrorCode::InvalidInput, "That picture is too old to be dropped.", cure);
                return self.answer_mirror(ticket, Err(failure), None);
            };
            stored.push((*at, *at));
        }
        if let Some((from, to, count)) = self.mirror.keys.take()
            && self.holdback.drop_keys(from, to) < count
        {
            stored.push((from, to));
        }
        if self.mirror.shown.as_ref().is_some_and(|shown| shown.number == number) {
            self.mirror.shown = None;
        }
        let last = stored.pop();
        for (from, to) in stored {
            self.forget_range(from, to, "the mirror", Then::Nothing);
        }
        match last {
            Some((from, to)) => self.forget_range(from, to, "the mirror", Then::Mirrored { ticket }),
            None => self.answer_mirror(ticket, Ok(MirrorAnswer::Dropped { stored: false }), None),
        }
    }
}

/// Whether this hold is there only because nobody has consented yet: there is no key and so no vault either.
fn stands_before_consent(hold: Hold) -> bool {
    match hold {
        Hold::NotConsented | Hold::VaultUnavailable | Hold::RecipientUnverified => true,
        Hold::NoIndicator
        | Hold::UserPause
        | Hold::OptOut
        | Hold::SensitiveApp
        | Hold::SensitiveSite
        | Hold::PrivateWindow
        | Hold::SecretField
        | Hold::KeyShown
        | Hold::FocusUnknown
        | Hold::SessionLocked
        | Hold::ClockUncertain
        | Hold::SensorSilent
        | Hold::TraySilent
        | Hold::ConfigInvalid
        | Hold::ShuttingDown => false,
    }
}

/// A rule by the site, for a page that only lacks one.
fn allow_site(identity: &Identity, cause: Cause) -> Option<Edit> {
    match cause {
        Cause::NotListed => {}
        Cause::App | Cause::Site | Cause::PrivateWindow | Cause::UnknownSite | Cause::UnknownApp | Cause::Own => {
            return None;
        }
    }
    let (_, rest) = identity.url.as_deref()?.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    if host.is_empty() {
        return None;
    }
    let id = host.replace('.', "-");
    let rule =
        OwnRule { id, verdict: Treatment::Record, exe: None, class: None, app_id: None, title: None, site: Some(host) };
    Some(Edit::Add(rule))
}

fn add_key(groups: &mut Vec<MirrorKeys>, key: &KeyItem) {
    let same = groups.last().is_some_and(|group| group.app == key.app && group.title == key.title);
    if !same {
        groups.push(MirrorKeys { app: key.app.clone(), title: key.title.clone(), ..MirrorKeys::default() });
    }
    let Some(group) = groups.last_mut() else { return };
    match &key.kind {
        KeyKind::Text(text) => group.text.push_str(text),
        KeyKind::Shortcut(shortcut) => group.shortcuts.push(shortcut.clone()),
        KeyKind::Count(count) => group.count += count,
    }
}

fn short(text: &str) -> String {
    text.chars().take(MOST_LETTERS).collect()
}

fn short_end(text: &str) -> String {
    text.chars().skip(text.chars().count().saturating_sub(MOST_LETTERS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(url: &str) -> Identity {
        Identity { url: Some(url.into()), ..Identity::default() }
    }

    #[test]
    fn a_page_that_is_only_not_listed_can_be_allowed_by_its_site() {
        let edit = allow_site(&page("https://me@Docs.Example.org:8443/a?b#c"), Cause::NotListed);
        assert!(matches!(edit, Some(Edit::Add(rule)) if rule.site.as_deref() == Some("docs.example.org")));
    }

    #[test]
    fn a_page_that_a_rule_leaves_out_is_not_offered() {
        for cause in [Cause::Site, Cause::PrivateWindow, Cause::UnknownSite, Cause::Own, Cause::App, Cause::UnknownApp]
        {
            assert_eq!(allow_site(&page("https://example.org/"), cause), None);
        }
        assert_eq!(allow_site(&Identity::default(), Cause::NotListed), None);
    }

    #[test]
    fn keys_of_one_window_stand_together_in_their_order() {
        let at = Now { boot: Boot(1), wall: Wall(1) };
        let key = |app: &str, kind| KeyItem { at, app: app.into(), title: None, kind };
        let mut groups = Vec::new();
        for key in [
            key("Notes", KeyKind::Text("a".into())),
            key("Notes", KeyKind::Text("b".into())),
            key("Xterm", KeyKind::Count(1)),
            key("Notes", KeyKind::Shortcut("Ctrl+S".into())),
        ] {
            add_key(&mut groups, &key);
        }
        assert_eq!(groups.iter().map(|g| g.app.as_str()).collect::<Vec<_>>(), ["Notes", "Xterm", "Notes"]);
        assert_eq!((groups[0].text.as_str(), groups[1].count), ("ab", 1));
        assert_eq!(groups[2].shortcuts, ["Ctrl+S"]);
    }
}
