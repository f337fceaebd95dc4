//! The mirror: published entities as Bevy's, one each, from its first frame in view to the end of its fading out.

use std::collections::HashMap;

use auspice::replica::{Shown, Spawned};
use auspice::state::Replicate;
use auspice::{EntityId, Game, Tick};
use bevy::platform::time::Instant;
use bevy::prelude::*;

use crate::Connection;
use crate::bridge::{Playable, micros, point};
use crate::meter::Meter;
use crate::mirrored::{CorrectionOffset, FADE_SECONDS, MirrorRoster, Mirrored, Presence, Present};
use crate::session::Session;

type MirroredParts<'a, G> = (&'a mut Mirrored<G>, &'a mut Presence, &'a mut CorrectionOffset, &'a mut Transform);

/// Brings the mirrored entities to the player's present.
pub(crate) fn mirror<G: Playable>(
    time: Res<Time<Real>>,
    mut sessions: Query<(Entity, &mut Session<G>, &mut MirrorRoster<G>, &mut Present, &mut Meter)>,
    mut mirrored: Query<MirroredParts<G>>,
    mut commands: Commands,
) {
    for (entity, mut session, mut roster, mut present, mut meter) in &mut sessions {
        let started = Instant::now();
        show(entity, &time, &mut session, &mut roster, &mut present, &mut mirrored, &mut commands);
        roster.forget_gone(&mirrored, &mut commands);
        meter.took(started.elapsed());
        let is_stalled = matches!(session.connection(), Connection::Stalled { .. });
        meter.end_frame(time.delta(), is_stalled);
    }
}

fn show<G: Playable>(
    parent: Entity,
    time: &Time<Real>,
    session: &mut Session<G>,
    roster: &mut MirrorRoster<G>,
    present: &mut Present,
    mirrored: &mut Query<MirroredParts<G>>,
    commands: &mut Commands,
) {
    let seconds = time.delta_secs();
    let is_playing = session.connection().is_playing();
    // Between two connections the last picture stands still.
    let Some(replica) = session.replica_mut().filter(|_| is_playing) else { return };
    let own = replica.own();
    let labels: HashMap<EntityId, Box<[u8]>> = labels(replica);
    let frame = replica.frame(micros(time.elapsed()));
    (present.tick, present.blend) = (frame.tick, frame.blend);
    for &entity in roster.entities.values() {
        if let Ok((_, mut presence, _, _)) = mirrored.get_mut(entity) {
            presence.gone_for = Some(presence.gone_for.map_or(0.0, |gone| gone + seconds));
        }
    }
    for shown in frame.shown {
        let place = blended_place::<G>(shown, frame.blend);
        // What was foretold goes on as what the server tells of.
        if let Some(entity) = shown.foretold.and_then(|tick| roster.foretold.remove(&tick)) {
            roster.entities.insert(shown.id, entity);
        }
        let known = roster.entities.get(&shown.id).and_then(|&entity| mirrored.get_mut(entity).ok());
        let Some((mut known, mut presence, mut offset, mut transform)) = known else {
            let label = labels.get(&shown.id).map_or(&[][..], |label| label);
            let mirrored = Mirrored::<G> {
                session: parent,
                id: shown.id,
                kind: shown.kind,
                before: shown.before.clone(),
                after: shown.after.clone(),
                label: label.into(),
                is_own: own == Some(shown.id),
                is_foretold: false,
            };
            roster.entities.insert(shown.id, spawn(commands, mirrored, place));
            continue;
        };
        offset.0 = shown.offset;
        if let Some(place) = place {
            transform.translation = place;
        }
        presence.age += seconds;
        presence.gone_for = None;
        known.before.clone_from(&shown.before);
        known.after.clone_from(&shown.after);
        (known.id, known.is_own, known.is_foretold) = (shown.id, own == Some(shown.id), false);
        if let Some(label) = labels.get(&shown.id).filter(|label| **label != known.label) {
            known.label.clone_from(label);
        }
    }
    foretell(parent, frame.spawned, frame.blend, seconds, &mut roster.foretold, mirrored, commands);
}

/// Shows at once what the player's own inputs bring into the world. What the server tells of, or will not,
/// goes without a trace.
fn foretell<G: Playable>(
    parent: Entity,
    spawned: &[Spawned<G::Entity>],
    blend: f32,
    seconds: f32,
    foretold: &mut HashMap<Tick, Entity>,
    mirrored: &mut Query<MirroredParts<G>>,
    commands: &mut Commands,
) {
    foretold.retain(|tick, &mut entity| {
        let is_there = spawned.iter().any(|spawned| spawned.tick == *tick);
        if !is_there {
            commands.entity(entity).despawn();
        }
        is_there
    });
    for spawned in spawned {
        let place = point::<G>(&spawned.before).zip(point::<G>(&spawned.after)).map(|(from, to)| from.lerp(to, blend));
        let known = foretold.get(&spawned.tick).and_then(|&entity| mirrored.get_mut(entity).ok());
        let Some((mut known, mut presence, _, mut transform)) = known else {
            let mirrored = Mirrored::<G> {
                session: parent,
                // Of no slot that there is.
                id: EntityId::new(u32::MAX, spawned.tick.0 as u8),
                kind: spawned.kind,
                before: spawned.before.clone(),
                after: spawned.after.clone(),
                label: Box::default(),
                is_own: false,
                is_foretold: true,
            };
            foretold.insert(spawned.tick, spawn(commands, mirrored, place));
            continue;
        };
        presence.age += seconds;
        if let Some(place) = place {
            transform.translation = place;
        }
        known.before.clone_from(&spawned.before);
        known.after.clone_from(&spawned.after);
    }
}

impl<G: Playable> MirrorRoster<G> {
    /// Removes what has faded out.
    fn forget_gone(&mut self, mirrored: &Query<MirroredParts<G>>, commands: &mut Commands) {
        self.entities.retain(|_, &mut entity| {
            let is_gone = mirrored
                .get(entity)
                .is_ok_and(|(_, presence, ..)| presence.gone_for.is_some_and(|gone| gone > FADE_SECONDS));
            if is_gone {
                commands.entity(entity).despawn();
            }
            !is_gone
        });
    }
}

/// Labels of the kinds that have one.
fn labels<G: Playable>(replica: &auspice::replica::Replica<G>) -> HashMap<EntityId, Box<[u8]>> {
    let labelled = replica.entities().filter(|held| G::Entity::KINDS[held.kind].labelled);
    labelled.map(|held| (held.id, held.label.into())).collect()
}

fn spawn<G: Playable>(commands: &mut Commands, mirrored: Mirrored<G>, place: Option<Vec3>) -> Entity {
    let (parent, transform) = (ChildOf(mirrored.session), Transform::from_translation(place.unwrap_or_default()));
    let parts = (mirrored, Presence::default(), CorrectionOffset::default(), transform, Visibility::default(), parent);
    commands.spawn(parts).id()
}

/// The place where an entity is shown, `blend` of the way through the tick.
pub(crate) fn blended_place<G: Game>(shown: &Shown<G::Entity>, blend: f32) -> Option<Vec3> {
    Some(point::<G>(&shown.before)?.lerp(point::<G>(&shown.after)?, blend))
}
