//! Commands and events over a loss: each arrives once, and in order, whenever the connection is lost, for as long as
//! the seat is kept.

use auspice::limits::EVENTS_PENDING_MAX;
use auspice::sim::{Arena, Link};
use auspice::{Micros, Rng};

use crate::games::tiny::Tiny;
use crate::games::{arena, connect, delayed};

const PLAYERS: usize = 5;

/// Commands of a player, which the game tells to everyone.
fn say(arena: &mut Arena<Tiny>, player: usize, said: &mut [Vec<String>]) {
    let line = format!("{player}: {}", said[player].len());
    if arena.clients[player].replica_mut().command(&line).is_ok() {
        said[player].push(line);
    }
}

/// What `client` was told of what `player` said.
fn heard(arena: &Arena<Tiny>, client: usize, player: usize) -> Vec<String> {
    let start = format!("{player}: ");
    arena.clients[client].events.iter().filter(|line| line.starts_with(&start)).cloned().collect()
}

fn assert_all_heard(arena: &Arena<Tiny>, said: &[Vec<String>], context: &str) {
    for client in 0..said.len() {
        for (player, said) in said.iter().enumerate() {
            assert_eq!(heard(arena, client, player), *said, "{context}: what {player} said, as {client} heard it");
        }
        assert_eq!(arena.clients[client].replica().report().lost, 0, "{context}");
    }
}

/// Cuts players at random moments, half of them unheard by the room, and lets them back by links of random
/// delays: while the welcome is under way, too. Everybody speaks all the time.
fn play(seed: u64) {
    let mut arena = arena::<Tiny>(seed);
    arena.is_resumable = true;
    let mut rng = Rng::new(seed);
    let players: Vec<usize> = (0..PLAYERS).map(|_| connect(&mut arena, 20)).collect();
    arena.steps(20);
    let mut said = vec![Vec::new(); PLAYERS];
    let mut back_at = [None; PLAYERS];
    for _ in 0..600 {
        for &player in &players {
            if rng.one_in(8) {
                say(&mut arena, player, &mut said);
            }
            if back_at[player].is_none() && rng.one_in(40) {
                back_at[player] = Some(arena.now() + Micros::from_millis(u64::from(rng.below(700))));
                if rng.one_in(2) {
                    arena.cut(player);
                }
            }
            if back_at[player].is_some_and(|at| at <= arena.now()) {
                back_at[player] = None;
                let mut link = || Link { jitter: Micros::from_millis(20), ..delayed(u64::from(rng.below(80))) };
                let (up, down) = (link(), link());
                arena.redial(player, up, down).expect("the name fits");
            }
        }
        arena.step();
    }
    for player in players {
        if back_at[player].is_some() {
            arena.redial(player, delayed(20), delayed(20)).expect("the name fits");
        }
    }
    arena.steps(60);
    assert!(said.iter().all(|said| said.len() > 20), "seed {seed}");
    assert_all_heard(&arena, &said, &format!("seed {seed}"));
    assert!(arena.faults.is_empty(), "seed {seed}: {:#?}", arena.faults);
}

#[test]
fn whatever_is_said_is_heard_once_and_in_order_by_all_who_come_back() {
    (0..20).for_each(play);
}

#[test]
fn a_silent_connection_beside_which_another_is_dialled_loses_and_repeats_nothing() {
    for seed in 0..20 {
        let mut arena = arena::<Tiny>(seed);
        arena.is_resumable = true;
        let players: Vec<usize> = (0..3).map(|_| connect(&mut arena, 30)).collect();
        players.iter().for_each(|&player| arena.clients[player].returns = Some((delayed(30), delayed(30))));
        arena.steps(30);
        let mut said = vec![Vec::new(); players.len()];
        let mut rng = Rng::new(seed);
        for step in 0..900 {
            let player = rng.below(3) as usize;
            if rng.one_in(3) {
                say(&mut arena, player, &mut said);
            }
            if step % 150 == 20 {
                let until = arena.now() + Micros::from_millis(u64::from(1000 + rng.below(3000)));
                if rng.one_in(2) {
                    arena.clients[player].cut_off(until);
                } else {
                    arena.clients[player].change_address();
                }
            }
            arena.step();
        }
        arena.steps(150);
        assert_all_heard(&arena, &said, &format!("seed {seed}"));
        assert!(arena.room.stats().resumes > 0, "seed {seed}");
    }
}

#[test]
fn who_is_away_misses_the_oldest_of_too_many_events_and_knows_how_many() {
    let mut arena = arena::<Tiny>(1);
    arena.is_resumable = true;
    let (speaker, away) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(10);
    arena.cut(away);
    let mut said = vec![Vec::new(); 1];
    while said[0].len() < EVENTS_PENDING_MAX + 20 {
        say(&mut arena, speaker, &mut said);
        arena.step();
    }
    arena.steps(5);
    arena.redial(away, delayed(0), delayed(0)).expect("the name fits");
    arena.steps(10);
    assert_eq!(heard(&arena, away, speaker), said[0][20..]);
    assert_eq!(arena.clients[away].replica().report().lost, 20);
}

#[test]
fn another_player_is_told_nothing_of_what_was_before() {
    let mut arena = arena::<Tiny>(1);
    let (speaker, other) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(10);
    let mut said = vec![Vec::new(); 2];
    say(&mut arena, speaker, &mut said);
    arena.steps(10);
    // Nobody comes back here: who dials anew is another player.
    say(&mut arena, other, &mut said);
    arena.cut(other);
    arena.redial(other, delayed(0), delayed(0)).expect("the name fits");
    arena.steps(10);
    assert_eq!(arena.clients[other].events, ["0: 0"], "and its command was another's");
    assert_eq!(heard(&arena, speaker, other), Vec::<String>::new());
}
