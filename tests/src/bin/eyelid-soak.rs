//! A working day in a tenth of its time: `npm run soak`.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use eyelid_tests::soak::{run, svg};

const HELP: &str = "\
Uses Eyelid for a day, ten times as fast, and looks whether it grows.

  --minutes N    how long; 40 unless set, and 4 at the least
  --seed N       repeats a run; another one each time unless set
  --svg FILE     where the plot goes; target/soak.svg unless set";

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (mut minutes, mut seed, mut plot) = (40, seconds % 1_000_000, "target/soak.svg");
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value\n\n{HELP}"));
        match word {
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            "--minutes" => minutes = value()?.parse()?,
            "--seed" => seed = value()?.parse()?,
            "--svg" => plot = value()?,
            _ => bail!("{HELP}"),
        }
    }
    println!("again: --minutes {minutes} --seed {seed}");
    let soak = run(Duration::from_secs(60 * minutes), seed)?;
    let file = Path::new(plot);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, svg(&soak)).with_context(|| plot.to_owned())?;
    println!("{soak}\nplot: {plot}");
    let failures = soak.failures();
    for failure in &failures {
        println!("FAILED: {failure}");
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
