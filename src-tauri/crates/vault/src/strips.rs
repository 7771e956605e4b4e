//! Pictures put together from the tiles of their epoch.

use crate::error::ReadError;
use crate::line::FrameRead;
use crate::opener::{Damage, Frame};
use crate::seal::EpochKey;
use crate::tiles::{self, LARGEST_FRAME, TILE};
use rusqlite::Connection;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::rc::Rc;
use zeroize::Zeroizing;

/// The tiles records of one epoch, opened when needed and kept while they fit.
#[derive(Default)]
pub struct Strips {
    epoch: i64,
    open: VecDeque<(i64, Strip)>,
    bytes: usize,
}

impl fmt::Debug for Strips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Strips { .. }")
    }
}

/// Opened tiles; `None` if the record was forgotten.
type Strip = Option<Rc<Zeroizing<Vec<u8>>>>;

/// Opened tiles of one epoch take no more memory than this, give or take one record.
const STRIPS: usize = 256 << 20;

impl Strips {
    /// One of the epoch that is open. What was forgotten since it was opened is dropped, not shown.
    fn get(&mut self, db: &Connection, key: &EpochKey, seq: i64) -> Result<Result<Strip, Damage>, ReadError> {
        let epoch = self.epoch;
        let damaged = |what: &str| Ok(Err(Damage { epoch, seq: Some(seq), what: what.to_owned() }));
        let mut statement = db.prepare_cached("SELECT kind, sealed FROM record WHERE epoch = ?1 AND seq = ?2")?;
        let mut rows = statement.query([epoch, seq])?;
        let Some(row) = rows.next()? else { return damaged("a tiles record is missing") };
        let kind: String = row.get(0)?;
        let known = self.open.iter().position(|(s, _)| *s == seq);
        if let Some(known) = known
            && kind == "tiles"
            && self.open[known].1.is_some()
        {
            return Ok(Ok(self.open[known].1.clone()));
        }
        if let Some((_, Some(stale))) = known.and_then(|known| self.open.remove(known)) {
            self.bytes -= stale.len();
        }
        let strip = match kind.as_str() {
            "gone" => None,
            "tiles" => match key.open_packed(&row.get::<_, Vec<u8>>(1)?) {
                Ok(ppm) if tiles::tiles_of(&ppm).is_some() => Some(Rc::new(ppm)),
                Ok(_) => return damaged("a tiles record is not a picture"),
                Err(error) => return damaged(&error.to_string()),
            },
            _ => return damaged("a record that should hold tiles does not"),
        };
        self.bytes += strip.as_ref().map_or(0, |s| s.len());
        self.open.push_back((seq, strip.clone()));
        while self.bytes > STRIPS && self.open.len() > 1 {
            let dropped = self.open.pop_front();
            self.bytes -= dropped.and_then(|(_, strip)| strip).map_or(0, |s| s.len());
        }
        Ok(Ok(strip))
    }

    /// Puts a frame together; without its pixels if they are not wanted.
    pub(crate) fn rebuild(
        &mut self,
        db: &Connection,
        epoch: i64,
        key: &EpochKey,
        frame: FrameRead,
        pixels: bool,
    ) -> Result<Result<Frame, Damage>, ReadError> {
        if self.epoch != epoch {
            *self = Strips { epoch, ..Strips::default() };
        }
        let FrameRead { at, width, height, tiles: runs, windows } = frame;
        let damaged = |what: &str| Ok(Err(Damage { epoch, seq: None, what: what.to_owned() }));
        let (columns, rows) = tiles::grid(width, height);
        if u64::from(width) * u64::from(height) > LARGEST_FRAME {
            return damaged("a frame claims to be absurdly large");
        }
        let named: u64 = runs.iter().map(|run| u64::from(run.n)).sum();
        if named != (columns * rows) as u64 {
            return damaged("a frame names too many or too few tiles");
        }
        let mut holes = 0;
        let mut rgb = Zeroizing::new(Vec::new());
        if pixels {
            let (w, h) = (width as usize, height as usize);
            rgb = Zeroizing::new(vec![tiles::GREY; w * h * 3]);
            let mut number = 0;
            let mut named = HashMap::new();
            for run in runs {
                let strip = match named.entry(run.seq) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => match self.get(db, key, run.seq)? {
                        Ok(strip) => new.insert(strip),
                        Err(damage) => return Ok(Err(damage)),
                    },
                };
                let tiles = strip.as_ref().and_then(|strip| tiles::tiles_of(strip));
                for index in run.from as usize..run.from as usize + run.n as usize {
                    match tiles.map(|tiles| tiles.get(index * TILE..(index + 1) * TILE)) {
                        Some(Some(tile)) => tiles::place_tile(tile, &mut rgb, w, h, number),
                        Some(None) => return damaged("a frame names a tile that does not exist"),
                        None => holes += 1,
                    }
                    number += 1;
                }
            }
        }
        Ok(Ok(Frame { at, width, height, rgb, holes, windows }))
    }
}
