//! Kills a real server at random moments while bots play, starts it anew on its log, and says what was lost.
//!
//! [`pilots`] play and say what they hold; [`replayed`] has what the log says of that; [`log_bytes`] counts the log;
//! [`report`] judges all of it.

mod log_bytes;
mod pilots;
mod replayed;
mod report;

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use auspice::Rng;

use self::log_bytes::{LogBytes, frames_of, segments};
use self::pilots::{LastSeen, Watch};
use self::replayed::{LoggedPlayers, Replayed};
pub use self::report::KillReport;
use self::report::{Comeback, REPLAYS};
use crate::server_process::ServerProcess;

/// Time without an update of any bot after which none has more to read of a server that is gone.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Time that all of them get to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// Length of a run.
#[derive(Clone, Debug)]
pub struct KillPlan {
    /// The server to start, or `auspice-server` beside this program.
    pub server: Option<PathBuf>,
    /// Bots that play.
    pub bots: usize,
    /// Times that the server is killed.
    pub kills: u32,
    /// Seed of the moments.
    pub seed: u64,
    /// Time before the first kill in which the log's bytes are counted.
    pub counted: Duration,
    /// Arguments of the server that say what the world is like.
    pub world: Vec<String>,
    /// Times, bytes and speed are told and not judged, as on a machine that is too slow.
    pub is_told: bool,
}

/// Runs it.
///
/// # Errors
/// A sentence where it cannot be run.
pub fn run(plan: &KillPlan) -> Result<KillReport, String> {
    let folder = std::env::temp_dir().join(format!("auspice-kills-{}", std::process::id()));
    fs::create_dir_all(folder.join("log")).map_err(|error| error.to_string())?;
    let outcome = KillTrial::new(plan, &folder).and_then(KillTrial::run);
    fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    outcome
}

/// A run while it goes on.
struct KillTrial<'a> {
    plan: &'a KillPlan,
    /// The server's program, its address, the folder of its log.
    program: PathBuf,
    address: SocketAddr,
    log: PathBuf,
    /// Folders with files of the log: those from before the first kill, and those that are played again now.
    counted: PathBuf,
    played: PathBuf,
    /// The last file that the server of now found at its start.
    found: Option<PathBuf>,
    watch: Watch,
    report: KillReport,
}

impl<'a> KillTrial<'a> {
    fn new(plan: &'a KillPlan, folder: &Path) -> Result<Self, String> {
        let beside = || std::env::current_exe().ok().map(|path| path.with_file_name("auspice-server"));
        let program =
            plan.server.clone().or_else(beside).ok_or("there is no server to start; name one with --server")?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let report = KillReport { bots: plan.bots, kills: plan.kills, is_told: plan.is_told, ..KillReport::default() };
        Ok(Self {
            plan,
            program,
            address: free.map_err(|error| error.to_string())?,
            log: folder.join("log"),
            counted: folder.join("counted"),
            played: folder.join("played"),
            found: None,
            watch: Watch::new(plan.bots),
            report,
        })
    }

    fn run(mut self) -> Result<KillReport, String> {
        let mut server = self.start()?;
        let ends = Arc::new(AtomicBool::new(false));
        let bots = pilots::play(format!("ws://{}/play", self.address), self.plan.bots, &self.watch, &ends)?;
        wait_until_all_play(&self.watch, &self.watch.look())?;
        self.count_bytes()?;
        let mut rng = Rng::new(self.plan.seed);
        for _ in 0..self.plan.kills {
            sleep(Duration::from_millis(u64::from(rng.between(500, 3000).unsigned_abs())));
            server = self.kill(server)?;
        }
        ends.store(true, Ordering::Relaxed);
        drop(server);
        bots.join().map_err(|_| "a bot panicked")?;
        self.time_replays();
        Ok(self.report)
    }

    fn start(&self) -> Result<ServerProcess, String> {
        let (log, clients) = (self.log.to_string_lossy(), self.plan.bots.to_string());
        let mut arguments = vec!["--log-dir", &log, "--log-level", "warn", "--max-clients", &clients];
        arguments.extend(self.plan.world.iter().map(String::as_str));
        ServerProcess::start_at(Some(&self.program), &self.address.to_string(), &arguments)
    }

    /// Files that the server of now has written, from that on which has `tick`.
    fn written_from(&self, tick: u32) -> Vec<PathBuf> {
        let written =
            segments(&self.log).into_iter().filter(|path| self.found.as_ref().is_none_or(|found| path > found));
        let mut written: Vec<_> = written.collect();
        let has =
            |path: &PathBuf| frames_of(path).iter().find(|frame| frame.is_keyframe()).is_some_and(|it| it.tick <= tick);
        let first = written.iter().rposition(has).unwrap_or_default();
        written.split_off(first)
    }

    /// Lets everybody play while nothing happens, and counts the bytes of the log.
    fn count_bytes(&mut self) -> Result<(), String> {
        let newest = |path: &PathBuf| frames_of(path).last().map_or(0, |frame| frame.tick);
        let behind = segments(&self.log).iter().map(newest).max().unwrap_or_default();
        sleep(self.plan.counted);
        let files = segments(&self.log);
        let frames: Vec<_> = files.iter().flat_map(|path| frames_of(path)).collect();
        self.report.bytes = LogBytes::between_keyframes(&frames, behind);
        link(&files, &self.counted)
    }

    /// Plays a part of the log again, some times, while nothing else runs.
    fn time_replays(&mut self) {
        for _ in 0..REPLAYS {
            match Replayed::of(&self.program, &self.counted) {
                Ok(replayed) => {
                    self.report.replayed_ticks = replayed.ticks;
                    self.report.speeds.push(replayed.speed);
                }
                Err(error) => return self.report.faults.push(error),
            }
        }
    }

    /// Kills the server and starts it anew; judges what its log has once everybody plays.
    fn kill(&mut self, server: ServerProcess) -> Result<ServerProcess, String> {
        // Dropped, it is killed.
        drop(server);
        self.await_silence();
        let before = self.watch.turn();
        let earliest = before.iter().filter(|seen| seen.last.ship.is_some()).map(|seen| seen.last.tick).min();
        let left = self.written_from(earliest.unwrap_or_default());
        self.found = left.last().cloned().or_else(|| self.found.take());
        let began = Instant::now();
        let server = self.start()?;
        self.report.listening.push(began.elapsed());
        self.report.back.push(wait_until_all_play(&self.watch, &before)?);
        let after = self.watch.look();
        let judged = self.judge(&left, &before, &after);
        self.report.faults.extend(judged.err());
        self.report.others +=
            before.iter().zip(&after).filter(|(before, after)| before.own != after.own).count() as u64;
        Ok(server)
    }

    /// Waits until no bot reads anything any more.
    fn await_silence(&self) {
        let updates = || self.watch.look().iter().map(|seen| seen.updates).sum::<u64>();
        let mut before = updates();
        loop {
            sleep(LAST_WORDS);
            let now = updates();
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// Plays the log of the server that was killed again, as far as its last files have it, and that of the one after
    /// it; compares both with each other and with what bots held.
    fn judge(&mut self, left: &[PathBuf], before: &[LastSeen], after: &[LastSeen]) -> Result<(), String> {
        link(left, &self.played)?;
        let told = before.iter().map(|seen| seen.last.tick).max().unwrap_or_default();
        let last = Replayed::of(&self.program, &self.played)?.last;
        self.report.lost += u64::from(told.saturating_sub(last));
        let held = before.iter().map(|seen| seen.last).enumerate().filter(|(_, sight)| sight.ship.is_some());
        let ticks: BTreeSet<u32> = held.clone().map(|(_, sight)| sight.tick.min(last)).chain([last]).collect();
        let then = LoggedPlayers::at(&self.program, &self.played, &ticks)?;
        self.report.world = then.size(last);
        then.compare_held(held, &mut self.report.held);
        link(&self.written_from(0), &self.played)?;
        let first = after.iter().enumerate().filter_map(|(index, seen)| Some((index, seen.first?)));
        let ticks: BTreeSet<u32> = first.clone().map(|(_, sight)| sight.tick).chain([last]).collect();
        let now = LoggedPlayers::at(&self.program, &self.played, &ticks)?;
        then.compare_next(&now, last, &mut self.report.restored);
        now.compare_held(first, &mut self.report.returned);
        Ok(())
    }
}

/// Makes a folder anew that has these files alone. They are the same files: what is written to them is in both.
fn link(files: &[PathBuf], folder: &Path) -> Result<(), String> {
    let told = |error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(told)?;
    }
    fs::create_dir(folder).map_err(told)?;
    let mut named = files.iter().filter_map(|file| Some((file, file.file_name()?)));
    named.try_for_each(|(file, name)| fs::hard_link(file, folder.join(name))).map_err(told)
}

/// Waits until every bot has a ship, and was told something since.
fn wait_until_all_play(watch: &Watch, since: &[LastSeen]) -> Result<Comeback, String> {
    let (started, mut nearly_all) = (Instant::now(), None);
    loop {
        let now = watch.look();
        let away =
            now.iter().zip(since).filter(|(now, since)| now.updates <= since.updates || now.own.is_none()).count();
        if away <= now.len() / 100 {
            nearly_all.get_or_insert_with(|| started.elapsed());
        }
        if away == 0 {
            let all = started.elapsed();
            return Ok(Comeback { nearly_all: nearly_all.unwrap_or(all), all });
        }
        if started.elapsed() > PATIENCE {
            return Err(format!("{away} bots do not play after {PATIENCE:?}"));
        }
        sleep(Duration::from_millis(5));
    }
}
