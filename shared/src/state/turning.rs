//! Rotations on the wire: four columns that hold three numbers. Corrections are turns from where a rotation was
//! foreseen, and exact news leaves the largest of the four to be worked out from the others.
//!
//! Both ends run this and must come to the same bits: whole numbers, and 64-bit floats with `+ - * /` and roots in the
//! order in which they stand here.

use crate::bits::{BitReader, BitWriter, Malformed, unzigzag, zigzag};

/// A quaternion: x, y, z, w.
pub(super) type Quaternion = [f64; 4];

const IDENTITY: Quaternion = [0.0, 0.0, 0.0, 1.0];

/// Numbers by which exact news of a rotation is told: three differences, and what is left.
pub(super) const NUMBERS: usize = 4;

/// The unit quaternion along `steps`.
pub(super) fn unit(steps: [f64; 4]) -> Quaternion {
    let [x, y, z, w] = steps;
    let length = libm::sqrt(x * x + y * y + z * z + w * w);
    if length > 0.0 { [x / length, y / length, z / length, w / length] } else { IDENTITY }
}

/// The unit quaternion that columns stand for.
pub(super) fn of_columns(columns: &[i32]) -> Quaternion {
    unit(core::array::from_fn(|axis| f64::from(columns[axis])))
}

/// The columns of a unit quaternion, where `max` is 1.
fn to_columns(q: Quaternion, max: i32) -> [i32; 4] {
    let unit = if q[3] < 0.0 { -f64::from(max) } else { f64::from(max) };
    q.map(|value| libm::round(value * unit) as i32)
}

fn product(a: Quaternion, b: Quaternion) -> Quaternion {
    [
        a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
        a[3] * b[1] + a[1] * b[3] + a[2] * b[0] - a[0] * b[2],
        a[3] * b[2] + a[2] * b[3] + a[0] * b[1] - a[1] * b[0],
        a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
    ]
}

/// The turn that leads from `base` to `to`, by at most half a turn.
fn turn_between(base: Quaternion, to: Quaternion) -> Quaternion {
    let turn = product([-base[0], -base[1], -base[2], base[3]], to);
    if turn[3] < 0.0 { turn.map(|value| -value) } else { turn }
}

/// Radians from one rotation to another. Only the authority asks, so it need not be the same to the bit everywhere.
pub(super) fn radians_between(one: Quaternion, other: Quaternion) -> f64 {
    let [x, y, z, w] = turn_between(one, other);
    2.0 * libm::atan2(libm::sqrt(x * x + y * y + z * z), w)
}

/// The turn from `base` to `truth` as three numbers around zero: the tangent of a quarter of its angle along its axis,
/// as `base` sees it, in quanta.
pub(super) fn correction(base: Quaternion, truth: Quaternion, quantum: f64) -> [i32; 3] {
    let [x, y, z, w] = turn_between(base, truth);
    [x, y, z].map(|value| libm::round(value / (1.0 + w) / quantum) as i32)
}

/// The columns of `base` turned by a [`correction`].
pub(super) fn corrected(base: Quaternion, correction: [i32; 3], quantum: f64, max: i32) -> [i32; 4] {
    let [x, y, z] = correction.map(|value| f64::from(value) * quantum);
    let square = x * x + y * y + z * z;
    let scale = 1.0 / (1.0 + square);
    let turn = [2.0 * x * scale, 2.0 * y * scale, 2.0 * z * scale, (1.0 - square) * scale];
    to_columns(unit(product(base, turn)), max)
}

/// Index of the largest column, the first of equals.
fn largest(columns: [i32; 4]) -> usize {
    (1..4).fold(0, |best, at| if columns[at].unsigned_abs() > columns[best].unsigned_abs() { at } else { best })
}

/// The column that is not told, as the others have it: the root of what is left of `max` squared, to the nearest.
fn remaining(others: [i32; 3], max: i32) -> i32 {
    let square = |value: i32| i64::from(value) * i64::from(value);
    let left = (square(max) - others.iter().map(|&other| square(other)).sum::<i64>()).max(0) as u64;
    let root = left.isqrt();
    // Whether the root is beyond the half: (root + 1/2)^2 = root^2 + root + 1/4.
    (root + u64::from(left - root * root > root)) as i32
}

/// The columns without the one at `left_out`.
fn without(columns: [i32; 4], left_out: usize) -> [i32; 3] {
    core::array::from_fn(|at| columns[at + usize::from(at >= left_out)])
}

/// The four columns of which three and another are told.
fn joined(others: [i32; 3], left_out: usize, value: i32) -> [i32; 4] {
    core::array::from_fn(|at| match at.cmp(&left_out) {
        core::cmp::Ordering::Less => others[at],
        core::cmp::Ordering::Equal => value,
        core::cmp::Ordering::Greater => others[at - 1],
    })
}

/// Exact news of a rotation: three differences from `base`, or from its other quaternion where that is nearer, and how
/// far the largest is from what these make of it.
pub(super) fn exact_news(base: [i32; 4], now: [i32; 4], max: i32) -> [i32; NUMBERS] {
    let dot: i64 = base.iter().zip(now).map(|(one, other)| i64::from(*one) * i64::from(other)).sum();
    let base = if dot < 0 { base.map(|value| -value) } else { base };
    let at = largest(base);
    let (from, to) = (without(base, at), without(now, at));
    let rest = now[at] - remaining(to, max) * if base[at] < 0 { -1 } else { 1 };
    [to[0] - from[0], to[1] - from[1], to[2] - from[2], (zigzag(rest) << 1 | u32::from(dot < 0)) as i32]
}

/// Undoes [`exact_news`].
pub(super) fn exact_now(base: [i32; 4], news: [i32; NUMBERS], max: i32) -> Result<[i32; 4], Malformed> {
    let base = if news[3] & 1 == 1 { base.map(|value| -value) } else { base };
    let at = largest(base);
    let from = without(base, at);
    let others: [i32; 3] = core::array::from_fn(|axis| from[axis].wrapping_add(news[axis]));
    checked(others, max)?;
    let largest = remaining(others, max) * if base[at] < 0 { -1 } else { 1 };
    let now = joined(others, at, largest.wrapping_add(unzigzag(news[3] as u32 >> 1)));
    checked(now, max).map(|()| now)
}

/// Writes all of a rotation: which column is the largest, whether it is below 0, the others in `bits` each, and how far
/// the largest is from what these make of it.
pub(super) fn write_whole(columns: [i32; 4], bits: u32, max: i32, out: &mut BitWriter) {
    let at = largest(columns);
    out.write(at as u32, 2);
    out.write_bit(columns[at] < 0);
    let others = without(columns, at);
    others.iter().for_each(|&other| out.write((other + max) as u32, bits));
    out.write_signed(columns[at].abs() - remaining(others, max), 0);
}

/// Reads what [`write_whole`] wrote.
pub(super) fn read_whole(bits: u32, max: i32, reader: &mut BitReader<'_>) -> Result<[i32; 4], Malformed> {
    let at = reader.read(2)? as usize;
    let is_negative = reader.read_bit()?;
    let mut others = [0; 3];
    for other in &mut others {
        *other = reader.read(bits)? as i32 - max;
    }
    checked(others, max)?;
    let size = remaining(others, max).wrapping_add(reader.read_signed(0)?);
    let columns = joined(others, at, if is_negative { size.wrapping_neg() } else { size });
    checked(columns, max).map(|()| columns)
}

fn checked<const N: usize>(columns: [i32; N], max: i32) -> Result<(), Malformed> {
    if columns.iter().all(|column| (-max..=max).contains(column)) {
        Ok(())
    } else {
        Err(Malformed::OutOfRange("a field"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    const MAX: i32 = 8191;
    const BITS: u32 = 14;

    fn any(rng: &mut Rng) -> Quaternion {
        unit(core::array::from_fn(|_| f64::from(rng.between(-1000, 1000)) + 0.5))
    }

    #[test]
    fn a_correction_leads_to_within_the_corner_of_its_quanta_and_the_grid_from_anywhere_to_anywhere() {
        let mut rng = Rng::new(3);
        for quantum in [0.0004, 0.002, 0.01] {
            for _ in 0..20_000 {
                let truth = any(&mut rng);
                let base = of_columns(&to_columns(any(&mut rng), MAX));
                let columns = corrected(base, correction(base, truth, quantum), quantum, MAX);
                let off = radians_between(of_columns(&columns), truth);
                let most = 2.0 * libm::sqrt(3.0) * quantum + 2.0 / f64::from(MAX);
                assert!(off <= most, "{off} radians, of {most}");
                assert!(columns[3] >= 0);
            }
        }
    }

    #[test]
    fn exact_news_and_whole_rotations_come_back_as_they_were_for_all_corners_and_signs() {
        let mut rng = Rng::new(4);
        let mut near = 0;
        for turn in 0..40_000 {
            let base = to_columns(any(&mut rng), MAX);
            let mut now = if turn % 2 == 0 { base } else { to_columns(any(&mut rng), MAX) };
            now.iter_mut().for_each(|column| *column = (*column + rng.between(-3, 3)).clamp(-MAX, MAX));
            if turn % 3 == 0 {
                now = now.map(|column| -column);
            }
            let news = exact_news(base, now, MAX);
            near += u32::from(turn % 2 == 0 && news[..3].iter().all(|difference| difference.abs() <= 3));
            assert_eq!(exact_now(base, news, MAX), Ok(now));
            let mut out = BitWriter::new();
            write_whole(now, BITS, MAX, &mut out);
            assert_eq!(read_whole(BITS, MAX, &mut BitReader::new(out.finish())), Ok(now));
        }
        // The other quaternion of the same rotation is as near.
        assert_eq!(near, 20_000);
    }

    #[test]
    fn what_is_no_rotation_is_refused() {
        assert_eq!(exact_now([0, 0, 0, MAX], [MAX + 1, 0, 0, 0], MAX), Err(Malformed::OutOfRange("a field")));
        assert_eq!(
            exact_now([0, 0, 0, MAX], [i32::MAX, i32::MIN, 9, i32::MAX], MAX),
            Err(Malformed::OutOfRange("a field"))
        );
        let mut reader = BitReader::new(&[0xff; 16]);
        assert_eq!(read_whole(BITS, MAX, &mut reader), Err(Malformed::OutOfRange("a field")));
    }
}
