//! The laboratory: everything that can be made worse, or switched off, while one plays. F4 opens it. Knows no game.
//!
//! It acts on one session, the last: beside it, in the other view, the first goes on in the best setting.

mod frame_cap;
mod keys;
mod knobs;
mod panel;

use std::marker::PhantomData;

use bevy::prelude::*;

use crate::bridge::Playable;
use crate::plugin::{Stage, Typing};
use crate::session::Session;
use crate::switches::{SWITCHES, Switches};

pub use frame_cap::FrameCap;
pub use keys::{CUT, Lab, LabKeys};
pub use knobs::{KNOBS, Knob};

/// Dials and switches for the last session of `G`. The panel needs Bevy's UI; the keys do not.
#[derive(Clone, Copy, Debug)]
pub struct LabPlugin<G> {
    /// Its keys.
    pub keys: LabKeys,
    /// Whether the panel is open at the start.
    pub is_open: bool,
    /// Whether there is a panel at all.
    pub has_panel: bool,
    /// The game whose sessions it acts on.
    pub game: PhantomData<fn() -> G>,
}

impl<G> Default for LabPlugin<G> {
    fn default() -> Self {
        Self { keys: LabKeys::default(), is_open: false, has_panel: true, game: PhantomData }
    }
}

impl<G: Playable> Plugin for LabPlugin<G> {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.keys)
            .insert_resource(Lab { is_open: self.is_open, marked: 0 })
            .init_resource::<FrameCap>()
            .init_resource::<Typing>()
            .add_systems(Update, press::<G>.in_set(Stage::Control))
            .add_systems(Last, frame_cap::wait);
        if self.has_panel {
            panel::add::<G>(app);
        }
    }
}

fn press<G: Playable>(
    keys: Res<ButtonInput<KeyCode>>,
    bound: Res<LabKeys>,
    typing: Res<Typing>,
    time: Res<Time<Real>>,
    mut lab: ResMut<Lab>,
    mut cap: ResMut<FrameCap>,
    mut sessions: Query<(&mut Session<G>, &mut Switches)>,
) {
    let last = sessions.iter_mut().last().filter(|_| !typing.0);
    let Some((mut session, mut switches)) = last else { return };
    if keys.just_pressed(bound.open) {
        lab.is_open = !lab.is_open;
    }
    if keys.just_pressed(bound.cut) {
        session.cut_until(time.elapsed() + CUT);
    }
    if keys.just_pressed(bound.drop) {
        session.drop_link(time.elapsed());
    }
    if keys.just_pressed(bound.reset) {
        reset(&mut session, &mut switches, &mut cap);
    }
    for (key, switch) in bound.switches.iter().zip(&SWITCHES) {
        if keys.just_pressed(*key) {
            let is_on = (switch.of)(&mut switches);
            *is_on = !*is_on;
        }
    }
    if !lab.is_open {
        return;
    }
    let rows = KNOBS.len();
    if keys.just_pressed(bound.above) {
        lab.marked = (lab.marked + rows - 1) % rows;
    }
    if keys.just_pressed(bound.below) {
        lab.marked = (lab.marked + 1) % rows;
    }
    let knob = &KNOBS[lab.marked];
    let value = knob.value(&session.dials(), *cap);
    if keys.just_pressed(bound.less) {
        knob.turn(&session, &mut cap, value.saturating_sub(knob.step));
    }
    if keys.just_pressed(bound.more) {
        knob.turn(&session, &mut cap, value + knob.step);
    }
}

/// Resets everything to what it was at the start: nothing simulated, everything in its best setting.
pub fn reset<G: Playable>(session: &mut Session<G>, switches: &mut Switches, cap: &mut FrameCap) {
    session.mend();
    *switches = Switches::default();
    *cap = FrameCap::default();
}
