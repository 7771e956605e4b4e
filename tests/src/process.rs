//! A process of the desktop.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use crate::spawn::{Leads, spawn};
use crate::wait::wait_for;

/// A running program. Dropping it kills it and its process group.
#[derive(Debug)]
pub struct Proc {
    name: String,
    pid: Pid,
    child: Mutex<Child>,
    logs: Vec<PathBuf>,
}

impl Proc {
    /// Starts `command`, its output going to two files that begin with `log`.
    pub(crate) fn start(mut command: Command, log: PathBuf) -> crate::Result<Proc> {
        let (out, err) = (log.with_extension("out"), log.with_extension("err"));
        command.stdin(Stdio::null()).stdout(fs::File::create(&out)?).stderr(fs::File::create(&err)?);
        Ok(Proc::launch(command, vec![out, err])?.0)
    }

    /// Starts `command` and waits for the line by which it says that it is ready.
    pub(crate) fn start_announcing(mut command: Command, log: PathBuf) -> crate::Result<(Proc, String)> {
        let err = log.with_extension("err");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(&err)?);
        let (process, _, stdout) = Proc::launch(command, vec![err])?;
        let mut line = String::new();
        BufReader::new(stdout.context("its output")?).read_line(&mut line)?;
        if line.trim().is_empty() {
            bail!("{} did not start: {}", process.name, process.output_text());
        }
        Ok((process, line.trim().to_owned()))
    }

    /// Starts `command` with its standard input and output held by the harness.
    pub(crate) fn start_talking(mut command: Command, log: PathBuf) -> crate::Result<(Proc, Dialogue)> {
        let err = log.with_extension("err");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(&err)?);
        let (process, stdin, stdout) = Proc::launch(command, vec![err])?;
        let dialogue = Dialogue::new(process.name.clone(), stdin.context("its input")?, stdout.context("its output")?);
        Ok((process, dialogue))
    }

    fn launch(command: Command, logs: Vec<PathBuf>) -> crate::Result<(Proc, Option<ChildStdin>, Option<ChildStdout>)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = spawn(command, Leads::Group).with_context(|| format!("starting {name}"))?;
        let pid = Pid::from_child(&child);
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let process = Proc { name, pid, child: Mutex::new(child), logs };
        Ok((process, stdin, stdout))
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it is still running (or stopped), as opposed to ended.
    pub fn is_running(&self) -> bool {
        matches!(lock(&self.child).try_wait(), Ok(None))
    }

    /// Sends `signal` to this process alone.
    pub fn signal(&self, signal: Signal) -> crate::Result<()> {
        // Under the lock, so that a number the kernel has given to another is never hit.
        let mut child = lock(&self.child);
        if child.try_wait()?.is_none() {
            kill_process(self.pid, signal)?;
        }
        Ok(())
    }

    /// Kills this process alone, at once, and waits for its end.
    pub fn kill9(&self) -> crate::Result<()> {
        self.signal(Signal::KILL)?;
        self.wait_exit(Duration::from_secs(10)).map(drop)
    }

    /// Freezes it (SIGSTOP): it exists, and answers nothing.
    pub fn stop(&self) -> crate::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it run on (SIGCONT).
    pub fn cont(&self) -> crate::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) -> crate::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Waits until it has ended by itself.
    pub fn wait_exit(&self, deadline: Duration) -> crate::Result<ExitStatus> {
        wait_for(&format!("{} to end", self.name), deadline, || lock(&self.child).try_wait().transpose())?
            .with_context(|| format!("waiting for {}", self.name))
    }

    /// Waits until it has ended, and leaves it in the table of processes: what it used can still be read there.
    pub(crate) fn wait_ended(&self, deadline: Duration) -> crate::Result<()> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        wait_for(&format!("{} to end", self.name), deadline, || waitid(WaitId::Pid(self.pid), options).ok().flatten())
            .map(drop)
    }

    /// All it has printed so far (for a program the harness talks with: its errors only).
    pub fn output_text(&self) -> String {
        self.logs
            .iter()
            .filter_map(|path| fs::read(path).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }
}

impl Drop for Proc {
    fn drop(&mut self) {
        let mut child = lock(&self.child);
        // The group may live on without its leader; its number is not given away while it does.
        let _ = kill_process_group(self.pid, Signal::KILL);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A conversation with a program, line by line. What it said stays in memory: a test that looks
/// for traces on the disk must not find the harness's own.
#[derive(Debug)]
pub(crate) struct Dialogue {
    name: String,
    stdin: Mutex<ChildStdin>,
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Dialogue {
    fn new(name: String, stdin: ChildStdin, stdout: ChildStdout) -> Dialogue {
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                lock(&ear.lines).0.push(line);
                ear.more.notify_all();
            }
            lock(&ear.lines).1 = true;
            ear.more.notify_all();
        });
        Dialogue { name, stdin: Mutex::new(stdin), heard }
    }

    /// All lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        lock(&self.heard.lines).0.clone()
    }

    /// Says `line`, and waits for nothing.
    pub(crate) fn say(&self, line: &str) -> crate::Result<()> {
        writeln!(lock(&self.stdin), "{line}").with_context(|| format!("saying {line:?} to {}", self.name))
    }

    /// Says `line` and waits for the first line said after it that `accept` takes.
    pub(crate) fn ask<T>(
        &self,
        line: &str,
        deadline: Duration,
        accept: impl Fn(&str) -> Option<T>,
    ) -> crate::Result<T> {
        // Held throughout: the next question must wait for this answer.
        let mut stdin = lock(&self.stdin);
        let from = lock(&self.heard.lines).0.len();
        writeln!(stdin, "{line}").with_context(|| format!("saying {line:?} to {}", self.name))?;
        self.heard_since(from, line, deadline, accept)
    }

    /// Waits for the first line since the start that `accept` takes.
    pub(crate) fn hear<T>(
        &self,
        what: &str,
        deadline: Duration,
        accept: impl Fn(&str) -> Option<T>,
    ) -> crate::Result<T> {
        self.heard_since(0, what, deadline, accept)
    }

    fn heard_since<T>(
        &self,
        from: usize,
        what: &str,
        deadline: Duration,
        accept: impl Fn(&str) -> Option<T>,
    ) -> crate::Result<T> {
        let end = Instant::now() + deadline;
        let mut lines = lock(&self.heard.lines);
        let mut next = from;
        loop {
            while let Some(line) = lines.0.get(next) {
                if let Some(answer) = accept(line) {
                    return Ok(answer);
                }
                next += 1;
            }
            let left = end.saturating_duration_since(Instant::now());
            if lines.1 || left.is_zero() {
                bail!("{} did not answer {what:?}", self.name);
            }
            lines = self.heard.more.wait_timeout(lines, left).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }
}

/// A panic in one test must not hide behind a poisoned lock in its clean-up.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
