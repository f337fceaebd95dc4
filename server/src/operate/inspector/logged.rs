//! [`LoggedRoomAt`]: the room of a log at any tick, played from the keyframe before it by a thread of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;

use auspice::Game;
use auspice::authority::Glance;
use tokio::sync::oneshot;

use super::moment::ShownMoment;
use super::not_shown::NotShown;
use super::tables::Tables;
use super::views::{PastView, StatusView};
use crate::limits::SEEKS_MAX;
use crate::ticklog::{Reel, Saves};

/// A log that is looked at: which ticks it has, and who plays it.
pub(crate) struct LoggedRoomAt {
    first: u32,
    last: u32,
    seeks: SyncSender<Seek>,
}

/// Wish to see a tick, and where to.
type Seek = (u32, oneshot::Sender<Result<Arc<ShownMoment>, NotShown>>);

impl LoggedRoomAt {
    /// Opens the log in these files, oldest first, with the tables of its game.
    ///
    /// # Errors
    /// A sentence, where there is nothing to play or no thread to play it.
    pub(crate) fn open<G: Game>(saves: Saves<G>, files: Vec<PathBuf>) -> Result<(Self, Tables), String> {
        let mut reel = Reel::open(saves, files)?;
        let (first, last) = (reel.first(), reel.last());
        let (seeks, wishes) = sync_channel(SEEKS_MAX);
        let (ready, made) = sync_channel(1);
        let play = move || {
            let tables = reel.go_to(first).map(|room| Tables::of::<G>(room.terms()));
            let _ = ready.send(tables);
            fulfil(&mut reel, &wishes);
        };
        Builder::new().name("auspice-replay".into()).spawn(play).map_err(|error| error.to_string())?;
        match made.recv() {
            Ok(tables) => tables.map(|tables| (Self { first, last, seeks }, tables)),
            Err(_) => Err("the first keyframe cannot be played".into()),
        }
    }

    /// The room at `tick`, or at the last one.
    pub(super) async fn moment(&self, tick: Option<u32>) -> Result<Arc<ShownMoment>, NotShown> {
        let (reply, answer) = oneshot::channel();
        let tick = tick.unwrap_or(self.last).clamp(self.first, self.last);
        self.seeks.try_send((tick, reply)).map_err(|_| NotShown::NothingYet)?;
        answer.await.map_err(|_| NotShown::Unplayable("the game panicked while the log was played".into()))?
    }

    /// The state of the room in `moment`, as JSON.
    pub(super) fn status(&self, tables: &Tables, moment: &ShownMoment) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&StatusView {
            game: tables.game,
            mode: "log",
            version: env!("CARGO_PKG_VERSION"),
            tick: moment.tick,
            tick_hz: tables.tick_hz,
            players: moment.players.len(),
            away: moment.away(),
            entities: moment.entities,
            past: PastView { first: self.first, last: self.last, moments: None },
            bits: moment.part_bits.iter().map(|&bits| bits as f64).collect(),
            updates: 0.0,
            server: None,
        })
    }
}

/// Fulfils wishes until nobody can have one any more. Bits of updates are those of a second: the room counts them from
/// the keyframe on.
fn fulfil<G: Game>(reel: &mut Reel<G>, wishes: &Receiver<Seek>) {
    let mut glance = Glance::default();
    while let Ok((tick, reply)) = wishes.recv() {
        let shown = reel.go_to(tick).map(|room| {
            room.glance(&mut glance);
            u64::from(room.terms().tick_hz)
        });
        let moment = shown.map_err(NotShown::Unplayable).map(|tick_hz| {
            let ticks = u64::from(glance.tick.0.saturating_sub(reel.counted_from()).max(1));
            glance.part_bits.iter_mut().for_each(|bits| *bits = *bits * tick_hz / ticks);
            Arc::new(ShownMoment::of(&glance))
        });
        let _ = reply.send(moment);
    }
}
