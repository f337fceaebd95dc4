//! [`LoggedRoomAt`]: the room of a log at any tick, played from the keyframe before it by a thread of its own.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;

use auspice::Game;
use auspice::authority::{Glance, Replay, Room};
use tokio::sync::oneshot;

use super::moment::ShownMoment;
use super::not_shown::NotShown;
use super::tables::Tables;
use super::views::{PastView, StatusView};
use crate::limits::SEEKS_MAX;
use crate::ticklog::{FrameKind, LogSegment, Saves};

/// A log that is looked at: which ticks it has, and who plays it.
pub(crate) struct LoggedRoomAt {
    first: u32,
    last: u32,
    seeks: SyncSender<Seek>,
}

/// Wish to see a tick, and where to.
type Seek = (u32, oneshot::Sender<Result<Arc<ShownMoment>, NotShown>>);

/// A part of the log: a keyframe, or calls.
#[derive(Clone, Debug)]
struct ReelPart {
    is_keyframe: bool,
    tick: u32,
    /// The file, by number, and the bytes in it.
    file: usize,
    payload: Range<usize>,
}

/// A log while it is played to and fro.
struct Reel<G: Game> {
    saves: Saves<G>,
    files: Vec<PathBuf>,
    parts: Vec<ReelPart>,
    /// The file that was read last, by number.
    loaded: Option<(usize, Vec<u8>)>,
    room: Option<Room<G>>,
    replay: Replay,
    /// The tick of its keyframe.
    counted_from: u32,
    /// The first part that was not played yet.
    next: usize,
    glance: Glance,
}

impl LoggedRoomAt {
    /// Opens the log in these files, oldest first, with the tables of its game.
    ///
    /// # Errors
    /// A sentence, where there is nothing to play or no thread to play it.
    pub(crate) fn open<G: Game>(saves: Saves<G>, files: Vec<PathBuf>) -> Result<(Self, Tables), String> {
        let parts = parts_of(&files).map_err(|error| error.to_string())?;
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Err("there is no whole keyframe, so there is nothing to look at".into());
        };
        let (first, last) = (first.tick, last.tick);
        let (seeks, wishes) = sync_channel(SEEKS_MAX);
        let (ready, made) = sync_channel(1);
        let play = move || {
            let mut reel = Reel::new(saves, files, parts);
            let tables = reel.go_to(first).map(|()| reel.room.as_ref().map(|room| Tables::of::<G>(room.terms())));
            let _ = ready.send(tables);
            reel.serve(&wishes);
        };
        Builder::new().name("auspice-replay".into()).spawn(play).map_err(|error| error.to_string())?;
        match made.recv() {
            Ok(Ok(Some(tables))) => Ok((Self { first, last, seeks }, tables)),
            Ok(Err(NotShown::Unplayable(why))) => Err(why),
            _ => Err("the first keyframe cannot be played".into()),
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

/// Parts of all files, from the first keyframe on. Where a run of the server began at an earlier tick than the one
/// before had come to, what it took back is left out.
fn parts_of(files: &[PathBuf]) -> io::Result<Vec<ReelPart>> {
    let mut parts: Vec<ReelPart> = Vec::new();
    for (file, path) in files.iter().enumerate() {
        let Some(segment) = LogSegment::read(fs::read(path)?) else { continue };
        // One that was begun, and has not got as far as the one before it.
        if !segment.has_repeated() && segment.last_tick() <= parts.last().map(|part| part.tick) {
            continue;
        }
        for frame in &segment.frames {
            let is_keyframe = frame.kind == FrameKind::Keyframe;
            if !is_keyframe && (frame.kind != FrameKind::Calls || parts.is_empty()) {
                continue;
            }
            if parts.last().is_some_and(|last| last.tick > frame.tick) {
                parts.truncate(parts.partition_point(|part| part.tick < frame.tick));
            }
            parts.push(ReelPart { is_keyframe, tick: frame.tick, file, payload: frame.payload.clone() });
        }
    }
    Ok(parts)
}

impl<G: Game> Reel<G> {
    fn new(saves: Saves<G>, files: Vec<PathBuf>, parts: Vec<ReelPart>) -> Self {
        let (loaded, room, replay) = (None, None, Replay::lenient());
        Self { saves, files, parts, loaded, room, replay, counted_from: 0, next: 0, glance: Glance::default() }
    }

    /// Fulfils wishes until nobody can have one any more. Bits of updates are those of a second: the room counts them
    /// from the keyframe on.
    fn serve(&mut self, wishes: &Receiver<Seek>) {
        while let Ok((tick, reply)) = wishes.recv() {
            let moment = self.go_to(tick).and_then(|()| {
                let room = self.room.as_ref().ok_or(NotShown::NothingYet)?;
                room.glance(&mut self.glance);
                let ticks = u64::from(room.tick_now().0.saturating_sub(self.counted_from).max(1));
                let tick_hz = u64::from(room.terms().tick_hz);
                self.glance.part_bits.iter_mut().for_each(|bits| *bits = *bits * tick_hz / ticks);
                Ok(Arc::new(ShownMoment::of(&self.glance)))
            });
            let _ = reply.send(moment);
        }
    }

    /// Plays on to `tick`, or from the last keyframe before it.
    fn go_to(&mut self, tick: u32) -> Result<(), NotShown> {
        let end = self.parts.partition_point(|part| part.tick <= tick);
        let keyframe = self.parts[..end].iter().rposition(|part| part.is_keyframe).unwrap_or(0);
        if self.room.is_none() || self.next > end || self.next <= keyframe {
            self.next = keyframe;
        }
        while self.next < end.max(keyframe + 1) {
            let part = self.parts[self.next].clone();
            self.play(&part)?;
            self.next += 1;
        }
        Ok(())
    }

    fn play(&mut self, part: &ReelPart) -> Result<(), NotShown> {
        let saves = self.saves;
        self.load(part.file)?;
        let Some(bytes) = self.loaded.as_ref().and_then(|(_, bytes)| bytes.get(part.payload.clone())) else {
            return Err(NotShown::Unplayable("a file of the log is not as it was".into()));
        };
        if part.is_keyframe {
            let room = (saves.load_as_it_was)(bytes).map_err(|error| NotShown::Unplayable(error.to_string()))?;
            (self.room, self.replay, self.counted_from) = (Some(room), Replay::lenient(), part.tick);
        } else if let Some(room) = &mut self.room {
            let played = (saves.play)(&mut self.replay, room, bytes);
            played.map_err(|error| NotShown::Unplayable(error.to_string()))?;
        }
        Ok(())
    }

    /// Reads a file, unless it was the last one that was read.
    fn load(&mut self, file: usize) -> Result<(), NotShown> {
        if self.loaded.as_ref().is_none_or(|(loaded, _)| *loaded != file) {
            let path = &self.files[file];
            let told = |error| NotShown::Unplayable(format!("{}: {error}", path.display()));
            self.loaded = Some((file, fs::read(path).map_err(told)?));
        }
        Ok(())
    }
}
