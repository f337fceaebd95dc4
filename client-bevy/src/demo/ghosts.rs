//! Ghosts: where the server had each ship last (red), where it is believed to be (yellow), and what is shown
//! of it (the ship itself).

use auspice_demo::{Demo, Entity as Thing};
use bevy::prelude::*;

use super::camera::View;
use super::order::Order;
use super::things::{DemoThing, direction};
use crate::style::{BAD, WARNING};
use crate::switches::Switches;
use crate::{Session, Stage};

pub(crate) struct GhostsPlugin;

impl Plugin for GhostsPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, draw.in_set(Stage::Show).after(Order::Things));
    }
}

fn draw(
    sessions: Query<(&Session<Demo>, &Switches, &Transform, &View)>,
    things: Query<(&DemoThing, &Transform)>,
    mut gizmos: Gizmos,
) {
    for (thing, transform) in &things {
        let Ok((session, switches, home, view)) = sessions.get(thing.session) else { continue };
        let shown = transform.translation.truncate();
        if !switches.ghosts || !view.sees(shown, 100.0) {
            continue;
        }
        let Some(ghosts) = session.replica().and_then(|replica| replica.ghosts(thing.id)) else { continue };
        let home = home.translation.truncate();
        let radius = 18.0;
        let mut outline = |of: &Thing, colour: Color| {
            let (Thing::Ship(ship), Some(place)) = (of, of.point()) else { return };
            let (place, nose) = (home + place, direction(ship.heading));
            let corners = [
                nose * radius,
                -nose * radius * 0.7 + nose.perp() * radius * 0.8,
                -nose * radius * 0.7 - nose.perp() * radius * 0.8,
            ];
            gizmos.linestrip_2d([0, 1, 2, 0].map(|corner| place + corners[corner]), colour);
            gizmos.line_2d(place, home + shown, colour.with_alpha(0.35));
        };
        outline(&ghosts.held, BAD);
        outline(&ghosts.predicted, WARNING);
    }
}
