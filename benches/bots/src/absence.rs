//! A bot's absence: losing its connection, and coming back.

use auspice::session::{Closed, ConnectionId};
use auspice::{Game, Micros};

use crate::bot::Bot;
use crate::comeback::Away;
use crate::driver::Driver;

/// Tries to come back, one after the other, before a bot gives up. They take half a minute, as long as a seat is kept.
const TRIES_MAX: u32 = 15;

/// Dials that a newcomer makes at most of a server that does not answer: their patience comes to 14 seconds.
const FIRST_TRIES_MAX: u32 = 3;

impl<G: Game, D: Driver<G>> Bot<G, D> {
    /// A connection is no more, as its socket says.
    pub(crate) fn handle_closed(&mut self, id: ConnectionId, closed: Closed, now: Micros) {
        if self.session.is_spare(id) {
            return self.session.handle_closed(id, closed, now);
        }
        let was_open = self.join.is_some();
        self.session.handle_closed(id, closed.clone(), now);
        if !self.is_welcome && !was_open {
            self.refuse(closed.sentence);
        } else if !self.is_welcome || (self.away.is_some() && closed.is_final()) {
            self.lose(&closed, now);
        } else {
            self.note_failed_try(id);
            self.look_for_loss(now);
        }
    }

    /// Notes that it was not let in.
    fn refuse(&mut self, why: String) {
        let mut tally = self.tally.borrow_mut();
        tally.refusals += 1;
        tally.refused.get_or_insert(why);
        drop(tally);
        self.is_over = true;
    }

    /// Notes that a connection failed on the way back: it was turned away, as when many come at once, or not answered.
    pub(crate) fn note_failed_try(&mut self, id: ConnectionId) {
        if self.away.is_some() && self.played_by != Some(id) && !self.session.is_spare(id) {
            self.tally.borrow_mut().comebacks.turned_away += 1;
            self.is_over |= self.tries >= TRIES_MAX;
        }
    }

    /// Finds out whether the connection is gone by which it played, or the first was not answered.
    pub(crate) fn look_for_loss(&mut self, now: Micros) {
        if self.played_by.is_some() && self.session.played_by() != self.played_by {
            let closed = self.session.ending().cloned().unwrap_or_default();
            self.lose(&closed, now);
        } else if !self.is_welcome && !self.session.is_connected() && self.tries >= FIRST_TRIES_MAX {
            self.refuse(self.session.ending().map_or_else(String::new, |closed| closed.sentence.clone()));
        }
    }

    /// Its connection ended, and nobody wanted that.
    fn lose(&mut self, closed: &Closed, now: Micros) {
        self.tally.borrow_mut().count_disconnect(&self.name, &sentence(closed));
        if closed.is_final() || !self.may_return() {
            self.is_over = true;
        } else {
            self.go_away(now);
        }
    }

    /// The connection by which it played fell silent, and another plays on: a loss that is over.
    pub(crate) fn be_replaced(&mut self) {
        self.tally.borrow_mut().count_disconnect(&self.name, "it fell silent; played on by a second connection");
        if let Some((heard_at, _)) = self.lateness.last {
            self.go_away(heard_at);
        }
    }

    /// Whether the supervisor wants its connection cut.
    pub(crate) fn is_to_be_cut(&self) -> bool {
        self.is_cut_too
            && self.away.is_none()
            && self.may_return()
            && self.tally.borrow().comebacks.cuts_asked > self.cuts_known
    }

    /// Whether it has what it needs to come back, and the server waits for it.
    fn may_return(&self) -> bool {
        self.has_been_heard() && self.resume_token().is_some()
    }

    /// Cuts its connections on purpose, without a goodbye.
    pub(crate) fn cut(&mut self, now: Micros) {
        self.cuts_known = self.tally.borrow().comebacks.cuts_asked;
        self.tally.borrow_mut().comebacks.cuts += 1;
        self.session.break_off("cut on purpose", now);
        self.hang_up(now);
        self.go_away(now);
    }

    fn go_away(&mut self, since: Micros) {
        let (client, own) = self.identity;
        self.away = Some(Away { since, client, own });
        (self.tries, self.played_by) = (0, None);
        let mut tally = self.tally.borrow_mut();
        tally.comebacks.away += 1;
        // The server counts a new connection's inputs from nothing.
        if let Some(inputs) = self.inputs_at_start.take() {
            tally.forget_inputs(&inputs);
        }
    }

    /// Notes that it plays again, and as whom.
    pub(crate) fn arrive(&mut self, now: Micros) {
        let Some(away) = self.away.take() else { return };
        let (client, own) = self.identity;
        let is_same = away.client == client && (away.own.is_none() || away.own == own);
        let mut tally = self.tally.borrow_mut();
        let is_measuring = tally.is_measuring();
        tally.comebacks.count(now.since(away.since), is_same, is_measuring);
    }
}

/// An end as a run's report says it.
fn sentence(closed: &Closed) -> String {
    match closed.code {
        Some(code) => format!("closed by the server with {code}: {}", closed.sentence),
        None if closed.sentence.is_empty() => "closed by the server without a reason".into(),
        None => closed.sentence.clone(),
    }
}
