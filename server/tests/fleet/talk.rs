//! Players of several nodes hear each other and are told of each other; and who asks a node that drains is sent on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use auspice::message::{Channel, Credential};
use auspice_server::session::{Claims, SecretKey, TICKET_SECONDS_MAX, unix_seconds};
use serde_json::Value;

use crate::crowd::{HeardLine, Player, play, play_for};
use crate::nodes::{Nodes, nats_stop};

const SECOND: Duration = Duration::from_secs(1);

/// The JSON that a node answers at a path.
fn get(address: &str, path: &str) -> Value {
    let host = address.strip_prefix("ws://").expect("it is plain");
    let mut stream = TcpStream::connect(host).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    serde_json::from_str(body).expect("it is JSON")
}

/// Plays until each of these has heard so many lines more: all that each heard.
fn hear(players: &mut [Player], counts: &[usize], most: Duration) -> Vec<Vec<HeardLine>> {
    let mut heard = vec![Vec::new(); players.len()];
    let start = std::time::Instant::now();
    while heard.iter().zip(counts).any(|(lines, count)| lines.len() < *count) {
        assert!(start.elapsed() < most, "not within {most:?}: {heard:?}");
        play_for(players, Duration::from_millis(20));
        heard.iter_mut().zip(players.iter_mut()).for_each(|(lines, player)| lines.extend(player.take_lines()));
    }
    heard
}

#[test]
fn players_of_two_nodes_hear_each_other_and_go_on_while_nats_stands_still() {
    let Some(nodes) = Nodes::start("talk", 2) else { return };
    let start = std::time::Instant::now();
    play_for(&mut [], 3 * SECOND);
    let mut players = vec![Player::new("Ann", &format!("{}/play/any", nodes.all[0].address), start)];
    play(&mut players, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    // The node with the most place is the other one now.
    play_for(&mut players, 2 * SECOND);
    players.push(Player::new("Bob", &format!("{}/play/new", nodes.all[0].address), start));
    play(&mut players, "both may talk", 30 * SECOND, |players| {
        players.iter().all(|player| player.has_ship() && player.session.talk_room().is_some())
    });
    let homes: Vec<bool> = players.iter().map(|player| player.is_elsewhere(&nodes.all[0].address)).collect();
    assert_ne!(homes[0], homes[1], "they are at different nodes");
    let room = players[0].session.talk_room().expect("she is in it").to_owned();
    players[0].session.say(Channel::All, "hello from Ann").unwrap();
    players[1].session.say(Channel::All, "hello from Bob").unwrap();
    players[1].session.say(Channel::Room, "nobody hears this").unwrap();
    let heard = hear(&mut players, &[2, 3], 10 * SECOND);
    let ann = ("Ann".to_owned(), Some(room.clone()), "hello from Ann".to_owned());
    let bob = ("Bob".to_owned(), None, "hello from Bob".to_owned());
    assert!(heard.iter().all(|lines| lines.contains(&ann) && lines.contains(&bob)), "{heard:?}");
    assert_eq!(heard[0].len(), 2, "what is said in a private room stays there: {heard:?}");
    // Each node tells of all.
    play_for(&mut players, 3 * SECOND);
    for node in &nodes.all {
        let told = get(&node.address, "/players");
        assert_eq!(told, serde_json::json!({ "count": 1, "players": [{ "name": "Ann", "room": room }] }));
        let rooms = get(&node.address, "/rooms");
        let listed: Vec<&str> = rooms.as_array().unwrap().iter().filter_map(|room| room["code"].as_str()).collect();
        assert!(listed.contains(&room.as_str()), "{rooms}");
    }
    // Lines are lost while NATS stands still, and nobody waits for them.
    players.iter_mut().for_each(|player| _ = player.take_silence());
    nodes.nats.process.signal("-STOP");
    play_for(&mut players, nats_stop().min(6 * SECOND) / 2);
    players[0].session.say(Channel::All, "anybody?").unwrap();
    let heard = hear(&mut players, &[1, 0], 10 * SECOND);
    assert_eq!(heard[0][0].2, "anybody?", "her own node hears it");
    play_for(&mut players, nats_stop().min(6 * SECOND) / 2);
    let silence = players.iter_mut().map(Player::take_silence).max().unwrap();
    nodes.nats.process.signal("-CONT");
    assert!(silence < 2 * SECOND, "{silence:?}");
    play_for(&mut players, 4 * SECOND);
    players.iter_mut().for_each(|player| drop(player.take_lines()));
    players[0].session.say(Channel::All, "there you are").unwrap();
    let heard = hear(&mut players, &[1, 1], 10 * SECOND);
    assert_eq!(heard[1][0].2, "there you are");
    println!("longest time without a new state while NATS stood still: {silence:?}");
}

#[test]
fn whoever_wants_any_room_of_a_node_that_drains_is_sent_on() {
    let Some(nodes) = Nodes::start("drains", 2) else { return };
    let start = std::time::Instant::now();
    play_for(&mut [], 2 * SECOND);
    let mut first = vec![Player::new("first", &format!("{}/play/any", nodes.all[0].address), start)];
    play(&mut first, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    play_for(&mut first, 3 * SECOND);
    let owner = usize::from(first[0].is_elsewhere(&nodes.all[0].address));
    let (drains, other) = (&nodes.all[owner], &nodes.all[1 - owner]);
    // A room is handed over within a second, where its player does not dial the other node.
    drains.process.signal("-TERM");
    std::thread::sleep(Duration::from_millis(100));
    let late = [("l1", "play"), ("l2", "play/any"), ("l3", "play/new")];
    let mut late = late.map(|(name, path)| Player::new(name, &format!("{}/{path}", drains.address), start));
    play(&mut late, "all play at the other node", 20 * SECOND, |players| {
        players.iter().all(|player| player.has_ship() && !player.is_elsewhere(&other.address))
    });
    assert!(
        late.iter().all(|player| player.dials <= 3),
        "{:?}",
        late.iter().map(|player| player.dials).collect::<Vec<_>>()
    );
    play(&mut first, "the first is back, too", 20 * SECOND, |players| {
        players[0].has_ship() && !players[0].is_elsewhere(&other.address)
    });
}

#[test]
fn a_ticket_leads_to_its_players_seat_and_to_its_room_though_the_node_drains() {
    let (secret, public) = SecretKey::generate().unwrap();
    let Some(nodes) = Nodes::start_with("tickets", 2, Some(&public)) else { return };
    let start = std::time::Instant::now();
    play_for(&mut [], 2 * SECOND);
    let player = |name: &str, address: &str, room: Option<String>| {
        let (key, name) = (SecretKey::parse(&secret).unwrap(), name.to_owned());
        Player::with(&name.clone(), address, start, move || {
            let now = unix_seconds(SystemTime::now());
            let claims = Claims {
                room: room.clone(),
                ..Claims::new(&name, &name, "auspice-demo", now, TICKET_SECONDS_MAX).unwrap()
            };
            Credential::Ticket(key.mint(&claims).unwrap())
        })
    };
    let mut first = vec![player("seated", &format!("{}/play/any", nodes.all[0].address), None)];
    play(&mut first, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    play_for(&mut first, 3 * SECOND);
    let owner = usize::from(first[0].is_elsewhere(&nodes.all[0].address));
    let (drains, other) = (&nodes.all[owner], &nodes.all[1 - owner]);
    let room = nodes.room_of("seated").expect("it has a log");
    drains.process.signal("-TERM");
    std::thread::sleep(Duration::from_millis(100));
    // Another page of the same player, and one whose ticket is for that room, whatever its address says.
    let [any, new] = ["any", "new"].map(|path| format!("{}/play/{path}", drains.address));
    let mut late = vec![player("seated", &any, None), player("guest", &new, Some(room.clone()))];
    play(&mut late, "both play at the other node", 30 * SECOND, |players| {
        players.iter().all(|player| player.has_ship() && !player.is_elsewhere(&other.address))
    });
    play_for(&mut late, 2 * SECOND);
    assert_eq!(nodes.room_of("guest"), Some(room), "the ticket's room");
    assert_eq!(late[0].client, first[0].client, "the seat that it has");
}
