//! Nodes as processes, each on ports of its own, and what they wrote.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::server::{Nats, Process, free_port};

/// A node.
pub struct Node {
    pub process: Process,
    orders: ChildStdin,
    said: Receiver<String>,
}

impl Node {
    pub fn start(nats: &Nats, folder: &Path, words: &[&str]) -> Self {
        let direct = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(example("fleet_node"));
        command.args([&nats.url(), "test"]).arg(folder).arg(direct).args(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the node starts");
        let (orders, output) = (child.stdin.take().expect("it is piped"), child.stdout.take().expect("it is piped"));
        let (say, said) = channel();
        std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).for_each(|line| drop(say.send(line)));
        });
        Self { process: Process(child), orders, said }
    }

    pub fn order(&mut self, line: &str) {
        writeln!(self.orders, "{line}").expect("it listens");
    }

    /// What it says next that begins so.
    pub fn hear(&self, start: &str) -> String {
        loop {
            let line = self.said.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("it says {start}"));
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim().to_owned();
            }
        }
    }
}

/// An example of this package, which is built with its tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("it has a path");
    test.parent().and_then(Path::parent).expect("it lies in deps").join("examples").join(name)
}

/// A write: the epoch, the node and the tick.
pub type Write3 = ((u64, u64), u64, u64);

/// Writes of a room, in the order in which they were made.
pub fn writes(path: &Path) -> Vec<Write3> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines =
        text.lines().map(|line| line.split(' ').map(|field| field.parse().expect("a number")).collect::<Vec<u64>>());
    lines.map(|fields| ((fields[0], fields[1]), fields[2], fields[3])).collect()
}

/// Fails where two nodes wrote one room, one of them by a right that was over, or a tick is missing or twice.
pub fn judge(path: &Path) {
    for pair in writes(path).windows(2) {
        let ((before, owner, last), (epoch, node, tick)) = (pair[0], pair[1]);
        assert!(
            epoch > before || node == owner,
            "{node:x} writes by {epoch:?} after {owner:x} by {before:?}: {}",
            path.display()
        );
        assert_eq!(tick, last + 1, "{}", path.display());
    }
}

/// Waits until every room is written, by others than these nodes. How long that took.
pub fn until_written(rooms: &[PathBuf], not_by: &[u64], most: Duration) -> Duration {
    let start = Instant::now();
    let before: Vec<usize> = rooms.iter().map(|room| writes(room).len()).collect();
    loop {
        let is_written = |(room, before): (&PathBuf, &usize)| {
            let writes = writes(room);
            writes.len() > *before && writes.last().is_some_and(|(_, node, _)| !not_by.contains(node))
        };
        let missing = rooms.iter().zip(&before).filter(|pair| !is_written(*pair)).count();
        if missing == 0 {
            return start.elapsed();
        }
        assert!(start.elapsed() < most, "{missing} of {} rooms are not written after {most:?}", rooms.len());
        std::thread::sleep(Duration::from_millis(50));
    }
}
