//! Where a passphrase comes from: typed on the terminal, unshown, or a line of standard input. Never an argument and
//! never the environment, which other programs can look at.

use crate::failure::Failure;
use rustix::fs::{Mode, OFlags};
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use zeroize::Zeroizing;

/// No longer one is taken, bytes.
const LONGEST: usize = 1024;
/// No shorter one is set, letters.
const SHORTEST: usize = 8;
/// Ctrl+C.
const CANCEL: u8 = 3;

/// Where a passphrase comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Source {
    /// The terminal that this program belongs to: a person types it there.
    Terminal,
    /// Lines of standard input, before whatever else is read there.
    Input,
}

/// A terminal on which nothing that is typed is shown, for as long as this lives.
///
/// It still reads whole lines: by that a recorder of the terminal, Eyelid's own included, knows a password. Ctrl+C
/// ends the line instead of this program, so that the terminal is always put back.
struct Hushed {
    terminal: OwnedFd,
    before: Termios,
}

impl Hushed {
    fn open() -> Result<Hushed, Failure> {
        let none =
            |_: rustix::io::Errno| Failure::Typed("A passphrase is typed on a terminal, and this is none.".into());
        let terminal = rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty());
        let terminal = terminal.map_err(none)?;
        // Whoever asks from behind another program is stopped by the terminal, and heard by nobody.
        if tcgetpgrp(&terminal).map_err(none)? != getpgrp() {
            return Err(none(rustix::io::Errno::NOTTY));
        }
        let before = tcgetattr(&terminal).map_err(none)?;
        let mut hushed = before.clone();
        hushed.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        hushed.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        hushed.special_codes[SpecialCodeIndex::VEOL] = CANCEL;
        // What was typed before the question is no answer to it.
        tcsetattr(&terminal, OptionalActions::Flush, &hushed).map_err(none)?;
        Ok(Hushed { terminal, before })
    }

    fn ask(&self, question: &str) -> Result<Zeroizing<String>, Failure> {
        let told = rustix::io::write(&self.terminal, format!("{question}: ").as_bytes());
        told.map_err(|_| Failure::Typed("The terminal is gone.".into()))?;
        line(self.terminal.as_fd())
    }
}

impl Drop for Hushed {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// A line, byte by byte: what follows it is left to others, and no buffer keeps a copy.
fn line(from: BorrowedFd<'_>) -> Result<Zeroizing<String>, Failure> {
    let cancelled = || Failure::Typed("Nothing was typed; nothing was changed.".into());
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
    loop {
        let mut byte = Zeroizing::new([0]);
        match rustix::io::read(from, &mut *byte) {
            Ok(1) if byte[0] == b'\n' => break,
            Ok(1) if byte[0] == CANCEL => return Err(cancelled()),
            Ok(1) if bytes.len() < LONGEST => bytes.push(byte[0]),
            Ok(1) => return Err(Failure::Typed(format!("No passphrase of more than {LONGEST} bytes is taken."))),
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return Err(cancelled()),
        }
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::Typed("What was typed is no text.".into()))?;
    if text.is_empty() { Err(cancelled()) } else { Ok(Zeroizing::new(text.to_owned())) }
}

/// The passphrase that the key is under.
///
/// # Errors
/// [`Failure::Passphrase`] if nobody is to be asked.
pub fn present(from: Option<Source>) -> Result<Zeroizing<String>, Failure> {
    match from {
        None => Err(Failure::Passphrase),
        Some(Source::Input) => line(std::io::stdin().as_fd()),
        Some(Source::Terminal) => Hushed::open()?.ask("Passphrase of your recording"),
    }
}

/// A passphrase to put the key under; typed twice where nobody sees it.
///
/// # Errors
/// When it is too short, or was typed differently.
pub fn new(from: Option<Source>) -> Result<Zeroizing<String>, Failure> {
    let typed = match from {
        None => return Err(Failure::Typed("It is not said where the passphrase comes from.".into())),
        Some(Source::Input) => line(std::io::stdin().as_fd())?,
        Some(Source::Terminal) => {
            let terminal = Hushed::open()?;
            let first = terminal.ask("New passphrase")?;
            long_enough(&first)?;
            if *terminal.ask("The same again")? != *first {
                return Err(Failure::Typed("The two are not the same; nothing was changed.".into()));
            }
            first
        }
    };
    long_enough(&typed)?;
    Ok(typed)
}

/// A recovery key, as it was typed.
///
/// # Errors
/// When nothing was.
pub fn recovery_key(from: Option<Source>) -> Result<Zeroizing<String>, Failure> {
    match from {
        None => Err(Failure::Typed("It is not said where the recovery key comes from.".into())),
        Some(Source::Input) => line(std::io::stdin().as_fd()),
        Some(Source::Terminal) => Hushed::open()?.ask("Recovery key"),
    }
}

/// Whether whoever shows something confirms it with this word, on standard input.
pub fn confirmed(word: &str) -> bool {
    line(std::io::stdin().as_fd()).is_ok_and(|typed| *typed == word)
}

fn long_enough(passphrase: &str) -> Result<(), Failure> {
    if passphrase.chars().count() < SHORTEST {
        return Err(Failure::Typed(format!("A passphrase has {SHORTEST} letters or more; nothing was changed.")));
    }
    Ok(())
}
