use super::*;
use crate::limits::PER_ADDRESS;

fn source(text: &str) -> Option<Source> {
    Source::of(text.parse().unwrap())
}

#[test]
fn places_inside_are_given_back() {
    let door = Door::new(2, 0);
    let (first, second) = (door.reserve(None, None), door.reserve(None, None));
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(door.reserve(None, None).unwrap_err(), Refusal::Full);
    drop(first);
    assert!(door.reserve(None, None).is_ok());
}

#[test]
fn a_spare_connection_takes_no_place() {
    let door = Door::new(2, 0);
    let (player, spare) = (door.reserve(None, None).unwrap(), door.reserve(None, None).unwrap());
    spare.errand.give_place_back();
    let other = door.reserve(None, None).unwrap();
    drop(spare);
    assert_eq!(door.reserve(None, None).unwrap_err(), Refusal::Full, "its place is given back once");
    drop((player, other));
    assert!(is_empty(&door));
}

#[test]
fn an_address_has_its_own_places() {
    let door = Door::new(100, 2);
    let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
    let first = door.reserve(here, None);
    let second = door.reserve(here, None);
    assert_eq!(door.reserve(here, None).unwrap_err(), Refusal::AddressFull);
    assert!(door.reserve(there, None).is_ok() && door.reserve(None, None).is_ok());
    assert_eq!(door.judge_stranger(here, None), Err(Refusal::AddressFull));
    assert_eq!(door.judge_stranger(there, Some(Refusal::Stopping)), Err(Refusal::Stopping));
    assert_eq!(door.judge_stranger(there, None), Ok(()), "and takes no place");
    drop(first);
    assert!(door.reserve(here, None).is_ok());
    drop(second);
    assert!(lock(&door.inside).by_source.is_empty());
    assert_eq!(lock(&door.inside).clients, 0);
}

#[test]
fn without_a_limit_an_address_has_all_places() {
    let door = Door::new(100, 0);
    let admissions: Vec<_> = (0..100).map(|_| door.reserve(source("192.0.2.1"), None).unwrap()).collect();
    assert_eq!(door.reserve(source("192.0.2.1"), None).unwrap_err(), Refusal::Full);
    let now = Instant::now();
    assert!((0..1000).all(|_| door.knock(source("192.0.2.1"), now).is_ok()));
    drop(admissions);
}

#[test]
fn a_household_is_one_address_and_this_machine_none() {
    assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
    assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
    assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    for here in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(source(here), None, "{here}");
    }
}

#[test]
fn who_knocks_too_often_is_told_so_until_later() {
    let (door, start) = (Door::new(1000, 16), Instant::now());
    let here = source("192.0.2.1");
    assert!((0..20).all(|_| door.knock(here, start).is_ok()));
    assert_eq!(door.knock(here, start).unwrap_err(), Refusal::TooOften);
    assert!(door.knock(source("192.0.2.2"), start).is_ok());
    assert!(door.knock(here, start + CONNECTS_INTERVAL / 20).is_ok());
    assert_eq!(door.knock(here, start + CONNECTS_INTERVAL / 20).unwrap_err(), Refusal::TooOften);
}

#[test]
fn an_address_with_seats_may_knock_more_often_for_as_long_as_they_are_kept() {
    let (door, start) = (Door::new(1000, 16), Instant::now());
    let here = source("192.0.2.1");
    let kept: Vec<_> = (0..16).map(|_| door.keep(here)).collect();
    let more = 16 * CONNECTS_PER_SEAT;
    assert!((0..20 + more).all(|_| door.knock(here, start).is_ok()));
    assert_eq!(door.knock(here, start).unwrap_err(), Refusal::TooOften);
    drop(kept);
    let later = start + CONNECTS_INTERVAL;
    assert!((0..20).all(|_| door.knock(here, later).is_ok()));
    assert_eq!(door.knock(here, later).unwrap_err(), Refusal::TooOften);
}

#[test]
fn where_nobody_is_let_in_there_are_ways_back_for_each_seat_until_their_hellos_are_judged() {
    let door = Door::new(100, 16);
    let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
    let kept = door.keep(here);
    let dial = |source| door.reserve(source, Some(Refusal::Stopping));
    let mut dials: Vec<_> = (0..RETURNS_PER_SEAT).map(|_| dial(here).unwrap()).collect();
    assert_eq!(dial(here).unwrap_err(), Refusal::Stopping);
    assert_eq!(dial(there).unwrap_err(), Refusal::Stopping);
    assert_eq!(dials[0].errand.closed(), None, "there would be a place, were anybody let in");
    dials[0].errand = Errand::default();
    dials.push(dial(here).unwrap());
    assert_eq!(dial(here).unwrap_err(), Refusal::Stopping);
    drop((dials, kept));
    assert_eq!(dial(here).unwrap_err(), Refusal::Stopping);
    assert!(door.reserve(here, None).is_ok());
    assert!(is_empty(&door));
}

#[test]
fn a_few_of_any_address_may_be_on_their_way_back_while_somebody_is_away() {
    let door = Door::new(100, 16);
    let dial = |number: u8| door.reserve(Source::of([192, 0, 2, number].into()), Some(Refusal::Overloaded));
    assert_eq!(dial(0).unwrap_err(), Refusal::Overloaded);
    let mut away = door.away_players();
    away.set(1);
    let dials: Vec<_> = (0..100).map_while(|number| dial(number).ok()).collect();
    assert_eq!(dials.len(), RETURNS_FROM_ANYWHERE_MAX as usize);
    drop(dials);
    assert!(dial(0).is_ok());
    away.set(0);
    assert_eq!(dial(0).unwrap_err(), Refusal::Overloaded);
    assert!(is_empty(&door));
}

#[test]
fn those_of_an_address_who_lost_their_connections_unnoticed_get_as_far_as_their_hello() {
    let door = Door::new(100, 16);
    let here = source("192.0.2.1");
    let old: Vec<_> = (0..16).map(|_| door.reserve(here, None).unwrap()).collect();
    assert!(old.iter().all(|pass| pass.errand.closed().is_none()));
    assert_eq!(door.reserve(here, None).unwrap_err(), Refusal::AddressFull, "nobody has said a hello");
    let kept: Vec<_> = (0..16).map(|_| door.keep(here)).collect();
    let new: Vec<_> = (0..100).map_while(|_| door.reserve(here, None).ok()).collect();
    assert_eq!(new.len() as u32, 16 * RETURNS_PER_SEAT);
    assert!(new.iter().all(|pass| pass.errand.closed() == Some(CloseReason::AddressFull)));
    drop((old, new, kept));
    assert!(is_empty(&door));
}

#[test]
fn in_a_full_house_too() {
    let door = Door::new(1, 0);
    let old = door.reserve(None, None).unwrap();
    assert_eq!(door.reserve(None, None).unwrap_err(), Refusal::Full);
    let kept = door.keep(None);
    assert_eq!(door.reserve(None, None).unwrap().errand.closed(), Some(CloseReason::Full));
    drop((old, kept));
    assert!(is_empty(&door));
}

#[test]
fn those_who_are_away_leave_their_places_to_newcomers_once() {
    let door = Door::new(100, 2);
    let here = source("192.0.2.1");
    let mut kept: Vec<_> = (0..3).map(|_| door.keep(here)).collect();
    assert_eq!(door.reserve(here, None).unwrap().errand.closed(), None);
    kept.push(door.keep(here));
    assert_eq!(door.reserve(here, None).unwrap().errand.closed(), Some(CloseReason::AddressFull));
}

#[test]
fn an_address_may_shake_hands_for_all_its_places_and_seats_at_once() {
    let here = source("192.0.2.1");
    assert_eq!(Door::new(1000, 2).handshakes(here), HANDSHAKES_PER_ADDRESS_MIN);
    assert_eq!(Door::new(1000, 0).handshakes(here), HANDSHAKES_MAX);
    let door = Door::new(1000, 20);
    let _kept: Vec<_> = (0..20).map(|_| door.keep(here)).collect();
    assert_eq!(door.handshakes(here), 40);
}

#[test]
fn a_class_behind_one_address_may_open_the_page_all_at_once() {
    let (door, now) = (Door::new(1000, PER_ADDRESS).with_page(), Instant::now());
    let (here, pupils) = (source("192.0.2.1"), 30);
    let connections = pupils * (CONNECTIONS_PER_BROWSER as usize + 1);
    assert!((0..connections).all(|_| door.knock(here, now).is_ok()));
    assert!(door.handshakes(here) >= connections && HANDSHAKES_MAX >= connections);
    assert!(door.visitors() >= pupils * CONNECTIONS_PER_BROWSER as usize && VISITORS_MAX >= door.visitors());
    assert_eq!(Door::new(1000, 1).with_page().visitors(), VISITORS_PER_ADDRESS_MIN);
    assert_eq!(Door::new(1000, 0).with_page().visitors(), VISITORS_MAX);
}

fn is_empty(door: &Door) -> bool {
    let inside = lock(&door.inside);
    inside.clients == 0
        && inside.by_source.is_empty()
        && inside.returning.is_empty()
        && inside.returning_from_anywhere == 0
        && lock(&door.seats.by_source).is_empty()
}
