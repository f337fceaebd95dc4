//! Players come to where they belong, whichever node and path they dial; and no room is made for who has one, or is not
//! let in.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime};

use auspice::message::{Credential, ResumeToken, SUBPROTOCOL};
use auspice_server::session::{Claims, SecretKey, TICKET_SECONDS_MAX, unix_seconds};

use crate::crowd::{Player, percentile, play, play_for};
use crate::nodes::{Node, Nodes};

const SECOND: Duration = Duration::from_secs(1);

/// Time within which a node answers that need not wait for others: it gives up waiting after 1.5 s.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Asks for a WebSocket at a path: the head of the answer, and how long it took.
fn knock(node: &Node, path: &str) -> (String, Duration) {
    let host = node.address.strip_prefix("ws://").expect("it is plain");
    let (mut stream, start) = (TcpStream::connect(host).expect("it listens"), Instant::now());
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    )
    .expect("it reads");
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    (String::from_utf8_lossy(&head).into_owned(), start.elapsed())
}

/// Players with tickets, and where they play.
struct Guests {
    secret: String,
    start: Instant,
}

impl Guests {
    fn player(&self, name: &str, address: &str, room: Option<&str>) -> Player {
        let (secret, player, room) = (self.secret.clone(), name.to_owned(), room.map(str::to_owned));
        Player::with(name, address, self.start, move || {
            let now = unix_seconds(SystemTime::now());
            let claims = Claims::new(&player, &player, "auspice-demo", now, TICKET_SECONDS_MAX).unwrap();
            let key = SecretKey::parse(&secret).unwrap();
            Credential::Ticket(key.mint(&Claims { room: room.clone(), ..claims }).unwrap())
        })
    }

    /// Players who ask a node for a new room and need none: with a ticket that is wrong, with one for another room,
    /// with the token of a seat, and one who goes away without a word. `mark` tells their names from others'.
    fn ask_in_vain(&self, node: &Node, mark: &str, room: &str, token: ResumeToken) {
        let address = format!("{}/play/new", node.address);
        let (head, _) = knock(node, "play/new");
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let (wrong, _) = SecretKey::generate().unwrap();
        let stranger = Self { secret: wrong, start: self.start }.player(&format!("stranger{mark}"), &address, None);
        let guest = self.player(&format!("guest{mark}"), &address, Some(room));
        let mut players = [stranger, guest, Player::resumed("seated", &address, self.start, token)];
        play(&mut players, "all have come to something", 20 * SECOND, |players| {
            players[0].session.ending().is_some() && players[1..].iter().all(Player::has_ship)
        });
    }
}

#[test]
fn a_new_room_is_made_for_whoever_is_let_in_and_has_none() {
    let (secret, public) = SecretKey::generate().unwrap();
    let Some(nodes) = Nodes::start_with("new", 2, Some(&public)) else { return };
    let guests = Guests { secret, start: Instant::now() };
    play_for(&mut [], 2 * SECOND);
    let mut first = vec![guests.player("seated", &format!("{}/play/any", nodes.all[0].address), None)];
    play(&mut first, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    play_for(&mut first, 3 * SECOND);
    let owner = usize::from(first[0].is_elsewhere(&nodes.all[0].address));
    let (drains, other) = (&nodes.all[owner], &nodes.all[1 - owner]);
    let (room, client) = (nodes.room_of("seated").expect("it has a log"), first[0].client);
    let token = first[0].session.resume_token().expect("it plays");
    drop(first);
    let rooms = nodes.rooms();
    guests.ask_in_vain(other, "-other", &room, token);
    assert_eq!(nodes.rooms(), rooms, "nobody needed one, at a node that takes rooms");
    // Its seat was taken over, and its token is another.
    let mut seated = vec![guests.player("seated", &format!("{}/play/{room}", drains.address), None)];
    play(&mut seated, "it is back", 20 * SECOND, |players| players[0].has_ship());
    assert_eq!(seated[0].client, client, "the same seat");
    let token = seated[0].session.resume_token().expect("it plays");
    drop(seated);
    drains.process.signal("-TERM");
    std::thread::sleep(Duration::from_millis(100));
    guests.ask_in_vain(drains, "-drains", &room, token);
    assert_eq!(nodes.rooms(), rooms, "nobody needed one, at a node that drains");
    let mut newcomer = [guests.player("newcomer", &format!("{}/play/new", drains.address), None)];
    play(&mut newcomer, "it has a room", 20 * SECOND, |players| players[0].has_ship());
    assert!(!newcomer[0].is_elsewhere(&other.address), "at the node that takes rooms");
    play_for(&mut newcomer, SECOND);
    let more: BTreeSet<String> = nodes.rooms().difference(&rooms).cloned().collect();
    assert_eq!(more, BTreeSet::from([nodes.room_of("newcomer").expect("it has a log")]), "one, and it is there");
}

#[test]
fn a_node_that_drains_alone_says_so_at_once() {
    let Some(nodes) = Nodes::start("alone", 1) else { return };
    let start = Instant::now();
    play_for(&mut [], 2 * SECOND);
    let node = &nodes.all[0];
    let mut first = vec![Player::new("first", &format!("{}/play/any", node.address), start)];
    play(&mut first, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    node.process.signal("-TERM");
    play_for(&mut first, Duration::from_millis(300));
    for path in ["play", "play/any", "play/new", "play/any/places=2"] {
        let (head, took) = knock(node, path);
        // Whoever comes from where somebody has a seat is heard, since it may be that one.
        assert!(head.starts_with("HTTP/1.1 503 ") || head.starts_with("HTTP/1.1 101 "), "{path}: {head}");
        assert!(took < AT_ONCE, "{path}: {took:?}");
        play_for(&mut first, Duration::from_millis(50));
    }
    let mut late = [Player::new("late", &format!("{}/play/new", node.address), start)];
    play(&mut late, "it is told", AT_ONCE, |players| players[0].refusals > 0);
}

#[test]
fn a_token_leads_to_its_seat_from_whichever_room_of_whichever_node() {
    let Some(mut nodes) = Nodes::start("token", 2) else { return };
    let start = Instant::now();
    play_for(&mut [], 2 * SECOND);
    let mut seated = vec![Player::new("seated", &format!("{}/play/any", nodes.all[0].address), start)];
    play(&mut seated, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    play_for(&mut seated, 3 * SECOND);
    let owner = usize::from(seated[0].is_elsewhere(&nodes.all[0].address));
    let (home, away) = (nodes.all[owner].address.clone(), nodes.all[1 - owner].address.clone());
    // A public room of the other node, where somebody plays.
    let mut host = vec![Player::new("host", &format!("{home}/play/any/places=2"), start)];
    play(&mut host, "another room is made", 30 * SECOND, |players| players[0].has_ship());
    assert!(host[0].is_elsewhere(&home), "at the node with the most place");
    let room = nodes.room_of("host").expect("it has a log");
    let client = seated[0].client;
    for path in [format!("play/{room}"), "play/any/places=2".into(), "play".into(), "play/new".into()] {
        let token = seated[0].session.resume_token().expect("it plays");
        // Its connection is lost.
        seated = vec![Player::resumed("seated", &format!("{away}/{path}"), start, token)];
        play(&mut seated, "it plays again", 20 * SECOND, |players| players[0].has_ship());
        assert_eq!(seated[0].client, client, "{path}: its seat");
        assert!(!seated[0].is_elsewhere(&home), "{path}: where its room is");
        play_for(&mut host, Duration::from_millis(20));
    }
    // Nor is it forgotten while its room is on its way from a node that died.
    play_for(&mut seated, SECOND);
    let token = seated[0].session.resume_token().expect("it plays");
    nodes.all[owner].process.kill();
    seated = vec![Player::resumed("seated", &format!("{away}/play/{room}"), start, token)];
    play(&mut seated, "it plays again", 30 * SECOND, |players| players[0].has_ship());
    assert_eq!(seated[0].client, client, "its seat, after the death of its node");
}

/// Joins of a short run, each way. `AUSPICE_FLEET_JOINS=100` is the long form.
fn joins() -> usize {
    std::env::var("AUSPICE_FLEET_JOINS").map_or(10, |text| text.parse().expect("a number of joins"))
}

#[test]
fn a_join_by_way_of_another_node_takes_little_longer_than_a_direct_one() {
    let Some(nodes) = Nodes::start("joins", 2) else { return };
    let start = Instant::now();
    play_for(&mut [], 2 * SECOND);
    let mut host = vec![Player::new("host", &format!("{}/play/new", nodes.all[0].address), start)];
    play(&mut host, "a room is made", 30 * SECOND, |players| players[0].has_ship());
    play_for(&mut host, 3 * SECOND);
    let room = nodes.room_of("host").expect("it has a log");
    let owner = nodes.owner_of(&room).expect("one of them has it");
    // In turns, so that both have whatever else the machine does.
    let mut took = [Vec::new(), Vec::new()];
    for number in 0..2 * joins() {
        let node = &nodes.all[if number % 2 == 0 { owner } else { 1 - owner }];
        host.push(Player::new(&format!("p{number}"), &format!("{}/play/{room}", node.address), start));
        took[number % 2].push(play(&mut host, "it is in", 20 * SECOND, |players| players[1].has_ship()));
        host.pop();
        // At whatever part of a tick.
        play_for(&mut host, Duration::from_millis(50 + number as u64 * 7 % 33));
    }
    let of = |times: &[Duration], percent| percentile(times.to_vec(), percent);
    let [direct, sent] = &took;
    println!(
        "a join: directly {:?} (p50), {:?} (p99); by way of another node {:?}, {:?}",
        of(direct, 50),
        of(direct, 99),
        of(sent, 50),
        of(sent, 99)
    );
    assert!(of(sent, 50) < of(direct, 50) + SECOND / 2, "{took:?}");
}
