//! Rounds, results and the scoreboard.

use auspice::Audience;
use auspice_demo::{Entity, Event, LINES_MAX, RANKS_MAX, Round, Rules, Standing, World};

use crate::common::{HZ, clients, ship_of, ships, snapshot, step, world};

fn round(world: &World) -> Round {
    let is_round = |(_, entity)| if let Entity::Round(round) = entity { Some(round) } else { None };
    snapshot(world).into_iter().find_map(is_round).expect("there is always a round")
}

fn standings(world: &World) -> Vec<(Standing, String)> {
    let lines = world.entities().filter_map(|(_, entity, label)| match entity {
        Entity::Standing(standing) => Some((*standing, String::from_utf8(label.to_vec()).expect("names are text"))),
        _ => None,
    });
    lines.collect()
}

#[test]
fn a_round_ends_on_time_names_its_winner_and_the_next_starts_afresh() {
    let mut world = world(Rules { round_seconds: 60, intermission_seconds: 5, ..Rules::default() });
    let client = clients(1)[0];
    world.join(client, "Ann");
    let mut told = Vec::new();
    for _ in 0..60 * HZ {
        assert!(!round(&world).is_over);
        step(&mut world, &[]);
        told.extend(world.drain_events());
    }
    assert!(round(&world).is_over);
    let result = told.iter().find_map(|told| match told {
        (Audience::All, Event::RoundOver { number: 1, ranking }) => Some(ranking),
        _ => None,
    });
    let ranking = result.expect("the result should be told to all");
    assert_eq!(ranking.len(), RANKS_MAX);
    assert!(ranking.windows(2).all(|pair| pair[0].score >= pair[1].score));
    let best = ships(&world).iter().map(|ship| ship.score).max();
    assert_eq!((Some(ranking[0].score), ranking[0].name.is_empty()), (best, false));
    assert!(best > Some(0));
    let placed =
        told.iter().filter(|told| matches!(told, (Audience::One(to), Event::Placed { of: 40, .. }) if *to == client));
    assert_eq!(placed.count(), 1, "a player's own place is told once");

    // Scores stand and nobody dies until the next round.
    let scores: u32 = ships(&world).iter().map(|ship| u32::from(ship.score)).sum();
    for _ in 0..5 * HZ - 1 {
        step(&mut world, &[]);
        assert_eq!(ships(&world).iter().map(|ship| u32::from(ship.score)).sum::<u32>(), scores);
    }
    assert!(!world.drain_events().any(|told| matches!(told, (Audience::Near(_, _), Event::Destroyed { .. }))));
    step(&mut world, &[]);
    assert_eq!((round(&world).number, round(&world).is_over), (2, false));
    assert!(ships(&world).iter().all(|ship| ship.score == 0));
    assert!(world.drain_events().any(|told| told == (Audience::All, Event::RoundBegins { number: 2 })));
    step(&mut world, &[]);
    assert!(ships(&world).iter().all(auspice_demo::Ship::is_alive), "wrecks return with the new round");
}

#[test]
fn the_scoreboard_names_the_best_and_as_many_players_as_fit() {
    let mut world = world(Rules { npcs: 30, size: 1500, ..Rules::default() });
    let clients = clients(5);
    for (index, &client) in clients.iter().enumerate() {
        world.join(client, &format!("player {index}"));
    }
    (0..60 * HZ).for_each(|_| step(&mut world, &[]));
    let lines = standings(&world);
    assert_eq!(lines.len(), LINES_MAX);
    let mut scores: Vec<u16> = ships(&world).iter().map(|ship| ship.score).collect();
    scores.sort_unstable_by(|one, other| other.cmp(one));
    let mut shown: Vec<u16> = lines.iter().map(|(line, _)| line.score).collect();
    shown.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(shown[..3], scores[..3]);
    for (index, &client) in clients.iter().enumerate() {
        let (id, ship) = ship_of(&world, client);
        let line = lines.iter().find(|(_, name)| *name == format!("player {index}")).expect("each player has a line");
        assert_eq!((u32::from(line.0.ship), line.0.score, line.0.is_computer), (id.slot, ship.score, false));
    }
}
