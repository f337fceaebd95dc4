//! What must be true of every write, whoever makes it.

use std::collections::BTreeMap;

use auspice_fleet::{Epoch, FleetCode, NodeId};

/// A room's log, in a folder that every node reads.
#[derive(Clone, Debug)]
pub struct Log {
    /// The epoch that it is bound to. A write by a smaller one is refused.
    pub epoch: Epoch,
    /// The node that bound it.
    pub owner: NodeId,
    /// Its last tick.
    pub tick: u32,
}

/// The last write of each room.
#[derive(Debug, Default)]
pub struct Oracle {
    last: BTreeMap<FleetCode, (Epoch, NodeId)>,
    pub violations: Vec<String>,
    pub writes: u64,
}

impl Oracle {
    /// A node writes a room. It must be the one that did last, or have a later right.
    pub fn write(&mut self, now: u64, room: &FleetCode, epoch: Epoch, node: NodeId) {
        self.writes += 1;
        if let Some((last, owner)) = self.last.get(room) {
            let text = || format!("at {now}: {node} writes {room} by {epoch:?}, after {owner} by {last:?}");
            if epoch <= *last && node != *owner {
                self.violations.push(text());
                return;
            }
        }
        self.last.insert(room.clone(), (epoch, node));
    }
}
