//! [`Apps`]: an app of the other library as a server, and some as its clients, whose messages are carried by hand, by
//! a network that loses nothing and takes no time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy_replicon::prelude::*;
use serde::{Deserialize, Serialize};

/// A packet's payload, as its usual transport has it.
const PACKET_BYTES: usize = 1200;

/// A client's input of a tick.
#[derive(Message, Clone, Copy, Serialize, Deserialize)]
struct Buttons {
    number: u32,
    pressed: u8,
}

/// Inputs that the server has taken.
#[derive(Resource, Default)]
struct Taken(u64);

/// A server and its clients.
pub struct Apps {
    /// The server's app.
    pub server: App,
    /// Each client's app, and its entity at the server.
    pub clients: Vec<(Entity, App)>,
    number: u32,
}

/// Result of a tick.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    /// The server's work.
    pub took: Duration,
    /// Bytes of messages to all clients.
    pub bytes: usize,
}

impl Apps {
    /// A server, set up by `prepare`, and as many clients as asked for, all connected. `components` says at either end
    /// what is replicated.
    pub fn new(clients: usize, components: fn(&mut App), prepare: impl FnOnce(&mut App)) -> Self {
        let app = || {
            let mut app = App::new();
            app.add_plugins((MinimalPlugins, StatesPlugin, RepliconPlugins.set(ServerPlugin::new(PostUpdate))));
            components(&mut app);
            app.add_client_message::<Buttons>(Channel::Unreliable);
            app
        };
        let mut server = app();
        server.init_resource::<Taken>().add_systems(PreUpdate, take_inputs.after(ServerSystems::Receive));
        prepare(&mut server);
        server.world_mut().resource_mut::<NextState<ServerState>>().as_mut().set_if_neq(ServerState::Running);
        server.update();
        let clients = (0..clients).map(|_| {
            let mut client = app();
            client.finish();
            client.world_mut().resource_mut::<NextState<ClientState>>().as_mut().set_if_neq(ClientState::Connected);
            client.update();
            (server.world_mut().spawn(ConnectedClient { max_size: PACKET_BYTES }).id(), client)
        });
        let clients = clients.collect();
        Self { server, clients, number: 0 }
    }

    /// A whole tick, both sides.
    pub fn tick(&mut self) -> Tick {
        self.number += 1;
        for (entity, client) in &mut self.clients {
            client.world_mut().write_message(Buttons { number: self.number, pressed: self.number as u8 });
            client.update();
            let sent: Vec<_> = client.world_mut().resource_mut::<ClientMessages>().drain_sent().collect();
            let mut messages = self.server.world_mut().resource_mut::<ServerMessages>();
            sent.into_iter().for_each(|(channel, message)| messages.insert_received(*entity, channel, message));
        }
        let began = Instant::now();
        self.server.update();
        let took = began.elapsed();
        let sent: Vec<_> = self.server.world_mut().resource_mut::<ServerMessages>().drain_sent().collect();
        let bytes = sent.iter().map(|(_, _, message)| message.len()).sum();
        let mut by_client: HashMap<Entity, Vec<_>> = HashMap::new();
        for (entity, channel, message) in sent {
            by_client.entry(entity).or_default().push((channel, message));
        }
        for (entity, client) in &mut self.clients {
            let mut messages = client.world_mut().resource_mut::<ClientMessages>();
            for (channel, message) in by_client.remove(entity).into_iter().flatten() {
                messages.insert_received(channel, message);
            }
        }
        Tick { took, bytes }
    }

    /// Inputs that the server has taken.
    pub fn inputs(&self) -> u64 {
        self.server.world().resource::<Taken>().0
    }
}

fn take_inputs(mut inputs: MessageReader<FromClient<Buttons>>, mut taken: ResMut<Taken>) {
    taken.0 += inputs.read().filter(|input| input.message.number > 0 && input.message.pressed < u8::MAX).count() as u64;
}
