//! Durations and times as people write them.

use jiff::civil::Time;
use jiff::{Timestamp, ToSpan, Zoned};
use policy::{PauseFor, Wall};
use protocol::{ErrorCode, Failure};

fn invalid(message: String, cure: &str) -> Failure {
    Failure::new(ErrorCode::InvalidInput, message, cure)
}

/// Whole minutes of `15m`, `2h`, `1h30m`, `1d`.
pub fn minutes(text: &str) -> Result<u32, Failure> {
    let wrong = || invalid(format!("\"{text}\" is not a duration."), "Write it as in 15m, 2h or 1h30m.");
    let mut total: u32 = 0;
    let mut number = String::new();
    for letter in text.trim().chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return Err(wrong()),
        };
        let value: u32 = number.parse().map_err(|_| wrong())?;
        total = value.checked_mul(unit).and_then(|v| total.checked_add(v)).ok_or_else(wrong)?;
        number.clear();
    }
    if !number.is_empty() || total == 0 { Err(wrong()) } else { Ok(total) }
}

/// A time as RFC 3339 has it.
pub fn wall(text: &str) -> Result<Wall, Failure> {
    let wrong = |_| invalid(format!("\"{text}\" is not a time."), "Write it as in 2026-11-24T09:00:00+01:00.");
    text.parse::<Timestamp>().map(|time| Wall(time.as_millisecond())).map_err(wrong)
}

/// What `--until` means, seen from `now`.
pub fn until(text: &str, now: &Zoned) -> Result<PauseFor, Failure> {
    if text == "tomorrow" {
        return Ok(PauseFor::Tomorrow);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(PauseFor::Until(Wall(time.as_millisecond())));
    }
    let time = Time::strptime("%H:%M", text).map_err(|_| {
        invalid(format!("\"{text}\" is not a time."), "Write 18:00, \"tomorrow\", or an RFC 3339 time.")
    })?;
    let wrong = |e: jiff::Error| invalid(format!("\"{text}\" cannot be used: {e}."), "Choose another time.");
    let today = now.date().to_datetime(time).to_zoned(now.time_zone().clone()).map_err(wrong)?;
    let then = if today > *now {
        today
    } else {
        let tomorrow = now.date().checked_add(1.day()).map_err(wrong)?;
        tomorrow.to_datetime(time).to_zoned(now.time_zone().clone()).map_err(wrong)?
    };
    Ok(PauseFor::Until(Wall(then.timestamp().as_millisecond())))
}

/// A wall-clock time, local, RFC 3339 with milliseconds.
pub fn rfc3339(wall: Wall) -> String {
    Timestamp::from_millisecond(wall.0).map_or_else(
        |_| "?".into(),
        |t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
    )
}

/// A wall-clock time of day, local, with milliseconds.
pub fn clock(wall: Wall) -> String {
    Timestamp::from_millisecond(wall.0)
        .map_or_else(|_| "?".into(), |t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%.3f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(minutes("15m").expect("minutes"), 15);
        assert_eq!(minutes("2h").expect("hours"), 120);
        assert_eq!(minutes("1h30m").expect("both"), 90);
        for wrong in ["", "15", "m", "-5m", "1x", "0m", "99999999999d"] {
            let failure = minutes(wrong).expect_err(wrong);
            assert_eq!(failure.code, ErrorCode::InvalidInput);
            assert!(!failure.cure.is_empty());
        }
    }

    #[test]
    fn a_time_is_read_with_its_offset_and_no_other_way() {
        assert_eq!(wall("1970-01-01T01:00:01.5+01:00").expect("a time"), Wall(1500));
        for wrong in ["", "yesterday", "2026-11-24", "09:00"] {
            assert_eq!(wall(wrong).expect_err(wrong).code, ErrorCode::InvalidInput);
        }
    }

    #[test]
    fn a_time_of_day_is_the_next_one() {
        let now: Zoned = "2026-11-24T17:30:00+01:00[Europe/Berlin]".parse().expect("a time");
        let at = |text| match until(text, &now).expect("a time") {
            PauseFor::Until(wall) => rfc3339_utc(wall),
            other => format!("{other:?}"),
        };
        assert_eq!(at("18:00"), "2026-11-24T17:00:00Z");
        assert_eq!(at("17:00"), "2026-11-25T16:00:00Z");
        assert_eq!(at("tomorrow"), "Tomorrow");
        assert!(until("25:00", &now).is_err());
        assert!(until("soon", &now).is_err());
    }

    fn rfc3339_utc(wall: Wall) -> String {
        Timestamp::from_millisecond(wall.0).expect("in range").to_string()
    }
}
