//! Cheats who want to see more: what counts is the farthest thing that their connection ever told them of.

use std::collections::BTreeSet;

use auspice::{EntityId, Game, Tick};
use auspice_demo::{Demo, Entity, Input, Rules};

use crate::pen::Say;
use crate::trial::{Bot, Player, Trial};

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
fn look(mut bot: impl Bot) -> Told {
    let mut trial =
        Trial::new(Rules { size: 5000, npcs: 60, spawn_shield_ms: 17_000, asteroid_damage: 0, ..Rules::default() }, 6, 1);
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
    let twin = look(|player: &mut Player, made: Tick| vec![player.honest(made, WISH)]);
    // What is held stays a tenth further than it came.
    let keeps = Demo::INTEREST_RADIUS * 1.1;
    assert!(twin.entities.len() > 20 && twin.farthest <= keeps, "{} entities, {} units", twin.entities.len(), twin.farthest);
    let everything = look(|player: &mut Player, made: Tick| vec![Say { resync: true, ..player.honest(made, WISH) }]);
    let late = look(|player: &mut Player, made: Tick| vec![Say { behind: Some(made.0 % 128), ..player.honest(made, WISH) }]);
    let mut claimed = Tick(0);
    let deaf = look(|player: &mut Player, made: Tick| {
        // It claims to have heard nothing for a quarter of a second, over and over.
        if made.0.is_multiple_of(8) || claimed == Tick(0) {
            claimed = player.eyes.tick();
        }
        vec![Say { applied: claimed, ..player.honest(made, WISH) }]
    });
    for (what, cheat) in
        [("asks for everything afresh", everything), ("says that it shows all late", late), ("says it missed much", deaf)]
    {
        println!(
            "{what}: {} entities, the farthest at {:.0} units; the twin {} and {:.0}",
            cheat.entities.len(),
            cheat.farthest,
            twin.entities.len(),
            twin.farthest
        );
        assert!(cheat.farthest <= keeps, "{what}: {} units", cheat.farthest);
        assert!(cheat.entities.is_subset(&twin.entities), "{what}: {:?}", cheat.entities.difference(&twin.entities));
    }
}
