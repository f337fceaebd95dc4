//! The table of a [`Report`]: what people read of a run.

use std::fmt::{self, Write as _};

use crate::figures::{Figures, PartBytes};
use crate::report::Report;

/// The table, the evidence of what went wrong, and the verdict.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in rows(&self.figures) {
            writeln!(f, "  {name:<32}{value}")?;
        }
        if self.shows_breakdown {
            writeln!(f, "  bytes of a client-tick, by what they were for:")?;
            for PartBytes { part, bytes_per_client_tick } in &self.figures.breakdown {
                writeln!(f, "    {part:<36}{bytes_per_client_tick:.3}")?;
            }
        }
        let mut evidence = String::new();
        for line in self.figures.differing_rows.iter().chain(&self.figures.disconnect_reasons) {
            writeln!(evidence, "  {line}")?;
        }
        f.write_str(&evidence)?;
        for failure in &self.verdict.failures {
            writeln!(f, "  {failure}")?;
        }
        writeln!(f, "{}", self.verdict.verdict)
    }
}

fn rows(figures: &Figures) -> Vec<(&'static str, String)> {
    let pair = |a: f64, b: f64, unit: &str| format!("{a:.1} / {b:.1} {unit}");
    let mut rows = vec![
        ("clients joined", format!("{} of {}, {} verifying", figures.joined, figures.clients, figures.verifying)),
        (
            "measured",
            format!(
                "{:.1} s at {} Hz, an update within {} ticks",
                figures.seconds, figures.tick_hz, figures.send_every
            ),
        ),
        ("updates, each client", format!("{:.2} /s", figures.updates_per_second)),
        ("payload, each client", format!("{:.0} B/s", figures.payload_bytes_per_client_second)),
        ("on the wire (+54 B a message)", format!("{:.0} B/s", figures.wire_bytes_per_client_second)),
        ("payload, each client-tick", format!("{:.2} B", figures.payload_bytes_per_client_tick)),
        ("on the wire, each client-tick", format!("{:.1} B", figures.wire_bytes_per_client_tick)),
        (
            "inputs, each client",
            format!("{:.2} /s, {:.0} B/s", figures.inputs_per_second, figures.input_payload_bytes_per_client_second),
        ),
        ("visible entities, mean / max", format!("{:.1} / {}", figures.visible_mean, figures.visible_max)),
        ("age of newest state, p50 / p99", pair(figures.age_p50_ms, figures.age_p99_ms, "ms")),
        ("input to echo, p50 / p99", pair(figures.echo_p50_ms, figures.echo_p99_ms, "ms")),
        (
            "inputs late / missing",
            format!("{} / {} of {}", figures.inputs_late, figures.inputs_missing, figures.inputs_received),
        ),
        (
            "server tick, p50 / p99 / max",
            format!(
                "{} / {} / {} us",
                figures.server_tick_p50_us, figures.server_tick_p99_us, figures.server_tick_max_us
            ),
        ),
        ("server overruns", format!("{} of {} ticks", figures.server_overruns, figures.server_ticks)),
        ("entities in the world", figures.server_entities.to_string()),
        ("divergences", figures.divergences.to_string()),
        ("entities compared / off", format!("{} / {}", figures.entities_compared, figures.tolerance_violations)),
        ("unexpected disconnects", figures.disconnects.to_string()),
    ];
    if let Some(counted) = figures.counted {
        let told = |bytes: f64, segments: f64| format!("{bytes:.0} B/s in {segments:.1} segments");
        let down = told(counted.down_bytes_per_second, counted.down_segments_per_second);
        rows.push(("by the kernel's count, down", down));
        rows.push(("the same, up", told(counted.up_bytes_per_second, counted.up_segments_per_second)));
    }
    if figures.cuts + figures.returned > 0 {
        let took = (figures.return_p50_ms / 1e3, figures.return_p99_ms / 1e3, figures.return_max_ms / 1e3);
        rows.push(("cut off / back as they were", format!("{} / {}", figures.cuts, figures.returned)));
        rows.push(("away, p50 / p99 / max", format!("{:.2} / {:.2} / {:.2} s", took.0, took.1, took.2)));
        rows.push(("tries that were turned away", figures.returns_turned_away.to_string()));
        rows.push(("those who stayed, interval p99", format!("{:.1} ms", figures.stayed_interval_p99_ms)));
    }
    rows.push(("bots' own lateness, p99", format!("{:.1} ms", figures.bots_late_p99_ms)));
    rows.extend(figures.bots_cpu_share.map(|share| ("processor, bots", format!("{:.0} % of a core", share * 100.0))));
    if let (Some(all), Some(user)) = (figures.server_cpu_us_per_client_tick, figures.server_user_us_per_client_tick) {
        rows.push(("processor, server", format!("{all:.2} us a client-tick ({user:.2} user)")));
    }
    rows.extend(figures.server_resident_kib.map(|kib| ("memory, server, most", format!("{kib} KiB"))));
    rows
}
