//! [`Slots`]: a map of slots that can be saved: loaded again, it hands out the keys that it would have handed out.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use slotmap::{Key, KeyData};

/// Index of the slot that nobody has, as in a slotmap: a null key is nobody's.
const NOBODY: usize = 0;

/// A map by keys that it makes itself, like slotmap's `SlotMap` and with the same keys. Which free slot is taken next
/// is a part of it, and saved with it: a `SlotMap` forgets that, so that a world that was saved and loaded goes on
/// with other keys than the one that it was saved from.
///
/// Walks through its values in the order of their slots. What `SecondaryMap` says of keys holds here, too.
#[derive(Clone, Debug)]
pub struct Slots<K, V> {
    slots: Vec<SlotState<V>>,
    /// Free slots: the last is the next to be taken.
    free: Vec<u32>,
    keys: PhantomData<fn() -> K>,
}

/// A slot, whose version is odd while somebody has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SlotState<V> {
    version: u32,
    value: Option<V>,
}

fn key<K: Key>(index: usize, version: u32) -> K {
    KeyData::from_ffi(u64::from(version) << 32 | index as u64).into()
}

/// Index and version of a key.
fn parts(key: impl Key) -> (usize, u32) {
    let value = key.data().as_ffi();
    (value as u32 as usize, (value >> 32) as u32)
}

impl<K: Key, V> Slots<K, V> {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self { slots: alloc::vec![SlotState { version: 0, value: None }], free: Vec::new(), keys: PhantomData }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - 1 - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a value into the slot that was left last, or into a new one. Its key.
    ///
    /// # Panics
    /// With four billion values.
    pub fn insert(&mut self, value: V) -> K {
        let index = self.free.pop().map_or(self.slots.len(), |index| index as usize);
        assert!(index < u32::MAX as usize, "there should be a number for each slot");
        if index == self.slots.len() {
            self.slots.push(SlotState { version: 0, value: None });
        }
        let slot = &mut self.slots[index];
        (slot.version, slot.value) = (slot.version | 1, Some(value));
        key(index, slot.version)
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let (index, _) = parts(key);
        self.contains_key(key).then(|| self.vacate(index)).flatten()
    }

    fn vacate(&mut self, index: usize) -> Option<V> {
        let slot = &mut self.slots[index];
        slot.version = slot.version.wrapping_add(1);
        self.free.push(index as u32);
        slot.value.take()
    }

    /// Takes out all those of which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(K, &mut V) -> bool) {
        for index in 1..self.slots.len() {
            let SlotState { version, value } = &mut self.slots[index];
            if value.as_mut().is_some_and(|value| !keep(key(index, *version), value)) {
                self.vacate(index);
            }
        }
    }

    /// Whether there is a value of this key.
    #[must_use]
    pub fn contains_key(&self, key: K) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key.
    #[inline]
    #[must_use]
    pub fn get(&self, key: K) -> Option<&V> {
        let (index, version) = parts(key);
        self.slots.get(index).filter(|slot| slot.version == version)?.value.as_ref()
    }

    /// The same to be changed.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let (index, version) = parts(key);
        self.slots.get_mut(index).filter(|slot| slot.version == version)?.value.as_mut()
    }

    /// The values of some keys at once, to be changed; none if one of them has no value, or two are the same.
    #[must_use]
    pub fn get_disjoint_mut<const N: usize>(&mut self, keys: [K; N]) -> Option<[&mut V; N]> {
        if !keys.iter().all(|key| self.contains_key(*key)) {
            return None;
        }
        let slots = self.slots.get_disjoint_mut(keys.map(|key| parts(key).0)).ok()?;
        let values = slots.map(|slot| slot.value.as_mut());
        values.iter().all(Option::is_some).then(|| values.map(|value| value.expect("each should be there")))
    }

    /// The key of whoever has the slot of this index now.
    #[must_use]
    pub fn key_at(&self, index: u32) -> Option<K> {
        let slot = self.slots.get(index as usize).filter(|slot| slot.value.is_some())?;
        Some(key(index as usize, slot.version))
    }

    /// All values with their keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let all = self.slots.iter().enumerate();
        all.filter_map(|(index, slot)| Some((key(index, slot.version), slot.value.as_ref()?)))
    }

    /// The same to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        let all = self.slots.iter_mut().enumerate();
        all.filter_map(|(index, SlotState { version, value })| Some((key(index, *version), value.as_mut()?)))
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.slots.iter().filter_map(|slot| slot.value.as_ref())
    }

    /// The same to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().filter_map(|slot| slot.value.as_mut())
    }
}

impl<K: Key, V> Default for Slots<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, V> Index<K> for Slots<K, V> {
    type Output = V;

    fn index(&self, key: K) -> &V {
        self.get(key).expect("there should be a value of this key")
    }
}

impl<K: Key, V> IndexMut<K> for Slots<K, V> {
    fn index_mut(&mut self, key: K) -> &mut V {
        self.get_mut(key).expect("there should be a value of this key")
    }
}

/// The slots, then the free ones in the order in which they would be taken, the last first.
impl<K: Key, V: Serialize> Serialize for Slots<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.slots, &self.free).serialize(serializer)
    }
}

impl<'de, K: Key, V: Deserialize<'de>> Deserialize<'de> for Slots<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (slots, free) = <(Vec<SlotState<V>>, Vec<u32>)>::deserialize(deserializer)?;
        if are_sound(&slots, &free) {
            Ok(Self { slots, free, keys: PhantomData })
        } else {
            Err(de::Error::custom("slots that are free and taken at once"))
        }
    }
}

/// Whether versions say who has a slot, and each free slot is named once.
fn are_sound<V>(slots: &[SlotState<V>], free: &[u32]) -> bool {
    let vacant = |slot: &SlotState<V>| slot.version.is_multiple_of(2) && slot.value.is_none();
    let taken = |slot: &SlotState<V>| !slot.version.is_multiple_of(2) && slot.value.is_some();
    let mut named: Vec<bool> = slots.iter().map(taken).collect();
    let Some((nobody, _)) = slots.split_first().filter(|(nobody, _)| vacant(nobody)) else { return false };
    named[NOBODY] = nobody.value.is_none();
    let names_each = free.iter().all(|&index| {
        let is_vacant = slots.get(index as usize).is_some_and(vacant);
        is_vacant && !core::mem::replace(&mut named[index as usize], true)
    });
    names_each && named.into_iter().all(|named| named)
}

#[cfg(test)]
mod tests {
    use slotmap::{DefaultKey, SlotMap};

    use super::*;
    use crate::rng::Rng;

    fn saved(map: &Slots<DefaultKey, u32>) -> Vec<u8> {
        bincode::serde::encode_to_vec(map, bincode::config::standard()).unwrap()
    }

    fn loaded(bytes: &[u8]) -> Option<Slots<DefaultKey, u32>> {
        bincode::serde::decode_from_slice(bytes, bincode::config::standard()).ok().map(|(map, _)| map)
    }

    #[test]
    fn keys_and_order_are_those_of_a_slotmap_and_go_on_after_loading() {
        for seed in 0..50 {
            let mut rng = Rng::new(seed);
            let (mut slots, mut map) = (Slots::<DefaultKey, u32>::new(), SlotMap::new());
            for round in 0..400 {
                if rng.one_in(3) {
                    let keys: Vec<_> = map.keys().collect();
                    let Some(&gone) = keys.get(rng.below(keys.len() as u32) as usize) else { continue };
                    assert_eq!(slots.remove(gone), map.remove(gone));
                } else if rng.one_in(20) {
                    slots.retain(|_, value| *value % 3 > 0);
                    map.retain(|_, value| *value % 3 > 0);
                } else {
                    assert_eq!(slots.insert(round), map.insert(round), "seed {seed}");
                }
                if rng.one_in(10) {
                    slots = loaded(&saved(&slots)).unwrap();
                }
                assert!(slots.iter().eq(map.iter()) && slots.len() == map.len(), "seed {seed}");
            }
        }
    }

    #[test]
    fn slots_that_contradict_themselves_are_not_loaded() {
        let mut slots = Slots::<DefaultKey, u32>::new();
        let first = slots.insert(7);
        slots.insert(8);
        slots.remove(first);
        let right = saved(&slots);
        assert!(loaded(&right).is_some());
        let mut refused = 0;
        for at in 0..right.len() {
            for bit in 0..8 {
                let mut wrong = right.clone();
                wrong[at] ^= 1 << bit;
                match loaded(&wrong) {
                    None => refused += 1,
                    Some(slots) => goes_on(slots),
                }
            }
        }
        assert!(refused > right.len(), "{refused}");
    }

    /// Whatever is loaded gives each slot once, and none that is taken.
    fn goes_on(mut slots: Slots<DefaultKey, u32>) {
        assert_eq!(slots.len(), slots.iter().count());
        let mut keys: Vec<_> = slots.iter().map(|(key, _)| key).collect();
        keys.extend((0..slots.slots.len() as u32 + 2).map(|value| slots.insert(value)));
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert!(keys.len() == count && slots.len() == count && keys.iter().all(|&key| slots.get(key).is_some()));
    }

    #[test]
    fn two_values_are_had_at_once_unless_they_are_one() {
        let mut slots = Slots::<DefaultKey, u32>::new();
        let (one, two) = (slots.insert(1), slots.insert(2));
        let [a, b] = slots.get_disjoint_mut([one, two]).unwrap();
        core::mem::swap(a, b);
        assert_eq!((slots[one], slots[two]), (2, 1));
        assert!(slots.get_disjoint_mut([one, one]).is_none());
        slots.remove(two);
        assert!(slots.get_disjoint_mut([one, two]).is_none());
    }
}
