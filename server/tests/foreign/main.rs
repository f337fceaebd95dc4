//! A client in another language, written from `shared/PROTOCOL.md` and the printed schema alone: it joins real
//! servers, follows every update to the last bit, foresees as the games do, and compares each hash.
//!
//! `play.py` is the client; it needs Python 3 and nothing else. Without that the tests say so and pass, and
//! `.ci/run` counts them as skipped.

#[path = "../../../shared/tests/games/zoo.rs"]
#[allow(dead_code, unreachable_pub)]
mod zoo;

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use auspice::{Game, Terms};
use auspice_board::Board;
use auspice_demo::Demo;
use auspice_server::{Config, Handle, Server, schema};

/// Seconds of play. `AUSPICE_FOREIGN_SECONDS` says otherwise.
const SECONDS: u32 = 4;

/// Updates from one hash to the next, of which a client misses the rest of a round at either end.
const HASH_EVERY: u32 = auspice::limits::HASH_EVERY_TICKS;

/// Whether there is a Python to run the client; says so where there is none.
fn has_python() -> bool {
    let asked = Command::new("python3").args(["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).status();
    let has = asked.is_ok_and(|status| status.success());
    if !has {
        eprintln!("skipped: python3, 3.8 or later, is not installed");
    }
    has
}

fn start<G: Game>(change: impl FnOnce(&mut Terms<G::Rules>)) -> Handle {
    let mut config = Config::for_game::<G>(G::Rules::default());
    config.listen = "127.0.0.1:0".parse().unwrap();
    change(&mut config.terms);
    Server::<G>::start(config).unwrap()
}

fn seconds() -> u32 {
    std::env::var("AUSPICE_FOREIGN_SECONDS").map_or(SECONDS, |text| text.parse().expect("a number of seconds"))
}

/// A foreigner on `server`, which makes so many updates a second.
fn play<G: Game>(server: &Handle, updates_hz: u32, seed: u32, more: &[&str]) -> Child {
    let schema_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{seed}.json", G::NAME));
    std::fs::write(&schema_file, schema::json::<G>().unwrap()).unwrap();
    let cuts = more.iter().skip_while(|word| **word != "--cuts").nth(1).map_or(0, |text| text.parse().unwrap());
    let moves = more.iter().skip_while(|word| **word != "--moves").nth(1).map_or(0, |text| text.parse().unwrap());
    let hashes = (seconds() * updates_hz / HASH_EVERY).saturating_sub(1 + 2 * (cuts + moves)).max(1);
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/play.py")).arg("--schema").arg(schema_file);
    command.args(["--url", &format!("ws://{}/play", server.local_addr()), "--seed", &seed.to_string()]);
    command.args(["--seconds", &seconds().to_string(), "--hashes", &hashes.to_string()]).args(more);
    // No files of byte code beside the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn assert_plays(client: Child) {
    let Output { status, stdout, stderr } = client.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(status.success(), "{}{}", text(&stdout), text(&stderr));
    print!("{}", text(&stdout));
}

#[test]
fn it_follows_the_board_among_others_whose_cursors_it_foresees() {
    if has_python() {
        let server = start::<Board>(|terms| terms.tick_hz = 60);
        let clients: Vec<Child> = (1..=3).map(|seed| play::<Board>(&server, 60, seed, &[])).collect();
        clients.into_iter().for_each(assert_plays);
    }
}

#[test]
fn it_follows_a_server_that_sends_every_third_tick_and_hears_of_inputs_as_seldom() {
    if has_python() {
        let server = start::<Board>(|terms| {
            (terms.tick_hz, terms.send_every, terms.input_every, terms.patience_millis) = (120, 3, 4, 0);
        });
        assert_plays(play::<Board>(&server, 40, 4, &[]));
    }
}

#[test]
fn it_follows_every_quantity_with_labels_events_and_what_stays_against_the_rule() {
    if has_python() {
        let server = start::<zoo::Zoo>(|terms| (terms.tick_hz, terms.patience_millis) = (60, 0));
        assert_plays(play::<zoo::Zoo>(&server, 60, 5, &[]));
    }
}

#[test]
fn it_flies_in_the_demo_and_comes_back_in_the_same_ship_after_a_cut() {
    if has_python() {
        let server = start::<Demo>(|terms| terms.tick_hz = 60);
        assert_plays(play::<Demo>(&server, 60, 6, &["--cuts", "1"]));
    }
}

#[test]
fn it_goes_from_room_to_room_by_the_same_connection() {
    if has_python() {
        let mut config = Config::for_game::<Demo>(auspice_demo::Rules::default());
        config.listen = "127.0.0.1:0".parse().unwrap();
        config.terms.tick_hz = 60;
        (config.rooms.most, config.rooms.workers) = (4, 2);
        let server = Server::<Demo>::start(config).unwrap();
        assert_plays(play::<Demo>(&server, 60, 8, &["--moves", "2"]));
    }
}

#[test]
fn it_talks_with_another_in_another_room() {
    if has_python() {
        let mut config = Config::for_game::<Demo>(auspice_demo::Rules::default());
        config.listen = "127.0.0.1:0".parse().unwrap();
        config.terms.tick_hz = 60;
        (config.rooms.most, config.rooms.size, config.rooms.workers) = (4, 1, 2);
        let server = Server::<Demo>::start(config).unwrap();
        let others = [("9", "10"), ("10", "9")].map(|(own, other)| {
            play::<Demo>(
                &server,
                60,
                own.parse().unwrap(),
                &["--name", &format!("p{own}"), "--hears", &format!("p{other}")],
            )
        });
        others.into_iter().for_each(assert_plays);
    }
}

#[test]
fn it_is_told_both_hashes_where_it_was_made_for_another_game() {
    if has_python() {
        let server = start::<Demo>(|_| {});
        let refused = play::<Board>(&server, 30, 7, &[]).wait_with_output().unwrap();
        let sentence = String::from_utf8(refused.stderr).unwrap();
        let hash = |hash: u64| format!("{hash:016x}");
        assert!(!refused.status.success() && sentence.contains("4002"), "{sentence}");
        assert!(sentence.contains(&hash(auspice::message::game_hash::<Board>())), "{sentence}");
        assert!(sentence.contains(&hash(auspice::message::game_hash::<Demo>())), "{sentence}");
    }
}
