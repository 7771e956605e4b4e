//! Snapshots for tests.

use policy::rules::Mode;
use policy::{Hold, KeyLevel, Recipient, Streams, Wall};
use protocol::{
    ConsentInfo, Cost, HoldInfo, KeyInfo, Phase, RulesInfo, Sandbox, Settings, Snapshot, Status, SystemInfo, consent,
};

/// Tuesday 2026-11-24, 14:03 UTC.
pub const AT_14_03: Wall = Wall(1_795_528_980_000);

/// A hold since 14:03.
pub fn hold(hold: Hold, message: &str) -> HoldInfo {
    HoldInfo { hold, since: AT_14_03, until: None, category: None, message: message.into() }
}

/// Recording everything since 14:03, Firefox last in focus.
pub fn recording() -> Snapshot {
    let streams = Streams { screen: true, keys: KeyLevel::Text, pointer: true, focus: true };
    Snapshot {
        status: Status { phase: Phase::Recording, since: AT_14_03, holds: Vec::new() },
        consent: Some(ConsentInfo { given: AT_14_03, version: consent::VERSION.into(), streams }),
        consent_version: consent::VERSION.into(),
        stored: Vec::new(),
        acknowledged: None,
        ending: None,
        last_app: Some("Firefox".into()),
        rules: RulesInfo { mode: Mode::AllButSensitive, categories: Vec::new(), own: Vec::new() },
        settings: Settings::default(),
        faults: Vec::new(),
        recipient: Recipient::Verified,
        key: KeyInfo::default(),
        system: SystemInfo { display: "x11".into(), sandbox: Sandbox::default(), pill_visible: true, preview: false },
        cost: Cost::default(),
        withheld: Vec::new(),
        rotation_due: false,
    }
}
