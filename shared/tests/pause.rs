//! Pauses, of the server and of the network: whoever plays on through one is neither thrown out nor left
//! without control.

use auspice::sim::Arena;
use auspice::{ClientId, Micros, Terms};

use crate::games::tiny::{Tiny, Walk};
use crate::games::{arena_with, check_all, connect, delayed};

const RATES_HZ: [u32; 4] = [20, 30, 60, 120];
const PAUSES_SECONDS: std::ops::RangeInclusive<u64> = 1..=20;

/// Players that have played for three seconds at `tick_hz`, over links from good to bad.
fn players(tick_hz: u32) -> (Arena<Tiny>, Vec<ClientId>) {
    let mut arena = arena_with::<Tiny>(Terms { tick_hz, ..Terms::of::<Tiny>(()).strict() }, 5);
    arena.is_resumable = true;
    for milliseconds in [0, 15, 40, 90] {
        let player = connect(&mut arena, milliseconds);
        arena.clients[player].returns = Some((delayed(milliseconds), delayed(milliseconds)));
        arena.clients[player].replica_mut().set_input(Walk { on: true });
    }
    arena.steps(tick_hz * 3);
    let owners = arena.clients.iter().map(|client| client.seat.expect("everybody should play")).collect();
    (arena, owners)
}

/// Everybody has the entity of before, and it does what its player wants: it stands within a second of being
/// told to, and walks again within another.
fn assert_all_play_on(arena: &mut Arena<Tiny>, owners: &[ClientId], case: &str) {
    for (player, owner) in owners.iter().enumerate() {
        let client = &arena.clients[player];
        assert_eq!(client.seat.as_ref(), Some(owner), "{case}: player {player}, closed with {:?}", client.closed);
    }
    let second = arena.room.terms().tick_hz;
    for on in [false, true] {
        for client in &mut arena.clients {
            client.replica_mut().set_input(Walk { on });
        }
        arena.steps(second);
        let before = places(arena, owners);
        arena.steps(second / 4);
        let walked: Vec<i32> = places(arena, owners).iter().zip(&before).map(|(now, before)| now - before).collect();
        let expected = if on { second as i32 / 4 } else { 0 };
        assert!(
            walked.iter().all(|&ticks| ticks == expected),
            "{case}: told to walk ({on}), walked {walked:?} of {expected} ticks"
        );
    }
    check_all(arena, case);
}

fn places(arena: &Arena<Tiny>, owners: &[ClientId]) -> Vec<i32> {
    owners.iter().map(|owner| arena.room.game().dots[owner].1.at).collect()
}

#[test]
fn a_server_that_stood_still_throws_nobody_out_and_obeys_everybody() {
    for tick_hz in RATES_HZ {
        for seconds in PAUSES_SECONDS {
            let (mut arena, owners) = players(tick_hz);
            arena.pause(Micros::from_seconds(seconds));
            arena.steps(tick_hz);
            assert_all_play_on(&mut arena, &owners, &format!("{tick_hz} Hz, server paused for {seconds} s"));
        }
    }
}

#[test]
fn a_network_that_was_cut_throws_nobody_out_and_brings_everybody_back() {
    for tick_hz in RATES_HZ {
        for seconds in PAUSES_SECONDS {
            let (mut arena, owners) = players(tick_hz);
            let end = arena.now() + Micros::from_seconds(seconds);
            arena.clients.iter_mut().for_each(|client| client.cut_off(end));
            arena.steps(seconds as u32 * tick_hz);
            arena.steps(tick_hz);
            assert_all_play_on(&mut arena, &owners, &format!("{tick_hz} Hz, network cut for {seconds} s"));
        }
    }
}
