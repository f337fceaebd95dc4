//! A board that many draw on: strokes that stay, everyone's cursor and name, colours, talk, and undo of one's own. It
//! is the game of the examples, and no game.
//!
//! This file is all that the engine sees of it: the [`Game`] that [`Board`] is. The rest:
//!
//! | file | idea |
//! | --- | --- |
//! | `entity.rs` | what everyone sees, field by field, and a player's wish |
//! | `things.rs` | everything on the board, and what of it changed in a tick |
//! | `ink.rs` | strokes: how they grow piece by piece, and go |
//! | `chat.rs` | what was said |
//! | `player.rs` | somebody at the board, and how much it may do at once |
//! | `scribble.rs` | boards that are full already, for tests and figures |
//! | `limits.rs` | every bound |
//!
//! What a player draws comes as commands, which arrive once and in order also where a connection is lost in between;
//! where its cursor is comes as inputs, of which the newest counts.

mod chat;
mod entity;
mod ink;
pub mod limits;
mod player;
mod scribble;
mod things;

use std::collections::BTreeMap;

use auspice::limits::PATIENCE_MILLIS_MAX;
use auspice::message::is_fit_name;
use auspice::{
    Audience, ClientId, Context, EntityId, Events, Fate, Game, Ground, Obstacles, Publisher, Replicate, Step, Viewpoint,
};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use chat::{Chat, Unfit};
pub use entity::{
    COLOURS, Cursor, EDGE_X, EDGE_Y, Entity, Hand, Line, MOVE_MAX, MOVES, ORDER_MAX, Paper, Piece, SPEED_MAX, STEP,
    WIDTHS,
};
use ink::{Full, Ink, Pen, Stroke};
use player::Player;
use scribble::scribble;
use things::Things;

/// A request of a player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Takes another pen, by its colour and width.
    Take(u8, u8),
    /// Begins a stroke at a place in steps, x and y.
    Begin(i16, i16),
    /// Moves the pen, from point to point in steps.
    Go(Vec<(i8, i8)>),
    /// Takes back the newest of the player's own strokes.
    Undo,
    /// Takes away all of the player's own strokes, and those of whoever is gone.
    Wipe,
    /// Says something to everyone.
    Say(String),
    /// Takes another name. Counts as something said. Who came with a ticket keeps the name in it.
    Name(String),
}

/// News for one player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// So many of its commands `Begin` and `Go` were taken in this tick: what they drew is on the board.
    Drawn(u32),
    /// Something of that is not.
    Refused(Refusal),
}

/// Why a command was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// There is no room on the board.
    Full,
    /// More than may be drawn or said at once.
    TooMuch,
    /// No text to read, or too long; no name for the player to take.
    NotText,
}

/// The board.
#[derive(Debug, Serialize, Deserialize)]
pub struct Board {
    things: Things,
    ink: Ink,
    chat: Chat,
    players: BTreeMap<ClientId, Player>,
    /// Strokes of those who are gone.
    left: Vec<Stroke>,
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn empty() -> Self {
        let mut things = Things::default();
        let ink = Ink::new(&mut things);
        Self { things, ink, chat: Chat::default(), players: BTreeMap::new(), left: Vec::new() }
    }

    /// A board on which somebody who is gone drew so many strokes, each of one piece, the same for each seed; fewer
    /// where there is no room.
    #[must_use]
    pub fn scribbled(strokes: usize, seed: u64) -> Self {
        let mut board = Self::empty();
        board.left = scribble(&mut board.ink, &mut board.things, strokes, seed);
        board
    }

    /// The colour that the fewest have, of those that are seen on the paper.
    fn rarest_colour(&self) -> u8 {
        let mut counts = [0; COLOURS as usize];
        for player in self.players.values() {
            if let Some(Entity::Cursor(cursor)) = self.things.get(player.cursor) {
                counts[usize::from(cursor.colour)] += 1;
            }
        }
        (1..COLOURS).min_by_key(|colour| counts[usize::from(*colour)]).unwrap_or(1)
    }

    /// Does what a player asks for.
    fn obey(&mut self, client: ClientId, command: Command, tick_hz: u32) -> Result<(), Refusal> {
        let Self { things, ink, chat, players, left } = self;
        let Some(player) = players.get_mut(&client) else { return Ok(()) };
        let Some(Entity::Cursor(cursor)) = things.get(player.cursor) else { return Ok(()) };
        let pen = Pen { colour: cursor.colour, width: cursor.width };
        match command {
            Command::Take(colour, width) => {
                if let Some(Entity::Cursor(cursor)) = things.get_mut(player.cursor) {
                    (cursor.colour, cursor.width) = (colour.min(COLOURS - 1), width.min(WIDTHS - 1));
                }
            }
            Command::Begin(x, y) => {
                if !player.may_draw(tick_hz) {
                    return Err(Refusal::TooMuch);
                }
                let at = IVec2::new(x.into(), y.into());
                player.strokes.push(ink.begin(things, pen, at).map_err(|Full| Refusal::Full)?);
            }
            Command::Go(moves) => {
                for (x, y) in moves {
                    if !player.may_draw(tick_hz) {
                        return Err(Refusal::TooMuch);
                    }
                    let Some(stroke) = player.strokes.last_mut() else { break };
                    ink.go(things, stroke, IVec2::new(x.into(), y.into())).map_err(|Full| Refusal::Full)?;
                }
            }
            Command::Undo => ink.erase(things, player.strokes.pop()),
            Command::Wipe => ink.erase(things, player.strokes.drain(..).chain(left.drain(..))),
            Command::Say(text) => {
                if !player.may_say(tick_hz) {
                    return Err(Refusal::TooMuch);
                }
                chat.say(things, &player.name, pen.colour, &text).map_err(|Unfit| Refusal::NotText)?;
            }
            Command::Name(name) => {
                if !player.may_say(tick_hz) {
                    return Err(Refusal::TooMuch);
                }
                if player.is_name_held || !is_fit_name(&name) {
                    return Err(Refusal::NotText);
                }
                things.label(player.cursor, name.clone());
                player.name = name;
            }
        }
        Ok(())
    }

    /// Does what players ask for, and tells each how much of what it drew was taken.
    fn obey_all(
        &mut self,
        commands: impl Iterator<Item = (ClientId, Command)>,
        tick_hz: u32,
        events: &mut Events<Event>,
    ) {
        let mut drawn: BTreeMap<ClientId, u32> = BTreeMap::new();
        for (client, command) in commands {
            if matches!(command, Command::Begin(..) | Command::Go(_)) {
                *drawn.entry(client).or_default() += 1;
            }
            if let Err(refusal) = self.obey(client, command, tick_hz) {
                events.send(Audience::One(client), Event::Refused(refusal));
            }
        }
        for (client, count) in drawn {
            events.send(Audience::One(client), Event::Drawn(count));
        }
    }
}

impl Game for Board {
    const NAME: &'static str = "board";
    /// Hands need no more, and a board at which nobody draws says so less often.
    const TICK_HZ: u32 = 25;
    /// The way from any place on the paper to any other.
    const INTEREST_RADIUS: f32 = 4000.0;
    /// The longest there is: most of the time nobody draws, and whoever looks on at what is far can wait for six ticks.
    const PATIENCE_MILLIS: u32 = PATIENCE_MILLIS_MAX;
    const UNITS_PER_METRE: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = Hand;
    type Entity = Entity;
    type Command = Command;
    type Event = Event;

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self::empty()
    }

    fn join(&mut self, client: ClientId, name: &str, context: &mut Context<'_, Self>) {
        self.things.turn_to(context.tick);
        let cursor = Cursor { colour: self.rarest_colour(), width: 2, ..Cursor::default() };
        let cursor = self.things.put(Entity::Cursor(cursor), name.into());
        self.players.insert(client, Player::new(name.into(), context.is_vouched, cursor));
    }

    fn leave(&mut self, client: ClientId, context: &mut Context<'_, Self>) {
        self.things.turn_to(context.tick);
        if let Some(player) = self.players.remove(&client) {
            self.things.take(player.cursor);
            self.left.extend(player.strokes);
        }
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.things.turn_to(step.tick);
        self.players.values_mut().for_each(Player::count_time);
        self.obey_all(step.commands.drain(..), step.ground.terms.tick_hz, step.events);
        for (client, hand) in step.inputs {
            let Some(player) = self.players.get(client) else { continue };
            if let Some(own) = self.things.get_mut(player.cursor) {
                Self::predict_own(step.ground, own, hand, &Obstacles::NONE);
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        self.things.publish(out);
        self.look(out);
    }

    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        self.things.publish_changes(out);
        self.look(out);
    }

    fn predict_own(ground: &Ground<Self>, own: &mut Entity, hand: &Hand, _: &Obstacles<'_, Self>) -> Fate {
        if let Entity::Cursor(cursor) = own {
            cursor.velocity = hand.velocity;
        }
        own.drift(ground.terms.tick_hz);
        Fate::Continues
    }
}

impl Board {
    fn look(&self, out: &mut Publisher<'_, Self>) {
        for (client, player) in &self.players {
            out.viewpoint(*client, Viewpoint::of(EntityId::from_key(player.cursor)));
        }
    }
}
