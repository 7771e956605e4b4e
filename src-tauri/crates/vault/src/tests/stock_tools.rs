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
