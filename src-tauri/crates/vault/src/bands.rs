//! A picture as it waits in memory: packed in bands. A band that did not change is shared with the picture before.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::{Zeroize, Zeroizing};
use zstd::bulk::{Compressor, Decompressor};

use crate::tiles::EDGE;

/// A band is so many tiles wide, and one high.
const TILES: usize = 8;

/// Bytes of the largest band.
const LARGEST: usize = TILES * EDGE * EDGE * 4;

/// Fast, to be held back in memory.
const LEVEL: i32 = 1;

/// A picture's pixels, packed. Bands are shared among pictures as long as they are the same, and wiped when the last
/// picture that has them goes.
#[derive(Clone)]
pub struct Bands {
    width: u32,
    height: u32,
    bands: Vec<Band>,
}

/// One zstd block of a band's pixels, four bytes each in the order B, G, R, unused; row by row.
#[derive(Clone)]
struct Band {
    /// Names its content among all bands of this process.
    number: u64,
    packed: Arc<Zeroizing<Vec<u8>>>,
}

/// The place of a band in its picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// Packs one picture after another.
pub struct Packer {
    zstd: Compressor<'static>,
    before: Option<Bands>,
    /// Where a band is gathered and where it is packed: as large as they ever have to be, and wiped after each picture,
    /// whatever came of it.
    raw: Zeroizing<Vec<u8>>,
    packed: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packer { .. }")
    }
}

impl fmt::Debug for Bands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bands { .. }")
    }
}

impl Packer {
    /// One that has packed nothing yet.
    ///
    /// # Errors
    /// When the compressor cannot allocate.
    pub fn new() -> io::Result<Packer> {
        let raw = Zeroizing::new(Vec::with_capacity(LARGEST));
        let packed = Zeroizing::new(vec![0; zstd::zstd_safe::compress_bound(LARGEST)]);
        Ok(Packer { zstd: Compressor::new(LEVEL)?, before: None, raw, packed })
    }

    /// Packs `width * height` pixels: four bytes each in the order B, G, R, unused; row by row from the top, no padding
    /// between rows. What lies in no rectangle (left, top, width, height) that `changed` says may differ is taken over
    /// from the picture packed before.
    ///
    /// # Errors
    /// When there are too few pixels, or the compressor cannot allocate. Nothing is taken over from what was before.
    pub fn pack(
        &mut self,
        raw: &[u8],
        (width, height): (u32, u32),
        changed: &dyn Fn(usize, usize, usize, usize) -> bool,
    ) -> io::Result<Bands> {
        let before = self.before.take().filter(|b| (b.width, b.height) == (width, height));
        let size = (width as usize, height as usize);
        if raw.len() != size.0 * size.1 * 4 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let bands = self.bands(raw, size, before, changed);
        if !self.raw.is_empty() {
            self.raw.zeroize();
            self.packed.as_mut_slice().zeroize();
        }
        let bands = Bands { width, height, bands: bands? };
        self.before = Some(bands.clone());
        Ok(bands)
    }

    fn bands(
        &mut self,
        raw: &[u8],
        size: (usize, usize),
        before: Option<Bands>,
        changed: &dyn Fn(usize, usize, usize, usize) -> bool,
    ) -> io::Result<Vec<Band>> {
        let mut bands = Vec::new();
        for (n, place) in places(size.0, size.1).enumerate() {
            let Place { left, top, width, height } = place;
            let same = before.as_ref().and_then(|b| b.bands.get(n)).filter(|_| !changed(left, top, width, height));
            if let Some(band) = same {
                bands.push(band.clone());
                continue;
            }
            self.raw.clear();
            for y in top..top + height {
                let start = (y * size.0 + left) * 4;
                self.raw.extend_from_slice(&raw[start..start + width * 4]);
            }
            let length = self.zstd.compress_to_buffer(&self.raw, &mut self.packed[..])?;
            // A copy of its own size: what zstd returns has room for the worst, all of which would have to be wiped.
            let packed = Arc::new(Zeroizing::new(self.packed[..length].to_vec()));
            bands.push(Band { number: fresh(), packed });
        }
        Ok(bands)
    }

    /// Forgets the picture packed before: the next one shares nothing.
    pub fn forget(&mut self) {
        self.before = None;
    }
}

fn fresh() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// Where the bands of a picture are: from the left, then from the top.
fn places(width: usize, height: usize) -> impl Iterator<Item = Place> {
    let wide = TILES * EDGE;
    (0..height).step_by(EDGE).flat_map(move |top| {
        (0..width).step_by(wide).map(move |left| Place {
            left,
            top,
            width: wide.min(width - left),
            height: EDGE.min(height - top),
        })
    })
}

impl Bands {
    /// Packs one picture by itself, as [`Packer::pack`] does.
    ///
    /// # Errors
    /// As there.
    pub fn pack(raw: &[u8], size: (u32, u32)) -> io::Result<Bands> {
        Packer::new()?.pack(raw, size, &|_, _, _, _| true)
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Bytes of memory, those of shared bands included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes_beside(None)
    }

    /// Bytes of memory beside the picture before: what it shares with that one is not counted again.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Bands>) -> usize {
        let shared = |n: usize, number: u64| before.and_then(|b| b.bands.get(n)).is_some_and(|b| b.number == number);
        let own = self.bands.iter().enumerate().filter(|(n, band)| !shared(*n, band.number));
        size_of_val(&self.bands[..]) + own.map(|(_, band)| band.packed.len()).sum::<usize>()
    }

    /// The whole picture as one zstd block of its pixels, row by row from the top.
    ///
    /// # Errors
    /// When zstd cannot allocate.
    pub fn joined(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        let width = self.width as usize;
        let mut raw = Zeroizing::new(vec![0; width * self.height as usize * 4]);
        let mut unpacker = Unpacker::new()?;
        for (n, place) in places(width, self.height as usize).enumerate() {
            let band = unpacker.unpack(self, n)?;
            for (y, row) in band.chunks_exact(place.width * 4).enumerate() {
                let start = ((place.top + y) * width + place.left) * 4;
                raw[start..start + row.len()].copy_from_slice(row);
            }
        }
        Compressor::new(LEVEL)?.compress(&raw).map(Zeroizing::new)
    }

    /// Loses most of its first band.
    #[cfg(test)]
    pub(crate) fn spoil(&mut self) {
        let mut packed = self.bands[0].packed.to_vec();
        packed.truncate(20);
        self.bands[0].packed = Arc::new(Zeroizing::new(packed));
    }

    /// Band number `n` as it is packed; nothing if there is none.
    pub(crate) fn packed(&self, n: usize) -> &[u8] {
        self.bands.get(n).map_or(&[], |band| &band.packed)
    }

    /// The number and place of each band: from the left, then from the top.
    pub(crate) fn each(&self) -> impl Iterator<Item = (u64, Place)> {
        self.bands.iter().map(|b| b.number).zip(places(self.width as usize, self.height as usize))
    }
}

/// Unpacks one band after another into the same memory, wiped at the end.
pub(crate) struct Unpacker {
    zstd: Decompressor<'static>,
    raw: Vec<u8>,
}

impl Unpacker {
    pub(crate) fn new() -> io::Result<Unpacker> {
        Ok(Unpacker { zstd: Decompressor::new()?, raw: vec![0; LARGEST] })
    }

    /// The pixels of band number `n` of a picture.
    pub(crate) fn unpack(&mut self, of: &Bands, n: usize) -> io::Result<&[u8]> {
        let band = of.bands.get(n).ok_or(io::ErrorKind::NotFound)?;
        let length = self.zstd.decompress_to_buffer(&band.packed, &mut self.raw[..])?;
        Ok(&self.raw[..length])
    }
}

impl Drop for Unpacker {
    fn drop(&mut self) {
        self.raw.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, seed: usize) -> Vec<u8> {
        (0..width * height).flat_map(|i| [(i + seed) as u8, (i / 7) as u8, (i / 300) as u8, 0xEE]).collect()
    }

    fn numbers(bands: &Bands) -> Vec<u64> {
        bands.each().map(|(n, _)| n).collect()
    }

    #[test]
    fn a_picture_of_any_size_is_joined_exactly() {
        for (width, height) in [(1, 1), (63, 65), (512, 64), (513, 129), (1100, 200)] {
            let raw = picture(width, height, 3);
            let packed = Bands::pack(&raw, (width as u32, height as u32)).unwrap().joined().unwrap();
            assert_eq!(zstd::bulk::decompress(&packed, raw.len() + 1).unwrap(), raw, "{width}x{height}");
        }
    }

    #[test]
    fn only_what_may_have_changed_is_packed_anew() {
        let mut packer = Packer::new().unwrap();
        let mut raw = picture(1100, 200, 3);
        let first = packer.pack(&raw, (1100, 200), &|_, _, _, _| false).unwrap();
        let at = (70 * 1100 + 600) * 4;
        raw[at] ^= 1;
        let within = |x, y, w, h| (x..x + w).contains(&600) && (y..y + h).contains(&70);
        let second = packer.pack(&raw, (1100, 200), &within).unwrap();
        let (a, b) = (numbers(&first), numbers(&second));
        assert_eq!(a.iter().zip(&b).filter(|(a, b)| a != b).count(), 1);
        let list = size_of_val(&second.bands[..]);
        let n = a.iter().zip(&b).position(|(a, b)| a != b).unwrap();
        assert_eq!(second.bytes_beside(Some(&first)), list + second.packed(n).len());
        assert_eq!(second.bytes(), list + (0..b.len()).map(|n| second.packed(n).len()).sum::<usize>());
        assert_eq!(zstd::bulk::decompress(&second.joined().unwrap(), raw.len()).unwrap(), raw);
    }

    #[test]
    fn nothing_is_left_where_it_was_packed_whether_that_worked_or_not() {
        let mut packer = Packer::new().unwrap();
        let raw = picture(1100, 200, 3);
        let clean = |packer: &Packer| packer.raw.is_empty() && packer.packed.iter().all(|byte| *byte == 0);
        packer.pack(&raw, (1100, 200), &|_, _, _, _| true).unwrap();
        assert!(clean(&packer));
        // Too little room for any band.
        packer.packed.truncate(100);
        packer.packed.fill(7);
        packer.pack(&raw, (1100, 200), &|_, _, _, _| true).unwrap_err();
        assert!(clean(&packer));
    }

    #[test]
    fn another_size_a_mistake_and_a_forgotten_picture_share_nothing() {
        let (mut packer, same) = (Packer::new().unwrap(), |_, _, _, _| false);
        let raw = picture(128, 64, 1);
        let first = packer.pack(&raw, (128, 64), &same).unwrap();
        assert_eq!(numbers(&packer.pack(&raw, (128, 64), &same).unwrap()), numbers(&first));
        let turned = packer.pack(&raw, (64, 128), &same).unwrap();
        assert!(numbers(&turned).iter().all(|n| !numbers(&first).contains(n)));
        assert!(packer.pack(&raw[1..], (64, 128), &same).is_err());
        let after = packer.pack(&raw, (64, 128), &same).unwrap();
        assert!(numbers(&after).iter().all(|n| !numbers(&turned).contains(n)));
        packer.forget();
        let forgot = packer.pack(&raw, (64, 128), &same).unwrap();
        assert!(numbers(&forgot).iter().all(|n| !numbers(&after).contains(n)));
    }
}
