//! A bot: a WebSocket, what follows the server behind it, and what is counted of both.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use auspice::error::SetupError;
use auspice::message::{Credential, InputReport, ResumeToken};
use auspice::replica::ReplicaEvent;
use auspice::session::{Closed, ConnectionId, Follower as _, Session};
use auspice::{ClientId, EntityId, Game, Micros, Tick};
use auspice_socket::{Dial, Upgraded};
use futures_util::{SinkExt, StreamExt};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::driver::Driver;
use crate::follower::{BotFollower, Depth};
use crate::lateness::Lateness;
use crate::spare::{SpareNews, SpareSocket};
use crate::tally::{Phase, Tally};

/// The counts of all bots of a run.
pub type SharedTally = Rc<RefCell<Tally>>;

/// A timer is set anew when it would be wrong by more than this. tokio's own are no finer than a millisecond.
const TIMER_SLACK: Duration = Duration::from_micros(500);

/// Tries to come back, one after the other, before a bot gives up. They take half a minute, as long as a seat is kept.
const TRIES_MAX: u32 = 15;

/// Dials that a newcomer makes at most of a server that does not answer: their patience comes to 14 seconds.
const FIRST_TRIES_MAX: u32 = 3;

/// A bot without its socket.
pub struct Bot<G: Game, D> {
    name: String,
    session: Session<BotFollower<G>>,
    /// The connection that the session dialled last.
    connection: Option<ConnectionId>,
    /// The way to the server for a spare connection, for one that may have such.
    server: Option<Rc<Dial>>,
    spare: Option<SpareSocket>,
    /// Dials since its connection was lost.
    tries: u32,
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
    client: Option<ClientId>,
    own: Option<EntityId>,
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
    /// A bot called `name` that follows the game in this depth, and shows `credential` to a server that does not know
    /// it.
    ///
    /// # Errors
    /// [`SetupError`] where the name or the credential does not fit.
    pub fn new(name: String, depth: Depth, credential: Credential, driver: D, tally: SharedTally) -> Result<Self, SetupError> {
        // What would only be found out at the first dial.
        drop(depth.follow::<G>(&name, credential.clone())?);
        let (called, seed) = (name.clone(), RandomState::new().hash_one(&name));
        let make = move |token: Option<ResumeToken>| {
            depth.follow(&called, token.map_or_else(|| credential.clone(), Credential::Resume))
        };
        let lateness = Lateness::new(1);
        Ok(Self {
            name,
            session: Session::following(seed, make).dial_alone(),
            connection: None,
            server: None,
            spare: None,
            tries: 0,
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
        })
    }

    /// A bot that dials `server` for a spare connection where its inputs get stuck on their way. Is to live in tasks
    /// of one thread.
    #[must_use]
    pub fn with_spare(mut self, server: Rc<Dial>) -> Self {
        self.server = Some(server);
        self.session = self.session.with_spare();
        self
    }

    /// A bot that stays when others are cut.
    #[must_use]
    pub fn staying(mut self) -> Self {
        self.is_cut_too = false;
        self
    }

    /// A message came.
    fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), Closed> {
        self.tally.borrow_mut().count_received(bytes.len());
        let before = self.tick();
        let Some(connection) = self.connection else { return Ok(()) };
        let taken = self.session.handle_message(connection, bytes, now);
        taken.map_err(|fault| Closed::without_word(fault.to_string()))?;
        if !self.is_welcome {
            self.welcome(bytes.len() as u64);
            return Ok(());
        }
        if let Some(join) = &mut self.join {
            join.update_bytes += bytes.len() as u64;
        }
        self.count_update(before, now);
        self.hear();
        if !matches!(self.session.follower(), Some(BotFollower::Whole(_))) || self.own().is_some() {
            self.arrive(now);
        }
        Ok(())
    }

    fn tick(&self) -> Tick {
        self.session.follower().map_or(Tick(0), BotFollower::tick)
    }

    /// The first message came: it is the welcome.
    fn welcome(&mut self, bytes: u64) {
        let (tick_hz, send_every) = self.session.follower().map_or((0, 1), BotFollower::rates);
        self.is_welcome = true;
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
        let report = match self.session.follower() {
            Some(BotFollower::Whole(replica)) => {
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
                *replica.report()
            }
            Some(BotFollower::Light(skim)) => *skim.report(),
            Some(BotFollower::Bare(_)) | None => return,
        };
        if report.echoes > self.echoes {
            self.echoes = report.echoes;
            tally.count_echo(report.echo);
        }
    }

    /// Takes what happened to a replica, and asks for the server's report when the run wants it.
    fn hear(&mut self) {
        let Some(BotFollower::Whole(replica)) = self.session.follower_mut() else { return };
        let mut tally = self.tally.borrow_mut();
        while let Some(event) = replica.poll_event() {
            match event {
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

    /// The time at which it has something to do next, if nothing comes; `None` for one that has been refused.
    pub(crate) fn next_due(&self) -> Option<Micros> {
        self.session.next_due()
    }

    fn poll_transmit(&mut self, now: Micros) -> Option<Bytes> {
        let follower = self.session.follower_mut()?;
        if follower.next_due()? > now {
            return None;
        }
        match follower {
            BotFollower::Whole(replica) if replica.is_playing() => {
                let input = self.driver.steer(replica, now);
                replica.set_input(input);
            }
            BotFollower::Light(skim) => skim.set_input(self.driver.steer_blind()),
            BotFollower::Whole(_) | BotFollower::Bare(_) => {}
        }
        let message = Bytes::copy_from_slice(self.session.poll_transmit(self.connection?, now)?);
        self.tally.borrow_mut().count_sent(message.len());
        Some(message)
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.tally.borrow().phase == Phase::Leaving
    }

    /// Whether it wants to be connected now. Then the caller opens a socket, and tells whether that was
    /// [`opened`](Self::opened) or [`lost`](Self::lost).
    pub fn dials(&mut self, now: Micros) -> bool {
        // Of its only connection, which its caller has dropped.
        while self.session.poll_hang_up(now).is_some() {}
        let dialled = self.session.poll_dial(now);
        if dialled.is_some() {
            (self.connection, self.is_welcome, self.echoes) = (dialled, false, 0);
            self.tries += 1;
        }
        dialled.is_some()
    }

    /// A socket is open.
    pub fn opened(&mut self, now: Micros) {
        if let Some(connection) = self.connection {
            self.session.handle_opened(connection, now);
        }
        self.join = Some(Join { opened: now, is_return: self.away.is_some(), ..Join::default() });
    }

    /// Waits until the server has been silent for too long, and returns that end.
    pub(crate) async fn patience(&mut self, start: Instant) -> Closed {
        loop {
            if let Some(closed) = self.fell_silent(since(start)) {
                return closed;
            }
            match self.next_due() {
                Some(due) => tokio::time::sleep_until(start + Duration::from_micros(due.0)).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Whether its session gave up its first dial for want of an answer, and tries again with more time.
    pub(crate) fn tries_again(&self) -> bool {
        !self.is_away() && !self.session.is_connected() && self.tries < FIRST_TRIES_MAX
    }

    /// Whether the server has been silent for too long.
    fn fell_silent(&mut self, now: Micros) -> Option<Closed> {
        while let Some((connection, _)) = self.session.poll_hang_up(now) {
            if self.spare.take_if(|spare| spare.id == connection).is_none() {
                return self.session.ending().cloned();
            }
        }
        None
    }

    /// Dials a spare connection where that helps, and has it carry what is due.
    fn tend_spare(&mut self, now: Micros) {
        if let Some(server) = &self.server
            && let Some(id) = self.session.poll_dial(now)
        {
            self.spare = Some(SpareSocket::dial(id, Rc::clone(server)));
        }
        let Some(spare) = &self.spare else { return };
        while let Some(message) = self.session.poll_transmit(spare.id, now) {
            self.tally.borrow_mut().count_sent(message.len());
            spare.send(Bytes::copy_from_slice(message));
        }
    }

    /// The next news of the spare connection; there is to be one.
    async fn spare_news(&mut self) -> SpareNews {
        match &mut self.spare {
            Some(spare) => spare.next().await,
            None => std::future::pending().await,
        }
    }

    fn hear_spare(&mut self, news: SpareNews, now: Micros) {
        let Some(id) = self.spare.as_ref().map(|spare| spare.id) else { return };
        match news {
            SpareNews::Opened => self.session.handle_opened(id, now),
            // What is wrong there is no concern of the other connection.
            SpareNews::Message(bytes) => drop(self.session.handle_message(id, &bytes, now)),
            SpareNews::Closed => {
                self.spare = None;
                self.session.handle_closed(id, Closed::without_word("the spare connection ended"), now);
            }
        }
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
        self.session.resume_token()
    }

    /// Whether the server has answered an input of it: from then on it keeps the seat.
    #[must_use]
    pub fn has_been_heard(&self) -> bool {
        self.session.follower().is_some_and(|follower| follower.report().echoes > 0)
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
        self.session.break_off("cut on purpose", now);
        self.leave(now);
    }

    /// Its connection ended, and nobody wanted that.
    pub(crate) fn lost(&mut self, now: Micros, closed: Closed) {
        if let Some(connection) = self.connection {
            self.session.handle_closed(connection, closed.clone(), now);
        }
        if self.is_away() && !closed.is_final() {
            // Turned away on the way back, as when many come at once.
            self.tally.borrow_mut().comebacks.turned_away += 1;
            return;
        }
        self.tally.borrow_mut().count_disconnect(&self.name, &closed.sentence);
        if !closed.is_final() && self.may_return() {
            self.leave(now);
        }
    }

    fn leave(&mut self, now: Micros) {
        if self.resume_token().is_none() {
            return;
        }
        self.away = Some(Away { since: now, client: self.client(), own: self.own() });
        self.tries = 0;
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

    /// Whether it is on its way back, and not tired of trying.
    pub(crate) const fn is_coming_back(&self) -> bool {
        self.is_away() && self.tries < TRIES_MAX
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
        self.session.follower().and_then(BotFollower::client)
    }

    fn own(&self) -> Option<EntityId> {
        self.session.follower().and_then(BotFollower::own)
    }
}

/// Sends what is due and takes what comes, with one timer, until the bot has had `enough`, which is asked after
/// each of either.
///
/// # Errors
/// Why the connection ended before.
pub async fn play<G: Game, D: Driver<G>>(
    bot: &mut Bot<G, D>,
    socket: &mut Upgraded,
    start: Instant,
    enough: impl Fn(&Bot<G, D>) -> bool,
) -> Result<(), Closed> {
    let mut timer = pin!(tokio::time::sleep_until(start));
    while !enough(bot) {
        if let Some(closed) = bot.fell_silent(since(start)) {
            return Err(closed);
        }
        while let Some(message) = bot.poll_transmit(since(start)) {
            socket.send(Message::Binary(message)).await.map_err(|error| Closed::without_word(error.to_string()))?;
        }
        bot.tend_spare(since(start));
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
                Some(Err(error)) => return Err(Closed::without_word(error.to_string())),
                None => return Err(closed(None)),
            },
            news = bot.spare_news() => bot.hear_spare(news, since(start)),
            () = timer.as_mut(), if due.is_some() => {}
        }
    }
    Ok(())
}

fn closed(reason: Option<(u16, String)>) -> Closed {
    match reason {
        Some((code, sentence)) => Closed::with(code, format!("closed by the server with {code}: {sentence}")),
        None => Closed::without_word("closed by the server without a reason"),
    }
}

/// The bots' time: from the start of the run.
#[must_use]
pub fn since(start: Instant) -> Micros {
    start.elapsed().into()
}
