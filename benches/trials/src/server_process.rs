//! [`ServerProcess`]: a real server of our own, seen from outside: its memory, its files, what it counts.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use auspice_bots::exposition::Exposition;
use auspice_bots::process::anonymous_kib;

/// A server's process; ended when dropped.
pub struct ServerProcess {
    child: Child,
    /// The address that players connect to.
    pub address: SocketAddr,
    admin: Option<SocketAddr>,
}

impl ServerProcess {
    /// Starts `program`, or `auspice-server` beside this program, on a free port, with `arguments` more.
    ///
    /// # Errors
    /// A sentence where there is no such program, or where it does not say its address.
    pub fn start(program: Option<&Path>, arguments: &[&str]) -> Result<Self, String> {
        Self::start_at(program, "127.0.0.1:0", arguments)
    }

    /// The same where players are to connect to another address.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_at(program: Option<&Path>, listen: &str, arguments: &[&str]) -> Result<Self, String> {
        let beside = || std::env::current_exe().ok().map(|path| path.with_file_name("auspice-server"));
        let program = program
            .map(Path::to_path_buf)
            .or_else(beside)
            .ok_or("there is no server to start; name one with --server")?;
        let mut child = Command::new(&program)
            .args(["--listen", listen, "--admin-listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        let mut greeting = BufReader::new(child.stdout.take().ok_or("the server has no output")?);
        let (mut address, mut admin, mut line) = (None, None, String::new());
        while admin.is_none() && greeting.read_line(&mut line).is_ok_and(|read| read > 0) {
            // A page for browsers begins with http:// as well.
            let find = |scheme: &str, path: &str| line.split(scheme).nth(1)?.split_once(path)?.0.parse().ok();
            (address, admin) = (address.or_else(|| find("ws://", "/play")), find("http://", "/metrics"));
            line.clear();
        }
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{} said no address", program.display()));
        };
        // Its last word finds a reader.
        std::thread::spawn(move || io::copy(&mut greeting, &mut io::sink()));
        Ok(Self { child, address, admin })
    }

    /// Address of its admin listener.
    ///
    /// # Errors
    /// When it said none.
    pub fn admin(&self) -> Result<SocketAddr, String> {
        self.admin.ok_or_else(|| "the server said no address of its admin listener".into())
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Memory of its own, in KiB.
    ///
    /// # Errors
    /// When it is gone.
    pub fn own_kib(&self) -> Result<u64, String> {
        anonymous_kib(self.pid()).ok_or_else(|| "the server is gone".into())
    }

    /// Files that it has open, sockets among them.
    ///
    /// # Errors
    /// When it is gone.
    pub fn open_files(&self) -> Result<u64, String> {
        let entries = fs::read_dir(format!("/proc/{}/fd", self.pid())).map_err(|_| "the server is gone")?;
        Ok(entries.count() as u64)
    }

    /// Reads the server's counts; returns how long it took to say them too.
    ///
    /// # Errors
    /// When it does not say.
    pub fn scrape(&self) -> Result<(Exposition, Duration), String> {
        let admin = self.admin()?;
        let began = Instant::now();
        let counts = Exposition::scrape(admin).map_err(|error| format!("{admin} gives no metrics: {error}"))?;
        Ok((counts, began.elapsed()))
    }

    /// Has it drain and end, by SIGTERM.
    ///
    /// # Errors
    /// Where it cannot be told.
    pub fn terminate(mut self) -> Result<ExitStatus, String> {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.pid())]).status();
        told.and_then(|_| self.child.wait()).map_err(|error| format!("the server cannot be ended: {error}"))
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
