//! The server's side of a connection: reads what a client says, in the order in which it may be said.

use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::bits::{BitReader, Malformed};
use crate::error::{CloseReason, Flood, PeerFault};
use crate::game::Game;
use crate::limits::{CLIENT_MESSAGE_BYTES_MAX, COMMANDS_PER_TICK_MAX};
use crate::message::{ClientWord, HELD_ORDER, Hello, InputBase, InputHead, control, read_block};
use crate::state::{KindLayout, Replicate};
use crate::tick::Tick;

/// The server's side of a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) enum ServerSide<G> {
    /// Waits for the hello.
    Greeting,
    /// The hello was fine; the welcome is not written yet.
    Welcoming,
    /// Plays: what the client's last message said.
    Active(InputBase, PhantomData<fn() -> G>),
    /// Plays, and its next message is a word.
    Wording(InputBase),
    /// Came from another room on the same connection.
    Moving(MovingSide),
}

/// A connection that comes from another room. What it sends is for that one until its word says that it has arrived.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MovingSide {
    /// Set once it was told that a welcome is next.
    is_told: bool,
    /// Set by the welcome.
    base: Option<InputBase>,
    is_word_next: bool,
}

/// A client's message, as it was read.
pub(crate) enum ClientMessage<G: Game> {
    Hello(Hello),
    Input(InputHead, Vec<G::Command>),
    /// Says nothing by itself.
    Nothing,
    /// Wants to go to this room.
    Wish(String),
}

impl<G: Game> ServerSide<G> {
    /// The welcome was written: inputs are expected from `start` on.
    pub(crate) fn welcomed(&mut self, start: Tick) {
        let base = InputBase::new(start, G::Entity::KINDS);
        match self {
            Self::Moving(side) => side.base = Some(base),
            _ => *self = Self::Active(base, PhantomData),
        }
    }

    /// Whether the welcome is what is said next, or what says that it is.
    pub(crate) const fn is_welcomed_next(&self) -> bool {
        matches!(self, Self::Welcoming | Self::Moving(MovingSide { base: None, .. }))
    }

    /// Whether it is to be told that a welcome is next; from now on it was.
    pub(crate) const fn take_mark(&mut self) -> bool {
        match self {
            Self::Moving(side) => !core::mem::replace(&mut side.is_told, true),
            _ => false,
        }
    }

    /// Whether its messages are of a player: neither the hello nor before it is answered.
    pub(crate) const fn plays(&self) -> bool {
        !matches!(self, Self::Greeting | Self::Welcoming)
    }

    /// Reads one message. Inputs go to `input` one by one, each with its tick and the newest tick that the
    /// client held then.
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        schema: u64,
        usual_span: u32,
        input_kind: &KindLayout,
        input: impl FnMut(Tick, G::Input, Tick),
    ) -> Result<ClientMessage<G>, CloseReason> {
        let mut reader = reader_of(bytes)?;
        match self {
            Self::Greeting => {
                let hello = Hello::read(bytes, G::NAME, schema)?;
                *self = Self::Welcoming;
                Ok(ClientMessage::Hello(hello))
            }
            Self::Welcoming => Err(PeerFault::OutOfTurn.into()),
            Self::Active(base, _) if bytes.is_empty() => {
                *self = Self::Wording(base.clone());
                Ok(ClientMessage::Nothing)
            }
            Self::Wording(base) => {
                *self = Self::Active(base.clone(), PhantomData);
                match ClientWord::read(bytes)? {
                    ClientWord::Go { room } => Ok(ClientMessage::Wish(room)),
                    ClientWord::Arrived => Err(PeerFault::OutOfTurn.into()),
                }
            }
            Self::Moving(side) => {
                if core::mem::take(&mut side.is_word_next) {
                    // A wish was the other room's to hear.
                    if ClientWord::read(bytes)? == ClientWord::Arrived {
                        *self = Self::Active(side.base.take().ok_or(PeerFault::OutOfTurn)?, PhantomData);
                    }
                } else {
                    side.is_word_next = bytes.is_empty();
                }
                Ok(ClientMessage::Nothing)
            }
            Self::Active(base, _) => {
                let head = InputHead::read(base, usual_span, &mut reader).map_err(PeerFault::from)?;
                read_inputs::<G>(base, &head, input_kind, &mut reader, input, |_, _| Ok(0))?;
                let commands = if head.commands { read_commands::<G>(&mut reader)? } else { Vec::new() };
                reader.finish().map_err(PeerFault::from)?;
                Ok(ClientMessage::Input(head, commands))
            }
        }
    }

    /// Reads one message of a spare connection: inputs alone, each with what the client held when it gave it.
    /// They go to `input` as from [`read`](Self::read). The newest tick that the client holds.
    pub(crate) fn read_copies(
        &mut self,
        bytes: &[u8],
        usual_span: u32,
        input_kind: &KindLayout,
        input: impl FnMut(Tick, G::Input, Tick),
    ) -> Result<Tick, CloseReason> {
        let mut reader = reader_of(bytes)?;
        let Self::Active(base, _) = self else { return Err(PeerFault::OutOfTurn.into()) };
        let head = InputHead::read(base, usual_span, &mut reader).map_err(PeerFault::from)?;
        if head.is_special() {
            return Err(PeerFault::OutOfTurn.into());
        }
        read_inputs::<G>(base, &head, input_kind, &mut reader, input, |back, reader| match back {
            0 => Ok(0),
            _ => reader.read_exp(HELD_ORDER),
        })?;
        reader.finish().map_err(PeerFault::from)?;
        Ok(head.applied)
    }
}

/// A reader of a message that is not too large.
fn reader_of(bytes: &[u8]) -> Result<BitReader<'_>, PeerFault> {
    if bytes.len() > CLIENT_MESSAGE_BYTES_MAX {
        return Err(PeerFault::TooLarge { bytes: bytes.len(), limit: CLIENT_MESSAGE_BYTES_MAX });
    }
    Ok(BitReader::new(bytes))
}

/// Reads a message's inputs, oldest first, and hands each to `input`. `held_since` reads, behind the input of so
/// many ticks before the newest, how many ticks of state the client applied from it to the newest.
fn read_inputs<G: Game>(
    base: &mut InputBase,
    head: &InputHead,
    kind: &KindLayout,
    reader: &mut BitReader<'_>,
    mut input: impl FnMut(Tick, G::Input, Tick),
    held_since: impl Fn(u32, &mut BitReader<'_>) -> Result<u32, Malformed>,
) -> Result<(), PeerFault> {
    if head.applied < base.applied {
        return Err(PeerFault::TickOutOfOrder);
    }
    for back in (0..head.count).rev() {
        let given = G::Input::read_row(0, base.read_input(kind, reader)?);
        let held_at = Tick(head.applied.0.saturating_sub(held_since(back, reader)?));
        input(Tick(head.newest.0 - back), given, held_at);
    }
    (base.applied, base.newest) = (head.applied, head.newest);
    Ok(())
}

fn read_commands<G: Game>(reader: &mut BitReader<'_>) -> Result<Vec<G::Command>, CloseReason> {
    let count = reader.read_exp(0).map_err(PeerFault::from)? as usize;
    if count > COMMANDS_PER_TICK_MAX {
        return Err(CloseReason::Flooding(Flood::Commands));
    }
    let mut commands = Vec::with_capacity(count);
    for _ in 0..count {
        commands.push(control::decode(&read_block(reader)?, "a command")?);
    }
    Ok(commands)
}
