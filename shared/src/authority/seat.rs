//! A client of a room: its side of the connection, its inputs, its view.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::allowance::{Allowance, Credit};
use super::inbox::Inbox;
use super::session::ResumeTokens;
use super::told::{EventBytes, EventsTold};
use super::update_cause::UpdateCause;
use super::view::View;
use crate::error::{CloseReason, Flood, PeerFault};
use crate::game::Game;
use crate::id::ClientId;
use crate::limits::{COMMANDS_PENDING_MAX, COMMANDS_PER_TICK_MAX, EVENTS_PENDING_MAX, VIEW_DELAY_SECONDS_MIN};
use crate::link::{ClientMessage, MovingSide, ServerSide};
use crate::message::{Credential, ViewDelay};
use crate::state::{KindLayout, Replicate};
use crate::tick::Tick;

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Seat<G: Game> {
    pub(crate) link: ServerSide<G>,
    pub(crate) name: String,
    /// The player's id, if somebody vouches for it and for the name.
    pub(crate) player: Option<String>,
    pub(crate) standing: SeatStanding,
    /// The session by which it may come back, if it may.
    pub(crate) session: Option<Box<ResumeTokens>>,
    /// Its welcome was handed out, so it may have a token.
    pub(crate) is_welcome: bool,
    /// The tick in which the connection began, then the one of the welcome.
    pub(crate) since: Tick,
    pub(crate) inbox: Inbox<G::Input>,
    pub(crate) commands: Vec<G::Command>,
    /// Number of commands that came since it joined.
    pub(crate) commands_taken: u32,
    /// Events that it was sent and is not known to have.
    pub(crate) told: EventsTold,
    pub(crate) view: View,
    /// Whether nothing waits for it, since its path loses segments.
    pub(crate) hurries: bool,
    pub(crate) wants_report: bool,
    /// The server has said something of itself that the client has not been told.
    pub(crate) wants_announcement: bool,
    /// The ways back to the room are others than those that the client was told.
    pub(crate) wants_ways: bool,
    /// No update is due before.
    pub(crate) not_before: Tick,
    /// The view delay as far as it is believed: how the client shows the others.
    pub(crate) view_delay: ViewDelay,
    /// The view delay that the client said last.
    said_view_delay: ViewDelay,
    /// The tick before which it is believed to show them as before.
    view_delay_until: Tick,
    allowance: Allowance,
    /// The connection that carries its inputs once more.
    pub(crate) spare: Option<ClientId>,
    /// Why it stays here although it wanted to go to another room, until the next update tells it.
    pub(crate) stays: Option<String>,
}

/// A client's standing in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SeatStanding {
    /// A connection that has not said hello.
    Greeting,
    /// Said hello, and is not judged yet.
    Applying,
    /// The spare connection of this player.
    Spare(ClientId),
    /// Joins at the next tick.
    Admitted,
    /// The game knows of it.
    Playing,
    /// The game knows of it, and it has no connection.
    Suspended {
        /// The tick in which it lost that.
        since: Tick,
    },
}

impl SeatStanding {
    /// Whether it has one of the room's seats.
    pub(crate) const fn is_player(self) -> bool {
        !matches!(self, Self::Greeting | Self::Applying | Self::Spare(_))
    }

    /// Whether the game knows of it.
    pub(crate) const fn has_joined(self) -> bool {
        matches!(self, Self::Playing | Self::Suspended { .. })
    }
}

/// Inputs of a connection that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inputs {
    Forgotten,
    /// Whatever came and was not played yet, and the last one.
    Kept,
}

/// The room's values against which a message is read.
pub(crate) struct Reading<'a> {
    pub(crate) schema: u64,
    pub(crate) usual_span: u32,
    /// Ticks for which a client may be silent: where it hurries, and else.
    pub(crate) input_every: u32,
    pub(crate) input_silence: u32,
    pub(crate) input_kind: &'a KindLayout,
    /// The tick that the room made last.
    pub(crate) made: Tick,
}

/// A message's effect beyond its seat.
pub(crate) enum Effect {
    None,
    /// Dropped, being one message too many.
    Dropped,
    /// Its hello: by this it wants to be let in.
    Applies(Credential),
    /// Asks to be told everything afresh.
    Resyncs,
    /// Wants to go to this room.
    Wants(String),
}

/// Effect of a message that says nothing special.
fn effect_of(credit: Credit) -> Effect {
    if credit == Credit::Due { Effect::None } else { Effect::Dropped }
}

impl<G: Game> Seat<G> {
    pub(crate) fn new(now: Tick, tick_hz: u32, input_silence: u32) -> Self {
        Self {
            link: ServerSide::Greeting,
            name: String::new(),
            player: None,
            standing: SeatStanding::Greeting,
            session: None,
            is_welcome: false,
            since: now,
            inbox: Inbox::new(input_silence, tick_hz),
            commands: Vec::new(),
            commands_taken: 0,
            told: EventsTold::default(),
            view: View::new(now),
            hurries: false,
            wants_report: false,
            wants_announcement: false,
            wants_ways: false,
            not_before: now,
            view_delay: ViewDelay::of(G::Entity::KINDS),
            said_view_delay: ViewDelay::of(G::Entity::KINDS),
            view_delay_until: now,
            allowance: Allowance::new(tick_hz),
            spare: None,
            stays: None,
        }
    }

    /// Takes in one message.
    pub(crate) fn handle_message(&mut self, bytes: &[u8], reading: &Reading<'_>) -> Result<Effect, CloseReason> {
        let credit = self.take_credit()?;
        let inbox = &mut self.inbox;
        let said =
            self.link.read(bytes, reading.schema, reading.usual_span, reading.input_kind, |tick, input, held_at| {
                if credit == Credit::Due {
                    inbox.put(reading.made, tick, input, held_at);
                }
            })?;
        match said {
            ClientMessage::Hello(hello) => {
                self.name = hello.name;
                self.standing = SeatStanding::Applying;
                Ok(Effect::Applies(hello.credential))
            }
            ClientMessage::Nothing => Ok(Effect::None),
            ClientMessage::Wish(room) => Ok(Effect::Wants(room)),
            ClientMessage::Input(head, commands) => {
                self.note_applied(head.applied, reading.made)?;
                if let Some(session) = &mut self.session {
                    session.confirm();
                }
                self.wants_report |= head.ask_report;
                self.view.fresh |= head.resync;
                if let Some(hurries) = head.hurries {
                    self.hurries = hurries;
                    self.inbox.set_every(if hurries { reading.input_every } else { reading.input_silence });
                }
                self.said_view_delay = head.view_delay.unwrap_or(self.said_view_delay);
                if self.commands.len() + commands.len() > COMMANDS_PENDING_MAX {
                    return Err(CloseReason::Flooding(Flood::Commands));
                }
                self.commands_taken = self.commands_taken.wrapping_add(commands.len() as u32);
                self.commands.extend(commands);
                Ok(if head.resync { Effect::Resyncs } else { effect_of(credit) })
            }
        }
    }

    /// Takes in a hello that was fine when it came.
    pub(crate) fn greet(&mut self, name: &str) {
        // It was not too much then.
        let _ = self.take_credit();
        self.link = ServerSide::Welcoming;
        self.name = name.into();
        self.standing = SeatStanding::Applying;
    }

    /// Comes from another room, and has said hello there.
    pub(crate) fn come_over(&mut self, name: &str) {
        self.link = ServerSide::Moving(MovingSide::default());
        self.name = name.into();
        self.standing = SeatStanding::Applying;
    }

    /// Whether what it sends is for this room: it comes from no other, or has said that it has read the welcome.
    pub(crate) const fn has_arrived(&self) -> bool {
        !matches!(self.link, ServerSide::Moving(_))
    }

    /// Takes in one message of the player's spare connection, whose side is `link`.
    pub(crate) fn handle_copies(
        &mut self,
        link: &mut ServerSide<G>,
        bytes: &[u8],
        reading: &Reading<'_>,
    ) -> Result<Effect, CloseReason> {
        let credit = self.take_credit()?;
        let inbox = &mut self.inbox;
        let applied = link.read_copies(bytes, reading.usual_span, reading.input_kind, |tick, input, held_at| {
            if credit == Credit::Due {
                inbox.put_copy(reading.made, tick, input, held_at);
            }
        })?;
        self.note_applied(applied, reading.made)?;
        Ok(effect_of(credit))
    }

    /// A message more came, on either connection.
    fn take_credit(&mut self) -> Result<Credit, CloseReason> {
        match self.allowance.take() {
            Credit::Flood => Err(CloseReason::Flooding(Flood::Messages)),
            credit => Ok(credit),
        }
    }

    /// The client says that it has applied the update of this tick.
    fn note_applied(&mut self, applied: Tick, made: Tick) -> Result<(), PeerFault> {
        if !self.view.window.acknowledge(applied, made) {
            return Err(PeerFault::TickOutOfOrder);
        }
        self.told.confirm(applied);
        Ok(())
    }

    /// A tick begins, and with it the time of further messages.
    pub(crate) fn begin_tick(&mut self) {
        self.allowance.tick();
    }

    /// The server comes `ticks` late to read what the client sent.
    pub(crate) fn excuse(&mut self, ticks: u32) {
        self.allowance.excuse(ticks);
    }

    /// The commands that this tick carries out, oldest first.
    pub(crate) fn take_commands(&mut self) -> impl Iterator<Item = G::Command> {
        let count = self.commands.len().min(COMMANDS_PER_TICK_MAX);
        self.commands.drain(..count)
    }

    /// Takes up what the client said of how it shows the others: once a second, so that nobody chooses for
    /// each shot where its target was.
    pub(crate) fn believe_view_delay(&mut self, tick: Tick, tick_hz: u32) {
        if self.said_view_delay != self.view_delay && tick >= self.view_delay_until {
            self.view_delay = self.said_view_delay;
            self.view_delay_until = tick.plus(tick_hz * VIEW_DELAY_SECONDS_MIN);
        }
    }

    /// Shows the others as the game would have it, until it says otherwise.
    pub(crate) fn forget_view_delay(&mut self) {
        self.said_view_delay = ViewDelay::of(G::Entity::KINDS);
        self.view_delay = self.said_view_delay;
    }

    /// Another connection, or none: nothing of the old one counts any more.
    pub(super) fn restart(&mut self, link: ServerSide<G>, now: Tick, input_silence: u32, inputs: Inputs) {
        self.link = link;
        self.since = now;
        match inputs {
            Inputs::Forgotten => self.inbox.restart(),
            Inputs::Kept => self.inbox.hand_on(),
        }
        // It hurries no more, until it says so anew.
        self.inbox.set_every(input_silence);
        // What was said before stays said, commands and events: see `EventsTold`, and `commands_taken`.
        let events = self.told.take_back(core::mem::take(&mut self.view.events));
        self.view = View::new(now);
        self.view.events = events;
        (self.wants_report, self.hurries) = (false, false);
        self.spare = None;
        self.forget_view_delay();
    }

    /// Queues an event, which is due at `tick` unless it may wait.
    /// A client for which too many wait is beyond help, unless it is away: it misses the oldest.
    pub(crate) fn tell(&mut self, event: &EventBytes, tick: Tick, may_wait: bool) {
        if self.view.events.len() > EVENTS_PENDING_MAX {
            self.told.give_up_oldest(&mut self.view.events);
        }
        self.view.events.push_back(event.clone());
        if !may_wait {
            self.view.be_told_by(tick, UpdateCause::Event);
        }
    }

    pub(crate) fn overflows(&self) -> bool {
        self.view.events.len() > EVENTS_PENDING_MAX
    }
}
