//! Lasers over links with delay: judged by what the shooter's client showed, where each tick is told and where news may
//! wait.

use auspice::replica::PictureSettings;
use auspice::sim::{Arena, Link};
use auspice::state::Display;
use auspice::{Micros, Rng, Terms};
use auspice_demo::{
    Demo, Event, Input, LaserReport, Level, Rules, STEPS_PER_UNIT, Ship, TURN, Verdict, heading_of, laser_ray,
};
use glam::IVec2;

/// Two ships that nothing harms, in a small world.
fn rules() -> Rules {
    Rules {
        size: 700,
        npcs: 0,
        asteroids: 0,
        pickups: 0,
        walls: 0,
        spawn_shield_ms: 0,
        laser_range: 1000,
        laser_energy: 0,
        laser_damage: 0,
        laser_reload_ms: 200,
        ..Rules::default()
    }
}

/// Terms by which every tick is told, and those by which news may wait.
fn both() -> [Terms<Rules>; 2] {
    [Terms::of::<Demo>(rules()).strict(), Terms::of::<Demo>(rules())]
}

/// Where a client's picture showed the other ship at the end of a tick.
struct Picture {
    tick: u32,
    other: IVec2,
}

/// Ann shoots when her picture shows Bob before her nose, and Bob dodges. Her pictures, and what she was told.
fn shoot_out(terms: Terms<Rules>, settings: PictureSettings) -> (Vec<Picture>, Vec<LaserReport>) {
    let link = Link { delay: Micros::from_millis(50), ..Link::default() };
    let mut arena = Arena::<Demo>::new(terms, 3).expect("the demo should be playable");
    for _ in 0..2 {
        arena.connect(link, link).expect("the name should fit");
    }
    arena.clients[0].replica_mut().set_settings(settings);
    arena.steps(90);
    let (mut rng, mut pictures, mut dodge) = (Rng::new(9), Vec::new(), Input::default());
    for _ in 0..9000 {
        let now = arena.now();
        let frame = arena.clients[0].replica_mut().frame(now);
        let tick = frame.tick.0 + 1;
        let ships: Vec<(auspice::EntityId, Ship)> =
            frame.shown.iter().filter_map(|shown| Some((shown.id, *shown.after.as_ship()?))).collect();
        let own = arena.clients[0].replica().own();
        let find = |is_own: bool| ships.iter().find(|(id, _)| (Some(*id) == own) == is_own).map(|(_, ship)| *ship);
        if let (Some(own), Some(other)) = (find(true), find(false)) {
            arena.clients[0].replica_mut().set_input(aim(&own, other.position));
            pictures.push(Picture { tick, other: other.position });
        }
        if rng.one_in(8) {
            dodge = Input { turn: rng.between(-1, 1) as i8, thrust: rng.one_in(2), ..Input::default() };
        }
        arena.clients[1].replica_mut().set_input(dodge);
        arena.step();
    }
    assert_eq!(arena.faults, []);
    let told = arena.clients[0].events.iter().filter_map(|event| match event {
        Event::Laser(report) => Some(report.clone()),
        _ => None,
    });
    let reports = told.collect();
    (pictures, reports)
}

/// Turns to the target, and fires when the ray would pass through its middle.
fn aim(own: &Ship, target: IVec2) -> Input {
    let half = i32::from(TURN) / 2;
    let wanted = i32::from(heading_of((target - own.position).as_vec2()));
    let off = (wanted - i32::from(own.heading) + 3 * half).rem_euclid(2 * half) - half;
    let (from, to) = laser_ray(&Level::from(&Terms::of::<Demo>(rules())), own);
    let way = (to - from).as_vec2().normalize_or_zero();
    let beside = way.perp_dot((target - from).as_vec2()).abs() / STEPS_PER_UNIT as f32;
    let turn = if off.abs() < 45 { 0 } else { off.signum() as i8 };
    Input { turn, laser: turn == 0 && beside < 6.0, ..Input::default() }
}

#[test]
fn a_laser_is_judged_by_what_the_shooter_saw() {
    for terms in both() {
        // What was held may be older by as much as news waits.
        let rewound = 3..=6 + terms.patience();
        let (pictures, reports) = shoot_out(terms, PictureSettings { smoothing: false, ..PictureSettings::default() });
        let (mut judged, mut as_shown) = (0, 0);
        for report in reports.iter().filter(|report| report.target.is_some()) {
            // A clock that drifts leaves out a tick now and then.
            let Some(picture) = pictures.iter().find(|picture| picture.tick == report.tick) else { continue };
            judged += 1;
            as_shown += usize::from(picture.other.to_array() == report.target_seen);
            assert!(rewound.contains(&report.ticks_rewound), "{report:?}");
        }
        println!("{as_shown} of {judged} targets were judged exactly where they were shown");
        assert!(judged > 30, "{judged} of {} lasers", reports.len());
        // News that comes between a picture and the sending of its input moves the target by some steps.
        assert!(as_shown * 10 >= judged * 9, "{as_shown} of {judged}");
    }
}

#[test]
fn who_is_shown_in_the_past_is_hit_there() {
    for terms in both() {
        let hits = |settings: PictureSettings| {
            let (_, reports) = shoot_out(terms.clone(), settings.with_display(Some(Display::Interpolate)));
            let hits = reports.iter().filter(|report| report.verdict == Verdict::Hit).count();
            hits as f32 / reports.len() as f32
        };
        let (with, without) = (
            hits(PictureSettings::default()),
            hits(PictureSettings { compensation: false, ..PictureSettings::default() }),
        );
        println!("hits with compensation {with:.2}, without {without:.2}");
        assert!(with > without + 0.3, "{with:.2} and {without:.2}");
    }
}
