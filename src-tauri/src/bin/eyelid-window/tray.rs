//! The channel to the tray app, as the commands of the page use it.

use protocol::window::{self, Answer, Ask, Picture, ToTray, ToWindow};
use protocol::{BUILD, ErrorCode, Failure};
use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::AppHandle;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

type Answered = (Answer, Option<Picture>);
type Bytes = Zeroizing<Vec<u8>>;

/// The tray app, for those who ask it. Cheap to clone.
#[derive(Clone)]
pub struct Tray(Arc<Inner>);

struct Inner {
    out: mpsc::UnboundedSender<Bytes>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    tickets: u64,
    answers: HashMap<u64, oneshot::Sender<Answered>>,
}

impl Tray {
    /// One that is asked from now on, and what is to be written to it.
    pub fn new() -> (Tray, mpsc::UnboundedReceiver<Bytes>) {
        let (out, queued) = mpsc::unbounded_channel();
        out.send(Zeroizing::new(protocol::framing::encode(&ToTray::Hello(BUILD.into())))).expect("just made");
        (Tray(Arc::new(Inner { out, waiting: Mutex::default() })), queued)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the page is told when the tray app does not answer.
    pub fn gone() -> Failure {
        Failure::new(ErrorCode::NotRunning, "Eyelid has ended; nothing is recorded.", "Start it again: eyelid")
    }

    /// Asks.
    ///
    /// # Errors
    /// `TooLarge` for what cannot be passed on, `NotRunning` when the tray app has ended.
    pub async fn ask(&self, ask: Ask) -> Result<Answered, Failure> {
        let (answers, answer) = oneshot::channel();
        let ticket = {
            let mut waiting = self.waiting();
            waiting.tickets += 1;
            let ticket = waiting.tickets;
            waiting.answers.insert(ticket, answers);
            ticket
        };
        let Some(bytes) = window::encode_to_tray(&ToTray::Asks { ticket, ask }) else {
            self.waiting().answers.remove(&ticket);
            return Err(Failure::new(ErrorCode::TooLarge, "That is too long to be taken.", "Make it shorter."));
        };
        let _ = self.0.out.send(bytes);
        answer.await.map_err(|_| Tray::gone())
    }

    /// Tells that the window has come to the front.
    pub fn shown(&self) {
        let _ = self.0.out.send(Zeroizing::new(protocol::framing::encode(&ToTray::Shown)));
    }

    /// Passes questions, answers and events on until the tray app closes the channel, and then ends the process: from any
    /// thread, so that a window that hangs goes, too.
    pub async fn serve(self, channel: UnixStream, queued: mpsc::UnboundedReceiver<Bytes>, app: AppHandle) {
        let Ok(channel) = tokio::net::UnixStream::from_std(channel) else { std::process::exit(1) };
        let (mut reader, writer) = channel.into_split();
        tokio::spawn(write(writer, queued));
        loop {
            match window::read_to_window(&mut reader).await {
                Ok((ToWindow::Show, _)) => {
                    let (tray, on_main) = (self.clone(), app.clone());
                    let _ = app.run_on_main_thread(move || {
                        crate::show(&on_main);
                        tray.shown();
                    });
                }
                Ok((ToWindow::Event(event), _)) => crate::tell(&app, event),
                Ok((ToWindow::Answer { ticket, answer }, picture)) => {
                    if let Some(waits) = self.waiting().answers.remove(&ticket) {
                        let _ = waits.send((answer, picture));
                    }
                }
                Err(protocol::framing::ReadError::Closed) => std::process::exit(0),
                Err(error) => {
                    eprintln!("Eyelid's window: {error}");
                    std::process::exit(1);
                }
            }
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queued: mpsc::UnboundedReceiver<Bytes>) {
    while let Some(bytes) = queued.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
