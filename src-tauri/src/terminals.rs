//! What the terminals below a process do with what is typed into them. The agent's sandbox cannot see them, so the tray
//! app looks.

use protocol::private::{Terminals, ToAgent};
use rustix::fs::{Mode, OFlags};
use rustix::termios::LocalModes;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeSet;

/// More processes than this below one are not looked through: then nothing is known.
const MOST: usize = 2000;
/// Programs behind which another terminal lies that cannot be looked at from here.
const ELSEWHERE: [&str; 13] = [
    "ssh",
    "mosh-client",
    "telnet",
    "tmux",
    "tmux: client",
    "screen",
    "zellij",
    "dtach",
    "abduco",
    "docker",
    "podman",
    "machinectl",
    "picocom",
];

/// Looks at all terminals below a process, its own not counted: that is where it was started from.
pub async fn look(number: u64, pid: u32) -> ToAgent {
    let found = tokio::task::spawn_blocking(move || below(pid)).await.unwrap_or(None);
    let now = clock_gettime(ClockId::Boottime);
    let looked = now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000;
    ToAgent::Terminals { number, found: found.unwrap_or(Terminals::Unknown), looked }
}

/// `None` where something cannot be looked at.
fn below(pid: u32) -> Option<Terminals> {
    let own = process(pid)?.terminal;
    let mut terminals = BTreeSet::new();
    let mut elsewhere = false;
    let mut waiting = children(pid)?;
    let mut seen = 0;
    while let Some(pid) = waiting.pop() {
        seen += 1;
        if seen > MOST {
            return None;
        }
        // What has ended meanwhile has no terminal and no children.
        let Some(process) = process(pid) else { continue };
        if process.terminal != 0 && process.terminal != own {
            terminals.insert(process.terminal);
            elsewhere |= ELSEWHERE.contains(&process.name.as_str());
        }
        waiting.extend(children(pid).unwrap_or_default());
    }
    let mut found = if terminals.is_empty() { Terminals::Absent } else { Terminals::Plain };
    for terminal in terminals {
        let modes = modes(terminal)?;
        if reads_a_secret(modes) {
            return Some(Terminals::Secret);
        }
        elsewhere |= passes_all_on(modes);
        found = if elsewhere { Terminals::Unknown } else { Terminals::Plain };
    }
    Some(found)
}

struct Process {
    name: String,
    /// The device number of its terminal; 0 if it has none.
    terminal: u32,
}

fn process(pid: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, parentheses too.
    let (front, rest) = stat.rsplit_once(')')?;
    let name = front.split_once('(')?.1.to_owned();
    let terminal: i32 = rest.split_whitespace().nth(4)?.parse().ok()?;
    Some(Process { name, terminal: terminal.cast_unsigned() })
}

fn children(pid: u32) -> Option<Vec<u32>> {
    let mut children = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        if let Ok(list) = std::fs::read_to_string(task.ok()?.path().join("children")) {
            children.extend(list.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    Some(children)
}

fn modes(terminal: u32) -> Option<LocalModes> {
    let (major, minor) = ((terminal >> 8) & 0xfff, (terminal & 0xff) | ((terminal >> 12) & 0xfff00));
    let path = match major {
        136..=143 => format!("/dev/pts/{}", (major - 136) * 256 + minor),
        4 if minor < 64 => format!("/dev/tty{minor}"),
        _ => return None,
    };
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Some(rustix::termios::tcgetattr(rustix::fs::open(path, flags, Mode::empty()).ok()?).ok()?.local_modes)
}

/// Whether a line is read there that is not shown. Shells read key by key, unshown by the terminal but by themselves.
fn reads_a_secret(modes: LocalModes) -> bool {
    !modes.contains(LocalModes::ECHO) && modes.contains(LocalModes::ICANON)
}

/// Whether every key goes to the program there, Ctrl+C too: so do those that pass all on to another machine, whatever
/// their name is, and some editors. Shells leave that key to the terminal.
fn passes_all_on(modes: LocalModes) -> bool {
    !modes.intersects(LocalModes::ICANON | LocalModes::ISIG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_without_children_has_no_terminals_below_it() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let found = below(child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, Some(Terminals::Absent));
    }

    #[test]
    fn a_line_read_unshown_is_a_secret_and_where_every_key_is_passed_on_nothing_is_known() {
        let shell = LocalModes::ISIG;
        let line = LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHO;
        let password = LocalModes::ICANON | LocalModes::ISIG;
        let raw = LocalModes::empty();
        assert_eq!([shell, line, password, raw].map(reads_a_secret), [false, false, true, false]);
        assert_eq!([shell, line, password, raw].map(passes_all_on), [false, false, false, true]);
    }

    #[test]
    fn of_a_process_that_is_gone_nothing_is_known() {
        assert_eq!(below(u32::MAX / 2), None);
    }
}
