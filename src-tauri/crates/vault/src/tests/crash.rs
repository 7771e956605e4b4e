use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const CHILD: &str = "EYELID_VAULT_TEST_CHILD";

/// Not a test of its own: what the killed process runs. It prints what was acknowledged.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut stdout = std::io::stdout();
    let (sender, notes) = channel();
    let limits = Limits { flush: Duration::from_millis(3), epoch: Duration::from_millis(40), ..limits() };
    let mut vault = Vault::with_limits(Path::new(&dir), at(0), limits, move |n| drop(sender.send(n))).unwrap();
    let start = i64::from(std::process::id()) * 10_000_000;
    for i in 0..1_000_000 {
        let ms = start + i;
        let _ = vault.append_candidate(candidate(typed(ms, "x")));
        if i % 5 == 0 {
            let _ = vault.append_candidate(candidate(frame(ms, 128, 128, &noise(128, 128, (i / 20) as u32))));
        }
        while let Ok(note) = if i % 100 == 99 { notes.recv().map_err(drop) } else { notes.try_recv().map_err(drop) } {
            if let Note::Stored { stream, last } = note {
                writeln!(stdout, "stored {stream:?} {}", last.wall.0).unwrap();
            }
            if i % 100 == 99 {
                break;
            }
        }
    }
}

#[test]
fn kill_9_loses_nothing_acknowledged_and_the_vault_opens() {
    let bench = Bench::new();
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::crash::child_that_writes_until_it_is_killed", "--nocapture", "--test-threads=1"])
            .env(CHILD, bench.dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = std::collections::HashMap::new();
        let mut note = |line: String| {
            let mut words = line.split(' ').skip_while(|word| *word != "stored").skip(1);
            if let (Some(stream), Some(wall)) = (words.next(), words.next()) {
                acknowledged.insert(stream.to_owned(), wall.parse::<i64>().unwrap());
            }
        };
        for line in lines.by_ref().take(10 + round * 23) {
            note(line);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(note);

        let mut opener = bench.opener();
        let all = read(&mut opener, ALWAYS);
        let newest = |wanted: &str| {
            let time = |opened: &Opened| match opened {
                Opened::Key(key) if wanted == "Keys" => Some(key.at.wall.0),
                Opened::Frame(frame) if wanted == "Screen" => Some(frame.at.wall.0),
                Opened::Damaged(damage) => panic!("{damage:?}"),
                Opened::Key(_) | Opened::Frame(_) | Opened::Pointer(_) | Opened::Focus(_) => None,
            };
            // Later rounds may have smaller process ids, and so smaller times; look for the time itself.
            all.iter().filter_map(time).collect::<Vec<_>>()
        };
        assert!(!acknowledged.is_empty());
        for (stream, wall) in &acknowledged {
            assert!(newest(stream).contains(wall), "round {round}: {stream} {wall}");
        }
        let verified = bench.verify();
        assert!(verified.is_clean(), "round {round}: {verified:?}");
        drop(Vault::open(&bench.dir(), at(0), |_| {}).unwrap());
        assert_eq!(bench.count("SELECT count(*) FROM epoch WHERE kind = 'minute' AND NOT closed"), 0);
    }
}
