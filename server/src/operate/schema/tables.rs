//! [`Schema`]: a game's tables as they are written out.

use auspice::bits::width;
use auspice::message::{PROTOCOL_VERSION, SUBPROTOCOL, game_hash};
use auspice::state::{Field, Kind, Quantity, SchemaError, Symbol, check_kinds};
use auspice::{Display, Game, Replicate};
use serde::Serialize;

use super::types::Coded;

#[derive(Serialize)]
pub(super) struct Schema {
    pub(super) game: &'static str,
    pub(super) protocol: u16,
    pub(super) subprotocol: &'static str,
    /// In hexadecimal: a number in JSON is not good for 64 bits everywhere.
    pub(super) hash: String,
    pub(super) entity: Vec<KindTable>,
    pub(super) input: Vec<KindTable>,
    pub(super) rules: Option<Coded>,
    pub(super) command: Option<Coded>,
    pub(super) event: Option<Coded>,
}

impl Schema {
    pub(super) fn of<G: Game>() -> Result<Self, SchemaError> {
        Ok(Self {
            game: G::NAME,
            protocol: PROTOCOL_VERSION,
            subprotocol: SUBPROTOCOL,
            hash: format!("{:016x}", game_hash::<G>()),
            entity: kinds::<G::Entity>()?,
            input: kinds::<G::Input>()?,
            rules: Coded::of::<G::Rules>(),
            command: Coded::of::<G::Command>(),
            event: Coded::of::<G::Event>(),
        })
    }
}

#[derive(Serialize)]
pub(super) struct KindTable {
    pub(super) name: &'static str,
    pub(super) label: bool,
    pub(super) in_the_past: bool,
    pub(super) fields: Vec<FieldTable>,
    pub(super) news: Vec<SymbolTable>,
    /// Trained codes, as the game has them.
    pub(super) codes: &'static str,
}

#[derive(Serialize)]
pub(super) struct FieldTable {
    pub(super) name: &'static str,
    pub(super) quantity: &'static str,
    pub(super) columns: Vec<ColumnTable>,
    pub(super) step: f64,
    /// In units, or radians of a rotation; 0 is exact.
    pub(super) tolerance: f64,
    pub(super) control: bool,
    pub(super) position: bool,
    /// Index of the field that moves it.
    pub(super) moved_by: Option<usize>,
    /// Share of a tick by which news of that moves it at once, in 256ths.
    pub(super) at_once: u32,
    /// Share of a change that lasts, in 256ths.
    pub(super) lasts: u32,
    pub(super) news_bits: u32,
}

#[derive(Serialize)]
pub(super) struct ColumnTable {
    pub(super) min: i32,
    pub(super) max: i32,
    /// Bits of a whole value.
    pub(super) bits: u32,
}

#[derive(Serialize)]
pub(super) struct SymbolTable {
    pub(super) topic: &'static str,
    /// Indexes of the fields that the topic `fields` is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<usize>,
    pub(super) bits: u32,
}

fn kinds<T: Replicate>() -> Result<Vec<KindTable>, SchemaError> {
    check_kinds::<T>()?;
    Ok(T::KINDS.iter().map(kind_table).collect())
}

fn kind_table(kind: &Kind) -> KindTable {
    KindTable {
        name: kind.name,
        label: kind.labelled,
        in_the_past: kind.display == Display::Interpolate,
        fields: kind.fields.iter().map(field_table).collect(),
        news: kind.news.iter().map(|symbol| symbol_table(symbol, kind.fields.len())).collect(),
        codes: kind.codes,
    }
}

fn field_table(field: &Field) -> FieldTable {
    let quantity = field.quantity;
    FieldTable {
        name: field.name,
        quantity: match quantity {
            Quantity::Scalar { .. } => "scalar",
            Quantity::Angle { .. } => "angle",
            Quantity::Vec2 { .. } => "vec2",
            Quantity::Vec3 { .. } => "vec3",
            Quantity::Rotation { .. } => "rotation",
            Quantity::Flags { .. } => "flags",
            Quantity::Choice { .. } => "choice",
            Quantity::Counter { .. } => "counter",
        },
        columns: (0..quantity.columns())
            .map(|column| column_table(quantity.min(column), quantity.max(column)))
            .collect(),
        step: quantity.step(),
        tolerance: field.tolerance,
        control: field.control,
        position: field.position,
        moved_by: field.moved_by,
        at_once: field.at_once,
        lasts: field.lasts,
        news_bits: field.news_bits,
    }
}

fn column_table(min: i32, max: i32) -> ColumnTable {
    ColumnTable { min, max, bits: width(max.wrapping_sub(min) as u32) }
}

fn symbol_table(symbol: &Symbol, fields: usize) -> SymbolTable {
    let (topic, mask) = match symbol.fields {
        Symbol::GONE => ("gone", 0),
        Symbol::OTHER => ("other", 0),
        mask => ("fields", mask),
    };
    SymbolTable { topic, fields: (0..fields).filter(|field| mask >> field & 1 == 1).collect(), bits: symbol.bits }
}
