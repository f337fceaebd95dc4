//! Records in the store: of nodes, each its owner's lease too, and of rooms; and their keys.
//!
//! Every key but [`LIFE`] begins with the life of the store that it was written in. What was meant for a store that was
//! lost finds nothing to change in the next one, though that counts its revisions from 1 again.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::id::{FleetCode, Incarnation, NodeId};
use crate::limits::RECORD_BYTES_MAX;

/// Key of the store's present life.
pub(crate) const LIFE: &str = "life";

/// Standing of a node, as the store has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeState {
    /// A node that renews this record.
    Live,
    /// A node that went in peace, and has no rooms.
    Left,
    /// Another one found its lease over. It comes back under another id, without its rooms.
    Fenced,
}

/// A node: its lease, renewed by each write, and what others want to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Its id.
    pub node: NodeId,
    /// Its standing.
    pub state: NodeState,
    /// The address that players dial, such as `wss://a.example.org/play`.
    pub address: String,
    /// The address where it hears other nodes directly, such as `10.0.0.7:7800`. Empty where it does not.
    pub direct: String,
    /// Its build, for people.
    pub build: String,
    /// The hash of its game's schema: rooms move between equal ones alone.
    pub schema: u64,
    /// Its rooms.
    pub rooms: u32,
    /// The rooms that it has a place for.
    pub rooms_max: u32,
    /// Whether it takes no new rooms.
    pub draining: bool,
    /// The nodes that it knows: those that may take its rooms once its lease is over.
    pub known: Vec<NodeId>,
}

/// A room and its owner. The record's revision is a part of the owner's epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRecord {
    /// The node that may write.
    pub owner: NodeId,
    /// The node that had it before. None of a new room.
    pub former: Option<NodeId>,
    /// The hash of its game's schema.
    pub schema: u64,
    /// Whether it has a log from which another node can go on.
    pub is_logged: bool,
}

/// A record as bytes. None where it would be longer than [`RECORD_BYTES_MAX`].
pub(crate) fn encode<T: Serialize>(record: &T) -> Option<Vec<u8>> {
    serde_json::to_vec(record).ok().filter(|bytes| bytes.len() <= RECORD_BYTES_MAX)
}

/// The record of bytes that someone wrote. None where they are none.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    (bytes.len() <= RECORD_BYTES_MAX).then(|| serde_json::from_slice(bytes).ok()).flatten()
}

/// The key of a node.
pub(crate) fn node_key(life: Incarnation, node: NodeId) -> String {
    format!("{}{node}", nodes_prefix(life))
}

/// The key of a room.
pub(crate) fn room_key(life: Incarnation, room: &FleetCode) -> String {
    format!("{}{}", rooms_prefix(life), room.token())
}

/// The beginning of the keys of all nodes.
pub(crate) fn nodes_prefix(life: Incarnation) -> String {
    format!("{:x}.n.", life.0)
}

/// The beginning of the keys of all rooms.
pub(crate) fn rooms_prefix(life: Incarnation) -> String {
    format!("{:x}.r.", life.0)
}

/// A thing that a key of this life names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NamedKey {
    Node(NodeId),
    Room(FleetCode),
}

/// Reads a key. None where it is of another life, or none of ours.
pub(crate) fn named(life: Incarnation, key: &str) -> Option<NamedKey> {
    if let Some(node) = key.strip_prefix(&nodes_prefix(life)) {
        return NodeId::try_from(node.to_owned()).ok().map(NamedKey::Node);
    }
    FleetCode::from_token(key.strip_prefix(&rooms_prefix(life))?).map(NamedKey::Room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_their_life_alone() {
        let (one, other) = (Incarnation(0x1a), Incarnation(0x1b));
        let room = FleetCode::new("two words").expect("it is a code");
        let key = room_key(one, &room);
        assert_eq!(key, "1a.r.two=20words");
        assert_eq!(named(one, &key), Some(NamedKey::Room(room)));
        assert_eq!(named(other, &key), None);
        assert_eq!(named(one, &node_key(one, NodeId(7))), Some(NamedKey::Node(NodeId(7))));
        for none in ["", "life", "1a.n.", "1a.n.xyz", "1a.r.", "1a.x.1"] {
            assert_eq!(named(one, none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        assert_eq!(decode::<RoomRecord>(b"{}"), None);
        assert_eq!(decode::<RoomRecord>(&vec![b' '; RECORD_BYTES_MAX + 1]), None);
        let record = RoomRecord { owner: NodeId(1), former: None, schema: 2, is_logged: true };
        let bytes = encode(&record).expect("it is short");
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            r#"{"owner":"0000000000000001","former":null,"schema":2,"is_logged":true}"#
        );
        assert_eq!(decode(&bytes), Some(record));
        let full = NodeRecord {
            node: NodeId(1),
            state: NodeState::Live,
            address: "x".repeat(256),
            direct: "x".repeat(256),
            build: "x".repeat(256),
            schema: u64::MAX,
            rooms: u32::MAX,
            rooms_max: u32::MAX,
            draining: false,
            known: vec![NodeId(u64::MAX); crate::limits::NODES_MAX],
        };
        assert!(encode(&full).is_some(), "the largest fleet fits");
    }
}
