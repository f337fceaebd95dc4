//! [`MatchBody`]: a body of W3 as it is published, and the codes that fit it.

use std::sync::Arc;

use auspice::error::SetupError;
use auspice_cars::bout::Match;
use auspice_motion::foresight::Foresight;
use auspice_motion::recoded::{self, CodeText, Recoded};

use crate::record::{MINUTE, record};

/// Minutes of a match from which codes are learnt.
const LEARNT_MINUTES: usize = 30;
/// Seed of that match: another than any that is measured.
const LEARNT_SEED: u64 = 1_000_003;

/// Codes that fit W3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchCodes;

impl CodeText for MatchCodes {
    const CODES: &'static str = include_str!("codes.txt");
}

/// A body of W3: of the fields that a recorded one has, in W3's own codes.
pub type MatchBody = Recoded<MatchCodes>;

/// Plays a match of so many bodies that nobody is measured by, and says which codes fit its news.
///
/// # Errors
/// [`SetupError`] where the field tables are wrong.
pub fn learn_codes(bodies: usize) -> Result<String, SetupError> {
    let trace = Arc::new(record(&mut Match::new(bodies, LEARNT_SEED), LEARNT_MINUTES * MINUTE).live());
    let codes = recoded::learn_codes::<MatchBody>(&trace, Foresight::Gravity)?;
    Ok(format!(
        "# Learnt from a match of {bodies} bodies, {} live ticks, seed {LEARNT_SEED}.\n{codes}",
        trace.ticks.len()
    ))
}
