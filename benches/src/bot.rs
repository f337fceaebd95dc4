//! A bot: a WebSocket, what follows the server behind it, and what is counted of both.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use auspice::error::SetupError;
use auspice::message::{Entry, InputReport, ResumeToken};
use auspice::replica::{Replica, ReplicaEvent, Skim};
use auspice::{ClientId, EntityId, Game, Micros, Tick};
use futures_util::{SinkExt, StreamExt};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::dial::{Connection, End};
use crate::driver::Driver;
use crate::tally::{Phase, Tally};

/// The counts of all bots of a run.
pub type SharedTally = Rc<RefCell<Tally>>;

/// Moments at which the age of the newest state is noted lie so far apart.
const AGE_EVERY: Micros = Micros::from_millis(10);
/// The earliest arrival is sought among those of the last one to two spans of this length.
const EPOCH_WINDOW: Micros = Micros::from_seconds(4);
/// A timer is set anew when it would be wrong by more than this. tokio's own are no finer than a millisecond.
const TIMER_SLACK: Duration = Duration::from_micros(500);

/// Part of the game that a bot follows.
pub enum Follower<G: Game> {
    /// Holds and verifies everything.
    Whole(Box<Replica<G>>),
    /// Reads the heads of updates.
    Light(Box<Skim<G>>),
    /// Talks to the bare-socket floor, which speaks no game: inputs of a byte out, updates counted.
    Bare(Metronome),
}

impl<G: Game> Follower<G> {
    /// A follower that holds everything, under `name`, and shows the server `entry`.
    ///
    /// # Errors
    /// As [`Replica::enter`].
    pub fn whole(name: &str, entry: Entry) -> Result<Self, SetupError> {
        Ok(Self::Whole(Box::new(Replica::enter(name, BUILD, entry)?)))
    }

    /// A follower that reads heads, under `name`, and shows the server `entry`.
    ///
    /// # Errors
    /// As [`Skim::enter`].
    pub fn light(name: &str, entry: Entry) -> Result<Self, SetupError> {
        Ok(Self::Light(Box::new(Skim::enter(name, BUILD, entry)?)))
    }
}

const BUILD: &str = concat!("auspice-bench ", env!("CARGO_PKG_VERSION"));

/// A clock that does nothing but beat: what a follower is to a server that has no ticks to speak of.
#[derive(Clone, Copy, Debug)]
pub struct Metronome {
    period: Micros,
    next: Micros,
    tick: Tick,
}

impl Metronome {
    /// Beats `tick_hz` times a second, from `phase` on.
    #[must_use]
    pub const fn new(tick_hz: u32, phase: Micros) -> Self {
        Self { period: Micros(1_000_000 / tick_hz as u64), next: phase, tick: Tick(0) }
    }
}

/// Age of the newest state.
///
/// The server makes tick `T` at a moment that the bot cannot see, but every update says when that was at the
/// latest: the least `arrival - T * period` over the updates of the last 4 to 8 seconds is the bot's estimate
/// of the moment of tick 0, and a state is as old as the time since its tick was due by that estimate. (Not
/// of all updates: a server that drops ticks has another schedule from then on.) The way of the quickest
/// update is therefore not in the age; jitter, late ticks, held-back updates and the wait for the next one
/// are. On a perfect link ages spread evenly between zero and one period. The age is noted at every whole
/// hundredth of a second, so that a stall weighs what it lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lateness {
    period_us: f64,
    /// The estimate of the last whole window, and of the one that has begun.
    epoch_us: [f64; 2],
    /// Start of that window.
    window: Micros,
    last: Option<(Micros, Tick)>,
}

impl Lateness {
    /// Before the first update of a server at `tick_hz`.
    #[must_use]
    pub fn new(tick_hz: u32) -> Self {
        Self { period_us: 1e6 / f64::from(tick_hz.max(1)), epoch_us: [f64::INFINITY; 2], window: Micros(0), last: None }
    }

    /// The state of `tick` came at `now`; `note` is given the ages that the state before it reached until now.
    pub fn arrived(&mut self, tick: Tick, now: Micros, mut note: impl FnMut(Micros)) {
        if now.since(self.window) > EPOCH_WINDOW {
            self.epoch_us = [self.epoch_us[1], f64::INFINITY];
            self.window = now;
        }
        self.epoch_us[1] = self.epoch_us[1].min(now.0 as f64 - self.period_us * f64::from(tick.0));
        if let Some((since, held)) = self.last {
            let due_us = self.epoch_us[0].min(self.epoch_us[1]) + self.period_us * f64::from(held.0);
            let first = since.0.div_ceil(AGE_EVERY.0);
            for moment in first..now.0.div_ceil(AGE_EVERY.0) {
                note(Micros(((moment * AGE_EVERY.0) as f64 - due_us).max(0.0) as u64));
            }
        }
        self.last = Some((now, tick));
    }
}

/// A bot without its socket.
pub struct Bot<G: Game, D> {
    name: String,
    follower: Follower<G>,
    driver: D,
    tally: SharedTally,
    lateness: Lateness,
    echoes: u64,
    reports_asked: u32,
    is_welcome: bool,
    /// The join, until its view is complete.
    join: Option<Join>,
    /// Cuts that the supervisor asked for and that it knows of.
    cuts_known: u32,
    /// Chosen to be cut with the others.
    is_cut_too: bool,
    /// Absence, from the loss of its connection until it plays again.
    away: Option<Away>,
    /// The server's counts of its inputs when the window began.
    inputs_at_start: Option<InputReport>,
}

/// The state that a bot wants to find again.
#[derive(Clone, Copy, Debug)]
struct Away {
    since: Micros,
    token: ResumeToken,
    client: Option<ClientId>,
    own: Option<EntityId>,
    has_dialled: bool,
}

/// A join that is under way.
#[derive(Clone, Copy, Debug, Default)]
struct Join {
    /// The time at which the socket was open.
    opened: Micros,
    welcome_bytes: u64,
    update_bytes: u64,
    /// Marks a return, which is no join to be timed.
    is_return: bool,
}

impl<G: Game, D: Driver<G>> Bot<G, D> {
    /// A bot called `name`.
    #[must_use]
    pub fn new(name: String, follower: Follower<G>, driver: D, tally: SharedTally) -> Self {
        let lateness = Lateness::new(1);
        Self {
            name,
            follower,
            driver,
            tally,
            lateness,
            echoes: 0,
            reports_asked: 0,
            is_welcome: false,
            join: None,
            cuts_known: 0,
            is_cut_too: true,
            away: None,
            inputs_at_start: None,
        }
    }

    /// A bot that stays when others are cut.
    #[must_use]
    pub fn staying(mut self) -> Self {
        self.is_cut_too = false;
        self
    }

    /// A message came.
    fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), String> {
        self.tally.borrow_mut().count_received(bytes.len());
        let before = self.tick();
        match &mut self.follower {
            Follower::Whole(replica) => replica.handle_message(bytes, now).map_err(|fault| fault.to_string())?,
            Follower::Light(skim) => skim.handle_message(bytes, now).map_err(|fault| fault.to_string())?,
            Follower::Bare(metronome) => metronome.tick = metronome.tick.next(),
        }
        if !self.is_welcome {
            self.welcome(bytes.len() as u64);
            return Ok(());
        }
        if let Some(join) = &mut self.join {
            join.update_bytes += bytes.len() as u64;
        }
        self.count_update(before, now);
        self.hear();
        if !matches!(self.follower, Follower::Whole(_)) || self.own().is_some() {
            self.arrive(now);
        }
        Ok(())
    }

    fn tick(&self) -> Tick {
        match &self.follower {
            Follower::Whole(replica) => replica.tick(),
            Follower::Light(skim) => skim.tick(),
            Follower::Bare(metronome) => metronome.tick,
        }
    }

    /// The first message came: it is the welcome.
    fn welcome(&mut self, bytes: u64) {
        let (tick_hz, send_every) = match &self.follower {
            Follower::Whole(replica) => replica.terms().map_or((0, 1), |terms| (terms.tick_hz, terms.send_every)),
            Follower::Light(skim) => skim.terms().map_or((0, 1), |terms| (terms.tick_hz, terms.send_every)),
            Follower::Bare(metronome) => ((1_000_000 / metronome.period.0) as u32, 1),
        };
        self.is_welcome = true;
        if let (Some(token), Some(away)) = (self.resume_token(), &mut self.away) {
            away.token = token;
        }
        if let Some(join) = &mut self.join {
            join.welcome_bytes = bytes;
        }
        self.lateness = Lateness::new(tick_hz);
        let mut tally = self.tally.borrow_mut();
        (tally.tick_hz, tally.send_every) = (tick_hz, send_every);
        tally.joined += usize::from(self.away.is_none());
    }

    fn count_update(&mut self, before: Tick, now: Micros) {
        let tick = self.tick();
        let mut tally = self.tally.borrow_mut();
        tally.count_update(tick.since(before));
        if let Some((last, _)) = self.lateness.last {
            tally.count_interval(now.since(last));
            if !self.is_cut_too && tally.comebacks.away > 0 {
                tally.comebacks.stayed_interval_us.saturating_record(now.since(last).0);
            }
        }
        self.lateness.arrived(tick, now, |age| tally.count_age(age));
        let report = match &self.follower {
            Follower::Whole(replica) => {
                let mut finding = self.driver.check(replica);
                tally.count_visible(replica.visible());
                if let Some(join) = self.join.take_if(|_| finding.is_complete()).filter(|join| !join.is_return) {
                    tally.count_join(now.since(join.opened), join.welcome_bytes, join.update_bytes, replica.visible());
                }
                if self.join.is_some() {
                    // A crowd comes into view over some updates.
                    finding.missing = 0;
                }
                tally.count_finding(finding);
                replica.report()
            }
            Follower::Light(skim) => skim.report(),
            Follower::Bare(_) => return,
        };
        if report.echoes > self.echoes {
            self.echoes = report.echoes;
            tally.count_echo(report.echo);
        }
    }

    /// Takes what happened to a replica, and asks for the server's report when the run wants it.
    fn hear(&mut self) {
        let Follower::Whole(replica) = &mut self.follower else { return };
        let mut tally = self.tally.borrow_mut();
        while let Some(happening) = replica.poll_event() {
            match happening {
                ReplicaEvent::Diverged { tick, held, stated } => {
                    tally.divergences += 1;
                    let line =
                        format!("{}: at tick {tick} the view sums up to {held:08x}, the server says {stated:08x}", self.name);
                    tally.keep_differing([line]);
                }
                ReplicaEvent::Differs { tick, lines } => {
                    tally.keep_differing(lines.into_iter().map(|line| format!("{}: tick {tick}: {line}", self.name)));
                }
                ReplicaEvent::Report { ticks, inputs, bits } => {
                    if tally.phase != Phase::Reporting {
                        self.inputs_at_start = Some(inputs);
                    }
                    tally.take_report(ticks, inputs, bits);
                }
                _ => {}
            }
        }
        if self.reports_asked < tally.reports_asked {
            self.reports_asked = tally.reports_asked;
            replica.ask_report();
        }
    }

    fn next_due(&self) -> Option<Micros> {
        match &self.follower {
            Follower::Whole(replica) => replica.next_due(),
            Follower::Light(skim) => skim.next_due(),
            Follower::Bare(metronome) => Some(metronome.next),
        }
    }

    fn poll_transmit(&mut self, now: Micros) -> Option<Bytes> {
        if self.next_due()? > now {
            return None;
        }
        let message = match &mut self.follower {
            Follower::Whole(replica) => {
                if replica.is_playing() {
                    let input = self.driver.steer(replica, now);
                    replica.set_input(input);
                }
                Bytes::copy_from_slice(replica.poll_transmit(now)?)
            }
            Follower::Light(skim) => {
                skim.set_input(self.driver.steer_blind());
                Bytes::copy_from_slice(skim.poll_transmit(now)?)
            }
            Follower::Bare(metronome) => {
                metronome.next = metronome.next + metronome.period;
                Bytes::from_static(&[0])
            }
        };
        self.tally.borrow_mut().count_sent(message.len());
        Some(message)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.tally.borrow().phase == Phase::Leaving
    }

    /// A socket is open.
    pub(crate) fn opened(&mut self, now: Micros) {
        self.join = Some(Join { opened: now, is_return: self.away.is_some(), ..Join::default() });
    }

    pub(crate) fn count_refusal(&self, reason: String) {
        self.tally.borrow_mut().refused.get_or_insert(reason);
    }

    /// Whether the server has let it in.
    #[must_use]
    pub const fn is_welcome(&self) -> bool {
        self.is_welcome
    }

    /// The token by which it may come back, once welcomed.
    #[must_use]
    pub fn resume_token(&self) -> Option<ResumeToken> {
        match &self.follower {
            Follower::Whole(replica) => replica.resume_token(),
            Follower::Light(skim) => skim.resume_token(),
            Follower::Bare(_) => None,
        }
    }

    /// Whether the server has answered an input of it: from then on it keeps the seat.
    #[must_use]
    pub fn has_been_heard(&self) -> bool {
        match &self.follower {
            Follower::Whole(replica) => replica.report().echoes > 0,
            Follower::Light(skim) => skim.report().echoes > 0,
            Follower::Bare(_) => false,
        }
    }
}

/// Losing the connection, and coming back.
impl<G: Game, D: Driver<G>> Bot<G, D> {
    /// Whether the supervisor wants its connection cut.
    pub(crate) fn is_to_be_cut(&self) -> bool {
        self.is_cut_too
            && self.away.is_none()
            && self.may_return()
            && self.tally.borrow().comebacks.cuts_asked > self.cuts_known
    }

    /// Whether it has what it needs to come back, and the server waits for it.
    pub(crate) fn may_return(&self) -> bool {
        self.has_been_heard() && self.resume_token().is_some()
    }

    /// Its connection was cut on purpose.
    pub(crate) fn cut(&mut self, now: Micros) {
        let asked = self.tally.borrow().comebacks.cuts_asked;
        self.cuts_known = asked;
        self.tally.borrow_mut().comebacks.cuts += 1;
        self.leave(now);
    }

    /// Its connection ended, and nobody wanted that.
    pub(crate) fn lost(&mut self, now: Micros, reason: &str) {
        self.tally.borrow_mut().count_disconnect(&self.name, reason);
        if self.away.is_none() && self.may_return() {
            self.leave(now);
        }
    }

    fn leave(&mut self, now: Micros) {
        let Some(token) = self.resume_token() else { return };
        self.away = Some(Away { since: now, token, client: self.client(), own: self.own(), has_dialled: false });
        let mut tally = self.tally.borrow_mut();
        tally.comebacks.away += 1;
        // The server counts a new connection's inputs from nothing.
        if let Some(inputs) = self.inputs_at_start.take() {
            tally.forget_inputs(&inputs);
        }
    }

    pub(crate) const fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// Whether it has not tried to come back yet.
    pub(crate) fn has_just_left(&self) -> bool {
        self.away.is_some_and(|away| !away.has_dialled)
    }

    /// Counts a try to come back that was turned away.
    pub(crate) fn count_try(&self) {
        self.tally.borrow_mut().comebacks.turned_away += 1;
    }

    /// Follows the server from nothing, and will show its newest token. False where it has none.
    pub(crate) fn start_anew(&mut self) -> bool {
        let Some(away) = &mut self.away else { return false };
        away.has_dialled = true;
        // A welcome on an earlier way back brought a newer one.
        let entry = Entry::Resume(away.token);
        let follower = match &self.follower {
            Follower::Whole(_) => Follower::whole(&self.name, entry),
            Follower::Light(_) => Follower::light(&self.name, entry),
            Follower::Bare(_) => return false,
        };
        let Ok(follower) = follower else { return false };
        (self.follower, self.is_welcome, self.echoes) = (follower, false, 0);
        true
    }

    /// Notes that it plays again, and as whom.
    fn arrive(&mut self, now: Micros) {
        let Some(away) = self.away.take() else { return };
        let is_same = away.client == self.client() && (away.own.is_none() || away.own == self.own());
        let mut tally = self.tally.borrow_mut();
        let is_measuring = tally.is_measuring();
        tally.comebacks.count(now.since(away.since), is_same, is_measuring);
    }

    fn client(&self) -> Option<ClientId> {
        match &self.follower {
            Follower::Whole(replica) => replica.client(),
            Follower::Light(skim) => skim.client(),
            Follower::Bare(_) => None,
        }
    }

    fn own(&self) -> Option<EntityId> {
        if let Follower::Whole(replica) = &self.follower { replica.own() } else { None }
    }
}

/// Sends what is due and takes what comes, with one timer, until the bot has had `enough`, which is asked after
/// each of either.
///
/// # Errors
/// Why the connection ended before.
pub async fn play<G: Game, D: Driver<G>>(
    bot: &mut Bot<G, D>,
    socket: &mut Connection,
    start: Instant,
    enough: impl Fn(&Bot<G, D>) -> bool,
) -> Result<(), End> {
    let mut timer = pin!(tokio::time::sleep_until(start));
    while !enough(bot) {
        while let Some(message) = bot.poll_transmit(since(start)) {
            socket.send(Message::Binary(message)).await.map_err(|error| error.to_string())?;
        }
        let due = bot.next_due().map(|due| start + Duration::from_micros(due.0));
        if let Some(due) = due {
            let set = timer.deadline();
            if timer.is_elapsed() || set > due + TIMER_SLACK || due > set + TIMER_SLACK {
                timer.as_mut().reset(due);
            }
        }
        tokio::select! {
            biased;
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) => bot.handle_message(&bytes, since(start))?,
                Some(Ok(Message::Close(frame))) => return Err(closed(frame.map(|frame| (frame.code.into(), frame.reason.to_string())))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.to_string().into()),
                None => return Err(closed(None)),
            },
            () = timer.as_mut(), if due.is_some() => {}
        }
    }
    Ok(())
}

fn closed(reason: Option<(u16, String)>) -> End {
    match reason {
        Some((code, sentence)) => End { code: Some(code), sentence: format!("closed by the server with {code}: {sentence}") },
        None => "closed by the server without a reason".to_string().into(),
    }
}

/// The bots' time: from the start of the run.
#[must_use]
pub fn since(start: Instant) -> Micros {
    Micros(start.elapsed().as_micros() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(arrivals: &[(u32, u64)]) -> Vec<u64> {
        let mut lateness = Lateness::new(50);
        let mut ages = Vec::new();
        for &(tick, now_ms) in arrivals {
            lateness.arrived(Tick(tick), Micros::from_millis(now_ms), |age| ages.push(age.0 / 1000));
        }
        ages
    }

    #[test]
    fn on_a_perfect_link_a_state_grows_old_for_one_period() {
        assert_eq!(ages(&[(1, 120), (2, 140), (3, 160)]), [0, 10, 0, 10]);
    }

    #[test]
    fn a_late_update_makes_its_state_older_and_a_stall_weighs_what_it_lasts() {
        assert_eq!(ages(&[(1, 120), (2, 140), (3, 180), (4, 180), (5, 200)]), [0, 10, 0, 10, 20, 30, 0, 10]);
    }

    #[test]
    fn a_schedule_that_slips_once_is_forgiven_in_time() {
        // From tick 10 on everything is 60 ms later than before.
        let arrivals: Vec<_> = (1..700).map(|tick| (tick, u64::from(tick) * 20 + if tick < 10 { 100 } else { 160 })).collect();
        let ages = ages(&arrivals);
        assert_eq!(ages[100..104], [60, 70, 60, 70]);
        assert_eq!(ages[ages.len() - 4..], [0, 10, 0, 10]);
    }
}
