//! What a process costs: CPU, wake-ups, memory.

use std::time::{Duration, Instant};

use crate::Result;

/// What a process has used up to an instant.
#[derive(Clone, Copy)]
pub struct Used {
    at: Instant,
    /// CPU time of all its threads, seconds.
    cpu: f64,
    /// How often its threads went to sleep.
    sleeps: f64,
    /// Its memory, shared pages shared out, MiB.
    pub pss: f64,
}

/// What a process used between two instants.
pub struct Cost {
    /// Share of one core, percent.
    pub cpu: f64,
    /// Wake-ups a second.
    pub wakes: f64,
    /// Its memory at the end, shared pages shared out, MiB.
    pub pss: f64,
}

impl Used {
    /// Reads what the process has used so far, from `/proc`; an error when it is gone.
    pub fn by(pid: i32) -> Result<Used> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let after = stat.rsplit(')').next().unwrap_or_default();
        let field = |n: usize| after.split_whitespace().nth(n).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
        // Fields 14 and 15 of proc(5), in hundredths of a second.
        let cpu = (field(11) + field(12)) / 100.0;
        let mut sleeps = 0.0;
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let status = std::fs::read_to_string(task?.path().join("status"))?;
            let line = status.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:"));
            sleeps += line.and_then(|l| l.trim().parse::<f64>().ok()).unwrap_or_default();
        }
        let memory = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let line = memory.lines().find_map(|l| l.strip_prefix("Pss:"));
        let pss = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() / 1024.0;
        Ok(Used { at: Instant::now(), cpu, sleeps, pss })
    }

    /// What was used since.
    pub fn until(&self, later: &Used) -> Cost {
        let seconds = later.at.duration_since(self.at).max(Duration::from_millis(1)).as_secs_f64();
        Cost {
            cpu: 100.0 * (later.cpu - self.cpu) / seconds,
            wakes: (later.sleeps - self.sleeps) / seconds,
            pss: later.pss,
        }
    }
}
