//! Sections of a server to which something happens, over real sockets.

use auspice_bots::report::Report;
use serde_json::json;

use super::figure::{Figure, Goal};
use super::fit::median;
use super::runs::{self, Plan, Run, Sleeper};
use super::{Findings, Scale};
use crate::stall::Stall;
use crate::tick_log::TickLog;

/// Bytes that may wait for a client that has stopped reading.
const QUEUED_BYTES_MAX: f64 = 8192.0;

/// Has one client of 500 stop reading for five seconds, again and again.
pub(super) fn stall(scale: &Scale) -> Result<Findings, String> {
    let (rounds, seconds) = (scale.pick(6, 1), scale.pick(5, 2));
    let plan = scale.plan(500);
    // Room for the one that stalls and for its witness, and time for all rounds.
    let plan = Plan { entities: plan.clients + 2, warmup: 1, seconds: rounds * seconds * 2 + scale.pick(8, 2), ..plan };
    let server = plan.serve()?;
    let swarm = plan.swarm(&server, false)?;
    std::thread::sleep(std::time::Duration::from_secs(scale.pick(4, 1).into()));
    let (address, rounds, seconds) = (server.address.to_string(), rounds.to_string(), seconds.to_string());
    let stalls: Vec<Stall> =
        runs::client("stall", &["--server", &address, "--rounds", &rounds, "--seconds", &seconds])?;
    let report = swarm.finish()?;
    let ticks = server.stop()?;

    let waited = report.figures.server_waited_share.into_iter().collect();
    let mut findings = Findings { faults: report.verdict.faults.clone(), waited, ..Findings::default() };
    let work = |from: f64, to: f64, quantile: f64| ticks.between(from, to).work_ms(quantile);
    let ratios = |quantile: f64| -> Vec<f64> {
        let ratio = |stall: &Stall| {
            work(stall.stalled_from, stall.resumed, quantile) / work(stall.played_from, stall.stalled_from, quantile)
        };
        stalls.iter().map(ratio).collect()
    };
    let queued: Vec<f64> = stalls.iter().filter_map(|stall| stall.queued_bytes).map(|bytes| bytes as f64).collect();
    let period_ms = 1000.0 / f64::from(plan.hz);
    findings.figures = vec![
        Figure::new(
            "a stall: ticks that one in a hundred exceeds, by those without",
            "×",
            &ratios(0.99),
            "Duration of the server's ticks while one of its clients reads nothing, by the duration in the seconds \
             before. Median of rounds.",
        )
        .to_be(Goal::AtMost(1.02, None)),
        Figure::new(
            "a stall: half of the ticks, by those without",
            "×",
            &ratios(0.5),
            "The same for the tick in the middle, which is less at the mercy of the machine.",
        ),
        Figure::new(
            "a stall: bytes queued for the client",
            "B",
            &queued,
            "Unsent, under way or unread in the kernel when it goes on, by `/proc/net/tcp`.",
        )
        .to_be(Goal::AtMost(QUEUED_BYTES_MAX, None)),
        Figure::new(
            "a stall: age of the first new state",
            "ticks",
            &stalls.iter().map(|stall| f64::from(stall.first_age_ticks)).collect::<Vec<_>>(),
            "How far the first update that was not already under way lies behind what a client beside it holds.",
        )
        .to_be(Goal::AtMost(2.0, None)),
        Figure::new(
            "a stall: as new as the others after",
            "ticks",
            &stalls.iter().map(|stall| stall.current_after_ms / period_ms).collect::<Vec<_>>(),
            "From going on to holding the same tick as a client that never stopped.",
        ),
    ];
    findings.data = json!({ "stalls": stalls, "clients": report });
    Ok(findings)
}

/// Clients join one after the other, then on fresh servers a thousand within a second, again and again.
pub(super) fn storm(scale: &Scale) -> Result<Findings, String> {
    let plan = scale.plan(1000);
    let mut findings = Findings::default();
    // Three clients in two ticks, so that they come at every moment of a tick.
    let calm = Plan { clients: scale.pick(250, 12), ramp: 45, warmup: 0, seconds: 1, verify_share: 1.0, ..plan };
    let calm = calm.run()?;
    findings.check(&calm);
    let plan = Plan { ramp: plan.clients, warmup: 1, seconds: scale.pick(4, 1), verify_share: 0.1, ..plan };
    let (mut during, mut steady, mut reports) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=scale.pairs(5) {
        let run = plan.run()?;
        findings.check(&run);
        let storm = storm_of(&run.all_ticks, plan.clients as usize);
        during.push(storm.work_ms(0.99));
        steady.push(run.ticks.work_ms(0.99));
        super::note(&format!(
            "storm {number}: {} ticks, all but one in a hundred within {:.1} ms, later {:.1} ms; complete after {:.0} \
             ms, all but one in a hundred {:.0} ms",
            storm.0.len(),
            storm.work_ms(0.99),
            run.ticks.work_ms(0.99),
            run.report.figures.join_p50_ms,
            run.report.figures.join_p99_ms
        ));
        reports.push(run.report);
    }
    findings.figures = figures_of_storms(plan, &calm, &reports, (during, steady));
    findings.data = json!(reports);
    Ok(findings)
}

/// Bytes of a join's updates, by those of full rows of what they show.
fn by_full_rows(report: &Report) -> f64 {
    report.figures.join_update_bytes / (report.figures.join_visible * row_bits() / 8.0)
}

/// Figures of joins one after the other and of storms, with the milliseconds of the server's ticks that one in a
/// hundred exceeds, during each storm and after it.
fn figures_of_storms(
    plan: Plan,
    calm: &Run,
    reports: &[Report],
    (during, steady): (Vec<f64>, Vec<f64>),
) -> Vec<Figure> {
    let period_ms = 1000.0 / f64::from(plan.hz);
    let of = |figure: fn(&Report) -> f64| reports.iter().map(figure).collect::<Vec<_>>();
    vec![
        Figure::new(
            "a join: complete view, half of the clients",
            "ticks",
            &[calm.report.figures.join_p50_ms / period_ms],
            "From an open WebSocket to holding all that there is to see, with 45 joins in a second. The hello waits \
             for the next tick, which answers it and shows the world.",
        ),
        Figure::new(
            "a join: complete view, all clients but one in a hundred",
            "ticks",
            &[calm.report.figures.join_p99_ms / period_ms],
            "The same.",
        )
        .to_be(Goal::AtMost(2.0, None)),
        Figure::new(
            "a storm: complete view, half of the clients",
            "ticks",
            &of(|report| report.figures.join_p50_ms).iter().map(|ms| ms / period_ms).collect::<Vec<_>>(),
            "The same with a thousand joins in a second.",
        ),
        Figure::new(
            "a storm: complete view, all clients but one in a hundred",
            "ticks",
            &of(|report| report.figures.join_p99_ms).iter().map(|ms| ms / period_ms).collect::<Vec<_>>(),
            "The same.",
        )
        .to_be(Goal::AtMost(2.0, None)),
        Figure::new(
            "a join: bytes by those of full rows",
            "×",
            &of(by_full_rows),
            format!(
                "Payload of the updates until the view is complete, by the entities in it at {:.0} bits, as many as a \
                 row of the field table has.",
                row_bits()
            ),
        )
        .to_be(Goal::AtMost(1.2, None)),
        Figure::new(
            "a join: the welcome",
            "B",
            &of(|report| report.figures.join_welcome_bytes),
            "The message before those updates: terms, rules, seat.",
        ),
        Figure::new(
            "a storm: ticks that one in a hundred exceeds, by later ones",
            "×",
            &during.iter().zip(&steady).map(|(during, steady)| during / steady).collect::<Vec<_>>(),
            "Duration of the server's ticks from the first join to the last, by the duration once all play.",
        )
        .to_be(Goal::AtMost(1.5, None)),
        Figure::new(
            "a storm: longest tick",
            "ms",
            &[median(during)],
            "All but one in a hundred, from the first join to the last.",
        ),
    ]
}

/// The ticks from the first client's coming to the last one's, and the two in which the last are shown the world.
fn storm_of(ticks: &TickLog, clients: usize) -> TickLog {
    let ticks = &ticks.0;
    let from = ticks.iter().position(|tick| tick.clients > 0).unwrap_or(ticks.len());
    let to = ticks.iter().position(|tick| tick.clients >= clients).unwrap_or(ticks.len());
    TickLog(ticks[from..(to + 3).min(ticks.len()).max(from)].to_vec())
}

/// Bits of a body's row, by the ranges of its fields.
fn row_bits() -> f64 {
    use auspice::Replicate as _;
    let fields = auspice_workloads::w1::motion::Body::KINDS[0].fields.iter();
    let bits = fields.flat_map(|field| {
        (0..field.quantity.columns()).map(|column| {
            let values = i64::from(field.quantity.max(column)) - i64::from(field.quantity.min(column)) + 1;
            64 - (values as u64 - 1).leading_zeros()
        })
    });
    f64::from(bits.sum::<u32>())
}

/// Measures how late ticks begin, beside a program that only sleeps, on the same core at the same time.
pub(super) fn schedule(scale: &Scale) -> Result<Findings, String> {
    let plan = Plan { seconds: scale.pick(20, 1), warmup: scale.pick(2, 0), ..scale.plan(100) };
    let server = plan.serve()?;
    // Another rhythm, so that neither is always in the other's way.
    let sleeper = Sleeper::start(plan.hz - 1)?;
    let report = plan.swarm(&server, false)?.finish()?;
    let (from, to) = (report.figures.began_unix_seconds, report.figures.began_unix_seconds + report.figures.seconds);
    let (server, sleeper) = (server.stop()?.between(from, to), sleeper.stop()?.between(from, to));
    let mut findings = Findings { faults: report.verdict.faults, ..Findings::default() };
    findings.figures = vec![
        Figure::new(
            "tick start lateness by a bare sleeper's, one in a hundred",
            "×",
            &[server.late_us(0.99) / sleeper.late_us(0.99)],
            format!(
                "How late the server's ticks begin with {} clients, by how late a program wakes that sleeps until \
                 absolute deadlines on the same core at the same time. All but one in a hundred are no later.",
                plan.clients
            ),
        )
        .to_be(Goal::AtMost(1.2, None)),
        Figure::new(
            "server's ticks begin late by, half of them",
            "us",
            &[server.late_us(0.5)],
            "The last part of the wait is spent awake.",
        ),
        Figure::new(
            "server's ticks begin late by, all but one in a hundred",
            "us",
            &[server.late_us(0.99)],
            "The same.",
        ),
        Figure::new(
            "a bare sleeper wakes late by, half of the times",
            "us",
            &[sleeper.late_us(0.5)],
            "The kernel's own slack is 50 us.",
        ),
        Figure::new(
            "a bare sleeper wakes late by, all but one in a hundred",
            "us",
            &[sleeper.late_us(0.99)],
            "The same.",
        ),
    ];
    findings.data = json!({ "ticks": server.0.len(), "wakes": sleeper.0.len() });
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tick_log::LoggedTick;

    #[test]
    fn a_storm_lasts_from_the_first_client_to_the_last() {
        let tick = |clients| LoggedTick { due: 0.0, late_us: 0.0, work_us: 0.0, clients, is_saved: false };
        let log = TickLog([0, 0, 1, 5, 9, 10, 10, 10, 10].map(tick).to_vec());
        assert_eq!(storm_of(&log, 10).0.iter().map(|tick| tick.clients).collect::<Vec<_>>(), [1, 5, 9, 10, 10, 10]);
        assert!(storm_of(&TickLog::default(), 10).0.is_empty());
        assert_eq!(storm_of(&log, 11).0.len(), 7);
    }

    #[test]
    fn a_row_of_w1_has_its_fields_bits() {
        // Two of 21 and two of 16 bits, 16, 7 and 3.
        assert_eq!(row_bits(), 2.0 * 21.0 + 2.0 * 16.0 + 16.0 + 7.0 + 3.0);
    }
}
