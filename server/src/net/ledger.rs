//! Connections before their upgrade: each is counted when it comes and once more when it is known what became
//! of it, and told to the log a bounded number of times a second for each cause.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::refusal::{Denial, Refusal};
use super::source::Source;
use crate::limits::ORIGIN_LOGGED_CHARS_MAX;
use crate::operate::logs::Quota;
use crate::operate::metrics::Metrics;

/// Lines a second of each kind that a stranger can cause.
const LINES_PER_SECOND: u32 = 10;

/// Time from one piece of advice of a kind to the next: whoever causes it may be anybody, and may go on.
const ADVICE_INTERVAL: Duration = Duration::from_secs(60);

/// Complaints a second about the operating system.
const COMPLAINTS_PER_SECOND: u32 = 1;

/// The accept thread's book: connections are those refused, those under way and those that were handed over.
pub(crate) struct Ledger {
    metrics: Arc<Metrics>,
    quotas: Mutex<Quotas>,
}

struct Quotas {
    refused: BTreeMap<&'static str, Quota>,
    advice: BTreeMap<Missing, Quota>,
    exhausted: Quota,
}

/// A connection that is under way. Whoever drops it must have counted what became of the connection: see
/// [`Ledger::refused`] and `Driver::seat_arrivals`.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Metrics>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.clients.connecting.dec();
    }
}

impl Ledger {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        let quotas = Quotas {
            refused: Refusal::ALL
                .iter()
                .map(|refusal| (refusal.label(), Quota::per_second(LINES_PER_SECOND)))
                .collect(),
            advice: BTreeMap::new(),
            exhausted: Quota::per_second(COMPLAINTS_PER_SECOND),
        };
        Self { metrics, quotas: Mutex::new(quotas) }
    }

    /// A connection is there.
    pub(crate) fn opened(&self) -> UnderWay {
        self.metrics.clients.connections.inc();
        self.metrics.clients.connecting.inc();
        UnderWay(Arc::clone(&self.metrics))
    }

    /// Notes a connection that will not be upgraded.
    pub(crate) fn refused(&self, address: SocketAddr, under_way: UnderWay, refused: &Denial) {
        let refusal = refused.refusal;
        self.metrics.clients.rejected.add(refusal.label());
        drop(under_way);
        let line = self.quotas().refused.get_mut(refusal.label()).and_then(|quota| quota.take(Instant::now()));
        if let Some(more) = line {
            tracing::debug!(%address, reason = refusal.label(), why = refusal.sentence(), more, "refused");
        } else {
            self.metrics.log_lines_held_back.inc();
        }
        self.advise(refused.client.unwrap_or_else(|| address.ip()), refused);
    }

    /// Names the setting by which whoever is refused would be let in, where that may be meant: now and then.
    fn advise(&self, address: IpAddr, refused: &Denial) {
        let refusal = refused.refusal;
        let Some(missing) = Missing::for_want_of(refusal) else { return };
        let line = self.quotas().advice.entry(missing).or_insert(Quota::one_in(ADVICE_INTERVAL)).take(Instant::now());
        let (Some(more), advice) = (line, missing.advice(address)) else { return };
        match &refused.origin {
            Some(origin) => {
                let origin: String = origin.chars().take(ORIGIN_LOGGED_CHARS_MAX).collect();
                tracing::warn!(%address, ?origin, reason = refusal.label(), more, "{advice}");
            }
            None => tracing::warn!(%address, reason = refusal.label(), more, "{advice}"),
        }
    }

    /// The process had no file for a connection, and so many were closed unseen.
    pub(crate) fn exhausted(&self, error: &io::Error, turned_away: usize) {
        self.metrics.clients.connections.inc_by(turned_away as u64);
        (0..turned_away).for_each(|_| self.metrics.clients.rejected.add(Refusal::NoFiles.label()));
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
        let Quotas { refused, exhausted, .. } = &mut *quotas;
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

/// A setting that is missing, more often than the refused is a stranger who has no business here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    Origin,
    Subprotocol,
    Places,
}

impl Missing {
    const fn for_want_of(refusal: Refusal) -> Option<Self> {
        match refusal {
            Refusal::BadOrigin => Some(Self::Origin),
            Refusal::NoSubprotocol => Some(Self::Subprotocol),
            Refusal::AddressFull | Refusal::TooOften => Some(Self::Places),
            _ => None,
        }
    }

    /// Sentence for the operator, when one from `address` was refused.
    const fn advice(self, address: IpAddr) -> &'static str {
        match self {
            Self::Origin => {
                "a web page's player is refused: --allow-origin with this origin lets that page's players in"
            }
            Self::Subprotocol => {
                "a client is refused that offers no subprotocol: in a page, new WebSocket(url, \"auspice.v1\")"
            }
            Self::Places if Source::is_inside(address) => {
                "many come from this address, which is one of a private network: perhaps of a proxy, Docker or \
                 Kubernetes, behind which everybody is one; --trusted-proxy tells them apart by X-Forwarded-For, \
                 --max-per-address 0 does not ask"
            }
            Self::Places => "many come from this address: --max-per-address allows more from each",
        }
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
            ledger.refused(address, under_way, &Refusal::HungUp.into());
        }
        ledger.exhausted(&io::Error::other("no files"), 5);
        assert_eq!((metrics.clients.connections.get(), metrics.clients.connecting.get()), (35, 10));
        assert_eq!((metrics.clients.rejected.get("hung_up"), metrics.clients.rejected.sum()), (20, 25));
        assert_eq!(metrics.log_lines_held_back.get(), 10, "of one kind only so many are told");
    }
}
