//! Coming back: after a loss of the connection the same player has the same entity again, and never two.

use std::collections::BTreeSet;

use auspice::authority::{Notice, Outgoing, Room, SessionKey};
use auspice::error::{CloseReason, SessionEnd};
use auspice::limits::{APPLICANTS_MAX, GRACE_SECONDS};
use auspice::message::{Credential, ResumeToken};
use auspice::replica::Replica;
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Micros, Rng, Terms};

use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::Zoo;
use crate::games::{arena, connect, delayed};

/// Sessions of 10 players with 50 cuts each: 1000 cuts in the ordinary test. `AUSPICE_CUTS=10000` makes it as many.
fn sessions() -> u64 {
    std::env::var("AUSPICE_CUTS").ok().and_then(|cuts| cuts.parse::<u64>().ok()).unwrap_or(1000).div_ceil(CUTS)
}

const PLAYERS: usize = 10;
const CUTS: u64 = 50;

fn link(rng: &mut Rng) -> Link {
    Link { jitter: Micros::from_millis(u64::from(rng.below(20))), ..delayed(u64::from(rng.below(80))) }
}

/// Cuts players at random moments, half of them unheard by the room, and lets them back after as random a
/// time: while the welcome is under way, too. At every tick nobody has two entities, and whoever comes back
/// has the one from before. With it, how long each of them took from its dial to holding its entity, beyond
/// the round trip.
fn play(seed: u64) -> (Arena<Tiny>, Vec<Micros>) {
    let mut arena = arena::<Tiny>(seed);
    arena.is_resumable = true;
    let mut rng = Rng::new(seed);
    let players: Vec<usize> = (0..PLAYERS).map(|_| connect(&mut arena, 20)).collect();
    arena.steps(20);
    let owners: Vec<ClientId> = players.iter().map(|&player| arena.clients[player].seat.expect("it plays")).collect();
    let everyone: BTreeSet<ClientId> = owners.iter().copied().collect();
    let mut back_at = [None; PLAYERS];
    let (mut dialled, mut took) = ([None; PLAYERS], Vec::new());
    let mut cuts = 0;
    while cuts < CUTS || back_at.iter().any(Option::is_some) {
        for (player, back_at) in back_at.iter_mut().enumerate() {
            if cuts < CUTS && back_at.is_none() && rng.one_in(25) {
                cuts += 1;
                dialled[player] = None;
                *back_at = Some(arena.now() + Micros::from_millis(u64::from(rng.below(700))));
                if rng.one_in(2) {
                    arena.cut(player);
                }
            }
            if back_at.is_some_and(|at| at <= arena.now()) {
                *back_at = None;
                let (up, down) = (link(&mut rng), link(&mut rng));
                arena.redial(player, up, down).expect("the name fits");
                dialled[player] = Some(arena.now() + up.delay + up.jitter + down.delay + down.jitter);
            }
        }
        arena.step();
        for (player, dialled) in dialled.iter_mut().enumerate() {
            if arena.clients[player].replica().own().is_some() {
                took.extend(dialled.take().map(|due| arena.now().since(due)));
            }
        }
        let known: BTreeSet<ClientId> = arena.room.game().dots.keys().copied().collect();
        assert_eq!(known, everyone, "seed {seed}: someone came twice, or is gone");
    }
    arena.calm(60);
    for (&player, owner) in players.iter().zip(&owners) {
        let client = &arena.clients[player];
        assert_eq!(client.seat.as_ref(), Some(owner), "seed {seed}: player {player}, closed with {:?}", client.closed);
        let slot = arena.room.game().dots[owner].0;
        assert_eq!(client.replica().own().map(|own| own.slot), Some(slot), "seed {seed}: player {player}");
    }
    (arena, took)
}

#[test]
fn whoever_is_cut_off_at_any_moment_comes_back_to_the_same_entity() {
    let (mut resumes, mut took, sessions) = (0, Vec::new(), sessions());
    for seed in 0..sessions {
        let (mut arena, times) = play(seed);
        took.extend(times);
        assert!(arena.check_all(20), "seed {seed}: someone never catches up");
        assert!(arena.faults.is_empty(), "seed {seed}: {:#?}", arena.faults);
        resumes += arena.room.stats().resumes;
    }
    // A cut in the middle of coming back, before the hello arrived, is no resume of its own.
    println!("{resumes} resumes after {} cuts", sessions * CUTS);
    assert!(resumes * 10 >= sessions * CUTS * 9, "{resumes} resumes");
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    println!(
        "back after a round trip and {} ms in the middle, {} ms at the 99th percentile",
        took[took.len() / 2].0 / 1000,
        p99.0 / 1000
    );
    assert!(p99 <= Micros::from_millis(250), "{p99:?}");
}

#[test]
fn a_suspended_player_wants_nothing_and_is_shown_to_the_others() {
    let mut arena = arena::<Tiny>(1);
    arena.is_resumable = true;
    let (ann, bob) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(10);
    arena.clients[bob].replica_mut().set_input(Walk { on: true });
    arena.steps(10);
    let owner = arena.clients[bob].seat.expect("bob plays");
    arena.cut(bob);
    let left_at = arena.room.game().dots[&owner].1.at;
    arena.steps(100);
    assert_eq!(arena.room.game().dots[&owner].1.at, left_at);
    assert_eq!((arena.room.clients(), arena.room.suspended()), (1, 1));
    assert_eq!(arena.clients[ann].replica().visible(), 2);
    let notices: Vec<_> = std::iter::from_fn(|| arena.room.poll_notice()).collect();
    assert_eq!(notices.last(), Some(&Notice::Suspended { client: owner }));
}

#[test]
fn after_the_grace_time_the_player_is_gone_and_the_token_is_worth_nothing() {
    let mut arena = arena::<Tiny>(1);
    arena.is_resumable = true;
    let (_ann, bob) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(10);
    arena.cut(bob);
    arena.steps(GRACE_SECONDS * 30);
    assert_eq!(arena.room.game().dots.len(), 2);
    arena.steps(2);
    assert_eq!(arena.room.game().dots.len(), 1);
    arena.redial(bob, Link::default(), Link::default()).expect("the name fits");
    arena.steps(5);
    assert_eq!(arena.clients[bob].closed, Some(SessionEnd::AwayTooLong.into()));
    assert_eq!(arena.room.game().dots.len(), 1);
}

/// A room of one seat, and a client with a key in it that has spoken.
struct One {
    room: Room<Tiny>,
    client: ClientId,
    replica: Replica<Tiny>,
}

fn key(number: u8) -> SessionKey {
    SessionKey { token: ResumeToken([number; 32]), digest: [number; 32] }
}

impl One {
    fn new() -> Self {
        let mut room = Room::new(Terms::of::<Tiny>(()), 1, 1).expect("the tables are right");
        let (client, replica) = apply(&mut room, "ann", Credential::Open);
        room.admit(client, "ann", Some(key(1))).expect("there is a seat");
        let mut one = Self { room, client, replica };
        one.tick(1);
        one.tick(2);
        one
    }

    /// One tick in which the client hears and speaks.
    fn tick(&mut self, number: u64) {
        let now = Micros(1_000_000 + number * 40_000);
        self.room.tick().expect("nothing is misused");
        if let Outgoing::Message(message) = self.room.poll_update(self.client) {
            self.replica.handle_message(message, now).expect("the room is honest");
        }
        while let Some(message) = self.replica.poll_transmit(now) {
            self.room.handle_message(self.client, message).expect("the replica is honest");
        }
    }
}

/// A connection that said hello.
fn apply(room: &mut Room<Tiny>, name: &str, entry: Credential) -> (ClientId, Replica<Tiny>) {
    let client = room.connect().expect("there is room");
    let mut replica = Replica::enter(name, "test", entry.clone()).expect("the name fits");
    let hello = replica.poll_transmit(Micros(1_000_000)).expect("a hello comes first").to_vec();
    room.handle_message(client, &hello).expect("the hello is fine");
    let applicant = room.poll_applicant().expect("it applies");
    assert_eq!((applicant.client, applicant.name.as_str(), applicant.credential), (client, name, entry));
    (client, replica)
}

#[test]
fn each_welcome_brings_another_token_and_the_one_before_is_good_until_the_client_speaks() {
    let mut one = One::new();
    assert_eq!(one.replica.resume_token(), Some(ResumeToken([1; 32])));
    for (number, dials) in [(2_u8, 1), (3, 3)] {
        let shown = [number - 1; 32];
        // All but the last of these dials end before their welcome arrives: the token shown stays good.
        for _ in 0..dials {
            let (applicant, replica) = apply(&mut one.room, "ann", Credential::Resume(ResumeToken(shown)));
            assert_eq!(one.room.find_session(&shown), Some(one.client));
            assert!(one.room.resume(applicant, one.client, key(number), Some(shown)));
            one.replica = replica;
        }
        one.tick(10);
        assert_eq!(one.replica.resume_token(), Some(ResumeToken([number; 32])));
        assert_eq!(one.room.find_session(&shown), None, "it has spoken, so it holds the new one");
        assert_eq!(one.room.find_session(&[number; 32]), Some(one.client));
    }
    assert_eq!(one.room.find_session(&[9; 32]), None);
}

#[test]
fn a_token_is_good_from_its_welcome_on() {
    let mut room = Room::<Tiny>::new(Terms::of::<Tiny>(()), 1, 1).expect("the tables are right");
    let (client, mut replica) = apply(&mut room, "ann", Credential::Open);
    room.admit(client, "ann", Some(key(1))).expect("there is a seat");
    room.tick().expect("nothing is misused");
    let Outgoing::Message(welcome) = room.poll_update(client) else { panic!("a welcome is due") };
    replica.handle_message(welcome, Micros(1_000_000)).expect("the room is honest");
    let (token, slot) = (replica.resume_token().expect("a token is in it"), room.game().dots[&client].0);
    // Lost before it said anything.
    room.disconnect(client);
    room.tick().expect("nothing is misused");
    assert_eq!(room.suspended(), 1);
    let (applicant, replica) = apply(&mut room, "ann", Credential::Resume(token));
    assert_eq!(room.find_session(&token.0), Some(client));
    assert!(room.resume(applicant, client, key(2), Some(token.0)));
    let mut one = One { room, client, replica };
    one.tick(10);
    one.tick(11);
    assert_eq!(one.replica.own().map(|own| own.slot), Some(slot));
}

#[test]
fn a_token_that_opens_nothing_any_more_says_why() {
    let over = |end: fn(&mut One)| {
        let mut one = One::new();
        end(&mut one);
        one.room.tick().expect("nothing is misused");
        assert_eq!(one.room.find_session(&[1; 32]), None);
        one.room.why_over(&[1; 32])
    };
    assert_eq!(over(|one| one.room.remove(one.client)), SessionEnd::Finished);
    assert_eq!(over(|one| one.room.end(one.client, SessionEnd::Kicked)), SessionEnd::Kicked);
    assert_eq!(over(|one| assert!(one.room.handle_message(one.client, &[0xff; 64]).is_err())), SessionEnd::Broken);
    let given_up = |one: &mut One| {
        one.room.disconnect(one.client);
        let (applicant, _) = apply(&mut one.room, "bob", Credential::Open);
        one.room.admit(applicant, "bob", None).expect("ann is away");
    };
    assert_eq!(over(given_up), SessionEnd::SeatGivenUp);
    let waited = |one: &mut One| {
        one.room.set_grace(3);
        one.room.disconnect(one.client);
        (0..5).for_each(|_| one.room.tick().expect("nothing is misused"));
    };
    assert_eq!(over(waited), SessionEnd::AwayTooLong);
    assert_eq!(One::new().room.why_over(&[9; 32]), SessionEnd::Unknown);
}

#[test]
fn each_end_of_a_session_is_told_by_a_sentence_of_its_own_that_fits_a_close_frame() {
    let all = [
        SessionEnd::AwayTooLong,
        SessionEnd::SeatGivenUp,
        SessionEnd::Finished,
        SessionEnd::Kicked,
        SessionEnd::Broken,
        SessionEnd::RoomBefore,
        SessionEnd::Unknown,
    ];
    let sentences: BTreeSet<String> = all.map(|why| CloseReason::from(why).to_string()).into();
    assert_eq!(sentences.len(), all.len());
    assert!(sentences.iter().all(|sentence| sentence.len() <= 123), "{sentences:?}");
}

#[test]
fn players_whose_connections_are_all_lost_unnoticed_find_room_beside_them() {
    let mut one = One::new();
    let strangers: Vec<_> = (0..APPLICANTS_MAX).map(|_| one.room.connect().expect("there is room")).collect();
    let (applicant, _) = apply(&mut one.room, "ann", Credential::Resume(ResumeToken([1; 32])));
    assert!(one.room.resume(applicant, one.client, key(2), Some([1; 32])));
    assert_eq!(strangers.len(), APPLICANTS_MAX);
}

#[test]
fn who_was_not_welcomed_is_not_waited_for() {
    let mut room = Room::<Tiny>::new(Terms::of::<Tiny>(()), 1, 1).expect("the tables are right");
    let (client, _) = apply(&mut room, "ann", Credential::Open);
    room.admit(client, "ann", Some(key(1))).expect("there is a seat");
    room.tick().expect("nothing is misused");
    room.disconnect(client);
    room.tick().expect("nothing is misused");
    assert!(room.game().dots.is_empty());
}

#[test]
fn a_newcomer_to_a_full_room_gets_the_seat_of_who_is_away_and_nobody_elses() {
    let mut one = One::new();
    let (applicant, _) = apply(&mut one.room, "bob", Credential::Open);
    assert_eq!(one.room.admit(applicant, "bob", Some(key(2))), Err(CloseReason::Full));
    one.room.disconnect(one.client);
    one.room.tick().expect("nothing is misused");
    assert_eq!(one.room.suspended(), 1);
    let (applicant, _) = apply(&mut one.room, "bob", Credential::Open);
    one.room.admit(applicant, "bob", Some(key(2))).expect("ann is away");
    one.room.tick().expect("nothing is misused");
    assert!(one.room.game().dots.keys().eq([&applicant]));
    assert_eq!(one.room.find_session(&[1; 32]), None);
}

#[test]
fn a_client_that_breaks_the_protocol_is_not_waited_for() {
    let mut one = One::new();
    assert!(one.room.handle_message(one.client, &[0xff; 64]).is_err());
    one.room.tick().expect("nothing is misused");
    assert_eq!((one.room.suspended(), one.room.game().dots.len()), (0, 0));
}

#[test]
fn an_applicant_waits_for_its_answer_and_may_say_nothing_meanwhile() {
    let mut room = Room::<Tiny>::new(Terms::of::<Tiny>(()), 1, 1).expect("the tables are right");
    let (client, _) = apply(&mut room, "ann", Credential::Secret("open sesame".into()));
    for _ in 0..10 {
        room.tick().expect("nothing is misused");
        assert!(matches!(room.poll_update(client), Outgoing::Nothing));
    }
    assert!(room.game().dots.is_empty());
    assert!(room.handle_message(client, &[0]).is_err());
    assert!(room.poll_applicant().is_none());
    assert_eq!(room.admit(client, "ann", None), Err(CloseReason::Finished));
}

#[test]
fn everything_is_rebuilt_after_a_cut_in_a_world_of_many_kinds() {
    let mut arena = arena::<Zoo>(5);
    arena.is_resumable = true;
    for _ in 0..5 {
        connect(&mut arena, 40);
    }
    arena.steps(60);
    for round in 0..20 {
        let player = round % 5;
        if round % 2 == 0 {
            arena.cut(player);
            arena.steps(7);
        }
        arena.redial(player, delayed(40), delayed(40)).expect("the name fits");
        arena.steps(11);
    }
    crate::games::check_all(&mut arena, "after 20 cuts");
    assert_eq!(arena.room.stats().joins, 5);
}

#[test]
fn nothing_that_opens_a_door_is_printed() {
    let shown = format!(
        "{:?}",
        [Credential::Secret("hush".into()), Credential::Ticket("hush".into()), Credential::Resume(key(7).token)]
    );
    assert_eq!(shown, "[Secret(..), Ticket(..), Resume(..)]");
    assert!(!format!("{:?}", key(7).token).contains('7'));
}
