//! What rests costs nothing, and a game that hands over changes alone is served as one that hands over everything.

use std::collections::BTreeSet;

use auspice::authority::{Neglect, Outgoing, Room};
use auspice::replica::Replica;
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Micros, Publisher, Step, Terms};
use glam::IVec2;

use crate::games::yard::{ADVANCED, Crate, Neglects, Rules, Yard, advance, terms};

/// A room and players, who hold everything in each tick.
struct Play {
    room: Room<Yard>,
    players: Vec<(ClientId, Replica<Yard>)>,
    now: Micros,
}

impl Play {
    fn new(rules: Rules, players: usize) -> Self {
        let mut room = Room::new(terms(rules), 9, players).expect("the terms are right");
        let players = (0..players).map(|index| {
            let client = room.connect().expect("there is room");
            (client, Replica::new(&format!("player {index}"), "test").expect("the name fits"))
        });
        let players = players.collect();
        Self { room, players, now: Micros(1_000_000) }
    }

    /// A tick. Every byte that was sent.
    fn tick(&mut self) -> Vec<u8> {
        self.now = self.now + Micros(33_334);
        let mut sent = Vec::new();
        for (client, replica) in &mut self.players {
            while let Some(message) = replica.poll_transmit(self.now) {
                self.room.handle_message(*client, message).expect("the replica is honest");
            }
        }
        self.room.admit_all();
        self.room.tick().expect("nothing is misused");
        for (client, replica) in &mut self.players {
            while let Outgoing::Message(message) = self.room.poll_update(*client) {
                sent.extend_from_slice(message);
                replica.handle_message(message, self.now).expect("the room is honest");
            }
        }
        sent
    }
}

#[test]
fn changes_alone_make_the_same_bytes_as_everything() {
    for (crates, touched) in [(60, 4), (300, 30), (300, 300)] {
        let rules = Rules { crates, touched, ..Rules::default() };
        let mut twins = [Play::new(rules, 3), Play::new(Rules { hands_over_all: true, ..rules }, 3)];
        let mut bytes = 0;
        for tick in 0..900 {
            let [changes, all] = twins.each_mut().map(|play| {
                let sent = play.tick();
                // The welcome says how the game is played.
                (if tick < 4 { Vec::new() } else { sent }, play.room.published_hash())
            });
            assert!(changes == all, "{crates} crates, one in {touched}: tick {tick}");
            bytes += changes.0.len();
            assert_eq!(twins[0].room.compare_hand_over(), [], "tick {tick}");
        }
        let stats = twins[0].room.stats();
        assert!(stats.news > 500 && stats.enters > 100 && bytes > 2000, "too quiet: {stats:?}, {bytes} bytes");
    }
}

#[test]
fn what_rests_is_advanced_by_neither_end() {
    let rules = Rules { crates: 500, ..Rules::default() };
    let mut play = Play::new(rules, 4);
    (0..30).for_each(|_| drop(play.tick()));
    let held: usize = play.players.iter().map(|(_, replica)| replica.visible()).sum();
    assert!(held > 40, "{held} crates are seen");
    ADVANCED.set(0);
    (0..30).for_each(|_| drop(play.tick()));
    assert_eq!(ADVANCED.get(), 0);
    let mut rules = rules;
    rules.hands_over_all = true;
    let mut play = Play::new(rules, 4);
    (0..30).for_each(|_| drop(play.tick()));
    ADVANCED.set(0);
    (0..30).for_each(|_| drop(play.tick()));
    assert_eq!(ADVANCED.get(), 0, "nor where the game hands it over all the same");
}

/// A player who sees everything.
fn play_in_sight_of_all(rules: Rules) -> Play {
    play_by(terms(rules))
}

fn play_by(terms: Terms<Rules>) -> Play {
    let terms = Terms { interest_radius: 100_000.0, ..terms };
    let mut play =
        Play { room: Room::new(terms, 9, 1).expect("the terms are right"), ..Play::new(Rules::default(), 0) };
    let client = play.room.connect().expect("there is room");
    play.players.push((client, Replica::new("player", "test").expect("the name fits")));
    play
}

#[test]
fn an_update_without_news_is_a_byte_or_two_however_much_is_held() {
    for (crates, waits) in [1, 60, 500, 3000].into_iter().flat_map(|crates| [(crates, false), (crates, true)]) {
        let terms = terms(Rules { crates, ..Rules::default() });
        let mut play = play_by(if waits { terms } else { terms.strict() });
        (0..90).for_each(|_| drop(play.tick()));
        let entities = play.room.stats().entities as usize;
        assert_eq!(play.players[0].1.visible(), entities);
        let mut lengths: Vec<_> = (0..30).map(|_| play.tick().len()).collect();
        lengths.sort_unstable();
        // One or two bring a hash of the view. Where news waits there is one in five ticks, and of these each says that
        // the newest input is older, or younger, than the one before said.
        let (without, most) = if waits { (24, 2) } else { (0, 1) };
        assert!(lengths[..without].iter().all(|bytes| *bytes == 0), "{entities} are held: {lengths:?}");
        assert!(
            lengths[without..28].iter().all(|bytes| (1..=most).contains(bytes)),
            "{entities} are held: {lengths:?}"
        );
    }
}

#[test]
fn the_published_hash_is_that_of_a_view_of_everything() {
    let mut play = play_in_sight_of_all(Rules { crates: 80, touched: 8, ..Rules::default() });
    let (mut seen, mut compared) = (BTreeSet::new(), 0);
    for tick in 0..600 {
        play.tick();
        let (replica, entities) = (&play.players[0].1, play.room.stats().entities as usize);
        // In the first ticks, and where several come at once, some wait for the next update.
        if tick % 7 == 0 && replica.visible() == entities {
            let hash = replica.hash();
            assert_eq!(play.room.published_hash(), hash, "tick {tick}");
            seen.insert(hash);
            compared += 1;
        }
    }
    assert!(compared > 40 && seen.len() == compared, "{compared} compared, {} different", seen.len());
}

/// Faults that are found in a yard that neglects something.
fn faults(neglects: Neglects) -> Vec<String> {
    let rules = Rules { crates: 100, touched: 20, neglects, ..Rules::default() };
    let mut arena = Arena::<Yard>::new(terms(rules), 3).expect("the terms are right");
    arena.connect(Link::default(), Link::default()).expect("the name fits");
    arena.steps(200);
    arena.faults.iter().map(|fault| fault.0.clone()).collect()
}

#[test]
fn a_game_that_forgets_something_is_told_what() {
    assert_eq!(faults(Neglects::Nothing), [""; 0]);
    for (neglects, said) in [
        (Neglects::Moves, "changed, and was not put: column"),
        (Neglects::Removals, "is gone, and was not removed"),
        (Neglects::Labels, "has another label, and was not put"),
        (Neglects::Births, "is there, and was not put"),
    ] {
        let faults = faults(neglects);
        assert!(faults.iter().any(|fault| fault.contains(said)), "{neglects:?}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.starts_with("Crate ")), "{faults:?}");
    }
}

/// Two crates that stop in the second tick. One is put exactly then.
struct Stop {
    is_stopped: bool,
    ticks: u32,
}

impl Game for Stop {
    const NAME: &'static str = "stop";
    const INTEREST_RADIUS: f32 = 400.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Crate;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { is_stopped: false, ticks: 0 }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.ticks = step.tick.0;
        self.is_stopped = self.ticks > 1;
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        [0, 1].into_iter().for_each(|slot| out.put(EntityId::new(slot, 0), &self.body()));
    }

    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        out.carry_on_others();
        if self.ticks == 2 {
            out.put(EntityId::new(0, 0), &self.body());
            out.put_exactly(EntityId::new(1, 0), &self.body(), &[]);
        }
    }

    fn advance(_: &Ground<Self>, body: &mut Crate) -> Fate {
        advance(body);
        Fate::Continues
    }
}

impl Stop {
    fn body(&self) -> Crate {
        let (at, velocity) = if self.is_stopped { (2, 0) } else { (0, 2) };
        Crate { at: IVec2::new(at, 0), velocity: IVec2::new(velocity, 0), left: 0 }
    }
}

#[test]
fn a_body_that_stops_within_its_tolerance_creeps_unless_it_is_put_exactly() {
    let mut room = Room::<Stop>::new(Terms::of::<Stop>(()), 1, 1).expect("the terms are right");
    (0..7).for_each(|_| room.tick().expect("nothing is misused"));
    let forgotten = room.compare_hand_over();
    assert_eq!(forgotten.len(), 1, "{forgotten:?}");
    assert_eq!((forgotten[0].id.slot, &forgotten[0].what), (0, &Neglect::Columns(vec![(0, 12, 2)])));
}
