//! [`ClientMetrics`]: counts of connections, from the socket to the player's last goodbye.

use prometheus::{IntCounter, IntGauge};

use super::metric_maker::{Labelled, MetricMaker};
use crate::ending::Ending;
use crate::net::Refusal;

/// Result of a join that worked. Those that did not are labelled by their [`Ending`].
pub(crate) const JOINED: &str = "joined";

/// Result of one by which a player came back to its seat.
pub(crate) const RESUMED: &str = "resumed";

/// Result of one by which a player's client got a second connection, for its inputs.
pub(crate) const SPARE: &str = "spare";

/// Counts of connections and players.
pub(crate) struct ClientMetrics {
    /// Connections taken, those that were refused among them.
    pub(crate) connections: IntCounter,
    /// Connections that were never upgraded, by the check that they failed.
    pub(crate) rejected: Labelled,
    pub(crate) spare: IntGauge,
    /// Connections that are neither refused nor upgraded yet.
    pub(crate) connecting: IntGauge,
    /// Upgraded connections that have not joined.
    pub(crate) handshaking: IntGauge,
    /// Clients that play.
    pub(crate) active: IntGauge,
    /// Players without a connection that may come back.
    pub(crate) suspended: IntGauge,
    /// Ends of upgraded connections' attempts to join, by result.
    pub(crate) joins: Labelled,
    /// Ends of clients that had joined, by reason.
    pub(crate) disconnects: Labelled,
    /// Players that gave up their seats.
    pub(crate) leaves: IntCounter,
}

impl ClientMetrics {
    /// All of them at nought, registered.
    pub(super) fn new(make: &MetricMaker) -> Self {
        let clients = make.gauges(
            "clients",
            "Clients by state: connecting (before the upgrade), handshaking (before joining), active, suspended \
             (away, and may come back)",
            &["state"],
        );
        let results = || [JOINED, RESUMED, SPARE].into_iter().chain(Ending::labels());
        Self {
            connections: make
                .counter("connections_total", "Connections taken; each is refused, or tries to join, or is a client's"),
            rejected: make.labelled(
                "rejected_total",
                "Connections that ended before their upgrade, by why",
                "check",
                Refusal::ALL.iter().copied().map(Refusal::label),
            ),
            spare: make.gauge("connections_spare", "Second connections of players whose inputs get stuck on their way"),
            connecting: clients.with_label_values(&["connecting"]),
            handshaking: clients.with_label_values(&["handshaking"]),
            active: clients.with_label_values(&["active"]),
            suspended: clients.with_label_values(&["suspended"]),
            joins: make.labelled("joins_total", "Ends of attempts to join, after the upgrade", "result", results()),
            disconnects: make.labelled(
                "disconnects_total",
                "Ends of clients that had joined",
                "reason",
                Ending::labels(),
            ),
            leaves: make.counter("leaves_total", "Players that are gone for good, their time to come back included"),
        }
    }
}
