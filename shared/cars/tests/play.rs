//! What players do on the field, over links with a delay.

use auspice::EntityId;
use auspice_cars::hands::Hands;
use auspice_cars::{Entity, Prediction};

use crate::table::Table;

fn own(table: &Table, index: usize) -> auspice_cars::Car {
    let replica = table.arena.clients[index].replica();
    match replica.entity(replica.own().expect("it has a car")).expect("it is held").entity {
        Entity::Car(car) => car,
        other => panic!("{other:?} is no car"),
    }
}

#[test]
fn a_player_takes_a_computers_seat_and_drives_it() {
    let mut table = Table::new(Prediction::default(), 0);
    let ann = table.arena.connect(crate::table::WAY, crate::table::WAY).expect("the name fits");
    table.arena.steps(60);
    let before = own(&table, ann);
    assert!(!before.is_computers && before.throttle == 128, "{before:?}");
    table.arena.clients[ann].replica_mut().set_input(Hands { throttle: 1.0, ..Hands::default() });
    table.arena.steps(30);
    let after = own(&table, ann);
    assert!(after.throttle == 255 && after.velocity.length() > before.velocity.length() + 5.0, "{after:?}");
    let computers = table.arena.clients[ann].replica().entities().filter(|held| match held.entity {
        Entity::Car(car) => car.is_computers,
        _ => false,
    });
    assert_eq!(computers.count(), 3);
}

#[test]
fn players_are_shared_out_to_the_teams_and_who_finds_no_seat_looks_on() {
    let mut table = Table::new(Prediction::default(), 5);
    table.arena.steps(60);
    let slots: Vec<_> = table.arena.clients.iter().map(|client| client.replica().own().map(|id| id.slot)).collect();
    let teams = |second| slots.iter().flatten().filter(|slot| *slot % 2 == u32::from(second)).count();
    assert_eq!((teams(false), teams(true), slots.iter().filter(|slot| slot.is_none()).count()), (2, 2, 1), "{slots:?}");
    assert_eq!(table.arena.clients[4].replica().visible(), 6, "an onlooker sees everything");
}

#[test]
fn a_car_whose_player_has_gone_is_a_computers_again() {
    let mut table = Table::new(Prediction::default(), 2);
    table.arena.is_resumable = false;
    table.arena.steps(30);
    table.arena.cut(0);
    table.arena.steps(30);
    let held = table.arena.clients[1].replica().entities();
    assert_eq!(held.filter(|held| matches!(held.entity, Entity::Car(car) if car.is_computers)).count(), 3);
}

#[test]
fn a_match_has_goals_and_kick_offs_and_all_hold_what_is_published() {
    let mut table = Table::new(Prediction::Nothing, 2);
    table.play(30 * 90);
    let game = &table.arena.room.game().game;
    assert!(game.goals.iter().sum::<u32>() > 0, "{:?}", game.goals);
    assert_eq!(table.arena.faults, []);
    let score = table.arena.clients[0].replica().entity(EntityId::new(0, 0)).expect("everyone sees the score").entity;
    assert!(matches!(score, Entity::Score(score) if u32::from(score.first) == game.goals[0]), "{score:?}");
    table.arena.clients.iter_mut().for_each(|client| client.picture_period = auspice::Micros(0));
    table.arena.calm(30);
    assert!(table.arena.check_all(60));
    assert_eq!(table.arena.faults, []);
}
