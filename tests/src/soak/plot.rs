//! The samples as a picture: a small plot of each figure over time.

use std::fmt::Write;

use super::{FIGURES, Sample, Soak};

/// Of one plot, pixels.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 70.0;
const COLUMNS: usize = 3;

/// An SVG drawing, legible on light and on dark ground.
pub fn svg(soak: &Soak) -> String {
    let vault: (&str, &str, fn(&Sample) -> f64) = ("vault", "MB", |s| s.vault);
    let live: (&str, &str, fn(&Sample) -> f64) = ("windows open", "", |s| s.live);
    let figures = FIGURES.iter().map(|f| (f.name, f.unit, f.of)).chain([vault, live]);
    let end = soak.samples.last().map_or(1.0, |s| s.at.as_secs_f64());
    let mut plots = String::new();
    let mut count = 0;
    for (n, (name, unit, of)) in figures.enumerate() {
        count = n + 1;
        #[allow(clippy::cast_precision_loss)]
        let (x, y) = ((n % COLUMNS) as f64 * (WIDTH + 30.0) + 20.0, (n / COLUMNS) as f64 * (HEIGHT + 50.0) + 34.0);
        let most = soak.samples.iter().map(of).fold(0.0, f64::max).max(1e-9);
        let points = soak.samples.iter().map(|s| {
            let (right, up) = (WIDTH * s.at.as_secs_f64() / end, HEIGHT * of(s) / most);
            format!("{:.1},{:.1}", x + right, y + HEIGHT - up)
        });
        let points = points.collect::<Vec<_>>().join(" ");
        let base = y + HEIGHT;
        let _ = write!(
            plots,
            "<text x=\"{x}\" y=\"{}\">{name}, up to {most:.0} {unit}</text>\n\
             <path class=\"axis\" d=\"M{x} {base}h{WIDTH}\"/>\n<polyline points=\"{points}\"/>\n",
            y - 8.0
        );
    }
    #[allow(clippy::cast_precision_loss)]
    let (w, h) = (COLUMNS as f64 * (WIDTH + 30.0) + 20.0, count.div_ceil(COLUMNS) as f64 * (HEIGHT + 50.0) + 20.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>text{{fill:#777}}.axis{{stroke:#777;stroke-width:1}}\
         polyline{{fill:none;stroke:#d9480f;stroke-width:1.5}}</style>\n{plots}</svg>\n"
    )
}
