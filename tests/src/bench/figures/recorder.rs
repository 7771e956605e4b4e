//! Fills a vault as the agent does, with what policy has cleared.

use std::sync::mpsc::{Receiver, channel};

use jiff::tz::TimeZone;
use policy::{
    Boot, Candidate, Clear, Focus, Identity, Input, KeyLevel, Now, Policy, Presence, Recipient, Sensor, Streams,
    VaultState, Wall, WindowId, WindowKind,
};
use vault::{Item, Note, Ticket, Vault};

use crate::Result;
use crate::desktop::Desktop;
use crate::eyelid::Binaries;
use crate::wait::LONG;

/// When what is recorded begins, Unix milliseconds.
pub const T0: i64 = 1_760_000_000_000;

/// A vault that is being filled.
pub struct Recorder {
    policy: Policy,
    vault: Vault,
    notes: Receiver<Note>,
    tickets: u64,
}

/// So many milliseconds after the start.
pub fn at(ms: i64) -> Now {
    Now { boot: Boot(1_000_000 + ms.unsigned_abs()), wall: Wall(T0 + ms) }
}

impl Recorder {
    /// Makes the desktop's vault, with its key in the desktop's keyring.
    pub fn fresh(desktop: &Desktop) -> Result<Recorder> {
        let folder = desktop.path("data").join("eyelid/vault");
        Vault::open(&folder, at(0), |_| {})?.close();
        let mut reader = desktop.command(Binaries::find()?.program("eyelid-reader")?);
        reader.args(["keys", "ensure"]);
        let made = desktop.run(reader)?;
        anyhow::ensure!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
        let (sender, notes) = channel();
        let vault = Vault::open(&folder, at(0), move |note| drop(sender.send(note)))?;
        Ok(Recorder { policy: recording(), vault, notes, tickets: 0 })
    }

    /// Records a datum later than everything before.
    pub fn record(&mut self, item: Item) -> Result<()> {
        let Now { boot, wall } = item.at();
        let later = Now { boot: boot.plus(4_000), wall: Wall(wall.0 + 4_000) };
        heard(&mut self.policy, later);
        let candidate = Candidate { stream: item.stream(), at: boot, until: boot, windows: Vec::new(), payload: item };
        match self.policy.clear(candidate, later) {
            Clear::Cleared(cleared) => Ok(self.vault.append(cleared)?),
            Clear::Wait(..) => anyhow::bail!("a datum waits that should be cleared"),
            Clear::Dropped(why) => anyhow::bail!("a datum is dropped: {why:?}"),
        }
    }

    /// Seals what waits, and returns when it is written.
    pub fn sync(&mut self) -> Result<()> {
        self.done(|vault, ticket| vault.sync(ticket))
    }

    /// Forgets a range, in milliseconds from the start.
    pub fn forget(&mut self, from: i64, to: i64) -> Result<()> {
        self.done(|vault, ticket| vault.forget((at(from).wall, at(to).wall), "bench", ticket))
    }

    fn done(&mut self, ask: impl FnOnce(&mut Vault, Ticket)) -> Result<()> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        ask(&mut self.vault, ticket);
        while self.notes.recv_timeout(3 * LONG)? != Note::Done(ticket) {}
        Ok(())
    }
}

/// A policy that nothing holds.
fn recording() -> Policy {
    let start = Now { boot: Boot(1_000_000 - 10_000), wall: Wall(T0 - 10_000) };
    let mut policy = Policy::new(3000, None, start);
    let window = WindowId(1);
    let streams = Streams { screen: true, keys: KeyLevel::Text, pointer: true, focus: true };
    let editor = Identity { exe: Some("/usr/bin/editor".into()), class: Some("Editor".into()), ..Identity::default() };
    for input in [
        Input::Zone(TimeZone::UTC),
        Input::ConfigValid(true),
        Input::Consent(Some(streams)),
        Input::Vault(VaultState::Ready),
        Input::Recipient(Recipient::Verified),
        Input::Window { id: window, kind: WindowKind::Normal, identity: editor, text: true },
        Input::Focus(Focus::Window(window)),
        Input::SecretField(false),
        Input::Pill(true),
        Input::Presence(Presence::Here),
    ] {
        policy.handle(start.boot, input, start);
    }
    // Every sensor has been heard before the first datum.
    for ms in [1_000_u32, 5_000] {
        heard(&mut policy, Now { boot: start.boot.plus(ms.into()), wall: Wall(start.wall.0 + i64::from(ms)) });
    }
    policy
}

fn heard(policy: &mut Policy, now: Now) {
    for sensor in [Sensor::Display, Sensor::Access, Sensor::Tray] {
        policy.handle(now.boot, Input::UpTo(sensor, now.boot), now);
    }
}
