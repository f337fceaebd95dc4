//! Pictures for fingers, as soon as somebody touches the screen: buttons, the thumb's ring, a way into the menu.

use bevy::prelude::*;

use super::keys::{Fingers, MenuButton, THRUST_PIXELS, THUMB_BUTTONS, ThumbButton};
use crate::style::{FAINT_INK, OWN, placed, show, text};
use crate::{Screen, Stage, Typing};

pub(crate) struct TouchPlugin;

impl Plugin for TouchPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Fingers>().add_systems(Startup, build).add_systems(Update, write.in_set(Stage::Show));
    }
}

/// Something that is drawn for fingers alone.
#[derive(Component)]
struct Mark;
/// The ring around the place where the thumb was put down.
#[derive(Component)]
struct ThumbRing;

fn build(screens: Query<&Screen>, mut commands: Commands) {
    let Some(screen) = screens.iter().next() else { return };
    let on = UiTargetCamera(screen.0);
    let edge = BorderColor::all(OWN.with_alpha(0.45));
    let round = |radius: f32| Node {
        width: px(radius * 2.0),
        height: px(radius * 2.0),
        border: UiRect::all(px(2)),
        border_radius: BorderRadius::MAX,
        align_items: AlignItems::Center,
        justify_content: JustifyContent::Center,
        display: Display::None,
        ..default()
    };
    for ThumbButton { name, from_corner, radius, .. } in THUMB_BUTTONS {
        let (right, bottom) = (px(from_corner.x - radius), px(from_corner.y - radius));
        let node = placed(Node { right, bottom, ..round(radius) });
        commands.spawn((Mark, node, edge, on.clone())).with_child(text(name, 13.0, FAINT_INK));
    }
    commands.spawn((ThumbRing, placed(round(THRUST_PIXELS)), edge, on.clone()));
    // Left of the middle: the panel of dials is at the right, what the connection is like at the left.
    let node = placed(Node {
        top: px(8),
        left: percent(42),
        padding: UiRect::axes(px(14), px(6)),
        border: UiRect::all(px(1)),
        border_radius: BorderRadius::all(px(6)),
        display: Display::None,
        ..default()
    });
    commands.spawn((Mark, MenuButton, Button, node, edge, on)).with_child(text("MENU", 14.0, FAINT_INK));
}

fn write(
    fingers: Res<Fingers>,
    typing: Res<Typing>,
    mut marks: Query<&mut Node, (With<Mark>, Without<ThumbRing>)>,
    mut rings: Query<&mut Node, With<ThumbRing>>,
) {
    for mut mark in &mut marks {
        show(&mut mark, fingers.is_used() && !typing.0);
    }
    for mut ring in &mut rings {
        show(&mut ring, fingers.thumb().is_some());
        if let Some(start) = fingers.thumb() {
            let corner = start - THRUST_PIXELS;
            (ring.left, ring.top) = (px(corner.x), px(corner.y));
        }
    }
}
