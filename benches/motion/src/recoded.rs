//! [`Recoded`]: the bodies of a recorded world in other codes than those of [`Driven`]. Codes fit a world and what both
//! ends know of its motion.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use auspice::authority::Room;
use auspice::error::SetupError;
use auspice::limits::COLUMNS_MAX;
use auspice::state::{Kind, Row};
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
}

/// A body: of the fields that a [`Driven`] has, in the codes of `C`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recoded<C> {
    body: Driven,
    codes: PhantomData<fn() -> C>,
}

/// Takes a kind of [`Driven`] over, in other codes.
const fn in_codes(kind: usize, codes: &'static str) -> Kind {
    Kind { codes, ..Driven::KINDS[kind] }
}

impl<C: CodeText> Replicate for Recoded<C> {
    const KINDS: &'static [Kind] = &[in_codes(0, C::CODES), in_codes(1, C::CODES)];

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
}

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
