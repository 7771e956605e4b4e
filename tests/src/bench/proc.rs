//! What processes use, read from `/proc`.

use std::collections::HashMap;
use std::fs;

/// The kernel counts CPU time in these parts of a second.
const TICK: f64 = 0.01;
/// A kibibyte, in MB.
const KIB: f64 = 1024.0 / 1e6;

/// What a group of processes has used up to an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// CPU time, children that ended included, seconds.
    pub cpu: f64,
    /// How often a thread was put on a CPU.
    pub wakes: f64,
    /// The same, of the threads called [`POLLING`].
    pub polling: f64,
    /// CPU time of those, seconds.
    pub polling_cpu: f64,
    /// Bytes that went on their way to a disk; `None` where one of them may not be asked.
    pub written: Option<f64>,
    /// The most memory that each had at any time, added up over those that were there together, MB.
    pub rss: f64,
    /// The most memory that they were seen to have together, shared pages shared out, MB; `None` where one of them may not
    /// be asked. What is had for a moment is seldom seen.
    pub pss: Option<f64>,
}

/// The name of the tray app's thread in which `global-hotkey` looks for keys twenty times a second.
pub const POLLING: &str = "hotkeys";

#[derive(Clone, Debug, Default)]
struct Thread {
    polls: bool,
    switches: f64,
    cpu: f64,
}

#[derive(Clone, Debug, Default)]
struct Process {
    cpu: f64,
    written: Option<f64>,
    rss: f64,
    threads: HashMap<i32, Thread>,
}

/// Adds up what some processes use. It has to look often: what ends between two looks is counted as at the last one,
/// but for the CPU time, which the parent inherits.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    processes: HashMap<i32, Process>,
    /// Of those that are gone; and the most memory.
    gone: Used,
    pss: Option<Option<f64>>,
}

impl Meter {
    /// Looks at the processes that there are now. Memory is asked for only if wanted, which takes a while.
    pub fn look(&mut self, pids: &[i32], memory: bool) {
        let ended: Vec<i32> = self.processes.keys().copied().filter(|pid| !pids.contains(pid)).collect();
        for process in ended.iter().filter_map(|pid| self.processes.remove(pid)) {
            process.add_threads(&mut self.gone);
            self.gone.written = add(self.gone.written.or(Some(0.0)), process.written);
        }
        let (mut together, mut peaks) = (Some(0.0), 0.0);
        for pid in pids {
            let Some(stat) = read(*pid, "stat").as_deref().and_then(stat) else { continue };
            let process = self.processes.entry(*pid).or_default();
            process.look(*pid, &stat);
            peaks += process.rss;
            if memory {
                together = add(together, read(*pid, "smaps_rollup").and_then(|text| megabytes(&text, "Pss:")));
            }
        }
        self.gone.rss = self.gone.rss.max(peaks);
        if memory && !pids.is_empty() {
            self.pss = Some(match self.pss {
                None => together,
                Some(before) => before.zip(together).map(|(a, b)| a.max(b)),
            });
        }
    }

    /// What was used up to the last look.
    pub fn used(&self) -> Used {
        let mut used = Used { written: self.gone.written.or(Some(0.0)), pss: self.pss.flatten(), ..self.gone };
        for process in self.processes.values() {
            process.add_threads(&mut used);
            used.cpu += process.cpu;
            used.written = add(used.written, process.written);
        }
        used
    }
}

impl Process {
    fn look(&mut self, pid: i32, stat: &Stat) {
        let mut exact = 0.0;
        for tid in numbers(&format!("/proc/{pid}/task")) {
            let of = |file: &str| fs::read_to_string(format!("/proc/{pid}/task/{tid}/{file}")).ok();
            let nanoseconds = of("schedstat").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
            let cpu = nanoseconds.unwrap_or(0.0) / 1e9;
            exact += cpu;
            let Some(switches) = of("status").and_then(|text| switches(&text)) else { continue };
            let polls = of("comm").is_some_and(|name| name.trim() == POLLING);
            self.threads.insert(tid, Thread { polls, switches, cpu });
        }
        // The ticks know of threads that ended, and are cut; the nanoseconds do not, and are not.
        self.cpu = (stat.own * TICK).max(exact) + stat.children * TICK;
        self.written = read(pid, "io").and_then(|text| number(&text, "write_bytes:")).or(self.written);
        // What has ended and was not asked for yet has no memory any more.
        let peak = read(pid, "status").and_then(|text| megabytes(&text, "VmHWM:"));
        self.rss = self.rss.max(peak.unwrap_or(0.0));
    }

    /// How often its threads were put on a CPU, and what those that poll used.
    fn add_threads(&self, used: &mut Used) {
        for thread in self.threads.values() {
            used.wakes += thread.switches;
            if thread.polls {
                used.polling += thread.switches;
                used.polling_cpu += thread.cpu;
            }
        }
    }
}

/// A process and all that descend from it, but for the descendants of another.
pub fn tree(root: i32, without: Option<i32>) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in numbers("/proc") {
        if let Some(stat) = read(pid, "stat").as_deref().and_then(stat) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let (mut found, mut next) = (Vec::new(), vec![root]);
    while let Some(pid) = next.pop() {
        if Some(pid) != without {
            found.push(pid);
            next.extend(children.get(&pid).into_iter().flatten());
        }
    }
    found
}

/// From now on the most memory that they have is counted anew. Where that may not be asked for, it is that since their
/// start.
pub fn forget_peaks(pids: &[i32]) {
    for pid in pids {
        let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    }
}

/// What `/proc/PID/stat` says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stat {
    parent: i32,
    /// Ticks of its own threads.
    own: f64,
    /// Ticks of its children that ended.
    children: f64,
}

fn stat(text: &str) -> Option<Stat> {
    // The name before may contain anything, brackets and spaces too.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // Numbered from 3 on in proc(5).
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, own: ticks(14)? + ticks(15)?, children: ticks(16)? + ticks(17)? })
}

/// Switches of a thread, the voluntary ones and the others.
fn switches(status: &str) -> Option<f64> {
    Some(number(status, "voluntary_ctxt_switches:")? + number(status, "nonvoluntary_ctxt_switches:")?)
}

/// The number of the line that begins so.
fn number(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

fn megabytes(text: &str, name: &str) -> Option<f64> {
    Some(number(text, name)? * KIB)
}

fn add(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).map(|(a, b)| a + b)
}

fn read(pid: i32, file: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/{file}")).ok()
}

fn numbers(folder: &str) -> Vec<i32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_name_with_brackets_and_spaces_moves_no_field() {
        let line = "71 (a) b ) R 1 71 71 0 -1 4194304 1 2 3 4 150 25 30 7 20 0 1 0 99 1000 200 18446744073709551615";
        assert_eq!(stat(line), Some(Stat { parent: 1, own: 175.0, children: 37.0 }));
    }

    #[test]
    fn a_line_that_is_cut_off_is_no_figure() {
        assert_eq!(stat("71 (name) R 1 71 71 0"), None);
        assert_eq!(stat(""), None);
    }

    #[test]
    fn both_kinds_of_switches_count_and_the_longer_name_is_not_taken_for_the_shorter() {
        let status = "Threads:\t1\nnonvoluntary_ctxt_switches:\t7\nvoluntary_ctxt_switches:\t150\n";
        assert_eq!(switches(status), Some(157.0));
        assert_eq!(switches("voluntary_ctxt_switches:\t150\n"), None);
    }

    #[test]
    fn memory_is_told_in_megabytes_and_a_part_of_it_is_not_taken_for_it() {
        let text = "Rss:  4096 kB\nPss_Dirty:  10 kB\nPss:  1000 kB\nPss_Anon: 99 kB\n";
        assert_eq!(megabytes(text, "Pss:"), Some(1.024));
    }

    #[test]
    fn bytes_written_are_not_bytes_of_write_calls() {
        let text = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";
        assert_eq!(number(text, "write_bytes:"), Some(6.0));
    }

    #[test]
    fn a_tree_has_children_and_leaves_out_what_it_is_told_to() {
        let mut shell = Command::new("sh");
        let mut shell =
            shell.args(["-c", "sleep 60 & echo $!; wait"]).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(shell.stdout.take().unwrap()), &mut line).unwrap();
        let (parent, child) = (i32::try_from(shell.id()).unwrap(), line.trim().parse::<i32>().unwrap());
        let mut found = tree(parent, None);
        found.sort_unstable();
        let mut both = vec![parent, child];
        both.sort_unstable();
        assert_eq!(found, both);
        assert_eq!(tree(parent, Some(child)), [parent]);
        let group = rustix::process::Pid::from_child(&shell);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        shell.wait().unwrap();
    }

    #[test]
    fn work_counts_and_what_has_ended_stays_counted() {
        let me = i32::try_from(std::process::id()).unwrap();
        let mut meter = Meter::default();
        meter.look(&[me], true);
        let before = meter.used();
        let begun = std::time::Instant::now();
        let mut sum = 0_u64;
        while begun.elapsed().as_millis() < 60 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        meter.look(&[me], true);
        let after = meter.used();
        assert!(after.cpu - before.cpu > 0.005, "{before:?} {after:?}");
        assert!(after.rss > 1.0 && after.pss.unwrap() > 0.1 && after.written.is_some(), "{after:?}");
        meter.look(&[], false);
        assert_eq!(meter.used().wakes, after.wakes);
        assert_eq!(meter.used().written, after.written);
    }

    use std::os::unix::process::CommandExt as _;
}
