//! A picture of the table, for people to read at a glance: Eyelid among the others, on the smaller screen.

use std::fmt::Write as _;

use super::contestant::Who;
use super::report::Report;
use super::{Cost, Phase};

/// A panel: its title, the phase, decimals, and where its number is.
type Panel = (&'static str, Phase, usize, fn(&Cost) -> Option<f64>);

const PANELS: [Panel; 5] = [
    ("CPU at work, % of a core", Phase::Work, 1, |c| Some(c.cpu)),
    ("CPU with a film, %", Phase::Scroll, 1, |c| Some(c.cpu)),
    ("CPU idle, %", Phase::Idle, 2, |c| Some(c.cpu)),
    ("memory at work, MB", Phase::Work, 0, |c| c.pss),
    ("stored at work, MB/min", Phase::Work, 1, |c| c.stored),
];

const ROWS: [Who; 4] = [Who::Eyelid, Who::Listener, Who::Grab, Who::Ffmpeg];

/// Pixels.
const NAMES: usize = 210;
const PANEL: usize = 170;
const BAR: usize = 100;
const LINE: usize = 30;
const TOP: usize = 56;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #3b424b }
  .small { font-size: 11px; fill: #69717c }
  .own { font-weight: 600 }
  rect { fill: #b4bcc7 }
  rect.own { fill: #2f7f86 }
  @media (prefers-color-scheme: dark) {
    text { fill: #d3d8df }
    .small { fill: #98a1ad }
    rect { fill: #566070 }
    rect.own { fill: #58b3b8 }
  }
";

/// Draws it.
pub fn draw(report: &Report) -> String {
    let rows: Vec<Who> = ROWS.into_iter().filter(|who| report.rows.iter().any(|row| row.who == who.name())).collect();
    let (width, height) = (NAMES + PANELS.len() * PANEL, TOP + rows.len() * LINE + 34);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>What Eyelid costs, beside others</title>\n<style>{STYLE}</style>\n"
    );
    let mut text = |x: usize, y: usize, class: &str, what: &str| {
        let what = what.replace('&', "&amp;").replace('<', "&lt;");
        writeln!(svg, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{what}</text>").expect("a string takes all");
    };
    text(0, 16, "own", "What it costs to record the same minute, 1920 × 1080");
    for (n, who) in rows.iter().enumerate() {
        text(0, TOP + n * LINE + 15, class(*who), who.name());
    }
    let mut bars = Vec::new();
    for (n, (title, phase, decimals, of)) in PANELS.iter().enumerate() {
        let left = NAMES + n * PANEL;
        text(left, TOP - 12, "small", title);
        let values = rows.iter().map(|who| report.middle("1080p", *phase, who.name(), *of).map(|m| m.median));
        let values: Vec<Option<f64>> = values.collect();
        let most = values.iter().flatten().copied().fold(0.0, f64::max);
        for (line, (who, value)) in rows.iter().zip(&values).enumerate() {
            let y = TOP + line * LINE;
            let length = length(*value, most);
            bars.push((left, y, length, class(*who)));
            let shown = value.map_or_else(|| "–".to_owned(), |v| format!("{:.decimals$}", v.max(0.0)));
            text(left + length + 6, y + 15, class(*who), &shown);
        }
    }
    let how = format!("{} s a phase, median of {}; {}", report.seconds, report.repeats, report.machine);
    text(0, height - 8, "small", &how);
    for (x, y, length, class) in bars {
        writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{length}\" height=\"20\" rx=\"2\" class=\"{class}\"/>")
            .expect("a string takes all");
    }
    svg + "</svg>\n"
}

fn class(who: Who) -> &'static str {
    if who == Who::Eyelid { "own" } else { "" }
}

/// How long a bar is; the least is a line that can be seen.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn length(value: Option<f64>, most: f64) -> usize {
    match value {
        Some(value) if most > 0.0 => ((value.max(0.0) / most * BAR as f64).round() as usize).max(1),
        Some(_) => 1,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_its_panel_and_a_negative_one_does_not_break_it() {
        assert_eq!(length(Some(8.0), 8.0), BAR);
        assert_eq!(length(Some(2.0), 8.0), BAR / 4);
        assert_eq!((length(Some(-3.0), 8.0), length(Some(0.0), 0.0), length(None, 8.0)), (1, 1, 0));
    }
}
