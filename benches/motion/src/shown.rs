//! Bodies as a player sees them over a network, against the truth of the very moment that the picture claims to show.
//! Its delay stands beside, so that showing the past is no trick.

use std::sync::Arc;

use auspice::error::SetupError;
use auspice::replica::{PictureSettings, Shown};
use auspice::sim::{Client, Link};
use auspice::{Display, EntityId, Micros};
use serde::Serialize;

use crate::body::{BodyKinds, BodyMotion, CENTIMETRES, Driven};
use crate::bound::{BoundRow, HeldBody, WaysOn};
use crate::causes::{self, Cause, CauseRow};
use crate::cost::arena;
use crate::fidelity::{angle, turned};
use crate::foresight::Foresight;
use crate::jumps::{Jump, Watch};
use crate::middle::Middle;
use crate::playback::Playback;
use crate::trace::{Recording, TICK_HZ};

/// Number of clients that look.
const CLIENTS: usize = 2;
/// Not a whole part of a tick, so that pictures meet updates at every phase.
const PICTURE_PERIOD: Micros = Micros(16_400);
/// Ticks until the clocks have settled.
const WARMUP_TICKS: u32 = 150;

/// The network that it is judged by: 40 ms each way, and up to 15 more.
pub const NETWORK: Link = Link::delayed(Micros::from_millis(40), Micros::from_millis(15));

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
    /// Bodies of either kind: degrees.
    pub turned: Middle,
    /// Corrections of anything, before smoothing: centimetres.
    pub corrections: Middle,
    /// Milliseconds by which pictures are behind the player's present.
    pub delay_ms: f64,
    /// Ticks by which pictures are ahead of the newest state.
    pub ahead_ticks: f64,
    /// Pictures in which something moved by more than its motion explains, for a player and minute.
    pub jumps_a_minute: f64,
    /// Each of them.
    pub jumps: Vec<Jump>,
    /// Bodies and pictures looked at.
    pub looks: usize,
    /// Reasons why cars are off, and why balls are.
    pub causes: [Vec<CauseRow>; 2],
    /// Usual ways to go on from the newest state.
    pub bounds: Vec<BoundRow>,
}

/// Notes on all that was seen.
#[derive(Default)]
struct Seen {
    cars: Vec<(Cause, f32)>,
    balls: Vec<(Cause, f32)>,
    bound: WaysOn,
    /// Whether it is of a car, and degrees.
    rotations: Vec<(bool, f32)>,
    corrections: Vec<f32>,
    delay_ticks: f64,
    ahead_ticks: f64,
    pictures: usize,
}

/// Plays `trace`, which is live, over [`NETWORK`], and says what it looked like by `settings`.
///
/// # Errors
/// As [`cost::measure`](crate::cost::measure).
pub fn measure<B: BodyKinds>(
    trace: &Arc<Recording>,
    foresight: Foresight,
    settings: PictureSettings,
) -> Result<Looks, SetupError> {
    let mut arena = arena::<B>(trace, foresight, CLIENTS, NETWORK)?;
    let recorded: Playback = Playback::of(trace);
    for client in &mut arena.clients {
        client.picture_period = PICTURE_PERIOD;
        client.replica_mut().set_settings(settings);
    }
    let (mut seen, mut watches): (Seen, Vec<Watch>) = (Seen::default(), vec![Watch::default(); CLIENTS]);
    for tick in 1..=trace.ticks.len() as u32 {
        let counts = tick > WARMUP_TICKS;
        arena.step_with(|index, client, now| seen.look((index, client), now, &recorded, &mut watches[index], counts));
    }
    let tick_ms = 1000.0 / f64::from(arena.room.terms().tick_hz);
    let pictures = seen.pictures.max(1) as f64;
    let minutes = pictures * PICTURE_PERIOD.as_seconds() / 60.0;
    Ok(Looks {
        looks: seen.cars.len() + seen.balls.len(),
        causes: [causes::rows(&seen.cars), causes::rows(&seen.balls)],
        bounds: seen.bound.rows(),
        bodies: middle(seen.cars.iter().chain(&seen.balls)),
        cars: middle(seen.cars.iter()),
        balls: middle(seen.balls.iter()),
        rotation: Middle::of(seen.rotations.iter().filter(|turn| turn.0).map(|turn| turn.1).collect()),
        turned: Middle::of(seen.rotations.iter().map(|turn| turn.1).collect()),
        corrections: Middle::of(seen.corrections),
        delay_ms: seen.delay_ticks / pictures * tick_ms,
        ahead_ticks: seen.ahead_ticks / pictures,
        jumps_a_minute: watches.iter().map(|watch| watch.jumps.len()).sum::<usize>() as f64 / minutes,
        jumps: watches.into_iter().flat_map(|watch| watch.jumps).collect(),
    })
}

fn middle<'a>(looks: impl Iterator<Item = &'a (Cause, f32)>) -> Middle {
    Middle::of(looks.map(|look| look.1).collect())
}

impl Seen {
    fn look<B: BodyKinds>(
        &mut self,
        (index, client): (usize, &mut Client<Playback<B>>),
        now: Micros,
        recorded: &Playback,
        watch: &mut Watch,
        counts: bool,
    ) {
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
                let cause = self.note_bound(recorded, (index, shown.id), [held_at.0, tick], frame.blend, &truth);
                self.compare(shown, frame.blend, &truth, cause);
            }
        }
        self.corrections.extend(frame.corrections.iter().map(|correction| correction.metres * CENTIMETRES));
        self.pictures += 1;
        self.delay_ticks += if is_past(0) { f64::from(behind) } else { 0.0 };
        self.ahead_ticks += f64::from(frame.tick.0) + f64::from(frame.blend) - f64::from(held_at.0);
    }

    /// Says what a body did from the newest state, of the room's tick `held`, to the moment that is shown, and notes
    /// how far usual ways to go on would have had it off.
    fn note_bound(
        &mut self,
        recorded: &Playback,
        (client, id): (usize, EntityId),
        [held, tick]: [u32; 2],
        blend: f32,
        truth: &BodyMotion,
    ) -> Cause {
        let Some((_, body)) = recorded.bodies(held).find(|(other, _)| *other == id) else { return Cause::WentOn };
        let (trace, number) = (recorded.trace(), body.id);
        let [held_at, shown_at] = [held, tick + 1].map(Playback::<Driven>::recorded);
        let before = held_at.checked_sub(1).and_then(|before| trace.body(before, number)).copied();
        if tick >= held {
            let held = HeldBody { tick: held, before, body: *body };
            self.bound.add((client, id), held, tick as f32 + blend, truth);
        }
        Cause::of(trace, number, held_at.min(shown_at), shown_at)
    }

    fn compare<B: BodyKinds>(&mut self, shown: &Shown<B>, blend: f32, truth: &BodyMotion, cause: Cause) {
        let kind: Driven = shown.before.into();
        let (before, after) = (kind.motion(), shown.after.into().motion());
        let off = before.position.lerp(after.position, blend).distance(truth.position);
        let is_car = matches!(kind, Driven::Car(_));
        if is_car { &mut self.cars } else { &mut self.balls }.push((cause, off));
        let turn = angle(turned(before.rotation, after.rotation, blend), truth.rotation);
        self.rotations.push((is_car, turn.to_degrees()));
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
