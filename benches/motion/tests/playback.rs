//! A recorded world is played as it was recorded.

use std::sync::Arc;

use auspice::replica::PictureSettings;
use auspice_motion::body::Driven;
use auspice_motion::cost;
use auspice_motion::fidelity::TOLERANCE;
use auspice_motion::foresight::Foresight;
use auspice_motion::shown;
use auspice_motion::trace::{BodyKind, BodyState, Recording, TICK_HZ};
use glam::{Quat, Vec3};

/// A car that goes round, and a ball that flies on above it and is another one after a while.
fn recorded(ticks: usize) -> Recording {
    let bodies = |tick: usize| {
        let seconds = tick as f32 / TICK_HZ as f32;
        let (radius, spin) = (1000.0, 1.2);
        let angle = seconds * spin;
        let car = BodyState {
            id: 3,
            kind: BodyKind::Car,
            position: Vec3::new(angle.sin() * radius, -angle.cos() * radius, 17.0),
            velocity: Vec3::new(angle.cos(), angle.sin(), 0.0) * radius * spin,
            rotation: Quat::from_rotation_z(angle),
            spin: Vec3::Z * spin,
            throttle: 255,
            steer: (128 + tick / 30 % 2 * 100) as u8,
            flags: 0,
            is_asleep: false,
        };
        let ball = BodyState {
            id: 7 + tick as u32 / 100,
            kind: BodyKind::Ball,
            position: Vec3::new(0.0, 200.0 * (seconds % (100.0 / 30.0)), 500.0),
            velocity: Vec3::Y * 200.0,
            rotation: Quat::IDENTITY,
            spin: Vec3::ZERO,
            throttle: 128,
            steer: 128,
            ..car
        };
        vec![car, ball]
    };
    Recording { ticks: (0..ticks).map(bodies).collect() }
}

#[test]
fn what_is_held_is_within_the_tolerance_at_every_tick() {
    let trace = Arc::new(recorded(300));
    for foresight in [Foresight::None, Foresight::Gravity] {
        let cost = cost::measure::<Driven>(&trace, foresight).expect("the tables are right");
        assert_eq!((cost.faults.len(), cost.client_ticks), (0, 4 * 270));
        assert_eq!(cost.entities, 2.0);
        assert_eq!(cost.tolerance_missed, 0.0, "{:?}", cost.fidelity);
        let most: Vec<f32> = cost.fidelity.iter().map(|field| field.most).collect();
        assert!(most.iter().zip(TOLERANCE.values()).all(|(most, promised)| *most <= promised), "{most:?}");
        let parts: f64 = cost.parts.iter().map(|part| part.bits).sum();
        assert!(parts <= cost.bytes * 8.0 && parts > cost.bytes * 8.0 - 8.0, "all bits but padding have a part");
    }
}

#[test]
fn what_is_shown_in_the_past_is_what_was_recorded() {
    let trace = Arc::new(recorded(600));
    let past = PictureSettings::default().with_display(Some(auspice::Display::Interpolate));
    let look = shown::measure::<Driven>(&trace, Foresight::None, past).expect("the tables are right");
    assert!(look.cars.p95 < 2.0 && look.delay_ms > 100.0, "{look:?}");
    let usual =
        shown::measure::<Driven>(&trace, Foresight::None, PictureSettings::default()).expect("the tables are right");
    assert!(usual.delay_ms == 0.0 && usual.ahead_ticks > 4.0 && usual.cars.p95 > look.cars.p95, "{usual:?}");
}

#[test]
fn a_written_trace_is_read_as_it_was() {
    let trace = recorded(120);
    let mut file = Vec::new();
    trace.write(&mut file).expect("memory takes it");
    let read = Recording::read(file.as_slice()).expect("it is a trace");
    assert_eq!(read.ticks.len(), 120);
    for (written, read) in trace.ticks.iter().flatten().zip(read.ticks.iter().flatten()) {
        assert!(
            written.position.distance(read.position) < 0.01 && written.rotation.angle_between(read.rotation) < 1e-3
        );
        assert_eq!((written.id, written.kind, written.steer), (read.id, read.kind, read.steer));
    }
}

#[test]
fn countdowns_and_pauses_are_not_played() {
    let mut trace = recorded(90);
    let mut still = trace.ticks[29].clone();
    still.iter_mut().for_each(|body| body.velocity = Vec3::ZERO);
    // A countdown, a few ticks of settling and a countdown; later a pause in which speeds are kept.
    let settling = trace.ticks[40..45].to_vec();
    trace.ticks.splice(30..30, [vec![still.clone(); 50], settling, vec![still; 50]].concat());
    let paused = trace.ticks.last().expect("there are ticks").clone();
    trace.ticks.extend(vec![paused; 20]);
    assert_eq!((trace.ticks.len(), trace.live().ticks.len()), (90 + 105 + 20, 90));
}
