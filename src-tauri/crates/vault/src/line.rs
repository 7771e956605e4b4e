//! The JSON lines inside sealed records.

use crate::item::{FocusItem, FrameItem, KeyItem, PointerItem, ShownWindow};
use crate::secret::SecretBuf;
use crate::tiles::Run;
use policy::Now;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One event, as written.
#[derive(Serialize)]
#[serde(tag = "stream", rename_all = "kebab-case")]
pub(crate) enum EventLine<'a> {
    Keys(&'a KeyItem),
    Pointer(&'a PointerItem),
    Focus(&'a FocusItem),
}

/// One event, as read.
#[derive(Deserialize)]
#[serde(tag = "stream", rename_all = "kebab-case")]
pub(crate) enum EventRead {
    Keys(KeyItem),
    Pointer(PointerItem),
    Focus(FocusItem),
}

/// A frame: which tiles, in which order, and what it shows.
#[derive(Serialize)]
pub(crate) struct FrameLine<'a> {
    pub at: Now,
    pub width: u32,
    pub height: u32,
    pub tiles: &'a [Run],
    pub windows: &'a [ShownWindow],
}

impl<'a> FrameLine<'a> {
    pub(crate) fn new(frame: &'a FrameItem, tiles: &'a [Run]) -> FrameLine<'a> {
        FrameLine { at: frame.at, width: frame.width, height: frame.height, tiles, windows: &frame.shown }
    }
}

/// A frame, as read.
#[derive(Deserialize)]
pub(crate) struct FrameRead {
    pub at: Now,
    pub width: u32,
    pub height: u32,
    pub tiles: Vec<Run>,
    pub windows: Vec<ShownWindow>,
}

/// What an epoch holds, in a few numbers: a timeline is drawn from these without opening the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Wall-clock milliseconds of the first datum.
    pub from: i64,
    /// Wall-clock milliseconds of the last datum.
    pub to: i64,
    /// Seconds from the first datum to the last, rounded up.
    pub seconds: u64,
    /// How many pictures.
    pub frames: u64,
    /// How many key records.
    pub keys: u64,
    /// How many pointer records.
    pub pointer: u64,
    /// How many focus changes.
    pub focus: u64,
    /// Per app, in how many data of any stream it appears.
    pub apps: BTreeMap<String, u64>,
}

impl Summary {
    /// With the times of the first datum and the last.
    pub(crate) fn over(self, from: i64, to: i64) -> Summary {
        let seconds = to.saturating_sub(from).unsigned_abs().div_ceil(1000).max(1);
        Summary { from, to, seconds, ..self }
    }
}

/// Seconds withheld on one day, per category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldDay {
    /// The local date.
    pub day: String,
    /// Seconds per category.
    pub seconds: BTreeMap<String, u64>,
}

/// Appends one JSON line.
pub(crate) fn write(buffer: &mut SecretBuf, line: &impl Serialize) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *buffer, line)?;
    buffer.extend(b"\n");
    Ok(())
}
