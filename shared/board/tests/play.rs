//! What is done at a board, over links with a delay.

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{Micros, Terms};
use auspice_board::limits::{CHAT_CHARS_MAX, MOVES_AT_ONCE_MAX};
use auspice_board::{Board, Command, EDGE_X, Event, Hand, Refusal, SPEED_MAX, STEP};
use glam::{IVec2, Vec2};

use crate::room::{arena, ask, check_all, connect, cursors, draw, line, lines, pieces};

#[test]
fn a_hand_flies_its_cursor_at_once_and_everyone_sees_it() {
    let mut arena = arena(0);
    let (ann, bob) = (connect(&mut arena), connect(&mut arena));
    let own = arena.clients[ann].replica().own().expect("ann plays");
    arena.clients[ann].replica_mut().set_input(Hand { velocity: Vec2::new(100.0, -52.0) });
    arena.steps(50);
    let (_, seen, name) = cursors(&arena, bob).into_iter().find(|(id, ..)| *id == own).expect("bob sees ann");
    assert_eq!((seen.velocity, name.as_str()), (Vec2::new(100.0, -52.0), "player 0"));
    assert!(seen.position.x > 200 && seen.position.y < -100, "{seen:?}");
    check_all(&mut arena);
}

#[test]
fn a_cursor_whose_player_has_lost_its_connection_stands_where_it_was() {
    let mut arena = arena(0);
    let (ann, bob) = (connect(&mut arena), connect(&mut arena));
    let own = arena.clients[ann].replica().own().expect("ann plays");
    arena.clients[ann].replica_mut().set_input(Hand { velocity: Vec2::splat(SPEED_MAX / 20.0) });
    arena.steps(25);
    arena.cut(ann);
    arena.steps(5);
    let of_ann = |arena: &_| cursors(arena, bob).into_iter().find(|(id, ..)| *id == own).expect("it waits for ann").1;
    let there = of_ann(&arena);
    assert!(there.position.x > 200 && (there.position.x as f32) < EDGE_X / STEP, "{there:?}");
    arena.steps(20);
    let after = of_ann(&arena);
    assert_eq!((after.velocity, after.position), (Vec2::ZERO, there.position), "it neither flies on nor jumps");
}

#[test]
fn what_one_draws_all_have_and_only_its_own_is_taken_back() {
    let mut arena = arena(0);
    let (ann, bob) = (connect(&mut arena), connect(&mut arena));
    ask(&mut arena, ann, Command::Take(3, 4));
    draw(&mut arena, ann, 30);
    draw(&mut arena, bob, 5);
    draw(&mut arena, ann, 5);
    for client in [ann, bob] {
        let mut held = pieces(&arena, client);
        held.sort_by_key(|piece| (piece.order, piece.goes_on_from, !piece.goes_on));
        let told: Vec<_> = held.iter().map(|piece| (piece.order, piece.colour, piece.width)).collect();
        assert_eq!(told, [(0, 3, 4), (0, 3, 4), (0, 3, 4), (1, 2, 2), (2, 3, 4)]);
        assert_eq!(held[4].moves()[..6], [IVec2::new(9, -3); 5].into_iter().chain([IVec2::ZERO]).collect::<Vec<_>>());
    }
    ask(&mut arena, bob, Command::Undo);
    ask(&mut arena, bob, Command::Undo);
    ask(&mut arena, ann, Command::Undo);
    arena.steps(10);
    for client in [ann, bob] {
        assert_eq!(pieces(&arena, client).iter().map(|piece| piece.order).collect::<Vec<_>>(), [0; 3]);
    }
    check_all(&mut arena);
}

#[test]
fn strokes_of_whoever_is_gone_stay_until_somebody_wipes_the_board() {
    let mut arena = arena(0);
    arena.is_resumable = false;
    let [ann, bob, carla] = [(); 3].map(|()| connect(&mut arena));
    [ann, bob, carla].into_iter().for_each(|client| draw(&mut arena, client, 3));
    arena.cut(ann);
    arena.steps(10);
    assert_eq!((pieces(&arena, bob).len(), cursors(&arena, bob).len()), (3, 2));
    ask(&mut arena, bob, Command::Wipe);
    arena.steps(10);
    assert_eq!(pieces(&arena, bob).iter().map(|piece| piece.order).collect::<Vec<_>>(), [2], "carla is still there");
    check_all(&mut arena);
}

#[test]
fn whoever_draws_is_told_when_it_is_on_the_board_and_what_is_not() {
    let mut arena = arena(0);
    let ann = connect(&mut arena);
    draw(&mut arena, ann, 4);
    assert_eq!(std::mem::take(&mut arena.clients[ann].events), [Event::Drawn(2)]);
    ask(&mut arena, ann, Command::Begin(0, 0));
    for _ in 0..=MOVES_AT_ONCE_MAX / 400 {
        ask(&mut arena, ann, Command::Go((0..400).map(|number| (9 - 18 * (number % 2) as i8, 0)).collect()));
        arena.step();
    }
    arena.steps(20);
    let told = &arena.clients[ann].events;
    assert!(told.contains(&Event::Refused(Refusal::TooMuch)), "{told:?}");
    assert!(pieces(&arena, ann).len() < 450, "{} pieces", pieces(&arena, ann).len());
    check_all(&mut arena);
}

#[test]
fn what_was_said_in_any_script_is_read_by_whoever_comes_later() {
    let mut arena = arena(0);
    let ann = connect(&mut arena);
    let long = "漢".repeat(CHAT_CHARS_MAX);
    for text in ["grüße", "مرحبا", &long] {
        ask(&mut arena, ann, Command::Say(text.into()));
    }
    arena.steps(10);
    let bob = connect(&mut arena);
    assert_eq!(lines(&arena, bob), ["player 0: grüße", "player 0: مرحبا", &format!("player 0: {long}")]);
    check_all(&mut arena);
}

#[test]
fn another_name_is_seen_on_the_cursor_and_before_what_is_said() {
    let mut arena = arena(0);
    let (ann, bob) = (connect(&mut arena), connect(&mut arena));
    ask(&mut arena, ann, Command::Name("Ἀριάδνη".into()));
    ask(&mut arena, bob, Command::Name("\u{200b}".into()));
    ask(&mut arena, ann, Command::Say("χαῖρε".into()));
    arena.steps(10);
    let mut names: Vec<_> = cursors(&arena, bob).into_iter().map(|(.., name)| name).collect();
    names.sort();
    assert_eq!((names, lines(&arena, bob)), (vec!["player 1".into(), "Ἀριάδνη".into()], vec!["Ἀριάδνη: χαῖρε".into()]));
    check_all(&mut arena);
}

#[test]
fn a_name_of_any_script_is_played_under() {
    let mut room = Room::<Board>::new(Terms::of::<Board>(()), 1, 4).expect("the terms are right");
    let client = room.connect().expect("there is room");
    let mut replica = Replica::<Board>::new(&"漢".repeat(32), "test").expect("the name fits");
    for tick in 0..30 {
        let now = Micros::from_millis(tick * 40);
        while let Some(message) = replica.poll_transmit(now) {
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        while let Outgoing::Message(message) = room.poll_update(client) {
            replica.handle_message(message, now).expect("the room is honest");
        }
    }
    assert!(replica.is_playing());
}

#[test]
fn a_cut_takes_nothing_away_and_what_was_drawn_meanwhile_arrives() {
    let mut arena = arena(300);
    let (ann, bob) = (connect(&mut arena), connect(&mut arena));
    arena.cut(ann);
    draw(&mut arena, bob, 3);
    ask(&mut arena, ann, Command::Begin(7, 7));
    arena.redial(ann, line(20, 0), line(20, 0)).expect("the name fits");
    arena.steps(40);
    for client in [ann, bob] {
        assert_eq!(pieces(&arena, client).len(), 302);
        assert!(pieces(&arena, client).iter().any(|piece| piece.start == IVec2::splat(7)));
    }
    ask(&mut arena, ann, Command::Undo);
    arena.steps(10);
    assert_eq!(pieces(&arena, bob).len(), 301, "it is still ann's own");
    check_all(&mut arena);
}

#[test]
fn a_board_that_was_saved_goes_on_as_if_nothing_had_been() {
    let mut arena = arena(50);
    let players = [(); 3].map(|()| connect(&mut arena));
    for round in 0..60 {
        for client in players {
            let (any, moves) = (arena.rng.below(12), arena.rng.between(1, 40));
            match any {
                0..4 => draw(&mut arena, client, moves as usize),
                4 => ask(&mut arena, client, Command::Undo),
                5 if round % 20 == 9 => ask(&mut arena, client, Command::Wipe),
                6 => ask(&mut arena, client, Command::Say(format!("round {round}"))),
                7 => ask(&mut arena, client, Command::Take(any as u8, 2)),
                _ => {
                    let any = Vec2::new(arena.rng.between(-500, 500) as f32, arena.rng.between(-500, 500) as f32);
                    arena.clients[client].replica_mut().set_input(Hand { velocity: any });
                }
            }
        }
        if round % 10 == 3 {
            arena.keep_twin();
        }
        arena.steps(7);
        assert!(round < 3 || arena.is_like_its_twin(), "round {round}: {:?}", arena.faults);
    }
    check_all(&mut arena);
}
