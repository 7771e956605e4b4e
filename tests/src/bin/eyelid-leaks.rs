//! The instrument that would show a leak: `npm run leaks`.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use eyelid_tests::leaks::{DESKTOPS, Plan, farm, run};

const HELP: &str = "\
Searches everything that was recorded for what should not have been.

  --wm NAME      openbox, xfwm4, xfwm4-compositor, picom, or all (the default)
  --switches N   how many switches of windows on each; 10,000 on openbox and 1,000 on each other unless set
  --seed N       repeats one run; unless set, each is played with three seeds, others each time";

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (mut wm, mut switches, mut seed) = ("all", None, None);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value\n\n{HELP}"));
        match word {
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            "--farm" => {
                let (program, seed) = (value()?, words.next().context("a seed")?.parse()?);
                return farm::run(program, seed).map(|()| ExitCode::SUCCESS);
            }
            "--wm" => wm = value()?,
            "--switches" => switches = Some(value()?.parse()?),
            "--seed" => seed = Some(value()?.parse()?),
            _ => bail!("{HELP}"),
        }
    }
    let chosen: Vec<&'static str> =
        DESKTOPS.iter().map(|(name, ..)| *name).filter(|name| wm == "all" || wm == *name).collect();
    if chosen.is_empty() {
        bail!("there is no window manager {wm:?}\n\n{HELP}");
    }
    let first = seconds % 1_000_000;
    let seeds = seed.map_or_else(|| vec![first, first + 1, first + 2], |seed| vec![seed]);
    let mut failed = false;
    for (wm, seed) in chosen.iter().flat_map(|wm| seeds.iter().map(move |seed| (*wm, *seed))) {
        let switches = switches.unwrap_or(if wm == "openbox" { 10_000 } else { 1000 });
        println!("again: --wm {wm} --switches {switches} --seed {seed}");
        let report = run(Plan { seed, switches, wm })?;
        println!("{report}");
        for failure in report.failures() {
            println!("FAILED: {failure}");
            failed = true;
        }
        println!();
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
