//! Bodies as a player sees them over a network, against the truth of the very moment that the picture claims to show.
//! Its delay stands beside, so that showing the past is no trick.

use std::sync::Arc;

use auspice::error::SetupError;
use auspice::replica::{PictureSettings, Shown};
use auspice::sim::{Client, Link};
use auspice::{Display, EntityId, Micros};
use serde::Serialize;

use crate::body::{BodyMotion, CENTIMETRES, Driven};
use crate::cost::arena;
use crate::fidelity::{angle, turned};
use crate::foresight::Foresight;
use crate::jumps::Watch;
use crate::playback::Playback;
use crate::trace::{Recording, TICK_HZ};

/// Number of clients that look.
const CLIENTS: usize = 2;
/// Not a whole part of a tick, so that pictures meet updates at every phase.
const PICTURE_PERIOD: Micros = Micros(16_400);
/// Ticks until the clocks have settled.
const WARMUP_TICKS: u32 = 150;

/// The network that it is judged by: 40 ms each way, and up to 15 more.
pub const NETWORK: Link = Link {
    delay: Micros::from_millis(40),
    jitter: Micros::from_millis(15),
    stall: Micros(0),
    bytes_per_second: 0,
    is_cut: false,
    losses_in_10_000: 0,
    is_window_kept: false,
};

/// The middle and the bad end of many values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Middle {
    /// Half are at most this.
    pub median: f32,
    /// 95 of 100 are at most this.
    pub p95: f32,
}

impl Middle {
    fn of(mut values: Vec<f32>) -> Self {
        values.sort_by(f32::total_cmp);
        let at = |share: f64| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0);
        Self { median: at(0.5), p95: at(0.95) }
    }
}

/// The look of a recorded world.
#[derive(Clone, Debug, Serialize)]
pub struct Looks {
    /// Bodies of either kind: centimetres from where they were at the moment that is shown.
    pub bodies: Middle,
    /// Cars: centimetres from where they were at the moment that is shown.
    pub cars: Middle,
    /// The same of balls.
    pub balls: Middle,
    /// Cars: degrees.
    pub rotation: Middle,
    /// Corrections of anything, before smoothing: centimetres.
    pub corrections: Middle,
    /// Milliseconds by which pictures are behind the player's present.
    pub delay_ms: f64,
    /// Ticks by which pictures are ahead of the newest state.
    pub ahead_ticks: f64,
    /// Pictures in which something moved by more than its motion explains, for a player and minute.
    pub jumps_a_minute: f64,
    /// Bodies and pictures looked at.
    pub looks: usize,
}

/// Notes on all that was seen.
#[derive(Default)]
struct Seen {
    cars: Vec<f32>,
    balls: Vec<f32>,
    rotations: Vec<f32>,
    corrections: Vec<f32>,
    delay_ticks: f64,
    ahead_ticks: f64,
    pictures: usize,
}

/// Plays `trace`, which is live, over [`NETWORK`], and says what it looked like by `settings`.
///
/// # Errors
/// As [`cost::measure`](crate::cost::measure).
pub fn measure(trace: &Arc<Recording>, foresight: Foresight, settings: PictureSettings) -> Result<Looks, SetupError> {
    let mut arena = arena(trace, foresight, CLIENTS, NETWORK)?;
    let recorded = Playback::of(trace);
    for client in &mut arena.clients {
        client.picture_period = PICTURE_PERIOD;
        client.replica_mut().set_settings(settings);
    }
    let (mut seen, mut watches): (Seen, Vec<Watch>) = (Seen::default(), vec![Watch::default(); CLIENTS]);
    for tick in 1..=trace.ticks.len() as u32 {
        let counts = tick > WARMUP_TICKS;
        arena.step_with(|index, client, now| seen.look(client, now, &recorded, &mut watches[index], counts));
    }
    let tick_ms = 1000.0 / f64::from(arena.room.terms().tick_hz);
    let pictures = seen.pictures.max(1) as f64;
    let minutes = pictures * PICTURE_PERIOD.as_seconds() / 60.0;
    Ok(Looks {
        looks: seen.cars.len() + seen.balls.len(),
        bodies: Middle::of([seen.cars.as_slice(), &seen.balls].concat()),
        cars: Middle::of(seen.cars),
        balls: Middle::of(seen.balls),
        rotation: Middle::of(seen.rotations),
        corrections: Middle::of(seen.corrections),
        delay_ms: seen.delay_ticks / pictures * tick_ms,
        ahead_ticks: seen.ahead_ticks / pictures,
        jumps_a_minute: watches.iter().map(|watch| watch.jumps).sum::<u64>() as f64 / minutes,
    })
}

impl Seen {
    fn look(&mut self, client: &mut Client<Playback>, now: Micros, recorded: &Playback, watch: &mut Watch, counts: bool) {
        let replica = client.replica_mut();
        let Some(period) = replica.clock().map(|clock| clock.period().as_seconds()) else { return };
        let held_at = replica.tick();
        let behind = replica.net_stats(now).interpolation_ticks;
        let settings = *replica.settings();
        let frame = replica.frame(now);
        watch.look(&frame, period, counts);
        if !counts {
            return;
        }
        let is_past = |kind| settings.display(<Driven as auspice::Replicate>::KINDS, kind) == Display::Interpolate;
        for shown in frame.shown {
            let late = if is_past(shown.kind) { behind } else { 0 };
            let tick = frame.tick.0.saturating_sub(late);
            if let Some(truth) = truth(recorded, shown.id, tick, frame.blend) {
                self.compare(shown, frame.blend, &truth);
            }
        }
        self.corrections.extend(frame.corrections.iter().map(|correction| correction.metres * CENTIMETRES));
        self.pictures += 1;
        self.delay_ticks += if is_past(0) { f64::from(behind) } else { 0.0 };
        self.ahead_ticks += f64::from(frame.tick.0) + f64::from(frame.blend) - f64::from(held_at.0);
    }

    fn compare(&mut self, shown: &Shown<Driven>, blend: f32, truth: &BodyMotion) {
        let (before, after) = (shown.before.motion(), shown.after.motion());
        let off = before.position.lerp(after.position, blend).distance(truth.position);
        match shown.before {
            Driven::Ball(_) => self.balls.push(off),
            Driven::Car(_) => {
                self.cars.push(off);
                self.rotations.push(angle(turned(before.rotation, after.rotation, blend), truth.rotation).to_degrees());
            }
        }
    }
}

/// The true motion of an entity, `blend` of the way from a room's tick to the next.
fn truth(recorded: &Playback, id: EntityId, tick: u32, blend: f32) -> Option<BodyMotion> {
    let body = |tick| recorded.bodies(tick).find(|(other, _)| *other == id).map(|(_, body)| BodyMotion::from(body));
    let (from, to) = (body(tick)?, body(tick + 1)?);
    Some(between(&from, &to, blend))
}

/// A motion between two that are a tick apart: a cubic through places and velocities.
fn between(from: &BodyMotion, to: &BodyMotion, blend: f32) -> BodyMotion {
    let seconds = 1.0 / TICK_HZ as f32;
    let (square, cube) = (blend * blend, blend * blend * blend);
    let position = from.position * (2.0 * cube - 3.0 * square + 1.0)
        + to.position * (3.0 * square - 2.0 * cube)
        + from.velocity * ((cube - 2.0 * square + blend) * seconds)
        + to.velocity * ((cube - square) * seconds);
    BodyMotion {
        position,
        velocity: from.velocity.lerp(to.velocity, blend),
        rotation: turned(from.rotation, to.rotation, blend),
        spin: from.spin.lerp(to.spin, blend),
    }
}
