//! [`foresee`]: a tick of a published row, the same at both ends.

use super::{Fate, Game, Ground};
use crate::state::{KindLayout, Layout, Replicate, Row, shape_of};

/// The row foreseen one tick after `row`: both ends call this and nothing else. Controls are as in `row`.
pub(crate) fn foresee<G: Game>(layout: &Layout, ground: &Ground<G>, kind: usize, row: &mut Row) -> Fate {
    let before = *row;
    foresee_into(layout.kind(kind), ground, kind, &before, row)
}

/// The same, of the row `before`, into the columns of `after` that its kind has. Nothing is written there where the
/// entity turns into another kind, and so ends.
#[inline(always)]
pub(crate) fn foresee_into<G: Game>(
    layout: &KindLayout,
    ground: &Ground<G>,
    kind: usize,
    before: &Row,
    after: &mut Row,
) -> Fate {
    let mut entity = G::Entity::read_row(kind, before);
    let fate = G::advance(ground, &mut entity);
    if entity.kind() != kind {
        // An entity that turns into another kind is another entity.
        return Fate::Ends;
    }
    entity.write_row(after);
    shape_of::<G::Entity>(layout).copy_controls(before, after);
    layout.pull(before, after, ground.terms.tick_hz);
    fate
}
