//! A run of many bots on one thread: joins them, lets them settle, measures, and sums up.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use auspice::message::Credential;
use auspice::{Game, Micros};
use auspice_output::complain;
use auspice_socket::Dial;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::bot::{Bot, SharedTally};
use crate::driver::Driver;
use crate::figures::Measured;
use crate::follower::{Depth, Metronome};
use crate::life;
use crate::plan::{Plan, SwarmArgs, SwarmError};
use crate::process::{CpuSeconds, anonymous_kib, peak_resident_kib};
use crate::report::Report;
use crate::server_window::ServerMoment;
use crate::tally::{Phase, Tally};

/// Files that a process has open besides its sockets: standard streams, the poller, the JSON file, and some to spare.
const OTHER_FILES: u64 = 64;
/// Time from one look of the supervisor to the next.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Time from one look at the bots' own lateness to the next.
const LATENESS_EVERY: Duration = Duration::from_millis(10);
/// Grace for the last bots to be welcomed, after the last was sent.
const JOIN_GRACE: Duration = Duration::from_secs(10);
/// Greatest time that the server's reports may take. A report comes with the next update.
const REPORT_MAX: Duration = Duration::from_secs(2);
/// Time from a line to the next where there is no terminal for a live line.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Runs `plan` on this thread; `driver` makes the driver of each bot by its number.
///
/// # Errors
/// Where not a single bot could play.
pub fn run<G: Game, D: Driver<G>>(plan: &Plan, driver: impl Fn(usize) -> D) -> Result<Report, SwarmError> {
    if let Some(path) = &plan.args.json {
        // Better known now than after a minute of playing.
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|error| SwarmError(format!("{} cannot be written: {error}", path.display())))?;
    }
    let wanted = u64::from(plan.args.clients) + OTHER_FILES;
    let files = rlimit::increase_nofile_limit(wanted).unwrap_or(wanted);
    if files < wanted {
        let clients = plan.args.clients;
        return Err(SwarmError(format!("{clients} bots need {wanted} open files; this system allows {files}")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| SwarmError(format!("the bots cannot start: {error}")))?;
    let bots = LocalSet::new();
    let report = bots.block_on(&runtime, supervise::<G, D>(plan, &bots, driver));
    drop(bots);
    report
}

/// Bots for which this system allows enough open files, of so many.
pub(crate) fn bots_allowed(wanted: u32) -> u32 {
    let files = rlimit::increase_nofile_limit(u64::from(wanted) + OTHER_FILES).unwrap_or(u64::MAX);
    u64::from(wanted).min(files.saturating_sub(OTHER_FILES)) as u32
}

/// The whole run, stage by stage.
async fn supervise<G: Game, D: Driver<G>>(
    plan: &Plan,
    bots: &LocalSet,
    driver: impl Fn(usize) -> D,
) -> Result<Report, SwarmError> {
    let tally: SharedTally = Rc::new(RefCell::new(Tally::default()));
    let live_line = LiveLine::new(plan);
    let verifying = release::<G, D>(plan, bots, &tally, driver)?;
    bots.spawn_local(watch_lateness(tally.clone()));
    join(plan, &tally, &live_line).await?;
    wait(Duration::from_secs(plan.warmup_seconds.into()), &tally, &live_line, "settling").await;
    ask_reports(&tally, verifying).await;
    let server_before = server_now(&plan.args).await;
    let (server, own) = (CpuOf::new(plan.args.server_pid), CpuOf::new(Some(std::process::id())));
    let (began, began_unix) = (Instant::now(), SystemTime::now());
    tally.borrow_mut().phase = Phase::Measuring;
    measure(&plan.args, &tally, &live_line).await;
    tally.borrow_mut().phase = Phase::Reporting;
    let seconds = began.elapsed().as_secs_f64();
    let measured = Measured {
        began: began_unix,
        seconds,
        verifying,
        server_cpu: server.spent(),
        server_resident_kib: plan.args.server_pid.and_then(peak_resident_kib),
        server_own_kib: plan.args.server_pid.and_then(anonymous_kib),
        bots_cpu: own.spent(),
        server: server_now(&plan.args).await.zip(server_before).map(|(now, before)| now.since(&before, seconds)),
    };
    ask_reports(&tally, verifying).await;
    tally.borrow_mut().phase = Phase::Leaving;
    // Each bot wakes at its next message or input, sees this, and says goodbye.
    tokio::time::sleep(LOOK_EVERY * 3).await;
    live_line.end();
    Ok(Report::new(plan, &measured, &tally.borrow()))
}

/// The server's own word on this moment, where it is wanted. Asked on another thread, since the bots' has no time to
/// wait.
async fn server_now(args: &SwarmArgs) -> Option<ServerMoment> {
    let (admin, pid) = (args.admin, args.server_pid);
    if admin.is_none() && pid.is_none() {
        return None;
    }
    tokio::task::spawn_blocking(move || ServerMoment::now(admin, pid)).await.ok()
}

/// Notes how late the bots' thread wakes, as long as they play: what they measure is off by as much.
async fn watch_lateness(tally: SharedTally) {
    loop {
        let due = Instant::now() + LATENESS_EVERY;
        tokio::time::sleep_until(due).await;
        tally.borrow_mut().count_own_lateness(due.elapsed().into());
    }
}

/// The measured window; somewhere in it everyone may be cut off.
async fn measure(args: &SwarmArgs, tally: &SharedTally, live_line: &LiveLine) {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let Some(cut_at) = args.cut_at else { return wait(seconds(args.seconds), tally, live_line, "measuring").await };
    let cut_at = cut_at.min(args.seconds);
    wait(seconds(cut_at), tally, live_line, "measuring").await;
    tally.borrow_mut().comebacks.cuts_asked += 1;
    wait(seconds(args.seconds - cut_at), tally, live_line, "coming back").await;
}

/// Starts every bot, each at its place in the ramp, and says how many verify.
fn release<G: Game, D: Driver<G>>(
    plan: &Plan,
    bots: &LocalSet,
    tally: &SharedTally,
    driver: impl Fn(usize) -> D,
) -> Result<usize, SwarmError> {
    let start = Instant::now();
    let server = Rc::new(Dial::new(&plan.args.url, plan.args.tls_ca.as_deref()).map_err(SwarmError)?);
    let mut verifying = 0;
    for (index, credential) in (0..).zip(credentials(&plan.args)?) {
        let name = format!("{}{index}", plan.args.name_prefix);
        let joins_at = Micros(u64::from(index) * 1_000_000 / u64::from(plan.args.ramp_per_second));
        let whole = is_of_share(index, plan.args.verify_share);
        let depth = match plan.floor_hz {
            Some(tick_hz) => Depth::Bare(Metronome::new(tick_hz, joins_at)),
            None if whole => Depth::Whole,
            None => Depth::Light,
        };
        verifying += usize::from(matches!(depth, Depth::Whole));
        let bot = Bot::new(name.clone(), depth, credential, driver(index as usize), tally.clone(), Rc::clone(&server));
        let bot = bot.map_err(|error| SwarmError(format!("bot {name} cannot be made: {error}")))?;
        let bot = if is_of_share(index, plan.args.cut_share) { bot } else { bot.staying() };
        bots.spawn_local(async move {
            tokio::time::sleep_until(start + Duration::from_micros(joins_at.0)).await;
            life::live(bot, start).await;
        });
    }
    Ok(verifying)
}

/// Credentials that the bots show the server, in order.
///
/// # Errors
/// Where there are to be tickets, and are fewer than bots.
fn credentials(args: &SwarmArgs) -> Result<Vec<Credential>, SwarmError> {
    let bots = args.clients as usize;
    let Some(file) = &args.tickets else {
        return Ok(vec![args.secret.clone().map_or(Credential::Open, Credential::Secret); bots]);
    };
    let unread = |error| SwarmError(format!("no tickets in {}: {error}", file.display()));
    let lines = std::fs::read_to_string(file).map_err(unread)?;
    let tickets: Vec<_> =
        lines.split_ascii_whitespace().take(bots).map(|line| Credential::Ticket(line.to_owned())).collect();
    if tickets.len() < bots {
        return Err(SwarmError(format!("{} has {} tickets for {bots} bots", file.display(), tickets.len())));
    }
    Ok(tickets)
}

/// Whether bot `index` belongs to a share of all: spread evenly, beginning with the first.
fn is_of_share(index: u32, share: f64) -> bool {
    let up_to = |count: u32| (f64::from(count) * share).ceil();
    up_to(index + 1) > up_to(index)
}

/// Waits until every bot has been welcomed, or will not be.
async fn join(plan: &Plan, tally: &SharedTally, live_line: &LiveLine) -> Result<(), SwarmError> {
    let clients = plan.args.clients as usize;
    let ramp = Duration::from_secs_f64(f64::from(plan.args.clients) / f64::from(plan.args.ramp_per_second));
    let latest = Instant::now() + ramp + JOIN_GRACE;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let tally = tally.borrow();
        if let (0, Some(reason)) = (tally.joined, &tally.refused) {
            return Err(SwarmError(reason.clone()));
        }
        // Nobody is left to wait for once everyone is in, or was turned away.
        if tally.joined as u64 + tally.disconnects + tally.refusals >= clients as u64 || Instant::now() > latest {
            break;
        }
        live_line.show(&tally, "joining", 0.0);
    }
    let tally = tally.borrow();
    if tally.joined == 0 {
        let reason = tally.disconnect_reasons.first().cloned();
        return Err(SwarmError(reason.unwrap_or_else(|| format!("{} lets nobody in", plan.args.url))));
    }
    Ok(())
}

async fn wait(length: Duration, tally: &SharedTally, live_line: &LiveLine, doing: &str) {
    let began = Instant::now();
    while let Some(left) = length.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        tokio::time::sleep(left.min(LOOK_EVERY)).await;
        let tally = tally.borrow();
        live_line.show(&tally, doing, began.elapsed().as_secs_f64());
        if tally.disconnects >= tally.joined as u64 {
            // Nobody is left to measure.
            break;
        }
    }
}

/// Has every verifying bot ask what the server counted, and gives the answers time to come.
async fn ask_reports(tally: &SharedTally, verifying: usize) {
    let until = Instant::now() + REPORT_MAX;
    let is_anyone_left = || tally.borrow().disconnects < tally.borrow().joined as u64;
    tally.borrow_mut().reports_asked += 1;
    let before = tally.borrow().reports_taken;
    while Instant::now() < until && is_anyone_left() && tally.borrow().reports_taken < before + verifying {
        tokio::time::sleep(LOOK_EVERY / 2).await;
    }
}

/// Processor time of a process from a moment on.
struct CpuOf {
    pid: Option<u32>,
    before: Option<CpuSeconds>,
}

impl CpuOf {
    fn new(pid: Option<u32>) -> Self {
        Self { pid, before: pid.and_then(CpuSeconds::of) }
    }

    fn spent(&self) -> Option<CpuSeconds> {
        Some(CpuSeconds::of(self.pid?)?.since(self.before?))
    }
}

/// A line that says how the run goes: a bar on a terminal, now and then a line elsewhere.
struct LiveLine {
    bar: ProgressBar,
    is_terminal: bool,
    last: RefCell<Instant>,
    clients: u32,
    seconds: u32,
}

impl LiveLine {
    fn new(plan: &Plan) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = ProgressBar::new(u64::from(plan.args.seconds) * 10);
        bar.set_draw_target(if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        bar.set_style(ProgressStyle::with_template("{bar:24} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            bar,
            is_terminal,
            last: RefCell::new(Instant::now()),
            clients: plan.args.clients,
            seconds: plan.args.seconds,
        }
    }

    fn show(&self, tally: &Tally, doing: &str, seconds: f64) {
        let message = self.message(tally, doing, seconds);
        if self.is_terminal {
            self.bar.set_position(if doing == "measuring" { (seconds * 10.0) as u64 } else { 0 });
            self.bar.set_message(message);
        } else if self.last.borrow().elapsed() >= LINE_EVERY {
            self.last.replace(Instant::now());
            complain!("{message}");
        }
    }

    fn message(&self, tally: &Tally, doing: &str, seconds: f64) -> String {
        let mut message = format!("{doing}: {} of {} joined", tally.joined, self.clients);
        if tally.is_measuring() && seconds > 0.0 {
            let per_client_second = seconds * tally.joined.max(1) as f64;
            message += &format!(
                ", {seconds:.0} of {} s, {:.1} updates/s, {:.0} B/s each",
                self.seconds,
                tally.updates as f64 / per_client_second,
                tally.payload_bytes_in as f64 / per_client_second
            );
        }
        if tally.divergences + tally.disconnects > 0 {
            message += &format!(", {} divergences, {} disconnects", tally.divergences, tally.disconnects);
        }
        message
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bot_has_a_ticket_of_its_own_and_where_they_do_not_suffice_that_is_told() {
        let file = std::env::temp_dir().join(format!("auspice-tickets-{}", std::process::id()));
        std::fs::write(&file, "one\ntwo\nthree\n").expect("a file can be written");
        let args = |clients| SwarmArgs { clients, tickets: Some(file.clone()), ..SwarmArgs::default() };
        let tickets = ["one", "two"].map(|ticket| Credential::Ticket(ticket.into()));
        assert!(credentials(&args(2)).is_ok_and(|credentials| credentials == tickets));
        let told = SwarmError(format!("{} has 3 tickets for 4 bots", file.display()));
        assert_eq!(credentials(&args(4)).err(), Some(told));
        std::fs::remove_file(&file).expect("it was there");
        assert!(credentials(&args(1)).is_err_and(|error| error.0.starts_with("no tickets in ")));
    }

    #[test]
    fn the_share_of_verifying_bots_is_kept_and_spread() {
        let count = |clients: u32, share: f64| (0..clients).filter(|&index| is_of_share(index, share)).count();
        assert_eq!(count(200, 0.05), 10);
        assert_eq!(count(10, 0.05), 1);
        assert_eq!(count(10, 0.0), 0);
        assert_eq!(count(10, 1.0), 10);
        assert_eq!(count(1, 0.01), 1);
    }
}
