//! Cheats who want to be elsewhere sooner: what counts is how far the ship flew in ten seconds, and its
//! longest way in a tick.

use auspice::limits::MESSAGES_PER_TICK;
use auspice::{Rng, Tick};
use auspice_demo::{Input, Rules};
use glam::IVec2;

use crate::pen::Say;
use crate::trial::{Bot, Player, Trial, by_both_terms, empty};

/// Ten seconds.
const TICKS: u32 = 300;

/// How a ship flew.
#[derive(Debug, PartialEq)]
struct Flight {
    path: Vec<IVec2>,
    /// All told, in steps.
    distance: f64,
    /// In one tick.
    longest: f64,
}

/// What everyone wants here: straight on at full thrust, which takes nobody to the edge of a world so large.
const WISH: Input = Input { turn: 0, thrust: true, fire: false, laser: false, missile: false };

fn fly(patience: u32, mut bot: impl Bot) -> Flight {
    let mut trial = Trial::new(patience, Rules { size: 16_000, ..empty() }, 5, 1);
    let mut path = Vec::new();
    for _ in 0..TICKS {
        trial.tick(&mut bot);
        let ship = trial.true_ship(0);
        path.extend(ship.map(|(_, ship)| ship.position));
    }
    let ways: Vec<f64> = path.windows(2).map(|pair| (pair[1] - pair[0]).as_dvec2().length()).collect();
    Flight { path, distance: ways.iter().sum(), longest: ways.iter().copied().fold(0.0, f64::max) }
}

fn honest(patience: u32) -> Flight {
    let flight = fly(patience, |player: &mut Player, made| vec![player.honest(made, WISH)]);
    assert!(flight.distance > 50_000.0, "an honest ship flies: {} steps", flight.distance);
    flight
}

/// No way further, and no jump.
fn gains_nothing(patience: u32, cheat: &Flight, what: &str) {
    let twin = honest(patience);
    println!(
        "{what}: {:.0} steps and {:.1} at once; the twin {:.0} and {:.1}",
        cheat.distance, cheat.longest, twin.distance, twin.longest
    );
    assert!(cheat.distance <= twin.distance, "{what}: {} steps, the twin {}", cheat.distance, twin.distance);
    assert!(cheat.longest <= twin.longest, "{what}: {} steps at once, the twin {}", cheat.longest, twin.longest);
}

#[test]
fn more_inputs_for_the_same_ticks_move_nobody_further() {
    by_both_terms(|patience| {
        let many = |messages: usize| {
            fly(patience, |player: &mut Player, made| {
                let say = Say { newest: made.next(), inputs: vec![WISH; 16], ..player.honest(made, WISH) };
                vec![say; messages]
            })
        };
        assert!(many(MESSAGES_PER_TICK as usize) == honest(patience), "the same to the step");
        // With 16 inputs each that are 96,000 wishes a second: a flood, which ends.
        gains_nothing(patience, &many(200), "200 messages a tick");
    });
}

#[test]
fn a_clock_that_runs_fast_moves_nobody_further() {
    by_both_terms(|patience| {
        for speed in [2, 3, 10] {
            let mut newest = None;
            let flight = fly(patience, |player: &mut Player, made| {
                let begin = *newest.get_or_insert(made);
                let to = Tick(begin.0 + speed);
                newest = Some(to);
                vec![Say { newest: to, inputs: vec![WISH; speed as usize], ..player.honest(made, WISH) }]
            });
            gains_nothing(patience, &flight, &format!("time {speed} times as fast"));
        }
    });
}

#[test]
fn a_stamp_of_the_far_future_moves_nobody_further() {
    by_both_terms(|patience| {
        for ahead in [65, 1000, u32::MAX / 2] {
            let flight = fly(patience, |player: &mut Player, made| {
                vec![Say { newest: made.plus(ahead), ..player.honest(made, WISH) }, player.honest(made, WISH)]
            });
            gains_nothing(patience, &flight, &format!("{ahead} ticks ahead"));
        }
    });
}

#[test]
fn what_is_past_cannot_be_played_again_in_another_way() {
    by_both_terms(|patience| {
        let flight = fly(patience, |player: &mut Player, made| {
            // Each message has another story of the last half second: of the tick to come alone it is heard.
            let better = Input { turn: 1, ..WISH };
            let mut inputs = vec![better; 15];
            inputs.push(WISH);
            vec![Say { newest: made.next(), inputs, ..player.honest(made, WISH) }]
        });
        assert!(flight == honest(patience), "the same to the step");
    });
}

#[test]
fn one_who_holds_inputs_back_and_lets_them_go_at_once_gains_nothing() {
    by_both_terms(|patience| {
        for held in [4, 12, 16, 40] {
            let flight = fly(patience, |player: &mut Player, made| {
                if !made.0.is_multiple_of(held) {
                    return Vec::new();
                }
                vec![Say {
                    newest: made.next(),
                    inputs: vec![WISH; held.min(16) as usize],
                    ..player.honest(made, WISH)
                }]
            });
            gains_nothing(patience, &flight, &format!("silent for {held} ticks"));
        }
    });
}

#[test]
fn a_wish_is_repeated_for_half_a_second_and_not_for_ever() {
    by_both_terms(|patience| {
        let mut said = false;
        let flight = fly(patience, |player: &mut Player, made| {
            if std::mem::replace(&mut said, true) {
                return Vec::new();
            }
            vec![player.honest(made, WISH)]
        });
        gains_nothing(patience, &flight, "silent after one wish");
        // Half a second of thrust, and then drag.
        assert!(flight.distance < honest(patience).distance / 4.0, "{} steps", flight.distance);
    });
}

#[test]
fn no_message_says_where_a_ship_is() {
    by_both_terms(|patience| {
        // Whatever bits an input has, they are what is held down: never a place, and never more than full thrust.
        let mut rng = Rng::new(3);
        let flight = fly(patience, |player: &mut Player, made| {
            let mut any = || Input { turn: rng.between(-1, 1) as i8, thrust: rng.one_in(2), ..Input::default() };
            let inputs: Vec<Input> = (0..16).map(|_| any()).collect();
            vec![Say { newest: made.next(), inputs, ..player.honest(made, WISH) }]
        });
        let twin = honest(patience);
        assert!(flight.longest <= twin.longest, "{} steps at once, the twin {}", flight.longest, twin.longest);
        assert!(flight.distance <= twin.distance, "{} steps, the twin {}", flight.distance, twin.distance);
    });
}
