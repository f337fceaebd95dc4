//! [`Sheet`]: the numbers of a frame, in columns, one after the other in one piece of memory. A page reads them where
//! they are, without a call or an object for each entity.
//!
//! At its front is a head of fixed length; then the input, which the page writes; then the columns of each kind, each
//! of as many numbers as the kind has room for. Where more entities come than there is room for, the sheet is laid
//! out anew.
//!
//! What rests is not written again: a row whose entity is the one that it was, and was not worked out for the picture,
//! stays as it is. A page sees which rows are new by `renewed`, and by `changed` whether there is any.

use auspice::replica::{Frame, NetStats, Replica, Shown};
use auspice::state::{Field, Kind, Quantity, Replicate, Row};
use auspice::{EntityId, Game};
use serde::Serialize;

use crate::labels::Labels;
use crate::steps::{blend_field, steps_of};

/// Places in the head, before the figures.
pub(crate) const LAYOUT: usize = 0;
pub(crate) const CONNECTION: usize = 1;
pub(crate) const WAIT_MILLIS: usize = 2;
const TICK: usize = 3;
const BLEND: usize = 4;
const OWN: usize = 5;
const FRAME: usize = 6;
pub(crate) const TELLS: usize = 7;
const FIRST_FIGURE: usize = 8;

/// The figures of the netcode in the head, by the names that `ts/frame.ts` has for them. Times are in milliseconds.
pub const FIGURES: [&str; 20] = [
    "ping",
    "jitter",
    "age",
    "lead",
    "slack",
    "inputsSent",
    "inputsStarved",
    "inputsSkipped",
    "ticksPredicted",
    "ticksMispredicted",
    "ownCorrections",
    "ownTeleports",
    "ownLargest",
    "otherCorrections",
    "otherTeleports",
    "otherLargest",
    "interpolationTicks",
    "tickPeriod",
    "viewsCompared",
    "inView",
];

/// Place of the first kind's table.
const FIRST_TABLE: usize = FIRST_FIGURE + FIGURES.len();

/// Numbers of a kind's table: an offset, a capacity, a count, and the last frame in which a row of it was another.
const TABLE: usize = 4;

/// Place of the label among a kind's columns, where it has one.
const LABEL_COLUMN: usize = 3;

/// Entities that a kind has room for at first.
const ROOM_AT_FIRST: usize = 16;

/// A column of a kind, or several that are the numbers of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ColumnHead {
    name: &'static str,
    /// Names of its numbers; none where it is one.
    axes: &'static [&'static str],
}

impl ColumnHead {
    const fn one(name: &'static str) -> Self {
        Self { name, axes: &[] }
    }

    fn columns(&self) -> usize {
        self.axes.len().max(1)
    }
}

/// The shape of one kind, as a page is told it.
#[derive(Clone, Debug, Serialize)]
struct Shape {
    name: &'static str,
    headings: Vec<ColumnHead>,
    #[serde(skip)]
    is_labelled: bool,
    /// Numbers of the position; 0 for what is nowhere.
    #[serde(skip)]
    axes: usize,
}

const AXES: [&[&str]; 5] = [&[], &[], &["x", "y"], &["x", "y", "z"], &["x", "y", "z", "w"]];

fn heading_of(field: &Field) -> ColumnHead {
    let axes = match field.quantity.columns() {
        1 => &[],
        count => AXES[count],
    };
    ColumnHead { name: field.name, axes }
}

fn is_place(field: &Field) -> bool {
    field.position && matches!(field.quantity, Quantity::Vec2 { .. } | Quantity::Vec3 { .. })
}

fn shapes<T: Replicate>() -> Vec<Shape> {
    let shape = |kind: &Kind| {
        let axes = kind.fields.iter().find(|field| is_place(field)).map_or(0, |field| field.quantity.columns());
        let mut headings = ["id", "foretold", "renewed"].map(ColumnHead::one).to_vec();
        if kind.labelled {
            headings.push(ColumnHead::one("label"));
        }
        headings.extend(AXES[axes].iter().map(|axis| ColumnHead::one(axis)));
        if axes > 0 {
            headings.extend(["held", "believed"].map(|name| ColumnHead { name, axes: AXES[axes] }));
        }
        headings.extend(kind.fields.iter().filter(|field| !is_place(field)).map(heading_of));
        Shape { name: kind.name, headings, is_labelled: kind.labelled, axes }
    };
    T::KINDS.iter().map(shape).collect()
}

/// The columns of one kind, for now.
#[derive(Clone, Debug, Default)]
struct KindRoom {
    offset: usize,
    capacity: usize,
    count: usize,
    /// The entities of the rows that were written last; none of those that the server does not tell of yet.
    rows: Vec<Option<EntityId>>,
    /// The last frame in which one of them was another.
    changed: f64,
}

impl KindRoom {
    /// Takes the next row for `id`. Its place, if it is to be written.
    fn next(&mut self, id: Option<EntityId>, is_renewed: bool, frame: f64) -> Option<usize> {
        let row = self.count;
        self.count += 1;
        match self.rows.get_mut(row) {
            Some(before) if *before == id && !is_renewed => return None,
            Some(before) => *before = id,
            None => self.rows.push(id),
        }
        self.changed = frame;
        Some(self.offset + row)
    }

    /// Ends the rows of this frame.
    fn end(&mut self, frame: f64) {
        if self.rows.len() > self.count {
            self.rows.truncate(self.count);
            self.changed = frame;
        }
    }
}

/// The numbers of a frame, and of the input.
pub struct Sheet {
    numbers: Vec<f64>,
    shapes: Vec<Shape>,
    rooms: Vec<KindRoom>,
    input: &'static [Field],
    first_input: usize,
    /// Flags of what is shown: whether it was worked out for the frame. Keeps its memory.
    is_renewed: Vec<bool>,
    /// Number of times that the labels had been numbered anew when the rows were written.
    labels_age: u32,
}

impl Sheet {
    /// An empty sheet for a game.
    pub(crate) fn new<G: Game>() -> Self {
        let shapes = shapes::<G::Entity>();
        let input = G::Input::KINDS.first().map_or(&[][..], |kind| kind.fields);
        let first_input = FIRST_TABLE + TABLE * shapes.len();
        let rooms = vec![KindRoom::default(); shapes.len()];
        let (is_renewed, labels_age) = (Vec::new(), 0);
        let mut sheet = Self { numbers: Vec::new(), rooms, shapes, input, first_input, is_renewed, labels_age };
        sheet.lay_out(&vec![ROOM_AT_FIRST; sheet.shapes.len()]);
        sheet
    }

    /// The shape of it as JSON: kinds and their columns in order, the input's, and where each part begins.
    pub(crate) fn shape(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Told<'a> {
            kinds: &'a [Shape],
            input: Vec<ColumnHead>,
            figures: &'a [&'static str],
            first_figure: usize,
            first_table: usize,
            first_input: usize,
        }
        let told = Told {
            kinds: &self.shapes,
            input: self.input.iter().map(heading_of).collect(),
            figures: &FIGURES,
            first_figure: FIRST_FIGURE,
            first_table: FIRST_TABLE,
            first_input: self.first_input,
        };
        serde_json::to_string(&told).expect("names should be JSON")
    }

    /// All of the numbers: where they begin, and how many they are.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    pub(crate) fn set(&mut self, place: usize, number: f64) {
        self.numbers[place] = number;
    }

    /// Writes the input, in units and the order of its fields, as a page does in place.
    pub(crate) fn write_input(&mut self, units: &[f64]) {
        let inputs: usize = self.input.iter().map(|field| field.quantity.columns()).sum();
        for (place, units) in self.numbers[self.first_input..][..inputs].iter_mut().zip(units) {
            *place = *units;
        }
    }

    /// The input as the page has written it, in units.
    pub(crate) fn input<T: Replicate>(&self) -> T {
        let mut row = Row::default();
        let units = self.numbers[self.first_input..].iter();
        let fields = self.input.iter().flat_map(|field| (0..field.quantity.columns()).map(move |axis| (field, axis)));
        for ((steps, (field, axis)), units) in row.iter_mut().zip(fields).zip(units) {
            *steps = steps_of(field, axis, *units);
        }
        T::read_row(0, &row)
    }

    /// Gives each kind room for so many at least, and moves what was written of the input along.
    fn lay_out(&mut self, wanted: &[usize]) {
        let inputs: usize = self.input.iter().map(|field| field.quantity.columns()).sum();
        let mut offset = self.first_input + inputs;
        for ((room, shape), &wanted) in self.rooms.iter_mut().zip(&self.shapes).zip(wanted) {
            let capacity = wanted.next_power_of_two().max(room.capacity);
            *room = KindRoom { offset, capacity, changed: room.changed, ..KindRoom::default() };
            offset += capacity * shape.headings.iter().map(ColumnHead::columns).sum::<usize>();
        }
        let layout = self.numbers.first().map_or(0.0, |layout| layout + 1.0);
        self.numbers.resize(offset, 0.0);
        self.numbers[LAYOUT] = layout;
    }

    /// Empties every column.
    pub(crate) fn clear(&mut self) {
        self.forget_rows();
        self.numbers[FRAME] += 1.0;
        self.numbers[OWN] = -1.0;
        self.end_rows();
    }

    /// Writes every row anew with the next frame.
    pub(crate) fn forget_rows(&mut self) {
        for room in &mut self.rooms {
            (room.count, room.changed) =
                (0, if room.rows.is_empty() { room.changed } else { self.numbers[FRAME] + 1.0 });
            room.rows.clear();
        }
    }

    /// Writes the kinds' tables.
    fn end_rows(&mut self) {
        let frame = self.numbers[FRAME];
        for (index, room) in self.rooms.iter_mut().enumerate() {
            room.end(frame);
            let table = [room.offset as f64, room.capacity as f64, room.count as f64, room.changed];
            self.numbers[FIRST_TABLE + TABLE * index..][..TABLE].copy_from_slice(&table);
        }
    }

    /// Writes what a replica shows in a frame.
    pub(crate) fn fill<G: Game>(&mut self, frame: &Frame<'_, G>, own: Option<EntityId>, labels: &mut Labels) {
        let mut counts = vec![0; self.shapes.len()];
        let kinds = frame.shown.iter().map(|shown| shown.kind).chain(frame.spawned.iter().map(|spawned| spawned.kind));
        kinds.for_each(|kind| counts[kind] += 1);
        if counts.iter().zip(&self.rooms).any(|(count, room)| *count > room.capacity) {
            self.lay_out(&counts);
        }
        if self.labels_age != labels.age() {
            self.labels_age = labels.age();
            self.forget_rows();
        }
        self.rooms.iter_mut().for_each(|room| room.count = 0);
        self.is_renewed.clear();
        self.is_renewed.resize(frame.shown.len(), false);
        frame.renewed.iter().for_each(|index| self.is_renewed[*index as usize] = true);
        self.numbers[FRAME] += 1.0;
        self.numbers[TICK] = frame.tick.0.into();
        self.numbers[BLEND] = frame.blend.into();
        self.numbers[OWN] = own.map_or(-1.0, number_of);
        let (number, blend) = (self.numbers[FRAME], frame.blend.into());
        for (index, shown) in frame.shown.iter().enumerate() {
            let Some(place) = self.rooms[shown.kind].next(Some(shown.id), self.is_renewed[index], number) else {
                continue;
            };
            let text = if self.shapes[shown.kind].is_labelled {
                // What the row had in the last picture, which was mostly the same entity.
                let usual = self.numbers[place + LABEL_COLUMN * self.rooms[shown.kind].capacity] as u32;
                labels.number(frame.label(shown.id), usual)
            } else {
                0
            };
            let foretold = shown.foretold.map_or(-1.0, |tick| tick.0.into());
            let states = [&shown.before, &shown.after];
            self.put::<G::Entity>(shown.kind, place, [number_of(shown.id), foretold, text.into()], states, blend);
        }
        for spawned in frame.spawned {
            let Some(place) = self.rooms[spawned.kind].next(None, true, number) else { continue };
            let tick = f64::from(spawned.tick.0);
            let states = [&spawned.before, &spawned.after];
            self.put::<G::Entity>(spawned.kind, place, [-1.0 - tick, tick, 0.0], states, blend);
        }
        self.end_rows();
    }

    /// Writes an entity from `place` on: what it is called, and its state `blend` of the way through a tick.
    fn put<T: Replicate>(
        &mut self,
        kind: usize,
        place: usize,
        [id, foretold, label]: [f64; 3],
        [before, after]: [&T; 2],
        blend: f64,
    ) {
        let (shape, number) = (&self.shapes[kind], self.numbers[FRAME]);
        let mut pen = Pen { numbers: &mut self.numbers, place, step: self.rooms[kind].capacity };
        pen.write(&[id, foretold, number]);
        if shape.is_labelled {
            pen.write(&[label]);
        }
        if shape.axes > 0 {
            let [from, to] = [before, after].map(|state| state.position().unwrap_or_default());
            let place = from.as_dvec3().lerp(to.as_dvec3(), blend).to_array();
            pen.write(&place[..shape.axes]);
            pen.write(&[f64::NAN; 6][..2 * shape.axes]);
        }
        let [mut row, mut next] = [Row::default(), Row::default()];
        before.write_row(&mut row);
        after.write_row(&mut next);
        let (mut first, mut units) = (0, [0.0; 4]);
        for field in T::KINDS[kind].fields {
            let columns = field.quantity.columns();
            if !is_place(field) {
                blend_field(field, first, &row, &next, blend, &mut units);
                pen.write(&units[..columns]);
            }
            first += columns;
        }
    }

    /// Writes beside each entity of the last frame where the server has it, and where this client believes it to be.
    pub(crate) fn fill_ghosts<G: Game>(&mut self, replica: &Replica<G>, shown: &[(usize, EntityId)]) {
        let mut rows = vec![0; self.shapes.len()];
        for &(kind, id) in shown {
            let (shape, room) = (&self.shapes[kind], &self.rooms[kind]);
            let row = rows[kind];
            rows[kind] += 1;
            let Some(ghosts) = replica.ghosts(id).filter(|_| shape.axes > 0) else { continue };
            let column = 3 + usize::from(shape.is_labelled) + shape.axes;
            let place = room.offset + column * room.capacity + row;
            let mut pen = Pen { numbers: &mut self.numbers, place, step: room.capacity };
            for state in [&ghosts.held, &ghosts.predicted] {
                pen.write(&state.position().unwrap_or_default().as_dvec3().to_array()[..shape.axes]);
            }
        }
    }

    /// Writes the figures of the netcode.
    pub(crate) fn fill_figures(&mut self, stats: &NetStats, in_view: usize) {
        let millis = |time: auspice::Micros| time.as_seconds() * 1000.0;
        let (own, others) = (&stats.own_corrections, &stats.other_corrections);
        let figures: [f64; FIGURES.len()] = [
            millis(stats.ping),
            millis(stats.jitter),
            millis(stats.snapshot_age),
            stats.lead,
            stats.slack.into(),
            stats.inputs_sent as f64,
            stats.inputs_starved as f64,
            stats.inputs_skipped as f64,
            stats.ticks_predicted as f64,
            stats.ticks_mispredicted as f64,
            own.count as f64,
            own.teleports as f64,
            own.largest.into(),
            others.count as f64,
            others.teleports as f64,
            others.largest.into(),
            stats.interpolation_ticks.into(),
            millis(stats.tick_period),
            stats.views_compared as f64,
            in_view as f64,
        ];
        self.numbers[FIRST_FIGURE..FIRST_TABLE].copy_from_slice(&figures);
    }
}

/// Writes one number into each column after the other.
struct Pen<'a> {
    numbers: &'a mut [f64],
    place: usize,
    step: usize,
}

impl Pen<'_> {
    fn write(&mut self, values: &[f64]) {
        for value in values {
            self.numbers[self.place] = *value;
            self.place += self.step;
        }
    }
}

/// An entity's identity as a number: exact, and never below 0.
pub(crate) fn number_of(id: EntityId) -> f64 {
    f64::from(id.slot) * 256.0 + f64::from(id.generation)
}

/// Kind and identity of what a frame shows, in its order.
pub(crate) fn identities<E>(shown: &[Shown<E>]) -> impl Iterator<Item = (usize, EntityId)> {
    shown.iter().map(|shown| (shown.kind, shown.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_the_same_figures() {
        let package = include_str!("../ts/frame.ts");
        let (_, figures) = package.split_once("export interface Figures {").expect("the package has figures");
        let (figures, _) = figures.split_once('}').expect("they end");
        let named: Vec<&str> = figures.lines().filter_map(|line| line.trim().strip_suffix(": number;")).collect();
        assert_eq!(named, FIGURES);
    }
}
