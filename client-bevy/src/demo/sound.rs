//! What is to be heard: a sound for what is seen, as loud as it is near. In the build with the feature `audio` only.

use std::sync::Arc;

use auspice_demo::{Demo, Event};
use bevy::audio::Volume;
use bevy::prelude::*;

use super::DemoThing;
use super::camera::View;
use super::effects::{Burst, Effects};
use crate::{Session, Stage, Told};

/// Sounds that begin in one frame: more are noise.
const VOICES_A_FRAME: usize = 6;
/// Beyond this many units from the middle of the view nothing is heard.
const EARSHOT: f32 = 900.0;
/// Time in which all but a third of a change of the engine's loudness is made.
const ENGINE_SECONDS: f32 = 0.06;

pub(crate) struct SoundPlugin;

impl Plugin for SoundPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, load)
            .add_systems(Update, (hear_bursts, hear_news, hear_engine).in_set(Stage::Show).before(super::effects::burst));
    }
}

#[derive(Resource)]
struct Sounds {
    shot: Handle<AudioSource>,
    laser: Handle<AudioSource>,
    hit: Handle<AudioSource>,
    blast: Handle<AudioSource>,
    arrival: Handle<AudioSource>,
    missile: Handle<AudioSource>,
    prize: Handle<AudioSource>,
    round: Handle<AudioSource>,
    said: Handle<AudioSource>,
}

/// The own engine, which never stops, only falls silent.
#[derive(Component)]
struct Engine;

fn load(mut sources: ResMut<Assets<AudioSource>>, mut commands: Commands) {
    macro_rules! load {
        ($name:literal) => {
            sources.add(AudioSource { bytes: Arc::from(&include_bytes!(concat!("../../../assets/sounds/", $name))[..]) })
        };
    }
    let engine = load!("engine.wav");
    commands.spawn((Engine, AudioPlayer::new(engine), PlaybackSettings::LOOP.with_volume(Volume::Linear(0.0))));
    commands.insert_resource(Sounds {
        shot: load!("shot.wav"),
        laser: load!("laser.wav"),
        hit: load!("hit.wav"),
        blast: load!("blast.wav"),
        arrival: load!("arrival.wav"),
        missile: load!("missile.wav"),
        prize: load!("prize.wav"),
        round: load!("round.wav"),
        said: load!("said.wav"),
    });
}

fn play(source: &Handle<AudioSource>, volume: f32, commands: &mut Commands) {
    commands.spawn((AudioPlayer::new(source.clone()), PlaybackSettings::DESPAWN.with_volume(Volume::Linear(volume))));
}

/// What the first session sees burst is heard.
fn hear_bursts(
    sounds: Res<Sounds>,
    effects: Res<Effects>,
    sessions: Query<(Entity, &View), With<Session<Demo>>>,
    mut commands: Commands,
) {
    let Some((first, view)) = sessions.iter().next() else { return };
    let heard = effects.waiting().filter(|(session, _)| *session == first).filter_map(|(_, burst)| {
        let (source, place, volume) = match burst {
            Burst::Muzzle { place, is_own, .. } => (&sounds.shot, place, if *is_own { 0.5 } else { 0.28 }),
            Burst::Beam { from, .. } => (&sounds.laser, from, 0.6),
            Burst::Launch { place } => (&sounds.missile, place, 0.6),
            Burst::Hit { place } => (&sounds.hit, place, 0.5),
            Burst::Blast { place, .. } => (&sounds.blast, place, 0.9),
            Burst::Arrival { place } => (&sounds.arrival, place, 0.3),
            Burst::Impact { .. } | Burst::Exhaust { .. } | Burst::Smoke { .. } => return None,
        };
        let nearness = (1.0 - place.distance(view.centre) / EARSHOT).max(0.0);
        (nearness > 0.0).then_some((source, volume * nearness * nearness))
    });
    for (source, volume) in heard.take(VOICES_A_FRAME) {
        play(source, volume, &mut commands);
    }
}

fn hear_news(
    sounds: Res<Sounds>,
    sessions: Query<Entity, With<Session<Demo>>>,
    mut told: MessageReader<Told<Demo>>,
    mut commands: Commands,
) {
    let first = sessions.iter().next();
    for told in told.read().filter(|told| Some(told.session) == first) {
        match told.event {
            Event::Took { .. } => play(&sounds.prize, 0.5, &mut commands),
            Event::RoundOver { .. } | Event::RoundBegins { .. } => play(&sounds.round, 0.5, &mut commands),
            Event::Said { .. } => play(&sounds.said, 0.5, &mut commands),
            _ => {}
        }
    }
}

fn hear_engine(
    time: Res<Time>,
    sessions: Query<Entity, With<Session<Demo>>>,
    things: Query<&DemoThing>,
    mut engine: Query<&mut AudioSink, With<Engine>>,
    mut loudness: Local<f32>,
) {
    let first = sessions.iter().next();
    let own = things.iter().find(|thing| thing.is_own && Some(thing.session) == first).and_then(DemoThing::ship);
    let wanted = if own.is_some_and(|ship| ship.is_alive() && ship.is_thrusting()) { 0.35 } else { 0.0 };
    *loudness += (wanted - *loudness) * (1.0 - (-time.delta_secs() / ENGINE_SECONDS).exp());
    for mut sink in &mut engine {
        sink.set_volume(Volume::Linear(*loudness));
    }
}
