//! Prizes, and the powers that they give.

use auspice::Audience;
use auspice_demo::{Entity, Event, Input, Power, Prize, Rules, Ship, World};

use crate::common::{HZ, aim, clients, empty, find, ground, ship_of, snapshot, step, world};

#[test]
fn a_prize_is_taken_once_and_the_next_comes_in_its_time() {
    let rules = Rules { pickups: 1, size: 500, spawn_shield_ms: 0, pickup_ms: 5000, ..empty() };
    let (mut world, clients) = (world(rules), clients(2));
    clients.iter().for_each(|&client| world.join(client, "Ann"));
    let pickup = |world: &World| {
        snapshot(world).into_iter().find_map(|(id, entity)| match entity {
            Entity::Pickup(pickup) => Some((id, pickup)),
            _ => None,
        })
    };
    let (id, first) = pickup(&world).expect("there should be a pickup");
    assert_eq!((first.prize(), first.is_there()), (Prize::Repair, true));
    let mut taken = Vec::new();
    for tick in 0..60 * HZ {
        let inputs: Vec<_> = clients
            .iter()
            .map(|&client| {
                (client, aim(&ship_of(&world, client).1, first.position, Input { thrust: true, ..Input::default() }))
            })
            .collect();
        step(&mut world, &inputs);
        for told in world.drain_events() {
            if let (Audience::One(_), Event::Took { prize }) = told {
                taken.push((tick, prize));
            }
        }
        let (same, now) = pickup(&world).expect("the place stays");
        assert_eq!(same, id);
        assert_eq!(now.prize() as usize, taken.len() % 4);
    }
    assert!(taken.len() >= 5, "{taken:?}");
    assert!(taken.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 5 * HZ), "{taken:?}");
    assert_eq!(taken[1].1, Prize::Shield);
}

#[test]
fn a_power_lasts_its_time_and_its_end_is_foreseen() {
    let rules = Rules { pickups: 1, size: 500, spawn_shield_ms: 0, ..empty() };
    let (mut world, client) = (world(rules), clients(1)[0]);
    world.join(client, "Ann");
    let place = snapshot(&world).iter().find_map(|(_, entity)| match entity {
        Entity::Pickup(pickup) => Some(pickup.position),
        _ => None,
    });
    let place = place.expect("there should be a pickup");
    let mut shielded = 0;
    for _ in 0..60 * HZ {
        let (id, own) = ship_of(&world, client);
        let input = aim(&own, place, Input { thrust: true, ..Input::default() });
        let mut foreseen = own;
        foreseen.obey(&input);
        let mut foreseen = Entity::Ship(foreseen);
        auspice_demo::advance(&ground(rules).level, &mut foreseen);
        step(&mut world, &[(client, input)]);
        let now: Ship = find(&world, id).and_then(|entity| entity.as_ship().copied()).expect("it should be a ship");
        let took = world.drain_events().any(|told| matches!(told, (Audience::One(_), Event::Took { .. })));
        assert!(took || Entity::Ship(now) == foreseen);
        shielded += u32::from(now.power() == Power::Shield);
    }
    assert_eq!(shielded % (8 * HZ), 0, "{shielded} ticks of shields of eight seconds each");
    assert!(shielded > 0);
}
