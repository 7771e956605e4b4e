//! The public socket: who may connect, and what each client is told.

use protocol::framing::{self, ReadError};
use protocol::{
    BUILD, ClientMessage, ErrorCode, Event, Failure, Hello, Outcome, PROTOCOL_VERSION, Request, ServerMessage, Snapshot,
};
use rustix::net::sockopt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

/// One connection, for as long as the agent runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(u32);

/// What clients do, as the loop sees it.
pub enum FromClient {
    /// A client shook hands; it waits for the snapshot.
    Joined { client: ClientId, name: String, outbox: Outbox },
    /// A request.
    Asked { client: ClientId, id: u32, request: Request },
    /// The client is gone.
    Left { client: ClientId },
}

/// Where messages to one client go. A client that does not read is dropped, never waited for.
pub struct Outbox(mpsc::Sender<Arc<Vec<u8>>>);

impl Outbox {
    /// Queues a message; `false` when the client is gone or does not keep up.
    pub fn send(&self, bytes: Arc<Vec<u8>>) -> bool {
        self.0.try_send(bytes).is_ok()
    }

    /// Queues the first message of a connection.
    pub fn send_snapshot(&self, snapshot: &Snapshot) -> bool {
        let event = ServerMessage::Event(Event::Snapshot(Box::new(snapshot.clone())));
        self.send(Arc::new(framing::encode(&event)))
    }
}

/// More connections than this wait in the listener's queue.
const MAX_CLIENTS: usize = 64;
/// So many unread messages make a client that does not keep up.
const OUTBOX: usize = 256;

/// Binds the socket, 0600. A socket that somebody still listens on is an error; a stale one is replaced.
pub fn bind(path: &Path) -> anyhow::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        anyhow::bail!("Another Eyelid is running for this user. Use that one, or quit it first.");
    }
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => anyhow::bail!("The socket in the runtime directory cannot be replaced: {e}."),
    }
    let listener = UnixListener::bind(path)
        .map_err(|e| anyhow::anyhow!("The socket in the runtime directory cannot be opened: {e}."))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes connections for ever.
pub async fn serve(listener: UnixListener, to_loop: mpsc::Sender<FromClient>) {
    let places = Arc::new(tokio::sync::Semaphore::new(MAX_CLIENTS));
    let next = AtomicU32::new(1);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(e) => {
                tracing::warn!("a connection was lost before it began: {}", e.kind());
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let client = ClientId(next.fetch_add(1, Ordering::Relaxed));
        let to_loop = to_loop.clone();
        tokio::spawn(async move {
            connection(stream, client, to_loop).await;
            drop(place);
        });
    }
}

async fn connection(stream: UnixStream, client: ClientId, to_loop: mpsc::Sender<FromClient>) {
    let same_user = sockopt::socket_peercred(&stream).is_ok_and(|peer| peer.uid == rustix::process::geteuid());
    let (mut reader, mut writer) = stream.into_split();
    if !same_user {
        // Nothing is said to another user, not even why.
        return;
    }
    let name = match handshake(&mut reader).await {
        Ok(name) => name,
        Err(failure) => return refuse(&mut writer, failure).await,
    };
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    if to_loop.send(FromClient::Joined { client, name, outbox: Outbox(outbox.clone()) }).await.is_err() {
        return;
    }
    let writing = tokio::spawn(write_out(writer, inbox));
    let failure = loop {
        match framing::read::<ClientMessage>(&mut reader).await {
            Ok(message) => {
                let asked = FromClient::Asked { client, id: message.id, request: message.request };
                if to_loop.send(asked).await.is_err() {
                    break None;
                }
            }
            Err(e) => break failure_of(e),
        }
    };
    let _ = to_loop.send(FromClient::Left { client }).await;
    if let Some(failure) = failure {
        let answer = ServerMessage::Answer { id: 0, outcome: Outcome::Failed(failure) };
        let _ = outbox.try_send(Arc::new(framing::encode(&answer)));
    }
    drop(outbox);
    let _ = writing.await;
}

async fn write_out(mut writer: OwnedWriteHalf, mut inbox: mpsc::Receiver<Arc<Vec<u8>>>) {
    use tokio::io::AsyncWriteExt;
    while let Some(bytes) = inbox.recv().await {
        let written = tokio::time::timeout(std::time::Duration::from_secs(10), writer.write_all(&bytes)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
}

async fn handshake(reader: &mut OwnedReadHalf) -> Result<String, Failure> {
    let hello: Hello = match tokio::time::timeout(std::time::Duration::from_secs(5), framing::read(reader)).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(e)) => {
            return Err(failure_of(e).unwrap_or_else(|| {
                Failure::new(ErrorCode::BadMessage, "The connection was closed before it began.", "Connect again.")
            }));
        }
        Err(_) => {
            return Err(Failure::new(
                ErrorCode::BadMessage,
                "No greeting came within 5 seconds.",
                "Send a Hello first.",
            ));
        }
    };
    if hello.protocol != PROTOCOL_VERSION || hello.build != BUILD {
        return Err(Failure::new(
            ErrorCode::VersionMismatch,
            format!(
                "This is Eyelid {BUILD}, protocol {PROTOCOL_VERSION}; you are {}, {}.",
                hello.build, hello.protocol
            ),
            "Quit Eyelid and start it again, so that all its programs are of one version.",
        ));
    }
    Ok(hello.client.chars().filter(|c| !c.is_control()).take(40).collect())
}

fn failure_of(error: ReadError) -> Option<Failure> {
    let (code, cure) = match &error {
        ReadError::Closed | ReadError::Io(_) => return None,
        ReadError::TooLarge(_) => (ErrorCode::TooLarge, "Send less at once."),
        ReadError::Malformed(_) => (ErrorCode::BadMessage, "Use the eyelidctl of this version."),
    };
    Some(Failure::new(code, format!("The agent could not take this: {error}."), cure))
}

async fn refuse(writer: &mut OwnedWriteHalf, failure: Failure) {
    let answer = ServerMessage::Answer { id: 0, outcome: Outcome::Failed(failure) };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), framing::write(writer, &answer)).await;
}
