//! The order in which a frame's picture is made.

use bevy::prelude::*;

use crate::Stage;

/// Parts of [`Stage::Show`], in order. What needs none of them before it, or after it, is in none.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    /// The ship to look at is known.
    Watching,
    /// Cameras stand where this frame is seen from.
    Camera,
    /// Things and what is behind them look as they do in this frame; what happened to them waits as bursts.
    Things,
    /// Bursts become particles.
    Effects,
}

pub(super) fn arrange(app: &mut App) {
    let order = (Order::Watching, Order::Camera, Order::Things, Order::Effects);
    app.configure_sets(Update, order.chain().in_set(Stage::Show));
}
