//! [`UpdateCause`]: why an update was written in its tick, and not later.

/// Cause of an update: the first thing that could wait no longer. All else that there was to tell went with it, so a
/// hash or an event that may wait is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateCause {
    /// Nothing waits: by the terms, or for this client, whose path loses segments.
    #[default]
    Always,
    /// The view is stated afresh; or those who were let in at once are told apart from each other.
    Fresh,
    /// News of the client's own entity, or another own entity.
    Own,
    /// News of an entity without a place, or to a client that looks from nowhere.
    Nowhere,
    /// News of what is within a quarter of the interest radius.
    FirstQuarter,
    /// The same from there to half of it.
    SecondQuarter,
    /// The same from there to three quarters of it.
    ThirdQuarter,
    /// The same of what is further away.
    LastQuarter,
    /// An entity that came near.
    Newcomer,
    /// Entities that are seen and had no room in the update before.
    Crowd,
    /// An event that may not wait.
    Event,
    /// A word of the server beside the game: a report, an announcement, a way back.
    Word,
    /// The longest silence is over.
    Silence,
}

impl UpdateCause {
    /// All of them, in their order.
    pub const ALL: [Self; 13] = [
        Self::Always,
        Self::Fresh,
        Self::Own,
        Self::Nowhere,
        Self::FirstQuarter,
        Self::SecondQuarter,
        Self::ThirdQuarter,
        Self::LastQuarter,
        Self::Newcomer,
        Self::Crowd,
        Self::Event,
        Self::Word,
        Self::Silence,
    ];

    /// The cause where that is news of an entity so far away, by the interest radius; none where that has no place.
    pub(super) fn of_news(distance: Option<f32>) -> Self {
        match distance {
            None => Self::Nowhere,
            Some(..=0.25) => Self::FirstQuarter,
            Some(..=0.5) => Self::SecondQuarter,
            Some(..=0.75) => Self::ThirdQuarter,
            Some(_) => Self::LastQuarter,
        }
    }
}

/// Number of updates by their cause, in the order of [`UpdateCause::ALL`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CauseTally(pub(super) [u64; UpdateCause::ALL.len()]);

impl CauseTally {
    pub(super) const fn add(&mut self, cause: UpdateCause) {
        self.0[cause as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_place_in_the_list() {
        assert!(UpdateCause::ALL.iter().enumerate().all(|(place, cause)| *cause as usize == place));
    }

    #[test]
    fn causes_of_news_are_the_quarters_of_the_interest_radius() {
        let quarters = [Some(0.0), Some(0.25), Some(0.26), Some(0.75), Some(1.1), None].map(UpdateCause::of_news);
        let expected = [
            UpdateCause::FirstQuarter,
            UpdateCause::FirstQuarter,
            UpdateCause::SecondQuarter,
            UpdateCause::ThirdQuarter,
            UpdateCause::LastQuarter,
            UpdateCause::Nowhere,
        ];
        assert_eq!(quarters, expected);
    }
}
