//! A room moves, and its players with it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::crowd::{Player, percentile, play, play_for};
use crate::nodes::{Nodes, nats_stop};

const SECOND: Duration = Duration::from_secs(1);

/// Players of a short run. `AUSPICE_FLEET_PLAYERS=100` is the long form.
fn count() -> usize {
    std::env::var("AUSPICE_FLEET_PLAYERS").map_or(30, |text| text.parse().expect("a number of players"))
}

/// Three nodes, and a room that all players are in, each by way of another node.
struct Party {
    nodes: Nodes,
    players: Vec<Player>,
    room: String,
    /// All rooms that there were when it began: a fleet that has just started may have made one that nobody waited for.
    rooms: BTreeSet<String>,
    start: Instant,
}

impl Party {
    fn start(name: &str) -> Option<Self> {
        let (nodes, start) = (Nodes::start(name, 3)?, Instant::now());
        // They join the fleet before anybody comes.
        play_for(&mut [], 2 * SECOND);
        let mut players = vec![Player::new("first", &format!("{}/play/new", nodes.all[0].address), start)];
        play(&mut players, "a room is made", 30 * SECOND, |players| players[0].has_ship());
        let room = nodes.room_of("first").expect("its log has its player's name");
        let rooms = nodes.rooms();
        let mut party = Self { nodes, players, room, rooms, start };
        party.wait_for_others();
        for number in 1..count() {
            let node = &party.nodes.all[number % party.nodes.all.len()];
            let address = format!("{}/play/{}", node.address, party.room);
            party.players.push(Player::new(&format!("p{number}"), &address, start));
        }
        let took = play(&mut party.players, "all are in", 30 * SECOND, |players| players.iter().all(Player::has_ship));
        println!("{} players are in the room, by three nodes, after {took:?}", party.players.len());
        party.settle();
        Some(party)
    }

    /// Waits until nodes know each other, so that each answers for the others' rooms.
    fn wait_for_others(&mut self) {
        play_for(&mut self.players, 3 * SECOND);
    }

    /// Plays for a moment, and forgets what was silent before.
    fn settle(&mut self) {
        play_for(&mut self.players, SECOND);
        self.players.iter_mut().for_each(|player| _ = player.take_silence());
    }

    /// The index of the node that has the room.
    fn owner(&self) -> usize {
        self.nodes.owner_of(&self.room).expect("its log names its owner, which is one of them")
    }

    /// Waits until so many percent of the players have had an update of another node than this one.
    fn until_elsewhere(&mut self, former: usize, percent: usize, most: Duration) -> Duration {
        let before: Vec<u64> = self.players.iter().map(|player| player.updates).collect();
        let address = self.nodes.all[former].address.clone();
        play(&mut self.players, "players play elsewhere", most, |players| {
            let back = players.iter().enumerate().filter(|(index, player)| {
                player.is_elsewhere(&address) && player.updates > before[*index] && player.session.ending().is_none()
            });
            back.count() * 100 >= players.len() * percent
        })
    }

    /// Nobody has lost its seat, a tick or its view.
    fn judge(&self, clients: &[Option<auspice::ClientId>]) {
        for (player, client) in self.players.iter().zip(clients) {
            assert_eq!(player.client, *client, "it is the same player");
            assert_eq!((player.lost, player.diverged), (0, 0), "no tick is lost, and no view is off");
        }
        assert_eq!(self.nodes.rooms(), self.rooms, "no other room was made");
    }

    fn clients(&self) -> Vec<Option<auspice::ClientId>> {
        self.players.iter().map(|player| player.client).collect()
    }
}

#[test]
fn a_room_goes_on_at_another_node_when_its_own_is_killed_and_when_it_drains() {
    let Some(mut party) = Party::start("moves") else { return };
    let (clients, owner) = (party.clients(), party.owner());
    let killed = Instant::now();
    party.nodes.all[owner].process.kill();
    let took = party.until_elsewhere(owner, 99, 20 * SECOND);
    play(&mut party.players, "all are back", 20 * SECOND, |players| {
        players.iter().all(|player| player.session.ending().is_none() && player.has_ship())
    });
    println!(
        "node {owner} killed: 99 % of {} players play again {took:?} after it, all {:?}",
        party.players.len(),
        killed.elapsed()
    );
    party.settle();
    party.judge(&clients);
    let next = party.owner();
    assert_ne!(next, owner, "another node has the room");
    // It drains, as at a deploy.
    party.nodes.add();
    play_for(&mut party.players, 4 * SECOND);
    party.players.iter_mut().for_each(|player| _ = player.take_silence());
    party.nodes.all[next].process.signal("-TERM");
    let took = party.until_elsewhere(next, 100, 20 * SECOND);
    play_for(&mut party.players, SECOND);
    let silences: Vec<Duration> = party.players.iter_mut().map(Player::take_silence).collect();
    println!(
        "node {next} drains: all {} players play elsewhere {took:?} after it; longest time without a new state {:?} \
         (p50), {:?} (p99)",
        silences.len(),
        percentile(silences.clone(), 50),
        percentile(silences, 99)
    );
    party.judge(&clients);
    assert_ne!(party.owner(), next, "another node has the room");
    println!("the run took {:?}", party.start.elapsed());
}

#[test]
fn whoever_wants_any_room_is_sent_to_the_fullest_of_another_node() {
    let Some(nodes) = Nodes::start("any", 2) else { return };
    let start = Instant::now();
    play_for(&mut [], 2 * SECOND);
    let any = |node: usize| format!("{}/play/any", nodes.all[node].address);
    let mut players = vec![Player::new("first", &any(0), start)];
    play(&mut players, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    let rooms = nodes.rooms();
    // Until both know each other.
    play_for(&mut players, 3 * SECOND);
    players.extend((0..6).map(|number| Player::new(&format!("p{number}"), &any(number % 2), start)));
    play(&mut players, "all are in", 30 * SECOND, |players| players.iter().all(Player::has_ship));
    play_for(&mut players, SECOND);
    let room = nodes.room_of("first").expect("its log has its player's name");
    for number in 0..6 {
        assert_eq!(nodes.room_of(&format!("p{number}")).as_ref(), Some(&room), "all are in the same one");
    }
    assert_eq!(nodes.rooms(), rooms, "no other room was made");
}

#[test]
fn a_nats_server_that_stands_still_ends_no_room_and_no_connection() {
    let Some(mut party) = Party::start("silence") else { return };
    let (clients, dials) = (party.clients(), party.players.iter().map(|player| player.dials).collect::<Vec<_>>());
    party.nodes.nats.process.signal("-STOP");
    play_for(&mut party.players, nats_stop());
    party.nodes.nats.process.signal("-CONT");
    play_for(&mut party.players, 4 * SECOND);
    let silence = party.players.iter_mut().map(Player::take_silence).max().unwrap_or_default();
    println!("NATS stopped for {:?}: no disconnect; longest time without a new state {silence:?}", nats_stop());
    party.judge(&clients);
    assert_eq!(party.players.iter().map(|player| player.dials).collect::<Vec<_>>(), dials, "nobody had to dial");
    assert!(silence < 2 * SECOND, "{silence:?}");
}
