//! What the tray shows, as pure functions of the state.

use crate::link::View;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use policy::{Hold, PauseFor, Wall};
use protocol::{Fault, HoldInfo, Phase, Request, Snapshot};

/// A line of the menu has at most so many letters.
const MENU_WIDTH: usize = 72;

/// The eye, told apart by shape and not only by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Recording.
    Open,
    /// Recording, with something left out.
    Half,
    /// Held by the person, their schedule or a rule.
    Closed,
    /// No consent, a fault, or no agent.
    Crossed,
}

/// What a menu entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Hold everything.
    Pause(PauseFor),
    /// Release the pause and the begun opt-out.
    Resume,
    /// Erase the last so many minutes.
    Forget(u32),
    /// Never record the app last in focus.
    NeverRecordLastApp,
    /// Open the window.
    Open,
    /// End Eyelid.
    Quit,
}

impl Action {
    /// What to ask of the agent; `None` for what the tray app does itself.
    pub fn request(&self) -> Option<Request> {
        match self {
            Action::Pause(duration) => Some(Request::Pause(*duration)),
            Action::Resume => Some(Request::Resume),
            Action::Forget(minutes) => Some(Request::Forget(*minutes)),
            Action::NeverRecordLastApp => Some(Request::NeverRecordLastApp),
            Action::Open | Action::Quit => None,
        }
    }
}

/// One entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuItem {
    /// Words only.
    Label(String),
    /// A line.
    Separator,
    /// Something to click.
    Click(String, Action),
    /// A menu of its own, so that one slip of the hand erases nothing.
    More(String, Vec<MenuItem>),
}

/// All that the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The icon.
    pub shape: Shape,
    /// What the pointer reads on it.
    pub tooltip: String,
    /// The menu.
    pub menu: Vec<MenuItem>,
}

/// What to show for this state, with times of this zone.
pub fn face(view: &View, zone: &TimeZone) -> Face {
    Face { shape: icon(view), tooltip: tooltip(view, zone), menu: menu(view, zone) }
}

/// The eye of a state.
pub fn icon(view: &View) -> Shape {
    match view {
        View::Starting | View::Gone(_) => Shape::Crossed,
        View::Running(snapshot) => shape(snapshot.status.phase),
    }
}

/// The one place where a phase becomes a shape.
pub fn shape(phase: Phase) -> Shape {
    match phase {
        Phase::Recording => Shape::Open,
        Phase::Filtered => Shape::Half,
        Phase::Paused => Shape::Closed,
        Phase::Off => Shape::Crossed,
    }
}

/// What happens now, and what Eyelid cannot promise.
pub fn tooltip(view: &View, zone: &TimeZone) -> String {
    let mut words = header(view, zone);
    for fault in faults(view) {
        words.push_str(&format!("\n{} {}", fault.message, fault.cure));
    }
    words.push_str("\nEyelid controls only its own recording.");
    words
}

fn faults(view: &View) -> &[Fault] {
    match view {
        View::Starting | View::Gone(_) => &[],
        View::Running(snapshot) => &snapshot.faults,
    }
}

/// The menu of a state.
pub fn menu(view: &View, zone: &TimeZone) -> Vec<MenuItem> {
    let mut menu: Vec<MenuItem> = lines(&header(view, zone)).map(MenuItem::Label).collect();
    for fault in faults(view) {
        menu.push(MenuItem::Separator);
        menu.extend(lines(&fault.message).chain(lines(&fault.cure)).map(MenuItem::Label));
    }
    menu.push(MenuItem::Separator);
    match view {
        View::Starting | View::Gone(_) => {}
        View::Running(snapshot) => menu.extend(controls(snapshot)),
    }
    menu.push(click("Open Eyelid", Action::Open));
    menu.push(click("Quit", Action::Quit));
    menu
}

fn controls(snapshot: &Snapshot) -> Vec<MenuItem> {
    let mut menu = Vec::new();
    if snapshot.consent.is_some() {
        menu.extend([
            click("Pause 15 min", Action::Pause(PauseFor::Minutes(15))),
            click("Pause 30 min", Action::Pause(PauseFor::Minutes(30))),
            click("Pause 1 h", Action::Pause(PauseFor::Minutes(60))),
            click("Pause until tomorrow", Action::Pause(PauseFor::Tomorrow)),
            click("Pause until I resume", Action::Pause(PauseFor::Resumed)),
        ]);
    }
    if snapshot.status.holds.iter().any(|info| matches!(info.hold, Hold::UserPause | Hold::OptOut)) {
        menu.push(click("Resume", Action::Resume));
    }
    if !menu.is_empty() {
        menu.push(MenuItem::Separator);
    }
    let forget = [5, 15, 60].map(|minutes| click(&format!("Forget last {minutes} min"), Action::Forget(minutes)));
    menu.push(MenuItem::More("Forget".into(), forget.into()));
    if let Some(app) = &snapshot.last_app {
        menu.push(click(&format!("Never record “{}”", shortened(app, 40)), Action::NeverRecordLastApp));
    }
    menu.push(MenuItem::Separator);
    menu
}

/// What happens and since when, in one line.
pub fn header(view: &View, zone: &TimeZone) -> String {
    let snapshot = match view {
        View::Starting => return "Eyelid starts; nothing is recorded yet".into(),
        View::Gone(why) => return format!("Nothing is recorded: {}", shortened(why, 160)),
        View::Running(snapshot) => snapshot,
    };
    let since = clock(snapshot.status.since, zone);
    let held = snapshot.status.holds.iter().min_by_key(|info| rank(info.hold));
    match (snapshot.status.phase, held) {
        (Phase::Recording, _) => format!("Recording since {since}"),
        (Phase::Filtered, _) => format!("Recording since {since}, some windows left out"),
        (Phase::Paused, None) => format!("Paused since {since}"),
        (Phase::Off, None) => format!("Off since {since}"),
        (Phase::Paused, Some(info)) => format!("Paused: {}", sentence(info, snapshot, zone)),
        (Phase::Off, Some(info)) => format!("Off: {}", sentence(info, snapshot, zone)),
    }
}

fn sentence(info: &HoldInfo, snapshot: &Snapshot, zone: &TimeZone) -> String {
    let mut words = format!("{} Since {}", shortened(&info.message, 160), clock(info.since, zone));
    if let Some(until) = info.until {
        words.push_str(&format!(", until {}", clock_after(info.since, until, zone)));
    }
    match snapshot.status.holds.len() {
        0 | 1 => {}
        // Without consent nothing else matters yet.
        _ if info.hold == Hold::NotConsented => {}
        holds => words.push_str(&format!(" (and {} more)", holds - 1)),
    }
    words
}

/// People read the first of [`Hold::ALL`] that stands.
fn rank(hold: Hold) -> usize {
    Hold::ALL.iter().position(|other| *other == hold).unwrap_or(Hold::ALL.len())
}

fn click(words: &str, action: Action) -> MenuItem {
    MenuItem::Click(words.into(), action)
}

/// A menu breaks no lines, and one that is as wide as the screen is not read.
fn lines(words: &str) -> impl Iterator<Item = String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < MENU_WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(shortened(word, MENU_WIDTH)),
        }
    }
    lines.into_iter()
}

fn shortened(words: &str, most: usize) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most { line } else { line.chars().take(most).chain(['…']).collect() }
}

fn clock(at: Wall, zone: &TimeZone) -> String {
    written(at, zone, "%H:%M")
}

/// With the weekday where the day is another one.
fn clock_after(from: Wall, at: Wall, zone: &TimeZone) -> String {
    let day = |wall| written(wall, zone, "%F");
    if day(from) == day(at) { clock(at, zone) } else { written(at, zone, "%A %H:%M") }
}

fn written(at: Wall, zone: &TimeZone, form: &str) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(time) => time.to_zoned(zone.clone()).strftime(form).to_string(),
        Err(_) => "an unknown time".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, AT_14_03};
    use protocol::FaultCode;

    fn pauses() -> Vec<MenuItem> {
        vec![
            MenuItem::Click("Pause 15 min".into(), Action::Pause(PauseFor::Minutes(15))),
            MenuItem::Click("Pause 30 min".into(), Action::Pause(PauseFor::Minutes(30))),
            MenuItem::Click("Pause 1 h".into(), Action::Pause(PauseFor::Minutes(60))),
            MenuItem::Click("Pause until tomorrow".into(), Action::Pause(PauseFor::Tomorrow)),
            MenuItem::Click("Pause until I resume".into(), Action::Pause(PauseFor::Resumed)),
        ]
    }

    fn forget() -> MenuItem {
        let item = |minutes| MenuItem::Click(format!("Forget last {minutes} min"), Action::Forget(minutes));
        MenuItem::More("Forget".into(), vec![item(5), item(15), item(60)])
    }

    fn ends() -> Vec<MenuItem> {
        vec![MenuItem::Click("Open Eyelid".into(), Action::Open), MenuItem::Click("Quit".into(), Action::Quit)]
    }

    fn running(snapshot: &Snapshot) -> View {
        View::Running(Box::new(snapshot.clone()))
    }

    #[test]
    fn a_running_recording_offers_pauses_forgetting_and_the_last_app() {
        let view = running(&testing::recording());
        let menu = menu(&view, &TimeZone::UTC);
        let never = MenuItem::Click("Never record “Firefox”".into(), Action::NeverRecordLastApp);
        let expected: Vec<MenuItem> = [
            vec![MenuItem::Label("Recording since 14:03".into()), MenuItem::Separator],
            pauses(),
            vec![MenuItem::Separator, forget(), never, MenuItem::Separator],
            ends(),
        ]
        .concat();
        assert_eq!(menu, expected);
        assert_eq!(icon(&view), Shape::Open);
    }

    #[test]
    fn a_filtered_recording_says_that_something_is_left_out() {
        let mut snapshot = testing::recording();
        snapshot.status.phase = Phase::Filtered;
        let view = running(&snapshot);
        assert_eq!(icon(&view), Shape::Half);
        let header = MenuItem::Label("Recording since 14:03, some windows left out".into());
        assert_eq!(menu(&view, &TimeZone::UTC)[0], header);
    }

    #[test]
    fn only_a_pause_or_an_opt_out_offers_to_resume() {
        let resume = MenuItem::Click("Resume".into(), Action::Resume);
        for hold in Hold::ALL {
            let mut snapshot = testing::recording();
            snapshot.status.phase = Phase::Paused;
            snapshot.status.holds = vec![testing::hold(hold, "Held.")];
            let offered = menu(&running(&snapshot), &TimeZone::UTC).contains(&resume);
            assert_eq!(offered, matches!(hold, Hold::UserPause | Hold::OptOut), "{hold:?}");
        }
    }

    #[test]
    fn a_pause_says_since_when_and_until_when() {
        let mut snapshot = testing::recording();
        snapshot.status.phase = Phase::Paused;
        let mut pause = testing::hold(Hold::UserPause, "You paused.");
        pause.until = Some(Wall(AT_14_03.0 + 15 * 60_000));
        snapshot.status.holds = vec![testing::hold(Hold::SensitiveApp, "A chat is in front."), pause.clone()];
        let view = running(&snapshot);
        assert_eq!(header(&view, &TimeZone::UTC), "Paused: You paused. Since 14:03, until 14:18 (and 1 more)");
        assert_eq!(icon(&view), Shape::Closed);

        pause.until = Some(Wall(AT_14_03.0 + 16 * 3_600_000));
        snapshot.status.holds = vec![pause];
        assert_eq!(
            header(&running(&snapshot), &TimeZone::UTC),
            "Paused: You paused. Since 14:03, until Wednesday 06:03"
        );
    }

    #[test]
    fn without_consent_the_eye_is_crossed_and_there_is_nothing_to_pause() {
        let mut snapshot = testing::recording();
        snapshot.consent = None;
        snapshot.last_app = None;
        snapshot.status.phase = Phase::Off;
        snapshot.status.holds = vec![testing::hold(Hold::NotConsented, "You have not agreed to any recording.")];
        let view = running(&snapshot);
        let header = "Off: You have not agreed to any recording. Since 14:03";
        let expected =
            [vec![MenuItem::Label(header.into()), MenuItem::Separator, forget(), MenuItem::Separator], ends()].concat();
        assert_eq!(menu(&view, &TimeZone::UTC), expected);
        assert_eq!(icon(&view), Shape::Crossed);
    }

    #[test]
    fn what_is_wrong_stands_in_the_menu_and_the_tooltip_with_its_cure_in_lines_that_can_be_read() {
        let mut snapshot = testing::recording();
        let message = "rules.toml, line 5: regex parse error: unclosed group";
        let cure = "Mend this line; it is taken up at once. Nothing is recorded until then.";
        snapshot.faults = vec![Fault { code: FaultCode::Rules, message: message.into(), cure: cure.into() }];
        let view = running(&snapshot);
        assert!(tooltip(&view, &TimeZone::UTC).contains(&format!("\n{message} {cure}\n")));
        let said = menu(&view, &TimeZone::UTC).into_iter().map_while(|item| match item {
            MenuItem::Label(words) => Some(words),
            MenuItem::Separator => Some("-".into()),
            MenuItem::Click(..) | MenuItem::More(..) => None,
        });
        let said: Vec<String> = said.collect();
        assert_eq!(said, ["Recording since 14:03", "-", message, cure, "-"]);

        snapshot.faults[0].message = "word ".repeat(40);
        for item in menu(&running(&snapshot), &TimeZone::UTC) {
            let MenuItem::Label(words) = item else { continue };
            assert!(words.chars().count() <= MENU_WIDTH, "{words}");
        }
    }

    #[test]
    fn without_an_agent_the_eye_is_crossed_and_says_why() {
        let view = View::Gone("its recorder ended.".into());
        assert_eq!(icon(&view), Shape::Crossed);
        let header = MenuItem::Label("Nothing is recorded: its recorder ended.".into());
        assert_eq!(menu(&view, &TimeZone::UTC), [vec![header, MenuItem::Separator], ends()].concat());
        assert_eq!(icon(&View::Starting), Shape::Crossed);
    }

    #[test]
    fn every_tooltip_says_that_eyelid_controls_only_its_own_recording() {
        for view in [View::Starting, View::Gone("x".into()), running(&testing::recording())] {
            assert!(tooltip(&view, &TimeZone::UTC).ends_with("Eyelid controls only its own recording."));
        }
    }
}
