//! [`SendingTerms`]: whether there is an update in every tick, or when something is due.

use auspice::limits::PATIENCE_MILLIS;

use super::runs::Plan;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendingTerms {
    /// An update and an input in every tick.
    Strict,
    /// News waits as it does by default.
    Patient,
}

impl SendingTerms {
    /// The plan with that.
    pub(super) const fn plan(self, plan: Plan) -> Plan {
        Plan { patience: self.pick(0, PATIENCE_MILLIS), ..plan }
    }

    /// Picks one of two, by which it is.
    pub(super) const fn pick<T: Copy>(self, strict: T, patient: T) -> T {
        match self {
            Self::Strict => strict,
            Self::Patient => patient,
        }
    }
}
