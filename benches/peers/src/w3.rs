//! The reference workload W3 by bevy_replicon: the same recorded match, of which everyone sees all.
//!
//! In favour of it: places, speeds and turns on the coarsest grid that keeps the tolerance by rounding, packed by hand
//! into whole bytes; no client has an input.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use auspice_motion::fidelity::TOLERANCE;
use auspice_motion::trace::{BodyState, Recording};
use bevy::prelude::*;
use bevy_replicon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::apps::{Apps, Tick};

#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct BodyPlace([[u8; 2]; 3]);

#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct BodySpeed([[u8; 2]; 3]);

/// The three smaller components, 10 bits each, and which is the fourth.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct BodyTurn([u8; 4]);

#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct BodySpin([u8; 3]);

#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Steering([u8; 3]);

type BodyParts = (BodyPlace, BodySpeed, BodyTurn, BodySpin, Steering);

/// The match, the tick of it that comes next, and the entity of each body.
#[derive(Resource)]
struct Recital {
    trace: Arc<Recording>,
    next: usize,
    entities: HashMap<u32, Entity>,
}

/// W3's server and its clients.
pub struct W3Apps(Apps);

fn replicate(app: &mut App) {
    app.replicate::<BodyPlace>()
        .replicate::<BodySpeed>()
        .replicate::<BodyTurn>()
        .replicate::<BodySpin>()
        .replicate::<Steering>();
}

impl W3Apps {
    /// A server that plays `trace` to `clients` clients, all connected.
    pub fn new(trace: &Arc<Recording>, clients: usize) -> Self {
        Self(Apps::new(clients, replicate, |server| {
            server.insert_resource(Recital { trace: Arc::clone(trace), next: 0, entities: HashMap::new() });
            server.add_systems(Update, step);
            server.finish();
        }))
    }

    /// A whole tick, both sides.
    pub fn tick(&mut self) -> Tick {
        self.0.tick()
    }

    /// Bodies that the clients hold together, and how many of them are not as the server has them.
    pub fn held(&mut self) -> (usize, usize) {
        let play = self.0.server.world().resource::<Recital>();
        let truths: HashSet<_> = play.trace.ticks[play.next - 1].iter().map(parts).collect();
        let (mut held, mut off) = (0, 0);
        for (_, client) in &mut self.0.clients {
            // What came last is applied.
            client.update();
            let mut remote = client
                .world_mut()
                .query_filtered::<(&BodyPlace, &BodySpeed, &BodyTurn, &BodySpin, &Steering), With<Remote>>();
            for (position, velocity, rotation, spin, controls) in remote.iter(client.world()) {
                held += 1;
                off += usize::from(!truths.contains(&(*position, *velocity, *rotation, *spin, *controls)));
            }
        }
        (held, off)
    }
}

fn step(mut play: ResMut<Recital>, mut commands: Commands, mut bodies: Query<AsMut>) {
    let Recital { trace, next, entities } = &mut *play;
    let Some(now) = trace.ticks.get(*next) else { return };
    *next += 1;
    entities.retain(|id, entity| {
        let stays = now.iter().any(|body| body.id == *id);
        if !stays {
            commands.entity(*entity).despawn();
        }
        stays
    });
    for body in now {
        let parts = parts(body);
        let entity = *entities.entry(body.id).or_insert_with(|| commands.spawn((Replicated, parts)).id());
        let Ok((mut position, mut velocity, mut rotation, mut spin, mut controls)) = bodies.get_mut(entity) else {
            continue;
        };
        position.set_if_neq(parts.0);
        velocity.set_if_neq(parts.1);
        rotation.set_if_neq(parts.2);
        spin.set_if_neq(parts.3);
        controls.set_if_neq(parts.4);
    }
}

type AsMut = (
    &'static mut BodyPlace,
    &'static mut BodySpeed,
    &'static mut BodyTurn,
    &'static mut BodySpin,
    &'static mut Steering,
);

fn parts(body: &BodyState) -> BodyParts {
    // A cube of so many steps has its corners that far from its middle.
    let steps = |value: Vec3, tolerance: f32| (value / (2.0 * tolerance / 3.0_f32.sqrt())).round().to_array();
    let wide = |steps: [f32; 3]| {
        steps.map(|steps| {
            assert!(steps.abs() <= f32::from(i16::MAX), "{steps} steps should fit two bytes");
            (steps as i16).to_le_bytes()
        })
    };
    let spin = steps(body.spin, TOLERANCE.spin).map(|steps| {
        assert!(steps.abs() <= f32::from(i8::MAX), "{steps} steps should fit a byte");
        steps as i8 as u8
    });
    (
        BodyPlace(wide(steps(body.position, TOLERANCE.position))),
        BodySpeed(wide(steps(body.velocity, TOLERANCE.velocity))),
        BodyTurn(packed(body.rotation.normalize()).to_le_bytes()),
        BodySpin(spin),
        Steering([body.throttle, body.steer, body.flags]),
    )
}

/// A rotation by its three smaller components.
fn packed(rotation: Quat) -> u32 {
    let all = rotation.to_array();
    let largest = (0..4).max_by(|one, other| all[*one].abs().total_cmp(&all[*other].abs())).unwrap_or(3);
    let sign = all[largest].signum();
    (0..4).filter(|at| *at != largest).fold(largest as u32, |word, at| {
        let share = (all[at] * sign / core::f32::consts::FRAC_1_SQRT_2 + 1.0) / 2.0;
        word << 10 | ((share * 1023.0).round() as u32).min(1023)
    })
}
