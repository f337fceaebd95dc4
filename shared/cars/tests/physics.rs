//! What of a physics engine can be made anew from a row, and what cannot.

use std::time::Instant;

use auspice_cars::bout::Match;
use auspice_cars::chassis::{Chassis, HALF, MetricMotion};
use auspice_cars::hands::Hands;
use auspice_cars::pitch::Pitch;
use glam::{Quat, Vec3};

fn motion(height: f32, velocity: Vec3) -> MetricMotion {
    MetricMotion { position: Vec3::Z * height, velocity, rotation: Quat::IDENTITY, spin: Vec3::new(0.3, 1.0, -0.5) }
}

/// The greatest distance in so many steps between a car in a world that goes on, and the same car in worlds made anew
/// from its motion each four steps.
fn apart(start: &MetricMotion, hands: &Hands, ticks: u32) -> f32 {
    let mut lasting = Pitch::new(5);
    let piece = lasting.put_car_moving(start);
    let (mut chassis, mut anew_chassis, mut anew) = (Chassis::default(), Chassis::default(), *start);
    let mut apart = 0.0_f32;
    for _ in 0..ticks {
        let mut small = Pitch::new(5);
        let own = small.put_car_moving(&anew);
        for _ in 0..4 {
            lasting.drive(piece, &mut chassis, hands);
            lasting.step();
            lasting.limit_spin(piece);
            small.drive(own, &mut anew_chassis, hands);
            small.step();
            small.limit_spin(own);
        }
        anew = small.motion(own);
        let lasted = lasting.motion(piece);
        apart = apart.max(lasted.position.distance(anew.position)).max(lasted.velocity.distance(anew.velocity));
    }
    apart
}

#[test]
fn in_the_air_a_world_made_anew_from_the_motion_goes_on_to_the_bit() {
    let hands = Hands { boost: true, pitch: 0.5, steer: -1.0, ..Hands::default() };
    assert_eq!(apart(&motion(10.0, Vec3::new(8.0, -3.0, 4.0)), &hands, 30), 0.0);
}

#[test]
fn on_its_wheels_a_world_made_anew_goes_on_nearly_the_same() {
    let hands = Hands { throttle: 1.0, steer: 0.4, ..Hands::default() };
    let start = MetricMotion { spin: Vec3::ZERO, ..motion(HALF.z, Vec3::X * 10.0) };
    let apart = apart(&start, &hands, 30);
    println!("after a second on its wheels: {apart} m or m/s at most");
    assert!(apart < 0.05, "{apart}");
}

#[test]
fn a_small_world_takes_no_more_time_than_some_ticks_of_the_servers() {
    let hands = Hands { throttle: 1.0, ..Hands::default() };
    let start = MetricMotion { spin: Vec3::ZERO, ..motion(HALF.z, Vec3::X * 5.0) };
    let mut game = Match::new(5, 1);
    let (mut servers, mut small) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let began = Instant::now();
        (0..4).for_each(|_| game.step());
        servers.push(began.elapsed());
        let began = Instant::now();
        let mut pitch = Pitch::new(5);
        let (own, mut chassis) = (pitch.put_car_moving(&start), Chassis::default());
        for _ in 0..4 {
            pitch.drive(own, &mut chassis, &hands);
            pitch.step();
        }
        small.push(began.elapsed());
    }
    let [servers, small] = [servers, small].map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    println!("a small world's tick takes {:.2} of one of the server's with five bodies", small / servers);
    assert!(small < 10.0 * servers, "{small} s, and {servers} s");
}
