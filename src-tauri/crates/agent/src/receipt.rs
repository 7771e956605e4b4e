//! The consent as a record, with the field names of ISO/IEC TS 27560.

use policy::{KeyLevel, Now, Stream, Streams};
use serde_json::{Value, json};

/// The record of a consent given now through `client`.
pub fn given(streams: Streams, client: &str, now: Now) -> Value {
    let purpose = |stream: Stream| {
        let (name, data) = match stream {
            Stream::Screen => ("screen", json!(["pictures of allowed windows"])),
            Stream::Keys => match streams.keys {
                KeyLevel::None | KeyLevel::Activity => {
                    ("keys:activity", json!(["that keys were pressed", "shortcuts"]))
                }
                KeyLevel::Text => ("keys:text", json!(["text typed into allowed windows", "shortcuts"])),
            },
            Stream::Pointer => ("pointer", json!(["pointer moves, clicks and scrolls in allowed windows"])),
            Stream::Focus => ("focus", json!(["allowed window in front, with its title"])),
        };
        json!({
            "purpose": "a record of one's own work, for oneself",
            "service": name,
            "personal_data_categories": data,
            "lawful_basis": "consent",
            "processing_locations": ["this computer"],
            "storage_condition": "sealed to a key in the person's own keyring",
            "recipient_third_parties": [],
            "withdrawal_method": "eyelidctl consent withdraw, or Settings in Eyelid's window",
        })
    };
    let time = rfc3339(now);
    let purposes: Vec<Value> = Stream::ALL.into_iter().filter(|s| streams.has(*s)).map(purpose).collect();
    json!({
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": format!("eyelid-{}", now.wall.0),
        "pii_principal_id": "the owner of this vault",
        "pii_controller": "the owner of this vault",
        "privacy_notice": { "version": protocol::consent::VERSION, "language": "en" },
        "purposes": purposes,
        "collection_method": client,
        "event": [{ "event_type": "given", "event_time": time, "event_state": "active" }],
        // For Eyelid itself, beside the standard's fields.
        "eyelid_streams": streams,
        "eyelid_given": now.wall,
    })
}

/// A wall-clock time as RFC 3339, UTC, milliseconds.
pub fn rfc3339(now: Now) -> String {
    jiff::Timestamp::from_millisecond(now.wall.0).map_or_else(|_| "unknown".into(), |t| format!("{t:.3}"))
}

/// The streams and the version of a stored record.
pub fn read(record: &str) -> Option<(Streams, String, policy::Wall)> {
    let record: Value = serde_json::from_str(record).ok()?;
    let streams = serde_json::from_value(record.get("eyelid_streams")?.clone()).ok()?;
    let given = serde_json::from_value(record.get("eyelid_given")?.clone()).ok()?;
    let version = record.get("privacy_notice")?.get("version")?.as_str()?.to_owned();
    Some((streams, version, given))
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Boot, Wall};

    #[test]
    fn a_record_names_only_the_streams_agreed_to_and_is_read_back() {
        let streams = Streams { screen: false, keys: KeyLevel::Activity, pointer: false, focus: true };
        let now = Now { boot: Boot(5), wall: Wall(1_800_000_000_123) };
        let record = given(streams, "eyelidctl", now);
        let services: Vec<&str> =
            record["purposes"].as_array().expect("a list").iter().filter_map(|p| p["service"].as_str()).collect();
        assert_eq!(services, ["keys:activity", "focus"]);
        assert_eq!(record["event"][0]["event_time"], "2027-01-15T08:00:00.123Z");
        assert_eq!(read(&record.to_string()), Some((streams, protocol::consent::VERSION.to_owned(), now.wall)));
    }
}
