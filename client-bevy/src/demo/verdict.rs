//! Why did I miss? A laser's shot as the server judged it: the ray, where the shooter saw the target, and
//! where it was by then. Drawn while the overlay or the ghosts are open.

use auspice_demo::{Demo, Event, LaserReport, STEPS_PER_UNIT, Verdict};
use bevy::prelude::*;

use super::things::{DemoThing, Of};
use crate::overlay::Overlay;
use crate::style::{BAD, FAINT_INK, GOOD, INK, OWN, WARNING, pane, placed, set, show, text};
use crate::switches::Switches;
use crate::{Screen, Stage, Told};

/// Seconds that a verdict stands.
const STANDS_SECONDS: f32 = 4.0;

pub(crate) struct VerdictPlugin;

impl Plugin for VerdictPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, build).add_systems(Update, (hear, draw, write).chain().in_set(Stage::Show));
    }
}

/// The last shot of, or at, a session's ship.
#[derive(Component)]
struct Judged {
    report: LaserReport,
    age: f32,
}

#[derive(Component)]
struct VerdictNode;
#[derive(Component)]
struct VerdictText(usize);

const LINES: usize = 3;

fn build(screens: Query<(Entity, &Screen)>, mut commands: Commands) {
    for (session, screen) in &screens {
        let node = placed(Node {
            left: px(16),
            bottom: px(216),
            padding: UiRect::axes(px(12), px(8)),
            flex_direction: FlexDirection::Column,
            display: Display::None,
            ..default()
        });
        commands
            .spawn((VerdictNode, Of(session), pane(node), GlobalZIndex(4), UiTargetCamera(screen.0)))
            .with_children(|pane| {
                for line in 0..LINES {
                    pane.spawn((VerdictText(line), Of(session), text("", 13.0, INK)));
                }
            });
    }
}

fn hear(
    time: Res<Time>,
    mut told: MessageReader<Told<Demo>>,
    mut judged: Query<(Entity, &mut Judged)>,
    mut commands: Commands,
) {
    for (session, mut judged) in &mut judged {
        judged.age += time.delta_secs();
        if judged.age > STANDS_SECONDS {
            commands.entity(session).remove::<Judged>();
        }
    }
    for told in told.read() {
        if let Event::Laser(report) = &told.event {
            commands.entity(told.session).insert(Judged { report: report.clone(), age: 0.0 });
        }
    }
}

fn is_open(overlay: Option<&Overlay>, switches: &Switches) -> bool {
    overlay.is_some_and(|overlay| overlay.page > 0) || switches.ghosts
}

fn units([x, y]: [i32; 2]) -> Vec2 {
    Vec2::new(x as f32, y as f32) / STEPS_PER_UNIT as f32
}

fn draw(overlay: Option<Res<Overlay>>, sessions: Query<(&Judged, &Switches, &Transform)>, mut gizmos: Gizmos) {
    for (Judged { report, age }, switches, home) in &sessions {
        if !is_open(overlay.as_deref(), switches) {
            continue;
        }
        let home = home.translation.truncate();
        let alpha = (STANDS_SECONDS - age).clamp(0.0, 1.0);
        gizmos.line_2d(home + units(report.from), home + units(report.to), INK.with_alpha(alpha * 0.7));
        if report.target.is_some() {
            let (seen, now) = (home + units(report.target_seen), home + units(report.target_now));
            gizmos.circle_2d(seen, 17.0, OWN.with_alpha(alpha));
            gizmos.circle_2d(now, 17.0, BAD.with_alpha(alpha));
            gizmos.line_2d(seen, now, FAINT_INK.with_alpha(alpha));
        }
    }
}

/// A report in words, line by line.
fn said(report: &LaserReport, is_shooter: bool, target: &str) -> ([String; LINES], Color) {
    let (what, colour) = match report.verdict {
        Verdict::Hit => ("hit".into(), GOOD),
        Verdict::Shielded => ("hit a shield".into(), WARNING),
        Verdict::Missed(units) => (format!("missed by {units}"), BAD),
        Verdict::Blocked => ("blocked".into(), BAD),
    };
    let who = match (report.target, is_shooter) {
        (None, _) => format!("Laser: {what}"),
        (_, true) => format!("Laser at {target}: {what}"),
        (_, false) => format!("Laser at you: {what}"),
    };
    let moved = units(report.target_seen).distance(units(report.target_now));
    let rewound = format!("judged {} ticks back", report.ticks_rewound);
    let apart = format!("seen (blue), true (red): {moved:.0} units");
    ([who, rewound, apart], colour)
}

fn write(
    overlay: Option<Res<Overlay>>,
    sessions: Query<(&Judged, &Switches)>,
    things: Query<&DemoThing>,
    mut nodes: Query<(&Of, &mut Node), With<VerdictNode>>,
    mut texts: Query<(&VerdictText, &Of, &mut Text, &mut TextColor)>,
) {
    for (of, mut node) in &mut nodes {
        let judged = sessions.get(of.0).ok().filter(|(_, switches)| is_open(overlay.as_deref(), switches));
        show(&mut node, judged.is_some());
        let Some((Judged { report, .. }, _)) = judged else { continue };
        let named = |id| things.iter().find(|thing| thing.session == of.0 && thing.id == id);
        let is_shooter = named(report.shooter).is_some_and(|thing| thing.is_own);
        let target =
            report.target.and_then(named).map_or_else(|| "nobody".into(), |thing| thing.label_text().into_owned());
        let (lines, colour) = said(report, is_shooter, &target);
        for (line, _, mut text, mut ink) in texts.iter_mut().filter(|(_, text_of, ..)| text_of.0 == of.0) {
            set(&mut text, lines[line.0].clone());
            ink.set_if_neq(TextColor(if line.0 == 0 { colour } else { FAINT_INK }));
        }
    }
}
