//! A match with players in it, and how far off their own cars and the others are shown.

use std::collections::HashMap;

use auspice::replica::Shown;
use auspice::sim::{Arena, Client, Link};
use auspice::{EntityId, Micros};
use auspice_cars::chassis::MetricMotion;
use auspice_cars::chauffeur::{Chauffeur, FieldView};
use auspice_cars::hands::Hands;
use auspice_cars::{Cars, Entity, Prediction, Rules, terms};
use glam::{Quat, Vec3};

/// 40 ms each way, and up to 15 more.
pub const WAY: Link = Link::delayed(Micros::from_millis(40), Micros::from_millis(15));
const SEATS: u8 = 4;
/// Not a whole part of a tick, so that pictures meet updates at every phase.
const PICTURE_PERIOD: Micros = Micros(16_400);
/// Ticks until the clocks have settled.
const SETTLES: u32 = 150;
/// A car is among others where another car, or the ball, is as near: metres.
const AMONG: f32 = 2.5;
/// Ticks after which a car is alone again.
const AMONG_TICKS: u32 = 8;

/// A car as it was shown: whose picture, when, and where.
struct Look {
    is_own: bool,
    id: EntityId,
    tick: u32,
    blend: f32,
    position: Vec3,
    rotation: Quat,
}

/// A match with a player on each seat.
pub struct Table {
    pub arena: Arena<Cars>,
    drivers: Vec<Driver>,
    looks: Vec<Look>,
    /// The cars of a tick, and whether each is among others.
    truths: HashMap<(u32, EntityId), (MetricMotion, bool)>,
    /// Corrections of players' own cars, before smoothing: metres.
    pub corrections: Vec<f32>,
    /// Pictures in which a player's own car moved by more than its motion explains.
    pub jumps: usize,
}

/// A player: hands that drive by what is seen.
struct Driver {
    chauffeur: Chauffeur,
    /// The tick that it last looked at.
    tick: u32,
    /// Its own car in the picture before: when, where and how fast.
    before: Option<(f64, EntityId, Vec3, Vec3)>,
}

impl Table {
    pub fn new(prediction: Prediction, players: usize) -> Self {
        let mut arena = Arena::<Cars>::new(terms(SEATS, prediction), 7).expect("the tables are right");
        for _ in 0..players {
            let index = arena.connect(WAY, WAY).expect("the name fits");
            arena.clients[index].picture_period = PICTURE_PERIOD;
        }
        let driver = |at| Driver { chauffeur: Chauffeur::new(900 + at), tick: 0, before: None };
        let drivers = (0..players as u64).map(driver).collect();
        Self { arena, drivers, looks: Vec::new(), truths: HashMap::new(), corrections: Vec::new(), jumps: 0 }
    }

    pub fn play(&mut self, ticks: u32) {
        for _ in 0..ticks {
            let Self { arena, drivers, looks, corrections, jumps, .. } = self;
            let counts = arena.room.tick_now().0 > SETTLES;
            arena.step_with(|index, client, now| {
                let mut seen = drivers[index].look(client, now, corrections, jumps, counts);
                looks.append(&mut seen);
            });
            self.note();
        }
    }

    /// Notes where the cars truly are.
    fn note(&mut self) {
        let (tick, game) = (self.arena.room.tick_now().0, &self.arena.room.game().game);
        let cars: Vec<_> = (0..game.seats()).filter_map(|at| Some((at, game.car(at)?))).collect();
        let ball = game.ball().1.position;
        for (at, car) in &cars {
            let id = EntityId::new(*at as u32 + 2, car.id as u8);
            let others = cars.iter().filter(|(other, _)| other != at).map(|(_, other)| other.motion.position);
            let is_among = others.chain([ball]).any(|other| other.distance(car.motion.position) < AMONG);
            self.truths.insert((tick, id), (car.motion, is_among));
        }
    }

    /// Metres and radians by which cars were shown off: players' own or the others, among others or not.
    pub fn off(&self, own: bool, among: Option<bool>) -> Vec<(f32, f32)> {
        let was_among = |look: &Look| {
            let ticks = (look.tick + 1).saturating_sub(AMONG_TICKS)..=look.tick + 1;
            ticks.into_iter().any(|tick| self.truths.get(&(tick, look.id)).is_some_and(|truth| truth.1))
        };
        let wanted = |look: &&Look| look.is_own == own && among.is_none_or(|among| was_among(look) == among);
        let off = |look: &Look| {
            let [from, to] = [look.tick, look.tick + 1].map(|tick| self.truths.get(&(tick, look.id)));
            let (from, to) = (from?.0, to?.0);
            let rotation = from.rotation.slerp(to.rotation, look.blend);
            Some((between(&from, &to, look.blend).distance(look.position), rotation.angle_between(look.rotation)))
        };
        self.looks.iter().filter(wanted).filter_map(off).collect()
    }
}

impl Driver {
    /// Looks at a picture, and moves the hands once a tick.
    fn look(
        &mut self,
        client: &mut Client<Cars>,
        now: Micros,
        corrections: &mut Vec<f32>,
        jumps: &mut usize,
        counts: bool,
    ) -> Vec<Look> {
        let replica = client.replica_mut();
        let own = replica.own();
        let frame = replica.frame(now);
        let (tick, blend) = (frame.tick.0, frame.blend);
        let present = f64::from(tick) + f64::from(blend);
        let (mut looks, mut car, mut ball) = (Vec::new(), None, None);
        for shown in frame.shown {
            match (&shown.before, &shown.after) {
                (Entity::Ball(now), _) => ball = Some(now.motion()),
                (Entity::Car(before), Entity::Car(after)) => {
                    let is_own = Some(shown.id) == own;
                    let (position, rotation) = place(shown, blend);
                    if is_own {
                        car = Some(after.motion());
                        let velocity = before.velocity.lerp(after.velocity, blend);
                        let was = self.before.replace((present, shown.id, position, velocity));
                        let leapt = was.filter(|(_, id, ..)| *id == shown.id).is_some_and(|(at, _, from, speed)| {
                            let explained = (speed + velocity) / 2.0 * ((present - at) / 30.0) as f32;
                            (position - from - explained).length() > 0.25
                        });
                        *jumps += usize::from(leapt && counts);
                    }
                    looks.push(Look { is_own, id: shown.id, tick, blend, position, rotation });
                }
                _ => {}
            }
        }
        if counts {
            corrections.extend(frame.corrections.iter().filter(|it| it.own).map(|it| it.metres));
        } else {
            looks.clear();
        }
        if let (Some(car), Some(ball)) = (car, ball)
            && tick != self.tick
        {
            let is_second = own.is_some_and(|id| id.slot % 2 == 1);
            let hands = self.drive(tick, &car, &FieldView::of(&Rules::default(), is_second, ball));
            replica.set_input(hands);
        }
        looks
    }

    fn drive(&mut self, tick: u32, car: &MetricMotion, sees: &FieldView) -> Hands {
        self.tick = tick;
        (0..4).map(|_| self.chauffeur.drive(car, sees)).last().unwrap_or_default()
    }
}

fn place(shown: &Shown<Entity>, blend: f32) -> (Vec3, Quat) {
    let (Entity::Car(before), Entity::Car(after)) = (&shown.before, &shown.after) else { return Default::default() };
    (before.position.lerp(after.position, blend), before.rotation.normalize().slerp(after.rotation.normalize(), blend))
}

/// Where a body is between two ticks: a cubic through places and velocities.
fn between(from: &MetricMotion, to: &MetricMotion, blend: f32) -> Vec3 {
    let seconds = 1.0 / 30.0;
    let (square, cube) = (blend * blend, blend * blend * blend);
    from.position * (2.0 * cube - 3.0 * square + 1.0)
        + to.position * (3.0 * square - 2.0 * cube)
        + from.velocity * ((cube - 2.0 * square + blend) * seconds)
        + to.velocity * ((cube - square) * seconds)
}

/// The middle and the 95th of a hundred.
pub fn spread(mut values: Vec<f32>) -> [f32; 2] {
    values.sort_by(f32::total_cmp);
    [0.5, 0.95].map(|share| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0))
}
