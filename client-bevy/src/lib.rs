//! Auspice in Bevy: a [`Session`] is an entity that is connected to a server; its children are what the
//! server publishes, and what the player holds is sent.
//!
//! ```no_run
//! # use auspice_demo::Demo;
//! use auspice_bevy::{AuspicePlugin, Controls, Mirrored, Session, Stage};
//! use bevy::prelude::*;
//!
//! fn steer(keys: Res<ButtonInput<KeyCode>>, mut controls: Single<&mut Controls<Demo>>) {
//!     // The second: let go of within the same frame, it was pressed all the same.
//!     controls.0.thrust = keys.pressed(KeyCode::ArrowUp) || keys.just_pressed(KeyCode::ArrowUp);
//! }
//!
//! // Mirrored entities have a `Transform` that the plugin keeps: give them a look when they come.
//! fn dress(mut commands: Commands, came: Query<Entity, Added<Mirrored<Demo>>>) {
//!     for entity in &came {
//!         commands.entity(entity).insert(Sprite::from_color(Color::WHITE, Vec2::splat(8.0)));
//!     }
//! }
//!
//! fn join(mut commands: Commands) {
//!     commands.spawn((Camera2d, Msaa::Off));
//!     commands.spawn(Session::<Demo>::new("ws://127.0.0.1:7700", "me"));
//! }
//!
//! App::new()
//!     .add_plugins((DefaultPlugins, AuspicePlugin::<Demo>::default()))
//!     .add_systems(Startup, join)
//!     .add_systems(Update, (steer.in_set(Stage::Control), dress.in_set(Stage::Show)))
//!     .run();
//! ```
//!
//! The protocol lives in `auspice`; here is only what it takes to put it into an engine. Threads, clocks and
//! sockets are in [`socket`] alone, which has a native and a web half.
//!
//! # Reading order
//!
//! Small and by themselves: `bridge` (games, times and places as core and Bevy have them), `switches` (parts of the
//! netcode to turn off), `pace` (how long frames took), `style` (colours and text), `letters` (those that can be
//! shown).
//!
//! `plugin` (the chain of a frame), `session` (a player's session, and its sockets), `notice` (what the
//! server says of itself), `mirror` (published entities as Bevy's, by the components of `mirrored`), `socket` (and
//! its dials), `meter` and `overlay` (what F3 shows), `lab` (what F4 makes worse); then `demo`, the game that the
//! binary plays.

#![allow(clippy::too_many_arguments, clippy::type_complexity, reason = "the arguments of a system say what it touches")]

pub mod demo;
pub mod lab;
pub mod overlay;

mod bridge;
mod letters;
mod meter;
mod mirror;
mod mirrored;
mod notice;
mod pace;
mod plugin;
mod session;
mod style;
mod switches;

pub use auspice::session::{Connection, Return};
pub use auspice_socket as socket;
pub use bridge::Playable;
pub use meter::{ArrivalSample, FrameSample, Meter};
pub use mirrored::{CorrectionOffset, FADE_SECONDS, Mirrored, Presence, Present};
pub use notice::Notice;
pub use pace::PacePlugin;
pub use plugin::{AuspicePlugin, Screen, Stage, Typing};
pub use session::{CameBack, Controls, Session, Told};
pub use switches::{SWITCHES, Switch, Switches};
