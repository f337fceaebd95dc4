//! Hides corrections: what turns out to be elsewhere is shown between where it was and where it is, for a moment.
//!
//! Two rates, after G. Fiedler, "State Synchronization" (gafferongames.com, 2014): at 60 pictures a second
//! 0.95 of a small error is left after each, which nobody sees, and 0.85 of a large one, which nobody wants
//! to see for long. On top a fastest correction, so that no picture of 60 a second moves anything by what
//! would be seen as a jump.
//!
//! What is corrected in nearly every tick is under somebody's control. If its corrections lasted from one to the next,
//! it would never be shown where it is: there [`DENSE_RATE`] is left. What of its corrections goes on is expected
//! besides (`trend.rs`), and the offset fades to that.

use alloc::vec::Vec;
use core::ops::Range;

use glam::{Quat, Vec3};

use crate::game::Game;
use crate::limits::COLUMNS_MAX;
use crate::state::{Field, FieldValue, KindLayout, Layout, Quantity, Replicate, Row};

/// Left of an error after a sixtieth of a second, up to [`SMALL_METRES`].
const SMALL_RATE: f32 = 0.95;
/// The same from [`LARGE_METRES`]; between the two it goes over evenly.
const LARGE_RATE: f32 = 0.85;
/// The same of what is corrected in every tick.
const DENSE_RATE: f32 = 0.1;
const SMALL_METRES: f32 = 0.25;
const LARGE_METRES: f32 = 1.0;
/// Fastest correction: 0.2 m in a sixtieth of a second. A picture that moves something by 0.25 m is seen to
/// jump.
const METRES_A_SECOND_MAX: f32 = 12.0;
/// Below this nothing is left to hide.
const NOTHING_METRES: f32 = 1e-3;
/// A correction beyond this share of the interest radius is a teleport: shown at once.
const SNAP_SHARE: f32 = 0.2;

/// A field whose errors are hidden.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownPart {
    first: usize,
    count: usize,
    /// Metres of a step, or of a radian: so far does the nose of a body of two metres move.
    metres: f32,
    shape: PartShape,
    /// Whether foresight has it go on by what changed what moves it.
    pub(super) is_pulled: bool,
}

#[derive(Clone, Copy, Debug)]
enum PartShape {
    Place,
    /// The same again after so many steps.
    Angle(f32),
    /// An error is the rotation that leads back to what was shown: its axis by its angle, in radians.
    Rotation(&'static Field),
}

impl ShownPart {
    /// Columns of the row; a rotation's displacement is in the first three of them.
    const fn columns(&self) -> Range<usize> {
        self.first..self.first + self.count
    }

    /// Its part of a displacement, in metres.
    pub(super) fn metres_of(&self, displacement: &Displacement) -> Vec3 {
        let mut metres = [0.0; 3];
        metres
            .iter_mut()
            .zip(&displacement.0[self.columns()])
            .for_each(|(metres, steps)| *metres = steps * self.metres);
        Vec3::from_array(metres)
    }

    /// Adds `metres` of it to a displacement.
    pub(super) fn add_metres(&self, displacement: &mut Displacement, metres: Vec3) {
        let columns = displacement.0[self.columns()].iter_mut();
        columns.zip((metres / self.metres).to_array()).for_each(|(steps, more)| *steps += more);
    }
}

/// Smoothed fields of each kind: places and directions.
#[derive(Clone, Debug)]
pub(super) struct Smoothing {
    kinds: Vec<Vec<ShownPart>>,
    snap_metres: f32,
}

/// A row's way to another: steps in each column, and a rotation as its [`PartShape`] says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Displacement([f32; COLUMNS_MAX]);

impl Displacement {
    pub(super) const NONE: Self = Self([0.0; COLUMNS_MAX]);

    /// Whether it leads nowhere. Each picture asks several times of each entity: all bits but the signs are looked at
    /// together, with no branch for each column.
    pub(super) fn is_none(&self) -> bool {
        self.0.iter().fold(0, |bits, column| bits | column.to_bits() << 1) == 0
    }

    /// `share` of it.
    #[must_use]
    pub(super) fn scaled(mut self, share: f32) -> Self {
        self.0.iter_mut().for_each(|column| *column *= share);
        self
    }

    /// This and another, small as they are.
    #[must_use]
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(column, more)| *column += more);
        self
    }

    /// This without another, small as they are.
    #[must_use]
    pub(super) fn minus(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(column, less)| *column -= less);
        self
    }

    /// This after `first`, however large they are: two turns one after the other are not the sum of their axes.
    #[must_use]
    pub(super) fn then(mut self, smoothing: &Smoothing, kind: usize, first: &Self) -> Self {
        let turn = |columns: &[f32]| Quat::from_scaled_axis(Vec3::from_slice(columns));
        for part in smoothing.parts(kind) {
            match part.shape {
                PartShape::Rotation(_) => {
                    let axis = part.first..part.first + 3;
                    let both = rotation_vector(turn(&self.0[axis.clone()]) * turn(&first.0[axis.clone()]));
                    self.0[axis].copy_from_slice(&both.to_array());
                }
                PartShape::Place | PartShape::Angle(_) => part.columns().for_each(|at| self.0[at] += first.0[at]),
            }
        }
        self
    }
}

/// A row, and the one a tick later.
pub(super) type RowWay<'a> = (&'a Row, &'a Row);

impl Smoothing {
    /// The smoothing of game `G`, where players see as far as `interest_radius`.
    pub(super) fn new<G: Game>(interest_radius: f32) -> Self {
        let kinds = G::Entity::KINDS.iter().map(|kind| parts(kind.fields, G::UNITS_PER_METRE)).collect();
        Self { kinds, snap_metres: interest_radius * SNAP_SHARE / G::UNITS_PER_METRE }
    }

    /// The parts of a kind.
    pub(super) fn parts(&self, kind: usize) -> &[ShownPart] {
        &self.kinds[kind]
    }

    /// Distance that two rows of a kind seem apart, in metres.
    pub(super) fn distance(&self, layout: &Layout, kind: usize, one: &Row, other: &Row) -> f32 {
        self.metres(kind, &self.between(layout.kind(kind), kind, (one, one), (other, other), 0.0))
    }

    /// Whether a motion of `metres` at once is a teleport.
    pub(super) fn is_teleport(&self, metres: f32) -> bool {
        metres > self.snap_metres
    }

    /// The length of a displacement, in metres.
    pub(super) fn metres(&self, kind: usize, displacement: &Displacement) -> f32 {
        let square = |part: &ShownPart| part.metres_of(displacement).length_squared();
        libm::sqrtf(self.kinds[kind].iter().map(square).sum())
    }

    /// The way from where `now` is to where `before` is, both `blend` of their ways through a tick: what changed is the
    /// speed as much as the place.
    pub(super) fn between(
        &self,
        layout: &KindLayout,
        kind: usize,
        before: RowWay<'_>,
        now: RowWay<'_>,
        blend: f32,
    ) -> Displacement {
        let columns = layout.columns();
        let mut found = Displacement::NONE;
        for part in &self.kinds[kind] {
            if let PartShape::Rotation(field) = part.shape {
                let at = |way: RowWay<'_>| turned(field, &way.0[part.columns()], &way.1[part.columns()], blend);
                let way = rotation_vector(at(before) * at(now).conjugate());
                found.0[part.first..part.first + 3].copy_from_slice(&way.to_array());
                continue;
            }
            for at in part.columns() {
                // Speeds are compared, not places: the short way round may be the other one a tick later.
                let way = |to: &Row, from: &Row| columns[at].difference(to[at], from[at]);
                let speeds = way(before.1, before.0) - way(now.1, now.0);
                found.0[at] = way(before.0, now.0) as f32 + speeds as f32 * blend;
            }
        }
        found
    }

    /// `row` as it is shown, beside its place.
    pub(super) fn beside(&self, layout: &KindLayout, kind: usize, row: &Row, displacement: &Displacement) -> Row {
        let mut shown = *row;
        for part in &self.kinds[kind] {
            let way = &displacement.0[part.columns()];
            if way.iter().all(|steps| *steps == 0.0) {
                continue;
            }
            if let PartShape::Rotation(field) = part.shape {
                let turn = Quat::from_scaled_axis(Vec3::from_slice(way));
                (turn * Quat::read_columns(field, &row[part.columns()]))
                    .write_columns(field, &mut shown[part.columns()]);
                continue;
            }
            for (at, steps) in part.columns().zip(way) {
                shown[at] = layout.columns()[at].nearest(row[at], libm::roundf(*steps) as i32);
            }
        }
        shown
    }
}

/// The fields that are smoothed.
fn parts(fields: &'static [Field], units_per_metre: f32) -> Vec<ShownPart> {
    let (mut first, mut found) = (0, Vec::new());
    for field in fields {
        let (step, count) = (field.quantity.step() as f32, field.quantity.columns());
        let looks = match field.quantity {
            Quantity::Angle { .. } => Some((step, PartShape::Angle(field.quantity.max(0) as f32 + 1.0))),
            Quantity::Rotation { .. } => Some((1.0, PartShape::Rotation(field))),
            _ if field.position => Some((step / units_per_metre, PartShape::Place)),
            _ => None,
        };
        let is_pulled = field.moved_by.is_some_and(|leader| fields[leader].lasts > 0);
        found.extend(looks.map(|(metres, shape)| ShownPart { first, count, metres, shape, is_pulled }));
        first += count;
    }
    found
}

/// `blend` of the way from one rotation to another, the short way.
fn turned(field: &Field, from: &[i32], to: &[i32], blend: f32) -> Quat {
    let (from, to) = (Quat::read_columns(field, from), Quat::read_columns(field, to));
    let to = if from.dot(to) < 0.0 { -to } else { to };
    let sum = from * (1.0 - blend) + to * blend;
    if sum.length_squared() > 0.0 { sum.normalize() } else { Quat::IDENTITY }
}

/// The axis of a rotation by its angle, in radians: the short way round.
fn rotation_vector(rotation: Quat) -> Vec3 {
    let short = if rotation.w < 0.0 { -rotation } else { rotation };
    short.to_scaled_axis()
}

/// A picture's part of the way from an offset to where it should be.
pub(super) struct Approach {
    /// Place where it should be.
    pub(super) aim: Displacement,
    /// Way that it has to go on with what lasts, whatever else there is to hide.
    pub(super) onward: Displacement,
    /// The entity is moved beside its place by so much already.
    pub(super) moved: Displacement,
    /// Seconds since the picture before.
    pub(super) seconds: f32,
    /// Hurry from 0 to 1: at 1 it is there before the next state comes.
    pub(super) hurry: f32,
}

/// Offset at which an entity is shown beside where it is believed to be.
#[derive(Clone, Debug)]
pub(super) struct Offset {
    way: Displacement,
}

impl Offset {
    pub(super) const NONE: Self = Self { way: Displacement::NONE };

    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.way.is_none()
    }

    /// The way beside its place.
    pub(super) const fn way(&self) -> &Displacement {
        &self.way
    }

    /// Adds the error of what is shown.
    pub(super) fn add(&mut self, smoothing: &Smoothing, kind: usize, error: &Displacement) {
        self.way = self.way.then(smoothing, kind, error);
        for part in smoothing.parts(kind) {
            if let PartShape::Angle(turn) = part.shape {
                // Several in a row may be more than half a turn: back by the short way.
                let offset = &mut self.way.0[part.first];
                *offset -= turn * libm::roundf(*offset / turn);
            }
        }
        if smoothing.is_teleport(smoothing.metres(kind, &self.way)) {
            *self = Self::NONE;
        }
    }

    /// Goes nearer to its aim.
    pub(super) fn near(&mut self, smoothing: &Smoothing, kind: usize, approach: &Approach) {
        let Approach { aim, onward, moved, seconds, hurry } = approach;
        let gap = self.way.plus(onward).minus(aim);
        let large = ((smoothing.metres(kind, &gap) - SMALL_METRES) / (LARGE_METRES - SMALL_METRES)).clamp(0.0, 1.0);
        let rate = SMALL_RATE + (LARGE_RATE - SMALL_RATE) * large;
        let left = libm::powf(rate + (DENSE_RATE - rate) * hurry, seconds * 60.0);
        let mut step = aim.plus(&gap.scaled(left)).minus(&self.way);
        for part in smoothing.parts(kind) {
            let most = (METRES_A_SECOND_MAX * seconds - part.metres_of(moved).length()).max(0.0);
            let metres = part.metres_of(&step).length();
            if metres > most {
                step.0[part.columns()].iter_mut().for_each(|column| *column *= most / metres);
            }
        }
        self.way = self.way.plus(&step);
        if aim.is_none() && smoothing.metres(kind, &self.way) < NOTHING_METRES {
            *self = Self::NONE;
        }
    }

    /// `share` of it is left.
    pub(super) fn shrink(&mut self, smoothing: &Smoothing, kind: usize, share: f32) {
        self.way = self.way.scaled(share);
        if smoothing.metres(kind, &self.way) < NOTHING_METRES {
            *self = Self::NONE;
        }
    }
}
