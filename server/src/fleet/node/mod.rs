//! This server as a node of `auspice-fleet`'s directory, and the thread that carries it: it passes the directory's
//! time, hands its questions to NATS and does what it wants done.
//!
//! # Reading order
//!
//! `names`, `questions` (what is asked for players, and waits), `member` (what rooms and the door ask), `acts` (what
//! the directory wants done), then the thread.

mod acts;
mod member;
mod names;
mod questions;

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use auspice_fleet::{
    Act, Ask, Directory, Fabric, FabricNews, Home, LEAFLET_BYTES_MAX, NatsFabric, NatsOptions, Timing,
};

use super::face::{Fleet, NodeSpec};
use super::options::FleetConfig;
use crate::error::ServeError;
use crate::limits::PRESENCE_BYTES_MAX;
use crate::operate::shutdown::{RaiseOnDrop, Stop};
use crate::rooms::{RoomOptions, Roster};
use crate::talk::SharedHall;
use acts::FleetHands;
use member::Node;
use names::{draw, now_since};
use questions::Questions;

/// Time from one look at the directory to the next, where no news come.
const PASS: Duration = Duration::from_millis(5);

/// Time from one look into the logs to the next: for rooms of which the store knows nothing.
const SCAN: Duration = Duration::from_secs(5);

/// Bytes of a leaflet beside who is there: numbers and words.
const LEAFLET_HEAD: usize = 200;

const _: () = assert!(PRESENCE_BYTES_MAX + LEAFLET_HEAD <= LEAFLET_BYTES_MAX, "who is there should fit a leaflet");

/// Time that the node has in the end to say that it leaves.
const LEAVING: Duration = Duration::from_millis(300);

/// Joins the fleet, on a thread of its own.
///
/// # Errors
/// Where NATS cannot be reached, or there is no thread.
pub(crate) fn start(spec: NodeSpec, roster: &Arc<Roster>, stop: &Arc<Stop>) -> Result<JoinHandle<()>, ServeError> {
    let NodeSpec { config, schema, rooms_max, logs, hall } = spec;
    let fabric = NatsFabric::connect(nats_options(&config)).map_err(|fault| ServeError::Fleet(fault.to_string()))?;
    let home = Home {
        address: config.address.clone(),
        direct: config.direct.map(|direct| direct.to_string()).unwrap_or_default(),
        build: env!("CARGO_PKG_VERSION").into(),
        schema,
        rooms_max,
    };
    let start = Instant::now();
    // Whoever has no randomness joins nobody.
    draw().map_err(|error| ServeError::System(std::io::Error::other(error.to_string())))?;
    let directory = Directory::new(home, Timing::default(), Box::new(|| draw().unwrap_or_default()), now_since(start));
    tracing::info!(node = %directory.node(), fleet = config.name, "joins the fleet");
    let questions = Questions::new(schema, logs.is_some());
    let node = Arc::new(Node::new(start, directory, questions, config.address));
    roster.join(Arc::clone(&node) as Arc<dyn Fleet>);
    let hands = FleetHands::new(Arc::clone(&node), Arc::clone(roster), logs, schema);
    let stop = Arc::clone(stop);
    let number = draw().unwrap_or_default();
    hall.with(|hall| hall.join(number));
    let roster = Arc::clone(roster);
    let run = move || {
        // Without it no room may be written for long.
        let _stops = RaiseOnDrop(Arc::clone(&stop));
        NodeThread { node, hands, fabric, stop, roster, hall, next_scan: start, leaves_until: None }.run();
    };
    Builder::new().name("auspice-fleet".into()).spawn(run).map_err(ServeError::System)
}

fn nats_options(config: &FleetConfig) -> NatsOptions {
    NatsOptions {
        url: config.nats.clone(),
        fleet: config.name.clone(),
        credentials: config.credentials.clone(),
        root_certificates: config.root_certificates.clone(),
        replicas: config.copies as usize,
        in_memory: config.in_memory,
        direct: config.direct,
        direct_key: config.key.clone(),
    }
}

/// The thread that carries the directory.
struct NodeThread {
    node: Arc<Node>,
    hands: FleetHands,
    fabric: NatsFabric,
    stop: Arc<Stop>,
    roster: Arc<Roster>,
    hall: Arc<SharedHall>,
    next_scan: Instant,
    /// The time until which it may say that it leaves.
    leaves_until: Option<Instant>,
}

impl NodeThread {
    fn run(mut self) {
        while self.leaves_until.is_none_or(|until| Instant::now() < until) {
            let acts = self.pass();
            for act in acts {
                self.hands.act(act);
            }
            self.hands.look_after_loads();
            self.hands.tell_of_followed();
            if Instant::now() >= self.next_scan {
                self.next_scan = Instant::now() + SCAN;
                self.hands.look_into_logs();
            }
            self.leave();
            self.fabric.wait(PASS);
        }
    }

    /// Passes the directory's time; what it wants done.
    fn pass(&mut self) -> Vec<Act> {
        let node = Arc::clone(&self.node);
        let mut inner = node.inner();
        inner.directory.pass_time(node.now());
        while let Some(told) = self.fabric.told() {
            match told {
                FabricNews::Leaflet { leaflet } => self.hall.with(|hall| hall.hear(&leaflet, Instant::now())),
                told => inner.directory.take(told, node.now()),
            }
        }
        node.set_permit(&mut inner);
        let acts = inner.answer_all(node.now());
        while let Some(ask) = inner.directory.next_ask() {
            self.fabric.ask(ask);
        }
        node.note_others(&mut inner);
        drop(inner);
        self.spread();
        acts
    }

    /// Has other nodes hear what is said here, and who plays here. Where their bus takes nothing it is lost.
    fn spread(&mut self) {
        let Self { hall, roster, fabric, .. } = self;
        let now = Instant::now();
        let is_due = hall.with(|hall| hall.is_presence_due(now));
        // Ticks wait for the hall, so the rooms are listed before.
        let rooms = is_due.then(|| roster.list(&RoomOptions::new(), Vec::new()));
        let leaflets = hall.with(|hall| {
            let lines: Vec<_> = std::iter::from_fn(|| hall.next_leaflet()).collect();
            let presence = rooms.and_then(|rooms| hall.presence(rooms, now));
            lines.into_iter().chain(presence).collect::<Vec<_>>()
        });
        leaflets.into_iter().for_each(|leaflet| fabric.ask(Ask::Spread { leaflet }));
    }

    /// Drains with the server, and leaves the fleet when it has stopped.
    fn leave(&mut self) {
        if !self.stop.is_draining() || self.leaves_until.is_some() {
            return;
        }
        let (mut inner, now) = (self.node.inner(), self.node.now());
        if !inner.directory.is_draining() {
            inner.directory.drain(now);
        }
        if self.stop.is_raised() {
            inner.directory.leave();
            let last = self.hall.with(|hall| hall.farewell());
            last.into_iter().for_each(|leaflet| self.fabric.ask(Ask::Spread { leaflet }));
            self.leaves_until = Some(Instant::now() + LEAVING);
        }
    }
}
