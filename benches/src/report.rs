//! [`Report`]: the figures of a run, the verdict on them, and how both are shown.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use auspice_server::{complain, output};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, SwarmError};
use crate::process::CpuSeconds;
use crate::tally::Tally;

/// Conditions that a run must meet to pass.
pub mod pass {
    /// Updates a second, as a share of what the terms promise.
    pub const UPDATE_SHARE_MIN: f64 = 0.95;
    /// Ticks of the server in the window that began too late, as a share of all.
    pub const OVERRUN_SHARE_MAX: f64 = 0.01;
    /// Ticks for which a verifying bot's input was missing, as a share of all.
    pub const MISSING_SHARE_MAX: f64 = 0.05;
    /// Greatest time from the loss of a connection to playing again: a storm of a thousand is absorbed in ten
    /// seconds.
    pub const RETURN_MS_MAX: f64 = 10_000.0;
}

/// The supervisor's measurements, beside the tally.
#[derive(Clone, Copy, Debug)]
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
}

/// The figures of a run. Names end in their units; the keys of the JSON file are the names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// `"PASS"` or `"FAIL"`.
    pub verdict: String,
    /// Why not, in sentences.
    pub failures: Vec<String>,
    /// Failures that are not a matter of time: on whatever machine, they are mistakes.
    pub faults: Vec<String>,
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
    /// Ticks of an update, as it said.
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
    /// The server's bytes by message part.
    pub breakdown: Vec<PartBytes>,
    /// Whether the table shows that.
    #[serde(skip)]
    shows_breakdown: bool,
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

impl Report {
    /// Works out the figures and judges them.
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
        let mut report = Self {
            verdict: String::new(),
            failures: Vec::new(),
            faults: Vec::new(),
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
            server_cpu_us_per_client_tick: measured.server_cpu.map(|cpu| cpu_us(cpu.total)),
            server_user_us_per_client_tick: measured.server_cpu.map(|cpu| cpu_us(cpu.user())),
            server_waited_share: measured.server_cpu.map(|cpu| cpu.waited / cpu.total),
            server_resident_kib: measured.server_resident_kib,
            server_own_kib: measured.server_own_kib,
            breakdown: PartBytes::all(tally, (end.ticks.saturating_sub(start.ticks) * tally.joined as u64).max(1) as f64),
            shows_breakdown: plan.args.breakdown,
        };
        report.judge(tally.refused.as_deref());
        report
    }

    /// The one place that says what passes.
    fn judge(&mut self, refused: Option<&str>) {
        let missing = self.clients as usize - self.joined.min(self.clients as usize);
        let why = refused.map_or_else(String::new, |reason| format!(" ({reason})"));
        self.faults = unmet([
            (missing == 0, format!("{missing} of {} bots were not let in{why}", self.clients)),
            (self.divergences == 0, format!("{} views differed from what the server stated", self.divergences)),
            (self.tolerance_violations == 0, format!("{} entities were not what they should be", self.tolerance_violations)),
            (self.disconnects == 0, format!("{} connections ended too early", self.disconnects)),
            (self.still_away == 0, format!("{} bots did not come back", self.still_away)),
            (self.strangers == 0, format!("{} bots came back as somebody else", self.strangers)),
        ]);
        let nominal = f64::from(self.tick_hz) / f64::from(self.send_every.max(1));
        let input_ticks = self.server_ticks as f64 * self.verifying as f64;
        let delays = unmet([
            (
                self.updates_per_second >= nominal * pass::UPDATE_SHARE_MIN,
                format!("{:.1} updates a second came, of {nominal:.1}", self.updates_per_second),
            ),
            (
                self.server_overruns as f64 <= self.server_ticks as f64 * pass::OVERRUN_SHARE_MAX,
                format!("{} of {} ticks of the server overran", self.server_overruns, self.server_ticks),
            ),
            (
                self.inputs_missing as f64 <= input_ticks * pass::MISSING_SHARE_MAX,
                format!("{} of {input_ticks:.0} inputs were missing at their tick", self.inputs_missing),
            ),
            (
                self.return_max_ms <= pass::RETURN_MS_MAX,
                format!("the slowest bot was back after {:.1} s", self.return_max_ms / 1e3),
            ),
        ]);
        self.failures = [self.faults.clone(), delays].concat();
        self.verdict = if self.failures.is_empty() { "PASS" } else { "FAIL" }.to_string();
    }

    /// Whether the run passed.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.failures.is_empty()
    }

    /// Writes the figures to `path`.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_json(&self, path: &Path) -> Result<(), SwarmError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| SwarmError(error.to_string()))?;
        std::fs::write(path, text + "\n").map_err(|error| SwarmError(format!("{} cannot be written: {error}", path.display())))
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let pair = |a: f64, b: f64, unit: &str| format!("{a:.1} / {b:.1} {unit}");
        let mut rows = vec![
            ("clients joined", format!("{} of {}, {} verifying", self.joined, self.clients, self.verifying)),
            ("measured", format!("{:.1} s at {} Hz, an update each {} ticks", self.seconds, self.tick_hz, self.send_every)),
            ("updates, each client", format!("{:.2} /s", self.updates_per_second)),
            ("payload, each client", format!("{:.0} B/s", self.payload_bytes_per_client_second)),
            ("on the wire (+54 B a message)", format!("{:.0} B/s", self.wire_bytes_per_client_second)),
            ("payload, each client-tick", format!("{:.2} B", self.payload_bytes_per_client_tick)),
            ("on the wire, each client-tick", format!("{:.1} B", self.wire_bytes_per_client_tick)),
            (
                "inputs, each client",
                format!("{:.2} /s, {:.0} B/s", self.inputs_per_second, self.input_payload_bytes_per_client_second),
            ),
            ("visible entities, mean / max", format!("{:.1} / {}", self.visible_mean, self.visible_max)),
            ("age of newest state, p50 / p99", pair(self.age_p50_ms, self.age_p99_ms, "ms")),
            ("input to echo, p50 / p99", pair(self.echo_p50_ms, self.echo_p99_ms, "ms")),
            ("inputs late / missing", format!("{} / {} of {}", self.inputs_late, self.inputs_missing, self.inputs_received)),
            (
                "server tick, p50 / p99 / max",
                format!("{} / {} / {} us", self.server_tick_p50_us, self.server_tick_p99_us, self.server_tick_max_us),
            ),
            ("server overruns", format!("{} of {} ticks", self.server_overruns, self.server_ticks)),
            ("entities in the world", self.server_entities.to_string()),
            ("divergences", self.divergences.to_string()),
            ("entities compared / off", format!("{} / {}", self.entities_compared, self.tolerance_violations)),
            ("unexpected disconnects", self.disconnects.to_string()),
        ];
        if self.cuts + self.returned > 0 {
            let took = (self.return_p50_ms / 1e3, self.return_p99_ms / 1e3, self.return_max_ms / 1e3);
            rows.push(("cut off / back as they were", format!("{} / {}", self.cuts, self.returned)));
            rows.push(("away, p50 / p99 / max", format!("{:.2} / {:.2} / {:.2} s", took.0, took.1, took.2)));
            rows.push(("tries that were turned away", self.returns_turned_away.to_string()));
            rows.push(("those who stayed, interval p99", format!("{:.1} ms", self.stayed_interval_p99_ms)));
        }
        rows.extend(self.bots_cpu_share.map(|share| ("processor, bots", format!("{:.0} % of a core", share * 100.0))));
        if let (Some(all), Some(user)) = (self.server_cpu_us_per_client_tick, self.server_user_us_per_client_tick) {
            rows.push(("processor, server", format!("{all:.2} us a client-tick ({user:.2} user)")));
        }
        rows.extend(self.server_resident_kib.map(|kib| ("memory, server, most", format!("{kib} KiB"))));
        rows
    }
}

/// The table, the evidence of what went wrong, and the verdict.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.rows() {
            writeln!(f, "  {name:<32}{value}")?;
        }
        if self.shows_breakdown {
            writeln!(f, "  bytes of a client-tick, by what they were for:")?;
            for PartBytes { part, bytes_per_client_tick } in &self.breakdown {
                writeln!(f, "    {part:<36}{bytes_per_client_tick:.3}")?;
            }
        }
        let mut evidence = String::new();
        for line in self.differing_rows.iter().chain(&self.disconnect_reasons) {
            writeln!(evidence, "  {line}")?;
        }
        f.write_str(&evidence)?;
        for failure in &self.failures {
            writeln!(f, "  {failure}")?;
        }
        writeln!(f, "{}", self.verdict)
    }
}

/// The sentences of those demands that do not hold.
fn unmet<const N: usize>(demands: [(bool, String); N]) -> Vec<String> {
    demands.into_iter().filter(|(holds, _)| !holds).map(|(_, sentence)| sentence).collect()
}

fn quantile_ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1e3
}

/// Prints a report, writes it where it was asked for, and says how the process should end.
#[must_use]
pub fn conclude(report: Result<Report, SwarmError>, json: Option<&Path>) -> std::process::ExitCode {
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            complain!("{error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    output::show(&report.to_string());
    if let Some(Err(error)) = json.map(|path| report.write_json(path)) {
        complain!("{error}");
        return std::process::ExitCode::FAILURE;
    }
    output::conclude(if report.is_pass() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::SwarmArgs;

    /// The report of ten bots over ten seconds, after `harm` was done to what they counted.
    fn report(harm: impl FnOnce(&mut Tally)) -> Report {
        let args = SwarmArgs {
            tls_ca: None,
            secret: None,
            ticket_key: None,
            url: "ws://127.0.0.1:7700".to_string(),
            clients: 10,
            seconds: 10,
            verify_share: 0.1,
            json: None,
            breakdown: false,
            name_prefix: "bot".to_string(),
            ramp_per_second: 250,
            server_pid: None,
            cut_at: None,
            cut_share: 1.0,
        };
        let plan = Plan { args, warmup_seconds: 0, floor_hz: None };
        let measured = Measured {
            began: SystemTime::now(),
            seconds: 10.0,
            verifying: 1,
            server_cpu: Some(CpuSeconds { total: 0.03, ..CpuSeconds::default() }),
            server_resident_kib: None,
            server_own_kib: None,
            bots_cpu: None,
        };
        let mut tally = Tally { joined: 10, tick_hz: 30, updates: 3000, client_ticks: 3000, ..Tally::default() };
        (tally.payload_bytes_in, tally.wire_bytes_in) = (15_000, 177_000);
        tally.ticks_at_start = Some(auspice::message::TickReport { ticks: 100, ..Default::default() });
        tally.ticks_at_end = Some(auspice::message::TickReport { ticks: 400, ..Default::default() });
        harm(&mut tally);
        Report::new(&plan, &measured, &tally)
    }

    #[track_caller]
    fn fails(harm: impl FnOnce(&mut Tally), sentence: &str) {
        let report = report(harm);
        assert_eq!((report.verdict.as_str(), report.failures.as_slice()), ("FAIL", [sentence.to_string()].as_slice()));
    }

    #[test]
    fn a_faultless_run_passes_and_its_figures_are_by_client() {
        let report = report(|_| {});
        assert!(report.is_pass(), "{report}");
        assert!(report.to_string().ends_with("PASS\n"));
        let figures = (report.updates_per_second, report.payload_bytes_per_client_tick, report.wire_bytes_per_client_tick);
        assert_eq!(figures, (30.0, 5.0, 59.0));
        assert_eq!((report.payload_bytes_per_client_second, report.server_cpu_us_per_client_tick), (150.0, Some(10.0)));
    }

    #[test]
    fn each_fault_alone_fails_and_is_told() {
        fails(|tally| tally.joined = 9, "1 of 10 bots were not let in");
        fails(|tally| tally.divergences = 1, "1 views differed from what the server stated");
        fails(|tally| (tally.finding.violations, tally.finding.missing) = (1, 1), "2 entities were not what they should be");
        fails(|tally| tally.disconnects = 1, "1 connections ended too early");
        fails(|tally| tally.comebacks.away = 2, "2 bots did not come back");
        fails(|tally| tally.comebacks.count(auspice::Micros(5), false, true), "1 bots came back as somebody else");
        fails(
            |tally| tally.comebacks.count(auspice::Micros::from_millis(10_500), true, false),
            "the slowest bot was back after 10.5 s",
        );
        fails(|tally| tally.updates = 2800, "28.0 updates a second came, of 30.0");
        fails(|tally| tally.ticks_at_end.as_mut().unwrap().overruns = 4, "4 of 300 ticks of the server overran");
        fails(|tally| tally.inputs_at_end.missing = 16, "16 of 300 inputs were missing at their tick");
    }

    #[test]
    fn differing_rows_are_shown() {
        let report = report(|tally| {
            tally.divergences = 1;
            tally.keep_differing(["bot3: tick 7: 12v0 x held 4, stated 5".to_string()]);
        });
        assert!(report.to_string().contains("\n  bot3: tick 7: 12v0 x held 4, stated 5\n"), "{report}");
    }
}
