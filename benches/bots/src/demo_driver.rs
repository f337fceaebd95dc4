//! [`DemoDriver`]: plays the demo. Bots that see fly by the demo's own [`Pilot`]; light ones press keys at
//! random, as rarely as people do.

use auspice::replica::Replica;
use auspice::{Micros, Rng};
use auspice_demo::{Demo, Entity, Input, Pilot};

use crate::driver::Driver;

/// Ticks for which a light bot keeps its controls, on average: two changes a second at 30 Hz, as the pilots have.
const KEEP_TICKS: u32 = 15;

/// See the module.
#[derive(Clone, Debug)]
pub struct DemoDriver {
    pilot: Pilot,
    rng: Rng,
    input: Input,
}

impl DemoDriver {
    /// The driver of bot number `index`.
    #[must_use]
    pub fn new(index: usize) -> Self {
        let seed = index as u64;
        Self { pilot: Pilot::new(seed), rng: Rng::new(seed), input: Input::default() }
    }
}

impl Driver<Demo> for DemoDriver {
    fn steer(&mut self, replica: &mut Replica<Demo>, _now: Micros) -> Input {
        let own = replica.own().and_then(|own| replica.entity(own));
        let (Some(ground), Some(own)) = (replica.ground(), own) else {
            return Input::default();
        };
        let Entity::Ship(ship) = own.entity else {
            return Input::default();
        };
        self.pilot.fly(ground, own.id, &ship, replica.entities().map(|held| (held.id, held.entity)))
    }

    fn steer_blind(&mut self) -> Input {
        if self.rng.one_in(KEEP_TICKS) {
            // At most one trigger at a time: mostly the gun's.
            let trigger = self.rng.below(60);
            self.input = Input {
                turn: self.rng.between(-1, 1) as i8,
                thrust: self.rng.below(10) < 6,
                fire: trigger < 18,
                laser: trigger == 18,
                missile: trigger == 19,
            };
        }
        self.input
    }
}
