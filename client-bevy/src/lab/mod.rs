//! The laboratory: everything that can be made worse, or switched off, while one plays. F4 opens it. Knows no game.
//!
//! It acts on one session, the last: beside it, in the other view, the first goes on in the best setting.

mod frame_cap;
mod knobs;
mod panel;

use std::marker::PhantomData;
use std::time::Duration;

use bevy::prelude::*;

use crate::bridge::Playable;
use crate::plugin::{Stage, Typing};
use crate::session::Session;
use crate::switches::{SWITCHES, Switches};

pub use frame_cap::FrameCap;
pub use knobs::{KNOBS, Knob};

/// Time for which the key that pulls the cable pulls it.
pub const CUT: Duration = Duration::from_secs(3);

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

/// The keys of the laboratory.
#[derive(Resource, Clone, Copy, Debug)]
pub struct LabKeys {
    /// Opens and closes the panel.
    pub open: KeyCode,
    /// Pulls the cable for [`CUT`].
    pub cut: KeyCode,
    /// Breaks the connection, which is dialled anew.
    pub drop: KeyCode,
    /// Key that resets everything to what it was at the start.
    pub reset: KeyCode,
    /// Marks the row above.
    pub above: KeyCode,
    /// Marks the row below.
    pub below: KeyCode,
    /// Turns the marked dial down.
    pub less: KeyCode,
    /// Turns the marked dial up.
    pub more: KeyCode,
    /// Turns each of [`SWITCHES`] on or off.
    pub switches: [KeyCode; SWITCHES.len()],
}

impl Default for LabKeys {
    fn default() -> Self {
        use KeyCode::{Equal, F4, F5, F6, F7, F8, F9, F10, F11, F12, Minus, PageDown, PageUp};
        let switches = [F5, F6, F7, F8, F9];
        Self { open: F4, cut: F10, drop: F11, reset: F12, above: PageUp, below: PageDown, less: Minus, more: Equal, switches }
    }
}

impl LabKeys {
    /// Keys that always do the same, whatever opens the panel.
    pub fn fixed(&self) -> impl Iterator<Item = KeyCode> {
        let single = [self.cut, self.drop, self.reset, self.above, self.below, self.less, self.more];
        single.into_iter().chain(self.switches)
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

/// The panel's state.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Lab {
    /// Whether it is open.
    pub is_open: bool,
    /// Index of the one of [`KNOBS`] that the keys turn.
    pub marked: usize,
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
