//! One Eyelid per session: a lock, and a socket by which a second start brings the first one's window to the front.
//! Files in the runtime directory, so that it works without a session bus.

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(50);
const SHOW: u8 = b's';
const SHOWN: u8 = b'k';

/// Whether this is the only one.
pub enum Start {
    /// It is; keep this until the end.
    First(First),
    /// Another runs, and was told to show its window if that was asked for.
    Second,
}

/// The lock and the socket of the first one.
pub struct First {
    _lock: File,
    listener: UnixListener,
}

/// Takes the lock, or tells the one that has it.
///
/// # Errors
/// When the runtime directory cannot be written, or the first one does not answer.
pub fn start(runtime: &Path, show: bool) -> anyhow::Result<Start> {
    let (lock_path, socket) = (runtime.join("eyelid-tray.lock"), runtime.join("eyelid-tray.sock"));
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock_path);
    let lock = lock.with_context(|| format!("{} cannot be written", lock_path.display()))?;
    let until = Instant::now() + ANSWER_WITHIN;
    loop {
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = std::fs::remove_file(&socket);
            let listener = UnixListener::bind(&socket);
            let listener = listener.with_context(|| format!("{} cannot be made", socket.display()))?;
            std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
            return Ok(Start::First(First { _lock: lock, listener }));
        }
        if !show {
            return Ok(Start::Second);
        }
        match tell(&socket) {
            Ok(()) => return Ok(Start::Second),
            // The first one is just ending, or has just begun: it gives the lock back, or an answer.
            Err(error) if leaves(&error) && Instant::now() < until => std::thread::sleep(AGAIN),
            Err(error) => {
                return Err(error).context(
                    "Eyelid runs already, but does not answer. End it (its process is named eyelid) and start it again",
                );
            }
        }
    }
}

fn leaves(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as E;
    matches!(error.kind(), E::ConnectionReset | E::ConnectionRefused | E::BrokenPipe | E::UnexpectedEof | E::NotFound)
}

fn tell(socket: &Path) -> std::io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(&[SHOW])?;
    stream.read_exact(&mut [0])
}

impl First {
    /// Calls `show` for each second start, on a thread of its own. The returned lock lasts until the end.
    pub fn serve(self, show: impl Fn() + Send + 'static) -> std::io::Result<()> {
        std::thread::Builder::new().name("second-starts".into()).spawn(move || {
            let _lock = self._lock;
            for stream in self.listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let _ = stream.set_read_timeout(Some(ANSWER_WITHIN));
                let mut said = [0];
                if stream.read_exact(&mut said).is_ok() && said[0] == SHOW {
                    show();
                    let _ = stream.write_all(&[SHOWN]);
                }
            }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_second_start_makes_the_first_one_show_itself() {
        let place = tempfile::tempdir().unwrap();
        let Start::First(first) = start(place.path(), true).unwrap() else { panic!("the first one is the first") };
        let (shown, seen) = mpsc::channel();
        first.serve(move || shown.send(()).unwrap()).unwrap();
        assert!(matches!(start(place.path(), true).unwrap(), Start::Second));
        seen.recv().unwrap();
        assert!(matches!(start(place.path(), false).unwrap(), Start::Second));
        assert!(seen.try_recv().is_err());
    }

    #[test]
    fn one_that_is_just_ending_is_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let Start::First(first) = start(place.path(), true).unwrap() else { panic!("the first one is the first") };
        let ends = std::thread::spawn(move || {
            // It takes the question, and ends before it answers.
            drop(first.listener.accept().unwrap());
            drop(first);
        });
        assert!(matches!(start(place.path(), true).unwrap(), Start::First(_)));
        ends.join().unwrap();
    }

    #[test]
    fn a_socket_left_by_one_that_was_killed_is_no_obstacle() {
        let place = tempfile::tempdir().unwrap();
        drop(start(place.path(), true).unwrap());
        assert!(matches!(start(place.path(), true).unwrap(), Start::First(_)));
    }
}
