//! [`Room`]: one game, its clients, and the tick.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use alloc::collections::VecDeque;
use slotmap::{KeyData, SecondaryMap};

use super::deadlines::{Deadlines, Whereabouts};
use super::lapsed::Lapsed;
use super::notice::Notice;
use super::past::{ClientView, Lookback, Past};
use super::published::Published;
use super::record::{Call, Recorder};
use super::scratch::Scratch;
use super::seat::{Effect, Reading, Seat, SeatStanding};
use super::service_level::ServiceLevel;
use super::stats::{ClientStatus, RoomStats};
use super::told::EventBytes;
use super::update_cause::UpdateCause;
use super::view::View;
use crate::error::{CloseReason, Misuse, SessionEnd, SetupError};
use crate::game::{Audience, Cadence, Events, Game, Ground, Publisher, Rewind, SentEvent, Step, Terms, Viewpoint};
use crate::id::{ClientId, EntityId};
use crate::limits::{GRACE_SECONDS, RESUME_TOKEN_BYTES};
use crate::link::{ServerSide, WindowBounds};
use crate::message::{Announcement, Credential, InputReport, ResumeToken, TickReport, Welcome, control, game_hash};
use crate::rng::Rng;
use crate::slots::Slots;
use crate::state::{BitTally, Layout, Replicate, assert_one_kind, part_names};
use crate::tick::Tick;

/// A game and its clients. Has no clock and no socket: its caller ticks it, brings messages, and takes
/// updates away.
///
/// The run loop: [`handle_message`](Self::handle_message) whatever came,
/// [`poll_applicant`](Self::poll_applicant) until there is none, [`tick`](Self::tick), then
/// [`poll_update`](Self::poll_update) until there is nothing for each client whose socket took all that the
/// last tick had for it, and [`poll_notice`](Self::poll_notice) until there is none.
pub struct Room<G: Game> {
    pub(super) game: G,
    pub(super) ground: Ground<G>,
    pub(super) cadence: Cadence,
    pub(super) tick: Tick,
    pub(super) rng: Rng,
    schema: u64,
    input_layout: Layout,
    pub(super) clients_max: usize,
    /// Every connection, and every player that may come back.
    pub(super) seats: Slots<ClientId, Seat<G>>,
    /// Number of seats taken by players.
    pub(super) taken: usize,
    /// Number of players without a connection.
    pub(super) suspended: usize,
    /// Number of connections that carry a player's inputs once more.
    pub(super) spares: usize,
    pub(super) grace_ticks: u32,
    pub(super) lapsed: Lapsed,
    /// Connections that said hello and are not judged yet.
    pub(super) applicants: VecDeque<(ClientId, Credential)>,
    /// Clients that the game still believes to be there.
    pub(super) departed: Vec<(ClientId, String)>,
    pub(super) published: Published<G>,
    pub(super) viewpoints: SecondaryMap<ClientId, Viewpoint>,
    inputs: Vec<(ClientId, G::Input)>,
    /// The way in which each client showed the others when it gave these inputs, if the game may ask.
    pub(super) client_views: SecondaryMap<ClientId, ClientView>,
    pub(super) past: Past,
    pub(super) window_bounds: WindowBounds,
    pub(super) deadlines: Deadlines,
    /// Memory for who came in a tick.
    pub(super) arrivals: Vec<Whereabouts>,
    commands: Vec<(ClientId, G::Command)>,
    /// Players that the game sends to other rooms in this tick.
    moves: Vec<(ClientId, String)>,
    pub(super) events: Events<G::Event>,
    pub(super) scratch: Scratch,
    pub(super) notices: VecDeque<Notice>,
    pub(super) report: TickReport,
    pub(super) announcement: Announcement,
    /// Ways back to this room after a loss. A room that is loaded elsewhere has others: they are not saved.
    pub(super) ways: Vec<String>,
    /// The machine at which this room goes on soon, likewise.
    pub(super) ahead: Option<String>,
    pub(super) service_level: ServiceLevel,
    pub(super) stats: RoomStats,
    /// Bytes that every token of this room begins with, once there is one.
    pub(super) token_start: Option<[u8; 8]>,
    /// Record of what happens, if anybody wants it.
    pub(super) recorder: Option<Box<Recorder>>,
    /// Events that were told, if anybody wants them.
    pub(super) kept_events: Option<Events<G::Event>>,
}

impl<G: Game> Room<G> {
    /// A room at tick 0, whose world the game makes of the terms and the seed alone ([`Game::new`]).
    ///
    /// # Errors
    /// [`SetupError`] where the game's field tables or the terms are wrong, or its rules too large to send.
    pub fn new(terms: Terms<G::Rules>, seed: u64, clients_max: usize) -> Result<Self, SetupError> {
        Self::with_world(terms, seed, clients_max, G::new)
    }

    /// A room at tick 0, whose world `make` makes, of data that it brings: a map, a trace, rows of a database.
    /// It is given what [`Game::new`] is given, and that is not called.
    ///
    /// The world keeps in itself what it needs of the data later: that is a part of the game's state, of which
    /// clients see what is published. What both ends foresee by is the [level](Ground), which `make` cannot change.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_world(
        terms: Terms<G::Rules>,
        seed: u64,
        clients_max: usize,
        make: impl FnOnce(&Ground<G>, u64) -> G,
    ) -> Result<Self, SetupError> {
        let mut rng = Rng::new(seed);
        let drawn = rng.bits();
        let room = Self::with_loaded(terms, clients_max, |ground| Some(make(ground, drawn)))?;
        let mut room = room.expect("a world should have been made");
        room.rng = rng;
        Ok(room)
    }

    /// The same with a world that may be none, and randomness that is to be set.
    pub(super) fn with_loaded(
        terms: Terms<G::Rules>,
        clients_max: usize,
        make: impl FnOnce(&Ground<G>) -> Option<G>,
    ) -> Result<Option<Self>, SetupError> {
        const { assert_one_kind::<G::Input>() };
        if !terms.are_playable() {
            return Err(SetupError::Terms);
        }
        // The largest welcome there can be: what cannot be sent is better known now than when the first player comes.
        let largest = Welcome {
            client: KeyData::from_ffi(u64::MAX).into(),
            tick: Tick(u32::MAX),
            resume: Some(ResumeToken([0; RESUME_TOKEN_BYTES])),
            commands: u32::MAX,
            event: u32::MAX,
            terms: terms.clone(),
        };
        control::encode(&largest).map_err(|_| SetupError::RulesTooLarge)?;
        let ground = Ground::new(terms);
        let tick_hz = ground.terms.tick_hz;
        let Some(game) = make(&ground) else { return Ok(None) };
        Ok(Some(Self {
            game,
            past: Past::new::<G>(&ground.terms),
            client_views: SecondaryMap::new(),
            window_bounds: WindowBounds::new(tick_hz, ground.terms.input_silence().max(ground.terms.patience())),
            deadlines: Deadlines::new::<G::Entity, _>(&ground.terms),
            arrivals: Vec::new(),
            published: Published::new(tick_hz, ground.terms.keep_radius())?,
            cadence: Cadence::of(&ground.terms),
            ground,
            tick: Tick(0),
            rng: Rng::new(0),
            schema: game_hash::<G>(),
            input_layout: Layout::new::<G::Input>()?,
            clients_max,
            seats: Slots::new(),
            taken: 0,
            suspended: 0,
            spares: 0,
            grace_ticks: GRACE_SECONDS * tick_hz,
            lapsed: Lapsed::default(),
            applicants: VecDeque::new(),
            departed: Vec::new(),
            viewpoints: SecondaryMap::new(),
            inputs: Vec::new(),
            commands: Vec::new(),
            moves: Vec::new(),
            events: Events::new(),
            scratch: Scratch::new(BitTally::new(G::Entity::KINDS)),
            notices: VecDeque::new(),
            report: TickReport::default(),
            announcement: Announcement::default(),
            ways: Vec::new(),
            ahead: None,
            service_level: ServiceLevel::default(),
            stats: RoomStats::default(),
            token_start: None,
            recorder: None,
            kept_events: None,
        }))
    }

    /// The terms that the session is played by.
    pub fn terms(&self) -> &Terms<G::Rules> {
        &self.ground.terms
    }

    /// The ground of the session: what it is played by and on.
    pub fn ground(&self) -> &Ground<G> {
        &self.ground
    }

    /// The tick that was made last.
    pub fn tick_now(&self) -> Tick {
        self.tick
    }

    /// The game itself, to look at.
    pub fn game(&self) -> &G {
        &self.game
    }

    /// Counts since the room was made.
    pub fn stats(&self) -> &RoomStats {
        &self.stats
    }

    /// Number of an input's columns.
    pub(super) fn input_columns(&self) -> usize {
        self.input_layout.kind(0).columns().len()
    }

    /// Bits of all updates by message part, kind and field. Padding is what is missing to
    /// [`RoomStats::payload_bytes`].
    pub fn breakdown(&self) -> Vec<(String, u64)> {
        part_names(G::Entity::KINDS).into_iter().zip(self.scratch.tally.0.iter().copied()).collect()
    }

    /// Updates so far by what they were written for, which says why messages are sent. Not saved.
    pub fn update_causes(&self) -> impl Iterator<Item = (UpdateCause, u64)> {
        UpdateCause::ALL.into_iter().zip(self.scratch.causes.0)
    }

    /// Hash of everything that is published, the same for rooms that publish the same. Works out anew what changed
    /// since it was asked for last. Not cryptographic.
    pub fn published_hash(&mut self) -> u32 {
        self.published.world_hash()
    }

    /// Counts of a client's inputs; `None` if the client is not known.
    pub fn input_report(&self, client: ClientId) -> Option<InputReport> {
        self.seats.get(client).map(|seat| seat.inbox.counts)
    }

    /// Number of clients that play, the suspended ones not among them.
    pub fn clients(&self) -> usize {
        self.seats.values().filter(|seat| matches!(seat.standing, SeatStanding::Playing)).count()
    }

    /// State of a client just now; `None` for one that is not known.
    pub fn client(&self, client: ClientId) -> Option<ClientStatus<'_>> {
        let seat = self.seats.get(client)?;
        let window = &seat.view.window;
        Some(ClientStatus {
            name: seat.standing.has_joined().then_some(seat.name.as_str()),
            has_arrived: seat.has_arrived(),
            lead: seat.inbox.playable_lead(self.tick),
            unacked_ticks: window.sent.since(window.applied),
            visible: seat.view.visible(),
            inputs: seat.inbox.counts,
        })
    }

    /// Number of players, with or without a connection.
    pub fn players(&self) -> usize {
        self.taken
    }

    /// Number of players who are away and may come back.
    pub fn suspended(&self) -> usize {
        self.suspended
    }

    /// A message of a client came. Nothing happens before the next tick.
    ///
    /// # Errors
    /// The reason for which the client's socket is to be closed; the room has already forgotten it. A client
    /// that is not known is none.
    pub fn handle_message(&mut self, client: ClientId, bytes: &[u8]) -> Result<(), CloseReason> {
        if self.recorder.is_none() {
            return self.read_message(client, bytes);
        }
        let Some(seat) = self.seats.get(client) else { return Err(CloseReason::Finished) };
        let (greets, plays) = (matches!(seat.link, ServerSide::Greeting), seat.link.plays());
        let result = self.read_message(client, bytes);
        if let Some(recorder) = &mut self.recorder {
            // What comes before a client plays may open a door, and is not kept.
            match (&result, self.seats.get(client)) {
                _ if plays => recorder.message(client, bytes),
                (Err(_), _) => recorder.call(&Call::Ended(client, SessionEnd::Broken)),
                (Ok(()), Some(seat)) if greets => recorder.call(&Call::SaidHello(client, &seat.name)),
                _ => {}
            }
        }
        result
    }

    fn read_message(&mut self, client: ClientId, bytes: &[u8]) -> Result<(), CloseReason> {
        let Some(seat) = self.seats.get_mut(client) else { return Err(CloseReason::Finished) };
        let reading = Reading {
            schema: self.schema,
            usual_span: self.cadence.longest_silence,
            input_every: self.ground.terms.input_every,
            input_silence: self.cadence.input_silence,
            input_kind: self.input_layout.kind(0),
            made: self.tick,
        };
        let effect = if let SeatStanding::Spare(player) = seat.standing {
            let Some([spare, seat]) = self.seats.get_disjoint_mut([client, player]) else { return Ok(()) };
            if seat.spare != Some(client) {
                // It has another, or is away: `poll_update` tells this one to close.
                return Ok(());
            }
            seat.handle_copies(&mut spare.link, bytes, &reading)
        } else {
            seat.handle_message(bytes, &reading)
        };
        match effect {
            Ok(Effect::None) => Ok(()),
            Ok(Effect::Applies(credential)) => {
                self.applicants.push_back((client, credential));
                Ok(())
            }
            Ok(Effect::Dropped) => {
                self.stats.messages_dropped += 1;
                Ok(())
            }
            Ok(Effect::Resyncs) => {
                self.stats.resyncs += 1;
                Ok(())
            }
            Ok(Effect::Wants(room)) => {
                self.notices.push_back(Notice::Wants { client, room });
                Ok(())
            }
            Err(reason) => {
                self.forget(client, SessionEnd::Broken);
                Err(reason)
            }
        }
    }

    /// Makes one tick.
    ///
    /// # Errors
    /// The game's first misuse of publishing or of events in this tick. What was misused is left out, the tick is made.
    pub fn tick(&mut self) -> Result<(), Misuse> {
        let result = self.make_tick(true);
        if self.recorder.is_some() {
            let hash = self.published_hash();
            self.recorder.iter_mut().for_each(|recorder| recorder.ticked(hash));
        }
        result
    }

    /// Makes one tick in which nobody wants anything: what was wanted of it is dropped, commands too. For a game that
    /// [`tick`](Self::tick) made panic.
    ///
    /// # Errors
    /// As [`tick`](Self::tick).
    pub fn tick_alone(&mut self) -> Result<(), Misuse> {
        let result = self.make_tick(false);
        let hash = self.published_hash();
        self.note(&Call::TickedAlone(hash));
        result
    }

    fn make_tick(&mut self, obeys: bool) -> Result<(), Misuse> {
        self.tick = self.tick.next();
        self.stats.ticks += 1;
        self.come_and_go();
        self.take_inputs();
        if !obeys {
            self.inputs.iter_mut().for_each(|(_, input)| *input = G::Input::default());
            self.commands.clear();
        }
        self.step();
        let published = self.publish();
        let told = self.tell();
        self.set_deadlines();
        published.and(told)
    }

    fn take_inputs(&mut self) {
        self.inputs.clear();
        for (client, seat) in self.seats.iter_mut() {
            seat.begin_tick();
            if seat.standing.has_joined() {
                self.inputs.push((client, seat.inbox.take(self.tick)));
                if self.past.is_kept() {
                    seat.believe_view_delay(self.tick, self.ground.terms.tick_hz);
                    self.client_views
                        .insert(client, ClientView { view_delay: seat.view_delay, held_at: seat.inbox.held_at });
                }
                self.commands.extend(seat.take_commands().map(|command| (client, command)));
            }
        }
    }

    fn step(&mut self) {
        let lookback = Lookback {
            tick: self.tick,
            ground: &self.ground,
            published: &self.published,
            past: &self.past,
            client_views: &self.client_views,
        };
        self.game.step(&mut Step {
            tick: self.tick,
            ground: &self.ground,
            rng: &mut self.rng,
            inputs: &self.inputs,
            commands: &mut self.commands,
            events: &mut self.events,
            rewind: Rewind { hindsight: &lookback },
            moves: &mut self.moves,
        });
        self.commands.clear();
        self.notices.extend(self.moves.drain(..).map(|(client, room)| Notice::Wants { client, room }));
    }

    /// Found by its name where instructions are counted.
    #[inline(never)]
    fn publish(&mut self) -> Result<(), Misuse> {
        self.published.begin(self.tick);
        let mut out = Publisher { sink: &mut self.published, ground: &self.ground, viewpoints: &mut self.viewpoints };
        if self.tick == Tick(1) {
            self.game.publish(&mut out);
        } else {
            self.game.publish_changes(&mut out);
        }
        let result = self.published.end(&self.ground);
        self.past.record(self.tick, &mut self.published);
        self.stats.entities = self.published.count() as u64;
        self.stats.news += self.published.news(self.tick).map_or(0, |news| news.count() as u64);
        result
    }

    /// Hands each event to the clients it is for, as bytes that are made once.
    fn tell(&mut self) -> Result<(), Misuse> {
        let mut result = Ok(());
        let mut events = mem::take(&mut self.events);
        for SentEvent { audience, event, may_wait } in events.take_all() {
            match control::encode(&event) {
                Ok(bytes) => self.tell_one(audience, &bytes.into(), may_wait),
                Err(misuse) => result = Err(misuse),
            }
            if let Some(kept) = &mut self.kept_events {
                kept.send(audience, event);
            }
        }
        self.events = events;
        result
    }

    /// Whoever is told of an entity by name holds that one, and not who had its slot before. Those who are away are
    /// told when they come back.
    fn tell_one(&mut self, audience: Audience, event: &EventBytes, may_wait: bool) {
        let (tick, published) = (self.tick, &self.published);
        let holds = |view: &View, entity: EntityId| {
            view.sees(entity.slot) && published.is_same_tenant_since(entity.slot, view.window.sent)
        };
        let hears = |client: ClientId, seat: &Seat<G>| match audience {
            Audience::All => true,
            Audience::One(one) => one == client,
            Audience::Near(entity, also) => also == Some(client) || holds(&seat.view, entity),
        };
        if let Audience::One(client) = audience {
            let seat = self.seats.get_mut(client).filter(|seat| seat.standing.has_joined());
            return seat.into_iter().for_each(|seat| seat.tell(event, tick, may_wait));
        }
        let joined = self.seats.iter_mut().filter(|(_, seat)| seat.standing.has_joined());
        joined.filter(|(client, seat)| hears(*client, seat)).for_each(|(_, seat)| seat.tell(event, tick, may_wait));
    }

    pub(super) fn note(&mut self, call: &Call<'_>) {
        self.recorder.iter_mut().for_each(|recorder| recorder.call(call));
    }

    /// The next thing to know, oldest first.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }
}
