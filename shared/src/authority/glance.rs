//! [`Glance`]: what a room publishes at a tick, and who holds what of it, copied for whoever watches it from another
//! thread.

use alloc::string::String;
use alloc::vec::Vec;

use super::room::Room;
use super::rows::Rows;
use super::seat::{Seat, SeatStanding};
use super::stats::RoomStats;
use crate::game::{Game, Place};
use crate::id::{ClientId, EntityId};
use crate::message::InputReport;
use crate::state::{EMPTY, Replicate, bits};
use crate::tick::Tick;

/// A copy of what a room publishes and of how its players stand. Filling it again takes no memory where there is no
/// more than before.
#[derive(Clone, Debug, Default)]
pub struct Glance {
    /// The tick that was made last.
    pub tick: Tick,
    /// Entities by kind, in the order of [`Replicate::KINDS`].
    pub kinds: Vec<KindGlance>,
    /// Every player, those who are away among them.
    pub players: Vec<PlayerGlance>,
    /// Views of the players, one behind the other, as words of 64 slots: the first slot by 64, and a bit for each.
    pub held: Vec<(u32, u64)>,
    /// Slots, in each of those words, with news that the player was not told yet, since it is not due. The player
    /// foresees them from what it was told last; all others it has as they are published.
    pub untold: Vec<u64>,
    /// Columns of the players' last inputs, one behind the other.
    pub inputs: Vec<i32>,
    /// Bits of all updates so far, by part, in the order of [`part_names`](crate::state::part_names).
    pub part_bits: Vec<u64>,
    /// Counts since the room was made.
    pub stats: RoomStats,
}

/// Entities of a kind: each of these has a place for every one.
#[derive(Clone, Debug, Default)]
pub struct KindGlance {
    /// Slot and generation of each.
    pub ids: Vec<EntityId>,
    /// Published columns of all, one behind the other.
    pub columns: Vec<i32>,
    /// Labels of all, one behind the other; none where the kind has no labels.
    pub labels: Vec<u8>,
    /// The end of each label in those.
    pub label_ends: Vec<u32>,
}

/// A player of a room.
#[derive(Clone, Debug, Default)]
pub struct PlayerGlance {
    /// Id of its seat.
    pub client: ClientId,
    /// Its name.
    pub name: String,
    /// Whether it has no connection.
    pub is_away: bool,
    /// The entity that it steers.
    pub own: Option<EntityId>,
    /// The point from which it sees, if there is one.
    pub centre: Option<Place>,
    /// Ticks by which its newest input is ahead.
    pub lead: i32,
    /// The tick that it was told last.
    pub sent: Tick,
    /// The newest tick that it said to hold.
    pub applied: Tick,
    /// Entities that it sees and was not told of yet.
    pub waiting: u32,
    /// Number of words of [`Glance::held`] that are its.
    pub held_words: u32,
    /// Counts of its inputs.
    pub inputs: InputReport,
}

impl<G: Game> Room<G> {
    /// Copies what is published and how the players stand into `glance`, whose memory is used again.
    pub fn glance(&self, glance: &mut Glance) {
        (glance.tick, glance.stats) = (self.tick, self.stats);
        glance.part_bits.clear();
        glance.part_bits.extend_from_slice(&self.scratch.tally.0);
        glance.kinds.resize_with(G::Entity::KINDS.len(), KindGlance::default);
        for (kind, copy) in glance.kinds.iter_mut().enumerate() {
            copy.copy(&self.published.kinds[kind], |slot| self.published.tenants[slot as usize].generation);
        }
        glance.held.clear();
        glance.untold.clear();
        glance.inputs.clear();
        let mut count = 0;
        for (client, seat) in self.seats.iter().filter(|(_, seat)| seat.standing.has_joined()) {
            if glance.players.len() == count {
                glance.players.push(PlayerGlance::default());
            }
            let own = self.viewpoints.get(client).copied().unwrap_or_default();
            let player = &mut glance.players[count];
            player.copy(client, seat, self.tick);
            player.own = own.own.filter(|own| self.published.find(*own).is_some());
            player.centre = own.centre.or_else(|| player.own.and_then(|own| self.published.grid().place(own.slot)));
            let (words, sent) = (seat.view.visible.words(), seat.view.window.sent);
            glance.held.extend(words.iter().map(|word| (word.index, word.bits)));
            glance.untold.extend(words.iter().map(|word| word.bits & self.untold(sent, word.index)));
            let mut row = EMPTY;
            seat.inbox.last().write_row(&mut row);
            glance.inputs.extend_from_slice(&row[..self.input_columns()]);
            count += 1;
        }
        glance.players.truncate(count);
    }

    /// Slots, from `index` times 64, with news since the tick that was told last.
    pub(super) fn untold(&self, sent: Tick, index: u32) -> u64 {
        let (mut tick, mut untold) = (sent, 0);
        while tick < self.tick {
            tick = tick.plus(1);
            // Of those who are away, or far behind, nobody knows any more.
            let Some(news) = self.published.news(tick) else { return u64::MAX };
            untold |= news.changed(index);
        }
        untold
    }
}

impl KindGlance {
    fn copy(&mut self, rows: &Rows, generation: impl Fn(u32) -> u8) {
        self.ids.clear();
        self.ids.extend(rows.slots().iter().map(|&slot| EntityId::new(slot, generation(slot))));
        self.columns.clear();
        self.columns.extend_from_slice(rows.columns());
        self.labels.clear();
        self.label_ends.clear();
        for label in rows.labels() {
            self.labels.extend_from_slice(label);
            self.label_ends.push(self.labels.len() as u32);
        }
    }

    /// The label of an entity, by its place among those of its kind.
    #[must_use]
    pub fn label(&self, at: usize) -> &[u8] {
        let from = at.checked_sub(1).map_or(0, |before| self.label_ends.get(before).copied().unwrap_or(0));
        self.label_ends.get(at).map_or(&[], |&end| &self.labels[from as usize..end as usize])
    }
}

impl PlayerGlance {
    fn copy<G: Game>(&mut self, client: ClientId, seat: &Seat<G>, made: Tick) {
        let window = &seat.view.window;
        self.client = client;
        self.name.clear();
        self.name.push_str(&seat.name);
        self.is_away = matches!(seat.standing, SeatStanding::Suspended { .. });
        (self.lead, self.inputs) = (seat.inbox.playable_lead(made), seat.inbox.counts);
        (self.sent, self.applied) = (window.sent, window.applied);
        self.waiting = seat.view.waiting.len() as u32;
        self.held_words = seat.view.visible.words().len() as u32;
    }
}

/// Slots in words of a view, ascending.
pub fn slots_held(words: &[(u32, u64)]) -> impl Iterator<Item = u32> {
    words.iter().flat_map(|&(index, word)| bits(word).map(move |bit| index * 64 + bit))
}
