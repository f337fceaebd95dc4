//! Levels that are read from maps, and worlds that are made of data.

use auspice::authority::Room;
use auspice::error::SetupError;
use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Replicate, Step, Terms};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::games::{check_all, connect};

/// Maps that both ends have in their programs.
const MAPS: [&str; 1] = [include_str!("games/cave.txt")];
/// Steps of place in the width of a cell.
const CELL: i32 = 100;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Rules {
    Known(u8),
    Drawn(String),
}

impl Default for Rules {
    fn default() -> Self {
        Self::Known(0)
    }
}

#[derive(Debug)]
pub struct Cave(Vec<Vec<bool>>);

impl From<&Terms<Rules>> for Cave {
    fn from(terms: &Terms<Rules>) -> Self {
        let map = match &terms.rules {
            Rules::Known(number) => MAPS.get(usize::from(*number)).copied().unwrap_or(""),
            Rules::Drawn(map) => map,
        };
        Self(map.lines().map(|line| line.chars().map(|cell| cell == '#').collect()).collect())
    }
}

impl Cave {
    fn is_wall(&self, at: IVec2) -> bool {
        let cell = at / CELL;
        let row = usize::try_from(cell.y).ok().and_then(|y| self.0.get(y));
        row.and_then(|row| row.get(usize::try_from(cell.x).ok()?)).copied().unwrap_or(true)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Ball {
    #[field(vec2(min = 0, max = 3000, step = 1), position)]
    pub at: IVec2,
    #[field(vec2(min = -100, max = 100, step = 1))]
    pub pace: IVec2,
}

/// Balls that bounce off the walls of a map.
pub struct Bounce {
    balls: Vec<Ball>,
}

impl Game for Bounce {
    const NAME: &'static str = "bounce";
    const INTEREST_RADIUS: f32 = 10_000.0;
    type Rules = Rules;
    type Level = Cave;
    type Input = ();
    type Entity = Ball;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { balls: vec![Ball { at: IVec2::splat(CELL * 3 / 2), pace: IVec2::new(37, 23) }] }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for ball in &mut self.balls {
            Self::advance(step.ground, ball);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        (0..).zip(&self.balls).for_each(|(slot, ball)| out.put(EntityId::new(slot, 0), ball));
    }

    fn place(_: &Ball) -> Option<auspice::Place> {
        None
    }

    fn advance(ground: &Ground<Self>, ball: &mut Ball) -> Fate {
        for axis in [IVec2::X, IVec2::Y] {
            if ground.level.is_wall(ball.at + ball.pace * axis) {
                ball.pace -= 2 * ball.pace * axis;
            }
            ball.at += ball.pace * axis;
        }
        Fate::Continues
    }
}

/// Plays half a minute, and says how often something was not foreseen.
fn news_of(arena: &mut Arena<Bounce>) -> u64 {
    connect(arena, 40);
    arena.steps(60);
    let news = arena.room.stats().news;
    arena.steps(900);
    check_all(arena, "the cave");
    arena.room.stats().news - news
}

#[test]
fn a_map_that_both_ends_have_is_named_by_the_rules_and_foreseen_by() {
    let mut arena = Arena::<Bounce>::new(Terms::of::<Bounce>(Rules::Known(0)), 1).expect("the map is named in a byte");
    assert_eq!(news_of(&mut arena), 0);
    let ground = arena.clients[0].replica().ground().expect("it was welcomed");
    assert_eq!((ground.level.0.len(), ground.level.0[0].len()), (6, 20));
    assert!(arena.clients[0].replica().entities().all(|held| !ground.level.is_wall(held.entity.at)));
}

#[test]
fn a_map_that_travels_in_the_rules_is_foreseen_by_as_well() {
    let rules = Rules::Drawn("######\n#....#\n#..#.#\n#....#\n######\n".into());
    let mut arena = Arena::<Bounce>::new(Terms::of::<Bounce>(rules), 1).expect("the map is small");
    assert_eq!(news_of(&mut arena), 0);
    assert_eq!(arena.clients[0].replica().ground().expect("it was welcomed").level.0[0].len(), 6);
}

#[test]
fn a_map_that_is_too_large_to_travel_is_refused_when_the_room_is_made() {
    let terms = Terms::of::<Bounce>(Rules::Drawn("#".repeat(auspice::limits::CONTROL_BYTES_MAX)));
    assert!(matches!(Room::<Bounce>::new(terms, 1, 1), Err(SetupError::RulesTooLarge)));
}

#[test]
fn a_level_is_made_of_rules_that_no_server_should_send() {
    let level = Cave::from(&Terms::of::<Bounce>(Rules::Known(255)));
    assert!(level.is_wall(IVec2::ZERO), "there is nothing but wall");
}

#[test]
fn a_world_is_made_of_data_that_its_maker_brings() {
    // As read from a file: where the balls lie, and how fast they are.
    let data = "150 150 10 0\n250 350 0 -20\n1150 350 -30 30\n";
    let numbers = |line: &str| line.split(' ').map(|number| number.parse().expect("a number")).collect::<Vec<i32>>();
    let ball = |n: Vec<i32>| Ball { at: IVec2::new(n[0], n[1]), pace: IVec2::new(n[2], n[3]) };
    let balls: Vec<Ball> = data.lines().map(numbers).map(ball).collect();
    let world = |ground: &Ground<Bounce>, _| {
        assert!(balls.iter().all(|ball| !ground.level.is_wall(ball.at)), "the level is there when the world is made");
        Bounce { balls: balls.clone() }
    };
    let mut arena =
        Arena::with_world(Terms::of::<Bounce>(Rules::Known(0)), 1, world).expect("the map is named in a byte");
    assert_eq!(news_of(&mut arena), 0);
    assert_eq!(arena.clients[0].replica().visible(), 3);
}
