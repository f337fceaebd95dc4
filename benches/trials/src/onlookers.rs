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

use crate::figure::TrialFigure;
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
/// Goal: the time with onlookers by that without, in the middle of all pairs (`benches/README.md`, *Kills, and who
/// looks on*).
const RATIO_MAX: f64 = 1.05;
/// Pairs for which that is the goal: fewer are the noise of the machine.
const PAIRS_MIN: usize = 10;

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
    /// Pairs of windows: while it is read, and while it is not.
    pairs: Vec<(LookWindow, LookWindow)>,
    plan: (usize, usize),
    /// Answers, and bytes of them.
    answers: u64,
    bytes: u64,
}

/// Measurements of the server in a window.
#[derive(Clone, Copy, Debug, Default)]
struct LookWindow {
    /// Processor time, in seconds.
    seconds: f64,
    /// Ticks that were late.
    late: f64,
    /// Duration of the tick that one in a hundred exceeds, in milliseconds: within a bucket of the server's histogram.
    p99_ms: f64,
}

impl LookReport {
    /// A measure of each window that was read by that of the other of its pair, ascending.
    fn ratios(&self, of: fn(&LookWindow) -> f64) -> Vec<f64> {
        sorted(self.pairs.iter().map(|(with, without)| of(with) / of(without)))
    }

    /// Measures in the middle, of the windows that were read and of the others.
    fn middles(&self, of: fn(&LookWindow) -> f64) -> (f64, f64) {
        let (with, without) =
            self.pairs.iter().map(|(with, without)| (of(with), of(without))).unzip::<_, _, Vec<_>, Vec<_>>();
        (middle(&sorted(with)), middle(&sorted(without)))
    }

    /// Whether looking costs little.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.figures().iter().all(TrialFigure::holds) && self.answers > 0
    }

    fn figures(&self) -> Vec<TrialFigure> {
        let spread = |ratios: &[f64]| match ratios {
            [least, .., most] => format!(" ({least:.3} to {most:.3})"),
            _ => String::new(),
        };
        let told = |name, (with, without): (f64, f64), digits, unit| {
            TrialFigure::told(name, format!("{with:.digits$} / {without:.digits$}{unit}"))
        };
        let (times, ticks) = (self.ratios(|window| window.seconds), self.ratios(|window| window.p99_ms));
        let late = self.pairs.iter().fold((0.0, 0.0), |sum, (with, without)| (sum.0 + with.late, sum.1 + without.late));
        vec![
            TrialFigure::told(
                "answers read",
                format!("{}, {} kB each", self.answers, self.bytes / self.answers.max(1) / 1000),
            ),
            told("processor time of a window, with / without", self.middles(|window| window.seconds), 2, " s"),
            TrialFigure::at_most("processor time with by without, median", middle(&times), RATIO_MAX, "")
                .judged(self.pairs.len() >= PAIRS_MIN)
                .with(&spread(&times)),
            told("ticks p99, with / without", self.middles(|window| window.p99_ms), 1, " ms"),
            TrialFigure::told("ticks p99 with by without, median", format!("{:.2}{}", middle(&ticks), spread(&ticks))),
            told("ticks late, with / without", late, 0, ""),
        ]
    }
}

fn sorted(numbers: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers
}

/// The one in the middle; NaN of none.
fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl fmt::Display for LookReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((bots, onlookers), pairs) = (self.plan, self.pairs.len());
        writeln!(f, "{onlookers} read the inspector of a server with {bots} bots, {pairs} pairs of windows")?;
        self.figures().iter().try_for_each(|figure| writeln!(f, "{figure}"))?;
        if pairs < PAIRS_MIN {
            writeln!(f, "Processor time is not judged: that is for {PAIRS_MIN} pairs or more; here are {pairs}.")?;
        }
        self.figures().iter().filter_map(TrialFigure::miss).try_for_each(|miss| writeln!(f, "{miss}"))?;
        if self.answers == 0 {
            writeln!(f, "nobody was answered")?;
        }
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
        let (mut with, mut without) = (LookWindow::default(), LookWindow::default());
        // Which of them is first changes, so that a drift of the machine is in neither.
        for is_read in if pair % 2 == 0 { [true, false] } else { [false, true] } {
            if is_read {
                with = measure_read(&server, plan, &mut report)?;
                sleep(FORGOTTEN);
            } else {
                without = measure(&server, plan.window)?;
            }
        }
        report.pairs.push((with, without));
    }
    Ok(report)
}

fn bots(plan: &LookPlan, server: SocketAddr) -> Result<Child, String> {
    let beside = || std::env::current_exe().ok().map(|path| path.with_file_name("bots"));
    let program = plan.bots_program.clone().or_else(beside).ok_or("there are no bots to start")?;
    let seconds = 60 + plan.pairs as u64 * (2 * plan.window.as_secs() + 2 * FORGOTTEN.as_secs());
    Command::new(&program)
        .args([
            "--url",
            &format!("ws://{server}"),
            "--clients",
            &plan.bots.to_string(),
            "--seconds",
            &seconds.to_string(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))
}

/// Measures the server in a window.
fn measure(server: &ServerProcess, window: Duration) -> Result<LookWindow, String> {
    let now = || Ok::<_, String>((CpuSeconds::of(server.pid()).ok_or("the server is gone")?, server.scrape()?.0));
    let (before, counted) = now()?;
    sleep(window);
    let (after, counts) = now()?;
    let late = "auspice_tick_overruns_total";
    Ok(LookWindow {
        seconds: after.since(before).total,
        late: counts.get(late) - counted.get(late),
        p99_ms: counts.interpolated_since(&counted, "auspice_tick_duration_seconds", 0.99) * 1e3,
    })
}

fn measure_read(server: &ServerProcess, plan: &LookPlan, report: &mut LookReport) -> Result<LookWindow, String> {
    let admin = server.admin()?;
    let (done, answers, bytes) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A report of pairs in which looking costs so much of the processor's time.
    fn report(ratios: &[f64]) -> LookReport {
        let window = |ratio: f64| LookWindow { seconds: 2.0 * ratio, late: 0.0, p99_ms: 8.0 * ratio };
        let pairs = ratios.iter().map(|ratio| (window(*ratio), window(1.0))).collect();
        LookReport { pairs, plan: (500, 3), answers: 100, bytes: 5_000_000 }
    }

    #[test]
    fn the_pair_in_the_middle_is_judged_and_a_miss_is_a_sentence() {
        let good = report(&[1.2, 0.9, 1.04, 1.0, 1.0, 1.0, 1.0, 1.05, 1.1, 1.2]);
        assert!(good.is_pass() && good.to_string().ends_with("\nPASS\n"), "{good}");
        let bad = report(&[1.06; 10]);
        let sentence = "processor time with by without, median: 1.06 (1.060 to 1.060), and the goal is <= 1.05\nFAIL\n";
        assert!(!bad.is_pass() && bad.to_string().ends_with(sentence), "{bad}");
        let silent = LookReport { answers: 0, ..good };
        assert!(!silent.is_pass() && silent.to_string().ends_with("nobody was answered\nFAIL\n"), "{silent}");
    }

    #[test]
    fn fewer_pairs_are_told_and_not_judged() {
        let few = report(&[1.5; 9]);
        assert!(few.is_pass() && few.to_string().contains("is for 10 pairs or more; here are 9."), "{few}");
        assert!(few.to_string().contains("12.0 / 8.0 ms"), "ticks are told: {few}");
    }

    #[test]
    fn a_server_that_is_gone_reaches_no_goal() {
        assert!(!report(&[f64::NAN; 10]).is_pass());
    }
}
