//! A server of one's own, on threads of this process: one command, or one key, is enough to play.

use std::net::{Ipv4Addr, SocketAddr};

use auspice_demo::{Demo, Rules};
use auspice_server::config::PORT;
use auspice_server::{Config, Handle, Server};
use bevy::prelude::*;

/// A server that this process runs. It stops with it.
#[derive(Resource)]
pub struct Host {
    handle: Handle,
}

impl Host {
    /// Starts a server at the default port, or at any that is free if that one is taken.
    ///
    /// # Errors
    /// Why there is none: one sentence.
    pub fn start() -> Result<Self, String> {
        Self::start_at(PORT).or_else(|_| Self::start_at(0))
    }

    /// Starts a server at `port`; at 0, at any that is free.
    ///
    /// # Errors
    /// Why there is none: one sentence.
    pub fn start_at(port: u16) -> Result<Self, String> {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let config = Config { listen: listen.into(), ..Config::for_game::<Demo>(Rules::default()) };
        let handle = Server::<Demo>::start(config).map_err(|error| error.to_string())?;
        Ok(Self { handle })
    }

    /// The server's address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("ws://{}", self.handle.local_addr())
    }
}
