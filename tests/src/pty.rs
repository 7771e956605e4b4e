//! A terminal with a person at it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::Result;
use crate::process::lock;
use crate::spawn::{Leads, spawn};
use crate::wait::wait_for;

/// A program that runs in a terminal.
#[derive(Debug)]
pub struct Pty {
    terminal: File,
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How far [`Pty::expect`] has read.
    read: usize,
}

impl Pty {
    /// Starts a program whose standard streams and controlling terminal are a new terminal.
    pub fn spawn(mut command: Command) -> Result<Pty> {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&terminal)?;
        unlockpt(&terminal)?;
        let name = ptsname(&terminal, Vec::new())?;
        let inner: OwnedFd = rustix::fs::open(
            name,
            rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )?;
        command.env("TERM", "xterm").stdin(inner.try_clone()?).stdout(inner.try_clone()?).stderr(inner);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = spawn(command, Leads::Terminal).with_context(|| format!("starting {program}"))?;
        let terminal = File::from(terminal);
        let mut reading = terminal.try_clone()?;
        let shown = Arc::new(Mutex::new(Vec::new()));
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            // The error at the end is how a terminal says that nobody is left.
            while let Ok(count @ 1..) = reading.read(&mut some) {
                lock(&screen).extend_from_slice(&some[..count]);
            }
        });
        Ok(Pty { terminal, child, shown, read: 0 })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that has been shown so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.shown)).into_owned()
    }

    /// Waits until `text` is shown, after what was waited for before; returns all up to its end.
    pub fn expect(&mut self, text: &str, deadline: Duration) -> Result<String> {
        let (shown, from) = (Arc::clone(&self.shown), self.read);
        let found = wait_for(&format!("the terminal to show {text:?}"), deadline, || {
            let shown = lock(&shown);
            let fresh = &shown[from.min(shown.len())..];
            let at = fresh.windows(text.len().max(1)).position(|w| w == text.as_bytes())?;
            Some(fresh[..at + text.len()].to_vec())
        })
        .with_context(|| format!("it shows: {}", self.text()))?;
        self.read += found.len();
        Ok(String::from_utf8_lossy(&found).into_owned())
    }

    /// Types a line and Return.
    pub fn send_line(&mut self, line: &str) -> Result<()> {
        self.send(&format!("{line}\r"))
    }

    /// Types letters; `\u{3}` is Ctrl+C.
    pub fn send(&mut self, letters: &str) -> Result<()> {
        self.terminal.write_all(letters.as_bytes())?;
        Ok(())
    }

    /// Waits until the program has ended by itself.
    pub fn wait_exit(&mut self, deadline: Duration) -> Result<ExitStatus> {
        let child = &mut self.child;
        let status = wait_for("the program in the terminal to end", deadline, || child.try_wait().transpose());
        Ok(status.with_context(|| self.text())??)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
