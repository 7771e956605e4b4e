//! The public socket: who may connect, and what each client is told.

use protocol::framing::{self, ReadError};
use protocol::{
    BUILD, ClientMessage, ErrorCode, Event, Failure, Hello, Outcome, PROTOCOL_VERSION, Request, ServerMessage, Snapshot,
};
use rustix::net::sockopt;
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc};

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

/// Of more connections than this the one that has been silent for longest is let go: however many there are, whoever
/// comes to pause is heard.
const MAX_CLIENTS: usize = 512;
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

/// A connection's place among the others.
#[derive(Default)]
struct Place {
    /// The order in which connections were last heard of.
    heard: AtomicU64,
    /// It has to make room.
    leave: Notify,
}

/// The places that are taken. The tray app, which the agent lives and dies with, needs none.
#[derive(Default)]
struct Places {
    taken: Mutex<HashMap<ClientId, Arc<Place>>>,
    order: AtomicU64,
}

impl Places {
    /// Takes a place, and lets go whoever has been silent for longest if there is none left.
    fn take(&self, client: ClientId) -> Arc<Place> {
        let place = Arc::new(Place::default());
        self.heard(&place);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= MAX_CLIENTS {
            let silent = taken.iter().min_by_key(|(_, place)| place.heard.load(Ordering::Relaxed)).map(|(id, _)| *id);
            if let Some(place) = silent.and_then(|id| taken.remove(&id)) {
                place.leave.notify_one();
            }
        }
        taken.insert(client, Arc::clone(&place));
        place
    }

    fn heard(&self, place: &Place) {
        place.heard.store(self.order.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    fn give_back(&self, client: ClientId) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&client);
    }
}

/// Takes connections for ever.
pub async fn serve(listener: UnixListener, to_loop: mpsc::Sender<FromClient>) {
    let places = Arc::new(Places::default());
    let mut next = 1;
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(e) => {
                tracing::warn!("a connection was lost before it began: {}", e.kind());
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let client = ClientId(next);
        next = next.wrapping_add(1);
        let Ok(peer) = sockopt::socket_peercred(&stream) else { continue };
        if peer.uid != rustix::process::geteuid() {
            // Nothing is said to another user, not even why.
            continue;
        }
        let place = if Some(peer.pid) == rustix::process::getppid() { Arc::default() } else { places.take(client) };
        let (to_loop, places) = (to_loop.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            connection(stream, client, &places, &place, to_loop).await;
            places.give_back(client);
        });
    }
}

async fn connection(
    stream: UnixStream,
    client: ClientId,
    places: &Places,
    place: &Place,
    to_loop: mpsc::Sender<FromClient>,
) {
    let (mut reader, mut writer) = stream.into_split();
    let greeted = tokio::select! {
        name = handshake(&mut reader) => name,
        () = place.leave.notified() => Err(crowded()),
    };
    let name = match greeted {
        Ok(name) => name,
        Err(failure) => return refuse(&mut writer, failure).await,
    };
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    if to_loop.send(FromClient::Joined { client, name, outbox: Outbox(outbox.clone()) }).await.is_err() {
        return;
    }
    let writing = tokio::spawn(write_out(writer, inbox));
    let failure = loop {
        let message = tokio::select! {
            message = framing::read::<ClientMessage>(&mut reader) => message,
            () = place.leave.notified() => break Some(crowded()),
        };
        match message {
            Ok(message) => {
                places.heard(place);
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

fn crowded() -> Failure {
    Failure::new(
        ErrorCode::TooLarge,
        "Too many programs are connected to Eyelid, and this one has been silent for longest.",
        "Close those that are not needed, then connect again.",
    )
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
