//! What the seam does for a game by itself.

use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Place, Publisher, Replicate, Step, Terms, Viewpoint};
use glam::{IVec2, Quat, Vec2, Vec3};

use crate::games::zoo::{Animal, Dart, Runner, Score, Spinner, Zoo};
use crate::games::{arena, arena_with, check_all, connect};

#[test]
fn an_entity_is_where_its_position_says_in_units_and_everywhere_without_one() {
    let runner = Runner { position: Vec2::new(1.5, -2.25), velocity: Vec2::ZERO, steer: 0, laps: 0 };
    assert_eq!(Zoo::place(&Animal::Runner(runner)), Some(Place(Vec3::new(1.5, -2.25, 0.0))), "floats are units");
    let dart = Dart { position: IVec2::new(250, -100), velocity: IVec2::ZERO, fuse: 1 };
    assert_eq!(Zoo::place(&Animal::Dart(dart)), Some(Place(Vec3::new(2.5, -1.0, 0.0))), "whole numbers are steps");
    let position = Vec3::new(1.0, 2.0, 3.0);
    let spinner =
        Spinner { position, velocity: Vec3::ONE, rotation: Quat::IDENTITY, spin: Vec3::ZERO, hue: 0, mood: 0 };
    assert_eq!(Zoo::place(&Animal::Spinner(spinner)), Some(Place(position)));
    assert_eq!(Zoo::place(&Animal::Score(Score { points: 1 })), None);
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Planet {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position, moved_by = velocity)]
    pub position: Vec2,
    #[field(vec2(min = -10.0, max = 10.0, step = 0.01))]
    pub velocity: Vec2,
}

/// A game to look at: nobody has anything to say in it.
pub struct Sky {
    planet: Planet,
    watchers: Vec<ClientId>,
}

impl Game for Sky {
    const NAME: &'static str = "sky";
    const INTEREST_RADIUS: f32 = 500.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Planet;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { planet: Planet { position: Vec2::ZERO, velocity: Vec2::new(3.0, -1.5) }, watchers: Vec::new() }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.watchers.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.watchers.retain(|watcher| *watcher != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        assert_eq!(step.inputs.len(), self.watchers.len(), "one input each, with nothing in it");
        self.planet.drift(step.ground.terms.tick_hz);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(EntityId::new(0, 0), &self.planet);
        self.watchers.iter().for_each(|&watcher| out.viewpoint(watcher, Viewpoint::at(Vec2::ZERO.into())));
    }
}

#[test]
fn a_game_without_input_is_played_by_looking() {
    let mut arena: Arena<Sky> = arena(1);
    let ann = connect(&mut arena, 30);
    arena.steps(90);
    arena.clients[ann].replica_mut().set_input(());
    arena.steps(90);
    let held: Vec<Planet> = arena.clients[ann].replica().entities().map(|held| held.entity).collect();
    assert_eq!((held.len(), held[0].velocity), (1, Vec2::new(3.0, -1.5)));
    assert!(held[0].position.x > 10.0, "it is on its way: {:?}", held[0]);
    check_all(&mut arena, "the sky");
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Ball {
    #[field(scalar(min = -10_000, max = 10_000, step = 1))]
    pub at: i32,
    #[field(scalar(min = -100, max = 100, step = 1))]
    pub pace: i32,
}

/// Where the walls of an [`Alley`] stand.
pub struct Walls {
    width: i32,
}

thread_local! {
    /// How many levels were made by this thread, which is a test's.
    static LEVELS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

impl From<&Terms<i32>> for Walls {
    fn from(terms: &Terms<i32>) -> Self {
        LEVELS.set(LEVELS.get() + 1);
        Self { width: terms.rules }
    }
}

/// A ball between two walls, which stand as far apart as the rules say.
pub struct Alley {
    ball: Ball,
}

impl Game for Alley {
    const NAME: &'static str = "alley";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = i32;
    type Level = Walls;
    type Input = ();
    type Entity = Ball;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { ball: Ball { at: 0, pace: 7 } }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        Self::advance(step.ground, &mut self.ball);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(EntityId::new(0, 0), &self.ball);
    }

    fn advance(ground: &Ground<Self>, ball: &mut Ball) -> Fate {
        ball.at += ball.pace;
        if ball.at.abs() > ground.level.width {
            ball.pace = -ball.pace;
        }
        Fate::Continues
    }
}

#[test]
fn a_level_is_made_once_at_either_end_and_both_foresee_by_it() {
    let mut arena = arena_with::<Alley>(Terms::of::<Alley>(100), 1);
    let clients = [connect(&mut arena, 20), connect(&mut arena, 40)];
    arena.steps(60);
    assert_eq!(LEVELS.get(), 3, "one for the room, and one for each client");
    let news = arena.room.stats().news;
    arena.steps(300);
    assert_eq!(arena.room.stats().news, news, "it bounces off the walls without any news");
    assert_eq!(LEVELS.get(), 3);
    check_all(&mut arena, "the alley");
    for client in clients {
        let ground = arena.clients[client].replica().ground().expect("it was welcomed");
        assert_eq!((ground.terms.rules, ground.level.width), (100, 100));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
struct Motion {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position, moved_by = velocity, tolerance = 0.02)]
    position: Vec2,
    #[field(vec2(min = -10.0, max = 10.0, step = 0.01))]
    velocity: Vec2,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(label, news = "fuel+spin:2 velocity:2 gone:3 other:3")]
struct Shared {
    #[field(counter(max = 100))]
    fuel: u8,
    #[field(flatten)]
    motion: Motion,
    #[field(angle(bits = 12), moved_by = spin)]
    heading: u16,
    #[field(scalar(min = -10, max = 10, step = 0.1))]
    spin: f32,
}

/// The same with all fields written out.
mod written_out {
    use super::{Replicate, Vec2};

    #[derive(Clone, Copy, Debug, PartialEq, Replicate)]
    #[replicate(label, news = "fuel+spin:2 velocity:2 gone:3 other:3")]
    pub(super) struct Shared {
        #[field(counter(max = 100))]
        pub(super) fuel: u8,
        #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position, moved_by = velocity, tolerance = 0.02)]
        pub(super) position: Vec2,
        #[field(vec2(min = -10.0, max = 10.0, step = 0.01))]
        pub(super) velocity: Vec2,
        #[field(angle(bits = 12), moved_by = spin)]
        pub(super) heading: u16,
        #[field(scalar(min = -10, max = 10, step = 0.1))]
        pub(super) spin: f32,
    }
}

#[test]
fn a_table_that_takes_in_a_struct_is_the_table_written_out() {
    assert_eq!(Shared::KINDS, written_out::Shared::KINDS);
    assert_eq!(auspice::state::schema_hash::<Shared>(1), auspice::state::schema_hash::<written_out::Shared>(1));
    let (position, velocity) = (Vec2::new(1.5, -3.0), Vec2::new(9.0, 0.0));
    let mut shared = Shared { fuel: 7, motion: Motion { position, velocity }, heading: 4000, spin: 5.0 };
    let mut written = written_out::Shared { fuel: 7, position, velocity, heading: 4000, spin: 5.0 };
    for _ in 0..30 {
        shared.drift(30);
        written.drift(30);
        let rows = [[0; auspice::limits::COLUMNS_MAX]; 2];
        let [mut one, mut other] = rows;
        shared.write_row(&mut one);
        written.write_row(&mut other);
        assert_eq!(one, other);
        assert_eq!((Shared::read_row(0, &one), shared.position()), (shared, written.position()));
    }
    assert_ne!(shared.motion.position, position, "it moves");
    assert_ne!(shared.heading, 4000, "it turns");
}
