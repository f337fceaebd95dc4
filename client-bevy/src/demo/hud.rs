//! The display of the player's own ship and connection: health, powers, the connection's state, big news.

use std::collections::HashSet;

use auspice::error::CloseCode;
use auspice_demo::{Demo, ENERGY_STEPS_PER_UNIT, Power, Prize};
use bevy::prelude::*;

use super::art::prize_colour;
use super::keys::{Action, Keys};
use super::menu::Menu;
use super::replayed::OnReplay;
use super::scores::Scores;
use super::things::{DemoThing, Of};
use super::watching::Watched;
use crate::lab::FrameCap;
use crate::style::{BAD, FAINT_INK, GOOD, INK, OWN, PANEL_EDGE, WARNING, pane, placed, set, shadow, show, text};
use crate::{CameBack, Connection, Meter, Screen, Session, Stage, Switches};

/// The banner of a ship that is lost.
pub(crate) const DESTROYED: &str = "DESTROYED";

/// A view less wide than this is narrow.
const NARROW: f32 = 1000.0;
/// Distance from the edge at which the minimap ends.
const BESIDE_MINIMAP: f32 = 214.0;

/// Time for which large letters say that the server is going to close.
const CLOSING_SECONDS: f32 = 4.0;

/// Time for which large letters say what an absence has cost.
const BACK_SECONDS: f32 = 5.0;

/// Most health that a ship can have.
const CELLS_MAX: usize = 15;

pub(crate) struct HudPlugin;

impl Plugin for HudPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, build).add_systems(
            Update,
            (show_state, show_notice, show_return, show_badge, show_health, show_powers, show_banner)
                .in_set(Stage::Show),
        );
    }
}

/// Big news in the middle of a session's screen.
#[derive(Component, Default)]
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

/// The pane at the top left, below which messages stand.
#[derive(Component)]
pub(crate) struct StatePane;
#[derive(Component)]
struct StateDot;
#[derive(Component)]
struct StateText;
/// The server's announcement.
#[derive(Component)]
struct NoticeText;
/// The network that is simulated.
#[derive(Component)]
struct BadgeText;
#[derive(Component)]
struct HealthPane;
#[derive(Component)]
struct HealthCell(usize);
#[derive(Component)]
struct PowerText(Power);
#[derive(Component)]
struct EnergyBar;
#[derive(Component)]
struct BannerNode;
#[derive(Component)]
struct BannerTitle;
#[derive(Component)]
struct BannerLine;

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    for (session, screen) in &screens {
        commands.entity(session).insert(Banner::default());
        build_for(Of(session), UiTargetCamera(screen.0), &mut commands);
        if screens.iter().len() > 1 {
            // Between two views side by side.
            let line = placed(Node { width: px(2), height: percent(100), ..default() });
            commands.spawn((line, BackgroundColor(PANEL_EDGE), UiTargetCamera(screen.0)));
        }
    }
}

fn build_for(of: Of, on: UiTargetCamera, commands: &mut Commands) {
    let state = placed(Node {
        left: px(16),
        top: px(16),
        padding: UiRect::axes(px(12), px(7)),
        flex_direction: FlexDirection::Column,
        row_gap: px(3),
        ..default()
    });
    commands.spawn((StatePane, of, pane(state), on.clone())).with_children(|pane| {
        let row = Node { column_gap: px(8), align_items: AlignItems::Center, ..default() };
        pane.spawn(row).with_children(|row| {
            let dot = Node { width: px(9), height: px(9), border_radius: BorderRadius::MAX, ..default() };
            row.spawn((StateDot, of, dot, BackgroundColor(WARNING)));
            row.spawn((StateText, of, text("", 14.0, INK)));
        });
        pane.spawn((NoticeText, of, text("", 13.0, WARNING)));
        pane.spawn((BadgeText, of, text("", 13.0, WARNING)));
    });

    let bottom = placed(Node {
        bottom: px(18),
        width: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        row_gap: px(6),
        ..default()
    });
    commands.spawn((HealthPane, of, on.clone(), bottom)).with_children(|bottom| {
        bottom.spawn(Node { column_gap: px(14), ..default() }).with_children(|powers| {
            powers.spawn((PowerText(Power::Shield), of, text("SHIELD", 13.0, prize_colour(Prize::Shield))));
            powers.spawn((PowerText(Power::Rapid), of, text("RAPID FIRE", 13.0, prize_colour(Prize::Rapid))));
            powers.spawn((PowerText(Power::Charge), of, text("CHARGE", 13.0, prize_colour(Prize::Charge))));
        });
        let row = Node { column_gap: px(3), padding: UiRect::all(px(6)), ..default() };
        bottom.spawn(pane(row)).with_children(|cells| {
            for index in 0..CELLS_MAX {
                let node = Node { width: px(18), height: px(9), border_radius: BorderRadius::all(px(2)), ..default() };
                cells.spawn((HealthCell(index), of, node, BackgroundColor(OWN)));
            }
        });
        let track = Node { width: px(214), height: px(4), border_radius: BorderRadius::MAX, ..default() };
        bottom.spawn((track, BackgroundColor(Color::srgba(0.4, 0.5, 0.6, 0.16)))).with_children(|track| {
            let bar = Node { height: percent(100), border_radius: BorderRadius::MAX, ..default() };
            track.spawn((EnergyBar, of, bar, BackgroundColor(prize_colour(Prize::Charge))));
        });
    });

    let middle = placed(Node {
        top: percent(23),
        width: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        row_gap: px(4),
        padding: UiRect::horizontal(percent(4)),
        ..default()
    });
    commands.spawn((BannerNode, of, on, middle)).with_children(|middle| {
        middle.spawn((
            BannerTitle,
            of,
            text("", 38.0, INK),
            TextShadow { offset: Vec2::splat(2.0), color: Color::BLACK },
        ));
        let line = (text("", 19.0, FAINT_INK), TextLayout::justify(Justify::Center));
        middle.spawn((BannerLine, of, line, shadow()));
    });
}

fn show_state(
    sessions: Query<(&Session<Demo>, &Meter)>,
    mut dots: Query<(&Of, &mut BackgroundColor), With<StateDot>>,
    mut states: Query<(&Of, &mut Text), With<StateText>>,
) {
    for ((of, mut dot), (_, mut state)) in dots.iter_mut().zip(&mut states) {
        let Ok((session, meter)) = sessions.get(of.0) else { continue };
        let connection = session.connection();
        let (colour, words) = match connection {
            Connection::Playing => (GOOD, format!("{}  {} ms", session.name(), meter.net.ping.0 / 1000)),
            // Why is said in the middle of the screen.
            Connection::Refused { .. } => (BAD, "refused".into()),
            Connection::Reconnecting { wait, .. } => {
                (WARNING, format!("trying again in {:.0} s", wait.as_seconds().ceil()))
            }
            _ => (WARNING, connection.to_string()),
        };
        dot.0 = colour;
        set(&mut state, words);
    }
}

/// Shows what the server says of itself, plainly; that it is going to close, in large letters as well when it
/// is said.
fn show_notice(
    time: Res<Time<Real>>,
    mut sessions: Query<(&Session<Demo>, &mut Banner)>,
    mut notices: Query<(&Of, &mut Text, &mut TextColor, &mut Node), With<NoticeText>>,
    mut closings: Local<HashSet<Entity>>,
) {
    for (of, mut text, mut ink, mut node) in &mut notices {
        let Ok((session, mut banner)) = sessions.get_mut(of.0) else { continue };
        let notice = session.notice();
        let closes_in = notice.closes_in(time.elapsed());
        match closes_in {
            None => drop(closings.remove(&of.0)),
            Some(left) if closings.insert(of.0) => {
                banner.say("", format!("The server closes in {:.0} s", left.as_secs_f32().ceil()), CLOSING_SECONDS);
            }
            Some(_) => {}
        }
        let said = notice.lines(time.elapsed()).join("\n");
        show(&mut node, !said.is_empty());
        set(&mut text, said);
        ink.set_if_neq(TextColor(if closes_in.is_some() { BAD } else { WARNING }));
    }
}

/// Tells the player who was without a connection for how long, and what that has cost.
fn show_return(mut came_back: MessageReader<CameBack>, mut banners: Query<&mut Banner>) {
    for CameBack { session, back } in came_back.read() {
        let Ok(mut banner) = banners.get_mut(*session) else { continue };
        banner.say(if back.same_seat { "BACK" } else { "BACK, AS A NEW PLAYER" }, back.to_string(), BACK_SECONDS);
    }
}

/// Shows what is simulated or switched off: neither is done without being said.
fn show_badge(
    cap: Res<FrameCap>,
    sessions: Query<(&Session<Demo>, &Switches)>,
    mut badges: Query<(&Of, &mut Text, &mut Node), With<BadgeText>>,
) {
    for (of, mut text, mut node) in &mut badges {
        let Ok((session, switches)) = sessions.get(of.0) else { continue };
        let cap = (cap.0 > 0).then(|| format!("{} frames/s", cap.0));
        let simulated = [Some(session.dials().to_string()).filter(|said| !said.is_empty()), cap];
        let simulated = simulated.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let simulated = Some(format!("simulated: {simulated}")).filter(|_| !simulated.is_empty());
        let said = [simulated, Some(switches.said()).filter(|said| !said.is_empty())];
        let said = said.into_iter().flatten().collect::<Vec<_>>().join("\n");
        show(&mut node, !said.is_empty());
        set(&mut text, said);
    }
}

fn own(session: Entity, things: &Query<&DemoThing>) -> Option<auspice_demo::Ship> {
    things.iter().find(|thing| thing.is_own && thing.session == session).and_then(DemoThing::ship).copied()
}

fn show_health(
    sessions: Query<&Session<Demo>>,
    things: Query<&DemoThing>,
    mut panes: Query<(&Of, &mut Node, &ComputedNode), With<HealthPane>>,
    mut cells: Query<(&HealthCell, &Of, &mut BackgroundColor, &mut Node), Without<HealthPane>>,
) {
    for (of, mut pane, computed) in &mut panes {
        let ship = own(of.0, &things);
        show(&mut pane, ship.is_some());
        make_way(&mut pane, computed.size().x * computed.inverse_scale_factor());
        let terms = sessions.get(of.0).ok().and_then(Session::replica).and_then(|replica| replica.terms());
        let (Some(ship), Some(terms)) = (ship, terms) else { continue };
        let (health, full) = (usize::from(ship.health), terms.rules.health as usize);
        let colour = if health * 10 > full * 6 {
            OWN
        } else if health * 10 > full * 3 {
            WARNING
        } else {
            BAD
        };
        for (cell, _, mut background, mut node) in cells.iter_mut().filter(|(_, cell_of, ..)| cell_of.0 == of.0) {
            show(&mut node, cell.0 < full.max(health));
            background.0 = if cell.0 < health { colour } else { Color::srgba(0.4, 0.5, 0.6, 0.16) };
        }
    }
}

/// In the middle, or beside the minimap in a view of a `width` that has no room for an overlay as well.
fn make_way(pane: &mut Node, width: f32) {
    let is_narrow = width > 0.0 && width < NARROW;
    let (align, left) =
        if is_narrow { (AlignItems::FlexStart, px(BESIDE_MINIMAP)) } else { (AlignItems::Center, Val::ZERO) };
    if pane.padding.left != left {
        (pane.align_items, pane.padding.left) = (align, left);
    }
}

fn show_powers(
    things: Query<&DemoThing>,
    mut powers: Query<(&PowerText, &Of, &mut Node), Without<EnergyBar>>,
    mut energies: Query<(&Of, &mut Node), With<EnergyBar>>,
) {
    for (power, of, mut node) in &mut powers {
        show(&mut node, own(of.0, &things).is_some_and(|ship| ship.is_alive() && ship.power() == power.0));
    }
    for (of, mut bar) in &mut energies {
        let energy = own(of.0, &things).map_or(0.0, |ship| f32::from(ship.energy) / ENERGY_STEPS_PER_UNIT as f32);
        // Full at 100.
        bar.width = percent(energy.round());
    }
}

fn show_banner(
    time: Res<Time>,
    menu: Res<Menu>,
    keys: Res<Keys>,
    scores: Res<Scores>,
    things: Query<&DemoThing>,
    replay: Option<Res<OnReplay>>,
    mut sessions: Query<(&Session<Demo>, &mut Banner, Option<&Watched>)>,
    mut nodes: Query<(&Of, &mut Node), With<BannerNode>>,
    mut titles: Query<(&Of, &mut Text, &mut TextColor), With<BannerTitle>>,
    mut lines: Query<(&Of, &mut Text, &mut TextColor), (With<BannerLine>, Without<BannerTitle>)>,
) {
    for (of, mut node) in &mut nodes {
        let Ok((session, mut banner, watched)) = sessions.get_mut(of.0) else { continue };
        banner.seconds_left -= time.delta_secs();
        let hz = session.replica().and_then(|replica| replica.terms()).map_or(30, |terms| terms.tick_hz);
        let trouble = trouble(session)
            .map(|(title, line)| (title, line, WARNING))
            .or_else(|| death(own(of.0, &things)?, hz, &banner))
            .or_else(|| {
                watched
                    .filter(|_| banner.seconds_left <= 0.0)
                    .map(|watched| watching((watched, replay.is_some()), of.0, &keys, &things))
            });
        show(
            &mut node,
            !menu.is_open() && !scores.covers(of.0, &things) && (trouble.is_some() || banner.seconds_left > 0.0),
        );
        let alpha = if trouble.is_some() { 1.0 } else { (banner.seconds_left / 0.5).clamp(0.0, 1.0) };
        let (title, line, colour) = trouble.unwrap_or_else(|| (banner.title.clone(), banner.line.clone(), INK));
        for (_, mut text, mut ink) in titles.iter_mut().filter(|(title_of, ..)| title_of.0 == of.0) {
            set(&mut text, title.clone());
            ink.0 = colour.with_alpha(alpha);
        }
        for (_, mut text, mut ink) in lines.iter_mut().filter(|(line_of, ..)| line_of.0 == of.0) {
            set(&mut text, line.clone());
            ink.0 = INK.with_alpha(alpha * 0.8);
        }
    }
}

/// While the own ship is a wreck: what did it, and when there is another.
fn death(ship: auspice_demo::Ship, hz: u32, banner: &Banner) -> Option<(String, String, Color)> {
    let seconds = f32::from(ship.ticks_left) / hz.max(1) as f32;
    let by = if banner.title == DESTROYED { banner.line.as_str() } else { "" };
    (!ship.is_alive())
        .then(|| (DESTROYED.to_owned(), format!("{by}   back in {seconds:.1} s").trim_start().to_owned(), BAD))
}

/// Whom a view follows, on a log or not, and by which keys it follows another.
fn watching(
    (watched, is_replay): (&Watched, bool),
    session: Entity,
    keys: &Keys,
    things: &Query<&DemoThing>,
) -> (String, String, Color) {
    let found = things.iter().find(|thing| thing.session == session && Some(thing.id) == watched.0);
    let name = found.map_or_else(String::new, |thing| thing.label_text().to_uppercase());
    let [watch, play] = [Action::Watch, Action::Play].map(|action| keys.said(action)[0].clone());
    let back = if is_replay { String::new() } else { format!(", {play} flies again") };
    (format!("WATCHING {name}").trim_end().to_owned(), format!("{watch} watches another{back}"), INK)
}

/// Time of the next try, in words.
pub(crate) fn soon(connection: &Connection) -> String {
    match connection {
        Connection::Reconnecting { wait, .. } => format!("in {:.0} s", wait.as_seconds().ceil()),
        _ => "now".into(),
    }
}

/// Trouble of the connection, while one plays.
fn trouble(session: &Session<Demo>) -> Option<(String, String)> {
    match session.connection() {
        Connection::Reconnecting { .. } | Connection::Connecting if session.welcomes() > 0 => {
            let ending = session.ending()?;
            let line = format!("{}\ntrying again {}", ending.sentence, soon(session.connection()));
            Some((ending.code.and_then(CloseCode::headline).unwrap_or("connection lost").to_uppercase(), line))
        }
        Connection::Stalled { silent_for } => {
            Some(("STALLED".into(), format!("nothing heard for {:.1} s", silent_for.as_seconds())))
        }
        _ => None,
    }
}
