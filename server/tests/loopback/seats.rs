//! Whoever holds a seat is let back to it, also where nobody else is let in: while the server drains, is
//! busy, or has no place left for that address. Players come through a proxy here, since this machine itself
//! has no limits by address.

use std::time::{Duration, Instant, SystemTime};

use auspice::EntityId;
use auspice::limits::GRACE_SECONDS;
use auspice::message::{Credential, ResumeToken};
use auspice_server::session::{Claims, Gate, SecretKey, unix_seconds};
use auspice_server::{Config, Handle};
use tungstenite::handshake::client::Response;

use crate::dots::{HEAVY_PACE, Rules, Wish};
use crate::player::{Player, connect, start};

const HOME: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.9";

/// A server behind a proxy.
fn behind_proxy(change: impl FnOnce(&mut Config<Rules>)) -> Handle {
    start(|config| {
        config.access.trusted_proxy = vec!["127.0.0.1".parse().unwrap()];
        change(config);
    })
}

fn dial(server: &Handle, from: &str, name: &str, entry: Credential) -> Result<Player, Box<Response>> {
    let address = server.local_addr();
    Player::enter_by(connect(address), address, name, entry, Some(from))
}

/// A player that has been heard, its token and its entity.
fn join(server: &Handle, from: &str, name: &str) -> (Player, ResumeToken, EntityId) {
    let mut player = dial(server, from, name, Credential::Open).unwrap();
    player.play_until("an input is answered", |player| player.replica.report().echoes > 0);
    let (token, own) = (player.replica.resume_token().unwrap(), player.replica.own().unwrap());
    (player, token, own)
}

/// Comes back by `token`, and must be who it was.
fn come_back(server: &Handle, from: &str, token: ResumeToken, own: EntityId) -> Player {
    let mut player =
        dial(server, from, "somebody", Credential::Resume(token)).unwrap_or_else(|refused| panic!("{refused:?}"));
    player.play_until("it is back", |player| player.replica.own().is_some());
    assert_eq!(player.replica.own(), Some(own));
    player
}

fn away(server: &Handle) -> f64 {
    value(server, "auspice_clients{state=\"suspended\"}")
}

fn value(server: &Handle, series: &str) -> f64 {
    let text = server.metrics();
    let line = text.lines().find_map(|line| line.strip_prefix(series)).unwrap_or_else(|| panic!("{series} is missing"));
    line.trim().parse().unwrap()
}

/// Seconds after which a refused stranger is asked to come again: fewer than a seat is kept for.
fn retry_after(refused: &Response) -> u32 {
    refused.headers()["Retry-After"].to_str().unwrap().parse().unwrap()
}

/// The close code that a connection ends with that shows `entry`.
fn closed_with(server: &Handle, from: &str, entry: Credential) -> u16 {
    let mut player = dial(server, from, "stranger", entry).unwrap_or_else(|refused| panic!("{refused:?}"));
    player.play_until_closed().expect("a close frame").code.into()
}

#[test]
fn a_drain_turns_strangers_away_and_lets_back_who_was_cut_off() {
    let server = behind_proxy(|config| config.drain_timeout = Duration::from_secs(3600));
    let (mut watcher, ..) = join(&server, ELSEWHERE, "watcher");
    let (ann, token, own) = join(&server, HOME, "ann");
    server.drain();
    // Nobody is away, and that address has no seat.
    let refused = dial(&server, "192.0.2.1", "stranger", Credential::Open).err().expect("a stranger is turned away");
    assert_eq!(refused.status(), 503);
    assert!((1..GRACE_SECONDS / 2).contains(&retry_after(&refused)), "{refused:?}");
    drop(ann);
    watcher.play_until("ann is away", |_| away(&server) == 1.0);
    assert_eq!(closed_with(&server, HOME, Credential::Open), 1012, "only a token opens");
    assert_eq!(closed_with(&server, HOME, Credential::Resume(ResumeToken([7; 32]))), 4010);
    let mut ann = come_back(&server, HOME, token, own);
    watcher.play_until("ann is back", |_| away(&server) == 0.0);
    // The old connection need not have been found to be lost.
    let token = ann.replica.resume_token().unwrap();
    ann.play_until("an input is answered", |ann| ann.replica.report().echoes > 0);
    let mut again = come_back(&server, HOME, token, own);
    assert_eq!(ann.play_until_closed().map(|frame| u16::from(frame.code)), Some(4011));
    // From another network, as a phone does.
    let token = again.replica.resume_token().unwrap();
    again.play_until("an input is answered", |again| again.replica.report().echoes > 0);
    drop(again);
    watcher.play_until("ann is away", |_| away(&server) == 1.0);
    come_back(&server, "192.0.2.33", token, own);
}

#[test]
fn a_ticket_of_who_is_away_opens_a_closed_server_and_one_of_a_stranger_does_not() {
    let (secret, public) = SecretKey::generate().unwrap();
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("seats.pub");
    std::fs::write(&file, public).unwrap();
    let server = behind_proxy(|config| {
        config.gate = Gate::of_tickets(&[file], "dots").unwrap();
        config.drain_timeout = Duration::from_secs(3600);
    });
    let key = SecretKey::parse(&secret).unwrap();
    let ticket = |player: &str| {
        Credential::Ticket(
            key.mint(&Claims::new(player, player, "dots", unix_seconds(SystemTime::now()), 20).unwrap()).unwrap(),
        )
    };
    let mut ann = dial(&server, HOME, "ann", ticket("ann")).unwrap();
    ann.play_until("an input is answered", |ann| ann.replica.report().echoes > 0);
    let own = ann.replica.own();
    server.drain();
    drop(ann);
    assert_eq!(closed_with(&server, HOME, ticket("bob")), 1012);
    let mut again = dial(&server, HOME, "ann", ticket("ann")).unwrap();
    again.play_until("it is back", |again| again.replica.own().is_some());
    assert_eq!(again.replica.own(), own);
}

#[test]
fn a_busy_server_turns_strangers_away_and_lets_back_who_was_cut_off() {
    let server = behind_proxy(|_| {});
    let (mut heavy, ..) = join(&server, ELSEWHERE, "heavy");
    let (ann, token, own) = join(&server, HOME, "ann");
    heavy.replica.set_input(Wish { pace: HEAVY_PACE });
    heavy.play_until("nobody is let in", |_| value(&server, "auspice_overload_level") >= 3.0);
    let refused = dial(&server, "192.0.2.1", "stranger", Credential::Open).err().expect("a stranger is turned away");
    assert_eq!(refused.status(), 503);
    assert!((1..GRACE_SECONDS / 2).contains(&retry_after(&refused)), "{refused:?}");
    drop(ann);
    heavy.play_until("ann is away", |_| away(&server) == 1.0);
    assert_eq!(closed_with(&server, HOME, Credential::Open), 1013);
    come_back(&server, HOME, token, own);
    assert!(value(&server, "auspice_overload_level") >= 3.0);
}

#[test]
fn a_drain_waits_for_who_is_away_for_as_long_as_its_seat_is_kept() {
    let server = behind_proxy(|config| (config.drain_timeout, config.grace_seconds) = (Duration::from_secs(3600), 1));
    let (ann, token, own) = join(&server, HOME, "ann");
    server.drain();
    drop(ann);
    std::thread::sleep(Duration::from_millis(200));
    drop(come_back(&server, HOME, token, own));
    let left = Instant::now();
    server.join().unwrap();
    let waited = left.elapsed();
    assert!(waited > Duration::from_millis(700) && waited < Duration::from_secs(10), "{waited:?}");
}

#[test]
fn a_drain_waits_no_longer_than_it_was_given() {
    let server = behind_proxy(|config| config.drain_timeout = Duration::from_millis(300));
    let (ann, ..) = join(&server, HOME, "ann");
    drop(ann);
    let asked = Instant::now();
    server.drain();
    server.join().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_household_whose_connections_are_all_lost_unnoticed_comes_back_beside_them() {
    let server = behind_proxy(|config| config.access.max_per_address = 16);
    let lost: Vec<_> = (0..16).map(|number| join(&server, HOME, &format!("player {number}"))).collect();
    let back: Vec<Player> = lost.iter().map(|(_, token, own)| come_back(&server, HOME, *token, *own)).collect();
    assert_eq!(value(&server, "auspice_clients{state=\"active\"}"), 16.0);
    // It has no place more than before.
    let stranger = dial(&server, HOME, "stranger", Credential::Open);
    match stranger {
        Ok(mut stranger) => assert_eq!(stranger.play_until_closed().map(|frame| u16::from(frame.code)), Some(1013)),
        Err(refused) => assert_eq!(refused.status(), 429),
    }
    drop((lost, back));
}

#[test]
fn a_full_server_whose_connections_are_all_lost_unnoticed_has_everybody_back() {
    let server = behind_proxy(|config| config.max_clients = 2);
    let lost = [join(&server, HOME, "ann"), join(&server, ELSEWHERE, "bob")];
    // Strangers take what places there are beside them.
    let crowd: Vec<_> =
        (0..auspice::limits::APPLICANTS_MAX).map(|_| crate::player::upgrade(server.local_addr())).collect();
    for (from, (_, token, own)) in [HOME, ELSEWHERE].into_iter().zip(&lost) {
        come_back(&server, from, *token, *own);
    }
    drop(crowd);
}
