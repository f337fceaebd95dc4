//! Servers as processes, which share a NATS server and a folder of logs.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::nats_server::{Folder, Nats, Process, free_port, server_program};
use crate::security::Security;

/// More settings of a node, by its index.
pub(crate) type More = Box<dyn Fn(usize, &mut Command)>;

/// A fleet of servers.
pub(crate) struct Nodes {
    pub(crate) nats: Nats,
    pub(crate) all: Vec<Node>,
    pub(crate) folder: Folder,
    security: Option<Security>,
    /// Settings of each node beside the usual ones.
    more: More,
}

/// One of them.
pub(crate) struct Node {
    pub(crate) process: Process,
    /// The address at which players reach it.
    pub(crate) address: String,
}

/// The file, in the folder of a fleet, of the public key by which its nodes know tickets. Without it they let anybody
/// in.
const TICKET_KEY: &str = "ticket-key";

impl Nodes {
    /// Starts so many. None, and a word of it, without a NATS server.
    pub(crate) fn start(name: &str, count: usize) -> Option<Self> {
        Self::start_with(name, count, None)
    }

    /// The same of servers that let in whoever has a ticket that is right by this public key.
    pub(crate) fn start_with(name: &str, count: usize, ticket_key: Option<&str>) -> Option<Self> {
        let mut nodes = Self::start_nats(name, |_| None)?;
        if let Some(key) = ticket_key {
            fs::write(nodes.folder.0.join(TICKET_KEY), key).expect("it can be written");
        }
        (0..count).for_each(|_| nodes.add());
        Some(nodes)
    }

    /// The same with more settings for each.
    pub(crate) fn start_more(name: &str, count: usize, more: More) -> Option<Self> {
        let mut nodes = Self::start_nats(name, |_| None)?;
        nodes.more = more;
        (0..count).for_each(|_| nodes.add());
        Some(nodes)
    }

    /// The same where every connection is by TLS, and NATS asks for credentials.
    pub(crate) fn start_secured(name: &str, count: usize) -> Option<Self> {
        let mut nodes = Self::start_nats(name, |folder| Some(Security::new(folder)))?;
        (0..count).for_each(|_| nodes.add());
        Some(nodes)
    }

    /// A NATS server without nodes.
    fn start_nats(name: &str, secure: impl FnOnce(&Path) -> Option<Security>) -> Option<Self> {
        let (program, folder) = (server_program()?, Folder::new(name));
        fs::create_dir_all(folder.0.join("logs")).expect("it can be made");
        fs::write(folder.0.join("key"), "a key of thirty-two bytes or more").expect("it can be written");
        let security = secure(&folder.0);
        let config = security.as_ref().map(Security::nats_config);
        let nats = Nats::start_with(&program, &folder.0.join("store"), config);
        Some(Self { nats, all: Vec::new(), folder, security, more: Box::new(|_, _| {}) })
    }

    /// The authority whose certificates are shown, if there is one.
    pub(crate) fn authority(&self) -> Option<PathBuf> {
        self.security.as_ref().map(Security::authority)
    }

    /// The file by which NATS knows a node, if it asks.
    pub(crate) fn credentials(&self) -> Option<PathBuf> {
        self.security.as_ref().map(Security::credentials)
    }

    /// Starts one more.
    pub(crate) fn add(&mut self) {
        let (port, direct) = (free_port(), free_port());
        let scheme = if self.security.is_some() { "wss" } else { "ws" };
        let (index, address) = (self.all.len(), format!("{scheme}://127.0.0.1:{port}"));
        let said = self.folder.0.join(format!("node-{index}.log"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_auspice-server"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AUSPICE_")) {
            command.env_remove(name);
        }
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--admin-listen", "off", "--page", "off"]);
        command.args(["--rooms", "16", "--room-size", "200", "--workers", "1", "--max-per-address", "0"]);
        // Something is told in each tick, so that a silence is one.
        command.args(["--patience", "0"]);
        command.args(["--npcs", "4", "--drain-timeout", "10", "--log-level", "debug"]);
        command.args(["--nats", &self.nats.url(), "--fleet", "test", "--node-address", &address]);
        command.args(["--direct", &format!("127.0.0.1:{direct}"), "--fleet-key"]).arg(self.folder.0.join("key"));
        let ticket_key = self.folder.0.join(TICKET_KEY);
        if ticket_key.exists() {
            command.arg("--ticket-key").arg(ticket_key);
        }
        command.arg("--log-dir").arg(self.folder.0.join("logs"));
        if let Some(security) = &self.security {
            let (certificate, key) = security.certify(&format!("node-{index}"));
            command.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key);
            command.arg("--nats-ca").arg(security.authority());
            command.arg("--nats-credentials").arg(security.credentials());
        }
        (self.more)(index, &mut command);
        let output = File::create(said).expect("it can be made");
        command.stdout(output.try_clone().expect("it is a file")).stderr(output).stdin(Stdio::null());
        let process = Process(command.spawn().expect("the server starts"));
        self.all.push(Node { process, address });
    }

    /// Codes of the rooms that have a log.
    pub(crate) fn rooms(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.folder.0.join("logs")).expect("it is there").flatten();
        entries
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    /// The room whose log has this word in it: a player's name.
    pub(crate) fn room_of(&self, word: &str) -> Option<String> {
        let has_word = |path: &Path| {
            fs::read(path).is_ok_and(|bytes| bytes.windows(word.len()).any(|part| part == word.as_bytes()))
        };
        self.rooms().into_iter().find(|room| {
            let files = fs::read_dir(self.folder.0.join("logs").join(room)).into_iter().flatten().flatten();
            files.map(|file| file.path()).any(|path| has_word(&path))
        })
    }

    /// The index of the node that has the room: the one that was given the right by which its log is written.
    pub(crate) fn owner_of(&self, room: &str) -> Option<usize> {
        let text = fs::read_to_string(self.folder.0.join("logs").join(room).join("owner")).ok()?;
        let revision = serde_json::from_str::<serde_json::Value>(&text).ok()?["epoch"]["revision"].as_u64()?;
        let (code, right) = (format!("room: FleetCode(\"{room}\")"), format!("revision: {revision} }}"));
        let was_given =
            |line: &str| ["act=Begin", "act=Restore"].iter().any(|act| line.contains(act)) && line.contains(&code);
        let said = |index: usize| said(&self.folder.0.join(format!("node-{index}.log")));
        (0..self.all.len()).find(|&index| said(index).lines().any(|line| was_given(line) && line.contains(&right)))
    }

    /// Everything that the nodes said, for whoever looks for a fault.
    pub(crate) fn tell(&self) {
        for index in 0..self.all.len() {
            println!("---- node {index}\n{}", said(&self.folder.0.join(format!("node-{index}.log"))));
        }
    }
}

fn said(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Tells what the nodes said where a test fails, or `AUSPICE_FLEET_TELL` is set.
impl Drop for Nodes {
    fn drop(&mut self) {
        if std::thread::panicking() || std::env::var_os("AUSPICE_FLEET_TELL").is_some() {
            self.tell();
        }
    }
}

/// Seconds for which the NATS server is stopped. `AUSPICE_NATS_STOP=60` is the long form.
pub(crate) fn nats_stop() -> Duration {
    Duration::from_secs(std::env::var("AUSPICE_NATS_STOP").map_or(6, |text| text.parse().expect("seconds")))
}
