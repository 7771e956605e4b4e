//! What the recorder says of itself while it runs: when it was held, and why.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use policy::Hold;
use protocol::client::Client;
use protocol::{Change, Event};

use super::clock;
use super::naive::Watcher;

/// The holds that stood from this moment on.
#[derive(Clone, Debug)]
pub struct Told {
    /// When it was told, milliseconds of the run.
    pub at: i64,
    /// Each hold, and since when it stands.
    pub holds: Vec<(Hold, i64)>,
}

/// Listens until told to end.
pub fn watch(socket: PathBuf) -> Watcher<Vec<Told>> {
    Watcher::start(move |stop| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (_client, snapshot, mut events) =
                Client::connect(&socket, "leaks").await.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            let mut told = vec![of(&snapshot.status)];
            while !stop.load(Ordering::Relaxed) {
                let Ok(event) = tokio::time::timeout(Duration::from_millis(200), events.recv()).await else { continue };
                match event {
                    Some(Event::Changes(changes)) => {
                        let status = changes.iter().filter_map(|change| match change {
                            Change::Status(status) => Some(of(status)),
                            _ => None,
                        });
                        told.extend(status);
                    }
                    Some(Event::Snapshot(snapshot)) => told.push(of(&snapshot.status)),
                    Some(Event::Notice { .. }) => {}
                    Some(Event::Gone(why)) => anyhow::bail!("the recorder is gone: {why}"),
                    None => anyhow::bail!("the recorder is gone"),
                }
            }
            Ok(told)
        })
    })
}

fn of(status: &protocol::Status) -> Told {
    Told { at: clock::now(), holds: status.holds.iter().map(|h| (h.hold, clock::of_wall(h.since.0))).collect() }
}

/// Stretches of time, in order, that do not overlap.
#[derive(Clone, Debug, Default)]
pub struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// Of any stretches.
    pub fn of(mut spans: Vec<(i64, i64)>) -> Spans {
        spans.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (from, to) in spans {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Spans(joined)
    }

    /// How much of `from` to `to` they cover.
    pub fn within(&self, from: i64, to: i64) -> i64 {
        self.0.iter().map(|(a, b)| (to.min(*b) - from.max(*a)).max(0)).sum()
    }

    /// Whether they touch any of `from` to `to`.
    pub fn touch(&self, from: i64, to: i64) -> bool {
        self.0.iter().any(|(a, b)| *a <= to && from <= *b)
    }
}

/// The time that any of these holds touches, its margins included.
pub fn held(told: &[Told], end: i64, which: impl Fn(Hold) -> bool) -> Spans {
    // A window's pixels linger for so long after a hold that it caused.
    const LINGER: i64 = 100;
    const HOLD_BACK: u64 = 3000;
    let mut spans = Vec::new();
    for (n, now) in told.iter().enumerate() {
        let until = told.get(n + 1).map_or(end, |next| next.at);
        for (hold, since) in now.holds.iter().filter(|(hold, _)| which(*hold)) {
            let margin = i64::try_from(hold.margin(HOLD_BACK)).unwrap_or_default();
            spans.push((since - margin, until + LINGER));
        }
    }
    Spans::of(spans)
}
