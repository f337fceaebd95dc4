//! [`OrderLines`]: lines that players say to what they look at, in place of each other, and its answers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use auspice::ClientId;

use crate::limits::ORDER_LINES_MAX;

/// First letter of a line that is an order.
const ORDER: char = '/';

/// Lines of clients.
type WaitingOrders = VecDeque<(ClientId, String)>;
/// Lines to one client, or to all.
type WaitingAnswers = VecDeque<(Option<ClientId>, String)>;

/// Orders on their way to what is shown, and answers on their way back.
#[derive(Debug)]
pub(crate) struct OrderLines {
    orders: Mutex<WaitingOrders>,
    answers: Mutex<WaitingAnswers>,
    pace_percent: AtomicU32,
}

impl OrderLines {
    /// No lines yet, at the usual pace.
    pub(crate) const fn new() -> Self {
        Self {
            orders: Mutex::new(VecDeque::new()),
            answers: Mutex::new(VecDeque::new()),
            pace_percent: AtomicU32::new(100),
        }
    }

    /// Takes a client's line, if it is an order.
    pub(crate) fn take(&self, client: ClientId, line: &str) -> bool {
        let is_order = line.starts_with(ORDER);
        if is_order {
            put(&self.orders, (client, line.to_owned()));
        }
        is_order
    }

    /// The next order, oldest first.
    pub(crate) fn next_order(&self) -> Option<(ClientId, String)> {
        held(&self.orders).pop_front()
    }

    /// Answers one client, or tells all.
    pub(crate) fn answer(&self, client: Option<ClientId>, line: String) {
        put(&self.answers, (client, line));
    }

    /// The next answer, oldest first.
    pub(crate) fn next_answer(&self) -> Option<(Option<ClientId>, String)> {
        held(&self.answers).pop_front()
    }

    /// Asks for ticks at `percent` of their rate, 1 to 100.
    pub(crate) fn ask_pace(&self, percent: u32) {
        self.pace_percent.store(percent, Ordering::Relaxed);
    }

    /// The pace that is asked for.
    pub(crate) fn pace_percent(&self) -> u32 {
        self.pace_percent.load(Ordering::Relaxed)
    }
}

/// Adds a line. Of too many the oldest is lost.
fn put<T>(lines: &Mutex<VecDeque<T>>, line: T) {
    let mut lines = held(lines);
    if lines.len() >= ORDER_LINES_MAX {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// The lines, locked: only a queue is touched under the lock, so it is right after any panic.
fn held<T>(lines: &Mutex<VecDeque<T>>) -> MutexGuard<'_, VecDeque<T>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}
