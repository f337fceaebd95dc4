//! Reference encoders: what the usual schemes make of the same recorded minute of [`W1`](auspice_workloads::w1::W1), to
//! hold Auspice against.
//!
//! - [`trace`]: what some clients saw, and what Auspice sent them for it;
//! - [`grid`]: the coarsest grid within the workload's tolerances, on which all schemes but the first work;
//! - [`whole`]: schemes that state everything each time;
//! - [`predictive`]: schemes that state what differs from a prediction, in the [codes](auspice_motion::codes) that are
//!   shortest on the trace itself.
//!
//! All are given an advantage: no sequence numbers, no tick numbers, acknowledgements that never fail and cost nothing.

pub mod grid;
pub mod predictive;
pub mod trace;
pub mod whole;

use serde::Serialize;

pub use self::grid::Snapshot;
use self::predictive::{Predictive, SCHEMES};
use self::trace::Trace;

/// Size of a scheme's messages.
#[derive(Clone, Debug, Serialize)]
pub struct SchemeFigure {
    /// The scheme.
    pub scheme: &'static str,
    /// Bytes of a client-tick, everything inside but WebSocket, TCP and IP headers.
    pub bytes_per_client_tick: f64,
    /// The same for one entity in view.
    pub bits_per_entity_tick: f64,
    /// Ratio to what Auspice took.
    pub ratio: f64,
}

/// Encodes `trace` with every scheme. Auspice's own figure comes last.
#[must_use]
pub fn compare(trace: &Trace) -> Vec<SchemeFigure> {
    let client_ticks = (trace.counted_ticks() * trace.viewers) as f64;
    let auspice = trace.auspice_bytes as f64;
    let figure = |scheme, bytes: f64| SchemeFigure {
        scheme,
        bytes_per_client_tick: bytes / client_ticks,
        bits_per_entity_tick: bytes * 8.0 / trace.entity_ticks() as f64,
        ratio: bytes / auspice,
    };
    let mut figures = vec![
        figure(
            "bincode of floats",
            sum(trace, |tick, viewer| whole::encode_floats(&trace.bodies_seen(tick, viewer)).len()),
        ),
        figure(
            "quantised, bit-packed",
            sum(trace, |tick, viewer| whole::encode_packed(&trace.snapshot(tick, viewer)).len()),
        ),
    ];
    for scheme in SCHEMES {
        let scheme = Predictive::fitted(scheme, trace);
        figures.push(figure(
            scheme.name(),
            sum(trace, |tick, viewer| scheme.encode(&trace.history(tick, viewer), &trace.snapshot(tick, viewer)).len()),
        ));
    }
    figures.push(figure("Auspice", auspice));
    figures
}

fn sum(trace: &Trace, bytes: impl Fn(usize, usize) -> usize) -> f64 {
    let ticks = trace.counted();
    ticks
        .flat_map(|tick| (0..trace.viewers).map(move |viewer| (tick, viewer)))
        .map(|(tick, viewer)| bytes(tick, viewer))
        .sum::<usize>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_decoded_to_the_rows_that_were_seen() {
        let trace = Trace::record(300, 6, 90, 30);
        let schemes = SCHEMES.map(|scheme| Predictive::fitted(scheme, &trace));
        let mut entities = 0;
        for (tick, viewer) in (0..90).flat_map(|tick| (0..6).map(move |viewer| (tick, viewer))) {
            let seen = trace.snapshot(tick, viewer);
            entities += seen.len();
            let bytes = whole::encode_packed(&seen);
            assert_eq!(whole::decode_packed(&bytes), Ok(seen.clone()));
            let bytes = whole::encode_floats(&trace.bodies_seen(tick, viewer));
            assert_eq!(whole::decode_floats(&bytes), Some(seen));
        }
        assert!(entities > 10_000, "{entities}");
        for scheme in &schemes {
            for viewer in 0..6 {
                // From nothing, each message decoded with what was decoded before.
                let mut decoded: Vec<Snapshot> = Vec::new();
                for tick in 0..90 {
                    let bytes = scheme.encode(&trace.history(tick, viewer), &trace.snapshot(tick, viewer));
                    let history: Vec<&Snapshot> = decoded.iter().rev().collect();
                    let snapshot = scheme.decode(&history, &bytes).expect("what was encoded should be decoded");
                    assert_eq!(snapshot, trace.snapshot(tick, viewer), "{} at {tick}", scheme.name());
                    decoded.push(snapshot);
                }
            }
        }
    }

    #[test]
    fn prediction_beats_difference_beats_the_whole_and_auspice_beats_all() {
        let figures = compare(&Trace::record(300, 6, 150, 60));
        let bytes: Vec<f64> = figures.iter().map(|figure| figure.bytes_per_client_tick).collect();
        assert!(bytes.is_sorted_by(|more, fewer| more > fewer), "{figures:#?}");
    }
}
