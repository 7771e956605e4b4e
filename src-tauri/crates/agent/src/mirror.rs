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
use protocol::review::encoded_len;
use protocol::{
    ErrorCode, Failure, MirrorAnswer, MirrorAsk, MirrorFate, MirrorKeys, MirrorPicture, MirrorState, MirrorView,
    MirrorWindow,
};
use std::collections::VecDeque;
use vault::Item;
use vault::item::{FrameItem, KeyItem, KeyKind, ShownWindow};

/// Not asked again within so many milliseconds, the mirror is dark. The window asks once a second.
const LOOKS: u64 = 3000;
/// What is shown of one name, title or text, and of one window's shortcuts.
const MOST_LETTERS: usize = 300;
const MOST_SHORTCUTS: usize = 100;
/// No longer rule is offered, bytes of JSON: an app may call itself what it likes.
const LONGEST_RULE: usize = 2000;
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
        let mut view = MirrorView { state, picture, keys: self.keys() };
        view.fit();
        (view, pixels)
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
        let window = |(place, shown): &(platform::Shown, bool)| {
            let as_filed = if *shown { filed.next() } else { None };
            self.mirror_window(place, *shown, as_filed)
        };
        self.mirror.composed.iter().filter_map(window).collect()
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
        let allow_site = verdict.cause.filter(|_| left_out).and_then(|cause| allow_site(&identity, cause));
        let rect = place.rect;
        Some(MirrorWindow {
            id: place.id.0,
            app: filed.map_or_else(|| short(&words::app_name(&identity).unwrap_or_default()), |f| short(&f.app)),
            title: filed.and_then(|f| f.title.as_deref()).map(short),
            rect: (rect.x, rect.y, rect.width.unsigned_abs(), rect.height.unsigned_abs()),
            shown,
            cause: verdict.cause.filter(|_| left_out),
            category: verdict.category.clone().filter(|_| left_out),
            never: never.filter(is_short),
            allow_site: allow_site.filter(is_short),
        })
    }

    /// The keys that wait.
    fn keys(&mut self) -> Vec<MirrorKeys> {
        let told = self.sensors.access_up_to.minus(Hold::SecretField.margin(self.hold_back_ms()));
        // Until the bus has told whether it was a password field, a letter is not shown.
        let may = |key: &&KeyItem| !matches!(key.kind, KeyKind::Text(_)) || key.at.boot <= told;
        let keys: Vec<&KeyItem> = match &self.mirror.preview {
            Some(preview) => preview.keys.iter().filter_map(key_of).filter(may).collect(),
            None => self.holdback.keys().filter(may).collect(),
        };
        let times = || keys.iter().map(|key| key.at.wall);
        let range = times().min().zip(times().max()).map(|(from, to)| (from, to, keys.len()));
        let groups = by_window(&keys);
        self.mirror.keys = range;
        groups
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

/// A rule for a page that only lacks one: by its site; if that is not known, by its browser, for all such pages of it.
fn allow_site(identity: &Identity, cause: Cause) -> Option<Edit> {
    let mut rule = OwnRule {
        id: String::new(),
        verdict: Treatment::Record,
        exe: None,
        class: None,
        app_id: None,
        title: None,
        site: None,
    };
    match cause {
        Cause::NotListed => {
            let host = host(identity.url.as_deref()?)?;
            rule.id = slug(&host);
            rule.site = Some(host);
        }
        Cause::UnknownSite => {
            let program = identity.exe.as_deref()?.trim_end_matches(" (deleted)").rsplit('/').next()?;
            // The program alone may be that of others, too, such as Python.
            let class = identity.class.clone().filter(|class| !class.trim().is_empty());
            rule.id = slug(&format!("unknown-sites-{program}-{}", class.as_deref().unwrap_or_default()));
            rule.exe = Some(program.to_owned());
            rule.class = class;
        }
        Cause::App | Cause::Site | Cause::PrivateWindow | Cause::UnknownApp | Cause::Own => return None,
    }
    Some(Edit::Add(rule))
}

/// Fit to be a rule's id.
fn slug(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(60).collect()
}

fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    Some(host).filter(|host| !host.is_empty())
}

fn is_short(edit: &Edit) -> bool {
    encoded_len(edit) <= LONGEST_RULE
}

fn key_of(candidate: &Candidate<Item>) -> Option<&KeyItem> {
    match &candidate.payload {
        Item::Key(key) => Some(key),
        Item::Frame(_) | Item::Pointer(_) | Item::Focus(_) => None,
    }
}

/// Keys as they are shown, those of one window one after the other together.
fn by_window(keys: &[&KeyItem]) -> Vec<MirrorKeys> {
    keys.chunk_by(|a, b| a.app == b.app && a.title == b.title).map(of_one_window).collect()
}

fn of_one_window(keys: &[&KeyItem]) -> MirrorKeys {
    let texts = keys.iter().filter_map(|key| match &key.kind {
        KeyKind::Text(text) => Some(text.as_str()),
        KeyKind::Count(_) | KeyKind::Shortcut(_) => None,
    });
    let mut group = MirrorKeys { text: short_end(texts), ..MirrorKeys::default() };
    if let Some(first) = keys.first() {
        group.app = short(&first.app);
        group.title = first.title.as_deref().map(short);
    }
    for key in keys {
        match &key.kind {
            KeyKind::Text(_) => {}
            KeyKind::Count(count) => group.count += count,
            KeyKind::Shortcut(name) => group.shortcuts.push(short(name)),
        }
    }
    group.shortcuts.truncate(MOST_SHORTCUTS);
    group
}

/// The beginning of a name or title.
fn short(text: &str) -> String {
    text.char_indices().nth(MOST_LETTERS).map_or(text, |(end, _)| &text[..end]).to_owned()
}

/// The end of what these are together.
fn short_end<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> String {
    let letters = texts.flat_map(str::chars);
    let surplus = letters.clone().count().saturating_sub(MOST_LETTERS);
    let letters = letters.skip(surplus);
    // All at once: growing would leave copies behind that nobody can wipe.
    let mut end = String::with_capacity(letters.clone().map(char::len_utf8).sum());
    end.extend(letters);
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::rules::RuleSet;

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
        for cause in [Cause::Site, Cause::PrivateWindow, Cause::Own, Cause::App, Cause::UnknownApp] {
            assert_eq!(allow_site(&browser(Some("https://example.org/"), "Page"), cause), None);
        }
        assert_eq!(allow_site(&Identity::default(), Cause::NotListed), None);
        assert_eq!(allow_site(&Identity::default(), Cause::UnknownSite), None);
    }

    fn browser(url: Option<&str>, title: &str) -> Identity {
        let exe = Some("/usr/lib/chromium/chromium (deleted)".into());
        let (class, title) = (Some("Chromium".into()), Some(title.into()));
        Identity { exe, class, title, url: url.map(Into::into), ..Identity::default() }
    }

    #[test]
    fn a_browser_that_tells_no_site_can_be_allowed_and_what_is_known_of_it_stays_held() {
        let unknown = browser(None, "Snow - Chromium");
        assert_eq!(RuleSet::built_in().verdict(&unknown).cause, Some(Cause::UnknownSite));
        let edit = allow_site(&unknown, Cause::UnknownSite).filter(is_short).unwrap();
        let rules = RuleSet::parse(&policy::rules::edit("", edit).unwrap()).unwrap();
        let treatment = |identity: &Identity| rules.verdict(identity).treatment;
        assert_eq!(treatment(&unknown), Treatment::Record);
        let site = browser(Some("https://app.slack.com/"), "Harmless - Chromium");
        let title = browser(None, "Slack | general | Acme - Chromium");
        let private = Identity { spoken: Some("Snow - Chromium (Incognito)".into()), ..unknown.clone() };
        for held in [&site, &title, &private] {
            assert_eq!(treatment(held), Treatment::Hold);
        }
        let firefox = Some("/usr/lib/firefox/firefox".into());
        let others = [
            Identity { exe: firefox, class: Some("firefox".into()), ..unknown.clone() },
            Identity { class: Some("Google-chrome".into()), ..unknown },
        ];
        assert!(others.iter().all(|other| treatment(other) == Treatment::Metadata));
    }

    #[test]
    fn what_calls_itself_endlessly_is_offered_no_rule() {
        let long = Identity { class: Some("\u{1}".repeat(400)), ..browser(None, "Page") };
        assert!(Edit::never_record(&browser(None, "Page")).is_some_and(|edit| is_short(&edit)));
        assert!(Edit::never_record(&long).is_some_and(|edit| !is_short(&edit)));
        assert!(allow_site(&long, Cause::UnknownSite).is_some_and(|edit| !is_short(&edit)));
    }

    fn key(app: &str, kind: KeyKind) -> KeyItem {
        KeyItem { at: Now { boot: Boot(1), wall: Wall(1) }, app: app.into(), title: None, kind }
    }

    #[test]
    fn keys_of_one_window_stand_together_in_their_order() {
        let keys = [
            key("Notes", KeyKind::Text("a".into())),
            key("Notes", KeyKind::Shortcut("Ctrl+S".into())),
            key("Notes", KeyKind::Text("b".into())),
            key("Xterm", KeyKind::Count(1)),
            key("Notes", KeyKind::Count(2)),
        ];
        let groups = by_window(&keys.iter().collect::<Vec<_>>());
        assert_eq!(groups.iter().map(|g| g.app.as_str()).collect::<Vec<_>>(), ["Notes", "Xterm", "Notes"]);
        assert_eq!((groups[0].text.as_str(), groups[1].count, groups[2].count), ("ab", 1, 2));
        assert_eq!(groups[0].shortcuts, ["Ctrl+S"]);
    }

    #[test]
    fn of_long_text_the_end_is_shown_and_it_is_never_copied_to_grow() {
        let keys = [key("Notes", KeyKind::Text("ö".repeat(MOST_LETTERS))), key("Notes", KeyKind::Text("end".into()))];
        let text = &by_window(&keys.iter().collect::<Vec<_>>())[0].text;
        assert_eq!(*text, format!("{}end", "ö".repeat(MOST_LETTERS - 3)));
        assert_eq!(text.capacity(), text.len());
        let title = short(&"ö".repeat(MOST_LETTERS + 1));
        assert_eq!((title.chars().count(), title.capacity()), (MOST_LETTERS, title.len()));
    }
}
