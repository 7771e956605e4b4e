//! Review: what the window asks about what was recorded, and what comes back.
//!
//! The window asks the tray app ([`ReviewAsk`]); the tray app starts `eyelid-reader review`, which reads [`ReadAsk`]s on
//! its standard input and answers each with a [`ReadAnswer`] on its standard output, framed as in [`crate::framing`],
//! until the input closes. The public socket has no request for any of it.
//!
//! `Debug` of these types prints no app, no title and no text.

use crate::framing::{self, ReadError};
use crate::{Failure, KeyAnswer, KeyAsk, Secret};
use policy::Wall;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt};
use ts_rs::TS;
use zeroize::Zeroizing;

/// A range of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct Span {
    /// From when.
    pub from: Wall,
    /// Until when.
    pub to: Wall,
}

/// What the window asks of the tray app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ReviewAsk {
    /// Asks the reader. Answer: `Read`.
    Read(ReadAsk),
    /// Forgets a selection. Answer: `Forgotten`.
    Forget(Selection),
    /// Begins to write a range out, readable, into a new folder of the person's. Answer: `Export`.
    ExportBegin(Span),
    /// How far it is. Answer: `Export`.
    ExportState,
    /// Ends it; nothing half-written stays. Answer: `Export`.
    ExportCancel,
    /// Nothing is looked at any more: the reader ends. Answer: `Closed`.
    Close,
    /// About the key. Answer: `Key`.
    Key(KeyAsk),
    /// The same, where the key is under a passphrase. What waited for it is done, too.
    WithPassphrase {
        /// As it was typed.
        passphrase: Secret,
        /// What.
        ask: Box<ReviewAsk>,
    },
}

/// The answer to a [`ReviewAsk`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ReviewAnswer {
    /// What the reader says.
    Read(ReadAnswer),
    /// It is deleted. It is gone once `Snapshot::rotation_due` is false.
    Forgotten,
    /// How far an export is.
    Export(ExportState),
    /// The reader has ended.
    Closed,
    /// About the key.
    Key(KeyAnswer),
}

/// What is to be forgotten.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Selection {
    /// Everything in a range.
    Span(Span),
    /// What belongs to one app in a range: its text, its clicks, and every picture that shows it.
    App {
        /// The app, as it was filed.
        app: String,
        /// When.
        span: Span,
    },
    /// The picture of exactly this time.
    Picture(Wall),
}

/// Where an export is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ExportState {
    /// There is none.
    None,
    /// It is under way.
    Running {
        /// Records written.
        done: u32,
        /// Records in all.
        of: u32,
    },
    /// It is there.
    Done {
        /// The folder, to be shown to the person.
        folder: String,
    },
    /// It was ended by the person, and removed.
    Cancelled,
    /// It failed, and was removed.
    Failed(Failure),
}

/// What the reader is asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ReadAsk {
    /// The passphrase that the key is under, for the rest of this session. Answer: `Unlocked`.
    Unlock(Secret),
    /// When anything was recorded, by the hour. Opens nothing, so needs no entry in the log. Answer: `Hours`.
    Hours,
    /// A range at a glance. Entered in the log once for a range and session. Answer: `Overview`.
    Overview(Span),
    /// What happened in a range, and the picture that was on the screen at its end. Answer: `Moment`.
    Moment(Span),
    /// The pixels of the picture of exactly this time: a BMP file follows the answer. Answer: `Picture`.
    Picture(Wall),
    /// Titles and typed text that contain this, capitals or not. Answer: `Found`, newest first.
    Search {
        /// What to look for.
        text: String,
        /// Where.
        span: Span,
    },
    /// How long was recorded and withheld; no content. Answer: `Report`.
    Report(Span),
    /// The same as one self-contained HTML page in the person's own folder. Answer: `Saved`.
    ReportSave(Span),
    /// The log: the 200 entries before this number, or the newest. Answer: `Log`.
    Log(#[ts(type = "number | null")] Option<i64>),
    /// Opens and checks everything. Answer: `Verified`.
    Verify,
}

/// The reader's answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum ReadAnswer {
    /// The key is open for the rest of this session.
    Unlocked,
    /// Hours in which anything was recorded, ascending.
    Hours(Vec<Hour>),
    /// A range at a glance.
    Overview(Overview),
    /// A moment.
    Moment(Moment),
    /// So many bytes of a BMP file follow this message; 0 if there is no such picture.
    Picture(u32),
    /// What was found.
    Found {
        /// Newest first.
        hits: Vec<Hit>,
        /// There is more than this.
        more: bool,
    },
    /// Time recorded and withheld.
    Report(Report),
    /// The page was written here.
    Saved(String),
    /// The log.
    Log(LogPage),
    /// Whether everything is as it was written.
    Verified(Verified),
    /// It was not done.
    Failed(Failure),
}

/// An hour of the person's clock in which something was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hour {
    /// When it begins.
    pub at: Wall,
    /// Seconds recorded.
    pub seconds: u32,
}

/// A range at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Overview {
    /// When something was recorded, ascending; what is between is neutral.
    pub recorded: Vec<Span>,
    /// One per app, the one seen most first.
    pub lanes: Vec<Lane>,
    /// The time of every picture, ascending.
    pub pictures: Vec<Wall>,
    /// So many minutes could not be opened.
    pub damaged: u32,
}

/// When an app was in what was recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Lane {
    /// The app, as it was filed.
    pub app: String,
    /// When, to the minute, ascending.
    pub spans: Vec<Span>,
}

/// What happened in a range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Moment {
    /// The picture that was on the screen at the end of it, if one was recorded in it or in the minute before it ended.
    pub picture: Option<PictureInfo>,
    /// The newest 500 events at most, ascending.
    pub events: Vec<ReviewEvent>,
    /// There are older ones.
    pub more: bool,
    /// How often the pointer moved, as far as that was looked at.
    pub moves: u32,
    /// How often its wheel was turned.
    pub scrolls: u32,
}

/// A picture without its pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PictureInfo {
    /// When it was taken; names it.
    pub at: Wall,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The windows in it, bottom to top.
    pub windows: Vec<PictureWindow>,
}

/// A window in a picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PictureWindow {
    /// The app, as it was filed.
    pub app: String,
    /// Its title.
    pub title: Option<String>,
    /// Where it is in the picture: x, y, width, height.
    pub rect: (i32, i32, u32, u32),
}

/// Something that was recorded beside the pictures.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewEvent {
    /// When.
    pub at: Wall,
    /// The app.
    pub app: Option<String>,
    /// Title of its window.
    pub title: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum What {
    /// Text was typed.
    Text(String),
    /// So many keys were pressed, without which.
    Keys(u32),
    /// A shortcut, such as `Ctrl+S`.
    Shortcut(String),
    /// The window came to the front.
    Focus,
    /// A button of the pointer was pressed.
    Click(u8),
}

/// Something that was found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hit {
    /// When the last letter of it was typed, or the window was there: the minute up to then shows it whole.
    pub at: Wall,
    /// The app.
    pub app: String,
    /// Title of its window.
    pub title: Option<String>,
    /// The typed text around what was found; none where only the title contains it.
    pub text: Option<String>,
}

/// Time recorded and withheld, without content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Report {
    /// By the hour, ascending; hours without a record are not in it.
    pub hours: Vec<ReportHour>,
    /// Withheld, by local day and category, ascending.
    pub withheld: Vec<WithheldOn>,
}

/// What was recorded in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportHour {
    /// When it begins, on the hour of the person's clock.
    pub at: Wall,
    /// Seconds recorded.
    pub seconds: u32,
    /// Pictures.
    pub frames: u32,
    /// Records of keys.
    pub keys: u32,
    /// Records of the pointer.
    pub pointer: u32,
    /// Changes of focus.
    pub focus: u32,
}

/// Time withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WithheldOn {
    /// The local date, `YYYY-MM-DD`.
    pub day: String,
    /// The category of the rule, or the hold.
    pub category: String,
    /// Seconds.
    #[ts(type = "number")]
    pub seconds: u64,
}

/// Part of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogPage {
    /// Newest first.
    pub entries: Vec<LogLine>,
    /// There are older ones.
    pub more: bool,
    /// Whether each entry follows from the one before and none is missing.
    pub chain_holds: bool,
    /// Number of the first that does not fit.
    #[ts(type = "number | null")]
    pub broken_at: Option<i64>,
    /// An older state of the recording was put back since the last reading; nothing if that cannot be told.
    pub rolled_back: Option<bool>,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogLine {
    /// Its number, from 1.
    #[ts(type = "number")]
    pub number: i64,
    /// When it was written.
    pub at: Wall,
    /// What happened.
    pub entry: LogEntry,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum LogEntry {
    /// The person consented.
    Consent,
    /// They withdrew it.
    ConsentWithdrawn,
    /// Something is recorded that was not before.
    Loosened {
        /// What became looser.
        what: String,
        /// The program that asked for it.
        client: String,
    },
    /// A program read.
    Reading {
        /// Its name.
        program: String,
        /// What for.
        purpose: String,
        /// What range.
        span: Span,
        /// How many records lay in it.
        #[ts(type = "number")]
        items: u64,
    },
    /// A program wrote recorded data out.
    Export {
        /// Its name.
        program: String,
        /// What range.
        span: Span,
        /// How many records lay in it.
        #[ts(type = "number")]
        items: u64,
    },
    /// Something was forgotten.
    Forgotten {
        /// What range; nothing for everything.
        span: Option<Span>,
        /// By what.
        how: String,
    },
    /// The key was replaced.
    Rotated,
    /// How the key is kept was changed.
    Key {
        /// In what way.
        what: KeyChange,
        /// The program that did it.
        program: String,
    },
}

/// How the keeping of the key was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChange {
    /// It was put under a passphrase, or under another one.
    PassphraseSet,
    /// It was taken out of its passphrase.
    PassphraseRemoved,
    /// A recovery key was made.
    RecoveryMade,
    /// A recovery key put it back into the keyring.
    RecoveryUsed,
    /// A forgetting voided the recovery key.
    RecoveryVoided,
}

/// Whether everything is as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Verified {
    /// Records that opened.
    #[ts(type = "number")]
    pub records: u64,
    /// What did not, in words, at most 50.
    pub damage: Vec<String>,
}

macro_rules! debug_without_content {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        }
    )*};
}
debug_without_content!(ReviewAsk, Selection, ReadAsk, ReadAnswer, Lane, PictureWindow, ReviewEvent, What, Hit);

/// A picture longer than this is a mistake.
const MAX_PICTURE: u32 = 512 << 20;

/// Reads a question, in the reader; nothing when the tray app wants no more.
///
/// # Errors
/// See [`ReadError`]; after one the channel is of no use.
pub fn read_ask(from: &mut impl Read) -> Result<Option<ReadAsk>, ReadError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > framing::MAX_MESSAGE {
        return Err(ReadError::TooLarge(length));
    }
    let mut body = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How many bytes of JSON a message is.
///
/// # Panics
/// Never for the messages of this crate: they are all plain data.
#[must_use]
pub fn encoded_len(message: &impl Serialize) -> usize {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, message).expect("protocol messages are plain data");
    length.0
}

/// Writes an answer, in the reader, and the picture after it.
///
/// # Errors
/// When the channel broke.
pub fn write_answer(to: &mut impl Write, answer: &ReadAnswer, picture: &[u8]) -> std::io::Result<()> {
    let length = encoded_len(answer);
    // All at once, so that growing leaves no copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 4));
    bytes.extend_from_slice(&u32::try_from(length).map_err(std::io::Error::other)?.to_le_bytes());
    serde_json::to_writer(&mut *bytes, answer)?;
    to.write_all(&bytes)?;
    to.write_all(picture)?;
    to.flush()
}

/// Reads an answer, in the tray app, and the picture that follows it. Not to be cancelled in the middle.
///
/// # Errors
/// See [`ReadError`]; after one the channel is of no use.
pub async fn read_answer(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<(ReadAnswer, Option<Zeroizing<Vec<u8>>>), ReadError> {
    let answer = framing::read::<ReadAnswer>(from).await?;
    let ReadAnswer::Picture(length @ 1..) = answer else { return Ok((answer, None)) };
    if length > MAX_PICTURE {
        return Err(ReadError::TooLarge(length as usize));
    }
    let mut picture = Zeroizing::new(vec![0; length as usize]);
    from.read_exact(&mut picture).await?;
    Ok((answer, Some(picture)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_picture_follows_its_answer_and_the_next_answer_follows_it() {
        let mut wire = Vec::new();
        write_answer(&mut wire, &ReadAnswer::Picture(3), b"abc").unwrap();
        write_answer(&mut wire, &ReadAnswer::Hours(Vec::new()), b"").unwrap();
        let mut from = wire.as_slice();
        let (answer, picture) = read_answer(&mut from).await.unwrap();
        assert_eq!((answer, picture.unwrap().as_slice()), (ReadAnswer::Picture(3), &b"abc"[..]));
        assert_eq!(read_answer(&mut from).await.unwrap(), (ReadAnswer::Hours(Vec::new()), None));
    }

    #[test]
    fn questions_end_with_the_input_and_a_cut_one_is_an_error() {
        let mut wire = framing::encode(&ReadAsk::Log(None));
        assert_eq!(read_ask(&mut wire.as_slice()).unwrap(), Some(ReadAsk::Log(None)));
        assert_eq!(read_ask(&mut [].as_slice()).unwrap(), None);
        wire.pop();
        assert!(read_ask(&mut wire.as_slice()).is_err());
        assert!(matches!(read_ask(&mut [0xff; 8].as_slice()), Err(ReadError::TooLarge(_))));
    }

    #[tokio::test]
    async fn an_absurdly_long_picture_is_refused_before_any_is_read() {
        let wire = framing::encode(&ReadAnswer::Picture(u32::MAX));
        assert!(matches!(read_answer(&mut wire.as_slice()).await, Err(ReadError::TooLarge(_))));
    }

    #[test]
    fn debug_prints_no_content() {
        let span = Span { from: Wall(1), to: Wall(2) };
        let ask = ReviewAsk::Read(ReadAsk::Search { text: "marker-a".into(), span });
        let app = Selection::App { app: "marker-b".into(), span };
        let hit = Hit { at: Wall(1), app: "marker-c".into(), title: None, text: Some("marker-d".into()) };
        let found = ReviewAnswer::Read(ReadAnswer::Found { hits: vec![hit], more: false });
        assert!(!format!("{ask:?} {app:?} {found:?}").contains("marker"));
    }
}
