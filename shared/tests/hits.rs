//! What is hit, now and then or over and over, is shown to go on from where it was: nothing jumps, however it turns.

use auspice::glam::{Quat, Vec3};
use auspice::replica::Shown;
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Context, EntityId, Game, Ground, Micros, Place, Publisher, Replicate, Step, Terms, Viewpoint};

/// A body that tumbles; foresight expects that its changes last.
#[derive(Clone, Copy, Debug, Replicate)]
struct Body {
    #[field(vec3(min = -900, max = 900, step = 0.001), tolerance = 0.01, position, moved_by = velocity, at_once = 0.5)]
    at: Vec3,
    #[field(vec3(min = -300, max = 300, step = 0.002), tolerance = 0.05, lasts = 0.9)]
    velocity: Vec3,
    #[field(rotation(bits = 16), tolerance = 0.01, moved_by = spin, at_once = 0.5)]
    rotation: Quat,
    #[field(vec3(min = -40, max = 40, step = 0.002), tolerance = 0.05, lasts = 0.7)]
    spin: Vec3,
}

const BODY: EntityId = EntityId::new(0, 0);
const TICK_SECONDS: f32 = 1.0 / 30.0;
/// Velocities and spins after one hit and the next, metres and radians a second.
const MOTIONS: [(Vec3, Vec3); 4] = [
    (Vec3::new(18.0, 3.0, 0.0), Vec3::new(5.5, 0.0, 0.0)),
    (Vec3::new(-4.0, 16.0, 2.0), Vec3::new(0.0, 5.0, -2.0)),
    (Vec3::new(-18.0, -3.0, 0.0), Vec3::new(-1.0, 0.5, 5.5)),
    (Vec3::new(4.0, -16.0, -2.0), Vec3::new(0.0, -5.5, 1.0)),
];

/// A world of one body that is hit every `TICKS` ticks.
struct Struck<const TICKS: u32> {
    body: Body,
    clients: Vec<ClientId>,
}

impl<const TICKS: u32> Game for Struck<TICKS> {
    const NAME: &'static str = "struck";
    const INTEREST_RADIUS: f32 = 10_000.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Body;
    type Command = ();
    type Event = ();
    fn new(_: &Ground<Self>, _: u64) -> Self {
        let (velocity, spin) = MOTIONS[0];
        Self { body: Body { at: Vec3::ZERO, velocity, rotation: Quat::IDENTITY, spin }, clients: Vec::new() }
    }
    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.clients.push(client);
    }
    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}
    fn step(&mut self, step: &mut Step<'_, Self>) {
        let body = &mut self.body;
        body.at += body.velocity * TICK_SECONDS;
        body.rotation = (Quat::from_scaled_axis(body.spin * TICK_SECONDS) * body.rotation).normalize();
        (body.velocity, body.spin) = MOTIONS[(step.tick.0 / TICKS) as usize % MOTIONS.len()];
    }
    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(BODY, &self.body);
        let centre = Viewpoint::at(Place(Default::default()));
        self.clients.iter().for_each(|client| out.viewpoint(*client, centre));
    }
}

/// Body as it is shown, with the range of its velocity and its fastest spin in that tick.
struct Sighting {
    at: Vec3,
    rotation: Quat,
    slowest: Vec3,
    fastest: Vec3,
    spin: f32,
}

impl Sighting {
    fn of(shown: &Shown<Body>, blend: f32) -> Self {
        let (before, after) = (&shown.before, &shown.after);
        Self {
            at: before.at.lerp(after.at, blend),
            rotation: before.rotation.slerp(after.rotation, blend),
            slowest: before.velocity.min(after.velocity),
            fastest: before.velocity.max(after.velocity),
            spin: before.spin.length().max(after.spin.length()),
        }
    }

    /// Metres and radians beyond what its motion explains, of a picture `seconds` after `was`.
    fn beyond(&self, was: &Self, seconds: f32) -> (f32, f32) {
        let moved = self.at - was.at;
        let explained = moved.clamp(was.slowest.min(self.slowest) * seconds, was.fastest.max(self.fastest) * seconds);
        let turned = was.rotation.angle_between(self.rotation) - was.spin.max(self.spin) * seconds;
        (moved.distance(explained), turned)
    }
}

/// The most that a picture moved and turned the body beyond its motion, over 40 ms and up to 15 more each way.
fn jerk<const TICKS: u32>() -> (f32, f32) {
    let mut arena = Arena::<Struck<TICKS>>::new(Terms::of::<Struck<TICKS>>(()), 3).expect("the table is right");
    let way = Link { delay: Micros::from_millis(40), jitter: Micros::from_millis(15), ..Link::default() };
    let player = arena.connect(way, way).expect("the name fits");
    arena.clients[player].picture_period = Micros(16_400);
    let (mut most, mut before) = ((0.0_f32, 0.0_f32), None);
    for tick in 0..900 {
        arena.step_with(|_, client, now| {
            let Some(period) = client.replica().clock().map(|clock| clock.period().as_seconds()) else { return };
            let frame = client.replica_mut().frame(now);
            let Some(shown) = frame.shown.first().filter(|_| tick > 150) else { return };
            let (present, sighting) =
                (f64::from(frame.tick.0) + f64::from(frame.blend), Sighting::of(shown, frame.blend));
            if let Some((was_at, was)) = before.take() {
                let (moved, turned) = sighting.beyond(&was, ((present - was_at) * period) as f32);
                most = (most.0.max(moved), most.1.max(turned));
            }
            before = Some((present, sighting));
        });
    }
    most
}

#[test]
fn what_tumbles_and_is_hit_over_and_over_is_never_turned_at_once() {
    let (_, turned) = jerk::<7>();
    assert!(turned < 0.25, "a picture turned it by {turned} beyond its motion");
}

#[test]
fn what_is_hit_now_and_then_jumps_nowhere() {
    let (moved, turned) = jerk::<40>();
    assert!(
        moved < 0.25 && turned < 0.25,
        "a picture moved it by {moved} m and turned it by {turned} beyond its motion"
    );
}
