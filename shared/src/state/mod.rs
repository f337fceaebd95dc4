//! Replicated state: field tables, rows of quantised integers, and how a row and its news are coded. Knows no
//! game and no world.

mod anchor;
mod bitset;
mod check;
mod codes;
mod drift;
mod flatten;
mod layout;
mod lessons;
mod news;
mod novelty;
mod numbers;
mod pace;
mod parts;
mod point;
mod precision;
mod prefix;
mod pull;
mod replicate;
mod row;
mod row_shape;
mod schema;
mod schema_hash;
mod slot_set;
mod symbols;
mod take;
mod turning;
mod value;

pub(crate) use anchor::{Anchor, ViewReach};
pub(crate) use bitset::{Bitset, bits};
pub use check::SchemaError;
#[doc(hidden)]
pub use flatten::{
    Piece, count_fields, fields_named, flat_fields, join_fields, read_flat, write_flat, write_flat_steps,
};
pub use layout::check_kinds;
pub(crate) use layout::{KindLayout, Layout, shape_of};
pub(crate) use lessons::Lessons;
pub(crate) use news::{News, read_label, write_label};
pub(crate) use novelty::Novelty;
pub(crate) use pace::Pace;
pub use parts::part_names;
pub(crate) use parts::{BitTally, Part};
pub use point::Point;
pub(crate) use pull::UsualPulls;
pub use replicate::Replicate;
pub(crate) use replicate::assert_one_kind;
pub use row::Row;
pub(crate) use row::{EMPTY, row_hash, saved_row};
pub use schema::{Display, Field, Kind, Quantity, SHARE_ONE};
pub use schema_hash::schema_hash;
pub(crate) use slot_set::{SlotSet, SlotWord};
pub use symbols::Symbol;
pub(crate) use take::{Care, TrueState};
pub use value::FieldValue;
