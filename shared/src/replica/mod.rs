//! The half that follows: a [`Replica`] holds exactly what is published of what its client may see, and
//! predicts the rest.
//!
//! Updates become rows (`rebuild.rs`), rows become pictures (`picture.rs`): the own entity by its inputs that
//! the server has not answered yet (`predict.rs`) and by what it runs into (`obstacles.rs`), the others
//! advanced to the player's present, or in the past (`track.rs`), and all of it without jumps (`beside.rs`).
//! A [`Skim`] does without a world, for load tests.

mod beside;
mod border;
mod carry;
mod event;
mod frame;
mod held_input;
mod held_rows;
mod leap;
mod net_stats;
mod obstacles;
mod picture;
mod predict;
mod reach;
mod rebuild;
mod settings;
mod skim;
mod smooth;
mod staging;
mod track;
mod tracks;
mod trend;

pub use event::ReplicaEvent;
pub use frame::{Correction, Frame, Ghosts, Shown, Spawned};
pub use net_stats::{Condition, NetStats};
pub use picture::Corrections;
pub use rebuild::Held;
pub use settings::PictureSettings;
pub use skim::Skim;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::bits::BitReader;
use crate::error::{Misuse, PeerFault, SetupError};
use crate::game::{Game, Ground, Terms};
use crate::id::{ClientId, EntityId};
use crate::limits::{BLOCKS_MAX, EVENTS_PENDING_MAX, PAUSE_MILLIS};
use crate::link::{ClientSide, Clock, Heard, Report};
use crate::message::{
    Credential, InputReport, Reports, ResumeToken, UpdateBlock, UpdateHead, ViewDelay, control, read_block,
};
use crate::state::{Display, Replicate, part_names};
use crate::tick::{Micros, Tick};
use picture::{Picture, PictureMoment};
use rebuild::HeldWorld;

/// A client's copy of the world. Has no clock and no socket.
///
/// The run loop: [`handle_message`](Self::handle_message) whatever came, [`set_input`](Self::set_input) what
/// the player holds, [`poll_transmit`](Self::poll_transmit) until there is nothing (and again at
/// [`next_due`](Self::next_due)), [`poll_event`](Self::poll_event) until there is nothing, and
/// [`frame`](Self::frame) for each picture.
pub struct Replica<G: Game> {
    link: ClientSide<G>,
    mirror: HeldWorld<G>,
    picture: Picture<G>,
    settings: PictureSettings,
    /// The server's counts of the inputs, as of the last report.
    inputs: Option<InputReport>,
    events: VecDeque<ReplicaEvent<G::Event>>,
    /// The view differed from its hash; the next fresh state is compared with it.
    diverged: bool,
    /// Hashes of the view that the server stated since the welcome, each of which was compared.
    hashes: u64,
    /// Ways back to the room after a loss, until somebody takes them.
    ways: Option<Vec<String>>,
    /// The address at which the room goes on soon, until somebody takes it.
    ahead: Option<String>,
}

impl<G: Game> Replica<G> {
    /// A replica for a player called `name`, on a server that lets everyone in; `build` tells the server what
    /// program it is.
    ///
    /// # Errors
    /// [`SetupError`] where the game's field tables are wrong or a name does not fit.
    pub fn new(name: &str, build: &str) -> Result<Self, SetupError> {
        Self::enter(name, build, Credential::Open)
    }

    /// The same for a server that wants to see something, or that the player comes back to: then `credential` holds the
    /// [`resume_token`](Self::resume_token) of the replica before, and this one starts from nothing as that did.
    ///
    /// # Errors
    /// [`SetupError`] where the game's field tables are wrong, or the name or the credential does not fit.
    pub fn enter(name: &str, build: &str, credential: Credential) -> Result<Self, SetupError> {
        Ok(Self {
            link: ClientSide::new(name, build, credential)?,
            mirror: HeldWorld::new()?,
            picture: Picture::new(),
            settings: PictureSettings::default(),
            inputs: None,
            events: VecDeque::new(),
            diverged: false,
            hashes: 0,
            ways: None,
            ahead: None,
        })
    }

    /// A message of the server came at `now`.
    ///
    /// # Errors
    /// What the server did wrong; the connection is of no use any more.
    pub fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), PeerFault> {
        match self.link.handle_message(bytes, now)? {
            Heard::Welcome => {
                self.leave_room();
                if let Some(active) = self.link.active() {
                    self.mirror.start(active.tick, active.ground.terms.tick_hz);
                    self.events.push_back(ReplicaEvent::Welcomed { client: active.client });
                }
                Ok(())
            }
            Heard::Update(head, reader) => self.apply(&head, reader, now),
            Heard::Nothing => Ok(()),
        }
    }

    /// A welcome came: whatever is held is of the room before, if there was one.
    fn leave_room(&mut self) {
        if self.link.report.updates == 0 {
            return;
        }
        self.events.extend(self.mirror.entities().map(|held| ReplicaEvent::Left(held.id)));
        if let Ok(mirror) = HeldWorld::new() {
            self.mirror = mirror;
        }
        let held = mem::replace(&mut self.picture, Picture::new()).outbox.held;
        self.picture.outbox.held = held;
        (self.inputs, self.diverged, self.hashes) = (None, false, 0);
    }

    /// Rebuilds one update, in the order in which it is written.
    fn apply(&mut self, head: &UpdateHead, mut reader: BitReader<'_>, now: Micros) -> Result<(), PeerFault> {
        let Some(active) = self.link.active() else { return Err(PeerFault::OutOfTurn) };
        let ground = &active.ground;
        let (mirror, events) = (&mut self.mirror, &mut self.events);
        let span = head.span.unwrap_or(0);
        mirror.begin_tick();
        for left in (0..span).rev() {
            if head.is_silent {
                mirror.pass_tick(ground, events);
            } else {
                mirror.read_news(ground, events, &mut reader)?;
            }
            if left > 0 {
                self.picture.follow(mirror, &self.settings, Tick(head.tick.0.saturating_sub(left)));
            }
        }
        mirror.tick = head.tick;
        if let Some(own) = head.own {
            mirror.own = own;
        }
        if let Some(bits) = head.slot_bits {
            mirror.slot_bits = bits;
        }
        let (before, told) = (head.fresh.then(|| mirror.forget()), events.len());
        mirror.read_membership(&ground.terms, events, &mut reader)?;
        self.picture.follow(mirror, &self.settings, head.tick);
        if let Some(before) = before {
            let lines = mirror.compare(&before, events, told);
            // A fresh state after a pause says nothing about the rows of before; one for the same tick does.
            if mem::take(&mut self.diverged) && head.span.is_some() {
                events.push_back(ReplicaEvent::Differs { tick: head.tick, lines });
            }
        }
        if head.hash {
            let (stated, held) = (reader.read(32)?, mirror.hash());
            self.hashes += 1;
            if stated != held {
                events.push_back(ReplicaEvent::Diverged { tick: head.tick, held, stated });
                self.diverged = true;
                self.link.resync = true;
            }
        }
        if head.events {
            self.read_events(head.tick, &mut reader)?;
        }
        if head.reports {
            self.read_blocks(&mut reader, now)?;
        }
        reader.finish()?;
        self.picture.outbox.acknowledge(head.tick);
        Ok(())
    }

    fn read_events(&mut self, tick: Tick, reader: &mut BitReader<'_>) -> Result<(), PeerFault> {
        let count = reader.read_exp(0)? as usize;
        if count > EVENTS_PENDING_MAX {
            return Err(PeerFault::BadControl("the number of events"));
        }
        for _ in 0..count {
            let event = control::decode(&read_block(reader)?, "an event")?;
            if self.link.hear_event() {
                self.events.push_back(ReplicaEvent::Event { tick, event });
            }
        }
        Ok(())
    }

    fn read_blocks(&mut self, reader: &mut BitReader<'_>, now: Micros) -> Result<(), PeerFault> {
        let count = reader.read_exp(0)?;
        if count > BLOCKS_MAX {
            return Err(PeerFault::BadControl("the number of reports"));
        }
        for _ in 0..count {
            match control::decode(&read_block(reader)?, "a report")? {
                UpdateBlock::Reports(Reports { ticks, inputs, bits }) => {
                    self.inputs = Some(inputs);
                    let bits = part_names(G::Entity::KINDS).into_iter().zip(bits).collect();
                    self.events.push_back(ReplicaEvent::Report { ticks, inputs, bits });
                }
                UpdateBlock::Announcement(announcement) => {
                    self.link.set_pace(now, announcement.pace_percent);
                    self.events.push_back(ReplicaEvent::Announced(announcement));
                }
                UpdateBlock::Stays { why } => self.events.push_back(ReplicaEvent::Stays { why }),
                UpdateBlock::Ways(ways) => self.ways = Some(ways),
                UpdateBlock::Ahead(address) => self.ahead = Some(address),
            }
        }
        Ok(())
    }

    /// The addresses by which the player comes back to its room after a loss, the best first, where the server has said
    /// so since this was asked last. A [`Session`](crate::session::Session) takes them by itself.
    pub fn take_ways(&mut self) -> Option<Vec<String>> {
        self.ways.take()
    }

    /// The address of the machine at which the room goes on soon, where the server has said so since this was asked
    /// last. A [`Session`](crate::session::Session) dials it by itself.
    pub fn take_ahead(&mut self) -> Option<String> {
        self.ahead.take()
    }

    /// Sets the input that the player gives from now on. A flag (a `bool`, or a bit of `flags`) that went up since the
    /// last tick is up in the next: a button that is let go of within a tick was pressed all the same.
    pub fn set_input(&mut self, input: G::Input) {
        self.picture.outbox.held.set(input);
    }

    /// Sets how the world is shown from now on.
    pub fn set_settings(&mut self, settings: PictureSettings) {
        self.settings = settings;
    }

    /// The settings by which the world is shown.
    pub fn settings(&self) -> &PictureSettings {
        &self.settings
    }

    /// Asks the game for something: once, and in order, also over a loss of the connection where a
    /// [`Session`](crate::session::Session) brings the player back to its seat.
    ///
    /// # Errors
    /// [`Misuse`] where the command is too large, too many wait, or the client does not play yet.
    pub fn command(&mut self, command: &G::Command) -> Result<(), Misuse> {
        self.link.command(command)
    }

    /// Asks for another room of the server, as an address would say it behind `/play/`: a code, `new` for one of the
    /// player's own, `any`, each but a code with options behind it (`any/mode=duel`). The answer is another
    /// [`Welcomed`](ReplicaEvent::Welcomed) on the same connection, after which nothing of the old room is left, or
    /// [`Stays`](ReplicaEvent::Stays).
    ///
    /// # Errors
    /// [`Misuse::CommandNotTaken`] where the client does not play yet, has asked for too many, or the text is too long.
    pub fn go(&mut self, room: &str) -> Result<(), Misuse> {
        self.link.go(room)
    }

    /// Asks the server what it measured; the answer is a [`ReplicaEvent::Report`].
    pub fn ask_report(&mut self) {
        self.link.ask_report = true;
    }

    /// Asks the server to state the whole view afresh.
    pub fn ask_fresh(&mut self) {
        self.link.resync = true;
    }

    /// The next message for the server, if one is due at `now`. Call until there is none.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<&[u8]> {
        let (view_delay, outbox) = (self.view_delay(), &mut self.picture.outbox);
        if self.link.is_cut_off() {
            outbox.held.forget();
        }
        self.link.poll_transmit(now, view_delay, |tick| outbox.give(tick))
    }

    /// The view delay that the server is told: how the others are shown.
    fn view_delay(&self) -> ViewDelay {
        let past = |kind: &usize| self.settings.display(G::Entity::KINDS, *kind) == Display::Interpolate;
        let interpolated = (0..G::Entity::KINDS.len()).filter(past).fold(0, |bits, kind| bits | 1 << kind);
        let behind = if interpolated == 0 { 0 } else { self.picture.behind() };
        ViewDelay { is_compensated: self.settings.compensation, interpolated, behind }
    }

    /// The time at which [`poll_transmit`](Self::poll_transmit) will have something; `None` while a message
    /// is awaited.
    pub fn next_due(&self) -> Option<Micros> {
        self.link.next_due()
    }

    /// The next thing that happened, oldest first.
    pub fn poll_event(&mut self) -> Option<ReplicaEvent<G::Event>> {
        self.events.pop_front()
    }

    /// Whether the welcome came.
    pub fn is_playing(&self) -> bool {
        self.link.active().is_some()
    }

    /// The client's identity in the room, once welcomed. It is the same after a return.
    pub fn client(&self) -> Option<ClientId> {
        self.link.active().map(|active| active.client)
    }

    /// The token by which the player comes back after the connection is lost; keep it, each welcome brings a
    /// new one. `None` before the welcome, and where the server does not offer it.
    pub fn resume_token(&self) -> Option<ResumeToken> {
        self.link.active().and_then(|active| active.resume)
    }

    /// The terms that the session is played by, once welcomed.
    pub fn terms(&self) -> Option<&Terms<G::Rules>> {
        self.link.active().map(|active| &active.ground.terms)
    }

    /// The ground of the session: what it is played by and on; `None` before the welcome.
    pub fn ground(&self) -> Option<&Ground<G>> {
        self.link.active().map(|active| &active.ground)
    }

    /// The clock of input ticks, once welcomed.
    pub fn clock(&self) -> Option<&Clock> {
        self.link.active().map(|active| &active.clock)
    }

    /// The client's own entity, if it has one and holds it.
    pub fn own(&self) -> Option<EntityId> {
        self.mirror.own()
    }

    /// The tick of the newest state held.
    pub fn tick(&self) -> Tick {
        self.mirror.tick
    }

    /// Entities held, as published at [`tick`](Self::tick), ascending by slot.
    pub fn entities(&self) -> impl Iterator<Item = Held<'_, G>> {
        self.mirror.entities()
    }

    /// The entity with this identity, if it is held.
    pub fn entity(&self, id: EntityId) -> Option<Held<'_, G>> {
        self.mirror.entity(id)
    }

    /// Number of entities held.
    pub fn visible(&self) -> usize {
        self.mirror.len()
    }

    /// Hash of the view, as the server would state it.
    pub fn hash(&self) -> u32 {
        self.mirror.hash()
    }

    /// All entities at the player's present, for a picture at `now`. Corrections are smoothed from each call
    /// to the next, so call it once for each picture.
    ///
    /// In each pass set the input and transmit before this. An input that changes between the picture and
    /// [`poll_transmit`](Self::poll_transmit) is one that the picture has not shown: the tick was predicted by
    /// the input before it, and is corrected when the server tells of it.
    pub fn frame(&mut self, now: Micros) -> Frame<'_, G> {
        let moment = self.link.active().map(|active| PictureMoment {
            ground: &active.ground,
            settings: &self.settings,
            now,
            present: active.present(now),
            age: now.since(active.measure.heard_at),
            silence: active.silence(),
            tick_seconds: active.clock.period().as_seconds() as f32,
        });
        self.picture.frame(&self.mirror, moment)
    }

    /// An entity as the server has it, as it is believed to be, and as it is shown, as of the last frame;
    /// `None` if it is not held.
    pub fn ghosts(&self, id: EntityId) -> Option<Ghosts<G::Entity>> {
        self.picture.ghosts(&self.mirror, id)
    }

    /// The connection's condition at `now`.
    pub fn condition(&self, now: Micros) -> Condition {
        let Some(active) = self.link.active().filter(|_| self.link.report.updates > 0) else {
            return Condition::Joining;
        };
        let silent_for = now.since(active.measure.heard_at);
        if active.is_waking() {
            Condition::CatchingUp
        } else if silent_for > Micros::from_millis(PAUSE_MILLIS) + active.silence() {
            Condition::Stalled { silent_for }
        } else {
            Condition::Playing
        }
    }

    /// The netcode in figures, at `now`.
    pub fn net_stats(&self, now: Micros) -> NetStats {
        let Some(active) = self.link.active() else { return NetStats::default() };
        let (measure, counts) = (&active.measure, &self.picture.counts);
        NetStats {
            condition: self.condition(now),
            ping: measure.ping(),
            jitter: measure.jitter(),
            tick: self.mirror.tick,
            present: active.present(now),
            snapshot_age: now.since(measure.heard_at),
            lead: active.clock.lead(),
            slack: measure.slack(),
            inputs_sent: self.link.report.inputs,
            inputs_starved: measure.starved,
            inputs_skipped: measure.skipped,
            server: self.inputs,
            ticks_predicted: counts.predicted,
            ticks_mispredicted: counts.mispredicted,
            own_corrections: counts.own,
            other_corrections: counts.others,
            interpolation_ticks: self.picture.behind(),
            tick_period: active.clock.period(),
            views_compared: self.hashes,
        }
    }

    pub(crate) const fn link(&self) -> &ClientSide<G> {
        &self.link
    }

    pub(crate) const fn link_mut(&mut self) -> &mut ClientSide<G> {
        &mut self.link
    }

    /// Measurements of the connection.
    pub fn report(&self) -> &Report {
        &self.link.report
    }
}
