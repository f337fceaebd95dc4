//! [`Figures`] of a run, worked out of what its bots counted.

use std::time::{SystemTime, UNIX_EPOCH};

use auspice_tcp::TcpCount;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::process::CpuSeconds;
use crate::server_window::ServerWindow;
use crate::tally::Tally;

/// The supervisor's measurements, beside the tally.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The time at which the window began.
    pub began: SystemTime,
    /// Length of the window.
    pub seconds: f64,
    /// Bots that hold whole replicas.
    pub verifying: usize,
    /// Processor time of the server in the window, where it was asked for.
    pub server_cpu: Option<CpuSeconds>,
    /// Most memory that the server had resident, where it was asked for.
    pub server_resident_kib: Option<u64>,
    /// Memory of its own that it had then.
    pub server_own_kib: Option<u64>,
    /// Processor time of the bots in the window.
    pub bots_cpu: Option<CpuSeconds>,
    /// The server's own word on the window, where it was asked for.
    pub server: Option<ServerWindow>,
}

/// The figures of a run. Names end in their units; the keys of the JSON file are the names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Address of the server.
    pub url: String,
    /// Bots that should have played.
    pub clients: u32,
    /// Bots that were welcomed.
    pub joined: usize,
    /// Bots that held a whole replica.
    pub verifying: usize,
    /// Start of the measured window, in seconds since 1970.
    pub began_unix_seconds: f64,
    /// Length of the measured window.
    pub seconds: f64,
    /// The server's ticks a second, as it said.
    pub tick_hz: u32,
    /// Ticks from one update to the next at most, as it said.
    pub send_every: u32,
    /// Updates that came, for one client.
    pub updates_per_second: f64,
    /// WebSocket payload received in a tick, for one client.
    pub payload_bytes_per_client_tick: f64,
    /// The same with WebSocket, TCP and IP headers: 54 bytes a message more.
    pub wire_bytes_per_client_tick: f64,
    /// WebSocket payload received, for one client.
    pub payload_bytes_per_client_second: f64,
    /// The same with WebSocket, TCP and IP headers.
    pub wire_bytes_per_client_second: f64,
    /// WebSocket payload sent, for one client.
    pub input_payload_bytes_per_client_second: f64,
    /// Messages sent, for one client.
    pub inputs_per_second: f64,
    /// Bytes and segments of a client's connection in a second, as the bots' kernel counted them.
    pub counted: Option<CountedFigures>,
    /// Entities in view of a verifying bot, its own included.
    pub visible_mean: f64,
    /// The most that one saw.
    pub visible_max: usize,
    /// Age of the newest state: see [`Lateness`](crate::lateness::Lateness).
    pub age_p50_ms: f64,
    /// All but one in a hundred.
    pub age_p99_ms: f64,
    /// Time from sending an input to the update that acknowledges it.
    pub echo_p50_ms: f64,
    /// All but one in a hundred.
    pub echo_p99_ms: f64,
    /// Time from a verifying bot's handshake (the socket is open) to the first update after which it holds
    /// all that it should, in the whole run. Workloads alone have it: nobody knows what a player of the demo
    /// should see.
    pub join_p50_ms: f64,
    /// All but one in a hundred.
    pub join_p99_ms: f64,
    /// The welcome's payload, for one such join.
    pub join_welcome_bytes: f64,
    /// Payload of the updates until then, for one such join.
    pub join_update_bytes: f64,
    /// Entities held then.
    pub join_visible: f64,
    /// Inputs of verifying bots that the server had in the window.
    pub inputs_received: u64,
    /// Inputs among those that came after their tick.
    pub inputs_late: u64,
    /// Ticks of verifying bots for which the server had no input, and repeated the last.
    pub inputs_missing: u64,
    /// The server's tick, since its start.
    pub server_tick_p50_us: u32,
    /// All but one in a hundred.
    pub server_tick_p99_us: u32,
    /// The longest.
    pub server_tick_max_us: u32,
    /// Ticks of the server in the window.
    pub server_ticks: u64,
    /// Ticks among those that began late because the one before took too long.
    pub server_overruns: u64,
    /// Entities in the server's world.
    pub server_entities: u32,
    /// Views whose hash was not the one that the server stated.
    pub divergences: u64,
    /// The rows that differed, at most forty lines.
    pub differing_rows: Vec<String>,
    /// Entities that were compared with what they should be, beyond the hash.
    pub entities_compared: u64,
    /// Entities among those that were off by more than the workload allows; and those that should have been
    /// seen and were not, once the view had been complete, or the other way round.
    pub tolerance_violations: u64,
    /// Connections that ended before they should have.
    pub disconnects: u64,
    /// Their reasons, at most forty.
    pub disconnect_reasons: Vec<String>,
    /// Connections that bots cut on purpose (`--cut-at`).
    pub cuts: u64,
    /// Bots that came back to the same seat and entity, after a cut or a loss.
    pub returned: u64,
    /// Bots that came back to another seat or entity.
    pub strangers: u64,
    /// Bots that were not back at the end.
    pub still_away: u64,
    /// Tries to come back that were turned away, and made again later.
    pub returns_turned_away: u64,
    /// Time from a loss to playing again.
    pub return_p50_ms: f64,
    /// All but one in a hundred.
    pub return_p99_ms: f64,
    /// The slowest.
    pub return_max_ms: f64,
    /// Time from one update to the next of those who stayed, while others were away (`--cut-share`); all but
    /// one in a hundred.
    pub stayed_interval_p99_ms: f64,
    /// Share of a core that the bots took. Near 1 it is they who are measured.
    pub bots_cpu_share: Option<f64>,
    /// Time that the bots waited for a core that another program had, by the time that they ran.
    pub bots_waited_share: Option<f64>,
    /// Lateness of the bots' own thread for what it had to do, all but one time in a hundred.
    pub bots_late_p99_ms: f64,
    /// Processor time of the server, user and system, by client and tick.
    pub server_cpu_us_per_client_tick: Option<f64>,
    /// The part of it that was spent in the server's own code.
    pub server_user_us_per_client_tick: Option<f64>,
    /// Share of its running time for which the server waited for a core that another program had. Much above
    /// 0 the machine is measured.
    pub server_waited_share: Option<f64>,
    /// Most memory that the server had resident.
    pub server_resident_kib: Option<u64>,
    /// Memory of its own that the server had resident at the window's end: heap and stacks.
    pub server_own_kib: Option<u64>,
    /// The server's own word on the window.
    pub server: Option<ServerWindow>,
    /// The server's bytes by message part.
    pub breakdown: Vec<PartBytes>,
}

/// Bytes and segments of a client's connection in a second, both ways, by the kernel's count: handshakes of connections
/// that were made in the window, acknowledgements, and what was sent again are among them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CountedFigures {
    /// Bytes from the server, with the headers of TCP and IPv4.
    pub down_bytes_per_second: f64,
    /// Bytes to the server.
    pub up_bytes_per_second: f64,
    /// Segments from the server.
    pub down_segments_per_second: f64,
    /// Segments to the server.
    pub up_segments_per_second: f64,
}

impl CountedFigures {
    fn of(tally: &Tally, seconds: f64) -> Option<Self> {
        let each = |sum: u64| sum as f64 / (f64::from(tally.counted_bots) * seconds).max(1e-3);
        let TcpCount { segments_in, segments_out, .. } = tally.counted;
        (tally.counted_bots > 0).then(|| Self {
            down_bytes_per_second: each(tally.counted.wire_in()),
            up_bytes_per_second: each(tally.counted.wire_out()),
            down_segments_per_second: each(segments_in),
            up_segments_per_second: each(segments_out),
        })
    }
}

/// Bytes of a part of updates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartBytes {
    /// A message part, or a kind and field.
    pub part: String,
    /// Bytes for a client, by the server's own count over all of them in about the measured window.
    pub bytes_per_client_tick: f64,
}

impl PartBytes {
    fn all(tally: &Tally, client_ticks: f64) -> Vec<Self> {
        let part = |((part, start), (_, end)): (&(String, u64), &(String, u64))| Self {
            part: part.clone(),
            bytes_per_client_tick: end.saturating_sub(*start) as f64 / 8.0 / client_ticks,
        };
        let mut parts: Vec<_> = tally.bits_at_start.iter().zip(&tally.bits_at_end).map(part).collect();
        parts.retain(|part| part.bytes_per_client_tick > 0.0);
        parts.sort_by(|a, b| b.bytes_per_client_tick.total_cmp(&a.bytes_per_client_tick));
        parts
    }
}

impl Figures {
    /// Updates in a second, for one client, that the server promised at least.
    #[must_use]
    pub fn updates_promised(&self) -> f64 {
        f64::from(self.tick_hz) / f64::from(self.send_every.max(1))
    }

    /// Works out the figures.
    #[must_use]
    pub fn new(plan: &Plan, measured: &Measured, tally: &Tally) -> Self {
        let back = &tally.comebacks;
        // Nobody is served while it is away.
        let client_seconds = (measured.seconds * tally.joined.max(1) as f64 - back.away_us as f64 / 1e6).max(1e-3);
        let each_second = |sum: u64| sum as f64 / client_seconds;
        let client_ticks = tally.client_ticks.max(1) as f64;
        let each_join = |sum: u64| sum as f64 / tally.join_us.len().max(1) as f64;
        let (start, end) = (tally.ticks_at_start.unwrap_or_default(), tally.ticks_at_end.unwrap_or_default());
        let (inputs_before, inputs) = (tally.inputs_at_start, tally.inputs_at_end);
        // By the clock, not by what arrived: the floor has no ticks, and a server that sends less must not look dearer.
        let due_client_ticks = client_seconds * f64::from(tally.tick_hz.max(1));
        let cpu_us = |seconds: f64| seconds * 1e6 / due_client_ticks;
        Self {
            url: plan.args.url.clone(),
            clients: plan.args.clients,
            joined: tally.joined,
            verifying: measured.verifying,
            began_unix_seconds: measured.began.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()),
            seconds: measured.seconds,
            tick_hz: tally.tick_hz,
            send_every: tally.send_every,
            updates_per_second: each_second(tally.updates),
            payload_bytes_per_client_tick: tally.payload_bytes_in as f64 / client_ticks,
            wire_bytes_per_client_tick: tally.wire_bytes_in as f64 / client_ticks,
            payload_bytes_per_client_second: each_second(tally.payload_bytes_in),
            wire_bytes_per_client_second: each_second(tally.wire_bytes_in),
            input_payload_bytes_per_client_second: each_second(tally.payload_bytes_out),
            inputs_per_second: each_second(tally.inputs),
            counted: CountedFigures::of(tally, measured.seconds),
            visible_mean: tally.visible_sum as f64 / tally.visible_samples.max(1) as f64,
            visible_max: tally.visible_max,
            age_p50_ms: quantile_ms(&tally.age_us, 0.5),
            age_p99_ms: quantile_ms(&tally.age_us, 0.99),
            echo_p50_ms: quantile_ms(&tally.echo_us, 0.5),
            echo_p99_ms: quantile_ms(&tally.echo_us, 0.99),
            join_p50_ms: quantile_ms(&tally.join_us, 0.5),
            join_p99_ms: quantile_ms(&tally.join_us, 0.99),
            join_welcome_bytes: each_join(tally.join_welcome_bytes),
            join_update_bytes: each_join(tally.join_update_bytes),
            join_visible: each_join(tally.join_visible),
            inputs_received: inputs.received.saturating_sub(inputs_before.received),
            inputs_late: inputs.late.saturating_sub(inputs_before.late),
            inputs_missing: inputs.missing.saturating_sub(inputs_before.missing),
            server_tick_p50_us: end.tick_p50_us,
            server_tick_p99_us: end.tick_p99_us,
            server_tick_max_us: end.tick_max_us,
            server_ticks: end.ticks.saturating_sub(start.ticks),
            server_overruns: end.overruns.saturating_sub(start.overruns),
            server_entities: end.entities,
            divergences: tally.divergences,
            differing_rows: tally.differing.clone(),
            entities_compared: tally.finding.compared,
            tolerance_violations: tally.finding.violations + tally.finding.missing,
            disconnects: tally.disconnects,
            disconnect_reasons: tally.disconnect_reasons.clone(),
            cuts: back.cuts,
            returned: back.returned,
            strangers: back.strangers,
            still_away: back.away,
            returns_turned_away: back.turned_away,
            return_p50_ms: quantile_ms(&back.took_us, 0.5),
            return_p99_ms: quantile_ms(&back.took_us, 0.99),
            return_max_ms: back.took_us.max() as f64 / 1e3,
            stayed_interval_p99_ms: quantile_ms(&back.stayed_interval_us, 0.99),
            bots_cpu_share: measured.bots_cpu.map(|cpu| cpu.total / measured.seconds),
            bots_waited_share: measured.bots_cpu.map(|cpu| cpu.waited / cpu.total.max(1e-9)),
            bots_late_p99_ms: quantile_ms(&tally.own_lateness_us, 0.99),
            server_cpu_us_per_client_tick: measured.server_cpu.map(|cpu| cpu_us(cpu.total)),
            server_user_us_per_client_tick: measured.server_cpu.map(|cpu| cpu_us(cpu.user())),
            server_waited_share: measured.server_cpu.map(|cpu| cpu.waited / cpu.total),
            server_resident_kib: measured.server_resident_kib,
            server_own_kib: measured.server_own_kib,
            server: measured.server.clone(),
            breakdown: PartBytes::all(
                tally,
                (end.ticks.saturating_sub(start.ticks) * tally.joined as u64).max(1) as f64,
            ),
        }
    }
}

fn quantile_ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1e3
}
