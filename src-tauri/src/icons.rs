//! The tray's pictures, decoded once.

use crate::model::Shape;
use ksni::Icon;
use std::collections::HashMap;
use std::io::Cursor;

macro_rules! pictures {
    ($($shape:ident $name:literal),+) => {
        &[$(
            (Shape::$shape, include_bytes!(concat!("../../icons/tray/", $name, "-16.png"))),
            (Shape::$shape, include_bytes!(concat!("../../icons/tray/", $name, "-22.png"))),
            (Shape::$shape, include_bytes!(concat!("../../icons/tray/", $name, "-24.png"))),
            (Shape::$shape, include_bytes!(concat!("../../icons/tray/", $name, "-32.png"))),
            (Shape::$shape, include_bytes!(concat!("../../icons/tray/", $name, "-48.png"))),
        )+]
    };
}

const FILES: &[(Shape, &[u8])] = pictures!(Open "open", Half "half", Closed "closed", Crossed "crossed");

/// All sizes of every shape.
pub struct Icons(HashMap<Shape, Vec<Icon>>);

impl Icons {
    /// Decodes what is built in. A picture that cannot be read is left out; the panel then shows the name.
    pub fn decode() -> Icons {
        let mut icons: HashMap<Shape, Vec<Icon>> = HashMap::new();
        for (shape, file) in FILES {
            match icon(file) {
                Ok(icon) => icons.entry(*shape).or_default().push(icon),
                Err(error) => tracing::error!("a tray icon cannot be read: {error}"),
            }
        }
        Icons(icons)
    }

    /// The pictures of one shape.
    pub fn of(&self, shape: Shape) -> Vec<Icon> {
        self.0.get(&shape).cloned().unwrap_or_default()
    }
}

/// PNG to the bus's form: alpha, red, green, blue, a byte each.
fn icon(file: &[u8]) -> Result<Icon, png::DecodingError> {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut pixels)?;
    pixels.truncate(info.buffer_size());
    let data = match info.color_type {
        png::ColorType::GrayscaleAlpha => pixels.chunks_exact(2).flat_map(|p| [p[1], p[0], p[0], p[0]]).collect(),
        png::ColorType::Rgba => pixels.chunks_exact(4).flat_map(|p| [p[3], p[0], p[1], p[2]]).collect(),
        // Not after the transformations above.
        png::ColorType::Grayscale | png::ColorType::Rgb | png::ColorType::Indexed => Vec::new(),
    };
    Ok(Icon { width: info.width.cast_signed(), height: info.height.cast_signed(), data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_pictures_and_no_two_shapes_have_the_same() {
        let icons = Icons::decode();
        let mut seen = Vec::new();
        for shape in [Shape::Open, Shape::Half, Shape::Closed, Shape::Crossed] {
            let pictures = icons.of(shape);
            assert!(pictures.iter().any(|icon| icon.width == 22), "{shape:?}");
            for picture in &pictures {
                assert_eq!(picture.data.len(), (picture.width * picture.height * 4) as usize);
                // Told apart without colour: by what is there and what is not.
                let opaque: Vec<bool> = picture.data.chunks_exact(4).map(|p| p[0] > 127).collect();
                assert!(!seen.contains(&opaque), "{shape:?}");
                seen.push(opaque);
            }
        }
    }
}
