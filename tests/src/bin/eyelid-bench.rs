//! What Eyelid costs, beside others: `npm run bench`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use eyelid_tests::bench::{PHASES, Plan, SCREENS, WHO, film, parts, run};

const HELP: &str = "\
Measures what Eyelid costs, beside others that record the same. It succeeds when it has measured, whatever came out.

  --only WORD    1080p, 4k; work, idle, scroll; nothing, listener, grab, ffmpeg, eyelid; or figures: more than once if
                 wanted, and of what is not named all
  --seconds N    how long each phase lasts; 60 unless set
  --repeats N    how often all of it is done; 3 unless set
  --delays N     how many times each delay is measured; 1,000 unless set
  --events N     how many events a day of the past has; 100,000 unless set
  --json FILE    writes all of it
  --svg FILE     draws it";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let (mut only, mut json, mut svg): (Vec<&str>, Option<PathBuf>, Option<PathBuf>) = (Vec::new(), None, None);
    let mut plan = Plan {
        seconds: 60,
        repeats: 3,
        delays: 1000,
        events: 100_000,
        screens: Vec::new(),
        phases: Vec::new(),
        who: Vec::new(),
        figures: false,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value\n\n{HELP}"));
        match word {
            "--part" => return part(value()?, words.next()),
            "--only" => only.push(value()?),
            "--seconds" => plan.seconds = value()?.parse()?,
            "--repeats" => plan.repeats = value()?.parse()?,
            "--delays" => plan.delays = value()?.parse()?,
            "--events" => plan.events = value()?.parse()?,
            "--json" => json = Some(value()?.into()),
            "--svg" => svg = Some(value()?.into()),
            _ => bail!("{HELP}"),
        }
    }
    choose(&mut plan, &only)?;
    let report = run(&plan)?;
    anyhow::ensure!(report.measured(), "nothing was measured: {}", report.notes.join("; "));
    if let Some(file) = json {
        write(&file, &format!("{:#}\n", report.json()))?;
    }
    if let Some(file) = svg {
        write(&file, &report.svg())?;
    }
    print!("{report}");
    Ok(())
}

/// A program that is measured, or that shows something to be recorded.
fn part(name: &str, folder: Option<&str>) -> anyhow::Result<()> {
    match name {
        "listen" => parts::listen(),
        "grab" => parts::grab(Path::new(folder.context("a folder")?)),
        "film" => film::run(),
        other => bail!("there is no part {other:?}"),
    }
}

/// Screens and phases that are named, or all; the figures if they are named, or nothing is.
fn choose(plan: &mut Plan, only: &[&str]) -> anyhow::Result<()> {
    let (screens, phases) = (SCREENS.map(|(name, _)| name), PHASES.map(|(name, _)| name));
    let who = WHO.map(|(name, _)| name);
    let known = |word: &&str| [&screens[..], &phases, &who, &["figures"]].concat().contains(word);
    if let Some(word) = only.iter().find(|word| !known(word)) {
        bail!("there is no {word:?}\n\n{HELP}");
    }
    let named = |all: &[&'static str]| all.iter().copied().filter(|name| only.contains(name)).collect::<Vec<_>>();
    plan.figures = only.is_empty() || only.contains(&"figures");
    let (some_screens, some_phases, some_who) = (named(&screens), named(&phases), named(&who));
    plan.who = if some_who.is_empty() { who.to_vec() } else { some_who };
    plan.screens = if some_screens.is_empty() { screens.to_vec() } else { some_screens };
    plan.phases = match some_phases.is_empty() {
        // The figures alone.
        true if only.contains(&"figures") => Vec::new(),
        true => phases.to_vec(),
        false => some_phases,
    };
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| file.display().to_string())
}
