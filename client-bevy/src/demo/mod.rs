//! The demo game in a window: what `cargo play` shows.
//!
//! Each file is one thing that is to be seen, a plugin of its own over the same mirrored entities. What most of them
//! need is in `things`, pictures and colours in `art`, and in `order` which of them come before which in a frame; some
//! use the components of another.

pub mod controls;
#[cfg(feature = "host")]
pub mod host;
pub mod keys;
pub mod pictures;
pub mod replayed;
pub mod scenario;

mod absence;
mod art;
mod camera;
mod chat;
mod draw;
mod effects;
mod ghosts;
mod hud;
mod kept;
mod menu;
mod messages;
mod minimap;
mod order;
mod scores;
mod ships;
mod sky;
#[cfg(feature = "audio")]
mod sound;
mod tally;
mod things;
mod touch;
mod verdict;
mod watching;

use bevy::prelude::*;

use crate::letters::set_font;

/// Draws the demo and takes the player's keys. Needs Bevy's default plugins,
/// [`AuspicePlugin<Demo>`](crate::AuspicePlugin), and sessions that are there at the start: each gets a view,
/// side by side.
pub struct DemoPlugin;

impl Plugin for DemoPlugin {
    fn build(&self, app: &mut App) {
        set_font(app);
        order::arrange(app);
        // What is there, and what has happened to it.
        app.add_plugins((
            art::ArtPlugin,
            sky::SkyPlugin,
            camera::CameraPlugin,
            draw::DrawPlugin,
            effects::EffectsPlugin,
        ));
        app.add_plugins((ghosts::GhostsPlugin, verdict::VerdictPlugin, watching::WatchingPlugin));
        // What lies over it.
        app.add_plugins((hud::HudPlugin, messages::MessagesPlugin, tally::TallyPlugin, minimap::MinimapPlugin));
        app.add_plugins((scores::ScoresPlugin, chat::ChatPlugin, absence::AbsencePlugin, menu::MenuPlugin));
        app.add_plugins(touch::TouchPlugin);
        #[cfg(feature = "audio")]
        app.add_plugins(sound::SoundPlugin);
    }
}
