//! Changes that last: an acceleration, a turn that goes on. Both ends foresee them from what was published, without
//! a bit.
//!
//! A field with `lasts` has a *pull* beside each of its columns, at the end of the row: what is expected to be added
//! to it in the next tick. News of the field adds to the pull a share of the difference that the news was; and every
//! tick leaves a share of the pull. So a car that gathers speed is foreseen to gather more, and a collision is
//! forgotten after a few ticks. Whole numbers only, so that both ends have the same pull; who enters later is told it
//! with the row.
//!
//! A field that is moved by another, `at_once`, goes with its leader's news: who is told that a velocity is other
//! than foreseen knows that the place is too, by that share of a tick's motion.

use alloc::vec::Vec;
use core::ops::Range;

use super::drift::shift_by;
use super::row::Row;
use super::schema::{Field, Kind, SHARE_ONE};

/// The share of a difference that its pull gains, in parts of [`SHARE_ONE`]: five eighths. On driven cars, whose
/// acceleration lasts for a fifth of a second, anything from a half to three quarters costs the same bits.
const PULL_GAIN: i64 = SHARE_ONE as i64 * 5 / 8;
/// Most steps that a field is pulled in a tick.
pub(super) const PULLED_STEPS: i32 = 1 << 24;
/// Axes of a field that has a pull, at most.
const AXES: usize = 3;

/// Pulls beyond so many times the usual one come of a hit, which is over when it is told. Between 6 and 10 nothing in
/// the pictures of driven cars jumps, and they are no less true.
const HIT_BY_USUAL: f32 = 8.0;
/// Share of the new in what is usual, with each state.
const USUAL_LEARNED: f32 = 0.1;
/// Fields of an entity whose usual pull is known at most.
const USUAL_FIELDS: usize = 4;

/// The usual length of an entity's pulls, in steps, learned by whoever makes its pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UsualPulls([f32; USUAL_FIELDS]);

/// The pull of a field.
#[derive(Clone, Debug)]
struct Pull {
    /// Index of the field.
    field: usize,
    /// Columns of the field, and of its pull.
    columns: Range<usize>,
    pulls: Range<usize>,
    /// Share of a pull that is left after a tick, in parts of [`SHARE_ONE`].
    left: i64,
}

impl Pull {
    /// Ends the pull of what stands still: something that has come to rest stays there.
    fn end_at_rest(&self, row: &mut Row) {
        if row[self.columns.clone()].iter().all(|&column| column == 0) {
            row[self.pulls.clone()].fill(0);
        }
    }
}

/// The fields of a kind that lead others at once, and those that have a pull.
#[derive(Clone, Debug)]
pub(super) struct Pulls {
    pulls: Vec<Pull>,
    table: &'static [Field],
    /// First column of each field.
    firsts: Vec<usize>,
    leads: bool,
}

impl Pulls {
    pub(super) fn new(kind: &Kind) -> Self {
        let (mut pulls, mut firsts, mut at, mut behind) = (Vec::new(), Vec::new(), 0, kind.columns());
        for (index, field) in kind.fields.iter().enumerate() {
            let axes = field.quantity.columns();
            if field.lasts > 0 {
                let (columns, left) = (at..at + axes, i64::from(field.lasts));
                pulls.push(Pull { field: index, columns, pulls: behind..behind + axes, left });
                behind += axes;
            }
            firsts.push(at);
            at += axes;
        }
        let leads = kind.fields.iter().any(|field| field.lasts > 0 || field.at_once > 0);
        Self { pulls, table: kind.fields, firsts, leads }
    }

    /// Whether news of any field moves another or lasts: where not, no difference need be taken.
    #[inline]
    pub(super) const fn leads(&self) -> bool {
        self.leads
    }

    /// Takes the pulls of `before` over to `row`, which is foreseen of it, and lets them act for a tick.
    #[inline]
    pub(super) fn act(&self, before: &Row, row: &mut Row, tick_hz: u32) {
        for pull in &self.pulls {
            self.act_on(pull, before, row, tick_hz);
        }
    }

    fn act_on(&self, pull: &Pull, before: &Row, row: &mut Row, tick_hz: u32) {
        let mut pulled = [0; AXES];
        let pulled = &mut pulled[..pull.columns.len()];
        pulled.copy_from_slice(&before[pull.pulls.clone()]);
        let quantity = self.table[pull.field].quantity;
        for (axis, &steps) in pulled.iter().enumerate() {
            let column = &mut row[pull.columns.start + axis];
            *column = column.saturating_add(steps).clamp(quantity.min(axis), quantity.max(axis));
            row[pull.pulls.start + axis] = (i64::from(steps) * pull.left / i64::from(SHARE_ONE)) as i32;
        }
        self.lead(pull.field, pulled, row, tick_hz);
        pull.end_at_rest(row);
    }

    /// Limits each pull to [`HIT_BY_USUAL`] times what is `usual`, and learns what that is.
    pub(super) fn limit(&self, row: &mut Row, usual: &mut UsualPulls) {
        for (pull, usual) in self.pulls.iter().zip(&mut usual.0) {
            let steps = &mut row[pull.pulls.clone()];
            let length = libm::sqrtf(steps.iter().map(|&steps| steps as f32 * steps as f32).sum());
            let most = if *usual > 0.0 { HIT_BY_USUAL * *usual } else { length };
            *usual += (length.min(most) - *usual) * USUAL_LEARNED;
            if length > most {
                steps.iter_mut().for_each(|steps| *steps = (*steps as f32 * (most / length)) as i32);
            }
        }
    }

    /// Takes in that a field was found `differences` away from where it was foreseen, which `row` has already: moves
    /// what goes with it at once, and remembers what may last.
    pub(super) fn take_difference(&self, field: usize, differences: &[i32], row: &mut Row, tick_hz: u32) {
        self.lead(field, differences, row, tick_hz);
        self.remember(field, differences, row);
    }

    /// Moves the fields that go at once with `leader`, which changed by `steps`. No steps move nothing, not even by
    /// what a rotation loses when it is turned by nothing.
    fn lead(&self, leader: usize, steps: &[i32], row: &mut Row, tick_hz: u32) {
        if steps.iter().all(|&steps| steps == 0) {
            return;
        }
        for (field, &first) in self.table.iter().zip(&self.firsts) {
            if field.moved_by == Some(leader) && field.at_once > 0 {
                shift_by(field, &mut row[first..], &self.table[leader], steps, field.at_once, tick_hz);
            }
        }
    }

    fn remember(&self, field: usize, differences: &[i32], row: &mut Row) {
        let Some(pull) = self.pulls.iter().find(|pull| pull.field == field) else { return };
        for (steps, &difference) in row[pull.pulls.clone()].iter_mut().zip(differences) {
            let gained = i64::from(*steps) + i64::from(difference) * PULL_GAIN / i64::from(SHARE_ONE);
            *steps = gained.clamp(-i64::from(PULLED_STEPS), i64::from(PULLED_STEPS)) as i32;
        }
        pull.end_at_rest(row);
    }
}
