//! Steps from what was foreseen to what is published: the authority finds the news, a client takes it in, and both
//! run [`KindLayout::settle`].

use super::layout::{FieldLayout, KindLayout, shape_of};
use super::novelty::Novelty;
use super::precision::Precision;
use super::replicate::Replicate;
use super::row::{EMPTY, FieldSet, Row};
use super::turning;
use crate::bits::Malformed;
use crate::limits::COLUMNS_MAX;

/// An entity as it truly is: on the grid, and in steps without rounding.
#[derive(Clone, Debug)]
pub(crate) struct TrueState {
    pub(crate) row: Row,
    /// Written for kinds with a tolerance alone.
    pub(crate) steps: [f64; COLUMNS_MAX],
}

impl TrueState {
    pub(crate) const EMPTY: Self = Self { row: EMPTY, steps: [0.0; COLUMNS_MAX] };

    /// Takes in an entity of a kind with this layout.
    #[inline]
    pub(crate) fn set<T: Replicate>(&mut self, entity: &T, layout: &KindLayout) {
        entity.write_row(&mut self.row);
        if shape_of::<T>(layout).is_tolerant {
            entity.write_steps(&mut self.steps);
        }
    }
}

/// Care with which news is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Leaves as foreseen what is within its tolerance, and corrects by coarse steps; to the step what stands
    /// still.
    Tolerant,
    /// The same, but corrects to the step, and with it what moves that: fewer corrections follow. For what seldom has
    /// news.
    Careful,
    /// Corrects all to the step, whatever its tolerance.
    Exact,
}

impl KindLayout {
    /// Finds the news of an entity that was published as `before`: controls that changed, and other fields that are
    /// not where they were `foreseen`, by more than `care` allows. Makes of `foreseen` what is published.
    pub(crate) fn take_news(
        &self,
        before: &Row,
        foreseen: &mut Row,
        truth: &TrueState,
        care: Care,
        tick_hz: u32,
    ) -> Novelty {
        let mut controls = Novelty::default();
        for (index, field) in self.fields.iter().enumerate().filter(|(_, field)| field.control) {
            self.find_exact(index, field, before, truth, &mut controls);
        }
        if !self.shape.is_tolerant || care == Care::Exact {
            let exactly = self.shape.is_tolerant.then_some(FieldSet::ALL);
            self.find_others(foreseen, truth, exactly, tick_hz, &mut controls);
            return controls;
        }
        let (was, mut news) = (*foreseen, controls);
        self.find_others(foreseen, truth, None, tick_hz, &mut news);
        if !self.has_tolerant(news.fields) || (care == Care::Tolerant && !self.creeps(news.fields, truth)) {
            return news;
        }
        let mut wanted = news.fields;
        self.fields_of(news.fields).filter_map(|(_, field)| field.leader).for_each(|leader| wanted.insert(leader));
        (*foreseen, news) = (was, controls);
        self.find_others(foreseen, truth, Some(wanted), tick_hz, &mut news);
        news
    }

    /// Finds the news of the fields that are no controls, those of `exactly` to the step.
    fn find_others(
        &self,
        foreseen: &mut Row,
        truth: &TrueState,
        exactly: Option<FieldSet>,
        tick_hz: u32,
        news: &mut Novelty,
    ) {
        news.exact = exactly.is_some();
        for &index in self.news_order.iter().filter(|&&index| !self.fields[index].control) {
            let (field, columns) = (&self.fields[index], self.fields[index].columns());
            if field.is_exact() || exactly.is_some_and(|fields| fields.contains(index)) {
                self.find_exact(index, field, foreseen, truth, news);
            } else {
                let quanta = &mut news.values[columns.clone()];
                if field.precision.correction(&foreseen[columns.clone()], &truth.steps[columns], quanta) {
                    match exactly {
                        Some(_) => self.find_exact(index, field, foreseen, truth, news),
                        None => news.fields.insert(index),
                    }
                }
            }
            if news.fields.contains(index) {
                self.follow(index, news, foreseen, tick_hz).expect("news of our own should lead to a row");
            }
        }
        news.exact &= self.has_tolerant(news.fields);
    }

    /// Whether a field has news whose mover stands still in truth, and is off within its own tolerance: it would move
    /// the field off again and again.
    fn creeps(&self, fields: FieldSet, truth: &TrueState) -> bool {
        let stands = |leader: usize| self.fields[leader].columns().all(|at| truth.row[at] == 0);
        self.fields_of(fields).any(|(_, field)| field.leader.is_some_and(stands))
    }

    fn has_tolerant(&self, fields: FieldSet) -> bool {
        self.fields_of(fields).any(|(_, field)| field.precision != Precision::Exact)
    }

    /// Finds the news of a field that is published to the step, against `base`.
    fn find_exact(&self, index: usize, field: &FieldLayout, base: &Row, truth: &TrueState, news: &mut Novelty) {
        let columns = field.columns();
        if columns.clone().all(|at| base[at] == truth.row[at]) {
            return;
        }
        news.fields.insert(index);
        if field.is_rotation() {
            let told = turning::exact_news(field.rotation(base), field.rotation(&truth.row), field.turn_max);
            news.values[columns].copy_from_slice(&told);
            return;
        }
        for at in columns {
            let value = if field.whole { truth.row[at] } else { self.columns[at].difference(truth.row[at], base[at]) };
            news.values[at] = value;
        }
    }

    /// Takes the news of one field into `row`, and what goes with it: who it moves at once, and what lasts of it.
    fn follow(&self, index: usize, news: &Novelty, row: &mut Row, tick_hz: u32) -> Result<(), Malformed> {
        let field = &self.fields[index];
        if !self.pulls.leads() {
            return self.settle(field, news.exact, &news.values, row);
        }
        let mut differences = [0; 4];
        differences[..field.count].copy_from_slice(&row[field.columns()]);
        self.settle(field, news.exact, &news.values, row)?;
        for (difference, at) in differences.iter_mut().zip(field.columns()) {
            *difference = self.columns[at].difference(row[at], *difference);
        }
        self.pulls.take_difference(index, &differences[..field.count], row, tick_hz);
        Ok(())
    }

    /// Takes news of controls into a row that is then foreseen.
    pub(crate) fn take_controls(&self, news: &Novelty, row: &mut Row) -> Result<(), Malformed> {
        let controls = self.fields_of(news.fields).filter(|(_, field)| field.control);
        controls.map(|(_, field)| field).try_for_each(|field| self.settle(field, news.exact, &news.values, row))
    }

    /// Takes the other news into the row that was foreseen, at `tick_hz` ticks a second.
    pub(crate) fn take_others(&self, news: &Novelty, row: &mut Row, tick_hz: u32) -> Result<(), Malformed> {
        let mut others =
            self.news_order.iter().filter(|&&index| news.fields.contains(index) && !self.fields[index].control);
        others.try_for_each(|&index| self.follow(index, news, row, tick_hz))
    }

    /// Leads one field of `row` to where its news says.
    fn settle(&self, field: &FieldLayout, is_exact: bool, values: &Row, row: &mut Row) -> Result<(), Malformed> {
        match field.precision {
            Precision::Near { quantum, .. } if !is_exact => {
                for at in field.columns() {
                    row[at] = self.columns[at].nearest(row[at], values[at].saturating_mul(quantum));
                }
            }
            Precision::Turned { quantum, .. } if !is_exact => {
                let base = turning::of_columns(&row[field.columns()]);
                let correction = core::array::from_fn(|axis| values[field.first + axis]);
                let now = turning::corrected(base, correction, quantum, field.turn_max);
                row[field.columns()].copy_from_slice(&now);
            }
            _ if field.is_rotation() => {
                let now = turning::exact_now(field.rotation(row), field.rotation(values), field.turn_max)?;
                row[field.columns()].copy_from_slice(&now);
            }
            _ => {
                for at in field.columns() {
                    row[at] = if field.whole { values[at] } else { self.columns[at].moved(row[at], values[at])? };
                }
            }
        }
        Ok(())
    }

    pub(super) fn fields_of(&self, fields: FieldSet) -> impl Iterator<Item = (usize, &FieldLayout)> {
        self.fields.iter().enumerate().filter(move |(index, _)| fields.contains(*index))
    }
}
