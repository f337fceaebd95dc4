//! Coming and going: who is let in, what a newcomer is told and how soon, who is turned away and with which words.

use auspice::authority::{Notice, Outgoing, Room};
use auspice::error::{CloseReason, SetupError};
use auspice::limits::{APPLICANTS_MAX, BUILD_BYTES_MAX, CONTROL_BYTES_MAX};
use auspice::message::{game_hash, is_fit_name};
use auspice::replica::Replica;
use auspice::{ClientId, Context, Game, Ground, Micros, Publisher, Step, Terms};

use crate::games::tiny::{Dot, Tiny, Walk};
use crate::games::zoo::{CAME, WENT, Zoo};
use crate::games::{arena, check_all, connect};

fn room() -> Room<Tiny> {
    Room::new(Terms::of::<Tiny>(()), 1, 2).expect("the tables are right")
}

fn hello<G: Game>() -> Vec<u8> {
    let mut replica = Replica::<G>::new("ann", "test 1").expect("the name fits");
    replica.poll_transmit(Micros(0)).expect("a hello comes first").to_vec()
}

#[test]
fn a_newcomer_holds_everything_in_the_tick_of_its_welcome() {
    let mut arena = arena::<Zoo>(1);
    arena.steps(50);
    let ann = connect(&mut arena, 0);
    arena.steps(2);
    arena.deliver();
    assert!(arena.clients[ann].replica().own().is_some());
    assert!(arena.clients[ann].replica().visible() > 1);
    check_all(&mut arena, "seed 1");
}

#[test]
fn joining_and_leaving_is_noticed_and_seen() {
    let mut arena = arena::<Tiny>(1);
    let (ann, bob) = (connect(&mut arena, 10), connect(&mut arena, 10));
    arena.steps(20);
    assert_eq!(arena.clients[ann].replica().visible(), 2);
    arena.cut(bob);
    arena.steps(5);
    assert_eq!(arena.clients[ann].replica().visible(), 1);
    let notices: Vec<_> = std::iter::from_fn(|| arena.room.poll_notice()).collect();
    let joined = |notice: &&Notice| matches!(notice, Notice::Joined { .. });
    assert_eq!(notices.iter().filter(joined).count(), 2);
    assert!(matches!(&notices[2], Notice::Left { name, .. } if name == "player 1"));
    check_all(&mut arena, "after the leaving");
}

#[test]
fn a_game_announces_who_comes_and_goes() {
    let mut arena = arena::<Zoo>(1);
    let (ann, bob) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(10);
    arena.cut(bob);
    arena.steps(10);
    let told = |event: &u8| arena.clients[ann].events.iter().filter(|(what, _)| what == event).count();
    assert_eq!((told(&CAME), told(&WENT)), (2, 1));
}

#[test]
fn a_full_room_says_so() {
    let mut room = room();
    let clients: Vec<_> = std::iter::from_fn(|| room.connect().ok()).collect();
    assert_eq!(clients.len(), 2 + APPLICANTS_MAX);
    assert_eq!(room.connect(), Err(CloseReason::Full));
    for client in &clients[..3] {
        room.handle_message(*client, &hello::<Tiny>()).expect("the hello is fine");
    }
    let applicants: Vec<_> = std::iter::from_fn(|| room.poll_applicant()).collect();
    let answers: Vec<_> = applicants.iter().map(|it| room.admit(it.client, &it.name, None)).collect();
    assert_eq!(answers, [Ok(()), Ok(()), Err(CloseReason::Full)]);
}

#[test]
fn another_version_is_told_which_side_is_older() {
    let mut room = room();
    let client = room.connect().expect("there is room");
    let mut bytes = hello::<Tiny>();
    bytes[4] = 0;
    let reason = room.handle_message(client, &bytes).expect_err("version 0 never was");
    assert_eq!(reason.to_string(), "the client is older than the server: protocol 0 against 3");
    assert_eq!(reason.code(), 4001);
}

#[test]
fn another_game_is_refused_by_its_schema_before_anything_is_decoded() {
    let mut room = room();
    let client = room.connect().expect("there is room");
    let mut bytes = hello::<Zoo>();
    // Whatever follows the fixed part does not matter any more.
    bytes.truncate(46);
    let reason = room.handle_message(client, &bytes).expect_err("the zoo is not tiny");
    let (client, server) = (game_hash::<Zoo>(), game_hash::<Tiny>());
    assert_eq!(reason, CloseReason::SchemaDiffers { client_build: "test 1".into(), client, server, game: "tiny" });
    let sentence = reason.to_string();
    assert!(sentence.contains(&format!("test 1 has {client:016x}")), "{sentence}");
    assert!(sentence.ends_with(&format!("the server {server:016x} (tiny)")), "{sentence}");
}

#[test]
fn both_hashes_fit_into_a_close_frame_whatever_the_build_is_called() {
    let client_build = "b".repeat(BUILD_BYTES_MAX);
    let sentence = CloseReason::SchemaDiffers { client_build, client: 1, server: u64::MAX, game: "tiny" }.to_string();
    let hashes = sentence.find("ffffffffffffffff").expect("the server's hash is said") + 16;
    assert!(sentence.contains("0000000000000001") && hashes <= 123, "{sentence}");
}

#[test]
fn names_are_checked_on_both_sides() {
    for name in ["", "   ", "a\nb", &"x".repeat(33)] {
        assert!(matches!(Replica::<Tiny>::new(name, "test"), Err(SetupError::NameUnfit)), "{name:?}");
    }
    let mut room = room();
    let client = room.connect().expect("there is room");
    let mut bytes = hello::<Tiny>();
    // The last byte says that nothing is shown to be let in.
    let last = bytes.len() - 2;
    bytes[last] = 7;
    assert_eq!(room.handle_message(client, &bytes), Err(CloseReason::NameUnfit));
}

#[test]
fn a_name_is_what_everybody_sees_of_it() {
    let fits = [
        "bob",
        "Александра Александровна",
        &"я".repeat(32),
        "さくら",
        "עמית",
        "محمد",
        // A joiner that its script needs, and the parts of a heart and of a family.
        "می\u{200c}خواهم",
        "I \u{2764}\u{fe0f} it",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    ];
    for name in fits {
        assert!(is_fit_name(name), "{name:?}");
        Replica::<Tiny>::new(name, "test").unwrap();
    }
    let unfit = [
        // Nothing to be seen, or another than it seems.
        "\u{200b}",
        "\u{3164}\u{115f}",
        "\u{2800} \u{a0}",
        "bo\u{200b}b",
        "bob\u{ad}",
        "bob\u{200d}",
        "b\u{200c}ob",
        "\u{200d}bob",
        "خ\u{200c}\u{200c}م",
        "bob\u{fe0f}",
        "\u{feff}bob",
        "bob\u{e0041}",
        "bob\u{e000}",
        // Turns what stands beside it.
        "\u{202e}bob",
        "bob\u{202c}",
        "\u{2066}bob\u{2069}",
        "bob\u{200f}",
        "bob\u{2028}",
        // Too long.
        &"x".repeat(33),
        &"я".repeat(33),
        &"\u{1f680}".repeat(25),
    ];
    for name in unfit {
        assert!(!is_fit_name(name), "{name:?}");
    }
}

#[test]
fn silence_instead_of_a_hello_is_ended() {
    let mut room = room();
    let client = room.connect().expect("there is room");
    let mut closed_at = None;
    for tick in 1..=200 {
        room.tick().expect("nothing is misused");
        if let Outgoing::Close(reason) = room.poll_update(client) {
            closed_at = Some((tick, reason));
        }
    }
    assert_eq!(closed_at, Some((91, CloseReason::HelloLate)));
}

#[test]
fn events_and_commands_arrive_once_and_in_order() {
    let mut arena = arena::<Tiny>(1);
    let (ann, bob) = (connect(&mut arena, 40), connect(&mut arena, 90));
    arena.steps(20);
    for word in ["one", "two", "three"] {
        arena.clients[ann].replica_mut().command(&word.to_string()).expect("there is room for it");
        arena.steps(2);
    }
    arena.steps(20);
    for client in [ann, bob] {
        assert_eq!(arena.clients[client].events, ["one", "two", "three"]);
    }
}

/// A game whose rules are as large as they are told to be.
struct Wordy;

impl Game for Wordy {
    const NAME: &'static str = "wordy";
    const INTEREST_RADIUS: f32 = 1.0;
    type Rules = String;
    type Level = ();
    type Input = Walk;
    type Entity = Dot;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, _: &mut Step<'_, Self>) {}

    fn publish(&self, _: &mut Publisher<'_, Self>) {}
}

#[test]
fn rules_that_no_welcome_can_carry_are_refused_when_the_room_is_made() {
    let room = |bytes| Room::<Wordy>::new(Terms::of::<Wordy>("x".repeat(bytes)), 1, 1);
    assert!(room(CONTROL_BYTES_MAX / 2).is_ok());
    assert!(matches!(room(CONTROL_BYTES_MAX), Err(SetupError::RulesTooLarge)));
}
