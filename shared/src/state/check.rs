//! Field tables that contradict themselves or a limit are refused, with the place and the fault.

use alloc::vec::Vec;
use core::fmt;

use super::schema::{Field, Kind, Quantity, SHARE_ONE, is_fine_enough};
use super::symbols::check_symbols;
use crate::limits::{COLUMNS_MAX, KINDS_MAX};

/// Why a field table cannot be used. The game's author is at fault; found when a room or a replica is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// Kind and field.
    pub place: alloc::string::String,
    /// The fault, as a sentence.
    pub what: &'static str,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field table of {} cannot be used: {}", self.place, self.what)
    }
}

impl core::error::Error for SchemaError {}

/// Checks every kind of a game.
pub(super) fn check_tables(kinds: &[Kind]) -> Result<(), SchemaError> {
    let fail = |place: &str, what| Err(SchemaError { place: place.into(), what });
    if kinds.is_empty() || kinds.len() > KINDS_MAX {
        return fail("the game", "it has no kinds, or more than limits::KINDS_MAX");
    }
    for kind in kinds {
        if kind.row_columns() > COLUMNS_MAX || kind.fields.len() > COLUMNS_MAX {
            return fail(kind.name, "it has more columns than limits::COLUMNS_MAX");
        }
        if kind.priority == 0 {
            return fail(kind.name, "its priority is 0, but everything must come into view some day");
        }
        if news_order(kind.fields).is_none() {
            return fail(kind.name, "its fields move each other at once, in a circle");
        }
        if !kind.codes.is_empty() && !kind.news.is_empty() {
            return fail(kind.name, "it has symbols of news and trained codes, which have such");
        }
        if let Err(what) = check_symbols(kind.fields.len(), kind.news) {
            return fail(kind.name, what);
        }
        for field in kind.fields {
            if let Err(what) = check_field(kind, field) {
                return fail(&alloc::format!("{}.{}", kind.name, field.name), what);
            }
        }
    }
    Ok(())
}

fn check_field(kind: &Kind, field: &Field) -> Result<(), &'static str> {
    let quantity = field.quantity;
    let bits_are_fine = match quantity {
        Quantity::Angle { bits } => (1..=24).contains(&bits),
        Quantity::Rotation { bits } => (4..=20).contains(&bits),
        Quantity::Flags { bits } => (1..=31).contains(&bits),
        Quantity::Choice { count } => (1..=1 << 31).contains(&count),
        _ => true,
    };
    if !bits_are_fine {
        return Err("its size is outside what the quantity allows");
    }
    if quantity.step().is_nan() || quantity.step() <= 0.0 {
        return Err("its step is not positive");
    }
    let is_empty = (0..quantity.columns()).any(|column| quantity.min(column) >= quantity.max(column));
    if is_empty && !matches!(quantity, Quantity::Choice { count: 1 }) {
        return Err("its range is empty");
    }
    if field.news_bits > 24 {
        return Err("its news has more than 24 bits");
    }
    if field.tolerance != 0.0 && !is_fine_enough(&quantity, field.tolerance) {
        return Err("its step is too coarse to keep its tolerance");
    }
    if field.position && !matches!(quantity, Quantity::Vec2 { .. } | Quantity::Vec3 { .. }) {
        return Err("a position is a vec2 or a vec3");
    }
    if field.lasts > 0 && (field.control || field.lasts >= SHARE_ONE || !is_number(quantity)) {
        return Err(
            "what lasts of it is no share under 1, or it is a control, or no number (a scalar, a vec2, a vec3)",
        );
    }
    if field.at_once > SHARE_ONE || (field.at_once > 0 && (field.moved_by.is_none() || field.control)) {
        return Err("what it moves at once is no share up to 1, or nothing moves it, or it is a control");
    }
    let Some(leader) = field.moved_by else { return Ok(()) };
    let Some(leader) = kind.fields.get(leader) else { return Err("it is moved by a field that is not there") };
    if field.at_once > 0 && leader.control {
        return Err("a control moves nothing at once: advance has it already");
    }
    match (quantity, leader.quantity) {
        (Quantity::Scalar { .. } | Quantity::Angle { .. }, Quantity::Scalar { .. })
        | (Quantity::Vec2 { .. }, Quantity::Vec2 { .. })
        | (Quantity::Vec3 { .. } | Quantity::Rotation { .. }, Quantity::Vec3 { .. }) => Ok(()),
        _ => Err("it is moved by a field of another shape"),
    }
}

const fn is_number(quantity: Quantity) -> bool {
    matches!(quantity, Quantity::Scalar { .. } | Quantity::Vec2 { .. } | Quantity::Vec3 { .. })
}

/// The order in which the fields of a kind take news: each after the one whose news moves it.
///
/// A kind whose fields move each other at once in a circle has none.
pub(super) fn news_order(fields: &[Field]) -> Option<Vec<usize>> {
    let leader = |index: usize| fields[index].moved_by.filter(|&at| fields[index].at_once > 0 && at < fields.len());
    let depth = |index| core::iter::successors(leader(index), |&at| leader(at)).take(fields.len()).count();
    let mut order: Vec<usize> = (0..fields.len()).collect();
    order.sort_by_key(|&index| depth(index));
    order.last().is_none_or(|&deepest| depth(deepest) < fields.len()).then_some(order)
}
