//! [`restored`]: the room that a log tells of, as a start goes on with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use auspice::Game;
use auspice::authority::{Replay, Room};

use super::room_spec::RoomSpec;
use crate::ticklog::{Head, LoggedRoom, Saves};

/// The room that was found, gone on to its last tick, with everyone away. None, and it is told why, where there is none
/// for this program.
pub(super) fn restored<G: Game>(
    found: &LoggedRoom,
    head: &Head,
    saves: Saves<G>,
    room_spec: &RoomSpec<G>,
) -> Option<Room<G>> {
    found.told.iter().for_each(|sentence| tracing::warn!("the log: {sentence}"));
    if found.head.schema != head.schema {
        tracing::warn!(
            then = found.head.schema,
            now = head.schema,
            "the log is of other field tables: a new world begins"
        );
        return None;
    }
    let load = || match contained(|| (saves.load)(room_spec.terms.clone(), &found.saved)) {
        Some(Ok(room)) => Some(room),
        Some(Err(error)) => {
            tracing::warn!(%error, "the log's last room cannot be loaded: a new world begins");
            None
        }
        None => {
            tracing::warn!("the game panics where the log's last room is loaded: a new world begins");
            None
        }
    };
    let mut room = load()?;
    let is_other_build = found.head.build != head.build;
    if is_other_build && !found.calls.is_empty() && !found.is_ended {
        let last = found.calls.last().map_or(found.saved_at, |(tick, _)| *tick);
        tracing::warn!(
            ticks = last - found.saved_at,
            "another build wrote the log: what came after its last keyframe is lost"
        );
    }
    if !is_other_build {
        room = played(room, load, found, saves)?;
    }
    room.lose_everyone();
    // A tick may have been told before it was written, even where the machine did not fail.
    if !found.is_ended {
        room.skip_events();
    }
    // Whoever watched the room then was told.
    while room.poll_notice().is_some() {}
    room.set_grace(room_spec.grace_ticks);
    room.set_clients_max(room_spec.clients_max);
    tracing::info!(tick = room.tick_now().0, away = room.suspended(), "the room of the log goes on");
    Some(room)
}

/// Plays what happened since the keyframe. What makes the game panic, and what follows that, is left out.
fn played<G: Game>(
    room: Room<G>,
    load: impl Fn() -> Option<Room<G>>,
    found: &LoggedRoom,
    saves: Saves<G>,
) -> Option<Room<G>> {
    let (mut room, mut replay) = (Some(room), Replay::new());
    for (part, (tick, calls)) in found.calls.iter().enumerate() {
        let mut playing = room.take()?;
        let outcome = contained(|| {
            let outcome = (saves.play)(&mut replay, &mut playing, calls);
            (playing, outcome)
        });
        match outcome {
            Some((played, Ok(()))) => room = Some(played),
            Some((played, Err(error))) => {
                tracing::warn!(%error, tick, "the log cannot be played on: the room goes on from there");
                return Some(played);
            }
            None => {
                tracing::warn!(tick, "the game panics at what the log tells: the room goes on from the tick before");
                let (mut again, mut replay) = (load()?, Replay::new());
                for (_, calls) in &found.calls[..part] {
                    (saves.play)(&mut replay, &mut again, calls).ok()?;
                }
                return Some(again);
            }
        }
    }
    room
}

/// Result of something that a game may panic in, or none.
fn contained<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
