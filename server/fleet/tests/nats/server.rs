//! A NATS server as a process, on a port of its own; other tests than the fleet's own have it too.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server that `.ci/nats.sh` installs. None, and a word of it, without one.
pub fn server_program() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let installed = cache.join("auspice-nats/2.15.1/nats-server");
    let program = std::env::var_os("AUSPICE_NATS_SERVER").map_or(installed, PathBuf::from);
    if !program.exists() {
        println!("skipped: there is no NATS server at {}; .ci/nats.sh installs one", program.display());
        return None;
    }
    Some(program)
}

/// A port that nobody has just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("there are ports").port()
}

/// A folder that is removed in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("auspice-fleet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("it can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process that is sent signals, and killed in the end.
pub struct Process(pub Child);

impl Process {
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.0.id().to_string()]).status().expect("there is kill");
        assert!(sent.success(), "{name}");
    }

    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A NATS server.
pub struct Nats {
    program: PathBuf,
    store: PathBuf,
    port: u16,
    /// A file of settings beside these; with it clients speak TLS.
    config: Option<PathBuf>,
    pub process: Process,
}

impl Nats {
    pub fn start(program: &Path, store: &Path) -> Self {
        Self::start_with(program, store, None)
    }

    /// The same by a file of settings, in which are TLS and who is let in.
    pub fn start_with(program: &Path, store: &Path, config: Option<PathBuf>) -> Self {
        let port = free_port();
        let process = spawn(program, store, port, config.as_deref());
        Self { program: program.into(), store: store.into(), port, config, process }
    }

    pub fn start_again(&mut self) {
        self.process.kill();
        self.process = spawn(&self.program, &self.store, self.port, self.config.as_deref());
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", if self.config.is_some() { "tls" } else { "nats" }, self.port)
    }
}

fn spawn(program: &Path, store: &Path, port: u16, config: Option<&Path>) -> Process {
    let mut command = Command::new(program);
    command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"]).arg(store);
    config.into_iter().for_each(|config| _ = command.arg("-c").arg(config));
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
    let process = Process(child);
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "the server listens");
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}
