//! `schema`: a game's tables as JSON, for whoever writes a client in another language. `shared/PROTOCOL.md`
//! says what is done with each entry.

mod types;

use auspice::bits::width;
use auspice::message::{PROTOCOL_VERSION, SUBPROTOCOL, game_hash};
use auspice::state::{Field, Kind, Layout, Quantity, SchemaError, Symbol};
use auspice::{Display, Game, Replicate};
use serde::Serialize;

use types::Coded;

/// The schema of `G` as JSON, with a line for each entry.
///
/// # Errors
/// A sentence where a field table cannot be used.
pub fn json<G: Game>() -> Result<String, String> {
    let schema = Schema::of::<G>().map_err(|error| error.to_string())?;
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct Schema {
    game: &'static str,
    protocol: u16,
    subprotocol: &'static str,
    /// In hexadecimal: a number in JSON is not good for 64 bits everywhere.
    hash: String,
    entity: Vec<KindTable>,
    input: Vec<KindTable>,
    rules: Option<Coded>,
    command: Option<Coded>,
    event: Option<Coded>,
}

impl Schema {
    fn of<G: Game>() -> Result<Self, SchemaError> {
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
struct KindTable {
    name: &'static str,
    label: bool,
    in_the_past: bool,
    fields: Vec<FieldTable>,
    news: Vec<SymbolTable>,
}

#[derive(Serialize)]
struct FieldTable {
    name: &'static str,
    quantity: &'static str,
    columns: usize,
    min: i32,
    max: i32,
    /// Bits of a column as a whole value.
    bits: u32,
    step: f64,
    control: bool,
    position: bool,
    /// Index of the field that moves it.
    moved_by: Option<usize>,
    /// Share of a tick by which news of that moves it at once, in 256ths.
    at_once: u32,
    /// Share of a change that lasts, in 256ths.
    lasts: u32,
    news_bits: u32,
}

#[derive(Serialize)]
struct SymbolTable {
    topic: &'static str,
    /// Indexes of the fields that the topic `fields` is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<usize>,
    bits: u32,
}

fn kinds<T: Replicate>() -> Result<Vec<KindTable>, SchemaError> {
    Layout::new::<T>()?;
    Ok(T::KINDS.iter().map(kind_table).collect())
}

fn kind_table(kind: &Kind) -> KindTable {
    KindTable {
        name: kind.name,
        label: kind.labelled,
        in_the_past: kind.display == Display::Interpolate,
        fields: kind.fields.iter().map(field_table).collect(),
        news: kind.news.iter().map(|symbol| symbol_table(symbol, kind.fields.len())).collect(),
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
        columns: quantity.columns(),
        min: quantity.min(),
        max: quantity.max(),
        bits: width(quantity.max().wrapping_sub(quantity.min()) as u32),
        step: quantity.step(),
        control: field.control,
        position: field.position,
        moved_by: field.moved_by,
        at_once: field.at_once,
        lasts: field.lasts,
        news_bits: field.news_bits,
    }
}

fn symbol_table(symbol: &Symbol, fields: usize) -> SymbolTable {
    let (topic, mask) = match symbol.fields {
        Symbol::GONE => ("gone", 0),
        Symbol::OTHER => ("other", 0),
        mask => ("fields", mask),
    };
    SymbolTable { topic, fields: (0..fields).filter(|field| mask >> field & 1 == 1).collect(), bits: symbol.bits }
}
