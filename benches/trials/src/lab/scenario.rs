//! [`Scenario`]: what is done to those who play, and what is said of how they fared.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::exposition::Exposition;
use auspice::Micros;
use auspice::error::CloseCode;

use super::crossing::Counts;
use super::measures::{Measures, ms, share_above};
use super::player::{InputCount, Sight};
use super::stage::{BARE_PORT, GAME_PORT, Setting, Stage};
use super::verdict::Figure;
use super::way::Order;
use super::wire;

/// Time for clocks to find their lead on the link as it is.
const SETTLING: Duration = Duration::from_secs(5);
/// The same before something is done to a link that harms nothing.
const SETTLING_CLEAN: Duration = Duration::from_secs(2);
/// Greatest time that the server's answers to what is asked may take.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// Greatest time to wait for somebody to play again.
const RETURN_MAX: Duration = Duration::from_secs(45);
/// Time for which all play on after the last is back: who is thrown out for what waited for it is thrown out now.
const AFTERMATH: Duration = Duration::from_secs(4);
/// Time in which what was on its way at some moment has arrived.
const ON_ITS_WAY: Duration = Duration::from_millis(150);

/// Rate of a narrow link, in bits a second, and bytes that may wait for it: nearly all of it is used by 20 players
/// and as many bare streams.
const NARROW: (u64, u64) = (1_000_000, 32 * 1024);
/// Echo at the median beyond the bare streams' where no input waits longer than it must, without loss and with
/// 2 %, in milliseconds: what was measured before inputs were given more time to arrive, and noise.
const ECHO_BEYOND_MS: [f64; 2] = [0.0, 3.0];

/// Something that happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing passes for so long.
    Cut(Duration),
    /// The clients' router forgets its table: all connections go on from other ports.
    Rebind,
    /// The clients' address changes: all connections end without a word.
    NewAddress,
    /// The server's process stands still for so long.
    ServerPause(Duration),
    /// The clients' programs stand still for so long.
    ClientPause(Duration),
}

/// Kind of a scenario.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The link stays as it is for so long.
    Steady(Duration),
    /// Something happens.
    Sudden(Disturbance),
}

/// Goals of a scenario. Without one, the figure is told and not judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goals {
    /// Inputs missing, in percent.
    pub missing_percent: Option<f64>,
    /// Age of the newest state at the 99th percentile, by the bare streams'.
    pub age_ratio: Option<f64>,
    /// Updates held back, in percent.
    pub held_back_percent: Option<f64>,
    /// Messages up, for each tick.
    pub messages_per_tick: Option<f64>,
    /// Echo at the median beyond the bare streams', in milliseconds.
    pub echo_beyond_ms: Option<f64>,
    /// Seconds until the last is back.
    pub back_seconds: Option<f64>,
}

/// A trial.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, for `--only`.
    pub name: String,
    /// Its link and game.
    pub setting: Setting,
    /// What is done.
    pub kind: Kind,
    /// What should come of it.
    pub goals: Goals,
}

impl Scenario {
    /// Plays it.
    ///
    /// # Errors
    /// A sentence where there is nothing to judge.
    pub fn play(&self, server: Option<&Path>) -> Result<Vec<Figure>, String> {
        let stage = Stage::set_up(self.setting, server)?;
        let mut figures = match self.kind {
            Kind::Steady(length) => self.play_steady(&stage, length)?,
            Kind::Sudden(disturbance) => self.play_sudden(&stage, disturbance)?,
        };
        let error_us = stage.link.take_error_us();
        let quantiles = [0.5, 0.99, 0.999].map(|quantile| ms(&error_us, quantile));
        let error = format!("{:.2} / {:.2} / {:.2} ms", quantiles[0], quantiles[1], quantiles[2]);
        figures.push(Figure::told("link's own error, p50 / p99 / p99.9", error));
        if !stage.link.is_precise {
            figures.push(Figure::told("the link's thread has no precedence", "coarse"));
        }
        figures.push(Figure::told("congestion control, clients / server", stage.congestion_controls().join(" / ")));
        Ok(figures)
    }

    fn play_steady(&self, stage: &Stage, length: Duration) -> Result<Vec<Figure>, String> {
        thread::sleep(SETTLING.min(length));
        let sights = stage.field.sights();
        let before = Counted::of(stage)?;
        stage.field.begin();
        let _ = stage.link.take_error_us();
        let began = Instant::now();
        thread::sleep(length);
        let (measures, seconds) = (stage.field.end(), began.elapsed().as_secs_f64());
        let after = Counted::of(stage)?;
        let window = Window { setting: self.setting, before, after, measures, seconds };
        let mut figures = window.figures(&self.goals);
        figures.extend(fates(stage, &sights));
        Ok(figures)
    }

    fn play_sudden(&self, stage: &Stage, disturbance: Disturbance) -> Result<Vec<Figure>, String> {
        thread::sleep(SETTLING_CLEAN);
        let before = stage.field.sights();
        disturb(stage, disturbance)?;
        let began = Instant::now();
        // Whoever does not come is told of below.
        let _ = stage.wait_for_all(RETURN_MAX, |sight| sight.back_after.is_some());
        thread::sleep(AFTERMATH.max(ON_ITS_WAY.saturating_sub(began.elapsed())));
        let mut backs: Vec<Option<Micros>> = stage.field.sights().iter().map(|sight| sight.back_after).collect();
        let on_its_way = match disturbance {
            Disturbance::Rebind | Disturbance::NewAddress => ON_ITS_WAY,
            _ => Duration::ZERO,
        };
        let (middle, last) = middle_and_last(&mut backs, on_its_way);
        let mut figures = vec![
            Figure::told("playing again after, median", format!("{middle:.2} s")),
            match self.goals.back_seconds {
                Some(goal) => Figure::at_most("playing again after, the last", last, goal, " s"),
                None => Figure::told("playing again after, the last", format!("{last:.2} s")),
            },
        ];
        if on_its_way.is_zero() {
            // Those that the others end have nobody who would dial anew.
            let (middle, last) = middle_and_last(&mut stage.field.bare_backs(), on_its_way);
            figures.push(Figure::told("bare streams, median / last", format!("{middle:.2} / {last:.2} s")));
        }
        figures.extend(fates(stage, &before));
        Ok(figures)
    }
}

/// Does it, and marks the moment from which on coming back is timed.
fn disturb(stage: &Stage, disturbance: Disturbance) -> Result<(), String> {
    match disturbance {
        Disturbance::Cut(length) => {
            stage.link.reshape(|shape| shape.is_cut = true);
            thread::sleep(length);
            stage.field.watch(Duration::ZERO);
            stage.link.reshape(|shape| shape.is_cut = false);
        }
        Disturbance::Rebind => {
            stage.field.watch(ON_ITS_WAY);
            stage.link.rebind();
        }
        Disturbance::NewAddress => {
            stage.field.watch(ON_ITS_WAY);
            stage.link.blackhole();
        }
        Disturbance::ServerPause(length) => {
            stage.pause_server(length)?;
            stage.field.watch(Duration::ZERO);
        }
        Disturbance::ClientPause(length) => {
            stage.field.pause(length);
            stage.field.watch(Duration::ZERO);
        }
    }
    Ok(())
}

/// Median and last of times since a mark that lies `later` behind the moment itself, in seconds; infinite where
/// somebody never came.
fn middle_and_last(times: &mut [Option<Micros>], later: Duration) -> (f64, f64) {
    times.sort_by_key(|time| time.map_or(u64::MAX, |time| time.0));
    let seconds = |time: Option<&Option<Micros>>| {
        time.copied().flatten().map_or(f64::INFINITY, |time| time.as_seconds() + later.as_secs_f64())
    };
    (seconds(times.get(times.len() / 2)), seconds(times.last()))
}

/// Whether everybody is still who it was, and what was said to those who are not.
fn fates(stage: &Stage, before: &[Sight]) -> Vec<Figure> {
    let (after, record) = (stage.field.sights(), stage.field.record());
    let is_same =
        |(before, after): &(&Sight, &Sight)| after.is_playing && before.client == after.client && before.own == after.own;
    let same = before.iter().zip(&after).filter(is_same).count();
    // Ends that a client answers by coming back as who it is are no throwing out.
    let is_out = |code: &Option<CloseCode>| {
        // A player's own newer connection takes over from its older one.
        code.is_some_and(|code| (code.ends_session() || code.is_final()) && code != CloseCode::TAKEN_OVER)
    };
    let thrown_out = record.ends.iter().filter(|(code, _)| is_out(code)).count();
    let mut figures = vec![
        Figure::exactly("players in the same ship as before", same as u64, before.len() as u64),
        Figure::exactly("players thrown out", thrown_out as u64, 0),
        Figure::exactly("views that differed", record.divergences, 0),
    ];
    let mut said: Vec<String> = record.ends.into_iter().map(|(code, sentence)| format!("{code:?} {sentence}")).collect();
    said.sort();
    for sentence in said.chunk_by(|one, other| one == other) {
        figures.push(Figure::told("connections that ended", format!("{} x {}", sentence.len(), sentence[0])));
    }
    figures
}

/// What both ends have counted at some moment.
struct Counted {
    inputs: Vec<Option<InputCount>>,
    server: Exposition,
    game: [Counts; 2],
    bare: [Counts; 2],
}

impl Counted {
    fn of(stage: &Stage) -> Result<Self, String> {
        stage.field.ask_inputs();
        // Whoever does not answer is left out, and that is told.
        let _ = stage.wait_for_all(ANSWER_MAX, |sight| sight.inputs.is_some());
        Ok(Self {
            inputs: stage.field.sights().into_iter().map(|sight| sight.inputs).collect(),
            server: stage.scrape()?,
            game: stage.link.counts(GAME_PORT),
            bare: stage.link.counts(BARE_PORT),
        })
    }
}

/// A measured window.
struct Window {
    setting: Setting,
    before: Counted,
    after: Counted,
    measures: Measures,
    seconds: f64,
}

impl Window {
    fn figures(&self, goals: &Goals) -> Vec<Figure> {
        let (measures, setting) = (&self.measures, &self.setting);
        let (missing, late, asked) = self.inputs();
        let hz = f64::from(setting.tick_hz);
        let client_seconds = self.seconds * setting.players as f64;
        let pair = |histogram, unit: &str| format!("{:.1} / {:.1} {unit}", ms(histogram, 0.5), ms(histogram, 0.99));
        let judged = |name, measured: f64, goal: Option<f64>, unit: &str| match goal {
            Some(goal) => Figure::at_most(name, measured, goal, unit),
            None => Figure::told(name, format!("{measured:.2}{unit}")),
        };
        // A bare message that is later than this would miss its tick with a lead of one tick.
        let lead_us = (setting.round_trip / 2 + setting.jitter).as_micros() as u64 + 1_000_000 / u64::from(setting.tick_hz);
        let (age, bare_age) = (ms(&measures.age_us, 0.99), ms(&measures.bare_age_us, 0.99));
        let echo_beyond = ms(&measures.echo_us, 0.5) - ms(&measures.bare_echo_us, 0.5);
        let messages = measures.messages_up as f64 / client_seconds;
        let mut figures = vec![
            judged("inputs missing", missing * 100.0, goals.missing_percent, " %"),
            Figure::told("inputs late", format!("{:.2} %", late * 100.0)),
            Figure::told(
                "bare messages later than a lead of one tick",
                format!("{:.2} %", share_above(&measures.way_up_us, lead_us) * 100.0),
            ),
            Figure::told("age of the newest state, p50 / p99", pair(&measures.age_us, "ms")),
            Figure::told("bare streams' age, p50 / p99", pair(&measures.bare_age_us, "ms")),
            judged("age p99 by the bare streams'", age / bare_age.max(1e-3), goals.age_ratio, ""),
            Figure::told("input to echo, p50 / p99", pair(&measures.echo_us, "ms")),
            Figure::told("bare streams' echo, p50 / p99", pair(&measures.bare_echo_us, "ms")),
            judged("echo p50 beyond the bare streams'", echo_beyond, goals.echo_beyond_ms, " ms"),
            judged("updates held back", self.held_back() * 100.0, goals.held_back_percent, " %"),
            Figure::told("updates, each client", format!("{:.2} /s", measures.updates as f64 / client_seconds)),
            judged("messages up, each client", messages, goals.messages_per_tick.map(|goal| goal * hz), " /s"),
            Figure::told("lead of inputs, mean / share of none", self.leads()),
            Figure::told(
                "bare way up, p1 / p50",
                format!("{:.1} / {:.1} ms", ms(&measures.way_up_us, 0.01), ms(&measures.way_up_us, 0.5)),
            ),
            Figure::told(
                "bare way down, p1 / p50",
                format!("{:.1} / {:.1} ms", ms(&measures.way_down_us, 0.01), ms(&measures.way_down_us, 0.5)),
            ),
        ];
        figures.push(self.way_is_as_asked());
        let sides = [("game, up", 0, true), ("game, down", 1, true), ("bare, up", 0, false), ("bare, down", 1, false)];
        for (name, side, is_game) in sides {
            let (before, after) =
                if is_game { (&self.before.game, &self.after.game) } else { (&self.before.bare, &self.after.bare) };
            figures.push(Figure::told(name, shown(&after[side].since(&before[side]), client_seconds)));
        }
        if asked < setting.players {
            figures.push(Figure::told("players that the share of inputs is of", format!("{asked} of {}", setting.players)));
        }
        figures
    }

    /// Share of ticks without an input, and with one that was late; number of players of which both ends of the
    /// window are known, on the same connection.
    fn inputs(&self) -> (f64, f64, usize) {
        let (mut missing, mut late, mut ticks, mut players) = (0, 0, 0, 0);
        for (before, after) in self.before.inputs.iter().zip(&self.after.inputs) {
            let (Some(before), Some(after)) = (before, after) else { continue };
            if before.connection == after.connection {
                missing += after.inputs.missing - before.inputs.missing;
                late += after.inputs.late - before.inputs.late;
                ticks += after.ticks - before.ticks;
                players += 1;
            }
        }
        let share = |count: u64| count as f64 / ticks.max(1) as f64;
        (share(missing), share(late), players)
    }

    /// Share of updates that were held back.
    fn held_back(&self) -> f64 {
        let since = |name| self.after.server.get(name) - self.before.server.get(name);
        let held_back = since("auspice_updates_held_back_total");
        held_back / (since("auspice_updates_total") + held_back).max(1.0)
    }

    /// Mean lead of inputs in ticks, by the server's samples.
    fn leads(&self) -> String {
        let since = |name| self.after.server.get(name) - self.before.server.get(name);
        let count = since("auspice_input_lead_ticks_count").max(1.0);
        let at_most_none = since("auspice_input_lead_ticks_bucket{le=\"0\"}");
        format!("{:.2} ticks / {:.0} %", since("auspice_input_lead_ticks_sum") / count, at_most_none / count * 100.0)
    }

    /// Whether the quickest bare messages took as long as was asked for: the lab's own check.
    fn way_is_as_asked(&self) -> Figure {
        let asked = self.setting.round_trip.as_secs_f64() * 1e3;
        let quickest = ms(&self.measures.way_up_us, 0.01) + ms(&self.measures.way_down_us, 0.01);
        // Of a hundred messages the quickest have next to no jitter, unless all share a queue.
        let most = if self.setting.order == Order::All { self.setting.jitter.as_secs_f64() * 2e3 } else { 3.0 };
        Figure::at_most("quickest round trip beyond what was asked for", quickest - asked, most, " ms")
    }
}

fn shown(counts: &Counts, client_seconds: f64) -> String {
    let each = |count: u64| count as f64 / client_seconds;
    let all = (counts.data + counts.repeated + counts.acks + counts.others).max(1);
    format!(
        "{:.1} + {:.1} again + {:.1} acks /s, {:.0} B/s, {:.2} % lost",
        each(counts.data),
        each(counts.repeated),
        each(counts.acks),
        each(counts.ip_bytes),
        counts.lost as f64 / all as f64 * 100.0
    )
}

/// The scenarios: all in full, or those of the gate in little. Steady ones last `length` where that is said.
#[must_use]
pub fn scenarios(is_short: bool, base: Setting, length: Option<Duration>) -> Vec<Scenario> {
    let mut scenarios = if is_short { short(base) } else { full(base) };
    for scenario in &mut scenarios {
        if let (Kind::Steady(steady), Some(length)) = (&mut scenario.kind, length) {
            *steady = length;
        }
    }
    scenarios
}

fn sudden(name: &str, setting: Setting, disturbance: Disturbance, back_seconds: Option<f64>) -> Scenario {
    let goals = Goals { back_seconds, ..Goals::default() };
    Scenario { name: name.into(), setting, kind: Kind::Sudden(disturbance), goals }
}

fn steady(name: &str, setting: Setting, length: Duration, goals: Goals) -> Scenario {
    Scenario { name: name.into(), setting, kind: Kind::Steady(length), goals }
}

/// What a busy machine can judge: who is still there.
fn short(base: Setting) -> Vec<Scenario> {
    let seconds = Duration::from_secs;
    let setting = Setting { players: base.players.min(8), ..base };
    vec![
        steady("loss-2", Setting { loss: 0.02, ..setting }, seconds(8), Goals::default()),
        sudden("cut-5", setting, Disturbance::Cut(seconds(5)), None),
        sudden("rebind", setting, Disturbance::Rebind, None),
        sudden("address", setting, Disturbance::NewAddress, None),
    ]
}

fn full(base: Setting) -> Vec<Scenario> {
    let (seconds, ms) = (Duration::from_secs, Duration::from_millis);
    let lossy = |loss| Setting { loss, ..base };
    let far = Setting { tick_hz: 60, round_trip: ms(150), loss: 0.01, ..base };
    let mut all = steady_with_loss(base);
    all.extend([
        steady("far-60", far, seconds(60), Goals { held_back_percent: Some(0.5), ..Goals::default() }),
        steady("reordered", Setting { order: Order::Free, ..lossy(0.01) }, seconds(30), Goals::default()),
        steady("narrow", Setting { rate: Some(NARROW), ..base }, seconds(30), Goals::default()),
    ]);
    // Not only the lengths at which a try of TCP's happens to follow.
    for length in 1..=6 {
        all.push(sudden(&format!("cut-{length}"), base, Disturbance::Cut(seconds(length)), Some(back_seconds_after_cut())));
    }
    all.extend([
        sudden("cut-8", base, Disturbance::Cut(seconds(8)), Some(back_seconds_after_cut())),
        sudden("cut-12", base, Disturbance::Cut(seconds(12)), None),
        sudden("cut-35", base, Disturbance::Cut(seconds(35)), None),
        sudden("rebind", base, Disturbance::Rebind, Some(1.0)),
        sudden("address", base, Disturbance::NewAddress, Some(3.5)),
        sudden("server-pause", base, Disturbance::ServerPause(seconds(5)), Some(0.6)),
        sudden("client-pause", base, Disturbance::ClientPause(seconds(5)), Some(0.6)),
    ]);
    all
}

/// A minute each of a link that loses nothing, one, two and five of a hundred.
fn steady_with_loss(base: Setting) -> Vec<Scenario> {
    let period_ms = 1e3 / f64::from(base.tick_hz);
    let minute = Duration::from_secs(60);
    let with_loss = |percent: u32, goals| {
        let setting = Setting { loss: f64::from(percent) / 100.0, ..base };
        steady(&format!("loss-{percent}"), setting, minute, goals)
    };
    let missing = |percent| Goals { missing_percent: Some(percent), ..Goals::default() };
    vec![
        with_loss(0, Goals { messages_per_tick: Some(1.01), echo_beyond_ms: Some(ECHO_BEYOND_MS[0]), ..Goals::default() }),
        with_loss(1, missing(0.5)),
        with_loss(2, Goals { age_ratio: Some(1.05), echo_beyond_ms: Some(ECHO_BEYOND_MS[1] + period_ms), ..missing(1.0) }),
        with_loss(5, missing(3.0)),
    ]
}

/// Seconds after which all play again where the network is back, by whether the kernel tries each second.
fn back_seconds_after_cut() -> f64 {
    if wire::tries_each_second() { 0.6 } else { 2.0 }
}
