//! Rectangles and sets of them.

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
}

impl Rect {
    pub(crate) fn new(x: i32, y: i32, width: i32, height: i32) -> Rect {
        Rect { x, y, width, height }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.width <= 0 || self.height <= 0
    }

    pub(crate) fn right(self) -> i32 {
        self.x.saturating_add(self.width)
    }

    pub(crate) fn bottom(self) -> i32 {
        self.y.saturating_add(self.height)
    }

    pub(crate) fn moved(self, dx: i32, dy: i32) -> Rect {
        Rect { x: self.x.saturating_add(dx), y: self.y.saturating_add(dy), ..self }
    }

    pub(crate) fn intersect(self, other: Rect) -> Rect {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let width = self.right().min(other.right()).saturating_sub(x);
        let height = self.bottom().min(other.bottom()).saturating_sub(y);
        let r = Rect::new(x, y, width, height);
        if r.is_empty() { Rect::default() } else { r }
    }

    pub(crate) fn contains(self, other: Rect) -> bool {
        self.intersect(other) == other
    }

    pub(crate) fn area(self) -> i64 {
        if self.is_empty() { 0 } else { i64::from(self.width) * i64::from(self.height) }
    }

    fn hull(self, other: Rect) -> Rect {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        Rect::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }
}

/// A set of pixels: rectangles that do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Region(Vec<Rect>);

impl Region {
    pub(crate) fn of(rect: Rect) -> Region {
        if rect.is_empty() { Region::default() } else { Region(vec![rect]) }
    }

    pub(crate) fn from_rects(rects: impl IntoIterator<Item = Rect>) -> Region {
        let mut region = Region::default();
        for r in rects {
            region.add(r);
        }
        region
    }

    pub(crate) fn rects(&self) -> &[Rect] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn area(&self) -> i64 {
        self.0.iter().map(|r| r.area()).sum()
    }

    pub(crate) fn bounds(&self) -> Rect {
        self.0.iter().fold(Rect::default(), |a, b| a.hull(*b))
    }

    pub(crate) fn add(&mut self, rect: Rect) {
        let mut fresh = Region::of(rect);
        for r in &self.0 {
            fresh.cut(*r);
        }
        self.0.append(&mut fresh.0);
    }

    pub(crate) fn cut(&mut self, cut: Rect) {
        if cut.is_empty() || !self.0.iter().any(|r| r.intersect(cut).area() > 0) {
            return;
        }
        let mut left = Vec::with_capacity(self.0.len() + 3);
        for r in self.0.drain(..) {
            let hit = r.intersect(cut);
            if hit.is_empty() {
                left.push(r);
                continue;
            }
            let pieces = [
                Rect::new(r.x, r.y, r.width, hit.y - r.y),
                Rect::new(r.x, hit.bottom(), r.width, r.bottom() - hit.bottom()),
                Rect::new(r.x, hit.y, hit.x - r.x, hit.height),
                Rect::new(hit.right(), hit.y, r.right() - hit.right(), hit.height),
            ];
            left.extend(pieces.into_iter().filter(|p| !p.is_empty()));
        }
        self.0 = left;
    }

    pub(crate) fn cut_all(&mut self, other: &Region) {
        for r in &other.0 {
            self.cut(*r);
        }
    }

    pub(crate) fn add_all(&mut self, other: &Region) {
        for r in &other.0 {
            self.add(*r);
        }
    }

    /// What is in this one and not in `other`.
    pub(crate) fn without(&self, other: &Region) -> Region {
        let mut left = self.clone();
        left.cut_all(other);
        left
    }

    /// The same or more, in at most so many rectangles.
    pub(crate) fn within_pieces(self, most: usize) -> Region {
        if self.0.len() > most { Region::of(self.bounds()) } else { self }
    }

    pub(crate) fn clipped(&self, to: Rect) -> Region {
        Region(self.0.iter().map(|r| r.intersect(to)).filter(|r| !r.is_empty()).collect())
    }

    pub(crate) fn intersect(&self, other: &Region) -> Region {
        Region(
            self.0
                .iter()
                .flat_map(|a| other.0.iter().map(move |b| a.intersect(*b)))
                .filter(|r| !r.is_empty())
                .collect(),
        )
    }

    pub(crate) fn moved(&self, dx: i32, dy: i32) -> Region {
        Region(self.0.iter().map(|r| r.moved(dx, dy)).collect())
    }

    pub(crate) fn overlaps(&self, other: &Region) -> bool {
        self.0.iter().any(|a| other.0.iter().any(|b| !a.intersect(*b).is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_leaves_what_was_not_cut() {
        let mut r = Region::of(Rect::new(0, 0, 100, 100));
        r.cut(Rect::new(25, 25, 50, 50));
        assert_eq!(r.area(), 10_000 - 2_500);
        r.cut(Rect::new(-5, -5, 200, 50));
        assert_eq!(r.area(), 5_500 - 50 * 30);
        assert!(!r.overlaps(&Region::of(Rect::new(0, 0, 100, 45))));
        r.cut(Rect::new(0, 0, 100, 100));
        assert!(r.is_empty());
    }

    #[test]
    fn adding_twice_counts_once() {
        let r = Region::from_rects([Rect::new(0, 0, 10, 10), Rect::new(5, 5, 10, 10), Rect::new(0, 0, 3, 3)]);
        assert_eq!(r.area(), 175);
        assert_eq!(r.bounds(), Rect::new(0, 0, 15, 15));
    }

    #[test]
    fn a_rectangle_at_the_edge_of_numbers_does_no_harm() {
        let mut r = Region::of(Rect::new(i32::MAX - 5, i32::MAX - 5, 100, 100));
        r.cut(Rect::new(i32::MIN, i32::MIN, i32::MAX, i32::MAX));
        assert!(r.area() >= 0);
    }
}
