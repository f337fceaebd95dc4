//! [`TwinThread`]: the thread on which twins of large rooms play what those write down, and are saved in their place;
//! [`RoomTwin`]: a room's end of its twin.
//!
//! To save a room of thousands takes longer than a tick has. Its twin was loaded from the last keyframe, plays the very
//! calls that the log has, and compares what each tick publishes. So the bytes that it is saved as are those that the
//! room would have been saved as, and the tick thread has nothing to do with them.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::Builder;

use auspice::Game;
use auspice::authority::ReplayError;
use auspice::error::LoadError;

use super::played::PlayedRoom;
use super::progress::lock;
use super::saves::Saves;
use crate::limits::{TWIN_ROOM_BYTES_MIN, TWIN_WAITING_BYTES_MAX, TWINS_BYTES_MAX};

/// Twins of a server's rooms: there is a thread while there is a twin.
#[derive(Clone, Debug)]
pub(crate) struct Twins(Arc<TwinsDesk>);

#[derive(Debug)]
struct TwinsDesk {
    thread: Mutex<Weak<TwinThread>>,
    next: AtomicU64,
    /// Bytes that the rooms which have a twin were saved as.
    bytes: Arc<AtomicUsize>,
    /// Bytes that a saved room has at least which has a twin.
    room_bytes_min: usize,
}

/// Reasons for which a room has no twin any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwinFault {
    /// The room is not made again by what was saved of it and what happened since.
    Differs(ReplayError),
    /// The game cannot load what it saved.
    Unloadable,
    /// The game panics there, where the room did not.
    Panicked,
    /// The twin did not come as far in time.
    Behind,
    /// Too much memory for all twins.
    Memory,
    /// There is no thread.
    NoThread,
}

impl TwinFault {
    /// Its name where such are counted, which is one of `TWIN_FAULTS`.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Differs(_) => "differs",
            Self::Unloadable => "unloadable",
            Self::Panicked => "panicked",
            Self::Behind => "behind",
            Self::Memory => "memory",
            Self::NoThread => "no_thread",
        }
    }

    /// Whether the next twin would come to the same.
    pub(crate) const fn is_of_game(self) -> bool {
        matches!(self, Self::Differs(_) | Self::Unloadable | Self::Panicked)
    }
}

impl fmt::Display for TwinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(error) => write!(f, "it is not the same after it was saved and loaded: {error}"),
            Self::Unloadable => f.write_str("the game cannot load what it saved"),
            Self::Panicked => f.write_str("the game panics after it was saved and loaded"),
            Self::Behind => f.write_str("it falls behind"),
            Self::Memory => f.write_str("twins of all rooms would take too much memory"),
            Self::NoThread => f.write_str("there is no thread for it"),
        }
    }
}

/// Something for a twin to do.
enum TwinErrand {
    Begin(MakeTwin, TwinEnds),
    Play(Vec<u8>),
    /// The twin is to be saved as it is, in this memory; the tick is only told again.
    Save(u32, Vec<u8>),
    End,
}

type MakeTwin = Box<dyn FnOnce() -> Result<Box<dyn PlaysTwin>, LoadError> + Send>;

/// A saved room of a tick, or that there will be none.
type TwinNews = Result<(u32, Vec<u8>), TwinFault>;

/// A twin's ends to its room.
struct TwinEnds {
    news: Sender<TwinNews>,
    waiting: Arc<AtomicUsize>,
}

/// A twin, of whatever game.
trait PlaysTwin {
    fn play(&mut self, calls: &[u8]) -> Result<(), ReplayError>;
    fn save(&mut self, memory: Vec<u8>) -> Vec<u8>;
}

impl<G: Game> PlaysTwin for PlayedRoom<G> {
    fn play(&mut self, calls: &[u8]) -> Result<(), ReplayError> {
        Self::play(self, calls)
    }

    fn save(&mut self, memory: Vec<u8>) -> Vec<u8> {
        Self::save(self, memory)
    }
}

/// The thread, which ends when no room has a twin.
#[derive(Debug)]
struct TwinThread {
    errands: Sender<(u64, TwinErrand)>,
}

/// A room's twin. Dropped, it ends.
#[derive(Debug)]
pub(crate) struct RoomTwin {
    id: u64,
    thread: Arc<TwinThread>,
    news: Receiver<TwinNews>,
    /// Bytes that it has not played yet.
    waiting: Arc<AtomicUsize>,
    /// The keyframe that is to come.
    ordered: Option<u32>,
    bytes: usize,
    /// Bytes of all twins.
    all_bytes: Arc<AtomicUsize>,
}

impl Default for Twins {
    fn default() -> Self {
        Self::of_rooms_from(TWIN_ROOM_BYTES_MIN)
    }
}

impl Twins {
    /// Twins of rooms that are saved as so many bytes at least.
    pub(crate) fn of_rooms_from(room_bytes_min: usize) -> Self {
        let (thread, next, bytes) = (Mutex::default(), AtomicU64::new(0), Arc::default());
        Self(Arc::new(TwinsDesk { thread, next, bytes, room_bytes_min }))
    }

    /// Whether a room that was saved as so many bytes has a twin.
    pub(crate) fn are_for(&self, bytes: usize) -> bool {
        bytes >= self.0.room_bytes_min
    }

    /// A twin of a room, as it was saved.
    ///
    /// # Errors
    /// Where there is no memory for it, or no thread.
    pub(crate) fn begin<G: Game>(&self, saves: Saves<G>, saved: Arc<Vec<u8>>) -> Result<RoomTwin, TwinFault> {
        let bytes = saved.len();
        let make = move || -> Result<Box<dyn PlaysTwin>, LoadError> { Ok(Box::new(PlayedRoom::load(saves, &saved)?)) };
        let ((news_to, news), waiting) = (channel(), Arc::default());
        let ends = TwinEnds { news: news_to, waiting: Arc::clone(&waiting) };
        let thread = self.thread().map_err(|_| TwinFault::NoThread)?;
        let (id, all_bytes) = (self.0.next.fetch_add(1, Ordering::Relaxed), Arc::clone(&self.0.bytes));
        let mut twin = RoomTwin { id, thread, news, waiting, ordered: None, bytes: 0, all_bytes };
        twin.grow_to(bytes)?;
        twin.have(TwinErrand::Begin(Box::new(make), ends))?;
        Ok(twin)
    }

    /// The thread that there is, or a new one.
    fn thread(&self) -> io::Result<Arc<TwinThread>> {
        let mut there = lock(&self.0.thread);
        if let Some(thread) = there.upgrade() {
            return Ok(thread);
        }
        let (errands, come) = channel();
        Builder::new().name("auspice-twin".into()).spawn(move || play_twins(&come))?;
        let thread = Arc::new(TwinThread { errands });
        *there = Arc::downgrade(&thread);
        Ok(thread)
    }

    /// Whether there is a thread.
    #[cfg(test)]
    pub(crate) fn is_there(&self) -> bool {
        lock(&self.0.thread).strong_count() > 0
    }
}

impl RoomTwin {
    /// Has it play what the room has written down.
    ///
    /// # Errors
    /// Where too much waits, or it is no more.
    pub(crate) fn play(&self, calls: &[u8]) -> Result<(), TwinFault> {
        let before = self.waiting.fetch_add(calls.len(), Ordering::AcqRel);
        if before + calls.len() > TWIN_WAITING_BYTES_MAX {
            return Err(TwinFault::Behind);
        }
        self.have(TwinErrand::Play(calls.to_vec()))
    }

    /// Orders a keyframe of the room as it is now, after `tick`, in this memory.
    ///
    /// # Errors
    /// Where the last one is not there yet, or it is no more.
    pub(crate) fn order(&mut self, tick: u32, memory: Vec<u8>) -> Result<(), TwinFault> {
        if self.ordered.replace(tick).is_some() {
            return Err(TwinFault::Behind);
        }
        self.have(TwinErrand::Save(tick, memory))
    }

    /// The keyframe that was ordered, if it has come.
    ///
    /// # Errors
    /// Where there will be none.
    pub(crate) fn hear(&mut self) -> Result<Option<(u32, Vec<u8>)>, TwinFault> {
        let (tick, saved) = match self.news.try_recv() {
            Ok(news) => news?,
            Err(TryRecvError::Empty) => return Ok(None),
            Err(TryRecvError::Disconnected) => return Err(TwinFault::Panicked),
        };
        self.ordered = None;
        Ok(Some((tick, saved)))
    }

    /// Counts the bytes that the room is saved as by now.
    ///
    /// # Errors
    /// Where that is too much.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), TwinFault> {
        let all = self.all_bytes.fetch_add(bytes, Ordering::AcqRel) + bytes;
        let before = std::mem::replace(&mut self.bytes, bytes);
        self.all_bytes.fetch_sub(before, Ordering::AcqRel);
        if all - before > TWINS_BYTES_MAX { Err(TwinFault::Memory) } else { Ok(()) }
    }

    fn have(&self, errand: TwinErrand) -> Result<(), TwinFault> {
        self.thread.errands.send((self.id, errand)).map_err(|_| TwinFault::NoThread)
    }
}

impl Drop for RoomTwin {
    fn drop(&mut self) {
        self.all_bytes.fetch_sub(self.bytes, Ordering::AcqRel);
        let _ = self.have(TwinErrand::End);
    }
}

/// Plays all twins, each a part at a time in the order in which those come, until nobody has one.
fn play_twins(errands: &Receiver<(u64, TwinErrand)>) {
    let mut twins: HashMap<u64, (Box<dyn PlaysTwin>, TwinEnds)> = HashMap::new();
    while let Ok((id, errand)) = errands.recv() {
        // One that panicked is thrown away.
        let done = catch_unwind(AssertUnwindSafe(|| run_errand(&mut twins, id, errand)));
        let fault = done.unwrap_or(Err(TwinFault::Panicked)).err();
        let Some((twin, ends)) = fault.and_then(|_| twins.remove(&id)) else { continue };
        // Its room may be no more, or have given it up.
        let _ = ends.news.send(Err(fault.unwrap_or(TwinFault::Panicked)));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(twin)));
    }
}

/// Does something for one twin; nothing for one that is given up.
fn run_errand(
    twins: &mut HashMap<u64, (Box<dyn PlaysTwin>, TwinEnds)>,
    id: u64,
    errand: TwinErrand,
) -> Result<(), TwinFault> {
    match errand {
        TwinErrand::Begin(make, ends) => {
            let made = catch_unwind(AssertUnwindSafe(make)).map_err(|_| TwinFault::Panicked);
            match made.and_then(|made| made.map_err(|_| TwinFault::Unloadable)) {
                Ok(twin) => drop(twins.insert(id, (twin, ends))),
                Err(fault) => drop(ends.news.send(Err(fault))),
            }
        }
        TwinErrand::Play(calls) => {
            let Some((twin, ends)) = twins.get_mut(&id) else { return Ok(()) };
            twin.play(&calls).map_err(TwinFault::Differs)?;
            ends.waiting.fetch_sub(calls.len(), Ordering::AcqRel);
        }
        TwinErrand::Save(tick, memory) => {
            let Some((twin, ends)) = twins.get_mut(&id) else { return Ok(()) };
            let saved = twin.save(memory);
            let _ = ends.news.send(Ok((tick, saved)));
        }
        TwinErrand::End => drop(twins.remove(&id)),
    }
    Ok(())
}
