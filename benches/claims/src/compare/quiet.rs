//! W1 with the usual patience, as a server has it unless told otherwise: an update when something is due.

use serde_json::json;

use super::figure::{Figure, Goal};
use super::load::pairs;
use super::runs::Run;
use super::sending::SendingTerms;
use super::{Findings, Scale};

/// W1 with 1000 clients and patience, in pairs with the floor, which writes and reads in every tick.
pub(super) fn quiet(scale: &Scale) -> Result<Findings, String> {
    let plan = SendingTerms::Patient.plan(scale.plan(1000));
    let mut findings = Findings::default();
    let pairs = pairs(&plan, scale.pairs, scale, &mut findings)?;
    let of_server = |figure: fn(&Run) -> f64| pairs.iter().map(|(server, _)| figure(server)).collect::<Vec<_>>();
    findings.figures = vec![
        Figure::new(
            "W1-quiet processor time by the floor's",
            "×",
            &pairs.iter().map(|(server, floor)| server.cpu_us() / floor.cpu_us()).collect::<Vec<_>>(),
            "Processor time of the server's process for a client and tick by that of a program which reads and writes \
             each socket in every tick, and does nothing else. Median of pairs of runs.",
        )
        .to_be(Goal::AtMost(0.55, Some(0.45))),
        Figure::new(
            "W1-quiet updates of a client in a second",
            "",
            &of_server(|run| run.report.figures.updates_per_second),
            "At least six are promised.",
        ),
        Figure::new(
            "W1-quiet down, a client-second",
            "B",
            &of_server(|run| run.report.figures.wire_bytes_per_client_second),
            "Payload and 54 B of headers for each message; TCP's acknowledgements that ride on no message are not in \
             it.",
        )
        .to_be(Goal::AtMost(800.0, Some(650.0))),
        Figure::new(
            "W1-quiet payload of a client-second",
            "B",
            &of_server(|run| run.report.figures.payload_bytes_per_client_second),
            "The same without those.",
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
