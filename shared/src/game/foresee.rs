//! [`foresee`]: a tick of a published row, the same at both ends.

use super::{Fate, Game, Ground};
use crate::state::{Layout, Replicate, Row};

/// The row foreseen one tick after `row`: both ends call this and nothing else. Controls are as in `row`.
pub(crate) fn foresee<G: Game>(layout: &Layout, ground: &Ground<G>, kind: usize, row: &mut Row) -> Fate {
    let mut entity = G::Entity::read_row(kind, row);
    let fate = G::advance(ground, &mut entity);
    if entity.kind() != kind {
        // An entity that turns into another kind is another entity.
        return Fate::Ends;
    }
    let before = *row;
    entity.write_row(row);
    layout.kind(kind).copy_controls(&before, row);
    fate
}
