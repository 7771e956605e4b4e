//! Medians, spreads and percentiles.

use serde::Serialize;

/// A figure of several runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Middle {
    /// The one in the middle; of an even number, half-way between the two.
    pub median: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// The middle of these; of none there is none.
pub fn middle(mut of: Vec<f64>) -> Option<Middle> {
    of.sort_by(f64::total_cmp);
    let (low, high) = (*of.first()?, *of.last()?);
    let half = of.len() / 2;
    let median = if of.len().is_multiple_of(2) { f64::midpoint(of[half - 1], of[half]) } else { of[half] };
    Some(Middle { median, low, high })
}

/// How long something took, many times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Delays {
    /// Half took no longer.
    pub p50: f64,
    /// All but one in twenty took no longer.
    pub p95: f64,
    /// All but one in a hundred took no longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
    /// How many.
    pub count: usize,
}

/// The spread of these; of none there is none.
pub fn delays(mut of: Vec<f64>) -> Option<Delays> {
    of.sort_by(f64::total_cmp);
    // By nearest rank: a value that did occur, never a better one.
    let at = |part: usize| of.get((of.len() * part).div_ceil(100).checked_sub(1)?).copied();
    Some(Delays { p50: at(50)?, p95: at(95)?, p99: at(99)?, max: at(100)?, count: of.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_does_not_depend_on_the_order() {
        assert_eq!(middle(vec![9.0, 1.0, 5.0]), Some(Middle { median: 5.0, low: 1.0, high: 9.0 }));
        assert_eq!(middle(vec![4.0, 1.0, 2.0, 100.0]), Some(Middle { median: 3.0, low: 1.0, high: 100.0 }));
        assert_eq!(middle(vec![7.0]), Some(Middle { median: 7.0, low: 7.0, high: 7.0 }));
        assert_eq!(middle(vec![]), None);
    }

    #[test]
    fn percentiles_are_values_that_did_occur() {
        let hundred = (1..=100).rev().map(f64::from).collect();
        let Delays { p50, p95, p99, max, count } = delays(hundred).unwrap();
        assert_eq!((p50, p95, p99, max, count), (50.0, 95.0, 99.0, 100.0, 100));
        let three = delays(vec![3.0, 1.0, 2.0]).unwrap();
        assert_eq!((three.p50, three.p95, three.p99, three.max), (2.0, 3.0, 3.0, 3.0));
        assert_eq!(delays(vec![]), None);
    }

    #[test]
    fn of_a_thousand_the_ten_slowest_lie_beyond_the_last_percentile() {
        let thousand = (0..1000).map(|n| if n < 10 { 500.0 } else { 1.0 }).collect();
        let spread = delays(thousand).unwrap();
        assert_eq!((spread.p99, spread.max), (1.0, 500.0));
    }
}
