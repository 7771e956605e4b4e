//! The child that speaks to the keyring, so that the process in which records are opened need not be able to.
//!
//! It opens no record: it hands out the master, keeps the log's head beside it, and tells whether the log was rolled
//! back. It ends when its input closes, which happens when its parent ends, however that ends.

use super::Refusal;
use crate::failure::Failure;
use crate::keyring::Ask as Prompt;
use crate::keys;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use vault::Master;
use vault::log::Head;
use zeroize::Zeroizing;

#[derive(Serialize, Deserialize)]
enum Ask {
    /// The passphrase that it is under; answered as `Master` is.
    Unlock(String),
    /// The master that the vault is sealed to.
    Master,
    /// Keep this head, unless the log was rolled back. No answer.
    Keep(Head),
    /// Whether it was.
    RolledBack,
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Master(String),
    RolledBack(Option<bool>),
    Failed(Refusal),
}

/// No message is longer.
const LONGEST: usize = 1 << 16;

fn send(to: &mut impl Write, message: &impl Serialize) -> std::io::Result<()> {
    // All at once, so that growing leaves no copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 4));
    bytes.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut *bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).map_err(std::io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    to.write_all(&bytes)?;
    to.flush()
}

fn receive<T: DeserializeOwned>(from: &mut impl Read) -> std::io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// The child's side: answers until its input closes.
pub fn serve(dir: &Path) {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut known: Option<Zeroizing<String>> = None;
    while let Ok(ask) = receive::<Ask>(&mut input) {
        let answer = match ask {
            Ask::Unlock(passphrase) => {
                let passphrase = Zeroizing::new(passphrase);
                let answer = answered(master(dir, Some(&passphrase)));
                if let Answer::Master(_) = answer {
                    known = Some(passphrase);
                }
                answer
            }
            Ask::Master => answered(master(dir, known.as_ref())),
            Ask::Keep(head) => {
                keys::keep_head(dir, &head, keys::rolled_back(dir));
                continue;
            }
            Ask::RolledBack => Answer::RolledBack(keys::rolled_back(dir)),
        };
        let sent = send(&mut output, &answer);
        if let Answer::Master(secret) = answer {
            drop(Zeroizing::new(secret));
        }
        if sent.is_err() {
            return;
        }
    }
}

fn answered(master: Result<Master, Failure>) -> Answer {
    match master {
        Ok(master) => Answer::Master(master.secret().to_string()),
        Err(failure) => Answer::Failed(failure.into()),
    }
}

fn master(dir: &Path, known: Option<&Zeroizing<String>>) -> Result<Master, Failure> {
    keys::master(dir, Prompt::Nobody, || known.cloned().ok_or(Failure::Passphrase))
}

/// The parent's side.
pub struct Keeper {
    child: Child,
    to: Option<ChildStdin>,
    from: ChildStdout,
}

impl Keeper {
    /// Starts the child.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start(vault: &Path) -> std::io::Result<Keeper> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--vault")
            .arg(vault)
            .arg("keeper")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let from = from.ok_or(std::io::ErrorKind::BrokenPipe)?;
        Ok(Keeper { child, to, from })
    }

    fn ask(&mut self, ask: &Ask) -> std::io::Result<Answer> {
        self.send(ask)?;
        receive(&mut self.from)
    }

    fn send(&mut self, ask: &Ask) -> std::io::Result<()> {
        send(self.to.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?, ask)
    }

    /// The master that the vault is sealed to. Asks nobody.
    ///
    /// # Errors
    /// Locked, missing, another one, or no keyring; a later call asks anew.
    pub fn master(&mut self) -> Result<Master, Refusal> {
        self.given(&Ask::Master)
    }

    /// The same by a passphrase, which the child then keeps.
    ///
    /// # Errors
    /// A wrong one, too.
    pub fn unlock(&mut self, passphrase: &str) -> Result<Master, Refusal> {
        let ask = Ask::Unlock(passphrase.to_owned());
        let given = self.given(&ask);
        if let Ask::Unlock(passphrase) = ask {
            drop(Zeroizing::new(passphrase));
        }
        given
    }

    fn given(&mut self, ask: &Ask) -> Result<Master, Refusal> {
        match self.ask(ask) {
            Ok(Answer::Master(secret)) => {
                let secret = Zeroizing::new(secret);
                Ok(Master::parse(&secret).map_err(Failure::from)?)
            }
            Ok(Answer::Failed(refusal)) => Err(refusal),
            Ok(Answer::RolledBack(_)) | Err(_) => {
                Err(Failure::NoKeyring("the part of Eyelid that asks it has ended; open this page anew".into()).into())
            }
        }
    }

    /// Keeps the log's head beside the master; does not wait for it.
    pub fn keep(&mut self, head: &Head) {
        if self.send(&Ask::Keep(head.clone())).is_err() {
            eprintln!("eyelid-reader: the log's head could not be kept in the keyring");
        }
    }

    /// Whether the log was rolled back since the last reading; nothing if it cannot be told.
    pub fn rolled_back(&mut self) -> Option<bool> {
        match self.ask(&Ask::RolledBack) {
            Ok(Answer::RolledBack(rolled_back)) => rolled_back,
            Ok(Answer::Master(_) | Answer::Failed(_)) | Err(_) => None,
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It finishes what it was given to keep.
        self.to = None;
        let _ = self.child.wait();
    }
}
