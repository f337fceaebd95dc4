//! [`WorkloadDriver`]: presses buttons that mean nothing, and holds every replica against the second run.

use std::cell::RefCell;
use std::rc::Rc;

use auspice::Micros;
use auspice::Rng;
use auspice::replica::Replica;
use auspice_bots::driver::{Driver, Finding};
use auspice_workloads::workload::{Buttons, Workload};

use crate::second_run::SecondRun;

/// Ticks for which a button stays pressed, on average: four changes a second at 30 Hz.
const PRESS_TICKS: u32 = 8;

/// The second run of all drivers of a process: there once the first of them knows the terms.
pub type SharedRun<W> = Rc<RefCell<Option<SecondRun<W>>>>;

/// See the module.
pub struct WorkloadDriver<W: Workload> {
    run: SharedRun<W>,
    rng: Rng,
    pressed: u8,
    /// Holds the replica against the second run.
    compares: bool,
}

impl<W: Workload> WorkloadDriver<W> {
    /// The driver of bot number `index`.
    #[must_use]
    pub const fn new(run: SharedRun<W>, index: usize) -> Self {
        Self { run, rng: Rng::new(index as u64), pressed: 0, compares: true }
    }

    /// A driver that leaves it at the hash that the server states.
    #[must_use]
    pub fn by_hash_alone(mut self) -> Self {
        self.compares = false;
        self
    }

    fn press(&mut self) -> Buttons {
        if self.rng.one_in(PRESS_TICKS) {
            self.pressed = self.rng.below(256) as u8;
        }
        Buttons { pressed: self.pressed }
    }
}

impl<W: Workload> Driver<W> for WorkloadDriver<W> {
    fn steer(&mut self, _replica: &mut Replica<W>, _now: Micros) -> Buttons {
        self.press()
    }

    fn steer_blind(&mut self) -> Buttons {
        self.press()
    }

    fn check(&mut self, replica: &Replica<W>) -> Finding {
        let (Some(terms), Some(own), true) = (replica.terms(), replica.own(), self.compares) else {
            return Finding::default();
        };
        let mut run = self.run.borrow_mut();
        let run = run.get_or_insert_with(|| SecondRun::new(terms));
        run.check(replica.tick(), own, replica.entities().map(|held| (held.id, held.entity)))
    }
}
