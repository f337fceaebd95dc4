//! A log that a server shows (`auspice-server replay FOLDER --serve ADDRESS`): its clock, and keys that are lines to
//! it.

use auspice::message::{Channel, Talk};
use auspice_demo::Demo;
use bevy::prelude::*;

use super::keys::{Action, Buttons};
use super::scores::standings;
use super::things::{DemoThing, Of};
use super::watching::Watched;
use crate::style::{FAINT_INK, INK, pane, placed, set, show, text};
use crate::{Screen, Session, Stage, Typing};

/// Looks at a log in place of playing. Each session has to [talk](Session::talking).
pub struct ReplayPlugin;

impl Plugin for ReplayPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<OnReplay>().add_systems(Startup, build);
        app.add_systems(Update, (turn.in_set(Stage::Control), (hear, write).chain().in_set(Stage::Show)));
    }
}

/// A log is seen, and nobody plays.
#[derive(Resource, Default)]
pub(crate) struct OnReplay;

/// Name by which a log answers.
const ANSWERS_AS: &str = "replay";
/// Seconds for which an answer is to be read.
const ANSWER_SECONDS: f32 = 6.0;
/// Seconds by which an arrow seeks.
const SEEK_SECONDS: u32 = 10;
/// Slowest and fastest, as the server allows.
const SPEEDS: (f32, f32) = (0.25, 32.0);

/// The log's word of where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct LogPosition {
    tick: u32,
    first: u32,
    last: u32,
    /// Recorded time by real time.
    speed: f32,
    is_paused: bool,
}

impl LogPosition {
    /// The place that a line of the log tells, such as `0:41 of 2:56, tick 2430 of 1203 to 6480, speed 2, paused`.
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(", ").skip(1);
        let (tick, range) = parts.next()?.strip_prefix("tick ")?.split_once(" of ")?;
        let (first, last) = range.split_once(" to ")?;
        let speed = parts.next()?.strip_prefix("speed ")?.parse().ok()?;
        let is_paused = parts.next() == Some("paused");
        Some(Self { tick: tick.parse().ok()?, first: first.parse().ok()?, last: last.parse().ok()?, speed, is_paused })
    }

    /// The place so many seconds later, at `tick_hz` ticks a second.
    fn after(&self, seconds: f32, tick_hz: u32) -> Self {
        let ticks = if self.is_paused { 0.0 } else { seconds * self.speed * tick_hz as f32 };
        Self { tick: self.tick.saturating_add(ticks as u32).min(self.last), ..*self }
    }

    /// The screen's line.
    fn said(&self, tick_hz: u32) -> String {
        let clock = |tick: u32| {
            let seconds = tick.saturating_sub(self.first) / tick_hz.max(1);
            format!("{}:{:02}", seconds / 60, seconds % 60)
        };
        let how = match (self.tick >= self.last, self.is_paused) {
            (true, _) => "the end".to_owned(),
            (false, true) => "paused".to_owned(),
            (false, false) => format!("x {}", self.speed),
        };
        format!("{} of {}     tick {}     {how}", clock(self.tick), clock(self.last), self.tick)
    }
}

/// The log that a session looks at.
#[derive(Component, Default)]
struct LogSeen {
    place: LogPosition,
    /// Age of that word, in seconds.
    age: f32,
    answer: String,
    answer_left: f32,
}

#[derive(Component)]
struct ReplayPane;
#[derive(Component)]
struct ReplayClock;
#[derive(Component)]
struct ReplayAnswer;

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    for (session, screen) in &screens {
        commands.entity(session).insert(LogSeen::default());
        let below =
            placed(Node { bottom: px(18), width: percent(100), justify_content: JustifyContent::Center, ..default() });
        let card = Node {
            padding: UiRect::axes(px(14), px(8)),
            flex_direction: FlexDirection::Column,
            align_items: AlignItems::Center,
            row_gap: px(4),
            ..default()
        };
        commands.spawn((below, UiTargetCamera(screen.0))).with_children(|below| {
            below.spawn((ReplayPane, Of(session), pane(card))).with_children(|card| {
                card.spawn((ReplayClock, Of(session), text("", 16.0, INK)));
                card.spawn((ReplayAnswer, Of(session), text("", 13.0, INK)));
                let keys = "space pauses     left, right 10 s     comma, period a tick     up, down speed     Enter \
                            /seek 1:30";
                card.spawn(text(keys, 12.0, FAINT_INK));
            });
        });
    }
}

/// Keys are lines to the log.
fn turn(
    keys: Res<ButtonInput<KeyCode>>,
    buttons: Buttons,
    typing: Res<Typing>,
    things: Query<&DemoThing>,
    mut sessions: Query<(Entity, &mut Session<Demo>, &LogSeen, Option<&Watched>)>,
) {
    if typing.0 {
        return;
    }
    let Some((entity, mut session, seen, watched)) = sessions.iter_mut().next() else { return };
    let mut lines: Vec<String> = keys.get_just_pressed().filter_map(|key| line_of(*key, &seen.place)).collect();
    if buttons.pressed(Action::Watch) {
        let watched = watched.and_then(|watched| watched.0).map(|ship| ship.slot);
        let rows = standings(entity, &things);
        let players: Vec<_> = rows.iter().filter(|row| !row.is_computer).collect();
        let at = players.iter().position(|row| Some(u32::from(row.ship)) == watched);
        let next = players.get(at.map_or(0, |at| at + 1)).or_else(|| players.first());
        lines.extend(next.map(|row| format!("/as {}", row.name)));
    }
    for line in lines {
        if let Err(error) = session.say(Channel::Room, &line) {
            info!("{line} is not said: {error}");
        }
    }
}

/// The line that a key is, where the log stands.
fn line_of(key: KeyCode, place: &LogPosition) -> Option<String> {
    let speed = |speed: f32| format!("/speed {}", speed.clamp(SPEEDS.0, SPEEDS.1));
    match key {
        KeyCode::Space => Some(if place.is_paused { "/play" } else { "/pause" }.to_owned()),
        KeyCode::ArrowLeft => Some(format!("/seek -{SEEK_SECONDS}")),
        KeyCode::ArrowRight => Some(format!("/seek +{SEEK_SECONDS}")),
        KeyCode::Comma => Some("/tick -1".to_owned()),
        KeyCode::Period => Some("/tick +1".to_owned()),
        KeyCode::ArrowUp => Some(speed(place.speed * 2.0)),
        KeyCode::ArrowDown => Some(speed(place.speed / 2.0)),
        _ => None,
    }
}

/// The log's words.
fn hear(time: Res<Time<Real>>, mut sessions: Query<(&mut Session<Demo>, &mut LogSeen)>) {
    for (mut session, mut seen) in &mut sessions {
        seen.age += time.delta_secs();
        seen.answer_left -= time.delta_secs();
        while let Some(talk) = session.poll_talk() {
            let said = match talk {
                Talk::Line { name, text, .. } if name == ANSWERS_AS => text,
                Talk::Line { name, text, .. } => format!("{name}: {text}"),
                Talk::Unsaid { why } => why,
                Talk::Room { .. } => continue,
            };
            match LogPosition::read(&said) {
                Some(place) => (seen.place, seen.age) = (place, 0.0),
                None => (seen.answer, seen.answer_left) = (said, ANSWER_SECONDS),
            }
        }
    }
}

fn write(
    sessions: Query<(&Session<Demo>, &LogSeen)>,
    mut panes: Query<(&Of, &mut Node), With<ReplayPane>>,
    mut clocks: Query<(&Of, &mut Text), With<ReplayClock>>,
    mut answers: Query<(&Of, &mut Text), (With<ReplayAnswer>, Without<ReplayClock>)>,
) {
    for (of, mut node) in &mut panes {
        let is_told =
            sessions.get(of.0).is_ok_and(|(session, seen)| session.replica().is_some() && seen.place.last > 0);
        show(&mut node, is_told);
    }
    for (of, mut clock) in &mut clocks {
        let Ok((session, seen)) = sessions.get(of.0) else { continue };
        let tick_hz = session.replica().and_then(|replica| replica.terms()).map_or(30, |terms| terms.tick_hz);
        set(&mut clock, seen.place.after(seen.age, tick_hz).said(tick_hz));
    }
    for (of, mut answer) in &mut answers {
        let Ok((_, seen)) = sessions.get(of.0) else { continue };
        set(&mut answer, if seen.answer_left > 0.0 { seen.answer.clone() } else { String::new() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_is_a_place_from_which_the_clock_goes_on() {
        let place = LogPosition::read("0:41 of 2:56, tick 2430 of 1200 to 6480, speed 2").unwrap();
        assert_eq!(place, LogPosition { tick: 2430, first: 1200, last: 6480, speed: 2.0, is_paused: false });
        assert_eq!(place.after(1.5, 30).said(30), "0:44 of 2:56     tick 2520     x 2");
        assert_eq!(place.after(1e6, 30).said(30), "2:56 of 2:56     tick 6480     the end");
        let paused = LogPosition::read("0:41 of 2:56, tick 2430 of 1200 to 6480, speed 0.5, paused").unwrap();
        assert_eq!(paused.after(9.0, 30).said(30), "0:41 of 2:56     tick 2430     paused");
        for line in ["", "You follow ann.", "a, tick x of 1 to 2, speed 1", "a, tick 1 of 1 to 2"] {
            assert_eq!(LogPosition::read(line), None, "{line}");
        }
    }

    #[test]
    fn keys_are_lines_to_the_log() {
        let place = LogPosition { speed: 1.0, ..LogPosition::default() };
        let said = |key, place: &LogPosition| line_of(key, place).unwrap_or_default();
        assert_eq!(said(KeyCode::Space, &place), "/pause");
        assert_eq!(said(KeyCode::Space, &LogPosition { is_paused: true, ..place }), "/play");
        assert_eq!(said(KeyCode::ArrowLeft, &place), "/seek -10");
        assert_eq!(said(KeyCode::ArrowUp, &LogPosition { speed: 32.0, ..place }), "/speed 32");
        assert_eq!(said(KeyCode::ArrowDown, &place), "/speed 0.5");
        assert_eq!(line_of(KeyCode::KeyA, &place), None);
    }
}
