//! Rooms are opened: the first, those that players and operators want, and those that a log tells of.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::super::code::RoomCode;
use super::super::entry::{EntrySpec, RoomEnds, RoomEntry, RoomOrigin, stagger};
use super::super::mail::WorkerMail;
use super::super::wish::RoomOptions;
use super::{Rooms, Roster, RosterSpec};
use crate::error::ServeError;
use crate::net::Refusal;
use crate::ticklog::{LogClaim, RoomAbout};

/// Receiver of how it went to make a room.
type Done = SyncSender<Result<(), ServeError>>;

impl Roster {
    /// A roster of one room for so many players, that never ends; and that room's ends.
    ///
    /// # Errors
    /// [`ServeError::System`] where there is no randomness.
    pub(crate) fn of_one(size: usize) -> Result<(Self, RoomEnds), ServeError> {
        let judge = Box::new(|options: &RoomOptions| options.is_empty());
        let roster = Self::new(RosterSpec { rooms_max: 1, size, period: Duration::ZERO, judge });
        let mut rooms = roster.rooms();
        let about = RoomAbout::default();
        let ends = roster.enter(&mut rooms, draw_code()?, about, true, RoomOrigin::New(None), 0);
        drop(rooms);
        Ok((roster, ends))
    }

    /// Makes the first room, which lasts, and waits for that; unless it is there, of a log. In a fleet it is the
    /// [porch](Self::porch_for), and nobody plays there.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub(crate) fn make_first(&self, is_porch: bool) -> Result<(), ServeError> {
        let (done, is_done) = sync_channel(1);
        let mut rooms = self.rooms();
        if rooms.by_code.values().any(|entry| entry.lasts) {
            return Ok(());
        }
        // By its number its log says that it lasts.
        let about = RoomAbout { number: 0, is_private: is_porch, ..RoomAbout::default() };
        self.place(&mut rooms, draw_code()?, about, true, RoomOrigin::New(None), Some(done));
        drop(rooms);
        is_done.recv().unwrap_or_else(|_| Err(ServeError::Panicked("no room was made".into())))
    }

    /// Takes up the room of this code, of which a log tells, with these particulars; in a fleet by a claim. `done` is
    /// told how that went. One without players ends like any other, unless it is the first of this very server.
    ///
    /// # Errors
    /// [`Refusal::Full`] where there are as many as there may be; [`Refusal::Overloaded`] where there is one of that
    /// code.
    pub(crate) fn take_up(
        &self,
        code: RoomCode,
        about: RoomAbout,
        claim: Option<LogClaim>,
        done: Option<Done>,
    ) -> Result<Arc<RoomEntry>, Refusal> {
        let mut rooms = self.rooms();
        self.check_place(&rooms, code)?;
        let lasts = claim.is_none() && about.number == 0;
        Ok(self.place(&mut rooms, code, about, lasts, RoomOrigin::Logged(claim), done))
    }

    /// Begins a room of this code, which somebody else has chosen, and in a fleet its log by a claim. `done` is told
    /// how that went.
    ///
    /// # Errors
    /// As [`take_up`](Self::take_up), and [`Refusal::NoSuchRoom`] for options that the game has not.
    #[cfg_attr(not(any(test, feature = "nats")), expect(dead_code, reason = "a node of a fleet begins rooms so"))]
    pub(crate) fn begin(
        &self,
        code: RoomCode,
        options: RoomOptions,
        is_private: bool,
        claim: Option<LogClaim>,
        done: Option<Done>,
    ) -> Result<Arc<RoomEntry>, Refusal> {
        if !self.is_fit(&options) {
            return Err(Refusal::NoSuchRoom);
        }
        let mut rooms = self.rooms();
        self.check_place(&rooms, code)?;
        let about = RoomAbout { number: rooms.made, is_private, options };
        Ok(self.place(&mut rooms, code, about, false, RoomOrigin::New(claim), done))
    }

    /// Follows the room of this code, which another node plays, by its log, to go on with it. Whoever comes for it
    /// waits.
    ///
    /// # Errors
    /// As [`take_up`](Self::take_up).
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet does"))]
    pub(crate) fn follow(&self, code: RoomCode, about: RoomAbout) -> Result<Arc<RoomEntry>, Refusal> {
        let mut rooms = self.rooms();
        self.check_place(&rooms, code)?;
        let worker = self.idlest();
        let ends = self.enter(&mut rooms, code, about, false, RoomOrigin::Logged(None), worker);
        let entry = Arc::clone(&ends.entry);
        entry.hand_over.set_heir(true);
        entry.stand(true);
        self.send_to(worker, WorkerMail::Follow(ends));
        Ok(entry)
    }

    fn check_place(&self, rooms: &Rooms, code: RoomCode) -> Result<(), Refusal> {
        match () {
            () if rooms.by_code.contains_key(&code) => Err(Refusal::Overloaded),
            () if rooms.by_code.len() >= self.spec.rooms_max => Err(Refusal::Full),
            () => Ok(()),
        }
    }

    /// Makes a room for an operator.
    ///
    /// # Errors
    /// [`Refusal::Full`] where there are as many as there may be, [`Refusal::NoSuchRoom`] for options that the game has
    /// not, [`Refusal::Elsewhere`] in a fleet, which makes rooms itself.
    pub(crate) fn make_room(&self, options: RoomOptions, is_private: bool) -> Result<Arc<RoomEntry>, Refusal> {
        if !self.is_fit(&options) {
            return Err(Refusal::NoSuchRoom);
        }
        self.make_if_few(&mut self.rooms(), options, is_private)
    }

    pub(super) fn make_if_few(
        &self,
        rooms: &mut Rooms,
        options: RoomOptions,
        is_private: bool,
    ) -> Result<Arc<RoomEntry>, Refusal> {
        if self.fleet().is_some() {
            return Err(Refusal::Elsewhere);
        }
        if rooms.by_code.len() >= self.spec.rooms_max {
            return Err(Refusal::Full);
        }
        self.make(rooms, options, is_private).map_err(|_| Refusal::Overloaded)
    }

    pub(super) fn make(
        &self,
        rooms: &mut Rooms,
        options: RoomOptions,
        is_private: bool,
    ) -> Result<Arc<RoomEntry>, ServeError> {
        let number = rooms.made;
        let about = RoomAbout { number, is_private, options };
        Ok(self.place(rooms, draw_code()?, about, number == 0, RoomOrigin::New(None), None))
    }

    /// Has a worker make a room.
    fn place(
        &self,
        rooms: &mut Rooms,
        code: RoomCode,
        about: RoomAbout,
        lasts: bool,
        origin: RoomOrigin,
        done: Option<Done>,
    ) -> Arc<RoomEntry> {
        let worker = self.idlest();
        let ends = self.enter(rooms, code, about, lasts, origin, worker);
        let entry = Arc::clone(&ends.entry);
        self.send_to(worker, WorkerMail::Make(ends, done));
        entry
    }

    /// The worker that has least to do.
    fn idlest(&self) -> usize {
        let workers = self.workers();
        let idlest =
            (0..workers.len()).min_by_key(|&index| (workers[index].load.busy() / 100, workers[index].load.rooms()));
        idlest.unwrap_or_default()
    }

    /// Gives a room to a worker.
    fn send_to(&self, worker: usize, room: WorkerMail) {
        if let Some(post) = self.workers().get(worker) {
            post.load.room_came();
            // A worker that is gone is one of a server that stops.
            let _ = post.mail.send(room);
        }
    }

    fn enter(
        &self,
        rooms: &mut Rooms,
        code: RoomCode,
        about: RoomAbout,
        lasts: bool,
        origin: RoomOrigin,
        worker: usize,
    ) -> RoomEnds {
        let RoomAbout { number, is_private, options } = about;
        rooms.made = rooms.made.max(number.saturating_add(1));
        let size = self.places(&options);
        let spec = EntrySpec { code, number, options, is_private, lasts, size, worker, origin };
        let ends = RoomEntry::open(spec, Instant::now() + self.spec.period.mul_f64(stagger(number)));
        rooms.by_code.insert(code, Arc::clone(&ends.entry));
        ends
    }
}

fn draw_code() -> Result<RoomCode, ServeError> {
    RoomCode::draw().map_err(|error| ServeError::System(std::io::Error::other(error.to_string())))
}
