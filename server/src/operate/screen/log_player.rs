//! [`LogPlayer`]: plays a log on a thread of its own, and hands over what its room published at a tick.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::Builder;
use std::time::Duration;

use auspice::authority::Glance;
use auspice::{Events, Game, Terms};

use super::playhead::NextTick;
use crate::ticklog::{Reel, Saves};

/// A tick of the log.
pub(super) struct ShownTick<G: Game> {
    pub(super) glance: Glance,
    /// Events that were told since the one before; none behind a leap.
    pub(super) events: Events<G::Event>,
    /// A sentence about the first tick that was played otherwise than it was.
    pub(super) difference: Option<String>,
}

/// A wish to see a tick, and memory for it.
type TickWish = (NextTick, Glance);

/// A log, and the thread that plays it.
pub(in crate::operate) struct LogPlayer<G: Game> {
    wishes: SyncSender<TickWish>,
    ready: Receiver<Result<ShownTick<G>, String>>,
    is_asked: bool,
}

/// Particulars of a log.
pub(in crate::operate) struct LogAbout<R> {
    pub(in crate::operate) first: u32,
    pub(in crate::operate) last: u32,
    /// The terms that its room was played by, at first.
    pub(in crate::operate) terms: Terms<R>,
    /// Sentences about what is not whole.
    pub(in crate::operate) told: Vec<String>,
}

impl<G: Game> LogPlayer<G> {
    /// Opens the log in these files, oldest first.
    ///
    /// # Errors
    /// A sentence, where there is nothing to play or no thread to play it.
    pub(in crate::operate) fn open(saves: Saves<G>, files: Vec<PathBuf>) -> Result<(Self, LogAbout<G::Rules>), String> {
        let mut reel = Reel::open(saves, files)?;
        reel.keep_events();
        let (first, last, told) = (reel.first(), reel.last(), reel.told().to_vec());
        let terms = reel.go_to(first)?.terms().clone();
        let (wishes, waiting) = sync_channel::<TickWish>(1);
        let (done, ready) = sync_channel(1);
        let play = move || {
            while let Ok((next, memory)) = waiting.recv() {
                if done.send(show(&mut reel, next, memory)).is_err() {
                    return;
                }
            }
        };
        Builder::new().name("auspice-replay".into()).spawn(play).map_err(|error| error.to_string())?;
        Ok((Self { wishes, ready, is_asked: false }, LogAbout { first, last, terms, told }))
    }

    /// Whether a tick is on its way.
    pub(super) const fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Asks for a tick, into this memory, while none is on its way.
    pub(super) fn ask(&mut self, next: NextTick, memory: Glance) {
        // Where the thread has ended, that is told in place of the tick.
        let _ = self.wishes.try_send((next, memory));
        self.is_asked = true;
    }

    /// The tick that was asked for, once it is there, after so long a time at most.
    pub(super) fn take(&mut self, patience: Duration) -> Option<Result<ShownTick<G>, String>> {
        if !self.is_asked {
            return None;
        }
        let ready = if patience.is_zero() {
            self.ready.try_recv().map_err(|error| error == TryRecvError::Empty)
        } else {
            self.ready.recv_timeout(patience).map_err(|error| error == RecvTimeoutError::Timeout)
        };
        if matches!(ready, Err(true)) {
            return None;
        }
        self.is_asked = false;
        Some(ready.unwrap_or_else(|_| Err("the game panicked while the log was played".into())))
    }
}

/// Plays the log to a tick.
fn show<G: Game>(reel: &mut Reel<G>, next: NextTick, memory: Glance) -> Result<ShownTick<G>, String> {
    let mut glance = memory;
    // Files may be missing between two ticks.
    let tick = reel.tick_from(next.tick);
    let room = if next.is_leap { reel.go_to(tick) } else { reel.play_on(tick) };
    room?.glance(&mut glance);
    let events = reel.take_events();
    let events = if next.is_leap { Events::new() } else { events };
    Ok(ShownTick { glance, events, difference: reel.difference().map(|difference| difference.to_string()) })
}
