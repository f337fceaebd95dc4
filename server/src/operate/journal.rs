//! Comings and goings: counted for the metrics, and told to the log a bounded number of times a second for
//! each cause.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::logs::Quota;
use super::metrics::{JOINED, Metrics, RESUMED, SPARE};
use crate::ending::Ending;

/// Lines a second of each kind that a client can cause.
const LINES_PER_SECOND: u32 = 10;

/// The one place that counts joins and ends, so that joins and resumes less ends are the clients.
pub(crate) struct Journal {
    metrics: Arc<Metrics>,
    joined: Quota,
    resumed: Quota,
    ended: BTreeMap<&'static str, Quota>,
    misuse: Quota,
}

impl Journal {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        let quota = |label| (label, Quota::per_second(LINES_PER_SECOND));
        Self {
            metrics,
            joined: Quota::per_second(LINES_PER_SECOND),
            resumed: Quota::per_second(LINES_PER_SECOND),
            ended: Ending::labels().map(quota).collect(),
            misuse: Quota::per_second(1),
        }
    }

    /// A connection is there. It will join, or end before.
    pub(crate) fn connected(&self) {
        self.metrics.clients.handshaking.inc();
    }

    /// Notes a connection that became a player, one of `clients`.
    pub(crate) fn joined(&mut self, address: SocketAddr, name: &str, clients: usize) {
        self.metrics.clients.joins.add(JOINED);
        self.metrics.clients.handshaking.dec();
        self.metrics.clients.active.inc();
        if let Some(more) = self.joined.take(Instant::now()) {
            tracing::info!(name, %address, clients, more, "joined");
        } else {
            self.metrics.log_lines_held_back.inc();
        }
    }

    /// Notes the connection of a player who was here before, one of `clients`.
    pub(crate) fn resumed(&mut self, address: SocketAddr, name: &str, clients: usize) {
        self.metrics.clients.joins.add(RESUMED);
        self.metrics.clients.handshaking.dec();
        self.metrics.clients.active.inc();
        if let Some(more) = self.resumed.take(Instant::now()) {
            tracing::info!(name, %address, clients, more, "came back");
        } else {
            self.metrics.log_lines_held_back.inc();
        }
    }

    /// Notes that a connection carries a player's inputs once more.
    pub(crate) fn spare_opened(&self) {
        self.metrics.clients.joins.add(SPARE);
        self.metrics.clients.handshaking.dec();
        self.metrics.clients.spare.inc();
    }

    /// Notes the end of such a one.
    pub(crate) fn spare_closed(&self) {
        self.metrics.clients.spare.dec();
    }

    /// Notes the end of a connection; `name` is that of one who had joined.
    pub(crate) fn ended(&mut self, address: SocketAddr, name: Option<&str>, ending: &Ending) {
        let reason = ending.label();
        if name.is_some() {
            self.metrics.clients.disconnects.add(reason);
            self.metrics.clients.active.dec();
        } else {
            self.metrics.clients.joins.add(reason);
            self.metrics.clients.handshaking.dec();
        }
        let Some(more) = self.ended.get_mut(reason).and_then(|quota| quota.take(Instant::now())) else {
            self.metrics.log_lines_held_back.inc();
            return;
        };
        let why = ending.cause();
        match name {
            Some(name) => tracing::info!(name, %address, reason, why, more, "left"),
            None => tracing::info!(%address, reason, why, more, "never joined"),
        }
    }

    /// The game did what it must not.
    pub(crate) fn misuse(&mut self, what: &str) {
        if let Some(more) = self.misuse.take(Instant::now()) {
            tracing::warn!(what, more, "the game did what it must not");
        } else {
            self.metrics.log_lines_held_back.inc();
        }
    }

    /// Tells how many lines were held back in bursts that are over.
    pub(crate) fn tell_held_back(&mut self, now: Instant) {
        let ended = self.ended.iter_mut().map(|(reason, quota)| (*reason, quota));
        let quotas = [("joined", &mut self.joined), ("resumed", &mut self.resumed), ("misuse", &mut self.misuse)];
        for (kind, quota) in quotas.into_iter().chain(ended) {
            if let Some(lines) = quota.take_held_back(now) {
                tracing::info!(kind, lines, "more of the same were not told one by one");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use auspice::error::CloseReason;

    use super::*;

    /// Small numbers that look random and are not.
    fn draws() -> impl Iterator<Item = usize> {
        let mut rng = auspice::rng::Rng::new(7);
        std::iter::from_fn(move || Some(rng.below(1000) as usize))
    }

    #[test]
    fn joins_less_ends_are_the_clients_whatever_happens() {
        let metrics = Arc::new(Metrics::new("tests"));
        let mut journal = Journal::new(Arc::clone(&metrics));
        let address: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let endings = [
            Ending::Closed(Some(1000)),
            Ending::Lost(std::io::ErrorKind::ConnectionReset),
            CloseReason::Stalled.into(),
            CloseReason::Kicked.into(),
            CloseReason::Full.into(),
        ];
        let (mut waiting, mut playing, mut draws) = (0_usize, 0_usize, draws());
        let mut draw = |below: usize| draws.next().unwrap_or_default() % below;
        for _ in 0..100_000 {
            match draw(4) {
                0 | 1 => {
                    journal.connected();
                    waiting += 1;
                }
                2 if waiting > 0 => {
                    waiting -= 1;
                    playing += 1;
                    journal.joined(address, "someone", playing);
                }
                3 if waiting > 0 && draw(4) == 0 => {
                    waiting -= 1;
                    playing += 1;
                    journal.resumed(address, "someone", playing);
                }
                _ if waiting + playing > 0 => {
                    let was_playing = draw(waiting + playing) >= waiting;
                    *(if was_playing { &mut playing } else { &mut waiting }) -= 1;
                    journal.ended(address, was_playing.then_some("someone"), &endings[draw(endings.len())]);
                }
                _ => {}
            }
            let joined = metrics.clients.joins.get(JOINED) + metrics.clients.joins.get(RESUMED);
            assert_eq!(joined - metrics.clients.disconnects.sum(), playing as u64);
            assert_eq!(metrics.clients.active.get(), playing as i64);
            assert_eq!(metrics.clients.handshaking.get(), waiting as i64);
        }
        assert!(metrics.clients.disconnects.get("kicked") > 0 && metrics.clients.joins.get("kicked") > 0);
    }
}
