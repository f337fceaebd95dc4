//! A world without a room around it, and what tests ask of it.

use auspice::{Audience, ClientId, EntityId, Ground, Rng, Terms};
use auspice_demo::{Command, Demo, Entity, Event, Input, Pilot, Rules, Ship, World};
use slotmap::SlotMap;

pub(crate) const HZ: u32 = 30;

/// Rules with nothing in the world but who joins.
pub(crate) fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, walls: 0, ..Rules::default() }
}

pub(crate) fn world(rules: Rules) -> World {
    World::new(&ground(rules), 7)
}

pub(crate) fn ground(rules: Rules) -> Ground<Demo> {
    Ground::new(Terms::of::<Demo>(rules))
}

pub(crate) fn clients(count: usize) -> Vec<ClientId> {
    let mut keys = SlotMap::<ClientId, ()>::with_key();
    (0..count).map(|_| keys.insert(())).collect()
}

/// A tick in which everyone is judged in the present.
pub(crate) fn step(world: &mut World, inputs: &[(ClientId, Input)]) {
    world.step(inputs, &mut Vec::new(), &());
}

/// A tick in which a client asks for something, and what is told of it.
pub(crate) fn ask(world: &mut World, client: ClientId, command: Command) -> Vec<(Audience, Event)> {
    world.drain_events().for_each(drop);
    world.step(&[], &mut vec![(client, command)], &());
    world.drain_events().collect()
}

pub(crate) fn snapshot(world: &World) -> Vec<(EntityId, Entity)> {
    world.entities().map(|(id, entity, _)| (id, *entity)).collect()
}

pub(crate) fn ships(world: &World) -> Vec<Ship> {
    world.entities().filter_map(|(_, entity, _)| entity.as_ship().copied()).collect()
}

pub(crate) fn find(world: &World, wanted: EntityId) -> Option<Entity> {
    world.entities().find(|(id, ..)| *id == wanted).map(|(_, entity, _)| *entity)
}

pub(crate) fn ship_of(world: &World, client: ClientId) -> (EntityId, Ship) {
    let viewpoint = world.players().find(|(other, _)| *other == client).expect("the client should have joined").1;
    let id = viewpoint.own.expect("the client should have a ship");
    (id, *find(world, id).and_then(|entity| entity.as_ship().copied()).as_ref().expect("it should be a ship"))
}

pub(crate) fn any_input(rng: &mut Rng) -> Input {
    Input {
        turn: rng.between(-1, 1) as i8,
        thrust: rng.one_in(2),
        fire: rng.one_in(4),
        laser: rng.one_in(9),
        missile: rng.one_in(30),
    }
}

/// What a pilot presses for a client's ship.
pub(crate) fn piloted(world: &World, pilot: &mut Pilot, ground: &Ground<Demo>, client: ClientId) -> Input {
    let (own, ship) = ship_of(world, client);
    pilot.fly(ground, own, &ship, snapshot(world))
}

/// The events of `told`, whoever is told.
pub(crate) fn events(told: impl IntoIterator<Item = (Audience, Event)>) -> Vec<Event> {
    told.into_iter().map(|(_, event)| event).collect()
}

/// Inputs that bring a ship to look at a point, and then hold a trigger.
pub(crate) fn aim(ship: &Ship, target: glam::IVec2, then: Input) -> Input {
    let wanted = auspice_demo::heading_of((target - ship.position).as_vec2());
    let off = (i32::from(wanted) - i32::from(ship.heading) + 6144).rem_euclid(4096) - 2048;
    let turn = if off.abs() < 50 { 0 } else { off.signum() as i8 };
    if turn == 0 { then } else { Input { turn, ..Input::default() } }
}
