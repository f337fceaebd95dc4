//! Nodes of a fleet as Agones hears them: a drain is a hand-over.

use std::time::{Duration, Instant};

use crate::crowd::{Player, play, play_for};
use crate::nodes::Nodes;
use crate::sidecar::TestSidecar;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_node_that_drains_hands_its_players_over_before_agones_is_told_that_it_is_over() {
    let sidecars = [(); 2].map(|()| TestSidecar::with_counters(&["players", "rooms"]));
    let ports = sidecars.each_ref().map(|sidecar| sidecar.address.port().to_string());
    let more = move |index: usize, command: &mut std::process::Command| {
        command.arg("--agones").env("AGONES_SDK_HTTP_PORT", &ports[index]);
    };
    let Some(nodes) = Nodes::start_more("agones", 2, Box::new(more)) else { return };
    let start = Instant::now();
    sidecars.iter().for_each(|sidecar| ["ready", "1 of 16 rooms"].iter().for_each(|word| sidecar.await_word(word)));
    let mut players = vec![Player::new("first", &format!("{}/play/new", nodes.all[0].address), start)];
    play(&mut players, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    play_for(&mut players, 3 * SECOND);
    let room = nodes.room_of("first").expect("it has a log");
    players.push(Player::new("second", &format!("{}/play/{room}", nodes.all[1].address), start));
    play(&mut players, "both are in", 30 * SECOND, |players| players[1].has_ship());
    let owner = nodes.owner_of(&room).expect("one of them has it");
    let (leaves, takes) = (&sidecars[owner], &sidecars[1 - owner]);
    let has = |sidecar: &TestSidecar, start: &str, end: &str| {
        sidecar.words().iter().any(|word| word.starts_with(start) && word.ends_with(end))
    };
    play(&mut players, "its node is allocated, and full by two", 20 * SECOND, |_| {
        has(leaves, "allocate", "") && has(leaves, "2 of ", " players") && has(leaves, "2 of 16", " rooms")
    });
    assert!(!has(takes, "allocate", ""), "nobody plays at the other one: {:?}", takes.words());
    nodes.all[owner].process.signal("-TERM");
    play(&mut players, "Agones was told that it is over", 30 * SECOND, |_| has(leaves, "shutdown", ""));
    assert!(players.iter().all(|player| !player.is_elsewhere(&nodes.all[1 - owner].address) && player.has_ship()));
    assert!(players.iter().all(|player| player.lost == 0), "no tick is lost");
    play(&mut players, "the node that has them is allocated", 20 * SECOND, |_| {
        has(takes, "allocate", "") && has(takes, "2 of ", " players") && has(takes, "2 of 16", " rooms")
    });
    let words = leaves.words();
    assert_eq!(words.last().map(String::as_str), Some("shutdown"), "{words:?}");
    assert!(sidecars.iter().flat_map(TestSidecar::words).all(|word| !word.starts_with('4')), "all is in the protocol");
    assert!(!takes.words().contains(&"shutdown".to_owned()), "{:?}", takes.words());
    assert!(sidecars.iter().all(|sidecar| sidecar.heard().iter().any(|heard| heard.what == "health")));
}
