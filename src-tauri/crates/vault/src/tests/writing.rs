use super::*;
use policy::Stream;

#[test]
fn what_was_appended_is_read_back_exactly() {
    let mut bench = Bench::new();
    let pixels = noise(200, 130, 1);
    bench.append(focus(0)).unwrap();
    bench.append(typed(10, "hällo\n")).unwrap();
    bench.append(click(20)).unwrap();
    bench.append(frame(30, 200, 130, &pixels)).unwrap();
    bench.append(typed(40, "wörld")).unwrap();
    bench.sync();
    let all = bench.read();
    let [Opened::Focus(f), Opened::Key(k), Opened::Pointer(p), Opened::Frame(picture), Opened::Key(_)] = &all[..]
    else {
        panic!("{all:?}")
    };
    assert_eq!((f.at, f.app.as_str(), &f.title), (at(0), "editor", &None));
    assert_eq!((k.at, k.title.as_deref()), (at(10), Some("notes.txt")));
    assert_eq!((p.x, p.y, &p.kind), (3, 4, &PointerKind::Click { button: 1 }));
    assert_eq!((picture.at, picture.width, picture.height, picture.holes), (at(30), 200, 130, 0));
    assert_eq!(*picture.rgb, rgb(&pixels));
    assert_eq!(picture.windows[0].rect, (1, 2, 30, 40));
    assert_eq!(bench.text(), "hällo\nwörld");
    assert!(bench.verify().is_clean());
}

#[test]
fn the_acknowledgement_names_the_newest_of_each_stream() {
    let mut bench = Bench::new();
    for ms in [0, 10, 20] {
        bench.append(typed(ms, "x")).unwrap();
        bench.append(focus(ms + 1)).unwrap();
    }
    let notes = bench.sync();
    assert!(notes.contains(&Note::Stored { stream: Stream::Keys, last: at(20) }), "{notes:?}");
    assert!(notes.contains(&Note::Stored { stream: Stream::Focus, last: at(21) }), "{notes:?}");
    assert_eq!(bench.vault().last_stored(Stream::Keys), Some(at(20).wall));
    assert_eq!(bench.vault().last_stored(Stream::Screen), None);
    assert!(bench.vault().size_bytes() > 0);
    bench.vault = None;
    let vault = Vault::open(&bench.dir(), at(0), |_| {}).unwrap();
    assert_eq!(vault.last_stored(Stream::Keys), Some(at(20).wall), "also after a restart");
}

#[test]
fn nothing_typed_or_shown_reaches_the_disk_in_the_clear() {
    let mut bench = Bench::new();
    bench.append(typed(0, "MARKER-typed-MARKER")).unwrap();
    bench.append(frame(1, 64, 64, &[0x5A; 64 * 64 * 4])).unwrap();
    bench.vault().note_withheld("2026-11-24", "MARKER-category", 5);
    bench.sync();
    bench.vault = None;
    let files = bench.files();
    for needle in ["MARKER", "editor", "notes.txt"] {
        assert!(!contains(&files, needle.as_bytes()), "{needle}");
    }
    assert!(!contains(&files, &[0x5A; 64]));
    assert!(contains(&files, b"age-encryption.org/v1"));
}

#[test]
fn a_picture_that_does_not_change_costs_one_small_record() {
    let mut bench = Bench::new();
    let pixels = noise(640, 480, 1);
    for ms in 0..5 {
        bench.append(frame(ms * 1000, 640, 480, &pixels)).unwrap();
    }
    bench.sync();
    assert_eq!(bench.count("SELECT count(*) FROM record WHERE kind = 'tiles'"), 1);
    assert!(bench.count("SELECT max(length(sealed)) FROM record WHERE kind = 'frame'") < 600);
    assert!(bench.frames().iter().all(|f| *f.rgb == rgb(&pixels)));
}

#[test]
fn an_epoch_ends_after_a_minute_with_a_summary_and_a_new_key_begins() {
    let mut bench = Bench::new();
    for second in 0..150 {
        bench.append(typed(second * 1000, "x")).unwrap();
    }
    bench.append(frame(150_000, 64, 64, &noise(64, 64, 1))).unwrap();
    bench.sync();
    bench.vault = None;
    assert_eq!(bench.count("SELECT count(*) FROM epoch"), 3);
    assert_eq!(bench.count("SELECT count(DISTINCT recipient) FROM epoch"), 3);
    assert_eq!(bench.count("SELECT max(last - first) < 60000 FROM epoch"), 1);
    let mut opener = bench.opener();
    let summaries = opener.begin(Wall(T0), &reading()).unwrap().summaries(ALWAYS).unwrap();
    assert_eq!(summaries.iter().map(|s| s.keys).collect::<Vec<_>>(), [60, 60, 30]);
    assert_eq!((summaries[2].frames, summaries[2].seconds, summaries[2].apps["editor"]), (1, 30, 31));
    assert!(bench.verify().is_clean());
}

#[test]
fn a_wall_clock_that_jumps_begins_a_new_epoch() {
    let mut bench = Bench::new();
    for wall in [0, 3_600_000, 1_000] {
        let mut item = typed(0, "x");
        if let Item::Key(key) = &mut item {
            key.at.wall = Wall(T0 + wall);
        }
        bench.append(item).unwrap();
    }
    bench.sync();
    assert_eq!(bench.count("SELECT count(*) FROM epoch"), 3);
    assert_eq!(read(&mut bench.opener(), range(3_600_000, 3_600_000)).len(), 1);
}

#[test]
fn a_range_gives_what_lies_in_it_and_no_more() {
    let mut bench = Bench::new();
    for (ms, text) in [(0, "a"), (10, "b"), (20, "c"), (70_000, "d")] {
        bench.append(typed(ms, text)).unwrap();
    }
    bench.sync();
    let text = |from, to| read(&mut bench.opener(), range(from, to)).iter().filter_map(text_of).collect::<String>();
    assert_eq!(text(10, 20), "bc");
    assert_eq!(text(11, 70_000), "cd");
    assert_eq!(text(21, 69_999), "");
    assert_eq!(bench.opener().count(range(0, 5)).unwrap(), 2, "the events and the summary of the first epoch");
}

#[test]
fn without_a_recipient_nothing_is_taken_until_one_is_adopted() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("vault");
    let (sender, notes) = channel();
    let mut vault = Vault::open(&dir, at(0), move |note| drop(sender.send(note))).unwrap();
    assert_eq!(vault.append_candidate(candidate(typed(0, "x"))), Err(AppendError::NoRecipient));
    let master = Master::generate();
    vault.adopt_recipient(master.public(), Ticket(1));
    assert_eq!(notes.recv().unwrap(), Note::Failed(Ticket(1), crate::Trouble::RecipientChanged));
    crate::set_first_recipient(&dir, &master.public()).unwrap();
    vault.adopt_recipient(master.public(), Ticket(2));
    assert_eq!(notes.recv().unwrap(), Note::Done(Ticket(2)));
    assert_eq!(vault.recipient(), Some(master.public()));
    assert_eq!(vault.append_candidate(candidate(typed(0, "x"))), Ok(()));
    vault.close();
    assert_eq!(read(&mut open_at(&dir, &master.secret()), ALWAYS).len(), 1);
}

#[test]
fn a_recipient_swapped_on_disk_stops_recording_and_seals_nothing_to_it() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let mine = Master::parse(&bench.secret).unwrap().public();
    let theirs = Master::generate();
    let db = schema::open(&bench.dir()).unwrap();
    schema::set_meta(&db, "recipient", &theirs.public()).unwrap();
    bench.append(typed(61_000, "b")).unwrap();
    bench.wait(&Note::Unavailable(crate::Trouble::RecipientChanged));
    assert_eq!(bench.append(typed(61_001, "c")), Err(AppendError::Unavailable));
    let mut opener = open_at(&bench.dir(), &theirs.secret());
    assert!(read(&mut opener, ALWAYS).iter().all(|opened| matches!(opened, Opened::Damaged(_))));
    schema::set_meta(&db, "recipient", &mine).unwrap();
    bench.wait(&Note::Recovered);
    bench.sync();
    assert_eq!(bench.text(), "ab");
}

#[test]
fn withheld_time_is_one_sealed_total_per_day() {
    let mut bench = Bench::new();
    for seconds in [10, 20] {
        bench.vault().note_withheld("2026-11-24", "chat", seconds);
        bench.sync();
    }
    bench.vault().note_withheld("2026-11-25", "hr", 7);
    bench.vault = None;
    assert_eq!(bench.count("SELECT count(*) FROM record WHERE kind = 'withheld'"), 2);
    let mut opener = bench.opener();
    let days = opener.begin(Wall(T0), &reading()).unwrap().withheld().unwrap();
    assert_eq!((days[0].day.as_str(), days[0].seconds["chat"]), ("2026-11-24", 30));
    assert_eq!((days[1].day.as_str(), days[1].seconds["hr"]), ("2026-11-25", 7));
    assert!(bench.verify().is_clean());
}

#[test]
fn consent_is_kept_logged_and_withdrawn() {
    let mut bench = Bench::new();
    assert_eq!(bench.vault().current_consent(), None);
    bench.vault().put_consent(r#"{"version":1}"#, Ticket(71));
    bench.wait(&Note::Done(Ticket(71)));
    bench.vault = None;
    let (sender, notes) = channel();
    let mut vault = Vault::open(&bench.dir(), at(0), move |note| drop(sender.send(note))).unwrap();
    assert_eq!(vault.current_consent(), Some(r#"{"version":1}"#));
    vault.withdraw_consent(Ticket(1));
    assert_eq!(notes.recv().unwrap(), Note::Done(Ticket(1)));
    vault.close();
    let vault = Vault::open(&bench.dir(), at(0), |_| {}).unwrap();
    assert_eq!(vault.current_consent(), None);
    let log = crate::read_log(&bench.dir()).unwrap();
    assert!(log.chain_holds);
    assert!(matches!(log.entries[0].entry, Entry::Consent { .. }));
    assert_eq!(log.entries[1].entry, Entry::ConsentWithdrawn);
}

#[test]
fn a_reading_is_in_the_log_before_anything_is_opened() {
    let bench = Bench::new();
    let mut opener = bench.opener();
    let session = opener.begin(Wall(T0), &reading()).unwrap();
    let head = session.head().clone();
    assert_eq!(crate::read_log(&bench.dir()).unwrap().entries[0].entry, reading());
    assert!(crate::log_holds(&bench.dir(), &head).unwrap());
}

#[test]
fn a_key_of_another_vault_is_refused() {
    let bench = Bench::new();
    assert!(matches!(Opener::open(&bench.dir(), Master::generate()), Err(crate::ReadError::WrongKey)));
}

#[test]
fn a_frame_that_is_not_what_it_says_is_dropped_and_nothing_else_is() {
    let mut bench = Bench::new();
    let but = |ms, (width, height), pixels: &[u8], change: fn(&mut FrameItem)| {
        let mut item = frame(ms, width, height, pixels);
        if let Item::Frame(frame) = &mut item {
            change(frame);
        }
        item
    };
    bench.append(but(0, (5, 5), &[1; 100], |frame| (frame.width, frame.height) = (64, 64))).unwrap();
    bench.append(frame(1, 0, 64, &[])).unwrap();
    bench.append(but(2, (64, 64), &noise(64, 64, 1), |frame| frame.pixels.spoil())).unwrap();
    bench.append(but(3, (1, 1), &[1; 4], |frame| (frame.width, frame.height) = (u32::MAX, u32::MAX))).unwrap();
    bench.append(typed(4, "still here")).unwrap();
    bench.sync();
    assert_eq!(bench.text(), "still here");
    assert!(bench.frames().is_empty());
}

#[test]
fn more_than_may_wait_is_refused() {
    let mut bench = Bench::with(Limits { queue_bytes: 1000, ..limits() });
    let item = typed(0, &"x".repeat(2000));
    assert_eq!(bench.append(item), Err(AppendError::Overloaded));
}

#[test]
fn of_many_events_the_newest_are_told() {
    let mut bench = Bench::new();
    for minute in 0..3 {
        for n in 0..2 {
            bench.append(typed(minute * 70_000 + n, &format!("{minute}{n} "))).unwrap();
        }
    }
    bench.sync();
    let mut opener = bench.opener();
    let (from, to) = (i64::MIN, i64::MAX);
    let all = Entry::Reading { program: "test".into(), purpose: "test".into(), from, to, items: 0 };
    let session = opener.begin(Wall(T0), &all).unwrap();
    let told = |limit| {
        let (events, more) = session.events(ALWAYS, limit).unwrap();
        let text = |opened: &Opened| match opened {
            Opened::Key(key) => match &key.kind {
                KeyKind::Text(text) => text.clone(),
                KeyKind::Count(_) | KeyKind::Shortcut(_) => String::new(),
            },
            Opened::Frame(_) | Opened::Pointer(_) | Opened::Focus(_) | Opened::Damaged(_) => String::new(),
        };
        (events.iter().map(text).collect::<String>(), more)
    };
    assert_eq!(told(3), ("11 20 21 ".into(), true));
    assert_eq!(told(2), ("20 21 ".into(), true));
    assert_eq!(told(6), ("00 01 10 11 20 21 ".into(), false));
}

#[test]
fn events_are_sealed_by_themselves_after_a_while() {
    let mut bench = Bench::with(Limits { flush: Duration::from_millis(1), ..limits() });
    bench.append(typed(0, "x")).unwrap();
    bench.wait(&Note::Stored { stream: Stream::Keys, last: at(0) });
    assert_eq!(bench.text(), "x");
}

#[test]
fn an_epoch_ends_by_itself_after_a_while() {
    let mut bench = Bench::with(Limits { epoch: Duration::from_millis(1), ..limits() });
    bench.append(typed(0, "x")).unwrap();
    bench.wait(&Note::Stored { stream: Stream::Keys, last: at(0) });
    bench.append(typed(1, "y")).unwrap();
    bench.wait(&Note::Stored { stream: Stream::Keys, last: at(1) });
    assert_eq!(bench.count("SELECT count(*) FROM record WHERE kind = 'summary'"), 2);
}

#[test]
fn a_sync_reaches_the_disk_even_when_nothing_is_new() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    // Only a commit that changes a page is followed by one that waits for the disk.
    let length = |bench: &Bench| std::fs::metadata(schema::wal(&bench.dir())).unwrap().len();
    let before = length(&bench);
    bench.sync();
    assert!(length(&bench) > before);
}
