//! One client of a room: its side of the connection, its inputs, its view.

use alloc::string::String;
use alloc::vec::Vec;

use super::inbox::Inbox;
use super::view::View;
use crate::error::CloseReason;
use crate::game::{Game, Outlook};
use crate::limits::{MAX_COMMANDS_PENDING, MAX_EVENTS_PENDING, MAX_MESSAGES_PER_TICK};
use crate::link::{Host, Said};
use crate::state::{KindLayout, Replicate};
use crate::tick::Tick;

pub(crate) struct Seat<G: Game> {
    pub(crate) host: Host<G>,
    pub(crate) name: String,
    /// The game knows of the player.
    pub(crate) joined: bool,
    /// The tick in which the connection began, then the one of the welcome.
    pub(crate) since: Tick,
    pub(crate) inbox: Inbox<G::Input>,
    pub(crate) commands: Vec<G::Command>,
    pub(crate) view: View,
    pub(crate) wants_report: bool,
    /// How the client shows the others.
    pub(crate) outlook: Outlook,
    messages: u32,
}

/// What of the room a message is read against.
pub(crate) struct Reading<'a> {
    pub(crate) schema: u64,
    pub(crate) usual_span: u32,
    pub(crate) input_kind: &'a KindLayout,
    /// The tick that the room made last.
    pub(crate) made: Tick,
}

impl<G: Game> Seat<G> {
    pub(crate) fn new(now: Tick) -> Self {
        Self {
            host: Host::Greeting,
            name: String::new(),
            joined: false,
            since: now,
            inbox: Inbox::new(),
            commands: Vec::new(),
            view: View::new(now),
            wants_report: false,
            outlook: Outlook::of(G::Entity::KINDS),
            messages: 0,
        }
    }

    /// Takes in one message. True if the client asked to be told everything afresh.
    pub(crate) fn handle_message(&mut self, bytes: &[u8], reading: &Reading<'_>) -> Result<bool, CloseReason> {
        self.messages += 1;
        if self.messages > MAX_MESSAGES_PER_TICK {
            return Err(CloseReason::Flooding);
        }
        let inbox = &mut self.inbox;
        let said = self.host.read(bytes, reading.schema, reading.usual_span, reading.input_kind, |tick, input, held_at| {
            inbox.put(reading.made, tick, input, held_at);
        })?;
        match said {
            Said::Hello(hello) => {
                self.name = hello.name;
                Ok(false)
            }
            Said::Input(head, commands) => {
                if !self.view.window.acknowledge(head.applied, reading.made) {
                    return Err(crate::error::PeerFault::TickOutOfOrder.into());
                }
                self.wants_report |= head.ask_report;
                self.view.fresh |= head.resync;
                self.outlook = head.outlook.unwrap_or(self.outlook);
                if self.commands.len() + commands.len() > MAX_COMMANDS_PENDING {
                    return Err(CloseReason::Flooding);
                }
                self.commands.extend(commands);
                Ok(head.resync)
            }
        }
    }

    /// A tick begins: messages are counted anew.
    pub(crate) fn begin_tick(&mut self) {
        self.messages = 0;
    }

    /// Queues an event; the client is beyond help if too many wait.
    pub(crate) fn tell(&mut self, event: &alloc::sync::Arc<[u8]>) {
        if self.view.events.len() <= MAX_EVENTS_PENDING {
            self.view.events.push_back(event.clone());
        }
    }

    pub(crate) fn overflows(&self) -> bool {
        self.view.events.len() > MAX_EVENTS_PENDING
    }
}
