//! A soak: a real server, bots that come and go for as long as is asked, and a look now and then whether
//! anything grows, is lost, or does not add up.

mod churn;
mod invariants;

use std::fmt;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use auspice_bots::exposition::Exposition;
use serde::Serialize;

use crate::server_process::ServerProcess;
use churn::Counts;

/// Memory may grow by so much an hour, by a straight line through what was seen after the warm-up.
const KIB_PER_HOUR_MAX: f64 = 1024.0;
/// Noise of what the allocator keeps: a short run's line says nothing below it.
const KIB_GROWN_MAX: f64 = 512.0;
/// Memory is looked at after this share of the run: by then every pool has met its peak.
const WARM_UP_SHARE: f64 = 0.3;
/// Files that a room opens with its first player, and keeps: the kernel's queue of sockets on which something came.
const ROOM_FILES: u64 = 1;
/// A line through less than this says nothing: lives of one kind are many at one moment and few at the next.
const LINE_MIN_SECONDS: f64 = 15.0;
/// Looks in a run, if each is at least a second apart.
const LOOKS: u32 = 360;
/// A scrape that falls between two additions of a tick is taken again this often.
const RETRIES: u32 = 40;
/// Greatest time that the server may take to be rid of everyone: the grace time below, and what lingers.
const RID_MAX: Duration = Duration::from_secs(30);
/// Time for the first connections to be done with.
const SETTLING: Duration = Duration::from_millis(500);
/// Seconds for which it keeps the seats of those who were cut off: short, so that many come to their end.
const GRACE_SECONDS: &str = "5";
/// The mean life where only joins are wanted.
const SHORT_LIFE: Duration = Duration::from_millis(100);

/// A soak, as asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server to start; by default the one beside this program.
    pub server: Option<PathBuf>,
    /// Bots at once.
    pub bots: u32,
    /// Length of the run.
    pub length: Duration,
    /// Length of a life, on average.
    pub life: Duration,
    /// Instead of by time the run ends when so many have joined, as quickly as they can.
    pub joins: Option<u64>,
}

/// A sample of the server's state.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    /// Seconds since the run began.
    pub seconds: f64,
    /// Memory of the server's own.
    pub own_kib: u64,
    /// Its open files.
    pub files: u64,
    /// Connections that it counts as open.
    pub connections: f64,
    /// Time that a scrape took.
    pub scrape_ms: f64,
}

/// Results of a soak. Names end in their units; the keys of the JSON file are the names.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `"PASS"` or `"FAIL"`.
    pub verdict: &'static str,
    /// Why not, in sentences.
    pub failures: Vec<String>,
    /// Length of the run.
    pub seconds: f64,
    /// Bots at once.
    pub bots: u32,
    /// Lives that they lived.
    pub lives: u64,
    /// Lives that an overloaded server turned away.
    pub turned_away: u64,
    /// Connections that the server took.
    pub connections: f64,
    /// Players that joined.
    pub joined: f64,
    /// Players that came back by their token.
    pub resumed: f64,
    /// Memory of the server's own before anybody came, where the line begins, where it ends, and at most.
    pub own_kib: [u64; 4],
    /// The line's slope.
    pub own_kib_per_hour: f64,
    /// Open files before anybody came, at most, and after everyone had gone.
    pub files: [u64; 3],
    /// Looks at what the server counts, each of which had to add up.
    pub looks: usize,
    /// A scrape: in the middle, and the longest.
    pub scrape_ms: [f64; 2],
    /// Series of it.
    pub series: usize,
    /// Ticks made, not done in time, and never made.
    pub ticks: [f64; 3],
    /// Views that differed from what the server stated.
    pub divergences: u64,
    /// Ends of players, by reason.
    pub disconnects: Vec<(String, f64)>,
    /// Ends of connections before their upgrade, by why.
    pub rejected: Vec<(String, f64)>,
    /// Samples of the whole run.
    pub seen: Vec<Sample>,
}

/// Runs it.
///
/// # Errors
/// A sentence where there is nothing to judge: no server, no threads.
pub fn run(plan: &Plan) -> Result<Report, String> {
    // The last minute in memory grows for a minute, as it is meant to; what else grows is what is looked for.
    let arguments =
        ["--max-clients", "2000", "--grace-seconds", GRACE_SECONDS, "--log-level", "warn", "--look-back", "0"];
    let server = ServerProcess::start(plan.server.as_deref(), &arguments)?;
    let mut watch = Watch::new(&server)?;
    let counts = Arc::new(Counts::default());
    let life = if plan.joins.is_some() { SHORT_LIFE } else { plan.life };
    let bots = churn::start(&format!("ws://{}/play", server.address), plan.bots, life, &counts)?;
    let began = Instant::now();
    let watched = watch.until_the_end(plan, began, &counts);
    counts.ends.store(true, Ordering::Relaxed);
    bots.join().map_err(|_| "the bots panicked")??;
    watched?;
    let seconds = began.elapsed().as_secs_f64();
    let (read, files_left) = watch.until_nobody_is_left()?;
    watch.compare_with_bots(&read, &counts);
    let report = watch.report(plan, seconds, &read, &counts, files_left);
    match server.terminate()?.code() {
        Some(0) => Ok(report),
        code => Ok(report.failing(format!("the server ended with {code:?}"))),
    }
}

/// The watch that looks at the server.
struct Watch<'a> {
    server: &'a ServerProcess,
    /// Before anybody came.
    empty: Sample,
    seen: Vec<Sample>,
    failures: Vec<String>,
}

impl<'a> Watch<'a> {
    fn new(server: &'a ServerProcess) -> Result<Self, String> {
        // What the first connections make is there from then on.
        server.scrape()?;
        TcpStream::connect(server.address).map_err(|error| format!("nobody answers at {}: {error}", server.address))?;
        std::thread::sleep(SETTLING);
        let mut watch = Self {
            server,
            empty: Sample { seconds: 0.0, own_kib: 0, files: 0, connections: 0.0, scrape_ms: 0.0 },
            seen: Vec::new(),
            failures: Vec::new(),
        };
        watch.empty = watch.look(Instant::now())?.0;
        Ok(watch)
    }

    /// Looks, until everything adds up or is sure not to.
    fn look(&mut self, began: Instant) -> Result<(Sample, Exposition), String> {
        let mut retries = 0;
        // Before the scrape, whose own connection is one more.
        let files = self.server.open_files()?;
        loop {
            let (read, took) = self.server.scrape()?;
            let broken = invariants::broken(&read);
            if broken.is_empty() || retries == RETRIES {
                self.failures.extend(broken.into_iter().take(4));
                let look = Sample {
                    seconds: began.elapsed().as_secs_f64(),
                    own_kib: self.server.own_kib()?,
                    files,
                    connections: invariants::connections(&read),
                    scrape_ms: took.as_secs_f64() * 1e3,
                };
                return Ok((look, read));
            }
            retries += 1;
            std::thread::sleep(Duration::from_millis(7));
        }
    }

    fn until_the_end(&mut self, plan: &Plan, began: Instant, counts: &Counts) -> Result<(), String> {
        let every = if plan.joins.is_some() {
            Duration::from_secs(2)
        } else {
            (plan.length / LOOKS).max(Duration::from_secs(1))
        };
        let mut told = Instant::now();
        loop {
            std::thread::sleep(every);
            let (look, read) = self.look(began)?;
            self.seen.push(look);
            let joins = invariants::joins(&read);
            if told.elapsed() >= Duration::from_secs(30) {
                told = Instant::now();
                auspice_output::complain!(
                    "{:.0} s: {joins} joins, {} connections, {} KiB, {} files, {} divergences",
                    look.seconds,
                    look.connections,
                    look.own_kib,
                    look.files,
                    counts.divergences.load(Ordering::Relaxed)
                );
            }
            let is_over = match plan.joins {
                Some(wanted) => joins >= wanted as f64,
                None => began.elapsed() >= plan.length,
            };
            // Nothing will become better.
            if is_over || self.failures.len() > 20 || counts.faults().len() > 10 {
                return Ok(());
            }
        }
    }

    /// Waits until the server has let go of everyone; what it counts then, and the files that it has open.
    fn until_nobody_is_left(&mut self) -> Result<(Exposition, u64), String> {
        let began = Instant::now();
        loop {
            let (look, read) = self.look(began)?;
            if (invariants::anybody(&read) == 0.0 && look.files <= self.empty.files) || began.elapsed() > RID_MAX {
                if invariants::anybody(&read) != 0.0 {
                    self.failures
                        .push(format!("{} clients are left after everyone has gone", invariants::anybody(&read)));
                }
                return Ok((read, look.files));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Both ends have counted the same.
    fn compare_with_bots(&mut self, read: &Exposition, counts: &Counts) {
        let (welcomes, returns) = (counts.welcomes.load(Ordering::Relaxed), counts.returns.load(Ordering::Relaxed));
        let pairs = [
            ("joins", invariants::joins(read), welcomes),
            ("returns", read.get("auspice_joins_total{result=\"resumed\"}"), returns),
        ];
        for (what, counted, lived) in pairs {
            if counted != lived as f64 {
                self.failures.push(format!("the server counts {counted} {what}, the bots lived {lived}"));
            }
        }
        self.failures.extend(counts.faults());
        let divergences = counts.divergences.load(Ordering::Relaxed);
        if divergences > 0 {
            self.failures.push(format!("{divergences} views differed from what the server stated"));
        }
    }

    fn report(mut self, plan: &Plan, seconds: f64, read: &Exposition, counts: &Counts, files_left: u64) -> Report {
        let line: Vec<Sample> =
            self.seen.iter().filter(|look| look.seconds >= seconds * WARM_UP_SHARE).copied().collect();
        let per_second = slope(&line);
        let length = line.last().map_or(0.0, |last| last.seconds - line[0].seconds);
        let (grown, grown_max) = (per_second * length, (KIB_PER_HOUR_MAX * length / 3600.0).max(KIB_GROWN_MAX));
        if length >= LINE_MIN_SECONDS && grown > grown_max {
            self.failures
                .push(format!("memory grew by {grown:.0} KiB in {length:.0} s, of {grown_max:.0} KiB that it may"));
        }
        if files_left > self.empty.files + ROOM_FILES {
            self.failures
                .push(format!("{files_left} files are open after everyone has gone, of {} before", self.empty.files));
        }
        let own = |look: Option<&Sample>| look.map_or(0, |look| look.own_kib);
        let most = |of: fn(&Sample) -> u64| self.seen.iter().map(of).max().unwrap_or(0);
        let mut scrapes: Vec<f64> = self.seen.iter().map(|look| look.scrape_ms).collect();
        scrapes.sort_by(f64::total_cmp);
        let counted = |family| {
            let counts = read.of(family).filter(|(_, count)| *count > 0.0);
            counts.map(|(labels, count)| (labels.split('"').nth(1).unwrap_or_default().to_owned(), count)).collect()
        };
        Report {
            verdict: if self.failures.is_empty() { "PASS" } else { "FAIL" },
            seconds,
            bots: plan.bots,
            lives: counts.lives.load(Ordering::Relaxed),
            turned_away: counts.turned_away.load(Ordering::Relaxed),
            connections: read.get("auspice_connections_total"),
            joined: read.get("auspice_joins_total{result=\"joined\"}"),
            resumed: read.get("auspice_joins_total{result=\"resumed\"}"),
            own_kib: [self.empty.own_kib, own(line.first()), own(line.last()), most(|look| look.own_kib)],
            own_kib_per_hour: per_second * 3600.0,
            files: [self.empty.files, most(|look| look.files), files_left],
            looks: self.seen.len(),
            scrape_ms: [scrapes.get(scrapes.len() / 2).copied().unwrap_or(0.0), scrapes.last().copied().unwrap_or(0.0)],
            series: read.series(),
            ticks: ["ticks_total", "tick_overruns_total", "ticks_skipped_total"]
                .map(|name| read.get(&format!("auspice_{name}"))),
            divergences: counts.divergences.load(Ordering::Relaxed),
            disconnects: counted("auspice_disconnects_total"),
            rejected: counted("auspice_rejected_total"),
            failures: self.failures,
            seen: self.seen,
        }
    }
}

/// Slope of the straight line through memory by time, in KiB a second, by least squares.
fn slope(line: &[Sample]) -> f64 {
    let count = line.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| line.iter().map(of).sum::<f64>() / count;
    let (at, kib) = (mean(&|look| look.seconds), mean(&|look| look.own_kib as f64));
    let over = |of: &dyn Fn(&Sample) -> f64| line.iter().map(of).sum::<f64>();
    let spread = over(&|look| (look.seconds - at).powi(2));
    if spread > 0.0 { over(&|look| (look.seconds - at) * (look.own_kib as f64 - kib)) / spread } else { 0.0 }
}

impl Report {
    fn failing(mut self, sentence: String) -> Self {
        self.verdict = "FAIL";
        self.failures.push(sentence);
        self
    }

    /// Whether all was well.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &[(String, f64)]| {
            counts.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
        };
        let [empty, first, last, most] = self.own_kib;
        let [files, files_most, files_left] = self.files;
        let [made, late, skipped] = self.ticks;
        let rows = [
            ("length", format!("{:.0} s", self.seconds)),
            (
                "bots at once, lives",
                format!("{}, {}, of which {} met an overloaded server", self.bots, self.lives, self.turned_away),
            ),
            ("connections", format!("{}", self.connections)),
            ("joins, returns", format!("{}, {}", self.joined, self.resumed)),
            ("memory", format!("{empty} KiB empty, {first} to {last} KiB after the warm-up, {most} KiB at most")),
            ("its slope", format!("{:.0} KiB an hour", self.own_kib_per_hour)),
            ("open files", format!("{files} empty, {files_most} at most, {files_left} after all")),
            ("looks that added up", format!("{} of {} series", self.looks, self.series)),
            ("a scrape", format!("{:.1} ms, {:.1} ms at most", self.scrape_ms[0], self.scrape_ms[1])),
            ("ticks", format!("{made} made, {late} not done in time, {skipped} never made")),
            ("divergences", format!("{}", self.divergences)),
            ("disconnects", list(&self.disconnects)),
            ("refused", list(&self.rejected)),
        ];
        for (what, figures) in rows {
            writeln!(f, "  {what:<24}{figures}")?;
        }
        for failure in &self.failures {
            writeln!(f, "  FAIL: {failure}")?;
        }
        writeln!(f, "{}", self.verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_in_what_was_seen() {
        let look = |seconds: f64, own_kib| Sample { seconds, own_kib, files: 0, connections: 0.0, scrape_ms: 0.0 };
        let line = [look(10.0, 100), look(20.0, 130), look(30.0, 150), look(40.0, 180)];
        assert!((slope(&line) - 2.6).abs() < 0.01, "{}", slope(&line));
        assert_eq!((slope(&line[..1]), slope(&[])), (0.0, 0.0));
    }
}
