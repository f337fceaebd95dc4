//! [`Block`]: entities of a grid's cell that lie together, and which of them are near a point.

use glam::{Vec3, Vec4};

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

/// Squared distances of a query, in each lane: within which entities enter, and are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryReach {
    enter: Vec4,
    keep: Vec4,
}

impl QueryReach {
    pub(super) fn new(enter: f32, keep: f32) -> Self {
        Self { enter: Vec4::splat(enter * enter), keep: Vec4::splat(keep * keep) }
    }
}

/// The entities of a block that a query found: a bit for each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockHits {
    pub(super) block: u32,
    /// Entities that are kept.
    kept: u16,
    /// Entities that enter.
    near: u16,
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

    /// Works out all distances from `centre`, by the same sums that the client does; in a flat world, where all lie at
    /// 0 along the last axis, without that one. It notes which `block` it is.
    #[inline]
    pub(super) fn hits<const FLAT: bool>(&self, block: u32, centre: Vec3, reach: QueryReach) -> BlockHits {
        let (mut kept, mut near) = (0, 0);
        for first in [0, LANES, 2 * LANES, 3 * LANES] {
            let along = |all: &[f32; BLOCK], centre: f32| Vec4::from_slice(&all[first..]) - centre;
            let (x, y) = (along(&self.xs, centre.x), along(&self.ys, centre.y));
            let mut distances = x * x + y * y;
            if !FLAT {
                let z = along(&self.zs, centre.z);
                distances += z * z;
            }
            kept |= distances.cmple(reach.keep).bitmask() << first;
            near |= distances.cmple(reach.enter).bitmask() << first;
        }
        BlockHits { block, kept: kept as u16, near: near as u16 }
    }

    /// Hands to `is_known` the slots of those that are kept, and to `each` the slots of those that enter and are not
    /// known.
    #[inline]
    pub(super) fn for_each_hit(
        &self,
        hits: BlockHits,
        mut is_known: impl FnMut(u32) -> bool,
        mut each: impl FnMut(u32),
    ) {
        let (mut kept, mut new) = (u32::from(hits.kept), u32::from(hits.near));
        while kept != 0 {
            let lane = kept.trailing_zeros() as usize % BLOCK;
            kept &= kept - 1;
            new &= !(u32::from(is_known(self.slot(lane))) << lane);
        }
        while new != 0 {
            let lane = new.trailing_zeros() as usize % BLOCK;
            new &= new - 1;
            each(self.slot(lane));
        }
    }
}
