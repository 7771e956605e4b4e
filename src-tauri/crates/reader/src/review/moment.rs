//! What happened at a moment, and what was on the screen.

use super::{Refusal, Review, fit};
use policy::Wall;
use protocol::review::{Moment, PictureInfo, PictureWindow, ReviewEvent, What};
use vault::item::{KeyKind, PointerKind};
use vault::{Frame, Opened};
use zeroize::Zeroizing;

/// No more events than this are told of a moment, the pointer's ways not counted.
const EVENTS: usize = 500;

/// No more are looked at: many times what hands can do in a minute.
const LOOKED_AT: usize = 10_000;

/// A picture of so long before the end still was on the screen then.
const BEFORE: i64 = 60_000;

impl Review {
    pub(super) fn moment(&mut self, (from, to): (Wall, Wall)) -> Result<Moment, Refusal> {
        let earlier = Wall(to.0.saturating_sub(BEFORE));
        let entered = match self.entered.iter().find(|entered| entered.covers((from, to))) {
            Some(_) => self.timeline((from, to))?,
            None => self.timeline((from.min(earlier), to))?,
        };
        // At the very beginning of a range that was entered, what was on the screen before it is not looked for.
        let pictures = (from.min(earlier).max(entered.range().0), to);
        self.read(&entered, |session, _| {
            let picture = session.newest_picture(pictures)?.as_ref().map(info);
            let (opened, more) = session.events((from, to), LOOKED_AT)?;
            Ok(told(picture, opened, more))
        })
    }

    /// The picture of exactly this time as a BMP file; empty if there is none.
    pub(super) fn picture(&mut self, at: Wall) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let entered = self.timeline((at, at))?;
        let picture = self.read(&entered, |session, strips| session.picture(at, strips))?;
        Ok(match picture {
            Some(Ok(frame)) => bmp(&frame),
            Some(Err(_)) | None => Zeroizing::default(),
        })
    }
}

fn info(frame: &Frame) -> PictureInfo {
    let window = |window: &vault::item::ShownWindow| PictureWindow {
        app: fit::title(&window.app),
        title: window.title.as_deref().map(fit::title),
        rect: window.rect,
    };
    let windows = frame.windows.iter().map(window).collect();
    PictureInfo { at: frame.at.wall, width: frame.width, height: frame.height, windows }
}

/// The newest events; of the pointer's ways only how many.
fn told(picture: Option<PictureInfo>, opened: Vec<Opened>, more: bool) -> Moment {
    let mut moment = Moment { picture, more, ..Moment::default() };
    for opened in &opened {
        match opened {
            Opened::Pointer(pointer) if matches!(pointer.kind, PointerKind::Move(_)) => moment.moves += 1,
            Opened::Pointer(pointer) if matches!(pointer.kind, PointerKind::Scroll { .. }) => moment.scrolls += 1,
            Opened::Key(_) | Opened::Pointer(_) | Opened::Focus(_) | Opened::Frame(_) | Opened::Damaged(_) => {
                moment.events.extend(event(opened));
            }
        }
    }
    let older = moment.events.len().saturating_sub(EVENTS);
    moment.events.drain(..older);
    moment.more |= older > 0;
    moment
}

fn event(opened: &Opened) -> Option<ReviewEvent> {
    let title = |title: &Option<String>| title.as_deref().map(fit::title);
    Some(match opened {
        Opened::Key(key) => ReviewEvent {
            at: key.at.wall,
            app: Some(fit::title(&key.app)),
            title: title(&key.title),
            what: match &key.kind {
                KeyKind::Text(text) => What::Text(fit::text(text)),
                KeyKind::Count(count) => What::Keys(*count),
                KeyKind::Shortcut(keys) => What::Shortcut(fit::title(keys)),
            },
        },
        Opened::Pointer(pointer) => ReviewEvent {
            at: pointer.at.wall,
            app: pointer.app.as_deref().map(fit::title),
            title: title(&pointer.title),
            what: match &pointer.kind {
                PointerKind::Click { button } => What::Click(*button),
                PointerKind::Move(_) | PointerKind::Scroll { .. } => return None,
            },
        },
        Opened::Focus(focus) => ReviewEvent {
            at: focus.at.wall,
            app: Some(fit::title(&focus.app)),
            title: title(&focus.title),
            what: What::Focus,
        },
        Opened::Frame(_) | Opened::Damaged(_) => return None,
    })
}

/// Bytes before the pixels.
const HEADER: usize = 14 + 40;

/// 24 bits a pixel, from the bottom up.
fn bmp(frame: &Frame) -> Zeroizing<Vec<u8>> {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let row = (width * 3).next_multiple_of(4);
    let length = HEADER + row * height;
    let mut bmp = Zeroizing::new(Vec::with_capacity(length));
    bmp.extend_from_slice(b"BM");
    // Length, reserved, where the pixels begin; then the length of the second header, columns, rows.
    for number in [length as u32, 0, HEADER as u32, 40, frame.width, frame.height] {
        bmp.extend_from_slice(&number.to_le_bytes());
    }
    // Planes, bits a pixel; then no packing, bytes of pixels, pixels a metre twice, no palette.
    bmp.extend_from_slice(&[1, 0, 24, 0]);
    for number in [0, (row * height) as u32, 3780, 3780, 0, 0] {
        bmp.extend_from_slice(&number.to_le_bytes());
    }
    bmp.resize(length, 0);
    for (from, to) in frame.rgb.chunks_exact(width * 3).rev().zip(bmp[HEADER..].chunks_exact_mut(row)) {
        for (rgb, bgr) in from.chunks_exact(3).zip(to.chunks_exact_mut(3)) {
            bgr.copy_from_slice(&[rgb[2], rgb[1], rgb[0]]);
        }
    }
    bmp
}
