//! [`Playhead`]: where a log stands that is shown, and how fast it goes on.

use std::fmt;

use crate::limits::{SHOWN_SPEED_MAX, SHOWN_SPEED_MIN};

/// Position in a log, in its ticks.
#[derive(Clone, Debug)]
pub(super) struct Playhead {
    first: u32,
    last: u32,
    tick_hz: u32,
    /// The tick that is shown.
    at: u32,
    /// Recorded time by real time.
    speed: f64,
    is_paused: bool,
    /// Part of a tick by which it is behind.
    rest: f64,
    /// The tick that somebody wants to see next.
    sought: Option<u32>,
}

/// The tick that is to be shown next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextTick {
    pub(super) tick: u32,
    /// Whether it does not come right after the one before.
    pub(super) is_leap: bool,
}

impl Playhead {
    /// At the first of these ticks, of which there are `tick_hz` a second.
    pub(super) const fn new(first: u32, last: u32, tick_hz: u32) -> Self {
        Self { first, last, tick_hz, at: first, speed: 1.0, is_paused: false, rest: 0.0, sought: None }
    }

    /// Goes on at `speed`, as far as that may be.
    pub(super) const fn set_speed(&mut self, speed: f64) {
        self.speed = speed.clamp(SHOWN_SPEED_MIN, SHOWN_SPEED_MAX);
        self.rest = 0.0;
    }

    pub(super) const fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Goes to `tick`, as far as there is a log.
    pub(super) fn seek(&mut self, tick: i64) {
        let tick = tick.clamp(self.first.into(), self.last.into());
        self.sought = u32::try_from(tick).ok();
    }

    /// The same by so many ticks.
    pub(super) fn seek_by(&mut self, ticks: i64) {
        self.seek(i64::from(self.wanted()).saturating_add(ticks));
    }

    /// The same to so many seconds behind the first tick.
    pub(super) fn seek_seconds(&mut self, seconds: f64) {
        self.seek(i64::from(self.first).saturating_add(self.ticks_in(seconds)));
    }

    /// Ticks in so many seconds of the log.
    pub(super) fn ticks_in(&self, seconds: f64) -> i64 {
        (seconds * f64::from(self.tick_hz)).round() as i64
    }

    /// The tick to show next; none while it stands still.
    pub(super) fn next(&mut self) -> Option<NextTick> {
        if let Some(tick) = self.sought.take() {
            self.rest = 0.0;
            return Some(NextTick { tick, is_leap: true });
        }
        if self.is_paused || self.is_at_end() {
            return None;
        }
        // Below 1 the server's ticks are longer in place of that.
        self.rest += self.speed.max(1.0);
        let ticks = self.rest.floor();
        self.rest -= ticks;
        Some(NextTick { tick: self.at.saturating_add(ticks as u32).min(self.last), is_leap: false })
    }

    /// The tick that is shown now is this one.
    pub(super) const fn arrived(&mut self, tick: u32) {
        self.at = tick;
    }

    /// Whether the last tick is shown, and nobody wants to see another.
    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.last && self.sought.is_none()
    }

    /// Percent of the usual number of ticks a second at which the server is to show it, 20 to 100. Where it stands
    /// still, clients foresee motion that does not come: in long ticks there is less of it, and slowly enough to be
    /// smoothed.
    pub(super) fn pace_percent(&self) -> u32 {
        let stands = self.sought.is_none() && (self.is_paused || self.is_at_end());
        let pace = if stands { SHOWN_SPEED_MIN } else { self.speed.min(1.0) };
        (pace * 100.0).round() as u32
    }

    fn wanted(&self) -> u32 {
        self.sought.unwrap_or(self.at)
    }

    /// Whole seconds of the log before `tick`, as a clock shows them.
    fn clock(&self, tick: u32) -> String {
        let seconds = tick.saturating_sub(self.first) / self.tick_hz.max(1);
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// `0:41 of 2:56, tick 2430 of 1203 to 6480, speed 2`: clients read it, too.
impl fmt::Display for Playhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, speed, .. } = self;
        let at = self.wanted();
        write!(f, "{} of {}, tick {at} of {first} to {last}, speed {speed}", self.clock(at), self.clock(*last))?;
        match (self.is_at_end(), self.is_paused) {
            (true, _) => write!(f, ", the end"),
            (false, true) => write!(f, ", paused"),
            (false, false) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next ticks, each shown at once.
    fn ticks(playhead: &mut Playhead, count: usize) -> Vec<u32> {
        let next = |playhead: &mut Playhead| {
            let next = playhead.next()?;
            playhead.arrived(next.tick);
            Some(next.tick)
        };
        (0..count).filter_map(|_| next(playhead)).collect()
    }

    #[test]
    fn it_goes_on_as_fast_as_it_is_told_and_stands_at_the_end() {
        let mut playhead = Playhead::new(100, 110, 30);
        assert_eq!(ticks(&mut playhead, 2), [101, 102]);
        playhead.set_speed(1.5);
        assert_eq!(ticks(&mut playhead, 4), [103, 105, 106, 108]);
        playhead.set_speed(0.5);
        assert_eq!((ticks(&mut playhead, 1), playhead.pace_percent()), (vec![109], 50));
        playhead.set_speed(1000.0);
        assert_eq!((ticks(&mut playhead, 3), playhead.pace_percent()), (vec![110], 20));
        assert_eq!(playhead.to_string(), "0:00 of 0:00, tick 110 of 100 to 110, speed 32, the end");
    }

    #[test]
    fn it_goes_wherever_there_is_a_log_also_while_it_is_paused() {
        let mut playhead = Playhead::new(100, 6100, 30);
        playhead.pause(true);
        assert_eq!(playhead.next(), None);
        playhead.seek_seconds(65.0);
        assert_eq!(playhead.to_string(), "1:05 of 3:20, tick 2050 of 100 to 6100, speed 1, paused");
        playhead.seek_by(playhead.ticks_in(-10.0));
        assert_eq!(playhead.next(), Some(NextTick { tick: 1750, is_leap: true }));
        assert_eq!(playhead.next(), None);
        for (wanted, found) in [(i64::MIN, 100), (i64::MAX, 6100)] {
            playhead.seek(wanted);
            assert_eq!(playhead.next(), Some(NextTick { tick: found, is_leap: true }));
        }
        playhead.seek_seconds(f64::MAX);
        assert_eq!(playhead.next().map(|next| next.tick), Some(6100));
    }
}
