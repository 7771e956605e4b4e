//! Makes a slow window paint, without ever touching what is on the person's screen.
//!
//! First every window of the application is sent an Expose event, as if it had been uncovered. A process
//! that lives paints; a stopped one finds the event when it goes on. Toolkits that leave
//! backgrounds to the server paint only part; so *after the application answered* by painting
//! something, what is still missing is cleared to its background, which also makes it paint there. A
//! process that does not answer is never cleared: that would blank it.

use x11rb::protocol::xproto::{ConnectionExt as _, EXPOSE_EVENT, EventMask, ExposeEvent};

use crate::paint_gate::Nudge;
use crate::region::Rect;

use super::Display;

const WINDOWS: usize = 200;

struct Inner {
    id: u32,
    /// Within the top-level window.
    place: Rect,
}

impl Display {
    pub(super) fn nudge(&mut self, nudge: Nudge, now: u64) {
        let Some(top) = self.stack.get(nudge.window) else { return };
        let whole = Rect::new(0, 0, top.rect.width, top.rect.height);
        let client = top.clients.first().copied();
        let inner = self.inner_windows(nudge.window, whole);
        let mut first = 0;
        for w in &inner {
            let expose = ExposeEvent {
                response_type: EXPOSE_EVENT,
                sequence: 0,
                window: w.id,
                x: 0,
                y: 0,
                width: clamp(w.place.width),
                height: clamp(w.place.height),
                count: 0,
            };
            if let Ok(cookie) = self.conn.send_event(false, w.id, EventMask::EXPOSURE, expose)
                && first == 0
            {
                first = cookie.sequence_number();
            }
        }
        if nudge.lives {
            // Of a frame, only the application's part: it was the application that answered.
            let within = client.and_then(|c| inner.iter().find(|w| w.id == c)).map_or(whole, |w| w.place);
            let missing = self.screen.gate.missing(nudge.window).map(|m| m.clipped(within).bounds());
            let missing = missing.unwrap_or_default();
            for w in inner.iter().filter(|w| w.id != nudge.window || client.is_none()) {
                let r = w.place.intersect(missing).moved(-w.place.x, -w.place.y);
                if r.area() > 0 {
                    let (x, y) = (signed(r.x), signed(r.y));
                    let _ = self.conn.clear_area(true, w.id, x, y, clamp(r.width), clamp(r.height));
                }
            }
        }
        if first > 0 {
            self.screen.gate.nudged(nudge.window, first, now);
        }
    }

    /// The window and what is in it, with places.
    fn inner_windows(&self, top: u32, whole: Rect) -> Vec<Inner> {
        let mut all = vec![Inner { id: top, place: whole }];
        let mut level = vec![(top, 0, 0)];
        for _ in 0..6 {
            let trees: Vec<_> =
                level.iter().filter_map(|(id, x, y)| Some((self.conn.query_tree(*id).ok()?, *x, *y))).collect();
            let mut children = Vec::new();
            for (tree, x, y) in trees {
                let Ok(tree) = tree.reply() else { continue };
                for child in tree.children {
                    if all.len() + children.len() < WINDOWS
                        && let Ok(geometry) = self.conn.get_geometry(child)
                    {
                        children.push((child, x, y, geometry));
                    }
                }
            }
            level.clear();
            for (id, x, y, geometry) in children {
                let Ok(g) = geometry.reply() else { continue };
                let b = i32::from(g.border_width);
                let place = Rect::new(x + i32::from(g.x) + b, y + i32::from(g.y) + b, g.width.into(), g.height.into());
                level.push((id, place.x, place.y));
                all.push(Inner { id, place });
            }
            if level.is_empty() {
                break;
            }
        }
        all
    }
}

fn clamp(n: i32) -> u16 {
    u16::try_from(n.max(0)).unwrap_or(u16::MAX)
}

fn signed(n: i32) -> i16 {
    i16::try_from(n).unwrap_or(if n < 0 { i16::MIN } else { i16::MAX })
}
