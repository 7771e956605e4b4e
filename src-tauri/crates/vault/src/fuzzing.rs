//! What the fuzzer feeds: contents of records, as if they had opened. In no build but the fuzzer's own.

use crate::line::{EventRead, FrameRead, Summary};
use crate::opener;
use crate::seal::{self, EpochKey};
use crate::strips::Strips;
use crate::tiles::{Run, TILE, strip, tiles_of};
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

/// The record that the frames take their tiles from.
const SEQ: i64 = 2;

/// Eight tiles.
fn known() -> Zeroizing<Vec<u8>> {
    Zeroizing::new((0..8).flat_map(|tile| (tile..251).cycle().take(TILE)).collect())
}

/// An epoch of which one record holds tiles, that may be exchanged.
pub struct Bench {
    db: Connection,
    key: EpochKey,
}

impl Default for Bench {
    fn default() -> Bench {
        let db = Connection::open_in_memory().expect("a database in memory");
        db.execute_batch("CREATE TABLE record (epoch INTEGER, seq INTEGER, kind TEXT, sealed BLOB)").expect("a table");
        let bench = Bench { db, key: EpochKey::generate() };
        bench.tiles(&strip(known()));
        bench
    }
}

impl Bench {
    fn tiles(&self, plain: &[u8]) {
        let sealed = self.key.public().seal_packed(plain).expect("sealing");
        self.db.execute("DELETE FROM record", []).expect("emptied");
        let insert = "INSERT INTO record VALUES (1, ?1, 'tiles', ?2)";
        self.db.execute(insert, params![SEQ, sealed]).expect("written");
    }

    fn frame(&self, frame: FrameRead) {
        let (width, height) = (frame.width, frame.height);
        // Larger ones only take longer.
        let pixels = u64::from(width) * u64::from(height) <= 1 << 20;
        let rebuilt = Strips::default().rebuild(&self.db, 1, &self.key, frame, pixels).expect("the database answers");
        if let Ok(frame) = rebuilt {
            let whole = frame.width as usize * frame.height as usize * 3;
            assert_eq!(frame.rgb.len(), if pixels { whole } else { 0 });
        }
    }

    /// Reads contents of a kind: `b'e'` events, `b'f'` a frame, `b't'` tiles, `b's'` a summary, others a packed record.
    pub fn read(&self, kind: u8, plain: &[u8]) {
        match kind {
            b'e' => {
                for line in plain.split(|byte| *byte == b'\n') {
                    if let Ok(line) = serde_json::from_slice::<EventRead>(line) {
                        opener::event(line).at();
                    }
                }
            }
            b'f' => {
                if let Ok(frame) = serde_json::from_slice::<FrameRead>(plain) {
                    self.frame(frame);
                }
            }
            b't' => {
                self.tiles(plain);
                let n = u32::try_from(tiles_of(plain).map_or(0, <[u8]>::len) / TILE).map_or(0, |tiles| tiles.min(4));
                let at = policy::Now { boot: policy::Boot(0), wall: policy::Wall(0) };
                let height = 64 * n;
                let tiles = vec![Run { n, seq: SEQ, from: 0 }];
                self.frame(FrameRead { at, width: 64, height, tiles, windows: Vec::new() });
                self.tiles(&strip(known()));
            }
            b's' => drop(serde_json::from_slice::<Summary>(plain)),
            _ => {
                if let Ok(plain) = seal::unpack(plain, 1 << 20) {
                    assert!(plain.len() <= 1 << 20);
                }
            }
        }
    }
}
