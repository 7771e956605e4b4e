//! Draws the pill: an eye and a word or two. Pure.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform,
};

use crate::face::{PillFace, PillShape};
use crate::region::{Rect, Region};

static FONT: &[u8] = include_bytes!("../assets/Roboto-Medium-subset.ttf");

const HEIGHT: f32 = 30.0;
const EYE: f32 = 22.0;
const EM: f32 = 13.5;

/// The finished picture.
pub(crate) struct Drawn {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Blue, green, red, unused.
    pub(crate) pixels: Vec<u8>,
    /// Its outline.
    pub(crate) shape: Region,
}

struct Colours {
    ground: Color,
    border: Color,
    ink: Color,
    eye: Color,
}

fn colour(rgb: u32) -> Color {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color::from_rgba8(r, g, b, 255)
}

/// One accent colour, for recording only.
fn colours(face: &PillFace) -> Colours {
    let recording = match face.shape {
        PillShape::Open | PillShape::Half => true,
        PillShape::Closed | PillShape::Crossed | PillShape::Dashed => false,
    };
    let (ground, border, ink, grey, accent) = match (face.light, face.fade && !recording) {
        (false, false) => (0x1d_1d21, 0x5a_5a62, 0xf4_f4f6, 0xc2_c2ca, 0xf2_5c8e),
        (false, true) => (0x2c_2c31, 0x4a_4a51, 0x9c_9ca5, 0x8e_8e97, 0xf2_5c8e),
        (true, false) => (0xfc_fcfd, 0xb4_b4bd, 0x1d_1d21, 0x5c_5c66, 0xd6_336c),
        (true, true) => (0xf1_f1f3, 0xd0_d0d6, 0x84_848e, 0x9a_9aa3, 0xd6_336c),
    };
    let eye = if recording { accent } else { grey };
    Colours { ground: colour(ground), border: colour(border), ink: colour(ink), eye: colour(eye) }
}

fn paint(c: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(c);
    paint.anti_alias = true;
    paint
}

fn pen(width: f32) -> Stroke {
    Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() }
}

fn capsule(w: f32, h: f32, inset: f32) -> Option<Path> {
    let (l, t, r, b) = (inset, inset, w - inset, h - inset);
    let radius = (b - t) / 2.0;
    let k = radius * 0.552_285;
    let mut p = PathBuilder::new();
    p.move_to(l + radius, t);
    p.line_to(r - radius, t);
    p.cubic_to(r - radius + k, t, r, t + radius - k, r, t + radius);
    p.cubic_to(r, t + radius + k, r - radius + k, b, r - radius, b);
    p.line_to(l + radius, b);
    p.cubic_to(l + radius - k, b, l, t + radius + k, l, t + radius);
    p.cubic_to(l, t + radius - k, l + radius - k, t, l + radius, t);
    p.close();
    p.finish()
}

/// The lids of an open eye, in a box of 22 by 22.
fn almond() -> Option<Path> {
    let mut p = PathBuilder::new();
    p.move_to(1.5, 11.0);
    p.cubic_to(4.6, 6.2, 7.6, 4.4, 11.0, 4.4);
    p.cubic_to(14.4, 4.4, 17.4, 6.2, 20.5, 11.0);
    p.cubic_to(17.4, 15.8, 14.4, 17.6, 11.0, 17.6);
    p.cubic_to(7.6, 17.6, 4.6, 15.8, 1.5, 11.0);
    p.close();
    p.finish()
}

fn lines(points: &[(f32, f32, f32, f32)]) -> Option<Path> {
    let mut p = PathBuilder::new();
    for (x0, y0, x1, y1) in points {
        p.move_to(*x0, *y0);
        p.line_to(*x1, *y1);
    }
    p.finish()
}

fn draw_eye(map: &mut Pixmap, shape: PillShape, at: Transform, c: &Colours) -> Option<()> {
    let ink = paint(c.eye);
    match shape {
        PillShape::Open => {
            map.stroke_path(&almond()?, &ink, &pen(1.7), at, None);
            map.fill_path(&PathBuilder::from_circle(11.0, 11.0, 3.7)?, &ink, FillRule::Winding, at, None);
        }
        PillShape::Half => {
            let at = at.pre_translate(0.0, -2.4);
            // The upper lid hangs halfway: a flat line, and what is below it.
            let mut below = Mask::new(map.width(), map.height())?;
            let half = PathBuilder::from_rect(tiny_skia::Rect::from_xywh(0.0, 10.6, 22.0, 11.4)?);
            below.fill_path(&half, FillRule::Winding, true, at);
            map.stroke_path(&almond()?, &ink, &pen(1.7), at, Some(&below));
            let iris = PathBuilder::from_circle(11.0, 11.0, 3.7)?;
            map.fill_path(&iris, &ink, FillRule::Winding, at, Some(&below));
            map.stroke_path(&lines(&[(1.9, 10.6, 20.1, 10.6)])?, &ink, &pen(2.2), at, None);
        }
        PillShape::Closed => {
            let mut p = PathBuilder::new();
            p.move_to(1.8, 9.2);
            p.cubic_to(5.0, 13.6, 8.0, 15.0, 11.0, 15.0);
            p.cubic_to(14.0, 15.0, 17.0, 13.6, 20.2, 9.2);
            map.stroke_path(&p.finish()?, &ink, &pen(1.8), at, None);
            let lashes =
                [(4.6, 12.4, 2.9, 14.9), (8.7, 14.7, 7.8, 17.7), (13.3, 14.7, 14.2, 17.7), (17.4, 12.4, 19.1, 14.9)];
            map.stroke_path(&lines(&lashes)?, &ink, &pen(1.6), at, None);
        }
        PillShape::Dashed => {
            let dash = StrokeDash::new(vec![0.6, 3.2], 0.0);
            map.stroke_path(&almond()?, &ink, &Stroke { dash, ..pen(1.7) }, at, None);
            map.stroke_path(&PathBuilder::from_circle(11.0, 11.0, 3.0)?, &ink, &pen(1.5), at, None);
        }
        PillShape::Crossed => {
            map.stroke_path(&almond()?, &ink, &pen(1.7), at, None);
            map.fill_path(&PathBuilder::from_circle(11.0, 11.0, 3.3)?, &ink, FillRule::Winding, at, None);
            map.stroke_path(&lines(&[(5.2, 2.6, 19.6, 17.0)])?, &paint(c.ground), &pen(2.4), at, None);
            map.stroke_path(&lines(&[(3.4, 3.4, 18.6, 18.6)])?, &ink, &pen(1.8), at, None);
        }
    }
    Some(())
}

struct Line {
    glyphs: Vec<Glyph>,
    width: f32,
}

fn set_line(font: &FontRef<'static>, text: &str, em: f32) -> Line {
    let per_em = font.units_per_em().unwrap_or(1000.0);
    let scale = PxScale::from(em * font.height_unscaled() / per_em);
    let sized = font.as_scaled(scale);
    let mut x = 0.0;
    let mut last = None;
    let mut glyphs = Vec::new();
    for c in text.chars().filter(|c| !c.is_control()).take(40) {
        let id = font.glyph_id(c);
        if let Some(last) = last {
            x += sized.kern(last, id);
        }
        glyphs.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += sized.h_advance(id);
        last = Some(id);
    }
    Line { glyphs, width: x }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn draw_line(map: &mut Pixmap, font: &FontRef<'static>, line: Line, x: f32, baseline: f32, ink: Color) {
    let (w, h) = (map.width() as i32, map.height() as i32);
    let ink = ink.to_color_u8();
    let data = map.data_mut();
    for mut glyph in line.glyphs {
        glyph.position.x += x;
        glyph.position.y += baseline;
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let bounds = outline.px_bounds();
        outline.draw(|gx, gy, cover| {
            let (px, py) = (bounds.min.x as i32 + gx as i32, bounds.min.y as i32 + gy as i32);
            if px < 0 || py < 0 || px >= w || py >= h {
                return;
            }
            let i = ((py * w + px) * 4) as usize;
            let cover = cover.clamp(0.0, 1.0);
            for (c, v) in [ink.red(), ink.green(), ink.blue()].into_iter().enumerate() {
                let under = f32::from(data[i + c]);
                data[i + c] = (under + (f32::from(v) - under) * cover).round() as u8;
            }
        });
    }
}

/// Draws the pill at this many pixels per design pixel. `None` only for absurd sizes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub(crate) fn draw(face: &PillFace, scale: f32) -> Option<Drawn> {
    let font = FontRef::try_from_slice(FONT).ok()?;
    let text = if face.small { "" } else { face.text.trim() };
    let line = set_line(&font, text, EM * scale);
    let (left, gap, right) = if text.is_empty() { (9.0, 0.0, 9.0) } else { (9.0, 7.0, 14.0) };
    let width = ((left + EYE + gap + right) * scale + line.width).ceil().min(2000.0);
    let height = (HEIGHT * scale).round();
    let mut map = Pixmap::new(width as u32, height as u32)?;
    let c = colours(face);
    map.fill(c.border);
    map.fill_path(
        &capsule(width, height, scale.max(1.0))?,
        &paint(c.ground),
        FillRule::Winding,
        Transform::identity(),
        None,
    );
    let eye_at = Transform::from_row(scale, 0.0, 0.0, scale, left * scale, (height - EYE * scale) / 2.0);
    draw_eye(&mut map, face.shape, eye_at, &c)?;
    let baseline = (height / 2.0 + EM * scale * 0.36).round();
    draw_line(&mut map, &font, line, (left + EYE + gap) * scale, baseline, c.ink);

    let mut outline = Mask::new(map.width(), map.height())?;
    outline.fill_path(&capsule(width, height, 0.0)?, FillRule::Winding, true, Transform::identity());
    let shape = rows(&outline);
    let mut pixels = map.take();
    for p in pixels.chunks_exact_mut(4) {
        p.swap(0, 2);
    }
    Some(Drawn { width: width as u16, height: height as u16, pixels, shape })
}

/// The pixels that are mostly covered, as rectangles of equal rows.
fn rows(mask: &Mask) -> Region {
    let w = usize::try_from(mask.width()).unwrap_or(0);
    let mut rects: Vec<Rect> = Vec::new();
    for (y, row) in mask.data().chunks_exact(w.max(1)).enumerate() {
        let Some(first) = row.iter().position(|a| *a >= 128) else { continue };
        let last = row.iter().rposition(|a| *a >= 128).unwrap_or(first);
        let int = |n: usize| i32::try_from(n).unwrap_or(0);
        let r = Rect::new(int(first), int(y), int(last - first + 1), 1);
        match rects.last_mut() {
            Some(p) if (p.x, p.width, p.bottom()) == (r.x, r.width, r.y) => p.height += 1,
            _ => rects.push(r),
        }
    }
    Region::from_rects(rects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(shape: PillShape) -> PillFace {
        PillFace { shape, text: "Recording".into(), ..PillFace::default() }
    }

    fn ink(shape: PillShape) -> Vec<bool> {
        let face = PillFace { text: String::new(), ..face(shape) };
        let d = draw(&face, 1.0).unwrap();
        d.pixels.chunks_exact(4).map(|p| p[..3].iter().map(|c| u32::from(*c)).sum::<u32>() > 300).collect()
    }

    #[test]
    fn the_eyes_differ_in_shape_and_not_only_in_colour() {
        let all = [PillShape::Open, PillShape::Half, PillShape::Closed, PillShape::Crossed, PillShape::Dashed].map(ink);
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                let differ = a.iter().zip(b).filter(|(x, y)| x != y).count();
                assert!(differ > 30, "{differ}");
            }
        }
    }

    #[test]
    fn only_a_recording_pill_has_colour() {
        let has_colour = |s| {
            let d = draw(&face(s), 1.0).unwrap();
            d.pixels.chunks_exact(4).any(|p| i32::from(p[2]) - i32::from(p[1]) > 60)
        };
        assert!(has_colour(PillShape::Open) && has_colour(PillShape::Half));
        for shape in [PillShape::Closed, PillShape::Crossed, PillShape::Dashed] {
            assert!(!has_colour(shape));
        }
    }

    #[test]
    fn it_is_small_and_rounded() {
        let d = draw(&face(PillShape::Open), 1.0).unwrap();
        assert_eq!(d.height, 30);
        assert!(d.width < 160);
        assert!(d.shape.area() < i64::from(d.width) * i64::from(d.height));
        let long = PillFace { text: "x".repeat(10_000), ..face(PillShape::Open) };
        assert!(draw(&long, 4.0).unwrap().width <= 2000);
    }
}
