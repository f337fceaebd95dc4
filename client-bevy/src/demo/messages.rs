//! Lines that come and fade, about who joined, who left, who beat whom.

use auspice::EntityId;
use auspice_demo::{Cause, Demo, Event, Prize, Refusal, Weapon};
use bevy::prelude::*;

use super::art::ship_colour;
use super::hud::{Banner, DESTROYED, StatePane};
use super::things::{DemoThing, Of};
use crate::letters::legible;
use crate::style::{FAINT_INK, GOOD, INK, OWN, WARNING, placed, shadow, text};
use crate::{Screen, Stage, Told};

/// Lines at once.
const LINES: usize = 7;
/// Seconds that a line stands before it fades.
const STANDS_SECONDS: f32 = 6.0;

pub(crate) struct MessagesPlugin;

impl Plugin for MessagesPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, build).add_systems(Update, (read, fade, make_room).chain().in_set(Stage::Show));
    }
}

#[derive(Component)]
struct Lines;

#[derive(Component)]
struct Line {
    age: f32,
}

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    let node =
        placed(Node { left: px(18), top: px(62), flex_direction: FlexDirection::Column, row_gap: px(3), ..default() });
    for (session, screen) in &screens {
        commands.spawn((Lines, Of(session), UiTargetCamera(screen.0), node.clone()));
    }
}

/// Below whatever is said of the connection.
fn make_room(
    panes: Query<(&UiTargetCamera, &ComputedNode), With<StatePane>>,
    mut lists: Query<(&UiTargetCamera, &mut Node), With<Lines>>,
) {
    for (screen, mut list) in &mut lists {
        let pane = panes.iter().find(|(pane_screen, _)| pane_screen.0 == screen.0);
        let height = pane.map_or(0.0, |(_, pane)| pane.size().y * pane.inverse_scale_factor());
        let top = px((26.0 + height).round());
        if list.top != top {
            list.top = top;
        }
    }
}

/// Words of a line, each in its colour.
type Words = Vec<(String, Color)>;

fn read(
    mut told: MessageReader<Told<Demo>>,
    things: Query<&DemoThing>,
    lists: Query<(Entity, &Of), With<Lines>>,
    old: Query<(Entity, &ChildOf, &Line)>,
    mut banners: Query<&mut Banner>,
    mut commands: Commands,
) {
    for told in told.read() {
        let seen: Vec<&DemoThing> = things.iter().filter(|thing| thing.session == told.session).collect();
        let Ok(mut banner) = banners.get_mut(told.session) else { continue };
        let Some(words) = words(&told.event, &seen, &mut banner) else { continue };
        let Some((list, _)) = lists.iter().find(|(_, of)| of.0 == told.session) else { continue };
        let standing = old.iter().filter(|(_, of, _)| of.parent() == list);
        if standing.clone().count() >= LINES
            && let Some((oldest, ..)) = standing.max_by(|one, other| one.2.age.total_cmp(&other.2.age))
        {
            commands.entity(oldest).despawn();
        }
        let line = commands.spawn((Line { age: 0.0 }, text("", 14.0, INK), shadow(), ChildOf(list))).id();
        for (word, colour) in words {
            let font = TextFont::from_font_size(FontSize::Px(14.0));
            commands.spawn((TextSpan::new(legible(&word)), font, TextColor(colour), ChildOf(line)));
        }
    }
}

/// An event in words; big news goes to the banner as well.
fn words(event: &Event, things: &[&DemoThing], banner: &mut Banner) -> Option<Words> {
    Some(match event {
        Event::Joined { name } => vec![(name.clone(), GOOD), (" joined".into(), FAINT_INK)],
        Event::Left { name } => vec![(name.clone(), WARNING), (" left".into(), FAINT_INK)],
        Event::Said { name, text } => {
            info!("{name}: {text}");
            vec![(format!("{name}: "), OWN), (text.clone(), INK)]
        }
        Event::Destroyed { ship, by, victim, killer, cause } => {
            tell_own(*ship, *by, victim, killer, things, banner);
            let victim = (victim.clone(), colour_of(*ship, things));
            match (by, cause) {
                (Some(by), Cause::Shot(Weapon::Gun)) => {
                    vec![(killer.clone(), colour_of(*by, things)), (" destroyed ".into(), FAINT_INK), victim]
                }
                (Some(by), Cause::Shot(weapon)) => {
                    let how = if *weapon == Weapon::Laser { " burnt " } else { " blew up " };
                    vec![(killer.clone(), colour_of(*by, things)), (how.into(), FAINT_INK), victim]
                }
                _ => vec![victim, (" hit an asteroid".into(), FAINT_INK)],
            }
        }
        Event::Took { prize } => {
            let what = match prize {
                Prize::Repair => "REPAIRED",
                Prize::Shield => "SHIELD",
                Prize::Rapid => "RAPID FIRE",
                Prize::Charge => "CHARGED",
            };
            banner.say(what, "", 1.1);
            return None;
        }
        Event::Refused(refusal) => {
            let why = match refusal {
                Refusal::TooFast => "slower, please",
                Refusal::NotText => "that cannot be shown",
                Refusal::TooLong => "that is too long",
                Refusal::NoSuchShip => "there is no such ship",
                Refusal::Busy => "everyone talks at once; try again",
                Refusal::NameHeld => "your name is the one in your ticket",
            };
            vec![(why.into(), WARNING)]
        }
        Event::Laser(_) | Event::Watching { .. } => return None,
        Event::RoundOver { number, ranking } => {
            let (winner, score) = ranking.first().map_or_else(Default::default, |rank| (rank.name.clone(), rank.score));
            vec![(format!("Round {number}: "), FAINT_INK), (winner, OWN), (format!(" wins with {score}"), FAINT_INK)]
        }
        Event::Placed { place, of, score, deaths } => {
            vec![(format!("You came {place}. of {of}: {score} destroyed, {deaths} lost"), OWN)]
        }
        Event::RoundBegins { number } => {
            banner.say(format!("ROUND {number}"), "", 2.0);
            return None;
        }
    })
}

/// The colour of a ship that is in sight.
fn colour_of(id: EntityId, things: &[&DemoThing]) -> Color {
    let thing = things.iter().find(|thing| thing.id == id);
    thing.and_then(|thing| Some(ship_colour(id, thing.ship()?, thing.is_own))).unwrap_or(INK)
}

fn tell_own(
    ship: EntityId,
    by: Option<EntityId>,
    victim: &str,
    killer: &str,
    things: &[&DemoThing],
    banner: &mut Banner,
) {
    let is_own = |id: EntityId| things.iter().any(|thing| thing.is_own && thing.id == id);
    if is_own(ship) {
        let line = if by.is_some() { format!("by {killer}") } else { "by an asteroid".into() };
        banner.say(DESTROYED, line, 2.3);
    } else if by.is_some_and(is_own) {
        banner.say("", format!("you destroyed {victim}"), 2.0);
    }
}

fn fade(
    time: Res<Time>,
    mut lines: Query<(Entity, &mut Line, Option<&Children>)>,
    mut colours: Query<&mut TextColor>,
    mut shadows: Query<&mut TextShadow>,
    mut commands: Commands,
) {
    for (entity, mut line, words) in &mut lines {
        line.age += time.delta_secs();
        let alpha = (STANDS_SECONDS + 1.0 - line.age).clamp(0.0, 1.0);
        if alpha <= 0.0 {
            commands.entity(entity).despawn();
            continue;
        }
        if let Ok(mut shadow) = shadows.get_mut(entity) {
            shadow.color.set_alpha(alpha);
        }
        for word in words.into_iter().flatten() {
            if let Ok(mut colour) = colours.get_mut(*word)
                && (colour.0.alpha() - alpha).abs() > 0.01
            {
                colour.0.set_alpha(alpha);
            }
        }
    }
}
