//! Field tables: what an entity's columns mean, how fine they are, and who moves whom.

use core::fmt;

use super::symbols::{Symbol, check_symbols};
use crate::limits::{COLUMNS_MAX, KINDS_MAX};

/// The quantity that a field measures, and therefore how its columns are bounded and coded. `min` and `max`
/// count steps, not units.
///
/// `min` and `max` count steps, not units.
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
    #[inline]
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
    #[inline]
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
    #[inline]
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
    #[inline]
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
    /// Whether news of what moves this one is taken to have happened in the middle of the tick, and so moves it by half
    /// a tick at once.
    pub midway: bool,
    /// Bits of usual news (order of its exponential code).
    pub news_bits: u32,
}

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
            midway: false,
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
            "the field's step is too coarse to keep its tolerance: at most 2 times the tolerance for one number, 1.41 for \
             a vec2, 1.15 for a vec3, a quarter (in radians) for a rotation, of which a step is 1 / (2^(bits - 1) - 1)"
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

    /// Says that news of what moves the field moves it by half a tick at once.
    #[must_use]
    pub const fn midway(mut self) -> Self {
        self.midway = true;
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
const fn is_fine_enough(quantity: &Quantity, units: f64) -> bool {
    let step = quantity.step() * (1.0 - 1e-9);
    match quantity {
        // A quaternion's grid turns by up to two steps, and its correction is to have as much again.
        Quantity::Rotation { .. } => units >= 4.0 * step,
        _ => quantity.columns() as f64 * step * step <= 4.0 * units * units,
    }
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
    /// Columns of a row of this kind.
    #[must_use]
    pub const fn columns(&self) -> usize {
        let (mut sum, mut index) = (0, 0);
        while index < self.fields.len() {
            sum += self.fields[index].quantity.columns();
            index += 1;
        }
        sum
    }
}

/// Why a field table cannot be used. The game's author is at fault; found when a room or a replica is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// Kind and field.
    pub place: alloc::string::String,
    /// The fault, as a sentence.
    pub what: &'static str,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field table of {} cannot be used: {}", self.place, self.what)
    }
}

impl core::error::Error for SchemaError {}

/// Checks every kind of a game.
pub(super) fn check(kinds: &[Kind]) -> Result<(), SchemaError> {
    let fail = |place: &str, what| Err(SchemaError { place: place.into(), what });
    if kinds.is_empty() || kinds.len() > KINDS_MAX {
        return fail("the game", "it has no kinds, or more than limits::KINDS_MAX");
    }
    for kind in kinds {
        if kind.columns() > COLUMNS_MAX || kind.fields.len() > COLUMNS_MAX {
            return fail(kind.name, "it has more columns than limits::COLUMNS_MAX");
        }
        if kind.priority == 0 {
            return fail(kind.name, "its priority is 0, but everything must come into view some day");
        }
        if !kind.codes.is_empty() && !kind.news.is_empty() {
            return fail(kind.name, "it has symbols of news and trained codes, which have such");
        }
        if let Err(what) = check_symbols(kind.fields.len(), kind.news) {
            return fail(kind.name, what);
        }
        for field in kind.fields {
            if let Err(what) = check_field(kind, field) {
                return fail(&alloc::format!("{}.{}", kind.name, field.name), what);
            }
        }
    }
    Ok(())
}

fn check_field(kind: &Kind, field: &Field) -> Result<(), &'static str> {
    let quantity = field.quantity;
    let bits_are_fine = match quantity {
        Quantity::Angle { bits } => (1..=24).contains(&bits),
        Quantity::Rotation { bits } => (4..=20).contains(&bits),
        Quantity::Flags { bits } => (1..=31).contains(&bits),
        Quantity::Choice { count } => (1..=1 << 31).contains(&count),
        _ => true,
    };
    if !bits_are_fine {
        return Err("its size is outside what the quantity allows");
    }
    if quantity.step().is_nan() || quantity.step() <= 0.0 {
        return Err("its step is not positive");
    }
    let is_empty = (0..quantity.columns()).any(|column| quantity.min(column) >= quantity.max(column));
    if is_empty && !matches!(quantity, Quantity::Choice { count: 1 }) {
        return Err("its range is empty");
    }
    if field.news_bits > 24 {
        return Err("its news has more than 24 bits");
    }
    if field.tolerance != 0.0 && !is_fine_enough(&quantity, field.tolerance) {
        return Err("its step is too coarse to keep its tolerance");
    }
    if field.position && !matches!(quantity, Quantity::Vec2 { .. } | Quantity::Vec3 { .. }) {
        return Err("a position is a vec2 or a vec3");
    }
    let Some(leader) = field.moved_by else {
        return if field.midway { Err("it is moved midway, but by no field") } else { Ok(()) };
    };
    let Some(leader) = kind.fields.get(leader) else { return Err("it is moved by a field that is not there") };
    match (quantity, leader.quantity) {
        (Quantity::Scalar { .. } | Quantity::Angle { .. }, Quantity::Scalar { .. })
        | (Quantity::Vec2 { .. }, Quantity::Vec2 { .. })
        | (Quantity::Vec3 { .. } | Quantity::Rotation { .. }, Quantity::Vec3 { .. }) => Ok(()),
        _ => Err("it is moved by a field of another shape"),
    }
}
