//! The round's clock, the best three, and the player's own score.

use std::cmp::Reverse;

use auspice_demo::{Demo, Entity as Thing};
use bevy::prelude::*;

use super::things::{DemoThing, Of};
use crate::lab::Lab;
use crate::style::{FAINT_INK, INK, OWN, pane, placed, set, show, text};
use crate::{Screen, Session, Stage};

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

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    for (session, screen) in &screens {
        build_for(Of(session), UiTargetCamera(screen.0), &mut commands);
    }
}

fn build_for(of: Of, on: UiTargetCamera, commands: &mut Commands) {
    let node = placed(Node {
        right: px(16),
        top: px(16),
        width: px(216),
        padding: UiRect::axes(px(12), px(9)),
        flex_direction: FlexDirection::Column,
        row_gap: px(4),
        ..default()
    });
    commands.spawn((Tally, of, on, pane(node))).with_children(|pane| {
        pane.spawn((Clock, of, text("", 14.0, FAINT_INK)));
        for place in 0..=PLACES {
            let margin = if place == PLACES { UiRect::top(px(5)) } else { UiRect::ZERO };
            let row = Node { width: percent(100), justify_content: JustifyContent::SpaceBetween, margin, ..default() };
            let colour = if place == PLACES { OWN } else { INK };
            pane.spawn(row).with_children(|row| {
                row.spawn((PlaceName(place), of, text("", 15.0, colour)));
                row.spawn((PlaceScore(place), of, text("", 15.0, colour)));
            });
        }
    });
}

fn count(
    lab: Res<Lab>,
    sessions: Query<&Session<Demo>>,
    things: Query<&DemoThing>,
    mut tallies: Query<(&Of, &mut Node), With<Tally>>,
    mut clocks: Query<(&Of, &mut Text), With<Clock>>,
) {
    let last = tallies.iter().len().saturating_sub(1);
    for (index, (of, mut tally)) in tallies.iter_mut().enumerate() {
        // The laboratory has the place of the last.
        let is_free = index < last || !lab.is_open;
        show(&mut tally, is_free && sessions.get(of.0).is_ok_and(|session| session.welcomes() > 0));
    }
    for (of, mut clock) in &mut clocks {
        let terms = sessions.get(of.0).ok().and_then(Session::replica).and_then(|replica| replica.terms());
        for thing in things.iter().filter(|thing| thing.session == of.0) {
            if let (Thing::Round(round), Some(terms)) = (&thing.after, terms) {
                let seconds = round.ticks_left / terms.tick_hz.max(1);
                let title = if round.is_over { "BREAK AFTER" } else { "ROUND" };
                set(&mut clock, format!("{title} {}        {}:{:02}", round.number, seconds / 60, seconds % 60));
            }
        }
    }
}

/// Name and score of each line for a session.
fn rows(session: Entity, things: &Query<&DemoThing>) -> [(String, String); PLACES + 1] {
    let mut rows: [(String, String); PLACES + 1] = Default::default();
    let mut best = Vec::new();
    for thing in things.iter().filter(|thing| thing.session == session) {
        if let Thing::Standing(standing) = thing.after {
            best.push((Reverse(standing.score), standing.deaths, thing.label_text().into_owned()));
        } else if let Some(ship) = thing.ship().filter(|_| thing.is_own) {
            rows[PLACES] = (thing.label_text().into_owned(), ship.score.to_string());
        }
    }
    best.sort();
    for (row, (score, _, name)) in rows.iter_mut().take(PLACES).zip(best) {
        *row = (name, score.0.to_string());
    }
    rows
}

fn rank(
    tallies: Query<&Of, With<Tally>>,
    things: Query<&DemoThing>,
    mut names: Query<(&PlaceName, &Of, &mut Text), Without<PlaceScore>>,
    mut scores: Query<(&PlaceScore, &Of, &mut Text), Without<PlaceName>>,
) {
    for tally in &tallies {
        let rows = rows(tally.0, &things);
        for (place, _, mut text) in names.iter_mut().filter(|(_, of, _)| of.0 == tally.0) {
            set(&mut text, rows[place.0].0.clone());
        }
        for (place, _, mut text) in scores.iter_mut().filter(|(_, of, _)| of.0 == tally.0) {
            set(&mut text, rows[place.0].1.clone());
        }
    }
}
