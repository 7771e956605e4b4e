//! kill -9 of the writer while a day is replayed into it: what was acknowledged is there, and nothing is broken.

use super::*;
use policy::Stream;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const CHILD: &str = "EYELID_VAULT_TEST_CHILD";
const ROUND: &str = "EYELID_VAULT_TEST_ROUND";

/// A new vault every so many kills, so that reading all of it stays quick.
const ROUNDS_PER_VAULT: u64 = 8;

/// Every so many steps all of it is brought onto the disk.
const SYNC: u64 = 16;

/// A small generator of numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Time of a step, counted from the start. A round's times lie after those of the round before.
fn time_of(round: u64, step: u64) -> i64 {
    (round * 100_000_000 + step * 40) as i64
}

/// What is replayed: in each round the same for child and checker.
fn replayed(round: u64, step: u64) -> Item {
    let ms = time_of(round, step);
    match Dice(round << 32 | step).below(8) {
        0..4 => typed(ms, &format!("{round}/{step}")),
        4 | 5 => click(ms),
        6 => focus(ms),
        // Most tiles were seen before.
        _ => frame(ms, 128, 64, &noise(128, 64, (step / 40) as u32)),
    }
}

/// Every so often the last seconds are forgotten.
fn forgets(round: u64, step: u64) -> Option<(Wall, Wall)> {
    let dice = &mut Dice(!(round << 32 | step));
    (step > 20 && dice.below(50) == 0).then(|| range(time_of(round, step - dice.below(20)), time_of(round, step)))
}

/// Not a test of its own: what the killed process runs. It prints what was acknowledged.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let mut stdout = std::io::stdout();
    let (sender, notes) = channel();
    let limits = Limits { flush: Duration::from_millis(3), epoch: Duration::from_millis(40), ..limits() };
    let mut vault = Vault::with_limits(Path::new(&dir), at(0), limits, move |n| drop(sender.send(n))).unwrap();
    for step in 0..1_000_000 {
        let item = replayed(round, step);
        vault.append_candidate(candidate(item)).unwrap();
        let forgotten = forgets(round, step);
        if let Some((from, to)) = forgotten {
            writeln!(stdout, "\nforget {} {}", from.0, to.0).unwrap();
            vault.forget((from, to), "test", Ticket(step));
        } else if step % SYNC == SYNC - 1 {
            vault.sync(Ticket(step));
        } else {
            continue;
        }
        loop {
            match notes.recv().unwrap() {
                Note::Stored { stream, last } => writeln!(stdout, "\nstored {stream:?} {}", last.wall.0).unwrap(),
                Note::Done(Ticket(done)) if done == step => break,
                other => panic!("{other:?}"),
            }
        }
        match forgotten {
            Some((from, to)) => writeln!(stdout, "\nforgotten {} {}", from.0, to.0).unwrap(),
            None => writeln!(stdout, "\nsynced {}", time_of(round, step)).unwrap(),
        }
    }
}

/// What a process said before it was killed.
#[derive(Default)]
struct Said {
    /// Of each stream, up to when it was stored.
    stored: HashMap<String, i64>,
    /// Up to when everything was stored.
    synced: i64,
    asked: Vec<(Wall, Wall)>,
    forgotten: Vec<(Wall, Wall)>,
}

impl Said {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<i64>().ok();
        match words.as_slice() {
            ["stored", stream, wall] => {
                let last = self.stored.entry((*stream).to_owned()).or_default();
                *last = number(wall).unwrap().max(*last);
            }
            ["synced", wall] => self.synced = T0 + number(wall).unwrap(),
            // Without a key a record goes as a whole; none is longer than what lies between two syncs.
            ["forget", from, to] => {
                self.asked.push((Wall(number(from).unwrap() - 40 * SYNC as i64), Wall(number(to).unwrap())));
            }
            ["forgotten", from, to] => self.forgotten.push((Wall(number(from).unwrap()), Wall(number(to).unwrap()))),
            _ => {}
        }
    }

    fn is_nothing(&self) -> bool {
        self.stored.is_empty()
    }
}

/// Lets the child write until a random moment.
fn write_and_kill(bench: &Bench, round: u64, dice: &mut Dice) -> Said {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::crash::child_that_writes_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(CHILD, bench.dir())
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut said = Said::default();
        let mut out = BufReader::new(out);
        let mut line = String::new();
        // A line that the kill has cut off says nothing.
        while out.read_line(&mut line).is_ok() && line.ends_with('\n') {
            said.line(line.trim_end());
            line.clear();
        }
        said
    });
    std::thread::sleep(Duration::from_micros(dice.below(120_000)));
    assert_eq!(child.try_wait().unwrap(), None, "it should write until it is killed");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// What identifies a datum, and its content.
fn known(opened: &Opened) -> ((Stream, i64), Vec<u8>) {
    match opened {
        Opened::Frame(frame) => {
            ((Stream::Screen, frame.at.wall.0), [&[u8::from(frame.holes > 0)], &frame.rgb[..]].concat())
        }
        Opened::Key(key) => ((Stream::Keys, key.at.wall.0), text_of(opened).unwrap().into_bytes()),
        Opened::Pointer(pointer) => ((Stream::Pointer, pointer.at.wall.0), Vec::new()),
        Opened::Focus(focus) => ((Stream::Focus, focus.at.wall.0), Vec::new()),
        Opened::Damaged(damage) => panic!("{damage:?}"),
    }
}

fn content(item: &Item) -> Vec<u8> {
    match item {
        Item::Frame(frame) => {
            let raw = crate::seal::unpack(&frame.pixels.joined().unwrap(), 1 << 20).unwrap();
            [&[0], &rgb(&raw)[..]].concat()
        }
        Item::Key(KeyItem { kind: KeyKind::Text(text), .. }) => text.clone().into_bytes(),
        Item::Key(_) | Item::Pointer(_) | Item::Focus(_) => Vec::new(),
    }
}

/// How many data were acknowledged, and found.
fn check(bench: &Bench, round: u64, said: &Said) -> u64 {
    let all = bench.read();
    let found: HashMap<_, _> = all.iter().map(known).collect();
    assert_eq!(found.len(), all.len(), "nothing is there twice");
    let inside = |wall: i64, ranges: &[(Wall, Wall)]| ranges.iter().any(|r| crate::queue::within(Wall(wall), *r));
    let (mut acknowledged, mut step) = (0, 0);
    let newest = said.stored.values().copied().max().unwrap_or_default().max(said.synced);
    while T0 + time_of(round, step) <= newest {
        let item = replayed(round, step);
        step += 1;
        let (stream, wall) = (item.stream(), item.at().wall.0);
        let stored = said.stored.get(&format!("{stream:?}")).copied().unwrap_or_default().max(said.synced);
        if wall > stored || inside(wall, &said.asked) {
            continue;
        }
        let expected = content(&item);
        let got = found.get(&(stream, wall)).unwrap_or_else(|| panic!("round {round}: {stream:?} {wall} is lost"));
        // A picture may have holes where one that was forgotten showed its tiles first.
        assert!(*got == expected || got.first() == Some(&1), "round {round}: {stream:?} {wall} is another");
        acknowledged += 1;
    }
    for opened in &all {
        let ((_, wall), _) = known(opened);
        assert!(!inside(wall, &said.forgotten), "round {round}: what was forgotten at {wall} is back");
    }
    let verified = bench.verify();
    assert!(verified.is_clean(), "round {round}: {verified:?}");
    acknowledged
}

fn kill_at_random_moments(rounds: u64, seed: u64) {
    let mut dice = Dice(seed);
    let mut bench = Bench::new();
    let (mut acknowledged, mut early, mut forgotten) = (0, 0, HashSet::new());
    for round in 0..rounds {
        if round % ROUNDS_PER_VAULT == 0 {
            bench = Bench::new();
            bench.vault = None;
        }
        let said = write_and_kill(&bench, round, &mut dice);
        early += u64::from(said.is_nothing());
        forgotten.extend(said.forgotten.iter().map(|(from, _)| from.0));
        acknowledged += check(&bench, round, &said);
        drop(Vault::open(&bench.dir(), at(0), |_| {}).unwrap());
        assert_eq!(
            bench.count("SELECT count(*) FROM epoch WHERE NOT closed"),
            0,
            "a start closes what a kill left open"
        );
    }
    println!(
        "{rounds} kills (seed {seed}), {early} of them before anything was stored: {acknowledged} acknowledged data \
         all there, {} forgettings stayed so, clean each time",
        forgotten.len()
    );
    assert!(acknowledged > 10 * rounds && !forgotten.is_empty() && early < rounds / 2);
}

/// At 40 moments, or at as many as `EYELID_KILLS` says: a thousand take minutes.
#[test]
fn kill_9_loses_nothing_acknowledged_brings_nothing_back_and_the_vault_is_clean() {
    let kills = std::env::var("EYELID_KILLS").map_or(40, |kills| kills.parse().expect("EYELID_KILLS is a number"));
    kill_at_random_moments(kills, 4);
}
