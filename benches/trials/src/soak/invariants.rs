//! Invariants: what must be true of a server's counts at any time.

use auspice_bots::exposition::Exposition;

const ACTIVE: &str = "auspice_clients{state=\"active\"}";
const CONNECTING: &str = "auspice_clients{state=\"connecting\"}";
const HANDSHAKING: &str = "auspice_clients{state=\"handshaking\"}";
const SUSPENDED: &str = "auspice_clients{state=\"suspended\"}";
const JOINED: &str = "auspice_joins_total{result=\"joined\"}";
const RESUMED: &str = "auspice_joins_total{result=\"resumed\"}";

/// The invariants that do not hold, each as a sentence with its figures. A scrape may fall between two
/// additions that belong together, so a single look proves nothing: look again.
#[must_use]
pub(super) fn broken(read: &Exposition) -> Vec<String> {
    let (joined, resumed) = (read.get(JOINED), read.get(RESUMED));
    let equal = [
        (
            "connections = refused + attempts that ended + connecting + handshaking",
            read.get("auspice_connections_total"),
            read.sum("auspice_rejected_total")
                + read.sum("auspice_joins_total")
                + read.get(CONNECTING)
                + read.get(HANDSHAKING),
        ),
        (
            "joined + resumed = disconnects + active",
            joined + resumed,
            read.sum("auspice_disconnects_total") + read.get(ACTIVE),
        ),
        (
            "joined = left for good + active + suspended",
            joined,
            read.get("auspice_leaves_total") + read.get(ACTIVE) + read.get(SUSPENDED),
        ),
        ("the rooms are one", 1.0, read.sum("auspice_rooms")),
        ("nobody's view differed", 0.0, read.get("auspice_resyncs_total")),
        ("the game never panicked", 0.0, read.get("auspice_room_panics_total")),
    ];
    let at_least = ["sent", "received"].map(|way| {
        let bytes = |layer| read.get(&format!("auspice_bytes_{way}_total{{layer=\"{layer}\"}}"));
        (format!("the wire's bytes {way} are no fewer than the payload's"), bytes("wire"), bytes("payload"))
    });
    let unequal = equal.into_iter().filter(|(_, left, right)| left != right);
    let unequal = unequal.map(|(what, left, right)| format!("{what} does not hold: {left} is not {right}"));
    let fewer = at_least.into_iter().filter(|(_, wire, payload)| wire.is_nan() || wire < payload);
    unequal.chain(fewer.map(|(what, wire, payload)| format!("{what} does not hold: {wire} of {payload}"))).collect()
}

/// Connections and players that there still are, of whatever state.
#[must_use]
pub(super) fn anybody(read: &Exposition) -> f64 {
    read.sum("auspice_clients")
}

/// Players so far, those who came back counted again.
#[must_use]
pub(super) fn joins(read: &Exposition) -> f64 {
    read.get(JOINED) + read.get(RESUMED)
}

/// Connections of the server's that are open, but for those that it is closing.
#[must_use]
pub(super) fn connections(read: &Exposition) -> f64 {
    read.get(CONNECTING) + read.get(HANDSHAKING) + read.get(ACTIVE) + read.get("auspice_connections_spare")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> String {
        "auspice_connections_total 20\nauspice_rejected_total{check=\"x\"} 3\n\
         auspice_joins_total{result=\"joined\"} 10\nauspice_joins_total{result=\"resumed\"} 2\n\
         auspice_joins_total{result=\"stalled\"} 1\nauspice_clients{state=\"connecting\"} 1\n\
         auspice_clients{state=\"handshaking\"} 3\nauspice_clients{state=\"active\"} 4\n\
         auspice_clients{state=\"suspended\"} 1\nauspice_disconnects_total{reason=\"x\"} 8\nauspice_leaves_total 5\n\
         auspice_rooms{state=\"running\"} 1\nauspice_resyncs_total 0\nauspice_room_panics_total 0\n\
         auspice_bytes_sent_total{layer=\"wire\"} 2\nauspice_bytes_sent_total{layer=\"payload\"} 1\n\
         auspice_bytes_received_total{layer=\"wire\"} 2\nauspice_bytes_received_total{layer=\"payload\"} 1\n"
            .into()
    }

    #[test]
    fn sound_counts_break_nothing_and_any_that_is_off_is_named() {
        assert_eq!(broken(&Exposition::parse(&sound())), [""; 0]);
        for (from, to, word) in [
            ("connections_total 20", "connections_total 21", "connections"),
            ("reason=\"x\"} 8", "reason=\"x\"} 7", "disconnects"),
            ("leaves_total 5", "leaves_total 6", "left for good"),
            ("resyncs_total 0", "resyncs_total 1", "differed"),
            ("auspice_bytes_sent_total{layer=\"wire\"} 2\n", "", "bytes sent"),
        ] {
            let faults = broken(&Exposition::parse(&sound().replace(from, to)));
            assert!(faults.len() == 1 && faults[0].contains(word), "{word}: {faults:?}");
        }
    }
}
