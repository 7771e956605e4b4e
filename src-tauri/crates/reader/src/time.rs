//! Times as people write them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use policy::Wall;

/// Not a time in RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time in RFC 3339")]
pub struct NotATime;

/// Reads RFC 3339.
///
/// # Errors
/// When it is not that.
pub fn parse(text: &str) -> Result<Wall, NotATime> {
    let at: Timestamp = text.parse().map_err(|_| NotATime)?;
    Ok(Wall(at.as_millisecond()))
}

/// RFC 3339 with milliseconds and the local offset.
pub fn rfc3339(at: Wall) -> String {
    let instant = Timestamp::from_millisecond(at.0).unwrap_or_default();
    instant.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// The time of the person's clock.
pub fn local(at: Wall) -> Zoned {
    // Outside of what a calendar knows: its nearest end.
    let end = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.0).unwrap_or(end).to_zoned(TimeZone::system())
}

/// How far the person's clock is ahead of UTC, milliseconds.
pub fn offset(at: Wall) -> i64 {
    i64::from(local(at).offset().seconds()) * 1000
}

/// The local date, `YYYY-MM-DD`.
pub fn day(at: Wall) -> String {
    local(at).strftime("%Y-%m-%d").to_string()
}

/// Now.
pub fn now() -> Wall {
    Wall(Timestamp::now().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_out_and_come_back() {
        for ms in [0, 1_795_500_000_123, 1_709_164_800_000] {
            assert_eq!(parse(&rfc3339(Wall(ms))), Ok(Wall(ms)));
        }
        assert_eq!(parse("2026-11-24T08:00:00.5+01:00"), Ok(Wall(1_795_503_600_500)));
        assert!(parse("yesterday").is_err());
    }
}
