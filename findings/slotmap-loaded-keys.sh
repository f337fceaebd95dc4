#!/usr/bin/env bash
# slotmap 1.1.1: a map that was saved and loaded hands out other keys than the map it was saved from.
#
# Expected: "A key remains valid for a slot map even after one or both have been serialized and deserialized!"
# Versions and values are all in the saved text, the loaded map saves to the same text again, and a program that goes
# on from either does the same.
#
# What happens: which free slot is used next is not saved. Loading makes the list of free slots anew, in the order of
# the slots, whereas the map that ran on hands out the slot that was freed last. Both then give the same key to
# different things: no key is invalid, no lookup fails, and a hash of the saved text does not see it before the
# insertion. A DenseSlotMap also changes the order in which it is walked through: the last moves into each gap before,
# by slot after. A clone keeps both.
#
# Why it matters: a room that is loaded again to replay its inputs, a standby that started from a snapshot, or a
# client that keeps the same map, goes another way than the original at the next spawn: bullets under the ids of
# others. Save the order of the free slots beside the map, or load the map on the original too at the moment of the
# snapshot (both then have the same order), or do not let anything that is compared depend on the keys.
#
# Versions: slotmap 1.1.1, serde_json 1.0.145; seen with rustc 1.95.0. Needs cargo and the network; some seconds.
#
# Seen:
#     the loaded map saves to the same text: true
#     key of g: DefaultKey(3v3) in the live map, DefaultKey(3v3) in its clone, DefaultKey(5v3) in the loaded map
#     key of h: DefaultKey(5v3) in the live map, DefaultKey(5v3) in its clone, DefaultKey(3v3) in the loaded map
#     key of i: DefaultKey(2v3) in the live map, DefaultKey(2v3) in its clone, DefaultKey(2v3) in the loaded map
#     DefaultKey(3v3) is "g" in the live map, "h" in the loaded map
#     DenseSlotMap, walked through: a f d live, a f d cloned, a d f loaded
#     loaded in both places: equal keys
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CARGO_TARGET_DIR RUSTFLAGS
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
slotmap = { version = "=1.1.1", features = ["serde"] }
serde_json = "=1.0.145"
[workspace]
END
cat > src/main.rs <<'END'
use slotmap::{DefaultKey, DenseSlotMap, SlotMap};

fn main() {
    // Six ships, three of which are shot down, not in the order in which they came.
    let mut live: SlotMap<DefaultKey, &str> = SlotMap::new();
    let keys: Vec<DefaultKey> = ["a", "b", "c", "d", "e", "f"].into_iter().map(|name| live.insert(name)).collect();
    for gone in [1, 4, 2] {
        live.remove(keys[gone]);
    }
    let saved = serde_json::to_string(&live).unwrap();
    let mut loaded: SlotMap<DefaultKey, &str> = serde_json::from_str(&saved).unwrap();
    let mut cloned = live.clone();
    println!("the loaded map saves to the same text: {}", serde_json::to_string(&loaded).unwrap() == saved);
    assert_eq!(serde_json::to_string(&loaded).unwrap(), saved);

    let mut differ = 0;
    for name in ["g", "h", "i"] {
        let (l, c, s) = (live.insert(name), cloned.insert(name), loaded.insert(name));
        println!("key of {name}: {l:?} in the live map, {c:?} in its clone, {s:?} in the loaded map");
        assert_eq!(l, c);
        differ += u32::from(l != s);
    }
    assert_eq!(differ, 2);
    let key = live.keys().find(|key| loaded.get(*key) != live.get(*key)).unwrap();
    println!("{key:?} is {:?} in the live map, {:?} in the loaded map", live[key], loaded[key]);

    let mut live: DenseSlotMap<DefaultKey, &str> = DenseSlotMap::new();
    let keys: Vec<DefaultKey> = ["a", "b", "c", "d", "e", "f"].into_iter().map(|name| live.insert(name)).collect();
    for gone in [1, 4, 2] {
        live.remove(keys[gone]);
    }
    let saved = serde_json::to_string(&live).unwrap();
    let loaded: DenseSlotMap<DefaultKey, &str> = serde_json::from_str(&saved).unwrap();
    let walk = |map: &DenseSlotMap<DefaultKey, &'static str>| map.values().copied().collect::<Vec<_>>().join(" ");
    let loaded_walk = loaded.values().copied().collect::<Vec<_>>().join(" ");
    let (live_walk, cloned_walk) = (walk(&live), walk(&live.clone()));
    println!("DenseSlotMap, walked through: {live_walk} live, {cloned_walk} cloned, {loaded_walk} loaded");
    assert_eq!(live_walk, cloned_walk);
    assert_ne!(live_walk, loaded_walk);

    // What helps: who goes on from the text in both places goes the same way.
    let mut first: SlotMap<DefaultKey, u32> = SlotMap::new();
    let keys: Vec<DefaultKey> = (0..6).map(|number| first.insert(number)).collect();
    for gone in [1, 4, 2] {
        first.remove(keys[gone]);
    }
    let saved = serde_json::to_string(&first).unwrap();
    let load = || -> SlotMap<DefaultKey, u32> { serde_json::from_str(&saved).unwrap() };
    let (mut original, mut copy) = (load(), load());
    assert!((0..5).all(|number| original.insert(number) == copy.insert(number)));
    println!("loaded in both places: equal keys");
}
END
cargo run --quiet
