//! The channel between the tray app and the process of its window: a socket pair that the window inherits as its standard
//! input. No other program can speak on it. When it closes, the window ends.

use crate::framing::{self, ReadError};
use crate::review::{ReviewAnswer, ReviewAsk};
use crate::{Event, Failure, MirrorAnswer, MirrorAsk, Request, Response};
use policy::Wall;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// From the window to the tray app.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ToTray {
    /// The first message: which build the window is of.
    Hello(String),
    /// The page asks.
    Asks {
        /// Comes back in the answer.
        ticket: u64,
        /// What.
        ask: Ask,
    },
    /// It has come to the front, as it was told to.
    Shown,
}

/// What the page may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Ask {
    /// Of the agent.
    Request(Request),
    /// Of the mirror.
    Mirror(MirrorAsk),
    /// About what was recorded.
    Review(ReviewAsk),
    /// The mirror's picture of this number.
    MirrorPicture(u64),
    /// The recorded picture of exactly this time.
    PastPicture(Wall),
}

/// From the tray app to the window.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ToWindow {
    /// Come to the front.
    Show,
    /// The agent told its clients something.
    Event(Event),
    /// The answer to a question.
    Answer {
        /// That of the question.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Answer {
    /// To [`Ask::Request`].
    Request(Result<Response, Failure>),
    /// To [`Ask::Mirror`].
    Mirror(Result<MirrorAnswer, Failure>),
    /// To [`Ask::Review`].
    Review(Result<ReviewAnswer, Failure>),
    /// To a question for a picture: so many bytes of a bitmap follow this message; 0 if there is none.
    Picture(u32),
}

/// A picture on its way. Wiped when dropped.
pub type Picture = Zeroizing<Vec<u8>>;

/// Longer messages are not sent: a reader's answer in its wrapping, with room to spare.
const MAX_MESSAGE: usize = framing::MAX_MESSAGE + (64 << 10);

/// Pictures longer than this are a mistake.
const MAX_PICTURE: u32 = 512 << 20;

/// Reads a message to the tray app. Not to be cancelled in the middle.
///
/// # Errors
/// See [`ReadError`]; after one the channel is of no use.
pub async fn read_to_tray(from: &mut (impl AsyncRead + Unpin)) -> Result<ToTray, ReadError> {
    framing::read_within(from, MAX_MESSAGE).await
}

/// A message to the tray app as bytes; nothing if it is too long to be taken.
#[must_use]
pub fn encode_to_tray(message: &ToTray) -> Option<Zeroizing<Vec<u8>>> {
    // A passphrase may be in it.
    Some(Zeroizing::new(framing::encode(message))).filter(|bytes| bytes.len() - 4 <= MAX_MESSAGE)
}

/// Reads a message to the window with the picture that follows it. Not to be cancelled in the middle.
///
/// # Errors
/// See [`ReadError`]; after one the channel is of no use.
pub async fn read_to_window(from: &mut (impl AsyncRead + Unpin)) -> Result<(ToWindow, Option<Picture>), ReadError> {
    let message = framing::read_within(from, MAX_MESSAGE).await?;
    let ToWindow::Answer { answer: Answer::Picture(length @ 1..), .. } = message else { return Ok((message, None)) };
    if length > MAX_PICTURE {
        return Err(ReadError::TooLarge(length as usize));
    }
    let mut picture = Zeroizing::new(vec![0; length as usize]);
    from.read_exact(&mut picture).await?;
    Ok((message, Some(picture)))
}

/// Writes a message to the window, and its picture after it.
///
/// # Errors
/// When the channel broke.
pub async fn write_to_window(
    to: &mut (impl AsyncWrite + Unpin),
    message: &ToWindow,
    picture: Option<&[u8]>,
) -> std::io::Result<()> {
    // What was recorded may be in it.
    to.write_all(&Zeroizing::new(framing::encode(message))).await?;
    if let Some(picture) = picture {
        to.write_all(picture).await?;
    }
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MirrorState, MirrorView, Secret};

    fn picture(length: u32) -> ToWindow {
        ToWindow::Answer { ticket: 7, answer: Answer::Picture(length) }
    }

    #[tokio::test]
    async fn a_picture_follows_its_message_and_the_next_message_follows_it() {
        let mut wire = Vec::new();
        write_to_window(&mut wire, &picture(3), Some(b"abc")).await.unwrap();
        write_to_window(&mut wire, &picture(0), None).await.unwrap();
        write_to_window(&mut wire, &ToWindow::Show, None).await.unwrap();
        let mut from = wire.as_slice();
        let (_, pixels) = read_to_window(&mut from).await.unwrap();
        assert_eq!(pixels.as_deref().map(Vec::as_slice), Some(&b"abc"[..]));
        assert!(matches!(read_to_window(&mut from).await, Ok((ToWindow::Answer { ticket: 7, .. }, None))));
        assert!(matches!(read_to_window(&mut from).await, Ok((ToWindow::Show, None))));
        assert!(matches!(read_to_window(&mut from).await, Err(ReadError::Closed)));
    }

    #[tokio::test]
    async fn an_absurdly_long_picture_is_refused_before_any_is_read() {
        let wire = framing::encode(&picture(u32::MAX));
        assert!(matches!(read_to_window(&mut wire.as_slice()).await, Err(ReadError::TooLarge(_))));
    }

    #[tokio::test]
    async fn the_longest_answer_of_a_reader_fits_and_a_longer_question_is_not_sent() {
        let said = "x".repeat(framing::MAX_MESSAGE - 100);
        let answer = ToWindow::Answer { ticket: u64::MAX, answer: Answer::Request(Ok(Response::Receipt(Some(said)))) };
        assert!(read_to_window(&mut framing::encode(&answer).as_slice()).await.is_ok());
        let asks = |length| ToTray::Hello("x".repeat(length));
        assert!(encode_to_tray(&asks(framing::MAX_MESSAGE)).is_some());
        assert!(encode_to_tray(&asks(2 * framing::MAX_MESSAGE)).is_none());
    }

    #[test]
    fn debug_prints_no_content() {
        let view = MirrorView { state: MirrorState::Recording, picture: None, keys: Vec::new() };
        let shown = ToWindow::Answer { ticket: 1, answer: Answer::Mirror(Ok(MirrorAnswer::View(view))) };
        let ask = ReviewAsk::WithPassphrase {
            passphrase: Secret::from("marker".to_owned()),
            ask: Box::new(ReviewAsk::ExportState),
        };
        let asks = ToTray::Asks { ticket: 1, ask: Ask::Review(ask) };
        assert!(!format!("{shown:?} {asks:?}").contains("marker"));
    }
}
