//! From what the sensors saw to candidates: only what the consent and the window's rule let in at all.

use crate::words;
use policy::rules::Treatment;
use policy::{Boot, Candidate, Identity, KeyLevel, Now, Policy, Stream, Streams, WindowId};
use vault::Item;
use vault::bands::Bands;
use vault::item::{FocusItem, FrameItem, KeyItem, KeyKind, PointerItem, PointerKind, ShownWindow};

/// A window as a candidate names it.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    pub window: WindowId,
    pub identity: &'a Identity,
}

impl Named<'_> {
    fn app(&self) -> Option<String> {
        words::app_name(self.identity)
    }

    /// The title is part of the focus stream: without consent to that one it is nowhere.
    fn title(&self, streams: Streams) -> Option<String> {
        if streams.focus { self.identity.title.clone() } else { None }
    }
}

fn stamp(at: Boot, now: Now) -> Now {
    Now { boot: at, wall: now.wall_of(at) }
}

/// The focus went to a window, or its title changed there.
pub fn focus(policy: &Policy, streams: Streams, at: Boot, named: Named, now: Now) -> Option<Candidate<Item>> {
    if !streams.focus {
        return None;
    }
    let (title, windows) = match policy.treatment(named.window) {
        Treatment::Record => (named.title(streams), vec![named.window]),
        Treatment::Metadata => (None, Vec::new()),
        Treatment::Hold => return None,
    };
    let item = FocusItem { at: stamp(at, now), app: named.app()?, title };
    Some(Candidate { stream: Stream::Focus, at, until: at, windows, payload: Item::Focus(item) })
}

/// A key was pressed in the window that has the focus.
pub fn key(
    policy: &Policy,
    streams: Streams,
    at: Boot,
    named: Named,
    key: &platform::KeyEvent,
    now: Now,
) -> Option<Candidate<Item>> {
    let level = policy.key_level_at_most(streams.keys);
    if level == KeyLevel::None {
        return None;
    }
    let content = policy.treatment(named.window) == Treatment::Record;
    let kind = match (&key.shortcut, &key.text) {
        (Some(shortcut), _) if content => KeyKind::Shortcut(shortcut.clone()),
        (None, Some(text)) if content && level == KeyLevel::Text => KeyKind::Text(text.to_string()),
        (Some(_) | None, Some(_) | None) => KeyKind::Count(1),
    };
    let carries = !matches!(kind, KeyKind::Count(_));
    let title = if content { named.title(streams) } else { None };
    let windows = if carries || title.is_some() { vec![named.window] } else { Vec::new() };
    let item = KeyItem { at: stamp(at, now), app: named.app()?, title, kind };
    Some(Candidate { stream: Stream::Keys, at, until: at, windows, payload: Item::Key(item) })
}

/// The pointer moved, clicked or scrolled over a window.
pub fn pointer(
    policy: &Policy,
    streams: Streams,
    at: Boot,
    named: Named,
    event: &platform::PointerEvent,
    now: Now,
) -> Option<Candidate<Item>> {
    if !streams.pointer || policy.treatment(named.window) != Treatment::Record {
        return None;
    }
    let kind = match event.kind {
        platform::PointerKind::Move => PointerKind::Move(vec![(event.x, event.y)]),
        platform::PointerKind::Button(button) => PointerKind::Click { button },
        platform::PointerKind::Scroll { dx, dy } => PointerKind::Scroll { dx, dy },
    };
    let item = PointerItem {
        at: stamp(at, now),
        app: Some(named.app()?),
        title: named.title(streams),
        kind,
        x: event.x,
        y: event.y,
    };
    Some(Candidate {
        stream: Stream::Pointer,
        at,
        until: at,
        windows: vec![named.window],
        payload: Item::Pointer(item),
    })
}

/// A picture was composed, and packed as `pixels`. `name` tells who a shown window is, and which windows have to be
/// permitted for it to be; a window nobody can name spoils the picture.
pub fn frame(
    frame: &platform::Frame,
    pixels: Bands,
    streams: Streams,
    name: impl Fn(WindowId) -> Option<(Vec<WindowId>, Identity)>,
    now: Now,
) -> Option<Candidate<Item>> {
    let mut shown = Vec::new();
    let mut windows = Vec::new();
    for part in &frame.shown {
        let (principals, identity) = name(WindowId(part.id.0))?;
        let named = Named { window: *principals.first()?, identity: &identity };
        let rect = (part.rect.x, part.rect.y, part.rect.width.unsigned_abs(), part.rect.height.unsigned_abs());
        shown.push(ShownWindow { app: named.app()?, title: named.title(streams), rect });
        windows.extend(principals);
    }
    // Dated by its oldest pixel, and judged from that to its newest.
    let at = Boot(frame.since.0);
    let item = FrameItem { at: stamp(at, now), width: frame.width, height: frame.height, pixels, shown };
    windows.sort_unstable();
    windows.dedup();
    let until = Boot(frame.at.0).max(at);
    Some(Candidate { stream: Stream::Screen, at, until, windows, payload: Item::Frame(item) })
}
