use super::*;
use policy::Stream;

fn sealed(bench: &Bench, clause: &str) -> Vec<Vec<u8>> {
    let db = schema::open(&bench.dir()).unwrap();
    let sql = format!("SELECT sealed FROM record WHERE {clause} UNION ALL SELECT key FROM epoch WHERE {clause}");
    let mut statement = db.prepare(&sql).unwrap();
    let blobs = statement.query_map([], |row| row.get(0)).unwrap();
    blobs.collect::<Result<_, _>>().unwrap()
}

/// No run of 48 bytes of any of these is in any file of the vault.
pub(super) fn assert_no_trace(bench: &Bench, blobs: &[Vec<u8>]) {
    let files = bench.files();
    let pieces: std::collections::HashSet<&[u8]> = files.windows(48).collect();
    for blob in blobs {
        // The first bytes are the same in every age file.
        let body = &blob[blob.len().min(40)..];
        assert!(!body.windows(48).any(|piece| pieces.contains(piece)));
    }
}

#[test]
fn no_byte_of_what_was_forgotten_is_left_in_any_file() {
    let mut bench = Bench::new();
    for minute in 0..4 {
        let base = minute * 70_000;
        bench.append(typed(base, "text")).unwrap();
        bench.append(frame(base + 1, 300, 200, &noise(300, 200, minute as u32))).unwrap();
        bench.append(click(base + 2)).unwrap();
    }
    bench.sync();
    let whole = format!("first >= {} AND last <= {}", T0 + 70_000, T0 + 150_000);
    let blobs = sealed(&bench, &whole);
    assert!(blobs.len() > 6);
    bench.forget(range(70_000, 150_000));
    assert_no_trace(&bench, &blobs);
    assert_eq!(bench.frames().len(), 2);
    assert!(bench.verify().is_clean());
    assert!(bench.vault().rotation_due());
}

#[test]
fn forgetting_part_of_an_epoch_leaves_the_rest_and_no_trace() {
    let mut bench = Bench::new();
    for second in 0..6 {
        bench.append(frame(second * 1000, 300, 200, &noise(300, 200, second as u32))).unwrap();
        bench.append(typed(second * 1000 + 1, &second.to_string())).unwrap();
        bench.sync();
    }
    let part = format!("first >= {} AND last <= {}", T0 + 2000, T0 + 3500);
    let blobs = sealed(&bench, &part);
    assert_eq!(blobs.len(), 6);
    bench.forget(range(2000, 3500));
    assert_no_trace(&bench, &blobs);
    assert_eq!(bench.text(), "0145");
    assert_eq!(bench.frames().len(), 4);
    let verified = bench.verify();
    assert!(verified.is_clean(), "{verified:?}");
    assert_eq!(verified.gone, 6);
    assert_eq!(bench.count("SELECT count(*) FROM epoch WHERE cut AND closed"), 1);
}

#[test]
fn a_picture_whose_tiles_were_first_shown_by_a_forgotten_one_has_grey_holes() {
    let mut bench = Bench::new();
    let pixels = noise(128, 64, 1);
    bench.append(frame(0, 128, 64, &pixels)).unwrap();
    bench.append(frame(5000, 128, 64, &pixels)).unwrap();
    bench.sync();
    bench.forget(range(0, 1000));
    let frames = bench.frames();
    assert_eq!((frames.len(), frames[0].holes), (1, 2));
    assert!(frames[0].rgb.iter().all(|byte| *byte == 0x80));
    assert!(bench.verify().is_clean());
}

#[test]
fn forgetting_reaches_what_still_waits() {
    let mut bench = Bench::new();
    for (ms, text) in [(0, "a"), (10, "b"), (20, "c")] {
        bench.append(typed(ms, text)).unwrap();
    }
    bench.forget(range(5, 15));
    bench.append(typed(30, "d")).unwrap();
    bench.sync();
    assert_eq!(bench.text(), "acd");
}

#[test]
fn forgetting_ends_the_current_epoch_and_its_tiles_are_not_referenced_again() {
    let mut bench = Bench::new();
    let pixels = noise(128, 128, 1);
    bench.append(frame(0, 128, 128, &pixels)).unwrap();
    bench.sync();
    bench.forget(range(0, 0));
    assert_eq!(bench.count("SELECT count(*) FROM epoch"), 0);
    bench.append(frame(1000, 128, 128, &pixels)).unwrap();
    bench.sync();
    assert_eq!(*bench.frames()[0].rgb, rgb(&pixels));
}

#[test]
fn a_forgotten_stream_has_no_last_datum() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.append(focus(100)).unwrap();
    bench.sync();
    bench.forget(range(0, 50));
    assert_eq!(bench.vault().last_stored(Stream::Keys), None);
    assert_eq!(bench.vault().last_stored(Stream::Focus), Some(at(100).wall));
}

#[test]
fn a_forgetting_is_logged_with_how() {
    let mut bench = Bench::new();
    bench.forget(range(0, 50));
    let log = crate::read_log(&bench.dir()).unwrap();
    assert_eq!(log.entries[0].entry, Entry::Forgotten { from: T0, to: T0 + 50, how: "test".into() });
    assert!(!bench.vault().rotation_due(), "nothing was there to forget");
}

#[test]
fn erasing_everything_leaves_the_log_the_receipts_and_no_trace() {
    let mut bench = Bench::new();
    bench.append(frame(0, 300, 200, &noise(300, 200, 1))).unwrap();
    bench.append(typed(0, "a")).unwrap();
    bench.vault().note_withheld("2026-11-24", "chat", 5);
    bench.vault().put_consent("{}", Ticket(70));
    bench.sync();
    let blobs = sealed(&bench, "1");
    bench.append(typed(1, "b")).unwrap();
    bench.vault().erase_everything(Ticket(71));
    bench.wait(&Note::Done(Ticket(71)));
    assert_no_trace(&bench, &blobs);
    assert!(bench.read().is_empty());
    assert_eq!(bench.count("SELECT count(*) FROM consent"), 1);
    assert!(crate::read_log(&bench.dir()).unwrap().chain_holds);
    bench.append(typed(2, "c")).unwrap();
    bench.sync();
    assert_eq!(bench.text(), "c");
}

#[test]
fn forgetting_is_not_done_while_a_reader_keeps_the_old_pages() {
    let mut bench = Bench::new();
    bench.append(frame(0, 300, 200, &noise(300, 200, 1))).unwrap();
    bench.sync();
    let blobs = sealed(&bench, "1");
    let db = schema::open(&bench.dir()).unwrap();
    let view = db.unchecked_transaction().unwrap();
    let _: i64 = view.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    bench.vault().forget(ALWAYS, "test", Ticket(70));
    // The vault goes on meanwhile.
    bench.append(typed(5, "a")).unwrap();
    let before = bench.sync();
    assert!(!before.contains(&Note::Done(Ticket(70))), "{before:?}");
    view.finish().unwrap();
    bench.wait(&Note::Done(Ticket(70)));
    assert_no_trace(&bench, &blobs);
}

#[test]
fn a_day_total_goes_with_its_day() {
    let mut bench = Bench::new();
    bench.vault().note_withheld("2026-11-24", "chat", 5);
    bench.sync();
    let (from, to) = crate::epoch::bounds("2026-11-24").unwrap();
    bench.forget((Wall(from + 1), Wall(to)));
    assert_eq!(bench.count("SELECT count(*) FROM epoch WHERE kind = 'day'"), 1);
    bench.forget((Wall(from), Wall(to)));
    assert_eq!(bench.count("SELECT count(*) FROM epoch WHERE kind = 'day'"), 0);
    bench.vault().note_withheld("2026-11-24", "chat", 7);
    bench.sync();
    assert_eq!(bench.count("SELECT count(*) FROM epoch WHERE kind = 'day'"), 1);
}
