use super::*;
use crate::{Cure, OpenError, Trouble};

#[test]
fn a_full_disk_loses_nothing_committed_and_recovers_by_itself() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    bench.vault().exec("PRAGMA max_page_count = 1");
    bench.append(frame(10, 640, 480, &noise(640, 480, 1))).unwrap();
    bench.wait(&Note::Unavailable(Trouble::DiskFull));
    assert_eq!(bench.append(typed(20, "refused")), Err(AppendError::Unavailable));
    assert_eq!(bench.text(), "a");
    bench.vault().exec("PRAGMA max_page_count = 1000000");
    bench.wait(&Note::Recovered);
    bench.append(typed(30, "b")).unwrap();
    bench.sync();
    assert_eq!(bench.text(), "ab");
    assert_eq!(bench.frames().len(), 1, "what the disk had refused was kept and stored");
    assert!(bench.verify().is_clean());
}

#[test]
fn a_database_that_another_program_locks_is_waited_for() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let db = schema::open(&bench.dir()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    bench.append(typed(1, "b")).unwrap();
    bench.vault().sync(Ticket(70));
    bench.wait(&Note::Unavailable(Trouble::Busy));
    db.execute_batch("ROLLBACK").unwrap();
    bench.wait(&Note::Recovered);
    bench.wait(&Note::Done(Ticket(70)));
    assert_eq!(bench.text(), "ab");
}

#[test]
fn a_database_deleted_under_us_is_told_and_put_back_is_taken_up() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let (file, aside) = (schema::file(&bench.dir()), bench.home.path().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    bench.append(typed(1, "b")).unwrap();
    bench.vault().sync(Ticket(70));
    bench.wait(&Note::Unavailable(Trouble::Replaced));
    std::fs::rename(&aside, &file).unwrap();
    bench.wait(&Note::Done(Ticket(70)));
    assert_eq!(bench.text(), "ab");
}

#[test]
fn forgetting_works_while_recording_is_stopped_by_a_swapped_recipient() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let db = schema::open(&bench.dir()).unwrap();
    schema::set_meta(&db, "recipient", &Master::generate().public()).unwrap();
    bench.append(typed(61_000, "b")).unwrap();
    bench.wait(&Note::Unavailable(Trouble::RecipientChanged));
    bench.forget(ALWAYS);
    assert_eq!(bench.count("SELECT count(*) FROM record"), 0);
}

#[test]
fn flipped_bits_are_named_by_epoch_and_the_rest_stays_readable() {
    let mut bench = Bench::new();
    for minute in 0..3 {
        bench.append(typed(minute * 70_000, &minute.to_string())).unwrap();
    }
    bench.vault = None;
    let db = schema::open(&bench.dir()).unwrap();
    let (id, epoch, mut sealed): (i64, i64, Vec<u8>) = db
        .query_row(
            "SELECT id, epoch, sealed FROM record WHERE kind = 'events' ORDER BY id LIMIT 1 OFFSET 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let middle = sealed.len() - 20;
    sealed[middle] ^= 4;
    db.execute("UPDATE record SET sealed = ?2 WHERE id = ?1", rusqlite::params![id, sealed]).unwrap();
    let verified = bench.verify();
    assert!(verified.damage.len() >= 2 && verified.damage.iter().all(|d| d.epoch == epoch), "{verified:?}");
    let all = bench.read();
    let text: String = all.iter().filter(|o| !matches!(o, Opened::Damaged(_))).filter_map(text_of).collect();
    assert_eq!(text, "02");
    assert_eq!(all.iter().filter(|o| matches!(o, Opened::Damaged(d) if d.epoch == epoch)).count(), 1);
}

#[test]
fn a_removed_a_moved_and_an_inserted_record_show() {
    for damage in [
        "DELETE FROM record WHERE seq = 2",
        "DELETE FROM record WHERE seq = (SELECT max(seq) FROM record)",
        "UPDATE record SET first = first - 1000 WHERE seq = 1",
        "INSERT INTO record (epoch, seq, kind, first, last, digest, sealed)
         SELECT epoch, seq + 10, kind, first, last, digest, sealed FROM record WHERE seq = 1",
        "UPDATE epoch SET head = zeroblob(32)",
    ] {
        let mut bench = Bench::new();
        for ms in 0..3 {
            bench.append(typed(ms, "x")).unwrap();
            bench.sync();
        }
        assert!(bench.verify().is_clean());
        schema::open(&bench.dir()).unwrap().execute_batch(damage).unwrap();
        assert!(!bench.verify().is_clean(), "{damage}");
    }
}

#[test]
fn a_tile_that_is_missing_shows() {
    let mut bench = Bench::new();
    bench.append(frame(0, 64, 64, &noise(64, 64, 1))).unwrap();
    bench.sync();
    schema::open(&bench.dir()).unwrap().execute_batch("DELETE FROM record WHERE kind = 'tiles'").unwrap();
    let verified = bench.verify();
    assert!(verified.damage.iter().any(|d| d.what.contains("tiles record is missing")), "{verified:?}");
}

#[test]
fn a_read_only_folder_is_told_with_a_cure() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("vault"), b"a file where the folder should be").unwrap();
    let error = Vault::open(&home.path().join("vault"), at(0), |_| {}).unwrap_err();
    assert!(matches!(error, OpenError::Io(_)));
    assert!(error.cure().contains("folder"));
}
