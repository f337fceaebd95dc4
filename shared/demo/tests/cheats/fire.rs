//! Cheats who want more shots, or shots that hit more.

use auspice::{Replicate, Rng, Terms, Tick};
use auspice_demo::{Demo, Entity, Event, Input, Level, Rules, Ship, Verdict};
use glam::IVec2;

use crate::pen::Say;
use crate::trial::{Bot, Player, Trial, empty};

/// Twenty seconds.
const TICKS: u32 = 600;

/// Shots of the gun, of the laser, and missiles that one ship alone fired; and the energy that they took, in units.
fn fire(mut bot: impl Bot) -> ([u32; 3], u32) {
    let mut trial = Trial::new(empty(), 5, 1);
    let (mut seen, mut shots) = (std::collections::BTreeSet::new(), [0; 3]);
    for _ in 0..TICKS {
        trial.tick(&mut bot);
        for (id, entity, _) in trial.room.game().world().entities() {
            let index = match entity {
                Entity::Shot(_) => 0,
                Entity::Missile(_) => 2,
                _ => continue,
            };
            shots[index] += u32::from(seen.insert((id.slot, id.generation, entity.kind())));
        }
    }
    shots[1] = trial.players[0].events.iter().filter(|event| matches!(event, Event::Laser(_))).count() as u32;
    let rules = Rules::default();
    let energy = [rules.shot_energy, rules.laser_energy, rules.missile_energy];
    (shots, shots.iter().zip(energy).map(|(shots, energy)| shots * energy).sum())
}

const TRIGGERS: [Input; 3] = [
    Input { turn: 0, thrust: false, fire: true, laser: false, missile: false },
    Input { turn: 0, thrust: false, fire: false, laser: true, missile: false },
    Input { turn: 0, thrust: false, fire: false, laser: false, missile: true },
];

#[test]
fn a_trigger_that_is_pulled_more_often_fires_no_more_often() {
    for (weapon, trigger) in TRIGGERS.into_iter().enumerate() {
        let (twin, _) = fire(|player: &mut Player, made| vec![player.honest(made, trigger)]);
        assert!(twin[weapon] >= 6, "an honest ship fires: {twin:?}");
        let idle = Input::default();
        let (flicker, _) = fire(|player: &mut Player, made| {
            let input = if made.0.is_multiple_of(2) { trigger } else { idle };
            vec![player.honest(made, input)]
        });
        let (flood, _) = fire(|player: &mut Player, made| {
            let inputs = [idle, trigger].repeat(8);
            vec![Say { newest: made.next(), inputs, ..player.honest(made, trigger) }; 100]
        });
        let (ahead, _) = fire(|player: &mut Player, made| {
            // The next second's triggers at once, in each tick.
            vec![Say { newest: made.plus(30), inputs: vec![trigger; 16], ..player.honest(made, trigger) }]
        });
        println!("weapon {weapon}: twin {twin:?}, flicker {flicker:?}, flood {flood:?}, ahead {ahead:?}");
        for cheat in [flicker, flood, ahead] {
            assert!((0..3).all(|index| cheat[index] <= twin[index]), "weapon {weapon}: {cheat:?}, the twin {twin:?}");
        }
    }
}

#[test]
fn all_triggers_at_once_take_no_more_energy_than_there_is() {
    let rules = Rules::default();
    // What a ship begins with, and what came back in the meantime.
    let budget = rules.energy + rules.recharge * TICKS / 30 + 1;
    let (mut rng, mut held) = (Rng::new(8), Input::default());
    let (shots, energy) = fire(|player: &mut Player, made| {
        // Another mixture each second, all of it three times.
        if made.0.is_multiple_of(30) {
            held = Input { fire: rng.one_in(2), laser: rng.one_in(3), missile: rng.one_in(3), ..Input::default() };
        }
        vec![player.honest(made, held); 3]
    });
    assert!(energy <= budget, "{shots:?} took {energy} of {budget}");
    assert!(shots.iter().all(|&shots| shots > 0), "{shots:?}");
}

/// Of a hundred hits of an honest client with the same aim.
const HITS_MORE_PERCENT: usize = 106;

/// What came of a duel of 100 seconds, with lasers: shots, and hits.
#[derive(Clone, Copy, Debug)]
struct Duel {
    shots: usize,
    hits: usize,
    /// The most ticks that the server went back for a shot.
    rewound: u32,
}

/// A shooter in a small world, and one who dodges at random. `bot` is given where its target is, and where it
/// was up to 8 ticks ago.
fn duel(mut choose: impl FnMut(&[Ship; 9], &Ship) -> Shot) -> Duel {
    let rules = Rules {
        size: 700,
        spawn_shield_ms: 0,
        laser_range: 1000,
        laser_energy: 0,
        laser_damage: 0,
        laser_reload_ms: 300,
        ..empty()
    };
    let mut trial = Trial::new(rules, 3, 2);
    let (mut rng, mut dodge, mut past) = (Rng::new(9), Input::default(), Vec::new());
    let mut claimed = Tick(0);
    for _ in 0..3000 {
        if rng.one_in(8) {
            dodge = Input { turn: rng.between(-1, 1) as i8, thrust: rng.one_in(2), ..Input::default() };
        }
        let target = trial.true_ship(1).expect("nothing harms it").1;
        past.insert(0, target);
        past.truncate(9);
        let known: Option<&[Ship; 9]> = past.as_slice().try_into().ok();
        trial.tick_with(
            |player: &mut Player, made: Tick| {
                let Some(((_, own), known)) = player.ship().zip(known) else {
                    return vec![player.honest(made, Input::default())];
                };
                let shot = choose(known, &own);
                claimed = claimed.max(Tick(player.eyes.tick().0 - shot.applied_late));
                vec![Say { applied: claimed, behind: shot.behind, ..player.honest(made, shot.input) }]
            },
            |_, _| dodge,
        );
    }
    let reports: Vec<_> = trial.players[0]
        .events
        .iter()
        .filter_map(|event| if let Event::Laser(report) = event { Some(report) } else { None })
        .collect();
    let hits = reports.iter().filter(|report| report.verdict == Verdict::Hit).count();
    Duel { shots: reports.len(), hits, rewound: reports.iter().map(|report| report.ticks_rewound).max().unwrap_or(0) }
}

struct Shot {
    input: Input,
    applied_late: u32,
    behind: Option<u32>,
}

/// Turns towards a point, and fires when the ray will pass within a ship's radius of any of those where the
/// server may look.
fn aim(own: &Ship, towards: IVec2, any: &[IVec2]) -> Input {
    let wanted = i32::from(auspice_demo::heading_of((towards - own.position).as_vec2()));
    let off = (wanted - i32::from(own.heading) + 6144).rem_euclid(4096) - 2048;
    let turn = if off.abs() < 45 { 0 } else { off.signum() as i8 };
    let level = Level::from(&Terms::of::<Demo>(Rules { laser_range: 1000, ..empty() }));
    let (from, to) = auspice_demo::laser_ray(&level, own);
    let way = (to - from).as_vec2().normalize_or_zero();
    let meets =
        |point: &IVec2| way.dot((point - from).as_vec2()) > 0.0 && way.perp_dot((point - from).as_vec2()).abs() < 12.0 * 32.0;
    Input { turn, laser: turn == 0 && any.iter().any(meets), ..Input::default() }
}

/// Where the target will be when the next input is judged, by what was true `late` ticks ago.
fn ahead(known: &[Ship; 9], late: usize) -> IVec2 {
    let old = &known[late];
    old.position + old.velocity * (late as i32 + 2) / 30
}

fn plain(input: Input) -> Shot {
    Shot { input, applied_late: 0, behind: None }
}

/// Whatever a client says of what it sees, the server goes back for it by 200 ms at most. A machine that aims
/// without fault has two places, not one, at which its ray may meet a target that dodges, if it may choose
/// after the fact what it claims to have seen.
#[test]
fn who_chooses_what_it_claims_to_have_seen_hits_hardly_more_than_one_who_says_what_it_sees() {
    let twin = duel(|known, own| plain(aim(own, ahead(known, 0), &[ahead(known, 0)])));
    let mut said = 0;
    let outlook = duel(|known, own| {
        let found =
            (0..6).map(|back| (back, aim(own, known[3].position, &[known[back].position]))).find(|(_, input)| input.laser);
        said = found.map_or(said, |(back, _)| back as u32 + 1);
        let input = found.map_or_else(|| aim(own, known[3].position, &[]), |(_, input)| input);
        Shot { behind: Some(said), ..plain(input) }
    });
    let mut waited = 0;
    let stale = duel(|known, own| {
        waited = (waited + 1).min(6);
        let old = aim(own, ahead(known, 0), &[ahead(known, waited)]);
        let new = aim(own, ahead(known, 0), &[ahead(known, 0)]);
        if !old.laser && new.laser {
            waited = 0;
        }
        Shot { applied_late: waited as u32, ..plain(if old.laser { old } else { new }) }
    });
    println!("twin {twin:?}, by how late it shows others {outlook:?}, by what it holds {stale:?}");
    assert!(twin.hits > 250 && twin.hits == twin.shots, "{twin:?}");
    for cheat in [outlook, stale] {
        // 200 ms at 30 Hz.
        assert!(cheat.rewound <= 6, "{cheat:?}");
        assert!(cheat.hits * 100 <= twin.hits * HITS_MORE_PERCENT, "{cheat:?}, the twin {twin:?}");
    }
}
