//! What came out, as a table.

use std::fmt;

use super::Plan;
use super::judge::{Delays, Shown, Tally};

/// A row of the table: its name, and where its number is.
type Row = (&'static str, fn(&Tally) -> u64);

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was run.
    pub plan: Plan,
    /// Switches made.
    pub switches: u32,
    /// Operations, switches among them.
    pub operations: u32,
    /// Presses of the pause key that began a pause.
    pub pauses: usize,
    /// How long it took.
    pub run_ms: i64,
    /// How much of that no hold touches, margins included, by the recorder's own word.
    pub permitted_ms: i64,
    /// Calm time with an allowed window in front, by the log of operations.
    pub expected_ms: i64,
    /// How much of that was held all the same.
    pub expected_held_ms: i64,
    /// By which holds, the longest first.
    pub expected_held_by: Vec<(String, i64)>,
    /// Keys that allowed windows got at instants no hold touches.
    pub free_keys: u64,
    /// Pages that turned private.
    pub private_pages: usize,
    /// Titles that came so late after their page that no rule on titles could have helped: by how many milliseconds.
    pub late_titles: Vec<i64>,
    /// The allowed area shown over the instants that no hold touches.
    pub shown: Shown,
    /// The same, after two seconds of calm.
    pub shown_calm: Shown,
    /// From focus to hold.
    pub delays: Delays,
    /// Lockers that covered all.
    pub locks: u32,
    /// Programs that were stopped.
    pub stops: usize,
    /// Menus, tooltips and toasts.
    pub popups: u32,
    /// Windows over a private one before they painted.
    pub ghosts: u32,
    /// By how much the wall clock was set meanwhile, each time, milliseconds.
    pub clock_set: Vec<i64>,
    /// Where else in the vault a private window is named.
    pub named: Vec<String>,
    /// How many data each hold withheld.
    pub withheld: Vec<(String, u64)>,
    /// Ours.
    pub ours: Tally,
    /// Grabs the screen, then asks.
    pub grabbing: Tally,
    /// A watcher's flag, a grabbing loop.
    pub flagging: Tally,
}

impl Report {
    /// Why the run has failed, if it has.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        if self.ours.leaks() || !self.named.is_empty() {
            failures.push("something was stored that should not have been".to_owned());
        }
        let counts = [
            ("a pause", self.pauses),
            ("a lock", self.locks as usize),
            ("a stopped program", self.stops),
            ("a popup", self.popups as usize),
            ("a window over a private one", self.ghosts as usize),
            ("a page turned private", self.private_pages),
            ("a stored click", usize::try_from(self.ours.clicks).unwrap_or(usize::MAX)),
            ("an instant of calm", self.shown_calm.instants),
            ("a key that nothing holds", usize::try_from(self.free_keys).unwrap_or(usize::MAX)),
            ("a private window's focus that was held in time", self.delays.ms.len()),
            ("calm time", usize::try_from(self.expected_ms).unwrap_or_default()),
        ];
        for (what, _) in counts.iter().filter(|(_, count)| *count == 0) {
            failures.push(format!("there was not once {what}, so nothing is proved of it"));
        }
        if i64::try_from(self.ours.frames).unwrap_or(i64::MAX) * 2000 < self.permitted_ms {
            failures.push("fewer pictures than one in two seconds of permitted time".to_owned());
        }
        if self.expected_held_ms * 3 > self.expected_ms {
            failures.push("held for more than a third of the calm time with an allowed window in front".to_owned());
        }
        if self.ours.keys * 2 < self.free_keys {
            failures.push("fewer than half of the keys that nothing holds".to_owned());
        }
        if self.shown_calm.share().is_some_and(|share| share < 0.9) {
            failures.push("less than 90 % of the allowed area shown after two seconds of calm".to_owned());
        }
        if self.late_titles.len() * 50 > self.private_pages {
            failures.push("more than one title in fifty came too late: this machine is too slow to tell".to_owned());
        }
        for (name, naive) in [("grab, then ask", &self.grabbing), ("flag and loop", &self.flagging)] {
            if naive.leaked_frames == 0 || naive.leaked_keys + naive.misattributed == 0 {
                failures.push(format!("the naive recorder \"{name}\" did not leak: the scene proves nothing"));
            }
        }
        failures
    }
}

fn percent(shown: &Shown) -> String {
    let Some(share) = shown.share() else { return "-".to_owned() };
    let missing = shown.missing();
    let most = missing.iter().take(3).map(|(title, instants, cells)| format!("{title:?} {cells} in {instants}"));
    let most = most.collect::<Vec<_>>().join(", ");
    format!("{:.1} % ({} instants; most missed: {most})", share * 100.0, shown.instants)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { seed, switches: _, wm } = self.plan;
        writeln!(
            f,
            "{wm}, seed {seed}: {} switches, {} operations, {} pauses in {} s",
            self.switches,
            self.operations,
            self.pauses,
            self.run_ms / 1000
        )?;
        writeln!(f, "{:<34}{:>12}{:>18}{:>18}", "", "Eyelid", "grab, then ask", "flag and loop")?;
        let rows: [Row; 8] = [
            ("stored frames", |t| t.frames),
            ("stored keys", |t| t.keys),
            ("leaked frames", |t| t.leaked_frames),
            ("leaked pixels", |t| t.leaked_pixels),
            ("leaked keys", |t| t.leaked_keys),
            ("misattributed keys", |t| t.misattributed),
            ("leaked names", |t| t.leaked_names),
            ("stored within a pause", |t| t.in_pause),
        ];
        for (name, of) in rows {
            writeln!(f, "{name:<34}{:>12}{:>18}{:>18}", of(&self.ours), of(&self.grabbing), of(&self.flagging))?;
        }
        let row = |f: &mut fmt::Formatter<'_>, name: &str, what: String| writeln!(f, "{name:<46}{what}");
        row(f, "permitted time (no hold, margins included)", format!("{} s", self.permitted_ms / 1000))?;
        let by: Vec<String> = self.expected_held_by.iter().map(|(hold, ms)| format!("{hold} {ms}")).collect();
        let calm = format!("{} s, held for {} ms ({})", self.expected_ms / 1000, self.expected_held_ms, by.join(", "));
        row(f, "calm with an allowed window in front", calm)?;
        row(f, "keys that nothing holds", self.free_keys.to_string())?;
        row(f, "allowed area shown, instants no hold touches", percent(&self.shown))?;
        row(f, "allowed area shown, after 2 s of calm", percent(&self.shown_calm))?;
        let ms = &self.delays.ms;
        let at = |part: usize| {
            let last = ms.len().checked_sub(1);
            last.map_or_else(|| "-".to_owned(), |last| ms[(last * part).div_ceil(100)].to_string())
        };
        let delays = format!("p50 {}, p99 {} (of {})", at(50), at(99), ms.len());
        row(f, "from focus to a client told of the hold, ms", delays)?;
        row(f, "  keyboard gone on before it was told", self.delays.never.to_string())?;
        let scene = format!(
            "{} locks, {} stopped programs, {} popups, {} windows over a private one, {} private pages",
            self.locks, self.stops, self.popups, self.ghosts, self.private_pages
        );
        row(f, "among the operations", scene)?;
        let Tally { clicks, leaked_strokes, misattributed_strokes, overtaken, .. } = &self.ours;
        row(f, "clicks stored under a window", format!("{clicks}, {overtaken} overtaken by the pointer"))?;
        let strokes = format!("{leaked_strokes} leaked, {misattributed_strokes} misattributed");
        row(f, "clicks and counts of keys", strokes)?;
        row(f, "names in summaries, withheld time and the log", self.named.len().to_string())?;
        let withheld: Vec<String> = self.withheld.iter().map(|(hold, count)| format!("{hold} {count}")).collect();
        row(f, "data withheld by", withheld.join(", "))?;
        if !self.clock_set.is_empty() {
            let steps: Vec<String> = self.clock_set.iter().map(|ms| format!("{ms:+} ms")).collect();
            row(f, "the machine's clock was set meanwhile, by", steps.join(", "))?;
        }
        if !self.late_titles.is_empty() {
            let late: Vec<String> = self.late_titles.iter().map(|ms| format!("{ms} ms")).collect();
            let (frames, keys) = (self.ours.unpromised_frames, self.ours.unpromised_keys);
            let of = self.private_pages;
            let late = format!("{} of {of}; stored meanwhile {frames} frames, {keys} keys", late.join(", "));
            row(f, "titles later than any rule promises", late)?;
        }
        for finding in self.named.iter().chain(&self.ours.findings) {
            writeln!(f, "  {finding}")?;
        }
        Ok(())
    }
}
