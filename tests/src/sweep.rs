//! Finding and ending every process that was born on a desktop.
//!
//! Process groups are not enough: the session bus starts daemons of its own, and daemons leave
//! their group and their parent. What stays with them is the environment they were born with.

use std::collections::HashSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::wait_for;

/// The variable that marks the processes of one desktop.
pub(crate) const MARK: &str = "VIRTUAL_DESKTOP";

/// Cleans up after tests that were killed: most programs die with the tests, but not what those programs started.
/// It is a process of its own, which waits for the end of its input.
#[derive(Debug)]
pub(crate) struct Janitor(Child);

impl Janitor {
    pub(crate) fn start(folder: &Path) -> crate::Result<Janitor> {
        // Twice, for what is being started while the first round goes.
        let script = r#"cat > /dev/null
for round in 1 2; do
  for process in /proc/[0-9]*; do
    if grep -qsazxF "$1=$2" "$process/environ"; then kill -9 "${process#/proc/}"; fi
  done
done 2> /dev/null
rm -rf "$2""#;
        let child = Command::new("sh")
            .args(["-c", script, "janitor", MARK])
            .arg(folder)
            // Away from the signals of the terminal, and of whoever kills the tests as a group.
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Janitor(child))
    }

    /// Sends it away without its work.
    pub(crate) fn dismiss(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.0.kill();
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The living processes marked with `mark`, and the descendants and group members of those.
pub(crate) fn living(mark: &str, groups: &HashSet<i32>) -> Vec<i32> {
    let wanted = format!("{MARK}={mark}");
    let me = rustix::process::getpid().as_raw_nonzero().get();
    let all: Vec<Stat> = pids().filter_map(Stat::read).collect();
    let mut found: HashSet<i32> = all
        .iter()
        .filter(|p| {
            groups.contains(&p.group)
                || groups.contains(&p.session)
                // Not readable means not ours, or one that made itself undumpable: its parent or group gives it away.
                || fs::read(format!("/proc/{}/environ", p.pid))
                    .is_ok_and(|env| env.split(|b| *b == 0).any(|v| v == wanted.as_bytes()))
        })
        .map(|p| p.pid)
        .collect();
    loop {
        let before = found.len();
        for p in &all {
            if found.contains(&p.parent) {
                found.insert(p.pid);
            }
        }
        if found.len() == before {
            break;
        }
    }
    found.remove(&me);
    all.into_iter().filter(|p| found.contains(&p.pid) && !p.over).map(|p| p.pid).collect()
}

/// Kills the processes of a desktop until none is left.
pub(crate) fn kill_all(mark: &str, groups: &HashSet<i32>) -> crate::Result<()> {
    wait_for("the desktop's processes to end", Duration::from_secs(10), || {
        let left = living(mark, groups);
        for pid in &left {
            if let Some(pid) = Pid::from_raw(*pid) {
                // It may have ended by itself in between.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        left.is_empty().then_some(())
    })
}

fn pids() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

struct Stat {
    pid: i32,
    parent: i32,
    group: i32,
    session: i32,
    over: bool,
}

impl Stat {
    fn read(pid: i32) -> Option<Stat> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, blanks and parentheses included.
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        Some(Stat {
            pid,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
            over: matches!(state, "Z" | "X"),
        })
    }
}
