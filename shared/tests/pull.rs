//! What lasts of a change is foreseen by both ends, and costs nothing where it ends.

use auspice::authority::Room;
use auspice::sim::{Arena, Link};
use auspice::state::{Display, Field, Kind, Row, check_kinds};
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Micros, Place, Publisher, Replicate, Step, Viewpoint};
use glam::{Quat, Vec3};

use crate::games::{arena, check_all, connect};

/// Steps of the game's own physics in a tick.
const SUBSTEPS: u32 = 4;
/// Ticks after which everything stands still.
const DRIVEN_TICKS: u32 = 600;

/// A body whose changes last, and whose place and attitude go with the news of what moves them.
#[derive(Clone, Copy, Debug, Replicate)]
pub struct Car {
    #[field(
        vec3(min = -500, max = 500, step = 0.000_625),
        tolerance = 0.01, position, moved_by = velocity, at_once = 0.625
    )]
    at: Vec3,
    #[field(vec3(min = -60, max = 60, step = 0.003), tolerance = 0.05, lasts = 0.9)]
    velocity: Vec3,
    #[field(rotation(bits = 14), tolerance = 0.002, moved_by = spin, at_once = 0.625)]
    attitude: Quat,
    #[field(vec3(min = -9, max = 9, step = 0.003), tolerance = 0.05, lasts = 0.7)]
    spin: Vec3,
}

/// The same without a thought for what comes next.
#[derive(Clone, Copy, Debug, Replicate)]
pub struct Cart {
    #[field(vec3(min = -500, max = 500, step = 0.000_625), tolerance = 0.01, position, moved_by = velocity)]
    at: Vec3,
    #[field(vec3(min = -60, max = 60, step = 0.003), tolerance = 0.05)]
    velocity: Vec3,
    #[field(rotation(bits = 14), tolerance = 0.002, moved_by = spin)]
    attitude: Quat,
    #[field(vec3(min = -9, max = 9, step = 0.003), tolerance = 0.05)]
    spin: Vec3,
}

#[derive(Clone, Copy, Debug, Replicate)]
pub enum Body {
    Car(Car),
    Cart(Cart),
}

/// Bodies that are driven by forces which change slowly, and by none in the end.
pub struct Track {
    cars: [Car; 4],
    players: Vec<ClientId>,
}

impl Game for Track {
    const NAME: &'static str = "track";
    const INTEREST_RADIUS: f32 = 1000.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Body;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        let car = |index: usize| Car {
            at: Vec3::new(20.0 * index as f32, 0.0, 0.0),
            velocity: Vec3::ZERO,
            attitude: Quat::IDENTITY,
            spin: Vec3::ZERO,
        };
        Self { cars: core::array::from_fn(car), players: Vec::new() }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.players.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.players.retain(|player| *player != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        let seconds = 1.0 / 30.0 / SUBSTEPS as f32;
        for (index, car) in self.cars.iter_mut().enumerate() {
            if step.tick.0 > DRIVEN_TICKS {
                (car.velocity, car.spin) = (Vec3::ZERO, Vec3::ZERO);
            }
            for substep in 0..SUBSTEPS {
                let time = (step.tick.0 * SUBSTEPS + substep) as f32 * seconds;
                let phase = time * 0.7 + index as f32;
                if step.tick.0 <= DRIVEN_TICKS {
                    car.velocity += Vec3::new(libm::sinf(phase), libm::cosf(1.3 * phase), 0.0) * (12.0 * seconds);
                    car.spin += Vec3::new(0.0, 0.0, libm::cosf(2.0 * phase)) * (3.0 * seconds);
                }
                car.at += car.velocity * seconds;
                car.attitude = (Quat::from_scaled_axis(car.spin * seconds) * car.attitude).normalize();
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        self.players.iter().for_each(|player| out.viewpoint(*player, Viewpoint::at(Place(Vec3::ZERO))));
        for (slot, car) in (0..).zip(self.cars) {
            out.put(EntityId::new(slot, 0), &Body::Car(car));
            let Car { at, velocity, attitude, spin } = car;
            out.put(EntityId::new(slot + 8, 0), &Body::Cart(Cart { at, velocity, attitude, spin }));
        }
    }

    fn advance(ground: &Ground<Self>, body: &mut Body) -> Fate {
        body.drift(ground.terms.tick_hz);
        Fate::Continues
    }
}

/// Number of times that a field of a kind had news.
fn news_of(room: &Room<Track>, kind: usize, field: usize) -> u64 {
    room.news_counts()
        .iter()
        .filter(|(of, fields, _)| *of == kind && fields >> field & 1 == 1)
        .map(|(_, _, count)| count)
        .sum()
}

#[test]
fn a_push_that_lasts_is_foreseen_and_takes_less_news() {
    let mut arena: Arena<Track> = arena(1);
    arena.room.learn_codes();
    connect(&mut arena, 0);
    arena.steps(DRIVEN_TICKS);
    let [at, velocity, attitude, spin] = [0, 1, 2, 3].map(|field| [0, 1].map(|kind| news_of(&arena.room, kind, field)));
    for (what, [with, without]) in [("velocity", velocity), ("spin", spin)] {
        assert!(5 * with < 4 * without, "{what}: {with} times, {without} without a pull");
    }
    for (what, [with, without]) in [("place", at), ("attitude", attitude)] {
        assert!(3 * with < without, "{what}: {with} times, {without} where it does not go at once");
    }
}

#[test]
fn whoever_comes_later_or_loses_something_holds_the_same() {
    let mut arena: Arena<Track> = arena(2);
    connect(&mut arena, 0);
    let bad = Link { delay: Micros(60_000), jitter: Micros(40_000), losses_in_10_000: 200, ..Link::default() };
    for _ in 0..4 {
        arena.steps(90);
        arena.connect(bad, bad).expect("the name fits");
    }
    check_all(&mut arena, "on bad links");
}

#[test]
fn what_stands_still_stays_there() {
    let mut arena: Arena<Track> = arena(3);
    let ann = connect(&mut arena, 0);
    arena.steps(DRIVEN_TICKS + 20);
    let (hash, news) = (arena.room.published_hash(), arena.room.stats().news);
    arena.steps(100);
    assert_eq!((arena.room.published_hash(), arena.room.stats().news), (hash, news));
    assert_eq!(arena.clients[ann].replica().hash(), hash);
    assert!(arena.faults.is_empty(), "{:?}", arena.faults);
}

/// A game's kinds, of which only the table matters.
macro_rules! refused {
    ($name:ident, $fields:expr, $why:literal) => {
        struct $name;

        impl Replicate for $name {
            const KINDS: &'static [Kind] = &[Kind {
                name: "Wrong",
                labelled: false,
                priority: 1,
                patience_millis: None,
                fields: &$fields,
                news: &[],
                codes: "",
                display: Display::Advance,
                rewinds: false,
                obstacle: false,
            }];

            fn kind(&self) -> usize {
                0
            }

            fn write_row(&self, _: &mut Row) {}

            fn read_row(_: usize, _: &Row) -> Self {
                Self
            }
        }

        let error = check_kinds::<$name>().expect_err("the table is wrong").to_string();
        assert!(error.contains($why), "{error}");
    };
}

#[test]
fn what_cannot_last_is_refused() {
    const SPEED: Field = Field::scalar("speed", -1.0, 1.0, 0.01);
    refused!(ForEver, [SPEED.lasts(1.0)], "no share under 1");
    refused!(Decided, [SPEED.control().lasts(0.5)], "a control");
    refused!(Chosen, [Field::choice("gear", 4).lasts(0.5)], "no number");
    refused!(Alone, [SPEED.at_once(0.5)], "nothing moves it");
    refused!(TooMuch, [SPEED, SPEED.moved_by(0).at_once(1.5)], "no share up to 1");
    refused!(Driven, [SPEED.control(), SPEED.moved_by(0).at_once(0.5)], "a control moves nothing at once");
    refused!(Negative, [Field { tolerance: -0.02, ..SPEED }], "too coarse to keep its tolerance");
    refused!(Tolerant, [Field { tolerance: 2.0, ..Field::choice("gear", 4) }], "too coarse to keep its tolerance");
    refused!(Circle, [SPEED.moved_by(1).at_once(0.5), SPEED.moved_by(0).at_once(0.5)], "in a circle");
}
