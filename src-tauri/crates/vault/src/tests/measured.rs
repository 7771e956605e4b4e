//! Figures, not judgements: run with `--release -- --ignored --nocapture measured`.

use super::*;
use std::time::Instant;

/// Something like a screen with text: lines of short strokes on white, with one line that changes.
fn desktop(width: u32, height: u32, tick: u32) -> Vec<u8> {
    let mut pixels = vec![0xFF; (width * height * 4) as usize];
    let mut state = 12_345_u32;
    for line in 0..height / 18 {
        if line == 7 {
            state = state.wrapping_add(tick);
        }
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 28 < 6 {
                for y in line * 18 + 4..line * 18 + 4 + (state >> 24 & 7) {
                    let at = ((y * width + x) * 4) as usize;
                    pixels[at..at + 3].fill(0x20);
                }
            }
        }
        if line == 7 {
            state = 777;
        }
    }
    pixels
}

#[test]
#[ignore = "prints figures"]
fn measured_cost_of_frames_and_events() {
    for (name, change) in [("dense text, one line changes", 1), ("dense text, nothing changes", 0)] {
        let mut bench = Bench::new();
        let frames = 50;
        let items: Vec<_> =
            (0..frames).map(|i| frame(i64::from(i) * 1000, 1920, 1080, &desktop(1920, 1080, i * change))).collect();
        let held: usize = items.iter().map(Item::size).sum();
        let mut items = items.into_iter();
        let start = Instant::now();
        bench.append(items.next().unwrap()).unwrap();
        bench.sync();
        let first = (start.elapsed(), bench.count("SELECT sum(length(sealed)) FROM record"));
        let start = Instant::now();
        for item in items {
            bench.append(item).unwrap();
        }
        bench.sync();
        let rest = (start.elapsed() / (frames - 1), bench.count("SELECT sum(length(sealed)) FROM record") - first.1);
        println!(
            "{name}: held back {} KB a frame; first {:?}, {} KB; then {:?} and {} bytes each",
            held / frames as usize / 1024,
            first.0,
            first.1 / 1024,
            rest.0,
            rest.1 / i64::from(frames - 1)
        );
        let start = Instant::now();
        assert_eq!(bench.frames().len(), frames as usize);
        println!("  opened in {:?} each", start.elapsed() / frames);
    }
    let mut bench = Bench::new();
    let start = Instant::now();
    for i in 0..100_000 {
        bench.append(typed(i * 288, "a")).unwrap();
    }
    bench.sync();
    println!(
        "100,000 events over 8 h: {:?}, {} KB in the file",
        start.elapsed(),
        std::fs::metadata(schema::file(&bench.dir())).unwrap().len() / 1024
    );
    let start = Instant::now();
    assert_eq!(bench.read().len(), 100_000);
    println!("  opened in {:?}", start.elapsed());
}
