//! Everything that a game can do to the engine: floating-point bodies with hidden gusts and tolerances,
//! controls, darts whose end is foreseen (and sometimes comes early), spinning bodies in three dimensions, a
//! score that everyone sees, labels that change, teleports, slots that are used again at once, and stealth.

use std::collections::BTreeMap;

use auspice::{
    Audience, ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Rng, Sight, Slots,
    Step, Viewpoint,
};
use glam::{IVec2, Quat, Vec2, Vec3};
use serde::{Deserialize, Serialize};

pub const HALF_SIDE: f32 = 200.0;

#[derive(Clone, Debug, Replicate, Serialize, Deserialize)]
#[replicate(label, codes = include_str!("zoo_codes.txt"))]
pub struct Runner {
    #[field(vec2(min = -250.0, max = 250.0, step = 0.01), tolerance = 0.035, moved_by = velocity, position)]
    pub position: Vec2,
    #[field(vec2(min = -60.0, max = 60.0, step = 0.01), tolerance = 0.08)]
    pub velocity: Vec2,
    #[field(flags(bits = 4), control)]
    pub steer: u8,
    #[field(counter(max = 1000))]
    pub laps: u16,
}

#[derive(Clone, Debug, Replicate, Serialize, Deserialize)]
pub struct Dart {
    #[field(vec2(min = -250.0, max = 250.0, step = 0.01), position)]
    pub position: IVec2,
    #[field(vec2(min = -10.0, max = 10.0, step = 0.01))]
    pub velocity: IVec2,
    #[field(counter(max = 255), news_bits = 5)]
    pub fuse: u8,
}

#[derive(Clone, Debug, Replicate, Serialize, Deserialize)]
#[replicate(codes = include_str!("zoo_codes.txt"))]
pub struct Spinner {
    #[field(
        vec3(min = [-250.0, -250.0, -500.0], max = 250.0, step = 0.1),
        moved_by = velocity, at_once = 0.5, position
    )]
    pub position: Vec3,
    #[field(vec3(min = -20.0, max = 20.0, step = 0.1), lasts = 0.75)]
    pub velocity: Vec3,
    #[field(rotation(bits = 12), tolerance = 0.009, moved_by = spin, at_once = 0.6)]
    pub rotation: Quat,
    #[field(vec3(min = -4.0, max = 4.0, step = 0.01), lasts = 0.5)]
    pub spin: Vec3,
    #[field(angle(bits = 12))]
    pub hue: u16,
    #[field(choice(count = 5))]
    pub mood: u8,
}

#[derive(Clone, Debug, Replicate, Serialize, Deserialize)]
pub struct Score {
    #[field(counter(max = 1_000_000))]
    pub points: u32,
}

#[derive(Clone, Debug, Replicate, Serialize, Deserialize)]
pub enum Animal {
    Runner(Runner),
    Dart(Dart),
    Spinner(Spinner),
    Score(Score),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Want {
    #[field(flags(bits = 4))]
    pub steer: u8,
}

/// What everyone is told when a player came, with its animal.
pub const CAME: u8 = 254;
/// The same when it is gone.
pub const WENT: u8 = 255;

#[derive(Serialize, Deserialize)]
pub struct Zoo {
    animals: Slots<slotmap::DefaultKey, Animal>,
    labels: BTreeMap<slotmap::DefaultKey, Vec<u8>>,
    own: BTreeMap<ClientId, slotmap::DefaultKey>,
}

impl Zoo {
    fn runner(rng: &mut Rng) -> Animal {
        Animal::Runner(Runner { position: somewhere(rng), velocity: Vec2::ZERO, steer: 0, laps: 0 })
    }

    fn dart(rng: &mut Rng) -> Animal {
        Animal::Dart(Dart {
            position: (somewhere(rng) * 100.0).as_ivec2(),
            velocity: IVec2::new(rng.between(-900, 900), rng.between(-900, 900)),
            fuse: rng.between(3, 40) as u8,
        })
    }

    fn spinner(rng: &mut Rng) -> Animal {
        let axis =
            Vec3::new(rng.between(-300, 300) as f32, rng.between(-300, 300) as f32, rng.between(-300, 300) as f32)
                / 100.0;
        Animal::Spinner(Spinner {
            position: somewhere(rng).extend(0.0),
            velocity: axis,
            rotation: Quat::IDENTITY,
            spin: axis,
            hue: rng.below(4096) as u16,
            mood: rng.below(5) as u8,
        })
    }
}

fn somewhere(rng: &mut Rng) -> Vec2 {
    let half = HALF_SIDE as i32;
    Vec2::new(rng.between(-half, half) as f32, rng.between(-half, half) as f32)
}

impl Game for Zoo {
    const NAME: &'static str = "zoo";
    const INTEREST_RADIUS: f32 = 80.0;
    type Rules = ();
    type Level = ();
    type Input = Want;
    type Entity = Animal;
    type Command = u8;
    type Event = (u8, Option<EntityId>);

    fn new(_: &Ground<Self>, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut zoo = Self { animals: Slots::new(), labels: BTreeMap::new(), own: BTreeMap::new() };
        zoo.animals.insert(Animal::Score(Score { points: 0 }));
        for _ in 0..12 {
            zoo.animals.insert(Self::spinner(&mut rng));
            let key = zoo.animals.insert(Self::runner(&mut rng));
            zoo.labels.insert(key, b"wild".to_vec());
        }
        zoo
    }

    fn join(&mut self, client: ClientId, name: &str, context: &mut Context<'_, Self>) {
        let mut rng = Rng::new(self.animals.len() as u64);
        let key = self.animals.insert(Self::runner(&mut rng));
        self.labels.insert(key, name.as_bytes().to_vec());
        self.own.insert(client, key);
        context.events.send(Audience::All, (CAME, Some(EntityId::from_key(key))));
    }

    fn leave(&mut self, client: ClientId, context: &mut Context<'_, Self>) {
        if let Some(key) = self.own.remove(&client) {
            self.animals.remove(key);
            self.labels.remove(&key);
            context.events.send(Audience::All, (WENT, Some(EntityId::from_key(key))));
        }
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        let rng = &mut *step.rng;
        for (client, want) in step.inputs {
            if let Some(Animal::Runner(runner)) = self.own.get(client).and_then(|key| self.animals.get_mut(*key)) {
                runner.steer = want.steer;
            }
        }
        let mut gone = Vec::new();
        for (key, animal) in self.animals.iter_mut() {
            match animal {
                Animal::Runner(runner) => {
                    run(runner, step.ground.terms.tick_hz);
                    if rng.one_in(40) {
                        runner.velocity += Vec2::new(rng.between(-9, 9) as f32, rng.between(-9, 9) as f32);
                    }
                    if rng.one_in(300) {
                        runner.position = somewhere(rng);
                        runner.laps += 1;
                    }
                }
                Animal::Dart(dart) => {
                    if fly(dart) == Fate::Ends || rng.one_in(60) {
                        gone.push(key);
                    }
                }
                Animal::Spinner(spinner) => {
                    let mut published = Animal::Spinner(spinner.clone());
                    published.drift(step.ground.terms.tick_hz);
                    if let Animal::Spinner(drifted) = published {
                        *spinner = drifted;
                    }
                    if rng.one_in(50) {
                        spinner.mood = rng.below(5) as u8;
                        spinner.hue = rng.below(4096) as u16;
                    }
                    if spinner.position.abs().max_element() > HALF_SIDE || rng.one_in(400) {
                        gone.push(key);
                    }
                }
                Animal::Score(score) => score.points += u32::from(rng.one_in(20)),
            }
        }
        for key in gone {
            let spinner = matches!(self.animals.remove(key), Some(Animal::Spinner(_)));
            let next = if spinner { Self::spinner(rng) } else { Self::dart(rng) };
            self.animals.insert(next);
        }
        if self.animals.len() < 90 {
            self.animals.insert(Self::dart(rng));
        }
        if rng.one_in(30)
            && let Some((&key, label)) = self.labels.iter_mut().next()
        {
            *label = format!("{key:?} {}", rng.below(100)).into_bytes();
            step.events.send(Audience::Near(EntityId::from_key(key), None), (1, Some(EntityId::from_key(key))));
        }
        for (client, command) in step.commands.drain(..) {
            step.events.send(Audience::One(client), (command, None));
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (key, animal) in self.animals.iter() {
            let label = self.labels.get(&key).map(Vec::as_slice).unwrap_or_default();
            out.put_labelled(EntityId::from_key(key), animal, label);
        }
        for (client, key) in &self.own {
            out.viewpoint(*client, Viewpoint::of(EntityId::from_key(*key)));
        }
    }

    fn advance(ground: &Ground<Self>, animal: &mut Animal) -> Fate {
        match animal {
            Animal::Runner(runner) => run(runner, ground.terms.tick_hz),
            Animal::Dart(dart) => return fly(dart),
            Animal::Spinner(_) => animal.drift(ground.terms.tick_hz),
            Animal::Score(_) => {}
        }
        Fate::Continues
    }

    fn predict_own(ground: &Ground<Self>, animal: &mut Animal, want: &Want, _: &Obstacles<'_, Self>) -> Fate {
        if let Animal::Runner(runner) = animal {
            runner.steer = want.steer;
        }
        Self::advance(ground, animal)
    }

    fn adjust_sight(&self, _: ClientId, sight: &mut Sight<'_>) {
        // Moody spinners hide, the laziest runner shows itself to all.
        let hidden: Vec<EntityId> = sight
            .ids()
            .filter(|id| {
                self.animals.iter().any(|(key, animal)| {
                    EntityId::from_key(key) == *id && matches!(animal, Animal::Spinner(spinner) if spinner.mood == 4)
                })
            })
            .collect();
        hidden.into_iter().for_each(|id| sight.hide(id));
        if let Some((key, _)) =
            self.animals.iter().find(|(_, animal)| matches!(animal, Animal::Runner(runner) if runner.laps == 0))
        {
            sight.show(EntityId::from_key(key));
        }
    }
}

fn run(runner: &mut Runner, tick_hz: u32) {
    let seconds = 1.0 / tick_hz as f32;
    let axis = |plus: u8, minus: u8| f32::from(runner.steer >> plus & 1) - f32::from(runner.steer >> minus & 1);
    let push = Vec2::new(axis(0, 1), axis(2, 3)) * 30.0;
    runner.velocity += push * seconds;
    runner.velocity -= runner.velocity * (0.5 * seconds);
    runner.position += runner.velocity * seconds;
    let inside = runner.position.clamp(Vec2::splat(-HALF_SIDE), Vec2::splat(HALF_SIDE));
    if inside != runner.position {
        runner.position = inside;
        runner.velocity = -runner.velocity;
    }
}

fn fly(dart: &mut Dart) -> Fate {
    dart.position += dart.velocity;
    dart.fuse = dart.fuse.saturating_sub(1);
    if dart.fuse == 0 { Fate::Ends } else { Fate::Continues }
}
