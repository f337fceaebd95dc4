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
    /// Cells from one to the next along each axis.
    strides: [u32; 3],
}

impl GridCells {
    /// A grid of one cell, for queries of at most `radius`.
    pub(super) const fn new(radius: f32) -> Self {
        Self { per_unit: 1.0 / (radius * ROUNDING), bits: [0; 3], masks: [0; 3], strides: [1; 3] }
    }

    /// The same with so many cells along each axis, as a power of two.
    pub(super) fn with_bits(self, bits: [u32; 3]) -> Self {
        let strides = [0, bits[0], bits[0] + bits[1]].map(|bits| 1 << bits);
        Self { bits, masks: bits.map(|bits| (1 << bits) - 1), strides, ..self }
    }

    pub(super) const fn bits(&self) -> [u32; 3] {
        self.bits
    }

    /// Number of all cells.
    pub(super) const fn count(&self) -> u32 {
        self.strides[2] << self.bits[2]
    }

    /// The cell of a point, in a world of some four million along each axis; further out it is the last one.
    #[inline]
    pub(super) fn of(&self, place: Vec3) -> [u32; 3] {
        // The nearest whole number, in the lowest bits of a float: without a rounding instruction, which not all have.
        let cell = |at: f32| (clamp(at * self.per_unit) + WHOLE_NUMBERS).to_bits();
        [cell(place.x), cell(place.y), cell(place.z)]
    }

    /// The one of those that there is memory for.
    #[inline]
    pub(super) fn index(&self, at: [u32; 3]) -> u32 {
        let along = |axis: usize| (at[axis] & self.masks[axis]) * self.strides[axis];
        along(0) + along(1) + along(2)
    }

    /// The same of a point.
    #[inline]
    pub(super) fn index_of(&self, place: Vec3) -> u32 {
        self.index(self.of(place))
    }
}

/// A number of cells within those of the world; anything for what is no number. An instruction each way.
#[inline]
fn clamp(at: f32) -> f32 {
    let at = if at < CELLS_EACH_WAY { at } else { CELLS_EACH_WAY };
    if at > -CELLS_EACH_WAY { at } else { -CELLS_EACH_WAY }
}
