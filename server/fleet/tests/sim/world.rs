//! [`World`]: machines, a store and ways between them, on true time.

use std::collections::{BTreeMap, BTreeSet};

use auspice_fleet::{Ask, FabricNews, FleetCode, FoundAt, LocalHub, Rule, StoreItem};

use super::clock::Skew;
use super::node::{Node, Process};
use super::oracle::{Log, Oracle};
use super::{MS, Rng, S};

/// Things that happen at a true time.
#[derive(Clone, Debug)]
enum Event {
    /// The store hears a node's process of this run.
    Store { node: usize, run: u64, ask: Ask },
    /// A node's process of this run hears something.
    Node { node: usize, run: u64, told: FabricNews },
}

/// Faults of all ways, each once in so many messages; 0 for never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways {
    pub lost: u64,
    pub twice: u64,
    pub late: u64,
}

/// A fleet.
pub struct World {
    pub now: u64,
    pub rng: Rng,
    pub nodes: Vec<Node>,
    pub logs: BTreeMap<FleetCode, Log>,
    pub oracle: Oracle,
    pub ways: Ways,
    /// Nodes that do not reach the store.
    pub cut_off: BTreeSet<usize>,
    /// Pairs of nodes that do not reach each other.
    pub apart: BTreeSet<(usize, usize)>,
    /// Until when the store does not answer. What it is asked waits.
    pub store_stopped_until: u64,
    /// Whether the store is gone: what it is asked is lost.
    pub is_store_dead: bool,
    /// Whether only writes count that a log takes.
    pub logs_judge: bool,
    pub left_out: Vec<Rule>,
    /// Whether some of what is sent over a cut comes long after.
    pub leaks: bool,
    /// A node whose letters wait until then.
    pub held: Option<(usize, u64)>,
    /// A node that is not told of the store's life.
    pub deaf: Option<usize>,
    hub: LocalHub,
    events: BTreeMap<(u64, u64), Event>,
    count: u64,
    seed: u64,
}

impl World {
    pub fn new(nodes: usize, seed: u64, left_out: &[Rule]) -> Self {
        let mut rng = Rng(seed);
        let nodes = (0..nodes).map(|_| Node::new(Skew::new(rng.between(0, 1000) as i64 - 500))).collect();
        let mut world = Self {
            now: S,
            rng,
            nodes,
            logs: BTreeMap::new(),
            oracle: Oracle::default(),
            ways: Ways::default(),
            cut_off: BTreeSet::new(),
            apart: BTreeSet::new(),
            store_stopped_until: 0,
            is_store_dead: false,
            logs_judge: false,
            left_out: left_out.to_vec(),
            leaks: true,
            held: None,
            deaf: None,
            hub: LocalHub::new(),
            events: BTreeMap::new(),
            count: 0,
            seed,
        };
        (0..world.nodes.len()).for_each(|node| world.start(node));
        world
    }

    pub fn start(&mut self, node: usize) {
        let left_out = self.left_out.clone();
        self.nodes[node].start(node, self.now, self.seed, &left_out);
    }

    pub fn kill(&mut self, node: usize) {
        self.nodes[node].process = None;
    }

    pub fn forget_store(&mut self) {
        self.hub.forget();
    }

    /// Lets time pass.
    pub fn run(&mut self, time: u64) {
        let end = self.now + time;
        while self.now < end {
            let step = (self.now + 10 * MS).min(end);
            while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= step) {
                let ((at, _), event) = entry.remove_entry();
                self.now = self.now.max(at);
                self.happen(event);
            }
            self.now = step;
            (0..self.nodes.len()).for_each(|node| self.pass(node));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Store { node, run, ask } => {
                if self.store_stopped_until > self.now {
                    let at = self.store_stopped_until;
                    return self.put(at, Event::Store { node, run, ask });
                }
                if !self.is_store_dead {
                    self.answer(node, run, ask);
                }
            }
            Event::Node { node, run, told } => {
                let machine = &mut self.nodes[node];
                let Some(process) = machine.process.as_mut().filter(|_| machine.runs == run) else { return };
                process.inbox.push_back(told);
                self.hear(node);
            }
        }
    }

    /// A process reads what came, unless it is stopped.
    fn hear(&mut self, node: usize) {
        let (now, machine) = (self.now, &mut self.nodes[node]);
        if machine.stopped_until > now {
            return;
        }
        let Some(process) = &mut machine.process else { return };
        while let Some(told) = process.inbox.pop_front() {
            process.directory.take(told, machine.skew.read(now));
        }
        process.work(now, &machine.skew, &mut self.logs);
        self.post(node);
    }

    /// A process does what is due, and plays.
    fn pass(&mut self, node: usize) {
        let (now, machine) = (self.now, &mut self.nodes[node]);
        let Some(process) = &mut machine.process else { return };
        process.land(now, &machine.skew, &mut self.logs, &mut self.oracle, self.logs_judge);
        if machine.stopped_until > now || machine.next_pass > now {
            return;
        }
        machine.next_pass = now + machine.pace;
        // A process that wakes up may do first what it was about to do.
        process.play(now, &machine.skew, machine.lag);
        process.land(now, &machine.skew, &mut self.logs, &mut self.oracle, self.logs_judge);
        process.directory.pass_time(machine.skew.read(now));
        process.work(now, &machine.skew, &mut self.logs);
        if machine.next_scan <= now {
            machine.next_scan = now + S;
            process.look_into_logs(now, &machine.skew, &self.logs, machine.schema);
        }
        self.hear(node);
    }

    /// Takes what a process sends.
    fn post(&mut self, node: usize) {
        let run = self.nodes[node].runs;
        while let Some(ask) = self.nodes[node].process.as_mut().and_then(|process| process.directory.next_ask()) {
            match ask {
                Ask::Listen { .. } => {}
                Ask::Send { ref to, ref letter, way, .. } => {
                    let Some(other) = self.index_of(*to) else { continue };
                    let by_store = way == auspice_fleet::LetterWay::Bus;
                    if by_store && (self.is_store_dead || self.store_stopped_until > self.now) {
                        continue;
                    }
                    let is_cut = if by_store {
                        self.cut_off.contains(&node) || self.cut_off.contains(&other)
                    } else {
                        self.apart.contains(&(node.min(other), node.max(other)))
                    };
                    let told = FabricNews::Letter { way, letter: letter.clone() };
                    let event = Event::Node { node: other, run: self.nodes[other].runs, told };
                    self.carry(is_cut, event);
                }
                ask => self.carry(self.cut_off.contains(&node), Event::Store { node, run, ask }),
            }
        }
    }

    fn answer(&mut self, node: usize, run: u64, ask: Ask) {
        if self.deaf == Some(node) && matches!(&ask, Ask::Read { key, .. } if key == "life") {
            return;
        }
        let Some((op, reply, changed)) = self.hub.answer(ask) else { return };
        self.carry(self.cut_off.contains(&node), Event::Node { node, run, told: FabricNews::Reply { op, reply } });
        if let Some(item) = changed {
            self.tell_all(&item);
        }
    }

    /// Tells all of a change, now and then not.
    fn tell_all(&mut self, item: &StoreItem) {
        for node in 0..self.nodes.len() {
            let (run, told) = (self.nodes[node].runs, FabricNews::Changed(item.clone()));
            if !self.rng.one_in(10) && self.deaf != Some(node) {
                self.carry(self.cut_off.contains(&node), Event::Node { node, run, told });
            }
        }
    }

    /// Carries a message over a way with its faults. Over a cut it is lost, or comes long after, as TCP has it.
    fn carry(&mut self, is_cut: bool, event: Event) {
        let mut delay = self.rng.between(MS / 5, 3 * MS);
        if let (Some((held, until)), Event::Node { node, told: FabricNews::Letter { .. }, .. }) = (self.held, &event)
            && held == *node
            && until > self.now
        {
            return self.put(until, event);
        }
        if is_cut {
            if !self.leaks || !self.rng.one_in(4) {
                return;
            }
            delay = self.rng.between(S, 15 * S);
        } else if self.rng.one_in(self.ways.lost) {
            return;
        } else if self.rng.one_in(self.ways.late) {
            delay = self.rng.between(100 * MS, 6 * S);
        }
        if self.rng.one_in(self.ways.twice) {
            let again = delay + self.rng.between(MS, 2 * S);
            self.put(self.now + again, event.clone());
        }
        self.put(self.now + delay, event);
    }

    fn put(&mut self, at: u64, event: Event) {
        self.count += 1;
        self.events.insert((at, self.count), event);
    }

    pub fn index_of(&self, id: auspice_fleet::NodeId) -> Option<usize> {
        self.nodes.iter().position(|node| node.process.as_ref().is_some_and(|process| process.directory.node() == id))
    }

    pub fn process(&mut self, node: usize) -> &mut Process {
        self.nodes[node].process.as_mut().expect("it runs")
    }

    pub fn clock(&self, node: usize) -> auspice_fleet::Now {
        self.nodes[node].skew.read(self.now)
    }

    /// Opens a room by a node, and lets a while pass. None where it could not be made.
    pub fn open(&mut self, node: usize) -> Option<FleetCode> {
        let (clock, schema) = (self.clock(node), self.nodes[node].schema);
        let process = self.process(node);
        process.opened.clear();
        process.directory.open(schema, "", true, clock);
        for _ in 0..40 {
            self.run(50 * MS);
            if let Some(opened) = self.nodes[node].process.as_mut()?.opened.pop() {
                return opened.map(|(room, _)| room);
            }
        }
        None
    }

    /// The nodes that would write this room now.
    pub fn owners(&mut self, room: &FleetCode) -> Vec<usize> {
        let now = self.now;
        let may = |node: &mut Node| {
            let clock = node.skew.read(now);
            node.process.as_mut().is_some_and(|process| process.directory.may_write(room, clock))
        };
        (0..self.nodes.len()).filter(|node| may(&mut self.nodes[*node])).collect()
    }

    /// Where a node says that a room is.
    pub fn find(&mut self, node: usize, room: &FleetCode) -> FoundAt {
        let clock = self.clock(node);
        let found = self.process(node).directory.find(room, clock);
        let FoundAt::Asked(ask) = found else { return found };
        for _ in 0..30 {
            self.hear(node);
            self.run(50 * MS);
            let process = self.process(node);
            if let Some(at) = process.found.iter().position(|(asked, _)| *asked == ask) {
                return process.found.swap_remove(at).1;
            }
        }
        FoundAt::Later
    }

    /// Whether each room has one owner, whom every node finds.
    pub fn is_all_reachable(&mut self) -> Result<(), String> {
        let rooms: Vec<FleetCode> = self.logs.keys().cloned().collect();
        for room in rooms {
            let owners = self.owners(&room);
            let [owner] = owners[..] else { return Err(format!("{room} is written by {owners:?}")) };
            for node in 0..self.nodes.len() {
                let found = self.find(node, &room);
                let is_right = match found {
                    FoundAt::Here => node == owner,
                    FoundAt::There { node, .. } => self.index_of(node) == Some(owner),
                    _ => false,
                };
                if !is_right {
                    return Err(format!("node {node} finds {room} {found:?}, and it is at {owner}"));
                }
            }
        }
        Ok(())
    }
}
