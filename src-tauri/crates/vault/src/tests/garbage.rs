//! Records that nobody wrote on purpose. Whoever has a public key can add records, so not even what opens is believed.

#[path = "../../../policy/tests/spoil/mod.rs"]
mod spoil;

use super::*;
use crate::seal::EpochKey;
use crate::{Pick, rotate};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use rusqlite::params;
use spoil::{Input, corpus, hunt, spoiled};

/// What of a record is spoiled: what it says, its packing around that, or the sealed file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layer {
    Plain,
    Packed,
    Sealed,
}

/// A vault with two epochs, the second of which is to be spoiled.
struct Base {
    bench: Bench,
    database: Vec<u8>,
    key: EpochKey,
}

const KINDS: [&str; 4] = ["events", "frame", "tiles", "summary"];

fn base() -> Base {
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let mut bench = Bench::within(home, limits());
    bench.append(typed(0, "kept")).unwrap();
    let pixels = noise(128, 64, 1);
    let second = [
        typed(70_000, "second"),
        click(70_001),
        focus(70_002),
        frame(70_003, 128, 64, &pixels),
        frame(70_004, 128, 64, &pixels),
    ];
    second.into_iter().for_each(|item| bench.append(item).unwrap());
    bench.vault = None;
    let db = schema::open(&bench.dir()).unwrap();
    assert_eq!(db.query_row("SELECT count(*) FROM record WHERE epoch = 2", [], |row| row.get(0)), Ok(5));
    let key: Vec<u8> = db.query_row("SELECT key FROM epoch WHERE id = 2", [], |row| row.get(0)).unwrap();
    let key = Master::parse(&bench.secret).unwrap().open_key(&key).unwrap();
    assert!(crate::store::truncate(&db).unwrap());
    let database = std::fs::read(schema::file(&bench.dir())).unwrap();
    std::fs::write(bench.home.path().join("base.db"), &database).unwrap();
    Base { bench, database, key }
}

impl Base {
    /// The records of a kind as they are, by layer.
    fn records(&self, kind: &str, layer: Layer) -> Vec<(String, Vec<u8>)> {
        let db = rusqlite::Connection::open(self.bench.home.path().join("base.db")).unwrap();
        let sql = "SELECT sealed FROM record WHERE epoch = 2 AND kind = ?1 ORDER BY id";
        let mut statement = db.prepare(sql).unwrap();
        let sealed = statement.query_map([kind], |row| row.get::<_, Vec<u8>>(0)).unwrap().map(Result::unwrap);
        let peel = |sealed: Vec<u8>| match layer {
            Layer::Plain => self.key.open_packed(&sealed).unwrap().to_vec(),
            Layer::Packed => self.key.open(&sealed).unwrap().to_vec(),
            Layer::Sealed => sealed,
        };
        sealed.map(|sealed| (kind.to_owned(), peel(sealed))).collect()
    }

    /// Puts something in the place of a record, and does with the vault all that a reader can do.
    fn try_record(&self, kind: &str, layer: Layer, input: &[u8]) -> TestCaseResult {
        let dir = self.bench.dir();
        for name in ["vault.db-wal", "vault.db-shm"] {
            let _ = std::fs::remove_file(dir.join(name));
        }
        std::fs::write(schema::file(&dir), &self.database).unwrap();
        let sealed = match layer {
            Layer::Plain => self.key.public().seal_packed(input).unwrap(),
            Layer::Packed => self.key.public().seal(input).unwrap(),
            Layer::Sealed => input.to_vec(),
        };
        let db = schema::open(&dir).unwrap();
        let first = "SELECT min(id) FROM record WHERE epoch = 2 AND kind = ?1";
        let set = format!("UPDATE record SET sealed = ?2 WHERE id = ({first})");
        db.execute(&set, params![kind, sealed]).unwrap();
        drop(db);

        let mut opener = self.bench.opener();
        let mut session = opener.begin(Wall(T0), &reading()).unwrap();
        prop_assert!(kept(&session));
        session.summaries(ALWAYS).unwrap();
        session.withheld().unwrap();
        let verified = session.verify().unwrap();
        let original = self.records(kind, Layer::Sealed)[0].1 == sealed;
        prop_assert!(original || !verified.is_clean(), "a record that was exchanged shows");
        prop_assert!(verified.damage.iter().all(|damage| damage.epoch == 2), "{:?}", verified);

        session.forget(ALWAYS, &Pick::App("browser".into()), Wall(T0 + 10_000_000)).unwrap();
        prop_assert!(kept(&session));
        let left = data(&session);
        prop_assert!(!left.iter().any(|(app, _)| app == "browser"));
        drop(opener);
        let (old, new) = (Master::parse(&self.bench.secret).unwrap(), Master::generate());
        rotate(&dir, &old, &new, Wall(T0), Duration::from_secs(5)).unwrap();
        let mut opener = open_at(&dir, &new.secret());
        let session = opener.begin(Wall(T0), &reading()).unwrap();
        prop_assert!(kept(&session));
        prop_assert_eq!(data(&session), left);
        session.verify().unwrap();
        Ok(())
    }
}

/// Apps and texts of all data, and how many pixels a picture has.
fn data(session: &crate::Session<'_>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    session
        .visit(ALWAYS, true, |opened| {
            match &opened {
                Opened::Frame(frame) => {
                    assert_eq!(frame.rgb.len(), frame.width as usize * frame.height as usize * 3);
                    let apps = frame.windows.iter().map(|window| (window.app.clone(), "shown".to_owned()));
                    all.extend(apps);
                }
                Opened::Key(key) => all.push((key.app.clone(), text_of(&opened).unwrap_or_default())),
                Opened::Pointer(pointer) => all.push((pointer.app.clone().unwrap_or_default(), String::new())),
                Opened::Focus(focus) => all.push((focus.app.clone(), String::new())),
                Opened::Damaged(damage) => assert_eq!(damage.epoch, 2),
            }
            Ok::<_, Infallible>(())
        })
        .unwrap();
    all
}

fn kept(session: &crate::Session<'_>) -> bool {
    data(session).contains(&("editor".to_owned(), "kept".to_owned()))
}

/// The corpus of a kind: what stands in the repository, and the vault's own.
fn files(base: &Base, kind: &str, layer: Layer) -> Vec<(String, Vec<u8>)> {
    let folder = match kind {
        "events" => "events",
        "frame" => "frames",
        "tiles" => "tiles",
        _ => return base.records(kind, layer),
    };
    let mut files = base.records(kind, layer);
    if layer == Layer::Plain {
        files.extend(corpus(env!("CARGO_MANIFEST_DIR"), folder));
    }
    files
}

#[test]
fn every_record_of_the_corpus_is_read_or_told_as_damage() {
    let base = base();
    for kind in KINDS {
        for (name, bytes) in files(&base, kind, Layer::Plain) {
            base.try_record(kind, Layer::Plain, &bytes).unwrap_or_else(|finding| panic!("{kind} {name}: {finding}"));
        }
    }
}

#[test]
fn spoiled_records_are_read_or_told_as_damage_and_harm_no_other() {
    let base = base();
    let of = |kind: &'static str, layer: Layer| {
        spoiled(files(&base, kind, layer)).prop_map(move |Input(bytes)| (kind, layer, Input(bytes))).boxed()
    };
    let all = KINDS.into_iter().flat_map(|kind| {
        // What opens and unpacks gets furthest.
        [(6, of(kind, Layer::Plain)), (2, of(kind, Layer::Packed)), (1, of(kind, Layer::Sealed))]
    });
    let strategy = proptest::strategy::Union::new_weighted(all.collect());
    hunt(150, strategy, |(kind, layer, Input(bytes))| base.try_record(kind, layer, &bytes));
}
