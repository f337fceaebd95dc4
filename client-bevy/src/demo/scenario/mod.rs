//! Plays a scenario: the same inputs, dials, switches and pictures each time.

mod script;

use auspice_demo::{Command, Demo, Input};
use bevy::prelude::*;

use super::camera::View;
use super::controls::{Autopilot, Held};
use super::pictures::Pictures;
use super::scores::Scores;
use crate::lab::{FrameCap, Lab};
use crate::overlay::Overlay;
use crate::{Session, Stage, Switches};

pub use script::{Hold, Moment, Scenario};

/// Time after the end for pictures to reach the disk.
const LINGER_SECONDS: f32 = 1.5;

/// A scenario that has not begun by then never will.
const PATIENCE_SECONDS: f32 = 30.0;

/// Plays a [`Scenario`], and quits at its end.
pub struct ScenarioPlugin(pub Scenario);

impl Plugin for ScenarioPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Playing { scenario: self.0.clone(), next: 0, seconds: None })
            .init_resource::<FrameCap>()
            .add_systems(Update, play.in_set(Stage::Control));
    }
}

#[derive(Resource)]
struct Playing {
    scenario: Scenario,
    /// The moment that comes next.
    next: usize,
    /// Time since all play.
    seconds: Option<f32>,
}

/// Resources that a scenario reaches besides sessions; some are not there without a window.
type Around<'w> = (
    ResMut<'w, FrameCap>,
    Option<ResMut<'w, Overlay>>,
    Option<ResMut<'w, Lab>>,
    Option<ResMut<'w, Scores>>,
    Option<ResMut<'w, Pictures>>,
);

type Acted<'a> = (Entity, &'a mut Session<Demo>, &'a mut Switches, Option<&'a mut View>);

fn play(
    time: Res<Time<Real>>,
    mut playing: ResMut<Playing>,
    mut sessions: Query<Acted>,
    mut around: Around,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    let playing = &mut *playing;
    if playing.seconds.is_none() && sessions.iter().all(|(_, session, ..)| session.connection().is_playing()) {
        playing.seconds = Some(0.0);
        for (session, ..) in sessions.iter().filter(|_| playing.scenario.pilot) {
            commands.entity(session).insert(Autopilot::new(playing.scenario.seed));
        }
    } else if let Some(seconds) = &mut playing.seconds {
        *seconds += time.delta_secs();
    }
    let Some(seconds) = playing.seconds else {
        if time.elapsed_secs() > PATIENCE_SECONDS {
            error!("nobody let all views in within {PATIENCE_SECONDS} s");
            exit.write(AppExit::error());
        }
        return;
    };
    while let Some(moment) = playing.scenario.moments.get(playing.next).filter(|moment| moment.time <= seconds) {
        playing.next += 1;
        act(moment, playing.scenario.seed, &time, &mut sessions, &mut around, &mut commands);
    }
    if let Some(pictures) = around.4.as_mut().filter(|_| seconds > playing.scenario.seconds) {
        pictures.end();
    }
    if seconds > playing.scenario.seconds + LINGER_SECONDS {
        exit.write(AppExit::Success);
    }
}

fn act(
    moment: &Moment,
    seed: u64,
    time: &Time<Real>,
    sessions: &mut Query<Acted>,
    around: &mut Around,
    commands: &mut Commands,
) {
    let (cap, overlay, lab, scores, pictures) = around;
    let count = sessions.iter().len();
    let chosen = moment.view.unwrap_or(count).clamp(1, count.max(1)) - 1;
    for (index, (entity, mut session, mut switches, view)) in sessions.iter_mut().enumerate() {
        fly(moment, seed, entity, commands);
        if let (Some(mut view), Some(place)) = (view, &moment.camera) {
            view.fixed = if let [x, y] = place[..] { Some(Vec2::new(x, y)) } else { None };
        }
        if index != chosen {
            continue;
        }
        session.turn(moment.dials(session.dials()));
        *switches = moment.switches(*switches);
        if let Some(seconds) = moment.cut_seconds {
            session.cut_until(time.elapsed() + std::time::Duration::from_secs_f32(seconds.clamp(0.0, 3600.0)));
        }
        if moment.drop {
            session.drop_link(time.elapsed());
        }
        if let Some(text) = &moment.say
            && session.command(&Command::Say(text.clone())).is_err()
        {
            warn!("the scenario could not say {text:?}");
        }
    }
    **cap = moment.frame_cap(**cap);
    if let (Some(overlay), Some(page)) = (overlay, moment.overlay) {
        overlay.page = page;
    }
    if let (Some(lab), Some(is_open)) = (lab, moment.lab) {
        lab.is_open = is_open;
    }
    if let (Some(scores), Some(is_open)) = (scores, moment.scores) {
        scores.is_kept_open = is_open;
    }
    if let (Some(pictures), Some(file)) = (pictures, &moment.screenshot) {
        pictures.take(file.clone());
    }
}

/// Hands the ship to a pilot.
fn fly(moment: &Moment, seed: u64, session: Entity, commands: &mut Commands) {
    let mut session = commands.entity(session);
    match moment.pilot {
        Some(true) => {
            session.remove::<Held>().insert(Autopilot::new(seed));
        }
        Some(false) => {
            session.remove::<Autopilot>();
        }
        None => {}
    }
    if let Some(held) = &moment.hold {
        let is_held = |hold| held.contains(&hold);
        let turn = i8::from(is_held(Hold::Left)) - i8::from(is_held(Hold::Right));
        let input = Input {
            turn,
            thrust: is_held(Hold::Thrust),
            fire: is_held(Hold::Fire),
            laser: is_held(Hold::Laser),
            missile: is_held(Hold::Missile),
        };
        session.remove::<Autopilot>().insert(Held(input));
    }
}
