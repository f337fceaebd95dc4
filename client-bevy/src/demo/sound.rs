//! Sounds for what is seen, as loud as it is near. In the build with the feature `audio` only.

use std::sync::Arc;

use auspice_demo::{Demo, Event};
use bevy::audio::Volume;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::camera::View;
use super::effects::{Burst, Effects};
use super::keys::{Action, Buttons, Keys, VOLUME_MAX};
use super::order::Order;
use super::things::DemoThing;
use crate::{Session, Stage, Told};

/// Sounds that begin in one frame, the loudest first: more are noise.
const VOICES_A_FRAME: usize = 6;
/// Sounds at once, beside the engine: more cannot be told apart.
const VOICES: usize = 16;
/// Gain of each sound's own amplitude at full volume; `listen.sh` hears whether a fight is then too much for
/// a loudspeaker.
const GAIN: f32 = 1.0;
/// Beyond this many units from the middle of the view nothing is heard.
const EARSHOT: f32 = 900.0;
/// Time in which all but a third of a change of the engine's loudness is made.
const ENGINE_SECONDS: f32 = 0.06;

pub(crate) struct SoundPlugin;

impl Plugin for SoundPlugin {
    fn build(&self, app: &mut App) {
        // Bursts wait from when what is drawn brings them until they are particles: only between is there
        // something to hear.
        let hear = (hear_bursts, hear_news, hear_engine).chain().in_set(Stage::Show);
        app.init_resource::<Muted>()
            .add_systems(Startup, load)
            .add_systems(Update, mute.in_set(Stage::Control))
            .add_systems(Update, hear.after(Order::Things).before(Order::Effects));
    }
}

/// Whether sound is off for now.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Muted(pub(crate) bool);

/// Begins sounds, as loud as the player wants, and no more of them than there are voices.
#[derive(SystemParam)]
struct Voices<'w, 's> {
    sounds: Res<'w, Sounds>,
    keys: Res<'w, Keys>,
    muted: Res<'w, Muted>,
    busy: Query<'w, 's, (), (With<AudioPlayer>, Without<Engine>)>,
    commands: Commands<'w, 's>,
}

impl Voices<'_, '_> {
    /// Factor of every amplitude, by the square of the volume, as ears hear it.
    fn master(&self) -> f32 {
        let share = f32::from(self.keys.volume()) / f32::from(VOLUME_MAX);
        if self.muted.0 { 0.0 } else { share * share * GAIN }
    }

    /// Begins `heard`, a sound and its volume each, as far as there are voices.
    fn play<'a>(&mut self, heard: impl IntoIterator<Item = (&'a Handle<AudioSource>, f32)>) {
        let master = self.master();
        let free = VOICES.saturating_sub(self.busy.iter().len()).min(VOICES_A_FRAME);
        for (source, volume) in heard.into_iter().filter(|_| master > 0.0).take(free) {
            let settings = PlaybackSettings::DESPAWN.with_volume(Volume::Linear(volume * master));
            self.commands.spawn((AudioPlayer::new(source.clone()), settings));
        }
    }
}

fn mute(buttons: Buttons, mut muted: ResMut<Muted>) {
    if buttons.pressed(Action::Mute) {
        muted.0 = !muted.0;
    }
}

#[derive(Resource, Clone)]
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
            sources.add(AudioSource {
                bytes: Arc::from(
                    &include_bytes!(concat!(
                        env!("CARGO_MANIFEST_DIR"),
                        "/",
                        env!("AUSPICE_ASSETS"),
                        "/sounds/",
                        $name
                    ))[..],
                ),
            })
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

/// Plays the sounds of what the first session sees burst.
fn hear_bursts(effects: Res<Effects>, sessions: Query<(Entity, &View), With<Session<Demo>>>, mut voices: Voices) {
    let Some((first, view)) = sessions.iter().next() else { return };
    let sounds = voices.sounds.clone();
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
        let volume = volume * nearness(place.distance(view.centre));
        (volume > 0.0).then_some((source, volume))
    });
    let mut heard: Vec<_> = heard.collect();
    heard.sort_by(|one, other| other.1.total_cmp(&one.1));
    voices.play(heard);
}

/// Share of a sound's amplitude that is left at a distance in units from the middle of the view.
fn nearness(distance: f32) -> f32 {
    let share = (1.0 - distance / EARSHOT).max(0.0);
    share * share
}

fn hear_news(sessions: Query<Entity, With<Session<Demo>>>, mut told: MessageReader<Told<Demo>>, mut voices: Voices) {
    let first = sessions.iter().next();
    let sounds = voices.sounds.clone();
    let heard = told.read().filter(|told| Some(told.session) == first).filter_map(|told| match told.event {
        Event::Took { .. } => Some(&sounds.prize),
        Event::RoundOver { .. } | Event::RoundBegins { .. } => Some(&sounds.round),
        Event::Said { .. } => Some(&sounds.said),
        _ => None,
    });
    voices.play(heard.map(|source| (source, 0.5)));
}

fn hear_engine(
    time: Res<Time>,
    sessions: Query<Entity, With<Session<Demo>>>,
    things: Query<&DemoThing>,
    voices: Voices,
    mut engine: Query<&mut AudioSink, With<Engine>>,
    mut loudness: Local<f32>,
) {
    let first = sessions.iter().next();
    let own = things.iter().find(|thing| thing.is_own && Some(thing.session) == first).and_then(DemoThing::ship);
    let wanted = if own.is_some_and(|ship| ship.is_alive() && ship.is_thrusting()) { 0.35 } else { 0.0 };
    *loudness += (wanted - *loudness) * (1.0 - (-time.delta_secs() / ENGINE_SECONDS).exp());
    for mut sink in &mut engine {
        sink.set_volume(Volume::Linear(*loudness * voices.master()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_is_quiet_and_beyond_earshot_silent() {
        assert_eq!(nearness(0.0), 1.0);
        assert!((nearness(EARSHOT / 2.0) - 0.25).abs() < 1e-6);
        assert!(nearness(300.0) > nearness(301.0));
        assert_eq!(nearness(EARSHOT), 0.0);
        assert_eq!(nearness(EARSHOT * 9.0), 0.0);
    }
}
