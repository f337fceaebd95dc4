//! The sign of a view in which nobody has let its player in: why, and what can be done about it.

use auspice::error::CloseCode;
use auspice_demo::Demo;
use bevy::prelude::*;

use super::hud::soon;
use super::menu::Menu;
use super::things::Of;
use crate::style::{FAINT_INK, INK, OWN, pane, placed, set, show, text};
use crate::{Connection, Screen, Session, Stage};

pub(crate) struct AbsencePlugin;

impl Plugin for AbsencePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, build).add_systems(Update, write.in_set(Stage::Show));
    }
}

#[derive(Component)]
struct AbsenceCover;
#[derive(Component)]
struct Title;
#[derive(Component)]
struct Detail;
/// The line that is of use only where no view has a server.
#[derive(Component)]
struct HostLine;

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    for (session, screen) in &screens {
        build_for(Of(session), UiTargetCamera(screen.0), &mut commands);
    }
}

fn build_for(of: Of, on: UiTargetCamera, commands: &mut Commands) {
    let cover = placed(Node {
        width: percent(100),
        height: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        justify_content: JustifyContent::Center,
        display: Display::None,
        ..default()
    });
    let card = Node {
        width: px(500),
        padding: UiRect::all(px(26)),
        flex_direction: FlexDirection::Column,
        row_gap: px(6),
        ..default()
    };
    commands.spawn((AbsenceCover, of, on, cover)).with_children(|cover| {
        cover.spawn((
            text("AUSPICE", 64.0, OWN),
            TextShadow { offset: Vec2::splat(3.0), color: Color::srgb(0.0, 0.15, 0.25) },
        ));
        let below = Node { margin: UiRect::bottom(px(34)), ..default() };
        cover.spawn((text("one world, the same for many players", 15.0, FAINT_INK), below));
        cover.spawn(pane(card)).with_children(|card| {
            card.spawn((Title, of, text("", 21.0, INK)));
            card.spawn((Detail, of, text("", 15.0, FAINT_INK), Node { margin: UiRect::bottom(px(8)), ..default() }));
            if cfg!(feature = "host") {
                card.spawn((HostLine, text("H     start a server here, and play", 16.0, OWN)));
            }
            card.spawn(text("R     try again now", 16.0, INK));
            card.spawn(text("Esc   menu: name, address, keys", 16.0, INK));
        });
    });
}

fn write(
    menu: Res<Menu>,
    sessions: Query<&Session<Demo>>,
    mut roots: Query<(&Of, &mut Node), (With<AbsenceCover>, Without<HostLine>)>,
    mut titles: Query<(&Of, &mut Text), With<Title>>,
    mut details: Query<(&Of, &mut Text), (With<Detail>, Without<Title>)>,
    mut host_lines: Query<&mut Node, With<HostLine>>,
) {
    for (of, mut root) in &mut roots {
        let said = sessions.get(of.0).ok().and_then(absence).filter(|_| !menu.is_open());
        show(&mut root, said.is_some());
        let Some((title, detail)) = said else { continue };
        for (_, mut text) in titles.iter_mut().filter(|(title_of, _)| title_of.0 == of.0) {
            set(&mut text, title.clone());
        }
        for (_, mut text) in details.iter_mut().filter(|(detail_of, _)| detail_of.0 == of.0) {
            set(&mut text, detail.clone());
        }
    }
    let nobody_plays = sessions.iter().all(|session| !session.connection().is_playing());
    for mut line in &mut host_lines {
        show(&mut line, nobody_plays);
    }
}

/// A headline and what it is about; nothing for whoever plays, or was let in before and is tried again.
fn absence(session: &Session<Demo>) -> Option<(String, String)> {
    match session.connection() {
        Connection::Refused { code, why } => {
            let title = code.and_then(CloseCode::headline).unwrap_or("This cannot work");
            Some((title.into(), format!("{}\n{why}", session.address())))
        }
        _ if session.welcomes() > 0 => None,
        Connection::Offline => Some(("Offline".into(), "No address is given.".into())),
        connection => {
            let ending = session.ending()?;
            let title = ending.code.and_then(CloseCode::headline).unwrap_or("No server found");
            let detail = format!("{}\n{}\nTrying again {}.", session.address(), ending.sentence, soon(connection));
            Some((title.into(), detail))
        }
    }
}
