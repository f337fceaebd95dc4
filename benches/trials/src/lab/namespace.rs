//! [`Namespace`]: a network of its own, for threads that enter it and for processes that those start.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, gettid, move_into_link_name_space};
use tun_rs::{DeviceBuilder, SyncDevice};

/// Greatest time that making a namespace may take.
const MAKING_MAX: Duration = Duration::from_secs(5);
/// Bytes of a packet on an Ethernet.
const PACKET_BYTES: u16 = 1500;
/// Bits of an address that name its network.
const PREFIX: u8 = 24;
/// Name of the device.
const DEVICE: &str = "lab";

/// A network without any way out. Gone when dropped, or when this program ends in whatever way: a process
/// that does nothing holds it until its input ends.
pub struct Namespace {
    holder: Child,
    path: PathBuf,
}

impl Namespace {
    /// Makes one.
    ///
    /// # Errors
    /// A sentence where this system or this user cannot.
    pub fn new() -> Result<Self, String> {
        let unmade = |error: &dyn std::fmt::Display| format!("no network namespace can be made: {error}");
        let mut command = Command::new("unshare");
        command.args(["--net", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let holder = command.spawn().map_err(|error| unmade(&format!("unshare: {error}")))?;
        let path = PathBuf::from(format!("/proc/{}/ns/net", holder.id()));
        let mut namespace = Self { holder, path };
        let (began, own) = (Instant::now(), fs::read_link("/proc/self/ns/net").map_err(|error| unmade(&error))?);
        while fs::read_link(&namespace.path).map_or(true, |entered| entered == own) {
            let has_ended = namespace.holder.try_wait().map_err(|error| unmade(&error))?.is_some();
            if has_ended || began.elapsed() > MAKING_MAX {
                return Err(unmade(&"this takes root"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        namespace.run(|| ip(&["link", "set", "lo", "up"]))?.map_err(|error| unmade(&error))?;
        Ok(namespace)
    }

    /// Has this thread, and what it starts from now on, live in this network.
    ///
    /// # Errors
    /// A sentence where it may not.
    pub fn enter(&self) -> Result<(), String> {
        let refused = |error: io::Error| format!("a network namespace cannot be entered: {error}");
        let file = File::open(&self.path).map_err(refused)?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).map_err(|error| refused(error.into()))
    }

    /// Does `work` on a thread in this network, and waits for it.
    ///
    /// # Errors
    /// A sentence where the thread may not enter.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, String> {
        let there = || self.enter().map(|()| work());
        thread::scope(|scope| scope.spawn(there).join()).unwrap_or_else(|_| Err("a thread of the lab panicked".into()))
    }

    /// Opens a device at `address`, whose packets are read and written by this program. TCP to its `network`
    /// reacts to loss by `congestion_control`.
    ///
    /// # Errors
    /// A sentence where there are no such devices, or no such congestion control.
    pub fn open_device(&self, address: &str, network: &str, congestion_control: &str) -> Result<SyncDevice, String> {
        let unopened = |error: io::Error| format!("no TUN device can be opened: {error}");
        let open = || -> Result<SyncDevice, String> {
            let builder = DeviceBuilder::new().name(DEVICE).mtu(PACKET_BYTES).ipv4(address, PREFIX, None);
            let device = builder.enable(true).build_sync().map_err(unopened)?;
            device.set_nonblocking(true).map_err(unopened)?;
            // By route: the setting of a whole network may only be what its system allows to everybody.
            ip(&["route", "replace", network, "dev", DEVICE, "src", address, "congctl", congestion_control])?;
            Ok(device)
        };
        self.run(open)?
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Has `ip` change the network of this thread.
fn ip(words: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(words).output().map_err(|error| format!("there is no `ip`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("`ip {}` failed: {}", words.join(" "), said.trim())) }
}

/// Runs this thread before all others of lower priority (1 to 99), so that it wakes when it wants to; whether
/// the system lets it.
#[must_use]
pub fn take_precedence(priority: u8) -> bool {
    let thread = gettid().as_raw_nonzero().to_string();
    let told =
        Command::new("chrt").args(["--fifo", "--pid", &priority.to_string(), &thread]).stderr(Stdio::null()).status();
    told.is_ok_and(|status| status.success())
}
