//! The client's side of a connection: says hello, keeps the clock, writes inputs, and reads the heads of updates.
//!
//! It holds no world. A [`Replica`](crate::replica::Replica) puts one on top; a
//! [`Skim`](crate::replica::Skim) does without.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::active::Active;
use super::carried::{Carried, Numbered};
use super::clock::Clock;
use super::hearing::Hearing;
use super::losses::Losses;
use super::measure::Measure;
use super::spare::{Copies, SpareSide, Stalls};
use crate::bits::{BitReader, BitWriter};
use crate::error::{Misuse, PeerFault, SetupError};
use crate::game::{Cadence, Game, Ground};
use crate::limits::{
    ANSWERED_BYTES, COLUMNS_MAX, INPUTS_PER_MESSAGE_MAX, ROOM_WISH_BYTES_MAX, SERVER_MESSAGE_BYTES_MAX,
    TIMED_INPUTS_MAX, WORDS_PENDING_MAX,
};
use crate::message::{
    ClientWord, Credential, HeadBase, Hello, InputBase, InputHead, NewestInput, UpdateHead, ViewDelay, Welcome,
    control, game_hash, write_blocks,
};
use crate::state::{Layout, Replicate, assert_one_kind};
use crate::tick::{Micros, Tick};

/// A message of the server, as it turned out to be.
pub(crate) enum Heard<'a> {
    Welcome,
    Update(UpdateHead, BitReader<'a>),
    /// A message that says nothing by itself.
    Nothing,
}

/// A client's measurements of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Updates received.
    pub updates: u64,
    /// Bytes of messages received, the welcome included.
    pub payload_bytes_in: u64,
    /// Bytes of messages sent, the hello included.
    pub payload_bytes_out: u64,
    /// Inputs sent.
    pub inputs: u64,
    /// Time from sending an input to the first update that says the server has it; zero before the first.
    pub echo: Micros,
    /// Number of echoes measured: when it grows, [`echo`](Self::echo) is new.
    pub echoes: u64,
    /// Commands and events that were lost with the connection before, of which neither end had kept so many.
    pub lost: u64,
}

enum ClientPhase<G: Game> {
    /// The hello, until it is sent.
    Hello(Vec<u8>),
    /// The hello was sent then.
    Greeting(Micros),
    Active(Box<Active<G>>),
}

pub(crate) struct ClientSide<G: Game> {
    name: String,
    build: String,
    phase: ClientPhase<G>,
    input_layout: Layout,
    numbered: Numbered,
    pub(crate) resync: bool,
    pub(crate) ask_report: bool,
    pub(crate) report: Report,
    /// The server has said that a further welcome is next: it is of another room.
    is_welcome_next: bool,
    /// Messages beside inputs, of which each but an empty one is a word.
    words: VecDeque<Vec<u8>>,
    writer: BitWriter,
    game: PhantomData<fn() -> G>,
}

impl<G: Game> ClientSide<G> {
    pub(crate) fn new(name: &str, build: &str, credential: Credential) -> Result<Self, SetupError> {
        const { assert_one_kind::<G::Input>() };
        let hello = Hello { name: name.to_string(), credential }.write(game_hash::<G>(), build)?;
        Ok(Self {
            name: name.to_string(),
            build: build.to_string(),
            phase: ClientPhase::Hello(hello),
            input_layout: Layout::new::<G::Input>()?,
            numbered: Numbered::default(),
            resync: false,
            ask_report: false,
            report: Report::default(),
            is_welcome_next: false,
            words: VecDeque::new(),
            writer: BitWriter::new(),
            game: PhantomData,
        })
    }

    /// Sets the pace: after `now`, the server's time goes at `percent` of real time.
    pub(crate) fn set_pace(&mut self, now: Micros, percent: u8) {
        if let ClientPhase::Active(active) = &mut self.phase {
            active.clock.set_pace(now, active.tick, active.ground.terms.tick_hz, percent);
            active.losses.forget_times();
        }
    }

    pub(crate) fn active(&self) -> Option<&Active<G>> {
        if let ClientPhase::Active(active) = &self.phase { Some(active) } else { None }
    }

    /// Whether inputs wait until an update tells the time.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.active().is_some_and(Active::is_cut_off)
    }

    pub(crate) fn handle_message<'a>(&mut self, bytes: &'a [u8], now: Micros) -> Result<Heard<'a>, PeerFault> {
        if bytes.len() > SERVER_MESSAGE_BYTES_MAX {
            return Err(PeerFault::TooLarge { bytes: bytes.len(), limit: SERVER_MESSAGE_BYTES_MAX });
        }
        self.report.payload_bytes_in += bytes.len() as u64;
        match &mut self.phase {
            ClientPhase::Hello(_) => Err(PeerFault::OutOfTurn),
            ClientPhase::Greeting(since) => {
                let greeting = now.since(*since);
                self.welcome(bytes, now, greeting)
            }
            ClientPhase::Active(_) if bytes.is_empty() && !self.is_welcome_next => {
                self.is_welcome_next = true;
                Ok(Heard::Nothing)
            }
            ClientPhase::Active(active) if self.is_welcome_next => {
                let ping = active.measure.ping();
                // Nothing of the room before counts any more.
                (self.is_welcome_next, self.resync, self.numbered) = (false, false, Numbered::default());
                let heard = self.welcome(bytes, now, ping)?;
                self.say(&ClientWord::Arrived);
                Ok(heard)
            }
            ClientPhase::Active(active) => {
                let mut reader = BitReader::new(bytes);
                let base = HeadBase::new(active.tick, active.input, Cadence::of(&active.ground.terms));
                let head = UpdateHead::read(&base, &mut reader)?;
                (active.tick, active.input) = (head.tick, head.input);
                active.owes_answer |= bytes.len() >= ANSWERED_BYTES;
                active.note_loss(now);
                active.note_time(now);
                let told_span = active.told_span(&head);
                active.keep_time(&head, told_span, now);
                self.report.updates += 1;
                self.numbered.open();
                if active.woken.is_none() {
                    let lead = told_span.map(|_| active.lead_told(&head).lead);
                    active.measure.heard(now, head.tick, lead, active.clock.period());
                } else {
                    active.measure.woke(now);
                }
                let newest_held = i64::from(head.tick.0) + i64::from(head.input.lead);
                // An update that was not in a hurry tells of it some ticks after it came.
                let told_late = Micros(active.clock.period().0 * u64::from(head.input.age));
                active.woken = active.woken.filter(|stamp| newest_held < i64::from(stamp.0));
                active.is_clock_wrong &= active.woken.is_some();
                while let Some(&(stamp, sent)) = active.timed.front() {
                    if i64::from(stamp.0) > newest_held {
                        break;
                    }
                    active.timed.pop_front();
                    self.report.echo = now.since(sent);
                    self.report.echoes += 1;
                    active.measure.echoed(now, self.report.echo.since(told_late));
                }
                if self.report.echoes > 0 {
                    active.note_stall(now, newest_held, head.input.age);
                }
                Ok(Heard::Update(head, reader))
            }
        }
    }

    /// The first message, or that of another room: all that it takes to follow from there.
    fn welcome<'a>(&mut self, bytes: &'a [u8], now: Micros, greeting: Micros) -> Result<Heard<'a>, PeerFault> {
        let welcome: Welcome<G::Rules> = control::decode(bytes, "the welcome")?;
        if !welcome.terms.are_playable() {
            return Err(PeerFault::BadControl("the welcome"));
        }
        self.numbered.begin(welcome.commands, welcome.event);
        self.phase = ClientPhase::Active(Box::new(Active {
            client: welcome.client,
            resume: welcome.resume,
            clock: Clock::new(welcome.terms.tick_hz, welcome.tick, now, greeting),
            ground: Ground::new(welcome.terms),
            tick: welcome.tick,
            input: NewestInput::NONE,
            base: InputBase::new(welcome.tick, G::Entity::KINDS),
            given: welcome.tick,
            arrived: (i64::MIN, welcome.tick),
            sent_at: now,
            timed: VecDeque::new(),
            measure: Measure::new(now),
            asked_at: now,
            gap: 0.0,
            hearing: Hearing::Well,
            woken: None,
            is_clock_wrong: false,
            is_lost: false,
            stalls: Stalls::default(),
            losses: Losses::default(),
            owes_answer: false,
            spare: None,
        }));
        Ok(Heard::Welcome)
    }

    /// Has a word said, before the next input.
    fn say(&mut self, word: &ClientWord) {
        // One of a bounded text can be encoded.
        if let Ok(bytes) = control::encode(word) {
            self.words.extend([Vec::new(), bytes]);
        }
    }

    /// Asks for another room.
    pub(crate) fn go(&mut self, room: &str) -> Result<(), Misuse> {
        if self.active().is_none() || self.words.len() >= WORDS_PENDING_MAX || room.len() > ROOM_WISH_BYTES_MAX {
            return Err(Misuse::CommandNotTaken);
        }
        self.say(&ClientWord::Go { room: room.to_string() });
        Ok(())
    }

    /// The time at which [`poll_transmit`](Self::poll_transmit) has something next; `None` while it waits for
    /// a message.
    pub(crate) fn next_due(&self) -> Option<Micros> {
        match &self.phase {
            ClientPhase::Hello(_) => Some(Micros(0)),
            ClientPhase::Greeting(_) => None,
            ClientPhase::Active(_) if !self.words.is_empty() => Some(Micros(0)),
            ClientPhase::Active(active) => {
                let input = match active.hearing {
                    _ if active.is_lost => Some(active.sent_at + active.clock.period()),
                    Hearing::Well => Some(active.clock.due(active.given.next())),
                    Hearing::Silent | Hearing::Returning => None,
                };
                input.into_iter().chain(active.word_due()).min()
            }
        }
    }

    /// The next message, if one is due. `input` gives what the player wants for a tick, `view_delay` is how the
    /// client shows the others.
    pub(crate) fn poll_transmit(
        &mut self,
        now: Micros,
        view_delay: ViewDelay,
        input: impl FnMut(Tick) -> G::Input,
    ) -> Option<&[u8]> {
        self.writer.clear();
        match &mut self.phase {
            ClientPhase::Hello(hello) => {
                self.writer.write_bytes(hello);
                self.phase = ClientPhase::Greeting(now);
            }
            ClientPhase::Greeting(_) => return None,
            ClientPhase::Active(_) if !self.words.is_empty() => {
                self.words.pop_front().into_iter().for_each(|word| self.writer.write_bytes(&word));
            }
            ClientPhase::Active(_) => {
                if !self.write_inputs(now, view_delay, input) {
                    return None;
                }
            }
        }
        let message = self.writer.finish();
        self.report.payload_bytes_out += message.len() as u64;
        Some(message)
    }

    /// Writes the inputs up to the present, with all that is to be said beside them. False where nothing is due.
    fn write_inputs(&mut self, now: Micros, view_delay: ViewDelay, input: impl FnMut(Tick) -> G::Input) -> bool {
        let ClientPhase::Active(active) = &mut self.phase else { return false };
        active.note_time(now);
        let newest = Tick(active.present(now) as u32).max(active.given);
        let newest = if active.is_cut_off() { active.given } else { newest };
        let is_word_due = active.word_due().is_some_and(|due| due <= now);
        if newest == active.given && !is_word_due {
            return false;
        }
        // The ticks of a pause are over, and nobody played them.
        let missed = newest.since(active.given);
        let given = missed.min(if active.woken.is_some() { 1 } else { INPUTS_PER_MESSAGE_MAX });
        active.measure.skipped += u64::from(missed - given);
        let unsaid = if given == missed { active.given.since(active.base.newest) } else { 0 };
        let mut rows = [[0; COLUMNS_MAX]; INPUTS_PER_MESSAGE_MAX as usize];
        let rows = &mut rows[..given as usize];
        active.give(newest, rows, input);
        let hurries = active.losses.are_frequent(now) && active.ground.terms.patience() > 0;
        let says_more = self.resync
            || self.ask_report
            || self.numbered.has_due()
            || view_delay != active.base.view_delay
            || hurries != active.base.hurries;
        let says_anew =
            rows.iter().any(|row| *row != active.base.row) || active.woken.is_some() || self.report.inputs == 0;
        if !(says_more || says_anew || is_word_due || active.is_input_due(unsaid + given, given)) {
            return false;
        }
        let unsaid = unsaid.min(INPUTS_PER_MESSAGE_MAX - given);
        let head = InputHead {
            applied: active.tick,
            newest,
            count: unsaid + given,
            resync: core::mem::take(&mut self.resync),
            ask_report: core::mem::take(&mut self.ask_report),
            commands: self.numbered.has_due(),
            view_delay: (view_delay != active.base.view_delay).then_some(view_delay),
            hurries: (hurries != active.base.hurries).then_some(hurries),
        };
        head.write(&active.base, active.ground.terms.longest_silence(), &mut self.writer);
        let kind = self.input_layout.kind(0);
        let before = active.base.row;
        for row in (0..unsaid).map(|_| &before).chain(&*rows) {
            active.base.write_input(kind, row, &mut self.writer);
        }
        (active.base.applied, active.base.newest) = (active.tick, newest);
        (active.base.view_delay, active.base.hurries) = (view_delay, hurries);
        (active.sent_at, active.owes_answer) = (now, false);
        active.clock.sent(given);
        if head.count > 0 && active.timed.len() < TIMED_INPUTS_MAX {
            active.timed.push_back((newest, now));
        }
        if head.commands {
            let due = self.numbered.due();
            let count = due.len();
            write_blocks(due, &mut self.writer);
            self.numbered.note_sent(count);
        }
        self.report.inputs += u64::from(head.count);
        true
    }

    /// Whether inputs get stuck on the way, so that a spare connection helps; never where there is no token to
    /// open one by.
    pub(crate) fn wants_spare(&self, now: Micros) -> bool {
        self.active().is_some_and(|active| active.resume.is_some() && active.stalls.are_frequent(now))
    }

    /// The time at which inputs were last found to be stuck.
    pub(crate) fn stuck_at(&self) -> Option<Micros> {
        self.active()?.stalls.last
    }

    /// The spare connection is there and wants its hello, or is no more.
    pub(crate) fn set_spare(&mut self, is_there: bool) {
        let ClientPhase::Active(active) = &mut self.phase else { return };
        active.clock.set_ahead(0);
        active.spare = active.resume.filter(|_| is_there).and_then(|token| {
            let hello = Hello { name: self.name.clone(), credential: Credential::Spare(token) };
            // What fitted once fits again.
            Some(SpareSide::Hello(hello.write(game_hash::<G>(), &self.build).ok()?))
        });
    }

    /// Takes the server's only word on the spare connection.
    pub(crate) fn handle_spare(&mut self, bytes: &[u8]) -> Result<(), PeerFault> {
        let ClientPhase::Active(active) = &mut self.phase else { return Err(PeerFault::OutOfTurn) };
        let Some(SpareSide::Greeting) = active.spare else { return Err(PeerFault::OutOfTurn) };
        let start: Tick = control::decode(bytes, "the word on a spare connection")?;
        active.spare = Some(SpareSide::Active(Copies::new(InputBase::new(start, G::Entity::KINDS))));
        active.clock.set_ahead(1);
        Ok(())
    }

    /// Whether [`poll_spare`](Self::poll_spare) has something.
    pub(crate) fn is_spare_due(&self) -> bool {
        let Some(active) = self.active() else { return false };
        match &active.spare {
            Some(SpareSide::Hello(_)) => true,
            Some(SpareSide::Active(copies)) => copies.is_due(active.input_silence()),
            Some(SpareSide::Greeting) | None => false,
        }
    }

    /// The next message on the spare connection, if one is due.
    pub(crate) fn poll_spare(&mut self) -> Option<&[u8]> {
        if !self.is_spare_due() {
            return None;
        }
        let ClientPhase::Active(active) = &mut self.phase else { return None };
        self.writer.clear();
        match active.spare.take()? {
            SpareSide::Hello(hello) => {
                self.writer.write_bytes(&hello);
                active.spare = Some(SpareSide::Greeting);
            }
            SpareSide::Greeting => return None,
            SpareSide::Active(mut copies) => {
                copies.write(self.input_layout.kind(0), active.ground.terms.send_every, &mut self.writer);
                active.spare = Some(SpareSide::Active(copies));
            }
        }
        let message = self.writer.finish();
        self.report.payload_bytes_out += message.len() as u64;
        Some(message)
    }

    pub(crate) fn command(&mut self, command: &G::Command) -> Result<(), Misuse> {
        if self.active().is_none() {
            return Err(Misuse::CommandNotTaken);
        }
        self.numbered.add(control::encode(command)?)
    }

    /// An event came: whether it was not heard before, on the connection before this one.
    pub(crate) fn hear_event(&mut self) -> bool {
        self.numbered.hear_event()
    }

    /// All that the player's next connection is to take over; `None` before the welcome.
    pub(crate) fn carry(&self) -> Option<Carried> {
        self.active().map(|active| self.numbered.carry(active.client))
    }

    /// Takes that over, between the welcome and the first update. Events that were heard and not read, encoded.
    pub(crate) fn adopt(&mut self, carried: Carried) -> Vec<(Tick, Vec<u8>)> {
        let ClientPhase::Active(active) = &self.phase else { return Vec::new() };
        let unread = self.numbered.adopt(active.client, carried);
        self.report.lost = self.numbered.lost.into();
        unread
    }
}
