//! The round's clock, the best three, and the player's own score.

use auspice_demo::{Demo, Entity as Thing};
use bevy::prelude::*;

use super::DemoThing;
use super::art::{FAINT_INK, INK, OWN};
use super::widgets::{pane, placed, set, show, text};
use crate::{Session, Stage};

const PLACES: usize = 3;

pub(crate) struct TallyPlugin;

impl Plugin for TallyPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, build).add_systems(Update, (count, rank).in_set(Stage::Show));
    }
}

#[derive(Component)]
struct Tally;
#[derive(Component)]
struct Clock;
/// A line of the table: its name and its score. The last is the player's own.
#[derive(Component)]
struct PlaceName(usize);
#[derive(Component)]
struct PlaceScore(usize);

fn build(mut commands: Commands) {
    let node = placed(Node {
        right: px(16),
        top: px(16),
        width: px(216),
        padding: UiRect::axes(px(12), px(9)),
        flex_direction: FlexDirection::Column,
        row_gap: px(4),
        ..default()
    });
    commands.spawn((Tally, pane(node))).with_children(|pane| {
        pane.spawn((Clock, text("", 14.0, FAINT_INK)));
        for place in 0..=PLACES {
            let margin = if place == PLACES { UiRect::top(px(5)) } else { UiRect::ZERO };
            let row = Node { width: percent(100), justify_content: JustifyContent::SpaceBetween, margin, ..default() };
            let colour = if place == PLACES { OWN } else { INK };
            pane.spawn(row).with_children(|row| {
                row.spawn((PlaceName(place), text("", 15.0, colour)));
                row.spawn((PlaceScore(place), text("", 15.0, colour)));
            });
        }
    });
}

fn count(
    session: Res<Session<Demo>>,
    things: Query<&DemoThing>,
    mut tally: Single<&mut Node, With<Tally>>,
    mut clock: Single<&mut Text, With<Clock>>,
) {
    let terms = session.replica().and_then(|replica| replica.terms());
    show(&mut tally, session.welcomes() > 0);
    for thing in &things {
        if let (Thing::Round(round), Some(terms)) = (&thing.after, terms) {
            let seconds = round.ticks_left / terms.tick_hz.max(1);
            set(&mut clock, format!("ROUND {}        {}:{:02}", round.number, seconds / 60, seconds % 60));
        }
    }
}

fn rank(
    things: Query<&DemoThing>,
    mut names: Query<(&PlaceName, &mut Text), Without<PlaceScore>>,
    mut scores: Query<(&PlaceScore, &mut Text), Without<PlaceName>>,
) {
    let mut rows = vec![(String::new(), String::new()); PLACES + 1];
    for thing in &things {
        if matches!(thing.after, Thing::Round(_)) {
            for (row, line) in rows.iter_mut().zip(thing.label_text().lines().take(PLACES)) {
                let (score, name) = line.split_once(' ').unwrap_or(("", line));
                *row = (name.into(), score.into());
            }
        } else if let Some(ship) = thing.ship().filter(|_| thing.is_own) {
            rows[PLACES] = (thing.label_text().into_owned(), ship.score.to_string());
        }
    }
    for (place, mut text) in &mut names {
        set(&mut text, rows[place.0].0.clone());
    }
    for (place, mut text) in &mut scores {
        set(&mut text, rows[place.0].1.clone());
    }
}
