use super::*;
use std::process::Command;

/// The two commands of the documentation of [`crate::schema`], as they stand there.
fn documented() -> Vec<String> {
    let source = include_str!("../schema.rs");
    let block = source.split("//! ```sh\n").nth(1).unwrap().split("//! ```").next().unwrap();
    block.lines().map(|line| line.trim_start_matches("//! ").to_owned()).collect()
}

fn opened_by_stock_tools(bench: &Bench, id: i64) -> Vec<u8> {
    let commands = documented();
    assert_eq!(commands.len(), 2);
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &commands.join("\n")])
        .current_dir(bench.dir())
        .env("ID", id.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // sqlite3 prints how many bytes it wrote to each file.
    let newline = output.stdout.iter().position(|byte| *byte == b'\n').unwrap();
    output.stdout[newline + 1..].to_vec()
}

#[test]
fn stock_sqlite3_and_age_open_any_record() {
    let mut bench = Bench::new();
    let pixels = noise(128, 64, 1);
    bench.append(typed(0, "hello")).unwrap();
    bench.append(frame(1, 128, 64, &pixels)).unwrap();
    bench.vault = None;
    std::fs::write(bench.dir().join("master.txt"), &bench.secret).unwrap();
    let id = |kind: &str| bench.count(&format!("SELECT id FROM record WHERE kind = '{kind}'"));

    let events = opened_by_stock_tools(&bench, id("events"));
    let event: serde_json::Value = serde_json::from_slice(&events).unwrap();
    assert_eq!(event["stream"], "keys");
    assert_eq!(event["kind"]["text"], "hello");
    assert_eq!(event["at"]["wall"], T0);

    let line = opened_by_stock_tools(&bench, id("frame"));
    let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
    let tiles_seq = bench.count("SELECT seq FROM record WHERE kind = 'tiles'");
    assert_eq!(line["tiles"], serde_json::json!([[2, tiles_seq, 0]]));

    let ppm = opened_by_stock_tools(&bench, id("tiles"));
    let header = b"P6\n64 128\n255\n";
    assert!(ppm.starts_with(header));
    let expected = rgb(&pixels);
    for y in 0..64 {
        assert_eq!(ppm[header.len() + y * 192..][..192], expected[y * 128 * 3..][..192], "left tile, row {y}");
    }
}

/// What the documentation says of a frame, done by hand: its tiles, row by row, from the strips.
fn put_together(line: &serde_json::Value, strips: &std::collections::HashMap<i64, Vec<u8>>) -> Vec<u8> {
    let number = |value: &serde_json::Value| value.as_u64().unwrap() as usize;
    let (width, height) = (number(&line["width"]), number(&line["height"]));
    let mut rgb = vec![0; width * height * 3];
    let mut n = 0;
    for run in line["tiles"].as_array().unwrap() {
        let strip = &strips[&run[1].as_i64().unwrap()];
        // Three lines of header; then 64 rows of 64 pixels for each tile.
        let body = strip.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0 + 1;
        for index in number(&run[2])..number(&run[2]) + number(&run[0]) {
            let (left, top) = (n % width.div_ceil(64) * 64, n / width.div_ceil(64) * 64);
            let columns = 64.min(width - left);
            for y in 0..64.min(height - top) {
                let from = body + (index * 64 + y) * 192;
                rgb[((top + y) * width + left) * 3..][..columns * 3].copy_from_slice(&strip[from..][..columns * 3]);
            }
            n += 1;
        }
    }
    rgb
}

#[test]
fn an_epoch_becomes_its_events_and_its_pictures_without_eyelid() {
    let mut bench = Bench::new();
    let (first, mut second) = (noise(200, 130, 1), noise(200, 130, 1));
    second[..40].fill(3);
    bench.append(typed(0, "one")).unwrap();
    bench.append(frame(1, 200, 130, &first)).unwrap();
    bench.append(frame(1000, 200, 130, &second)).unwrap();
    bench.append(typed(1001, "two")).unwrap();
    bench.append(click(1002)).unwrap();
    bench.vault = None;
    std::fs::write(bench.dir().join("master.txt"), &bench.secret).unwrap();
    // The statement of the documentation.
    let list = "SELECT id, kind, first, last FROM record";
    assert!(include_str!("../schema.rs").contains(list));
    let listed = Command::new("sqlite3").arg(bench.dir().join("vault.db")).arg(list).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let (mut text, mut events, mut pictures, mut strips) =
        (String::new(), 0, Vec::new(), std::collections::HashMap::new());
    for row in listed.lines() {
        let (id, kind) = (row.split('|').next().unwrap().parse().unwrap(), row.split('|').nth(1).unwrap());
        let opened = opened_by_stock_tools(&bench, id);
        let lines = || opened.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = || lines().map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap());
        match kind {
            "events" => {
                for event in lines() {
                    events += 1;
                    text += event["kind"]["text"].as_str().unwrap_or_default();
                }
            }
            "frame" => pictures.extend(lines()),
            "tiles" => drop(strips.insert(bench.count(&format!("SELECT seq FROM record WHERE id = {id}")), opened)),
            _ => assert_eq!(lines().count(), 1, "{kind}"),
        }
    }
    assert_eq!((text.as_str(), events, pictures.len(), strips.len()), ("onetwo", 3, 2, 2));
    for (line, pixels) in pictures.iter().zip([first, second]) {
        assert!(put_together(line, &strips) == rgb(&pixels));
    }
}
