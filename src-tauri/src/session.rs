//! One agent from start to end.

use crate::acknowledgements::Acknowledgements;
use crate::agent::graver;
use crate::faults::Faults;
use crate::link::{Link, Order};
use crate::reader::Comparison;
use crate::{accessibility, programs, reader, terminals};
use anyhow::Context;
use policy::{PauseFor, Recipient};
use protocol::client::Client;
use protocol::framing;
use protocol::paths::{self, Paths};
use protocol::private::{self, HotkeyId, ToAgent, ToTray};
use protocol::{Event, Failure, FaultCode, KeyInfo, Request, Snapshot};
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

/// An agent that is not ready by then never will be.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// A channel that was closed is an order to end; later the agent is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(2);
/// While the key could not be compared, it is tried again.
const COMPARE_AGAIN: Duration = Duration::from_secs(60);
/// The agent's exit code for a set-up with which it will not run.
const BAD_SETUP: i32 = 3;

/// How it ended.
pub enum End {
    /// As told; where to say so.
    Stopped(Option<oneshot::Sender<()>>),
    /// By itself, with a reason that a new start will not mend.
    Refused(String),
    /// By itself or by a broken channel.
    Died(String),
    /// Ended because it did not acknowledge a pause.
    Unanswered(HotkeyId),
}

type Connected = Result<(Client, Snapshot, mpsc::UnboundedReceiver<Event>), Failure>;

type Compared = (Recipient, Option<String>, KeyInfo);

/// A running agent with its private channel.
pub struct Session<'a> {
    link: &'a Arc<Link>,
    faults: &'a Arc<Faults>,
    child: Child,
    out: mpsc::UnboundedSender<ToAgent>,
    heard: mpsc::UnboundedReceiver<ToTray>,
    tasks: Vec<JoinHandle<()>>,
    complaint: JoinHandle<String>,
    acknowledgements: Acknowledgements,
    compared: (mpsc::UnboundedSender<Compared>, mpsc::UnboundedReceiver<Compared>),
    comparing: bool,
    compare_again: bool,
    compare_at: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Starts the agent with one end of a socket pair as its standard input. It asks the kernel itself to be ended with
    /// its parent, which is the thread that started it: call this from a thread that lasts.
    pub fn start(link: &'a Arc<Link>, faults: &'a Arc<Faults>) -> anyhow::Result<Session<'a>> {
        let (ours, its) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let program = paths::program("eyelid-agent")?;
        let mut command = Command::new(&program);
        command.stdin(Stdio::from(OwnedFd::from(its))).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| program.display().to_string())?;
        // The command keeps a copy of the agent's end, and the channel closes only with the last copy.
        drop(command);
        let complaint = child.stderr.take().context("the recorder has no standard error")?;
        let (reader, writer) = UnixStream::from_std(ours)?.into_split();
        let (out, queued) = mpsc::unbounded_channel();
        let (hears, heard) = mpsc::unbounded_channel();
        let tasks =
            vec![tokio::spawn(write(writer, queued)), tokio::spawn(read(reader, Arc::clone(link), out.clone(), hears))];
        link.opened(out.clone());
        Ok(Session {
            link,
            faults,
            child,
            out,
            heard,
            tasks,
            complaint: tokio::spawn(pass_on(complaint)),
            acknowledgements: Acknowledgements::default(),
            compared: mpsc::unbounded_channel(),
            comparing: false,
            compare_again: false,
            compare_at: None,
        })
    }

    /// Serves the agent until it has ended.
    pub async fn run(
        mut self,
        paths: &Paths,
        orders: &mut mpsc::UnboundedReceiver<Order>,
        owed: &mut Option<HotkeyId>,
    ) -> End {
        let (connects, mut connected) = mpsc::unbounded_channel::<Connected>();
        let mut events: Option<mpsc::UnboundedReceiver<Event>> = None;
        let mut ready_by = Some(Instant::now() + READY_WITHIN);
        loop {
            tokio::select! {
                message = self.heard.recv() => match message {
                    Some(ToTray::Ready) => {
                        ready_by = None;
                        self.connect(paths, connects.clone());
                    }
                    Some(message) => self.told(message),
                    None => return self.died("Eyelid's recorder ended.").await,
                },
                status = self.child.wait() => return self.exited(status.ok()).await,
                order = orders.recv() => match order {
                    // What the agent acknowledged by now counts for this press.
                    Some(Order::Pressed(id)) if events.is_some() => {
                        while let Ok(message) = self.heard.try_recv() {
                            self.told(message);
                        }
                        self.acknowledgements.pressed(id, Instant::now());
                        let _ = self.out.send(ToAgent::Hotkey(id));
                    }
                    Some(Order::Pressed(id)) => *owed = graver(*owed, id),
                    Some(Order::Unanswered) => return self.unanswered(HotkeyId::Pause).await,
                    Some(Order::CheckRecipient) => self.compare(),
                    Some(Order::Stop(done)) => return self.stopped(Some(done)).await,
                    None => return self.stopped(None).await,
                },
                Some(answer) = connected.recv() => match answer {
                    Ok((client, snapshot, later)) => {
                        if let Some(id) = owed.take() {
                            pay(client.clone(), id, Arc::clone(self.link));
                        }
                        events = Some(later);
                        self.link.connected(client, snapshot);
                    }
                    Err(failure) => return self.died(&format!("Eyelid's recorder cannot be reached: {failure}")).await,
                },
                event = next(&mut events) => match event {
                    Some(Event::Gone(_)) | None => return self.died("Eyelid's recorder ended.").await,
                    Some(event) => self.link.publish(event),
                },
                Some((state, key, kept)) = self.compared.1.recv() => self.comparison(state, key, kept),
                () = at(self.compare_at) => self.compare(),
                () = at(ready_by) => return self.died("Eyelid's recorder did not become ready.").await,
                () = at(self.acknowledgements.deadline()) => {
                    // Both may have become true in the same turn.
                    while let Ok(message) = self.heard.try_recv() {
                        self.told(message);
                    }
                    if let Some(id) = self.acknowledgements.overdue(Instant::now()) {
                        return self.unanswered(id).await;
                    }
                }
            }
        }
    }

    fn told(&mut self, message: ToTray) {
        match message {
            // Answered where it was read.
            ToTray::Ping(_) | ToTray::Ready | ToTray::Mirror { .. } => {}
            ToTray::WhoIs(pid) => {
                let out = self.out.clone();
                tokio::spawn(async move {
                    let _ = out.send(programs::who_is(pid).await);
                });
            }
            ToTray::Terminals { number, pid } => {
                let out = self.out.clone();
                tokio::spawn(async move {
                    let _ = out.send(terminals::look(number, pid).await);
                });
            }
            ToTray::Listening => drop(tokio::spawn(accessibility::announce())),
            ToTray::CheckRecipient => self.compare(),
            ToTray::HotkeyTaken(id, _) => self.acknowledgements.taken(id, Instant::now()),
        }
    }

    fn connect(&self, paths: &Paths, connects: mpsc::UnboundedSender<Connected>) {
        let socket = paths.socket.clone();
        tokio::spawn(async move {
            let _ = connects.send(Client::connect(&socket, "tray").await);
        });
    }

    fn compare(&mut self) {
        self.compare_at = None;
        if self.comparing {
            self.compare_again = true;
            return;
        }
        self.comparing = true;
        let (compared, faults) = (self.compared.0.clone(), Arc::clone(self.faults));
        tokio::spawn(async move {
            let comparison = match reader::verify().await {
                Ok(Comparison { state, key, kept, fault }) => {
                    match fault {
                        Some((message, cure)) => faults.raise(FaultCode::Keyring, message, cure),
                        None => faults.clear(FaultCode::Keyring),
                    }
                    (state, key, kept)
                }
                Err(error) => {
                    let cure = "Install Eyelid again; eyelid-reader belongs to it.";
                    faults.raise(FaultCode::Keyring, format!("The sealing key could not be checked: {error:#}."), cure);
                    (Recipient::Unchecked, None, KeyInfo::default())
                }
            };
            let _ = compared.send(comparison);
        });
    }

    fn comparison(&mut self, state: Recipient, key: Option<String>, kept: KeyInfo) {
        self.comparing = false;
        // What was asked for meanwhile may be of another key; what it said before is of no use.
        if std::mem::take(&mut self.compare_again) {
            return self.compare();
        }
        let _ = self.out.send(ToAgent::Recipient { state, key, kept });
        match state {
            Recipient::Verified | Recipient::None => {}
            Recipient::Unchecked | Recipient::Locked | Recipient::Mismatch => {
                self.compare_at = Some(Instant::now() + COMPARE_AGAIN);
            }
        }
    }

    /// Closes the channel, which tells the agent to end.
    fn close(&mut self) {
        self.link.ending();
        self.tasks.drain(..).for_each(|task| task.abort());
    }

    async fn stopped(mut self, done: Option<oneshot::Sender<()>>) -> End {
        self.close();
        if timeout(ENDS_WITHIN, self.child.wait()).await.is_err() {
            tracing::warn!("the recorder did not end in time and was killed");
            let _ = self.child.kill().await;
        }
        End::Stopped(done)
    }

    async fn unanswered(mut self, id: HotkeyId) -> End {
        let _ = self.child.kill().await;
        self.close();
        End::Unanswered(id)
    }

    async fn died(mut self, why: &str) -> End {
        self.close();
        match timeout(ENDS_WITHIN, self.child.wait()).await {
            Ok(status) => self.exited(status.ok()).await,
            Err(_) => {
                let _ = self.child.kill().await;
                End::Died(why.into())
            }
        }
    }

    async fn exited(mut self, status: Option<ExitStatus>) -> End {
        self.close();
        let complaint = timeout(Duration::from_secs(1), self.complaint).await;
        let complaint = complaint.ok().and_then(Result::ok).unwrap_or_default();
        match status.and_then(|status| status.code()) {
            Some(BAD_SETUP) if complaint.is_empty() => End::Refused("Eyelid's recorder cannot run here.".into()),
            Some(BAD_SETUP) => End::Refused(complaint),
            Some(code) => End::Died(format!("Eyelid's recorder ended by itself (code {code}).")),
            None => End::Died("Eyelid's recorder was ended by a signal.".into()),
        }
    }
}

/// What a chord asked for that nobody took.
fn pay(client: Client, id: HotkeyId, link: Arc<Link>) {
    tokio::spawn(async move {
        let mut requests = vec![Request::Pause(PauseFor::Resumed)];
        match id {
            HotkeyId::Pause => {}
            HotkeyId::Panic => requests.push(Request::Forget(5)),
        }
        for request in requests {
            if let Err(failure) = client.request(request).await {
                link.say("The hotkey had no effect", &failure.to_string());
            }
        }
    });
}

async fn next(events: &mut Option<mpsc::UnboundedReceiver<Event>>) -> Option<Event> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queued: mpsc::UnboundedReceiver<ToAgent>) {
    while let Some(message) = queued.recv().await {
        if framing::write(&mut writer, &message).await.is_err() {
            return;
        }
    }
}

/// Answers pings where they are read, so that nothing else can delay the answer.
async fn read(
    mut reader: OwnedReadHalf,
    link: Arc<Link>,
    out: mpsc::UnboundedSender<ToAgent>,
    hears: mpsc::UnboundedSender<ToTray>,
) {
    loop {
        match private::read_to_tray(&mut reader).await {
            Ok((ToTray::Ping(number), _)) => drop(out.send(ToAgent::Pong(number))),
            Ok((ToTray::Mirror { ticket, answer, pixels: _ }, pixels)) => {
                link.mirror().answered(ticket, answer, pixels);
            }
            Ok((
                message @ (ToTray::Ready
                | ToTray::WhoIs(_)
                | ToTray::Terminals { .. }
                | ToTray::Listening
                | ToTray::CheckRecipient
                | ToTray::HotkeyTaken(..)),
                _,
            )) => {
                if hears.send(message).is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::debug!("the recorder's channel: {error}");
                return;
            }
        }
    }
}

/// Passes the agent's log on, line by line; its last line is its reason to end.
async fn pass_on(from: ChildStderr) -> String {
    let mut lines = BufReader::new(from).lines();
    let mut last = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        eprintln!("{line}");
        if !line.trim().is_empty() {
            last = line;
        }
    }
    last
}
