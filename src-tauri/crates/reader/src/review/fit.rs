//! What is recorded may be of any length; a message may not.

use protocol::review::{Hour, Overview, ReadAnswer, Report, Span, encoded_len};
use protocol::{ErrorCode, Failure, framing};

/// A title is told up to so many characters.
const TITLE: usize = 1_000;

/// Typed text is.
const TEXT: usize = 4_000;

fn cut(text: &str, at: usize) -> &str {
    text.char_indices().nth(at).map_or(text, |(end, _)| &text[..end])
}

/// A title, or another short name, as far as it is told.
pub fn short(text: &str) -> &str {
    cut(text, TITLE)
}

/// The same to keep.
pub fn title(text: &str) -> String {
    short(text).to_owned()
}

/// Typed text as far as it is told.
pub fn text(text: &str) -> String {
    cut(text, TEXT).to_owned()
}

/// Shortens an answer until it is no longer than a message may be.
pub fn fit(mut answer: ReadAnswer) -> ReadAnswer {
    let mut gap = super::overview::GAP;
    while encoded_len(&answer) > framing::MAX_MESSAGE {
        match &mut answer {
            ReadAnswer::Moment(moment) if !moment.events.is_empty() => {
                moment.events.drain(..moment.events.len().div_ceil(2));
                moment.more = true;
            }
            ReadAnswer::Moment(moment) => {
                // The windows on top are last.
                let Some(picture) = &mut moment.picture else { return too_long() };
                let half = picture.windows.len().div_ceil(2);
                picture.windows.drain(..half);
                moment.more = true;
            }
            ReadAnswer::Found { hits, more } => {
                hits.truncate(hits.len() / 2);
                *more = true;
            }
            ReadAnswer::Log(page) => {
                page.entries.truncate(page.entries.len() / 2);
                page.more = true;
            }
            ReadAnswer::Overview(overview) => {
                gap = gap.saturating_mul(2);
                coarser(overview, gap);
            }
            ReadAnswer::Verified(verified) => verified.damage.truncate(verified.damage.len() / 2),
            ReadAnswer::Hours(hours) => newer_half(hours),
            ReadAnswer::Unlocked
            | ReadAnswer::Report(_)
            | ReadAnswer::Picture(_)
            | ReadAnswer::Saved(_)
            | ReadAnswer::Failed(_) => {
                return too_long();
            }
        }
    }
    answer
}

fn newer_half(hours: &mut Vec<Hour>) {
    hours.drain(..hours.len().div_ceil(2));
}

fn too_long() -> ReadAnswer {
    ReadAnswer::Failed(Failure::new(
        ErrorCode::TooLarge,
        "The range is too long for one answer.",
        "Choose a shorter one.",
    ))
}

/// Half of the pictures, stretches joined over wider gaps, and at last fewer lanes.
fn coarser(overview: &mut Overview, gap: i64) {
    let mut odd = false;
    if overview.pictures.len() > 1_000 {
        overview.pictures.retain(|_| {
            odd = !odd;
            odd
        });
    }
    let before: usize = overview.lanes.iter().map(|lane| lane.spans.len()).sum();
    join(&mut overview.recorded, gap);
    overview.lanes.iter_mut().for_each(|lane| join(&mut lane.spans, gap));
    if before <= 2 * overview.lanes.len() {
        overview.lanes.truncate(overview.lanes.len() / 2);
    }
}

fn join(spans: &mut Vec<Span>, gap: i64) {
    spans.dedup_by(|next, last| {
        let near = next.from.0.saturating_sub(last.to.0) < gap;
        if near {
            last.to = last.to.max(next.to);
        }
        near
    });
}

/// A report is told whole, or not at all.
pub fn report_fits(report: &Report) -> bool {
    encoded_len(report) <= framing::MAX_MESSAGE - 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::Wall;
    use protocol::review::{Hit, Lane, Moment, PictureInfo, PictureWindow, ReviewEvent, What};

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("grüße", 3), "grü");
        assert_eq!(cut("grüße", 5), "grüße");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn whatever_was_recorded_an_answer_is_no_longer_than_a_message() {
        // A control character takes six bytes.
        let (long, typed) = ("\u{1}".repeat(TITLE), "\u{1}".repeat(TEXT));
        let event =
            |n| ReviewEvent { at: Wall(n), app: None, title: Some(long.clone()), what: What::Text(typed.clone()) };
        let window = PictureWindow { app: long.clone(), title: Some(long.clone()), rect: (0, 0, 1, 1) };
        let picture = PictureInfo { at: Wall(1), width: 1, height: 1, windows: vec![window; 300] };
        let moment = Moment { picture: Some(picture), events: (0..500).map(event).collect(), ..Moment::default() };
        let ReadAnswer::Moment(moment) = fit(ReadAnswer::Moment(moment)) else { panic!("it should be a moment") };
        assert!(moment.more);
        assert!(!moment.picture.unwrap().windows.is_empty());
        let moment = Moment { events: (0..500).map(event).collect(), ..Moment::default() };
        let ReadAnswer::Moment(moment) = fit(ReadAnswer::Moment(moment)) else { panic!("it should be a moment") };
        assert!(moment.more && moment.events.last().is_some_and(|event| event.at == Wall(499)), "the newest stay");

        let hit = Hit { at: Wall(1), app: long.clone(), title: Some(long.clone()), text: Some(long.clone()) };
        let found = fit(ReadAnswer::Found { hits: vec![hit; 200], more: false });
        assert!(matches!(&found, ReadAnswer::Found { hits, more: true } if !hits.is_empty()));
        assert!(encoded_len(&found) <= framing::MAX_MESSAGE);

        let spans: Vec<Span> =
            (0..500_000).map(|i| Span { from: Wall(i * 61_000), to: Wall(i * 61_000 + 1) }).collect();
        let lanes = (0..400).map(|_| Lane { app: long.clone(), spans: spans[..2000].to_vec() }).collect();
        let pictures = (0..500_000).map(Wall).collect();
        let overview = fit(ReadAnswer::Overview(Overview { recorded: spans, lanes, pictures, damaged: 1 }));
        let ReadAnswer::Overview(told) = &overview else { panic!("it should be an overview") };
        assert!(!told.recorded.is_empty() && !told.lanes.is_empty() && !told.pictures.is_empty());
        assert!(encoded_len(&overview) <= framing::MAX_MESSAGE);
    }
}
