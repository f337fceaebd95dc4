//! The plugin: what happens in a frame, in order.

use std::marker::PhantomData;
use std::sync::Arc;

use auspice::Game;
use bevy::prelude::*;

use crate::meter::Meter;
use crate::mirror::{Present, Roster, mirror};
use crate::session::{Controls, Session, Told, announce, hand_over, receive, tend, transmit};
use crate::socket::{Dialer, Socket};

/// A [`Game`] whose parts may live in Bevy's world. Every game is one whose types can be shared between threads.
pub trait Playable:
    Game<Rules: Sync, Input: Sync, Entity: Clone + Send + Sync, Command: Sync, Event: Clone + Sync> + Send + Sync
{
}

impl<G> Playable for G where
    G: Game<Rules: Sync, Input: Sync, Entity: Clone + Send + Sync, Command: Sync, Event: Clone + Sync> + Send + Sync
{
}

/// Parts of a frame in `Update`, in order. A game puts its own systems into the first and the last.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Keys become [`Controls`].
    Control,
    /// The plugin's own: socket, replica, mirror.
    Exchange,
    /// The mirrored world is as it is to be shown.
    Show,
}

/// Connects to a server of `G`, mirrors its world and sends inputs.
pub struct AuspicePlugin<G: Playable> {
    address: String,
    name: String,
    build: String,
    dialer: Dialer,
    game: PhantomData<G>,
}

impl<G: Playable> AuspicePlugin<G> {
    /// For the server at `address` (`ws://HOST:PORT`), and a player called `name`.
    pub fn new(address: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            name: name.into(),
            build: concat!("auspice-bevy ", env!("CARGO_PKG_VERSION")).into(),
            dialer: Arc::new(Socket::open),
            game: PhantomData,
        }
    }

    /// Connects by `dialer` in place of a WebSocket: for tests, and for other transports.
    #[must_use]
    pub fn dial_by(mut self, dialer: impl Fn(&str) -> Socket + Send + Sync + 'static) -> Self {
        self.dialer = Arc::new(dialer);
        self
    }
}

impl<G: Playable> Plugin for AuspicePlugin<G> {
    fn build(&self, app: &mut App) {
        let session = Session::<G>::new(&self.address, &self.name, &self.build, self.dialer.clone());
        app.insert_resource(session)
            .insert_resource(Controls::<G>::default())
            .insert_resource(Roster::<G>::default())
            .init_resource::<Present>()
            .init_resource::<Meter>()
            .add_message::<Told<G>>()
            .configure_sets(Update, (Stage::Control, Stage::Exchange, Stage::Show).chain())
            .add_systems(
                Update,
                (hand_over::<G>, tend::<G>, receive::<G>, transmit::<G>, announce::<G>, mirror::<G>)
                    .chain()
                    .in_set(Stage::Exchange),
            );
    }
}
