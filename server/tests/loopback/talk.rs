//! What players say to each other beside the game, and who is told to be where, over real sockets.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auspice::message::{Channel, Credential, Talk};
use auspice_server::AdminListen;
use serde_json::Value;
use tungstenite::Message;

use crate::operating::{ask, authorised, operated, token_file};
use crate::player::{Player, connect, read_head, start};
use crate::rooms::{play, rooms, wait_for};

/// A player who talks, from where the server was told that it comes from.
fn talker_from(address: SocketAddr, path: &str, name: &str, from: Option<&str>) -> Player {
    let mut player = Player::talk_at(connect(address), address, path, name, from);
    player.play_until("it is told its room", |player| room_of(player).is_some());
    player
}

fn talker(address: SocketAddr, path: &str, name: &str) -> Player {
    talker_from(address, path, name, None)
}

/// The code of the room that it was told last to be in.
fn room_of(player: &Player) -> Option<String> {
    player.heard.iter().rev().find_map(|talk| if let Talk::Room { code } = talk { Some(code.clone()) } else { None })
}

/// Lines that it heard: to whom, of whom, where from, what.
fn lines(player: &Player) -> Vec<(Channel, &str, Option<&str>, &str)> {
    let lines = player.heard.iter().filter_map(|talk| match talk {
        Talk::Line { channel, room, name, text } => Some((*channel, name.as_str(), room.as_deref(), text.as_str())),
        _ => None,
    });
    lines.collect()
}

fn unsaid(player: &Player) -> Vec<&str> {
    player
        .heard
        .iter()
        .filter_map(|talk| if let Talk::Unsaid { why } = talk { Some(why.as_str()) } else { None })
        .collect()
}

/// Status and body of the answer to a plain request.
fn get(address: SocketAddr, path: &str) -> (String, String) {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let head = read_head(&mut stream).unwrap();
    let mut body = String::new();
    stream.read_to_string(&mut body).unwrap();
    (head.split(' ').nth(1).unwrap_or_default().into(), body)
}

/// Names and rooms of the list of players, and how many there are.
fn people(address: SocketAddr) -> (u64, Vec<(String, String)>) {
    let (status, body) = get(address, "/players");
    assert_eq!(status, "200");
    let told: Value = serde_json::from_str(&body).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let players =
        told["players"].as_array().unwrap().iter().map(|player| (text(&player["name"]), text(&player["room"])));
    (told["count"].as_u64().unwrap(), players.collect())
}

#[test]
fn a_line_to_all_is_heard_in_every_room_and_one_to_the_room_in_that_alone() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let mut ann = talker(address, "/play", "Ann");
    let mut bob = talker(address, "/play", "Bob");
    let mut eve = talker(address, "/play/new", "Eve");
    // Whoever does not talk hears nothing, and is none the worse for it.
    let mut old = Player::enter_at(connect(address), address, "/play", "Old", Credential::Open);
    old.play_until("a welcome", |player| player.replica.own().is_some());
    let (here, there) = (room_of(&ann).unwrap(), room_of(&eve).unwrap());
    assert_eq!(room_of(&bob), Some(here.clone()));
    assert!(server.rooms().iter().any(|(code, _)| *code == there), "a private room's player is told its code to share");
    ann.say("all\thello, all");
    eve.say("all\thello from nowhere");
    bob.say("room\tjust us");
    let mut all = [&mut ann, &mut bob, &mut eve, &mut old];
    play(&mut all, "everyone has heard what is for it", |all| {
        [3, 3, 2, 0].iter().zip(all).all(|(count, player)| lines(player).len() >= *count)
    });
    for player in [&ann, &bob] {
        let mut heard = lines(player);
        heard.sort_by_key(|line| line.1.to_owned());
        let expected = [
            (Channel::All, "Ann", Some(here.as_str()), "hello, all"),
            (Channel::Room, "Bob", Some(here.as_str()), "just us"),
            (Channel::All, "Eve", None, "hello from nowhere"),
        ];
        assert_eq!(heard, expected);
    }
    assert!(lines(&eve).iter().all(|(channel, ..)| *channel == Channel::All), "{:?}", lines(&eve));
    assert!(old.heard.is_empty() && old.replica.own().is_some());
    let metrics = server.metrics();
    assert!(
        metrics.contains("auspice_lines_total{channel=\"all\"} 2\n") && metrics.contains("{channel=\"room\"} 1\n"),
        "{metrics}"
    );
}

#[test]
fn whoever_goes_from_room_to_room_hears_each_line_to_all_once() {
    const LINES: usize = 50;
    let server = rooms(10, 16, |_| {});
    let address = server.local_addr();
    let mut hopper = talker(address, "/play", "Hopper");
    let mut eve = talker(address, "/play/new", "Eve");
    let mut speakers: Vec<Player> = (0..10).map(|number| talker(address, "/play", &format!("s{number}"))).collect();
    let codes = [room_of(&hopper), room_of(&eve)].map(Option::unwrap);
    let (mut at, mut said, mut hops, mut next) = (0, 0, 0, Instant::now());
    hopper.heard.clear();
    let mut all: Vec<&mut Player> = [&mut hopper, &mut eve].into_iter().chain(&mut speakers).collect();
    play(&mut all, "all was said, and is heard", |all| {
        if room_of(all[0]).as_ref() == Some(&codes[at]) || hops == 0 {
            (at, hops) = (1 - at, hops + 1);
            all[0].replica.go(&codes[at]).unwrap();
        }
        if said < LINES && Instant::now() >= next {
            all[2 + said % 10].say(&format!("all\tline {said}"));
            (said, next) = (said + 1, Instant::now() + Duration::from_millis(60));
        }
        said == LINES && lines(all[0]).len() >= LINES
    });
    let mut heard: Vec<&str> = lines(&hopper).into_iter().map(|line| line.3).collect();
    heard.sort_unstable();
    let mut expected: Vec<String> = (0..LINES).map(|number| format!("line {number}")).collect();
    expected.sort_unstable();
    assert_eq!(heard, expected, "after {hops} hops");
    assert!(hops > 10, "{hops}");
}

#[test]
fn a_server_of_one_room_lets_its_players_talk_too() {
    let server = start(|_| {});
    let mut ann = talker(server.local_addr(), "/play", "Ann");
    ann.say("all\tanybody?");
    ann.play_until("its own line", |player| !lines(player).is_empty());
    let (count, players) = people(server.local_addr());
    assert_eq!((count, players), (1, vec![("Ann".to_owned(), room_of(&ann).unwrap())]));
}

#[test]
fn players_of_public_rooms_are_listed_where_they_are_and_those_of_private_ones_not() {
    let server = rooms(10, 8, |config| config.grace_seconds = 30);
    let address = server.local_addr();
    assert_eq!(people(address), (0, Vec::new()));
    let mut ann = talker(address, "/play", "Ann");
    let mut eve = talker(address, "/play/new", "Eve");
    let here = room_of(&ann).unwrap();
    assert_eq!(people(address), (1, vec![("Ann".to_owned(), here.clone())]));
    // Ann goes to the private room by the same connection, and is told where she is.
    let private = room_of(&eve).unwrap();
    ann.replica.go(&private).unwrap();
    play(&mut [&mut ann, &mut eve], "Ann is with Eve", |all| room_of(all[0]).as_ref() == Some(&private));
    wait_for("the room that she left has heard of it", || people(address) == (0, Vec::new()));
    ann.replica.go(&here).unwrap();
    play(&mut [&mut ann, &mut eve], "Ann is back", |all| room_of(all[0]).as_ref() == Some(&here));
    assert_eq!(people(address).0, 1);
    // Whose connection is lost is not there, and a hand that waves goodbye neither.
    drop(ann);
    wait_for("Ann is away", || people(address).0 == 0);
    assert_eq!(get(address, "/players/all").0, "404");
}

#[test]
fn where_chat_is_off_nobody_talks_and_nobody_is_told_of() {
    let server = rooms(10, 8, |config| config.is_talked = false);
    let address = server.local_addr();
    let mut ann = Player::talk_at(connect(address), address, "/play", "Ann", None);
    ann.play_until("a welcome", |player| player.replica.own().is_some());
    assert_eq!(get(address, "/players").0, "404");
    ann.say("all\thello");
    let frame = ann.play_until_closed().expect("it is told why");
    assert_eq!((u16::from(frame.code), ann.heard.len()), (1003, 0), "text is nothing that was agreed on");
}

#[test]
fn what_cannot_be_said_is_answered_with_a_sentence_and_a_flood_with_a_close() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let (mut ann, mut bob) = (talker(address, "/play", "Ann"), talker(address, "/play", "Bob"));
    let long = format!("all\t{}", "x".repeat(257));
    for text in ["hello", "all\t \t", "all\t\u{202e}live", &long] {
        ann.say(text);
    }
    play(&mut [&mut ann, &mut bob], "four answers", |all| unsaid(all[0]).len() == 4);
    assert!(unsaid(&ann).iter().all(|why| why.starts_with("A line ")), "{:?}", unsaid(&ann));
    // The fifth line is the last of a burst.
    (0..4).for_each(|number| ann.say(&format!("all\tline {number}")));
    play(&mut [&mut ann, &mut bob], "the others are refused", |all| unsaid(all[0]).len() == 7);
    assert!(unsaid(&ann)[4].contains("one line a second"), "{:?}", unsaid(&ann));
    play(&mut [&mut ann, &mut bob], "Bob has heard it", |all| !lines(all[1]).is_empty());
    assert_eq!(lines(&bob).iter().map(|line| line.3).collect::<Vec<_>>(), ["line 0"]);
    (0..100).for_each(|_| ann.say("all\tspam"));
    let frame = ann.play_until_closed().expect("it is told why");
    assert_eq!(u16::from(frame.code), 4005, "{frame:?}");
    bob.play_until("Bob plays on", |player| player.replica.own().is_some());
    assert!(lines(&bob).len() <= 5, "{:?}", lines(&bob));
}

#[test]
fn a_client_that_does_not_read_for_a_while_hears_the_lines_when_it_does_again() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let (mut deaf, mut bob) = (talker(address, "/play", "Deaf"), talker(address, "/play", "Bob"));
    for number in 0..6 {
        bob.say(&format!("all\tline {number}"));
        bob.play_until("its own line", |player| lines(player).len() > number);
        let next = Instant::now() + Duration::from_secs(1);
        bob.play_until("a second has passed", |_| Instant::now() >= next);
    }
    deaf.play_until("it hears what its network held", |player| lines(player).len() == 6);
    assert!(deaf.replica.own().is_some());
}

#[test]
fn what_is_said_before_the_hello_or_as_bytes_is_no_line() {
    let server = rooms(10, 8, |_| {});
    let address = server.local_addr();
    let mut early = Player::talk_at(connect(address), address, "/play", "Early", None);
    early.web.send(Message::text("all\thello")).unwrap();
    early.play_until("it joins all the same", |player| room_of(player).is_some());
    assert!(lines(&early).is_empty());
    early.web.send(Message::binary(b"all\thello".to_vec())).unwrap();
    let frame = early.play_until_closed().expect("it is told why");
    assert_eq!(u16::from(frame.code), 4000);
}

#[test]
fn an_operator_silences_a_player_who_is_told_so_wherever_it_goes() {
    let (server, admin) = operated("talk");
    let address = server.local_addr();
    let mut ann = talker_from(address, "/play", "Ann", Some("203.0.113.9"));
    let (status, listed) = ask(admin, "GET /clients", &authorised(), "");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let order = format!("{{\"client\":{}}}", listed[0]["client"]);
    assert_eq!((status, ask(admin, "POST /mute", "", &order).0), (200, 401));
    assert_eq!(ask(admin, "POST /mute", &authorised(), "{\"client\":\"99v99\"}").0, 404);
    assert_eq!(ask(admin, "POST /mute", &authorised(), &order).0, 200);
    ann.say("all\thello");
    ann.play_until("it is told why not", |player| !unsaid(player).is_empty());
    assert_eq!((unsaid(&ann), lines(&ann).len()), (vec!["An operator has silenced you."], 0));
    // It comes again from there under another name.
    let mut again = talker_from(address, "/play", "Bob", Some("203.0.113.9"));
    again.say("all\thello");
    again.play_until("it is told why not", |player| !unsaid(player).is_empty());
    assert_eq!(ask(admin, "POST /unmute", &authorised(), &order).0, 200);
    again.say("all\thello again");
    again.play_until("its line", |player| !lines(player).is_empty());
}

#[test]
fn the_admin_listener_silences_nobody_where_nobody_talks() {
    let server = start(|config| {
        config.is_talked = false;
        config.admin.listen = AdminListen::At("127.0.0.1:0".parse().unwrap());
        config.admin.token_file = Some(token_file("silent"));
    });
    let _ann = Player::join(server.local_addr(), "Ann");
    let admin = server.admin_addr().unwrap();
    let listed: Value = serde_json::from_str(&ask(admin, "GET /clients", &authorised(), "").1).unwrap();
    let order = format!("{{\"client\":{}}}", listed[0]["client"]);
    assert_eq!(ask(admin, "POST /mute", &authorised(), &order).0, 404);
}
