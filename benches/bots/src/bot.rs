//! A bot: what follows the server behind its connections, what is counted of both, and its run loop.

use std::cell::RefCell;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use auspice::error::SetupError;
use auspice::message::{Credential, InputReport, ResumeToken};
use auspice::replica::ReplicaEvent;
use auspice::session::{Closed, ConnectionId, Follower as _, Session};
use auspice::{ClientId, EntityId, Game, Micros, Tick};
use auspice_socket::Dial;
use auspice_tcp::TcpCount;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;

use crate::comeback::Away;
use crate::connections::{BotSignal, Connections};
use crate::driver::Driver;
use crate::follower::{BotFollower, Depth};
use crate::lateness::Lateness;
use crate::tally::{Phase, Tally};

/// The counts of all bots of a run.
pub type SharedTally = Rc<RefCell<Tally>>;

/// A timer is set anew when it would be wrong by more than this. tokio's own are no finer than a millisecond.
const TIMER_SLACK: Duration = Duration::from_micros(500);

/// Time from one look to the next at a network that takes no message.
const FULL_PAUSE: Micros = Micros::from_millis(5);

/// A player's session that plays by a driver, and counts.
pub struct Bot<G: Game, D> {
    pub(crate) name: String,
    pub(crate) session: Session<BotFollower<G>>,
    connections: Connections,
    /// The connection of which its updates come, from its first message on.
    pub(crate) played_by: Option<ConnectionId>,
    /// The player that it is, by the newest update.
    pub(crate) identity: (Option<ClientId>, Option<EntityId>),
    /// Dials since its connection was lost.
    pub(crate) tries: u32,
    driver: D,
    pub(crate) tally: SharedTally,
    pub(crate) lateness: Lateness,
    echoes: u64,
    reports_asked: u32,
    /// The run's phase as it knows it, and what the kernel had counted of its connections when the window began.
    phase: Phase,
    counted_at_start: Option<TcpCount>,
    /// The server has let it in.
    pub(crate) is_welcome: bool,
    /// The server has answered an input of it.
    has_been_heard: bool,
    /// Marks one that was refused, or is tired of trying.
    pub(crate) is_over: bool,
    /// The join, until its view is complete.
    pub(crate) join: Option<Join>,
    /// Cuts that the supervisor asked for and that it knows of.
    pub(crate) cuts_known: u32,
    /// Chosen to be cut with the others.
    pub(crate) is_cut_too: bool,
    /// Absence, from the loss of its connection until it plays again.
    pub(crate) away: Option<Away>,
    /// The server's counts of its inputs when the window began.
    pub(crate) inputs_at_start: Option<InputReport>,
}

/// A join that is under way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Join {
    /// The time at which the socket was open.
    opened: Micros,
    welcome_bytes: u64,
    update_bytes: u64,
    /// Marks a return, which is no join to be timed.
    is_return: bool,
}

impl<G: Game, D: Driver<G>> Bot<G, D> {
    /// A bot called `name` that follows the game of `server` in this depth, and shows `credential` to one that does not
    /// know it. Is to live in tasks of one thread.
    ///
    /// # Errors
    /// [`SetupError`] where the name or the credential does not fit.
    pub fn new(
        name: String,
        depth: Depth,
        credential: Credential,
        driver: D,
        tally: SharedTally,
        server: Rc<Dial>,
    ) -> Result<Self, SetupError> {
        // What would only be found out at the first dial.
        drop(depth.follow::<G>(&name, credential.clone())?);
        let (called, seed) = (name.clone(), RandomState::new().hash_one(&name));
        let make = move |own: Option<Credential>| depth.follow(&called, own.unwrap_or_else(|| credential.clone()));
        Ok(Self {
            name,
            session: Session::following(seed, make),
            connections: Connections::new(server),
            played_by: None,
            identity: (None, None),
            tries: 0,
            driver,
            tally,
            lateness: Lateness::new(1),
            echoes: 0,
            reports_asked: 0,
            phase: Phase::Joining,
            counted_at_start: None,
            is_welcome: false,
            has_been_heard: false,
            is_over: false,
            join: None,
            cuts_known: 0,
            is_cut_too: true,
            away: None,
            inputs_at_start: None,
        })
    }

    /// A bot that has a spare connection where its inputs get stuck on their way, as players have.
    #[must_use]
    pub fn with_spare(mut self) -> Self {
        self.session = self.session.with_spare();
        self
    }

    /// A bot that never has two connections: for one whose connections are counted at both ends.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.session = self.session.dial_alone();
        self
    }

    /// A bot that stays when others are cut.
    #[must_use]
    pub fn staying(mut self) -> Self {
        self.is_cut_too = false;
        self
    }

    /// Plays until it has had `enough`, which is asked after whatever happens, or was refused, or is tired of trying to
    /// come back.
    pub async fn play(&mut self, start: Instant, enough: impl Fn(&Self) -> bool) {
        let mut timer = pin!(tokio::time::sleep_until(start));
        while !self.is_over && !enough(self) {
            let now = since(start);
            self.tend(now);
            poll_fn(|context| {
                self.transmit(context, now);
                Poll::Ready(())
            })
            .await;
            let due = self.next_due(now).map(|due| start + Duration::from_micros(due.0));
            if let Some(due) = due {
                let set = timer.deadline();
                if timer.is_elapsed() || set > due + TIMER_SLACK || due > set + TIMER_SLACK {
                    timer.as_mut().reset(due);
                }
            }
            tokio::select! {
                biased;
                (id, signal) = poll_fn(|context| self.connections.poll_signal(context)) => {
                    self.take(id, signal, since(start));
                }
                () = timer.as_mut(), if due.is_some() => {}
            }
        }
    }

    /// Says goodbye, and waits until that is done.
    pub async fn leave(&mut self) {
        self.note_phase();
        self.connections.leave().await;
    }

    /// Hangs up and dials as its session wants.
    fn tend(&mut self, now: Micros) {
        self.note_phase();
        self.hang_up(now);
        self.look_for_loss(now);
        if let Some(id) = self.session.poll_dial(now) {
            self.tries += u32::from(!self.session.is_spare(id));
            self.connections.dial(id, self.session.address(id));
        }
    }

    /// Has the kernel's count of its connections taken where the measured window begins and ends.
    fn note_phase(&mut self) {
        let mut tally = self.tally.borrow_mut();
        let before = std::mem::replace(&mut self.phase, tally.phase);
        if before == self.phase {
            return;
        }
        if self.phase == Phase::Measuring {
            self.counted_at_start = self.connections.counted();
        } else if before == Phase::Measuring
            && let (Some(start), Some(end)) = (self.counted_at_start, self.connections.counted())
        {
            tally.count_connections(end - start);
        }
    }

    /// Hangs up what its session is done with.
    pub(crate) fn hang_up(&mut self, now: Micros) {
        while let Some((id, how)) = self.session.poll_hang_up(now) {
            self.connections.hang_up(id, how);
            self.note_failed_try(id);
        }
    }

    /// Sends what is due on each of its connections.
    fn transmit(&mut self, context: &mut Context<'_>, now: Micros) {
        self.connections.send(context, |id| {
            if self.session.played_by() == Some(id) {
                steer(&mut self.session, &mut self.driver, now);
            }
            let message = Bytes::copy_from_slice(self.session.poll_transmit(id, now)?);
            self.tally.borrow_mut().count_sent(message.len());
            Some(message)
        });
    }

    /// The time at which it has something to do next, if nothing comes; `None` for one that has been refused.
    fn next_due(&self, now: Micros) -> Option<Micros> {
        let is_full = self.connections.are_full();
        self.session.next_due().map(|due| if is_full { due.max(now + FULL_PAUSE) } else { due })
    }

    /// Takes a signal of one of its connections.
    fn take(&mut self, id: ConnectionId, signal: BotSignal, now: Micros) {
        match signal {
            BotSignal::Opened => {
                if !self.is_welcome && !self.session.is_spare(id) {
                    self.join = Some(Join { opened: now, ..Join::default() });
                }
                self.session.handle_opened(id, now);
            }
            BotSignal::Message(bytes) => self.handle_message(id, &bytes, now),
            BotSignal::Closed(closed) => self.handle_closed(id, closed, now),
        }
    }

    /// A message came.
    fn handle_message(&mut self, id: ConnectionId, bytes: &[u8], now: Micros) {
        self.tally.borrow_mut().count_received(bytes.len());
        let is_spare = self.session.is_spare(id);
        let before = self.tick();
        // A server that breaks the protocol is hung up by the session, and that is a loss.
        if self.session.handle_message(id, bytes, now).is_err() || is_spare || self.session.played_by() != Some(id) {
            return;
        }
        if self.played_by != Some(id) {
            self.greet(id, bytes.len() as u64);
        } else if let Some(join) = &mut self.join {
            join.update_bytes += bytes.len() as u64;
        }
        if self.session.follower().is_none_or(|follower| follower.updates() == 0) {
            return;
        }
        self.count_update(before, now);
        self.hear();
        self.identity = self.session.follower().map_or((None, None), |follower| (follower.client(), follower.own()));
        if !matches!(self.session.follower(), Some(BotFollower::Whole(_))) || self.identity.1.is_some() {
            self.arrive(now);
        }
    }

    fn tick(&self) -> Tick {
        self.session.follower().map_or(Tick(0), BotFollower::tick)
    }

    /// The first message of a connection by which it plays came: the welcome, or where it played by another meanwhile,
    /// an update.
    fn greet(&mut self, id: ConnectionId, bytes: u64) {
        if self.played_by.is_some() {
            self.be_replaced();
        }
        let (tick_hz, send_every) = self.session.follower().map_or((0, 1), BotFollower::rates);
        match &mut self.join {
            Some(join) if !self.is_welcome => join.welcome_bytes = bytes,
            join => *join = Some(Join { is_return: true, ..Join::default() }),
        }
        (self.lateness, self.echoes) = (Lateness::new(tick_hz), 0);
        let mut tally = self.tally.borrow_mut();
        (tally.tick_hz, tally.send_every) = (tick_hz, send_every);
        tally.joined += usize::from(!self.is_welcome);
        (self.is_welcome, self.played_by) = (true, Some(id));
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
            (self.echoes, self.has_been_heard) = (report.echoes, true);
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
                    let line = format!(
                        "{}: at tick {tick} the view sums up to {held:08x}, the server says {stated:08x}",
                        self.name
                    );
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

    pub(crate) fn is_leaving(&self) -> bool {
        self.tally.borrow().phase == Phase::Leaving
    }

    /// Whether the server has let it in.
    #[must_use]
    pub const fn is_welcome(&self) -> bool {
        self.is_welcome
    }

    /// The end of its last connection, or of the last try to make one, until updates come again.
    #[must_use]
    pub const fn ending(&self) -> Option<&Closed> {
        self.session.ending()
    }

    /// The token by which it may come back, once welcomed.
    #[must_use]
    pub fn resume_token(&self) -> Option<ResumeToken> {
        self.session.resume_token()
    }

    /// Whether the server has answered an input of it: from then on it keeps the seat.
    #[must_use]
    pub const fn has_been_heard(&self) -> bool {
        self.has_been_heard
    }
}

/// Has the driver decide, where an input is due.
fn steer<G: Game, D: Driver<G>>(session: &mut Session<BotFollower<G>>, driver: &mut D, now: Micros) {
    let Some(follower) = session.follower_mut().filter(|follower| follower.next_due().is_some_and(|due| due <= now))
    else {
        return;
    };
    match follower {
        BotFollower::Whole(replica) if replica.is_playing() => {
            let input = driver.steer(replica, now);
            replica.set_input(input);
        }
        BotFollower::Light(skim) => skim.set_input(driver.steer_blind()),
        BotFollower::Whole(_) | BotFollower::Bare(_) => {}
    }
}

/// The bots' time: from the start of the run.
#[must_use]
pub fn since(start: Instant) -> Micros {
    start.elapsed().into()
}
