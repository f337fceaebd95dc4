//! [`MatchBody`]: a body of W3 as it is published, and the codes that fit it.

use std::sync::Arc;

use auspice::authority::Room;
use auspice::error::SetupError;
use auspice::limits::COLUMNS_MAX;
use auspice::state::{Kind, Row};
use auspice::{Replicate, Terms};
use auspice_cars::bout::Match;
use auspice_motion::body::{BodyKinds, Driven};
use auspice_motion::foresight::Foresight;
use auspice_motion::playback::{Playback, Rules};
use glam::Vec3;

use crate::record::{MINUTE, record};

/// Minutes of a match from which codes are learnt.
const LEARNT_MINUTES: usize = 30;
/// Seed of that match: another than any that is measured.
const LEARNT_SEED: u64 = 1_000_003;

/// A body of W3: of the fields that a recorded one has, in W3's own codes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchBody(pub Driven);

/// Takes a kind of [`Driven`] over, in W3's codes.
const fn in_own_codes(kind: usize) -> Kind {
    Kind { codes: include_str!("codes.txt"), ..Driven::KINDS[kind] }
}

impl Replicate for MatchBody {
    const KINDS: &'static [Kind] = &[in_own_codes(0), in_own_codes(1)];

    fn kind(&self) -> usize {
        self.0.kind()
    }

    fn write_row(&self, row: &mut Row) {
        self.0.write_row(row);
    }

    fn write_steps(&self, steps: &mut [f64; COLUMNS_MAX]) {
        self.0.write_steps(steps);
    }

    fn read_row(kind: usize, row: &Row) -> Self {
        Self(Driven::read_row(kind, row))
    }

    fn position(&self) -> Option<Vec3> {
        self.0.position()
    }
}

impl From<Driven> for MatchBody {
    fn from(body: Driven) -> Self {
        Self(body)
    }
}

impl From<MatchBody> for Driven {
    fn from(body: MatchBody) -> Self {
        body.0
    }
}

impl BodyKinds for MatchBody {}

/// Plays a match of so many bodies that nobody is measured by, and says which codes fit its news.
///
/// # Errors
/// [`SetupError`] where the field tables are wrong.
pub fn learn_codes(bodies: usize) -> Result<String, SetupError> {
    let trace = Arc::new(record(&mut Match::new(bodies, LEARNT_SEED), LEARNT_MINUTES * MINUTE).live());
    let terms = Terms::of::<Playback<MatchBody>>(Rules { foresight: Foresight::Gravity });
    let mut room = Room::with_world(terms, 1, 1, |_, _| Playback::<MatchBody>::of(&trace))?;
    let codes = room.learn_codes_for(trace.ticks.len() as u32).expect("it is played without a client");
    Ok(format!("# Learnt from a match of {bodies} bodies, {} live ticks, seed {LEARNT_SEED}.\n{codes}", trace.ticks.len()))
}
