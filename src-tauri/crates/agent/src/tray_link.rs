//! The channel to the tray app that started this agent: a socket pair, inherited as standard input.

use anyhow::Context;
use protocol::framing;
use protocol::private::{self, Pixels, ToAgent, ToTray};
use std::os::fd::{FromRawFd, OwnedFd};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// Both directions, as queues. When `from_tray` ends, the tray app is gone and the agent must end.
pub struct TrayLink {
    /// What the tray app says.
    pub from_tray: mpsc::Receiver<ToAgent>,
    to_tray: mpsc::UnboundedSender<(ToTray, Option<Pixels>)>,
}

impl TrayLink {
    /// Takes the channel over. Fails when standard input is not a socket: the agent was not started by the tray app.
    #[allow(unsafe_code)]
    pub fn inherit() -> anyhow::Result<TrayLink> {
        let stdin = rustix::stdio::stdin();
        rustix::net::sockopt::socket_type(stdin).context(
            "eyelid-agent is started by Eyelid's tray app, which shows that it runs. Start Eyelid instead: eyelid",
        )?;
        // A copy, so that nothing else that touches standard input can close it.
        let own: OwnedFd = rustix::io::fcntl_dupfd_cloexec(stdin, 3)?;
        let stream = std::os::unix::net::UnixStream::from(own);
        stream.set_nonblocking(true)?;
        let (mut reader, mut writer) = UnixStream::from_std(stream)?.into_split();
        let null = std::fs::File::open("/dev/null")?;
        // SAFETY: standard input belongs to this process for its whole life; the handle is not dropped.
        let mut own_stdin = std::mem::ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(0) });
        rustix::io::dup2(&null, &mut own_stdin)?;

        let (send, from_tray) = mpsc::channel(256);
        tokio::spawn(async move {
            while let Ok(message) = framing::read::<ToAgent>(&mut reader).await {
                if send.send(message).await.is_err() {
                    return;
                }
            }
        });
        let (to_tray, mut outbox) = mpsc::unbounded_channel::<(ToTray, Option<Pixels>)>();
        tokio::spawn(async move {
            while let Some((message, pixels)) = outbox.recv().await {
                let pixels = pixels.as_deref().map(Vec::as_slice);
                if private::write_to_tray(&mut writer, &message, pixels).await.is_err() {
                    return;
                }
            }
        });
        Ok(TrayLink { from_tray, to_tray })
    }

    /// Queues a message. If the tray app is gone, `from_tray` tells.
    pub fn send(&self, message: ToTray) {
        let _ = self.to_tray.send((message, None));
    }

    /// Queues a message that is followed by pixels.
    pub fn send_with(&self, message: ToTray, pixels: Option<Pixels>) {
        let _ = self.to_tray.send((message, pixels));
    }
}
