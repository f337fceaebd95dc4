//! [`Driver`]: who holds a bot's controls, and knows what the game should look like.

use auspice::replica::Replica;
use auspice::{Game, Micros};

/// Result of holding a replica against something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Entities compared.
    pub compared: u64,
    /// Entities off by more than is allowed, or held and out of sight.
    pub violations: u64,
    /// Entities in sight and not held.
    pub missing: u64,
}

impl Finding {
    /// Whether everything was compared, and found to be as it should.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.compared > 0 && self.violations + self.missing == 0
    }
}

/// Plays one bot.
pub trait Driver<G: Game>: 'static {
    /// The input of a bot that holds a whole replica, asked once for each input that it sends.
    fn steer(&mut self, replica: &mut Replica<G>, now: Micros) -> G::Input;

    /// The same for a light bot, which sees nothing.
    fn steer_blind(&mut self) -> G::Input;

    /// Asked after each update of a bot that holds a whole replica: does it hold what it should, beyond the hash?
    fn check(&mut self, _replica: &Replica<G>) -> Finding {
        Finding::default()
    }
}
