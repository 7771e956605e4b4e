//! Eyelid itself on the desktop: the real programs, used as a person uses them.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::Result;
use crate::clock::FakeClock;
use crate::desktop::Desktop;
use crate::process::Proc;
use crate::pty::Pty;
use crate::wait::{LONG, wait_for};
use crate::webdriver::WebDriver;

/// Where the programs are that were built together with the tests.
#[derive(Clone, Debug)]
pub struct Binaries(PathBuf);

impl Binaries {
    /// The folder of the running test's build.
    pub fn find() -> Result<Binaries> {
        let me = std::env::current_exe()?;
        let mut folder = me.parent().context("a folder")?;
        if folder.ends_with("deps") {
            folder = folder.parent().context("a folder")?;
        }
        Ok(Binaries(folder.to_owned()))
    }

    /// The folder where a package puts the programs that a person calls.
    pub fn installed() -> Binaries {
        Binaries("/usr/bin".into())
    }

    /// The folder of the build that a package is made of.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The path of a program of that build.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        if !path.exists() {
            bail!("{name} is not built: {} is missing", path.display());
        }
        Ok(path)
    }
}

/// How Eyelid is started.
#[derive(Debug, Default)]
pub struct EyelidOptions<'a> {
    /// Arguments of the tray app.
    pub arguments: &'a [&'a str],
    /// The wall clock it lives by, with all the programs it starts.
    pub clock: Option<&'a FakeClock>,
    /// Whether WebKitWebDriver starts it, so that its window can be driven.
    pub driven: bool,
    /// Variables besides the desktop's.
    pub variables: &'a [(&'static str, &'a str)],
    /// Its programs, if others than those of the running test's build.
    pub binaries: Option<Binaries>,
}

/// A running Eyelid.
#[derive(Debug)]
pub struct Eyelid<'a> {
    desktop: &'a Desktop,
    binaries: Binaries,
    environment: Vec<(&'static str, String)>,
    runs: Runs,
}

#[derive(Debug)]
enum Runs {
    Alone(Proc),
    Driven(WebDriver),
}

/// What `eyelidctl export` wrote.
#[derive(Clone, Debug)]
pub struct Export {
    /// The folder.
    pub folder: PathBuf,
    /// The lines of `frames.jsonl`.
    pub frames: Vec<Value>,
    /// The lines of `events.jsonl`.
    pub events: Vec<Value>,
}

impl Export {
    /// Reads an export.
    pub fn read(folder: &Path) -> Result<Export> {
        Ok(Export {
            folder: folder.to_owned(),
            frames: json_lines(&folder.join("frames.jsonl"))?,
            events: json_lines(&folder.join("events.jsonl"))?,
        })
    }

    /// The picture of a line of `frames.jsonl`.
    pub fn picture(&self, frame: &Value) -> Result<crate::Screenshot> {
        let file = frame["file"].as_str().context("a frame without a file")?;
        crate::Screenshot::read(&self.folder.join(file))
    }

    /// The events of a kind.
    pub fn events_of(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["kind"] == kind).collect()
    }
}

impl<'a> Eyelid<'a> {
    /// Starts the tray app and waits until the agent answers.
    pub fn start(desktop: &'a Desktop) -> Result<Eyelid<'a>> {
        Eyelid::start_with(desktop, &EyelidOptions::default())
    }

    /// As [`Eyelid::start`], with more to choose.
    pub fn start_with(desktop: &'a Desktop, options: &EyelidOptions<'_>) -> Result<Eyelid<'a>> {
        let binaries = options.binaries.clone().map_or_else(Binaries::find, Ok)?;
        let program = binaries.program("eyelid")?;
        let mut environment = match options.clock {
            Some(clock) => clock.environment()?,
            None => Vec::new(),
        };
        environment.extend(options.variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let runs = if options.driven {
            Runs::Driven(WebDriver::start_with(desktop, &program, options.arguments, &environment)?)
        } else {
            let mut command = desktop.command(program);
            command.args(options.arguments).envs(environment.iter().cloned());
            Runs::Alone(desktop.spawn(command)?)
        };
        let eyelid = Eyelid { desktop, binaries, environment, runs };
        wait_for("eyelidctl to answer", 3 * LONG, || eyelid.status().ok()).with_context(|| eyelid.log())?;
        let here = options.variables.iter().all(|(name, _)| *name != "DISPLAY");
        if here && !options.arguments.contains(&"--background") {
            // Its window takes the keyboard when it opens, in the middle of what a test types.
            let own = wait_for("its window", 3 * LONG, || desktop.window_by_title("Eyelid").ok());
            let own = own.with_context(|| eyelid.log())?;
            // From a person who is just typing the window manager does not take it.
            let _ = wait_for("it to be in front", LONG / 2, || desktop.active_window().filter(|w| w.id == own.id));
        }
        Ok(eyelid)
    }

    /// The process that was started: the tray app, or the driver whose child it is.
    pub fn process(&self) -> &Proc {
        match &self.runs {
            Runs::Alone(process) => process,
            Runs::Driven(driver) => &driver.process,
        }
    }

    /// The driver of the window, if Eyelid was started with one.
    pub fn driver(&self) -> Result<&WebDriver> {
        match &self.runs {
            Runs::Driven(driver) => Ok(driver),
            Runs::Alone(_) => bail!("Eyelid was not started through the driver"),
        }
    }

    /// The process id of the living program of that name, such as `eyelid-agent`.
    pub fn pid_of(&self, program: &str) -> Option<i32> {
        pid_of(self.desktop, program)
    }

    /// What the tray app and the programs it started have printed.
    pub fn log(&self) -> String {
        self.process().output_text()
    }

    /// Runs `eyelidctl` without a terminal.
    pub fn ctl(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.desktop.command(self.binaries.program("eyelidctl")?);
        command.args(arguments).envs(self.environment.iter().cloned());
        self.desktop.run(command)
    }

    /// Runs `eyelidctl`, which must succeed, and returns what it printed.
    pub fn ctl_ok(&self, arguments: &[&str]) -> Result<String> {
        let output = self.ctl(arguments)?;
        if !output.status.success() {
            bail!(
                "eyelidctl {}: {}\n{}{}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs `eyelidctl` at a terminal.
    pub fn ctl_terminal(&self, arguments: &[&str]) -> Result<Pty> {
        let mut command = self.desktop.command(self.binaries.program("eyelidctl")?);
        command.args(arguments).envs(self.environment.iter().cloned());
        Pty::spawn(command)
    }

    /// The state, as `eyelidctl status --json` tells it.
    pub fn status(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.ctl_ok(&["status", "--json"])?)?)
    }

    /// Waits until the state `fits`.
    pub fn wait_status(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        self.wait_status_for(what, LONG, fits)
    }

    /// As [`Eyelid::wait_status`], for what may take longer.
    pub fn wait_status_for(&self, what: &str, deadline: Duration, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        wait_for(what, deadline, || self.status().ok().filter(|status| fits(status))).with_context(|| {
            let mut last = self.status().unwrap_or_default();
            // It fills pages.
            last["rules"] = Value::Null;
            format!("{last}\n{}", self.log())
        })
    }

    /// Consents as a person does at a terminal, typing the word that is asked for.
    pub fn consent(&self, streams: &str) -> Result<String> {
        let mut terminal = self.ctl_terminal(&["consent", "grant", "--streams", streams])?;
        let shown = terminal.expect("Type \"", LONG)?;
        let word = terminal.expect("\"", LONG)?;
        terminal.expect(": ", LONG)?;
        terminal.send_line(word.trim_end_matches('"'))?;
        let status = terminal.wait_exit(3 * LONG)?;
        if !status.success() {
            bail!("consent was not granted: {status}\n{}", terminal.text());
        }
        Ok(shown)
    }

    /// Exports what was recorded between two times (RFC 3339).
    pub fn export(&self, from: &str, to: &str) -> Result<Export> {
        let folder = tempfile::Builder::new().prefix("export-").tempdir_in(self.desktop.path("tmp"))?.keep();
        let path = folder.display().to_string();
        self.ctl_ok(&["export", "--from", from, "--to", to, &path])?;
        Export::read(&folder)
    }

    /// Asks the tray app to end, as a logout does, and waits for the end of the agent too.
    pub fn quit(self) -> Result<()> {
        match self.runs {
            Runs::Alone(process) => {
                process.terminate()?;
                process.wait_exit(LONG)?;
            }
            Runs::Driven(driver) => drop(driver),
        }
        for program in ["eyelid-agent", "eyelid"] {
            wait_for(&format!("{program} to end"), LONG, || pid_of(self.desktop, program).is_none().then_some(()))?;
        }
        Ok(())
    }
}

/// The process id of the living program of that name, by its command line: what is sandboxed shows no executable.
fn pid_of(desktop: &Desktop, program: &str) -> Option<i32> {
    desktop.processes().into_iter().find(|pid| {
        std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
            let first = line.split(|b| *b == 0).next().unwrap_or_default();
            Path::new(&*String::from_utf8_lossy(first)).file_name().is_some_and(|name| name == program)
        })
    })
}

fn json_lines(file: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
