//! Causes: what a body did between the newest state that a client held and the moment that its picture shows, so that
//! what is shown far off can be told by why.

use glam::Vec3;
use serde::Serialize;

use crate::middle::Middle;
use crate::trace::{BodyState, Recording, TICK_HZ};

/// A change of velocity in a tick beyond this is a hit, as in `habits`: centimetres a second.
const HIT: f32 = 200.0;
/// A body that is hit with another one as near was hit by that: centimetres between their middles.
const TOUCHES: f32 = 250.0;
/// A body that goes further in a tick than its velocities before and after explain, by this much, leapt: centimetres.
const LEAP: f32 = 60.0;
/// Ticks before the newest state of which something may still be seen: what is smoothed, and what was learnt to last.
const LATELY_TICKS: usize = 8;
/// Flags of a jump, a dodge and a second jump.
const JUMPS: u8 = 4 | 8 | 16;

/// Why a body may be elsewhere than foreseen; where several are so, the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Cause {
    /// The record has it elsewhere from one tick to the next: what lay between was cut out, or it was put there.
    Leapt,
    /// Another body ran into it, or it into that.
    Struck,
    /// Its driver jumped or dodged.
    Jumped,
    /// Its velocity changed at once for another reason: floor, wall, a landing.
    Hit,
    /// Its driver's hands did something else than before.
    Steered,
    /// Any of these happened shortly before the newest state.
    Lately,
    /// None of these.
    WentOn,
}

/// All causes, with their names.
const CAUSES: [(Cause, &str); 7] = [
    (Cause::Leapt, "leapt in the record"),
    (Cause::Struck, "another body"),
    (Cause::Jumped, "jump or dodge"),
    (Cause::Hit, "floor, wall, landing"),
    (Cause::Steered, "other controls"),
    (Cause::Lately, "one of these shortly before"),
    (Cause::WentOn, "none"),
];

/// Looks of one cause.
#[derive(Clone, Debug, Serialize)]
pub struct CauseRow {
    /// The cause.
    pub cause: &'static str,
    /// Share of all looks.
    pub share: f64,
    /// Share of those that are off by more than 95 of 100 are.
    pub share_of_worst: f64,
    /// Centimetres off.
    pub off: Middle,
}

/// Says by cause how far off bodies were shown: a cause and centimetres for each look.
pub(crate) fn rows(looks: &[(Cause, f32)]) -> Vec<CauseRow> {
    let p95 = Middle::of(looks.iter().map(|look| look.1).collect()).p95;
    let worst = looks.iter().filter(|look| look.1 > p95).count().max(1) as f64;
    let row = |&(cause, name): &(Cause, &'static str)| {
        let of_it: Vec<f32> = looks.iter().filter(|look| look.0 == cause).map(|look| look.1).collect();
        let far = of_it.iter().filter(|off| **off > p95).count() as f64;
        CauseRow {
            cause: name,
            share: of_it.len() as f64 / looks.len().max(1) as f64,
            share_of_worst: far / worst,
            off: Middle::of(of_it),
        }
    };
    CAUSES.iter().map(row).collect()
}

impl Cause {
    /// Says what a body did from the recorded tick `held` to `shown`, which is later.
    pub(crate) fn of(trace: &Recording, id: u32, held: usize, shown: usize) -> Self {
        let in_ticks = |from, to| (from..to).filter_map(|tick| Self::of_tick(trace, id, tick)).min();
        let lately = || in_ticks(held.saturating_sub(LATELY_TICKS), held).filter(|cause| *cause < Self::Steered);
        in_ticks(held, shown).or_else(|| lately().map(|_| Self::Lately)).unwrap_or(Self::WentOn)
    }

    /// Says what it did from a recorded tick to the next.
    fn of_tick(trace: &Recording, id: u32, tick: usize) -> Option<Self> {
        let (before, now) = (trace.body(tick, id)?, trace.body(tick + 1, id)?);
        let explained = (before.velocity + now.velocity) / (2.0 * TICK_HZ as f32);
        if (now.position - before.position - explained).length() > LEAP {
            return Some(Self::Leapt);
        }
        let begins = now.flags & !before.flags;
        let is_hit = before.velocity.distance(now.velocity) > HIT;
        if is_hit && (is_beside(trace, tick, before) || is_beside(trace, tick + 1, now)) {
            return Some(Self::Struck);
        }
        if begins & JUMPS != 0 {
            return Some(Self::Jumped);
        }
        if is_hit {
            return Some(Self::Hit);
        }
        let hands = |body: &BodyState| (body.throttle, body.steer, body.flags);
        (hands(before) != hands(now)).then_some(Self::Steered)
    }
}

fn is_beside(trace: &Recording, tick: usize, body: &BodyState) -> bool {
    let near = |other: Vec3| other.distance(body.position) < TOUCHES;
    trace.ticks[tick].iter().any(|other| other.id != body.id && near(other.position))
}
