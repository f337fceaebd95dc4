//! [`Fabric`]: the store that all nodes share, and the ways between them.

use std::time::Duration;

use crate::id::NodeId;

/// A way from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterWay {
    /// The store's own bus.
    Bus,
    /// A way from node to node, beside the store.
    Direct,
}

/// Orders to the fabric. It may lose any of them, be late with it, or do it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Letters for this node are wanted from now on, and those for one before it no more.
    Listen {
        /// The node.
        node: NodeId,
    },
    /// Answered by [`Reply::StoreItem`].
    Read {
        /// The question's number, which the answer has too.
        op: u64,
        /// A key.
        key: String,
    },
    /// Every key that begins so. Answered by [`Reply::Items`].
    ReadAll {
        /// The question's number.
        op: u64,
        /// A beginning of keys, with a dot at its end.
        prefix: String,
    },
    /// Answered by [`Reply::Written`] or [`Reply::Conflict`].
    Write {
        /// The question's number.
        op: u64,
        /// A key.
        key: String,
        /// The revision that the key must have now; 0 where it must not be there.
        expected: u64,
        /// The value to write.
        value: Vec<u8>,
    },
    /// Takes a key away. Answered as [`Ask::Write`] is.
    Remove {
        /// The question's number.
        op: u64,
        /// A key.
        key: String,
        /// The revision that the key must have now.
        expected: u64,
    },
    /// A letter, which has no answer.
    Send {
        /// The node that it is for.
        to: NodeId,
        /// The address where that node hears others directly.
        direct: String,
        /// The way to take.
        way: LetterWay,
        /// The letter.
        letter: Vec<u8>,
    },
    /// A leaflet for all other nodes, of [`LEAFLET_BYTES_MAX`](crate::LEAFLET_BYTES_MAX) bytes at most: it has no
    /// answer, and whoever does not hear it then never does.
    Spread {
        /// The leaflet, in the program's own words.
        leaflet: Vec<u8>,
    },
}

/// An entry of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreItem {
    /// Its key.
    pub key: String,
    /// Its revision, which is greater than any before it in the same life of the store.
    pub revision: u64,
    /// Its value. Empty where it was taken away.
    pub value: Vec<u8>,
}

/// Answers of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The entry, or that there is none.
    StoreItem(Option<StoreItem>),
    /// All of them.
    Items(Vec<StoreItem>),
    /// Done, and this is the entry's revision now.
    Written(u64),
    /// Not done: the key has another revision.
    Conflict,
    /// Unknown whether it was done.
    Failed,
}

/// News from the fabric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FabricNews {
    /// An answer.
    Reply {
        /// The question's number.
        op: u64,
        /// The answer.
        reply: Reply,
    },
    /// An entry changed. A hint: not every change is told of.
    Changed(StoreItem),
    /// The connection to the store is a new one: changes may have been missed.
    Renewed,
    /// A letter for the node that listens.
    Letter {
        /// The way that it came.
        way: LetterWay,
        /// The letter.
        letter: Vec<u8>,
    },
    /// A leaflet of another node. A node may get its own back, and one twice.
    Leaflet {
        /// The leaflet, in that program's own words.
        leaflet: Vec<u8>,
    },
}

/// A store of keys with revisions, and ways between nodes. Neither `ask` nor `told` waits for anything.
pub trait Fabric {
    /// Takes an order. Where there is no place for it, it is lost.
    fn ask(&mut self, ask: Ask);

    /// The next news.
    fn told(&mut self) -> Option<FabricNews>;

    /// Waits until there may be news, for so long at most.
    fn wait(&mut self, most: Duration) {
        std::thread::sleep(most);
    }
}
