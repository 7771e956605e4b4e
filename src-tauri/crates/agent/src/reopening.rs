//! A vault that could not be opened, or cannot be written to: it is tried again until it can, and nobody waits for it
//! meanwhile.

use crate::agent::Agent;
use crate::deferred::{Deferred, Then};
use crate::keeping::{capital, last_stored};
use policy::{Boot, Input, Now};
use protocol::private::ToTray;
use protocol::{ErrorCode, Failure, Fault, FaultCode, Outcome};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use vault::{Cure, Note, OpenError, Vault};

/// A vault that could not be opened is tried again so often, milliseconds of boot time.
const TRY_EVERY: u64 = 5_000;
/// What waits for a disk that takes nothing is answered after so long, milliseconds.
const PATIENCE: u64 = 2_000;

/// What became of a try.
type Opened = Result<Vault, OpenError>;

/// What it takes to open the vault again.
pub struct Reopening {
    folder: PathBuf,
    notes: mpsc::UnboundedSender<Note>,
    opened: (mpsc::UnboundedSender<Opened>, mpsc::UnboundedReceiver<Opened>),
    due: Option<Boot>,
}

/// Opens the vault in `folder`; what it has to say goes to `notes`.
///
/// # Errors
/// See [`OpenError`].
pub fn open(folder: &Path, now: Now, notes: &mpsc::UnboundedSender<Note>) -> Result<Vault, OpenError> {
    let notes = notes.clone();
    Vault::open(folder, now, move |note| drop(notes.send(note)))
}

/// What is wrong with a vault that cannot be opened.
pub fn fault(error: &OpenError) -> Fault {
    Fault { code: FaultCode::Vault, message: capital(&error.to_string()), cure: error.cure().into() }
}

impl Reopening {
    /// Tries again if there is no vault yet.
    pub fn new(folder: PathBuf, notes: mpsc::UnboundedSender<Note>, missing: bool, now: Now) -> Reopening {
        let due = missing.then(|| now.boot.plus(TRY_EVERY));
        Reopening { folder, notes, opened: mpsc::unbounded_channel(), due }
    }

    /// When it is tried again.
    pub fn due(&self) -> Option<Boot> {
        self.due
    }

    /// What became of a try.
    pub async fn tried(&mut self) -> Result<Vault, OpenError> {
        match self.opened.1.recv().await {
            Some(opened) => opened,
            // This holds a sender itself.
            None => std::future::pending().await,
        }
    }
}

impl Agent {
    /// Tries to open the vault, on a thread of its own, if it is time to.
    pub(crate) fn reopen(&mut self, now: Now) {
        if self.reopening.due.is_none_or(|due| due > now.boot) {
            return;
        }
        let Reopening { folder, notes, opened, due } = &mut self.reopening;
        *due = None;
        let (folder, notes, opened) = (folder.clone(), notes.clone(), opened.0.clone());
        let tries = move || {
            // One that was taken away is not made anew: perhaps it is about to be put back.
            let absent = !folder.join("vault.db").exists();
            let _ = opened.send(if absent { Err(OpenError::Absent) } else { open(&folder, now, &notes) });
        };
        if let Err(e) = std::thread::Builder::new().name("vault-opener".into()).spawn(tries) {
            tracing::warn!("the vault cannot be opened: {e}");
            self.reopening.due = Some(now.boot.plus(TRY_EVERY));
        }
    }

    /// The vault is there, or still not.
    pub fn tried(&mut self, opened: Result<Vault, OpenError>) -> Result<(), platform::Lost> {
        let now = crate::clock::now();
        let vault = match opened {
            Ok(vault) => vault,
            Err(error) => {
                self.reopening.due = Some(now.boot.plus(TRY_EVERY));
                if !matches!(error, OpenError::Absent) {
                    self.faults.retain(|f| f.code != FaultCode::Vault);
                    self.faults.push(fault(&error));
                }
                return Ok(());
            }
        };
        self.faults.retain(|f| f.code != FaultCode::Vault);
        self.stored = last_stored(&vault);
        self.consent = crate::setup::standing_consent(&vault).filter(|_| !self.withdrawn);
        self.vault = Some(vault);
        let consent = self.consent.as_ref().map(|c| c.streams);
        self.tell(now.boot, Input::Consent(consent), now);
        self.vault_state(now);
        self.retained_at = None;
        self.tray.send(ToTray::CheckRecipient);
        self.switch_sensors()
    }

    fn takes_nothing(&self) -> bool {
        self.faults.iter().any(|f| f.code == FaultCode::Vault)
    }

    /// When somebody has waited long enough for a disk that takes nothing.
    pub(crate) fn next_giving_up(&self) -> Option<Boot> {
        let waits = self.deferred.iter().filter(|d| d.vault.is_some() && self.takes_nothing());
        waits.map(|d| d.since.plus(PATIENCE)).min()
    }

    /// Answers those who wait for a disk that takes nothing. A pause needs no vault: it holds, and its acknowledgement
    /// names what was stored. The vault does the rest by itself once it can.
    pub(crate) fn give_up_on_the_disk(&mut self, now: Now) {
        let Some(fault) = self.faults.iter().find(|f| f.code == FaultCode::Vault).cloned() else { return };
        let long = |d: &Deferred| d.vault.is_some() && d.since.plus(PATIENCE) <= now.boot;
        let mut answers = Vec::new();
        for deferred in self.deferred.iter_mut().filter(|d| long(d)) {
            deferred.vault = None;
            match std::mem::replace(&mut deferred.then, Then::Nothing) {
                Then::Answer { client, id, .. } => answers.push((client, id)),
                then @ (Then::Paused { .. } | Then::Mirrored { .. } | Then::Nothing) => deferred.then = then,
            }
        }
        for (client, id) in answers {
            let message = format!("{} What you asked for is done as soon as it can be.", fault.message);
            let failure = Failure::new(ErrorCode::VaultUnavailable, message, fault.cure.clone());
            self.answer(client, id, Outcome::Failed(failure));
        }
    }
}
