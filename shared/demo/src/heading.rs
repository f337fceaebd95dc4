//! Directions in whole numbers: the same bits on every platform.
//!
//! 0 points along the first axis, a quarter turn later along the second: counter-clockwise where the second points up.

use glam::{IVec2, Vec2};

/// Bits of a heading.
pub const HEADING_BITS: u32 = 12;

/// Steps of a full turn: one is 0.09 degrees, less than a unit at the end of a shot's flight of 580.
pub const TURN: u16 = 1 << HEADING_BITS;

/// Length of [`unit()`].
pub(crate) const UNIT: i32 = 1 << 14;

const QUARTER: usize = TURN as usize / 4;

/// Sines of the first quarter turn, worked out by the compiler.
static SINES: [i16; QUARTER + 1] = sines();

/// The vector of length 16384 that points along `heading`.
#[must_use]
pub fn unit(heading: u16) -> IVec2 {
    IVec2::new(sine(heading.wrapping_add(TURN / 4)), sine(heading))
}

/// The heading nearest to the direction of `vector`; 0 for no direction.
#[must_use]
pub fn heading_of(vector: Vec2) -> u16 {
    let turns = libm::atan2f(vector.y, vector.x) / core::f32::consts::TAU;
    (libm::roundf(turns * f32::from(TURN)) as i32 & i32::from(TURN - 1)) as u16
}

/// The short way from `from` to `to`, in steps: positive counter-clockwise.
pub(crate) fn short_way(from: u16, to: u16) -> i32 {
    let unused = 32 - HEADING_BITS;
    ((i32::from(to) - i32::from(from)) << unused) >> unused
}

fn sine(heading: u16) -> i32 {
    let at = usize::from(heading % TURN);
    let folded = match at / QUARTER {
        0 => SINES[at],
        1 => SINES[2 * QUARTER - at],
        2 => -SINES[at - 2 * QUARTER],
        _ => -SINES[4 * QUARTER - at],
    };
    i32::from(folded)
}

const fn sines() -> [i16; QUARTER + 1] {
    let mut table = [0; QUARTER + 1];
    let mut at = 0;
    while at <= QUARTER {
        let angle = core::f64::consts::FRAC_PI_2 * at as f64 / QUARTER as f64;
        // Taylor's series: on a quarter turn nine terms are exact far beyond the table's 14 bits.
        let (mut term, mut sum, mut power) = (angle, angle, 1.0);
        while power < 17.0 {
            term = -term * angle * angle / ((power + 1.0) * (power + 2.0));
            sum += term;
            power += 2.0;
        }
        table[at] = (sum * UNIT as f64 + 0.5) as i16;
        at += 1;
    }
    table
}

/// `value / by`, to the nearest; halves away from zero, so that both directions are alike.
pub(crate) fn rounded(value: i64, by: i64) -> i64 {
    (value + value.signum() * (by / 2)) / by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_their_length_and_direction_all_the_way_round() {
        for heading in 0..TURN {
            let vector = unit(heading);
            assert!((vector.length_squared() - UNIT * UNIT).abs() < 2 * UNIT, "heading {heading}: {vector}");
            assert_eq!(heading_of(vector.as_vec2()), heading);
        }
        assert_eq!(unit(TURN / 4), IVec2::new(0, UNIT));
        assert_eq!(unit(TURN / 2), IVec2::new(-UNIT, 0));
    }

    #[test]
    fn the_short_way_wraps() {
        assert_eq!(short_way(TURN - 5, 5), 10);
        assert_eq!(short_way(5, TURN - 5), -10);
    }
}
