//! A node of a fleet whose rooms do nothing but count: what a server does with a [`Directory`], in one screen, and what
//! the tests kill and stop.
//!
//! `fleet_node NATS-URL FLEET FOLDER DIRECT-ADDRESS [memory]`. Each line on stdin is an order: `open`, `find CODE`,
//! `drain`. Each tick of a room is a line in `FOLDER/CODE.ticks`: the epoch, the node and the tick.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use auspice_fleet::{
    Act, Directory, Epoch, Fabric, FleetCode, FoundAt, Home, Incarnation, NatsFabric, NatsOptions, NodeId, Now, Orphan,
    Timing,
};

/// Time between two ticks.
const TICK: Duration = Duration::from_millis(20);

/// The schema of what counts.
const SCHEMA: u64 = 1;

/// A folder of rooms, which every node reads.
struct Logs(PathBuf);

impl Logs {
    fn path(&self, room: &FleetCode) -> PathBuf {
        self.0.join(format!("{}.ticks", room.token()))
    }

    /// The last tick of a room, and who wrote it by which epoch.
    fn last(&self, room: &FleetCode) -> Option<(Epoch, NodeId, u32)> {
        let text = fs::read_to_string(self.path(room)).ok()?;
        let fields: Vec<u64> = text.lines().last()?.split(' ').map_while(|field| field.parse().ok()).collect();
        let [life, revision, node, tick] = fields[..] else { return None };
        Some((Epoch { incarnation: Incarnation(life), revision }, NodeId(node), tick as u32))
    }

    fn write(&self, room: &FleetCode, epoch: Epoch, node: NodeId, tick: u32) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(room))?;
        file.write_all(format!("{} {} {} {tick}\n", epoch.incarnation.0, epoch.revision, node.0).as_bytes())
    }

    fn rooms(&self) -> Vec<FleetCode> {
        let names = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| FleetCode::from_token(name.to_str()?.strip_suffix(".ticks")?)).collect()
    }
}

/// A node.
struct Node {
    directory: Directory,
    fabric: NatsFabric,
    logs: Logs,
    ticks: BTreeMap<FleetCode, u32>,
    start: Instant,
    next_scan: Instant,
}

impl Node {
    fn now(&self) -> Now {
        let steady = self.start.elapsed().as_micros() as u64;
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
        Now { steady, wall }
    }

    /// Everything that is due, once for each tick.
    fn pass(&mut self) -> io::Result<()> {
        self.play()?;
        let now = self.now();
        self.directory.pass_time(now);
        while let Some(told) = self.fabric.told() {
            let now = self.now();
            self.directory.take(told, now);
        }
        while let Some(act) = self.directory.next_act() {
            self.act(act)?;
        }
        while let Some(ask) = self.directory.next_ask() {
            self.fabric.ask(ask);
        }
        if Instant::now() >= self.next_scan {
            self.next_scan = Instant::now() + Duration::from_secs(1);
            self.look_into_logs();
        }
        Ok(())
    }

    /// A tick of each room that may be written.
    fn play(&mut self) -> io::Result<()> {
        for room in self.ticks.keys().cloned().collect::<Vec<_>>() {
            let now = self.now();
            if self.directory.may_write(&room, now) {
                let (epoch, node) = (self.directory.epoch(&room).expect("it may be written"), self.directory.node());
                let tick = self.ticks.get_mut(&room).expect("it is played");
                self.logs.write(&room, epoch, node, *tick)?;
                *tick += 1;
            }
        }
        Ok(())
    }

    fn act(&mut self, act: Act) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match act {
            Act::Begin { room, .. } => {
                self.ticks.insert(room, 1);
            }
            Act::Restore { room, epoch, owner, .. } => {
                let last = self.logs.last(&room);
                let last = last.filter(|(bound, node, _)| *bound < epoch && owner.is_none_or(|owner| owner == *node));
                let is_restored = last.is_some();
                self.ticks.extend(last.map(|(_, _, tick)| (room.clone(), tick + 1)));
                self.directory.restored(&room, is_restored, self.now());
            }
            Act::Lose { room } | Act::GivenAway { room, .. } => {
                self.ticks.remove(&room);
            }
            Act::Follow { room, .. } => self.directory.following(&room, 0, self.now()),
            Act::Dial { room, .. } => {
                let tick = self.ticks.get(&room).map_or(0, |next| next - 1);
                if self.directory.cut(&room, tick, self.now()) {
                    self.ticks.remove(&room);
                }
            }
            Act::Opened { room, .. } => {
                let text = room.map_or_else(|| "nowhere".into(), |(room, _)| room.to_string());
                writeln!(out, "opened {text}")?;
            }
            Act::FoundAt { found, .. } => writeln!(out, "found {found:?}")?,
            Act::Raise { .. } | Act::Stop | Act::GoOn => writeln!(out, "{act:?}")?,
            Act::Seek { .. }
            | Act::Sought { .. }
            | Act::Awaited { .. }
            | Act::Unfollow { .. }
            | Act::Kept { .. }
            | Act::Late { .. }
            | Act::Sent { .. } => {}
        }
        out.flush()
    }

    fn look_into_logs(&mut self) {
        for room in self.logs.rooms() {
            if let Some((epoch, owner, _)) = self.logs.last(&room) {
                let now = self.now();
                self.directory.offer_orphan(room, Orphan { owner, epoch, schema: SCHEMA }, now);
            }
        }
    }

    fn order(&mut self, line: &str) -> io::Result<()> {
        let now = self.now();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("open", _) => {
                self.directory.open(SCHEMA, "", true, now);
            }
            ("drain", _) => self.directory.drain(now),
            ("find", code) => {
                let found = FleetCode::new(code).map_or(FoundAt::Nowhere, |code| self.directory.find(&code, now));
                if !matches!(found, FoundAt::Asked(_)) {
                    writeln!(io::stdout(), "found {found:?}")?;
                }
            }
            _ => writeln!(io::stdout(), "this is no order: {line}")?,
        }
        io::stdout().flush()
    }
}

/// Lines of stdin as they come. An end of it ends the node.
fn orders() -> Receiver<String> {
    let (orders, lines) = channel();
    std::thread::spawn(move || {
        io::stdin().lock().lines().map_while(Result::ok).for_each(|line| drop(orders.send(line)));
    });
    lines
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, fleet, folder, direct, rest @ ..] = &arguments[..] else {
        return Err("fleet_node NATS-URL FLEET FOLDER DIRECT-ADDRESS [memory]".into());
    };
    let options = NatsOptions {
        url: url.clone(),
        fleet: fleet.clone(),
        direct: Some(direct.parse()?),
        direct_key: vec![7; 32],
        in_memory: rest.iter().any(|word| word == "memory"),
        ..NatsOptions::default()
    };
    let fabric = NatsFabric::connect(options)?;
    let home = Home {
        address: format!("ws://{direct}"),
        direct: direct.clone(),
        build: "example".into(),
        schema: SCHEMA,
        rooms_max: 100,
    };
    // Numbers for codes and words: of the operating system, by the hasher that the standard library seeds.
    let draw = || std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), Instant::now());
    let start = Instant::now();
    let directory = Directory::new(home, Timing::default(), Box::new(draw), Now::default());
    let logs = Logs(Path::new(folder).to_path_buf());
    let mut node = Node { directory, fabric, logs, ticks: BTreeMap::new(), start, next_scan: start };
    let lines = orders();
    loop {
        match lines.try_recv() {
            Ok(line) => node.order(&line)?,
            Err(std::sync::mpsc::TryRecvError::Empty) => {}
            Err(std::sync::mpsc::TryRecvError::Disconnected) => return Ok(()),
        }
        node.pass()?;
        std::thread::sleep(TICK);
    }
}
