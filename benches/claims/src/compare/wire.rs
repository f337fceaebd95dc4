//! Bytes and packets on a cable between two networks, with TCP's acknowledgements that ride on no message.

use serde_json::{Value, json};

use super::figure::{Figure, Goal};
use super::runs::{Plan, Run};
use super::samples::Sampler;
use super::sending::SendingTerms;
use super::veth::VethPair;
use super::{Findings, Scale, note};
use crate::role::World;

/// Traffic of a client in a second: IP bytes, packets, and messages that our programs sent.
#[derive(Clone, Copy, Debug)]
struct Traffic {
    bytes: f64,
    packets: f64,
    messages: f64,
}

impl Traffic {
    /// Packets that carried no message, if each message was one packet.
    const fn alone(self) -> f64 {
        self.packets - self.messages
    }

    fn json(self) -> Value {
        json!({ "ip_bytes": self.bytes, "packets": self.packets, "messages": self.messages })
    }
}

/// Traffic of a run: down, up.
struct CableCount {
    run: Run,
    down: Traffic,
    up: Traffic,
}

/// Plays `plan` over a cable, and counts what goes over it.
fn count(plan: &Plan, cable: &VethPair) -> Result<CableCount, String> {
    let ends = cable.ends();
    let sampler = Sampler::start(move || ends.counted());
    let run = Plan { cable: Some(ends), ..*plan }.run();
    let sampled = sampler.finish();
    let run = run?;
    let figures = &run.report.figures;
    let (from, clients) = (figures.began_unix_seconds, f64::from(figures.clients.max(1)));
    let grown = sampled.between(from, from + figures.seconds);
    let [down_bytes, down_packets, up_bytes, up_packets] = grown.map(|sum| sum / figures.seconds / clients);
    let down = Traffic { bytes: down_bytes, packets: down_packets, messages: figures.updates_per_second };
    let up = Traffic { bytes: up_bytes, packets: up_packets, messages: figures.inputs_per_second };
    note(&format!(
        "{:?}, patience {}: down {:.0} B, {:.1} packets, {:.1} messages; up {:.0} B, {:.1}, {:.1}",
        plan.world, plan.patience, down.bytes, down.packets, down.messages, up.bytes, up.packets, up.messages
    ));
    Ok(CableCount { run, down, up })
}

/// W1 with 1000 clients and the demo with 500, with patience and without.
pub(super) fn wire(scale: &Scale) -> Result<Findings, String> {
    let cable = match VethPair::new() {
        Ok(cable) => cable,
        Err(why) => return Ok(Findings::none_here(&why)),
    };
    let mut findings = Findings::default();
    let mut count = |plan: Plan| {
        let counted = count(&plan, &cable)?;
        findings.check(&counted.run);
        Ok::<_, String>(counted)
    };
    let strict = scale.plan(1000);
    let demo = Plan { world: World::Demo, ..scale.plan(500) };
    let patient = |plan: Plan| SendingTerms::Patient.plan(plan);
    let (quiet, strict) = (count(patient(strict))?, count(strict)?);
    let (quiet_demo, demo) = (count(patient(demo))?, count(demo)?);
    findings.figures = figures(&quiet, &strict);
    findings.figures.extend([
        Figure::new(
            "the demo down, by without patience",
            "×",
            &[quiet_demo.down.bytes / demo.down.bytes],
            format!("Bytes of {} bots that play the demo, counted alike.", demo.run.report.figures.clients),
        )
        .to_be(Goal::AtMost(0.75, Some(0.6))),
        Figure::new("the demo up, by without patience", "×", &[quiet_demo.up.bytes / demo.up.bytes], "The same."),
    ]);
    findings.data = [("w1_quiet", &quiet), ("w1_strict", &strict), ("demo_quiet", &quiet_demo), ("demo_strict", &demo)]
        .into_iter()
        .map(|(name, CableCount { run, down, up })| {
            (name.to_owned(), json!({ "down": down.json(), "up": up.json(), "report": run.report }))
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    Ok(findings)
}

fn figures(quiet: &CableCount, strict: &CableCount) -> Vec<Figure> {
    let alone = "Packets beyond those of messages: TCP's acknowledgements that rode on none.";
    vec![
        Figure::new(
            "W1-quiet on the wire down, a client-second",
            "B",
            &[quiet.down.bytes],
            "Bytes of IP, counted on a veth between two network namespaces, with each segment a packet of its own and \
             TCP's acknowledgements inside.",
        )
        .to_be(Goal::AtMost(800.0, Some(650.0))),
        Figure::new("W1-quiet on the wire up, a client-second", "B", &[quiet.up.bytes], "The same.")
            .to_be(Goal::AtMost(900.0, Some(600.0))),
        Figure::new("W1-quiet packets down, a client-second", "", &[quiet.down.packets], "The same."),
        Figure::new("W1-quiet packets up, a client-second", "", &[quiet.up.packets], "The same."),
        Figure::new("W1-quiet packets without a message, down", "", &[quiet.down.alone()], alone),
        Figure::new("W1-quiet packets without a message, up", "", &[quiet.up.alone()], alone),
        Figure::new(
            "W1 on the wire down, a client-second",
            "B",
            &[strict.down.bytes],
            "With an update in every tick, counted alike.",
        ),
        Figure::new("W1 on the wire up, a client-second", "B", &[strict.up.bytes], "With an input in every tick."),
        Figure::new("W1 packets without a message, down", "", &[strict.down.alone()], alone),
        Figure::new("W1 packets without a message, up", "", &[strict.up.alone()], alone),
    ]
}
