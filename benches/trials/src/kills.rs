//! Kills a real server at random moments while bots play, starts it anew on its log, and says what was lost.

use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::{EntityId, Micros, Replicate, Rng};
use auspice_bots::bot::Bot;
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::driver::{Driver, Finding};
use auspice_bots::follower::Depth;
use auspice_bots::tally::Tally;
use auspice_demo::{Demo, Entity, Input};
use auspice_socket::Dial;
use serde_json::Value;
use tokio::task::LocalSet;

use crate::server_process::ServerProcess;

/// Time that bots get to read what the kernel still holds of a server that is gone.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Time that all of them get to come back.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bots after each kill whose ships are compared with what the log says that they held.
const COMPARED: usize = 3;

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
}

/// Findings of a run.
#[derive(Clone, Debug, Default)]
pub struct KillReport {
    plan: (usize, u32),
    /// Ticks that a bot was told of and the log did not have, over all kills.
    lost: u32,
    /// Times that a bot came back as somebody else.
    others: usize,
    /// Ships compared with the log, and those that were other.
    compared: (usize, usize),
    /// Sentences about logs that did not come out the same.
    faults: Vec<String>,
    /// Times from a start until the server listens; from there until nearly all play again, and until all do.
    listening: Vec<Duration>,
    back: Vec<Comeback>,
    /// Bytes of log for a bot and second, keyframes among them.
    bytes: f64,
}

impl KillReport {
    /// Whether nothing was lost, and that was looked at.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        let (compared, other) = self.compared;
        self.lost == 0 && self.others == 0 && compared > 0 && other == 0 && self.faults.is_empty()
    }
}

fn middle(times: &[Duration]) -> (Duration, Duration) {
    let mut times = times.to_vec();
    times.sort_unstable();
    (times.get(times.len() / 2).copied().unwrap_or_default(), times.last().copied().unwrap_or_default())
}

impl fmt::Display for KillReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((bots, kills), (compared, other)) = (self.plan, self.compared);
        let times = |of: fn(&Comeback) -> Duration| middle(&self.back.iter().map(of).collect::<Vec<_>>());
        let ((nearly, nearly_last), (all, last)) = (times(|back| back.nearly_all), times(|back| back.all));
        let (listening, longest) = middle(&self.listening);
        writeln!(f, "{kills} kills under {bots} bots")?;
        writeln!(f, "  ticks lost that a bot was told of        {}", self.lost)?;
        writeln!(f, "  bots that came back as another           {}", self.others)?;
        writeln!(f, "  ships other in the log than they were    {other} of {compared}")?;
        writeln!(f, "  from the start to listening              {listening:.2?} in the middle, {longest:.2?} at most")?;
        writeln!(f, "  from there until 99 in 100 play          {nearly:.2?} in the middle, {nearly_last:.2?} at most")?;
        writeln!(f, "  from there until everyone plays          {all:.2?} in the middle, {last:.2?} at most")?;
        writeln!(f, "  bytes of log for a bot and second        {:.0}", self.bytes)?;
        self.faults.iter().try_for_each(|fault| writeln!(f, "  {fault}"))?;
        writeln!(f, "{}", if self.is_pass() { "PASS" } else { "FAIL" })
    }
}

/// Last thing that a bot held.
#[derive(Clone, Debug, Default)]
struct LastSeen {
    tick: u32,
    /// The ship that it had last.
    own: Option<EntityId>,
    /// Its ship as it was at that tick; none between a wreck and a new one.
    ship: Option<(EntityId, Entity)>,
    updates: u64,
}

type SharedSights = Arc<Mutex<Vec<LastSeen>>>;

fn look(watch: &SharedSights) -> Vec<LastSeen> {
    watch.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Flies like any other, and says what it holds.
struct WatchedPilot {
    pilot: DemoDriver,
    index: usize,
    watch: SharedSights,
}

impl Driver<Demo> for WatchedPilot {
    fn steer(&mut self, replica: &mut Replica<Demo>, now: Micros) -> Input {
        self.pilot.steer(replica, now)
    }

    fn steer_blind(&mut self) -> Input {
        self.pilot.steer_blind()
    }

    fn check(&mut self, replica: &Replica<Demo>) -> Finding {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = &mut watch[self.index];
        let ship = replica.own().and_then(|own| Some((own, replica.entity(own)?.entity)));
        let own = ship.map_or(seen.own, |(own, _)| Some(own));
        *seen = LastSeen { tick: replica.tick().0, own, ship, updates: seen.updates + 1 };
        Finding::default()
    }
}

/// Bots on a thread of their own, until the flag is raised.
fn play(url: String, bots: usize, watch: &SharedSights, ends: &Arc<AtomicBool>) -> Result<thread::JoinHandle<()>, String> {
    let (watch, ends) = (Arc::clone(watch), Arc::clone(ends));
    let program = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime should start");
        let (crowd, start) = (LocalSet::new(), tokio::time::Instant::now());
        let (tally, server) =
            (Rc::new(RefCell::new(Tally::default())), Rc::new(Dial::new(&url, None).expect("an address should be one")));
        for index in 0..bots {
            let driver = WatchedPilot { pilot: DemoDriver::new(index), index, watch: Arc::clone(&watch) };
            let name = format!("bot{index}");
            let bot = Bot::<Demo, _>::new(name, Depth::Whole, Credential::Open, driver, Rc::clone(&tally), Rc::clone(&server));
            let (mut bot, ends) = (bot.expect("the name should fit"), Arc::clone(&ends));
            crowd.spawn_local(async move { bot.play(start, |_| ends.load(Ordering::Relaxed)).await });
        }
        runtime.block_on(crowd);
    };
    thread::Builder::new().spawn(program).map_err(|error| error.to_string())
}

/// Runs it.
///
/// # Errors
/// A sentence where it cannot be run.
pub fn run(plan: &KillPlan) -> Result<KillReport, String> {
    let folder = std::env::temp_dir().join(format!("auspice-kills-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let log = folder.to_string_lossy().into_owned();
    let clients = plan.bots.to_string();
    let free =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(|error| error.to_string())?;
    let arguments = ["--log-dir", &log, "--log-level", "warn", "--max-clients", &clients];
    let start = || ServerProcess::start_at(plan.server.as_deref(), &free.to_string(), &arguments);
    let mut server = start()?;
    let (watch, ends): (SharedSights, _) =
        (Arc::new(Mutex::new(vec![LastSeen::default(); plan.bots])), Arc::new(AtomicBool::new(false)));
    let bots = play(format!("ws://{free}/play"), plan.bots, &watch, &ends)?;
    let mut report = KillReport { plan: (plan.bots, plan.kills), ..KillReport::default() };
    let mut rng = Rng::new(plan.seed);
    wait_until_all_play(&watch, &look(&watch))?;
    let started = Instant::now();
    for _ in 0..plan.kills {
        sleep(Duration::from_millis(u64::from(rng.between(500, 3000).unsigned_abs())));
        // Dropped, it is killed.
        drop(server);
        sleep(LAST_WORDS);
        let before = look(&watch);
        // Of a server that is gone nothing changes any more, and who comes back is not to wait for a judgement.
        let newest = segments(&folder).into_iter().rfind(|path| has_keyframe(path));
        let began = Instant::now();
        server = start()?;
        report.listening.push(began.elapsed());
        report.back.push(wait_until_all_play(&watch, &before)?);
        let after = look(&watch);
        match newest {
            Some(newest) => judge_log(&mut report, plan, &newest, &before),
            None => report.faults.push("there is no log".into()),
        }
        let owns = before.iter().zip(&after).filter(|(before, after)| before.own != after.own);
        report.others += owns.count();
    }
    let bytes: u64 = segments(&folder).iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum();
    report.bytes = bytes as f64 / plan.bots as f64 / started.elapsed().as_secs_f64();
    ends.store(true, Ordering::Relaxed);
    drop(server);
    bots.join().map_err(|_| "a bot panicked")?;
    fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    Ok(report)
}

/// Times until bots play again.
#[derive(Clone, Copy, Debug, Default)]
struct Comeback {
    /// All but one in a hundred.
    nearly_all: Duration,
    all: Duration,
}

/// Waits until every bot has a ship, and was told something since.
fn wait_until_all_play(watch: &SharedSights, since: &[LastSeen]) -> Result<Comeback, String> {
    let (started, mut nearly_all) = (Instant::now(), None);
    loop {
        let now = look(watch);
        let away = now.iter().zip(since).filter(|(now, since)| now.updates <= since.updates || now.own.is_none()).count();
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

fn segments(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "ticks")).collect();
    paths.sort();
    paths
}

/// Whether a file has its first keyframe: one that was begun when the server was killed may not (`server/LOG.md`).
fn has_keyframe(path: &Path) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    // A magic word, then frames: their payload's length, 5 other bytes, the payload, 8 bytes of checksum.
    let after_frame = |at: usize| Some(at + 17 + u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize);
    after_frame(8).and_then(after_frame).is_some_and(|end| end <= bytes.len())
}

/// Plays the newest file again that has a room, and compares it with what bots held.
fn judge_log(report: &mut KillReport, plan: &KillPlan, newest: &Path, seen: &[LastSeen]) {
    let told = seen.iter().map(|seen| seen.tick).max().unwrap_or_default();
    match replay(plan, newest, &[]) {
        Ok(all) => report.lost += told.saturating_sub(all["last"].as_u64().unwrap_or_default() as u32),
        Err(error) => report.faults.push(error),
    }
    for (index, seen) in seen.iter().enumerate().step_by(seen.len().div_ceil(COMPARED)) {
        let Some((own, entity)) = seen.ship else { continue };
        let view = replay(plan, newest, &["--at", &seen.tick.to_string(), "--as", &format!("bot{index}")]);
        report.compared.0 += 1;
        match view {
            Ok(view) if holds(&view, own, &entity) => {}
            Ok(_) => report.compared.1 += 1,
            Err(error) => report.faults.push(error),
        }
    }
}

/// Whether a view has this entity as it is.
fn holds(view: &Value, id: EntityId, entity: &Entity) -> bool {
    let mut row = [0; auspice::limits::COLUMNS_MAX];
    entity.write_row(&mut row);
    let mut columns = row.iter();
    let entities = view["entities"].as_array();
    let Some(found) = entities.into_iter().flatten().find(|held| held["id"] == id.to_string()) else { return false };
    Entity::KINDS[entity.kind()].fields.iter().all(|field| {
        let said = found["fields"][field.name].as_array().map_or(&[][..], Vec::as_slice);
        let of_field = columns.by_ref().take(field.quantity.columns());
        let values: Vec<f64> = of_field.map(|&column| f64::from(column) * field.quantity.step()).collect();
        // A number that was written and read may be off in its last digit.
        let is_near = |(said, value): (&Value, &f64)| (said.as_f64().unwrap_or(f64::NAN) - value).abs() < 1e-9;
        said.len() == values.len() && said.iter().zip(&values).all(is_near)
    })
}

/// What `auspice-server replay` says as JSON.
fn replay(plan: &KillPlan, file: &Path, arguments: &[&str]) -> Result<Value, String> {
    let beside = || std::env::current_exe().ok().map(|path| path.with_file_name("auspice-server"));
    let program = plan.server.clone().or_else(beside).ok_or("there is no server")?;
    let output = Command::new(program).arg("replay").arg(file).args(arguments).arg("--json").output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}
