//! [`Return`]: what a player is to be told who was without a connection, once it plays again.
//!
//! All of it is known for sure, from what the client held and what it is welcomed with. A server that was started again
//! on its log, and lost nothing, does not say so: of that only the time is seen that did not pass in the world.

use alloc::string::String;
use core::fmt;
use core::mem::take;

use super::{Closed, ConnectionId};
use crate::limits::{REDIAL_MILLIS, STALLED_MILLIS};
use crate::message::ResumeToken;
use crate::tick::{Micros, Tick};

/// Time that the world stood still of which a player is told, where it is a quarter of the absence: time that became a
/// little slower meanwhile is none.
const STOOD_STILL_TOLD: Micros = Micros::from_seconds(1);
/// Time after a return within which the next absence is the same one: a program that stood still reads first what waits
/// on a connection that is lost.
const SETTLED_AFTER: Micros = Micros::from_seconds(1);

/// A player's return after it was without a connection: for how long, and what that has cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Return {
    /// Time from the last update before to the first one since. A program that stood still itself does not know of all
    /// that time: then it is what has passed in the world. Zero where another program, or the page before, was here
    /// last.
    pub away: Micros,
    /// Time of it, at least, that did not pass in the world: its server stood still, was started again, or makes time
    /// slower. Zero on the same connection and in another seat, where that is not known.
    pub stood_still: Micros,
    /// Ticks that the player held and the world does not have any more, at least: as many as it is welcomed before
    /// them. A power cut takes some, and so may another build of the server. 0 in another seat.
    pub ticks_lost: u32,
    /// Time that those ticks took.
    pub went_back: Micros,
    /// Whether the player is who it was. Its seat may be gone: after the grace time, or in a new world.
    pub same_seat: bool,
    /// The reason why its seat is gone, in the server's words; empty in the same seat, and where nobody said.
    pub why: String,
}

impl Return {
    /// Whether it is worth a word: one that was as short as a stall of which nobody is told, and cost nothing, is none.
    fn is_told(&self) -> bool {
        !self.same_seat || self.ticks_lost > 0 || self.away > Micros::from_millis(STALLED_MILLIS)
    }
}

/// A plain line for the player.
impl fmt::Display for Return {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "You are back")?;
        if self.away > Micros(0) {
            write!(f, " after {}", SaidSeconds(self.away))?;
        }
        if !self.same_seat {
            let why = if self.why.is_empty() { "your place was not kept" } else { &self.why };
            return write!(f, " as a new player: {why}.");
        }
        write!(f, " as the same player.")?;
        if self.ticks_lost > 0 {
            let went_back = SaidSeconds(self.went_back);
            write!(f, " The server lost what happened last: the world went back by {went_back}.")?;
        } else if self.stood_still >= STOOD_STILL_TOLD && self.stood_still.0 >= self.away.0 / 4 {
            write!(f, " The world stood still for {} and goes on.", SaidSeconds(self.stood_still))?;
        }
        Ok(())
    }
}

/// A span as a player reads it: tenths of a second, and whole ones from ten on.
struct SaidSeconds(Micros);

impl fmt::Display for SaidSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_seconds();
        if seconds < 9.95 { write!(f, "{:.1} s", seconds.max(0.1)) } else { write!(f, "{seconds:.0} s") }
    }
}

/// The newest update of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewestUpdate {
    pub(super) by: ConnectionId,
    pub(super) at: Micros,
    /// Its tick, and the time of one, where that is known.
    pub(super) tick: Option<(Tick, Micros)>,
}

/// State of a session that tells of its player's returns.
#[derive(Debug, Default)]
pub(super) struct Returns {
    newest: Option<NewestUpdate>,
    /// The last absence: its beginning and its end.
    absence: Option<(Micros, Micros)>,
    /// The reason why the seat is gone, until the player has another.
    why_gone: String,
    pub(super) untold: Option<Return>,
}

impl Returns {
    /// The seat is gone to which this token led, if there was one, by what the server said in the end.
    pub(super) fn lose_seat(&mut self, token: Option<ResumeToken>, closed: &Closed) {
        if token.is_some() {
            // Behind a semicolon it says what to do about it, which the session does.
            self.why_gone = closed.sentence.split(';').next().unwrap_or_default().into();
        }
    }

    /// An update came, on a connection that was open since then, and whose hello showed a token or not.
    pub(super) fn note(&mut self, update: NewestUpdate, opened_at: Micros, comes_back: bool) {
        let Some(before) = self.newest.replace(update) else {
            // The program before this one had the seat.
            let why = take(&mut self.why_gone);
            self.untold = (!why.is_empty()).then(|| Return { why, ..Return::default() });
            return;
        };
        let is_same_connection = before.by == update.by;
        if is_same_connection && update.at.since(before.at) <= Micros::from_millis(REDIAL_MILLIS) {
            return;
        }
        let is_same_absence = |&(_, ended): &(Micros, Micros)| before.at.since(ended) < SETTLED_AFTER;
        let since = self.absence.filter(is_same_absence).map_or(before.at, |(since, _)| since);
        self.absence = Some((since, update.at));
        let away = update.at.since(since);
        let back = if is_same_connection {
            // What comes after a silence may have waited for long: of the world it says nothing.
            Return { away, same_seat: true, ..Return::default() }
        } else if comes_back {
            before.same_seat(&update, opened_at, away)
        } else {
            Return { away, why: take(&mut self.why_gone), ..Return::default() }
        };
        if back.is_told() {
            self.untold = Some(back);
        }
    }
}

impl NewestUpdate {
    /// The return to the seat after that time, from this update to the first one of another connection, which was open
    /// since then.
    fn same_seat(&self, first: &Self, opened_at: Micros, away: Micros) -> Return {
        let (Some((held, period)), Some((tick, _))) = (self.tick, first.tick) else {
            return Return { away, same_seat: true, ..Return::default() };
        };
        let time = |ticks: u32| Micros(period.0.saturating_mul(ticks.into()));
        let passed = time(tick.since(held));
        Return {
            away: away.max(passed),
            // By when it was read that update may be old, but it is of a tick after the connection was open.
            stood_still: opened_at.since(self.at).since(passed),
            ticks_lost: held.since(tick),
            went_back: time(held.since(tick)),
            same_seat: true,
            why: String::new(),
        }
    }
}
