//! Connections before their upgrade: each is counted when it comes and once more when it is known what became
//! of it, and told to the log a bounded number of times a second for each cause.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::refusal::Refusal;
use crate::operate::logs::Quota;
use crate::operate::metrics::Metrics;

/// Lines a second of each kind that a stranger can cause.
const LINES_PER_SECOND: u32 = 10;

/// Complaints a second about the operating system.
const COMPLAINTS_PER_SECOND: u32 = 1;

/// The accept thread's book: connections are those refused, those under way and those that were handed over.
pub(crate) struct Ledger {
    metrics: Arc<Metrics>,
    quotas: Mutex<Quotas>,
}

struct Quotas {
    refused: BTreeMap<&'static str, Quota>,
    exhausted: Quota,
}

/// A connection that is under way. Whoever drops it must have counted what became of the connection: see
/// [`Ledger::refused`] and `Driver::seat_arrivals`.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Metrics>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.clients_connecting.dec();
    }
}

impl Ledger {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        let quota = |refusal: Refusal| (refusal.label(), Quota::per_second(LINES_PER_SECOND));
        let refused = Refusal::ALL.iter().copied().map(quota).collect();
        Self { metrics, quotas: Mutex::new(Quotas { refused, exhausted: Quota::per_second(COMPLAINTS_PER_SECOND) }) }
    }

    /// A connection is there.
    pub(crate) fn opened(&self) -> UnderWay {
        self.metrics.connections.inc();
        self.metrics.clients_connecting.inc();
        UnderWay(Arc::clone(&self.metrics))
    }

    /// Notes a connection that will not be upgraded.
    pub(crate) fn refused(&self, address: SocketAddr, under_way: UnderWay, refusal: Refusal) {
        self.metrics.rejected.add(refusal.label());
        drop(under_way);
        let line = self.quotas().refused.get_mut(refusal.label()).and_then(|quota| quota.take(Instant::now()));
        if let Some(more) = line {
            tracing::debug!(%address, reason = refusal.label(), why = refusal.sentence(), more, "refused");
        } else {
            self.metrics.log_lines_held_back.inc();
        }
    }

    /// The process had no file for a connection, and so many were closed unseen.
    pub(crate) fn exhausted(&self, error: &io::Error, turned_away: usize) {
        self.metrics.connections.inc_by(turned_away as u64);
        (0..turned_away).for_each(|_| self.metrics.rejected.add(Refusal::NoFiles.label()));
        let line = self.quotas().exhausted.take(Instant::now());
        if let Some(more) = line {
            tracing::warn!(%error, turned_away, more, "no connection can be taken just now");
        } else {
            self.metrics.log_lines_held_back.inc();
        }
    }

    /// Tells how many lines were held back in bursts that are over.
    pub(crate) fn tell_held_back(&self, now: Instant) {
        let mut quotas = self.quotas();
        let Quotas { refused, exhausted } = &mut *quotas;
        for (kind, quota) in refused {
            if let Some(lines) = quota.take_held_back(now) {
                tracing::debug!(kind, lines, "more of the same were not told one by one");
            }
        }
        if let Some(lines) = exhausted.take_held_back(now) {
            tracing::warn!(kind = Refusal::NoFiles.label(), lines, "more of the same were not told one by one");
        }
    }

    /// Counts are right after any panic: nothing is half done under the lock.
    fn quotas(&self) -> MutexGuard<'_, Quotas> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_is_under_way_or_counted_by_what_became_of_it() {
        let metrics = Arc::new(Metrics::new("tests"));
        let ledger = Ledger::new(Arc::clone(&metrics));
        let address = "192.0.2.1:9".parse().unwrap();
        let mut open: Vec<UnderWay> = (0..30).map(|_| ledger.opened()).collect();
        for under_way in open.drain(..20) {
            ledger.refused(address, under_way, Refusal::HungUp);
        }
        ledger.exhausted(&io::Error::other("no files"), 5);
        assert_eq!((metrics.connections.get(), metrics.clients_connecting.get()), (35, 10));
        assert_eq!((metrics.rejected.get("hung_up"), metrics.rejected.sum()), (20, 25));
        assert_eq!(metrics.log_lines_held_back.get(), 10, "of one kind only so many are told");
    }
}
