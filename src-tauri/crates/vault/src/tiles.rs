//! Frames as tiles. A tile seen before in the epoch is referenced, not stored again.
//!
//! The look-up by content is keyed with a random key per epoch, lives in memory only and knows only tiles that
//! were committed: a reference never points at something a crash took away.

use crate::bands::{self, Bands, Unpacker};
use crate::seal::{self, SealError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;
use zeroize::{Zeroize, Zeroizing};

/// Edge of a tile in pixels.
pub(crate) const EDGE: usize = 64;

/// Bytes of a tile as stored: R, G, B.
pub(crate) const TILE: usize = EDGE * EDGE * 3;

/// What stands where a tile is gone.
pub(crate) const GREY: u8 = 0x80;

/// No frame is larger than this many pixels: a wall of eight 4K monitors.
pub(crate) const LARGEST_FRAME: u64 = 8 * 3840 * 2160;

/// Where a tile is: number `index` of the tiles record `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub seq: i64,
    pub index: u32,
}

/// `n` tiles in a row, from number `from` of the tiles record `seq` on. Written as `[n, seq, from]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, i64, u32)", into = "(u32, i64, u32)")]
pub(crate) struct Run {
    pub n: u32,
    pub seq: i64,
    pub from: u32,
}

impl From<(u32, i64, u32)> for Run {
    fn from((n, seq, from): (u32, i64, u32)) -> Run {
        Run { n, seq, from }
    }
}

impl From<Run> for (u32, i64, u32) {
    fn from(run: Run) -> (u32, i64, u32) {
        (run.n, run.seq, run.from)
    }
}

/// A keyed hash of a tile's content; never stored.
type Content = [u8; 32];

/// The tiles committed in an epoch, by content.
pub(crate) struct Known {
    key: Zeroizing<[u8; 32]>,
    places: HashMap<Content, Place>,
    /// Where the tiles of the bands of the frame committed last are.
    bands: HashMap<u64, Vec<Place>>,
    /// The same of earlier frames, by the content of a band as it is packed: who goes back to a window sees again what was
    /// seen.
    seen: HashMap<Content, Vec<Place>>,
}

/// Bands remembered by their content, about 200 bytes each.
const SEEN: usize = 8192;

/// A band of a frame, and where its tiles are if it is known.
struct Looked<'a> {
    number: u64,
    place: bands::Place,
    /// Or what it is to be known by: its content as it is packed.
    known: Result<&'a Vec<Place>, Content>,
}

/// A frame cut into tiles.
pub(crate) struct Cut {
    /// Where its tiles are, row by row.
    pub runs: Vec<Run>,
    /// The new ones as a PPM picture, if there are any.
    pub fresh: Option<Zeroizing<Vec<u8>>>,
    /// What [`Known`] learns when the new ones are committed.
    pub learn: Vec<(Content, Place)>,
    bands: HashMap<u64, Vec<Place>>,
    seen: Vec<(Content, Vec<Place>)>,
}

/// Columns and rows of tiles that cover a picture.
pub(crate) fn grid(width: u32, height: u32) -> (usize, usize) {
    ((width as usize).div_ceil(EDGE), (height as usize).div_ceil(EDGE))
}

impl Known {
    pub(crate) fn new() -> Result<Known, SealError> {
        Ok(Known {
            key: Zeroizing::new(seal::random()?),
            places: HashMap::new(),
            bands: HashMap::new(),
            seen: HashMap::new(),
        })
    }

    /// A cut was committed.
    pub(crate) fn learn(&mut self, cut: Cut) {
        self.places.extend(cut.learn);
        self.bands = cut.bands;
        if self.seen.len() + cut.seen.len() > SEEN {
            self.seen.clear();
        }
        self.seen.extend(cut.seen);
    }

    /// Cuts a picture. New tiles will be in the tiles record `seq`. A band that was in the frame committed last, or is
    /// packed as one before was, is not looked at again.
    ///
    /// # Errors
    /// When a band does not unpack to its size.
    pub(crate) fn cut(&self, picture: &Bands, seq: i64) -> io::Result<Cut> {
        let mut cut = Cut { runs: Vec::new(), fresh: None, learn: Vec::new(), bands: HashMap::new(), seen: Vec::new() };
        let bands: Vec<_> =
            picture.each().enumerate().map(|(n, (number, band))| self.look_up(picture, n, number, band)).collect();
        let unknown = bands.iter().filter(|band| band.known.is_err());
        let most = unknown.map(|band| band.place.width.div_ceil(EDGE)).sum::<usize>() * TILE + HEADER;
        // It never grows, which would leave copies.
        let mut fresh = Zeroizing::new(Vec::with_capacity(if most > HEADER { most } else { 0 }));
        let mut new = HashMap::new();
        let mut tile = Zeroizing::new(vec![0_u8; TILE]);
        let mut unpacker = None;
        for (n, Looked { number, place: band, known }) in bands.into_iter().enumerate() {
            let places = match known {
                Ok(known) => known.clone(),
                Err(content) => {
                    let unpacker = match &mut unpacker {
                        Some(unpacker) => unpacker,
                        none => none.insert(Unpacker::new()?),
                    };
                    let pixels = unpacker.unpack(picture, n)?;
                    if pixels.len() != band.width * band.height * 4 {
                        return Err(io::ErrorKind::InvalidData.into());
                    }
                    let mut places = Vec::new();
                    for column in 0..band.width.div_ceil(EDGE) {
                        copy_tile(pixels, band, column, &mut tile);
                        let content = *blake3::keyed_hash(&self.key, &tile).as_bytes();
                        let place = self.places.get(&content).or_else(|| new.get(&content)).copied();
                        places.push(place.unwrap_or_else(|| {
                            fresh.extend_from_slice(&tile);
                            let place = Place { seq, index: cut.learn.len() as u32 };
                            cut.learn.push((content, place));
                            new.insert(content, place);
                            place
                        }));
                    }
                    cut.seen.push((content, places.clone()));
                    places
                }
            };
            places.iter().for_each(|place| push(&mut cut.runs, *place));
            cut.bands.insert(number, places);
        }
        if !fresh.is_empty() {
            cut.fresh = Some(strip(fresh));
        }
        Ok(cut)
    }

    fn look_up(&self, picture: &Bands, n: usize, number: u64, place: bands::Place) -> Looked<'_> {
        if let Some(known) = self.bands.get(&number) {
            return Looked { number, place, known: Ok(known) };
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&place.width.to_le_bytes()).update(&place.height.to_le_bytes()).update(picture.packed(n));
        let content = *hasher.finalize().as_bytes();
        Looked { number, place, known: self.seen.get(&content).ok_or(content) }
    }
}

fn push(runs: &mut Vec<Run>, place: Place) {
    match runs.last_mut() {
        Some(run) if run.seq == place.seq && run.from + run.n == place.index => run.n += 1,
        Some(_) | None => runs.push(Run { n: 1, seq: place.seq, from: place.index }),
    }
}

/// Tile number `column` of a band.
fn copy_tile(pixels: &[u8], band: bands::Place, column: usize, tile: &mut [u8]) {
    let left = column * EDGE;
    let w = EDGE.min(band.width - left);
    if w < EDGE || band.height < EDGE {
        tile.zeroize();
    }
    for y in 0..band.height {
        let start = (y * band.width + left) * 4;
        let from = &pixels[start..start + w * 4];
        let to = &mut tile[y * EDGE * 3..(y * EDGE + w) * 3];
        for (bgrx, rgb) in from.chunks_exact(4).zip(to.chunks_exact_mut(3)) {
            rgb[0] = bgrx[2];
            rgb[1] = bgrx[1];
            rgb[2] = bgrx[0];
        }
    }
}

/// Tiles one below the other, as a binary PPM. It stays in its memory if there is room for [`HEADER`] bytes more.
pub(crate) fn strip(mut tiles: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let (header, length) = (header(tiles.len() / TILE), tiles.len());
    tiles.resize(length + header.len(), 0);
    tiles.copy_within(..length, header.len());
    tiles[..header.len()].copy_from_slice(header.as_bytes());
    tiles
}

/// No header is longer.
const HEADER: usize = 32;

fn header(tiles: usize) -> String {
    format!("P6\n{EDGE} {}\n255\n", tiles * EDGE)
}

/// The tiles of a PPM strip, or nothing if it is not one of ours.
pub(crate) fn tiles_of(ppm: &[u8]) -> Option<&[u8]> {
    let tiles = ppm.len() / TILE;
    let body = ppm.strip_prefix(header(tiles).as_bytes())?;
    (body.len() == tiles * TILE).then_some(body)
}

/// Puts a tile into an R, G, B picture.
pub(crate) fn place_tile(tile: &[u8], rgb: &mut [u8], width: usize, height: usize, number: usize) {
    let columns = width.div_ceil(EDGE);
    let (left, top) = (number % columns * EDGE, number / columns * EDGE);
    let (w, h) = (EDGE.min(width - left), EDGE.min(height - top));
    for y in 0..h {
        let to = ((top + y) * width + left) * 3;
        rgb[to..to + w * 3].copy_from_slice(&tile[y * EDGE * 3..(y * EDGE + w) * 3]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::Packer;

    fn picture(width: usize, height: usize, seed: usize) -> Vec<u8> {
        (0..width * height).flat_map(|i| [(i + seed) as u8, (i / 7) as u8, (i / 300) as u8, 0xEE]).collect()
    }

    fn packed(pixels: &[u8], width: u32, height: u32) -> Bands {
        Bands::pack(pixels, (width, height)).unwrap()
    }

    fn rebuild(cut: &Cut, width: usize, height: usize, tiles: &[u8]) -> Vec<u8> {
        let mut rgb = vec![0; width * height * 3];
        let mut number = 0;
        for run in &cut.runs {
            for index in run.from..run.from + run.n {
                let at = index as usize * TILE;
                place_tile(&tiles[at..at + TILE], &mut rgb, width, height, number);
                number += 1;
            }
        }
        assert_eq!(number, grid(width as u32, height as u32).0 * grid(width as u32, height as u32).1);
        rgb
    }

    #[test]
    fn a_picture_of_any_size_is_rebuilt_exactly() {
        for (width, height) in [(1, 1), (63, 65), (64, 64), (200, 130), (129, 3), (600, 70)] {
            let pixels = picture(width, height, 3);
            let cut = Known::new().unwrap().cut(&packed(&pixels, width as u32, height as u32), 1).unwrap();
            let ppm = cut.fresh.as_ref().unwrap();
            let rgb = rebuild(&cut, width, height, tiles_of(ppm).unwrap());
            let expected: Vec<u8> = pixels.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]).collect();
            assert_eq!(rgb, expected, "{width}x{height}");
        }
    }

    #[test]
    fn only_committed_tiles_are_referenced() {
        let pixels = packed(&picture(128, 128, 1), 128, 128);
        let mut known = Known::new().unwrap();
        let first = known.cut(&pixels, 1).unwrap();
        let lost = known.cut(&pixels, 3).unwrap();
        assert!(lost.runs.iter().all(|run| run.seq == 3), "the first was never committed");
        known.learn(first);
        for again in [pixels, packed(&picture(128, 128, 1), 128, 128)] {
            let second = known.cut(&again, 3).unwrap();
            assert!(second.fresh.is_none());
            assert!(second.runs.iter().all(|run| run.seq == 1));
        }
    }

    #[test]
    fn bands_of_the_frame_before_are_taken_over_with_their_tiles() {
        let mut packer = Packer::new().unwrap();
        let mut known = Known::new().unwrap();
        let (mut strips, mut pixels) = (Vec::new(), picture(1100, 130, 5));
        for (seq, changed) in [(1, None), (2, Some((3, 3))), (3, Some((700, 70))), (4, Some((700, 70))), (5, None)] {
            if let Some((x, y)) = changed {
                pixels[(y * 1100 + x) * 4] ^= seq as u8;
            }
            let within = |x, y, w, h| changed.is_some_and(|(a, b)| (x..x + w).contains(&a) && (y..y + h).contains(&b));
            let cut = known.cut(&packer.pack(&pixels, (1100, 130), &within).unwrap(), seq).unwrap();
            let fresh = cut.fresh.as_ref().map(|ppm| tiles_of(ppm).unwrap().to_vec());
            assert_eq!(
                fresh.as_ref().map(|f| f.len() / TILE),
                [Some(54), Some(1), Some(1), Some(1), None][seq as usize - 1]
            );
            strips.push(fresh.unwrap_or_default());
            let mut rgb = vec![0; 1100 * 130 * 3];
            let mut number = 0;
            for run in &cut.runs {
                for index in run.from..run.from + run.n {
                    let at = index as usize * TILE;
                    place_tile(&strips[run.seq as usize - 1][at..at + TILE], &mut rgb, 1100, 130, number);
                    number += 1;
                }
            }
            let expected: Vec<u8> = pixels.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]).collect();
            assert!(rgb == expected, "picture {seq}");
            known.learn(cut);
        }
    }

    #[test]
    fn a_band_seen_in_an_earlier_frame_is_taken_over_whatever_came_between() {
        let mut known = Known::new().unwrap();
        let pictures = [packed(&picture(600, 70, 1), 600, 70), packed(&picture(600, 70, 2), 600, 70)];
        let cuts: Vec<Cut> = pictures.iter().zip(1..).map(|(p, seq)| known.cut(p, seq).unwrap()).collect();
        let places: Vec<Vec<Run>> = cuts.iter().map(|cut| cut.runs.clone()).collect();
        cuts.into_iter().for_each(|cut| known.learn(cut));
        // Its tiles are not looked at, so it does not matter that they are not known by themselves.
        known.places.clear();
        let again = known.cut(&packed(&picture(600, 70, 1), 600, 70), 3).unwrap();
        assert!(again.fresh.is_none());
        assert_eq!(again.runs, places[0]);
        // The same bytes in another shape are another band.
        let wide = known.cut(&packed(&vec![7; 128 * 32 * 4], 128, 32), 4).unwrap();
        known.learn(wide);
        let high = known.cut(&packed(&vec![7; 64 * 64 * 4], 64, 64), 5).unwrap();
        assert!(high.fresh.is_some());
    }

    #[test]
    fn no_more_bands_are_remembered_than_there_is_room_for() {
        let mut known = Known::new().unwrap();
        for seed in 0..SEEN + 2 {
            let cut = known.cut(&packed(&picture(4, 4, seed * 31), 4, 4), 1).unwrap();
            known.learn(cut);
            assert!(known.seen.len() <= SEEN);
        }
    }

    #[test]
    fn a_strip_stays_in_its_memory() {
        let mut tiles = Zeroizing::new(Vec::with_capacity(3 * TILE + HEADER));
        tiles.resize(3 * TILE, 9);
        let before = tiles.as_ptr();
        let ppm = strip(tiles);
        assert_eq!(ppm.as_ptr(), before);
        assert!(tiles_of(&ppm).unwrap().iter().all(|byte| *byte == 9));
        assert!(header(LARGEST_FRAME as usize).len() <= HEADER);
    }

    #[test]
    fn equal_tiles_of_one_frame_are_stored_once() {
        let cut = Known::new().unwrap().cut(&packed(&vec![7; 640 * 640 * 4], 640, 640), 1).unwrap();
        assert_eq!(cut.learn.len(), 1);
    }

    #[test]
    fn a_strip_of_the_wrong_size_is_refused() {
        let cut = Known::new().unwrap().cut(&packed(&picture(64, 64, 1), 64, 64), 1).unwrap();
        let ppm = cut.fresh.unwrap();
        assert!(tiles_of(&ppm).is_some());
        assert!(tiles_of(&ppm[..ppm.len() - 1]).is_none());
        assert!(tiles_of(b"P6\n64 0\n255\n").is_some_and(<[u8]>::is_empty));
        assert!(tiles_of(b"").is_none());
    }
}
