//! The kept picture: what the last frame showed, changed only where something else is to be seen.
//!
//! Pure: no connection. Holds nothing but pixels of windows that were allowed when they were drawn; wiped when dropped.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::frame::Changed;
use crate::region::{Rect, Region};

/// Where no window is: neutral dark grey, as blue, green, red, unused.
const ROOT: [u8; 4] = [0x2a, 0x2a, 0x2a, 0];

/// What is put on a rectangle of the canvas.
pub(crate) struct Stroke<'a> {
    pub(crate) rect: Rect,
    pub(crate) ink: Ink<'a>,
}

#[derive(Clone, Copy)]
pub(crate) enum Ink<'a> {
    /// One colour.
    Flat([u8; 4]),
    /// From a picture of `area`, which holds the stroke's rectangle.
    Copy { source: &'a [u8], area: Rect },
    /// The same, with alpha over what is there.
    Blend { source: &'a [u8], area: Rect },
}

pub(crate) struct Canvas {
    width: i32,
    height: i32,
    /// Shared with the frames that were given out and are still there.
    pixels: Arc<Zeroizing<Vec<u8>>>,
    changed: Changed,
}

fn index(n: i32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

impl Stroke<'_> {
    fn hides(&self, rect: Rect) -> bool {
        match self.ink {
            Ink::Flat(_) | Ink::Copy { .. } => self.rect.contains(rect),
            Ink::Blend { .. } => false,
        }
    }

    /// Draws what falls on row `y` of `rect`, of which `row` holds the pixels.
    fn draw(&self, row: &mut [u8], rect: Rect, y: i32) {
        let hit = self.rect.intersect(Rect::new(rect.x, y, rect.width, 1));
        let start = index(hit.x - rect.x) * 4;
        let Some(to) = row.get_mut(start..start + index(hit.width) * 4) else { return };
        match self.ink {
            Ink::Flat(colour) => fill(to, colour),
            Ink::Copy { source, area } => match row_of(source, area, hit) {
                Some(from) => to.copy_from_slice(from),
                None => fill(to, ROOT),
            },
            Ink::Blend { source, area } => {
                let from = row_of(source, area, hit).unwrap_or_default();
                for (t, f) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
                    let keep = 255 - u16::from(f[3]);
                    for c in 0..3 {
                        let under = u16::from(t[c]) * keep / 255;
                        t[c] = u8::try_from(u16::from(f[c]) + under).unwrap_or(u8::MAX);
                    }
                }
            }
        }
    }
}

fn fill(row: &mut [u8], colour: [u8; 4]) {
    for p in row.chunks_exact_mut(4) {
        p.copy_from_slice(&colour);
    }
}

/// The first row of `part`, within a picture of `area`.
fn row_of(source: &[u8], area: Rect, part: Rect) -> Option<&[u8]> {
    let start = (index(part.y - area.y) * index(area.width) + index(part.x - area.x)) * 4;
    source.get(start..start + index(part.width) * 4)
}

impl Canvas {
    /// One on which nothing is drawn yet; all of it counts as changed.
    pub(crate) fn new(width: i32, height: i32) -> Canvas {
        let pixels = Arc::new(Zeroizing::new(ROOT.repeat(index(width) * index(height))));
        Canvas { width, height, pixels, changed: Changed::all(index(width), index(height)) }
    }

    pub(crate) fn bounds(&self) -> Rect {
        Rect::new(0, 0, self.width, self.height)
    }

    pub(crate) fn pixels(&self) -> Arc<Zeroizing<Vec<u8>>> {
        Arc::clone(&self.pixels)
    }

    /// Which parts differ from when this was last asked.
    pub(crate) fn take_changed(&mut self) -> Changed {
        let none = Changed::none(index(self.width), index(self.height));
        std::mem::replace(&mut self.changed, none)
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.changed.any()
    }

    /// Draws `dirty` anew: nothing, and the strokes over it, one over the other. The rest stays.
    pub(crate) fn paint(&mut self, dirty: &Region, strokes: &[Stroke<'_>]) {
        let mut row = Zeroizing::new(vec![0; index(self.width) * 4]);
        for rect in dirty.clipped(self.bounds()).rects() {
            let mut over: Vec<&Stroke<'_>> = strokes.iter().filter(|s| !s.rect.intersect(*rect).is_empty()).collect();
            let ground = over.iter().rposition(|s| s.hides(*rect));
            over.drain(..ground.unwrap_or(0));
            for y in rect.y..rect.bottom() {
                let line = Rect { y, height: 1, ..*rect };
                if let [Stroke { ink: Ink::Copy { source, area }, .. }] = over[..]
                    && ground.is_some()
                    && let Some(from) = row_of(source, *area, line)
                {
                    self.put(line, from);
                    continue;
                }
                let row = &mut row[..index(rect.width) * 4];
                if ground.is_none() {
                    fill(row, ROOT);
                }
                for stroke in &over {
                    stroke.draw(row, *rect, y);
                }
                self.put(line, row);
            }
        }
    }

    /// Takes over a row, as far as it is new.
    fn put(&mut self, line: Rect, from: &[u8]) {
        let pixels = Arc::make_mut(&mut self.pixels);
        let start = (index(line.y) * index(self.width) + index(line.x)) * 4;
        let Some(to) = pixels.get_mut(start..start + index(line.width) * 4) else { return };
        let (left, y) = (index(line.x), index(line.y));
        let mut at = 0;
        while at < to.len() {
            let x = left + at / 4;
            let end = to.len().min(at + (Changed::CELL - x % Changed::CELL) * 4);
            if to[at..end] != from[at..end] {
                to[at..end].copy_from_slice(&from[at..end]);
                self.changed.mark(x, y);
            }
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(canvas: &Canvas, x: usize, y: usize) -> [u8; 4] {
        let at = (y * index(canvas.width) + x) * 4;
        canvas.pixels[at..at + 4].try_into().unwrap()
    }

    fn whole() -> Region {
        Region::of(Rect::new(0, 0, 200, 100))
    }

    #[test]
    fn only_what_is_dirty_is_drawn_and_only_what_differs_counts_as_changed() {
        let mut canvas = Canvas::new(200, 100);
        assert!(canvas.take_changed().within(0, 0, 1, 1));
        let red = Stroke { rect: Rect::new(0, 0, 200, 100), ink: Ink::Flat([0, 0, 255, 0]) };
        canvas.paint(&Region::of(Rect::new(70, 10, 10, 10)), &[red]);
        assert_eq!((pixel(&canvas, 70, 10), pixel(&canvas, 69, 10)), ([0, 0, 255, 0], ROOT));
        let changed = canvas.take_changed();
        assert!(changed.within(64, 0, 64, 64));
        assert!(!changed.within(0, 0, 64, 64) && !changed.within(128, 0, 72, 100) && !changed.within(64, 64, 64, 36));
        let red = Stroke { rect: Rect::new(70, 10, 10, 10), ink: Ink::Flat([0, 0, 255, 0]) };
        canvas.paint(&whole(), &[red]);
        assert!(!canvas.is_changed());
    }

    #[test]
    fn strokes_lie_one_over_the_other_and_alpha_lets_through() {
        let mut canvas = Canvas::new(200, 100);
        let area = Rect::new(10, 10, 2, 1);
        let (solid, veil) = ([9, 9, 9, 0, 8, 8, 8, 0], [100, 0, 0, 128, 0, 0, 0, 0]);
        let strokes = [
            Stroke { rect: Rect::new(10, 10, 1, 1), ink: Ink::Flat([200, 200, 200, 0]) },
            Stroke { rect: Rect::new(11, 10, 1, 1), ink: Ink::Copy { source: &solid, area } },
            Stroke { rect: area, ink: Ink::Blend { source: &veil, area } },
        ];
        canvas.paint(&whole(), &strokes);
        assert_eq!(pixel(&canvas, 10, 10), [199, 99, 99, 0]);
        assert_eq!(pixel(&canvas, 11, 10), [8, 8, 8, 0]);
        assert_eq!(pixel(&canvas, 12, 10), ROOT);
    }

    #[test]
    fn a_frame_that_was_given_out_stays_as_it_is() {
        let mut canvas = Canvas::new(200, 100);
        let before = canvas.pixels();
        canvas.paint(&whole(), &[Stroke { rect: Rect::new(0, 0, 200, 100), ink: Ink::Flat([1, 2, 3, 0]) }]);
        assert_eq!(before[..4], ROOT);
        assert_eq!(pixel(&canvas, 0, 0), [1, 2, 3, 0]);
    }

    #[test]
    fn rectangles_beyond_the_edges_do_no_harm() {
        let mut canvas = Canvas::new(200, 100);
        let far = Rect::new(-50, -50, 1000, 1000);
        canvas.paint(&Region::of(far), &[Stroke { rect: far, ink: Ink::Flat([1, 2, 3, 0]) }]);
        assert_eq!(pixel(&canvas, 199, 99), [1, 2, 3, 0]);
        // Where a picture falls short, nothing is left standing.
        canvas.paint(&Region::of(far), &[Stroke { rect: far, ink: Ink::Copy { source: &[], area: far } }]);
        assert_eq!(pixel(&canvas, 199, 99), ROOT);
    }
}
