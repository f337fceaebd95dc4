//! [`Trace`]: a recorded run of [`W1`] in memory: all bodies at each tick, what some clients saw, and the
//! bytes for which Auspice showed it to them.

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{ClientId, Micros, Terms};
use auspice_workloads::w1::motion::{Body, World};
use auspice_workloads::w1::{Rules, W1};

use super::Snapshot;
use super::grid::{FloatBody, Row};

/// Ticks before the first one that is kept: hello, welcome, first sight.
const JOIN_TICKS: usize = 4;
/// Snapshots before the present that a scheme may look at.
const HISTORY: usize = 6;

/// See the module. Ticks are counted from the first that is kept.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Number of clients that look.
    pub viewers: usize,
    /// Bytes that Auspice sent them in the counted ticks.
    pub auspice_bytes: u64,
    warmup: usize,
    bodies: Vec<Vec<Body>>,
    /// Each client's snapshot at each tick.
    snapshots: Vec<Vec<Snapshot>>,
}

struct Viewer {
    client: ClientId,
    replica: Replica<W1>,
}

impl Trace {
    /// Runs `entities` bodies for `ticks`, of which the first `warmup` are not counted, with clients on the
    /// first `viewers` bodies.
    ///
    /// # Panics
    /// Where a replica does not hold exactly the bodies of the world.
    #[must_use]
    pub fn record(entities: u32, viewers: usize, ticks: usize, warmup: usize) -> Self {
        let terms = Terms::of::<W1>(Rules::of(entities)).strict();
        let mut world = World::new(&terms.rules, terms.tick_hz);
        let period = Micros(1_000_000 / u64::from(terms.tick_hz));
        let mut room = Room::<W1>::new(terms, 1, viewers).expect("the terms should be playable");
        let connect = |room: &mut Room<W1>, index: usize| Viewer {
            client: room.connect().expect("there should be a seat for each viewer"),
            replica: Replica::new(&format!("viewer{index}"), "trace").expect("the name should fit"),
        };
        let mut clients: Vec<_> = (0..viewers).map(|index| connect(&mut room, index)).collect();
        let mut trace = Self { viewers, warmup, ..Self::default() };
        let mut now = Micros(0);
        for tick in 0..ticks + JOIN_TICKS {
            now = now + period;
            world.step();
            let bytes = serve(&mut room, &mut clients, now);
            if tick < JOIN_TICKS {
                continue;
            }
            trace.auspice_bytes += if tick - JOIN_TICKS < warmup { 0 } else { bytes };
            trace.bodies.push(world.bodies().to_vec());
            trace.snapshots.push(clients.iter().map(|viewer| snapshot(&viewer.replica, world.bodies())).collect());
        }
        trace
    }

    /// The ticks that count.
    #[must_use]
    pub fn counted(&self) -> core::ops::Range<usize> {
        self.warmup..self.bodies.len()
    }

    /// Number of the ticks that count.
    #[must_use]
    pub fn counted_ticks(&self) -> usize {
        self.bodies.len() - self.warmup
    }

    /// Entities in view, over all counted ticks and clients.
    #[must_use]
    pub fn entity_ticks(&self) -> usize {
        self.snapshots[self.counted()].iter().flatten().map(Vec::len).sum()
    }

    /// The snapshot of `viewer` at `tick`, on the schemes' grid.
    #[must_use]
    pub fn snapshot(&self, tick: usize, viewer: usize) -> Snapshot {
        self.snapshots[tick][viewer].clone()
    }

    /// The snapshots that it held before, newest first.
    #[must_use]
    pub fn history(&self, tick: usize, viewer: usize) -> Vec<&Snapshot> {
        self.snapshots[tick.saturating_sub(HISTORY)..tick].iter().rev().map(|viewers| &viewers[viewer]).collect()
    }

    /// The same as [`snapshot`](Self::snapshot), in floats.
    #[must_use]
    pub fn bodies_seen(&self, tick: usize, viewer: usize) -> Vec<(u32, FloatBody)> {
        let seen = self.snapshots[tick][viewer].iter();
        seen.map(|(slot, _)| (*slot, FloatBody::from(&self.bodies[tick][*slot as usize]))).collect()
    }
}

/// A tick of server and clients; the bytes of all updates.
fn serve(room: &mut Room<W1>, viewers: &mut [Viewer], now: Micros) -> u64 {
    for viewer in viewers.iter_mut() {
        while let Some(message) = viewer.replica.poll_transmit(now) {
            room.handle_message(viewer.client, message).expect("the room should take what a replica sends");
        }
    }
    room.admit_all();
    room.tick().expect("W1 should publish properly");
    let mut bytes = 0;
    for viewer in viewers {
        if let Outgoing::Message(message) = room.poll_update(viewer.client) {
            bytes += message.len() as u64;
            viewer.replica.handle_message(message, now).expect("an update should be one");
        }
        while viewer.replica.poll_event().is_some() {}
    }
    bytes
}

fn snapshot(replica: &Replica<W1>, bodies: &[Body]) -> Snapshot {
    let row = |slot: u32, held: &Body| -> (u32, Row) {
        assert_eq!(bodies[slot as usize], *held, "a replica should hold the bodies as they are");
        (slot, FloatBody::from(held).row())
    };
    replica.entities().map(|held| row(held.id.slot, &held.entity)).collect()
}
