//! The window, as the tray app knows it: a process of its own, started when the window is opened and ended when it is
//! closed, so that a tray alone costs no webview. It holds nothing and decides nothing: all that its page asks comes over
//! the channel, which no other program has, and is answered here.

use crate::link::Link;
use crate::review::Review;
use crate::{mirror, reader, review};
use anyhow::Context;
use protocol::window::{self, Answer, Ask, Picture, ToTray, ToWindow};
use protocol::{BUILD, Failure, Request, Response, framing, paths};
use rustix::process::Signal;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

/// A window whose channel was closed ends by itself; later it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// One that was told to come to the front and does not say within this time that it did hangs. A slow computer may need
/// some seconds to start one.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// How a window ended.
#[derive(PartialEq, Eq)]
enum End {
    Closed,
    /// It did not come to the front, and was killed.
    Hung,
}

type Outgoing = (ToWindow, Option<Picture>);

/// Opens the window whenever that is asked for; one that is open comes to the front, or another one in its place.
pub async fn run(link: Arc<Link>, review: Arc<Review>, mut opens: mpsc::UnboundedReceiver<()>) {
    while opens.recv().await.is_some() {
        let mut again = true;
        while again {
            let end = open(&link, &review, &mut opens).await;
            again = matches!(end, Ok(End::Hung));
            if let Err(error) = end {
                tracing::error!("the window: {error:#}");
                link.say("Eyelid's window has ended", &format!("{error:#}. If it stays so, install Eyelid again."));
            }
            mirror::stop(&link);
            review.close();
            review.window_gone(&link).await;
        }
    }
}

/// One window from start to end.
async fn open(link: &Arc<Link>, review: &Arc<Review>, opens: &mut mpsc::UnboundedReceiver<()>) -> anyhow::Result<End> {
    let (ours, its) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let program = paths::program("eyelid-window")?;
    let mut command = Command::new(&program);
    command.stdin(Stdio::from(OwnedFd::from(its))).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| program.display().to_string())?;
    // The command keeps a copy of the window's end, and the channel closes only with the last copy.
    drop(command);
    link.window(child.id());
    let (reader, writer) = UnixStream::from_std(ours)?.into_split();
    let (out, queued) = mpsc::unbounded_channel();
    let writes = tokio::spawn(write(writer, queued, Arc::clone(link)));
    let (shows, mut shown) = mpsc::unbounded_channel();
    let mut reads = tokio::spawn(read(reader, out.clone(), shows, Arc::clone(link), Arc::clone(review)));
    let mut hangs_at = None;
    let read = loop {
        tokio::select! {
            read = &mut reads => break Some(read),
            Some(()) = opens.recv() => {
                let _ = out.send((ToWindow::Show, None));
                hangs_at.get_or_insert_with(|| Instant::now() + SHOWN_WITHIN);
            }
            Some(()) = shown.recv() => hangs_at = None,
            () = until(hangs_at) => break None,
        }
    };
    writes.abort();
    let Some(read) = read else {
        tracing::warn!("the window hangs and is replaced");
        reads.abort();
        child.start_kill()?;
        ended(&mut child, link).await;
        return Ok(End::Hung);
    };
    let status = ended(&mut child, link).await;
    read.context("its questions could not be read")??;
    match status {
        Some(status) if !status.success() && !told_to_end(status) => anyhow::bail!("it ended by itself ({status})"),
        Some(_) | None => Ok(End::Closed),
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// A logout, or an interrupt at the terminal, reaches all processes at once.
fn told_to_end(status: ExitStatus) -> bool {
    const ORDERS: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::HUP];
    status.signal().is_some_and(|signal| ORDERS.iter().any(|order| order.as_raw() == signal))
}

/// Waits for the end of a window that has closed its channel. Nothing else may have its number while it counts as ours.
async fn ended(child: &mut Child, link: &Link) -> Option<ExitStatus> {
    link.window(None);
    match timeout(ENDS_WITHIN, child.wait()).await {
        Ok(status) => status.ok(),
        Err(_) => {
            tracing::warn!("the window did not end in time and was killed");
            let _ = child.kill().await;
            None
        }
    }
}

/// Answers questions, each in a task of its own, until the window closes the channel.
async fn read(
    mut reader: OwnedReadHalf,
    out: mpsc::UnboundedSender<Outgoing>,
    shows: mpsc::UnboundedSender<()>,
    link: Arc<Link>,
    review: Arc<Review>,
) -> anyhow::Result<()> {
    loop {
        match window::read_to_tray(&mut reader).await {
            Ok(ToTray::Hello(build)) if build == BUILD => {}
            Ok(ToTray::Hello(build)) => {
                anyhow::bail!("it is of version {build}, the tray app of {BUILD}; quit Eyelid and start it again")
            }
            Ok(ToTray::Shown) => drop(shows.send(())),
            Ok(ToTray::Asks { ticket, ask }) => {
                let (out, link, review) = (out.clone(), Arc::clone(&link), Arc::clone(&review));
                tokio::spawn(async move {
                    let (answer, picture) = answer(ask, &link, &review).await;
                    let _ = out.send((ToWindow::Answer { ticket, answer }, picture));
                });
            }
            Err(framing::ReadError::Closed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn answer(ask: Ask, link: &Arc<Link>, review: &Arc<Review>) -> (Answer, Option<Picture>) {
    let picture = match ask {
        Ask::Request(asked) => return (Answer::Request(request(link, asked).await), None),
        Ask::Mirror(ask) => return (Answer::Mirror(mirror::ask(link, ask).await), None),
        Ask::Review(ask) => return (Answer::Review(review::ask(review, link, ask).await), None),
        Ask::MirrorPicture(number) => link.mirror().picture(number),
        Ask::PastPicture(at) => review.picture(at).await,
    };
    let length = picture.as_ref().and_then(|picture| u32::try_from(picture.len()).ok()).unwrap_or(0);
    (Answer::Picture(length), picture.filter(|_| length > 0))
}

/// Passes a request on. Before consent is given there has to be a key to seal with.
async fn request(link: &Link, request: Request) -> Result<Response, Failure> {
    if matches!(request, Request::ConsentGrant(_)) {
        reader::ensure().await?;
    }
    link.request(request).await
}

/// Passes on answers and every event of the agent.
async fn write(mut writer: OwnedWriteHalf, mut queued: mpsc::UnboundedReceiver<Outgoing>, link: Arc<Link>) {
    let mut events = link.events();
    loop {
        let (message, picture) = tokio::select! {
            Some(outgoing) = queued.recv() => outgoing,
            event = events.recv() => match event {
                Ok(event) => (ToWindow::Event(event), None),
                // The page asks for the whole state when it has missed something.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            else => return,
        };
        if window::write_to_window(&mut writer, &message, picture.as_deref().map(Vec::as_slice)).await.is_err() {
            return;
        }
    }
}
