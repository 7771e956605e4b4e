//! Review: the window's way to what was recorded. Every question goes to one `eyelid-reader review`, started with the
//! first and ended when nobody looks any more: this program never holds a key, and no content longer than it takes to
//! pass it on.

use crate::link::{Link, View};
use crate::{export, key, reader, rotation};
use anyhow::Context;
use policy::Wall;
use protocol::framing;
use protocol::private::ToAgent;
use protocol::review::{self, ReadAnswer, ReadAsk, ReviewAnswer, ReviewAsk, Selection, Span};
use protocol::window::Picture;
use protocol::{ErrorCode, Failure, Request, Secret};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// Not asked for so long, the reader ends, and with it all that it has opened.
const KEPT: Duration = Duration::from_secs(60);
/// The first search of a long range opens all of it; so does a check of everything.
const ANSWERS_WITHIN: Duration = Duration::from_secs(180);
/// A reader whose input was closed ends by itself.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

type Answered = (ReadAnswer, Option<Picture>);
type Question = (ReadAsk, oneshot::Sender<Answered>);

/// What the tray app knows of a review under way.
#[derive(Default)]
pub struct Review {
    questions: Mutex<Option<mpsc::UnboundedSender<Question>>>,
    export: export::Export,
    key: key::Key,
}

/// A reader that runs.
struct Reader {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Review {
    /// Asks the reader, starting it if need be.
    async fn read(self: &Arc<Self>, ask: ReadAsk) -> Answered {
        let (answers, answer) = oneshot::channel();
        {
            let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
            let unsent = match &*questions {
                Some(sender) => sender.send((ask, answers)).err().map(|unsent| unsent.0),
                None => Some((ask, answers)),
            };
            if let Some(question) = unsent {
                let (sender, asked) = mpsc::unbounded_channel();
                let _ = sender.send(question);
                *questions = Some(sender);
                tokio::spawn(serve(asked));
            }
        }
        let died = || (ReadAnswer::Failed(unanswered("It ended before it answered")), None);
        answer.await.unwrap_or_else(|_| died())
    }

    /// Nobody looks any more: the reader ends once it has answered.
    pub fn close(&self) {
        *self.questions.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The window is gone, and with it a recovery key that it showed.
    pub async fn window_gone(&self, link: &Arc<Link>) {
        self.key.window_gone(link).await;
    }

    /// The picture of exactly this time.
    pub async fn picture(self: &Arc<Self>, at: Wall) -> Option<Picture> {
        self.read(ReadAsk::Picture(at)).await.1
    }
}

/// Answers one of the window's questions.
///
/// # Errors
/// Why it was not done.
pub async fn ask(review: &Arc<Review>, link: &Arc<Link>, mut ask: ReviewAsk) -> Result<ReviewAnswer, Failure> {
    let mut passphrase = None;
    while let ReviewAsk::WithPassphrase { passphrase: given, ask: what } = ask {
        passphrase = Some(given);
        ask = *what;
    }
    let answer = answer_with(review, link, ask, passphrase.as_ref()).await?;
    if let Some(passphrase) = passphrase {
        rotation::given(link, passphrase);
    }
    Ok(answer)
}

async fn answer_with(
    review: &Arc<Review>,
    link: &Arc<Link>,
    ask: ReviewAsk,
    passphrase: Option<&Secret>,
) -> Result<ReviewAnswer, Failure> {
    match ask {
        ReviewAsk::Read(ask) => {
            if let Some(passphrase) = passphrase
                && let ReadAnswer::Failed(failure) = review.read(ReadAsk::Unlock(passphrase.clone())).await.0
            {
                return Err(failure);
            }
            match review.read(ask).await.0 {
                ReadAnswer::Failed(failure) => Err(failure),
                answer => Ok(ReviewAnswer::Read(answer)),
            }
        }
        ReviewAsk::Forget(Selection::Span(span)) => {
            link.request(Request::ForgetSpan(span)).await?;
            Ok(ReviewAnswer::Forgotten)
        }
        ReviewAsk::Forget(Selection::App { app, span }) => take_apart(link, span, Some(&app), passphrase).await,
        ReviewAsk::Forget(Selection::Picture(at)) => {
            take_apart(link, Span { from: at, to: at }, None, passphrase).await
        }
        ReviewAsk::ExportBegin(_) if passphrase.is_none() && under_passphrase(link) => {
            Err(reader::refusal(Some(reader::PASSPHRASE), b""))
        }
        ReviewAsk::ExportBegin(span) => {
            review.export.begin(span, passphrase.map(|p| reader::lines(&[p]))).map(ReviewAnswer::Export)
        }
        ReviewAsk::Key(ask) => key::ask(&review.key, link, ask, passphrase).await.map(ReviewAnswer::Key),
        // It was taken off before.
        ReviewAsk::WithPassphrase { .. } => Err(unanswered("It was asked twice over")),
        ReviewAsk::ExportState => Ok(ReviewAnswer::Export(review.export.state())),
        ReviewAsk::ExportCancel => Ok(ReviewAnswer::Export(review.export.cancel().await)),
        ReviewAsk::Close => {
            review.close();
            Ok(ReviewAnswer::Closed)
        }
    }
}

/// Whether the key is, as far as the agent was told.
fn under_passphrase(link: &Link) -> bool {
    matches!(&*link.view().borrow(), View::Running(snapshot) if snapshot.key.passphrase)
}

/// Forgets part of what lies in a range. That takes the key, so the reader does it; the agent first ends the minute it
/// is writing and drops what still waits, so that all that is dated before this is where the reader can take it apart.
async fn take_apart(
    link: &Arc<Link>,
    span: Span,
    app: Option<&str>,
    passphrase: Option<&Secret>,
) -> Result<ReviewAnswer, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Wall(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    link.request(Request::Settle).await?;
    let forgotten = reader::forget(Span { from: span.from, to: span.to.min(now) }, app, passphrase).await;
    link.tell(ToAgent::VaultTouched);
    forgotten?;
    Ok(ReviewAnswer::Forgotten)
}

/// Passes questions on to one reader, one after the other, until nobody asks any more.
async fn serve(mut asked: mpsc::UnboundedReceiver<Question>) {
    let mut reader = None;
    while let Ok(Some((ask, answers))) = timeout(KEPT, asked.recv()).await {
        let answer = match answer(&mut reader, &ask).await {
            Ok(answer) => answer,
            Err(error) => {
                // What it may still say belongs to a question that was given up.
                reader = None;
                (ReadAnswer::Failed(unanswered(&format!("{error:#}"))), None)
            }
        };
        let _ = answers.send(answer);
    }
    if let Some(Reader { mut child, input, output: _ }) = reader {
        drop(input);
        if timeout(ENDS_WITHIN, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }
}

async fn answer(reader: &mut Option<Reader>, ask: &ReadAsk) -> anyhow::Result<Answered> {
    let running = match reader {
        Some(running) => running,
        None => reader.insert(start()?),
    };
    // A passphrase may be in it.
    let question = Zeroizing::new(framing::encode(ask));
    running.input.write_all(&question).await.context("it takes no question")?;
    let answer = timeout(ANSWERS_WITHIN, review::read_answer(&mut running.output)).await;
    Ok(answer.context("it did not answer in time")??)
}

fn start() -> anyhow::Result<Reader> {
    let mut command = Command::new(reader::program()?);
    command.args(["review", "--program", "Eyelid"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    let mut child = command.spawn().context("it could not be started")?;
    let input = child.stdin.take().context("it has no input")?;
    let output = child.stdout.take().context("it has no output")?;
    Ok(Reader { child, input, output: BufReader::new(output) })
}

fn unanswered(why: &str) -> Failure {
    Failure::new(
        ErrorCode::NotRunning,
        format!("What was recorded could not be read: {why}."),
        "Try again. If it stays so, install Eyelid again; eyelid-reader belongs to it.",
    )
}
