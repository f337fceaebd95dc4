//! The scoreboard: everyone's, while its key is held and during the intermission, with the results of the round.

use std::cmp::Reverse;

use auspice_demo::{Demo, Entity as Thing};
use bevy::prelude::*;

use super::keys::{Action, Buttons};
use super::things::{DemoThing, Of};
use crate::style::{FAINT_INK, INK, OWN, WARNING, pane, placed, set, show, text};
use crate::{Screen, Session, Stage};

/// Lines that fit on a screen 720 pixels high.
const LINES: usize = 20;

pub(crate) struct ScoresPlugin;

impl Plugin for ScoresPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Scores>().add_systems(Startup, build).add_systems(Update, write.in_set(Stage::Show));
    }
}

/// Whether the scoreboard is open without its key.
#[derive(Resource, Default)]
pub(crate) struct Scores {
    pub(crate) is_kept_open: bool,
}

impl Scores {
    /// Whether the scoreboard is open by itself over a session's screen.
    pub(crate) fn covers(&self, session: Entity, things: &Query<&DemoThing>) -> bool {
        self.is_kept_open || round(session, things).is_some_and(|round| round.is_over)
    }
}

/// A line of the scoreboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) name: String,
    pub(crate) score: u16,
    pub(crate) deaths: u16,
    pub(crate) is_computer: bool,
    /// Slot of the ship.
    pub(crate) ship: u16,
}

/// The standings as a session sees them, the best first.
pub(crate) fn standings(session: Entity, things: &Query<&DemoThing>) -> Vec<Standing> {
    let row = |thing: &DemoThing| {
        let Thing::Standing(row) = thing.after else { return None };
        let name = thing.label_text().into_owned();
        Some(Standing { name, score: row.score, deaths: row.deaths, is_computer: row.is_computer, ship: row.ship })
    };
    let mut rows: Vec<Standing> = things.iter().filter(|thing| thing.session == session).filter_map(row).collect();
    rows.sort_by(|one, other| {
        let key = |row: &Standing| (Reverse(row.score), row.deaths, row.is_computer);
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
    rows
}

/// The round as a session sees it.
pub(crate) fn round(session: Entity, things: &Query<&DemoThing>) -> Option<auspice_demo::Round> {
    things.iter().filter(|thing| thing.session == session).find_map(|thing| match thing.after {
        Thing::Round(round) => Some(round),
        _ => None,
    })
}

#[derive(Component)]
struct Board;
#[derive(Component)]
struct Title;
#[derive(Component)]
struct Row(usize);

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    for (session, screen) in &screens {
        let cover = placed(Node {
            width: percent(100),
            height: percent(100),
            justify_content: JustifyContent::Center,
            align_items: AlignItems::Center,
            display: Display::None,
            ..default()
        });
        let card = Node {
            padding: UiRect::axes(px(22), px(16)),
            flex_direction: FlexDirection::Column,
            row_gap: px(3),
            ..default()
        };
        commands.spawn((Board, Of(session), cover, GlobalZIndex(7), UiTargetCamera(screen.0))).with_children(|cover| {
            cover.spawn(pane(card)).with_children(|card| {
                let below = Node { margin: UiRect::bottom(px(8)), ..default() };
                card.spawn((Title, Of(session), text("", 22.0, INK), below));
                card.spawn(text(line("", "PILOT", "SCORE", "DEATHS"), 15.0, FAINT_INK));
                for index in 0..LINES {
                    card.spawn((Row(index), Of(session), text("", 15.0, INK)));
                }
            });
        });
    }
}

fn line(place: &str, name: &str, score: &str, deaths: &str) -> String {
    format!("{place:>3}  {name:<17} {score:>6} {deaths:>7}")
}

fn write(
    buttons: Buttons,
    scores: Res<Scores>,
    sessions: Query<&Session<Demo>>,
    things: Query<&DemoThing>,
    mut boards: Query<(&Of, &mut Node), With<Board>>,
    mut titles: Query<(&Of, &mut Text, &mut TextColor), With<Title>>,
    mut rows: Query<(&Row, &Of, &mut Text, &mut TextColor, &mut Node), (Without<Title>, Without<Board>)>,
) {
    let is_held = buttons.held(Action::Scores);
    for (of, mut board) in &mut boards {
        let round = round(of.0, &things);
        let is_over = round.is_some_and(|round| round.is_over);
        let is_open = round.is_some() && (is_held || scores.is_kept_open || is_over);
        show(&mut board, is_open);
        let Some(round) = round.filter(|_| is_open) else { continue };
        let standings = standings(of.0, &things);
        let hz = sessions
            .get(of.0)
            .ok()
            .and_then(Session::replica)
            .and_then(|replica| replica.terms())
            .map_or(30, |terms| terms.tick_hz);
        let seconds = round.ticks_left / hz.max(1);
        let best = standings.first().map_or("", |row| &row.name);
        let (said, colour) = if is_over {
            (format!("{best} WINS ROUND {}\nthe next begins in {seconds} s", round.number), WARNING)
        } else {
            (format!("ROUND {}   {}:{:02} left", round.number, seconds / 60, seconds % 60), INK)
        };
        for (_, mut text, mut ink) in titles.iter_mut().filter(|(title_of, ..)| title_of.0 == of.0) {
            set(&mut text, said.clone());
            ink.set_if_neq(TextColor(colour));
        }
        let own = things.iter().find(|thing| thing.session == of.0 && thing.is_own).map(|thing| thing.id.slot);
        let own_place = standings.iter().position(|row| Some(u32::from(row.ship)) == own);
        for (row, _, mut text, mut ink, mut node) in rows.iter_mut().filter(|(_, row_of, ..)| row_of.0 == of.0) {
            // The last line is the player's own where it would not fit.
            let place = if row.0 == LINES - 1 { own_place.unwrap_or(row.0).max(row.0) } else { row.0 };
            let standing = standings.get(place);
            show(&mut node, standing.is_some());
            let Some(standing) = standing else { continue };
            let (score, deaths) = (standing.score.to_string(), standing.deaths.to_string());
            set(&mut text, line(&(place + 1).to_string(), &standing.name, &score, &deaths));
            let colour = match own_place {
                Some(own) if own == place => OWN,
                _ if standing.is_computer => FAINT_INK,
                _ => INK,
            };
            ink.set_if_neq(TextColor(colour));
        }
    }
}
