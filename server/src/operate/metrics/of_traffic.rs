//! [`TrafficMetrics`]: counts of what goes to clients and comes from them.

use prometheus::{Histogram, IntCounter};

use super::metric_maker::MetricMaker;

/// Bounds of an update's bytes: one byte when nothing happens, 1400 is the budget, beyond it are crowds and
/// fresh states.
const UPDATE_BYTES: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 350.0, 1400.0, 8192.0, 65_536.0];

/// Bounds of distances in ticks. The window closes at 8 and the round trip, at 60 at the latest.
const TICKS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 60.0];

/// Counts of messages and their bytes.
pub(crate) struct TrafficMetrics {
    /// Updates sent.
    pub(crate) updates: IntCounter,
    /// Times that an update was due, and held back for a client that was behind.
    pub(crate) updates_held_back: IntCounter,
    /// Views stated afresh.
    pub(crate) fresh_states: IntCounter,
    /// Messages of clients that were read and not obeyed.
    pub(crate) messages_dropped: IntCounter,
    /// Clients that found their view to differ from its hash.
    pub(crate) resyncs: IntCounter,
    /// Bytes of messages to clients.
    pub(crate) payload_sent: IntCounter,
    /// The same with frame heads.
    pub(crate) wire_sent: IntCounter,
    /// Bytes of messages from clients.
    pub(crate) payload_received: IntCounter,
    /// Raw bytes from them, after their upgrade.
    pub(crate) wire_received: IntCounter,
    /// Bytes of each update.
    pub(crate) update_bytes: Histogram,
    /// Ticks that each client is behind, once a second.
    pub(crate) unacked_ticks: Histogram,
    /// Lead of each client's inputs, once a second.
    pub(crate) input_lead_ticks: Histogram,
    /// Age of each client's inputs, once a second.
    pub(crate) input_age_ticks: Histogram,
}

impl TrafficMetrics {
    /// All of them at nought, registered.
    pub(super) fn new(make: &MetricMaker) -> Self {
        let bytes = make.counters(
            "bytes_sent_total",
            "Bytes of updates to clients; the wire's with frame heads, before TLS",
            &["layer"],
        );
        let received = make.counters(
            "bytes_received_total",
            "Bytes from clients since their upgrade: of messages, and all that came off the wire",
            &["layer"],
        );
        Self {
            updates: make.counter("updates_total", "Updates sent"),
            updates_held_back: make
                .counter("updates_held_back_total", "Updates that were due and held back: the client is behind"),
            fresh_states: make.counter("fresh_states_total", "Views stated afresh"),
            messages_dropped: make.counter(
                "messages_dropped_total",
                "Messages of clients beyond what they may send, read and not obeyed",
            ),
            resyncs: make.counter("resyncs_total", "Views that differed from their hash, as clients said"),
            payload_sent: bytes.with_label_values(&["payload"]),
            wire_sent: bytes.with_label_values(&["wire"]),
            payload_received: received.with_label_values(&["payload"]),
            wire_received: received.with_label_values(&["wire"]),
            update_bytes: make.histogram("update_bytes", "Payload of one update", &UPDATE_BYTES),
            unacked_ticks: make.histogram(
                "unacked_ticks",
                "Ticks sent to a client and not yet applied, once a second",
                &TICKS,
            ),
            input_lead_ticks: make.histogram(
                "input_lead_ticks",
                "Ticks by which a client's newest input is ahead, once a second",
                &TICKS,
            ),
            input_age_ticks: make.histogram(
                "input_age_ticks",
                "How old the input is by which a client's entity is steered, once a second: 0 where it came for this \
                 tick",
                &TICKS,
            ),
        }
    }
}
