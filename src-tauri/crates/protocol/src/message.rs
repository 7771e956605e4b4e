//! Requests, responses and events of the public socket.

use crate::review::Span;
use crate::{Change, Cost, Failure, Settings, Snapshot};
use policy::rules::{Edit, Verdict};
use policy::schedule::Recurring;
use policy::{PauseFor, Streams};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Raised with every change that an older client could misread.
pub const PROTOCOL_VERSION: u32 = 1;

/// The first message of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`].
    pub protocol: u32,
    /// [`crate::BUILD`].
    pub build: String,
    /// What the client calls itself; shown and logged with every loosening.
    pub client: String,
}

/// From a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientMessage {
    /// Chosen by the client; comes back in the answer.
    pub id: u32,
    /// What it wants.
    pub request: Request,
}

/// Everything a client can ask for. Tightening is open to every client of the same user; every loosening is shown by
/// a notification and logged with the client's name.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Request {
    /// The whole state, with fresh cost figures. Answer: `Snapshot`.
    Status,
    /// Hold everything now. Answered when durable, with the instant of the last stored datum per stream.
    Pause(PauseFor),
    /// Release the pause and the begun opt-out (loosening).
    Resume,
    /// So many minutes more for what runs.
    Extend(u32),
    /// What runs no longer ends by itself.
    StayPaused,
    /// Erase everything recorded in the last so many minutes, what is still in memory included.
    Forget(u32),
    /// Erase everything recorded in this range, what is still in memory included.
    ForgetSpan(Span),
    /// Drop what is still in memory and end the minute being written, so that the reader can take it apart.
    Settle,
    /// Ask for consent to these streams; the answer is `Offer` with the word that a person has to type.
    ConsentOffer(Streams),
    /// Give the consent just offered on this connection, with the word as typed (loosening).
    ConsentGrant(String),
    /// Withdraw the consent: stops everything at once. `true` also erases everything recorded.
    ConsentWithdraw(bool),
    /// The consent as it was stored, ISO/IEC TS 27560 field names. Answer: `Receipt`.
    ConsentShow,
    /// Change the rules (a loosening where it permits more).
    RulesEdit(Edit),
    /// Never record the app that was last in focus, Eyelid's own windows not counted.
    NeverRecordLastApp,
    /// What the rules say of an identity. Answer: `Verdict`.
    RulesCheck(AppIdentity),
    /// Replace the recurring opt-outs (a loosening where one is removed or shortened).
    ScheduleSet(Vec<Recurring>),
    /// Replace the settings, schedule excepted.
    SettingsSet(Settings),
    /// The clock is right.
    ClockConfirm,
    /// A recovery key is about to be on the screen, or is gone from it. Held from one to the other; a client that ends in
    /// between leaves a pause until the person resumes.
    KeyShown(bool),
    /// The client's own reader is about to replace the key; `KeyTouched` follows.
    KeyRotates,
    /// The key in the keyring was changed by the client's own reader: have it compared again.
    KeyTouched,
    /// What the agent has used so far. Answer: `Cost`.
    Cost,
}

/// An identity as a client gives it, to ask what the rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct AppIdentity {
    /// Executable.
    pub exe: Option<String>,
    /// `WM_CLASS`, class part.
    pub class: Option<String>,
    /// Application id.
    pub app_id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Address of the document, in a browser.
    pub url: Option<String>,
}

/// A piece of the consent text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Paragraph {
    /// Two or three words.
    pub heading: String,
    /// One or two sentences.
    pub body: String,
}

/// The answer to one request.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
#[allow(clippy::large_enum_variant)]
pub enum Response {
    /// Done.
    Done,
    /// Held, and durable: nothing dated after this instant will be stored.
    Paused(crate::Acknowledgement),
    /// The whole state.
    Snapshot(Box<Snapshot>),
    /// A verdict.
    Verdict(Verdict),
    /// Consent is offered: this is what it means, and the word to type.
    Offer {
        /// What these streams mean, in the order to read it.
        paragraphs: Vec<Paragraph>,
        /// The word that a person types to agree.
        word: String,
    },
    /// The stored consent receipt, JSON.
    Receipt(Option<String>),
    /// Cost so far.
    Cost(Cost),
}

/// Done, or refused.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
#[allow(clippy::large_enum_variant)]
pub enum Outcome {
    /// Done.
    Ok(Response),
    /// Refused; nothing changed.
    Failed(Failure),
}

/// What clients are told without asking.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
#[allow(clippy::large_enum_variant)]
pub enum EventOf {
    /// The whole state; the first event on each connection.
    Snapshot(Box<Snapshot>),
    /// What changed since.
    Changes(Vec<Change>),
    /// Something was loosened, or a pause began: to be shown to the person.
    Notice {
        /// One line.
        title: String,
        /// What happened, by whom.
        body: String,
        /// Loosenings are shown even when notifications are off.
        always: bool,
    },
    /// The agent is gone, or the connection is: everything is held.
    Gone(String),
}

/// See [`EventOf`].
pub type Event = EventOf;

/// From the agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
#[allow(clippy::large_enum_variant)]
pub enum ServerMessage {
    /// The answer to a request. Id 0 with a failure: the connection is refused and will be closed.
    Answer {
        /// The client's id.
        id: u32,
        /// Done, or refused.
        outcome: Outcome,
    },
    /// Unasked.
    Event(Event),
}
