//! Cheats who want more shots, or shots that hit more.

use auspice::{Replicate, Rng, Terms, Tick};
use auspice_demo::{Demo, Entity, Event, Input, Level, Rules, Ship, Verdict};
use glam::IVec2;

use crate::pen::Say;
use crate::trial::{Bot, Player, Trial, by_both_terms, empty};

/// Twenty seconds.
const TICKS: u32 = 600;

/// Shots of the gun, of the laser, and missiles that one ship alone fired; and the energy that they took, in units.
fn fire(patience: u32, mut bot: impl Bot) -> ([u32; 3], u32) {
    let mut trial = Trial::new(patience, empty(), 5, 1);
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
    by_both_terms(|patience| {
        for (weapon, trigger) in TRIGGERS.into_iter().enumerate() {
            let (twin, _) = fire(patience, |player: &mut Player, made| vec![player.honest(made, trigger)]);
            assert!(twin[weapon] >= 6, "an honest ship fires: {twin:?}");
            let idle = Input::default();
            let (flicker, _) = fire(patience, |player: &mut Player, made| {
                let input = if made.0.is_multiple_of(2) { trigger } else { idle };
                vec![player.honest(made, input)]
            });
            let (flood, _) = fire(patience, |player: &mut Player, made| {
                let inputs = [idle, trigger].repeat(8);
                vec![Say { newest: made.next(), inputs, ..player.honest(made, trigger) }; 100]
            });
            let (ahead, _) = fire(patience, |player: &mut Player, made| {
                // The next second's triggers at once, in each tick.
                vec![Say { newest: made.plus(30), inputs: vec![trigger; 16], ..player.honest(made, trigger) }]
            });
            println!("weapon {weapon}: twin {twin:?}, flicker {flicker:?}, flood {flood:?}, ahead {ahead:?}");
            for cheat in [flicker, flood, ahead] {
                assert!(
                    (0..3).all(|index| cheat[index] <= twin[index]),
                    "weapon {weapon}: {cheat:?}, the twin {twin:?}"
                );
            }
        }
    });
}

#[test]
fn all_triggers_at_once_take_no_more_energy_than_there_is() {
    by_both_terms(|patience| {
        let rules = Rules::default();
        // What a ship begins with, and what came back in the meantime.
        let budget = rules.energy + rules.recharge * TICKS / 30 + 1;
        let (mut rng, mut held) = (Rng::new(8), Input::default());
        let (shots, energy) = fire(patience, |player: &mut Player, made| {
            // Another mixture each second, all of it three times.
            if made.0.is_multiple_of(30) {
                held = Input { fire: rng.one_in(2), laser: rng.one_in(3), missile: rng.one_in(3), ..Input::default() };
            }
            vec![player.honest(made, held); 3]
        });
        assert!(energy <= budget, "{shots:?} took {energy} of {budget}");
        assert!(shots.iter().all(|&shots| shots > 0), "{shots:?}");
    });
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

/// Ticks for which a shooter knows where its target was: 200 ms back and the longest silence, and the one just made.
const KNOWN: usize = 12;

/// All that a shooter may aim by.
struct Outlook<'a> {
    player: &'a Player,
    own: Ship,
    /// Where its target was in the tick that the server made last, and before that.
    known: &'a [Ship; KNOWN],
    /// The tick that the server made last, and the one that the shooter was told last.
    made: Tick,
    told: Tick,
}

impl Outlook<'_> {
    /// Ticks of which it was not told yet: what it may know of its target is older.
    fn untold(&self) -> usize {
        self.made.since(self.told) as usize
    }

    /// Where the target will be when the next input is judged, by what was true `late` ticks ago.
    fn ahead(&self, late: usize) -> IVec2 {
        self.player.foresee(&self.known[late], late as u32 + 2).position
    }

    /// Where the target was `back` ticks ago, as far as it was told.
    fn shown(&self, back: usize) -> IVec2 {
        self.player.foresee(&self.known[back.max(self.untold())], self.untold().saturating_sub(back) as u32).position
    }
}

/// What a shooter says: it claims to hold a tick.
struct Shot {
    input: Input,
    applied: Tick,
    behind: Option<u32>,
}

/// A shooter in a small world, and one who dodges at random.
fn duel(patience: u32, mut choose: impl FnMut(&Outlook<'_>) -> Shot) -> Duel {
    let rules = Rules {
        size: 700,
        spawn_shield_ms: 0,
        laser_range: 1000,
        laser_energy: 0,
        laser_damage: 0,
        laser_reload_ms: 300,
        ..empty()
    };
    let mut trial = Trial::new(patience, rules, 3, 2);
    let (mut rng, mut dodge, mut past) = (Rng::new(9), Input::default(), Vec::new());
    for _ in 0..3000 {
        if rng.one_in(8) {
            dodge = Input { turn: rng.between(-1, 1) as i8, thrust: rng.one_in(2), ..Input::default() };
        }
        let target = trial.true_ship(1).expect("nothing harms it").1;
        past.insert(0, target);
        past.truncate(KNOWN);
        let known: Option<&[Ship; KNOWN]> = past.as_slice().try_into().ok();
        trial.tick_with(
            |player: &mut Player, made: Tick| {
                let Some(((_, own), known)) = player.foreseen_ship(made).zip(known) else {
                    return vec![player.honest(made, Input::default())];
                };
                let shot = choose(&Outlook { player, own, known, made, told: player.eyes.tick() });
                vec![Say { applied: shot.applied, behind: shot.behind, ..player.honest(made, shot.input) }]
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

/// Turns towards a point, and fires when the ray will pass within a ship's radius of any of those where the
/// server may look.
fn aim(own: &Ship, towards: IVec2, any: &[IVec2]) -> Input {
    let wanted = i32::from(auspice_demo::heading_of((towards - own.position).as_vec2()));
    let off = (wanted - i32::from(own.heading) + 6144).rem_euclid(4096) - 2048;
    let turn = if off.abs() < 45 { 0 } else { off.signum() as i8 };
    let level = Level::from(&Terms::of::<Demo>(Rules { laser_range: 1000, ..empty() }));
    let (from, to) = auspice_demo::laser_ray(&level, own);
    let way = (to - from).as_vec2().normalize_or_zero();
    let meets = |point: &IVec2| {
        way.dot((point - from).as_vec2()) > 0.0 && way.perp_dot((point - from).as_vec2()).abs() < 12.0 * 32.0
    };
    Input { turn, laser: turn == 0 && any.iter().any(meets), ..Input::default() }
}

/// Says what it holds, and shows others as the game would have it.
fn plain(outlook: &Outlook<'_>, input: Input) -> Shot {
    Shot { input, applied: outlook.told, behind: None }
}

/// One that sees what it is told, and says so.
fn honest(outlook: &Outlook<'_>) -> Shot {
    let there = outlook.ahead(outlook.untold());
    plain(outlook, aim(&outlook.own, there, &[there]))
}

/// Whatever a client says of what it sees, the server goes back for it by 200 ms at most, and as long again as news may
/// wait. A machine that aims without fault has two places, not one, at which its ray may meet a target that dodges, if
/// it may choose after the fact what it claims to have seen.
#[test]
fn who_chooses_what_it_claims_to_have_seen_hits_hardly_more_than_one_who_says_what_it_sees() {
    by_both_terms(|patience| {
        let twin = duel(patience, honest);
        let mut said = 0;
        let outlook = duel(patience, |outlook| {
            let late = outlook.shown(3);
            let found = (0..6)
                .map(|back| (back, aim(&outlook.own, late, &[outlook.shown(back)])))
                .find(|(_, input)| input.laser);
            said = found.map_or(said, |(back, _)| back as u32 + 1);
            let input = found.map_or_else(|| aim(&outlook.own, late, &[]), |(_, input)| input);
            Shot { behind: Some(said), ..plain(outlook, input) }
        });
        let mut claimed = Tick(0);
        let stale = duel(patience, |outlook| {
            // Six ticks back at most, and no further than it said before.
            claimed = if claimed == Tick(0) { outlook.told } else { claimed.max(Tick(outlook.told.0 - 6)) };
            let there = outlook.ahead(outlook.untold());
            let old = aim(&outlook.own, there, &[outlook.ahead(outlook.made.since(claimed) as usize)]);
            let new = aim(&outlook.own, there, &[there]);
            if !old.laser && new.laser {
                claimed = outlook.told;
            }
            Shot { applied: claimed, ..plain(outlook, if old.laser { old } else { new }) }
        });
        println!("twin {twin:?}, by how late it shows others {outlook:?}, by what it holds {stale:?}");
        assert!(twin.hits > 250 && twin.hits == twin.shots, "{twin:?}");
        // 200 ms at 30 Hz, and the longest silence.
        let most = 6 + patience * 30 / 1000;
        for cheat in [outlook, stale] {
            assert!(cheat.rewound <= most, "{cheat:?}");
            assert!(cheat.hits * 100 <= twin.hits * HITS_MORE_PERCENT, "{cheat:?}, the twin {twin:?}");
        }
    });
}
