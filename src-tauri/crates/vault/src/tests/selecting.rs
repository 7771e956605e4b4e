//! Forgetting one app, or one picture: the rest stays as it was, and no copy opens what went.

use super::rotation::{PATIENCE, copy, opened_by_attacker};
use super::*;
use crate::{Pick, ReadError, Selected, rotate};
use policy::Stream;
use proptest::prelude::*;

/// Left the editor's tiles; right, if it is shown, the chat's.
const SIZE: (u32, u32) = (128, 64);

fn chat() -> Pick {
    Pick::App("chat".into())
}

fn of_app(ms: i64, app: &str, text: &str) -> Item {
    Item::Key(KeyItem { at: at(ms), app: app.into(), title: None, kind: KeyKind::Text(text.into()) })
}

/// The editor's window on the left and, if `chat` says with which content, the chat's on the right.
fn side_by_side(ms: i64, editor: u32, chat: Option<u32>) -> Item {
    let (left, right) = (noise(64, 64, editor), chat.map(|seed| noise(64, 64, 1000 + seed)));
    let pixels: Vec<u8> = (0..64)
        .flat_map(|y| {
            let row = y * 256..(y + 1) * 256;
            let right = right.as_ref().map_or(vec![7; 256], |right| right[row.clone()].to_vec());
            [left[row].to_vec(), right].concat()
        })
        .collect();
    let window = |app: &str, x| ShownWindow { app: app.into(), title: None, rect: (x, 0, 64, 64) };
    let mut shown = vec![window("editor", 0)];
    shown.extend(chat.map(|_| window("chat", 64)));
    let pixels = Bands::pack(&pixels, SIZE).unwrap();
    Item::Frame(FrameItem { at: at(ms), width: SIZE.0, height: SIZE.1, pixels, shown })
}

/// A piece of a tile of the chat's, as it stands in a record.
fn chats_pixels(seed: u32) -> Vec<u8> {
    rgb(&noise(64, 64, 1000 + seed))[..600].to_vec()
}

fn forget(bench: &Bench, range: (Wall, Wall), pick: &Pick) -> Result<Selected, ReadError> {
    bench.opener().begin(Wall(T0), &reading()).unwrap().forget(range, pick, Wall(T0 + 10_000_000))
}

fn rotate_it(bench: &mut Bench) -> Master {
    let new = Master::generate();
    rotate(&bench.dir(), &Master::parse(&bench.secret).unwrap(), &new, Wall(T0), PATIENCE).unwrap();
    bench.secret = new.secret().to_string();
    new
}

/// One epoch: what each record holds is said by its text.
fn two_apps() -> Bench {
    let mut bench = Bench::new();
    bench.append(of_app(0, "editor", "kept-1 ")).unwrap();
    bench.append(of_app(1, "chat", "PRIVATE-1 ")).unwrap();
    bench.append(side_by_side(2, 1, None)).unwrap();
    bench.sync();
    // New tiles of both, and the editor's stays in the picture after it.
    bench.append(side_by_side(1000, 2, Some(1))).unwrap();
    bench.append(side_by_side(2000, 2, None)).unwrap();
    bench.append(of_app(2001, "editor", "kept-2 ")).unwrap();
    bench.sync();
    bench.append(of_app(3000, "chat", "PRIVATE-2 ")).unwrap();
    bench.append(side_by_side(3001, 2, Some(2))).unwrap();
    bench.vault = None;
    bench
}

#[test]
fn an_app_is_forgotten_and_the_rest_stays_exactly() {
    let mut bench = two_apps();
    let all: Vec<(Now, Vec<u8>)> = bench.frames().iter().map(|frame| (frame.at, frame.rgb.to_vec())).collect();
    let before = copy(&bench, "before");
    let done = forget(&bench, ALWAYS, &chat()).unwrap();
    assert_eq!(done, Selected { epochs: 1, events: 2, pictures: 2, unreadable: 0, emptied: true });
    assert_eq!(bench.count("SELECT count(*) FROM meta WHERE name = 'rotation_due'"), 1);
    let between = copy(&bench, "between");
    for rotated in [false, true] {
        if rotated {
            let old = Master::parse(&bench.secret).unwrap();
            let new = rotate_it(&mut bench);
            let opened = opened_by_attacker(&[before.clone(), between.clone(), bench.dir()], &[&new]);
            assert!(opened.iter().any(|plain| contains(plain, b"kept-2")));
            for piece in [b"PRIVATE".to_vec(), b"chat".to_vec(), chats_pixels(1), chats_pixels(2)] {
                assert!(!opened.iter().any(|plain| contains(plain, &piece)));
                let with_old = opened_by_attacker(std::slice::from_ref(&before), &[&old]);
                assert!(with_old.iter().any(|plain| contains(plain, &piece)), "the test can tell");
                let deleted = opened_by_attacker(std::slice::from_ref(&between), &[&old]);
                assert!(!deleted.iter().any(|plain| contains(plain, &piece)), "deleted at once");
            }
        }
        assert_eq!(bench.text(), "kept-1 kept-2 ");
        let frames = bench.frames();
        let left: Vec<_> = frames.iter().map(|frame| (frame.at, frame.rgb.to_vec())).collect();
        assert_eq!(left, [all[0].clone(), all[2].clone()], "rotated: {rotated}");
        assert!(frames.iter().all(|frame| frame.holes == 0));
        let verified = bench.verify();
        assert!(verified.is_clean(), "{verified:?}");
        let summaries = bench.opener().begin(Wall(T0), &reading()).unwrap().summaries(ALWAYS).unwrap();
        assert_eq!(summaries.len(), 1);
        let summary = &summaries[0];
        assert_eq!((summary.frames, summary.keys, summary.seconds), (2, 2, 3), "{summary:?}");
        assert_eq!((summary.from, summary.to), (T0, T0 + 2001));
        assert_eq!(summary.apps, [("editor".to_owned(), 4)].into());
    }
    let log = crate::read_log(&bench.dir()).unwrap();
    assert!(log.chain_holds);
    let forgotten = Entry::Forgotten { from: i64::MIN, to: i64::MAX, how: "one app".into() };
    assert!(log.entries.iter().any(|logged| logged.entry == forgotten));
    assert!(!contains(&bench.files(), b"chat"));
}

#[test]
fn a_minute_is_another_after_each_app_that_is_forgotten() {
    let mut bench = Bench::new();
    for (ms, app) in [(0, "editor"), (1, "chat"), (2, "mail"), (3, "editor")] {
        bench.append(of_app(ms, app, "word ")).unwrap();
    }
    bench.sync();
    bench.vault = None;
    let marks = |bench: &Bench| bench.opener().epoch_marks(ALWAYS).unwrap();
    let mut before = marks(&bench);
    // Number, ends and count of what is left are the same each time.
    for app in ["chat", "mail"] {
        assert_eq!(forget(&bench, ALWAYS, &Pick::App(app.into())).unwrap().events, 1);
        let after = marks(&bench);
        assert!(after.len() == 1 && after != before, "{app}");
        assert!(marks(&bench) == after);
        before = after;
    }
}

#[test]
fn no_byte_of_a_forgotten_app_is_left_in_any_file() {
    let bench = two_apps();
    let sealed = |bench: &Bench| -> Vec<Vec<u8>> {
        let db = schema::open(&bench.dir()).unwrap();
        let mut statement = db.prepare("SELECT sealed FROM record WHERE sealed NOT NULL").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let before = sealed(&bench);
    // The last connection to be closed would empty the write-ahead log by itself.
    let _other = schema::open(&bench.dir()).unwrap();
    forget(&bench, ALWAYS, &chat()).unwrap();
    let after = sealed(&bench);
    let gone: Vec<Vec<u8>> = before.into_iter().filter(|record| !after.contains(record)).collect();
    assert!(gone.len() >= 5);
    forgetting::assert_no_trace(&bench, &gone);
}

#[test]
fn outside_of_the_range_an_app_stays() {
    let bench = two_apps();
    let done = forget(&bench, range(500, 2500), &chat()).unwrap();
    assert_eq!((done.events, done.pictures), (0, 1));
    assert_eq!(bench.text(), "kept-1 PRIVATE-1 kept-2 PRIVATE-2 ");
    assert_eq!(bench.frames().iter().map(|frame| frame.holes).collect::<Vec<_>>(), [0, 0, 0]);
    assert!(bench.verify().is_clean());
    assert_eq!(bench.vault_last(Stream::Screen), Some(T0 + 3001));
}

#[test]
fn one_picture_is_forgotten_and_the_events_stay() {
    let mut bench = two_apps();
    let before = copy(&bench, "before");
    let done = forget(&bench, range(3001, 3001), &Pick::Pictures).unwrap();
    assert_eq!((done.events, done.pictures), (0, 1));
    assert_eq!(bench.vault_last(Stream::Screen), None, "its last picture is the one that went");
    let new = rotate_it(&mut bench);
    let opened = opened_by_attacker(&[before, bench.dir()], &[&new]);
    assert!(opened.iter().any(|plain| contains(plain, &chats_pixels(1))));
    assert!(!opened.iter().any(|plain| contains(plain, &chats_pixels(2))));
    assert_eq!(bench.text(), "kept-1 PRIVATE-1 kept-2 PRIVATE-2 ");
    assert_eq!(bench.frames().len(), 3);
    assert!(bench.verify().is_clean());
    let log = crate::read_log(&bench.dir()).unwrap();
    let how = |how: &str| Entry::Forgotten { from: T0 + 3001, to: T0 + 3001, how: how.into() };
    assert!(log.entries.iter().any(|logged| logged.entry == how("one picture")));
}

#[test]
fn an_epoch_with_nothing_left_goes_as_a_whole() {
    let mut bench = Bench::new();
    bench.append(of_app(0, "chat", "PRIVATE")).unwrap();
    bench.append(side_by_side(1, 1, Some(1))).unwrap();
    bench.vault = None;
    forget(&bench, ALWAYS, &chat()).unwrap();
    assert_eq!(bench.count("SELECT count(*) FROM epoch") + bench.count("SELECT count(*) FROM record"), 0);
    assert_eq!(bench.count("SELECT count(*) FROM stream"), 0);
}

#[test]
fn what_is_not_there_changes_nothing_but_the_log() {
    let bench = two_apps();
    let done = forget(&bench, ALWAYS, &Pick::App("mail".into())).unwrap();
    assert_eq!(done, Selected { emptied: true, ..Selected::default() });
    assert_eq!(bench.count("SELECT count(*) FROM meta WHERE name = 'rotation_due'"), 0);
    assert_eq!(bench.count("SELECT count(*) FROM epoch WHERE cut"), 0);
    assert!(bench.verify().is_clean());
}

#[test]
fn an_epoch_that_is_being_written_is_refused_and_left_alone() {
    let mut bench = Bench::new();
    bench.append(of_app(0, "chat", "PRIVATE")).unwrap();
    bench.sync();
    let files = bench.files();
    for later in [range(0, 10), range(5_000, 50_000)] {
        // It may still get data of the second range, too.
        assert!(matches!(forget(&bench, later, &chat()), Err(ReadError::Unfinished)));
    }
    assert!(forget(&bench, range(-5_000, -1), &chat()).is_ok());
    assert_eq!(bench.text(), "PRIVATE");
    assert!(!files.is_empty() && bench.verify().is_clean());
    bench.vault = None;
    forget(&bench, range(0, 10), &chat()).unwrap();
    assert_eq!(bench.text(), "");
}

#[test]
fn what_cannot_be_read_goes_with_it_and_other_damage_is_not_healed() {
    let mut bench = Bench::new();
    for ms in [0, 1000, 2000, 3000] {
        bench.append(of_app(ms, "editor", "kept ")).unwrap();
        bench.append(of_app(ms + 1, "chat", "PRIVATE ")).unwrap();
        bench.sync();
    }
    bench.vault = None;
    let db = schema::open(&bench.dir()).unwrap();
    db.execute_batch(
        "UPDATE record SET sealed = zeroblob(500) WHERE seq IN (2, 4);
         UPDATE record SET digest = zeroblob(32) WHERE seq = 3",
    )
    .unwrap();
    let done = forget(&bench, range(0, 2500), &chat()).unwrap();
    assert_eq!((done.events, done.unreadable), (2, 1));
    let damaged = |bench: &Bench| {
        let mut seqs: Vec<i64> = bench.verify().damage.iter().filter_map(|damage| damage.seq).collect();
        seqs.dedup();
        seqs
    };
    assert_eq!(damaged(&bench), [3, 4]);
    rotate_it(&mut bench);
    assert_eq!(damaged(&bench), [3, 4]);
}

#[test]
fn a_forgetting_that_another_reader_delays_is_deleted_and_says_that_traces_are_left() {
    let bench = two_apps();
    let db = schema::open(&bench.dir()).unwrap();
    let view = db.unchecked_transaction().unwrap();
    let _: i64 = view.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    assert!(!forget(&bench, ALWAYS, &chat()).unwrap().emptied);
    view.finish().unwrap();
    assert_eq!(bench.text(), "kept-1 kept-2 ");
}

impl Bench {
    fn vault_last(&self, stream: Stream) -> Option<i64> {
        let db = schema::open(&self.dir()).unwrap();
        let name = crate::store::stream_name(stream);
        db.query_row("SELECT last FROM stream WHERE name = ?1", [name], |row| row.get(0)).ok()
    }
}

#[derive(Clone, Debug)]
enum Datum {
    Editor,
    Chat,
    /// What the editor and the chat show.
    Picture(u32, Option<u32>),
    Sync,
}

fn datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        2 => Just(Datum::Editor),
        2 => Just(Datum::Chat),
        3 => (0_u32..3, proptest::option::of(0_u32..3)).prop_map(|(editor, chat)| Datum::Picture(editor, chat)),
        1 => Just(Datum::Sync),
    ]
}

/// What a picture or a text is, to be compared.
#[derive(Debug, PartialEq)]
struct Seen(i64, bool, Vec<u8>);

fn seen(opened: &[Opened]) -> Vec<Seen> {
    let seen = |opened: &Opened| match opened {
        Opened::Frame(frame) => {
            assert_eq!(frame.holes, 0);
            Seen(frame.at.wall.0, frame.windows.iter().any(|window| window.app == "chat"), frame.rgb.to_vec())
        }
        Opened::Key(key) => Seen(key.at.wall.0, key.app == "chat", text_of(opened).unwrap().into_bytes()),
        Opened::Pointer(_) | Opened::Focus(_) => panic!("there is none"),
        Opened::Damaged(damage) => panic!("{damage:?}"),
    };
    opened.iter().map(seen).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn exactly_the_apps_data_of_the_range_go(
        data in prop::collection::vec((datum(), 0_i64..9_000), 1..40),
        from in 0_i64..100_000,
        long in 0_i64..100_000,
        twice in any::<bool>(),
    ) {
        let mut bench = Bench::new();
        let mut now = 0;
        for (datum, ms) in data {
            now += ms + 1;
            match datum {
                Datum::Editor => bench.append(of_app(now, "editor", "kept")).unwrap(),
                Datum::Chat => bench.append(of_app(now, "chat", "PRIVATE")).unwrap(),
                Datum::Picture(editor, chat) => bench.append(side_by_side(now, editor, chat)).unwrap(),
                Datum::Sync => drop(bench.sync()),
            }
        }
        bench.vault = None;
        let before = copy(&bench, "before");
        let span = range(from, from + long);
        let mut expected = seen(&bench.read());
        expected.retain(|Seen(wall, chat, _)| !(*chat && crate::queue::within(Wall(*wall), span)));
        forget(&bench, span, &chat()).unwrap();
        if twice {
            forget(&bench, span, &Pick::Pictures).unwrap();
            expected.retain(|Seen(wall, _, what)| what.len() < 100 || !crate::queue::within(Wall(*wall), span));
        }
        prop_assert_eq!(&seen(&bench.read()), &expected);
        prop_assert!(bench.verify().is_clean(), "{:?}", bench.verify());
        let new = rotate_it(&mut bench);
        prop_assert_eq!(&seen(&bench.read()), &expected);
        prop_assert!(bench.verify().is_clean(), "{:?}", bench.verify());
        let opened = opened_by_attacker(&[before, bench.dir()], &[&new]);
        let chats = |seen: &Seen, piece: &[u8]| seen.1 && contains(&seen.2, &piece[..piece.len().min(180)]);
        for seed in 0..3 {
            let piece = chats_pixels(seed);
            let stays = expected.iter().any(|seen| chats(seen, &piece));
            prop_assert!(stays || !opened.iter().any(|plain| contains(plain, &piece)), "seed {}", seed);
        }
        let stays = expected.iter().any(|seen| chats(seen, b"PRIVATE"));
        prop_assert!(stays || !opened.iter().any(|plain| contains(plain, b"PRIVATE")));
    }
}

#[test]
fn under_a_key_that_was_replaced_nothing_is_called_damaged_or_forgotten() {
    // Two epochs, of which the second gets a key of its own for what is left of it.
    let mut bench = Bench::new();
    bench.append(of_app(0, "chat", "PRIVATE-1 ")).unwrap();
    bench.append(of_app(90_000, "chat", "PRIVATE-2 ")).unwrap();
    bench.sync();
    bench.append(of_app(91_000, "chat", "PRIVATE-3 ")).unwrap();
    bench.sync();
    bench.forget(range(91_000, 92_000));
    bench.vault().note_withheld("2026-11-24", "chat", 12);
    bench.sync();
    bench.vault = None;
    let (mut opener, all) = (bench.opener(), range(0, 100_000));
    let mut session = opener.begin(Wall(T0), &reading()).unwrap();
    let mut read = 0;
    let visited = session.visit(all, true, |opened| {
        assert!(!matches!(opened, Opened::Damaged(_)), "{opened:?}");
        if read == 0 {
            rotate_it(&mut bench);
        }
        read += 1;
        Ok::<_, std::fmt::Error>(())
    });
    assert!(matches!(visited, Err(ReadError::Replaced)), "{visited:?}");
    assert_eq!(read, 1);
    assert!(matches!(session.verify(), Err(ReadError::Replaced)));
    assert!(matches!(session.withheld(), Err(ReadError::Replaced)));
    assert!(matches!(session.summaries(all), Err(ReadError::Replaced)));
    let records = bench.count("SELECT count(*) FROM record");
    assert!(matches!(session.forget(all, &chat(), Wall(T0 + 10_000_000)), Err(ReadError::Replaced)));
    assert_eq!(bench.count("SELECT count(*) FROM record"), records);
    let done = forget(&bench, all, &chat()).unwrap();
    assert_eq!((done.events, done.unreadable), (2, 0));
}
