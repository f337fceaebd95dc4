//! Many rooms in a process, over real sockets: who is sent where, what is made and ends, and that rooms do not feel
//! each other's faults.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use auspice::limits::RESUME_TOKEN_BYTES;
use auspice::message::{Credential, ResumeToken};
use auspice::replica::ReplicaEvent;
use auspice_server::session::{Claims, Gate, SecretKey, unix_seconds};
use auspice_server::{Config, Handle, RoomsConfig, Server};
use glam::IVec2;
use serde_json::Value;

use crate::dots::{Dots, FATAL_PACE, HEAVY_PACE, Rules, Wish};
use crate::player::{PATIENCE, Player, connect, read_head, start};

/// A server of rooms of `size` players, with two workers.
pub(crate) fn rooms(most: u32, size: u32, change: impl FnOnce(&mut Config<Rules>)) -> Handle {
    start(|config| {
        of_many(config, most, size);
        change(config);
    })
}

/// Makes a server one of rooms of `size` players, with two workers.
pub(crate) fn of_many(config: &mut Config<Rules>, most: u32, size: u32) {
    config.rooms = RoomsConfig { most, size, workers: 2, idle: Duration::from_millis(300) };
    config.room_terms = |options, terms| {
        terms.rules.crowd = options.get("crowd").and_then(|crowd| crowd.parse().ok()).unwrap_or(0);
        options.keys().all(|name| name == "crowd")
    };
}

/// A player who asks for a room by the path of the address.
pub(crate) fn ask(address: SocketAddr, path: &str, name: &str, entry: Credential) -> Player {
    let mut player = Player::enter_at(connect(address), address, path, name, entry);
    player.play_until("a welcome and an own entity", |player| player.replica.own().is_some());
    player
}

pub(crate) fn join(address: SocketAddr, path: &str, name: &str) -> Player {
    ask(address, path, name, Credential::Open)
}

/// The list of public rooms.
pub(crate) fn list(address: SocketAddr, path: &str) -> Vec<Value> {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let head = read_head(&mut stream).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut body = String::new();
    stream.read_to_string(&mut body).unwrap();
    serde_json::from_str(&body).unwrap()
}

/// The status with which an upgrade at `path` is answered.
fn status(address: SocketAddr, path: &str) -> String {
    let mut stream = connect(address);
    stream.write_all(crate::player::good_request().replace("/play", path).as_bytes()).unwrap();
    read_head(&mut stream).unwrap().split(' ').nth(1).unwrap_or_default().into()
}

/// Entities that a player sees: it stands among those of its room.
pub(crate) fn sees(player: &Player) -> usize {
    player.replica.visible()
}

/// Pumps all until `enough`.
pub(crate) fn play(players: &mut [&mut Player], what: &str, mut enough: impl FnMut(&mut [&mut Player]) -> bool) {
    let started = Instant::now();
    while !enough(players) {
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        for player in players.iter_mut() {
            player.pump().unwrap_or_else(|frame| panic!("closed with {frame:?} before: {what}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_room_whose_newcomer_does_not_come_or_has_a_seat_is_gone_at_once() {
    let server = rooms(10, 4, |config| {
        config.rooms.idle = Duration::from_secs(3600);
        config.grace_seconds = 3600;
    });
    let address = server.local_addr();
    let ann = join(address, "/play", "Ann");
    let before = server.rooms();
    // One who hangs up, one whose seat is nowhere, and one who comes back to a seat.
    assert_eq!(status(address, "/play/new"), "101");
    let nowhere = Credential::Resume(ResumeToken([7; RESUME_TOKEN_BYTES]));
    let mut nobody = Player::enter_at(connect(address), address, "/play/new", "Nobody", nowhere);
    assert_eq!(nobody.play_until_closed().map(|frame| u16::from(frame.code)), Some(4010));
    let (token, client) = (ann.replica.resume_token().unwrap(), ann.replica.client());
    drop(ann);
    let ann = ask(address, "/play/new", "Ann", Credential::Resume(token));
    assert_eq!(ann.replica.client(), client);
    wait_for("none of them has left a room", || server.rooms() == before);
    // Whoever is let in has one, and it stays when its player is gone: the code may have been shared.
    let eve = join(address, "/play/new", "Eve");
    drop(eve);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.rooms().len(), before.len() + 1);
}

#[test]
fn whoever_is_refused_a_new_room_plays_in_no_other_unless_it_has_a_seat_there() {
    let server = rooms(2, 8, |_| {});
    let address = server.local_addr();
    let ann = join(address, "/play/new", "Ann");
    let before = server.rooms();
    // It is heard, since it may be one that has a seat.
    for path in ["/play/new", "/play/any/crowd=7"] {
        let mut eve = Player::enter_at(connect(address), address, path, "Eve", Credential::Open);
        assert_eq!(eve.play_until_closed().map(|frame| u16::from(frame.code)), Some(1013), "{path}");
    }
    assert_eq!(server.rooms(), before);
    let (token, client) = (ann.replica.resume_token().unwrap(), ann.replica.client());
    drop(ann);
    assert_eq!(ask(address, "/play/new", "Ann", Credential::Resume(token)).replica.client(), client);
    // The first room has places, for whoever asks for it.
    join(address, "/play", "Eve");
}

#[test]
fn players_fill_rooms_and_see_those_of_theirs_alone() {
    let server = rooms(3, 2, |_| {});
    let address = server.local_addr();
    let mut players: Vec<Player> = (0..4).map(|number| join(address, "/play", &format!("p{number}"))).collect();
    let mut all: Vec<&mut Player> = players.iter_mut().collect();
    play(&mut all, "pairs", |players| players.iter().all(|player| sees(player) == 2));
    let listed = list(address, "/rooms");
    assert_eq!(listed.iter().map(|room| room["players"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 2], "{listed:?}");
}

#[test]
fn a_private_room_is_reached_by_its_code_and_not_listed() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let mut ann = join(address, "/play/new", "Ann");
    assert_eq!(list(address, "/rooms").len(), 1, "the first room, which is public");
    let code = server.rooms().into_iter().find(|(_, players)| *players == 1).expect("Ann is somewhere").0;
    let mut bob = join(address, &format!("/play/{}", code.to_uppercase()), "Bob");
    play(&mut [&mut ann, &mut bob], "each other", |players| players.iter().all(|player| sees(player) == 2));
    assert_eq!(status(address, "/play/0000000000"), "404");
    assert_eq!(status(address, "/play/any/colour=red"), "404", "the game has no such option");
}

/// Head and body of the answer to an order of a room at `path`, by a page of that origin.
fn order(address: SocketAddr, path: &str, origin: &str) -> (String, String) {
    let mut stream = connect(address);
    write!(stream, "POST {path} HTTP/1.1\r\nHost: {address}\r\n{origin}Content-Length: 0\r\n\r\n").unwrap();
    let head = read_head(&mut stream).unwrap();
    let mut body = String::new();
    stream.read_to_string(&mut body).unwrap();
    (head, body)
}

#[test]
fn whoever_orders_a_private_room_is_told_its_code_to_share() {
    let server = rooms(10, 8, |config| config.room_terms = |options, _| options.keys().all(|name| name == "crowd"));
    let address = server.local_addr();
    let own = format!("Origin: http://{address}\r\n");
    let (head, body) = order(address, "/rooms/places=2/crowd=3", &own);
    assert!(head.starts_with("HTTP/1.1 201 Created\r\n") && head.contains("Content-Type: application/json"), "{head}");
    let made: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&made["players"], &made["places"], &made["options"]["crowd"]), (&0.into(), &2.into(), &"3".into()));
    assert_eq!(list(address, "/rooms").len(), 1, "it is private");
    let path = format!("/play/{}", made["code"].as_str().unwrap());
    let mut friends = [join(address, &path, "Ann"), join(address, &path, "Bob")];
    let [ann, bob] = &mut friends;
    play(&mut [ann, bob], "each other", |players| players.iter().all(|player| sees(player) >= 2));
    assert_eq!(
        order(address, "/rooms/colour=red", &own).0.split(' ').nth(1),
        Some("404"),
        "the game has no such option"
    );
    assert_eq!(order(address, "/rooms", "Origin: https://evil.example\r\n").0.split(' ').nth(1), Some("403"));
    assert_eq!(server.rooms().len(), 2);
    assert_eq!(order(address, "/play", &own).0.split(' ').nth(1), Some("405"));
    // A page whose browser does not tell it why it is not let in asks plainly.
    let ask = |path: &str| {
        let mut stream = connect(address);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        read_head(&mut stream).unwrap().split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!([ask(&path), ask("/play/0000000000"), ask("/play/new"), ask("/play")], ["426", "404", "426", "426"]);
    assert_eq!(server.rooms().len(), 2, "nothing is made for who asks");
    let one = start(|_| {});
    assert_eq!(order(one.local_addr(), "/rooms", "").0.split(' ').nth(1), Some("404"), "a server of one room");
    assert_eq!(
        server
            .metrics()
            .lines()
            .filter(|line| line.starts_with("auspice_rejected_total{check=\"new_room\"} 1"))
            .count(),
        1
    );
}

#[test]
fn codes_are_not_guessed_by_an_address_that_tries_many() {
    let server = rooms(10, 8, |config| config.access.trusted_proxy = vec!["127.0.0.1".parse().unwrap()]);
    let address = server.local_addr();
    let ask = |from: &str, path: &str| {
        let mut stream = connect(address);
        let request = crate::player::good_request()
            .replace("/play", path)
            .replace("Host:", &format!("X-Forwarded-For: {from}\r\nHost:"));
        stream.write_all(request.as_bytes()).unwrap();
        read_head(&mut stream).unwrap().split(' ').nth(1).unwrap_or_default().to_owned()
    };
    let code = server.make_room([].into(), true).unwrap();
    let right = format!("/play/{code}");
    assert_eq!(ask("203.0.113.5", &right), "101");
    for _ in 0..10 {
        assert_eq!(ask("203.0.113.5", "/play/0000000000"), "404");
    }
    assert_eq!(ask("203.0.113.5", "/play/0000000000"), "429");
    assert_eq!(ask("203.0.113.5", &right), "429", "the right one is not told from others");
    assert_eq!(ask("203.0.113.6", &right), "101", "others are none of its");
    for _ in 0..6 {
        assert_eq!(ask("203.0.113.7", "/play/new"), "101");
    }
    assert_eq!(ask("203.0.113.7", "/play/new"), "429", "rooms are made for an address so often and no more");
    let (head, _) = order(address, "/rooms", "X-Forwarded-For: 203.0.113.7\r\n");
    assert_eq!(head.split(' ').nth(1), Some("429"), "by an order neither");
}

#[test]
fn options_make_rooms_by_which_they_are_found() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let mut ann = join(address, "/play/any/crowd=7", "Ann");
    let mut bob = join(address, "/play/any/crowd=7", "Bob");
    play(&mut [&mut ann, &mut bob], "the crowd", |players| players.iter().all(|player| sees(player) == 9));
    assert_eq!(list(address, "/rooms/crowd=7").len(), 1);
    assert_eq!(list(address, "/rooms").len(), 2);
}

#[test]
fn whoever_comes_back_finds_its_room_from_wherever_it_dials() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let _anybody = join(address, "/play", "Zoe");
    let mut ann = join(address, "/play/new", "Ann");
    let (client, token) = (ann.replica.client(), ann.replica.resume_token().unwrap());
    ann.pump().unwrap();
    drop(ann);
    let mut ann = ask(address, "/play", "Ann", Credential::Resume(token));
    assert_eq!((ann.replica.client(), sees(&ann)), (client, 1), "in her own room");
    ann.pump().unwrap();
    assert!(server.metrics().contains("auspice_joins_total{result=\"resumed\"} 1\n"));
}

#[test]
fn a_player_goes_from_room_to_room_by_the_same_connection() {
    let server = rooms(10, 8, |config| config.grace_seconds = 0);
    let address = server.local_addr();
    let mut zoe = join(address, "/play", "Zoe");
    let mut ann = join(address, "/play", "Ann");
    play(&mut [&mut zoe, &mut ann], "each other", |players| players.iter().all(|player| sees(player) == 2));
    let token = ann.replica.resume_token();
    ann.replica.go("any/crowd=30").unwrap();
    play(&mut [&mut zoe, &mut ann], "Ann among the crowd, and Zoe alone", |players| {
        (sees(players[0]), sees(players[1])) == (1, 31) && players[1].replica.own().is_some()
    });
    assert_ne!(ann.replica.resume_token(), token, "each room has tokens of its own");
    // She acts there.
    ann.replica.set_input(Wish { pace: IVec2::new(60, 0) });
    let place = |ann: &Player| ann.replica.entity(ann.replica.own().unwrap()).map(|held| held.entity.place.x);
    play(&mut [&mut zoe, &mut ann], "Ann walks", |players| place(players[1]).is_some_and(|x| x > 20));
    let events: Vec<_> = std::iter::from_fn(|| ann.replica.poll_event()).collect();
    assert_eq!(events.iter().filter(|event| matches!(event, ReplicaEvent::Welcomed { .. })).count(), 2);
    assert!(!events.iter().any(|event| matches!(event, ReplicaEvent::Diverged { .. })));
    // And back.
    ann.replica.go("any").unwrap();
    play(&mut [&mut zoe, &mut ann], "each other again", |players| players.iter().all(|player| sees(player) == 2));
    let metrics = server.metrics();
    for line in [
        "auspice_room_moves_total 2\n",
        "auspice_joins_total{result=\"joined\"} 2\n",
        "auspice_clients{state=\"active\"} 2\n",
        "auspice_clients{state=\"handshaking\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line} is missing from {metrics}");
    }
}

#[test]
fn whoever_cannot_go_is_told_why_and_plays_on() {
    let server = rooms(2, 1, |_| {});
    let address = server.local_addr();
    let mut ann = join(address, "/play", "Ann");
    let mut bob = join(address, "/play", "Bob");
    for (room, why) in [("any/crowd=30", "full"), ("0000000000", "no such room"), ("?", "no such room")] {
        ann.replica.go(room).unwrap();
        let mut told = None;
        play(&mut [&mut ann, &mut bob], "an answer", |players| {
            while let Some(event) = players[0].replica.poll_event() {
                if let ReplicaEvent::Stays { why } = event {
                    told = Some(why);
                }
            }
            told.is_some()
        });
        assert!(told.as_ref().is_some_and(|told| told.contains(why)), "{room}: {told:?}");
    }
    let before = ann.updates;
    play(&mut [&mut ann, &mut bob], "updates", |players| players[0].updates > before + 10);
}

#[test]
fn a_room_that_panics_again_and_again_ends_and_no_other_does() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let mut zoe = join(address, "/play", "Zoe");
    let code = {
        let mut ann = join(address, "/play/new", "Ann");
        let code = server
            .rooms()
            .into_iter()
            .find(|(code, _)| !list(address, "/rooms").iter().any(|room| room["code"] == **code));
        ann.replica.set_input(Wish { pace: FATAL_PACE });
        assert_eq!(ann.play_until_closed().map(|frame| u16::from(frame.code)), Some(1011));
        code.expect("the private room").0
    };
    for _ in 0..3 {
        let mut bob = join(address, &format!("/play/{code}"), "Bob");
        bob.replica.set_input(Wish { pace: FATAL_PACE });
        bob.play_until_closed();
    }
    wait_for("the room has ended", || server.rooms().len() == 1);
    assert_eq!(status(address, &format!("/play/{code}")), "404");
    let before = zoe.updates;
    zoe.play_until("updates", |zoe| zoe.updates > before + 60);
}

#[test]
fn a_room_that_takes_all_the_time_is_left_alone() {
    let server = rooms(10, 8, |config| config.full_service = true);
    let address = server.local_addr();
    // Two workers: the second and the fourth room are one's.
    let mut others: Vec<Player> = (0..3).map(|number| join(address, "/play/new", &format!("p{number}"))).collect();
    let mut hog = join(address, "/play/new", "Hog");
    hog.replica.set_input(Wish { pace: HEAVY_PACE });
    hog.play_until("a heavy tick", |hog| hog.updates > 30);
    wait_for("its neighbours have gone", || !server.metrics().contains("auspice_room_handovers_total 0\n"));
    let before: Vec<u32> = others.iter().map(|player| player.updates).collect();
    let mut all: Vec<&mut Player> = others.iter_mut().collect();
    play(&mut all, "updates", |players| {
        players.iter().zip(&before).all(|(player, before)| player.updates > before + 60)
    });
}

#[test]
fn a_room_without_players_stands_still_and_ends_after_a_while() {
    let server = rooms(10, 8, |config| config.grace_seconds = 0);
    let address = server.local_addr();
    let ann = join(address, "/play/new", "Ann");
    assert_eq!(server.rooms().len(), 2);
    assert!(server.metrics().contains("auspice_rooms{state=\"standing\"} 1\n"), "the first has nobody in it");
    drop(ann);
    wait_for("it has ended", || server.rooms().len() == 1);
    let ticks = |server: &Handle| {
        let text = server.metrics();
        text.lines().find_map(|line| line.strip_prefix("auspice_ticks_total ")?.parse::<u64>().ok()).unwrap()
    };
    let before = ticks(&server);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(ticks(&server), before, "nobody is anywhere");
    let zoe = join(address, "/play", "Zoe");
    assert!(sees(&zoe) == 1 && ticks(&server) > before);
}

#[test]
fn a_drained_server_of_many_rooms_tells_everyone_and_ends() {
    let server = rooms(10, 1, |config| config.drain_timeout = Duration::from_millis(100));
    let address = server.local_addr();
    let mut players: Vec<Player> = (0..3).map(|number| join(address, "/play", &format!("p{number}"))).collect();
    server.drain();
    for player in &mut players {
        assert_eq!(player.play_until_closed().map(|frame| u16::from(frame.code)), Some(1012));
    }
    server.join().unwrap();
}

#[test]
fn a_ticket_for_a_room_of_its_own_makes_one_room_and_is_good_once() {
    let (secret, public) = SecretKey::generate().unwrap();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("own-room.pub");
    std::fs::write(&file, public).unwrap();
    let server = rooms(8, 4, |config| config.gate = Gate::of_tickets(&[file], "dots").unwrap());
    let address = server.local_addr();
    let claims = Claims::new("ann", "Ann", "dots", unix_seconds(SystemTime::now()), 20).unwrap();
    let ticket = SecretKey::parse(&secret).unwrap().mint(&Claims { room: Some("new".into()), ..claims }).unwrap();
    let ann = ask(address, "/play", "ann", Credential::Ticket(ticket.clone()));
    assert_eq!((server.rooms().len(), sees(&ann)), (2, 1), "the first room, and hers: {:?}", server.rooms());
    let mut thief = Player::enter_at(connect(address), address, "/play", "ann", Credential::Ticket(ticket));
    assert!(thief.play_until_closed().is_some());
    assert_eq!(server.rooms().len(), 2, "a ticket that was used makes nothing");
}

#[test]
fn shards_are_refused_with_more_rooms_than_one() {
    let mut config = Config::for_game::<Dots>(Rules::default());
    config.listen = "127.0.0.1:0".parse().unwrap();
    of_many(&mut config, 4, 8);
    config.shards = 2;
    let error = Server::<Dots>::start(config).expect_err("it does not start").to_string();
    assert!(error.starts_with("shards are for one room") && error.contains("workers"), "{error}");
}
