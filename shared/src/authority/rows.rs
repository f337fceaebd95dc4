//! [`Rows`]: the published rows of one kind, packed one behind the other.

use alloc::vec::Vec;

use crate::limits::COLUMNS_MAX;
use crate::state::{KindLayout, Row};

/// Rows of memory that are kept however few are in use.
const ROWS_KEPT: usize = 64;

/// The rows of one kind, each of its columns alone, in no order. A row keeps its index until one with a smaller index
/// goes: then the last one takes the place of that.
#[derive(Debug)]
pub(crate) struct Rows {
    stride: usize,
    /// All rows, and behind them as much as makes a [`Row`] of the last.
    columns: Vec<i32>,
    /// Slot of each row's entity.
    slots: Vec<u32>,
    /// Label of each row's entity; empty where the kind has none.
    labels: Vec<Vec<u8>>,
    labelled: bool,
}

impl Rows {
    pub(crate) fn new(layout: &KindLayout) -> Self {
        let columns = alloc::vec![0; COLUMNS_MAX];
        Self {
            stride: layout.columns().len(),
            columns,
            slots: Vec::new(),
            labels: Vec::new(),
            labelled: layout.labelled,
        }
    }

    /// Slots of the entities, in the order of their rows.
    pub(crate) fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The kind's columns of all rows, one behind the other.
    pub(super) fn columns(&self) -> &[i32] {
        &self.columns[..self.slots.len() * self.stride]
    }

    /// Labels of all rows; none where the kind has no labels.
    pub(super) fn labels(&self) -> impl Iterator<Item = &[u8]> {
        self.labels.iter().map(Vec::as_slice)
    }

    /// Adds a row for the entity in `slot`. Its index.
    pub(crate) fn add(&mut self, slot: u32, row: &Row, label: &[u8]) -> u32 {
        let index = self.slots.len() as u32;
        self.slots.push(slot);
        self.columns.resize(self.slots.len() * self.stride + COLUMNS_MAX, 0);
        if self.labelled {
            self.labels.push(label.into());
        }
        self.set(index, &row[..self.stride]);
        index
    }

    /// Removes a row. The slot whose row has its index now, if it is not the last.
    pub(crate) fn remove(&mut self, index: u32) -> Option<u32> {
        let last = self.slots.len() - 1;
        self.slots.swap_remove(index as usize);
        let from = last * self.stride;
        self.columns.copy_within(from..from + self.stride, index as usize * self.stride);
        self.columns.truncate(from + COLUMNS_MAX);
        if self.labelled {
            self.labels.swap_remove(index as usize);
        }
        if self.slots.capacity() > ROWS_KEPT.max(4 * self.slots.len()) {
            let kept = ROWS_KEPT.max(2 * self.slots.len());
            self.slots.shrink_to(kept);
            self.columns.shrink_to(kept * self.stride + COLUMNS_MAX);
            self.labels.shrink_to(kept);
        }
        self.slots.get(index as usize).copied()
    }

    /// A row. What is behind the kind's columns has no meaning.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> &Row {
        let from = index as usize * self.stride;
        self.columns[from..].first_chunk().expect("there should be columns for a whole row behind the last")
    }

    /// Sets a row to these, which are all of the kind's columns.
    #[inline]
    pub(crate) fn set(&mut self, index: u32, columns: &[i32]) {
        debug_assert!(columns.len() == self.stride, "a row should be set as a whole");
        let from = index as usize * columns.len();
        self.columns[from..from + columns.len()].copy_from_slice(columns);
    }

    pub(crate) fn label(&self, index: u32) -> &[u8] {
        self.labels.get(index as usize).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn set_label(&mut self, index: u32, label: &[u8]) {
        if let Some(kept) = self.labels.get_mut(index as usize) {
            kept.clear();
            kept.extend_from_slice(label);
        }
    }
}
