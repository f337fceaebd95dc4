//! A small picture of bars, drawn pixel by pixel.

use bevy::prelude::*;

use crate::meter::REMEMBERED;

/// Pixels of the picture.
pub(crate) const WIDTH: usize = REMEMBERED;
pub(crate) const HEIGHT: usize = 84;

/// The picture, from the top left.
pub(crate) struct Canvas<'a>(&'a mut [u8]);

impl<'a> Canvas<'a> {
    pub(super) fn clear(pixels: &'a mut [u8]) -> Self {
        pixels.chunks_exact_mut(4).for_each(|pixel| pixel.copy_from_slice(&[10, 16, 30, 150]));
        Self(pixels)
    }

    /// Fills the part of a rectangle that is inside.
    pub(super) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Color) {
        let bytes = colour.to_srgba().to_u8_array();
        for row in y.min(HEIGHT)..(y + height).min(HEIGHT) {
            let line = &mut self.0[row * WIDTH * 4..(row + 1) * WIDTH * 4];
            let columns = x.min(WIDTH) * 4..(x + width).min(WIDTH) * 4;
            line[columns].chunks_exact_mut(4).for_each(|pixel| pixel.copy_from_slice(&bytes));
        }
    }

    /// A bar of `height` pixels that stands on the line `base`, or hangs from it if it is negative; no longer
    /// than `most`.
    pub(super) fn bar(&mut self, x: usize, base: usize, height: f32, most: usize, colour: Color) {
        let length = (height.abs().round() as usize).min(most);
        let top = if height >= 0.0 { base.saturating_sub(length) } else { base };
        self.fill(x, top, 1, length, colour);
    }
}
