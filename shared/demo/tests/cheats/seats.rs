//! Cheats who come and go: what counts is what a ship has that it would not have had otherwise.

use auspice::Tick;
use auspice::message::Credential;
use auspice_demo::{Input, Rules, Ship};

use crate::trial::{Player, Trial, by_both_terms, empty};

const FIRE: Input = Input { turn: 0, thrust: false, fire: true, laser: false, missile: false };

/// Ten seconds with the trigger held; every `cut` ticks the connection is lost, and taken up again at once.
/// The ship, and its shots.
fn fire(patience: u32, cut: Option<u32>) -> (Ship, usize) {
    let mut trial = Trial::new(patience, empty(), 5, 1);
    let (ship, _) = trial.true_ship(0).expect("it has a ship");
    let mut shots = std::collections::BTreeSet::new();
    while trial.room.tick_now().0 < 300 {
        trial.tick(|player: &mut Player, made| vec![player.honest(made, FIRE)]);
        if cut.is_some_and(|cut| trial.room.tick_now().0.is_multiple_of(cut)) {
            let token = trial.players[0].eyes.resume_token().expect("each welcome has one");
            trial.cut(0);
            trial.redial(0, Credential::Resume(token));
            assert_eq!(trial.players[0].closed, None);
        }
        let world = trial.room.game().world();
        let flying = world.entities().filter(|(_, entity, _)| matches!(entity, auspice_demo::Entity::Shot(_)));
        shots.extend(flying.map(|(id, ..)| (id.slot, id.generation)));
    }
    let (still, now) = trial.true_ship(0).expect("it has a ship");
    assert_eq!(still, ship, "one player, one ship");
    (now, shots.len())
}

#[test]
fn who_comes_back_by_a_token_finds_its_ship_as_it_was() {
    by_both_terms(|patience| {
        let (_, twin) = fire(patience, None);
        for cut in [3, 5, 10, 30] {
            let (_, cheat) = fire(patience, Some(cut));
            println!("cut every {cut} ticks: {cheat} shots, the twin {twin}");
            assert!(cheat <= twin, "cut every {cut} ticks: {cheat} shots, the twin {twin}");
        }
    });
}

/// Two ships in a small world, of which the second takes harm until it has less than half of its health.
fn hurt(patience: u32) -> (Trial, u8) {
    let rules =
        Rules { size: 500, spawn_shield_ms: 0, laser_range: 700, laser_reload_ms: 100, laser_energy: 0, ..empty() };
    let mut trial = Trial::new(patience, rules, 3, 2);
    for _ in 0..3000 {
        let aim = |player: &Player, made: Tick| {
            let (own, ship) = player.foreseen_ship(made)?;
            let target = player.eyes.entities().find(|held| held.id != own && held.entity.as_ship().is_some())?;
            let wanted = auspice_demo::heading_of((target.entity.as_ship()?.position - ship.position).as_vec2());
            let off = (i32::from(wanted) - i32::from(ship.heading) + 6144).rem_euclid(4096) - 2048;
            let turn = if off.abs() < 45 { 0 } else { off.signum() as i8 };
            Some(Input { turn, laser: turn == 0, ..Input::default() })
        };
        trial.tick_with(
            |player: &mut Player, made: Tick| vec![player.honest(made, aim(player, made).unwrap_or_default())],
            |_, _| Input::default(),
        );
        let health = trial.true_ship(1).map_or(0, |(_, ship)| ship.health);
        if (1..=4).contains(&health) {
            return (trial, health);
        }
    }
    panic!("nobody was hit");
}

#[test]
fn a_cut_is_no_way_to_be_whole_again() {
    by_both_terms(|patience| {
        let (mut trial, health) = hurt(patience);
        let (id, before) = trial.true_ship(1).expect("it is alive");
        let token = trial.players[1].eyes.resume_token().expect("each welcome has one");
        trial.cut(1);
        // Away, it is as much of a target as before.
        trial.tick(|player: &mut Player, made| vec![player.honest(made, Input::default())]);
        let (away, ship) = trial.true_ship(1).expect("a ship stays");
        assert_eq!((away, ship.health, ship.score), (id, before.health, before.score));
        trial.redial(1, Credential::Resume(token));
        let (back, ship) = trial.true_ship(1).expect("it is the same");
        assert_eq!((back, ship.health, ship.score, ship.is_shielded()), (id, health, before.score, false));
    });
}
