use super::*;
use crate::seal::Master;
use crate::{ReadError, rotate};

pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Every record of a database whose epoch's key opens with one of these masters.
pub(super) fn opened_by_attacker(copies: &[PathBuf], masters: &[&Master]) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let mut records = Vec::new();
    for copy in copies {
        let db = schema::open(copy).unwrap();
        let blobs = |sql: &str| -> Vec<Vec<u8>> {
            db.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        for key in blobs("SELECT key FROM epoch") {
            keys.extend(masters.iter().filter_map(|master| master.open_key(&key).ok()));
        }
        records.extend(blobs("SELECT sealed FROM record WHERE sealed NOT NULL"));
    }
    let open = |record: &Vec<u8>| keys.iter().find_map(|key| key.open_packed(record).ok().map(|p| p.to_vec()));
    records.iter().filter_map(open).collect()
}

pub(super) fn copy(bench: &Bench, name: &str) -> PathBuf {
    let to = bench.home.path().join(name);
    std::fs::create_dir(&to).unwrap();
    for file in std::fs::read_dir(bench.dir()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to
}

#[test]
fn with_every_earlier_copy_and_the_new_master_nothing_forgotten_opens() {
    let mut bench = Bench::new();
    for (ms, text) in [(0, "kept-1"), (20_000, "FORGOTTEN-part"), (40_000, "kept-2"), (90_000, "FORGOTTEN-whole")] {
        bench.append(typed(ms, text)).unwrap();
        bench.sync();
    }
    bench.append(typed(160_000, "kept-3")).unwrap();
    bench.sync();
    let before = copy(&bench, "before");
    bench.forget(range(15_000, 25_000));
    bench.forget(range(80_000, 100_000));
    let between = copy(&bench, "between");

    let old = Master::parse(&bench.secret).unwrap();
    let new = Master::generate();
    let done = rotate(&bench.dir(), &old, &new, Wall(T0), PATIENCE).unwrap();
    assert_eq!((done.rewrapped, done.resealed, done.unreadable), (1, 1, 0));

    let opened = opened_by_attacker(&[before.clone(), between, bench.dir()], &[&new]);
    assert!(opened.iter().any(|plain| contains(plain, b"kept-1")));
    assert!(!opened.iter().any(|plain| contains(plain, b"FORGOTTEN")));
    let with_old = opened_by_attacker(&[before], &[&old]);
    assert!(with_old.iter().any(|plain| contains(plain, b"FORGOTTEN")), "the test can tell");

    bench.secret = new.secret().to_string();
    assert_eq!(bench.text(), "kept-1kept-2kept-3");
    assert!(bench.verify().is_clean());
    assert_eq!(bench.count("SELECT count(*) FROM meta WHERE name = 'rotation_due'"), 0);
    assert!(matches!(Opener::open(&bench.dir(), old), Err(ReadError::WrongKey)));
}

#[test]
fn the_writer_goes_on_through_a_rotation_once_it_adopts_the_new_recipient() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let new = Master::generate();
    rotate(&bench.dir(), &Master::parse(&bench.secret).unwrap(), &new, Wall(T0), PATIENCE).unwrap();
    bench.append(typed(1000, "b")).unwrap();
    bench.sync();
    bench.vault().adopt_recipient(new.public(), Ticket(70));
    bench.wait(&Note::Done(Ticket(70)));
    bench.append(typed(2000, "c")).unwrap();
    bench.sync();
    bench.secret = new.secret().to_string();
    assert_eq!(bench.text(), "abc");
    assert!(bench.verify().is_clean());
}

#[test]
fn what_was_recorded_between_a_rotation_and_its_adoption_is_kept() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let new = Master::generate();
    rotate(&bench.dir(), &Master::parse(&bench.secret).unwrap(), &new, Wall(T0), PATIENCE).unwrap();
    bench.append(typed(61_000, "b")).unwrap();
    bench.wait(&Note::Unavailable(crate::Trouble::RecipientChanged));
    bench.vault().adopt_recipient(new.public(), Ticket(70));
    bench.wait(&Note::Recovered);
    bench.wait(&Note::Done(Ticket(70)));
    bench.sync();
    bench.secret = new.secret().to_string();
    assert_eq!(bench.text(), "ab");
}

#[test]
fn a_rotation_may_be_repeated_and_needs_a_key_of_this_vault() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let (old, new) = (Master::parse(&bench.secret).unwrap(), Master::generate());
    rotate(&bench.dir(), &old, &new, Wall(T0), PATIENCE).unwrap();
    assert_eq!(rotate(&bench.dir(), &old, &new, Wall(T0), PATIENCE).unwrap().rewrapped, 0);
    let stranger = Master::generate();
    assert!(matches!(
        rotate(&bench.dir(), &stranger, &Master::generate(), Wall(T0), PATIENCE),
        Err(ReadError::WrongKey)
    ));
}

#[test]
fn a_rotation_is_not_finished_while_a_reader_keeps_the_old_pages() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let (old, new) = (Master::parse(&bench.secret).unwrap(), Master::generate());
    let db = schema::open(&bench.dir()).unwrap();
    let view = db.unchecked_transaction().unwrap();
    let _: i64 = view.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    assert!(rotate(&bench.dir(), &old, &new, Wall(T0), Duration::ZERO).is_err());
    view.finish().unwrap();
    rotate(&bench.dir(), &old, &new, Wall(T0), PATIENCE).unwrap();
    assert_eq!(std::fs::metadata(schema::wal(&bench.dir())).unwrap().len(), 0);
}
