//! Chance that can be repeated.

/// A sequence of numbers that its seed determines (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A sequence of its own, so that how much is taken of it changes nothing here.
    pub fn fork(&mut self) -> Dice {
        Dice(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number from `low` up to and not including `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).max(1)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.between(0, 100) < chance
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, some: &[T]) -> T {
        let n = self.between(0, some.len() as u64);
        some[usize::try_from(n).unwrap_or_default()]
    }

    /// A number of milliseconds between two, the small ones as likely as the large ones by their order of magnitude.
    pub fn dwell_ms(&mut self, low: f64, high: f64) -> u64 {
        #[allow(clippy::cast_precision_loss)]
        let part = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let ms = (low * (high / low).powf(part)) as u64;
        ms
    }
}
