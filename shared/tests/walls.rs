//! Corrections are hidden by sliding, but nothing slides through a wall.

use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Game, Ground, Publisher, Replicate, Step, Viewpoint};
use glam::IVec2;

use crate::games::tiny::Walk;
use crate::games::{arena, connect};

/// Steps of place in a metre. The wall is at 0.
const STEPS: i32 = 100;
const LEAPER: EntityId = EntityId::new(0, 0);

#[derive(Clone, Copy, Debug, Replicate)]
pub struct Spot {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.01), position)]
    pub at: IVec2,
}

/// Something that stands still and leaps three metres when nobody expects it: once over the wall, and back
/// and forth on one side of it.
pub struct Leaps {
    leaper: Spot,
    client: Option<ClientId>,
}

impl Game for Leaps {
    const NAME: &'static str = "leaps";
    const INTEREST_RADIUS: f32 = 900.0;
    type Rules = ();
    type Level = ();
    type Input = Walk;
    type Entity = Spot;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { leaper: Spot { at: IVec2::new(-4 * STEPS, 0) }, client: None }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.client = Some(client);
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {
        self.client = None;
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        let metres = match step.tick.0 {
            ..100 => -4,
            100..200 => -1,
            200..300 => 2,
            _ => 5,
        };
        self.leaper.at.x = metres * STEPS;
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(LEAPER, &self.leaper);
        if let Some(client) = self.client {
            out.put(EntityId::new(1, 0), &Spot { at: IVec2::ZERO });
            out.viewpoint(client, Viewpoint::of(EntityId::new(1, 0)));
        }
    }

    fn is_walled_off(_: &Ground<Self>, one: &Spot, other: &Spot) -> bool {
        one.at.x.signum() * other.at.x.signum() < 0
    }
}

/// Where the leaper is shown.
fn shown(replica: &mut Replica<Leaps>, now: auspice::Micros) -> Option<i32> {
    replica.frame(now).shown.iter().find(|shown| shown.id == LEAPER).map(|shown| shown.before.at.x)
}

#[test]
fn a_correction_slides_on_one_side_of_a_wall_and_never_through_it() {
    let mut arena = arena::<Leaps>(1);
    connect(&mut arena, 30);
    let mut seen = Vec::new();
    for _ in 0..400 {
        arena.step_with(|_, client, now| seen.extend(shown(client.replica_mut(), now)));
    }
    let between = |low: i32, high: i32| seen.iter().filter(|at| (low * STEPS + 1..high * STEPS).contains(at)).count();
    // 3 m at 12 m/s at the most are a quarter of a second at the least, and there are 240 pictures in one.
    assert!(
        between(-4, -1) > 60 && between(2, 5) > 60,
        "it slides where nothing is in the way: {}, {}",
        between(-4, -1),
        between(2, 5)
    );
    assert_eq!(between(-1, 2), 0, "it is through the wall at once");
    assert!(seen.contains(&-STEPS) && seen.contains(&(2 * STEPS)) && seen.last() == Some(&(5 * STEPS)));
}
