//! [`Tally`]: what all bots of a run count together. One thread has them all, so plain numbers do.

use auspice::Micros;
use auspice::message::{InputReport, TickReport};
use auspice_tcp::{SEGMENT_HEADERS, TcpCount};
use hdrhistogram::Histogram;

use crate::comeback::Comebacks;
use crate::driver::Finding;

/// Rows that differed, and reasons for lost connections, that are kept to be shown. The rest is counted.
const LINES_KEPT: usize = 40;
/// Longest duration told apart, in microseconds: a minute.
const DURATION_US_MAX: u64 = 60_000_000;
/// Bytes of a segment behind those headers on an Ethernet.
const SEGMENT_BYTES: u64 = 1448;

/// Phase of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Bots join, and settle.
    #[default]
    Joining,
    /// Measures: everything counts.
    Measuring,
    /// Reports what was measured.
    Reporting,
    /// Bots say goodbye.
    Leaving,
}

/// See the module. Sums are over all bots, and of the measured window alone where nothing else is said.
#[derive(Debug)]
pub struct Tally {
    /// The run's phase.
    pub phase: Phase,
    /// Number of times that the supervisor has asked for reports.
    pub reports_asked: u32,
    /// Bots that were welcomed, in the whole run.
    pub joined: usize,
    /// Ticks a second, as the welcome said; 0 before the first.
    pub tick_hz: u32,
    /// Ticks of an update, as the welcome said.
    pub send_every: u32,
    /// Why the first connection that was never made was not.
    pub refused: Option<String>,
    /// Bots that were not let in, and have given up.
    pub refusals: u64,
    /// Connections that ended before they should have, in the whole run.
    pub disconnects: u64,
    /// Their reasons, as many as are kept.
    pub disconnect_reasons: Vec<String>,
    /// Connections that were lost, and bots that came back.
    pub comebacks: Comebacks,
    /// Updates received.
    pub updates: u64,
    /// Ticks by which replicas went on.
    pub client_ticks: u64,
    /// WebSocket payload received.
    pub payload_bytes_in: u64,
    /// The same with all headers: see [`wire_bytes`].
    pub wire_bytes_in: u64,
    /// WebSocket payload sent.
    pub payload_bytes_out: u64,
    /// Inputs sent.
    pub inputs: u64,
    /// Bytes and segments of the bots' connections, as the kernel counted them.
    pub counted: TcpCount,
    /// Bots of which it counted them.
    pub counted_bots: u32,
    /// Entities held, summed over the updates of verifying bots.
    pub visible_sum: u64,
    /// Number of those updates.
    pub visible_samples: u64,
    /// The most that one held.
    pub visible_max: usize,
    /// Age of the newest state, in microseconds: see [`Lateness`](crate::lateness::Lateness).
    pub age_us: Histogram<u64>,
    /// Time from an update of a bot to its next, in microseconds.
    pub interval_us: Histogram<u64>,
    /// Lateness of the bots' own thread for what it had to do, in microseconds.
    pub own_lateness_us: Histogram<u64>,
    /// Time from sending an input to the update that acknowledges it, in microseconds.
    pub echo_us: Histogram<u64>,
    /// Time from an open socket to a view that is complete, in microseconds, in the whole run.
    pub join_us: Histogram<u64>,
    /// Payload of the welcomes of those joins.
    pub join_welcome_bytes: u64,
    /// Payload of the updates until then.
    pub join_update_bytes: u64,
    /// Entities held then.
    pub join_visible: u64,
    /// Views whose hash was not the stated one, in the whole run.
    pub divergences: u64,
    /// The rows that differed, as many as are kept.
    pub differing: Vec<String>,
    /// Findings of drivers, in the whole run.
    pub finding: Finding,
    /// The server's counts of inputs when the window began, summed over the bots that asked.
    pub inputs_at_start: InputReport,
    /// The same when it ended.
    pub inputs_at_end: InputReport,
    /// Reports of the server that came, in the whole run.
    pub reports_taken: usize,
    /// The server's ticks when the window began.
    pub ticks_at_start: Option<TickReport>,
    /// The server's ticks when it ended.
    pub ticks_at_end: Option<TickReport>,
    /// The server's bits by message part when the window began.
    pub bits_at_start: Vec<(String, u64)>,
    /// The same when it ended.
    pub bits_at_end: Vec<(String, u64)>,
}

impl Default for Tally {
    fn default() -> Self {
        let histogram = || Histogram::new_with_bounds(1, DURATION_US_MAX, 3).expect("these bounds should be valid");
        Self {
            phase: Phase::Joining,
            reports_asked: 0,
            joined: 0,
            tick_hz: 0,
            send_every: 1,
            refused: None,
            refusals: 0,
            disconnects: 0,
            disconnect_reasons: Vec::new(),
            comebacks: Comebacks::default(),
            updates: 0,
            client_ticks: 0,
            payload_bytes_in: 0,
            wire_bytes_in: 0,
            payload_bytes_out: 0,
            counted: TcpCount::default(),
            counted_bots: 0,
            inputs: 0,
            visible_sum: 0,
            visible_samples: 0,
            visible_max: 0,
            age_us: histogram(),
            interval_us: histogram(),
            own_lateness_us: histogram(),
            echo_us: histogram(),
            join_us: histogram(),
            join_welcome_bytes: 0,
            join_update_bytes: 0,
            join_visible: 0,
            divergences: 0,
            differing: Vec::new(),
            finding: Finding::default(),
            inputs_at_start: InputReport::default(),
            inputs_at_end: InputReport::default(),
            reports_taken: 0,
            ticks_at_start: None,
            ticks_at_end: None,
            bits_at_start: Vec::new(),
            bits_at_end: Vec::new(),
        }
    }
}

impl Tally {
    /// Whether what happens now counts.
    #[must_use]
    pub fn is_measuring(&self) -> bool {
        self.phase == Phase::Measuring
    }

    /// A message of `payload` bytes came.
    pub fn count_received(&mut self, payload: usize) {
        if self.is_measuring() {
            self.payload_bytes_in += payload as u64;
            self.wire_bytes_in += wire_bytes(payload as u64);
        }
    }

    /// An update came that took its replica on by `ticks`.
    pub fn count_update(&mut self, ticks: u32) {
        if self.is_measuring() {
            self.updates += 1;
            self.client_ticks += u64::from(ticks);
        }
    }

    /// A verifying bot holds `entities`.
    pub fn count_visible(&mut self, entities: usize) {
        if self.is_measuring() {
            self.visible_sum += entities as u64;
            self.visible_samples += 1;
            self.visible_max = self.visible_max.max(entities);
        }
    }

    /// An input went out in a message of `payload` bytes.
    pub fn count_sent(&mut self, payload: usize) {
        if self.is_measuring() {
            self.payload_bytes_out += payload as u64;
            self.inputs += 1;
        }
    }

    /// The kernel counted this of the connections of a bot.
    pub fn count_connections(&mut self, counted: TcpCount) {
        self.counted = self.counted + counted;
        self.counted_bots += 1;
    }

    /// The newest state was this old at some moment.
    pub fn count_age(&mut self, age: Micros) {
        if self.is_measuring() {
            self.age_us.saturating_record(age.0);
        }
    }

    /// The bots' thread was so late for what it had to do.
    pub(crate) fn count_own_lateness(&mut self, late: Micros) {
        if self.is_measuring() {
            self.own_lateness_us.saturating_record(late.0);
        }
    }

    /// An update came so long after the one before it.
    pub fn count_interval(&mut self, interval: Micros) {
        if self.is_measuring() {
            self.interval_us.saturating_record(interval.0);
        }
    }

    /// An input was acknowledged so long after it was sent.
    pub fn count_echo(&mut self, echo: Micros) {
        if self.is_measuring() {
            self.echo_us.saturating_record(echo.0);
        }
    }

    /// A bot's view was complete so long after its socket was open, after so many bytes of welcome and updates.
    pub fn count_join(&mut self, took: Micros, welcome_bytes: u64, update_bytes: u64, visible: usize) {
        self.join_us.saturating_record(took.0);
        self.join_welcome_bytes += welcome_bytes;
        self.join_update_bytes += update_bytes;
        self.join_visible += visible as u64;
    }

    /// A connection ended that should not have.
    pub fn count_disconnect(&mut self, name: &str, reason: &str) {
        self.disconnects += 1;
        if self.disconnect_reasons.len() < LINES_KEPT {
            self.disconnect_reasons.push(format!("{name}: {reason}"));
        }
    }

    /// Rows differed.
    pub fn keep_differing(&mut self, lines: impl IntoIterator<Item = String>) {
        let room = LINES_KEPT - self.differing.len();
        self.differing.extend(lines.into_iter().take(room));
    }

    /// The driver of a verifying bot compared.
    pub fn count_finding(&mut self, finding: Finding) {
        self.finding.compared += finding.compared;
        self.finding.violations += finding.violations;
        self.finding.missing += finding.missing;
    }

    /// A bot has another connection, whose inputs the server counts from nothing: what it said when the
    /// window began counts no more.
    pub fn forget_inputs(&mut self, inputs: &InputReport) {
        let sum = &mut self.inputs_at_start;
        sum.received = sum.received.saturating_sub(inputs.received);
        sum.late = sum.late.saturating_sub(inputs.late);
        sum.early = sum.early.saturating_sub(inputs.early);
        sum.missing = sum.missing.saturating_sub(inputs.missing);
        sum.repeated = sum.repeated.saturating_sub(inputs.repeated);
    }

    /// A report of the server came to a bot.
    pub fn take_report(&mut self, ticks: TickReport, inputs: InputReport, bits: Vec<(String, u64)>) {
        let (sum, last, last_bits) = if self.phase == Phase::Reporting {
            (&mut self.inputs_at_end, &mut self.ticks_at_end, &mut self.bits_at_end)
        } else {
            (&mut self.inputs_at_start, &mut self.ticks_at_start, &mut self.bits_at_start)
        };
        sum.received += inputs.received;
        sum.late += inputs.late;
        sum.early += inputs.early;
        sum.missing += inputs.missing;
        sum.repeated += inputs.repeated;
        *last = Some(ticks);
        *last_bits = bits;
        self.reports_taken += 1;
    }
}

/// Bytes on the wire of a message with `payload` bytes from a server: the WebSocket frame's header (2, 4 or
/// 10 bytes, no mask), and 52 bytes of TCP/IPv4 for each segment: 54 bytes above a small payload.
/// Acknowledgements on their own are not counted: the kernel's count ([`Tally::counted`]) has them.
#[must_use]
pub fn wire_bytes(payload: u64) -> u64 {
    let header = match payload {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => 10,
    };
    let frame = payload + header;
    frame + frame.div_ceil(SEGMENT_BYTES) * SEGMENT_HEADERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_message_costs_54_bytes_more_than_its_payload() {
        assert_eq!(wire_bytes(0), 54);
        assert_eq!(wire_bytes(125), 179);
        assert_eq!(wire_bytes(126), 126 + 56);
        assert_eq!(wire_bytes(1444), 1444 + 4 + 52);
        assert_eq!(wire_bytes(1445), 1445 + 4 + 104);
    }

    #[test]
    fn only_the_window_counts_but_differences_always_do() {
        let mut tally = Tally::default();
        tally.count_received(10);
        tally.count_update(1);
        tally.count_finding(Finding { compared: 3, violations: 1, missing: 0 });
        assert_eq!((tally.payload_bytes_in, tally.updates, tally.finding.violations), (0, 0, 1));
        tally.phase = Phase::Measuring;
        tally.count_received(10);
        tally.count_update(2);
        assert_eq!((tally.payload_bytes_in, tally.wire_bytes_in, tally.client_ticks), (10, 64, 2));
    }
}
