//! [`Anchor`]: telling the place of what comes into view from the place of the client's own entity.
//!
//! Whatever a client is to be told of lies within a square around it, and what comes into view by moving lies
//! just inside the ring where its interest ends. There the last coordinate follows from the others, but for a
//! side and a small depth.

use crate::bits::{BitReader, BitWriter, Malformed, exp_bits, width};

/// A ring's depth is coded for steps of about this share of its radius, as a power of two: what an entity
/// moves in a tick.
const DEPTH_SHARE_BITS: u32 = 9;

/// The distance to which a client sees, in the units of places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewReach {
    /// Within it something comes into view.
    pub(crate) interest: f32,
    /// Within it something stays in view.
    pub(crate) keep: f32,
}

/// A point from which places are told, and how far they can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Anchor {
    pub(super) columns: [i32; 3],
    pub(super) axes: usize,
    pub(super) step: f64,
    /// In steps.
    ring: u32,
    /// In steps.
    keep: u32,
}

impl Anchor {
    /// The point at `place`, 1 to 3 columns of a field with this `step`. `None` where the reach is beyond all places.
    pub(super) fn new(place: &[i32], step: f64, reach: ViewReach) -> Option<Self> {
        let mut columns = [0; 3];
        columns[..place.len()].copy_from_slice(place);
        let steps = |radius: f32| (f64::from(radius) / step) as u32;
        let (ring, keep) = (steps(reach.interest), steps(reach.keep));
        (keep < 1 << 30).then_some(Self { columns, axes: place.len(), step, ring, keep })
    }

    /// Bits of a coordinate as its distance from the anchor.
    pub(super) const fn offset_bits(&self) -> u32 {
        width(2 * self.keep)
    }

    const fn depth_order(&self) -> u32 {
        width(2 * self.ring).saturating_sub(DEPTH_SHARE_BITS)
    }

    /// Writes `place`, which has as many columns as the anchor. False, and one bit is written, where it is
    /// out of reach.
    pub(super) fn write(&self, place: &[i32], out: &mut BitWriter) -> bool {
        let mut offsets = [0; 3];
        for ((offset, at), from) in offsets.iter_mut().zip(place).zip(self.columns) {
            *offset = i64::from(*at) - i64::from(from);
        }
        let offsets = &offsets[..self.axes];
        let within = offsets.iter().all(|offset| offset.unsigned_abs() <= u64::from(self.keep));
        out.write_bit(within);
        if !within {
            return false;
        }
        let (last, others) = offsets.split_last().expect("a place should have an axis");
        // Near the last axis' ends the depth is small; where the ring runs along that axis the whole
        // coordinate is shorter.
        let depth = self.ring_at(others).and_then(|ring| ring.checked_sub(last.unsigned_abs() as u32));
        let depth = depth.filter(|&depth| 1 + exp_bits(depth, self.depth_order()) < self.offset_bits());
        out.write_bit(depth.is_some());
        let write =
            |offset: i64, out: &mut BitWriter| out.write((offset + i64::from(self.keep)) as u32, self.offset_bits());
        others.iter().for_each(|&offset| write(offset, out));
        match depth {
            None => write(*last, out),
            Some(depth) => {
                out.write_bit(*last < 0);
                out.write_exp(depth, self.depth_order());
            }
        }
        true
    }

    /// Reads what [`write`](Self::write) wrote into `place`. False where it was out of reach.
    pub(super) fn read(&self, place: &mut [i32], reader: &mut BitReader<'_>) -> Result<bool, Malformed> {
        if !reader.read_bit()? {
            return Ok(false);
        }
        let on_ring = reader.read_bit()?;
        let read = |reader: &mut BitReader<'_>| Ok(i64::from(reader.read(self.offset_bits())?) - i64::from(self.keep));
        let mut offsets = [0; 3];
        let (last, others) = offsets[..self.axes].split_last_mut().expect("a place should have an axis");
        for offset in &mut *others {
            *offset = read(reader)?;
        }
        *last = if on_ring {
            let is_negative = reader.read_bit()?;
            let depth = reader.read_exp(self.depth_order())?;
            let distance = self.ring_at(others).and_then(|ring| ring.checked_sub(depth));
            let distance = i64::from(distance.ok_or(Malformed::OutOfRange("a place"))?);
            if is_negative { -distance } else { distance }
        } else {
            read(reader)?
        };
        for ((at, offset), from) in place.iter_mut().zip(offsets).zip(self.columns) {
            *at = i32::try_from(i64::from(from) + offset).map_err(|_| Malformed::OutOfRange("a place"))?;
        }
        Ok(true)
    }

    /// The ring's coordinate along the last axis, in steps; `None` where the other axes are already beyond
    /// the ring.
    fn ring_at(&self, others: &[i64]) -> Option<u32> {
        // Each is below 2^31.
        let used: u64 = others.iter().map(|offset| offset.unsigned_abs().pow(2)).sum();
        u64::from(self.ring).pow(2).checked_sub(used).map(|square| square.isqrt() as u32)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    const STEP: f64 = 1.0 / 2048.0;

    fn anchor(axes: usize) -> Anchor {
        let reach = ViewReach { interest: 100.0, keep: 110.0 };
        Anchor::new(&[500_000, 700_000, -9][..axes], STEP, reach).expect("the reach is short")
    }

    /// Bits that it takes to tell the place that is so many metres away, which must come back as it was.
    fn told(away: &[f64]) -> usize {
        let anchor = anchor(away.len());
        let place: Vec<i32> = away.iter().zip(anchor.columns).map(|(away, from)| from + (away / STEP) as i32).collect();
        let mut out = BitWriter::new();
        let is_told = anchor.write(&place, &mut out);
        let bits = out.bits();
        let mut back = vec![0; away.len()];
        assert_eq!(anchor.read(&mut back, &mut BitReader::new(out.finish())), Ok(is_told));
        assert!(!is_told || back == place, "{back:?} is not {place:?}");
        bits
    }

    #[test]
    fn what_comes_over_the_ring_is_told_by_its_side_and_depth() {
        let whole = 2 + 2 * 19;
        for angle in 0..360 {
            let (y, x) = f64::from(angle).to_radians().sin_cos();
            // Half a metre inside, on the ring, and at half of the way.
            for (distance, saved) in [(99.5, 4), (99.999, 6), (50.0, 0)] {
                let bits = told(&[x * distance, y * distance]);
                let is_steep = y.abs() > 0.5 && distance > 99.0;
                assert!(
                    bits <= whole - if is_steep { saved } else { 0 },
                    "{bits} bits at {angle} degrees, {distance} m"
                );
            }
        }
    }

    #[test]
    fn every_place_within_reach_comes_back_in_any_dimension() {
        let mut rng = crate::rng::Rng::new(7);
        for _ in 0..20_000 {
            let away: [f64; 3] = core::array::from_fn(|_| f64::from(rng.between(-220_000, 220_000)) / 2000.0);
            (1..=3).for_each(|axes| assert!(told(&away[..axes]) > 2));
        }
        assert_eq!((told(&[0.0, 0.0]), told(&[100.0, 0.0]), told(&[0.0, -100.0])), (40, 33, 33));
        assert_eq!((told(&[111.0, 0.0]), told(&[0.0, 0.0, -111.0])), (1, 1));
    }

    #[test]
    fn a_depth_beyond_the_ring_is_refused() {
        let anchor = anchor(2);
        let mut out = BitWriter::new();
        out.write(0b11, 2);
        out.write(anchor.keep, anchor.offset_bits());
        out.write_bit(false);
        out.write_exp(anchor.ring + 1, anchor.depth_order());
        let refused = anchor.read(&mut [0; 2], &mut BitReader::new(out.finish()));
        assert_eq!(refused, Err(Malformed::OutOfRange("a place")));
    }
}
