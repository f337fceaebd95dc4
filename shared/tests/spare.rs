//! Spare connections: they bring inputs once more, take no seat, and end with their player's connection.

use auspice::authority::{Outgoing, Room, SessionKey};
use auspice::error::{CloseReason, Flood, PeerFault};
use auspice::limits::{SPARE_AGAIN_SECONDS, SPARE_TRUSTED_SECONDS};
use auspice::message::{Credential, ResumeToken};
use auspice::replica::Replica;
use auspice::session::{Carried, Closed, Follower, HangUp, Session};
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Micros, Terms, Tick};

use crate::games::tiny::Tiny;
use crate::games::{arena, check_all, delayed};

/// A room of one seat, and who plays in it.
struct One {
    room: Room<Tiny>,
    player: ClientId,
}

fn key(number: u8) -> SessionKey {
    SessionKey { token: ResumeToken([number; 32]), digest: [number; 32] }
}

impl One {
    fn new() -> Self {
        let room = Room::<Tiny>::new(Terms::of::<Tiny>(()).strict(), 1, 1).expect("the tables are right");
        let mut one = Self { room, player: ClientId::default() };
        one.player = one.greet(Credential::Open);
        one.room.admit(one.player, "ann", Some(key(1))).expect("there is a seat");
        one.tick();
        assert!(matches!(one.room.poll_update(one.player), Outgoing::Message(_)), "a welcome is due");
        assert!(matches!(one.room.poll_update(one.player), Outgoing::Message(_)), "an update is due");
        one
    }

    /// A connection that said hello.
    fn greet(&mut self, credential: Credential) -> ClientId {
        let client = self.room.connect().expect("a connection is no seat");
        let mut replica = Replica::<Tiny>::enter("ann", "test", credential).expect("the name fits");
        let hello = replica.poll_transmit(Micros(1)).expect("a hello comes first").to_vec();
        self.room.handle_message(client, &hello).expect("the hello is fine");
        self.room.poll_applicant().expect("it applies");
        client
    }

    /// A spare connection, which was told where its coding starts.
    fn spare(&mut self) -> ClientId {
        let spare = self.greet(Credential::Spare(key(1).token));
        assert_eq!(self.room.find_session(&[1; 32]), Some(self.player));
        assert!(self.room.add_spare(spare, self.player));
        let Outgoing::Message(word) = self.room.poll_update(spare) else { panic!("a word is due") };
        assert_eq!(word, [1], "the player is known to hold the tick of its welcome");
        assert!(matches!(self.room.poll_update(spare), Outgoing::Nothing), "it is the only one");
        spare
    }

    fn tick(&mut self) -> Tick {
        self.room.tick().expect("nothing is misused");
        self.room.tick_now()
    }

    /// The place of the player's dot.
    fn at(&self) -> i32 {
        self.room.game().dots[&self.player].1.at
    }

    fn is_closed(&mut self, spare: ClientId) -> bool {
        matches!(self.room.poll_update(spare), Outgoing::Close(CloseReason::TakenOver))
    }
}

/// The first message of a spare connection, by `shared/PROTOCOL.md`: walks in the ticks before `newest` and of it; the
/// tick of the welcome was held.
fn walks_until(newest: Tick) -> Vec<u8> {
    // Nothing special; one tick less applied than usual: signed(0) of -1.
    let mut bits = vec![0, 1, 0, 0];
    // exp(1) of two inputs, which do not follow those of the start.
    bits.extend([1, 1, 0, 0, 0, 1]);
    bits.extend((0..32).map(|bit| newest.0 >> bit & 1));
    // Another input than before, one flag; nothing was applied after it. The same again.
    bits.extend([1, 1, 0, 0, 0]);
    bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | *bit as u8)).collect()
}

#[test]
fn an_input_is_taken_by_whichever_connection_brings_it_first() {
    let mut one = One::new();
    let spare = one.spare();
    one.room.handle_message(spare, &walks_until(Tick(3))).expect("the message is sound");
    let (before, _, _) = (one.at(), one.tick(), one.tick());
    assert_eq!(one.at() - before, 2);
    let report = one.room.input_report(one.player).expect("it plays");
    assert_eq!((report.received, report.missing, report.repeated), (2, 0, 0));
}

#[test]
fn a_spare_connection_says_nothing_but_inputs() {
    let mut one = One::new();
    let spare = one.spare();
    // Asks for everything afresh.
    let special = [0b0000_0011, 0, 0];
    assert!(matches!(one.room.handle_message(spare, &special), Err(CloseReason::Faulty(PeerFault::OutOfTurn))));
    let _ = one.tick();
    assert!(matches!(one.room.poll_update(one.player), Outgoing::Message(_)), "its player goes on");
}

#[test]
fn a_spare_connection_ends_with_its_players_and_a_newer_one_takes_its_place() {
    let mut one = One::new();
    let (former, spare) = (one.spare(), one.spare());
    assert!(one.is_closed(former));
    assert!(matches!(one.room.poll_update(spare), Outgoing::Nothing));
    one.room.disconnect(one.player);
    assert_eq!(one.room.suspended(), 1);
    assert!(one.is_closed(spare));
    let late = one.greet(Credential::Spare(key(1).token));
    assert!(!one.room.add_spare(late, one.player), "whoever is away needs none");
}

#[test]
fn a_spare_connection_of_a_player_who_is_away_moves_nobody() {
    let mut one = One::new();
    let spare = one.spare();
    one.room.disconnect(one.player);
    one.room.handle_message(spare, &walks_until(Tick(3))).expect("it may not know yet");
    let (before, _, _) = (one.at(), one.tick(), one.tick());
    assert_eq!(one.at(), before);
}

#[test]
fn whoever_comes_back_has_no_spare_connection_of_before() {
    let mut one = One::new();
    let spare = one.spare();
    let again = one.greet(Credential::Resume(key(1).token));
    assert!(one.room.resume(again, one.player, key(2), Some([1; 32])));
    assert!(one.is_closed(spare));
    assert_eq!(one.room.players(), 1);
}

#[test]
fn messages_of_both_connections_count_together() {
    let mut one = One::new();
    let spare = one.spare();
    // An input for the tick after the newest, and no update applied: signed(0) of -1. Half of them come by the
    // player's own connection.
    for _ in 0..600 {
        one.room.handle_message(one.player, &[0b0000_0010]).expect("so many are decent");
    }
    let (mut taken, mut outcome) = (600, Ok(()));
    while outcome.is_ok() {
        outcome = one.room.handle_message(spare, &[0b0000_0010]);
        taken += 1;
    }
    assert_eq!(outcome, Err(CloseReason::Flooding(Flood::Messages)));
    assert!((601..=1201).contains(&taken), "{taken} messages");
}

#[test]
fn where_the_server_takes_none_the_client_plays_on_over_one_connection() {
    let mut arena = arena::<Tiny>(4);
    (arena.has_exact_timers, arena.is_resumable, arena.has_spares, arena.refuses_spares) = (true, true, true, true);
    let lossy = Link { losses_in_10_000: 500, ..delayed(40) };
    let ann = arena.connect(lossy, lossy).expect("the name fits");
    arena.steps(30 * 60);
    let (dialled, _) = arena.clients[ann].spares();
    assert!((1..=60 / SPARE_AGAIN_SECONDS + 1).contains(&dialled), "{dialled} dialled");
    assert!(arena.clients[ann].closed.is_none());
    check_all(&mut arena, "over one connection");
}

/// A player over a path with losses who has just got a spare connection, and inputs of it that the server has had.
fn with_spare() -> (Arena<Tiny>, usize, impl Fn(&Arena<Tiny>) -> u64) {
    let mut arena = arena::<Tiny>(4);
    (arena.has_exact_timers, arena.is_resumable, arena.has_spares) = (true, true, true);
    let lossy = Link { losses_in_10_000: 500, ..delayed(40) };
    let ann = arena.connect(lossy, lossy).expect("the name fits");
    while !arena.clients[ann].spares().1 {
        arena.step();
    }
    arena.steps(15);
    assert!(arena.clients[ann].spares().1, "it is kept for a minute");
    let seat = arena.clients[ann].seat.expect("it plays");
    (arena, ann, move |arena| arena.room.input_report(seat).expect("the seat is kept").received)
}

#[test]
fn what_cuts_a_player_off_cuts_off_its_spare_connection() {
    let (mut arena, ann, received) = with_spare();
    let (before, end) = (received(&arena), arena.now() + Micros::from_seconds(2));
    arena.clients[ann].cut_off(end);
    arena.steps(59);
    assert_eq!(received(&arena), before, "nothing gets through");
    arena.steps(15);
    assert!(received(&arena) > before, "until the network is back");

    let (mut arena, ann, received) = with_spare();
    let before = received(&arena);
    arena.clients[ann].change_address();
    arena.steps(60);
    assert_eq!(received(&arena), before, "nothing gets through on connections of the old address");

    let (mut arena, ann, _) = with_spare();
    arena.cut(ann);
    assert!(!arena.clients[ann].spares().1);
}

#[test]
fn a_spare_connection_that_died_without_a_word_is_dialled_anew() {
    let (mut arena, ann, _) = with_spare();
    let missing = |arena: &mut Arena<Tiny>, seconds: u32| {
        let seat = arena.clients[ann].seat.expect("it plays");
        let before = arena.room.input_report(seat).expect("it plays").missing;
        arena.steps(30 * seconds);
        arena.room.input_report(seat).expect("it plays").missing - before
    };
    let alive = missing(&mut arena, 40);
    arena.clients[ann].swallow_spare();
    let dead = missing(&mut arena, 20);
    assert!(dead > alive, "{dead} missing in 20 s without one, {alive} in 40 s before");
    let (dialled, _) = arena.clients[ann].spares();
    // The minute for which it is trusted is over, and a stall tells.
    arena.steps(30 * 15);
    assert!(arena.clients[ann].spares().0 > dialled, "none was dialled anew");
    let again = missing(&mut arena, 40);
    assert!(again < dead, "{again} missing in 40 s, {dead} in 20 s without one");
    check_all(&mut arena, "with another");
}

/// A follower that plays, and wants a spare connection at first.
#[derive(Default)]
struct Puppet {
    updates: u64,
    has_spare: bool,
    stuck_at: Option<Micros>,
}

impl Follower for Puppet {
    fn handle_message(&mut self, _: &[u8], _: Micros) -> Result<(), PeerFault> {
        self.updates += 1;
        Ok(())
    }

    fn poll_transmit(&mut self, _: Micros) -> Option<&[u8]> {
        None
    }

    fn next_due(&self) -> Option<Micros> {
        None
    }

    fn is_playing(&self) -> bool {
        true
    }

    fn updates(&self) -> u64 {
        self.updates
    }

    fn resume_token(&self) -> Option<ResumeToken> {
        None
    }

    fn wants_spare(&self, now: Micros) -> bool {
        now < Micros::from_seconds(100)
    }

    fn stuck_at(&self) -> Option<Micros> {
        self.stuck_at
    }

    fn set_spare(&mut self, is_there: bool) {
        self.has_spare = is_there;
    }

    fn handle_spare(&mut self, bytes: &[u8]) -> Result<(), PeerFault> {
        if bytes.is_empty() { Err(PeerFault::OutOfTurn) } else { Ok(()) }
    }

    fn carry(&self) -> Option<Carried> {
        None
    }

    fn adopt(&mut self, _: Carried) {}
}

#[test]
fn beside_a_spare_connection_that_is_trusted_inputs_may_get_stuck() {
    let at = Micros::from_seconds;
    let mut session = Session::following(1, |_| Ok(Puppet::default())).with_spare();
    let main = session.poll_dial(at(1)).expect("a new session dials");
    session.handle_opened(main, at(1));
    session.handle_message(main, &[1], at(2)).expect("it is sound");
    let mut spare = session.poll_dial(at(2)).expect("it helps");
    let mut dialled_at = 2;
    for seconds in 3..95 {
        session.handle_opened(spare, at(seconds));
        session.handle_message(spare, &[1], at(seconds)).expect("it is sound");
        session.handle_message(main, &[1], at(seconds)).expect("it is sound");
        session.follower_mut().expect("it plays").stuck_at = Some(at(seconds));
        let is_trusted = seconds < dialled_at + SPARE_TRUSTED_SECONDS;
        let hang_up = (!is_trusted).then_some((spare, HangUp::Goodbye));
        assert_eq!(session.poll_hang_up(at(seconds)), hang_up, "{seconds} s");
        if let Some(another) = session.poll_dial(at(seconds)) {
            assert!(!is_trusted, "{seconds} s");
            (spare, dialled_at) = (another, seconds);
        }
    }
    assert_eq!(dialled_at, 2 + SPARE_TRUSTED_SECONDS);
}

#[test]
fn a_session_dials_a_spare_connection_and_goes_on_whatever_becomes_of_it() {
    let at = Micros::from_seconds;
    let mut session = Session::following(1, |_| Ok(Puppet::default())).with_spare();
    let main = session.poll_dial(at(1)).expect("a new session dials");
    session.handle_opened(main, at(1));
    assert_eq!(session.poll_dial(at(1)), None, "before there was an update");
    let hear =
        |session: &mut Session<Puppet>, seconds| session.handle_message(main, &[1], at(seconds)).expect("it is sound");
    hear(&mut session, 2);
    let spare = session.poll_dial(at(2)).expect("it helps");
    assert!(session.is_spare(spare) && !session.is_spare(main));
    assert_eq!(session.poll_dial(at(2)), None, "one is enough");
    session.handle_opened(spare, at(2));
    assert!(session.follower().is_some_and(|follower| follower.has_spare));
    session.handle_closed(spare, Closed::with(4000, "never heard of it"), at(3));
    assert!(session.follower().is_some_and(|follower| !follower.has_spare));
    assert!(session.connection(at(3)).is_playing());
    hear(&mut session, 3 + SPARE_AGAIN_SECONDS - 1);
    assert_eq!(session.poll_dial(at(3 + SPARE_AGAIN_SECONDS - 1)), None, "not again at once");
    let another = session.poll_dial(at(3 + SPARE_AGAIN_SECONDS)).expect("it may be taken now");
    session.handle_opened(another, at(3 + SPARE_AGAIN_SECONDS));
    session
        .handle_message(another, &[], at(3 + SPARE_AGAIN_SECONDS))
        .expect("what is wrong there is no fault of the other");
    assert_eq!(session.poll_hang_up(at(3 + SPARE_AGAIN_SECONDS)), Some((another, HangUp::Goodbye)));
    for seconds in (24..99).step_by(5) {
        hear(&mut session, seconds);
    }
    let last = session.poll_dial(at(99)).expect("it helps still");
    assert_eq!(session.poll_hang_up(at(100)), Some((last, HangUp::Goodbye)), "it helps no more");
    assert!(session.connection(at(100)).is_playing());
}
