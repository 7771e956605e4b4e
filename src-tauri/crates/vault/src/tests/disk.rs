//! What happens to disks and to files, on real ones. Each trouble has its own words, nothing committed is lost, and what
//! can recover does so by itself.

use super::*;
use crate::{Cure, OpenError, Trouble};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

const ALONE: &str = "EYELID_VAULT_TEST_ALONE";

/// Runs a test in a mount namespace of its own, so that what it mounts ends with it. Only root may mount a file system.
fn alone(name: &str, test: impl FnOnce(&Path)) {
    if std::env::var_os(ALONE).is_some() {
        let home = tempfile::tempdir().unwrap();
        return test(home.path());
    }
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let output = Command::new("unshare")
        .arg("--mount")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("tests::disk::{name}"), "--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(contains(&said, b"1 passed"), "{}", String::from_utf8_lossy(&said));
}

fn run(program: &str, args: &[&str], path: &Path) {
    let status = Command::new(program).args(args).arg(path).status().unwrap();
    assert!(status.success(), "{program} {args:?}");
}

/// A bench on a file system mounted at `home`.
fn bench_on(home: &Path) -> Bench {
    Bench::within(tempfile::tempdir_in(home).unwrap(), limits())
}

#[test]
fn a_full_file_system_is_told_survived_and_recovered_from() {
    alone("a_full_file_system_is_told_survived_and_recovered_from", |home| {
        run("mount", &["-t", "tmpfs", "-o", "size=2m", "tmpfs"], home);
        let mut bench = bench_on(home);
        bench.append(typed(0, "a")).unwrap();
        bench.append(frame(1, 64, 64, &noise(64, 64, 0))).unwrap();
        bench.sync();
        let filler = home.join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
        drop(file);
        let frames: Vec<Item> = (1..40).map(|n| frame(n * 100, 64, 64, &noise(64, 64, n as u32))).collect();
        // Refused once the trouble is known; what was taken before that waits.
        let taken = frames.into_iter().map(|frame| usize::from(bench.append(frame).is_ok())).sum::<usize>();
        bench.wait(&Note::Unavailable(Trouble::DiskFull));
        assert_eq!(bench.append(typed(20, "refused")), Err(AppendError::Unavailable));
        assert_eq!(bench.count("SELECT count(*) FROM record WHERE kind = 'events'"), 1, "what was committed is there");
        std::fs::remove_file(filler).unwrap();
        bench.wait(&Note::Recovered);
        bench.append(typed(31_000, "b")).unwrap();
        bench.sync();
        assert_eq!(bench.text(), "ab");
        assert_eq!(bench.frames().len(), 1 + taken, "all that was taken, the disk's refusals too");
        assert!(bench.verify().is_clean());
    });
}

#[test]
fn a_file_system_that_turns_read_only_is_told_as_such_and_loses_nothing_committed() {
    alone("a_file_system_that_turns_read_only_is_told_as_such_and_loses_nothing_committed", |home| {
        let image = home.join("image");
        std::fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
        run("mkfs.ext4", &["-q", "-F"], &image);
        let mounted = home.join("mounted");
        std::fs::create_dir(&mounted).unwrap();
        let image = image.to_str().unwrap();
        run("mount", &["-o", "loop", image], &mounted);
        let mut bench = bench_on(&mounted);
        bench.append(typed(0, "a")).unwrap();
        bench.append(frame(1, 64, 64, &noise(64, 64, 1))).unwrap();
        bench.sync();
        // What the kernel does when it meets an error on the disk.
        run("mount", &["-o", "remount,abort"], &mounted);
        bench.append(typed(1000, "lost")).unwrap();
        bench.vault().sync(Ticket(70));
        bench.wait(&Note::Unavailable(Trouble::ReadOnly));
        assert_eq!(bench.append(typed(1001, "refused")), Err(AppendError::Unavailable));
        bench.vault = None;
        // It can be written again only once it is mounted anew.
        run("umount", &[], &mounted);
        run("mount", &["-o", "loop", image], &mounted);
        assert_eq!(bench.text(), "a");
        assert_eq!(bench.frames().len(), 1);
        let (sender, notes) = channel();
        let vault = Vault::with_limits(&bench.dir(), at(0), limits(), move |note| drop(sender.send(note)));
        (bench.vault, bench.notes) = (Some(vault.unwrap()), notes);
        bench.append(typed(2000, "b")).unwrap();
        bench.sync();
        assert_eq!(bench.text(), "ab");
        assert!(bench.verify().is_clean());
        bench.vault = None;
        drop(bench);
        run("umount", &[], &mounted);
    });
}

#[test]
fn a_vault_on_a_read_only_file_system_is_not_opened_and_told_with_a_cure() {
    alone("a_vault_on_a_read_only_file_system_is_not_opened_and_told_with_a_cure", |home| {
        let mut bench = bench_on(home);
        bench.append(typed(0, "a")).unwrap();
        bench.vault = None;
        run("mount", &["--bind", home.to_str().unwrap()], home);
        run("mount", &["-o", "remount,bind,ro"], home);
        let error = Vault::open(&bench.dir(), at(0), |_| {}).unwrap_err();
        assert!(matches!(&error, OpenError::Io(io) if io.kind() == std::io::ErrorKind::ReadOnlyFilesystem), "{error}");
        assert!(error.cure().contains("read-only"), "{}", error.cure());
        run("mount", &["-o", "remount,bind,rw"], home);
        drop(Vault::open(&bench.dir(), at(0), |_| {}).unwrap());
        assert_eq!(bench.text(), "a");
        run("umount", &[], home);
    });
}

/// `sqlite3`, with a transaction open until its input closes.
fn locked_by_another_program(bench: &Bench, begin: &str) -> std::process::Child {
    let mut other = Command::new("sqlite3")
        .arg(schema::file(&bench.dir()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let script = format!(".timeout 10000\n{begin};\n.print locked\n");
    other.stdin.as_mut().unwrap().write_all(script.as_bytes()).unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(other.stdout.as_mut().unwrap()), &mut said).unwrap();
    assert_eq!(said, "locked\n");
    other
}

#[test]
fn a_database_that_another_program_keeps_locked_is_told_and_taken_up_when_it_is_free() {
    for begin in ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
        let mut bench = Bench::new();
        bench.append(typed(0, "a")).unwrap();
        bench.sync();
        let mut other = locked_by_another_program(&bench, begin);
        bench.append(typed(1, "b")).unwrap();
        bench.append(frame(2, 64, 64, &noise(64, 64, 1))).unwrap();
        bench.vault().sync(Ticket(70));
        bench.vault().forget(range(-9, -5), "test", Ticket(71));
        bench.wait(&Note::Unavailable(Trouble::Busy));
        assert_eq!(bench.append(typed(3, "refused")), Err(AppendError::Unavailable));
        other.kill().unwrap();
        other.wait().unwrap();
        let before = bench.wait(&Note::Done(Ticket(71)));
        assert!(before.contains(&Note::Recovered) || bench.wait(&Note::Recovered).is_empty());
        bench.sync();
        assert_eq!(bench.text(), "ab", "{begin}");
        assert_eq!(bench.frames().len(), 1);
        assert!(bench.verify().is_clean());
    }
}

#[test]
fn a_database_replaced_under_us_is_told_left_alone_and_put_back_is_taken_up() {
    let (mut bench, mut theirs) = (Bench::new(), Bench::new());
    theirs.append(typed(0, "theirs")).unwrap();
    theirs.vault = None;
    bench.append(typed(0, "a")).unwrap();
    bench.sync();
    let (file, aside) = (schema::file(&bench.dir()), bench.home.path().join("aside"));
    let other = std::fs::read(schema::file(&theirs.dir())).unwrap();
    std::fs::rename(&file, &aside).unwrap();
    std::fs::write(&file, &other).unwrap();
    bench.append(typed(1, "b")).unwrap();
    bench.append(frame(2, 64, 64, &noise(64, 64, 1))).unwrap();
    bench.vault().sync(Ticket(70));
    bench.wait(&Note::Unavailable(Trouble::Replaced));
    assert!(std::fs::read(&file).unwrap() == other, "not a byte of the other was changed");
    std::fs::rename(&aside, &file).unwrap();
    bench.wait(&Note::Done(Ticket(70)));
    assert_eq!(bench.text(), "ab");
    assert_eq!(bench.frames().len(), 1);
    assert!(bench.verify().is_clean());
}

#[test]
fn an_older_copy_put_back_under_us_is_told_and_never_written_to() {
    let mut bench = Bench::new();
    bench.append(typed(0, "a")).unwrap();
    bench.vault = None;
    let older = rotation::copy(&bench, "older");
    let (sender, notes) = channel();
    let vault = Vault::with_limits(&bench.dir(), at(0), limits(), move |note| drop(sender.send(note)));
    (bench.vault, bench.notes) = (Some(vault.unwrap()), notes);
    bench.append(typed(1, "b")).unwrap();
    bench.sync();
    let head = crate::read_log(&bench.dir()).unwrap().head;
    let mut session = bench.opener();
    let last = Entry::Reading { program: "last".into(), purpose: "test".into(), from: 0, to: 0, items: 0 };
    let later = session.begin(Wall(T0), &last).unwrap().head().clone();
    drop(session);
    let file = schema::file(&bench.dir());
    std::fs::rename(&file, bench.home.path().join("aside")).unwrap();
    std::fs::copy(schema::file(&older), &file).unwrap();
    bench.append(typed(2, "c")).unwrap();
    bench.vault().sync(Ticket(70));
    bench.wait(&Note::Unavailable(Trouble::Replaced));
    bench.vault = None;
    for name in ["vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(bench.dir().join(name));
    }
    for _ in 0..2 {
        assert!(crate::log_holds(&bench.dir(), &head).unwrap(), "the head before the last reading does not tell");
        assert!(!crate::log_holds(&bench.dir(), &later).unwrap(), "the head of the last reading does");
        assert_eq!(bench.text(), "a");
        let _ = bench.verify();
    }
}

/// Every trouble and every failure to open says something of its own, and what to do.
#[test]
fn every_trouble_has_its_own_words_and_its_own_cure() {
    let troubles = [
        Trouble::DiskFull,
        Trouble::ReadOnly,
        Trouble::Replaced,
        Trouble::Busy,
        Trouble::Damaged,
        Trouble::RecipientChanged,
        Trouble::Other("other".into()),
    ];
    let said: std::collections::HashSet<(String, &str)> =
        troubles.iter().map(|trouble| (trouble.to_string(), trouble.cure())).collect();
    assert_eq!(said.len(), troubles.len());
    let cures: std::collections::HashSet<&str> = said.iter().map(|(_, cure)| *cure).collect();
    assert_eq!(cures.len(), troubles.len());
}
