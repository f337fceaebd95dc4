//! `attack`: a real server, honest bots that play on it, and every attack in turn. Prints a table, and says
//! whether the server held.
//!
//! Judged always: each attacker is told the reason that fits, the server's memory, an honest join meanwhile,
//! no honest bot lost. The honest bots' updates are judged in the long form only, beside the quiet windows
//! before and after the same attack, so that what else the machine does is in both. A disturbance from
//! outside may still fall into one of them: an attack that seems to be felt is made again, and is felt if it
//! is each time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use auspice_bots::process::peak_resident_kib;
use auspice_output::{self as output, complain, say};
use auspice_trials::attack::honest::{Honest, Sight};
use auspice_trials::attack::{ATTACKS, Attack, AttackResult, AttackSize, PAGE_FILE};
use auspice_trials::chosen::chosen;
use auspice_trials::server_process::ServerProcess;
use clap::Parser;

/// Memory that a hostile socket may cost.
const KIB_PER_SOCKET_MAX: u64 = 1024;
/// And all of an attack's.
const KIB_MAX: u64 = 64 * 1024;
/// And everything that the server has resident at any time, its program included: what a small container is given.
const RESIDENT_KIB_MAX: u64 = 256 * 1024;
/// Greatest time that an honest client may take to join among half-open connections.
const JOIN_MAX: Duration = Duration::from_secs(1);
/// Factor by which the honest bots' interval at the 99th percentile may grow.
const INTERVAL_GROWTH_MAX: f64 = 1.2;
/// Rounds of an attack that seems to be felt.
const ROUNDS_MAX: u32 = 3;
/// The shortest window of time in which intervals are looked at, where they are judged. A tick that is late
/// is late for every bot, so it takes some hundreds of ticks for one in a hundred of the intervals to be more
/// than the single latest tick.
const WINDOW_MIN: Duration = Duration::from_secs(8);
/// The same where they are only shown.
const WINDOW_MIN_SHORT: Duration = Duration::from_millis(500);
/// Size of the page's large file.
const PAGE_BYTES: usize = 16 << 20;
/// Time after which an attack has left nothing behind: sockets that linger, handshakes that are too slow.
const AFTERMATH: Duration = Duration::from_millis(500);

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
    /// Attacks whose name contains this; several times. One that no name contains is an error.
    #[arg(long, value_name = "WORD")]
    only: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => {
            say!("PASS");
            output::conclude(ExitCode::SUCCESS)
        }
        Ok(false) => {
            say!("FAIL");
            ExitCode::FAILURE
        }
        Err(error) => {
            complain!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, String> {
    let attacks = chosen(ATTACKS.iter().collect(), &arguments.only, |attack| attack.name)?;
    let (bots, scale) = if arguments.short {
        (30, AttackSize { many: 50, half_open: 1500, patient: 4, flood: 200_000, churn: 400 })
    } else {
        (100, AttackSize { many: 500, half_open: 5000, patient: 50, flood: 1_000_000, churn: 5000 })
    };
    let files = scale.half_open as u64 + 500;
    if rlimit::increase_nofile_limit(files).unwrap_or(0) < files {
        return Err(format!("{files} open files are needed; raise `ulimit -n`"));
    }
    let page = page().map_err(|error| format!("no page could be made for the server to show: {error}"))?;
    let page = page.to_string_lossy();
    // Whoever comes by a far address says so as a proxy does; nobody else is asked.
    let settings = ["--max-clients", "2000", "--log-level", "off", "--trusted-proxy", "127.0.0.1", "--page", &page];
    // Intervals of updates that wait for news would tell of the news.
    let settings = [&settings[..], &["--patience", "0"]].concat();
    let server = ServerProcess::start(arguments.server.as_deref(), &settings)?;
    let honest = Honest::start(&format!("ws://{}/play", server.address), bots)?;
    let window = if arguments.short { WINDOW_MIN_SHORT } else { WINDOW_MIN };
    // The rush of their joins is over by then.
    std::thread::sleep(window);
    let mut siege = Siege { server, honest, scale, window, is_short: arguments.short, quiet: None };
    say!("{bots} honest bots; update intervals at the 99th percentile, during an attack and in the quiet around it\n");
    say!(
        "{:<36} {:>7} {:>7} {:<12} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "attack",
        "sockets",
        "told so",
        "expected",
        "memory",
        "a socket",
        "interval",
        "quiet",
        "late tick"
    );
    let mut holds = true;
    for attack in attacks {
        holds &= siege.withstand(attack)?;
    }
    let resident = peak_resident_kib(siege.server.pid()).ok_or("the server is gone")?;
    say!("\nthe server had {} MiB resident at most, its program included", resident / 1024);
    if resident > RESIDENT_KIB_MAX {
        say!("  FAIL: that is more than {} MiB", RESIDENT_KIB_MAX / 1024);
        holds = false;
    }
    Ok(holds)
}

/// A folder with a page as large as a client is.
fn page() -> std::io::Result<PathBuf> {
    let folder = std::env::temp_dir().join("auspice-attack-page");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("index.html"), "<title>a game</title>")?;
    std::fs::write(folder.join(PAGE_FILE), vec![0; PAGE_BYTES])?;
    Ok(folder)
}

/// A server under attack, and those who play on it meanwhile.
struct Siege {
    server: ServerProcess,
    honest: Honest,
    scale: AttackSize,
    window: Duration,
    is_short: bool,
    /// Measurements after the last attack, which is before the next.
    quiet: Option<Sight>,
}

/// An attack, and what came of it.
struct AttackRound {
    outcome: AttackResult,
    grown_kib: u64,
    /// During it.
    sight: Sight,
    /// Before it and after.
    quiet: Sight,
    /// Seconds by which ticks began too late, at the 99th percentile of the attack: a bound of the server's histogram.
    late: f64,
}

impl AttackRound {
    fn growth(&self) -> f64 {
        self.sight.interval_p99().as_secs_f64() / self.quiet.interval_p99().as_secs_f64().max(1e-3)
    }
}

impl Siege {
    /// Whether the server holds against `attack`.
    fn withstand(&mut self, attack: &Attack) -> Result<bool, String> {
        for round in 1.. {
            let result = self.play(attack)?;
            let is_felt = !self.is_short && result.growth() > INTERVAL_GROWTH_MAX;
            let faults = faults(&result, is_felt && round == ROUNDS_MAX);
            show(attack, &result, &faults);
            if !faults.is_empty() || !is_felt {
                return Ok(faults.is_empty());
            }
            say!("  perhaps felt, {:.2} times the quiet interval: once more", result.growth());
        }
        unreachable!("a round should be the last")
    }

    fn play(&mut self, attack: &Attack) -> Result<AttackRound, String> {
        let before = match self.quiet.take() {
            Some(quiet) => quiet,
            None => self.look_at_quiet()?,
        };
        self.honest.look()?;
        let counted = self.server.scrape()?.0;
        let (outcome, grown_kib) = self.endure(attack)?;
        let sight = self.honest.look()?;
        let late = self.server.scrape()?.0.quantile_since(&counted, "auspice_tick_lateness_seconds", 0.99);
        std::thread::sleep(AFTERMATH);
        let after = self.look_at_quiet()?;
        let quiet = before.and(&after);
        self.quiet = Some(after);
        Ok(AttackRound { outcome, grown_kib, sight, quiet, late })
    }

    fn look_at_quiet(&self) -> Result<Sight, String> {
        self.honest.look()?;
        std::thread::sleep(self.window);
        self.honest.look()
    }

    /// Runs an attack, for so long as intervals want to be looked at. The server's memory at most, beyond what it was.
    fn endure(&self, attack: &Attack) -> Result<(AttackResult, u64), String> {
        let (started, address, run, scale) = (Instant::now(), self.server.address, attack.run, self.scale);
        let before = self.server.own_kib()?;
        let attacker = std::thread::spawn(move || {
            // A real one has a machine of its own: what it takes of this one is not to be felt, only what the
            // server does about it.
            stand_back();
            run(address, scale)
        });
        let mut most = before;
        while !attacker.is_finished() || started.elapsed() < self.window {
            most = most.max(self.server.own_kib()?);
            std::thread::sleep(Duration::from_millis(10));
        }
        let outcome = attacker.join().map_err(|_| format!("{}: the attacker panicked", attack.name))?;
        Ok((outcome.map_err(|error| format!("{}: {error}", attack.name))?, most - before))
    }
}

/// Shows a line of the table, and below it whatever is not as it should be.
fn show(attack: &Attack, round: &AttackRound, faults: &[String]) {
    let outcome = &round.outcome;
    say!(
        "{:<36} {:>7} {:>7} {:<12} {:>5} KiB {:>5} KiB {:>6.1} ms {:>6.1} ms {:>6} ms",
        attack.name,
        outcome.sockets,
        outcome.named,
        attack.expected,
        round.grown_kib,
        round.grown_kib / outcome.sockets.max(1) as u64,
        ms(round.sight.interval_p99()),
        ms(round.quiet.interval_p99()),
        round.late * 1e3
    );
    if let Some(join) = outcome.join {
        say!("  an honest client joined meanwhile in {:.0} ms", ms(join));
    }
    for fault in faults {
        say!("  FAIL: {fault}");
    }
}

fn faults(round: &AttackRound, is_felt: bool) -> Vec<String> {
    let outcome = &round.outcome;
    let mut faults = Vec::new();
    if outcome.named < outcome.sockets {
        faults.push(format!("{} were not told so: {}", outcome.sockets - outcome.named, outcome.strange.join("; ")));
    }
    if round.grown_kib > (KIB_PER_SOCKET_MAX * outcome.sockets.max(1) as u64).min(KIB_MAX) {
        faults.push("the server's memory grew too much".into());
    }
    if outcome.join.is_some_and(|join| join > JOIN_MAX) {
        faults.push("an honest join took too long".into());
    }
    if !round.sight.lost.is_empty() {
        faults.push(format!("honest bots were lost: {}", round.sight.lost.join("; ")));
    }
    if is_felt {
        faults.push(format!(
            "honest updates came late, {:.2} times the quiet interval, {ROUNDS_MAX} times",
            round.growth()
        ));
    }
    faults
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Has this thread give way to others that want to run. Where the system has no such thing, nothing happens.
fn stand_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
}
