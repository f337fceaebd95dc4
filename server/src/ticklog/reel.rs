//! [`Reel`]: a log that is played to and fro, from the keyframe before the tick that is wanted.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use auspice::authority::{Replay, ReplayError, Room};
use auspice::{Events, Game};

use super::frame::{FrameKind, LogSegment};
use super::saves::Saves;

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
pub(crate) struct Reel<G: Game> {
    saves: Saves<G>,
    files: Vec<PathBuf>,
    /// Never none: the first is a keyframe.
    parts: Vec<ReelPart>,
    /// Sentences about what is not whole.
    told: Vec<String>,
    /// The file that was read last, by number.
    loaded: Option<(usize, Vec<u8>)>,
    room: Option<Room<G>>,
    replay: Replay,
    /// Events that were told since somebody took them, if anybody wants them.
    events: Option<Events<G::Event>>,
    /// The tick of its keyframe.
    counted_from: u32,
    /// The first part that was not played yet.
    next: usize,
}

impl<G: Game> Reel<G> {
    /// The log in these files, oldest first, before its first tick was played. Where a run of the server began at an
    /// earlier tick than the one before had come to, what it took back is left out.
    ///
    /// # Errors
    /// A sentence, where a file cannot be read or is another game's, or there is nothing to play.
    pub(crate) fn open(saves: Saves<G>, files: Vec<PathBuf>) -> Result<Self, String> {
        let (mut parts, mut told): (Vec<ReelPart>, Vec<String>) = (Vec::new(), Vec::new());
        for (file, path) in files.iter().enumerate() {
            let name = path.display();
            let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
            let Some(segment) = LogSegment::read(bytes) else {
                told.push(format!("{name} has no whole head"));
                continue;
            };
            segment.head.check::<G>().map_err(|what| format!("{name}: {what}"))?;
            told.extend(segment.told_of::<G>(&name));
            if !segment.has_repeated() && segment.last_tick() <= parts.last().map(|part| part.tick) {
                told.push(format!("{name} was begun, and the one before it tells more"));
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
        if parts.is_empty() {
            return Err("there is no whole keyframe, so there is nothing to look at".into());
        }
        let (loaded, room, replay) = (None, None, Replay::lenient());
        Ok(Self { saves, files, parts, told, loaded, room, replay, events: None, counted_from: 0, next: 0 })
    }

    /// Keeps the events that are told while it is played.
    pub(crate) fn keep_events(&mut self) {
        self.events = Some(Events::new());
        self.room.iter_mut().for_each(Room::keep_events);
    }

    /// The events that were told since the last time, if they are kept.
    pub(crate) fn take_events(&mut self) -> Events<G::Event> {
        let Some(events) = &mut self.events else { return Events::new() };
        self.room.iter_mut().for_each(|room| events.append(&mut room.take_events()));
        std::mem::take(events)
    }

    /// The first tick, which is that of a keyframe.
    pub(crate) fn first(&self) -> u32 {
        self.parts.first().map_or(0, |part| part.tick)
    }

    /// The last tick.
    pub(crate) fn last(&self) -> u32 {
        self.parts.last().map_or(0, |part| part.tick)
    }

    /// The first tick of the log from `tick` on: another one where files are missing.
    pub(crate) fn tick_from(&self, tick: u32) -> u32 {
        let at = self.parts.partition_point(|part| part.tick < tick);
        self.parts.get(at).map_or_else(|| self.last(), |part| part.tick)
    }

    /// Sentences about what is not whole, or is of another build.
    pub(crate) fn told(&self) -> &[String] {
        &self.told
    }

    /// The first tick since the last keyframe that published other things than it did.
    pub(crate) const fn difference(&self) -> Option<ReplayError> {
        self.replay.difference()
    }

    /// The tick of the keyframe that was played from.
    pub(crate) const fn counted_from(&self) -> u32 {
        self.counted_from
    }

    /// Plays on to `tick`, or from the last keyframe before it: the room as it was then.
    ///
    /// # Errors
    /// A sentence, where the log cannot be played as far as there.
    pub(crate) fn go_to(&mut self, tick: u32) -> Result<&mut Room<G>, String> {
        let end = self.parts.partition_point(|part| part.tick <= tick);
        let keyframe = self.parts[..end].iter().rposition(|part| part.is_keyframe).unwrap_or(0);
        if self.room.is_none() || self.next > end || self.next <= keyframe {
            self.next = keyframe;
        }
        self.play_before(end.max(keyframe + 1))
    }

    /// The same, where `tick` comes after the one that was played last, with all that lies between, and is told there:
    /// no keyframe takes the place of what leads to it.
    ///
    /// # Errors
    /// As [`go_to`](Self::go_to).
    pub(crate) fn play_on(&mut self, tick: u32) -> Result<&mut Room<G>, String> {
        let end = self.parts.partition_point(|part| part.tick <= tick);
        if self.room.is_none() || self.next > end { self.go_to(tick) } else { self.play_before(end) }
    }

    /// Plays the parts from the next one to the one before `end`.
    fn play_before(&mut self, end: usize) -> Result<&mut Room<G>, String> {
        while self.next < end {
            let part = self.parts[self.next].clone();
            self.play(&part)?;
            self.next += 1;
        }
        self.room.as_mut().ok_or_else(|| "the first keyframe cannot be played".into())
    }

    fn play(&mut self, part: &ReelPart) -> Result<(), String> {
        let saves = self.saves;
        self.load(part.file)?;
        let Some(bytes) = self.loaded.as_ref().and_then(|(_, bytes)| bytes.get(part.payload.clone())) else {
            return Err("a file of the log is not as it was".into());
        };
        if part.is_keyframe {
            let mut room = (saves.load_as_it_was)(bytes).map_err(|error| error.to_string())?;
            if let Some(events) = &mut self.events {
                self.room.iter_mut().for_each(|before| events.append(&mut before.take_events()));
                room.keep_events();
            }
            (self.room, self.replay, self.counted_from) = (Some(room), Replay::lenient(), part.tick);
        } else if let Some(room) = &mut self.room {
            (saves.play)(&mut self.replay, room, bytes).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Reads a file, unless it was the last one that was read.
    fn load(&mut self, file: usize) -> Result<(), String> {
        if self.loaded.as_ref().is_none_or(|(loaded, _)| *loaded != file) {
            let path = &self.files[file];
            self.loaded = Some((file, fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?));
        }
        Ok(())
    }
}
