//! [`Tables`]: what a game's entities are made of, and the form in which its values are told.

use auspice::state::{Field, Kind, Quantity, part_names};
use auspice::{Game, Replicate, Terms};
use serde::{Serialize, Serializer};

/// A game's field tables, for whoever reads what the inspector says.
#[derive(Debug, Serialize)]
pub(crate) struct Tables {
    pub(super) game: &'static str,
    pub(super) tick_hz: u32,
    /// Radius of what a player comes to see, and of what it goes on seeing.
    pub(super) interest_radius: f32,
    pub(super) keep_radius: f32,
    pub(super) kinds: Vec<ShownKind>,
    pub(super) input: Vec<ShownField>,
    /// Names of the parts of updates.
    pub(super) parts: Vec<String>,
}

/// A kind of entity.
#[derive(Debug, Serialize)]
pub(super) struct ShownKind {
    pub(super) name: &'static str,
    pub(super) labelled: bool,
    pub(super) fields: Vec<ShownField>,
    /// The first column of its position, and how many it has.
    #[serde(skip)]
    pub(super) position: Option<(usize, usize)>,
}

/// A field of an entity, or of an input.
#[derive(Debug, Serialize)]
pub(super) struct ShownField {
    pub(super) name: &'static str,
    pub(super) measures: &'static str,
    pub(super) columns: usize,
    /// Units of one step.
    pub(super) step: f64,
    pub(super) position: bool,
    /// Power of ten of the digits that a value is told with.
    #[serde(skip)]
    scale: f64,
}

impl Tables {
    /// The tables of a game that is played by these terms.
    pub(crate) fn of<G: Game>(terms: &Terms<G::Rules>) -> Self {
        Self {
            game: G::NAME,
            tick_hz: terms.tick_hz,
            interest_radius: terms.interest_radius,
            keep_radius: terms.keep_radius(),
            kinds: G::Entity::KINDS.iter().map(ShownKind::of).collect(),
            input: G::Input::KINDS.iter().flat_map(|kind| kind.fields.iter().map(ShownField::of)).collect(),
            parts: part_names(G::Entity::KINDS),
        }
    }
}

impl ShownKind {
    fn of(kind: &Kind) -> Self {
        let fields: Vec<ShownField> = kind.fields.iter().map(ShownField::of).collect();
        let mut from = 0;
        let position = fields.iter().find_map(|field| {
            from += field.columns;
            field.position.then_some((from - field.columns, field.columns))
        });
        Self { name: kind.name, labelled: kind.labelled, fields, position }
    }

    /// The place that columns say, in the game's units.
    pub(super) fn place(&self, columns: &[i32]) -> Option<PlaceView> {
        let (from, count) = self.position?;
        let field = self.fields.iter().find(|field| field.position)?;
        let mut place = PlaceView { numbers: [0.0; 3], count: count.min(3) };
        for (number, &column) in place.numbers.iter_mut().zip(columns.get(from..from + place.count)?) {
            *number = field.value(column);
        }
        Some(place)
    }
}

/// A place in the dimensions that a game has.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaceView {
    numbers: [f64; 3],
    count: usize,
}

impl PlaceView {
    pub(super) fn numbers(&self) -> &[f64] {
        &self.numbers[..self.count]
    }
}

impl Serialize for PlaceView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.numbers().serialize(serializer)
    }
}

impl ShownField {
    fn of(field: &Field) -> Self {
        let step = field.quantity.step();
        let measures = match field.quantity {
            Quantity::Scalar { .. } => "number",
            Quantity::Angle { .. } => "angle",
            Quantity::Vec2 { .. } | Quantity::Vec3 { .. } => "vector",
            Quantity::Rotation { .. } => "rotation",
            Quantity::Flags { .. } => "flags",
            Quantity::Choice { .. } => "choice",
            Quantity::Counter { .. } => "count",
        };
        // Two digits more than tell two steps apart.
        let digits = (-step.log10()).ceil().clamp(-2.0, 10.0) + 2.0;
        let scale = 10_f64.powf(digits.max(0.0));
        Self { name: field.name, measures, columns: field.quantity.columns(), step, position: field.position, scale }
    }

    /// A column's value, in the game's units.
    pub(super) fn value(&self, column: i32) -> f64 {
        (f64::from(column) * self.step * self.scale).round() / self.scale
    }
}

/// Each field's values in the game's units.
pub(super) fn fields<'a>(
    fields: &'a [ShownField],
    columns: &'a [i32],
) -> impl Iterator<Item = (&'static str, Vec<f64>)> + 'a {
    let mut rest = columns.iter();
    fields
        .iter()
        .map(move |field| (field.name, rest.by_ref().take(field.columns).map(|&column| field.value(column)).collect()))
}
