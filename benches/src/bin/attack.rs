//! `attack`: a real server, honest bots that play on it, and every attack in turn. Prints a table, and says whether the server held.
//!
//! Judged always: each attacker is told the reason that fits, the server's memory, an honest join meanwhile, no honest bot lost. The
//! honest bots' updates are judged in the long form only: their times say nothing on a machine with other work.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use auspice_bench::attack::honest::{Honest, Sight};
use auspice_bench::attack::{ATTACKS, Attack, Outcome, Scale};
use auspice_bench::process::anonymous_kib;
use clap::Parser;

/// Memory that a hostile socket may cost.
const KIB_PER_SOCKET_MAX: u64 = 1024;
/// And all of an attack's.
const KIB_MAX: u64 = 64 * 1024;
/// How long an honest client may take to join among half-open connections.
const JOIN_MAX: Duration = Duration::from_secs(1);
/// By how much the honest bots' interval at the 99th percentile may grow.
const INTERVAL_GROWTH_MAX: f64 = 1.2;
/// The shortest window of time in which intervals are looked at, where they are judged.
const WINDOW_MIN: Duration = Duration::from_secs(3);
/// The same where they are only shown.
const WINDOW_MIN_SHORT: Duration = Duration::from_millis(500);

/// Attacks a server of its own while honest bots play.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Fewer sockets and bots, and no judgement on times: for the gate.
    #[arg(long)]
    short: bool,
    /// The server to start [default: auspice-server beside this program].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Attacks whose name contains this.
    #[arg(long, value_name = "WORD", default_value = "")]
    only: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => {
            println!("PASS");
            ExitCode::SUCCESS
        }
        Ok(false) => {
            println!("FAIL");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, String> {
    let (bots, scale) = if arguments.short {
        (30, Scale { many: 50, half_open: 1500, patient: 4, flood: 200_000, churn: 400 })
    } else {
        (100, Scale { many: 500, half_open: 5000, patient: 50, flood: 1_000_000, churn: 5000 })
    };
    let files = scale.half_open as u64 + 500;
    if rlimit::increase_nofile_limit(files).unwrap_or(0) < files {
        return Err(format!("{files} open files are needed; raise `ulimit -n`"));
    }
    let server = Server::start(arguments)?;
    let honest = Honest::start(&format!("ws://{}/play", server.address), bots)?;
    let window = if arguments.short { WINDOW_MIN_SHORT } else { WINDOW_MIN };
    // The rush of their joins is over by the third window.
    for _ in 0..2 {
        std::thread::sleep(window);
        honest.look()?;
    }
    std::thread::sleep(window);
    let quiet = honest.look()?;
    println!(
        "{bots} honest bots, {} playing; update interval without attack: p99 {:.1} ms",
        quiet.playing,
        ms(quiet.interval_p99)
    );
    println!(
        "\n{:<36} {:>7} {:>7} {:<12} {:>9} {:>9} {:>12}",
        "attack", "sockets", "told so", "expected", "memory", "a socket", "interval p99"
    );
    let mut holds = true;
    for attack in ATTACKS.iter().filter(|attack| attack.name.contains(&arguments.only)) {
        let (outcome, grown) = server.endure(attack, scale, window)?;
        let sight = honest.look()?;
        holds &= judge(attack, &outcome, grown, &sight, &quiet, arguments.short);
    }
    Ok(holds)
}

/// One line of the table, and below it whatever is not as it should be.
fn judge(attack: &Attack, outcome: &Outcome, grown_kib: u64, sight: &Sight, quiet: &Sight, short: bool) -> bool {
    let sockets = outcome.sockets.max(1) as u64;
    println!(
        "{:<36} {:>7} {:>7} {:<12} {:>5} KiB {:>5} KiB {:>9.1} ms",
        attack.name,
        outcome.sockets,
        outcome.named,
        attack.expected,
        grown_kib,
        grown_kib / sockets,
        ms(sight.interval_p99)
    );
    let mut faults = Vec::new();
    if outcome.named < outcome.sockets {
        faults.push(format!("{} were not told so: {}", outcome.sockets - outcome.named, outcome.strange.join("; ")));
    }
    if grown_kib > (KIB_PER_SOCKET_MAX * sockets).min(KIB_MAX) {
        faults.push("the server's memory grew too much".into());
    }
    if let Some(join) = outcome.join {
        println!("  an honest client joined meanwhile in {:.0} ms", ms(join));
        if join > JOIN_MAX {
            faults.push("an honest join took too long".into());
        }
    }
    if !sight.lost.is_empty() {
        faults.push(format!("honest bots were lost: {}", sight.lost.join("; ")));
    }
    if !short && sight.interval_p99.as_secs_f64() > quiet.interval_p99.as_secs_f64() * INTERVAL_GROWTH_MAX {
        faults.push(format!("honest updates came late, {:.1} ms apart at most", ms(sight.interval_max)));
    }
    for fault in &faults {
        println!("  FAIL: {fault}");
    }
    faults.is_empty()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A server of our own; ended when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(arguments: &Arguments) -> Result<Self, String> {
        let beside = || std::env::current_exe().ok().map(|path| path.with_file_name("auspice-server"));
        let program = arguments.server.clone().or_else(beside).ok_or("there is no server to start; name one with --server")?;
        let mut child = Command::new(&program)
            .args(["--listen", "127.0.0.1:0", "--max-clients", "2000", "--log-level", "off", "--admin-listen", "off"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("the server has no output")?;
        BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
        let address = line.split("ws://").nth(1).and_then(|rest| rest.split('/').next()).and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            return Err(format!("the server said no address: {line}"));
        };
        Ok(Self { child, address })
    }

    /// Runs an attack, for so long as intervals want to be looked at. The server's memory at most, beyond what it was.
    fn endure(&self, attack: &Attack, scale: Scale, window: Duration) -> Result<(Outcome, u64), String> {
        let (started, address, run) = (Instant::now(), self.address, attack.run);
        let before = self.resident()?;
        let attacker = std::thread::spawn(move || run(address, scale));
        let mut most = before;
        while !attacker.is_finished() || started.elapsed() < window {
            most = most.max(self.resident()?);
            std::thread::sleep(Duration::from_millis(10));
        }
        let outcome = attacker.join().map_err(|_| format!("{}: the attacker panicked", attack.name))?;
        Ok((outcome.map_err(|error| format!("{}: {error}", attack.name))?, most - before))
    }

    fn resident(&self) -> Result<u64, String> {
        anonymous_kib(self.child.id()).ok_or_else(|| "the server is gone".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
