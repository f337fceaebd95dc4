//! [`ServiceLevel`]: serving clients less than usual.

use serde::{Deserialize, Serialize};

use crate::game::Terms;

/// Savings in the service of clients, where a server has more to do than it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLevel {
    /// Distance at which things come into view, in percent of the interest radius, 1 to 100. What is in view
    /// stays until it leaves.
    pub reach_percent: u8,
    /// Updates are so many times further apart, 1 to 4.
    pub send_every_times: u8,
}

/// No savings.
impl Default for ServiceLevel {
    fn default() -> Self {
        Self { reach_percent: 100, send_every_times: 1 }
    }
}

impl ServiceLevel {
    pub(super) fn send_every<R>(self, terms: &Terms<R>) -> u32 {
        terms.send_every * u32::from(self.send_every_times.clamp(1, 4))
    }

    pub(super) fn entering_radius<R>(self, terms: &Terms<R>) -> f32 {
        terms.interest_radius * f32::from(self.reach_percent.clamp(1, 100)) / 100.0
    }
}
