//! The channel between the tray app and the agent it started: a socket pair that the agent inherits as its standard
//! input. No other program can speak on it. When it closes, the agent ends.

use crate::framing::{self, ReadError};
use crate::{Failure, MirrorAnswer, MirrorAsk};
use policy::{Recipient, Wall};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// From the tray app to the agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ToAgent {
    /// The answer to a ping.
    Pong(u64),
    /// The program behind a process; `exe` is `None` if it is gone or not ours to see.
    Process {
        /// Which.
        pid: u32,
        /// Absolute path of its executable.
        exe: Option<String>,
    },
    /// The terminals below a process, as they were when this was looked for.
    Terminals {
        /// The question's number.
        number: u64,
        /// What was found.
        found: Terminals,
        /// When the last of them was looked at, milliseconds of boot time.
        looked: u64,
    },
    /// Whether the person is there.
    Presence(PresenceReport),
    /// The machine has resumed from suspend.
    Woke,
    /// How the key in the keyring compares with the vault's.
    Recipient {
        /// The comparison.
        state: Recipient,
        /// The public key that the keyring's own key derives to, when it is `Verified`: the one to seal to.
        key: Option<String>,
        /// How the keyring keeps it.
        #[serde(default)]
        kept: crate::KeyInfo,
    },
    /// The key in the keyring is about to be replaced; the comparison that follows names the new one.
    Rotates,
    /// The reminder of a pause's end is in front of the person.
    ReminderShown,
    /// No notification daemon answered; the pill must say it.
    ReminderFailed,
    /// A hotkey was pressed, as far as the desktop's own registration tells; the agent has usually seen the chord itself.
    Hotkey(HotkeyId),
    /// What is wrong on the tray app's side, as a whole; replaces the last report.
    Faults(Vec<crate::Fault>),
    /// The reader has changed the vault.
    VaultTouched,
    /// The process of Eyelid's window, from its start to its end.
    Window(Option<u32>),
    /// Something the window asks of the mirror.
    Mirror {
        /// Comes back in the answer.
        ticket: u64,
        /// What.
        ask: MirrorAsk,
        /// The number of the newest picture that the tray app has had; 0 for none.
        have: u64,
    },
}

/// What the terminals below a process do with what is typed into them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Terminals {
    /// There are none.
    Absent,
    /// They show it, or leave it to their programs to do so.
    Plain,
    /// One of them reads a line without showing it: a password.
    Secret,
    /// It cannot be told: one of them leads elsewhere, or cannot be looked at.
    Unknown,
}

/// Whether the person is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceReport {
    /// Unlocked and not idle.
    Here,
    /// Unlocked, no input for a while.
    Idle,
    /// Locked, asleep or another user's session.
    Locked,
}

/// One of the two chords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HotkeyId {
    /// Pause, or resume.
    Pause,
    /// Pause and forget the last five minutes.
    Panic,
}

/// From the agent to the tray app.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ToTray {
    /// The socket is open and takes clients.
    Ready,
    /// Answer at once.
    Ping(u64),
    /// Which program is this?
    WhoIs(u32),
    /// What do the terminals below this process do?
    Terminals {
        /// To be named in the answer.
        number: u64,
        /// The process.
        pid: u32,
    },
    /// Somebody listens on the accessibility bus: tell the desktop, so that applications speak there.
    Listening,
    /// Compare the keys again: the vault has a new recipient, or the keyring was unlocked.
    CheckRecipient,
    /// A hotkey was taken in at this time; the tray app ends the agent if none comes within 500 ms of the desktop's own event.
    HotkeyTaken(HotkeyId, Wall),
    /// The answer to [`ToAgent::Mirror`].
    Mirror {
        /// That of the question.
        ticket: u64,
        /// What was asked for, or why not.
        answer: Result<MirrorAnswer, Failure>,
        /// So many bytes of pixels follow this message, as they wait to be stored; 0 if the tray app has had them.
        pixels: u32,
    },
}

/// Pixels on their way: one zstd block of B, G, R, unused, row by row. Wiped when dropped.
pub type Pixels = Zeroizing<Vec<u8>>;

/// Pixels longer than this are a mistake.
const MAX_PIXELS: u32 = 256 << 20;

/// Reads a message to the tray app with the pixels that follow it. Not to be cancelled in the middle.
///
/// # Errors
/// See [`ReadError`]; after one the channel is of no use.
pub async fn read_to_tray(from: &mut (impl AsyncRead + Unpin)) -> Result<(ToTray, Option<Pixels>), ReadError> {
    let message = framing::read::<ToTray>(from).await?;
    let length = match &message {
        ToTray::Mirror { pixels, .. } => *pixels,
        ToTray::Ready
        | ToTray::Ping(_)
        | ToTray::WhoIs(_)
        | ToTray::Terminals { .. }
        | ToTray::Listening
        | ToTray::CheckRecipient
        | ToTray::HotkeyTaken(..) => 0,
    };
    if length == 0 {
        return Ok((message, None));
    }
    if length > MAX_PIXELS {
        return Err(ReadError::TooLarge(length as usize));
    }
    let mut pixels = Zeroizing::new(vec![0; length as usize]);
    from.read_exact(&mut pixels).await?;
    Ok((message, Some(pixels)))
}

/// Writes a message to the tray app, and its pixels after it.
///
/// # Errors
/// When the channel broke.
pub async fn write_to_tray(
    to: &mut (impl AsyncWrite + Unpin),
    message: &ToTray,
    pixels: Option<&[u8]>,
) -> std::io::Result<()> {
    // A mirror's message has text of the person's in it.
    to.write_all(&Zeroizing::new(framing::encode(message))).await?;
    if let Some(pixels) = pixels {
        to.write_all(pixels).await?;
    }
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MirrorKeys, MirrorState, MirrorView};

    fn answer(pixels: u32) -> ToTray {
        let keys = vec![MirrorKeys { app: "marker-a".into(), text: "marker-b".into(), ..MirrorKeys::default() }];
        let view = MirrorView { state: MirrorState::Recording, picture: None, keys };
        ToTray::Mirror { ticket: 7, answer: Ok(MirrorAnswer::View(view)), pixels }
    }

    #[tokio::test]
    async fn pixels_follow_their_message_and_the_next_message_follows_them() {
        let mut wire = Vec::new();
        write_to_tray(&mut wire, &answer(5), Some(b"12345")).await.unwrap();
        write_to_tray(&mut wire, &ToTray::Ping(3), None).await.unwrap();
        let mut from = wire.as_slice();
        let (first, pixels) = read_to_tray(&mut from).await.unwrap();
        assert!(matches!(first, ToTray::Mirror { ticket: 7, .. }));
        assert_eq!(pixels.as_deref().map(Vec::as_slice), Some(&b"12345"[..]));
        assert!(matches!(read_to_tray(&mut from).await, Ok((ToTray::Ping(3), None))));
    }

    #[tokio::test]
    async fn absurdly_many_pixels_are_refused_before_any_is_read() {
        let wire = framing::encode(&answer(u32::MAX));
        assert!(matches!(read_to_tray(&mut wire.as_slice()).await, Err(ReadError::TooLarge(_))));
    }

    #[test]
    fn debug_prints_no_content() {
        assert!(!format!("{:?}", answer(0)).contains("marker"));
    }
}
