//! What the seam does for a game by itself.

use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Game, Place, Publisher, Replicate, Step, Terms, Viewpoint};
use glam::{IVec2, Quat, Vec2, Vec3};

use crate::games::zoo::{Animal, Dart, Runner, Score, Spinner, Zoo};
use crate::games::{arena, check_all, connect};

#[test]
fn an_entity_is_where_its_position_says_in_units_and_everywhere_without_one() {
    let runner = Runner { position: Vec2::new(1.5, -2.25), velocity: Vec2::ZERO, steer: 0, laps: 0 };
    assert_eq!(Zoo::place(&Animal::Runner(runner)), Some(Place(Vec3::new(1.5, -2.25, 0.0))), "floats are units");
    let dart = Dart { position: IVec2::new(250, -100), velocity: IVec2::ZERO, fuse: 1 };
    assert_eq!(Zoo::place(&Animal::Dart(dart)), Some(Place(Vec3::new(2.5, -1.0, 0.0))), "whole numbers are steps");
    let position = Vec3::new(1.0, 2.0, 3.0);
    let spinner = Spinner { position, velocity: Vec3::ONE, rotation: Quat::IDENTITY, spin: Vec3::ZERO, hue: 0, mood: 0 };
    assert_eq!(Zoo::place(&Animal::Spinner(spinner)), Some(Place(position)));
    assert_eq!(Zoo::place(&Animal::Score(Score { points: 1 })), None);
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Planet {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position, follows = velocity)]
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
    type Input = ();
    type Entity = Planet;
    type Command = ();
    type Event = ();

    fn new(_: &Terms<()>, _: u64) -> Self {
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
        self.planet.drift(step.terms.tick_hz);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(EntityId::new(0, 0), &self.planet);
        self.watchers.iter().for_each(|&watcher| out.view(watcher, Viewpoint::at(Vec2::ZERO.into())));
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
