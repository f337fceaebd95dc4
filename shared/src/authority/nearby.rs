//! [`Nearby`]: the entities near a point, and memory to find them in.

use alloc::vec::Vec;

/// Sixty-four slots.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    /// Slots within the distance at which entities enter.
    pub(crate) near: u64,
    /// Slots within the distance to which entities are kept.
    pub(crate) kept: u64,
}

/// Result of a query. Emptying it costs what is in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    /// A mark for each 64 slots of the world.
    marks: Vec<Mark>,
    /// Marks that are not empty, in any order.
    touched: Vec<u32>,
}

impl Nearby {
    /// Empties the result and makes room for slots below `slots`.
    pub(crate) fn clear(&mut self, slots: usize) {
        for &index in &self.touched {
            self.marks[index as usize] = Mark::default();
        }
        self.touched.clear();
        if self.marks.len() != slots.div_ceil(64) {
            self.marks.resize(slots.div_ceil(64), Mark::default());
            self.marks.shrink_to(2 * self.marks.len());
        }
    }

    /// Marks those of four slots whose bit is set: in `kept`, and in `near` besides.
    #[inline]
    pub(crate) fn mark(&mut self, slots: &[u32; 4], mut kept: u32, near: u32) {
        while kept != 0 {
            let lane = kept.trailing_zeros();
            kept &= kept - 1;
            let slot = slots[lane as usize & 3];
            let Some(mark) = self.marks.get_mut(slot as usize / 64) else { continue };
            if mark.kept == 0 {
                self.touched.push(slot / 64);
            }
            mark.kept |= 1 << (slot % 64);
            mark.near |= u64::from(near >> lane & 1) << (slot % 64);
        }
    }

    /// The slots from `index` times 64.
    pub(crate) fn word(&self, index: u32) -> Mark {
        self.marks.get(index as usize).copied().unwrap_or_default()
    }

    /// The slots from `index` times 64, of which those in `held` do not count as near from then on.
    #[inline]
    pub(crate) fn strike_out(&mut self, index: u32, held: u64) -> Mark {
        let Some(mark) = self.marks.get_mut(index as usize) else { return Mark::default() };
        let before = *mark;
        mark.near &= !held;
        before
    }

    /// Whether any is near, and not struck out.
    pub(crate) fn has_near(&self) -> bool {
        self.words().any(|(_, mark)| mark.near != 0)
    }

    /// All words in which there is any slot, in any order.
    pub(crate) fn words(&self) -> impl Iterator<Item = (u32, Mark)> {
        self.touched.iter().map(|&index| (index, self.marks[index as usize]))
    }

    pub(crate) fn is_near(&self, slot: u32) -> bool {
        self.word(slot / 64).near >> (slot % 64) & 1 == 1
    }

    pub(crate) fn is_kept(&self, slot: u32) -> bool {
        self.word(slot / 64).kept >> (slot % 64) & 1 == 1
    }
}
