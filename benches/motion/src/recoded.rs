//! [`Recoded`]: the bodies of a recorded world in other codes than those of [`Driven`]. Codes fit a world and what both
//! ends know of its motion.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use auspice::authority::Room;
use auspice::error::SetupError;
use auspice::limits::COLUMNS_MAX;
use auspice::state::{Field, Kind, Row};
use auspice::{Replicate, Terms};
use glam::Vec3;

use crate::body::{BodyKinds, Driven};
use crate::foresight::Foresight;
use crate::playback::{Playback, Rules};
use crate::trace::Recording;

/// Trained codes, as the text of a file.
pub trait CodeText: Copy + Debug + PartialEq + 'static {
    /// The text, with a section for each kind of [`Driven`].
    const CODES: &'static str;
    /// The fields of each kind, where less of a change lasts, since more of it is foreseen.
    const FIELDS: [&'static [Field]; 2] = [Driven::KINDS[0].fields, Driven::KINDS[1].fields];
}

/// A body: of the fields that a [`Driven`] has, in the codes of `C`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recoded<C> {
    body: Driven,
    codes: PhantomData<fn() -> C>,
}

/// Takes a kind of [`Driven`] over, in the codes of `C`.
const fn in_codes<C: CodeText>(kind: usize) -> Kind {
    Kind { codes: C::CODES, fields: C::FIELDS[kind], ..Driven::KINDS[kind] }
}

/// The fields of a car of which other shares of a change last: of its velocity, and of its spin.
const fn lasting<const N: usize>(velocity: f64, spin: f64) -> [Field; N] {
    let fields = Driven::KINDS[0].fields;
    let (mut found, mut at, shares, mut lasting) = ([fields[0]; N], 0, [velocity, spin], 0);
    while at < N {
        found[at] = if fields[at].lasts > 0 { fields[at].lasts(shares[lasting]) } else { fields[at] };
        lasting += (fields[at].lasts > 0) as usize;
        at += 1;
    }
    found
}

impl<C: CodeText> Replicate for Recoded<C> {
    const KINDS: &'static [Kind] = &[in_codes::<C>(0), in_codes::<C>(1)];

    fn kind(&self) -> usize {
        self.body.kind()
    }

    fn write_row(&self, row: &mut Row) {
        self.body.write_row(row);
    }

    fn write_steps(&self, steps: &mut [f64; COLUMNS_MAX]) {
        self.body.write_steps(steps);
    }

    fn read_row(kind: usize, row: &Row) -> Self {
        Driven::read_row(kind, row).into()
    }

    fn position(&self) -> Option<Vec3> {
        self.body.position()
    }
}

impl<C> From<Driven> for Recoded<C> {
    fn from(body: Driven) -> Self {
        Self { body, codes: PhantomData }
    }
}

impl<C> From<Recoded<C>> for Driven {
    fn from(recoded: Recoded<C>) -> Self {
        recoded.body
    }
}

impl<C: CodeText> BodyKinds for Recoded<C> {}

/// Codes of recorded matches that are foreseen by [`Foresight::Driving`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrivingCodes;

impl CodeText for DrivingCodes {
    const CODES: &'static str = include_str!("driving_codes.txt");
    const FIELDS: [&'static [Field]; 2] = [&CAR, Driven::KINDS[1].fields];
}

/// Fields of a car that is foreseen by its controls: what lasts of a change is over sooner.
const CAR: [Field; Driven::KINDS[0].fields.len()] = lasting(0.8, 0.62);

/// A body of a recorded match that is foreseen by [`Foresight::Driving`].
pub type Modelled = Recoded<DrivingCodes>;

/// Plays `trace`, which is live, without a client, and says which codes fit its news.
///
/// # Errors
/// [`SetupError`] where the field tables are wrong.
pub fn learn_codes<B: BodyKinds>(trace: &Arc<Recording>, foresight: Foresight) -> Result<String, SetupError> {
    let terms = Terms::of::<Playback<B>>(Rules { foresight });
    let mut room = Room::with_world(terms, 1, 1, |_, _| Playback::<B>::of(trace))?;
    Ok(room.learn_codes_for(trace.ticks.len() as u32).expect("it is played without a client"))
}
