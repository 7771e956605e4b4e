//! The report as one page that needs nothing else: no script, no address, its plots drawn in it.

use crate::time;
use policy::Wall;
use protocol::review::{Report, ReportHour};
use std::collections::{BTreeMap, BTreeSet};

const HEAD: &str = include_str!("report.head.html");

/// The page's own marks, so that a category that holds some shows them.
fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut page, letter| {
        match letter {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            _ => page.push(letter),
        }
        page
    })
}

/// `sensitive-app` as people read it.
fn named(category: &str) -> String {
    if category == "hr" {
        return "HR".into();
    }
    let words = category.replace(['-', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    plain(&(first.unwrap_or_default() + letters.as_str()))
}

/// A length of time as people say it.
fn length(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, _) => format!("{m} min"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// A number in groups of three.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// What an hour of the day holds.
type Day = BTreeMap<i8, ReportHour>;

fn days(report: &Report) -> BTreeMap<String, Day> {
    let mut days = BTreeMap::<String, Day>::new();
    for hour in &report.hours {
        let local = time::local(hour.at);
        let sum = days.entry(time::day(hour.at)).or_default().entry(local.hour()).or_default();
        // The hour that a clock shows twice in autumn.
        sum.seconds += hour.seconds;
        sum.frames += hour.frames;
        sum.keys += hour.keys;
        sum.pointer += hour.pointer;
        sum.focus += hour.focus;
    }
    days
}

/// Bars over the 24 hours of a day.
fn bars(label: &str, values: &[(i8, u64, String)], most: u64) -> String {
    let mut svg = format!(
        "<svg class=\"day\" viewBox=\"0 0 480 74\" role=\"img\" aria-label=\"{label}\">\
         <path class=\"axis\" d=\"M0 56.5H480\"/>"
    );
    for (hour, value, words) in values {
        if *value == 0 {
            continue;
        }
        let height = (*value * 540 / most.max(1)).clamp(10, 540);
        let (x, top) = (i64::from(*hour) * 20 + 2, 560 - height.cast_signed());
        let (y, h) = (format!("{}.{}", top / 10, top % 10), format!("{}.{}", height / 10, height % 10));
        svg.push_str(&format!("<rect x=\"{x}\" y=\"{y}\" width=\"16\" height=\"{h}\" rx=\"1.5\"><title>{hour:02}:00: {words}</title></rect>"
        ));
    }
    for hour in [0, 6, 12, 18, 24] {
        let anchor = match hour {
            0 => "start",
            24 => "end",
            _ => "middle",
        };
        svg.push_str(&format!("<text x=\"{}\" y=\"70\" text-anchor=\"{anchor}\">{hour:02}:00</text>", hour * 20));
    }
    svg + "</svg>"
}

fn recorded(page: &mut String, days: &BTreeMap<String, Day>) {
    page.push_str("<section><h2>Recorded, by the hour</h2>");
    if days.is_empty() {
        page.push_str("<p class=\"none\">Nothing was recorded.</p>");
    }
    for (date, day) in days {
        let total: u64 = day.values().map(|hour| u64::from(hour.seconds)).sum();
        let values: Vec<_> =
            day.iter().map(|(hour, sum)| (*hour, u64::from(sum.seconds), length(u64::from(sum.seconds)))).collect();
        let plot = bars(&format!("Recorded on {date}, by the hour"), &values, 3600);
        page.push_str(&format!("<figure><figcaption>{date}<b>{}</b></figcaption>{plot}</figure>", length(total)));
    }
    page.push_str("</section>");
}

fn streams(page: &mut String, days: &BTreeMap<String, Day>) {
    page.push_str("<section><h2>By stream</h2>");
    if days.is_empty() {
        page.push_str("<p class=\"none\">Nothing was recorded.</p></section>");
        return;
    }
    type Of = fn(&ReportHour) -> u32;
    let streams: [(&str, &str, Of); 4] = [
        ("Screen", "pictures", |hour| hour.frames),
        ("Keyboard", "records", |hour| hour.keys),
        ("Pointer", "records", |hour| hour.pointer),
        ("Windows", "changes of focus", |hour| hour.focus),
    ];
    page.push_str("<div class=\"streams\">");
    for (name, unit, of) in streams {
        // All days of the range on one clock.
        let mut sums = BTreeMap::<i8, u64>::new();
        for (hour, sum) in days.values().flatten() {
            *sums.entry(*hour).or_default() += u64::from(of(sum));
        }
        let most = sums.values().copied().max().unwrap_or(0);
        let total: u64 = sums.values().sum();
        let values: Vec<_> = sums.iter().map(|(hour, n)| (*hour, *n, format!("{} {unit}", number(*n)))).collect();
        let plot = bars(&format!("{name}, by hour of the day"), &values, most);
        page.push_str(&format!(
            "<figure><figcaption>{name}<b>{} {unit}</b></figcaption>{plot}</figure>",
            number(total)
        ));
    }
    page.push_str("</div><table><thead><tr><th>Day</th>");
    streams.iter().for_each(|(name, _, _)| page.push_str(&format!("<th class=\"n\">{name}</th>")));
    page.push_str("</tr></thead><tbody>");
    for (date, day) in days {
        page.push_str(&format!("<tr><td>{date}</td>"));
        for (_, _, of) in streams {
            let sum: u64 = day.values().map(|hour| u64::from(of(hour))).sum();
            page.push_str(&format!("<td class=\"n\">{}</td>", number(sum)));
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></section>");
}

fn withheld(page: &mut String, report: &Report) {
    page.push_str("<section><h2>Withheld, by day and category</h2>");
    page.push_str("<p class=\"none\">Of whole days, up to a few minutes ago.</p>");
    let most = report.withheld.iter().map(|withheld| withheld.seconds).max().unwrap_or(0);
    if most == 0 {
        page.push_str("<p class=\"none\">Nothing was withheld.</p></section>");
        return;
    }
    page.push_str(
        "<table><thead><tr><th>Day</th><th>Category</th><th class=\"n\">Time</th><th></th></tr></thead><tbody>",
    );
    let mut before = "";
    for withheld in &report.withheld {
        let day = if withheld.day == before { String::new() } else { plain(&withheld.day) };
        before = &withheld.day;
        let width = (withheld.seconds.saturating_mul(240) / most).clamp(1, 240);
        page.push_str(&format!("<tr><td>{day}</td><td>{}</td><td class=\"n\">{}</td><td class=\"plot\"><svg class=\"bar\" \
             viewBox=\"0 0 240 12\" aria-hidden=\"true\"><rect width=\"{width}\" height=\"12\" rx=\"1.5\"/></svg></td></tr>",
            named(&withheld.category),
            length(withheld.seconds)
        ));
    }
    page.push_str("</tbody></table></section>");
}

/// The whole page.
pub fn page(report: &Report, (from, to): (Wall, Wall)) -> String {
    let days = days(report);
    let mut page = String::from(HEAD);
    let words = |at| time::local(at).strftime("%Y-%m-%d %H:%M").to_string();
    let recorded_for: u64 = report.hours.iter().map(|hour| u64::from(hour.seconds)).sum();
    let withheld_for: u64 = report.withheld.iter().map(|withheld| withheld.seconds).sum();
    let withheld_in: BTreeSet<&str> = report.withheld.iter().map(|withheld| withheld.category.as_str()).collect();
    let (from, to) = (words(from), words(to));
    page.push_str(&format!(
        "<header><h1>Eyelid privacy report</h1><p class=\"range\"><time>{from}</time> to <time>{to}</time></p></header>\
         <dl><div><dt>Recorded</dt><dd>{}</dd></div><div><dt>Withheld on these days</dt><dd>{}</dd></div>\
         <div><dt>Categories withheld</dt><dd>{}</dd></div></dl>",
        length(recorded_for),
        length(withheld_for),
        withheld_in.len()
    ));
    recorded(&mut page, &days);
    streams(&mut page, &days);
    withheld(&mut page, report);
    page.push_str(
        "<footer>This report holds times and counts only: no picture, no text, no title and no name of an app. \
         It tells what Eyelid recorded, not what other programs did.</footer></main></body></html>\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::review::WithheldOn;

    #[test]
    fn a_page_needs_nothing_else_and_shows_marks_as_they_are() {
        let hostile = "</td><script>alert(1)</script><img src=\"https://example.org/\">";
        let hour = ReportHour { at: Wall(1_795_500_000_000), seconds: 1800, frames: 1234, ..ReportHour::default() };
        let withheld = WithheldOn { day: "2026-11-24".into(), category: hostile.into(), seconds: 3_720 };
        let page = page(&Report { hours: vec![hour], withheld: vec![withheld] }, (Wall(0), Wall(1)));
        for outside in ["<script", "<img", "<link", "url(", "@import", "src=\"", "href=", "http:"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("1 h 2 min") && page.contains("1\u{202f}234") && page.contains("30 min"));
    }
}
