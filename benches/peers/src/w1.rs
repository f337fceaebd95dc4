//! The reference workload W1 by bevy_replicon.
//!
//! As its documentation has it: components of their own for what changes by itself, written only where they
//! changed; visibility by a bit of its registry, set where it changed; mutations unreliable and acknowledged,
//! so that the base of a difference is what a client has said to hold. In favour of it: components packed by
//! hand into as few whole bytes as Auspice's fields have bits for, no newest input in what a client is sent.

use std::collections::{HashMap, HashSet};

use auspice::Terms;
use auspice_workloads::w1::Rules;
use auspice_workloads::w1::motion::{Body, POSITION_STEPS_PER_METRE, World as Motion};
use bevy::prelude::*;
use bevy_replicon::prelude::*;
use bevy_replicon::server::visibility::client_visibility::ClientVisibility;
use bevy_replicon::server::visibility::filters_mask::FilterBit;
use bevy_replicon::server::visibility::registry::FilterRegistry;
use bevy_replicon::shared::replication::registry::ReplicationRegistry;
use bevy_replicon::shared::replication::visibility::ScopeLifetime;
use serde::{Deserialize, Serialize};

use crate::apps::{Apps, Tick};
use crate::sight::Sight;

#[derive(Component, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Position([[u8; 3]; 2]);

#[derive(Component, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Velocity([[u8; 2]; 2]);

#[derive(Component, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Heading([u8; 2]);

#[derive(Component, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Health(u8);

#[derive(Component, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Flags(u8);

/// The world, and where each of its bodies is in the app's.
#[derive(Resource)]
struct Bodies {
    motion: Motion,
    entities: Vec<Entity>,
}

#[derive(Resource)]
struct SightBit(FilterBit);

#[derive(Resource, Default)]
struct Sights(HashMap<Entity, Sight>);

/// W1's server and its clients.
pub struct W1Apps(Apps);

fn replicate(app: &mut App) {
    app.replicate::<Position>()
        .replicate::<Velocity>()
        .replicate::<Heading>()
        .replicate::<Health>()
        .replicate::<Flags>();
}

impl W1Apps {
    /// A server for `terms` with `clients` clients, all connected.
    pub fn new(terms: &Terms<Rules>, clients: usize) -> Self {
        let motion = Motion::new(&terms.rules, terms.tick_hz);
        let mut network = Apps::new(clients, replicate, |server| {
            server.init_resource::<Sights>();
            server.add_systems(Update, (step, look).chain());
            server.finish();
            let bit = server.world_mut().resource_scope(|world, mut filters: Mut<FilterRegistry>| {
                world.resource_scope(|world, mut registry: Mut<ReplicationRegistry>| {
                    filters.register_scope::<Entity>(world, &mut registry, ScopeLifetime::WhileVisible)
                })
            });
            server.insert_resource(SightBit(bit));
            let spawn = |body| server.world_mut().spawn((Replicated, components(body))).id();
            let entities = motion.bodies().iter().map(spawn).collect();
            server.insert_resource(Bodies { motion, entities });
        });
        let numbered = network.clients.iter().enumerate().map(|(number, (entity, _))| (*entity, Sight::of(number)));
        let sights = Sights(numbered.collect());
        network.server.insert_resource(sights);
        Self(network)
    }

    /// A whole tick, both sides.
    pub fn tick(&mut self) -> Tick {
        self.0.tick()
    }

    /// Entities that a client holds, on average; and how many of all that the clients hold are not as the
    /// server has them.
    pub fn held(&mut self) -> (f64, usize) {
        let truths: HashSet<_> =
            self.0.server.world().resource::<Bodies>().motion.bodies().iter().map(components).collect();
        let (mut held, mut off) = (0, 0);
        for (_, client) in &mut self.0.clients {
            // What came last is applied, as it will be before the next input.
            client.update();
            let mut remote =
                client.world_mut().query_filtered::<(&Position, &Velocity, &Heading, &Health, &Flags), With<Remote>>();
            for (position, velocity, heading, health, flags) in remote.iter(client.world()) {
                held += 1;
                off += usize::from(!truths.contains(&(*position, *velocity, *heading, *health, *flags)));
            }
        }
        (held as f64 / self.0.clients.len() as f64, off)
    }

    /// Inputs that the server has taken.
    pub fn inputs(&self) -> u64 {
        self.0.inputs()
    }
}

fn components(body: &Body) -> (Position, Velocity, Heading, Health, Flags) {
    (
        Position(body.position.to_array().map(|steps| packed(steps, "a position"))),
        Velocity(body.velocity.to_array().map(|steps| packed(steps, "a velocity"))),
        Heading(body.heading.to_le_bytes()),
        Health(body.health),
        Flags(body.control),
    )
}

/// The lowest bytes of `steps`, which the others follow from.
fn packed<const BYTES: usize>(steps: i32, what: &str) -> [u8; BYTES] {
    let spare = i32::BITS - 8 * BYTES as u32;
    let is_whole = steps << spare >> spare == steps;
    assert!(is_whole, "{what} should fit {BYTES} bytes");
    std::array::from_fn(|byte| steps.to_le_bytes()[byte])
}

type Parts =
    (&'static mut Position, &'static mut Velocity, &'static mut Heading, &'static mut Health, &'static mut Flags);

fn step(mut bodies: ResMut<Bodies>, mut parts: Query<Parts>) {
    bodies.motion.step();
    for (body, entity) in bodies.motion.bodies().iter().zip(&bodies.entities) {
        let Ok((mut position, mut velocity, mut heading, mut health, mut flags)) = parts.get_mut(*entity) else {
            continue;
        };
        let (new_position, new_velocity, new_heading, new_health, new_flags) = components(body);
        position.set_if_neq(new_position);
        velocity.set_if_neq(new_velocity);
        heading.set_if_neq(new_heading);
        health.set_if_neq(new_health);
        flags.set_if_neq(new_flags);
    }
}

fn look(
    bodies: Res<Bodies>,
    bit: Res<SightBit>,
    mut sights: ResMut<Sights>,
    mut clients: Query<(Entity, &mut ClientVisibility)>,
    mut grid: Local<crate::sight::Grid>,
) {
    let metres = |body: &Body| body.position.as_vec2() / POSITION_STEPS_PER_METRE as f32;
    grid.rebuild(bodies.motion.bodies().iter().map(metres));
    for (entity, mut visibility) in &mut clients {
        let Some(sight) = sights.0.get_mut(&entity) else { continue };
        sight.look(&grid, |index, is_seen| visibility.set(bodies.entities[index], bit.0, is_seen));
    }
}
