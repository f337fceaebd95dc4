//! Messages that are not what they should be, and too many of those that are.

use auspice::error::{CloseReason, Flood};
use auspice::limits::{COMMANDS_PENDING_MAX, COMMANDS_PER_TICK_MAX};
use auspice::{Rng, Tick};
use auspice_demo::{Event, Input, Rules};

use crate::pen::Say;
use crate::trial::{Player, Trial, by_both_terms, empty};

#[test]
fn a_message_that_says_more_than_an_input_ends_the_connection_and_moves_nobody() {
    by_both_terms(|patience| {
        type Spoil = fn(&mut Vec<u8>);
        let cases: [(&str, Spoil); 3] = [
            ("a place behind the input", |bytes| bytes.extend([0x12, 0x34, 0x56, 0x78])),
            ("an empty byte behind it", |bytes| bytes.push(0)),
            ("half of it", |bytes| bytes.truncate(bytes.len() / 2)),
        ];
        for (what, spoil) in cases {
            let mut trial = Trial::new(patience, empty(), 5, 2);
            let before = trial.true_ship(0);
            let made = trial.room.tick_now();
            let wish = Input { thrust: true, ..Input::default() };
            let player = &mut trial.players[0];
            let say = player.honest(made, wish);
            let mut bytes = player.pen.write(&say);
            spoil(&mut bytes);
            let reason = trial.room.handle_message(player.client, &bytes).expect_err(what);
            assert_eq!(reason.code(), 4000, "{what}: {reason}");
            player.closed = Some(reason);
            assert!(before.is_some());
            trial.tick(|player: &mut Player, made| vec![player.honest(made, wish)]);
            // It is not waited for: a ship that could hide in a broken connection would be one.
            assert_eq!(trial.true_ship(0), None, "{what}");
            assert!(trial.true_ship(1).is_some() && trial.players[1].closed.is_none(), "{what}: the other plays on");
        }
    });
}

#[test]
fn an_input_out_of_its_range_is_no_input() {
    by_both_terms(|patience| {
        // The third value of two bits that a turn has no name for.
        let mut trial = Trial::new(patience, empty(), 5, 1);
        let made = trial.room.tick_now();
        let player = &mut trial.players[0];
        let say = player.honest(made, Input { turn: 2, ..Input::default() });
        let bytes = player.pen.write(&say);
        assert_eq!(trial.room.handle_message(player.client, &bytes).expect_err("there is no such turn").code(), 4000);
    });
}

#[test]
fn who_claims_to_hold_what_was_never_sent_is_closed() {
    by_both_terms(|patience| {
        for ahead in [1, 2, 1000] {
            let mut trial = Trial::new(patience, empty(), 5, 1);
            trial.tick(|player: &mut Player, made| {
                vec![Say { applied: player.eyes.tick().plus(ahead), ..player.honest(made, Input::default()) }]
            });
            assert_eq!(trial.players[0].closed.as_ref().map(CloseReason::code), Some(4000), "{ahead} ticks ahead");
        }
        let mut trial = Trial::new(patience, empty(), 5, 1);
        trial.tick(|player: &mut Player, made| vec![player.honest(made, Input::default())]);
        trial.tick(|player: &mut Player, made| {
            vec![Say { applied: Tick(player.eyes.tick().0 - 2), ..player.honest(made, Input::default()) }]
        });
        assert_eq!(trial.players[0].closed.as_ref().map(CloseReason::code), Some(4000), "what was held is held");
    });
}

/// `Command::Say` of a letter, `Command::Spectate` of a point, `Command::Play`.
const SAY: &[u8] = &[0, 1, b'x'];
const WATCH: &[u8] = &[2, 1, 0, 0];
const PLAY: &[u8] = &[3];

#[test]
fn who_talks_without_end_is_heard_as_often_as_others() {
    by_both_terms(|patience| {
        let heard = |commands: Vec<Vec<u8>>, every: u32| {
            let mut trial = Trial::new(patience, empty(), 5, 2);
            for _ in 0..300 {
                let commands = &commands;
                trial.tick_with(
                    |player: &mut Player, made: Tick| {
                        let commands = if made.0.is_multiple_of(every) { commands.clone() } else { Vec::new() };
                        vec![Say { commands, ..player.honest(made, Input::default()) }]
                    },
                    |_, _| Input::default(),
                );
            }
            assert_eq!(trial.players[0].closed, None);
            let said = |event: &&Event| matches!(event, Event::Said { .. });
            let refused = |event: &&Event| matches!(event, Event::Refused(_));
            (
                trial.players[1].events.iter().filter(said).count(),
                trial.players[0].events.iter().filter(refused).count(),
            )
        };
        let (twin, _) = heard(vec![SAY.to_vec()], 60);
        let (flood, refusals) = heard(vec![SAY.to_vec(); 16], 1);
        println!(
            "heard {flood} times in ten seconds of 4800 sayings, the twin {twin} of 5; told of {refusals} refusals"
        );
        // Three at once, and one every two seconds.
        assert!(twin == 5 && flood <= 3 + 5, "{flood} and {twin}");
        assert!(refusals <= 10, "a flood is not answered with a flood: {refusals}");
    });
}

#[test]
fn more_commands_than_a_player_can_mean_end_the_connection() {
    by_both_terms(|patience| {
        let mut trial = Trial::new(patience, empty(), 5, 1);
        trial.tick(|player: &mut Player, made| {
            let say = |commands: usize| Say {
                commands: vec![PLAY.to_vec(); commands],
                ..player.honest(made, Input::default())
            };
            let waiting = COMMANDS_PENDING_MAX / COMMANDS_PER_TICK_MAX;
            let mut all = vec![say(COMMANDS_PER_TICK_MAX); waiting];
            all.push(say(COMMANDS_PENDING_MAX % COMMANDS_PER_TICK_MAX + 1));
            all
        });
        assert_eq!(trial.players[0].closed, Some(CloseReason::Flooding(Flood::Commands)));
    });
}

#[test]
fn who_changes_between_watching_and_flying_is_whole_and_has_nothing_won() {
    by_both_terms(|patience| {
        // Watching gives up the ship and its score; and no more often than once a second.
        let mut trial = Trial::new(patience, Rules { npcs: 6, ..empty() }, 5, 1);
        let mut rng = Rng::new(1);
        let (mut ships, mut last) = (0, None);
        for _ in 0..300 {
            trial.tick(|player: &mut Player, made| {
                let commands = vec![if rng.one_in(2) { WATCH.to_vec() } else { PLAY.to_vec() }; 8];
                vec![Say { commands, ..player.honest(made, Input::default()) }]
            });
            let now = trial.true_ship(0);
            if let Some((id, ship)) = now
                && last != Some(id)
            {
                (ships, last) = (ships + 1, Some(id));
                assert_eq!(ship.score, 0);
            }
        }
        println!("{ships} ships in ten seconds");
        assert!(ships <= 1 + 300 / 60, "{ships} ships: a second each way");
    });
}
