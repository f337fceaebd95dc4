//! [`TapeTwin`]: the twin of a large room, which is saved in its place; and what is to be where there is none.

use std::sync::Arc;

use auspice::Game;

use crate::limits::TWIN_PAUSE;
use crate::operate::metrics::Metrics;
use crate::ticklog::{LookBack, RoomTwin, Saves, TwinFault, Twins};

/// A tape's twin, if its room has one.
pub(super) struct TapeTwin {
    twins: Twins,
    twin: Option<RoomTwin>,
    /// The first tick in which the room may have one.
    not_before: u32,
    /// Ticks for which it has none after some fault.
    pause: u32,
    metrics: Arc<Metrics>,
}

/// News of a keyframe that was ordered.
#[derive(Debug)]
pub(super) enum TwinWord {
    /// There is nothing to know.
    None,
    /// The room as it was after this tick.
    Keyframe(u32, Arc<Vec<u8>>),
    /// There will be none.
    Failed,
}

impl TapeTwin {
    pub(super) fn new(twins: Twins, tick_hz: u32, metrics: Arc<Metrics>) -> Self {
        let pause = (TWIN_PAUSE.as_secs() as u32).saturating_mul(tick_hz);
        Self { twins, twin: None, not_before: 0, pause, metrics }
    }

    /// Has a twin begin with the room as it was saved after `tick`, if that is a large one.
    pub(super) fn begin<G: Game>(&mut self, saves: Saves<G>, look_back: &LookBack, tick: u32) {
        let saved = look_back.last_saved();
        if tick < self.not_before || !self.twins.are_for(saved.len()) {
            return self.end();
        }
        match self.twins.begin(saves, saved) {
            Ok(twin) => self.twin = Some(twin),
            Err(fault) => self.give_up(fault, tick),
        }
    }

    /// The room is not what its twin has heard of, or needs none.
    pub(super) fn end(&mut self) {
        self.twin = None;
    }

    /// Tells it what happened by `tick`.
    pub(super) fn play(&mut self, calls: &[u8], tick: u32) {
        if let Some(Err(fault)) = self.twin.as_ref().map(|twin| twin.play(calls)) {
            self.give_up(fault, tick);
        }
    }

    /// Whether there is one that may be told to be saved.
    pub(super) const fn is_there(&self) -> bool {
        self.twin.is_some()
    }

    /// Orders a keyframe of the room as it is, after `tick`, in this memory. False where there is no twin, or no more.
    pub(super) fn order(&mut self, tick: u32, memory: Vec<u8>) -> bool {
        if let Some(Err(fault)) = self.twin.as_mut().map(|twin| twin.order(tick, memory)) {
            self.give_up(fault, tick);
        }
        self.twin.is_some()
    }

    /// The keyframe that was ordered, if it has come by `tick`; `is_ordered` says that one is waited for.
    pub(super) fn hear(&mut self, tick: u32, is_ordered: bool) -> TwinWord {
        let heard = self.twin.as_mut().map(RoomTwin::hear);
        match heard {
            // One that was given up since says nothing any more.
            None if is_ordered => TwinWord::Failed,
            None | Some(Ok(None)) => TwinWord::None,
            Some(Ok(Some((of, saved)))) => {
                self.metrics.log.twin_keyframes.inc();
                self.metrics.log.keyframe_bytes.set(saved.len() as i64);
                self.grow_to(saved.len(), tick);
                TwinWord::Keyframe(of, Arc::new(saved))
            }
            Some(Err(fault)) => {
                self.give_up(fault, tick);
                if is_ordered { TwinWord::Failed } else { TwinWord::None }
            }
        }
    }

    /// The room is saved as so many bytes by now.
    fn grow_to(&mut self, bytes: usize, tick: u32) {
        if !self.twins.are_for(bytes) {
            return self.end();
        }
        if let Some(Err(fault)) = self.twin.as_mut().map(|twin| twin.grow_to(bytes)) {
            self.give_up(fault, tick);
        }
    }

    /// Goes on without, for a while or for ever.
    fn give_up(&mut self, fault: TwinFault, tick: u32) {
        tracing::warn!(tick, "a large room has no twin, and the tick's own thread saves it: {fault}");
        self.metrics.log.twins_given_up.add(fault.label());
        self.not_before = if fault.is_of_game() { u32::MAX } else { tick.saturating_add(self.pause) };
        self.end();
    }
}
