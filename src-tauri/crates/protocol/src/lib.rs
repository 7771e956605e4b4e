//! What Eyelid's processes say to each other.
//!
//! - [`Request`], [`Response`] and [`Event`]: the public socket. The tray app and `eyelidctl` are equal clients.
//! - [`private`]: the channel that the agent inherits from the tray app that started it.
//! - [`window`]: the channel that the window's process inherits from the tray app that started it.
//! - [`review`]: what the window asks about what was recorded, and the reader's answers.
//! - [`paths`]: where everything is.
//!
//! The TypeScript types of the window are made from these (`cargo test -p eyelid-protocol`).

pub mod client;
pub mod consent;
mod error;
pub mod framing;
mod key;
mod message;
mod mirror;
pub mod paths;
pub mod private;
pub mod review;
mod settings;
mod snapshot;
pub mod window;

pub use error::{ErrorCode, Failure};
pub use key::{KeyAnswer, KeyAsk, Secret};
pub use message::{
    AppIdentity, ClientMessage, Event, EventOf, Hello, Outcome, PROTOCOL_VERSION, Paragraph, Request, Response,
    ServerMessage,
};
pub use mirror::{
    MirrorAnswer, MirrorAsk, MirrorFate, MirrorKeys, MirrorPicture, MirrorState, MirrorView, MirrorWindow,
};
pub use settings::{Hotkeys, PillPlace, Settings};
pub use snapshot::{
    Acknowledgement, Change, ConsentInfo, Cost, EndingInfo, Fault, FaultCode, HoldInfo, KeyInfo, LastStored, Phase,
    Recovery, RulesInfo, Sandbox, Snapshot, Status, SystemInfo, Withheld,
};

/// Which build this is; both ends of a connection must be of the same.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");
