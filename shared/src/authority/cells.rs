//! [`GridCells`]: which cell of a grid a point is in, and where there is memory for that cell.

use glam::Vec3;

/// Share by which a query looks further than asked for, so that rounding at a cell's edge hides nobody.
pub(super) const ROUNDING: f32 = 1.0 + 1e-5;
/// Cells of the world each way along an axis.
const CELLS_EACH_WAY: f32 = (1 << 21) as f32;
/// A float so large that the lowest bit of floats around it is a whole one.
const WHOLE_NUMBERS: f32 = (3 << 22) as f32;

/// The cells that there is memory for, which repeat in every direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct GridCells {
    per_unit: f32,
    /// Number of cells along each axis, as a power of two.
    bits: [u32; 3],
    /// The same less one.
    masks: [u32; 3],
    /// Cells from one to the next along the second and the last axis.
    strides: [u32; 2],
}

impl GridCells {
    /// A grid of one cell, for queries of at most `radius`.
    pub(super) const fn new(radius: f32) -> Self {
        Self { per_unit: 1.0 / (radius * ROUNDING), bits: [0; 3], masks: [0; 3], strides: [1; 2] }
    }

    /// The same with so many cells along each axis, as a power of two.
    pub(super) fn with_bits(self, bits: [u32; 3]) -> Self {
        let strides = [bits[0], bits[0] + bits[1]].map(|bits| 1 << bits);
        Self { bits, masks: bits.map(|bits| (1 << bits) - 1), strides, ..self }
    }

    pub(super) const fn bits(&self) -> [u32; 3] {
        self.bits
    }

    /// Number of all cells.
    pub(super) const fn count(&self) -> u32 {
        self.strides[1] << self.bits[2]
    }

    /// The cell of a point, in a world of some four million along each axis; further out it is the last one.
    #[inline]
    pub(super) fn of(&self, place: Vec3) -> [u32; 3] {
        [self.along(place.x), self.along(place.y), self.along(place.z)]
    }

    /// The cell of a point along an axis.
    #[inline(always)]
    fn along(&self, at: f32) -> u32 {
        // The nearest whole number, in the lowest bits of a float: without a rounding instruction, which not all have.
        (clamp(at * self.per_unit) + WHOLE_NUMBERS).to_bits()
    }

    /// The one of those that there is memory for.
    #[inline(always)]
    pub(super) fn index(&self, at: [u32; 3]) -> u32 {
        let masked = |axis: usize| at[axis] & self.masks[axis];
        masked(0) + masked(1) * self.strides[0] + masked(2) * self.strides[1]
    }

    /// The same of a point. In a flat world all are in the first cell along the last axis.
    #[inline(always)]
    pub(super) fn index_of(&self, place: Vec3) -> u32 {
        const { assert!(WHOLE_NUMBERS.to_bits() & (CELLS_EACH_WAY as u32 - 1) == 0) };
        let layer = if place.z == 0.0 { 0 } else { self.along(place.z) };
        self.index([self.along(place.x), self.along(place.y), layer])
    }
}

/// A number of cells within those of the world; anything for what is no number. An instruction each way.
#[inline(always)]
fn clamp(at: f32) -> f32 {
    let at = if at < CELLS_EACH_WAY { at } else { CELLS_EACH_WAY };
    if at > -CELLS_EACH_WAY { at } else { -CELLS_EACH_WAY }
}
