//! The machine that was measured on.

use std::fs;

use serde::Serialize;

/// What it is.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// As the processor calls itself.
    pub processor: String,
    /// How many of it there are.
    pub processors: usize,
    /// Memory, GiB.
    pub memory: u64,
    /// The kernel.
    pub kernel: String,
    /// The distribution.
    pub system: String,
    /// How many processes wanted to run, on average over the minute before.
    pub load: String,
}

impl Machine {
    /// This one.
    pub fn here() -> Machine {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let cpus = read("/proc/cpuinfo");
        let memory = value(&read("/proc/meminfo"), "MemTotal", ':');
        let memory = memory.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default();
        Machine {
            processor: value(&cpus, "model name", ':'),
            processors: cpus.lines().filter(|line| line.starts_with("processor")).count(),
            memory: (memory + (1 << 19)) >> 20,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            system: value(&read("/etc/os-release"), "PRETTY_NAME", '=').trim_matches('"').to_owned(),
            load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Machine { processor, processors, memory, kernel, system, load } = self;
        write!(f, "{processors} × {processor}, {memory} GiB, {system}, Linux {kernel}, Xvfb; load before {load}")
    }
}

/// The first value of that name.
fn value(text: &str, name: &str, separator: char) -> String {
    let pairs = text.lines().filter_map(|line| line.split_once(separator));
    pairs.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_not_taken_for_a_longer_one() {
        let text = "model\t\t: 1\nmodel name\t: Fast One: 3 GHz\nmodel name\t: Other\n";
        assert_eq!(super::value(text, "model name", ':'), "Fast One: 3 GHz");
        assert_eq!(super::value(text, "model", ':'), "1");
        assert_eq!(super::value(text, "none", ':'), "");
    }
}
