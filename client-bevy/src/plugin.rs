//! The plugin: what happens in a frame, in order.

use std::marker::PhantomData;

use bevy::prelude::*;

use crate::bridge::Playable;
use crate::mirror::mirror;
use crate::session::{CameBack, Told, announce, hand_over, receive, tend, transmit};

/// Parts of a frame in `Update`, in order. A game puts its own systems into the first and the last.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Keys become [`Controls`](crate::Controls).
    Control,
    /// The plugin's own: socket, replica, mirror.
    Exchange,
    /// The mirrored world is as it is to be shown.
    Show,
}

/// Whether the keyboard writes, in this frame, into a menu or a line of a game: then no key opens or turns
/// anything beside it.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Typing(pub bool);

/// The camera that shows a session: what the plugin draws for it is drawn there.
#[derive(Component, Clone, Copy, Debug)]
pub struct Screen(pub Entity);

/// Keeps every [`Session`](crate::Session) of `G`: connects it, mirrors its world and sends its inputs.
/// Spawns none itself.
pub struct AuspicePlugin<G: Playable> {
    game: PhantomData<fn() -> G>,
}

impl<G: Playable> Default for AuspicePlugin<G> {
    fn default() -> Self {
        Self { game: PhantomData }
    }
}

impl<G: Playable> Plugin for AuspicePlugin<G> {
    fn build(&self, app: &mut App) {
        app.add_message::<Told<G>>()
            .add_message::<CameBack>()
            .configure_sets(Update, (Stage::Control, Stage::Exchange, Stage::Show).chain())
            .add_systems(
                Update,
                (hand_over::<G>, tend::<G>, receive::<G>, transmit::<G>, announce::<G>, mirror::<G>)
                    .chain()
                    .in_set(Stage::Exchange),
            );
    }
}
