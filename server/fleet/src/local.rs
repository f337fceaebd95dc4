//! [`LocalFabric`]: a fabric within the process, which is never silent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fabric::{Ask, Fabric, FabricNews, Reply, StoreItem};
use crate::id::NodeId;

/// News that wait for a node at most. Beyond it the oldest is lost, as a bus would.
const QUEUE: usize = 64 * 1024;

/// A store in memory. Its own rules are those of the trait; the simulation puts delays and faults around it.
#[derive(Debug, Default)]
struct Shelf {
    entries: BTreeMap<String, (u64, Vec<u8>)>,
    revision: u64,
    queues: BTreeMap<u64, (Option<NodeId>, VecDeque<FabricNews>)>,
}

impl Shelf {
    /// The answer to an order that has one, and what everybody is told of.
    fn answer(&mut self, ask: Ask) -> Option<(u64, Reply, Option<StoreItem>)> {
        match ask {
            Ask::Read { op, key } => {
                let item = self.entries.get(&key).map(|(revision, value)| (*revision, value.clone()));
                Some((op, Reply::StoreItem(item.map(|(revision, value)| StoreItem { key, revision, value })), None))
            }
            Ask::ReadAll { op, prefix } => {
                let all = self.entries.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
                let item = |(key, (revision, value)): (&String, &(u64, Vec<u8>))| StoreItem {
                    key: key.clone(),
                    revision: *revision,
                    value: value.clone(),
                };
                Some((op, Reply::Items(all.map(item).collect()), None))
            }
            Ask::Write { op, key, expected, value } => Some(self.change(op, key, expected, value)),
            Ask::Remove { op, key, expected } => Some(self.change(op, key, expected, Vec::new())),
            Ask::Listen { .. } | Ask::Send { .. } | Ask::Spread { .. } => None,
        }
    }

    fn change(&mut self, op: u64, key: String, expected: u64, value: Vec<u8>) -> (u64, Reply, Option<StoreItem>) {
        let present = self.entries.get(&key).map_or(0, |(revision, _)| *revision);
        if present != expected {
            return (op, Reply::Conflict, None);
        }
        self.revision += 1;
        let revision = self.revision;
        if value.is_empty() {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key.clone(), (revision, value.clone()));
        }
        (op, Reply::Written(revision), Some(StoreItem { key, revision, value }))
    }

    fn put(&mut self, queue: u64, told: FabricNews) {
        if let Some((_, queue)) = self.queues.get_mut(&queue) {
            if queue.len() >= QUEUE {
                queue.pop_front();
            }
            queue.push_back(told);
        }
    }
}

/// A store in memory, and who reads from it.
#[derive(Clone, Debug, Default)]
pub struct LocalHub(Arc<Mutex<Shelf>>);

impl LocalHub {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fabric for one more node.
    #[must_use]
    pub fn join(&self) -> LocalFabric {
        let mut shelf = self.lock();
        let queue = shelf.queues.keys().next_back().map_or(0, |last| last + 1);
        shelf.queues.insert(queue, (None, VecDeque::new()));
        LocalFabric { hub: self.clone(), queue }
    }

    /// Answers an order at once. None of orders without an answer.
    #[must_use]
    pub fn answer(&self, ask: Ask) -> Option<(u64, Reply, Option<StoreItem>)> {
        self.lock().answer(ask)
    }

    /// Forgets everything, as a store in memory does that is started again.
    pub fn forget(&self) {
        let mut shelf = self.lock();
        shelf.entries.clear();
        shelf.revision = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node's face of a [`LocalHub`].
#[derive(Debug)]
pub struct LocalFabric {
    hub: LocalHub,
    queue: u64,
}

impl Fabric for LocalFabric {
    fn ask(&mut self, ask: Ask) {
        let mut shelf = self.hub.lock();
        match ask {
            Ask::Listen { node } => {
                if let Some((listens, _)) = shelf.queues.get_mut(&self.queue) {
                    *listens = Some(node);
                }
            }
            Ask::Send { to, way, letter, .. } => {
                let queue = shelf.queues.iter().find(|(_, (node, _))| *node == Some(to)).map(|(queue, _)| *queue);
                if let Some(queue) = queue {
                    shelf.put(queue, FabricNews::Letter { way, letter });
                }
            }
            Ask::Spread { leaflet } => {
                let others = shelf.queues.iter().filter(|(queue, (node, _))| **queue != self.queue && node.is_some());
                for queue in others.map(|(queue, _)| *queue).collect::<Vec<_>>() {
                    shelf.put(queue, FabricNews::Leaflet { leaflet: leaflet.clone() });
                }
            }
            ask => {
                let Some((op, reply, changed)) = shelf.answer(ask) else { return };
                shelf.put(self.queue, FabricNews::Reply { op, reply });
                let queues: Vec<u64> = shelf.queues.keys().copied().collect();
                for queue in changed.iter().flat_map(|_| &queues) {
                    shelf.put(*queue, FabricNews::Changed(changed.clone().expect("it changed")));
                }
            }
        }
    }

    fn told(&mut self) -> Option<FabricNews> {
        self.hub.lock().queues.get_mut(&self.queue)?.1.pop_front()
    }
}

impl Drop for LocalFabric {
    fn drop(&mut self) {
        self.hub.lock().queues.remove(&self.queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaflet_reaches_every_other_node_that_listens() {
        let hub = LocalHub::new();
        let mut all = [hub.join(), hub.join(), hub.join()];
        for (fabric, node) in all.iter_mut().zip(1..=2) {
            fabric.ask(Ask::Listen { node: NodeId(node) });
        }
        all[0].ask(Ask::Spread { leaflet: vec![7] });
        let told: Vec<_> = all.iter_mut().map(Fabric::told).collect();
        assert_eq!(told, [None, Some(FabricNews::Leaflet { leaflet: vec![7] }), None]);
    }

    #[test]
    fn of_two_who_expect_the_same_one_is_refused() {
        let hub = LocalHub::new();
        let (mut one, mut other) = (hub.join(), hub.join());
        let write = |op, expected| Ask::Write { op, key: "a".into(), expected, value: vec![1] };
        one.ask(write(1, 0));
        other.ask(write(2, 0));
        assert_eq!(one.told(), Some(FabricNews::Reply { op: 1, reply: Reply::Written(1) }));
        assert!(matches!(other.told(), Some(FabricNews::Changed(_))));
        assert_eq!(other.told(), Some(FabricNews::Reply { op: 2, reply: Reply::Conflict }));
        other.ask(write(3, 1));
        assert_eq!(other.told(), Some(FabricNews::Reply { op: 3, reply: Reply::Written(2) }));
    }
}
