//! The inspector's data, as `curl` asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

use auspice::{Game, Replicate};
use serde_json::Value;

use crate::dots::{Dot, Dots, Rules, Wish};
use crate::operating::{ask, ask_whole, authorised, operated, token_file};
use crate::player::Player;
use crate::rooms::{join, of_many};
use glam::IVec2;

/// The answer to a question, with the token.
fn look(admin: SocketAddr, what: &str) -> Value {
    let (status, body) = ask(admin, &format!("GET /inspector/{what}"), &authorised(), "");
    assert_eq!(status, 200, "{what}: {body}");
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{what} is no JSON, {error}: {body}"))
}

#[test]
fn the_page_is_shown_to_anyone_and_what_it_shows_needs_the_token() {
    let (_server, admin) = operated("inspector-token");
    let (head, page) = ask_whole(admin, "GET /inspector/", "", "");
    assert!(head.starts_with("HTTP/1.1 200 ") && page.contains("id=\"login\""), "{head}");
    assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self';"), "{head}");
    let (head, _) = ask_whole(admin, "GET /inspector", "", "");
    assert!(head.starts_with("HTTP/1.1 308 ") && head.contains("\r\nlocation: inspector/\r\n"), "{head}");
    for what in ["status", "tables", "world", "player?client=1v1", "nothing"] {
        let request = format!("GET /inspector/{what}");
        assert_eq!(ask(admin, &request, "", "").0, 401, "{what}");
    }
    assert_eq!(ask(admin, "POST /inspector/status", &authorised(), "").0, 405);
    for (what, status) in [("nothing", 404), ("world?tick=x", 400), ("world?token=abc", 400), ("player", 400)] {
        assert_eq!(ask(admin, &format!("GET /inspector/{what}"), &authorised(), "").0, status, "{what}");
    }
}

#[test]
fn nobody_looks_where_there_is_no_token() {
    let server = crate::player::start(|config| {
        config.admin.listen = auspice_server::AdminListen::At("127.0.0.1:0".parse().unwrap());
    });
    let (status, sentence) = ask(server.admin_addr().unwrap(), "GET /inspector/world", &authorised(), "");
    assert!(status == 403 && sentence.contains("--admin-token-file"), "{status} {sentence}");
}

#[test]
fn a_world_is_shown_with_its_players_and_what_each_of_them_holds_now_and_then() {
    let (server, admin) = operated("inspector-world");
    let mut player = Player::join(server.local_addr(), "mover");
    let mut other = Player::join(server.local_addr(), "stander");
    player.replica.set_input(Wish { pace: IVec2::new(90, 0) });
    let mut first = Value::Null;
    player.play_until("both are shown", |_| {
        other.pump().unwrap();
        first = look(admin, "world");
        first["players"].as_array().is_some_and(|players| players.len() == 2 && players[0]["holds"] == 2)
    });
    let tick = first["tick"].as_u64().expect("a tick");
    let place = |world: &Value| world["kinds"][0]["places"][0][0].as_f64().expect("a place");
    let mut later = Value::Null;
    player.play_until("it has moved", |_| {
        other.pump().unwrap();
        later = look(admin, "world");
        later["tick"].as_u64() > Some(tick + 20) && place(&later) > place(&first) + 10.0
    });
    // Its copy of then is kept.
    assert_eq!(look(admin, &format!("world?tick={tick}")), first);
    let client = first["players"][0]["client"].as_str().expect("a seat");
    let then = look(admin, &format!("player?client={client}&tick={tick}"));
    assert_eq!((&then["tick"], &then["name"]), (&first["tick"], &"mover".into()));
    assert_eq!(then["input"]["pace"], serde_json::json!([90.0, 0.0]));
    let held = then["held"].as_array().expect("a list");
    assert_eq!(
        held.iter().map(|held| &held["id"]).collect::<Vec<_>>(),
        first["kinds"][0]["ids"].as_array().unwrap().iter().collect::<Vec<_>>()
    );
    assert!(held.iter().any(|held| held["id"] == then["own"] && held["distance"] == 0.0), "{then}");
    assert!(then["inputs"]["received"].as_u64() > Some(0) && then["window"]["sent"].as_u64() > Some(0), "{then}");
    assert_eq!(ask(admin, "GET /inspector/player?client=99v9", &authorised(), "").0, 404);
}

/// Rows of a client, by id: its place, its pace.
type Rows = BTreeMap<String, Dot>;

fn rows(player: &Player) -> Rows {
    player.replica.entities().map(|held| (held.id.to_string(), held.entity)).collect()
}

/// The row that the inspector shows.
fn shown(held: &Value) -> Dot {
    let pair = |name: &str| {
        let number = |at: usize| held["fields"][name][at].as_f64().expect("a number") as i32;
        IVec2::new(number(0), number(1))
    };
    Dot { place: pair("place"), pace: pair("pace") }
}

#[test]
fn what_a_patient_player_holds_is_shown_row_by_row_and_what_it_was_not_told_yet_is_marked() {
    let server = crate::player::start(|config| {
        *config = auspice_server::Config::for_game::<Dots>(Rules { crowd: 3 });
        config.listen = "127.0.0.1:0".parse().unwrap();
        // Somebody who walks is soon too far away for news at once, and is seen all the same.
        config.terms.interest_radius = 600.0;
        config.admin.listen = auspice_server::AdminListen::At("127.0.0.1:0".parse().unwrap());
        config.admin.token_file = Some(token_file("inspector-patient"));
    });
    let (admin, tick_hz) = (server.admin_addr().unwrap(), Dots::TICK_HZ);
    let mut ann = Player::join(server.local_addr(), "ann");
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.replica.set_input(Wish { pace: IVec2::new(300, 0) });
    bob.play_until("it is far away", |bob| {
        ann.pump().unwrap();
        bob.replica.own().and_then(|own| bob.replica.entity(own)).is_some_and(|held| held.entity.place.x > 350)
    });
    // Rows of ann by the tick that she was told.
    let (mut told, mut looked, mut compared, mut marked, mut differ) = (BTreeMap::<u32, Rows>::new(), 0, 0, 0, 0);
    let began = Instant::now();
    ann.play_until("some moments are compared", |ann| {
        // Nobody foresees which way he goes.
        let way = if (began.elapsed().as_millis() / 70).is_multiple_of(2) { -300 } else { 300 };
        bob.replica.set_input(Wish { pace: IVec2::new(way, 0) });
        bob.pump().unwrap();
        told.insert(ann.replica.tick().0, rows(ann));
        let then = look(admin, "player?client=ann");
        let (tick, sent) = (then["tick"].as_u64().unwrap() as u32, then["window"]["sent"].as_u64().unwrap() as u32);
        let Some(ann) = told.get(&sent).filter(|_| tick != looked) else { return false };
        looked = tick;
        let held = then["held"].as_array().expect("a list");
        let ids: BTreeSet<&str> = held.iter().map(|held| held["id"].as_str().unwrap()).collect();
        assert!(
            ids.iter().eq(ann.keys()),
            "at tick {tick}, told at {sent}: {ids:?} are shown, and she has {:?}",
            ann.keys()
        );
        for held in held {
            let mut foreseen = ann[held["id"].as_str().unwrap()];
            (sent..tick).for_each(|_| foreseen.drift(tick_hz));
            if held["untold"] == true {
                marked += 1;
                differ += u32::from(shown(held) != foreseen);
            } else {
                assert_eq!(shown(held), foreseen, "at tick {tick}, told at {sent}: {held}");
                compared += 1;
            }
        }
        marked >= 3 && compared > 20
    });
    assert!(differ > 0, "what is marked is other than what she foresees");
}

#[test]
fn a_status_has_a_verdict_and_a_line_for_each_second() {
    let (server, admin) = operated("inspector-status");
    let mut player = Player::join(server.local_addr(), "somebody");
    let mut status = Value::Null;
    player.play_until("two seconds are over", |_| {
        status = look(admin, "status");
        status["seconds"].as_array().is_some_and(|seconds| seconds.len() >= 2)
    });
    assert!(
        ["well", "strained", "failing"].contains(&status["health"]["standing"].as_str().expect("a verdict")),
        "{status}"
    );
    let line = &status["seconds"][1];
    assert!(line["ticks"].as_u64() > Some(5) && line["p99_us"].as_u64() >= line["p50_us"].as_u64(), "{line}");
    assert_eq!((&line["players"], &status["joins"]["joined"]), (&1.into(), &1.into()));
    let last = status["seconds"].as_array().unwrap().last().unwrap()["at"].as_u64().expect("a time");
    let after = look(admin, &format!("status?after={last}"));
    assert!(after["seconds"].as_array().unwrap().iter().all(|line| line["at"].as_u64() > Some(last)), "{after}");
    let tables = look(admin, "tables");
    assert_eq!(tables["parts"].as_array().unwrap().len(), status["bits"].as_array().unwrap().len());
}

#[test]
fn each_of_many_rooms_is_looked_at_by_its_code_and_its_last_seconds_are_handed_over() {
    let mut config = auspice_server::Config::for_game::<Dots>(Rules::default());
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.admin.listen = auspice_server::AdminListen::At("127.0.0.1:0".parse().unwrap());
    config.admin.token_file = Some(token_file("inspector-rooms"));
    of_many(&mut config, 20, 8);
    let server = auspice_server::Server::<Dots>::start_saved(config, Box::new(Game::new)).unwrap();
    let admin = server.admin_addr().unwrap();
    let mut ann = join(server.local_addr(), "/play/any/crowd=7", "ann");
    let rooms = server.rooms();
    let code = |players: usize| &rooms.iter().find(|(_, in_it)| *in_it == players).expect("there is one").0;
    let (busy, standing) = (code(1), code(0));
    for what in ["GET /inspector/world", "POST /report?seconds=5"] {
        let (status, sentence) = ask(admin, what, &authorised(), "");
        assert!(status == 400 && sentence.contains("room=CODE"), "{what}: {status} {sentence}");
    }
    for what in ["GET /inspector/world?room=0000000000", "POST /report?room=0000000000"] {
        assert_eq!(ask(admin, what, &authorised(), "").0, 404, "{what}");
    }
    assert_eq!(ask(admin, &format!("GET /inspector/world?room={busy}"), "", "").0, 401);
    let world = look(admin, &format!("world?room={busy}"));
    assert_eq!(
        (world["players"][0]["name"].as_str(), world["kinds"][0]["ids"].as_array().unwrap().len()),
        (Some("ann"), 8)
    );
    // Time stands still in the other, and it is shown all the same.
    assert_eq!(look(admin, &format!("world?room={standing}"))["players"], serde_json::json!([]));
    let tick = world["tick"].as_u64().expect("a tick");
    ann.play_until("copies go on", |_| look(admin, &format!("status?room={busy}"))["tick"].as_u64() > Some(tick + 30));
    let then = look(admin, &format!("world?tick={tick}&room={busy}"));
    assert_eq!(then, world, "its moments are kept");
    assert_eq!(look(admin, &format!("tables?room={busy}"))["game"], "dots");
    // However many are looked at.
    for _ in 0..10 {
        let code = server.make_room([].into(), true).unwrap();
        look(admin, &format!("world?room={code}"));
    }
    assert!(look(admin, &format!("world?room={busy}"))["tick"].as_u64() > Some(tick), "it is looked at anew");
    for room in [busy, standing] {
        let mut stream = crate::player::connect(admin);
        let headers = format!("Host: admin\r\nConnection: close\r\n{}\r\n", authorised());
        std::io::Write::write_all(
            &mut stream,
            format!("POST /report?seconds=5&room={room} HTTP/1.1\r\n{headers}").as_bytes(),
        )
        .unwrap();
        let mut response = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut response).unwrap();
        assert!(response.windows(8).any(|bytes| bytes == b"ausplog2"), "{}", String::from_utf8_lossy(&response[..60]));
        assert!(response.windows(8).any(|bytes| bytes == b"ausproom"), "it has a room in it");
    }
}
