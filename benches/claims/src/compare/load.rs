//! Sections of a server under a steady load, over real sockets.

use serde_json::json;

use super::figure::{Figure, Goal};
use super::fit::{exponent, median};
use super::paired::paired;
use super::plot::{Bin, Histogram, Line, Lines, Plot};
use super::runs::{Plan, Run};
use super::sending::SendingTerms;
use super::{Findings, Scale};
use crate::role::World;
use crate::tick_log::TickLog;

/// W1 with 1000 clients, in pairs with the floor.
pub(super) fn floor(scale: &Scale) -> Result<Findings, String> {
    let plan = scale.plan(1000);
    let mut findings = Findings::default();
    let pairs = pairs(&plan, scale.pairs, scale, &mut findings)?;
    Ok(findings_of_pairs(findings, &pairs, plan))
}

/// Findings of pairs of a server and the floor.
fn findings_of_pairs(mut findings: Findings, pairs: &[(Run, Run)], plan: Plan) -> Findings {
    let of_server = |figure: fn(&Run) -> f64| pairs.iter().map(|(server, _)| figure(server)).collect::<Vec<_>>();
    let of_floor = |figure: fn(&Run) -> f64| pairs.iter().map(|(_, floor)| figure(floor)).collect::<Vec<_>>();
    let half: fn(&Run) -> f64 = |run| run.ticks.work_ms(0.5);
    let most: fn(&Run) -> f64 = |run| run.ticks.work_ms(0.99);
    findings.figures = vec![
        Figure::new(
            "W1 payload of a client-tick",
            "B",
            &of_server(|run| run.report.figures.payload_bytes_per_client_tick),
            format!(
                "WebSocket payload that one client receives for one tick, headers inside; {:.1} entities in view.",
                pairs[0].0.report.figures.visible_mean
            ),
        )
        .to_be(Goal::AtMost(5.0, Some(4.0))),
        Figure::new(
            "W1 on the wire, a client-tick",
            "B",
            &of_server(|run| run.report.figures.wire_bytes_per_client_tick),
            "The same with the headers of WebSocket, TCP and IP: 54 B of every message.",
        ),
        Figure::new(
            "W1 processor time by the floor's",
            "×",
            &pairs.iter().map(|(server, floor)| server.cpu_us() / floor.cpu_us()).collect::<Vec<_>>(),
            "Processor time of the server's process for a client-tick, user and system, by that of a program which \
             reads each socket once right before it writes it, and does nothing else. Median of pairs of runs.",
        )
        .to_be(Goal::AtMost(1.25, Some(1.1))),
        Figure::new("server, processor time of a client-tick", "us", &of_server(Run::cpu_us), "User and system."),
        Figure::new(
            "server, of which in its own code",
            "us",
            &of_server(Run::user_us),
            "The kernel tells exactly how long a process ran, but only samples how much of that was in its own code.",
        ),
        Figure::new("floor, processor time of a client-tick", "us", &of_floor(Run::cpu_us), "User and system."),
        Figure::new("floor, of which in its own code", "us", &of_floor(Run::user_us), "As above."),
        Figure::new("server's tick, half of them", "ms", &of_server(half), "From waking to the last write."),
        Figure::new("server's tick, all but one in a hundred", "ms", &of_server(most), "The same."),
        Figure::new("floor's tick, half of them", "ms", &of_floor(half), "The same."),
        Figure::new("floor's tick, all but one in a hundred", "ms", &of_floor(most), "The same."),
        Figure::new(
            "memory of a connected client",
            "KiB",
            &of_server(Run::kib_per_client),
            "What the server's process has of its own (heap and stacks: `RssAnon`) with all clients, less what it had \
             with none, for one client. The kernel's socket buffers are not in it.",
        )
        .to_be(Goal::AtMost(4.0, Some(1.0))),
    ];
    findings.plots.push(tick_histogram(pairs));
    let compared: u64 = pairs.iter().map(|(server, _)| server.report.figures.entities_compared).sum();
    findings.remarks.push(format!("{compared} entities were compared with a second run of the world; {} were off.", {
        pairs.iter().map(|(server, _)| server.report.figures.tolerance_violations).sum::<u64>()
    }));
    let reports = pairs.iter().map(|(server, floor)| json!({ "server": server.report, "floor": floor.report }));
    findings.data = json!({ "clients": plan.clients, "pairs": reports.collect::<Vec<_>>() });
    findings
}

/// Pairs of runs: server, then floor with the payload that the server had.
pub(super) fn pairs(
    plan: &Plan,
    count: u32,
    scale: &Scale,
    findings: &mut Findings,
) -> Result<Vec<(Run, Run)>, String> {
    let run = |_| {
        let server = plan.run()?;
        let floor = plan.run_floor(server.report.figures.payload_bytes_per_client_tick)?;
        Ok((server, floor))
    };
    paired(count, scale, findings, run, |server, floor| {
        let ([server_us, server_user], [floor_us, floor_user]) =
            ([server.cpu_us(), server.user_us()], [floor.cpu_us(), floor.user_us()]);
        let bytes = server.report.figures.payload_bytes_per_client_tick;
        format!(
            "server {server_us:.2} us a client-tick ({server_user:.2} user), {bytes:.2} B; floor {floor_us:.2} \
             ({floor_user:.2})"
        )
    })
}

/// Histogram of the length of ticks, server and floor.
fn tick_histogram(pairs: &[(Run, Run)]) -> Plot {
    const BINS: usize = 40;
    let all = |log: fn(&(Run, Run)) -> &TickLog| {
        pairs.iter().map(log).fold(TickLog::default(), |mut sum, ticks| {
            sum.extend(ticks);
            sum
        })
    };
    let (server, floor) = (all(|pair| &pair.0.ticks), all(|pair| &pair.1.ticks));
    // What is slower than nearly all others says more of the machine than of the program.
    let longest = server.work_ms(0.995).max(floor.work_ms(0.995)).max(0.1);
    let width = longest / BINS as f64;
    let count = |log: &TickLog| -> Vec<f64> {
        let mut counts = vec![0.0; BINS];
        for tick in &log.0 {
            counts[((tick.work_us / 1e3 / width) as usize).min(BINS - 1)] += 100.0 / log.0.len() as f64;
        }
        counts
    };
    let (server, floor) = (count(&server), count(&floor));
    let bins = (0..BINS).map(|bin| Bin { from: bin as f64 * width, shares: [server[bin], floor[bin]] }).collect();
    Plot::Histogram(Histogram {
        file: "tick-histogram.svg",
        title: format!("Duration of a tick, {} clients", pairs[0].0.report.figures.clients),
        x: "ms from waking to the last write (the last bar: longer)",
        y: "% of ticks",
        names: ["Auspice", "bare sockets"],
        width,
        bins,
    })
}

/// W1 at 60 ticks a second, in pairs with 30.
pub(super) fn rate(scale: &Scale, sending: SendingTerms) -> Result<Findings, String> {
    let slow = sending.plan(scale.plan(500));
    let fast = Plan { hz: 60, ..slow };
    let mut findings = Findings::default();
    let (mut payload, mut cpu, mut reports) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=scale.pairs(3) {
        let (slow, fast) = (slow.run()?, fast.run()?);
        findings.check(&slow);
        findings.check(&fast);
        payload.push(
            fast.report.figures.payload_bytes_per_client_second / slow.report.figures.payload_bytes_per_client_second,
        );
        cpu.push(fast.cpu_share() / slow.cpu_share());
        super::note(&format!(
            "pair {number}: payload {:.3}, processor {:.3}",
            payload[payload.len() - 1],
            cpu[cpu.len() - 1]
        ));
        reports.push(json!({ "hz_30": slow.report, "hz_60": fast.report }));
    }
    findings.figures = vec![
        Figure::new(
            sending.pick("W1 payload in a second, 60 Hz by 30 Hz", "W1-quiet payload in a second, 60 Hz by 30 Hz"),
            "×",
            &payload,
            "What can be foreseen costs nothing, however often.",
        )
        .to_be(Goal::AtMost(1.3, Some(1.15))),
        Figure::new(
            sending.pick(
                "W1 processor time in a second, 60 Hz by 30 Hz",
                "W1-quiet processor time in a second, 60 Hz by 30 Hz",
            ),
            "×",
            &cpu,
            sending.pick(
                "Twice the reads and writes.",
                "Patience is as long a time, so twice the ticks send about as many messages.",
            ),
        )
        .to_be(sending.pick(Goal::AtMost(2.05, None), Goal::AtMost(1.25, Some(1.1)))),
    ];
    findings.data = json!(reports);
    Ok(findings)
}

/// W1 and the floor with more and more clients.
pub(super) fn clients(scale: &Scale, sending: SendingTerms) -> Result<Findings, String> {
    let counts: &[u32] = if scale.is_quick { &[200, 800] } else { &[250, 500, 1000, 2000, 3000, 4000] };
    let mut findings = Findings::default();
    let mut runs = Vec::new();
    for &count in counts {
        // The more clients, the fewer of them verify: whoever verifies runs the world, and their core is the
        // one that is short.
        let plan = sending.plan(scale.plan(count));
        let plan = Plan { verify_share: (25.0 / f64::from(count)).min(0.05), seconds: scale.pick(6, 1), ..plan };
        let pair = plan
            .run()
            .and_then(|server| Ok((plan.run_floor(server.report.figures.payload_bytes_per_client_tick)?, server)));
        let (floor, server) = match pair {
            Ok(pair) => pair,
            Err(sentence) if runs.is_empty() => return Err(sentence),
            Err(sentence) => {
                // What fewer clients showed is not lost.
                findings.remarks.push(format!("With {} clients there are no figures: {sentence}.", plan.clients));
                break;
            }
        };
        findings.check(&server);
        super::note(&format!(
            "{} clients: server {:.2} us, tick {:.1} ms, clients' core {:.0} %; floor {:.2} us, {:.1} ms, {:.0} %",
            plan.clients,
            server.cpu_us(),
            server.ticks.work_ms(0.99),
            server.report.figures.bots_cpu_share.unwrap_or(0.0) * 100.0,
            floor.cpu_us(),
            floor.ticks.work_ms(0.99),
            floor.report.figures.bots_cpu_share.unwrap_or(0.0) * 100.0,
        ));
        runs.push((server, floor));
    }
    Ok(findings_of_clients(findings, &runs, sending))
}

/// Findings of runs of a server and the floor with more and more clients, beside what was found meanwhile.
fn findings_of_clients(mut findings: Findings, runs: &[(Run, Run)], sending: SendingTerms) -> Findings {
    let sound: Vec<_> = runs.iter().filter(|(server, floor)| server.is_servers() && floor.is_servers()).collect();
    let held = |side: fn(&(Run, Run)) -> &Run| clients_held(sound.iter().map(|pair| side(pair)));
    let (server_held, floor_held) = (held(|pair| &pair.0), held(|pair| &pair.1));
    let cpu = |side: fn(&(Run, Run)) -> &Run| -> Vec<(f64, f64)> {
        sound
            .iter()
            .map(|pair| side(pair))
            .map(|run| (f64::from(run.report.figures.clients), run.cpu_share()))
            .collect()
    };
    findings.figures = vec![
        Figure::new(
            sending.pick("exponent of processor time in clients", "W1-quiet exponent of processor time in clients"),
            "",
            &[exponent(&cpu(|pair| &pair.0)).unwrap_or(f64::NAN)],
            "Of the server's processor time in a second, as many bodies as clients, at W1's density. 1 is \
             proportional.",
        )
        .to_be(Goal::AtMost(1.05, None)),
        Figure::new(
            "the floor's exponent",
            "",
            &[exponent(&cpu(|pair| &pair.1)).unwrap_or(f64::NAN)],
            "The machine's own.",
        ),
        Figure::new(
            sending.pick(
                "clients held on a core at 30 Hz, by the floor's",
                "W1-quiet clients held on a core, by the floor's",
            ),
            "×",
            &[server_held / floor_held],
            "As many clients as let all but one tick in a hundred be done in half a period.",
        )
        .to_be(sending.pick(Goal::AtLeast(0.8, Some(0.9)), Goal::AtLeast(1.6, Some(2.0)))),
        Figure::new(
            "clients held, server, extrapolated",
            "",
            &[server_held.round()],
            "The tick that one in a hundred exceeds is taken to grow in proportion to clients from the three largest \
             runs.",
        ),
        Figure::new("clients held, floor, extrapolated", "", &[floor_held.round()], "The same."),
    ];
    if let Some((server, floor)) = runs.iter().find(|(server, floor)| !(server.is_servers() && floor.is_servers())) {
        let busy = |run: &Run| run.report.figures.bots_cpu_share.unwrap_or(0.0) * 100.0;
        findings.remarks.push(format!(
            "From {} clients on the clients themselves no longer kept up: they took {:.0} % of their core beside the \
             server and {:.0} % beside the floor, and got {:.1} and {:.1} updates a second. Nothing is worked out \
             from those runs.",
            server.report.figures.clients,
            busy(server),
            busy(floor),
            server.report.figures.updates_per_second,
            floor.report.figures.updates_per_second
        ));
    }
    findings.plots.push(cpu_by_clients(&sound, sending));
    findings.data = json!(
        runs.iter()
            .map(|(server, floor)| json!({ "server": server.report, "floor": floor.report }))
            .collect::<Vec<_>>()
    );
    findings
}

/// Clients that a core holds: as many as a tick has time for, at what the tick of the runs with the most
/// clients took for each.
fn clients_held<'a>(runs: impl Iterator<Item = &'a Run>) -> f64 {
    let mut each: Vec<f64> = runs
        .map(|run| {
            let half_period_ms = 500.0 / f64::from(run.report.figures.tick_hz);
            half_period_ms / run.ticks.work_ms(0.99) * f64::from(run.report.figures.clients)
        })
        .collect();
    // With few clients one hiccup of the machine is worth a thousand of them.
    let large = each.split_off(each.len().saturating_sub(3));
    median(large)
}

fn cpu_by_clients(runs: &[&(Run, Run)], sending: SendingTerms) -> Plot {
    let line = |name, side: fn(&(Run, Run)) -> &Run| Line {
        name,
        points: runs
            .iter()
            .map(|pair| side(pair))
            .map(|run| (f64::from(run.report.figures.clients), run.cpu_us()))
            .collect(),
    };
    Plot::Lines(Lines {
        file: sending.pick("cpu-by-clients.svg", "quiet-cpu-by-clients.svg"),
        title: "Processor time of a client-tick".to_string(),
        x: "clients",
        y: "us, user and system",
        lines: vec![
            line(sending.pick("Auspice on W1", "Auspice on W1-quiet"), |pair| &pair.0),
            line("bare sockets", |pair| &pair.1),
        ],
    })
}

/// W2 on a fresh server.
pub(super) fn w2(scale: &Scale) -> Result<Findings, String> {
    let plan = scale.plan(500);
    let plan = Plan { world: World::W2, entities: scale.pick(1000, 50), seconds: scale.pick(20, 1), ..plan };
    let run = plan.run()?;
    let mut findings = Findings::default();
    findings.check(&run);
    let each = run.report.figures.payload_bytes_per_client_tick / run.report.figures.visible_mean;
    findings.figures = vec![
        Figure::new(
            "W2 payload of a visible entity and update",
            "B",
            &[each],
            format!(
                "Payload of a client-tick by the {:.1} entities in view, in the {} s after the first {} of a fresh \
                 server: W2's wells gather discs, so a figure of it means something only with its moment.",
                run.report.figures.visible_mean,
                plan.seconds,
                plan.warmup + 1
            ),
        )
        .to_be(Goal::AtMost(0.7, Some(0.4))),
        Figure::new(
            "W2 payload of a client-tick",
            "B",
            &[run.report.figures.payload_bytes_per_client_tick],
            "Everything inside.",
        ),
        Figure::new("W2 processor time of a client-tick", "us", &[run.cpu_us()], "User and system, with 500 clients."),
    ];
    findings.remarks.push(format!(
        "{} entities were compared with the true world; {} were off by more than the workload allows.",
        run.report.figures.entities_compared, run.report.figures.tolerance_violations
    ));
    findings.data = json!(run.report);
    Ok(findings)
}

/// A thousand bodies within sight of each other, each with a client.
pub(super) fn crowd(scale: &Scale, sending: SendingTerms) -> Result<Findings, String> {
    // The diagonal is just shorter than W1's radius.
    let plan = Plan { side: Some(70.0), verify_share: 0.005, ..sending.plan(scale.plan(1000)) };
    let mut findings = Findings::default();
    let pairs = pairs(&plan, scale.pairs(3), scale, &mut findings)?;
    findings.figures = vec![
        Figure::new(
            sending.pick("crowd, processor time by the floor's", "a quiet crowd, processor time by the floor's"),
            "×",
            &pairs.iter().map(|(server, floor)| server.cpu_us() / floor.cpu_us()).collect::<Vec<_>>(),
            format!(
                "W1 with {} bodies on a square of 70 m, so that each client sees all; the floor's messages are as \
                 long.",
                plan.entities
            ),
        )
        .to_be(sending.pick(Goal::AtMost(2.0, Some(1.5)), Goal::AtMost(1.1, None))),
        Figure::new(
            sending.pick("crowd, payload of a client-tick", "a quiet crowd, payload of a client-tick"),
            "B",
            &pairs.iter().map(|(server, _)| server.report.figures.payload_bytes_per_client_tick).collect::<Vec<_>>(),
            "Everything inside.",
        )
        .to_be(Goal::AtMost(150.0, Some(100.0))),
        Figure::new(
            sending.pick(
                "crowd, server's processor time of a client-tick",
                "a quiet crowd, server's processor time of a client-tick",
            ),
            "us",
            &pairs.iter().map(|(server, _)| server.cpu_us()).collect::<Vec<_>>(),
            "User and system.",
        ),
    ];
    findings.data = json!(
        pairs
            .iter()
            .map(|(server, floor)| json!({ "server": server.report, "floor": floor.report }))
            .collect::<Vec<_>>()
    );
    Ok(findings)
}
