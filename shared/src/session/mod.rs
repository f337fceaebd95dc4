//! A player's connection to a server, again and again: dial, greet, play, and after a loss wait and dial
//! again.
//!
//! A [`Session`] has no socket, no clock and no randomness of its own. It says when to dial
//! ([`Session::poll_dial`]), is told what the socket said, and decides: what each close code means for the
//! next try ([`CloseCode`]), how long to wait ([`BackOff`]), how much silence is too much (`link.rs`), and
//! which resume token to show. Behind each connection stands a [`Follower`].
//!
//! When what happens to a lost connection, on both sides, is one timetable: `shared/PROTOCOL.md` has it, and
//! `shared/tests/timetable.rs` plays it.
//!
//! Of two connections the server plays by the one that said hello last, and closes the other with 4011. So an
//! update of the older one ends a newer one that has not said hello; afterwards both stay until the newer has an
//! update, or is lost. A 4011 by the client's own doing is no end.

mod back_off;
mod connection;
mod follower;
mod link;
mod patience;
mod returning;
mod returns;
mod sent_on;
mod spare;
mod status;
mod talk;
mod talk_side;
mod ways;

pub use back_off::BackOff;
pub use connection::{Closed, Connection, HangUp};
pub use follower::Follower;
pub use link::ConnectionId;
pub use returns::Return;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::{CloseCode, PeerFault, SetupError};
use crate::game::Game;
use crate::limits::{CONNECTIONS_MAX, REDIAL_MILLIS, RETRY_AFTER_SECONDS_MAX, RIVAL_SECONDS};
pub use crate::link::Carried;
use crate::message::{Credential, ResumeToken};
use crate::replica::Replica;
use crate::rng::Rng;
use crate::tick::Micros;
use link::{SessionLink, Spare};
use patience::Patience;
use returns::Returns;
use talk_side::TalkSide;
use ways::Ways;

/// Makes the follower of the next connection, which shows this where the session has something to show.
type Make<F> = Box<dyn FnMut(Option<Credential>) -> Result<F, SetupError> + Send + Sync>;

/// A player's connections to a server, one after the other; for a moment two.
///
/// The run loop, at any time and again at [`next_due`](Self::next_due): [`poll_hang_up`](Self::poll_hang_up)
/// until there is nothing, [`poll_dial`](Self::poll_dial), then for each socket what it said
/// ([`handle_opened`](Self::handle_opened), [`handle_message`](Self::handle_message),
/// [`handle_closed`](Self::handle_closed)) and what it is to carry ([`poll_transmit`](Self::poll_transmit)).
/// All times are of one clock of the caller.
pub struct Session<F> {
    make: Make<F>,
    ways: Ways,
    /// The machine at which the room goes on soon, until it is dialled.
    ahead: Option<Box<str>>,
    token: Option<ResumeToken>,
    back_off: BackOff,
    patience: Patience,
    dials_beside: bool,
    dials_spare: bool,
    spare: Option<Spare>,
    /// The time before which no spare connection is dialled.
    spare_not_before: Micros,
    /// Oldest first, [`CONNECTIONS_MAX`] at most.
    links: Vec<SessionLink<F>>,
    /// The follower of the last connection, while there is none.
    kept: Option<F>,
    /// What the last connection that played has left for the next.
    carried: Option<Carried>,
    /// The time before which not to dial; without a connection, the time at which to.
    dial_at: Option<Micros>,
    /// The time until which a connection of our own that is no more may be taken for the player's new one.
    rival_until: Micros,
    hang_ups: VecDeque<(ConnectionId, HangUp)>,
    talk: TalkSide,
    returns: Returns,
    dials: u32,
    /// The end of the last connection, until the next brings an update.
    ending: Option<Closed>,
    refusal: Option<Closed>,
}

impl<G: Game> Session<Replica<G>> {
    /// A session of a player called `name`, which dials as soon as it is asked. `build` tells the server what
    /// program it is. `credential` is asked at each connection for what is shown to a server that does not know
    /// the player: a ticket is good once. `seed` should differ from client to client: the waits after a loss
    /// are drawn from it.
    pub fn new(
        name: &str,
        build: &str,
        seed: u64,
        mut credential: impl FnMut() -> Credential + Send + Sync + 'static,
    ) -> Self {
        let (name, build) = (String::from(name), String::from(build));
        let make = move |own: Option<Credential>| Replica::enter(&name, &build, own.unwrap_or_else(&mut credential));
        Self::following(seed, make)
    }
}

impl<F: Follower> Session<F> {
    /// A session whose followers are made by `make`, one for each connection. It is handed what the session itself has
    /// to show, if there is something: the token by which the player comes back, or the word of a machine that sent it
    /// to another one.
    pub fn following(
        seed: u64,
        make: impl FnMut(Option<Credential>) -> Result<F, SetupError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            make: Box::new(make),
            ways: Ways::default(),
            ahead: None,
            token: None,
            back_off: BackOff::new(Rng::new(seed)),
            patience: Patience::default(),
            dials_beside: true,
            dials_spare: false,
            spare: None,
            spare_not_before: Micros(0),
            links: Vec::new(),
            kept: None,
            carried: None,
            dial_at: Some(Micros(0)),
            rival_until: Micros(0),
            hang_ups: VecDeque::new(),
            talk: TalkSide::default(),
            returns: Returns::default(),
            dials: 0,
            ending: None,
            refusal: None,
        }
    }

    /// Comes back, at its first connection, as the player whom a server gave `token`, if that still waits;
    /// otherwise as anybody.
    #[must_use]
    pub const fn resume_by(mut self, token: ResumeToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Never dials a second connection beside a silent one: for a caller with one socket.
    #[must_use]
    pub const fn dial_alone(mut self) -> Self {
        self.dials_beside = false;
        self
    }

    /// Says goodbye, and stays away.
    pub fn leave(&mut self) {
        self.hang_up_all(HangUp::Goodbye);
        self.carried = None;
        (self.token, self.dial_at, self.ending, self.refusal) = (None, None, None, None);
        self.returns = Returns::default();
        self.back_off.forget();
        self.ways.forget();
    }

    /// Dials at once, whatever was before: after [`leave`](Self::leave) or a refusal, or in place of waiting.
    /// What is connected is abandoned; the player is the same if the server still knows it.
    pub fn reconnect(&mut self) {
        self.hang_up_all(HangUp::Abandon);
        (self.dial_at, self.ending, self.refusal) = (Some(Micros(0)), None, None);
        self.back_off.forget();
    }

    /// Breaks every connection at `now` without a word, because of `why`, and dials anew after the usual wait.
    pub fn break_off(&mut self, why: &str, now: Micros) {
        while let Some(id) = self.links.first().map(|link| link.id) {
            self.abandon(id, Closed::without_word(why), now);
        }
    }

    /// Whom to connect for: the caller opens a socket, and names it by this. `None` while nothing is to be
    /// dialled at `now`.
    pub fn poll_dial(&mut self, now: Micros) -> Option<ConnectionId> {
        self.give_up_silent(now);
        if let Some(id) = self.dial_spare(now) {
            return Some(id);
        }
        self.dial_due().filter(|&at| at <= now)?;
        if let Some(address) = self.ahead.take() {
            return self.dial_ahead(address, now);
        }
        self.dial_at = None;
        self.rival_until = self.rival_until.min(now + Micros::from_seconds(RIVAL_SECONDS));
        // Whoever is sent with a word joins there; its seat was where it was before.
        let word = self.ways.take_word().map(Credential::Sent);
        let comes_back = self.token.is_some() && word.is_none();
        match (self.make)(word.or_else(|| self.token.map(Credential::Resume))) {
            Ok(follower) => {
                let id = self.next_id();
                if let Some(kept) = self.kept.take() {
                    self.keep_from(&kept);
                }
                self.carried = self.carried.take().filter(|_| comes_back);
                self.links.push(SessionLink::new(
                    id,
                    follower,
                    self.ways.next(),
                    (comes_back, self.patience.time()),
                    now,
                ));
                Some(id)
            }
            Err(error) => {
                self.refusal = Some(Closed::without_word(error.to_string()));
                None
            }
        }
    }

    fn next_id(&mut self) -> ConnectionId {
        let id = ConnectionId(self.dials);
        self.dials = self.dials.wrapping_add(1);
        id
    }

    /// The next connection that the caller is to end at `now`, and how; nothing more is taken of it.
    pub fn poll_hang_up(&mut self, now: Micros) -> Option<(ConnectionId, HangUp)> {
        self.give_up_silent(now);
        self.hang_ups.pop_front()
    }

    /// The server took the connection at `now`.
    pub fn handle_opened(&mut self, id: ConnectionId, now: Micros) {
        if self.is_spare(id) {
            self.open_spare();
        }
        let Some(index) = self.index(id) else { return };
        let took = self.links[index].open(now);
        self.patience.note_answer(took);
    }

    /// A message of the server came at `now`. What comes on a connection that was hung up is passed over.
    ///
    /// # Errors
    /// What the server did wrong; the connection is to be hung up, and another will be dialled.
    pub fn handle_message(&mut self, id: ConnectionId, bytes: &[u8], now: Micros) -> Result<(), PeerFault> {
        if self.is_spare(id) {
            self.handle_spare(bytes, now);
        }
        let Some(index) = self.index(id) else { return Ok(()) };
        self.hand_over(index);
        let link = &mut self.links[index];
        let token = link.follower.resume_token();
        let is_update = match link.handle_message(bytes, now) {
            Ok(is_update) => is_update,
            Err(fault) => {
                self.abandon(id, Closed::without_word(format!("the server broke the protocol: {fault}")), now);
                return Err(fault);
            }
        };
        link.is_welcome |= link.follower.is_playing();
        // Each welcome has one, and each room that the player comes to has a welcome.
        if link.follower.resume_token() != token {
            self.token = link.follower.resume_token().or(self.token);
        }
        if let Some(ways) = link.follower.take_ways() {
            self.ways.tell(ways);
        }
        if let Some(address) = link.follower.take_ahead() {
            self.look_ahead(&address);
        }
        if is_update {
            self.note_update(index, now);
            self.settle_on(index, now);
        }
        Ok(())
    }

    /// The connection is no more, since `now`: it was closed, or it never came to be.
    pub fn handle_closed(&mut self, id: ConnectionId, closed: Closed, now: Micros) {
        if self.is_spare(id) {
            self.lose_spare(Some(now));
        }
        let Some(index) = self.index(id) else { return };
        let link = self.links.remove(index);
        self.ahead = None;
        if link.is_ahead && !self.links.is_empty() {
            // The player plays on where it is, whatever the other machine says.
            return self.let_go(&link, now);
        }
        // The server took another connection of our own for the player's new one.
        let has_rival = self.links.iter().any(|other| other.has_spoken) || now < self.rival_until;
        let is_own_doing = closed.code == Some(CloseCode::TAKEN_OVER) && has_rival;
        if closed.code.is_none() {
            self.let_go(&link, now);
        }
        if closed.ends_session() && !is_own_doing {
            self.returns.lose_seat(self.token.take(), &closed);
            self.carried = None;
            self.ways.forget();
        }
        let (is_sent_on, closed) = self.be_sent_on(closed);
        if closed.is_final() && !is_own_doing {
            self.hang_up_all(HangUp::Abandon);
            self.dial_at = None;
            self.refusal = Some(closed.clone());
        } else if index == self.links.len() {
            // It was the newest. Whoever is asked to stay away for a while does, and does not come back with
            // everybody else.
            let asked = closed.retry_after.unwrap_or_default().min(Micros::from_seconds(RETRY_AFTER_SECONDS_MAX));
            let has_more = closed.code != Some(CloseCode::MOVED) && !link.is_welcome && self.ways.fail();
            let wait = if is_sent_on || has_more { Micros(0) } else { self.back_off.next_wait() };
            self.dial_at = Some(now + wait + asked);
        }
        if index == 0 {
            let sentence =
                if closed.sentence.is_empty() { "the connection was closed".into() } else { closed.sentence };
            self.ending = Some(Closed { sentence, ..closed });
        }
        if self.links.is_empty() {
            self.kept = Some(link.follower);
        } else {
            self.keep_from(&link.follower);
        }
    }

    /// The next message for the server on this connection, if one is due at `now`. Call until there is none,
    /// and only while the socket takes messages: each builds on the one before.
    pub fn poll_transmit(&mut self, id: ConnectionId, now: Micros) -> Option<&[u8]> {
        if self.is_spare(id) {
            return self.poll_spare();
        }
        let index = self.index(id)?;
        self.links[index].poll_transmit(now)
    }

    /// The time at which one of the `poll_*` will have something, if nothing comes before: the next message,
    /// dial or end of patience.
    #[must_use]
    pub fn next_due(&self) -> Option<Micros> {
        let messages = self.links.iter().filter(|link| link.is_open).filter_map(|link| link.follower.next_due());
        let dial = self.dial_due().into_iter();
        let hang_up = self.hang_ups.front().map(|_| Micros(0)).into_iter();
        let given_up = self.links.iter().map(SessionLink::given_up_at);
        given_up.chain(messages).chain(self.spare_due()).chain(dial).chain(hang_up).min()
    }

    /// Whether it still has this connection.
    #[cfg(feature = "sim")]
    pub(crate) fn holds(&self, id: ConnectionId) -> bool {
        self.index(id).is_some()
    }

    fn index(&self, id: ConnectionId) -> Option<usize> {
        self.links.iter().position(|link| link.id == id)
    }

    /// The time at which to dial: without a connection, or beside a silent one.
    fn dial_due(&self) -> Option<Micros> {
        let wait = self.dial_at.unwrap_or_default();
        match &self.links[..] {
            [] => self.dial_at,
            [_] if self.ahead.is_some() => Some(Micros(0)),
            [link] if self.dials_beside && link.is_open && self.links.len() < CONNECTIONS_MAX => {
                Some(wait.max(link.silent_since() + Micros::from_millis(REDIAL_MILLIS) + link.follower.silence()))
            }
            _ => None,
        }
    }

    /// An update came on this connection: there is nothing to wait for. The older ones are abandoned, and a newer
    /// one is, unless it has said hello: by then the server may have closed this one for it.
    fn settle_on(&mut self, index: usize, now: Micros) {
        let id = self.links[index].id;
        let is_stale = |link: &SessionLink<F>| link.id < id || (link.id > id && !link.has_spoken && !link.is_ahead);
        while let Some(other) = self.links.iter().position(is_stale) {
            let other = self.links.remove(other);
            self.let_go(&other, now);
            self.hang_ups.push_back((other.id, HangUp::Abandon));
        }
        self.links.iter_mut().filter(|link| link.id == id).for_each(|link| link.is_ahead = false);
        (self.dial_at, self.ending) = (None, None);
        self.back_off.forget();
        self.ways.settle();
    }

    /// The connection at `index` begins to play with its next message, if it comes back: it takes over what the one
    /// before has left, which may be there still.
    fn hand_over(&mut self, index: usize) {
        if self.links[index].begins_to_play() {
            let before = self.links[..index].iter().rfind(|link| link.has_update);
            let left = before.and_then(|link| link.follower.carry()).or_else(|| self.carried.take());
            if let Some(carried) = left {
                self.links[index].follower.adopt(carried);
            }
        }
    }

    /// Keeps what the follower of a connection that is no more has left for the next.
    fn keep_from(&mut self, follower: &F) {
        let Some(left) = follower.carry() else { return };
        match &mut self.carried {
            Some(carried) if follower.updates() == 0 => carried.append(left),
            carried => *carried = Some(left),
        }
    }

    /// Takes note that nobody waits for this connection any more.
    fn let_go(&mut self, link: &SessionLink<F>, now: Micros) {
        if link.may_be_taken_late() {
            self.rival_until = now + Micros::from_seconds(RIVAL_SECONDS);
        }
    }

    fn give_up_silent(&mut self, now: Micros) {
        while let Some(link) = self.links.iter_mut().find_map(|link| link.is_lost(now).then_some(&*link)) {
            let (id, is_open) = (link.id, link.is_open);
            let sentence = if is_open { "the server fell silent" } else { "no answer in time" };
            if !is_open {
                self.patience.note_silence();
                // It has waited already.
                self.back_off.forget();
            }
            self.abandon(id, Closed::without_word(sentence), now);
        }
        self.tend_spare(now);
    }

    /// Loses a connection that the caller still has a socket for.
    fn abandon(&mut self, id: ConnectionId, closed: Closed, now: Micros) {
        self.hang_ups.push_back((id, HangUp::Abandon));
        self.handle_closed(id, closed, now);
    }

    fn hang_up_all(&mut self, how: HangUp) {
        self.ahead = None;
        if self.links.iter().any(SessionLink::may_be_taken_late) {
            // For as long as that may be after the next dial.
            self.rival_until = Micros(u64::MAX);
        }
        for link in core::mem::take(&mut self.links) {
            self.keep_from(&link.follower);
            self.hang_ups.push_back((link.id, how));
        }
        if let Some(kept) = self.kept.take() {
            self.keep_from(&kept);
        }
    }
}
