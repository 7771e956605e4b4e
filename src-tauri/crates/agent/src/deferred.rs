//! Answers that wait until what they tell is durable.

use crate::server::ClientId;
use protocol::Response;
use std::sync::mpsc;
use vault::Ticket;

/// What is answered once everything it waits for has happened.
pub enum Then {
    /// This answer to this client.
    Answer { client: ClientId, id: u32, response: Response },
    /// The acknowledgement of a pause, with the last stored instants as they are then.
    Paused { client: Option<(ClientId, u32)>, asked: policy::Wall },
    /// What was dropped from the mirror is gone from the vault.
    Mirrored { ticket: u64 },
    /// Nothing; it was only to become durable.
    Nothing,
}

/// Something that waits.
pub struct Deferred {
    /// The write of the state file.
    pub state: Option<u64>,
    /// The work of the vault.
    pub vault: Option<Ticket>,
    /// And then.
    pub then: Then,
    /// Since when it waits.
    pub since: policy::Boot,
}

impl Deferred {
    /// Whether nothing is missing any more.
    pub fn ready(&self) -> bool {
        self.state.is_none() && self.vault.is_none()
    }
}

/// Writes the state file on a thread of its own; the loop never waits for the disk.
pub struct Saver {
    work: Option<mpsc::Sender<(u64, String)>>,
    thread: Option<std::thread::JoinHandle<()>>,
    last: u64,
}

impl Saver {
    /// `done` is called with the number of each save that is durable, or that failed.
    pub fn start(file: std::path::PathBuf, done: impl Fn(u64, bool) + Send + 'static) -> std::io::Result<Saver> {
        let (work, jobs) = mpsc::channel::<(u64, String)>();
        let thread = std::thread::Builder::new().name("state".into()).spawn(move || {
            while let Ok(mut job) = jobs.recv() {
                // Only the newest state matters; older saves are done with it.
                while let Ok(newer) = jobs.try_recv() {
                    job = newer;
                }
                let written = crate::config::write(&file, &job.1).is_ok();
                done(job.0, written);
            }
        })?;
        Ok(Saver { work: Some(work), thread: Some(thread), last: 0 })
    }

    /// Queues a save; its number, and every lower one, comes back through `done`.
    pub fn save(&mut self, text: String) -> u64 {
        self.last += 1;
        if let Some(work) = &self.work {
            let _ = work.send((self.last, text));
        }
        self.last
    }
}

impl Drop for Saver {
    /// What was queued is written.
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
