//! A fleet of which every connection is secured: NATS lets in by credentials over TLS, and players come by `wss://`.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::crowd::{Player, play, play_for, trust};
use crate::nats_server::{Process, free_port};
use crate::nodes::Nodes;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn over_tls_and_with_credentials_players_are_sent_on_and_a_room_goes_on_at_another_node() {
    let Some(mut nodes) = Nodes::start_secured("secured", 2) else { return };
    trust(&nodes.authority().expect("it has one"));
    let start = Instant::now();
    play_for(&mut [], 2 * SECOND);
    assert!(nodes.all.iter().all(|node| node.address.starts_with("wss://")));
    let mut players = vec![Player::new("first", &format!("{}/play/new", nodes.all[0].address), start)];
    play(&mut players, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    let room = nodes.room_of("first").expect("it has a log");
    play_for(&mut players, 3 * SECOND);
    for node in 0..2 {
        let address = format!("{}/play/{room}", nodes.all[node].address);
        players.push(Player::new(&format!("p{node}"), &address, start));
    }
    play(&mut players, "all are in", 30 * SECOND, |players| players.iter().all(Player::has_ship));
    let clients: Vec<_> = players.iter().map(|player| player.client).collect();
    // Handed over alive, then taken up from the log.
    for signal in ["-TERM", "-KILL"] {
        let owner = nodes.owner_of(&room).expect("one of them has it");
        let address = nodes.all[owner].address.clone();
        nodes.all[owner].process.signal(signal);
        play(&mut players, "all play elsewhere", 30 * SECOND, |players| {
            players.iter().all(|player| player.is_elsewhere(&address) && player.has_ship())
        });
        play_for(&mut players, SECOND);
        assert_eq!(players.iter().map(|player| player.client).collect::<Vec<_>>(), clients, "{signal}: the same seats");
        assert!(players.iter().all(|player| (player.lost, player.diverged) == (0, 0)), "{signal}");
        nodes.add();
        play_for(&mut players, 4 * SECOND);
    }
}

#[test]
fn a_node_without_credentials_or_without_the_authority_is_told_so_and_does_not_start() {
    let Some(nodes) = Nodes::start_secured("refused", 0) else { return };
    let (authority, credentials) = (nodes.authority().expect("it has one"), nodes.credentials().expect("it has some"));
    for (what, ca, creds) in [("credentials", Some(&authority), None), ("authority", None, Some(&credentials))] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auspice-server"));
        command.args(["--listen", &format!("127.0.0.1:{}", free_port()), "--admin-listen", "off", "--page", "off"]);
        command.args(["--rooms", "4", "--nats", &nodes.nats.url(), "--node-address", "ws://127.0.0.1:1"]);
        ca.into_iter().for_each(|path| _ = command.arg("--nats-ca").arg(path));
        creds.into_iter().for_each(|path| _ = command.arg("--nats-credentials").arg(path));
        let path = nodes.folder.0.join(format!("without-{what}.log"));
        let output = File::create(&path).expect("it can be made");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        let (mut process, start) = (Process(command.spawn().expect("it starts")), Instant::now());
        let status = loop {
            match process.0.try_wait().expect("it is a child") {
                None if start.elapsed() < 20 * SECOND => std::thread::sleep(SECOND / 20),
                status => break status,
            }
        };
        let said = std::fs::read_to_string(&path).expect("it is text");
        assert!(status.is_some_and(|status| !status.success()), "without {what}: {status:?}, {said}");
        assert!(said.contains("NATS cannot be reached"), "without {what}: {said}");
    }
}
