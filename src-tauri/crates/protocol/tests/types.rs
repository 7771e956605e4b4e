//! The window's types are the protocol's, always.

use protocol::review::{ReviewAnswer, ReviewAsk};
use protocol::{ErrorCode, EventOf, Failure, MirrorAnswer, MirrorAsk, Outcome, Request, Snapshot};
use std::collections::BTreeMap;
use std::path::Path;
use ts_rs::{Config, TS};

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.expect("a readable folder");
        let text = std::fs::read_to_string(entry.path()).expect("a text file");
        files.insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    files
}

/// `EYELID_WRITE_TYPES=1 cargo test -p eyelid-protocol` writes them anew.
#[test]
fn the_committed_typescript_is_what_the_protocol_says() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated");
    let fresh = tempfile::tempdir().expect("a folder");
    let write = std::env::var_os("EYELID_WRITE_TYPES").is_some();
    let folder = if write { committed.as_path() } else { fresh.path() };
    if write {
        let _ = std::fs::remove_dir_all(folder);
    }
    let config = Config::new().with_out_dir(folder);
    Request::export_all(&config).expect("written");
    EventOf::export_all(&config).expect("written");
    Outcome::export_all(&config).expect("written");
    Snapshot::export_all(&config).expect("written");
    Failure::export_all(&config).expect("written");
    ErrorCode::export_all(&config).expect("written");
    MirrorAsk::export_all(&config).expect("written");
    ReviewAsk::export_all(&config).expect("written");
    ReviewAnswer::export_all(&config).expect("written");
    MirrorAnswer::export_all(&config).expect("written");
    let (fresh, committed) = (files(folder), files(&committed));
    assert!(fresh.contains_key("Snapshot.ts") && fresh.contains_key("Request.ts"));
    assert_eq!(
        fresh, committed,
        "the types in ui/src/generated are stale; run EYELID_WRITE_TYPES=1 cargo test -p eyelid-protocol"
    );
}
