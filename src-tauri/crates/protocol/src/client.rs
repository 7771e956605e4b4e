//! A client of the public socket.

use crate::framing::{self, ReadError};
use crate::{
    BUILD, ClientMessage, ErrorCode, Event, Failure, Hello, Outcome, PROTOCOL_VERSION, Request, Response,
    ServerMessage, Snapshot,
};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

type Waiting = Arc<Mutex<Option<HashMap<u32, oneshot::Sender<Outcome>>>>>;

/// A connection to the agent. Cheap to clone; all clones share the connection.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: AsyncMutex<(OwnedWriteHalf, u32)>,
    waiting: Waiting,
}

fn not_running(why: &str) -> Failure {
    Failure::new(ErrorCode::NotRunning, format!("Eyelid is not running ({why})."), "Start it: eyelid")
}

impl Client {
    /// Connects and shakes hands. Answers with the client, the state, and all later events; the stream of events ends
    /// with `Gone`.
    ///
    /// # Errors
    /// `NotRunning` when nobody listens, `VersionMismatch` when the agent is of another build.
    pub async fn connect(
        socket: &Path,
        name: &str,
    ) -> Result<(Client, Snapshot, mpsc::UnboundedReceiver<Event>), Failure> {
        let stream = UnixStream::connect(socket).await.map_err(|e| not_running(&e.kind().to_string()))?;
        let (mut reader, mut writer) = stream.into_split();
        let hello = Hello { protocol: PROTOCOL_VERSION, build: BUILD.into(), client: name.into() };
        framing::write(&mut writer, &hello).await.map_err(|e| not_running(&e.kind().to_string()))?;
        let snapshot = match framing::read::<ServerMessage>(&mut reader).await {
            Ok(ServerMessage::Event(Event::Snapshot(snapshot))) => *snapshot,
            Ok(ServerMessage::Answer { outcome: Outcome::Failed(failure), .. }) => return Err(failure),
            Ok(ServerMessage::Answer { .. } | ServerMessage::Event(_)) => {
                return Err(not_running("unexpected first message"));
            }
            Err(e) => return Err(not_running(&e.to_string())),
        };
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let (events, received) = mpsc::unbounded_channel();
        let answers = Arc::clone(&waiting);
        tokio::spawn(async move {
            let why = loop {
                match framing::read::<ServerMessage>(&mut reader).await {
                    Ok(ServerMessage::Event(event)) => {
                        if events.send(event).is_err() {
                            // Nobody listens to events; answers still matter.
                        }
                    }
                    Ok(ServerMessage::Answer { id, outcome }) => {
                        let waiting =
                            answers.lock().expect("no panic under this lock").as_mut().and_then(|w| w.remove(&id));
                        if let Some(waiting) = waiting {
                            let _ = waiting.send(outcome);
                        }
                    }
                    Err(ReadError::Closed) => break "the agent has ended".to_owned(),
                    Err(e) => break e.to_string(),
                }
            };
            // Dropping the senders answers everyone who still waits.
            *answers.lock().expect("no panic under this lock") = None;
            let _ = events.send(Event::Gone(why));
        });
        let inner = Inner { writer: AsyncMutex::new((writer, 0)), waiting };
        Ok((Client { inner: Arc::new(inner) }, snapshot, received))
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// The agent's refusal, or `NotRunning` when the connection is gone or no answer comes within 90 s (a pause: 10 s).
    pub async fn request(&self, request: Request) -> Result<Response, Failure> {
        let within = Duration::from_secs(if matches!(request, Request::Pause(_)) { 10 } else { 90 });
        tokio::time::timeout(within, self.ask(request)).await.unwrap_or_else(|_| {
            Err(Failure::new(
                ErrorCode::NotRunning,
                "Eyelid's recorder does not answer.",
                "End Eyelid and start it again; with it ended, nothing is recorded.",
            ))
        })
    }

    async fn ask(&self, request: Request) -> Result<Response, Failure> {
        let (send, answer) = oneshot::channel();
        {
            let mut writer = self.inner.writer.lock().await;
            writer.1 += 1;
            let id = writer.1;
            match self.inner.waiting.lock().expect("no panic under this lock").as_mut() {
                Some(waiting) => waiting.insert(id, send),
                None => return Err(not_running("the agent has ended")),
            };
            let bytes = framing::encode(&ClientMessage { id, request });
            writer.0.write_all(&bytes).await.map_err(|e| not_running(&e.kind().to_string()))?;
        }
        match answer.await {
            Ok(Outcome::Ok(response)) => Ok(response),
            Ok(Outcome::Failed(failure)) => Err(failure),
            Err(_) => Err(not_running("the agent has ended")),
        }
    }
}
