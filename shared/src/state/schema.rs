//! Field tables: what an entity's columns mean, how fine they are, and who moves whom.

use super::symbols::Symbol;

/// The quantity that a field measures, and therefore how its columns are bounded and coded. `min` and `max`
/// count steps, not units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// A number in a range. One column.
    Scalar {
        /// Smallest value, in steps.
        min: i32,
        /// Largest value, in steps.
        max: i32,
        /// Units of one step.
        step: f64,
    },
    /// A direction that wraps: a full turn has `2^bits` steps. One column. In radians for floats.
    Angle {
        /// 1 to 24.
        bits: u32,
    },
    /// Two numbers, each with a range of its own.
    Vec2 {
        /// Smallest value of each, in steps.
        min: [i32; 2],
        /// Largest value of each, in steps.
        max: [i32; 2],
        /// Units of one step.
        step: f64,
    },
    /// Three numbers, each with a range of its own.
    Vec3 {
        /// Smallest value of each, in steps.
        min: [i32; 3],
        /// Largest value of each, in steps.
        max: [i32; 3],
        /// Units of one step.
        step: f64,
    },
    /// A unit quaternion, four columns of `2^bits - 1` steps from -1 to 1, of which three travel. Kept with `w >= 0`.
    Rotation {
        /// 4 to 20.
        bits: u32,
    },
    /// Independent bits. One column, sent whole when any changes.
    Flags {
        /// 1 to 31.
        bits: u32,
    },
    /// A choice among `count` values. One column, sent whole when it changes.
    Choice {
        /// 1 to 2^31.
        count: u32,
    },
    /// A whole number from 0, usually growing by little. One column.
    Counter {
        /// Largest value.
        max: i32,
    },
}

impl Quantity {
    /// Number of columns that hold the quantity.
    #[must_use]
    #[inline(always)]
    pub const fn columns(&self) -> usize {
        match self {
            Self::Vec2 { .. } => 2,
            Self::Vec3 { .. } => 3,
            Self::Rotation { .. } => 4,
            _ => 1,
        }
    }

    /// Units of one step: metres, radians, or whatever the game measures in.
    #[must_use]
    #[inline(always)]
    pub const fn step(&self) -> f64 {
        match *self {
            Self::Scalar { step, .. } | Self::Vec2 { step, .. } | Self::Vec3 { step, .. } => step,
            Self::Angle { bits } => core::f64::consts::TAU / (1_u64 << bits) as f64,
            Self::Rotation { .. } => 1.0 / self.max(0) as f64,
            Self::Flags { .. } | Self::Choice { .. } | Self::Counter { .. } => 1.0,
        }
    }

    /// Whether every column's range lies between these.
    #[must_use]
    pub const fn is_within(&self, min: i64, max: i64) -> bool {
        let mut column = 0;
        while column < self.columns() {
            if (self.min(column) as i64) < min || self.max(column) as i64 > max {
                return false;
            }
            column += 1;
        }
        true
    }

    /// Smallest value of one of the columns.
    #[must_use]
    #[inline(always)]
    pub const fn min(&self, column: usize) -> i32 {
        match *self {
            Self::Scalar { min, .. } => min,
            Self::Vec2 { min, .. } => min[column],
            Self::Vec3 { min, .. } => min[column],
            Self::Rotation { .. } => -self.max(column),
            _ => 0,
        }
    }

    /// Largest value of one of the columns.
    #[must_use]
    #[inline(always)]
    pub const fn max(&self, column: usize) -> i32 {
        match *self {
            Self::Scalar { max, .. } | Self::Counter { max } => max,
            Self::Vec2 { max, .. } => max[column],
            Self::Vec3 { max, .. } => max[column],
            Self::Angle { bits } | Self::Flags { bits } => ((1_u64 << bits) - 1) as i32,
            Self::Rotation { bits } => ((1_u64 << (bits - 1)) - 1) as i32,
            Self::Choice { count } => count as i32 - 1,
        }
    }
}

/// A line of a field table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// The field's name, as in the game's source.
    pub name: &'static str,
    /// The quantity that the field measures.
    pub quantity: Quantity,
    /// Greatest distance, in units, between what is published and the truth; of a rotation the greatest angle, in
    /// radians. 0 is exact to the step.
    pub tolerance: f64,
    /// Whether it drives the others and cannot be foreseen: a player's thrust. It is taken before `advance`,
    /// which cannot change it.
    pub control: bool,
    /// Whether it is the entity's place, so that entering entities can be coded by their distance from the viewer.
    pub position: bool,
    /// Whether the entity jumped whenever it changes: clients then show it in its place at once.
    pub jumps: bool,
    /// Index of the field that moves this one, for [`Replicate::drift`](super::Replicate::drift).
    pub moved_by: Option<usize>,
    /// Share of a tick's motion by which news of the field that moves this one moves it in the same tick, in parts of
    /// [`SHARE_ONE`].
    pub at_once: u32,
    /// Share of a change that is expected again in the next tick, in parts of [`SHARE_ONE`]; 0 where no change lasts.
    pub lasts: u32,
    /// Bits of usual news (order of its exponential code).
    pub news_bits: u32,
}

/// A whole, of which the shares of a field table are parts.
pub const SHARE_ONE: u32 = 256;

impl Field {
    const fn new(name: &'static str, quantity: Quantity) -> Self {
        Self {
            name,
            quantity,
            tolerance: 0.0,
            control: false,
            position: false,
            jumps: false,
            moved_by: None,
            at_once: 0,
            lasts: 0,
            news_bits: 3,
        }
    }

    /// A number from `min` to `max` units in steps of `step` units.
    #[must_use]
    pub const fn scalar(name: &'static str, min: f64, max: f64, step: f64) -> Self {
        Self::new(name, Quantity::Scalar { min: steps(min, step), max: steps(max, step), step })
    }

    /// A direction of `2^bits` steps a turn.
    #[must_use]
    pub const fn angle(name: &'static str, bits: u32) -> Self {
        Self::new(name, Quantity::Angle { bits })
    }

    /// Two numbers, each from its `min` to its `max` units, in steps of `step` units.
    #[must_use]
    pub const fn vec2(name: &'static str, min: [f64; 2], max: [f64; 2], step: f64) -> Self {
        let (min, max) = ([steps(min[0], step), steps(min[1], step)], [steps(max[0], step), steps(max[1], step)]);
        Self::new(name, Quantity::Vec2 { min, max, step })
    }

    /// Three numbers, each from its `min` to its `max` units, in steps of `step` units.
    #[must_use]
    pub const fn vec3(name: &'static str, min: [f64; 3], max: [f64; 3], step: f64) -> Self {
        let min = [steps(min[0], step), steps(min[1], step), steps(min[2], step)];
        let max = [steps(max[0], step), steps(max[1], step), steps(max[2], step)];
        Self::new(name, Quantity::Vec3 { min, max, step })
    }

    /// A unit quaternion of `bits` a component.
    #[must_use]
    pub const fn rotation(name: &'static str, bits: u32) -> Self {
        Self::new(name, Quantity::Rotation { bits })
    }

    /// Independent bits.
    #[must_use]
    pub const fn flags(name: &'static str, bits: u32) -> Self {
        Self::new(name, Quantity::Flags { bits })
    }

    /// A field that is one of `count` values.
    #[must_use]
    pub const fn choice(name: &'static str, count: u32) -> Self {
        Self::new(name, Quantity::Choice { count })
    }

    /// A whole number from 0 to `max`.
    #[must_use]
    pub const fn counter(name: &'static str, max: i32) -> Self {
        Self::new(name, Quantity::Counter { max })
    }

    /// Sets the tolerance: what is published is never further than `units` from the truth, as a distance; for a
    /// rotation and an angle, `units` are radians.
    ///
    /// # Panics
    /// Where the field's grid is too coarse to keep that, or its quantity has no distances: in a table, which is a
    /// constant, the compiler says so.
    #[must_use]
    pub const fn tolerance(mut self, units: f64) -> Self {
        assert!(
            !matches!(self.quantity, Quantity::Flags { .. } | Quantity::Choice { .. }),
            "flags and choices are exact: they have no tolerance"
        );
        assert!(
            is_fine_enough(&self.quantity, units),
            "the field's step is too coarse to keep its tolerance: at most 2 times the tolerance for one number, 1.41 \
             for a vec2, 1.15 for a vec3, a quarter (in radians) for a rotation, of which a step is 1 / (2^(bits - 1) \
             - 1)"
        );
        self.tolerance = units;
        self
    }

    /// Marks the field as a control: it drives the others.
    #[must_use]
    pub const fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// Marks the field as the entity's place.
    #[must_use]
    pub const fn position(mut self) -> Self {
        self.position = true;
        self
    }

    /// Marks the field as one that changes when the entity jumps.
    #[must_use]
    pub const fn jumps(mut self) -> Self {
        self.jumps = true;
        self
    }

    /// Marks the field as moved by the field with index `field`.
    #[must_use]
    pub const fn moved_by(mut self, field: usize) -> Self {
        self.moved_by = Some(field);
        self
    }

    /// Says that news of the field that moves this one moves it at once, by `share` of a tick's motion: 0 (unless
    /// said) where a game moves by the velocity of a tick ago, 1 where it steers first and then moves, a half in
    /// between, 0.6 where four such steps make a tick.
    #[must_use]
    pub const fn at_once(mut self, share: f64) -> Self {
        self.at_once = parts(share);
        self
    }

    /// Says that a change of the field lasts: of what was added to it in a tick, about `share` is expected to be
    /// added again in the next. Less than 1.
    #[must_use]
    pub const fn lasts(mut self, share: f64) -> Self {
        self.lasts = parts(share);
        self
    }

    /// Sets the bits that usual news takes.
    #[must_use]
    pub const fn news_bits(mut self, bits: u32) -> Self {
        self.news_bits = bits;
        self
    }
}

/// Whether a value that lies on the grid can always be within `units` of the truth: whether the corner of one of the
/// grid's cells is. A hair is forgiven, which is what a division rounds.
pub(super) const fn is_fine_enough(quantity: &Quantity, units: f64) -> bool {
    let step = quantity.step() * (1.0 - 1e-9);
    match quantity {
        Quantity::Flags { .. } | Quantity::Choice { .. } => false,
        // A quaternion's grid turns by up to two steps, and its correction is to have as much again.
        Quantity::Rotation { .. } => units >= 4.0 * step,
        _ => units >= 0.0 && quantity.columns() as f64 * step * step <= 4.0 * units * units,
    }
}

/// A share in parts of [`SHARE_ONE`], to the nearest; one that is negative is none.
const fn parts(share: f64) -> u32 {
    (share * SHARE_ONE as f64 + 0.5) as u32
}

/// `units` in whole steps, to the nearest.
const fn steps(units: f64, step: f64) -> i32 {
    let exact = units / step;
    (if exact < 0.0 { exact - 0.5 } else { exact + 0.5 }) as i32
}

/// A kind of entity: its name and its field table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kind {
    /// The kind's name, as in the game's source.
    pub name: &'static str,
    /// Whether entities of this kind carry a label.
    pub labelled: bool,
    /// The urgency with which entities of the kind come into view where not all can at once, against 1: 1 to
    /// 255.
    pub priority: u8,
    /// Milliseconds for which news of the kind may wait for an update at the edge of interest, or anywhere where the
    /// kind has no place. `None` for as long as the terms say, or for no time where it has no place.
    pub patience_millis: Option<u32>,
    /// The table.
    pub fields: &'static [Field],
    /// Code lengths of what news is usually about; empty to say all news in full.
    pub news: &'static [Symbol],
    /// Trained codes, as a text that `Room::learnt_codes` wrote: the section of the kind's name counts. Empty for none.
    pub codes: &'static str,
    /// The way in which clients show the kind, unless they choose otherwise.
    pub display: Display,
    /// Whether the past of such entities is kept, so that a shot at one can be judged by what the shooter saw.
    pub rewinds: bool,
    /// Whether the prediction of a player's own entity is told of such entities.
    pub obstacle: bool,
}

/// The way in which a client shows entities other than its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Display {
    /// At the player's own present, advanced from the newest state: exact until the entity changes its mind.
    /// What then turns out to be otherwise is smoothed away.
    #[default]
    Advance,
    /// A few ticks in the past, where nearly everything is known: nothing to smooth, but late.
    Interpolate,
}

impl Kind {
    /// Columns of the kind's fields.
    #[must_use]
    pub const fn columns(&self) -> usize {
        let (mut sum, mut index) = (0, 0);
        while index < self.fields.len() {
            sum += self.fields[index].quantity.columns();
            index += 1;
        }
        sum
    }

    /// Columns of a row of this kind: those of its fields, and one more for each of a field that has `lasts`.
    #[must_use]
    pub const fn row_columns(&self) -> usize {
        let (mut sum, mut index) = (self.columns(), 0);
        while index < self.fields.len() {
            if self.fields[index].lasts > 0 {
                sum += self.fields[index].quantity.columns();
            }
            index += 1;
        }
        sum
    }
}
