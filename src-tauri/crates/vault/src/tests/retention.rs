use super::*;

fn minutes(bench: &mut Bench, count: i64) {
    for minute in 0..count {
        let base = minute * 70_000;
        bench.append(typed(base, &minute.to_string())).unwrap();
        bench.append(frame(base + 1, 300, 200, &noise(300, 200, u32::try_from(minute).unwrap()))).unwrap();
        bench.settle();
    }
}

fn how(bench: &Bench) -> Vec<(i64, i64)> {
    let of = |entry: &Entry| match entry {
        Entry::Forgotten { from, to, how } if how == "retention" => Some((*from, *to)),
        _ => None,
    };
    crate::read_log(&bench.dir()).unwrap().entries.iter().filter_map(|logged| of(&logged.entry)).collect()
}

#[test]
fn minutes_that_ended_before_the_time_go_and_the_rest_stays() {
    let mut bench = Bench::new();
    minutes(&mut bench, 5);
    assert_eq!(bench.vault().oldest(), Some(at(0).wall));
    bench.retain(at(140_000).wall, u64::MAX);
    assert_eq!(bench.text(), "234");
    assert_eq!(bench.vault().oldest(), Some(at(140_000).wall));
    assert_eq!(how(&bench), [(T0, T0 + 70_001)]);
    assert!(bench.vault().rotation_due());
    assert!(bench.verify().is_clean());
}

#[test]
fn where_nothing_is_old_nothing_goes_and_nothing_is_entered() {
    let mut bench = Bench::new();
    minutes(&mut bench, 2);
    bench.retain(at(0).wall, u64::MAX);
    assert_eq!(bench.text(), "01");
    assert_eq!(how(&bench), []);
    assert!(!bench.vault().rotation_due());
}

#[test]
fn the_oldest_go_until_the_rest_fits() {
    let mut bench = Bench::new();
    minutes(&mut bench, 10);
    // Empties the write-ahead log, which is no part of what is kept.
    bench.forget(range(-2, -1));
    let before = bench.vault().size_bytes();
    bench.retain(Wall(i64::MIN), before / 2);
    let left = bench.text();
    assert!("0123456789".ends_with(&left) && (2..=5).contains(&left.len()), "{left}");
    assert!(bench.vault().size_bytes() <= before / 2);
    assert!(bench.verify().is_clean());
}

#[test]
fn the_minute_being_written_stays_whatever_the_limit() {
    let mut bench = Bench::new();
    minutes(&mut bench, 1);
    bench.append(typed(70_000, "now")).unwrap();
    bench.sync();
    bench.retain(at(70_000).wall, 0);
    assert_eq!(bench.text(), "now");
    bench.append(typed(70_001, "!")).unwrap();
    bench.sync();
    assert_eq!(bench.text(), "now!");
}

#[test]
fn a_minute_that_is_all_from_before_goes_although_nothing_has_ended_it() {
    let mut bench = Bench::new();
    bench.append(typed(0, "old")).unwrap();
    bench.sync();
    bench.retain(at(1).wall, u64::MAX);
    assert_eq!(bench.text(), "");
}

#[test]
fn days_of_withheld_time_go_by_age_only() {
    let mut bench = Bench::new();
    minutes(&mut bench, 2);
    bench.vault().note_withheld("2026-11-24", "chat", 60);
    bench.sync();
    bench.retain(Wall(i64::MIN), 0);
    assert_eq!(bench.count("SELECT count(*) FROM epoch"), 1);
    bench.retain(Wall(i64::MAX), u64::MAX);
    assert_eq!(bench.count("SELECT count(*) FROM epoch"), 0);
}

#[test]
fn what_was_settled_can_be_taken_apart_and_what_comes_goes_into_another_minute() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.settle();
    bench.append(typed(1, "b")).unwrap();
    bench.sync();
    let db = schema::open(&bench.dir()).unwrap();
    let closed: Vec<bool> = db
        .prepare("SELECT closed FROM epoch ORDER BY id")
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(closed, [true, false]);
    assert_eq!(bench.text(), "ab");
}
