//! What the terminal shows.

use crate::time::{clock, rfc3339};
use policy::rules::{Treatment, Verdict};
use policy::{Recipient, Stream};
use protocol::{Acknowledgement, Phase, RulesInfo, Snapshot};
use serde_json::{Value, json};

/// Whether a person would see a difference.
pub fn differs(before: &Snapshot, after: &Snapshot) -> bool {
    before.status != after.status || before.faults != after.faults || before.ending != after.ending
}

/// The state.
pub fn status(snapshot: &Snapshot, as_json: bool) {
    if as_json {
        println!("{}", serde_json::to_string(snapshot).unwrap_or_default());
        return;
    }
    let what = match snapshot.status.phase {
        Phase::Recording => "Recording",
        Phase::Filtered => "Recording, with something left out",
        Phase::Paused => "Not recording",
        Phase::Off => "Off",
    };
    println!("{what} since {}", clock(snapshot.status.since));
    for hold in &snapshot.status.holds {
        let until = hold.until.map(|u| format!(", until {}", clock(u))).unwrap_or_default();
        println!("  {} (since {}{until})", hold.message, clock(hold.since));
    }
    for fault in &snapshot.faults {
        println!("! {} {}", fault.message, fault.cure);
    }
    if snapshot.rotation_due {
        let when = match snapshot.recipient {
            Recipient::Locked => "your keyring is unlocked",
            _ if snapshot.key.passphrase => "you give your passphrase (eyelidctl key replace)",
            Recipient::None | Recipient::Unchecked | Recipient::Verified | Recipient::Mismatch => "the key is replaced",
        };
        println!("What you deleted is gone for good once {when}.");
    }
    let sandbox = &snapshot.system.sandbox;
    let yes = |b| if b { "in force" } else { "not in force" };
    println!(
        "Sandbox: files {}, system calls {}, memory {}, kept out of swap {}",
        yes(sandbox.landlock),
        yes(sandbox.seccomp),
        yes(sandbox.undumpable),
        yes(sandbox.locked)
    );
    #[allow(clippy::cast_precision_loss)] // Megabytes for people.
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let cost = snapshot.cost;
    println!(
        "Cost: {:.2} % of a core, {:.1} MB of memory, {:.1} MB on disk",
        cost.cpu_percent,
        mb(cost.memory_bytes),
        mb(cost.disk_bytes)
    );
    println!("Eyelid controls only its own recording.");
}

fn stream(stream: Stream) -> &'static str {
    match stream {
        Stream::Screen => "screen",
        Stream::Keys => "keys",
        Stream::Pointer => "pointer",
        Stream::Focus => "focus",
    }
}

/// The acknowledgement of a pause.
pub fn acknowledgement(acknowledgement: &Acknowledgement, as_json: bool) {
    let Acknowledgement { asked, held, stored } = acknowledgement;
    if as_json {
        let stored: serde_json::Map<String, Value> =
            stored.iter().map(|s| (stream(s.stream).to_owned(), json!(s.at.map(rfc3339)))).collect();
        println!("{}", json!({ "asked": rfc3339(*asked), "held": rfc3339(*held), "last_stored": stored }));
        return;
    }
    println!("Paused. Nothing recorded after {}.", clock(*asked));
    for last in stored {
        let at = last.at.map_or_else(|| "nothing stored".into(), |at| format!("last stored {}", clock(at)));
        println!("  {:<8}{at}", stream(last.stream));
    }
}

/// Categories and own rules.
pub fn rules(rules: &RulesInfo, as_json: bool) {
    if as_json {
        println!("{}", serde_json::to_string(rules).unwrap_or_default());
        return;
    }
    for category in &rules.categories {
        let on = category.entries.iter().filter(|e| e.on).count();
        let state = if category.on { format!("{on} of {} held", category.entries.len()) } else { "off".into() };
        println!("{:<12}{:<28}{state}", category.id, category.title);
    }
    for rule in &rules.own {
        println!("{:<12}your own rule: {}", rule.id, treatment(rule.verdict));
    }
}

fn treatment(treatment: Treatment) -> &'static str {
    match treatment {
        Treatment::Record => "record",
        Treatment::Metadata => "metadata",
        Treatment::Hold => "hold",
    }
}

/// What the rules say.
pub fn verdict(verdict: &Verdict, as_json: bool) {
    let word = treatment(verdict.treatment);
    if as_json {
        println!("{}", json!({ "verdict": word, "category": verdict.category, "rule": verdict.rule }));
        return;
    }
    match &verdict.rule {
        Some(rule) => println!("{word} ({rule})"),
        None => println!("{word}"),
    }
}

/// The log, a line each.
pub fn log(value: &Value) {
    let entries = value.get("entries").and_then(Value::as_array).cloned().unwrap_or_default();
    for entry in &entries {
        let at = entry.get("at").and_then(Value::as_i64).map_or_else(String::new, |at| rfc3339(policy::Wall(at)));
        let kind = entry.get("kind").and_then(Value::as_str).unwrap_or("?");
        let rest: Vec<String> = entry
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !["at", "kind", "number"].contains(&key.as_str()))
            .map(|(key, value)| format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        println!("{at}  {kind:<18}{}", rest.join("  "));
    }
    if value.get("chain_holds").and_then(Value::as_bool) == Some(true) {
        println!("The chain holds: no entry was changed or removed.");
    } else {
        println!("THE CHAIN IS BROKEN: an entry was changed or removed.");
    }
    match value.get("rolled_back").and_then(Value::as_bool) {
        Some(true) => println!("AN OLDER COPY OF THE RECORDING WAS PUT BACK: what came after it is missing."),
        Some(false) => {}
        None => println!("Whether an older copy was put back cannot be told while the keyring is locked or absent."),
    }
}
