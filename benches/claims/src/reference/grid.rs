//! The coarsest grid that keeps [`W1`](auspice_workloads::w1::W1)'s tolerances, and the row of a body on it.

use auspice::bits::{BitReader, BitWriter, Malformed};
use auspice_workloads::w1::motion::{Body, POSITION_STEPS_PER_METRE, VELOCITY_STEPS_PER_METRE};

/// Place x and y, velocity x and y, heading, health, flags.
pub type Row = [i32; COLUMNS];

/// A client's state at a tick: slots and rows, ascending by slot.
pub type Snapshot = Vec<(u32, Row)>;
/// Number of columns of a row.
pub const COLUMNS: usize = 7;

/// Half a step off on both axes is 1 cm, and 0.05 m/s; half a step of heading 0.01 rad.
const POSITION_STEP: f32 = 0.014;
const VELOCITY_STEP: f32 = 0.07;
const HEADING_STEPS: i32 = 315;

/// Smallest value and bits of each column, for a square of up to 1835 m.
const RANGES: [(i32, u32); COLUMNS] = [(0, 17), (0, 17), (-1024, 11), (-1024, 11), (0, 9), (0, 7), (0, 3)];

/// A body in floats, as a game without quantising would send it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FloatBody {
    /// In metres.
    pub position: [f32; 2],
    /// In metres a second.
    pub velocity: [f32; 2],
    /// In radians.
    pub heading: f32,
    /// 1 to 100.
    pub health: u8,
    /// Thrust and turn.
    pub flags: u8,
}

impl From<&Body> for FloatBody {
    fn from(body: &Body) -> Self {
        Self {
            position: body.position.to_array().map(|steps| steps as f32 / POSITION_STEPS_PER_METRE as f32),
            velocity: body.velocity.to_array().map(|steps| steps as f32 / VELOCITY_STEPS_PER_METRE as f32),
            heading: f32::from(body.heading) * (core::f32::consts::TAU / 65_536.0),
            health: body.health,
            flags: body.control,
        }
    }
}

impl FloatBody {
    /// On the grid.
    #[must_use]
    pub fn row(&self) -> Row {
        let steps = |value: f32, step: f32| libm::roundf(value / step) as i32;
        let turn = core::f32::consts::TAU / HEADING_STEPS as f32;
        [
            steps(self.position[0], POSITION_STEP),
            steps(self.position[1], POSITION_STEP),
            steps(self.velocity[0], VELOCITY_STEP),
            steps(self.velocity[1], VELOCITY_STEP),
            steps(self.heading, turn).rem_euclid(HEADING_STEPS),
            i32::from(self.health),
            i32::from(self.flags),
        ]
    }
}

/// Writes a row whole: 75 bits.
pub fn write_row(row: &Row, out: &mut BitWriter) {
    for (value, (min, bits)) in row.iter().zip(RANGES) {
        out.write((value - min) as u32, bits);
    }
}

/// Reads what [`write_row`] wrote.
///
/// # Errors
/// [`Malformed`] where the message ends.
pub fn read_row(reader: &mut BitReader<'_>) -> Result<Row, Malformed> {
    let mut row = Row::default();
    for (value, (min, bits)) in row.iter_mut().zip(RANGES) {
        *value = reader.read(bits)? as i32 + min;
    }
    Ok(row)
}

/// The difference that leads from `base` to `value` in `column`: the short way round where that is the
/// heading.
#[must_use]
pub const fn difference(column: usize, value: i32, base: i32) -> i32 {
    let plain = value.wrapping_sub(base);
    if column == 4 { (plain + HEADING_STEPS / 2).rem_euclid(HEADING_STEPS) - HEADING_STEPS / 2 } else { plain }
}

/// Undoes [`difference`].
#[must_use]
pub const fn moved(column: usize, base: i32, difference: i32) -> i32 {
    let sum = base.wrapping_add(difference);
    if column == 4 { sum.rem_euclid(HEADING_STEPS) } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_the_tolerances() {
        for nth in 0..1000_u16 {
            let part = f32::from(nth) / 1000.0;
            let body = FloatBody {
                position: [part * 999.0, 500.0 - part],
                velocity: [part * 80.0 - 40.0, part],
                heading: part * core::f32::consts::TAU,
                health: 100,
                flags: 5,
            };
            let row = body.row();
            let off = |columns: [i32; 2], step: f32, values: [f32; 2]| {
                libm::hypotf(columns[0] as f32 * step - values[0], columns[1] as f32 * step - values[1])
            };
            assert!(off([row[0], row[1]], POSITION_STEP, body.position) <= 0.01);
            assert!(off([row[2], row[3]], VELOCITY_STEP, body.velocity) <= 0.05);
            let turned = row[4] as f32 * core::f32::consts::TAU / HEADING_STEPS as f32 - body.heading;
            assert!(libm::remainderf(turned, core::f32::consts::TAU).abs() <= 0.01);
        }
    }

    #[test]
    fn the_heading_goes_the_short_way_round() {
        assert_eq!(difference(4, 2, 313), 4);
        assert_eq!(difference(4, 313, 2), -4);
        assert_eq!(moved(4, 313, 4), 2);
    }
}
