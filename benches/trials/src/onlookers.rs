//! The price for a server of an inspector that is read: its processor time while three look, by that while nobody does.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use auspice_bots::process::CpuSeconds;

use crate::server_process::ServerProcess;

const TOKEN: &str = "for-this-trial-alone-83h1";
/// Time from one look to the next, as the page has it: a quarter of a second, or a millisecond for each player.
const LOOK: Duration = Duration::from_millis(250);
const LOOK_MAX: Duration = Duration::from_secs(1);
/// Looks at the world for each at the server's figures.
const LOOKS_OF_STATUS: u32 = 2;
/// Time after which a server takes it that nobody looks any more, and some.
const FORGOTTEN: Duration = Duration::from_secs(6);
/// Time for all bots to join.
const WARM_UP: Duration = Duration::from_secs(8);
/// Goal: the time with onlookers by that without, in the middle of all pairs.
const RATIO_MAX: f64 = 1.05;

/// Length of a run.
#[derive(Clone, Debug)]
pub struct LookPlan {
    /// The server to start, or `auspice-server` beside this program; likewise the bots.
    pub server: Option<PathBuf>,
    /// The bots' program, or `bots` beside this one.
    pub bots_program: Option<PathBuf>,
    /// Bots that play.
    pub bots: usize,
    /// Readers of the inspector.
    pub onlookers: usize,
    /// Pairs of windows, one of them with readers.
    pub pairs: usize,
    /// Length of a window.
    pub window: Duration,
}

/// Findings of a run.
#[derive(Clone, Debug, Default)]
pub struct LookReport {
    /// Processor seconds of the server in each pair of windows: while it is read, and while it is not.
    seconds: Vec<(f64, f64)>,
    plan: (usize, usize),
    /// Answers, and bytes of them.
    answers: u64,
    bytes: u64,
    /// Ticks that were late while it was read, and while it was not.
    late: (f64, f64),
}

impl LookReport {
    fn ratios(&self) -> Vec<f64> {
        let mut ratios: Vec<f64> = self.seconds.iter().map(|(with, without)| with / without).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// Whether looking costs little.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        let ratios = self.ratios();
        self.answers > 0 && ratios.get(ratios.len() / 2).is_some_and(|ratio| *ratio <= RATIO_MAX)
    }
}

impl fmt::Display for LookReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((bots, onlookers), ratios) = (self.plan, self.ratios());
        let of = |part: f64| {
            ratios.get((ratios.len() as f64 * part) as usize).or_else(|| ratios.last()).copied().unwrap_or(f64::NAN)
        };
        let (with, without) = self.seconds.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        writeln!(f, "{onlookers} read the inspector of a server with {bots} bots, {} pairs of windows", ratios.len())?;
        writeln!(
            f,
            "  answers read                             {}, {} kB each",
            self.answers,
            self.bytes / self.answers.max(1) / 1000
        )?;
        writeln!(f, "  processor seconds with, without          {with:.2}, {without:.2}")?;
        writeln!(
            f,
            "  with by without, in the middle           {:.3} ({:.3} to {:.3}), goal {RATIO_MAX}",
            of(0.5),
            of(0.0),
            of(1.0)
        )?;
        writeln!(f, "  ticks late, with and without             {:.0}, {:.0}", self.late.0, self.late.1)?;
        writeln!(f, "{}", if self.is_pass() { "PASS" } else { "FAIL" })
    }
}

/// A child that does not outlive us.
struct OnlookedBots(Child);

impl Drop for OnlookedBots {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the trial.
///
/// # Errors
/// A sentence where a program cannot be started, or the server is gone.
pub fn run(plan: &LookPlan) -> Result<LookReport, String> {
    let token = std::env::temp_dir().join(format!("auspice-onlookers-{}", std::process::id()));
    std::fs::write(&token, TOKEN).map_err(|error| error.to_string())?;
    let outcome = run_with(plan, &token.to_string_lossy());
    let _ = std::fs::remove_file(token);
    outcome
}

fn run_with(plan: &LookPlan, token: &str) -> Result<LookReport, String> {
    let most = plan.bots.max(1).to_string();
    let arguments = [
        "--admin-token-file",
        token,
        "--max-per-address",
        "0",
        "--max-clients",
        &most,
        "--full-service",
        "--patience",
        "0",
        "--log-level",
        "error",
    ];
    let server = ServerProcess::start(plan.server.as_deref(), &arguments)?;
    let _crowd = OnlookedBots(bots(plan, server.address)?);
    sleep(WARM_UP);
    let mut report = LookReport { plan: (plan.bots, plan.onlookers), ..LookReport::default() };
    for pair in 0..plan.pairs {
        let (mut with, mut without) = (0.0, 0.0);
        // Which of them is first changes, so that a drift of the machine is in neither.
        for is_read in if pair % 2 == 0 { [true, false] } else { [false, true] } {
            if is_read {
                let (seconds, late) = measure_read(&server, plan, &mut report)?;
                with = seconds;
                report.late.0 += late;
                sleep(FORGOTTEN);
            } else {
                let (seconds, late) = measure(&server, plan.window)?;
                without = seconds;
                report.late.1 += late;
            }
        }
        report.seconds.push((with, without));
    }
    Ok(report)
}

fn bots(plan: &LookPlan, server: SocketAddr) -> Result<Child, String> {
    let beside = || std::env::current_exe().ok().map(|path| path.with_file_name("bots"));
    let program = plan.bots_program.clone().or_else(beside).ok_or("there are no bots to start")?;
    let seconds = 60 + plan.pairs as u64 * (2 * plan.window.as_secs() + 2 * FORGOTTEN.as_secs());
    Command::new(&program)
        .args(["--url", &format!("ws://{server}"), "--clients", &plan.bots.to_string(), "--seconds", &seconds.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))
}

/// Processor seconds of the server in a window, and its ticks that were late.
fn measure(server: &ServerProcess, window: Duration) -> Result<(f64, f64), String> {
    let now = || Ok::<_, String>((CpuSeconds::of(server.pid()).ok_or("the server is gone")?, server.scrape()?.0));
    let (before, counted) = now()?;
    sleep(window);
    let (after, counts) = now()?;
    let late = "auspice_tick_overruns_total";
    Ok((after.since(before).total, counts.get(late) - counted.get(late)))
}

fn measure_read(server: &ServerProcess, plan: &LookPlan, report: &mut LookReport) -> Result<(f64, f64), String> {
    let admin = server.admin()?;
    let (done, answers, bytes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let look_every = Duration::from_millis(plan.bots as u64).clamp(LOOK, LOOK_MAX);
    let onlooker = |_| -> JoinHandle<io::Result<()>> {
        let (done, answers, bytes) = (Arc::clone(&done), Arc::clone(&answers), Arc::clone(&bytes));
        thread::spawn(move || {
            let mut onlooker = Onlooker::new(admin)?;
            for look in 0_u32.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let began = Instant::now();
                bytes.fetch_add(onlooker.ask("world")? + onlooker.ask("player?client=bot0")?, Ordering::Relaxed);
                answers.fetch_add(2, Ordering::Relaxed);
                if look.is_multiple_of(LOOKS_OF_STATUS) {
                    bytes.fetch_add(onlooker.ask("status?after=9999999999")?, Ordering::Relaxed);
                    answers.fetch_add(1, Ordering::Relaxed);
                }
                sleep(look_every.saturating_sub(began.elapsed()));
            }
            Ok(())
        })
    };
    let onlookers: Vec<_> = (0..plan.onlookers).map(onlooker).collect();
    let measured = measure(server, plan.window);
    done.store(true, Ordering::Relaxed);
    for onlooker in onlookers {
        onlooker
            .join()
            .map_err(|_| "an onlooker panicked")?
            .map_err(|error| format!("an onlooker was not answered: {error}"))?;
    }
    report.answers += answers.load(Ordering::Relaxed);
    report.bytes += bytes.load(Ordering::Relaxed);
    measured
}

/// A reader of the inspector, on one connection.
struct Onlooker {
    stream: BufReader<TcpStream>,
}

impl Onlooker {
    fn new(admin: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(admin)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Asks, and reads the answer, which must be one. How many bytes it has.
    fn ask(&mut self, what: &str) -> io::Result<u64> {
        let request = format!("GET /inspector/{what} HTTP/1.1\r\nHost: admin\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length) = (String::new(), 0);
        self.stream.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200 ") {
            return Err(io::Error::other(format!("{what}: {}", line.trim())));
        }
        line.clear();
        while self.stream.read_line(&mut line)? > 2 {
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
            line.clear();
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(length as u64)
    }
}
