//! A server that stood still for a while, as a suspended machine does: the kernel went on accepting, and most
//! of what it accepted has hung up since.

use std::io::Write;
use std::net::TcpStream;

use auspice::message::{Credential, SUBPROTOCOL};

use crate::player::{Player, Running};

/// One router's, as a proxy says.
const HOME: &str = "203.0.113.7";
const PLAYERS: usize = 20;

/// Tries of each player to which nobody answered.
const DEAD_DIALS: usize = 9;

#[test]
fn a_household_that_redialled_again_and_again_is_back_when_the_server_wakes() {
    let limit = PLAYERS.to_string();
    let running =
        Running::start(&["--admin-listen", "off", "--trusted-proxy", "127.0.0.1", "--max-per-address", &limit]);
    let address = running.address;
    let joined = (0..PLAYERS).map(|number| {
        let mut player = Player::dial_from(address, Some(HOME), &format!("player {number}"), Credential::Open).unwrap();
        player.play_until("an input is answered", |player| player.replica.report().echoes > 0);
        player
    });
    let joined: Vec<_> = joined.collect();
    let seats: Vec<_> =
        joined.iter().map(|player| (player.replica.resume_token().unwrap(), player.replica.own())).collect();
    running.signal("-STOP");
    drop(joined);
    let request = format!(
        "GET /play HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         X-Forwarded-For: {HOME}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    );
    for _ in 0..DEAD_DIALS * PLAYERS {
        let mut given_up = TcpStream::connect(address).unwrap();
        given_up.write_all(request.as_bytes()).unwrap();
    }
    let dials: Vec<_> = (0..PLAYERS)
        .map(|number| {
            let entry = Credential::Resume(seats[number].0);
            std::thread::spawn(move || Player::dial_from(address, Some(HOME), &format!("player {number}"), entry))
        })
        .collect();
    // The live dials are in the queue, behind the dead ones.
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal("-CONT");
    for (dial, (_, own)) in dials.into_iter().zip(&seats) {
        let mut player = dial.join().unwrap().unwrap_or_else(|refused| panic!("refused: {refused}"));
        player.play_until("it is back", |player| player.replica.own().is_some());
        assert_eq!(player.replica.own(), *own);
    }
}
