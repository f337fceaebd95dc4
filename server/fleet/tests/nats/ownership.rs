//! Rooms have one owner, whatever is killed and stopped.

use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use auspice_fleet::FleetCode;

use crate::rig::{Node, judge, until_written, writes};
use crate::server::{Folder, Nats, server_program};

const ROOMS: usize = 6;
const SECOND: Duration = Duration::from_secs(1);

/// Three nodes with rooms.
struct Fleet {
    nats: Nats,
    nodes: Vec<Node>,
    rooms: Vec<PathBuf>,
    words: Vec<&'static str>,
    folder: Folder,
}

impl Fleet {
    fn start(name: &str, words: &[&'static str]) -> Option<Self> {
        let (program, folder) = (server_program()?, Folder::new(name));
        std::fs::create_dir_all(folder.0.join("rooms")).expect("it can be made");
        let nats = Nats::start(&program, &folder.0.join("store"));
        let mut fleet = Self { nats, nodes: Vec::new(), rooms: Vec::new(), words: words.to_vec(), folder };
        (0..3).for_each(|_| fleet.add());
        sleep(3 * SECOND);
        for _ in 0..ROOMS {
            fleet.nodes[0].order("open");
            let code = FleetCode::new(&fleet.nodes[0].hear("opened")).expect("it was made");
            fleet.rooms.push(fleet.folder.0.join("rooms").join(format!("{}.ticks", code.token())));
        }
        until_written(&fleet.rooms, &[], 10 * SECOND);
        Some(fleet)
    }

    fn add(&mut self) {
        self.nodes.push(Node::start(&self.nats, &self.folder.0.join("rooms"), &self.words));
    }

    /// The ids of those who write now.
    fn writers(&self) -> Vec<u64> {
        self.rooms.iter().filter_map(|room| writes(room).last().map(|(_, node, _)| *node)).collect()
    }

    /// The most common of the writers.
    fn writes_of(&self, node: u64) -> usize {
        self.writers().iter().filter(|writer| **writer == node).count()
    }

    fn judge(&self) {
        self.rooms.iter().for_each(|room| judge(room));
    }
}

#[test]
fn nodes_that_are_killed_and_stopped_leave_their_rooms_to_others_and_never_write_beside_them() {
    let Some(mut fleet) = Fleet::start("nodes", &[]) else { return };
    let before = fleet.writers();
    // The first one is killed: the rooms that its process had are known by who stops writing.
    fleet.nodes[0].process.kill();
    sleep(SECOND / 2);
    let took = until_written(&fleet.rooms, &[], 12 * SECOND);
    let after = fleet.writers();
    println!("killed: all rooms were written again {:?} after it; {before:x?}, then {after:x?}", took + SECOND / 2);
    assert!(before.iter().any(|node| !after.contains(node)), "it had rooms");
    fleet.judge();
    // The second one stands still for twice a lease, and wakes up.
    fleet.nodes[1].process.signal("-STOP");
    let took = until_written(&fleet.rooms, &[], 12 * SECOND);
    println!("stopped: all rooms were written again {took:?} after it");
    sleep(3 * SECOND);
    fleet.nodes[1].process.signal("-CONT");
    sleep(4 * SECOND);
    until_written(&fleet.rooms, &[], 10 * SECOND);
    fleet.judge();
    // A new one comes, and the third one drains.
    fleet.add();
    sleep(4 * SECOND);
    fleet.nodes[2].order("drain");
    sleep(3 * SECOND);
    until_written(&fleet.rooms, &[], 10 * SECOND);
    fleet.judge();
}

/// Seconds for which the server is stopped. `AUSPICE_NATS_STOP=60` is the long form.
fn stop() -> Duration {
    std::env::var("AUSPICE_NATS_STOP").map_or(6 * SECOND, |text| Duration::from_secs(text.parse().expect("seconds")))
}

/// Rooms do not stop for more than this while the server is stopped: a tick, on a machine with other work.
const PAUSE_MAX: Duration = Duration::from_millis(1500);

/// Looks at all rooms for a while: each is written on, and by whom it was.
fn watch(fleet: &Fleet, time: Duration) {
    let before = fleet.writers();
    let end = std::time::Instant::now() + time;
    while std::time::Instant::now() < end {
        until_written(&fleet.rooms, &[], PAUSE_MAX);
    }
    assert_eq!(fleet.writers(), before, "no room changed its node");
    assert!(before.iter().all(|node| fleet.writes_of(*node) > 0));
}

#[test]
fn a_server_that_is_stopped_or_loses_everything_stops_no_room() {
    let Some(mut fleet) = Fleet::start("server", &["memory"]) else { return };
    fleet.nats.process.signal("-STOP");
    watch(&fleet, stop());
    fleet.nats.process.signal("-CONT");
    watch(&fleet, 6 * SECOND);
    fleet.judge();
    // Its bucket is in memory: all records are lost.
    fleet.nats.process.kill();
    watch(&fleet, stop() / 2);
    fleet.nats.start_again();
    watch(&fleet, 10 * SECOND);
    fleet.judge();
    // Everyone is told of all rooms again.
    let code = fleet.rooms[0].file_stem().expect("it has a name").to_string_lossy().into_owned();
    for node in &mut fleet.nodes {
        node.order(&format!("find {code}"));
        let found = node.hear("found");
        assert!(found.starts_with("Here") || found.starts_with("There"), "{found}");
    }
    fleet.nodes[0].order("open");
    assert_ne!(fleet.nodes[0].hear("opened"), "nowhere");
}
