//! The server as an operator sees it: what it counts, what it is asked to do.

use crate::player::{Player, start};

/// The value of a series in `text`.
fn series(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{name} is missing from {text}"))
}

#[test]
fn joins_and_ends_are_counted_by_reason_and_add_up() {
    let server = start(|_| {});
    let mut stays = Player::join(server.local_addr(), "stays");
    for round in 0..10 {
        let mut closes = Player::join(server.local_addr(), &format!("closes {round}"));
        closes.web.close(None).unwrap();
        drop(Player::join(server.local_addr(), &format!("cut {round}")));
        drop(crate::player::upgrade(server.local_addr()));
    }
    let text = |_: &Player| server.metrics();
    stays.play_until("everyone else is gone", |player| {
        let text = text(player);
        series(&text, "auspice_clients{state=\"active\"}") == 1.0
            && series(&text, "auspice_clients{state=\"handshaking\"}") == 0.0
    });
    let text = server.metrics();
    let sum = |family: &str| -> f64 {
        let lines = text.lines().filter(|line| line.starts_with(family) && line.as_bytes()[family.len()] == b'{');
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    assert_eq!(series(&text, "auspice_joins_total{result=\"joined\"}"), 21.0);
    assert_eq!(sum("auspice_joins_total"), 31.0, "each upgraded connection has one result");
    assert_eq!(sum("auspice_disconnects_total"), 20.0);
    let ends = |reason| series(&text, &format!("auspice_disconnects_total{{reason=\"{reason}\"}}"));
    assert_eq!(ends("closed_by_client") + ends("connection_lost"), 20.0);
    for name in ["auspice_updates_total", "auspice_bytes_sent_total{layer=\"wire\"}", "auspice_tick_duration_seconds_count"] {
        assert!(series(&text, name) > 0.0, "{name}");
    }
}
