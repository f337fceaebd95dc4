//! [`ShownMoment`]: a room at one moment, as it is kept.

use auspice::authority::{Glance, KindGlance, PlayerGlance, slots_held};

/// A room at one moment, in as little memory as it takes.
#[derive(Debug)]
pub(super) struct ShownMoment {
    pub(super) tick: u32,
    pub(super) kinds: Vec<KindGlance>,
    pub(super) players: Vec<PlayerGlance>,
    /// Slots that the players hold, one player behind the other: of each the distance from the one before, seven bits a
    /// byte, the lowest first.
    held: Vec<u8>,
    /// The end of each player's in those, and how many slots they are.
    held_ends: Vec<(u32, u32)>,
    /// Slots of them of which there was news that was not told yet, each behind the place of its player.
    untold: Vec<(u32, u32)>,
    /// Columns of the players' last inputs, one behind the other.
    pub(super) inputs: Vec<i32>,
    /// Bits of all updates by then, by part.
    pub(super) part_bits: Vec<u64>,
    pub(super) updates: u64,
    pub(super) entities: u64,
}

impl ShownMoment {
    pub(super) fn of(glance: &Glance) -> Self {
        let (mut held, mut held_ends) = (Vec::new(), Vec::with_capacity(glance.players.len()));
        let (mut words, mut untold_words, mut untold) = (&glance.held[..], glance.untold.iter(), Vec::new());
        for (at, player) in (0..).zip(&glance.players) {
            let (own, rest) = words.split_at(player.held_words as usize);
            words = rest;
            let of_own = own.iter().zip(untold_words.by_ref()).map(|((index, _), untold)| (*index, *untold));
            for word in of_own.filter(|(_, untold)| *untold != 0) {
                untold.extend(slots_held(&[word]).map(|slot| (at, slot)));
            }
            let (mut before, mut count) = (0, 0);
            for slot in slots_held(own) {
                write_number(slot - before, &mut held);
                before = slot;
                count += 1;
            }
            held_ends.push((held.len() as u32, count));
        }
        held.shrink_to_fit();
        untold.shrink_to_fit();
        Self {
            tick: glance.tick.0,
            kinds: glance.kinds.clone(),
            players: glance.players.clone(),
            held,
            held_ends,
            untold,
            inputs: glance.inputs.clone(),
            part_bits: glance.part_bits.clone(),
            updates: glance.stats.updates,
            entities: glance.stats.entities,
        }
    }

    /// Slots of what a player holds, by its place among the players, ascending.
    pub(super) fn held_by(&self, player: usize) -> impl Iterator<Item = u32> {
        let end = |at: usize| self.held_ends.get(at).map_or(0, |&(end, _)| end as usize);
        let mut rest = &self.held[player.checked_sub(1).map_or(0, end)..end(player)];
        let mut slot = 0;
        std::iter::from_fn(move || {
            slot += read_number(&mut rest)?;
            Some(slot)
        })
    }

    /// Whether there was news of a slot that this player was not told yet.
    pub(super) fn is_untold(&self, player: usize, slot: u32) -> bool {
        self.untold.binary_search(&(player as u32, slot)).is_ok()
    }

    /// Number of these.
    pub(super) fn count_held_by(&self, player: usize) -> u32 {
        self.held_ends.get(player).map_or(0, |&(_, count)| count)
    }

    /// Players without a connection.
    pub(super) fn away(&self) -> usize {
        self.players.iter().filter(|player| player.is_away).count()
    }

    /// Memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let of_kind = |kind: &KindGlance| {
            size_of_val(&kind.ids[..])
                + size_of_val(&kind.columns[..])
                + kind.labels.len()
                + size_of_val(&kind.label_ends[..])
        };
        let names: usize = self.players.iter().map(|player| player.name.len()).sum();
        self.kinds.iter().map(of_kind).sum::<usize>()
            + size_of_val(&self.players[..])
            + names
            + self.held.len()
            + size_of_val(&self.held_ends[..])
            + size_of_val(&self.untold[..])
            + size_of_val(&self.inputs[..])
            + size_of_val(&self.part_bits[..])
            + size_of::<Self>()
    }
}

fn write_number(mut number: u32, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn read_number(from: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_holds_what_it_held_when_the_moment_was_taken() {
        let players = [vec![0, 1, 63, 64, 5000], vec![], vec![128, 65_535]];
        let mut glance = Glance::default();
        for slots in &players {
            let mut words: Vec<(u32, u64)> = Vec::new();
            for slot in slots {
                match words.last_mut() {
                    Some((index, word)) if *index == slot / 64 => *word |= 1 << (slot % 64),
                    _ => words.push((slot / 64, 1 << (slot % 64))),
                }
            }
            glance.players.push(PlayerGlance { held_words: words.len() as u32, ..PlayerGlance::default() });
            // Of each word the highest was not told.
            glance.untold.extend(words.iter().map(|(_, word)| 1 << word.ilog2()));
            glance.held.extend(words);
        }
        let moment = ShownMoment::of(&glance);
        for (at, slots) in players.iter().enumerate() {
            assert_eq!(moment.held_by(at).collect::<Vec<_>>(), *slots);
            assert_eq!(moment.count_held_by(at) as usize, slots.len());
            let untold = slots.iter().filter(|slot| moment.is_untold(at, **slot));
            let highest =
                slots.iter().filter(|slot| !slots.iter().any(|other| *other / 64 == **slot / 64 && *other > **slot));
            assert!(untold.eq(highest), "player {at}");
        }
    }
}
