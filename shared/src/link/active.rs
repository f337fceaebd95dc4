//! [`Active`]: a client's connection that was welcomed, and what it makes of the time.

use alloc::collections::VecDeque;

use super::clock::{Clock, LeadTold};
use super::hearing::{Hearing, Time};
use super::losses::Losses;
use super::measure::Measure;
use super::spare::{SpareSide, Stalls};
use crate::game::{Game, Ground};
use crate::id::ClientId;
use crate::limits::{CLOCK_BACKWARDS_MILLIS, PAUSE_MILLIS};
use crate::message::{InputBase, NewestInput, ResumeToken, UpdateHead};
use crate::state::{Replicate, Row};
use crate::tick::{Micros, Tick};

/// Weight of a new gap between present and newest state in the mean.
const GAP_WEIGHT: f64 = 1.0 / 16.0;

/// State of a connection that was welcomed.
pub(crate) struct Active<G: Game> {
    pub(crate) client: ClientId,
    pub(crate) resume: Option<ResumeToken>,
    pub(crate) ground: Ground<G>,
    pub(crate) clock: Clock,
    /// The newest tick whose update came.
    pub(crate) tick: Tick,
    /// The newest input that the server has, by the newest update.
    pub(super) input: NewestInput,
    pub(super) base: InputBase,
    /// The newest tick for which an input was given. Those after `base.newest` are like the last that was
    /// sent, and unsaid.
    pub(super) given: Tick,
    /// The newest input that the server is known to have, and the tick whose update first said so.
    pub(super) arrived: (i64, Tick),
    /// The time at which the last message was sent.
    pub(super) sent_at: Micros,
    /// Inputs whose echo is awaited: stamp and moment of sending.
    pub(super) timed: VecDeque<(Tick, Micros)>,
    pub(crate) measure: Measure,
    /// The time at which the caller was here last.
    pub(super) asked_at: Micros,
    /// Mean number of ticks by which the present is ahead of the newest state when that comes.
    pub(super) gap: f64,
    pub(super) hearing: Hearing,
    /// The first input after a pause or a silence, until the server has it.
    pub(super) woken: Option<Tick>,
    /// Has each update set the clock, for as long as it is true.
    pub(super) is_clock_wrong: bool,
    /// After a pause nobody knows what tick it is, until an update says so. Inputs wait for that: one that is
    /// stamped too far ahead would make all after it too late.
    pub(super) is_lost: bool,
    pub(super) stalls: Stalls,
    pub(super) losses: Losses,
    /// An update came that was so large that the server may wait for the word that it is held.
    pub(super) owes_answer: bool,
    /// The spare connection, while there is one.
    pub(super) spare: Option<SpareSide>,
}

impl<G: Game> Active<G> {
    /// Whether the game asks where a client saw things.
    const REWINDS: bool = {
        let (kinds, mut kind) = (G::Entity::KINDS, 0);
        while kind < kinds.len() && !kinds[kind].rewinds {
            kind += 1;
        }
        kind < kinds.len()
    };

    /// The tick, with its fraction, for which a player acts at `now`.
    pub(crate) fn present(&self, now: Micros) -> f64 {
        if self.is_lost { f64::from(self.tick.0) + self.gap } else { self.clock.present(now) }
    }

    /// Finds out whether the program stood still (a hidden tab, a machine that slept), or its clock was set.
    pub(super) fn note_time(&mut self, now: Micros) {
        let before = core::mem::replace(&mut self.asked_at, now);
        let stood = now.since(before) > Micros::from_millis(PAUSE_MILLIS);
        if stood || before.since(now) > Micros::from_millis(CLOCK_BACKWARDS_MILLIS) {
            self.wake();
            (self.is_lost, self.is_clock_wrong) = (true, true);
            self.sent_at = now;
        }
        let silent_for = now.since(self.measure.heard_at);
        if !self.is_lost && self.hearing.wait(silent_for.since(self.silence()), self.interval()) {
            self.wake();
            self.is_clock_wrong = false;
        }
    }

    /// Asks for the inputs of the ticks up to `newest`, as many as there are `rows`; a spare connection keeps copies.
    pub(super) fn give(&mut self, newest: Tick, rows: &mut [Row], mut input: impl FnMut(Tick) -> G::Input) {
        let count = rows.len() as u32;
        for (row, back) in rows.iter_mut().zip((0..count).rev()) {
            let tick = Tick(newest.0 - back);
            input(tick).write_row(row);
            if let Some(SpareSide::Active(copies)) = &mut self.spare {
                copies.give(tick, row, self.tick);
            }
        }
        self.given = newest;
    }

    /// Inputs begin anew, whenever it is.
    pub(super) fn wake(&mut self) {
        self.woken = Some(self.given.next());
        self.timed.clear();
    }

    /// The usual time between two updates, where none waits for news.
    pub(super) fn interval(&self) -> Micros {
        Micros(self.clock.period().0 * u64::from(self.ground.terms.send_every))
    }

    /// Time for which an update may be later than that, having nothing to tell.
    pub(crate) fn silence(&self) -> Micros {
        let terms = &self.ground.terms;
        Micros(self.clock.period().0 * u64::from(terms.longest_silence() - terms.send_every))
    }

    /// Ticks after which inputs are said that are as before.
    pub(super) fn input_silence(&self) -> u32 {
        let terms = &self.ground.terms;
        if self.base.hurries { terms.input_every } else { terms.input_silence() }
    }

    /// Whether inputs that are as before are said by now, `unsaid` of which are not. Where updates wait for news, one
    /// that came is answered soon if the server goes by what is held: in a game that judges by what a shooter saw, and
    /// after a large one. An answer that nobody goes by would cost a message and its acknowledgement.
    ///
    /// The `given` newest of them were given at once, and as many will be the next time.
    pub(super) fn is_input_due(&self, unsaid: u32, given: u32) -> bool {
        let patience = self.ground.terms.patience();
        let has_heard = self.tick > self.base.applied && patience > 0;
        let answers = self.owes_answer || (Self::REWINDS && unsaid >= patience.div_ceil(2));
        unsaid + given > self.input_silence() || (has_heard && answers)
    }

    /// Finds out whether a segment was lost before an update that came just now.
    pub(super) fn note_loss(&mut self, now: Micros) {
        // What came while nobody looked came no later than that.
        let unseen = now.since(self.asked_at);
        let off = now.0 as i64 - (f64::from(self.tick.0) * self.clock.period().0 as f64) as i64;
        self.losses.hear(now, off, unseen);
    }

    /// Takes from an update what it tells of the time.
    pub(super) fn keep_time(&mut self, head: &UpdateHead, told_span: Option<u32>, now: Micros) {
        let off = (self.clock.present(now) - self.gap - f64::from(head.tick.0)) * self.clock.period().as_seconds();
        match self.hearing.hear(now.since(self.measure.heard_at), self.interval(), off) {
            Time::Usual | Time::AsForeseen => {}
            Time::Unknown => return,
            Time::Other => self.is_clock_wrong = true,
        }
        if self.is_clock_wrong {
            self.clock.restart(now, head.tick, self.gap, self.given);
            self.is_lost = false;
        }
        if self.woken.is_some() {
            return;
        }
        if let Some(span) = told_span {
            self.clock.heard(now, self.lead_told(head), span, self.given);
        }
        let gap = self.clock.present(now) - f64::from(head.tick.0);
        self.gap += (gap - self.gap) * if self.gap == 0.0 { 1.0 } else { GAP_WEIGHT };
    }

    /// Words of an update about the newest input in time: how it is ahead now, or how it was when it came, where it may
    /// have come long ago.
    pub(super) fn lead_told(&self, head: &UpdateHead) -> LeadTold {
        let silence = self.input_silence();
        if silence > 1 {
            let came = Tick(head.tick.0.saturating_sub(head.input.age));
            LeadTold { tick: came, lead: head.input.margin(), is_of_arrival: true, silence }
        } else {
            LeadTold { tick: head.tick, lead: head.input.lead, is_of_arrival: false, silence }
        }
    }

    /// The program stood still, or nothing was heard, and the server has not heard of it since.
    pub(crate) fn is_waking(&self) -> bool {
        self.woken.is_some() && self.hearing != Hearing::Silent
    }

    /// Whether inputs wait until an update tells the time.
    pub(super) fn is_cut_off(&self) -> bool {
        self.is_lost || self.hearing.is_cut_off()
    }

    /// The time at which the server must hear what is held even if no input is due, as when the clock was set
    /// back: half a tick after the next message should have gone. The clock drifts, and a word right before
    /// each input would double the messages. `None` while the server knows.
    pub(super) fn word_due(&self) -> Option<Micros> {
        let halves = 2 * u64::from(self.input_silence()) + 1;
        (self.tick > self.base.applied).then(|| self.sent_at + Micros(self.clock.period().0 * halves / 2))
    }

    /// Finds out whether inputs are stuck on the way up, of which `newest_held` is the newest at the server; it came
    /// `age` ticks ago.
    pub(super) fn note_stall(&mut self, now: Micros, newest_held: i64, age: u32) {
        let ping = self.measure.ping();
        // An update that was lost itself came so much later, whatever it says.
        let overdue =
            self.timed.front().map_or(Micros(0), |(_, sent)| now.since(*sent).since(ping).since(self.losses.late()));
        let period = self.clock.period();
        // An input that is overdue was sent: it is not for the client's silence that nothing came for longer than
        // updates wait.
        let terms = &self.ground.terms;
        let interval = Micros(period.0 * u64::from(self.input_silence().min(terms.patience().max(terms.input_every))));
        let before = self.stalls.last;
        self.stalls.hear(now, (self.tick, age), newest_held, overdue, interval, period);
        if self.stalls.last != before {
            self.losses.note(now);
        }
    }

    /// Number of ticks for which an update tells how the inputs fare. `None` where its lead only counts the
    /// ticks of a silence that was agreed.
    pub(super) fn told_span(&mut self, head: &UpdateHead) -> Option<u32> {
        let newest = i64::from(head.tick.0) + i64::from(head.input.lead);
        let told = self.lead_told(head);
        if told.is_of_arrival && newest <= self.arrived.0 {
            return None;
        }
        let since = core::mem::replace(&mut self.arrived, (newest, told.tick)).1;
        Some(if told.is_of_arrival { told.tick.since(since) } else { head.span.unwrap_or(1) })
    }
}
