//! From room to room by one connection: how soon all is there, what of the old room is passed over, and who may not.

use auspice::authority::{Notice, Outgoing, Room, SessionKey};
use auspice::error::{CloseReason, PeerFault};
use auspice::message::{Announcement, Credential, ResumeToken};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::session::{Follower, Session};
use auspice::{ClientId, Micros, Terms};

use crate::games::tiny::{Tiny, Walk};

/// Microseconds of a tick.
const TICK: u64 = 33_334;

fn room() -> Room<Tiny> {
    Room::new(Terms::of::<Tiny>(()).strict(), 1, 8).expect("the tables are right")
}

/// One that tells what is due, and nothing else.
fn patient_room() -> Room<Tiny> {
    Room::new(Terms::of::<Tiny>(()), 1, 8).expect("the tables are right")
}

fn key(byte: u8) -> SessionKey {
    SessionKey { token: ResumeToken([byte; 32]), digest: [byte; 32] }
}

/// Takes to the room whatever the follower has to say at `now`.
fn say<F: Follower>(room: &mut Room<Tiny>, client: ClientId, follower: &mut F, now: Micros) -> Result<(), CloseReason> {
    while let Some(message) = follower.poll_transmit(now) {
        room.handle_message(client, message)?;
    }
    Ok(())
}

/// Messages of the room to a client after a tick.
fn told(room: &mut Room<Tiny>, client: ClientId) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Outgoing::Message(message) = room.poll_update(client) {
        messages.push(message.to_vec());
    }
    messages
}

/// A player of a room, and the time.
struct Player<F> {
    follower: F,
    client: ClientId,
    now: Micros,
}

impl<F: Follower> Player<F> {
    /// Joins the room with the next tick.
    fn join(room: &mut Room<Tiny>, mut follower: F, byte: u8) -> Self {
        let client = room.connect().expect("there is room");
        let now = Micros(1_000_000);
        say(room, client, &mut follower, now).expect("the hello is fine");
        let applicant = room.poll_applicant().expect("it applies");
        room.admit(client, &applicant.name, Some(key(byte))).expect("there is a seat");
        Self { follower, client, now }
    }

    /// A tick of its room.
    fn play(&mut self, room: &mut Room<Tiny>) {
        say(room, self.client, &mut self.follower, self.now).expect("it is honest");
        room.tick().expect("nothing is misused");
        for message in told(room, self.client) {
            self.follower.handle_message(&message, self.now).expect("the room is honest");
        }
        self.now = Micros(self.now.0 + TICK);
    }

    /// Goes from one room to another; that one makes its next tick.
    fn go(&mut self, from: &mut Room<Tiny>, to: &mut Room<Tiny>, byte: u8) -> Vec<Vec<u8>> {
        let (name, player) = from.depart(self.client).expect("it plays");
        assert_eq!(player, None);
        self.client = to.connect().expect("there is room");
        to.receive(self.client, &name);
        to.poll_applicant();
        to.admit(self.client, &name, Some(key(byte))).expect("there is a seat");
        to.tick().expect("nothing is misused");
        told(to, self.client)
    }
}

fn ann() -> Replica<Tiny> {
    Replica::enter("ann", "test", Credential::Open).expect("it fits")
}

fn x(replica: &Replica<Tiny>) -> Option<i32> {
    replica.entity(replica.own()?).map(|held| held.row[0])
}

#[test]
fn the_view_of_the_other_room_is_whole_in_its_next_tick_and_the_player_acts_there() {
    let (mut lobby, mut hall) = (room(), room());
    let mut others: Vec<_> = (0..3).map(|byte| Player::join(&mut hall, ann(), byte)).collect();
    let mut ann = Player::join(&mut lobby, ann(), 9);
    for _ in 0..20 {
        ann.play(&mut lobby);
        hall.tick().expect("nothing is misused");
    }
    others.iter_mut().for_each(|other| drop(told(&mut hall, other.client)));
    assert_eq!(ann.follower.visible(), 1);
    ann.follower.go("any/size=big").expect("it plays");
    ann.play(&mut lobby);
    let wants = std::iter::from_fn(|| lobby.poll_notice()).find_map(|notice| match notice {
        Notice::Wants { room, .. } => Some(room),
        _ => None,
    });
    assert_eq!(wants.as_deref(), Some("any/size=big"));
    // What it had said before it knew.
    let late = ann.follower.poll_transmit(ann.now).expect("an input is due").to_vec();
    let told = ann.go(&mut lobby, &mut hall, 10);
    hall.handle_message(ann.client, &late).expect("that was for the other room");
    assert_eq!((told.len(), told[0].len()), (3, 0), "an empty message, a welcome, an update");
    for message in told {
        ann.follower.handle_message(&message, ann.now).expect("the room is honest");
    }
    assert_eq!((ann.follower.visible(), ann.follower.client()), (4, Some(ann.client)), "everybody is there at once");
    assert_eq!(ann.follower.resume_token(), Some(ResumeToken([10; 32])));
    let (before, walks) = (x(&ann.follower).expect("it has a body"), Walk { on: true });
    ann.follower.set_input(walks);
    for _ in 0..30 {
        ann.play(&mut hall);
    }
    assert_ne!(x(&ann.follower), Some(before), "its inputs count");
    assert_eq!(hall.input_report(ann.client).map(|report| report.late), Some(0));
    let events: Vec<_> = std::iter::from_fn(|| ann.follower.poll_event()).collect();
    assert!(!events.iter().any(|event| matches!(event, ReplicaEvent::Diverged { .. })), "{events:?}");
    let left = events.iter().filter(|event| matches!(event, ReplicaEvent::Left(_))).count();
    assert_eq!(left, 1, "what was held in the lobby");
    assert_eq!(lobby.players(), 0);
}

#[test]
fn a_command_is_for_the_room_in_which_it_arrives() {
    let (mut lobby, mut hall) = (room(), room());
    let mut ann = Player::join(&mut lobby, ann(), 1);
    (0..5).for_each(|_| ann.play(&mut lobby));
    ann.follower.command(&"before".to_owned()).expect("there is room");
    ann.play(&mut lobby);
    for message in ann.go(&mut lobby, &mut hall, 2) {
        ann.follower.handle_message(&message, ann.now).expect("the room is honest");
    }
    ann.follower.command(&"after".to_owned()).expect("there is room");
    let told_before = std::iter::from_fn(|| ann.follower.poll_event()).count();
    assert!(told_before > 0);
    (0..5).for_each(|_| ann.play(&mut hall));
    let events: Vec<_> = std::iter::from_fn(|| ann.follower.poll_event()).collect();
    let told = events.iter().filter(|event| matches!(event, ReplicaEvent::Event { .. })).count();
    assert_eq!(told, 1, "what it said in the hall: {events:?}");
}

#[test]
fn a_session_comes_back_by_the_token_of_the_room_it_went_to() {
    let (mut lobby, mut hall) = (room(), room());
    let mut session = Session::<Replica<Tiny>>::new("ann", "test", 1, || Credential::Open);
    let mut now = Micros(1_000_000);
    let id = session.poll_dial(now).expect("it dials");
    session.handle_opened(id, now);
    let client = lobby.connect().expect("there is room");
    let mut turn = |session: &mut Session<Replica<Tiny>>, room: &mut Room<Tiny>, client| {
        while let Some(message) = session.poll_transmit(id, now) {
            room.handle_message(client, message).expect("it is honest");
        }
        if let Some(applicant) = room.poll_applicant() {
            room.admit(client, &applicant.name, Some(key(1))).expect("there is a seat");
        }
        room.tick().expect("nothing is misused");
        for message in told(room, client) {
            session.handle_message(id, &message, now).expect("the room is honest");
        }
        now = Micros(now.0 + TICK);
    };
    (0..5).for_each(|_| turn(&mut session, &mut lobby, client));
    assert_eq!(session.resume_token(), Some(ResumeToken([1; 32])));
    let (name, _) = lobby.depart(client).expect("it plays");
    let client = hall.connect().expect("there is room");
    hall.receive(client, &name);
    hall.poll_applicant();
    hall.admit(client, &name, Some(key(2))).expect("there is a seat");
    (0..5).for_each(|_| turn(&mut session, &mut hall, client));
    assert_eq!(session.resume_token(), Some(ResumeToken([2; 32])));
}

#[test]
fn a_player_comes_over_to_the_seat_that_it_kept_there() {
    let (mut lobby, mut hall) = (room(), room());
    let mut before = Player::join(&mut hall, ann(), 1);
    (0..5).for_each(|_| before.play(&mut hall));
    hall.disconnect(before.client);
    let mut ann = Player::join(&mut lobby, ann(), 2);
    (0..5).for_each(|_| ann.play(&mut lobby));
    let (name, _) = lobby.depart(ann.client).expect("it plays");
    let client = hall.connect().expect("there is room");
    hall.receive(client, &name);
    assert!(hall.resume(client, before.client, key(3), None));
    hall.tick().expect("nothing is misused");
    for message in told(&mut hall, before.client) {
        ann.follower.handle_message(&message, ann.now).expect("the room is honest");
    }
    assert_eq!((ann.follower.client(), ann.follower.visible()), (Some(before.client), 1));
}

#[test]
fn a_word_that_is_none_or_comes_out_of_turn_breaks_the_protocol() {
    let faults: [&[u8]; 4] = [&[1], &[2], &[], &[0, 5, b'n']];
    for word in faults {
        let mut lobby = room();
        let mut ann = Player::join(&mut lobby, ann(), 1);
        (0..5).for_each(|_| ann.play(&mut lobby));
        lobby.handle_message(ann.client, &[]).expect("a word may follow");
        let answer = lobby.handle_message(ann.client, word);
        assert!(matches!(answer, Err(CloseReason::Faulty(_))), "{word:?}: {answer:?}");
    }
    let mut hall = room();
    let client = hall.connect().expect("there is room");
    hall.receive(client, "ann");
    hall.handle_message(client, &[]).expect("a word may follow");
    let answer = hall.handle_message(client, &[1]);
    assert_eq!(answer, Err(PeerFault::OutOfTurn.into()), "it cannot have read a welcome that was not written");
}

#[test]
fn whoever_stays_is_told_why() {
    let mut lobby = patient_room();
    let mut ann = Player::join(&mut lobby, ann(), 1);
    (0..5).for_each(|_| ann.play(&mut lobby));
    lobby.stay(ann.client, "that room is full");
    (0..2).for_each(|_| ann.play(&mut lobby));
    let why = std::iter::from_fn(|| ann.follower.poll_event()).find_map(|event| match event {
        ReplicaEvent::Stays { why } => Some(why),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("that room is full"));
}

#[test]
fn all_that_a_server_has_to_say_beside_its_world_comes_in_one_update() {
    let mut lobby = room();
    let mut ann = Player::join(&mut lobby, ann(), 1);
    (0..5).for_each(|_| ann.play(&mut lobby));
    ann.follower.ask_report();
    say(&mut lobby, ann.client, &mut ann.follower, ann.now).expect("the replica is honest");
    lobby.announce(Announcement { stops_in_seconds: Some(9), ..Announcement::default() });
    lobby.set_ways(&["ws://b".into()]);
    lobby.set_ahead(Some("ws://c".into()));
    lobby.stay(ann.client, "it stops");
    (0..2).for_each(|_| ann.play(&mut lobby));
    let told: Vec<_> = std::iter::from_fn(|| ann.follower.poll_event()).collect();
    assert!(told.iter().any(|event| matches!(event, ReplicaEvent::Report { .. })), "{told:?}");
    assert!(told.iter().any(|event| matches!(event, ReplicaEvent::Announced(_))), "{told:?}");
    assert!(told.iter().any(|event| matches!(event, ReplicaEvent::Stays { .. })), "{told:?}");
    assert_eq!(
        (ann.follower.take_ways(), ann.follower.take_ahead()),
        (Some(vec!["ws://b".into()]), Some("ws://c".into()))
    );
}

#[test]
fn nobody_is_sent_on_before_it_has_arrived() {
    let (mut lobby, mut hall) = (room(), room());
    let mut ann = Player::join(&mut lobby, ann(), 9);
    (0..5).for_each(|_| ann.play(&mut lobby));
    let told = ann.go(&mut lobby, &mut hall, 10);
    assert_eq!(hall.depart(ann.client), None, "its word for this room is still to come");
    for message in told {
        ann.follower.handle_message(&message, ann.now).expect("the room is honest");
    }
    ann.play(&mut hall);
    assert!(hall.depart(ann.client).is_some());
}

#[test]
fn nobody_departs_who_does_not_play() {
    let mut lobby = room();
    let client = lobby.connect().expect("there is room");
    assert_eq!(lobby.depart(client), None);
}
