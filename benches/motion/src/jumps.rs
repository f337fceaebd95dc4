//! Jumps: what moves, from one picture to the next, by more than its own motion explains; as the table of the demo's
//! feel counts them, in space.

use std::collections::HashMap;

use auspice::EntityId;
use auspice::replica::{Frame, Shown};
use glam::{Quat, Vec3};
use serde::Serialize;

use crate::body::{BodyKinds, CENTIMETRES};
use crate::fidelity::{angle, turned};
use crate::playback::Playback;

/// A picture in which something moves by more than this beyond what its motion explains shows a jump: metres.
pub(crate) const JUMP_METRES: f32 = 0.25;
/// The same of a direction: so far does the nose of a body of two metres move.
const JUMP_RADIANS: f32 = 0.25;

/// A thing in a picture.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    place: Vec3,
    /// Least and most of its velocity on each axis in this tick.
    slowest: Vec3,
    fastest: Vec3,
    rotation: Quat,
    /// The faster of its two spins in this tick, radians a second.
    spin: f32,
}

/// A jump of something.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Jump {
    /// The room's tick that was shown.
    pub tick: u32,
    /// The slot of the entity.
    pub slot: u32,
    /// Way beyond what its velocity explains: centimetres.
    pub beyond: f32,
    /// Turn beyond what its spin explains: degrees.
    pub turned_beyond: f32,
}

/// Jumps: what moved in the picture before, and what jumped.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// In ticks.
    present: f64,
    seen: HashMap<EntityId, Sighting>,
    /// Jumps of anything.
    pub jumps: Vec<Jump>,
}

impl Watch {
    /// Looks at a picture, where a tick has so many seconds.
    pub fn look<B: BodyKinds>(&mut self, frame: &Frame<'_, Playback<B>>, tick_seconds: f64, counts: bool) {
        let present = f64::from(frame.tick.0) + f64::from(frame.blend);
        let seconds = ((present - self.present) * tick_seconds) as f32;
        let seen = frame.shown.iter().map(|shown| (shown.id, glimpse(shown, frame.blend))).collect();
        let before = std::mem::replace(&mut self.seen, seen);
        self.present = present;
        if counts {
            let pairs = self.seen.iter().filter_map(|(id, now)| Some((id, before.get(id)?, now)));
            self.jumps.extend(pairs.filter_map(|(id, was, now)| jump(was, now, seconds, frame.tick.0, id.slot)));
        }
    }
}

fn jump(was: &Sighting, now: &Sighting, seconds: f32, tick: u32, slot: u32) -> Option<Jump> {
    let moved = now.place - was.place;
    let explained = moved.clamp(was.slowest.min(now.slowest) * seconds, was.fastest.max(now.fastest) * seconds);
    let beyond = (moved - explained).length();
    let turned = angle(was.rotation, now.rotation) - was.spin.max(now.spin) * seconds;
    let is_one = beyond > JUMP_METRES * CENTIMETRES || turned > JUMP_RADIANS;
    is_one.then_some(Jump { tick, slot, beyond, turned_beyond: turned.max(0.0).to_degrees() })
}

fn glimpse<B: BodyKinds>(shown: &Shown<B>, blend: f32) -> Sighting {
    let (before, after) = (shown.before.into().motion(), shown.after.into().motion());
    Sighting {
        place: before.position.lerp(after.position, blend),
        slowest: before.velocity.min(after.velocity),
        fastest: before.velocity.max(after.velocity),
        rotation: turned(before.rotation, after.rotation, blend),
        spin: before.spin.length().max(after.spin.length()),
    }
}
