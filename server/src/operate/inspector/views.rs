//! The inspector's answers as they are written: [`WorldView`] and [`PlayerView`] of a moment, [`StatusView`] of a room.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;

use auspice::authority::{KindGlance, PlayerGlance};
use auspice::message::InputReport;
use auspice::{ClientId, EntityId};
use serde::{Serialize, Serializer};

use super::health::ServerHealth;
use super::moment::ShownMoment;
use super::seconds::InspectedSecond;
use super::tables::{PlaceView, ShownKind, Tables, fields};
use super::watch::glance_interval;

/// Values of an entity, or of an input, by field in the order of its table.
struct Values(Vec<(&'static str, Vec<f64>)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

/// Something that is written as it prints.
struct Printed<T>(T);

impl<T: Display> Serialize for Printed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// All entities with their places, and all players, at a tick.
#[derive(Serialize)]
pub(super) struct WorldView<'a> {
    tick: u32,
    /// Milliseconds until there is another one, of a room that runs: to ask sooner is in vain.
    every_ms: u64,
    kinds: Vec<KindView<'a>>,
    players: Vec<PlayerLine<'a>>,
}

/// Entities of a kind, each list in the same order.
#[derive(Serialize)]
struct KindView<'a> {
    name: &'static str,
    ids: Vec<Printed<EntityId>>,
    /// None where the kind has no field for its position.
    places: Option<Vec<PlaceView>>,
    /// None where the kind has no labels.
    labels: Option<Vec<Cow<'a, str>>>,
}

/// A player among the others.
#[derive(Serialize)]
struct PlayerLine<'a> {
    client: Printed<ClientId>,
    name: &'a str,
    away: bool,
    own: Option<Printed<EntityId>>,
    /// The point from which it sees.
    centre: Option<[f32; 3]>,
    lead_ticks: i32,
    unacked_ticks: u32,
    holds: u32,
    inputs_late: u64,
    inputs_missing: u64,
}

/// A player, and exactly what it holds.
#[derive(Serialize)]
pub(super) struct PlayerView<'a> {
    tick: u32,
    #[serde(flatten)]
    line: PlayerLine<'a>,
    window: WindowView,
    inputs: InputReport,
    /// The input that was taken last.
    input: Values,
    /// Entities that it sees and was not told of yet.
    waiting: u32,
    held: Vec<EntityView<'a>>,
}

/// Ticks on their way to a client.
#[derive(Serialize)]
struct WindowView {
    /// The tick that it was told last.
    sent: u32,
    /// The newest tick that it said to hold.
    applied: u32,
    unacked_ticks: u32,
}

/// An entity as it is published, which is as the player has it unless there is news that it was not told.
#[derive(Serialize)]
struct EntityView<'a> {
    id: Printed<EntityId>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Cow<'a, str>>,
    /// Distance from the point from which the player sees, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<f64>,
    /// Whether there is news of it that the player was not told yet: it foresees it from what it was told last.
    untold: bool,
    fields: Values,
}

impl<'a> WorldView<'a> {
    pub(super) fn of(moment: &'a ShownMoment, tables: &'a Tables) -> Self {
        let kinds = tables.kinds.iter().zip(&moment.kinds).map(|(table, kind)| KindView::of(table, kind));
        let players = (0..moment.players.len()).map(|at| PlayerLine::of(moment, at));
        let every_ms = glance_interval(moment.players.len()).as_millis() as u64;
        Self { tick: moment.tick, every_ms, kinds: kinds.collect(), players: players.collect() }
    }
}

impl<'a> KindView<'a> {
    fn of(table: &ShownKind, kind: &'a KindGlance) -> Self {
        let places = || rows(kind).filter_map(|row| table.place(row)).collect();
        let labels = || (0..kind.ids.len()).map(|at| String::from_utf8_lossy(kind.label(at))).collect();
        Self {
            name: table.name,
            ids: kind.ids.iter().copied().map(Printed).collect(),
            places: table.position.map(|_| places()),
            labels: table.labelled.then(labels),
        }
    }
}

/// Columns of each entity of a kind.
fn rows(kind: &KindGlance) -> impl Iterator<Item = &[i32]> {
    let stride = kind.columns.len().checked_div(kind.ids.len()).unwrap_or(0);
    (0..kind.ids.len()).map(move |at| &kind.columns[at * stride..(at + 1) * stride])
}

impl<'a> PlayerLine<'a> {
    fn of(moment: &'a ShownMoment, at: usize) -> Self {
        let player = &moment.players[at];
        Self {
            client: Printed(player.client),
            name: &player.name,
            away: player.is_away,
            own: player.own.map(Printed),
            centre: player.centre.map(|centre| centre.0.to_array()),
            lead_ticks: player.lead,
            unacked_ticks: player.sent.since(player.applied),
            holds: moment.count_held_by(at),
            inputs_late: player.inputs.late,
            inputs_missing: player.inputs.missing,
        }
    }
}

impl<'a> PlayerView<'a> {
    /// The player whose seat is called `client`, or who has that name.
    pub(super) fn of(moment: &'a ShownMoment, tables: &'a Tables, client: &str) -> Option<Self> {
        let is_it = |player: &PlayerGlance| player.client.to_string() == client;
        let players = &moment.players;
        let at = players.iter().position(is_it).or_else(|| players.iter().position(|player| player.name == client))?;
        let player = &players[at];
        let columns = moment.inputs.len() / players.len();
        let input = &moment.inputs[at * columns..(at + 1) * columns];
        Some(Self {
            tick: moment.tick,
            line: PlayerLine::of(moment, at),
            window: WindowView {
                sent: player.sent.0,
                applied: player.applied.0,
                unacked_ticks: player.sent.since(player.applied),
            },
            inputs: player.inputs,
            input: Values(fields(&tables.input, input).collect()),
            waiting: player.waiting,
            held: held(moment, tables, at),
        })
    }
}

/// Entities that a player holds, by slot.
fn held<'a>(moment: &'a ShownMoment, tables: &'a Tables, player: usize) -> Vec<EntityView<'a>> {
    let mut by_slot: Vec<Option<(usize, usize)>> = Vec::new();
    for (kind, glance) in moment.kinds.iter().enumerate() {
        for (at, id) in glance.ids.iter().enumerate() {
            let slot = id.slot as usize;
            by_slot.resize(by_slot.len().max(slot + 1), None);
            by_slot[slot] = Some((kind, at));
        }
    }
    let centre = moment.players[player].centre.map(|centre| centre.0.to_array().map(f64::from));
    let found = moment.held_by(player).filter_map(|slot| *by_slot.get(slot as usize)?);
    let view = |(kind, at): (usize, usize)| {
        let untold = moment.is_untold(player, moment.kinds[kind].ids[at].slot);
        EntityView::of(&tables.kinds[kind], &moment.kinds[kind], at, centre, untold)
    };
    found.filter_map(view).collect()
}

impl<'a> EntityView<'a> {
    fn of(table: &ShownKind, kind: &'a KindGlance, at: usize, centre: Option<[f64; 3]>, untold: bool) -> Option<Self> {
        let row = rows(kind).nth(at)?;
        let distance = table.place(row).zip(centre).map(|(place, centre)| {
            let squares = place.numbers().iter().zip(centre).map(|(one, other)| (one - other) * (one - other));
            (squares.sum::<f64>().sqrt() * 10.0).round() / 10.0
        });
        Some(Self {
            id: Printed(kind.ids[at]),
            kind: table.name,
            label: table.labelled.then(|| String::from_utf8_lossy(kind.label(at))),
            distance,
            untold,
            fields: Values(fields(&table.fields, row).collect()),
        })
    }
}

/// Counts by label.
pub(super) type Causes = BTreeMap<&'static str, u64>;

/// A room, and how the server is that runs it.
#[derive(Serialize)]
pub(super) struct StatusView<'a> {
    pub(super) game: &'a str,
    /// `live`, or `log` where a log is looked at.
    pub(super) mode: &'static str,
    pub(super) version: &'static str,
    pub(super) tick: u32,
    pub(super) tick_hz: u32,
    pub(super) players: usize,
    pub(super) away: usize,
    pub(super) entities: u64,
    pub(super) past: PastView,
    /// Bits of updates by part, in the order of the tables: for each second.
    pub(super) bits: Vec<f64>,
    /// Updates a second.
    pub(super) updates: f64,
    #[serde(flatten)]
    pub(super) server: Option<ServerView<'a>>,
}

/// The server that runs a room.
#[derive(Serialize)]
pub(super) struct ServerView<'a> {
    pub(super) health: ServerHealth,
    /// Seconds since 1970.
    pub(super) now: u64,
    pub(super) seconds: Vec<&'a InspectedSecond>,
    pub(super) joins: Causes,
    pub(super) rejected: Causes,
    pub(super) disconnects: Causes,
    pub(super) counts: Causes,
}

/// Ticks that can be looked at.
#[derive(Serialize)]
pub(super) struct PastView {
    pub(super) first: u32,
    pub(super) last: u32,
    /// Number of moments among them; every tick, where there is none.
    pub(super) moments: Option<usize>,
}
