//! What the player must know of its own ship and connection: health, powers, how it stands with the server, big news.

use auspice_demo::{Demo, Prize, RAPID, SHIELD};
use bevy::prelude::*;

use super::DemoThing;
use super::art::{BAD, FAINT_INK, GOOD, INK, OWN, WARNING, prize_colour};
use super::menu::Menu;
use super::widgets::{pane, placed, set, show, text};
use crate::{Connection, Meter, Session, Stage};

/// Most health that a ship can have.
const CELLS_MAX: usize = 15;

pub(crate) struct HudPlugin;

impl Plugin for HudPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Banner>()
            .add_systems(Startup, build)
            .add_systems(Update, (show_state, show_health, show_powers, show_banner).in_set(Stage::Show));
    }
}

/// Big news in the middle of the screen.
#[derive(Resource, Default)]
pub(crate) struct Banner {
    title: String,
    line: String,
    seconds_left: f32,
}

impl Banner {
    pub(crate) fn say(&mut self, title: impl Into<String>, line: impl Into<String>, seconds: f32) {
        *self = Self { title: title.into(), line: line.into(), seconds_left: seconds };
    }
}

#[derive(Component)]
struct StateDot;
#[derive(Component)]
struct StateText;
#[derive(Component)]
struct HealthPane;
#[derive(Component)]
struct HealthCell(usize);
#[derive(Component)]
struct PowerText(u8);
#[derive(Component)]
struct BannerNode;
#[derive(Component)]
struct BannerTitle;
#[derive(Component)]
struct BannerLine;

fn build(mut commands: Commands) {
    let row = Node { column_gap: px(8), padding: UiRect::axes(px(12), px(7)), align_items: AlignItems::Center, ..default() };
    commands.spawn(pane(placed(Node { left: px(16), top: px(16), ..row }))).with_children(|pane| {
        let dot = Node { width: px(9), height: px(9), border_radius: BorderRadius::MAX, ..default() };
        pane.spawn((StateDot, dot, BackgroundColor(WARNING)));
        pane.spawn((StateText, text("", 14.0, INK)));
    });

    let bottom = placed(Node {
        bottom: px(18),
        width: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        row_gap: px(6),
        ..default()
    });
    commands.spawn((HealthPane, bottom)).with_children(|bottom| {
        bottom.spawn(Node { column_gap: px(14), ..default() }).with_children(|powers| {
            powers.spawn((PowerText(SHIELD), text("SHIELD", 13.0, prize_colour(Prize::Shield))));
            powers.spawn((PowerText(RAPID), text("RAPID FIRE", 13.0, prize_colour(Prize::Rapid))));
        });
        let row = Node { column_gap: px(3), padding: UiRect::all(px(6)), ..default() };
        bottom.spawn(pane(row)).with_children(|cells| {
            for index in 0..CELLS_MAX {
                let node = Node { width: px(18), height: px(9), border_radius: BorderRadius::all(px(2)), ..default() };
                cells.spawn((HealthCell(index), node, BackgroundColor(OWN)));
            }
        });
    });

    let middle = placed(Node {
        top: percent(23),
        width: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        row_gap: px(4),
        ..default()
    });
    commands.spawn((BannerNode, middle)).with_children(|middle| {
        middle.spawn((BannerTitle, text("", 38.0, INK), TextShadow { offset: Vec2::splat(2.0), color: Color::BLACK }));
        middle.spawn((BannerLine, text("", 19.0, FAINT_INK), TextShadow { offset: Vec2::splat(1.5), color: Color::BLACK }));
    });
}

fn show_state(
    session: Res<Session<Demo>>,
    meter: Res<Meter>,
    mut dot: Single<&mut BackgroundColor, With<StateDot>>,
    mut state: Single<&mut Text, With<StateText>>,
) {
    let connection = session.connection();
    let (colour, words) = match connection {
        Connection::Playing => (GOOD, format!("{}  {} ms", session.name(), meter.echo.as_millis())),
        Connection::Refused { .. } => (BAD, connection.to_string()),
        _ => (WARNING, connection.to_string()),
    };
    dot.0 = colour;
    set(&mut state, words);
}

fn own<'a>(mut things: impl Iterator<Item = &'a DemoThing>) -> Option<&'a auspice_demo::Ship> {
    things.find(|thing| thing.is_own).and_then(DemoThing::ship)
}

fn show_health(
    session: Res<Session<Demo>>,
    things: Query<&DemoThing>,
    mut pane: Single<&mut Node, With<HealthPane>>,
    mut cells: Query<(&HealthCell, &mut BackgroundColor, &mut Node), Without<HealthPane>>,
) {
    let ship = own(things.iter());
    show(&mut pane, ship.is_some());
    let (Some(ship), Some(terms)) = (ship, session.replica().and_then(|replica| replica.terms())) else { return };
    let (health, full) = (usize::from(ship.health), terms.rules.health as usize);
    let colour = if health * 10 > full * 6 {
        OWN
    } else if health * 10 > full * 3 {
        WARNING
    } else {
        BAD
    };
    for (cell, mut background, mut node) in &mut cells {
        show(&mut node, cell.0 < full.max(health));
        background.0 = if cell.0 < health { colour } else { Color::srgba(0.4, 0.5, 0.6, 0.16) };
    }
}

fn show_powers(things: Query<&DemoThing>, mut powers: Query<(&PowerText, &mut Node)>) {
    let marks = own(things.iter()).map_or(0, |ship| if ship.is_alive() { ship.marks } else { 0 });
    for (power, mut node) in &mut powers {
        show(&mut node, marks & power.0 != 0);
    }
}

fn show_banner(
    time: Res<Time>,
    session: Res<Session<Demo>>,
    menu: Res<Menu>,
    mut banner: ResMut<Banner>,
    mut node: Single<&mut Node, With<BannerNode>>,
    mut title: Single<(&mut Text, &mut TextColor), With<BannerTitle>>,
    mut line: Single<(&mut Text, &mut TextColor), (With<BannerLine>, Without<BannerTitle>)>,
) {
    banner.seconds_left -= time.delta_secs();
    let trouble = match session.connection() {
        Connection::Reconnecting { wait, .. } if session.welcomes() > 0 => {
            Some(format!("trying again in {:.0} s", wait.as_secs_f32().ceil()))
        }
        Connection::Connecting if session.welcomes() > 0 => Some("connecting".into()),
        Connection::Stalled { silent_for } => Some(format!("nothing heard for {:.1} s", silent_for.as_secs_f32())),
        _ => None,
    };
    show(&mut node, !menu.is_open() && (trouble.is_some() || banner.seconds_left > 0.0));
    let alpha = if trouble.is_some() { 1.0 } else { (banner.seconds_left / 0.5).clamp(0.0, 1.0) };
    let (title_text, line_text, colour) = trouble
        .map_or_else(|| (banner.title.clone(), banner.line.clone(), INK), |line| ("CONNECTION LOST".into(), line, WARNING));
    let title_text = if matches!(session.connection(), Connection::Stalled { .. }) { "STALLED".into() } else { title_text };
    set(&mut title.0, title_text);
    set(&mut line.0, line_text);
    title.1.0 = colour.with_alpha(alpha);
    line.1.0 = INK.with_alpha(alpha * 0.8);
}
