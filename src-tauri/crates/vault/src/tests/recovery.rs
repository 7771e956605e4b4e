use super::rotation::{PATIENCE, copy};
use super::*;
use crate::log::KeyChange;
use crate::{ReadError, Recovery, keep_recovery, recover, recovery, rotate};

fn changes(bench: &Bench) -> Vec<KeyChange> {
    let log = crate::read_log(&bench.dir()).unwrap();
    assert!(log.chain_holds);
    let change =
        |logged: crate::log::Logged| if let Entry::Key { what, .. } = logged.entry { Some(what) } else { None };
    log.entries.into_iter().filter_map(change).collect()
}

#[test]
fn a_recovery_key_opens_the_master_and_another_one_takes_its_place() {
    let bench = Bench::new();
    let master = Master::parse(&bench.secret).unwrap();
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::None);
    let (first, second) = (Master::generate(), Master::generate());
    assert!(matches!(recover(&bench.dir(), &first), Err(ReadError::NotRecovered)));
    keep_recovery(&bench.dir(), &master, &first, Wall(T0), "test").unwrap();
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::Valid(Wall(T0)));
    assert_eq!(*recover(&bench.dir(), &first).unwrap().secret(), bench.secret);
    keep_recovery(&bench.dir(), &master, &second, Wall(T0 + 1), "test").unwrap();
    assert!(matches!(recover(&bench.dir(), &first), Err(ReadError::NotRecovered)));
    assert_eq!(recover(&bench.dir(), &second).unwrap().public(), master.public());
    assert_eq!(changes(&bench), [KeyChange::RecoveryMade, KeyChange::RecoveryMade]);
}

#[test]
fn a_rotation_takes_the_copy_away_in_the_same_step_and_an_earlier_copy_of_the_files_opens_what_it_opened_then() {
    let mut bench = Bench::new();
    bench.append(typed(0, "FORGOTTEN")).unwrap();
    bench.append(typed(40_000, "kept")).unwrap();
    bench.sync();
    let (old, new, key) = (Master::parse(&bench.secret).unwrap(), Master::generate(), Master::generate());
    keep_recovery(&bench.dir(), &old, &key, Wall(T0), "test").unwrap();
    let before = copy(&bench, "before");
    bench.forget(range(0, 10_000));
    rotate(&bench.dir(), &old, &new, Wall(T0 + 5), PATIENCE).unwrap();
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::Voided(Wall(T0 + 5)));
    assert!(matches!(recover(&bench.dir(), &key), Err(ReadError::NotRecovered)));
    assert_eq!(recover(&before, &key).unwrap().public(), old.public());
    // Nothing is left of it in the files either.
    for file in std::fs::read_dir(bench.dir()).unwrap() {
        assert!(!contains(&std::fs::read(file.unwrap().path()).unwrap(), b"BEGIN AGE ENCRYPTED FILE"));
    }
    assert_eq!(changes(&bench), [KeyChange::RecoveryMade, KeyChange::RecoveryVoided]);
    // What it was sealed to is gone, too; the next rotation has none to void.
    rotate(&bench.dir(), &new, &Master::generate(), Wall(T0 + 9), PATIENCE).unwrap();
    assert_eq!(changes(&bench).len(), 2);
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::Voided(Wall(T0 + 5)));
}

#[test]
fn no_copy_is_kept_of_a_master_that_the_vault_is_no_longer_sealed_to() {
    let bench = Bench::new();
    let (old, new) = (Master::parse(&bench.secret).unwrap(), Master::generate());
    rotate(&bench.dir(), &old, &new, Wall(T0), PATIENCE).unwrap();
    let late = keep_recovery(&bench.dir(), &old, &Master::generate(), Wall(T0), "test");
    assert!(matches!(late, Err(ReadError::WrongKey)));
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::None);
}

#[test]
fn what_goes_by_age_leaves_the_recovery_key_as_good_as_before_and_what_a_person_forgets_does_not() {
    let bench = Bench::new();
    let masters: [Master; 4] = std::array::from_fn(|_| Master::generate());
    let (first, key) = (Master::parse(&bench.secret).unwrap(), Master::generate());
    keep_recovery(&bench.dir(), &first, &key, Wall(T0), "test").unwrap();
    let db = schema::open(&bench.dir()).unwrap();
    let forgotten = |how: &str| {
        let entry = Entry::Forgotten { from: 0, to: T0, how: how.into() };
        crate::log::append(&db, Wall(T0), &entry).unwrap();
    };
    let mut old = &first;
    for new in &masters[..2] {
        forgotten("retention");
        let before = copy(&bench, &new.public());
        rotate(&bench.dir(), old, new, Wall(T0 + 5), PATIENCE).unwrap();
        assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::Valid(Wall(T0)));
        assert_eq!(recover(&bench.dir(), &key).unwrap().public(), new.public());
        assert_eq!(recover(&before, &key).unwrap().public(), old.public());
        old = new;
    }
    assert_eq!(changes(&bench), [KeyChange::RecoveryMade]);
    forgotten("menu");
    forgotten("retention");
    rotate(&bench.dir(), old, &masters[2], Wall(T0 + 9), PATIENCE).unwrap();
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::Voided(Wall(T0 + 9)));
    // Nor does it come back with what goes by age later.
    rotate(&bench.dir(), &masters[2], &masters[3], Wall(T0 + 10), PATIENCE).unwrap();
    assert!(matches!(recover(&bench.dir(), &key), Err(ReadError::NotRecovered)));
}

#[test]
fn whoever_can_write_the_file_does_not_get_the_next_master_sealed_to_a_key_of_theirs() {
    let bench = Bench::new();
    let (old, key, theirs) = (Master::parse(&bench.secret).unwrap(), Master::generate(), Master::generate());
    keep_recovery(&bench.dir(), &old, &key, Wall(T0), "test").unwrap();
    let db = schema::open(&bench.dir()).unwrap();
    let to = schema::meta(&db, "recovery_to").unwrap().unwrap();
    assert!(to.contains(&key.public()));
    schema::set_meta(&db, "recovery_to", &to.replace(&key.public(), &theirs.public())).unwrap();
    rotate(&bench.dir(), &old, &Master::generate(), Wall(T0 + 5), PATIENCE).unwrap();
    assert!(matches!(recover(&bench.dir(), &theirs), Err(ReadError::NotRecovered)));
    assert_eq!(recovery(&bench.dir()).unwrap(), Recovery::Voided(Wall(T0 + 5)));
}
