//! [`Block`]: entities of a grid's cell that lie together, and which of them are near a point.

use glam::{Vec3, Vec4};

use crate::state::bits;

/// Entities whose distances are worked out at once: as many floats as every processor takes.
const LANES: usize = 4;
/// Entities of a block.
pub(super) const BLOCK: usize = 4 * LANES;
/// Slot of a lane without an entity.
pub(super) const NONE: u32 = u32::MAX;

/// A cell's entities, or some of them where it is crowded: each coordinate by itself, a line of a processor's cache. A
/// lane without an entity is nowhere; those that are taken come first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Block {
    xs: [f32; BLOCK],
    ys: [f32; BLOCK],
    zs: [f32; BLOCK],
    slots: [u32; BLOCK],
}

/// The entities of a block that a query found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockHits {
    pub(super) block: u32,
    /// Number of the change since which the block has its entities, each in its lane.
    pub(super) change: u32,
    /// A bit for each entity that is found.
    pub(super) found: u16,
}

impl Block {
    pub(super) const EMPTY: Self =
        Self { xs: [f32::NAN; BLOCK], ys: [f32::NAN; BLOCK], zs: [f32::NAN; BLOCK], slots: [NONE; BLOCK] };

    #[inline]
    pub(super) const fn place(&self, lane: usize) -> Vec3 {
        Vec3::new(self.xs[lane], self.ys[lane], self.zs[lane])
    }

    #[inline]
    pub(super) const fn slot(&self, lane: usize) -> u32 {
        self.slots[lane]
    }

    #[inline]
    pub(super) fn set(&mut self, lane: usize, slot: u32, place: Vec3) {
        self.set_place(lane, place);
        self.slots[lane] = slot;
    }

    /// Moves the entity of a lane.
    #[inline]
    pub(super) fn set_place(&mut self, lane: usize, place: Vec3) {
        (self.xs[lane], self.ys[lane], self.zs[lane]) = (place.x, place.y, place.z);
    }

    /// Number of entities.
    pub(super) fn len(&self) -> usize {
        self.slots.iter().take_while(|slot| **slot != NONE).count()
    }

    /// A bit for each entity within a distance of `centre`, by its square, worked out by the same sums that the client
    /// does; in a flat world, where all lie at 0 along the last axis, without that one.
    #[inline]
    pub(super) fn within<const FLAT: bool>(&self, centre: Vec3, squared: f32) -> u16 {
        let mut found = 0;
        for first in [0, LANES, 2 * LANES, 3 * LANES] {
            let along = |all: &[f32; BLOCK], centre: f32| Vec4::from_slice(&all[first..]) - centre;
            let (x, y) = (along(&self.xs, centre.x), along(&self.ys, centre.y));
            let mut distances = x * x + y * y;
            if !FLAT {
                let z = along(&self.zs, centre.z);
                distances += z * z;
            }
            found |= distances.cmple(Vec4::splat(squared)).bitmask() << first;
        }
        found as u16
    }
}

/// The lanes of some of a block's entities, ascending.
#[inline]
pub(super) fn lanes_of(lanes: u16) -> impl Iterator<Item = usize> {
    bits(u64::from(lanes)).map(|lane| lane as usize % BLOCK)
}
