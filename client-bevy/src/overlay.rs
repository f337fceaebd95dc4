//! The overlay: what the netcode does, in numbers. F3 opens and closes it. Knows no game.

use std::fmt::Write;
use std::time::Duration;

use bevy::prelude::*;

use crate::Meter;
use crate::plugin::{Screen, Stage};

/// Shows the [`Meter`] of each session that has a [`Screen`], at a key. Needs Bevy's UI.
#[derive(Clone, Copy, Debug)]
pub struct OverlayPlugin {
    /// Which key opens and closes it.
    pub key: KeyCode,
    /// Whether it is open at the start.
    pub is_open: bool,
}

impl Default for OverlayPlugin {
    fn default() -> Self {
        Self { key: KeyCode::F3, is_open: false }
    }
}

impl Plugin for OverlayPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Opening { key: self.key, is_open: self.is_open })
            .add_systems(Update, (build, show).chain().in_set(Stage::Show));
    }
}

#[derive(Resource)]
struct Opening {
    key: KeyCode,
    is_open: bool,
}

#[derive(Component)]
struct OverlayRoot;

/// The text for this session.
#[derive(Component)]
struct OverlayText(Entity);

/// Often enough to follow, seldom enough to read.
const EVERY_SECONDS: f32 = 0.2;

fn build(opening: Res<Opening>, shown: Query<(Entity, &Screen), (With<Meter>, Added<Screen>)>, mut commands: Commands) {
    for (session, screen) in &shown {
        build_for(session, screen, &opening, &mut commands);
    }
}

fn build_for(session: Entity, screen: &Screen, opening: &Opening, commands: &mut Commands) {
    let node = Node {
        position_type: PositionType::Absolute,
        right: px(16),
        bottom: px(16),
        padding: UiRect::all(px(12)),
        border: UiRect::all(px(1)),
        border_radius: BorderRadius::all(px(6)),
        display: if opening.is_open { Display::Flex } else { Display::None },
        ..default()
    };
    let back = BackgroundColor(Color::srgba(0.0, 0.02, 0.04, 0.82));
    let edge = BorderColor::all(Color::srgba(0.4, 0.9, 0.6, 0.4));
    commands.spawn((OverlayRoot, node, back, edge, GlobalZIndex(5), UiTargetCamera(screen.0))).with_children(|root| {
        let font = TextFont::from_font_size(FontSize::Px(13.0));
        root.spawn((OverlayText(session), Text::default(), font, TextColor(Color::srgb(0.72, 0.98, 0.8))));
    });
}

fn show(
    mut opening: ResMut<Opening>,
    keys: Res<ButtonInput<KeyCode>>,
    time: Res<Time>,
    meters: Query<&Meter>,
    mut due: Local<f32>,
    mut roots: Query<&mut Node, With<OverlayRoot>>,
    mut texts: Query<(&OverlayText, &mut Text)>,
) {
    if keys.just_pressed(opening.key) {
        opening.is_open = !opening.is_open;
        *due = 0.0;
        for mut root in &mut roots {
            root.display = if opening.is_open { Display::Flex } else { Display::None };
        }
    }
    *due -= time.delta_secs();
    if !opening.is_open || *due > 0.0 {
        return;
    }
    *due = EVERY_SECONDS;
    for (of, mut text) in &mut texts {
        if let Ok(meter) = meters.get(of.0) {
            text.0 = lines(meter);
        }
    }
}

/// The overlay's text: a name and a figure a line.
#[must_use]
pub fn lines(meter: &Meter) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let mut out = String::new();
    let mut line = |name: &str, figure: String| {
        let _ = writeln!(out, "{name:<15}{figure:>22}");
    };
    line("echo", format!("{:.0} ms", ms(meter.echo)));
    line("tick", format!("{} + {:.1}", meter.tick, meter.present - f64::from(meter.tick.0)));
    line("state age", format!("{:.0} ms", ms(meter.state_age)));
    line("input lead", format!("{:+.2} ticks", meter.lead));
    line("inputs late", format!("{} of {}", meter.inputs.late, meter.inputs.received));
    line("inputs missing", format!("{}", meter.inputs.missing));
    line("corrections", format!("{}, last {:.1}", meter.corrections, meter.correction));
    line("down", format!("{:.2} kB/s, {:.0}/s", meter.down / 1e3, meter.updates));
    line("up", format!("{:.2} kB/s", meter.up / 1e3));
    let seen = meter.on_screen.map_or_else(|| "-".into(), |count| count.to_string());
    line("seen/known/all", format!("{seen} / {} / {}", meter.known, meter.server.entities));
    line("frame", format!("{:.1} ms, max {:.0}", ms(meter.frame_mean), ms(meter.frame_max)));
    line("netcode", format!("{:.2} ms, max {:.1}", ms(meter.netcode_mean), ms(meter.netcode_max)));
    line(
        "server tick",
        format!("{:.2} ms, p99 {:.1}", meter.server.tick_p50_us as f64 / 1e3, meter.server.tick_p99_us as f64 / 1e3),
    );
    line("server", format!("{} clients, {} overruns", meter.server.clients, meter.server.overruns));
    out.truncate(out.trim_end().len());
    out
}
