//! W1 over the server's own TLS, beside plain connections.

use serde_json::json;

use super::figure::{Figure, Goal};
use super::paired::paired;
use super::runs::{Plan, Run};
use super::{Findings, Scale};

/// Bytes that a record of TLS 1.3 has beside its content: head, kind and tag (RFC 8446, section 5.2).
const RECORD_BYTES: f64 = 22.0;

/// W1 with 1000 clients, in pairs: over TLS, and plain.
pub(super) fn tls(scale: &Scale) -> Result<Findings, String> {
    let plain = scale.plan(1000);
    let secure = Plan { is_secure: true, ..plain };
    let mut findings = Findings::default();
    let pairs = paired(
        scale.pairs(10),
        scale,
        &mut findings,
        |_| Ok((secure.run()?, plain.run()?)),
        |secure, plain| {
            format!(
                "TLS {:.2} us a client-tick, {:.2} KiB more for a client; plain {:.2}",
                secure.cpu_us(),
                secure.kib_per_client() - plain.kib_per_client(),
                plain.cpu_us(),
            )
        },
    )?;
    let of =
        |figure: fn(&Run, &Run) -> f64| pairs.iter().map(|(secure, plain)| figure(secure, plain)).collect::<Vec<_>>();
    findings.figures = vec![
        Figure::new(
            "processor time over TLS by that of plain connections",
            "×",
            &of(|secure, plain| secure.cpu_us() / plain.cpu_us()),
            "Of the server's process, for a client-tick, user and system. Each tick reads and writes a record of \
             every client.",
        )
        .to_be(Goal::AtMost(1.08, Some(1.05))),
        Figure::new(
            "memory of a client beyond a plain one",
            "KiB",
            &of(|secure, plain| secure.kib_per_client() - plain.kib_per_client()),
            "`RssAnon` of the server's process with all clients, less what it had with none, for one client; the same \
             of plain connections taken off. What handshakes left behind is in it.",
        )
        .to_be(Goal::AtMost(3.0, Some(2.0))),
        Figure::new(
            "on the wire over TLS, a client-tick",
            "B",
            &of(|secure, _| secure.report.figures.wire_bytes_per_client_tick + RECORD_BYTES),
            "A message is a record: 22 B more than plain, in the same packet.",
        ),
        Figure::new(
            "server over TLS, processor time of a client-tick",
            "us",
            &of(|secure, _| secure.cpu_us()),
            "User and system.",
        ),
        Figure::new(
            "server, plain, processor time of a client-tick",
            "us",
            &of(|_, plain| plain.cpu_us()),
            "The same.",
        ),
    ];
    findings.data = json!(
        pairs.iter().map(|(secure, plain)| json!({ "tls": secure.report, "plain": plain.report })).collect::<Vec<_>>()
    );
    Ok(findings)
}
