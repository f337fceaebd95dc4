//! The panel: a slider for each dial, a row for each switch, and what their keys are.

use bevy::prelude::*;
use bevy::ui::RelativeCursorPosition;

use super::{FrameCap, KNOBS, Lab, LabKeys};
use crate::bridge::Playable;
use crate::plugin::{Screen, Stage};
use crate::session::Session;
use crate::style::{FAINT_INK, INK, OWN, WARNING, pane, placed, set, show, text};
use crate::switches::{SWITCHES, Switches};

pub(super) fn add<G: Playable>(app: &mut App) {
    app.add_systems(Update, (drag::<G>, click::<G>).in_set(Stage::Control));
    app.add_systems(Update, (build::<G>, write::<G>, write_switches::<G>).chain().in_set(Stage::Show));
}

const WIDTH: f32 = 300.0;
const FONT: f32 = 13.0;

#[derive(Component)]
struct Panel;
/// Slider of a dial.
#[derive(Component)]
struct Track(usize);
/// The part of the track up to its value.
#[derive(Component)]
struct Fill(usize);
#[derive(Component)]
struct Name(usize);
#[derive(Component)]
struct Value(usize);
/// Button of a switch.
#[derive(Component)]
struct SwitchRow(usize);
#[derive(Component)]
struct SwitchText(usize, KeyCode);

/// On the screen of the last session.
fn build<G: Playable>(
    keys: Res<LabKeys>,
    shown: Query<&Screen, With<Session<G>>>,
    old: Query<(), With<Panel>>,
    mut commands: Commands,
) {
    let Some(screen) = shown.iter().last().filter(|_| old.is_empty()) else { return };
    let node = placed(Node {
        right: px(16),
        top: px(16),
        width: px(WIDTH),
        padding: UiRect::axes(px(12), px(9)),
        flex_direction: FlexDirection::Column,
        row_gap: px(2),
        ..default()
    });
    commands.spawn((Panel, pane(node), GlobalZIndex(6), UiTargetCamera(screen.0))).with_children(|panel| {
        panel.spawn(text(format!("SIMULATED NETWORK   {:?}", keys.open), 12.0, FAINT_INK));
        for (index, _) in KNOBS.iter().enumerate() {
            let row = Node { column_gap: px(8), align_items: AlignItems::Center, ..default() };
            panel.spawn(row).with_children(|row| {
                row.spawn((Name(index), text("", FONT, INK), Node { width: px(56), ..default() }));
                let track =
                    Node { width: px(126), height: px(14), border_radius: BorderRadius::all(px(3)), ..default() };
                let back = BackgroundColor(Color::srgba(0.4, 0.55, 0.8, 0.18));
                row.spawn((Track(index), Button, RelativeCursorPosition::default(), track, back)).with_children(
                    |track| {
                        let fill = Node {
                            width: percent(0),
                            height: percent(100),
                            border_radius: BorderRadius::all(px(3)),
                            ..default()
                        };
                        track.spawn((Fill(index), fill, BackgroundColor(WARNING)));
                    },
                );
                row.spawn((Value(index), text("", FONT, FAINT_INK)));
            });
        }
        panel.spawn((text("NETCODE", 12.0, FAINT_INK), Node { margin: UiRect::top(px(4)), ..default() }));
        for (index, key) in keys.switches.iter().enumerate() {
            let row = (SwitchRow(index), Button, Node::default(), BackgroundColor(Color::NONE));
            panel.spawn(row).with_child((SwitchText(index, *key), text("", FONT, INK)));
        }
        let keys = format!(
            "{:?} cut 3 s  {:?} drop  {:?} reset all\n{:?} {:?} choose, {:?} {:?} turn",
            keys.cut, keys.drop, keys.reset, keys.above, keys.below, keys.less, keys.more
        );
        panel.spawn((text(keys, 11.0, FAINT_INK), Node { margin: UiRect::top(px(4)), ..default() }));
    });
}

/// The mouse on a track.
fn drag<G: Playable>(
    tracks: Query<(&Interaction, &RelativeCursorPosition, &Track)>,
    mut lab: ResMut<Lab>,
    mut cap: ResMut<FrameCap>,
    sessions: Query<&Session<G>>,
) {
    let Some(session) = sessions.iter().last().filter(|_| lab.is_open) else { return };
    for (interaction, cursor, track) in &tracks {
        let (Interaction::Pressed, Some(at)) = (interaction, cursor.normalized) else { continue };
        let knob = &KNOBS[track.0];
        // The first and last few pixels are the ends.
        let share = ((at.x + 0.5) * 1.08 - 0.04).clamp(0.0, 1.0);
        let steps = (share * knob.most as f32 / knob.step as f32).round() as u32;
        lab.marked = track.0;
        knob.turn(session, &mut cap, steps * knob.step);
    }
}

/// A click on a switch.
fn click<G: Playable>(
    rows: Query<(&Interaction, &SwitchRow), Changed<Interaction>>,
    mut sessions: Query<&mut Switches, With<Session<G>>>,
) {
    let Some(mut switches) = sessions.iter_mut().last() else { return };
    for (_, row) in rows.iter().filter(|(interaction, _)| **interaction == Interaction::Pressed) {
        let is_on = (SWITCHES[row.0].of)(&mut switches);
        *is_on = !*is_on;
    }
}

fn write_switches<G: Playable>(
    sessions: Query<&Switches, With<Session<G>>>,
    mut texts: Query<(&SwitchText, &mut Text, &mut TextColor)>,
) {
    let Some(switches) = sessions.iter().last() else { return };
    let (mut now, mut best) = (*switches, Switches::default());
    for (of, mut text, mut colour) in &mut texts {
        let switch = &SWITCHES[of.0];
        let is_on = *(switch.of)(&mut now);
        set(&mut text, format!("{:<4}{:<18}{}", format!("{:?}", of.1), switch.name, switch.says[usize::from(is_on)]));
        colour.set_if_neq(TextColor(if is_on == *(switch.of)(&mut best) { INK } else { WARNING }));
    }
}

fn write<G: Playable>(
    lab: Res<Lab>,
    cap: Res<FrameCap>,
    sessions: Query<&Session<G>>,
    mut panels: Query<&mut Node, (With<Panel>, Without<Fill>)>,
    mut fills: Query<(&Fill, &mut Node), Without<Panel>>,
    mut names: Query<(&Name, &mut Text, &mut TextColor), Without<Value>>,
    mut values: Query<(&Value, &mut Text, &mut TextColor), Without<Name>>,
) {
    for mut panel in &mut panels {
        show(&mut panel, lab.is_open);
    }
    let Some(session) = sessions.iter().last().filter(|_| lab.is_open) else { return };
    let value = |index: usize| KNOBS[index].value(&session.dials(), *cap);
    for (fill, mut node) in &mut fills {
        let width = percent(100.0 * value(fill.0) as f32 / KNOBS[fill.0].most as f32);
        if node.width != width {
            node.width = width;
        }
    }
    for (name, mut text, mut colour) in &mut names {
        set(&mut text, KNOBS[name.0].name.into());
        colour.set_if_neq(TextColor(if name.0 == lab.marked { OWN } else { INK }));
    }
    for (of, mut text, mut colour) in &mut values {
        let (knob, value) = (&KNOBS[of.0], value(of.0));
        set(&mut text, if value == 0 { "off".into() } else { format!("{value} {}", knob.unit) });
        colour.set_if_neq(TextColor(if value == 0 { FAINT_INK } else { WARNING }));
    }
}
