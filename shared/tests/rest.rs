//! What rests costs nothing, and a game that hands over changes alone is served as one that hands over everything.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use auspice::authority::{Neglect, Outgoing, Room};
use auspice::replica::Replica;
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Micros, Publisher, Replicate, Rng, Step, Terms, Viewpoint};
use glam::IVec2;
use serde::{Deserialize, Serialize};

/// Crates that stay, since players look from there.
const PLAYERS: u32 = 4;

thread_local! {
    /// Number of crates that were advanced.
    static ADVANCED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(label)]
struct Crate {
    #[field(vec2(min = -4096, max = 4096, step = 1), position, moved_by = velocity)]
    at: IVec2,
    /// Published as foreseen within two steps.
    #[field(vec2(min = -60, max = 60, step = 1), tolerance = 2.0)]
    velocity: IVec2,
    /// Ticks that are left; 0 is for ever.
    #[field(scalar(min = 0, max = 200, step = 1))]
    left: u8,
}

/// A way in which the game neglects its duties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Neglects {
    #[default]
    Nothing,
    Moves,
    Removals,
    Labels,
    Births,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Rules {
    crates: u32,
    /// One in so many is touched in a tick; 0 is none.
    touched: u32,
    hands_over_all: bool,
    neglects: Neglects,
}

/// Crates on a yard. Most lie still.
struct Yard {
    crates: BTreeMap<u32, (u8, Crate, String)>,
    touched: BTreeSet<u32>,
    removed: Vec<EntityId>,
    players: Vec<ClientId>,
    rules: Rules,
}

impl Game for Yard {
    const NAME: &'static str = "yard";
    const INTEREST_RADIUS: f32 = 400.0;
    type Rules = Rules;
    type Level = ();
    type Input = ();
    type Entity = Crate;
    type Command = ();
    type Event = ();

    fn new(ground: &Ground<Self>, _: u64) -> Self {
        let mut dice = Rng::new(5);
        let rules = ground.terms.rules;
        let mut put = |slot| {
            let at = IVec2::new(dice.between(-1500, 1500), dice.between(-1500, 1500));
            (slot, (0, Crate { at, velocity: IVec2::ZERO, left: 0 }, String::new()))
        };
        let crates = (0..rules.crates).map(&mut put).collect();
        Self { crates, touched: BTreeSet::new(), removed: Vec::new(), players: Vec::new(), rules }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.players.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.players.retain(|player| *player != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.touched.clear();
        self.removed.clear();
        for (_, body, _) in self.crates.values_mut() {
            advance(body);
        }
        // Both ends foresee that these end.
        self.crates.retain(|_, (_, body, _)| body.left != 1);
        for _ in 0..if self.rules.touched == 0 { 0 } else { self.rules.crates.div_ceil(self.rules.touched) } {
            self.touch(step.rng);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, (generation, body, label)) in &self.crates {
            out.put_exactly(EntityId::new(*slot, *generation), body, label.as_bytes());
        }
        self.look(out);
    }

    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        if self.rules.hands_over_all {
            return self.publish(out);
        }
        out.carry_on_others();
        self.removed.iter().for_each(|id| out.remove(*id));
        for slot in &self.touched {
            let Some((generation, body, label)) = self.crates.get(slot) else { continue };
            out.put_exactly(EntityId::new(*slot, *generation), body, label.as_bytes());
        }
        self.look(out);
    }

    fn advance(_: &Ground<Self>, body: &mut Crate) -> Fate {
        ADVANCED.set(ADVANCED.get() + 1);
        let ends = body.left == 2;
        advance(body);
        if ends { Fate::Ends } else { Fate::Continues }
    }
}

fn advance(body: &mut Crate) {
    body.at = (body.at + body.velocity).clamp(IVec2::splat(-4096), IVec2::splat(4096));
    body.left -= u8::from(body.left > 0);
}

impl Yard {
    /// Something happens to one of the crates.
    fn touch(&mut self, dice: &mut Rng) {
        let slot = dice.below(self.rules.crates);
        let neglects = self.rules.neglects;
        let Some((generation, body, label)) = self.crates.get_mut(&slot) else {
            let body = Crate { at: IVec2::new(dice.between(-1500, 1500), 0), velocity: IVec2::ZERO, left: 0 };
            self.crates.insert(slot, (dice.below(256) as u8, body, String::new()));
            if neglects != Neglects::Births {
                self.touched.insert(slot);
            }
            return;
        };
        let id = EntityId::new(slot, *generation);
        match dice.below(8) {
            0 => {
                *label = format!("{}", dice.below(1000));
                if neglects == Neglects::Labels {
                    return;
                }
            }
            // Players have the first ones.
            1 if slot >= PLAYERS && !self.touched.contains(&slot) => {
                self.crates.remove(&slot);
                if neglects != Neglects::Removals {
                    self.removed.push(id);
                }
                return;
            }
            2 if slot >= PLAYERS => body.left = 40 + dice.below(60) as u8,
            3..5 => body.velocity = IVec2::ZERO,
            _ => {
                body.velocity = IVec2::new(dice.between(-60, 60), dice.between(-60, 60));
                if neglects == Neglects::Moves {
                    return;
                }
            }
        }
        self.touched.insert(slot);
    }

    fn look(&self, out: &mut Publisher<'_, Self>) {
        for (index, player) in self.players.iter().enumerate() {
            out.viewpoint(*player, Viewpoint::of(EntityId::new(index as u32, 0)));
        }
    }
}

fn terms(rules: Rules) -> Terms<Rules> {
    Terms::of::<Yard>(rules)
}

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

#[test]
fn the_published_hash_is_that_of_a_view_of_everything() {
    let mut terms = terms(Rules { crates: 80, touched: 8, ..Rules::default() });
    terms.interest_radius = 100_000.0;
    let mut play = Play { room: Room::new(terms, 9, 1).expect("the terms are right"), ..Play::new(Rules::default(), 0) };
    let client = play.room.connect().expect("there is room");
    play.players.push((client, Replica::new("player", "test").expect("the name fits")));
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
