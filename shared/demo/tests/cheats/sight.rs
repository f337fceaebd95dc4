//! Cheats who want to see more: what counts is the farthest thing that their connection ever told them of.

use std::collections::{BTreeSet, VecDeque};

use auspice::sim::{Arena, Link};
use auspice::{ClientId, EntityId, Game, Ground, Rng, Terms, Tick};
use auspice_demo::{Command, Demo, Entity, Event, Input, Pilot, Rules, STEPS_PER_UNIT, Watch, World};
use glam::Vec3;

use crate::pen::Say;
use crate::trial::{Bot, Player, Trial, by_both_terms};

/// Fifteen seconds: long enough to cross the view several times.
const TICKS: u32 = 450;

/// What a connection told of.
#[derive(Debug, Default)]
struct Told {
    /// Everything that has a place.
    entities: BTreeSet<EntityId>,
    /// From the own ship to the farthest of it when it was told of, in units.
    farthest: f32,
}

/// A crowded world, in which the first player says what `bot` has it say, and another flies beside.
fn look(patience: u32, mut bot: impl Bot) -> Told {
    let mut trial = Trial::new(
        patience,
        Rules { size: 5000, npcs: 60, spawn_shield_ms: 17_000, asteroid_damage: 0, ..Rules::default() },
        6,
        1,
    );
    let mut told = Told::default();
    for _ in 0..TICKS {
        trial.tick(&mut bot);
        let player = &trial.players[0];
        let Some((_, own)) = player.ship() else { continue };
        let own = Demo::place(&Entity::Ship(own)).expect("a ship has a place");
        for held in player.eyes.entities() {
            let Some(place) = Demo::place(&held.entity) else { continue };
            told.entities.insert(held.id);
            told.farthest = told.farthest.max(place.0.distance(own.0));
        }
        assert_eq!(player.closed, None);
    }
    told
}

const WISH: Input = Input { turn: 0, thrust: true, fire: false, laser: false, missile: false };

#[test]
fn nothing_that_a_client_says_shows_it_what_is_far() {
    by_both_terms(|patience| {
        let honest = |player: &mut Player, made: Tick| vec![player.honest(made, WISH)];
        let twin = look(patience, honest);
        // What is held stays a tenth further than it came.
        let keeps = Demo::INTEREST_RADIUS * 1.1;
        assert!(
            twin.entities.len() > 20 && twin.farthest <= keeps,
            "{} entities, {} units",
            twin.entities.len(),
            twin.farthest
        );
        // A client may ask to have everything told at once: that shows it what comes and goes between two updates of
        // one for whom news waits, and no more.
        let sees_all = look(0, honest);
        let hurried = look(patience, |player: &mut Player, made: Tick| {
            vec![Say { hurries: Some(true), ..player.honest(made, WISH) }]
        });
        let everything =
            look(patience, |player: &mut Player, made: Tick| vec![Say { resync: true, ..player.honest(made, WISH) }]);
        let late = look(patience, |player: &mut Player, made: Tick| {
            vec![Say { behind: Some(made.0 % 128), ..player.honest(made, WISH) }]
        });
        let mut claimed = Tick(0);
        let deaf = look(patience, |player: &mut Player, made: Tick| {
            // It claims to have heard nothing for a quarter of a second, over and over.
            if made.0.is_multiple_of(8) || claimed == Tick(0) {
                claimed = player.eyes.tick();
            }
            vec![Say { applied: claimed, ..player.honest(made, WISH) }]
        });
        for (what, cheat) in [
            ("asks for everything afresh", everything),
            ("says that it shows all late", late),
            ("says it missed much", deaf),
            ("says that its path is a bad one", hurried),
        ] {
            println!(
                "{what}: {} entities, the farthest at {:.0} units; the twin {} and {:.0}",
                cheat.entities.len(),
                cheat.farthest,
                twin.entities.len(),
                twin.farthest
            );
            assert!(cheat.farthest <= keeps, "{what}: {} units", cheat.farthest);
            assert!(
                cheat.entities.is_subset(&sees_all.entities),
                "{what}: {:?}",
                cheat.entities.difference(&sees_all.entities)
            );
        }
    });
}

/// Bots fight and watch for a minute. After each tick everything that anybody holds is measured, one by one,
/// against the world's truth as of the tick that it is held of.
#[test]
fn nobody_holds_anything_that_is_out_of_sight_and_no_event_tells_of_it() {
    by_both_terms(watch_all);
}

/// The place that a seat looks from.
fn centre_of(world: &World, seat: ClientId) -> Option<Vec3> {
    let viewpoint = world.players().find(|(client, _)| *client == seat)?.1;
    let own =
        || world.entities().find(|(id, ..)| Some(*id) == viewpoint.own).and_then(|(_, entity, _)| Demo::place(entity));
    Some(viewpoint.centre.or_else(own).expect("everyone looks from somewhere").0)
}

/// Has each pilot fly by what its client holds.
fn fly(arena: &mut Arena<Demo>, pilots: &mut [Pilot], ground: &Ground<Demo>) {
    for (client, pilot) in arena.clients.iter_mut().zip(pilots) {
        let Some((own, ship)) =
            client.replica().own().and_then(|own| Some((own, *client.replica().entity(own)?.entity.as_ship()?)))
        else {
            continue;
        };
        let input = pilot.fly(ground, own, &ship, client.replica().entities().map(|held| (held.id, held.entity)));
        client.replica_mut().set_input(input);
    }
}

fn watch_all(patience_millis: u32) {
    let rules = Rules { size: 3000, npcs: 20, ..Rules::default() };
    let terms = Terms { patience_millis, ..Terms::of::<Demo>(rules) };
    let mut arena = Arena::<Demo>::new(terms, 21).expect("the demo should be playable");
    let mut pilots: Vec<Pilot> = (0..16).map(Pilot::new).collect();
    for _ in 0..pilots.len() {
        arena.connect(Link::default(), Link::default()).expect("the name should fit");
    }
    let ground = arena.room.ground().clone();
    let (mut rng, mut before, mut compared, mut lasers) = (Rng::new(4), vec![BTreeSet::new(); 16], 0_u64, 0);
    let (near, keeps) = (Demo::INTEREST_RADIUS, ground.terms.keep_radius());
    // The links are perfect: everyone holds this very tick, or one within the longest silence.
    let mut centres = VecDeque::new();
    for tick in 0..1800 {
        fly(&mut arena, &mut pilots, &ground);
        if tick % 45 == 30 {
            let at = Watch::At { x: rng.below(3000) as u16, y: rng.below(3000) as u16 };
            let command = if rng.one_in(2) { Command::Play } else { Command::Spectate(at) };
            arena.clients[rng.below(16) as usize].replica_mut().command(&command).expect("the command should fit");
        }
        arena.step();
        arena.deliver();
        let world = arena.room.game().world();
        let places: Vec<_> = arena.clients.iter().map(|client| centre_of(world, client.seat?)).collect();
        centres.push_front((arena.room.tick_now(), places));
        centres.truncate(1 + ground.terms.longest_silence() as usize);
        for (index, client) in arena.clients.iter_mut().enumerate() {
            let held_of = client.replica().tick();
            let places = centres.iter().find(|(tick, _)| *tick == held_of).map(|(_, places)| places);
            let Some(centre) = places.and_then(|places| places[index]) else { continue };
            let mut held = BTreeSet::new();
            for (place, id) in
                client.replica().entities().filter_map(|held| Some((Demo::place(&held.entity)?, held.id)))
            {
                compared += 1;
                held.insert(id);
                let distance = place.0.distance(centre);
                assert!(
                    distance <= if before[index].contains(&id) { keeps } else { near },
                    "tick {tick}: {id} at {distance} units"
                );
            }
            before[index] = held;
            for report in client
                .events
                .drain(..)
                .filter_map(|event| if let Event::Laser(report) = event { Some(report) } else { None })
            {
                for [x, y] in [report.from, report.to, report.target_seen, report.target_now] {
                    lasers += 1;
                    let point = Vec3::new(x as f32, y as f32, 0.0) / STEPS_PER_UNIT as f32;
                    let distance = point.distance(centre);
                    assert!(
                        distance <= keeps,
                        "tick {tick}: a laser's report tells of a place at {distance} units: {report:?}"
                    );
                }
            }
        }
    }
    println!("{compared} entities and {lasers} places of reports compared");
    assert!(compared > 500_000 && lasers > 400, "{compared} entities and {lasers} places");
    assert_eq!(arena.faults, []);
}
